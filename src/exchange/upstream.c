#include "exchange/upstream.h"

#include <stdlib.h>

#include "dns/name.h"
#include "dns/record.h"
#include "exchange/events.h"
#include "util/hash.h"
#include "util/pool.h"

enum {
    WANT = POOL_FREE + 1, /* the only state of either pool */
    WATCHED = 1024,       /* transactions until a server that asks nobody is
                             taken for no resolver */
    SERVED = 4,           /* A, AAAA and HTTPS of one name, and one more */
    NEAREST = 32,         /* newest wants that a name above may be for */
    HINTS = 8,            /* names that one response leads to */
    RECORDS = 64,         /* looked at for them */
    HINT_WORK = 4096,     /* octets looked at to expand them */
    HINT_CHAIN = 64,
};

/* A resolver's own work between a response and its answers. */
static const int64_t handing_on_ns = INT64_C(10000000);

/* A want while it has this number. */
struct reference {
    uint32_t want, number;
};

struct want {
    struct pool_node node; /* hashed from resolver, name and type */
    uint64_t name_hash;
    int64_t covered_ns, since_ns; /* its clock, and since when it runs */
    uint32_t resolver;            /* server id */
    uint32_t name_id;
    uint32_t number;
    uint32_t older, newer; /* of the resolver's, while somebody waits */
    uint32_t waiting;      /* transactions */
    uint32_t busy;         /* fetches under way for it */
    uint32_t starts, ends; /* of fetches */
    uint32_t round;        /* of its own fetch: late answers to an earlier one
                              end nothing */
    uint16_t type;
    bool asking; /* its own fetch is under way */
    uint8_t served_count;
    struct reference served[SERVED]; /* for whom else, when nobody waits */
};

/* A name that another once led a resolver to. That stays true for other types
 * and later questions, whose first step then is in its cache. */
struct hint {
    struct pool_node node; /* hashed from resolver and name */
    uint64_t name_hash, origin_hash;
    uint32_t resolver;
    uint16_t origin_type; /* asked for when it was learned */
};

/* By server id. */
struct resolver {
    uint32_t newest; /* of its wants, while it has any */
    uint32_t wants;  /* that somebody waits for */
    uint32_t asked;  /* transactions */
    bool asks;
};

struct exchange_upstream {
    struct pool wants, hints;
    struct resolver *resolvers;
    size_t resolver_capacity;
    uint32_t next_number;
    uint64_t seed;
    const struct exchange_identity *ids;
    struct budget *budget;
    struct exchange_upstream_counters counters;
};

struct exchange_upstream *
exchange_upstream_new(uint32_t ceiling, uint64_t seed,
                      const struct exchange_identity *ids,
                      struct budget *budget)
{
    struct exchange_upstream *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    *u = (struct exchange_upstream){
        .next_number = 1, .seed = seed, .ids = ids, .budget = budget};
    if (pool_init(&u->wants, sizeof(struct want), ceiling, budget) &&
        pool_init(&u->hints, sizeof(struct hint), ceiling, budget))
        return u;
    exchange_upstream_free(u);
    return NULL;
}

void exchange_upstream_free(struct exchange_upstream *u)
{
    if (!u)
        return;
    pool_fini(&u->wants);
    pool_fini(&u->hints);
    free(u->resolvers);
    free(u);
}

const struct exchange_upstream_counters *
exchange_upstream_counters(const struct exchange_upstream *u)
{
    return &u->counters;
}

static struct want *want_at(const struct exchange_upstream *u, uint32_t i)
{
    return pool_at(&u->wants, i);
}

static struct hint *hint_at(const struct exchange_upstream *u, uint32_t i)
{
    return pool_at(&u->hints, i);
}

/* The want that a reference means, or NULL when it is gone. */
static struct want *still(const struct exchange_upstream *u, struct reference r)
{
    if (r.number == 0)
        return NULL;
    struct want *w = want_at(u, r.want);
    return w->node.state == WANT && w->number == r.number ? w : NULL;
}

static struct reference refer(const struct exchange_upstream *u,
                              const struct want *w)
{
    const size_t offset = (size_t)((const uint8_t *)w - u->wants.entries);
    return (struct reference){(uint32_t)(offset / sizeof *w), w->number};
}

/* NULL for what did not fit any more. */
static struct resolver *resolver_of(struct exchange_upstream *u, uint32_t id)
{
    return id != 0 && id != INTERN_NONE &&
                   budget_grow(u->budget, (void **)&u->resolvers,
                               &u->resolver_capacity, id + (size_t)1,
                               sizeof *u->resolvers)
               ? &u->resolvers[id]
               : NULL;
}

/* --- the clock of a want ------------------------------------------------- */

static int64_t covered_ns(const struct want *w, int64_t time_ns)
{
    return w->covered_ns +
           (w->busy && time_ns > w->since_ns ? time_ns - w->since_ns : 0);
}

static void begin(struct want *w, int64_t time_ns)
{
    w->starts++;
    if (w->busy++ == 0)
        w->since_ns = time_ns;
}

static void end(struct want *w, int64_t time_ns)
{
    w->ends++;
    w->covered_ns = covered_ns(w, time_ns);
    w->since_ns = time_ns;
    w->busy--;
}

/* --- the table ----------------------------------------------------------- */

static uint64_t want_hash(const struct exchange_upstream *u, uint32_t resolver,
                          uint64_t name_hash, uint16_t type)
{
    return hash_u64(name_hash ^ ((uint64_t)resolver << 16 | type), u->seed);
}

static void link_want(struct exchange_upstream *u, struct want *w)
{
    struct resolver *r = &u->resolvers[w->resolver];
    const uint32_t self = refer(u, w).want;
    w->newer = POOL_NONE;
    w->older = r->wants++ ? r->newest : POOL_NONE;
    if (w->older != POOL_NONE)
        want_at(u, w->older)->newer = self;
    r->newest = self;
}

static void unlink_want(struct exchange_upstream *u, struct want *w)
{
    struct resolver *r = &u->resolvers[w->resolver];
    r->wants--;
    if (w->older != POOL_NONE)
        want_at(u, w->older)->newer = w->newer;
    if (w->newer != POOL_NONE)
        want_at(u, w->newer)->older = w->older;
    else
        r->newest = w->older;
}

static void release(struct exchange_upstream *u, struct want *w)
{
    if (w->waiting == 0 && !w->asking)
        pool_forget(&u->wants, refer(u, w).want);
}

static void evict(struct exchange_upstream *u)
{
    struct want *w = want_at(u, pool_oldest(&u->wants, WANT));
    if (w->waiting)
        unlink_want(u, w);
    pool_forget(&u->wants, refer(u, w).want);
    u->counters.evicted++;
}

static struct want *find(const struct exchange_upstream *u, uint32_t resolver,
                         uint64_t name_hash, uint16_t type)
{
    const uint64_t hash = want_hash(u, resolver, name_hash, type);
    for (uint32_t i = pool_first(&u->wants, hash); i != POOL_NONE;
         i = pool_next(&u->wants, i)) {
        struct want *w = want_at(u, i);
        if (w->name_hash == name_hash && w->resolver == resolver &&
            w->type == type)
            return w;
    }
    return NULL;
}

/* The want of a resolver for the question of `m`, made if there is none. */
static struct want *want_of(struct exchange_upstream *u, uint32_t resolver,
                            const struct exchange_message *m)
{
    const uint64_t name_hash = m->dns.qname_hash;
    struct want *w = find(u, resolver, name_hash, m->dns.qtype);
    if (w)
        return w;
    if (pool_is_full(&u->wants))
        evict(u);
    const uint64_t hash = want_hash(u, resolver, name_hash, m->dns.qtype);
    w = want_at(u, pool_insert(&u->wants, hash, WANT, m->clock_ns));
    *w = (struct want){
        .node = w->node,
        .name_hash = name_hash,
        .resolver = resolver,
        .name_id = exchange_identity_question(u->ids, m->question_id).name_id,
        .number = u->next_number++,
        .type = m->dns.qtype,
    };
    u->next_number += u->next_number == 0; /* 0 refers to nothing */
    return w;
}

/* --- who waits ----------------------------------------------------------- */

/* Whether a fetch has ended a moment ago, and those who waited for it have no
 * answer yet: a resolver reads a question that arrived behind the response
 * before it has dealt with the response (measured: 13 us behind, unbound counts
 * a miss). */
static bool is_being_handed_on(const struct want *w, int64_t time_ns)
{
    return w->waiting && w->busy == 0 && w->ends &&
           time_ns - w->since_ns <= handing_on_ns;
}

static void join(struct exchange_upstream *u, uint32_t server_id,
                 const struct exchange_message *m, struct exchange_tie *tie)
{
    struct resolver *r = resolver_of(u, server_id);
    if (!r || (!r->asks && r->asked >= WATCHED))
        return;
    r->asked += r->asked < WATCHED;
    struct want *w = want_of(u, server_id, m);
    const bool is_late = is_being_handed_on(w, m->time_ns);
    if (w->waiting++ == 0)
        link_want(u, w);
    const struct reference to = refer(u, w);
    tie->want = to.want;
    tie->want_number = to.number;
    tie->covered_ns = covered_ns(w, m->time_ns);
    tie->starts = w->starts;
    tie->ends = w->ends - is_late; /* the fetch ends for it, too */
    tie->joined = w->busy > 0 || is_late;
}

/* Its want, which it waits for no longer. NULL when there is none. */
static struct want *leave(struct exchange_upstream *u, struct exchange_tie *tie)
{
    struct want *w = still(u, (struct reference){tie->want, tie->want_number});
    tie->want_number = 0;
    if (w && --w->waiting == 0)
        unlink_want(u, w);
    return w;
}

static enum exchange_source source_of(const struct want *w,
                                      const struct exchange_tie *tie,
                                      bool authoritative)
{
    if (tie->joined && w->ends != tie->ends)
        return EXCHANGE_SOURCE_JOINED;
    if (w->starts != tie->starts)
        return EXCHANGE_SOURCE_FETCHED;
    return authoritative ? EXCHANGE_SOURCE_AUTHORITY : EXCHANGE_SOURCE_ALONE;
}

/* --- who fetches --------------------------------------------------------- */

/* Whether `name` is `above` or below it; both are folded. */
static bool is_below(struct bytes name, struct bytes above)
{
    size_t at = 0;
    while (name.len - at > above.len)
        at += 1U + name.data[at];
    return name.len - at == above.len &&
           memcmp(name.data + at, above.data, above.len) == 0;
}

static void serve(struct exchange_upstream *u, struct want *fetch,
                  struct want *w, int64_t time_ns)
{
    if (fetch->served_count == SERVED) {
        u->counters.crowded++;
        return;
    }
    fetch->served[fetch->served_count++] = refer(u, w);
    begin(w, time_ns);
}

/* Who waits for the name that led to this one: in the same type as a rule, else
 * (the address of a name server, a minimised name) in one for which nothing is
 * fetched at the moment. */
static void serve_origin(struct exchange_upstream *u, struct want *fetch,
                         const struct hint *h, int64_t time_ns)
{
    const uint16_t types[] = {fetch->type, h->origin_type, DNS_A, DNS_AAAA};
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
        struct want *w = find(u, h->resolver, h->origin_hash, types[i]);
        if (w && w != fetch && w->waiting && (i == 0 || w->busy == 0)) {
            serve(u, fetch, w, time_ns);
            return;
        }
    }
}

static void serve_hinted(struct exchange_upstream *u, struct want *fetch,
                         int64_t time_ns)
{
    const uint64_t hash = want_hash(u, fetch->resolver, fetch->name_hash, 0);
    unsigned left = HINT_CHAIN;
    for (uint32_t i = pool_first(&u->hints, hash); i != POOL_NONE && left--;
         i = pool_next(&u->hints, i)) {
        const struct hint *h = hint_at(u, i);
        if (h->name_hash == fetch->name_hash && h->resolver == fetch->resolver)
            serve_origin(u, fetch, h, time_ns);
    }
}

/* The newest name at or below this one for which nothing is fetched yet, in
 * each type: QNAME minimisation, and the keys of the zones above. */
static void serve_below(struct exchange_upstream *u, struct want *fetch,
                        int64_t time_ns)
{
    const struct intern *names = &u->ids->names;
    const struct resolver *r = &u->resolvers[fetch->resolver];
    const struct bytes above = intern_key(names, fetch->name_id);
    const struct want *first = NULL;
    uint32_t i = r->wants ? r->newest : POOL_NONE;
    for (unsigned left = NEAREST; i != POOL_NONE && left; left--) {
        struct want *w = want_at(u, i);
        i = w->older;
        if (w->busy ||
            (first ? w->name_hash != first->name_hash
                   : !is_below(intern_key(names, w->name_id), above)))
            continue;
        first = w;
        serve(u, fetch, w, time_ns);
    }
}

/* A query of resolver `id`. */
static void fetch(struct exchange_upstream *u, uint32_t id,
                  const struct exchange_message *m, struct exchange_tie *tie)
{
    struct want *w = want_of(u, id, m);
    if (!w->asking) { /* else it is repeated, here or at another server */
        w->asking = true;
        w->served_count = 0;
        begin(w, m->time_ns);
        if (w->waiting == 0)
            serve_hinted(u, w, m->time_ns);
        if (w->waiting == 0 && w->served_count == 0)
            serve_below(u, w, m->time_ns);
    }
    const struct reference to = refer(u, w);
    tie->is_unprompted = w->waiting == 0 && w->served_count == 0;
    tie->fetch = to.want;
    tie->fetch_number = to.number;
    tie->round = w->round;
}

/* The fetch has ended, by whichever of its queries. NULL when it had before. */
static struct want *end_fetch(struct exchange_upstream *u, int64_t time_ns,
                              struct exchange_tie *tie)
{
    struct want *w =
        still(u, (struct reference){tie->fetch, tie->fetch_number});
    tie->fetch_number = 0;
    if (!w || !w->asking || w->round != tie->round)
        return NULL;
    w->asking = false;
    w->round++;
    end(w, time_ns);
    for (unsigned i = 0; i < w->served_count; i++) {
        struct want *served = still(u, w->served[i]);
        if (served)
            end(served, time_ns);
    }
    return w;
}

/* --- where responses lead ------------------------------------------------ */

static bool has_hint(const struct exchange_upstream *u, uint64_t hash,
                     uint64_t name_hash, const struct want *origin)
{
    unsigned left = HINT_CHAIN;
    for (uint32_t i = pool_first(&u->hints, hash); i != POOL_NONE && left--;
         i = pool_next(&u->hints, i)) {
        const struct hint *h = hint_at(u, i);
        if (h->name_hash == name_hash && h->resolver == origin->resolver &&
            h->origin_hash == origin->name_hash)
            return true;
    }
    return false;
}

static void put_hint(struct exchange_upstream *u, const struct want *origin,
                     struct bytes name, int64_t now_ns)
{
    const uint64_t name_hash = dns_name_hash(name.data, name.len, u->seed);
    const uint64_t hash = want_hash(u, origin->resolver, name_hash, 0);
    if (has_hint(u, hash, name_hash, origin))
        return;
    if (pool_is_full(&u->hints))
        pool_forget(&u->hints, pool_oldest(&u->hints, WANT));
    struct hint *h = hint_at(u, pool_insert(&u->hints, hash, WANT, now_ns));
    *h = (struct hint){h->node, name_hash, origin->name_hash, origin->resolver,
                       origin->type};
}

/* The name and, since it may be asked for step by step, those above it, but for
 * the last label, which everything stands below. */
static void put_hints(struct exchange_upstream *u, const struct want *origin,
                      struct bytes name, int64_t now_ns)
{
    unsigned labels = dns_name_labels(name.data, name.len);
    for (unsigned steps = HINTS; labels > 1 && steps; labels--, steps--) {
        put_hint(u, origin, name, now_ns);
        name.len -= 1U + name.data[0];
        name.data += 1U + name.data[0];
    }
}

/* `from` and all for whom it was fetched were led to `name`. */
static void lead(struct exchange_upstream *u, const struct want *from,
                 struct bytes name, int64_t now_ns)
{
    put_hints(u, from, name, now_ns);
    for (unsigned i = 0; i < from->served_count; i++) {
        const struct want *served = still(u, from->served[i]);
        if (served)
            put_hints(u, served, name, now_ns);
    }
}

static bool leads_on(const struct dns_record *record, bool has_glue)
{
    if (record->section == DNS_ANSWER)
        return record->type == DNS_CNAME;
    return record->section == DNS_AUTHORITY && record->type == DNS_NS &&
           !has_glue;
}

/* Remembers to which names a response to the resolver leads. */
static void follow(struct exchange_upstream *u, const struct want *from,
                   const struct exchange_message *m)
{
    const bool has_glue = m->dns.arcount > 1; /* one of them is EDNS */
    if (!(m->dns.has & DNS_HAS_CNAME) && (!m->dns.delegation || has_glue))
        return;
    const struct bytes octets = exchange_message_octets(m);
    struct dns_record_walk walk;
    struct dns_record record;
    enum dns_status status = dns_record_walk_init(&walk, octets);
    uint32_t work = HINT_WORK;
    unsigned hints = HINTS;
    for (unsigned left = RECORDS; status == DNS_OK && left && hints; left--) {
        if (!dns_record_next(&walk, &record, &status))
            return;
        uint8_t name[DNS_NAME_OCTETS];
        uint16_t name_octets;
        size_t after;
        if (!leads_on(&record, has_glue) ||
            dns_name_expand_within(octets, record.rdata_at, &work, name,
                                   &name_octets, &after) != DNS_OK)
            continue;
        lead(u, from, (struct bytes){name, name_octets}, m->clock_ns);
        hints--;
    }
}

/* The first answer to who waits. */
static void settle(struct exchange_upstream *u,
                   const struct exchange_message *m, int64_t time_ns,
                   struct exchange_tie *tie)
{
    struct want *w = leave(u, tie);
    if (!w)
        return;
    tie->source = (uint8_t)source_of(w, tie, (m->dns.flags & DNS_AA) != 0);
    /* What comes while others still fetch it (a prefetch) was there before. */
    const bool own = tie->source == EXCHANGE_SOURCE_ALONE ||
                     tie->source == EXCHANGE_SOURCE_AUTHORITY;
    if (u->resolvers[w->resolver].asks) {
        tie->upstream_ns = own ? 0 : covered_ns(w, time_ns) - tie->covered_ns;
        if (own)
            follow(u, w, m); /* aliases that it learned before the capture */
    }
    release(u, w);
}

/* --- transactions -------------------------------------------------------- */

void exchange_upstream_open(struct exchange_upstream *u,
                            const struct exchange_message *m,
                            struct exchange_tie *tie)
{
    *tie = (struct exchange_tie){.upstream_ns = EXCHANGE_UNKNOWN_NS,
                                 .is_upstream = !(m->dns.flags & DNS_RD)};
    join(u, m->server_id, m, tie);
    if (m->client_hash == m->server_hash)
        return;
    const uint32_t id = intern_find(
        &u->ids->servers, (struct bytes){m->client, m->address_octets},
        m->client_hash);
    struct resolver *r = resolver_of(u, id);
    if (!r || r->asked == 0)
        return;
    r->asks = true;
    tie->is_upstream = true;
    fetch(u, id, m, tie);
}

void exchange_upstream_move(struct exchange_upstream *u,
                            const struct exchange_message *m,
                            uint32_t server_id, struct exchange_tie *tie)
{
    struct want *w = leave(u, tie);
    if (!w)
        return;
    release(u, w);
    join(u, server_id, m, tie);
}

void exchange_upstream_answer(struct exchange_upstream *u,
                              const struct exchange_message *m, int64_t time_ns,
                              struct exchange_tie *tie)
{
    settle(u, m, time_ns, tie);
    struct want *w = end_fetch(u, time_ns, tie);
    if (!w)
        return;
    follow(u, w, m);
    w->served_count = 0;
    release(u, w);
}

void exchange_upstream_drop(struct exchange_upstream *u, int64_t time_ns,
                            struct exchange_tie *tie)
{
    struct want *w = leave(u, tie);
    if (w)
        release(u, w);
    w = end_fetch(u, time_ns, tie);
    if (!w)
        return;
    w->served_count = 0;
    release(u, w);
}
