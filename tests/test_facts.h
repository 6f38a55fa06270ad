/* What the fact families make of a play: their rows in a database in memory
 * with the tables of src/store/schema.sql, whose columns and strict types thus
 * check every row, and questions to it. */
#ifndef TEST_FACTS_H
#define TEST_FACTS_H

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>

#include "facts/facts.h"
#include "store/schema.h"
#include "test_exchange.h"

/* --- a sink --------------------------------------------------------------- */

/* Rows come table by table. */
struct facts_tables {
    sqlite3 *db;
    const char *table; /* of the row before, a literal */
    sqlite3_stmt *insert;
};

static inline void facts_bind(sqlite3_stmt *statement, int at,
                              const struct facts_value *value)
{
    switch (value->type) {
    case FACTS_INTEGER:
        sqlite3_bind_int64(statement, at, value->as.integer);
        break;
    case FACTS_REAL:
        sqlite3_bind_double(statement, at, value->as.real);
        break;
    case FACTS_TEXT:
        sqlite3_bind_text(statement, at, value->as.text, -1, SQLITE_TRANSIENT);
        break;
    case FACTS_OCTETS:
        sqlite3_bind_blob64(statement, at, value->as.octets.data,
                            value->as.octets.len, SQLITE_TRANSIENT);
        break;
    case FACTS_NULL:
        sqlite3_bind_null(statement, at);
    }
}

static inline void facts_prepare(struct facts_tables *t, const char *table,
                                 size_t columns)
{
    char sql[256];
    int n = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", table);
    for (size_t i = 1; i < columns; i++)
        n += snprintf(sql + n, sizeof sql - (size_t)n, ",?");
    snprintf(sql + n, sizeof sql - (size_t)n, ")");
    sqlite3_finalize(t->insert);
    const int rc = sqlite3_prepare_v2(t->db, sql, -1, &t->insert, NULL);
    ck_assert_msg(rc == SQLITE_OK, "%s: %s", table, sqlite3_errmsg(t->db));
    t->table = table;
}

/* Fails the test for a row that the table does not take. */
static inline enum err_code facts_insert(void *context, const char *table,
                                         const struct facts_value *values,
                                         size_t count, struct err *err)
{
    (void)err;
    struct facts_tables *t = context;
    if (t->table != table)
        facts_prepare(t, table, count);
    if (sqlite3_bind_parameter_count(t->insert) != (int)count)
        ck_abort_msg("%s: rows of different lengths", table);
    for (size_t i = 0; i < count; i++)
        facts_bind(t->insert, (int)i + 1, &values[i]);
    if (sqlite3_step(t->insert) != SQLITE_DONE)
        ck_abort_msg("%s: %s", table, sqlite3_errmsg(t->db));
    sqlite3_reset(t->insert);
    return ERR_OK;
}

static inline void facts_tables_open(struct facts_tables *t)
{
    *t = (struct facts_tables){.db = NULL};
    ck_assert_int_eq(sqlite3_open(":memory:", &t->db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(t->db, store_schema_sql, NULL, NULL, NULL),
                     SQLITE_OK);
}

static inline void facts_tables_close(struct facts_tables *t)
{
    sqlite3_finalize(t->insert);
    sqlite3_close(t->db);
}

/* The answer to `sql` as text: a row a line, '|' between columns, NULL empty.
 * Borrowed until the next call. */
static inline const char *facts_ask(const struct facts_tables *t,
                                    const char *sql)
{
    static char text[1 << 16];
    size_t used = 0;
    text[0] = '\0';
    sqlite3_stmt *statement = NULL;
    const int rc = sqlite3_prepare_v2(t->db, sql, -1, &statement, NULL);
    ck_assert_msg(rc == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(t->db));
    for (bool first = true; sqlite3_step(statement) == SQLITE_ROW;
         first = false)
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *cell = (const char *)sqlite3_column_text(statement, i);
            const char *between = i ? "|" : first ? "" : "\n";
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                     between, cell ? cell : "");
            if (used >= sizeof text)
                ck_abort_msg("%s: more than 64 KiB", sql);
        }
    sqlite3_finalize(statement);
    return text;
}

static inline int64_t facts_ask_number(const struct facts_tables *t,
                                       const char *sql)
{
    return strtoll(facts_ask(t, sql), NULL, 10);
}

/* --- playing -------------------------------------------------------------- */

struct facts_stage {
    struct facts_tables tables;
    struct budget budget;
    struct exchange *exchange;
    struct facts *facts;
    struct facts_sink sink;
    struct facts_part part;
    struct facts_context context;
    uint64_t frames;
};

static inline void facts_hear(void *context,
                              const struct exchange_events *events)
{
    struct facts_stage *stage = context;
    facts_take(stage->facts, events);
}

/* Those of `trace` only. */
static inline void facts_stage_trace(struct facts_stage *s, size_t max_memory,
                                     bool transactions,
                                     const struct facts_trace_choice *trace)
{
    *s = (struct facts_stage){.budget = {.limit = max_memory}};
    facts_tables_open(&s->tables);
    s->sink = (struct facts_sink){&s->tables, facts_insert};
    s->part = (struct facts_part){.tool = "test",
                                  .ports = "53",
                                  .timeout_ns = 5 * S,
                                  .window_ns = 60 * S,
                                  .first_ns = play_start_ns,
                                  .timed = true};
    s->exchange =
        play_exchange((struct exchange_listener){s, facts_hear}, &s->budget);
    s->context = (struct facts_context){.ids = exchange_identity(s->exchange),
                                        .budget = &s->budget,
                                        .timeout_ns = s->part.timeout_ns,
                                        .window_ns = s->part.window_ns,
                                        .transactions = transactions,
                                        .trace = trace,
                                        .sink = &s->sink,
                                        .part = &s->part};
    struct err err;
    ck_assert_int_eq(facts_open(&s->facts, &s->context, &err), ERR_OK);
}

/* `transactions`: store each of them, too. */
static inline void facts_stage_open(struct facts_stage *s, size_t max_memory,
                                    bool transactions)
{
    facts_stage_trace(s, max_memory, transactions, NULL);
}

static inline void facts_stage_play(struct facts_stage *s, const struct play *p)
{
    play_one(s->exchange, p, ++s->frames);
    const int64_t now_ns = play_ns(p->at_ms);
    if (now_ns > s->part.last_ns)
        s->part.last_ns = now_ns;
    s->part.frames++;
    s->part.captured_octets += 100;
}

/* Ends the capture `quiet_ms` after its last message, and saves. */
static inline void facts_stage_end(struct facts_stage *s, double quiet_ms)
{
    struct err err = {.code = ERR_OK};
    s->part.last_ns += (int64_t)(quiet_ms * 1e6);
    exchange_end(s->exchange, s->part.last_ns);
    s->part.quality = exchange_quality(s->exchange);
    ck_assert_int_eq(facts_save(s->facts, &err), ERR_OK);
}

static inline void facts_stage_close(struct facts_stage *s)
{
    facts_close(s->facts);
    exchange_free(s->exchange);
    facts_tables_close(&s->tables);
}

/* --- rows of tests -------------------------------------------------------- */

enum { FACTS_PLAYS = 24 };

struct facts_row {
    const char *name;
    struct play plays[FACTS_PLAYS]; /* ends with what 0 */
    double quiet_ms;                /* between the last message and the end */
    const char *sql, *want;         /* a question, and its answer */
};

static inline void facts_check_row(const struct facts_row *row)
{
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, true);
    for (unsigned i = 0; i < FACTS_PLAYS && row->plays[i].what; i++)
        facts_stage_play(&s, &row->plays[i]);
    facts_stage_end(&s, row->quiet_ms);
    const char *got = facts_ask(&s.tables, row->sql);
    ck_assert_msg(strcmp(got, row->want) == 0, "%s:\n%s\nnot\n%s", row->name,
                  got, row->want);
    facts_stage_close(&s);
}

#endif
