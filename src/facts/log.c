/* Every transaction and every lookup as it ends (--transactions), or those of a
 * trace when all is read. */
#include <stdio.h>
#include <stdlib.h>

#include "dns/name.h"
#include "dns/text.h"
#include "facts/families.h"
#include "facts/further.h"
#include "facts/lookup_text.h"
#include "facts/trace.h"

struct log {
    const struct facts_context *context;
    struct facts_trace *trace; /* NULL: everything is logged */
    enum err_code rc;          /* of the first row that the sink refused */
    struct err err;
};

static void close_log(void *family)
{
    struct log *l = family;
    if (!l)
        return;
    facts_trace_free(l->trace);
    free(l);
}

static void *open_log(const struct facts_context *context)
{
    struct log *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->context = context;
    if (!context->trace)
        return l;
    l->trace = facts_trace_new(context->trace, context->ids, context->budget);
    if (l->trace)
        return l;
    close_log(l);
    return NULL;
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
    static const char *const sources[] = {
        [EXCHANGE_SOURCE_UNKNOWN] = NULL,
        [EXCHANGE_SOURCE_ALONE] = "alone",
        [EXCHANGE_SOURCE_AUTHORITY] = "authority",
        [EXCHANGE_SOURCE_JOINED] = "joined",
        [EXCHANGE_SOURCE_FETCHED] = "fetched",
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
        has_leg ? facts_text(leg) : facts_null(),
        facts_integer_if(x->response_frame != 0, x->nodata),
        facts_text(sources[x->source]), duration(x->upstream_ns),
        facts_integer(x->last_attempt_ns));
}

static enum err_code log_lookup(struct log *l, const struct exchange_lookup *x)
{
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
        facts_integer(x->base_id), facts_text(types),
        facts_integer(x->step_count), facts_integer(x->queries),
        facts_integer(x->needed), facts_integer(x->servers),
        facts_text(facts_lookup_text(x->outcome)),
        facts_text(facts_cause_text(x->cause)),
        facts_integer_if(x->wait_ns != EXCHANGE_UNKNOWN_NS, x->cause_ns),
        facts_integer(x->server_id), facts_integer(x->silent),
        facts_text(facts_stub_text(x->stub)),
        facts_integer((int64_t)x->cause_frame), duration(x->wait_ns),
        facts_integer((int64_t)x->first_frame),
        facts_integer((int64_t)x->last_frame));
}

static enum err_code log_further(struct log *l, const struct facts_further *f)
{
    static const char *const kinds[] = {
        [FACTS_ATTEMPT] = "attempt",
        [FACTS_TRUNCATED] = "truncated",
    };
    return FACTS_ROW(
        l->context->sink, "dns_message", &l->err, facts_integer(f->client_id),
        facts_integer(f->client_port), facts_integer(f->message_id),
        facts_integer((int64_t)f->frame), facts_integer(f->server_id),
        facts_integer_if(f->question_id != EXCHANGE_NO_QUESTION,
                         f->question_id),
        facts_text(f->transport == PACKET_TCP ? "tcp" : "udp"),
        facts_integer(f->time_ns), facts_text(kinds[f->kind]));
}

static enum err_code log_message(struct log *l,
                                 const struct exchange_message *m)
{
    if (facts_further_kind(m) == FACTS_NOT_FURTHER)
        return ERR_OK;
    const struct facts_further f = facts_further_of(m);
    return log_further(l, &f);
}

static void take(void *family, const struct exchange_events *events)
{
    struct log *l = family;
    if (l->trace) {
        facts_trace_take(l->trace, events);
        return;
    }
    if (!l->context->transactions)
        return;
    for (size_t i = 0; i < events->message_count && l->rc == ERR_OK; i++)
        l->rc = log_message(l, &events->messages[i]);
    for (size_t i = 0; i < events->transaction_count && l->rc == ERR_OK; i++)
        l->rc = log_transaction(l, &events->transactions[i]);
    for (size_t i = 0; i < events->lookup_count && l->rc == ERR_OK; i++)
        l->rc = log_lookup(l, &events->lookups[i]);
}

/* --- those of a trace ------------------------------------------------------ */

static enum err_code trace_lookup(void *log, const struct exchange_lookup *x)
{
    return log_lookup(log, x);
}

static enum err_code trace_transaction(void *log,
                                       const struct exchange_transaction *x)
{
    return log_transaction(log, x);
}

static enum err_code trace_further(void *log, const struct facts_further *f)
{
    return log_further(log, f);
}

static enum err_code log_trace(struct log *l)
{
    const struct facts_trace_rows rows = {l, trace_lookup, trace_transaction,
                                          trace_further};
    const struct facts_sink *sink = l->context->sink;
    const int64_t passed_over = (int64_t)facts_trace_passed_over(l->trace);
    const int64_t evicted = (int64_t)facts_trace_evicted(l->trace);
    enum err_code rc = facts_trace_each(l->trace, &rows, &l->err);
    if (rc == ERR_OK)
        rc = FACTS_ROW(sink, "counter", &l->err, facts_text("untraced_lookups"),
                       facts_integer(passed_over));
    if (rc == ERR_OK)
        rc = FACTS_ROW(sink, "counter", &l->err, facts_text("evicted_traces"),
                       facts_integer(evicted));
    return rc;
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    (void)sink; /* the context's: most rows have gone there already */
    struct log *l = family;
    if (l->trace)
        l->rc = log_trace(l);
    if (l->rc != ERR_OK)
        *err = l->err;
    return l->rc;
}

const struct facts_family facts_log = {open_log, take, save, close_log};
