/* Lookups as wasitdns rebuilds them from packets, beside what the programs that
 * made them measured themselves: each cell of fixtures/lookups, a stub and what
 * was made to fail, with the wait that the program felt, the queries that tshark
 * counts, and the cause that was put in (truth.tsv). */
#include <check.h>
#include <limits.h>
#include <math.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_folder.h"
#include "test_program.h"

enum { CELLS = 512, LOOKUPS_OF_CELL = 24, LINE = 512 };

/* The client's own clock and the packets' differ by what the program does in
 * front of its first packet and behind its last. */
static const double tolerance_seconds = 0.005;

/* Where a timer of the client ends the wait and no packet shows it, it ends
 * when it would have, had it run as the one before. */
static const struct {
    const char *cell, *why;
    double tolerance_seconds;
} inexact[] = {
    {"glibc-tcp-blocked-1ns-ndots1",
     "the kernel gives TCP up after twice its last interval, in jiffies", 0.05},
    {"musl-servfail-3ns-ndots1",
     "musl's first timer was late by 8 ms, its last one was not", 0.01},
};

struct truth {
    char name[64], cause[32], client[48];
    double wait_seconds;
    long long start_ns;
    int queries;
};

static struct cell {
    char name[80];
    struct truth lookups[LOOKUPS_OF_CELL];
    int count;
} cells[CELLS];
static int cell_count;

static char program[PATH_MAX], folder[PATH_MAX];

/* --- the truth ------------------------------------------------------------ */

static void add_row(char *line)
{
    char *fields[8], *rest = line;
    for (int i = 0; i < 8; i++)
        fields[i] = strsep(&rest, "\t\n");
    struct cell *c = cell_count ? &cells[cell_count - 1] : NULL;
    if (!c || strcmp(c->name, fields[0]) != 0) {
        if (cell_count == CELLS)
            exit(EXIT_FAILURE);
        c = &cells[cell_count++];
        snprintf(c->name, sizeof c->name, "%s", fields[0]);
    }
    if (c->count == LOOKUPS_OF_CELL)
        exit(EXIT_FAILURE);
    struct truth *t = &c->lookups[c->count++];
    snprintf(t->name, sizeof t->name, "%s", fields[1]);
    t->start_ns = atoll(fields[2]);
    t->wait_seconds = atof(fields[3]);
    snprintf(t->cause, sizeof t->cause, "%s", fields[5]);
    t->queries = atoi(fields[6]);
    snprintf(t->client, sizeof t->client, "%s", fields[7]);
}

static void read_truth(void)
{
    FILE *in = fopen("fixtures/lookups/truth.tsv", "r");
    char line[LINE];
    if (!in || !fgets(line, sizeof line, in))
        exit(EXIT_FAILURE);
    while (fgets(line, sizeof line, in))
        add_row(line);
    fclose(in);
}

/* --- the program ---------------------------------------------------------- */

/* The recording, and one more frame when the last client had long given up: a
 * capture that ends first cannot show that it did. */
static void write_capture(const struct cell *c, const char *path)
{
    char from[PATH_MAX];
    snprintf(from, sizeof from, "fixtures/lookups/%s.pcap", c->name);
    FILE *in = fopen(from, "rb"), *out = fopen(path, "wb");
    ck_assert_ptr_nonnull(in);
    ck_assert_ptr_nonnull(out);
    static char octets[1 << 20];
    const size_t count = fread(octets, 1, sizeof octets, in);
    ck_assert_uint_eq(fwrite(octets, 1, count, out), count);
    const struct truth *last = &c->lookups[c->count - 1];
    const long long end_ns =
        last->start_ns + (long long)((last->wait_seconds + 12) * 1e9);
    const unsigned record[4] = {(unsigned)(end_ns / 1000000000),
                                (unsigned)(end_ns % 1000000000 / 1000), 14, 14};
    static const char frame[14] = "\2\0\0\0\0\1\2\0\0\0\0\2\x88\xb5";
    fwrite(record, sizeof record, 1, out);
    fwrite(frame, sizeof frame, 1, out);
    fclose(in);
    ck_assert_int_eq(fclose(out), 0);
}

static sqlite3 *analyse(const struct cell *c)
{
    char capture[PATH_MAX], database[PATH_MAX], line[5 * PATH_MAX];
    folder_path(capture, folder, "cell.pcap");
    folder_path(database, folder, "cell.db");
    write_capture(c, capture);
    snprintf(line, sizeof line,
             "'%s' -q --transactions --force --db '%s' '%s' >'%s/out'", program,
             database, capture, folder);
    ck_assert_msg(system(line) == 0, "%s", line);
    sqlite3 *db = NULL;
    ck_assert_int_eq(sqlite3_open_v2(database, &db, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    return db;
}

/* --- comparing ------------------------------------------------------------ */

static double tolerance_of(const struct cell *c)
{
    for (size_t i = 0; i < sizeof inexact / sizeof *inexact; i++)
        if (strcmp(inexact[i].cell, c->name) == 0)
            return inexact[i].tolerance_seconds;
    return tolerance_seconds;
}

/* The name itself, or under a suffix when it settled at the first step. */
static bool is_base(const char *found, const char *name)
{
    const size_t n = strlen(name);
    return strncmp(found, name, n) == 0 &&
           (found[n] == '\0' || found[n] == '.');
}

static void compare(const struct cell *c, const struct truth *want,
                    sqlite3_stmt *row)
{
    const char *name = (const char *)sqlite3_column_text(row, 0);
    const double wait = sqlite3_column_double(row, 1);
    const char *cause = (const char *)sqlite3_column_text(row, 2);
    const char *client = (const char *)sqlite3_column_text(row, 4);
    ck_assert_msg(is_base(name, want->name), "%s: %s, not %s", c->name, name,
                  want->name);
    ck_assert_str_eq(client, want->client);
    ck_assert_msg(sqlite3_column_type(row, 1) == SQLITE_FLOAT &&
                      fabs(wait - want->wait_seconds) <= tolerance_of(c),
                  "%s: %s waited %.4f s, not %.4f s", c->name, name, wait,
                  want->wait_seconds);
    ck_assert_msg(sqlite3_column_int(row, 3) == want->queries,
                  "%s: %s took %d queries, not %d", c->name, name,
                  sqlite3_column_int(row, 3), want->queries);
    /* without a fault nothing takes a second */
    const char *found = wait < 1 && strcmp(want->cause, "-") == 0 ? "-" : cause;
    ck_assert_msg(found && strcmp(found, want->cause) == 0,
                  "%s: %s for %s, not %s", c->name, name,
                  found ? found : "nothing", want->cause);
}

static sqlite3_stmt *ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *row = NULL;
    ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK,
                  "%s", sqlite3_errmsg(db));
    return row;
}

static void compare_lookups(const struct cell *c, sqlite3 *db)
{
    sqlite3_stmt *row =
        ask(db, "SELECT base_name, wait_seconds, cause, queries, client_address"
                " FROM v_lookups ORDER BY time_ns");
    for (int i = 0; i < c->count; i++) {
        ck_assert_msg(sqlite3_step(row) == SQLITE_ROW, "%s: %d lookups, not %d",
                      c->name, i, c->count);
        compare(c, &c->lookups[i], row);
    }
    ck_assert_msg(sqlite3_step(row) == SQLITE_DONE, "%s: more than %d lookups",
                  c->name, c->count);
    sqlite3_finalize(row);
}

/* What stalled is found, and nothing of the kind where nothing did. */
static void compare_findings(const struct cell *c, sqlite3 *db)
{
    double worst = 0;
    for (int i = 0; i < c->count; i++)
        worst = fmax(worst, c->lookups[i].wait_seconds);
    sqlite3_stmt *row = ask(
        db, "SELECT count(*) FILTER (WHERE id = 'stalled-lookups'),"
            " count(*) FILTER (WHERE id IN ('stalled-lookups', 'slow-server',"
            " 'slow-upstream', 'unanswered', 'silent-server'))"
            " FROM v_findings");
    ck_assert_int_eq(sqlite3_step(row), SQLITE_ROW);
    ck_assert_msg((sqlite3_column_int(row, 0) > 0) == (worst > 1),
                  "%s: %d findings of stalled lookups", c->name,
                  sqlite3_column_int(row, 0));
    if (strstr(c->name, "-healthy-") || strstr(c->name, "-control-") ||
        strstr(c->name, "-nxdomain-") || strstr(c->name, "-nodata-"))
        ck_assert_msg(sqlite3_column_int(row, 1) == 0, "%s: a finding",
                      c->name);
    sqlite3_finalize(row);
}

START_TEST(lookups_are_those_that_their_programs_made)
{
    folder_make(folder);
    sqlite3 *db = analyse(&cells[_i]);
    compare_lookups(&cells[_i], db);
    compare_findings(&cells[_i], db);
    sqlite3_close(db);
    folder_remove(folder);
}
END_TEST

int main(int argc, char **argv)
{
    (void)argc;
    program_find(argv[0], program);
    read_truth();
    Suite *suite = suite_create("cli/lookups");
    TCase *tc = tcase_create("lookups");
    tcase_add_loop_test(tc, lookups_are_those_that_their_programs_made, 0,
                        cell_count);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
