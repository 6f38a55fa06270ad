#include "capture/clock.h"
#include "test_capture.h"

#define S INT64_C(1000000000)

static const struct {
    const char *name;
    uint8_t resolution;
    int64_t offset_s;
    uint64_t ticks;
    int64_t want;
} cases[] = {
    {"seconds", 0, 0, 1476976981, 1476976981 * S},
    {"tenths", 1, 0, 15, 15 * S / 10},
    {"microseconds", 6, 0, 1476976981075993, INT64_C(1476976981075993000)},
    {"nanoseconds", 9, 0, 1476976981075993123, INT64_C(1476976981075993123)},
    {"picoseconds are cut", 12, 0, 1999, 1},
    {"10^-28 s, all of 64 bits", 28, 0, UINT64_MAX, 1},
    {"10^-29 s is below a nanosecond", 29, 0, UINT64_MAX, 0},
    {"10^-127 s", 127, 0, UINT64_MAX, 0},
    {"2^0 s", 0x80, 0, 7, 7 * S},
    {"2^-1 s", 0x81, 0, 3, 3 * S / 2},
    {"2^-20 s", 0x94, 0, (5 << 20) + (1 << 18), 5 * S + S / 4},
    {"2^-34 s", 0xa2, 0, (UINT64_C(3) << 34) + 1, 3 * S},
    {"2^-63 s", 0xbf, 0, UINT64_C(3) << 62, 3 * S / 2},
    {"2^-64 s", 0xc0, 0, UINT64_C(1) << 63, S / 2},
    {"2^-65 s", 0xc1, 0, UINT64_MAX, S / 2 - 1},
    {"2^-97 s", 0xe1, 0, UINT64_MAX, 0},
    {"2^-98 s", 0xe2, 0, UINT64_MAX, 0},
    {"2^-127 s", 0xff, 0, UINT64_MAX, 0},
    {"no ticks", 6, 0, 0, 0},
    {"an hour later", 6, 3600, 1000000, 3601 * S},
    {"before 1970", 6, -10, 1, -10 * S + 1000},
    {"before 1970, binary", 0x81, -10, 1, -10 * S + S / 2},
    {"before 1970, fine", 12, -10, 5000, -10 * S + 5},
    {"last nanosecond", 9, 0, INT64_MAX, INT64_MAX},
    {"one more", 9, 0, (uint64_t)INT64_MAX + 1, CAPTURE_NO_TIME},
    {"last microsecond", 6, 0, INT64_MAX / 1000, INT64_MAX / 1000 * 1000},
    {"one microsecond more", 6, 0, INT64_MAX / 1000 + 1, CAPTURE_NO_TIME},
    {"all microseconds", 6, 0, UINT64_MAX, CAPTURE_NO_TIME},
    {"all seconds", 0, 0, UINT64_MAX, CAPTURE_NO_TIME},
    {"all binary seconds", 0x80, 0, UINT64_MAX, CAPTURE_NO_TIME},
    {"last binary second", 0x80, 0, 9223372035, 9223372035 * S},
    {"one binary second more", 0x80, 0, 9223372036, CAPTURE_NO_TIME},
    {"the offset carries over", 9, 1, INT64_MAX, CAPTURE_NO_TIME},
    {"it does so in binary", 0x80, 1, 9223372035, 9223372036 * S},
    {"and too far", 0x80, 2, 9223372035, CAPTURE_NO_TIME},
    {"and with fine ticks", 10, 9223372036, UINT64_MAX, CAPTURE_NO_TIME},
    {"offset out of range", 6, INT64_MAX, 0, CAPTURE_NO_TIME},
    {"offset out of range, negative", 6, INT64_MIN, 5, CAPTURE_NO_TIME},
    {"offset out of range, binary", 0x94, INT64_MIN, 5, CAPTURE_NO_TIME},
    {"the least offset", 6, -9223372036, 0, -9223372036 * S},
};

START_TEST(ticks_become_nanoseconds_or_no_time)
{
    struct capture_clock clock;
    capture_clock_init(&clock, cases[_i].resolution, cases[_i].offset_s);
    const int64_t got = capture_clock_ns(&clock, cases[_i].ticks);
    ck_assert_msg(got == cases[_i].want, "%s: %lld", cases[_i].name,
                  (long long)got);
}
END_TEST

static void add(TCase *tc)
{
    tcase_add_loop_test(tc, ticks_become_nanoseconds_or_no_time, 0,
                        sizeof cases / sizeof *cases);
}

int main(void)
{
    return run_case("capture clock", add);
}
