/* packet/udp_tunnel.h: tunnels over UDP: VXLAN (RFC 7348) with its protocol
 * extension, Geneve (RFC 8926), GTP-U (3GPP TS 29.281), TZSP and Teredo (RFC 4380).
 */
#ifndef PACKET_UDP_TUNNEL_H
#define PACKET_UDP_TUNNEL_H

#include "packet/layer.h"

/* Whether a datagram between these ports may be a tunnel. It goes to the port
 * of one; some answer from it, too, which its payload has to prove. */
bool packet_udp_tunnel_is(uint16_t source_port, uint16_t destination_port);

/* Undoes the UDP header, which is there, and the header of the tunnel that its
 * ports announce. PACKET_OK leaves the layer at a network or link and `vni` of
 * `out` at that of VXLAN or Geneve. PACKET_UDP_OTHER when the payload is not
 * what the ports announce, or carries no user's packet; PACKET_TUNNEL when it
 * carries one that is not undone here. PACKET_CUT_TUNNEL, PACKET_BAD_TUNNEL when
 * a header ends early, PACKET_BAD_UDP when UDP's length is impossible.
 */
MUST_USE enum packet_status packet_udp_tunnel_undo(struct packet_layer *layer,
                                                   struct packet_datagram *out);

#endif
