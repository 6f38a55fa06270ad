/* report/text.h: rows as a table for people.
 *
 * Printable ASCII and newlines only, besides the colours of the style: every
 * other octet of a cell is shown as \DDD. Durations, octets, shares and times
 * are shown in the unit that fits; the figures themselves are in JSON and CSV.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "report/query.h"
#include "report/style.h"

/* The cell as people read it, "-" when it is unknown; the caller frees it.
 * NULL when memory is out. */
char *report_text_cell(struct report_cell cell, enum report_unit unit,
                       const struct report_style *style);

/* Prints a heading and at most `limit` rows (0 = all). Columns that are empty
 * in the first rows are left out. Where the terminal is too narrow, text is cut
 * ("..."), and where that is not enough columns at the right are left out and
 * counted in a line below; another says when the limit cut the rows. Memory does not grow
 * with the number of rows. ERR_STORE, ERR_NOMEM; write errors stay in `out`
 * (ferror). */
MUST_USE enum err_code report_text_table(FILE *out, struct report_query *query,
                                         const struct report_style *style,
                                         uint64_t limit, struct err *err);

/* Prints `text` in lines of at most `columns`, broken at blanks, and in
 * words longer than a line behind commas; newlines kept. Each line but the first begins with `indent` blanks, and the first is thought
 * to begin there too. Octets that are not printable ASCII become \DDD. */
void report_text_wrap(FILE *out, struct bytes text, unsigned indent,
                      unsigned columns);

#endif
