/* packet/icmp.h: ICMP (RFC 792, RFC 1812 s4.3) and ICMPv6 (RFC 4443) errors,
 * and the datagram of DNS that they quote.
 */
#ifndef PACKET_ICMP_H
#define PACKET_ICMP_H

#include "packet/datagram.h"
#include "packet/layer.h"

/* What an error says of the datagram that it quotes. */
enum packet_icmp_kind {
    PACKET_ICMP_PORT = 0,  /* nobody listens there */
    PACKET_ICMP_HOST,      /* no such host, or it does not say where it is */
    PACKET_ICMP_NETWORK,   /* no route */
    PACKET_ICMP_PROTOCOL,  /* the host knows no UDP, or no TCP */
    PACKET_ICMP_FORBIDDEN, /* by an administrator, a firewall as a rule */
    PACKET_ICMP_OTHER,     /* unreachable for a reason that is rare */
    PACKET_ICMP_HOPS,      /* its hops were used up on the way */
    PACKET_ICMP_PARAMETER, /* a header is not understood */
    PACKET_ICMP_TOO_BIG,   /* for a link on the way */
    PACKET_ICMP_FRAGMENTS, /* one of its fragments did not arrive in time */
    PACKET_ICMP_QUENCH,    /* it is dropped for want of room (RFC 6633) */
    PACKET_ICMP_REDIRECT,  /* forwarded, and there is a shorter way */
    PACKET_ICMP_KINDS
};

/* Reads the error at `layer`, of ICMP or ICMPv6 as the layer says, and the
 * packet that it quotes, up to the transport header. On PACKET_ICMP_QUOTE that
 * is a datagram or segment with one of `ports`, and `out` holds the quoted one:
 * addresses, ports, ip_id, ip_ttl, transport, and as payload what was quoted of
 * a UDP datagram (none of a segment), with icmp_source and icmp_kind of the
 * error itself. Eight octets of UDP or TCP are enough (RFC 792 asks for no
 * more); of the quoted datagram in fragments, the first will do.
 *
 * Else PACKET_ICMP for what is no error or quotes something else,
 * PACKET_CUT_ICMP when the capture ends before that can be told, and
 * PACKET_BAD_ICMP when there is no ICMP header. Extensions behind the quoted
 * packet (RFC 4884) are left out.
 */
MUST_USE enum packet_status packet_icmp_read(struct packet_layer *layer,
                                             const struct packet_ports *ports,
                                             struct packet_datagram *out);

/* Whether such an error says that the quoted datagram did not arrive and that
 * the same again would fare no better: then nobody will answer it. */
bool packet_icmp_refuses(enum packet_icmp_kind kind);

/* In words: "port unreachable", "too big" ... */
const char *packet_icmp_text(enum packet_icmp_kind kind);

#endif
