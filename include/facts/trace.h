/* facts/trace.h: the lookups that were asked for, with all that they sent.
 *
 * A capture of any size has more transactions than anybody can keep, and which
 * lookup will be among the longest is known only when it has ended. So the
 * transactions of open lookups are held, and let go with their lookup when
 * that is not among the longest so far. Transactions end on their own time,
 * before their lookup or half a minute behind it: a client that asked another
 * server does not wait for the first.
 *
 * Bounded: when a table is full, the oldest that waits for its lookup's end
 * goes, and is counted.
 */
#ifndef FACTS_TRACE_H
#define FACTS_TRACE_H

#include "dns/name.h"
#include "exchange/events.h"
#include "exchange/identity.h"
#include "facts/further.h"
#include "util/budget.h"
#include "util/err.h"

/* Which lookups: those that fit all that is given. */
struct facts_trace_choice {
    uint32_t most;      /* so many of them, the longest waits; at least 1 */
    int64_t timeout_ns; /* a client's patience, for those that gave up */
    bool has_lookup;    /* only the one with this id */
    uint32_t lookup_id; /* EXCHANGE_NO_LOOKUP: of none */
    uint8_t client[16];
    uint8_t client_octets; /* 4 or 16, 0 = any client */
    /* Wire form, folded; 0 octets = any. A lookup fits when the labels of its
     * name, or of a name asked for it, begin with these. */
    uint16_t name_octets;
    uint8_t name[DNS_NAME_OCTETS];
};

struct facts_trace;

/* NULL when memory is refused. `choice` and the others are borrowed. */
MUST_USE struct facts_trace *
facts_trace_new(const struct facts_trace_choice *choice,
                const struct exchange_identity *ids, struct budget *budget);
void facts_trace_free(struct facts_trace *trace);

void facts_trace_take(struct facts_trace *trace,
                      const struct exchange_events *events);

/* Who receives what was kept. */
struct facts_trace_rows {
    void *context;
    enum err_code (*lookup)(void *context, const struct exchange_lookup *l);
    enum err_code (*transaction)(void *context,
                                 const struct exchange_transaction *x);
    enum err_code (*further)(void *context, const struct facts_further *f);
};

/* Hands out the lookups in the order of their ids, each followed by its
 * transactions and these by their further messages. Stops at the first row that
 * is refused; ERR_NOMEM is its own. */
MUST_USE enum err_code facts_trace_each(const struct facts_trace *trace,
                                        const struct facts_trace_rows *rows,
                                        struct err *err);

/* Lookups that fitted, but waited less than those kept. */
uint64_t facts_trace_passed_over(const struct facts_trace *trace);
/* Transactions and messages that the full tables let go. */
uint64_t facts_trace_evicted(const struct facts_trace *trace);

#endif
