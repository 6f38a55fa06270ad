#include <check.h>
#include <stdlib.h>
#include <time.h>

#include "util/text.h"

#define ROWS(a) ((int)(sizeof(a) / sizeof((a)[0])))

static const struct {
    int64_t ns;
    int digits;
    const char *want;
} times[] = {
    {0, 0, "1970-01-01T00:00:00Z"},
    {0, 9, "1970-01-01T00:00:00.000000000Z"},
    {1793527200250000000, 3, "2026-11-01T10:00:00.250Z"},
    {1793527200999999999, 3, "2026-11-01T10:00:00.999Z"},
    {-1, 9, "1969-12-31T23:59:59.999999999Z"},
    {INT64_MAX, 9, "2262-04-11T23:47:16.854775807Z"},
    {INT64_MIN, 9, "1677-09-21T00:12:43.145224192Z"},
};

START_TEST(time_is_written_as_rfc_3339)
{
    char out[TEXT_TIME];
    ck_assert_str_eq(text_time(times[_i].ns, times[_i].digits, false, out),
                     times[_i].want);
}
END_TEST

START_TEST(local_time_carries_its_offset)
{
    char out[TEXT_TIME];
    setenv("TZ", "XXX-05:30", 1);
    tzset();
    ck_assert_str_eq(text_time(1793527200250000000, 3, true, out),
                     "2026-11-01T15:30:00.250+05:30");
    setenv("TZ", "YYY03:00", 1);
    tzset();
    ck_assert_str_eq(text_time(1793527200250000000, 0, true, out),
                     "2026-11-01T07:00:00-03:00");
}
END_TEST

static const struct {
    const char *text;
    bool good;
    int64_t ns;
} time_texts[] = {
    {"2026-11-01T10:00:00Z", true, 1793527200000000000},
    {"2026-11-01 10:00:00.25Z", true, 1793527200250000000},
    {"2026-11-01T10:00:00.123456789Z", true, 1793527200123456789},
    {"2026-11-01T15:30:00+05:30", true, 1793527200000000000},
    {"2026-11-01T07:00:00-03:00", true, 1793527200000000000},
    {"1969-12-31T23:59:59.999999999Z", true, -1},
    {"", false, 0},
    {"2026-11-01", false, 0},
    {"2026-11-01T10:00:00", false, 0},
    {"2026-13-01T10:00:00Z", false, 0},
    {"2026-11-01T25:00:00Z", false, 0},
    {"2026-11-01T10:00:00.Z", false, 0},
    {"2026-11-01T10:00:00.1234567890Z", false, 0},
    {"2026-11-01T10:00:00Zx", false, 0},
    {"2262-01-01T00:00:00Z", false, 0},
    {"1677-01-01T00:00:00Z", false, 0},
};

START_TEST(time_is_read_back_or_refused)
{
    int64_t ns = 42;
    ck_assert_msg(text_time_read(time_texts[_i].text, &ns) ==
                      time_texts[_i].good,
                  "%s", time_texts[_i].text);
    ck_assert_int_eq(ns, time_texts[_i].good ? time_texts[_i].ns : 42);
}
END_TEST

static const struct {
    double seconds;
    const char *want;
} durations[] = {
    {0, "0 s"},
    {1e-9, "1.00 ns"},
    {340e-6, "340 us"},
    {999.6e-6, "1.00 ms"},
    {0.0012, "1.20 ms"},
    {0.0123, "12.3 ms"},
    {0.9994, "999 ms"},
    {0.9996, "1.00 s"},
    {5.007, "5.01 s"},
    {9.9951, "10.0 s"},
    {59.94, "59.9 s"},
    {59.96, "1 min 00 s"},
    {125, "2 min 05 s"},
    {3599.6, "1 h 00 min"},
    {11100, "3 h 05 min"},
    {86369, "23 h 59 min"},
    {86371, "1 d 00 h"},
    {183600, "2 d 03 h"},
    {-1, "-1.00 s"},
    {-0.0062, "-6.20 ms"},
    {1e300 * 1e300, "inf s"},
};

START_TEST(duration_has_the_unit_that_fits)
{
    char out[TEXT_NUMBER];
    ck_assert_str_eq(text_duration(durations[_i].seconds, out),
                     durations[_i].want);
}
END_TEST

static const struct {
    int64_t count;
    const char *want;
} counts[] = {
    {0, "0"},
    {999, "999"},
    {1000, "1,000"},
    {-1234567, "-1,234,567"},
    {INT64_MAX, "9,223,372,036,854,775,807"},
    {INT64_MIN, "-9,223,372,036,854,775,808"},
};

START_TEST(count_is_grouped_by_three)
{
    char out[TEXT_NUMBER];
    ck_assert_str_eq(text_count(counts[_i].count, out), counts[_i].want);
}
END_TEST

static const struct {
    double octets;
    const char *want;
} sizes[] = {
    {0, "0 B"},          {999, "999 B"},      {1000, "1.00 kB"},
    {999499, "999 kB"},  {999500, "1.00 MB"}, {1.57e9, "1.57 GB"},
    {1.8e19, "18.0 EB"},
};

START_TEST(octets_have_decimal_units)
{
    char out[TEXT_NUMBER];
    ck_assert_str_eq(text_octets(sizes[_i].octets, out), sizes[_i].want);
}
END_TEST

static const struct {
    double share;
    const char *want;
} shares[] = {
    {0, "0.0 %"},       {1, "100.0 %"},      {0.123, "12.3 %"},
    {0.0001, "<0.1 %"}, {0.9999, ">99.9 %"}, {1.5, "150.0 %"},
};

START_TEST(share_never_rounds_to_nothing_or_all)
{
    char out[TEXT_NUMBER];
    ck_assert_str_eq(text_share(shares[_i].share, out), shares[_i].want);
}
END_TEST

static const struct {
    const char *text;
    int64_t ns; /* 0: refused */
} duration_texts[] = {
    {"5", 5000000000},
    {"5s", 5000000000},
    {"250ms", 250000000},
    {"1.5s", 1500000000},
    {"10us", 10000},
    {"2m", 120000000000},
    {"2min", 120000000000},
    {"1h", 3600000000000},
    {"1d", 86400000000000},
    {"", 0},
    {"0", 0},
    {"s", 0},
    {"-5s", 0},
    {"+5s", 0},
    {"5 s", 0},
    {"5x", 0},
    {"5s5s", 0},
    {"1.2.3s", 0},
    {".5s", 0},
    {"0x5", 0},
    {"1e3", 0},
    {"nan", 0},
    {"99999999999999999999", 0},
    {"1000000d", 0},
};

START_TEST(duration_is_read_or_refused)
{
    int64_t ns = 0;
    const bool good = text_duration_read(duration_texts[_i].text, &ns);
    ck_assert_msg(good == (duration_texts[_i].ns != 0), "%s",
                  duration_texts[_i].text);
    ck_assert_int_eq(ns, duration_texts[_i].ns);
}
END_TEST

static const struct {
    const char *text;
    bool good;
    size_t octets;
} size_texts[] = {
    {"0", true, 0},
    {"33554432", true, 33554432},
    {"512M", true, 536870912},
    {"512MiB", true, 536870912},
    {"1.5G", true, 1610612736},
    {"64K", true, 65536},
    {"2T", true, 2199023255552},
    {"512MB", false, 0},
    {"M", false, 0},
    {"-1", false, 0},
    {"", false, 0},
    {"9999999T", false, 0},
};

START_TEST(size_is_read_or_refused)
{
    size_t octets = 0;
    ck_assert_msg(text_size_read(size_texts[_i].text, &octets) ==
                      size_texts[_i].good,
                  "%s", size_texts[_i].text);
    ck_assert_uint_eq(octets, size_texts[_i].octets);
}
END_TEST

static const struct {
    const char *text;
    uint64_t most;
    bool good;
    uint64_t number;
} number_texts[] = {
    {"0", 10, true, 0},
    {"10", 10, true, 10},
    {"11", 10, false, 0},
    {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
    {"18446744073709551616", UINT64_MAX, false, 0},
    {"", 10, false, 0},
    {"-1", 10, false, 0},
    {" 1", 10, false, 0},
    {"1x", 10, false, 0},
};

START_TEST(number_is_read_or_refused)
{
    uint64_t number = 0;
    ck_assert_msg(text_number_read(number_texts[_i].text, number_texts[_i].most,
                                   &number) == number_texts[_i].good,
                  "%s", number_texts[_i].text);
    ck_assert_uint_eq(number, number_texts[_i].number);
}
END_TEST

static const struct {
    const char *in;
    size_t octets, capacity;
    const char *want;
} escapes[] = {
    {"plain.example.", 14, 64, "plain.example."},
    {"\x1b[2J", 4, 64, "\\027[2J"},
    {"a\0b", 3, 64, "a\\000b"},
    {"\r\n\t\x7f", 4, 64, "\\013\\010\\009\\127"},
    {"\xc3\xa9", 2, 64, "\\195\\169"},
    {"abcdef", 6, 4, "abc"},
    {"ab\x01", 3, 6, "ab"},
    {"ab\x01", 3, 7, "ab\\001"},
    {"", 0, 1, ""},
    {"x", 1, 1, ""},
};

START_TEST(escaped_text_is_printable_and_ends_in_its_room)
{
    char out[65];
    memset(out, '#', sizeof out);
    const size_t used = text_escape(
        (struct bytes){(const uint8_t *)escapes[_i].in, escapes[_i].octets},
        out, escapes[_i].capacity);
    ck_assert_str_eq(out, escapes[_i].want);
    ck_assert_uint_eq(used, strlen(escapes[_i].want));
    ck_assert_int_eq(out[escapes[_i].capacity], '#');
}
END_TEST

static const struct {
    const char *text, *ending;
    bool ends;
} endings[] = {
    {"out.json", ".json", true}, {".json", ".json", false},
    {"json", ".json", false},    {"out.json.", ".json", false},
    {"", ".json", false},
};

START_TEST(ending_stands_behind_something)
{
    ck_assert_msg(text_ends_in(endings[_i].text, endings[_i].ending) ==
                      endings[_i].ends,
                  "%s", endings[_i].text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util/text");
    TCase *tc = tcase_create("text");
    tcase_add_loop_test(tc, time_is_written_as_rfc_3339, 0, ROWS(times));
    tcase_add_test(tc, local_time_carries_its_offset);
    tcase_add_loop_test(tc, time_is_read_back_or_refused, 0, ROWS(time_texts));
    tcase_add_loop_test(tc, duration_has_the_unit_that_fits, 0,
                        ROWS(durations));
    tcase_add_loop_test(tc, count_is_grouped_by_three, 0, ROWS(counts));
    tcase_add_loop_test(tc, octets_have_decimal_units, 0, ROWS(sizes));
    tcase_add_loop_test(tc, share_never_rounds_to_nothing_or_all, 0,
                        ROWS(shares));
    tcase_add_loop_test(tc, duration_is_read_or_refused, 0,
                        ROWS(duration_texts));
    tcase_add_loop_test(tc, size_is_read_or_refused, 0, ROWS(size_texts));
    tcase_add_loop_test(tc, number_is_read_or_refused, 0, ROWS(number_texts));
    tcase_add_loop_test(tc, escaped_text_is_printable_and_ends_in_its_room, 0,
                        ROWS(escapes));
    tcase_add_loop_test(tc, ending_stands_behind_something, 0, ROWS(endings));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
