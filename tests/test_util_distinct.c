/* Counting what is different: exact while few, within the sketch's error when
 * many, and the same text whatever the order. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_random.h"
#include "util/distinct.h"
#include "util/hash.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

/* Item `i` of the set that `seed` names. */
static uint32_t item(uint64_t i, uint64_t seed)
{
    return (uint32_t)hash_octets(&i, sizeof i, seed);
}

static struct distinct set_of(uint64_t count, uint64_t seed,
                              struct budget *budget)
{
    struct distinct d = {0};
    bool added = true;
    for (uint64_t i = 0; i < count; i++)
        added &= distinct_add(&d, item(i, seed), budget);
    ck_assert(added);
    return d;
}

/* --- counting ------------------------------------------------------------ */

static const uint32_t small[] = {0, 1, 2, 3, 4, 100, 511, DISTINCT_SPARSE};

START_TEST(few_are_counted_exactly_each_once)
{
    struct budget budget = {.limit = 1 << 20};
    struct distinct d = {0};
    for (int round = 0; round < 3; round++)
        for (uint32_t i = 0; i < small[_i]; i++)
            ck_assert(distinct_add(&d, item(i, 1), &budget));
    ck_assert_uint_eq(distinct_count(&d), small[_i]);
    distinct_fini(&d, &budget);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

static const struct {
    uint64_t count;
    int seeds;
} large[] = {
    {DISTINCT_SPARSE + 1, 20},
    {1000, 20},
    {10000, 20},
    {100000, 5},
    {1000000, 3},
};

START_TEST(many_are_counted_within_five_percent)
{
    const double count = (double)large[_i].count;
    for (int seed = 1; seed <= large[_i].seeds; seed++) {
        struct budget budget = {.limit = 1 << 20};
        struct distinct d = set_of(large[_i].count, (uint64_t)seed, &budget);
        const double got = (double)distinct_count(&d);
        ck_assert_msg(fabs(got / count - 1) < .05, "seed %d: %.0f of %.0f",
                      seed, got, count);
        distinct_fini(&d, &budget);
        ck_assert_uint_eq(budget.used, 0);
    }
}
END_TEST

/* 1.04 / sqrt(4096) is 1.6 %, and the estimator leans to no side. */
START_TEST(error_of_many_sketches_is_the_expected_one)
{
    enum { SKETCHES = 200, COUNT = 20000 };
    double sum = 0, squares = 0;
    for (int seed = 1; seed <= SKETCHES; seed++) {
        struct budget budget = {.limit = 1 << 20};
        struct distinct d = set_of(COUNT, (uint64_t)seed, &budget);
        const double error = (double)distinct_count(&d) / COUNT - 1;
        sum += error;
        squares += error * error;
        distinct_fini(&d, &budget);
    }
    ck_assert_double_lt(fabs(sum / SKETCHES), .005);
    ck_assert_double_lt(sqrt(squares / SKETCHES), .02);
    ck_assert_double_gt(sqrt(squares / SKETCHES), .012);
}
END_TEST

/* --- text ---------------------------------------------------------------- */

/* A set with the hashes 0 and 1 in it, which count as one. */
static uint32_t *odd_set(uint32_t count)
{
    uint32_t *items = calloc(count, sizeof *items);
    ck_assert_ptr_nonnull(items);
    for (uint32_t i = 0; i < count; i++)
        items[i] = i < 2 ? i : item(i, 5);
    return items;
}

/* Compared with strcmp(), since check fails over a message of 4 KiB. */
static void text_of(const uint32_t *items, uint32_t count, char *out)
{
    struct budget budget = {.limit = 1 << 20};
    struct distinct d = {0};
    bool added = true;
    for (uint32_t i = 0; i < count; i++)
        added &= distinct_add(&d, items[i], &budget);
    ck_assert(added);
    distinct_text(&d, out);
    distinct_fini(&d, &budget);
}

static const uint32_t text_sizes[] = {
    2, 3, 10, DISTINCT_SPARSE + 1, DISTINCT_SPARSE + 2, 5000,
};

START_TEST(text_does_not_depend_on_the_order)
{
    const uint32_t count = text_sizes[_i];
    uint32_t *items = odd_set(count);
    static char want[DISTINCT_TEXT], got[DISTINCT_TEXT];
    text_of(items, count, want);
    uint64_t random = 1;
    for (int round = 0; round < 20; round++) {
        random_shuffle(&random, items, count);
        text_of(items, count, got);
        ck_assert(strcmp(got, want) == 0);
    }
    free(items);
}
END_TEST

/* The hash that marks an empty slot, first and last. */
START_TEST(hash_of_zero_counts_wherever_it_comes)
{
    static char first[DISTINCT_TEXT], last[DISTINCT_TEXT];
    uint32_t items[2000];
    for (uint32_t i = 0; i < 2000; i++)
        items[i] = item(i, 5) | UINT32_C(1) << 31;
    items[0] = 0;
    text_of(items, 2000, first);
    items[0] = items[1999];
    items[1999] = 0;
    text_of(items, 2000, last);
    ck_assert(strcmp(first, last) == 0);
}
END_TEST

static const struct {
    uint32_t items[3];
    uint32_t count;
    const char *text;
} texts[] = {
    {{0}, 0, "s"},
    {{0xabc}, 1, "s00000abc"},
    {{0xffffffff, 2, 0x10}, 3, "s0000000200000010ffffffff"},
};

START_TEST(sparse_text_is_the_hashes_ascending)
{
    char out[DISTINCT_TEXT];
    text_of(texts[_i].items, texts[_i].count, out);
    ck_assert_str_eq(out, texts[_i].text);
}
END_TEST

START_TEST(dense_text_has_a_rank_for_each_register)
{
    struct budget budget = {.limit = 1 << 20};
    struct distinct d = set_of(1000, 1, &budget);
    distinct_add(&d, 0x00000fff, &budget); /* register 0, no bit: rank 21 */
    distinct_add(&d, 0xfff80000, &budget); /* the last register, rank 1 */
    char out[DISTINCT_TEXT];
    distinct_text(&d, out);
    ck_assert_uint_eq(strlen(out), DISTINCT_REGISTERS + 1);
    ck_assert_int_eq(out[0], 'd');
    for (int i = 1; i <= DISTINCT_REGISTERS; i++)
        ck_assert(out[i] >= '0' && out[i] <= '0' + 21);
    ck_assert_int_eq(out[1], '0' + 9);
    ck_assert_int_ge(out[DISTINCT_REGISTERS], '1');
    distinct_fini(&d, &budget);
}
END_TEST

/* What a merge of two databases does: the greater of each register. */
START_TEST(texts_merge_to_the_text_of_both)
{
    static char a[DISTINCT_TEXT], b[DISTINCT_TEXT], both[DISTINCT_TEXT];
    uint32_t items[9000];
    for (uint32_t i = 0; i < 9000; i++)
        items[i] = item(i, 9);
    text_of(items, 5000, a);
    text_of(items + 4000, 5000, b);
    text_of(items, 9000, both);
    for (int i = 0; i <= DISTINCT_REGISTERS; i++)
        if (b[i] > a[i])
            a[i] = b[i];
    ck_assert(strcmp(a, both) == 0);
}
END_TEST

/* --- no memory ----------------------------------------------------------- */

static const struct {
    const char *name;
    size_t limit;
    uint32_t kept;
} refusals[] = {
    {"nothing: one fits in the struct", 0, 1},
    {"the first four slots", 4 * sizeof(uint32_t), 3},
    {"1,024 slots, no registers", 1024 * sizeof(uint32_t), DISTINCT_SPARSE},
};

START_TEST(refused_item_is_missing_and_the_rest_stays)
{
    struct budget budget = {.limit = refusals[_i].limit};
    struct distinct d = {0};
    const uint32_t kept = refusals[_i].kept;
    for (uint32_t i = 0; i < kept; i++)
        ck_assert(distinct_add(&d, item(i, 1), &budget));
    for (uint32_t i = kept; i < kept + 50; i++)
        ck_assert(!distinct_add(&d, item(i, 1), &budget));
    ck_assert_uint_eq(budget.refused, 50);
    ck_assert_uint_eq(distinct_count(&d), kept);
    for (uint32_t i = 0; i < kept; i++) /* known ones need no memory */
        ck_assert(distinct_add(&d, item(i, 1), &budget));

    budget.limit = 1 << 20;
    for (uint32_t i = kept; i < kept + 50; i++)
        ck_assert(distinct_add(&d, item(i, 1), &budget));
    const double error = (double)distinct_count(&d) / (kept + 50) - 1;
    ck_assert_double_lt(fabs(error), .05);
    distinct_fini(&d, &budget);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

/* --- read back ------------------------------------------------------------ */

/* How many each of two sets has, and how many of them both have. */
static const uint32_t shares[][3] = {
    {0, 0, 0},    {1, 0, 0},        {1, 1, 1},     {300, 300, 100},
    {512, 1, 0},  {512, 512, 512},  {513, 512, 0}, {3, 5000, 0},
    {5000, 3, 3}, {5000, 6000, 17},
};

START_TEST(texts_read_together_are_the_set_of_both)
{
    struct budget budget = {.limit = 1 << 20};
    struct distinct a = {0}, b = {0}, both = {0}, read = {0};
    const uint32_t *n = shares[_i];
    for (uint32_t i = 0; i < n[0]; i++)
        ck_assert(distinct_add(&a, item(i, 3), &budget) &&
                  distinct_add(&both, item(i, 3), &budget));
    for (uint32_t i = n[0] - n[2]; i < n[0] - n[2] + n[1]; i++)
        ck_assert(distinct_add(&b, item(i, 3), &budget) &&
                  distinct_add(&both, item(i, 3), &budget));
    char written[2][DISTINCT_TEXT], want[DISTINCT_TEXT], got[DISTINCT_TEXT];
    distinct_text(&a, written[0]);
    distinct_text(&b, written[1]);
    for (size_t i = 0; i < 2; i++)
        ck_assert(distinct_read(
            &read,
            (struct bytes){(const uint8_t *)written[i], strlen(written[i])},
            &budget));
    distinct_text(&both, want);
    distinct_text(&read, got);
    ck_assert_str_eq(got, want);
    struct distinct *const sets[] = {&a, &b, &both, &read};
    for (size_t i = 0; i < 4; i++)
        distinct_fini(sets[i], &budget);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

static const char *const strange[] = {
    "", "x", "s1", "s0000000g", "s0000000A", "d", "d000", "S00000000",
};

START_TEST(what_is_no_sketch_is_refused)
{
    struct budget budget = {.limit = 1 << 20};
    struct distinct d = {0};
    const struct bytes text = {(const uint8_t *)strange[_i],
                               strlen(strange[_i])};
    ck_assert_msg(!distinct_read(&d, text, &budget), "%s", strange[_i]);
    distinct_fini(&d, &budget);
    char dense[DISTINCT_REGISTERS + 2] = "d";
    memset(dense + 1, '0', DISTINCT_REGISTERS);
    dense[17] = '0' + 22; /* 21 is the highest rank of 32 bits */
    ck_assert(!distinct_read(
        &d, (struct bytes){(const uint8_t *)dense, DISTINCT_REGISTERS + 1},
        &budget));
    distinct_fini(&d, &budget);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util/distinct");
    TCase *tc = tcase_create("distinct");
    tcase_add_loop_test(tc, few_are_counted_exactly_each_once, 0, ROWS(small));
    tcase_add_loop_test(tc, many_are_counted_within_five_percent, 0,
                        ROWS(large));
    tcase_add_test(tc, error_of_many_sketches_is_the_expected_one);
    tcase_add_loop_test(tc, text_does_not_depend_on_the_order, 0,
                        ROWS(text_sizes));
    tcase_add_test(tc, hash_of_zero_counts_wherever_it_comes);
    tcase_add_loop_test(tc, sparse_text_is_the_hashes_ascending, 0,
                        ROWS(texts));
    tcase_add_test(tc, dense_text_has_a_rank_for_each_register);
    tcase_add_test(tc, texts_merge_to_the_text_of_both);
    tcase_add_loop_test(tc, refused_item_is_missing_and_the_rest_stays, 0,
                        ROWS(refusals));
    tcase_add_loop_test(tc, texts_read_together_are_the_set_of_both, 0,
                        ROWS(shares));
    tcase_add_loop_test(tc, what_is_no_sketch_is_refused, 0, ROWS(strange));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
