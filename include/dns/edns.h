/* dns/edns.h: the OPT pseudo-record (RFC 6891 s6.1). */
#ifndef DNS_EDNS_H
#define DNS_EDNS_H

#include "dns/dns.h"
#include "dns/record.h"
#include "util/bytes.h"

/* Options whose content is looked at; the others are opaque. */
enum dns_edns_option {
    DNS_OPTION_SUBNET = 8,     /* RFC 7871 */
    DNS_OPTION_EXPIRE = 9,     /* RFC 7314 */
    DNS_OPTION_COOKIE = 10,    /* RFC 7873 */
    DNS_OPTION_KEEPALIVE = 11, /* RFC 7828 */
    DNS_OPTION_EDE = 15,       /* RFC 8914 */
};

struct dns_edns {
    uint16_t udp_octets; /* requestor's payload size */
    uint16_t ede_code;   /* INFO-CODE of the first EDE, if `has_ede` */
    uint8_t rcode_high;  /* the upper eight bits of the RCODE */
    uint8_t version;
    bool dnssec_ok;
    bool has_ede;
};

/* Reads the OPT `record` of `msg`. Always fills `out` with what could be read;
 * DNS_BAD_EDNS when the owner is not the root, an option runs past the record,
 * or an option has a length that its RFC calls a format error. */
MUST_USE enum dns_status dns_edns_read(struct bytes msg,
                                       const struct dns_record *record,
                                       struct dns_edns *out);

#endif
