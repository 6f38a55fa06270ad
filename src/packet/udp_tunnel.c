#include "packet/udp_tunnel.h"

#include "packet/link.h"

enum {
    PORT_GTPU = 2152,
    PORT_TEREDO = 3544,
    PORT_VXLAN = 4789,
    PORT_VXLAN_GPE = 4790, /* generic protocol extension */
    PORT_GENEVE = 6081,
    PORT_VXLAN_LINUX = 8472, /* the kernel's default before IANA's number */
    PORT_TZSP = 37008,
};

enum { UDP_HEADER = 8 };

static enum packet_status not_there(const struct packet_layer *layer,
                                    uint32_t octets)
{
    return packet_layer_lacks(layer, octets, PACKET_CUT_TUNNEL,
                              PACKET_BAD_TUNNEL);
}

/* --- VXLAN ----------------------------------------------------------------- */

enum {
    VXLAN_HEADER = 8,
    VXLAN_NETWORK = 0x08,  /* the flag that must be set ... */
    VXLAN_RESERVED = 0x73, /* ... those that must not, but for one of group
                              policies ... */
    VXLAN_PROTOCOL = 0x04, /* ... and that of the extension: octet 3 says what
                              is carried, else Ethernet */
};

/* draft-ietf-nvo3-vxlan-gpe s3.2 */
enum { GPE_IPV4 = 1, GPE_IPV6 = 2, GPE_ETHERNET = 3, GPE_MPLS = 5 };

static enum packet_status vxlan_carries(struct packet_layer *layer,
                                        uint8_t protocol)
{
    switch (protocol) {
    case GPE_ETHERNET:
        if (packet_layer_has(layer, PACKET_LINK_ETHERNET_OCTETS) &&
            !packet_link_is_ethernet(layer->data))
            return PACKET_UDP_OTHER;
        packet_layer_becomes(layer, PACKET_HOLDS_LINK, PACKET_LINK_ETHERNET);
        return PACKET_OK;
    case GPE_IPV4:
    case GPE_IPV6:
        packet_layer_becomes(layer, PACKET_HOLDS_NETWORK,
                             PACKET_ETHERTYPE_IPV4);
        return PACKET_OK;
    case GPE_MPLS:
        packet_layer_becomes(layer, PACKET_HOLDS_NETWORK,
                             PACKET_ETHERTYPE_MPLS);
        return PACKET_OK;
    default:
        return PACKET_TUNNEL;
    }
}

static enum packet_status undo_vxlan(struct packet_layer *layer, bool extended,
                                     struct packet_datagram *out)
{
    if (!packet_layer_has(layer, VXLAN_HEADER))
        return not_there(layer, VXLAN_HEADER);
    const uint8_t *vxlan = layer->data;
    if ((vxlan[0] & (VXLAN_NETWORK | VXLAN_RESERVED)) != VXLAN_NETWORK)
        return PACKET_UDP_OTHER;
    out->vni = load_be32(vxlan + 4) >> 8;
    packet_layer_drop(layer, VXLAN_HEADER);
    extended = extended || vxlan[0] & VXLAN_PROTOCOL;
    return vxlan_carries(layer, extended ? vxlan[3] : GPE_ETHERNET);
}

/* --- Geneve ---------------------------------------------------------------- */

enum {
    GENEVE_HEADER = 8,
    GENEVE_VERSION = 0xc0,
    GENEVE_OPTIONS = 0x3f, /* length in words of 4 octets */
};

static bool geneve_carries(uint16_t type)
{
    return type == PACKET_ETHERTYPE_BRIDGED || type == PACKET_ETHERTYPE_IPV4 ||
           type == PACKET_ETHERTYPE_IPV6 || type == PACKET_ETHERTYPE_MPLS;
}

static enum packet_status undo_geneve(struct packet_layer *layer,
                                      struct packet_datagram *out)
{
    if (!packet_layer_has(layer, GENEVE_HEADER))
        return not_there(layer, GENEVE_HEADER);
    const uint8_t *geneve = layer->data;
    const uint16_t type = load_be16(geneve + 2);
    if ((geneve[0] & GENEVE_VERSION) != 0 || !geneve_carries(type))
        return PACKET_UDP_OTHER;
    const uint32_t octets = GENEVE_HEADER + (geneve[0] & GENEVE_OPTIONS) * 4u;
    if (!packet_layer_has(layer, octets))
        return not_there(layer, octets);
    out->vni = load_be32(geneve + 4) >> 8;
    packet_layer_drop(layer, octets);
    if (type == PACKET_ETHERTYPE_BRIDGED)
        packet_layer_becomes(layer, PACKET_HOLDS_LINK, PACKET_LINK_ETHERNET);
    else
        packet_layer_becomes(layer, PACKET_HOLDS_NETWORK, type);
    return PACKET_OK;
}

/* --- GTP-U ----------------------------------------------------------------- */

enum {
    GTP_HEADER = 8,
    GTP_VERSION_AND_TYPE = 0xf0,
    GTP_VERSION_1 = 0x30, /* and not the charging protocol */
    GTP_OPTIONAL = 0x07,  /* extension, sequence number, N-PDU number */
    GTP_EXTENSION = 0x04,
    GTP_OPTIONAL_OCTETS = 4,
    GTP_USER_PACKET = 255,
    GTP_EXTENSIONS = 8, /* in a row; more is crafted */
};

/* An extension header has its length in words of 4 octets in front and the
 * type of the next, or 0, at its end. */
static enum packet_status undo_gtp_extensions(struct packet_layer *layer,
                                              uint8_t type)
{
    for (unsigned undone = 0; type != 0; undone++) {
        if (undone == GTP_EXTENSIONS)
            return PACKET_TOO_DEEP;
        if (!packet_layer_has(layer, 1))
            return not_there(layer, 1);
        const uint32_t octets = layer->data[0] * 4u;
        if (octets == 0)
            return PACKET_BAD_TUNNEL;
        if (!packet_layer_has(layer, octets))
            return not_there(layer, octets);
        type = layer->data[octets - 1];
        packet_layer_drop(layer, octets);
    }
    return PACKET_OK;
}

static enum packet_status undo_gtpu(struct packet_layer *layer)
{
    if (!packet_layer_has(layer, GTP_HEADER))
        return not_there(layer, GTP_HEADER);
    const uint8_t *gtp = layer->data;
    const uint8_t flags = gtp[0];
    if ((flags & GTP_VERSION_AND_TYPE) != GTP_VERSION_1 ||
        gtp[1] != GTP_USER_PACKET)
        return PACKET_UDP_OTHER;
    const uint32_t octets = load_be16(gtp + 2);
    packet_layer_drop(layer, GTP_HEADER);
    if (octets > layer->wire)
        return PACKET_UDP_OTHER;
    packet_layer_resize(layer, octets);
    if (flags & GTP_OPTIONAL) {
        if (!packet_layer_has(layer, GTP_OPTIONAL_OCTETS))
            return not_there(layer, GTP_OPTIONAL_OCTETS);
        const uint8_t next = layer->data[GTP_OPTIONAL_OCTETS - 1];
        packet_layer_drop(layer, GTP_OPTIONAL_OCTETS);
        const enum packet_status status =
            undo_gtp_extensions(layer, flags & GTP_EXTENSION ? next : 0);
        if (status != PACKET_OK)
            return status;
    }
    packet_link_guess(layer);
    return PACKET_OK;
}

/* --- TZSP ------------------------------------------------------------------ */

enum {
    TZSP_HEADER = 4,
    TZSP_VERSION = 1,
    TZSP_RECEIVED = 0, /* or to be sent: both carry a packet */
    TZSP_TO_SEND = 1,
    TZSP_TAG_PADDING = 0,
    TZSP_TAG_END = 1,
    TZSP_TAGS = 64, /* in one header; more is crafted */
};

/* Sets the link that a TZSP protocol number stands for. */
static bool tzsp_link(uint16_t protocol, uint16_t *link_type)
{
    switch (protocol) {
    case 1:
        *link_type = PACKET_LINK_ETHERNET;
        return true;
    case 18:
        *link_type = PACKET_LINK_WIFI;
        return true;
    case 119:
        *link_type = PACKET_LINK_WIFI_PRISM;
        return true;
    case 127:
        *link_type = PACKET_LINK_WIFI_AVS;
        return true;
    default:
        return false;
    }
}

/* Tags have a length behind them, but for padding and the end. */
static enum packet_status undo_tzsp_tags(struct packet_layer *layer)
{
    for (unsigned undone = 0; undone < TZSP_TAGS; undone++) {
        if (!packet_layer_has(layer, 1))
            return not_there(layer, 1);
        const uint8_t tag = layer->data[0];
        uint32_t octets = 1;
        if (tag != TZSP_TAG_PADDING && tag != TZSP_TAG_END) {
            if (!packet_layer_has(layer, 2))
                return not_there(layer, 2);
            octets = 2u + layer->data[1];
        }
        if (!packet_layer_has(layer, octets))
            return not_there(layer, octets);
        packet_layer_drop(layer, octets);
        if (tag == TZSP_TAG_END)
            return PACKET_OK;
    }
    return PACKET_TOO_DEEP;
}

static enum packet_status undo_tzsp(struct packet_layer *layer)
{
    if (!packet_layer_has(layer, TZSP_HEADER))
        return not_there(layer, TZSP_HEADER);
    const uint8_t *tzsp = layer->data;
    if (tzsp[0] != TZSP_VERSION ||
        (tzsp[1] != TZSP_RECEIVED && tzsp[1] != TZSP_TO_SEND))
        return PACKET_UDP_OTHER;
    uint16_t link_type;
    if (!tzsp_link(load_be16(tzsp + 2), &link_type))
        return PACKET_TUNNEL;
    packet_layer_drop(layer, TZSP_HEADER);
    const enum packet_status status = undo_tzsp_tags(layer);
    packet_layer_becomes(layer, PACKET_HOLDS_LINK, link_type);
    return status;
}

/* --- Teredo ---------------------------------------------------------------- */

enum {
    TEREDO_ORIGIN = 0,
    TEREDO_AUTHENTICATION = 1,
    TEREDO_ORIGIN_OCTETS = 8,
    TEREDO_AUTHENTICATION_OCTETS = 13, /* and two texts, lengths in front */
    IPV6_HEADER = 40,
};

/* Authentication and origin may stand in front (RFC 4380 s5.1.1). */
static void skip_indicators(struct packet_layer *layer)
{
    const uint8_t *data = layer->data;
    if (packet_layer_has(layer, TEREDO_AUTHENTICATION_OCTETS) &&
        load_be16(data) == TEREDO_AUTHENTICATION) {
        const uint32_t octets =
            (uint32_t)TEREDO_AUTHENTICATION_OCTETS + data[2] + data[3];
        if (!packet_layer_has(layer, octets))
            return;
        packet_layer_drop(layer, octets);
    }
    if (packet_layer_has(layer, TEREDO_ORIGIN_OCTETS) &&
        load_be16(layer->data) == TEREDO_ORIGIN)
        packet_layer_drop(layer, TEREDO_ORIGIN_OCTETS);
}

/* Nothing but an IPv6 packet that fills the datagram is believed. */
static enum packet_status undo_teredo(struct packet_layer *layer)
{
    skip_indicators(layer);
    if (!packet_layer_has(layer, IPV6_HEADER) || layer->data[0] >> 4 != 6 ||
        load_be16(layer->data + 4) + (uint32_t)IPV6_HEADER != layer->wire)
        return PACKET_UDP_OTHER;
    packet_layer_becomes(layer, PACKET_HOLDS_NETWORK, PACKET_ETHERTYPE_IPV6);
    return PACKET_OK;
}

/* --- all of them ----------------------------------------------------------- */

static bool is_tunnel(uint16_t port)
{
    switch (port) {
    case PORT_GTPU:
    case PORT_TEREDO:
    case PORT_VXLAN:
    case PORT_VXLAN_GPE:
    case PORT_GENEVE:
    case PORT_VXLAN_LINUX:
    case PORT_TZSP:
        return true;
    default:
        return false;
    }
}

bool packet_udp_tunnel_is(uint16_t source_port, uint16_t destination_port)
{
    return is_tunnel(destination_port) || is_tunnel(source_port);
}

static enum packet_status undo_payload(struct packet_layer *layer,
                                       uint16_t port,
                                       struct packet_datagram *out)
{
    switch (port) {
    case PORT_GTPU:
        return undo_gtpu(layer);
    case PORT_VXLAN:
    case PORT_VXLAN_LINUX:
        return undo_vxlan(layer, false, out);
    case PORT_VXLAN_GPE:
        return undo_vxlan(layer, true, out);
    case PORT_GENEVE:
        return undo_geneve(layer, out);
    case PORT_TZSP:
        return undo_tzsp(layer);
    default:
        return undo_teredo(layer);
    }
}

enum packet_status packet_udp_tunnel_undo(struct packet_layer *layer,
                                          struct packet_datagram *out)
{
    const uint16_t source = load_be16(layer->data);
    const uint16_t destination = load_be16(layer->data + 2);
    const uint32_t octets = load_be16(layer->data + 4);
    if (octets < UDP_HEADER || octets > layer->wire)
        return PACKET_BAD_UDP;
    packet_layer_resize(layer, octets);
    packet_layer_drop(layer, UDP_HEADER);
    out->depth++;
    return undo_payload(layer, is_tunnel(destination) ? destination : source,
                        out);
}
