/* Who is asked: one row a server, and one for each client that asks it. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define COUNTS                                                                 \
    "SELECT address, queries, retransmissions, transactions, answered, late,"  \
    " unanswered, open_at_end, orphans, nxdomain, nodata, servfail, refused,"  \
    " truncated FROM server ORDER BY server_id"

#define PAIRS                                                                  \
    "SELECT client_id, server_id, queries, transactions, answered,"            \
    " unanswered, (SELECT coalesce(sum(s.unanswered), 0) FROM silence AS s"    \
    "  WHERE s.client_id = client_server.client_id"                            \
    "   AND s.server_id = client_server.server_id),"                           \
    " wait_ns / 1000000 FROM client_server"

static const struct facts_row rows[] = {
    {"nothing", {{0}}, 0, COUNTS, ""},
    {"each outcome of a transaction",
     {{0, 'q', A, 1},
      {1, 'r', A, 1},
      {100, 'q', A, 2, .name = "b.example"},
      {6000, 'r', A, 2, .name = "b.example"},
      {7000, 'q', A, 3, .name = "c.example"},
      {8000, 'r', A, 9, .name = "z.example"},
      {50000, 'q', A, 4, .name = "d.example"}},
     1000,
     COUNTS,
     "10.0.0.53|4|0|4|1|1|1|1|1|0|0|0|0|0"},
    {"each kind of answer",
     {{0, 'q', A, 1, .name = "a"},
      {1, 'x', A, 1, .name = "a"},
      {2, 'q', A, 2, .name = "b"},
      {3, 'n', A, 2, .name = "b"},
      {4, 'q', A, 3, .name = "c"},
      {5, 's', A, 3, .name = "c"},
      {6, 'q', A, 4, .name = "d"},
      {7, 'f', A, 4, .name = "d"},
      {8, 'q', A, 5, .name = "e"},
      {9, 'r', A, 5, .name = "e"},
      {10, 'q', A, 6, .name = "f"},
      {11, 't', A, 6, .name = "f"}},
     0,
     COUNTS,
     "10.0.0.53|6|0|6|6|0|0|0|0|1|1|1|1|1"},
    {"servers in order of appearance",
     {{0, 'q', A, 1, .server = 9}, {1, 'q', A, 1, .server = 4, .port = 7}},
     0,
     "SELECT server_id, address, label, queries FROM server",
     "1|10.0.0.9||1\n2|10.0.0.4||1"},
    {"the slowest answer leads back to its frames",
     {{0, 'q', A, 1, .name = "a"},
      {3, 'r', A, 1, .name = "a"},
      {10, 'q', A, 2, .name = "b"},
      {90, 'r', A, 2, .name = "b"},
      {100, 'q', A, 3, .name = "c"},
      {105, 'r', A, 3, .name = "c"}},
     0,
     "SELECT slowest_ns, slowest_query_frame, slowest_response_frame"
     " FROM server",
     "80000000|3|4"},
    {"an answer in no time is a slowest one, too",
     {{0, 'q', A, 1}, {0, 'r', A, 1}},
     0,
     "SELECT slowest_ns, slowest_query_frame, slowest_response_frame"
     " FROM server",
     "0|1|2"},
    {"times of a server that answers",
     {{100, 'q', A, 1}, {200, 'r', A, 1}, {300, 'q', A, 2}, {350, 'r', A, 2}},
     0,
     "SELECT first_ns / 1000000 - 1000000, last_query_ns / 1000000 - 1000000,"
     " last_response_ns / 1000000 - 1000000 FROM server",
     "100|300|350"},
    {"a server that never answers has no slowest answer and no last response",
     {{100, 'q', A, 1}, {300, 'q', A, 2}},
     60000,
     "SELECT last_response_ns IS NULL, slowest_ns IS NULL,"
     " first_unanswered_frame FROM server",
     "1|1|1"},
    {"a server that nobody was seen to ask begins with its response",
     {{100, 'r', A, 1}, {200, 'r', A, 2}},
     1000,
     "SELECT first_ns / 1000000 - 1000000, last_query_ns IS NULL, queries,"
     " orphans FROM server",
     "200|1|0|2"},
    {"frames of the first failures",
     {{0, 'q', A, 1, .name = "a"},
      {1, 'r', A, 1, .name = "a"},
      {2, 'q', A, 3, .name = "c"},
      {3, 's', A, 3, .name = "c"},
      {4, 'q', A, 4, .name = "d"},
      {5, 'f', A, 4, .name = "d"},
      {6, 'q', A, 5, .name = "e"}},
     60000,
     "SELECT first_servfail_frame, first_refused_frame,"
     " first_unanswered_frame FROM server",
     "4|6|7"},

    /* --- pairs ------------------------------------------------------------ */
    {"who asks whom",
     {{0, 'q', A, 1, .client = 1, .server = 8},
      {1, 'q', A, 1, .client = 2, .server = 8},
      {2, 'q', A, 1, .client = 1, .server = 9, .port = 7},
      {3, 'r', A, 1, .client = 1, .server = 9, .port = 7},
      {4, 'r', A, 1, .client = 1, .server = 8},
      {5, 'r', A, 1, .client = 2, .server = 8}},
     0,
     PAIRS,
     "1|1|1|1|1|0|0|0\n1|2|1|1|1|0|0|0\n2|1|1|1|1|0|0|0"},
    {"a pair of which only the answer was seen is none",
     {{0, 'r', A, 1}},
     1000,
     PAIRS,
     ""},
    {"waiting for nothing: from the first to the last attempt, and patience",
     {{0, 'q', A, 1}, {5000, 'q', A, 1}, {5001, 'q', A, 2}},
     60000,
     PAIRS,
     "1|1|3|2|0|2|2|15000"},
    {"a server that fell silent",
     {{0, 'q', A, 1},
      {1, 'r', A, 1},
      {10, 'q', A, 2},
      {20, 'q', A, 3},
      {30, 'q', A, 4}},
     60000,
     PAIRS,
     "1|1|4|4|1|3|3|15000"},
    {"one that answers again is not silent",
     {{0, 'q', A, 1}, {10, 'q', A, 2}, {60000, 'q', A, 3}, {60001, 'r', A, 3}},
     0,
     PAIRS,
     "1|1|3|3|1|2|0|10000"},
    {"and one that falls silent again is, from then on",
     {{0, 'q', A, 1},
      {60000, 'q', A, 2},
      {60001, 'r', A, 2},
      {60010, 'q', A, 3}},
     60000,
     PAIRS,
     "1|1|3|3|1|2|1|10000"},
    {"single losses among answers are no silence",
     {{0, 'q', A, 1},
      {10, 'q', A, 2},
      {11, 'r', A, 2},
      {20, 'q', A, 3},
      {30, 'q', A, 4},
      {31, 'r', A, 4}},
     60000,
     PAIRS,
     "1|1|4|4|2|2|0|10000"},
    {"times of a pair",
     {{100, 'q', A, 1},
      {150, 'r', A, 1},
      {200, 'q', A, 2},
      {250, 'r', A, 2},
      {300, 'q', A, 3}},
     60000,
     "SELECT first_ns / 1000000 - 1000000, last_query_ns / 1000000 - 1000000,"
     " last_response_ns / 1000000 - 1000000, first_unanswered_frame"
     " FROM client_server",
     "100|300|250|5"},
};

START_TEST(server_has_its_rows)
{
    facts_check_row(&rows[_i]);
}
END_TEST

/* Each of 40 clients asks each of 50 servers once, in any memory. */
static const size_t limits[] = {6 << 20, 4 << 20, 64 << 20};

START_TEST(pairs_without_room_are_counted_as_other)
{
    enum { CLIENTS = 250, SERVERS = 200 };
    struct facts_stage s;
    facts_stage_open(&s, limits[_i], false);
    for (unsigned i = 0; i < CLIENTS * SERVERS; i++) {
        const struct play p = {i / 10.0,
                               'q',
                               A,
                               (uint16_t)i,
                               .client = (uint8_t)(1 + i % CLIENTS),
                               .server = (uint8_t)(1 + i / CLIENTS)};
        facts_stage_play(&s, &p);
    }
    facts_stage_end(&s, 60000);
    ck_assert_int_eq(
        facts_ask_number(&s.tables, "SELECT sum(queries) FROM client_server"),
        CLIENTS * SERVERS);
    ck_assert_int_eq(
        facts_ask_number(&s.tables, "SELECT sum(queries) FROM server"),
        CLIENTS * SERVERS);
    const int64_t pairs =
        facts_ask_number(&s.tables, "SELECT count(*) FROM client_server");
    ck_assert_int_eq(pairs == CLIENTS * SERVERS, _i == 2);
    ck_assert_uint_le(s.budget.used, s.budget.limit);
    facts_stage_close(&s);
}
END_TEST

START_TEST(a_server_that_was_only_connected_to_has_a_row)
{
    static const struct exchange_connection connections[] = {
        {.time_ns = 7 * S, .outcome = EXCHANGE_REFUSED, .server_id = 0},
        {.time_ns = 5 * S, .outcome = EXCHANGE_ANSWERED, .server_id = 0},
    };
    const struct exchange_events events = {
        .connections = connections, .connection_count = ROWS(connections)};
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, false);
    facts_take(s.facts, &events);
    facts_stage_end(&s, 0);
    ck_assert_str_eq(
        facts_ask(&s.tables, "SELECT server_id, queries, first_ns / 1000000000,"
                             " last_query_ns IS NULL, last_response_ns IS NULL"
                             " FROM server"),
        "0|0|5|1|1");
    facts_stage_close(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/server");
    TCase *tc = tcase_create("server");
    tcase_add_loop_test(tc, server_has_its_rows, 0, ROWS(rows));
    tcase_add_loop_test(tc, pairs_without_room_are_counted_as_other, 0,
                        ROWS(limits));
    tcase_add_test(tc, a_server_that_was_only_connected_to_has_a_row);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
