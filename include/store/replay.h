/* store/replay.h: edges of parts, played into a store of their own.
 *
 * What a cut went through is counted twice, by halves. Played again, each edge
 * alone and both as one, it shows by how much: what two parts are together is
 *
 *     both parts + (their edges as one - their edges, each alone)
 *
 * where everything that did not cross the cut is the same on both sides of the
 * difference.
 */
#ifndef STORE_REPLAY_H
#define STORE_REPLAY_H

#include "store/store.h"

struct store_replay;

struct store_replay_options {
    int64_t timeout_ns, window_ns; /* of the parts */
    bool transactions;
    uint32_t first_id; /* of its lookups, and of its transactions */
};

/* ERR_NOMEM, ERR_OUTPUT. */
MUST_USE enum err_code
store_replay_open(struct store_replay **out,
                  const struct store_replay_options *options, struct err *err);
void store_replay_close(struct store_replay *replay);

/* Plays the octets of an edge behind what was played so far; `first_input` is
 * the number of its part's first input. ERR_INPUT when they are no edge. */
MUST_USE enum err_code store_replay_play(struct store_replay *replay,
                                         struct bytes octets,
                                         uint32_t first_input, struct err *err);

/* The last edge ended at `end_ns`. `*out` is borrowed: a store of one part,
 * without inputs, that is not sealed. */
MUST_USE enum err_code store_replay_end(struct store_replay *replay,
                                        int64_t end_ns, struct store **out,
                                        struct err *err);

#endif
