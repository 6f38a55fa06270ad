/* Fragments by scripts: what comes out, when, and that no frame is lost. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "packet/fragment.h"
#include "packet/memory.h"
#include "test_octets.h"
#include "test_random.h"

/* A script is a list of fragments, each with the number of its frame:
 *
 *   0-48     octets 0 to 47 of a datagram, more behind it
 *   96-100.  the last
 *   48-96/60 of which the capture holds those in front of octet 60
 *   !40-96   with every octet turned over
 *   b0-48    of another identification: a to z, a if left out
 *   %0-48    of another datagram, whose UDP header is another
 *   o0-48    of a datagram between other ports
 *   t0-48    of a TCP segment to port 53
 *   @2500    from here on the clock is at 2500 ms
 *   ~7       from here on on interface 7
 *
 * What comes out is written as a line: the frame that it is dated by, what it
 * is, how many frames that settles, and of a datagram the payload octets that
 * are there, that there would be, (^) that differ from what was sent, and (~)
 * where it was seen.
 */
enum { OCTETS = 100, UDP_HEADER = 8, OPTIONS = 8 };

/* The datagram `kind` of a script. */
static uint8_t octet_of(char kind, uint32_t at)
{
    static const uint8_t udp[] = {0, 53, 4, 0, 0, OCTETS, 0, 0};
    static const uint8_t tcp[] = {4, 0, 0, 53, 0, 0,    0,
                                  1, 0, 0, 0,  0, 0x50, 0x10};
    if (kind == 't')
        return at < sizeof tcp ? tcp[at] : (uint8_t)at;
    if (at >= sizeof udp)
        return (uint8_t)(at * 7);
    if (kind == '%' && at == 3)
        return 1; /* another port */
    return kind == 'o' && at == 1 ? 54 : udp[at];
}

struct part {
    uint32_t from, to, captured; /* octets of the datagram */
    char kind;                   /* as in a script, or 'u' */
    uint8_t id;
    bool last, turned;
};

enum { FRAME_MAX = 40 + 16 + 65536 };

static size_t put_ipv4(uint8_t *frame, const struct part *part)
{
    const uint32_t total = 20 + part->to - part->from;
    const uint32_t place = part->from / 8 | (part->last ? 0u : 0x2000u);
    const uint8_t header[20] = {0x45,
                                0,
                                (uint8_t)(total >> 8),
                                (uint8_t)total,
                                0,
                                part->id,
                                (uint8_t)(place >> 8),
                                (uint8_t)place,
                                64,
                                part->kind == 't' ? 6 : 17,
                                0,
                                0,
                                192,
                                0,
                                2,
                                1,
                                192,
                                0,
                                2,
                                2};
    memcpy(frame, header, sizeof header);
    return sizeof header;
}

static size_t put_ipv6(uint8_t *frame, const struct part *part)
{
    const uint32_t octets = 8 + part->to - part->from;
    const uint32_t place = part->from | (part->last ? 0u : 1u);
    /* Only the first fragment needs to know what it is. */
    const uint8_t protocol = part->from > 0 ? 59 : part->kind == 't' ? 6 : 17;
    const uint8_t header[48] = {0x60,
                                [4] = (uint8_t)(octets >> 8),
                                (uint8_t)octets,
                                44,
                                64,
                                [8] = 0xfd,
                                [23] = 1,
                                [24] = 0xfd,
                                [39] = 2,
                                [40] = protocol,
                                [42] = (uint8_t)(place >> 8),
                                (uint8_t)place,
                                [47] = part->id};
    memcpy(frame, header, sizeof header);
    return sizeof header;
}

/* --- running ------------------------------------------------------------- */

struct desk {
    struct packet_ports ports;
    struct budget budget;
    struct packet_fragments *fragments;
    char text[8192]; /* what came out */
    size_t used;
    uint64_t frames;  /* taken */
    uint64_t settled; /* told */
    int64_t now_ms;
    char kind; /* of the script's datagrams, for comparing */
    uint16_t interface;
    bool ipv6;
    bool quiet; /* `text` is not written */
};

static void open_desk(struct desk *desk,
                      const struct packet_fragments_limits *limits)
{
    *desk = (struct desk){.budget = {.limit = 64 << 20}};
    packet_ports_add(&desk->ports, 53);
    const struct packet_fragments_limits all =
        packet_fragments_limits_of(64 << 20);
    ck_assert_int_eq(packet_fragments_new(&desk->fragments,
                                          limits ? limits : &all, &desk->ports,
                                          7, &desk->budget, NULL),
                     ERR_OK);
}

static void close_desk(struct desk *desk)
{
    packet_fragments_free(desk->fragments);
}

static const char *word_of(enum packet_status status)
{
    switch (status) {
    case PACKET_OK:
        return "dns";
    case PACKET_FRAGMENT:
        return "lost";
    case PACKET_FRAGMENT_COPY:
        return "copy";
    case PACKET_UDP_OTHER:
        return "other";
    case PACKET_TCP_DNS:
        return "tcp";
    default:
        return packet_status_fate(status);
    }
}

static void write_text(struct desk *desk, const char *text)
{
    const size_t len = strlen(text);
    if (desk->quiet)
        return;
    ck_assert_uint_lt(desk->used + len, sizeof desk->text);
    memcpy(desk->text + desk->used, text, len + 1);
    desk->used += len;
}

static void write_datagram(struct desk *desk, const struct packet_datagram *d)
{
    const uint32_t header = d->transport == PACKET_TCP ? 20 : UDP_HEADER;
    unsigned other = 0;
    for (uint32_t i = 0; i < d->payload.len; i++)
        other += d->payload.data[i] != octet_of(desk->kind, header + i);
    char text[64];
    snprintf(text, sizeof text, " %zu/%u", d->payload.len, d->payload_octets);
    write_text(desk, text);
    snprintf(text, sizeof text, " ^%u", other);
    write_text(desk, other ? text : "");
    snprintf(text, sizeof text, " ~%u", d->interface);
    write_text(desk, d->interface ? text : "");
    ck_assert_int_eq(d->cut, d->payload.len < d->payload_octets);
    ck_assert_uint_eq(d->address_octets, desk->ipv6 ? 16 : 4);
    ck_assert_mem_eq(d->source, desk->ipv6 ? "\xfd\0\0" : "\xc0\0\2", 3);
    ck_assert_uint_eq(d->source[d->address_octets - 1], 1);
    ck_assert_uint_eq(d->destination[d->address_octets - 1], 2);
    ck_assert_uint_eq(d->ip_ttl, 64);
}

static void hear(struct desk *desk)
{
    struct packet_whole whole;
    while (packet_fragments_next(desk->fragments, &whole)) {
        ck_assert_uint_gt(whole.frames, 0);
        ck_assert_uint_ge(whole.first_frame, 1);
        ck_assert_uint_le(whole.first_frame, desk->frames);
        desk->settled += whole.frames;
        char text[64];
        snprintf(text, sizeof text, "%s%u %s x%u", desk->used ? "; " : "",
                 (unsigned)whole.frame, word_of(whole.status),
                 (unsigned)whole.frames);
        write_text(desk, text);
        if (whole.has_datagram && !desk->quiet)
            write_datagram(desk, &whole.datagram);
    }
    ck_assert_uint_eq(packet_fragments_counters(desk->fragments).waiting,
                      desk->frames - desk->settled);
}

static void take_frame(struct desk *desk, const uint8_t *data, size_t captured,
                       size_t wire)
{
    const struct bytes box = octets_box(data, captured);
    const struct capture_frame frame = {.data = box.data,
                                        .captured_octets = (uint32_t)captured,
                                        .wire_octets = (uint32_t)wire,
                                        .link_type = 101,
                                        .interface = desk->interface};
    struct packet_datagram d;
    ck_assert_int_eq(packet_decode(&frame, &desk->ports, &d), PACKET_FRAGMENT);
    packet_fragments_take(desk->fragments, &d, desk->now_ms * 1000000,
                          ++desk->frames);
    hear(desk);
    octets_unbox(box); /* nothing of the frame is kept */
}

static void take(struct desk *desk, const struct part *part)
{
    static uint8_t frame[FRAME_MAX];
    const size_t header =
        desk->ipv6 ? put_ipv6(frame, part) : put_ipv4(frame, part);
    for (uint32_t at = part->from; at < part->to; at++)
        frame[header + at - part->from] =
            (uint8_t)(octet_of(part->kind, at) ^ (part->turned ? 0xff : 0));
    take_frame(desk, frame, header + part->captured - part->from,
               header + part->to - part->from);
}

static void end(struct desk *desk)
{
    packet_fragments_end(desk->fragments);
    hear(desk);
    const struct packet_fragments_counters c =
        packet_fragments_counters(desk->fragments);
    ck_assert_uint_eq(desk->settled, desk->frames);
    ck_assert_uint_eq(c.waiting, 0);
    ck_assert_uint_eq(c.open, 0);
    ck_assert_uint_eq(c.octets, 0);
}

static void play_token(struct desk *desk, const char *token)
{
    if (*token == '@') {
        desk->now_ms = strtol(token + 1, NULL, 10);
        return;
    }
    if (*token == '~') {
        desk->interface = (uint16_t)strtol(token + 1, NULL, 10);
        return;
    }
    struct part part = {.id = 'a', .kind = 'u'};
    for (; *token > '9' || *token < '0'; token++) {
        ck_assert_int_ne(*token, '\0');
        if (*token == '!')
            part.turned = true;
        else if (strchr("%ot", *token))
            part.kind = desk->kind = *token;
        else
            part.id = (uint8_t)*token;
    }
    char *rest;
    part.from = (uint32_t)strtoul(token, &rest, 10);
    part.to = part.captured = (uint32_t)strtoul(rest + 1, &rest, 10);
    part.last = *rest == '.';
    rest += part.last;
    if (*rest == '/')
        part.captured = (uint32_t)strtoul(rest + 1, &rest, 10);
    ck_assert_int_eq(*rest, '\0');
    take(desk, &part);
}

static void play(struct desk *desk, const char *script)
{
    char tokens[256];
    ck_assert_uint_lt(strlen(script), sizeof tokens);
    strcpy(tokens, script);
    desk->kind = 'u';
    char *rest = tokens, *token;
    while ((token = strsep(&rest, " ")))
        play_token(desk, token);
    end(desk);
}

/* --- scripts ------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *script;
    const char *want;
} rows[] = {
    {"in order", "0-48 48-96 96-100.", "3 dns x3 92/92"},
    {"in reverse", "96-100. 48-96 0-48", "3 dns x3 92/92"},
    {"last in the middle", "0-48 96-100. 48-96", "3 dns x3 92/92"},
    {"two", "0-8 8-100.", "2 dns x2 92/92"},
    {"pieces of 8",
     "0-8 8-16 16-24 24-32 32-40 40-48 48-56 56-64 64-72 72-80 80-88 88-96 "
     "96-100.",
     "13 dns x13 92/92"},
    {"two at a time", "0-48 b0-48 48-100. b48-100.",
     "3 dns x2 92/92; 4 dns x2 92/92"},

    {"a copy of the first", "0-48 0-48 48-100.", "3 dns x3 92/92"},
    {"a copy of the last", "48-100. 48-100. 0-48", "3 dns x3 92/92"},
    {"a late copy", "0-48 48-100. 48-100.", "2 dns x2 92/92; 3 copy x1"},
    {"copies of all", "0-48 48-100. 0-48 48-100.",
     "2 dns x2 92/92; 3 copy x1; 4 copy x1"},
    {"copies from another interface", "0-48 ~7 0-48 48-100.",
     "3 dns x2 92/92 ~7; 1 lost x1 40/92"},

    {"first copy wins", "0-48 48-96 !48-96 96-100.", "4 dns x4 92/92"},
    {"first copy wins in part", "0-48 !40-96 96-100.", "3 dns x3 92/92 ^48"},
    {"first copy wins around", "0-48 56-64 !48-96 96-100.",
     "4 dns x4 92/92 ^40"},
    {"an overlap that ends early", "0-48 48-96 !48-56 96-100.",
     "4 dns x4 92/92"},
    {"first end wins", "0-48 96-100. 48-104. 48-96", "4 dns x4 92/92"},
    {"behind the end", "96-100. 104-112 0-96", "3 dns x3 92/92"},
    {"an end in front of what came", "0-96 48-56. 96-100.", "3 dns x3 92/92"},
    {"an end that UDP goes beyond", "0-48 48-96. 96-100.",
     "2 malformed x2; 3 malformed x1"},

    {"rest missing", "0-48", "1 lost x1 40/92"},
    {"middle missing", "0-48 56-96 96-100.", "1 lost x3 40/92"},
    {"last missing", "48-96 0-48", "2 lost x2 88/92"},
    {"first missing", "48-96 96-100.", "0 lost x2"},
    {"a UDP header alone", "0-8 16-100.", "1 lost x2 0/92"},
    {"not even that was captured", "0-48/4", "1 lost x1"},
    {"UDP ends before the fragments do", "0-104 112-120.", "1 lost x2 92/92"},

    {"as long as there is patience", "0-48 @2000 48-100.", "2 dns x2 92/92"},
    {"and no longer", "0-48 @2001 48-100.", "1 lost x1 40/92; 0 lost x1"},
    {"patience is not renewed", "0-48 @1500 56-100. @2001 48-56",
     "1 lost x2 40/92; 0 lost x1"},
    {"others pass the time", "0-48 @1000 b0-8 @2500 c0-8",
     "1 lost x1 40/92; 2 lost x1 0/92; 3 lost x1 0/92"},
    {"a copy is known for as long", "0-48 48-100. @2000 0-48 @2001 0-48",
     "2 dns x2 92/92; 3 copy x1; 4 lost x1 40/92"},
    {"a clock that steps back", "@9000 0-48 @7000 48-100.",
     "1 lost x1 40/92; 0 lost x1"},
    {"a clock that stumbles", "@9000 0-48 @8500 48-100.", "2 dns x2 92/92"},
    {"a clock that stumbles stands", "@9000 0-48 @8500 b0-8 @11001 c0-8",
     "1 lost x1 40/92; 2 lost x1 0/92; 3 lost x1 0/92"},

    {"identification used again", "0-48 %0-48 %48-100.",
     "1 lost x1 40/92; 3 dns x2 92/92"},
    {"used again when complete", "0-48 48-100. %0-48 %48-100.",
     "2 dns x2 92/92; 4 dns x2 92/92"},

    {"other ports", "o0-48 o48-96 o96-100.",
     "1 other x1; 2 other x1; 3 other "
     "x1"},
    {"other ports in reverse", "o96-100. o48-96 o0-48", "3 other x3"},
    {"other ports, rest to come", "o48-96 o0-48 o96-100.",
     "2 other x2; 3 other x1"},
    {"other ports, then ours under its number", "o0-48 0-48 o48-100.",
     "1 other x1; 3 dns x2 92/92"},

    {"cut in the first", "0-48/20 48-100.", "2 dns x2 12/92"},
    {"cut in the middle", "0-48 48-96/60 96-100.", "3 dns x3 52/92"},
    {"cut to nothing", "0-48 48-96/48 96-100.", "3 dns x3 40/92"},
    {"cut in the last", "0-48 48-100./99", "2 dns x2 91/92"},
    {"cut where another copy was first", "0-48 48-96 48-96/60 96-100.",
     "4 dns x4 92/92"},
    {"cut twice", "0-48 48-96/90 96-100./97", "3 dns x3 82/92"},
    {"cut, rest missing", "0-48/40 56-100.", "1 lost x2 32/92"},

    {"TCP", "t0-48 t48-100.", "2 tcp x2 80/80"},
    {"TCP, a late copy", "t0-48 t48-100. t0-48", "2 tcp x2 80/80; 3 copy x1"},
    {"TCP, header in parts", "t0-8 t8-100.", "2 tcp x2 80/80"},
    {"TCP, rest missing", "t0-48", "1 lost x1"},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(fragments_come_out_as_written)
{
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        struct desk desk;
        open_desk(&desk, NULL);
        desk.ipv6 = ipv6;
        play(&desk, rows[_i].script);
        ck_assert_msg(strcmp(desk.text, rows[_i].want) == 0, "%s, IPv%d: %s",
                      rows[_i].name, ipv6 ? 6 : 4, desk.text);
        close_desk(&desk);
    }
}
END_TEST

/* All orders of five fragments, with a copy of each in between. */
START_TEST(every_order_yields_the_same)
{
    unsigned order[5], left = (unsigned)_i;
    bool used[5] = {false};
    for (unsigned i = 0; i < 5; i++) {
        unsigned skip = left % (5 - i);
        left /= 5 - i;
        unsigned k = 0;
        while (used[k] || skip-- > 0)
            k++;
        used[k] = true;
        order[i] = k;
    }
    struct desk desk;
    open_desk(&desk, NULL);
    desk.kind = 'u';
    for (unsigned i = 0; i < 5; i++) {
        const uint32_t from = order[i] * 24;
        const bool last = order[i] == 4;
        const struct part part = {.from = from,
                                  .to = last ? OCTETS : from + 24,
                                  .captured = last ? OCTETS : from + 24,
                                  .kind = 'u',
                                  .last = last};
        take(&desk, &part);
        if (i < 4)
            take(&desk, &part);
    }
    end(&desk);
    ck_assert_str_eq(desk.text, "9 dns x9 92/92");
    close_desk(&desk);
}
END_TEST

/* --- in and around tunnels ----------------------------------------------- */

/* An IPv4 header around `octets` in `frame`; returns octets of both. */
static size_t wrap(uint8_t *frame, size_t octets, uint8_t id, uint32_t place,
                   uint8_t protocol)
{
    memmove(frame + 20, frame, octets);
    const size_t total = octets + 20;
    const uint8_t header[20] = {0x45,
                                0,
                                (uint8_t)(total >> 8),
                                (uint8_t)total,
                                0,
                                id,
                                (uint8_t)(place >> 8),
                                (uint8_t)place,
                                9,
                                protocol,
                                0,
                                0,
                                10,
                                0,
                                0,
                                1,
                                10,
                                0,
                                0,
                                2};
    memcpy(frame, header, sizeof header);
    return total;
}

/* Octets `from` to `to` of a fragment, itself in fragments of a tunnel. */
static void take_wrapped(struct desk *desk, const struct part *part, uint8_t id,
                         uint32_t from, uint32_t to, bool last)
{
    uint8_t inner[256], frame[256];
    const size_t header = put_ipv4(inner, part);
    for (uint32_t at = part->from; at < part->to; at++)
        inner[header + at - part->from] = octet_of(part->kind, at);
    memcpy(frame, inner + from, to - from);
    const size_t octets =
        wrap(frame, to - from, id, from / 8 | (last ? 0u : 0x2000u), 4);
    take_frame(desk, frame, octets, octets);
}

static const struct part halves[] = {
    {.from = 0, .to = 48, .captured = 48, .kind = 'u', .id = 1},
    {.from = 48,
     .to = OCTETS,
     .captured = OCTETS,
     .kind = 'u',
     .id = 1,
     .last = true},
};

START_TEST(fragments_in_fragments_are_put_together)
{
    struct desk desk;
    open_desk(&desk, NULL);
    desk.kind = 'u';
    take_wrapped(&desk, &halves[1], 5, 40, 72, true);
    take_wrapped(&desk, &halves[0], 4, 0, 40, false);
    take_wrapped(&desk, &halves[1], 5, 0, 40, false);
    take_wrapped(&desk, &halves[0], 4, 40, 68, true);
    end(&desk);
    ck_assert_str_eq(desk.text, "4 dns x4 92/92");
    ck_assert_uint_eq(packet_fragments_counters(desk.fragments).completed, 3);
    close_desk(&desk);
}
END_TEST

START_TEST(what_the_inner_ones_lack_is_waited_for)
{
    struct desk desk;
    open_desk(&desk, NULL);
    desk.kind = 'u';
    take_wrapped(&desk, &halves[0], 4, 0, 40, false);
    take_wrapped(&desk, &halves[0], 4, 40, 68, true);
    ck_assert_uint_eq(packet_fragments_counters(desk.fragments).waiting, 2);
    end(&desk);
    ck_assert_str_eq(desk.text, "2 lost x2 40/92");
    close_desk(&desk);
}
END_TEST

/* The inner fragment lies where datagrams are put together; what has to go for
 * it must not be put there. */
START_TEST(fragments_in_fragments_survive_what_is_given_up)
{
    struct part other = halves[0];
    other.kind = '%'; /* under the same identification */
    struct part rest = halves[1];
    rest.kind = '%';
    struct desk desk;
    open_desk(&desk, NULL);
    desk.kind = 'u';
    take_wrapped(&desk, &halves[0], 4, 0, 40, false);
    take_wrapped(&desk, &halves[0], 4, 40, 68, true);
    take_wrapped(&desk, &other, 5, 0, 40, false);
    take_wrapped(&desk, &other, 5, 40, 68, true);
    take_wrapped(&desk, &rest, 6, 0, 40, false);
    take_wrapped(&desk, &rest, 6, 40, 72, true);
    end(&desk);
    ck_assert_str_eq(desk.text, "2 lost x2 40/92; 6 dns x4 92/92");
    close_desk(&desk);
}
END_TEST

/* Sends `octets` of `protocol` in two IPv6 fragments, these in two each, and so
 * on for `levels` levels. */
static void take_split(struct desk *desk, unsigned levels, uint8_t protocol,
                       const uint8_t *data, size_t octets, uint32_t *id)
{
    uint8_t part[8 + OCTETS + 40];
    if (levels == 0) {
        memcpy(part, (uint8_t[8]){0x60, [4] = 0, (uint8_t)octets, protocol, 64},
               8);
        memcpy(part + 8, (uint8_t[32]){0xfd, [15] = 1, [16] = 0xfd, [31] = 2},
               32);
        memcpy(part + 40, data, octets);
        take_frame(desk, part, 40 + octets, 40 + octets);
        return;
    }
    const uint32_t mine = ++*id;
    const size_t half = octets / 16 * 8;
    for (int last = 0; last < 2; last++) {
        const size_t from = last ? half : 0;
        const size_t to = last ? octets : half;
        memcpy(part,
               (uint8_t[8]){protocol, [3] = (uint8_t)(from | !last),
                            [6] = (uint8_t)(mine >> 8), (uint8_t)mine},
               8);
        memcpy(part + 8, data + from, to - from);
        take_split(desk, levels - 1, 44, part, 8 + to - from, id);
    }
}

START_TEST(fragments_in_fragments_have_a_limit)
{
    static const char *const want[] = {
        "512 dns x512 92/92",
        "512 unsupported x512; 1024 unsupported x512",
    };
    uint8_t datagram[OCTETS];
    for (uint32_t at = 0; at < OCTETS; at++)
        datagram[at] = octet_of('u', at);
    struct desk desk;
    open_desk(&desk, NULL);
    desk.kind = 'u';
    desk.ipv6 = true;
    uint32_t id = 0;
    take_split(&desk, PACKET_DEPTH + 1 + (unsigned)_i, 17, datagram, OCTETS,
               &id);
    end(&desk);
    ck_assert_str_eq(desk.text, want[_i]);
    close_desk(&desk);
}
END_TEST

/* Two virtual networks may use the same addresses and identifications. */
START_TEST(networks_are_kept_apart)
{
    struct desk desk;
    open_desk(&desk, NULL);
    desk.kind = 'u';
    for (int half = 0; half < 2; half++) {
        for (uint8_t network = 1; network < 3; network++) {
            uint8_t frame[256] = {0x20, 0, 8, 0, 0, 0, 0, network};
            const struct part *part = &halves[half];
            size_t octets = 8 + put_ipv4(frame + 8, part);
            for (uint32_t at = part->from; at < part->to; at++)
                frame[octets++] =
                    (uint8_t)(octet_of('u', at) ^
                              (network == 2 && at >= UDP_HEADER ? 0xff : 0));
            octets = wrap(frame, octets, 9, 0, 47); /* GRE with key */
            take_frame(&desk, frame, octets, octets);
        }
    }
    end(&desk);
    ck_assert_str_eq(desk.text, "3 dns x2 92/92; 4 dns x2 92/92 ^92");
    close_desk(&desk);
}
END_TEST

/* Behind IPv6's fragment header may be more headers: the first fragment has
 * them all, or not. */
START_TEST(extension_headers_in_fragments_are_undone)
{
    for (uint32_t cut = OPTIONS; cut <= OPTIONS + 16; cut += 8) {
        uint8_t whole[OPTIONS + OCTETS] = {17};
        for (uint32_t at = 0; at < OCTETS; at++)
            whole[OPTIONS + at] = octet_of('u', at);
        struct desk desk;
        open_desk(&desk, NULL);
        desk.kind = 'u';
        desk.ipv6 = true;
        for (int half = 0; half < 2; half++) {
            const struct part part = {.from = half ? cut : 0,
                                      .to = half ? sizeof whole : cut,
                                      .last = half};
            uint8_t frame[256];
            const size_t header = put_ipv6(frame, &part);
            if (half == 0)
                frame[40] = 60; /* destination options */
            memcpy(frame + header, whole + part.from, part.to - part.from);
            take_frame(&desk, frame, header + part.to - part.from,
                       header + part.to - part.from);
        }
        end(&desk);
        ck_assert_str_eq(desk.text, "2 dns x2 92/92");
        close_desk(&desk);
    }
}
END_TEST

/* --- sizes and limits ---------------------------------------------------- */

/* The longest there is, in the shortest fragments there are, in any order. */
START_TEST(the_longest_datagram_fits_in_the_shortest_fragments)
{
    enum { WHOLE = 65528, PARTS = WHOLE / 8 };
    static uint32_t order[PARTS];
    struct desk desk;
    open_desk(&desk, NULL);
    desk.quiet = true;
    for (uint32_t i = 0; i < PARTS; i++)
        order[i] = _i == 1 ? PARTS - 1 - i : i;
    uint64_t state = 1;
    if (_i == 2)
        random_shuffle(&state, order, PARTS);
    for (uint32_t i = 0; i < PARTS; i++) {
        uint8_t frame[28] = {0};
        const uint32_t place =
            order[i] | (order[i] == PARTS - 1 ? 0u : 0x2000u);
        memcpy(frame, (uint8_t[8]){0, 53, 4, 0, 0xff, 0xf8}, 8);
        const size_t octets = wrap(frame, 8, 1, place, 17);
        ck_assert_uint_eq(octets, sizeof frame);
        take_frame(&desk, frame, octets, octets);
    }
    const struct packet_fragments_counters c =
        packet_fragments_counters(desk.fragments);
    ck_assert_uint_eq(c.completed, 1);
    ck_assert_uint_eq(desk.settled, PARTS);
    end(&desk);
    close_desk(&desk);
}
END_TEST

/* First fragments from everywhere, whose rest never comes. */
START_TEST(a_flood_is_held_by_the_number_of_datagrams)
{
    const struct packet_fragments_limits limits = {
        .datagrams = 16, .octets = 1 << 20, .patience_ns = 2000000000};
    struct desk desk;
    open_desk(&desk, &limits);
    desk.quiet = true;
    for (unsigned i = 0; i < 2000; i++) {
        const struct part part = {
            .to = 48, .captured = 48, .kind = 'u', .id = (uint8_t)(i % 251)};
        take(&desk, &part);
        ck_assert_uint_le(packet_fragments_counters(desk.fragments).open, 16);
    }
    end(&desk);
    const struct packet_fragments_counters c =
        packet_fragments_counters(desk.fragments);
    ck_assert_uint_eq(c.evicted, 2000 - 16);
    ck_assert_uint_eq(c.incomplete, 2000);
    ck_assert_uint_eq(c.used, 2000);
    close_desk(&desk);
}
END_TEST

START_TEST(a_flood_is_held_by_its_octets)
{
    const struct packet_fragments_limits limits = {
        .datagrams = 1000, .octets = 10000, .patience_ns = 2000000000};
    struct desk desk;
    open_desk(&desk, &limits);
    desk.quiet = true;
    for (unsigned i = 0; i < 2000; i++) {
        const struct part part = {.to = 1400,
                                  .captured = 1400,
                                  .kind = 'u',
                                  .id = (uint8_t)(i % 251)};
        take(&desk, &part);
        ck_assert_uint_le(packet_fragments_counters(desk.fragments).octets,
                          limits.octets);
    }
    end(&desk);
    ck_assert_uint_ge(packet_fragments_counters(desk.fragments).evicted, 1990);
    close_desk(&desk);
}
END_TEST

START_TEST(a_flood_is_held_by_the_budget_of_the_run)
{
    const struct packet_fragments_limits limits = {
        .datagrams = 1000, .octets = 1 << 20, .patience_ns = 2000000000};
    struct desk desk;
    open_desk(&desk, &limits);
    desk.quiet = true;
    desk.budget.limit = desk.budget.used + 5000; /* others took the rest */
    for (unsigned i = 0; i < 500; i++) {
        const struct part part = {
            .to = 1400, .captured = 1400, .kind = 'u', .id = (uint8_t)i};
        take(&desk, &part);
        ck_assert_uint_le(desk.budget.used, desk.budget.limit);
    }
    desk.budget.limit = desk.budget.used + 1000;
    end(&desk);
    /* Nothing waits, and there is no room for one. */
    take(&desk, &(struct part){.to = 1400, .captured = 1400, .kind = 'u'});
    ck_assert_uint_eq(packet_fragments_counters(desk.fragments).refused,
                      desk.budget.limit - desk.budget.used < 1424);
    end(&desk);
    close_desk(&desk);
}
END_TEST

/* What shows itself to be of no interest takes no octets and no places from
 * what is. */
START_TEST(other_traffic_pushes_nothing_out)
{
    const struct packet_fragments_limits limits = {
        .datagrams = 8, .octets = 4000, .patience_ns = 2000000000};
    struct desk desk;
    open_desk(&desk, &limits);
    desk.kind = 'u';
    take(&desk, &halves[0]);
    desk.quiet = true;
    for (unsigned i = 0; i < 1000; i++) {
        struct part part = {.to = 1400,
                            .captured = 1400,
                            .kind = 'o',
                            .id = (uint8_t)(2 + i % 200)};
        take(&desk, &part);
        part.from = 1400;
        part.to = part.captured = 2000;
        part.last = true;
        take(&desk, &part);
    }
    desk.quiet = false;
    take(&desk, &halves[1]);
    end(&desk);
    ck_assert_str_eq(desk.text, "2002 dns x2 92/92");
    close_desk(&desk);
}
END_TEST

START_TEST(a_table_that_does_not_fit_is_an_error)
{
    struct budget budget = {.limit = 1000};
    struct packet_ports ports = {{0}};
    const struct packet_fragments_limits limits =
        packet_fragments_limits_of(32 << 20);
    struct packet_fragments *fragments = NULL;
    struct err err = {0};
    ck_assert_int_eq(
        packet_fragments_new(&fragments, &limits, &ports, 1, &budget, &err),
        ERR_NOMEM);
    ck_assert_ptr_null(fragments);
    ck_assert_uint_eq(budget.used, 0);
    packet_fragments_free(NULL);
}
END_TEST

START_TEST(limits_are_shares_of_the_memory)
{
    const struct packet_fragments_limits least =
        packet_fragments_limits_of(32 << 20);
    const struct packet_fragments_limits most =
        packet_fragments_limits_of((size_t)16 << 30);
    ck_assert_uint_ge(least.datagrams, 256);
    ck_assert_uint_ge(least.octets, 16 * 65536);
    ck_assert_uint_eq(most.datagrams, 4096);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("packet/fragment");
    TCase *tc = tcase_create("fragment");
    tcase_add_loop_test(tc, fragments_come_out_as_written, 0, ROWS);
    tcase_add_loop_test(tc, every_order_yields_the_same, 0, 120);
    tcase_add_test(tc, fragments_in_fragments_are_put_together);
    tcase_add_test(tc, what_the_inner_ones_lack_is_waited_for);
    tcase_add_test(tc, fragments_in_fragments_survive_what_is_given_up);
    tcase_add_loop_test(tc, fragments_in_fragments_have_a_limit, 0, 2);
    tcase_add_test(tc, networks_are_kept_apart);
    tcase_add_test(tc, extension_headers_in_fragments_are_undone);
    tcase_add_loop_test(tc, the_longest_datagram_fits_in_the_shortest_fragments,
                        0, 3);
    tcase_add_test(tc, a_flood_is_held_by_the_number_of_datagrams);
    tcase_add_test(tc, a_flood_is_held_by_its_octets);
    tcase_add_test(tc, a_flood_is_held_by_the_budget_of_the_run);
    tcase_add_test(tc, other_traffic_pushes_nothing_out);
    tcase_add_test(tc, a_table_that_does_not_fit_is_an_error);
    tcase_add_test(tc, limits_are_shares_of_the_memory);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
