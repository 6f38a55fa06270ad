/* bench/set.h: how many different 64-bit numbers were there? */
#ifndef BENCH_SET_H
#define BENCH_SET_H

#include <stddef.h>
#include <stdint.h>

struct set {
    uint64_t *slots; /* open addressing, 0 = empty */
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* Adds `number`, well mixed and not 0. Ends the program when memory does. */
void set_add(struct set *set, uint64_t number);
void set_fini(struct set *set);

#endif
