#include "util/budget.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

bool budget_grow_more(struct budget *b, void **array, size_t *capacity,
                      size_t need, size_t element_octets)
{
    size_t wanted = *capacity ? *capacity : FIRST_CAPACITY;
    while (wanted < need) {
        if (wanted > SIZE_MAX / 2 / element_octets) {
            b->refused++;
            return false;
        }
        wanted *= 2;
    }
    const size_t more = (wanted - *capacity) * element_octets;
    if (!budget_take(b, more))
        return false;
    uint8_t *grown = realloc(*array, wanted * element_octets);
    if (!grown) {
        budget_give(b, more);
        b->refused++;
        return false;
    }
    memset(grown + *capacity * element_octets, 0, more);
    *array = grown;
    *capacity = wanted;
    return true;
}
