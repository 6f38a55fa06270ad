/* util/labels.h: names that people give to addresses (--labels FILE).
 *
 * CSV (RFC 4180), one `address,label` a row, a header row that begins with
 * "address" allowed. Where an address stands twice the last row counts, since
 * such files are often appended to. At most 1,000,000 rows.
 */
#ifndef UTIL_LABELS_H
#define UTIL_LABELS_H

#include <stddef.h>

#include "util/err.h"

struct labels;

/* Reads `path` with libcsv. ERR_INPUT names file and line. */
MUST_USE enum err_code labels_open(struct labels **out, const char *path,
                                   struct err *err);
void labels_close(struct labels *labels);

/* The label of an address of 4 or 16 octets, "" when it has none. Printable
 * ASCII (other octets as \DDD); borrowed until close. Accepts NULL labels. */
const char *labels_find(const struct labels *labels, const uint8_t *address,
                        size_t octets);

#endif
