#include "report/number.h"
#include "test_render.h"

static const struct {
    double value;
    const char *want;
} numbers[] = {
    {0, "0"},
    {0.25, "0.25"},
    {0.1, "0.1"},
    {1.0 / 3, "0.3333333333333333"},
    {-5, "-5"},
    {1e20, "1e+20"},
    {5e-324, "4.94065645841247e-324"},
    {123456789012345680.0, "1.2345678901234568e+17"},
    {1e308 * 10, "unknown"},
    {-1e308 * 10, "unknown"},
};

START_TEST(number_is_the_shortest_that_reads_back)
{
    struct render r;
    render_open(&r);
    report_number_put(r.out, numbers[_i].value, "unknown");
    char *text = render_end(&r);
    ck_assert_str_eq(text, numbers[_i].want);
    if (strcmp(text, "unknown") != 0)
        ck_assert_double_eq(strtod(text, NULL), numbers[_i].value);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report/number");
    TCase *tc = tcase_create("number");
    tcase_add_loop_test(tc, number_is_the_shortest_that_reads_back, 0,
                        ROWS(numbers));
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
