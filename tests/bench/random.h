/* bench/random.h: reproducible chance.
 *
 * SplitMix64: one addition and one mix a number, and every seed is good.
 */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state; /* the seed, to begin with */
};

/* A good mix of all bits; also the generator's hash of small numbers. */
static inline uint64_t random_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static inline uint64_t random_u64(struct random *r)
{
    return random_mix(r->state += UINT64_C(0x9e3779b97f4a7c15));
}

/* 0 .. n - 1 */
static inline uint32_t random_below(struct random *r, uint32_t n)
{
    return (uint32_t)((random_u64(r) >> 32) * n >> 32);
}

/* 0 <= x < 1 */
static inline double random_unit(struct random *r)
{
    return (double)(random_u64(r) >> 11) * 0x1p-53;
}

static inline bool random_chance(struct random *r, double share)
{
    return random_unit(r) < share;
}

/* The pause to the next of `rate` events a second, in microseconds. */
static inline int64_t random_pause_us(struct random *r, double rate)
{
    return (int64_t)(-log(1 - random_unit(r)) / rate * 1e6);
}

/* A response time: log-normal, as they are. The sum of four uniform numbers is
 * normal enough, and cheap. At least 50 us, at most 4 s. */
static inline int64_t random_service_us(struct random *r, double median_us,
                                        double sigma)
{
    const uint64_t bits = random_u64(r);
    double sum = 0;
    for (int shift = 0; shift < 64; shift += 16)
        sum += (double)(bits >> shift & 0xffff);
    const double normal = (sum / 65536 - 2) * 1.7320508;
    const double us = median_us * exp(sigma * normal);
    return (int64_t)fmin(fmax(us, 50), 4e6);
}

/* A rank of 0 .. n - 1 with a chance in proportion to 1 / (rank + 1). */
static inline uint32_t random_zipf(struct random *r, uint32_t n)
{
    const double rank = exp(random_unit(r) * log((double)n + 1)) - 1;
    return rank < (double)n ? (uint32_t)rank : n - 1;
}

#endif
