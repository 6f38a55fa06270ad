#include "search.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 32 };

/* A suffix, over all clients. */
struct row {
    const char *suffix;
    uint64_t clients, queries, wasted;
};

void search_fini(struct search *search)
{
    free(search->clients);
}

void search_query(struct search_walk *walk, unsigned place, unsigned which)
{
    walk->asked[place] |= (uint8_t)(1u << which);
    walk->sent++;
}

static unsigned count_bits(unsigned bits)
{
    return (unsigned)__builtin_popcount(bits);
}

static void count(struct search_counts *counts, const struct search_walk *walk)
{
    unsigned steps = 0, needed = 0;
    for (unsigned place = 0; place < SEARCH_PLACES; place++) {
        const unsigned asked = count_bits(walk->asked[place]);
        counts->queries += asked;
        steps += asked > 0;
        needed = asked > 0 ? asked : needed;
    }
    counts->lookups++;
    counts->walked += steps > 1;
    counts->sent += walk->sent;
    counts->needed += needed;
}

static void count_places(struct search_client *client,
                         const struct search_walk *walk)
{
    unsigned steps = 0, last = 0;
    for (unsigned place = 0; place < SEARCH_PLACES; place++) {
        steps += walk->asked[place] != 0;
        last = walk->asked[place] ? place : last;
    }
    if (steps == 1)
        client->alone[last] += count_bits(walk->asked[last]);
    for (unsigned place = 0; steps > 1 && place < SEARCH_SUFFIXES; place++) {
        const unsigned asked = count_bits(walk->asked[place]);
        client->asked[place] += asked;
        client->wasted[place] += place == last ? 0 : asked;
    }
}

void search_end(struct search *search, struct search_client *client,
                struct search_walk *walk)
{
    count(&search->all, walk);
    if (client) {
        count(&client->counts, walk);
        count_places(client, walk);
    }
    *walk = (struct search_walk){0};
}

/* --- printing -------------------------------------------------------------- */

static void print_counts(const struct search_counts *c, FILE *out)
{
    fprintf(out,
            "{\"lookups\": %" PRIu64 ", \"walked_lookups\": %" PRIu64
            ", \"queries\": %" PRIu64 ", \"sent_queries\": %" PRIu64
            ", \"needed_queries\": %" PRIu64 ", \"wasted_queries\": %" PRIu64
            "}",
            c->lookups, c->walked, c->queries, c->sent, c->needed,
            c->queries - c->needed);
}

static void print_clients(const struct search *search, FILE *out)
{
    const char *comma = "";
    for (size_t i = 0; i < search->client_count; i++) {
        const struct search_client *c = &search->clients[i];
        char address[INET6_ADDRSTRLEN];
        if (c->counts.lookups == 0)
            continue;
        inet_ntop(c->host.octets == 4 ? AF_INET : AF_INET6, c->host.address,
                  address, sizeof address);
        fprintf(out, "%s\n    \"%s\": ", comma, address);
        print_counts(&c->counts, out);
        comma = ",";
    }
}

static struct row *row_of(struct row rows[ROWS], const char *suffix)
{
    size_t i = 0;
    while (i < ROWS && rows[i].suffix && strcmp(rows[i].suffix, suffix) != 0)
        i++;
    if (i == ROWS) {
        fprintf(stderr, "generate: more than %d suffixes\n", ROWS);
        exit(1);
    }
    rows[i].suffix = suffix;
    return &rows[i];
}

/* Whose list has shown its first suffix in some walk, of that a lookup of one
 * step under it is told, too: by its name, which the suffix ends. */
static uint64_t asked_alone(const struct search_client *c, unsigned first)
{
    const size_t octets = strlen(c->suffixes[first]);
    uint64_t queries = 0;
    for (unsigned place = 0; place < SEARCH_SUFFIXES; place++) {
        const char *suffix = c->suffixes[place];
        const size_t length = strlen(suffix);
        const bool ends = length >= octets && strcmp(suffix + length - octets,
                                                     c->suffixes[first]) == 0;
        queries += ends ? c->alone[place] : 0;
    }
    return queries;
}

static void add_client(struct row rows[ROWS], const struct search_client *c)
{
    unsigned first = 0;
    while (first < SEARCH_SUFFIXES && c->asked[first] == 0)
        first++;
    for (unsigned place = first; place < SEARCH_SUFFIXES; place++) {
        if (c->asked[place] == 0)
            continue;
        struct row *row = row_of(rows, c->suffixes[place]);
        row->clients++;
        row->queries += c->asked[place];
        row->queries += place == first ? asked_alone(c, first) : 0;
        row->wasted += c->wasted[place];
    }
}

static void print_suffixes(const struct search *search, FILE *out)
{
    struct row rows[ROWS] = {{0}};
    for (size_t i = 0; i < search->client_count; i++)
        if (search->clients[i].suffixes[0])
            add_client(rows, &search->clients[i]);
    for (size_t i = 0; i < ROWS && rows[i].suffix; i++)
        fprintf(out,
                "%s\n    \"%s\": {\"clients\": %" PRIu64
                ", \"queries\": %" PRIu64 ", \"wasted\": %" PRIu64 "}",
                i ? "," : "", rows[i].suffix, rows[i].clients, rows[i].queries,
                rows[i].wasted);
}

void search_print(const struct search *search, FILE *out)
{
    fprintf(out, "  \"search\": ");
    print_counts(&search->all, out);
    fprintf(out, ",\n  \"search_clients\": {");
    print_clients(search, out);
    fprintf(out, "},\n  \"search_suffixes\": {");
    print_suffixes(search, out);
    fprintf(out, "},\n");
}
