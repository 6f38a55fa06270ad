#include "util/pool.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_HEADS = 1024 };

bool pool_init(struct pool *pool, size_t entry_octets, uint32_t ceiling,
               struct budget *budget)
{
    uint32_t heads = FIRST_HEADS;
    while (heads < ceiling)
        heads *= 2;
    *pool = (struct pool){
        .entry_octets = entry_octets, .mask = heads - 1, .ceiling = ceiling};
    if (!budget_take(budget,
                     heads * sizeof *pool->heads + ceiling * entry_octets))
        return false;
    pool->entries = calloc(ceiling, entry_octets);
    pool->heads = malloc(heads * sizeof *pool->heads);
    if (!pool->entries || !pool->heads)
        return false;
    memset(pool->heads, 0xff, heads * sizeof *pool->heads);
    for (int state = 0; state < POOL_STATES; state++)
        pool->lists[state] = (struct pool_list){POOL_NONE, POOL_NONE, 0};
    return true;
}

void pool_fini(struct pool *pool)
{
    free(pool->entries);
    free(pool->heads);
    *pool = (struct pool){0};
}

static void list_remove(struct pool *pool, uint32_t i)
{
    const struct pool_node *n = pool_node(pool, i);
    struct pool_list *list = &pool->lists[n->state];
    *(n->older == POOL_NONE ? &list->oldest
                            : &pool_node(pool, n->older)->newer) = n->newer;
    *(n->newer == POOL_NONE ? &list->newest
                            : &pool_node(pool, n->newer)->older) = n->older;
    list->count--;
}

static void list_append(struct pool *pool, uint32_t i, int state, int64_t since)
{
    struct pool_node *n = pool_node(pool, i);
    struct pool_list *list = &pool->lists[state];
    n->state = (uint8_t)state;
    n->since = since;
    n->older = list->newest;
    n->newer = POOL_NONE;
    *(list->newest == POOL_NONE ? &list->oldest
                                : &pool_node(pool, list->newest)->newer) = i;
    list->newest = i;
    list->count++;
}

void pool_enter(struct pool *pool, uint32_t i, int state, int64_t since)
{
    list_remove(pool, i);
    list_append(pool, i, state, since);
}

static void chain(struct pool *pool, uint32_t i, uint64_t hash)
{
    struct pool_node *n = pool_node(pool, i);
    uint32_t *head = &pool->heads[hash & pool->mask];
    n->hash = (uint32_t)hash;
    n->chain = *head;
    n->before = POOL_NONE;
    if (n->chain != POOL_NONE)
        pool_node(pool, n->chain)->before = i;
    *head = i;
}

static void unchain(struct pool *pool, uint32_t i)
{
    const struct pool_node *n = pool_node(pool, i);
    *(n->before == POOL_NONE ? &pool->heads[n->hash & pool->mask]
                             : &pool_node(pool, n->before)->chain) = n->chain;
    if (n->chain != POOL_NONE)
        pool_node(pool, n->chain)->before = n->before;
}

uint32_t pool_insert(struct pool *pool, uint64_t hash, int state, int64_t since)
{
    assert(!pool_is_full(pool)); /* nothing lies behind the last entry */
    /* The entry freed last is still in the cache. */
    uint32_t i = pool->lists[POOL_FREE].newest;
    if (i == POOL_NONE)
        i = pool->made++;
    else
        list_remove(pool, i);
    chain(pool, i, hash);
    list_append(pool, i, state, since);
    return i;
}

void pool_rechain(struct pool *pool, uint32_t i, uint64_t hash)
{
    unchain(pool, i);
    chain(pool, i, hash);
}

void pool_forget(struct pool *pool, uint32_t i)
{
    unchain(pool, i);
    pool_enter(pool, i, POOL_FREE, 0);
}
