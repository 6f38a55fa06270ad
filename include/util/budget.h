/* util/budget.h: octets that growing tables may still take.
 *
 * One budget a run (--max-memory). A table asks before it grows; when the
 * budget refuses, the table keeps what it has and its caller collapses or
 * evicts, and counts that. Nothing is ever refused silently.
 */
#ifndef UTIL_BUDGET_H
#define UTIL_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

struct budget {
    size_t limit;
    size_t used;
    size_t refused; /* how often it said no */
};

static inline bool budget_has(const struct budget *b, size_t octets)
{
    return octets <= b->limit - b->used;
}

/* True and taken, or false and untouched. */
static inline bool budget_take(struct budget *b, size_t octets)
{
    if (!budget_has(b, octets)) {
        b->refused++;
        return false;
    }
    b->used += octets;
    return true;
}

static inline void budget_give(struct budget *b, size_t octets)
{
    b->used -= octets;
}

/* Grows a heap array from `*capacity` elements to at least `need`, new elements
 * zeroed: to the double, or by an eighth when it is large (from a MiB on) or
 * the budget has no more. False when the budget or the heap refuses; the array is then as it was. */
bool budget_grow_more(struct budget *b, void **array, size_t *capacity,
                      size_t need, size_t element_octets);

/* The same, quickly where there is room already, as there mostly is. */
static inline bool budget_grow(struct budget *b, void **array, size_t *capacity,
                               size_t need, size_t element_octets)
{
    return need <= *capacity ||
           budget_grow_more(b, array, capacity, need, element_octets);
}

#endif
