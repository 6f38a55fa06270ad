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
/* ... but not for ever: glibc gives up its third server after 28 s. */
static const int64_t ladder_ns = 30000 * MS;
/* After SERVFAIL stubs repeat at once, Go with new ports and IDs; musl does so
 * again after 2.5 s, from the same socket. */
static const int64_t failure_repeat_ns = 50 * MS;
static const int64_t repeatable_ns = 3000 * MS; /* also TC, then TCP */
/* c-ares goes on at once with its other type, but repeats what was refused by
 * ICMP on its timer of 5 s, with the ID of before. */
static const int64_t refused_ns = 6000 * MS;

/* A load generator keeps thousands of lookups of one name open; the newest ones
 * are at the front of a chain, and only those can take a question. */
static const unsigned chain_steps = 16;

enum state {
    WAITING = POOL_FREE + 1, /* for an answer */
    SETTLED,                 /* may still get a sibling */
    REPEATABLE,              /* failed or truncated: may be asked again */
    REFUSED,                 /* the same, by ICMP, and later */
    STATES
};

/* What the transactions of a type came to: the best of them counts. */
enum result {
    RESULT_OPEN, /* nobody saw the end */
    RESULT_UNANSWERED,
    RESULT_REFUSED, /* by an ICMP error */
    RESULT_FAILED,
    RESULT_TRUNCATED, /* the rest is to be had over TCP */
    RESULT_NXDOMAIN,  /* from here on a retry has nothing to gain */
    RESULT_NODATA,
    RESULT_ANSWERED,
};

/* How the client's wait for a type stands. */
enum wait {
    WAIT_OPEN,
    WAIT_ENDED,  /* by a response */
    WAIT_SILENT, /* by giving up */
    WAIT_UNSEEN, /* the capture or the table ended first */
};

/* One type of a lookup. */
struct asked {
    int64_t last_ns;     /* its newest query */
    uint32_t open;       /* transactions not settled */
    uint16_t message_id; /* of the newest transaction */
    uint8_t result;      /* enum result */
    uint8_t wait;        /* enum wait */
};
static_assert(sizeof(struct asked) == 16, "four to a cache line");

enum { SERVERS = 4 }; /* told apart: glibc and musl know three */

struct open_lookup {
    struct pool_node node; /* hashed from client and name */
    struct exchange_lookup event;
    struct asked asked[EXCHANGE_LOOKUP_TYPES]; /* as event.types */
    int64_t end_ns;                            /* last needed answer so far */
    int64_t settled_ns; /* monotonic: of the last transaction that ended */
    uint64_t key;
    uint32_t servers[SERVERS]; /* event.servers of them */
    uint16_t port;             /* of the newest transaction */
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

/* A bit for each result that a type came to. */
static unsigned results_of(const struct open_lookup *l)
{
    unsigned results = 0;
    for (unsigned i = 0; i < l->event.type_count; i++) {
        const struct asked *a = &l->asked[i];
        const bool open = a->wait == WAIT_OPEN || a->wait == WAIT_UNSEEN;
        results |= 1U << (open ? RESULT_OPEN : a->result);
    }
    return results;
}

static bool is_among(unsigned results, enum result result)
{
    return results >> result & 1;
}

static uint8_t outcome_of(unsigned results)
{
    const bool failed =
        is_among(results, RESULT_FAILED) || is_among(results, RESULT_REFUSED);
    const bool missing = failed || is_among(results, RESULT_UNANSWERED);
    if (is_among(results, RESULT_OPEN))
        return EXCHANGE_LOOKUP_OPEN_AT_END;
    if (is_among(results, RESULT_ANSWERED) ||
        is_among(results, RESULT_TRUNCATED))
        return missing ? EXCHANGE_LOOKUP_PARTLY : EXCHANGE_LOOKUP_ANSWERED;
    if (is_among(results, RESULT_NODATA))
        return missing ? EXCHANGE_LOOKUP_PARTLY : EXCHANGE_LOOKUP_NODATA;
    if (is_among(results, RESULT_NXDOMAIN))
        return EXCHANGE_LOOKUP_NXDOMAIN;
    return failed ? EXCHANGE_LOOKUP_FAILED : EXCHANGE_LOOKUP_GAVE_UP;
}

/* Something failed, and nothing has come of the other types. */
static bool has_failed(const struct open_lookup *l)
{
    const unsigned results = results_of(l);
    return (is_among(results, RESULT_FAILED) ||
            is_among(results, RESULT_REFUSED)) &&
           !is_among(results, RESULT_ANSWERED);
}

/* Whether the wait for one of the types ended without any answer. */
static bool is_silent(const struct open_lookup *l)
{
    for (unsigned i = 0; i < l->event.type_count; i++)
        if (l->asked[i].wait == WAIT_SILENT)
            return true;
    return false;
}

/* Whether each type was waited for until its answer came. */
static bool has_end(const struct open_lookup *l)
{
    for (unsigned i = 0; i < l->event.type_count; i++)
        if (l->asked[i].wait != WAIT_ENDED)
            return false;
    return l->timed;
}

static void close_lookup(struct exchange_lookups *t, uint32_t i)
{
    const struct open_lookup *l = at(t, i);
    struct exchange_lookup *out = exchange_outbox_lookup(t->outbox);
    *out = l->event;
    out->outcome = outcome_of(results_of(l));
    out->silent = is_silent(l);
    out->wait_ns =
        has_end(l) ? l->end_ns - l->event.time_ns : EXCHANGE_UNKNOWN_NS;
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

/* The place of a type among those asked, or their number. */
static unsigned place_of(const struct open_lookup *l, uint16_t qtype)
{
    unsigned i = 0;
    while (i < l->event.type_count && l->event.types[i] != qtype)
        i++;
    return i;
}

/* A type not asked so far comes with the first one, or right behind its answer:
 * glibc's single-request. */
static bool accepts_sibling(const struct open_lookup *l, int64_t now_ns)
{
    return l->event.type_count < EXCHANGE_LOOKUP_TYPES &&
           (now_ns - l->event.time_ns <= sibling_ns ||
            (l->node.state != WAITING && now_ns - l->node.since <= sibling_ns));
}

static bool accepts_repeat(const struct open_lookup *l, const struct asked *a,
                           const struct exchange_message *query, int64_t now_ns)
{
    /* musl asks all servers at once and repeats failures, glibc repeats what
     * was answered, each with the ID of before. */
    if (query->client_port == l->port && query->dns.id == a->message_id)
        return true;
    if (now_ns - l->event.time_ns > ladder_ns)
        return false;
    if (a->result == RESULT_REFUSED && query->dns.id == a->message_id)
        return true;
    if (a->result == RESULT_TRUNCATED &&
        now_ns - l->settled_ns <= repeatable_ns)
        return true;
    if (has_failed(l) && now_ns - l->settled_ns <= failure_repeat_ns)
        return true;
    if (l->node.state == WAITING)
        return now_ns - a->last_ns >= retry_ns;
    /* After a time-out glibc asks one at a time, the answered one too. */
    return now_ns - l->node.since <= sibling_ns &&
           l->event.last_attempt_ns - l->event.time_ns >= retry_ns;
}

static bool accepts(const struct open_lookup *l,
                    const struct exchange_message *query, int64_t now_ns)
{
    const unsigned place = place_of(l, query->dns.qtype);
    return place == l->event.type_count
               ? accepts_sibling(l, now_ns)
               : accepts_repeat(l, &l->asked[place], query, now_ns);
}

static void count_query(struct open_lookup *l, unsigned place,
                        const struct exchange_message *m)
{
    l->asked[place].last_ns = m->time_ns;
    l->event.queries++;
    if (m->time_ns > l->event.last_attempt_ns)
        l->event.last_attempt_ns = m->time_ns;
    if (m->frame > l->event.last_frame)
        l->event.last_frame = m->frame;
    unsigned i = 0;
    while (i < l->event.servers && l->servers[i] != m->server_id)
        i++;
    if (i == l->event.servers && i < SERVERS)
        l->servers[l->event.servers++] = m->server_id;
}

static uint32_t find(const struct exchange_lookups *t, uint64_t key,
                     uint64_t hash, const struct exchange_message *query,
                     int64_t now_ns)
{
    uint32_t i = pool_first(&t->pool, hash);
    for (unsigned steps = 0; i != POOL_NONE && steps < chain_steps; steps++) {
        if (at(t, i)->key == key && accepts(at(t, i), query, now_ns))
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
                  .last_attempt_ns = query->time_ns,
                  .first_frame = query->frame,
                  .id = t->next_id++,
                  .client_id = query->client_id,
                  .name_id = name_id},
        .end_ns = query->time_ns,
        .key = (uint64_t)query->client_id << 32 | name_id,
        .timed = query->timed,
    };
    return i;
}

static void open_type(struct open_lookup *l, unsigned place,
                      const struct exchange_message *query)
{
    if (place == l->event.type_count)
        l->event.types[l->event.type_count++] = query->dns.qtype;
    struct asked *a = &l->asked[place];
    a->open++;
    a->message_id = query->dns.id;
    a->wait = WAIT_OPEN;
    l->port = query->client_port;
    count_query(l, place, query);
}

/* A handle is an entry and which of its types. */
uint32_t exchange_lookups_join(struct exchange_lookups *t,
                               const struct exchange_message *query,
                               uint32_t name_id, int64_t now_ns, uint32_t *id)
{
    const uint64_t key = (uint64_t)query->client_id << 32 | name_id;
    const uint64_t hash = hash_u64(key, t->seed);
    uint32_t i = find(t, key, hash, query, now_ns);
    if (i == POOL_NONE)
        i = open_new(t, query, name_id, hash, now_ns);
    else if (at(t, i)->node.state != WAITING)
        pool_enter(&t->pool, i, WAITING, now_ns);
    struct open_lookup *l = at(t, i);
    const unsigned place = place_of(l, query->dns.qtype);
    open_type(l, place, query);
    *id = l->event.id;
    return i * EXCHANGE_LOOKUP_TYPES + place;
}

/* The lookup of a handle, or NULL when it was closed meanwhile. */
static struct open_lookup *of_handle(struct exchange_lookups *t,
                                     uint32_t handle, uint32_t id)
{
    struct open_lookup *l = at(t, handle / EXCHANGE_LOOKUP_TYPES);
    return l->node.state != POOL_FREE && l->event.id == id ? l : NULL;
}

void exchange_lookups_repeat(struct exchange_lookups *t, uint32_t handle,
                             uint32_t id, const struct exchange_message *query)
{
    struct open_lookup *l = of_handle(t, handle, id);
    if (l)
        count_query(l, handle % EXCHANGE_LOOKUP_TYPES, query);
}

static enum result result_of(const struct exchange_settlement *s)
{
    if (s->outcome == EXCHANGE_UNANSWERED)
        return RESULT_UNANSWERED;
    if (s->outcome == EXCHANGE_OPEN_AT_END)
        return RESULT_OPEN;
    if (s->outcome == EXCHANGE_REFUSED)
        return RESULT_REFUSED;
    if (s->truncated)
        return RESULT_TRUNCATED;
    if (s->rcode == DNS_NXDOMAIN)
        return RESULT_NXDOMAIN;
    if (s->rcode != DNS_NOERROR)
        return RESULT_FAILED;
    return s->nodata ? RESULT_NODATA : RESULT_ANSWERED;
}

/* The first real answer ends the wait, whatever other servers still send; a
 * failure or silence ends it when nothing else is on its way. */
static void end_wait(struct open_lookup *l, struct asked *a, enum result result,
                     const struct exchange_settlement *s)
{
    if (a->wait != WAIT_OPEN || (result < RESULT_NXDOMAIN && a->open > 0))
        return;
    a->wait = result == RESULT_OPEN         ? WAIT_UNSEEN
              : result == RESULT_UNANSWERED ? WAIT_SILENT
                                            : WAIT_ENDED;
    l->timed = l->timed && s->timed;
    if (s->time_ns > l->end_ns)
        l->end_ns = s->time_ns;
}

static enum state state_of(const struct open_lookup *l)
{
    for (unsigned i = 0; i < l->event.type_count; i++)
        if (l->asked[i].wait == WAIT_OPEN)
            return WAITING;
    if (is_among(results_of(l), RESULT_REFUSED))
        return REFUSED;
    const bool truncated = is_among(results_of(l), RESULT_TRUNCATED);
    return has_failed(l) || truncated ? REPEATABLE : SETTLED;
}

void exchange_lookups_settle(struct exchange_lookups *t, uint32_t handle,
                             uint32_t id, int64_t now_ns,
                             const struct exchange_settlement *s)
{
    struct open_lookup *l = of_handle(t, handle, id);
    if (!l)
        return;
    struct asked *a = &l->asked[handle % EXCHANGE_LOOKUP_TYPES];
    const enum result result = result_of(s);
    if (result > a->result)
        a->result = (uint8_t)result;
    a->open--;
    end_wait(l, a, result, s);
    l->settled_ns = now_ns;
    if (s->frame > l->event.last_frame)
        l->event.last_frame = s->frame;
    const int state = (int)state_of(l);
    if (state != l->node.state)
        pool_enter(&t->pool, handle / EXCHANGE_LOOKUP_TYPES, state, now_ns);
}

static void close_older(struct exchange_lookups *t, int state, int64_t than_ns)
{
    uint32_t i;
    while ((i = pool_oldest(&t->pool, state)) != POOL_NONE &&
           at(t, i)->node.since < than_ns)
        close_lookup(t, i);
}

void exchange_lookups_advance(struct exchange_lookups *t, int64_t now_ns)
{
    close_older(t, SETTLED, now_ns - sibling_ns);
    close_older(t, REPEATABLE, now_ns - repeatable_ns);
    close_older(t, REFUSED, now_ns - refused_ns);
}

void exchange_lookups_end(struct exchange_lookups *t)
{
    for (int state = WAITING; state < STATES; state++)
        close_older(t, state, INT64_MAX);
}
