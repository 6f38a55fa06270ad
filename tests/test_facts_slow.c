/* The longest lookups: the hundred longest, whatever the order they came in. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"
#include "test_random.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static const struct facts_row rows[] = {
    {"nothing", {{0}}, 0, "SELECT * FROM slow_lookup", ""},
    {"a lookup with all that leads back to it",
     {{0, 'q', A, 9, .name = "z.example", .client = 3},
      {1, 'r', A, 9, .name = "z.example", .client = 3},
      {10, 'q', A, 1},
      {10.1, 'q', AAAA, 2},
      {12, 'r', A, 1},
      {5010, 'q', AAAA, 2},
      {5030, 'r', AAAA, 2}},
     0,
     "SELECT lookup_id, client_id, query_name, time_ns, wait_ns, queries,"
     " outcome, first_frame, last_frame FROM slow_lookup"
     " JOIN name USING (name_id)"
     " ORDER BY wait_ns DESC",
     "1|2|a.example|1000010000000|5020000000|3|answered|3|7\n"
     "0|1|z.example|1000000000000|1000000|1|answered|1|2"},
    {"without an end the wait is what the client's patience makes it",
     {{0, 'q', A, 1}, {10, 'q', A, 2, .name = "b"}},
     60000,
     "SELECT query_name, wait_ns, outcome, cause, silent FROM slow_lookup"
     " JOIN name USING (name_id)"
     " ORDER BY lookup_id",
     "a.example|5000000000|gave_up|dead-server|1\n"
     "b|5000000000|gave_up|dead-server|1"},
    {"the capture ended first: there is no wait to tell",
     {{0, 'q', A, 1}, {10, 'q', A, 2, .name = "b"}},
     1000,
     "SELECT * FROM slow_lookup",
     ""},
    {"a walk through a search list is told under the name without suffix",
     {{0, 'q', A, 1, 41000, .name = "db.a.lan"},
      {1, 'x', A, 1, 41000, .name = "db.a.lan"},
      {1.1, 'q', A, 2, 42000, .name = "db"},
      {2, 'r', A, 2, 42000, .name = "db"}},
     0,
     "SELECT query_name, steps, queries, wait_ns, outcome FROM slow_lookup"
     " JOIN name USING (name_id)",
     "db|2|2|2000000|answered"},
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
      {9, 's', AAAA, 6, .name = "e"}},
     0,
     "SELECT query_name, outcome FROM slow_lookup JOIN name USING (name_id)"
     " ORDER BY query_name",
     "a|answered\nb|nodata\nc|nxdomain\nd|failed\ne|partly"},
};

START_TEST(slow_lookup_has_its_row)
{
    facts_check_row(&rows[_i]);
}
END_TEST

/* --- the hundred ----------------------------------------------------------- */

enum { MOST = 100, MANY = 1000 };

/* The wait of lookup `i` of so many, in ms. */
static uint32_t wait_of(int kind, uint32_t i, const uint32_t *shuffled)
{
    switch (kind) {
    case 0:
        return i; /* longer and longer */
    case 1:
        return MANY - 1 - i;
    case 2:
        return shuffled[i];
    case 3:
        return 7; /* all the same: the earlier count */
    default:
        return shuffled[i] / 20; /* many the same */
    }
}

enum { KINDS = 5 };

START_TEST(hundred_longest_are_kept)
{
    uint32_t shuffled[MANY];
    uint64_t random = 1;
    for (uint32_t i = 0; i < MANY; i++)
        shuffled[i] = i;
    random_shuffle(&random, shuffled, MANY);

    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, true);
    for (uint32_t i = 0; i < MANY; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%u.example", i);
        struct play p = {i * 2000.0, 'q', A, (uint16_t)i, .name = name};
        facts_stage_play(&s, &p);
        p.what = 'r';
        p.at_ms += wait_of(_i, i, shuffled);
        facts_stage_play(&s, &p);
    }
    facts_stage_end(&s, 0);
    /* Every lookup stands in dns_lookup, too: SQL picks the same hundred. */
    ck_assert_int_eq(
        facts_ask_number(&s.tables, "SELECT count(*) FROM dns_lookup"), MANY);
    ck_assert_str_eq(
        facts_ask(&s.tables,
                  "SELECT count(*), (SELECT count(*) FROM slow_lookup) FROM"
                  " (SELECT lookup_id FROM dns_lookup"
                  "  ORDER BY wait_ns DESC, lookup_id LIMIT 100) AS longest"
                  " JOIN slow_lookup USING (lookup_id)"),
        "100|100");
    facts_stage_close(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/slow");
    TCase *tc = tcase_create("slow");
    tcase_add_loop_test(tc, slow_lookup_has_its_row, 0, ROWS(rows));
    tcase_add_loop_test(tc, hundred_longest_are_kept, 0, KINDS);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
