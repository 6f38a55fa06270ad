#include "util/hash.h"

#include <sys/random.h>
#include <time.h>

uint64_t hash_seed(void)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) == (ssize_t)sizeof seed)
        return seed;
    /* Only a kernel older than 3.17 comes here. */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return hash_u64((uint64_t)now.tv_nsec ^ (uint64_t)(uintptr_t)&seed,
                    HASH_SKETCH_SEED);
}
