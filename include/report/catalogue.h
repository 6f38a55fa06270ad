/* report/catalogue.h: the SQL files that make views, tables and findings.
 *
 * Built into the program from reports/, and overlaid by the files of a
 * directory (--reports DIR): a file there replaces the built-in one of the same
 * path and adds a new one otherwise.
 *
 *     thresholds.sql, views.sql ...  scripts of CREATE VIEW
 *     tables/ID.sql                  one SELECT, a table for `top ID`
 *     findings/ID.sql                one SELECT, rows of v_findings
 *
 * A table or finding opens with a header of comments:
 *
 *     -- id: slow-server
 *     -- title: a server answers slowly
 *     -- means: what the reader should think, on as many lines
 *     --   as it takes; a bare "--" begins a paragraph
 *
 * id (the file's name) and title must be there; every other field is kept in
 * its order and shown by `explain`.
 */
#ifndef REPORT_CATALOGUE_H
#define REPORT_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

enum report_kind { REPORT_SCRIPT, REPORT_TABLE, REPORT_FINDING };

struct report_field {
    const char *key;  /* "means" */
    const char *text; /* lines joined by a space, paragraphs by a newline */
};

enum { REPORT_FIELDS = 16 };

struct report_entry {
    enum report_kind kind;
    bool built_in;     /* false: from the directory */
    const char *path;  /* "findings/slow-server.sql" */
    const char *id;    /* [a-z0-9-], 1 to 40; "" for scripts */
    const char *title; /* "" for scripts */
    const char *sql;   /* the whole file */
    struct report_field fields[REPORT_FIELDS]; /* of the header, in order */
    size_t field_count;
};

struct report_catalogue;

/* `directory` may be NULL. ERR_INPUT names the file and what is wrong with it:
 * unreadable, too large, a header that lacks id or title. */
MUST_USE enum err_code report_catalogue_open(struct report_catalogue **out,
                                             const char *directory,
                                             struct err *err);
void report_catalogue_close(struct report_catalogue *catalogue);

/* Entries sorted by path; borrowed until close. */
size_t report_catalogue_count(const struct report_catalogue *catalogue);
const struct report_entry *
report_catalogue_at(const struct report_catalogue *catalogue, size_t index);

/* NULL when there is none. */
const struct report_entry *
report_catalogue_find(const struct report_catalogue *catalogue,
                      enum report_kind kind, const char *id);
const struct report_entry *
report_catalogue_script(const struct report_catalogue *catalogue,
                        const char *path);

#endif
