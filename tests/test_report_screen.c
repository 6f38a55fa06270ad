#include <string.h>

#include "report/screen.h"
#include "test_render.h"

#define VIEW(name, select) "CREATE VIEW " name " AS " select ";"

static const char busy_summary[] = VIEW(
    "v_summary",
    "SELECT 1000 AS packets, 60.0 AS duration_seconds,"
    " '2026-11-01T10:00:00.000000000Z' AS first_time, 400 AS transactions,"
    " 390 AS answered, 0 AS answered_late, 10 AS unanswered, 0 AS open_at_end,"
    " 2 AS retransmissions, 0 AS orphan_responses, 200 AS lookups,"
    " 0 AS failed_lookups, 5 AS stalled_lookups, 0.001 AS wait_p50_seconds,"
    " 0.01 AS wait_p95_seconds, 0.1 AS wait_p99_seconds,"
    " 5.0 AS wait_max_seconds, 1 AS clients, 2 AS servers, 30 AS names");

static const char empty_summary[] =
    VIEW("v_summary",
         "SELECT 0 AS packets, NULL AS duration_seconds, NULL AS first_time,"
         " 0 AS transactions, 0 AS answered, 0 AS lookups, 0 AS clients,"
         " NULL AS wait_p50_seconds, NULL AS wait_p95_seconds,"
         " NULL AS wait_p99_seconds, NULL AS wait_max_seconds,"
         " 0 AS servers, 0 AS names");

#define FATES(values)                                                          \
    "CREATE VIEW v_frames (fate, reason, frames) AS " values ";"
static const char frames[] =
    FATES("VALUES ('not_dns', 'ARP', 20), ('dns', 'query', 900),"
          " ('not_dns', 'ICMP', 80)");
static const char no_frames[] = FATES("SELECT '', '', 0 WHERE 0");

#define WAITS(count, unanswered)                                               \
    "CREATE VIEW v_latency (scope, measure, count, p95_seconds, p99_seconds,"  \
    " unanswered, p95_with_unanswered_seconds, p99_with_unanswered_seconds)"   \
    " AS VALUES ('all', 'wait', " #count ", 0.01, 0.1, " #unanswered           \
    ", 5.0, 5.0), ('all', 'lookup', 7, 7, 7, 7, 7, 7);"
static const char verdict[] =
    VIEW("v_verdict", "SELECT 'yes' AS answer, 0.91 AS confidence,"
                      " 'YES, for 5 of 200 lookups.' AS sentence");

#define COLUMNS                                                                \
    "(id, severity, subject, title, evidence, cost_seconds, cost_queries,"     \
    " affected_clients, fix, example_frames)"
#define NO_FINDINGS                                                            \
    "CREATE VIEW v_findings " COLUMNS                                          \
    " AS SELECT 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 WHERE 0;"
#define FINDING(id, severity)                                                  \
    "'" id "', '" severity "', '10.0.0.53', '10.0.0.53 is slow',"              \
    " '{\"p95_seconds\":0.5,\"list\":[1,2]}', 12.5, 7, 3, 'Mend it.',"         \
    " '[1,2,3,4,5,6]'"

static const char no_filter[] =
    VIEW("v_parts", "SELECT NULL AS filter, NULL AS filtered_frames");

static char *screen_with(const char *summary, const char *waits,
                         const char *fates, const char *findings,
                         const char *parts,
                         const struct report_screen_options *options)
{
    const char *const scripts[] = {summary, waits,    fates,
                                   verdict, findings, parts};
    struct store *store = render_store();
    struct err err = {.code = ERR_OK};
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        ck_assert_msg(store_define(store, scripts[i], "test", &err) == ERR_OK,
                      "%s", err.text);
    struct render r;
    render_open(&r);
    ck_assert_msg(report_screen(r.out, store, options, &err) == ERR_OK, "%s",
                  err.text);
    store_close(store);
    return render_end(&r);
}

static char *screen_of(const char *summary, const char *fates,
                       const char *findings,
                       const struct report_screen_options *options)
{
    return screen_with(summary, WAITS(390, 0), fates, findings, no_filter,
                       options);
}

START_TEST(order_is_quality_verdict_summary_findings_next)
{
    const struct report_screen_options options = {.input = "x.pcap"};
    char *text = screen_of(busy_summary, frames,
                           "CREATE VIEW v_findings " COLUMNS
                           " AS VALUES (" FINDING("slow-server", "error") ");",
                           &options);
    ck_assert_str_eq(
        text,
        "Read     1,000 packets over 1 min 00 s: 900 DNS, 100 not DNS; data "
        "quality good\n"
        "\n"
        "Was it DNS? YES, for 5 of 200 lookups. (confidence 91 %)\n"
        "\n"
        "Asked    400 questions: 390 answered, 10 unanswered; 2 asked again\n"
        "Lookups  200, 5 stalled\n"
        "Answers  after p50 1.00 ms, p95 10.0 ms, p99 100 ms, at most 5.00 s\n"
        "Seen     1 client, 2 servers, 30 names from 2026-11-01T10:00:00.000Z\n"
        "\n"
        "error    10.0.0.53 is slow\n"
        "         slow-server; waited 12.5 s; queries 7; clients 3; frames 1, "
        "2, 3, 4, 5\n"
        "         fix: Mend it.\n"
        "\n"
        "Next     wasitdns explain slow-server\n");
    free(text);
}
END_TEST

static const struct {
    const char *parts, *want;
} filters[] = {
    {VIEW("v_parts", "SELECT 'port 53' AS filter, 1234 AS filtered_frames"),
     "; behind the filter \"port 53\", which kept out 1,234; data quality "
     "good"},
    {VIEW("v_parts", "SELECT 'port 53' AS filter, NULL AS filtered_frames"),
     "; behind the filter \"port 53\"; data quality good"},
};

START_TEST(the_first_line_names_the_filter)
{
    const struct report_screen_options options = {.style.columns = 100};
    char *text = screen_with(empty_summary, WAITS(0, 0), no_frames, NO_FINDINGS,
                             filters[_i].parts, &options);
    for (char *at = text; (at = strchr(at, '\n')); at++)
        *at = ' ';
    ck_assert_msg(strstr(text, filters[_i].want), "%s", text);
    free(text);
}
END_TEST

START_TEST(multicast_names_are_told_apart_in_the_first_line)
{
    const struct report_screen_options options = {.style.columns = 100};
    char *text =
        screen_of(busy_summary,
                  FATES("VALUES ('multicast_dns', 'mDNS', 7), ('dns', '', 900),"
                        " ('multicast_dns', 'NBNS', 8), ('dns', 'TCP', 80),"
                        " ('multicast_dns', 'LLMNR', 5)"),
                  NO_FINDINGS, &options);
    ck_assert_msg(strstr(text, ": 980 DNS, 8 NBNS, 7 mDNS, 5 LLMNR; data"),
                  "%s", text);
    free(text);
}
END_TEST

START_TEST(nothing_read_still_makes_a_screen)
{
    const struct report_screen_options options = {.input = NULL};
    char *text = screen_with(empty_summary,
                             "CREATE VIEW v_latency AS SELECT 'all' AS scope,"
                             " 'wait' AS measure, 0 AS count, 0 AS unanswered,"
                             " 0 AS p95_seconds, 0 AS p99_seconds,"
                             " 0 AS p95_with_unanswered_seconds,"
                             " 0 AS p99_with_unanswered_seconds WHERE 0;",
                             no_frames, NO_FINDINGS, no_filter, &options);
    ck_assert_str_eq(
        text, "Read     0 packets; data quality good\n"
              "\n"
              "Was it DNS? YES, for 5 of 200 lookups. (confidence 91 %)\n"
              "\n"
              "Asked    0 questions: 0 answered\n"
              "Lookups  0\n"
              "Answers  after p50 -\n"
              "Seen     0 clients, 0 servers, 0 names\n"
              "\n"
              "Findings none\n"
              "\n"
              "Next     wasitdns help\n");
    free(text);
}
END_TEST

static const struct {
    const char *waits, *want;
} answers[] = {
    {WAITS(100, 1), "p95 10.0 ms, p99 100 ms, at most 5.00 s\n"},
    {WAITS(100, 2), "p95 10.0 ms, p99 100 ms (>= 5.00 s with unanswered)\n"},
    {WAITS(99, 5), "p50 1.00 ms, p95 10.0 ms, at most 5.00 s (n=99)\n"},
    {WAITS(99, 6), "p95 10.0 ms (>= 5.00 s with unanswered) (n=99)\n"},
    {WAITS(20, 0), "p50 1.00 ms, p95 10.0 ms, at most 5.00 s (n=20)\n"},
    {WAITS(19, 9), "Answers  after p50 1.00 ms, at most 5.00 s (n=19)\n"},
};

START_TEST(percentiles_rest_on_enough_answers)
{
    const struct report_screen_options options = {.input = NULL};
    char *text = screen_with(busy_summary, answers[_i].waits, frames,
                             NO_FINDINGS, no_filter, &options);
    ck_assert_msg(strstr(text, answers[_i].want) != NULL, "no %s in\n%s",
                  answers[_i].want, text);
    free(text);
}
END_TEST

static const struct {
    const char *summary, *fates, *want;
} nexts[] = {
    {busy_summary, frames, "top slow x.pcap\n"},
    {empty_summary, frames, "top frames x.pcap\n"},
    {empty_summary, no_frames, "top frames x.pcap\n"},
    {empty_summary, FATES("VALUES ('not_dns', 'UDP, other port', 3)"),
     "top frames x.pcap (DNS on another port is read with --port N)\n"},
    {empty_summary,
     FATES("VALUES ('not_dns', 'UDP, other port', 3), ('dns', 'query', 1)"),
     "top frames x.pcap\n"},
};

START_TEST(next_is_a_table_that_has_rows)
{
    const struct report_screen_options options = {.input = "x.pcap"};
    char *text =
        screen_of(nexts[_i].summary, nexts[_i].fates, NO_FINDINGS, &options);
    const char *next = strstr(text, "Next     wasitdns ");
    ck_assert_ptr_nonnull(next);
    ck_assert_str_eq(next + strlen("Next     wasitdns "), nexts[_i].want);
    free(text);
}
END_TEST

START_TEST(quality_comes_first_and_not_again)
{
    const struct report_screen_options options = {.input = "x.pcap",
                                                  .interrupted = true};
    char *text = screen_of(
        busy_summary, frames,
        "CREATE VIEW v_findings " COLUMNS " AS VALUES ('capture-quality',"
        " 'warning', '', 'half of it was cut', '{}', 0, 0, 0, 'fix', '[]');",
        &options);
    ck_assert_ptr_nonnull(strstr(
        text, "Read     1,000 packets over 1 min 00 s: 900 DNS, 100 not "
              "DNS\n"
              "  but    stopped by a signal: this is what was read until "
              "then\n"
              "  but    half of it was cut\n"
              "\n"
              "Was it DNS?"));
    ck_assert_ptr_nonnull(strstr(text, "\nFindings none\n\n"
                                       "Next     wasitdns top slow x.pcap\n"));
    free(text);
}
END_TEST

#define FOUR                                                                   \
    "CREATE VIEW v_findings " COLUMNS                                          \
    " AS VALUES (" FINDING("slow-a", "critical") "), (" FINDING(               \
        "slow-b",                                                              \
        "error") "), (" FINDING("slow-c",                                      \
                                "warning") "), (" FINDING("slow-d",            \
                                                          "info") ");"

static const struct {
    unsigned rows;
    const char *want[3]; /* in the text */
    const char * not ;   /* not in the text */
} sizes[] = {
    {0, {"slow-a; waited", "slow-d; waited", "Mend it."}, "more"},
    {40, {"slow-a; waited", "slow-d; waited", "Mend it."}, "more"},
    {24, {"slow-a; waited", "slow (slow-d)", "Mend it."}, "more"},
    {18,
     {"slow-a; waited", "slow (slow-c)", "Findings 1 more (-v shows all)"},
     "slow-d"},
    {5,
     {"slow-a; waited", "Mend it.", "Findings 3 more (-v shows all)"},
     "slow-b"},
};

START_TEST(findings_keep_to_the_rows)
{
    const struct report_screen_options options = {
        .style = {.columns = 80, .rows = sizes[_i].rows}, .input = "x.pcap"};
    char *text = screen_of(busy_summary, frames, FOUR, &options);
    for (size_t i = 0; i < 3; i++)
        ck_assert_msg(strstr(text, sizes[_i].want[i]) != NULL,
                      "%u: no %s in\n%s", sizes[_i].rows, sizes[_i].want[i],
                      text);
    ck_assert_msg(strstr(text, sizes[_i].not ) == NULL, "%u: %s in\n%s",
                  sizes[_i].rows, sizes[_i].not, text);
    unsigned rows = 0;
    for (const char *c = text; *c; c++)
        rows += *c == '\n';
    if (sizes[_i].rows >= 18)
        ck_assert_uint_lt(rows, sizes[_i].rows); /* the prompt needs one */
    free(text);
}
END_TEST

START_TEST(evidence_is_shown_on_demand)
{
    const struct report_screen_options options = {.evidence = true};
    char *text = screen_of(busy_summary, frames,
                           "CREATE VIEW v_findings " COLUMNS
                           " AS VALUES (" FINDING("slow-server", "error") ");",
                           &options);
    ck_assert_ptr_nonnull(
        strstr(text, "evidence: p95 seconds 0.5, list [1,2]\n"));
    free(text);
}
END_TEST

START_TEST(hostile_cells_arrive_as_text)
{
    const struct report_screen_options options = {
        .style = {.columns = 60}, .evidence = true, .input = "x.pcap"};
    char *text = screen_of(
        busy_summary, frames,
        "CREATE VIEW v_findings " COLUMNS
        " AS VALUES (char(27) || '[2J', char(27) || '[31mHUGE SEVERITY',"
        " x'00ff0a', char(7) || '{title}[x]', '{broken', 'text', x'ff', '',"
        " char(10) || char(155), 'not json');",
        &options);
    render_assert_plain(text);
    ck_assert_ptr_nonnull(strstr(text, "\\027[2J"));
    ck_assert_ptr_nonnull(strstr(text, "\\007{title}[x]"));
    free(text);
}
END_TEST

START_TEST(colour_only_where_allowed)
{
    const struct report_screen_options plain = {.input = "x.pcap"};
    const struct report_screen_options colored = {.style = {.color = true},
                                                  .input = "x.pcap"};
    char *without = screen_of(busy_summary, frames, FOUR, &plain);
    char *with = screen_of(busy_summary, frames, FOUR, &colored);
    ck_assert_ptr_null(strchr(without, '\033'));
    ck_assert_ptr_nonnull(strstr(with, "\033[1;31mcritical \033[0m"));
    free(without);
    free(with);
}
END_TEST

START_TEST(missing_view_is_an_error)
{
    struct store *store = render_store();
    const struct report_screen_options options = {.input = NULL};
    struct render r;
    render_open(&r);
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(report_screen(r.out, store, &options, &err), ERR_STORE);
    ck_assert_str_eq(err.text, "v_findings: no such table: v_findings");
    store_close(store);
    free(render_end(&r));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report/screen");
    TCase *tc = tcase_create("screen");
    tcase_add_test(tc, order_is_quality_verdict_summary_findings_next);
    tcase_add_loop_test(tc, the_first_line_names_the_filter, 0,
                        sizeof filters / sizeof *filters);
    tcase_add_test(tc, multicast_names_are_told_apart_in_the_first_line);
    tcase_add_test(tc, nothing_read_still_makes_a_screen);
    tcase_add_test(tc, quality_comes_first_and_not_again);
    tcase_add_loop_test(tc, percentiles_rest_on_enough_answers, 0,
                        ROWS(answers));
    tcase_add_loop_test(tc, next_is_a_table_that_has_rows, 0, ROWS(nexts));
    tcase_add_loop_test(tc, findings_keep_to_the_rows, 0, ROWS(sizes));
    tcase_add_test(tc, evidence_is_shown_on_demand);
    tcase_add_test(tc, hostile_cells_arrive_as_text);
    tcase_add_test(tc, colour_only_where_allowed);
    tcase_add_test(tc, missing_view_is_an_error);
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
