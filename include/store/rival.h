/* store/rival.h: another program at the place where a database will stand.
 *
 * SQLite keeps a journal beside a database, "x.db-journal" or "x.db-wal", and
 * applies one that was left there to whatever is called x.db. A new database
 * beside an old one's journal is a broken database as soon as it is opened.
 */
#ifndef STORE_RIVAL_H
#define STORE_RIVAL_H

#include "util/err.h"

/* ERR_OUTPUT when a journal lies beside `path`, or when another process holds
 * the lock of a writer on the database there. Who only reads it is no rival, and
 * goes on to read the old one; should it write later, SQLite finds that the file
 * has moved, and refuses. */
MUST_USE enum err_code store_rival_check(const char *path, struct err *err);

#endif
