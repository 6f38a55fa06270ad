/* packet/serial.h: serial lines: PPP (RFC 1661), PPPoE (RFC 2516), Cisco HDLC
 * and Frame Relay (RFC 2427).
 */
#ifndef PACKET_SERIAL_H
#define PACKET_SERIAL_H

#include "packet/layer.h"

/* Undoes the header of one of these links, which `layer` holds: with or without
 * address and control octets, with a protocol field of one or two octets. A
 * multilink, compressed or encrypted packet is PACKET_TUNNEL: not undone. Else
 * PACKET_CUT_LINK or PACKET_BAD_LINK.
 */
MUST_USE enum packet_status packet_serial_undo(struct packet_layer *layer);

/* Undoes the PPPoE session header; PACKET_OK leaves the layer at a PPP link, cut
 * to the length that PPPoE says. PACKET_CUT_TUNNEL or PACKET_BAD_TUNNEL. */
MUST_USE enum packet_status
packet_serial_pppoe_undo(struct packet_layer *layer,
                         struct packet_datagram *out);

#endif
