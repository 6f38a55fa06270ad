/* store/rule.h: how the rows of two parts become one, table by table.
 *
 * Every table of src/store/schema.sql has a rule, and every column stands in it
 * once; a test compares. A field lists columns by what becomes of them, blanks
 * between. A column that refers to something is marked, since a merge numbers
 * things anew:
 *
 *     @client @server @name @suffix @question
 *     @input @part                             an id
 *     @frame                                   input id << 40 | number
 *     @lookup                                  (part id - 1) << 32 | number, of
 *                                              transactions, too
 *     @scope                                   latency.key: what the column in
 *                                              front of it says
 *
 * Except for `greatest` and `least` the order of the parts cannot matter; there
 * it is the least frame that decides between equals.
 */
#ifndef STORE_RULE_H
#define STORE_RULE_H

#include <stdbool.h>
#include <stddef.h>

struct store_rule {
    const char *table;
    const char *key;           /* equal in all of them: one row */
    const char *sum;           /* what is known of it */
    const char *least_of;      /* NULL is unknown, and loses */
    const char *greatest_of;   /* the same; of texts: the last by octets */
    const char *buckets;       /* histograms as JSON, bucket by bucket */
    const char *sketch;        /* HyperLogLog texts, each behind its estimate */
    const char *with_greatest; /* from the row whose first of these is greatest,
                                  of equals that with the least second one */
    const char *with_least;    /* from the row whose first of these is least */
    const char *fixed;         /* the same in all databases: nothing to merge */
    const char *where;         /* SQL: other rows are left out */
    const char *only;          /* SQL: ORDER BY and LIMIT of the rows kept */
    /* When a joint of two parts is played again: */
    bool of_part;      /* it says nothing about this: of the part, its frames */
    bool passes;       /* a row whose sums are all 0 is none */
    const char *least; /* of `buckets`: a half has a shorter one */
    const char *beside; /* a row is told apart by its key but these ids */
};

/* The rules, references first; `*count` of them. */
const struct store_rule *store_rules(size_t *count);

/* The next column of a list. `*at` moves behind it; false at the end. */
struct store_column {
    const char *name, *mark; /* without "@" */
    int name_octets, mark_octets;
};
bool store_rule_next(const char **at, struct store_column *column);

#endif
