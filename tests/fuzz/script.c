#include "script.h"

#include "../bench/frame.h"
#include "../bench/wire.h"
#include "packet/tcp.h"
#include "require.h"

enum { KEPT = 16, CONNECTIONS = 4, HOSTS = 4, NAMES = 8 };
enum { EVENT = 4, ETHERNET = 14, IPV4 = 20, IPV6 = 40 };
enum { FRAMES_MOST = 10000, STREAM_OCTETS = 8192 };

#define MS INT64_C(1000000)
#define S  (1000 * MS)

/* Something sent over UDP, or to be written to a stream. */
struct message {
    struct wire wire;
    uint8_t who;
    bool is_response;
    uint16_t ip_id;
    uint8_t question;
};

struct stream {
    uint8_t octets[STREAM_OCTETS];
    size_t written, sent, last; /* the last segment began at `last` */
    uint32_t start;             /* sequence number of octets[0] */
};

struct play {
    struct bytes script;
    size_t at;
    struct file *out;
    int64_t now_ns;
    size_t captured; /* of the next frame */
    uint16_t ip_id;
    uint32_t flooded;
    struct host hosts[2][2 * HOSTS]; /* IPv4 and IPv6; clients, servers */
    struct wire_name names[NAMES];
    struct message messages[KEPT];
    size_t message_count;
    struct frame frames[KEPT];
    size_t frame_count;
    struct connection {
        uint8_t who;
        struct stream streams[2]; /* of the client, of the server */
    } connections[CONNECTIONS];
};

/* --- the network ----------------------------------------------------------- */

static void put16(uint8_t *at, size_t number)
{
    at[0] = (uint8_t)(number >> 8);
    at[1] = (uint8_t)number;
}

static void add_frame(struct play *p, const struct frame *frame)
{
    if (p->out->frames < FRAMES_MOST)
        file_add(p->out, p->now_ns, (struct bytes){frame->octets, frame->count},
                 p->captured);
    p->captured = SIZE_MAX;
}

/* One that later events may refer to. */
static void keep_frame(struct play *p, const struct frame *frame)
{
    p->frames[p->frame_count++ % KEPT] = *frame;
    add_frame(p, frame);
}

/* The frame `back` before the last; NULL while there is none. */
static const struct frame *kept_frame(const struct play *p, uint8_t back)
{
    const size_t i = back % KEPT;
    return i < p->frame_count ? &p->frames[(p->frame_count - 1 - i) % KEPT]
                              : NULL;
}

static const struct message *kept_message(const struct play *p, uint8_t back)
{
    const size_t i = back % KEPT;
    return i < p->message_count
               ? &p->messages[(p->message_count - 1 - i) % KEPT]
               : NULL;
}

static struct path path_of(const struct play *p, uint8_t who, bool from_server)
{
    const struct host *hosts = p->hosts[who >> 4 & 1];
    const uint16_t port = who >> 5;
    const struct path path = {
        .from = &hosts[who & 3],
        .to = &hosts[HOSTS + (who >> 2 & 3)],
        .from_port = port == 7 ? 53 : (uint16_t)(40000 + port),
        .to_port = 53,
    };
    return from_server
               ? (struct path){path.to, path.from, path.to_port, path.from_port}
               : path;
}

static void send_message(struct play *p, const struct message *m)
{
    const struct path path = path_of(p, m->who, m->is_response);
    struct frame frame;
    frame_udp(&frame, &path, m->ip_id, m->wire.octets, m->wire.count);
    p->messages[p->message_count++ % KEPT] = *m;
    keep_frame(p, &frame);
}

/* --- messages -------------------------------------------------------------- */

static const uint16_t types[] = {WIRE_A, WIRE_AAAA, WIRE_PTR, 65};

static void begin_wire(const struct play *p, struct wire *wire,
                       uint8_t question, uint16_t flags)
{
    wire_begin(wire, question & 7, flags, &p->names[question >> 3 & 7],
               types[question >> 6]);
}

static void ask(struct play *p, const uint8_t *e)
{
    struct message m = {.who = e[1], .question = e[2], .ip_id = p->ip_id++};
    begin_wire(p, &m.wire, e[2], e[3] & SCRIPT_ASK_NOTIFY ? 4 << 11 : 0);
    for (size_t i = 12; e[3] & SCRIPT_ASK_UPPER && m.wire.octets[i]; i++)
        if (m.wire.octets[i] >= 'a')
            m.wire.octets[i] ^= 0x20;
    if (e[3] & SCRIPT_ASK_TWICE)
        m.wire.octets[5] = 2;
    if (e[3] & SCRIPT_ASK_EDNS)
        wire_edns(&m.wire);
    send_message(p, &m);
}

static void put_records(struct wire *wire, uint8_t how, uint16_t type)
{
    if (how == 1)
        wire_address(wire, WIRE_QNAME_AT, type, 30, 7);
    if (how == 2) {
        const size_t alias_at =
            wire_record(wire, WIRE_ANSWER, WIRE_QNAME_AT, WIRE_CNAME, 5,
                        (const uint8_t[]){1, 'b', 0}, 3);
        wire_address(wire, alias_at, type, UINT32_MAX, 8);
    }
    if (how == 3)
        wire_soa(wire, WIRE_QNAME_AT, 10);
}

/* EDNS with an extended error (RFC 8914 s2). */
static void put_ede(struct wire *wire)
{
    static const uint8_t option[] = {0, 6, 0, 15, 0, 2, 0, 22};
    wire_edns(wire);
    wire->count -= 2; /* the length of no option */
    memcpy(wire->octets + wire->count, option, sizeof option);
    wire->count += sizeof option;
}

static void answer(struct play *p, const uint8_t *e)
{
    const struct message *query = kept_message(p, e[1]);
    if (!query)
        return;
    struct message m = {.who = query->who,
                        .question = query->question,
                        .is_response = true,
                        .ip_id = p->ip_id++};
    m.question ^= e[3] & SCRIPT_OTHER_ID ? 1 : 0;
    m.question ^= e[3] & SCRIPT_OTHER_NAME ? 8 : 0;
    m.who ^= e[3] & SCRIPT_OTHER_SERVER ? 4 : 0;
    m.who ^= e[3] & SCRIPT_OTHER_PORT ? 32 : 0;
    const uint16_t flags = (uint16_t)(WIRE_QR | (e[2] & 15) |
                                      (e[2] & SCRIPT_ANSWER_TC ? WIRE_TC : 0));
    begin_wire(p, &m.wire, m.question, flags);
    if (e[3] & SCRIPT_NO_QUESTION) {
        m.wire.count = 12;
        m.wire.octets[5] = 0;
    } else {
        put_records(&m.wire, (e[2] & SCRIPT_ANSWER_RECORDS) >> 5,
                    types[m.question >> 6]);
    }
    if (e[2] & SCRIPT_ANSWER_EDE)
        put_ede(&m.wire);
    send_message(p, &m);
}

static void again(struct play *p, const uint8_t *e)
{
    const struct message *kept = kept_message(p, e[1]);
    if (!kept)
        return;
    struct message m = *kept;
    m.who ^= e[2] & SCRIPT_AGAIN_SERVER ? 4 : 0;
    m.who ^= e[2] & SCRIPT_AGAIN_CLIENT ? 1 : 0;
    m.who ^= e[2] & SCRIPT_AGAIN_PORT ? 32 : 0;
    m.is_response ^= (e[2] & SCRIPT_AGAIN_BACK) != 0;
    if (!(e[2] & SCRIPT_AGAIN_SAME_IP_ID))
        m.ip_id = p->ip_id++;
    send_message(p, &m);
}

static void raw(struct play *p, const uint8_t *e)
{
    struct frame frame;
    const struct path path = path_of(p, e[1], e[3] & 1);
    const size_t left = p->script.len - p->at;
    const size_t len = e[2] < left ? e[2] : left;
    frame_udp(&frame, &path, p->ip_id++, p->script.data + p->at, len);
    p->at += len;
    keep_frame(p, &frame);
}

/* Each is the ID and the first four letters of its own name. */
static void flood(struct play *p, const uint8_t *e)
{
    for (unsigned i = 0; i < 4u * e[2]; i++) {
        struct message m = {.who = e[1], .ip_id = p->ip_id++};
        const uint32_t n = p->flooded++;
        begin_wire(p, &m.wire, 0, 0);
        put16(m.wire.octets, n);
        put16(m.wire.octets + 13, n);
        if (e[3] & 1)
            m.who ^= (n & 7) << 5;
        send_message(p, &m);
    }
}

/* --- frames ---------------------------------------------------------------- */

static bool is_v6(const struct frame *frame)
{
    return frame->octets[12] == 0x86;
}

static size_t ip_octets(const struct frame *frame)
{
    return is_v6(frame) ? IPV6 : IPV4;
}

/* `frame` holds an IP header and `octets` behind it. */
static void set_length(struct frame *frame, size_t octets)
{
    if (is_v6(frame))
        put16(frame->octets + ETHERNET + 4, octets);
    else
        put16(frame->octets + ETHERNET + 2, IPV4 + octets);
    frame->count = ETHERNET + ip_octets(frame) + octets;
}

static void copy(struct play *p, const uint8_t *e)
{
    const struct frame *kept = kept_frame(p, e[1]);
    if (!kept)
        return;
    struct frame frame = *kept;
    if (e[2] & SCRIPT_COPY_TTL)
        frame.octets[ETHERNET + (is_v6(kept) ? 7 : 8)]--;
    if (e[2] & SCRIPT_COPY_DAMAGED)
        frame.octets[ETHERNET + e[3] % (frame.count - ETHERNET)] ^=
            (uint8_t)(1 << (e[3] & 7));
    if (e[2] & SCRIPT_COPY_VLAN && frame.count + 4 <= sizeof frame.octets) {
        static const uint8_t tag[] = {0x81, 0, 0, 7};
        memmove(frame.octets + 16, frame.octets + 12, frame.count - 12);
        memcpy(frame.octets + 12, tag, sizeof tag);
        frame.count += sizeof tag;
        add_frame(p, &frame); /* nobody quotes or fragments these */
        return;
    }
    keep_frame(p, &frame);
}

/* Types and codes (RFC 792, RFC 4443). */
static const uint8_t errors_v4[][2] = {{3, 3}, {3, 1}, {11, 0}, {3, 4}};
static const uint8_t errors_v6[][2] = {{1, 4}, {1, 0}, {3, 0}, {2, 0}};

static void refuse(struct play *p, const uint8_t *e)
{
    enum { HEADER = 8 };
    const struct frame *quoted = kept_frame(p, e[1]);
    if (!quoted)
        return;
    struct frame frame = *quoted;
    const size_t ip = ip_octets(quoted), address = is_v6(quoted) ? 16 : 4;
    uint8_t *addresses = frame.octets + ETHERNET + ip - 2 * address;
    memcpy(addresses, quoted->octets + ETHERNET + ip - address, address);
    memcpy(addresses + address, quoted->octets + ETHERNET + ip - 2 * address,
           address);
    frame.octets[ETHERNET + (is_v6(quoted) ? 6 : 9)] = is_v6(quoted) ? 58 : 1;
    uint8_t *icmp = frame.octets + ETHERNET + ip;
    memset(icmp, 0, HEADER);
    memcpy(icmp, is_v6(quoted) ? errors_v6[e[2] & 3] : errors_v4[e[2] & 3], 2);
    const size_t room = sizeof frame.octets - ETHERNET - ip - HEADER;
    size_t len = e[3] ? e[3] : quoted->count - ETHERNET;
    if (len > quoted->count - ETHERNET)
        len = quoted->count - ETHERNET;
    if (len > room)
        len = room;
    memcpy(icmp + HEADER, quoted->octets + ETHERNET, len);
    set_length(&frame, HEADER + len);
    keep_frame(p, &frame);
}

/* Octets `from` to `to` of what `whole` carries, with whether more follow. */
static void add_fragment(struct play *p, const struct frame *whole, size_t from,
                         size_t to)
{
    enum { HEADER = 8 }; /* of IPv6 (RFC 8200 s4.5) */
    const size_t ip = ETHERNET + ip_octets(whole);
    const bool more = ip + to < whole->count;
    struct frame frame = *whole;
    uint8_t *at = frame.octets + ip;
    if (is_v6(whole)) {
        if (ip + HEADER + to - from > sizeof frame.octets)
            return;
        memset(at, 0, HEADER);
        at[0] = frame.octets[ETHERNET + 6];
        put16(at + 2, from | more);
        at[7] = (uint8_t)p->ip_id;
        frame.octets[ETHERNET + 6] = 44;
        at += HEADER;
    } else {
        put16(frame.octets + ETHERNET + 6, from / 8 | (more ? 0x2000u : 0));
    }
    memcpy(at, whole->octets + ip + from, to - from);
    set_length(&frame, (size_t)(at - frame.octets) - ip + to - from);
    add_frame(p, &frame);
}

static void fragment(struct play *p, const uint8_t *e)
{
    const struct frame *whole = kept_frame(p, e[1]);
    if (!whole)
        return;
    const size_t octets = whole->count - ETHERNET - ip_octets(whole);
    const size_t size = 8 * (1 + (e[2] & 31u));
    const size_t count = (octets + size - 1) / size;
    const size_t overlap = e[2] & SCRIPT_FRAGMENT_OVERLAP ? 8 : 0;
    const size_t times = e[2] & SCRIPT_FRAGMENT_TWICE ? 2 : 1;
    for (size_t n = 0; n < count * times; n++) {
        const size_t i = n % count;
        if (e[3] & 1 << i % 8)
            continue;
        const size_t from =
            size * (e[2] & SCRIPT_FRAGMENT_BACKWARDS ? count - 1 - i : i);
        const size_t to = from + size + overlap;
        add_fragment(p, whole, from, to < octets ? to : octets);
    }
    p->ip_id++;
}

static void noise(struct play *p, const uint8_t *e)
{
    struct path path = path_of(p, SCRIPT_WHO(0, 1, 0, 0), false);
    struct frame frame = {.count = 0};
    switch (e[1] & 7) {
    case 0:
        frame_arp(&frame, &path);
        break;
    case 1:
        frame_ping(&frame, &path);
        break;
    case 2: /* an empty frame */
        break;
    case 3:
        frame_tcp(&frame, &path, &(struct tcp){.flags = TCP_ACK}, "", 0);
        break;
    default: { /* mDNS, LLMNR, NBNS, DNS over TLS */
        static const uint16_t ports[] = {5353, 5355, 137, 853};
        path.to_port = ports[e[1] & 3];
        frame_udp(&frame, &path, p->ip_id++, "", 0);
    }
    }
    add_frame(p, &frame);
}

/* --- streams --------------------------------------------------------------- */

static void send_segment(struct play *p, unsigned which, bool from_server,
                         uint8_t flags, size_t from, size_t to)
{
    const struct connection *c = &p->connections[which % CONNECTIONS];
    const struct stream *s = &c->streams[from_server];
    const struct stream *other = &c->streams[!from_server];
    const struct path path = path_of(p, c->who, from_server);
    const struct tcp tcp = {
        .sequence = s->start + (uint32_t)from - (flags & TCP_SYN ? 1 : 0),
        .acknowledged = other->start + (uint32_t)other->sent,
        .flags = flags,
    };
    struct frame frame;
    frame_tcp(&frame, &path, &tcp, s->octets + from, to - from);
    keep_frame(p, &frame);
}

static void open_connection(struct play *p, const uint8_t *e)
{
    struct connection *c = &p->connections[e[1] % CONNECTIONS];
    *c = (struct connection){.who = e[1]};
    /* Some streams wrap soon, some not at all. */
    c->streams[0].start = (uint32_t)0 - (uint32_t)e[3] * 8;
    c->streams[1].start = (uint32_t)e[3] << 24;
    if (e[2] & SCRIPT_OPEN_SILENT)
        return;
    send_segment(p, e[1], false, TCP_SYN, 0, 0);
    if (e[2] & SCRIPT_OPEN_SYN_ACK)
        send_segment(p, e[1], true, TCP_SYN | TCP_ACK, 0, 0);
    if (e[2] & SCRIPT_OPEN_ACK)
        send_segment(p, e[1], false, TCP_ACK, 0, 0);
    if (e[2] & SCRIPT_OPEN_RST)
        send_segment(p, e[1], true, PACKET_TCP_RST | TCP_ACK, 0, 0);
}

static struct stream *stream_of(struct play *p, uint8_t which)
{
    return &p->connections[which % CONNECTIONS].streams[which >> 2 & 1];
}

static void write_stream(struct play *p, const uint8_t *e)
{
    const struct message *m = kept_message(p, e[1]);
    struct stream *s = stream_of(p, e[2]);
    if (!m || STREAM_OCTETS - s->written < 2 + m->wire.count)
        return;
    const size_t said = m->wire.count ^ (e[3] < 128 ? 0 : e[3] & 127u);
    put16(s->octets + s->written, said);
    memcpy(s->octets + s->written + 2, m->wire.octets, m->wire.count);
    s->written += 2 + m->wire.count;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void send_stream(struct play *p, const uint8_t *e)
{
    struct stream *s = stream_of(p, e[1]);
    size_t from = s->sent;
    size_t len = e[3] * (e[2] & SCRIPT_SEND_LONG ? (size_t)8 : 1);
    if (len > 1400)
        len = 1400;
    if (e[2] & SCRIPT_SEND_AGAIN)
        from = s->last;
    if (e[2] & SCRIPT_SEND_OVERLAP)
        from -= least(from, e[2] >> 5);
    if (e[2] & SCRIPT_SEND_HOLE)
        from = least(s->written, from + 1 + (e[2] >> 5));
    const size_t to = least(s->written, from + len);
    const uint8_t flags = TCP_ACK | (e[2] & SCRIPT_SEND_FIN ? TCP_FIN : 0);
    send_segment(p, e[1], e[1] >> 2 & 1, flags, from, to);
    s->last = from;
    if (s->sent < to)
        s->sent = to;
}

static void control(struct play *p, const uint8_t *e)
{
    const bool from_server = e[1] >> 2 & 1;
    struct stream *s = stream_of(p, e[1]);
    struct stream *other = stream_of(p, e[1] ^ 4);
    const size_t sent = other->sent;
    /* Acknowledges less than was sent, or what nobody sent. */
    other->sent = e[3] < 128 ? sent - least(sent, e[3]) : sent + e[3] - 127;
    send_segment(p, e[1], from_server, e[2], s->sent, s->sent);
    other->sent = sent;
}

/* --- playing --------------------------------------------------------------- */

static void cut(struct play *p, const uint8_t *e)
{
    p->captured = ETHERNET + e[1];
}

static void (*const events[SCRIPT_EVENTS])(struct play *, const uint8_t *) = {
    [SCRIPT_ASK] = ask,
    [SCRIPT_ANSWER] = answer,
    [SCRIPT_AGAIN] = again,
    [SCRIPT_COPY] = copy,
    [SCRIPT_REFUSE] = refuse,
    [SCRIPT_FRAGMENT] = fragment,
    [SCRIPT_OPEN] = open_connection,
    [SCRIPT_WRITE] = write_stream,
    [SCRIPT_SEND] = send_stream,
    [SCRIPT_CONTROL] = control,
    [SCRIPT_RAW] = raw,
    [SCRIPT_CUT] = cut,
    [SCRIPT_NOISE] = noise,
    [SCRIPT_FLOOD] = flood,
};

/* What passes before an event. Clocks are set back, too. */
static const int64_t pauses_ns[16] = {
    0,     100000, 1000,  1 * MS, 4 * MS,   19 * MS, 49 * MS,  300 * MS,
    1 * S, 5 * S,  6 * S, 31 * S, 7200 * S, -1 * MS, -51 * MS, -3 * S,
};

static void begin(struct play *p)
{
    static const char *const names[NAMES] = {
        "a.example",
        "b.example",
        "web.default.svc.cluster.local",
        "web.svc.cluster.local",
        "web",
        "_sip._udp.a.example",
        "1.2.0.192.in-addr.arpa",
        "a-label-of-sixty-three-octets-which-is-the-most-that-may-stands.b",
    };
    for (size_t i = 0; i < NAMES; i++)
        p->names[i] = wire_name(names[i]);
    for (uint32_t i = 0; i < 2 * HOSTS; i++) {
        p->hosts[0][i] = host_v4(0x0a000001 + i);
        p->hosts[1][i] = host_v6(1, i);
    }
    p->now_ns = INT64_C(1700000000) * S;
    p->captured = SIZE_MAX;
}

void script_play(struct bytes script, struct file *out)
{
    struct play *p = calloc(1, sizeof *p);
    require(p);
    p->script = script;
    p->out = out;
    begin(p);
    file_begin(out, 1);
    while (p->script.len - p->at >= EVENT) {
        const uint8_t *e = script.data + p->at;
        p->at += EVENT;
        p->now_ns += pauses_ns[e[0] >> 4];
        events[(e[0] & 15) % SCRIPT_EVENTS](p, e);
    }
    free(p);
}
