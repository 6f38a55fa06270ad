/* What a resolver asks for its clients: 10.0.0.53 is asked by clients, also as
 * 10.0.0.10 through an address translation, and asks 10.0.0.8 and 10.0.0.9. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "test_exchange.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

/* The resolver asks. */
#define UP .client = 53, .server = 9

enum { PLAYS = 24, TEXT = 1024 };

/* What became of the resolver's clients, as "ID SOURCE UPSTREAM_MS", in the
 * order in which it became clear; '-' for a time that is not known. */
struct told {
    const struct exchange_identity *ids;
    char text[TEXT];
    unsigned unprompted;
};

static void tell(struct told *t, const struct exchange_transaction *x)
{
    static const char *const sources[] = {"unknown", "alone", "authority",
                                          "joined", "fetched"};
    char server[EXCHANGE_ADDRESS_TEXT], ms[24] = "-";
    exchange_identity_server_text(t->ids, x->server_id, server);
    t->unprompted += x->is_unprompted;
    if (strcmp(server, "10.0.0.53") != 0 && strcmp(server, "10.0.0.10") != 0)
        return;
    if (x->upstream_ns != EXCHANGE_UNKNOWN_NS)
        snprintf(ms, sizeof ms, "%g", (double)x->upstream_ns / 1e6);
    const size_t used = strlen(t->text);
    snprintf(t->text + used, TEXT - used, "%s%u %s %s", used ? ", " : "",
             x->message_id, sources[x->source], ms);
}

static void hear(void *context, const struct exchange_events *events)
{
    for (size_t i = 0; i < events->transaction_count; i++)
        tell(context, &events->transactions[i]);
}

static const struct {
    const char *name;
    struct play plays[PLAYS]; /* ends with what 0 */
    const char *want;
    unsigned unprompted;
} rows[] = {
    {"fetched: asked upstream inside the span",
     {{0, 'q', A, 1},
      {1, 'q', A, 100, UP},
      {21, 'r', A, 100, UP},
      {22, 'r', A, 1}},
     "1 fetched 20",
     0},
    {"a server that is never seen to ask tells no share",
     {{0, 'q', A, 1}, {1, 'r', A, 1}},
     "1 alone -",
     0},
    {"a hit, once it was seen asking",
     {{0, 'q', A, 1},
      {1, 'q', A, 100, UP},
      {2, 'r', A, 100, UP},
      {3, 'r', A, 1},
      {10, 'q', A, 2},
      {11, 'r', A, 2}},
     "1 fetched 1, 2 alone 0",
     0},
    {"with authority, without asking",
     {{0, 'q', A, 1}, {1, 'r', A, 1, .aa = true}},
     "1 authority -",
     0},
    {"somebody else's query was under way",
     {{0, 'q', A, 1},
      {1, 'q', A, 100, UP},
      {11, 'q', A, 2, .client = 2},
      {21, 'r', A, 100, UP},
      {22, 'r', A, 1},
      {23, 'r', A, 2, .client = 2}},
     "1 fetched 20, 2 joined 10",
     0},
    {"two who both came before it are two misses",
     {{0, 'q', A, 1},
      {0, 'q', A, 2, .client = 2},
      {1, 'q', A, 100, UP},
      {21, 'r', A, 100, UP},
      {22, 'r', A, 1},
      {23, 'r', A, 2, .client = 2}},
     "1 fetched 20, 2 fetched 20",
     0},
    {"who comes while the answer is being handed on has joined",
     {{0, 'q', A, 1},
      {1, 'q', A, 100, UP},
      {21, 'r', A, 100, UP},
      {21.01, 'q', A, 2, .client = 2},
      {22, 'r', A, 1},
      {22.1, 'r', A, 2, .client = 2}},
     "1 fetched 20, 2 joined 0",
     0},
    {"but not long after: the answer to the first was lost",
     {{0, 'q', A, 1},
      {1, 'q', A, 100, UP},
      {21, 'r', A, 100, UP},
      {500, 'q', A, 2, .client = 2},
      {501, 'r', A, 2, .client = 2}},
     "2 alone 0, 1 unknown -",
     0},
    {"an answer that comes before that of the query under way was there "
     "already",
     {{0, 'q', A, 1},
      {1, 'q', A, 100, UP},
      {2, 'r', A, 100, UP},
      {3, 'r', A, 1},
      {10, 'q', A, 101, UP},
      {11, 'q', A, 2},
      {12, 'r', A, 2},
      {30, 'r', A, 101, UP}},
     "1 fetched 1, 2 alone 0",
     1},
    {"another type is another question",
     {{0, 'q', A, 1},
      {0, 'q', AAAA, 2},
      {1, 'q', A, 100, UP},
      {11, 'r', A, 100, UP},
      {12, 'r', A, 1},
      {13, 'r', AAAA, 2}},
     "1 fetched 10, 2 alone 0",
     0},
    {"names differ in case (0x20)",
     {{0, 'q', A, 1},
      {1, 'q', A, 100, UP, .name = "A.eXaMple"},
      {11, 'r', A, 100, UP, .name = "A.eXaMple"},
      {12, 'r', A, 1}},
     "1 fetched 10",
     0},
    {"step by step from the top (QNAME minimisation)",
     {{0, 'q', AAAA, 1, .name = "www.a.example"},
      {1, 'q', A, 100, UP, .name = "example", .iterative = true},
      {11, 'n', A, 100, UP, .name = "example"},
      {12, 'q', A, 101, UP, .name = "a.example", .iterative = true},
      {22, 'n', A, 101, UP, .name = "a.example"},
      {23, 'q', AAAA, 102, UP, .name = "www.a.example", .iterative = true},
      {33, 'r', AAAA, 102, UP, .name = "www.a.example"},
      {34, 'r', AAAA, 1, .name = "www.a.example"}},
     "1 fetched 30",
     0},
    {"a step serves both types of a name",
     {{0, 'q', A, 1, .name = "www.a.example"},
      {0, 'q', AAAA, 2, .name = "www.a.example"},
      {1, 'q', A, 100, UP, .name = "example"},
      {11, 'n', A, 100, UP, .name = "example"},
      {12, 'r', A, 1, .name = "www.a.example"},
      {12, 'r', AAAA, 2, .name = "www.a.example"}},
     "1 fetched 10, 2 fetched 10",
     0},
    {"a name that only ends in the same letters is not above",
     {{0, 'q', A, 1, .name = "wwwa.example"},
      {1, 'q', A, 100, UP, .name = "a.example"},
      {11, 'r', A, 100, UP, .name = "a.example"},
      {12, 'r', A, 1, .name = "wwwa.example"}},
     "1 alone 0",
     1},
    {"an alias leads to another zone",
     {{0, 'q', A, 1, .name = "www.example"},
      {1, 'q', A, 100, UP, .name = "www.example"},
      {11, 'r', A, 100, UP, .name = "www.example", .alias = "x.cdn.test"},
      {12, 'q', A, 101, .client = 53, .server = 8, .name = "cdn.test"},
      {15, 'n', A, 101, .client = 53, .server = 8, .name = "cdn.test"},
      {16, 'q', A, 102, .client = 53, .server = 8, .name = "x.cdn.test"},
      {26, 'r', A, 102, .client = 53, .server = 8, .name = "x.cdn.test"},
      {27, 'r', A, 1, .name = "www.example"}},
     "1 fetched 23",
     0},
    {"an alias that it knows already leads there at once",
     {{0, 'q', A, 1, .name = "www.example"},
      {1, 'q', A, 100, UP, .name = "www.example"},
      {11, 'r', A, 100, UP, .name = "www.example", .alias = "x.cdn.test"},
      {12, 'r', A, 1, .name = "www.example", .alias = "x.cdn.test"},
      {20, 'q', AAAA, 2, .name = "www.example"},
      {21, 'q', AAAA, 101, UP, .name = "x.cdn.test"},
      {24, 'r', AAAA, 101, UP, .name = "x.cdn.test"},
      {25, 'r', AAAA, 2, .name = "www.example"}},
     "1 fetched 10, 2 fetched 3",
     0},
    {"and one that it had learned before the capture, from its own answer on",
     {{0, 'q', AAAA, 1, .name = "b.example"},
      {1, 'q', AAAA, 100, UP, .name = "b.example"},
      {2, 'r', AAAA, 100, UP, .name = "b.example"},
      {3, 'r', AAAA, 1, .name = "b.example"},
      {10, 'q', A, 2, .name = "www.example"},
      {11, 'r', A, 2, .name = "www.example", .alias = "x.cdn.test"},
      {20, 'q', A, 3, .name = "www.example"},
      {21, 'q', A, 101, UP, .name = "x.cdn.test"},
      {24, 'r', A, 101, UP, .name = "x.cdn.test"},
      {25, 'r', A, 3, .name = "www.example"}},
     "1 fetched 1, 2 alone 0, 3 fetched 3",
     0},
    {"a retry elsewhere: the time of both, and a late answer changes nothing",
     {{0, 'q', A, 1},
      {1, 'q', A, 100, UP},
      {401, 'q', A, 101, .client = 53, .server = 8, .port = 9},
      {411, 'r', A, 101, .client = 53, .server = 8, .port = 9},
      {412, 'r', A, 1},
      {450, 'r', A, 100, UP}},
     "1 fetched 410",
     0},
    {"a query of nobody's",
     {{0, 'q', A, 1},
      {1, 'q', A, 100, UP, .name = "b.test"},
      {2, 'r', A, 100, UP, .name = "b.test"},
      {3, 'r', A, 1}},
     "1 alone 0",
     1},
    {"a question that is never answered came from nowhere",
     {{0, 'q', A, 1}, {1, 'q', A, 100, UP}},
     "1 unknown -",
     0},
    {"of a repeated question, only what passed since the attempt answered",
     {{0, 'q', A, 1},
      {1, 'q', A, 100, UP},
      {5000, 'q', A, 1},
      {5001, 'r', A, 100, UP},
      {5002, 'r', A, 1}},
     "1 fetched 2",
     0},
    {"behind an address translation it is the address on the far leg",
     {{0, 'q', A, 1, .server = 53},
      {1, 'r', A, 1, .server = 53},
      {10, 'q', A, 2, .server = 10, .ip_id = 7},
      {10.1, 'q', A, 2, .server = 53, .ip_id = 7},
      {11, 'q', A, 100, UP},
      {31, 'r', A, 100, UP},
      {32, 'r', A, 2, .server = 53, .ip_id = 8},
      {32.1, 'r', A, 2, .server = 10, .ip_id = 8}},
     "1 alone -, 2 fetched 20",
     0},
    {"a host that asks itself waits for nobody",
     {{0, 'q', A, 1, .client = 53}, {1, 'r', A, 1, .client = 53}},
     "1 alone -",
     0},
};

static void play_rows(struct exchange *x, const struct play *plays)
{
    double last_ms = 0;
    for (unsigned i = 0; i < PLAYS && plays[i].what; i++) {
        play_one(x, &plays[i], i + 1);
        last_ms = plays[i].at_ms;
    }
    exchange_end(x, play_ns(last_ms + 60000));
}

START_TEST(clients_wait_for_what_their_resolver_asks)
{
    struct told told = {.text = ""};
    struct budget budget = {.limit = 64 << 20};
    struct exchange *x =
        play_exchange((struct exchange_listener){&told, hear}, &budget);
    told.ids = exchange_identity(x);
    play_rows(x, rows[_i].plays);
    ck_assert_msg(strcmp(told.text, rows[_i].want) == 0, "%s: %s\nnot %s",
                  rows[_i].name, told.text, rows[_i].want);
    ck_assert_msg(told.unprompted == rows[_i].unprompted,
                  "%s: %u unprompted, not %u", rows[_i].name, told.unprompted,
                  rows[_i].unprompted);
    exchange_free(x);
}
END_TEST

/* More questions than the smallest table holds wait at once: the oldest are
 * given up, counted, and their answers tell nothing. */
START_TEST(full_table_gives_up_the_oldest)
{
    enum { ASKED = 600 };
    struct told told = {.text = ""};
    struct budget budget = {.limit = 4 << 20};
    struct exchange *x =
        play_exchange((struct exchange_listener){&told, hear}, &budget);
    told.ids = exchange_identity(x);
    char names[ASKED][16];
    for (unsigned i = 0; i < ASKED; i++) {
        snprintf(names[i], sizeof names[i], "n%u.test", i);
        const struct play p = {i / 10.0, 'q', A, (uint16_t)i, .name = names[i]};
        play_one(x, &p, i + 1);
    }
    const struct play first = {100, 'r', A, 0, .name = names[0]};
    play_one(x, &first, ASKED + 1);
    ck_assert_str_eq(told.text, "0 unknown -");
    const struct exchange_quality quality = exchange_quality(x);
    ck_assert_uint_gt(quality.upstream.evicted, 0);
    ck_assert_uint_lt(quality.upstream.evicted, ASKED);
    exchange_free(x);
}
END_TEST

/* A server that asks nobody is watched for its first thousand questions. */
START_TEST(server_that_asks_nobody_is_not_watched_for_ever)
{
    struct told told = {.text = ""};
    struct budget budget = {.limit = 64 << 20};
    struct exchange *x =
        play_exchange((struct exchange_listener){&told, hear}, &budget);
    told.ids = exchange_identity(x);
    for (unsigned i = 0; i < 2048; i++) {
        told.text[0] = '\0';
        struct play p = {i, 'q', A, (uint16_t)i};
        play_one(x, &p, 2 * i + 1);
        p.what = 'r';
        play_one(x, &p, 2 * i + 2);
        ck_assert_msg((strstr(told.text, "alone") != NULL) == (i < 1024),
                      "%u: %s", i, told.text);
    }
    exchange_free(x);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exchange/upstream");
    TCase *tc = tcase_create("upstream");
    tcase_add_loop_test(tc, clients_wait_for_what_their_resolver_asks, 0,
                        ROWS(rows));
    tcase_add_test(tc, full_table_gives_up_the_oldest);
    tcase_add_test(tc, server_that_asks_nobody_is_not_watched_for_ever);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
