/* cli/outputs.h: the files that options ask for.
 *
 * Each is opened under a temporary name before anything is read, so that what
 * cannot be written is said at once, and takes its place when it is complete.
 */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "cli/run.h"
#include "report/json.h"

struct cli_outputs;

/* Opens the files of `options`. `table` is the one table of `top`, NULL for
 * all. ERR_OUTPUT names the file that cannot be written, ERR_USAGE an output
 * that is also an input. */
MUST_USE enum err_code
cli_outputs_open(struct cli_outputs **out, const struct cli_options *options,
                 const struct report_catalogue *catalogue,
                 const struct report_entry *table, struct err *err);

/* Replacing an input by an output is never meant: ERR_USAGE when the file at
 * `path` is one of the FILEs. */
MUST_USE enum err_code
cli_outputs_check_inputs(const struct cli_options *options, const char *path,
                         struct err *err);

/* Where the run is to put its packets for -w; NULL when none are wanted.
 * Borrowed until close. */
struct capture_dump *cli_outputs_dump(const struct cli_outputs *outputs);

/* Writes every file from the run's store, publishes the database first. */
MUST_USE enum err_code cli_outputs_write(struct cli_outputs *outputs,
                                         const struct cli_run *run,
                                         struct err *err);

/* Removes what was not published, also a directory made for it. Accepts
 * NULL. */
void cli_outputs_close(struct cli_outputs *outputs);

/* What every JSON document of a run is made with. */
struct report_json_options cli_outputs_json(const struct cli_options *options,
                                            const struct cli_run *run,
                                            const struct report_entry *table);

/* Draws the run's ladder. */
MUST_USE enum err_code cli_outputs_draw(FILE *out, const struct cli_run *run,
                                        enum report_ladder_form form,
                                        const struct report_style *style,
                                        struct err *err);

/* Ends standard output: ERR_OUTPUT when it could not be written. A reader that
 * went away early is no error. */
MUST_USE enum err_code cli_outputs_end_stdout(struct err *err);

#endif
