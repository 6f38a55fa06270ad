/* The only place that prints an error and picks the exit status. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/outputs.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "store/store.h"

enum { EXIT_BY_SIGNAL = 128 };

static int exit_status(enum err_code code)
{
    switch (code) {
    case ERR_OK:
        return 0;
    case ERR_USAGE:
        return 2;
    case ERR_INPUT:
        return 3;
    default:
        return 5;
    }
}

/* A file opened while one of the three is closed would take its number, and
 * be written to in its place. Opened the wrong way round, so that using them
 * fails as it would have. */
static void keep_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            _exit(5);
    }
}

static int run_verb(const struct cli_options *options, struct err *err)
{
    static int (*const verbs[CLI_VERBS])(const struct cli_options *,
                                         struct err *) = {
        [CLI_CHECK] = cli_check,   [CLI_TOP] = cli_top,
        [CLI_TRACE] = cli_trace,   [CLI_MERGE] = cli_merge,
        [CLI_WHATIF] = cli_whatif, [CLI_EXPLAIN] = cli_explain,
        [CLI_SCHEMA] = cli_schema, [CLI_DOCTOR] = cli_doctor,
        [CLI_HELP] = cli_help,
    };
    if (options->help)
        return cli_help(options, err);
    if (options->version) {
        puts("wasitdns " WASITDNS_VERSION);
        return (int)cli_outputs_end_stdout(err);
    }
    if (options->list_interfaces) {
        const enum err_code rc = capture_live_list(stdout, err);
        return (int)(rc == ERR_OK ? cli_outputs_end_stdout(err) : rc);
    }
    return verbs[options->verb](options, err);
}

static int run(int argc, char **argv, struct err *err)
{
    struct cli_options options;
    const enum err_code rc = cli_options_parse(&options, argc, argv, err);
    const int status = rc == ERR_OK ? run_verb(&options, err) : (int)rc;
    cli_options_fini(&options);
    return status;
}

int main(int argc, char **argv)
{
    keep_standard_descriptors();
    cli_signals_install();
    store_prepare();
    struct err err = {.code = ERR_OK, .text = ""};
    const int status = run(argc, argv, &err);
    if (status >= 0)
        return status;
    /* A wait that a signal ended, for the writer of a FIFO for example. */
    if (*cli_signals_stop())
        return EXIT_BY_SIGNAL + *cli_signals_stop();
    cli_terminal_complain("%s", err.text);
    if (status == ERR_USAGE)
        fputs("Try `wasitdns help`.\n", stderr);
    return exit_status((enum err_code)status);
}
