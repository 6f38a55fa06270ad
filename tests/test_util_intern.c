/* Interned octets: dense ids, keys that never move, and what a refused or an
 * attacked table does. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "test_random.h"
#include "util/hash.h"
#include "util/intern.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static struct bytes text(const char *s)
{
    return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static uint64_t hash_of(struct bytes key)
{
    return hash_octets(key.data, key.len, 1);
}

static uint32_t put(struct intern *t, struct bytes key, bool *fresh)
{
    return intern_put(t, key, hash_of(key), fresh);
}

static uint32_t find(const struct intern *t, struct bytes key)
{
    return intern_find(t, key, hash_of(key));
}

static bool same(struct bytes a, struct bytes b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* The key numbered `i`: from 4 octets to what a key may have, and now and then
 * no octet but those. */
static struct bytes numbered(uint32_t i, uint8_t room[INTERN_KEY_OCTETS])
{
    const size_t most = i % 100 == 0 ? INTERN_KEY_OCTETS : 40;
    const size_t len = 4 + i % (most - 3);
    memset(room, (int)(i % 251), len);
    memcpy(room, &i, sizeof i);
    return (struct bytes){room, len};
}

static size_t longest_probe(const struct intern *t)
{
    size_t longest = 0;
    for (size_t i = 0; i <= t->slot_mask; i++) {
        if (!t->slots[i])
            continue;
        const uint64_t hash = t->entries[t->slots[i] - 1].hash;
        const size_t steps = (i - hash) & t->slot_mask;
        longest = steps > longest ? steps : longest;
    }
    return longest;
}

/* --- ids ----------------------------------------------------------------- */

static const struct {
    const char *key;
    size_t octets;
    uint32_t id;
    bool fresh;
} arrivals[] = {
    {"a.example", 9, 0, true},  {"b.example", 9, 1, true},
    {"a.example", 9, 0, false}, {"a.exampl", 8, 2, true},
    {"A.example", 9, 3, true},  {"a\0example", 9, 4, true},
    {"a\0exampl.", 9, 5, true}, {"", 0, 6, true},
    {"", 0, 6, false},          {"\0", 1, 7, true},
    {"b.example", 9, 1, false},
};

START_TEST(ids_are_dense_in_order_of_arrival)
{
    struct budget budget = {.limit = 1 << 20};
    struct intern t;
    ck_assert(intern_init(&t, &budget));
    for (int i = 0; i < ROWS(arrivals); i++) {
        const struct bytes key = {(const uint8_t *)arrivals[i].key,
                                  arrivals[i].octets};
        bool fresh;
        ck_assert_uint_eq(find(&t, key),
                          arrivals[i].fresh ? INTERN_NONE : arrivals[i].id);
        ck_assert_uint_eq(put(&t, key, &fresh), arrivals[i].id);
        ck_assert_int_eq(fresh, arrivals[i].fresh);
        ck_assert(same(intern_key(&t, arrivals[i].id), key));
    }
    ck_assert_uint_eq(t.count, 8);
    intern_fini(&t);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(keys_stay_where_they_are_while_the_table_grows)
{
    enum { KEYS = 1 << 18 }; /* half of the slots: as full as it gets */
    struct budget budget = {.limit = 64 << 20};
    struct intern t;
    ck_assert(intern_init(&t, &budget));
    const uint8_t **places = calloc(KEYS, sizeof *places);
    ck_assert_ptr_nonnull(places);
    uint8_t room[INTERN_KEY_OCTETS];
    unsigned wrong = 0;
    for (uint32_t i = 0; i < KEYS; i++) {
        bool fresh;
        wrong += put(&t, numbered(i, room), &fresh) != i || !fresh;
        places[i] = intern_key(&t, i).data;
    }
    for (uint32_t i = 0; i < KEYS; i++) {
        const struct bytes key = numbered(i, room);
        bool fresh;
        wrong += find(&t, key) != i || put(&t, key, &fresh) != i || fresh;
        wrong += intern_key(&t, i).data != places[i];
        wrong += !same(intern_key(&t, i), key);
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(t.count, KEYS);
    ck_assert_uint_lt(longest_probe(&t), 64);
    ck_assert_uint_le(budget.used, budget.limit);
    free(places);
    intern_fini(&t);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(equal_hashes_do_not_make_keys_equal)
{
    struct budget budget = {.limit = 4 << 20};
    struct intern t;
    ck_assert(intern_init(&t, &budget));
    uint8_t room[INTERN_KEY_OCTETS];
    unsigned wrong = 0;
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 1000; i++) {
            bool fresh;
            wrong += intern_put(&t, numbered(i, room), 42, &fresh) != i;
            wrong += fresh != (round == 0);
        }
    ck_assert_uint_eq(wrong, 0);
    intern_fini(&t);
}
END_TEST

static const struct {
    size_t octets;
    bool taken;
} lengths[] = {
    {0, true},
    {1, true},
    {INTERN_KEY_OCTETS, true},
    {INTERN_KEY_OCTETS + 1, false},
    {70000, false},
};

START_TEST(key_over_the_longest_is_refused)
{
    struct budget budget = {.limit = 1 << 20};
    struct intern t;
    ck_assert(intern_init(&t, &budget));
    uint8_t *octets = calloc(lengths[_i].octets + 1, 1);
    ck_assert_ptr_nonnull(octets);
    const struct bytes key = {octets, lengths[_i].octets};
    bool fresh = true;
    const uint32_t id = put(&t, key, &fresh);
    ck_assert_uint_eq(id, lengths[_i].taken ? 0 : INTERN_NONE);
    ck_assert_int_eq(fresh, lengths[_i].taken);
    ck_assert_uint_eq(t.count, lengths[_i].taken);
    ck_assert_uint_eq(find(&t, key), id);
    free(octets);
    intern_fini(&t);
}
END_TEST

/* 256 of the longest keys fill 256 KiB to the last octet. */
START_TEST(empty_key_behind_a_full_chunk_has_a_place)
{
    struct budget budget = {.limit = 4 << 20};
    struct intern t;
    ck_assert(intern_init(&t, &budget));
    uint8_t room[INTERN_KEY_OCTETS] = {0};
    bool fresh;
    for (uint32_t i = 0; i < 256; i++) {
        memcpy(room, &i, sizeof i);
        ck_assert_uint_eq(put(&t, (struct bytes){room, sizeof room}, &fresh),
                          i);
    }
    ck_assert_uint_eq(put(&t, text(""), &fresh), 256);
    ck_assert_uint_eq(find(&t, text("")), 256);
    ck_assert_ptr_nonnull(intern_key(&t, 256).data);
    ck_assert_uint_eq(intern_key(&t, 256).len, 0);
    intern_fini(&t);
}
END_TEST

/* --- no memory ----------------------------------------------------------- */

/* What the first slots, the first entries and a chunk take. */
enum { SLOTS = 1 << 10, ENTRIES = 64 * 16, CHUNK = 1 << 18 };

static const size_t limits[] = {
    SLOTS,
    SLOTS + 64,
    SLOTS + ENTRIES,
    SLOTS + ENTRIES + 64 * sizeof(void *),
    SLOTS + ENTRIES + 64 * sizeof(void *) + CHUNK,
    SLOTS + ENTRIES + 64 * sizeof(void *) + CHUNK + ENTRIES,
    320 << 10,
    600 << 10,
    1 << 20,
};

START_TEST(refused_key_leaves_the_table_usable)
{
    enum { MANY = 20000 };
    struct budget budget = {.limit = limits[_i]};
    struct intern t;
    ck_assert(intern_init(&t, &budget));
    uint8_t room[INTERN_KEY_OCTETS];
    bool fresh;
    uint32_t kept = 0;
    while (kept < MANY && put(&t, numbered(kept, room), &fresh) == kept)
        kept++;
    ck_assert_uint_lt(kept, MANY);
    ck_assert_uint_gt(budget.refused, 0);
    ck_assert_uint_le(budget.used, budget.limit);
    ck_assert_uint_eq(t.count, kept);

    unsigned wrong = 0;
    for (uint32_t i = kept; i < kept + 100; i++)
        wrong += find(&t, numbered(i, room)) != INTERN_NONE;
    for (uint32_t i = 0; i < kept; i++)
        wrong += put(&t, numbered(i, room), &fresh) != i || fresh;
    ck_assert_uint_eq(wrong, 0);

    budget.limit = 8 << 20;
    for (uint32_t i = kept; i < kept + 100; i++)
        wrong += put(&t, numbered(i, room), &fresh) != i || !fresh;
    ck_assert_uint_eq(wrong, 0);
    intern_fini(&t);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(table_without_any_memory_is_refused)
{
    struct budget budget = {.limit = SLOTS - 1};
    struct intern t;
    ck_assert(!intern_init(&t, &budget));
    ck_assert_uint_eq(budget.refused, 1);
    intern_fini(&t);
    ck_assert_uint_eq(budget.used, 0);
    intern_fini(&(struct intern){0});
}
END_TEST

/* --- attacked ------------------------------------------------------------ */

/* Names chosen so that the low ten bits of their hash are 0 under the seed 0,
 * put into a table that hashes them under `seed`. */
static size_t attacked(uint64_t seed)
{
    enum { NAMES = 3000 };
    struct budget budget = {.limit = 4 << 20};
    struct intern t;
    ck_assert(intern_init(&t, &budget));
    char name[32];
    bool fresh;
    for (uint32_t i = 0; t.count < NAMES; i++) {
        const int n = snprintf(name, sizeof name, "n%u.example", i);
        const struct bytes key = {(const uint8_t *)name, (size_t)n};
        if ((hash_octets(key.data, key.len, 0) & 1023) == 0)
            intern_put(&t, key, hash_octets(key.data, key.len, seed), &fresh);
    }
    const size_t longest = longest_probe(&t);
    intern_fini(&t);
    return longest;
}

START_TEST(chosen_names_do_not_collide_under_a_drawn_seed)
{
    ck_assert_uint_lt(attacked(hash_seed()), 64);
}
END_TEST

/* Or the test above would prove nothing. */
START_TEST(chosen_names_collide_under_the_seed_they_were_chosen_for)
{
    ck_assert_uint_gt(attacked(0), 300);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util/intern");
    TCase *tc = tcase_create("intern");
    tcase_add_test(tc, ids_are_dense_in_order_of_arrival);
    tcase_add_test(tc, keys_stay_where_they_are_while_the_table_grows);
    tcase_add_test(tc, equal_hashes_do_not_make_keys_equal);
    tcase_add_loop_test(tc, key_over_the_longest_is_refused, 0, ROWS(lengths));
    tcase_add_test(tc, empty_key_behind_a_full_chunk_has_a_place);
    tcase_add_loop_test(tc, refused_key_leaves_the_table_usable, 0,
                        ROWS(limits));
    tcase_add_test(tc, table_without_any_memory_is_refused);
    tcase_add_test(tc, chosen_names_do_not_collide_under_a_drawn_seed);
    tcase_add_test(tc,
                   chosen_names_collide_under_the_seed_they_were_chosen_for);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
