/* cli/check.h: the job that check, top and whatif have in common. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "cli/options.h"
#include "report/catalogue.h"

/* Reads the input and writes what the options ask for: the whole, or with
 * `table` that table. Returns as a verb does. */
MUST_USE int cli_check_report(const struct cli_options *options,
                              const struct report_catalogue *catalogue,
                              const struct report_entry *table,
                              struct err *err);

#endif
