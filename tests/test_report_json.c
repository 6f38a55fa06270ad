#include "report/define.h"
#include "report/json.h"
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

static const struct {
    const char *octets;
    size_t count;
    const char *want;
} strings[] = {
    {"plain", 5, "\"plain\""},
    {"", 0, "\"\""},
    {"a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\""},
    {"\x1b[2J\n\r\t", 7, "\"\\u001b[2J\\u000a\\u000d\\u0009\""},
    {"a\0b", 3, "\"a\\u0000b\""},
    {"\x7f", 1, "\"\\u007f\""},
    {"\xc3\xa9", 2, "\"\\u00e9\""},
    {"\xe2\x82\xac", 3, "\"\\u20ac\""},
    {"\xf0\x9f\x92\xa9", 4, "\"\\ud83d\\udca9\""},
    {"\xff", 1, "\"\\\\255\""},
    {"\xc3", 1, "\"\\\\195\""},
    {"\xc3(", 2, "\"\\\\195(\""},
    {"\xe2\x82", 2, "\"\\\\226\\\\130\""},
    {"\xc0\xaf", 2, "\"\\\\192\\\\175\""},                       /* overlong */
    {"\xe0\x80\xaf", 3, "\"\\\\224\\\\128\\\\175\""},            /* overlong */
    {"\xed\xa0\x80", 3, "\"\\\\237\\\\160\\\\128\""},            /* surrogate */
    {"\xf4\x90\x80\x80", 4, "\"\\\\244\\\\144\\\\128\\\\128\""}, /* too large */
    {"</script>", 9, "\"</script>\""},
};

START_TEST(string_is_ascii_and_keeps_what_it_can)
{
    struct render r;
    render_open(&r);
    report_json_string(
        r.out,
        (struct bytes){(const uint8_t *)strings[_i].octets, strings[_i].count});
    char *text = render_end(&r);
    ck_assert_str_eq(text, strings[_i].want);
    render_assert_plain(text);
    free(text);
}
END_TEST

/* The document of an empty store whose reports are overlaid by `folder`.
 * `table` NULL: all. */
static char *document(const char *table, uint64_t limit)
{
    struct store *store = render_store();
    struct report_catalogue *catalogue = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_msg(report_catalogue_open(&catalogue, folder, &err) == ERR_OK,
                  "%s", err.text);
    ck_assert_msg(report_define(store, catalogue, &err) == ERR_OK, "%s",
                  err.text);
    const struct report_json_options options = {
        .version = "1.2.3",
        .limit = limit,
        .table = table ? report_catalogue_find(catalogue, REPORT_TABLE, table)
                       : NULL,
    };
    struct render r;
    render_open(&r);
    ck_assert_msg(
        report_json_document(r.out, store, catalogue, &options, &err) == ERR_OK,
        "%s", err.text);
    report_catalogue_close(catalogue);
    store_close(store);
    return render_end(&r);
}

/* The value at a path, as SQLite reads the document; to be freed. */
static char *extract(const char *json, const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(
                         db, "SELECT json_extract(?1, ?2) WHERE json_valid(?1)",
                         -1, &s, NULL),
                     SQLITE_OK);
    sqlite3_bind_text(s, 1, json, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, path, -1, SQLITE_STATIC);
    ck_assert_msg(sqlite3_step(s) == SQLITE_ROW, "not valid JSON: %s", json);
    const char *text = (const char *)sqlite3_column_text(s, 0);
    char *copy = strdup(text ? text : "(null)");
    ck_assert_ptr_nonnull(copy);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return copy;
}

static const char hostile_table[] =
    "-- id: zz\n-- title: hostile\n"
    "SELECT char(27) || '\"' AS \"a\"\"b\", 9e999 AS share, NULL AS absent,"
    " 1234567890123 AS n, 0.5 AS wait_seconds,"
    " '{\"k\": [1, \"' || char(233) || '\"]}' AS evidence,"
    " '{broken' AS example_frames\n"
    "UNION ALL SELECT 'second', 0, 0, 0, 0, '', x'00ff';\n";

static const char hostile_finding[] =
    "-- id: zz\n-- title: hostile\n"
    "SELECT 'error' AS severity, '<script>' AS subject, 'title' AS title,"
    " '{\"p95_seconds\": 0.25}' AS evidence, 1.5 AS cost_seconds,"
    " 3 AS cost_queries, 1 AS affected_clients,"
    " '2026-11-01T10:00:00.000000000Z' AS first_time, NULL AS last_time,"
    " 0.9 AS confidence, 'first' || char(10) || 'second' AS fix,"
    " '[1,2,3]' AS example_frames;\n";

static const struct {
    const char *path, *want;
} values[] = {
    {"$.schema", "wasitdns/1"},
    {"$.tool.name", "wasitdns"},
    {"$.tool.version", "1.2.3"},
    {"$.interrupted", "0"},
    {"$.input", "[]"},
    {"$.verdict.answer", "unknown"},
    {"$.summary.packets", "0"},
    {"$.tables.zz[0].n", "1234567890123"},
    {"$.tables.zz[0].share", "(null)"},
    {"$.tables.zz[0].absent", "(null)"},
    {"$.tables.zz[0].wait_seconds", "0.5"},
    {"$.tables.zz[0].evidence.k[1]", "\xc3\xa9"},
    {"$.tables.zz[0].example_frames", "{broken"},
    {"$.tables.zz[1].example_frames", ""}, /* SQLite stops at its NUL */
    {"$.tables.zz[1].evidence", ""},
    {"$.tables.zz[2]", "(null)"},
};

START_TEST(document_holds_what_the_views_say)
{
    folder_write_text(folder, "tables/zz.sql", hostile_table);
    char *json = document(NULL, 0);
    render_assert_plain(json);
    ck_assert_ptr_nonnull(strstr(json, "\"a\\\"b\": \"\\u001b\\\"\""));
    char *value = extract(json, values[_i].path);
    ck_assert_msg(strcmp(value, values[_i].want) == 0, "%s: %s",
                  values[_i].path, value);
    free(value);
    free(json);
}
END_TEST

START_TEST(finding_has_lists_and_objects)
{
    static const struct {
        const char *path, *want;
    } members[] = {
        {"$[0].id", "zz"},
        {"$[0].subject", "<script>"},
        {"$[0].evidence.p95_seconds", "0.25"},
        {"$[0].examples[2]", "3"},
        {"$[0].fix[1]", "second"},
        {"$[0].last_time", "(null)"},
        {"$[0].confidence", "0.9"},
    };
    folder_write_text(folder, "findings/zz.sql", hostile_finding);
    char *json = document(NULL, 0);
    /* An empty capture may have findings of its own; ours is the only error. */
    char *findings = extract(json, "$.findings");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        char *value = extract(findings, members[i].path);
        ck_assert_msg(strcmp(value, members[i].want) == 0, "%s: %s",
                      members[i].path, value);
        free(value);
    }
    free(findings);
    free(json);
}
END_TEST

START_TEST(one_table_comes_alone_and_limited)
{
    folder_write_text(folder, "tables/zz.sql", hostile_table);
    char *json = document("zz", 1);
    char *verdict = extract(json, "$.verdict");
    char *clients = extract(json, "$.tables.clients");
    char *first = extract(json, "$.tables.zz[0].n");
    char *second = extract(json, "$.tables.zz[1]");
    ck_assert_str_eq(verdict, "(null)");
    ck_assert_str_eq(clients, "(null)");
    ck_assert_str_eq(first, "1234567890123");
    ck_assert_str_eq(second, "(null)");
    free(verdict);
    free(clients);
    free(first);
    free(second);
    free(json);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report/json");
    TCase *tc = tcase_create("json");
    tcase_add_checked_fixture(tc, make, unmake);
    tcase_add_loop_test(tc, string_is_ascii_and_keeps_what_it_can, 0,
                        ROWS(strings));
    tcase_add_loop_test(tc, document_holds_what_the_views_say, 0, ROWS(values));
    tcase_add_test(tc, finding_has_lists_and_objects);
    tcase_add_test(tc, one_table_comes_alone_and_limited);
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
