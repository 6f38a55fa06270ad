#include "packet/streams.h"

#include <assert.h>
#include <stdlib.h>

#include "packet/tcp.h"
#include "util/hash.h"
#include "util/pool.h"

enum { CONNECTIONS_MOST = 65536, CONNECTIONS_LEAST = 1024 };
enum { OCTETS_SHARE = 8, CONNECTION_SHARE = 8192 };

#define S INT64_C(1000000000)
/* A SYN nobody answers: longer than the longest pause of Linux between two of
 * them, 64 s. */
static const int64_t attempt_patience_ns = 75 * S;
/* A silent connection. What it holds goes out then; if it speaks again it is
 * picked up in the middle, most likely between two messages. */
static const int64_t idle_patience_ns = 120 * S;
/* A closed one stays so long that late copies are still known as such. */
static const int64_t closed_patience_ns = 30 * S;
/* No TCP repeats a SYN so soon (RFC 6298 s2.1: after 1 s): these are second
 * observations of one sending. */
static const int64_t syn_copy_ns = S / 10;

/* A leap of the clock outlasts every patience, and counts as no more, so that
 * sixty million of them fit into 64 bits. */
static const int64_t leap_ns = 150 * S;

/* The states of the pool, each in order of the last segment. */
enum state {
    ATTEMPT = POOL_FREE + 1, /* SYN, no reply yet */
    OPEN,
    HOLDING, /* open or closed, and holds memory */
    CLOSED,  /* FIN from both sides, or RST */
    ENDING,  /* to be read to its end, then forgotten */
    TELLING, /* ended before its handshake could be told */
    STATES
};

enum phase {
    MIDDLE, /* no handshake to measure, or it has been told */
    SYN_SENT,
    SYN_ANSWERED,
};

/* The end points in an order of their own: 0 is the lower one. The overlay
 * network is not among them: on a node one stream is seen inside the tunnel and
 * outside, and shall be one. */
struct key {
    uint8_t address[2][16];
    uint16_t port[2];
    uint16_t address_octets;
};
static_assert(sizeof(struct key) == 38, "no padding: it is compared whole");

struct connection {
    struct pool_node node;
    struct key key;
    struct side {
        struct packet_stream stream;
        uint32_t syn; /* its sequence number */
        bool has_syn;
        bool has_fin;
        /* Where its newest segment was seen, as in struct packet_datagram. */
        uint8_t ip_ttl, depth, packet_type;
        uint16_t interface;
        uint32_t vni;
    } sides[2];
    int64_t first_ns, syn_ns, reply_ns, ack_ns;
    uint64_t frame;
    uint16_t syns;
    uint8_t client; /* its side, once a SYN said so */
    uint8_t phase;
    uint8_t outcome;
    bool has_ack; /* ack_ns is known */
    bool is_closed;
};

struct packet_streams {
    struct packet_stream_shared shared;
    struct packet_streams_counters counters;
    struct pool pool;
    uint64_t seed;
    int64_t time_ns; /* of capture, of the newest segment */
    bool running;    /* there was one */
    /* The frame taken last, until it is read to its end. */
    uint32_t current;
    uint32_t told; /* its connection, when that has something to tell */
    struct packet_segment segment;
    const struct packet_datagram *datagram;
    bool has_segment;
    uint8_t side;    /* that sent it */
    uint8_t drained; /* sides of the connection being read that are done */
};

struct packet_streams_limits packet_streams_limits_of(size_t max_memory)
{
    size_t connections = max_memory / CONNECTION_SHARE;
    if (connections > CONNECTIONS_MOST)
        connections = CONNECTIONS_MOST;
    if (connections < CONNECTIONS_LEAST)
        connections = CONNECTIONS_LEAST;
    return (struct packet_streams_limits){
        .connections = (uint32_t)connections,
        .octets = max_memory / OCTETS_SHARE,
    };
}

enum err_code packet_streams_new(struct packet_streams **out,
                                 const struct packet_streams_limits *limits,
                                 uint64_t seed, struct budget *budget,
                                 struct err *err)
{
    struct packet_streams *s = calloc(1, sizeof *s);
    if (!s || !pool_init(&s->pool, sizeof(struct connection),
                         limits->connections, budget)) {
        if (s)
            pool_fini(&s->pool);
        free(s);
        return err_set(err, ERR_NOMEM, "no memory for %u TCP connections",
                       (unsigned)limits->connections);
    }
    s->seed = seed;
    s->shared.memory =
        (struct packet_memory){.budget = budget, .limit = limits->octets};
    s->shared.ahead.memory = &s->shared.memory;
    s->shared.ahead.seed = seed;
    s->current = s->told = POOL_NONE;
    *out = s;
    return ERR_OK;
}

static struct connection *at(const struct packet_streams *s, uint32_t i)
{
    return pool_at(&s->pool, i);
}

static void forget(struct packet_streams *s, uint32_t i)
{
    struct connection *c = at(s, i);
    for (int side = 0; side < 2; side++)
        packet_stream_fini(&c->sides[side].stream, &s->shared);
    pool_forget(&s->pool, i);
}

void packet_streams_free(struct packet_streams *s)
{
    if (!s)
        return;
    for (int state = ATTEMPT; state < STATES; state++)
        while (pool_oldest(&s->pool, state) != POOL_NONE)
            forget(s, pool_oldest(&s->pool, state));
    packet_stream_release(&s->shared);
    pool_fini(&s->pool);
    free(s);
}

/* --- finding ------------------------------------------------------------- */

static struct key key_of(const struct packet_datagram *d, uint8_t *side)
{
    const int order = memcmp(d->source, d->destination, d->address_octets);
    *side = order > 0 || (order == 0 && d->source_port > d->destination_port);
    struct key key = {.address_octets = d->address_octets};
    memcpy(key.address[*side], d->source, d->address_octets);
    memcpy(key.address[!*side], d->destination, d->address_octets);
    key.port[*side] = d->source_port;
    key.port[!*side] = d->destination_port;
    return key;
}
/* The newest connection between two end points, or POOL_NONE. */
static uint32_t find(const struct packet_streams *s, const struct key *key,
                     uint64_t hash)
{
    for (uint32_t i = pool_first(&s->pool, hash); i != POOL_NONE;
         i = pool_next(&s->pool, i)) {
        const struct connection *c = at(s, i);
        if (c->node.state != ENDING && c->node.state != TELLING &&
            memcmp(&c->key, key, sizeof *key) == 0)
            return i;
    }
    return POOL_NONE;
}

static void evict(struct packet_streams *s, uint32_t i)
{
    s->counters.evicted++;
    forget(s, i);
}

/* Makes room in the full table: what has the least to lose goes first. */
static void make_room(struct packet_streams *s)
{
    static const enum state order[] = {TELLING, CLOSED,  ATTEMPT,
                                       OPEN,    HOLDING, ENDING};
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        const uint32_t i = pool_oldest(&s->pool, (int)order[k]);
        if (i != POOL_NONE) {
            evict(s, i);
            return;
        }
    }
}

/* Makes room for a segment among the octets that wait. What it needs is not
 * known before; twice its size and some is the most but in crafted cases, and
 * those may be refused. */
static void make_memory(struct packet_streams *s, uint32_t current,
                        uint32_t octets)
{
    const struct packet_memory *m = &s->shared.memory;
    const size_t needed = (size_t)octets * 2 + 1024;
    uint32_t i = pool_oldest(&s->pool, HOLDING);
    while (i != POOL_NONE && i != current &&
           (needed > m->limit - m->used ||
            needed > m->budget->limit - m->budget->used)) {
        evict(s, i);
        i = pool_oldest(&s->pool, HOLDING);
    }
}

/* --- time ---------------------------------------------------------------- */

static void end_connection(struct packet_streams *s, uint32_t i)
{
    struct connection *c = at(s, i);
    for (int side = 0; side < 2; side++)
        packet_stream_end(&c->sides[side].stream);
    pool_enter(&s->pool, i, ENDING, s->shared.now_ns);
}

/* Patience is measured on a clock that starts at 0 and never goes back: while
 * the capture's is set back, no time passes. */
static void pass_time(struct packet_streams *s, int64_t time_ns)
{
    if (s->running && time_ns > s->time_ns)
        s->shared.now_ns +=
            time_ns > s->time_ns + leap_ns ? leap_ns : time_ns - s->time_ns;
    s->time_ns = time_ns;
    s->running = true;
}

void packet_streams_advance(struct packet_streams *s, int64_t time_ns)
{
    static const struct {
        enum state state;
        const int64_t *patience_ns;
    } rows[] = {
        {ATTEMPT, &attempt_patience_ns},
        {OPEN, &idle_patience_ns},
        {HOLDING, &idle_patience_ns},
        {CLOSED, &closed_patience_ns},
    };
    assert(s->current == POOL_NONE);
    pass_time(s, time_ns);
    const int64_t now_ns = s->shared.now_ns;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        uint32_t i;
        while ((i = pool_oldest(&s->pool, (int)rows[k].state)) != POOL_NONE &&
               at(s, i)->node.since < now_ns - *rows[k].patience_ns)
            end_connection(s, i);
    }
}

void packet_streams_end(struct packet_streams *s)
{
    assert(s->current == POOL_NONE);
    for (int state = ATTEMPT; state < ENDING; state++)
        while (pool_oldest(&s->pool, state) != POOL_NONE)
            end_connection(s, pool_oldest(&s->pool, state));
}

/* --- handshake ----------------------------------------------------------- */

/* A SYN that begins another connection between the same ports. */
static bool is_other_connection(const struct connection *c, uint8_t side,
                                const struct packet_datagram *d)
{
    const struct side *own = &c->sides[side];
    if (!(d->tcp_flags & PACKET_TCP_SYN))
        return false;
    if (own->has_syn)
        return own->syn != d->tcp_sequence;
    if (!packet_stream_is_open(&own->stream))
        return false;
    /* Picked up in the middle: the SYN may have been captured late. */
    const int32_t behind =
        packet_tcp_distance(d->tcp_sequence, own->stream.next);
    return behind < 0 || behind > PACKET_STREAM_WINDOW;
}

static void take_syn(struct packet_streams *s, struct connection *c,
                     const struct packet_datagram *d)
{
    struct side *own = &c->sides[s->side];
    if (!own->has_syn && !packet_stream_is_open(&own->stream))
        packet_stream_open(&own->stream, d->tcp_sequence);
    own->has_syn = true;
    own->syn = d->tcp_sequence;
}

static void take_first_syn(struct packet_streams *s, struct connection *c)
{
    c->phase = SYN_SENT;
    c->client = s->side;
    c->frame = s->segment.frame;
    c->first_ns = c->syn_ns = s->segment.time_ns;
    c->syns = 1;
}

static void repeat_syn(struct packet_streams *s, struct connection *c)
{
    const int64_t time_ns = s->segment.time_ns;
    if (c->syn_ns > time_ns - syn_copy_ns && c->syn_ns < time_ns + syn_copy_ns)
        return;
    s->counters.repeated_syns++;
    c->syn_ns = time_ns;
    if (c->syns < UINT16_MAX)
        c->syns++;
}

/* The reply to a SYN: SYN/ACK, or RST. Either acknowledges it, and perhaps
 * data that came with it. */
static bool is_reply(const struct packet_streams *s, const struct connection *c,
                     const struct packet_datagram *d)
{
    const int32_t acknowledged =
        packet_tcp_distance(c->sides[c->client].syn, d->tcp_ack);
    return c->phase == SYN_SENT && s->side != c->client &&
           (d->tcp_flags & PACKET_TCP_ACK) != 0 && acknowledged > 0 &&
           acknowledged <= PACKET_STREAM_WINDOW;
}

static void tell(struct packet_streams *s, struct connection *c,
                 enum packet_tcp_outcome outcome)
{
    c->phase = MIDDLE;
    c->outcome = (uint8_t)outcome;
    s->told = s->current;
    s->counters.connected += outcome == PACKET_TCP_CONNECTED;
    s->counters.refused += outcome == PACKET_TCP_REFUSED;
}

static void take_reset(struct packet_streams *s, struct connection *c,
                       const struct packet_datagram *d)
{
    if (is_reply(s, c, d)) {
        c->reply_ns = s->segment.time_ns;
        tell(s, c, PACKET_TCP_REFUSED);
    } else if (!c->is_closed) {
        s->counters.resets++;
    }
    c->is_closed = true;
    for (int side = 0; side < 2; side++)
        packet_stream_end(&c->sides[side].stream);
}

/* Follows a handshake, RFC 9293 s3.5. */
static void take_flags(struct packet_streams *s, struct connection *c,
                       const struct packet_datagram *d)
{
    const bool syn = (d->tcp_flags & PACKET_TCP_SYN) != 0;
    const bool ack = (d->tcp_flags & PACKET_TCP_ACK) != 0;
    if (syn)
        take_syn(s, c, d);
    if (syn && !ack && c->syns == 0)
        take_first_syn(s, c);
    else if (syn && !ack && c->phase == SYN_SENT && s->side == c->client)
        repeat_syn(s, c);
    else if (syn && is_reply(s, c, d)) {
        c->phase = SYN_ANSWERED;
        c->reply_ns = s->segment.time_ns;
    } else if (!syn && ack && s->side == c->client) {
        if (c->phase == SYN_ANSWERED) {
            c->has_ack = true;
            c->ack_ns = s->segment.time_ns;
            tell(s, c, PACKET_TCP_CONNECTED);
        }
        c->phase = MIDDLE; /* the reply was not captured, but there was one */
    }
    if (d->tcp_flags & PACKET_TCP_FIN)
        c->sides[s->side].has_fin = true;
    if (c->sides[0].has_fin && c->sides[1].has_fin)
        c->is_closed = true;
}

/* --- taking -------------------------------------------------------------- */

static uint32_t make(struct packet_streams *s, const struct key *key,
                     uint64_t hash, const struct packet_datagram *d)
{
    if (pool_is_full(&s->pool))
        make_room(s);
    const uint32_t i = pool_insert(&s->pool, hash, OPEN, s->shared.now_ns);
    struct connection *c = at(s, i);
    *c = (struct connection){.node = c->node, .key = *key};
    s->counters.connections++;
    s->counters.midstream += (d->tcp_flags & PACKET_TCP_SYN) == 0;
    return i;
}

static uint32_t find_or_make(struct packet_streams *s,
                             const struct packet_datagram *d)
{
    const struct key key = key_of(d, &s->side);
    const uint64_t hash = hash_octets(&key, sizeof key, s->seed);
    const uint32_t i = find(s, &key, hash);
    if (i != POOL_NONE && !is_other_connection(at(s, i), s->side, d))
        return i;
    if (i != POOL_NONE)
        end_connection(s, i);
    return make(s, &key, hash, d);
}

static void note_place(struct side *side, const struct packet_datagram *d)
{
    side->ip_ttl = d->ip_ttl;
    side->depth = d->depth;
    side->packet_type = d->packet_type;
    side->interface = d->interface;
    side->vni = d->vni;
}

/* The state that a connection belongs in, and to the end of that list. */
static void enter(struct packet_streams *s, uint32_t i)
{
    const struct connection *c = at(s, i);
    enum state state = OPEN;
    if (packet_stream_holds(&c->sides[0].stream) ||
        packet_stream_holds(&c->sides[1].stream))
        state = HOLDING;
    else if (c->is_closed)
        state = CLOSED;
    else if (c->phase == SYN_SENT)
        state = ATTEMPT;
    pool_enter(&s->pool, i, (int)state, s->shared.now_ns);
}

static void keep_segment(struct packet_streams *s,
                         const struct packet_datagram *d, int64_t time_ns,
                         uint64_t frame)
{
    const bool syn = (d->tcp_flags & PACKET_TCP_SYN) != 0;
    const bool reset = (d->tcp_flags & PACKET_TCP_RST) != 0;
    s->datagram = d;
    s->segment = (struct packet_segment){
        .data = d->payload.data,
        .len = (uint32_t)d->payload.len,
        .missing = d->payload_octets - (uint32_t)d->payload.len,
        .sequence = d->tcp_sequence + syn,
        .time_ns = time_ns,
        .frame = frame,
    };
    /* What a reset carries is a remark about it (RFC 9293 s3.5.3). */
    s->has_segment = d->payload_octets > 0 && !reset;
    if (!s->has_segment)
        packet_segment_add(&s->shared.fates[PACKET_SEGMENT_CONTROL], 1, frame);
}

void packet_streams_take(struct packet_streams *s,
                         const struct packet_datagram *d, int64_t time_ns,
                         uint64_t frame)
{
    packet_streams_advance(s, time_ns);
    s->told = POOL_NONE;
    keep_segment(s, d, time_ns, frame);
    s->current = find_or_make(s, d);
    s->drained = 0;
    struct connection *c = at(s, s->current);
    note_place(&c->sides[s->side], d);
    if (d->tcp_flags & PACKET_TCP_RST)
        take_reset(s, c, d);
    else
        take_flags(s, c, d);
    if (d->tcp_flags & PACKET_TCP_ACK)
        packet_stream_acknowledge(&c->sides[!s->side].stream, d->tcp_ack);
    enter(s, s->current);
    if (s->has_segment)
        make_memory(s, s->current, s->segment.len);
    else if (!c->sides[0].stream.ahead && !c->sides[1].stream.ahead)
        s->current = POOL_NONE; /* most segments: nothing to read */
}

/* --- what comes out ------------------------------------------------------ */

static void fill(const struct packet_streams *s, const struct connection *c,
                 uint8_t side, const struct packet_stream_message *m,
                 struct packet_tcp_message *out)
{
    const bool response = (m->payload.data[2] & 0x80) != 0; /* QR */
    const struct side *own = &c->sides[side];
    out->datagram = (struct packet_datagram){
        .payload = m->payload,
        .payload_octets = m->payload_octets,
        .source = m->in_segment ? s->datagram->source : c->key.address[side],
        .destination =
            m->in_segment ? s->datagram->destination : c->key.address[!side],
        .vni = own->vni,
        .source_port = c->key.port[side],
        .destination_port = c->key.port[!side],
        .interface = own->interface,
        .ip_ttl = own->ip_ttl,
        .address_octets = (uint8_t)c->key.address_octets,
        .transport = PACKET_TCP,
        .depth = own->depth,
        .packet_type = own->packet_type,
        .cut = m->payload.len < m->payload_octets,
    };
    out->time_ns = response ? m->first_ns : m->newest_ns;
    out->first_frame = m->first_frame;
    out->frame = m->frame;
    out->in_frame = m->in_segment;
}

/* Reads the sides of a connection to their ends, `first` first; the segment
 * taken last goes in when the other side has been heard: what it acknowledged
 * came before it. */
static bool drain(struct packet_streams *s, uint32_t i, uint8_t first,
                  struct packet_tcp_message *out)
{
    struct connection *c = at(s, i);
    for (; s->drained < 2; s->drained++) {
        const uint8_t side = first ^ s->drained;
        struct packet_stream *stream = &c->sides[side].stream;
        if (i == s->current && side == s->side && s->has_segment) {
            s->has_segment = false;
            packet_stream_put(stream, &s->shared, &s->segment);
        }
        struct packet_stream_message m;
        if (packet_stream_next(stream, &s->shared, &m)) {
            fill(s, c, side, &m, out);
            return true;
        }
    }
    s->drained = 0;
    return false;
}

/* Forgets a connection that was read to its end. */
static void close_connection(struct packet_streams *s, uint32_t i)
{
    struct connection *c = at(s, i);
    if (c->phase == MIDDLE) {
        forget(s, i);
        return;
    }
    if (c->phase == SYN_SENT) {
        c->outcome = PACKET_TCP_UNANSWERED;
        c->reply_ns = s->time_ns;
        s->counters.unanswered++;
    } else {
        c->outcome = PACKET_TCP_CONNECTED;
        s->counters.connected++;
    }
    for (int side = 0; side < 2; side++)
        packet_stream_fini(&c->sides[side].stream, &s->shared);
    pool_enter(&s->pool, i, TELLING, s->shared.now_ns);
}

bool packet_streams_next(struct packet_streams *s,
                         struct packet_tcp_message *out)
{
    uint32_t i;
    while ((i = pool_oldest(&s->pool, ENDING)) != POOL_NONE) {
        if (drain(s, i, at(s, i)->client, out))
            return true;
        close_connection(s, i);
    }
    if (s->current == POOL_NONE)
        return false;
    if (drain(s, s->current, !s->side, out))
        return true;
    enter(s, s->current);
    s->current = POOL_NONE;
    return false;
}

static void describe(const struct connection *c,
                     struct packet_tcp_connection *out)
{
    *out = (struct packet_tcp_connection){
        .client = c->key.address[c->client],
        .server = c->key.address[!c->client],
        .first_ns = c->first_ns,
        .syn_ns = c->syn_ns,
        .reply_ns = c->reply_ns,
        .ack_ns = c->ack_ns,
        .frame = c->frame,
        .client_port = c->key.port[c->client],
        .server_port = c->key.port[!c->client],
        .syns = c->syns,
        .address_octets = (uint8_t)c->key.address_octets,
        .outcome = c->outcome,
        .has_ack = c->has_ack,
    };
}

bool packet_streams_connection(struct packet_streams *s,
                               struct packet_tcp_connection *out)
{
    uint32_t i = s->told;
    s->told = POOL_NONE;
    if (i != POOL_NONE) {
        describe(at(s, i), out);
        return true;
    }
    i = pool_oldest(&s->pool, TELLING);
    if (i == POOL_NONE)
        return false;
    describe(at(s, i), out);
    pool_forget(&s->pool, i);
    return true;
}

struct packet_streams_counters
packet_streams_counters(const struct packet_streams *s)
{
    struct packet_streams_counters counters = s->counters;
    counters.stream = s->shared.counters;
    counters.waiting = s->shared.waiting;
    counters.steps = s->shared.ahead.steps;
    counters.octets = s->shared.memory.used;
    for (int state = ATTEMPT; state < TELLING; state++)
        counters.open += pool_count(&s->pool, state);
    memcpy(counters.fates, s->shared.fates, sizeof counters.fates);
    return counters;
}
