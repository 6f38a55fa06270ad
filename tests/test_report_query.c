#include <math.h>
#include <string.h>

#include "report/query.h"
#include "test_render.h"

static const struct {
    const char *sql;
    const char *want; /* part of the error, NULL when it is fine */
} statements[] = {
    {"SELECT 1", NULL},
    {"SELECT 1;", NULL},
    {"-- a comment\nSELECT 1; -- another\n", NULL},
    {"WITH a AS (SELECT 1) SELECT * FROM a", NULL},
    {"SELECT", "test: incomplete input"},
    {"SELECT * FROM nowhere", "test: no such table: nowhere"},
    {"", "test: no SELECT"},
    {"-- nothing but a comment", "test: no SELECT"},
    {"SELECT 1; SELECT 2", "test: more than one statement"},
    {"SELECT 1; DROP TABLE client", "test: more than one statement"},
    {"SELECT 1; rubbish", "test: more than one statement"},
    {"DELETE FROM client", "test: not a SELECT"},
    {"CREATE VIEW v AS SELECT 1", "test: not a SELECT"},
    {"ATTACH ':memory:' AS other", "test: not a SELECT"},
    {"DELETE FROM client RETURNING client_id", "test: not a SELECT"},
};

START_TEST(only_one_select_is_taken)
{
    struct store *store = render_store();
    struct report_query *query = NULL;
    struct err err = {.code = ERR_OK};
    const enum err_code rc =
        report_query_open(&query, store, statements[_i].sql, "test", &err);
    if (statements[_i].want) {
        ck_assert_int_eq(rc, ERR_STORE);
        ck_assert_ptr_null(query);
        ck_assert_msg(strstr(err.text, statements[_i].want) != NULL, "%s",
                      err.text);
    } else {
        ck_assert_msg(rc == ERR_OK, "%s", err.text);
    }
    report_query_close(query);
    store_close(store);
}
END_TEST

static const struct {
    const char *name;
    enum report_unit want;
} units[] = {
    {"wait_p95_seconds", REPORT_SECONDS},
    {"seconds", REPORT_SECONDS},
    {"milliseconds", REPORT_PLAIN},
    {"share", REPORT_SHARE},
    {"autopath_share", REPORT_SHARE},
    {"loss_estimate", REPORT_SHARE},
    {"captured_octets", REPORT_OCTETS},
    {"octets", REPORT_OCTETS},
    {"time", REPORT_TIMESTAMP},
    {"first_time", REPORT_TIMESTAMP},
    {"lifetime", REPORT_PLAIN},
    {"first_frame", REPORT_REFERENCE},
    {"frame", REPORT_REFERENCE},
    {"frames", REPORT_PLAIN},
    {"lookup_id", REPORT_REFERENCE},
    {"client_port", REPORT_REFERENCE},
    {"evidence", REPORT_JSON},
    {"example_frames", REPORT_JSON},
    {"fix", REPORT_LINES},
    {"queries", REPORT_PLAIN},
    {"", REPORT_PLAIN},
};

START_TEST(unit_follows_from_the_name)
{
    struct store *store = render_store();
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT 1 AS \"%s\"", units[_i].name);
    struct report_query *query = render_query(store, sql);
    ck_assert_str_eq(report_query_name(query, 0), units[_i].name);
    ck_assert_msg(report_query_unit(query, 0) == units[_i].want, "%s",
                  units[_i].name);
    report_query_close(query);
    store_close(store);
}
END_TEST

START_TEST(cells_have_types_and_whole_octets)
{
    struct store *store = render_store();
    struct report_query *query =
        render_query(store, "SELECT 7 AS i, 0.5 AS r, 'text' AS t, NULL AS n,"
                            " x'6100ff' AS b, -9e999 AS f");
    ck_assert_uint_eq(report_query_columns(query), 6);
    ck_assert_int_eq(report_query_next(query, NULL), 1);
    const struct report_cell i = report_query_cell(query, 0);
    ck_assert_int_eq(i.type, REPORT_INTEGER);
    ck_assert_int_eq(i.integer, 7);
    ck_assert_double_eq(i.real, 7.0);
    ck_assert_double_eq(report_query_named(query, "r").real, 0.5);
    const struct report_cell t = report_query_named(query, "t");
    ck_assert_uint_eq(t.text.len, 4);
    ck_assert_mem_eq(t.text.data, "text", 4);
    ck_assert_int_eq(report_query_named(query, "n").type, REPORT_NULL);
    const struct report_cell b = report_query_named(query, "b");
    ck_assert_uint_eq(b.text.len, 3);
    ck_assert_mem_eq(b.text.data, "a\0\xff", 3);
    ck_assert(isinf(report_query_named(query, "f").real));
    ck_assert_int_eq(report_query_named(query, "missing").type, REPORT_NULL);
    ck_assert_int_eq(report_query_next(query, NULL), 0);
    report_query_close(query);
    store_close(store);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report/query");
    TCase *tc = tcase_create("query");
    tcase_add_loop_test(tc, only_one_select_is_taken, 0, ROWS(statements));
    tcase_add_loop_test(tc, unit_follows_from_the_name, 0, ROWS(units));
    tcase_add_test(tc, cells_have_types_and_whole_octets);
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
