/* Which name can be the next step of a search list, and what is a suffix. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/name.h"
#include "exchange/walk.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

enum {
    NONE = EXCHANGE_RELATION_NONE,
    KNOWN = EXCHANGE_RELATION_KNOWN,
    GROWN = EXCHANGE_RELATION_GROWN,
    STRONG = EXCHANGE_RELATION_STRONG,
    LISTED = EXCHANGE_RELATION_LISTED
};

static struct exchange_walk walk;
static struct budget budget;

static void open_walk(void)
{
    budget = (struct budget){.limit = 1 << 20};
    ck_assert(exchange_walk_init(&walk, 64, 7, NULL, &budget));
}

static void close_walk(void)
{
    exchange_walk_fini(&walk);
}

struct wire {
    uint8_t octets[DNS_NAME_OCTETS];
    struct bytes name;
};

static struct bytes name_of(struct wire *w, const char *text)
{
    uint16_t octets;
    ck_assert_msg(dns_name_parse(text, w->octets, &octets), "%s", text);
    return (struct bytes){w->octets, octets};
}

/* --- relations ------------------------------------------------------------ */

static const struct {
    const char *first, *last, *next; /* last NULL: the first is the last */
    int relation;
    unsigned labels; /* of the base, if there is a relation */
} relations[] = {
    /* Kubernetes */
    {"api.example.com.default.svc.cluster.local", NULL,
     "api.example.com.svc.cluster.local", KNOWN, 3},
    {"api.example.com.default.svc.cluster.local",
     "api.example.com.svc.cluster.local", "api.example.com.cluster.local",
     KNOWN, 3},
    {"api.example.com.default.svc.cluster.local",
     "api.example.com.cluster.local", "api.example.com", STRONG, 3},
    {"api.example.com.default.svc.cluster.local",
     "api.example.com.cluster.local", "api.example.com.ec2.internal", KNOWN, 3},
    {"redis.default.svc.cluster.local", NULL, "redis.svc.cluster.local", KNOWN,
     1},
    {"redis.default.svc.cluster.local.default.svc.cluster.local", NULL,
     "redis.default.svc.cluster.local.svc.cluster.local", KNOWN, 5},
    {"redis.default.svc.cluster.local.default.svc.cluster.local",
     "redis.default.svc.cluster.local.ec2.internal",
     "redis.default.svc.cluster.local", STRONG, 5},
    /* as it is first, then the list */
    {"www.example.com", NULL, "www.example.com.default.svc.cluster.local",
     GROWN, 3},
    {"shop", NULL, "shop.lan", NONE, 0}, /* no list begins so */
    {"shop.lan", NULL, "shop", STRONG, 1},
    /* a company's list: the second is the end of the first */
    {"db.berlin.corp.example", NULL, "db.corp.example", KNOWN, 1},
    /* other names, other lookups */
    {"www.example.com", NULL, "www.example.com", NONE, 0},
    {"www.example.com", NULL, "www.example.net", NONE, 0},
    {"www.example.com", NULL, "mail.example.com", NONE, 0},
    {"api.vendor-1.example", NULL,
     "api.vendor-2.example.default.svc.cluster.local", NONE, 0},
    {"www.example.com", NULL, ".", NONE, 0},
    /* block lists and reverse zones put their zones behind numbers */
    {"2.0.0.127.zen.list.example", NULL, "2.0.0.127", NONE, 0},
    {"2.0.0.127.lists.example", NULL, "2.0.0.127.example", NONE, 0},
    {"1.0.8.b.d.ip6.local", NULL, "1.0.8.b.d.local", NONE, 0},
    /* QNAME minimisation grows to the left */
    {"example.com", NULL, "www.example.com", NONE, 0},
};

START_TEST(name_is_the_next_step_or_not)
{
    struct wire w[3];
    const struct bytes first = name_of(&w[0], relations[_i].first);
    const struct bytes last =
        relations[_i].last ? name_of(&w[1], relations[_i].last) : first;
    const struct bytes next = name_of(&w[2], relations[_i].next);
    size_t common = 0;
    const int relation = (int)exchange_walk_relate(&walk, first, first.len - 1,
                                                   last, next, &common);
    ck_assert_msg(relation == relations[_i].relation, "%s, %s: %d",
                  relations[_i].first, relations[_i].next, relation);
    unsigned labels = 0;
    for (size_t i = 0; relation != NONE && i < common; i += 1U + first.data[i])
        labels++;
    ck_assert_uint_eq(labels, relations[_i].labels);
}
END_TEST

/* --- a list that is known --------------------------------------------------- */

static struct dns_search_list list;

static void open_walk_with_list(void)
{
    struct bytes word;
    budget = (struct budget){.limit = 1 << 20};
    ck_assert_int_eq(
        dns_search_list_read(&list, "a.one.example b.one.example one.example",
                             &word),
        DNS_SEARCH_OK);
    ck_assert(exchange_walk_init(&walk, 64, 7, &list, &budget));
}

static const struct {
    const char *first, *last, *next; /* last NULL: the first is the last */
    int relation;
    unsigned labels;
} listed[] = {
    {"web.x.a.one.example", NULL, "web.x.b.one.example", LISTED, 2},
    {"web.x.a.one.example", "web.x.b.one.example", "web.x.one.example", LISTED,
     2},
    {"web.x.a.one.example", "web.x.one.example", "web.x", LISTED, 2},
    {"web.a.one.example", "web.one.example", "web", LISTED, 1},
    /* as it is first */
    {"web.x", NULL, "web.x.a.one.example", LISTED, 2},
    {"web.x", "web.x.a.one.example", "web.x.b.one.example", LISTED, 2},
    /* which a stub with this list does not ask next, but one with others may */
    {"web.x.a.one.example", NULL, "web.x.one.example", KNOWN, 2},
    {"web.x.a.one.example", NULL, "web.x", STRONG, 2},
    {"web.x.a.one.example", NULL, "web.x.b.two.example", KNOWN, 2},
    {"web.x", "web.x.one.example", "web.x", STRONG, 2},
    {"web.x.two.example", NULL, "web.x.three.example", NONE, 2},
    /* suffixes that begin like the base ends: which is which, the list says */
    {"a.a.one.example", NULL, "a.b.one.example", LISTED, 1},
    {"b.a.one.example", "b.b.one.example", "b.one.example", LISTED, 1},
    {"b.one.example", NULL, "b.one.example.a.one.example", LISTED, 3},
};

START_TEST(known_list_says_which_name_is_next)
{
    struct wire w[3];
    const struct bytes first = name_of(&w[0], listed[_i].first);
    const struct bytes last =
        listed[_i].last ? name_of(&w[1], listed[_i].last) : first;
    const struct bytes next = name_of(&w[2], listed[_i].next);
    size_t common = 0;
    const int relation = (int)exchange_walk_relate(&walk, first, first.len - 1,
                                                   last, next, &common);
    ck_assert_msg(relation == listed[_i].relation, "%s, %s: %d",
                  listed[_i].first, listed[_i].next, relation);
    unsigned labels = 0;
    for (size_t i = 0; i < common; i += 1U + first.data[i])
        labels++;
    ck_assert_msg(labels == listed[_i].labels, "%s, %s: %u labels",
                  listed[_i].first, listed[_i].next, labels);
}
END_TEST

START_TEST(known_suffix_is_one_whatever_its_shape)
{
    struct wire w;
    ck_assert(exchange_walk_is_suffix(&walk, name_of(&w, "one.example")));
    ck_assert(!exchange_walk_is_suffix(&walk, name_of(&w, "example")));
}
END_TEST

START_TEST(base_never_grows_again)
{
    struct wire w[2];
    const struct bytes first = name_of(&w[0], "a.b.one.lan");
    const struct bytes next = name_of(&w[1], "a.b.two.lan");
    size_t common = 0;
    /* only "a" was common to the steps so far: "b.two.lan" is no suffix */
    ck_assert_int_eq(
        (int)exchange_walk_relate(&walk, first, 2, first, next, &common),
        KNOWN);
    ck_assert_uint_eq(common, 2);
}
END_TEST

/* --- suffixes ------------------------------------------------------------- */

static const struct {
    const char *name;
    bool is_suffix;
} shapes[] = {
    {"default.svc.cluster.local", true},
    {"svc.cluster.local", true},
    {"svc.k8s.example", true},
    {"team.svc.k8s.example", true},
    {"cluster.local", true},
    {"ec2.internal", true},
    {"eu-west-1.compute.internal", true},
    {"c.project.internal", true},
    {"x.internal.cloudapp.net", true},
    {"lan", true},
    {"home.arpa", true},
    {"web.default.svc.cluster.local", false}, /* a service, not a namespace */
    {"a.b.c.d.e.local", false},
    {"example.com", false},
    {"com", false},
    {"locals", false},
};

START_TEST(shape_of_a_suffix_is_known)
{
    struct wire w;
    ck_assert_msg(
        exchange_walk_is_suffix(&walk, name_of(&w, shapes[_i].name)) ==
            shapes[_i].is_suffix,
        "%s", shapes[_i].name);
}
END_TEST

START_TEST(suffix_is_learned_from_what_stood_before_it)
{
    struct wire w;
    const struct bytes learned = name_of(&w, "db.berlin.example");
    struct wire s;
    const struct bytes suffix = name_of(&s, "berlin.example");
    ck_assert(!exchange_walk_is_suffix(&walk, suffix));
    exchange_walk_learn(&walk, learned, 3);
    ck_assert(exchange_walk_is_suffix(&walk, suffix));
    ck_assert(!exchange_walk_is_suffix(&walk, name_of(&w, "example")));
}
END_TEST

/* More than the table holds: those that stood behind many names stay longer
 * than those that stood behind one. */
START_TEST(suffix_of_many_names_outlives_a_flood)
{
    struct wire w;
    char text[64];
    for (unsigned i = 0; i < 200; i++) {
        snprintf(text, sizeof text, "host%u.berlin.example", i);
        const struct bytes name = name_of(&w, text);
        exchange_walk_learn(&walk, name, 1U + name.data[0]);
    }
    for (unsigned i = 0; i < 20U * EXCHANGE_SUFFIXES; i++) {
        snprintf(text, sizeof text, "x.flood%u.example", i);
        exchange_walk_learn(&walk, name_of(&w, text), 2);
    }
    ck_assert(exchange_walk_is_suffix(&walk, name_of(&w, "berlin.example")));
}
END_TEST

/* --- who may go on -------------------------------------------------------- */

START_TEST(walkers_are_found_newest_first_by_client_and_first_label)
{
    struct wire w[3];
    const uint64_t web =
        exchange_walk_name_key(&walk, 1, name_of(&w[0], "web.lan"));
    ck_assert_uint_eq(
        web, exchange_walk_name_key(&walk, 1, name_of(&w[1], "web.corp")));
    ck_assert_uint_ne(
        web, exchange_walk_name_key(&walk, 2, name_of(&w[1], "web.corp")));
    ck_assert_uint_ne(
        web, exchange_walk_name_key(&walk, 1, name_of(&w[2], "wiki.lan")));
    exchange_walk_add(&walk, web, 10, 100);
    const uint32_t gone = exchange_walk_add(&walk, web, 11, 101);
    exchange_walk_add(&walk, web, 12, 102);
    exchange_walk_forget(&walk, gone);
    struct exchange_walk_search s = exchange_walk_first(&walk, web);
    ck_assert_uint_eq(exchange_walk_next(&walk, &s)->lookup, 12);
    ck_assert_uint_eq(exchange_walk_next(&walk, &s)->lookup, 10);
    ck_assert_ptr_null(exchange_walk_next(&walk, &s));
}
END_TEST

START_TEST(full_index_lets_the_oldest_go)
{
    for (uint32_t i = 0; i < 64 + 10; i++)
        exchange_walk_add(&walk, i, i, i);
    struct exchange_walk_search s = exchange_walk_first(&walk, 9);
    ck_assert_ptr_null(exchange_walk_next(&walk, &s));
    s = exchange_walk_first(&walk, 10);
    ck_assert_uint_eq(exchange_walk_next(&walk, &s)->lookup, 10);
}
END_TEST

/* However many there are, a search looks at some. */
START_TEST(search_is_bounded)
{
    for (uint32_t i = 0; i < 64; i++)
        exchange_walk_add(&walk, 5, i, i);
    struct exchange_walk_search s = exchange_walk_first(&walk, 5);
    unsigned found = 0;
    while (exchange_walk_next(&walk, &s))
        found++;
    ck_assert_uint_gt(found, 0);
    ck_assert_uint_le(found, 32);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exchange/walk");
    TCase *tc = tcase_create("walk");
    tcase_add_checked_fixture(tc, open_walk, close_walk);
    tcase_add_loop_test(tc, name_is_the_next_step_or_not, 0, ROWS(relations));
    tcase_add_test(tc, base_never_grows_again);
    tcase_add_loop_test(tc, shape_of_a_suffix_is_known, 0, ROWS(shapes));
    tcase_add_test(tc, suffix_is_learned_from_what_stood_before_it);
    tcase_add_test(tc, suffix_of_many_names_outlives_a_flood);
    tcase_add_test(tc,
                   walkers_are_found_newest_first_by_client_and_first_label);
    tcase_add_test(tc, full_index_lets_the_oldest_go);
    tcase_add_test(tc, search_is_bounded);
    suite_add_tcase(suite, tc);
    TCase *known = tcase_create("known list");
    tcase_add_checked_fixture(known, open_walk_with_list, close_walk);
    tcase_add_loop_test(known, known_list_says_which_name_is_next, 0,
                        ROWS(listed));
    tcase_add_test(known, known_suffix_is_one_whatever_its_shape);
    suite_add_tcase(suite, known);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
