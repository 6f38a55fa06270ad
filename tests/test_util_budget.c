/* The budget: taken or untouched, and never a wrap. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "util/budget.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static const struct {
    size_t limit, used, octets;
    bool taken;
} takes[] = {
    {0, 0, 0, true},
    {0, 0, 1, false},
    {100, 0, 100, true},
    {100, 0, 101, false},
    {100, 99, 1, true},
    {100, 99, 2, false},
    {100, 100, 0, true},
    {100, 50, SIZE_MAX, false},
    {SIZE_MAX, SIZE_MAX - 1, 1, true},
    {SIZE_MAX, SIZE_MAX - 1, 2, false},
};

START_TEST(octets_are_taken_or_the_budget_untouched)
{
    struct budget b = {.limit = takes[_i].limit, .used = takes[_i].used};
    ck_assert_int_eq(budget_take(&b, takes[_i].octets), takes[_i].taken);
    ck_assert_uint_eq(b.used, takes[_i].used +
                                  (takes[_i].taken ? takes[_i].octets : 0));
    ck_assert_uint_eq(b.refused, !takes[_i].taken);
    if (takes[_i].taken)
        budget_give(&b, takes[_i].octets);
    ck_assert_uint_eq(b.used, takes[_i].used);
}
END_TEST

static const struct {
    size_t before, need, after; /* elements */
} growths[] = {
    {0, 0, 0},     {0, 1, 64},       {0, 64, 64},
    {0, 65, 128},  {64, 10, 64},     {64, 64, 64},
    {64, 65, 128}, {64, 1000, 1024}, {128, 129, 256},
};

/* After 128 elements of 8 octets, within 1,536. */
static const struct {
    size_t need, after;
} last_growths[] = {
    {129, 145},
    {144, 162},
    {170, 191},
    {171, 192},
};

START_TEST(array_grows_by_an_eighth_where_the_double_is_too_much)
{
    struct budget b = {.limit = 1024 + 512};
    void *array = NULL;
    size_t capacity = 0;
    ck_assert(budget_grow(&b, &array, &capacity, 65, 8));
    ck_assert_uint_eq(capacity, 128);
    ck_assert(budget_grow(&b, &array, &capacity, last_growths[_i].need, 8));
    ck_assert_uint_eq(capacity, last_growths[_i].after);
    ck_assert_uint_eq(b.used, capacity * 8);
    ck_assert_uint_eq(b.refused, 0);
    ck_assert_uint_eq(((uint64_t *)array)[capacity - 1], 0);
    free(array);
}
END_TEST

START_TEST(array_doubles_and_what_is_new_is_zero)
{
    struct budget b = {.limit = 1 << 20};
    void *array = NULL;
    size_t capacity = 0;
    ck_assert(budget_grow(&b, &array, &capacity, growths[_i].before,
                          sizeof(uint32_t)));
    ck_assert_uint_eq(capacity, growths[_i].before);
    for (size_t i = 0; i < capacity; i++)
        ((uint32_t *)array)[i] = (uint32_t)i + 1;
    ck_assert(
        budget_grow(&b, &array, &capacity, growths[_i].need, sizeof(uint32_t)));
    ck_assert_uint_eq(capacity, growths[_i].after);
    ck_assert_uint_eq(b.used, capacity * sizeof(uint32_t));
    for (size_t i = 0; i < capacity; i++)
        ck_assert_uint_eq(((uint32_t *)array)[i],
                          i < growths[_i].before ? i + 1 : 0);
    free(array);
}
END_TEST

static const struct {
    const char *name;
    size_t need, element_octets;
} refusals[] = {
    {"one octet over what is left", 129 + 57, 8},
    {"far over", 1 << 20, 8},
    {"more than the heap has addresses", SIZE_MAX / 2, 8},
    {"more than a number holds", SIZE_MAX, 8},
    {"large elements", 129, SIZE_MAX / 100},
};

START_TEST(refused_array_is_as_it_was)
{
    struct budget b = {.limit = 1024 + 512};
    void *array = NULL;
    size_t capacity = 0;
    ck_assert(budget_grow(&b, &array, &capacity, 65, 8));
    ((uint64_t *)array)[127] = 42;
    void *const before = array;
    ck_assert_msg(!budget_grow(&b, &array, &capacity, refusals[_i].need,
                               refusals[_i].element_octets),
                  "%s", refusals[_i].name);
    ck_assert_ptr_eq(array, before);
    ck_assert_uint_eq(capacity, 128);
    ck_assert_uint_eq(b.used, 1024);
    ck_assert_uint_eq(b.refused, 1);
    ck_assert_uint_eq(((uint64_t *)array)[127], 42);
    free(array);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util/budget");
    TCase *tc = tcase_create("budget");
    tcase_add_loop_test(tc, octets_are_taken_or_the_budget_untouched, 0,
                        ROWS(takes));
    tcase_add_loop_test(tc, array_doubles_and_what_is_new_is_zero, 0,
                        ROWS(growths));
    tcase_add_loop_test(tc,
                        array_grows_by_an_eighth_where_the_double_is_too_much,
                        0, ROWS(last_growths));
    tcase_add_loop_test(tc, refused_array_is_as_it_was, 0, ROWS(refusals));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
