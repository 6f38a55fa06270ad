/* libFuzzer: one frame, from its link header down to the DNS message.
 *
 * Two octets choose the link type, two say how much of the frame the capture
 * left out; the rest is the frame.
 */
#include "dns/message.h"
#include "link_types.h"
#include "packet/datagram.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_datagram(const struct capture_frame *frame,
                           const struct packet_datagram *d)
{
    const uint8_t *end = frame->data + frame->captured_octets;
    require(d->payload.data >= frame->data);
    require(d->payload.data + d->payload.len <= end);
    require(d->payload.len <= d->payload_octets);
    require(d->cut == (d->payload.len < d->payload_octets));
    require(d->address_octets == 4 || d->address_octets == 16);
    require(d->source >= frame->data);
    require(d->source + d->address_octets <= end);
    require(d->destination >= frame->data);
    require(d->destination + d->address_octets <= end);
    require(d->depth <= PACKET_DEPTH);
}

static void check_message(const struct packet_datagram *d)
{
    struct dns_message m;
    require(dns_message_read(d->payload, d->payload_octets, 1, &m) <=
            DNS_MESSAGE_WORK);
}

/* What packet/fragment.h relies on. */
static void check_fragment(const struct packet_datagram *d)
{
    require(d->payload_octets > 0);
    require(d->fragment.offset % 8 == 0);
    require(d->fragment.offset + d->payload_octets <= 65535);
    require(!d->fragment.more || d->payload_octets % 8 == 0);
    require(d->fragment.more || d->fragment.offset > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct packet_ports ports;
    packet_ports_add(&ports, 53);
    if (size < 4)
        return 0;
    const struct capture_frame frame = {.data = data + 4,
                                        .captured_octets = (uint32_t)(size - 4),
                                        .wire_octets = (uint32_t)(size - 4) +
                                                       load_be16(data + 2),
                                        .link_type = link_type_of(data)};
    struct packet_datagram datagram;
    const enum packet_status status = packet_decode(&frame, &ports, &datagram);
    require(packet_status_fate(status)[0] != '\0');
    require((packet_status_reason(status)[0] != '\0') == (status != PACKET_OK));
    if (status == PACKET_OK || status == PACKET_TCP_DNS ||
        status == PACKET_FRAGMENT)
        check_datagram(&frame, &datagram);
    if (status == PACKET_OK)
        check_message(&datagram);
    if (status == PACKET_FRAGMENT)
        check_fragment(&datagram);
    return 0;
}
