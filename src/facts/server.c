/* Who is asked: one row a server, and one for each client that asks it. */
#include <stdlib.h>

#include "facts/families.h"

struct server {
    int64_t first_ns, last_query_ns, last_response_ns, slowest_ns;
    int64_t dialled_ns; /* first connection, with `connections` */
    uint64_t slowest_query_frame, slowest_response_frame;
    uint64_t first_unanswered_frame, first_servfail_frame, first_refused_frame;
    uint32_t queries, responses, retransmissions;
    uint32_t outcomes[EXCHANGE_ORPHANED + 1];
    uint32_t nxdomain, nodata, servfail, refused, truncated, connections;
};

struct pair {
    int64_t first_ns, last_query_ns, last_response_ns, wait_ns;
    uint64_t first_unanswered_frame, first_icmp_frame;
    uint32_t queries, transactions, answered, unanswered, icmp_errors;
    int64_t silent_ns; /* begin of the first of the next two */
    uint32_t unanswered_since, icmp_errors_since; /* the last response */
    bool responded;
};

struct servers {
    const struct facts_context *context;
    struct server *at; /* by server id */
    size_t capacity;
    struct pair *pairs; /* by pair id */
    size_t pair_capacity;
};

static struct server *row_of(struct servers *s, uint32_t id)
{
    const bool has_room =
        budget_grow(s->context->budget, (void **)&s->at, &s->capacity,
                    id + (size_t)1, sizeof *s->at);
    return &s->at[has_room ? id : 0];
}

/* Pair 0 is "other" asking "other". */
static struct pair *pair_of(struct servers *s, uint32_t id)
{
    const bool has_room =
        budget_grow(s->context->budget, (void **)&s->pairs, &s->pair_capacity,
                    id + (size_t)1, sizeof *s->pairs);
    return &s->pairs[has_room ? id : 0];
}

static void close_servers(void *family)
{
    struct servers *s = family;
    if (!s)
        return;
    free(s->at);
    free(s->pairs);
    free(s);
}

static void *open_servers(const struct facts_context *context)
{
    struct servers *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->context = context;
    if (budget_grow(context->budget, (void **)&s->at, &s->capacity, 1,
                    sizeof *s->at) &&
        budget_grow(context->budget, (void **)&s->pairs, &s->pair_capacity, 1,
                    sizeof *s->pairs))
        return s;
    close_servers(s);
    return NULL;
}

static void take_query(struct servers *s, const struct exchange_message *m)
{
    struct server *row = row_of(s, m->server_id);
    if (row->queries++ == 0)
        row->first_ns = row->last_query_ns = m->time_ns;
    if (m->time_ns > row->last_query_ns)
        row->last_query_ns = m->time_ns;
    row->retransmissions += m->kind == EXCHANGE_RETRANSMISSION;

    struct pair *pair = pair_of(s, m->pair_id);
    if (pair->queries++ == 0)
        pair->first_ns = pair->last_query_ns = m->time_ns;
    if (m->time_ns > pair->last_query_ns)
        pair->last_query_ns = m->time_ns;
}

static void take_response(struct servers *s, const struct exchange_message *m)
{
    struct server *row = row_of(s, m->server_id);
    if (row->responses++ == 0 || m->time_ns > row->last_response_ns)
        row->last_response_ns = m->time_ns;
    row->truncated += (m->dns.flags & DNS_TC) != 0;
    if (m->dns.rcode == DNS_SERVFAIL && !row->first_servfail_frame)
        row->first_servfail_frame = m->frame;
    if (m->dns.rcode == DNS_REFUSED && !row->first_refused_frame)
        row->first_refused_frame = m->frame;
    if (m->kind == EXCHANGE_ORPHAN)
        return;
    struct pair *pair = pair_of(s, m->pair_id);
    if (!pair->responded || m->time_ns > pair->last_response_ns)
        pair->last_response_ns = m->time_ns;
    pair->responded = true;
    /* What was told so far began before it. */
    pair->unanswered_since = pair->icmp_errors_since = 0;
}

static void take_answered(struct server *row, struct pair *pair,
                          const struct exchange_transaction *x)
{
    row->nxdomain += x->rcode == DNS_NXDOMAIN;
    row->servfail += x->rcode == DNS_SERVFAIL;
    row->refused += x->rcode == DNS_REFUSED;
    row->nodata += x->nodata;
    const bool first = row->slowest_response_frame == 0;
    if (x->service_ns != EXCHANGE_UNKNOWN_NS &&
        (first || x->service_ns > row->slowest_ns)) {
        row->slowest_ns = x->service_ns;
        row->slowest_query_frame = x->query_frame;
        row->slowest_response_frame = x->response_frame;
    }
    pair->answered++;
}

/* Counts in `*since` what began behind the last response so far: transactions
 * are told in the order in which they ended, by their clients' patience or by
 * an error. */
static void count_since(struct pair *pair, uint32_t *since,
                        const struct exchange_transaction *x)
{
    if (pair->responded && x->time_ns <= pair->last_response_ns)
        return;
    if (pair->unanswered_since + pair->icmp_errors_since == 0 ||
        x->time_ns < pair->silent_ns)
        pair->silent_ns = x->time_ns;
    ++*since;
}

static void take_unanswered(const struct servers *s, struct server *row,
                            struct pair *pair,
                            const struct exchange_transaction *x)
{
    if (!row->first_unanswered_frame)
        row->first_unanswered_frame = x->query_frame;
    if (!pair->first_unanswered_frame)
        pair->first_unanswered_frame = x->query_frame;
    pair->unanswered++;
    pair->wait_ns += x->last_attempt_ns - x->time_ns + s->context->timeout_ns;
    count_since(pair, &pair->unanswered_since, x);
}

static void take_refused(struct pair *pair,
                         const struct exchange_transaction *x)
{
    if (!pair->first_icmp_frame)
        pair->first_icmp_frame = x->icmp_frame;
    pair->icmp_errors++;
    count_since(pair, &pair->icmp_errors_since, x);
}

static void take_transaction(struct servers *s,
                             const struct exchange_transaction *x)
{
    struct server *row = row_of(s, x->server_id);
    row->outcomes[x->outcome]++;
    if (x->outcome == EXCHANGE_ORPHANED)
        return;
    struct pair *pair = pair_of(s, x->pair_id);
    pair->transactions++;
    if (x->outcome == EXCHANGE_ANSWERED || x->outcome == EXCHANGE_LATE)
        take_answered(row, pair, x);
    else if (x->outcome == EXCHANGE_UNANSWERED)
        take_unanswered(s, row, pair, x);
    else if (x->outcome == EXCHANGE_REFUSED)
        take_refused(pair, x);
}

/* A server whose connections are all that was seen of it is one, too: what is
 * counted of them refers to its row. */
static void take_connection(struct servers *s,
                            const struct exchange_connection *c)
{
    struct server *row = row_of(s, c->server_id);
    if (row->connections++ == 0 || c->time_ns < row->dialled_ns)
        row->dialled_ns = c->time_ns;
}

static void take(void *family, const struct exchange_events *events)
{
    struct servers *s = family;
    for (size_t i = 0; i < events->message_count; i++) {
        const struct exchange_message *m = &events->messages[i];
        if (exchange_message_is_copy(m))
            continue;
        if (exchange_message_is_response(m))
            take_response(s, m);
        else
            take_query(s, m);
    }
    for (size_t i = 0; i < events->transaction_count; i++)
        take_transaction(s, &events->transactions[i]);
    for (size_t i = 0; i < events->connection_count; i++)
        take_connection(s, &events->connections[i]);
}

static struct facts_value frame_or_null(uint64_t frame)
{
    return facts_integer_if(frame != 0, (int64_t)frame);
}

/* Of the first query; of a server that was not asked, of what else there is. */
static int64_t first_ns(const struct server *r)
{
    if (r->queries > 0)
        return r->first_ns;
    return r->responses > 0 ? r->last_response_ns : r->dialled_ns;
}

static enum err_code save_server(const struct servers *s, uint32_t id,
                                 const struct facts_sink *sink, struct err *err)
{
    const struct server *r = &s->at[id];
    const uint32_t *o = r->outcomes;
    char address[EXCHANGE_ADDRESS_TEXT];
    exchange_identity_server_text(s->context->ids, id, address);
    const struct bytes key = intern_key(&s->context->ids->servers, id);
    const bool asked = r->queries > 0;
    return FACTS_ROW(
        sink, "server", err, facts_integer(id), facts_text(address),
        facts_text(labels_find(s->context->labels, key.data, key.len)),
        facts_integer(r->queries), facts_integer(r->retransmissions),
        facts_integer((int64_t)o[EXCHANGE_ANSWERED] + o[EXCHANGE_LATE] +
                      o[EXCHANGE_UNANSWERED] + o[EXCHANGE_OPEN_AT_END] +
                      o[EXCHANGE_REFUSED]),
        facts_integer(o[EXCHANGE_ANSWERED]), facts_integer(o[EXCHANGE_LATE]),
        facts_integer(o[EXCHANGE_UNANSWERED]),
        facts_integer(o[EXCHANGE_OPEN_AT_END]),
        facts_integer(o[EXCHANGE_REFUSED]), facts_integer(o[EXCHANGE_ORPHANED]),
        facts_integer(r->nxdomain), facts_integer(r->nodata),
        facts_integer(r->servfail), facts_integer(r->refused),
        facts_integer(r->truncated), facts_integer(first_ns(r)),
        facts_integer_if(asked, r->last_query_ns),
        facts_integer_if(r->responses > 0, r->last_response_ns),
        facts_integer_if(r->slowest_response_frame != 0, r->slowest_ns),
        frame_or_null(r->slowest_query_frame),
        frame_or_null(r->slowest_response_frame),
        frame_or_null(r->first_unanswered_frame),
        frame_or_null(r->first_servfail_frame),
        frame_or_null(r->first_refused_frame));
}

static enum err_code save_pair(const struct servers *s, uint32_t id,
                               const struct facts_sink *sink, struct err *err)
{
    const struct pair *p = &s->pairs[id];
    const uint64_t key = s->context->ids->pairs.keys[id];
    return FACTS_ROW(
        sink, "client_server", err, facts_integer((int64_t)(key >> 32)),
        facts_integer((int64_t)(key & UINT32_MAX)), facts_integer(p->queries),
        facts_integer(p->transactions), facts_integer(p->answered),
        facts_integer(p->unanswered), facts_integer(p->icmp_errors),
        facts_integer(p->wait_ns), facts_integer(p->first_ns),
        facts_integer(p->last_query_ns),
        facts_integer_if(p->responded, p->last_response_ns),
        frame_or_null(p->first_unanswered_frame),
        frame_or_null(p->first_icmp_frame));
}

static enum err_code save_silence(const struct servers *s, uint32_t id,
                                  const struct facts_sink *sink,
                                  struct err *err)
{
    const struct pair *p = &s->pairs[id];
    const uint64_t key = s->context->ids->pairs.keys[id];
    if (p->unanswered_since + p->icmp_errors_since == 0)
        return ERR_OK;
    return FACTS_ROW(sink, "silence", err, facts_integer((int64_t)(key >> 32)),
                     facts_integer((int64_t)(key & UINT32_MAX)),
                     facts_integer(p->silent_ns),
                     facts_integer(p->unanswered_since),
                     facts_integer(p->icmp_errors_since));
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct servers *s = family;
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < s->capacity && rc == ERR_OK; i++)
        if (s->at[i].queries || s->at[i].responses || s->at[i].connections)
            rc = save_server(s, (uint32_t)i, sink, err);
    for (size_t i = 0; i < s->pair_capacity && rc == ERR_OK; i++)
        if (s->pairs[i].queries)
            rc = save_pair(s, (uint32_t)i, sink, err);
    for (size_t i = 0; i < s->pair_capacity && rc == ERR_OK; i++)
        if (s->pairs[i].queries)
            rc = save_silence(s, (uint32_t)i, sink, err);
    return rc;
}

const struct facts_family facts_server = {open_servers, take, save,
                                          close_servers};
