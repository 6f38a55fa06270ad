/* report/query.h: rows of any SELECT over a store, with typed columns.
 *
 * The column's name says what its figures are, as everywhere in the public
 * views: `wait_p95_seconds` is a duration, `share` a share of one, `time` and
 * `first_time` are RFC 3339 text, `first_frame` is a reference and no count.
 */
#ifndef REPORT_QUERY_H
#define REPORT_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"
#include "util/err.h"

enum report_type { REPORT_NULL = 0, REPORT_INTEGER, REPORT_REAL, REPORT_TEXT };

struct report_cell {
    enum report_type type;
    int64_t integer;
    double real;       /* of an integer too; never NaN, may be infinite */
    struct bytes text; /* any octets: a database may be hostile */
};

enum report_unit {
    REPORT_PLAIN = 0,
    REPORT_SECONDS,   /* *_seconds */
    REPORT_SHARE,     /* share, *_share, loss_estimate, confidence, coverage */
    REPORT_OCTETS,    /* *_octets */
    REPORT_TIMESTAMP, /* time, *_time */
    REPORT_REFERENCE, /* *_id, *_port, frame, *_frame, interface ... */
    REPORT_JSON,      /* evidence, example_frames: valid JSON, or text */
    REPORT_LINES,     /* fix: an advice a line */
};

struct report_query;

/* Compiles one SELECT. `what` names it in errors ("tables/clients.sql").
 * ERR_STORE when it does not compile, when more than white space and comments
 * follow it, or when it would write. Borrows the store until close. */
MUST_USE enum err_code report_query_open(struct report_query **out,
                                         struct store *store, const char *sql,
                                         const char *what, struct err *err);
void report_query_close(struct report_query *query);

/* Steps to the next row: 1 there is one, 0 the end, negative `enum err_code`
 * (ERR_STORE). */
MUST_USE int report_query_next(struct report_query *query, struct err *err);

size_t report_query_columns(const struct report_query *query);
/* Borrowed until close. */
const char *report_query_name(const struct report_query *query, size_t column);
enum report_unit report_query_unit(const struct report_query *query,
                                   size_t column);
/* Of the row that the last step found; its text lives until the next step. */
struct report_cell report_query_cell(const struct report_query *query,
                                     size_t column);
/* By the column's name; a column that is not there reads as NULL, since a
 * directory of reports may replace any view. */
struct report_cell report_query_named(const struct report_query *query,
                                      const char *name);

#endif
