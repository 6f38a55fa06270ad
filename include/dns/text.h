/* dns/text.h: names of codes.
 *
 * Types and classes are ldns's words; for the codes that ldns 1.8.3 does not
 * know, or spells in its own way, those of the IANA registries. Every text is
 * plain ASCII and fits DNS_CODE_TEXT.
 */
#ifndef DNS_TEXT_H
#define DNS_TEXT_H

#include "dns/dns.h"

enum { DNS_CODE_TEXT = 40 };

/* "A", "HTTPS", else "TYPE261" (RFC 3597 s5). Returns `out`. */
const char *dns_type_text(uint16_t type, char out[DNS_CODE_TEXT]);
/* "IN", else "CLASS42". */
const char *dns_class_text(uint16_t class, char out[DNS_CODE_TEXT]);
/* "NXDOMAIN", "BADVERS", else "RCODE12". */
const char *dns_rcode_text(uint16_t rcode, char out[DNS_CODE_TEXT]);
/* "QUERY", else "OPCODE7". */
const char *dns_opcode_text(uint8_t opcode, char out[DNS_CODE_TEXT]);
/* RFC 8914 s5.2: "DNSSEC Bogus", else "EDE 99". */
const char *dns_ede_text(uint16_t code, char out[DNS_CODE_TEXT]);

#endif
