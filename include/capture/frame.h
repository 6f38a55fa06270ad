/* capture/frame.h: one captured record, and a block of them.
 *
 * A frame's octets lie in its block's buffer and live until the block is
 * filled again. Several blocks may be alive at once (one being filled, others
 * being decoded), which is why the buffer belongs to the block and not to the
 * reader.
 */
#ifndef CAPTURE_FRAME_H
#define CAPTURE_FRAME_H

#include "util/bytes.h"
#include "util/err.h"

/* A record without a time stamp (pcapng simple packet block) carries this. */
#define CAPTURE_NO_TIME INT64_MIN

struct capture_frame {
    const uint8_t *data;      /* borrowed from the block */
    int64_t time_ns;          /* since 1970 UTC, or CAPTURE_NO_TIME */
    uint64_t number;          /* 1-based within its input, as Wireshark counts */
    uint32_t captured_octets; /* at `data` */
    uint32_t wire_octets;     /* as it was on the wire, >= captured_octets */
    uint16_t link_type;       /* LINKTYPE_ value (equals DLT_ where both exist) */
    uint16_t interface;       /* index into capture_source_interface() */
};

enum { CAPTURE_BLOCK_FRAMES = 4096 };

struct capture_block {
    uint8_t *buffer;
    size_t capacity;              /* octets of buffer */
    struct capture_frame *frames; /* CAPTURE_BLOCK_FRAMES of them */
    size_t count;                 /* frames filled */
    uint16_t input;               /* which input of the run, from 0 */
};

/* Allocates the buffer (it grows only for a record that is larger). */
MUST_USE enum err_code capture_block_init(struct capture_block *block,
                                          struct err *err);
void capture_block_fini(struct capture_block *block);

#endif
