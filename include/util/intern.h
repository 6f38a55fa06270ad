/* util/intern.h: octet strings to dense ids, 0, 1, 2 ... in order of arrival.
 *
 *   slots    u32, id + 1 or 0; open addressing, at most half full (three
 *            quarters without memory): beyond that the longest run of slots
 *            grows past a hundred
 *   entries  by id: hash, place and length of the key
 *   chunks   the keys' octets, one behind the other, 256 KiB each
 *
 * The caller hashes once (keyed), so that a batch of lookups can prefetch.
 */
#ifndef UTIL_INTERN_H
#define UTIL_INTERN_H

#include <stdbool.h>

#include "util/budget.h"
#include "util/bytes.h"

enum { INTERN_KEY_OCTETS = 1024 }; /* longest key */
#define INTERN_NONE UINT32_MAX

struct intern_entry {
    uint64_t hash;
    uint32_t at; /* chunk number << 18 | offset in it */
    uint16_t octets;
};

struct intern {
    uint32_t *slots;
    size_t slot_mask;
    struct intern_entry *entries;
    size_t capacity;
    uint8_t **chunks;
    size_t chunk_capacity;
    uint32_t chunk_used; /* octets of the last chunk */
    uint32_t chunk_count;
    uint32_t count;
    struct budget *budget;
};

/* False when memory is refused. `budget` outlives the table. */
MUST_USE bool intern_init(struct intern *t, struct budget *budget);
/* Gives back to the budget what the table took. Accepts a zeroed struct. */
void intern_fini(struct intern *t);

/* The id of `key`, or INTERN_NONE. */
uint32_t intern_find(const struct intern *t, struct bytes key, uint64_t hash);

/* The id of `key`, made if it is new (`*fresh`). INTERN_NONE when it is new
 * and the budget refuses to grow. */
uint32_t intern_put(struct intern *t, struct bytes key, uint64_t hash,
                    bool *fresh);

/* The key of `id` < count; borrowed until fini, never moves. */
static inline struct bytes intern_key(const struct intern *t, uint32_t id)
{
    const struct intern_entry *e = &t->entries[id];
    return (struct bytes){t->chunks[e->at >> 18] + (e->at & 0x3ffff),
                          e->octets};
}

static inline void intern_prefetch(const struct intern *t, uint64_t hash)
{
    PREFETCH(&t->slots[hash & t->slot_mask]);
}

/* The second step of a prefetched lookup: the entry behind the first slot. */
static inline void intern_prefetch_entry(const struct intern *t, uint64_t hash)
{
    const uint32_t slot = t->slots[hash & t->slot_mask];
    if (slot)
        PREFETCH(&t->entries[slot - 1]);
}

/* The third step: the key, where the first slot is that of the hash. Returns
 * its id, or INTERN_NONE. */
static inline uint32_t intern_prefetch_key(const struct intern *t,
                                           uint64_t hash)
{
    const uint32_t slot = t->slots[hash & t->slot_mask];
    if (!slot || t->entries[slot - 1].hash != hash)
        return INTERN_NONE;
    PREFETCH(intern_key(t, slot - 1).data);
    return slot - 1;
}

#endif
