/* bench/search.h: what search lists cost, counted while they are walked.
 *
 * The words are those of v_search_clients and v_search_suffixes: a step asks
 * one name, its queries are its questions, each once however often it is sent;
 * those of the last step that the capture shows are needed, those of the steps
 * before it are wasted.
 */
#ifndef BENCH_SEARCH_H
#define BENCH_SEARCH_H

#include <stdbool.h>
#include <stdio.h>

#include "frame.h"

/* The place of a step is that of its suffix in the list; behind these, that of
 * the name as it is. */
enum { SEARCH_SUFFIXES = 4, SEARCH_AS_IT_IS = SEARCH_SUFFIXES, SEARCH_PLACES };

/* One lookup, as the capture shows it. All 0 to begin with. */
struct search_walk {
    uint8_t asked[SEARCH_PLACES]; /* bit n: question n */
    uint32_t sent;
};

struct search_counts {
    uint64_t lookups, walked, queries, sent, needed;
};

struct search_client {
    struct host host;
    const char *suffixes[SEARCH_SUFFIXES]; /* borrowed; NULL: has none */
    struct search_counts counts;
    uint64_t asked[SEARCH_SUFFIXES], wasted[SEARCH_SUFFIXES]; /* in walks */
    uint64_t alone[SEARCH_PLACES]; /* in lookups of one step */
};

struct search {
    struct search_counts all;
    struct search_client *clients; /* NULL where nobody searches; owned */
    size_t client_count;
};

void search_fini(struct search *search);

/* Question `which` was captured, under the suffix of `place`. */
void search_query(struct search_walk *walk, unsigned place, unsigned which);

/* The lookup is over: counts it and begins anew. `client` may be NULL. */
void search_end(struct search *search, struct search_client *client,
                struct search_walk *walk);

/* As members of a JSON object: the sums, a row a client, a row a suffix. */
void search_print(const struct search *search, FILE *out);

#endif
