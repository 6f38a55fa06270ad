/* Who asks: one row a client. */
#include <assert.h>
#include <stdlib.h>

#include "facts/families.h"
#include "util/distinct.h"
#include "util/hash.h"

struct client {
    struct distinct names;
    int64_t first_ns, last_ns;
    uint64_t first_frame, first_unanswered_frame;
    uint32_t queries, retransmissions;
    uint32_t outcomes[EXCHANGE_ORPHANED + 1];
    uint32_t nxdomain, nodata, servfail, refused;
    uint32_t lookups, failed_lookups;
    uint32_t last_name; /* spares the sketch for A and AAAA of one name */
};

struct clients {
    const struct facts_context *context;
    struct client *at; /* by client id */
    size_t capacity;
};

/* The row of a client; of "other" when there is no memory for it. */
static struct client *row_of(struct clients *c, uint32_t id)
{
    const bool has_room =
        budget_grow(c->context->budget, (void **)&c->at, &c->capacity,
                    id + (size_t)1, sizeof *c->at);
    return &c->at[has_room ? id : 0];
}

static void close_clients(void *family)
{
    struct clients *c = family;
    if (!c)
        return;
    for (size_t i = 0; i < c->capacity; i++)
        distinct_fini(&c->at[i].names, c->context->budget);
    free(c->at);
    free(c);
}

static void *open_clients(const struct facts_context *context)
{
    struct clients *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->context = context;
    if (budget_grow(context->budget, (void **)&c->at, &c->capacity, 1,
                    sizeof *c->at))
        return c;
    close_clients(c);
    return NULL;
}

/* A name to be added to the sketch of a client. */
struct asked {
    uint32_t client_id, hash;
};

/* Returns whether the name is a new one of the client's, as far as it can be
 * told at once. */
static bool take_query(struct clients *c, const struct exchange_message *m,
                       struct asked *out)
{
    struct client *row = row_of(c, m->client_id);
    if (row->queries++ == 0) {
        row->first_ns = row->last_ns = m->time_ns;
        row->first_frame = m->frame;
        row->last_name = UINT32_MAX;
    }
    if (m->time_ns < row->first_ns)
        row->first_ns = m->time_ns;
    if (m->time_ns > row->last_ns)
        row->last_ns = m->time_ns;
    row->retransmissions += m->kind == EXCHANGE_RETRANSMISSION;
    if (m->question_id == EXCHANGE_NO_QUESTION)
        return false;
    const struct exchange_identity *ids = c->context->ids;
    const uint32_t name =
        exchange_identity_question(ids, m->question_id).name_id;
    if (name == row->last_name)
        return false;
    row->last_name = name;
    const struct bytes key = intern_key(&ids->names, name);
    *out =
        (struct asked){m->client_id, (uint32_t)hash_octets(key.data, key.len,
                                                           HASH_SKETCH_SEED)};
    distinct_prefetch(&row->names, out->hash);
    return true;
}

static void take_messages(struct clients *c,
                          const struct exchange_events *events)
{
    assert(events->message_count <= EXCHANGE_BATCH);
    struct asked asked[EXCHANGE_BATCH];
    size_t count = 0;
    for (size_t i = 0; i < events->message_count; i++) {
        const struct exchange_message *m = &events->messages[i];
        if (!exchange_message_is_response(m) && !exchange_message_is_copy(m))
            count += take_query(c, m, &asked[count]);
    }
    for (size_t i = 0; i < count; i++)
        distinct_add(&row_of(c, asked[i].client_id)->names, asked[i].hash,
                     c->context->budget);
}

static void take_transaction(struct client *row,
                             const struct exchange_transaction *x)
{
    row->outcomes[x->outcome]++;
    if (x->outcome == EXCHANGE_UNANSWERED && !row->first_unanswered_frame)
        row->first_unanswered_frame = x->query_frame;
    if (x->outcome != EXCHANGE_ANSWERED && x->outcome != EXCHANGE_LATE)
        return;
    row->nxdomain += x->rcode == DNS_NXDOMAIN;
    row->servfail += x->rcode == DNS_SERVFAIL;
    row->refused += x->rcode == DNS_REFUSED;
    row->nodata += x->nodata;
}

static void take(void *family, const struct exchange_events *events)
{
    struct clients *c = family;
    take_messages(c, events);
    for (size_t i = 0; i < events->transaction_count; i++)
        take_transaction(row_of(c, events->transactions[i].client_id),
                         &events->transactions[i]);
    for (size_t i = 0; i < events->lookup_count; i++) {
        const struct exchange_lookup *l = &events->lookups[i];
        struct client *row = row_of(c, l->client_id);
        row->lookups++;
        row->failed_lookups += l->outcome == EXCHANGE_LOOKUP_FAILED ||
                               l->outcome == EXCHANGE_LOOKUP_GAVE_UP;
    }
}

static enum err_code save_row(const struct clients *c, uint32_t id,
                              const struct facts_sink *sink, struct err *err)
{
    const struct client *r = &c->at[id];
    const uint32_t *o = r->outcomes;
    char address[EXCHANGE_ADDRESS_TEXT], sketch[DISTINCT_TEXT];
    exchange_identity_client_text(c->context->ids, id, address);
    distinct_text(&r->names, sketch);
    const struct bytes key = intern_key(&c->context->ids->clients, id);
    return FACTS_ROW(
        sink, "client", err, facts_integer(id), facts_text(address),
        facts_text(labels_find(c->context->labels, key.data, key.len)),
        facts_integer(r->queries), facts_integer(r->retransmissions),
        facts_integer((int64_t)o[EXCHANGE_ANSWERED] + o[EXCHANGE_LATE] +
                      o[EXCHANGE_UNANSWERED] + o[EXCHANGE_OPEN_AT_END] +
                      o[EXCHANGE_REFUSED]),
        facts_integer(o[EXCHANGE_ANSWERED]), facts_integer(o[EXCHANGE_LATE]),
        facts_integer(o[EXCHANGE_UNANSWERED]),
        facts_integer(o[EXCHANGE_OPEN_AT_END]),
        facts_integer(o[EXCHANGE_REFUSED]), facts_integer(r->nxdomain),
        facts_integer(r->nodata), facts_integer(r->servfail),
        facts_integer(r->refused), facts_integer(r->lookups),
        facts_integer(r->failed_lookups),
        facts_integer((int64_t)distinct_count(&r->names)), facts_text(sketch),
        facts_integer(r->first_ns), facts_integer(r->last_ns),
        facts_integer((int64_t)r->first_frame),
        facts_integer_if(r->first_unanswered_frame != 0,
                         (int64_t)r->first_unanswered_frame));
}

/* Who only received what nobody was seen to ask is no client, but
 * transactions refer to it. */
static bool is_wanted(const struct clients *c, const struct client *r)
{
    return r->queries ||
           (c->context->transactions && r->outcomes[EXCHANGE_ORPHANED]);
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct clients *c = family;
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < c->capacity && rc == ERR_OK; i++)
        if (is_wanted(c, &c->at[i]))
            rc = save_row(c, (uint32_t)i, sink, err);
    return rc;
}

const struct facts_family facts_client = {open_clients, take, save,
                                          close_clients};
