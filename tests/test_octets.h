/* Octets for tests: written as hexadecimal text, and in boxes of their own. */
#ifndef TEST_OCTETS_H
#define TEST_OCTETS_H

#include <check.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util/bytes.h"

static inline uint8_t octets_digit(char c)
{
    ck_assert_msg(isxdigit((unsigned char)c), "'%c' is no digit", c);
    return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Appends the octets that `hex` spells, blanks ignored, at `used` of `out`;
 * returns how many `out` holds then. */
static inline size_t octets_put(uint8_t *out, size_t capacity, size_t used,
                                const char *hex)
{
    for (; *hex != '\0'; hex++) {
        if (*hex == ' ')
            continue;
        ck_assert_uint_lt(used, capacity);
        out[used++] =
            (uint8_t)(octets_digit(hex[0]) << 4 | octets_digit(hex[1]));
        hex++;
    }
    return used;
}

/* Octets in an allocation of exactly their size, so that a sanitizer sees a
 * read behind them. free() the data. */
static inline struct bytes octets_box(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    ck_assert_ptr_nonnull(copy);
    if (len > 0)
        memcpy(copy, data, len);
    /* With no octet at all the box is one too large: give its end. */
    return (struct bytes){len == 0 ? copy + 1 : copy, len};
}

static inline void octets_unbox(struct bytes box)
{
    free((uint8_t *)(uintptr_t)(box.len == 0 ? box.data - 1 : box.data));
}

/* The same from hexadecimal text. */
static inline struct bytes octets_hex(const char *hex)
{
    uint8_t octets[4096];
    return octets_box(octets, octets_put(octets, sizeof octets, 0, hex));
}

#endif
