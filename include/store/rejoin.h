/* store/rejoin.h: what cuts between parts went through, told as one.
 *
 * For each joint (store/join.h) the edges are played as one and each alone
 * (store/replay.h), and the difference added to what the parts have counted; or
 * taken from it, where parts were joined that have another one between them.
 */
#ifndef STORE_REJOIN_H
#define STORE_REJOIN_H

#include "store/copy.h"

/* `copy` needs no source; parts, inputs and edges are in the store, and numbers
 * given. ERR_INPUT for an edge that is none. */
MUST_USE enum err_code store_rejoin(const struct store_copy *copy,
                                    int64_t timeout_ns, int64_t window_ns,
                                    struct err *err);

#endif
