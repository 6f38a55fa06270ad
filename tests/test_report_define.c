#include "report/define.h"
#include "report/query.h"
#include "test_folder.h"
#include "test_render.h"

static char folder[PATH_MAX];

static void make(void)
{
    folder_make(folder);
}

static void unmake(void)
{
    folder_remove(folder);
}

/* A finding whose row has the given severity, cost and subject. */
#define FINDING(id, severity, seconds, queries, subject)                       \
    "-- id: " id "\n-- title: a finding\nSELECT " severity                     \
    " AS severity, " subject                                                   \
    " AS subject, 'title' AS title, '{}' AS evidence, " seconds                \
    " AS cost_seconds, " queries " AS cost_queries, 1 AS affected_clients, "   \
    "NULL AS first_time, NULL AS last_time, 0.5 AS confidence, 'fix' AS fix, " \
    "'[1]' AS example_frames;\n"

static enum err_code define_folder(struct store *store, struct err *err)
{
    struct report_catalogue *catalogue = NULL;
    ck_assert_msg(report_catalogue_open(&catalogue, folder, err) == ERR_OK,
                  "%s", err->text);
    const enum err_code rc = report_define(store, catalogue, err);
    report_catalogue_close(catalogue);
    return rc;
}

/* The rows' first column, each ended by ';'. */
static char *column_of(struct store *store, const char *sql)
{
    struct report_query *query = render_query(store, sql);
    struct render r;
    render_open(&r);
    struct err err = {.code = ERR_OK};
    int step;
    while ((step = report_query_next(query, &err)) > 0) {
        const struct bytes text = report_query_cell(query, 0).text;
        fwrite(text.data, 1, text.len, r.out);
        fputc(';', r.out);
    }
    ck_assert_msg(step == 0, "%s", err.text);
    report_query_close(query);
    return render_end(&r);
}

START_TEST(built_in_reports_compile_and_answer_when_empty)
{
    struct store *store = render_store();
    struct report_catalogue *catalogue = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(report_catalogue_open(&catalogue, NULL, NULL), ERR_OK);
    ck_assert_msg(report_define(store, catalogue, &err) == ERR_OK, "%s",
                  err.text);
    ck_assert_msg(report_define_try(store, catalogue, &err) == ERR_OK, "%s",
                  err.text);
    for (size_t i = 0; i < report_catalogue_count(catalogue); i++) {
        const struct report_entry *e = report_catalogue_at(catalogue, i);
        if (e->kind == REPORT_TABLE)
            free(column_of(store, e->sql));
    }
    free(column_of(store, "SELECT id FROM v_findings"));
    report_catalogue_close(catalogue);
    store_close(store);
}
END_TEST

START_TEST(findings_come_in_their_order)
{
    folder_write_text(folder, "findings/zz-a.sql",
                      FINDING("zz-a", "'warning'", "9.0", "1", "'s'"));
    folder_write_text(folder, "findings/zz-b.sql",
                      FINDING("zz-b", "'critical'", "1.0", "1", "'s'"));
    folder_write_text(folder, "findings/zz-c.sql",
                      FINDING("zz-c", "'warning'", "10.0", "1", "'s'"));
    folder_write_text(folder, "findings/zz-d.sql",
                      FINDING("zz-d", "'warning'", "NULL", "5", "'s'"));
    folder_write_text(folder, "findings/zz-e.sql",
                      FINDING("zz-e", "'info'", "99.0", "1", "'s'"));
    folder_write_text(folder, "findings/zz-f.sql",
                      FINDING("zz-f", "'error'", "1.0", "1", "'t'") "-- end\n");
    folder_write_text(folder, "findings/zz-g.sql",
                      FINDING("zz-g", "'error'", "1.0", "2", "'s'"));
    struct store *store = render_store();
    struct err err = {.code = ERR_OK};
    ck_assert_msg(define_folder(store, &err) == ERR_OK, "%s", err.text);
    char *ids =
        column_of(store, "SELECT id FROM v_findings WHERE id LIKE 'zz-%'");
    ck_assert_str_eq(ids, "zz-b;zz-g;zz-f;zz-c;zz-a;zz-d;zz-e;");
    free(ids);
    char *own = column_of(store, "SELECT id FROM finding_zz_c");
    ck_assert_str_eq(own, "zz-c;");
    free(own);
    store_close(store);
}
END_TEST

static const struct {
    const char *path, *sql;
    const char *want; /* part of the error */
} faulty[] = {
    {"findings/zz.sql", "-- id: zz\n-- title: t\nSELECT 1 AS severity",
     "findings/zz.sql: no such column: "},
    {"findings/zz.sql", "-- id: zz\n-- title: t\nSELEC 1",
     "findings/zz.sql: near \"1\""},
    {"findings/zz.sql", "-- id: zz\n-- title: t\nSELECT 1; SELECT 2",
     "findings/zz.sql: near \";\""},
    {"findings/zz.sql", "-- id: zz\n-- title: t\n",
     "findings/zz.sql: near \")\""},
    {"tables/zz.sql", "-- id: zz\n-- title: t\nSELECT * FROM nowhere",
     "tables/zz.sql: no such table: nowhere"},
    {"tables/zz.sql", "-- id: zz\n-- title: t\nDROP TABLE client",
     "tables/zz.sql: not a SELECT"},
    {"zz.sql", "CREATE VIEW", "zz.sql: "},
};

START_TEST(faulty_report_is_an_input_error_that_names_it)
{
    folder_write_text(folder, faulty[_i].path, faulty[_i].sql);
    struct store *store = render_store();
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(define_folder(store, &err), ERR_INPUT);
    ck_assert_int_eq(err.code, ERR_INPUT);
    ck_assert_msg(strstr(err.text, faulty[_i].want) != NULL, "%s", err.text);
    store_close(store);
}
END_TEST

START_TEST(opened_store_is_judged_by_our_views)
{
    char path[PATH_MAX];
    struct store *store = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(
        store_create(&store, folder_path(path, folder, "x.db"), false, &err),
        ERR_OK);
    ck_assert_int_eq(store_seal(store, &err), ERR_OK);
    ck_assert_int_eq(
        store_define(store, "CREATE VIEW v_findings AS SELECT 'theirs' AS id;",
                     "test", &err),
        ERR_OK);
    ck_assert_int_eq(store_publish(store, &err), ERR_OK);
    store_close(store);

    folder_write_text(folder, "findings/zz-a.sql",
                      FINDING("zz-a", "'info'", "0.0", "0", "'ours'"));
    store = NULL;
    ck_assert_msg(store_open(&store, path, &err) == ERR_OK, "%s", err.text);
    ck_assert_msg(define_folder(store, &err) == ERR_OK, "%s", err.text);
    char *ids = column_of(store, "SELECT id FROM v_findings"
                                 " WHERE id IN ('theirs', 'zz-a')");
    ck_assert_str_eq(ids, "zz-a;");
    free(ids);
    store_close(store);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report/define");
    TCase *tc = tcase_create("define");
    tcase_add_checked_fixture(tc, make, unmake);
    tcase_add_test(tc, built_in_reports_compile_and_answer_when_empty);
    tcase_add_test(tc, findings_come_in_their_order);
    tcase_add_loop_test(tc, faulty_report_is_an_input_error_that_names_it, 0,
                        ROWS(faulty));
    tcase_add_test(tc, opened_store_is_judged_by_our_views);
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
