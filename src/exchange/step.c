#include "exchange/step.h"

#include "dns/dns.h"

enum exchange_result exchange_step_result(const struct exchange_settlement *s)
{
    if (s->outcome == EXCHANGE_UNANSWERED)
        return EXCHANGE_RESULT_UNANSWERED;
    if (s->outcome == EXCHANGE_OPEN_AT_END)
        return EXCHANGE_RESULT_OPEN;
    if (s->outcome == EXCHANGE_REFUSED)
        return EXCHANGE_RESULT_UNREACHABLE;
    if (s->truncated)
        return EXCHANGE_RESULT_TRUNCATED;
    if (s->rcode == DNS_NXDOMAIN)
        return EXCHANGE_RESULT_NXDOMAIN;
    if (s->rcode != DNS_NOERROR)
        return EXCHANGE_RESULT_FAILED;
    return s->nodata ? EXCHANGE_RESULT_NODATA : EXCHANGE_RESULT_ANSWERED;
}

uint8_t exchange_step_outcome(unsigned results)
{
    const bool failed = exchange_step_is(results, EXCHANGE_RESULT_FAILED) ||
                        exchange_step_is(results, EXCHANGE_RESULT_UNREACHABLE);
    const bool missing =
        failed || exchange_step_is(results, EXCHANGE_RESULT_UNANSWERED);
    if (exchange_step_is(results, EXCHANGE_RESULT_OPEN))
        return EXCHANGE_LOOKUP_OPEN_AT_END;
    if (exchange_step_is(results, EXCHANGE_RESULT_ANSWERED) ||
        exchange_step_is(results, EXCHANGE_RESULT_TRUNCATED))
        return missing ? EXCHANGE_LOOKUP_PARTLY : EXCHANGE_LOOKUP_ANSWERED;
    if (exchange_step_is(results, EXCHANGE_RESULT_NODATA))
        return missing ? EXCHANGE_LOOKUP_PARTLY : EXCHANGE_LOOKUP_NODATA;
    if (exchange_step_is(results, EXCHANGE_RESULT_NXDOMAIN))
        return EXCHANGE_LOOKUP_NXDOMAIN;
    return failed ? EXCHANGE_LOOKUP_FAILED : EXCHANGE_LOOKUP_GAVE_UP;
}
