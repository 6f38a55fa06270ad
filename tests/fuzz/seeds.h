/* fuzz/seeds.h: inputs to begin with, made from the fixtures and from octets.
 *
 * A fuzzer mutates them; `make check` replays them as they are.
 */
#ifndef FUZZ_SEEDS_H
#define FUZZ_SEEDS_H

#include "util/bytes.h"

/* `name` and `seed` are borrowed for the call. */
typedef void seeds_fn(void *context, const char *name, struct bytes seed);

/* Hands out every seed of the harness fuzz_`harness`; the names of a harness
 * differ. None for one that is not known here: its fuzzer begins with nothing.
 * Reads fixtures/ below the working directory.
 */
void seeds_each(const char *harness, seeds_fn *each, void *context);

#endif
