/* Search lists: the rows of lookups that went through one. */
#include <check.h>
#include <stdlib.h>

#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define LOOKUPS                                                                \
    "SELECT query_name, dots, b.suffix, s.suffix, steps, outcome, addresses,"  \
    " lookups, queries, sent_queries, needed_queries, wasted_ns, first_frame"  \
    " FROM search_lookup JOIN name USING (name_id)"                            \
    " JOIN suffix AS b ON b.suffix_id = begins_id"                             \
    " JOIN suffix AS s ON s.suffix_id = settled_id ORDER BY query_name, dots"

#define AUTOPATH                                                               \
    "SELECT n.query_name, dots, b.suffix, t.suffix, steps, autopath_lookups"   \
    " FROM search_lookup JOIN search_client USING (client_id)"                 \
    " JOIN name AS n USING (name_id)"                                          \
    " JOIN suffix AS b ON b.suffix_id = begins_id"                             \
    " JOIN suffix AS t ON t.suffix_id = settled_id"

/* One step of a walk: A alone, `x` or another answer 1 ms later. */
#define STEP(ms, id, what, asked)                                              \
    {ms, 'q', A, id, 40000 + id, .name = asked},                               \
    {                                                                          \
        (ms) + 1, what, A, id, 40000 + id, .name = asked                       \
    }

static const struct facts_row rows[] = {
    {"nothing", {{0}}, 0, LOOKUPS, ""},
    {"a name that was settled at once has no suffix",
     {STEP(0, 1, 'r', "redis.default.svc.cluster.local")},
     0,
     LOOKUPS,
     "redis.default.svc.cluster.local|4|||1|answered|1|1|1|1|1|0|1"},
    {"a walk that the resolver made: an alias to where it would have ended",
     {{0, 'q', A, 1, .name = "api.example.com.shop.svc.cluster.local"},
      {1, 'r', A, 1, .name = "api.example.com.shop.svc.cluster.local",
       .alias = "api.example.com"}},
     0,
     AUTOPATH,
     "api.example.com|2|shop.svc.cluster.local||1|1"},
    {"the same, that ended under another suffix",
     {{0, 'q', A, 1, .name = "web.default.shop.svc.cluster.local"},
      {1, 'r', A, 1, .name = "web.default.shop.svc.cluster.local",
       .alias = "web.default.svc.cluster.local"}},
     0,
     AUTOPATH,
     "web.default|1|shop.svc.cluster.local|svc.cluster.local|1|1"},
    {"an alias to a name of its own is none",
     {{0, 'q', A, 1, .name = "db.shop.svc.cluster.local"},
      {1, 'r', A, 1, .name = "db.shop.svc.cluster.local",
       .alias = "mysql.example.com"}},
     0,
     AUTOPATH,
     "db.shop.svc.cluster.local|4|||1|0"},
    {"nor is one of a name that stands under no suffix",
     {{0, 'q', A, 1, .name = "www.example.com"},
      {1, 'r', A, 1, .name = "www.example.com", .alias = "www.example.net"}},
     0,
     AUTOPATH,
     "www.example.com|2|||1|0"},
    {"a walk that ends with the name as it is",
     {STEP(0, 1, 'x', "api.example.com.shop.svc.cluster.local"),
      STEP(1.1, 2, 'x', "api.example.com.svc.cluster.local"),
      STEP(2.2, 3, 'x', "api.example.com.cluster.local"),
      STEP(3.3, 4, 'r', "api.example.com")},
     0,
     LOOKUPS,
     "api.example.com|2|shop.svc.cluster.local||4|answered|1|1|4|4|1|3300000"
     "|1"},
    {"a walk that is settled under the second suffix",
     {STEP(0, 1, 'x', "web.default.shop.svc.cluster.local"),
      STEP(1.1, 2, 'r', "web.default.svc.cluster.local")},
     0,
     LOOKUPS,
     "web.default|1|shop.svc.cluster.local|svc.cluster.local|2|answered|1|1|2|2"
     "|1|1100000|1"},
    {"a name as it is, and behind its failure under suffixes",
     {STEP(0, 1, 'x', "no.example"),
      STEP(1.1, 2, 'x', "no.example.svc.cluster.local"),
      STEP(2.2, 3, 'x', "no.example.cluster.local")},
     2000,
     LOOKUPS,
     "no.example|1||cluster.local|3|nxdomain|1|1|3|3|1|2200000|1"},
    {"two types, one of them sent again: retries are no questions",
     {{0, 'q', A, 1, .name = "db.a.lan"},
      {0.1, 'q', AAAA, 2, .name = "db.a.lan"},
      {1, 'x', A, 1, .name = "db.a.lan"},
      {5000, 'q', AAAA, 2, .name = "db.a.lan"},
      {5001, 'x', AAAA, 2, .name = "db.a.lan"},
      {5001.1, 'q', A, 3, 41000, .name = "db"},
      {5001.2, 'q', AAAA, 4, 41000, .name = "db"},
      {5002, 'r', A, 3, 41000, .name = "db"},
      {5002, 'n', AAAA, 4, 41000, .name = "db"}},
     0,
     LOOKUPS,
     "db|0|a.lan||2|answered|1|1|4|5|2|5001100000|1"},
    {"octets of the steps before the last, both ways",
     {STEP(0, 1, 'x', "db.a.lan"), STEP(1.1, 2, 'r', "db")},
     0,
     "SELECT wasted_octets FROM search_lookup",
     "52"},
    {"what asks without RD searches nothing",
     {{0, 'q', A, 1, .name = "db.a.lan", .iterative = true},
      {1, 'x', A, 1, .name = "db.a.lan"},
      {1.1, 'q', A, 2, .name = "db", .iterative = true},
      {2, 'r', A, 2, .name = "db"}},
     0,
     LOOKUPS,
     ""},
    {"a lookup for another type than addresses",
     {{0, 'q', HTTPS, 1}, {1, 'r', HTTPS, 1}},
     0,
     LOOKUPS,
     "a.example|1|||1|answered|0|1|1|1|1|0|1"},
    {"equal lookups share a row",
     {STEP(0, 1, 'x', "db.a.lan"), STEP(1.1, 2, 'r', "db"),
      STEP(5000, 3, 'x', "db.a.lan"), STEP(5001.2, 4, 'r', "db")},
     0,
     LOOKUPS,
     "db|0|a.lan||2|answered|1|2|4|4|2|2300000|1"},
    {"a name asked again right behind its failure is another lookup",
     {STEP(0, 1, 'x', "db.a.lan"), STEP(1.1, 2, 'x', "db"),
      STEP(2.2, 3, 'x', "db.a.lan"), STEP(3.3, 4, 'x', "db")},
     2000,
     LOOKUPS,
     "db|0|a.lan||2|nxdomain|1|2|4|4|2|2200000|1"},
    {"suffixes with what they settled and wasted",
     {STEP(0, 1, 'x', "web.x.shop.svc.cluster.local"),
      STEP(1.1, 2, 'r', "web.x.svc.cluster.local"),
      STEP(5000, 3, 'x', "db.y.shop.svc.cluster.local"),
      STEP(5001.1, 4, 'x', "db.y.svc.cluster.local"),
      STEP(5002.2, 5, 'r', "db.y.cluster.local")},
     0,
     "SELECT suffix, lookups, leading, queries, answered, wasted, bases"
     " FROM search_suffix JOIN suffix USING (suffix_id) ORDER BY suffix",
     "cluster.local|1|0|1|1|0|1\n"
     "shop.svc.cluster.local|2|2|2|0|2|2\n"
     "svc.cluster.local|2|0|2|1|1|2"},
    {"each suffix with all that are asked behind it",
     {STEP(0, 1, 'x', "db.y.shop.svc.cluster.local"),
      STEP(1.1, 2, 'x', "db.y.svc.cluster.local"),
      STEP(2.2, 3, 'r', "db.y.cluster.local")},
     0,
     "SELECT s.suffix, l.suffix, lookups FROM search_pair AS p"
     " JOIN suffix AS s USING (suffix_id)"
     " JOIN suffix AS l ON l.suffix_id = later_suffix_id ORDER BY 1, 2",
     "shop.svc.cluster.local|cluster.local|1\n"
     "shop.svc.cluster.local|svc.cluster.local|1\n"
     "svc.cluster.local|cluster.local|1"},
    {"clients, with the bounds that their walks set to ndots",
     {STEP(0, 1, 'x', "db.a.lan"), STEP(1.1, 2, 'r', "db"),
      STEP(5000, 3, 'x', "x.db"), STEP(5001.1, 4, 'r', "x.db.a.lan"),
      STEP(9000, 5, 'r', "www.example")},
     0,
     "SELECT lookups, walked_lookups, queries, needed_queries, wasted_ns,"
     " led_lookups, led_wasted_queries, led_wasted_ns,"
     " led_last_ns - led_first_ns, led_dots, bare_dots FROM search_client",
     "3|2|5|3|2200000|1|1|1100000|0|0|1"},
    {"no bounds where nothing walked",
     {STEP(0, 1, 'r', "www.example")},
     0,
     "SELECT lookups, led_lookups, led_first_ns, led_last_ns, led_dots,"
     " bare_dots FROM search_client",
     "1|0||||"},
    {"stubs, and which of their lookups walked",
     {{0, 'q', A, 1, .name = "db.a.lan"},
      {0.1, 'q', AAAA, 1000, .name = "db.a.lan"},
      {1, 'x', A, 1, .name = "db.a.lan"},
      {1, 'x', AAAA, 1000, .name = "db.a.lan"},
      {1.1, 'q', A, 2, 41000, .name = "db"},
      {2, 'r', A, 2, 41000, .name = "db"},
      STEP(5000, 3, 'r', "www.example")},
     0,
     "SELECT stub, lookups, walked_lookups FROM search_stub ORDER BY stub",
     "glibc|1|1"},
};

START_TEST(lookups_are_counted_by_their_search)
{
    facts_check_row(&rows[_i]);
}
END_TEST

/* However many names are asked, and however little room there is, no lookup is
 * lost: those that do not fit are counted for any name. */
static const size_t limits[] = {64 << 20, 8 << 20};

enum { MANY = 40000 };

START_TEST(lookups_without_room_are_counted_for_any_name)
{
    struct facts_stage s;
    facts_stage_open(&s, limits[_i], false);
    for (uint32_t i = 0; i < MANY; i++) {
        char name[32];
        snprintf(name, sizeof name, "n%u.example", i);
        struct play p = {i * 20.0, 'q', A, (uint16_t)i, .name = name};
        facts_stage_play(&s, &p);
        p.what = 'r';
        p.at_ms += 1;
        facts_stage_play(&s, &p);
    }
    facts_stage_end(&s, 0);
    ck_assert_str_eq(facts_ask(&s.tables,
                               "SELECT sum(lookups), sum(queries),"
                               " sum(lookups) FILTER (WHERE name_id = 0) >"
                               " 0, count(*) < 40000 FROM search_lookup"),
                     "40000|40000|1|1");
    facts_stage_close(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/search");
    TCase *tc = tcase_create("search");
    tcase_add_loop_test(tc, lookups_are_counted_by_their_search, 0, ROWS(rows));
    tcase_add_loop_test(tc, lookups_without_room_are_counted_for_any_name, 0,
                        ROWS(limits));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
