/* Captures on a TAP device in a network namespace: every octet on the wire is
 * ours, and closing the device takes the interface away. Needs root. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/source.h"
#include "test_folder.h"
#include "test_idle.h"
#include "test_render.h"

enum { WORDS = 24, PATIENCE_MS = 20000, SKIPPED = 77 };

static char program[PATH_MAX];
static char folder[PATH_MAX];
static int tap = -1;

/* --- the interface --------------------------------------------------------- */

/* False when this machine or user cannot have one. */
static bool open_tap(void)
{
    struct ifreq request = {.ifr_name = "tap0"};
    if (unshare(CLONE_NEWNET) != 0)
        return false;
    tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (tap < 0 || ioctl(tap, TUNSETIFF, &request) != 0)
        return false;
    const int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    request.ifr_flags = IFF_UP;
    const bool up = s >= 0 && ioctl(s, SIOCSIFFLAGS, &request) == 0;
    close(s);
    return up;
}

static void send_octets(const void *octets, size_t count)
{
    ck_assert_int_eq(write(tap, octets, count), (ssize_t)count);
}

/* Every frame of an Ethernet capture, in order. */
static void replay(const char *path)
{
    struct capture_source *source;
    struct capture_block block;
    ck_assert_int_eq(capture_source_open(&source, path, NULL), ERR_OK);
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);
    while (capture_source_read(source, &block, NULL) > 0) {
        for (size_t i = 0; i < block.count; i++)
            send_octets(block.frames[i].data, block.frames[i].captured_octets);
    }
    capture_block_fini(&block);
    capture_source_close(source);
}

static void make(void)
{
    folder_make(folder);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    ck_assert(open_tap());
}

static void unmake(void)
{
    folder_remove(folder);
}

/* --- running --------------------------------------------------------------- */

static pid_t start(const char *line)
{
    static char copy[512];
    char *words[WORDS + 1] = {program};
    int count = 1;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *w = strtok(copy, " "); w; w = strtok(NULL, " ")) {
        ck_assert_int_lt(count, WORDS);
        words[count++] = w;
    }
    char out[PATH_MAX], err[PATH_MAX];
    folder_path(out, folder, "stdout");
    folder_path(err, folder, "stderr");
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        signal(SIGINT, SIG_DFL);
        if (chdir(folder) != 0 || !freopen(out, "w", stdout) ||
            !freopen(err, "w", stderr))
            _exit(99);
        execv(program, words);
        _exit(98);
    }
    return pid;
}

/* The line of /proc/PID/status that begins so, without that and the blank. */
static void status_line(pid_t pid, const char *name, char out[256])
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *in = fopen(path, "r");
    out[0] = '\0';
    while (in && fgets(line, sizeof line, in)) {
        if (strncmp(line, name, strlen(name)) == 0)
            snprintf(out, 256, "%.*s", (int)strcspn(line + strlen(name), "\n"),
                     line + strlen(name));
    }
    if (in)
        fclose(in);
}

/* Giving up privileges is the last step of opening. */
static void wait_until_open(pid_t pid)
{
    char value[256];
    for (int waited = 0; waited < PATIENCE_MS; waited += 5) {
        status_line(pid, "NoNewPrivs:\t", value);
        if (strcmp(value, "1") == 0)
            return;
        poll(NULL, 0, 5);
    }
    ck_abort_msg("the interface is not opened");
}

struct result {
    int status;
    char *out, *err;
};

static struct result finish(pid_t pid)
{
    int status = 0;
    for (int waited = 0; waitpid(pid, &status, WNOHANG) == 0; waited += 5) {
        if (waited > PATIENCE_MS) {
            kill(pid, SIGKILL);
            ck_abort_msg("the program hangs");
        }
        poll(NULL, 0, 5);
    }
    return (struct result){
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
        folder_read(folder, "stdout"), folder_read(folder, "stderr")};
}

static void result_free(struct result *r)
{
    free(r->out);
    free(r->err);
}

static void expect(pid_t pid, int status, const char *out, const char *err)
{
    struct result r = finish(pid);
    ck_assert_msg(r.status == status, "status %d: %s", r.status, r.err);
    ck_assert_msg(strstr(r.out, out) != NULL, "printed %s", r.out);
    ck_assert_msg(strstr(r.err, err) != NULL, "complained %s", r.err);
    if (*err == '\0')
        ck_assert_str_eq(r.err, "");
    result_free(&r);
}

/* --- privileges ------------------------------------------------------------ */

static const struct {
    const char *line, *user;
} users[] = {
    {"-i tap0", "nobody"},
    {"-i tap0 -Z daemon", "daemon"},
    {"-i tap0 -Z root", "root"},
};

static void expect_ids(pid_t pid, const char *name, unsigned id)
{
    char value[256], want[256];
    status_line(pid, name, value);
    snprintf(want, sizeof want, "%u\t%u\t%u\t%u", id, id, id, id);
    ck_assert_str_eq(value, want);
}

START_TEST(a_running_capture_has_no_privileges)
{
    static const char *const capabilities[] = {"CapInh:\t", "CapPrm:\t",
                                               "CapEff:\t", "CapAmb:\t"};
    const struct passwd *user = getpwnam(users[_i].user);
    ck_assert_ptr_nonnull(user);
    const bool root = user->pw_uid == 0;
    const gid_t groups[] = {0, 4, 27}; /* as if root were in some */
    ck_assert_int_eq(setgroups(3, groups), 0);
    unsetenv("SUDO_UID");
    const pid_t pid = start(users[_i].line);
    wait_until_open(pid);

    char value[256];
    expect_ids(pid, "Uid:\t", user->pw_uid);
    expect_ids(pid, "Gid:\t", user->pw_gid);
    status_line(pid, "Groups:\t", value);
    ck_assert_msg(root == (strstr(value, "27") != NULL), "groups %s", value);
    for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++) {
        status_line(pid, capabilities[i], value);
        ck_assert_str_eq(value, "0000000000000000");
    }
    kill(pid, SIGTERM);
    expect(pid, 128 + SIGTERM, "stopped by a signal", "");
}
END_TEST

START_TEST(the_user_of_sudo_is_become)
{
    ck_assert_int_eq(setenv("SUDO_UID", "1", 1), 0);
    const pid_t pid = start("-i tap0 -q");
    wait_until_open(pid);
    expect_ids(pid, "Uid:\t", 1);
    kill(pid, SIGINT);
    expect(pid, 128 + SIGINT, "", "");
}
END_TEST

START_TEST(an_output_where_the_user_may_not_write_is_refused_at_once)
{
    unsetenv("SUDO_UID");
    expect(start("-i tap0 --db x.db"), 5, "",
           "x.db: Permission denied (as the user nobody; -Z names another)");
    expect(start("-i tap0 -Z no-such-user"), 2, "", "there is no such user");
}
END_TEST

START_TEST(an_output_belongs_to_the_user)
{
    char place[PATH_MAX];
    struct stat st;
    unsetenv("SUDO_UID");
    ck_assert_int_eq(mkdir(folder_path(place, folder, "open"), 0777), 0);
    ck_assert_int_eq(chmod(place, 0777), 0);
    const pid_t pid = start("-i tap0 --db open/x.db -q");
    wait_until_open(pid);
    kill(pid, SIGINT);
    expect(pid, 128 + SIGINT, "", "");
    ck_assert_int_eq(stat(folder_path(place, folder, "open/x.db"), &st), 0);
    ck_assert_uint_eq(st.st_uid, getpwnam("nobody")->pw_uid);
}
END_TEST

/* --- frames ---------------------------------------------------------------- */

START_TEST(a_replayed_capture_has_the_counts_of_its_file)
{
    const pid_t pid = start("-i tap0 -c 704");
    wait_until_open(pid);
    replay("fixtures/healthy.pcap");
    expect(pid, 0, "352 questions: 352 answered", "");
}
END_TEST

#define MAC 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2
#define IPV4(octets, fragment, protocol)                                       \
    0x45, 0, 0, octets, 0, 1, 0, fragment, 64, protocol, 0, 0, 10, 0, 0, 1,    \
        10, 0, 0, 53
#define IPV6(octets, next)                                                     \
    0x60, 0, 0, 0, 0, octets, next, 64, 0x20, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, \
        0, 0, 0, 0, 1, 0x20, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2
#define UDP_TO(port) 0x9c, 0x40, 0, port, 0, 25, 0, 0
#define QUERY        0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1

#define FRAME(name, ...) static const uint8_t name[] = {MAC, __VA_ARGS__}
FRAME(query, 8, 0, IPV4(45, 0, 17), UDP_TO(53), QUERY);
FRAME(tagged, 0x81, 0, 0, 5, 8, 0, IPV4(45, 0, 17), UDP_TO(53), QUERY);
FRAME(twice, 0x88, 0xa8, 0, 6, 0x81, 0, 0, 5, 8, 0, IPV4(45, 0, 17), UDP_TO(53),
      QUERY);
FRAME(later, 8, 0, IPV4(28, 185, 17), 1, 2, 3, 4, 5, 6, 7, 8);
FRAME(later6, 0x86, 0xdd, IPV6(16, 44), 17, 0, 5, 0xa8, 0, 0, 0, 1, 1, 2, 3, 4,
      5, 6, 7, 8);
FRAME(unreachable, 8, 0, IPV4(28, 0, 1), 3, 3, 0, 0, 0, 0, 0, 0);
FRAME(too_big, 0x86, 0xdd, IPV6(8, 58), 2, 0, 0, 0, 0, 0, 5, 0);
FRAME(web, 8, 0, IPV4(45, 0, 17), UDP_TO(80), QUERY);
FRAME(tagged_web, 0x81, 0, 0, 5, 8, 0, IPV4(45, 0, 17), UDP_TO(80), QUERY);
FRAME(ping, 8, 0, IPV4(28, 0, 1), 8, 0, 0, 0, 0, 0, 0, 0);
FRAME(ping6, 0x86, 0xdd, IPV6(8, 58), 128, 0, 0, 0, 0, 0, 0, 0);
FRAME(arp, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, MAC, MAC, 0, 0, 0, 0);

/* The seven wanted come last, DNS behind them all: had one of the others been
 * taken, -c would leave out a query. */
START_TEST(the_default_filter_takes_dns_fragments_and_errors)
{
    const struct bytes sent[] = {
#define SENT(frame) {frame, sizeof frame}
        SENT(web),    SENT(tagged_web),  SENT(ping),    SENT(ping6),
        SENT(arp),    SENT(unreachable), SENT(too_big), SENT(later),
        SENT(later6), SENT(query),       SENT(tagged),  SENT(twice),
    };
    const pid_t pid = start("-i tap0 -c 7");
    wait_until_open(pid);
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++)
        send_octets(sent[i].data, sent[i].len);
    expect(pid, 0, ": 3 DNS", "");
}
END_TEST

START_TEST(a_filter_of_the_user_is_the_kernels)
{
    const pid_t pid = start("-i tap0 -c 1 udp port 80");
    wait_until_open(pid);
    send_octets(query, sizeof query);
    send_octets(web, sizeof web);
    expect(pid, 0, "1 packet: 1 not DNS", "the filter names ports");
}
END_TEST

/* Longer than a block of the ring may wait for its end. */
enum { RING_MS = 1500 };

static long number_behind(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    ck_assert_msg(at != NULL, "no %s in %s", name, text);
    return strtol(at + strlen(name), NULL, 10);
}

/* While the program stands still its small buffer runs over. */
START_TEST(what_the_kernel_drops_is_counted_and_adds_up)
{
    enum { BURST = 20000 };
    const pid_t pid = start("-i tap0 -B 64 --json");
    wait_until_open(pid);
    kill(pid, SIGSTOP);
    for (int i = 0; i < BURST; i++)
        send_octets(query, sizeof query);
    kill(pid, SIGCONT);
    idle_wait(pid, RING_MS);
    kill(pid, SIGINT);
    struct result r = finish(pid);
    ck_assert_int_eq(r.status, 128 + SIGINT);
    const long packets = number_behind(r.out, "\"packets\": ");
    const long dropped = number_behind(r.out, "\"dropped_packets\": ");
    ck_assert_int_gt(packets, 0);
    ck_assert_int_gt(dropped, 0);
    ck_assert_ptr_nonnull(strstr(r.out, "the capture dropped "));
    ck_assert_msg(packets + dropped == BURST, "%ld + %ld of %d", packets,
                  dropped, BURST);
    result_free(&r);
}
END_TEST

START_TEST(a_silent_interface_ends_with_the_duration)
{
    expect(start("-i tap0 --duration 300ms"), 0, "the capture is empty", "");
}
END_TEST

START_TEST(an_interface_that_goes_away_leaves_what_was_read)
{
    const pid_t pid = start(_i ? "-i tap0 --strict" : "-i tap0");
    wait_until_open(pid);
    send_octets(query, sizeof query);
    idle_wait(pid, RING_MS);
    close(tap);
    expect(pid, _i ? 4 : 0, "1 DNS", "tap0: damaged at frame 2");
}
END_TEST

/* --- main ------------------------------------------------------------------ */

static bool can_capture(void)
{
    int status = 1;
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0)
        _exit(geteuid() == 0 && open_tap() ? 0 : 1);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool find_program(const char *self)
{
    char copy[PATH_MAX], beside[PATH_MAX + 16];
    const char *given = getenv("WASITDNS");
    snprintf(copy, sizeof copy, "%s", self);
    snprintf(beside, sizeof beside, "%s/../wasitdns", dirname(copy));
    return realpath(given ? given : beside, program) != NULL;
}

int main(int argc, char **argv)
{
    /* Who has given up root cannot be traced, which is how LeakSanitizer looks:
     * it ends the program. The other tests run the same code with it. */
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    (void)argc;
    if (!find_program(argv[0])) {
        fprintf(stderr, "no program beside %s, nor in WASITDNS\n", argv[0]);
        return 1;
    }
    if (!can_capture()) {
        puts("live capture needs root, network namespaces and /dev/net/tun");
        return SKIPPED;
    }
    Suite *suite = suite_create("cli/live");
    TCase *tc = tcase_create("live");
    tcase_set_timeout(tc, 30);
    tcase_add_checked_fixture(tc, make, unmake);
    tcase_add_loop_test(tc, a_running_capture_has_no_privileges, 0,
                        ROWS(users));
    tcase_add_test(tc, the_user_of_sudo_is_become);
    tcase_add_test(tc,
                   an_output_where_the_user_may_not_write_is_refused_at_once);
    tcase_add_test(tc, an_output_belongs_to_the_user);
    tcase_add_test(tc, a_replayed_capture_has_the_counts_of_its_file);
    tcase_add_test(tc, the_default_filter_takes_dns_fragments_and_errors);
    tcase_add_test(tc, a_filter_of_the_user_is_the_kernels);
    tcase_add_test(tc, what_the_kernel_drops_is_counted_and_adds_up);
    tcase_add_test(tc, a_silent_interface_ends_with_the_duration);
    tcase_add_loop_test(tc, an_interface_that_goes_away_leaves_what_was_read, 0,
                        2);
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
