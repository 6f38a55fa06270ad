/* cli/run.h: from the command line's FILEs to a store that answers. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <stdbool.h>

#include "cli/options.h"
#include "report/catalogue.h"
#include "report/ladder.h"
#include "store/store.h"

struct cli_run {
    struct store *store;
    const struct report_ladder *ladder; /* of trace: borrowed, else NULL */
    bool interrupted;                   /* a signal ended the reading */
    bool damaged; /* an input was; warnings were printed */
};

/* Reads the captures into a store (at options->db_path, unpublished, or a
 * private one), or opens the database, and defines the catalogue's views.
 * `run` is written on ERR_OK only. */
MUST_USE enum err_code cli_run_open(struct cli_run *run,
                                    const struct cli_options *options,
                                    const struct report_catalogue *catalogue,
                                    struct err *err);
void cli_run_close(struct cli_run *run);

/* SQL that fails over a database made earlier is that file's fault: turns
 * ERR_STORE into ERR_INPUT that names it, and returns any other `status` as it
 * is. */
int cli_run_blame(const struct cli_options *options, int status,
                  struct err *err);

/* The exit status of a run that did what was asked: 128 + signal when one
 * ended it, 4 for damage with --strict, 1 when `failed`, else 0. */
int cli_run_status(const struct cli_run *run, const struct cli_options *options,
                   bool failed);

#endif
