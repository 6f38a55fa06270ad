#include "seeds.h"

#include <glob.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "../test_capture.h"
#include "../test_octets.h"
#include "link_types.h"
#include "packet/datagram.h"
#include "require.h"
#include "script.h"

/* Small inputs are mutated more often: the beginning of a fixture will do. */
enum { HEAD_FRAMES = 8, SEED_OCTETS = 4096, PCAP_HEADER = 24 };

struct sink {
    seeds_fn *each;
    void *context;
};

static void give(const struct sink *to, const char *name, const void *octets,
                 size_t len)
{
    to->each(to->context, name, (struct bytes){octets, len});
}

/* --- scripts --------------------------------------------------------------- */

#define ASK(pause, who, id, name, type, how)                                   \
    (pause) << 4 | SCRIPT_ASK, who, SCRIPT_QUESTION(id, name, type), how
#define ANSWER(pause, back, rcode, how)                                        \
    (pause) << 4 | SCRIPT_ANSWER, back, rcode, how
#define EVENT(pause, what, a, b, c) (pause) << 4 | (what), a, b, c
#define C0                          SCRIPT_WHO(0, 0, 0, 1)
#define C1                          SCRIPT_WHO(1, 0, 1, 2)

/* The first octet is the harness's: a timeout of 5 s, and both runs. */
#define SCRIPT(...)                                                            \
    {                                                                          \
        (const uint8_t[]){100, __VA_ARGS__},                                   \
            sizeof((const uint8_t[]){100, __VA_ARGS__})                        \
    }

static const struct {
    const char *name;
    struct bytes octets;
} scripts[] = {
    {"pair-answered",
     SCRIPT(ASK(0, C0, 1, 0, 0, 0), ASK(2, C0, 2, 0, 1, SCRIPT_ASK_EDNS),
            ANSWER(3, 1, 0x20, 0), ANSWER(2, 1, 0x60, 0))},
    {"search-walk", SCRIPT(ASK(0, C0, 1, 2, 0, 0), ANSWER(3, 0, 0x63, 0),
                           ASK(2, C0, 2, 3, 0, 0), ANSWER(3, 0, 0x63, 0),
                           ASK(2, C0, 3, 4, 0, 0), ANSWER(3, 0, 0x40, 0))},
    {"retransmission-answered-twice",
     SCRIPT(ASK(0, C0, 1, 0, 0, 0), EVENT(9, SCRIPT_AGAIN, 0, 0, 0),
            ANSWER(7, 0, 0x20, 0), ANSWER(5, 1, 0x20, 0),
            ANSWER(2, 2, 0x40, 0))},
    {"servfail-ladder",
     SCRIPT(ASK(0, C0, 1, 0, 0, 0), ANSWER(4, 0, 0x82, 0),
            EVENT(2, SCRIPT_AGAIN, 1, SCRIPT_AGAIN_SERVER, 0),
            ANSWER(4, 0, 0x82, 0),
            EVENT(2, SCRIPT_AGAIN, 1, SCRIPT_AGAIN_SERVER, 0))},
    {"late-after-timeout",
     SCRIPT(ASK(0, C1, 1, 0, 0, 0), ANSWER(10, 0, 0x20, 0),
            ASK(11, C1, 1, 0, 0, 0), EVENT(11, SCRIPT_NOISE, 0, 0, 0))},
    {"copies-and-legs",
     SCRIPT(ASK(0, C0, 1, 0, 0, 0),
            EVENT(1, SCRIPT_COPY, 0, SCRIPT_COPY_TTL, 0),
            EVENT(1, SCRIPT_COPY, 0, SCRIPT_COPY_VLAN, 0),
            EVENT(1, SCRIPT_AGAIN, 0,
                  SCRIPT_AGAIN_SERVER | SCRIPT_AGAIN_SAME_IP_ID, 0),
            ANSWER(3, 0, 0x20, 0),
            EVENT(1, SCRIPT_AGAIN, 0,
                  SCRIPT_AGAIN_SERVER | SCRIPT_AGAIN_SAME_IP_ID, 0))},
    {"answer-before-query",
     SCRIPT(ASK(0, C0, 1, 0, 0, 0), ANSWER(3, 0, 0x20, 0),
            ANSWER(13, 1, 0x20, SCRIPT_OTHER_ID),
            EVENT(6, SCRIPT_AGAIN, 1, SCRIPT_AGAIN_BACK, 0))},
    {"wrong-answers", SCRIPT(ASK(0, C0, 1, 0, 0, SCRIPT_ASK_UPPER),
                             ANSWER(1, 0, 0x20, SCRIPT_OTHER_NAME),
                             ANSWER(1, 1, 0x20, SCRIPT_OTHER_SERVER),
                             ANSWER(1, 2, 0x01, SCRIPT_NO_QUESTION),
                             ANSWER(1, 3, 0x20, SCRIPT_OTHER_PORT),
                             ASK(1, C0, 2, 1, 1, SCRIPT_ASK_NOTIFY),
                             ASK(1, C0, 3, 1, 1, SCRIPT_ASK_TWICE))},
    {"refused-by-icmp",
     SCRIPT(ASK(0, C0, 1, 0, 0, 0), EVENT(2, SCRIPT_REFUSE, 0, 0, 28),
            ASK(2, C1, 2, 0, 0, 0), EVENT(2, SCRIPT_REFUSE, 0, 3, 0),
            ANSWER(2, 1, 0x20, 0), EVENT(2, SCRIPT_REFUSE, 0, 0, 0))},
    /* IPv6; too big, of a response; of a segment; an error in fragments */
    {"refused-by-icmpv6",
     SCRIPT(ASK(0, C1, 1, 0, 0, 0), EVENT(2, SCRIPT_REFUSE, 0, 0, 48),
            ASK(2, C1, 2, 0, 0, 0), ANSWER(2, 0, 0x20, 0),
            EVENT(2, SCRIPT_REFUSE, 0, 3, 0), EVENT(2, SCRIPT_OPEN, C1, 0, 1),
            EVENT(2, SCRIPT_REFUSE, 0, 1, 48),
            EVENT(2, SCRIPT_FRAGMENT, 0, 3, 0))},
    {"fragments",
     SCRIPT(ASK(0, C0, 1, 7, 0, SCRIPT_ASK_EDNS),
            EVENT(1, SCRIPT_FRAGMENT, 0, 3, 0), ANSWER(3, 0, 0x40, 0),
            EVENT(1, SCRIPT_FRAGMENT, 0, 2 | SCRIPT_FRAGMENT_BACKWARDS, 0),
            EVENT(1, SCRIPT_FRAGMENT, 0, 1 | SCRIPT_FRAGMENT_OVERLAP, 4),
            ASK(0, C1, 1, 7, 0, 0),
            EVENT(1, SCRIPT_FRAGMENT, 0, 2 | SCRIPT_FRAGMENT_TWICE, 0))},
    {"truncated-then-tcp",
     SCRIPT(ASK(0, C0, 1, 0, 0, 0), ANSWER(3, 0, SCRIPT_ANSWER_TC, 0),
            EVENT(2, SCRIPT_OPEN, C0, SCRIPT_OPEN_SYN_ACK | SCRIPT_OPEN_ACK, 1),
            EVENT(0, SCRIPT_WRITE, 1, SCRIPT_STREAM(0, 0), 0),
            EVENT(2, SCRIPT_SEND, SCRIPT_STREAM(0, 0), 0, 255),
            ANSWER(2, 1, 0x20, 0),
            EVENT(0, SCRIPT_WRITE, 0, SCRIPT_STREAM(0, 1), 0),
            EVENT(0, SCRIPT_WRITE, 0, SCRIPT_STREAM(0, 1), 0),
            EVENT(3, SCRIPT_SEND, SCRIPT_STREAM(0, 1), 0, 30),
            EVENT(3, SCRIPT_SEND, SCRIPT_STREAM(0, 1), SCRIPT_SEND_FIN, 255))},
    {"stream-with-hole",
     SCRIPT(ASK(0, C1, 1, 0, 0, 0),
            EVENT(2, SCRIPT_OPEN, C1, SCRIPT_OPEN_SYN_ACK, 200),
            EVENT(0, SCRIPT_WRITE, 0, SCRIPT_STREAM(1, 0), 0),
            EVENT(0, SCRIPT_WRITE, 0, SCRIPT_STREAM(1, 0), 0),
            EVENT(0, SCRIPT_WRITE, 0, SCRIPT_STREAM(1, 0), 0),
            EVENT(2, SCRIPT_SEND, SCRIPT_STREAM(1, 0), 0, 20),
            EVENT(2, SCRIPT_SEND, SCRIPT_STREAM(1, 0), SCRIPT_SEND_HOLE, 60),
            EVENT(2, SCRIPT_SEND, SCRIPT_STREAM(1, 0), SCRIPT_SEND_OVERLAP, 9),
            EVENT(2, SCRIPT_SEND, SCRIPT_STREAM(1, 0), SCRIPT_SEND_AGAIN, 9),
            EVENT(2, SCRIPT_CONTROL, SCRIPT_STREAM(1, 1), 0x10, 0),
            EVENT(2, SCRIPT_CONTROL, SCRIPT_STREAM(1, 1), 0x04, 0))},
    {"stream-refused", SCRIPT(EVENT(0, SCRIPT_OPEN, 2, SCRIPT_OPEN_RST, 0),
                              EVENT(9, SCRIPT_OPEN, 3, 0, 255))},
    {"clock-steps", SCRIPT(ASK(0, C0, 1, 0, 0, 0), ASK(15, C0, 2, 1, 0, 0),
                           ANSWER(12, 1, 0x20, 0), ANSWER(14, 1, 0x20, 0))},
    {"cut-and-damaged",
     SCRIPT(EVENT(0, SCRIPT_CUT, 40, 0, 0), ASK(0, C0, 1, 0, 0, 0),
            EVENT(1, SCRIPT_COPY, 0, SCRIPT_COPY_DAMAGED, 33),
            EVENT(1, SCRIPT_RAW, C0, 12, 0), 0, 1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0,
            0, EVENT(0, SCRIPT_NOISE, 2, 0, 0), EVENT(0, SCRIPT_NOISE, 4, 0, 0),
            EVENT(0, SCRIPT_NOISE, 7, 0, 0))},
    {"flood",
     SCRIPT(EVENT(0, SCRIPT_FLOOD, C0, 255, 0),
            EVENT(0, SCRIPT_FLOOD, C1, 255, 1), ANSWER(11, 0, 0x20, 0))},
};

enum { SCRIPTS = sizeof scripts / sizeof scripts[0] };

static void each_script(const struct sink *to)
{
    for (size_t i = 0; i < SCRIPTS; i++)
        give(to, scripts[i].name, scripts[i].octets.data,
             scripts[i].octets.len);
}

/* --- captures -------------------------------------------------------------- */

/* Where the record or block at `at` of a capture ends; 0 when it is not whole.
 * All fixtures are of this machine's byte order. */
static size_t record_end(struct bytes file, size_t at, bool pcapng)
{
    enum { LENGTH_AT = 4, CAPTURED_AT = 8, RECORD = 16 };
    uint32_t length;
    if (file.len - at < RECORD)
        return 0;
    memcpy(&length, file.data + at + (pcapng ? LENGTH_AT : CAPTURED_AT),
           sizeof length);
    const size_t end = at + length + (pcapng ? 0 : RECORD);
    return end > at && end <= file.len ? end : 0;
}

/* A capture's first frames. */
static size_t head_octets(struct bytes file, bool pcapng)
{
    size_t end = pcapng ? 0 : PCAP_HEADER;
    for (unsigned i = 0; i < HEAD_FRAMES; i++) {
        const size_t next = record_end(file, end, pcapng);
        if (next == 0 || next > SEED_OCTETS)
            break;
        end = next;
    }
    return end;
}

static void give_fixture(const struct sink *to, const char *path)
{
    static uint8_t octets[2 * SEED_OCTETS];
    FILE *in = fopen(path, "r");
    require(in);
    const struct bytes file = {octets, fread(octets, 1, sizeof octets, in)};
    fclose(in);
    give(to, strrchr(path, '/') + 1, octets,
         head_octets(file, strstr(path, ".pcapng") != NULL));
}

static void each_fixture(const struct sink *to)
{
    glob_t found;
    require(glob("fixtures/*.pcap*", 0, NULL, &found) == 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        give_fixture(to, found.gl_pathv[i]);
    globfree(&found);
}

/* What the scripts make, small ones. */
static void each_played(const struct sink *to)
{
    struct file file = {0};
    for (size_t i = 0; i < SCRIPTS; i++) {
        const struct bytes script = {scripts[i].octets.data + 1,
                                     scripts[i].octets.len - 1};
        script_play(script, &file);
        if (file.len <= SEED_OCTETS)
            give(to, scripts[i].name, file.octets, file.len);
    }
    file_fini(&file);
}

static void put_both_orders(struct build *b, bool big_endian)
{
    *b = (struct build){.big_endian = big_endian};
    put_pcap_header(b, big_endian ? PCAP_US : PCAP_NS, 4, 96, 101);
    put_pcap_record(b, 1, 999999, 20, 20);
    put_pcap_record(b, 2, 0, 20, 60);
}

/* Two sections of either order, interfaces with resolutions, statistics, names,
 * and a block that nobody knows. */
static void put_section_of_all(struct build *b, bool big_endian)
{
    b->big_endian = big_endian;
    put_section(b);
    size_t at = begin_block(b, 1);
    put(b, 1, 2);
    put(b, 0, 2);
    put(b, 0, 4);
    put_option(b, 2, "eth0", 4);
    put_option(b, 9, (const uint8_t[]){9}, 1);
    put_option(b, 14, "\1\0\0\0\0\0\0\0", 8);
    put_option(b, 0, "", 0);
    end_block(b, at);
    put_interface(b, 113, 64);
    put_packet(b, 0, 1700000000000000000, 40, 40);
    put_packet(b, 1, 1700000000000001, 64, 90);
    at = begin_block(b, 3); /* a simple packet */
    put(b, 10, 4);
    put_pattern(b, 1, 10);
    end_block(b, at);
    at = begin_block(b, 4); /* name resolution */
    put_option(b, 1, "\300\0\2\1a.example", 14);
    put_option(b, 0, "", 0);
    end_block(b, at);
    at = begin_block(b, 5); /* statistics */
    put(b, 0, 4);
    put(b, 0, 8);
    put_option(b, 5, "\0\0\0\0\0\0\0\7", 8);
    put_option(b, 0, "", 0);
    end_block(b, at);
    at = begin_block(b, 0x40000bad);
    put(b, 32473, 4); /* the number for documentation, RFC 5612 */
    end_block(b, at);
}

static void each_built(const struct sink *to)
{
    struct build b;
    put_both_orders(&b, false);
    give(to, "nanoseconds.pcap", b.data, b.len);
    put_both_orders(&b, true);
    give(to, "big-endian.pcap", b.data, b.len);
    give(to, "no-frame.pcap", b.data, PCAP_HEADER);
    b.len = 0;
    put_section_of_all(&b, false);
    give(to, "all-blocks.pcapng", b.data, b.len);
    put_section_of_all(&b, true);
    give(to, "two-orders.pcapng", b.data, b.len);
}

static void each_packed(const struct sink *to)
{
    struct build b;
    uint8_t out[SEED_OCTETS];
    b.len = 0;
    put_section_of_all(&b, false);

    z_stream z = {.next_in = b.data,
                  .avail_in = (unsigned)b.len,
                  .next_out = out,
                  .avail_out = sizeof out};
    const int gzip = 16 + MAX_WBITS;
    require(deflateInit2(&z, 9, Z_DEFLATED, gzip, 8, 0) == Z_OK);
    require(deflate(&z, Z_FINISH) == Z_STREAM_END);
    give(to, "all-blocks.pcapng.gz", out, z.total_out);
    deflateEnd(&z);

    size_t len = ZSTD_compress(out, sizeof out, b.data, b.len, 19);
    require(!ZSTD_isError(len));
    give(to, "all-blocks.pcapng.zst", out, len);
    len = LZ4F_compressFrame(out, sizeof out, b.data, b.len, NULL);
    require(!LZ4F_isError(len));
    give(to, "all-blocks.pcapng.lz4", out, len);
}

static void each_capture(const struct sink *to)
{
    each_fixture(to);
    each_played(to);
    each_built(to);
    each_packed(to);
}

/* --- frames and messages --------------------------------------------------- */

typedef void frame_fn(const struct sink *to, const char *name,
                      const struct capture_frame *frame);

struct frames {
    const struct sink *to;
    frame_fn *each;
};

static void open_capture(void *context, const char *name, struct bytes capture)
{
    const struct frames *frames = context;
    struct capture_stream *stream;
    struct capture_source *source;
    struct capture_block block;
    char text[128];
    require(capture_stream_open_memory(&stream, capture, 0, NULL) == ERR_OK);
    require(capture_source_open_stream(&source, name, stream, NULL) == ERR_OK);
    require(capture_block_init(&block, NULL) == ERR_OK);
    while (capture_source_read(source, &block, NULL) > 0) {
        for (size_t i = 0; i < block.count; i++) {
            snprintf(text, sizeof text, "%s-%u", name,
                     (unsigned)block.frames[i].number);
            frames->each(frames->to, text, &block.frames[i]);
        }
    }
    capture_block_fini(&block);
    capture_source_close(source);
}

static void each_frame_of(const struct sink *to, frame_fn *each)
{
    struct frames frames = {to, each};
    const struct sink captures = {open_capture, &frames};
    each_fixture(&captures);
    each_played(&captures);
    each_built(&captures);
}

/* Four octets of its own stand in front. */
static void give_frame(const struct sink *to, const char *name,
                       const struct capture_frame *f)
{
    uint8_t seed[4 + SEED_OCTETS];
    const uint32_t left_out = f->wire_octets - f->captured_octets;
    if (f->captured_octets > SEED_OCTETS || left_out > UINT16_MAX)
        return;
    seed[0] = link_type_octet(f->link_type);
    seed[1] = (uint8_t)f->link_type;
    seed[2] = (uint8_t)(left_out >> 8);
    seed[3] = (uint8_t)left_out;
    memcpy(seed + 4, f->data, f->captured_octets);
    give(to, name, seed, 4 + f->captured_octets);
}

static void each_frame(const struct sink *to)
{
    each_frame_of(to, give_frame);
}

/* Two octets of its own stand in front. */
static void give_message(const struct sink *to, const char *name,
                         const struct capture_frame *f)
{
    static struct packet_ports ports;
    struct packet_datagram d;
    uint8_t seed[2 + SEED_OCTETS];
    packet_ports_add(&ports, 53);
    if (packet_decode(f, &ports, &d) != PACKET_OK ||
        d.payload.len > SEED_OCTETS)
        return;
    const uint32_t left_out = d.payload_octets - (uint32_t)d.payload.len;
    seed[0] = (uint8_t)(left_out >> 8);
    seed[1] = (uint8_t)left_out;
    memcpy(seed + 2, d.payload.data, d.payload.len);
    give(to, name, seed, 2 + d.payload.len);
}

/* One record of each kind that is looked into, owned by the question's name
 * "a.": type, class, TTL, length, rdata. */
#define RESPONSE "0000 1234 8180 0001 0001 0000 0000 0161 00 00ff 0001 c00c "
static const struct {
    const char *name, *record;
} records[] = {
    {"ns", "0002 0001 00000e10 0004 016e c00c"},
    {"soa", "0006 0001 00000e10 001a 016e c00c c00c"
            "78563412 00001c20 00000e10 00127500 00000384"},
    {"mx", "000f 0001 0000003c 0004 000a c00c"},
    {"txt", "0010 0001 0000003c 0006 0274 7802 6162"},
    {"srv", "0021 0001 0000003c 0009 0000 0000 0035 0161 00"},
    {"naptr", "0023 0001 0000003c 000e 0001 0002 0173 0375 2b73 0003 6100"},
    {"dname", "0027 0001 0000003c 0003 0162 00"},
    {"opt", "0029 04d0 01008000 000e 000f 0002 0016 000a 0004 01020304"},
    {"apl", "002a 0001 0000003c 0008 0001 1804 c000 0280"},
    {"ds", "002b 0001 0000003c 0008 1234 0d02 01020304"},
    {"rrsig", "002e 0001 0000003c 0017 0001 0d01 0000003c 7fffffff 00000000"
              "1234 0161 00 0102"},
    {"nsec", "002f 0001 0000003c 0009 0162 00 0004 4000 0008"},
    {"dnskey", "0030 0001 0000003c 0008 0101 030d 01020304"},
    {"nsec3", "0032 0001 0000003c 000c 0100 0005 01aa 0201 0200 0140"},
    {"svcb", "0040 0001 0000003c 000e 0001 00 0001 0003 0268 3200 0300 02"},
    {"https", "0041 0001 0000003c 000a 0001 00 0003 0002 01bb 00"},
    {"tsig", "00fa 00ff 00000000 001b 0168 00 000000000001 012c 0004 01020304"
             "1234 0000 0004 05060708"},
    {"caa", "0101 0001 0000003c 0009 0005 6973 7375 6563 61"},
    {"unknown", "fffe 0001 0000003c 0002 0102"},
    {"short", "0001 0001 0000003c 0003 010203"},
    {"forward", "0005 0001 0000003c 0002 c0ff"},
};

static void each_message(const struct sink *to)
{
    each_frame_of(to, give_message);
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        uint8_t seed[256];
        size_t len = octets_put(seed, sizeof seed, 0, RESPONSE);
        len = octets_put(seed, sizeof seed, len, records[i].record);
        give(to, records[i].name, seed, len);
    }
}

/* --- segments -------------------------------------------------------------- */

/* As tests/fuzz/fuzz_tcp.c reads them: connection and side, flags or place,
 * octets from its tape. */
static void each_segments(const struct sink *to)
{
    static const uint8_t whole[] = {0xff, 0x00, 0x08, 0,    0x08, 0x48, 0,
                                    0x00, 0x80, 31,   0x08, 0x80, 41,   0x00,
                                    0x80, 2,    0x00, 0x80, 31,   0x00, 0x44,
                                    0,    0x08, 0x50, 0};
    static const uint8_t pieces[] = {0xff, 0x01, 0x80, 1,   0x01, 0x81, 20,
                                     5,    0x01, 0x82, 30,  60,   0x10, 0x80,
                                     255,  0x90, 0x80, 255, 200,  0x41, 0x80,
                                     3,    1,    2,    3};
    give(to, "whole", whole, sizeof whole);
    give(to, "pieces", pieces, sizeof pieces);
}

/* --- fragments ------------------------------------------------------------- */

/* As tests/fuzz/fuzz_fragment.c reads them: datagram and time, place, length,
 * whether more follows. */
static void each_fragments(const struct sink *to)
{
    static const uint8_t in_order[] = {0x0f, 0, 0, 15, 1, 0, 16, 15, 0};
    static const uint8_t reverse[] = {0x0f, 9, 24, 7, 0, 9, 8,
                                      15,   1, 9,  0, 7, 1};
    static const uint8_t overlapping[] = {0x0f, 1, 0,  15, 1, 1, 8,  15, 1,
                                          1,    0, 15, 1,  1, 4, 27, 0};
    static const uint8_t given_up[] = {0x02, 0, 0, 15, 1, 1, 0, 15, 1,
                                       0xe2, 0, 0, 15, 1, 0, 1, 15, 0};
    static const uint8_t other[] = {0x0f, 16, 0, 15, 1,    16, 16, 15, 0,
                                    0,    2,  0, 15, 0x31, 2,  16, 15, 0x30};
    give(to, "in-order", in_order, sizeof in_order);
    give(to, "reverse", reverse, sizeof reverse);
    give(to, "overlapping", overlapping, sizeof overlapping);
    give(to, "given-up", given_up, sizeof given_up);
    give(to, "other", other, sizeof other);
}

/* --- public ---------------------------------------------------------------- */

void seeds_each(const char *harness, seeds_fn *each, void *context)
{
    static const struct {
        const char *harness;
        void (*each)(const struct sink *to);
    } seeds[] = {
        {"capture", each_capture},    {"pipeline", each_capture},
        {"packet", each_frame},       {"dns", each_message},
        {"exchange", each_script},    {"tcp", each_segments},
        {"fragment", each_fragments},
    };
    const struct sink to = {each, context};
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        if (strcmp(seeds[i].harness, harness) == 0)
            seeds[i].each(&to);
    }
}
