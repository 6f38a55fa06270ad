/* report/json.h: one JSON document (RFC 8259), schema "wasitdns/1".
 *
 *     schema, tool {name, version}, interrupted,
 *     input[], verdict {}, summary {}, findings[], tables {ID: []}
 *
 * Columns are named as in SQL; numbers are numbers, unknown is null, times are
 * RFC 3339 UTC. ASCII throughout: other characters are \uXXXX, octets that are
 * no UTF-8 are shown as \DDD in the string.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "report/catalogue.h"
#include "report/query.h"

struct report_json_options {
    const char *version; /* of the tool */
    bool interrupted;    /* reading was stopped by a signal */
    uint64_t limit;      /* rows of a table at most, 0 = all */
    /* Only this table, and no verdict, summary and findings; NULL = all. */
    const struct report_entry *table;
};

/* The store's views are defined. ERR_STORE, ERR_NOMEM; write errors stay in
 * `out` (ferror). */
MUST_USE enum err_code report_json_document(
    FILE *out, struct store *store, const struct report_catalogue *catalogue,
    const struct report_json_options *options, struct err *err);

/* A string in quotes. */
void report_json_string(FILE *out, struct bytes text);

#endif
