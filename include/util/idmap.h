/* util/idmap.h: 64-bit keys to dense ids, 0, 1, 2 ... in order of arrival.
 *
 * For pairs of ids (who asks whom, which name with which type). Open
 * addressing over u32 slots, at most half full; the keys stand in an array by
 * id.
 */
#ifndef UTIL_IDMAP_H
#define UTIL_IDMAP_H

#include <stdbool.h>

#include "util/budget.h"
#include "util/bytes.h"
#include "util/hash.h"

#define IDMAP_NONE UINT32_MAX

struct idmap {
    uint32_t *slots; /* id + 1, or 0 */
    size_t slot_mask;
    uint64_t *keys; /* by id */
    size_t capacity;
    uint32_t count;
    uint64_t seed;
    struct budget *budget;
};

/* False when memory is refused. */
MUST_USE bool idmap_init(struct idmap *m, uint64_t seed, struct budget *budget);
/* Gives back to the budget what the map took. Accepts a zeroed struct. */
void idmap_fini(struct idmap *m);

/* Forgets every key, and keeps the room for them: as many can be put again
 * without memory. `keys` stays as it was until then. */
void idmap_clear(struct idmap *m);

/* The id of `key`, or IDMAP_NONE. */
uint32_t idmap_find(const struct idmap *m, uint64_t key);

/* The id of `key`, made if new; IDMAP_NONE when new and memory is refused. */
uint32_t idmap_put(struct idmap *m, uint64_t key);

static inline void idmap_prefetch(const struct idmap *m, uint64_t key)
{
    PREFETCH(&m->slots[hash_u64(key, m->seed) & m->slot_mask]);
}

#endif
