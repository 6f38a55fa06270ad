/* capture/clock.h: time stamps of a pcapng interface, in nanoseconds.
 *
 * if_tsresol says what a tick is (10^-n or 2^-n of a second), if_tsoffset how
 * many seconds to add (pcapng draft s4.2). Both come from strangers: a time
 * that 64 bits of nanoseconds cannot hold (years 1678 to 2262) is
 * CAPTURE_NO_TIME, never a wrapped one.
 */
#ifndef CAPTURE_CLOCK_H
#define CAPTURE_CLOCK_H

#include <stdbool.h>

#include "capture/frame.h"

enum { CAPTURE_CLOCK_MICROSECONDS = 6 }; /* if_tsresol when absent */

struct capture_clock {
    uint64_t fast_ticks; /* below this a multiplication is exact and enough */
    uint64_t ns_per_tick;
    int64_t offset_ns;
    uint8_t resolution; /* if_tsresol */
    bool unusable;      /* the offset alone is out of range */
};

/* `resolution` and `offset_s` as in the file: if_tsresol, if_tsoffset. */
void capture_clock_init(struct capture_clock *clock, uint8_t resolution,
                        int64_t offset_s);

/* For capture_clock_ns: ticks that are finer than a nanosecond, binary, or too
 * many. */
int64_t capture_clock_ns_slowly(const struct capture_clock *clock,
                                uint64_t ticks);

/* Nanoseconds since 1970, rounded down, or CAPTURE_NO_TIME. Thread-safe. */
static inline int64_t capture_clock_ns(const struct capture_clock *clock,
                                       uint64_t ticks)
{
    int64_t ns;
    if (UNLIKELY(ticks >= clock->fast_ticks))
        return capture_clock_ns_slowly(clock, ticks);
    if (UNLIKELY(__builtin_add_overflow((int64_t)(ticks * clock->ns_per_tick),
                                        clock->offset_ns, &ns)))
        return CAPTURE_NO_TIME;
    return ns;
}

#endif
