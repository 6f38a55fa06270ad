#include <string.h>

#include "cli/progress.h"
#include "test_render.h"

static const struct {
    struct pipeline_progress now;
    double seconds;
    const char *want;
} lines[] = {
    {{.path = "x.pcap", .octets = 500, .size = 1000, .messages = 12345},
     2,
     "x.pcap: 50.0 % of 1.00 kB at 250 B/s, 2.00 s left, 12,345 DNS messages"},
    {{.path = "x.pcap", .octets = 1000, .size = 1000},
     1,
     "x.pcap: 100.0 % of 1.00 kB at 1.00 kB/s, 0 s left, 0 DNS messages"},
    {{.path = "-", .octets = 2000000, .size = 0, .messages = 7},
     1,
     "standard input: 2.00 MB at 2.00 MB/s, 7 DNS messages"},
    {{.path = "grew", .octets = 2000, .size = 1000},
     1,
     "grew: 2.00 kB at 2.00 kB/s, 0 DNS messages"},
    {{.path = "x", .octets = 0, .size = 1000},
     0,
     "x: 0.0 % of 1.00 kB at 0 B/s, 0 DNS messages"},
    {{.path = "/a/path/that/is/longer/than/what/is/shown/of/it.pcap"},
     0,
     "er/than/what/is/shown/of/it.pcap: 0 B at 0 B/s, 0 DNS messages"},
    {{.path = "\x1b[2J"}, 0, "\\027[2J: 0 B at 0 B/s, 0 DNS messages"},
};

START_TEST(line_says_how_far_and_how_fast)
{
    char line[CLI_PROGRESS_LINE];
    cli_progress_line(&lines[_i].now, lines[_i].seconds, line);
    ck_assert_str_eq(line, lines[_i].want);
}
END_TEST

START_TEST(longest_line_fits)
{
    char path[64];
    memset(path, '\x01', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    const struct pipeline_progress now = {.path = path,
                                          .octets = UINT64_MAX / 2,
                                          .size = UINT64_MAX,
                                          .messages = INT64_MAX};
    char line[CLI_PROGRESS_LINE];
    cli_progress_line(&now, 1e-9, line);
    ck_assert_ptr_nonnull(strstr(line, " DNS messages"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cli/progress");
    TCase *tc = tcase_create("progress");
    tcase_add_loop_test(tc, line_says_how_far_and_how_fast, 0, ROWS(lines));
    tcase_add_test(tc, longest_line_fits);
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
