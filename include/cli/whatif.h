/* cli/whatif.h: what `whatif` has beside the table it prints. */
#ifndef CLI_WHATIF_H
#define CLI_WHATIF_H

#include <stdio.h>

#include "cli/run.h"
#include "report/style.h"

/* Leaves but options->ndots in the view whatif_chosen, which the tables go by;
 * without effect for other verbs, and when none was given. ERR_STORE. */
MUST_USE enum err_code cli_whatif_choose(const struct cli_run *run,
                                         const struct cli_options *options,
                                         struct err *err);

/* Prints the recommendation, or what options->ndots comes to, above the table.
 * Without effect for other verbs, and for tables that are not about ndots.
 * ERR_STORE; write errors stay in `out`. */
MUST_USE enum err_code cli_whatif_lead(FILE *out, const struct cli_run *run,
                                       const struct cli_options *options,
                                       const struct report_style *style,
                                       struct err *err);

#endif
