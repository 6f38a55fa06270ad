/* exchange/cause.h: where a lookup's time went, and why.
 *
 * Told apart as it passes: each message of the lookup ends an interval, and
 * what the client was waiting for says what to count it as. No threshold and no
 * judgement: the cause is what most of the time went to. Private to the
 * exchange.
 */
#ifndef EXCHANGE_CAUSE_H
#define EXCHANGE_CAUSE_H

#include "exchange/events.h"

enum { EXCHANGE_LOOKUP_SERVERS = 4 }; /* told apart: stubs know three */

/* A server as one lookup sees it. */
struct exchange_asked_server {
    uint32_t server_id;
    int64_t last_ns;   /* newest query to it */
    int64_t gap_ns;    /* from the newest but one, or from this, until a timer
                          made the client ask again; 0 = did not happen */
    int64_t silent_ns; /* waited for it in vain while nothing else came */
    int64_t since_ns;  /* when that began */
    uint32_t silences; /* timers that ran out meanwhile */
    bool refused;      /* by an ICMP error */
};

struct exchange_waits {
    int64_t mark_ns; /* told apart up to here */
    int64_t ns[EXCHANGE_CAUSES];
    int64_t longest_ns;     /* interval */
    uint64_t longest_frame; /* the query that it began with */
    uint64_t newest_frame;  /* of the queries */
    /* Rounds: queries between which a timer ran. */
    int64_t round_ns, gap_ns, gap_before_ns;
    struct exchange_asked_server servers[EXCHANGE_LOOKUP_SERVERS];
    uint8_t server_count;
    uint8_t newest_server; /* place of the one asked last */
    bool timer_ran;        /* right before the mark */
};

/* Timers run 200 ms at least (measured: 250 ms c-ares, 1 s and more others);
 * what comes sooner comes because of an answer. */
#define EXCHANGE_TIMER_NS INT64_C(200000000)

void exchange_waits_begin(struct exchange_waits *waits, int64_t time_ns);

/* The time from the mark to `time_ns` went to `cause`, for the server in the
 * place `server`. */
void exchange_waits_pass(struct exchange_waits *waits,
                         enum exchange_cause cause, uint8_t server,
                         int64_t time_ns);

/* A query was sent to a server, after the time before it was passed. Returns
 * the server's place. */
uint8_t exchange_waits_ask(struct exchange_waits *waits, uint32_t server_id,
                           int64_t time_ns, uint64_t frame);

/* An ICMP error came from or about a server. */
void exchange_waits_refuse(struct exchange_waits *waits, uint32_t server_id);

/* A server has answered what it was asked at `asked_ns`: the timers that ran out
 * since then were its own slowness, and nothing was lost. */
void exchange_waits_relent(struct exchange_waits *waits, uint8_t server,
                           int64_t asked_ns);

/* The next step of a search list begins: what servers took so far was the
 * walk's. */
void exchange_waits_walk(struct exchange_waits *waits);

/* How long the client will have waited after its newest query, had it gone on
 * as before: the interval that followed the query before, or the one that
 * followed the newest to the same server, or twice the interval where they
 * double (c-ares). `timeout_ns` when no timer was seen. */
int64_t exchange_waits_patience_ns(const struct exchange_waits *waits,
                                   int64_t timeout_ns);

/* What most of the time went to. For a server's silence LOST; `*place` is the
 * server's. */
enum exchange_cause exchange_waits_cause(const struct exchange_waits *waits,
                                         uint8_t *place);

#endif
