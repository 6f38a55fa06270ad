/* pipeline/inputs.h: the files of a run, one open at a time.
 *
 * Each is opened once before anything is read, so that one that cannot be read
 * ends the run at once, and so that files go in the order of their first
 * frames: a shell lists ring_10 before ring_9. What cannot be opened twice (a
 * pipe, standard input) stays open and where it was given.
 */
#ifndef PIPELINE_INPUTS_H
#define PIPELINE_INPUTS_H

#include "capture/source.h"

struct pipeline_input {
    const char *path;              /* borrowed */
    struct capture_source *source; /* NULL while it is closed */
    uint64_t size;                 /* of a file that was begun, else 0 */
    bool reopens;                  /* a file: open only while it is read */
    int64_t first_ns;              /* CAPTURE_NO_TIME if not known */
    char format[24];               /* as capture_info has it */
};

/* How files were put in order. */
struct pipeline_inputs_order {
    size_t count;            /* of inputs: those that are not empty */
    bool sorted;             /* another order than given */
    const char *first_empty; /* a file of no octets, or NULL: a rotated set has
                                one when it has just been rotated */
};

/* Looks at each of `count` paths and fills `inputs`, in the order to read them.
 * Empty files are left out unless all are. A single input stays open. ERR_INPUT,
 * ERR_NOMEM; the inputs are to be closed in any case. */
MUST_USE enum err_code pipeline_inputs_open(struct pipeline_input *inputs,
                                            const char *const *paths,
                                            size_t count,
                                            struct pipeline_inputs_order *order,
                                            struct err *err);

/* Opens the input unless it is open. ERR_INPUT, ERR_NOMEM. */
MUST_USE enum err_code pipeline_inputs_begin(struct pipeline_input *input,
                                             struct err *err);
/* Closes it. */
void pipeline_inputs_end(struct pipeline_input *input);

#endif
