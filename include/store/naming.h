/* store/naming.h: what the numbers of parts stand for, and the numbers that a
 * merge gives.
 *
 * Of each kind of thing (part, input, client ...) the temporary table met_KIND
 * has what was met, name_KIND the numbers given, in an order of their own, and
 * map_KIND those of the source at hand beside them (old, new).
 */
#ifndef STORE_NAMING_H
#define STORE_NAMING_H

#include "store/copy.h"

/* Makes the tables. */
MUST_USE enum err_code store_naming_begin(const struct store_copy *copy,
                                          struct err *err);
/* Takes what the source has; then, once all were met, numbers it. */
MUST_USE enum err_code store_naming_meet(const struct store_copy *copy,
                                         struct err *err);
MUST_USE enum err_code store_naming_number(const struct store_copy *copy,
                                           struct err *err);
/* Fills map_KIND from the source. */
MUST_USE enum err_code store_naming_map(const struct store_copy *copy,
                                        struct err *err);

/* The same for a replay (store/replay.h), whose one part is `part_id` and whose
 * inputs have their numbers already. What it is the first to have is numbered
 * behind all others. */
MUST_USE enum err_code store_naming_map_replay(const struct store_copy *copy,
                                               int64_t part_id,
                                               struct err *err);

#endif
