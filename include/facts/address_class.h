/* facts/address_class.h: addresses of one's own network, and all others. */
#ifndef FACTS_ADDRESS_CLASS_H
#define FACTS_ADDRESS_CLASS_H

#include <stdbool.h>

#include "util/bytes.h"

/* Whether `address`, of 4 or 16 octets, is one that the whole Internet shares.
 * Not so: private and shared space (RFC 1918, 6598, 4193), this host and this
 * link (RFC 1122, 3927, 4291), multicast and reserved ones, and two from public
 * space at which clouds answer within each customer's own network. Addresses
 * for documentation count as outside: they stand for such. False for any other
 * number of octets.
 */
bool facts_address_is_outside(struct bytes address);

#endif
