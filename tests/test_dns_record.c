/* Walking the records of a message. */
#include <check.h>
#include <stdlib.h>

#include "dns/record.h"
#include "test_octets.h"

#define QUESTION "0765 7861 6d70 6c65 00 0001 0001 "
#define A_RECORD "c00c 0001 0001 0000 003c 0004 c000 0201 "
#define OPT      "00 0029 04d0 0000 8000 0000 "

/* A response with 2 answers, 1 authority and 2 additional records. */
#define RESPONSE                                                               \
    "1234 8180 0001 0002 0001 0002 " QUESTION A_RECORD                         \
    "c00c 0001 0001 0000 003d 0004 c000 0202 "                                 \
    "00 0002 0001 0000 0e10 0003 016e 00 "                                     \
    "016e 00 001c 0001 0000 0e10 0000 " OPT

START_TEST(records_come_in_order_with_their_places)
{
    static const struct dns_record want[] = {
        {60, 25, 37, 4, 1, 1, DNS_ANSWER},
        {61, 41, 53, 4, 1, 1, DNS_ANSWER},
        {3600, 57, 68, 3, 2, 1, DNS_AUTHORITY},
        {3600, 71, 84, 0, 28, 1, DNS_ADDITIONAL},
        {0x8000, 84, 95, 0, 41, 0x4d0, DNS_ADDITIONAL},
    };
    const struct bytes msg = octets_hex(RESPONSE);
    struct dns_record_walk walk;
    ck_assert_int_eq(dns_record_walk_init(&walk, msg), DNS_OK);
    struct dns_record r;
    enum dns_status status;
    size_t n = 0;
    for (; dns_record_next(&walk, &r, &status); n++) {
        ck_assert_uint_lt(n, sizeof want / sizeof want[0]);
        ck_assert_uint_eq(r.ttl_s, want[n].ttl_s);
        ck_assert_uint_eq(r.owner_at, want[n].owner_at);
        ck_assert_uint_eq(r.rdata_at, want[n].rdata_at);
        ck_assert_uint_eq(r.rdata_octets, want[n].rdata_octets);
        ck_assert_uint_eq(r.type, want[n].type);
        ck_assert_uint_eq(r.class, want[n].class);
        ck_assert_uint_eq(r.section, want[n].section);
    }
    ck_assert_int_eq(status, DNS_OK);
    ck_assert_uint_eq(n, sizeof want / sizeof want[0]);
    ck_assert_int_eq(dns_record_next(&walk, &r, &status), 0); /* and stays so */
    octets_unbox(msg);
}
END_TEST

START_TEST(a_message_cut_anywhere_gives_the_records_before)
{
    static const size_t ends[] = {41, 57, 71, 84, 95};
    const struct bytes msg = octets_hex(RESPONSE);
    ck_assert_uint_eq(msg.len, ends[4]);
    for (size_t n = 0; n < msg.len; n++) {
        const struct bytes part = octets_box(msg.data, n);
        struct dns_record_walk walk;
        const enum dns_status start = dns_record_walk_init(&walk, part);
        ck_assert_int_eq(start, n == 0   ? DNS_EMPTY
                                : n < 12 ? DNS_SHORT_HEADER
                                : n < 25 ? DNS_CUT
                                         : DNS_OK);
        size_t records = 0, want = 0;
        struct dns_record r;
        enum dns_status status = start;
        while (start == DNS_OK && dns_record_next(&walk, &r, &status))
            records++;
        while (ends[want] <= n)
            want++;
        ck_assert_uint_eq(records, want);
        if (start == DNS_OK)
            ck_assert_int_eq(status, DNS_CUT);
        octets_unbox(part);
    }
    octets_unbox(msg);
}
END_TEST

static const struct {
    const char *name;
    const char *msg;
    enum dns_status init, end;
    int records;
} rows[] = {
    {"no question",
     "1234 8180 0000 0001 0000 0000 00 0001 0001 0000 003c "
     "0004 c000 0201",
     DNS_OK, DNS_OK, 1},
    {"two questions",
     "1234 8180 0002 0001 0000 0000" QUESTION "c00c 001c 0001" A_RECORD, DNS_OK,
     DNS_OK, 1},
    {"bad label in the question",
     "1234 8180 0001 0001 0000 0000 4000 0001 0001", DNS_BAD_LABEL,
     DNS_BAD_LABEL, 0},
    {"loop in the question", "1234 8180 0001 0001 0000 0000 c00c 0001 0001",
     DNS_BAD_POINTER, DNS_BAD_POINTER, 0},
    {"bad label in an owner",
     "1234 8180 0001 0002 0000 0000" QUESTION A_RECORD "8000 0001", DNS_OK,
     DNS_BAD_LABEL, 1},
    {"owner points forward",
     "1234 8180 0001 0002 0000 0000" QUESTION A_RECORD "c0ff 0001", DNS_OK,
     DNS_BAD_POINTER, 1},
    {"fewer records than promised",
     "1234 8180 0001 0002 0000 0000" QUESTION A_RECORD, DNS_OK, DNS_CUT, 1},
    {"no records promised, octets behind",
     "1234 8180 0001 0000 0000 0000" QUESTION A_RECORD, DNS_OK, DNS_OK, 0},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(a_walk_ends_with_its_reason)
{
    const struct bytes msg = octets_hex(rows[_i].msg);
    struct dns_record_walk walk;
    enum dns_status status = dns_record_walk_init(&walk, msg);
    ck_assert_msg(status == rows[_i].init, "%s", rows[_i].name);
    int records = 0;
    struct dns_record r;
    if (status == DNS_OK)
        while (dns_record_next(&walk, &r, &status))
            records++;
    ck_assert_msg(status == rows[_i].end, "%s: %s", rows[_i].name,
                  dns_status_reason(status));
    ck_assert_int_eq(records, rows[_i].records);
    octets_unbox(msg);
}
END_TEST

START_TEST(a_message_of_64_kib_is_walked_to_its_last_octet)
{
    /* 5,956 records of 11 octets behind a header, and 7 octets left over. */
    static uint8_t octets[65535];
    (void)octets_put(octets, sizeof octets, 0, "1234 8180 0000 1744");
    const struct bytes msg = octets_box(octets, sizeof octets);
    struct dns_record_walk walk;
    ck_assert_int_eq(dns_record_walk_init(&walk, msg), DNS_OK);
    struct dns_record r;
    enum dns_status status;
    size_t records = 0, end = 0;
    for (; dns_record_next(&walk, &r, &status); records++)
        end = (size_t)r.rdata_at + r.rdata_octets;
    ck_assert_int_eq(status, DNS_OK);
    ck_assert_uint_eq(records, 0x1744);
    ck_assert_uint_eq(end, 12 + 0x1744 * 11);
    octets_unbox(msg);
}
END_TEST

START_TEST(octets_behind_64_kib_belong_to_no_message)
{
    static uint8_t octets[70000];
    (void)octets_put(octets, sizeof octets, 0, "1234 8180 0000 ffff");
    const struct bytes msg = octets_box(octets, sizeof octets);
    struct dns_record_walk walk;
    ck_assert_int_eq(dns_record_walk_init(&walk, msg), DNS_OK);
    struct dns_record r;
    enum dns_status status;
    size_t records = 0;
    while (dns_record_next(&walk, &r, &status))
        records++;
    ck_assert_int_eq(status, DNS_CUT);
    ck_assert_uint_eq(records, (65535 - 12) / 11);
    octets_unbox(msg);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dns/record");
    TCase *tc = tcase_create("record");
    tcase_add_test(tc, records_come_in_order_with_their_places);
    tcase_add_test(tc, a_message_cut_anywhere_gives_the_records_before);
    tcase_add_loop_test(tc, a_walk_ends_with_its_reason, 0, ROWS);
    tcase_add_test(tc, a_message_of_64_kib_is_walked_to_its_last_octet);
    tcase_add_test(tc, octets_behind_64_kib_belong_to_no_message);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
