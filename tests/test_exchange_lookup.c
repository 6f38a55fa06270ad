/* Lookups from transactions: each row is a short script of what a client asked
 * and got, and what it must have felt. The habits are those measured of real
 * stubs. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "exchange/lookup.h"
#include "test_exchange.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

enum { PLAYS = 40, WANTS = 8, HEARD = 64 };

#define UNKNOWN (-1.0)

struct want {
    uint8_t outcome;
    double wait_ms;
    uint8_t types;
    uint32_t queries; /* 0 ends the list */
    uint8_t servers;
};

#define ANSWERED(wait, types, queries)                                         \
    {                                                                          \
        EXCHANGE_LOOKUP_ANSWERED, wait, types, queries, 1                      \
    }
#define FAILED(wait, types, queries)                                           \
    {                                                                          \
        EXCHANGE_LOOKUP_FAILED, wait, types, queries, 1                        \
    }
#define GAVE_UP(wait, types, queries)                                          \
    {                                                                          \
        EXCHANGE_LOOKUP_GAVE_UP, wait, types, queries, 1                       \
    }
#define OPEN(types, queries)                                                   \
    {                                                                          \
        EXCHANGE_LOOKUP_OPEN_AT_END, UNKNOWN, types, queries, 1                \
    }

struct script {
    const char *name;
    struct play plays[PLAYS]; /* ends with what 0 */
    struct want wants[WANTS]; /* in order of first queries */
    double quiet_ms;          /* between the last message and the end */
};

static const struct script scripts[] = {
    /* --- one lookup ------------------------------------------------------ */
    {"A and AAAA",
     {{0, 'q', A, 1}, {.01, 'q', AAAA, 2}, {1, 'r', A, 1}, {2, 'r', AAAA, 2}},
     {ANSWERED(2, 2, 2)}},
    {"AAAA and A",
     {{0, 'q', AAAA, 1}, {.01, 'q', A, 2}, {1, 'r', A, 2}, {3, 'n', AAAA, 1}},
     {ANSWERED(3, 2, 2)}},
    {"from two sockets, as Go",
     {{0, 'q', AAAA, 1, 41000},
      {1.9, 'q', A, 2, 42000},
      {20, 'r', AAAA, 1, 41000},
      {21, 'r', A, 2, 42000}},
     {ANSWERED(21, 2, 2)}},
    {"A answered before AAAA is asked",
     {{0, 'q', A, 1}, {.2, 'r', A, 1}, {.3, 'q', AAAA, 2}, {.5, 'r', AAAA, 2}},
     {ANSWERED(.5, 2, 2)}},
    {"one type alone", {{0, 'q', A, 1}, {7, 'r', A, 1}}, {ANSWERED(7, 1, 1)}},
    {"HTTPS, A and AAAA, as browsers",
     {{0, 'q', HTTPS, 1, 41000},
      {.1, 'q', A, 2, 42000},
      {.2, 'q', AAAA, 3, 43000},
      {1, 'n', HTTPS, 1, 41000},
      {2, 'r', A, 2, 42000},
      {4, 'r', AAAA, 3, 43000}},
     {ANSWERED(4, 3, 3)}},
    {"single-request: AAAA right behind the answer to A",
     {{0, 'q', A, 1},
      {20, 'r', A, 1},
      {20.1, 'q', AAAA, 2},
      {45, 'r', AAAA, 2}},
     {ANSWERED(45, 2, 2)}},

    /* --- something was lost ---------------------------------------------- */
    {"AAAA lost once: glibc asks the answered A again, then AAAA",
     {{0, 'q', A, 1},
      {.01, 'q', AAAA, 2},
      {.25, 'r', A, 1},
      {5000, 'q', A, 1},
      {5003, 'r', A, 1},
      {5003.1, 'q', AAAA, 2},
      {5007, 'r', AAAA, 2}},
     {ANSWERED(5007, 2, 4)}},
    {"A lost once: glibc asks A again, then the answered AAAA",
     {{0, 'q', A, 1},
      {.01, 'q', AAAA, 2},
      {.25, 'r', AAAA, 2},
      {5000, 'q', A, 1},
      {5003, 'r', A, 1},
      {5003.1, 'q', AAAA, 2},
      {5007, 'r', AAAA, 2}},
     {ANSWERED(5007, 2, 4)}},
    {"musl asks only for what was lost",
     {{0, 'q', A, 1},
      {.01, 'q', AAAA, 200},
      {.25, 'r', A, 1},
      {2500, 'q', AAAA, 200},
      {2501, 'r', AAAA, 200}},
     {ANSWERED(2501, 2, 3)}},
    {"Go asks for it from another socket under another ID",
     {{0, 'q', A, 1, 41000},
      {.01, 'q', AAAA, 2, 42000},
      {.25, 'r', A, 1, 41000},
      {5000, 'q', AAAA, 3, 43000},
      {5001, 'r', AAAA, 3, 43000}},
     {ANSWERED(5001, 2, 3)}},
    {"asked again, answered, and later the next lookup under the same ID",
     {{0, 'q', A, 1},
      {5000, 'q', A, 1},
      {5001, 'r', A, 1},
      {8000, 'q', A, 1},
      {8002, 'r', A, 1}},
     {ANSWERED(5001, 1, 2), ANSWERED(2, 1, 1)}},
    {"both lost: both again, answered",
     {{0, 'q', A, 1},
      {.01, 'q', AAAA, 2},
      {5000, 'q', A, 1},
      {5000.01, 'q', AAAA, 2},
      {5001, 'r', A, 1},
      {5002, 'r', AAAA, 2}},
     {ANSWERED(5002, 2, 4)}},
    {"nothing ever comes",
     {{0, 'q', A, 1},
      {.01, 'q', AAAA, 2},
      {5000, 'q', A, 1},
      {5000.01, 'q', AAAA, 2}},
     {GAVE_UP(10000, 2, 4)},
     .quiet_ms = 60000},

    /* --- several servers -------------------------------------------------- */
    {"the first is dead: both types from the second after 5 s",
     {{0, 'q', A, 1, 41000, 53},
      {.01, 'q', AAAA, 2, 41000, 53},
      {5000, 'q', A, 1, 42000, 54},
      {5000.01, 'q', AAAA, 2, 42000, 54},
      {5001, 'r', A, 1, 42000, 54},
      {5002, 'n', AAAA, 2, 42000, 54}},
     {{EXCHANGE_LOOKUP_ANSWERED, 5002, 2, 4, 2}},
     .quiet_ms = 60000},
    {"both are dead",
     {{0, 'q', A, 1, 41000, 53}, {5000, 'q', A, 1, 42000, 54}},
     {{EXCHANGE_LOOKUP_GAVE_UP, 10000, 1, 2, 2}},
     .quiet_ms = 60000},
    {"musl asks all at once, and a dead one costs nothing",
     {{0, 'q', A, 1, 41000, 53},
      {.01, 'q', A, 1, 41000, 54},
      {.02, 'q', AAAA, 200, 41000, 53},
      {.03, 'q', AAAA, 200, 41000, 54},
      {1, 'r', A, 1, 41000, 53},
      {2, 'r', AAAA, 200, 41000, 53}},
     {{EXCHANGE_LOOKUP_ANSWERED, 2, 2, 4, 2}},
     .quiet_ms = 60000},
    {"... nor does it hold the next lookup of the name",
     {{0, 'q', A, 1, 41000, 53},
      {.01, 'q', A, 1, 41000, 54},
      {1, 'r', A, 1, 41000, 53},
      {1000, 'q', A, 9, 42000, 53},
      {1000.01, 'q', A, 9, 42000, 54},
      {1001, 'r', A, 9, 42000, 53}},
     {{EXCHANGE_LOOKUP_ANSWERED, 1, 1, 2, 2},
      {EXCHANGE_LOOKUP_ANSWERED, 1, 1, 2, 2}},
     .quiet_ms = 60000},
    {"the second answer of two servers does not lengthen the wait",
     {{0, 'q', A, 1, 41000, 53},
      {.01, 'q', A, 1, 41000, 54},
      {1, 'r', A, 1, 41000, 53},
      {4, 'r', A, 1, 41000, 54}},
     {{EXCHANGE_LOOKUP_ANSWERED, 1, 1, 2, 2}}},
    {"a failure waits for the other server's answer",
     {{0, 'q', A, 1, 41000, 53},
      {.01, 'q', A, 1, 41000, 54},
      {1, 's', A, 1, 41000, 53},
      {4, 'r', A, 1, 41000, 54}},
     {{EXCHANGE_LOOKUP_ANSWERED, 4, 1, 2, 2}}},
    {"SERVFAIL of the first, answer of the second",
     {{0, 'q', A, 1, 41000, 53},
      {1, 's', A, 1, 41000, 53},
      {1.1, 'q', A, 1, 42000, 54},
      {2, 'r', A, 1, 42000, 54}},
     {{EXCHANGE_LOOKUP_ANSWERED, 2, 1, 2, 2}}},

    /* --- truncation ------------------------------------------------------- */
    {"TC, then TCP: one lookup, its wait to the end",
     {{0, 'q', A, 1},
      {.01, 'q', AAAA, 2},
      {1, 't', A, 1},
      {1.1, 'r', AAAA, 2},
      {2, 'q', A, 7, 42000, .tcp = true},
      {4, 'r', A, 7, 42000, .tcp = true}},
     {{EXCHANGE_LOOKUP_ANSWERED, 4, 2, 3, 1}}},
    {"TC and never asked again: what came is the answer",
     {{0, 'q', A, 1}, {1, 't', A, 1}},
     {{EXCHANGE_LOOKUP_ANSWERED, 1, 1, 1, 1}}},
    {"TC, and TCP long after: another lookup",
     {{0, 'q', A, 1},
      {1, 't', A, 1},
      {5000, 'q', A, 7, 42000, .tcp = true},
      {5001, 'r', A, 7, 42000, .tcp = true}},
     {{EXCHANGE_LOOKUP_ANSWERED, 1, 1, 1, 1},
      {EXCHANGE_LOOKUP_ANSWERED, 1, 1, 1, 1}}},

    /* --- failures --------------------------------------------------------- */
    {"SERVFAIL: glibc repeats both types at once",
     {{0, 'q', A, 1},
      {.01, 'q', AAAA, 2},
      {1, 's', A, 1},
      {1.1, 's', AAAA, 2},
      {1.2, 'q', A, 1},
      {1.3, 'q', AAAA, 2},
      {2, 's', A, 1},
      {2.1, 's', AAAA, 2}},
     {FAILED(2.1, 2, 4)}},
    {"... also when the server took 2 s for it",
     {{0, 'q', A, 1},
      {.01, 'q', AAAA, 2},
      {2000, 's', A, 1},
      {2000.1, 'q', A, 1},
      {2000.2, 's', AAAA, 2},
      {2000.3, 'q', AAAA, 2},
      {2000.4, 's', A, 1},
      {2000.5, 's', AAAA, 2}},
     {FAILED(2000.5, 2, 4)}},
    {"musl repeats at once, and once more after 2.5 s",
     {{0, 'q', A, 1},
      {1, 's', A, 1},
      {1.1, 'q', A, 1},
      {2, 's', A, 1},
      {2.1, 'q', A, 1},
      {3, 's', A, 1},
      {2500, 'q', A, 1},
      {2501, 's', A, 1}},
     {FAILED(5000, 1, 4)}},
    {"Go repeats from another socket under another ID",
     {{0, 'q', A, 1, 41000},
      {1, 's', A, 1, 41000},
      {1.5, 'q', A, 2, 42000},
      {3, 's', A, 2, 42000}},
     {FAILED(3, 1, 2)}},
    {"a repeat that is answered heals the lookup",
     {{0, 'q', A, 1}, {1, 's', A, 1}, {1.1, 'q', A, 1}, {2, 'r', A, 1}},
     {ANSWERED(2, 1, 2)}},
    {"a repeat that is lost: the client gives up after its patience",
     {{0, 'q', A, 1}, {1, 's', A, 1}, {1.1, 'q', A, 1}},
     {{EXCHANGE_LOOKUP_FAILED, 5000, 1, 2, 1}},
     .quiet_ms = 60000},
    {"a client that asks again and again makes one each time",
     {{0, 'q', A, 1, 41000},
      {1, 's', A, 1, 41000},
      {100, 'q', A, 2, 42000},
      {101, 's', A, 2, 42000},
      {200, 'q', A, 3, 43000},
      {201, 's', A, 3, 43000}},
     {FAILED(1, 1, 1), FAILED(1, 1, 1), FAILED(1, 1, 1)}},

    /* --- several lookups -------------------------------------------------- */
    {"two of one name 6 ms apart",
     {{0, 'q', A, 1, 41000},
      {.01, 'q', AAAA, 2, 41000},
      {6, 'q', A, 3, 42000},
      {6.01, 'q', AAAA, 4, 42000},
      {20, 'r', A, 1, 41000},
      {21, 'r', AAAA, 2, 41000},
      {30, 'r', A, 3, 42000},
      {31, 'r', AAAA, 4, 42000}},
     {ANSWERED(21, 2, 2), ANSWERED(25, 2, 2)}},
    {"two at the same moment: the second A is not the first one's",
     {{0, 'q', A, 1, 41000},
      {.01, 'q', A, 3, 42000},
      {.02, 'q', AAAA, 2, 41000},
      {.03, 'q', AAAA, 4, 42000},
      {1, 'r', A, 1, 41000},
      {1, 'r', A, 3, 42000},
      {2, 'r', AAAA, 2, 41000},
      {2, 'r', AAAA, 4, 42000}},
     {ANSWERED(2, 2, 2), ANSWERED(1.99, 2, 2)}},
    {"the same question a moment after the answer",
     {{0, 'q', A, 1}, {1, 'r', A, 1}, {2, 'q', A, 2}, {3, 'r', A, 2}},
     {ANSWERED(1, 1, 1), ANSWERED(1, 1, 1)}},
    {"the other type long after the answer",
     {{0, 'q', A, 1}, {1, 'r', A, 1}, {10, 'q', AAAA, 2}, {11, 'r', AAAA, 2}},
     {ANSWERED(1, 1, 1), ANSWERED(1, 1, 1)}},
    {"two names",
     {{0, 'q', A, 1},
      {.1, 'q', AAAA, 2, .name = "b.example"},
      {1, 'r', A, 1},
      {2, 'r', AAAA, 2, .name = "b.example"}},
     {ANSWERED(1, 1, 1), ANSWERED(1.9, 1, 1)}},
    {"two clients",
     {{0, 'q', A, 1, .client = 1},
      {.1, 'q', AAAA, 2, .client = 2},
      {1, 'r', A, 1, .client = 1},
      {2, 'r', AAAA, 2, .client = 2}},
     {ANSWERED(1, 1, 1), ANSWERED(1.9, 1, 1)}},
    {"a fifth type",
     {{0, 'q', A, 1},
      {.1, 'q', AAAA, 2},
      {.2, 'q', HTTPS, 3},
      {.3, 'q', 15, 4},
      {.4, 'q', 16, 5},
      {1, 'r', A, 1},
      {1, 'r', AAAA, 2},
      {1, 'r', HTTPS, 3},
      {1, 'n', 15, 4},
      {1, 'n', 16, 5}},
     {ANSWERED(1, 4, 4), {EXCHANGE_LOOKUP_NODATA, .6, 1, 1, 1}}},
    {"the next while the server stays silent: later than any timer",
     {{0, 'q', A, 1, 41000},
      {10000, 'q', A, 2, 42000},
      {20000, 'q', A, 3, 43000},
      {31000, 'q', A, 4, 44000}},
     {GAVE_UP(5000, 1, 1), GAVE_UP(5000, 1, 1), GAVE_UP(5000, 1, 1),
      GAVE_UP(5000, 1, 1)},
     .quiet_ms = 60000},

    /* --- the capture ends -------------------------------------------------- */
    {"before the answer", {{0, 'q', A, 1}}, {OPEN(1, 1)}, .quiet_ms = 1000},
    {"before one of the answers",
     {{0, 'q', A, 1}, {.1, 'q', AAAA, 2}, {1, 'r', A, 1}},
     {OPEN(2, 2)},
     .quiet_ms = 1000},
    {"while an answered A is asked again",
     {{0, 'q', A, 1}, {.1, 'q', AAAA, 2}, {1, 'r', A, 1}, {5000, 'q', A, 1}},
     {OPEN(2, 3)},
     .quiet_ms = 1},
    {"its clock steps back",
     {{100000, 'q', A, 1}, {1, 'q', A, 2}, {2, 'r', A, 2}},
     {OPEN(1, 1), ANSWERED(1, 1, 1)}},
    {"long after the client's patience",
     {{0, 'q', A, 1}},
     {GAVE_UP(5000, 1, 1)},
     .quiet_ms = 10000},
};

/* --- playing ------------------------------------------------------------- */

struct heard {
    struct exchange_lookup lookups[HEARD]; /* by id */
    size_t count;
};

static void hear(void *context, const struct exchange_events *events)
{
    struct heard *h = context;
    for (size_t i = 0; i < events->lookup_count; i++) {
        const struct exchange_lookup *l = &events->lookups[i];
        ck_assert_uint_lt(l->id, HEARD);
        ck_assert_msg(h->lookups[l->id].queries == 0, "%u told twice", l->id);
        h->lookups[l->id] = *l;
        h->count++;
    }
}

static struct heard play(const struct play *plays, double quiet_ms)
{
    struct heard h = {.count = 0};
    struct budget budget = {.limit = 32 << 20};
    struct exchange *x =
        play_exchange((struct exchange_listener){&h, hear}, &budget);
    double end_ms = 0;
    for (unsigned i = 0; i < PLAYS && plays[i].what; i++) {
        play_one(x, &plays[i], i + 1);
        end_ms = plays[i].at_ms;
    }
    exchange_end(x, play_ns(end_ms + quiet_ms));
    exchange_free(x);
    return h;
}

/* Times of a play are sums of doubles. */
static bool is_wait(int64_t ns, double ms)
{
    if (ms == UNKNOWN || ns == EXCHANGE_UNKNOWN_NS)
        return ms == UNKNOWN && ns == EXCHANGE_UNKNOWN_NS;
    return llabs(ns - (int64_t)(ms * 1e6)) < 1000;
}

START_TEST(script_is_felt_as_expected)
{
    const struct script *s = &scripts[_i];
    const struct heard h = play(s->plays, s->quiet_ms);
    size_t wanted = 0;
    while (wanted < WANTS && s->wants[wanted].queries)
        wanted++;
    ck_assert_msg(h.count == wanted, "%s: %zu lookups, not %zu", s->name,
                  h.count, wanted);
    for (size_t i = 0; i < wanted; i++) { /* ids are dense */
        const struct exchange_lookup *l = &h.lookups[i];
        const struct want *w = &s->wants[i];
        ck_assert_msg(l->outcome == w->outcome, "%s: %zu: outcome %d, not %d",
                      s->name, i, l->outcome, w->outcome);
        ck_assert_msg(is_wait(l->wait_ns, w->wait_ms), "%s: %zu: wait %lld ns",
                      s->name, i, (long long)l->wait_ns);
        ck_assert_msg(l->type_count == w->types, "%s: %zu: %d types", s->name,
                      i, l->type_count);
        ck_assert_msg(l->queries == w->queries, "%s: %zu: %u queries", s->name,
                      i, l->queries);
        ck_assert_msg(l->servers == w->servers, "%s: %zu: %d servers", s->name,
                      i, l->servers);
    }
}
END_TEST

/* --- what it waited for -------------------------------------------------- */

static const struct {
    const char *name;
    struct play plays[PLAYS];
    enum exchange_cause cause; /* of the lookup begun last */
} causes[] = {
    {"the first of two attempts lost",
     {{0, 'q', A, 1}, {5000, 'q', A, 1}, {5040, 'r', A, 1}},
     EXCHANGE_CAUSE_LOST},
    {"both attempts answered: the server was slow",
     {{0, 'q', A, 1}, {5000, 'q', A, 1}, {6000, 'r', A, 1}, {11000, 'r', A, 1}},
     EXCHANGE_CAUSE_SERVER},
    {"A answered, AAAA twice, late",
     {{0, 'q', A, 1},
      {.01, 'q', AAAA, 2},
      {1, 'r', A, 1},
      {2500, 'q', AAAA, 2},
      {2600, 'r', AAAA, 2},
      {5000, 'r', AAAA, 2}},
     EXCHANGE_CAUSE_SERVER},
    {"two programs, one behind the other, of a slow server",
     {{0, 'q', A, 1, 41000},
      {1500, 'q', A, 2, 42000},
      {2000, 'r', A, 1, 41000},
      {3500, 'r', A, 2, 42000}},
     EXCHANGE_CAUSE_SERVER},
    {"over TCP from the start, as with use-vc",
     {{0, 'q', A, 1, .tcp = true}, {1500, 'r', A, 1, .tcp = true}},
     EXCHANGE_CAUSE_SERVER},
    {"over TCP, as the answer was truncated",
     {{0, 'q', A, 1},
      {1, 't', A, 1},
      {2, 'q', A, 1, .tcp = true},
      {1500, 'r', A, 1, .tcp = true}},
     EXCHANGE_CAUSE_TRUNCATED},
    {"a server that has never said anything",
     {{0, 'q', A, 1}, {5000, 'q', A, 1}},
     EXCHANGE_CAUSE_DEAD_SERVER},
    {"a server of which answers were captured, but not the questions",
     {{0, 'r', A, 9, 41000},
      {1000, 'q', A, 1},
      {2000, 'r', A, 8, 41000},
      {6000, 'q', A, 1}},
     EXCHANGE_CAUSE_LOST},
};

START_TEST(cause_is_what_most_of_the_time_went_to)
{
    const struct heard h = play(causes[_i].plays, 60000);
    ck_assert_uint_gt(h.count, 0);
    const struct exchange_lookup *l = &h.lookups[h.count - 1];
    ck_assert_msg(l->cause == causes[_i].cause, "%s: cause %d, not %d",
                  causes[_i].name, l->cause, causes[_i].cause);
    ck_assert_msg(l->silent || l->cause_ns <= l->wait_ns, "%s: %lld ns of %lld",
                  causes[_i].name, (long long)l->cause_ns,
                  (long long)l->wait_ns);
}
END_TEST

START_TEST(lookup_carries_its_frames_types_and_times)
{
    static const struct play plays[PLAYS] = {
        {5, 'q', HTTPS, 9, .name = "z.example"},
        {10, 'q', AAAA, 1},
        {10.5, 'q', A, 2},
        {12, 'r', A, 2},
        {15, 'r', AAAA, 1},
        {16, 'r', HTTPS, 9, .name = "z.example"},
    };
    const struct heard h = play(plays, 0);
    const struct exchange_lookup *l = &h.lookups[1];
    ck_assert_int_eq(l->time_ns, play_ns(10));
    ck_assert_int_eq(l->last_attempt_ns, play_ns(10.5));
    ck_assert_uint_eq(l->first_frame, 2);
    ck_assert_uint_eq(l->last_frame, 5);
    ck_assert_uint_eq(l->types[0], AAAA);
    ck_assert_uint_eq(l->types[1], A);
    ck_assert_uint_eq(l->client_id, h.lookups[0].client_id);
    ck_assert_uint_ne(l->base_id, h.lookups[0].base_id);
}
END_TEST

/* --- walks and causes ----------------------------------------------------- */

#define LAN  "db.shop.lan"
#define LAN2 "db.lan"
#define SVC  "api.x.test.default.svc.cluster.local"
#define SVC2 "api.x.test.svc.cluster.local"

static const struct {
    const char *name;
    struct play plays[PLAYS];
    struct {
        uint32_t steps, queries; /* 0 ends the list */
        uint8_t outcome, cause;
        double wait_ms;
    } wants[WANTS];
    double quiet_ms;
} walks[] = {
    {"two steps of a search list, a new socket for each",
     {{0, 'q', A, 1, 41000, .name = LAN},
      {.01, 'q', AAAA, 2, 41000, .name = LAN},
      {1, 'x', A, 1, 41000, .name = LAN},
      {1.1, 'x', AAAA, 2, 41000, .name = LAN},
      {1.2, 'q', A, 3, 42000, .name = LAN2},
      {1.21, 'q', AAAA, 4, 42000, .name = LAN2},
      {2, 'r', A, 3, 42000, .name = LAN2},
      {2.1, 'n', AAAA, 4, 42000, .name = LAN2}},
     {{2, 4, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_WALK, 2.1}}},
    {"the last name exists nowhere: the outcome is that of the last step",
     {{0, 'q', A, 1, .name = LAN},
      {1, 'x', A, 1, .name = LAN},
      {1.1, 'q', A, 3, 42000, .name = "db"},
      {2, 'x', A, 3, 42000, .name = "db"}},
     {{2, 2, EXCHANGE_LOOKUP_NXDOMAIN, EXCHANGE_CAUSE_WALK, 2}}},
    {"NODATA goes on as NXDOMAIN does",
     {{0, 'q', A, 1, .name = LAN},
      {1, 'n', A, 1, .name = LAN},
      {1.1, 'q', A, 3, 42000, .name = LAN2},
      {2, 'r', A, 3, 42000, .name = LAN2}},
     {{2, 2, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_WALK, 2}}},
    {"what was answered does not go on",
     {{0, 'q', A, 1, .name = LAN},
      {1, 'r', A, 1, .name = LAN},
      {1.1, 'q', A, 3, 42000, .name = LAN2},
      {2, 'r', A, 3, 42000, .name = LAN2}},
     {{1, 1, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_SERVER, 1},
      {1, 1, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_SERVER, .9}}},
    {"another type does not go on",
     {{0, 'q', A, 1, .name = LAN},
      {1, 'x', A, 1, .name = LAN},
      {1.1, 'q', HTTPS, 3, 42000, .name = LAN2},
      {2, 'r', HTTPS, 3, 42000, .name = LAN2}},
     {{1, 1, EXCHANGE_LOOKUP_NXDOMAIN, EXCHANGE_CAUSE_SERVER, 1},
      {1, 1, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_SERVER, .9}}},
    {"a program's own way up is no search: policies of mail, services",
     {{0, 'q', 16, 1, .name = "_dmarc.mail.x.test"},
      {1, 'n', 16, 1, .name = "_dmarc.mail.x.test"},
      {1.1, 'q', 16, 3, 42000, .name = "_dmarc.x.test"},
      {2, 'r', 16, 3, 42000, .name = "_dmarc.x.test"}},
     {{1, 1, EXCHANGE_LOOKUP_NODATA, EXCHANGE_CAUSE_SERVER, 1},
      {1, 1, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_SERVER, .9}}},
    {"SRV is searched: Go's LookupSRV",
     {{0, 'q', 33, 1, .name = "_grpc.lb.x.test"},
      {1, 'x', 33, 1, .name = "_grpc.lb.x.test"},
      {1.1, 'q', 33, 3, 42000, .name = "_grpc.lb.x.test.cluster.local"},
      {2, 'x', 33, 3, 42000, .name = "_grpc.lb.x.test.cluster.local"}},
     {{2, 2, EXCHANGE_LOOKUP_NXDOMAIN, EXCHANGE_CAUSE_WALK, 2}}},
    {"another client does not go on",
     {{0, 'q', A, 1, .name = LAN},
      {1, 'x', A, 1, .name = LAN},
      {1.1, 'q', A, 3, .name = LAN2, .client = 2},
      {2, 'r', A, 3, .name = LAN2, .client = 2}},
     {{1, 1, EXCHANGE_LOOKUP_NXDOMAIN, EXCHANGE_CAUSE_SERVER, 1},
      {1, 1, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_SERVER, .9}}},
    {"a name that comes much later is another lookup",
     {{0, 'q', A, 1, .name = LAN},
      {1, 'x', A, 1, .name = LAN},
      {1500, 'q', A, 3, .name = LAN2},
      {1501, 'r', A, 3, .name = LAN2}},
     {{1, 1, EXCHANGE_LOOKUP_NXDOMAIN, EXCHANGE_CAUSE_SERVER, 1},
      {1, 1, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_SERVER, 1}}},
    {"complete names, longer and longer, 95 ms behind each failure",
     {{0, 'q', A, 1, .name = "db.shop"},
      {5, 'x', A, 1, .name = "db.shop"},
      {100, 'q', A, 2, 42000, .name = "db.shop.svc"},
      {105, 'x', A, 2, 42000, .name = "db.shop.svc"},
      {200, 'q', A, 3, 43000, .name = "db.shop.svc.cluster.local"},
      {205, 'r', A, 3, 43000, .name = "db.shop.svc.cluster.local"}},
     {{1, 1, EXCHANGE_LOOKUP_NXDOMAIN, EXCHANGE_CAUSE_SERVER, 5},
      {1, 1, EXCHANGE_LOOKUP_NXDOMAIN, EXCHANGE_CAUSE_SERVER, 5},
      {1, 1, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_SERVER, 5}}},
    {"... and shorter and shorter",
     {{0, 'q', A, 1, .name = "db.shop.svc.cluster.local"},
      {5, 'x', A, 1, .name = "db.shop.svc.cluster.local"},
      {100, 'q', A, 2, 42000, .name = "db.shop.svc"},
      {105, 'x', A, 2, 42000, .name = "db.shop.svc"},
      {200, 'q', A, 3, 43000, .name = "db.shop"},
      {205, 'r', A, 3, 43000, .name = "db.shop"}},
     {{1, 1, EXCHANGE_LOOKUP_NXDOMAIN, EXCHANGE_CAUSE_SERVER, 5},
      {1, 1, EXCHANGE_LOOKUP_NXDOMAIN, EXCHANGE_CAUSE_SERVER, 5},
      {1, 1, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_SERVER, 5}}},
    {"... and under one suffix after the other",
     {{0, 'q', A, 1, .name = SVC},
      {5, 'x', A, 1, .name = SVC},
      {100, 'q', A, 2, 42000, .name = SVC2},
      {105, 'r', A, 2, 42000, .name = SVC2}},
     {{1, 1, EXCHANGE_LOOKUP_NXDOMAIN, EXCHANGE_CAUSE_SERVER, 5},
      {1, 1, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_SERVER, 5}}},
    {"who walks may be held up on the way",
     {{0, 'q', A, 1, .name = SVC},
      {1, 'x', A, 1, .name = SVC},
      {1.1, 'q', A, 2, 42000, .name = SVC2},
      {2, 'x', A, 2, 42000, .name = SVC2},
      {100, 'q', A, 3, 43000, .name = "api.x.test.cluster.local"},
      {101, 'x', A, 3, 43000, .name = "api.x.test.cluster.local"},
      {500, 'q', A, 4, 44000, .name = "api.x.test"},
      {501, 'r', A, 4, 44000, .name = "api.x.test"}},
     {{4, 4, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_WALK, 501}}},
    {"two at once of one name: each step goes to the end that is nearest",
     {{0, 'q', A, 1, 41000, .name = SVC},
      {.5, 'q', A, 2, 41001, .name = SVC},
      {1, 'x', A, 1, 41000, .name = SVC},
      {1.1, 'q', A, 3, 42000, .name = SVC2},
      {1.5, 'x', A, 2, 41001, .name = SVC},
      {1.6, 'q', A, 4, 42001, .name = SVC2},
      {2, 'x', A, 3, 42000, .name = SVC2},
      {2.1, 'q', A, 5, 43000, .name = "api.x.test"},
      {2.5, 'x', A, 4, 42001, .name = SVC2},
      {2.6, 'q', A, 6, 43001, .name = "api.x.test"},
      {3, 'r', A, 5, 43000, .name = "api.x.test"},
      {3.5, 'r', A, 6, 43001, .name = "api.x.test"}},
     {{3, 3, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_WALK, 3},
      {3, 3, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_WALK, 3}}},
    {"a dead first server at each step",
     {{0, 'q', A, 1, 41000, 53, .name = LAN},
      {5000, 'q', A, 1, 42000, 54, .name = LAN},
      {5001, 'x', A, 1, 42000, 54, .name = LAN},
      {5001.1, 'q', A, 2, 43000, 53, .name = LAN2},
      {10001, 'q', A, 2, 44000, 54, .name = LAN2},
      {10002, 'r', A, 2, 44000, 54, .name = LAN2}},
     {{2, 4, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_DEAD_SERVER, 10002}}},
    {"glibc gives a step up after two timers, and goes on",
     {{0, 'q', A, 1, 41000, .name = LAN},
      {5000, 'q', A, 1, 41000, .name = LAN},
      {10000, 'q', A, 2, 42000, .name = LAN2},
      {15000, 'q', A, 2, 42000, .name = LAN2}},
     {{2, 4, EXCHANGE_LOOKUP_GAVE_UP, EXCHANGE_CAUSE_DEAD_SERVER, 20000}},
     .quiet_ms = 60000},
    {"a server that answers others meanwhile lost a packet",
     {{0, 'q', A, 1, 41000, .name = LAN},
      {100, 'q', A, 9, 50000, .name = "other.test"},
      {101, 'r', A, 9, 50000, .name = "other.test"},
      {5000, 'q', A, 1, 41000, .name = LAN},
      {5001, 'r', A, 1, 41000, .name = LAN}},
     {{1, 2, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_LOST, 5001},
      {1, 1, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_SERVER, 1}}},
    {"half of the pair lost",
     {{0, 'q', A, 1, 41000},
      {.1, 'q', AAAA, 2, 41000},
      {1, 'r', A, 1, 41000},
      {2500, 'q', AAAA, 2, 41000},
      {2501, 'r', AAAA, 2, 41000}},
     {{1, 3, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_HALF_LOST, 2501}}},
    {"glibc after that: one type after the other, and the second in vain",
     {{0, 'q', A, 1, 41000},
      {.1, 'q', AAAA, 2, 41000},
      {1, 'r', A, 1, 41000},
      {5000, 'q', A, 1, 41000},
      {5001, 'r', A, 1, 41000},
      {5001.1, 'q', AAAA, 2, 41000},
      {5002, 'r', AAAA, 2, 41000},
      {6000, 'q', A, 3, 42000, .name = "b.test"},
      {6001, 'r', A, 3, 42000, .name = "b.test"},
      {6001.1, 'q', AAAA, 4, 43000, .name = "b.test"}},
     {{1, 4, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_HALF_LOST, 5002},
      {1, 2, EXCHANGE_LOOKUP_PARTLY, EXCHANGE_CAUSE_SINGLE_REQUEST, 5000}},
     .quiet_ms = 60000},
    {"truncated, and TCP",
     {{0, 'q', A, 1},
      {1, 't', A, 1},
      {2, 'q', A, 7, 42000, .tcp = true},
      {300, 'r', A, 7, 42000, .tcp = true}},
     {{1, 2, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_TRUNCATED, 300}}},
    {"a slow server is no timer",
     {{0, 'q', A, 1},
      {.1, 'q', AAAA, 2},
      {900, 'r', A, 1},
      {910, 'r', AAAA, 2}},
     {{1, 2, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_SERVER, 910}}},
    {"musl sits its timer out after SERVFAIL",
     {{0, 'q', A, 1},
      {1, 's', A, 1},
      {1.1, 'q', A, 1},
      {2, 's', A, 1},
      {2500, 'q', A, 1},
      {2501, 's', A, 1}},
     {{1, 3, EXCHANGE_LOOKUP_FAILED, EXCHANGE_CAUSE_FAILURES, 5000}},
     .quiet_ms = 60000},
    {"more steps than are told apart",
     {{0, 'q', A, 1, .name = "db.a.lan"},   {1, 'x', A, 1, .name = "db.a.lan"},
      {1.1, 'q', A, 2, .name = "db.b.lan"}, {2, 'x', A, 2, .name = "db.b.lan"},
      {2.1, 'q', A, 3, .name = "db.c.lan"}, {3, 'x', A, 3, .name = "db.c.lan"},
      {3.1, 'q', A, 4, .name = "db.d.lan"}, {4, 'x', A, 4, .name = "db.d.lan"},
      {4.1, 'q', A, 5, .name = "db.e.lan"}, {5, 'x', A, 5, .name = "db.e.lan"},
      {5.1, 'q', A, 6, .name = "db.f.lan"}, {6, 'x', A, 6, .name = "db.f.lan"},
      {6.1, 'q', A, 7, .name = "db.g.lan"}, {7, 'x', A, 7, .name = "db.g.lan"},
      {7.1, 'q', A, 8, .name = "db.h.lan"}, {8, 'x', A, 8, .name = "db.h.lan"},
      {8.1, 'q', A, 9, .name = "db.i.lan"}, {9, 'x', A, 9, .name = "db.i.lan"},
      {9.1, 'q', A, 10, .name = "db"},      {10, 'r', A, 10, .name = "db"}},
     {{10, 10, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_WALK, 10}}},
    {"the capture lost an answer of a step",
     {{0, 'q', A, 1, 41000, .name = LAN},
      {.1, 'q', AAAA, 2, 41000, .name = LAN},
      {1, 'x', A, 1, 41000, .name = LAN},
      {1.2, 'q', A, 3, 42000, .name = LAN2},
      {1.3, 'q', AAAA, 4, 42000, .name = LAN2},
      {2, 'r', A, 3, 42000, .name = LAN2},
      {2.1, 'r', AAAA, 4, 42000, .name = LAN2}},
     {{2, 4, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_WALK, 2.1}}},
    {"musl asks the third server though the first has just denied",
     {{0, 'q', A, 1, 41000, 53, .name = LAN},
      {.1, 'q', A, 1, 41000, 54, .name = LAN},
      {.2, 'x', A, 1, 41000, 53, .name = LAN},
      {.3, 'q', A, 1, 41000, 55, .name = LAN},
      {.4, 'q', A, 2, 42000, 53, .name = LAN2},
      {.5, 'x', A, 1, 41000, 54, .name = LAN},
      {.6, 'x', A, 1, 41000, 55, .name = LAN},
      {1, 'r', A, 2, 42000, 53, .name = LAN2}},
     {{2, 4, EXCHANGE_LOOKUP_ANSWERED, EXCHANGE_CAUSE_SERVER, 1}}},
};

START_TEST(walk_is_one_lookup_with_its_cause)
{
    const struct heard h = play(walks[_i].plays, walks[_i].quiet_ms);
    size_t wanted = 0;
    while (wanted < WANTS && walks[_i].wants[wanted].queries)
        wanted++;
    ck_assert_msg(h.count == wanted, "%s: %zu lookups", walks[_i].name,
                  h.count);
    for (size_t i = 0; i < wanted; i++) {
        const struct exchange_lookup *l = &h.lookups[i];
        const char *name = walks[_i].name;
        ck_assert_msg(l->step_count == walks[_i].wants[i].steps,
                      "%s: %zu: %u steps", name, i, l->step_count);
        ck_assert_msg(l->queries == walks[_i].wants[i].queries,
                      "%s: %zu: %u queries", name, i, l->queries);
        ck_assert_msg(l->outcome == walks[_i].wants[i].outcome,
                      "%s: %zu: outcome %d", name, i, l->outcome);
        ck_assert_msg(l->cause == walks[_i].wants[i].cause, "%s: %zu: cause %d",
                      name, i, l->cause);
        ck_assert_msg(is_wait(l->wait_ns, walks[_i].wants[i].wait_ms),
                      "%s: %zu: wait %lld ns", name, i, (long long)l->wait_ns);
        ck_assert_int_le(l->cause_ns, l->wait_ns);
        unsigned queries = 0;
        for (unsigned k = 0; k < l->step_count && k < EXCHANGE_LOOKUP_STEPS;
             k++)
            queries += l->steps[k].queries;
        ck_assert_msg(l->step_count > EXCHANGE_LOOKUP_STEPS ||
                          queries == l->queries,
                      "%s: %zu: %u queries in steps", name, i, queries);
    }
}
END_TEST

/* --- outcomes of every combination --------------------------------------- */

/* What became of a type: a response, or '-' nothing, or '?' open at the end. */
static const char kinds[] = {'r', 'n', 'x', 's', 'f', '-', '?'};

enum {
    KINDS = sizeof kinds,
    ANSWER = EXCHANGE_LOOKUP_ANSWERED,
    PARTLY = EXCHANGE_LOOKUP_PARTLY,
    NXDOM = EXCHANGE_LOOKUP_NXDOMAIN,
    NODATA = EXCHANGE_LOOKUP_NODATA,
    FAIL = EXCHANGE_LOOKUP_FAILED,
    GONE = EXCHANGE_LOOKUP_GAVE_UP,
    ENDED = EXCHANGE_LOOKUP_OPEN_AT_END,
};

/* By kind of the one and of the other type. */
static const uint8_t outcomes[KINDS][KINDS] = {
    /*         r       n       x       s       f       -       ?  */
    /* r */ {ANSWER, ANSWER, ANSWER, PARTLY, PARTLY, PARTLY, ENDED},
    /* n */ {ANSWER, NODATA, NODATA, PARTLY, PARTLY, PARTLY, ENDED},
    /* x */ {ANSWER, NODATA, NXDOM, NXDOM, NXDOM, NXDOM, ENDED},
    /* s */ {PARTLY, PARTLY, NXDOM, FAIL, FAIL, FAIL, ENDED},
    /* f */ {PARTLY, PARTLY, NXDOM, FAIL, FAIL, FAIL, ENDED},
    /* - */ {PARTLY, PARTLY, NXDOM, FAIL, FAIL, GONE, ENDED},
    /* ? */ {ENDED, ENDED, ENDED, ENDED, ENDED, ENDED, ENDED},
};

/* `a` comes 10 ms after the queries, `b` 20 ms. For '?' the capture ends within
 * the client's patience; a type beside it that gets nothing is open then, too. */
START_TEST(outcome_is_that_of_both_types)
{
    const char a = kinds[_i / KINDS], b = kinds[_i % KINDS];
    struct play plays[PLAYS] = {{0, 'q', A, 1}, {0, 'q', AAAA, 2}};
    unsigned n = 2;
    if (strchr("-?", a) == NULL)
        plays[n++] = (struct play){10, a, A, 1};
    if (strchr("-?", b) == NULL)
        plays[n++] = (struct play){20, b, AAAA, 2};
    const bool open = a == '?' || b == '?';
    const struct heard h = play(plays, open ? 100 : 60000);

    ck_assert_uint_eq(h.count, 1);
    const uint8_t want = outcomes[_i / KINDS][_i % KINDS];
    ck_assert_msg(h.lookups[0].outcome == want, "%c and %c: %d, not %d", a, b,
                  h.lookups[0].outcome, want);
    const bool silent = a == '-' || b == '-';
    ck_assert_msg(is_wait(h.lookups[0].wait_ns, open     ? UNKNOWN
                                                : silent ? 5000
                                                         : 20),
                  "%c and %c: wait %lld", a, b,
                  (long long)h.lookups[0].wait_ns);
}
END_TEST

/* --- many ---------------------------------------------------------------- */

struct tally {
    unsigned long lookups, outcomes[EXCHANGE_LOOKUP_OPEN_AT_END + 1];
    uint64_t ids; /* their sum: dense ids have a known one */
    int64_t longest_ns;
};

static void tally_up(void *context, const struct exchange_events *events)
{
    struct tally *t = context;
    for (size_t i = 0; i < events->lookup_count; i++) {
        const struct exchange_lookup *l = &events->lookups[i];
        t->lookups++;
        t->outcomes[l->outcome]++;
        t->ids += l->id;
        if (l->wait_ns > t->longest_ns)
            t->longest_ns = l->wait_ns;
    }
}

/* One client asks one name `count` times, 10 us apart, and gets its answers
 * when it has asked for the last time, or never. */
static struct tally flood(uint32_t count, bool answered, size_t memory,
                          uint64_t *evicted)
{
    struct tally t = {0};
    struct budget budget = {.limit = memory};
    struct exchange *x =
        play_exchange((struct exchange_listener){&t, tally_up}, &budget);
    const uint32_t messages = answered ? 2 * count : count;
    for (uint32_t i = 0; i < messages; i++) {
        const uint32_t asker = i % count;
        const struct play p = {.at_ms = i / 100.0,
                               .what = i < count ? 'q' : 'r',
                               .type = A,
                               .id = (uint16_t)asker,
                               .port = (uint16_t)(20000 + asker % 40000)};
        play_one(x, &p, i + 1);
    }
    exchange_end(x, play_ns(messages / 100.0));
    *evicted = exchange_quality(x).evicted_lookups;
    exchange_free(x);
    return t;
}

START_TEST(thousands_at_once_of_one_name_are_told_apart)
{
    enum { COUNT = 10000 };
    uint64_t evicted;
    const struct tally t = flood(COUNT, true, 128 << 20, &evicted);
    ck_assert_uint_eq(t.lookups, COUNT);
    ck_assert_uint_eq(t.outcomes[EXCHANGE_LOOKUP_ANSWERED], COUNT);
    ck_assert_uint_eq(t.ids, (uint64_t)COUNT * (COUNT - 1) / 2);
    ck_assert_int_le(t.longest_ns, 100 * MS);
    ck_assert_uint_eq(evicted, 0);
}
END_TEST

static double cpu_seconds_of(uint32_t count)
{
    uint64_t evicted;
    const clock_t began = clock();
    const struct tally t = flood(count, true, 256 << 20, &evicted);
    ck_assert_uint_eq(t.lookups, count);
    return (double)(clock() - began) / CLOCKS_PER_SEC;
}

/* Ten times the lookups cost ten times the time, a hundred if a chain were
 * walked for each; 30 leaves room for caches and neighbours. */
START_TEST(cost_of_a_lookup_does_not_grow_with_those_open)
{
    const double few = cpu_seconds_of(4000);
    const double many = cpu_seconds_of(40000);
    ck_assert_msg(many < 30 * few, "%.3f s and %.3f s", few, many);
}
END_TEST

START_TEST(full_table_lets_the_oldest_go_and_counts_it)
{
    enum { COUNT = 10000, MEMORY = 40 << 20 };
    const uint64_t ceiling = MEMORY / 8 / exchange_lookups_octets();
    uint64_t evicted;
    const struct tally t = flood(COUNT, false, MEMORY, &evicted);
    ck_assert_uint_eq(evicted, COUNT - ceiling);
    ck_assert_uint_eq(t.lookups, COUNT);
    ck_assert_uint_eq(t.outcomes[EXCHANGE_LOOKUP_OPEN_AT_END], COUNT);
    ck_assert_uint_eq(t.ids, (uint64_t)COUNT * (COUNT - 1) / 2);
}
END_TEST

/* The answers come when other lookups have taken the place of theirs. */
START_TEST(answer_to_an_evicted_lookup_changes_no_other)
{
    enum { COUNT = 10000, MEMORY = 40 << 20 };
    const uint64_t ceiling = MEMORY / 8 / exchange_lookups_octets();
    uint64_t evicted;
    const struct tally t = flood(COUNT, true, MEMORY, &evicted);
    ck_assert_uint_eq(evicted, COUNT - ceiling);
    ck_assert_uint_eq(t.lookups, COUNT);
    ck_assert_uint_eq(t.outcomes[EXCHANGE_LOOKUP_OPEN_AT_END], evicted);
    ck_assert_uint_eq(t.outcomes[EXCHANGE_LOOKUP_ANSWERED], ceiling);
}
END_TEST

START_TEST(table_without_memory_is_refused)
{
    struct budget budget = {.limit = 1 << 10};
    const struct exchange_options options = {.timeout_ns = 5 * S};
    struct exchange *x = NULL;
    struct err err;
    ck_assert_int_eq(exchange_new(&x, &options, &budget, &err), ERR_NOMEM);
    ck_assert_ptr_null(x);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exchange/lookup");
    TCase *tc = tcase_create("lookup");
    tcase_add_loop_test(tc, script_is_felt_as_expected, 0, ROWS(scripts));
    tcase_add_loop_test(tc, walk_is_one_lookup_with_its_cause, 0, ROWS(walks));
    tcase_add_loop_test(tc, cause_is_what_most_of_the_time_went_to, 0,
                        ROWS(causes));
    tcase_add_test(tc, lookup_carries_its_frames_types_and_times);
    tcase_add_loop_test(tc, outcome_is_that_of_both_types, 0, KINDS * KINDS);
    tcase_add_test(tc, thousands_at_once_of_one_name_are_told_apart);
    tcase_add_test(tc, cost_of_a_lookup_does_not_grow_with_those_open);
    tcase_add_test(tc, full_table_lets_the_oldest_go_and_counts_it);
    tcase_add_test(tc, answer_to_an_evicted_lookup_changes_no_other);
    tcase_add_test(tc, table_without_memory_is_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
