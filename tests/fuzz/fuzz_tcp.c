/* libFuzzer: TCP connections, from a byte string read as a list of segments.
 *
 * Each segment is a few octets of control: who sends it, where in the stream,
 * how much of it, how much was captured. Its payload comes from the input, or
 * from a tape that holds what belongs at each sequence number: DNS messages
 * over and over. Eight connections share a small table and little memory, so
 * that eviction, refusal and expiry happen.
 *
 * Every frame must have one fate in the end, nothing may be left behind, and a
 * connection that carried nothing but its tape hands out nothing but its
 * messages, or parts of them, whatever was lost, repeated or out of order.
 */
#include <stdlib.h>

#include "packet/streams.h"
#include "packet/tcp.h"

enum { SEGMENTS_MAX = 4096, CONNECTIONS = 8 };
enum { TAPE_OCTETS = 1024 }; /* divides 2^32: sequence numbers may wrap */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* --- the tape ------------------------------------------------------------ */

static const uint8_t query[] =
    "\0\x1d\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\7example\0\0\1\0\1";
static const uint8_t transfer[] = /* later messages have no question */
    "\0\x27\x12\x34\x84\0\0\0\0\1\0\0\0\0\1a\7example\0\0\1\0\1\0\0\0\x3c\0\4"
    "\n\0\0\1";
static const uint8_t empty[] = "\0\0";
static const uint8_t runt[] = "\0\5short";
static const uint8_t last_head[] =
    "\0\0\x56\x78\x81\x80\0\1\0\1\0\0\0\0\3www\7example\0\0\x10\0\1";

static struct tape {
    uint8_t octets[TAPE_OCTETS];
    uint32_t starts[8]; /* of messages */
    size_t count;
} tape;

static uint32_t put_message(uint32_t at, const uint8_t *message, size_t octets)
{
    memcpy(tape.octets + at, message, octets);
    tape.starts[tape.count++] = at;
    return at + (uint32_t)octets;
}

static void make_tape(void)
{
    uint32_t at = 0;
    at = put_message(at, query, sizeof query - 1);
    at = put_message(at, transfer, sizeof transfer - 1);
    at = put_message(at, empty, sizeof empty - 1);
    at = put_message(at, query, sizeof query - 1);
    at = put_message(at, runt, sizeof runt - 1);
    const uint32_t last = at;
    at = put_message(at, last_head, sizeof last_head - 1);
    memset(tape.octets + at, 0xfe, TAPE_OCTETS - at);
    tape.octets[last] = (uint8_t)((TAPE_OCTETS - last - 2) >> 8);
    tape.octets[last + 1] = (uint8_t)(TAPE_OCTETS - last - 2);
}

static bool is_start(uint32_t sequence)
{
    for (size_t i = 0; i < tape.count; i++)
        if (tape.starts[i] == sequence % TAPE_OCTETS)
            return true;
    return false;
}

static bool is_on_tape(const struct packet_datagram *d)
{
    for (size_t i = 0; i < tape.count; i++) {
        const uint8_t *message = tape.octets + tape.starts[i];
        if (load_be16(message) == d->payload_octets &&
            memcmp(message + 2, d->payload.data, d->payload.len) == 0)
            return true;
    }
    return false;
}

/* --- playing ------------------------------------------------------------- */

struct input {
    const uint8_t *at, *end;
};

static uint8_t octet(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

struct state {
    struct packet_streams *streams;
    struct budget budget;
    int64_t now_ns;
    uint64_t frames, messages;
    struct side {
        uint32_t next; /* sequence number behind what was sent */
        bool dirty;    /* carried something else than the tape */
    } sides[CONNECTIONS][2];
};

static const uint16_t ports[2] = {1024, 53};

static uint64_t touch(struct bytes octets)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < octets.len; i++)
        sum = sum * 31 + octets.data[i];
    return sum;
}

static void see_message(struct state *s, const struct packet_tcp_message *m)
{
    const struct packet_datagram *d = &m->datagram;
    require(d->transport == PACKET_TCP);
    require(d->payload.len >= 12 && d->payload.len <= d->payload_octets);
    require(d->payload_octets <= 65535);
    require(d->cut == (d->payload.len < d->payload_octets));
    require(m->frame >= 1 && m->frame <= s->frames);
    require(m->first_frame >= 1 && m->first_frame <= s->frames);
    (void)touch(d->payload);
    (void)touch((struct bytes){d->source, d->address_octets});
    (void)touch((struct bytes){d->destination, d->address_octets});

    const unsigned side = d->source_port == ports[1];
    const uint8_t *client = side ? d->destination : d->source;
    require(client[1] < CONNECTIONS);
    require(s->sides[client[1]][side].dirty || is_on_tape(d));
    s->messages++;
}

static void drain(struct state *s)
{
    struct packet_tcp_message m;
    struct packet_tcp_connection c;
    while (packet_streams_next(s->streams, &m))
        see_message(s, &m);
    while (packet_streams_connection(s->streams, &c)) {
        require(c.syns >= 1 && c.outcome <= PACKET_TCP_UNANSWERED);
        (void)touch((struct bytes){c.client, c.address_octets});
        (void)touch((struct bytes){c.server, c.address_octets});
    }
}

/* How far a segment begins from the end of what its side sent. */
static uint32_t jump(struct input *in, uint8_t control)
{
    switch (control & 3) {
    case 0:
        return 0;
    case 1: /* ahead, over a hole */
        return octet(in);
    case 2: /* again */
        return 0u - octet(in);
    default: /* anywhere */
        return (uint32_t)octet(in) << 24 | (uint32_t)octet(in) << 12;
    }
}

static uint8_t flags_of(uint8_t control)
{
    if (control & 0x80) /* most segments are plain */
        return PACKET_TCP_ACK;
    return control >> 2 &
           (PACKET_TCP_FIN | PACKET_TCP_SYN | PACKET_TCP_RST | PACKET_TCP_ACK);
}

static void fill_payload(struct input *in, struct side *side, bool raw,
                         uint32_t sequence, uint8_t *out, uint32_t octets)
{
    side->dirty |= raw && octets > 0;
    for (uint32_t i = 0; i < octets; i++)
        out[i] = raw ? octet(in) : tape.octets[(sequence + i) % TAPE_OCTETS];
}

/* Bits of `who`: 0-2 connection, 3 side, 4 long, 5 cut, 6 raw, 7 time passes.
 * The payload has a box of its own, so that reading behind it shows. */
static void one_segment(struct state *s, struct input *in)
{
    const uint8_t who = octet(in), control = octet(in);
    const unsigned connection = who & 7, from = who >> 3 & 1;
    struct side *side = &s->sides[connection][from];
    const uint8_t flags = flags_of(control);
    const uint32_t syn = (flags & PACKET_TCP_SYN) != 0;
    const uint32_t sequence = side->next + jump(in, control);
    const uint32_t octets = (uint32_t)octet(in) << (who & 0x10 ? 4 : 0);
    uint32_t captured = who & 0x20 ? octet(in) : octets;
    if (captured > octets)
        captured = octets;
    const uint32_t ack_back = who & 0x20 ? octet(in) : 0;
    if (who & 0x80)
        s->now_ns += (int64_t)octet(in) * 1000000000;

    uint8_t *box = malloc(captured + 1u);
    require(box);
    fill_payload(in, side, who & 0x40, sequence + syn, box, captured);
    side->dirty |= syn && !is_start(sequence + syn);
    const uint8_t addresses[2][16] = {{1, (uint8_t)connection}, {2}};
    const struct packet_datagram d = {
        .payload = {box, captured},
        .payload_octets = octets,
        .source = addresses[from],
        .destination = addresses[!from],
        .tcp_sequence = sequence,
        .tcp_ack = s->sides[connection][!from].next - ack_back,
        .source_port = ports[from],
        .destination_port = ports[!from],
        .address_octets = connection & 1 ? 16 : 4,
        .transport = PACKET_TCP,
        .tcp_flags = flags,
        .cut = captured < octets,
    };
    if ((control & 3) != 2)
        side->next = sequence + syn + octets;
    packet_streams_take(s->streams, &d, s->now_ns, ++s->frames);
    drain(s);
    free(box);
}

static void check_counters(const struct state *s, size_t table,
                           const struct packet_streams_limits *limits)
{
    const struct packet_streams_counters c =
        packet_streams_counters(s->streams);
    uint64_t frames = c.waiting;
    for (int i = 0; i < PACKET_SEGMENT_FATES; i++)
        frames += c.fates[i].frames;
    require(frames == s->frames);
    require(c.octets <= limits->octets);
    require(s->budget.used == table + c.octets);
    require(c.open <= limits->connections);
    require(c.stream.messages == s->messages);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (tape.count == 0)
        make_tape();
    struct input in = {data, data + size};
    const uint8_t sizes = octet(&in);
    const struct packet_streams_limits limits = {
        .connections = 1 + (sizes & 7), .octets = (size_t)16 << (sizes >> 4)};
    struct state s = {.budget = {.limit = (size_t)16 << 20}};
    require(packet_streams_new(&s.streams, &limits, 1, &s.budget, NULL) ==
            ERR_OK);
    const size_t table = s.budget.used;
    while (in.at < in.end && s.frames < SEGMENTS_MAX) {
        one_segment(&s, &in);
        check_counters(&s, table, &limits);
    }
    packet_streams_end(s.streams);
    drain(&s);
    check_counters(&s, table, &limits);
    const struct packet_streams_counters c = packet_streams_counters(s.streams);
    require(c.waiting == 0 && c.octets == 0 && c.open == 0);
    packet_streams_free(s.streams);
    require(s.budget.used == table);
    return 0;
}
