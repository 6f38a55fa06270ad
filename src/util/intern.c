#include "util/intern.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 256, CHUNK_OCTETS = 1 << 18 };

bool intern_init(struct intern *t, struct budget *budget)
{
    *t = (struct intern){.budget = budget};
    if (!budget_take(budget, FIRST_SLOTS * sizeof *t->slots))
        return false;
    t->slots = calloc(FIRST_SLOTS, sizeof *t->slots);
    if (!t->slots) {
        budget_give(budget, FIRST_SLOTS * sizeof *t->slots);
        return false;
    }
    t->slot_mask = FIRST_SLOTS - 1;
    return true;
}

void intern_fini(struct intern *t)
{
    if (t->slots)
        budget_give(t->budget, (t->slot_mask + 1) * sizeof *t->slots +
                                   t->capacity * sizeof *t->entries +
                                   t->chunk_capacity * sizeof *t->chunks +
                                   (size_t)t->chunk_count * CHUNK_OCTETS);
    for (uint32_t i = 0; i < t->chunk_count; i++)
        free(t->chunks[i]);
    free(t->chunks);
    free(t->entries);
    free(t->slots);
    *t = (struct intern){0};
}

/* The slot that holds `key`, or the empty one where it belongs. */
static size_t slot_of(const struct intern *t, struct bytes key, uint64_t hash)
{
    size_t i = hash & t->slot_mask;
    for (; t->slots[i]; i = (i + 1) & t->slot_mask) {
        const uint32_t id = t->slots[i] - 1;
        const struct intern_entry *e = &t->entries[id];
        if (e->hash == hash && e->octets == key.len &&
            memcmp(intern_key(t, id).data, key.data, key.len) == 0)
            break;
    }
    return i;
}

uint32_t intern_find(const struct intern *t, struct bytes key, uint64_t hash)
{
    const uint32_t slot = t->slots[slot_of(t, key, hash)];
    return slot ? slot - 1 : INTERN_NONE;
}

static bool grow_slots(struct intern *t)
{
    const size_t n = (t->slot_mask + 1) * 2;
    if (!budget_take(t->budget, n / 2 * sizeof *t->slots))
        return false;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots) {
        budget_give(t->budget, n / 2 * sizeof *slots);
        return false;
    }
    for (uint32_t id = 0; id < t->count; id++) {
        size_t i = t->entries[id].hash & (n - 1);
        while (slots[i])
            i = (i + 1) & (n - 1);
        slots[i] = id + 1;
    }
    free(t->slots);
    t->slots = slots;
    t->slot_mask = n - 1;
    return true;
}

/* At most half full; three quarters when there is no memory for more. */
static bool has_slot(struct intern *t)
{
    const size_t slots = t->slot_mask + 1, used = t->count + (size_t)1;
    if (used * 2 <= slots)
        return true;
    if (used * 4 <= slots * 3 &&
        !budget_has(t->budget, slots * sizeof *t->slots))
        return true;
    return grow_slots(t);
}

static bool make_room(struct intern *t, size_t octets)
{
    if (t->count >= UINT32_MAX - 2 || !has_slot(t))
        return false;
    if (!budget_grow(t->budget, (void **)&t->entries, &t->capacity,
                     t->count + (size_t)1, sizeof *t->entries))
        return false;
    /* Even an empty key needs a place inside the chunk. */
    if (t->chunk_count && t->chunk_used + octets < CHUNK_OCTETS)
        return true;
    if (t->chunk_count >= UINT32_MAX / CHUNK_OCTETS ||
        !budget_grow(t->budget, (void **)&t->chunks, &t->chunk_capacity,
                     t->chunk_count + (size_t)1, sizeof *t->chunks) ||
        !budget_take(t->budget, CHUNK_OCTETS))
        return false;
    uint8_t *chunk = malloc(CHUNK_OCTETS);
    if (!chunk) {
        budget_give(t->budget, CHUNK_OCTETS);
        return false;
    }
    t->chunks[t->chunk_count++] = chunk;
    t->chunk_used = 0;
    return true;
}

uint32_t intern_put(struct intern *t, struct bytes key, uint64_t hash,
                    bool *fresh)
{
    *fresh = false;
    size_t i = slot_of(t, key, hash);
    if (t->slots[i])
        return t->slots[i] - 1;
    if (key.len > INTERN_KEY_OCTETS)
        return INTERN_NONE;
    const size_t mask_before = t->slot_mask;
    if (!make_room(t, key.len))
        return INTERN_NONE;
    if (t->slot_mask != mask_before)
        i = slot_of(t, key, hash);

    const uint32_t at = (t->chunk_count - 1) * CHUNK_OCTETS + t->chunk_used;
    memcpy(t->chunks[t->chunk_count - 1] + t->chunk_used, key.data, key.len);
    t->chunk_used += (uint32_t)key.len;
    t->entries[t->count] = (struct intern_entry){hash, at, (uint16_t)key.len};
    t->slots[i] = ++t->count;
    *fresh = true;
    return t->count - 1;
}
