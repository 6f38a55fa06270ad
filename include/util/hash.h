/* util/hash.h: XXH3, keyed.
 *
 * Tables that strangers fill use a seed drawn for the run, so that nobody can
 * choose colliding keys beforehand. Sketches that must merge between runs use
 * HASH_SKETCH_SEED, which is fixed and part of the database format.
 */
#ifndef UTIL_HASH_H
#define UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define HASH_SKETCH_SEED UINT64_C(0x7761736974646e73) /* "wasitdns" */

/* A seed for one run, from the kernel. */
uint64_t hash_seed(void);

static inline uint64_t hash_octets(const void *p, size_t n, uint64_t seed)
{
    return XXH3_64bits_withSeed(p, n, seed);
}

/* Spreads an integer key over 64 bits; every output bit depends on every input
 * bit and on the seed. */
static inline uint64_t hash_u64(uint64_t key, uint64_t seed)
{
    uint64_t x = key ^ seed;
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ x >> 32;
}

#endif
