/* dns/message.h: a DNS message as the hot path sees it (RFC 1035 s4.1).
 *
 * A view: `qname` points into the payload it was read from and dies with it.
 * Nothing is copied, nothing allocated. One walk over the octets checks every
 * bound and collects what the exchange and the facts need.
 */
#ifndef DNS_MESSAGE_H
#define DNS_MESSAGE_H

#include <assert.h>

#include "dns/dns.h"
#include "util/bytes.h"

/* dns_message.has, a bit each */
enum {
    DNS_HAS_HEADER = 1,    /* 12 octets were there: id, flags, counts valid */
    DNS_HAS_QUESTION = 2,  /* qname, qtype, qclass valid */
    DNS_HAS_EDNS = 4,      /* edns_* valid */
    DNS_HAS_EDE = 8,       /* ede_code valid (RFC 8914) */
    DNS_HAS_TTL = 16,      /* ttl_s valid */
    DNS_HAS_NEGATIVE = 32, /* negative_ttl_s, soa_serial valid (RFC 2308) */
    DNS_HAS_RECORDS = 64,  /* every record promised was walked */
    DNS_HAS_CNAME = 128,   /* the answer section holds a CNAME */
};

/* What is not valid is 0. TTLs with the high bit set count as 0 (RFC 2181 s8).
 */
struct dns_message {
    const uint8_t *qname;    /* uncompressed wire form, case as sent */
    uint64_t qname_hash;     /* dns_name_hash() under the caller's seed */
    uint32_t ttl_s;          /* smallest TTL in the answer section */
    uint32_t negative_ttl_s; /* min(SOA TTL, SOA MINIMUM) (RFC 2308 s5) */
    uint32_t soa_serial;     /* of the authority section's SOA */
    uint32_t answer_digest;  /* keyed, of rcode and answer rdata as far as they
                                were read; TTLs, order and compression left
                                out: equal digests say equal answers */
    uint16_t qname_octets;   /* 1..255 */
    uint16_t qtype, qclass;
    uint16_t id;
    uint16_t flags; /* second header word */
    uint16_t rcode; /* 12 bits with EDNS (RFC 6891 s6.1.3), else 4 */
    uint16_t qdcount, ancount, nscount, arcount; /* as claimed */
    uint16_t answers;         /* answer records of the asked type walked; all
                                 when the type is a question type, as ANY */
    uint16_t addresses;       /* A and AAAA records in the answer section */
    uint16_t edns_udp_octets; /* requestor's payload size */
    uint16_t ede_code;        /* first EDE option's INFO-CODE */
    uint8_t edns_version;
    uint8_t has;            /* DNS_HAS_ bits */
    uint8_t status;         /* enum dns_status: first fault met */
    uint8_t opcode : 4;     /* bits, so that the struct is a cache line */
    uint8_t edns_do : 1;    /* DNSSEC OK */
    uint8_t delegation : 1; /* NS records in the authority section */
    uint8_t mixed_case : 1; /* the question's name has letters A-Z */
};
static_assert(sizeof(void *) != 8 || sizeof(struct dns_message) == 64,
              "one cache line");

enum {
    /* The most octets that may be looked at to expand the compressed names of
     * one message, each as often as it is looked at: twice the longest
     * message, which 5,000 names of 26 octets do not use up. */
    DNS_MESSAGE_WORK = 2 * 65535,
};

/* Reads `payload`, the captured part of a message of `wire_octets`. Always
 * fills `out`; `out->has` says which parts are valid and `out->status` what
 * was wrong first. Faults inside a record (DNS_BAD_RDATA, DNS_BAD_EDNS, names
 * in rdata) and DNS_BAD_COUNTS do not end the walk; DNS_TRAILING means that
 * everything was read. When the payload is shorter than `wire_octets` and it
 * ends inside something, the status is DNS_CUT. A response without question
 * (QDCOUNT 0) is no fault. A question name with a compression pointer is
 * DNS_BAD_POINTER and no question: nothing stands before it to point to.
 *
 * Returns the work that compressed names made, at most DNS_MESSAGE_WORK; where
 * that is used up, further names are DNS_BAD_POINTER. All else costs no more
 * than the octets there are. Thread-safe.
 */
uint32_t dns_message_read(struct bytes payload, uint32_t wire_octets,
                          uint64_t seed, struct dns_message *out);

static inline bool dns_message_is_response(const struct dns_message *m)
{
    return (m->flags & DNS_QR) != 0;
}

/* NODATA: NOERROR with no answer of the asked type, not truncated, and no
 * referral (RFC 2308 s2.2). A response whose records could not all be walked
 * is never called NODATA. Nor is an alias alone from a server that offers no
 * recursion: it sends its client on, and knows nothing of the target. */
bool dns_message_is_nodata(const struct dns_message *m);

#endif
