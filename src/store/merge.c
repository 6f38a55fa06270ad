/* Two passes over the parts: the first collects what they name, the second
 * copies rows. Then what cuts went through is told as one. */
#include "store/merge.h"

#include "store/combine.h"
#include "store/copy.h"
#include "store/join.h"
#include "store/naming.h"
#include "store/rejoin.h"
#include "store/rows.h"
#include "util/hash.h"
#include "util/histogram.h"

struct merge {
    struct store_copy copy; /* from the part that is open */
    const char *const *paths;
    size_t count;
    int64_t timeout_ns, window_ns; /* of the first part */
    bool has_settings;
};

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
        return store_fail(m->copy.store, err);
    const int rc = sqlite3_step(seen);
    if (rc != SQLITE_ROW)
        return store_copy_blame(&m->copy, err);
    const int64_t first = sqlite3_column_int64(seen, 0);
    return first == (int64_t)file
               ? ERR_OK
               : err_set(err, ERR_INPUT,
                         "%.200s: holds a part that %.200s holds, too; a part "
                         "is merged once",
                         m->paths[file], m->paths[first]);
}

static enum err_code check_parts(struct merge *m, size_t file, struct err *err)
{
    sqlite3_stmt *rows = NULL, *seen = NULL;
    enum err_code rc = ERR_OK;
    int step = SQLITE_DONE;
    if (sqlite3_prepare_v2(m->copy.db,
                           "INSERT INTO temp.file_of (identity, file)"
                           " VALUES (?1, ?2)"
                           " ON CONFLICT DO UPDATE SET file = file"
                           " RETURNING file",
                           -1, &seen, NULL) != SQLITE_OK)
        rc = store_fail(m->copy.store, err);
    else if (sqlite3_prepare_v2(m->copy.part, parts_sql, -1, &rows, NULL) !=
             SQLITE_OK)
        rc = store_copy_refuse(&m->copy, err);
    while (rc == ERR_OK && (step = sqlite3_step(rows)) == SQLITE_ROW) {
        rc = check_settings(m, m->paths[file], rows, err);
        if (rc == ERR_OK)
            rc = check_first_time(m, file, rows, seen, err);
    }
    if (rc == ERR_OK && step != SQLITE_DONE)
        rc = store_copy_refuse(&m->copy, err);
    sqlite3_finalize(rows);
    sqlite3_finalize(seen);
    return rc;
}

/* --- the two passes ------------------------------------------------------- */

/* What parts of one database were joined already is so once less. */
static enum err_code first_pass(struct merge *m, size_t file, struct err *err)
{
    enum err_code rc = check_parts(m, file, err);
    if (rc == ERR_OK)
        rc = store_join_find(m->copy.db, m->copy.part, -1, err);
    return rc == ERR_OK ? store_naming_meet(&m->copy, err) : rc;
}

static enum err_code second_pass(struct merge *m, size_t file, struct err *err)
{
    (void)file;
    const enum err_code rc = store_naming_map(&m->copy, err);
    return rc == ERR_OK ? store_rows_add(&m->copy, err) : rc;
}

static enum err_code pass(struct merge *m,
                          enum err_code (*take)(struct merge *, size_t,
                                                struct err *),
                          struct err *err)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < m->count && rc == ERR_OK; i++) {
        struct store *part = NULL;
        rc = store_open(&part, m->paths[i], err);
        if (rc == ERR_OK) {
            m->copy.path = m->paths[i];
            m->copy.part = store_handle(part);
            rc = take(m, i, err);
        }
        store_close(part);
        m->copy.part = NULL;
    }
    return rc;
}

static enum err_code merge(struct merge *m, struct err *err)
{
    sqlite3_str *files = sqlite3_str_new(m->copy.db);
    sqlite3_str_appendall(files, "CREATE TEMP TABLE file_of"
                                 " (identity PRIMARY KEY, file)");
    enum err_code rc = store_copy_run(&m->copy, files, err);
    if (rc == ERR_OK)
        rc = store_combine_define(m->copy.db, err);
    if (rc == ERR_OK)
        rc = store_naming_begin(&m->copy, err);
    if (rc == ERR_OK)
        rc = pass(m, first_pass, err);
    if (rc == ERR_OK)
        rc = store_naming_number(&m->copy, err);
    if (rc == ERR_OK)
        rc = pass(m, second_pass, err);
    if (rc == ERR_OK)
        rc = store_join_find(m->copy.db, m->copy.db, 1, err);
    return rc == ERR_OK
               ? store_rejoin(&m->copy, m->timeout_ns, m->window_ns, err)
               : rc;
}

enum err_code store_merge(struct store *store, const char *const *paths,
                          size_t count, const volatile sig_atomic_t *stop,
                          struct err *err)
{
    struct merge m = {
        .copy = {.store = store, .db = store_handle(store), .stop = stop},
        .paths = paths,
        .count = count};
    return merge(&m, err);
}
