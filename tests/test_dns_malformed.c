/* 64 messages of a public capture, malformed on purpose, one fault each: every
 * one gets the reason it was made for. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dns/message.h"
#include "test_payloads.h"

#define CAPTURE "../shared/captures/d-malformed-dns.pcap"
enum { SKIPPED = 77 };

/* In the order of the frames. */
static const struct {
    const char *fault;
    enum dns_status want;
} rows[] = {
    {"header alone, a question promised", DNS_BAD_COUNTS},
    {"11 octets", DNS_SHORT_HEADER},
    {"4 octets", DNS_SHORT_HEADER},
    {"no octet", DNS_EMPTY},
    {"1 octet", DNS_SHORT_HEADER},
    {"header alone, 65,535 of everything promised", DNS_BAD_COUNTS},
    {"question name points at itself", DNS_BAD_POINTER},
    {"question name points forward to a pointer back", DNS_BAD_POINTER},
    {"label of 63 with 10 octets there", DNS_SHORT_RECORD},
    {"label type 0x40", DNS_BAD_LABEL},
    {"label type 0x80", DNS_BAD_LABEL},
    {"half a pointer is all there is", DNS_BAD_COUNTS},
    {"question name points past the message", DNS_BAD_POINTER},
    {"question name points at the header", DNS_BAD_POINTER},
    {"name of 257 octets in labels of 63", DNS_BAD_LABEL},
    {"name of 257 octets in labels of 1", DNS_BAD_LABEL},
    {"no question promised, none there", DNS_OK},
    {"two questions promised, one there", DNS_BAD_COUNTS},
    {"question class an octet short", DNS_SHORT_RECORD},
    {"question without type and class", DNS_BAD_COUNTS},
    {"A of 3 octets", DNS_BAD_RDATA},
    {"A of 400 octets with 4 there", DNS_SHORT_RECORD},
    {"A of no octet", DNS_BAD_RDATA},
    {"AAAA of 15 octets", DNS_BAD_RDATA},
    {"CNAME pointing into its own record", DNS_BAD_POINTER},
    {"MX of 1 octet", DNS_BAD_RDATA},
    {"TXT string of 255 with 2 there", DNS_BAD_RDATA},
    {"SOA of 3 octets", DNS_BAD_RDATA},
    {"SRV of 4 octets", DNS_BAD_RDATA},
    {"RRSIG of 10 octets", DNS_BAD_RDATA},
    {"NSEC window of 33 octets", DNS_BAD_RDATA},
    {"NSEC3 salt of 255 with none there", DNS_BAD_RDATA},
    {"SVCB value of 65,535 with 2 there", DNS_BAD_RDATA},
    {"HTTPS without target", DNS_BAD_RDATA},
    {"APL prefix of 4 octets with none there", DNS_BAD_RDATA},
    {"LOC of 3 octets", DNS_BAD_RDATA},
    {"DNSKEY of 1 octet", DNS_BAD_RDATA},
    {"DS of 1 octet", DNS_BAD_RDATA},
    {"NAPTR string of 255 with none there", DNS_BAD_RDATA},
    {"type 65535, two octets: nobody's form", DNS_OK},
    {"500 answers promised, one there", DNS_BAD_COUNTS},
    {"EDNS option of 8 with none there", DNS_BAD_EDNS},
    {"EDNS option of 16 with 2 there", DNS_BAD_EDNS},
    {"client subnet of 255 bits in no octet", DNS_BAD_EDNS},
    {"client subnet of 24 bits in no octet", DNS_BAD_EDNS},
    {"client subnet of 24 bits in four octets", DNS_BAD_EDNS},
    {"cookie of 1 octet", DNS_BAD_EDNS},
    {"extended error of 1 octet", DNS_BAD_EDNS},
    {"extended error with an escape sequence: text", DNS_OK},
    {"padding of 65,535 with none there", DNS_BAD_EDNS},
    {"300 empty NSID options", DNS_OK},
    {"OPT of 40,000 octets with none there", DNS_SHORT_RECORD},
    {"OPT with an owner name", DNS_BAD_EDNS},
    {"OPT twice", DNS_BAD_EDNS},
    {"owners at the end of chains: nobody has to follow them", DNS_OK},
    {"100 octets behind the question", DNS_TRAILING},
    {"a second message behind the first", DNS_TRAILING},
    {"HTTP", DNS_BAD_COUNTS},
    {"random octets", DNS_BAD_COUNTS},
    {"all bits set", DNS_BAD_COUNTS},
    {"all bits clear", DNS_TRAILING},
    {"label, then a pointer into it", DNS_BAD_POINTER},
    {"question name points forward", DNS_BAD_POINTER},
    {"question name points far past the message", DNS_BAD_POINTER},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static enum dns_status got[ROWS];
static size_t count;

static void take(void *context, const struct packet_datagram *datagram,
                 uint64_t frame)
{
    (void)context;
    ck_assert_uint_eq(frame, count + 1);
    ck_assert_uint_lt(count, ROWS);
    struct dns_message m;
    (void)dns_message_read(datagram->payload, datagram->payload_octets, 1, &m);
    got[count++] = m.status;
}

static void read_capture(void)
{
    ck_assert(payloads_each(CAPTURE, take, NULL));
    ck_assert_uint_eq(count, ROWS);
}

START_TEST(a_malformed_message_gets_the_reason_it_was_made_for)
{
    ck_assert_msg(got[_i] == rows[_i].want, "frame %d, %s: %s", _i + 1,
                  rows[_i].fault, dns_status_reason(got[_i]));
}
END_TEST

int main(void)
{
    if (access(CAPTURE, R_OK) != 0) {
        puts("the public captures are not beside the checkout: " CAPTURE);
        return SKIPPED;
    }
    Suite *s = suite_create("dns/malformed");
    TCase *tc = tcase_create("malformed");
    tcase_add_unchecked_fixture(tc, read_capture, NULL);
    tcase_add_loop_test(tc, a_malformed_message_gets_the_reason_it_was_made_for,
                        0, ROWS);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
