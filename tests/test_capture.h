/* test_capture.h: capture files built octet by octet, and what reading one
 * yields, for the tests of the capture room.
 */
#ifndef TEST_CAPTURE_H
#define TEST_CAPTURE_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/notes.h"
#include "capture/source.h"
#include "capture/stream.h"

/* --- building -------------------------------------------------------------- */

struct build {
    uint8_t data[64 * 1024];
    size_t len;
    bool big_endian;
};

static inline void put(struct build *b, uint64_t value, size_t octets)
{
    ck_assert_uint_le(b->len + octets, sizeof b->data);
    for (size_t i = 0; i < octets; i++) {
        const size_t shift = 8 * (b->big_endian ? octets - 1 - i : i);
        b->data[b->len++] = (uint8_t)(value >> shift);
    }
}

static inline void put_octets(struct build *b, const void *octets, size_t len)
{
    ck_assert_uint_le(b->len + len, sizeof b->data);
    memcpy(b->data + b->len, octets, len);
    b->len += len;
}

static inline void put_filled(struct build *b, uint8_t octet, size_t len)
{
    for (size_t i = 0; i < len; i++)
        put(b, octet, 1);
}

/* `len` octets that count up from `first`. */
static inline void put_pattern(struct build *b, unsigned first, size_t len)
{
    for (size_t i = 0; i < len; i++)
        put(b, (first + i) & 0xff, 1);
}

enum { PCAP_US = (int)0xa1b2c3d4, PCAP_NS = (int)0xa1b23c4d };

static inline void put_pcap_header(struct build *b, int magic, unsigned minor,
                                   uint32_t snap, uint32_t link)
{
    put(b, (uint32_t)magic, 4);
    put(b, 2, 2);
    put(b, minor, 2);
    put(b, 0, 8);
    put(b, snap, 4);
    put(b, link, 4);
}

/* A record whose `captured` octets count up from `seconds`. */
static inline void put_pcap_record(struct build *b, uint32_t seconds,
                                   uint32_t units, uint32_t captured,
                                   uint32_t wire)
{
    put(b, seconds, 4);
    put(b, units, 4);
    put(b, captured, 4);
    put(b, wire, 4);
    put_pattern(b, seconds, captured);
}

/* Returns where the block begins, for end_block. */
static inline size_t begin_block(struct build *b, uint32_t type)
{
    const size_t at = b->len;
    put(b, type, 4);
    put(b, 0, 4);
    return at;
}

/* Pads, writes the length behind and in front. */
static inline void end_block(struct build *b, size_t at)
{
    while (b->len % 4 != 0)
        put(b, 0, 1);
    const size_t total = b->len + 4 - at;
    put(b, total, 4);
    const size_t end = b->len;
    b->len = at + 4;
    put(b, total, 4);
    b->len = end;
}

static inline void put_option(struct build *b, unsigned code, const void *value,
                              size_t len)
{
    put(b, code, 2);
    put(b, len, 2);
    put_octets(b, value, len);
    while (b->len % 4 != 0)
        put(b, 0, 1);
}

static inline void put_section(struct build *b)
{
    const size_t at = begin_block(b, 0x0a0d0d0a);
    put(b, 0x1a2b3c4d, 4);
    put(b, 1, 2);
    put(b, 0, 2);
    put(b, UINT64_MAX, 8);
    end_block(b, at);
}

/* Without options. */
static inline void put_interface(struct build *b, unsigned link, uint32_t snap)
{
    const size_t at = begin_block(b, 1);
    put(b, link, 2);
    put(b, 0, 2);
    put(b, snap, 4);
    end_block(b, at);
}

/* An enhanced packet block whose `captured` octets count up from `ticks`. */
static inline void put_packet(struct build *b, uint32_t interface,
                              uint64_t ticks, uint32_t captured, uint32_t wire)
{
    const size_t at = begin_block(b, 6);
    put(b, interface, 4);
    put(b, ticks >> 32, 4);
    put(b, ticks & UINT32_MAX, 4);
    put(b, captured, 4);
    put(b, wire, 4);
    put_pattern(b, (unsigned)ticks, captured);
    end_block(b, at);
}

static inline struct bytes built(const struct build *b)
{
    return (struct bytes){b->data, b->len};
}

/* --- reading --------------------------------------------------------------- */

enum { SEEN_FRAMES = 8 };

struct seen_frame {
    int64_t time_ns;
    uint64_t number;
    uint32_t captured, wire;
    uint16_t link, interface;
    uint8_t first; /* octet, 0 when there is none */
};

/* What reading to the end yields. */
struct seen {
    enum err_code opened; /* not ERR_OK: the rest but `err` is empty */
    int ended;            /* what the last read returned */
    struct err err;
    size_t count, blocks;
    struct seen_frame frames[SEEN_FRAMES]; /* the first ones */
    uint64_t digest;                       /* of all frames, octets included */
    struct capture_info info;              /* the texts are gone */
    struct capture_interface interfaces[SEEN_FRAMES];
    size_t interface_count;
    struct capture_notes notes;
    char format[24];
};

static inline uint64_t digest(uint64_t sum, uint64_t value)
{
    return (sum ^ value) * UINT64_C(0x100000001b3);
}

static inline void see_frame(struct seen *seen, const struct capture_frame *f)
{
    if (seen->count < SEEN_FRAMES)
        seen->frames[seen->count] = (struct seen_frame){
            .time_ns = f->time_ns,
            .number = f->number,
            .captured = f->captured_octets,
            .wire = f->wire_octets,
            .link = f->link_type,
            .interface = f->interface,
            .first = f->captured_octets > 0 ? f->data[0] : 0,
        };
    seen->count++;
    uint64_t sum = digest(seen->digest, f->number);
    sum = digest(sum, (uint64_t)f->time_ns);
    sum = digest(sum, (uint64_t)f->wire_octets << 32 | f->captured_octets);
    sum = digest(sum, (uint64_t)f->link_type << 32 | f->interface);
    for (size_t i = 0; i < f->captured_octets; i++)
        sum = digest(sum, f->data[i]);
    seen->digest = sum;
}

/* Reads the source to its end and closes it. */
static inline void see_source(struct seen *seen, struct capture_source *source)
{
    struct capture_block block;
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);
    while ((seen->ended = capture_source_read(source, &block, &seen->err)) >
           0) {
        for (size_t i = 0; i < block.count; i++)
            see_frame(seen, &block.frames[i]);
        seen->blocks++;
    }
    ck_assert_uint_eq(block.count, 0);
    ck_assert_int_eq(capture_source_read(source, &block, NULL), 0);
    seen->info = *capture_source_info(source);
    snprintf(seen->format, sizeof seen->format, "%s", seen->info.format);
    seen->info.path = seen->info.format = NULL;
    seen->notes = *capture_source_notes(source);
    seen->interface_count = capture_source_interfaces(source);
    for (size_t i = 0; i < seen->interface_count && i < SEEN_FRAMES; i++)
        seen->interfaces[i] = *capture_source_interface(source, i);
    ck_assert_uint_eq(seen->info.frames, seen->count);
    capture_block_fini(&block);
    capture_source_close(source);
}

static inline void see_path(struct seen *seen, const char *path)
{
    struct capture_source *source;
    *seen = (struct seen){0};
    seen->opened = capture_source_open(&source, path, &seen->err);
    if (seen->opened == ERR_OK)
        see_source(seen, source);
}

/* `chunk` octets arrive at once, 0 is all. */
static inline void see_bytes(struct seen *seen, struct bytes octets,
                             size_t chunk)
{
    struct capture_stream *stream;
    struct capture_source *source;
    *seen = (struct seen){0};
    ck_assert_int_eq(capture_stream_open_memory(&stream, octets, chunk, NULL),
                     ERR_OK);
    seen->opened =
        capture_source_open_stream(&source, "memory", stream, &seen->err);
    if (seen->opened == ERR_OK)
        see_source(seen, source);
}

static inline int run_case(const char *name, void (*add)(TCase *))
{
    Suite *suite = suite_create(name);
    TCase *tc = tcase_create(name);
    add(tc);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
