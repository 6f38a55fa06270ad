/* facts/sink.h: how facts leave the room, one row at a time.
 *
 * The fact families know their tables' columns and nothing of SQLite; the store
 * implements the sink. Values stand in the order of the columns in
 * src/store/schema.sql.
 */
#ifndef FACTS_SINK_H
#define FACTS_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "util/bytes.h"
#include "util/err.h"

enum facts_value_type {
    FACTS_NULL = 0,
    FACTS_INTEGER,
    FACTS_REAL,
    FACTS_TEXT,
    FACTS_OCTETS
};

struct facts_value {
    enum facts_value_type type;
    union {
        int64_t integer;
        double real;
        const char *text;    /* printable ASCII, borrowed for the call */
        struct bytes octets; /* the same */
    } as;
};

static inline struct facts_value facts_null(void)
{
    return (struct facts_value){.type = FACTS_NULL};
}

static inline struct facts_value facts_integer(int64_t v)
{
    return (struct facts_value){.type = FACTS_INTEGER, .as.integer = v};
}

/* NULL when `known` is false: "unknown" is never written as 0. */
static inline struct facts_value facts_integer_if(int known, int64_t v)
{
    return known ? facts_integer(v) : facts_null();
}

static inline struct facts_value facts_real(double v)
{
    return (struct facts_value){.type = FACTS_REAL, .as.real = v};
}

static inline struct facts_value facts_text(const char *v)
{
    return v ? (struct facts_value){.type = FACTS_TEXT, .as.text = v}
             : facts_null();
}

static inline struct facts_value facts_octets(struct bytes v)
{
    return (struct facts_value){.type = FACTS_OCTETS, .as.octets = v};
}

struct facts_sink {
    void *context;
    /* Inserts a row into `table`. `table` is a literal. */
    enum err_code (*row)(void *context, const char *table,
                         const struct facts_value *values, size_t count,
                         struct err *err);
};

#endif
