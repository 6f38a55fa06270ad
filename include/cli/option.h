/* cli/option.h: what options there are.
 *
 * One table makes the parser and the help. Private to the command line.
 */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include "cli/options.h"

enum { CLI_OPTION_MOST = 64 }; /* options there can be */

struct cli_option {
    char letter;          /* 0 if none */
    const char *name;     /* without dashes, NULL if none */
    const char *argument; /* "FILE", "[FILE]", NULL if none */
    const char *text;     /* what help says */
    unsigned verbs;       /* a bit for each that takes it */
    bool reading;         /* makes no sense for a database made earlier */
    /* Where `apply` is NULL, the option sets the flag at this offset of the
     * options. */
    size_t flag;
    enum err_code (*apply)(struct cli_options *options, const char *value,
                           struct err *err);
};

/* In the order of the help; NULL behind the last. */
const struct cli_option *cli_option_at(size_t index);

/* NULL when there is none. */
const struct cli_option *cli_option_letter(char letter);
const struct cli_option *cli_option_name(const char *name, size_t length);

/* Does what the option is for. `value` is what was given with it, borrowed for
 * as long as `options` live; NULL when nothing was. ERR_USAGE says what is
 * wrong with it. */
MUST_USE enum err_code cli_option_apply(const struct cli_option *option,
                                        struct cli_options *options,
                                        const char *value, struct err *err);

#endif
