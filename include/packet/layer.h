/* packet/layer.h: what is left of a frame above the headers undone so far.
 *
 * Each file of this room takes a layer, undoes its own header and leaves the
 * layer at what that header carried, so that tunnels can be undone by going
 * round once more.
 */
#ifndef PACKET_LAYER_H
#define PACKET_LAYER_H

#include <stdbool.h>

#include "util/bytes.h"

/* EtherType values (IEEE registry): what a link header or tunnel says that it
 * carries. */
enum packet_ethertype {
    PACKET_ETHERTYPE_IPV4 = 0x0800,
    PACKET_ETHERTYPE_VLAN = 0x8100, /* 802.1Q */
    PACKET_ETHERTYPE_IPV6 = 0x86dd,
    PACKET_ETHERTYPE_MPLS = 0x8847,
    PACKET_ETHERTYPE_MPLS_UPSTREAM = 0x8848,
    PACKET_ETHERTYPE_PPPOE = 0x8864, /* session stage, RFC 2516 */
    PACKET_ETHERTYPE_QINQ = 0x88a8,  /* 802.1ad */
    PACKET_ETHERTYPE_PBB = 0x88e7,   /* 802.1ah */
    PACKET_ETHERTYPE_NSH = 0x894f,   /* RFC 8300 */
    PACKET_ETHERTYPE_QINQ_OLD = 0x9100,
    PACKET_ETHERTYPE_QINQ_OLDER = 0x9200,
};

struct packet_layer {
    const uint8_t *data; /* borrowed from the frame */
    uint32_t captured;   /* octets at `data` */
    uint32_t wire;       /* octets that were on the wire, >= captured */
};

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
