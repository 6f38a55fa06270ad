/* exchange/message.h: a DNS message with who sent it to whom.
 *
 * Made in the decode stage from a datagram, without shared state; the ordered
 * stage fills in the ids. Views into the capture block: they die with it.
 */
#ifndef EXCHANGE_MESSAGE_H
#define EXCHANGE_MESSAGE_H

#include "dns/message.h"
#include "packet/datagram.h"

/* What a message turned out to be. */
enum exchange_kind {
    EXCHANGE_NOT_MATCHED = 0, /* no question to match by, or not opcode QUERY */
    EXCHANGE_QUERY,           /* opens a transaction */
    EXCHANGE_RETRANSMISSION,  /* a further attempt of an open one */
    EXCHANGE_DUPLICATE,       /* a second observation of one sending */
    EXCHANGE_LEG,             /* the same behind an address translation */
    EXCHANGE_RESPONSE,        /* the answer of a transaction */
    EXCHANGE_SECOND_SAME,     /* a further response, same answer */
    EXCHANGE_SECOND_OTHER,    /* a further response, another answer */
    EXCHANGE_ORPHAN,          /* a response nobody was seen to ask for */
};

/* Where and as what a datagram was seen: copies of one sending differ here. */
struct exchange_sighting {
    int64_t time_ns;
    uint16_t ip_id; /* IPv4 identification, or IPv6 flow label, low 16 bits */
    uint16_t interface;
    uint8_t ip_ttl;
    uint8_t depth;          /* tags and tunnels around it */
    uint8_t packet_type;    /* of a Linux cooked capture: to us, from us ... */
    bool stream;            /* octets of TCP, of which each was sent once */
    uint8_t address_octets; /* 4 or 16 */
};

struct exchange_message {
    struct dns_message dns;
    struct exchange_sighting seen;
    int64_t clock_ns; /* of the frame; of the frame before when it has none */
    int64_t time_ns;  /* of the message: as the clock, but for TCP, where a
                         response begins with its first octet; never from
                         before a step of the clock (the ordered stage) */
    uint64_t frame;   /* exchange_frame() */
    uint64_t client_hash; /* keyed, of the address */
    uint64_t server_hash;
    uint64_t key_hash;     /* keyed, of client, its port, transport and ID */
    const uint8_t *client; /* address_octets, borrowed */
    const uint8_t *server;
    uint32_t client_id; /* by the ordered stage */
    uint32_t server_id;
    uint32_t pair_id;     /* of these two */
    uint32_t question_id; /* EXCHANGE_NO_QUESTION when it has none */
    uint32_t vni;         /* tenant's network, as packet_datagram has it */
    uint16_t client_port, server_port;
    uint16_t octets;        /* of the message, captured */
    uint8_t address_octets; /* 4 or 16 */
    uint8_t transport;      /* enum packet_transport */
    uint8_t kind;           /* enum exchange_kind, by the ordered stage */
    bool timed;             /* its frame had a time stamp */
};

#define EXCHANGE_NO_QUESTION UINT32_MAX

/* The message as it was captured, where it has a question, which stands behind
 * the header. Borrowed as its views are. */
static inline struct bytes
exchange_message_octets(const struct exchange_message *m)
{
    return m->dns.has & DNS_HAS_QUESTION
               ? (struct bytes){m->dns.qname - DNS_HEADER_OCTETS, m->octets}
               : (struct bytes){NULL, 0};
}

/* Copies and far legs are seen, and counted as such, but were sent once. */
static inline bool exchange_message_is_copy(const struct exchange_message *m)
{
    return m->kind == EXCHANGE_DUPLICATE || m->kind == EXCHANGE_LEG;
}

/* A frame of a run: which input, which number in it (1-based). */
static inline uint64_t exchange_frame(uint16_t input, uint64_t number)
{
    return (uint64_t)input << 40 | (number & UINT64_C(0xffffffffff));
}

/* Reads the DNS message in `datagram` and fills everything but the ids and
 * the kind. `seed` keys the hashes. */
void exchange_message_read(const struct packet_datagram *datagram,
                           uint64_t seed, struct exchange_message *out);

/* The same for a datagram that an ICMP error quotes (packet/icmp.h), perhaps not
 * up to its DNS header: then `dns.has` says so, and the direction is that of
 * `ports`. */
void exchange_message_read_quote(const struct packet_datagram *quoted,
                                 const struct packet_ports *ports,
                                 uint64_t seed, struct exchange_message *out);

static inline bool
exchange_message_is_response(const struct exchange_message *m)
{
    return dns_message_is_response(&m->dns);
}

#endif
