#include "facts/lookup_text.h"

#include <assert.h>

const char *facts_lookup_text(uint8_t outcome)
{
    static const char *const text[] = {
        [EXCHANGE_LOOKUP_ANSWERED] = "answered",
        [EXCHANGE_LOOKUP_PARTLY] = "partly",
        [EXCHANGE_LOOKUP_NXDOMAIN] = "nxdomain",
        [EXCHANGE_LOOKUP_NODATA] = "nodata",
        [EXCHANGE_LOOKUP_FAILED] = "failed",
        [EXCHANGE_LOOKUP_GAVE_UP] = "gave_up",
        [EXCHANGE_LOOKUP_OPEN_AT_END] = "open_at_end",
    };
    assert(outcome < sizeof text / sizeof *text);
    return text[outcome];
}

const char *facts_cause_text(uint8_t cause)
{
    static const char *const texts[EXCHANGE_CAUSES] = {
        [EXCHANGE_CAUSE_SERVER] = "server-slow",
        [EXCHANGE_CAUSE_UPSTREAM] = "upstream-slow",
        [EXCHANGE_CAUSE_WALK] = "search-walk",
        [EXCHANGE_CAUSE_LOST] = "lost",
        [EXCHANGE_CAUSE_DEAD_SERVER] = "dead-server",
        [EXCHANGE_CAUSE_HALF_LOST] = "half-lost",
        [EXCHANGE_CAUSE_SINGLE_REQUEST] = "single-request-fallback",
        [EXCHANGE_CAUSE_FAILURES] = "servfail-ladder",
        [EXCHANGE_CAUSE_TCP_CONNECT] = "tcp-connect",
        [EXCHANGE_CAUSE_TRUNCATED] = "tc-then-tcp",
    };
    return texts[cause];
}

const char *facts_stub_text(uint8_t stub)
{
    static const char *const texts[EXCHANGE_STUBS] = {
        [EXCHANGE_STUB_GLIBC] = "glibc",
        [EXCHANGE_STUB_MUSL] = "musl",
        [EXCHANGE_STUB_GO] = "go",
        [EXCHANGE_STUB_C_ARES] = "c-ares",
        [EXCHANGE_STUB_RESOLVER] = "resolver",
    };
    return texts[stub];
}
