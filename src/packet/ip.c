#include "packet/ip.h"

enum {
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    IPV6_EXTENSION_MIN = 8,
};

/* The status of a header that was not captured whole. */
static enum packet_status not_there(const struct packet_layer *layer,
                                    uint32_t octets)
{
    return packet_layer_lacks(layer, octets, PACKET_CUT_IP, PACKET_BAD_IP);
}

/* `layer` is at the octets of a fragment. */
static enum packet_status read_fragment(const struct packet_layer *layer,
                                        const struct packet_fragment *fragment,
                                        struct packet_datagram *out)
{
    if (layer->wire == 0 || (fragment->more && layer->wire % 8 != 0) ||
        layer->wire > PACKET_IP_OCTETS_MAX - (uint32_t)fragment->offset)
        return PACKET_BAD_FRAGMENT;
    out->fragment = *fragment;
    out->payload = (struct bytes){layer->data, layer->captured};
    out->payload_octets = layer->wire;
    out->cut = layer->captured < layer->wire;
    return PACKET_FRAGMENT;
}

/* Octets of the extension header `protocol` whose second octet is `length`, at
 * least IPV6_EXTENSION_MIN; 0 when `protocol` is no extension header. */
static uint32_t extension_octets(uint16_t protocol, uint8_t length)
{
    switch (protocol) {
    case PACKET_PROTOCOL_HOP_BY_HOP:
    case PACKET_PROTOCOL_ROUTING:
    case PACKET_PROTOCOL_DESTINATION:
    case PACKET_PROTOCOL_MOBILITY:
    case PACKET_PROTOCOL_HIP:
    case PACKET_PROTOCOL_SHIM6:
        return (length + 1u) * 8;
    case PACKET_PROTOCOL_AH:
        return (length + 2u) * 4;
    case PACKET_PROTOCOL_FRAGMENT:
        return IPV6_EXTENSION_MIN;
    default:
        return 0;
    }
}

/* A fragment header with neither offset nor "more" is an atomic fragment: the
 * packet is whole (RFC 6946). */
static bool is_atomic(const uint8_t *header)
{
    return (load_be16(header + 2) & 0xfff9) == 0;
}

/* `layer` is behind the fragment header `header`. */
static enum packet_status undo_fragment(const struct packet_layer *layer,
                                        const uint8_t *header,
                                        struct packet_datagram *out)
{
    const uint16_t place = load_be16(header + 2);
    const struct packet_fragment fragment = {
        .id = load_be32(header + 4),
        .offset = place & 0xfff8,
        .protocol = header[0],
        .more = place & 1,
    };
    return read_fragment(layer, &fragment, out);
}

enum packet_status packet_ip_extensions_undo(struct packet_layer *layer,
                                             struct packet_datagram *out)
{
    for (unsigned undone = 0; undone <= PACKET_IPV6_EXTENSIONS; undone++) {
        const uint8_t *header = layer->data;
        const uint8_t length = packet_layer_has(layer, 2) ? header[1] : 0;
        const uint32_t octets =
            extension_octets(packet_layer_number(layer), length);
        if (octets == 0)
            return PACKET_OK;
        if (!packet_layer_has(layer, octets))
            return not_there(layer, octets);
        const uint16_t number = packet_layer_number(layer);
        packet_layer_drop(layer, octets);
        packet_layer_becomes(layer, PACKET_HOLDS_TRANSPORT, header[0]);
        if (number == PACKET_PROTOCOL_FRAGMENT && !is_atomic(header))
            return undo_fragment(layer, header, out);
    }
    return PACKET_TOO_DEEP;
}

static enum packet_status undo_ipv4(struct packet_layer *layer,
                                    struct packet_datagram *out)
{
    if (!packet_layer_has(layer, IPV4_HEADER))
        return not_there(layer, IPV4_HEADER);
    const uint8_t *ip = layer->data;
    const uint32_t header_octets = (ip[0] & 15u) * 4;
    uint32_t total_octets = load_be16(ip + 2);
    if (total_octets == 0)
        total_octets = layer->wire;
    if (header_octets < IPV4_HEADER || total_octets < header_octets)
        return PACKET_BAD_IP;
    if (!packet_layer_has(layer, header_octets))
        return not_there(layer, header_octets);

    out->source = ip + 12;
    out->destination = ip + 16;
    out->address_octets = 4;
    out->ip_id = load_be16(ip + 4);
    out->ip_ttl = ip[8];
    packet_layer_resize(layer, total_octets);
    packet_layer_drop(layer, header_octets);
    packet_layer_becomes(layer, PACKET_HOLDS_TRANSPORT, ip[9]);

    /* "more fragments" or an offset; "don't fragment" is the bit above. */
    const uint16_t place = load_be16(ip + 6);
    if (LIKELY((place & 0x3fff) == 0))
        return PACKET_OK;
    const struct packet_fragment fragment = {
        .id = out->ip_id,
        .offset = (uint16_t)(place << 3),
        .protocol = ip[9],
        .more = place & 0x2000,
    };
    return read_fragment(layer, &fragment, out);
}

static enum packet_status undo_ipv6(struct packet_layer *layer,
                                    struct packet_datagram *out)
{
    if (!packet_layer_has(layer, IPV6_HEADER))
        return not_there(layer, IPV6_HEADER);
    const uint8_t *ip = layer->data;
    const uint32_t payload_octets = load_be16(ip + 4);
    out->source = ip + 8;
    out->destination = ip + 24;
    out->address_octets = 16;
    out->ip_id = load_be16(ip + 2);
    out->ip_ttl = ip[7];
    packet_layer_drop(layer, IPV6_HEADER);
    packet_layer_becomes(layer, PACKET_HOLDS_TRANSPORT, ip[6]);
    if (payload_octets != 0)
        packet_layer_resize(layer, payload_octets);
    return packet_ip_extensions_undo(layer, out);
}

enum packet_status packet_ip_undo(struct packet_layer *layer,
                                  struct packet_datagram *out)
{
    if (!packet_layer_has(layer, 1))
        return not_there(layer, 1);
    switch (layer->data[0] >> 4) {
    case 4:
        return undo_ipv4(layer, out);
    case 6:
        return undo_ipv6(layer, out);
    default:
        return PACKET_BAD_IP;
    }
}
