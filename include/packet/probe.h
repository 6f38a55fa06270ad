/* packet/probe.h: is this the start of a DNS message in a TCP stream?
 *
 * Asked where a stream begins, and where one is picked up in the middle: two
 * octets of length and a header of twelve (RFC 1035 s4.2.2, s4.1.1). What is
 * certainly something else has a name.
 */
#ifndef PACKET_PROBE_H
#define PACKET_PROBE_H

#include "util/bytes.h"

enum packet_probe {
    PACKET_PROBE_DNS,  /* a header that fits its length */
    PACKET_PROBE_MORE, /* too few octets to tell */
    PACKET_PROBE_NOT,  /* no well-formed DNS message begins like this */
    PACKET_PROBE_HTTP,
    PACKET_PROBE_TLS,
    PACKET_PROBE_SSH,
};

enum {
    PACKET_PROBE_OCTETS = 14, /* with so many the answer is never MORE, but for
                                 a message that is announced as shorter than a
                                 header, of which nothing can be said */
};

/* Reads what there is from a length prefix on: `octets` may end anywhere. Of
 * random octets less than one in 100,000 pass. */
MUST_USE enum packet_probe packet_probe(struct bytes octets);

/* For the middle of a stream, where a part of a message must not be taken for
 * the start of another: besides, a query has one question, no rcode and no more
 * records than queries have, names and classes in the question are possible as
 * far as they are there, and no message is shorter than a header. */
MUST_USE enum packet_probe packet_probe_strict(struct bytes octets);

#endif
