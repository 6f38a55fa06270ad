#include "dns/edns.h"

enum { OPTION_HEADER = 4, FLAG_DO = 0x8000 };

/* RFC 7871 s6: family, source and scope prefix length, and as many octets of
 * address as the source prefix needs. */
static bool is_subnet(const uint8_t *data, size_t octets)
{
    if (octets < 4)
        return false;
    const uint16_t family = load_be16(data);
    const unsigned most = family == 1 ? 32 : family == 2 ? 128 : 255;
    const unsigned source = data[2], scope = data[3];
    return source <= most && scope <= most && octets == 4 + (source + 7) / 8;
}

/* RFC 7873 s4: a client's eight octets, with a server's 8 to 32 or without. */
static bool is_cookie(size_t octets)
{
    return octets == 8 || (octets >= 16 && octets <= 40);
}

static bool is_option(uint16_t code, const uint8_t *data, size_t octets)
{
    switch (code) {
    case DNS_OPTION_SUBNET:
        return is_subnet(data, octets);
    case DNS_OPTION_EXPIRE:
        return octets == 0 || octets == 4;
    case DNS_OPTION_COOKIE:
        return is_cookie(octets);
    case DNS_OPTION_KEEPALIVE:
        return octets == 0 || octets == 2;
    case DNS_OPTION_EDE:
        return octets >= 2;
    default:
        return true;
    }
}

static enum dns_status read_options(struct bytes left, struct dns_edns *out)
{
    enum dns_status status = DNS_OK;
    while (left.len > 0) {
        if (left.len < OPTION_HEADER)
            return DNS_BAD_EDNS;
        const uint16_t code = load_be16(left.data);
        const size_t octets = load_be16(left.data + 2);
        const uint8_t *data = left.data + OPTION_HEADER;
        if (OPTION_HEADER + octets > left.len)
            return DNS_BAD_EDNS;
        if (!is_option(code, data, octets)) {
            status = DNS_BAD_EDNS;
        } else if (code == DNS_OPTION_EDE && !out->has_ede) {
            out->has_ede = true;
            out->ede_code = load_be16(data);
        }
        left.data = data + octets;
        left.len -= OPTION_HEADER + octets;
    }
    return status;
}

enum dns_status dns_edns_read(struct bytes msg, const struct dns_record *record,
                              struct dns_edns *out)
{
    memset(out, 0, sizeof *out);
    out->udp_octets = record->class;
    out->rcode_high = (uint8_t)(record->ttl_s >> 24);
    out->version = (uint8_t)(record->ttl_s >> 16);
    out->dnssec_ok = (record->ttl_s & FLAG_DO) != 0;
    const struct bytes options = {msg.data + record->rdata_at,
                                  record->rdata_octets};
    const enum dns_status status = read_options(options, out);
    const bool root = msg.data[record->owner_at] == 0;
    return root ? status : DNS_BAD_EDNS;
}
