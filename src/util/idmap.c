#include "util/idmap.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 256 };

bool idmap_init(struct idmap *m, uint64_t seed, struct budget *budget)
{
    *m = (struct idmap){.seed = seed, .budget = budget};
    if (!budget_take(budget, FIRST_SLOTS * sizeof *m->slots))
        return false;
    m->slots = calloc(FIRST_SLOTS, sizeof *m->slots);
    if (!m->slots) {
        budget_give(budget, FIRST_SLOTS * sizeof *m->slots);
        return false;
    }
    m->slot_mask = FIRST_SLOTS - 1;
    return true;
}

void idmap_fini(struct idmap *m)
{
    if (m->slots)
        budget_give(m->budget, (m->slot_mask + 1) * sizeof *m->slots +
                                   m->capacity * sizeof *m->keys);
    free(m->slots);
    free(m->keys);
    *m = (struct idmap){0};
}

void idmap_clear(struct idmap *m)
{
    memset(m->slots, 0, (m->slot_mask + 1) * sizeof *m->slots);
    m->count = 0;
}

static size_t slot_of(const struct idmap *m, uint64_t key)
{
    size_t i = hash_u64(key, m->seed) & m->slot_mask;
    while (m->slots[i] && m->keys[m->slots[i] - 1] != key)
        i = (i + 1) & m->slot_mask;
    return i;
}

static bool grow_slots(struct idmap *m)
{
    const size_t n = (m->slot_mask + 1) * 2;
    if (!budget_take(m->budget, n / 2 * sizeof *m->slots))
        return false;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots) {
        budget_give(m->budget, n / 2 * sizeof *slots);
        return false;
    }
    for (uint32_t id = 0; id < m->count; id++) {
        size_t i = hash_u64(m->keys[id], m->seed) & (n - 1);
        while (slots[i])
            i = (i + 1) & (n - 1);
        slots[i] = id + 1;
    }
    free(m->slots);
    m->slots = slots;
    m->slot_mask = n - 1;
    return true;
}

/* At most half full; three quarters when there is no memory for more. */
static bool has_slot(struct idmap *m)
{
    const size_t slots = m->slot_mask + 1, used = m->count + (size_t)1;
    if (used * 2 <= slots)
        return true;
    if (used * 4 <= slots * 3 &&
        !budget_has(m->budget, slots * sizeof *m->slots))
        return true;
    return grow_slots(m);
}

uint32_t idmap_find(const struct idmap *m, uint64_t key)
{
    const uint32_t slot = m->slots[slot_of(m, key)];
    return slot ? slot - 1 : IDMAP_NONE;
}

uint32_t idmap_put(struct idmap *m, uint64_t key)
{
    size_t i = slot_of(m, key);
    if (m->slots[i])
        return m->slots[i] - 1;
    if (m->count >= UINT32_MAX - 2)
        return IDMAP_NONE;
    const size_t mask_before = m->slot_mask;
    if (!has_slot(m))
        return IDMAP_NONE;
    if (m->slot_mask != mask_before)
        i = slot_of(m, key);
    if (!budget_grow(m->budget, (void **)&m->keys, &m->capacity,
                     m->count + (size_t)1, sizeof *m->keys))
        return IDMAP_NONE;
    m->keys[m->count] = key;
    m->slots[i] = ++m->count;
    return m->count - 1;
}
