/* dns/record.h: walking the records of a message (RFC 1035 s4.1.3).
 *
 * For whoever needs each record: tests, traces, later facts. The hot path reads
 * each with the same dns_record_read().
 */
#ifndef DNS_RECORD_H
#define DNS_RECORD_H

#include "dns/dns.h"
#include "util/bytes.h"

enum dns_section { DNS_ANSWER = 0, DNS_AUTHORITY = 1, DNS_ADDITIONAL = 2 };

struct dns_record {
    uint32_t ttl_s;
    uint16_t owner_at; /* offset of the owner name in the message */
    uint16_t rdata_at; /* offset of the rdata */
    uint16_t rdata_octets;
    uint16_t type, class;
    uint8_t section; /* enum dns_section */
};

/* Reads the record at `at` of `msg`, which has at most 65,535 octets, following
 * no pointer; `section` stays as it is. DNS_OK, DNS_BAD_LABEL, DNS_BAD_POINTER
 * or DNS_CUT when `msg` ends inside. `*end` is the offset behind the record as
 * its lengths promise it, or `at` when not even they were there.
 */
MUST_USE enum dns_status dns_record_read(struct bytes msg, size_t at,
                                         struct dns_record *out, size_t *end);

struct dns_record_walk {
    struct bytes msg;
    size_t at;
    uint16_t left[3];
    uint8_t section;
};

/* Starts behind the question section of `msg`. DNS_OK or why there are none;
 * a message that ends too soon is DNS_CUT, whoever is to blame. */
MUST_USE enum dns_status dns_record_walk_init(struct dns_record_walk *walk,
                                              struct bytes msg);

/* The next record into `out`: 1, or 0 when all were read, with `*status` set
 * to DNS_OK or to what stopped the walk. Structure only: dns_rdata_check()
 * looks inside. */
int dns_record_next(struct dns_record_walk *walk, struct dns_record *out,
                    enum dns_status *status);

#endif
