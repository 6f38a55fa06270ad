#include "dns/record.h"

#include "dns/name.h"

enum {
    RECORD_FIXED = 10,   /* type, class, TTL, RDLENGTH */
    QUESTION_FIXED = 4,  /* type, class */
    MESSAGE_MAX = 65535, /* RFC 1035 s4.2.2 */
};

enum dns_status dns_record_read(struct bytes msg, size_t at,
                                struct dns_record *out, size_t *end)
{
    *end = at;
    size_t fixed;
    const enum dns_status status = dns_name_skip(msg, at, &fixed);
    if (status != DNS_OK)
        return status;
    if (fixed + RECORD_FIXED > msg.len)
        return DNS_CUT;
    const uint8_t *p = msg.data + fixed;
    out->owner_at = (uint16_t)at;
    out->type = load_be16(p);
    out->class = load_be16(p + 2);
    out->ttl_s = load_be32(p + 4);
    out->rdata_octets = load_be16(p + 8);
    out->rdata_at = (uint16_t)(fixed + RECORD_FIXED);
    *end = fixed + RECORD_FIXED + out->rdata_octets;
    return *end <= msg.len ? DNS_OK : DNS_CUT;
}

enum dns_status dns_record_walk_init(struct dns_record_walk *walk,
                                     struct bytes msg)
{
    memset(walk, 0, sizeof *walk);
    if (msg.len == 0)
        return DNS_EMPTY;
    if (msg.len < DNS_HEADER_OCTETS)
        return DNS_SHORT_HEADER;
    if (msg.len > MESSAGE_MAX)
        msg.len = MESSAGE_MAX;
    walk->msg = msg;
    walk->at = DNS_HEADER_OCTETS;
    for (unsigned questions = load_be16(msg.data + 4); questions > 0;
         questions--) {
        size_t end;
        const enum dns_status status = dns_name_skip(msg, walk->at, &end);
        if (status != DNS_OK)
            return status;
        walk->at = end + QUESTION_FIXED;
        if (walk->at > msg.len)
            return DNS_CUT;
    }
    for (unsigned section = DNS_ANSWER; section <= DNS_ADDITIONAL; section++)
        walk->left[section] = load_be16(msg.data + 6 + 2 * (size_t)section);
    return DNS_OK;
}

int dns_record_next(struct dns_record_walk *walk, struct dns_record *out,
                    enum dns_status *status)
{
    *status = DNS_OK;
    while (walk->left[walk->section] == 0) {
        if (walk->section == DNS_ADDITIONAL)
            return 0;
        walk->section++;
    }
    *status = dns_record_read(walk->msg, walk->at, out, &walk->at);
    if (*status != DNS_OK) {
        memset(walk->left, 0, sizeof walk->left);
        return 0;
    }
    out->section = walk->section;
    walk->left[walk->section]--;
    return 1;
}
