/* ICMP errors about DNS: whose datagrams, why, from whom; and the transactions
 * that they end, in every table that counts transactions. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define ERRORS                                                                 \
    "SELECT server_address, reason, quoted, sender, sender_address, errors,"   \
    " first_frame FROM icmp_error"

static const struct facts_row rows[] = {
    {"a closed port tells itself",
     {{0, 'q', A, 1, .server = 8}, {.1, 'i', A, 1, .server = 8}},
     60000,
     ERRORS,
     "10.0.0.8|port unreachable|query|server|10.0.0.8|1|2"},
    {"a router tells of a host, and another of the same",
     {{0, 'q', A, 1},
      {1, 'i', A, 1, .icmp = PACKET_ICMP_HOST, .router = 7},
      {2, 'i', A, 1, .icmp = PACKET_ICMP_HOST, .router = 8}},
     60000,
     ERRORS,
     "10.0.0.53|host unreachable|query|router|10.0.9.7|2|2"},
    {"a client's closed port is told of its response",
     {{0, 'q', A, 1}, {1, 'r', A, 1}, {2, 'I', A, 1}},
     0,
     ERRORS,
     "10.0.0.53|port unreachable|response|client|10.0.0.1|1|3"},
    {"a response too big for a tunnel",
     {{0, 'q', A, 1},
      {1, 'r', A, 1},
      {2, 'I', A, 1, .icmp = PACKET_ICMP_TOO_BIG, .router = 1}},
     0,
     ERRORS,
     "10.0.0.53|too big|response|router|10.0.9.1|1|3"},
    {"a server of which nothing else was seen",
     {{0, 'i', A, 1, .server = 9}},
     0,
     ERRORS " WHERE (SELECT count(*) FROM server) = 0",
     "10.0.0.9|port unreachable|query|server|10.0.0.9|1|1"},
    {"times of the first and last",
     {{100, 'I', A, 1}, {50, 'I', A, 1}, {300, 'I', A, 1}},
     0,
     "SELECT first_ns / 1000000 - 1000000, last_ns / 1000000 - 1000000"
     " FROM icmp_error",
     "50|300"},

    {"a refused transaction is counted once, and as nothing else",
     {{0, 'q', A, 1},
      {.1, 'i', A, 1},
      {.2, 'i', A, 1},
      {1000, 'q', A, 2},
      {1001, 'r', A, 2}},
     60000,
     "SELECT name, value FROM counter WHERE name IN ('transactions',"
     " 'answered', 'unanswered', 'icmp_errors', 'icmp_repeated',"
     " 'icmp_of_responses', 'icmp_unmatched') ORDER BY name",
     "answered|1\nicmp_errors|1\nicmp_of_responses|0\nicmp_repeated|1\n"
     "icmp_unmatched|0\ntransactions|2\nunanswered|0"},
    {"a client and a server know theirs",
     {{0, 'q', A, 1},
      {.1, 'i', A, 1},
      {1000, 'q', A, 2},
      {1001, 'r', A, 2},
      {2000, 'q', A, 3}},
     60000,
     "SELECT transactions, answered, unanswered, icmp_errors FROM client"
     " UNION ALL"
     " SELECT transactions, answered, unanswered, icmp_errors FROM server"
     " UNION ALL"
     " SELECT transactions, answered, unanswered, icmp_errors"
     " FROM client_server",
     "3|1|1|1\n3|1|1|1\n3|1|1|1"},
    {"a pair knows how many there were since the last response, and the frame",
     {{0, 'q', A, 1},
      {.1, 'i', A, 1},
      {1000, 'q', A, 2},
      {1001, 'r', A, 2},
      {2000, 'q', A, 3},
      {2000.1, 'i', A, 3},
      {3000, 'q', A, 4},
      {3000.1, 'i', A, 4}},
     60000,
     "SELECT p.icmp_errors, s.icmp_errors, s.unanswered,"
     " s.first_ns / 1000000 - 1000000, wait_ns, first_icmp_frame"
     " FROM client_server AS p JOIN silence AS s",
     "3|2|0|2000|0|2"},
    {"time tells when they began",
     {{0, 'q', A, 1}, {1500, 'i', A, 1}},
     60000,
     "SELECT window_ns / 1000000 - 1000000, queries, icmp_errors, unanswered"
     " FROM traffic",
     "0|1|1|0"},
    {"the log keeps the frame",
     {{0, 'q', A, 1}, {.1, 'i', A, 1}},
     60000,
     "SELECT query_frame, response_frame IS NULL, icmp_frame, outcome,"
     " wait_ns IS NULL, response_code IS NULL FROM dns_transaction",
     "1|1|2|icmp_error|1|1"},
    {"a lookup goes on at the next server, and nobody waited",
     {{0, 'q', A, 1, .server = 8},
      {.1, 'i', A, 1, .server = 8},
      {.2, 'q', A, 1, .server = 9, .port = 7},
      {1, 'r', A, 1, .server = 9, .port = 7}},
     60000,
     "SELECT count(*), outcome, servers, wait_ns FROM dns_lookup",
     "1|answered|2|1000000"},
    {"a lookup that c-ares goes on with on its timer has waited for it",
     {{0, 'q', A, 1, .server = 8},
      {.1, 'i', A, 1, .server = 8},
      {.2, 'q', AAAA, 2, .server = 9, .port = 7},
      {1, 'r', AAAA, 2, .server = 9, .port = 7},
      {5000, 'q', A, 1, .server = 9, .port = 7},
      {5001, 'r', A, 1, .server = 9, .port = 7}},
     60000,
     "SELECT count(*), outcome, wait_ns FROM dns_lookup",
     "1|answered|5001000000"},
    {"a program that tries again after a refusal makes another lookup",
     {{0, 'q', A, 1},
      {.1, 'i', A, 1},
      {1000, 'q', A, 2, .port = 7},
      {1001, 'r', A, 2, .port = 7}},
     60000,
     "SELECT outcome, wait_ns FROM dns_lookup ORDER BY lookup_id",
     "failed|100000\nanswered|1000000"},
    {"a lookup that nobody else can answer fails at once",
     {{0, 'q', A, 1}, {.1, 'i', A, 1}},
     60000,
     "SELECT outcome, wait_ns, (SELECT unanswered FROM latency WHERE"
     " scope = 'all' AND measure = 'lookup') FROM dns_lookup",
     "failed|100000|0"},
    {"what a client refuses changes nothing of its question",
     {{0, 'q', A, 1, .server = 8},
      {0, 'q', A, 1, .server = 9},
      {1, 'r', A, 1, .server = 8},
      {2, 'r', A, 1, .server = 9},
      {2, 'I', A, 1, .server = 9}},
     60000,
     "SELECT group_concat(outcome), sum(icmp_frame IS NOT NULL)"
     " FROM dns_transaction",
     "answered,answered|0"},
};

START_TEST(icmp_error_has_its_rows)
{
    facts_check_row(&rows[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/icmp");
    TCase *tc = tcase_create("icmp");
    tcase_add_loop_test(tc, icmp_error_has_its_rows, 0, ROWS(rows));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
