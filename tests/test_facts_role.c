/* What addresses do: how they ask, how they answer, and from where. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define ASKS                                                                   \
    "SELECT address, recursive_queries, iterative_queries, unprompted"         \
    " FROM client_role JOIN client USING (client_id)"
#define ANSWERS                                                                \
    "SELECT address, responses, recursive_responses, authoritative_responses," \
    " alone, authority, joined, fetched, followed"                             \
    " FROM server_role JOIN server USING (server_id)"

/* The resolver 10.0.0.53 asks 10.0.0.9. */
#define UP .client = 53, .server = 9, .iterative = true

static const struct facts_row rows[] = {
    {"nothing", {{0}}, 0, ASKS, ""},
    {"with and without RD, repeated or not",
     {{0, 'q', A, 1},
      {1000, 'q', A, 1},
      {2000, 'q', A, 2, .iterative = true},
      {3000, 'q', A, 3, .opcode = 4}},
     60000,
     ASKS,
     "10.0.0.1|2|1|0"},
    {"with RA and AA, failures left out",
     {{0, 'q', A, 1},
      {1, 'r', A, 1},
      {2, 'q', A, 2},
      {3, 'x', A, 2, .aa = true},
      {4, 'q', A, 3},
      {5, 's', A, 3}},
     0,
     ANSWERS,
     "10.0.0.53|2|2|1|2|1|0|0|0"},
    {"a resolver with both sides",
     {{0, 'q', A, 1},
      {1, 'q', A, 9, UP},
      {2, 'q', A, 2, .client = 2},
      {11, 'r', A, 9, UP, .aa = true},
      {12, 'r', A, 1},
      {13, 'r', A, 2, .client = 2},
      {20, 'q', A, 3},
      {21, 'r', A, 3}},
     0,
     ANSWERS,
     "10.0.0.53|3|3|0|1|0|1|1|3\n10.0.0.9|1|1|1|0|1|0|0|0"},
    {"queries of a resolver that nobody waits for",
     {{0, 'q', A, 1},
      {1, 'q', A, 9, UP, .name = "b.test"},
      {2, 'r', A, 9, UP, .name = "b.test"},
      {3, 'r', A, 1}},
     0,
     ASKS,
     "10.0.0.1|1|0|0\n10.0.0.53|0|1|1"},
    {"what is the resolver's own, and what it waits for",
     {{0, 'q', A, 1},
      {1, 'q', A, 9, UP},
      {31, 'r', A, 9, UP},
      {33, 'r', A, 1},
      {40, 'q', A, 2},
      {45, 'r', A, 2}},
     0,
     "SELECT scope, key, measure, count, min_ns / 1000000, max_ns / 1000000"
     " FROM latency WHERE measure IN ('own', 'upstream') OR scope = 'upstream'",
     "server|1|own|2|3|5\nserver|1|upstream|1|30|30\n"
     "upstream|2|service|1|30|30\nupstream|2|wait|1|30|30"},
    {"by leg, and by class of zone on the clients' leg",
     {{0, 'q', A, 1, .name = "www.test"},
      {0, 'q', A, 2, .name = "www.site.net"},
      {1, 'q', A, 9, UP, .name = "net"},
      {11, 'r', A, 9, UP, .name = "net"},
      {20, 'r', A, 1, .name = "www.test"},
      {30, 'r', A, 2, .name = "www.site.net"}},
     0,
     "SELECT scope, key, count, max_ns / 1000000 FROM latency"
     " WHERE measure = 'wait' AND scope IN ('leg', 'zone_class')",
     "leg|0|2|30\nleg|1|1|10\nzone_class|0|1|20\nzone_class|1|1|30"},
};

START_TEST(addresses_have_their_rows)
{
    facts_check_row(&rows[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/role");
    TCase *tc = tcase_create("role");
    tcase_add_loop_test(tc, addresses_have_their_rows, 0, ROWS(rows));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
