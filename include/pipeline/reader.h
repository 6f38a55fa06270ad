/* pipeline/reader.h: the blocks of one input in order, read, filtered and, when
 * there is a second processor, decoded ahead of the ordered stage.
 *
 *   reading thread: read, filter, decode -> ring of blocks -> ordered stage
 *
 * The reading thread has the source, the filter and the labels to itself until
 * pipeline_reader_end(). It is the one that SIGINT and SIGTERM interrupt, since
 * it is the one that waits for input.
 */
#ifndef PIPELINE_READER_H
#define PIPELINE_READER_H

#include <signal.h>

#include "capture/filter.h"
#include "capture/source.h"
#include "pipeline/block.h"

struct pipeline_reader_options {
    const struct packet_ports *ports;
    struct capture_filter *filter;     /* may be NULL */
    const volatile sig_atomic_t *stop; /* may be NULL */
    uint64_t seed;
    /* Read ahead in a thread. Only for who wants all there is to read: what was
     * read cannot be given back. */
    bool ahead;
};

struct pipeline_reader;

/* All but `options` itself is borrowed. ERR_NOMEM. */
MUST_USE enum err_code
pipeline_reader_new(struct pipeline_reader **out,
                    const struct pipeline_reader_options *options,
                    struct err *err);
void pipeline_reader_free(struct pipeline_reader *reader);

/* Begins with an input. The source is borrowed, and not to be touched, until
 * pipeline_reader_end(), which may come at any time. */
void pipeline_reader_begin(struct pipeline_reader *reader,
                           struct capture_source *source);
void pipeline_reader_end(struct pipeline_reader *reader);

/* The next block, perhaps without frames; it lives until the next call. Not to
 * be called after the last one. Returns an error of capture_source_read(). */
MUST_USE enum err_code pipeline_reader_next(struct pipeline_reader *reader,
                                            struct pipeline_block **out,
                                            struct err *err);

#endif
