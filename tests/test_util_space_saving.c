/* Space-Saving against exact counts: bounds that hold for every key, whatever
 * comes in whatever order. */
#include <check.h>
#include <stdlib.h>

#include "test_random.h"
#include "util/hash.h"
#include "util/space_saving.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

enum { KEYS = 5000 };

static unsigned evenly(uint64_t *random, unsigned keys, unsigned i)
{
    (void)i;
    return (unsigned)random_below(random, keys);
}

/* Half of what is left for each key in turn. */
static unsigned steeply(uint64_t *random, unsigned keys, unsigned i)
{
    (void)i;
    unsigned key = 0;
    while (key + 1 < keys && random_below(random, 2))
        key++;
    return key;
}

/* A crowd of new ones all the time, and one that comes again and again. */
static unsigned crowded(uint64_t *random, unsigned keys, unsigned i)
{
    (void)random;
    return i % 20 == 19 ? 0 : 1 + i % (keys - 1);
}

static unsigned in_turn(uint64_t *random, unsigned keys, unsigned i)
{
    (void)random;
    return i % keys;
}

static const struct stream {
    const char *name;
    unsigned keys, events;
    unsigned (*next)(uint64_t *random, unsigned keys, unsigned i);
} streams[] = {
    {"few keys", SPACE_SAVING_ITEMS, 10000, evenly},
    {"one key more than counters", SPACE_SAVING_ITEMS + 1, 10000, in_turn},
    {"many keys, evenly", KEYS, 20000, evenly},
    {"few heavy ones", KEYS, 20000, steeply},
    {"one heavy one in a crowd", KEYS, 50000, crowded},
};

static struct bytes key_of(const unsigned *key)
{
    return (struct bytes){(const uint8_t *)key, sizeof *key};
}

static void check_item(const struct stream *stream,
                       const struct space_saving_item *item,
                       const uint64_t *truth)
{
    unsigned key;
    ck_assert_uint_eq(item->octets, sizeof key);
    memcpy(&key, item->key, sizeof key);
    ck_assert_msg(
        truth[key] <= item->count && item->count - item->error <= truth[key],
        "%s: key %u came %llu times, not %llu less %llu", stream->name, key,
        (unsigned long long)truth[key], (unsigned long long)item->count,
        (unsigned long long)item->error);
}

START_TEST(counts_are_between_their_bounds)
{
    const struct stream *stream = &streams[_i];
    struct budget budget = {.limit = 1 << 20};
    struct space_saving s;
    ck_assert(space_saving_init(&s, &budget));
    uint64_t truth[KEYS] = {0}, random = 1;
    for (unsigned i = 0; i < stream->events; i++) {
        const unsigned key = stream->next(&random, stream->keys, i);
        space_saving_add(&s, key_of(&key),
                         hash_octets(key_of(&key).data, sizeof key, 0));
        truth[key]++;
    }

    uint64_t sum = 0, listed = 0;
    bool is_listed[KEYS] = {false};
    for (unsigned i = 0; i < s.used; i++) {
        check_item(stream, &s.items[i], truth);
        unsigned key;
        memcpy(&key, s.items[i].key, sizeof key);
        ck_assert_msg(!is_listed[key], "%s: twice", stream->name);
        is_listed[key] = true;
        sum += s.items[i].count;
        listed++;
    }
    ck_assert_uint_eq(sum, stream->events);
    ck_assert_uint_le(listed, SPACE_SAVING_ITEMS);
    ck_assert_uint_le(space_saving_floor(&s),
                      stream->events / SPACE_SAVING_ITEMS);
    for (unsigned key = 0; key < stream->keys; key++)
        ck_assert_msg(is_listed[key] || truth[key] <= space_saving_floor(&s),
                      "%s: key %u is missing", stream->name, key);
    space_saving_fini(&s);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(few_keys_are_counted_exactly)
{
    struct budget budget = {.limit = 1 << 20};
    struct space_saving s;
    ck_assert(space_saving_init(&s, &budget));
    /* All under one head: what differs is the key. */
    for (unsigned i = 0; i < 100 * SPACE_SAVING_ITEMS; i++) {
        const unsigned key = i % SPACE_SAVING_ITEMS;
        space_saving_add(&s, key_of(&key), 7);
    }
    for (unsigned i = 0; i < s.used; i++) {
        ck_assert_uint_eq(s.items[i].count, 100);
        ck_assert_uint_eq(s.items[i].error, 0);
    }
    ck_assert_uint_eq(s.used, SPACE_SAVING_ITEMS);
    space_saving_fini(&s);
}
END_TEST

START_TEST(no_memory_is_refused)
{
    struct budget budget = {.limit = 100};
    struct space_saving s;
    ck_assert(!space_saving_init(&s, &budget));
    ck_assert_uint_eq(budget.used, 0);
    space_saving_fini(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util/space_saving");
    TCase *tc = tcase_create("space_saving");
    tcase_add_loop_test(tc, counts_are_between_their_bounds, 0, ROWS(streams));
    tcase_add_test(tc, few_keys_are_counted_exactly);
    tcase_add_test(tc, no_memory_is_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
