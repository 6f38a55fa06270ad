/* Who resolves for whom: what each address was heard to do, and where a
 * server's answers came from. */
#include <stdlib.h>

#include "facts/families.h"

struct asker {
    uint32_t recursive, iterative, unprompted;
};

struct answerer {
    uint32_t responses, recursive, authoritative;
    uint32_t sources[EXCHANGE_SOURCES];
    uint32_t followed;
};

struct roles {
    const struct facts_context *context;
    struct asker *askers; /* by client id */
    size_t asker_capacity;
    struct answerer *answerers; /* by server id */
    size_t answerer_capacity;
};

/* The row of an id; of "other" when there is no memory for it. */
static struct asker *asker_of(struct roles *r, uint32_t id)
{
    const bool has_room =
        budget_grow(r->context->budget, (void **)&r->askers, &r->asker_capacity,
                    id + (size_t)1, sizeof *r->askers);
    return &r->askers[has_room ? id : 0];
}

static struct answerer *answerer_of(struct roles *r, uint32_t id)
{
    const bool has_room = budget_grow(
        r->context->budget, (void **)&r->answerers, &r->answerer_capacity,
        id + (size_t)1, sizeof *r->answerers);
    return &r->answerers[has_room ? id : 0];
}

static void close_roles(void *family)
{
    struct roles *r = family;
    if (!r)
        return;
    free(r->askers);
    free(r->answerers);
    free(r);
}

static void *open_roles(const struct facts_context *context)
{
    struct roles *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->context = context;
    if (budget_grow(context->budget, (void **)&r->askers, &r->asker_capacity, 1,
                    sizeof *r->askers) &&
        budget_grow(context->budget, (void **)&r->answerers,
                    &r->answerer_capacity, 1, sizeof *r->answerers))
        return r;
    close_roles(r);
    return NULL;
}

static void take_query(struct roles *r, const struct exchange_message *m)
{
    struct asker *a = asker_of(r, m->client_id);
    if (m->dns.flags & DNS_RD)
        a->recursive++;
    else
        a->iterative++;
}

/* A failure says nothing about who answers it. */
static void take_response(struct roles *r, const struct exchange_message *m)
{
    if (m->dns.rcode != DNS_NOERROR && m->dns.rcode != DNS_NXDOMAIN)
        return;
    struct answerer *a = answerer_of(r, m->server_id);
    a->responses++;
    a->recursive += (m->dns.flags & DNS_RA) != 0;
    a->authoritative += (m->dns.flags & DNS_AA) != 0;
}

static void take_message(struct roles *r, const struct exchange_message *m)
{
    if (exchange_message_is_copy(m) || !(m->dns.has & DNS_HAS_HEADER) ||
        m->dns.opcode != DNS_QUERY)
        return;
    if (exchange_message_is_response(m))
        take_response(r, m);
    else
        take_query(r, m);
}

static void take_transaction(struct roles *r,
                             const struct exchange_transaction *x)
{
    if (x->is_unprompted)
        asker_of(r, x->client_id)->unprompted++;
    if (x->source == EXCHANGE_SOURCE_UNKNOWN)
        return;
    struct answerer *a = answerer_of(r, x->server_id);
    a->sources[x->source]++;
    a->followed += x->upstream_ns != EXCHANGE_UNKNOWN_NS;
}

static void take(void *family, const struct exchange_events *events)
{
    for (size_t i = 0; i < events->message_count; i++)
        take_message(family, &events->messages[i]);
    for (size_t i = 0; i < events->transaction_count; i++)
        take_transaction(family, &events->transactions[i]);
}

static enum err_code save_asker(const struct roles *r, uint32_t id,
                                const struct facts_sink *sink, struct err *err)
{
    const struct asker *a = &r->askers[id];
    if (a->recursive + a->iterative == 0)
        return ERR_OK;
    return FACTS_ROW(sink, "client_role", err, facts_integer(id),
                     facts_integer(a->recursive), facts_integer(a->iterative),
                     facts_integer(a->unprompted));
}

static enum err_code save_answerer(const struct roles *r, uint32_t id,
                                   const struct facts_sink *sink,
                                   struct err *err)
{
    const struct answerer *a = &r->answerers[id];
    const uint32_t *s = a->sources;
    if (a->responses + s[EXCHANGE_SOURCE_ALONE] + s[EXCHANGE_SOURCE_AUTHORITY] +
            s[EXCHANGE_SOURCE_JOINED] + s[EXCHANGE_SOURCE_FETCHED] ==
        0)
        return ERR_OK;
    return FACTS_ROW(sink, "server_role", err, facts_integer(id),
                     facts_integer(a->responses), facts_integer(a->recursive),
                     facts_integer(a->authoritative),
                     facts_integer(s[EXCHANGE_SOURCE_ALONE]),
                     facts_integer(s[EXCHANGE_SOURCE_AUTHORITY]),
                     facts_integer(s[EXCHANGE_SOURCE_JOINED]),
                     facts_integer(s[EXCHANGE_SOURCE_FETCHED]),
                     facts_integer(a->followed));
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct roles *r = family;
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < r->asker_capacity && rc == ERR_OK; i++)
        rc = save_asker(r, (uint32_t)i, sink, err);
    for (size_t i = 0; i < r->answerer_capacity && rc == ERR_OK; i++)
        rc = save_answerer(r, (uint32_t)i, sink, err);
    return rc;
}

const struct facts_family facts_role = {open_roles, take, save, close_roles};
