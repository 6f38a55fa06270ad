/* Which addresses the whole Internet shares. */
#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "facts/address_class.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

/* The first and the last address inside, and their neighbours. */
static const struct {
    const char *address;
    bool outside;
} rows[] = {
    {"0.0.0.0", false},
    {"0.255.255.255", false},
    {"1.0.0.0", true},
    {"8.8.8.8", true},
    {"9.255.255.255", true},
    {"10.0.0.0", false},
    {"10.255.255.255", false},
    {"11.0.0.0", true},
    {"100.63.255.255", true},
    {"100.64.0.0", false},
    {"100.127.255.255", false},
    {"100.128.0.0", true},
    {"127.0.0.53", false},
    {"128.0.0.0", true},
    {"161.26.0.10", false},
    {"161.27.0.0", true},
    {"168.63.129.15", true},
    {"168.63.129.16", false},
    {"168.63.129.17", true},
    {"169.254.169.253", false},
    {"172.15.255.255", true},
    {"172.16.0.0", false},
    {"172.31.255.255", false},
    {"172.32.0.0", true},
    {"192.0.0.8", false},
    {"192.0.2.53", true},
    {"192.168.1.1", false},
    {"192.169.0.0", true},
    {"198.17.255.255", true},
    {"198.18.0.0", false},
    {"198.19.255.255", false},
    {"198.20.0.0", true},
    {"198.51.100.1", true},
    {"203.0.113.1", true},
    {"223.255.255.255", true},
    {"224.0.0.251", false},
    {"255.255.255.255", false},
    {"::", false},
    {"::1", false},
    {"::ffff:10.0.0.1", false},
    {"::ffff:8.8.8.8", true},
    {"2001:db8::1", true},
    {"2606:4700::1111", true},
    {"64:ff9b::808:808", true},
    {"fbff::", true},
    {"fc00::", false},
    {"fdff::1", false},
    {"fe00::", true},
    {"fe7f::", true},
    {"fe80::1", false},
    {"febf::1", false},
    {"fec0::1", false},
    {"ff02::fb", false},
};

START_TEST(address_is_outside_or_not)
{
    uint8_t octets[16];
    const bool ipv4 = strchr(rows[_i].address, ':') == NULL;
    ck_assert_int_eq(
        inet_pton(ipv4 ? AF_INET : AF_INET6, rows[_i].address, octets), 1);
    const struct bytes address = {octets, ipv4 ? 4 : 16};
    ck_assert_msg(facts_address_is_outside(address) == rows[_i].outside, "%s",
                  rows[_i].address);
}
END_TEST

START_TEST(what_is_no_address_is_not_outside)
{
    static const uint8_t octets[16] = {8, 8, 8, 8};
    for (size_t n = 0; n < sizeof octets; n++)
        ck_assert_msg(n == 4 ||
                          !facts_address_is_outside((struct bytes){octets, n}),
                      "%zu octets", n);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/address_class");
    TCase *tc = tcase_create("address_class");
    tcase_add_loop_test(tc, address_is_outside_or_not, 0, ROWS(rows));
    tcase_add_test(tc, what_is_no_address_is_not_outside);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
