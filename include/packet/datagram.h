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
    PACKET_CUT_IP,           /* ... inside the IP header or its extensions */
    PACKET_CUT_UDP,          /* ... inside the UDP header */
    PACKET_CUT_TCP,          /* ... inside the TCP header */
    PACKET_BAD_LINK,         /* link header contradicts itself */
    PACKET_BAD_IP,           /* version, header or total length impossible */
    PACKET_BAD_UDP,          /* UDP header missing or its length impossible */
    PACKET_BAD_TCP,          /* TCP header missing */
    PACKET_TOO_DEEP,         /* nesting over the limit */
    PACKET_LINK_UNSUPPORTED, /* link type not known here */
    PACKET_TUNNEL,           /* MPLS, PPPoE, GRE, VXLAN ...: not undone */
    PACKET_NOT_IP,           /* ARP, LLDP, STP ... */
    PACKET_NOT_UDP,          /* another IP protocol */
    PACKET_ICMP,             /* ICMP or ICMPv6 */
    PACKET_FRAGMENT,         /* IPv4 or IPv6 fragment */
    PACKET_TCP_DNS,          /* TCP, one of the ports: in `out` */
    PACKET_TCP_OTHER,        /* any other TCP */
    PACKET_UDP_OTHER,        /* UDP, not one of the ports */
    PACKET_MDNS,             /* UDP 5353 */
    PACKET_LLMNR,            /* UDP 5355 */
    PACKET_NBNS,             /* UDP 137 */
    PACKET_ENCRYPTED,        /* port 853: DNS over TLS, DTLS or QUIC */
    PACKET_STATUS_COUNT
};

struct packet_datagram {
    struct bytes payload;  /* what was captured of it */
    const uint8_t *source; /* address_octets of them, network order */
    const uint8_t *destination;
    uint32_t payload_octets; /* on the wire, >= payload.len */
    uint32_t tcp_sequence;   /* of a TCP segment, as sent */
    uint32_t tcp_ack;
    uint16_t source_port, destination_port;
    uint16_t ip_id; /* IPv4 identification, or IPv6 flow label, low 16 bits */
    uint8_t ip_ttl; /* or hop limit */
    uint8_t address_octets; /* 4 or 16 */
    uint8_t transport;      /* enum packet_transport */
    uint8_t vlan_tags;      /* how many were undone */
    uint8_t tcp_flags;      /* PACKET_TCP_SYN and so on, packet/tcp.h */
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

/* Undoes link, VLAN, IP and UDP or TCP headers of `frame`. `out` is complete
 * on PACKET_OK (the tcp_ fields apart) and on PACKET_TCP_DNS, borrows from the
 * frame, and is undefined otherwise. A datagram with one of `ports` at either
 * end is PACKET_OK whatever the other port is.
 * Thread-safe, no allocation.
 */
MUST_USE enum packet_status packet_decode(const struct capture_frame *frame,
                                          const struct packet_ports *ports,
                                          struct packet_datagram *out);

/* As `v_frames` shows them, never NULL: the fate ("not_dns", "unsupported",
 * "cut" ...) and the reason in words; "dns" and "" for PACKET_OK. */
const char *packet_status_fate(enum packet_status status);
const char *packet_status_reason(enum packet_status status);

#endif
