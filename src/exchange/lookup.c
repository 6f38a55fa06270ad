#include "exchange/lookup.h"

#include <stdlib.h>

#include "exchange/cause.h"
#include "exchange/lead.h"
#include "exchange/stub.h"
#include "exchange/walk.h"
#include "util/hash.h"
#include "util/pool.h"

#define MS INT64_C(1000000)
#define S  (1000 * MS)

/* A and AAAA of one call: measured 1 to 400 us apart, Go's goroutines up to
 * 2 ms; 5 ms is a longer pause than any stub makes, shorter than a person. */
static const int64_t sibling_ns = 5 * MS;
/* ... but from the same socket it may be longer, on a busy machine. */
static const int64_t socket_sibling_ns = 20 * MS;
/* A repeat while the first is still open comes on a timer, but not for ever:
 * c-ares waits 40 s for its last one, all others give up before. */
static const int64_t ladder_ns = 45 * S;
/* Those that repeat under a new ID (Go) do so after 5 s. */
static const int64_t renewed_ns = 6 * S;
/* After SERVFAIL stubs repeat at once, Go with new ports and IDs; musl does so
 * again after 2.5 s, from the same socket. */
static const int64_t failure_repeat_ns = 50 * MS;
/* The next step follows the end of the one before within microseconds as the
 * client sees it, and a round trip later as its server does. A program that asks
 * for a longer name behind a shorter one, or the reverse, takes its time. */
static const int64_t follow_ns[] = {
    [EXCHANGE_RELATION_NONE] = -1,       [EXCHANGE_RELATION_KNOWN] = 50 * MS,
    [EXCHANGE_RELATION_GROWN] = 50 * MS, [EXCHANGE_RELATION_STRONG] = 50 * MS,
    [EXCHANGE_RELATION_LISTED] = 1 * S,
};
/* A lookup that has walked is known to: its client may be held up (a container
 * out of its share of processor waits for up to 100 ms). */
static const int64_t walked_follow_ns[] = {
    [EXCHANGE_RELATION_NONE] = -1,       [EXCHANGE_RELATION_KNOWN] = 150 * MS,
    [EXCHANGE_RELATION_GROWN] = 50 * MS, [EXCHANGE_RELATION_STRONG] = 1 * S,
    [EXCHANGE_RELATION_LISTED] = 1 * S,
};

/* A load generator keeps thousands of lookups of one name open; the newest ones
 * are at the front of a chain, and only those can take a question. */
static const unsigned chain_steps = 16;

enum state {
    WAITING = POOL_FREE + 1, /* for an answer */
    OVERDUE,                 /* ... for longer than a timer may run */
    SETTLED,                 /* may still get a sibling */
    DOUBTFUL,                /* ... and then a response that shows what was
                                lost, but no query */
    FAILED,                  /* may go on with the next name */
    REPEATABLE, /* the same, or be asked again; also TC, then TCP */
    CONNECTING, /* TC, and a TCP connection that is being opened */
    SILENT,     /* nothing came, and a timer may still run out:
                                c-ares' 5 s after ICMP, or its doubled ones */
    STATES
};
static_assert((int)STATES <= (int)POOL_STATES, "a list each");

/* How long a lookup stays in a state; OVERDUE has no end of its own. */
static const int64_t stay_ns[STATES] = {
    [WAITING] = EXCHANGE_TIMER_NS,
    [SETTLED] = 5 * MS,
    [DOUBTFUL] = 15 * S,
    [FAILED] = 1 * S,
    [REPEATABLE] = 3 * S,
    [CONNECTING] = 150 * S, /* Linux gives up after 127 s */
    [SILENT] = 15 * S,
};

struct open_lookup {
    struct pool_node node; /* hashed from client and name */
    struct exchange_lookup event;
    struct exchange_asking step;
    struct exchange_waits waits;
    struct exchange_habits habits;
    int64_t step_ns;      /* first query of the step */
    uint64_t step_octets; /* of its messages */
    int64_t end_ns;       /* last needed answer so far */
    int64_t settled_ns;   /* monotonic: of the last transaction that ended */
    uint64_t key;
    uint32_t name_id;    /* of the step */
    uint32_t walkers[2]; /* places in the walk's index, or POOL_NONE: by name
                             and by server */
    int64_t dial_ns;     /* newest SYN, and how long after the one before */
    int64_t dial_gap_ns;
    uint16_t dial_port;   /* it came from; 0 = no connection is being opened */
    uint16_t base_octets; /* of the first name, common to all steps */
    uint16_t port;        /* of the newest transaction */
    bool timed;
    bool known_name; /* of the first step: not collapsed */
    bool sequential; /* the second type was asked behind the first's answer */
    bool keeps_ids;  /* it has repeated a question under its old ID */
    bool truncated;  /* it got an answer with TC */
    bool doubtful;   /* one of its answers may belong to an earlier attempt */
};

/* What is known of a server beyond one lookup. */
struct health {
    int64_t heard_ns;  /* its newest response, with `heard` */
    uint32_t silences; /* since then */
    bool heard;
};

struct exchange_lookups {
    struct exchange_lookups_options options;
    struct pool pool;
    struct exchange_walk walk;
    struct health *servers; /* by id */
    uint8_t *single;        /* by client: has asked an answered type again */
    size_t server_capacity, client_capacity;
    uint32_t next_id;
    int64_t due_ns; /* nothing leaves its state for its age before */
    uint64_t evicted;
    struct exchange_identity *ids;
    struct exchange_outbox *outbox;
    struct budget *budget;
};

size_t exchange_lookups_octets(void)
{
    /* heads of two tables, up to twice as many as entries */
    return sizeof(struct open_lookup) + sizeof(struct exchange_walker) + 16;
}

struct exchange_lookups *
exchange_lookups_new(const struct exchange_lookups_options *options,
                     struct exchange_identity *ids, struct budget *budget,
                     struct exchange_outbox *outbox)
{
    struct exchange_lookups *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->options = *options;
    t->ids = ids;
    t->outbox = outbox;
    t->budget = budget;
    if (pool_init(&t->pool, sizeof(struct open_lookup), options->ceiling,
                  budget) &&
        exchange_walk_init(&t->walk, options->ceiling, options->seed,
                           options->search, budget))
        return t;
    exchange_lookups_free(t);
    return NULL;
}

void exchange_lookups_free(struct exchange_lookups *t)
{
    if (!t)
        return;
    pool_fini(&t->pool);
    exchange_walk_fini(&t->walk);
    free(t->servers);
    free(t->single);
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

static bool is_waiting(const struct open_lookup *l)
{
    return l->node.state == WAITING || l->node.state == OVERDUE;
}

static struct bytes name_of(const struct exchange_lookups *t, uint32_t name_id)
{
    return intern_key(&t->ids->names, name_id);
}

/* Stubs walk search lists; resolvers do not. */
static bool may_walk(const struct open_lookup *l)
{
    return l->known_name && !l->habits.iterative;
}

static void leave_walk(struct exchange_lookups *t, struct open_lookup *l)
{
    for (int k = 0; k < 2; k++) {
        if (l->walkers[k] != POOL_NONE)
            exchange_walk_forget(&t->walk, l->walkers[k]);
        l->walkers[k] = POOL_NONE;
    }
}

/* Whether the TCP part of a truncated answer is to come. */
static bool waits_for_tcp(const struct open_lookup *l)
{
    return exchange_step_is(exchange_step_results(&l->step),
                            EXCHANGE_RESULT_TRUNCATED);
}

/* One type does not exist, another is not answered: when its client goes on to
 * the next name, it is the capture that lost the answer. */
static bool is_half_denied(const struct open_lookup *l)
{
    const unsigned results = exchange_step_results(&l->step);
    return (exchange_step_is(results, EXCHANGE_RESULT_NXDOMAIN) ||
            exchange_step_is(results, EXCHANGE_RESULT_NODATA)) &&
           !exchange_step_is(results, EXCHANGE_RESULT_ANSWERED);
}

/* A lookup has come into a state just now. */
static void note_due(struct exchange_lookups *t, enum state state,
                     int64_t now_ns)
{
    if (state != OVERDUE && now_ns + stay_ns[state] < t->due_ns)
        t->due_ns = now_ns + stay_ns[state];
}

/* Puts a lookup into a state, and where its next query will look for it. */
static void enter(struct exchange_lookups *t, uint32_t i, enum state state,
                  int64_t now_ns)
{
    struct open_lookup *l = at(t, i);
    const uint32_t client = l->event.client_id, id = l->event.id;
    leave_walk(t, l);
    if (may_walk(l) &&
        (state == WAITING ? is_half_denied(l)
                          : state != SETTLED && state != DOUBTFUL))
        l->walkers[0] = exchange_walk_add(
            &t->walk,
            exchange_walk_name_key(&t->walk, client, name_of(t, l->name_id)), i,
            id);
    if (waits_for_tcp(l))
        l->walkers[1] = exchange_walk_add(
            &t->walk,
            exchange_walk_server_key(
                &t->walk, client,
                l->waits.servers[l->waits.newest_server].server_id),
            i, id);
    pool_enter(&t->pool, i, (int)state, now_ns);
    note_due(t, state, now_ns);
}

/* --- what the client waited for ------------------------------------------ */

/* What the client has been waiting for since the mark, if a timer ended it. */
static enum exchange_cause waited_for(const struct open_lookup *l)
{
    const unsigned results = exchange_step_results(&l->step);
    const unsigned ended = exchange_step_count(&l->step, EXCHANGE_ASKED_ENDED);
    if (l->node.state == CONNECTING)
        return EXCHANGE_CAUSE_TCP_CONNECT;
    if (ended < l->step.count)
        return ended > 0 && results > (2U << EXCHANGE_RESULT_UNREACHABLE)
                   ? EXCHANGE_CAUSE_HALF_LOST
                   : EXCHANGE_CAUSE_LOST;
    if (exchange_step_is(results, EXCHANGE_RESULT_TRUNCATED))
        return EXCHANGE_CAUSE_TCP_CONNECT;
    if (exchange_step_is(results, EXCHANGE_RESULT_FAILED))
        return EXCHANGE_CAUSE_FAILURES;
    if (exchange_step_is(results, EXCHANGE_RESULT_UNREACHABLE))
        return EXCHANGE_CAUSE_LOST;
    return EXCHANGE_CAUSE_SERVER;
}

/* glibc, when one of two answers was lost, asks the answered one again, and from
 * then on, for the life of the process, one type after the other. */
static void remember_single(struct exchange_lookups *t, uint32_t client_id)
{
    if (budget_grow(t->budget, (void **)&t->single, &t->client_capacity,
                    client_id + (size_t)1, sizeof *t->single))
        t->single[client_id] = 1;
}

/* One type was asked behind the other's answer, lost, and not asked again. */
static bool is_single_request(const struct exchange_lookups *t,
                              const struct open_lookup *l)
{
    return l->event.silent && l->sequential && l->waits.gap_ns == 0 &&
           l->event.client_id < t->client_capacity &&
           t->single[l->event.client_id];
}

/* The place of the server that the client has got no answer from. */
static uint8_t silent_server(const struct open_lookup *l)
{
    for (unsigned i = 0; i < l->step.count; i++)
        if (l->step.asked[i].wait != EXCHANGE_ASKED_ENDED ||
            l->step.asked[i].result <= EXCHANGE_RESULT_UNREACHABLE)
            return l->step.asked[i].server;
    return l->waits.newest_server;
}

/* Tells the time to a query of the lookup apart. */
static void pass_until_query(struct open_lookup *l, int64_t time_ns)
{
    enum exchange_cause cause = EXCHANGE_CAUSE_SERVER;
    if (time_ns - l->waits.mark_ns >= EXCHANGE_TIMER_NS)
        cause = waited_for(l);
    else if (waits_for_tcp(l))
        cause = EXCHANGE_CAUSE_TRUNCATED;
    exchange_waits_pass(&l->waits, cause, silent_server(l), time_ns);
}

/* --- closing ------------------------------------------------------------- */

/* A server that never answered, or not since two timers ran out for it, is
 * dead; one silence is a loss. */
static bool is_dead(struct exchange_lookups *t,
                    const struct exchange_asked_server *s)
{
    if (!budget_grow(t->budget, (void **)&t->servers, &t->server_capacity,
                     s->server_id + (size_t)1, sizeof *t->servers))
        return false;
    struct health *h = &t->servers[s->server_id];
    if (s->refused)
        return true;
    if (h->heard && h->heard_ns > s->since_ns)
        return false;
    h->silences += s->silences;
    return !h->heard || h->silences > 1;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void tell_cause(struct exchange_lookups *t, const struct open_lookup *l,
                       struct exchange_lookup *out)
{
    uint8_t place;
    enum exchange_cause cause = exchange_waits_cause(&l->waits, &place);
    out->cause_ns = out->wait_ns != EXCHANGE_UNKNOWN_NS
                        ? least(l->waits.ns[cause], out->wait_ns)
                        : l->waits.ns[cause];
    if (cause == EXCHANGE_CAUSE_HALF_LOST && is_single_request(t, l))
        cause = EXCHANGE_CAUSE_SINGLE_REQUEST;
    for (uint8_t i = 0; i < l->waits.server_count; i++)
        if (l->waits.servers[i].silences > 0 &&
            is_dead(t, &l->waits.servers[i]) && i == place &&
            cause == EXCHANGE_CAUSE_LOST)
            cause = EXCHANGE_CAUSE_DEAD_SERVER;
    out->cause = (uint8_t)cause;
    out->server_id = l->waits.servers[place].server_id;
    out->cause_frame = l->waits.longest_frame;
}

/* musl waits for its timers whatever else it is told; others go on. */
static bool sits_out_failures(const struct open_lookup *l)
{
    const unsigned results = exchange_step_results(&l->step);
    if (results == 1U << EXCHANGE_RESULT_FAILED)
        return l->waits.ns[EXCHANGE_CAUSE_FAILURES] >= EXCHANGE_TIMER_NS;
    return results == 1U << EXCHANGE_RESULT_UNREACHABLE &&
           l->waits.gap_ns > 0 &&
           exchange_habits_stub(&l->habits) == EXCHANGE_STUB_MUSL;
}

/* The wait of a client that gave up goes on behind its last query, and so does
 * that of one which has sat out a timer after failures (musl). */
static int64_t end_of(struct exchange_lookups *t, struct open_lookup *l)
{
    if (!l->event.silent && !sits_out_failures(l))
        return l->end_ns;
    const int64_t given_up_ns =
        l->waits.round_ns +
        exchange_waits_patience_ns(&l->waits, t->options.timeout_ns);
    if (given_up_ns <= l->end_ns)
        return l->end_ns;
    exchange_waits_pass(&l->waits, waited_for(l), silent_server(l),
                        given_up_ns);
    return given_up_ns;
}

static uint32_t base_id_of(struct exchange_lookups *t,
                           const struct open_lookup *l)
{
    if (l->event.step_count == 1 && l->event.target_id == EXCHANGE_NO_NAME)
        return l->name_id;
    return exchange_identity_base(t->ids, l->event.steps[0].name_id,
                                  l->base_octets);
}

static void end_step(struct open_lookup *l)
{
    const uint32_t n = l->event.step_count;
    l->event.questions += l->step.count;
    if (n <= EXCHANGE_LOOKUP_STEPS) {
        struct exchange_step *s = &l->event.steps[n - 1];
        const unsigned results = exchange_step_results(&l->step);
        s->types = l->step.count & 15U;
        s->is_split = exchange_step_is_split(results);
        s->outcome = exchange_step_outcome(results);
    }
}

static void close_lookup(struct exchange_lookups *t, uint32_t i)
{
    struct open_lookup *l = at(t, i);
    const unsigned results = exchange_step_results(&l->step);
    const bool known =
        l->timed && !exchange_step_is(results, EXCHANGE_RESULT_OPEN);
    end_step(l);
    l->event.outcome = exchange_step_outcome(results);
    l->event.needed = l->step.count;
    l->event.walk_ns = l->step_ns - l->event.time_ns;
    l->event.silent = exchange_step_count(&l->step, EXCHANGE_ASKED_SILENT) > 0;
    l->event.wait_ns =
        known ? end_of(t, l) - l->event.time_ns : EXCHANGE_UNKNOWN_NS;
    l->event.repeated = l->waits.gap_ns > 0;
    l->event.servers = l->waits.server_count;
    l->event.stub = (uint8_t)exchange_habits_stub(&l->habits);
    l->event.base_id = base_id_of(t, l);
    tell_cause(t, l, &l->event);
    *exchange_outbox_lookup(t->outbox) = l->event;
    leave_walk(t, l);
    pool_forget(&t->pool, i);
}

/* A lookup closed because the table is full is told as it stands; its
 * transactions go on without it. */
static void evict(struct exchange_lookups *t)
{
    static const enum state order[] = {SETTLED,    DOUBTFUL, FAILED,
                                       REPEATABLE, SILENT,   OVERDUE,
                                       CONNECTING, WAITING};
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        const uint32_t i = pool_oldest(&t->pool, (int)order[k]);
        if (i == POOL_NONE)
            continue;
        t->evicted += is_waiting(at(t, i));
        close_lookup(t, i);
        return;
    }
}

/* --- whose query it is --------------------------------------------------- */

/* A type not asked so far comes with the first one, or right behind its answer:
 * glibc's single-request. */
static bool accepts_sibling(const struct open_lookup *l,
                            const struct exchange_message *query,
                            int64_t now_ns)
{
    const int64_t limit_ns =
        query->client_port == l->port ? socket_sibling_ns : sibling_ns;
    return l->step.count < EXCHANGE_LOOKUP_TYPES &&
           (now_ns - l->step_ns <= limit_ns ||
            (!is_waiting(l) && now_ns - l->node.since <= sibling_ns));
}

/* Something failed, and nothing has come of the other types. */
static bool has_failed(const struct open_lookup *l)
{
    const unsigned results = exchange_step_results(&l->step);
    return (exchange_step_is(results, EXCHANGE_RESULT_FAILED) ||
            exchange_step_is(results, EXCHANGE_RESULT_UNREACHABLE)) &&
           !exchange_step_is(results, EXCHANGE_RESULT_ANSWERED);
}

static bool is_open(const struct open_lookup *l)
{
    return exchange_step_count(&l->step, EXCHANGE_ASKED_OPEN) > 0;
}

static enum state state_of(const struct open_lookup *l)
{
    const unsigned results = exchange_step_results(&l->step);
    if (!is_open(l) && l->dial_port != 0 && waits_for_tcp(l))
        return CONNECTING;
    if (is_open(l))
        return (enum state)l->node.state == OVERDUE ? OVERDUE : WAITING;
    if (exchange_step_is(results, EXCHANGE_RESULT_UNREACHABLE) ||
        (exchange_step_is(results, EXCHANGE_RESULT_UNANSWERED) &&
         l->waits.gap_before_ns > 0 && may_walk(l)))
        return SILENT;
    if (has_failed(l) || exchange_step_is(results, EXCHANGE_RESULT_TRUNCATED))
        return REPEATABLE;
    if (exchange_step_has_failed(results) && may_walk(l))
        return FAILED;
    return l->doubtful ? DOUBTFUL : SETTLED;
}

static bool accepts_repeat(const struct open_lookup *l,
                           const struct exchange_asked *a,
                           const struct exchange_message *query, int64_t now_ns)
{
    /* musl asks all servers at once and repeats failures, glibc repeats what
     * was answered, each with the ID of before. */
    if (query->client_port == l->port && query->dns.id == a->message_id)
        return true;
    if (l->node.state == CONNECTING)
        return true;
    if (a->result == EXCHANGE_RESULT_TRUNCATED &&
        now_ns - l->settled_ns <= stay_ns[REPEATABLE])
        return true;
    const bool failed = a->result == EXCHANGE_RESULT_FAILED ||
                        a->result == EXCHANGE_RESULT_UNREACHABLE;
    if ((failed || has_failed(l)) &&
        now_ns - l->settled_ns <= failure_repeat_ns)
        return true;
    const int64_t gap_ns = now_ns - a->last_ns;
    if (is_waiting(l) || l->node.state == SILENT) {
        if (l->habits.iterative) /* resolvers ask once for all their clients */
            return gap_ns <= ladder_ns;
        /* Whoever repeats under the old ID asks under a new one for another
         * call. */
        if (query->dns.id != a->message_id &&
            (l->keeps_ids || l->node.state == SILENT || gap_ns > renewed_ns))
            return false;
        return gap_ns >= EXCHANGE_TIMER_NS && gap_ns <= ladder_ns;
    }
    /* After a time-out glibc asks one at a time, the answered one too. */
    return now_ns - l->node.since <= sibling_ns &&
           l->event.last_attempt_ns - l->step_ns >= EXCHANGE_TIMER_NS;
}

static bool accepts(const struct open_lookup *l,
                    const struct exchange_message *query, int64_t now_ns)
{
    if (l->node.state == DOUBTFUL && now_ns - l->node.since > stay_ns[SETTLED])
        return false;
    const unsigned place = exchange_step_place(&l->step, query->dns.qtype);
    return place == l->step.count
               ? accepts_sibling(l, query, now_ns)
               : accepts_repeat(l, &l->step.asked[place], query, now_ns);
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

static bool is_address(uint16_t qtype)
{
    return qtype == DNS_A || qtype == DNS_AAAA;
}

/* What stubs put suffixes behind: not reversed addresses, and what programs ask
 * by themselves (policies of mail, block lists, services) is none of a stub. */
static bool is_searched(uint16_t qtype)
{
    return is_address(qtype) || qtype == DNS_HTTPS || qtype == DNS_SRV;
}

/* Each step asks for the same types; one may not have been captured. */
static bool asks_type(const struct exchange_lookup *event, uint16_t qtype)
{
    for (unsigned i = 0; i < event->type_count; i++)
        if (event->types[i] == qtype ||
            (is_address(event->types[i]) && is_address(qtype)))
            return true;
    return false;
}

/* A search list has each name once: whoever asks it again has begun again. */
static bool has_asked(const struct exchange_lookup *event, uint32_t name_id)
{
    for (uint32_t i = 0; i < event->step_count && i < EXCHANGE_LOOKUP_STEPS;
         i++)
        if (event->steps[i].name_id == name_id)
            return true;
    return false;
}

/* How the name of a query stands to a lookup that may go on. */
static enum exchange_relation relate(const struct exchange_lookups *t,
                                     const struct open_lookup *l,
                                     const struct exchange_message *query,
                                     uint32_t name_id, int64_t now_ns,
                                     size_t *common)
{
    if (!asks_type(&l->event, query->dns.qtype) ||
        has_asked(&l->event, name_id))
        return EXCHANGE_RELATION_NONE;
    const enum exchange_relation relation = exchange_walk_relate(
        &t->walk, name_of(t, l->event.steps[0].name_id), l->base_octets,
        name_of(t, l->name_id), name_of(t, name_id), common);
    if (l->node.state == OVERDUE || l->node.state == SILENT ||
        l->node.state == CONNECTING)
        return relation; /* a timer of the client's ran out */
    const int64_t *limit_ns =
        l->event.step_count > 1 ? walked_follow_ns : follow_ns;
    return now_ns - l->settled_ns <= limit_ns[relation]
               ? relation
               : EXCHANGE_RELATION_NONE;
}

/* The lookup whose next step a name is: of those that fit, the one that ended
 * last. POOL_NONE when it begins one. */
static uint32_t find_walker(const struct exchange_lookups *t,
                            const struct exchange_message *query,
                            uint32_t name_id, int64_t now_ns, size_t *common)
{
    const struct bytes next = name_of(t, name_id);
    if (next.len != query->dns.qname_octets /* collapsed */ ||
        !is_searched(query->dns.qtype))
        return POOL_NONE;
    struct exchange_walk_search search = exchange_walk_first(
        &t->walk, exchange_walk_name_key(&t->walk, query->client_id, next));
    uint32_t found = POOL_NONE;
    int64_t found_ns = INT64_MIN;
    const struct exchange_walker *w;
    while ((w = exchange_walk_next(&t->walk, &search)) != NULL) {
        size_t octets;
        const struct open_lookup *l = at(t, w->lookup);
        if (l->event.client_id != query->client_id ||
            l->settled_ns <= found_ns ||
            relate(t, l, query, name_id, now_ns, &octets) ==
                EXCHANGE_RELATION_NONE)
            continue;
        found = w->lookup;
        found_ns = l->settled_ns;
        *common = octets;
    }
    return found;
}

/* --- queries ------------------------------------------------------------- */

static void count_query(struct exchange_lookups *t, struct open_lookup *l,
                        unsigned place, const struct exchange_message *m)
{
    struct exchange_asked *a = &l->step.asked[place];
    l->keeps_ids =
        l->keeps_ids ||
        (a->last_ns != 0 && a->open > 0 && a->message_id == m->dns.id &&
         m->time_ns - a->last_ns >= EXCHANGE_TIMER_NS);
    pass_until_query(l, m->time_ns);
    if (l->waits.timer_ran)
        a->given_up = a->open;
    if (l->waits.timer_ran && a->wait == EXCHANGE_ASKED_ENDED &&
        exchange_step_count(&l->step, EXCHANGE_ASKED_ENDED) < l->step.count)
        remember_single(t, l->event.client_id);
    a->server =
        exchange_waits_ask(&l->waits, m->server_id, m->time_ns, m->frame);
    a->last_ns = m->time_ns;
    l->event.queries++;
    l->step_octets += m->octets;
    if (l->event.step_count <= EXCHANGE_LOOKUP_STEPS) {
        struct exchange_step *s = &l->event.steps[l->event.step_count - 1];
        if (s->queries < UINT16_MAX)
            s->queries++;
    }
    if (m->time_ns > l->event.last_attempt_ns)
        l->event.last_attempt_ns = m->time_ns;
    if (m->frame > l->event.last_frame)
        l->event.last_frame = m->frame;
}

static uint64_t key_of(uint32_t client_id, uint32_t name_id)
{
    return (uint64_t)client_id << 32 | name_id;
}

static void begin_step(struct open_lookup *l,
                       const struct exchange_message *query, uint32_t name_id)
{
    l->name_id = name_id;
    l->key = key_of(query->client_id, name_id);
    l->step = (struct exchange_asking){.count = 0};
    l->step_ns = query->time_ns;
    l->step_octets = 0;
    l->sequential = l->keeps_ids = false;
    l->dial_port = 0;
    l->event.target_id = EXCHANGE_NO_NAME;
    l->event.address_octets = 0;
    if (l->event.step_count++ < EXCHANGE_LOOKUP_STEPS)
        l->event.steps[l->event.step_count - 1] = (struct exchange_step){
            .time_ns = query->time_ns, .name_id = name_id};
}

static uint32_t open_new(struct exchange_lookups *t,
                         const struct exchange_message *query, uint32_t name_id,
                         uint64_t hash, int64_t now_ns)
{
    if (pool_is_full(&t->pool))
        evict(t);
    const uint32_t i = pool_insert(&t->pool, hash, WAITING, now_ns);
    note_due(t, WAITING, now_ns);
    struct open_lookup *l = at(t, i);
    *l = (struct open_lookup){
        .node = l->node,
        .event = {.time_ns = query->time_ns,
                  .last_attempt_ns = query->time_ns,
                  .first_frame = query->frame,
                  .id = t->next_id++,
                  .client_id = query->client_id},
        .end_ns = query->time_ns,
        .walkers = {POOL_NONE, POOL_NONE},
        .base_octets = (uint16_t)(query->dns.qname_octets - 1U),
        .timed = query->timed,
        .known_name = name_of(t, name_id).len == query->dns.qname_octets,
    };
    exchange_waits_begin(&l->waits, query->time_ns);
    exchange_habits_begin(&l->habits, query);
    begin_step(l, query, name_id);
    return i;
}

/* Goes on with the next name. Both ends of a walk, the name alone and the name
 * under a suffix, show what the suffix is. */
static void go_on(struct exchange_lookups *t, uint32_t i,
                  const struct exchange_message *query, uint32_t name_id,
                  uint64_t hash, size_t common)
{
    struct open_lookup *l = at(t, i);
    const struct bytes last = name_of(t, l->name_id);
    const struct bytes next = name_of(t, name_id);
    if (next.len - 1 == common)
        exchange_walk_learn(&t->walk, last, common);
    else if (last.len - 1 == common)
        exchange_walk_learn(&t->walk, next, common);
    pass_until_query(l, query->time_ns);
    end_step(l);
    l->event.walk_octets += l->step_octets;
    exchange_waits_walk(&l->waits);
    exchange_habits_step(&l->habits, query);
    begin_step(l, query, name_id);
    l->base_octets = (uint16_t)common;
    l->end_ns = query->time_ns;
    pool_rechain(&t->pool, i, hash);
}

static void open_type(struct exchange_lookups *t, struct open_lookup *l,
                      unsigned place, const struct exchange_message *query)
{
    struct exchange_asked *a = &l->step.asked[place];
    const uint32_t server_before =
        l->waits.servers[l->waits.newest_server].server_id;
    if (place == l->step.count) {
        l->sequential = l->sequential ||
                        (place > 0 && exchange_step_count(
                                          &l->step, EXCHANGE_ASKED_OPEN) == 0);
        if (place > 0 && l->event.step_count == 1)
            exchange_habits_pair(&l->habits, query);
        l->step.types[l->step.count++] = query->dns.qtype;
    }
    const bool at_once = a->last_ns != 0 && query->dns.id == a->message_id &&
                         query->client_port == l->port &&
                         query->time_ns - a->last_ns <= sibling_ns;
    if (at_once && query->server_id != server_before)
        l->habits.fan_out = true;
    count_query(t, l, place, query);
    if (query->transport == PACKET_TCP)
        l->dial_port = 0; /* connected */
    if (a->open < UINT8_MAX)
        a->open++;
    a->message_id = query->dns.id;
    l->port = query->client_port;
    /* musl asks a further server though the one before has just answered. */
    if (!at_once || a->result < EXCHANGE_RESULT_NXDOMAIN)
        a->wait = EXCHANGE_ASKED_OPEN;
}

static void name_type(struct exchange_lookup *event, uint16_t qtype)
{
    unsigned i = 0;
    while (i < event->type_count && event->types[i] != qtype)
        i++;
    if (i == event->type_count && i < EXCHANGE_LOOKUP_TYPES)
        event->types[event->type_count++] = qtype;
}

/* A handle is an entry, which step of it, to know those of steps before, and
 * which of its types. */
enum { HANDLE_STEPS = 8 };

static uint32_t handle_of(const struct open_lookup *l, uint32_t i,
                          unsigned place)
{
    return (i * HANDLE_STEPS + l->event.step_count % HANDLE_STEPS) *
               EXCHANGE_LOOKUP_TYPES +
           place;
}

uint32_t exchange_lookups_join(struct exchange_lookups *t,
                               const struct exchange_message *query,
                               uint32_t name_id, int64_t now_ns, uint32_t *id)
{
    const uint64_t key = key_of(query->client_id, name_id);
    const uint64_t hash = hash_u64(key, t->options.seed);
    size_t common = 0;
    uint32_t i = find(t, key, hash, query, now_ns);
    if (i != POOL_NONE) {
        at(t, i)->habits.edns |= (query->dns.has & DNS_HAS_EDNS) != 0;
    } else if ((i = find_walker(t, query, name_id, now_ns, &common)) !=
               POOL_NONE) {
        go_on(t, i, query, name_id, hash, common);
    } else {
        i = open_new(t, query, name_id, hash, now_ns);
    }
    struct open_lookup *l = at(t, i);
    const unsigned place = exchange_step_place(&l->step, query->dns.qtype);
    open_type(t, l, place, query);
    name_type(&l->event, query->dns.qtype);
    enter(t, i, is_open(l) ? WAITING : state_of(l), now_ns);
    *id = l->event.id;
    return handle_of(l, i, place);
}

/* The lookup of a handle, or NULL when it was closed, or has gone on to another
 * name, meanwhile. */
static struct open_lookup *of_handle(struct exchange_lookups *t,
                                     uint32_t handle, uint32_t id, uint32_t *i,
                                     unsigned *place)
{
    *i = handle / EXCHANGE_LOOKUP_TYPES / HANDLE_STEPS;
    *place = handle % EXCHANGE_LOOKUP_TYPES;
    struct open_lookup *l = at(t, *i);
    return l->node.state != POOL_FREE && l->event.id == id &&
                   handle_of(l, *i, *place) == handle
               ? l
               : NULL;
}

void exchange_lookups_repeat(struct exchange_lookups *t, uint32_t handle,
                             uint32_t id, const struct exchange_message *query,
                             int64_t now_ns)
{
    uint32_t i;
    unsigned place;
    struct open_lookup *l = of_handle(t, handle, id, &i, &place);
    if (!l)
        return;
    count_query(t, l, place, query);
    if (is_waiting(l))
        enter(t, i, WAITING, now_ns);
}

/* --- ends ---------------------------------------------------------------- */

/* The first real answer ends the wait, whatever other servers still send; a
 * failure or silence ends it when nothing else is on its way. */
static void end_wait(struct open_lookup *l, struct exchange_asked *a,
                     enum exchange_result result,
                     const struct exchange_settlement *s)
{
    const unsigned others =
        result == EXCHANGE_RESULT_UNANSWERED ? a->open : a->open - a->given_up;
    if (a->wait != EXCHANGE_ASKED_OPEN ||
        (result < EXCHANGE_RESULT_NXDOMAIN && others > 0))
        return;
    a->wait = result == EXCHANGE_RESULT_OPEN         ? EXCHANGE_ASKED_UNSEEN
              : result == EXCHANGE_RESULT_UNANSWERED ? EXCHANGE_ASKED_SILENT
                                                     : EXCHANGE_ASKED_ENDED;
    l->timed = l->timed && s->timed;
    if (a->wait != EXCHANGE_ASKED_ENDED)
        return;
    if (s->upstream_ns > 0) /* unknown is less */
        exchange_waits_pass(
            &l->waits, EXCHANGE_CAUSE_UPSTREAM, a->server,
            l->waits.mark_ns +
                least(s->upstream_ns, s->time_ns - l->waits.mark_ns));
    exchange_waits_pass(&l->waits,
                        s->tcp && l->truncated ? EXCHANGE_CAUSE_TRUNCATED
                                               : EXCHANGE_CAUSE_SERVER,
                        a->server, s->time_ns);
    exchange_waits_relent(&l->waits, a->server, s->asked_ns);
    l->doubtful = l->doubtful || s->doubtful;
    if (s->time_ns > l->end_ns)
        l->end_ns = s->time_ns;
}

/* The first step is answered for the whole walk. */
static void take_alias(struct exchange_lookups *t, struct open_lookup *l,
                       struct bytes response)
{
    struct exchange_lead lead;
    if (!exchange_lead_alias(&t->walk, name_of(t, l->name_id), response, &lead))
        return;
    const uint32_t target_id = exchange_identity_name(
        t->ids, (struct bytes){lead.target, lead.target_octets});
    if (target_id == INTERN_NONE)
        return;
    l->event.target_id = target_id;
    l->base_octets = lead.base_octets;
}

/* A comes before AAAA, whichever is answered first. */
static void take_address(struct open_lookup *l, uint16_t qtype,
                         struct bytes response)
{
    const uint8_t octets = qtype == DNS_A ? 4 : 16;
    if ((l->event.address_octets == 0 || octets == 4) &&
        exchange_lead_address(response, octets, l->event.address))
        l->event.address_octets = octets;
}

/* What the records of an answer say about the walk that it is for. */
static void follow(struct exchange_lookups *t, struct open_lookup *l,
                   const struct exchange_message *m)
{
    if (!may_walk(l) || !is_address(m->dns.qtype) || m->dns.ancount == 0)
        return;
    const struct bytes response = exchange_message_octets(m);
    if (l->event.step_count > 1 &&
        name_of(t, l->name_id).len > l->base_octets + (size_t)1)
        take_address(l, m->dns.qtype, response);
    else if (l->event.step_count == 1 && (m->dns.has & DNS_HAS_CNAME))
        take_alias(t, l, response);
}

void exchange_lookups_hear(struct exchange_lookups *t, uint32_t server_id,
                           int64_t time_ns)
{
    if (!budget_grow(t->budget, (void **)&t->servers, &t->server_capacity,
                     server_id + (size_t)1, sizeof *t->servers))
        return;
    struct health *h = &t->servers[server_id];
    if (!h->heard || time_ns > h->heard_ns)
        h->heard_ns = time_ns;
    h->heard = true;
    h->silences = 0;
}

void exchange_lookups_settle(struct exchange_lookups *t, uint32_t handle,
                             uint32_t id, int64_t now_ns,
                             const struct exchange_settlement *s)
{
    uint32_t i;
    unsigned place;
    if (s->frame)
        exchange_lookups_hear(t, s->server_id, s->time_ns);
    struct open_lookup *l = of_handle(t, handle, id, &i, &place);
    if (!l)
        return;
    struct exchange_asked *a = &l->step.asked[place];
    const enum exchange_result result = exchange_step_result(s);
    if (result > a->result)
        a->result = (uint8_t)result;
    if (a->open > 0)
        a->open--;
    if (a->given_up > a->open)
        a->given_up = a->open;
    l->event.upstream = l->event.upstream || s->upstream;
    l->step_octets += s->octets;
    l->truncated = l->truncated || result == EXCHANGE_RESULT_TRUNCATED;
    if (result == EXCHANGE_RESULT_UNREACHABLE)
        exchange_waits_refuse(&l->waits, s->server_id);
    end_wait(l, a, result, s);
    if (s->response && (result == EXCHANGE_RESULT_ANSWERED ||
                        result == EXCHANGE_RESULT_NODATA))
        follow(t, l, s->response);
    l->settled_ns = now_ns;
    if (s->frame > l->event.last_frame)
        l->event.last_frame = s->frame;
    const enum state state = state_of(l);
    if ((int)state != l->node.state || result == EXCHANGE_RESULT_TRUNCATED ||
        (state == WAITING && is_half_denied(l)))
        enter(t, i, state, now_ns);
}

void exchange_lookups_relent(struct exchange_lookups *t, uint32_t handle,
                             uint32_t id, int64_t asked_ns)
{
    uint32_t i;
    unsigned place;
    struct open_lookup *l = of_handle(t, handle, id, &i, &place);
    if (l)
        exchange_waits_relent(&l->waits, l->step.asked[place].server, asked_ns);
}

/* Linux repeats a SYN after 1 s, five times or doubling, and gives up after
 * twice the last interval. */
static int64_t dialled_until_ns(const struct open_lookup *l)
{
    return l->dial_ns + (l->dial_gap_ns > 0 ? 2 * l->dial_gap_ns : 1 * S);
}

static void dial(struct exchange_lookups *t, uint32_t i, int64_t now_ns,
                 uint16_t port)
{
    struct open_lookup *l = at(t, i);
    if (l->dial_port != port)
        l->dial_gap_ns = 0;
    else if (now_ns - l->dial_ns >= EXCHANGE_TIMER_NS)
        l->dial_gap_ns = now_ns - l->dial_ns;
    l->dial_ns = now_ns;
    l->dial_port = port;
    enter(t, i, state_of(l), now_ns);
}

/* The truncated answer is all that the client got. */
static void hang_up(struct exchange_lookups *t, uint32_t i, int64_t now_ns,
                    int64_t end_ns)
{
    struct open_lookup *l = at(t, i);
    exchange_waits_pass(&l->waits, EXCHANGE_CAUSE_TCP_CONNECT,
                        l->waits.newest_server, end_ns);
    if (end_ns > l->end_ns)
        l->end_ns = end_ns;
    for (unsigned k = 0; k < l->step.count; k++)
        if (l->step.asked[k].result == EXCHANGE_RESULT_TRUNCATED)
            l->step.asked[k].result = EXCHANGE_RESULT_UNREACHABLE;
    l->dial_port = 0;
    enter(t, i, state_of(l), now_ns);
}

/* The lookup whose truncated answer a connection from `port` is for: the one
 * that has been opening it, or the newest that opens none. */
static uint32_t find_dialler(const struct exchange_lookups *t,
                             uint32_t client_id, uint32_t server_id,
                             uint16_t port)
{
    struct exchange_walk_search search = exchange_walk_first(
        &t->walk, exchange_walk_server_key(&t->walk, client_id, server_id));
    const struct exchange_walker *w;
    uint32_t found = POOL_NONE;
    while ((w = exchange_walk_next(&t->walk, &search)) != NULL) {
        const struct open_lookup *l = at(t, w->lookup);
        if (l->event.client_id != client_id)
            continue;
        if (l->dial_port == port)
            return w->lookup;
        if (l->dial_port == 0 && found == POOL_NONE)
            found = w->lookup;
    }
    return found;
}

void exchange_lookups_connect(struct exchange_lookups *t, uint32_t client_id,
                              uint32_t server_id, uint16_t client_port,
                              int64_t time_ns, enum exchange_connecting what)
{
    const uint32_t i = find_dialler(t, client_id, server_id, client_port);
    if (i == POOL_NONE)
        return;
    if (what == EXCHANGE_CONNECTING)
        dial(t, i, time_ns, client_port);
    else if (at(t, i)->dial_port == client_port)
        hang_up(t, i, time_ns,
                what == EXCHANGE_NOT_CONNECTED ? dialled_until_ns(at(t, i))
                                               : time_ns);
}

/* --- time ---------------------------------------------------------------- */

/* The oldest lookup of a state; `*due_ns` is how long it may stay there. */
static uint32_t oldest_of(const struct exchange_lookups *t, enum state state,
                          int64_t *due_ns)
{
    const uint32_t i = pool_oldest(&t->pool, (int)state);
    *due_ns =
        i == POOL_NONE ? INT64_MAX : at(t, i)->node.since + stay_ns[state];
    return i;
}

void exchange_lookups_advance(struct exchange_lookups *t, int64_t now_ns)
{
    if (LIKELY(now_ns <= t->due_ns))
        return;
    int64_t least_ns = INT64_MAX;
    for (enum state state = WAITING; state < STATES; state++) {
        if (state == OVERDUE)
            continue;
        int64_t due_ns;
        uint32_t i;
        while ((i = oldest_of(t, state, &due_ns), due_ns < now_ns)) {
            if (state == WAITING)
                enter(t, i, OVERDUE, now_ns);
            else
                close_lookup(t, i);
        }
        least_ns = least(least_ns, due_ns);
    }
    t->due_ns = least_ns;
}

void exchange_lookups_end(struct exchange_lookups *t)
{
    uint32_t i;
    for (int state = WAITING; state < STATES; state++)
        while ((i = pool_oldest(&t->pool, state)) != POOL_NONE)
            close_lookup(t, i);
}
