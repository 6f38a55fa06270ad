#include "exchange/message.h"

#include "util/hash.h"

void exchange_message_read(const struct packet_datagram *datagram,
                           uint64_t seed, struct exchange_message *out)
{
    const struct packet_datagram *d = datagram;
    dns_message_read(d->payload, d->payload_octets, seed, &out->dns);
    const bool response = dns_message_is_response(&out->dns);

    out->client = response ? d->destination : d->source;
    out->server = response ? d->source : d->destination;
    out->client_port = response ? d->destination_port : d->source_port;
    out->server_port = response ? d->source_port : d->destination_port;
    out->address_octets = d->address_octets;
    out->vni = d->vni;
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
