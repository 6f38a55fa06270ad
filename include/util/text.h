/* util/text.h: times, numbers and strangers' text as people read them.
 *
 * Every function writes printable ASCII only, whatever the locale, so that the
 * same input gives the same octets on every machine.
 */
#ifndef UTIL_TEXT_H
#define UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/bytes.h"

enum { TEXT_TIME = 48, TEXT_NUMBER = 32 };

/* Each returns `out`. */

/* RFC 3339 with `digits` (0..9) digits of the second, cut and not rounded, so
 * that no time is shown before it came: "2026-11-01T10:00:00.250Z", or with
 * `local` in the zone of the process, "2026-11-01T11:00:00.250+01:00". */
char *text_time(int64_t time_ns, int digits, bool local, char out[TEXT_TIME]);
/* Three significant digits below a minute: "340 us", "1.20 ms", "5.01 s",
 * "2 min 05 s", "3 h 05 min", "2 d 03 h". */
char *text_duration(double seconds, char out[TEXT_NUMBER]);
/* "1,234,567" */
char *text_count(int64_t count, char out[TEXT_NUMBER]);
/* Decimal units: "999 B", "1.57 GB". */
char *text_octets(double octets, char out[TEXT_NUMBER]);
/* "12.3 %"; never "0.0 %" for more than nothing nor "100.0 %" for less than
 * all: "<0.1 %", ">99.9 %". */
char *text_share(double share, char out[TEXT_NUMBER]);

/* Reads RFC 3339 (any offset, up to 9 digits of the second; years 1678 to
 * 2261). Writes `*time_ns` only on true. */
MUST_USE bool text_time_read(const char *text, int64_t *time_ns);
/* Reads a positive duration: digits, an optional fraction and us, ms, s, min
 * (or m), h or d; without a unit seconds. */
MUST_USE bool text_duration_read(const char *text, int64_t *duration_ns);
/* Reads a size: digits and K, M, G, T (binary), also as KiB, MiB ... */
MUST_USE bool text_size_read(const char *text, size_t *octets);
/* Reads digits, nothing else, not above `most`. */
MUST_USE bool text_number_read(const char *text, uint64_t most,
                               uint64_t *number);

/* Whether there is something, and then `ending`. */
bool text_ends_in(const char *text, const char *ending);

/* Copies `in`, each octet outside printable ASCII as \DDD (RFC 1035 s5.1), and
 * ends it with NUL; stops in front of what does not fit. Returns the length.
 * `capacity` is at least 1. */
size_t text_escape(struct bytes in, char *out, size_t capacity);

#endif
