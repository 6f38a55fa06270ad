/* TCP connections by scripts: which messages come out, with which frames, and
 * what every frame is counted as.
 *
 * A script is a list of segments, a word each, 1 ms apart:
 *
 *   >S <S          SYN from the client, SYN/ACK from the server
 *   >F >R          FIN, RST; each with an ACK
 *   >A12           an acknowledgement of everything before octet 12
 *   >0:q1          octets at offset 0 of the client's stream: message q1
 *   >0:q1q2        two of them; q1[5,9] are octets 5 to 8 of it, [5] the rest
 *   >0:x0016Ta_b   hexadecimal, and the text "a b"
 *   <0:r1=31       with an acknowledgement of the client's first 31 octets
 *   >0:q1/20       of which the capture holds 20
 *   >S0:q1         in a SYN
 *   ~500           half a second later; ~-500 the clock is set back
 *   !              the sequence numbers of a later connection from here on
 *
 * q1 is a query with ID 1, 31 octets with its length prefix; r1 its response,
 * 47; b1 a response of 3,002; z1 a message of 31 whose header is nonsense.
 *
 * Messages come out as "q1:4", with the frame that completed them, "q1:3-4"
 * with the frame of their first octet before it, "q1*4" when cut.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "packet/streams.h"
#include "packet/tcp.h"
#include "test_octets.h"
#include "test_random.h"

enum { CLIENT, SERVER };
enum { BIG_OCTETS = 3002, TEXT_OCTETS = 4096 };

/* --- messages ------------------------------------------------------------ */

static size_t put_question(uint8_t *out, size_t used, unsigned id,
                           const char *rest)
{
    used = octets_put(out, BIG_OCTETS, used, "0000");
    out[used - 1] = (uint8_t)id;
    used = octets_put(out, BIG_OCTETS, used, rest);
    return octets_put(out, BIG_OCTETS, used,
                      "03 777777 07 6578616d706c65 00 0001 0001");
}

/* Message `id` of `kind` with its prefix; returns its octets. */
static size_t make_message(char kind, unsigned id, uint8_t *out)
{
    size_t used = 2;
    switch (kind) {
    case 'q':
        used = put_question(out, used, id, "0100 0001 0000 0000 0000");
        break;
    case 'z':
        used = put_question(out, used, id, "7fff ffff ffff ffff ffff");
        break;
    default:
        used = put_question(out, used, id, "8180 0001 0001 0000 0000");
        used =
            octets_put(out, BIG_OCTETS, used, "c00c 0001 0001 0000003c 0004");
        used = octets_put(out, BIG_OCTETS, used, "0a000001");
        break;
    }
    if (kind == 'b') {
        memset(out + used, 0xfe, BIG_OCTETS - used);
        used = BIG_OCTETS;
    }
    out[0] = (uint8_t)((used - 2) >> 8);
    out[1] = (uint8_t)(used - 2);
    return used;
}

/* --- the connection ------------------------------------------------------ */

static const uint8_t addresses[2][4] = {{192, 0, 2, 1}, {198, 51, 100, 1}};
static const uint16_t ports[2] = {49152, 53};
static const int64_t start_ns = INT64_C(1600000000000000000);

struct play {
    struct packet_streams *streams;
    struct budget budget;
    int64_t now_ns;
    int64_t times_ns[1024]; /* of each frame */
    uint64_t frame;
    uint32_t isn[2];
    char messages[TEXT_OCTETS];
    char connections[TEXT_OCTETS];
};

static void append(char *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(char *text, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, TEXT_OCTETS - used, format, args);
    va_end(args);
}

static void open_play(struct play *p,
                      const struct packet_streams_limits *limits)
{
    *p = (struct play){
        .budget = {.limit = (size_t)64 << 20},
        .now_ns = start_ns,
        .isn = {UINT32_MAX - 10, 0x7ffffff0}, /* both wrap one way or other */
    };
    ck_assert_int_eq(
        packet_streams_new(&p->streams, limits, 7, &p->budget, NULL), ERR_OK);
}

static void note_message(struct play *p, const struct packet_tcp_message *m)
{
    const struct packet_datagram *d = &m->datagram;
    const uint8_t *payload = d->payload.data;
    const unsigned id = load_be16(payload);
    const int from = (payload[2] & 0x80) ? SERVER : CLIENT;
    char kind = from == SERVER ? 'r' : 'q';
    if (d->payload_octets == BIG_OCTETS - 2)
        kind = 'b';
    if (payload[2] == 0x7f)
        kind = 'z';
    uint8_t want[BIG_OCTETS];
    const size_t octets = make_message(kind, id, want);
    ck_assert_uint_eq(d->payload_octets, octets - 2);
    ck_assert_uint_le(d->payload.len, d->payload_octets);
    ck_assert_mem_eq(payload, want + 2, d->payload.len);
    ck_assert_int_eq(d->cut, d->payload.len < d->payload_octets);

    ck_assert_int_eq(d->transport, PACKET_TCP);
    ck_assert_uint_eq(d->address_octets, 4);
    ck_assert_mem_eq(d->source, addresses[from], 4);
    ck_assert_mem_eq(d->destination, addresses[!from], 4);
    ck_assert_uint_eq(d->source_port, ports[from]);
    ck_assert_uint_eq(d->destination_port, ports[!from]);
    ck_assert_uint_eq(d->vni, 42);
    ck_assert_int_eq(d->interface, from + 3);
    ck_assert_uint_eq(d->ip_ttl, 61);
    ck_assert_uint_eq(d->depth, 2);
    ck_assert_uint_eq(d->packet_type, 4);

    /* A query is sent when its last octet is, a response with its first. */
    ck_assert_int_eq(m->time_ns,
                     p->times_ns[from == SERVER ? m->first_frame : m->frame]);

    append(p->messages, "%s%c%u", *p->messages ? " " : "", kind, id);
    append(p->messages, "%c", d->cut ? '*' : ':');
    if (m->first_frame != m->frame)
        append(p->messages, "%u-", (unsigned)m->first_frame);
    append(p->messages, "%u", (unsigned)m->frame);
}

static void note_connection(struct play *p,
                            const struct packet_tcp_connection *c)
{
    static const char *const outcomes[] = {"connected", "refused",
                                           "unanswered"};
    ck_assert_mem_eq(c->client, addresses[CLIENT], 4);
    ck_assert_mem_eq(c->server, addresses[SERVER], 4);
    ck_assert_uint_eq(c->client_port, ports[CLIENT]);
    ck_assert_uint_eq(c->server_port, ports[SERVER]);
    append(p->connections, "%s%s %u syn, %d+%d", *p->connections ? "; " : "",
           outcomes[c->outcome], c->syns,
           (int)((c->syn_ns - c->first_ns) / 1000000),
           (int)((c->reply_ns - c->syn_ns) / 1000000));
    if (c->has_ack)
        append(p->connections, "+%d",
               (int)((c->ack_ns - c->reply_ns) / 1000000));
    append(p->connections, " ms");
}

static void listen(struct play *p)
{
    struct packet_tcp_message m;
    struct packet_tcp_connection c;
    while (packet_streams_next(p->streams, &m))
        note_message(p, &m);
    while (packet_streams_connection(p->streams, &c))
        note_connection(p, &c);
}

/* One segment; its octets lie in a box of their own, which is gone when the
 * next one is taken. */
static void play_segment(struct play *p, int from, uint8_t flags,
                         uint32_t offset, uint32_t ack, struct bytes octets,
                         uint32_t captured)
{
    const struct bytes box = octets_box(octets.data, captured);
    const uint32_t syn = (flags & PACKET_TCP_SYN) != 0;
    const struct packet_datagram d = {
        .payload = box,
        .payload_octets = (uint32_t)octets.len,
        .source = addresses[from],
        .destination = addresses[!from],
        .tcp_sequence = p->isn[from] + 1 + offset - syn,
        .tcp_ack = p->isn[!from] + 1 + ack,
        .source_port = ports[from],
        .destination_port = ports[!from],
        .vni = 42,
        .interface = (uint16_t)(from + 3),
        .ip_ttl = 61,
        .address_octets = 4,
        .depth = 2,
        .packet_type = 4,
        .transport = PACKET_TCP,
        .tcp_flags = flags,
        .cut = captured < octets.len,
    };
    p->now_ns += 1000000;
    p->times_ns[++p->frame] = p->now_ns;
    packet_streams_take(p->streams, &d, p->now_ns, p->frame);
    listen(p);
    octets_unbox(box);
}

static struct packet_streams_counters close_play(struct play *p)
{
    packet_streams_end(p->streams);
    listen(p);
    const struct packet_streams_counters counters =
        packet_streams_counters(p->streams);
    uint64_t frames = 0;
    for (int i = 0; i < PACKET_SEGMENT_FATES; i++)
        frames += counters.fates[i].frames;
    ck_assert_uint_eq(frames, p->frame);
    ck_assert_uint_eq(counters.waiting, 0);
    ck_assert_uint_eq(counters.octets, 0);
    ck_assert_uint_eq(counters.open, 0);
    packet_streams_free(p->streams);
    return counters;
}

/* --- scripts ------------------------------------------------------------- */

/* "q1[5,9]": appends its octets; returns what follows. */
static const char *put_message(const char *at, uint8_t *out, size_t *used)
{
    uint8_t message[BIG_OCTETS];
    char *end;
    const char kind = *at;
    size_t to =
        make_message(kind, (unsigned)strtoul(at + 1, &end, 10), message);
    size_t from = 0;
    if (*end == '[') {
        from = strtoul(end + 1, &end, 10);
        if (*end == ',')
            to = strtoul(end + 1, &end, 10);
        ck_assert_int_eq(*end++, ']');
    }
    memcpy(out + *used, message + from, to - from);
    *used += to - from;
    return end;
}

static const char *put_hex(const char *at, uint8_t *out, size_t *used)
{
    char hex[256] = "";
    const size_t len = strspn(at, "0123456789abcdef");
    ck_assert_uint_lt(len, sizeof hex);
    memcpy(hex, at, len);
    *used = octets_put(out, *used + sizeof hex, *used, hex);
    return at + len;
}

static const char *put_text(const char *at, uint8_t *out, size_t *used)
{
    for (; *at != ' ' && *at != '\0'; at++)
        out[(*used)++] = *at == '_' ? ' ' : (uint8_t)*at;
    return at;
}

static const char *put_payload(const char *at, uint8_t *out, size_t *used)
{
    while (isalpha((unsigned char)*at)) {
        if (*at == 'T')
            at = put_text(at + 1, out, used);
        else if (*at == 'x')
            at = put_hex(at + 1, out, used);
        else
            at = put_message(at, out, used);
    }
    return at;
}

static const char *play_word(struct play *p, const char *at)
{
    static uint8_t octets[8 * BIG_OCTETS];
    const int from = *at++ == '>' ? CLIENT : SERVER;
    uint8_t flags = from == SERVER ? PACKET_TCP_ACK : 0;
    if (*at == 'S')
        flags |= PACKET_TCP_SYN;
    else
        flags |= PACKET_TCP_ACK;
    if (*at == 'F')
        flags |= PACKET_TCP_FIN;
    if (*at == 'R')
        flags |= PACKET_TCP_RST;
    const bool only_ack = *at == 'A';
    at += isupper((unsigned char)*at) != 0;

    char *end;
    const uint32_t number = (uint32_t)strtoul(at, &end, 10);
    size_t used = 0, captured;
    uint32_t ack = only_ack ? number : 0;
    at = *end == ':' ? put_payload(end + 1, octets, &used) : end;
    captured = used;
    if (*at == '/') {
        captured = strtoul(at + 1, &end, 10);
        ck_assert_uint_le(captured, used);
        at = end;
    }
    if (*at == '=') {
        ack = (uint32_t)strtoul(at + 1, &end, 10);
        at = end;
    }
    play_segment(p, from, flags, only_ack ? 0 : number, ack,
                 (struct bytes){octets, used}, (uint32_t)captured);
    return at;
}

static void play_script(struct play *p, const char *at)
{
    for (; *at != '\0'; at += strspn(at, " ")) {
        char *end = NULL;
        if (*at == '~') {
            p->now_ns += (int64_t)strtol(at + 1, &end, 10) * 1000000;
            at = end;
        } else if (*at == '!') {
            p->isn[CLIENT] += 0x40000000;
            p->isn[SERVER] += 0x40000000;
            at++;
        } else {
            at = play_word(p, at);
        }
        ck_assert_msg(*at == ' ' || *at == '\0', "script at: %s", at);
    }
}

/* Fates as letters, in the order of enum packet_segment_fate. */
static const char *fates_text(const struct packet_streams_counters *c,
                              char *text)
{
    static const char letters[] = "DRCWUXKHTSF";
    static_assert(sizeof letters == PACKET_SEGMENT_FATES + 1,
                  "a letter for each fate");
    *text = '\0';
    for (int i = 0; i < PACKET_SEGMENT_FATES; i++)
        if (c->fates[i].frames)
            append(text, "%s%c%u", *text ? " " : "", letters[i],
                   (unsigned)c->fates[i].frames);
    return text;
}

#define HANDSHAKE ">S <S >A0 "

static const struct {
    const char *name;
    const char *script;
    const char *messages;
    const char *fates;
} rows[] = {
    {"a query and its response", HANDSHAKE ">0:q1 <0:r1=31", "q1:4 r1:5",
     "D2 C3"},
    {"a response in three segments",
     HANDSHAKE ">0:q1 <0:b1[0,1000] <1000:b1[1000,2000] <2000:b1[2000]",
     "q1:4 b1:5-7", "D4 C3"},
    {"two queries in a segment", HANDSHAKE ">0:q1q2", "q1:4 q2:4", "D1 C3"},
    {"the prefix in a segment of its own", HANDSHAKE ">0:q1[0,2] >2:q1[2]",
     "q1:4-5", "D2 C3"},
    {"the prefix in two segments", HANDSHAKE ">0:q1[0,1] >1:q1[1]", "q1:4-5",
     "D2 C3"},
    {"the end of one and the beginning of the next",
     HANDSHAKE ">0:q1q2[0,10] >41:q2[10]", "q1:4 q2:4-5", "D2 C3"},
    {"the prefix of the next at the end", HANDSHAKE ">0:q1q2[0,1] >32:q2[1]q3",
     "q1:4 q2:4-5 q3:5", "D2 C3"},
    {"pipelined, answered in another order",
     HANDSHAKE ">0:q1q2q3 <0:r3r1=93 <94:r2", "q1:4 q2:4 q3:4 r3:5 r1:5 r2:6",
     "D3 C3"},
    {"a transfer: many messages with one ID",
     HANDSHAKE ">0:q1 <0:r1b1[0,500] <547:b1[500]r1", "q1:4 r1:5 b1:5-6 r1:6",
     "D3 C3"},

    {"data in the SYN and in the SYN/ACK", ">S0:q1 <S0:r1=31", "q1:1 r1:2",
     "D2"},
    {"data in the SYN, repeated without the SYN", ">S0:q1 <S >0:q1", "q1:1",
     "D1 R1 C1"},
    {"a second SYN with the same number", ">S ~1000 >S <S >A0 >0:q1", "q1:5",
     "D1 C4"},
    {"the SYN captured behind its data", ">0:q1 >S >31:q2", "q1:1 q2:3",
     "D2 C1"},
    {"a new connection between the same ports",
     HANDSHAKE ">0:q1 >F <F ! " HANDSHAKE ">0:q2", "q1:4 q2:10", "D2 C8"},
    {"a new connection over an unfinished one",
     HANDSHAKE ">0:q1[0,20] ! " HANDSHAKE ">0:q2", "q2:8", "D1 C6 W1"},
    {"a new connection over one with a hole", HANDSHAKE ">5:q1[5]q2 ! >S >0:q3",
     "q3:6", "D1 C4 U1"},
    {"a new connection without its SYN", HANDSHAKE ">0:q1 ! >0:q2", "q1:4 q2:5",
     "D2 C3"},
    {"data behind the FIN of the other side",
     HANDSHAKE ">0:q1 >F <0:r1=31 <F >A47", "q1:4 r1:6", "D2 C6"},
    {"a copy behind the end", HANDSHAKE ">0:q1 >F <F >0:q1", "q1:4",
     "D1 R1 C5"},

    {"twice the same", HANDSHAKE ">0:q1 >0:q1 <0:r1=31", "q1:4 r1:6",
     "D2 R1 C3"},
    {"a part again, with more behind it", HANDSHAKE ">0:q1[0,20] >10:q1[10]",
     "q1:4-5", "D2 C3"},
    {"other octets over what is known",
     HANDSHAKE ">0:q1[0,20] >5:xffffffff "
               ">20:q1[20]",
     "q1:4-6", "D2 R1 C3"},
    {"a keep-alive of one octet", HANDSHAKE ">0:q1 >30:x00 >31:q2", "q1:4 q2:6",
     "D2 R1 C3"},
    {"out of order", HANDSHAKE ">20:q1[20] >0:q1[0,20]", "q1:5", "D2 C3"},
    {"backwards in three, then a whole one",
     HANDSHAKE ">25:q1[25]q2 >10:q1[10,25] >0:q1[0,10]", "q1:6 q2:4", "D3 C3"},
    {"early octets keep theirs over later ones",
     HANDSHAKE ">10:q1[10] >0:q1[0,10]xffffffffff", "q1:5", "D2 C3"},
    {"an early segment twice", HANDSHAKE ">20:q1[20] >20:q1[20] >0:q1[0,20]",
     "q1:6", "D2 R1 C3"},

    {"a hole that the other side acknowledges",
     HANDSHAKE ">0:q1 >62:q3 <A93 >93:q4", "q1:4 q3:5 q4:7", "D3 C4"},
    {"... by its answer, which comes second", HANDSHAKE ">31:q2 <0:r1=62",
     "q2:4 r1:5", "D2 C3"},
    {"a hole that is acknowledged too little is left open",
     HANDSHAKE ">0:q1 >62:q3 <A61 >31:q2", "q1:4 q2:7 q3:5", "D3 C4"},
    {"a hole that fills late", HANDSHAKE ">31:q2 ~9000 >62:q3 ~500 >0:q1",
     "q1:6 q2:4 q3:5", "D3 C3"},
    {"a hole that is too old after the clock was set back",
     HANDSHAKE ">31:q2 ~-3600000 >A0 ~11000 >62:q3 ~500 >0:q1", "q2:4 q3:6",
     "D2 R1 C4"},
    {"a hole that is too old", HANDSHAKE ">31:q2 ~11000 >62:q3", "q2:4 q3:5",
     "D2 C3"},
    {"a hole at the end of the capture", HANDSHAKE ">31:q2", "q2:4", "D1 C3"},
    {"a hole at a reset", HANDSHAKE ">31:q2 >R", "q2:4", "D1 C4"},
    {"a hole inside a message",
     HANDSHAKE "<0:b1[0,1000] <2000:b1[2000]r2 >A2049", "b1*4 r2:5", "D2 C4"},
    {"... whose header is in the hole",
     HANDSHAKE "<0:r1[0,10] <20:r1[20]r2 >A94", "r2:5", "D1 C4 W1"},
    {"... and whose end comes in three segments",
     HANDSHAKE "<0:b1[0,1000] <2000:b1[2000,2500] <2500:b1[2500,2900] "
               "<2900:b1[2900]r2 >A3049",
     "b1*4 r2:7", "D4 C4"},
    {"a hole over the end of a message, then one at a segment's start",
     HANDSHAKE ">0:q1[0,20] >31:q2 >A0 <A62", "q1*4 q2:5", "D2 C5"},
    {"a hole over the beginning of a message",
     HANDSHAKE ">0:q1 >40:q2[9] >62:q3 <A93", "q1:4 q3:6", "D2 C4 U1"},
    {"two holes", HANDSHAKE ">0:q1 >62:q3 >124:q5 <A155", "q1:4 q3:5 q5:6",
     "D3 C4"},
    {"a message that ends in a hole where the next does not begin",
     HANDSHAKE ">0:q1q2[0,10] >58:q3 <A89", "q1:4 q3:5", "D2 C4"},

    {"from the middle", ">31:q2 <47:r2=62 >62:q3", "q2:1 r2:2 q3:3", "D3"},
    {"from the middle of a message", ">10:q1[10] >31:q2", "q2:2", "D1 U1"},
    {"from the middle, the prefix alone", ">31:q2[0,2] >33:q2[2]", "q2:1-2",
     "D2"},
    {"from the middle, an octet each at first",
     ">31:q2[0,1] >32:q2[1,2] >33:q2[2,3] >34:q2[3]", "q2:1-4", "D4"},
    {"from the middle, what looks like a prefix and is none",
     ">10:x0020 >12:q1[12] >31:q2", "q2:3", "D1 U2"},
    {"from the middle, an answer to nobody",
     "<1000:b1[1000,2000] <2000:b1[2000]"
     " <3002:r2",
     "r2:3", "D1 U2"},

    {"cut inside a message", HANDSHAKE ">0:q1/20 >31:q2/20 >62:q3",
     "q1*4 q2*5 "
     "q3:6",
     "D3 C3"},
    {"cut to the header", HANDSHAKE ">0:q1/14 <0:r1/14", "q1*4 r1*5", "D2 C3"},
    {"cut before the header ends", HANDSHAKE ">0:q1/13 <0:r1/2", "", "C3 K2"},
    {"cut to nothing", HANDSHAKE ">0:q1/0 >31:q2/0", "", "C3 K2"},
    {"cut in the second of two", HANDSHAKE ">0:q1q2/50 >62:q3",
     "q1:4 q2*4 q3:5", "D2 C3"},
    {"cut in the first of two", HANDSHAKE ">0:q1q2/20 >62:q3", "q1*4 q3:5",
     "D2 C3"},
    {"cut, and early", HANDSHAKE ">31:q2/20 >0:q1 >62:q3", "q1:5 q2*4 q3:6",
     "D3 C3"},
    {"cut, and repeated whole", HANDSHAKE ">0:q1/20 >0:q1", "q1*4", "D1 R1 C3"},
    {"cut to nothing, and early", HANDSHAKE ">31:q2/0 >0:q1", "q1:5",
     "D1 C3 K1"},
    {"a response in cut segments",
     HANDSHAKE "<0:b1[0,1000]/90 <1000:b1[1000,2000]/90 <2000:b1[2000]/90 "
               "<3002:r2/20",
     "b1*4 r2*7", "D4 C3"},
    {"from the middle, HTTP", ">31:q2 ! >10:TGET_/ >16:q1", "q2:1", "D1 H2"},
    {"a new connection without its SYN, over one with a hole",
     HANDSHAKE ">5:q1[5] ! >0:q2", "q2:5", "D1 C3 W1"},
    {"behind a hole, no message where one should begin",
     HANDSHAKE "<0:r1[0,20] <30:r1[30] <47:x00051122334455 >A54", "r1*4",
     "D2 C4 U1"},
    {"from the middle, cut", ">31:q2/20 >62:q3/20", "q2*1 q3*2", "D2"},

    {"length 0", HANDSHAKE ">0:x0000 >2:q1", "q1:5", "D1 C3 X1"},
    {"length 0 between two", HANDSHAKE ">0:q1x0000q2", "q1:4 q2:4", "D1 C3"},
    {"a message of 5 octets", HANDSHAKE ">0:x00050102030405 >7:q1", "q1:5",
     "D1 C3 X1"},
    {"a message of 5 octets in two parts",
     HANDSHAKE ">0:x000501 >3:x02030405 >7:q1", "q1:6", "D1 C3 X2"},
    {"nonsense in the header, but whole", HANDSHAKE ">0:z1z2", "z1:4 z2:4",
     "D1 C3"},
    {"nonsense in the header, in parts, but short",
     HANDSHAKE ">0:z1[0,20] >20:z1[20]q2", "z1:4-5 q2:5", "D2 C3"},
    {"never finished", HANDSHAKE ">0:q1[0,20] >20:q1[20,30]", "", "C3 W2"},
    {"never finished, reset", HANDSHAKE ">0:q1[0,20] <R", "", "C4 W1"},
    {"a reset with a remark", HANDSHAKE ">0:q1 <R0:Tgo_away", "q1:4", "D1 C4"},

    {"HTTP", HANDSHAKE ">0:TGET_/_HTTP/1.1 <0:THTTP/1.1_400", "", "C3 H2"},
    {"TLS", HANDSHAKE ">0:x16030100050100 >7:x00000000", "", "C3 T2"},
    {"SSH", HANDSHAKE ">0:TSSH-2.0 <0:TSSH-2.0 >7:q1", "", "C3 S3"},
    {"text", HANDSHAKE "<0:TMicrosoft_Windows_XP >0:Tdir >3:Texit", "",
     "C3 F3"},
    {"text, then DNS after all", HANDSHAKE ">0:TMicrosoft_Windows >17:q1",
     "q1:5", "D1 C3 F1"},
    {"text, then DNS, then cut",
     HANDSHAKE ">0:TMicrosoft_Windows >17:q1 >48:q2/5", "q1:5", "D1 C3 K1 F1"},
    {"what claims 65,535 octets of nothing",
     HANDSHAKE ">0:xffff78787878787878787878787878 >15:x7878", "", "C3 F2"},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static struct packet_streams_limits roomy(void)
{
    return packet_streams_limits_of((size_t)8 << 20);
}

START_TEST(each_script_gives_its_messages_and_fates)
{
    const struct packet_streams_limits limits = roomy();
    struct play p;
    open_play(&p, &limits);
    play_script(&p, rows[_i].script);
    const struct packet_streams_counters c = close_play(&p);
    char text[TEXT_OCTETS];
    ck_assert_msg(strcmp(p.messages, rows[_i].messages) == 0, "%s: %s",
                  rows[_i].name, p.messages);
    ck_assert_msg(strcmp(fates_text(&c, text), rows[_i].fates) == 0, "%s: %s",
                  rows[_i].name, text);
}
END_TEST

static const struct {
    const char *name;
    const char *script;
    const char *connections;
} handshakes[] = {
    {"three steps", ">S ~20 <S ~4 >A0 >0:q1", "connected 1 syn, 0+21+5 ms"},
    {"told once", HANDSHAKE ">A0 <S >A0 <A0", "connected 1 syn, 0+1+1 ms"},
    {"the ACK brings data", ">S <S >0:q1", "connected 1 syn, 0+1+1 ms"},
    {"the ACK was not captured", ">S <S", "connected 1 syn, 0+1 ms"},
    {"the SYN repeated after the clock was set back",
     ">S ~-3600000 >S ~20 <S >A0", "connected 2 syn, -3599999+21+1 ms"},
    {"the SYN repeated", ">S ~999 >S ~1999 >S <S >A0",
     "connected 3 syn, 3000+1+1 ms"},
    {"a copy of the SYN", ">S >S <S <S >A0", "connected 1 syn, 0+2+2 ms"},
    {"refused", ">S <R", "refused 1 syn, 0+1 ms"},
    {"refused, and tried again", ">S <R ! ~500 >S <S >A0",
     "refused 1 syn, 0+1 ms; connected 1 syn, 0+1+1 ms"},
    {"a reset afterwards", HANDSHAKE "<R", "connected 1 syn, 0+1+1 ms"},
    {"a reset of something else", ">S ! <R", "unanswered 1 syn, 0+1 ms"},
    {"never answered", ">S ~999 >S ~1999 >S ~3999 >S",
     "unanswered 4 syn, 7000+0 ms"},
    {"never answered, and another from the port",
     ">S ~999 >S ! ~59999 >S <S "
     ">A0",
     "unanswered 2 syn, 1000+60000 ms; connected 1 syn, 0+1+1 ms"},
    {"the answer was not captured", ">S ~20 >A0 >0:q1", ""},
    {"from the middle", ">0:q1 <0:r1=31", ""},
};
enum { HANDSHAKES = sizeof handshakes / sizeof handshakes[0] };

START_TEST(each_handshake_is_told_once)
{
    const struct packet_streams_limits limits = roomy();
    struct play p;
    open_play(&p, &limits);
    play_script(&p, handshakes[_i].script);
    (void)close_play(&p);
    ck_assert_msg(strcmp(p.connections, handshakes[_i].connections) == 0,
                  "%s: %s", handshakes[_i].name, p.connections);
}
END_TEST

START_TEST(connections_are_counted_by_how_they_began_and_ended)
{
    const struct packet_streams_limits limits = roomy();
    struct play p;
    open_play(&p, &limits);
    play_script(&p,
                HANDSHAKE ">0:q1 >R ! >S <R ! >S ~1000 >S ! >0:q1 ~1 >0:q1");
    const struct packet_streams_counters c = close_play(&p);
    ck_assert_uint_eq(c.connections, 3); /* the data is taken for the third's */
    ck_assert_uint_eq(c.midstream, 0);
    ck_assert_uint_eq(c.connected, 1);
    ck_assert_uint_eq(c.resets, 1);
    ck_assert_uint_eq(c.refused, 1);
    ck_assert_uint_eq(c.repeated_syns, 1);
}
END_TEST

/* --- every order --------------------------------------------------------- */

enum { MESSAGES = 40, SLICES = 400 };

struct slice {
    uint32_t at, len;
};

/* Cuts `octets` into slices of 1 to `most`, some of them again with a part of
 * what is around them. Returns how many. */
static size_t slice_up(uint64_t *state, uint32_t octets, size_t most,
                       struct slice *out)
{
    size_t n = 0;
    for (uint32_t at = 0; at < octets; n++) {
        uint32_t len = (uint32_t)(1 + random_below(state, most));
        if (len > octets - at)
            len = octets - at;
        out[n] = (struct slice){at, len};
        at += len;
        if (random_below(state, 4) == 0 && n + 2 < SLICES) {
            n++;
            const uint32_t back = (uint32_t)random_below(state, at);
            out[n] = (struct slice){back, at - back < 90 ? at - back : 90};
        }
        ck_assert_uint_lt(n, SLICES);
    }
    return n;
}

/* Moves each slice at most `far` places. */
static void disorder(uint64_t *state, struct slice *slices, size_t n,
                     size_t far)
{
    for (size_t i = 0; i + 1 < n; i++) {
        const size_t reach = n - i < far ? n - i : far;
        const size_t j = i + random_below(state, reach);
        const struct slice other = slices[i];
        slices[i] = slices[j];
        slices[j] = other;
    }
}

enum { SEEDS = 100 };

/* A stream of MESSAGES queries, cut up by `state` and put into some order. */
struct stream {
    uint8_t octets[MESSAGES * 31];
    struct slice slices[SLICES];
    size_t n;
};

static void make_stream(struct stream *s, uint64_t *state, size_t far)
{
    uint32_t used = 0;
    for (unsigned id = 1; id <= MESSAGES; id++)
        used += (uint32_t)make_message('q', id, s->octets + used);
    s->n = slice_up(state, used, 8 + random_below(state, 80), s->slices);
    disorder(state, s->slices, s->n, 1 + random_below(state, far));
}

static void play_slice(struct play *p, const struct stream *s, size_t i,
                       uint32_t captured)
{
    const struct slice *slice = &s->slices[i];
    play_segment(p, CLIENT, PACKET_TCP_ACK, slice->at, 0,
                 (struct bytes){s->octets + slice->at, slice->len}, captured);
}

/* The messages of a play without their frames. */
static void strip_frames(char *messages)
{
    char *out = messages;
    for (const char *at = messages; *at != '\0'; at++) {
        if (*at == ':')
            at += strcspn(at, " ");
        *out++ = *at;
        if (*at == '\0')
            return;
    }
    *out = '\0';
}

/* Whatever the cutting, order and repetition, what went in comes out: once, in
 * order, and nothing waits for anything. */
START_TEST(any_order_and_cutting_gives_the_same_messages)
{
    static struct stream s;
    const struct packet_streams_limits limits = roomy();
    char want[TEXT_OCTETS] = "";
    for (unsigned id = 1; id <= MESSAGES; id++)
        append(want, "%sq%u", *want ? " " : "", id);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t state = seed;
        make_stream(&s, &state, SLICES);
        struct play p;
        open_play(&p, &limits);
        play_script(&p, HANDSHAKE);
        for (size_t i = 0; i < s.n; i++)
            play_slice(&p, &s, i, s.slices[i].len);
        ck_assert_uint_eq(packet_streams_counters(p.streams).waiting, 0);
        const struct packet_streams_counters c = close_play(&p);
        strip_frames(p.messages);
        ck_assert_str_eq(p.messages, want);
        ck_assert_uint_eq(c.fates[PACKET_SEGMENT_DNS].frames +
                              c.fates[PACKET_SEGMENT_REPEATED].frames,
                          s.n);
        ck_assert_uint_eq(c.stream.holes, 0);
    }
}
END_TEST

/* With segments left out or cut, too: everything adds up, and what comes out is
 * what went in, or a part of it (note_message() compares). */
START_TEST(lost_segments_never_make_a_message_of_something_else)
{
    static struct stream s;
    const struct packet_streams_limits limits = roomy();
    uint64_t messages = 0, holes = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t state = seed;
        make_stream(&s, &state, 5);
        struct play p;
        open_play(&p, &limits);
        play_script(&p, HANDSHAKE);
        for (size_t i = 0; i < s.n; i++) {
            const uint32_t len = s.slices[i].len;
            const size_t luck = random_below(&state, 10);
            if (luck > 1)
                play_slice(&p, &s, i, luck > 2 ? len : len / 2);
            if (luck == 9)
                play_segment(&p, SERVER, PACKET_TCP_ACK, 0, s.slices[i].at,
                             (struct bytes){s.octets, 0}, 0);
        }
        const struct packet_streams_counters c = close_play(&p);
        messages += c.stream.messages;
        holes += c.stream.holes;
    }
    ck_assert_uint_gt(messages, SEEDS * 2);
    ck_assert_uint_gt(holes, SEEDS * 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("packet/streams");
    TCase *tc = tcase_create("scripts");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, each_script_gives_its_messages_and_fates, 0, ROWS);
    tcase_add_loop_test(tc, each_handshake_is_told_once, 0, HANDSHAKES);
    tcase_add_test(tc, connections_are_counted_by_how_they_began_and_ended);
    tcase_add_test(tc, any_order_and_cutting_gives_the_same_messages);
    tcase_add_test(tc, lost_segments_never_make_a_message_of_something_else);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
