/* exchange/socket.h: the newest questions of a client's port to a server.
 *
 * An ICMP error need not quote more of a datagram than its ports (RFC 792), and
 * many routers do not: then no ID tells which transaction it ends. Errors come
 * within a moment, so few questions need to be remembered: a port's newest, in
 * a table of fixed size in which the newest port wins. Private to the exchange.
 */
#ifndef EXCHANGE_SOCKET_H
#define EXCHANGE_SOCKET_H

#include "exchange/table.h"

enum {
    EXCHANGE_SOCKETS = 1024,
    /* A and AAAA, and each once more. */
    EXCHANGE_SOCKET_QUESTIONS = 4,
};

struct exchange_sockets {
    struct exchange_socket {
        uint32_t entry[EXCHANGE_SOCKET_QUESTIONS]; /* newest first */
    } at[EXCHANGE_SOCKETS];
};

/* The query `m` opened `entry` of the table. */
void exchange_sockets_remember(struct exchange_sockets *sockets,
                               const struct exchange_message *m,
                               uint32_t entry);

/* The oldest of the newest transactions between the ends of `m` that is open,
 * else one that is settled, or POOL_NONE. */
uint32_t exchange_sockets_find(const struct exchange_sockets *sockets,
                               const struct exchange_table *table,
                               const struct exchange_message *m);

#endif
