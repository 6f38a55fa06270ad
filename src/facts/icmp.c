/* ICMP errors about DNS: of which server's datagrams, what they say, who sent
 * them. */
#include <stdlib.h>

#include "facts/families.h"
#include "util/idmap.h"

struct icmp {
    int64_t first_ns, last_ns;
    uint64_t errors, first_frame;
    uint8_t address[16]; /* of who sent the first */
    uint8_t address_octets;
};

struct icmps {
    const struct facts_context *context;
    struct idmap index; /* key_of() to row */
    struct icmp *rows;
    size_t capacity;
};

static uint64_t key_of(const struct exchange_icmp *x)
{
    return (uint64_t)x->server_id << 32 | (uint64_t)x->kind << 16 |
           (uint64_t)x->of_response << 8 | x->sender;
}

static void close_icmps(void *family)
{
    struct icmps *f = family;
    if (!f)
        return;
    idmap_fini(&f->index);
    free(f->rows);
    free(f);
}

static void *open_icmps(const struct facts_context *context)
{
    struct icmps *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->context = context;
    if (idmap_init(&f->index, context->ids->seed, context->budget))
        return f;
    close_icmps(f);
    return NULL;
}

static void add(struct icmps *f, const struct exchange_icmp *x)
{
    /* Room before the id, so that every id has a row. */
    const bool has_room =
        budget_grow(f->context->budget, (void **)&f->rows, &f->capacity,
                    f->index.count + (size_t)1, sizeof *f->rows);
    const uint32_t id = has_room ? idmap_put(&f->index, key_of(x))
                                 : idmap_find(&f->index, key_of(x));
    if (id == IDMAP_NONE)
        return; /* no memory, which the budget counts */
    struct icmp *row = &f->rows[id];
    if (row->errors++ == 0) {
        row->first_ns = row->last_ns = x->time_ns;
        row->first_frame = x->frame;
        row->address_octets = x->address_octets;
        memcpy(row->address, x->address, x->address_octets);
    }
    if (x->time_ns < row->first_ns)
        row->first_ns = x->time_ns;
    if (x->time_ns > row->last_ns)
        row->last_ns = x->time_ns;
}

static void take(void *family, const struct exchange_events *events)
{
    for (size_t i = 0; i < events->icmp_count; i++)
        add(family, &events->icmp[i]);
}

static enum err_code save_row(const struct icmps *f, uint32_t id,
                              const struct facts_sink *sink, struct err *err)
{
    static const char *const senders[EXCHANGE_ICMP_SENDERS] = {
        [EXCHANGE_ICMP_SERVER] = "server",
        [EXCHANGE_ICMP_CLIENT] = "client",
        [EXCHANGE_ICMP_ROUTER] = "router",
    };
    const struct icmp *r = &f->rows[id];
    const uint64_t key = f->index.keys[id];
    const uint32_t server_id = (uint32_t)(key >> 32);
    char server[EXCHANGE_ADDRESS_TEXT], sender[EXCHANGE_ADDRESS_TEXT];
    exchange_identity_server_text(f->context->ids, server_id, server);
    exchange_identity_address_text(
        (struct bytes){r->address, r->address_octets}, sender);
    return FACTS_ROW(
        sink, "icmp_error", err, facts_integer(server_id), facts_text(server),
        facts_text(packet_icmp_text((enum packet_icmp_kind)(key >> 16 & 0xff))),
        facts_text(key >> 8 & 1 ? "response" : "query"),
        facts_text(senders[key & 0xff]), facts_text(sender),
        facts_integer((int64_t)r->errors), facts_integer(r->first_ns),
        facts_integer(r->last_ns), facts_integer((int64_t)r->first_frame));
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct icmps *f = family;
    enum err_code rc = ERR_OK;
    for (uint32_t i = 0; i < f->index.count && rc == ERR_OK; i++)
        rc = save_row(f, i, sink, err);
    return rc;
}

const struct facts_family facts_icmp = {open_icmps, take, save, close_icmps};
