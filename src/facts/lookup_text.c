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
