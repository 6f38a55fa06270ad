#include "packet/probe.h"

#include <stdbool.h>

enum {
    PREFIX = 2,
    HEADER = 12,
    FLAGS_AT = PREFIX + 2,
    COUNTS_AT = PREFIX + 4,
    QUESTION_AT = PREFIX + HEADER,
    QUESTION_LEAST = 5, /* root name, type, class */
    RECORD_LEAST = 11,  /* root name, type, class, TTL, length */
    NAME_MOST = 255,
    LABEL_MOST = 63,
};

enum { QR = 0x8000, Z = 0x0040, RCODE = 0x000f };
enum { QUERY = 0, STATUS_OPCODE = 2, DSO = 6 }; /* IANA: 3 is unassigned */
enum { RCODE_MOST = 11 }; /* DSOTYPENI, the last that four bits hold today */

/* A query's: EDNS, TSIG or SIG(0), and one for what may come. */
enum { ADDITIONAL_MOST = 3 };

static bool begins(struct bytes octets, const char *text)
{
    const size_t len = strlen(text);
    return octets.len >= len && memcmp(octets.data, text, len) == 0;
}

/* RFC 9110 s9.3, RFC 9113 s3.4; what a server says first: RFC 9112 s4. */
static bool is_http(struct bytes octets)
{
    static const char *const starts[] = {
        "GET ",     "HEAD ",  "POST ",  "PUT ",   "DELETE ", "CONNECT ",
        "OPTIONS ", "TRACE ", "PATCH ", "PRI * ", "HTTP/",
    };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (begins(octets, starts[i]))
            return true;
    return false;
}

/* A handshake record of any version that holds a client's or a server's hello
 * (RFC 8446 s5.1, s4). */
static bool is_tls(struct bytes octets)
{
    return octets.len >= 6 && octets.data[0] == 22 && octets.data[1] == 3 &&
           octets.data[2] <= 4 && (octets.data[5] == 1 || octets.data[5] == 2);
}

/* What a message claims to hold, in the fewest octets that can hold it. */
static uint32_t least_octets(const uint8_t *counts)
{
    const uint32_t records = (uint32_t)load_be16(counts + 2) +
                             load_be16(counts + 4) + load_be16(counts + 6);
    return HEADER + load_be16(counts) * (uint32_t)QUESTION_LEAST +
           records * (uint32_t)RECORD_LEAST;
}

static bool is_header(const uint8_t *octets, uint32_t length)
{
    const uint16_t flags = load_be16(octets + FLAGS_AT);
    const unsigned opcode = flags >> 11 & 15;
    return opcode <= DSO && opcode != STATUS_OPCODE + 1 && (flags & Z) == 0 &&
           least_octets(octets + COUNTS_AT) <= length;
}

/* Names that are there in part are as good as what is there. A pointer cannot
 * stand in the first name: nothing is before it to point to. */
static bool is_question(struct bytes octets, uint32_t length)
{
    const size_t end =
        octets.len < length + PREFIX ? octets.len : length + (size_t)PREFIX;
    size_t at = QUESTION_AT;
    while (at < end && octets.data[at] != 0) {
        if (octets.data[at] > LABEL_MOST)
            return false;
        at += octets.data[at] + 1u;
    }
    if (at - QUESTION_AT >= NAME_MOST || at + QUESTION_LEAST > length + PREFIX)
        return false;
    if (at + QUESTION_LEAST > octets.len)
        return true;
    switch (load_be16(octets.data + at + 3)) {
    case 1: /* IN, CHAOS, HESIOD, NONE, ANY: IANA's whole list */
    case 3:
    case 4:
    case 254:
    case 255:
        return true;
    default:
        return false;
    }
}

static bool is_strict_header(const uint8_t *octets)
{
    const uint16_t flags = load_be16(octets + FLAGS_AT);
    const uint16_t questions = load_be16(octets + COUNTS_AT);
    const uint16_t answers = load_be16(octets + COUNTS_AT + 2);
    const uint16_t authority = load_be16(octets + COUNTS_AT + 4);
    const uint16_t additional = load_be16(octets + COUNTS_AT + 6);
    const unsigned rcode = flags & RCODE;
    if ((flags >> 11 & 15) != QUERY)
        return rcode == 0 || ((flags & QR) != 0 && rcode <= RCODE_MOST);
    if ((flags & QR) == 0)
        return rcode == 0 && questions == 1 && answers == 0 && authority <= 1 &&
               additional <= ADDITIONAL_MOST;
    /* Later messages of a transfer have no question (RFC 5936 s2.2.1), nor do
     * some errors. */
    return rcode <= RCODE_MOST &&
           (questions == 1 || (questions == 0 && (answers > 0 || rcode > 0)));
}

/* A header that fits is looked for first, being what is there most often: no
 * text and no handshake has one. */
static enum packet_probe first_look(struct bytes octets)
{
    const bool header = octets.len >= PACKET_PROBE_OCTETS;
    if (header && is_header(octets.data, load_be16(octets.data)))
        return PACKET_PROBE_DNS;
    if (is_http(octets))
        return PACKET_PROBE_HTTP;
    if (is_tls(octets))
        return PACKET_PROBE_TLS;
    if (begins(octets, "SSH-"))
        return PACKET_PROBE_SSH;
    return header ? PACKET_PROBE_NOT : PACKET_PROBE_MORE;
}

enum packet_probe packet_probe(struct bytes octets)
{
    if (octets.len >= PREFIX && load_be16(octets.data) < HEADER)
        return PACKET_PROBE_MORE;
    return first_look(octets);
}

enum packet_probe packet_probe_strict(struct bytes octets)
{
    if (octets.len >= PREFIX && load_be16(octets.data) < HEADER)
        return PACKET_PROBE_NOT;
    const enum packet_probe found = first_look(octets);
    if (found != PACKET_PROBE_DNS)
        return found;
    if (!is_strict_header(octets.data))
        return PACKET_PROBE_NOT;
    if (load_be16(octets.data + COUNTS_AT) > 0 &&
        !is_question(octets, load_be16(octets.data)))
        return PACKET_PROBE_NOT;
    return PACKET_PROBE_DNS;
}
