/* util/distinct.h: how many different things, by HyperLogLog (p = 12).
 *
 * Items are 32-bit hashes under HASH_SKETCH_SEED, so that sketches of different
 * runs merge. Small sets are kept as the hashes themselves (exact but for
 * collisions of the hash); beyond DISTINCT_SPARSE they become 4,096 registers
 * with a standard error of 1.6 %. The estimator is Ertl's ("New cardinality
 * estimation algorithms for HyperLogLog sketches", 2017, algorithm 6), which
 * needs no bias table.
 */
#ifndef UTIL_DISTINCT_H
#define UTIL_DISTINCT_H

#include <stdbool.h>
#include <stdint.h>

#include "util/budget.h"
#include "util/bytes.h"

enum {
    DISTINCT_REGISTERS = 4096,
    DISTINCT_SPARSE = 512,
    /* Room that distinct_text() needs. */
    DISTINCT_TEXT = DISTINCT_REGISTERS + 2,
};

/* All zero is an empty set. */
struct distinct {
    union {
        uint32_t one;       /* log2_slots == 0: the only item */
        uint32_t *hashes;   /* open addressing, 0 = empty slot */
        uint8_t *registers; /* dense */
    } set;
    uint16_t used; /* items while sparse */
    uint8_t log2_slots;
    bool dense;
};

/* False when the budget refused to grow (the item may then be missing). */
bool distinct_add(struct distinct *d, uint32_t hash, struct budget *budget);

/* Brings what distinct_add() will touch nearer. */
static inline void distinct_prefetch(const struct distinct *d, uint32_t hash)
{
    if (d->dense)
        PREFETCH(
            &d->set.registers[hash / (UINT32_MAX / DISTINCT_REGISTERS + 1)]);
    else if (d->log2_slots)
        PREFETCH(&d->set.hashes[hash & ((UINT32_C(1) << d->log2_slots) - 1)]);
}

uint64_t distinct_count(const struct distinct *d);

/* Gives back to the budget what the set took. */
void distinct_fini(struct distinct *d, struct budget *budget);

/* Writes the sketch as text: "s" and 8 hex digits a hash, ascending, or "d" and
 * a character a register, '0' + value. */
void distinct_text(const struct distinct *d, char out[DISTINCT_TEXT]);

/* Adds what distinct_text() wrote: the set becomes that of both, whatever the
 * order. False when `text` is anything else, or the budget refused. */
bool distinct_read(struct distinct *d, struct bytes text,
                   struct budget *budget);

#endif
