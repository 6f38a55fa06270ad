/* bench/wire.h: DNS messages, composed (RFC 1035 s4.1). */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIRE_NAME = 255, WIRE_MESSAGE = 1232 };

enum { WIRE_A = 1, WIRE_CNAME = 5, WIRE_SOA = 6, WIRE_PTR = 12, WIRE_TXT = 16 };
enum { WIRE_AAAA = 28, WIRE_OPT = 41 };

enum { WIRE_NOERROR = 0, WIRE_SERVFAIL = 2, WIRE_NXDOMAIN = 3 };
enum { WIRE_QR = 0x8000, WIRE_AA = 0x400, WIRE_TC = 0x200, WIRE_RD = 0x100 };
enum { WIRE_RA = 0x80 };

/* A name in wire form, lower case, root label included. */
struct wire_name {
    uint8_t octets[WIRE_NAME];
    uint8_t count;
};

/* `text` without a final dot, "" for the root; it must be a legal name. */
struct wire_name wire_name(const char *text);
/* `name` with `suffix` behind it. */
struct wire_name wire_name_join(const struct wire_name *name,
                                const struct wire_name *suffix);
uint64_t wire_name_hash(const struct wire_name *name);

struct wire {
    uint8_t octets[WIRE_MESSAGE];
    size_t count;
};

/* Header and question; records follow. With RD, as stubs ask. */
void wire_begin(struct wire *wire, uint16_t id, uint16_t flags,
                const struct wire_name *qname, uint16_t qtype);

enum wire_section { WIRE_ANSWER = 6, WIRE_AUTHORITY = 8, WIRE_ADDITIONAL = 10 };

/* A record whose owner is the name at `owner_at` in the message. Returns where
 * its rdata begins. */
size_t wire_record(struct wire *wire, enum wire_section section,
                   size_t owner_at, uint16_t type, uint32_t ttl_s,
                   const void *rdata, size_t octets);
/* An answer of type A (198.51.0.0/16) or AAAA (fd00:51::/64). */
void wire_address(struct wire *wire, size_t owner_at, uint16_t type,
                  uint32_t ttl_s, uint32_t host);
/* The SOA of a negative answer, whose owner is at `owner_at` (RFC 2308). */
void wire_soa(struct wire *wire, size_t owner_at, uint32_t ttl_s);
/* EDNS with a payload size of 1232 octets (RFC 6891 s6.1.2). */
void wire_edns(struct wire *wire);

/* Where the question's name stands, the first of all names. */
enum { WIRE_QNAME_AT = 12 };

#endif
