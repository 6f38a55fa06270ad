/* packet/memory.h: what the tables that put packets together again may take.
 *
 * A share of the run's budget with a ceiling of its own, so that strangers who
 * send halves of things cannot push out what is known already.
 */
#ifndef PACKET_MEMORY_H
#define PACKET_MEMORY_H

#include "util/budget.h"

struct packet_memory {
    struct budget *budget; /* of the run, borrowed */
    size_t limit;          /* octets that this share may take */
    size_t used;
};

/* True and taken, or false and untouched. */
static inline bool packet_memory_take(struct packet_memory *m, size_t octets)
{
    if (octets > m->limit - m->used || !budget_take(m->budget, octets))
        return false;
    m->used += octets;
    return true;
}

static inline void packet_memory_give(struct packet_memory *m, size_t octets)
{
    m->used -= octets;
    budget_give(m->budget, octets);
}

#endif
