/* cli/progress.h: how far the reading is.
 *
 * A line on standard error, only where that is a terminal and only after half
 * a second; the same words are what SIGUSR1 prints.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <time.h>

#include "pipeline/pipeline.h"

struct cli_progress {
    bool is_shown;         /* stderr is a terminal, and not -q */
    bool is_dirty;         /* a line stands there */
    const char *path;      /* of the input being read */
    struct timespec start; /* of the run */
    double begun;          /* seconds after start: this input */
    double next;           /* seconds after start of the next line */
};

void cli_progress_init(struct cli_progress *progress, bool quiet);

/* For pipeline_options.progress, with the struct as context. */
void cli_progress_update(void *context, const struct pipeline_progress *now);

/* Takes the line away. */
void cli_progress_end(struct cli_progress *progress);

enum { CLI_PROGRESS_LINE = 240 };

/* "x.pcap: 45.0 % of 2.60 GB at 430 MB/s, 3.3 s left, 612,000 DNS messages";
 * a path that is long loses its head. */
void cli_progress_line(const struct pipeline_progress *now, double seconds,
                       char out[CLI_PROGRESS_LINE]);

#endif
