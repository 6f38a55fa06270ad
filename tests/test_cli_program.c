/* Runs the program as a user would: files, pipes and signals. */
#include <csv.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "test_folder.h"
#include "test_idle.h"
#include "test_render.h"

enum { WORDS = 16, PATIENCE_MS = 20000, ASLEEP_MS = 200 };

extern char **environ;

static char program[PATH_MAX];
static char folder[PATH_MAX];
static char *good; /* octets of the capture good.pcap */
static size_t good_octets;

/* --- the folder of captures ----------------------------------------------- */

static char *read_octets(const char *path, size_t *octets)
{
    FILE *in = fopen(path, "r");
    ck_assert_msg(in != NULL, "%s: %s", path, strerror(errno));
    char *data = calloc(1, 1 << 20); /* ends with a NUL, should it be text */
    ck_assert_ptr_nonnull(data);
    *octets = fread(data, 1, 1 << 20, in);
    ck_assert_uint_lt(*octets, 1 << 20);
    fclose(in);
    return data;
}

/* A section, an interface, a packet longer than its block, and a sound one. */
static const char bad_packet[] =
    "\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\1\0\0\0"
    "\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0"
    "\1\0\0\0\x14\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0"
    "\6\0\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\xff\0\0\0\xff\0\0\0\x20\0\0\0"
    "\6\0\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\0\0\0\0\0\0\0\x20\0\0\0";

static void make(void)
{
    size_t dead_octets;
    char path[PATH_MAX];
    folder_make(folder);
    good = read_octets("fixtures/healthy.pcap", &good_octets);
    char *dead = read_octets("fixtures/dead-server.pcap", &dead_octets);
    folder_write(folder, "good.pcap", good, good_octets);
    folder_write(folder, "cut.pcap", good, good_octets - 7);
    folder_write(folder, "header.pcap", good, 24);
    folder_write(folder, "dead.pcap", dead, dead_octets);
    folder_write(folder, "bad.pcapng", bad_packet, sizeof bad_packet - 1);
    folder_write_text(folder, "empty.pcap", "");
    folder_write_text(folder, "text.pcap", "This is no capture at all.\n");
    folder_write_text(folder, "exists", "precious");
    folder_write_text(folder, "broken/tables/x.sql",
                      "-- id: x\n-- title: x\nSELECT * FROM nowhere;\n");
    folder_write_text(folder, "more/tables/x.sql",
                      "-- id: x\n-- title: a new table\nSELECT 42 AS n;\n");
    folder_write_text(folder, "labels.csv", "10.20.0.53,the-resolver\n");
    ck_assert_int_eq(mkdir(folder_path(path, folder, "directory.pcap"), 0700),
                     0);
    free(dead);
}

static void unmake(void)
{
    folder_remove(folder);
    free(good);
}

/* --- running -------------------------------------------------------------- */

struct run {
    pid_t pid;
    int status;      /* exit status, or 128 + signal */
    char *out, *err; /* what was printed */
};

/* Splits at blanks, the program first. */
static void split(char *copy, char *words[WORDS + 1])
{
    int count = 0;
    words[count++] = program;
    for (char *w = strtok(copy, " "); w; w = strtok(NULL, " ")) {
        ck_assert_int_lt(count, WORDS);
        words[count++] = w;
    }
    words[count] = NULL;
}

/* What the program may write into a file. It inherits the limit; libcheck, which
 * writes files of its own with each assertion, shall not feel it. */
static rlim_t file_octets = RLIM_INFINITY;

static int spawn(pid_t *pid, const posix_spawn_file_actions_t *files,
                 const posix_spawnattr_t *attributes, char *words[])
{
    struct rlimit before;
    if (getrlimit(RLIMIT_FSIZE, &before) != 0)
        return errno;
    const rlim_t most =
        file_octets < before.rlim_cur ? file_octets : before.rlim_cur;
    const struct rlimit limit = {most, before.rlim_max};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return errno;
    const int rc = posix_spawn(pid, program, files, attributes, words, environ);
    setrlimit(RLIMIT_FSIZE, &before);
    return rc;
}

/* Starts the program in the folder. `in` and `out` are descriptors, -1 for
 * nothing to read and a file. */
static void start(struct run *run, const char *line, int in, int out)
{
    char copy[1024];
    char *words[WORDS + 1];
    snprintf(copy, sizeof copy, "%s", line);
    split(copy, words);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addchdir_np(&files, folder);
    if (in < 0)
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    else
        posix_spawn_file_actions_adddup2(&files, in, 0);
    if (out < 0)
        posix_spawn_file_actions_addopen(&files, 1, "stdout",
                                         O_WRONLY | O_CREAT | O_TRUNC, 0600);
    else
        posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_addopen(&files, 2, "stderr",
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    ck_assert_int_eq(spawn(&run->pid, &files, &attributes, words), 0);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
}

static void finish(struct run *run)
{
    int status;
    for (int waited = 0;; waited += 5) {
        const pid_t pid = waitpid(run->pid, &status, WNOHANG);
        ck_assert_int_ge(pid, 0);
        if (pid == run->pid)
            break;
        if (waited > PATIENCE_MS) {
            kill(run->pid, SIGKILL);
            ck_abort_msg("the program hangs");
        }
        poll(NULL, 0, 5);
    }
    run->status =
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    run->out = folder_read(folder, "stdout");
    run->err = folder_read(folder, "stderr");
}

static void run_free(struct run *run)
{
    free(run->out);
    free(run->err);
}

static struct run run_line(const char *line)
{
    struct run run = {.pid = 0};
    start(&run, line, -1, -1);
    finish(&run);
    return run;
}

/* Runs and returns what was printed, to be freed; the status must be `want`. */
static char *output_of(const char *line, int want)
{
    struct run run = run_line(line);
    ck_assert_msg(run.status == want, "%s: %d, %s", line, run.status, run.err);
    free(run.err);
    return run.out;
}

/* --- what each line does -------------------------------------------------- */

static const struct {
    const char *line;
    int status;
    const char *out, *err; /* parts of stdout and stderr; "" must be empty */
} lines[] = {
    {"good.pcap", 0, "Was it DNS? NO", ""},
    {"good.pcap -f tcp", 0, "0 packets", "the filter kept 0 of 704 frames"},
    {"good.pcap ether multicast -q", 0, "", ""},
    {"good.pcap udp port 53", 0, "704 DNS", "fragments behind the first"},
    {"good.pcap -f udp", 0, "Was it DNS? NO", "frames\n"},
    {"-c 3 good.pcap", 0, "3 packets", ""},
    {"-i no-such-interface", 3, "", "no-such-interface: "},
    {"check good.pcap", 0, "Next     wasitdns top slow good.pcap\n", ""},
    {"-r good.pcap -n", 0, "Was it DNS? NO", ""},
    {"good.pcap dead.pcap", 0, "Was it DNS?", ""},
    {"dead.pcap", 0, "Was it DNS? YES", ""},
    {"dead.pcap -q", 0, "", ""},
    {"dead.pcap -v", 0, "evidence: ", ""},
    {"dead.pcap --color always", 0, "\033[", ""},
    {"header.pcap", 0, "Was it DNS? UNKNOWN", ""},

    {"empty.pcap", 3, "", "wasitdns: empty.pcap: "},
    {"directory.pcap", 3, "", "wasitdns: directory.pcap: is a directory"},
    {"text.pcap", 3, "", "wasitdns: text.pcap: "},
    {"missing.pcap", 3, "", "wasitdns: missing.pcap: No such file"},
    {"-r missing", 3, "", "wasitdns: missing: No such file"},
    {"good.pcap missing.pcap", 3, "", "missing.pcap: No such file"},
    {"\x1b[2J.pcap", 3, "", "wasitdns: \\027[2J.pcap: No such file"},
    {"-", 3, "", "wasitdns: standard input: "},
    {"good.pcap --labels missing.csv", 3, "", "missing.csv: No such file"},
    {"good.pcap --reports nowhere", 3, "", "nowhere: No such file"},
    {"good.pcap --reports broken", 3, "", "tables/x.sql: no such table"},

    {"cut.pcap", 0, "Was it DNS?", "wasitdns: cut.pcap: damaged at frame 704"},
    {"cut.pcap", 0, "Was it DNS?", "; everything in front of it was used\n"},
    {"bad.pcapng", 0, "; it was skipped, and reading\n",
     "bad.pcapng: damaged at frame 1, octet 48: "},
    {"bad.pcapng", 0, "Read     1 packet",
     "; it was skipped, and reading went on\n"},
    {"cut.pcap --strict", 4, "Was it DNS?", "cut.pcap: damaged at frame 704"},
    {"cut.pcap --strict --fail-on info", 4, "Was it DNS?", "damaged"},
    {"good.pcap --strict", 0, "Was it DNS? NO", ""},

    {"good.pcap --fail-on info", 0, "Was it DNS? NO", ""},
    {"dead.pcap --fail-on warning", 1, "Was it DNS? YES", ""},
    {"dead.pcap --fail-on error -q", 1, "", ""},

    {"", 2, "", "usage: wasitdns check FILE..."},
    {"chekc good.pcap", 2, "", "chekc: neither a file nor one of"},
    {"good.pcap port", 2, "", "port: no such file"},
    {"good.pcap --no-such", 2, "", "unknown option --no-such"},

    {"good.pcap --json=exists", 5, "", "exists: exists already (--force"},
    {"good.pcap --json=no/x.json", 5, "", "no/x.json: No such file"},
    {"good.pcap --json=directory.pcap", 5, "", "directory.pcap: is a dir"},
    {"good.pcap --db exists", 5, "", "exists: exists already"},
    {"good.pcap --db no/x.db", 5, "", "no/x.db: No such file"},
    {"good.pcap --csv exists", 5, "", "exists: is no directory"},
    {"good.pcap --csv no/dir", 5, "", "no/dir: No such file"},
    {"good.pcap -o /dev/null/x.txt", 5, "", "/dev/null/x.txt: Not a dir"},
    {"missing.pcap --json=exists", 5, "", "exists: exists already"},
    {"good.pcap --json=good.pcap --force", 2, "", "good.pcap: is an input"},
    {"good.pcap --db ./good.pcap --force", 2, "", "good.pcap: is an input"},

    {"top", 0, "  clients ", ""},
    {"top nothing good.pcap", 2, "", "top nothing: there is no such table"},
    {"top clients", 2, "", "usage: wasitdns top clients FILE..."},
    {"top clients good.pcap", 0, "client address", ""},
    {"top slow good.pcap", 0, "\nNext     wasitdns trace --lookup ID good.p",
     ""},
    {"top clients good.pcap --limit 1", 0, "(more rows: --limit 0 shows", ""},
    {"top servers good.pcap --labels labels.csv", 0, "the-resolver", ""},
    {"top x good.pcap --reports more", 0, " n\n42\n", ""},
    {"top clients good.pcap --json", 0, "\"tables\": {\n  \"clients\": [", ""},

    {"trace dead.pcap", 0, "no answer for 5.0", ""},
    {"trace dead.pcap --limit 1", 0, "(1 of 36 lookups, the longest", ""},
    {"trace w11.example.com dead.pcap", 0, "Lookup 0: w11.example.com (", ""},
    {"trace W11.Example.COM. dead.pcap", 0, "Lookup 0: w11.example.com (", ""},
    {"trace w11.example dead.pcap", 0, "Lookup 0: w11.example.com (", ""},
    {"trace 10.20.1.1 dead.pcap", 0, " by 10.20.1.1\n", ""},
    {"trace -r dead.pcap 10.20.1.1", 0, " by 10.20.1.1\n", ""},
    {"trace 10.20.1.1 w11 dead.pcap", 2, "", "w11: no such file"},
    {"trace --lookup 18 dead.pcap", 0, "Lookup 18: w14.example.com", ""},
    {"trace --lookup 999 dead.pcap", 0, "No lookup 999 among the 36 there", ""},
    {"trace w1 dead.pcap", 0, "No lookup of w1 among the 36 there are", ""},
    {"trace fe80::1 dead.pcap", 0, "No lookup by fe80::1 among the 36", ""},
    {"trace header.pcap", 0, "No lookup among the 0 there are", ""},
    {"trace dead.pcap -q", 0, "", ""},
    {"trace dead.pcap -q --svg", 0, "</svg>\n", ""},
    {"trace dead.pcap --mermaid", 0, "sequenceDiagram\n", ""},
    {"trace dead.pcap --plantuml", 0, "@enduml\n", ""},
    {"trace dead.pcap --json", 0, "\"fitting_lookups\": 36,", ""},
    {"trace dead.pcap udp port 53 -c 9", 0, "Lookup ", "the filter"},
    {"trace cut.pcap --strict", 4, "Lookup ", "damaged at frame 704"},
    {"trace", 2, "", "usage: wasitdns trace [NAME|CLIENT] FILE..."},
    {"trace missing.pcap", 3, "", "missing.pcap: No such file"},
    {"trace w11 missing.pcap", 3, "", "missing.pcap: No such file"},
    {"trace a..b dead.pcap", 2, "", "a..b: neither a name nor an address"},
    {"trace dead.pcap --limit 0", 2, "", "trace tells 1 to 100 lookups"},
    {"trace dead.pcap --limit 101", 2, "", "trace tells 1 to 100 lookups"},
    {"trace dead.pcap --lookup x", 2, "", "--lookup x: not a lookup_id"},
    {"trace dead.pcap --svg --json", 2, "", "one form goes to standard output"},
    {"trace dead.pcap -o x.csv", 2, "", "-o x.csv: trace writes .txt"},
    {"trace dead.pcap -o x.db", 2, "", "-o x.db: trace writes .txt"},
    {"trace dead.pcap --db x.db", 2, "", "--db: not an option of trace"},
    {"trace dead.pcap -o no/x.svg", 5, "", "no/x.svg: No such file"},
    {"dead.pcap -o x.svg", 2, "", "-o: diagrams are drawn by trace"},
    {"dead.pcap --mermaid", 2, "", "--mermaid: not an option of check"},

    {"explain", 0, "  silent-server ", ""},
    {"explain silent-server", 0, "Fooled by\n    ", ""},
    {"explain clients", 0, "(table)", ""},
    {"explain x --reports more", 0, "x: a new table (table)", ""},
    {"explain nothing", 2, "", "explain nothing: no finding and no table"},
    {"doctor", 0, "all compile", ""},
    {"doctor --reports broken", 3, "SQLite", "tables/x.sql: no such table"},
    {"help", 0, "Exit status", ""},
    {"help check", 0, "--fail-on LEVEL", ""},
    {"help nothing", 2, "", "help nothing: there is no such verb"},
    {"--help", 0, "Exit status", ""},
    {"top --help", 0, "wasitdns top WHAT", ""},
    {"--version", 0, "wasitdns ", ""},
};

/* "" is looked for as emptiness. */
static bool has(const char *text, const char *part)
{
    return *part ? strstr(text, part) != NULL : *text == '\0';
}

START_TEST(line_has_its_status_and_words)
{
    struct run run = run_line(lines[_i].line);
    ck_assert_msg(run.status == lines[_i].status, "%s: status %d, %s",
                  lines[_i].line, run.status, run.err);
    ck_assert_msg(has(run.out, lines[_i].out), "%s: printed %s", lines[_i].line,
                  run.out);
    ck_assert_msg(has(run.err, lines[_i].err), "%s: complained %s",
                  lines[_i].line, run.err);
    render_assert_plain(run.err);
    run_free(&run);
    char *kept = folder_read(folder, "exists");
    ck_assert_pstr_eq(kept, "precious");
    free(kept);
}
END_TEST

START_TEST(unreadable_file_is_an_input_error)
{
    if (geteuid() == 0) {
        puts("root reads everything: not tried");
        return;
    }
    char path[PATH_MAX];
    ck_assert_int_eq(chmod(folder_path(path, folder, "good.pcap"), 0), 0);
    struct run run = run_line("good.pcap");
    ck_assert_int_eq(run.status, 3);
    ck_assert_ptr_nonnull(strstr(run.err, "good.pcap: Permission denied"));
    run_free(&run);
}
END_TEST

static const struct {
    const char *fixture, *line;
} shown[] = {
    {"fixtures/ndots5-mixed.pcap", "demo.pcap"},
    {"fixtures/half-lost.pcap", "trace w11.example.com demo.pcap"},
};

START_TEST(readme_shows_what_the_program_prints)
{
    size_t octets;
    char *readme = read_octets("README.md", &octets);
    char *capture = read_octets(shown[_i].fixture, &octets);
    folder_write(folder, "demo.pcap", capture, octets);
    setenv("COLUMNS", "80", 1);
    setenv("LINES", "24", 1);
    char *screen = output_of(shown[_i].line, 0);
    unsetenv("COLUMNS");
    unsetenv("LINES");
    ck_assert_msg(strstr(readme, screen) != NULL,
                  "README.md has another screen than\n%s", screen);
    free(screen);
    free(capture);
    free(readme);
}
END_TEST

static const char *const traces[] = {
    "",
    "w11.example.com ",
    "10.20.1.1 ",
    "--lookup 18 ",
    "--limit 100 --json ",
    "--limit 7 --svg ",
    "nothing ",
};

/* What a capture keeps for a trace, and what a database holds of everything,
 * tell one story. */
START_TEST(trace_of_a_database_is_that_of_its_capture)
{
    char line[128];
    free(output_of("dead.pcap -q --transactions --db all.db", 0));
    snprintf(line, sizeof line, "trace %sdead.pcap", traces[_i]);
    char *want = output_of(line, 0);
    snprintf(line, sizeof line, "trace %sall.db", traces[_i]);
    char *got = output_of(line, 0);
    ck_assert_str_eq(got, want);
    free(got);
    free(want);
}
END_TEST

START_TEST(trace_of_a_database_without_transactions_says_how_to_make_one)
{
    free(output_of("dead.pcap -q --db few.db", 0));
    struct run run = run_line("trace few.db");
    ck_assert_int_eq(run.status, 3);
    ck_assert_str_eq(run.out, "");
    ck_assert_ptr_nonnull(strstr(run.err, "few.db: holds no lookup: it was "
                                          "made without --transactions"));
    run_free(&run);
}
END_TEST

static const struct {
    const char *file, *option;
} forms[] = {
    {"x.svg", "--svg"},   {"x.mmd", "--mermaid"}, {"x.puml", "--plantuml"},
    {"x.json", "--json"}, {"x.txt", "-n"},
};

START_TEST(trace_writes_the_form_that_the_file_is_named_for)
{
    char line[128];
    setenv("COLUMNS", "80", 1);
    snprintf(line, sizeof line, "trace dead.pcap -q -o %s", forms[_i].file);
    free(output_of(line, 0));
    snprintf(line, sizeof line, "trace dead.pcap %s", forms[_i].option);
    char *want = output_of(line, 0);
    char *got = folder_read(folder, forms[_i].file);
    ck_assert_str_eq(got, want);
    unsetenv("COLUMNS");
    free(got);
    free(want);
}
END_TEST

/* --- outputs -------------------------------------------------------------- */

/* How many names are in the folder, to see what is left behind. */
static int count_names(void)
{
    struct dirent **names = NULL;
    const int count = scandir(folder, &names, NULL, NULL);
    ck_assert_int_gt(count, 0);
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return count;
}

static const char *const failing[] = {
    "good.pcap --db x.db --json=exists",
    "good.pcap --db exists --json=x.json",
    "text.pcap --db x.db --json=x.json --csv new -o x.txt",
    "missing.pcap --db x.db --csv new",
    "good.pcap --csv new --reports broken",
    "dead.pcap text.pcap -w x.pcap",
    "good.pcap -w exists",
};

START_TEST(failed_run_leaves_nothing_behind)
{
    free(output_of("--version", 0)); /* makes stdout and stderr */
    const int before = count_names();
    struct run run = run_line(failing[_i]);
    ck_assert_int_ne(run.status, 0);
    run_free(&run);
    ck_assert_int_eq(count_names(), before);
}
END_TEST

static const char *const limited[] = {
    "good.pcap -q --db x.db", "good.pcap -q --db x.db --transactions",
    "good.pcap -q -o x.json", "good.pcap -q -w x.pcap",
    "good.pcap -q --csv x",   "top names good.pcap -q --limit 0 -o x.csv",
};

START_TEST(an_output_over_the_file_size_limit_is_told_and_left_out)
{
    free(output_of("--version", 0)); /* makes stdout and stderr */
    const int before = count_names();
    file_octets = 2048;
    struct run run = run_line(limited[_i]);
    ck_assert_msg(run.status == 5, "%s: %d", limited[_i], run.status);
    ck_assert_msg(strncmp(run.err, "wasitdns: x", 11) == 0 &&
                      strstr(run.err, ": File too large\n") != NULL,
                  "%s: %s", limited[_i], run.err);
    run_free(&run);
    ck_assert_int_eq(count_names(), before);
}
END_TEST

START_TEST(outputs_have_the_mode_that_the_umask_allows)
{
    static const char *const made[] = {"x.db", "x.json", "x.txt",
                                       "new/clients.csv"};
    const mode_t mask = umask(0027);
    free(output_of("good.pcap -q --db x.db -o x.json -o x.txt --csv new", 0));
    umask(mask);
    for (size_t i = 0; i < ROWS(made); i++) {
        char path[PATH_MAX];
        struct stat st;
        ck_assert_int_eq(stat(folder_path(path, folder, made[i]), &st), 0);
        ck_assert_msg((st.st_mode & 0777) == 0640, "%s: mode %o", made[i],
                      (unsigned)st.st_mode);
    }
}
END_TEST

START_TEST(force_replaces_an_output)
{
    free(output_of("good.pcap -q --json=exists --force", 0));
    char *json = folder_read(folder, "exists");
    ck_assert_ptr_nonnull(json);
    ck_assert_int_eq(strncmp(json, "{\n\"schema\": \"wasitdns/1\"", 24), 0);
    free(json);
}
END_TEST

static void append(const char *path, const char *octets, size_t n)
{
    FILE *out = fopen(path, "a");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(octets, 1, n, out), n);
    ck_assert_int_eq(fclose(out), 0);
}

/* Octets that are there when following begins: the writer has just created the
 * file, or stopped inside its header, or inside a record. */
static const size_t begun[] = {0, 3, 11, 40000};

START_TEST(a_growing_file_is_followed)
{
    struct run run = {.pid = 0};
    char path[PATH_MAX];
    const size_t part = begun[_i];
    folder_write(folder, "grows.pcap", good, part);
    start(&run, "--follow -c 704 grows.pcap", -1, -1);
    idle_wait(run.pid, ASLEEP_MS);
    append(folder_path(path, folder, "grows.pcap"), good + part,
           good_octets - part);
    finish(&run);
    ck_assert_int_eq(run.status, 0);
    ck_assert_str_eq(run.err, "");
    ck_assert_ptr_nonnull(strstr(run.out, "704 DNS; data quality good"));
    run_free(&run);
    remove(path);
}
END_TEST

/* What happens to a file that is followed, when half of it has been read. */
static const struct {
    const char *name;
    bool moves;    /* to another name, where the rest is written to it */
    bool succeeds; /* another file comes in its place */
    bool removes;
    bool cuts;
    const char *out, *err;
} fates[] = {
    {"replaced, and written to for a moment", true, true, false, false,
     "704 DNS; data quality good",
     "wasitdns: grows.pcap was replaced or removed: what was written to it "
     "until then was used\n"},
    {"moved away", true, false, false, false, "704 DNS; data quality good",
     "was replaced or removed"},
    {"removed", false, false, true, false, " DNS", "was replaced or removed"},
    {"cut short", false, false, false, true,
     "grows.pcap is damaged at frame 352,",
     "the file was cut short while it was followed; everything in front of it "
     "was used\n"},
};

START_TEST(following_ends_when_the_file_does)
{
    struct run run = {.pid = 0};
    char path[PATH_MAX], moved[PATH_MAX];
    const size_t part = good_octets / 2;
    folder_write(folder, "grows.pcap", good, part);
    folder_path(path, folder, "grows.pcap");
    folder_path(moved, folder, "grows.pcap.1");
    start(&run, "--follow grows.pcap", -1, -1);
    idle_wait(run.pid, ASLEEP_MS);
    if (fates[_i].moves)
        ck_assert_int_eq(rename(path, moved), 0);
    if (fates[_i].succeeds)
        folder_write(folder, "grows.pcap", good, part);
    if (fates[_i].moves) {
        poll(NULL, 0, 300);
        append(moved, good + part, good_octets - part);
    }
    if (fates[_i].removes)
        ck_assert_int_eq(remove(path), 0);
    if (fates[_i].cuts)
        ck_assert_int_eq(truncate(path, 100), 0);
    finish(&run);
    ck_assert_msg(run.status == 0, "%s: %d", fates[_i].name, run.status);
    ck_assert_msg(strstr(run.out, fates[_i].out), "%s: %s", fates[_i].name,
                  run.out);
    ck_assert_msg(strstr(run.err, fates[_i].err), "%s: %s", fates[_i].name,
                  run.err);
    run_free(&run);
    remove(path);
    remove(moved);
}
END_TEST

START_TEST(following_ends_with_the_duration)
{
    char *out = output_of("--follow --duration 2s good.pcap", 0);
    ck_assert_ptr_nonnull(strstr(out, "704 DNS; data quality good"));
    free(out);
    out = output_of("--follow --duration 2s cut.pcap", 0); /* not damaged */
    ck_assert_ptr_nonnull(strstr(out, "703 DNS; data quality good"));
    free(out);
}
END_TEST

START_TEST(packets_written_are_judged_like_their_capture)
{
    free(output_of("good.pcap -f udp -w used.pcap -q", 0));
    struct stat st;
    char path[PATH_MAX];
    ck_assert_int_eq(stat(folder_path(path, folder, "used.pcap"), &st), 0);
    ck_assert_int_eq(st.st_size, (off_t)good_octets);
    char *before = output_of("good.pcap", 0);
    char *after = output_of("used.pcap", 0);
    *strstr(before, "Next") = '\0'; /* it names the file */
    *strstr(after, "Next") = '\0';
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
    remove(path);
}
END_TEST

START_TEST(text_file_has_the_screen)
{
    char *screen = output_of("good.pcap -o x.txt", 0);
    char *file = folder_read(folder, "x.txt");
    ck_assert_pstr_eq(file, screen);
    free(file);
    free(screen);
}
END_TEST

/* The first column of the first row, as text; NULL when the SQL fails. */
static char *ask(const char *setup, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    char *answer = NULL;
    ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    if (setup)
        ck_assert_msg(sqlite3_exec(db, setup, NULL, NULL, NULL) == SQLITE_OK,
                      "%s", sqlite3_errmsg(db));
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0))
        answer = strdup((const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    sqlite3_close(db);
    return answer;
}

START_TEST(json_is_one_valid_document)
{
    char *printed = output_of("dead.pcap --json", 0);
    free(output_of("dead.pcap -q --json x.json", 0));
    char *file = folder_read(folder, "x.json");
    ck_assert_pstr_eq(file, printed);
    render_assert_plain(file);
    char *sql =
        sqlite3_mprintf("SELECT json_extract(%Q, '$.verdict.answer')", file);
    char *answer = ask(NULL, sql);
    ck_assert_pstr_eq(answer, "yes");
    sqlite3_free(sql);
    free(answer);
    free(file);
    free(printed);
}
END_TEST

START_TEST(schema_makes_a_database_that_answers)
{
    char *schema = output_of("schema", 0);
    char *packets = ask(schema, "SELECT packets FROM v_summary");
    char *findings = ask(schema, "SELECT count(*) FROM finding_silent_server");
    ck_assert_pstr_eq(packets, "0");
    ck_assert_pstr_eq(findings, "0");
    ck_assert_ptr_nonnull(
        strstr(schema, "-- from --labels, else as the capture"));
    free(packets);
    free(findings);
    free(schema);
}
END_TEST

static void count_field(void *field, size_t octets, void *context)
{
    (void)field, (void)octets;
    ++*(size_t *)context;
}

static void count_row(int terminator, void *context)
{
    (void)terminator, (void)context;
}

/* How many cells libcsv reads; it must read all. */
static size_t count_cells(const char *text)
{
    struct csv_parser parser;
    size_t cells = 0;
    ck_assert_int_eq(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI), 0);
    ck_assert_uint_eq(
        csv_parse(&parser, text, strlen(text), count_field, count_row, &cells),
        strlen(text));
    ck_assert_int_eq(csv_fini(&parser, count_field, count_row, &cells), 0);
    csv_free(&parser);
    return cells;
}

START_TEST(csv_writes_every_table_once)
{
    static const char *const tables[] = {"clients", "names", "rcodes",
                                         "servers", "types"};
    free(output_of("good.pcap -q --csv tables", 0));
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "tables/%s.csv", tables[i]);
        char *text = folder_read(folder, name);
        ck_assert_msg(text != NULL, "%s", name);
        ck_assert_uint_gt(count_cells(text), 0);
        ck_assert_ptr_nonnull(strstr(text, "\r\n"));
        free(text);
    }
    struct run again = run_line("good.pcap -q --csv tables");
    ck_assert_int_eq(again.status, 5);
    ck_assert_ptr_nonnull(strstr(again.err, ".csv: exists already"));
    run_free(&again);
    free(output_of("good.pcap -q --csv tables --force", 0));
    free(output_of("top types good.pcap -q -o types.csv", 0));
    char *single = folder_read(folder, "types.csv");
    char *one = folder_read(folder, "tables/types.csv");
    ck_assert_pstr_eq(single, one);
    free(single);
    free(one);
}
END_TEST

/* --- databases ------------------------------------------------------------ */

/* The text up to the line that names the next command. */
static void forget_next(char *text)
{
    char *next = strstr(text, "\nNext ");
    ck_assert_ptr_nonnull(next);
    *next = '\0';
}

START_TEST(database_is_judged_like_its_capture)
{
    char *first = output_of("dead.pcap --db x.db --transactions", 0);
    char *second = output_of("x.db", 0);
    ck_assert_ptr_nonnull(strstr(first, "Next     wasitdns explain"));
    forget_next(first);
    forget_next(second);
    ck_assert_str_eq(second, first);
    free(first);
    free(second);
    free(output_of("x.db --fail-on error -q", 1));
    char *top = output_of("top unanswered x.db", 0);
    ck_assert_ptr_nonnull(strstr(top, "10.20.0.54"));
    free(top);
}
END_TEST

START_TEST(database_refuses_what_only_captures_know)
{
    static const struct {
        const char *line, *want;
    } refused[] = {
        {"x.db good.pcap", "is read alone"},
        {"x.db --timeout 5s", "--timeout: only for captures"},
        {"x.db --db y.db", "--db: only for captures"},
        {"x.db --labels labels.csv", "--labels: only for captures"},
    };
    free(output_of("dead.pcap -q --db x.db", 0));
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct run run = run_line(refused[i].line);
        ck_assert_msg(run.status == 2, "%s: %d", refused[i].line, run.status);
        ck_assert_msg(strstr(run.err, refused[i].want) != NULL, "%s", run.err);
        run_free(&run);
    }
}
END_TEST

START_TEST(damage_is_remembered_by_the_database)
{
    free(output_of("cut.pcap -q --db x.db", 0));
    struct run run = run_line("x.db --strict");
    ck_assert_int_eq(run.status, 4);
    ck_assert_ptr_nonnull(strstr(run.err, "cut.pcap: damaged at frame 704"));
    run_free(&run);
}
END_TEST

/* Finds the root page of table client and makes it no page at all. */
static void spoil_database(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db,
                                        "SELECT (rootpage - 1) * page_size FROM"
                                        " sqlite_schema, pragma_page_size"
                                        " WHERE name = 'client'",
                                        -1, &s, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
    const off_t at = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, "rubbish", 7, at), 7);
    close(fd);
}

START_TEST(broken_database_is_an_input_error)
{
    char path[PATH_MAX];
    free(output_of("dead.pcap -q --db x.db", 0));
    spoil_database(folder_path(path, folder, "x.db"));
    struct run run = run_line("x.db");
    ck_assert_msg(run.status == 3, "%d, %s", run.status, run.err);
    ck_assert_msg(strncmp(run.err, "wasitdns: x.db: ", 16) == 0, "%s", run.err);
    run_free(&run);
}
END_TEST

static const char *const repeated[] = {
    "dead.pcap --json",
    "dead.pcap -v",
    "top names good.pcap --limit 0",
};

START_TEST(two_runs_print_the_same_octets)
{
    char *first = output_of(repeated[_i], 0);
    char *second = output_of(repeated[_i], 0);
    ck_assert_str_eq(first, second);
    free(first);
    free(second);
}
END_TEST

/* --- standard input and output -------------------------------------------- */

/* Runs `line` with `file` as standard input. */
static char *output_from(const char *file, const char *line)
{
    char path[PATH_MAX];
    const int in = open(folder_path(path, folder, file), O_RDONLY);
    ck_assert_int_ge(in, 0);
    struct run run;
    start(&run, line, in, -1);
    close(in);
    finish(&run);
    ck_assert_msg(run.status == 0, "%s: %s", line, run.err);
    char *out = run.out;
    run.out = NULL;
    run_free(&run);
    return out;
}

START_TEST(standard_input_is_read_like_the_file)
{
    char *want = output_of("good.pcap", 0);
    char *have = output_from("good.pcap", "-");
    forget_next(want);
    forget_next(have);
    ck_assert_str_eq(have, want);
    free(have);
    free(want);
}
END_TEST

START_TEST(dash_is_standard_input_beside_a_database_of_that_name)
{
    char path[PATH_MAX], dash[PATH_MAX];
    free(output_of("dead.pcap -q --db x.db", 0));
    ck_assert_int_eq(rename(folder_path(path, folder, "x.db"),
                            folder_path(dash, folder, "-")),
                     0);
    char *have = output_from("good.pcap", "-");
    ck_assert_ptr_nonnull(strstr(have, "Was it DNS? NO"));
    free(have);
}
END_TEST

static void write_gzip(const char *name, const char *data, size_t octets)
{
    char path[PATH_MAX];
    gzFile out = gzopen(folder_path(path, folder, name), "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(gzwrite(out, data, (unsigned)octets), (int)octets);
    ck_assert_int_eq(gzclose(out), Z_OK);
}

/* Cuts what begins with `from` and ends in front of `to` out of `json`. */
static void cut_out(char *json, const char *from, const char *to)
{
    char *begin = strstr(json, from);
    ck_assert_msg(begin != NULL, "no %s", from);
    const char *end = strstr(begin + strlen(from), to);
    ck_assert_ptr_nonnull(end);
    memmove(begin, end, strlen(end) + 1);
}

/* The inputs at the head, the table of them, and the input's name in the table
 * of interfaces. */
static void forget_inputs(char *json)
{
    cut_out(json, "\"input\": [", "]");
    cut_out(json, "\"inputs\": [", "]");
    cut_out(json, "{\"input\": \"", ", \"interface\"");
}

START_TEST(only_inputs_tell_how_the_octets_came)
{
    write_gzip("good.pcap.gz", good, good_octets);
    char *file = output_of("good.pcap --json", 0);
    char *packed = output_of("good.pcap.gz --json", 0);
    char *piped = output_from("good.pcap", "- --json");
    ck_assert_ptr_nonnull(strstr(packed, "pcap+gzip"));
    ck_assert_str_ne(file, packed);
    ck_assert_str_ne(file, piped);
    forget_inputs(file);
    forget_inputs(packed);
    forget_inputs(piped);
    ck_assert(strcmp(packed, file) == 0); /* too long for a message */
    ck_assert(strcmp(piped, file) == 0);
    free(file);
    free(packed);
    free(piped);
}
END_TEST

static const char *const printing[] = {
    "good.pcap",        "top names good.pcap --limit 0",
    "good.pcap --json", "help",
    "explain",          "schema",
    "doctor",
};

START_TEST(reader_that_went_away_is_no_error)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    close(ends[0]);
    struct run run;
    start(&run, printing[_i], -1, ends[1]);
    close(ends[1]);
    finish(&run);
    ck_assert_msg(run.status == 0, "%s: %d", printing[_i], run.status);
    ck_assert_str_eq(run.err, "");
    run_free(&run);
}
END_TEST

START_TEST(full_standard_output_is_an_error)
{
    const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(full, 0);
    struct run run;
    start(&run, printing[_i], -1, full);
    close(full);
    finish(&run);
    ck_assert_msg(run.status == 5, "%s: %d", printing[_i], run.status);
    ck_assert_msg(strncmp(run.err, "wasitdns: standard output: ", 27) == 0,
                  "%s", run.err);
    run_free(&run);
}
END_TEST

/* --- signals -------------------------------------------------------------- */

struct fifo {
    char path[PATH_MAX];
    int fd;
};

static void fifo_make(struct fifo *fifo)
{
    ck_assert_int_eq(mkfifo(folder_path(fifo->path, folder, "live.pcap"), 0600),
                     0);
    fifo->fd = -1;
}

/* Writes all of good.pcap and waits until the program wants more. */
static void fifo_feed(struct fifo *fifo, pid_t reader)
{
    fifo->fd = open(fifo->path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(fifo->fd, 0);
    for (size_t at = 0; at < good_octets;) {
        const ssize_t n = write(fifo->fd, good + at, good_octets - at);
        ck_assert_int_gt(n, 0);
        at += (size_t)n;
    }
    int waiting = 1;
    for (int i = 0; waiting > 0 && i < PATIENCE_MS; i++) {
        ck_assert_int_eq(ioctl(fifo->fd, FIONREAD, &waiting), 0);
        poll(NULL, 0, 1);
    }
    ck_assert_int_eq(waiting, 0);
    idle_wait(reader, ASLEEP_MS);
}

static const struct {
    int number, status;
} stops[] = {{SIGINT, 130}, {SIGTERM, 143}};

START_TEST(stopped_run_reports_what_was_read)
{
    struct fifo fifo;
    fifo_make(&fifo);
    struct run run;
    start(&run, "live.pcap --json=x.json", -1, -1);
    fifo_feed(&fifo, run.pid);
    kill(run.pid, stops[_i].number);
    finish(&run);
    ck_assert_int_eq(run.status, stops[_i].status);
    ck_assert_msg(strstr(run.out, "704 packets") != NULL, "%s", run.out);
    ck_assert_ptr_nonnull(strstr(run.out, "stopped by a signal"));
    run_free(&run);
    char *json = folder_read(folder, "x.json");
    ck_assert_ptr_nonnull(json);
    ck_assert_ptr_nonnull(strstr(json, "\"interrupted\": true"));
    free(json);
    close(fifo.fd);
}
END_TEST

/* Both wait when the program goes on: the second comes before the first has
 * had any effect. */
START_TEST(a_second_signal_leaves_at_once_and_leaves_nothing)
{
    struct fifo fifo;
    struct run run;
    fifo_make(&fifo);
    free(output_of("--version", 0)); /* makes stdout and stderr */
    const int before = count_names();
    start(&run, "live.pcap --db x.db -o x.json -w x.pcap --csv new", -1, -1);
    fifo_feed(&fifo, run.pid);
    ck_assert_int_eq(count_names(), before + 4);
    kill(run.pid, SIGSTOP);
    kill(run.pid, SIGINT);
    kill(run.pid, SIGTERM);
    kill(run.pid, SIGCONT);
    finish(&run);
    ck_assert_msg(run.status == 130 || run.status == 143, "%d", run.status);
    ck_assert_str_eq(run.out, "");
    ck_assert_str_eq(run.err, "");
    run_free(&run);
    ck_assert_int_eq(count_names(), before);
    close(fifo.fd);
}
END_TEST

START_TEST(wait_for_a_writer_ends_with_the_signal)
{
    struct fifo fifo;
    fifo_make(&fifo);
    struct run run;
    start(&run, "live.pcap", -1, -1);
    idle_wait(run.pid, ASLEEP_MS);
    kill(run.pid, SIGINT);
    finish(&run);
    ck_assert_int_eq(run.status, 130);
    ck_assert_str_eq(run.err, "");
    run_free(&run);
}
END_TEST

START_TEST(usr1_prints_the_status_and_goes_on)
{
    struct fifo fifo;
    fifo_make(&fifo);
    struct run run;
    start(&run, "live.pcap", -1, -1);
    fifo_feed(&fifo, run.pid);
    kill(run.pid, SIGUSR1);
    poll(NULL, 0, 200);
    close(fifo.fd);
    finish(&run);
    ck_assert_int_eq(run.status, 0);
    ck_assert_ptr_nonnull(strstr(run.out, "704 packets"));
    ck_assert_msg(strstr(run.err, "wasitdns: live.pcap: ") == run.err, "%s",
                  run.err);
    ck_assert_ptr_nonnull(strstr(run.err, " 704 DNS messages\n"));
    run_free(&run);
}
END_TEST

/* WASITDNS, else the program beside the tests' directory. */
static bool find_program(const char *self)
{
    const char *given = getenv("WASITDNS");
    char path[PATH_MAX];
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", self);
    snprintf(path, sizeof path, "%s/../wasitdns", dirname(copy));
    return realpath(given && *given ? given : path, program) != NULL;
}

int main(int argc, char **argv)
{
    if (argc < 1 || !find_program(argv[0])) {
        fputs("the program is not built\n", stderr);
        return EXIT_FAILURE;
    }
    setenv("LC_ALL", "C", 1);
    unsetenv("COLUMNS");
    unsetenv("LINES");
    Suite *suite = suite_create("cli/program");
    TCase *tc = tcase_create("program");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, make, unmake);
    tcase_add_loop_test(tc, line_has_its_status_and_words, 0, ROWS(lines));
    tcase_add_test(tc, unreadable_file_is_an_input_error);
    tcase_add_loop_test(tc, readme_shows_what_the_program_prints, 0,
                        ROWS(shown));
    tcase_add_loop_test(tc, trace_of_a_database_is_that_of_its_capture, 0,
                        ROWS(traces));
    tcase_add_test(
        tc, trace_of_a_database_without_transactions_says_how_to_make_one);
    tcase_add_loop_test(tc, trace_writes_the_form_that_the_file_is_named_for, 0,
                        ROWS(forms));
    tcase_add_loop_test(tc, failed_run_leaves_nothing_behind, 0, ROWS(failing));
    tcase_add_loop_test(tc,
                        an_output_over_the_file_size_limit_is_told_and_left_out,
                        0, ROWS(limited));
    tcase_add_test(tc, outputs_have_the_mode_that_the_umask_allows);
    tcase_add_test(tc, force_replaces_an_output);
    tcase_add_loop_test(tc, a_growing_file_is_followed, 0, ROWS(begun));
    tcase_add_loop_test(tc, following_ends_when_the_file_does, 0, ROWS(fates));
    tcase_add_test(tc, following_ends_with_the_duration);
    tcase_add_test(tc, packets_written_are_judged_like_their_capture);
    tcase_add_test(tc, text_file_has_the_screen);
    tcase_add_test(tc, json_is_one_valid_document);
    tcase_add_test(tc, schema_makes_a_database_that_answers);
    tcase_add_test(tc, csv_writes_every_table_once);
    tcase_add_test(tc, database_is_judged_like_its_capture);
    tcase_add_test(tc, database_refuses_what_only_captures_know);
    tcase_add_test(tc, damage_is_remembered_by_the_database);
    tcase_add_test(tc, broken_database_is_an_input_error);
    tcase_add_loop_test(tc, two_runs_print_the_same_octets, 0, ROWS(repeated));
    tcase_add_test(tc, standard_input_is_read_like_the_file);
    tcase_add_test(tc, dash_is_standard_input_beside_a_database_of_that_name);
    tcase_add_test(tc, only_inputs_tell_how_the_octets_came);
    tcase_add_loop_test(tc, reader_that_went_away_is_no_error, 0,
                        ROWS(printing));
    tcase_add_loop_test(tc, full_standard_output_is_an_error, 0,
                        ROWS(printing));
    tcase_add_loop_test(tc, stopped_run_reports_what_was_read, 0, ROWS(stops));
    tcase_add_test(tc, a_second_signal_leaves_at_once_and_leaves_nothing);
    tcase_add_test(tc, wait_for_a_writer_ends_with_the_signal);
    tcase_add_test(tc, usr1_prints_the_status_and_goes_on);
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
