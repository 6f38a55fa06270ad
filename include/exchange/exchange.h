/* exchange/exchange.h: the ordered stage, from messages to events.
 *
 * One thread, capture order. Takes messages a batch at a time, so that the
 * tables' slots are on their way from memory before they are needed (the
 * largest single gain measured), and tells a listener what it found.
 */
#ifndef EXCHANGE_EXCHANGE_H
#define EXCHANGE_EXCHANGE_H

#include "dns/search_list.h"
#include "exchange/events.h"
#include "exchange/identity.h"
#include "exchange/match.h"
#include "packet/streams.h"
#include "util/budget.h"

enum { EXCHANGE_BATCH = 64 };

struct exchange_options {
    int64_t timeout_ns; /* a client's patience with one attempt */
    uint64_t seed;      /* keys every table; hashes in messages use it too */
    /* What clients are known to put behind names; NULL if nothing is. Borrowed
     * for as long as the exchange lives. */
    const struct dns_search_list *search;
    struct exchange_listener listener;
};

struct exchange;

/* The tables take their share of `budget`, which is borrowed. */
MUST_USE enum err_code exchange_new(struct exchange **out,
                                    const struct exchange_options *options,
                                    struct budget *budget, struct err *err);
void exchange_free(struct exchange *exchange);
/* Frees what only taking needed: the identities are left, and exchange_free. */
void exchange_release(struct exchange *exchange);

/* At most EXCHANGE_BATCH messages, in capture order; ids and kinds are filled
 * in and handed to the listener with what they caused. */
void exchange_take(struct exchange *exchange, struct exchange_message *messages,
                   size_t count);

/* An ICMP error, `quoted`, and the datagram in it as a message; everything
 * captured before it has been taken. */
void exchange_refuse(struct exchange *exchange,
                     struct exchange_message *message,
                     const struct packet_datagram *quoted);

/* A SYN, first or repeated: what a truncated answer made its client send.
 * Everything captured before it has been taken. */
void exchange_dial(struct exchange *exchange, const struct packet_datagram *syn,
                   int64_t time_ns);

/* How a TCP connection began, once that is known; the same holds. */
void exchange_connect(struct exchange *exchange,
                      const struct packet_tcp_connection *connection);

/* The capture ended; `end_ns` is the time of its last frame. */
void exchange_end(struct exchange *exchange, int64_t end_ns);

const struct exchange_identity *
exchange_identity(const struct exchange *exchange);

/* Transactions open now. */
size_t exchange_open(const struct exchange *exchange);

/* What the tables gave up or noticed, for data quality. */
struct exchange_quality {
    struct exchange_match_counters match;
    struct exchange_upstream_counters upstream;
    uint64_t evicted_lookups;
    uint64_t collapsed_names, collapsed_clients, collapsed_servers;
};
struct exchange_quality exchange_quality(const struct exchange *exchange);

#endif
