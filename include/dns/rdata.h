/* dns/rdata.h: whether rdata has the form of its type, and one form of it.
 *
 * A table of shapes, a line a type, says what the fields are; types it does not
 * know are opaque (RFC 3597 s3) and always well formed.
 */
#ifndef DNS_RDATA_H
#define DNS_RDATA_H

#include "dns/dns.h"
#include "dns/record.h"
#include "util/bytes.h"

enum {
    /* Two names and 20 octets (SOA) is the longest rdata with names that may
     * be compressed. */
    DNS_RDATA_CANONICAL = 2 * 255 + 20,
};

/* Whether the rdata of `record`, as dns_record_next() gave it for `msg`, fits
 * its type exactly. Only class IN is looked at: elsewhere the same number may
 * be another type (CH A), or mean a deletion and be empty (RFC 2136 s2.5).
 * DNS_OK, DNS_BAD_RDATA, or DNS_BAD_LABEL and DNS_BAD_POINTER for a name in it.
 */
MUST_USE enum dns_status dns_rdata_check(struct bytes msg,
                                         const struct dns_record *record);

/* The rdata of `record`, which dns_rdata_check() passed, with its names
 * expanded and folded, so that two servers that compress differently give the
 * same octets (RFC 4034 s6.2, for the types of RFC 3597 s4). Borrows from `msg`
 * when the type has no compressed names, else uses `room`. `work` as in
 * dns_name_expand_within(). DNS_OK, or DNS_BAD_LABEL and DNS_BAD_POINTER for
 * what a name leads to.
 */
MUST_USE enum dns_status dns_rdata_canonical(struct bytes msg,
                                             const struct dns_record *record,
                                             uint32_t *work,
                                             uint8_t room[DNS_RDATA_CANONICAL],
                                             struct bytes *out);

#endif
