/* facts/lookup_text.h: a lookup's outcome in the words of the database. */
#ifndef FACTS_LOOKUP_TEXT_H
#define FACTS_LOOKUP_TEXT_H

#include "exchange/events.h"

/* "answered", "partly", "nxdomain", "nodata", "failed", "gave_up",
 * "open_at_end" for an enum exchange_lookup_outcome. */
const char *facts_lookup_text(uint8_t outcome);

#endif
