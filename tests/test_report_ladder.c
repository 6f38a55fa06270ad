/* What a ladder makes of lookups and their queries. The views it reads are laid
 * here as rows, so that each row of a test says all that matters. */
#include <math.h>
#include <string.h>

#include "report/ladder.h"
#include "test_render.h"

/* --- a store of rows -------------------------------------------------------- */

#define LOOKUP_COLUMNS                                                         \
    "lookup_id, client_address, base_name, types, queries, needed_queries,"    \
    " outcome, cause, wait_seconds"
#define QUERY_COLUMNS                                                          \
    "lookup_id, transaction_id, at_ms, query_name, query_type,"                \
    " server_address, answer, answer_ms"

static void define(struct store *store, const char *sql)
{
    struct err err = {.code = ERR_OK};
    ck_assert_msg(store_define(store, sql, sql, &err) == ERR_OK, "%s",
                  err.text);
}

/* A view over VALUES, or over nothing. */
static void define_rows(struct store *store, const char *name,
                        const char *columns, unsigned count, const char *rows)
{
    char sql[1 << 15], nulls[128] = "NULL";
    for (unsigned i = 1; i < count; i++)
        strcat(nulls, ", NULL");
    if (*rows)
        snprintf(sql, sizeof sql, "CREATE VIEW %s(%s) AS VALUES %s;", name,
                 columns, rows);
    else
        snprintf(sql, sizeof sql, "CREATE VIEW %s(%s) AS SELECT %s WHERE 0;",
                 name, columns, nulls);
    define(store, sql);
}

/* Queries without an answer have NULL; "ICMP error" is one. */
static struct store *store_of(const char *lookups, const char *queries)
{
    struct store *store = render_store();
    define_rows(store, "lookup_row", LOOKUP_COLUMNS, 9, lookups);
    define_rows(store, "query_row", QUERY_COLUMNS, 8, queries);
    define(store, "CREATE VIEW v_lookups AS SELECT *, 1000 AS time_ns,"
                  " '2026-11-01T10:00:00.250000000Z' AS time,"
                  " 1 AS first_frame, 9 AS last_frame FROM lookup_row;");
    define(store,
           "CREATE VIEW v_attempts AS SELECT *, transaction_id AS query_frame,"
           " 0 AS is_repeat, 1000 + CAST(at_ms * 1e6 AS INTEGER) AS time_ns,"
           " 'udp' AS transport, 1 AS attempts,"
           " iif(answer_ms IS NULL, 0, 1) AS responses,"
           " iif(answer_ms IS NULL, NULL, transaction_id + 100)"
           "  AS response_frame, answer_ms / 1e3 AS answer_seconds,"
           " iif(answer = 'ICMP error', 77, NULL) AS icmp_frame,"
           " 'answered' AS outcome FROM query_row;");
    define(store, "CREATE VIEW v_transactions AS SELECT * FROM query_row;");
    return store;
}

static void read_ladder(struct report_ladder *ladder, struct store *store,
                        const struct report_ladder_choice *choice)
{
    struct err err = {.code = ERR_OK};
    ck_assert_msg(report_ladder_read(ladder, store, choice, &err) == ERR_OK,
                  "%s", err.text);
}

/* --- where the time went ---------------------------------------------------- */

#define ONE(wait)                                                              \
    "(7, '10.0.0.1', 'a.example', 'A AAAA', 4, 2, 'answered', NULL, " wait ")"

static const struct {
    const char *name, *lookup, *queries;
    double timer, search, server, client; /* ms */
    const char *waits;                    /* for a timer, in ms */
} times[] = {
    {"a pair", ONE("0.030"),
     "(7, 1, 0, 'a.example', 'A', '10.0.0.53', 'NOERROR', 20),"
     "(7, 2, 0.1, 'a.example', 'AAAA', '10.0.0.53', 'NOERROR', 29.9)",
     0, 0, 30, 0, ""},
    {"one after the other, the client in between", ONE("0.050"),
     "(7, 1, 0, 'a.example', 'A', '10.0.0.53', 'NOERROR', 20),"
     "(7, 2, 30, 'a.example', 'AAAA', '10.0.0.53', 'NOERROR', 20)",
     0, 0, 40, 10, ""},
    {"one was lost, the answered one is asked again first", ONE("5.030"),
     "(7, 1, 0, 'a.example', 'A', '10.0.0.53', 'NOERROR', 20),"
     "(7, 2, 1, 'a.example', 'AAAA', '10.0.0.53', NULL, NULL),"
     "(7, 3, 5000, 'a.example', 'A', '10.0.0.53', 'NOERROR', 10),"
     "(7, 4, 5010, 'a.example', 'AAAA', '10.0.0.53', 'NOERROR', 20)",
     4980, 0, 50, 0, "4980"},
    {"a dead server", ONE("5.020"),
     "(7, 1, 0, 'a.example', 'A', '10.0.0.54', NULL, NULL),"
     "(7, 2, 0.1, 'a.example', 'AAAA', '10.0.0.54', NULL, NULL),"
     "(7, 3, 5000, 'a.example', 'A', '10.0.0.53', 'NOERROR', 20),"
     "(7, 4, 5000.1, 'a.example', 'AAAA', '10.0.0.53', 'NOERROR', 19.9)",
     5000, 0, 20, 0, "5000"},
    {"two waits", ONE("15.010"),
     "(7, 1, 0, 'a.example', 'A', '10.0.0.54', NULL, NULL),"
     "(7, 2, 5000, 'a.example', 'A', '10.0.0.55', NULL, NULL),"
     "(7, 3, 15000, 'a.example', 'A', '10.0.0.53', 'NOERROR', 10)",
     15000, 0, 10, 0, "5000 10000"},
    {"several servers at once, one of them dead", ONE("0.021"),
     "(7, 1, 0, 'a.example', 'A', '10.0.0.54', NULL, NULL),"
     "(7, 2, 1, 'a.example', 'A', '10.0.0.53', 'NOERROR', 20)",
     0, 0, 20, 1, ""},
    {"the search list", ONE("0.040"),
     "(7, 1, 0, 'a.example.s', 'A', '10.0.0.53', 'NXDOMAIN', 10),"
     "(7, 2, 11, 'a.example.t', 'A', '10.0.0.53', 'NXDOMAIN', 10),"
     "(7, 3, 25, 'a.example', 'A', '10.0.0.53', 'NOERROR', 15)",
     0, 25, 15, 0, ""},
    {"a wait on the search list", ONE("5.020"),
     "(7, 1, 0, 'a.example.s', 'A', '10.0.0.54', NULL, NULL),"
     "(7, 2, 5000, 'a.example.s', 'A', '10.0.0.53', 'NXDOMAIN', 10),"
     "(7, 3, 5010, 'a.example', 'A', '10.0.0.53', 'NOERROR', 10)",
     5000, 10, 10, 0, "5000"},
    {"ICMP is an answer", ONE("0.030"),
     "(7, 1, 0, 'a.example', 'A', '10.0.0.54', 'ICMP error', NULL),"
     "(7, 2, 10, 'a.example', 'A', '10.0.0.53', 'NOERROR', 20)",
     0, 0, 30, 0, ""},
    {"it gave up: until its last query",
     "(7, '10.0.0.1', 'a.example', 'A', 2, 1, 'gave_up', NULL, NULL)",
     "(7, 1, 0, 'a.example', 'A', '10.0.0.53', NULL, NULL),"
     "(7, 2, 5000, 'a.example', 'A', '10.0.0.53', NULL, NULL)",
     5000, 0, 0, 0, "5000"},
    {"nothing is known of its queries", ONE("0.030"), "", 0, 0, 0, 30, ""},
    {"nothing lasted", ONE("0"),
     "(7, 1, 0, 'a.example', 'A', '10.0.0.53', 'NOERROR', 0)", 0, 0, 0, 0, ""},
};

static void assert_waits(const struct report_ladder_lookup *l, const char *want)
{
    struct report_ladder_event *events = NULL;
    size_t count = 0, used = 0;
    struct err err = {.code = ERR_OK};
    char got[128] = "";
    ck_assert_int_eq(report_ladder_events(l, &events, &count, &err), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        ck_assert(i == 0 || events[i - 1].at_seconds <= events[i].at_seconds);
        if (events[i].kind == REPORT_LADDER_WAIT)
            used += (size_t)snprintf(got + used, sizeof got - used, "%s%.0f",
                                     used ? " " : "", events[i].seconds * 1e3);
    }
    ck_assert_str_eq(got, want);
    free(events);
}

START_TEST(time_is_shared_out)
{
    const struct report_ladder_choice choice = {.most = 1};
    const double want[REPORT_LADDER_TIMES] = {
        times[_i].timer, times[_i].search, times[_i].server, times[_i].client};
    struct store *store = store_of(times[_i].lookup, times[_i].queries);
    struct report_ladder ladder;
    read_ladder(&ladder, store, &choice);
    ck_assert_uint_eq(ladder.count, 1);
    for (int i = 0; i < REPORT_LADDER_TIMES; i++)
        ck_assert_msg(fabs(ladder.lookups[0].times[i] * 1e3 - want[i]) < .2,
                      "%s: %d: %g ms", times[_i].name, i,
                      ladder.lookups[0].times[i] * 1e3);
    assert_waits(&ladder.lookups[0], times[_i].waits);
    report_ladder_fini(&ladder);
    store_close(store);
}
END_TEST

/* --- choosing --------------------------------------------------------------- */

static const char many[] =
    "(0, '10.0.0.1', 'a.example', 'A', 1, 1, 'answered', NULL, 0.010),"
    "(1, '10.0.0.1', 'ab.example', 'A', 1, 1, 'answered', NULL, 0.030),"
    "(2, '10.0.0.2', 'b.example', 'A', 1, 1, 'answered', NULL, 0.020),"
    "(3, '10.0.0.2', 'c.example', 'A', 1, 1, 'open_at_end', NULL, NULL),"
    "(4, '10.0.0.2', 'd.example', 'A', 1, 1, 'answered', NULL, 0.020)";
static const char many_queries[] =
    "(2, 1, 0, 'b.example.lan', 'A', '10.0.0.53', 'NXDOMAIN', 20),"
    "(3, 2, 0, 'c.example', 'A', '10.0.0.53', NULL, NULL),"
    "(3, 3, 25, 'c.example', 'A', '10.0.0.53', NULL, NULL)";

static const struct {
    const char *name;
    struct report_ladder_choice choice;
    const char *ids;
    uint64_t fitting;
} choices[] = {
    {"the longest first, of equal waits the earlier",
     {.most = 9},
     "1 3 2 4 0",
     5},
    {"so many", {.most = 2}, "1 3", 5},
    {"of a client", {.client = "10.0.0.1", .most = 9}, "1 0", 2},
    {"of nobody", {.client = "10.0.0.9", .most = 9}, "", 0},
    {"of a name", {.name = "a.example", .most = 9}, "0", 1},
    {"of its first labels", {.name = "b", .most = 9}, "2", 1},
    {"of a name on the search list",
     {.name = "b.example.lan", .most = 9},
     "2",
     1},
    {"not of a part of a label", {.name = "a.exam", .most = 9}, "", 0},
    {"of a name and a client",
     {.name = "a.example", .client = "10.0.0.2", .most = 9},
     "",
     0},
    {"by its id", {.has_lookup = true, .lookup_id = 4, .most = 9}, "4", 1},
};

START_TEST(choice_is_kept_to)
{
    struct store *store = store_of(many, many_queries);
    struct report_ladder ladder;
    char got[64] = "";
    size_t used = 0;
    read_ladder(&ladder, store, &choices[_i].choice);
    for (size_t i = 0; i < ladder.count; i++)
        used += (size_t)snprintf(got + used, sizeof got - used, "%s%lld",
                                 i ? " " : "", (long long)ladder.lookups[i].id);
    ck_assert_msg(strcmp(got, choices[_i].ids) == 0, "%s: %s", choices[_i].name,
                  got);
    ck_assert_uint_eq(ladder.fitting, choices[_i].fitting);
    report_ladder_fini(&ladder);
    store_close(store);
}
END_TEST

START_TEST(queries_beyond_the_ceiling_are_counted)
{
    const struct report_ladder_choice choice = {.most = 1};
    struct store *store = store_of(ONE("1"), "");
    define(store, "DROP VIEW query_row;");
    define(store,
           "CREATE VIEW query_row AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL"
           " SELECT i + 1 FROM n WHERE i < 1004) SELECT 7 AS lookup_id,"
           " i AS transaction_id, i AS at_ms, 'a.example' AS query_name,"
           " 'A' AS query_type, '10.0.0.53' AS server_address,"
           " 'NOERROR' AS answer, 1 AS answer_ms FROM n;");
    struct report_ladder ladder;
    read_ladder(&ladder, store, &choice);
    ck_assert_uint_eq(ladder.lookups[0].query_count, REPORT_LADDER_QUERIES);
    ck_assert_uint_eq(ladder.lookups[0].more, 5);
    report_ladder_fini(&ladder);
    store_close(store);
}
END_TEST

/* --- drawing ---------------------------------------------------------------- */

static char *drawn(struct store *store, enum report_ladder_form form,
                   unsigned columns)
{
    const struct report_ladder_choice choice = {.most = 9};
    const struct report_ladder_options options = {
        .form = form, .style = {.columns = columns}, .version = "1"};
    struct report_ladder ladder;
    struct render r;
    struct err err = {.code = ERR_OK};
    read_ladder(&ladder, store, &choice);
    render_open(&r);
    ck_assert_int_eq(report_ladder_write(r.out, &ladder, &options, &err),
                     ERR_OK);
    report_ladder_fini(&ladder);
    return render_end(&r);
}

static const char walk[] =
    "(7, '10.0.0.1', 'a.example', 'A', 2, 1, 'answered', 'dead-server', 5.01)";
static const char walk_queries[] =
    "(7, 1, 0, 'a.example.lan', 'A', '10.0.0.54', NULL, NULL),"
    "(7, 2, 5000, 'a.example.lan', 'A', '10.0.0.53', 'NXDOMAIN', 4),"
    "(7, 3, 5004, 'a.example', 'A', '10.0.0.53', 'NOERROR', 6)";

static const struct {
    enum report_ladder_form form;
    const char *parts[8];
} drawings[] = {
    {REPORT_LADDER_TEXT,
     {"Lookup 7: a.example (A) by 10.0.0.1\n"
      "answered after 5.01 s (dead-server), 2 queries (1 would do) to 2 "
      "servers\n",
      "a.example + lan\n",
      "     0 s      1  A     --x 10.0.0.54  no answer for 5.00 s\n"
      "                 :   5.00 s waiting for a timer\n",
      "  5.00 s      2  A     --> 10.0.0.53  NXDOMAIN after 4.00 ms (frame "
      "102)\n                 a.example as it is\n",
      "Where the time went: 5.00 s (99.8 %) waiting for a timer, 4.00 ms (0.1 "
      "%)\nwalking the search list, 6.00 ms (0.1 %) waiting for servers\n"}},
    {REPORT_LADDER_JSON,
     {"\"wait_seconds\": 5.01, ", "\"timer_seconds\": 5, ",
      "\"search_seconds\": 0.004, ", "\"cause\": \"dead-server\"",
      "\"suffix\": \"lan\"", "\"waited_seconds\": 5}",
      "\"answer_seconds\": 0.006, "}},
    {REPORT_LADDER_MERMAID,
     {"sequenceDiagram\n    participant p0 as 10.0.0.1\n",
      "    p0-xp1: A a.example + lan, frame 1, no answer for 5.00 s\n",
      "    Note over p0: 5.00 s waiting for a timer\n",
      "    p2-->>p0: A NXDOMAIN after 4.00 ms, frame 102\n"}},
    {REPORT_LADDER_PLANTUML,
     {"@startuml\n", "participant \"10.0.0.1\" as p0\n",
      "p0 ->x p1: A a.example + lan, frame 1, no answer for 5.00 s\n",
      "p2 --> p0: A NXDOMAIN after 4.00 ms, frame 102\n", "@enduml\n"}},
    {REPORT_LADDER_SVG,
     {"<svg xmlns=", "prefers-color-scheme: dark", ">10.0.0.54</text>",
      ">A a.example + lan</text>", ">5.00 s waiting for a timer</text>",
      ">A NXDOMAIN after 4.00 ms</text>", "class=\"lost\"", "</svg>\n"}},
};

START_TEST(form_tells_the_whole_story)
{
    struct store *store = store_of(walk, walk_queries);
    char *text = drawn(store, drawings[_i].form, 80);
    for (int i = 0; i < 8 && drawings[_i].parts[i]; i++)
        ck_assert_msg(strstr(text, drawings[_i].parts[i]) != NULL,
                      "no %s in\n%s", drawings[_i].parts[i], text);
    render_assert_plain(text);
    free(text);
    store_close(store);
}
END_TEST

START_TEST(form_without_lookups_is_whole)
{
    static const char *const want[] = {
        [REPORT_LADDER_TEXT] = "No lookup among the 0 there are.\n",
        [REPORT_LADDER_JSON] = "\"lookups\": []\n}\n",
        [REPORT_LADDER_MERMAID] = "sequenceDiagram\n",
        [REPORT_LADDER_PLANTUML] = "@startuml\nhide footbox\n@enduml\n",
        [REPORT_LADDER_SVG] = "</svg>\n",
    };
    struct store *store = store_of("", "");
    char *text = drawn(store, (enum report_ladder_form)_i, 80);
    ck_assert_msg(strstr(text, want[_i]) != NULL, "%s", text);
    free(text);
    store_close(store);
}
END_TEST

START_TEST(text_keeps_to_its_columns)
{
    struct store *store = store_of(
        "(7, '2001:db8:1234:5678:9abc:def0:1234:5678', 'a.example', 'A', 2, 1,"
        " 'answered', NULL, 5.01)",
        "(7, 1, 0, 'a.example', 'A',"
        " '2001:db8:1234:5678:9abc:def0:1234:9999', 'NXDOMAIN', 20)");
    char *text = drawn(store, REPORT_LADDER_TEXT, 80);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        ck_assert_msg(strcspn(line, "\n") <= 80, "%s", line);
    free(text);
    store_close(store);
}
END_TEST

/* --- strangers -------------------------------------------------------------- */

static const char *const strangers[] = {
    "<script>alert(1)</script>",
    "a&b;c#d\"e",
    "x; p0->>p1: y #59; end",
    "**a** __b__ --c-- //d// ~e [[f]]",
    "@enduml !include x %date()",
    "]]> <!-- <![CDATA[",
    "\033[2J",
    "a\nNote over p0: b",
    "a\r\n@enduml",
    "wrap:a",
    "caf\303\251 \377",
};

/* Well-formed enough for any parser: elements nest, and every & and < of a text
 * begins what we wrote. */
static void assert_xml(const char *text)
{
    unsigned depth = 0;
    const char *at = strstr(text, "?>") + 2;
    for (; *at; at++) {
        if (*at == '&')
            ck_assert_msg(!strncmp(at, "&lt;", 4) || !strncmp(at, "&gt;", 4) ||
                              !strncmp(at, "&amp;", 5),
                          "%.40s", at);
        if (*at != '<')
            continue;
        const char *end = strchr(at, '>');
        ck_assert_ptr_nonnull(end);
        ck_assert_msg(at[1] == '/' || strchr("strp", at[1]) != NULL, "%.40s",
                      at);
        if (at[1] == '/')
            ck_assert_uint_gt(depth--, 0);
        else
            depth += end[-1] != '/';
        at = end;
    }
    ck_assert_uint_eq(depth, 0);
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

/* The stranger as name, type, addresses and answer; `name` is borrowed SQL. */
static struct store *store_of_stranger(const char *name)
{
    char *lookup = sqlite3_mprintf(
        "(7, %Q, %Q, %Q, 2, 1, 'answered', %Q, 0.02)", name, name, name, name);
    char *query = sqlite3_mprintf(
        "(7, 1, 0, %Q, %Q, %Q, %Q, 20), (7, 2, 1, %Q, 'A', 's', NULL, NULL)",
        name, name, name, name, name);
    struct store *store = store_of(lookup, query);
    sqlite3_free(lookup);
    sqlite3_free(query);
    return store;
}

START_TEST(strangers_arrive_as_text)
{
    static const enum report_ladder_form diagrams[] = {
        REPORT_LADDER_MERMAID, REPORT_LADDER_PLANTUML, REPORT_LADDER_SVG};
    struct store *store = store_of_stranger(strangers[_i]);
    struct store *harmless = store_of_stranger("harmless");
    for (int form = REPORT_LADDER_TEXT; form <= REPORT_LADDER_SVG; form++) {
        char *text = drawn(store, (enum report_ladder_form)form, 80);
        render_assert_plain(text);
        if (form == REPORT_LADDER_SVG)
            assert_xml(text);
        free(text);
    }
    for (size_t i = 0; i < sizeof diagrams / sizeof diagrams[0]; i++) {
        char *text = drawn(store, diagrams[i], 80);
        char *want = drawn(harmless, diagrams[i], 80);
        if (diagrams[i] != REPORT_LADDER_SVG) {
            ck_assert_uint_eq(lines_of(text), lines_of(want));
            ck_assert_ptr_null(strstr(text, "**"));
        }
        ck_assert_ptr_null(strstr(text, "<script"));
        free(text);
        free(want);
    }
    store_close(store);
    store_close(harmless);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report/ladder");
    TCase *tc = tcase_create("ladder");
    tcase_add_loop_test(tc, time_is_shared_out, 0, ROWS(times));
    tcase_add_loop_test(tc, choice_is_kept_to, 0, ROWS(choices));
    tcase_add_test(tc, queries_beyond_the_ceiling_are_counted);
    tcase_add_loop_test(tc, form_tells_the_whole_story, 0, ROWS(drawings));
    tcase_add_loop_test(tc, form_without_lookups_is_whole, 0,
                        REPORT_LADDER_SVG + 1);
    tcase_add_test(tc, text_keeps_to_its_columns);
    tcase_add_loop_test(tc, strangers_arrive_as_text, 0, ROWS(strangers));
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
