/* packet/link.h: link headers and VLAN tags.
 *
 * Ethernet (with 802.3 LLC and SNAP), Linux cooked captures, raw IP and BSD
 * loopback; the tcpdump project's list of link types gives each layout.
 */
#ifndef PACKET_LINK_H
#define PACKET_LINK_H

#include "packet/datagram.h"
#include "packet/layer.h"

/* LINKTYPE_ values of capture files that are undone here. */
enum packet_link_type {
    PACKET_LINK_NULL = 0, /* BSD loopback, family in the host's order */
    PACKET_LINK_ETHERNET = 1,
    PACKET_LINK_RAW_BSD = 12, /* DLT_RAW, written by some */
    PACKET_LINK_RAW_OPENBSD = 14,
    PACKET_LINK_RAW = 101,
    PACKET_LINK_LOOP = 108, /* as NULL, family in network order */
    PACKET_LINK_SLL = 113,
    PACKET_LINK_IPV4 = 228,
    PACKET_LINK_IPV6 = 229,
    PACKET_LINK_SLL2 = 276,
};

enum {
    /* A provider's and a customer's tag are two; crafted stacks run to
     * hundreds. */
    PACKET_VLAN_TAGS = 8,
};

struct packet_link {
    uint16_t ethertype; /* of what the layer holds now; 0 = no EtherType */
    uint8_t vlan_tags;  /* undone */
};

/* Undoes the link header and its VLAN tags. `layer` starts at the frame and
 * ends at what the link carried. PACKET_OK fills `out`; else the status says
 * why nothing more is known: PACKET_CUT_LINK, PACKET_BAD_LINK, PACKET_TOO_DEEP
 * or PACKET_LINK_UNSUPPORTED.
 */
MUST_USE enum packet_status packet_link_undo(uint16_t link_type,
                                             struct packet_layer *layer,
                                             struct packet_link *out);

#endif
