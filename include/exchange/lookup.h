/* exchange/lookup.h: from transactions to lookups.
 *
 * The unit users feel. A lookup takes the questions that one client asked for
 * one name: the types that came within a few milliseconds (A and AAAA, HTTPS),
 * whatever was repeated while one of them was still open (glibc asks an
 * answered A again when only AAAA was lost), and repeats right after a failure.
 * Never by port: Go and others use one for each type.
 *
 * Bounded: the oldest lookup is closed when the table is full.
 */
#ifndef EXCHANGE_LOOKUP_H
#define EXCHANGE_LOOKUP_H

#include "exchange/events.h"
#include "util/budget.h"

struct exchange_lookups;

#define EXCHANGE_NO_LOOKUP UINT32_MAX

/* `ceiling` open lookups at most. NULL when memory is refused. */
MUST_USE struct exchange_lookups *
exchange_lookups_new(uint32_t ceiling, uint64_t seed, struct budget *budget,
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
                             uint32_t id, const struct exchange_message *query);

/* How a transaction of the lookup ended: by a response, or by none. */
struct exchange_settlement {
    int64_t time_ns; /* of the answer, or of giving up */
    uint64_t frame;  /* of the answer, 0 = none */
    uint8_t outcome; /* enum exchange_outcome */
    uint16_t rcode;
    bool nodata;
    bool truncated;
    bool timed;          /* the wait can be told */
    int64_t upstream_ns; /* as in struct exchange_tie */
};
void exchange_lookups_settle(struct exchange_lookups *lookups, uint32_t handle,
                             uint32_t id, int64_t now_ns,
                             const struct exchange_settlement *settlement);

/* Closes what cannot take further questions at `now_ns`. */
void exchange_lookups_advance(struct exchange_lookups *lookups, int64_t now_ns);

/* Closes everything. */
void exchange_lookups_end(struct exchange_lookups *lookups);

/* How many lookups were closed because the table was full. */
uint64_t exchange_lookups_evicted(const struct exchange_lookups *lookups);

#endif
