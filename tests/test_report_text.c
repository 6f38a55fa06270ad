#include <string.h>

#include "report/text.h"
#include "test_render.h"

static char *table_of(const char *sql, const struct report_style *style,
                      uint64_t limit)
{
    struct store *store = render_store();
    struct report_query *query = render_query(store, sql);
    struct render r;
    render_open(&r);
    struct err err = {.code = ERR_OK};
    ck_assert_msg(report_text_table(r.out, query, style, limit, &err) == ERR_OK,
                  "%s", err.text);
    report_query_close(query);
    store_close(store);
    return render_end(&r);
}

static const struct {
    const char *name;
    const char *sql;
    unsigned columns;
    uint64_t limit;
    const char *want;
} tables[] = {
    {"figures right, text left",
     "SELECT 'a.example.' AS query_name, 5 AS queries"
     " UNION ALL SELECT 'bb.example.', 12345",
     0, 0,
     "query name   queries\n"
     "a.example.         5\n"
     "bb.example.   12,345\n"},
    {"units",
     "SELECT 0.0012 AS wait_p95_seconds, 0.5 AS share, 1570000000 AS octets,"
     " 123456 AS first_frame, 53 AS server_port",
     0, 0,
     "wait p95   share   octets  first frame  server port\n"
     " 1.20 ms  50.0 %  1.57 GB       123456           53\n"},
    {"time is cut to milliseconds",
     "SELECT '2026-11-01T10:00:00.123456789Z' AS time", 0, 0,
     "time\n2026-11-01T10:00:00.123Z\n"},
    {"what is no time is shown as it is", "SELECT 'soon' AS time", 0, 0,
     "time\nsoon\n"},
    {"unknown", "SELECT 1 AS a, NULL AS b UNION ALL SELECT NULL, 2", 0, 0,
     "a  b\n1  -\n-  2\n"},
    {"empty columns are left out",
     "SELECT 1 AS a, NULL AS role, '' AS label, 2 AS b", 0, 0, "a  b\n1  2\n"},
    {"the first column stays", "SELECT NULL AS a", 0, 0, "a\n-\n"},
    {"no rows", "SELECT 1 AS a, 2 AS b WHERE 0", 0, 0, "a  b\n"},
    {"limit not reached", "SELECT 1 AS a", 0, 1, "a\n1\n"},
    {"limit reached", "SELECT 1 AS a UNION ALL SELECT 2", 0, 1,
     "a\n1\n(more rows: --limit 0 shows all)\n"},
    {"text is cut first",
     "SELECT 'a-very-long-name-that-has-no-end-at-all.example.' AS query_name,"
     " 5 AS queries",
     44, 0,
     "query name                           queries\n"
     "a-very-long-name-that-has-no-end...        5\n"},
    {"then columns go",
     "SELECT 'a-very-long-name-that-has-no-end-at-all.example.' AS query_name,"
     " 5 AS queries, 7 AS clients",
     48, 0,
     "query name                               queries\n"
     "a-very-long-name-that-has-no-end-at-...        5\n"
     "(1 more column: a wider terminal, --csv or --json)\n"},
    {"times are never cut",
     "SELECT 'name' AS a, '2026-11-01T10:00:00.000000000Z' AS first_time", 20,
     0, "a\nname\n(1 more column: a wider terminal, --csv or --json)\n"},
    {"one column stays, however narrow",
     "SELECT 'abcdefghijklmnopqrstuvwxyz0123456789' AS name, 1 AS a, 2 AS b",
     10, 0,
     "name\nabcdefghijklmnopqrstuvwxyz012...\n"
     "(2 more columns: a wider terminal, --csv or --json)\n"},
    {"escape octets", "SELECT char(27) || '[2J' || char(10) AS name", 0, 0,
     "name\n\\027[2J\\010\n"},
    {"no UTF-8 either", "SELECT char(233, 128169) AS name", 0, 0,
     "name\n\\195\\169\\240\\159\\146\\169\n"},
    {"infinite", "SELECT 9e999 AS wait_seconds", 0, 0, " wait\ninf s\n"},
    {"a column's name is not trusted", "SELECT 1 AS \"\x1b[2J\"", 0, 0,
     "\\027[2J\n      1\n"},
};

START_TEST(table_is_laid_out)
{
    const struct report_style style = {.columns = tables[_i].columns};
    char *text = table_of(tables[_i].sql, &style, tables[_i].limit);
    ck_assert_msg(strcmp(text, tables[_i].want) == 0, "%s:\n%s",
                  tables[_i].name, text);
    render_assert_plain(text);
    free(text);
}
END_TEST

START_TEST(rows_behind_the_sample_follow_its_layout)
{
    const struct report_style style = {.columns = 40};
    char *text = table_of(
        "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 999) SELECT i, printf('%.*c', i, 'x') AS name FROM n",
        &style, 0);
    size_t rows = 0;
    for (const char *line = text; *line; rows++) {
        const size_t length = strcspn(line, "\n");
        ck_assert_uint_le(length, 40);
        line += length + 1;
    }
    ck_assert_uint_eq(rows, 1000);
    free(text);
}
END_TEST

START_TEST(limit_holds_behind_the_sample)
{
    const struct report_style style = {.columns = 0};
    char *text = table_of(
        "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 1000) SELECT i FROM n",
        &style, 500);
    ck_assert_ptr_nonnull(strstr(text, "\n500\n(more rows"));
    ck_assert_ptr_null(strstr(text, "\n501\n"));
    free(text);
}
END_TEST

START_TEST(colour_only_where_allowed)
{
    const struct report_style style = {.color = true};
    char *text = table_of("SELECT 1 AS a", &style, 0);
    ck_assert_str_eq(text, "\033[1ma\n\033[0m1\n");
    free(text);
}
END_TEST

START_TEST(error_in_the_middle_is_returned)
{
    const struct report_style style = {.columns = 0};
    struct store *store = render_store();
    struct report_query *query =
        render_query(store, "SELECT abs(column1) AS n FROM"
                            " (VALUES (1), (-9223372036854775807 - 1))");
    struct render r;
    render_open(&r);
    ck_assert_int_eq(report_text_table(r.out, query, &style, 0, NULL),
                     ERR_STORE);
    report_query_close(query);
    store_close(store);
    free(render_end(&r));
}
END_TEST

static const struct {
    const char *text;
    unsigned indent, columns;
    const char *want;
} wraps[] = {
    {"", 4, 20, "\n"},
    {"one two", 4, 20, "one two\n"},
    {"one two three four", 4, 14, "one two\n    three four\n"},
    {"  one   two ", 0, 20, "one two\n"},
    {"one\ntwo", 2, 20, "one\n  two\n"},
    {"abcdefghijklmnop one", 2, 8, "abcdefghijklmnop\n  one\n"},
    {"one\x1b[2J", 0, 20, "one\\027[2J\n"},
    {"1234 6789", 0, 9, "1234 6789\n"},
    {"1234 67890", 0, 9, "1234\n67890\n"},
    {"a,b", 0, 2, "a,\nb\n"},
    {"list [123,456,789]", 2, 12, "list [123,\n  456,789]\n"},
    {"abcdefg [1,2,3,4,5,6]", 2, 12, "abcdefg\n  [1,2,3,4,\n  5,6]\n"},
    {"abcdefghijkl,mn,", 2, 8, "abcdefghijkl,\n  mn,\n"},
    {"whole a,b,c", 0, 8, "whole\na,b,c\n"},
};

START_TEST(text_is_wrapped_at_blanks)
{
    struct render r;
    render_open(&r);
    report_text_wrap(
        r.out,
        (struct bytes){(const uint8_t *)wraps[_i].text, strlen(wraps[_i].text)},
        wraps[_i].indent, wraps[_i].columns);
    char *text = render_end(&r);
    ck_assert_str_eq(text, wraps[_i].want);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report/text");
    TCase *tc = tcase_create("text");
    tcase_add_loop_test(tc, table_is_laid_out, 0, ROWS(tables));
    tcase_add_test(tc, rows_behind_the_sample_follow_its_layout);
    tcase_add_test(tc, limit_holds_behind_the_sample);
    tcase_add_test(tc, colour_only_where_allowed);
    tcase_add_test(tc, error_in_the_middle_is_returned);
    tcase_add_loop_test(tc, text_is_wrapped_at_blanks, 0, ROWS(wraps));
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
