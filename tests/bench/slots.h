/* bench/slots.h: which places of an array are free. */
#ifndef BENCH_SLOTS_H
#define BENCH_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

enum { SLOTS = 1 << 14 };

struct slots {
    uint32_t free[SLOTS]; /* a stack of the places given back */
    uint32_t free_count;
    uint32_t used; /* places ever taken; those from here on are free too */
};

/* False when all are taken. */
static inline bool slots_take(struct slots *slots, uint32_t *place)
{
    if (slots->free_count > 0)
        *place = slots->free[--slots->free_count];
    else if (slots->used < SLOTS)
        *place = slots->used++;
    else
        return false;
    return true;
}

static inline void slots_give(struct slots *slots, uint32_t place)
{
    slots->free[slots->free_count++] = place;
}

#endif
