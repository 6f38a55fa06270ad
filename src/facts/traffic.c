/* What was seen, counted over the whole part: messages, transactions, lookups,
 * response codes, query types, extended errors. */
#include <stdlib.h>

#include "dns/text.h"
#include "facts/families.h"
#include "util/code_map.h"

struct code {
    uint64_t count;
    uint64_t first_frame;
};

/* Counts by a 16-bit code: few of them as a rule, all of them if need be. */
struct codes {
    struct code_map index;
    struct code *rows;
    size_t capacity;
};

struct traffic {
    const struct facts_context *context;
    struct codes rcodes, types, extended;
    uint64_t queries, responses, duplicates, legs, untimed, malformed, cut,
        truncated;
    uint64_t other_opcode_queries, other_opcode_responses;
    uint64_t retransmissions, second_same, second_other;
    uint64_t outcomes[EXCHANGE_ORPHANED + 1];
    uint64_t orphan_at_start, answered_at_start, unprompted;
    uint64_t lookups, failed_lookups, upstream_lookups, upstream_failed_lookups;
    uint64_t connections, refused_connections, unanswered_connections;
};

static bool codes_init(struct codes *c, const struct facts_context *context)
{
    return code_map_init(&c->index, context->ids->seed, context->budget);
}

static void codes_fini(struct codes *c)
{
    code_map_fini(&c->index);
    free(c->rows);
}

static void codes_count(struct codes *c, uint16_t code, uint64_t frame)
{
    const uint32_t id = code_map_put(&c->index, code);
    if (id == IDMAP_NONE ||
        !budget_grow(c->index.ids.budget, (void **)&c->rows, &c->capacity,
                     id + (size_t)1, sizeof *c->rows))
        return;
    if (c->rows[id].count++ == 0)
        c->rows[id].first_frame = frame;
}

static void close_traffic(void *family)
{
    struct traffic *t = family;
    if (t) {
        codes_fini(&t->rcodes);
        codes_fini(&t->types);
        codes_fini(&t->extended);
    }
    free(t);
}

static void *open_traffic(const struct facts_context *context)
{
    struct traffic *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->context = context;
    if (codes_init(&t->rcodes, context) && codes_init(&t->types, context) &&
        codes_init(&t->extended, context))
        return t;
    close_traffic(t);
    return NULL;
}

static void count_response(struct traffic *t, const struct exchange_message *m)
{
    const struct dns_message *dns = &m->dns;
    t->responses++;
    t->other_opcode_responses += dns->opcode != DNS_QUERY;
    t->truncated += (dns->flags & DNS_TC) != 0;
    t->second_same += m->kind == EXCHANGE_SECOND_SAME;
    t->second_other += m->kind == EXCHANGE_SECOND_OTHER;
    codes_count(&t->rcodes, dns->rcode, m->frame);
    if (dns->has & DNS_HAS_EDE)
        codes_count(&t->extended, dns->ede_code, m->frame);
}

static void count_query(struct traffic *t, const struct exchange_message *m)
{
    t->queries++;
    t->other_opcode_queries += m->dns.opcode != DNS_QUERY;
    t->retransmissions += m->kind == EXCHANGE_RETRANSMISSION;
    if ((m->dns.has & DNS_HAS_QUESTION) && m->dns.opcode == DNS_QUERY)
        codes_count(&t->types, m->dns.qtype, m->frame);
}

static void count_message(struct traffic *t, const struct exchange_message *m)
{
    if (exchange_message_is_copy(m)) {
        t->duplicates++;
        t->legs += m->kind == EXCHANGE_LEG;
        return;
    }
    t->untimed += !m->timed;
    t->cut += m->dns.status == DNS_CUT;
    t->malformed += m->dns.status != DNS_OK && m->dns.status != DNS_CUT;
    if (exchange_message_is_response(m))
        count_response(t, m);
    else
        count_query(t, m);
}

static void take(void *family, const struct exchange_events *events)
{
    struct traffic *t = family;
    for (size_t i = 0; i < events->message_count; i++)
        count_message(t, &events->messages[i]);
    for (size_t i = 0; i < events->transaction_count; i++) {
        t->outcomes[events->transactions[i].outcome]++;
        if (events->transactions[i].outcome == EXCHANGE_ORPHANED)
            t->orphan_at_start += events->transactions[i].at_start;
        else
            t->answered_at_start += events->transactions[i].at_start;
        t->unprompted += events->transactions[i].is_unprompted;
    }
    for (size_t i = 0; i < events->connection_count; i++) {
        const uint8_t outcome = events->connections[i].outcome;
        t->connections++;
        t->refused_connections += outcome == EXCHANGE_REFUSED;
        t->unanswered_connections += outcome == EXCHANGE_UNANSWERED;
    }
    for (size_t i = 0; i < events->lookup_count; i++) {
        const struct exchange_lookup *l = &events->lookups[i];
        const bool failed = l->outcome == EXCHANGE_LOOKUP_FAILED ||
                            l->outcome == EXCHANGE_LOOKUP_GAVE_UP;
        t->lookups++;
        t->failed_lookups += failed;
        t->upstream_lookups += l->upstream;
        t->upstream_failed_lookups += l->upstream && failed;
    }
}

static enum err_code save_counters(const struct traffic *t,
                                   const struct facts_sink *sink,
                                   struct err *err)
{
    const struct facts_part *p = t->context->part;
    const struct exchange_match_counters *q = &p->quality.match;
    const uint64_t *o = t->outcomes;
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"ambiguous_legs", q->ambiguous_legs},
        {"answered", o[EXCHANGE_ANSWERED]},
        {"answered_at_start", t->answered_at_start},
        {"answered_late", o[EXCHANGE_LATE]},
        {"captured_octets", p->captured_octets},
        {"case_mismatches", q->case_mismatches},
        {"clock_steps", q->clock_steps},
        {"collapsed_clients", p->quality.collapsed_clients},
        {"collapsed_names", p->quality.collapsed_names},
        {"collapsed_servers", p->quality.collapsed_servers},
        {"crowded_fetches", p->quality.upstream.crowded},
        {"cut_messages", t->cut},
        {"dns_messages", t->queries + t->responses + t->duplicates},
        {"duplicate_messages", t->duplicates},
        {"evicted", q->evicted},
        {"evicted_lookups", p->quality.evicted_lookups},
        {"evicted_wants", p->quality.upstream.evicted},
        {"failed_lookups", t->failed_lookups},
        {"filtered_frames", p->filtered_frames},
        {"fragments_completed", p->fragments.completed},
        {"fragments_evicted", p->fragments.evicted + p->fragments.refused},
        {"fragments_incomplete", p->fragments.incomplete},
        {"fragments_used", p->fragments.used},
        {"frames", p->frames},
        {"icmp_errors", o[EXCHANGE_REFUSED]},
        {"icmp_hints", q->icmp_hints},
        {"icmp_of_responses", q->icmp_of_responses},
        {"icmp_of_segments", q->icmp_of_segments},
        {"icmp_repeated", q->icmp_repeated},
        {"icmp_unmatched", q->icmp_unmatched},
        {"leg_messages", t->legs},
        {"lookups", t->lookups},
        {"malformed_messages", t->malformed},
        {"memory_refusals", t->context->budget->refused},
        {"open_at_end", o[EXCHANGE_OPEN_AT_END]},
        {"orphan_at_start", t->orphan_at_start},
        {"orphan_responses", o[EXCHANGE_ORPHANED]},
        {"other_opcode_queries", t->other_opcode_queries},
        {"other_opcode_responses", t->other_opcode_responses},
        {"packet_comments", p->packet_comments},
        {"query_messages", t->queries},
        {"question_mismatches", q->question_mismatches},
        {"refused_encrypted", p->refused_encrypted},
        {"refused_labels", p->refused_labels},
        {"reordered_answers", q->reordered},
        {"repeated_queries", q->repeated},
        {"response_address_mismatches", q->address_mismatches},
        {"response_messages", t->responses},
        {"retransmissions", t->retransmissions},
        {"second_responses_different", t->second_other},
        {"second_responses_same", t->second_same},
        {"tcp_connections", t->connections},
        {"tcp_evicted", p->tcp.evicted + p->tcp.stream.refused},
        {"tcp_holes", p->tcp.stream.holes},
        {"tcp_lost_messages",
         p->tcp.stream.lost_messages + p->tcp.stream.cut_messages},
        {"tcp_refused", t->refused_connections},
        {"tcp_unanswered", t->unanswered_connections},
        {"transactions", o[EXCHANGE_ANSWERED] + o[EXCHANGE_LATE] +
                             o[EXCHANGE_UNANSWERED] + o[EXCHANGE_OPEN_AT_END] +
                             o[EXCHANGE_REFUSED]},
        {"truncated_responses", t->truncated},
        {"unanswered", o[EXCHANGE_UNANSWERED]},
        {"unprompted_queries", t->unprompted},
        {"upstream_failed_lookups", t->upstream_failed_lookups},
        {"upstream_lookups", t->upstream_lookups},
        {"untimed_messages", t->untimed},
    };
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && rc == ERR_OK; i++)
        rc = FACTS_ROW(sink, "counter", err, facts_text(rows[i].name),
                       facts_integer((int64_t)rows[i].value));
    return rc;
}

static enum err_code save_codes(const struct codes *c, const char *table,
                                const char *(*text)(uint16_t, char *),
                                const struct facts_sink *sink, struct err *err)
{
    enum err_code rc = ERR_OK;
    const size_t known = code_map_count(&c->index);
    const size_t count = known < c->capacity ? known : c->capacity;
    for (uint32_t i = 0; i < count && rc == ERR_OK; i++) {
        char name[DNS_CODE_TEXT];
        const uint16_t code = code_map_code(&c->index, i);
        rc = FACTS_ROW(sink, table, err, facts_integer(code),
                       facts_text(text(code, name)),
                       facts_integer((int64_t)c->rows[i].count),
                       facts_integer((int64_t)c->rows[i].first_frame));
    }
    return rc;
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct traffic *t = family;
    enum err_code rc = save_counters(t, sink, err);
    if (rc == ERR_OK)
        rc = save_codes(&t->rcodes, "response_code", dns_rcode_text, sink, err);
    if (rc == ERR_OK)
        rc = save_codes(&t->types, "query_type", dns_type_text, sink, err);
    if (rc == ERR_OK)
        rc =
            save_codes(&t->extended, "extended_error", dns_ede_text, sink, err);
    return rc;
}

const struct facts_family facts_traffic = {open_traffic, take, save,
                                           close_traffic};
