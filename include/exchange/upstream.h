/* exchange/upstream.h: which of a resolver's own queries its clients wait for.
 *
 * Where both sides of a resolver were captured, the same address is asked and
 * asks. A transaction of a client then waits for what the resolver sends, while
 * it is open, for the same name and type; or for a name above it (QNAME
 * minimisation, RFC 9156, and DNSSEC); or for one that an earlier response sent
 * it to: the target of an alias, the server of a referral without addresses.
 * Names compare without case (0x20). Behind an address translation the resolver
 * is the address on its far leg.
 *
 *   transaction --waits for--> want <--fetches-- transaction of the resolver
 *
 * A want is a question that a resolver was asked or asks: one for all who wait
 * for it, with a clock that runs while something is fetched for it. What a
 * transaction waited for upstream is how far that clock went in its span, so
 * that nothing is ever walked, however many wait.
 *
 * Bounded: the oldest want goes when the table is full, counted. Only servers
 * that may be resolvers are watched: from their first thousand transactions on
 * those that were seen asking.
 */
#ifndef EXCHANGE_UPSTREAM_H
#define EXCHANGE_UPSTREAM_H

#include "exchange/identity.h"

/* Where an answer came from. */
enum exchange_source {
    EXCHANGE_SOURCE_UNKNOWN = 0, /* no answer, or the server is not watched */
    EXCHANGE_SOURCE_ALONE,     /* from the server itself: its cache, if it is a
                                  resolver that is seen to ask others */
    EXCHANGE_SOURCE_AUTHORITY, /* the same with AA */
    EXCHANGE_SOURCE_JOINED,    /* what somebody else's question had fetched
                                  already when this one came */
    EXCHANGE_SOURCE_FETCHED,   /* the server asked others for it */
    EXCHANGE_SOURCES
};

/* A transaction's part in it, kept by its owner. Zero is none. */
struct exchange_tie {
    int64_t upstream_ns; /* once answered: how much of its span its server was
                            waiting for others, or EXCHANGE_UNKNOWN_NS where
                            that server was never seen to ask any */
    int64_t covered_ns;  /* the clock of its want when it came */
    uint32_t want, want_number; /* what it waits for; number 0 = nothing */
    uint32_t starts, ends;      /* fetches of the want when it came */
    uint32_t fetch, fetch_number, round; /* what it fetches itself */
    uint8_t source;                      /* enum exchange_source */
    bool joined;        /* something was being fetched when it came */
    bool is_upstream;   /* its client is itself asked, or asks without RD */
    bool is_unprompted; /* its client is asked, but nobody waits for this */
};

struct exchange_upstream_counters {
    uint64_t evicted; /* wants pushed out by a full table */
    uint64_t crowded; /* fetches that more waited for than can be told */
};

struct exchange_upstream;

/* `ceiling` wants at most; `seed` is that of the messages' hashes. NULL when
 * memory is refused. */
MUST_USE struct exchange_upstream *
exchange_upstream_new(uint32_t ceiling, uint64_t seed,
                      const struct exchange_identity *ids,
                      struct budget *budget);
void exchange_upstream_free(struct exchange_upstream *upstream);

/* A new transaction, begun by `query`, whose ids are resolved. */
void exchange_upstream_open(struct exchange_upstream *upstream,
                            const struct exchange_message *query,
                            struct exchange_tie *tie);

/* The transaction is answered by `server_id`, behind a translation. */
void exchange_upstream_move(struct exchange_upstream *upstream,
                            const struct exchange_message *query,
                            uint32_t server_id, struct exchange_tie *tie);

/* Its first answer, at `time_ns`: sets the tie's source and upstream_ns. */
void exchange_upstream_answer(struct exchange_upstream *upstream,
                              const struct exchange_message *response,
                              int64_t time_ns, struct exchange_tie *tie);

/* It ends at `time_ns` without an answer that could be read. */
void exchange_upstream_drop(struct exchange_upstream *upstream, int64_t time_ns,
                            struct exchange_tie *tie);

const struct exchange_upstream_counters *
exchange_upstream_counters(const struct exchange_upstream *upstream);

#endif
