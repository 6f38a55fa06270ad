#include "exchange/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "util/hash.h"

/* Six times the 5 s that most stubs wait: late answers are still seen. */
static const int64_t horizon_ns = INT64_C(30000000000);

/* Shares of the budget for the fixed tables, and their largest useful
 * size: 100,000 queries a second, all unanswered, for the whole horizon. */
enum { MATCH_SHARE = 8, LOOKUP_SHARE = 8, UPSTREAM_SHARE = 32 };
static const size_t match_entry_octets = 304,
                    upstream_entry_octets = 256; /* a want and a hint */
static const size_t ceiling_most = 3 << 20, match_least = 4096,
                    lookup_least = 1024, upstream_least = 512;

struct exchange {
    struct exchange_identity ids;
    struct exchange_outbox outbox;
    struct exchange_lookups *lookups;
    struct exchange_upstream *upstream;
    struct exchange_match *match;
};

static uint32_t ceiling_of(size_t octets, size_t entry_octets, size_t least)
{
    const size_t n = octets / entry_octets;
    if (n < least)
        return (uint32_t)least;
    return (uint32_t)(n < ceiling_most ? n : ceiling_most);
}

enum err_code exchange_new(struct exchange **out,
                           const struct exchange_options *options,
                           struct budget *budget, struct err *err)
{
    struct exchange *x = calloc(1, sizeof *x);
    if (!x)
        return err_set(err, ERR_NOMEM, "no memory for the exchange tables");
    x->outbox.listener = options->listener;
    const size_t limit = budget->limit;
    const struct exchange_lookups_options lookup_options = {
        .ceiling = ceiling_of(limit / LOOKUP_SHARE, exchange_lookups_octets(),
                              lookup_least),
        .timeout_ns = options->timeout_ns,
        .seed = options->seed,
        .search = options->search,
    };
    x->lookups =
        exchange_lookups_new(&lookup_options, &x->ids, budget, &x->outbox);
    const struct exchange_match_options match_options = {
        .timeout_ns = options->timeout_ns,
        .horizon_ns =
            options->timeout_ns > horizon_ns ? options->timeout_ns : horizon_ns,
        .ceiling =
            ceiling_of(limit / MATCH_SHARE, match_entry_octets, match_least),
        .seed = options->seed,
    };
    x->upstream =
        exchange_upstream_new(ceiling_of(limit / UPSTREAM_SHARE,
                                         upstream_entry_octets, upstream_least),
                              options->seed, &x->ids, budget);
    if (x->lookups && x->upstream)
        x->match = exchange_match_new(&match_options, &x->ids, x->lookups,
                                      x->upstream, &x->outbox, budget);
    if (!x->match || !exchange_identity_init(&x->ids, options->seed, budget)) {
        exchange_free(x);
        return err_set(err, ERR_NOMEM,
                       "--max-memory is too small for the exchange tables");
    }
    *out = x;
    return ERR_OK;
}

void exchange_release(struct exchange *x)
{
    exchange_match_free(x->match);
    exchange_upstream_free(x->upstream);
    exchange_lookups_free(x->lookups);
    x->match = NULL;
    x->upstream = NULL;
    x->lookups = NULL;
}

void exchange_free(struct exchange *x)
{
    if (!x)
        return;
    exchange_release(x);
    exchange_identity_fini(&x->ids);
    free(x);
}

void exchange_take(struct exchange *x, struct exchange_message *messages,
                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        exchange_match_prefetch(x->match, &messages[i]);
        exchange_identity_prefetch(&x->ids, &messages[i]);
    }
    for (size_t i = 0; i < count; i++) {
        exchange_match_prefetch_entry(x->match, &messages[i]);
        exchange_identity_prefetch_entries(&x->ids, &messages[i]);
    }
    for (size_t i = 0; i < count; i++)
        if (!exchange_message_is_response(&messages[i]))
            exchange_identity_prefetch_keys(&x->ids, &messages[i]);
    for (size_t i = 0; i < count; i++)
        exchange_match_take(x->match, &messages[i]);
    exchange_outbox_flush(&x->outbox, messages, count);
}

static uint8_t sender_of(const struct exchange_message *m,
                         const struct packet_datagram *quoted)
{
    if (memcmp(quoted->icmp_source, m->server, m->address_octets) == 0)
        return EXCHANGE_ICMP_SERVER;
    if (memcmp(quoted->icmp_source, m->client, m->address_octets) == 0)
        return EXCHANGE_ICMP_CLIENT;
    return EXCHANGE_ICMP_ROUTER;
}

void exchange_refuse(struct exchange *x, struct exchange_message *m,
                     const struct packet_datagram *quoted)
{
    const enum packet_icmp_kind kind = (enum packet_icmp_kind)quoted->icmp_kind;
    exchange_match_refuse(x->match, m, kind);
    const struct exchange_icmp icmp = {
        .time_ns = m->time_ns,
        .frame = m->frame,
        .address = quoted->icmp_source,
        .address_octets = m->address_octets,
        .server_id = m->server_id,
        .sender = sender_of(m, quoted),
        .kind = quoted->icmp_kind,
        .of_response = exchange_message_is_response(m),
    };
    const struct exchange_events events = {.icmp = &icmp, .icmp_count = 1};
    x->outbox.listener.take(x->outbox.listener.context, &events);
}

static uint8_t outcome_of(const struct packet_tcp_connection *c)
{
    switch (c->outcome) {
    case PACKET_TCP_CONNECTED:
        return EXCHANGE_ANSWERED;
    case PACKET_TCP_REFUSED:
        return EXCHANGE_REFUSED;
    default:
        return EXCHANGE_UNANSWERED;
    }
}

/* Unknown, too, when the clock was set back meanwhile. */
static int64_t handshake_ns(const struct packet_tcp_connection *c)
{
    return c->outcome == PACKET_TCP_CONNECTED && c->reply_ns >= c->syn_ns
               ? c->reply_ns - c->syn_ns
               : EXCHANGE_UNKNOWN_NS;
}

void exchange_dial(struct exchange *x, const struct packet_datagram *syn,
                   int64_t time_ns)
{
    const struct bytes client = {syn->source, syn->address_octets};
    const struct bytes server = {syn->destination, syn->address_octets};
    const uint32_t client_id =
        intern_find(&x->ids.clients, client,
                    hash_octets(client.data, client.len, x->ids.seed));
    const uint32_t server_id =
        intern_find(&x->ids.servers, server,
                    hash_octets(server.data, server.len, x->ids.seed));
    if (client_id != INTERN_NONE && server_id != INTERN_NONE)
        exchange_lookups_connect(x->lookups, client_id, server_id,
                                 syn->source_port, time_ns,
                                 EXCHANGE_CONNECTING);
}

void exchange_connect(struct exchange *x, const struct packet_tcp_connection *c)
{
    const struct bytes client = {c->client, c->address_octets};
    const struct bytes server = {c->server, c->address_octets};
    const struct exchange_connection connection = {
        .time_ns = c->first_ns,
        .handshake_ns = handshake_ns(c),
        .frame = c->frame,
        .client_id = exchange_identity_client(
            &x->ids, client, hash_octets(client.data, client.len, x->ids.seed)),
        .server_id = exchange_identity_server(
            &x->ids, server, hash_octets(server.data, server.len, x->ids.seed)),
        .syns = c->syns,
        .outcome = outcome_of(c),
    };
    if (c->outcome != PACKET_TCP_CONNECTED)
        exchange_lookups_connect(
            x->lookups, connection.client_id, connection.server_id,
            c->client_port, c->reply_ns,
            c->outcome == PACKET_TCP_REFUSED ? EXCHANGE_NOT_ACCEPTED
                                             : EXCHANGE_NOT_CONNECTED);
    const struct exchange_events events = {.connections = &connection,
                                           .connection_count = 1};
    x->outbox.listener.take(x->outbox.listener.context, &events);
}

void exchange_end(struct exchange *x, int64_t end_ns)
{
    exchange_match_end(x->match, end_ns);
    exchange_outbox_flush(&x->outbox, NULL, 0);
}

const struct exchange_identity *exchange_identity(const struct exchange *x)
{
    return &x->ids;
}

size_t exchange_open(const struct exchange *x)
{
    return exchange_match_open(x->match);
}

struct exchange_quality exchange_quality(const struct exchange *x)
{
    return (struct exchange_quality){
        .match = *exchange_match_counters(x->match),
        .upstream = *exchange_upstream_counters(x->upstream),
        .evicted_lookups = exchange_lookups_evicted(x->lookups),
        .collapsed_names = x->ids.collapsed_names,
        .collapsed_clients = x->ids.collapsed_clients,
        .collapsed_servers = x->ids.collapsed_servers,
    };
}
