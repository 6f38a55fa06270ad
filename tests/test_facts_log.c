/* Every transaction and every lookup, when asked for. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define TRANSACTIONS                                                           \
    "SELECT transaction_id, query_frame, response_frame, response_code,"       \
    " outcome, attempts, responses, wait_ns / 1000000, service_ns / 1000000,"  \
    " lookup_id FROM dns_transaction"

#define LOOKUPS                                                                \
    "SELECT lookup_id, query_name, types, queries, needed_queries, servers,"   \
    " outcome, wait_ns / 1000000, first_frame, last_frame FROM dns_lookup"     \
    " JOIN name USING (name_id)"

static const struct facts_row rows[] = {
    {"nothing", {{0}}, 0, TRANSACTIONS, ""},
    {"answered",
     {{0, 'q', A, 1}, {20, 'r', A, 1}},
     0,
     TRANSACTIONS,
     "0|1|2|0|answered|1|1|20|20|0"},
    {"answered by the second attempt, and twice",
     {{0, 'q', A, 1}, {4000, 'q', A, 1}, {5000, 'x', A, 1}, {5001, 'x', A, 1}},
     60000,
     TRANSACTIONS,
     "0|1|3|3|late|2|2|5000|5000|0"},
    {"late",
     {{0, 'q', A, 1}, {6000, 'r', A, 1}},
     0,
     TRANSACTIONS,
     "0|1|2|0|late|1|1|6000|6000|0"},
    {"unanswered: no response, no code, no times",
     {{0, 'q', A, 1}},
     60000,
     TRANSACTIONS,
     "0|1|||unanswered|1|0|||0"},
    {"open at the end",
     {{0, 'q', A, 1}},
     1000,
     TRANSACTIONS,
     "0|1|||open_at_end|1|0|||0"},
    {"an orphan: no query, no lookup",
     {{0, 's', A, 1}},
     1000,
     TRANSACTIONS,
     "0||1|2|orphan|0|1|||"},
    {"where and what",
     {{0, 'q', AAAA, 4711, 5353, 9, 7}, {1, 'r', AAAA, 4711, 5353, 9, 7}},
     0,
     "SELECT time_ns, address, client_port, server_id, server_port, transport,"
     " message_id, query_name, query_type FROM dns_transaction"
     " JOIN client USING (client_id) JOIN question USING (question_id)"
     " JOIN name USING (name_id)",
     "1000000000000|10.0.0.7|5353|1|53|udp|4711|a.example|28"},
    {"seen again behind a service's address",
     {{0, 'q', A, 1, .server = 53, .ip_id = 7},
      {.1, 'q', A, 1, .server = 77, .ip_id = 7},
      {1, 'r', A, 1, .server = 77, .ip_id = 8},
      {1.1, 'r', A, 1, .server = 53, .ip_id = 8},
      {2, 'q', A, 2, .name = "b"}},
     0,
     "SELECT address, leg, outcome FROM dns_transaction"
     " JOIN server USING (server_id) ORDER BY transaction_id",
     "10.0.0.53|10.0.0.77|answered\n10.0.0.53||open_at_end"},
    {"numbered in the order of the queries, whenever they end",
     {{0, 'q', A, 1},
      {1, 'q', A, 2, .name = "b"},
      {2, 'q', A, 3, .name = "c"},
      {3, 'r', A, 3, .name = "c"},
      {4, 'r', A, 1},
      {5, 'r', A, 2, .name = "b"}},
     0,
     "SELECT transaction_id, query_frame FROM dns_transaction",
     "0|1\n1|2\n2|3"},
    {"everything referred to is there",
     {{0, 'r', A, 9, .client = 8, .server = 7, .name = "z"},
      {1, 'q', A, 1},
      {2, 'x', A, 1},
      {3, 'q', A, 2, .client = 5, .server = 6}},
     60000,
     "SELECT count(*) FROM dns_transaction JOIN client USING (client_id)"
     " JOIN server USING (server_id) JOIN question USING (question_id)",
     "3"},

    /* --- lookups ---------------------------------------------------------- */
    {"a pair",
     {{0, 'q', AAAA, 1}, {.1, 'q', A, 2}, {20, 'r', A, 2}, {30, 'n', AAAA, 1}},
     0,
     LOOKUPS,
     "0|a.example|AAAA A|2|2|1|answered|30|1|4"},
    {"types without a name of their own",
     {{0, 'q', HTTPS, 1},
      {.1, 'q', 261, 2},
      {.2, 'q', A, 3},
      {.3, 'q', 65280, 4}},
     60000,
     LOOKUPS,
     "0|a.example|HTTPS TYPE261 A TYPE65280|4|4|1|gave_up|5000|1|4"},
    {"sent again, to another server",
     {{0, 'q', A, 1, .server = 8},
      {5000, 'q', A, 1, .server = 9},
      {5010, 'r', A, 1, .server = 9}},
     60000,
     LOOKUPS,
     "0|a.example|A|2|1|2|answered|5010|1|3"},
    {"each outcome in words",
     {{0, 'q', A, 1, .name = "a"},
      {1, 'r', A, 1, .name = "a"},
      {2, 'q', A, 2, .name = "b"},
      {3, 'n', A, 2, .name = "b"},
      {4, 'q', A, 3, .name = "c"},
      {5, 'x', A, 3, .name = "c"},
      {6, 'q', A, 4, .name = "d"},
      {7, 's', A, 4, .name = "d"},
      {8, 'q', A, 5, .name = "e"},
      {8, 'q', AAAA, 6, .name = "e"},
      {9, 'r', A, 5, .name = "e"},
      {9, 's', AAAA, 6, .name = "e"},
      {10, 'q', A, 7, .name = "f"},
      {50000, 'q', A, 8, .name = "g"}},
     1000,
     "SELECT query_name, outcome FROM dns_lookup JOIN name USING (name_id)"
     " ORDER BY query_name",
     "a|answered\nb|nodata\nc|nxdomain\nd|failed\ne|partly\nf|gave_up\n"
     "g|open_at_end"},
    {"transactions say to which lookup they belong",
     {{0, 'q', A, 1},
      {.1, 'q', AAAA, 2},
      {1, 'r', A, 1},
      {2, 'r', AAAA, 2},
      {100, 'q', A, 3},
      {101, 'r', A, 3}},
     0,
     "SELECT lookup_id, group_concat(query_frame) FROM dns_transaction"
     " GROUP BY lookup_id",
     "0|1,2\n1|5"},
};

START_TEST(log_has_its_rows)
{
    facts_check_row(&rows[_i]);
}
END_TEST

START_TEST(nothing_is_logged_unasked)
{
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, false);
    facts_stage_play(&s, &(const struct play){0, 'q', A, 1});
    facts_stage_play(&s, &(const struct play){1, 'r', A, 1});
    facts_stage_play(&s, &(const struct play){2, 'r', A, 9, .client = 9});
    facts_stage_end(&s, 1000);
    ck_assert_str_eq(facts_ask(&s.tables,
                               "SELECT (SELECT count(*) FROM dns_transaction),"
                               " (SELECT count(*) FROM dns_lookup),"
                               " (SELECT count(*) FROM client)"),
                     "0|0|1");
    facts_stage_close(&s);
}
END_TEST

/* --- a sink that refuses -------------------------------------------------- */

struct refusal {
    const char *table;
    unsigned rows; /* of it, the last one refused */
};

static enum err_code refuse(void *context, const char *table,
                            const struct facts_value *values, size_t count,
                            struct err *err)
{
    (void)values;
    (void)count;
    struct refusal *r = context;
    if (strcmp(table, r->table) != 0)
        return ERR_OK;
    r->rows++;
    return err_set(err, ERR_OUTPUT, "no room for %s", table);
}

static const char *const tables[] = {
    "dns_transaction", "dns_lookup", "part",        "traffic",       "counter",
    "latency",         "client",     "server",      "client_server", "question",
    "response_code",   "query_type", "slow_lookup",
};

/* The first row that is refused ends it, whether it was to be written while
 * reading or in the end. */
START_TEST(refused_row_is_told_when_facts_are_saved)
{
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, true);
    struct refusal refusal = {.table = tables[_i]};
    s.sink = (struct facts_sink){&refusal, refuse};
    for (unsigned i = 0; i < 20; i++) {
        struct play p = {i * 10.0, 'q', A, (uint16_t)i};
        facts_stage_play(&s, &p);
        p.what = 'r';
        p.at_ms += 1;
        facts_stage_play(&s, &p);
    }
    struct err err = {.code = ERR_OK};
    exchange_end(s.exchange, s.part.last_ns);
    ck_assert_int_eq(facts_save(s.facts, &err), ERR_OUTPUT);
    ck_assert_int_eq(err.code, ERR_OUTPUT);
    ck_assert_ptr_nonnull(strstr(err.text, tables[_i]));
    ck_assert_uint_eq(refusal.rows, 1);
    facts_stage_close(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/log");
    TCase *tc = tcase_create("log");
    tcase_add_loop_test(tc, log_has_its_rows, 0, ROWS(rows));
    tcase_add_test(tc, nothing_is_logged_unasked);
    tcase_add_loop_test(tc, refused_row_is_told_when_facts_are_saved, 0,
                        ROWS(tables));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
