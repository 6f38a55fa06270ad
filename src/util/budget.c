#include "util/budget.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* From so many octets on an array is mapped by itself, and grows by having its
 * pages moved: cheap enough to do it often and leave little room unused. */
enum { FIRST_CAPACITY = 64, MAPPED_OCTETS = 1 << 20 };

/* Elements, or 0 when a size cannot say their octets. */
static size_t grown(size_t capacity, size_t need, size_t octets)
{
    size_t wanted = capacity ? capacity : FIRST_CAPACITY;
    while (wanted < need) {
        if (wanted > SIZE_MAX / 2 / octets)
            return 0;
        wanted += wanted * octets < MAPPED_OCTETS ? wanted : wanted / 8 + 1;
    }
    return wanted;
}

static bool refuse(struct budget *b)
{
    b->refused++;
    return false;
}

bool budget_grow_more(struct budget *b, void **array, size_t *capacity,
                      size_t need, size_t element_octets)
{
    size_t wanted = grown(*capacity, need, element_octets);
    if (wanted == 0)
        return refuse(b);
    if (!budget_has(b, (wanted - *capacity) * element_octets))
        wanted = need + need / 8;
    const size_t more = (wanted - *capacity) * element_octets;
    if (!budget_take(b, more))
        return false;
    uint8_t *moved = realloc(*array, wanted * element_octets);
    if (!moved) {
        budget_give(b, more);
        return refuse(b);
    }
    memset(moved + *capacity * element_octets, 0, more);
    *array = moved;
    *capacity = wanted;
    return true;
}
