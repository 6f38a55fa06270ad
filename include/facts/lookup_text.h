/* facts/lookup_text.h: what a lookup was, in the words of the database. */
#ifndef FACTS_LOOKUP_TEXT_H
#define FACTS_LOOKUP_TEXT_H

#include "exchange/events.h"

/* "answered", "partly", "nxdomain", "nodata", "failed", "gave_up",
 * "open_at_end" for an enum exchange_lookup_outcome. */
const char *facts_lookup_text(uint8_t outcome);

/* "lost", "half-lost", "dead-server" ... for an enum exchange_cause. */
const char *facts_cause_text(uint8_t cause);

/* "glibc", "musl", "go", "c-ares", "resolver" for an enum exchange_stub, NULL
 * for an unknown one. */
const char *facts_stub_text(uint8_t stub);

#endif
