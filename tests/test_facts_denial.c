/* Denials of servers outside: one row a client, server and question. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define DENIALS                                                                \
    "SELECT c.address, s.address, n.query_name, q.query_type, d.internal,"     \
    " d.transactions, d.first_frame FROM denial AS d"                          \
    " JOIN client AS c USING (client_id) JOIN server AS s USING (server_id)"   \
    " JOIN question AS q USING (question_id) JOIN name AS n USING (name_id)"   \
    " ORDER BY c.address, s.address, n.query_name, q.query_type"

static const struct facts_row rows[] = {
    {"a server inside may deny what it likes",
     {{0, 'q', A, 1, .name = "db.a.lan"}, {1, 'x', A, 1, .name = "db.a.lan"}},
     0,
     DENIALS,
     ""},
    {"a server outside denies a name of a private domain",
     {{0, 'q', A, 1, .name = "db.a.lan", .outside = true},
      {1, 'x', A, 1, .name = "db.a.lan", .outside = true}},
     0,
     DENIALS,
     "10.0.0.1|192.0.2.53|db.a.lan|1|1|1|1"},
    {"and any other name",
     {{0, 'q', A, 1, .name = "no.example.com", .outside = true},
      {1, 'x', A, 1, .name = "no.example.com", .outside = true}},
     0,
     DENIALS,
     "10.0.0.1|192.0.2.53|no.example.com|1|0|1|1"},
    {"other answers, and none, deny nothing",
     {{0, 'q', A, 1, .name = "db.a.lan", .outside = true},
      {1, 'r', A, 1, .name = "db.a.lan", .outside = true},
      {100, 'q', A, 2, .name = "db.a.lan", .outside = true},
      {101, 'n', A, 2, .name = "db.a.lan", .outside = true},
      {200, 'q', A, 3, .name = "db.a.lan", .outside = true},
      {201, 'f', A, 3, .name = "db.a.lan", .outside = true},
      {300, 'q', A, 4, .name = "db.a.lan", .outside = true}},
     60000,
     DENIALS,
     ""},
    {"a denial without its query",
     {{1, 'x', A, 1, .name = "db.a.lan", .outside = true}},
     60000,
     DENIALS,
     ""},
    {"the same again, another type, another client, another server",
     {{0, 'q', A, 1, .name = "db.a.lan", .outside = true},
      {1, 'x', A, 1, .name = "db.a.lan", .outside = true},
      {9000, 'q', A, 2, .name = "db.a.lan", .outside = true},
      {9001, 'x', A, 2, .name = "db.a.lan", .outside = true},
      {10000, 'q', AAAA, 3, .name = "db.a.lan", .outside = true},
      {10001, 'x', AAAA, 3, .name = "db.a.lan", .outside = true},
      {10002, 'q', A, 4, .client = 2, .name = "db.a.lan", .outside = true},
      {10003, 'x', A, 4, .client = 2, .name = "db.a.lan", .outside = true},
      {10004, 'q', A, 5, .server = 54, .name = "db.a.lan", .outside = true},
      {10005, 'x', A, 5, .server = 54, .name = "db.a.lan", .outside = true}},
     0,
     DENIALS,
     "10.0.0.1|192.0.2.53|db.a.lan|1|1|2|1\n"
     "10.0.0.1|192.0.2.53|db.a.lan|28|1|1|5\n"
     "10.0.0.1|192.0.2.54|db.a.lan|1|1|1|9\n"
     "10.0.0.2|192.0.2.53|db.a.lan|1|1|1|7"},
    {"whether the client is outside as well",
     {{0, 'q', A, 1, .name = "db.a.lan", .outside = true},
      {1, 'x', A, 1, .name = "db.a.lan", .outside = true},
      {2, 'q', A, 1, .client = 2, .name = "db.a.lan", .outside = true,
       .visitor = true},
      {3, 'x', A, 1, .client = 2, .name = "db.a.lan", .outside = true,
       .visitor = true}},
     0,
     "SELECT c.address, client_outside FROM denial JOIN client AS c"
     " USING (client_id) ORDER BY c.address",
     "10.0.0.1|0\n203.0.113.2|1"},
    {"times of the first and last",
     {{100, 'q', A, 1, .name = "db.a.lan", .outside = true},
      {101, 'x', A, 1, .name = "db.a.lan", .outside = true},
      {9000, 'q', A, 2, .name = "db.a.lan", .outside = true},
      {9001, 'x', A, 2, .name = "db.a.lan", .outside = true}},
     0,
     "SELECT first_ns / 1000000 - 1000000, last_ns / 1000000 - 1000000"
     " FROM denial",
     "100|9000"},
};

START_TEST(denials_are_counted)
{
    facts_check_row(&rows[_i]);
}
END_TEST

/* Random names fail by the thousand; those of one's own find room all the
 * same, and what finds none is counted. */
enum { MANY = 10000, OWN = 1000 };

static void play_denial(struct facts_stage *s, uint32_t number,
                        const char *pattern)
{
    char name[48];
    snprintf(name, sizeof name, pattern, number);
    struct play p = {number * 20.0,    'q',          A,
                     (uint16_t)number, .name = name, .outside = true};
    facts_stage_play(s, &p);
    p.what = 'x';
    p.at_ms += 1;
    facts_stage_play(s, &p);
}

START_TEST(names_of_ones_own_find_room)
{
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, false);
    for (uint32_t i = 0; i < MANY; i++)
        play_denial(&s, i, "n%u.example.com");
    for (uint32_t i = MANY; i < MANY + OWN; i++)
        play_denial(&s, i, "n%u.lan");
    facts_stage_end(&s, 0);
    ck_assert_str_eq(
        facts_ask(&s.tables,
                  "SELECT sum(internal), sum(transactions) + (SELECT value"
                  " FROM counter WHERE name = 'refused_denials') FROM denial"),
        "1000|11000");
    facts_stage_close(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/denial");
    TCase *tc = tcase_create("denial");
    tcase_add_loop_test(tc, denials_are_counted, 0, ROWS(rows));
    tcase_add_test(tc, names_of_ones_own_find_room);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
