#include "store/copy.h"

enum err_code store_copy_refuse(const struct store_copy *c, struct err *err)
{
    return err_set(err, ERR_INPUT, "%.300s: %s", c->path,
                   sqlite3_errmsg(c->part));
}

enum err_code store_copy_blame(const struct store_copy *c, struct err *err)
{
    switch (sqlite3_errcode(c->db)) {
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return err_set(err, ERR_INPUT, "%.300s: %s", c->path,
                       sqlite3_errmsg(c->db));
    default:
        return store_fail(c->store, err);
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

enum err_code store_copy_run(const struct store_copy *c, sqlite3_str *sql,
                             struct err *err)
{
    sqlite3_stmt *statement = NULL;
    const bool ok = prepare(c->db, sql, &statement) == ERR_OK &&
                    sqlite3_step(statement) == SQLITE_DONE;
    const enum err_code rc = ok ? ERR_OK : store_fail(c->store, err);
    sqlite3_finalize(statement);
    return rc;
}

static enum err_code copy(const struct store_copy *c, sqlite3_stmt *select,
                          sqlite3_stmt *insert, struct err *err)
{
    const int columns = sqlite3_column_count(select);
    int rc;
    while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
        if (c->stop && *c->stop)
            return err_set(err, ERR_INPUT, "stopped by a signal");
        for (int i = 0; i < columns; i++)
            if (sqlite3_bind_value(insert, i + 1,
                                   sqlite3_column_value(select, i)) !=
                SQLITE_OK)
                return store_copy_blame(c, err);
        if (sqlite3_step(insert) != SQLITE_DONE)
            return store_copy_blame(c, err);
        sqlite3_reset(insert);
    }
    return rc == SQLITE_DONE ? ERR_OK : store_copy_refuse(c, err);
}

enum err_code store_copy_rows(const struct store_copy *c, sqlite3_str *select,
                              sqlite3_str *insert, struct err *err)
{
    sqlite3_stmt *from = NULL, *into = NULL;
    enum err_code rc = ERR_OK;
    if (prepare(c->part, select, &from) != ERR_OK)
        rc = store_copy_refuse(c, err);
    if (prepare(c->db, insert, &into) != ERR_OK && rc == ERR_OK)
        rc = store_fail(c->store, err);
    if (rc == ERR_OK)
        rc = copy(c, from, into, err);
    sqlite3_finalize(from);
    sqlite3_finalize(into);
    return rc;
}
