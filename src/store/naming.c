/* Two passes over the sources, since what a number stands for has to be known
 * from all of them before one is given. */
#include "store/naming.h"

#include <stdbool.h>
#include <string.h>

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

enum err_code store_naming_begin(const struct store_copy *c, struct err *err)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < NAMINGS && rc == ERR_OK; i++) {
        const char *mark = namings[i].mark;
        sqlite3_str *sql = sqlite3_str_new(c->db);
        sqlite3_str_appendf(sql,
                            "CREATE TEMP TABLE met_%s (a, b, c, d,"
                            " PRIMARY KEY (a, b, c, d)) WITHOUT ROWID",
                            mark);
        rc = store_copy_run(c, sql, err);
        if (rc != ERR_OK)
            break;
        sql = sqlite3_str_new(c->db);
        sqlite3_str_appendf(sql,
                            "CREATE TEMP TABLE map_%s"
                            " (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)",
                            mark);
        rc = store_copy_run(c, sql, err);
    }
    return rc;
}

static enum err_code meet(const struct store_copy *c,
                          const struct naming *naming, struct err *err)
{
    sqlite3_str *select = sqlite3_str_new(c->part);
    sqlite3_str *insert = sqlite3_str_new(c->db);
    sqlite3_str_appendall(select, naming->sql);
    sqlite3_str_appendf(insert,
                        "INSERT OR IGNORE INTO temp.met_%s"
                        " SELECT ?2, ?3, ?4, ?5 WHERE ?1 IS NOT NULL",
                        naming->mark);
    return store_copy_rows(c, select, insert, err);
}

static enum err_code number(const struct store_copy *c,
                            const struct naming *naming, struct err *err)
{
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql,
                        "CREATE TEMP TABLE name_%s AS SELECT a, b, c, d,"
                        " row_number() OVER (ORDER BY a, b, c, d) - 1 + %s"
                        " AS id FROM temp.met_%s",
                        naming->mark, naming->first, naming->mark);
    enum err_code rc = store_copy_run(c, sql, err);
    if (rc != ERR_OK)
        return rc;
    sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql,
                        "CREATE UNIQUE INDEX temp.by_name_%s"
                        " ON name_%s (a, b, c, d, id)",
                        naming->mark, naming->mark);
    rc = store_copy_run(c, sql, err);
    if (rc != ERR_OK)
        return rc;
    sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql, "DELETE FROM temp.met_%s", naming->mark);
    return store_copy_run(c, sql, err);
}

static enum err_code map(const struct store_copy *c,
                         const struct naming *naming, struct err *err)
{
    sqlite3_str *clear = sqlite3_str_new(c->db);
    sqlite3_str_appendf(clear, "DELETE FROM temp.map_%s", naming->mark);
    const enum err_code rc = store_copy_run(c, clear, err);
    if (rc != ERR_OK)
        return rc;
    sqlite3_str *select = sqlite3_str_new(c->part);
    sqlite3_str *insert = sqlite3_str_new(c->db);
    sqlite3_str_appendall(select, naming->sql);
    sqlite3_str_appendf(insert,
                        "INSERT INTO temp.map_%s"
                        " SELECT ?1, id FROM temp.name_%s"
                        " WHERE a = ?2 AND b = ?3 AND c = ?4 AND d = ?5",
                        naming->mark, naming->mark);
    return store_copy_rows(c, select, insert, err);
}

static enum err_code each(const struct store_copy *c,
                          enum err_code (*take)(const struct store_copy *,
                                                const struct naming *,
                                                struct err *),
                          struct err *err)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < NAMINGS && rc == ERR_OK; i++)
        rc = take(c, &namings[i], err);
    return rc;
}

enum err_code store_naming_meet(const struct store_copy *c, struct err *err)
{
    return each(c, meet, err);
}

enum err_code store_naming_number(const struct store_copy *c, struct err *err)
{
    return each(c, number, err);
}

enum err_code store_naming_map(const struct store_copy *c, struct err *err)
{
    return each(c, map, err);
}

/* --- replays -------------------------------------------------------------- */

/* What the source has and nobody had gets the next numbers, in order. */
static enum err_code number_new(const struct store_copy *c,
                                const struct naming *naming, struct err *err)
{
    enum err_code rc = meet(c, naming, err);
    if (rc != ERR_OK)
        return rc;
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(
        sql,
        "INSERT INTO temp.name_%s"
        " SELECT a, b, c, d, row_number() OVER (ORDER BY a, b, c, d)"
        "  + (SELECT max(id) FROM temp.name_%s)"
        " FROM (SELECT a, b, c, d FROM temp.met_%s"
        "  AS m WHERE NOT EXISTS (SELECT 1 FROM temp.name_%s AS n"
        "   WHERE n.a = m.a AND n.b = m.b AND n.c = m.c AND n.d = m.d))",
        naming->mark, naming->mark, naming->mark, naming->mark);
    rc = store_copy_run(c, sql, err);
    if (rc != ERR_OK)
        return rc;
    sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql, "DELETE FROM temp.met_%s", naming->mark);
    return store_copy_run(c, sql, err);
}

static bool is_mark(const struct naming *naming, const char *mark)
{
    return strcmp(naming->mark, mark) == 0;
}

enum err_code store_naming_map_replay(const struct store_copy *c,
                                      int64_t part_id, struct err *err)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < NAMINGS && rc == ERR_OK; i++) {
        if (is_mark(&namings[i], "part") || is_mark(&namings[i], "input"))
            continue;
        rc = number_new(c, &namings[i], err);
        if (rc == ERR_OK)
            rc = map(c, &namings[i], err);
    }
    if (rc != ERR_OK)
        return rc;
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendf(sql, "REPLACE INTO temp.map_part VALUES (1, %lld)",
                        (long long)part_id);
    rc = store_copy_run(c, sql, err);
    if (rc != ERR_OK)
        return rc;
    sql = sqlite3_str_new(c->db);
    sqlite3_str_appendall(sql, "REPLACE INTO temp.map_input"
                               " SELECT id, id FROM temp.name_input");
    return store_copy_run(c, sql, err);
}
