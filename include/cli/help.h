/* cli/help.h: help, from the tables that make the parser. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "cli/options.h"

/* The verbs, the options and the exit statuses. */
void cli_help_all(FILE *out);
/* One verb: its words, what it does, its options. */
void cli_help_verb(FILE *out, const struct cli_verb *verb);

#endif
