/* Where a lookup's time went: intervals as a stub makes them, what they are
 * counted as, and how long the stub would have gone on waiting. */
#include <check.h>
#include <stdlib.h>

#include "exchange/cause.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])
#define MS          INT64_C(1000000)

enum { EVENTS = 16 };

enum {
    SERVER = EXCHANGE_CAUSE_SERVER,
    UPSTREAM = EXCHANGE_CAUSE_UPSTREAM,
    WALK = EXCHANGE_CAUSE_WALK,
    LOST = EXCHANGE_CAUSE_LOST,
    HALF = EXCHANGE_CAUSE_HALF_LOST,
    FAILURES = EXCHANGE_CAUSE_FAILURES,
    CONNECT = EXCHANGE_CAUSE_TCP_CONNECT
};

/* What happened: 'q' a query to a server, behind an interval of `cause`; 'r' an
 * answer of it; 's' a further step, 'i' an ICMP error about it. */
struct happening {
    double at_ms;
    char what;
    uint8_t server;
    int cause;
};

static const struct {
    const char *name;
    struct happening events[EVENTS]; /* ends with what 0 */
    int cause;
    uint8_t server; /* its place */
    double cause_ms, patience_ms;
} scripts[] = {
    {"an answer",
     {{0, 'q', 1, SERVER}, {7, 'r', 1, SERVER}},
     SERVER,
     0,
     7,
     5000},
    {"a server that takes long, and an upstream that takes longer",
     {{0, 'q', 1, SERVER}, {100, 'r', 1, SERVER}, {400, 'r', 1, UPSTREAM}},
     UPSTREAM,
     0,
     300,
     5000},
    {"glibc, all lost: 5 s, and 5 s once more",
     {{0, 'q', 1, SERVER}, {.1, 'q', 1, SERVER}, {5000, 'q', 1, LOST}},
     LOST,
     0,
     4999.9,
     5000},
    {"musl, all lost: 2.5 s each",
     {{0, 'q', 1, SERVER}, {2500, 'q', 1, LOST}},
     LOST,
     0,
     2500,
     2500},
    {"c-ares doubles: 5, 10, 20, and 40 s at last",
     {{0, 'q', 1, SERVER},
      {5000, 'q', 1, LOST},
      {15000, 'q', 1, LOST},
      {35000, 'q', 1, LOST}},
     LOST,
     0,
     35000,
     40000},
    {"glibc with three servers: 5, 3, 6 s, and again",
     {{0, 'q', 1, SERVER},
      {5000, 'q', 2, LOST},
      {8000, 'q', 3, LOST},
      {14000, 'q', 1, LOST},
      {19000, 'q', 2, LOST},
      {22000, 'q', 3, LOST}},
     LOST,
     0,
     22000,
     6000},
    {"the first server is dead, the second lives",
     {{0, 'q', 1, SERVER}, {5000, 'q', 2, LOST}, {5001, 'r', 2, SERVER}},
     LOST,
     0,
     5000,
     5000},
    {"most of the silence was of the second",
     {{0, 'q', 1, SERVER},
      {2000, 'q', 2, LOST},
      {7000, 'q', 3, LOST},
      {7001, 'r', 3, SERVER}},
     LOST,
     1,
     7000,
     5000},
    {"steps before the last are the walk's",
     {{0, 'q', 1, SERVER},
      {10, 'r', 1, SERVER},
      {10, 's', 1, SERVER},
      {20, 'r', 1, SERVER},
      {20, 's', 1, SERVER},
      {25, 'r', 1, SERVER}},
     WALK,
     0,
     20,
     5000},
    {"half of a pair lost in a step before stays what it was",
     {{0, 'q', 1, SERVER},
      {1, 'r', 1, SERVER},
      {5000, 'q', 1, HALF},
      {5001, 'r', 1, SERVER},
      {5001, 's', 1, SERVER},
      {5002, 'r', 1, SERVER}},
     HALF,
     0,
     4999,
     5000},
    {"a clock that is set back a little makes no time",
     {{10, 'q', 1, SERVER}, {8, 'r', 1, SERVER}, {12, 'r', 1, SERVER}},
     SERVER,
     0,
     2,
     5000},
};

static int64_t ns_of(double ms)
{
    return (int64_t)(ms * 1e6);
}

static struct exchange_waits play(const struct happening *events)
{
    struct exchange_waits w;
    exchange_waits_begin(&w, ns_of(events[0].at_ms));
    uint8_t places[8] = {0};
    for (unsigned i = 0; i < EVENTS && events[i].what; i++) {
        const struct happening *e = &events[i];
        const uint8_t asked = w.newest_server;
        exchange_waits_pass(&w, (enum exchange_cause)e->cause,
                            e->what == 'r' ? places[e->server] : asked,
                            ns_of(e->at_ms));
        if (e->what == 's')
            exchange_waits_walk(&w);
        if (e->what == 'q' || e->what == 's')
            places[e->server] =
                exchange_waits_ask(&w, e->server, ns_of(e->at_ms), i + 1);
    }
    return w;
}

START_TEST(most_of_the_time_is_the_cause)
{
    const struct exchange_waits w = play(scripts[_i].events);
    uint8_t place;
    const int cause = (int)exchange_waits_cause(&w, &place);
    ck_assert_msg(cause == scripts[_i].cause, "%s: %d", scripts[_i].name,
                  cause);
    ck_assert_msg(place == scripts[_i].server, "%s: server %d",
                  scripts[_i].name, place);
    ck_assert_msg(w.ns[cause] == ns_of(scripts[_i].cause_ms), "%s: %lld ns",
                  scripts[_i].name, (long long)w.ns[cause]);
    const int64_t patience = exchange_waits_patience_ns(&w, 5000 * MS);
    ck_assert_msg(patience == ns_of(scripts[_i].patience_ms),
                  "%s: patience %lld ns", scripts[_i].name,
                  (long long)patience);
}
END_TEST

START_TEST(intervals_add_up_to_the_whole)
{
    const struct exchange_waits w = play(scripts[_i].events);
    int64_t sum = 0;
    for (int i = 0; i < EXCHANGE_CAUSES; i++) {
        ck_assert_int_ge(w.ns[i], 0);
        sum += w.ns[i];
    }
    ck_assert_int_eq(sum, w.mark_ns - ns_of(scripts[_i].events[0].at_ms));
    ck_assert_int_le(w.longest_ns, sum);
}
END_TEST

START_TEST(longest_interval_leads_to_its_query)
{
    const struct exchange_waits w = play(scripts[2].events);
    ck_assert_uint_eq(w.longest_frame, 2);
}
END_TEST

START_TEST(further_servers_share_the_last_place)
{
    struct exchange_waits w;
    exchange_waits_begin(&w, 0);
    for (uint32_t server = 1; server <= 9; server++)
        exchange_waits_ask(&w, server, 0, server);
    ck_assert_uint_eq(w.server_count, EXCHANGE_LOOKUP_SERVERS);
    ck_assert_uint_eq(exchange_waits_ask(&w, 2, 0, 10), 1);
    ck_assert_uint_eq(exchange_waits_ask(&w, 99, 0, 11),
                      EXCHANGE_LOOKUP_SERVERS - 1);
}
END_TEST

START_TEST(refusal_is_the_server_s_alone)
{
    struct exchange_waits w;
    exchange_waits_begin(&w, 0);
    exchange_waits_ask(&w, 1, 0, 1);
    exchange_waits_ask(&w, 2, 0, 2);
    exchange_waits_refuse(&w, 2);
    exchange_waits_refuse(&w, 3);
    ck_assert(!w.servers[0].refused);
    ck_assert(w.servers[1].refused);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exchange/cause");
    TCase *tc = tcase_create("cause");
    tcase_add_loop_test(tc, most_of_the_time_is_the_cause, 0, ROWS(scripts));
    tcase_add_loop_test(tc, intervals_add_up_to_the_whole, 0, ROWS(scripts));
    tcase_add_test(tc, longest_interval_leads_to_its_query);
    tcase_add_test(tc, further_servers_share_the_last_place);
    tcase_add_test(tc, refusal_is_the_server_s_alone);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
