#include "packet/serial.h"

#include "packet/link.h"

enum {
    HDLC_HEADER = 4,
    PPPOE_HEADER = 6,
    PPPOE_VERSION_TYPE = 0x11,
    PPPOE_SESSION_DATA = 0,
    FRAME_RELAY_ADDRESS_MAX = 4,
    SNAP = 5, /* organisation, EtherType */
};

/* RFC 1662: every station; control: unnumbered information, also in LLC. */
enum { ALL_STATIONS = 0xff, UNNUMBERED = 0x03 };

/* Cisco HDLC has one of these where PPP has ALL_STATIONS. */
enum { HDLC_UNICAST = 0x0f, HDLC_MULTICAST = 0x8f };

/* IANA numbers of what PPP carries. */
enum {
    PPP_IPV4 = 0x0021,
    PPP_MULTILINK = 0x003d,
    PPP_ENCRYPTED = 0x0053,
    PPP_ENCRYPTED_LINK = 0x0055, /* one link of several */
    PPP_IPV6 = 0x0057,
    PPP_COMPRESSED_LINK = 0x00fb,
    PPP_COMPRESSED = 0x00fd,
    PPP_MPLS = 0x0281,
    PPP_MPLS_MULTICAST = 0x0283,
};

/* Network layer protocol identifiers (ISO TR 9577) behind Frame Relay. */
enum { NLPID_SNAP = 0x80, NLPID_IPV6 = 0x8e, NLPID_IPV4 = 0xcc };

static enum packet_status not_there(const struct packet_layer *layer,
                                    uint32_t octets)
{
    return packet_layer_lacks(layer, octets, PACKET_CUT_LINK, PACKET_BAD_LINK);
}

static enum packet_status undo_hdlc(struct packet_layer *layer)
{
    if (!packet_layer_has(layer, HDLC_HEADER))
        return not_there(layer, HDLC_HEADER);
    const uint16_t ethertype = load_be16(layer->data + 2);
    packet_layer_drop(layer, HDLC_HEADER);
    packet_layer_becomes(layer, PACKET_HOLDS_NETWORK, ethertype);
    return PACKET_OK;
}

static enum packet_status ppp_carries(struct packet_layer *layer,
                                      uint16_t protocol)
{
    uint16_t ethertype = PACKET_ETHERTYPE_NONE;
    switch (protocol) {
    case PPP_IPV4:
        ethertype = PACKET_ETHERTYPE_IPV4;
        break;
    case PPP_IPV6:
        ethertype = PACKET_ETHERTYPE_IPV6;
        break;
    case PPP_MPLS:
    case PPP_MPLS_MULTICAST:
        ethertype = PACKET_ETHERTYPE_MPLS;
        break;
    case PPP_MULTILINK:
    case PPP_ENCRYPTED_LINK:
    case PPP_ENCRYPTED:
    case PPP_COMPRESSED_LINK:
    case PPP_COMPRESSED:
        return PACKET_TUNNEL;
    default: /* the link's own business, and other networks */
        break;
    }
    packet_layer_becomes(layer, PACKET_HOLDS_NETWORK, ethertype);
    return PACKET_OK;
}

/* Whether address and control octets are in front; pppd writes the direction
 * of the packet, 0 or 1, in the place of the address. */
static bool has_address(const uint8_t *ppp)
{
    return ppp[1] == UNNUMBERED && (ppp[0] == ALL_STATIONS || ppp[0] <= 1);
}

static enum packet_status undo_ppp(struct packet_layer *layer)
{
    if (!packet_layer_has(layer, 2))
        return not_there(layer, 2);
    if ((layer->data[0] == HDLC_UNICAST || layer->data[0] == HDLC_MULTICAST) &&
        layer->data[1] == 0)
        return undo_hdlc(layer);
    if (has_address(layer->data))
        packet_layer_drop(layer, 2);

    /* The last octet of the protocol, and only it, is odd: a leading 0 may be
     * left out (RFC 1661 s6.5). */
    if (!packet_layer_has(layer, 1))
        return not_there(layer, 1);
    if (layer->data[0] & 1) {
        const uint16_t protocol = layer->data[0];
        packet_layer_drop(layer, 1);
        return ppp_carries(layer, protocol);
    }
    if (!packet_layer_has(layer, 2))
        return not_there(layer, 2);
    const uint16_t protocol = load_be16(layer->data);
    packet_layer_drop(layer, 2);
    return ppp_carries(layer, protocol);
}

/* Behind the control octet: the network's number, or SNAP. */
static enum packet_status undo_nlpid(struct packet_layer *layer)
{
    uint16_t ethertype = PACKET_ETHERTYPE_NONE;
    if (packet_layer_has(layer, 1) && layer->data[0] == 0)
        packet_layer_drop(layer, 1); /* padding to an even place */
    if (!packet_layer_has(layer, 1))
        return not_there(layer, 1);
    const uint8_t nlpid = layer->data[0];
    packet_layer_drop(layer, 1);
    if (nlpid == NLPID_IPV4) {
        ethertype = PACKET_ETHERTYPE_IPV4;
    } else if (nlpid == NLPID_IPV6) {
        ethertype = PACKET_ETHERTYPE_IPV6;
    } else if (nlpid == NLPID_SNAP) {
        if (!packet_layer_has(layer, SNAP))
            return not_there(layer, SNAP);
        if (load_be16(layer->data) == 0 && layer->data[2] == 0)
            ethertype = load_be16(layer->data + 3);
        packet_layer_drop(layer, SNAP);
    }
    packet_layer_becomes(layer, PACKET_HOLDS_NETWORK, ethertype);
    return PACKET_OK;
}

/* The address ends with the first odd octet. Then either RFC 2427's control
 * octet, or Cisco's EtherType at once. */
static enum packet_status undo_frame_relay(struct packet_layer *layer)
{
    uint32_t octets = 0;
    do {
        if (octets == FRAME_RELAY_ADDRESS_MAX)
            return PACKET_BAD_LINK;
        if (!packet_layer_has(layer, octets + 1))
            return not_there(layer, octets + 1);
    } while (!(layer->data[octets++] & 1));
    packet_layer_drop(layer, octets);

    if (!packet_layer_has(layer, 1))
        return not_there(layer, 1);
    if (layer->data[0] == UNNUMBERED) {
        packet_layer_drop(layer, 1);
        return undo_nlpid(layer);
    }
    if (!packet_layer_has(layer, 2))
        return not_there(layer, 2);
    const uint16_t ethertype = load_be16(layer->data);
    packet_layer_drop(layer, 2);
    packet_layer_becomes(layer, PACKET_HOLDS_NETWORK, ethertype);
    return PACKET_OK;
}

/* The octet of the link types that tell in from out. */
static enum packet_status undo_direction(struct packet_layer *layer,
                                         uint16_t link_type)
{
    if (!packet_layer_has(layer, 1))
        return not_there(layer, 1);
    packet_layer_drop(layer, 1);
    packet_layer_becomes(layer, PACKET_HOLDS_LINK, link_type);
    return PACKET_OK;
}

enum packet_status packet_serial_undo(struct packet_layer *layer)
{
    switch (packet_layer_number(layer)) {
    case PACKET_LINK_PPP_DIRECTION:
        return undo_direction(layer, PACKET_LINK_PPP);
    case PACKET_LINK_HDLC_DIRECTION:
        return undo_direction(layer, PACKET_LINK_HDLC);
    case PACKET_LINK_FRAME_RELAY_DIRECTION:
        return undo_direction(layer, PACKET_LINK_FRAME_RELAY);
    case PACKET_LINK_HDLC:
        return undo_hdlc(layer);
    case PACKET_LINK_FRAME_RELAY:
        return undo_frame_relay(layer);
    default:
        return undo_ppp(layer);
    }
}

enum packet_status packet_serial_pppoe_undo(struct packet_layer *layer,
                                            struct packet_datagram *out)
{
    if (!packet_layer_has(layer, PPPOE_HEADER))
        return packet_layer_lacks(layer, PPPOE_HEADER, PACKET_CUT_TUNNEL,
                                  PACKET_BAD_TUNNEL);
    if (layer->data[0] != PPPOE_VERSION_TYPE ||
        layer->data[1] != PPPOE_SESSION_DATA)
        return PACKET_BAD_TUNNEL;
    const uint16_t octets = load_be16(layer->data + 4);
    packet_layer_drop(layer, PPPOE_HEADER);
    packet_layer_resize(layer, octets);
    packet_layer_becomes(layer, PACKET_HOLDS_LINK, PACKET_LINK_PPP);
    out->depth++;
    return PACKET_OK;
}
