#include "packet/datagram.h"

#include <assert.h>

#include "packet/ip.h"
#include "packet/layer.h"
#include "packet/link.h"
#include "packet/tcp.h"
#include "packet/udp.h"

/* IP that carries neither UDP nor TCP. */
static enum packet_status protocol_status(uint8_t protocol)
{
    switch (protocol) {
    case PACKET_PROTOCOL_ICMP:
    case PACKET_PROTOCOL_ICMPV6:
        return PACKET_ICMP;
    case PACKET_PROTOCOL_IPV4:
    case PACKET_PROTOCOL_IPV6:
    case PACKET_PROTOCOL_GRE:
    case PACKET_PROTOCOL_MPLS:
        return PACKET_TUNNEL;
    default:
        return PACKET_NOT_UDP;
    }
}

/* A link that carries no IP. */
static enum packet_status ethertype_status(uint16_t ethertype)
{
    switch (ethertype) {
    case PACKET_ETHERTYPE_MPLS:
    case PACKET_ETHERTYPE_MPLS_UPSTREAM:
    case PACKET_ETHERTYPE_PPPOE:
    case PACKET_ETHERTYPE_PBB:
    case PACKET_ETHERTYPE_NSH:
        return PACKET_TUNNEL;
    default:
        return PACKET_NOT_IP;
    }
}

enum packet_status packet_decode(const struct capture_frame *frame,
                                 const struct packet_ports *ports,
                                 struct packet_datagram *out)
{
    if (frame->wire_octets == 0)
        return PACKET_EMPTY;
    struct packet_layer layer = {frame->data, frame->captured_octets,
                                 frame->wire_octets};
    struct packet_link link;
    enum packet_status status =
        packet_link_undo(frame->link_type, &layer, &link);
    if (status != PACKET_OK)
        return status;
    if (link.ethertype != PACKET_ETHERTYPE_IPV4 &&
        link.ethertype != PACKET_ETHERTYPE_IPV6)
        return ethertype_status(link.ethertype);

    out->vlan_tags = link.vlan_tags;
    uint8_t protocol;
    status = packet_ip_undo(&layer, out, &protocol);
    if (status != PACKET_OK)
        return status;
    if (LIKELY(protocol == PACKET_PROTOCOL_UDP))
        return packet_udp_read(&layer, ports, out);
    if (protocol == PACKET_PROTOCOL_TCP)
        return packet_tcp_read(&layer, ports, out);
    return protocol_status(protocol);
}

static const struct {
    const char *fate;
    const char *reason;
} texts[] = {
    [PACKET_OK] = {"dns", ""},
    [PACKET_EMPTY] = {"malformed", "empty frame"},
    [PACKET_CUT_LINK] = {"cut", "link header"},
    [PACKET_CUT_IP] = {"cut", "IP header"},
    [PACKET_CUT_UDP] = {"cut", "UDP header"},
    [PACKET_CUT_TCP] = {"cut", "TCP header"},
    [PACKET_BAD_LINK] = {"malformed", "link header"},
    [PACKET_BAD_IP] = {"malformed", "IP header"},
    [PACKET_BAD_UDP] = {"malformed", "UDP header"},
    [PACKET_BAD_TCP] = {"malformed", "TCP header"},
    [PACKET_TOO_DEEP] = {"unsupported", "nested too deep"},
    [PACKET_LINK_UNSUPPORTED] = {"unsupported", "link type"},
    [PACKET_TUNNEL] = {"unsupported", "tunnel"},
    [PACKET_NOT_IP] = {"not_dns", "not IP"},
    [PACKET_NOT_UDP] = {"not_dns", "other IP protocol"},
    [PACKET_ICMP] = {"not_dns", "ICMP"},
    [PACKET_FRAGMENT] = {"unsupported", "IP fragment"},
    [PACKET_TCP_DNS] = {"unsupported", "DNS over TCP"},
    [PACKET_TCP_OTHER] = {"not_dns", "TCP, other port"},
    [PACKET_UDP_OTHER] = {"not_dns", "UDP, other port"},
    [PACKET_MDNS] = {"multicast_dns", "mDNS"},
    [PACKET_LLMNR] = {"multicast_dns", "LLMNR"},
    [PACKET_NBNS] = {"multicast_dns", "NBNS"},
    [PACKET_ENCRYPTED] = {"encrypted", "port 853"},
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
