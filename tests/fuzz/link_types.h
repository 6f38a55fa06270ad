/* fuzz/link_types.h: the link types that are undone, each by one octet, so that
 * a fuzzer finds them all. */
#ifndef FUZZ_LINK_TYPES_H
#define FUZZ_LINK_TYPES_H

#include "packet/link.h"

static const uint16_t link_types[] = {
    PACKET_LINK_NULL,    PACKET_LINK_ETHERNET,    PACKET_LINK_SLL,
    PACKET_LINK_RAW_BSD, PACKET_LINK_RAW_OPENBSD, PACKET_LINK_SLL2,
    PACKET_LINK_RAW,     PACKET_LINK_LOOP,        PACKET_LINK_IPV4,
    PACKET_LINK_IPV6};

enum {
    LINK_TYPES = sizeof link_types / sizeof link_types[0],
    LINK_TYPE_OTHER = 250, /* from here on the second octet is the type */
};

/* Every known type often, others sometimes. */
static inline uint16_t link_type_of(const uint8_t two[2])
{
    return two[0] < LINK_TYPE_OTHER ? link_types[two[0] % LINK_TYPES] : two[1];
}

/* The octet that stands for `link_type`; LINK_TYPE_OTHER if none does. */
static inline uint8_t link_type_octet(uint16_t link_type)
{
    for (uint8_t i = 0; i < LINK_TYPES; i++) {
        if (link_types[i] == link_type)
            return i;
    }
    return LINK_TYPE_OTHER;
}

#endif
