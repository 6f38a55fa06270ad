/* Random numbers for tests: the same in every run. */
#ifndef TEST_RANDOM_H
#define TEST_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* SplitMix64: `*state` is any number to begin with. */
static inline uint64_t random_u64(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* 0 to `bound` - 1, evenly enough for a test. */
static inline size_t random_below(uint64_t *state, size_t bound)
{
    return (size_t)(random_u64(state) >> 11) % bound;
}

/* Fisher and Yates. */
static inline void random_shuffle(uint64_t *state, uint32_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const size_t j = random_below(state, i);
        const uint32_t item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
}

#endif
