/* Where names lead that were found under a suffix. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define ANSWERS                                                                \
    "SELECT suffix, address, lookups, bases, clients, first_frame"             \
    " FROM search_answer ORDER BY suffix, address"

/* One step of a walk: A alone, `x` or an answer 1 ms later. */
#define STEP(ms, id, what, asked)                                              \
    {ms, 'q', A, id, 40000 + id, .name = asked},                               \
    {                                                                          \
        (ms) + 1, what, A, id, 40000 + id, .name = asked                       \
    }

static const struct facts_row rows[] = {
    {"names that are found under a suffix",
     {STEP(0, 1, 'x', "api.example.com.a.lan"),
      STEP(1.1, 2, 'r', "api.example.com.b.lan"),
      STEP(5000, 3, 'x', "www.example.net.a.lan"),
      STEP(5001.1, 4, 'r', "www.example.net.b.lan"),
      STEP(9000, 5, 'x', "www.example.net.a.lan"),
      STEP(9001.1, 6, 'r', "www.example.net.b.lan")},
     0,
     ANSWERS,
     "b.lan|0.1.0.0|3|2|1|1"},
    {"a name without dots is of the house",
     {STEP(0, 1, 'x', "db.a.lan"), STEP(1.1, 2, 'r', "db.b.lan")},
     0,
     ANSWERS,
     ""},
    {"a name that is found as it is",
     {STEP(0, 1, 'x', "api.example.com.a.lan"),
      STEP(1.1, 2, 'r', "api.example.com")},
     0,
     ANSWERS,
     ""},
    {"a name that is found nowhere",
     {STEP(0, 1, 'x', "api.example.com.a.lan"),
      STEP(1.1, 2, 'x', "api.example.com.b.lan")},
     2000,
     ANSWERS,
     ""},
    {"A stands before AAAA, whichever is answered first",
     {STEP(0, 1, 'x', "api.example.com.a.lan"),
      {1.1, 'q', AAAA, 2, .name = "api.example.com.b.lan"},
      {1.2, 'q', A, 3, .name = "api.example.com.b.lan"},
      {2, 'r', AAAA, 2, .name = "api.example.com.b.lan"},
      {2.1, 'r', A, 3, .name = "api.example.com.b.lan"}},
     0,
     ANSWERS,
     "b.lan|0.1.0.0|1|1|1|1"},
};

START_TEST(addresses_are_counted_by_suffix)
{
    facts_check_row(&rows[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/search_answer");
    TCase *tc = tcase_create("search_answer");
    tcase_add_loop_test(tc, addresses_are_counted_by_suffix, 0, ROWS(rows));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
