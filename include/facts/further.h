/* facts/further.h: messages that a transaction's own row does not tell.
 *
 * The row has the first attempt and the response. What is left is rare: further
 * attempts, and that the response was truncated.
 */
#ifndef FACTS_FURTHER_H
#define FACTS_FURTHER_H

#include "exchange/events.h"

enum facts_further_kind {
    FACTS_NOT_FURTHER = 0, /* the transaction's row tells it */
    FACTS_ATTEMPT,         /* a query sent again, answered or not */
    FACTS_TRUNCATED,       /* the response, with TC (RFC 1035 s4.1.1) */
};

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

/* Whether it is of the transaction. One that asks the same again, with the same
 * ID from the same port, begins behind the last attempt of the one before. */
static inline bool facts_further_is_of(const struct facts_further *f,
                                       const struct exchange_transaction *x)
{
    if (f->client_id != x->client_id || f->server_id != x->server_id ||
        f->question_id != x->question_id || f->client_port != x->client_port ||
        f->message_id != x->message_id || f->transport != x->transport)
        return false;
    return f->kind == FACTS_TRUNCATED
               ? f->frame == x->response_frame
               : f->frame > x->query_frame && f->time_ns <= x->last_attempt_ns;
}

#endif
