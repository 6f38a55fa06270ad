#include "exchange/stub.h"

/* musl takes its IDs from the clock: 130 to 350 apart. Two random ones lie so in
 * one of 200 pairs. */
enum { MUSL_NEAREST = 100, MUSL_FARTHEST = 400 };

static const uint16_t recursion_desired = 0x0100; /* RFC 1035 s4.1.1 */

void exchange_habits_begin(struct exchange_habits *h,
                           const struct exchange_message *m)
{
    *h = (struct exchange_habits){
        .first_port = m->client_port,
        .step_port = m->client_port,
        .first_id = m->dns.id,
        .iterative = (m->dns.flags & recursion_desired) == 0,
        .edns = (m->dns.has & DNS_HAS_EDNS) != 0,
    };
}

void exchange_habits_pair(struct exchange_habits *h,
                          const struct exchange_message *m)
{
    if (h->pair)
        return;
    h->pair = true;
    h->two_ports = m->client_port != h->step_port;
    h->id_distance = (uint16_t)(m->dns.id - h->first_id);
}

void exchange_habits_step(struct exchange_habits *h,
                          const struct exchange_message *m)
{
    if (m->client_port == h->step_port)
        h->kept_port = true;
    else
        h->new_port = true;
    h->step_port = m->client_port;
}

enum exchange_stub exchange_habits_stub(const struct exchange_habits *h)
{
    if (h->iterative)
        return EXCHANGE_STUB_RESOLVER;
    if (h->fan_out)
        return EXCHANGE_STUB_MUSL;
    if (!h->pair)
        return EXCHANGE_STUB_UNKNOWN;
    if (h->two_ports)
        return h->edns ? EXCHANGE_STUB_GO : EXCHANGE_STUB_UNKNOWN;
    if (h->id_distance >= MUSL_NEAREST && h->id_distance <= MUSL_FARTHEST)
        return EXCHANGE_STUB_MUSL;
    if (h->kept_port && !h->new_port)
        return EXCHANGE_STUB_C_ARES;
    return EXCHANGE_STUB_GLIBC;
}
