/* facts/zone_class.h: names of one's own network, and all others. */
#ifndef FACTS_ZONE_CLASS_H
#define FACTS_ZONE_CLASS_H

#include "util/bytes.h"

enum facts_zone_class {
    FACTS_ZONE_INTERNAL = 0,
    FACTS_ZONE_EXTERNAL,
    FACTS_ZONE_CLASSES
};

/* The class of `name`, uncompressed folded wire form. Internal: a single label;
 * what stands below cluster.local, svc, local (RFC 6762), internal, home.arpa
 * (RFC 8375) and the other special-use and customary private top-level domains
 * (RFC 2606, 6761, 6762 appendix G, 7686, 9476); and the reverse zones that
 * every site serves itself (RFC 6303, 7793). The public DNS does not have them,
 * so somebody near must answer. example.com, .net and .org are in the public
 * DNS, and external as all else.
 */
enum facts_zone_class facts_zone_class(struct bytes name);

#endif
