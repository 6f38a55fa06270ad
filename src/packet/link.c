#include "packet/link.h"

enum {
    ETHERNET_HEADER = 14,
    LLC_HEADER = 3,
    SNAP_HEADER = 8, /* LLC, organisation, EtherType */
    VLAN_TAG = 4,
    SLL_HEADER = 16,
    SLL2_HEADER = 20,
    LOOP_HEADER = 4,
};

/* A type field up to this is an 802.3 length, from 0x600 on an EtherType; what
 * lies between is neither. */
enum { LENGTH_MAX = 1500, ETHERTYPE_MIN = 0x600 };

/* ARPHRD_ values whose cooked header says something else than an EtherType. */
enum { ARPHRD_FRAD = 770, ARPHRD_RADIOTAP = 803, ARPHRD_NETLINK = 824 };

/* Cooked captures write this for a frame that starts with an LLC header. */
enum { SLL_PROTOCOL_LLC = 4 };

/* The status of a header that was not captured whole. */
static enum packet_status not_there(const struct packet_layer *layer,
                                    uint32_t octets)
{
    return layer->wire < octets ? PACKET_BAD_LINK : PACKET_CUT_LINK;
}

/* 802.2 LLC: SNAP carries an EtherType, everything else is no IP (spanning
 * tree, IS-IS, NetBEUI) but for the historic SAP 0x06. */
static enum packet_status undo_llc(struct packet_layer *layer,
                                   uint16_t *ethertype)
{
    *ethertype = 0;
    if (!packet_layer_has(layer, LLC_HEADER))
        return not_there(layer, LLC_HEADER);
    const uint8_t *llc = layer->data;
    if (llc[0] == 0x06 && llc[1] == 0x06 && llc[2] == 0x03) {
        packet_layer_drop(layer, LLC_HEADER);
        *ethertype = PACKET_ETHERTYPE_IPV4;
        return PACKET_OK;
    }
    if (llc[0] != 0xaa || llc[1] != 0xaa || llc[2] != 0x03)
        return PACKET_OK;
    if (!packet_layer_has(layer, SNAP_HEADER))
        return not_there(layer, SNAP_HEADER);
    /* Organisation 00-00-00 (RFC 1042) and 00-00-f8 (802.1H bridges) are
     * followed by an EtherType, others by a number of their own. */
    if (llc[3] == 0 && llc[4] == 0 && (llc[5] == 0 || llc[5] == 0xf8)) {
        *ethertype = load_be16(llc + 6);
        packet_layer_drop(layer, SNAP_HEADER);
    }
    return PACKET_OK;
}

static bool is_vlan(uint16_t ethertype)
{
    return ethertype == PACKET_ETHERTYPE_VLAN ||
           ethertype == PACKET_ETHERTYPE_QINQ ||
           ethertype == PACKET_ETHERTYPE_QINQ_OLD ||
           ethertype == PACKET_ETHERTYPE_QINQ_OLDER;
}

/* Undoes the VLAN tags that follow a header which ended in `ethertype`. */
static enum packet_status undo_tags(struct packet_layer *layer,
                                    uint16_t ethertype, struct packet_link *out)
{
    while (is_vlan(ethertype)) {
        if (out->vlan_tags == PACKET_VLAN_TAGS)
            return PACKET_TOO_DEEP;
        if (!packet_layer_has(layer, VLAN_TAG))
            return not_there(layer, VLAN_TAG);
        ethertype = load_be16(layer->data + 2);
        packet_layer_drop(layer, VLAN_TAG);
        out->vlan_tags++;
    }
    if (UNLIKELY(ethertype < ETHERTYPE_MIN)) {
        if (ethertype > LENGTH_MAX)
            return PACKET_BAD_LINK;
        return undo_llc(layer, &out->ethertype);
    }
    out->ethertype = ethertype;
    return PACKET_OK;
}

static enum packet_status undo_ethernet(struct packet_layer *layer,
                                        struct packet_link *out)
{
    if (!packet_layer_has(layer, ETHERNET_HEADER))
        return not_there(layer, ETHERNET_HEADER);
    const uint16_t ethertype = load_be16(layer->data + 12);
    packet_layer_drop(layer, ETHERNET_HEADER);
    return undo_tags(layer, ethertype, out);
}

/* Both cooked headers: `protocol_at` and `hardware_at` are the offsets of the
 * protocol and of the ARPHRD_ value within `octets`. */
static enum packet_status undo_cooked(struct packet_layer *layer,
                                      uint32_t octets, uint32_t protocol_at,
                                      uint32_t hardware_at,
                                      struct packet_link *out)
{
    if (!packet_layer_has(layer, octets))
        return not_there(layer, octets);
    const uint16_t protocol = load_be16(layer->data + protocol_at);
    const uint16_t hardware = load_be16(layer->data + hardware_at);
    packet_layer_drop(layer, octets);

    if (hardware == ARPHRD_FRAD || hardware == ARPHRD_RADIOTAP)
        return PACKET_LINK_UNSUPPORTED;
    if (hardware == ARPHRD_NETLINK)
        return PACKET_OK;
    if (protocol == SLL_PROTOCOL_LLC)
        return undo_llc(layer, &out->ethertype);
    if (protocol < ETHERTYPE_MIN)
        return PACKET_OK; /* numbers of Linux's own: CAN, 802.3 raw ... */
    return undo_tags(layer, protocol, out);
}

/* The address families of IPv6 differ from system to system: Linux 10,
 * Windows 23, NetBSD and OpenBSD 24, FreeBSD 28, macOS 30. */
static uint16_t family_ethertype(uint32_t family)
{
    switch (family) {
    case 2:
        return PACKET_ETHERTYPE_IPV4;
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
        return PACKET_ETHERTYPE_IPV6;
    default:
        return 0;
    }
}

/* LINKTYPE_NULL is in the byte order of the capturing host, LOOP in network
 * order. A family needs one octet, so either order can be told. */
static enum packet_status undo_loopback(struct packet_layer *layer,
                                        struct packet_link *out)
{
    if (!packet_layer_has(layer, LOOP_HEADER))
        return not_there(layer, LOOP_HEADER);
    const uint32_t family = load_be32(layer->data);
    packet_layer_drop(layer, LOOP_HEADER);
    out->ethertype =
        family_ethertype(family > 0xffff ? __builtin_bswap32(family) : family);
    return PACKET_OK;
}

enum packet_status packet_link_undo(uint16_t link_type,
                                    struct packet_layer *layer,
                                    struct packet_link *out)
{
    out->ethertype = 0;
    out->vlan_tags = 0;
    switch (link_type) {
    case PACKET_LINK_ETHERNET:
        return undo_ethernet(layer, out);
    case PACKET_LINK_SLL:
        return undo_cooked(layer, SLL_HEADER, 14, 2, out);
    case PACKET_LINK_SLL2:
        return undo_cooked(layer, SLL2_HEADER, 0, 8, out);
    case PACKET_LINK_NULL:
    case PACKET_LINK_LOOP:
        return undo_loopback(layer, out);
    case PACKET_LINK_RAW:
    case PACKET_LINK_RAW_BSD:
    case PACKET_LINK_RAW_OPENBSD:
    case PACKET_LINK_IPV4:
    case PACKET_LINK_IPV6:
        out->ethertype = PACKET_ETHERTYPE_IPV4; /* of either version */
        return PACKET_OK;
    default:
        return PACKET_LINK_UNSUPPORTED;
    }
}
