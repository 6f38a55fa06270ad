/* cli/verb.h: what each verb does.
 *
 * Each returns the exit status, or a negative `enum err_code` with `err`
 * filled.
 */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include "cli/options.h"

MUST_USE int cli_check(const struct cli_options *options, struct err *err);
MUST_USE int cli_top(const struct cli_options *options, struct err *err);
MUST_USE int cli_trace(const struct cli_options *options, struct err *err);
MUST_USE int cli_merge(const struct cli_options *options, struct err *err);
MUST_USE int cli_whatif(const struct cli_options *options, struct err *err);
MUST_USE int cli_explain(const struct cli_options *options, struct err *err);
MUST_USE int cli_schema(const struct cli_options *options, struct err *err);
MUST_USE int cli_doctor(const struct cli_options *options, struct err *err);
MUST_USE int cli_help(const struct cli_options *options, struct err *err);

#endif
