#include "packet/wrap.h"

#include "packet/link.h"

enum {
    PPI_HEADER = 8,
    PKTAP_HEADER = 108, /* of the first version; it may grow */
    PKTAP_LINK_AT = 8,
    NFLOG_HEADER = 4,
    FIELD_HEADER = 4,
    /* The kernel writes some twenty fields at most. */
    NFLOG_FIELDS = 32,
    NFLOG_PAYLOAD = 9, /* the field that holds the packet */
};

/* Linux's address families. */
enum { FAMILY_IPV4 = 2, FAMILY_IPV6 = 10 };

static enum packet_status not_there(const struct packet_layer *layer,
                                    uint32_t octets)
{
    return packet_layer_lacks(layer, octets, PACKET_CUT_LINK, PACKET_BAD_LINK);
}

/* Steps over a header of `octets` to a link of type `link_type`. A wrap may
 * hold a wrap: it counts as a tunnel. */
static enum packet_status unwrap(struct packet_layer *layer, uint32_t octets,
                                 uint32_t link_type,
                                 struct packet_datagram *out)
{
    if (!packet_layer_has(layer, octets))
        return not_there(layer, octets);
    if (link_type > UINT16_MAX)
        return PACKET_LINK_UNSUPPORTED;
    packet_layer_drop(layer, octets);
    packet_layer_becomes(layer, PACKET_HOLDS_LINK, (uint16_t)link_type);
    out->depth++;
    return PACKET_OK;
}

/* Version, flags, length, link type; little endian. */
static enum packet_status undo_ppi(struct packet_layer *layer,
                                   struct packet_datagram *out)
{
    if (!packet_layer_has(layer, PPI_HEADER))
        return not_there(layer, PPI_HEADER);
    const uint32_t octets = load_le16(layer->data + 2);
    if (octets < PPI_HEADER)
        return PACKET_BAD_LINK;
    return unwrap(layer, octets, load_le32(layer->data + 4), out);
}

/* Length, kind of record, link type; little endian. */
static enum packet_status undo_pktap(struct packet_layer *layer,
                                     struct packet_datagram *out)
{
    const bool guessed = packet_layer_number(layer) == PACKET_LINK_USER2;
    if (!packet_layer_has(layer, PKTAP_HEADER))
        return guessed ? PACKET_LINK_UNSUPPORTED
                       : not_there(layer, PKTAP_HEADER);
    const uint32_t octets = load_le32(layer->data);
    if (octets < PKTAP_HEADER || (guessed && octets > layer->wire))
        return guessed ? PACKET_LINK_UNSUPPORTED : PACKET_BAD_LINK;
    return unwrap(layer, octets, load_le32(layer->data + PKTAP_LINK_AT), out);
}

/* NFLOG fields are in the order of the capturing host: a type is below 256, so
 * the octet that is 0 tells. */
static bool is_big_endian(const uint8_t *field)
{
    return field[2] == 0 && field[3] != 0;
}

/* Family, version, number of the log; then fields of length, type, value, each
 * padded to 4 octets. */
static enum packet_status undo_nflog(struct packet_layer *layer)
{
    if (!packet_layer_has(layer, NFLOG_HEADER))
        return not_there(layer, NFLOG_HEADER);
    const uint8_t family = layer->data[0];
    const bool is_ip = family == FAMILY_IPV4 || family == FAMILY_IPV6;
    packet_layer_drop(layer, NFLOG_HEADER);
    for (unsigned fields = 0; fields < NFLOG_FIELDS; fields++) {
        if (!packet_layer_has(layer, FIELD_HEADER))
            return not_there(layer, FIELD_HEADER);
        const uint8_t *field = layer->data;
        const bool big = is_big_endian(field);
        const uint32_t octets = big ? load_be16(field) : load_le16(field);
        const uint16_t type = big ? load_be16(field + 2) : load_le16(field + 2);
        if (octets < FIELD_HEADER)
            return PACKET_BAD_LINK;
        if (type == NFLOG_PAYLOAD) {
            packet_layer_resize(layer, octets);
            packet_layer_drop(layer, FIELD_HEADER);
            packet_layer_becomes(layer, PACKET_HOLDS_NETWORK,
                                 is_ip ? PACKET_ETHERTYPE_IPV4
                                       : PACKET_ETHERTYPE_NONE);
            return PACKET_OK;
        }
        const uint32_t padded = (octets + 3) & ~UINT32_C(3);
        if (!packet_layer_has(layer, padded))
            return not_there(layer, padded);
        packet_layer_drop(layer, padded);
    }
    return PACKET_TOO_DEEP;
}

enum packet_status packet_wrap_undo(struct packet_layer *layer,
                                    struct packet_datagram *out)
{
    switch (packet_layer_number(layer)) {
    case PACKET_LINK_PPI:
        return undo_ppi(layer, out);
    case PACKET_LINK_NFLOG:
        return undo_nflog(layer);
    default:
        return undo_pktap(layer, out);
    }
}
