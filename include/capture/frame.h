/* capture/frame.h: one captured record, and a block of them.
 *
 * A frame's octets lie in its block's buffer and live until the block is
 * filled again. Several blocks may be alive at once (one being filled, others
 * being decoded), which is why the buffer belongs to the block and not to the
 * reader.
 */
#ifndef CAPTURE_FRAME_H
#define CAPTURE_FRAME_H

#include <assert.h>

#include "util/bytes.h"
#include "util/err.h"

/* A record without a time stamp (pcapng simple packet block), or with one that
 * 64 bits of nanoseconds cannot hold, carries this. */
#define CAPTURE_NO_TIME INT64_MIN

/* Widest fields first; walked in order, so size matters more than alignment to
 * a cache line. */
struct capture_frame {
    const uint8_t *data; /* borrowed from the block */
    int64_t time_ns;     /* since 1970 UTC, or CAPTURE_NO_TIME */
    uint64_t number;     /* 1-based within its input, as Wireshark counts */
    uint32_t captured_octets; /* at `data` */
    uint32_t wire_octets;     /* as it was on the wire, >= captured_octets */
    uint16_t link_type;       /* LINKTYPE_ value as the file has it */
    uint16_t interface;       /* index into capture_source_interface() */
};
static_assert(sizeof(void *) != 8 || sizeof(struct capture_frame) == 40,
              "a frame grew");

enum {
    CAPTURE_BLOCK_FRAMES = 4096,
    CAPTURE_BLOCK_OCTETS = 256 * 1024, /* fits a second-level cache */
    /* A record is at most this long, its header included. */
    CAPTURE_RECORD_MAX = 16 * 1024 * 1024 + 64,
};

struct capture_block {
    uint8_t *buffer;
    size_t capacity;              /* octets of buffer */
    struct capture_frame *frames; /* CAPTURE_BLOCK_FRAMES of them */
    size_t count;                 /* frames filled */
    uint16_t input;               /* which input of the run, from 0 */
};

/* Allocates frames and a buffer of CAPTURE_BLOCK_OCTETS. The buffer grows only
 * for a record that is larger, as its octets arrive, and shrinks again when the
 * block is next filled. */
MUST_USE enum err_code capture_block_init(struct capture_block *block,
                                          struct err *err);
void capture_block_fini(struct capture_block *block);

/* Makes the buffer `octets` long, what is in it kept as far as it fits. For
 * those who fill blocks. */
MUST_USE enum err_code capture_block_resize(struct capture_block *block,
                                            size_t octets, struct err *err);

#endif
