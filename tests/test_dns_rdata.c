/* Rdata: each type's form, exact, an octet short, an octet long. */
#include <check.h>
#include <stdlib.h>

#include "dns/name.h"
#include "dns/rdata.h"
#include "test_octets.h"

/* What the rdata stands behind: a header, and "example" at 12 to point to. */
#define BEFORE   "0000 0000 0000 0000 0000 0000 0765 7861 6d70 6c65 00 "
#define EXAMPLE  "0765 7861 6d70 6c65 00 "
#define OCTETS18 "0001 0203 0405 0607 0809 0a0b 0c0d 0e0f 1011 "
#define OCTETS20 OCTETS18 "1213 "

enum { RDATA_AT = 21 };

/* What the type makes of the row's rdata, of one octet less, of one more. */
#define FIXED DNS_OK, DNS_BAD_RDATA, DNS_BAD_RDATA
#define OPEN  DNS_OK, DNS_BAD_RDATA, DNS_OK /* the octet more is 0 */
#define FREE  DNS_OK, DNS_OK, DNS_OK
#define WRONG DNS_BAD_RDATA, DNS_BAD_RDATA, DNS_BAD_RDATA

static const struct {
    const char *name;
    uint16_t type;
    const char *rdata;
    enum dns_status exact, shorter, longer;
} rows[] = {
    {"A", 1, "c000 0201", FIXED},
    {"NS", 2, EXAMPLE, FIXED},
    {"NS, compressed", 2, "016e c00c", FIXED},
    {"NS, root", 2, "00", FIXED},
    {"MD", 3, EXAMPLE, FIXED},
    {"MF", 4, EXAMPLE, FIXED},
    {"CNAME", 5, "c00c", FIXED},
    {"SOA", 6, "c00c 016d c00c" OCTETS20, FIXED},
    {"SOA, root names", 6, "00 00" OCTETS20, FIXED},
    {"MB", 7, EXAMPLE, FIXED},
    {"MG", 8, EXAMPLE, FIXED},
    {"MR", 9, EXAMPLE, FIXED},
    {"NULL", 10, "0102", FREE},
    {"WKS", 11, "c000 0201 06", OPEN},
    {"PTR", 12, EXAMPLE, FIXED},
    {"HINFO", 13, "0141 0142", FIXED},
    {"MINFO", 14, "c00c c00c", FIXED},
    {"MX", 15, "000a c00c", FIXED},
    {"TXT", 16, "0161", OPEN},
    {"TXT, two strings", 16, "0161 0262 62", OPEN},
    {"TXT, empty string", 16, "00", OPEN},
    {"TXT, string past the end", 16, "ff61 62", WRONG},
    {"RP", 17, "c00c 00", FIXED},
    {"AFSDB", 18, "0001 c00c", FIXED},
    {"X25", 19, "0131", FIXED},
    {"ISDN", 20, "0131 0132", OPEN},
    {"RT", 21, "0001 c00c", FIXED},
    {"NSAP-PTR", 23, EXAMPLE, FIXED},
    {"SIG", 24, OCTETS18 "c00c 01", OPEN},
    {"KEY", 25, "0000 0305", OPEN},
    {"PX", 26, "0001 c00c c00c", FIXED},
    {"GPOS", 27, "0131 0132 0133", FIXED},
    {"AAAA", 28, "2001 0db8 0000 0000 0000 0000 0000 0001", FIXED},
    {"LOC", 29, "0001 0203 0405 0607 0809 0a0b 0c0d 0e0f", FIXED},
    {"NXT", 30, "c00c", OPEN},
    {"SRV", 33, "0000 0000 0035 c00c", FIXED},
    {"NAPTR", 35, "0001 0001 0173 0174 0175 00", FIXED},
    {"KX", 36, "0001 c00c", FIXED},
    {"CERT", 37, "0001 0002 03", OPEN},
    {"DNAME", 39, "c00c", FIXED},
    {"APL, IPv4", 42, "0001 0804 c000 0201", FIXED},
    {"APL, negated", 42, "0001 0881 0a", FIXED},
    {"APL, empty item", 42, "0001 0000", FIXED},
    {"APL, two items", 42, "0001 0801 0a 0002 0800", FIXED},
    {"APL, unknown family", 42, "00ff ff01 0a", FIXED},
    {"APL, IPv4 of five octets", 42, "0001 2005 0102 0304 05", WRONG},
    {"APL, IPv4 of 33 bits", 42, "0001 2101 0a", WRONG},
    {"APL, IPv6 of 129 bits", 42, "0002 8101 20", WRONG},
    {"APL, octets past the end", 42, "0001 2084", WRONG},
    {"DS", 43, "0001 0802 ff", OPEN},
    {"SSHFP", 44, "0101 ff", OPEN},
    {"IPSECKEY", 45, "0a00 02", OPEN},
    {"RRSIG", 46, OCTETS18 "00 01", OPEN},
    {"RRSIG, no signature", 46, OCTETS18 "00", DNS_BAD_RDATA, DNS_BAD_RDATA,
     DNS_OK},
    {"NSEC", 47, EXAMPLE "0001 40", FIXED},
    {"NSEC, two windows", 47, "00 0001 40 0101 40", FIXED},
    {"NSEC, no types", 47, EXAMPLE, FIXED},
    {"NSEC, empty window", 47, "00 0000", WRONG},
    {"NSEC, window of 33", 47,
     "00 0021 ffff ffff ffff ffff ffff ffff ffff ffff ffff ffff ffff ffff ffff "
     "ffff ffff ffff ff",
     WRONG},
    {"NSEC, window of 32", 47,
     "00 0020 ffff ffff ffff ffff ffff ffff ffff ffff ffff ffff ffff ffff ffff "
     "ffff ffff ffff",
     FIXED},
    {"NSEC, windows out of order", 47, "00 0101 40 0001 40", WRONG},
    {"NSEC, window twice", 47, "00 0001 40 0001 40", WRONG},
    {"DNSKEY", 48, "0101 0308 ff", OPEN},
    {"DHCID", 49, "01", OPEN},
    {"NSEC3", 50, "0100 0001 01ff 0180 0001 40", FIXED},
    {"NSEC3, salt past the end", 50, "0100 0001 ff", WRONG},
    {"NSEC3PARAM", 51, "0100 0001 01ff", FIXED},
    {"TLSA", 52, "0301 01ff", OPEN},
    {"SMIMEA", 53, "0301 01ff", OPEN},
    {"HIP", 55, "0001 0000", OPEN},
    {"CDS, delete", 59, "0000 0000 00", OPEN},
    {"CDNSKEY, delete", 60, "0000 0300 00", OPEN},
    {"OPENPGPKEY", 61, "99", OPEN},
    {"CSYNC", 62, "0000 0001 0003 0001 40", FIXED},
    {"CSYNC, no types", 62, "0000 0001 0003", FIXED},
    {"ZONEMD", 63, "0000 0001 0101 ff", OPEN},
    {"SVCB, alias", 64, "0000 00", FIXED},
    {"HTTPS, parameters", 65, "0001 00 0001 0003 0268 32 0003 0002 01bb",
     FIXED},
    {"HTTPS, keys out of order", 65, "0001 00 0003 0000 0001 0000", WRONG},
    {"HTTPS, key twice", 65, "0001 00 0001 0000 0001 0000", WRONG},
    {"HTTPS, value past the end", 65, "0001 00 0001 ffff 6832", WRONG},
    {"HTTPS, no target", 65, "0001", DNS_BAD_RDATA, DNS_BAD_RDATA, DNS_OK},
    {"SPF", 99, "0161", OPEN},
    {"NID", 104, "000a 0001 0203 0405 0607", FIXED},
    {"L32", 105, "000a 0102 0304", FIXED},
    {"L64", 106, "000a 0001 0203 0405 0607", FIXED},
    {"LP", 107, "000a c00c", FIXED},
    {"EUI48", 108, "0001 0203 0405", FIXED},
    {"EUI64", 109, "0001 0203 0405 0607", FIXED},
    {"URI", 256, "000a 0001 61", OPEN},
    {"CAA", 257, "0005 6973 7375 65", OPEN},
    {"an unknown type", 261, "01", FREE},
    {"the last type", 65535, "01", FREE},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* A message with `rdata`, cut or filled up with 0 by `change` octets, in a box
 * of its own, and its record. */
static struct bytes put(const char *rdata, int change, uint16_t type,
                        struct dns_record *record)
{
    uint8_t octets[512] = {0};
    size_t used = octets_put(octets, sizeof octets, 0, BEFORE);
    ck_assert_uint_eq(used, RDATA_AT);
    used = octets_put(octets, sizeof octets, used, rdata);
    used = (size_t)((int)used + change);
    *record = (struct dns_record){.type = type,
                                  .class = DNS_IN,
                                  .rdata_at = RDATA_AT,
                                  .rdata_octets = (uint16_t)(used - RDATA_AT)};
    return octets_box(octets, used);
}

static enum dns_status check(const char *rdata, int change, uint16_t type)
{
    struct dns_record record;
    const struct bytes msg = put(rdata, change, type, &record);
    const enum dns_status status = dns_rdata_check(msg, &record);
    octets_unbox(msg);
    return status;
}

START_TEST(each_type_takes_its_form_and_no_other)
{
    const char *rdata = rows[_i].rdata;
    const uint16_t type = rows[_i].type;
    ck_assert_msg(check(rdata, 0, type) == rows[_i].exact, "%s, exact",
                  rows[_i].name);
    ck_assert_msg(check(rdata, -1, type) == rows[_i].shorter, "%s, shorter",
                  rows[_i].name);
    ck_assert_msg(check(rdata, 1, type) == rows[_i].longer, "%s, longer",
                  rows[_i].name);
}
END_TEST

START_TEST(empty_rdata_is_bad_where_something_must_be)
{
    struct dns_record record;
    const struct bytes msg = put("", 0, rows[_i].type, &record);
    const bool free = rows[_i].type == 10 || rows[_i].type == 42 ||
                      rows[_i].type == 261 || rows[_i].type == 65535;
    ck_assert_msg(dns_rdata_check(msg, &record) ==
                      (free ? DNS_OK : DNS_BAD_RDATA),
                  "%s", rows[_i].name);
    octets_unbox(msg);
}
END_TEST

START_TEST(only_the_class_of_the_internet_has_these_forms)
{
    struct dns_record record;
    const struct bytes msg = put("", 0, DNS_A, &record);
    record.class = 255; /* RFC 2136 s2.5.2: delete an RRset */
    ck_assert_int_eq(dns_rdata_check(msg, &record), DNS_OK);
    octets_unbox(msg);
}
END_TEST

static const struct {
    const char *name;
    uint16_t type;
    const char *rdata;
    enum dns_status want;
} faults[] = {
    {"CNAME pointing at itself", 5, "c015", DNS_BAD_POINTER},
    {"CNAME pointing forward", 5, "c0ff", DNS_BAD_POINTER},
    {"CNAME pointing into the header", 5, "c004", DNS_BAD_POINTER},
    {"MX with a label of type 0x40", 15, "0001 4061 00", DNS_BAD_LABEL},
    {"NS running over its record", 2, "0561 61", DNS_BAD_RDATA},
};
enum { FAULTS = sizeof faults / sizeof faults[0] };

START_TEST(a_bad_name_in_rdata_says_how)
{
    ck_assert_msg(check(faults[_i].rdata, 0, faults[_i].type) ==
                      faults[_i].want,
                  "%s", faults[_i].name);
}
END_TEST

static const struct {
    const char *name;
    uint16_t type;
    const char *rdata;
    const char *canonical;
} forms[] = {
    {"A", 1, "c000 0201", "c000 0201"},
    {"CNAME, compressed", 5, "c00c", EXAMPLE},
    {"CNAME, capitals", 5, "0745 5841 4d50 4c45 00", EXAMPLE},
    {"MX", 15, "000a 014d c00c", "000a 016d" EXAMPLE},
    {"SRV", 33, "0000 0000 4142 c00c", "0000 0000 4142" EXAMPLE},
    {"SOA", 6, "c00c 014d c00c" OCTETS20, EXAMPLE "016d" EXAMPLE OCTETS20},
    {"TXT keeps its case", 16, "0341 4243", "0341 4243"},
    {"an unknown type", 261, "c00c 41", "c00c 41"},
};
enum { FORMS = sizeof forms / sizeof forms[0] };

START_TEST(rdata_has_one_form_however_it_was_compressed)
{
    struct dns_record record;
    const struct bytes msg = put(forms[_i].rdata, 0, forms[_i].type, &record);
    const struct bytes want = octets_hex(forms[_i].canonical);
    ck_assert_int_eq(dns_rdata_check(msg, &record), DNS_OK);
    uint8_t room[DNS_RDATA_CANONICAL];
    uint32_t work = 100;
    struct bytes out;
    ck_assert_int_eq(dns_rdata_canonical(msg, &record, &work, room, &out),
                     DNS_OK);
    ck_assert_uint_eq(out.len, want.len);
    ck_assert_mem_eq(out.data, want.data, want.len);
    octets_unbox(want);
    octets_unbox(msg);
}
END_TEST

/* Two names of 255 octets, which is what the room is for. */
START_TEST(the_longest_canonical_form_fits)
{
    uint8_t octets[12 + 255 + 4 + 20] = {0};
    size_t used = 12;
    for (int i = 0; i < 127; i++) {
        octets[used++] = 1;
        octets[used++] = 'a';
    }
    used++; /* root */
    used = octets_put(octets, sizeof octets, used, "c00c c00c" OCTETS20);
    const struct bytes msg = octets_box(octets, used);
    const struct dns_record record = {.type = DNS_SOA,
                                      .class = DNS_IN,
                                      .rdata_at = 12 + 255,
                                      .rdata_octets = 24};
    ck_assert_int_eq(dns_rdata_check(msg, &record), DNS_OK);
    uint8_t *room = malloc(DNS_RDATA_CANONICAL);
    uint32_t work = 1000;
    struct bytes out;
    ck_assert_int_eq(dns_rdata_canonical(msg, &record, &work, room, &out),
                     DNS_OK);
    ck_assert_uint_eq(out.len, DNS_RDATA_CANONICAL);
    ck_assert_uint_eq(work, 1000 - 2 * (2 + 255));
    free(room);
    octets_unbox(msg);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dns/rdata");
    TCase *tc = tcase_create("rdata");
    tcase_add_loop_test(tc, each_type_takes_its_form_and_no_other, 0, ROWS);
    tcase_add_loop_test(tc, empty_rdata_is_bad_where_something_must_be, 0,
                        ROWS);
    tcase_add_test(tc, only_the_class_of_the_internet_has_these_forms);
    tcase_add_loop_test(tc, a_bad_name_in_rdata_says_how, 0, FAULTS);
    tcase_add_loop_test(tc, rdata_has_one_form_however_it_was_compressed, 0,
                        FORMS);
    tcase_add_test(tc, the_longest_canonical_form_fits);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
