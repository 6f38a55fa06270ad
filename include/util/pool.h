/* util/pool.h: a table of fixed size for things that come and go.
 *
 * Entries are found by hash and expire by age. Each is chained from a hash
 * head, newest first, and stands in the list of its state in order of entering
 * it, so that the oldest of a state is always at hand and nothing is ever
 * searched for. The owner's struct begins with a struct pool_node:
 *
 *   heads[hash & mask] -> entry -> entry        pool_first(), pool_next()
 *   lists[state]: oldest <-> ... <-> newest     pool_oldest()
 *
 * State 0 is POOL_FREE. When the table is full, its owner lets an entry go.
 */
#ifndef UTIL_POOL_H
#define UTIL_POOL_H

#include <assert.h>
#include <stdbool.h>

#include "util/budget.h"
#include "util/bytes.h"

#define POOL_NONE UINT32_MAX

enum { POOL_FREE = 0, POOL_STATES = 9 };

/* Chained both ways: under one hash may stand as many as the table holds, and
 * letting one go must not walk past them. */
struct pool_node {
    int64_t since;          /* the owner's clock when it entered its state */
    uint32_t hash;          /* its low bits */
    uint32_t chain, before; /* next older and newer of the chain */
    uint32_t older, newer;  /* in the list of the state */
    uint8_t state;
};
static_assert(sizeof(struct pool_node) == 32, "half a cache line");

struct pool {
    uint8_t *entries;
    size_t entry_octets;
    uint32_t *heads;
    uint32_t mask;
    uint32_t ceiling;
    uint32_t made; /* entries ever used: the others are untouched memory */
    struct pool_list {
        uint32_t oldest, newest, count;
    } lists[POOL_STATES];
};

/* `ceiling` entries of `entry_octets`. False when memory is refused. */
MUST_USE bool pool_init(struct pool *pool, size_t entry_octets,
                        uint32_t ceiling, struct budget *budget);
void pool_fini(struct pool *pool);

static inline void *pool_at(const struct pool *pool, uint32_t i)
{
    return pool->entries + i * pool->entry_octets;
}

static inline struct pool_node *pool_node(const struct pool *pool, uint32_t i)
{
    return pool_at(pool, i);
}

/* The newest entry with this hash's head, or POOL_NONE; then the next older.
 * Entries of other hashes may stand between. */
static inline uint32_t pool_first(const struct pool *pool, uint64_t hash)
{
    return pool->heads[hash & pool->mask];
}

static inline uint32_t pool_next(const struct pool *pool, uint32_t i)
{
    return pool_node(pool, i)->chain;
}

/* The entry longest in `state`, or POOL_NONE. */
static inline uint32_t pool_oldest(const struct pool *pool, int state)
{
    return pool->lists[state].oldest;
}

static inline uint32_t pool_count(const struct pool *pool, int state)
{
    return pool->lists[state].count;
}

static inline bool pool_is_full(const struct pool *pool)
{
    return pool->made == pool->ceiling &&
           pool->lists[POOL_FREE].oldest == POOL_NONE;
}

/* A free entry, chained under `hash` and put into `state`. What lies behind its
 * node is whatever was there before. The pool is not full. */
uint32_t pool_insert(struct pool *pool, uint64_t hash, int state,
                     int64_t since);

/* Moves an entry to the end of the list of `state`, its own too. */
void pool_enter(struct pool *pool, uint32_t i, int state, int64_t since);

/* Chains an entry under another hash, as the newest. */
void pool_rechain(struct pool *pool, uint32_t i, uint64_t hash);

/* Unchains an entry and makes it free. */
void pool_forget(struct pool *pool, uint32_t i);

static inline void pool_prefetch(const struct pool *pool, uint64_t hash)
{
    PREFETCH(&pool->heads[hash & pool->mask]);
}

/* The second step of a prefetched lookup: the first entry of the chain. */
static inline void pool_prefetch_entry(const struct pool *pool, uint64_t hash)
{
    const uint32_t i = pool_first(pool, hash);
    if (i != POOL_NONE)
        PREFETCH(pool_at(pool, i));
}

/* The entry that is the oldest of its state when `i`, which is, has gone. */
static inline void pool_prefetch_newer(const struct pool *pool, uint32_t i)
{
    const uint32_t newer = pool_node(pool, i)->newer;
    if (newer != POOL_NONE)
        PREFETCH(pool_at(pool, newer));
}

#endif
