#include "report/catalogue.h"
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

static struct report_catalogue *open_folder(void)
{
    struct report_catalogue *catalogue = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_msg(report_catalogue_open(&catalogue, folder, &err) == ERR_OK,
                  "%s", err.text);
    return catalogue;
}

static const struct {
    const char *name;
    const char *sql;
    const char *key;
    const char *want;
} headers[] = {
    {"one line", "-- id: x\n-- title: a title\nSELECT 1", "title", "a title"},
    {"continued", "-- id: x\n-- title: a\n--   long\n--   title\nSELECT 1",
     "title", "a long title"},
    {"field behind a continued one",
     "-- id: x\n-- title: a\n--   b\n-- fix: c\nSELECT 1", "fix", "c"},
    {"begins on the next line", "-- id: x\n-- title: t\n-- means:\n--   one\n",
     "means", "one"},
    {"paragraphs", "-- id: x\n-- title: t\n-- fix: one\n--\n--   two\n", "fix",
     "one\ntwo"},
    {"CR LF", "-- id: x\r\n-- title: a\r\n--   b\r\nSELECT 1\r\n", "title",
     "a b"},
    {"colon in the text", "-- id: x\n-- title: t\n-- fix: see RFC: 1035\n",
     "fix", "see RFC: 1035"},
    {"key with a dash", "-- id: x\n-- title: t\n-- fooled-by: it\n",
     "fooled-by", "it"},
    {"no end of line", "-- id: x\n-- title: t", "title", "t"},
    {"other comments end it",
     "-- id: x\n-- title: t\n-- A remark.\n-- fix: no\n", "fix", NULL},
    {"the statement ends it", "-- id: x\n-- title: t\nSELECT 1\n-- fix: no\n",
     "fix", NULL},
};

START_TEST(header_is_read)
{
    folder_write_text(folder, "tables/x.sql", headers[_i].sql);
    struct report_catalogue *catalogue = open_folder();
    const struct report_entry *entry =
        report_catalogue_find(catalogue, REPORT_TABLE, "x");
    ck_assert_ptr_nonnull(entry);
    const char *text = NULL;
    for (size_t i = 0; i < entry->field_count; i++) {
        if (strcmp(entry->fields[i].key, headers[_i].key) == 0)
            text = entry->fields[i].text;
    }
    if (headers[_i].want)
        ck_assert_pstr_eq(text, headers[_i].want);
    else
        ck_assert_ptr_null(text);
    report_catalogue_close(catalogue);
}
END_TEST

static const struct {
    const char *path;
    const char *sql;
    const char *want; /* part of the error */
} refused[] = {
    {"tables/x.sql", "SELECT 1", "the header's id is \"\", not \"x\""},
    {"tables/x.sql", "-- id: y\n-- title: t\n", "id is \"y\", not \"x\""},
    {"tables/x.sql", "-- id: x\nSELECT 1", "the header has no title"},
    {"tables/x.sql", "-- id: x\n-- title:\nSELECT 1", "no title"},
    {"findings/X.sql", "-- id: X\n-- title: t\n", "file name is 1 to 40"},
    {"findings/a b.sql", "-- id: a b\n-- title: t\n", "file name is 1 to 40"},
    {"findings/'; DROP.sql", "-- id: x\n-- title: t\n", "file name is"},
    {"findings/aaaaaaaaaabbbbbbbbbbccccccccccdddddddddde.sql", "",
     "file name is 1 to 40"},
};

START_TEST(faulty_file_is_named)
{
    folder_write_text(folder, refused[_i].path, refused[_i].sql);
    struct report_catalogue *catalogue = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(report_catalogue_open(&catalogue, folder, &err),
                     ERR_INPUT);
    ck_assert_ptr_null(catalogue);
    ck_assert_msg(strstr(err.text, refused[_i].want) != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, refused[_i].path) != NULL, "%s", err.text);
}
END_TEST

START_TEST(file_with_a_nul_is_refused)
{
    folder_write(folder, "views.sql", "SELECT 1\0;", 10);
    struct report_catalogue *catalogue = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(report_catalogue_open(&catalogue, folder, &err),
                     ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "views.sql: a NUL octet"));
}
END_TEST

START_TEST(huge_file_is_refused)
{
    char *text = malloc((1 << 20) + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, ' ', (1 << 20) + 1);
    folder_write(folder, "views.sql", text, (1 << 20) + 1);
    free(text);
    struct report_catalogue *catalogue = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(report_catalogue_open(&catalogue, folder, &err),
                     ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "over 1 MiB"));
}
END_TEST

START_TEST(a_thousand_files_are_enough)
{
    char name[64], text[64];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "tables/t%d.sql", i);
        snprintf(text, sizeof text, "-- id: t%d\n-- title: t\nSELECT 1;\n", i);
        folder_write_text(folder, name, text);
    }
    struct report_catalogue *catalogue = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(report_catalogue_open(&catalogue, folder, &err),
                     ERR_INPUT);
    ck_assert_msg(strstr(err.text, "more than 1000 report files") != NULL, "%s",
                  err.text);
}
END_TEST

START_TEST(folder_that_is_not_there_is_an_error)
{
    struct report_catalogue *catalogue = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(report_catalogue_open(&catalogue, "/nowhere", &err),
                     ERR_INPUT);
    ck_assert_str_eq(err.text, "/nowhere: No such file or directory");
}
END_TEST

START_TEST(folder_replaces_and_adds)
{
    folder_write_text(folder, "views.sql", "-- ours\n");
    folder_write_text(folder, "tables/zz-new.sql",
                      "-- id: zz-new\n-- title: new\nSELECT 1\n");
    folder_write_text(folder, "README.md", "not a report");
    folder_write_text(folder, "tables/.hidden.sql", "not a report");
    struct report_catalogue *built_in = NULL;
    ck_assert_int_eq(report_catalogue_open(&built_in, NULL, NULL), ERR_OK);
    struct report_catalogue *both = open_folder();
    ck_assert_uint_eq(report_catalogue_count(both),
                      report_catalogue_count(built_in) + 1);
    const struct report_entry *views =
        report_catalogue_script(both, "views.sql");
    ck_assert_ptr_nonnull(views);
    ck_assert_str_eq(views->sql, "-- ours\n");
    ck_assert(!views->built_in);
    ck_assert(report_catalogue_script(built_in, "views.sql")->built_in);
    ck_assert_ptr_null(report_catalogue_find(built_in, REPORT_TABLE, "zz-new"));
    ck_assert_ptr_null(report_catalogue_find(both, REPORT_FINDING, "zz-new"));
    ck_assert_ptr_nonnull(report_catalogue_find(both, REPORT_TABLE, "zz-new"));
    report_catalogue_close(both);
    report_catalogue_close(built_in);
}
END_TEST

START_TEST(entries_are_sorted_and_complete)
{
    struct report_catalogue *catalogue = NULL;
    ck_assert_int_eq(report_catalogue_open(&catalogue, NULL, NULL), ERR_OK);
    const size_t count = report_catalogue_count(catalogue);
    ck_assert_uint_gt(count, 0);
    for (size_t i = 0; i < count; i++) {
        const struct report_entry *e = report_catalogue_at(catalogue, i);
        ck_assert(e->built_in);
        ck_assert(e->kind == REPORT_SCRIPT || e->title[0] != '\0');
        if (i > 0)
            ck_assert_int_lt(
                strcmp(report_catalogue_at(catalogue, i - 1)->path, e->path),
                0);
    }
    report_catalogue_close(catalogue);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report/catalogue");
    TCase *tc = tcase_create("catalogue");
    tcase_add_checked_fixture(tc, make, unmake);
    tcase_add_loop_test(tc, header_is_read, 0, ROWS(headers));
    tcase_add_loop_test(tc, faulty_file_is_named, 0, ROWS(refused));
    tcase_add_test(tc, file_with_a_nul_is_refused);
    tcase_add_test(tc, huge_file_is_refused);
    tcase_add_test(tc, a_thousand_files_are_enough);
    tcase_add_test(tc, folder_that_is_not_there_is_an_error);
    tcase_add_test(tc, folder_replaces_and_adds);
    tcase_add_test(tc, entries_are_sorted_and_complete);
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
