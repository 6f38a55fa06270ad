/* fuzz/whole.h: a capture in memory through the whole pipeline, and whether
 * what comes out adds up. */
#ifndef FUZZ_WHOLE_H
#define FUZZ_WHOLE_H

#include "ledger.h"
#include "util/bytes.h"

struct whole_options {
    size_t max_memory;
    int64_t timeout_ns;
    uint64_t seed; /* keys the tables; nothing may depend on it */
};

/* The defaults of the command line, with a quarter of the least memory that it
 * allows: ceilings are nearer, and a run takes half the time. */
struct whole_options whole_options(void);

/* Analyses `capture`; aborts when the rows contradict each other or the schema.
 * The rows' ledger lives until the next call; NULL when this is no capture. */
const struct ledger *whole_run(struct bytes capture,
                               const struct whole_options *options);

#endif
