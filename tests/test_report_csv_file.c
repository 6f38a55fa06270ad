#include <csv.h>
#include <string.h>

#include "report/csv_file.h"
#include "test_render.h"

static char *csv_of(const char *sql, const struct report_csv_options *options)
{
    struct store *store = render_store();
    struct report_query *query = render_query(store, sql);
    struct render r;
    render_open(&r);
    ck_assert_int_eq(report_csv_table(r.out, query, options, NULL), ERR_OK);
    report_query_close(query);
    store_close(store);
    return render_end(&r);
}

static const struct {
    const char *sql;
    bool safe;
    const char *want; /* behind the header row */
} cells[] = {
    {"SELECT 42 AS c", false, "42\r\n"},
    {"SELECT -9223372036854775807 - 1 AS c", false, "-9223372036854775808\r\n"},
    {"SELECT 0.25 AS c", false, "0.25\r\n"},
    {"SELECT 0.1 + 0.2 AS c", false, "0.30000000000000004\r\n"},
    {"SELECT 9e999 AS c", false, "\r\n"},
    {"SELECT NULL AS c", false, "\r\n"},
    {"SELECT '' AS c", false, "\"\"\r\n"},
    {"SELECT 'plain.example.' AS c", false, "\"plain.example.\"\r\n"},
    {"SELECT 'a,b' AS c", false, "\"a,b\"\r\n"},
    {"SELECT 'say \"hi\"' AS c", false, "\"say \"\"hi\"\"\"\r\n"},
    {"SELECT 'a' || char(13, 10) || 'b' AS c", false, "\"a\\013\\010b\"\r\n"},
    {"SELECT char(27) || '[2J' AS c", false, "\"\\027[2J\"\r\n"},
    {"SELECT 'caf' || char(233) AS c", false, "\"caf\\195\\169\"\r\n"},
    {"SELECT CAST(x'610062' AS TEXT) AS c", false, "\"a\\000b\"\r\n"},
    {"SELECT x'ff00' AS c", false, "\"\\255\\000\"\r\n"},
    {"SELECT '=cmd|''/c calc''!A1' AS c", false, "\"=cmd|'/c calc'!A1\"\r\n"},
    {"SELECT '=cmd|''/c calc''!A1' AS c", true, "\"'=cmd|'/c calc'!A1\"\r\n"},
    {"SELECT '+1' AS c", true, "\"'+1\"\r\n"},
    {"SELECT '-1' AS c", true, "\"'-1\"\r\n"},
    {"SELECT '@SUM(A1)' AS c", true, "\"'@SUM(A1)\"\r\n"},
    {"SELECT char(9) || '=1' AS c", true, "\"\\009=1\"\r\n"},
    {"SELECT 'a=1' AS c", true, "\"a=1\"\r\n"},
    {"SELECT '' AS c", true, "\"\"\r\n"},
    {"SELECT -1 AS c", true, "-1\r\n"},
};

START_TEST(cell_is_written_as_its_type)
{
    const struct report_csv_options options = {.safe = cells[_i].safe};
    char *text = csv_of(cells[_i].sql, &options);
    ck_assert_int_eq(strncmp(text, "c\r\n", 3), 0);
    ck_assert_str_eq(text + 3, cells[_i].want);
    free(text);
}
END_TEST

/* What libcsv reads back, fields joined by '|', rows ended by ';'. */
struct reading {
    char text[8192];
    size_t used;
};

static void put(struct reading *r, char c)
{
    ck_assert_uint_lt(r->used, sizeof r->text - 1);
    r->text[r->used++] = c;
    r->text[r->used] = '\0';
}

static void take_field(void *field, size_t octets, void *context)
{
    struct reading *r = context;
    const char *text = field;
    for (size_t i = 0; i < octets; i++)
        put(r, text[i]);
    put(r, '|');
}

static void take_row(int terminator, void *context)
{
    struct reading *r = context;
    (void)terminator;
    put(r, ';');
}

static void read_back(const char *text, struct reading *out)
{
    struct csv_parser parser;
    ck_assert_int_eq(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI), 0);
    ck_assert_uint_eq(
        csv_parse(&parser, text, strlen(text), take_field, take_row, out),
        strlen(text));
    ck_assert_int_eq(csv_fini(&parser, take_field, take_row, out), 0);
    csv_free(&parser);
}

START_TEST(libcsv_reads_back_what_was_written)
{
    const struct report_csv_options options = {.limit = 0};
    char *text =
        csv_of("SELECT 1 AS n, 'a,b\"c' AS query_name, NULL AS wait_seconds"
               " UNION ALL SELECT 2, char(27) || ',;' || char(10), 0.5"
               " UNION ALL SELECT 3, printf('%.*c', 3000, 'x'), 1e-9",
               &options);
    render_assert_plain(text);
    static struct reading r;
    r = (struct reading){.used = 0};
    read_back(text, &r);
    static const char want[] = "n|query_name|wait_seconds|;1|a,b\"c||;"
                               "2|\\027,;\\010|0.5|;3|";
    ck_assert_int_eq(strncmp(r.text, want, strlen(want)), 0);
    ck_assert_uint_eq(strlen(r.text), strlen(want) + 3000 + strlen("|1e-09|;"));
    free(text);
}
END_TEST

static const struct {
    uint64_t limit;
    const char *want;
} limits[] = {
    {0, "n\r\n1\r\n2\r\n3\r\n"},
    {1, "n\r\n1\r\n"},
    {3, "n\r\n1\r\n2\r\n3\r\n"},
    {4, "n\r\n1\r\n2\r\n3\r\n"},
};

START_TEST(limit_ends_the_rows)
{
    const struct report_csv_options options = {.limit = limits[_i].limit};
    char *text = csv_of("VALUES (1), (2), (3)", &options);
    char *body = strchr(text, '\n');
    ck_assert_ptr_nonnull(body);
    ck_assert_str_eq(body, strchr(limits[_i].want, '\n'));
    free(text);
}
END_TEST

START_TEST(no_rows_leave_the_header)
{
    const struct report_csv_options options = {.limit = 0};
    char *text = csv_of("SELECT 1 AS a, 2 AS b WHERE 0", &options);
    ck_assert_str_eq(text, "a,b\r\n");
    free(text);
}
END_TEST

START_TEST(failing_query_is_an_error)
{
    const struct report_csv_options options = {.limit = 0};
    struct store *store = render_store();
    struct report_query *query =
        render_query(store, "SELECT abs(column1) AS n FROM"
                            " (VALUES (1), (-9223372036854775807 - 1))");
    struct render r;
    render_open(&r);
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(report_csv_table(r.out, query, &options, &err), ERR_STORE);
    ck_assert_str_eq(err.text, "test: integer overflow");
    report_query_close(query);
    store_close(store);
    free(render_end(&r));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report/csv_file");
    TCase *tc = tcase_create("csv");
    tcase_add_loop_test(tc, cell_is_written_as_its_type, 0, ROWS(cells));
    tcase_add_test(tc, libcsv_reads_back_what_was_written);
    tcase_add_loop_test(tc, limit_ends_the_rows, 0, ROWS(limits));
    tcase_add_test(tc, no_rows_leave_the_header);
    tcase_add_test(tc, failing_query_is_an_error);
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
