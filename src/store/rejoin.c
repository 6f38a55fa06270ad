#include "store/rejoin.h"

#include "store/naming.h"
#include "store/replay.h"
#include "store/rows.h"

/* The first id of the lookups of a replay: beside those that its part gave, and
 * apart by what is played. */
static const uint32_t joint_ids = UINT32_C(4) << 29,
                      tail_ids = UINT32_C(5) << 29,
                      head_ids = UINT32_C(6) << 29;

/* What is played of a joint: all of it as one, or a place of it. */
enum { ALL_PLACES = -1 };

struct joint {
    const char *name;
    int64_t timeout_ns, window_ns;
    int times, places;
    bool transactions; /* of all parts there are rows of transactions */
};

/* Its edges, piece by piece. */
enum { PLACE, PART, FIRST_INPUT, END, OCTETS, PATH };
static const char edges_sql[] =
    "SELECT q.place, p.part_id,"
    " (SELECT min(input_id) FROM main.input AS i WHERE i.part_id = p.part_id),"
    " iif(q.side = 'head', e.last_ns, p.last_ns), e.octets,"
    " (SELECT i.path FROM main.input AS i WHERE i.part_id = p.part_id"
    "  ORDER BY i.input_id LIMIT 1)"
    " FROM temp.joint_place AS q JOIN main.part AS p USING (identity)"
    " JOIN main.edge AS e ON e.part_id = p.part_id AND e.side = q.side"
    " WHERE q.joint = ?1 AND ?2 IN (-1, q.place)"
    " ORDER BY q.place, e.piece";

/* What was played last: when it ended, of which part it is. Of a joint that is
 * its second part, since no other joint has that in this place. */
struct played {
    int64_t end_ns, part_id;
};

static enum err_code play_row(struct store_replay *replay, sqlite3_stmt *row,
                              struct played *played, struct err *err)
{
    const struct bytes octets = {sqlite3_column_blob(row, OCTETS),
                                 (size_t)sqlite3_column_bytes(row, OCTETS)};
    if (sqlite3_column_int(row, PLACE) < 2)
        played->part_id = sqlite3_column_int64(row, PART);
    played->end_ns = sqlite3_column_int64(row, END);
    const enum err_code rc = store_replay_play(
        replay, octets, (uint32_t)sqlite3_column_int(row, FIRST_INPUT), err);
    const char *path = (const char *)sqlite3_column_text(row, PATH);
    return rc == ERR_OK
               ? rc
               : err_set(err, rc, "the part of %.300s: its edge is not one",
                         path ? path : "no capture");
}

static enum err_code play(const struct store_copy *c, const struct joint *j,
                          int place, struct store_replay *replay,
                          struct played *played, struct err *err)
{
    sqlite3_stmt *rows = NULL;
    if (sqlite3_prepare_v2(c->db, edges_sql, -1, &rows, NULL) != SQLITE_OK ||
        sqlite3_bind_text(rows, 1, j->name, -1, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_bind_int(rows, 2, place) != SQLITE_OK) {
        sqlite3_finalize(rows);
        return store_fail(c->store, err);
    }
    enum err_code rc = ERR_OK;
    while (rc == ERR_OK && sqlite3_step(rows) == SQLITE_ROW)
        rc = c->stop && *c->stop
                 ? err_set(err, ERR_INPUT, "stopped by a signal")
                 : play_row(replay, rows, played, err);
    const int end = sqlite3_finalize(rows);
    return rc == ERR_OK && end != SQLITE_OK ? store_fail(c->store, err) : rc;
}

static enum err_code change(const struct store_copy *c, struct store *from,
                            int64_t part_id, bool is_joint, int times,
                            struct err *err)
{
    const struct store_copy copy = {
        .store = c->store,
        .db = c->db,
        .stop = c->stop,
        .path = "what was played again",
        .part = store_handle(from),
    };
    const enum err_code rc = store_naming_map_replay(&copy, part_id, err);
    if (rc != ERR_OK)
        return rc;
    return is_joint && times > 0 ? store_rows_change_joint(&copy, err)
                                 : store_rows_change(&copy, times, err);
}

/* A place of it alone, or all as one. */
static enum err_code replay(const struct store_copy *c, const struct joint *j,
                            int place, int times, struct err *err)
{
    const struct store_replay_options options = {
        .timeout_ns = j->timeout_ns,
        .window_ns = j->window_ns,
        .transactions = j->transactions,
        .first_id = place == ALL_PLACES ? joint_ids
                    : place == 0        ? tail_ids
                                        : head_ids,
    };
    struct store_replay *replay = NULL;
    struct store *from = NULL;
    struct played played = {0, 0};
    enum err_code rc = store_replay_open(&replay, &options, err);
    if (rc == ERR_OK)
        rc = play(c, j, place, replay, &played, err);
    if (rc == ERR_OK)
        rc = store_replay_end(replay, played.end_ns, &from, err);
    if (rc == ERR_OK)
        rc = change(c, from, played.part_id, place == ALL_PLACES, times, err);
    store_replay_close(replay);
    return rc;
}

/* What is added goes first, so that nothing is ever less than nothing. */
static enum err_code rejoin(const struct store_copy *c, const struct joint *j,
                            struct err *err)
{
    enum err_code rc = ERR_OK;
    if (j->times > 0)
        rc = replay(c, j, ALL_PLACES, 1, err);
    for (int i = 0; i < j->places && rc == ERR_OK; i++)
        rc = replay(c, j, i, -j->times, err);
    if (rc == ERR_OK && j->times < 0)
        rc = replay(c, j, ALL_PLACES, -1, err);
    return rc;
}

static const char joints_sql[] =
    "SELECT j.joint, j.times, count(DISTINCT q.place), min(e.transactions)"
    " FROM temp.joint AS j JOIN temp.joint_place AS q USING (joint)"
    " JOIN main.part AS p USING (identity)"
    " JOIN main.edge AS e ON e.part_id = p.part_id AND e.side = q.side"
    " WHERE j.times <> 0 GROUP BY j.joint ORDER BY j.times, j.joint";

static const char count_sql[] =
    "INSERT INTO main.counter SELECT 'joined_cuts', count(*)"
    " FROM temp.joint AS j JOIN temp.joint_place AS q USING (joint)"
    " WHERE j.times >= 0 AND q.place > 0 HAVING count(*) > 0";

/* Parts whose edges overlap, so that two joints hold the same. */
static const char overlaps_sql[] =
    "SELECT EXISTS (SELECT 1 FROM main.edge AS h JOIN main.edge AS t"
    " USING (part_id) WHERE h.side = 'head' AND t.side = 'tail'"
    "  AND t.first_ns <= h.last_ns)";

static enum err_code has_overlap(const struct store_copy *c, bool *out,
                                 struct err *err)
{
    sqlite3_stmt *row = NULL;
    const bool ok =
        sqlite3_prepare_v2(c->db, overlaps_sql, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW;
    *out = ok && sqlite3_column_int(row, 0);
    const enum err_code rc = ok ? ERR_OK : store_fail(c->store, err);
    sqlite3_finalize(row);
    return rc;
}

static enum err_code end(const struct store_copy *c, struct err *err)
{
    bool overlap = false;
    enum err_code rc = has_overlap(c, &overlap, err);
    if (rc == ERR_OK)
        rc = store_rows_end_changes(c, !overlap, err);
    if (rc != ERR_OK)
        return rc;
    sqlite3_str *sql = sqlite3_str_new(c->db);
    sqlite3_str_appendall(sql, count_sql);
    return store_copy_run(c, sql, err);
}

enum err_code store_rejoin(const struct store_copy *c, int64_t timeout_ns,
                           int64_t window_ns, struct err *err)
{
    sqlite3_stmt *rows = NULL;
    enum err_code rc = store_rows_begin_changes(c, err);
    if (rc != ERR_OK)
        return rc;
    if (sqlite3_prepare_v2(c->db, joints_sql, -1, &rows, NULL) != SQLITE_OK)
        return store_fail(c->store, err);
    int step = SQLITE_DONE;
    while (rc == ERR_OK && (step = sqlite3_step(rows)) == SQLITE_ROW) {
        const struct joint j = {
            .name = (const char *)sqlite3_column_text(rows, 0),
            .timeout_ns = timeout_ns,
            .window_ns = window_ns,
            .times = sqlite3_column_int(rows, 1) < 0 ? -1 : 1,
            .places = sqlite3_column_int(rows, 2),
            .transactions = sqlite3_column_int(rows, 3),
        };
        rc = rejoin(c, &j, err);
    }
    sqlite3_finalize(rows);
    if (rc == ERR_OK && step != SQLITE_DONE)
        rc = store_fail(c->store, err);
    return rc == ERR_OK ? end(c, err) : rc;
}
