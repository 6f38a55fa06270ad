/* packet/layer.h: what is left of a frame above the headers undone so far.
 *
 * Each file of this room takes a layer, undoes its own header and leaves the
 * layer at what that header carried, and says what that is: a link, a network
 * or a transport. packet_undo() goes round until a datagram is found, which is
 * how tunnels are undone without recursion.
 */
#ifndef PACKET_LAYER_H
#define PACKET_LAYER_H

#include "packet/datagram.h"

/* EtherType values (IEEE registry): what a link header or tunnel says that it
 * carries. */
enum packet_ethertype {
    PACKET_ETHERTYPE_NONE = 0, /* what is carried has no EtherType: no IP */
    PACKET_ETHERTYPE_IPV4 = 0x0800,
    PACKET_ETHERTYPE_ARP = 0x0806,
    PACKET_ETHERTYPE_BRIDGED = 0x6558, /* an Ethernet frame, RFC 1701 */
    PACKET_ETHERTYPE_VLAN = 0x8100,    /* 802.1Q */
    PACKET_ETHERTYPE_IPV6 = 0x86dd,
    PACKET_ETHERTYPE_PPP = 0x880b, /* RFC 2637 */
    PACKET_ETHERTYPE_MPLS = 0x8847,
    PACKET_ETHERTYPE_MPLS_UPSTREAM = 0x8848,
    PACKET_ETHERTYPE_PPPOE = 0x8864, /* session stage, RFC 2516 */
    PACKET_ETHERTYPE_QINQ = 0x88a8,  /* 802.1ad */
    PACKET_ETHERTYPE_PBB = 0x88e7,   /* 802.1ah */
    PACKET_ETHERTYPE_NSH = 0x894f,   /* RFC 8300 */
    PACKET_ETHERTYPE_QINQ_OLD = 0x9100,
    PACKET_ETHERTYPE_QINQ_OLDER = 0x9200,
};

/* What a layer begins with, as the header before it said: one of these and a
 * number. */
enum packet_holds {
    PACKET_HOLDS_LINK = 0 << 16,      /* and its LINKTYPE_ */
    PACKET_HOLDS_NETWORK = 1 << 16,   /* and its EtherType */
    PACKET_HOLDS_TRANSPORT = 2 << 16, /* and the protocol that IP gave */
    PACKET_HOLDS_NUMBER = 0xffff,
};

struct packet_layer {
    const uint8_t *data; /* borrowed from the frame */
    uint32_t captured;   /* octets at `data` */
    uint32_t wire;       /* octets that were on the wire, >= captured */
    uint32_t holds;      /* enum packet_holds and a number */
};

static inline uint16_t packet_layer_number(const struct packet_layer *layer)
{
    return (uint16_t)(layer->holds & PACKET_HOLDS_NUMBER);
}

/* Says what is at `data` now that a header has been undone. */
static inline void packet_layer_becomes(struct packet_layer *layer,
                                        enum packet_holds holds,
                                        uint16_t number)
{
    layer->holds = (uint32_t)holds | number;
}

/* What to say of a header of `octets` that was not captured whole: `bad` when
 * it was not there either, else `cut`. */
static inline enum packet_status
packet_layer_lacks(const struct packet_layer *layer, uint32_t octets,
                   enum packet_status cut, enum packet_status bad)
{
    return layer->wire < octets ? bad : cut;
}

/* Whether `octets` of a header were captured. */
static inline bool packet_layer_has(const struct packet_layer *layer,
                                    uint32_t octets)
{
    return LIKELY(layer->captured >= octets);
}

/* Steps over a header of `octets`, which the layer has. */
static inline void packet_layer_drop(struct packet_layer *layer,
                                     uint32_t octets)
{
    layer->data += octets;
    layer->captured -= octets;
    layer->wire -= octets;
}

/* A header says that the layer is `octets` long: drops padding behind it. When
 * there were fewer on the wire, the rest counts as not captured. */
static inline void packet_layer_resize(struct packet_layer *layer,
                                       uint32_t octets)
{
    layer->wire = octets;
    if (layer->captured > octets)
        layer->captured = octets;
}

#endif
