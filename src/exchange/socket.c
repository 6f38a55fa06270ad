#include "exchange/socket.h"

/* The addresses' hashes are keyed and mixed already. */
static uint32_t place_of(const struct exchange_message *m)
{
    const uint64_t ends =
        m->client_hash ^ m->server_hash << 1 ^
        (uint64_t)m->client_port * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(ends >> 32) % EXCHANGE_SOCKETS;
}

void exchange_sockets_remember(struct exchange_sockets *sockets,
                               const struct exchange_message *m, uint32_t entry)
{
    uint32_t *at = sockets->at[place_of(m)].entry;
    for (unsigned i = EXCHANGE_SOCKET_QUESTIONS - 1; i > 0; i--)
        at[i] = at[i - 1];
    at[0] = entry;
}

/* An entry that was let go, or never used, has other ends or no state. */
static bool is_between(const struct exchange_entry *e,
                       const struct exchange_message *m)
{
    return e->client_hash == m->client_hash &&
           e->server_hash == m->server_hash &&
           e->client_port == m->client_port &&
           e->server_port == m->server_port && e->transport == m->transport;
}

uint32_t exchange_sockets_find(const struct exchange_sockets *sockets,
                               const struct exchange_table *table,
                               const struct exchange_message *m)
{
    const struct exchange_socket *s = &sockets->at[place_of(m)];
    uint32_t open = POOL_NONE, settled = POOL_NONE;
    for (unsigned i = 0; i < EXCHANGE_SOCKET_QUESTIONS; i++) {
        const struct exchange_entry *e = exchange_entry_at(table, s->entry[i]);
        if (!is_between(e, m))
            continue;
        if (e->node.state == EXCHANGE_ENTRY_OPEN)
            open = s->entry[i];
        else if (e->node.state == EXCHANGE_ENTRY_SETTLED)
            settled = s->entry[i];
    }
    return open != POOL_NONE ? open : settled;
}
