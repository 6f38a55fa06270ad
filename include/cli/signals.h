/* cli/signals.h: stop, status, and quiet ends.
 *
 * The first SIGINT or SIGTERM asks the run to stop reading, the second removes
 * what is not finished and leaves the process at once; one that was ignored
 * from the start stays so. SIGUSR1 prints the status line. SIGPIPE and SIGXFSZ
 * are ignored: a reader that went away shows as EPIPE where it is written, and
 * a file that may not grow as EFBIG.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <signal.h>

/* Reads are interrupted by the signals (no SA_RESTART). */
void cli_signals_install(void);

/* Non-zero once a signal asked to stop: that signal's number. For
 * pipeline_options.stop. */
const volatile sig_atomic_t *cli_signals_stop(void);

/* What SIGUSR1 prints on standard error from now on, even while a read waits
 * for a pipe. `line` is copied, up to 255 octets. */
void cli_signals_set_status(const char *line);

#endif
