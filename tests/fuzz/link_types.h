/* fuzz/link_types.h: the link types that are undone, each by one octet, so that
 * a fuzzer finds them all. */
#ifndef FUZZ_LINK_TYPES_H
#define FUZZ_LINK_TYPES_H

#include "packet/link.h"

static const uint16_t link_types[] = {
    PACKET_LINK_NULL,
    PACKET_LINK_ETHERNET,
    PACKET_LINK_SLL,
    PACKET_LINK_RAW_BSD,
    PACKET_LINK_RAW_OPENBSD,
    PACKET_LINK_SLL2,
    PACKET_LINK_RAW,
    PACKET_LINK_LOOP,
    PACKET_LINK_IPV4,
    PACKET_LINK_IPV6,
    PACKET_LINK_PPP,
    PACKET_LINK_PPP_SERIAL,
    PACKET_LINK_PPP_PPPD,
    PACKET_LINK_PPP_DIRECTION,
    PACKET_LINK_PPPOE,
    PACKET_LINK_HDLC,
    PACKET_LINK_HDLC_DIRECTION,
    PACKET_LINK_FRAME_RELAY,
    PACKET_LINK_FRAME_RELAY_DIRECTION,
    PACKET_LINK_MPLS,
    PACKET_LINK_WIFI,
    PACKET_LINK_WIFI_RADIOTAP,
    PACKET_LINK_WIFI_AVS,
    PACKET_LINK_WIFI_PRISM,
    PACKET_LINK_PPI,
    PACKET_LINK_NFLOG,
    PACKET_LINK_PKTAP,
    PACKET_LINK_USER2,
    PACKET_LINK_ATM,
    PACKET_LINK_FDDI,
    PACKET_LINK_ARCNET,
};

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
