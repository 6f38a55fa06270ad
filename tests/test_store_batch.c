/* Rows that wait, and what a statement reads of them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/batch.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static sqlite3 *db;
static struct store_batch batch, *shown;

static void open_batch(void)
{
    batch = (struct store_batch){0};
    shown = &batch;
    ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    ck_assert_int_eq(store_batch_define(db, &shown), SQLITE_OK);
}

static void close_batch(void)
{
    store_batch_fini(&batch);
    sqlite3_close(db);
}

/* The first column of the first row as text. */
static const char *ask(const char *sql)
{
    static char answer[256];
    sqlite3_stmt *statement = NULL;
    ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) ==
                      SQLITE_OK,
                  "%s: %s", sql, sqlite3_errmsg(db));
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    const char *text = (const char *)sqlite3_column_text(statement, 0);
    snprintf(answer, sizeof answer, "%s", text ? text : "NULL");
    sqlite3_finalize(statement);
    return answer;
}

static const struct {
    const char *name;
    struct facts_value value;
    const char *want; /* type and value */
} values[] = {
    {"integer", {FACTS_INTEGER, {.integer = -7}}, "integer -7"},
    {"the greatest integer",
     {FACTS_INTEGER, {.integer = INT64_MAX}},
     "integer 9223372036854775807"},
    {"real", {FACTS_REAL, {.real = 0.5}}, "real 0.5"},
    {"text", {FACTS_TEXT, {.text = "a'b"}}, "text a'b"},
    {"an empty text is not NULL", {FACTS_TEXT, {.text = ""}}, "text "},
    {"octets",
     {FACTS_OCTETS, {.octets = {(const uint8_t *)"a\0b", 3}}},
     "blob a"},
    {"NULL", {FACTS_NULL, {.integer = 0}}, "null -"},
};

START_TEST(value_is_read_as_it_was_added)
{
    ck_assert(store_batch_add(&batch, &values[_i].value, 1));
    ck_assert_str_eq(
        ask("SELECT typeof(c0) || ' ' || coalesce(c0, '-') FROM batch"),
        values[_i].want);
}
END_TEST

START_TEST(texts_are_copies)
{
    char text[] = "before";
    const struct facts_value row[] = {facts_integer(1), facts_text(text)};
    ck_assert(store_batch_add(&batch, row, 2));
    memcpy(text, "behind", sizeof text);
    ck_assert(store_batch_add(&batch, row, 2));
    ck_assert_str_eq(ask("SELECT group_concat(c1) FROM batch"),
                     "before,behind");
}
END_TEST

/* Rows come until a batch is full, and all that came are read, in order. */
static const struct {
    size_t columns, text_octets;
} sizes[] = {{2, 0},   {2, 9},     {22, 9},     {STORE_BATCH_COLUMNS, 1},
             {3, 100}, {2, 40000}, {2, 1 << 20}};

START_TEST(full_batch_has_every_row)
{
    const size_t columns = sizes[_i].columns;
    char *text = calloc(sizes[_i].text_octets + 1, 1);
    memset(text, 'x', sizes[_i].text_octets);
    struct facts_value row[STORE_BATCH_COLUMNS] = {{0}};
    size_t count = 0;
    while (count == 0 || !store_batch_is_full(&batch, columns)) {
        row[columns - 1] = facts_text(text);
        row[0] = facts_integer((int64_t)count);
        ck_assert(store_batch_add(&batch, row, columns));
        count++;
    }
    char want[64], sql[128];
    snprintf(want, sizeof want, "%zu %zu 1", count,
             count * sizes[_i].text_octets);
    snprintf(sql, sizeof sql,
             "SELECT count(*) || ' ' || sum(length(c%zu)) || ' ' ||"
             " min(c0 = rowid) FROM batch",
             columns - 1);
    ck_assert_str_eq(ask(sql), want);
    store_batch_clear(&batch);
    ck_assert_str_eq(ask("SELECT count(*) FROM batch"), "0");
    ck_assert(!store_batch_is_full(&batch, columns));
    free(text);
}
END_TEST

START_TEST(statement_reads_the_batch_that_is_shown)
{
    struct store_batch other = {0};
    const struct facts_value row[] = {facts_integer(2)};
    ck_assert(store_batch_add(&other, row, 1));
    sqlite3_stmt *statement = NULL;
    ck_assert_int_eq(sqlite3_prepare_v2(db, "SELECT count(*) FROM batch", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    static const int wants[] = {0, 1};
    for (int i = 0; i < 2; i++) {
        shown = i == 0 ? &batch : &other;
        ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
        ck_assert_int_eq(sqlite3_column_int(statement, 0), wants[i]);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    store_batch_fini(&other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store/batch");
    TCase *tc = tcase_create("batch");
    tcase_add_checked_fixture(tc, open_batch, close_batch);
    tcase_add_loop_test(tc, value_is_read_as_it_was_added, 0, ROWS(values));
    tcase_add_test(tc, texts_are_copies);
    tcase_add_loop_test(tc, full_batch_has_every_row, 0, ROWS(sizes));
    tcase_add_test(tc, statement_reads_the_batch_that_is_shown);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
