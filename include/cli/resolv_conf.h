/* cli/resolv_conf.h: a resolver's configuration, resolv.conf(5). */
#ifndef CLI_RESOLV_CONF_H
#define CLI_RESOLV_CONF_H

#include "dns/search_list.h"
#include "util/err.h"

/* Reads `search` or `domain`, of which the last line counts, and `options
 * ndots:N`; without one ndots is 1, and more than DNS_SEARCH_NDOTS are as many,
 * as stubs have it. Without the former the stub's list is the domain of its
 * host, and `out` has none. ERR_INPUT names file and line, and leaves `out`. */
MUST_USE enum err_code cli_resolv_conf_read(struct dns_search_list *out,
                                            const char *path, struct err *err);

#endif
