/* Which lookups a trace keeps, and all that they sent. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define LOOKUPS                                                                \
    "SELECT group_concat(lookup_id || ' ' || query_name, ', ')"                \
    " FROM (SELECT * FROM dns_lookup JOIN name USING (name_id)"                \
    " ORDER BY lookup_id)"
#define FRAMES                                                                 \
    "SELECT group_concat(query_frame) FROM"                                    \
    " (SELECT query_frame FROM dns_transaction ORDER BY query_frame)"
#define MESSAGES                                                               \
    "SELECT group_concat(frame || ' ' || kind, ', ')"                          \
    " FROM (SELECT * FROM dns_message ORDER BY frame)"
#define PASSED_OVER "SELECT value FROM counter WHERE name = 'untraced_lookups'"

/* Three lookups of 5, 30 and 10 ms. */
#define THREE                                                                  \
    {                                                                          \
        {0, 'q', A, 1, .name = "a.example"},                                   \
            {5, 'r', A, 1, .name = "a.example"},                               \
            {100, 'q', A, 2, .client = 2, .name = "b.example"},                \
            {130, 'r', A, 2, .client = 2, .name = "b.example"},                \
            {200, 'q', A, 3, .name = "ab.example"},                            \
        {                                                                      \
            210, 'r', A, 3, .name = "ab.example"                               \
        }                                                                      \
    }

static const struct {
    const char *name;
    unsigned most;
    const char *wanted; /* a name, NULL = any */
    uint8_t client;     /* last octet, 0 = any */
    int lookup;         /* id + 1, 0 = any */
    struct play plays[FACTS_PLAYS];
    double quiet_ms;
    const char *sql, *want;
} rows[] = {
    {"nothing to keep", 3, NULL, 0, 0, {{0}}, 0, LOOKUPS, ""},
    {"the longest", 1, NULL, 0, 0, THREE, 9000, LOOKUPS, "1 b.example"},
    {"its transaction", 1, NULL, 0, 0, THREE, 9000, FRAMES, "3"},
    {"the two longest", 2, NULL, 0, 0, THREE, 9000, FRAMES, "3,5"},
    {"what was passed over is counted", 2, NULL, 0, 0, THREE, 9000, PASSED_OVER,
     "1"},
    {"all when there is room", 9, NULL, 0, 0, THREE, 9000, FRAMES, "1,3,5"},
    {"and none was passed over", 9, NULL, 0, 0, THREE, 9000, PASSED_OVER, "0"},
    {"of equal waits the earlier",
     1,
     NULL,
     0,
     0,
     {{0, 'q', A, 1, .name = "a"},
      {5, 'r', A, 1, .name = "a"},
      {100, 'q', A, 2, .name = "b"},
      {105, 'r', A, 2, .name = "b"}},
     9000,
     LOOKUPS,
     "0 a"},
    {"of one client", 1, NULL, 1, 0, THREE, 9000, LOOKUPS, "2 ab.example"},
    {"others' are not passed over", 1, NULL, 2, 0, THREE, 9, PASSED_OVER, "0"},
    {"of a client that is not there", 1, NULL, 9, 0, THREE, 9, LOOKUPS, ""},
    {"of one name", 9, "a.example", 0, 0, THREE, 9000, LOOKUPS, "0 a.example"},
    {"by its first label", 9, "ab", 0, 0, THREE, 9000, LOOKUPS, "2 ab.example"},
    {"labels are whole", 9, "a.exam", 0, 0, THREE, 9000, LOOKUPS, ""},
    {"a longer name", 9, "a.example.net", 0, 0, THREE, 9000, LOOKUPS, ""},
    {"the root is every name", 9, ".", 0, 0, THREE, 9000, LOOKUPS,
     "0 a.example, 1 b.example, 2 ab.example"},
    {"a name of a client", 9, "a.example", 2, 0, THREE, 9000, LOOKUPS, ""},
    {"one by its id", 9, NULL, 0, 3, THREE, 9000, LOOKUPS, "2 ab.example"},

    {"a transaction that ends long behind its lookup",
     1,
     NULL,
     0,
     0,
     {{0, 'q', A, 1, 40001},
      {5000, 'q', A, 2, 40002},
      {5001, 'r', A, 2, 40002},
      {6000, 'q', A, 3, 40003, .name = "b"},
      {6001, 'r', A, 3, 40003, .name = "b"}},
     60000,
     FRAMES,
     "1,2"},
    {"and one of a lookup that was let go is let go",
     1,
     NULL,
     0,
     0,
     {{0, 'q', A, 1, 40001},
      {5000, 'q', A, 2, 40002},
      {5001, 'r', A, 2, 40002},
      {6000, 'q', A, 3, 40003, .name = "b"},
      {14000, 'r', A, 3, 40003, .name = "b"}},
     60000,
     FRAMES,
     "4"},
    {"without an answer, its patience counts",
     1,
     NULL,
     0,
     0,
     {{0, 'q', A, 1, .name = "a"},
      {6000, 'q', A, 2, .name = "b"},
      {10900, 'r', A, 2, .name = "b"}},
     60000,
     LOOKUPS,
     "0 a"},

    {"further attempts",
     1,
     NULL,
     0,
     0,
     {{0, 'q', A, 1}, {2000, 'q', A, 1}, {4000, 'q', A, 1}, {4001, 'r', A, 1}},
     60000,
     MESSAGES,
     "2 attempt, 3 attempt"},
    {"that a response was cut short, not that another came",
     1,
     NULL,
     0,
     0,
     {{0, 'q', A, 1}, {1, 't', A, 1}, {2, 'r', A, 1}},
     60000,
     MESSAGES,
     "2 truncated"},
    {"none of what was let go",
     1,
     NULL,
     0,
     0,
     {{0, 'q', A, 1, .name = "a"},
      {1000, 'q', A, 1, .name = "a"},
      {1001, 'r', A, 1, .name = "a"},
      {2000, 'q', A, 2, .name = "b"},
      {4000, 'q', A, 2, .name = "b"},
      {4001, 'r', A, 2, .name = "b"}},
     60000,
     MESSAGES,
     "5 attempt"},
    {"told once when the answered question is asked again",
     1,
     NULL,
     0,
     0,
     {{0, 'q', A, 1},
      {.1, 'q', AAAA, 2},
      {1, 'r', A, 1},
      {5000, 'q', A, 1},
      {7000, 'q', A, 1},
      {7001, 'r', A, 1},
      {7002, 'q', AAAA, 2},
      {7003, 'r', AAAA, 2}},
     60000,
     MESSAGES,
     "5 attempt, 7 attempt"},
};

static struct facts_trace_choice choice_of(int i)
{
    struct facts_trace_choice choice = {
        .most = rows[i].most,
        .timeout_ns = 5 * S,
        .has_lookup = rows[i].lookup != 0,
        .lookup_id = (uint32_t)(rows[i].lookup - 1),
        .client = {10, 0, 0, rows[i].client},
        .client_octets = rows[i].client ? 4 : 0,
    };
    if (rows[i].wanted)
        ck_assert(
            dns_name_parse(rows[i].wanted, choice.name, &choice.name_octets));
    return choice;
}

START_TEST(trace_keeps_what_was_asked_for)
{
    const struct facts_trace_choice choice = choice_of(_i);
    struct facts_stage s;
    facts_stage_trace(&s, 64 << 20, false, &choice);
    for (unsigned i = 0; i < FACTS_PLAYS && rows[_i].plays[i].what; i++)
        facts_stage_play(&s, &rows[_i].plays[i]);
    facts_stage_end(&s, rows[_i].quiet_ms);
    const char *got = facts_ask(&s.tables, rows[_i].sql);
    ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%s:\n%s\nnot\n%s",
                  rows[_i].name, got, rows[_i].want);
    facts_stage_close(&s);
}
END_TEST

/* --- against the whole log -------------------------------------------------- */

static void play_many(struct facts_stage *s)
{
    unsigned random = 7;
    for (unsigned i = 0; i < 400; i++) {
        char name[16];
        random = random * 1103515245 + 12345;
        const double wait_ms = (random >> 16) % 3000;
        snprintf(name, sizeof name, "n%u.example", i);
        struct play p = {i * 4000.0, 'q', A, (uint16_t)i, .name = name};
        facts_stage_play(s, &p);
        p.at_ms += wait_ms / 2;
        if (i % 3 == 0)
            facts_stage_play(s, &p);
        p.at_ms += wait_ms / 2;
        p.what = 'r';
        facts_stage_play(s, &p);
    }
    facts_stage_end(s, 60000);
}

#define LONGEST                                                                \
    "(SELECT lookup_id FROM dns_lookup ORDER BY wait_ns DESC, lookup_id"       \
    " LIMIT 7)"
static const char *const asked[] = {
    "SELECT * FROM dns_lookup WHERE lookup_id IN " LONGEST
    " ORDER BY lookup_id",
    "SELECT * FROM dns_transaction WHERE lookup_id IN " LONGEST
    " ORDER BY transaction_id",
    "SELECT * FROM dns_message AS m WHERE EXISTS (SELECT 1"
    " FROM dns_transaction AS t WHERE t.message_id = m.message_id"
    " AND t.lookup_id IN " LONGEST ") ORDER BY frame",
};

START_TEST(trace_tells_of_its_lookups_what_the_whole_log_tells)
{
    const struct facts_trace_choice choice = {.most = 7, .timeout_ns = 5 * S};
    struct facts_stage whole, trace;
    facts_stage_open(&whole, 64 << 20, true);
    facts_stage_trace(&trace, 64 << 20, false, &choice);
    play_many(&whole);
    play_many(&trace);
    char *want = strdup(facts_ask(&whole.tables, asked[_i]));
    ck_assert_str_ne(want, "");
    ck_assert_str_eq(facts_ask(&trace.tables, asked[_i]), want);
    ck_assert_int_eq(
        facts_ask_number(&trace.tables, "SELECT count(*) FROM dns_lookup"), 7);
    ck_assert_int_eq(facts_ask_number(&trace.tables, PASSED_OVER), 393);
    free(want);
    facts_stage_close(&whole);
    facts_stage_close(&trace);
}
END_TEST

/* --- full tables ------------------------------------------------------------ */

/* Attempts are held until their transaction ends: as many as there is room for,
 * the oldest go first, and none goes uncounted. */
START_TEST(full_table_lets_the_oldest_go_and_counts)
{
    enum { ATTEMPTS = 30000 };
    const struct facts_trace_choice choice = {.most = 1, .timeout_ns = 5 * S};
    struct facts_stage s;
    facts_stage_trace(&s, 32 << 20, false, &choice);
    for (unsigned i = 0; i <= ATTEMPTS; i++) {
        const struct play attempt = {i / 10.0, 'q', A, 1};
        facts_stage_play(&s, &attempt);
    }
    facts_stage_end(&s, 60000);
    const int64_t evicted = facts_ask_number(
        &s.tables, "SELECT value FROM counter WHERE name = 'evicted_traces'");
    ck_assert_int_gt(evicted, 0);
    ck_assert_int_eq(
        facts_ask_number(&s.tables, "SELECT count(*) FROM dns_message"),
        ATTEMPTS - evicted);
    ck_assert_int_eq(
        facts_ask_number(&s.tables, "SELECT min(frame) FROM dns_message"),
        evicted + 2);
    facts_stage_close(&s);
}
END_TEST

START_TEST(trace_that_memory_does_not_allow_is_refused)
{
    const struct facts_trace_choice choice = {.most = 1};
    struct budget none = {.limit = 1 << 20};
    ck_assert_ptr_null(facts_trace_new(&choice, NULL, &none));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/trace");
    TCase *tc = tcase_create("trace");
    tcase_add_loop_test(tc, trace_keeps_what_was_asked_for, 0, ROWS(rows));
    tcase_add_loop_test(tc, trace_tells_of_its_lookups_what_the_whole_log_tells,
                        0, ROWS(asked));
    tcase_add_test(tc, full_table_lets_the_oldest_go_and_counts);
    tcase_add_test(tc, trace_that_memory_does_not_allow_is_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
