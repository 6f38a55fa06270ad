/* What becomes of outputs when the program is killed, the disk is full, the
 * directory takes nothing, or another program holds the database. */
#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "store/store.h"
#include "test_calls.h"
#include "test_folder.h"
#include "test_random.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

enum { WORDS = 24, KILLS = 10 };

/* A sanitized program takes several times as long to start. */
#ifdef __SANITIZE_ADDRESS__
enum { STRIDE = 9 };
#else
enum { STRIDE = 1 };
#endif

static char program[PATH_MAX];
static char folder[PATH_MAX];

/* --- running -------------------------------------------------------------- */

/* "program" and `line` at its blanks, into `copy` and `words`. */
static void split(const char *line, char copy[1024], char *words[WORDS + 1])
{
    int count = 0;
    snprintf(copy, 1024, "%s", line);
    words[count++] = program;
    for (char *w = strtok(copy, " "); w; w = strtok(NULL, " ")) {
        ck_assert_int_lt(count, WORDS);
        words[count++] = w;
    }
    words[count] = NULL;
}

static struct calls_result run_planned(const char *line,
                                       const struct calls_plan *plan)
{
    char copy[1024];
    char *words[WORDS + 1];
    struct calls_result result = {0};
    split(line, copy, words);
    ck_assert_msg(calls_run(folder, words, plan, &result), "%s", line);
    return result;
}

/* As it is, without looking at its calls: the exit status. */
static int run(const char *line)
{
    char copy[1024];
    char *words[WORDS + 1];
    int status;
    split(line, copy, words);
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (chdir(folder) != 0 || !freopen("stdout", "w", stdout) ||
            !freopen("stderr", "w", stderr))
            _exit(127);
        execv(words[0], words);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void expect(int status, const char *line)
{
    const int got = run(line);
    if (got == status)
        return;
    char *text = folder_read(folder, "stderr");
    ck_abort_msg("%s: exit %d, not %d: %s", line, got, status, text);
}

/* The complaint is one line, and says `what`. */
static void expect_complaint(const char *line, const char *what)
{
    char *text = folder_read(folder, "stderr");
    ck_assert_ptr_nonnull(text);
    ck_assert_msg(strncmp(text, "wasitdns: ", 10) == 0 && strstr(text, what) &&
                      strchr(text, '\n') == text + strlen(text) - 1,
                  "%s: \"%s\" lacks \"%s\"", line, text, what);
    free(text);
}

/* --- folders -------------------------------------------------------------- */

static void directory_path(char out[PATH_MAX], const char *name)
{
    const int length = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    ck_assert_int_lt(length, PATH_MAX);
}

static char *in_folder(char out[PATH_MAX], const char *directory,
                       const char *name)
{
    const int length =
        snprintf(out, PATH_MAX, "%s/%s/%s", folder, directory, name);
    ck_assert_int_lt(length, PATH_MAX);
    return out;
}

static void copy_file(const char *from, const char *to)
{
    static char octets[1 << 16];
    FILE *in = fopen(from, "r");
    FILE *out = fopen(to, "w");
    ck_assert_msg(in && out, "%s to %s", from, to);
    for (size_t n; (n = fread(octets, 1, sizeof octets, in)) > 0;)
        ck_assert_uint_eq(fwrite(octets, 1, n, out), n);
    fclose(in);
    ck_assert_int_eq(fclose(out), 0);
}

static bool is_same_file(const char *a, const char *b)
{
    static char left[1 << 16], right[1 << 16];
    FILE *x = fopen(a, "r");
    FILE *y = fopen(b, "r");
    bool same = x && y;
    for (size_t n = 1; same && n > 0;) {
        n = fread(left, 1, sizeof left, x);
        same = fread(right, 1, sizeof right, y) == n &&
               memcmp(left, right, n) == 0;
    }
    if (x)
        fclose(x);
    if (y)
        fclose(y);
    return same;
}

/* Calls `visit` with each name in `directory`, its own and its parent's left
 * out; returns how many there were. */
static int visit_names(const char *directory, void (*visit)(const char *name))
{
    char path[PATH_MAX];
    int count = 0;
    directory_path(path, directory);
    DIR *dir = opendir(path);
    if (!dir)
        return 0;
    for (const struct dirent *e; (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        count++;
        if (visit)
            visit(e->d_name);
    }
    closedir(dir);
    return count;
}

static void make_directory(const char *name)
{
    char path[PATH_MAX];
    directory_path(path, name);
    folder_remove(path);
    ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void restore_one(const char *name)
{
    char from[PATH_MAX], to[PATH_MAX];
    copy_file(in_folder(from, "old", name), in_folder(to, "out", name));
}

/* "out" as it was before the run. */
static void restore(void)
{
    make_directory("out");
    visit_names("old", restore_one);
}

/* --- complete, or as before ----------------------------------------------- */

static const char *looking_at; /* for messages */
static unsigned looking_after; /* calls */
static unsigned left_over;     /* hidden files seen */

/* What a killed run leaves is hidden, says whose it is, and is taken for a
 * database by nobody. */
static void check_leftover(const char *name, const char *path)
{
    const char *mark = strstr(name, ".wasitdns-");
    left_over++;
    ck_assert_msg(mark && strlen(mark) == strlen(".wasitdns-XXXXXX"), "%s",
                  name);
    if (store_is_database(path)) {
        /* The moment between its mark and its name: it is whole. */
        char whole[PATH_MAX];
        ck_assert_msg(is_same_file(path, in_folder(whole, "new", "x.db")),
                      "%s, killed after %u calls: %s is taken for a database",
                      looking_at, looking_after, name);
    }
}

static void check_one(const char *name)
{
    char path[PATH_MAX], old[PATH_MAX], new[PATH_MAX];
    in_folder(path, "out", name);
    if (name[0] == '.') {
        check_leftover(name, path);
        return;
    }
    ck_assert_msg(is_same_file(path, in_folder(old, "old", name)) ||
                      is_same_file(path, in_folder(new, "new", name)),
                  "%s, stopped after %u calls: %s is neither old nor new",
                  looking_at, looking_after, name);
}

static void check_is_there(const char *name)
{
    char path[PATH_MAX];
    ck_assert_msg(access(in_folder(path, "out", name), F_OK) == 0,
                  "%s, stopped after %u calls: %s is gone", looking_at,
                  looking_after, name);
}

/* Everything in "out" is as it was, or whole; how many hidden files there are
 * besides. */
static unsigned check_out(const char *line, unsigned calls)
{
    looking_at = line;
    looking_after = calls;
    left_over = 0;
    visit_names("out", check_one);
    visit_names("old", check_is_there);
    return left_over;
}

/* What is written; with --force over what an earlier run wrote, or without
 * where there is nothing. */
static const struct {
    const char *line;
    unsigned stride; /* of the calls that fail: a CSV file is like the next, and
                        a merged database like one that is not */
} writers[] = {
    {"-q -j 1 dead.pcap --transactions --db out/x.db", 1},
    {"-q -j 1 dead.pcap --csv out", 5},
    {"-q -j 1 dead.pcap -o out/x.json", 1},
    {"-q -j 1 dead.pcap -w out/x.pcap", 1},
    {"merge -q a.db b.db -o out/x.db", 4},
};

static const char *line_of(int row, bool force, char out[1024])
{
    snprintf(out, 1024, "%s%s", writers[row].line, force ? " --force" : "");
    return out;
}

/* Moves what is in "out" to `name`. */
static void keep_as(const char *name)
{
    char from[PATH_MAX], to[PATH_MAX];
    directory_path(from, "out");
    directory_path(to, name);
    folder_remove(to);
    ck_assert_int_eq(rename(from, to), 0);
}

/* "new" is what the writer makes, "old" what it finds: that of another capture,
 * or nothing. */
static void make_old_and_new(int row, bool force)
{
    char line[1024], other[1024];
    make_directory("out");
    expect(0, line_of(row, false, line));
    keep_as("new");
    make_directory("out");
    if (force) {
        snprintf(other, sizeof other, "%s", line);
        char *input = strstr(other, "dead.pcap");
        if (input)
            memcpy(input, "good.pcap", 9);
        else
            memcpy(strstr(other, "b.db"), "    ", 4);
        expect(0, other);
    }
    keep_as("old");
    restore();
}

static bool has_calls(void)
{
    struct calls_result result;
    char *words[] = {program, (char[]){"--version"}, NULL};
    if (calls_run(folder, words, &(struct calls_plan){0}, &result))
        return true;
    puts("this kernel shows nobody's calls: not tried");
    return false;
}

static void look(unsigned calls)
{
    check_out(looking_at, calls);
}

/* Whatever the moment: what is on the disk is looked at in front of each call of
 * one run. Some runs are killed in earnest, in each part of the run one. */
START_TEST(killed_anywhere_leaves_outputs_whole_or_as_they_were)
{
    const bool force = _i % 2;
    char line[1024];
    uint64_t random = 1 + (uint64_t)_i;
    if (!has_calls())
        return;
    make_old_and_new(_i / 2, force);
    looking_at = line_of(_i / 2, force, line);
    const struct calls_result whole =
        run_planned(line, &(struct calls_plan){.look = look});
    ck_assert_int_eq(whole.status, 0);
    ck_assert_uint_ge(whole.seen, KILLS / 2);
    for (unsigned i = 0; i < KILLS; i++) {
        const unsigned from = i * whole.seen / KILLS;
        const unsigned to = (i + 1) * whole.seen / KILLS;
        const unsigned at =
            1 + from +
            (unsigned)random_below(&random, to > from ? to - from : 1);
        restore();
        const struct calls_result got =
            run_planned(line, &(struct calls_plan){.at = at});
        ck_assert_int_eq(got.status, 128 + SIGKILL);
        check_out(line, at - 1);
    }
}
END_TEST

START_TEST(next_run_succeeds_beside_what_a_killed_one_left)
{
    char line[1024];
    if (!has_calls())
        return;
    make_old_and_new(_i, false);
    line_of(_i, false, line);
    const unsigned all = run_planned(line, &(struct calls_plan){0}).seen;
    restore();
    run_planned(line, &(struct calls_plan){.at = all / 2});
    ck_assert_uint_gt(check_out(line, all / 2), 0);
    expect(0, line_of(_i, true, line));
    check_out(line, all);
}
END_TEST

/* At each call in its turn, and from then on. */
START_TEST(disk_full_at_any_call_is_told_and_leaves_no_half_output)
{
    char line[1024];
    if (!has_calls())
        return;
    make_old_and_new(_i, true);
    line_of(_i, true, line);
    for (unsigned at = 1;; at += STRIDE * writers[_i].stride) {
        const struct calls_plan plan = {.at = at, .error = ENOSPC};
        const struct calls_result got = run_planned(line, &plan);
        if (got.seen < at)
            break;
        ck_assert_msg(got.status == 5, "%s, call %u: exit %d", line, at,
                      got.status);
        expect_complaint(line, "wasitdns: out");
        expect_complaint(line, "No space left on device");
        ck_assert_uint_eq(check_out(line, at), 0);
        restore();
    }
}
END_TEST

/* --- disks and directories ------------------------------------------------ */

enum { PAGE = 4096, MOST_ROOM = 4 << 20 };

/* A small disk at "out", of this process only; false without root. */
static bool mount_disk(void)
{
    char path[PATH_MAX];
    directory_path(path, "out");
    if (unshare(CLONE_NEWNS) == 0 &&
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("tmpfs", path, "tmpfs", 0, "size=4k") == 0)
        return true;
    puts("no root: a limit for the size of files stands in for small disks");
    return false;
}

static void resize_disk(unsigned octets, bool read_only)
{
    char path[PATH_MAX], size[32];
    directory_path(path, "out");
    snprintf(size, sizeof size, "size=%u", octets);
    ck_assert_int_eq(mount("tmpfs", path, "tmpfs",
                           MS_REMOUNT | (read_only ? MS_RDONLY : 0), size),
                     0);
}

/* The program inherits the limit; libcheck, which writes files of its own with
 * each assertion, does not feel it. */
static int run_limited(const char *line, rlim_t octets)
{
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit limit = {octets, before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const int status = run(line);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    return status;
}

static void unmount_disk(void)
{
    char path[PATH_MAX];
    directory_path(path, "out");
    ck_assert_int_eq(umount2(path, MNT_DETACH), 0);
}

/* From a disk for nothing to one on which all fits. */
START_TEST(disk_of_any_size_takes_the_whole_output_or_none)
{
    char line[1024];
    unsigned refused = 0;
    int status = 5;
    make_old_and_new(_i, false);
    line_of(_i, false, line);
    const bool mounted = mount_disk();
    for (unsigned room = PAGE; status != 0; room += PAGE + room / 4) {
        ck_assert_uint_lt(room, MOST_ROOM);
        if (mounted)
            resize_disk(room, false);
        status = mounted ? run(line) : run_limited(line, room);
        if (status == 0)
            break;
        ck_assert_msg(status == 5, "%s, %u octets: exit %d", line, room,
                      status);
        expect_complaint(line, "wasitdns: out");
        ck_assert_int_eq(visit_names("out", NULL), 0);
        refused++;
    }
    ck_assert_uint_gt(refused, 0);
    check_out(line, 0);
    ck_assert_int_gt(visit_names("out", NULL), 0);
    if (mounted)
        unmount_disk();
}
END_TEST

/* Root writes into every directory, but not on a disk that is read-only. */
START_TEST(directory_that_takes_nothing_is_told_before_anything_is_read)
{
    char line[1024], path[PATH_MAX];
    make_old_and_new(_i, false);
    const bool mounted = mount_disk();
    if (mounted)
        resize_disk(MOST_ROOM, true);
    else
        ck_assert_int_eq(chmod(in_folder(path, "out", ""), 0500), 0);
    line_of(_i, false, line);
    memcpy(strchr(line, '.') - 1, "?", 1); /* an input that is not there */
    expect(5, line);
    expect_complaint(line,
                     mounted ? "Read-only file system" : "Permission denied");
    if (mounted)
        unmount_disk();
    ck_assert_int_eq(visit_names("out", NULL), 0);
}
END_TEST

/* --- databases that others use -------------------------------------------- */

/* A process that has done `sql` to out/x.db and keeps its locks until it is
 * killed, and then leaves what it leaves. */
static pid_t hold(const char *sql)
{
    int ready[2];
    char path[PATH_MAX], done;
    ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
    const pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        sqlite3 *db = NULL;
        if (sqlite3_open(in_folder(path, "out", "x.db"), &db) == SQLITE_OK &&
            sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK &&
            write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    ck_assert_msg(read(ready[0], &done, 1) == 1, "%s", sql);
    close(ready[0]);
    return pid;
}

static void release(pid_t pid)
{
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

#define SHARED    "BEGIN; SELECT * FROM counter"
#define RESERVED  "BEGIN; UPDATE counter SET value = value + 1"
#define EXCLUSIVE "BEGIN EXCLUSIVE"
/* Changed pages that found no room in the cache are in the file. */
#define SPILLED                                                                \
    "PRAGMA cache_size = 1; BEGIN; CREATE TABLE more AS WITH RECURSIVE n(i) "  \
    "AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "             \
    "SELECT i, hex(randomblob(40)) FROM n; UPDATE counter SET value = 1"
#define LOGGED "PRAGMA journal_mode = WAL; UPDATE counter SET value = value + 1"

#define READ       "-q out/x.db"
#define WRITE      "-q dead.pcap --force --db out/x.db"
#define MERGE_FROM "merge -q a.db out/x.db --force -o other.db"
#define MERGE_TO   "merge -q a.db b.db --force -o out/x.db"

static const struct {
    const char *sql;
    bool killed; /* before the run; what it left is still there */
    const char *line;
    int status;
    const char *complaint;
} held[] = {
    {SHARED, false, READ, 0, NULL},
    {SHARED, false, WRITE, 0, NULL},
    {SHARED, false, MERGE_FROM, 0, NULL},
    {SHARED, false, MERGE_TO, 0, NULL},
    {RESERVED, false, READ, 0, NULL},
    {RESERVED, false, MERGE_FROM, 0, NULL},
    {RESERVED, false, WRITE, 5, "out/x.db: another program is changing it"},
    {RESERVED, false, MERGE_TO, 5, "out/x.db: another program is changing it"},
    {EXCLUSIVE, false, READ, 3, "out/x.db: another program has locked it for"},
    {EXCLUSIVE, false, MERGE_FROM, 3, "out/x.db: another program has locked"},
    {EXCLUSIVE, false, WRITE, 5, "out/x.db: another program is changing it"},
    {EXCLUSIVE, false, MERGE_TO, 5, "out/x.db: another program is changing it"},
    {SPILLED, true, READ, 3, "out/x.db: another program stopped while it chan"},
    {SPILLED, true, MERGE_FROM, 3, "out/x.db: another program stopped while"},
    {SPILLED, true, WRITE, 5, "out/x.db-journal: belongs to a database that"},
    {SPILLED, true, MERGE_TO, 5, "out/x.db-journal: belongs to a database tha"},
    {LOGGED, false, READ, 0, NULL},
    {LOGGED, true, WRITE, 5, "out/x.db-wal: belongs to a database that"},
};

static void check_database(const char *directory)
{
    char path[PATH_MAX];
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    in_folder(path, directory, "x.db");
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &s, NULL),
        SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
    ck_assert_str_eq((const char *)sqlite3_column_text(s, 0), "ok");
    sqlite3_finalize(s);
    sqlite3_close(db);
}

START_TEST(database_in_use_is_read_when_it_can_be_and_never_broken)
{
    make_directory("out");
    expect(0, "-q good.pcap --db out/x.db");
    const pid_t pid = hold(held[_i].sql);
    if (held[_i].killed)
        release(pid);
    expect(held[_i].status, held[_i].line);
    if (held[_i].complaint)
        expect_complaint(held[_i].line, held[_i].complaint);
    if (!held[_i].killed)
        release(pid);
    check_database("out");
}
END_TEST

/* The lock is waited for; the run is not said to have failed. */
START_TEST(database_that_is_locked_for_a_moment_is_waited_for)
{
    make_directory("out");
    expect(0, "-q good.pcap --db out/x.db");
    const pid_t holder = hold(EXCLUSIVE);
    const pid_t timer = fork();
    ck_assert_int_ge(timer, 0);
    if (timer == 0) {
        usleep(STORE_LOCK_MS * 1000 / 4);
        kill(holder, SIGKILL);
        _exit(0);
    }
    expect(0, READ);
    ck_assert_int_eq(waitpid(timer, NULL, 0), timer);
    ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
}
END_TEST

/* --- public --------------------------------------------------------------- */

static void make(void)
{
    char path[PATH_MAX];
    folder_make(folder);
    copy_file("fixtures/dead-server.pcap",
              folder_path(path, folder, "dead.pcap"));
    copy_file("fixtures/healthy.pcap", folder_path(path, folder, "good.pcap"));
    expect(0, "-q dead.pcap --db a.db");
    expect(0, "-q good.pcap --db b.db");
}

static void unmake(void)
{
    folder_remove(folder);
}

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);
    tcase_set_timeout(tc, 60);
    tcase_add_unchecked_fixture(tc, make, unmake);
    suite_add_tcase(suite, tc);
    return tc;
}

int main(void)
{
    const char *given = getenv("WASITDNS");
    if (!realpath(given ? given : "build/release/wasitdns", program)) {
        fputs("the program is not built\n", stderr);
        return EXIT_FAILURE;
    }
    Suite *suite = suite_create("cli/crash");
    TCase *tc = add_case(suite, "killed");
    tcase_add_loop_test(tc,
                        killed_anywhere_leaves_outputs_whole_or_as_they_were, 0,
                        2 * ROWS(writers));
    tcase_add_loop_test(tc, next_run_succeeds_beside_what_a_killed_one_left, 0,
                        ROWS(writers));
    tc = add_case(suite, "full");
    tcase_add_loop_test(tc,
                        disk_full_at_any_call_is_told_and_leaves_no_half_output,
                        0, ROWS(writers));
    tcase_add_loop_test(tc, disk_of_any_size_takes_the_whole_output_or_none, 0,
                        ROWS(writers));
    tcase_add_loop_test(
        tc, directory_that_takes_nothing_is_told_before_anything_is_read, 0,
        ROWS(writers));
    tc = add_case(suite, "used");
    tcase_add_loop_test(tc,
                        database_in_use_is_read_when_it_can_be_and_never_broken,
                        0, ROWS(held));
    tcase_add_test(tc, database_that_is_locked_for_a_moment_is_waited_for);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
