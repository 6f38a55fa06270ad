/* Histograms: the bucket of a duration against the definition, and that no
 * value is ever lost. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_random.h"
#include "util/histogram.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static const long double ns_per_s = 1e9L;

/* --- which bucket -------------------------------------------------------- */

/* ceil(log2(seconds) * 32) - 1, within the histogram. */
static int by_definition(int64_t ns)
{
    if (ns <= 0)
        return HISTOGRAM_LOWEST;
    const int bucket = (int)ceill(log2l((long double)ns / ns_per_s) * 32) - 1;
    return bucket > HISTOGRAM_HIGHEST ? HISTOGRAM_HIGHEST : bucket;
}

/* So close to a bound that the 53 bits of a double may not tell the side. The
 * exact powers of two stand in the table of edges. */
static bool is_on_a_bound(int64_t ns)
{
    const long double place = log2l((long double)ns / ns_per_s) * 32;
    return fabsl(place - rintl(place)) < 1e-13L;
}

/* An assertion of check's costs a write, too much for a million of them. */
static void check_bucket(int64_t ns)
{
    const int bucket = histogram_bucket(ns), want = by_definition(ns);
    const bool may_be_next_to_it = ns > 0 && is_on_a_bound(ns);
    if (abs(bucket - want) > may_be_next_to_it)
        ck_abort_msg("%lld ns: bucket %d, not %d", (long long)ns, bucket, want);
}

static const struct {
    const char *name;
    int64_t ns;
    int bucket;
} edges[] = {
    {"the least there is", INT64_MIN, HISTOGRAM_LOWEST},
    {"negative", -1, HISTOGRAM_LOWEST},
    {"nothing", 0, HISTOGRAM_LOWEST},
    {"1 ns", 1, -957},
    {"2 ns", 2, -925},
    {"2^-9 s ends its bucket", 1953125, -289},
    {"... and begins the next", 1953126, -288},
    {"half a second", 500000000, -33},
    {"a second", 1000000000, -1},
    {"a second and a nanosecond", 1000000001, 0},
    {"2 s", 2000000000, 31},
    {"2^29 s", (INT64_C(1) << 29) * 1000000000, 927},
    {"2^30 s, the last bucket ends", (INT64_C(1) << 30) * 1000000000, 959},
    {"longer", (INT64_C(1) << 30) * 1000000000 + 1000000000, 959},
    {"the most there is", INT64_MAX, HISTOGRAM_HIGHEST},
};

START_TEST(edge_has_its_bucket)
{
    ck_assert_msg(histogram_bucket(edges[_i].ns) == edges[_i].bucket, "%s: %d",
                  edges[_i].name, histogram_bucket(edges[_i].ns));
    check_bucket(edges[_i].ns);
}
END_TEST

/* The nanoseconds on both sides of every bound that a time can cross. */
START_TEST(bounds_are_where_the_definition_has_them)
{
    for (int i = HISTOGRAM_LOWEST; i < HISTOGRAM_HIGHEST; i++) {
        const long double bound = exp2l((long double)(i + 1) / 32) * ns_per_s;
        for (int64_t ns = (int64_t)bound - 1; ns <= (int64_t)bound + 2; ns++)
            check_bucket(ns);
    }
}
END_TEST

START_TEST(random_durations_have_the_bucket_of_the_definition)
{
    uint64_t random = 1;
    for (int shift = 1; shift < 64; shift++)
        for (int i = 0; i < 10000; i++)
            check_bucket((int64_t)(random_u64(&random) >> shift));
}
END_TEST

/* --- adding -------------------------------------------------------------- */

enum { ORDERS = 3 };

/* Every third bucket, from one end or the other or in disorder. */
static size_t some_buckets(int order, uint32_t *out)
{
    size_t n = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i += 3)
        out[n++] = order == 1 ? HISTOGRAM_BUCKETS - 1 - i : i;
    uint64_t random = 1;
    if (order == 2)
        random_shuffle(&random, out, n);
    return n;
}

START_TEST(buckets_stand_in_order_however_they_came)
{
    struct histogram h = {0};
    struct budget budget = {.limit = 1 << 20};
    uint32_t buckets[HISTOGRAM_BUCKETS];
    const size_t n = some_buckets(_i, buckets);
    for (int round = 1; round <= 2; round++)
        for (size_t i = 0; i < n; i++)
            ck_assert(histogram_add(&h, (int)buckets[i] + HISTOGRAM_LOWEST,
                                    buckets[i] + 1, &budget));

    size_t used;
    const struct histogram_cell *cells = histogram_cells(&h, &used);
    size_t filled = 0;
    uint32_t sum = 0;
    for (size_t i = 0; i < used; i++) {
        const uint32_t want = (uint32_t)(cells[i].bucket - HISTOGRAM_LOWEST);
        if (cells[i].count > 0)
            ck_assert_uint_eq(cells[i].count, 2 * (want + 1));
        filled += cells[i].count > 0;
        ck_assert(i == 0 || cells[i - 1].bucket < cells[i].bucket);
        sum += cells[i].count;
    }
    ck_assert_uint_eq(filled, n);
    ck_assert_uint_eq(h.count, sum);
    histogram_fini(&h, &budget);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

/* `n` random values, also added to `all`. */
static struct histogram some_values(uint64_t *random, size_t n,
                                    struct histogram *all,
                                    struct budget *budget)
{
    struct histogram h = {0};
    for (size_t i = 0; i < n; i++) {
        const int bucket = (int)random_below(random, 200) - 300;
        ck_assert(histogram_add(&h, bucket, 1, budget));
        ck_assert(histogram_add(all, bucket, 1, budget));
    }
    return h;
}

static char *text_of(const struct histogram *h)
{
    /* As much as the header asks for: a sanitizer sees one octet more. */
    char *text = malloc(h->used * (size_t)HISTOGRAM_TEXT + 3);
    ck_assert_ptr_nonnull(text);
    histogram_text(h, text);
    return text;
}

static const size_t merged[][2] = {
    {0, 0}, {0, 1}, {1, 0}, {1, 1}, {7, 1000}, {1000, 7}, {5000, 5000},
};

START_TEST(merging_is_adding)
{
    struct budget budget = {.limit = 1 << 20};
    uint64_t random = 7;
    struct histogram all = {0};
    struct histogram a = some_values(&random, merged[_i][0], &all, &budget);
    struct histogram b = some_values(&random, merged[_i][1], &all, &budget);
    histogram_merge(&a, &b, &budget);
    ck_assert_uint_eq(a.count, merged[_i][0] + merged[_i][1]);
    char *got = text_of(&a), *want = text_of(&all);
    ck_assert_str_eq(got, want);
    free(got);
    free(want);
    histogram_fini(&a, &budget);
    histogram_fini(&b, &budget);
    histogram_fini(&all, &budget);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(counts_stay_at_their_limit)
{
    struct histogram h = {0};
    struct budget budget = {0};
    ck_assert(histogram_add(&h, 5, UINT32_MAX - 1, &budget));
    ck_assert(histogram_add(&h, 5, 7, &budget));
    char *text = text_of(&h);
    ck_assert_str_eq(text, "{\"5\":4294967295}");
    ck_assert_uint_eq(h.count, UINT32_MAX);
    free(text);
}
END_TEST

/* --- no memory ----------------------------------------------------------- */

/* 10, 20, 30 and 40 are there, and no more fit. */
static const struct {
    int bucket, lands_in;
} refused[] = {
    {HISTOGRAM_LOWEST, 10},
    {9, 10},
    {11, 10},
    {14, 10},
    {16, 20},
    {24, 20},
    {26, 30},
    {39, 40},
    {41, 40},
    {HISTOGRAM_HIGHEST, 40},
};

START_TEST(refused_bucket_goes_to_the_nearest)
{
    struct histogram h = {0};
    struct budget budget = {.limit = 4 * sizeof(struct histogram_cell)};
    for (int bucket = 10; bucket <= 40; bucket += 10)
        ck_assert(histogram_add(&h, bucket, 1, &budget));
    ck_assert(!histogram_add(&h, refused[_i].bucket, 6, &budget));
    ck_assert_uint_eq(budget.refused, 1);
    ck_assert_uint_eq(h.count, 10);

    size_t used;
    const struct histogram_cell *cells = histogram_cells(&h, &used);
    ck_assert_uint_eq(used, 4);
    for (size_t i = 0; i < used; i++)
        ck_assert_msg(
            cells[i].count == (cells[i].bucket == refused[_i].lands_in ? 7 : 1),
            "%d did not go to %d", refused[_i].bucket, refused[_i].lands_in);
    histogram_fini(&h, &budget);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(first_bucket_needs_no_memory_and_takes_all_without)
{
    struct histogram h = {0};
    struct budget budget = {0};
    ck_assert(histogram_add(&h, 3, 1, &budget));
    ck_assert(histogram_add(&h, 3, 1, &budget));
    ck_assert(!histogram_add(&h, 100, 1, &budget));
    ck_assert(!histogram_add(&h, -100, 1, &budget));
    char *text = text_of(&h);
    ck_assert_str_eq(text, "{\"3\":4}");
    free(text);
}
END_TEST

/* Merging never loses a count either, whatever the memory. */
START_TEST(merging_without_memory_keeps_the_sum)
{
    struct budget ample = {.limit = 1 << 20};
    uint64_t random = 3;
    struct histogram all = {0};
    struct histogram from = some_values(&random, 3000, &all, &ample);
    struct histogram into = {0};
    struct budget tight = {.limit = 64 * sizeof(struct histogram_cell)};
    histogram_merge(&into, &from, &tight);
    ck_assert_uint_gt(tight.refused, 0);
    ck_assert_uint_eq(into.count, 3000);
    size_t used;
    const struct histogram_cell *cells = histogram_cells(&into, &used);
    uint32_t sum = 0;
    for (size_t i = 0; i < used; i++)
        sum += cells[i].count;
    ck_assert_uint_eq(sum, 3000);
    histogram_fini(&from, &ample);
    histogram_fini(&all, &ample);
    histogram_fini(&into, &tight);
}
END_TEST

/* --- text ---------------------------------------------------------------- */

static const struct {
    struct histogram_cell cells[4];
    size_t n;
    const char *text;
} texts[] = {
    {{{0}}, 0, "{}"},
    {{{0, 1}}, 1, "{\"0\":1}"},
    {{{7, 2}, {-7, 3}, {0, 4}}, 3, "{\"-7\":3,\"0\":4,\"7\":2}"},
    {{{HISTOGRAM_LOWEST, UINT32_MAX}, {HISTOGRAM_HIGHEST, UINT32_MAX}},
     2,
     "{\"-960\":4294967295,\"959\":4294967295}"},
};

START_TEST(text_is_json_in_order_of_index)
{
    struct histogram h = {0};
    struct budget budget = {.limit = 1 << 20};
    for (size_t i = 0; i < texts[_i].n; i++)
        histogram_add(&h, texts[_i].cells[i].bucket, texts[_i].cells[i].count,
                      &budget);
    char *text = text_of(&h);
    ck_assert_str_eq(text, texts[_i].text);
    free(text);
    histogram_fini(&h, &budget);
}
END_TEST

START_TEST(longest_text_fits_its_room)
{
    struct histogram h = {0};
    struct budget budget = {.limit = 1 << 20};
    for (int i = HISTOGRAM_LOWEST; i <= HISTOGRAM_HIGHEST; i++)
        histogram_add(&h, i, UINT32_MAX, &budget);
    char *text = text_of(&h);
    const char *at = text;
    for (int i = HISTOGRAM_LOWEST; i <= HISTOGRAM_HIGHEST; i++) {
        char want[HISTOGRAM_TEXT + 1];
        const int n = snprintf(want, sizeof want, "%c\"%d\":4294967295",
                               i == HISTOGRAM_LOWEST ? '{' : ',', i);
        ck_assert_int_eq(strncmp(at, want, (size_t)n), 0);
        at += n;
    }
    ck_assert_str_eq(at, "}");
    free(text);
    histogram_fini(&h, &budget);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

/* --- sums ----------------------------------------------------------------- */

static const struct {
    const char *name, *a, *b, *sum; /* sum NULL: one of them is refused */
} sums[] = {
    {"nothing", "{}", "{}", "{}"},
    {"bucket by bucket", "{\"-3\":1,\"5\":2}", "{\"-4\":7,\"5\":40}",
     "{\"-4\":7,\"-3\":1,\"5\":42}"},
    {"more than 32 bits", "{\"0\":4294967295}", "{\"0\":4294967295}",
     "{\"0\":8589934590}"},
    {"the first and the last", "{\"-960\":1}", "{\"959\":1}",
     "{\"-960\":1,\"959\":1}"},
    {"more than 63 bits", "{\"0\":9223372036854775807}", "{\"0\":1}", NULL},
    {"more than 64 bits", "{}", "{\"0\":99999999999999999999}", NULL},
    {"below the first", "{}", "{\"-961\":1}", NULL},
    {"above the last", "{}", "{\"960\":1}", NULL},
    {"a negative count", "{}", "{\"0\":-1}", NULL},
    {"no text", "{}", "", NULL},
    {"no end", "{}", "{\"0\":1", NULL},
    {"more behind it", "{}", "{}x", NULL},
    {"a comma too many", "{}", "{\"0\":1,}", NULL},
    {"an index that is no number", "{}", "{\"x\":1}", NULL},
};

START_TEST(texts_add_up_or_are_refused)
{
    struct histogram_sum sum = {{0}};
    char out[HISTOGRAM_SUM_TEXT];
    const char *const both[] = {sums[_i].a, sums[_i].b};
    bool ok = true;
    for (size_t i = 0; i < 2; i++)
        ok &= histogram_sum_read(
            &sum, (struct bytes){(const uint8_t *)both[i], strlen(both[i])});
    ck_assert_msg(ok == (sums[_i].sum != NULL), "%s", sums[_i].name);
    if (!ok)
        return;
    ck_assert_uint_eq(histogram_sum_text(&sum, out), strlen(sums[_i].sum));
    ck_assert_str_eq(out, sums[_i].sum);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util/histogram");
    TCase *tc = tcase_create("histogram");
    tcase_add_loop_test(tc, edge_has_its_bucket, 0, ROWS(edges));
    tcase_add_test(tc, bounds_are_where_the_definition_has_them);
    tcase_add_test(tc, random_durations_have_the_bucket_of_the_definition);
    tcase_add_loop_test(tc, buckets_stand_in_order_however_they_came, 0,
                        ORDERS);
    tcase_add_loop_test(tc, merging_is_adding, 0, ROWS(merged));
    tcase_add_test(tc, counts_stay_at_their_limit);
    tcase_add_loop_test(tc, refused_bucket_goes_to_the_nearest, 0,
                        ROWS(refused));
    tcase_add_test(tc, first_bucket_needs_no_memory_and_takes_all_without);
    tcase_add_test(tc, merging_without_memory_keeps_the_sum);
    tcase_add_loop_test(tc, text_is_json_in_order_of_index, 0, ROWS(texts));
    tcase_add_test(tc, longest_text_fits_its_room);
    tcase_add_loop_test(tc, texts_add_up_or_are_refused, 0,
                        sizeof sums / sizeof *sums);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
