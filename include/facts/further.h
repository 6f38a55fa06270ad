/* facts/further.h: messages that a transaction's own row does not tell.
 *
 * The row has the first attempt and the first response. What is left is rare:
 * further attempts, further responses, and that a response was truncated.
 */
#ifndef FACTS_FURTHER_H
#define FACTS_FURTHER_H

#include "exchange/events.h"

enum facts_further_kind {
    FACTS_NOT_FURTHER = 0, /* the transaction's row tells it */
    FACTS_ATTEMPT,         /* a query sent again, answered or not */
    FACTS_TRUNCATED,       /* the first response, with TC (RFC 1035 s4.1.1) */
    FACTS_RESPONSE,        /* one more */
};

/* The transaction is the newest of these ids, ports and transport that began
 * before the message. */
struct facts_further {
    int64_t time_ns;
    uint64_t frame;
    uint32_t client_id, server_id, question_id;
    uint16_t client_port, message_id;
    uint8_t transport; /* enum packet_transport */
    uint8_t kind;      /* enum facts_further_kind */
};

static inline enum facts_further_kind
facts_further_kind(const struct exchange_message *m)
{
    switch (m->kind) {
    case EXCHANGE_RETRANSMISSION:
        return FACTS_ATTEMPT;
    case EXCHANGE_RESPONSE:
        return m->dns.flags & DNS_TC ? FACTS_TRUNCATED : FACTS_NOT_FURTHER;
    case EXCHANGE_SECOND_SAME:
    case EXCHANGE_SECOND_OTHER:
        return FACTS_RESPONSE;
    default:
        return FACTS_NOT_FURTHER;
    }
}

/* Of a message that is one. */
static inline struct facts_further
facts_further_of(const struct exchange_message *m)
{
    return (struct facts_further){
        .time_ns = m->time_ns,
        .frame = m->frame,
        .client_id = m->client_id,
        .server_id = m->server_id,
        .question_id = m->question_id,
        .client_port = m->client_port,
        .message_id = m->dns.id,
        .transport = m->transport,
        .kind = (uint8_t)facts_further_kind(m),
    };
}

#endif
