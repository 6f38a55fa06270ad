/* Rows by time: whatever the time stamps, nothing is lost when windows merge,
 * nothing overflows, and a leap of years costs nothing. */
#include <check.h>
#include <stdlib.h>

#include "test_random.h"
#include "util/windows.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define S    INT64_C(1000000000)
#define YEAR (365 * 86400 * S)

/* A row that owns memory, as histograms do: a lost one shows as a leak, one
 * that is merged twice as a double free. */
struct row {
    uint64_t events;
    int64_t first_ns, last_ns;
    uint8_t *owned;
};

static void merge(void *context, void *into, void *from)
{
    struct row *a = into, *b = from;
    unsigned *merges = context;
    ++*merges;
    a->events += b->events;
    if (b->first_ns < a->first_ns)
        a->first_ns = b->first_ns;
    if (b->last_ns > a->last_ns)
        a->last_ns = b->last_ns;
    free(b->owned);
    b->owned = NULL;
}

static bool add(struct windows *w, int64_t time_ns)
{
    struct row *row = windows_row(w, time_ns);
    if (!row)
        return false;
    if (row->events++ == 0) {
        row->first_ns = row->last_ns = time_ns;
        row->owned = malloc(1);
    }
    if (time_ns < row->first_ns)
        row->first_ns = time_ns;
    if (time_ns > row->last_ns)
        row->last_ns = time_ns;
    return true;
}

static uint64_t sum_of(const struct windows *w)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < windows_count(w); i++)
        sum += ((struct row *)windows_at(w, i))->events;
    return sum;
}

static void finish(struct windows *w)
{
    for (size_t i = 0; i < windows_count(w); i++)
        free(((struct row *)windows_at(w, i))->owned);
    windows_fini(w);
}

/* Every event lies within its row's window, and no two windows are the same. */
static void check_places(const struct windows *w)
{
    unsigned outside = 0, twice = 0;
    for (size_t i = 0; i < windows_count(w); i++) {
        const struct row *row = windows_at(w, i);
        const int64_t start_ns = windows_start_ns(w, i);
        outside += row->first_ns < start_ns;
        outside += (uint64_t)row->last_ns - (uint64_t)start_ns >=
                   (uint64_t)w->width_ns;
        for (size_t k = 0; k < i; k++)
            twice += windows_start_ns(w, k) == start_ns;
    }
    ck_assert_uint_eq(outside, 0);
    ck_assert_uint_eq(twice, 0);
}

/* --- which window -------------------------------------------------------- */

static const struct {
    const char *name;
    int64_t width_ns, time_ns, start_ns;
} starts[] = {
    {"the first moment", S, 0, 0},
    {"the last of a window", S, S - 1, 0},
    {"the first of the next", S, S, S},
    {"a moment before 1970", S, -1, -S},
    {"a whole second before", S, -S, -S},
    {"and a moment more", S, -S - 1, -2 * S},
    {"a minute", 60 * S, 125 * S, 120 * S},
    {"a minute before 1970", 60 * S, -125 * S, -180 * S},
    {"a nanosecond", 1, 12345, 12345},
    {"the last there is", S, INT64_MAX, INT64_MAX / S *S},
    {"the first there is", S, INT64_MIN, INT64_MIN},
    {"the first, to the nanosecond", 1, INT64_MIN, INT64_MIN},
    {"the first of windows wider than time", INT64_MAX, INT64_MIN, INT64_MIN},
    {"all times in two", INT64_MAX, 5, 0},
};

START_TEST(time_falls_into_its_window)
{
    struct budget budget = {.limit = 1 << 20};
    struct windows w;
    unsigned merges = 0;
    ck_assert(windows_init(&w, sizeof(struct row), starts[_i].width_ns, 100,
                           merge, &merges, &budget));
    ck_assert(add(&w, starts[_i].time_ns));
    ck_assert(add(&w, starts[_i].time_ns));
    ck_assert_uint_eq(windows_count(&w), 1);
    ck_assert_msg(windows_start_ns(&w, 0) == starts[_i].start_ns, "%s: %lld",
                  starts[_i].name, (long long)windows_start_ns(&w, 0));
    check_places(&w);
    finish(&w);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(rows_stand_in_order_of_arrival_and_are_found_again)
{
    static const int64_t times[] = {7 * S, 2 * S, 7 * S + 5, -3 * S, 2 * S};
    static const uint64_t events[] = {2, 2, 1};
    struct budget budget = {.limit = 1 << 20};
    struct windows w;
    unsigned merges = 0;
    ck_assert(
        windows_init(&w, sizeof(struct row), S, 100, merge, &merges, &budget));
    for (int i = 0; i < ROWS(times); i++)
        ck_assert(add(&w, times[i]));
    ck_assert_uint_eq(windows_count(&w), 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_uint_eq(((struct row *)windows_at(&w, i))->events, events[i]);
    ck_assert_int_eq(windows_start_ns(&w, 2), -3 * S);
    finish(&w);
}
END_TEST

/* --- coarser windows ----------------------------------------------------- */

enum { CEILING = 64 };

START_TEST(full_table_is_not_coarsened_by_what_it_holds)
{
    struct budget budget = {.limit = 1 << 20};
    struct windows w;
    unsigned merges = 0;
    ck_assert(windows_init(&w, sizeof(struct row), S, CEILING, merge, &merges,
                           &budget));
    for (int round = 0; round < 3; round++)
        for (int64_t i = 0; i < CEILING; i++)
            ck_assert(add(&w, i * S));
    ck_assert_uint_eq(windows_count(&w), CEILING);
    ck_assert_int_eq(w.width_ns, S);
    ck_assert_uint_eq(merges, 0);

    ck_assert(add(&w, CEILING * S));
    ck_assert_int_eq(w.width_ns, 2 * S);
    ck_assert_uint_eq(windows_count(&w), CEILING / 2 + 1);
    ck_assert_uint_eq(merges, CEILING / 2);
    ck_assert_uint_eq(sum_of(&w), 3 * CEILING + 1);
    check_places(&w);
    finish(&w);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

/* How the times of a capture may run. */
static int64_t time_of(int kind, uint32_t i, uint64_t *random)
{
    switch (kind) {
    case 0: /* forward */
        return i * S / 3;
    case 1: /* backward, through 1970 */
        return 1000 * S - i * S / 3;
    case 2: /* a leap of ten years every hundred */
        return i / 100 * 10 * YEAR + i % 100 * S;
    case 3: /* at random within a day */
        return (int64_t)random_below(random, 86400) * S;
    case 4: /* at random in all time */
        return (int64_t)random_u64(random);
    default: /* the ends of time in turn */
        return i % 2 ? INT64_MAX - i : INT64_MIN + (int64_t)i;
    }
}

enum { KINDS = 6 };

START_TEST(sums_are_kept_however_times_run)
{
    enum { EVENTS = 3000 };
    struct budget budget = {.limit = 1 << 20};
    struct windows w;
    unsigned merges = 0;
    uint64_t random = 1;
    bool added = true;
    ck_assert(windows_init(&w, sizeof(struct row), S, CEILING, merge, &merges,
                           &budget));
    for (uint32_t i = 0; i < EVENTS; i++)
        added &= add(&w, time_of(_i, i, &random));
    ck_assert(added);
    ck_assert_uint_eq(sum_of(&w), EVENTS);
    ck_assert_uint_le(windows_count(&w), CEILING);
    ck_assert_uint_eq(budget.refused, 0);
    check_places(&w);
    finish(&w);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

/* The narrowest windows that merge to at most the ceiling: no wider. */
START_TEST(width_doubles_only_as_far_as_needed)
{
    struct budget budget = {.limit = 1 << 20};
    struct windows w;
    unsigned merges = 0;
    ck_assert(windows_init(&w, sizeof(struct row), S, CEILING, merge, &merges,
                           &budget));
    for (int64_t i = 0; i < 1000; i++)
        ck_assert(add(&w, i * S));
    ck_assert_int_eq(w.width_ns, 16 * S); /* 1000 / 16 = 63 */
    ck_assert_uint_eq(windows_count(&w), 63);
    finish(&w);
}
END_TEST

/* Rows by arrival, not by time between: as many as something fell into. */
START_TEST(leap_of_ten_years_makes_one_row)
{
    struct budget budget = {.limit = 1 << 20};
    struct windows w;
    unsigned merges = 0;
    ck_assert(windows_init(&w, sizeof(struct row), S, CEILING, merge, &merges,
                           &budget));
    ck_assert(add(&w, 0));
    ck_assert(add(&w, 10 * YEAR));
    ck_assert(add(&w, -10 * YEAR));
    ck_assert_uint_eq(windows_count(&w), 3);
    ck_assert_int_eq(w.width_ns, S);
    finish(&w);
}
END_TEST

/* --- no memory ----------------------------------------------------------- */

/* Whatever is refused at any size of a small budget, nothing is lost once there
 * is room for the first row. */
START_TEST(sums_are_kept_in_little_memory)
{
    enum { EVENTS = 2000 };
    struct budget budget = {.limit = 1024 + (size_t)_i * 512};
    struct windows w;
    unsigned merges = 0;
    uint64_t added = 0;
    ck_assert(
        windows_init(&w, sizeof(struct row), S, 200, merge, &merges, &budget));
    for (int64_t i = 0; i < EVENTS; i++)
        added += add(&w, i * S);
    ck_assert(added == EVENTS || (added == 0 && _i < 5));
    ck_assert_uint_eq(sum_of(&w), added);
    ck_assert_uint_gt(budget.refused + (_i > 20), 0);
    ck_assert_uint_le(budget.used, budget.limit);
    check_places(&w);
    finish(&w);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(coarsening_needs_no_memory)
{
    struct budget budget = {.limit = 1 << 20};
    struct windows w;
    unsigned merges = 0;
    ck_assert(windows_init(&w, sizeof(struct row), S, CEILING, merge, &merges,
                           &budget));
    for (int64_t i = 0; i < CEILING; i++)
        ck_assert(add(&w, 3 * i * S)); /* most neighbours stay apart */
    const size_t used = budget.limit = budget.used;
    ck_assert(add(&w, -S));
    ck_assert_int_gt(w.width_ns, S);
    ck_assert_uint_eq(sum_of(&w), CEILING + 1);
    ck_assert_uint_eq(budget.used, used);
    ck_assert_uint_eq(budget.refused, 0);
    check_places(&w);
    finish(&w);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(table_without_memory_is_refused)
{
    struct budget budget = {0};
    struct windows w;
    ck_assert(!windows_init(&w, sizeof(struct row), S, CEILING, merge, NULL,
                            &budget));
    windows_fini(&w);
    windows_fini(&(struct windows){0});
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util/windows");
    TCase *tc = tcase_create("windows");
    tcase_add_loop_test(tc, time_falls_into_its_window, 0, ROWS(starts));
    tcase_add_test(tc, rows_stand_in_order_of_arrival_and_are_found_again);
    tcase_add_test(tc, full_table_is_not_coarsened_by_what_it_holds);
    tcase_add_loop_test(tc, sums_are_kept_however_times_run, 0, KINDS);
    tcase_add_test(tc, width_doubles_only_as_far_as_needed);
    tcase_add_test(tc, leap_of_ten_years_makes_one_row);
    tcase_add_loop_test(tc, sums_are_kept_in_little_memory, 0, 30);
    tcase_add_test(tc, coarsening_needs_no_memory);
    tcase_add_test(tc, table_without_memory_is_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
