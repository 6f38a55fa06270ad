/* store/copy.h: rows of one database into another.
 *
 * The source is read on a connection of its own, which trusts nothing; only
 * values cross over.
 */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include <signal.h>

#include "store/store.h"

struct store_copy {
    struct store *store;               /* where they go */
    sqlite3 *db;                       /* its own */
    const volatile sig_atomic_t *stop; /* may be NULL */
    const char *path;                  /* of the source, for errors */
    sqlite3 *part;                     /* the source */
};

/* ERR_INPUT: what SQLite said last of the source. */
MUST_USE enum err_code store_copy_refuse(const struct store_copy *copy,
                                         struct err *err);
/* What the store said of values from the source: its own failure, or ERR_INPUT,
 * that the values are not as the schema has them. */
MUST_USE enum err_code store_copy_blame(const struct store_copy *copy,
                                        struct err *err);

/* Runs one statement on the store; its text is freed, as those below. */
MUST_USE enum err_code store_copy_run(const struct store_copy *copy,
                                      sqlite3_str *sql, struct err *err);

/* Runs `insert` on the store with each row that `select` gives of the source,
 * over as many columns. ERR_INPUT, too, when `*stop` becomes non-zero. */
MUST_USE enum err_code store_copy_rows(const struct store_copy *copy,
                                       sqlite3_str *select, sqlite3_str *insert,
                                       struct err *err);

#endif
