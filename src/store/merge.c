/* Two passes over the parts, since what a number stands for has to be known
 * from all of them before one is given: the first collects names, the second
 * copies rows, one upsert a row.
 *
 * The parts are read on connections of their own, which trust nothing; only
 * values cross over. The tables below are temporary and the store's. */
#include "store/merge.h"

#include <stdlib.h>

#include "store/rule.h"
#include "util/distinct.h"
#include "util/hash.h"
#include "util/histogram.h"

struct merge {
    struct store *store;
    sqlite3 *db; /* the store's */
    const char *const *paths;
    size_t count;
    const volatile sig_atomic_t *stop;
    struct histogram_sum *sum;     /* for merge_buckets */
    int64_t timeout_ns, window_ns; /* of the first part */
    bool has_settings;
};

/* What numbers of a part stand for: `sql` gives a number and four columns, by
 * which things are sorted and told apart. */
struct naming {
    const char *mark; /* as in rules */
    const char *sql;
    const char *first; /* SQL: the number of the first of all */
};

/* 0 is what found no room, of clients, servers and names. Part numbers begin
 * with 1. Runs without a frame are all alike, and inputs of them known by their
 * paths. */
static const struct naming namings[] = {
    {"part", "SELECT part_id, coalesce(first_ns, 0), identity, 0, 0 FROM part",
     "1"},
    {"input",
     "SELECT input_id, coalesce(p.first_ns, 0), p.identity,"
     " iif(p.first_ns IS NULL, 0, input_id), path"
     " FROM input JOIN part AS p USING (part_id)",
     "0"},
    {"client",
     "SELECT 0, 0, 'other', 0, 0 UNION"
     " SELECT client_id, address <> 'other', address, 0, 0 FROM client",
     "0"},
    {"server",
     "SELECT 0, 0, 'other', 0, 0 UNION"
     " SELECT server_id, address <> 'other', address, 0, 0 FROM server UNION"
     " SELECT server_id, server_address <> 'other', server_address, 0, 0"
     " FROM icmp_error",
     "0"},
    {"name",
     "SELECT 0, 0, '*', 0, 0 UNION"
     " SELECT name_id, query_name <> '*', query_name, 0, 0 FROM name",
     "0"},
    {"suffix",
     "SELECT 0, 0, '', 0, 0 UNION SELECT 1, 1, '*', 0, 0 UNION"
     " SELECT suffix_id, CASE suffix WHEN '' THEN 0 WHEN '*' THEN 1 ELSE 2 END,"
     " suffix, 0, 0 FROM suffix",
     "0"},
    {"question",
     "SELECT question_id, query_name, query_type, query_class, 0"
     " FROM question JOIN name USING (name_id)",
     "0"},
};

enum { NAMINGS = sizeof namings / sizeof *namings };

/* --- statements ----------------------------------------------------------- */

static enum err_code refuse(const char *path, sqlite3 *db, struct err *err)
{
    return err_set(err, ERR_INPUT, "%.300s: %s", path, sqlite3_errmsg(db));
}

/* What the store says of values from `path`: its own failure, or that the
 * values are not as the schema has them. */
static enum err_code blame(const struct merge *m, const char *path,
                           struct err *err)
{
    switch (sqlite3_errcode(m->db)) {
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return refuse(path, m->db, err);
    default:
        return store_fail(m->store, err);
    }
}

/* Takes the text of `sql`. */
static enum err_code prepare(sqlite3 *db, sqlite3_str *sql,
                             sqlite3_stmt **statement)
{
    char *text = sqlite3_str_finish(sql);
    if (!text)
        return ERR_NOMEM;
    const int rc = sqlite3_prepare_v2(db, text, -1, statement, NULL);
    sqlite3_free(text);
    return rc == SQLITE_OK ? ERR_OK : ERR_STORE;
}

static enum err_code run(const struct merge *m, sqlite3_str *sql,
                         struct err *err)
{
    sqlite3_stmt *statement = NULL;
    const bool ok = prepare(m->db, sql, &statement) == ERR_OK &&
                    sqlite3_step(statement) == SQLITE_DONE;
    const enum err_code rc = ok ? ERR_OK : store_fail(m->store, err);
    sqlite3_finalize(statement);
    return rc;
}

/* Runs `insert` with each row that `select` gives, over as many columns. */
static enum err_code copy(const struct merge *m, const char *path,
                          sqlite3 *part, sqlite3_stmt *select,
                          sqlite3_stmt *insert, struct err *err)
{
    const int columns = sqlite3_column_count(select);
    int rc;
    while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
        if (m->stop && *m->stop)
            return err_set(err, ERR_INPUT, "stopped by a signal");
        for (int i = 0; i < columns; i++)
            if (sqlite3_bind_value(insert, i + 1,
                                   sqlite3_column_value(select, i)) !=
                SQLITE_OK)
                return blame(m, path, err);
        if (sqlite3_step(insert) != SQLITE_DONE)
            return blame(m, path, err);
        sqlite3_reset(insert);
    }
    return rc == SQLITE_DONE ? ERR_OK : refuse(path, part, err);
}

/* The same from texts, which are freed. */
static enum err_code copy_rows(const struct merge *m, const char *path,
                               sqlite3 *part, sqlite3_str *select,
                               sqlite3_str *insert, struct err *err)
{
    sqlite3_stmt *from = NULL, *into = NULL;
    enum err_code rc = ERR_OK;
    if (prepare(part, select, &from) != ERR_OK)
        rc = refuse(path, part, err);
    if (prepare(m->db, insert, &into) != ERR_OK && rc == ERR_OK)
        rc = store_fail(m->store, err);
    if (rc == ERR_OK)
        rc = copy(m, path, part, from, into, err);
    sqlite3_finalize(from);
    sqlite3_finalize(into);
    return rc;
}

/* --- what merges ---------------------------------------------------------- */

static struct bytes argument(sqlite3_value *value)
{
    const uint8_t *text = sqlite3_value_text(value);
    return (struct bytes){text ? text : (const uint8_t *)"",
                          text ? (size_t)sqlite3_value_bytes(value) : 0};
}

/* merge_buckets(TEXT...) */
static void merge_buckets(sqlite3_context *context, int count,
                          sqlite3_value **values)
{
    struct histogram_sum *sum = sqlite3_user_data(context);
    *sum = (struct histogram_sum){{0}};
    for (int i = 0; i < count; i++) {
        if (!histogram_sum_read(sum, argument(values[i]))) {
            sqlite3_result_error(context, "a histogram is not one", -1);
            return;
        }
    }
    char text[HISTOGRAM_SUM_TEXT];
    const size_t octets = histogram_sum_text(sum, text);
    sqlite3_result_text64(context, text, octets, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static bool read_sketches(struct distinct *set, int count,
                          sqlite3_value **values)
{
    struct budget budget = {.limit = SIZE_MAX}; /* one set, some KiB */
    for (int i = 0; i < count; i++)
        if (!distinct_read(set, argument(values[i]), &budget))
            return false;
    return true;
}

static void end_sketches(struct distinct *set)
{
    struct budget budget = {.limit = SIZE_MAX, .used = SIZE_MAX};
    distinct_fini(set, &budget);
}

/* merge_sketches(TEXT...) */
static void merge_sketches(sqlite3_context *context, int count,
                           sqlite3_value **values)
{
    struct distinct set = {0};
    char text[DISTINCT_TEXT];
    if (read_sketches(&set, count, values)) {
        distinct_text(&set, text);
        sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
    } else {
        sqlite3_result_error(context, "a sketch is not one", -1);
    }
    end_sketches(&set);
}

/* count_sketches(TEXT...): of all of them together */
static void count_sketches(sqlite3_context *context, int count,
                           sqlite3_value **values)
{
    struct distinct set = {0};
    if (read_sketches(&set, count, values))
        sqlite3_result_int64(context, (int64_t)distinct_count(&set));
    else
        sqlite3_result_error(context, "a sketch is not one", -1);
    end_sketches(&set);
}

static enum err_code add_functions(const struct merge *m, struct err *err)
{
    static const struct {
        const char *name;
        void (*call)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {
        {"merge_buckets", merge_buckets},
        {"merge_sketches", merge_sketches},
        {"count_sketches", count_sketches},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (sqlite3_create_function(m->db, functions[i].name, -1,
                                    SQLITE_UTF8 | SQLITE_DETERMINISTIC, m->sum,
                                    functions[i].call, NULL, NULL) != SQLITE_OK)
            return store_fail(m->store, err);
    return ERR_OK;
}

/* --- names ---------------------------------------------------------------- */

/* Of each mark: met_X has what was met, name_X the numbers given, and map_X
 * the numbers of one part beside them. */
static enum err_code make_names(const struct merge *m, struct err *err)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < NAMINGS && rc == ERR_OK; i++) {
        const char *mark = namings[i].mark;
        sqlite3_str *sql = sqlite3_str_new(m->db);
        sqlite3_str_appendf(sql,
                            "CREATE TEMP TABLE met_%s (a, b, c, d,"
                            " PRIMARY KEY (a, b, c, d)) WITHOUT ROWID",
                            mark);
        rc = run(m, sql, err);
        if (rc != ERR_OK)
            break;
        sql = sqlite3_str_new(m->db);
        sqlite3_str_appendf(sql,
                            "CREATE TEMP TABLE map_%s"
                            " (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)",
                            mark);
        rc = run(m, sql, err);
    }
    return rc;
}

static enum err_code meet(const struct merge *m, const struct naming *naming,
                          const char *path, sqlite3 *part, struct err *err)
{
    sqlite3_str *select = sqlite3_str_new(part);
    sqlite3_str *insert = sqlite3_str_new(m->db);
    sqlite3_str_appendall(select, naming->sql);
    sqlite3_str_appendf(insert,
                        "INSERT OR IGNORE INTO temp.met_%s"
                        " SELECT ?2, ?3, ?4, ?5 WHERE ?1 IS NOT NULL",
                        naming->mark);
    return copy_rows(m, path, part, select, insert, err);
}

static enum err_code number(const struct merge *m, const struct naming *naming,
                            struct err *err)
{
    sqlite3_str *sql = sqlite3_str_new(m->db);
    sqlite3_str_appendf(sql,
                        "CREATE TEMP TABLE name_%s AS SELECT a, b, c, d,"
                        " row_number() OVER (ORDER BY a, b, c, d) - 1 + %s"
                        " AS id FROM temp.met_%s",
                        naming->mark, naming->first, naming->mark);
    enum err_code rc = run(m, sql, err);
    if (rc != ERR_OK)
        return rc;
    sql = sqlite3_str_new(m->db);
    sqlite3_str_appendf(sql,
                        "CREATE UNIQUE INDEX temp.by_name_%s"
                        " ON name_%s (a, b, c, d, id)",
                        naming->mark, naming->mark);
    rc = run(m, sql, err);
    if (rc != ERR_OK)
        return rc;
    sql = sqlite3_str_new(m->db);
    sqlite3_str_appendf(sql, "DROP TABLE temp.met_%s", naming->mark);
    return run(m, sql, err);
}

static enum err_code map(const struct merge *m, const struct naming *naming,
                         const char *path, sqlite3 *part, struct err *err)
{
    sqlite3_str *clear = sqlite3_str_new(m->db);
    sqlite3_str_appendf(clear, "DELETE FROM temp.map_%s", naming->mark);
    const enum err_code rc = run(m, clear, err);
    if (rc != ERR_OK)
        return rc;
    sqlite3_str *select = sqlite3_str_new(part);
    sqlite3_str *insert = sqlite3_str_new(m->db);
    sqlite3_str_appendall(select, naming->sql);
    sqlite3_str_appendf(insert,
                        "INSERT INTO temp.map_%s"
                        " SELECT ?1, id FROM temp.name_%s"
                        " WHERE a = ?2 AND b = ?3 AND c = ?4 AND d = ?5",
                        naming->mark, naming->mark);
    return copy_rows(m, path, part, select, insert, err);
}

/* --- may these be merged? ------------------------------------------------- */

enum { IDENTITY, TIMEOUT, WINDOW, SEED, SCALE, FRAMES };

static const char parts_sql[] =
    "SELECT identity, timeout_ns, window_ns, sketch_seed, histogram_scale,"
    " (SELECT sum(frames) FROM input AS i WHERE i.part_id = p.part_id)"
    " FROM part AS p";

static enum err_code check_settings(struct merge *m, const char *path,
                                    sqlite3_stmt *part, struct err *err)
{
    const int64_t timeout_ns = sqlite3_column_int64(part, TIMEOUT);
    const int64_t window_ns = sqlite3_column_int64(part, WINDOW);
    if (sqlite3_column_int64(part, SEED) != (int64_t)HASH_SKETCH_SEED)
        return err_set(err, ERR_INPUT,
                       "%.300s: its sketches have another seed, and cannot be "
                       "merged",
                       path);
    if (sqlite3_column_int64(part, SCALE) != HISTOGRAM_SCALE)
        return err_set(err, ERR_INPUT,
                       "%.300s: its histograms have scale %lld, this program's "
                       "have %d",
                       path, (long long)sqlite3_column_int64(part, SCALE),
                       HISTOGRAM_SCALE);
    if (!m->has_settings) {
        m->has_settings = true;
        m->timeout_ns = timeout_ns;
        m->window_ns = window_ns;
    }
    if (timeout_ns != m->timeout_ns || window_ns != m->window_ns)
        return err_set(
            err, ERR_INPUT,
            "%.300s: was made with --%s %gs, and %.100s with %gs: "
            "what they counted does not add up",
            path, timeout_ns != m->timeout_ns ? "timeout" : "window",
            (double)(timeout_ns != m->timeout_ns ? timeout_ns : window_ns) /
                1e9,
            m->paths[0],
            (double)(timeout_ns != m->timeout_ns ? m->timeout_ns
                                                 : m->window_ns) /
                1e9);
    return ERR_OK;
}

/* A part that another file holds, too. Runs without a frame are all alike, and
 * twice nothing is nothing. */
static enum err_code check_first_time(const struct merge *m, size_t file,
                                      sqlite3_stmt *part, sqlite3_stmt *seen,
                                      struct err *err)
{
    if (sqlite3_column_int64(part, FRAMES) == 0)
        return ERR_OK;
    sqlite3_reset(seen);
    if (sqlite3_bind_value(seen, 1, sqlite3_column_value(part, IDENTITY)) !=
            SQLITE_OK ||
        sqlite3_bind_int64(seen, 2, (int64_t)file) != SQLITE_OK)
        return store_fail(m->store, err);
    const int rc = sqlite3_step(seen);
    if (rc != SQLITE_ROW)
        return blame(m, m->paths[file], err);
    const int64_t first = sqlite3_column_int64(seen, 0);
    return first == (int64_t)file
               ? ERR_OK
               : err_set(err, ERR_INPUT,
                         "%.200s: holds a part that %.200s holds, too; a part "
                         "is merged once",
                         m->paths[file], m->paths[first]);
}

static enum err_code check_parts(struct merge *m, size_t file, sqlite3 *part,
                                 struct err *err)
{
    sqlite3_stmt *rows = NULL, *seen = NULL;
    enum err_code rc = ERR_OK;
    int step = SQLITE_DONE;
    if (sqlite3_prepare_v2(m->db,
                           "INSERT INTO temp.file_of (identity, file)"
                           " VALUES (?1, ?2)"
                           " ON CONFLICT DO UPDATE SET file = file"
                           " RETURNING file",
                           -1, &seen, NULL) != SQLITE_OK)
        rc = store_fail(m->store, err);
    else if (sqlite3_prepare_v2(part, parts_sql, -1, &rows, NULL) != SQLITE_OK)
        rc = refuse(m->paths[file], part, err);
    while (rc == ERR_OK && (step = sqlite3_step(rows)) == SQLITE_ROW) {
        rc = check_settings(m, m->paths[file], rows, err);
        if (rc == ERR_OK)
            rc = check_first_time(m, file, rows, seen, err);
    }
    if (rc == ERR_OK && step != SQLITE_DONE)
        rc = refuse(m->paths[file], part, err);
    sqlite3_finalize(rows);
    sqlite3_finalize(seen);
    return rc;
}

/* --- rows ----------------------------------------------------------------- */

static bool is_mark(const struct store_column *c, const char *mark)
{
    return (size_t)c->mark_octets == strlen(mark) &&
           memcmp(c->mark, mark, strlen(mark)) == 0;
}

/* The number of a part's row as the store has it; `at` is the parameter. */
static void put_number(sqlite3_str *sql, const struct store_column *c, int at)
{
    if (c->mark_octets == 0)
        sqlite3_str_appendf(sql, "?%d", at);
    else if (is_mark(c, "frame"))
        sqlite3_str_appendf(sql,
                            "((SELECT new FROM temp.map_input"
                            " WHERE old = ?%d >> 40) << 40"
                            " | (?%d & 0xFFFFFFFFFF))",
                            at, at);
    else if (is_mark(c, "lookup"))
        sqlite3_str_appendf(sql,
                            "(((SELECT new FROM temp.map_part"
                            " WHERE old = (?%d >> 32) + 1) - 1) << 32"
                            " | (?%d & 0xFFFFFFFF))",
                            at, at);
    else if (is_mark(c, "scope"))
        sqlite3_str_appendf(sql,
                            "CASE ?%d WHEN 'client' THEN"
                            " (SELECT new FROM temp.map_client WHERE old = ?%d)"
                            " WHEN 'server' THEN"
                            " (SELECT new FROM temp.map_server WHERE old = ?%d)"
                            " WHEN 'upstream' THEN"
                            " (SELECT new FROM temp.map_server WHERE old = ?%d)"
                            " ELSE ?%d END",
                            at - 1, at, at, at, at);
    else
        sqlite3_str_appendf(sql,
                            "(SELECT new FROM temp.map_%.*s WHERE old = ?%d)",
                            c->mark_octets, c->mark, at);
}

/* The three texts of one table, made in one walk over its columns. */
struct texts {
    sqlite3_str *columns, *values, *updates;
    int count;
};

static void put_column(struct texts *t, const struct store_column *c)
{
    const char *comma = t->count++ ? ", " : "";
    sqlite3_str_appendf(t->columns, "%s\"%.*s\"", comma, c->name_octets,
                        c->name);
    sqlite3_str_appendall(t->values, comma);
}

static void put_keys(struct texts *t, const char *list)
{
    struct store_column c;
    while (store_rule_next(&list, &c)) {
        put_column(t, &c);
        put_number(t->values, &c, t->count);
    }
}

/* `form` has "#" in place of the column's name. */
static void put_update(struct texts *t, const struct store_column *c,
                       const char *form)
{
    const bool is_first = sqlite3_str_length(t->updates) == 0;
    sqlite3_str_appendf(t->updates, "%s\"%.*s\" = ", is_first ? "" : ", ",
                        c->name_octets, c->name);
    for (; *form; form++) {
        if (*form == '#')
            sqlite3_str_appendf(t->updates, "\"%.*s\"", c->name_octets,
                                c->name);
        else
            sqlite3_str_appendchar(t->updates, 1, *form);
    }
}

static void put_each(struct texts *t, const char *list, const char *form)
{
    struct store_column c;
    while (store_rule_next(&list, &c)) {
        put_column(t, &c);
        put_number(t->values, &c, t->count);
        put_update(t, &c, form);
    }
}

static void put_buckets(struct texts *t, const char *list)
{
    struct store_column c;
    while (store_rule_next(&list, &c)) {
        put_column(t, &c);
        sqlite3_str_appendf(t->values, "merge_buckets(?%d)", t->count);
        put_update(t, &c, "merge_buckets(#, excluded.#)");
    }
}

/* An estimate and, behind it, what it is made from. */
static void put_sketches(struct texts *t, const char *list)
{
    struct store_column estimate, sketch;
    while (store_rule_next(&list, &estimate) &&
           store_rule_next(&list, &sketch)) {
        char form[160];
        put_column(t, &estimate);
        sqlite3_str_appendf(t->values, "count_sketches(?%d)", t->count + 1);
        sqlite3_snprintf(
            sizeof form, form, "count_sketches(\"%.*s\", excluded.\"%.*s\")",
            sketch.name_octets, sketch.name, sketch.name_octets, sketch.name);
        put_update(t, &estimate, form);
        put_column(t, &sketch);
        sqlite3_str_appendf(t->values, "merge_sketches(?%d)", t->count);
        put_update(t, &sketch, "merge_sketches(#, excluded.#)");
    }
}

/* All of them from the row in which the first is `better` ("<" or ">"). */
static void put_row(struct texts *t, const char *list, const char *better)
{
    if (!list)
        return;
    struct store_column first, second;
    const char *at = list;
    if (!store_rule_next(&at, &first) || !store_rule_next(&at, &second))
        return;
    char form[320];
    sqlite3_snprintf(sizeof form, form,
                     "iif(\"%.*s\" IS NULL"
                     " OR excluded.\"%.*s\" %s \"%.*s\""
                     " OR (excluded.\"%.*s\" = \"%.*s\""
                     " AND excluded.\"%.*s\" < \"%.*s\"), excluded.#, #)",
                     first.name_octets, first.name, first.name_octets,
                     first.name, better, first.name_octets, first.name,
                     first.name_octets, first.name, first.name_octets,
                     first.name, second.name_octets, second.name,
                     second.name_octets, second.name);
    put_each(t, list, form);
}

static void put_rule(struct texts *t, const struct store_rule *rule)
{
    put_keys(t, rule->key);
    put_each(t, rule->sum, "coalesce(# + excluded.#, #, excluded.#)");
    put_each(t, rule->least_of, "coalesce(min(#, excluded.#), #, excluded.#)");
    put_each(t, rule->greatest_of,
             "coalesce(max(#, excluded.#), #, excluded.#)");
    put_buckets(t, rule->buckets);
    put_sketches(t, rule->sketch);
    put_row(t, rule->with_greatest, ">");
    put_row(t, rule->with_least, "<");
}

static void put_texts(const struct texts *t, const struct store_rule *rule,
                      sqlite3_str *select, sqlite3_str *insert)
{
    const char *columns = sqlite3_str_value(t->columns);
    sqlite3_str_appendf(select, "SELECT %s FROM main.\"%s\"", columns,
                        rule->table);
    if (rule->where)
        sqlite3_str_appendf(select, " WHERE %s", rule->where);
    sqlite3_str_appendf(insert, "INSERT INTO main.\"%s\" (%s) VALUES (%s)",
                        rule->table, columns, sqlite3_str_value(t->values));
    if (sqlite3_str_length(t->updates) > 0)
        sqlite3_str_appendf(insert, " ON CONFLICT DO UPDATE SET %s",
                            sqlite3_str_value(t->updates));
}

static enum err_code prune(const struct merge *m, const struct store_rule *rule,
                           struct err *err)
{
    sqlite3_str *sql = sqlite3_str_new(m->db);
    sqlite3_str_appendf(sql,
                        "DELETE FROM main.\"%s\" WHERE rowid NOT IN"
                        " (SELECT rowid FROM main.\"%s\" ORDER BY %s)",
                        rule->table, rule->table, rule->only);
    return run(m, sql, err);
}

static enum err_code add_rows(const struct merge *m,
                              const struct store_rule *rule, const char *path,
                              sqlite3 *part, struct err *err)
{
    struct texts t = {sqlite3_str_new(m->db), sqlite3_str_new(m->db),
                      sqlite3_str_new(m->db), 0};
    sqlite3_str *select = sqlite3_str_new(part);
    sqlite3_str *insert = sqlite3_str_new(m->db);
    put_rule(&t, rule);
    put_texts(&t, rule, select, insert);
    sqlite3_free(sqlite3_str_finish(t.columns));
    sqlite3_free(sqlite3_str_finish(t.values));
    sqlite3_free(sqlite3_str_finish(t.updates));
    const enum err_code rc = copy_rows(m, path, part, select, insert, err);
    return rc == ERR_OK && rule->only ? prune(m, rule, err) : rc;
}

/* --- the two passes ------------------------------------------------------- */

static enum err_code first_pass(struct merge *m, size_t file, sqlite3 *part,
                                struct err *err)
{
    enum err_code rc = check_parts(m, file, part, err);
    for (size_t i = 0; i < NAMINGS && rc == ERR_OK; i++)
        rc = meet(m, &namings[i], m->paths[file], part, err);
    return rc;
}

static enum err_code second_pass(struct merge *m, size_t file, sqlite3 *part,
                                 struct err *err)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < NAMINGS && rc == ERR_OK; i++)
        rc = map(m, &namings[i], m->paths[file], part, err);
    size_t count;
    const struct store_rule *rules = store_rules(&count);
    for (size_t i = 0; i < count && rc == ERR_OK; i++)
        if (!rules[i].fixed)
            rc = add_rows(m, &rules[i], m->paths[file], part, err);
    return rc;
}

static enum err_code pass(struct merge *m,
                          enum err_code (*take)(struct merge *, size_t,
                                                sqlite3 *, struct err *),
                          struct err *err)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < m->count && rc == ERR_OK; i++) {
        struct store *part = NULL;
        rc = store_open(&part, m->paths[i], err);
        if (rc == ERR_OK)
            rc = take(m, i, store_handle(part), err);
        store_close(part);
    }
    return rc;
}

static enum err_code merge(struct merge *m, struct err *err)
{
    sqlite3_str *files = sqlite3_str_new(m->db);
    sqlite3_str_appendall(files, "CREATE TEMP TABLE file_of"
                                 " (identity PRIMARY KEY, file)");
    enum err_code rc = run(m, files, err);
    if (rc == ERR_OK)
        rc = add_functions(m, err);
    if (rc == ERR_OK)
        rc = make_names(m, err);
    if (rc == ERR_OK)
        rc = pass(m, first_pass, err);
    for (size_t i = 0; i < NAMINGS && rc == ERR_OK; i++)
        rc = number(m, &namings[i], err);
    return rc == ERR_OK ? pass(m, second_pass, err) : rc;
}

enum err_code store_merge(struct store *store, const char *const *paths,
                          size_t count, const volatile sig_atomic_t *stop,
                          struct err *err)
{
    struct merge m = {.store = store,
                      .db = store_handle(store),
                      .paths = paths,
                      .count = count,
                      .stop = stop};
    m.sum = malloc(sizeof *m.sum);
    if (!m.sum)
        return err_set(err, ERR_NOMEM, "no memory to merge histograms");
    const enum err_code rc = merge(&m, err);
    free(m.sum);
    return rc;
}
