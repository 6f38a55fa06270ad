#include "cli/signals.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/leftover.h"

enum { EXIT_BY_SIGNAL = 128, STATUS = 256 };

/* Signal handlers have no context: these are the process's. The status line
 * is written into the copy that the handler does not read, then switched. */
static volatile sig_atomic_t stop;
static char status[2][STATUS];
static volatile sig_atomic_t current;

static void on_stop(int number)
{
    if (stop) {
        leftover_remove_all();
        _exit(EXIT_BY_SIGNAL + number);
    }
    stop = number;
}

static void on_status(int number)
{
    (void)number;
    const char *line = status[current];
    ssize_t written = write(STDERR_FILENO, line, strlen(line));
    (void)written; /* there is nobody to tell */
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* A shell starts what runs in the background with SIGINT ignored, so that
 * Ctrl-C reaches only what is in front; that is kept. */
static void handle_unless_ignored(int number, void (*handler)(int))
{
    struct sigaction before;
    if (sigaction(number, NULL, &before) != 0 || before.sa_handler != SIG_IGN)
        handle(number, handler);
}

void cli_signals_install(void)
{
    cli_signals_set_status("nothing read yet");
    handle_unless_ignored(SIGINT, on_stop);
    handle_unless_ignored(SIGTERM, on_stop);
    handle(SIGUSR1, on_status);
    handle(SIGPIPE, SIG_IGN);
    handle(SIGXFSZ, SIG_IGN);
}

const volatile sig_atomic_t *cli_signals_stop(void)
{
    return &stop;
}

void cli_signals_set_status(const char *line)
{
    const int next = !current;
    snprintf(status[next], STATUS, "wasitdns: %.240s\n", line);
    current = next;
}
