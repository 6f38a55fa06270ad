/* report/style.h: how text may look where it goes to. */
#ifndef REPORT_STYLE_H
#define REPORT_STYLE_H

#include <stdbool.h>

struct report_style {
    unsigned columns; /* of the terminal, 0 = as wide as it gets */
    unsigned rows;    /* of the terminal, 0 = as long as it gets */
    bool color;       /* ANSI SGR allowed */
    bool local_time;  /* times in the zone of the process, else UTC */
};

enum report_color {
    REPORT_COLOR_BOLD,
    REPORT_COLOR_RED,
    REPORT_COLOR_YELLOW,
    REPORT_COLOR_CYAN,
    REPORT_COLOR_GREEN,
};

/* The SGR sequence, "" where colour is not allowed. */
static inline const char *report_style_on(const struct report_style *style,
                                          enum report_color color)
{
    static const char *const sequences[] = {
        [REPORT_COLOR_BOLD] = "\033[1m",    [REPORT_COLOR_RED] = "\033[1;31m",
        [REPORT_COLOR_YELLOW] = "\033[33m", [REPORT_COLOR_CYAN] = "\033[36m",
        [REPORT_COLOR_GREEN] = "\033[32m",
    };
    return style->color ? sequences[color] : "";
}

static inline const char *report_style_off(const struct report_style *style)
{
    return style->color ? "\033[0m" : "";
}

#endif
