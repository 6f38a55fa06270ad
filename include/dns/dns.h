/* dns/dns.h: words that the whole room shares. */
#ifndef DNS_DNS_H
#define DNS_DNS_H

#include <stdbool.h>
#include <stdint.h>

enum { DNS_HEADER_OCTETS = 12 }; /* RFC 1035 s4.1.1 */

/* What a reader of DNS octets found. Anything but DNS_OK still leaves what was
 * readable before it in the output. */
enum dns_status {
    DNS_OK = 0,
    DNS_CUT,          /* the capture ends inside (snap length) */
    DNS_EMPTY,        /* no octet at all */
    DNS_SHORT_HEADER, /* fewer than 12 octets on the wire */
    DNS_BAD_LABEL,    /* reserved label type, or name over 255 octets */
    DNS_BAD_POINTER,  /* forward, into itself, into the header, or too many */
    DNS_SHORT_RECORD, /* counts or lengths promise more than the message has */
    DNS_BAD_RDATA,    /* rdata of a known type does not fit its length */
    DNS_BAD_EDNS,     /* OPT twice, not root, or options past their end */
    DNS_BAD_COUNTS,   /* QDCOUNT over 1, or impossible for these octets */
    DNS_TRAILING,     /* octets behind the last record */
    DNS_STATUS_COUNT
};

/* Reason in words for v_frames, e.g. "compression pointer"; "" for DNS_OK. */
const char *dns_status_reason(enum dns_status status);

/* RFC 1035 s4.1.1, RFC 2535: bits of the second header word. */
enum {
    DNS_QR = 0x8000,
    DNS_AA = 0x0400,
    DNS_TC = 0x0200,
    DNS_RD = 0x0100,
    DNS_RA = 0x0080,
    DNS_AD = 0x0020,
    DNS_CD = 0x0010,
};

enum dns_opcode {
    DNS_QUERY = 0,
    DNS_NOTIFY = 4,
    DNS_UPDATE = 5,
    DNS_DSO = 6, /* RFC 8490: no records, its own items behind the header */
};

enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_FORMERR = 1,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_NOTIMP = 4,
    DNS_REFUSED = 5,
};

enum { DNS_IN = 1 }; /* the class of the Internet, RFC 1035 s3.2.4 */

/* The types that the code knows by name; every other type is a number. */
enum dns_type {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_AAAA = 28,
    DNS_SRV = 33,
    DNS_OPT = 41,
    DNS_HTTPS = 65, /* RFC 9460 */
    DNS_TSIG = 250,
    DNS_IXFR = 251,
    DNS_ANY = 255, /* IXFR to ANY ask for more than records of their type */
};

#endif
