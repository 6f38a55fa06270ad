#include "packet/link.h"

#include "packet/serial.h"
#include "packet/wifi.h"
#include "packet/wrap.h"

enum {
    ETHERNET_HEADER = PACKET_LINK_ETHERNET_OCTETS,
    LLC_HEADER = 3,
    SNAP_HEADER = 8, /* LLC, organisation, EtherType */
    VLAN_TAG = 4,
    SERVICE_TAG = 4,
    SLL_HEADER = 16,
    SLL2_HEADER = 20,
    LOOP_HEADER = 4,
    FDDI_HEADER = 13, /* frame control and two addresses: LLC follows */
};

/* A type field up to this is an 802.3 length, from 0x600 on an EtherType; what
 * lies between is neither. */
enum { LENGTH_MAX = 1500, ETHERTYPE_MIN = 0x600 };

/* ARPHRD_ values of links that a cooked header has another header behind, and
 * of one whose protocol field is no EtherType. */
enum {
    ARPHRD_FRAD = 770,
    ARPHRD_WIFI = 801,
    ARPHRD_WIFI_PRISM = 802,
    ARPHRD_WIFI_RADIOTAP = 803,
    ARPHRD_NETLINK = 824,
};

/* Cooked captures write this for a frame that starts with an LLC header. */
enum { SLL_PROTOCOL_LLC = 4 };

/* The status of a header that was not captured whole. */
static enum packet_status not_there(const struct packet_layer *layer,
                                    uint32_t octets)
{
    return packet_layer_lacks(layer, octets, PACKET_CUT_LINK, PACKET_BAD_LINK);
}

static enum packet_status carries(struct packet_layer *layer,
                                  uint16_t ethertype)
{
    packet_layer_becomes(layer, PACKET_HOLDS_NETWORK, ethertype);
    return PACKET_OK;
}

/* 802.2 LLC: SNAP carries an EtherType, everything else is no IP (spanning
 * tree, IS-IS, NetBEUI) but for the historic SAP 0x06. */
enum packet_status packet_link_llc_undo(struct packet_layer *layer)
{
    if (!packet_layer_has(layer, LLC_HEADER))
        return not_there(layer, LLC_HEADER);
    const uint8_t *llc = layer->data;
    if (llc[0] == 0x06 && llc[1] == 0x06 && llc[2] == 0x03) {
        packet_layer_drop(layer, LLC_HEADER);
        return carries(layer, PACKET_ETHERTYPE_IPV4);
    }
    if (llc[0] != 0xaa || llc[1] != 0xaa || llc[2] != 0x03)
        return carries(layer, PACKET_ETHERTYPE_NONE);
    if (!packet_layer_has(layer, SNAP_HEADER))
        return not_there(layer, SNAP_HEADER);
    /* Organisation 00-00-00 (RFC 1042) and 00-00-f8 (802.1H bridges) are
     * followed by an EtherType, others by a number of their own. */
    if (llc[3] != 0 || llc[4] != 0 || (llc[5] != 0 && llc[5] != 0xf8))
        return carries(layer, PACKET_ETHERTYPE_NONE);
    packet_layer_drop(layer, SNAP_HEADER);
    return carries(layer, load_be16(llc + 6));
}

/* What follows a header that ended in `type`. */
static enum packet_status undo_type(struct packet_layer *layer, uint16_t type)
{
    if (LIKELY(type >= ETHERTYPE_MIN))
        return carries(layer, type);
    return type > LENGTH_MAX ? PACKET_BAD_LINK : packet_link_llc_undo(layer);
}

static enum packet_status undo_ethernet(struct packet_layer *layer)
{
    if (!packet_layer_has(layer, ETHERNET_HEADER))
        return not_there(layer, ETHERNET_HEADER);
    const uint16_t type = load_be16(layer->data + 12);
    packet_layer_drop(layer, ETHERNET_HEADER);
    return undo_type(layer, type);
}

enum packet_status packet_link_tag_undo(struct packet_layer *layer,
                                        struct packet_datagram *out)
{
    if (!packet_layer_has(layer, VLAN_TAG))
        return not_there(layer, VLAN_TAG);
    const uint16_t type = load_be16(layer->data + 2);
    packet_layer_drop(layer, VLAN_TAG);
    out->depth++;
    return undo_type(layer, type);
}

enum packet_status packet_link_service_undo(struct packet_layer *layer,
                                            struct packet_datagram *out)
{
    if (!packet_layer_has(layer, SERVICE_TAG))
        return not_there(layer, SERVICE_TAG);
    packet_layer_drop(layer, SERVICE_TAG);
    packet_layer_becomes(layer, PACKET_HOLDS_LINK, PACKET_LINK_ETHERNET);
    out->depth++;
    return PACKET_OK;
}

/* Behind a cooked header: `hardware` is its ARPHRD_ value. */
static enum packet_status undo_cooked(struct packet_layer *layer,
                                      uint16_t protocol, uint16_t hardware)
{
    switch (hardware) {
    case ARPHRD_FRAD:
        packet_layer_becomes(layer, PACKET_HOLDS_LINK, PACKET_LINK_FRAME_RELAY);
        return PACKET_OK;
    case ARPHRD_WIFI:
        packet_layer_becomes(layer, PACKET_HOLDS_LINK, PACKET_LINK_WIFI);
        return PACKET_OK;
    case ARPHRD_WIFI_PRISM:
        packet_layer_becomes(layer, PACKET_HOLDS_LINK, PACKET_LINK_WIFI_PRISM);
        return PACKET_OK;
    case ARPHRD_WIFI_RADIOTAP:
        packet_layer_becomes(layer, PACKET_HOLDS_LINK,
                             PACKET_LINK_WIFI_RADIOTAP);
        return PACKET_OK;
    case ARPHRD_NETLINK:
        return carries(layer, PACKET_ETHERTYPE_NONE);
    default:
        break;
    }
    if (protocol == SLL_PROTOCOL_LLC)
        return packet_link_llc_undo(layer);
    if (protocol < ETHERTYPE_MIN) /* Linux's own: CAN, 802.3 raw ... */
        return carries(layer, PACKET_ETHERTYPE_NONE);
    return carries(layer, protocol);
}

static enum packet_status undo_sll(struct packet_layer *layer,
                                   struct packet_datagram *out)
{
    if (!packet_layer_has(layer, SLL_HEADER))
        return not_there(layer, SLL_HEADER);
    const uint8_t *sll = layer->data;
    out->packet_type = sll[1];
    packet_layer_drop(layer, SLL_HEADER);
    return undo_cooked(layer, load_be16(sll + 14), load_be16(sll + 2));
}

static enum packet_status undo_sll2(struct packet_layer *layer,
                                    struct packet_datagram *out)
{
    if (!packet_layer_has(layer, SLL2_HEADER))
        return not_there(layer, SLL2_HEADER);
    const uint8_t *sll = layer->data;
    out->interface = load_be16(sll + 6);
    out->packet_type = sll[10];
    packet_layer_drop(layer, SLL2_HEADER);
    return undo_cooked(layer, load_be16(sll), load_be16(sll + 8));
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
        return PACKET_ETHERTYPE_NONE;
    }
}

/* LINKTYPE_NULL is in the byte order of the capturing host, LOOP in network
 * order. A family needs one octet, so either order can be told. */
static enum packet_status undo_loopback(struct packet_layer *layer)
{
    if (!packet_layer_has(layer, LOOP_HEADER))
        return not_there(layer, LOOP_HEADER);
    uint32_t family = load_be32(layer->data);
    if (family > 0xffff)
        family = load_le32(layer->data);
    packet_layer_drop(layer, LOOP_HEADER);
    return carries(layer, family_ethertype(family));
}

static enum packet_status undo_fddi(struct packet_layer *layer)
{
    if (!packet_layer_has(layer, FDDI_HEADER))
        return not_there(layer, FDDI_HEADER);
    packet_layer_drop(layer, FDDI_HEADER);
    return packet_link_llc_undo(layer);
}

/* ARCNET as Linux captures it: source, destination, two octets of the card's,
 * the protocol; then, in RFC 1201's protocols, whether the packet was split,
 * and its number. */
static enum packet_status undo_arcnet(struct packet_layer *layer)
{
    enum {
        HEADER = 8,
        PROTOCOL_IPV6 = 0xc4,
        PROTOCOL_IPV4 = 0xd4,
        EXCEPTION = 0xff, /* four octets of padding, and the header again */
    };
    if (!packet_layer_has(layer, HEADER))
        return not_there(layer, HEADER);
    const uint8_t protocol = layer->data[4];
    const uint8_t split = layer->data[5];
    if (protocol != PROTOCOL_IPV4 && protocol != PROTOCOL_IPV6)
        return carries(layer, PACKET_ETHERTYPE_NONE);
    if (split != 0)
        return PACKET_TUNNEL;
    packet_layer_drop(layer, HEADER);
    return carries(layer, PACKET_ETHERTYPE_IPV4);
}

enum packet_status packet_link_undo(struct packet_layer *layer,
                                    struct packet_datagram *out)
{
    switch (packet_layer_number(layer)) {
    case PACKET_LINK_ETHERNET:
        return undo_ethernet(layer);
    case PACKET_LINK_SLL:
        return undo_sll(layer, out);
    case PACKET_LINK_SLL2:
        return undo_sll2(layer, out);
    case PACKET_LINK_NULL:
    case PACKET_LINK_LOOP:
        return undo_loopback(layer);
    case PACKET_LINK_RAW:
    case PACKET_LINK_RAW_BSD:
    case PACKET_LINK_RAW_OPENBSD:
    case PACKET_LINK_IPV4:
    case PACKET_LINK_IPV6:
        return carries(layer, PACKET_ETHERTYPE_IPV4); /* of either version */
    case PACKET_LINK_MPLS:
        return carries(layer, PACKET_ETHERTYPE_MPLS);
    case PACKET_LINK_PPPOE:
        return carries(layer, PACKET_ETHERTYPE_PPPOE);
    case PACKET_LINK_PPP:
    case PACKET_LINK_PPP_SERIAL:
    case PACKET_LINK_PPP_PPPD:
    case PACKET_LINK_PPP_DIRECTION:
    case PACKET_LINK_HDLC:
    case PACKET_LINK_HDLC_DIRECTION:
    case PACKET_LINK_FRAME_RELAY:
    case PACKET_LINK_FRAME_RELAY_DIRECTION:
        return packet_serial_undo(layer);
    case PACKET_LINK_WIFI:
    case PACKET_LINK_WIFI_RADIOTAP:
    case PACKET_LINK_WIFI_AVS:
    case PACKET_LINK_WIFI_PRISM:
        return packet_wifi_undo(layer);
    case PACKET_LINK_PPI:
    case PACKET_LINK_NFLOG:
    case PACKET_LINK_PKTAP:
    case PACKET_LINK_USER2:
        return packet_wrap_undo(layer, out);
    case PACKET_LINK_ATM:
        return packet_link_llc_undo(layer);
    case PACKET_LINK_FDDI:
        return undo_fddi(layer);
    case PACKET_LINK_ARCNET:
        return undo_arcnet(layer);
    default:
        return PACKET_LINK_UNSUPPORTED;
    }
}

bool packet_link_is_ethernet(const uint8_t *header)
{
    const bool from_a_group = header[6] & 1;
    if (from_a_group)
        return false;
    switch (load_be16(header + 12)) {
    case PACKET_ETHERTYPE_IPV4:
    case PACKET_ETHERTYPE_IPV6:
    case PACKET_ETHERTYPE_ARP:
    case PACKET_ETHERTYPE_VLAN:
    case PACKET_ETHERTYPE_QINQ:
    case PACKET_ETHERTYPE_QINQ_OLD:
    case PACKET_ETHERTYPE_QINQ_OLDER:
    case PACKET_ETHERTYPE_PBB:
    case PACKET_ETHERTYPE_MPLS:
    case PACKET_ETHERTYPE_MPLS_UPSTREAM:
    case PACKET_ETHERTYPE_PPPOE:
        return true;
    default:
        return false;
    }
}

/* An Ethernet header with an IP header of the announced version behind it: few
 * other octets look like that, while a hardware address may well begin like an
 * IP header. */
static bool is_ethernet_with_ip(const struct packet_layer *layer)
{
    if (!packet_layer_has(layer, ETHERNET_HEADER + 1) ||
        !packet_link_is_ethernet(layer->data))
        return false;
    const uint16_t type = load_be16(layer->data + 12);
    const uint8_t version = layer->data[ETHERNET_HEADER] >> 4;
    return (type == PACKET_ETHERTYPE_IPV4 && version == 4) ||
           (type == PACKET_ETHERTYPE_IPV6 && version == 6);
}

/* What was not captured may be IP, or Ethernet, and is found to be cut. */
static bool may_be_ip(const struct packet_layer *layer)
{
    enum { IPV4_WORDS_MIN = 5, IPV4_HEADER = 20, IPV6_HEADER = 40 };
    if (!packet_layer_has(layer, 1))
        return true;
    const uint8_t *ip = layer->data;
    if (ip[0] >> 4 == 6)
        return !packet_layer_has(layer, 6) ||
               load_be16(ip + 4) + (uint32_t)IPV6_HEADER <= layer->wire;
    if (ip[0] >> 4 != 4 || (ip[0] & 15) < IPV4_WORDS_MIN)
        return false;
    return !packet_layer_has(layer, 4) || (load_be16(ip + 2) >= IPV4_HEADER &&
                                           load_be16(ip + 2) <= layer->wire);
}

static bool may_be_ethernet(const struct packet_layer *layer)
{
    return packet_layer_has(layer, ETHERNET_HEADER)
               ? packet_link_is_ethernet(layer->data)
               : layer->wire >= ETHERNET_HEADER;
}

void packet_link_guess(struct packet_layer *layer)
{
    const bool bridged = is_ethernet_with_ip(layer);
    if (!bridged && may_be_ip(layer))
        packet_layer_becomes(layer, PACKET_HOLDS_NETWORK,
                             PACKET_ETHERTYPE_IPV4);
    else if (bridged || may_be_ethernet(layer))
        packet_layer_becomes(layer, PACKET_HOLDS_LINK, PACKET_LINK_ETHERNET);
    else
        packet_layer_becomes(layer, PACKET_HOLDS_NETWORK,
                             PACKET_ETHERTYPE_NONE);
}
