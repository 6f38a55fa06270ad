#include "exchange/lead.h"

#include "dns/record.h"

/* The first record behind the question, when it is an alias of `asked`. */
static bool read_alias(struct bytes asked, struct bytes response,
                       struct exchange_lead *out)
{
    struct dns_record_walk walk;
    struct dns_record record;
    enum dns_status status;
    uint8_t owner[DNS_NAME_OCTETS];
    uint16_t octets;
    size_t end;
    if (dns_record_walk_init(&walk, response) != DNS_OK ||
        !dns_record_next(&walk, &record, &status) ||
        record.section != DNS_ANSWER || record.type != DNS_CNAME ||
        record.class != DNS_IN ||
        dns_name_expand(response, record.owner_at, owner, &octets, &end) !=
            DNS_OK ||
        !dns_name_equal(owner, octets, asked.data, asked.len) ||
        dns_name_expand(response, record.rdata_at, out->target,
                        &out->target_octets, &end) != DNS_OK)
        return false;
    dns_name_fold(out->target, out->target, out->target_octets);
    return true;
}

/* A suffix, or, where `none` will do, nothing. */
static bool is_tail(const struct exchange_walk *walk, struct bytes name,
                    size_t octets, bool none)
{
    const struct bytes tail = {name.data + octets, name.len - octets};
    return tail.len == 1 ? none : exchange_walk_is_suffix(walk, tail);
}

bool exchange_lead_alias(const struct exchange_walk *walk, struct bytes asked,
                         struct bytes response, struct exchange_lead *out)
{
    if (!read_alias(asked, response, out))
        return false;
    const struct bytes target = {out->target, out->target_octets};
    const size_t octets = exchange_walk_common(asked, target);
    out->base_octets = (uint16_t)octets;
    return octets > 0 && is_tail(walk, asked, octets, false) &&
           is_tail(walk, target, octets, true);
}

bool exchange_lead_address(struct bytes response, uint8_t octets,
                           uint8_t out[16])
{
    struct dns_record_walk walk;
    struct dns_record record;
    enum dns_status status;
    const uint16_t type = octets == 4 ? DNS_A : DNS_AAAA;
    bool found = false;
    if (dns_record_walk_init(&walk, response) != DNS_OK)
        return false;
    while (dns_record_next(&walk, &record, &status) &&
           record.section == DNS_ANSWER) {
        const uint8_t *address = response.data + record.rdata_at;
        if (record.type != type || record.class != DNS_IN ||
            record.rdata_octets != octets ||
            (found && memcmp(address, out, octets) >= 0))
            continue;
        memcpy(out, address, octets);
        found = true;
    }
    return found;
}
