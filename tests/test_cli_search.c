/* Search lists as wasitdns infers them from packets, beside how the pods that
 * made them were set up: each capture of fixtures/search (clients.tsv) and of
 * fixtures/lookups, whose names end in ndots, with the lookups that were made and
 * the queries that tshark counts (truth.tsv). */
#include <check.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_folder.h"
#include "test_program.h"

enum { CLIENTS = 512, LINE = 512, TYPES = 2 };

/* What makes one address, and what it asked. */
static struct client {
    char capture[96], address[48], stub[16], list[128];
    int ndots_min, ndots_max; /* several pods behind one address */
    int lookups, queries;
} clients[CLIENTS];
static int client_count;

static char program[PATH_MAX], folder[PATH_MAX];

/* --- the truth ------------------------------------------------------------ */

static struct client *client_of(const char *capture, const char *address)
{
    for (int i = 0; i < client_count; i++)
        if (strcmp(clients[i].capture, capture) == 0 &&
            strcmp(clients[i].address, address) == 0)
            return &clients[i];
    if (client_count == CLIENTS)
        exit(EXIT_FAILURE);
    struct client *c = &clients[client_count++];
    snprintf(c->capture, sizeof c->capture, "%s", capture);
    snprintf(c->address, sizeof c->address, "%s", address);
    return c;
}

static void add_setting(const char *capture, const char *address,
                        const char *stub, int ndots, const char *list)
{
    struct client *c = client_of(capture, address);
    if (c->ndots_max == 0 || ndots < c->ndots_min)
        c->ndots_min = ndots;
    if (ndots > c->ndots_max)
        c->ndots_max = ndots;
    snprintf(c->stub, sizeof c->stub, "%s",
             strcmp(stub, "cares") == 0 ? "c-ares" : stub);
    snprintf(c->list, sizeof c->list, "%s", list);
}

static void split(char *line, const char *between, char *fields[8])
{
    for (int i = 0; i < 8; i++)
        fields[i] = strsep(&line, between);
}

/* Each row of a table but its head. */
static void each_row(const char *folder_of, const char *table,
                     void (*take)(const char *folder_of, char *fields[8]))
{
    char path[PATH_MAX], line[LINE];
    snprintf(path, sizeof path, "fixtures/%s/%s", folder_of, table);
    FILE *in = fopen(path, "r");
    if (!in || !fgets(line, sizeof line, in))
        exit(EXIT_FAILURE);
    while (fgets(line, sizeof line, in)) {
        char *fields[8];
        split(line, "\t\n", fields);
        take(folder_of, fields);
    }
    fclose(in);
}

static void take_setting(const char *folder_of, char *fields[8])
{
    char capture[96];
    snprintf(capture, sizeof capture, "%s/%s", folder_of, fields[0]);
    add_setting(capture, fields[1], fields[2], atoi(fields[3]), fields[4]);
}

static void take_lookup(const char *folder_of, char *fields[8])
{
    char capture[96];
    snprintf(capture, sizeof capture, "%s/%s", folder_of, fields[0]);
    struct client *c = client_of(capture, fields[7]);
    c->lookups++;
    c->queries += atoi(fields[6]);
}

/* The matrix says it in the names of its cells: STUB-...-ndotsN. */
static void take_cell(const char *folder_of, char *fields[8])
{
    take_lookup(folder_of, fields);
    char capture[96], stub[16];
    snprintf(capture, sizeof capture, "%s/%s", folder_of, fields[0]);
    snprintf(stub, sizeof stub, "%.*s", (int)strcspn(fields[0], "-"),
             fields[0]);
    add_setting(capture, fields[7], stub, atoi(strstr(fields[0], "ndots") + 5),
                "default.svc.cluster.local svc.cluster.local cluster.local");
}

static void read_truth(void)
{
    each_row("search", "clients.tsv", take_setting);
    each_row("search", "truth.tsv", take_lookup);
    each_row("lookups", "truth.tsv", take_cell);
}

/* --- comparing ------------------------------------------------------------ */

static sqlite3 *analyse(const struct client *c)
{
    char database[PATH_MAX], line[4 * PATH_MAX];
    folder_path(database, folder, "cell.db");
    snprintf(line, sizeof line,
             "'%s' -q --force --db '%s' 'fixtures/%s.pcap' >'%s/out'", program,
             database, c->capture, folder);
    ck_assert_msg(system(line) == 0, "%s", line);
    sqlite3 *db = NULL;
    ck_assert_int_eq(sqlite3_open_v2(database, &db, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    return db;
}

/* Whether the suffixes of `found` stand in `list` in this order. */
static bool is_in_order(const char *found, const char *list)
{
    char copy[LINE], *rest = copy, *suffix;
    snprintf(copy, sizeof copy, "%s", found);
    while ((suffix = strsep(&rest, " ")) != NULL) {
        const size_t n = strlen(suffix);
        const char *at = list;
        while (*at && !(strncmp(at, suffix, n) == 0 &&
                        (at[n] == ' ' || at[n] == '\0'))) {
            at += strcspn(at, " ");
            at += *at == ' ';
        }
        if (!*at)
            return false;
        list = at + n;
    }
    return true;
}

static bool is_known(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) != SQLITE_NULL;
}

static void compare_setting(const struct client *c, sqlite3_stmt *row)
{
    const char *list = (const char *)sqlite3_column_text(row, 0);
    const char *stub = (const char *)sqlite3_column_text(row, 3);
    ck_assert_msg(!list || is_in_order(list, c->list), "%s: %s", c->capture,
                  list);
    ck_assert_msg(
        !is_known(row, 1) || sqlite3_column_int(row, 1) <= c->ndots_min,
        "%s: ndots %d at least", c->capture, sqlite3_column_int(row, 1));
    ck_assert_msg(
        !is_known(row, 2) || sqlite3_column_int(row, 2) >= c->ndots_max,
        "%s: ndots %d at most", c->capture, sqlite3_column_int(row, 2));
    ck_assert_msg(!stub || strcmp(stub, c->stub) == 0, "%s: %s", c->capture,
                  stub);
}

/* All lookups ask for A and AAAA, so that what each needs is known. */
static void compare_queries(const struct client *c, sqlite3_stmt *row)
{
    ck_assert_msg(sqlite3_column_int(row, 4) == c->lookups,
                  "%s: %d lookups, not %d", c->capture,
                  sqlite3_column_int(row, 4), c->lookups);
    ck_assert_msg(sqlite3_column_int(row, 5) == c->queries,
                  "%s: %d queries sent, not %d", c->capture,
                  sqlite3_column_int(row, 5), c->queries);
    ck_assert_msg(sqlite3_column_int(row, 6) == TYPES * c->lookups,
                  "%s: %d queries needed", c->capture,
                  sqlite3_column_int(row, 6));
    /* where nothing fails, nothing is sent twice */
    const bool is_plain = strncmp(c->capture, "search/", 7) == 0;
    ck_assert_msg(!is_plain || sqlite3_column_int(row, 7) ==
                                   c->queries - TYPES * c->lookups,
                  "%s: %d queries wasted", c->capture,
                  sqlite3_column_int(row, 7));
    if (strcmp(c->capture, "search/control") == 0 ||
        strstr(c->capture, "-dot") ||
        (strstr(c->capture, "-healthy-") && c->ndots_max == 1))
        ck_assert_msg(sqlite3_column_int(row, 7) == 0, "%s: waste", c->capture);
}

START_TEST(search_list_is_that_of_its_client)
{
    const struct client *c = &clients[_i];
    folder_make(folder);
    sqlite3 *db = analyse(c);
    sqlite3_stmt *row = NULL;
    ck_assert_int_eq(
        sqlite3_prepare_v2(db,
                           "SELECT search_list, ndots_min, ndots_max, stub,"
                           " lookups, sent_queries, needed_queries,"
                           " wasted_queries FROM v_search_clients"
                           " WHERE client_address = ?1",
                           -1, &row, NULL),
        SQLITE_OK);
    sqlite3_bind_text(row, 1, c->address, -1, SQLITE_STATIC);
    ck_assert_msg(sqlite3_step(row) == SQLITE_ROW, "%s: no %s", c->capture,
                  c->address);
    compare_setting(c, row);
    compare_queries(c, row);
    sqlite3_finalize(row);
    sqlite3_close(db);
    folder_remove(folder);
}
END_TEST

int main(int argc, char **argv)
{
    (void)argc;
    program_find(argv[0], program);
    read_truth();
    Suite *suite = suite_create("cli/search");
    TCase *tc = tcase_create("search");
    tcase_add_loop_test(tc, search_list_is_that_of_its_client, 0, client_count);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
