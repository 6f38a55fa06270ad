/* util/labels.h: names that people give to addresses.
 *
 * From a file (--labels): CSV (RFC 4180), one `address,label` a row, a header
 * row that begins with "address" allowed. Where an address stands twice the last
 * row counts, since such files are often appended to. At most 1,000,000 rows.
 *
 * Or added one by one, as captures bring them along.
 */
#ifndef UTIL_LABELS_H
#define UTIL_LABELS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/budget.h"
#include "util/bytes.h"
#include "util/err.h"

struct labels;

enum { LABELS_TEXT_OCTETS = 255 }; /* longest that is added; a domain name */

/* Reads `path` with libcsv. ERR_INPUT names file and line. */
MUST_USE enum err_code labels_open(struct labels **out, const char *path,
                                   struct err *err);

/* An empty set. What `first` (borrowed, may be NULL) has a label for is found
 * there. `budget`, borrowed, pays for what is added. ERR_NOMEM. */
MUST_USE enum err_code labels_new(struct labels **out,
                                  const struct labels *first,
                                  struct budget *budget, struct err *err);
void labels_close(struct labels *labels);

/* Gives an address of 4 or 16 octets a label, unless it has one. A label that is
 * empty, or longer than LABELS_TEXT_OCTETS, is none. Refused, and counted, when
 * there are 65,536 addresses already or the budget has no more. */
void labels_add(struct labels *labels, const uint8_t *address, size_t octets,
                struct bytes label);

/* How many addresses were refused; one counts each time it comes. */
uint64_t labels_refused(const struct labels *labels);

/* The label of an address of 4 or 16 octets, "" when it has none. Printable
 * ASCII (other octets as \DDD); borrowed until close.
 * Accepts NULL labels. */
const char *labels_find(const struct labels *labels, const uint8_t *address,
                        size_t octets);

#endif
