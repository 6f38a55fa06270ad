/* Numbers to dense ids: the same whatever the seed, refused cleanly, and out of
 * reach of whoever chooses the numbers. */
#include <check.h>

#include "test_random.h"
#include "util/idmap.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static size_t longest_probe(const struct idmap *m)
{
    size_t longest = 0;
    for (size_t i = 0; i <= m->slot_mask; i++) {
        if (!m->slots[i])
            continue;
        const uint64_t hash = hash_u64(m->keys[m->slots[i] - 1], m->seed);
        const size_t steps = (i - hash) & m->slot_mask;
        longest = steps > longest ? steps : longest;
    }
    return longest;
}

/* --- ids ----------------------------------------------------------------- */

static const struct {
    uint64_t key;
    uint32_t id;
} arrivals[] = {
    {7, 0},
    {0, 1},
    {7, 0},
    {UINT64_MAX, 2},
    {UINT64_C(1) << 32, 3},
    {1, 4},
    {0, 1},
    {UINT64_MAX, 2},
    {UINT64_MAX - 1, 5},
};

static const uint64_t seeds[] = {0, 1, HASH_SKETCH_SEED, UINT64_MAX};

START_TEST(ids_are_dense_in_order_of_arrival_under_any_seed)
{
    struct budget budget = {.limit = 1 << 20};
    struct idmap m;
    ck_assert(idmap_init(&m, seeds[_i], &budget));
    for (int i = 0; i < ROWS(arrivals); i++) {
        const uint32_t before =
            arrivals[i].id < m.count ? arrivals[i].id : IDMAP_NONE;
        ck_assert_uint_eq(idmap_find(&m, arrivals[i].key), before);
        ck_assert_uint_eq(idmap_put(&m, arrivals[i].key), arrivals[i].id);
        ck_assert_uint_eq(m.keys[arrivals[i].id], arrivals[i].key);
    }
    ck_assert_uint_eq(m.count, 6);
    idmap_fini(&m);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

/* Pairs of small ids, as the tables have them; counted up; at random. */
static uint64_t key_of(int kind, uint32_t i)
{
    uint64_t state = i;
    switch (kind) {
    case 0:
        return (uint64_t)(i / 100) << 32 | i % 100;
    case 1:
        return i;
    default:
        return random_u64(&state);
    }
}

START_TEST(ids_stay_while_the_map_grows)
{
    enum { KEYS = 1 << 18 }; /* half of the slots: as full as it gets */
    struct budget budget = {.limit = 16 << 20};
    struct idmap m;
    ck_assert(idmap_init(&m, 5, &budget));
    unsigned wrong = 0;
    for (uint32_t i = 0; i < KEYS; i++)
        wrong += idmap_put(&m, key_of(_i, i)) != i;
    for (uint32_t i = 0; i < KEYS; i++) {
        wrong += idmap_find(&m, key_of(_i, i)) != i;
        wrong += idmap_put(&m, key_of(_i, i)) != i;
        wrong += m.keys[i] != key_of(_i, i);
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(m.count, KEYS);
    ck_assert_uint_lt(longest_probe(&m), 64);
    ck_assert_uint_le(budget.used, budget.limit);
    idmap_fini(&m);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

/* --- no memory ----------------------------------------------------------- */

enum { SLOTS = 1 << 10, KEYS = 64 * 8 }; /* octets, at first */

static const size_t limits[] = {
    SLOTS,    SLOTS + KEYS - 1, SLOTS + KEYS, 2048 + 1024, 2 * SLOTS + 2 * KEYS,
    16 << 10, 100 << 10,
};

START_TEST(refused_key_leaves_the_map_usable)
{
    enum { MANY = 50000 };
    struct budget budget = {.limit = limits[_i]};
    struct idmap m;
    ck_assert(idmap_init(&m, 1, &budget));
    uint32_t kept = 0;
    while (kept < MANY && idmap_put(&m, kept) == kept)
        kept++;
    ck_assert_uint_lt(kept, MANY);
    ck_assert_uint_gt(budget.refused, 0);
    ck_assert_uint_le(budget.used, budget.limit);
    ck_assert_uint_eq(m.count, kept);

    unsigned wrong = 0;
    for (uint32_t i = kept; i < kept + 100; i++) {
        wrong += idmap_put(&m, i) != IDMAP_NONE;
        wrong += idmap_find(&m, i) != IDMAP_NONE;
    }
    for (uint32_t i = 0; i < kept; i++)
        wrong += idmap_put(&m, i) != i;
    ck_assert_uint_eq(m.count, kept);

    budget.limit = 8 << 20;
    for (uint32_t i = kept; i < kept + 1000; i++)
        wrong += idmap_put(&m, i) != i;
    ck_assert_uint_eq(wrong, 0);
    idmap_fini(&m);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(map_without_any_memory_is_refused)
{
    struct budget budget = {.limit = SLOTS - 1};
    struct idmap m;
    ck_assert(!idmap_init(&m, 1, &budget));
    ck_assert_uint_eq(budget.refused, 1);
    idmap_fini(&m);
    ck_assert_uint_eq(budget.used, 0);
    idmap_fini(&(struct idmap){0});
}
END_TEST

/* --- attacked ------------------------------------------------------------ */

/* Pairs of ids chosen so that the low ten bits of their hash are 0 under the
 * seed 0, in a map of another seed. */
static size_t attacked(uint64_t seed)
{
    struct budget budget = {.limit = 4 << 20};
    struct idmap m;
    ck_assert(idmap_init(&m, seed, &budget));
    for (uint64_t i = 0; m.count < 3000; i++) {
        const uint64_t key = i / 3000 << 32 | i % 3000;
        if ((hash_u64(key, 0) & 1023) == 0)
            idmap_put(&m, key);
    }
    const size_t longest = longest_probe(&m);
    idmap_fini(&m);
    return longest;
}

START_TEST(chosen_keys_do_not_collide_under_a_drawn_seed)
{
    ck_assert_uint_lt(attacked(hash_seed()), 64);
}
END_TEST

/* Or the test above would prove nothing. */
START_TEST(chosen_keys_collide_under_the_seed_they_were_chosen_for)
{
    ck_assert_uint_gt(attacked(0), 300);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util/idmap");
    TCase *tc = tcase_create("idmap");
    tcase_add_loop_test(tc, ids_are_dense_in_order_of_arrival_under_any_seed, 0,
                        ROWS(seeds));
    tcase_add_loop_test(tc, ids_stay_while_the_map_grows, 0, 3);
    tcase_add_loop_test(tc, refused_key_leaves_the_map_usable, 0, ROWS(limits));
    tcase_add_test(tc, map_without_any_memory_is_refused);
    tcase_add_test(tc, chosen_keys_do_not_collide_under_a_drawn_seed);
    tcase_add_test(tc, chosen_keys_collide_under_the_seed_they_were_chosen_for);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
