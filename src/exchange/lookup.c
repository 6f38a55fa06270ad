#include "exchange/lookup.h"

#include <stdlib.h>

#include "util/hash.h"
#include "util/pool.h"

#define MS INT64_C(1000000)

/* A and AAAA of one call: measured 1 to 400 us apart, Go's goroutines up to
 * 2 ms; 5 ms is a longer pause than any stub makes, shorter than a person. */
static const int64_t sibling_ns = 5 * MS;
/* A repeat while the first is still open comes on a timer; what comes sooner
 * is another lookup (measured: 250 ms c-ares, 1 s and more all others). */
static const int64_t retry_ns = 200 * MS;
/* A stub that repeats after SERVFAIL does so at once. */
static const int64_t failure_repeat_ns = 1000 * MS;

/* A load generator keeps thousands of lookups of one name open; the newest ones
 * are at the front of a chain, and only those can take a question. */
static const unsigned chain_steps = 16;

enum state {
    WAITING = POOL_FREE + 1, /* for an answer */
    SETTLED,                 /* may still get a sibling */
    FAILED,                  /* may still be repeated */
    STATES
};

struct open_lookup {
    struct pool_node node; /* hashed from client and name */
    struct exchange_lookup event;
    int64_t end_ns; /* last needed answer so far */
    uint64_t key;
    uint32_t waiting; /* transactions not settled */
    uint32_t last_server;
    uint32_t answered, nxdomain, nodata, failed, unanswered, open_at_end;
    bool timed;
};

struct exchange_lookups {
    struct pool pool;
    uint32_t next_id;
    uint64_t seed, evicted;
    struct exchange_outbox *outbox;
};

struct exchange_lookups *exchange_lookups_new(uint32_t ceiling, uint64_t seed,
                                              struct budget *budget,
                                              struct exchange_outbox *outbox)
{
    struct exchange_lookups *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->seed = seed;
    t->outbox = outbox;
    if (pool_init(&t->pool, sizeof(struct open_lookup), ceiling, budget))
        return t;
    exchange_lookups_free(t);
    return NULL;
}

void exchange_lookups_free(struct exchange_lookups *t)
{
    if (!t)
        return;
    pool_fini(&t->pool);
    free(t);
}

uint64_t exchange_lookups_evicted(const struct exchange_lookups *t)
{
    return t->evicted;
}

static struct open_lookup *at(const struct exchange_lookups *t, uint32_t i)
{
    return pool_at(&t->pool, i);
}

static uint8_t outcome_of(const struct open_lookup *l)
{
    const bool missing = l->failed || l->unanswered;
    if (l->open_at_end || l->waiting)
        return EXCHANGE_LOOKUP_OPEN_AT_END;
    if (l->answered)
        return missing ? EXCHANGE_LOOKUP_PARTLY : EXCHANGE_LOOKUP_ANSWERED;
    if (l->unanswered && !l->nodata && !l->nxdomain)
        return l->failed ? EXCHANGE_LOOKUP_FAILED : EXCHANGE_LOOKUP_GAVE_UP;
    if (l->nodata)
        return missing ? EXCHANGE_LOOKUP_PARTLY : EXCHANGE_LOOKUP_NODATA;
    return l->nxdomain ? EXCHANGE_LOOKUP_NXDOMAIN : EXCHANGE_LOOKUP_FAILED;
}

static void close_lookup(struct exchange_lookups *t, uint32_t i)
{
    const struct open_lookup *l = at(t, i);
    struct exchange_lookup *out = exchange_outbox_lookup(t->outbox);
    *out = l->event;
    out->outcome = outcome_of(l);
    /* Without any answer the wait has no end that the capture shows. */
    const bool ended =
        l->timed && !l->waiting && !l->unanswered && !l->open_at_end;
    out->wait_ns = ended ? l->end_ns - l->event.time_ns : EXCHANGE_UNKNOWN_NS;
    pool_forget(&t->pool, i);
}

/* A lookup closed because the table is full is told as it stands; its
 * transactions go on without it. */
static void evict(struct exchange_lookups *t)
{
    t->evicted++;
    for (int state = STATES - 1; state >= WAITING; state--)
        if (pool_oldest(&t->pool, state) != POOL_NONE) {
            close_lookup(t, pool_oldest(&t->pool, state));
            return;
        }
}

static bool has_type(const struct open_lookup *l, uint16_t qtype)
{
    for (unsigned i = 0; i < l->event.type_count; i++)
        if (l->event.types[i] == qtype)
            return true;
    return false;
}

static bool accepts(const struct open_lookup *l, uint16_t qtype, int64_t now_ns)
{
    if (!has_type(l, qtype))
        return now_ns - l->event.time_ns <= sibling_ns &&
               l->event.type_count < EXCHANGE_LOOKUP_TYPES;
    if (l->failed && !l->answered) /* both types are repeated, in turn */
        return now_ns - l->node.since <= failure_repeat_ns;
    if (l->node.state == WAITING)
        return now_ns - l->event.last_attempt_ns >= retry_ns;
    /* After a time-out glibc asks one at a time, the answered one too. */
    return now_ns - l->node.since <= sibling_ns &&
           l->event.last_attempt_ns - l->event.time_ns >= retry_ns;
}

static void count_query(struct open_lookup *l, const struct exchange_message *m)
{
    l->event.queries++;
    l->event.last_attempt_ns = m->time_ns;
    if (m->frame > l->event.last_frame)
        l->event.last_frame = m->frame;
    if (m->server_id != l->last_server && l->event.servers < UINT8_MAX)
        l->event.servers++;
    l->last_server = m->server_id;
}

static uint32_t find(const struct exchange_lookups *t, uint64_t key,
                     uint64_t hash, uint16_t qtype, int64_t now_ns)
{
    uint32_t i = pool_first(&t->pool, hash);
    for (unsigned steps = 0; i != POOL_NONE && steps < chain_steps; steps++) {
        if (at(t, i)->key == key && accepts(at(t, i), qtype, now_ns))
            return i;
        i = pool_next(&t->pool, i);
    }
    return POOL_NONE;
}

static uint32_t open_new(struct exchange_lookups *t,
                         const struct exchange_message *query, uint32_t name_id,
                         uint64_t hash, int64_t now_ns)
{
    if (pool_is_full(&t->pool))
        evict(t);
    const uint32_t i = pool_insert(&t->pool, hash, WAITING, now_ns);
    struct open_lookup *l = at(t, i);
    *l = (struct open_lookup){
        .node = l->node,
        .event = {.time_ns = query->time_ns,
                  .first_frame = query->frame,
                  .id = t->next_id++,
                  .client_id = query->client_id,
                  .name_id = name_id},
        .end_ns = query->time_ns,
        .key = (uint64_t)query->client_id << 32 | name_id,
        .last_server = UINT32_MAX,
        .timed = query->timed,
    };
    return i;
}

uint32_t exchange_lookups_join(struct exchange_lookups *t,
                               const struct exchange_message *query,
                               uint32_t name_id, int64_t now_ns, uint32_t *id)
{
    const uint64_t key = (uint64_t)query->client_id << 32 | name_id;
    const uint64_t hash = hash_u64(key, t->seed);
    const uint16_t qtype = query->dns.qtype;
    uint32_t i = find(t, key, hash, qtype, now_ns);
    if (i == POOL_NONE)
        i = open_new(t, query, name_id, hash, now_ns);
    struct open_lookup *l = at(t, i);
    if (l->node.state != WAITING)
        pool_enter(&t->pool, i, WAITING, now_ns);
    if (!has_type(l, qtype))
        l->event.types[l->event.type_count++] = qtype;
    count_query(l, query);
    l->waiting++;
    *id = l->event.id;
    return i;
}

/* The lookup of a handle, or NULL when it was closed meanwhile. */
static struct open_lookup *of_handle(struct exchange_lookups *t,
                                     uint32_t handle, uint32_t id)
{
    struct open_lookup *l = at(t, handle);
    return l->node.state != POOL_FREE && l->event.id == id ? l : NULL;
}

void exchange_lookups_repeat(struct exchange_lookups *t, uint32_t handle,
                             uint32_t id, const struct exchange_message *query)
{
    struct open_lookup *l = of_handle(t, handle, id);
    if (l)
        count_query(l, query);
}

static void count_outcome(struct open_lookup *l,
                          const struct exchange_settlement *s)
{
    if (s->outcome == EXCHANGE_UNANSWERED)
        l->unanswered++;
    else if (s->outcome == EXCHANGE_REFUSED)
        l->failed++;
    else if (s->outcome == EXCHANGE_OPEN_AT_END)
        l->open_at_end++;
    else if (s->rcode == DNS_NXDOMAIN)
        l->nxdomain++;
    else if (s->rcode != DNS_NOERROR)
        l->failed++;
    else if (s->nodata)
        l->nodata++;
    else
        l->answered++;
}

void exchange_lookups_settle(struct exchange_lookups *t, uint32_t handle,
                             uint32_t id, int64_t now_ns,
                             const struct exchange_settlement *s)
{
    struct open_lookup *l = of_handle(t, handle, id);
    if (!l)
        return;
    count_outcome(l, s);
    if (s->frame > l->event.last_frame)
        l->event.last_frame = s->frame;
    if (s->time_ns > l->end_ns)
        l->end_ns = s->time_ns;
    l->timed = l->timed && s->timed;
    if (--l->waiting == 0)
        pool_enter(&t->pool, handle,
                   l->failed && !l->answered ? FAILED : SETTLED, now_ns);
}

static void close_older(struct exchange_lookups *t, enum state state,
                        int64_t than_ns)
{
    uint32_t i;
    while ((i = pool_oldest(&t->pool, state)) != POOL_NONE &&
           at(t, i)->node.since < than_ns)
        close_lookup(t, i);
}

void exchange_lookups_advance(struct exchange_lookups *t, int64_t now_ns)
{
    close_older(t, SETTLED, now_ns - sibling_ns);
    close_older(t, FAILED, now_ns - failure_repeat_ns);
}

void exchange_lookups_end(struct exchange_lookups *t)
{
    for (int state = WAITING; state < STATES; state++)
        close_older(t, (enum state)state, INT64_MAX);
}
