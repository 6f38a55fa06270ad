/* packet/ip.h: IPv4 (RFC 791) and IPv6 (RFC 8200) headers. */
#ifndef PACKET_IP_H
#define PACKET_IP_H

#include "packet/datagram.h"
#include "packet/layer.h"

/* IANA protocol numbers, also IPv6 extension headers. */
enum packet_protocol {
    PACKET_PROTOCOL_HOP_BY_HOP = 0,
    PACKET_PROTOCOL_ICMP = 1,
    PACKET_PROTOCOL_IPV4 = 4, /* IP in IP, RFC 2003 */
    PACKET_PROTOCOL_TCP = 6,
    PACKET_PROTOCOL_UDP = 17,
    PACKET_PROTOCOL_IPV6 = 41, /* 6in4, RFC 4213 */
    PACKET_PROTOCOL_ROUTING = 43,
    PACKET_PROTOCOL_FRAGMENT = 44,
    PACKET_PROTOCOL_GRE = 47, /* RFC 2784 */
    PACKET_PROTOCOL_AH = 51,  /* RFC 4302 */
    PACKET_PROTOCOL_ICMPV6 = 58,
    PACKET_PROTOCOL_DESTINATION = 60,
    PACKET_PROTOCOL_ETHERIP = 97,   /* RFC 3378 */
    PACKET_PROTOCOL_MOBILITY = 135, /* RFC 6275 */
    PACKET_PROTOCOL_MPLS = 137,     /* RFC 4023 */
    PACKET_PROTOCOL_HIP = 139,      /* RFC 7401 */
    PACKET_PROTOCOL_SHIM6 = 140,    /* RFC 5533 */
    PACKET_PROTOCOL_ETHERNET = 143, /* RFC 8986 */
};

enum {
    PACKET_IP_OCTETS_MAX = 65535, /* of a payload in fragments */
    /* RFC 8200 s4.1 names seven at most; a longer chain is crafted. */
    PACKET_IPV6_EXTENSIONS = 8,
};

/* Undoes the IP header at `layer` with its options or extension headers; the
 * version is the header's own. PACKET_OK leaves the layer at the transport, cut
 * to the length that IP says, with the addresses, ip_id and ip_ttl of `out`
 * filled. On PACKET_FRAGMENT payload and `fragment` of `out` are filled, too.
 * Else PACKET_CUT_IP, PACKET_BAD_IP, PACKET_BAD_FRAGMENT or PACKET_TOO_DEEP.
 *
 * A total length of 0 is what a sending host captures of its own packets when
 * the network card cuts them up (TSO, RFC 2675 jumbograms): the rest of the
 * frame is then the payload.
 */
MUST_USE enum packet_status packet_ip_undo(struct packet_layer *layer,
                                           struct packet_datagram *out);

/* Undoes the extension headers, if any, that `layer` holds as a transport: those
 * of an IPv6 payload in fragments come with it. Statuses as above. */
MUST_USE enum packet_status
packet_ip_extensions_undo(struct packet_layer *layer,
                          struct packet_datagram *out);

#endif
