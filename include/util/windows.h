/* util/windows.h: rows by time, however long the capture.
 *
 * Time is cut into windows of equal width; a row exists only for windows that
 * something fell into, so a jump of ten years costs nothing. When there would
 * be more than `ceiling` rows, or memory is refused, the width doubles and
 * neighbours merge, exactly.
 */
#ifndef UTIL_WINDOWS_H
#define UTIL_WINDOWS_H

#include <stdint.h>

#include "util/idmap.h"

struct windows {
    struct idmap index; /* window number -> row */
    uint8_t *rows;
    size_t capacity;
    size_t row_octets;
    uint32_t ceiling;
    int64_t width_ns;
    /* Adds row `from` to row `into` and frees what `from` holds. */
    void (*merge)(void *context, void *into, void *from);
    void *context;
    uint32_t last; /* the row used last, which is the next one mostly */
    int64_t last_number;
};

MUST_USE bool windows_init(struct windows *w, size_t row_octets,
                           int64_t width_ns, uint32_t ceiling,
                           void (*merge)(void *context, void *into, void *from),
                           void *context, struct budget *budget);
/* Gives back to the budget what the rows took; what they hold themselves is the
 * caller's to free before. Accepts a zeroed struct. */
void windows_fini(struct windows *w);

/* The row of the window that `time_ns` falls into, all zero when new. Valid
 * until the next call. NULL when there is no memory even for one. */
void *windows_row(struct windows *w, int64_t time_ns);

static inline size_t windows_count(const struct windows *w)
{
    return w->index.count;
}

/* Row `i` < count, in order of arrival, and where its window begins: the first
 * window of all time begins with the times that 64 bits can hold. */
static inline void *windows_at(const struct windows *w, size_t i)
{
    return w->rows + i * w->row_octets;
}

static inline int64_t windows_start_ns(const struct windows *w, size_t i)
{
    int64_t start_ns;
    const bool before_time = __builtin_mul_overflow((int64_t)w->index.keys[i],
                                                    w->width_ns, &start_ns);
    return before_time ? INT64_MIN : start_ns;
}

#endif
