/* packet/gre.h: generic routing encapsulation (RFC 2784, RFC 2890) and what is
 * built on it: PPTP (RFC 2637), NVGRE (RFC 7637), ERSPAN.
 */
#ifndef PACKET_GRE_H
#define PACKET_GRE_H

#include "packet/layer.h"

/* Undoes a GRE header with its checksum, key and sequence number, and an ERSPAN
 * header of type I, II or III. PACKET_OK leaves the layer at a network or link
 * and `vni` of `out` at the key (NVGRE: its virtual subnet). A header with a
 * route, or of a version other than 0 and PPTP's, is PACKET_TUNNEL: not undone.
 * PACKET_CUT_TUNNEL or PACKET_BAD_TUNNEL when it ends early.
 */
MUST_USE enum packet_status packet_gre_undo(struct packet_layer *layer,
                                            struct packet_datagram *out);

#endif
