#include "util/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

/* Rounds down, so that times before 1970 keep a positive fraction. */
static void split_ns(int64_t time_ns, time_t *seconds, int32_t *fraction)
{
    int64_t s = time_ns / NS_PER_S;
    int64_t f = time_ns % NS_PER_S;
    if (f < 0) {
        s--;
        f += NS_PER_S;
    }
    *seconds = (time_t)s;
    *fraction = (int32_t)f;
}

static void offset_text(const struct tm *tm, char *out, size_t capacity)
{
    const long minutes = tm->tm_gmtoff / 60;
    const long size = minutes < 0 ? -minutes : minutes;
    snprintf(out, capacity, "%c%02ld:%02ld", minutes < 0 ? '-' : '+',
             size / 60 % 100, size % 60);
}

char *text_time(int64_t time_ns, int digits, bool local, char out[TEXT_TIME])
{
    time_t seconds;
    int32_t fraction;
    split_ns(time_ns, &seconds, &fraction);
    struct tm tm;
    memset(&tm, 0, sizeof tm);
    if (local)
        localtime_r(&seconds, &tm);
    else
        gmtime_r(&seconds, &tm);

    char zone[8] = "Z";
    if (local)
        offset_text(&tm, zone, sizeof zone);
    char decimals[12] = "";
    if (digits > 0)
        snprintf(decimals, sizeof decimals, ".%09d", (int)fraction);
    if (digits >= 0 && digits < 9)
        decimals[digits == 0 ? 0 : digits + 1] = '\0';
    const size_t used = strftime(out, TEXT_TIME, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + used, TEXT_TIME - used, "%s%s", decimals, zone);
    return out;
}

/* Three significant digits of a value below 999.5. */
static char *three_digits(double value, const char *unit, char *out)
{
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(out, TEXT_NUMBER, "%.*f %s", decimals, value, unit);
    return out;
}

static char *two_units(double seconds, int64_t large, const char *large_unit,
                       int64_t small, const char *small_unit, char *out)
{
    const int64_t smalls = (int64_t)(seconds / (double)small + 0.5);
    const int64_t per_large = large / small;
    snprintf(out, TEXT_NUMBER, "%lld %s %02lld %s",
             (long long)(smalls / per_large), large_unit,
             (long long)(smalls % per_large), small_unit);
    return out;
}

char *text_duration(double seconds, char out[TEXT_NUMBER])
{
    if (!isfinite(seconds) || fabs(seconds) > 1e12) {
        snprintf(out, TEXT_NUMBER, "%.3g s", seconds);
        return out;
    }
    if (seconds < 0) {
        char size[TEXT_NUMBER];
        text_duration(-seconds, size);
        snprintf(out, TEXT_NUMBER, "-%.*s", TEXT_NUMBER - 2, size);
        return out;
    }
    if (seconds == 0) {
        snprintf(out, TEXT_NUMBER, "0 s");
        return out;
    }
    if (seconds < 0.9995e-6)
        return three_digits(seconds * 1e9, "ns", out);
    if (seconds < 0.9995e-3)
        return three_digits(seconds * 1e6, "us", out);
    if (seconds < 0.9995)
        return three_digits(seconds * 1e3, "ms", out);
    if (seconds < 59.95)
        return three_digits(seconds, "s", out);
    if (seconds < 3599.5)
        return two_units(seconds, 60, "min", 1, "s", out);
    if (seconds < 86370)
        return two_units(seconds, 3600, "h", 60, "min", out);
    return two_units(seconds, 86400, "d", 3600, "h", out);
}

char *text_count(int64_t count, char out[TEXT_NUMBER])
{
    char plain[TEXT_NUMBER];
    const uint64_t size =
        count < 0 ? UINT64_C(0) - (uint64_t)count : (uint64_t)count;
    const int digits =
        snprintf(plain, sizeof plain, "%llu", (unsigned long long)size);
    char *at = out;
    if (count < 0)
        *at++ = '-';
    for (int i = 0; i < digits; i++) {
        if (i > 0 && (digits - i) % 3 == 0)
            *at++ = ',';
        *at++ = plain[i];
    }
    *at = '\0';
    return out;
}

char *text_octets(double octets, char out[TEXT_NUMBER])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    if (!(octets >= 999.5)) {
        snprintf(out, TEXT_NUMBER, "%.0f B", octets);
        return out;
    }
    size_t unit = 0;
    double value = octets / 1000;
    while (value >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1000;
        unit++;
    }
    return three_digits(value, units[unit], out);
}

char *text_share(double share, char out[TEXT_NUMBER])
{
    if (share > 0 && share < 0.0005)
        snprintf(out, TEXT_NUMBER, "<0.1 %%");
    else if (share > 0.9995 && share < 1)
        snprintf(out, TEXT_NUMBER, ">99.9 %%");
    else
        snprintf(out, TEXT_NUMBER, "%.1f %%", share * 100);
    return out;
}

/* Reads exactly `digits` digits at `*at` and steps over them; -1 if not. */
static int fixed_digits(const char **at, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        const char c = (*at)[i];
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    *at += digits;
    return value;
}

static bool step_over(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

static bool read_date(const char **at, struct tm *tm)
{
    tm->tm_year = fixed_digits(at, 4) - 1900;
    if (tm->tm_year < 1678 - 1900 || tm->tm_year > 2261 - 1900 ||
        !step_over(at, '-'))
        return false;
    tm->tm_mon = fixed_digits(at, 2) - 1;
    if (tm->tm_mon < 0 || tm->tm_mon > 11 || !step_over(at, '-'))
        return false;
    tm->tm_mday = fixed_digits(at, 2);
    return tm->tm_mday >= 1 && tm->tm_mday <= 31;
}

static bool read_clock(const char **at, struct tm *tm)
{
    tm->tm_hour = fixed_digits(at, 2);
    if (tm->tm_hour < 0 || tm->tm_hour > 23 || !step_over(at, ':'))
        return false;
    tm->tm_min = fixed_digits(at, 2);
    if (tm->tm_min < 0 || tm->tm_min > 59 || !step_over(at, ':'))
        return false;
    tm->tm_sec = fixed_digits(at, 2);
    return tm->tm_sec >= 0 && tm->tm_sec <= 60;
}

static bool read_fraction(const char **at, int32_t *fraction_ns)
{
    *fraction_ns = 0;
    if (!step_over(at, '.'))
        return true;
    int32_t unit = 100000000;
    const char *first = *at;
    while (**at >= '0' && **at <= '9' && *at - first < 9) {
        *fraction_ns += unit * (**at - '0');
        unit /= 10;
        ++*at;
    }
    return *at > first;
}

static bool read_offset(const char **at, int *minutes)
{
    *minutes = 0;
    if (step_over(at, 'Z'))
        return true;
    const bool west = **at == '-';
    if (!west && **at != '+')
        return false;
    ++*at;
    const int hours = fixed_digits(at, 2);
    if (hours < 0 || !step_over(at, ':'))
        return false;
    const int rest = fixed_digits(at, 2);
    if (rest < 0)
        return false;
    *minutes = (hours * 60 + rest) * (west ? -1 : 1);
    return true;
}

bool text_time_read(const char *text, int64_t *time_ns)
{
    struct tm tm;
    memset(&tm, 0, sizeof tm);
    int32_t fraction_ns;
    int offset_minutes;
    const char *at = text;
    if (!read_date(&at, &tm) || !(step_over(&at, 'T') || step_over(&at, ' ')) ||
        !read_clock(&at, &tm) || !read_fraction(&at, &fraction_ns) ||
        !read_offset(&at, &offset_minutes) || *at != '\0')
        return false;
    const int64_t seconds = (int64_t)timegm(&tm) - offset_minutes * 60;
    *time_ns = seconds * NS_PER_S + fraction_ns;
    return true;
}

struct unit {
    const char *name;
    double factor;
};

/* Digits with an optional fraction, then one of `units`. */
static bool read_with_unit(const char *text, const struct unit *units,
                           double *value)
{
    const size_t number = strspn(text, "0123456789.");
    if (number == 0 || number > 20 || text[0] == '.')
        return false;
    char *end;
    *value = strtod(text, &end);
    if (end != text + number)
        return false;
    for (; units->name; units++) {
        if (strcmp(end, units->name) == 0) {
            *value *= units->factor;
            return true;
        }
    }
    return false;
}

bool text_duration_read(const char *text, int64_t *duration_ns)
{
    static const struct unit units[] = {
        {"", 1e9},   {"s", 1e9},    {"ms", 1e6},    {"us", 1e3}, {"min", 60e9},
        {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}, {NULL, 0}};
    double ns;
    if (!read_with_unit(text, units, &ns) || ns < 1 || ns > 9e18)
        return false;
    *duration_ns = (int64_t)(ns + 0.5);
    return true;
}

bool text_size_read(const char *text, size_t *octets)
{
    static const struct unit units[] = {
        {"", 1},         {"K", 0x1p10},   {"M", 0x1p20},   {"G", 0x1p30},
        {"T", 0x1p40},   {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30},
        {"TiB", 0x1p40}, {NULL, 0}};
    double size;
    if (!read_with_unit(text, units, &size) || size > 0x1p62)
        return false;
    *octets = (size_t)size;
    return true;
}

bool text_number_read(const char *text, uint64_t most, uint64_t *number)
{
    uint64_t value = 0;
    if (*text == '\0')
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        const uint64_t digit = (uint64_t)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value > most)
        return false;
    *number = value;
    return true;
}

bool text_ends_in(const char *text, const char *ending)
{
    const size_t length = strlen(text), tail = strlen(ending);
    return length > tail && strcmp(text + length - tail, ending) == 0;
}

size_t text_escape(struct bytes in, char *out, size_t capacity)
{
    size_t used = 0;
    for (size_t i = 0; i < in.len; i++) {
        const uint8_t c = in.data[i];
        const bool plain = c >= 0x20 && c <= 0x7e;
        const size_t need = plain ? 1 : 4;
        if (used + need >= capacity)
            break;
        if (plain)
            out[used] = (char)c;
        else
            snprintf(out + used, 5, "\\%03u", c);
        used += need;
    }
    out[used] = '\0';
    return used;
}
