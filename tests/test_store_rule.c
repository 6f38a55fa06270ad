#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/rule.h"
#include "store/schema.h"

static sqlite3 *db;

static void open_schema(void)
{
    ck_assert_int_eq(sqlite3_open(":memory:", &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, store_schema_sql, NULL, NULL, NULL),
                     SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db,
                                  "CREATE TEMP TABLE ruled (name, field, mark,"
                                  " PRIMARY KEY (name))",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
}

static void close_schema(void)
{
    sqlite3_close(db);
}

/* The first column of every row of `sql`, a blank behind each. */
static const char *ask(const char *sql)
{
    static char answer[4096];
    size_t used = 0;
    sqlite3_stmt *rows = NULL;
    ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &rows, NULL) == SQLITE_OK,
                  "%s: %s", sql, sqlite3_errmsg(db));
    answer[0] = '\0';
    while (sqlite3_step(rows) == SQLITE_ROW && used < sizeof answer)
        used += (size_t)snprintf(answer + used, sizeof answer - used, "%s ",
                                 sqlite3_column_text(rows, 0));
    sqlite3_finalize(rows);
    return answer;
}

/* Each of a list as "table.column"; one that was listed already fails. */
static void note(const struct store_rule *rule, const char *field,
                 const char *list)
{
    struct store_column c;
    while (store_rule_next(&list, &c)) {
        char *sql =
            sqlite3_mprintf("INSERT INTO ruled VALUES ('%q.%.*s', %Q, '%.*s')",
                            rule->table, c.name_octets, c.name, field,
                            c.mark_octets, c.mark_octets ? c.mark : "");
        ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
                      "%s.%.*s: %s", rule->table, c.name_octets, c.name,
                      sqlite3_errmsg(db));
        sqlite3_free(sql);
    }
}

static void note_all(void)
{
    size_t count;
    const struct store_rule *rules = store_rules(&count);
    for (size_t i = 0; i < count; i++) {
        const struct store_rule *r = &rules[i];
        note(r, "key", r->key);
        note(r, "sum", r->sum);
        note(r, "least_of", r->least_of);
        note(r, "greatest_of", r->greatest_of);
        note(r, "buckets", r->buckets);
        note(r, "sketch", r->sketch);
        note(r, "row", r->with_greatest);
        note(r, "row", r->with_least);
        note(r, "fixed", r->fixed);
    }
}

#define COLUMNS                                                                \
    "(SELECT t.name || '.' || c.name AS name, c.pk, c.type"                    \
    " FROM sqlite_schema AS t, pragma_table_info(t.name) AS c"                 \
    " WHERE t.type = 'table')"

/* Each is a question about what is wrong. */
static const struct {
    const char *name, *sql;
} faults[] = {
    {"columns without a rule",
     "SELECT name FROM " COLUMNS " EXCEPT SELECT name FROM ruled"},
    {"rules without a column",
     "SELECT name FROM ruled EXCEPT SELECT name FROM " COLUMNS},
    {"primary keys that are no key",
     "SELECT name FROM ruled JOIN " COLUMNS " USING (name)"
     " WHERE pk > 0 AND field NOT IN ('key', 'fixed')"},
    {"texts that are added up",
     "SELECT name FROM ruled JOIN " COLUMNS " USING (name)"
     " WHERE field = 'sum' AND type <> 'INTEGER'"},
    {"histograms and sketches that are merged as something else",
     "SELECT name FROM ruled WHERE (name LIKE '%buckets') <> (field = "
     "'buckets')"
     " OR (name LIKE '%\\_sketch' ESCAPE '\\' AND field <> 'sketch')"},
    {"references that would keep the numbers of their part",
     "SELECT name FROM ruled WHERE mark <> CASE"
     " WHEN name LIKE '%damage\\_frame' ESCAPE '\\' THEN '' /* a number */"
     " WHEN name LIKE '%\\_frame' ESCAPE '\\' OR name LIKE '%.frame'"
     "  THEN 'frame'"
     " WHEN name LIKE '%.client\\_id' ESCAPE '\\' THEN 'client'"
     " WHEN name LIKE '%.server\\_id' ESCAPE '\\' THEN 'server'"
     " WHEN name LIKE '%.name\\_id' ESCAPE '\\' THEN 'name'"
     " WHEN name LIKE '%.begins\\_id' ESCAPE '\\'"
     "  OR name LIKE '%.settled\\_id' ESCAPE '\\'"
     "  OR name LIKE '%suffix\\_id' ESCAPE '\\' THEN 'suffix'"
     " WHEN name LIKE '%.question\\_id' ESCAPE '\\' THEN 'question'"
     " WHEN name LIKE '%.input\\_id' ESCAPE '\\' THEN 'input'"
     " WHEN name LIKE '%.part\\_id' ESCAPE '\\' THEN 'part'"
     " WHEN name LIKE '%.lookup\\_id' ESCAPE '\\'"
     "  OR name LIKE '%.transaction\\_id' ESCAPE '\\' THEN 'lookup'"
     " WHEN name = 'latency.key' THEN 'scope' ELSE '' END"},
};

START_TEST(every_column_has_the_rule_that_it_needs)
{
    note_all();
    ck_assert_int_gt(atoi(ask("SELECT count(*) FROM ruled")), 100);
    ck_assert_msg(*ask(faults[_i].sql) == '\0', "%s: %s", faults[_i].name,
                  ask(faults[_i].sql));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store/rule");
    TCase *tc = tcase_create("rule");
    tcase_add_checked_fixture(tc, open_schema, close_schema);
    tcase_add_loop_test(tc, every_column_has_the_rule_that_it_needs, 0,
                        sizeof faults / sizeof *faults);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
