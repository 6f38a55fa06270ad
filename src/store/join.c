#include "store/join.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/tape.h"
#include "util/bytes.h"

/* As the exchange has it: what is set back no further is in order. */
static const int64_t slack_ns = INT64_C(1000000000);

enum { NOBODY = -1 };

struct part {
    char *identity;
    int64_t first_ns, last_ns;
    int next, before; /* places in the list, or NOBODY */
    bool is_whole;
};

struct list {
    struct part *parts; /* by the time of their first frame */
    int count, capacity;
};

static void list_fini(struct list *l)
{
    for (int i = 0; i < l->count; i++)
        free(l->parts[i].identity);
    free(l->parts);
}

static bool add_part(struct list *l, sqlite3_stmt *row)
{
    if (l->count == l->capacity) {
        const int capacity = l->capacity ? 2 * l->capacity : 16;
        struct part *grown =
            realloc(l->parts, (size_t)capacity * sizeof *l->parts);
        if (!grown)
            return false;
        l->parts = grown;
        l->capacity = capacity;
    }
    const char *identity = (const char *)sqlite3_column_text(row, 0);
    l->parts[l->count] = (struct part){
        .identity = identity ? strdup(identity) : NULL,
        .first_ns = sqlite3_column_int64(row, 1),
        .last_ns = sqlite3_column_int64(row, 2),
        .is_whole = sqlite3_column_int(row, 3),
        .next = NOBODY,
        .before = NOBODY,
    };
    return l->parts[l->count].identity && ++l->count;
}

static enum err_code read_parts(struct list *l, sqlite3 *db, struct err *err)
{
    sqlite3_stmt *rows = NULL;
    int rc = sqlite3_prepare_v2(
        db,
        "SELECT p.identity, p.first_ns, p.last_ns, max(e.side = 'whole')"
        " FROM main.part AS p JOIN main.edge AS e USING (part_id)"
        " WHERE p.first_ns IS NOT NULL AND p.last_ns IS NOT NULL"
        /* differences of these do not overflow */
        "  AND p.first_ns BETWEEN -(1 << 61) AND 1 << 61"
        "  AND p.last_ns BETWEEN -(1 << 61) AND 1 << 61"
        " GROUP BY part_id ORDER BY p.first_ns, p.identity",
        -1, &rows, NULL);
    bool has_room = true;
    while (rc == SQLITE_OK && has_room && sqlite3_step(rows) == SQLITE_ROW)
        has_room = add_part(l, rows);
    const int end = sqlite3_finalize(rows);
    if (!has_room)
        return err_set(err, ERR_NOMEM, "no memory for a list of parts");
    rc = rc == SQLITE_OK ? end : rc;
    return rc == SQLITE_OK
               ? ERR_OK
               : err_set(err, ERR_INPUT, "the parts: %s", sqlite3_errmsg(db));
}

/* The first behind `i` that begins at its end or later, in the list's order. */
static int next_of(const struct list *l, int i)
{
    int low = i + 1, high = l->count;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (l->parts[middle].first_ns - l->parts[i].last_ns < -slack_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low < l->count && l->parts[low].first_ns - l->parts[i].last_ns <=
                                 EXCHANGE_TAPE_NS
               ? low
               : NOBODY;
}

static void link_parts(struct list *l)
{
    for (int i = 0; i < l->count; i++) {
        const int next = next_of(l, i);
        if (next == NOBODY)
            continue;
        const int rival = l->parts[next].before;
        if (rival != NOBODY && l->parts[rival].last_ns > l->parts[i].last_ns)
            continue;
        if (rival != NOBODY)
            l->parts[rival].next = NOBODY;
        l->parts[next].before = i;
        l->parts[i].next = next;
    }
}

/* --- the tables ----------------------------------------------------------- */

static const char tables_sql[] =
    "CREATE TEMP TABLE IF NOT EXISTS joint"
    " (joint TEXT PRIMARY KEY, times INTEGER NOT NULL);"
    "CREATE TEMP TABLE IF NOT EXISTS joint_place"
    " (joint TEXT NOT NULL, place INTEGER NOT NULL, identity TEXT NOT NULL,"
    "  side TEXT NOT NULL, PRIMARY KEY (joint, place))";

struct inserts {
    sqlite3 *db;
    sqlite3_stmt *joint, *place;
    int times;
};

static bool prepare(struct inserts *in)
{
    return sqlite3_exec(in->db, tables_sql, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(in->db,
                              "INSERT INTO temp.joint VALUES (?1, ?2)"
                              " ON CONFLICT DO UPDATE"
                              " SET times = times + excluded.times",
                              -1, &in->joint, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(in->db,
                              "INSERT OR IGNORE INTO temp.joint_place"
                              " VALUES (?1, ?2, ?3, ?4)",
                              -1, &in->place, NULL) == SQLITE_OK;
}

static bool run(sqlite3_stmt *statement)
{
    const int rc = sqlite3_step(statement);
    sqlite3_reset(statement);
    return rc == SQLITE_DONE;
}

/* The identities from `first` to `last`, by which a joint is known. */
static char *name_joint(const struct list *l, int first, int last)
{
    sqlite3_str *text = sqlite3_str_new(NULL);
    for (int i = first;; i = l->parts[i].next) {
        sqlite3_str_appendf(text, "%s ", l->parts[i].identity);
        if (i == last)
            return sqlite3_str_finish(text);
    }
}

static const char *side_of(const struct part *p, bool is_first)
{
    return p->is_whole ? "whole" : is_first ? "tail" : "head";
}

static bool insert_joint(const struct inserts *in, const struct list *l,
                         int first, int last)
{
    char *name = name_joint(l, first, last);
    bool ok = name &&
              sqlite3_bind_text(in->joint, 1, name, -1, SQLITE_TRANSIENT) ==
                  SQLITE_OK &&
              sqlite3_bind_int(in->joint, 2, in->times) == SQLITE_OK &&
              run(in->joint) &&
              sqlite3_bind_text(in->place, 1, name, -1, SQLITE_TRANSIENT) ==
                  SQLITE_OK;
    sqlite3_free(name);
    int place = 0;
    for (int i = first; ok; i = l->parts[i].next) {
        const struct part *p = &l->parts[i];
        ok = sqlite3_bind_int(in->place, 2, place++) == SQLITE_OK &&
             sqlite3_bind_text(in->place, 3, p->identity, -1,
                               SQLITE_TRANSIENT) == SQLITE_OK &&
             sqlite3_bind_text(in->place, 4, side_of(p, i == first), -1,
                               SQLITE_STATIC) == SQLITE_OK &&
             run(in->place);
        if (i == last)
            return ok;
    }
    return false;
}

/* From each part that has an edge of its own to begin with, to the next one
 * that has, over all short ones between. */
static bool insert_joints(const struct inserts *in, const struct list *l)
{
    for (int i = 0; i < l->count; i++) {
        const struct part *p = &l->parts[i];
        if (p->next == NOBODY || (p->is_whole && p->before != NOBODY))
            continue;
        int last = p->next;
        while (l->parts[last].is_whole && l->parts[last].next != NOBODY)
            last = l->parts[last].next;
        if (!insert_joint(in, l, i, last))
            return false;
    }
    return true;
}

enum err_code store_join_find(sqlite3 *db, sqlite3 *part, int times,
                              struct err *err)
{
    struct list l = {.parts = NULL};
    struct inserts in = {.db = db, .times = times};
    enum err_code rc = read_parts(&l, part, err);
    if (rc == ERR_OK) {
        link_parts(&l);
        if (!prepare(&in) || !insert_joints(&in, &l))
            rc = err_set(err, ERR_STORE, "the joints of parts: %s",
                         sqlite3_errmsg(db));
    }
    sqlite3_finalize(in.joint);
    sqlite3_finalize(in.place);
    list_fini(&l);
    return rc;
}
