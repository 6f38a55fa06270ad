/* capture/unpack.h: decompression behind capture/stream.h.
 *
 * One row a method. Each unpacks as the octets come, in bounded memory whatever
 * the ratio, reads files made of several members or frames, and checks every
 * checksum that the format has.
 */
#ifndef CAPTURE_UNPACK_H
#define CAPTURE_UNPACK_H

#include <stdbool.h>

#include "util/bytes.h"

enum { CAPTURE_UNPACK_HEAD = 4 }; /* octets that tell the methods apart */

struct capture_unpack {
    const char *name; /* "gzip" */
    /* Whether `head`, CAPTURE_UNPACK_HEAD octets, begins such a file. */
    bool (*begins)(const uint8_t *head);
    /* NULL when there is no memory. */
    void *(*state_new)(void);
    void (*state_free)(void *state);
    /* Unpacks what it can of `in`, which it advances, and returns how many
     * octets it wrote to `to`. It keeps some back when `to` is full, so that
     * `in` may be empty. What is wrong with the data goes to `*problem`, a
     * static text, beside the octets unpacked in front of it; the state is
     * then spent. */
    size_t (*step)(void *state, struct bytes *in, uint8_t *to, size_t capacity,
                   const char **problem);
    /* Whether the input may end here: between two members or frames. */
    bool (*may_end)(const void *state);
};

extern const struct capture_unpack capture_unpack_gzip; /* RFC 1952 */
extern const struct capture_unpack capture_unpack_zstd; /* RFC 8878 */
extern const struct capture_unpack capture_unpack_lz4;  /* LZ4 frame format */

/* The method whose file begins with `head`, CAPTURE_UNPACK_HEAD octets; NULL
 * when none does. */
const struct capture_unpack *capture_unpack_find(const uint8_t *head);

#endif
