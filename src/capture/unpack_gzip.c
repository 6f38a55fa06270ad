/* zlib reads one member at a time; what lies between members is ours. As
 * gzip(1) does, zero octets behind a member are taken for padding. */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "capture/unpack.h"

enum {
    GZIP_ONLY = 16,    /* added to the window bits: a gzip header and its CRC */
    HEADER_OCTETS = 10 /* the least (RFC 1952 s2.3) */
};

struct gzip {
    z_stream z;
    bool inside; /* a member */
    bool later;  /* a member was read before */
};

static bool gzip_begins(const uint8_t *head)
{
    return head[0] == 0x1f && head[1] == 0x8b && head[2] == Z_DEFLATED;
}

static void *gzip_new(void)
{
    struct gzip *g = calloc(1, sizeof *g);
    if (g && inflateInit2(&g->z, MAX_WBITS + GZIP_ONLY) == Z_OK)
        return g;
    free(g);
    return NULL;
}

static void gzip_free(void *state)
{
    struct gzip *g = state;
    if (g)
        inflateEnd(&g->z);
    free(g);
}

/* True when there is a next member, or may be one. */
static bool enter_member(struct gzip *g, struct bytes *in)
{
    while (g->later && in->len > 0 && *in->data == 0) {
        in->data++;
        in->len--;
    }
    if (in->len == 0)
        return false;
    inflateReset(&g->z);
    g->inside = true;
    return true;
}

static size_t gzip_step(void *state, struct bytes *in, uint8_t *to,
                        size_t capacity, const char **problem)
{
    struct gzip *g = state;
    if (!g->inside && !enter_member(g, in))
        return 0;

    const uInt given = in->len < UINT_MAX ? (uInt)in->len : UINT_MAX;
    const uInt room = capacity < UINT_MAX ? (uInt)capacity : UINT_MAX;
    g->z.next_in = (z_const Bytef *)(uintptr_t)in->data;
    g->z.avail_in = given;
    g->z.next_out = to;
    g->z.avail_out = room;
    const int rc = inflate(&g->z, Z_NO_FLUSH);
    in->data += given - g->z.avail_in;
    in->len -= given - g->z.avail_in;
    if (rc == Z_STREAM_END) {
        g->inside = false;
        g->later = true;
    } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
        *problem = g->z.msg ? g->z.msg : "cannot be unpacked";
        if (g->later && g->z.total_in <= HEADER_OCTETS)
            *problem = "something else follows the compressed data";
    }
    return room - g->z.avail_out;
}

static bool gzip_may_end(const void *state)
{
    const struct gzip *g = state;
    return !g->inside;
}

const struct capture_unpack capture_unpack_gzip = {
    .name = "gzip",
    .begins = gzip_begins,
    .state_new = gzip_new,
    .state_free = gzip_free,
    .step = gzip_step,
    .may_end = gzip_may_end,
};
