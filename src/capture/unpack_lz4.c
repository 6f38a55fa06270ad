/* A call that fails forgets what it unpacked before the fault, so each call is
 * given what the library asks for, one block: nothing before a bad block or a
 * wrong checksum is lost. */
#include <lz4frame.h>
#include <stdlib.h>

#include "capture/unpack.h"

struct lz4 {
    LZ4F_dctx *context;
    size_t wanted; /* octets that the next call takes; 0 between frames */
};

static bool lz4_begins(const uint8_t *head)
{
    static const uint8_t frame[] = {0x04, 0x22, 0x4d, 0x18};
    return memcmp(head, frame, sizeof frame) == 0;
}

static void lz4_free(void *state)
{
    struct lz4 *l = state;
    if (l)
        LZ4F_freeDecompressionContext(l->context);
    free(l);
}

static void *lz4_new(void)
{
    struct lz4 *l = calloc(1, sizeof *l);
    if (l && !LZ4F_isError(
                 LZ4F_createDecompressionContext(&l->context, LZ4F_VERSION)))
        return l;
    lz4_free(l);
    return NULL;
}

static size_t lz4_step(void *state, struct bytes *in, uint8_t *to,
                       size_t capacity, const char **problem)
{
    struct lz4 *l = state;
    if (l->wanted == 0 && in->len == 0)
        return 0;

    const size_t wanted = l->wanted > 0 ? l->wanted : LZ4F_HEADER_SIZE_MIN;
    size_t taken = in->len < wanted ? in->len : wanted;
    size_t written = capacity;
    const size_t rc =
        LZ4F_decompress(l->context, to, &written, in->data, &taken, NULL);
    if (LZ4F_isError(rc)) {
        *problem = LZ4F_getErrorName(rc);
        return 0; /* both counts are undefined now */
    }
    in->data += taken;
    in->len -= taken;
    l->wanted = rc;
    return written;
}

static bool lz4_may_end(const void *state)
{
    const struct lz4 *l = state;
    return l->wanted == 0;
}

const struct capture_unpack capture_unpack_lz4 = {
    .name = "lz4",
    .begins = lz4_begins,
    .state_new = lz4_new,
    .state_free = lz4_free,
    .step = lz4_step,
    .may_end = lz4_may_end,
};
