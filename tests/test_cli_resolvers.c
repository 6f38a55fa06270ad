/* Hits and misses as wasitdns finds them in packets, beside what the resolver in
 * the recording counted itself (fixtures/NAME.truth.json). */
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_program.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static char program[PATH_MAX];

static const char *const captures[] = {"both-legs", "both-legs-healthy"};

/* The number behind the first `key` in `text`. */
static long number_behind(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    ck_assert_msg(at != NULL, "no %s", key);
    return strtol(at + strlen(key), NULL, 10);
}

static void read_all(FILE *in, char *out, size_t room)
{
    ck_assert_ptr_nonnull(in);
    const size_t octets = fread(out, 1, room - 1, in);
    ck_assert_uint_lt(octets, room - 1);
    out[octets] = '\0';
}

START_TEST(hits_and_misses_are_those_of_the_resolver)
{
    static char truth[1 << 18], found[1 << 16];
    char text[2 * PATH_MAX];
    snprintf(text, sizeof text, "fixtures/%s.truth.json", captures[_i]);
    FILE *in = fopen(text, "r");
    read_all(in, truth, sizeof truth);
    fclose(in);
    snprintf(text, sizeof text, "'%s' top resolvers --json 'fixtures/%s.pcap'",
             program, captures[_i]);
    in = popen(text, "r");
    read_all(in, found, sizeof found);
    ck_assert_int_eq(pclose(in), 0);
    ck_assert_int_eq(number_behind(found, "\"hits\": "),
                     number_behind(truth, "\"total.num.cachehits\": "));
    /* unbound counts a miss, too, when it is fetching already */
    ck_assert_int_eq(number_behind(found, "\"misses\": ") +
                         number_behind(found, "\"delayed_hits\": "),
                     number_behind(truth, "\"total.num.cachemiss\": "));
}
END_TEST

int main(int argc, char **argv)
{
    (void)argc;
    program_find(argv[0], program);
    Suite *suite = suite_create("cli/resolvers");
    TCase *tc = tcase_create("resolvers");
    tcase_add_loop_test(tc, hits_and_misses_are_those_of_the_resolver, 0,
                        ROWS(captures));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
