/* util/digits.h: integers as decimal digits, for text made by the million.
 *
 * printf() took a tenth of the whole time of writing a database.
 */
#ifndef UTIL_DIGITS_H
#define UTIL_DIGITS_H

#include <stdint.h>
#include <string.h>

enum { DIGITS_U64 = 20 }; /* most digits of 64 bits */

/* Writes `value` without NUL; returns the place behind it. */
static inline char *digits_put(char *out, uint64_t value)
{
    char digits[DIGITS_U64];
    unsigned n = DIGITS_U64;
    do {
        digits[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    memcpy(out, digits + n, DIGITS_U64 - n);
    return out + (DIGITS_U64 - n);
}

static inline char *digits_put_signed(char *out, int64_t value)
{
    if (value >= 0)
        return digits_put(out, (uint64_t)value);
    *out++ = '-';
    return digits_put(out, 0 - (uint64_t)value);
}

#endif
