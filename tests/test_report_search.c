/* Search lists from messages to views: what clients' lookups show, what was
 * given, what clients of one cluster share, and what looks like a search list
 * and is none. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts/facts.h"
#include "report/catalogue.h"
#include "report/define.h"
#include "store/store.h"
#include "test_exchange.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

enum { TXT = 16, PTR = 12, TEXT = 4096 };

/* --- playing a script ------------------------------------------------------ */

/* Words with blanks between:
 *
 *     x:NAME      A and AAAA of NAME are asked, and NXDOMAIN comes after 1 ms;
 *                 r: both answered; n: NODATA; c: a CNAME
 *     x/A:NAME    one type: A, TXT, PTR or HTTPS
 *     @2          from here on client 10.0.0.2 asks (1)
 *     ~500        500 ms pass; else a word comes 0.1 ms behind the answer to the
 *                 one before
 *     !  ?        from here on without RD; with it
 *
 * "%" in a NAME is the number of the round. */
struct stage {
    struct store *store;
    struct budget budget;
    struct exchange *exchange;
    struct facts *facts;
    struct facts_sink sink;
    struct facts_part part;
    struct facts_context context;
    double now_ms;
    uint64_t frames;
    uint16_t id;
    uint8_t client;
    bool iterative;
};

static void hear(void *context, const struct exchange_events *events)
{
    facts_take(((struct stage *)context)->facts, events);
}

static void open_stage(struct stage *s, const struct dns_search_list *list)
{
    struct err err = {.code = ERR_OK};
    *s = (struct stage){.budget = {.limit = 256 << 20}, .client = 1};
    ck_assert_int_eq(store_create(&s->store, NULL, false, &err), ERR_OK);
    s->sink = store_sink(s->store);
    s->part = (struct facts_part){.tool = "test",
                                  .ports = "53",
                                  .timeout_ns = 5 * S,
                                  .window_ns = 60 * S,
                                  .first_ns = play_start_ns,
                                  .search = list,
                                  .timed = true};
    const struct exchange_options options = {
        .timeout_ns = 5 * S,
        .seed = 1,
        .listener = {s, hear},
        .search = list,
    };
    ck_assert_int_eq(exchange_new(&s->exchange, &options, &s->budget, &err),
                     ERR_OK);
    s->context = (struct facts_context){.ids = exchange_identity(s->exchange),
                                        .budget = &s->budget,
                                        .timeout_ns = 5 * S,
                                        .window_ns = 60 * S,
                                        .sink = &s->sink,
                                        .part = &s->part};
    ck_assert_int_eq(facts_open(&s->facts, &s->context, &err), ERR_OK);
}

static void send(struct stage *s, char what, uint16_t type, uint16_t id,
                 const char *name)
{
    const struct play p = {.at_ms = s->now_ms,
                           .what = what == 'c' ? 'r' : what,
                           .type = type,
                           .id = id,
                           .port = (uint16_t)(20000 + s->id),
                           .client = s->client,
                           .name = name,
                           .ttl_s = 60,
                           .alias = what == 'c' ? "edge.cdn.example" : NULL,
                           .iterative = s->iterative};
    play_one(s->exchange, &p, ++s->frames);
}

/* A call for `count` types. */
static void ask(struct stage *s, char what, const uint16_t *types, int count,
                const char *name)
{
    s->id = (uint16_t)((s->id + 7) % 30000);
    for (int i = 0; i < count; i++)
        send(s, 'q', types[i], (uint16_t)(s->id * 2 + i), name);
    s->now_ms += 1;
    for (int i = 0; i < count; i++)
        send(s, what, types[i], (uint16_t)(s->id * 2 + i), name);
    s->now_ms += .1;
}

static uint16_t type_of(const char *text)
{
    static const struct {
        const char *text;
        uint16_t type;
    } types[] = {{"A:", A}, {"TXT:", TXT}, {"PTR:", PTR}, {"HTTPS:", HTTPS}};
    for (int i = 0; i < ROWS(types); i++)
        if (strncmp(text, types[i].text, strlen(types[i].text)) == 0)
            return types[i].type;
    ck_abort_msg("no such type: %s", text);
}

/* "%" as `round`. */
static void write_name(char out[256], const char *pattern, unsigned round)
{
    size_t used = 0;
    for (; *pattern; pattern++)
        used +=
            (size_t)(*pattern == '%'
                         ? snprintf(out + used, 256 - used, "%u", round)
                         : snprintf(out + used, 256 - used, "%c", *pattern));
    ck_assert_uint_lt(used, 256);
}

static void play_word(struct stage *s, const char *word, unsigned round)
{
    static const uint16_t both[] = {A, AAAA};
    char name[256];
    if (*word == '@') {
        s->client = (uint8_t)atoi(word + 1);
    } else if (*word == '~') {
        s->now_ms += atoi(word + 1);
    } else if (*word == '!' || *word == '?') {
        s->iterative = *word == '!';
    } else {
        const uint16_t one = word[1] == '/' ? type_of(word + 2) : 0;
        write_name(name, strchr(word, ':') + 1, round);
        ask(s, *word, one ? &one : both, one ? 1 : 2, name);
    }
}

static void play_script(struct stage *s, const char *script, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        char copy[TEXT], *rest = copy, *word;
        ck_assert_uint_lt(strlen(script), sizeof copy);
        strcpy(copy, script);
        while ((word = strsep(&rest, " ")) != NULL)
            if (*word)
                play_word(s, word, i);
        s->now_ms += 500;
    }
}

static void end_stage(struct stage *s)
{
    struct report_catalogue *catalogue = NULL;
    struct err err = {.code = ERR_OK};
    s->part.last_ns = play_ns(s->now_ms + 60000);
    exchange_end(s->exchange, s->part.last_ns);
    s->part.quality = exchange_quality(s->exchange);
    ck_assert_msg(facts_save(s->facts, &err) == ERR_OK, "%s", err.text);
    ck_assert_msg(store_seal(s->store, &err) == ERR_OK, "%s", err.text);
    ck_assert_int_eq(report_catalogue_open(&catalogue, NULL, &err), ERR_OK);
    ck_assert_msg(report_define(s->store, catalogue, &err) == ERR_OK, "%s",
                  err.text);
    report_catalogue_close(catalogue);
}

static void close_stage(struct stage *s)
{
    facts_close(s->facts);
    exchange_free(s->exchange);
    store_close(s->store);
}

/* The answer as text: '|' between columns, '\n' between rows. */
static void answer(const struct stage *s, const char *sql, char out[TEXT])
{
    sqlite3_stmt *row = NULL;
    sqlite3 *db = store_handle(s->store);
    size_t used = 0;
    ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK,
                  "%s: %s", sql, sqlite3_errmsg(db));
    out[0] = '\0';
    while (sqlite3_step(row) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(row); i++) {
            const char *cell = (const char *)sqlite3_column_text(row, i);
            used += (size_t)snprintf(out + used, TEXT - used, "%s%s",
                                     i      ? "|"
                                     : used ? "\n"
                                            : "",
                                     cell ? cell : "");
            ck_assert_uint_lt(used, TEXT);
        }
    ck_assert_int_eq(sqlite3_finalize(row), SQLITE_OK);
}

static void check_answer(const char *name, const struct stage *s,
                         const char *sql, const char *want)
{
    char got[TEXT];
    answer(s, sql, got);
    ck_assert_msg(strcmp(got, want) == 0, "%s:\n%s\nnot\n%s", name, got, want);
}

/* --- what looks like a search list, and what is one ------------------------ */

#define CLIENT                                                                 \
    "SELECT search_list, ndots, lookups, walked_lookups, given_differs"        \
    " FROM v_search_clients ORDER BY client_address"

/* The list that each trap is played beside as a control. */
#define WALK " x:host%.w.berlin.corp.example x:host%.w.corp.example r:host%.w"

static const struct {
    const char *name, *script, *clients;
    unsigned rounds;
    const char *findings; /* about search lists: factor and kinds of names */
} traps[] = {
    {"a search list", WALK,
     "berlin.corp.example corp.example|at least 2|10|10|", 10,
     "3.0 external=40"},
    {"block lists: one tail behind thousands of names",
     "r/A:host%.shop.example x/A:host%.shop.example.rhs.list.example",
     "||4000|0|", 2000, ""},
    {"several block lists one after the other",
     "x/A:mail%.shop.example.rhs.list.example"
     " x/A:mail%.shop.example.dbl.other.example"
     " x/A:mail%.shop.example.uri.third.example",
     "||300|0|", 100, ""},
    {"addresses in block lists, and their reverse",
     "x/A:4.%.2.1.zen.bl.example x/A:4.%.2.1.bl.example x/A:4.%.2.1.local"
     " x/PTR:4.%.2.1.in-addr.arpa",
     "||400|0|", 100, ""},
    {"reverse zones of IPv6",
     "x/PTR:%.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
     " x/PTR:0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
     "||20|0|", 10, ""},
    {"telemetry: long hex labels under one tail",
     "x/A:4fe0a1b2c3d4e5f60718293a4b5c6d7e%.0.u.telemetry.example"
     " x/A:90ab%deadbeef00112233445566778899.1.u.telemetry.example",
     "||1000|0|", 500, ""},
    {"an antivirus that asks by hash, then for its server",
     "x/TXT:0a%4f9c.1.hash.av.example r/A:update.av.example", "||400|0|", 200,
     ""},
    {"QNAME minimisation grows to the left",
     "! n/A:zone%.example x/A:www.zone%.example"
     " x/A:a.www.zone%.example",
     "", 0, ""},
    {"... also with RD, as a forwarder may",
     "n/A:zone%.example x/A:www.zone%.example x/A:a.www.zone%.example",
     "||300|0|", 100, ""},
    {"tails of content networks, which a resolver follows",
     "r:www.shop%.example @9 ! c:www.shop%.example"
     " r:www.shop%.example.edgekey.cdn.example @1 ?",
     "||100|0|", 100, ""},
    {"a zone with a wildcard of its own",
     "r:app%.apps.corp.example r:tool%.apps.corp.example", "||200|0|", 100, ""},
    {"ndots:1: the list behind a name that exists nowhere",
     "x:no%.where.example x:no%.where.example.berlin.corp.example"
     " x:no%.where.example.corp.example",
     "|at most 2|20|20|", 20, ""},
    {"c-ares and Node that resolve without searching",
     "x/A:no%.where.example ~200 x/A:no%.where.example.corp.example", "||40|0|",
     20, ""},
    {"complete names one behind the other, as a program falls back",
     "x:db%.shop ~90 x:db%.shop.svc ~90 r:db%.shop.svc.cluster.local",
     "||60|0|", 20, ""},
    {"two resolvers behind one address",
     "x:host%.w.berlin.corp.example x:host%.w.corp.example r:host%.w ~100"
     " x:no%.where x:no%.where.berlin.corp.example"
     " x:no%.where.corp.example",
     "berlin.corp.example corp.example|mixed|20|20|", 10, "3.0 external=40"},
    {"a browser's random single labels", "x:qwhzkfpx% x:mzkqvbno% x:plrtxwya%",
     "||300|0|", 100, ""},
    {"a CNAME whose target misses its final dot",
     "x:www.shop%.example @9 ! c:www.shop%.example"
     " x:www.shop%.example.shop%.example @1 ?",
     "||50|0|", 50, ""},
    {"NODATA of another type, and then the zone above",
     "n/TXT:_dmarc.mail%.shop.example r/TXT:_dmarc.shop.example", "||100|0|",
     50, ""},
    {"service discovery with instances",
     "n/PTR:_http._tcp.shop%.example n/PTR:_http._tcp.local", "||100|0|", 50,
     ""},
};

#define FINDING                                                                \
    "SELECT printf('%.1f ', json_extract(evidence, '$.factor'))"               \
    " || CASE WHEN json_extract(evidence, '$.external') > 0 THEN"              \
    " 'external=' || json_extract(evidence, '$.external') ELSE '' END"         \
    " FROM finding_search_list"

START_TEST(only_a_search_list_is_one)
{
    struct stage s;
    open_stage(&s, NULL);
    play_script(&s, traps[_i].script, traps[_i].rounds);
    end_stage(&s);
    check_answer(traps[_i].name, &s, CLIENT, traps[_i].clients);
    check_answer(traps[_i].name, &s, FINDING, traps[_i].findings);
    close_stage(&s);
}
END_TEST

/* --- what was given ---------------------------------------------------------- */

#define LIST "berlin.corp.example corp.example"

static const struct {
    const char *name, *list; /* NULL: none */
    int ndots;               /* -1: none */
    const char *script;
    unsigned rounds;
    const char *clients, *findings; /* of given-settings */
} given[] = {
    {"a list that a single walk shows is not known", NULL, -1, WALK, 1,
     "|at least 2|1|1|", ""},
    {"... unless it is given", LIST, -1, WALK, 1, LIST "|at least 2|1|1|", ""},
    {"a client that walks nowhere has it, too", LIST, 5, "r:www.example", 3,
     LIST "|5|3|0|", ""},
    {"ndots:1 and a given list", LIST, 1,
     "x:no%.where x:no%.where.berlin.corp.example"
     " x:no%.where.corp.example",
     3, LIST "|1|3|3|", ""},
    {"a given ndots inside the bounds", NULL, 3, WALK, 10, LIST "|3|10|10|",
     ""},
    {"a given ndots outside is not believed, and that is said", NULL, 1, WALK,
     10, LIST "|at least 2|10|10|ndots",
     "1 client does not have the settings that were given: 10.0.0.1 has ndots"
     " at least 2"},
    {"nor one that is too many", LIST, 4,
     "x:no%.where x:no%.where.berlin.corp.example"
     " x:no%.where.corp.example",
     3, LIST "|at most 1|3|3|ndots",
     "1 client does not have the settings that were given: 10.0.0.1 has ndots"
     " at most 1"},
    {"a given list in another order", "corp.example berlin.corp.example", -1,
     WALK, 10, LIST "|at least 2|10|10|search list",
     "1 client does not have the settings that were given: 10.0.0.1 has the"
     " list \"" LIST "\""},
    {"a given list without one of the suffixes", "berlin.corp.example", 1, WALK,
     10, LIST "|at least 2|10|10|search list, ndots",
     "1 client does not have the settings that were given: 10.0.0.1 has the"
     " list \"" LIST "\""},
    {"a given list with more than are asked",
     "here.example " LIST " there.example", -1, WALK, 10,
     "here.example " LIST " there.example|at least 2|10|10|", ""},
    {"pods of two namespaces, of which one has what was given",
     "shop.svc.k8s.example svc.k8s.example k8s.example", 5,
     "@1 x:web.shop.svc.k8s.example x:web.svc.k8s.example"
     " x:web.k8s.example r:web"
     " @2 x:web.bank.svc.k8s.example r:web.svc.k8s.example",
     1,
     "shop.svc.k8s.example svc.k8s.example k8s.example|5|1|1|\n"
     "bank.svc.k8s.example svc.k8s.example|5|1|1|search list",
     "1 client does not have the settings that were given: 10.0.0.2 has the"
     " list \"bank.svc.k8s.example svc.k8s.example\""},
    {"the next of a given list may come late", LIST, -1,
     "x:host%.w.berlin.corp.example ~700 x:host%.w.corp.example ~700 r:host%.w",
     1, LIST "|at least 2|1|1|", ""},
    {"... but not the one after the next", LIST, -1,
     "x:host%.w.berlin.corp.example ~700 r:host%.w", 1, LIST "||2|0|", ""},
};

static void give(struct dns_search_list *list, const char *text, int ndots)
{
    struct bytes word;
    *list = (struct dns_search_list){.has_ndots = ndots >= 0,
                                     .ndots = (uint8_t)(ndots < 0 ? 0 : ndots)};
    if (text)
        ck_assert_int_eq(dns_search_list_read(list, text, &word),
                         DNS_SEARCH_OK);
}

START_TEST(what_was_given_fills_what_lookups_leave_open)
{
    struct stage s;
    struct dns_search_list list;
    give(&list, given[_i].list, given[_i].ndots);
    open_stage(&s, &list);
    play_script(&s, given[_i].script, given[_i].rounds);
    end_stage(&s);
    check_answer(given[_i].name, &s, CLIENT, given[_i].clients);
    check_answer(given[_i].name, &s, "SELECT title FROM finding_given_settings",
                 given[_i].findings);
    close_stage(&s);
}
END_TEST

/* Of parts that were given different things nothing is known. */
START_TEST(parts_have_to_agree)
{
    static const struct {
        const char *change, *want;
    } rows[] = {
        {"SELECT 1", LIST "|5|3|0|"},
        {"INSERT INTO part SELECT 2, 'other', tool, first_ns, last_ns,"
         " timeout_ns, window_ns, resolution_ns, sketch_seed, histogram_scale,"
         " ports, filter, 4 FROM part;"
         " INSERT INTO part_search SELECT 2, place, suffix FROM part_search",
         LIST "||3|0|"},
        {"INSERT INTO part SELECT 2, 'other', tool, first_ns, last_ns,"
         " timeout_ns, window_ns, resolution_ns, sketch_seed, histogram_scale,"
         " ports, filter, 5 FROM part",
         "|5|3|0|"},
        {"INSERT INTO part SELECT 2, 'other', tool, first_ns, last_ns,"
         " timeout_ns, window_ns, resolution_ns, sketch_seed, histogram_scale,"
         " ports, filter, 5 FROM part;"
         " INSERT INTO part_search VALUES (2, 1, 'corp.example')",
         "|5|3|0|"},
    };
    for (int i = 0; i < ROWS(rows); i++) {
        struct stage s;
        struct dns_search_list list;
        give(&list, LIST, 5);
        open_stage(&s, &list);
        play_script(&s, "r:www.example", 3);
        end_stage(&s);
        ck_assert_int_eq(sqlite3_exec(store_handle(s.store), rows[i].change,
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        check_answer(rows[i].change, &s, CLIENT, rows[i].want);
        close_stage(&s);
    }
}
END_TEST

/* --- what clients share ---------------------------------------------------- */

static const struct {
    const char *name, *script, *clients;
    unsigned rounds;
} shares[] = {
    {"a suffix that one walk shows",
     "@2 x:b.com.bank.svc.k8s.example x:b.com.svc.k8s.example"
     " x:b.com.eu.cloud.example r:b.com",
     "bank.svc.k8s.example svc.k8s.example|at least 2|1|1|", 1},
    {"... and another client of the cluster proves",
     "@1 x:a%.com.shop.svc.k8s.example x:a%.com.svc.k8s.example"
     " x:a%.com.eu.cloud.example r:a%.com"
     " @2 x:b.com.bank.svc.k8s.example x:b.com.svc.k8s.example"
     " x:b.com.eu.cloud.example r:b.com",
     "shop.svc.k8s.example svc.k8s.example eu.cloud.example|at least 2|4|4|\n"
     "bank.svc.k8s.example svc.k8s.example eu.cloud.example|at least 2|4|4|",
     4},
    {"... not one of another cluster",
     "@1 x:a%.com.shop.svc.k8s.example x:a%.com.svc.k8s.example"
     " x:a%.com.eu.cloud.example r:a%.com"
     " @2 x:b.com.bank.svc.other.example x:b.com.svc.other.example"
     " x:b.com.eu.cloud.example r:b.com",
     "shop.svc.k8s.example svc.k8s.example eu.cloud.example|at least 2|4|4|\n"
     "bank.svc.other.example svc.other.example|at least 2|4|4|",
     4},
    {"... nor one of none",
     "@1 x:a%.com.shop.example x:a%.com.eu.cloud.example r:a%.com"
     " @2 x:b.com.bank.example x:b.com.eu.cloud.example r:b.com",
     "shop.example eu.cloud.example|at least 2|5|4|\n|at least 2|4|4|", 4},
    {"a suffix that the client never asked under is not taken",
     "@1 x:a%.com.shop.svc.k8s.example x:a%.com.svc.k8s.example"
     " x:a%.com.eu.cloud.example r:a%.com"
     " @2 x:b.bank.svc.k8s.example r:b.svc.k8s.example",
     "shop.svc.k8s.example svc.k8s.example eu.cloud.example|at least 2|4|4|\n"
     "bank.svc.k8s.example svc.k8s.example|at least 1|4|4|",
     4},
};

START_TEST(clients_of_one_cluster_share_suffixes)
{
    struct stage s;
    open_stage(&s, NULL);
    play_script(&s, shares[_i].script, shares[_i].rounds);
    end_stage(&s);
    check_answer(shares[_i].name, &s, CLIENT, shares[_i].clients);
    close_stage(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report/search");
    TCase *tc = tcase_create("search");
    tcase_add_loop_test(tc, only_a_search_list_is_one, 0, ROWS(traps));
    tcase_add_loop_test(tc, what_was_given_fills_what_lookups_leave_open, 0,
                        ROWS(given));
    tcase_add_test(tc, parts_have_to_agree);
    tcase_add_loop_test(tc, clients_of_one_cluster_share_suffixes, 0,
                        ROWS(shares));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
