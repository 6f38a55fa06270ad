/* Names that exist for one type and not for another. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define SPLITS                                                                 \
    "SELECT n.query_name, s.lookups, s.stopped, s.client_id, s.first_frame"    \
    " FROM name_split AS s JOIN name AS n USING (name_id) ORDER BY 1"

/* A and AAAA of one name from one socket, and what came of them. */
#define PAIR(ms, number, asked, a, aaaa)                                       \
    {ms, 'q', A, number, 40000 + number, .name = asked},                       \
        {(ms) + .1, 'q', AAAA, 100 + number, 40000 + number, .name = asked},   \
        {(ms) + 1, a, A, number, 40000 + number, .name = asked},               \
    {                                                                          \
        (ms) + 2, aaaa, AAAA, 100 + number, 40000 + number, .name = asked      \
    }

static const struct facts_row rows[] = {
    {"nothing", {{0}}, 0, SPLITS, ""},
    {"both exist", {PAIR(0, 1, "a.example", 'r', 'r')}, 0, SPLITS, ""},
    {"one type has no records, which is no contradiction",
     {PAIR(0, 1, "a.example", 'r', 'n')},
     0,
     SPLITS,
     ""},
    {"neither exists", {PAIR(0, 1, "a.example", 'x', 'x')}, 0, SPLITS, ""},
    {"one fails, which says nothing",
     {PAIR(0, 1, "a.example", 's', 'x')},
     0,
     SPLITS,
     ""},
    {"an address, and NXDOMAIN for the other type",
     {PAIR(0, 1, "a.example", 'r', 'x')},
     0,
     SPLITS,
     "a.example|1|0|1|1"},
    {"no records, and NXDOMAIN: the lookup ends with nothing",
     {PAIR(0, 1, "a.example", 'x', 'n')},
     0,
     SPLITS,
     "a.example|1|1|1|1"},
    {"lookups of one name add up",
     {PAIR(0, 1, "a.example", 'x', 'n'), PAIR(5000, 2, "a.example", 'x', 'n'),
      PAIR(10000, 3, "b.example", 'r', 'x')},
     0,
     SPLITS,
     "a.example|2|2|1|1\nb.example|1|0|1|9"},
    {"a walk that goes on all the same has not stopped there",
     {PAIR(0, 1, "a.svc.cluster.local", 'x', 'n'),
      PAIR(3, 2, "a.cluster.local", 'r', 'r')},
     0,
     SPLITS,
     "a.svc.cluster.local|1|0|1|1"},
};

START_TEST(split_names_are_counted)
{
    facts_check_row(&rows[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/split");
    TCase *tc = tcase_create("split");
    tcase_add_loop_test(tc, split_names_are_counted, 0, ROWS(rows));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
