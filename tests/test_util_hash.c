/* Hashes: those of sketches never change, since they stand in databases; those
 * of tables are nobody's to foresee. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "test_random.h"
#include "util/hash.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static const struct {
    const char *octets;
    uint64_t hash;
} sketched[] = {
    {"", UINT64_C(0xa5e492132a0defbd)},
    {"a", UINT64_C(0xc8bc602c4f52e12a)},
    {"\1a\7example", UINT64_C(0x40926e3b35ade25d)},
    {"a name that is longer than sixteen octets", UINT64_C(0x70ff86afecd8f0cf)},
};

START_TEST(hashes_of_sketches_are_part_of_the_format)
{
    const char *octets = sketched[_i].octets;
    const uint64_t hash = hash_octets(octets, strlen(octets), HASH_SKETCH_SEED);
    ck_assert_msg(hash == sketched[_i].hash, "%s: 0x%llx", octets,
                  (unsigned long long)hash);
}
END_TEST

START_TEST(numbers_of_sketches_are_part_of_the_format)
{
    ck_assert_uint_eq(hash_u64(0, HASH_SKETCH_SEED),
                      UINT64_C(0x482ef966b82334e4));
    ck_assert_uint_eq(hash_u64(53, HASH_SKETCH_SEED),
                      UINT64_C(0x89f4e7a5bf7269fa));
    ck_assert_uint_eq(hash_u64(UINT64_MAX, HASH_SKETCH_SEED),
                      UINT64_C(0x87a2987a5ddb30a9));
}
END_TEST

START_TEST(seeds_drawn_differ)
{
    uint64_t seeds[16];
    for (int i = 0; i < ROWS(seeds); i++) {
        seeds[i] = hash_seed();
        for (int k = 0; k < i; k++)
            ck_assert_uint_ne(seeds[i], seeds[k]);
    }
}
END_TEST

START_TEST(seed_changes_the_hash)
{
    static const char octets[] = "a.example";
    for (uint64_t bit = 1; bit; bit <<= 1) {
        ck_assert_uint_ne(hash_octets(octets, sizeof octets, 7),
                          hash_octets(octets, sizeof octets, 7 ^ bit));
        ck_assert_uint_ne(hash_u64(42, 7), hash_u64(42, 7 ^ bit));
    }
}
END_TEST

/* Flipping any bit of the key, or of the seed, flips each bit of the hash about
 * every second time: 40 to 60 % of 4,000 keys is twelve deviations wide. */
START_TEST(every_bit_depends_on_every_bit)
{
    enum { KEYS = 4000 };
    const bool of_seed = _i == 1;
    uint64_t random = 1;
    for (int in = 0; in < 64; in++) {
        const uint64_t bit = UINT64_C(1) << in;
        uint64_t flips[64] = {0};
        for (int i = 0; i < KEYS; i++) {
            const uint64_t key = random_u64(&random), seed = 99;
            const uint64_t flipped =
                hash_u64(key, seed) ^ (of_seed ? hash_u64(key, seed ^ bit)
                                               : hash_u64(key ^ bit, seed));
            for (int out = 0; out < 64; out++)
                flips[out] += flipped >> out & 1;
        }
        for (int out = 0; out < 64; out++)
            if (flips[out] < KEYS * 4 / 10 || flips[out] > KEYS * 6 / 10)
                ck_abort_msg("bit %d of %s: bit %d flips %u of %d times", in,
                             of_seed ? "the seed" : "the key", out,
                             (unsigned)flips[out], (int)KEYS);
    }
}
END_TEST

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Pairs of dense ids are what the tables hash. */
START_TEST(no_two_numbers_share_a_hash)
{
    enum { KEYS = 200000 };
    uint64_t *hashes = calloc(KEYS, sizeof *hashes);
    ck_assert_ptr_nonnull(hashes);
    for (uint64_t i = 0; i < KEYS; i++)
        hashes[i] = hash_u64(i / 500 << 32 | i % 500, 3);
    qsort(hashes, KEYS, sizeof *hashes, compare);
    unsigned same = 0;
    for (int i = 1; i < KEYS; i++)
        same += hashes[i] == hashes[i - 1];
    ck_assert_uint_eq(same, 0);
    free(hashes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util/hash");
    TCase *tc = tcase_create("hash");
    tcase_add_loop_test(tc, hashes_of_sketches_are_part_of_the_format, 0,
                        ROWS(sketched));
    tcase_add_test(tc, numbers_of_sketches_are_part_of_the_format);
    tcase_add_test(tc, seeds_drawn_differ);
    tcase_add_test(tc, seed_changes_the_hash);
    tcase_add_loop_test(tc, every_bit_depends_on_every_bit, 0, 2);
    tcase_add_test(tc, no_two_numbers_share_a_hash);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
