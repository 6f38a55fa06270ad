/* cli/hints.h: what the user knows of the clients' resolvers: --search, --ndots
 * and --resolv-conf. */
#ifndef CLI_HINTS_H
#define CLI_HINTS_H

#include "cli/options.h"
#include "store/store.h"

/* Whether there is any. The ndots of whatif is none: it is to be priced. */
bool cli_hints_are_given(const struct cli_options *options);

/* What the options say; of the file, what they leave open. ERR_INPUT names file
 * and line. */
MUST_USE enum err_code cli_hints_read(struct dns_search_list *out,
                                      const struct cli_options *options,
                                      struct err *err);

/* Lets `search` stand for what a database made earlier was told, as far as it
 * says something. Its views are defined. ERR_STORE. */
MUST_USE enum err_code cli_hints_define(const struct dns_search_list *search,
                                        struct store *store, struct err *err);

#endif
