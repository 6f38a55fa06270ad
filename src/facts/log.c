/* With --transactions: every transaction and every lookup, as it ends. */
#include <stdio.h>
#include <stdlib.h>

#include "dns/name.h"
#include "dns/text.h"
#include "facts/families.h"
#include "facts/lookup_text.h"

struct log {
    const struct facts_context *context;
    enum err_code rc; /* of the first row that the sink refused */
    struct err err;
};

static void *open_log(const struct facts_context *context)
{
    struct log *l = calloc(1, sizeof *l);
    if (l)
        l->context = context;
    return l;
}

static struct facts_value duration(int64_t ns)
{
    return facts_integer_if(ns != EXCHANGE_UNKNOWN_NS, ns);
}

static enum err_code log_transaction(struct log *l,
                                     const struct exchange_transaction *x)
{
    static const char *const outcomes[] = {
        [EXCHANGE_ANSWERED] = "answered",
        [EXCHANGE_LATE] = "late",
        [EXCHANGE_UNANSWERED] = "unanswered",
        [EXCHANGE_OPEN_AT_END] = "open_at_end",
        [EXCHANGE_REFUSED] = "icmp_error",
        [EXCHANGE_ORPHANED] = "orphan",
    };
    /* As text: a server that was only seen behind another has no row. */
    char leg[EXCHANGE_ADDRESS_TEXT];
    const bool has_leg = x->leg_server_id != EXCHANGE_NO_LEG;
    if (has_leg)
        exchange_identity_server_text(l->context->ids, x->leg_server_id, leg);
    return FACTS_ROW(
        l->context->sink, "dns_transaction", &l->err, facts_integer(x->number),
        facts_integer_if(x->query_frame != 0, (int64_t)x->query_frame),
        facts_integer_if(x->response_frame != 0, (int64_t)x->response_frame),
        facts_integer_if(x->icmp_frame != 0, (int64_t)x->icmp_frame),
        facts_integer(x->time_ns), facts_integer(x->client_id),
        facts_integer(x->client_port), facts_integer(x->server_id),
        facts_integer(x->server_port),
        facts_text(x->transport == PACKET_TCP ? "tcp" : "udp"),
        facts_integer(x->message_id),
        facts_integer_if(x->question_id != EXCHANGE_NO_QUESTION,
                         x->question_id),
        facts_integer_if(x->response_frame != 0, x->rcode),
        facts_text(outcomes[x->outcome]), facts_integer(x->attempts),
        facts_integer(x->responses), duration(x->wait_ns),
        duration(x->service_ns),
        facts_integer_if(x->lookup_id != EXCHANGE_NO_LOOKUP, x->lookup_id),
        has_leg ? facts_text(leg) : facts_null());
}

static enum err_code log_lookup(struct log *l, const struct exchange_lookup *x)
{
    char name[DNS_NAME_TEXT];
    exchange_identity_name_text(l->context->ids, x->name_id, name);
    char types[EXCHANGE_LOOKUP_TYPES * DNS_CODE_TEXT] = "";
    size_t used = 0;
    for (unsigned i = 0; i < x->type_count; i++) {
        char type[DNS_CODE_TEXT];
        used +=
            (size_t)snprintf(types + used, sizeof types - used, "%s%s",
                             i ? " " : "", dns_type_text(x->types[i], type));
    }
    return FACTS_ROW(
        l->context->sink, "dns_lookup", &l->err, facts_integer(x->id),
        facts_integer(x->time_ns), facts_integer(x->client_id),
        facts_text(name), facts_text(types), facts_integer(x->queries),
        facts_integer(x->type_count), facts_integer(x->servers),
        facts_text(facts_lookup_text(x->outcome)), duration(x->wait_ns),
        facts_integer((int64_t)x->first_frame),
        facts_integer((int64_t)x->last_frame));
}

static void take(void *family, const struct exchange_events *events)
{
    struct log *l = family;
    if (!l->context->transactions)
        return;
    for (size_t i = 0; i < events->transaction_count && l->rc == ERR_OK; i++)
        l->rc = log_transaction(l, &events->transactions[i]);
    for (size_t i = 0; i < events->lookup_count && l->rc == ERR_OK; i++)
        l->rc = log_lookup(l, &events->lookups[i]);
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    (void)sink; /* its rows have gone there already */
    const struct log *l = family;
    if (l->rc != ERR_OK)
        *err = l->err;
    return l->rc;
}

const struct facts_family facts_log = {open_log, take, save, free};
