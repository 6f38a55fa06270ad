/* packet/tcp.h: TCP headers (RFC 9293 s3.1) and sequence numbers (s3.4). */
#ifndef PACKET_TCP_H
#define PACKET_TCP_H

#include "packet/datagram.h"
#include "packet/layer.h"

/* packet_datagram.tcp_flags */
enum {
    PACKET_TCP_FIN = 0x01,
    PACKET_TCP_SYN = 0x02,
    PACKET_TCP_RST = 0x04,
    PACKET_TCP_ACK = 0x10,
};

/* Reads the TCP header at `layer`. PACKET_TCP_DNS when one of the ports is in
 * `ports`: then payload, ports, sequence, acknowledgement and flags of `out`
 * are filled, for packet_streams_take(). Else PACKET_ENCRYPTED (port 853)
 * and PACKET_HTTPS (443), with ports and flags, PACKET_TCP_OTHER, PACKET_CUT_TCP, or PACKET_BAD_TCP when there is no room for
 * the header that it says it has. Options that were not captured are no fault:
 * the payload is then cut to nothing.
 */
MUST_USE enum packet_status packet_tcp_read(const struct packet_layer *layer,
                                            const struct packet_ports *ports,
                                            struct packet_datagram *out);

/* How far `to` lies behind `from` in a stream; negative: before it. Numbers
 * wrap (RFC 9293 s3.4), so only distances below 2 GiB mean anything. */
static inline int32_t packet_tcp_distance(uint32_t from, uint32_t to)
{
    return (int32_t)(to - from);
}

#endif
