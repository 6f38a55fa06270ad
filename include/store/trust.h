/* store/trust.h: may this database be read? (RELIABILITY O13)
 *
 * A database may come from anyone. What is read from it is its base tables,
 * and only if they are tables and have exactly the columns of our schema; its
 * own views and triggers never run.
 */
#ifndef STORE_TRUST_H
#define STORE_TRUST_H

#include <sqlite3.h>
#include <stdbool.h>

#include "util/err.h"

/* Makes `db`, just opened read only from `path`, safe to read. ERR_INPUT names
 * what is foreign: no database, another program's, another schema number, a
 * table that is not as src/store/schema.sql makes it; or that another program
 * has locked it, or stopped while it changed it. What is read from then on is
 * one state of the file. */
MUST_USE enum err_code store_trust(sqlite3 *db, const char *path,
                                   struct err *err);

/* True when the regular file `path` opens with SQLite's magic, and its
 * application id is ours. Never blocks and never reads a pipe. */
bool store_trust_is_ours(const char *path);

#endif
