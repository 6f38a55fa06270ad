#include "packet/datagram.h"

#include <assert.h>

#include "packet/gre.h"
#include "packet/icmp.h"
#include "packet/ip.h"
#include "packet/layer.h"
#include "packet/link.h"
#include "packet/mpls.h"
#include "packet/serial.h"
#include "packet/tcp.h"
#include "packet/udp.h"
#include "packet/udp_tunnel.h"

enum { ETHERIP_HEADER = 2 };

/* Another IP header behind IP. */
static enum packet_status undo_ip_in_ip(struct packet_layer *layer,
                                        struct packet_datagram *out)
{
    packet_layer_becomes(layer, PACKET_HOLDS_NETWORK, PACKET_ETHERTYPE_IPV4);
    out->depth++;
    return PACKET_OK;
}

/* An Ethernet frame behind IP and `octets` of no interest. */
static enum packet_status undo_ethernet_in_ip(struct packet_layer *layer,
                                              uint32_t octets,
                                              struct packet_datagram *out)
{
    if (!packet_layer_has(layer, octets))
        return packet_layer_lacks(layer, octets, PACKET_CUT_TUNNEL,
                                  PACKET_BAD_TUNNEL);
    packet_layer_drop(layer, octets);
    packet_layer_becomes(layer, PACKET_HOLDS_LINK, PACKET_LINK_ETHERNET);
    out->depth++;
    return PACKET_OK;
}

static enum packet_status undo_protocol(struct packet_layer *layer,
                                        const struct packet_ports *ports,
                                        struct packet_datagram *out)
{
    switch (packet_layer_number(layer)) {
    case PACKET_PROTOCOL_TCP:
        return packet_tcp_read(layer, ports, out);
    case PACKET_PROTOCOL_ICMP:
    case PACKET_PROTOCOL_ICMPV6:
        return packet_icmp_read(layer, ports, out);
    case PACKET_PROTOCOL_IPV4:
    case PACKET_PROTOCOL_IPV6:
        return undo_ip_in_ip(layer, out);
    case PACKET_PROTOCOL_GRE:
        return packet_gre_undo(layer, out);
    case PACKET_PROTOCOL_MPLS:
        return packet_mpls_undo(layer, out);
    case PACKET_PROTOCOL_ETHERNET:
        return undo_ethernet_in_ip(layer, 0, out);
    case PACKET_PROTOCOL_ETHERIP:
        return undo_ethernet_in_ip(layer, ETHERIP_HEADER, out);
    default:
        return PACKET_NOT_UDP;
    }
}

static inline enum packet_status
undo_transport(struct packet_layer *layer, const struct packet_ports *ports,
               struct packet_datagram *out)
{
    if (UNLIKELY(layer->holds !=
                 (PACKET_HOLDS_TRANSPORT | PACKET_PROTOCOL_UDP)))
        return undo_protocol(layer, ports, out);
    const enum packet_status status = packet_udp_read(layer, ports, out);
    return LIKELY(status != PACKET_TUNNEL) ? status
                                           : packet_udp_tunnel_undo(layer, out);
}

static enum packet_status undo_ethertype(struct packet_layer *layer,
                                         struct packet_datagram *out)
{
    switch (packet_layer_number(layer)) {
    case PACKET_ETHERTYPE_VLAN:
    case PACKET_ETHERTYPE_QINQ:
    case PACKET_ETHERTYPE_QINQ_OLD:
    case PACKET_ETHERTYPE_QINQ_OLDER:
        return packet_link_tag_undo(layer, out);
    case PACKET_ETHERTYPE_PBB:
        return packet_link_service_undo(layer, out);
    case PACKET_ETHERTYPE_MPLS:
    case PACKET_ETHERTYPE_MPLS_UPSTREAM:
        return packet_mpls_undo(layer, out);
    case PACKET_ETHERTYPE_PPPOE:
        return packet_serial_pppoe_undo(layer, out);
    case PACKET_ETHERTYPE_NSH:
        return PACKET_TUNNEL;
    default:
        return PACKET_NOT_IP;
    }
}

static inline enum packet_status undo_network(struct packet_layer *layer,
                                              struct packet_datagram *out)
{
    if (LIKELY(layer->holds == (PACKET_HOLDS_NETWORK | PACKET_ETHERTYPE_IPV4) ||
               layer->holds == (PACKET_HOLDS_NETWORK | PACKET_ETHERTYPE_IPV6)))
        return packet_ip_undo(layer, out);
    return undo_ethertype(layer, out);
}

static inline bool is_network(const struct packet_layer *layer)
{
    return layer->holds >= PACKET_HOLDS_NETWORK &&
           layer->holds < PACKET_HOLDS_TRANSPORT;
}

static inline bool is_transport(const struct packet_layer *layer)
{
    return layer->holds >= PACKET_HOLDS_TRANSPORT;
}

/* A transport that is none any more was a tunnel's: go round. */
static inline enum packet_status undo(struct packet_layer *layer,
                                      const struct packet_ports *ports,
                                      struct packet_datagram *out)
{
    do {
        enum packet_status status = PACKET_OK;
        if (layer->holds < PACKET_HOLDS_NETWORK)
            status = packet_link_undo(layer, out);
        if (LIKELY(status == PACKET_OK && is_network(layer)))
            status = undo_network(layer, out);
        if (LIKELY(status == PACKET_OK && is_transport(layer))) {
            status = undo_transport(layer, ports, out);
            if (LIKELY(is_transport(layer)))
                return status;
        }
        if (status != PACKET_OK)
            return status;
    } while (out->depth <= PACKET_DEPTH);
    return PACKET_TOO_DEEP;
}

enum packet_status packet_undo(struct packet_layer *layer,
                               const struct packet_ports *ports,
                               struct packet_datagram *out)
{
    return undo(layer, ports, out);
}

enum packet_status packet_decode(const struct capture_frame *frame,
                                 const struct packet_ports *ports,
                                 struct packet_datagram *out)
{
    if (frame->wire_octets == 0)
        return PACKET_EMPTY;
    struct packet_layer layer = {.data = frame->data,
                                 .captured = frame->captured_octets,
                                 .wire = frame->wire_octets,
                                 .holds = PACKET_HOLDS_LINK | frame->link_type};
    out->interface = frame->interface;
    out->vni = 0;
    out->depth = 0;
    out->packet_type = 0;
    return undo(&layer, ports, out);
}

static const struct {
    const char *fate;
    const char *reason;
} texts[] = {
    [PACKET_OK] = {"dns", ""},
    [PACKET_EMPTY] = {"malformed", "empty frame"},
    [PACKET_CUT_LINK] = {"cut", "link header"},
    [PACKET_CUT_TUNNEL] = {"cut", "tunnel header"},
    [PACKET_CUT_IP] = {"cut", "IP header"},
    [PACKET_CUT_UDP] = {"cut", "UDP header"},
    [PACKET_CUT_TCP] = {"cut", "TCP header"},
    [PACKET_CUT_ICMP] = {"cut", "ICMP error"},
    [PACKET_BAD_LINK] = {"malformed", "link header"},
    [PACKET_BAD_TUNNEL] = {"malformed", "tunnel header"},
    [PACKET_BAD_IP] = {"malformed", "IP header"},
    [PACKET_BAD_FRAGMENT] = {"malformed", "IP fragment"},
    [PACKET_BAD_UDP] = {"malformed", "UDP header"},
    [PACKET_BAD_TCP] = {"malformed", "TCP header"},
    [PACKET_BAD_ICMP] = {"malformed", "ICMP header"},
    [PACKET_TOO_DEEP] = {"unsupported", "nested too deep"},
    [PACKET_LINK_UNSUPPORTED] = {"unsupported", "link type"},
    [PACKET_TUNNEL] = {"unsupported", "tunnel"},
    [PACKET_NOT_IP] = {"not_dns", "not IP"},
    [PACKET_NOT_UDP] = {"not_dns", "other IP protocol"},
    [PACKET_ICMP] = {"not_dns", "ICMP"},
    [PACKET_ICMP_QUOTE] = {"icmp_quote", "in IP fragments"},
    [PACKET_FRAGMENT] = {"waiting", "IP fragment without the rest"},
    [PACKET_FRAGMENT_COPY] = {"dns", "IP fragment seen before"},
    [PACKET_FRAGMENT_TCP] = {"dns", "IP fragment of a TCP segment"},
    [PACKET_TCP_DNS] = {"unsupported", "DNS over TCP"},
    [PACKET_TCP_OTHER] = {"not_dns", "TCP, other port"},
    [PACKET_UDP_OTHER] = {"not_dns", "UDP, other port"},
    [PACKET_MDNS] = {"multicast_dns", "mDNS"},
    [PACKET_LLMNR] = {"multicast_dns", "LLMNR"},
    [PACKET_NBNS] = {"multicast_dns", "NBNS"},
    [PACKET_ENCRYPTED] = {"encrypted", "port 853"},
    [PACKET_HTTPS] = {"not_dns", "port 443"},
    [PACKET_WIFI_ENCRYPTED] = {"encrypted", "Wi-Fi frame"},
};
static_assert(sizeof texts / sizeof texts[0] == PACKET_STATUS_COUNT,
              "a text for each status");

const char *packet_status_fate(enum packet_status status)
{
    return texts[status].fate;
}

const char *packet_status_reason(enum packet_status status)
{
    return texts[status].reason;
}
