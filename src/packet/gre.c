#include "packet/gre.h"

#include "packet/link.h"

enum {
    HEADER = 4,
    FIELD = 4, /* checksum, key, sequence and acknowledgement alike */
    ERSPAN_2_HEADER = 8,
    ERSPAN_3_HEADER = 12,
    ERSPAN_3_PLATFORM = 8,
};

/* Flags and version, the first two octets. */
enum {
    CHECKSUM = 0x8000,
    ROUTE = 0x4000,
    KEY = 0x2000,
    SEQUENCE = 0x1000,
    ACKNOWLEDGEMENT = 0x0080, /* PPTP's version only */
    VERSION = 0x0007,
    VERSION_PPTP = 1,
};

enum { TYPE_ERSPAN_2 = 0x88be, TYPE_ERSPAN_3 = 0x22eb };

/* The last two octets of an ERSPAN III header: what kind of frame, and whether
 * a platform's own fields follow. */
enum {
    ERSPAN_3_FRAME = 0x7c00,
    ERSPAN_3_FRAME_IP = 0x0800,
    ERSPAN_3_OPTIONAL = 0x0001,
};

/* Virtual subnets below 0x1000 are reserved, so that an NVGRE key, which has
 * eight bits of the flow behind the subnet, is at least this (RFC 7637 s3.2).
 * The flow differs between the directions. */
enum { NVGRE_KEY_MIN = 0x100000 };

static enum packet_status not_there(const struct packet_layer *layer,
                                    uint32_t octets)
{
    return packet_layer_lacks(layer, octets, PACKET_CUT_TUNNEL,
                              PACKET_BAD_TUNNEL);
}

static enum packet_status carries(struct packet_layer *layer, uint16_t type)
{
    switch (type) {
    case PACKET_ETHERTYPE_BRIDGED:
        packet_layer_becomes(layer, PACKET_HOLDS_LINK, PACKET_LINK_ETHERNET);
        return PACKET_OK;
    case PACKET_ETHERTYPE_PPP:
        packet_layer_becomes(layer, PACKET_HOLDS_LINK, PACKET_LINK_PPP);
        return PACKET_OK;
    default:
        packet_layer_becomes(layer, PACKET_HOLDS_NETWORK, type);
        return PACKET_OK;
    }
}

static enum packet_status undo_erspan_3(struct packet_layer *layer)
{
    if (!packet_layer_has(layer, ERSPAN_3_HEADER))
        return not_there(layer, ERSPAN_3_HEADER);
    const uint16_t last = load_be16(layer->data + 10);
    const uint32_t octets =
        ERSPAN_3_HEADER + (last & ERSPAN_3_OPTIONAL ? ERSPAN_3_PLATFORM : 0);
    if (!packet_layer_has(layer, octets))
        return not_there(layer, octets);
    packet_layer_drop(layer, octets);
    return carries(layer, (last & ERSPAN_3_FRAME) == ERSPAN_3_FRAME_IP
                              ? PACKET_ETHERTYPE_IPV4
                              : PACKET_ETHERTYPE_BRIDGED);
}

/* Type II has a sequence number in the GRE header, type I nothing at all. */
static enum packet_status undo_erspan_2(struct packet_layer *layer,
                                        uint16_t flags)
{
    const uint32_t octets = flags & SEQUENCE ? ERSPAN_2_HEADER : 0;
    if (!packet_layer_has(layer, octets))
        return not_there(layer, octets);
    packet_layer_drop(layer, octets);
    return carries(layer, PACKET_ETHERTYPE_BRIDGED);
}

/* Octets of the header that `flags` announces. */
static uint32_t header_octets(uint16_t flags)
{
    uint32_t octets = HEADER;
    octets += flags & CHECKSUM ? FIELD : 0;
    octets += flags & KEY ? FIELD : 0;
    octets += flags & SEQUENCE ? FIELD : 0;
    octets += flags & ACKNOWLEDGEMENT ? FIELD : 0;
    return octets;
}

/* In PPTP the key is the length of the payload and the number of the call; a
 * packet without sequence number has no payload. */
static enum packet_status undo_pptp(struct packet_layer *layer, uint16_t flags)
{
    const uint32_t octets = header_octets(flags);
    const uint16_t payload_octets = load_be16(layer->data + HEADER);
    const uint16_t type = load_be16(layer->data + 2);
    packet_layer_drop(layer, octets);
    packet_layer_resize(layer, payload_octets);
    return carries(layer, flags & SEQUENCE ? type : PACKET_ETHERTYPE_NONE);
}

static uint32_t network_of_key(uint32_t key, uint16_t type)
{
    return type == PACKET_ETHERTYPE_BRIDGED && key >= NVGRE_KEY_MIN ? key >> 8
                                                                    : key;
}

static enum packet_status undo_version_0(struct packet_layer *layer,
                                         uint16_t flags,
                                         struct packet_datagram *out)
{
    const uint16_t type = load_be16(layer->data + 2);
    const uint32_t key_at = HEADER + (flags & CHECKSUM ? FIELD : 0);
    if (flags & KEY)
        out->vni = network_of_key(load_be32(layer->data + key_at), type);
    packet_layer_drop(layer, header_octets(flags));
    switch (type) {
    case TYPE_ERSPAN_2:
        return undo_erspan_2(layer, flags);
    case TYPE_ERSPAN_3:
        return undo_erspan_3(layer);
    default:
        return carries(layer, type);
    }
}

enum packet_status packet_gre_undo(struct packet_layer *layer,
                                   struct packet_datagram *out)
{
    if (!packet_layer_has(layer, HEADER))
        return not_there(layer, HEADER);
    const uint16_t flags = load_be16(layer->data);
    const uint16_t version = flags & VERSION;
    const bool pptp = version == VERSION_PPTP && flags & KEY;
    if (flags & ROUTE || (version != 0 && !pptp) ||
        (version == 0 && flags & ACKNOWLEDGEMENT))
        return PACKET_TUNNEL;
    const uint32_t octets = header_octets(flags);
    if (!packet_layer_has(layer, octets))
        return not_there(layer, octets);
    out->depth++;
    return pptp ? undo_pptp(layer, flags) : undo_version_0(layer, flags, out);
}
