/* A whole capture file in memory: pcap, pcapng, packed or not.
 *
 * Three readings: at once; in pieces, which must yield the same; and by the
 * parser alone over a heap copy of the input's own size, so that a read past
 * its end shows (in a source the octets lie in a larger block).
 *
 *   clang -g -O1 -std=c11 -D_GNU_SOURCE -Iinclude \
 *     -fsanitize=fuzzer,address,undefined tests/fuzz/fuzz_capture.c \
 *     src/capture/[*].c src/util/err.c src/util/text.c -lz -lzstd -llz4
 */
#include <stdlib.h>

#include "capture/pcap_file.h"
#include "capture/pcapng_file.h"
#include "capture/source.h"
#include "capture/stream.h"

/* Enough to reach everything; a packed input may unpack to a million. */
enum { FRAMES_MAX = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool condition)
{
    if (!condition)
        abort();
}

struct outcome {
    enum err_code opened;
    uint64_t frames, last_number, sum;
    uint64_t damage_offset;
    bool damaged;
    bool stopped; /* at FRAMES_MAX */
};

static uint64_t touch(const struct capture_frame *f, uint64_t sum)
{
    require(f->wire_octets >= f->captured_octets);
    for (size_t i = 0; i < f->captured_octets; i++)
        sum = sum * 31 + f->data[i];
    return sum * 31 + (uint64_t)f->time_ns + f->link_type;
}

static void see_block(struct outcome *o, const struct capture_block *block)
{
    for (size_t i = 0; i < block->count && !o->stopped; i++) {
        const struct capture_frame *f = &block->frames[i];
        require(f->number > o->last_number);
        o->last_number = f->number;
        o->sum = touch(f, o->sum);
        o->stopped = ++o->frames == FRAMES_MAX;
    }
}

static void read_source(struct outcome *o, struct capture_source *source,
                        struct capture_block *block)
{
    int rc = 1;
    while (!o->stopped && rc > 0) {
        rc = capture_source_read(source, block, NULL);
        require(rc >= 0);
        require(block->capacity <= CAPTURE_RECORD_MAX);
        require(rc == 0 || block->count > 0);
        see_block(o, block);
    }
    const struct capture_info *info = capture_source_info(source);
    require(info->damaged == (info->damage[0] != '\0'));
    if (o->stopped)
        return; /* what lies behind depends on how blocks were cut */
    o->damaged = info->damaged;
    o->damage_offset = info->damage_offset;
}

static struct outcome read_all(const uint8_t *data, size_t len, size_t chunk,
                               struct capture_block *block)
{
    struct outcome o = {0};
    struct capture_stream *stream;
    struct capture_source *source;
    struct err err = {0};
    require(capture_stream_open_memory(&stream, (struct bytes){data, len},
                                       chunk, NULL) == ERR_OK);
    o.opened = capture_source_open_stream(&source, "fuzz", stream, &err);
    require(o.opened == ERR_OK || (o.opened == ERR_INPUT && *err.text));
    if (o.opened == ERR_OK) {
        read_source(&o, source, block);
        capture_source_close(source);
    }
    return o;
}

/* The parser of `data`'s format over `body`, a copy of what it gets to see. */
static void parse_exactly(const uint8_t *data, const uint8_t *body, size_t len,
                          bool pcapng, struct capture_block *block)
{
    struct capture_state state = {0};
    struct capture_pcap_file pcap;
    struct capture_pcapng_file ng;
    struct capture_window window = {.data = body, .len = len};
    struct outcome o = {0};
    int rc = pcapng ? (int)capture_pcapng_file_init(&ng, data, NULL)
                    : (int)capture_pcap_file_init(&pcap, data, &state, NULL);
    if (rc == ERR_OK) {
        do {
            block->count = 0;
            rc = pcapng
                     ? capture_pcapng_file_parse(&ng, &state, &window, block,
                                                 NULL)
                     : capture_pcap_file_parse(&pcap, &state, &window, block);
            require(rc >= 0 && window.used <= len);
            see_block(&o, block);
        } while (rc == CAPTURE_PARSE_FULL && !o.stopped);
    }
    free(state.ports);
}

static void parse_copy(const uint8_t *data, size_t len,
                       struct capture_block *block)
{
    const struct bytes head = {data, len};
    const bool pcapng = capture_pcapng_file_begins(head);
    const size_t skipped = pcapng ? 0 : CAPTURE_PCAP_FILE_HEADER;
    if (len < CAPTURE_HEAD_OCTETS ||
        (!pcapng && !capture_pcap_file_begins(head)))
        return;
    uint8_t *copy = malloc(len - skipped + 1);
    require(copy);
    memcpy(copy + 1, data + skipped, len - skipped); /* misaligned, too */
    parse_exactly(data, copy + 1, len - skipped, pcapng, block);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct capture_block block;
    require(capture_block_init(&block, NULL) == ERR_OK);
    const struct outcome whole = read_all(data, len, 0, &block);
    const struct outcome pieces = read_all(data, len, 1 + len % 61, &block);
    require(whole.opened == pieces.opened);
    require(whole.frames == pieces.frames);
    require(whole.sum == pieces.sum);
    require(whole.damaged == pieces.damaged);
    require(whole.damage_offset == pieces.damage_offset);
    parse_copy(data, len, &block);
    capture_block_fini(&block);
    return 0;
}
