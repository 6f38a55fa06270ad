/* capture/dump.h: frames into a classic pcap file with nanoseconds.
 *
 * Such a file has one link type: a second one is an error, not a wrong file.
 */
#ifndef CAPTURE_DUMP_H
#define CAPTURE_DUMP_H

#include "capture/frame.h"
#include "util/err.h"

struct capture_dump;

/* Writes to a duplicate of `fd`; `name` is for errors and copied. ERR_NOMEM,
 * ERR_OUTPUT. */
MUST_USE enum err_code capture_dump_open(struct capture_dump **out, int fd,
                                         const char *name, struct err *err);

/* Appends a frame. A time that a pcap file cannot hold (none, or outside 1970
 * to 2106) is written as 0. Failures are kept for capture_dump_status(). */
void capture_dump_put(struct capture_dump *dump,
                      const struct capture_frame *frame);

/* ERR_OUTPUT when anything could not be written so far. */
MUST_USE enum err_code capture_dump_status(const struct capture_dump *dump,
                                           struct err *err);

/* Writes what is buffered, and the header of a file without frames, and says
 * whether all of it went well. Then only capture_dump_close() may follow. */
MUST_USE enum err_code capture_dump_finish(struct capture_dump *dump,
                                           struct err *err);
void capture_dump_close(struct capture_dump *dump);

#endif
