/* Who asks: one row a client. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define COUNTS                                                                 \
    "SELECT address, queries, retransmissions, transactions, answered, late,"  \
    " unanswered, open_at_end, nxdomain, nodata, servfail, refused"            \
    " FROM client ORDER BY client_id"

static const struct facts_row rows[] = {
    {"nothing", {{0}}, 0, COUNTS, ""},
    {"each outcome of a transaction",
     {{0, 'q', A, 1},
      {1, 'r', A, 1},
      {100, 'q', A, 2, .name = "b.example"},
      {6000, 'r', A, 2, .name = "b.example"},
      {7000, 'q', A, 3, .name = "c.example"},
      {50000, 'q', A, 4, .name = "d.example"}},
     1000,
     COUNTS,
     "10.0.0.1|4|0|4|1|1|1|1|0|0|0|0"},
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
      {9, 'r', A, 5, .name = "e"}},
     0,
     COUNTS,
     "10.0.0.1|5|0|5|5|0|0|0|1|1|1|1"},
    {"a retransmission is a query of the same transaction",
     {{0, 'q', A, 1}, {1000, 'q', A, 1}, {1001, 'r', A, 1}},
     60000,
     COUNTS,
     "10.0.0.1|2|1|1|1|0|0|0|0|0|0|0"},
    {"clients in order of appearance",
     {{0, 'q', A, 1, .client = 7},
      {1, 'q', A, 1, .client = 3},
      {2, 'r', A, 1, .client = 3},
      {3, 'r', A, 1, .client = 7}},
     0,
     "SELECT client_id, address, label, answered FROM client",
     "1|10.0.0.7||1\n2|10.0.0.3||1"},
    {"names are counted once each",
     {{0, 'q', A, 1, .name = "a"},
      {1, 'q', AAAA, 2, .name = "a"},
      {2, 'q', A, 3, .name = "b"},
      {3, 'q', A, 4, .name = "A"},
      {4, 'q', A, 5, .name = "b"}},
     0,
     "SELECT names, length(names_sketch) FROM client",
     "2|17"},
    {"lookups, and those that failed",
     {{0, 'q', A, 1, .name = "a"},
      {.1, 'q', AAAA, 2, .name = "a"},
      {1, 'r', A, 1, .name = "a"},
      {2, 'r', AAAA, 2, .name = "a"},
      {10, 'q', A, 3, .name = "b"},
      {11, 's', A, 3, .name = "b"},
      {20, 'q', A, 4, .name = "c"},
      {30, 'q', A, 5, .name = "d"},
      {31, 'x', A, 5, .name = "d"}},
     60000,
     "SELECT lookups, failed_lookups FROM client",
     "4|2"},
    {"times are those of the first and last query, whatever their order",
     {{500, 'q', A, 1}, {100, 'q', A, 2}, {900, 'q', A, 3}, {950, 'r', A, 3}},
     0,
     "SELECT first_ns - 1000000000000, last_ns - 1000000000000, first_frame"
     " FROM client",
     "100000000|900000000|1"},
    {"frames lead to the first query and to the first without answer",
     {{0, 'q', A, 1, .name = "a"},
      {1, 'r', A, 1, .name = "a"},
      {2, 'q', A, 2, .name = "b"},
      {3, 'q', A, 3, .name = "c"}},
     60000,
     "SELECT first_frame, first_unanswered_frame FROM client",
     "1|3"},
    {"no frame without answer: unknown, not 0",
     {{0, 'q', A, 1}, {1, 'r', A, 1}},
     0,
     "SELECT first_unanswered_frame IS NULL FROM client",
     "1"},
    {"who only got what nobody was seen to ask is kept for the transactions",
     {{0, 'r', A, 1}},
     1000,
     "SELECT address, queries, transactions, lookups FROM client",
     "10.0.0.1|0|0|0"},
    {"queries of another opcode count as queries alone",
     {{0, 'q', A, 1, .opcode = 4}, {1, 'n', A, 1, .opcode = 4}},
     0,
     COUNTS,
     "10.0.0.1|1|0|0|0|0|0|0|0|0|0|0"},
};

START_TEST(client_has_its_row)
{
    facts_check_row(&rows[_i]);
}
END_TEST

/* Beyond what memory holds, clients share the row of "other". */
START_TEST(clients_without_room_are_counted_as_other)
{
    enum { CLIENTS = 20000 };
    struct facts_stage s;
    facts_stage_open(&s, 6 << 20, false);
    for (unsigned i = 0; i < CLIENTS; i++) {
        const struct play p = {i,
                               'q',
                               A,
                               (uint16_t)i,
                               .port = (uint16_t)(1024 + i),
                               .network = (uint16_t)(i / 250),
                               .client = (uint8_t)(1 + i % 250)};
        facts_stage_play(&s, &p);
    }
    facts_stage_end(&s, 0);
    ck_assert_int_eq(
        facts_ask_number(&s.tables, "SELECT sum(queries) FROM client"),
        CLIENTS);
    ck_assert_int_gt(facts_ask_number(&s.tables,
                                      "SELECT queries FROM client WHERE "
                                      "address = 'other'"),
                     0);
    ck_assert_uint_le(s.budget.used, s.budget.limit);
    facts_stage_close(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/client");
    TCase *tc = tcase_create("client");
    tcase_add_loop_test(tc, client_has_its_row, 0, ROWS(rows));
    tcase_add_test(tc, clients_without_room_are_counted_as_other);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
