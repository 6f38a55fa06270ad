/* exchange/stub.h: which stub resolver asks so, guessed from its habits.
 *
 * Measured: glibc asks A and AAAA from one socket under unrelated IDs, with a
 * new socket for each step; musl from one socket to all servers at once, its IDs
 * some hundred apart (they come from the clock); Go from a socket for each type
 * with EDNS; c-ares from one socket for all steps. Who asks without RD is no
 * stub. Private to the exchange.
 */
#ifndef EXCHANGE_STUB_H
#define EXCHANGE_STUB_H

#include "exchange/events.h"

struct exchange_habits {
    uint16_t first_port, first_id, step_port;
    uint16_t id_distance; /* of the second type's query, with `pair` */
    bool iterative, edns;
    bool pair;                /* two types at once */
    bool two_ports;           /* ... from two sockets */
    bool fan_out;             /* the same query to a second server at once */
    bool kept_port, new_port; /* from one step to the next */
};

void exchange_habits_begin(struct exchange_habits *habits,
                           const struct exchange_message *query);

/* The first query of another type, or of a further step. */
void exchange_habits_pair(struct exchange_habits *habits,
                          const struct exchange_message *query);
void exchange_habits_step(struct exchange_habits *habits,
                          const struct exchange_message *query);

enum exchange_stub exchange_habits_stub(const struct exchange_habits *habits);

#endif
