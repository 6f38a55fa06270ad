#include "packet/tcp.h"

enum { TCP_HEADER = 20 };

/* What a segment between two ports of no interest to the DNS is. */
static enum packet_status other_status(uint16_t source, uint16_t destination)
{
    if (source == PACKET_PORT_ENCRYPTED || destination == PACKET_PORT_ENCRYPTED)
        return PACKET_ENCRYPTED;
    if (source == PACKET_PORT_HTTPS || destination == PACKET_PORT_HTTPS)
        return PACKET_HTTPS;
    return PACKET_TCP_OTHER;
}

enum packet_status packet_tcp_read(const struct packet_layer *layer,
                                   const struct packet_ports *ports,
                                   struct packet_datagram *out)
{
    if (!packet_layer_has(layer, TCP_HEADER))
        return layer->wire < TCP_HEADER ? PACKET_BAD_TCP : PACKET_CUT_TCP;
    const uint8_t *tcp = layer->data;
    const uint16_t source = load_be16(tcp);
    const uint16_t destination = load_be16(tcp + 2);
    out->source_port = source;
    out->destination_port = destination;
    out->tcp_flags = tcp[13];
    out->transport = PACKET_TCP;
    if (!packet_ports_has(ports, source) &&
        !packet_ports_has(ports, destination))
        return other_status(source, destination);

    const uint32_t header_octets = (tcp[12] >> 4) * 4u;
    if (header_octets < TCP_HEADER || header_octets > layer->wire)
        return PACKET_BAD_TCP;
    const uint32_t captured =
        layer->captured < header_octets ? header_octets : layer->captured;

    out->payload.len = captured - header_octets;
    out->payload.data = tcp + (layer->captured - (uint32_t)out->payload.len);
    out->payload_octets = layer->wire - header_octets;
    out->tcp_sequence = load_be32(tcp + 4);
    out->tcp_ack = load_be32(tcp + 8);
    out->cut = out->payload.len < out->payload_octets;
    return PACKET_TCP_DNS;
}
