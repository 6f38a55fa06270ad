#include "exchange/message.h"

#include "util/hash.h"

/* Fills everything but `dns`, which is read. */
static void take_ends(const struct packet_datagram *d, bool response,
                      uint64_t seed, struct exchange_message *out)
{
    out->client = response ? d->destination : d->source;
    out->server = response ? d->source : d->destination;
    out->client_port = response ? d->destination_port : d->source_port;
    out->server_port = response ? d->source_port : d->destination_port;
    out->address_octets = d->address_octets;
    out->vni = d->vni;
    out->octets =
        (uint16_t)(d->payload.len < UINT16_MAX ? d->payload.len : UINT16_MAX);
    out->transport = d->transport;
    out->seen = (struct exchange_sighting){
        .ip_id = d->ip_id,
        .interface = d->interface,
        .ip_ttl = d->ip_ttl,
        .depth = d->depth,
        .packet_type = d->packet_type,
        .address_octets = d->address_octets,
        .stream = d->transport == PACKET_TCP,
    };
    out->client_hash = hash_octets(out->client, d->address_octets, seed);
    out->server_hash = hash_octets(out->server, d->address_octets, seed);
    const uint64_t rest = (uint64_t)out->client_port << 32 |
                          (uint64_t)out->transport << 16 | out->dns.id;
    out->key_hash = hash_u64(out->client_hash ^ rest, seed);
}

void exchange_message_read(const struct packet_datagram *datagram,
                           uint64_t seed, struct exchange_message *out)
{
    dns_message_read(datagram->payload, datagram->payload_octets, seed,
                     &out->dns);
    take_ends(datagram, dns_message_is_response(&out->dns), seed, out);
}

void exchange_message_read_quote(const struct packet_datagram *quoted,
                                 const struct packet_ports *ports,
                                 uint64_t seed, struct exchange_message *out)
{
    dns_message_read(quoted->payload, quoted->payload_octets, seed, &out->dns);
    if (!(out->dns.has & DNS_HAS_HEADER) &&
        !packet_ports_has(ports, quoted->destination_port))
        out->dns.flags = DNS_QR;
    take_ends(quoted, dns_message_is_response(&out->dns), seed, out);
}
