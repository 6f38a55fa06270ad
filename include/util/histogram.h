/* util/histogram.h: base-2 exponential histogram at scale 5, sparse.
 *
 * As OpenTelemetry defines it: bucket i covers (2^(i/32), 2^((i+1)/32)]
 * seconds, so a value read back as the middle of its bucket is within 1.1 %.
 * Merges by adding. Minimum, maximum and sum are exact.
 *
 * Sparse because there is one for each client and each name: the first bucket
 * lives in the struct, more go to a sorted array on the heap. One that has
 * counted a thousand values keeps all buckets between its first and its last,
 * so that each stands where its number says.
 */
#ifndef UTIL_HISTOGRAM_H
#define UTIL_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "util/budget.h"
#include "util/bytes.h"

enum {
    HISTOGRAM_SCALE = 5,     /* 2^5 buckets a doubling */
    HISTOGRAM_LOWEST = -960, /* below 1 ns, which is in -957 */
    HISTOGRAM_HIGHEST = 959, /* over 10^9 s */
    HISTOGRAM_BUCKETS = HISTOGRAM_HIGHEST - HISTOGRAM_LOWEST + 1,
    HISTOGRAM_TEXT = 20, /* most octets of one bucket in histogram_text() */
    HISTOGRAM_WHOLE = 1024,
};

struct histogram_cell {
    int16_t bucket;
    uint32_t count;
};

/* All zero is an empty histogram. */
struct histogram {
    union {
        struct histogram_cell one; /* capacity == 0 */
        struct histogram_cell *many;
    } cells;
    uint16_t used; /* cells; from HISTOGRAM_WHOLE values on some are empty */
    uint16_t capacity;
    uint32_t count; /* of all buckets; saturates */
};

/* The bucket of a duration; negative and zero go to the lowest. */
int histogram_bucket(int64_t ns);

/* Adds `count` values. When the budget refuses a further bucket, they go to the
 * nearest bucket there is, and false is returned. */
bool histogram_add(struct histogram *h, int bucket, uint32_t count,
                   struct budget *budget);

/* Brings the buckets nearer. */
static inline void histogram_prefetch(const struct histogram *h)
{
    if (h->capacity)
        PREFETCH(h->cells.many);
}

/* Adds all of `from`. */
void histogram_merge(struct histogram *h, const struct histogram *from,
                     struct budget *budget);

/* Gives back to the budget what the histogram took. */
void histogram_fini(struct histogram *h, struct budget *budget);

/* The buckets in ascending order; `*n` of them, some perhaps empty. Borrowed
 * until the next add. */
const struct histogram_cell *histogram_cells(const struct histogram *h,
                                             size_t *n);

/* Writes {"INDEX":COUNT,...} and NUL to `out`, which has room for
 * h->used * HISTOGRAM_TEXT + 3 octets. */
void histogram_text(const struct histogram *h, char *out);

/* Counts that no run of one program could reach: of many runs together. */
struct histogram_sum {
    uint64_t counts[HISTOGRAM_BUCKETS]; /* from HISTOGRAM_LOWEST on */
};

enum { HISTOGRAM_SUM_TEXT = HISTOGRAM_BUCKETS * 29 + 3 };

/* Adds what histogram_text() or histogram_sum_text() wrote. False when `text`
 * is anything else or a count would be more than INT64_MAX; `sum` is then of no
 * use. */
bool histogram_sum_read(struct histogram_sum *sum, struct bytes text);

/* Writes the sum in the form of histogram_text() and NUL; returns the octets in
 * front of the NUL. */
size_t histogram_sum_text(const struct histogram_sum *sum,
                          char out[HISTOGRAM_SUM_TEXT]);

#endif
