#include "facts/encrypted.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "facts/facts.h"
#include "packet/tcp.h"
#include "util/distinct.h"
#include "util/hash.h"
#include "util/intern.h"

enum {
    PORT_DNS = 853, /* the other is 443 */
    CEILING = 4096, /* for either port */
    ADDRESS_OCTETS = 16,
    KEY_OCTETS = ADDRESS_OCTETS + 3, /* port and transport behind the address */
};

struct server {
    struct distinct flows, clients;
    uint64_t frames, first_frame;
    uint64_t handshakes; /* SYN/ACKs, of TCP */
};

struct facts_encrypted {
    struct intern index; /* address, port, transport */
    struct server *at;   /* by id */
    size_t capacity;
    uint32_t web; /* of them on port 443 */
    uint64_t seed;
    uint64_t refused;
    struct budget *budget;
};

struct facts_encrypted *facts_encrypted_new(uint64_t seed,
                                            struct budget *budget)
{
    struct facts_encrypted *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->seed = seed;
    e->budget = budget;
    if (intern_init(&e->index, budget))
        return e;
    facts_encrypted_free(e);
    return NULL;
}

void facts_encrypted_free(struct facts_encrypted *e)
{
    if (!e)
        return;
    for (uint32_t i = 0; i < e->index.count; i++) {
        distinct_fini(&e->at[i].flows, e->budget);
        distinct_fini(&e->at[i].clients, e->budget);
    }
    intern_fini(&e->index);
    budget_give(e->budget, e->capacity * sizeof *e->at);
    free(e->at);
    free(e);
}

/* --- taking --------------------------------------------------------------- */

static bool is_full(const struct facts_encrypted *e, uint16_t port)
{
    return port == PORT_DNS ? e->index.count - e->web >= CEILING
                            : e->web >= CEILING;
}

/* The row of a server; NULL when there is no room for it. Room comes before the
 * id, so that every id has a row. */
static struct server *row_of(struct facts_encrypted *e, struct bytes key,
                             uint16_t port)
{
    const uint64_t hash = hash_octets(key.data, key.len, e->seed);
    uint32_t id = intern_find(&e->index, key, hash);
    if (id != INTERN_NONE)
        return &e->at[id];
    bool fresh;
    if (is_full(e, port) ||
        !budget_grow(e->budget, (void **)&e->at, &e->capacity,
                     e->index.count + (size_t)1, sizeof *e->at))
        return NULL;
    id = intern_put(&e->index, key, hash, &fresh);
    if (id == INTERN_NONE)
        return NULL;
    e->web += port != PORT_DNS;
    return &e->at[id];
}

/* Both ends: the one with a port of encrypted transports is the server. */
struct ends {
    const uint8_t *client, *server;
    uint16_t client_port, server_port;
    bool from_server;
};

static struct ends ends_of(const struct packet_datagram *d)
{
    const bool away = packet_is_encrypted_port(d->destination_port);
    return away ? (struct ends){d->source, d->destination, d->source_port,
                                d->destination_port, false}
                : (struct ends){d->destination, d->source, d->destination_port,
                                d->source_port, true};
}

static struct bytes key_of(const struct ends *ends,
                           const struct packet_datagram *d,
                           uint8_t key[KEY_OCTETS])
{
    memcpy(key, ends->server, d->address_octets);
    uint8_t *rest = key + d->address_octets;
    rest[0] = (uint8_t)(ends->server_port >> 8);
    rest[1] = (uint8_t)ends->server_port;
    rest[2] = d->transport;
    return (struct bytes){key, d->address_octets + (size_t)3};
}

static void count_client(struct server *row, const struct ends *ends,
                         size_t address_octets, struct budget *budget)
{
    uint8_t flow[ADDRESS_OCTETS + 2];
    memcpy(flow, ends->client, address_octets);
    flow[address_octets] = (uint8_t)(ends->client_port >> 8);
    flow[address_octets + 1] = (uint8_t)ends->client_port;
    const uint64_t client = hash_octets(flow, address_octets, HASH_SKETCH_SEED);
    const uint64_t both =
        hash_octets(flow, address_octets + 2, HASH_SKETCH_SEED);
    (void)distinct_add(&row->clients, (uint32_t)client, budget);
    (void)distinct_add(&row->flows, (uint32_t)both, budget);
}

void facts_encrypted_take(struct facts_encrypted *e,
                          const struct packet_datagram *d, uint64_t frame)
{
    enum { ACCEPTS = PACKET_TCP_SYN | PACKET_TCP_ACK };
    uint8_t key[KEY_OCTETS];
    const struct ends ends = ends_of(d);
    struct server *row = row_of(e, key_of(&ends, d, key), ends.server_port);
    if (!row) {
        e->refused++;
        return;
    }
    if (row->frames++ == 0)
        row->first_frame = frame;
    row->handshakes += d->transport == PACKET_TCP && ends.from_server &&
                       (d->tcp_flags & ACCEPTS) == ACCEPTS;
    count_client(row, &ends, d->address_octets, e->budget);
}

uint64_t facts_encrypted_refused(const struct facts_encrypted *e)
{
    return e->refused;
}

/* --- saving --------------------------------------------------------------- */

static enum err_code save_row(const struct facts_encrypted *e, uint32_t id,
                              const struct facts_sink *sink, struct err *err)
{
    const struct server *row = &e->at[id];
    const struct bytes key = intern_key(&e->index, id);
    const size_t octets = key.len - 3;
    const bool tcp = key.data[octets + 2] == PACKET_TCP;
    char address[INET6_ADDRSTRLEN], flows[DISTINCT_TEXT],
        clients[DISTINCT_TEXT];
    inet_ntop(octets == 4 ? AF_INET : AF_INET6, key.data, address,
              sizeof address);
    distinct_text(&row->flows, flows);
    distinct_text(&row->clients, clients);
    return FACTS_ROW(
        sink, "encrypted_server", err, facts_text(address),
        facts_integer(load_be16(key.data + octets)),
        facts_text(tcp ? "tcp" : "udp"), facts_integer((int64_t)row->frames),
        facts_integer((int64_t)distinct_count(&row->flows)), facts_text(flows),
        facts_integer_if(tcp, (int64_t)row->handshakes),
        facts_integer((int64_t)distinct_count(&row->clients)),
        facts_text(clients), facts_integer((int64_t)row->first_frame));
}

enum err_code facts_encrypted_save(const struct facts_encrypted *e,
                                   const struct facts_sink *sink,
                                   struct err *err)
{
    enum err_code rc = ERR_OK;
    for (uint32_t i = 0; i < e->index.count && rc == ERR_OK; i++)
        rc = save_row(e, i, sink, err);
    return rc;
}
