/* Counters and codes over a whole part. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

/* Counters that are not 0. */
#define COUNTERS                                                               \
    "SELECT name || '=' || value FROM counter WHERE value <> 0 AND"            \
    " name NOT IN ('frames', 'captured_octets', 'names')"

static const struct facts_row rows[] = {
    {"nothing", {{0}}, 0, COUNTERS, ""},
    {"a query and its answer",
     {{0, 'q', A, 1}, {1, 'r', A, 1}},
     0,
     COUNTERS,
     "answered=1\nanswered_at_start=1\ndns_messages=2\nlookups=1\nquery_"
     "messages=1\n"
     "response_messages=1\ntransactions=1"},
    {"each outcome of a transaction",
     {{0, 'r', A, 9, .name = "z.example"},
      {1, 'q', A, 1},
      {2, 'r', A, 1},
      {100, 'q', A, 2, .name = "b.example"},
      {6000, 'r', A, 2, .name = "b.example"},
      {7000, 'q', A, 3, .name = "c.example"},
      {40000, 'r', A, 9, .name = "z.example"},
      {50000, 'q', A, 4, .name = "d.example"}},
     1000,
     COUNTERS,
     "answered=1\nanswered_at_start=2\nanswered_late=1\ndns_messages=8\nfailed_"
     "lookups=1\n"
     "lookups=4\nopen_at_end=1\norphan_at_start=1\norphan_responses=2\n"
     "query_messages=4\nresponse_messages=4\ntransactions=4\nunanswered=1"},
    {"a retransmission, a repeat and second answers",
     {{0, 'q', A, 1},
      {1000, 'q', A, 1},
      {1001, 'r', A, 1},
      {1002, 'r', A, 1},
      {1003, 'x', A, 1},
      {1004, 'q', A, 1},
      {1005, 'r', A, 1}},
     0,
     COUNTERS,
     "answered=1\nanswered_at_start=2\nanswered_late=1\ndns_messages="
     "7\nlookups=1\n"
     "query_messages=3\nrepeated_queries=1\nresponse_messages=4\n"
     "retransmissions=1\nsecond_responses_different=1\n"
     "second_responses_same=1\ntransactions=2"},
    {"messages that are cut, malformed or truncated",
     {{0, 'q', A, 1},
      {1, 't', A, 1},
      {2, 'q', A, 2, .name = "b.example", .extra = 3},
      {3, 'r', A, 2, .name = "b.example", .cut = 5},
      {4, 'q', A, 3, .name = "c.example", .cut = 2}},
     60000,
     COUNTERS,
     "answered=2\nanswered_at_start=2\ncut_messages=2\ndns_messages=5\nlookups="
     "2\n"
     "malformed_messages=1\nquery_messages=3\nresponse_messages=2\n"
     "transactions=2\ntruncated_responses=1"},
    {"another opcode is counted, not matched",
     {{0, 'q', A, 1, .opcode = 4}, {1, 'n', A, 1, .opcode = 4}},
     0,
     COUNTERS,
     "dns_messages=2\nother_opcode_queries=1\nother_opcode_responses=1\n"
     "query_messages=1\nresponse_messages=1"},
    {"an answer to another question, and from another server",
     {{0, 'q', A, 1},
      {1, 'r', A, 1, .name = "b.example"},
      {2, 'q', A, 2, .port = 7},
      {3, 'r', A, 2, .port = 7, .server = 9}},
     60000,
     COUNTERS,
     "dns_messages=4\nfailed_lookups=2\nlookups=2\norphan_at_start=2\n"
     "orphan_responses=2\nquery_messages=2\nquestion_mismatches=1\n"
     "response_address_mismatches=1\nresponse_messages=2\ntransactions=2\n"
     "unanswered=2"},
    {"an answer before its query",
     {{0, 'r', A, 1}, {10, 'q', A, 1}},
     0,
     COUNTERS,
     "answered=1\nanswered_at_start=1\ndns_messages=2\nlookups=1\nquery_"
     "messages=1\n"
     "reordered_answers=1\nresponse_messages=1\ntransactions=1"},
    {"a clock that steps back",
     {{100000, 'q', A, 1},
      {1, 'q', A, 2, .name = "b.example"},
      {2, 'r', A, 2, .name = "b.example"}},
     0,
     COUNTERS,
     "answered=1\nanswered_at_start=1\nclock_steps=1\ndns_messages=3\nlookups="
     "2\nopen_at_end=1\n"
     "query_messages=2\nresponse_messages=1\ntransactions=2"},
    {"lookups that failed: SERVFAIL, REFUSED, nothing",
     {{0, 'q', A, 1, .name = "a"},
      {1, 's', A, 1, .name = "a"},
      {2, 'q', A, 2, .name = "b"},
      {3, 'f', A, 2, .name = "b"},
      {4, 'q', A, 3, .name = "c"},
      {5, 'q', A, 4, .name = "d"},
      {6, 'x', A, 4, .name = "d"}},
     60000,
     "SELECT name, value FROM counter WHERE name LIKE '%lookups' AND value > 0",
     "failed_lookups|3\nlookups|4"},
    {"counters that did not occur are there",
     {{0}},
     0,
     "SELECT count(*) >= 40, max(value) FROM counter",
     "1|0"},

    /* --- codes ------------------------------------------------------------ */
    {"response codes, with their first frames",
     {{0, 'q', A, 1, .name = "a"},
      {1, 'x', A, 1, .name = "a"},
      {2, 'q', A, 2, .name = "b"},
      {3, 'x', A, 2, .name = "b"},
      {4, 'q', A, 3, .name = "c"},
      {5, 's', A, 3, .name = "c"},
      {6, 'q', A, 4, .name = "d"},
      {7, 'r', A, 4, .name = "d"},
      {8, 'f', A, 5, .name = "e"}},
     0,
     "SELECT * FROM response_code",
     "0|NOERROR|1|8\n2|SERVFAIL|1|6\n3|NXDOMAIN|2|2\n5|REFUSED|1|9"},
    {"query types, retransmissions too",
     {{0, 'q', A, 1},
      {1, 'q', AAAA, 2},
      {2, 'q', 261, 3},
      {1000, 'q', A, 1},
      {1001, 'r', A, 1}},
     0,
     "SELECT * FROM query_type",
     "1|A|2|1\n28|AAAA|1|2\n261|TYPE261|1|3"},
    {"not the types of another opcode",
     {{0, 'q', A, 1, .opcode = 4}},
     0,
     "SELECT * FROM query_type",
     ""},
    {"extended errors",
     {{0, 'q', A, 1, .name = "a"},
      {1, 's', A, 1, .name = "a", .ede = 22},
      {2, 'q', A, 2, .name = "b"},
      {3, 's', A, 2, .name = "b", .ede = 6},
      {4, 'q', A, 3, .name = "c"},
      {5, 'x', A, 3, .name = "c", .ede = 22},
      {6, 'q', A, 4, .name = "d"},
      {7, 's', A, 4, .name = "d", .ede = 99}},
     0,
     "SELECT * FROM extended_error",
     "6|DNSSEC Bogus|1|4\n22|No Reachable Authority|2|2\n99|EDE 99|1|8"},
};

START_TEST(traffic_is_counted)
{
    facts_check_row(&rows[_i]);
}
END_TEST

START_TEST(part_and_quality_become_counters)
{
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, false);
    s.part.frames = 12345;
    s.part.captured_octets = 6789;
    struct err err;
    s.part.quality = (struct exchange_quality){.evicted_lookups = 4,
                                               .collapsed_names = 5,
                                               .collapsed_clients = 6,
                                               .collapsed_servers = 7};
    s.part.quality.match.evicted = 8;
    s.budget.refused = 9;
    ck_assert_int_eq(facts_save(s.facts, &err), ERR_OK);
    ck_assert_str_eq(
        facts_ask(&s.tables,
                  "SELECT name, value FROM counter WHERE value <> 0"),
        "captured_octets|6789\ncollapsed_clients|6\ncollapsed_names|5\n"
        "collapsed_servers|7\nevicted|8\nevicted_lookups|4\nframes|12345\n"
        "memory_refusals|9");
    facts_stage_close(&s);
}
END_TEST

/* As many types as a stranger likes. */
START_TEST(codes_have_room_for_thousands)
{
    enum { CODES = 10000 };
    struct facts_stage s;
    facts_stage_open(&s, 128 << 20, false);
    for (unsigned i = 0; i < CODES; i++) {
        const struct play p = {i / 100.0, 'q', (uint16_t)(i * 40503U),
                               (uint16_t)i};
        facts_stage_play(&s, &p);
    }
    facts_stage_end(&s, 0);
    ck_assert_str_eq(
        facts_ask(&s.tables, "SELECT count(*), sum(queries) FROM query_type"),
        "10000|10000");
    facts_stage_close(&s);
}
END_TEST

START_TEST(connections_are_counted_by_how_they_began)
{
    static const struct exchange_connection connections[] = {
        {.outcome = EXCHANGE_ANSWERED, .handshake_ns = 5, .server_id = 0},
        {.outcome = EXCHANGE_ANSWERED, .handshake_ns = 7, .server_id = 0},
        {.outcome = EXCHANGE_REFUSED, .handshake_ns = EXCHANGE_UNKNOWN_NS},
        {.outcome = EXCHANGE_UNANSWERED, .handshake_ns = EXCHANGE_UNKNOWN_NS},
        {.outcome = EXCHANGE_UNANSWERED, .handshake_ns = EXCHANGE_UNKNOWN_NS},
        {.outcome = EXCHANGE_UNANSWERED, .handshake_ns = EXCHANGE_UNKNOWN_NS},
    };
    const struct exchange_events events = {.connections = connections,
                                           .connection_count = 6};
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, false);
    facts_take(s.facts, &events);
    facts_stage_end(&s, 0);
    ck_assert_str_eq(facts_ask(&s.tables,
                               "SELECT name, value FROM counter WHERE "
                               "name LIKE 'tcp%' AND value <> 0"),
                     "tcp_connections|6\ntcp_refused|1\ntcp_unanswered|3");
    facts_stage_close(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/traffic");
    TCase *tc = tcase_create("traffic");
    tcase_add_loop_test(tc, traffic_is_counted, 0, ROWS(rows));
    tcase_add_test(tc, part_and_quality_become_counters);
    tcase_add_test(tc, codes_have_room_for_thousands);
    tcase_add_test(tc, connections_are_counted_by_how_they_began);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
