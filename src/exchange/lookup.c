/* Open lookups are chained from a hash of client and name. Each stands in the
 * list of its state, in order of entering it, so that what must be closed is
 * always at a list's head. */
#include "exchange/lookup.h"

#include <stdlib.h>

#include "util/hash.h"

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

#define NONE UINT32_MAX

enum state {
    FREE = 0,
    WAITING, /* for an answer */
    SETTLED, /* may still get a sibling */
    FAILED,  /* may still be repeated */
    STATES
};

struct open_lookup {
    struct exchange_lookup event;
    int64_t end_ns;   /* last needed answer so far */
    int64_t since_ns; /* monotonic: entered its state */
    uint64_t key;
    uint32_t chain;        /* next with the same hash */
    uint32_t older, newer; /* in the list of its state */
    uint32_t waiting;      /* transactions not settled */
    uint32_t last_server;
    uint32_t answered, nxdomain, nodata, failed, unanswered, open_at_end;
    uint8_t state;
    bool timed;
};

struct list {
    uint32_t oldest, newest;
};

struct exchange_lookups {
    struct open_lookup *pool;
    uint32_t *heads;
    uint32_t mask;
    uint32_t ceiling, made; /* pool entries ever used */
    struct list lists[STATES];
    uint32_t next_id;
    uint64_t seed, evicted;
    struct exchange_outbox *outbox;
};

struct exchange_lookups *exchange_lookups_new(uint32_t ceiling, uint64_t seed,
                                              struct budget *budget,
                                              struct exchange_outbox *outbox)
{
    uint32_t heads = 1024;
    while (heads < ceiling)
        heads *= 2;
    const size_t octets =
        heads * sizeof(uint32_t) + ceiling * sizeof(struct open_lookup);
    if (!budget_take(budget, octets))
        return NULL;
    struct exchange_lookups *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    *t = (struct exchange_lookups){
        .mask = heads - 1, .ceiling = ceiling, .seed = seed, .outbox = outbox};
    t->pool = calloc(ceiling, sizeof *t->pool);
    t->heads = malloc(heads * sizeof *t->heads);
    if (!t->pool || !t->heads) {
        exchange_lookups_free(t);
        return NULL;
    }
    memset(t->heads, 0xff, heads * sizeof *t->heads);
    memset(t->lists, 0xff, sizeof t->lists);
    return t;
}

void exchange_lookups_free(struct exchange_lookups *t)
{
    if (!t)
        return;
    free(t->pool);
    free(t->heads);
    free(t);
}

uint64_t exchange_lookups_evicted(const struct exchange_lookups *t)
{
    return t->evicted;
}

static void list_remove(struct exchange_lookups *t, uint32_t i)
{
    const struct open_lookup *l = &t->pool[i];
    struct list *list = &t->lists[l->state];
    *(l->older == NONE ? &list->oldest : &t->pool[l->older].newer) = l->newer;
    *(l->newer == NONE ? &list->newest : &t->pool[l->newer].older) = l->older;
}

static void list_append(struct exchange_lookups *t, uint32_t i,
                        enum state state)
{
    struct open_lookup *l = &t->pool[i];
    struct list *list = &t->lists[state];
    l->state = (uint8_t)state;
    l->older = list->newest;
    l->newer = NONE;
    *(list->newest == NONE ? &list->oldest : &t->pool[list->newest].newer) = i;
    list->newest = i;
}

static void enter(struct exchange_lookups *t, uint32_t i, enum state state,
                  int64_t now_ns)
{
    list_remove(t, i);
    list_append(t, i, state);
    t->pool[i].since_ns = now_ns;
}

static uint32_t *head_of(struct exchange_lookups *t, uint64_t key)
{
    return &t->heads[hash_u64(key, t->seed) & t->mask];
}

static void chain_remove(struct exchange_lookups *t, uint32_t i)
{
    uint32_t *link = head_of(t, t->pool[i].key);
    while (*link != i)
        link = &t->pool[*link].chain;
    *link = t->pool[i].chain;
}

static uint8_t outcome_of(const struct open_lookup *l)
{
    const bool missing = l->failed || l->unanswered;
    if (l->answered)
        return missing ? EXCHANGE_LOOKUP_PARTLY : EXCHANGE_LOOKUP_ANSWERED;
    if (l->open_at_end || l->waiting)
        return EXCHANGE_LOOKUP_OPEN_AT_END;
    if (l->unanswered && !l->nodata && !l->nxdomain)
        return l->failed ? EXCHANGE_LOOKUP_FAILED : EXCHANGE_LOOKUP_GAVE_UP;
    if (l->nodata)
        return missing ? EXCHANGE_LOOKUP_PARTLY : EXCHANGE_LOOKUP_NODATA;
    return l->nxdomain ? EXCHANGE_LOOKUP_NXDOMAIN : EXCHANGE_LOOKUP_FAILED;
}

static void close_lookup(struct exchange_lookups *t, uint32_t i)
{
    struct open_lookup *l = &t->pool[i];
    struct exchange_lookup *out = exchange_outbox_lookup(t->outbox);
    *out = l->event;
    out->outcome = outcome_of(l);
    /* Without any answer the wait has no end that the capture shows. */
    const bool ended =
        l->timed && !l->waiting && !l->unanswered && !l->open_at_end;
    out->wait_ns = ended ? l->end_ns - l->event.time_ns : EXCHANGE_UNKNOWN_NS;
    chain_remove(t, i);
    enter(t, i, FREE, 0);
}

/* A lookup closed because the table is full is told as it stands; its
 * transactions go on without it. */
static void evict(struct exchange_lookups *t)
{
    t->evicted++;
    for (int state = STATES - 1; state >= WAITING; state--)
        if (t->lists[state].oldest != NONE) {
            close_lookup(t, t->lists[state].oldest);
            return;
        }
}

/* An entry that stands in no list yet. */
static uint32_t take_entry(struct exchange_lookups *t)
{
    if (t->lists[FREE].oldest == NONE && t->made < t->ceiling)
        return t->made++;
    if (t->lists[FREE].oldest == NONE)
        evict(t);
    const uint32_t i = t->lists[FREE].newest; /* still in the cache */
    list_remove(t, i);
    return i;
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
        return now_ns - l->since_ns <= failure_repeat_ns;
    if (l->state == WAITING)
        return now_ns - l->event.last_attempt_ns >= retry_ns;
    /* After a time-out glibc asks one at a time, the answered one too. */
    return now_ns - l->since_ns <= sibling_ns &&
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

uint32_t exchange_lookups_join(struct exchange_lookups *t,
                               const struct exchange_message *query,
                               uint32_t name_id, int64_t now_ns, uint32_t *id)
{
    const uint64_t key = (uint64_t)query->client_id << 32 | name_id;
    const uint16_t qtype = query->dns.qtype;
    uint32_t i = *head_of(t, key);
    for (unsigned steps = 0;
         i != NONE &&
         !(t->pool[i].key == key && accepts(&t->pool[i], qtype, now_ns));
         steps++)
        i = steps < chain_steps ? t->pool[i].chain : NONE;
    if (i == NONE) {
        i = take_entry(t);
        uint32_t *head = head_of(t, key);
        t->pool[i] = (struct open_lookup){
            .event = {.time_ns = query->time_ns,
                      .first_frame = query->frame,
                      .id = t->next_id++,
                      .client_id = query->client_id,
                      .name_id = name_id},
            .end_ns = query->time_ns,
            .key = key,
            .chain = *head,
            .last_server = NONE,
            .timed = query->timed,
            .since_ns = now_ns,
        };
        *head = i;
        list_append(t, i, WAITING);
    } else if (t->pool[i].state != WAITING) {
        enter(t, i, WAITING, now_ns);
    }
    struct open_lookup *l = &t->pool[i];
    if (!has_type(l, qtype))
        l->event.types[l->event.type_count++] = qtype;
    count_query(l, query);
    l->waiting++;
    *id = l->event.id;
    return i;
}

/* The lookup of a handle, or NULL when it was closed meanwhile. */
static struct open_lookup *find(struct exchange_lookups *t, uint32_t handle,
                                uint32_t id)
{
    struct open_lookup *l = &t->pool[handle];
    return l->state != FREE && l->event.id == id ? l : NULL;
}

void exchange_lookups_repeat(struct exchange_lookups *t, uint32_t handle,
                             uint32_t id, const struct exchange_message *query)
{
    struct open_lookup *l = find(t, handle, id);
    if (l)
        count_query(l, query);
}

static void count_outcome(struct open_lookup *l,
                          const struct exchange_settlement *s)
{
    if (s->outcome == EXCHANGE_UNANSWERED)
        l->unanswered++;
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
    struct open_lookup *l = find(t, handle, id);
    if (!l)
        return;
    count_outcome(l, s);
    if (s->frame > l->event.last_frame)
        l->event.last_frame = s->frame;
    if (s->time_ns > l->end_ns)
        l->end_ns = s->time_ns;
    l->timed = l->timed && s->timed;
    if (--l->waiting == 0)
        enter(t, handle, l->failed && !l->answered ? FAILED : SETTLED, now_ns);
}

static void close_older(struct exchange_lookups *t, enum state state,
                        int64_t than_ns)
{
    uint32_t i;
    while ((i = t->lists[state].oldest) != NONE &&
           t->pool[i].since_ns < than_ns)
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
