/* report/embedded.h: the files of reports/, built into the program. */
#ifndef REPORT_EMBEDDED_H
#define REPORT_EMBEDDED_H

struct report_embedded {
    const char *path; /* "views.sql", "findings/unanswered.sql" ... */
    const char *text;
};

/* Sorted by path, ended by a row of zeros. */
extern const struct report_embedded report_embedded[];

#endif
