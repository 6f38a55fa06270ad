#include "cli/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/text.h"

enum { FILE_COLUMNS = 80, MOST = 10000 };

/* A size from the environment, 0 if it gives none. */
static unsigned environment_size(const char *name)
{
    const char *text = getenv(name);
    uint64_t number = 0;
    return text && text_number_read(text, MOST, &number) ? (unsigned)number : 0;
}

static bool wants_color(const struct cli_options *options)
{
    if (options->color != CLI_COLOR_AUTO)
        return options->color == CLI_COLOR_ALWAYS;
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && *term &&
           strcmp(term, "dumb") != 0;
}

struct report_style cli_terminal_style(const struct cli_options *options)
{
    struct winsize size = {0};
    struct report_style style = {
        .color = wants_color(options),
        .local_time = options->local_time,
    };
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        style.columns = size.ws_col;
        style.rows = size.ws_row;
    }
    if (style.columns == 0)
        style.columns = environment_size("COLUMNS");
    if (style.rows == 0)
        style.rows = environment_size("LINES");
    return style;
}

struct report_style cli_terminal_file_style(const struct cli_options *options)
{
    return (struct report_style){.columns = FILE_COLUMNS,
                                 .local_time = options->local_time};
}

void cli_terminal_complain(const char *format, ...)
{
    char line[1024];
    char plain[4 * sizeof line];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    text_escape((struct bytes){(const uint8_t *)line, strlen(line)}, plain,
                sizeof plain);
    fprintf(stderr, "wasitdns: %s\n", plain);
}
