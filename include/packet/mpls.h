/* packet/mpls.h: MPLS label stacks (RFC 3032) and what they carry. */
#ifndef PACKET_MPLS_H
#define PACKET_MPLS_H

#include "packet/layer.h"

enum {
    /* Segment routing pushes about ten; a longer stack is crafted. */
    PACKET_MPLS_LABELS = 16,
};

/* Undoes a stack of labels, which counts as one tunnel, and the control word of
 * an Ethernet pseudo-wire (RFC 4448) behind it. No label says what comes then:
 * PACKET_OK leaves the layer at what packet_link_guess() makes of it.
 * PACKET_TOO_DEEP over PACKET_MPLS_LABELS, PACKET_CUT_TUNNEL or PACKET_BAD_TUNNEL
 * when the stack ends early.
 */
MUST_USE enum packet_status packet_mpls_undo(struct packet_layer *layer,
                                             struct packet_datagram *out);

#endif
