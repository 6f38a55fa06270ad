#include "packet/icmp.h"

#include <assert.h>

#include "packet/ip.h"

enum {
    HEADER = 8,    /* in front of the quoted packet, ICMP and ICMPv6 alike */
    TRANSPORT = 8, /* what is always quoted of UDP and TCP */
    UDP_HEADER = 8,
};

/* IPv4 codes of type 3, destination unreachable: RFC 792, RFC 1122 s3.2.2.1,
 * RFC 1812 s5.2.7.1. */
static const uint8_t unreachable_v4[] = {
    PACKET_ICMP_NETWORK,   /* 0 */
    PACKET_ICMP_HOST,      /* 1 */
    PACKET_ICMP_PROTOCOL,  /* 2 */
    PACKET_ICMP_PORT,      /* 3 */
    PACKET_ICMP_TOO_BIG,   /* 4, RFC 1191 */
    PACKET_ICMP_OTHER,     /* 5, source route failed */
    PACKET_ICMP_NETWORK,   /* 6, unknown */
    PACKET_ICMP_HOST,      /* 7, unknown */
    PACKET_ICMP_OTHER,     /* 8, source host isolated */
    PACKET_ICMP_FORBIDDEN, /* 9, network */
    PACKET_ICMP_FORBIDDEN, /* 10, host */
    PACKET_ICMP_NETWORK,   /* 11, for this type of service */
    PACKET_ICMP_HOST,      /* 12, the same */
    PACKET_ICMP_FORBIDDEN, /* 13, communication */
    PACKET_ICMP_FORBIDDEN, /* 14, host precedence violation */
    PACKET_ICMP_FORBIDDEN, /* 15, precedence cutoff */
};

/* IPv6 codes of type 1, destination unreachable: RFC 4443 s3.1. */
static const uint8_t unreachable_v6[] = {
    PACKET_ICMP_NETWORK,   /* 0, no route */
    PACKET_ICMP_FORBIDDEN, /* 1, by an administrator */
    PACKET_ICMP_OTHER,     /* 2, beyond the scope of the source address */
    PACKET_ICMP_HOST,      /* 3, address unreachable */
    PACKET_ICMP_PORT,      /* 4 */
    PACKET_ICMP_FORBIDDEN, /* 5, source address failed a policy */
    PACKET_ICMP_FORBIDDEN, /* 6, a route that rejects */
};

/* What type and code say, or PACKET_ICMP_KINDS for what is no error. */
static enum packet_icmp_kind kind_v4(uint8_t type, uint8_t code)
{
    switch (type) {
    case 3:
        return code < sizeof unreachable_v4
                   ? (enum packet_icmp_kind)unreachable_v4[code]
                   : PACKET_ICMP_OTHER;
    case 4:
        return PACKET_ICMP_QUENCH;
    case 5:
        return PACKET_ICMP_REDIRECT;
    case 11:
        return code == 1 ? PACKET_ICMP_FRAGMENTS : PACKET_ICMP_HOPS;
    case 12:
        return PACKET_ICMP_PARAMETER;
    default:
        return PACKET_ICMP_KINDS;
    }
}

/* Redirects (type 137, RFC 4861) quote in an option and refuse nothing. */
static enum packet_icmp_kind kind_v6(uint8_t type, uint8_t code)
{
    switch (type) {
    case 1:
        return code < sizeof unreachable_v6
                   ? (enum packet_icmp_kind)unreachable_v6[code]
                   : PACKET_ICMP_OTHER;
    case 2:
        return PACKET_ICMP_TOO_BIG;
    case 3:
        return code == 1 ? PACKET_ICMP_FRAGMENTS : PACKET_ICMP_HOPS;
    case 4:
        return PACKET_ICMP_PARAMETER;
    default:
        return PACKET_ICMP_KINDS;
    }
}

/* Octets of the quoted packet where extensions follow it, else 0: RFC 4884 s4
 * counts words of four octets in ICMP, of eight in ICMPv6. The octet is unused,
 * and so 0, in the other types. */
static uint32_t quoted_octets(const uint8_t *icmp, bool v6)
{
    return v6 ? (icmp[0] == 2 || icmp[0] == 4 ? 0 : icmp[4] * 8u)
              : (icmp[0] == 4 || icmp[0] == 5 ? 0 : icmp[5] * 4u);
}

/* Cuts the layer, at the quoted packet, to that. */
static void leave_extensions(struct packet_layer *layer, uint32_t octets)
{
    if (octets == 0 || octets >= layer->wire)
        return;
    layer->wire = octets;
    if (layer->captured > octets)
        layer->captured = octets;
}

/* The UDP header says how long the datagram is, the IP header perhaps only how
 * long its first fragment is; what was quoted is the payload. */
static void read_udp(const struct packet_layer *layer,
                     struct packet_datagram *out)
{
    const uint32_t octets = load_be16(layer->data + 4);
    out->payload_octets = octets > UDP_HEADER ? octets - UDP_HEADER : 0;
    out->payload.data = layer->data + UDP_HEADER;
    out->payload.len = layer->captured - UDP_HEADER;
    if (out->payload.len > out->payload_octets)
        out->payload.len = out->payload_octets;
    out->cut = out->payload.len < out->payload_octets;
}

/* `layer` is at the quoted transport header. */
static enum packet_status read_transport(const struct packet_layer *layer,
                                         const struct packet_ports *ports,
                                         struct packet_datagram *out)
{
    const uint16_t protocol = packet_layer_number(layer);
    if (protocol != PACKET_PROTOCOL_UDP && protocol != PACKET_PROTOCOL_TCP)
        return PACKET_ICMP;
    if (!packet_layer_has(layer, TRANSPORT))
        return PACKET_CUT_ICMP;
    out->source_port = load_be16(layer->data);
    out->destination_port = load_be16(layer->data + 2);
    if (!packet_ports_has(ports, out->source_port) &&
        !packet_ports_has(ports, out->destination_port))
        return PACKET_ICMP;
    if (protocol == PACKET_PROTOCOL_UDP) {
        out->transport = PACKET_UDP;
        read_udp(layer, out);
    } else {
        out->transport = PACKET_TCP;
        out->payload = (struct bytes){layer->data + TRANSPORT, 0};
        out->payload_octets = 0;
        out->cut = false;
    }
    return PACKET_ICMP_QUOTE;
}

/* `layer` is at the quoted packet. */
static enum packet_status read_quote(struct packet_layer *layer,
                                     const struct packet_ports *ports,
                                     struct packet_datagram *out)
{
    switch (packet_ip_undo(layer, out)) {
    case PACKET_OK:
        return read_transport(layer, ports, out);
    case PACKET_FRAGMENT:
        if (out->fragment.offset != 0)
            return PACKET_ICMP; /* no ports in there */
        packet_layer_becomes(layer, PACKET_HOLDS_TRANSPORT,
                             out->fragment.protocol);
        return read_transport(layer, ports, out);
    case PACKET_CUT_IP:
        return PACKET_CUT_ICMP;
    default:
        return PACKET_ICMP;
    }
}

enum packet_status packet_icmp_read(struct packet_layer *layer,
                                    const struct packet_ports *ports,
                                    struct packet_datagram *out)
{
    if (!packet_layer_has(layer, HEADER))
        return packet_layer_lacks(layer, HEADER, PACKET_CUT_ICMP,
                                  PACKET_BAD_ICMP);
    const uint8_t *icmp = layer->data;
    const bool v6 = packet_layer_number(layer) == PACKET_PROTOCOL_ICMPV6;
    const enum packet_icmp_kind kind =
        v6 ? kind_v6(icmp[0], icmp[1]) : kind_v4(icmp[0], icmp[1]);
    const uint8_t octets = v6 ? 16 : 4;
    if (kind == PACKET_ICMP_KINDS || out->address_octets != octets)
        return PACKET_ICMP;

    out->icmp_source = out->source;
    out->icmp_kind = (uint8_t)kind;
    packet_layer_drop(layer, HEADER);
    leave_extensions(layer, quoted_octets(icmp, v6));
    const bool whole = layer->captured == layer->wire;
    const enum packet_status status = read_quote(layer, ports, out);
    if (status == PACKET_ICMP_QUOTE && out->address_octets != octets)
        return PACKET_ICMP;
    /* What the error does not quote was not cut off by the capture. */
    return status == PACKET_CUT_ICMP && whole ? PACKET_ICMP : status;
}

static const struct {
    const char *text;
    bool refuses;
} kinds[] = {
    [PACKET_ICMP_PORT] = {"port unreachable", true},
    [PACKET_ICMP_HOST] = {"host unreachable", true},
    [PACKET_ICMP_NETWORK] = {"network unreachable", true},
    [PACKET_ICMP_PROTOCOL] = {"protocol unreachable", true},
    [PACKET_ICMP_FORBIDDEN] = {"administratively prohibited", true},
    [PACKET_ICMP_OTHER] = {"unreachable", true},
    [PACKET_ICMP_HOPS] = {"time exceeded", true},
    [PACKET_ICMP_PARAMETER] = {"parameter problem", true},
    /* Its sender may cut it up, or learn a smaller size. */
    [PACKET_ICMP_TOO_BIG] = {"too big", false},
    [PACKET_ICMP_FRAGMENTS] = {"fragments missing", false},
    [PACKET_ICMP_QUENCH] = {"source quench", false},
    [PACKET_ICMP_REDIRECT] = {"redirect", false},
};
static_assert(sizeof kinds / sizeof kinds[0] == PACKET_ICMP_KINDS,
              "a row for each kind");

bool packet_icmp_refuses(enum packet_icmp_kind kind)
{
    return kinds[kind].refuses;
}

const char *packet_icmp_text(enum packet_icmp_kind kind)
{
    return kinds[kind].text;
}
