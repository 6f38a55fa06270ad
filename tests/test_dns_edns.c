/* OPT: its fields, and each option short, exact and long. */
#include <check.h>
#include <stdlib.h>

#include "dns/edns.h"
#include "test_octets.h"

static const struct {
    const char *name;
    const char *options;
    enum dns_status want;
    int ede; /* -1: none */
} rows[] = {
    {"no option", "", DNS_OK, -1},
    {"unknown option, empty", "fde9 0000", DNS_OK, -1},
    {"unknown option", "fde9 0002 0102", DNS_OK, -1},
    {"NSID asked for", "0003 0000", DNS_OK, -1},
    {"half an option header", "0003 00", DNS_BAD_EDNS, -1},
    {"option past the record", "0003 0001", DNS_BAD_EDNS, -1},
    {"option of 65,535", "000c ffff", DNS_BAD_EDNS, -1},
    {"octets behind the last option", "0003 0000 00", DNS_BAD_EDNS, -1},
    {"client subnet, IPv4 /24", "0008 0007 0001 1800 c000 02", DNS_OK, -1},
    {"client subnet, IPv4 /0", "0008 0004 0001 0000", DNS_OK, -1},
    {"client subnet, IPv6 /56", "0008 000b 0002 3800 2001 0db8 0000 00", DNS_OK,
     -1},
    {"client subnet, /20 in three octets", "0008 0007 0001 1400 c000 00",
     DNS_OK, -1},
    {"client subnet, too few octets", "0008 0006 0001 1800 c000", DNS_BAD_EDNS,
     -1},
    {"client subnet, too many octets", "0008 0008 0001 1800 c000 0201",
     DNS_BAD_EDNS, -1},
    {"client subnet, IPv4 /33", "0008 0009 0001 2100 c000 0201 00",
     DNS_BAD_EDNS, -1},
    {"client subnet, IPv4 scope /33", "0008 0007 0001 1821 c000 02",
     DNS_BAD_EDNS, -1},
    {"client subnet of 3", "0008 0003 0001 18", DNS_BAD_EDNS, -1},
    {"expire, asked", "0009 0000", DNS_OK, -1},
    {"expire, told", "0009 0004 0000 0e10", DNS_OK, -1},
    {"expire of 3", "0009 0003 0000 0e", DNS_BAD_EDNS, -1},
    {"cookie of a client", "000a 0008 0102 0304 0506 0708", DNS_OK, -1},
    {"cookie with the least server part",
     "000a 0010 0102 0304 0506 0708 0102 0304 0506 0708", DNS_OK, -1},
    {"cookie with the longest server part",
     "000a 0028 0102 0304 0506 0708 0102 0304 0506 0708 0102 0304 0506 0708 "
     "0102 0304 0506 0708 0102 0304 0506 0708",
     DNS_OK, -1},
    {"cookie of 1", "000a 0001 78", DNS_BAD_EDNS, -1},
    {"cookie of 15", "000a 000f 0102 0304 0506 0708 0102 0304 0506 07",
     DNS_BAD_EDNS, -1},
    {"cookie of 41",
     "000a 0029 0102 0304 0506 0708 0102 0304 0506 0708 0102 0304 0506 0708 "
     "0102 0304 0506 0708 0102 0304 0506 0708 09",
     DNS_BAD_EDNS, -1},
    {"keepalive, asked", "000b 0000", DNS_OK, -1},
    {"keepalive, told", "000b 0002 0064", DNS_OK, -1},
    {"keepalive of 1", "000b 0001 64", DNS_BAD_EDNS, -1},
    {"EDE", "000f 0002 0016", DNS_OK, 22},
    {"EDE with text", "000f 0006 0006 626f 6775", DNS_OK, 6},
    {"EDE of 1", "000f 0001 00", DNS_BAD_EDNS, -1},
    {"EDE of 0", "000f 0000", DNS_BAD_EDNS, -1},
    {"two EDEs", "000f 0002 0003 000f 0002 0016", DNS_OK, 3},
    {"EDE behind a bad option", "000a 0001 78 000f 0002 0016", DNS_BAD_EDNS,
     22},
    {"EDE before the record's end is overrun", "000f 0002 0016 0003 0001",
     DNS_BAD_EDNS, 22},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* An OPT record alone in a box: owner, type, class, TTL, length, options. */
static struct bytes put(const char *owner, const char *options,
                        struct dns_record *record)
{
    uint8_t octets[256];
    size_t used = octets_put(octets, sizeof octets, 0, owner);
    *record = (struct dns_record){.type = DNS_OPT,
                                  .class = 0x04d0,
                                  .ttl_s = 0x12038000,
                                  .rdata_at = (uint16_t)used,
                                  .section = DNS_ADDITIONAL};
    used = octets_put(octets, sizeof octets, used, options);
    record->rdata_octets = (uint16_t)(used - record->rdata_at);
    return octets_box(octets, used);
}

START_TEST(options_have_the_lengths_of_their_rfcs)
{
    struct dns_record record;
    const struct bytes msg = put("00", rows[_i].options, &record);
    struct dns_edns edns;
    const enum dns_status status = dns_edns_read(msg, &record, &edns);
    ck_assert_msg(status == rows[_i].want, "%s", rows[_i].name);
    ck_assert_int_eq(edns.has_ede ? edns.ede_code : -1, rows[_i].ede);
    ck_assert_uint_eq(edns.udp_octets, 0x04d0);
    ck_assert_uint_eq(edns.rcode_high, 0x12);
    ck_assert_uint_eq(edns.version, 3);
    ck_assert(edns.dnssec_ok);
    octets_unbox(msg);
}
END_TEST

START_TEST(the_owner_is_the_root)
{
    struct dns_record record;
    const struct bytes msg = put("0161 00", "", &record);
    struct dns_edns edns;
    ck_assert_int_eq(dns_edns_read(msg, &record, &edns), DNS_BAD_EDNS);
    ck_assert_uint_eq(edns.udp_octets, 0x04d0); /* read all the same */
    octets_unbox(msg);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dns/edns");
    TCase *tc = tcase_create("edns");
    tcase_add_loop_test(tc, options_have_the_lengths_of_their_rfcs, 0, ROWS);
    tcase_add_test(tc, the_owner_is_the_root);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
