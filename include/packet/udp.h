/* packet/udp.h: UDP (RFC 768), and whose ports carry what. */
#ifndef PACKET_UDP_H
#define PACKET_UDP_H

#include "packet/datagram.h"
#include "packet/layer.h"

/* Reads the UDP header at `layer` and fills payload and ports of `out`.
 * PACKET_OK when one of the ports is in `ports`; other well-known ports have a
 * status of their own, those of tunnels PACKET_TUNNEL. PACKET_CUT_UDP, PACKET_BAD_UDP when the header is not
 * there or its length is impossible.
 *
 * The length field is believed, not the IP length: octets behind it belong to
 * no one (RFC 9868 calls them surplus), and a receiver never sees them.
 */
MUST_USE enum packet_status packet_udp_read(const struct packet_layer *layer,
                                            const struct packet_ports *ports,
                                            struct packet_datagram *out);

#endif
