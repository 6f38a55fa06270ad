/* libFuzzer: fragments, from a byte string read as a list of them.
 *
 * Four octets a fragment: which datagram, where in it, how long, how much was
 * captured, whether more follows, and how much time has passed. Its octets are
 * its number mixed with the place, so that one of them tells who sent it. A
 * small table and little memory, so that eviction and refusal happen.
 *
 * Every frame must get one fate, nothing may be left behind, and a datagram
 * holds only octets that were sent at their places under its identification.
 */
#include "packet/fragment.h"
#include "packet/ip.h"
#include "require.h"

enum { FRAMES_MAX = 4096, HEADER = 8, IDS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sent {
    uint32_t from, captured; /* place, and where the capture ended */
    uint8_t id, kind;        /* kind: whose UDP header it begins with */
    bool ipv6;
};

static uint8_t octet_of(uint64_t frame, const struct sent *s, uint32_t at)
{
    /* To port 53, to another, TCP, and a length that is not its own. */
    static const uint8_t headers[4][HEADER] = {
        {0xc0, 0, 0, 53, 1, 0, 0, 0},
        {0xc0, 0, 0, 54, 1, 0, 0, 0},
        {0xc0, 0, 0, 53, 0, 0, 0, 1},
        {0xc0, 0, 0, 53, 0, 7, 0, 0},
    };
    if (at < HEADER)
        return headers[s->kind][at];
    return (uint8_t)((frame * 167) ^ (at * 13));
}

static struct sent sent[FRAMES_MAX + 1]; /* by frame, from 1 */

static const uint8_t addresses[2][16] = {{10, 1}, {10, 2}};

/* The fragment that four octets spell, in `payload` of its own. */
static struct packet_datagram spell(const uint8_t *four, uint64_t frame,
                                    uint8_t **payload)
{
    struct sent *s = &sent[frame];
    const bool more = four[3] & 1;
    const uint32_t units = 1 + four[2] % 64;
    uint32_t octets = more ? units * 8 : units * 8 - four[3] / 64;
    s->from = four[1] * 8u;
    if (four[3] & 2) /* at the far end */
        s->from = (PACKET_IP_OCTETS_MAX / 8 - four[1] % 16) * 8u;
    if (octets > PACKET_IP_OCTETS_MAX - s->from)
        octets = (PACKET_IP_OCTETS_MAX - s->from) / 8 * 8;
    if (octets == 0)
        octets = more ? 0 : PACKET_IP_OCTETS_MAX - s->from;
    s->id = four[0] % IDS;
    s->ipv6 = four[0] & 8;
    s->kind = (four[0] >> 4 & 1) | (four[3] & 32 && four[3] & 16 ? 2 : 0);
    uint32_t captured = octets;
    if ((four[3] & 28) == 28)
        captured = octets * four[2] / 256;
    s->captured = s->from + captured;

    *payload = malloc(captured + 1); /* not of no octets */
    require(*payload);
    for (uint32_t i = 0; i < captured; i++)
        (*payload)[i] = octet_of(frame, s, s->from + i);
    return (struct packet_datagram){
        .payload = {*payload, captured},
        .payload_octets = octets,
        .source = addresses[0],
        .destination = addresses[1],
        .address_octets = s->ipv6 ? 16 : 4,
        .cut = captured < octets,
        .fragment = {.id = s->id,
                     .offset = (uint16_t)s->from,
                     .protocol = s->kind == 2 ? PACKET_PROTOCOL_TCP
                                              : PACKET_PROTOCOL_UDP,
                     .more = more},
    };
}

/* Whether a frame of the same datagram, not later than `last`, has sent it. */
static bool was_sent(const struct sent *like, uint64_t last, uint32_t at,
                     uint8_t octet)
{
    for (uint64_t frame = 1; frame <= last; frame++) {
        const struct sent *s = &sent[frame];
        if (s->id == like->id && s->ipv6 == like->ipv6 && at >= s->from &&
            at < s->captured && octet_of(frame, s, at) == octet)
            return true;
    }
    return false;
}

static void look(const struct packet_whole *whole, uint64_t last)
{
    const struct packet_datagram *d = &whole->datagram;
    require(whole->frames > 0 && whole->frames <= last);
    require(whole->first_frame >= 1 && whole->first_frame <= last);
    if (!whole->has_datagram)
        return;
    const struct sent *s = &sent[whole->frame];
    require(d->address_octets == (s->ipv6 ? 16 : 4));
    require(memcmp(d->source, addresses[0], d->address_octets) == 0);
    require(memcmp(d->destination, addresses[1], d->address_octets) == 0);
    require(d->payload.len <= d->payload_octets);
    require(d->cut == (d->payload.len < d->payload_octets));
    if (d->transport != PACKET_UDP)
        return; /* its header is made of octets of any frame */
    require(d->source_port == 0xc000 && d->destination_port == 53);
    require(d->payload_octets == 256 - HEADER);
    for (uint32_t i = 0; i < d->payload.len; i += 5)
        require(was_sent(s, last, HEADER + i, d->payload.data[i]));
}

/* Frames that have got their fate. */
static uint64_t hear(struct packet_fragments *fragments, uint64_t last)
{
    struct packet_whole whole;
    uint64_t settled = 0;
    while (packet_fragments_next(fragments, &whole)) {
        look(&whole, last);
        settled += whole.frames;
    }
    return settled;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct budget budget = {.limit = 1 << 20};
    struct packet_ports ports = {{0}};
    packet_ports_add(&ports, 53);
    if (size < 1)
        return 0;
    const struct packet_fragments_limits limits = {
        .datagrams = 1 + data[0] % 8,
        .octets = 512u << data[0] % 5,
        .patience_ns = 1000,
    };
    struct packet_fragments *fragments;
    require(packet_fragments_new(&fragments, &limits, &ports, data[0], &budget,
                                 NULL) == ERR_OK);
    uint64_t frame = 0, settled = 0;
    int64_t now_ns = 0;
    for (size_t at = 1; at + 4 <= size && frame < FRAMES_MAX; at += 4) {
        uint8_t *payload;
        const struct packet_datagram d = spell(data + at, frame + 1, &payload);
        now_ns += (data[at] >> 5) * 50;
        if (d.payload_octets > 0) {
            packet_fragments_take(fragments, &d, now_ns, ++frame);
            settled += hear(fragments, frame);
        }
        free(payload);
        const struct packet_fragments_counters c =
            packet_fragments_counters(fragments);
        require(c.waiting == frame - settled);
        require(c.open <= limits.datagrams && c.octets <= limits.octets);
    }
    packet_fragments_end(fragments);
    settled += hear(fragments, frame);
    require(settled == frame);
    const struct packet_fragments_counters c =
        packet_fragments_counters(fragments);
    require(c.waiting + c.open + c.octets == 0);
    packet_fragments_free(fragments);
    return 0;
}
