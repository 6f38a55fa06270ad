/* The part itself, and its traffic over time. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"
#include "test_random.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

/* Seconds since the play began. */
#define SECONDS                                                                \
    "SELECT window_ns / 1000000000 - 1000, queries, responses, noerror,"       \
    " nxdomain, servfail, refused, nodata, unanswered, retransmissions"        \
    " FROM traffic ORDER BY window_ns"

static const struct facts_row rows[] = {
    {"nothing", {{0}}, 0, SECONDS, ""},
    {"each kind of response in its second",
     {{0, 'q', A, 1, .name = "a"},
      {1, 'r', A, 1, .name = "a"},
      {2, 'q', A, 2, .name = "b"},
      {3, 'x', A, 2, .name = "b"},
      {4, 'q', A, 3, .name = "c"},
      {5, 's', A, 3, .name = "c"},
      {6, 'q', A, 4, .name = "d"},
      {7, 'f', A, 4, .name = "d"},
      {8, 'q', A, 5, .name = "e"},
      {999, 'n', A, 5, .name = "e"},
      {1000, 'q', A, 6, .name = "f"},
      {2000, 'r', A, 6, .name = "f"}},
     0,
     SECONDS,
     "0|5|5|2|1|1|1|1|0|0\n1|1|0|0|0|0|0|0|0|0\n2|0|1|1|0|0|0|0|0|0"},
    {"no row where nothing was",
     {{0, 'q', A, 1},
      {1, 'r', A, 1},
      {3000000, 'q', A, 2},
      {3000001, 'r', A, 2}},
     0,
     SECONDS,
     "0|1|1|1|0|0|0|0|0|0\n3000|1|1|1|0|0|0|0|0|0"},
    {"rows in order of time, before the first one too",
     {{5500, 'q', A, 1}, {5000, 'q', A, 2}, {4600, 'q', A, 3}},
     0,
     "SELECT window_ns / 1000000000 - 1000, queries FROM traffic",
     "4|1\n5|2"},
    {"what was never answered counts where it began",
     {{0, 'q', A, 1}, {5000, 'q', A, 1}, {7000, 'q', A, 2}},
     60000,
     SECONDS,
     "0|1|0|0|0|0|0|0|1|0\n5|1|0|0|0|0|0|0|0|1\n7|1|0|0|0|0|0|0|1|0"},
    {"messages of another opcode are messages",
     {{0, 'q', A, 1, .opcode = 4}, {1, 'n', A, 1, .opcode = 4}},
     0,
     SECONDS,
     "0|1|1|1|0|0|0|0|0|0"},
    {"the part",
     {{250, 'q', A, 1}, {750, 'r', A, 1}},
     0,
     "SELECT part_id, length(identity), tool, first_ns, last_ns, timeout_ns,"
     " window_ns, resolution_ns, ports FROM part",
     "1|16|test|1000000000000|1000750000000|5000000000|60000000000|"
     "1000000000|53"},
};

START_TEST(traffic_has_its_rows)
{
    facts_check_row(&rows[_i]);
}
END_TEST

/* Five hours of seconds are more than there are rows: they double their width
 * and lose nothing. */
START_TEST(long_capture_has_wider_rows_with_the_same_sums)
{
    enum { SECONDS_LONG = 20000 };
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, false);
    for (unsigned i = 0; i < SECONDS_LONG; i++) {
        const struct play query = {i * 1000.0, 'q', A, (uint16_t)i};
        const struct play response = {i * 1000.0 + 1, 'x', A, (uint16_t)i};
        facts_stage_play(&s, &query);
        facts_stage_play(&s, &response);
    }
    facts_stage_end(&s, 0);
    ck_assert_str_eq(
        facts_ask(&s.tables,
                  "SELECT resolution_ns / 1000000000, count(*), sum(queries),"
                  " sum(responses), sum(nxdomain), min(queries), max(queries)"
                  " FROM traffic, part"),
        "2|10000|20000|20000|20000|2|2");
    ck_assert_int_eq(facts_ask_number(&s.tables,
                                      "SELECT count(*) FROM traffic WHERE "
                                      "window_ns % 2000000000 <> 0"),
                     0);
    facts_stage_close(&s);
}
END_TEST

START_TEST(part_without_times_says_so)
{
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, false);
    s.part.timed = false;
    facts_stage_end(&s, 0);
    ck_assert_str_eq(facts_ask(&s.tables, "SELECT first_ns IS NULL, "
                                          "last_ns IS NULL FROM part"),
                     "1|1");
    facts_stage_close(&s);
}
END_TEST

/* --- identity ------------------------------------------------------------- */

/* What differs from the part that the others are compared with. */
static const struct {
    const char *name;
    bool same;
    struct play more;
    struct facts_part part;
} changes[] = {
    {"nothing", .same = true},
    {"a message more", .more = {900, 'q', A, 77}},
    {"a frame more", .part = {.frames = 1}},
    {"an octet more", .part = {.captured_octets = 1}},
    {"begun earlier", .part = {.first_ns = 1}},
    {"ended later", .part = {.last_ns = 1}},
    {"another patience", .part = {.timeout_ns = 1}},
    {"other windows", .part = {.window_ns = 1}},
};

static void identity_of(int change, char out[32])
{
    struct facts_stage s;
    facts_stage_open(&s, 64 << 20, false);
    for (unsigned i = 0; i < 20; i++)
        facts_stage_play(
            &s, &(const struct play){i * 40.0, 'q', A, (uint16_t)(i * 31)});
    if (changes[change].more.what)
        facts_stage_play(&s, &changes[change].more);
    /* as if the frame had been there all the time */
    s.part = (struct facts_part){
        .tool = "test",
        .ports = "53",
        .timed = true,
        .frames = 20 + changes[change].part.frames,
        .captured_octets = 2000 + changes[change].part.captured_octets,
        .first_ns = play_start_ns + changes[change].part.first_ns,
        .last_ns = play_start_ns + S + changes[change].part.last_ns,
        .timeout_ns = 5 * S + changes[change].part.timeout_ns,
        .window_ns = 60 * S + changes[change].part.window_ns,
    };
    facts_stage_end(&s, 0);
    snprintf(out, 32, "%.16s",
             facts_ask(&s.tables, "SELECT identity FROM part"));
    facts_stage_close(&s);
}

START_TEST(identity_is_that_of_content_and_settings)
{
    char first[32], other[32];
    identity_of(0, first);
    identity_of(_i, other);
    ck_assert_msg((strcmp(first, other) == 0) == changes[_i].same, "%s",
                  changes[_i].name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/timeline");
    TCase *tc = tcase_create("timeline");
    tcase_add_loop_test(tc, traffic_has_its_rows, 0, ROWS(rows));
    tcase_add_test(tc, long_capture_has_wider_rows_with_the_same_sums);
    tcase_add_test(tc, part_without_times_says_so);
    tcase_add_loop_test(tc, identity_is_that_of_content_and_settings, 0,
                        ROWS(changes));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
