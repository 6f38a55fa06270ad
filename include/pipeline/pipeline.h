/* pipeline/pipeline.h: captures in, facts out.
 *
 * Drives capture -> packet -> dns -> exchange -> facts and hands the facts to a
 * sink. The only room besides cli that sees the whole.
 */
#ifndef PIPELINE_PIPELINE_H
#define PIPELINE_PIPELINE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/dump.h"
#include "capture/filter.h"
#include "capture/live.h"
#include "dns/search_list.h"
#include "facts/sink.h"
#include "facts/trace.h"
#include "packet/datagram.h"
#include "util/err.h"
#include "util/labels.h"

struct pipeline_progress {
    const char *path;  /* of the input being read */
    uint64_t octets;   /* of it read so far */
    uint64_t size;     /* of it, 0 when not known (a pipe) */
    uint64_t frames;   /* of the run so far */
    uint64_t messages; /* DNS messages of the run so far */
    size_t open;       /* transactions open now */
};

struct pipeline_options {
    struct packet_ports ports; /* UDP ports read as DNS */
    int64_t timeout_ns;        /* a client's patience; 5 s by default */
    int64_t window_ns;         /* v_timeline rows; 60 s by default */
    size_t max_memory;         /* octets; 512 MiB by default */
    bool transactions;         /* a row for each transaction and lookup */
    bool edges; /* rows of `edge`, for a database that may be merged */
    /* At most so many, 1 by default, 0 for as many as there are processors. Two
     * are of use, and no fact depends on it. With more than one `stop` belongs
     * to handlers of SIGINT and SIGTERM. */
    unsigned threads;
    const struct facts_trace_choice *trace; /* of these only; may be NULL */
    const struct labels *labels;            /* address labels, may be NULL */
    /* What clients are known to put behind names; may be NULL */
    const struct dns_search_list *search;
    struct capture_filter *filter; /* only frames that match; may be NULL */
    struct capture_dump *dump;     /* gets the frames of DNS; may be NULL */
    /* When its `interface` is set, that is read and no path is. Its filter is
     * the kernel's; without one, the default for `ports` is used. */
    struct capture_live_options live;
    bool follow; /* the one path grows: it ends by what follows */
    /* The K-th of N ranges of the one path, a plain file; 0 of 0: all. */
    unsigned shard, shards;
    uint64_t most_frames; /* end behind so many, 0 = all */
    int64_t duration_ns;  /* by the clock on the wall, 0 = no end */
    const volatile sig_atomic_t *stop; /* non-zero: end reading, report */
    /* Called after each block, may be NULL. */
    void (*progress)(void *context, const struct pipeline_progress *progress);
    void *progress_context;
};

/* The defaults of the command line. */
void pipeline_options_init(struct pipeline_options *options);

struct pipeline_result {
    size_t damaged;   /* inputs that were damaged; `input` rows say how */
    bool interrupted; /* ended by options->stop */
    bool sorted;      /* files were not read in the order given */
    const char *first_empty; /* a file of several that was left out, or NULL */
    bool replaced; /* with `follow`: the path led to another file, or none */
};

/* Analyses `paths` ("-" is standard input) in the order of their first frames,
 * or the live interface with `count` 0, as one capture and writes every fact to
 * `sink`. An input that cannot be opened fails the run before anything is read.
 * On success `*result` is filled.
 */
MUST_USE enum err_code pipeline_run(const struct pipeline_options *options,
                                    const char *const *paths, size_t count,
                                    const struct facts_sink *sink,
                                    struct pipeline_result *result,
                                    struct err *err);

#endif
