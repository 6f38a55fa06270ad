/* packet/datagram.h: a UDP datagram or a TCP segment with its addresses, as
 * found in a frame.
 *
 * A view into the frame. Everything below DNS (link, tunnels, IP, UDP) is
 * undone here; what could not be undone has a status that says why, so that
 * every frame is accounted for. TCP segments become messages in
 * packet/streams.h.
 */
#ifndef PACKET_DATAGRAM_H
#define PACKET_DATAGRAM_H

#include <stdbool.h>

#include "capture/frame.h"
#include "util/bytes.h"

enum packet_transport { PACKET_UDP = 0, PACKET_TCP = 1 };

/* What became of a frame below DNS. packet_status_fate() and _reason() give
 * each its words in `v_frames`. */
enum packet_status {
    PACKET_OK = 0,           /* a UDP datagram is in `out` */
    PACKET_EMPTY,            /* zero-length frame */
    PACKET_CUT_LINK,         /* capture ends inside the link header */
    PACKET_CUT_TUNNEL,       /* ... inside the header of a tunnel */
    PACKET_CUT_IP,           /* ... inside the IP header or its extensions */
    PACKET_CUT_UDP,          /* ... inside the UDP header */
    PACKET_CUT_TCP,          /* ... inside the TCP header */
    PACKET_CUT_ICMP,         /* ... inside an ICMP error */
    PACKET_BAD_LINK,         /* link header contradicts itself */
    PACKET_BAD_TUNNEL,       /* the header of a tunnel is not all there */
    PACKET_BAD_IP,           /* version, header or total length impossible */
    PACKET_BAD_FRAGMENT,     /* place or length of a fragment impossible */
    PACKET_BAD_UDP,          /* UDP header missing or its length impossible */
    PACKET_BAD_TCP,          /* TCP header missing */
    PACKET_BAD_ICMP,         /* ICMP header missing */
    PACKET_TOO_DEEP,         /* nesting over the limit */
    PACKET_LINK_UNSUPPORTED, /* link type not known here */
    PACKET_TUNNEL,           /* a tunnel, or a form of one, not undone here */
    PACKET_NOT_IP,           /* ARP, LLDP, STP ... */
    PACKET_NOT_UDP,          /* another IP protocol */
    PACKET_ICMP,             /* ICMP or ICMPv6 that has nothing to do with
                                one of the ports */
    PACKET_ICMP_QUOTE,       /* an error about a datagram with one of the ports:
                                that is in `out` */
    PACKET_FRAGMENT,         /* IPv4 or IPv6 fragment: in `out` */
    PACKET_FRAGMENT_COPY,    /* of a datagram that is complete already */
    PACKET_FRAGMENT_TCP,     /* of a TCP segment with one of the ports */
    PACKET_TCP_DNS,          /* TCP, one of the ports: in `out` */
    PACKET_TCP_OTHER,        /* any other TCP */
    PACKET_UDP_OTHER,        /* UDP, not one of the ports */
    PACKET_MDNS,             /* UDP 5353 */
    PACKET_LLMNR,            /* UDP 5355 */
    PACKET_NBNS,             /* UDP 137 */
    PACKET_ENCRYPTED,      /* port 853: DNS over TLS, DTLS or QUIC: in `out` */
    PACKET_HTTPS,          /* port 443, may be DNS over HTTPS: in `out` */
    PACKET_WIFI_ENCRYPTED, /* an 802.11 data frame */
    PACKET_STATUS_COUNT
};

enum {
    /* VLAN tags and tunnels around one datagram. A provider's and a customer's
     * tag and an overlay are three; crafted stacks run to hundreds. */
    PACKET_DEPTH = 8,
};

/* A part of what IP carries, for packet/fragment.h. */
struct packet_fragment {
    uint32_t id;      /* IPv4 identification, or that of IPv6's header */
    uint16_t offset;  /* octets in front of it, a multiple of 8 */
    uint8_t protocol; /* in IPv6 that of the first fragment counts */
    bool more;        /* it is not the last; then it is a multiple of 8 long */
};

/* Addresses, ip_id and ip_ttl are the innermost: a datagram in a tunnel is the
 * one that its sender wrote. Where and in what it was seen tells copies of it
 * apart. */
struct packet_datagram {
    struct bytes payload;  /* what was captured of it */
    const uint8_t *source; /* address_octets of them, network order */
    const uint8_t *destination;
    uint32_t payload_octets; /* on the wire, >= payload.len */
    uint32_t vni; /* VXLAN or Geneve network, GRE key; 0 without, innermost */
    uint32_t tcp_sequence; /* of a TCP segment, as sent */
    uint32_t tcp_ack;
    const uint8_t *icmp_source; /* who sent the ICMP error */
    struct packet_fragment fragment;
    uint16_t source_port, destination_port;
    uint16_t ip_id; /* IPv4 identification, or IPv6 flow label, low 16 bits */
    uint16_t interface; /* of the capture; in a Linux cooked capture (SLL2) the
                           host's own number, low 16 bits */
    uint8_t ip_ttl;     /* or hop limit */
    uint8_t address_octets; /* 4 or 16 */
    uint8_t transport;      /* enum packet_transport */
    uint8_t depth;          /* VLAN tags and tunnels undone */
    uint8_t packet_type;    /* of a Linux cooked capture: to us 0, broadcast 1,
                               multicast 2, to others 3, from us 4; else 0 */
    uint8_t tcp_flags;      /* PACKET_TCP_SYN and so on, packet/tcp.h */
    uint8_t icmp_kind;      /* enum packet_icmp_kind, packet/icmp.h */
    bool cut;               /* payload.len < payload_octets */
};

/* The ports that carry DNS, 53 unless told otherwise: a bit per port. */
struct packet_ports {
    uint64_t bits[65536 / 64];
};

static inline void packet_ports_add(struct packet_ports *ports, uint16_t port)
{
    ports->bits[port >> 6] |= UINT64_C(1) << (port & 63);
}

static inline bool packet_ports_has(const struct packet_ports *ports,
                                    uint16_t port)
{
    return ports->bits[port >> 6] >> (port & 63) & 1;
}

/* Undoes link, tunnel, IP and UDP or TCP headers of `frame`. `out` is complete
 * on PACKET_OK (the tcp_ and icmp_ fields apart) and on PACKET_TCP_DNS; on
 * PACKET_FRAGMENT `fragment` stands for the ports, and the payload is the
 * fragment's; on PACKET_ENCRYPTED and PACKET_HTTPS it has addresses, ports,
 * transport and the flags of TCP; on PACKET_ICMP_QUOTE it is what packet/icmp.h
 * says. It borrows from the frame, and is undefined otherwise. A datagram with
 * one of `ports` at either end is PACKET_OK whatever the other port is.
 * Thread-safe, no allocation.
 */
MUST_USE enum packet_status packet_decode(const struct capture_frame *frame,
                                          const struct packet_ports *ports,
                                          struct packet_datagram *out);

/* Ports of DNS over TLS, DTLS and QUIC (RFC 7858, RFC 8094, RFC 9250), and of
 * HTTPS, which may carry DNS as well (RFC 8484). */
enum { PACKET_PORT_ENCRYPTED = 853, PACKET_PORT_HTTPS = 443 };

static inline bool packet_is_encrypted_port(uint16_t port)
{
    return port == PACKET_PORT_ENCRYPTED || port == PACKET_PORT_HTTPS;
}

struct packet_layer;

/* The same from any layer on, whatever it holds; `out` carries on with what the
 * layers below have filled in, its depth first of all.
 */
MUST_USE enum packet_status packet_undo(struct packet_layer *layer,
                                        const struct packet_ports *ports,
                                        struct packet_datagram *out);

/* As `v_frames` shows them, never NULL: the fate ("not_dns", "unsupported",
 * "cut" ...) and the reason in words; "dns" and "" for PACKET_OK. */
const char *packet_status_fate(enum packet_status status);
const char *packet_status_reason(enum packet_status status);

#endif
