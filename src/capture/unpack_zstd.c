/* The window is the memory that a frame asks for. 8 MiB is what RFC 8878
 * s3.1.1.1.2 wants every decoder to grant and what all levels up to 19 need; a
 * file made with --ultra or --long may ask for 128 MiB and more, which is not
 * ours to give within --max-memory. zstd(1) in a pipe reads those.
 *
 * A call that fails forgets what it unpacked before the fault. Each call is
 * therefore given one block and not, as the library asks, the header of the
 * next; and nothing while it still has some to hand out. */
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "capture/unpack.h"

enum {
    WINDOW_LOG_MAX = 23,
    BLOCK_HEADER = 3, /* RFC 8878 s3.1.1.2 */
};

struct zstd {
    ZSTD_DCtx *context;
    size_t first;  /* octets that it wants to begin a frame */
    size_t wanted; /* octets that it wants next; 0 between frames */
    bool full;     /* the last call filled its output: there may be more */
};

static bool zstd_begins(const uint8_t *head)
{
    static const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd};
    /* pzstd puts a skippable frame in front of each frame (RFC 8878 s3.1.2). */
    static const uint8_t skippable[] = {0x2a, 0x4d, 0x18};

    return memcmp(head, frame, sizeof frame) == 0 ||
           ((head[0] & 0xf0) == 0x50 &&
            memcmp(head + 1, skippable, sizeof skippable) == 0);
}

static void zstd_free(void *state)
{
    struct zstd *z = state;
    if (z)
        ZSTD_freeDCtx(z->context);
    free(z);
}

static void *zstd_new(void)
{
    struct zstd *z = calloc(1, sizeof *z);
    if (!z)
        return NULL;
    z->context = ZSTD_createDCtx();
    if (z->context) {
        z->first = ZSTD_initDStream(z->context);
        if (!ZSTD_isError(ZSTD_DCtx_setParameter(
                z->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
            return z;
    }
    zstd_free(z);
    return NULL;
}

static const char *reason(size_t code)
{
    if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge)
        return "made with --ultra or --long; unpack it with zstd -dc "
               "--long=31 into a pipe";
    return ZSTD_getErrorName(code);
}

/* Gives it at most `most` octets of `in`. */
static size_t call(struct zstd *z, struct bytes *in, size_t most, uint8_t *to,
                   size_t capacity, const char **problem)
{
    ZSTD_inBuffer source = {in->data, in->len < most ? in->len : most, 0};
    ZSTD_outBuffer unpacked = {to, capacity, 0};
    const size_t rc = ZSTD_decompressStream(z->context, &unpacked, &source);
    in->data += source.pos;
    in->len -= source.pos;
    z->wanted = rc;
    z->full = unpacked.pos == capacity;
    if (ZSTD_isError(rc))
        *problem = reason(rc);
    return unpacked.pos;
}

static size_t zstd_step(void *state, struct bytes *in, uint8_t *to,
                        size_t capacity, const char **problem)
{
    struct zstd *z = state;
    if (z->full && z->wanted > 0) {
        const size_t held_back = call(z, in, 0, to, capacity, problem);
        if (held_back > 0 || *problem)
            return held_back;
    }
    if (in->len == 0)
        return 0;
    const size_t wanted = z->wanted > 0 ? z->wanted : z->first;
    return call(z, in, wanted > BLOCK_HEADER ? wanted - BLOCK_HEADER : wanted,
                to, capacity, problem);
}

static bool zstd_may_end(const void *state)
{
    const struct zstd *z = state;
    return z->wanted == 0;
}

const struct capture_unpack capture_unpack_zstd = {
    .name = "zstd",
    .begins = zstd_begins,
    .state_new = zstd_new,
    .state_free = zstd_free,
    .step = zstd_step,
    .may_end = zstd_may_end,
};
