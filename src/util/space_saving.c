#include "util/space_saving.h"

#include <assert.h>
#include <stdlib.h>

enum { NONE = UINT16_MAX };

bool space_saving_init(struct space_saving *s, struct budget *budget)
{
    *s = (struct space_saving){.budget = budget};
    memset(s->heads, 0xff, sizeof s->heads); /* NONE */
    const size_t octets = SPACE_SAVING_ITEMS * sizeof *s->items;
    if (!budget_take(budget, octets))
        return false;
    s->items = calloc(SPACE_SAVING_ITEMS, sizeof *s->items);
    if (!s->items)
        budget_give(budget, octets);
    return s->items != NULL;
}

void space_saving_fini(struct space_saving *s)
{
    if (s->items)
        budget_give(s->budget, SPACE_SAVING_ITEMS * sizeof *s->items);
    free(s->items);
    *s = (struct space_saving){0};
}

static uint16_t *head_of(struct space_saving *s, uint64_t hash)
{
    return &s->heads[hash % SPACE_SAVING_ITEMS];
}

static uint16_t find(struct space_saving *s, struct bytes key, uint64_t hash)
{
    uint16_t i = *head_of(s, hash);
    for (; i != NONE; i = s->items[i].next) {
        const struct space_saving_item *item = &s->items[i];
        if (item->hash == hash && item->octets == key.len &&
            memcmp(item->key, key.data, key.len) == 0)
            break;
    }
    return i;
}

static void chain(struct space_saving *s, uint16_t i)
{
    uint16_t *head = head_of(s, s->items[i].hash);
    s->items[i].next = *head;
    *head = i;
}

static void unchain(struct space_saving *s, uint16_t i)
{
    uint16_t *at = head_of(s, s->items[i].hash);
    while (*at != i)
        at = &s->items[*at].next;
    *at = s->items[i].next;
}

static void put(struct space_saving *s, unsigned place, uint16_t i)
{
    s->heap[place] = i;
    s->items[i].place = (uint16_t)place;
}

/* A count has grown: its counter goes to where the smaller ones stand before
 * it. */
static void sink(struct space_saving *s, uint16_t i)
{
    unsigned place = s->items[i].place;
    for (;;) {
        unsigned child = 2 * place + 1;
        if (child >= s->used)
            break;
        if (child + 1 < s->used &&
            s->items[s->heap[child + 1]].count < s->items[s->heap[child]].count)
            child++;
        if (s->items[s->heap[child]].count >= s->items[i].count)
            break;
        put(s, place, s->heap[child]);
        place = child;
    }
    put(s, place, i);
}

/* A new counter, of 0, is the smallest there is: it goes to the front. */
static uint16_t take_free(struct space_saving *s)
{
    const uint16_t i = (uint16_t)s->used++;
    unsigned place = i;
    for (; place > 0; place = (place - 1) / 2)
        put(s, place, s->heap[(place - 1) / 2]);
    put(s, 0, i);
    return i;
}

static uint16_t take_smallest(struct space_saving *s)
{
    const uint16_t i = s->heap[0];
    unchain(s, i);
    s->items[i].error = s->items[i].count;
    return i;
}

void space_saving_add(struct space_saving *s, struct bytes key, uint64_t hash)
{
    assert(key.len > 0 && key.len <= SPACE_SAVING_KEY_OCTETS);
    uint16_t i = find(s, key, hash);
    if (i == NONE) {
        i = s->used < SPACE_SAVING_ITEMS ? take_free(s) : take_smallest(s);
        struct space_saving_item *item = &s->items[i];
        item->hash = hash;
        item->octets = (uint8_t)key.len;
        memcpy(item->key, key.data, key.len);
        chain(s, i);
    }
    s->items[i].count++;
    sink(s, i);
}
