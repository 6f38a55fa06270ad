#include "packet/wifi.h"

#include "packet/link.h"

/* IEEE 802.11-2020 s9.2.4: frame control, then up to four addresses. */
enum {
    VERSION = 0x03,
    TYPE = 0x0c,
    TYPE_DATA = 0x08,
    SUBTYPE_NULL = 0x40, /* data frames without data */
    SUBTYPE_QOS = 0x80,
    BOTH_DS = 0x03, /* between access points: a fourth address */
    PROTECTED = 0x40,
    ORDER = 0x80, /* in a QoS frame: HT control follows */
    SEQUENCE_AT = 22,
    FRAGMENT = 0x0f,
    ADDRESSES_3 = 24,
    ADDRESS = 6,
    QOS = 2,
    QOS_AGGREGATE = 0x80, /* A-MSDU */
    HT = 4,
};

/* Radiotap: version, padding, length, fields present; little endian. */
enum {
    RADIOTAP_HEADER = 8,
    RADIOTAP_PRESENT_AT = 4,
    RADIOTAP_TIME = 1 << 0, /* bit of `present`: 8 octets, aligned to 8 */
    RADIOTAP_FLAGS = 1 << 1,
    FLAG_PADDED = 0x20, /* the 802.11 header is padded to 4 octets */
};
#define RADIOTAP_MORE (UINT32_C(1) << 31) /* another word of `present` */

enum {
    AVS_HEADER = 8,
    PRISM_HEADER = 144,
};
#define AVS_MAGIC      UINT32_C(0x80211000) /* and a version */
#define AVS_MAGIC_MASK UINT32_C(0xfffff000)

static enum packet_status not_there(const struct packet_layer *layer,
                                    uint32_t octets)
{
    return packet_layer_lacks(layer, octets, PACKET_CUT_LINK, PACKET_BAD_LINK);
}

/* Octets of the header of the data frame at `wifi`. */
static uint32_t header_octets(const uint8_t *wifi, bool padded)
{
    const bool qos = wifi[0] & SUBTYPE_QOS;
    uint32_t octets = ADDRESSES_3;
    if ((wifi[1] & BOTH_DS) == BOTH_DS)
        octets += ADDRESS;
    if (qos)
        octets += QOS;
    if (qos && wifi[1] & ORDER)
        octets += HT;
    return padded ? (octets + 3) & ~UINT32_C(3) : octets;
}

/* Whether several packets share the data frame: each then has an Ethernet
 * header of its own, with a length. */
static bool is_aggregate(const uint8_t *wifi)
{
    const bool both = (wifi[1] & BOTH_DS) == BOTH_DS;
    return wifi[0] & SUBTYPE_QOS &&
           wifi[ADDRESSES_3 + (both ? ADDRESS : 0)] & QOS_AGGREGATE;
}

static enum packet_status undo_wifi(struct packet_layer *layer, bool padded)
{
    if (!packet_layer_has(layer, 2))
        return not_there(layer, 2);
    const uint8_t *wifi = layer->data;
    if ((wifi[0] & (VERSION | TYPE | SUBTYPE_NULL)) != TYPE_DATA) {
        packet_layer_becomes(layer, PACKET_HOLDS_NETWORK,
                             PACKET_ETHERTYPE_NONE);
        return PACKET_OK;
    }
    if (wifi[1] & PROTECTED)
        return PACKET_WIFI_ENCRYPTED;
    const uint32_t octets = header_octets(wifi, padded);
    if (!packet_layer_has(layer, octets))
        return not_there(layer, octets);
    if ((wifi[SEQUENCE_AT] & FRAGMENT) != 0)
        return PACKET_TUNNEL;
    packet_layer_drop(layer, octets);
    if (!is_aggregate(wifi))
        return packet_link_llc_undo(layer);
    packet_layer_becomes(layer, PACKET_HOLDS_LINK, PACKET_LINK_ETHERNET);
    return PACKET_OK;
}

/* Whether the radiotap header of `octets` says that the frame is padded: its
 * flags are the first field but for the time. */
static bool radiotap_is_padded(const uint8_t *header, uint32_t octets)
{
    const uint32_t present = load_le32(header + RADIOTAP_PRESENT_AT);
    if (!(present & RADIOTAP_FLAGS))
        return false;
    uint32_t at = RADIOTAP_HEADER;
    for (uint32_t word = present; word & RADIOTAP_MORE; at += 4) {
        if (octets - at < 4)
            return false;
        word = load_le32(header + at);
    }
    if (present & RADIOTAP_TIME)
        at = ((at + 7) & ~UINT32_C(7)) + 8;
    return at < octets && header[at] & FLAG_PADDED;
}

static enum packet_status undo_radiotap(struct packet_layer *layer)
{
    if (!packet_layer_has(layer, RADIOTAP_HEADER))
        return not_there(layer, RADIOTAP_HEADER);
    const uint32_t octets = load_le16(layer->data + 2);
    if (layer->data[0] != 0 || octets < RADIOTAP_HEADER)
        return PACKET_BAD_LINK;
    if (!packet_layer_has(layer, octets))
        return not_there(layer, octets);
    const bool padded = radiotap_is_padded(layer->data, octets);
    packet_layer_drop(layer, octets);
    return undo_wifi(layer, padded);
}

/* AVS says how long it is; drivers wrote it under Prism's number too, whose
 * own header is of fixed length. */
static enum packet_status undo_avs_or_prism(struct packet_layer *layer)
{
    if (!packet_layer_has(layer, AVS_HEADER))
        return not_there(layer, AVS_HEADER);
    uint32_t octets = PRISM_HEADER;
    if ((load_be32(layer->data) & AVS_MAGIC_MASK) == AVS_MAGIC)
        octets = load_be32(layer->data + 4);
    else if (packet_layer_number(layer) == PACKET_LINK_WIFI_AVS)
        return PACKET_BAD_LINK;
    if (octets < AVS_HEADER)
        return PACKET_BAD_LINK;
    if (!packet_layer_has(layer, octets))
        return not_there(layer, octets);
    packet_layer_drop(layer, octets);
    return undo_wifi(layer, false);
}

enum packet_status packet_wifi_undo(struct packet_layer *layer)
{
    switch (packet_layer_number(layer)) {
    case PACKET_LINK_WIFI_RADIOTAP:
        return undo_radiotap(layer);
    case PACKET_LINK_WIFI_AVS:
    case PACKET_LINK_WIFI_PRISM:
        return undo_avs_or_prism(layer);
    default:
        return undo_wifi(layer, false);
    }
}
