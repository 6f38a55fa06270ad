/* report/csv_file.h: rows as CSV (RFC 4180), written with libcsv.
 *
 * A header row with the column names as in SQL, then a row each; lines end in
 * CR LF, as the RFC says. Text stands in quotes, figures do not, and what is
 * unknown is empty without quotes, so that the three stay apart. Octets of
 * text outside printable ASCII are written as \DDD, so that no cell holds a
 * line break.
 */
#ifndef REPORT_CSV_FILE_H
#define REPORT_CSV_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "report/query.h"

struct report_csv_options {
    uint64_t limit; /* rows at most, 0 = all */
    /* Puts ' before text that a spreadsheet would take for a formula: what
     * begins with = + - @ (CWE-1236; a tab or CR is \009 or \013 by then). */
    bool safe;
};

/* ERR_STORE, ERR_NOMEM; write errors stay in `out` (ferror). */
MUST_USE enum err_code
report_csv_table(FILE *out, struct report_query *query,
                 const struct report_csv_options *options, struct err *err);

#endif
