/* report/screen.h: the answer on one screen.
 *
 * In this order: what was read and what is wrong with it, the verdict, the
 * summary, the findings by harm, and the next command to type.
 */
#ifndef REPORT_SCREEN_H
#define REPORT_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

#include "report/style.h"
#include "store/store.h"
#include "util/err.h"

struct report_screen_options {
    struct report_style style; /* rows: findings beyond them are counted only */
    bool interrupted;          /* reading was stopped by a signal */
    bool evidence;             /* show what each finding rests on */
    /* How to name the input in a command, quoted for a shell; NULL when it
     * cannot be read again (standard input). */
    const char *input;
};

/* The store's views are defined. ERR_STORE, ERR_NOMEM; write errors stay in
 * `out` (ferror). */
MUST_USE enum err_code
report_screen(FILE *out, struct store *store,
              const struct report_screen_options *options, struct err *err);

#endif
