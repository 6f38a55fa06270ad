/* store/rows.h: rows of a part into the store, by the rules of store/rule.h.
 *
 * One upsert a row; numbers become those of store/naming.h.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include <stdbool.h>

#include "store/copy.h"

/* Adds the rows of the source, whose numbers are mapped. */
MUST_USE enum err_code store_rows_add(const struct store_copy *copy,
                                      struct err *err);

/* What replays (store/replay.h) say is to be added, or taken away: between begin
 * and end any number of them, each `times` 1 or -1, the added ones first of a
 * joint. Sums and histograms follow at once. A row told apart by all that it
 * says is added, or removed, at the end, when it is one more or one less. The
 * rest (first and last, least and greatest, sketches) only ever gains. */
MUST_USE enum err_code store_rows_begin_changes(const struct store_copy *copy,
                                                struct err *err);
MUST_USE enum err_code store_rows_change(const struct store_copy *copy,
                                         int times, struct err *err);
/* The same of a joint that is added: where all of a row turns out to be of
 * joints, and `adopt` at the end says that no two of them hold the same, their
 * word is taken for the rest, too. */
MUST_USE enum err_code store_rows_change_joint(const struct store_copy *copy,
                                               struct err *err);
MUST_USE enum err_code store_rows_end_changes(const struct store_copy *copy,
                                              bool adopt, struct err *err);

#endif
