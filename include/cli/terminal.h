/* cli/terminal.h: what a terminal can show, and plain lines on stderr. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include "cli/options.h"
#include "report/style.h"

/* The style for standard output: size from the terminal, else from COLUMNS and
 * LINES; colour by --color, NO_COLOR and TERM. */
struct report_style cli_terminal_style(const struct cli_options *options);

/* The style for a text file: 80 columns, as long as it gets, no colour. */
struct report_style cli_terminal_file_style(const struct cli_options *options);

/* "wasitdns: ..." and a newline on standard error, printable ASCII only. */
PRINTF(1, 2)
void cli_terminal_complain(const char *format, ...);

#endif
