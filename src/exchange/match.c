/* The states of an entry, and how long it stays in each:
 *
 *   OPEN       waiting for its first answer           horizon
 *   AMBIGUOUS  answered, which attempt is not known   horizon
 *   ANSWERED   told; kept to know a second answer     1 s
 *   EARLY      a response, its query may still come   50 ms
 */
#include "exchange/match.h"

#include <stdlib.h>

#include "util/hash.h"
#include "util/pool.h"

#define MS INT64_C(1000000)
#define S  (1000 * MS)

static const int64_t answered_ns = 1 * S;
static const int64_t early_ns = 50 * MS;     /* reorder between NIC queues */
static const int64_t copy_ns = 20 * MS;      /* one sending, seen twice */
static const int64_t copy_no_id_ns = 2 * MS; /* ... when IP says no ID */
static const int64_t step_back_ns = 1 * S;
static const int64_t step_forward_ns = 3600 * S;
/* Servers behind one client port and ID; more is no stub but an attack. */
static const unsigned chain_ceiling = 64;

enum state { OPEN = POOL_FREE + 1, AMBIGUOUS, ANSWERED, EARLY, STATES };

struct entry {
    struct pool_node node; /* hashed from the key */
    uint64_t client_hash, server_hash, name_hash;
    uint16_t client_port, server_port, message_id;
    uint16_t qtype, qclass;
    uint8_t transport;
    bool has_question;
    bool timed;
    uint16_t ip_id; /* of the newest attempt, or of the early response */
    /* times: `first` to `newest` attempt, on the capture's own clock */
    int64_t first_ns, previous_ns, newest_ns;
    int64_t answer_ns; /* of the first response */
    uint64_t query_frame, response_frame;
    uint32_t client_id, server_id, question_id;
    uint32_t number;
    uint32_t lookup, lookup_id;
    uint32_t digest;    /* of the first response */
    uint32_t case_hash; /* of the name as asked, 0 = all lower case */
    uint32_t ttl_s;
    uint16_t attempts, attempts_at_answer, responses;
    uint16_t rcode;
    uint16_t response_ip_id;
    bool nodata, has_ttl;
};

struct exchange_match {
    struct exchange_match_options options;
    struct pool pool;
    uint32_t next_number;
    int64_t now_ns;      /* monotonic within an epoch */
    int64_t first_ns;    /* where the epoch began */
    bool running;        /* a message has set the clock */
    int64_t *fastest_ns; /* by server: the shortest certain service time */
    size_t fastest_capacity;
    struct exchange_match_counters counters;
    struct exchange_identity *ids;
    struct exchange_lookups *lookups;
    struct exchange_outbox *outbox;
    struct budget *budget;
};

struct exchange_match *
exchange_match_new(const struct exchange_match_options *options,
                   struct exchange_identity *ids,
                   struct exchange_lookups *lookups,
                   struct exchange_outbox *outbox, struct budget *budget)
{
    struct exchange_match *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    *t = (struct exchange_match){.options = *options,
                                 .ids = ids,
                                 .lookups = lookups,
                                 .outbox = outbox,
                                 .budget = budget};
    if (pool_init(&t->pool, sizeof(struct entry), options->ceiling, budget))
        return t;
    exchange_match_free(t);
    return NULL;
}

void exchange_match_free(struct exchange_match *t)
{
    if (!t)
        return;
    pool_fini(&t->pool);
    free(t->fastest_ns);
    free(t);
}

const struct exchange_match_counters *
exchange_match_counters(const struct exchange_match *t)
{
    return &t->counters;
}

size_t exchange_match_open(const struct exchange_match *t)
{
    return pool_count(&t->pool, OPEN);
}

static struct entry *at(const struct exchange_match *t, uint32_t i)
{
    return pool_at(&t->pool, i);
}

static int64_t lifetime_ns(const struct exchange_match *t, int state)
{
    switch (state) {
    case ANSWERED:
        return answered_ns;
    case EARLY:
        return early_ns;
    default:
        return t->options.horizon_ns;
    }
}

static void enter(struct exchange_match *t, uint32_t i, enum state state)
{
    pool_enter(&t->pool, i, state, t->now_ns);
}

/* --- telling what became of an entry ------------------------------------- */

static struct exchange_transaction *tell(struct exchange_match *t,
                                         const struct entry *e,
                                         enum exchange_outcome outcome)
{
    struct exchange_transaction *out = exchange_outbox_transaction(t->outbox);
    *out = (struct exchange_transaction){
        .time_ns = e->first_ns,
        .last_attempt_ns = e->newest_ns,
        .wait_ns = EXCHANGE_UNKNOWN_NS,
        .service_ns = EXCHANGE_UNKNOWN_NS,
        .query_frame = e->query_frame,
        .response_frame = e->response_frame,
        .number = e->number,
        .client_id = e->client_id,
        .server_id = e->server_id,
        .question_id = e->question_id,
        .lookup_id = e->lookup_id,
        .ttl_s = e->ttl_s,
        .client_port = e->client_port,
        .server_port = e->server_port,
        .message_id = e->message_id,
        .qtype = e->qtype,
        .rcode = e->rcode,
        .attempts = e->attempts,
        .responses = e->responses,
        .transport = e->transport,
        .outcome = (uint8_t)outcome,
        .nodata = e->nodata,
        .has_ttl = e->has_ttl,
    };
    return out;
}

static void settle_lookup(struct exchange_match *t, const struct entry *e,
                          enum exchange_outcome outcome, int64_t time_ns)
{
    const struct exchange_settlement s = {
        .time_ns = time_ns,
        .frame = e->response_frame,
        .outcome = (uint8_t)outcome,
        .rcode = e->rcode,
        .nodata = e->nodata,
        .timed = e->timed,
    };
    exchange_lookups_settle(t->lookups, e->lookup, e->lookup_id, t->now_ns, &s);
}

/* The shortest service time that is certain (one attempt), by server. */
static void learn_fastest(struct exchange_match *t, const struct entry *e)
{
    if (!e->timed ||
        !budget_grow(t->budget, (void **)&t->fastest_ns, &t->fastest_capacity,
                     e->server_id + (size_t)1, sizeof *t->fastest_ns))
        return;
    const int64_t service_ns = e->answer_ns - e->newest_ns;
    int64_t *fastest = &t->fastest_ns[e->server_id];
    if (service_ns > 0 && (*fastest == 0 || service_ns < *fastest))
        *fastest = service_ns;
}

/* Which attempt did the first answer answer? As many answers as attempts: the
 * first. Else the newest that can have caused it, given how fast this server
 * has ever been seen (ALGORITHMS: wait and service). */
static int64_t answered_attempt_ns(const struct exchange_match *t,
                                   const struct entry *e)
{
    if (e->attempts_at_answer == 1)
        return e->first_ns;
    if (e->responses >= e->attempts_at_answer)
        return e->first_ns;
    const int64_t fastest =
        e->server_id < t->fastest_capacity ? t->fastest_ns[e->server_id] : 0;
    return e->answer_ns - e->newest_ns >= fastest ? e->newest_ns
                                                  : e->previous_ns;
}

static void tell_answered(struct exchange_match *t, const struct entry *e)
{
    const int64_t attempt_ns = answered_attempt_ns(t, e);
    const int64_t service_ns = e->answer_ns - attempt_ns;
    const bool late =
        attempt_ns < e->newest_ns || service_ns > t->options.timeout_ns;
    struct exchange_transaction *out =
        tell(t, e, late ? EXCHANGE_LATE : EXCHANGE_ANSWERED);
    if (!e->timed)
        return;
    out->wait_ns = e->answer_ns - e->first_ns;
    out->service_ns = service_ns;
}

/* Ends an entry for good. `why`: what its clock or the capture did to it. */
static void finish(struct exchange_match *t, uint32_t i,
                   enum exchange_outcome open_outcome, bool evicted)
{
    const struct entry *e = at(t, i);
    switch (e->node.state) {
    case OPEN:
        settle_lookup(t, e, open_outcome, e->newest_ns);
        tell(t, e, open_outcome)->evicted = evicted;
        break;
    case AMBIGUOUS:
        tell_answered(t, e);
        break;
    case EARLY:
        tell(t, e, EXCHANGE_ORPHANED)->at_start =
            e->first_ns - t->first_ns <= t->options.horizon_ns;
        break;
    default:
        break;
    }
    pool_forget(&t->pool, i);
}

/* --- time ---------------------------------------------------------------- */

static void expire(struct exchange_match *t)
{
    for (int state = OPEN; state < STATES; state++) {
        uint32_t i;
        while ((i = pool_oldest(&t->pool, state)) != POOL_NONE &&
               at(t, i)->node.since + lifetime_ns(t, state) <= t->now_ns)
            finish(t, i, EXCHANGE_UNANSWERED, false);
    }
    exchange_lookups_advance(t->lookups, t->now_ns);
}

/* Nothing that was open can be judged across a step of the clock, or the end:
 * only what had waited out its client's patience before it is unanswered. */
static void close_epoch(struct exchange_match *t)
{
    for (int state = OPEN; state < STATES; state++) {
        uint32_t i;
        while ((i = pool_oldest(&t->pool, state)) != POOL_NONE) {
            const int64_t waited_ns = t->now_ns - at(t, i)->newest_ns;
            finish(t, i,
                   waited_ns >= t->options.timeout_ns ? EXCHANGE_UNANSWERED
                                                      : EXCHANGE_OPEN_AT_END,
                   false);
        }
    }
    exchange_lookups_end(t->lookups);
}

static void advance(struct exchange_match *t, int64_t time_ns)
{
    if (t->running && (time_ns < t->now_ns - step_back_ns ||
                       time_ns > t->now_ns + step_forward_ns)) {
        t->counters.clock_steps++;
        close_epoch(t);
        t->running = false;
    }
    if (!t->running) {
        t->running = true;
        t->first_ns = t->now_ns = time_ns;
    }
    if (time_ns > t->now_ns)
        t->now_ns = time_ns;
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
    t->counters.evicted += at(t, i)->node.state != ANSWERED;
    finish(t, i, EXCHANGE_OPEN_AT_END, true);
}

/* The full table gives up what matters least: answered ones first. */
static void evict(struct exchange_match *t)
{
    static const enum state order[] = {ANSWERED, EARLY, AMBIGUOUS, OPEN};
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        const uint32_t i = pool_oldest(&t->pool, (int)order[k]);
        if (i != POOL_NONE) {
            push_out(t, i);
            return;
        }
    }
}

static uint32_t case_hash(const struct dns_message *dns)
{
    if (!(dns->has & DNS_HAS_QUESTION))
        return 0;
    for (unsigned i = 0; i < dns->qname_octets; i++)
        if (dns->qname[i] >= 'A' && dns->qname[i] <= 'Z')
            return (uint32_t)hash_octets(dns->qname, dns->qname_octets, 0) | 1;
    return 0;
}

static bool same_key(const struct entry *e, const struct exchange_message *m)
{
    return e->node.hash == m->key_hash && e->client_hash == m->client_hash &&
           e->client_port == m->client_port && e->message_id == m->dns.id &&
           e->transport == m->transport;
}

static bool same_server(const struct entry *e, const struct exchange_message *m)
{
    return e->server_hash == m->server_hash && e->server_port == m->server_port;
}

static bool same_question(const struct entry *e, const struct dns_message *dns)
{
    return e->has_question && (dns->has & DNS_HAS_QUESTION) &&
           e->name_hash == dns->qname_hash && e->qtype == dns->qtype &&
           e->qclass == dns->qclass;
}

/* What stands under a message's key, sorted out in one walk of the chain. */
struct found {
    uint32_t open;        /* same server and question, waiting */
    uint32_t done;        /* ... answered */
    uint32_t early;       /* ... a response without query so far */
    uint32_t oldest_open; /* same server, any question */
    uint32_t elsewhere;   /* same question, other server, waiting */
    uint32_t last;        /* the oldest under the key, whatever it is */
    unsigned elsewhere_count;
    unsigned length;
};

static struct found find(struct exchange_match *t,
                         const struct exchange_message *m)
{
    struct found f = {POOL_NONE, POOL_NONE, POOL_NONE, POOL_NONE,
                      POOL_NONE, POOL_NONE, 0,         0};
    for (uint32_t i = pool_first(&t->pool, m->key_hash); i != POOL_NONE;
         i = pool_next(&t->pool, i)) {
        const struct entry *e = at(t, i);
        if (!same_key(e, m))
            continue;
        f.length++;
        f.last = i;
        const bool question = same_question(e, &m->dns);
        if (!same_server(e, m)) {
            if (question && e->node.state == OPEN) {
                f.elsewhere = i;
                f.elsewhere_count++;
            }
            continue;
        }
        if (e->node.state == OPEN)
            f.oldest_open = i; /* chains begin with the newest */
        if (!question && !(e->node.state == EARLY && !e->has_question))
            continue;
        if (e->node.state == OPEN)
            f.open = i;
        else if (e->node.state == EARLY)
            f.early = i;
        else if (f.done == POOL_NONE)
            f.done = i;
    }
    return f;
}

static uint32_t insert(struct exchange_match *t, struct exchange_message *m,
                       enum state state, const struct found *f)
{
    exchange_identity_resolve(t->ids, m);
    if (f->length >= chain_ceiling)
        push_out(t, f->last);
    if (pool_is_full(&t->pool))
        evict(t);
    const uint32_t i = pool_insert(&t->pool, m->key_hash, state, t->now_ns);
    struct entry *e = at(t, i);
    *e = (struct entry){
        .node = e->node,
        .client_hash = m->client_hash,
        .server_hash = m->server_hash,
        .name_hash = m->dns.qname_hash,
        .client_port = m->client_port,
        .server_port = m->server_port,
        .message_id = m->dns.id,
        .qtype = m->dns.qtype,
        .qclass = m->dns.qclass,
        .transport = m->transport,
        .has_question = (m->dns.has & DNS_HAS_QUESTION) != 0,
        .timed = m->timed,
        .ip_id = m->ip_id,
        .first_ns = m->time_ns,
        .previous_ns = m->time_ns,
        .newest_ns = m->time_ns,
        .client_id = m->client_id,
        .server_id = m->server_id,
        .question_id = m->question_id,
        .lookup = POOL_NONE,
        .lookup_id = EXCHANGE_NO_LOOKUP,
        .number = t->next_number++,
        .case_hash = case_hash(&m->dns),
    };
    return i;
}

/* A second observation of one sending: the same IP identification a moment
 * later. Real retransmissions carry a new one (measured). */
static bool is_copy(uint16_t ip_id, uint16_t before_id, int64_t gap_ns)
{
    if (ip_id != before_id)
        return false;
    return gap_ns <= (ip_id ? copy_ns : copy_no_id_ns);
}

/* Behind the answer only an IPv4 identification is proof: stubs that repeat at
 * once after SERVFAIL do so from unconnected sockets, whose ID is always 0, and
 * with the flow label of before. */
static bool is_copy_after_answer(const struct entry *e,
                                 const struct exchange_message *m)
{
    return m->address_octets == 4 && m->ip_id != 0 &&
           is_copy(m->ip_id, e->ip_id, m->time_ns - e->newest_ns);
}

/* --- queries ------------------------------------------------------------- */

static void name_ids(const struct entry *e, struct exchange_message *m)
{
    m->client_id = e->client_id;
    m->server_id = e->server_id;
    m->question_id = e->question_id;
}

static void take_attempt(struct exchange_match *t, uint32_t i,
                         struct exchange_message *m)
{
    struct entry *e = at(t, i);
    name_ids(e, m);
    if (is_copy(m->ip_id, e->ip_id, m->time_ns - e->newest_ns)) {
        m->kind = EXCHANGE_DUPLICATE;
        return;
    }
    m->kind = EXCHANGE_RETRANSMISSION;
    if (e->attempts < UINT16_MAX)
        e->attempts++;
    e->previous_ns = e->newest_ns;
    e->newest_ns = m->time_ns;
    e->ip_id = m->ip_id;
    enter(t, i, OPEN);
    exchange_lookups_repeat(t->lookups, e->lookup, e->lookup_id, m);
}

/* A response that was captured before its query: 0 wait, and not measured. */
static void take_early(struct exchange_match *t, uint32_t early, uint32_t i)
{
    const struct entry *r = at(t, early);
    struct entry *e = at(t, i);
    t->counters.reordered++;
    e->timed = false;
    e->answer_ns = e->newest_ns;
    e->response_frame = r->response_frame;
    e->rcode = r->rcode;
    e->digest = r->digest;
    e->response_ip_id = r->ip_id;
    e->nodata = r->nodata;
    e->has_ttl = r->has_ttl;
    e->ttl_s = r->ttl_s;
    e->responses = 1;
    e->attempts_at_answer = e->attempts;
    pool_forget(&t->pool, early);
    settle_lookup(t, e, EXCHANGE_ANSWERED, e->answer_ns);
    tell_answered(t, e);
    enter(t, i, ANSWERED);
}

static void take_query(struct exchange_match *t, struct exchange_message *m)
{
    struct found f = find(t, m);
    if (f.open != POOL_NONE) {
        take_attempt(t, f.open, m);
        return;
    }
    if (f.done != POOL_NONE) {
        const struct entry *e = at(t, f.done);
        if (is_copy_after_answer(e, m)) {
            name_ids(e, m);
            m->kind = EXCHANGE_DUPLICATE;
            return;
        }
        t->counters.repeated++;
    }
    const uint32_t i = insert(t, m, OPEN, &f);
    struct entry *e = at(t, i);
    m->kind = EXCHANGE_QUERY;
    e->query_frame = m->frame;
    e->attempts = 1;
    const uint32_t name_id =
        exchange_identity_question(t->ids, m->question_id).name_id;
    e->lookup =
        exchange_lookups_join(t->lookups, m, name_id, t->now_ns, &e->lookup_id);
    /* The table may have been full, and the early response the victim. */
    if (f.early != POOL_NONE && at(t, f.early)->node.state == EARLY &&
        same_key(at(t, f.early), m))
        take_early(t, f.early, i);
}

/* --- responses ----------------------------------------------------------- */

static void take_response_into(struct exchange_match *t, uint32_t i,
                               const struct exchange_message *m)
{
    struct entry *e = at(t, i);
    e->answer_ns = m->time_ns;
    e->response_frame = m->frame;
    e->rcode = m->dns.rcode;
    e->digest = m->dns.answer_digest;
    e->response_ip_id = m->ip_id;
    e->nodata = dns_message_is_nodata(&m->dns);
    e->has_ttl = (m->dns.has & DNS_HAS_TTL) != 0;
    e->ttl_s = m->dns.ttl_s;
    e->responses = 1;
    e->attempts_at_answer = e->attempts;
}

static void answer(struct exchange_match *t, uint32_t i,
                   struct exchange_message *m)
{
    struct entry *e = at(t, i);
    name_ids(e, m);
    m->kind = EXCHANGE_RESPONSE;
    if ((m->dns.has & DNS_HAS_QUESTION) && e->case_hash != case_hash(&m->dns))
        t->counters.case_mismatches++;
    take_response_into(t, i, m);
    if (m->time_ns < e->newest_ns || !m->timed) {
        /* The clock of another interface: inside the reorder window. */
        t->counters.reordered += m->timed;
        e->timed = false;
        e->answer_ns = e->newest_ns;
    }
    settle_lookup(t, e, EXCHANGE_ANSWERED, e->answer_ns);
    if (e->attempts > 1) {
        enter(t, i, AMBIGUOUS);
        return;
    }
    learn_fastest(t, e);
    tell_answered(t, e);
    enter(t, i, ANSWERED);
}

static void answer_again(struct exchange_match *t, uint32_t i,
                         struct exchange_message *m)
{
    struct entry *e = at(t, i);
    name_ids(e, m);
    const bool same =
        m->dns.rcode == e->rcode && m->dns.answer_digest == e->digest;
    if (same &&
        is_copy(m->ip_id, e->response_ip_id, m->time_ns - e->answer_ns)) {
        m->kind = EXCHANGE_DUPLICATE;
        return;
    }
    m->kind = same ? EXCHANGE_SECOND_SAME : EXCHANGE_SECOND_OTHER;
    if (e->responses < UINT16_MAX)
        e->responses++;
    if (e->node.state == AMBIGUOUS && e->responses == e->attempts_at_answer) {
        tell_answered(t, e);
        enter(t, i, ANSWERED);
    }
}

static void keep_orphan(struct exchange_match *t, struct exchange_message *m,
                        const struct found *f)
{
    m->kind = EXCHANGE_ORPHAN;
    take_response_into(t, insert(t, m, EARLY, f), m);
}

static void take_response(struct exchange_match *t, struct exchange_message *m)
{
    const struct found f = find(t, m);
    if (f.open != POOL_NONE) {
        answer(t, f.open, m);
        return;
    }
    if (f.done != POOL_NONE) {
        answer_again(t, f.done, m);
        return;
    }
    /* FORMERR and others may come without a question (RFC 1035 s4.1.1). */
    if (!(m->dns.has & DNS_HAS_QUESTION) && m->dns.qdcount == 0 &&
        f.oldest_open != POOL_NONE) {
        answer(t, f.oldest_open, m);
        return;
    }
    if (f.oldest_open != POOL_NONE)
        t->counters.question_mismatches++;
    else if (f.elsewhere_count == 1)
        t->counters.address_mismatches++;
    keep_orphan(t, m, &f);
}

void exchange_match_take(struct exchange_match *t, struct exchange_message *m)
{
    advance(t, m->time_ns);
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
    pool_prefetch(&t->pool, m->key_hash);
}

void exchange_match_prefetch_entry(const struct exchange_match *t,
                                   const struct exchange_message *m)
{
    pool_prefetch_entry(&t->pool, m->key_hash);
}
