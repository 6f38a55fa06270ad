/* cli/together.h: which options and words go together. */
#ifndef CLI_TOGETHER_H
#define CLI_TOGETHER_H

#include "cli/options.h"

/* Every option is one of its verb. ERR_USAGE says what does not go with what. */
MUST_USE enum err_code cli_together_check(const struct cli_options *options,
                                          struct err *err);

#endif
