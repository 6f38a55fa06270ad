/* packet/parts.h: the octets of one datagram, from fragments in any order.
 *
 * The first copy of an octet wins: what overlaps it, or contradicts the end that
 * the last fragment set, is not used. Memory follows what came, not what it
 * claims to belong to:
 *
 *   units   a bit for each 8 octets that a fragment was there for
 *   newest  piece -> piece -> ... -> the first one, each with octets of its own
 */
#ifndef PACKET_PARTS_H
#define PACKET_PARTS_H

#include "packet/datagram.h"
#include "packet/memory.h"

enum {
    PACKET_PARTS_UNIT = 8, /* fragments begin at multiples of it */
    PACKET_PARTS_UNITS = 65536 / PACKET_PARTS_UNIT,
    PACKET_PARTS_OCTETS = PACKET_PARTS_UNITS * PACKET_PARTS_UNIT,
};

struct packet_piece;

/* Zeroed, it is empty. */
struct packet_parts {
    struct packet_piece *newest;
    uint32_t end;     /* octets of the whole; 0 before the last fragment came */
    uint32_t reach;   /* octets to the end of the farthest fragment */
    uint32_t missing; /* octets from where the capture, or memory, lacks some
                         that were sent, on to PACKET_PARTS_OCTETS */
    uint32_t covered; /* units seen */
    uint64_t units[PACKET_PARTS_UNITS / 64 + 1];
};

/* Frees the pieces and gives their octets back. */
void packet_parts_fini(struct packet_parts *parts,
                       struct packet_memory *memory);

/* Octets of memory that adding `fragment` takes at most. */
size_t packet_parts_need(const struct packet_datagram *fragment);

/* Adds what is new in `fragment`, as packet_decode() left it. False when nothing
 * is. Octets that `memory` refuses count as not captured. */
bool packet_parts_add(struct packet_parts *parts,
                      const struct packet_datagram *fragment,
                      struct packet_memory *memory);

/* Whether the first octets have come. */
static inline bool packet_parts_has_start(const struct packet_parts *parts)
{
    return parts->units[0] & 1;
}

/* Whether a fragment was there for each octet to the end. */
bool packet_parts_is_complete(const struct packet_parts *parts);

/* Writes the octets from the start on, as far as there are all of them, to
 * `buffer` of PACKET_PARTS_OCTETS, and returns how many. */
uint32_t packet_parts_assemble(const struct packet_parts *parts,
                               uint8_t *buffer);

#endif
