/* fuzz/ledger.h: a sink that takes rows as strictly as the database does, and
 * adds them up.
 *
 * The database itself is too slow for a fuzzer. What it would refuse aborts
 * here: a value of another type than its column's, NULL where there must be
 * something, two rows under one key; besides, text that is not printable ASCII,
 * negative numbers that are no times, and a least that is more than its most.
 */
#ifndef FUZZ_LEDGER_H
#define FUZZ_LEDGER_H

#include "facts/sink.h"

struct ledger;

/* An empty one; it knows the tables of src/store/schema.sql. */
struct ledger *ledger_new(void);
void ledger_free(struct ledger *ledger);
void ledger_reset(struct ledger *ledger);

struct facts_sink ledger_sink(struct ledger *ledger);

/* All rows are there: aborts when two have one key. */
void ledger_close(struct ledger *ledger);

/* How many rows `table` has. */
uint64_t ledger_rows(const struct ledger *ledger, const char *table);

/* What the integers of a column add up to. */
uint64_t ledger_sum(const struct ledger *ledger, const char *table,
                    const char *column);

/* By `name`: the value of a counter, the frames of a fate, the transactions or
 * lookups of an outcome; 0 when there is none. */
uint64_t ledger_tally(const struct ledger *ledger, const char *table,
                      const char *name);

/* A digest of all rows in their order. */
uint64_t ledger_digest(const struct ledger *ledger);

#endif
