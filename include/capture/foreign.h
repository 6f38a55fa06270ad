/* capture/foreign.h: files that are captures, but none that we read.
 *
 * For the line that says so: what it is and how to convert it.
 */
#ifndef CAPTURE_FOREIGN_H
#define CAPTURE_FOREIGN_H

#include "util/bytes.h"

struct capture_foreign {
    const char *name; /* what it is: "a snoop capture" */
    const char
        *remedy; /* a command, FILE for the file; NULL if none is known */
};

/* What `head`, the first octets of a file, belongs to; NULL when unknown. */
const struct capture_foreign *capture_foreign_find(struct bytes head);

#endif
