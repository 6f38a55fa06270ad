/* exchange/step.h: one name that a lookup asks, type by type.
 *
 * Kept by exchange/lookup, one at a time: the next name of a search list comes
 * when this one has failed. Private to the exchange.
 */
#ifndef EXCHANGE_STEP_H
#define EXCHANGE_STEP_H

#include "exchange/events.h"

/* What the transactions of a type came to: the best of them counts. */
enum exchange_result {
    EXCHANGE_RESULT_OPEN = 0, /* nobody saw the end */
    EXCHANGE_RESULT_UNANSWERED,
    EXCHANGE_RESULT_UNREACHABLE, /* an ICMP error instead */
    EXCHANGE_RESULT_FAILED,      /* SERVFAIL, REFUSED and the like */
    EXCHANGE_RESULT_TRUNCATED,   /* the rest is to be had over TCP */
    EXCHANGE_RESULT_NXDOMAIN,    /* from here on a retry gains nothing */
    EXCHANGE_RESULT_NODATA,
    EXCHANGE_RESULT_ANSWERED,
};

/* How the client's wait for a type stands. */
enum exchange_asked_wait {
    EXCHANGE_ASKED_OPEN = 0,
    EXCHANGE_ASKED_ENDED,  /* by a response */
    EXCHANGE_ASKED_SILENT, /* by giving up */
    EXCHANGE_ASKED_UNSEEN, /* the capture or the table ended first */
};

/* One type. */
struct exchange_asked {
    int64_t last_ns;     /* its newest query */
    uint16_t message_id; /* of the newest transaction */
    uint8_t open;        /* transactions not settled; 255 are more */
    uint8_t given_up;    /* of them, before a timer made the client ask again */
    uint8_t result;      /* enum exchange_result */
    uint8_t wait;        /* enum exchange_asked_wait */
    uint8_t server;      /* place of the one asked last */
};
static_assert(sizeof(struct exchange_asked) == 16, "four to a cache line");

struct exchange_asking {
    struct exchange_asked asked[EXCHANGE_LOOKUP_TYPES];
    uint16_t types[EXCHANGE_LOOKUP_TYPES]; /* in the order asked */
    uint8_t count;
};

/* How a transaction ended: by a response, or by none. */
struct exchange_settlement {
    int64_t time_ns;     /* of the answer, or of giving up */
    int64_t asked_ns;    /* of the attempt that was answered */
    uint64_t frame;      /* of the answer, 0 = none */
    int64_t upstream_ns; /* as in struct exchange_tie */
    /* That it ended by; NULL when it was read before. Borrowed. */
    const struct exchange_message *response;
    uint32_t server_id;
    uint8_t outcome; /* enum exchange_outcome */
    uint16_t rcode;
    uint16_t octets; /* of the answer, 0 = none */
    bool nodata;
    bool truncated;
    bool tcp;
    bool upstream; /* its client is itself asked, or asks without RD */
    bool timed;    /* the wait can be told */
    bool doubtful; /* further responses may show that it was an earlier one */
};

enum exchange_result
exchange_step_result(const struct exchange_settlement *settlement);

/* The place of a type among those asked, or their number. */
static inline unsigned exchange_step_place(const struct exchange_asking *s,
                                           uint16_t qtype)
{
    unsigned i = 0;
    while (i < s->count && s->types[i] != qtype)
        i++;
    return i;
}

/* A bit for each result that a type came to; OPEN for those that wait. */
static inline unsigned exchange_step_results(const struct exchange_asking *s)
{
    unsigned results = 0;
    for (unsigned i = 0; i < s->count; i++) {
        const struct exchange_asked *a = &s->asked[i];
        const bool open =
            a->wait == EXCHANGE_ASKED_OPEN || a->wait == EXCHANGE_ASKED_UNSEEN;
        results |= 1U << (open ? EXCHANGE_RESULT_OPEN : a->result);
    }
    return results;
}

static inline bool exchange_step_is(unsigned results,
                                    enum exchange_result result)
{
    return results >> result & 1;
}

/* How many types are in this state of waiting. */
static inline unsigned exchange_step_count(const struct exchange_asking *s,
                                           enum exchange_asked_wait wait)
{
    unsigned n = 0;
    for (unsigned i = 0; i < s->count; i++)
        n += s->asked[i].wait == wait;
    return n;
}

/* enum exchange_lookup_outcome of a step with these results. */
uint8_t exchange_step_outcome(unsigned results);

/* Whether the name exists for one type and not for another. */
static inline bool exchange_step_is_split(unsigned results)
{
    return exchange_step_is(results, EXCHANGE_RESULT_NXDOMAIN) &&
           (exchange_step_is(results, EXCHANGE_RESULT_NODATA) ||
            exchange_step_is(results, EXCHANGE_RESULT_ANSWERED));
}

/* Whether the client may ask the next name of its search list: nothing came of
 * this one. */
static inline bool exchange_step_has_failed(unsigned results)
{
    return (results &
            (1U << EXCHANGE_RESULT_OPEN | 1U << EXCHANGE_RESULT_ANSWERED |
             1U << EXCHANGE_RESULT_TRUNCATED)) == 0;
}

#endif
