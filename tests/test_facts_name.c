/* What is asked: one row a question, and how many different names. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define COUNTS                                                                 \
    "SELECT query_name, query_type, query_class, queries, transactions,"       \
    " answered, unanswered, nxdomain, nodata, servfail, refused FROM question" \
    " JOIN name USING (name_id) ORDER BY question_id"

static const struct facts_row rows[] = {
    {"nothing", {{0}}, 0, COUNTS, ""},
    {"a question is a name, a type and a class",
     {{0, 'q', A, 1},
      {1, 'q', AAAA, 2},
      {2, 'q', A, 3, .name = "b.example"},
      {3, 'q', A, 4, .name = "A.EXAMPLE"}},
     0,
     COUNTS,
     "a.example|1|1|2|2|0|0|0|0|0|0\n"
     "a.example|28|1|1|1|0|0|0|0|0|0\n"
     "b.example|1|1|1|1|0|0|0|0|0|0"},
    {"each kind of answer",
     {{0, 'q', A, 1},
      {1, 'x', A, 1},
      {10, 'q', A, 2},
      {11, 'n', A, 2},
      {20, 'q', A, 3},
      {21, 's', A, 3},
      {30, 'q', A, 4},
      {31, 'f', A, 4},
      {40, 'q', A, 5},
      {41, 'r', A, 5},
      {50, 'q', A, 6}},
     60000,
     COUNTS,
     "a.example|1|1|6|6|5|1|1|1|1|1"},
    {"a late answer is one",
     {{0, 'q', A, 1}, {6000, 'r', A, 1}},
     0,
     COUNTS,
     "a.example|1|1|1|1|1|0|0|0|0|0"},
    {"a retransmission is a query of the same transaction",
     {{0, 'q', A, 1}, {1000, 'q', A, 1}, {1001, 'r', A, 1}},
     60000,
     COUNTS,
     "a.example|1|1|2|1|1|0|0|0|0|0"},
    {"clients are counted once each",
     {{0, 'q', A, 1, .client = 1},
      {1, 'q', A, 2, .client = 2},
      {2, 'q', A, 3, .client = 1},
      {3, 'q', A, 4, .client = 3}},
     0,
     "SELECT clients, length(clients_sketch) FROM question",
     "3|25"},
    {"the least and greatest TTL of the answers",
     {{0, 'q', A, 1},
      {1, 'r', A, 1, .ttl_s = 60},
      {10, 'q', A, 2},
      {11, 'r', A, 2, .ttl_s = 5},
      {20, 'q', A, 3},
      {21, 'r', A, 3, .ttl_s = 200},
      {30, 'q', A, 4},
      {31, 'x', A, 4}},
     0,
     "SELECT ttl_min_s, ttl_max_s FROM question",
     "5|200"},
    {"a TTL of nothing is a TTL",
     {{0, 'q', A, 1}, {1, 'r', A, 1, .ttl_s = 0}},
     0,
     "SELECT ttl_min_s, ttl_max_s FROM question",
     "0|0"},
    {"no answer, no TTL",
     {{0, 'q', A, 1}, {1, 'x', A, 1}},
     0,
     "SELECT ttl_min_s IS NULL, ttl_max_s IS NULL FROM question",
     "1|1"},
    {"waits: how many, the longest, and their buckets",
     {{0, 'q', A, 1},
      {1000, 'r', A, 1},
      {2000, 'q', A, 2},
      {4000, 'r', A, 2},
      {5000, 'q', A, 3},
      {7000, 'r', A, 3},
      {8000, 'q', A, 4}},
     60000,
     "SELECT wait_count, wait_max_ns, wait_buckets FROM question",
     "3|2000000000|{\"-1\":1,\"31\":2}"},
    {"no wait: unknown, not 0",
     {{0, 'q', A, 1}},
     60000,
     "SELECT wait_count, wait_max_ns IS NULL, wait_buckets FROM question",
     "0|1|{}"},
    {"times and the first frame",
     {{100, 'q', AAAA, 9},
      {200, 'q', A, 1},
      {150, 'q', A, 2},
      {300, 'q', A, 3}},
     0,
     "SELECT first_ns / 1000000 - 1000000, last_ns / 1000000 - 1000000,"
     " first_frame FROM question WHERE query_type = 1",
     "150|300|2"},
    {"what stands in orphan responses only is kept for the transactions",
     {{0, 'r', A, 1}},
     1000,
     "SELECT query_name, queries, transactions FROM question"
     " JOIN name USING (name_id)",
     "a.example|0|0"},
    {"names of strangers are told as inert text",
     {{0, 'q', A, 1, .name = "=1+\"<b>'\033[1m"}},
     0,
     "SELECT query_name FROM question JOIN name USING (name_id)",
     "\\0611\\043\\034\\060b\\062\\039\\027\\0911m"},
    {"different names, whatever their types",
     {{0, 'q', A, 1, .name = "a"},
      {1, 'q', AAAA, 2, .name = "a"},
      {2, 'q', A, 3, .name = "b"},
      {3, 'r', A, 4, .name = "c"}},
     0,
     "SELECT value FROM counter WHERE name = 'names'",
     "2"},
};

START_TEST(question_has_its_row)
{
    facts_check_row(&rows[_i]);
}
END_TEST

/* A flood of names: what has no room of its own is told below a parent or as
 * "*", and every query is somewhere. */
static const struct {
    size_t limit;
    bool collapses;
} floods[] = {{5 << 20, true}, {7 << 20, true}, {256 << 20, false}};

START_TEST(every_query_is_somewhere_in_any_memory)
{
    enum { NAMES = 20000 };
    struct facts_stage s;
    facts_stage_open(&s, floods[_i].limit, false);
    for (unsigned i = 0; i < NAMES; i++) {
        char name[64];
        snprintf(name, sizeof name, "x%u.zone%u.example", i * 7919, i % 5);
        const struct play p = {i / 10.0, 'q', A, (uint16_t)i, .name = name};
        facts_stage_play(&s, &p);
    }
    facts_stage_end(&s, 60000);
    ck_assert_int_eq(
        facts_ask_number(&s.tables, "SELECT sum(queries) FROM question"),
        NAMES);
    ck_assert_int_eq(
        facts_ask_number(&s.tables,
                         "SELECT sum(unanswered) + (SELECT value FROM "
                         "counter WHERE name = 'evicted') FROM question"),
        NAMES);
    const int64_t questions =
        facts_ask_number(&s.tables, "SELECT count(*) FROM question");
    const int64_t collapsed = facts_ask_number(
        &s.tables, "SELECT value FROM counter WHERE name = 'collapsed_names'");
    ck_assert_int_eq(questions < NAMES, floods[_i].collapses);
    ck_assert_int_eq(collapsed > 0, floods[_i].collapses);
    ck_assert_uint_le(s.budget.used, s.budget.limit);
    facts_stage_close(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/name");
    TCase *tc = tcase_create("name");
    tcase_add_loop_test(tc, question_has_its_row, 0, ROWS(rows));
    tcase_add_loop_test(tc, every_query_is_somewhere_in_any_memory, 0,
                        ROWS(floods));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
