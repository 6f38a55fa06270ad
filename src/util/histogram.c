#include "util/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "util/digits.h"

/* 2^(j/32 - 1): the lower bounds of the 32 buckets of a doubling, as frexp()
 * scales its fraction. */
static const double bounds[32] = {0.5,
                                  0.5109485743270583,
                                  0.5221368912137069,
                                  0.5335702003384118,
                                  0.5452538663326288,
                                  0.5571933712979462,
                                  0.5693943173783458,
                                  0.5818624293887887,
                                  0.5946035575013605,
                                  0.6076236799902345,
                                  0.620928906036742,
                                  0.6345254785958666,
                                  0.6484197773255048,
                                  0.6626183215798707,
                                  0.6771277734684463,
                                  0.691954940981916,
                                  0.7071067811865476,
                                  0.7225904034885233,
                                  0.7384130729697497,
                                  0.7545822137967114,
                                  0.7711054127039704,
                                  0.7879904225539432,
                                  0.8052451659746271,
                                  0.8228777390769825,
                                  0.8408964152537145,
                                  0.859309649061239,
                                  0.8781260801866497,
                                  0.8973545375015536,
                                  0.9170040432046712,
                                  0.93708381705515,
                                  0.9576032806985737,
                                  0.9785720620877001};

/* The last of them that is not above the begin of each 128th from 0.5 on: none
 * holds more than one bound. */
static const uint8_t below[64] = {
    0,  0,  1,  2,  2,  3,  4,  4,  5,  6,  6,  7,  7,  8,  9,  9,
    10, 10, 11, 12, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 18,
    18, 19, 19, 20, 20, 21, 21, 21, 22, 22, 23, 23, 24, 24, 25, 25,
    25, 26, 26, 27, 27, 27, 28, 28, 29, 29, 29, 30, 30, 30, 31, 31,
};

int histogram_bucket(int64_t ns)
{
    if (ns <= 0)
        return HISTOGRAM_LOWEST;
    /* frexp() by hand: the fraction in [0.5, 1) and its power of two. */
    const double seconds = (double)ns * 1e-9;
    uint64_t bits;
    memcpy(&bits, &seconds, sizeof bits);
    const int exponent = (int)(bits >> 52) - 1022;
    bits = (bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(1022) << 52;
    double fraction;
    memcpy(&fraction, &bits, sizeof fraction);
    /* The last bound below the fraction: that of its 128th, or the next. */
    int j = below[bits >> 46 & 63];
    j += j < 31 && bounds[j + 1] < fraction;
    /* Exactly a power of two belongs to the bucket that it ends. */
    const int bucket = (exponent - 1) * 32 + j - (fraction == 0.5);
    if (bucket < HISTOGRAM_LOWEST)
        return HISTOGRAM_LOWEST;
    return bucket > HISTOGRAM_HIGHEST ? HISTOGRAM_HIGHEST : bucket;
}

const struct histogram_cell *histogram_cells(const struct histogram *h,
                                             size_t *n)
{
    *n = h->used;
    return h->capacity ? h->cells.many : &h->cells.one;
}

/* The first cell whose bucket is not below `bucket`. Where values lie close
 * together a bucket stands as far from the first cell as its number says, or a
 * little before: that is looked at first. */
static uint16_t place(const struct histogram *h, int bucket)
{
    size_t n;
    const struct histogram_cell *cells = histogram_cells(h, &n);
    if (n == 0 || bucket <= cells[0].bucket)
        return 0;
    const size_t guess = (size_t)(bucket - cells[0].bucket);
    if (guess < n) {
        if (cells[guess].bucket == bucket)
            return (uint16_t)guess;
        n = guess;
    }
    size_t low = 1;
    while (low < n) {
        const size_t middle = (low + n) / 2;
        if (cells[middle].bucket < bucket)
            low = middle + 1;
        else
            n = middle;
    }
    return (uint16_t)low;
}

/* Room for at least `need` cells. */
static bool reserve(struct histogram *h, unsigned need, struct budget *budget)
{
    if (need <= (h->capacity ? h->capacity : 1U))
        return true;
    uint16_t wanted = 4;
    while (wanted < need)
        wanted *= 2;
    const size_t more = (size_t)(wanted - h->capacity) * sizeof *h->cells.many;
    if (!budget_take(budget, more))
        return false;
    struct histogram_cell *many =
        realloc(h->capacity ? h->cells.many : NULL, wanted * sizeof *many);
    if (!many) {
        budget_give(budget, more);
        return false;
    }
    if (!h->capacity)
        many[0] = h->cells.one;
    h->cells.many = many;
    h->capacity = wanted;
    return true;
}

static struct histogram_cell *cell(struct histogram *h, uint16_t i)
{
    return h->capacity ? &h->cells.many[i] : &h->cells.one;
}

static uint32_t saturating_add(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static void count_in(struct histogram *h, struct histogram_cell *c,
                     uint32_t count)
{
    c->count = saturating_add(c->count, count);
    h->count = saturating_add(h->count, count);
}

/* Of the cells around place `i`, the one nearer to `bucket`. */
static struct histogram_cell *nearest(struct histogram *h, uint16_t i,
                                      int bucket)
{
    if (i == h->used)
        return cell(h, (uint16_t)(i - 1));
    if (i > 0 && bucket - cell(h, (uint16_t)(i - 1))->bucket <
                     cell(h, i)->bucket - bucket)
        return cell(h, (uint16_t)(i - 1));
    return cell(h, i);
}

/* Makes all cells from the first to the last, `bucket` among them. */
static bool make_whole(struct histogram *h, int bucket, struct budget *budget)
{
    const int first = cell(h, 0)->bucket;
    const int last = cell(h, (uint16_t)(h->used - 1))->bucket;
    const int low = bucket < first ? bucket : first;
    const int high = bucket > last ? bucket : last;
    const unsigned span = (unsigned)(high - low + 1);
    if (!reserve(h, span, budget))
        return false;
    struct histogram_cell *cells = cell(h, 0);
    /* From the end: no cell moves to the front. */
    unsigned left = h->used;
    for (unsigned i = span; i-- > 0;) {
        const int16_t number = (int16_t)(low + (int)i);
        if (left > 0 && cells[left - 1].bucket == number)
            cells[i] = cells[--left];
        else
            cells[i] = (struct histogram_cell){.bucket = number};
    }
    h->used = (uint16_t)span;
    return true;
}

/* The bucket has no cell yet; `i` is its place. */
static bool add_cell(struct histogram *h, uint16_t i, int bucket,
                     uint32_t count, struct budget *budget)
{
    if (h->count >= HISTOGRAM_WHOLE && make_whole(h, bucket, budget)) {
        count_in(h, cell(h, place(h, bucket)), count);
        return true;
    }
    if (!reserve(h, h->used + 1U, budget)) {
        count_in(h, nearest(h, i, bucket), count);
        return false;
    }
    struct histogram_cell *at = cell(h, i);
    memmove(at + 1, at, (size_t)(h->used - i) * sizeof *at);
    *at = (struct histogram_cell){.bucket = (int16_t)bucket};
    h->used++;
    count_in(h, at, count);
    return true;
}

bool histogram_add(struct histogram *h, int bucket, uint32_t count,
                   struct budget *budget)
{
    const uint16_t i = place(h, bucket);
    if (UNLIKELY(i == h->used || cell(h, i)->bucket != bucket))
        return add_cell(h, i, bucket, count, budget);
    count_in(h, cell(h, i), count);
    return true;
}

void histogram_merge(struct histogram *h, const struct histogram *from,
                     struct budget *budget)
{
    size_t n;
    const struct histogram_cell *cells = histogram_cells(from, &n);
    /* The last one first: the cells up to there are then made at once. */
    for (size_t i = 0; i < n; i++) {
        const struct histogram_cell *c = &cells[i > 0 ? i - 1 : n - 1];
        if (c->count > 0)
            histogram_add(h, c->bucket, c->count, budget);
    }
}

void histogram_fini(struct histogram *h, struct budget *budget)
{
    budget_give(budget, h->capacity * sizeof *h->cells.many);
    if (h->capacity)
        free(h->cells.many);
    *h = (struct histogram){0};
}

void histogram_text(const struct histogram *h, char *out)
{
    size_t n;
    const struct histogram_cell *cells = histogram_cells(h, &n);
    *out++ = '{';
    const char *const first = out;
    for (size_t i = 0; i < n; i++) {
        if (cells[i].count == 0)
            continue;
        if (out != first)
            *out++ = ',';
        *out++ = '"';
        out = digits_put_signed(out, cells[i].bucket);
        *out++ = '"';
        *out++ = ':';
        out = digits_put(out, cells[i].count);
    }
    *out++ = '}';
    *out = '\0';
}

/* Digits at `*at`, no sign and no leading zero but "0" itself. */
static bool read_digits(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    const uint8_t *first = *at;
    *value = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at)
        if (__builtin_mul_overflow(*value, 10U, value) ||
            __builtin_add_overflow(*value, (uint64_t)(**at - '0'), value))
            return false;
    return *at > first && (*first != '0' || *at == first + 1);
}

static bool read_octet(const uint8_t **at, const uint8_t *end, char want)
{
    if (*at == end || **at != (uint8_t)want)
        return false;
    ++*at;
    return true;
}

/* "INDEX":COUNT */
static bool read_cell(struct histogram_sum *sum, const uint8_t **at,
                      const uint8_t *end)
{
    uint64_t index, count;
    if (!read_octet(at, end, '"'))
        return false;
    const bool negative = read_octet(at, end, '-');
    if (!read_digits(at, end, &index) || index > HISTOGRAM_BUCKETS ||
        !read_octet(at, end, '"') || !read_octet(at, end, ':') ||
        !read_digits(at, end, &count))
        return false;
    const int bucket = negative ? -(int)index : (int)index;
    if (bucket < HISTOGRAM_LOWEST || bucket > HISTOGRAM_HIGHEST)
        return false;
    uint64_t *into = &sum->counts[bucket - HISTOGRAM_LOWEST];
    return !__builtin_add_overflow(*into, count, into) && *into <= INT64_MAX;
}

bool histogram_sum_read(struct histogram_sum *sum, struct bytes text)
{
    const uint8_t *at = text.data, *end = at + text.len;
    if (!read_octet(&at, end, '{'))
        return false;
    if (!read_octet(&at, end, '}')) {
        do {
            if (!read_cell(sum, &at, end))
                return false;
        } while (read_octet(&at, end, ','));
        if (!read_octet(&at, end, '}'))
            return false;
    }
    return at == end;
}

size_t histogram_sum_text(const struct histogram_sum *sum,
                          char out[HISTOGRAM_SUM_TEXT])
{
    char *at = out;
    *at++ = '{';
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (!sum->counts[i])
            continue;
        if (at > out + 1)
            *at++ = ',';
        *at++ = '"';
        at = digits_put_signed(at, i + HISTOGRAM_LOWEST);
        *at++ = '"';
        *at++ = ':';
        at = digits_put(at, sum->counts[i]);
    }
    *at++ = '}';
    *at = '\0';
    return (size_t)(at - out);
}
