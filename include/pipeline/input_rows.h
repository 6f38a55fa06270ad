/* pipeline/input_rows.h: what the database says of an input: its own row, and
 * those of its interfaces and of the comments that people left in it.
 */
#ifndef PIPELINE_INPUT_ROWS_H
#define PIPELINE_INPUT_ROWS_H

#include "facts/sink.h"
#include "pipeline/inputs.h"

/* The times of frames, as far as they have any. */
struct pipeline_span {
    int64_t first_ns, last_ns;
    bool timed;
};

static inline void pipeline_span_widen(struct pipeline_span *s, int64_t time_ns)
{
    if (!s->timed || time_ns < s->first_ns)
        s->first_ns = time_ns;
    if (!s->timed || time_ns > s->last_ns)
        s->last_ns = time_ns;
    s->timed = true;
}

/* Rows of input, interface and comment, of the input with this number and the
 * times of its frames. One that a signal kept from being read is closed again: it
 * has its name and no frames. Adds its comments of packets to
 * `*packet_comments`. */
MUST_USE enum err_code
pipeline_input_rows_save(const struct pipeline_input *input, size_t number,
                         const struct pipeline_span *span,
                         const struct facts_sink *sink,
                         uint64_t *packet_comments, struct err *err);

#endif
