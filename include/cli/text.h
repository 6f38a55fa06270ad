/* cli/text.h: what a run prints for people. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdio.h>

#include "cli/run.h"
#include "report/style.h"

/* Prints the one screen of `check`, or with `table` that table. */
MUST_USE enum err_code cli_text_write(FILE *out, const struct cli_run *run,
                                      const struct cli_options *options,
                                      const struct report_entry *table,
                                      const struct report_style *style,
                                      struct err *err);

/* How to name the run's input in a later command: the database if one was
 * kept, else the FILEs, quoted for a shell; NULL when standard input or an
 * interface was read and nothing kept, or memory is out. The caller frees it. */
char *cli_text_input(const struct cli_options *options);

#endif
