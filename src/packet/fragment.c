#include "packet/fragment.h"

#include <assert.h>
#include <stdlib.h>

#include "packet/ip.h"
#include "packet/layer.h"
#include "packet/parts.h"
#include "util/hash.h"
#include "util/pool.h"

/* Of the run's memory: 1/64 for the table, 1/32 for what it holds. */
enum { TABLE_SHARE = 64, OCTETS_SHARE = 32, DATAGRAMS_MOST = 4096 };

#define S INT64_C(1000000000)
static const int64_t patience_ns = 2 * S;
static const int64_t step_back_ns = 1 * S;

/* Octets that tell one first fragment from another: UDP's header. */
enum { START_OCTETS = 8 };

enum state {
    WAITING = POOL_FREE + 1,
    SETTLED, /* all that is still to come has its fate: `status` */
};

/* Fragments of one datagram, seen in one place: copies of it from elsewhere are
 * put together apart, and told to be copies as other datagrams are. */
struct key {
    uint8_t address[2][16];
    uint32_t id;
    uint32_t vni;
    uint32_t interface;
    uint8_t address_octets;
    uint8_t protocol; /* of IPv4; in IPv6 not all fragments need to know it */
    uint8_t depth;
    uint8_t packet_type;
};
static_assert(sizeof(struct key) == 48, "no padding: it is compared whole");

struct pending {
    struct pool_node node;
    struct key key;
    struct packet_parts parts;
    int64_t start_ns; /* of the first fragment, as all of this */
    uint64_t start_frame;
    uint16_t ip_id;
    uint8_t ip_ttl;
    uint8_t protocol;
    uint8_t start[START_OCTETS];
    uint8_t start_octets; /* at `start` */
    uint8_t status;       /* SETTLED: enum packet_status of what comes late */
    uint64_t frames;
    uint64_t first_frame;
};

struct packet_fragments {
    struct packet_memory memory;
    struct packet_fragments_counters counters;
    struct pool pool;
    const struct packet_ports *ports;
    uint64_t seed;
    int64_t patience_ns;
    int64_t now_ns;
    bool running;   /* now_ns is set */
    bool giving_up; /* all that waits */
    /* The fragment taken last, until it has its place. One that was itself in
     * fragments comes with the frames of those. */
    bool has_incoming;
    struct incoming {
        struct packet_datagram datagram;
        int64_t time_ns;
        uint64_t frame;
        uint64_t frames;
        uint64_t first_frame;
        unsigned rounds;
    } incoming;
    /* Where datagrams are assembled: in one of two, since a fragment in the
     * other may still wait for its place. */
    struct hall {
        struct key key; /* its addresses */
        uint8_t octets[PACKET_PARTS_OCTETS];
    } halls[2];
    unsigned hall;
};

struct packet_fragments_limits packet_fragments_limits_of(size_t max_memory)
{
    size_t datagrams = max_memory / TABLE_SHARE / sizeof(struct pending);
    if (datagrams > DATAGRAMS_MOST)
        datagrams = DATAGRAMS_MOST;
    return (struct packet_fragments_limits){
        .datagrams = (uint32_t)datagrams,
        .octets = max_memory / OCTETS_SHARE,
        .patience_ns = patience_ns,
    };
}

enum err_code packet_fragments_new(struct packet_fragments **out,
                                   const struct packet_fragments_limits *limits,
                                   const struct packet_ports *ports,
                                   uint64_t seed, struct budget *budget,
                                   struct err *err)
{
    struct packet_fragments *f = calloc(1, sizeof *f);
    if (!f || !pool_init(&f->pool, sizeof(struct pending), limits->datagrams,
                         budget)) {
        if (f)
            pool_fini(&f->pool);
        free(f);
        return err_set(err, ERR_NOMEM, "no memory for %u datagrams in parts",
                       (unsigned)limits->datagrams);
    }
    f->memory =
        (struct packet_memory){.budget = budget, .limit = limits->octets};
    f->ports = ports;
    f->seed = seed;
    f->patience_ns = limits->patience_ns;
    *out = f;
    return ERR_OK;
}

static struct pending *at(const struct packet_fragments *f, uint32_t i)
{
    return pool_at(&f->pool, i);
}

void packet_fragments_free(struct packet_fragments *f)
{
    if (!f)
        return;
    for (uint32_t i = pool_oldest(&f->pool, WAITING); i != POOL_NONE;
         i = at(f, i)->node.newer)
        packet_parts_fini(&at(f, i)->parts, &f->memory);
    pool_fini(&f->pool);
    free(f);
}

/* Reads what there is from the start on as packet_decode() would have read it in
 * one frame. How long the whole is may not be known yet. */
static enum packet_status read_pending(struct packet_fragments *f,
                                       const struct pending *p,
                                       struct packet_datagram *out)
{
    const uint32_t end = p->parts.end ? p->parts.end : PACKET_IP_OCTETS_MAX;
    struct hall *hall = &f->halls[f->hall];
    const uint32_t captured = packet_parts_assemble(&p->parts, hall->octets);
    hall->key = p->key;
    *out = (struct packet_datagram){
        .source = hall->key.address[0],
        .destination = hall->key.address[1],
        .address_octets = p->key.address_octets,
        .vni = p->key.vni,
        .interface = (uint16_t)p->key.interface,
        .depth = p->key.depth,
        .packet_type = p->key.packet_type,
        .ip_id = p->ip_id,
        .ip_ttl = p->ip_ttl,
    };
    struct packet_layer layer = {hall->octets, captured, end,
                                 PACKET_HOLDS_TRANSPORT | p->protocol};
    if (p->key.address_octets == 16) {
        const enum packet_status status =
            packet_ip_extensions_undo(&layer, out);
        if (status != PACKET_OK)
            return status;
    }
    return packet_undo(&layer, f->ports, out);
}

/* --- giving up ----------------------------------------------------------- */

static void give_up(struct packet_fragments *f, uint32_t i,
                    struct packet_whole *out)
{
    struct pending *p = at(f, i);
    *out = (struct packet_whole){
        .time_ns = p->start_ns,
        .frame = p->start_frame,
        .frames = p->frames,
        .first_frame = p->first_frame,
        .status = PACKET_FRAGMENT,
    };
    if (packet_parts_has_start(&p->parts))
        out->has_datagram = read_pending(f, p, &out->datagram) == PACKET_OK;
    f->counters.incomplete++;
    f->counters.used += out->has_datagram;
    f->counters.waiting -= p->frames;
    packet_parts_fini(&p->parts, &f->memory);
    pool_forget(&f->pool, i);
}

/* Gives up one that waits and has no right to any longer. */
static bool give_up_late(struct packet_fragments *f, struct packet_whole *out)
{
    const int64_t since = f->now_ns - f->patience_ns;
    uint32_t i;
    while ((i = pool_oldest(&f->pool, SETTLED)) != POOL_NONE &&
           (f->giving_up || at(f, i)->node.since < since))
        pool_forget(&f->pool, i);
    i = pool_oldest(&f->pool, WAITING);
    if (i == POOL_NONE) {
        f->giving_up = false;
        return false;
    }
    if (!f->giving_up && at(f, i)->node.since >= since)
        return false;
    give_up(f, i, out);
    return true;
}

/* --- a fragment ---------------------------------------------------------- */

static struct key key_of(const struct packet_datagram *d)
{
    struct key key = {
        .id = d->fragment.id,
        .vni = d->vni,
        .interface = d->interface,
        .address_octets = d->address_octets,
        .protocol = d->address_octets == 4 ? d->fragment.protocol : 0,
        .depth = d->depth,
        .packet_type = d->packet_type,
    };
    memcpy(key.address[0], d->source, d->address_octets);
    memcpy(key.address[1], d->destination, d->address_octets);
    return key;
}

static uint32_t find(const struct packet_fragments *f, const struct key *key,
                     uint64_t hash)
{
    uint32_t i = pool_first(&f->pool, hash);
    while (i != POOL_NONE && memcmp(&at(f, i)->key, key, sizeof *key) != 0)
        i = pool_next(&f->pool, i);
    return i;
}

/* Whether the identification has been used again: a first fragment that begins
 * otherwise, in UDP with other ports, length or checksum. */
static bool is_other_datagram(const struct pending *p,
                              const struct packet_datagram *d)
{
    const size_t octets =
        d->payload.len < p->start_octets ? d->payload.len : p->start_octets;
    return d->fragment.offset == 0 &&
           memcmp(p->start, d->payload.data, octets) != 0;
}

static void take_start(struct pending *p, const struct incoming *in)
{
    const struct packet_datagram *d = &in->datagram;
    p->start_ns = in->time_ns;
    p->start_frame = in->frame;
    p->ip_id = d->ip_id;
    p->ip_ttl = d->ip_ttl;
    p->protocol = d->fragment.protocol;
    p->start_octets = (uint8_t)(d->payload.len < START_OCTETS ? d->payload.len
                                                              : START_OCTETS);
    memcpy(p->start, d->payload.data, p->start_octets);
}

/* --- what it has come to ------------------------------------------------- */

/* Whether more of a datagram with such a beginning is worth waiting for. */
static bool is_of_interest(enum packet_status status)
{
    switch (status) {
    case PACKET_OK:
    case PACKET_TCP_DNS:
    case PACKET_FRAGMENT:
    case PACKET_CUT_LINK:
    case PACKET_CUT_TUNNEL:
    case PACKET_CUT_IP:
    case PACKET_CUT_UDP:
    case PACKET_CUT_TCP:
    case PACKET_CUT_ICMP:
        return true;
    default:
        return false;
    }
}

/* The fate of the datagram's fragments is known, and goes with the one taken
 * last; from now on further fragments are `late`. */
static void settle(struct packet_fragments *f, uint32_t i,
                   enum packet_status late)
{
    struct pending *p = at(f, i);
    f->incoming.frames = p->frames;
    f->incoming.first_frame = p->first_frame;
    f->counters.waiting -= p->frames;
    p->status = (uint8_t)late;
    packet_parts_fini(&p->parts, &f->memory);
    pool_enter(&f->pool, i, SETTLED, f->now_ns);
}

/* The fate of the fragment taken last, and of those that came to it; a datagram
 * is in `out` already. */
static void tell(const struct incoming *in, enum packet_status status,
                 struct packet_whole *out)
{
    out->time_ns = in->time_ns;
    out->frame = in->frame;
    out->frames = in->frames;
    out->first_frame = in->first_frame;
    out->status = status;
    out->has_datagram = status == PACKET_OK || status == PACKET_TCP_DNS;
}

/* The datagram is complete. False when that is itself a fragment, in a tunnel
 * that was in fragments: then it goes round again. */
static bool finish(struct packet_fragments *f, uint32_t i,
                   struct packet_whole *out)
{
    struct incoming *in = &f->incoming;
    enum packet_status status = read_pending(f, at(f, i), &out->datagram);
    f->counters.completed++;
    settle(f, i, is_of_interest(status) ? PACKET_FRAGMENT_COPY : status);
    if (status == PACKET_FRAGMENT && ++in->rounds <= PACKET_DEPTH) {
        in->datagram = out->datagram;
        f->has_incoming = true;
        f->hall = !f->hall;
        return false;
    }
    tell(in, status == PACKET_FRAGMENT ? PACKET_TOO_DEEP : status, out);
    return true;
}

/* The first fragment has come: perhaps that is enough to know. A fragment in it
 * cannot be judged before its length is known. */
static bool dismiss(struct packet_fragments *f, uint32_t i,
                    struct packet_whole *out)
{
    const enum packet_status status = read_pending(f, at(f, i), &out->datagram);
    if (is_of_interest(status) || status == PACKET_BAD_FRAGMENT)
        return false;
    settle(f, i, status);
    tell(&f->incoming, status, out);
    return true;
}

/* --- room ---------------------------------------------------------------- */

static bool evict(struct packet_fragments *f, struct packet_whole *out)
{
    const uint32_t i = pool_oldest(&f->pool, WAITING);
    if (i == POOL_NONE)
        return false;
    f->counters.evicted++;
    give_up(f, i, out);
    return true;
}

static bool has_memory(const struct packet_fragments *f, size_t octets)
{
    const struct packet_memory *m = &f->memory;
    return octets <= m->limit - m->used &&
           octets <= m->budget->limit - m->budget->used;
}

static uint32_t insert(struct packet_fragments *f, const struct key *key,
                       uint64_t hash)
{
    const uint32_t i = pool_insert(&f->pool, hash, WAITING, f->now_ns);
    struct pending *p = at(f, i);
    *p = (struct pending){
        .node = p->node,
        .key = *key,
        .first_frame = UINT64_MAX,
    };
    return i;
}

/* Makes a free entry. True when a datagram had to be given up for it. */
static bool make_room(struct packet_fragments *f, struct packet_whole *out)
{
    if (!pool_is_full(&f->pool))
        return false;
    const uint32_t settled = pool_oldest(&f->pool, SETTLED);
    if (settled == POOL_NONE)
        return evict(f, out);
    pool_forget(&f->pool, settled);
    return false;
}

/* --- taking -------------------------------------------------------------- */

/* The fragment taken last has its fate without any other. */
static void answer(struct packet_fragments *f, enum packet_status status,
                   struct packet_whole *out)
{
    f->has_incoming = false;
    tell(&f->incoming, status, out);
}

/* Puts the fragment taken last into its datagram. True when that is then
 * complete, or known to be of no interest. */
static bool put(struct packet_fragments *f, uint32_t i,
                struct packet_whole *out)
{
    struct pending *p = at(f, i);
    const struct incoming *in = &f->incoming;
    const bool began = packet_parts_has_start(&p->parts);
    f->has_incoming = false;
    f->counters.waiting += in->frames;
    p->frames += in->frames;
    if (p->first_frame > in->first_frame)
        p->first_frame = in->first_frame;
    if (!packet_parts_add(&p->parts, &in->datagram, &f->memory)) {
        f->counters.repeated++;
        return false;
    }
    const bool begins = !began && packet_parts_has_start(&p->parts);
    if (begins)
        take_start(p, in);
    if (packet_parts_is_complete(&p->parts))
        return finish(f, i, out);
    return begins && dismiss(f, i, out);
}

/* Finds a place for the fragment taken last. True when frames have got their
 * fate, perhaps of another datagram that has to go first: then it is to be
 * placed again. */
static bool place(struct packet_fragments *f, struct packet_whole *out)
{
    const struct packet_datagram *d = &f->incoming.datagram;
    const struct key key = key_of(d);
    const uint64_t hash = hash_octets(&key, sizeof key, f->seed);
    uint32_t i = find(f, &key, hash);
    if (i != POOL_NONE && is_other_datagram(at(f, i), d)) {
        if (at(f, i)->node.state == WAITING) {
            give_up(f, i, out);
            return true;
        }
        pool_forget(&f->pool, i);
        i = POOL_NONE;
    }
    if (i != POOL_NONE && at(f, i)->node.state == SETTLED) {
        answer(f, (enum packet_status)at(f, i)->status, out);
        return true;
    }
    if (!has_memory(f, packet_parts_need(d))) {
        if (!evict(f, out)) {
            f->counters.refused++;
            answer(f, PACKET_FRAGMENT, out);
        }
        return true;
    }
    if (i == POOL_NONE) {
        if (make_room(f, out))
            return true;
        i = insert(f, &key, hash);
    }
    return put(f, i, out);
}

void packet_fragments_advance(struct packet_fragments *f, int64_t time_ns)
{
    assert(!f->has_incoming);
    const bool stepped = f->running && time_ns < f->now_ns - step_back_ns;
    f->giving_up = f->giving_up || stepped;
    if (!f->running || stepped || time_ns > f->now_ns)
        f->now_ns = time_ns;
    f->running = true;
}

void packet_fragments_take(struct packet_fragments *f,
                           const struct packet_datagram *fragment,
                           int64_t time_ns, uint64_t frame)
{
    packet_fragments_advance(f, time_ns);
    f->incoming = (struct incoming){
        .datagram = *fragment,
        .time_ns = time_ns,
        .frame = frame,
        .frames = 1,
        .first_frame = frame,
    };
    f->has_incoming = true;
}

void packet_fragments_end(struct packet_fragments *f)
{
    assert(!f->has_incoming);
    f->giving_up = true;
}

bool packet_fragments_next(struct packet_fragments *f, struct packet_whole *out)
{
    do {
        if (give_up_late(f, out))
            return true;
        if (!f->has_incoming)
            return false;
    } while (!place(f, out));
    return true;
}

struct packet_fragments_counters
packet_fragments_counters(const struct packet_fragments *f)
{
    struct packet_fragments_counters counters = f->counters;
    counters.open = pool_count(&f->pool, WAITING);
    counters.octets = f->memory.used;
    return counters;
}
