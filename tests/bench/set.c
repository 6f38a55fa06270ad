#include "set.h"

#include <stdio.h>
#include <stdlib.h>

static void place(struct set *set, uint64_t number)
{
    size_t at = number & (set->capacity - 1);
    while (set->slots[at] != 0 && set->slots[at] != number)
        at = (at + 1) & (set->capacity - 1);
    set->count += set->slots[at] == 0;
    set->slots[at] = number;
}

static void grow(struct set *set)
{
    struct set wider = {.capacity = set->capacity ? 2 * set->capacity : 1024};
    wider.slots = calloc(wider.capacity, sizeof *wider.slots);
    if (!wider.slots) {
        perror("generate");
        exit(1);
    }
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i] != 0)
            place(&wider, set->slots[i]);
    set_fini(set);
    *set = wider;
}

void set_add(struct set *set, uint64_t number)
{
    if (2 * set->count >= set->capacity)
        grow(set);
    place(set, number);
}

void set_fini(struct set *set)
{
    free(set->slots);
}
