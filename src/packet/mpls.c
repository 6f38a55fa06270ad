#include "packet/mpls.h"

#include "packet/link.h"

enum {
    LABEL = 4,
    BOTTOM_OF_STACK = 1, /* bit of a label's third octet */
    CONTROL_WORD = 4,    /* two octets of 0, a sequence number */
};

/* Whether an Ethernet pseudo-wire's control word is next. Hardware addresses
 * begin with 0, too, but have no EtherType so far behind. */
static bool has_control_word(const struct packet_layer *layer)
{
    const uint32_t octets = CONTROL_WORD + PACKET_LINK_ETHERNET_OCTETS;
    return packet_layer_has(layer, octets) && load_be16(layer->data) == 0 &&
           packet_link_is_ethernet(layer->data + CONTROL_WORD);
}

enum packet_status packet_mpls_undo(struct packet_layer *layer,
                                    struct packet_datagram *out)
{
    for (unsigned labels = 0; labels < PACKET_MPLS_LABELS; labels++) {
        if (!packet_layer_has(layer, LABEL))
            return packet_layer_lacks(layer, LABEL, PACKET_CUT_TUNNEL,
                                      PACKET_BAD_TUNNEL);
        const bool last = layer->data[2] & BOTTOM_OF_STACK;
        packet_layer_drop(layer, LABEL);
        if (!last)
            continue;
        out->depth++;
        if (has_control_word(layer))
            packet_layer_drop(layer, CONTROL_WORD);
        packet_link_guess(layer);
        return PACKET_OK;
    }
    return PACKET_TOO_DEEP;
}
