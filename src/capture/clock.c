#include "capture/clock.h"

enum { BINARY = 0x80, EXPONENT = 0x7f }; /* of if_tsresol */

static const int64_t NS_PER_S = 1000000000;

static uint64_t power_of_10(unsigned exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

void capture_clock_init(struct capture_clock *clock, uint8_t resolution,
                        int64_t offset_s)
{
    *clock = (struct capture_clock){.resolution = resolution};
    clock->unusable =
        __builtin_mul_overflow(offset_s, NS_PER_S, &clock->offset_ns);
    if (clock->unusable || resolution > 9)
        return;
    clock->ns_per_tick = power_of_10(9u - resolution);
    clock->fast_ticks = (uint64_t)INT64_MAX / clock->ns_per_tick + 1;
}

/* Decimal and finer than a nanosecond. */
static uint64_t from_fine_ticks(uint64_t ticks, unsigned exponent)
{
    const unsigned digits = exponent - 9;
    return digits > 19 ? 0 : ticks / power_of_10(digits);
}

/* Ticks of 2^-exponent seconds. False when the seconds are out of range. What
 * lies below 2^-34 s (0.06 ns) is cut off first, so that the product fits. */
static bool from_binary_ticks(uint64_t ticks, unsigned exponent, uint64_t *ns)
{
    const uint64_t seconds = exponent < 64 ? ticks >> exponent : 0;
    if (seconds >= (uint64_t)(INT64_MAX / NS_PER_S))
        return false;

    uint64_t fraction = ticks - (exponent < 64 ? seconds << exponent : 0);
    unsigned bits = exponent;
    if (bits > 34) {
        fraction = bits - 34 < 64 ? fraction >> (bits - 34) : 0;
        bits = 34;
    }
    *ns =
        seconds * (uint64_t)NS_PER_S + (fraction * (uint64_t)NS_PER_S >> bits);
    return true;
}

int64_t capture_clock_ns_slowly(const struct capture_clock *clock,
                                uint64_t ticks)
{
    const unsigned exponent = clock->resolution & EXPONENT;
    const bool binary = clock->resolution & BINARY;
    uint64_t since_ns = 0;
    int64_t ns;
    if (clock->unusable || (!binary && exponent <= 9))
        return CAPTURE_NO_TIME;
    if (!binary)
        since_ns = from_fine_ticks(ticks, exponent);
    else if (!from_binary_ticks(ticks, exponent, &since_ns))
        return CAPTURE_NO_TIME;
    if (__builtin_add_overflow((int64_t)since_ns, clock->offset_ns, &ns))
        return CAPTURE_NO_TIME;
    return ns;
}
