/* report/ladder.h: the story of a lookup: each query, server, answer and wait.
 *
 * A ladder holds some lookups of a store with the queries that each sent, and
 * what became of the time. It is drawn as a text for people, as a sequence
 * diagram for Mermaid or PlantUML, as an SVG picture, or told as JSON. Names
 * are strangers' text: each of the five escapes them in its own way.
 *
 * The times of a lookup, from its first query to the answer it needed last, are
 * shared out. At each moment the first of these that holds counts:
 *
 *     timer   a query is out that nobody answers, and none that will be
 *     search  a name in front of the one that settled it is tried
 *     server  a query is out that will be answered
 *     client  nothing is out, or a volley of queries is being sent
 */
#ifndef REPORT_LADDER_H
#define REPORT_LADDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "report/style.h"
#include "store/store.h"
#include "util/err.h"

enum {
    REPORT_LADDER_LOOKUPS = 100,  /* of a ladder at most */
    REPORT_LADDER_QUERIES = 1000, /* of a lookup at most; the rest is counted */
};

/* Texts are printable ASCII (other octets are \DDD by now) and never NULL; ""
 * is unknown. */
struct report_ladder_query {
    double at_seconds;  /* since the lookup's first query */
    double end_seconds; /* of its answer; without one, when the client stopped
                           waiting for it */
    bool is_answered;
    bool is_refused; /* by ICMP: at once, when is not known */
    bool is_retried; /* not answered, and the client asked again */
    size_t server;   /* index in the lookup's servers */
    size_t step;     /* index in the lookup's steps */
    char *type;      /* "A" */
    char *transport; /* "udp", "tcp" */
    char *query_frame;
    char *answer;         /* "NOERROR", "NODATA", "TRUNCATED", or "no answer",
                             "ICMP error", "answered too" */
    char *response_frame; /* or of the ICMP error; "" when nothing came */
};

enum report_ladder_time {
    REPORT_LADDER_TIMER,
    REPORT_LADDER_SEARCH,
    REPORT_LADDER_SERVER,
    REPORT_LADDER_CLIENT,
    REPORT_LADDER_TIMES
};

struct report_ladder_span {
    double from_seconds, to_seconds;
    enum report_ladder_time time;
};

struct report_ladder_lookup {
    int64_t id;
    char *time;    /* RFC 3339 */
    char *client;  /* address */
    char *name;    /* as the application asked */
    char *types;   /* "A AAAA" */
    char *outcome; /* as v_lookups has it */
    char *cause;   /* of its wait, "" if none */
    char *first_frame, *last_frame;
    bool has_wait; /* else it was never answered, or nobody saw it */
    double
        wait_seconds; /* with has_wait; else until the last query or answer */
    int64_t sent, needed; /* queries */
    char **servers;       /* addresses in the order asked */
    size_t server_count;
    char **steps; /* names in the order tried */
    size_t step_count;
    struct report_ladder_query *queries; /* by time */
    size_t query_count;
    size_t more; /* queries beyond the ceiling */
    struct report_ladder_span
        *spans; /* one behind the other, from 0 to the end */
    size_t span_count;
    double times[REPORT_LADDER_TIMES]; /* their sums */
};

struct report_ladder_choice;

struct report_ladder {
    struct report_ladder_lookup *lookups; /* the longest wait first */
    size_t count;
    uint64_t fitting; /* lookups that fit the choice, these among them */
    uint64_t all;     /* lookups there are */
    uint64_t evicted; /* messages let go for want of memory */
    const struct report_ladder_choice *choice; /* borrowed */
};

/* Which lookups: those that fit all that is given. */
struct report_ladder_choice {
    const char *name;   /* presentation form as dns_name_text() writes it, of a
                           name asked for or its first labels; NULL = any */
    const char *client; /* address, NULL = any */
    bool has_lookup;
    int64_t lookup_id;
    uint64_t most; /* 1 to REPORT_LADDER_LOOKUPS */
};

/* Reads the ladder; the store's views are defined. ERR_STORE, ERR_NOMEM. Call
 * report_ladder_fini() in any case. */
MUST_USE enum err_code
report_ladder_read(struct report_ladder *ladder, struct store *store,
                   const struct report_ladder_choice *choice, struct err *err);
void report_ladder_fini(struct report_ladder *ladder);

/* Whether the store lacks the lookups of a capture that had some: it was made
 * without --transactions. ERR_STORE, ERR_NOMEM. */
MUST_USE enum err_code report_ladder_is_missing(struct store *store,
                                                bool *missing, struct err *err);

/* How long a query was waited for. */
double report_ladder_took(const struct report_ladder_query *query);

/* What the name of a step adds to the lookup's name, without the dot between:
 * "" when it is that name, NULL when it is another. */
const char *report_ladder_suffix(const struct report_ladder_lookup *lookup,
                                 size_t step);

/* A lookup in a few words: "answered after 5.01 s, 4 queries to 2 servers".
 * Printable ASCII; the caller frees it, NULL when memory is out. */
char *report_ladder_summary(const struct report_ladder_lookup *lookup);

/* "5.00 s (99.9 %) waiting for a timer, ..."; as above. */
char *report_ladder_times(const struct report_ladder_lookup *lookup);

/* What came of a query: "NOERROR after 320 us", "no answer for 5.00 s"; as
 * above. */
char *report_ladder_answer(const struct report_ladder_query *query);

/* --- drawing --------------------------------------------------------------- */

/* One thing of a sequence diagram. */
enum report_ladder_kind {
    REPORT_LADDER_WAIT,   /* for a timer, `seconds` long, ends here */
    REPORT_LADDER_QUERY,  /* client to server */
    REPORT_LADDER_ANSWER, /* and back */
};

/* In the order of time. */
struct report_ladder_event {
    enum report_ladder_kind kind;
    double at_seconds, seconds;
    size_t query;
};

/* The events of a lookup into `*events`, an array that the caller frees.
 * ERR_NOMEM. Waits of less than a hundredth of the whole are left out. */
MUST_USE enum err_code
report_ladder_events(const struct report_ladder_lookup *lookup,
                     struct report_ladder_event **events, size_t *count,
                     struct err *err);

/* Everybody who takes part, in the order of appearing. */
struct report_ladder_cast {
    const char **addresses; /* borrowed from the ladder */
    size_t count;
};

MUST_USE enum err_code report_ladder_cast(struct report_ladder_cast *cast,
                                          const struct report_ladder *ladder,
                                          struct err *err);
void report_ladder_cast_fini(struct report_ladder_cast *cast);
/* The index of an address that takes part. */
size_t report_ladder_cast_find(const struct report_ladder_cast *cast,
                               const char *address);

/* What stands over a query: "A web.default + svc.cluster.local"; the caller
 * frees it, NULL when memory is out. */
char *report_ladder_question(const struct report_ladder_lookup *lookup,
                             const struct report_ladder_query *query);

enum report_ladder_form {
    REPORT_LADDER_TEXT,
    REPORT_LADDER_JSON,
    REPORT_LADDER_MERMAID,
    REPORT_LADDER_PLANTUML,
    REPORT_LADDER_SVG,
};

struct report_ladder_options {
    enum report_ladder_form form;
    struct report_style style; /* of text */
    const char *version;       /* of the tool, for JSON */
    bool interrupted;          /* reading was stopped by a signal */
};

/* Writes the ladder in one of the forms. Memory errors are ERR_NOMEM; write
 * errors stay in `out` (ferror). */
MUST_USE enum err_code
report_ladder_write(FILE *out, const struct report_ladder *ladder,
                    const struct report_ladder_options *options,
                    struct err *err);

/* The forms, each in a file of its own. */
MUST_USE enum err_code report_ladder_text(FILE *out,
                                          const struct report_ladder *ladder,
                                          const struct report_style *style,
                                          struct err *err);
void report_ladder_json(FILE *out, const struct report_ladder *ladder,
                        const struct report_ladder_options *options);
MUST_USE enum err_code report_ladder_mermaid(FILE *out,
                                             const struct report_ladder *ladder,
                                             struct err *err);
MUST_USE enum err_code
report_ladder_plantuml(FILE *out, const struct report_ladder *ladder,
                       struct err *err);
MUST_USE enum err_code report_ladder_svg(FILE *out,
                                         const struct report_ladder *ladder,
                                         struct err *err);

#endif
