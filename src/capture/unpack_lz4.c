/* A call that fails forgets what it unpacked before the fault. Each call is
 * therefore given one block and not, as the library asks, the size of the next;
 * and nothing while it still has some to hand out. */
#include <lz4frame.h>
#include <stdlib.h>

#include "capture/unpack.h"

enum { BLOCK_SIZE = 4 }; /* octets in front of each block */

struct lz4 {
    LZ4F_dctx *context;
    size_t wanted; /* octets that it wants next; 0 between frames */
    bool full;     /* the last call filled its output: there may be more */
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

/* Gives it at most `most` octets of `in`. */
static size_t call(struct lz4 *l, struct bytes *in, size_t most, uint8_t *to,
                   size_t capacity, const char **problem)
{
    size_t taken = in->len < most ? in->len : most;
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
    l->full = written == capacity;
    return written;
}

static size_t lz4_step(void *state, struct bytes *in, uint8_t *to,
                       size_t capacity, const char **problem)
{
    struct lz4 *l = state;
    if (l->full && l->wanted > 0) {
        const size_t held_back = call(l, in, 0, to, capacity, problem);
        if (held_back > 0 || *problem)
            return held_back;
    }
    if (in->len == 0)
        return 0;
    const size_t wanted = l->wanted > 0 ? l->wanted : LZ4F_HEADER_SIZE_MIN;
    return call(l, in, wanted > BLOCK_SIZE ? wanted - BLOCK_SIZE : wanted, to,
                capacity, problem);
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
