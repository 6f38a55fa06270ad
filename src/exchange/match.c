#include "exchange/match.h"

#include <stdlib.h>

#include "exchange/duplicate.h"
#include "exchange/socket.h"
#include "exchange/table.h"

#define MS INT64_C(1000000)
#define S  (1000 * MS)

static const int64_t settled_ns = 1 * S;
static const int64_t early_ns = 50 * MS; /* reorder between NIC queues */
static const int64_t step_back_ns = 1 * S;
static const int64_t step_forward_ns = 3600 * S;
/* Servers behind one client port and ID; more is no stub but an attack. */
static const unsigned chain_ceiling = 64;

/* Queries of the last moments by ID and question, whoever asked: the other leg
 * of a translation that changed the client's address or port. One a slot; two
 * askers of one question and ID in 5 ms make it ambiguous. */
enum { RECENT = 1024 };

struct recent {
    uint64_t question_hash;
    uint32_t entry, number;
    bool ambiguous;
};

/* How fast and how slow a server has certainly answered. */
struct pace {
    int64_t fastest_ns, slowest_ns; /* 0 = never */
};

struct exchange_match {
    struct exchange_match_options options;
    struct exchange_table table;
    struct recent recent[RECENT];
    struct exchange_sockets sockets;
    int64_t now_ns;     /* monotonic within an epoch */
    int64_t due_ns;     /* nothing expires before */
    int64_t first_ns;   /* where the epoch began */
    bool running;       /* a message has set the clock */
    bool timed;         /* ... with a time stamp of its own */
    struct pace *paces; /* by server */
    size_t pace_capacity;
    struct exchange_match_counters counters;
    struct exchange_identity *ids;
    struct exchange_lookups *lookups;
    struct exchange_upstream *upstream;
    struct exchange_outbox *outbox;
    struct budget *budget;
};

struct exchange_match *exchange_match_new(
    const struct exchange_match_options *options, struct exchange_identity *ids,
    struct exchange_lookups *lookups, struct exchange_upstream *upstream,
    struct exchange_outbox *outbox, struct budget *budget)
{
    struct exchange_match *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    *t = (struct exchange_match){.options = *options,
                                 .ids = ids,
                                 .lookups = lookups,
                                 .upstream = upstream,
                                 .outbox = outbox,
                                 .budget = budget};
    if (pool_init(&t->table.pool, sizeof(struct exchange_entry),
                  options->ceiling, budget))
        return t;
    exchange_match_free(t);
    return NULL;
}

void exchange_match_free(struct exchange_match *t)
{
    if (!t)
        return;
    pool_fini(&t->table.pool);
    free(t->paces);
    free(t);
}

const struct exchange_match_counters *
exchange_match_counters(const struct exchange_match *t)
{
    return &t->counters;
}

size_t exchange_match_open(const struct exchange_match *t)
{
    return pool_count(&t->table.pool, EXCHANGE_ENTRY_OPEN);
}

static struct exchange_entry *at(const struct exchange_match *t, uint32_t i)
{
    return exchange_entry_at(&t->table, i);
}

static int64_t lifetime_ns(const struct exchange_match *t, int state)
{
    switch (state) {
    case EXCHANGE_ENTRY_SETTLED:
        return settled_ns;
    case EXCHANGE_ENTRY_EARLY:
        return early_ns;
    default:
        return t->options.horizon_ns;
    }
}

/* An entry has come into a state just now. */
static void note_due(struct exchange_match *t, int state)
{
    const int64_t due_ns = t->now_ns + lifetime_ns(t, state);
    if (due_ns < t->due_ns)
        t->due_ns = due_ns;
}

static void enter(struct exchange_match *t, uint32_t i,
                  enum exchange_state state)
{
    pool_enter(&t->table.pool, i, (int)state, t->now_ns);
    note_due(t, (int)state);
}

/* --- telling what became of an entry ------------------------------------- */

/* Whether what was seen at `time_ns` may have begun before the capture. */
static bool is_at_start(const struct exchange_match *t, int64_t time_ns)
{
    return time_ns - t->first_ns <= t->options.horizon_ns;
}

static struct exchange_transaction *tell(struct exchange_match *t,
                                         const struct exchange_entry *e,
                                         enum exchange_outcome outcome)
{
    struct exchange_transaction *out = exchange_outbox_transaction(t->outbox);
    *out = (struct exchange_transaction){
        .time_ns = e->first_ns,
        .last_attempt_ns = e->newest_ns,
        .wait_ns = EXCHANGE_UNKNOWN_NS,
        .service_ns = EXCHANGE_UNKNOWN_NS,
        .upstream_ns = EXCHANGE_UNKNOWN_NS,
        .query_frame = e->query_frame,
        .response_frame = e->answer.frame,
        .number = e->number,
        .client_id = e->client_id,
        .server_id = e->server_id,
        .pair_id = e->pair_id,
        .question_id = e->question_id,
        .lookup_id = e->lookup_id,
        .ttl_s = e->answer.ttl_s,
        .client_port = e->client_port,
        .server_port = e->server_port,
        .message_id = e->message_id,
        .qtype = e->qtype,
        .rcode = e->answer.rcode,
        .attempts = e->attempts,
        .responses = e->responses,
        .transport = e->transport,
        .outcome = (uint8_t)outcome,
        .source = e->tie.source,
        .leg_server_id = e->leg_server_id,
        .nodata = e->answer.nodata,
        .has_ttl = e->answer.has_ttl,
        .is_upstream = e->tie.is_upstream,
        .is_unprompted = e->tie.is_unprompted,
    };
    return out;
}

static void settle_lookup(struct exchange_match *t,
                          const struct exchange_entry *e,
                          enum exchange_outcome outcome, int64_t time_ns,
                          const struct exchange_message *response)
{
    const struct exchange_settlement s = {
        .response = response,
        .time_ns = time_ns,
        /* until as many responses show that it was the first */
        .asked_ns = e->newest_ns,
        .frame = e->answer.frame,
        .server_id = e->server_id,
        .outcome = (uint8_t)outcome,
        .rcode = e->answer.rcode,
        .octets = e->answer.octets,
        .nodata = e->answer.nodata,
        .truncated = e->answer.truncated,
        .tcp = e->transport == PACKET_TCP,
        .timed = e->timed,
        .upstream_ns = e->tie.upstream_ns,
        .upstream = e->tie.is_upstream,
        .doubtful = e->responses < e->attempts,
    };
    exchange_lookups_settle(t->lookups, e->lookup, e->lookup_id, t->now_ns, &s);
}

/* The service times that are certain (one attempt), by server. */
static void learn_pace(struct exchange_match *t, const struct exchange_entry *e)
{
    if (!e->timed ||
        !budget_grow(t->budget, (void **)&t->paces, &t->pace_capacity,
                     e->server_id + (size_t)1, sizeof *t->paces))
        return;
    const int64_t service_ns = e->answer.time_ns - e->newest_ns;
    struct pace *p = &t->paces[e->server_id];
    if (service_ns > 0 && (p->fastest_ns == 0 || service_ns < p->fastest_ns))
        p->fastest_ns = service_ns;
    if (service_ns > p->slowest_ns)
        p->slowest_ns = service_ns;
}

/* Which attempt did the first answer answer? As many answers as attempts: the
 * first. Else the newest, unless the answer came behind it sooner than this
 * server has ever answered, and it has been as slow, or half as slow, as the
 * attempt before would make it: a few samples bound neither end, and that an
 * answer 5 s late comes within a millisecond of the next attempt is chance
 * (ALGORITHMS: wait and service). */
static int64_t answered_attempt_ns(const struct exchange_match *t,
                                   const struct exchange_entry *e)
{
    if (e->attempts_at_answer == 1)
        return e->first_ns;
    if (e->responses >= e->attempts_at_answer)
        return e->first_ns;
    static const struct pace unknown = {0, 0};
    const struct pace *p =
        e->server_id < t->pace_capacity ? &t->paces[e->server_id] : &unknown;
    const bool too_soon = e->answer.time_ns - e->newest_ns < p->fastest_ns;
    const bool slow_enough =
        e->answer.time_ns - e->previous_ns <= 2 * p->slowest_ns;
    return too_soon && slow_enough ? e->previous_ns : e->newest_ns;
}

static void tell_answered(struct exchange_match *t,
                          const struct exchange_entry *e)
{
    const int64_t attempt_ns = answered_attempt_ns(t, e);
    const int64_t service_ns = e->answer.time_ns - attempt_ns;
    const bool late =
        attempt_ns < e->newest_ns || service_ns > t->options.timeout_ns;
    struct exchange_transaction *out =
        tell(t, e, late ? EXCHANGE_LATE : EXCHANGE_ANSWERED);
    out->at_start = is_at_start(t, e->answer.time_ns);
    if (!e->timed)
        return;
    out->wait_ns = e->answer.time_ns - e->first_ns;
    out->service_ns = service_ns;
    /* Part of it may have passed before the attempt that was answered. */
    out->upstream_ns =
        e->tie.upstream_ns < service_ns ? e->tie.upstream_ns : service_ns;
}

/* Ends an entry for good. `why`: what its clock or the capture did to it. */
static void finish(struct exchange_match *t, uint32_t i,
                   enum exchange_outcome open_outcome, bool evicted)
{
    struct exchange_entry *e = at(t, i);
    switch (e->node.state) {
    case EXCHANGE_ENTRY_OPEN:
        exchange_upstream_drop(t->upstream, t->now_ns, &e->tie);
        settle_lookup(t, e, open_outcome, e->newest_ns, NULL);
        tell(t, e, open_outcome)->evicted = evicted;
        break;
    case EXCHANGE_ENTRY_AMBIGUOUS:
        tell_answered(t, e);
        break;
    case EXCHANGE_ENTRY_EARLY:
        tell(t, e, EXCHANGE_ORPHANED)->at_start = is_at_start(t, e->first_ns);
        break;
    default:
        break;
    }
    pool_forget(&t->table.pool, i);
}

/* --- time ---------------------------------------------------------------- */

/* When the oldest entry of a state expires; INT64_MAX when there is none. */
static int64_t due_of(const struct exchange_match *t, int state)
{
    const uint32_t i = pool_oldest(&t->table.pool, state);
    return i == POOL_NONE ? INT64_MAX
                          : at(t, i)->node.since + lifetime_ns(t, state);
}

static void expire_due(struct exchange_match *t)
{
    t->due_ns = INT64_MAX;
    for (int state = EXCHANGE_ENTRY_OPEN; state < EXCHANGE_ENTRY_STATES;
         state++) {
        int64_t due_ns;
        while ((due_ns = due_of(t, state)) <= t->now_ns) {
            const uint32_t i = pool_oldest(&t->table.pool, state);
            pool_prefetch_newer(&t->table.pool, i);
            finish(t, i, EXCHANGE_UNANSWERED, false);
        }
        if (due_ns < t->due_ns)
            t->due_ns = due_ns;
    }
}

static void expire(struct exchange_match *t)
{
    if (t->due_ns <= t->now_ns)
        expire_due(t);
    exchange_lookups_advance(t->lookups, t->now_ns);
}

/* Nothing that was open can be judged across a step of the clock, or the end:
 * only what had waited out its client's patience before it is unanswered. */
static void close_epoch(struct exchange_match *t)
{
    for (int state = EXCHANGE_ENTRY_OPEN; state < EXCHANGE_ENTRY_STATES;
         state++) {
        uint32_t i;
        while ((i = pool_oldest(&t->table.pool, state)) != POOL_NONE) {
            const int64_t waited_ns = t->now_ns - at(t, i)->newest_ns;
            finish(t, i,
                   waited_ns >= t->options.timeout_ns ? EXCHANGE_UNANSWERED
                                                      : EXCHANGE_OPEN_AT_END,
                   false);
        }
    }
    exchange_lookups_end(t->lookups);
}

/* A message that was held in a stream or as fragments may be from before a step
 * of the clock. Nothing can be measured from there to now, so it is taken to be
 * of when it came out. */
static bool is_of_epoch(const struct exchange_match *t, int64_t time_ns)
{
    return time_ns <= t->now_ns &&
           time_ns >= t->first_ns - t->options.horizon_ns;
}

static void advance(struct exchange_match *t, struct exchange_message *m)
{
    const int64_t time_ns = m->clock_ns;
    if (t->running && (time_ns < t->now_ns - step_back_ns ||
                       time_ns > t->now_ns + step_forward_ns)) {
        /* From no time at all to the first time stamp is no jump. */
        t->counters.clock_steps += t->timed;
        close_epoch(t);
        t->running = false;
    }
    t->timed |= m->timed;
    if (!t->running) {
        t->running = true;
        t->first_ns = t->now_ns = time_ns;
    }
    if (time_ns > t->now_ns)
        t->now_ns = time_ns;
    if (!is_of_epoch(t, m->time_ns))
        m->time_ns = time_ns;
    if (!is_of_epoch(t, m->seen.time_ns))
        m->seen.time_ns = time_ns;
    expire(t);
}

void exchange_match_end(struct exchange_match *t, int64_t end_ns)
{
    if (t->running && end_ns > t->now_ns &&
        end_ns <= t->now_ns + step_forward_ns) {
        t->now_ns = end_ns;
        expire(t);
    }
    close_epoch(t);
}

/* --- finding ------------------------------------------------------------- */

static void push_out(struct exchange_match *t, uint32_t i)
{
    const int state = at(t, i)->node.state;
    t->counters.evicted +=
        state != EXCHANGE_ENTRY_SETTLED && state != EXCHANGE_ENTRY_LEG;
    finish(t, i, EXCHANGE_OPEN_AT_END, true);
}

/* The full table gives up what matters least: answered ones first. Every state
 * is among them, so that there is always something to give up. */
static void evict(struct exchange_match *t)
{
    static const enum exchange_state order[] = {
        EXCHANGE_ENTRY_SETTLED, EXCHANGE_ENTRY_EARLY, EXCHANGE_ENTRY_LEG,
        EXCHANGE_ENTRY_AMBIGUOUS, EXCHANGE_ENTRY_OPEN};
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        const uint32_t i = pool_oldest(&t->table.pool, (int)order[k]);
        if (i != POOL_NONE) {
            push_out(t, i);
            return;
        }
    }
}

/* --- queries ------------------------------------------------------------- */

static uint32_t insert(struct exchange_match *t, struct exchange_message *m,
                       enum exchange_state state,
                       const struct exchange_found *f)
{
    exchange_identity_resolve(t->ids, m);
    if (f->length >= chain_ceiling)
        push_out(t, f->last);
    if (pool_is_full(&t->table.pool))
        evict(t);
    note_due(t, (int)state);
    return exchange_table_insert(&t->table, m, state, t->now_ns);
}

static void name_ids(const struct exchange_entry *e, struct exchange_message *m)
{
    m->client_id = e->client_id;
    m->server_id = e->server_id;
    m->pair_id = e->pair_id;
    m->question_id = e->question_id;
}

static void take_attempt(struct exchange_match *t, uint32_t i,
                         struct exchange_message *m)
{
    struct exchange_entry *e = at(t, i);
    name_ids(e, m);
    if (e->vni == 0)
        e->vni = m->vni;
    if (exchange_is_copy(&e->seen, &m->seen)) {
        m->kind = EXCHANGE_DUPLICATE;
        return;
    }
    m->kind = EXCHANGE_RETRANSMISSION;
    if (e->attempts < UINT16_MAX)
        e->attempts++;
    e->previous_ns = e->newest_ns;
    if (m->time_ns > e->newest_ns) /* a clock may be set back a little */
        e->newest_ns = m->time_ns;
    e->seen = m->seen;
    enter(t, i, EXCHANGE_ENTRY_OPEN);
    exchange_lookups_repeat(t->lookups, e->lookup, e->lookup_id, m, t->now_ns);
}

/* A response that was captured before its query: 0 wait, and not measured. */
static void take_early(struct exchange_match *t, uint32_t early, uint32_t i)
{
    struct exchange_entry *e = at(t, i);
    t->counters.reordered++;
    e->timed = false;
    e->answer = at(t, early)->answer;
    e->answer.time_ns = e->newest_ns;
    e->responses = 1;
    e->attempts_at_answer = e->attempts;
    pool_forget(&t->table.pool, early);
    exchange_upstream_drop(t->upstream, t->now_ns, &e->tie);
    settle_lookup(t, e, EXCHANGE_ANSWERED, e->answer.time_ns, NULL);
    tell_answered(t, e);
    enter(t, i, EXCHANGE_ENTRY_SETTLED);
}

static uint64_t question_hash(const struct exchange_message *m)
{
    return m->dns.qname_hash ^ ((uint64_t)m->dns.id << 32 |
                                (uint64_t)m->dns.qtype << 16 | m->dns.qclass);
}

/* The open transaction that `m` is the other leg of, or POOL_NONE. */
static uint32_t lead_of(struct exchange_match *t,
                        const struct exchange_message *m,
                        const struct exchange_found *f)
{
    if (f->elsewhere_count == 1 &&
        exchange_is_leg(&at(t, f->elsewhere)->seen, &m->seen))
        return f->elsewhere;
    const uint64_t hash = question_hash(m);
    struct recent *r = &t->recent[hash % RECENT];
    if (r->question_hash != hash)
        return POOL_NONE;
    const struct exchange_entry *e = at(t, r->entry);
    if (e->node.state != EXCHANGE_ENTRY_OPEN || e->number != r->number ||
        e->transport != m->transport || e->client_hash == m->client_hash ||
        !exchange_is_leg(&e->seen, &m->seen))
        return POOL_NONE;
    t->counters.ambiguous_legs += r->ambiguous;
    return r->ambiguous ? POOL_NONE : r->entry;
}

static void remember(struct exchange_match *t, uint32_t i,
                     const struct exchange_message *m)
{
    const uint64_t hash = question_hash(m);
    struct recent *r = &t->recent[hash % RECENT];
    const struct exchange_entry *before = at(t, r->entry);
    const bool again = r->question_hash == hash &&
                       before->node.state == EXCHANGE_ENTRY_OPEN &&
                       before->number == r->number &&
                       exchange_is_leg_in_time(&before->seen, &m->seen);
    *r = (struct recent){hash, i, at(t, i)->number, again};
}

/* Never counted as a query: it stands for its lead, so that what comes back on
 * this leg finds the way. */
static void take_leg(struct exchange_match *t, uint32_t lead,
                     struct exchange_message *m, const struct exchange_found *f)
{
    const uint32_t number = at(t, lead)->number;
    const uint32_t i = insert(t, m, EXCHANGE_ENTRY_LEG, f);
    struct exchange_entry *leg = at(t, i);
    leg->lead = lead;
    leg->lead_number = number;
    m->kind = EXCHANGE_LEG;
    if (exchange_table_lead(&t->table, i) == POOL_NONE)
        return; /* the full table took it just now */
    struct exchange_entry *e = at(t, lead);
    e->leg_server_id = leg->server_id;
    exchange_upstream_move(t->upstream, m, leg->server_id, &e->tie);
    name_ids(e, m);
}

static void open_new(struct exchange_match *t, struct exchange_message *m,
                     const struct exchange_found *f)
{
    const uint32_t i = insert(t, m, EXCHANGE_ENTRY_OPEN, f);
    struct exchange_entry *e = at(t, i);
    m->kind = EXCHANGE_QUERY;
    e->query_frame = m->frame;
    e->attempts = 1;
    const uint32_t name_id =
        exchange_identity_question(t->ids, m->question_id).name_id;
    e->lookup =
        exchange_lookups_join(t->lookups, m, name_id, t->now_ns, &e->lookup_id);
    exchange_upstream_open(t->upstream, m, &e->tie);
    remember(t, i, m);
    exchange_sockets_remember(&t->sockets, m, i);
}

static void take_query(struct exchange_match *t, struct exchange_message *m)
{
    const struct exchange_found f = exchange_table_find(&t->table, m);
    if (f.open != POOL_NONE) {
        take_attempt(t, f.open, m);
        return;
    }
    if (f.done != POOL_NONE) {
        const struct exchange_entry *e = at(t, f.done);
        if (exchange_is_copy_after_answer(&e->seen, &m->seen)) {
            name_ids(e, m);
            m->kind = EXCHANGE_DUPLICATE;
            return;
        }
        t->counters.repeated++;
    }
    if (f.leg != POOL_NONE) {
        const uint32_t lead = exchange_table_lead(&t->table, f.leg);
        name_ids(at(t, lead == POOL_NONE ? f.leg : lead), m);
        m->kind = EXCHANGE_LEG; /* of a retransmission, or one more copy */
        return;
    }
    const uint32_t lead = lead_of(t, m, &f);
    if (lead != POOL_NONE) {
        take_leg(t, lead, m, &f);
        return;
    }
    open_new(t, m, &f);
    if (LIKELY(f.early == POOL_NONE))
        return;
    /* Found again: to make room, the full table may have let it go. */
    const struct exchange_found now = exchange_table_find(&t->table, m);
    if (now.early != POOL_NONE && now.open != POOL_NONE)
        take_early(t, now.early, now.open);
}

/* --- responses ----------------------------------------------------------- */

static void take_answer(struct exchange_entry *e,
                        const struct exchange_message *m)
{
    e->answer = (struct exchange_answer){
        .seen = m->seen,
        .time_ns = m->time_ns,
        .frame = m->frame,
        .digest = m->dns.answer_digest,
        .ttl_s = m->dns.ttl_s,
        .rcode = m->dns.rcode,
        .octets = m->octets,
        .nodata = dns_message_is_nodata(&m->dns),
        .truncated = (m->dns.flags & DNS_TC) != 0,
        .has_ttl = (m->dns.has & DNS_HAS_TTL) != 0,
    };
    e->responses = 1;
    e->attempts_at_answer = e->attempts;
}

static void answer(struct exchange_match *t, uint32_t i,
                   struct exchange_message *m)
{
    struct exchange_entry *e = at(t, i);
    name_ids(e, m);
    m->kind = EXCHANGE_RESPONSE;
    if ((m->dns.has & DNS_HAS_QUESTION) &&
        e->case_hash != exchange_case_hash(&m->dns))
        t->counters.case_mismatches++;
    take_answer(e, m);
    if (m->time_ns < e->newest_ns || !m->timed) {
        /* The clock of another interface: inside the reorder window. */
        t->counters.reordered += m->timed;
        e->timed = false;
        e->answer.time_ns = e->newest_ns;
    }
    exchange_upstream_answer(t->upstream, m, e->answer.time_ns, &e->tie);
    settle_lookup(t, e, EXCHANGE_ANSWERED, e->answer.time_ns, m);
    if (e->attempts > 1) {
        enter(t, i, EXCHANGE_ENTRY_AMBIGUOUS);
        return;
    }
    learn_pace(t, e);
    tell_answered(t, e);
    enter(t, i, EXCHANGE_ENTRY_SETTLED);
}

static bool is_same_answer(const struct exchange_entry *e,
                           const struct exchange_message *m)
{
    return m->dns.rcode == e->answer.rcode &&
           m->dns.answer_digest == e->answer.digest;
}

/* A transaction that was settled without any response was refused. */
static bool is_refused(const struct exchange_entry *e)
{
    return e->node.state == EXCHANGE_ENTRY_SETTLED && e->responses == 0;
}

static void answer_again(struct exchange_match *t, uint32_t i,
                         struct exchange_message *m)
{
    struct exchange_entry *e = at(t, i);
    name_ids(e, m);
    if (is_refused(e)) { /* by a router that sent it on all the same */
        m->kind = EXCHANGE_RESPONSE;
        take_answer(e, m);
        return;
    }
    const bool same = is_same_answer(e, m);
    if (same && exchange_is_copy(&e->answer.seen, &m->seen)) {
        m->kind = EXCHANGE_DUPLICATE;
        return;
    }
    if (same && e->leg_server_id != EXCHANGE_NO_LEG &&
        exchange_is_leg(&e->answer.seen, &m->seen)) {
        m->kind = EXCHANGE_LEG;
        return;
    }
    m->kind = same ? EXCHANGE_SECOND_SAME : EXCHANGE_SECOND_OTHER;
    if (e->responses < UINT16_MAX)
        e->responses++;
    if (e->node.state == EXCHANGE_ENTRY_AMBIGUOUS &&
        e->responses == e->attempts_at_answer) {
        exchange_lookups_relent(t->lookups, e->lookup, e->lookup_id,
                                e->first_ns);
        tell_answered(t, e);
        enter(t, i, EXCHANGE_ENTRY_SETTLED);
    }
}

/* A response on the far leg of a translation is that of its lead. */
static void answer_leg(struct exchange_match *t, uint32_t leg,
                       struct exchange_message *m)
{
    const uint32_t lead = exchange_table_lead(&t->table, leg);
    if (lead == POOL_NONE) {
        name_ids(at(t, leg), m);
        m->kind = EXCHANGE_LEG;
    } else if (at(t, lead)->node.state == EXCHANGE_ENTRY_OPEN) {
        answer(t, lead, m);
    } else {
        answer_again(t, lead, m);
    }
}

static void keep_orphan(struct exchange_match *t, struct exchange_message *m,
                        const struct exchange_found *f)
{
    const struct exchange_entry *e =
        f->early != POOL_NONE ? at(t, f->early) : NULL;
    if (e && is_same_answer(e, m) &&
        exchange_is_copy(&e->answer.seen, &m->seen)) {
        name_ids(e, m);
        m->kind = EXCHANGE_DUPLICATE;
        return;
    }
    m->kind = EXCHANGE_ORPHAN;
    take_answer(at(t, insert(t, m, EXCHANGE_ENTRY_EARLY, f)), m);
    exchange_lookups_hear(t->lookups, m->server_id, m->time_ns);
}

static void take_response(struct exchange_match *t, struct exchange_message *m)
{
    const struct exchange_found f = exchange_table_find(&t->table, m);
    const bool asks = (m->dns.has & DNS_HAS_QUESTION) != 0;
    if (f.open != POOL_NONE)
        answer(t, f.open, m);
    else if (f.done != POOL_NONE)
        answer_again(t, f.done, m);
    else if (f.leg != POOL_NONE)
        answer_leg(t, f.leg, m);
    else if (!asks && f.oldest_open != POOL_NONE)
        /* FORMERR and others may come without a question, and a short snap
         * length cuts it off. */
        answer(t, f.oldest_open, m);
    else if (!asks && m->dns.qdcount != 0)
        /* Its query was cut or broken as well: nobody can tell. */
        exchange_identity_resolve(t->ids, m);
    else {
        t->counters.question_mismatches += f.oldest_open != POOL_NONE;
        t->counters.address_mismatches +=
            f.oldest_open == POOL_NONE && f.elsewhere_count == 1;
        keep_orphan(t, m, &f);
    }
}

/* --- ICMP ---------------------------------------------------------------- */

/* The transaction of a quoted query, whatever has become of it, or POOL_NONE. */
static uint32_t find_quoted(const struct exchange_match *t,
                            const struct exchange_message *m)
{
    if (!(m->dns.has & DNS_HAS_HEADER))
        return exchange_sockets_find(&t->sockets, &t->table, m);
    const struct exchange_found f = exchange_table_find(&t->table, m);
    if (f.open != POOL_NONE)
        return f.open;
    if (f.leg != POOL_NONE)
        return exchange_table_lead(&t->table, f.leg);
    return m->dns.has & DNS_HAS_QUESTION ? f.done : f.oldest_open;
}

static void refuse(struct exchange_match *t, struct exchange_message *m)
{
    const uint32_t i = find_quoted(t, m);
    if (i == POOL_NONE || (at(t, i)->node.state != EXCHANGE_ENTRY_OPEN &&
                           !is_refused(at(t, i)))) {
        t->counters.icmp_unmatched++;
        return;
    }
    struct exchange_entry *e = at(t, i);
    name_ids(e, m);
    if (is_refused(e)) {
        t->counters.icmp_repeated++;
        return;
    }
    t->counters.icmp_refusals++;
    exchange_upstream_drop(t->upstream, m->time_ns, &e->tie);
    settle_lookup(t, e, EXCHANGE_REFUSED, m->time_ns, NULL);
    tell(t, e, EXCHANGE_REFUSED)->icmp_frame = m->frame;
    enter(t, i, EXCHANGE_ENTRY_SETTLED);
}

void exchange_match_refuse(struct exchange_match *t, struct exchange_message *m,
                           enum packet_icmp_kind kind)
{
    advance(t, m);
    m->server_id = exchange_identity_server(
        t->ids, (struct bytes){m->server, m->address_octets}, m->server_hash);
    if (m->transport == PACKET_TCP)
        t->counters.icmp_of_segments++;
    else if (exchange_message_is_response(m))
        t->counters.icmp_of_responses++;
    else if (!packet_icmp_refuses(kind))
        t->counters.icmp_hints++;
    else
        refuse(t, m);
}

void exchange_match_take(struct exchange_match *t, struct exchange_message *m)
{
    advance(t, m);
    m->kind = EXCHANGE_NOT_MATCHED;
    const bool response = exchange_message_is_response(m);
    if (!exchange_match_takes(m) ||
        (!response && !(m->dns.has & DNS_HAS_QUESTION)))
        exchange_identity_resolve(t->ids, m);
    else if (response)
        take_response(t, m);
    else
        take_query(t, m);
}

void exchange_match_prefetch(const struct exchange_match *t,
                             const struct exchange_message *m)
{
    pool_prefetch(&t->table.pool, m->key_hash);
}

void exchange_match_prefetch_entry(const struct exchange_match *t,
                                   const struct exchange_message *m)
{
    pool_prefetch_entry(&t->table.pool, m->key_hash);
}
