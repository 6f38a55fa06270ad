#include "store/rows.h"

#include <stdbool.h>
#include <string.h>

#include "store/rule.h"

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
                            /* the number 0 is that of no frame */
                            "iif(?%d = 0, 0, (SELECT new FROM temp.map_input"
                            " WHERE old = ?%d >> 40) << 40"
                            " | (?%d & 0xFFFFFFFFFF))",
                            at, at, at);
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

static void put_sum(struct texts *t, const struct store_rule *rule)
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

/* Only what adds up can be taken away: of the rest each value has been seen,
 * and stays. */
static void put_difference(struct texts *t, const struct store_rule *rule)
{
    struct store_column c;
    put_keys(t, rule->key);
    for (const char *list = rule->sum; store_rule_next(&list, &c);) {
        put_column(t, &c);
        sqlite3_str_appendf(t->values, "-?%d", t->count);
        put_update(t, &c, "coalesce(# + excluded.#, #, excluded.#)");
    }
    for (const char *list = rule->buckets; store_rule_next(&list, &c);) {
        put_column(t, &c);
        sqlite3_str_appendf(t->values, "?%d", t->count);
        put_update(t, &c, "less_buckets(#, excluded.#)");
    }
    const char *const kept[] = {rule->least_of, rule->greatest_of, rule->sketch,
                                rule->with_greatest, rule->with_least};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        put_each(t, kept[i], "#");
}

/* `table`: of the store, with its schema, by the name of the rule's. */
static void put_texts(const struct texts *t, const struct store_rule *rule,
                      const char *table, sqlite3_str *select,
                      sqlite3_str *insert)
{
    const char *columns = sqlite3_str_value(t->columns);
    sqlite3_str_appendf(select, "SELECT %s FROM main.\"%s\"", columns,
                        rule->table);
    if (rule->where)
        sqlite3_str_appendf(select, " WHERE %s", rule->where);
    sqlite3_str_appendf(insert, "INSERT INTO %s%s\" (%s) VALUES (%s)", table,
                        rule->table, columns, sqlite3_str_value(t->values));
    if (sqlite3_str_length(t->updates) > 0)
        sqlite3_str_appendf(insert, " ON CONFLICT DO UPDATE SET %s",
                            sqlite3_str_value(t->updates));
}

/* Rows that are told apart by all that they say are gathered, with how often
 * there is one more of each. */
static void put_change(const struct texts *t, const struct store_rule *rule,
                       int times, sqlite3_str *select, sqlite3_str *insert)
{
    const char *columns = sqlite3_str_value(t->columns);
    sqlite3_str_appendf(select, "SELECT %s FROM main.\"%s\"", columns,
                        rule->table);
    sqlite3_str_appendf(insert,
                        "INSERT INTO temp.\"change_%s\" (%s, times)"
                        " VALUES (%s, %d)",
                        rule->table, columns, sqlite3_str_value(t->values),
                        times);
}

static struct texts texts_new(const struct store_copy *c)
{
    return (struct texts){sqlite3_str_new(c->db), sqlite3_str_new(c->db),
                          sqlite3_str_new(c->db), 0};
}

static void texts_fini(struct texts *t)
{
    sqlite3_free(sqlite3_str_finish(t->columns));
    sqlite3_free(sqlite3_str_finish(t->values));
    sqlite3_free(sqlite3_str_finish(t->updates));
}

static enum err_code prune(const struct store_copy *c,
                           const struct store_rule *rule, struct err *err)
{
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql,
                        "DELETE FROM main.\"%s\" WHERE rowid NOT IN"
                        " (SELECT rowid FROM main.\"%s\" ORDER BY %s)",
                        rule->table, rule->table, rule->only);
    return store_copy_run(c, sql, err);
}

static enum err_code add(const struct store_copy *c,
                         const struct store_rule *rule, struct err *err)
{
    struct texts t = texts_new(c);
    sqlite3_str *select = sqlite3_str_new(c->part);
    sqlite3_str *insert = sqlite3_str_new(c->db);
    put_sum(&t, rule);
    put_texts(&t, rule, "main.\"", select, insert);
    texts_fini(&t);
    const enum err_code rc = store_copy_rows(c, select, insert, err);
    return rc == ERR_OK && rule->only ? prune(c, rule, err) : rc;
}

enum err_code store_rows_add(const struct store_copy *c, struct err *err)
{
    size_t count;
    enum err_code rc = ERR_OK;
    const struct store_rule *rules = store_rules(&count);
    for (size_t i = 0; i < count && rc == ERR_OK; i++)
        if (!rules[i].fixed)
            rc = add(c, &rules[i], err);
    return rc;
}

/* --- replays -------------------------------------------------------------- */

static bool is_listed(const char *list, const struct store_column *column)
{
    struct store_column c;
    while (store_rule_next(&list, &c))
        if (c.name_octets == column->name_octets &&
            memcmp(c.name, column->name, (size_t)c.name_octets) == 0)
            return true;
    return false;
}

/* The columns of a list but those of another, each by `form` with "#" for it. */
static void put_columns_but(sqlite3_str *sql, const char *list,
                            const char *others, const char *between,
                            const char *form)
{
    struct store_column c;
    const char *start = "";
    while (store_rule_next(&list, &c)) {
        if (is_listed(others, &c))
            continue;
        sqlite3_str_appendall(sql, start);
        start = between;
        for (const char *at = form; *at; at++) {
            if (*at == '#')
                sqlite3_str_appendf(sql, "\"%.*s\"", c.name_octets, c.name);
            else
                sqlite3_str_appendchar(sql, 1, *at);
        }
    }
}

static void put_columns(sqlite3_str *sql, const char *list, const char *between,
                        const char *form)
{
    put_columns_but(sql, list, NULL, between, form);
}

/* What tells a row apart: its key but for the ids. */
static void put_what(sqlite3_str *sql, const struct store_rule *rule,
                     const char *between, const char *form)
{
    put_columns_but(sql, rule->key, rule->beside, between, form);
}

static enum err_code change(const struct store_copy *c,
                            const struct store_rule *rule, int times,
                            struct err *err)
{
    struct texts t = texts_new(c);
    sqlite3_str *select = sqlite3_str_new(c->part);
    sqlite3_str *insert = sqlite3_str_new(c->db);
    if (times > 0 || rule->beside)
        put_sum(&t, rule);
    else
        put_difference(&t, rule);
    if (rule->beside)
        put_change(&t, rule, times, select, insert);
    else
        put_texts(&t, rule, "main.\"", select, insert);
    texts_fini(&t);
    return store_copy_rows(c, select, insert, err);
}

/* Calls `take` for each table whose rule is `wanted`. */
static enum err_code
each(const struct store_copy *c, bool (*wanted)(const struct store_rule *),
     enum err_code (*take)(const struct store_copy *, const struct store_rule *,
                           struct err *),
     struct err *err)
{
    size_t count;
    enum err_code rc = ERR_OK;
    const struct store_rule *rules = store_rules(&count);
    for (size_t i = 0; i < count && rc == ERR_OK; i++)
        if (wanted(&rules[i]))
            rc = take(c, &rules[i], err);
    return rc;
}

static bool has_beside(const struct store_rule *rule)
{
    return rule->beside;
}

static enum err_code make_change(const struct store_copy *c,
                                 const struct store_rule *rule, struct err *err)
{
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql,
                        "CREATE TEMP TABLE \"change_%s\" AS"
                        " SELECT *, 0 AS times FROM main.\"%s\" WHERE 0",
                        rule->table, rule->table);
    const enum err_code rc = store_copy_run(c, sql, err);
    if (rc != ERR_OK)
        return rc;
    sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql,
                        "CREATE INDEX temp.\"by_time_%s\""
                        " ON \"change_%s\" (time_ns)",
                        rule->table, rule->table);
    return store_copy_run(c, sql, err);
}

enum err_code store_rows_change(const struct store_copy *c, int times,
                                struct err *err)
{
    size_t count;
    enum err_code rc = ERR_OK;
    const struct store_rule *rules = store_rules(&count);
    for (size_t i = 0; i < count && rc == ERR_OK; i++)
        if (!rules[i].fixed && !rules[i].of_part)
            rc = change(c, &rules[i], times, err);
    return rc;
}

/* Whether its rows add up, and replays have some. */
static bool is_joined(const struct store_rule *rule)
{
    return rule->sum && !rule->fixed && !rule->of_part;
}

static enum err_code make_joint(const struct store_copy *c,
                                const struct store_rule *rule, struct err *err)
{
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql,
                        "CREATE TEMP TABLE \"joint_%s\" AS"
                        " SELECT * FROM main.\"%s\" WHERE 0",
                        rule->table, rule->table);
    const enum err_code rc = store_copy_run(c, sql, err);
    if (rc != ERR_OK)
        return rc;
    sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql,
                        "CREATE UNIQUE INDEX temp.\"key_of_joint_%s\""
                        " ON \"joint_%s\" (",
                        rule->table, rule->table);
    put_columns(sql, rule->key, ", ", "#");
    sqlite3_str_appendall(sql, ")");
    return store_copy_run(c, sql, err);
}

static enum err_code add_joint(const struct store_copy *c,
                               const struct store_rule *rule, struct err *err)
{
    struct texts t = texts_new(c);
    sqlite3_str *select = sqlite3_str_new(c->part);
    sqlite3_str *insert = sqlite3_str_new(c->db);
    put_sum(&t, rule);
    put_texts(&t, rule, "temp.\"joint_", select, insert);
    texts_fini(&t);
    return store_copy_rows(c, select, insert, err);
}

enum err_code store_rows_change_joint(const struct store_copy *c,
                                      struct err *err)
{
    const enum err_code rc = store_rows_change(c, 1, err);
    return rc == ERR_OK ? each(c, is_joined, add_joint, err) : rc;
}

/* The values beside the sums, where the sums are those of joints alone: halves
 * had others. */
static enum err_code adopt_joint(const struct store_copy *c,
                                 const struct store_rule *rule, struct err *err)
{
    const char *const rest[] = {rule->least_of, rule->greatest_of,
                                rule->with_greatest, rule->with_least};
    const char *between = "";
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql, "UPDATE main.\"%s\" AS r SET ", rule->table);
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        if (!rest[i])
            continue;
        sqlite3_str_appendall(sql, between);
        put_columns(sql, rest[i], ", ", "# = j.#");
        between = ", ";
    }
    if (!*between) { /* there are none */
        sqlite3_free(sqlite3_str_finish(sql));
        return ERR_OK;
    }
    sqlite3_str_appendf(sql, " FROM temp.\"joint_%s\" AS j WHERE ",
                        rule->table);
    put_columns(sql, rule->key, " AND ", "r.# = j.#");
    sqlite3_str_appendall(sql, " AND ");
    put_columns(sql, rule->sum, " AND ", "r.# IS j.#");
    return store_copy_run(c, sql, err);
}

enum err_code store_rows_begin_changes(const struct store_copy *c,
                                       struct err *err)
{
    const enum err_code rc = each(c, has_beside, make_change, err);
    return rc == ERR_OK ? each(c, is_joined, make_joint, err) : rc;
}

/* Rows that are gone: in the edges alone, and not as one. */
static enum err_code remove_changed(const struct store_copy *c,
                                    const struct store_rule *rule,
                                    struct err *err)
{
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql,
                        "DELETE FROM main.\"%s\" AS r WHERE EXISTS"
                        " (SELECT 1 FROM temp.\"change_%s\" AS c"
                        "  WHERE c.time_ns = r.time_ns AND ",
                        rule->table, rule->table);
    put_what(sql, rule, " AND ", "c.# IS r.#");
    sqlite3_str_appendall(sql, " GROUP BY ");
    put_what(sql, rule, ", ", "c.#");
    sqlite3_str_appendall(sql, " HAVING sum(times) < 0)");
    return store_copy_run(c, sql, err);
}

/* Rows that are new, under the ids of where they are. */
static enum err_code add_changed(const struct store_copy *c,
                                 const struct store_rule *rule, struct err *err)
{
    struct store_column id;
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql, "INSERT INTO main.\"%s\" (", rule->table);
    put_what(sql, rule, ", ", "#");
    for (const char *list = rule->beside; store_rule_next(&list, &id);)
        sqlite3_str_appendf(sql, ", \"%.*s\"", id.name_octets, id.name);
    sqlite3_str_appendall(sql, ") SELECT ");
    put_what(sql, rule, ", ", "#");
    for (const char *list = rule->beside; store_rule_next(&list, &id);)
        sqlite3_str_appendf(sql, ", max(\"%.*s\") FILTER (WHERE times > 0)",
                            id.name_octets, id.name);
    sqlite3_str_appendf(sql, " FROM temp.\"change_%s\" GROUP BY ", rule->table);
    put_what(sql, rule, ", ", "#");
    sqlite3_str_appendall(sql, " HAVING sum(times) > 0");
    const enum err_code rc = store_copy_run(c, sql, err);
    return rc == ERR_OK && rule->only ? prune(c, rule, err) : rc;
}

/* A half waits shorter than the whole. Where the least of a histogram was that
 * of one, it is now a joint's, if that is of the first bucket, else not longer
 * than that. */
static enum err_code mend_least(const struct store_copy *c,
                                const struct store_rule *rule, struct err *err)
{
    if (!rule->least)
        return ERR_OK;
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql,
                        "UPDATE main.\"%s\" AS r SET \"%s\" = coalesce("
                        "(SELECT j.\"%s\" FROM temp.\"joint_%s\" AS j"
                        " WHERE bucket_of(j.\"%s\") = first_bucket(r.\"%s\")"
                        " AND ",
                        rule->table, rule->least, rule->least, rule->table,
                        rule->least, rule->buckets);
    put_columns(sql, rule->key, " AND ", "r.# = j.#");
    sqlite3_str_appendf(sql,
                        "), (SELECT CAST(upper_seconds * 1e9 AS INTEGER)"
                        " FROM main.latency_bucket"
                        " WHERE bucket = first_bucket(r.\"%s\")))"
                        " WHERE bucket_of(\"%s\") < first_bucket(\"%s\")",
                        rule->buckets, rule->least, rule->buckets);
    return store_copy_run(c, sql, err);
}

/* Of the rows that add up, those that nothing is left of. */
static enum err_code remove_empty(const struct store_copy *c,
                                  const struct store_rule *rule,
                                  struct err *err)
{
    struct store_column column;
    const char *between = "";
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql, "DELETE FROM main.\"%s\" WHERE ", rule->table);
    for (const char *list = rule->sum; store_rule_next(&list, &column);) {
        sqlite3_str_appendf(sql, "%s\"%.*s\" <= 0", between, column.name_octets,
                            column.name);
        between = " AND ";
    }
    return store_copy_run(c, sql, err);
}

/* Transactions that are as they were may be of a lookup that is not. */
static const char lookups_sql[] =
    "UPDATE main.dns_transaction AS t SET lookup_id ="
    " (SELECT c.lookup_id FROM temp.change_dns_transaction AS c"
    "  WHERE c.time_ns = t.time_ns AND c.query_frame = t.query_frame"
    "   AND c.transaction_id <> t.transaction_id AND c.times > 0"
    "   AND c.lookup_id IN (SELECT lookup_id FROM main.dns_lookup))"
    " WHERE EXISTS (SELECT 1 FROM temp.change_dns_transaction AS c"
    "  WHERE c.time_ns = t.time_ns AND c.query_frame = t.query_frame)"
    "  AND lookup_id NOT IN (SELECT lookup_id FROM main.dns_lookup)";

enum err_code store_rows_end_changes(const struct store_copy *c, bool adopt,
                                     struct err *err)
{
    size_t count;
    enum err_code rc = each(c, has_beside, remove_changed, err);
    if (rc == ERR_OK)
        rc = each(c, has_beside, add_changed, err);
    if (rc == ERR_OK && adopt)
        rc = each(c, is_joined, adopt_joint, err);
    if (rc == ERR_OK)
        rc = each(c, is_joined, mend_least, err);
    const struct store_rule *rules = store_rules(&count);
    for (size_t i = 0; i < count && rc == ERR_OK; i++)
        if (rules[i].passes)
            rc = remove_empty(c, &rules[i], err);
    if (rc != ERR_OK)
        return rc;
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendall(sql, lookups_sql);
    return store_copy_run(c, sql, err);
}
