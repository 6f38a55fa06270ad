/* store/batch.h: rows that wait to be inserted by one statement.
 *
 * A statement for each row spends as long on starting and ending, and on
 * finding its place in the table again, as on the row. A batch keeps rows of
 * one table and shows them to SQLite as the virtual table "batch", with columns
 * c0, c1 ..., so that INSERT INTO ... SELECT c0, c1 ... FROM batch takes them
 * all. The rows are copies: what was added may be gone by then.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "facts/sink.h"

enum { STORE_BATCH_COLUMNS = 32 }; /* most that a table has */

struct store_batch_value {
    union {
        int64_t integer;
        double real;
        size_t text; /* offset in the texts, of octets, too */
    } as;
    uint32_t octets; /* of a text, or octets */
    uint8_t type;    /* enum facts_value_type */
};

/* All zero is an empty batch. */
struct store_batch {
    struct store_batch_value *values; /* row by row */
    char *texts;
    size_t rows, columns; /* columns: of each row */
    size_t text_used, text_capacity;
};

/* Defines "batch" on `db`, as what `*shown` has when a statement starts. */
int store_batch_define(sqlite3 *db, struct store_batch **shown);

/* True while nothing can be added to a batch that has rows. */
bool store_batch_is_full(const struct store_batch *b, size_t columns);

/* Copies a row of as many columns as those before, 1 to STORE_BATCH_COLUMNS, to
 * a batch that is not full. False when memory is out. */
bool store_batch_add(struct store_batch *b, const struct facts_value *values,
                     size_t columns);

/* Forgets the rows, and keeps the room for others. */
void store_batch_clear(struct store_batch *b);
void store_batch_fini(struct store_batch *b);

#endif
