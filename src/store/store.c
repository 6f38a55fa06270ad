#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "store/batch.h"
#include "store/place.h"
#include "store/rival.h"
#include "store/schema.h"
#include "store/trust.h"
#include "util/histogram.h"

enum { TABLES = 40 }; /* more than schema.sql has */

struct insert {
    const char *table;       /* the caller's literal */
    sqlite3_stmt *statement; /* takes what waits in the batch */
    size_t columns;
    struct store_batch batch;
};

struct store {
    sqlite3 *db;
    char *name;               /* for errors: its path or "temporary database" */
    struct store_place place; /* unused by the opened and the temporary */
    struct insert inserts[TABLES];
    size_t insert_count;
    size_t last; /* the insert used last: rows come table by table */
    struct store_batch *shown; /* to the statement that runs */
};

/* A store that is not finished is thrown away, so nothing is journaled while
 * it is filled, and it is synced once, when it is published. Pages beyond the
 * cache (in KiB when negative) go to the file. The number is STORE_SCHEMA; a
 * test compares. */
static const char loading_sql[] = "PRAGMA journal_mode = OFF;"
                                  "PRAGMA synchronous = OFF;"
                                  "PRAGMA cache_size = -8192;"
                                  "PRAGMA user_version = 3;"
                                  "BEGIN;";

/* The transactions of a lookup, and their further messages, are what is looked
 * for by something else than a primary key. An index on names would cost more than it serves: one
 * second for a million names, against one scan by whoever asks. */
static const char sealing_sql[] =
    "CREATE INDEX dns_transaction_lookup ON dns_transaction (lookup_id);"
    "CREATE INDEX dns_message_sender ON dns_message"
    " (client_id, client_port, message_id);";

/* All is one transaction, since each commit writes pages that the next writes
 * again. Only what is whole bears our mark, STORE_APPLICATION_ID: what a killed
 * process leaves is not taken for a database of ours, however much is there. */
static const char publishing_sql[] = "COMMIT;"
                                     "PRAGMA application_id = 0x57444E53;";

/* What the disk refuses is an output that could not be written; the rest is
 * between SQLite and us. `system`: an errno, or 0. */
static enum err_code fail_because(const struct store *store, int system,
                                  struct err *err)
{
    switch (sqlite3_errcode(store->db)) {
    case SQLITE_NOMEM:
        return err_set(err, ERR_NOMEM, "%s: out of memory", store->name);
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return err_set(err, ERR_OUTPUT, "%s: %s%s%s", store->name,
                       sqlite3_errmsg(store->db), system ? ": " : "",
                       system ? strerror(system) : "");
    default:
        return err_set(err, ERR_STORE, "%s: %s", store->name,
                       sqlite3_errmsg(store->db));
    }
}

static enum err_code fail(const struct store *store, struct err *err)
{
    return fail_because(store, sqlite3_system_errno(store->db), err);
}

/* Of a commit that failed SQLite does not keep the reason; errno still has it. */
static enum err_code run(struct store *store, const char *sql, struct err *err)
{
    errno = 0;
    if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return ERR_OK;
    const int why = errno, kept = sqlite3_system_errno(store->db);
    return fail_because(store, kept ? kept : why, err);
}

/* SQLite gives some names a meaning of their own (":memory:", "file:..."); a
 * path with a slash has none. */
static enum err_code open_database(struct store *store, const char *path,
                                   int flags, struct err *err)
{
    char *safe = path[0] == '\0' || path[0] == '/'
                     ? sqlite3_mprintf("%s", path)
                     : sqlite3_mprintf("./%s", path);
    if (!safe)
        return err_set(err, ERR_NOMEM, "%s: out of memory", store->name);
    const int rc =
        sqlite3_open_v2(safe, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    sqlite3_free(safe);
    return rc == SQLITE_OK ? ERR_OK : fail(store, err);
}

/* --- filling ------------------------------------------------------------- */

/* How many columns `table` has; 0 when there is no such table. */
static size_t column_count(sqlite3 *db, const char *table)
{
    sqlite3_stmt *statement = NULL;
    size_t count = 0;
    if (sqlite3_prepare_v2(db, "SELECT count(*) FROM pragma_table_info(?1)", -1,
                           &statement, NULL) == SQLITE_OK &&
        sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC) ==
            SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        count = (size_t)sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

static int prepare_insert(sqlite3 *db, struct insert *insert)
{
    sqlite3_str *sql = sqlite3_str_new(db);
    sqlite3_str_appendf(sql, "INSERT INTO %s SELECT c0", insert->table);
    for (size_t i = 1; i < insert->columns; i++)
        sqlite3_str_appendf(sql, ", c%d", (int)i);
    sqlite3_str_appendall(sql, " FROM batch");
    char *text = sqlite3_str_finish(sql);
    if (!text)
        return SQLITE_NOMEM;
    const int rc = sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT,
                                      &insert->statement, NULL);
    sqlite3_free(text);
    return rc;
}

static struct insert *find_insert(struct store *store, const char *table)
{
    for (size_t i = 0; i < store->insert_count; i++) {
        if (strcmp(store->inserts[i].table, table) == 0) {
            store->last = i;
            return &store->inserts[i];
        }
    }
    return NULL;
}

static enum err_code add_insert(struct store *store, const char *table,
                                struct insert **out, struct err *err)
{
    struct insert insert = {.table = table,
                            .columns = column_count(store->db, table)};
    if (insert.columns == 0 || insert.columns > STORE_BATCH_COLUMNS ||
        store->insert_count == TABLES)
        return err_set(err, ERR_INTERNAL, "%s: there is no table %s",
                       store->name, table);
    if (prepare_insert(store->db, &insert) != SQLITE_OK)
        return fail(store, err);
    store->last = store->insert_count++;
    *out = &store->inserts[store->last];
    **out = insert;
    return ERR_OK;
}

/* Inserts the rows that wait for a table. */
static enum err_code flush(struct store *store, struct insert *insert,
                           struct err *err)
{
    if (insert->batch.rows == 0)
        return ERR_OK;
    store->shown = &insert->batch;
    const int rc = sqlite3_step(insert->statement);
    const enum err_code result = rc == SQLITE_DONE ? ERR_OK : fail(store, err);
    sqlite3_reset(insert->statement);
    store_batch_clear(&insert->batch);
    return result;
}

static enum err_code sink_row(void *context, const char *table,
                              const struct facts_value *values, size_t count,
                              struct err *err)
{
    struct store *store = context;
    struct insert *insert = &store->inserts[store->last];
    enum err_code rc = ERR_OK;
    if (insert->table != table)
        insert = find_insert(store, table);
    if (!insert)
        rc = add_insert(store, table, &insert, err);
    if (rc != ERR_OK)
        return rc;
    if (count != insert->columns)
        return err_set(err, ERR_INTERNAL,
                       "%s: a row of %zu values for table %s, which has %zu "
                       "columns",
                       store->name, count, table, insert->columns);
    if (store_batch_is_full(&insert->batch, count))
        rc = flush(store, insert, err);
    if (rc == ERR_OK && !store_batch_add(&insert->batch, values, count))
        rc = err_set(err, ERR_NOMEM, "%s: out of memory", store->name);
    return rc;
}

struct facts_sink store_sink(struct store *store)
{
    return (struct facts_sink){.context = store, .row = sink_row};
}

/* The views run where SQLite has no exp2(). */
static enum err_code fill_latency_bucket(struct store *store, struct err *err)
{
    enum err_code rc = ERR_OK;
    for (int i = HISTOGRAM_LOWEST; i <= HISTOGRAM_HIGHEST && rc == ERR_OK;
         i++) {
        const struct facts_value row[] = {
            facts_integer(i),
            facts_real(exp2((i + 0.5) / 32)),
            facts_real(exp2((i + 1) / 32.0)),
        };
        rc = sink_row(store, "latency_bucket", row, 3, err);
    }
    return rc;
}

/* --- public -------------------------------------------------------------- */

void store_prepare(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static struct store *new_store(const char *name)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return NULL;
    store->name = strdup(name);
    if (store->name)
        return store;
    store_close(store);
    return NULL;
}

static enum err_code create(struct store *store, const char *path, bool force,
                            struct err *err)
{
    enum err_code rc = ERR_OK;
    if (path)
        rc = store_place_open(&store->place, path, force, err);
    if (rc == ERR_OK && path)
        rc = store_rival_check(path, err);
    if (rc == ERR_OK)
        rc = path ? open_database(store, store->place.temporary,
                                  SQLITE_OPEN_READWRITE, err)
                  : open_database(store, "",
                                  SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                  err);
    if (rc == ERR_OK)
        rc = run(store, loading_sql, err);
    if (rc == ERR_OK)
        rc = run(store, store_schema_sql, err);
    if (rc == ERR_OK &&
        store_batch_define(store->db, &store->shown) != SQLITE_OK)
        rc = fail(store, err);
    if (rc == ERR_OK)
        rc = fill_latency_bucket(store, err);
    return rc;
}

enum err_code store_create(struct store **out, const char *path, bool force,
                           struct err *err)
{
    struct store *store = new_store(path ? path : "temporary database");
    if (!store)
        return err_set(err, ERR_NOMEM, "store: out of memory");
    const enum err_code rc = create(store, path, force, err);
    if (rc == ERR_OK)
        *out = store;
    else
        store_close(store);
    return rc;
}

enum err_code store_open(struct store **out, const char *path, struct err *err)
{
    struct store *store = new_store(path);
    if (!store)
        return err_set(err, ERR_NOMEM, "store: out of memory");
    enum err_code rc = open_database(store, path, SQLITE_OPEN_READONLY, err);
    if (rc == ERR_OK)
        sqlite3_busy_timeout(store->db, STORE_LOCK_MS);
    if (rc == ERR_OK)
        rc = store_trust(store->db, path, err);
    else if (rc == ERR_OUTPUT) /* here it is an input */
        rc = err_set(err, ERR_INPUT, "%s: %s", path, sqlite3_errmsg(store->db));
    if (rc == ERR_OK)
        *out = store;
    else
        store_close(store);
    return rc;
}

static void end_inserts(struct store *store)
{
    for (size_t i = 0; i < store->insert_count; i++) {
        sqlite3_finalize(store->inserts[i].statement);
        store_batch_fini(&store->inserts[i].batch);
    }
    store->insert_count = 0;
    store->last = 0;
    store->inserts[0] = (struct insert){0};
}

void store_close(struct store *store)
{
    if (!store)
        return;
    end_inserts(store);
    sqlite3_close(store->db);
    store_place_close(&store->place);
    free(store->name);
    free(store);
}

enum err_code store_seal(struct store *store, struct err *err)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < store->insert_count && rc == ERR_OK; i++)
        rc = flush(store, &store->inserts[i], err);
    end_inserts(store);
    return rc == ERR_OK ? run(store, sealing_sql, err) : rc;
}

/* Behind blanks and comments. */
static const char *statement_start(const char *sql)
{
    for (;;) {
        sql += strspn(sql, " \t\r\n");
        if (strncmp(sql, "--", 2) != 0)
            return sql;
        sql += strcspn(sql, "\n");
    }
}

/* Runs the statement that `*sql` starts with and moves `*sql` behind it. */
static int run_one(sqlite3 *db, const char **sql)
{
    sqlite3_stmt *statement = NULL;
    const int rc = sqlite3_prepare_v2(db, *sql, -1, &statement, sql);
    if (rc != SQLITE_OK)
        return rc;
    while (sqlite3_step(statement) == SQLITE_ROW)
        continue;
    return sqlite3_finalize(statement); /* what the step returned */
}

/* The views that reports ask are temporary: a read-only file takes none and its
 * own are not to be trusted, and of a temporary one report_answer() can put
 * something else in the place. What becomes a file has them for others, too. */
static int define_one(const struct store *store, const char **sql)
{
    static const char create[] = "CREATE VIEW ";
    const size_t head = sizeof create - 1;
    if (sqlite3_strnicmp(*sql, create, (int)head) != 0)
        return run_one(store->db, sql);
    char *text = sqlite3_mprintf("CREATE TEMP VIEW %s", *sql + head);
    if (!text)
        return SQLITE_NOMEM;
    const char *rest = text, *unused = *sql;
    int rc = run_one(store->db, &rest);
    if (rc == SQLITE_OK && store->place.path)
        rc = run_one(store->db, &unused);
    *sql += strlen(*sql) - strlen(rest);
    sqlite3_free(text);
    return rc;
}

enum err_code store_define(struct store *store, const char *sql,
                           const char *what, struct err *err)
{
    assert(!store->place.path || store->place.temporary);
    for (sql = statement_start(sql); *sql; sql = statement_start(sql)) {
        errno = 0;
        if (define_one(store, &sql) == SQLITE_OK)
            continue;
        const int why = errno;
        const enum err_code rc = fail_because(store, why, err);
        return rc == ERR_STORE ? err_set(err, ERR_STORE, "%s: %s", what,
                                         sqlite3_errmsg(store->db))
                               : rc;
    }
    return ERR_OK;
}

enum err_code store_publish(struct store *store, struct err *err)
{
    if (!store->place.temporary)
        return ERR_OK;
    enum err_code rc = run(store, publishing_sql, err);
    if (rc == ERR_OK) /* again: reading may have taken hours */
        rc = store_rival_check(store->place.path, err);
    return rc == ERR_OK ? store_place_publish(&store->place, err) : rc;
}

enum err_code store_fail(const struct store *store, struct err *err)
{
    return fail(store, err);
}

sqlite3 *store_handle(struct store *store)
{
    return store->db;
}

bool store_is_database(const char *path)
{
    return store_trust_is_ours(path);
}
