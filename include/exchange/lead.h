/* exchange/lead.h: where the answer to a name under a suffix leads.
 *
 * Two things that only the records of such an answer show. A resolver that
 * knows its client's search list may answer the first step of a walk for all of
 * it, with an alias to the name that the walk would have come to (CoreDNS's
 * plugin autopath). And a wildcard under a suffix answers every name with the
 * same addresses. Looked at only where a walk's answer is; private to the
 * exchange.
 */
#ifndef EXCHANGE_LEAD_H
#define EXCHANGE_LEAD_H

#include "dns/name.h"
#include "exchange/walk.h"

struct exchange_lead {
    uint8_t target[DNS_NAME_OCTETS]; /* folded wire form */
    uint16_t target_octets;
    uint16_t base_octets; /* of the asked name, that the target begins with;
                             whole labels, no root */
};

/* Whether `response`, a whole DNS message, answers `asked` (folded wire form)
 * with, first of all, an alias from it to its base under another suffix, or
 * alone: what stands behind the base is a suffix in `asked`, and none or one in
 * the target. */
MUST_USE bool exchange_lead_alias(const struct exchange_walk *walk,
                                  struct bytes asked, struct bytes response,
                                  struct exchange_lead *out);

/* The lowest address (A for `octets` 4, AAAA for 16) in the answer section of
 * `response`, into `out`; false when it has none. The lowest, since servers
 * rotate what they answer. */
MUST_USE bool exchange_lead_address(struct bytes response, uint8_t octets,
                                    uint8_t out[16]);

#endif
