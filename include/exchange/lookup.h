/* exchange/lookup.h: from transactions to lookups.
 *
 * The unit users feel. A lookup takes the questions that one client asked for
 * one name: the types that came within a few milliseconds (A and AAAA, HTTPS),
 * whatever was repeated while one of them was still open (glibc asks an
 * answered A again when only AAAA was lost), and repeats right after a failure.
 * Never by port: Go and others use one for each type. When a name failed, the
 * lookup goes on with the next name of the client's search list
 * (exchange/walk), which begins where the name before ended.
 *
 * Bounded: the oldest lookup is closed when the table is full.
 */
#ifndef EXCHANGE_LOOKUP_H
#define EXCHANGE_LOOKUP_H

#include "dns/search_list.h"
#include "exchange/identity.h"
#include "exchange/step.h"
#include "util/budget.h"

struct exchange_lookups;

#define EXCHANGE_NO_LOOKUP UINT32_MAX

struct exchange_lookups_options {
    uint32_t ceiling;   /* open lookups */
    int64_t timeout_ns; /* a client's patience when it shows no other */
    uint64_t seed;
    const struct dns_search_list *search; /* as in exchange_options */
};

/* What a lookup takes of the budget while it is open. */
size_t exchange_lookups_octets(void);

/* NULL when memory is refused. The other tables are borrowed. */
MUST_USE struct exchange_lookups *
exchange_lookups_new(const struct exchange_lookups_options *options,
                     struct exchange_identity *ids, struct budget *budget,
                     struct exchange_outbox *outbox);
void exchange_lookups_free(struct exchange_lookups *lookups);

/* A new transaction of `client_id` for `name_id` at `now_ns` (the capture's
 * monotonic clock): the handle of the lookup that it belongs to, and its id. */
uint32_t exchange_lookups_join(struct exchange_lookups *lookups,
                               const struct exchange_message *query,
                               uint32_t name_id, int64_t now_ns, uint32_t *id);

/* A further attempt of a transaction of the lookup. Without effect when the
 * lookup was closed meanwhile. */
void exchange_lookups_repeat(struct exchange_lookups *lookups, uint32_t handle,
                             uint32_t id, const struct exchange_message *query,
                             int64_t now_ns);

/* How a transaction of the lookup ended. */
void exchange_lookups_settle(struct exchange_lookups *lookups, uint32_t handle,
                             uint32_t id, int64_t now_ns,
                             const struct exchange_settlement *settlement);

/* A further response has shown that the first one answered the attempt of
 * `asked_ns`. Without effect when the lookup was closed meanwhile. */
void exchange_lookups_relent(struct exchange_lookups *lookups, uint32_t handle,
                             uint32_t id, int64_t asked_ns);

/* A response of the server was captured whose query was not. */
void exchange_lookups_hear(struct exchange_lookups *lookups, uint32_t server_id,
                           int64_t time_ns);

/* A TCP connection of a client to a server, which a truncated answer leads to,
 * is being opened, or came to nothing, at `time_ns`. */
enum exchange_connecting {
    EXCHANGE_CONNECTING,    /* a SYN, first or repeated */
    EXCHANGE_NOT_CONNECTED, /* and none of them was answered */
    EXCHANGE_NOT_ACCEPTED,  /* RST */
};
void exchange_lookups_connect(struct exchange_lookups *lookups,
                              uint32_t client_id, uint32_t server_id,
                              uint16_t client_port, int64_t time_ns,
                              enum exchange_connecting what);

/* Closes what cannot take further questions at `now_ns`. */
void exchange_lookups_advance(struct exchange_lookups *lookups, int64_t now_ns);

/* Closes everything. */
void exchange_lookups_end(struct exchange_lookups *lookups);

/* How many lookups were closed before their end because the table was full. */
uint64_t exchange_lookups_evicted(const struct exchange_lookups *lookups);

#endif
