#include "exchange/duplicate.h"

#define MS INT64_C(1000000)

static const int64_t copy_ns = 20 * MS;
static const int64_t tunnel_copy_ns = 50 * MS;
static const int64_t same_place_ns = 2 * MS; /* mirror ports */
static const int64_t leg_ns = 5 * MS;

static int64_t gap_ns(const struct exchange_sighting *a,
                      const struct exchange_sighting *b)
{
    return a->time_ns < b->time_ns ? b->time_ns - a->time_ns
                                   : a->time_ns - b->time_ns;
}

static bool same_place(const struct exchange_sighting *a,
                       const struct exchange_sighting *b)
{
    return a->interface == b->interface && a->ip_ttl == b->ip_ttl &&
           a->depth == b->depth && a->packet_type == b->packet_type;
}

/* IPv4 hosts number their datagrams, or leave 0; an IPv6 label names the flow
 * and proves nothing about the datagram. */
static bool has_identity(const struct exchange_sighting *s)
{
    return s->address_octets == 4 && s->ip_id != 0;
}

bool exchange_is_copy(const struct exchange_sighting *first,
                      const struct exchange_sighting *again)
{
    if (again->stream || first->ip_id != again->ip_id)
        return false;
    const int64_t gap = gap_ns(first, again);
    if (gap <= same_place_ns)
        return true;
    if (same_place(first, again))
        return false;
    const bool proven = has_identity(again) || again->address_octets == 16;
    return proven &&
           gap <= (first->depth == again->depth ? copy_ns : tunnel_copy_ns);
}

bool exchange_is_copy_after_answer(const struct exchange_sighting *first,
                                   const struct exchange_sighting *again)
{
    return exchange_is_copy(first, again) &&
           (has_identity(again) || !same_place(first, again));
}

bool exchange_is_leg_in_time(const struct exchange_sighting *first,
                             const struct exchange_sighting *again)
{
    return first->ip_id == again->ip_id && gap_ns(first, again) <= leg_ns;
}

bool exchange_is_leg(const struct exchange_sighting *first,
                     const struct exchange_sighting *again)
{
    return exchange_is_leg_in_time(first, again) &&
           (again->stream || has_identity(again) || !same_place(first, again));
}
