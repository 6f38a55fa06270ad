/* packet/wrap.h: headers that a capturing program put in front of a frame:
 * PPI, NFLOG (the Linux firewall's log) and PKTAP (macOS).
 */
#ifndef PACKET_WRAP_H
#define PACKET_WRAP_H

#include "packet/layer.h"

/* Undoes one of these headers, which `layer` holds: another link follows, or in
 * NFLOG a network. PACKET_LINK_USER2 is PKTAP if it looks like it, else
 * PACKET_LINK_UNSUPPORTED. Else PACKET_CUT_LINK, PACKET_BAD_LINK or, for a
 * header with more fields than any has, PACKET_TOO_DEEP.
 */
MUST_USE enum packet_status packet_wrap_undo(struct packet_layer *layer,
                                             struct packet_datagram *out);

#endif
