/* util/err.h: failures of the world (file, memory, SQL), as a value.
 *
 * A function that can fail returns `enum err_code` (ERR_OK is 0, failures are
 * negative) and fills the caller's `struct err` once, where the context is
 * known. Only main prints it and picks the exit status.
 * Bad data is no failure: decoders return their own small status enums.
 */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

#include "util/bytes.h"

enum err_code {
    ERR_OK = 0,
    ERR_USAGE = -1,    /* exit 2 */
    ERR_INPUT = -2,    /* exit 3: cannot be opened or is no capture */
    ERR_OUTPUT = -3,   /* exit 5: an output could not be written */
    ERR_NOMEM = -4,    /* exit 5 */
    ERR_STORE = -5,    /* exit 5: SQLite refused */
    ERR_INTERNAL = -6, /* exit 5: we are wrong, and noticed */
};

struct err {
    enum err_code code;
    char text[512]; /* one line, printable, names file and place */
};

/* Fills `err` (may be NULL) and returns `code`, so that it can be returned. */
PRINTF(3, 4)
enum err_code err_set(struct err *err, enum err_code code, const char *format,
                      ...);

/* As err_set, with ": strerror(errno)" behind the text. */
PRINTF(3, 4)
enum err_code err_set_errno(struct err *err, enum err_code code,
                            const char *format, ...);

#endif
