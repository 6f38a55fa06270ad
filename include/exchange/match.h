/* exchange/match.h: from messages to transactions (RFC 5452 s9.1).
 *
 * Key: client address and port, transport, ID, and VNI where both sides have
 * one; under it the server and the question are compared, so that several
 * questions can be open at once. All
 * time is capture time. One table of fixed size holds the open transactions,
 * those answered a moment ago (to know a second answer), and responses that
 * came before their query; when it is full the oldest goes, counted.
 */
#ifndef EXCHANGE_MATCH_H
#define EXCHANGE_MATCH_H

#include "exchange/events.h"
#include "exchange/identity.h"
#include "exchange/lookup.h"
#include "exchange/upstream.h"
#include "packet/icmp.h"
#include "util/budget.h"

struct exchange_match_options {
    int64_t timeout_ns; /* a client's patience with one attempt */
    int64_t horizon_ns; /* how long an answer is waited for, >= timeout_ns */
    uint32_t ceiling;   /* entries of the table */
    uint64_t seed;
};

struct exchange_match_counters {
    uint64_t evicted;             /* entries pushed out by a full table */
    uint64_t question_mismatches; /* right key and server, other question */
    uint64_t address_mismatches;  /* right key and question, other server */
    uint64_t case_mismatches;     /* names differ in case only */
    uint64_t reordered;           /* answers captured before their query */
    uint64_t repeated;            /* queries equal to one just answered */
    uint64_t clock_steps;         /* the capture's clock jumped */
    uint64_t ambiguous_legs;      /* NAT legs that could be of two queries */
    /* ICMP errors, each in one of these. They quote ... */
    uint64_t icmp_refusals;     /* the query of a transaction that ended so */
    uint64_t icmp_repeated;     /* ... again: a copy, or another leg's */
    uint64_t icmp_unmatched;    /* a query that is not open */
    uint64_t icmp_hints;        /* a query that they do not refuse */
    uint64_t icmp_of_responses; /* a response */
    uint64_t icmp_of_segments;  /* a TCP segment */
};

struct exchange_match;

/* NULL when memory is refused. The other tables are borrowed. */
MUST_USE struct exchange_match *exchange_match_new(
    const struct exchange_match_options *options, struct exchange_identity *ids,
    struct exchange_lookups *lookups, struct exchange_upstream *upstream,
    struct exchange_outbox *outbox, struct budget *budget);
void exchange_match_free(struct exchange_match *match);

static inline bool exchange_match_takes(const struct exchange_message *m)
{
    return (m->dns.has & DNS_HAS_HEADER) && m->dns.opcode == DNS_QUERY;
}

/* Places one message, in capture order: fills its ids and its kind. */
void exchange_match_take(struct exchange_match *match,
                         struct exchange_message *message);

/* Ties an ICMP error to the transaction whose query it quotes: refused, when
 * that is what an error of this kind says. An error about a response says that
 * its client asks no more, or that it did not get through; it is counted, as is
 * one about a TCP segment, which quotes no question. The server of `quoted` has
 * its id after it. */
void exchange_match_refuse(struct exchange_match *match,
                           struct exchange_message *quoted,
                           enum packet_icmp_kind kind);

/* Brings nearer what take will touch. */
void exchange_match_prefetch(const struct exchange_match *match,
                             const struct exchange_message *message);
void exchange_match_prefetch_entry(const struct exchange_match *match,
                                   const struct exchange_message *message);

/* The capture ended at `end_ns`: settles all that is still open. */
void exchange_match_end(struct exchange_match *match, int64_t end_ns);

const struct exchange_match_counters *
exchange_match_counters(const struct exchange_match *match);

/* Transactions open now. */
size_t exchange_match_open(const struct exchange_match *match);

#endif
