/* The families together: they agree with each other about a play at random, in
 * any memory. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"
#include "test_random.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

/* Questions of some clients to some servers with all that can become of them:
 * answers of each kind, late, twice, without a query, cut, retransmissions. */
static void play_at_random(struct facts_stage *s, unsigned count)
{
    uint64_t random = 11;
    double now_ms = 0;
    for (unsigned i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%zu.example", random_below(&random, 400));
        struct play p = {now_ms,
                         'q',
                         random_below(&random, 2) ? A : AAAA,
                         (uint16_t)i,
                         .client = (uint8_t)(1 + random_below(&random, 20)),
                         .server = (uint8_t)(53 + random_below(&random, 3)),
                         .cut = (uint8_t)(i % 61 == 0 ? 3 : 0),
                         .opcode = (uint8_t)(i % 97 == 0 ? 4 : 0),
                         .name = name};
        const size_t kind = random_below(&random, 20);
        if (kind > 0)
            facts_stage_play(s, &p);
        if (kind == 1) {
            p.at_ms += 1000;
            facts_stage_play(s, &p);
        }
        p.what = "rrrnxsft"[random_below(&random, 8)];
        p.at_ms += kind == 2 ? 6000.0 : (double)random_below(&random, 300);
        if (kind != 3)
            facts_stage_play(s, &p);
        if (kind == 4)
            facts_stage_play(s, &p);
        now_ms += (double)random_below(&random, 500);
    }
}

/* A question whose two columns must be equal. */
static const struct {
    const char *name, *sql;
} equal[] = {
    {"messages",
     "SELECT (SELECT value FROM counter WHERE name = 'dns_messages'),"
     " (SELECT sum(value) FROM counter WHERE name IN ('query_messages',"
     " 'response_messages', 'duplicate_messages'))"},
    {"queries of clients",
     "SELECT (SELECT value FROM counter WHERE name = 'query_messages'),"
     " (SELECT sum(queries) FROM client)"},
    {"queries to servers",
     "SELECT (SELECT value FROM counter WHERE name = 'query_messages'),"
     " (SELECT sum(queries) FROM server)"},
    {"queries of pairs",
     "SELECT (SELECT value FROM counter WHERE name = 'query_messages'),"
     " (SELECT sum(queries) FROM client_server)"},
    {"queries over time",
     "SELECT (SELECT value FROM counter WHERE name = 'query_messages'),"
     " (SELECT sum(queries) FROM traffic)"},
    {"responses over time",
     "SELECT (SELECT value FROM counter WHERE name = 'response_messages'),"
     " (SELECT sum(responses) FROM traffic)"},
    {"responses by code",
     "SELECT (SELECT value FROM counter WHERE name = 'response_messages'),"
     " (SELECT sum(responses) FROM response_code)"},
    {"NXDOMAIN over time and by code",
     "SELECT (SELECT sum(nxdomain) FROM traffic),"
     " (SELECT responses FROM response_code WHERE name = 'NXDOMAIN')"},
    {"transactions",
     "SELECT (SELECT value FROM counter WHERE name = 'transactions'),"
     " (SELECT sum(value) FROM counter WHERE name IN ('answered',"
     " 'answered_late', 'unanswered', 'open_at_end', 'icmp_errors'))"},
    {"transactions of clients",
     "SELECT (SELECT value FROM counter WHERE name = 'transactions'),"
     " (SELECT sum(transactions) FROM client)"},
    {"transactions of servers",
     "SELECT (SELECT value FROM counter WHERE name = 'transactions'),"
     " (SELECT sum(transactions) FROM server)"},
    {"transactions of questions",
     "SELECT (SELECT value FROM counter WHERE name = 'transactions'),"
     " (SELECT sum(transactions) FROM question)"},
    {"transactions of pairs",
     "SELECT (SELECT value FROM counter WHERE name = 'transactions'),"
     " (SELECT sum(transactions) FROM client_server)"},
    {"unanswered over time",
     "SELECT (SELECT value FROM counter WHERE name = 'unanswered'),"
     " (SELECT sum(unanswered) FROM traffic)"},
    {"unanswered of clients",
     "SELECT (SELECT value FROM counter WHERE name = 'unanswered'),"
     " (SELECT sum(unanswered) FROM client)"},
    {"unanswered of questions",
     "SELECT (SELECT value FROM counter WHERE name = 'unanswered'),"
     " (SELECT sum(unanswered) FROM question)"},
    {"unanswered beside the waits",
     "SELECT (SELECT value FROM counter WHERE name = 'unanswered'),"
     " (SELECT unanswered FROM latency WHERE scope = 'all' AND"
     " measure = 'wait')"},
    {"orphans",
     "SELECT (SELECT value FROM counter WHERE name = 'orphan_responses'),"
     " (SELECT sum(orphans) FROM server)"},
    {"SERVFAIL of clients and servers",
     "SELECT (SELECT sum(servfail) FROM client),"
     " (SELECT sum(servfail) FROM server)"},
    {"NODATA of clients and questions",
     "SELECT (SELECT sum(nodata) FROM client),"
     " (SELECT sum(nodata) FROM question)"},
    {"lookups of clients",
     "SELECT (SELECT value FROM counter WHERE name = 'lookups'),"
     " (SELECT sum(lookups) FROM client)"},
    {"lookups that failed",
     "SELECT (SELECT value FROM counter WHERE name = 'failed_lookups'),"
     " (SELECT sum(failed_lookups) FROM client)"},
    {"lookups with an end",
     "SELECT (SELECT count FROM latency WHERE scope = 'all' AND"
     " measure = 'lookup'), (SELECT sum(count) FROM latency WHERE"
     " scope = 'client' AND measure = 'lookup')"},
    {"waits of questions",
     "SELECT (SELECT sum(wait_count) FROM question), (SELECT count FROM"
     " latency WHERE scope = 'all' AND measure = 'wait')"},
    {"services of servers",
     "SELECT (SELECT sum(sum_ns) FROM latency WHERE scope = 'server' AND"
     " measure = 'service'), (SELECT sum_ns FROM latency WHERE scope = 'all'"
     " AND measure = 'service')"},
};

/* The others are too small for all names, pairs and buckets. */
static const size_t limits[] = {64 << 20, 3190000, 3140000};

static void check_equal(struct facts_stage *s, int row)
{
    const char *got = facts_ask(&s->tables, equal[row].sql);
    const char *other = strchr(got, '|') + 1;
    const size_t len = (size_t)(other - got) - 1;
    ck_assert_msg(len > 0 && strlen(other) == len &&
                      strncmp(got, other, len) == 0,
                  "%s: %s", equal[row].name, got);
}

START_TEST(families_agree_in_any_memory)
{
    struct facts_stage s;
    facts_stage_open(&s, limits[_i], false);
    play_at_random(&s, 3000);
    facts_stage_end(&s, 2000);
    for (int i = 0; i < ROWS(equal); i++)
        check_equal(&s, i);
    ck_assert_int_eq(s.budget.refused > 0, _i > 0);
    ck_assert_uint_le(s.budget.used, s.budget.limit);
    facts_stage_close(&s);
}
END_TEST

/* Of what is logged, too, and each logged row is one that was counted. */
START_TEST(log_agrees_with_the_counters)
{
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, true);
    play_at_random(&s, 3000);
    facts_stage_end(&s, 2000);
    ck_assert_str_eq(
        facts_ask(&s.tables,
                  "SELECT outcome, count(*) - (SELECT value FROM counter WHERE"
                  " name = CASE outcome WHEN 'late' THEN 'answered_late' WHEN"
                  " 'orphan' THEN 'orphan_responses' ELSE outcome END)"
                  " FROM dns_transaction GROUP BY outcome"),
        "answered|0\nlate|0\nopen_at_end|0\norphan|0\nunanswered|0");
    ck_assert_str_eq(
        facts_ask(&s.tables,
                  "SELECT count(*) - (SELECT value FROM counter WHERE"
                  " name = 'lookups'), count(*) - max(lookup_id) - 1,"
                  " (SELECT count(*) - max(transaction_id) - 1 FROM"
                  " dns_transaction) FROM dns_lookup"),
        "0|0|0");
    ck_assert_int_eq(
        facts_ask_number(&s.tables,
                         "SELECT count(*) FROM dns_transaction WHERE lookup_id"
                         " NOT IN (SELECT lookup_id FROM dns_lookup)"),
        0);
    facts_stage_close(&s);
}
END_TEST

START_TEST(facts_are_refused_or_opened_under_any_budget)
{
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, false);
    struct budget tight = {.limit = (size_t)_i * 600};
    struct facts_context context = s.context;
    context.budget = &tight;
    struct facts *facts = NULL;
    struct err err = {.code = ERR_OK};
    const enum err_code rc = facts_open(&facts, &context, &err);
    ck_assert_uint_le(tight.used, tight.limit);
    if (rc != ERR_OK) {
        ck_assert_int_eq(rc, ERR_NOMEM);
        ck_assert_int_eq(err.code, ERR_NOMEM);
        ck_assert_ptr_null(facts);
        ck_assert_uint_gt(tight.refused, 0);
    }
    if (_i < 10)
        ck_assert_int_eq(rc, ERR_NOMEM);
    if (_i > 155)
        ck_assert_int_eq(rc, ERR_OK);
    facts_close(facts);
    facts_stage_close(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/facts");
    TCase *tc = tcase_create("facts");
    tcase_add_loop_test(tc, families_agree_in_any_memory, 0, ROWS(limits));
    tcase_add_test(tc, log_agrees_with_the_counters);
    tcase_add_loop_test(tc, facts_are_refused_or_opened_under_any_budget, 0,
                        170);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
