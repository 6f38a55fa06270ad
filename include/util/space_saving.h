/* util/space_saving.h: the heaviest of any number of keys, in fixed memory.
 *
 * Space-Saving (Metwally, Agrawal, El Abbadi 2005): each key that is counted
 * has one of SPACE_SAVING_ITEMS counters. When all are taken, a new key takes
 * over the smallest one, and what that had counted becomes its error. So a
 * count is at most `error` too high and never too low, and every key that made
 * up more than 1 / SPACE_SAVING_ITEMS of all counts is among them.
 */
#ifndef UTIL_SPACE_SAVING_H
#define UTIL_SPACE_SAVING_H

#include <stdbool.h>

#include "util/budget.h"
#include "util/bytes.h"

enum { SPACE_SAVING_ITEMS = 256, SPACE_SAVING_KEY_OCTETS = 16 };

struct space_saving_item {
    uint64_t count; /* the key's own and the error */
    uint64_t error;
    uint64_t hash;
    uint8_t key[SPACE_SAVING_KEY_OCTETS];
    uint8_t octets;
    uint16_t place; /* in the heap */
    uint16_t next;  /* under the same head */
};

struct space_saving {
    struct space_saving_item *items;
    unsigned used;
    uint16_t heap[SPACE_SAVING_ITEMS]; /* the smallest count first */
    uint16_t heads[SPACE_SAVING_ITEMS];
    struct budget *budget;
};

/* False when memory is refused. */
MUST_USE bool space_saving_init(struct space_saving *s, struct budget *budget);
/* Gives back to the budget what was taken. Accepts a zeroed struct. */
void space_saving_fini(struct space_saving *s);

/* Counts `key`, of 1 to SPACE_SAVING_KEY_OCTETS octets, once more. `hash` is
 * the caller's, the same for the same key. */
void space_saving_add(struct space_saving *s, struct bytes key, uint64_t hash);

/* No key that has no counter was counted more often. */
static inline uint64_t space_saving_floor(const struct space_saving *s)
{
    return s->used < SPACE_SAVING_ITEMS ? 0 : s->items[s->heap[0]].count;
}

#endif
