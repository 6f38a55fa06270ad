/* store/store.h: one SQLite file, a part.
 *
 * A store being made is written under a temporary name beside its place and
 * renamed when it is finished: complete or absent. Without a path it is a
 * private temporary database, so that rules and reports always run over SQL.
 *
 * The order of calls: store_create, rows through store_sink, store_seal,
 * store_define and queries, store_publish, store_close. Every call belongs to
 * one thread.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "facts/sink.h"
#include "util/err.h"

enum { STORE_APPLICATION_ID = 0x57444E53, STORE_SCHEMA = 3 };

/* How long is waited for a database that another program has locked. */
enum { STORE_LOCK_MS = 2000 };

struct store;

/* For a program to call once, before all else and any thread: SQLite then keeps
 * no account of its memory, which nobody asks for and which takes a lock for
 * each allocation. */
void store_prepare(void);

/* A store to be filled. `path` NULL: private and temporary, in the directory
 * of SQLITE_TMPDIR, TMPDIR, /var/tmp or /tmp. An existing file is kept unless
 * `force` (ERR_OUTPUT says so, before anything is read). Memory stays within
 * some MiB whatever is stored. */
MUST_USE enum err_code store_create(struct store **out, const char *path,
                                    bool force, struct err *err);

/* A finished store, read only; its content is not trusted (RELIABILITY O13:
 * trusted_schema off, defensive, foreign application ids and other schema
 * numbers refused by name). ERR_INPUT says what is wrong with it; of one that
 * another program keeps locked after STORE_LOCK_MS. What is read is one state of
 * it: until store_close() nobody else can commit a change to it. */
MUST_USE enum err_code store_open(struct store **out, const char *path,
                                  struct err *err);

/* Unfinished: removes the temporary file. Accepts NULL. */
void store_close(struct store *store);

/* Rows go in through this; valid until store_seal() or store_close(). A row
 * for a table that schema.sql does not have, or with another number of values
 * than it has columns, is ERR_INTERNAL; a full disk ERR_OUTPUT. Rows wait until
 * there are many: what is wrong with one may be said of a later one, or by
 * store_seal(), and queries see them all only after that. */
struct facts_sink store_sink(struct store *store);

/* Ends loading: makes the indexes. Queries may follow. */
MUST_USE enum err_code store_seal(struct store *store, struct err *err);

/* Runs DDL text (the views); `what` names it in errors (ERR_STORE). "CREATE
 * VIEW" at the head of a statement makes a temporary view, which shadows
 * whatever an opened file holds; a store that will be published gets the view
 * in its file as well. */
MUST_USE enum err_code store_define(struct store *store, const char *sql,
                                    const char *what, struct err *err);

/* Puts a finished store in its place: marks it as a database of ours, syncs,
 * renames, syncs the directory. Nothing to do for a temporary one. ERR_OUTPUT,
 * here as in store_create(), when another program is changing the file there.
 * Queries may follow, store_define not. */
MUST_USE enum err_code store_publish(struct store *store, struct err *err);

/* Fills `err` with what SQLite said last of this store: ERR_OUTPUT for what the
 * disk refused, ERR_NOMEM, else ERR_STORE. */
MUST_USE enum err_code store_fail(const struct store *store, struct err *err);

/* For the report room: to prepare statements on. Borrowed. */
sqlite3 *store_handle(struct store *store);

/* True when the file's first octets are SQLite's and its application id ours. */
bool store_is_database(const char *path);

#endif
