#include "packet/udp.h"

#include "packet/udp_tunnel.h"

enum { UDP_HEADER = 8 };

/* Ports whose datagrams are not (plain) DNS but worth a name of their own
 * (IANA service names). */
enum {
    PORT_NBNS = 137,
    PORT_MDNS = 5353,
    PORT_LLMNR = 5355,
};

/* What a datagram between two ports of no interest to the DNS is. */
static enum packet_status other_status(uint16_t source, uint16_t destination)
{
    if (source == PORT_MDNS || destination == PORT_MDNS)
        return PACKET_MDNS;
    if (source == PORT_LLMNR || destination == PORT_LLMNR)
        return PACKET_LLMNR;
    if (source == PORT_NBNS || destination == PORT_NBNS)
        return PACKET_NBNS;
    if (source == PACKET_PORT_ENCRYPTED || destination == PACKET_PORT_ENCRYPTED)
        return PACKET_ENCRYPTED;
    if (source == PACKET_PORT_HTTPS || destination == PACKET_PORT_HTTPS)
        return PACKET_HTTPS;
    return packet_udp_tunnel_is(source, destination) ? PACKET_TUNNEL
                                                     : PACKET_UDP_OTHER;
}

enum packet_status packet_udp_read(const struct packet_layer *layer,
                                   const struct packet_ports *ports,
                                   struct packet_datagram *out)
{
    if (!packet_layer_has(layer, UDP_HEADER))
        return packet_layer_lacks(layer, UDP_HEADER, PACKET_CUT_UDP,
                                  PACKET_BAD_UDP);
    const uint16_t source = load_be16(layer->data);
    const uint16_t destination = load_be16(layer->data + 2);
    out->source_port = source;
    out->destination_port = destination;
    out->transport = PACKET_UDP;
    if (!packet_ports_has(ports, source) &&
        !packet_ports_has(ports, destination))
        return other_status(source, destination);

    const uint32_t octets = load_be16(layer->data + 4);
    if (octets < UDP_HEADER || octets > layer->wire)
        return PACKET_BAD_UDP;
    const uint32_t captured =
        layer->captured < octets ? layer->captured : octets;

    out->payload.data = layer->data + UDP_HEADER;
    out->payload.len = captured - UDP_HEADER;
    out->payload_octets = octets - UDP_HEADER;
    out->cut = captured < octets;
    return PACKET_OK;
}
