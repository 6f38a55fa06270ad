/* How long things took, by whom, by what and when. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"
#include "test_random.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define OF(scope)                                                              \
    "SELECT key, measure, count, unanswered, min_ns, max_ns, sum_ns, buckets"  \
    " FROM latency WHERE scope = '" scope "' ORDER BY key, measure"

static const struct facts_row rows[] = {
    {"nothing", {{0}}, 0, "SELECT * FROM latency", ""},
    {"an answer after a second",
     {{0, 'q', A, 1}, {1000, 'r', A, 1}},
     0,
     OF("all"),
     "0|lookup|1|0|1000000000|1000000000|1000000000|{\"-1\":1}\n"
     "0|service|1|0|1000000000|1000000000|1000000000|{\"-1\":1}\n"
     "0|wait|1|0|1000000000|1000000000|1000000000|{\"-1\":1}"},
    {"in no time at all",
     {{0, 'q', A, 1}, {0, 'r', A, 1}},
     0,
     "SELECT min_ns, max_ns, buckets FROM latency WHERE measure = 'wait' AND"
     " scope = 'all'",
     "0|0|{\"-960\":1}"},
    {"least, greatest and sum",
     {{0, 'q', A, 1},
      {2000, 'r', A, 1},
      {3000, 'q', A, 2},
      {4000, 'r', A, 2},
      {5000, 'q', A, 3},
      {7000, 'r', A, 3}},
     0,
     "SELECT count, min_ns, max_ns, sum_ns, buckets FROM latency WHERE"
     " scope = 'all' AND measure = 'wait'",
     "3|1000000000|2000000000|5000000000|{\"-1\":1,\"31\":2}"},
    {"the wait is from the first attempt, the service from the answered one",
     {{0, 'q', A, 1}, {4000, 'q', A, 1}, {5000, 'r', A, 1}},
     60000,
     "SELECT measure, max_ns / 1000000 FROM latency WHERE scope = 'all'",
     "lookup|5000\nservice|1000\nwait|5000"},
    {"what was never answered is counted beside",
     {{0, 'q', A, 1, .name = "a"},
      {1, 'q', A, 2, .name = "b"},
      {1001, 'r', A, 2, .name = "b"}},
     60000,
     "SELECT measure, count, unanswered, max_ns FROM latency WHERE"
     " scope = 'all'",
     "lookup|1|1|1000000000\nservice|1|1|1000000000\nwait|1|1|1000000000"},
    {"who gave up waited to the last attempt, and the timeout after it",
     {{0, 'q', A, 1}, {5000, 'q', A, 1}},
     60000,
     "SELECT measure, unanswered, unanswered_ns / 1000000 FROM latency WHERE"
     " scope = 'all'",
     "lookup|1|10000\nservice|1|10000\nwait|1|10000"},
    {"an answer captured before its query tells no wait, and is an answer",
     {{0, 'r', A, 1}, {10, 'q', A, 1}},
     60000,
     "SELECT measure, count, unanswered FROM latency WHERE scope = 'all'",
     ""},
    {"and alone has no least or greatest",
     {{0, 'q', A, 1}},
     60000,
     "SELECT count, unanswered, min_ns IS NULL, max_ns IS NULL, sum_ns,"
     " buckets FROM latency WHERE scope = 'server' AND measure = 'wait'",
     "0|1|1|1|0|{}"},
    {"what is open at the end is neither",
     {{0, 'q', A, 1}},
     1000,
     "SELECT * FROM latency",
     ""},
    {"an orphan is neither",
     {{0, 'r', A, 1}},
     60000,
     "SELECT * FROM latency",
     ""},
    {"by client",
     {{0, 'q', A, 1, .client = 1},
      {0, 'q', A, 1, .client = 2},
      {1000, 'r', A, 1, .client = 1},
      {2000, 'r', A, 1, .client = 2}},
     0,
     "SELECT key, measure, max_ns / 1000000000 FROM latency WHERE"
     " scope = 'client'",
     "1|lookup|1\n1|wait|1\n2|lookup|2\n2|wait|2"},
    {"by server",
     {{0, 'q', A, 1, .server = 8},
      {0, 'q', A, 2, .server = 9},
      {1000, 'r', A, 1, .server = 8},
      {2000, 'r', A, 2, .server = 9}},
     0,
     "SELECT key, measure, max_ns / 1000000000 FROM latency WHERE"
     " scope = 'server'",
     "1|service|1\n1|wait|1\n2|service|2\n2|wait|2"},
    {"by type",
     {{0, 'q', AAAA, 1},
      {0, 'q', A, 2},
      {1000, 'r', AAAA, 1},
      {2000, 'r', A, 2}},
     0,
     "SELECT key, measure, max_ns / 1000000000 FROM latency WHERE"
     " scope = 'type'",
     "1|service|2\n1|wait|2\n28|service|1\n28|wait|1"},
    {"by window, that of the query",
     {{0, 'q', A, 1},
      {19000, 'q', A, 2},
      {19500, 'r', A, 2},
      {20500, 'r', A, 1},
      {21000, 'q', A, 3},
      {22000, 'r', A, 3}},
     60000,
     "SELECT key / 1000000000 - 1000, count, max_ns / 1000000 FROM latency"
     " WHERE scope = 'window'",
     "-40|2|20500\n20|1|1000"},
    {"walks that began under a suffix, to their last name",
     {{0, 'q', A, 1, .name = "db.a.lan"},
      {1, 'x', A, 1, .name = "db.a.lan"},
      {1.1, 'q', A, 2, .name = "db"},
      {2, 'r', A, 2, .name = "db"},
      {5000, 'q', A, 3, .name = "x.db"},
      {5001, 'x', A, 3, .name = "x.db"},
      {5001.1, 'q', A, 4, .name = "x.db.a.lan"},
      {5002, 'r', A, 4, .name = "x.db.a.lan"},
      {9000, 'q', A, 5, .name = "www.example"},
      {9001, 'r', A, 5, .name = "www.example"}},
     0,
     "SELECT scope, count, max_ns FROM latency WHERE measure = 'walk'",
     "all|1|1100000"},
};

START_TEST(latency_has_its_rows)
{
    facts_check_row(&rows[_i]);
}
END_TEST

/* --- sums ----------------------------------------------------------------- */

/* Random questions of 9 clients to 3 servers over some minutes; one in seven
 * gets no answer. */
static int64_t play_at_random(struct facts_stage *s, unsigned count)
{
    uint64_t random = 5;
    int64_t sum_us = 0;
    double now_ms = 0;
    for (unsigned i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%u.example", i);
        struct play p = {now_ms,
                         'q',
                         random_below(&random, 2) ? A : AAAA,
                         (uint16_t)i,
                         .client = (uint8_t)(1 + random_below(&random, 9)),
                         .server = (uint8_t)(53 + random_below(&random, 3)),
                         .name = name};
        facts_stage_play(s, &p);
        const size_t wait_us = random_below(&random, 900000);
        now_ms += (double)wait_us / 1000;
        if (i % 7 == 0)
            continue;
        p.what = "rnxs"[random_below(&random, 4)];
        p.at_ms = now_ms;
        facts_stage_play(s, &p);
        sum_us += (int64_t)wait_us;
    }
    return sum_us;
}

static const char *const scopes[] = {"all", "client", "server", "type",
                                     "window"};

/* In any memory: without room for more buckets, values go to the nearest. */
static const size_t limits[] = {64 << 20, 4500 << 10};

START_TEST(every_scope_has_every_wait)
{
    enum { COUNT = 700 };
    struct facts_stage s;
    facts_stage_open(&s, limits[_i], false);
    const int64_t sum_us = play_at_random(&s, COUNT);
    facts_stage_end(&s, 60000);
    for (int i = 0; i < ROWS(scopes); i++) {
        char sql[400], want[100];
        snprintf(sql, sizeof sql,
                 "SELECT sum(count), sum(unanswered),"
                 " (sum(sum_ns) + 500) / 1000,"
                 " sum((SELECT sum(value) FROM json_each(buckets)))"
                 " FROM latency WHERE scope = '%s' AND measure = 'wait'",
                 scopes[i]);
        snprintf(want, sizeof want, "%d|%d|%lld|%d", COUNT - COUNT / 7,
                 COUNT / 7, (long long)sum_us, COUNT - COUNT / 7);
        ck_assert_msg(strcmp(facts_ask(&s.tables, sql), want) == 0,
                      "%s: %s, not %s", scopes[i], facts_ask(&s.tables, sql),
                      want);
    }
    facts_stage_close(&s);
}
END_TEST

/* Windows of a minute over 14 days are more than there are rows. */
START_TEST(long_capture_has_wider_windows_with_the_same_sums)
{
    enum { MINUTES = 20000 };
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, false);
    for (unsigned i = 0; i < MINUTES; i++) {
        struct play p = {i * 60000.0, 'q', A, (uint16_t)i};
        facts_stage_play(&s, &p);
        p.what = 'r';
        p.at_ms += 1 + i % 100;
        facts_stage_play(&s, &p);
    }
    facts_stage_end(&s, 0);
    ck_assert_str_eq(
        facts_ask(&s.tables,
                  "SELECT sum(count), min(min_ns) / 1000000,"
                  " max(max_ns) / 1000000, (sum(sum_ns) + 50000) / 100000,"
                  " sum((SELECT sum(value) FROM json_each(buckets))),"
                  " count(*) < 16384"
                  " FROM latency WHERE scope = 'window'"),
        "20000|1|100|10100000|20000|1");
    facts_stage_close(&s);
}
END_TEST

START_TEST(handshakes_are_measured_by_server)
{
    static const struct exchange_connection connections[] = {
        {.outcome = EXCHANGE_ANSWERED, .handshake_ns = S, .server_id = 0},
        {.outcome = EXCHANGE_ANSWERED, .handshake_ns = 2 * S, .server_id = 0},
        {.outcome = EXCHANGE_REFUSED, .handshake_ns = EXCHANGE_UNKNOWN_NS},
        {.outcome = EXCHANGE_UNANSWERED, .handshake_ns = EXCHANGE_UNKNOWN_NS},
    };
    const struct exchange_events events = {
        .connections = connections, .connection_count = ROWS(connections)};
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, false);
    facts_take(s.facts, &events);
    facts_stage_end(&s, 0);
    ck_assert_str_eq(facts_ask(&s.tables,
                               "SELECT scope, key, measure, count, unanswered,"
                               " max_ns, buckets FROM latency"),
                     "all|0|handshake|2|1|2000000000|{\"-1\":1,\"31\":1}\n"
                     "server|0|handshake|2|1|2000000000|{\"-1\":1,\"31\":1}");
    facts_stage_close(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/latency");
    TCase *tc = tcase_create("latency");
    tcase_add_loop_test(tc, latency_has_its_rows, 0, ROWS(rows));
    tcase_add_loop_test(tc, every_scope_has_every_wait, 0, ROWS(limits));
    tcase_add_test(tc, long_capture_has_wider_windows_with_the_same_sums);
    tcase_add_test(tc, handshakes_are_measured_by_server);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
