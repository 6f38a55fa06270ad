#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"
#include "util/histogram.h"

/* Every test works in a directory of its own. */
static char directory[] = "/tmp/wasitdns-store-XXXXXX";

static void enter_directory(void)
{
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_int_eq(chdir(directory), 0);
}

static void leave_directory(void)
{
    DIR *dir = opendir(directory);
    const struct dirent *entry;
    while ((entry = readdir(dir)))
        unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir(directory);
}

static unsigned count_files(void)
{
    DIR *dir = opendir(".");
    unsigned count = 0;
    const struct dirent *entry;
    while ((entry = readdir(dir)))
        count +=
            strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return count;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    ck_assert_int_eq(fclose(f), 0);
}

static bool file_starts_with(const char *path, const char *text)
{
    char head[64] = "";
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    const size_t n = fread(head, 1, strlen(text), f);
    fclose(f);
    return n == strlen(text) && memcmp(head, text, n) == 0;
}

/* Runs SQL on a finished file, as a stranger with SQLite could. */
static void tamper(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *error = NULL;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, sql, NULL, NULL, &error);
    ck_assert_msg(!error, "%s", error);
    sqlite3_close(db);
}

/* The first column of the first row as text; "" when there is none. */
static const char *ask(struct store *store, const char *sql)
{
    static char answer[256];
    sqlite3_stmt *statement = NULL;
    answer[0] = '\0';
    ck_assert_msg(sqlite3_prepare_v2(store_handle(store), sql, -1, &statement,
                                     NULL) == SQLITE_OK,
                  "%s", sqlite3_errmsg(store_handle(store)));
    if (sqlite3_step(statement) == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(statement, 0);
        snprintf(answer, sizeof answer, "%s", text ? (const char *)text : "");
    }
    sqlite3_finalize(statement);
    return answer;
}

static void add_counter(struct store *store, const char *name, int64_t value)
{
    const struct facts_sink sink = store_sink(store);
    const struct facts_value row[] = {facts_text(name), facts_integer(value)};
    struct err err = {0};
    ck_assert_msg(sink.row(sink.context, "counter", row, 2, &err) == ERR_OK,
                  "%s", err.text);
}

static struct store *created(const char *path)
{
    struct store *store = NULL;
    struct err err = {0};
    ck_assert_msg(store_create(&store, path, false, &err) == ERR_OK, "%s",
                  err.text);
    return store;
}

/* A published store with one counter. */
static void make_store(const char *path)
{
    struct store *store = created(path);
    struct err err = {0};
    add_counter(store, "frames", 7);
    ck_assert_int_eq(store_seal(store, &err), ERR_OK);
    ck_assert_msg(store_publish(store, &err) == ERR_OK, "%s", err.text);
    store_close(store);
}

static void expect_refusal(enum err_code rc, const struct err *err,
                           enum err_code want, const char *text)
{
    ck_assert_msg(rc == want, "%d, not %d: %s", rc, want, err->text);
    ck_assert_msg(strstr(err->text, text), "\"%s\" lacks \"%s\"", err->text,
                  text);
}

/* --- making -------------------------------------------------------------- */

START_TEST(published_file_is_complete_and_shared_as_the_umask_says)
{
    umask(0027);
    make_store("part.db");
    struct stat st;
    ck_assert_int_eq(stat("part.db", &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0640);
    ck_assert_uint_eq(count_files(), 1);

    struct store *store = NULL;
    struct err err = {0};
    ck_assert_msg(store_open(&store, "part.db", &err) == ERR_OK, "%s",
                  err.text);
    ck_assert_str_eq(ask(store, "SELECT value FROM counter"), "7");
    ck_assert_str_eq(ask(store, "PRAGMA integrity_check"), "ok");
    ck_assert_int_eq(atoi(ask(store, "PRAGMA application_id")),
                     STORE_APPLICATION_ID);
    ck_assert_int_eq(atoi(ask(store, "PRAGMA user_version")), STORE_SCHEMA);
    store_close(store);
}
END_TEST

START_TEST(queries_still_run_after_publishing)
{
    struct store *store = created("part.db");
    add_counter(store, "frames", 7);
    ck_assert_int_eq(store_seal(store, NULL), ERR_OK);
    ck_assert_int_eq(store_publish(store, NULL), ERR_OK);
    ck_assert_str_eq(ask(store, "SELECT value FROM counter"), "7");
    store_close(store);
    ck_assert_int_eq(access("part.db", F_OK), 0);
}
END_TEST

START_TEST(unpublished_store_leaves_nothing)
{
    struct store *store = created("part.db");
    add_counter(store, "frames", 7);
    ck_assert_int_eq(store_seal(store, NULL), ERR_OK);
    ck_assert_int_ne(access("part.db", F_OK), 0);
    store_close(store);
    ck_assert_uint_eq(count_files(), 0);
}
END_TEST

/* What the kernel does to us at any time (RELIABILITY O1). */
START_TEST(killed_store_leaves_the_old_file)
{
    make_store("part.db");
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct store *store = NULL;
        struct err err = {0};
        if (store_create(&store, "part.db", true, &err) == ERR_OK) {
            add_counter(store, "frames", 8);
            if (_i == 1 && store_seal(store, &err) != ERR_OK)
                _exit(1);
            kill(getpid(), SIGKILL);
        }
        _exit(1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    struct store *store = NULL;
    ck_assert_int_eq(store_open(&store, "part.db", NULL), ERR_OK);
    ck_assert_str_eq(ask(store, "SELECT value FROM counter"), "7");
    store_close(store);
}
END_TEST

/* Were it killed then, what it leaves would be most of a database. */
START_TEST(store_is_known_as_one_of_ours_only_when_it_is_published)
{
    enum { ROWS = 200000 }; /* more than the cache holds */
    char name[64];
    struct store *store = created("part.db");
    for (int i = 0; i < ROWS; i++) {
        snprintf(name, sizeof name, "a-rather-long-counter-%d", i);
        add_counter(store, name, i);
    }
    ck_assert_int_eq(store_seal(store, NULL), ERR_OK);
    DIR *dir = opendir(".");
    unsigned seen = 0;
    for (const struct dirent *entry; (entry = readdir(dir)); seen++)
        ck_assert(!store_is_database(entry->d_name));
    closedir(dir);
    ck_assert_uint_eq(seen, 3);
    ck_assert_int_eq(store_publish(store, NULL), ERR_OK);
    ck_assert(store_is_database("part.db"));
    store_close(store);
}
END_TEST

START_TEST(existing_file_is_replaced_only_by_force)
{
    struct store *store = NULL;
    struct err err = {0};
    write_file("part.db", "precious");
    expect_refusal(store_create(&store, "part.db", false, &err), &err,
                   ERR_OUTPUT, "part.db: exists already");
    ck_assert(file_starts_with("part.db", "precious"));

    ck_assert_int_eq(store_create(&store, "part.db", true, &err), ERR_OK);
    ck_assert_int_eq(store_seal(store, &err), ERR_OK);
    ck_assert(file_starts_with("part.db", "precious"));
    ck_assert_int_eq(store_publish(store, &err), ERR_OK);
    store_close(store);
    ck_assert(file_starts_with("part.db", "SQLite format 3"));
    ck_assert_uint_eq(count_files(), 1);
}
END_TEST

START_TEST(file_that_came_meanwhile_is_kept)
{
    struct err err = {0};
    struct store *store = created("part.db");
    ck_assert_int_eq(store_seal(store, &err), ERR_OK);
    write_file("part.db", "precious");
    expect_refusal(store_publish(store, &err), &err, ERR_OUTPUT, "part.db");
    store_close(store);
    ck_assert(file_starts_with("part.db", "precious"));
    ck_assert_uint_eq(count_files(), 1);
}
END_TEST

START_TEST(link_at_the_place_is_replaced_and_not_followed)
{
    struct err err = {0};
    struct store *store = NULL;
    write_file("victim", "precious");
    ck_assert_int_eq(symlink("victim", "part.db"), 0);
    expect_refusal(store_create(&store, "part.db", false, &err), &err,
                   ERR_OUTPUT, "exists already");
    ck_assert_int_eq(store_create(&store, "part.db", true, &err), ERR_OK);
    ck_assert_int_eq(store_seal(store, &err), ERR_OK);
    ck_assert_int_eq(store_publish(store, &err), ERR_OK);
    store_close(store);
    ck_assert(file_starts_with("victim", "precious"));
    ck_assert(file_starts_with("part.db", "SQLite format 3"));
}
END_TEST

static const struct {
    const char *path, *says;
} places[] = {
    {"", "empty"},
    {".", "is a directory"},
    {"fifo", "is no file"},
    {"missing/part.db", "No such file or directory"},
    {"file/part.db", "Not a directory"},
    {"/proc/part.db", "/proc/part.db"},
};

START_TEST(place_that_cannot_be_written_is_refused_at_once)
{
    struct err err = {0};
    struct store *store = NULL;
    ck_assert_int_eq(mkfifo("fifo", 0600), 0);
    write_file("file", "");
    expect_refusal(store_create(&store, places[_i].path, true, &err), &err,
                   ERR_OUTPUT, places[_i].says);
    ck_assert_ptr_null(store);
    ck_assert_uint_eq(count_files(), 2);
}
END_TEST

START_TEST(name_with_a_meaning_for_sqlite_is_a_file)
{
    make_store(":memory:");
    ck_assert(file_starts_with(":memory:", "SQLite format 3"));
    struct store *store = NULL;
    ck_assert_int_eq(store_open(&store, ":memory:", NULL), ERR_OK);
    ck_assert_str_eq(ask(store, "SELECT value FROM counter"), "7");
    store_close(store);
}
END_TEST

START_TEST(temporary_store_leaves_nothing_and_stays_small)
{
    enum { ROWS = 200000, MOST_OCTETS = 24 << 20 };
    struct err err = {0};
    char name[64];
    ck_assert_int_eq(setenv("SQLITE_TMPDIR", directory, 1), 0);
    struct store *store = created(NULL);
    for (int i = 0; i < ROWS; i++) {
        snprintf(name, sizeof name, "a-rather-long-counter-%d", i);
        add_counter(store, name, i);
    }
    ck_assert_int_lt(sqlite3_memory_used(), MOST_OCTETS);
    ck_assert_int_eq(store_seal(store, &err), ERR_OK);
    ck_assert_int_eq(store_publish(store, &err), ERR_OK);
    ck_assert_str_eq(ask(store, "SELECT count(*) FROM counter"), "200000");
    store_close(store);
    ck_assert_uint_eq(count_files(), 0);
}
END_TEST

/* --- rows ---------------------------------------------------------------- */

START_TEST(row_keeps_every_type)
{
    struct err err = {0};
    struct store *store = created(NULL);
    const struct facts_sink sink = store_sink(store);
    const struct facts_value input[] = {facts_integer(0),
                                        facts_integer(1),
                                        facts_text("a'b\"c.pcap"),
                                        facts_text("pcap"),
                                        facts_integer(INT64_MAX),
                                        facts_integer(INT64_MIN),
                                        facts_null(),
                                        facts_integer_if(0, 5),
                                        facts_text(NULL),
                                        facts_null(),
                                        facts_null(),
                                        facts_integer(0)};
    ck_assert_msg(sink.row(sink.context, "input", input, 12, &err) == ERR_OK,
                  "%s", err.text);
    ck_assert_int_eq(store_seal(store, &err), ERR_OK);
    ck_assert_str_eq(
        ask(store, "SELECT path || octets || frames || coalesce(first_ns, '-')"
                   " || coalesce(last_ns, '-') || coalesce(damage, '-')"
                   " FROM input"),
        "a'b\"c.pcap9223372036854775807-9223372036854775808---");
    store_close(store);
}
END_TEST

static const struct {
    const char *name, *table;
    size_t values;
    enum err_code want;
    const char *says;
} bad_rows[] = {
    {"no such table", "countre", 2, ERR_INTERNAL, "no table countre"},
    {"too few values", "counter", 1, ERR_INTERNAL, "1 values for table coun"},
    {"too many values", "counter", 3, ERR_INTERNAL, "3 values for table coun"},
    {"wrong type", "counter", 2, ERR_STORE, "cannot store TEXT"},
};

START_TEST(row_that_does_not_fit_is_refused)
{
    struct err err = {0};
    struct store *store = created(NULL);
    const struct facts_sink sink = store_sink(store);
    const struct facts_value row[] = {facts_text("frames"), facts_text("7"),
                                      facts_integer(0)};
    const struct facts_value text[] = {facts_text("a"), facts_text("b")};
    const bool mistyped = bad_rows[_i].want == ERR_STORE;
    enum err_code rc =
        sink.row(sink.context, bad_rows[_i].table, mistyped ? text : row,
                 bad_rows[_i].values, &err);
    if (rc == ERR_OK)
        rc = store_seal(store, &err);
    expect_refusal(rc, &err, bad_rows[_i].want, bad_rows[_i].says);
    store_close(store);
}
END_TEST

START_TEST(tables_may_alternate)
{
    struct store *store = created(NULL);
    const struct facts_sink sink = store_sink(store);
    const struct facts_value code[] = {facts_integer(0), facts_text("NOERROR"),
                                       facts_integer(1), facts_integer(1)};
    add_counter(store, "a", 1);
    ck_assert_int_eq(sink.row(sink.context, "response_code", code, 4, NULL),
                     ERR_OK);
    add_counter(store, "b", 2);
    struct err err = {0};
    ck_assert_int_eq(store_seal(store, &err), ERR_OK);
    ck_assert_str_eq(ask(store, "SELECT sum(value) FROM counter"), "3");
    ck_assert_str_eq(ask(store, "SELECT count(*) FROM response_code"), "1");
    store_close(store);
}
END_TEST

START_TEST(latency_buckets_stand_for_their_durations)
{
    struct store *store = created(NULL);
    struct err err = {0};
    ck_assert_int_eq(store_seal(store, &err), ERR_OK);
    ck_assert_int_eq(atoi(ask(store, "SELECT count(*) FROM latency_bucket")),
                     HISTOGRAM_BUCKETS);
    /* A middle must fall into its own bucket, where util counts it. */
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(store_handle(store),
                       "SELECT bucket, middle_seconds * 1e9, upper_seconds"
                       " FROM latency_bucket WHERE bucket BETWEEN -640 AND 320",
                       -1, &statement, NULL);
    while (sqlite3_step(statement) == SQLITE_ROW)
        ck_assert_int_eq(
            histogram_bucket((int64_t)sqlite3_column_double(statement, 1)),
            sqlite3_column_int(statement, 0));
    sqlite3_finalize(statement);
    ck_assert_str_eq(ask(store, "SELECT upper_seconds FROM latency_bucket"
                                " WHERE bucket = -1"),
                     "1.0");
    store_close(store);
}
END_TEST

/* --- a full disk --------------------------------------------------------- */

/* Fills until the disk or the limit says no; how the store took it. */
static enum err_code fill(struct err *err)
{
    struct store *store = NULL;
    char name[64];
    enum err_code rc = store_create(&store, "part.db", false, err);
    for (int i = 0; rc == ERR_OK && i < 500000; i++) {
        const struct facts_sink sink = store_sink(store);
        snprintf(name, sizeof name, "a-rather-long-counter-%d", i);
        const struct facts_value row[] = {facts_text(name), facts_integer(i)};
        rc = sink.row(sink.context, "counter", row, 2, err);
    }
    if (rc == ERR_OK)
        rc = store_seal(store, err);
    if (rc == ERR_OK)
        rc = store_publish(store, err);
    store_close(store);
    return rc;
}

START_TEST(file_size_limit_is_an_output_error_and_leaves_nothing)
{
    /* 1 KiB to 1 MiB: it strikes while the schema is made, or the buckets, or
     * rows, which go to the disk when the cache is full or the store sealed. */
    const struct rlimit limit = {(rlim_t)1024 << _i, (rlim_t)1024 << _i};
    struct err err = {0};
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    expect_refusal(fill(&err), &err, ERR_OUTPUT, "part.db: ");
    ck_assert_ptr_nonnull(strstr(err.text, "File too large"));
    ck_assert_uint_eq(count_files(), 0);
}
END_TEST

/* Needs root; without, the limit above stands in for it. */
START_TEST(full_disk_is_an_output_error_and_leaves_nothing)
{
    struct err err = {0};
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", directory, "tmpfs", 0, "size=512k") != 0) {
        puts("no root: the full disk is tried by a file size limit only");
        return;
    }
    ck_assert_int_eq(chdir(directory), 0);
    expect_refusal(fill(&err), &err, ERR_OUTPUT, "part.db: ");
    ck_assert_ptr_nonnull(strstr(err.text, "full"));
    ck_assert_uint_eq(count_files(), 0);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(umount2(directory, MNT_DETACH), 0);
}
END_TEST

/* --- opening what a stranger made ---------------------------------------- */

static const struct {
    const char *name, *sql, *says;
} foreign[] = {
    {"another program", "PRAGMA application_id = 252006675",
     "another program (application id 0x0F055113"},
    {"a later schema", "PRAGMA user_version = 4", "has schema 4, this program"},
    {"a table is missing", "DROP TABLE server", "table server is not as"},
    {"a column more", "ALTER TABLE client ADD COLUMN x INTEGER",
     "table client is not as"},
    {"a column renamed", "ALTER TABLE counter RENAME value TO wert",
     "table counter is not as"},
    {"a view in place of a table",
     "DROP TABLE counter; CREATE VIEW counter AS"
     " WITH RECURSIVE n(name) AS (SELECT 'x' UNION ALL SELECT name FROM n)"
     " SELECT name, 1 AS value FROM n",
     "table counter is not as"},
    {"a virtual table in place of a table",
     "DROP TABLE counter; CREATE VIRTUAL TABLE counter USING fts5(name, value)",
     "table counter is not as"},
    {"a key less",
     "DROP TABLE counter; CREATE TABLE counter (name TEXT NOT NULL,"
     " value INTEGER NOT NULL) STRICT",
     "table counter is not as"},
};

START_TEST(foreign_database_is_refused_by_name)
{
    struct err err = {0};
    struct store *store = NULL;
    make_store("part.db");
    tamper("part.db", foreign[_i].sql);
    expect_refusal(store_open(&store, "part.db", &err), &err, ERR_INPUT,
                   foreign[_i].says);
    ck_assert_ptr_null(store);
}
END_TEST

static const struct {
    const char *name, *content;
} no_databases[] = {
    {"empty", ""},
    {"text", "was it DNS?\n"},
    {"magic only", "SQLite format 3"},
};

START_TEST(file_that_is_no_database_is_an_input_error)
{
    struct err err = {0};
    struct store *store = NULL;
    write_file("part.db", no_databases[_i].content);
    expect_refusal(store_open(&store, "part.db", &err), &err, ERR_INPUT,
                   "part.db: ");
    ck_assert(!store_is_database("part.db"));
}
END_TEST

START_TEST(database_is_known_by_its_first_octets)
{
    make_store("part.db");
    ck_assert(store_is_database("part.db"));
    tamper("part.db", "PRAGMA application_id = 1");
    ck_assert(!store_is_database("part.db"));
    ck_assert(!store_is_database("missing"));
    ck_assert(!store_is_database("."));
    ck_assert_int_eq(mkfifo("fifo", 0600), 0);
    ck_assert(!store_is_database("fifo"));
}
END_TEST

START_TEST(opened_store_cannot_be_changed)
{
    struct store *store = NULL;
    make_store("part.db");
    ck_assert_int_eq(store_open(&store, "part.db", NULL), ERR_OK);
    ck_assert_int_ne(sqlite3_exec(store_handle(store), "DELETE FROM counter",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    store_close(store);
}
END_TEST

START_TEST(views_of_the_file_are_shadowed_and_do_not_run)
{
    struct err err = {0};
    struct store *store = NULL;
    make_store("part.db");
    tamper("part.db", "CREATE VIEW v_summary AS SELECT 'planted' AS verdict;"
                      "CREATE VIEW v_other AS SELECT 'planted' AS verdict");
    ck_assert_int_eq(store_open(&store, "part.db", &err), ERR_OK);
    ck_assert_int_eq(
        store_define(store, "CREATE VIEW v_summary AS SELECT 'ours' AS verdict",
                     "views.sql", &err),
        ERR_OK);
    ck_assert_str_eq(ask(store, "SELECT verdict FROM v_summary"), "ours");
    sqlite3_stmt *statement = NULL;
    ck_assert_int_ne(sqlite3_prepare_v2(store_handle(store),
                                        "SELECT verdict FROM v_other", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    store_close(store);
}
END_TEST

static const struct {
    const char *name, *sql, *answer;
} definitions[] = {
    {"comments and blanks in front",
     "-- one; two\n\n  -- 'three\n\tCREATE VIEW v AS SELECT 1 AS x;\n-- end\n",
     "1"},
    {"several, one upon the other",
     "create view v AS SELECT x || ';' AS x FROM w; -- ; '\n"
     "CREATE VIEW w AS SELECT 'CREATE VIEW u' AS x;",
     "CREATE VIEW u;"},
    {"another statement between",
     "CREATE VIEW w AS SELECT 2 AS x; SELECT 3; CREATE VIEW v AS"
     " SELECT x FROM w",
     "2"},
};

START_TEST(views_can_be_defined_in_either_kind_of_store)
{
    struct err err = {0};
    struct store *made = created(NULL);
    struct store *opened = NULL;
    make_store("part.db");
    ck_assert_int_eq(store_open(&opened, "part.db", &err), ERR_OK);
    ck_assert_int_eq(store_seal(made, &err), ERR_OK);
    struct store *const stores[] = {made, opened};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_msg(store_define(stores[i], definitions[_i].sql, "views.sql",
                                   &err) == ERR_OK,
                      "%s: %s", definitions[_i].name, err.text);
        ck_assert_str_eq(ask(stores[i], "SELECT x FROM v"),
                         definitions[_i].answer);
        store_close(stores[i]);
    }
}
END_TEST

START_TEST(faulty_definition_is_named)
{
    struct err err = {0};
    struct store *store = created(NULL);
    ck_assert_int_eq(store_seal(store, &err), ERR_OK);
    expect_refusal(store_define(store,
                                "CREATE VIEW v AS SELECT 1;"
                                "CREATE VIEW w AS SELEKT 2",
                                "views.sql", &err),
                   &err, ERR_STORE, "views.sql: near \"SELEKT\"");
    store_close(store);
}
END_TEST

/* Reads every table to the end; errors are fine, crashes are not. */
static void read_all(struct store *store)
{
    static const char *const tables[] = {
        "SELECT * FROM part",    "SELECT * FROM input",
        "SELECT * FROM counter", "SELECT * FROM latency_bucket",
        "SELECT * FROM client",  "SELECT sql FROM sqlite_schema"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        sqlite3_stmt *statement = NULL;
        if (sqlite3_prepare_v2(store_handle(store), tables[i], -1, &statement,
                               NULL) == SQLITE_OK)
            while (sqlite3_step(statement) == SQLITE_ROW)
                continue;
        sqlite3_finalize(statement);
    }
}

START_TEST(damaged_database_is_refused_or_read)
{
    make_store("part.db");
    struct stat st;
    ck_assert_int_eq(stat("part.db", &st), 0);
    srand((unsigned)_i);
    const int fd = open("part.db", O_RDWR);
    for (int i = 0; i < 1 << _i % 8; i++) {
        /* half of them in the first page, where the schema begins */
        const off_t most = rand() % 2 ? st.st_size : 4096;
        const uint8_t octet = (uint8_t)rand();
        ck_assert_int_eq(pwrite(fd, &octet, 1, rand() % most), 1);
    }
    close(fd);
    struct store *store = NULL;
    struct err err = {0};
    if (store_open(&store, "part.db", &err) == ERR_OK)
        read_all(store);
    else
        ck_assert_ptr_nonnull(strstr(err.text, "part.db: "));
    store_close(store);
}
END_TEST

static void add_loop(TCase *tc, const TTest *test, size_t rows)
{
    tcase_add_loop_test(tc, test, 0, (int)rows);
}

#define ROWS(table) (sizeof(table) / sizeof(table)[0])

static Suite *store_suite(void)
{
    Suite *s = suite_create("store");
    TCase *tc = tcase_create("making");
    tcase_add_checked_fixture(tc, enter_directory, leave_directory);
    tcase_add_test(tc, published_file_is_complete_and_shared_as_the_umask_says);
    tcase_add_test(tc, queries_still_run_after_publishing);
    tcase_add_test(tc, unpublished_store_leaves_nothing);
    tcase_add_loop_test(tc, killed_store_leaves_the_old_file, 0, 2);
    tcase_add_test(tc, store_is_known_as_one_of_ours_only_when_it_is_published);
    tcase_add_test(tc, existing_file_is_replaced_only_by_force);
    tcase_add_test(tc, file_that_came_meanwhile_is_kept);
    tcase_add_test(tc, link_at_the_place_is_replaced_and_not_followed);
    add_loop(tc, place_that_cannot_be_written_is_refused_at_once, ROWS(places));
    tcase_add_test(tc, name_with_a_meaning_for_sqlite_is_a_file);
    tcase_add_test(tc, temporary_store_leaves_nothing_and_stays_small);
    tcase_add_test(tc, row_keeps_every_type);
    add_loop(tc, row_that_does_not_fit_is_refused, ROWS(bad_rows));
    tcase_add_test(tc, tables_may_alternate);
    tcase_add_test(tc, latency_buckets_stand_for_their_durations);
    tcase_add_loop_test(
        tc, file_size_limit_is_an_output_error_and_leaves_nothing, 0, 11);
    tcase_add_test(tc, full_disk_is_an_output_error_and_leaves_nothing);
    suite_add_tcase(s, tc);

    tc = tcase_create("opening");
    tcase_add_checked_fixture(tc, enter_directory, leave_directory);
    add_loop(tc, foreign_database_is_refused_by_name, ROWS(foreign));
    add_loop(tc, file_that_is_no_database_is_an_input_error,
             ROWS(no_databases));
    tcase_add_test(tc, database_is_known_by_its_first_octets);
    tcase_add_test(tc, opened_store_cannot_be_changed);
    tcase_add_test(tc, views_of_the_file_are_shadowed_and_do_not_run);
    add_loop(tc, views_can_be_defined_in_either_kind_of_store,
             ROWS(definitions));
    tcase_add_test(tc, faulty_definition_is_named);
    tcase_add_loop_test(tc, damaged_database_is_refused_or_read, 0, 200);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    SRunner *sr = srunner_create(store_suite());
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
