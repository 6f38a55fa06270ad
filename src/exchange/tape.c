#include "exchange/tape.h"

#include <stdlib.h>

#include "packet/icmp.h"

/* An entry: its length, what it is, and what that needs, in network order.
 *
 *     0  u32 octets of the entry, these included
 *     4  u8  kind          5  u8  flags         6  u8  octets of an address
 *     7  u8  transport     8  u8  IP TTL        9  u8  depth
 *    10  u8  packet type  11  u8  ICMP kind, or outcome of a connection
 *    12  u64 clock        20  u64 time         28  u64 time seen
 *    36  u64 frame
 *    44  u16 source port  46  u16 destination port
 *    48  u16 IP id, or SYNs sent               50  u16 interface
 *    52  u32 VNI          56  u32 octets of the payload on the wire
 *    60  addresses: source, destination, of an ICMP error its sender; payload
 *
 * Of a connection the three times are those of its first SYN, its last, and the
 * reply; the source is the client.
 */
enum { FIXED = 60, ENTRY_MOST = FIXED + 3 * 16 + 65535 };
static_assert(EXCHANGE_TAPE_LEAST / 2 > ENTRY_MOST, "room for any entry");

enum kind { MESSAGE = 1, REFUSAL, DIAL, CONNECTION };

enum { TIMED = 1, RESPONSE = 2 }; /* flags */

/* The years 1737 to 2203, as the pipeline has it: adding a horizon to a time
 * never overflows. */
static const int64_t farthest_ns = INT64_MAX / 5 * 4;

struct entry {
    enum kind kind;
    uint8_t flags;
    int64_t clock_ns, time_ns, seen_ns;
    uint64_t frame;
    struct packet_datagram d;
};

/* One piece of memory, filled from its beginning. */
struct reel {
    uint8_t *data;
    size_t used;
    uint64_t entries;
    int64_t first_ns, last_ns;
};

struct exchange_tape {
    struct budget *budget;
    size_t octets;            /* of either edge */
    bool is_head_ended;       /* something came behind the head */
    struct reel first;        /* what came first, */
    struct reel head;         /* and how much of it is the head */
    struct reel newer, older; /* halves of what came last */
    int64_t now_ns;
    uint8_t memory[];
};

enum err_code exchange_tape_new(struct exchange_tape **out, size_t octets,
                                struct budget *budget, struct err *err)
{
    const size_t half = octets / 2;
    const size_t size = sizeof **out + octets + 2 * half;
    struct exchange_tape *t =
        budget_take(budget, size) ? calloc(1, size) : NULL;
    if (!t)
        return err_set(err, ERR_NOMEM,
                       "--max-memory is too small for the edges of a part");
    t->budget = budget;
    t->octets = octets;
    t->first.data = t->memory;
    t->newer.data = t->memory + octets;
    t->older.data = t->memory + octets + half;
    *out = t;
    return ERR_OK;
}

void exchange_tape_free(struct exchange_tape *t)
{
    if (!t)
        return;
    budget_give(t->budget, sizeof *t + t->octets + 2 * (t->octets / 2));
    free(t);
}

/* --- writing -------------------------------------------------------------- */

static uint8_t *put_u16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
    return p + 2;
}

static uint8_t *put_u32(uint8_t *p, uint32_t v)
{
    return put_u16(put_u16(p, (uint16_t)(v >> 16)), (uint16_t)v);
}

static uint8_t *put_u64(uint8_t *p, uint64_t v)
{
    return put_u32(put_u32(p, (uint32_t)(v >> 32)), (uint32_t)v);
}

static uint8_t *put_octets(uint8_t *p, const uint8_t *from, size_t octets)
{
    if (octets > 0)
        memcpy(p, from, octets);
    return p + octets;
}

static unsigned address_count(enum kind kind)
{
    return kind == REFUSAL ? 3 : 2;
}

static size_t entry_octets(const struct entry *e)
{
    return FIXED + e->d.address_octets * (size_t)address_count(e->kind) +
           e->d.payload.len;
}

static void write_entry(uint8_t *p, const struct entry *e)
{
    const struct packet_datagram *d = &e->d;
    p = put_u32(p, (uint32_t)entry_octets(e));
    const uint8_t small[] = {
        (uint8_t)e->kind, e->flags, d->address_octets, d->transport,
        d->ip_ttl,        d->depth, d->packet_type,    d->icmp_kind,
    };
    p = put_octets(p, small, sizeof small);
    p = put_u64(p, (uint64_t)e->clock_ns);
    p = put_u64(p, (uint64_t)e->time_ns);
    p = put_u64(p, (uint64_t)e->seen_ns);
    p = put_u64(p, e->frame);
    p = put_u16(p, d->source_port);
    p = put_u16(p, d->destination_port);
    p = put_u16(p, d->ip_id);
    p = put_u16(p, d->interface);
    p = put_u32(p, d->vni);
    p = put_u32(p, d->payload_octets);
    p = put_octets(p, d->source, d->address_octets);
    p = put_octets(p, d->destination, d->address_octets);
    if (e->kind == REFUSAL)
        p = put_octets(p, d->icmp_source, d->address_octets);
    put_octets(p, d->payload.data, d->payload.len);
}

static void append(struct reel *r, const struct entry *e, int64_t now_ns)
{
    write_entry(r->data + r->used, e);
    r->used += entry_octets(e);
    if (r->entries++ == 0)
        r->first_ns = now_ns;
    r->last_ns = now_ns;
}

static bool is_in_span(const struct reel *r, int64_t now_ns, int64_t span_ns)
{
    return r->entries == 0 || (now_ns - r->first_ns >= -span_ns &&
                               now_ns - r->first_ns <= span_ns);
}

/* A part is kept whole up to where its edges would no longer overlap: the tail
 * is up to twice as long as an edge is to be. */
static void put_first(struct exchange_tape *t, const struct entry *e)
{
    if (t->is_head_ended)
        return;
    if (!is_in_span(&t->first, t->now_ns, 3 * EXCHANGE_TAPE_NS) ||
        entry_octets(e) > t->octets - t->first.used) {
        t->is_head_ended = true;
        return;
    }
    append(&t->first, e, t->now_ns);
    if (is_in_span(&t->first, t->now_ns, EXCHANGE_TAPE_NS))
        t->head = t->first;
}

static void put(struct exchange_tape *t, const struct entry *e)
{
    const size_t octets = entry_octets(e);
    put_first(t, e);
    /* The older half is let go when the newer one is full, or as long as an
     * edge is to be. */
    if (!is_in_span(&t->newer, t->now_ns, EXCHANGE_TAPE_NS) ||
        octets > t->octets / 2 - t->newer.used) {
        const struct reel old = t->older;
        t->older = t->newer;
        t->newer = (struct reel){.data = old.data};
    }
    append(&t->newer, e, t->now_ns);
}

static void put_message(struct exchange_tape *t, enum kind kind,
                        const struct packet_datagram *d,
                        const struct exchange_message *m)
{
    struct entry e = {
        .kind = kind,
        .flags = (uint8_t)((m->timed ? TIMED : 0) |
                           (exchange_message_is_response(m) ? RESPONSE : 0)),
        .clock_ns = m->clock_ns,
        .time_ns = m->time_ns,
        .seen_ns = m->seen.time_ns,
        .frame = m->frame,
        .d = *d,
    };
    if (kind != REFUSAL) /* undefined there */
        e.d.icmp_kind = 0;
    if (e.d.payload.len > UINT16_MAX) /* no message of DNS is longer */
        e.d.payload.len = UINT16_MAX;
    t->now_ns = m->clock_ns;
    put(t, &e);
}

void exchange_tape_take(struct exchange_tape *t,
                        const struct packet_datagram *datagram,
                        const struct exchange_message *message)
{
    if (t)
        put_message(t, MESSAGE, datagram, message);
}

void exchange_tape_refuse(struct exchange_tape *t,
                          const struct packet_datagram *quoted,
                          const struct exchange_message *message)
{
    if (t)
        put_message(t, REFUSAL, quoted, message);
}

void exchange_tape_dial(struct exchange_tape *t,
                        const struct packet_datagram *syn, int64_t time_ns)
{
    if (!t)
        return;
    struct entry e = {.kind = DIAL, .time_ns = time_ns, .d = *syn};
    e.d.icmp_kind = 0;
    e.d.payload = (struct bytes){NULL, 0};
    e.d.payload_octets = 0;
    t->now_ns = time_ns;
    put(t, &e);
}

void exchange_tape_connect(struct exchange_tape *t,
                           const struct packet_tcp_connection *c)
{
    if (!t)
        return;
    const struct entry e = {
        .kind = CONNECTION,
        .clock_ns = c->first_ns,
        .time_ns = c->syn_ns,
        .seen_ns = c->reply_ns,
        .frame = c->frame,
        .d = {.source = c->client,
              .destination = c->server,
              .source_port = c->client_port,
              .destination_port = c->server_port,
              .ip_id = c->syns,
              .address_octets = c->address_octets,
              .transport = PACKET_TCP,
              .icmp_kind = c->outcome},
    };
    put(t, &e);
}

/* --- edges ---------------------------------------------------------------- */

bool exchange_tape_is_whole(const struct exchange_tape *t)
{
    return !t->is_head_ended;
}

static struct exchange_edge edge_of(const struct reel *r)
{
    return (struct exchange_edge){
        {r->data, r->used}, r->first_ns, r->last_ns, r->entries};
}

struct exchange_edge exchange_tape_head(const struct exchange_tape *t)
{
    return edge_of(t->is_head_ended ? &t->head : &t->first);
}

struct exchange_edge exchange_tape_tail(const struct exchange_tape *t,
                                        unsigned half)
{
    return edge_of(half == 0 ? &t->older : &t->newer);
}

/* --- playing -------------------------------------------------------------- */

static bool is_time(int64_t time_ns)
{
    return time_ns > -farthest_ns && time_ns < farthest_ns;
}

/* An entry of at least FIXED octets. */
static struct entry read_fixed(const uint8_t *p)
{
    return (struct entry){
        .kind = (enum kind)p[4],
        .flags = p[5],
        .clock_ns = (int64_t)load_be64(p + 12),
        .time_ns = (int64_t)load_be64(p + 20),
        .seen_ns = (int64_t)load_be64(p + 28),
        .frame = load_be64(p + 36),
        .d = {.address_octets = p[6],
              .transport = p[7],
              .ip_ttl = p[8],
              .depth = p[9],
              .packet_type = p[10],
              .icmp_kind = p[11],
              .source_port = load_be16(p + 44),
              .destination_port = load_be16(p + 46),
              .ip_id = load_be16(p + 48),
              .interface = load_be16(p + 50),
              .vni = load_be32(p + 52),
              .payload_octets = load_be32(p + 56)},
    };
}

static bool is_sound(const struct entry *e)
{
    const struct packet_datagram *d = &e->d;
    return e->kind >= MESSAGE && e->kind <= CONNECTION &&
           (d->address_octets == 4 || d->address_octets == 16) &&
           d->transport <= PACKET_TCP && is_time(e->clock_ns) &&
           is_time(e->time_ns) && is_time(e->seen_ns) &&
           d->icmp_kind < (e->kind == CONNECTION ? PACKET_TCP_UNANSWERED + 1
                                                 : PACKET_ICMP_KINDS);
}

/* The first entry of `*rest`, which moves behind it. */
static bool next_entry(struct bytes *rest, struct entry *e)
{
    const uint8_t *p = rest->data;
    const size_t octets = rest->len >= FIXED ? load_be32(p) : 0;
    if (octets < FIXED || octets > rest->len)
        return false;
    *e = read_fixed(p);
    const size_t fixed =
        FIXED + e->d.address_octets * (size_t)address_count(e->kind);
    if (!is_sound(e) || octets < fixed ||
        octets - fixed > e->d.payload_octets || octets - fixed > UINT16_MAX)
        return false;
    e->d.source = p + FIXED;
    e->d.destination = e->d.source + e->d.address_octets;
    e->d.icmp_source = e->d.destination + e->d.address_octets;
    e->d.payload = (struct bytes){p + fixed, octets - fixed};
    e->d.cut = e->d.payload.len < e->d.payload_octets;
    rest->data += octets;
    rest->len -= octets;
    return true;
}

static void set_times(const struct entry *e, struct exchange_message *m)
{
    m->clock_ns = e->clock_ns;
    m->time_ns = e->time_ns;
    m->seen.time_ns = e->seen_ns;
    m->frame = e->frame;
    m->timed = (e->flags & TIMED) != 0;
}

static void play_message(struct exchange *x, const struct entry *e,
                         uint64_t seed)
{
    struct exchange_message m;
    exchange_message_read(&e->d, seed, &m);
    set_times(e, &m);
    if (m.dns.has & DNS_HAS_HEADER)
        exchange_take(x, &m, 1);
}

static void play_refusal(struct exchange *x, const struct entry *e,
                         uint64_t seed)
{
    struct exchange_message m;
    struct packet_ports ports = {{0}}; /* they tell the direction only */
    if (!(e->flags & RESPONSE))
        packet_ports_add(&ports, e->d.destination_port);
    exchange_message_read_quote(&e->d, &ports, seed, &m);
    set_times(e, &m);
    exchange_refuse(x, &m, &e->d);
}

static void play_connection(struct exchange *x, const struct entry *e)
{
    const struct packet_tcp_connection c = {
        .client = e->d.source,
        .server = e->d.destination,
        .first_ns = e->clock_ns,
        .syn_ns = e->time_ns,
        .reply_ns = e->seen_ns,
        .frame = e->frame,
        .client_port = e->d.source_port,
        .server_port = e->d.destination_port,
        .syns = e->d.ip_id,
        .address_octets = e->d.address_octets,
        .outcome = e->d.icmp_kind,
    };
    exchange_connect(x, &c);
}

bool exchange_tape_play(struct exchange *x, struct bytes octets,
                        uint32_t first_input, uint64_t seed)
{
    struct entry e;
    while (octets.len > 0) {
        if (!next_entry(&octets, &e))
            return false;
        e.frame += (uint64_t)first_input << 40;
        switch (e.kind) {
        case MESSAGE:
            play_message(x, &e, seed);
            break;
        case REFUSAL:
            play_refusal(x, &e, seed);
            break;
        case DIAL:
            exchange_dial(x, &e.d, e.time_ns);
            break;
        case CONNECTION:
            play_connection(x, &e);
            break;
        }
    }
    return true;
}
