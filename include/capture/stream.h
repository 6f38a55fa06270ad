/* capture/stream.h: the octets of a capture, wherever they come from.
 *
 * A file, a pipe, standard input or memory; gzip, zstd and lz4 are recognised
 * by content and unpacked on the way. Nothing is read ahead of what has
 * arrived, and no read waits for more than its first octet.
 */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include <stdbool.h>

#include "util/bytes.h"
#include "util/err.h"

struct capture_stream;

/* Opens `path` for reading, "-" is standard input. ERR_INPUT for what is
 * missing, unreadable or a directory. On success `*out` is the caller's.
 */
MUST_USE enum err_code capture_stream_open(struct capture_stream **out,
                                           const char *path, struct err *err);

/* A stream over `octets`, which it borrows until it is closed. Each read of
 * them yields at most `chunk` octets, as a slow pipe would; 0 is no limit. For
 * tests and fuzzing.
 */
MUST_USE enum err_code capture_stream_open_memory(struct capture_stream **out,
                                                  struct bytes octets,
                                                  size_t chunk,
                                                  struct err *err);
void capture_stream_close(struct capture_stream *stream);

/* Reads up to `capacity` (over 0) unpacked octets to `to` and says in `*got`
 * how many. Returns 1 when some were read, or none because a signal came
 * (*got is 0; a handler without SA_RESTART); 0 at the end, also where
 * compressed data are broken: capture_stream_damage() tells; negative when
 * reading failed (ERR_INPUT, ERR_NOMEM).
 */
MUST_USE int capture_stream_read(struct capture_stream *stream, uint8_t *to,
                                 size_t capacity, size_t *got, struct err *err);

/* From now on the end of a file is no end, but what has been written so far: a
 * read there waits a tenth of a second and yields nothing, as if a signal had
 * come. It ends when the file is cut short, which is damage, and a second after
 * its path has led to another file, or nowhere, while it did not grow. */
void capture_stream_follow(struct capture_stream *stream);

/* Whether it ended because the path does not lead to the file any more. */
bool capture_stream_replaced(const struct capture_stream *stream);

/* Why the octets ended early, a line of printable text; "" if they did not. */
const char *capture_stream_damage(const struct capture_stream *stream);

/* For messages: the path, printable, or "standard input". */
const char *capture_stream_name(const struct capture_stream *stream);
/* "gzip", "zstd", "lz4", or "" when not compressed or not yet known. */
const char *capture_stream_packing(const struct capture_stream *stream);
/* Octets read so far, before unpacking. */
uint64_t capture_stream_octets(const struct capture_stream *stream);
/* Octets of the whole when opened, if it is a file; else 0. */
uint64_t capture_stream_size(const struct capture_stream *stream);

#endif
