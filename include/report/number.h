/* report/number.h: real numbers as text, the same on every machine. */
#ifndef REPORT_NUMBER_H
#define REPORT_NUMBER_H

#include <stdio.h>

/* Writes the shortest decimal that reads back as `value` and that is a number
 * in JSON and CSV alike ("0.25", "1e+20"); `unknown` for what is no number
 * there, an infinity or NaN. */
void report_number_put(FILE *out, double value, const char *unknown);

#endif
