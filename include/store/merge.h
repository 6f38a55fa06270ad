/* store/merge.h: the parts of several databases in one.
 *
 * Rows of equal keys become one by the rules of store/rule.h; ids are mapped by
 * what they stand for and numbered anew in an order of their own, so that
 * neither the order nor the grouping of merges shows in the result.
 */
#ifndef STORE_MERGE_H
#define STORE_MERGE_H

#include <signal.h>

#include "store/store.h"

/* Merges the databases at `paths` into `store`, which was just created and is
 * sealed afterwards by the caller. Each path is opened twice, one at a time, and
 * held to be hostile. ERR_INPUT names the file that is no database of ours, has
 * another schema, sketch seed, histogram scale, timeout or window than the rest,
 * holds a part that another holds too, or contradicts itself; also when `*stop`
 * (may be NULL) becomes non-zero. */
MUST_USE enum err_code store_merge(struct store *store,
                                   const char *const *paths, size_t count,
                                   const volatile sig_atomic_t *stop,
                                   struct err *err);

#endif
