/* Queries and responses for tests of what stands on the exchange: written as
 * DNS octets, read and played in like those of a capture. */
#ifndef TEST_EXCHANGE_H
#define TEST_EXCHANGE_H

#include <check.h>
#include <string.h>

#include "exchange/exchange.h"

enum { A = 1, AAAA = 28, HTTPS = 65 };

#define MS INT64_C(1000000)
#define S  (1000 * MS)

/* Where all plays begin. */
static const int64_t play_start_ns = 1000 * S;

/* One message. */
struct play {
    double at_ms;
    char what; /* q query; response: r with an answer, n NODATA, x NXDOMAIN,
                  s SERVFAIL, f REFUSED, t cut short with TC; ICMP errors: i, I */
    uint16_t type;
    uint16_t id;
    uint16_t port;    /* of the client, 0 = 40000 */
    uint8_t server;   /* last octet, 0 = 53 */
    uint8_t client;   /* last octet, 0 = 1 */
    const char *name; /* NULL = a.example */
    uint8_t ttl_s;
    uint16_t network; /* of the client: its second and third octet */
    uint8_t opcode;
    uint8_t ede;   /* INFO-CODE of an extended error (RFC 8914), 0 = none */
    uint8_t cut;   /* octets at its end that were not captured */
    uint8_t extra; /* octets behind its end */
    bool tcp;
    uint16_t ip_id; /* 0 = one of its own */
    /* With 'i' or 'I': an ICMP error that quotes the query, or the response, of
     * kind `icmp`, from the server, or from 10.0.9.`router`. */
    uint8_t icmp; /* enum packet_icmp_kind */
    uint8_t router;
    bool iterative;    /* without RD */
    bool aa;           /* with authority */
    bool visitor;      /* the client: 203.0.113, not 10 and its network */
    bool outside;      /* the server: 192.0.2, not 10.0.0 */
    const char *alias; /* r: a CNAME to this name alone */
};

static inline int64_t play_ns(double ms)
{
    return play_start_ns + (int64_t)(ms * 1e6 + (ms < 0 ? -.5 : .5));
}

static inline uint8_t play_rcode(char what)
{
    switch (what) {
    case 'x':
        return DNS_NXDOMAIN;
    case 's':
        return DNS_SERVFAIL;
    case 'f':
        return DNS_REFUSED;
    default:
        return DNS_NOERROR;
    }
}

static inline size_t play_put_name(uint8_t *out, const char *name)
{
    size_t n = 0;
    while (*name) {
        const size_t len = strcspn(name, ".");
        out[n++] = (uint8_t)len;
        memcpy(out + n, name, len);
        n += len;
        name += len + (name[len] == '.');
    }
    out[n++] = 0;
    return n;
}

/* A record of the question's name and type: an address, or for HTTPS the least
 * there is (priority 1, the same target; RFC 9460 s2.2). */
static inline size_t play_put_answer(uint8_t *out, const struct play *p)
{
    uint8_t target[256];
    const size_t target_octets = p->alias ? play_put_name(target, p->alias) : 0;
    const uint8_t rdata_octets = p->alias          ? (uint8_t)target_octets
                                 : p->type == A    ? 4
                                 : p->type == AAAA ? 16
                                                   : 3;
    const uint16_t type = p->alias ? DNS_CNAME : p->type;
    const uint8_t head[12] = {
        0xc0,     12, (uint8_t)(type >> 8), (uint8_t)type, 0, 1, 0, 0, 0,
        p->ttl_s, 0,  rdata_octets};
    memcpy(out, head, sizeof head);
    memset(out + sizeof head, 0, rdata_octets);
    out[sizeof head + 1] = 1;
    if (p->alias)
        memcpy(out + sizeof head, target, target_octets);
    return sizeof head + rdata_octets;
}

/* An OPT record with that option alone. */
static inline size_t play_put_ede(uint8_t *out, uint8_t code)
{
    const uint8_t opt[17] = {0, 0, 41, 4,  0, 0, 0, 0,   0,
                             0, 6, 0,  15, 0, 2, 0, code};
    memcpy(out, opt, sizeof opt);
    return sizeof opt;
}

static inline bool play_is_response(const struct play *p)
{
    return p->what != 'q' && p->what != 'i';
}

/* A wire message into `out`; returns its octets. */
static inline size_t play_write(const struct play *p, uint8_t out[512])
{
    const bool response = play_is_response(p), answer = p->what == 'r';
    const uint8_t header[12] = {
        (uint8_t)(p->id >> 8),
        (uint8_t)p->id,
        (uint8_t)((response ? 0x80 : 0) | (p->iterative ? 0 : 0x01) |
                  (p->aa ? 0x04 : 0) | (p->what == 't' ? 0x02 : 0) |
                  p->opcode << 3),
        (uint8_t)(response ? 0x80 | play_rcode(p->what) : 0),
        0,
        1,
        0,
        answer,
        [11] = p->ede != 0};
    memcpy(out, header, sizeof header);
    size_t n = sizeof header;
    n += play_put_name(out + n, p->name ? p->name : "a.example");
    const uint8_t tail[4] = {(uint8_t)(p->type >> 8), (uint8_t)p->type, 0, 1};
    memcpy(out + n, tail, sizeof tail);
    n += sizeof tail;
    if (answer)
        n += play_put_answer(out + n, p);
    if (p->ede)
        n += play_put_ede(out + n, p->ede);
    memset(out + n, 0, p->extra);
    return n + p->extra;
}

/* Plays one message in as frame number `frame`. */
static inline void play_one(struct exchange *x, const struct play *p,
                            uint64_t frame)
{
    uint8_t client[4] = {10, (uint8_t)(p->network >> 8), (uint8_t)p->network,
                         p->client ? p->client : 1};
    if (p->visitor)
        memcpy(client, (const uint8_t[]){203, 0, 113}, 3);
    uint8_t server[4] = {10, 0, 0, p->server ? p->server : 53};
    if (p->outside)
        memcpy(server, (const uint8_t[]){192, 0, 2}, 3);
    const uint16_t port = p->port ? p->port : 40000;
    const uint8_t router[4] = {10, 0, 9, p->router};
    const bool response = play_is_response(p);
    uint8_t octets[512];
    const size_t n = play_write(p, octets);
    const struct packet_datagram d = {
        .payload = {octets, n - p->cut},
        .payload_octets = (uint32_t)n,
        .transport = p->tcp ? PACKET_TCP : PACKET_UDP,
        .source = response ? server : client,
        .destination = response ? client : server,
        .source_port = response ? 53 : port,
        .destination_port = response ? port : 53,
        .ip_id = p->ip_id ? p->ip_id : (uint16_t)(100 + frame),
        .address_octets = 4,
        .icmp_source = p->router  ? router
                       : response ? client
                                  : server,
        .icmp_kind = p->icmp,
    };
    struct exchange_message m;
    exchange_message_read(&d, 1, &m);
    m.clock_ns = m.time_ns = m.seen.time_ns = play_ns(p->at_ms);
    m.timed = true;
    m.frame = frame;
    if (p->what == 'i' || p->what == 'I')
        exchange_refuse(x, &m, &d);
    else
        exchange_take(x, &m, 1);
}

/* An exchange with the seed that play_one() hashes with. */
static inline struct exchange *play_exchange(struct exchange_listener listener,
                                             struct budget *budget)
{
    const struct exchange_options options = {
        .timeout_ns = 5 * S, .seed = 1, .listener = listener};
    struct exchange *x = NULL;
    struct err err;
    ck_assert_int_eq(exchange_new(&x, &options, budget, &err), ERR_OK);
    return x;
}

#endif
