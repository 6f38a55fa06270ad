/* facts/facts.h: fact families, and the registry that drives them.
 *
 * A family owns its tables, takes the ordered events and writes its rows to a
 * sink at the end. It counts and never judges: no threshold, no opinion. Rows
 * merge by adding, minimum or maximum. To add a family: one file that exports a
 * struct facts_family, a line in the registry, its table in
 * src/store/schema.sql.
 */
#ifndef FACTS_FACTS_H
#define FACTS_FACTS_H

#include "exchange/exchange.h"
#include "facts/sink.h"
#include "facts/trace.h"
#include "packet/fragment.h"
#include "util/labels.h"

/* What a run is, known when it ends. */
struct facts_part {
    const char *tool;  /* program and version */
    const char *ports; /* comma separated */
    int64_t timeout_ns;
    int64_t window_ns;
    int64_t first_ns, last_ns; /* of the frames */
    bool timed;                /* first_ns and last_ns are known */
    uint64_t frames, captured_octets;
    const struct dns_search_list *search; /* that was given; may be NULL */
    const char *filter;         /* only frames that it matches; NULL: all */
    uint64_t filtered_frames;   /* which it kept out */
    uint64_t packet_comments;   /* of pcapng files */
    uint64_t refused_labels;    /* names of addresses that found no room */
    uint64_t refused_encrypted; /* frames whose server found none */
    struct exchange_quality quality;
    struct packet_fragments_counters fragments;
    struct packet_streams_counters tcp;
};

enum { FACTS_PART = 1 }; /* part_id of what one run makes */

/* What families are given; outlives them. */
struct facts_context {
    const struct exchange_identity *ids;
    struct budget *budget;
    const struct labels *labels; /* may be NULL */
    int64_t timeout_ns;
    int64_t window_ns;
    bool transactions; /* a row for each transaction and lookup */
    /* ... or for those of these lookups only; NULL: of none by this */
    const struct facts_trace_choice *trace;
    const struct facts_sink *sink; /* for those rows */
    const struct facts_part *part; /* complete when save is called */
};

struct facts_family {
    /* NULL when memory is refused. */
    void *(*open)(const struct facts_context *context);
    void (*take)(void *family, const struct exchange_events *events);
    enum err_code (*save)(void *family, const struct facts_sink *sink,
                          struct err *err);
    void (*close)(void *family); /* accepts NULL */
};

struct facts;

MUST_USE enum err_code facts_open(struct facts **out,
                                  const struct facts_context *context,
                                  struct err *err);
void facts_close(struct facts *facts);
/* A listener for the exchange. */
void facts_take(void *facts, const struct exchange_events *events);
/* Writes all rows, and frees what they were made from: nothing is taken
 * afterwards. */
MUST_USE enum err_code facts_save(struct facts *facts, struct err *err);

/* A row of values. `...` are struct facts_value, as many as the table has. */
#define FACTS_ROW(sink, table, err, ...)                                       \
    facts_row(sink, table, err, (const struct facts_value[]){__VA_ARGS__},     \
              sizeof((const struct facts_value[]){__VA_ARGS__}) /              \
                  sizeof(struct facts_value))

static inline enum err_code facts_row(const struct facts_sink *sink,
                                      const char *table, struct err *err,
                                      const struct facts_value *values,
                                      size_t count)
{
    return sink->row(sink->context, table, values, count, err);
}

#endif
