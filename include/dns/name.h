/* dns/name.h: domain names in wire form (RFC 1035 s3.1, s4.1.4).
 *
 * Names stay in wire form until they are shown. A compression pointer must
 * lead below the place where the labels in front of it began, not into the
 * header, and to labels that end before that place, so that a name never reads
 * an octet twice; a name may follow at most DNS_NAME_POINTERS of them (RFC 9267
 * lists what happens otherwise).
 */
#ifndef DNS_NAME_H
#define DNS_NAME_H

#include "dns/dns.h"
#include "util/bytes.h"

enum {
    DNS_NAME_OCTETS = 255,   /* RFC 1035 s2.3.4, root label included */
    DNS_LABEL_OCTETS = 63,   /* RFC 1035 s2.3.4 */
    DNS_NAME_POINTERS = 128, /* more than any legal name needs */
    DNS_NAME_TEXT = 1025,    /* 255 octets, each at most "\DDD", and NUL */
};

/* Finds where the name at `at` ends in `msg`, following nothing: on DNS_OK
 * `*end` is the offset behind its root label or first pointer. DNS_CUT (`msg`
 * ends inside), DNS_BAD_LABEL (0x40/0x80 label types, name over 255 octets) or
 * DNS_BAD_POINTER (its pointer leads nowhere it may).
 */
MUST_USE enum dns_status dns_name_skip(struct bytes msg, size_t at,
                                       size_t *end);

/* Expands the name at `at`, pointers followed, into `out` in wire form, as it
 * stands (case kept). `*octets` is 1..255, `*end` as above.
 * DNS_OK, DNS_CUT (`msg` ends inside, its first pointer included),
 * DNS_BAD_LABEL or DNS_BAD_POINTER (forward, into itself, into the header, too
 * many).
 */
MUST_USE enum dns_status dns_name_expand(struct bytes msg, size_t at,
                                         uint8_t out[DNS_NAME_OCTETS],
                                         uint16_t *octets, size_t *end);

/* As dns_name_expand(), and takes the octets looked at off `*work`, with
 * DNS_BAD_POINTER when none is left to begin with: a caller that expands many
 * names of one message bounds the sum, which limits on a name alone cannot (128
 * pointers, or 255 octets, in each of 5,000 records). */
MUST_USE enum dns_status dns_name_expand_within(struct bytes msg, size_t at,
                                                uint32_t *work,
                                                uint8_t out[DNS_NAME_OCTETS],
                                                uint16_t *octets, size_t *end);

/* Copies `octets` of a wire-form name to `out` with A-Z folded to a-z, sixteen
 * octets at a time. Length octets are below 0x41 and pass unchanged. `out` may
 * be `name`. */
void dns_name_fold(uint8_t *out, const uint8_t *name, size_t octets);

/* Whether dns_name_fold() would change nothing. */
bool dns_name_is_folded(const uint8_t *name, size_t octets);

/* Keyed hash of the folded form: equal for names that differ in case only. */
uint64_t dns_name_hash(const uint8_t *name, size_t octets, uint64_t seed);

/* True when the uncompressed names are equal, case ignored. */
bool dns_name_equal(const uint8_t *a, size_t a_octets, const uint8_t *b,
                    size_t b_octets);

/* Number of labels, root not counted; dots of "a.b.c." are labels - 1. */
unsigned dns_name_labels(const uint8_t *name, size_t octets);

/* Presentation form without the final dot ("." for the root) into `out`.
 * Only letters, digits, '_', '*', and a '-' that does not begin the name stand
 * for themselves; every other octet becomes \DDD, so the text is inert in a
 * terminal, CSV, HTML, SQL and a shell, and still reversible. Returns the
 * length without NUL. `name` is uncompressed and valid.
 */
size_t dns_name_text(const uint8_t *name, size_t octets,
                     char out[DNS_NAME_TEXT]);

/* The reverse: presentation form (final dot optional, \DDD and \X escapes) to
 * folded wire form. False when it is no name. */
bool dns_name_parse(const char *text, uint8_t out[DNS_NAME_OCTETS],
                    uint16_t *octets);

#endif
