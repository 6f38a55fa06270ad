/* What begins like a DNS message in a TCP stream, and what does not. */
#include <stdlib.h>

#include "packet/probe.h"
#include "test_octets.h"
#include "test_random.h"

#define HEADER_Q "1234 0100 0001 0000 0000 0000 "
#define HEADER_R "1234 8180 0001 0001 0000 0000 "
#define WWW      "03 777777 07 6578616d706c65 00 0001 0001 "
#define ANSWER   "c00c 0001 0001 0000003c 0004 0a000001 "

enum {
    DNS = PACKET_PROBE_DNS,
    MORE = PACKET_PROBE_MORE,
    NOT = PACKET_PROBE_NOT,
    HTTP = PACKET_PROBE_HTTP,
    TLS = PACKET_PROBE_TLS,
    SSH = PACKET_PROBE_SSH,
};

static const struct {
    const char *name;
    const char *octets;
    int at_start, in_middle; /* enum packet_probe */
} rows[] = {
    {"query", "001d" HEADER_Q WWW, DNS, DNS},
    {"response", "002d" HEADER_R WWW ANSWER, DNS, DNS},
    {"another message behind", "001d" HEADER_Q WWW "ffff ffff", DNS, DNS},
    {"nothing", "", MORE, MORE},
    {"half a prefix", "00", MORE, MORE},
    {"prefix", "001d", MORE, MORE},
    {"13 octets", "001d 1234 0100 0001 0000 0000 00", MORE, MORE},
    {"header", "001d" HEADER_Q, DNS, DNS},
    {"half a question", "001d" HEADER_Q "03 7777", DNS, DNS},
    {"name of a root query", "0011" HEADER_Q "00 0002 0001", DNS, DNS},
    {"later message of a transfer",
     "0027 1234 8400 0000 0001 0000 0000 00 0001 0001 0000003c 0004 0a000001",
     DNS, DNS},
    {"error without question", "000c 1234 8181 0000 0000 0000 0000", DNS, DNS},
    {"transfer request with SOA", "003c 1234 0000 0001 0000 0001 0000" WWW, DNS,
     DNS},
    {"UPDATE", "003c 1234 2800 0001 0000 0001 0000" WWW, DNS, DNS},
    {"NOTIFY", "001d 1234 2400 0001 0000 0000 0000" WWW, DNS, DNS},
    {"DSO", "0010 1234 3000 0000 0000 0000 0000", DNS, DNS},
    {"question of class ANY", "0011" HEADER_Q "00 00ff 00ff", DNS, DNS},

    {"length 0", "0000 1234 0100 0001 0000 0000 0000", MORE, NOT},
    {"length 11", "000b 1234 0100 0001 0000 0000 0000", MORE, NOT},
    {"zeros", "0000 0000 0000 0000 0000 0000 0000", MORE, NOT},
    {"empty response", "000c 1234 8180 0000 0000 0000 0000", DNS, NOT},
    {"query with rcode", "001d 1234 0101 0001 0000 0000 0000" WWW, DNS, NOT},
    {"query with answers", "003d 1234 0100 0001 0001 0000 0000" WWW, DNS, NOT},
    {"query with two questions", "003d 1234 0100 0002 0000 0000 0000" WWW, DNS,
     NOT},
    {"query with two authority records",
     "003d 1234 0100 0001 0000 0002 0000" WWW, DNS, NOT},
    {"query with four additional records",
     "0050 1234 0100 0001 0000 0000 0004" WWW, DNS, NOT},
    {"query with three of them", "0050 1234 0100 0001 0000 0000 0003" WWW, DNS,
     DNS},
    {"later message of a transfer without its prefix",
     "1234 8400 0000 0001 0000 0000 0161 07 6578616d706c65 00 0001 0001", DNS,
     NOT},
    {"rcode 12", "001d 1234 818c 0001 0000 0000 0000" WWW, DNS, NOT},
    {"UPDATE with rcode", "003c 1234 2801 0001 0000 0001 0000" WWW, DNS, NOT},
    {"class 7", "0011" HEADER_Q "00 0001 0007", DNS, NOT},
    {"pointer in the question", "0012" HEADER_Q "c00c 0001 0001", DNS, NOT},
    {"question longer than the message", "0011" HEADER_Q WWW, DNS, NOT},
    {"opcode 3", "001d 1234 1900 0001 0000 0000 0000" WWW, NOT, NOT},
    {"opcode 7", "001d 1234 3900 0001 0000 0000 0000" WWW, NOT, NOT},
    {"reserved bit", "001d 1234 0140 0001 0000 0000 0000" WWW, NOT, NOT},
    {"a question too many", "0010" HEADER_Q "00 0001 0001", NOT, NOT},
    {"a record too many", "001b" HEADER_R WWW, NOT, NOT},
    {"65,535 of each", "ffff 1234 0100 ffff ffff ffff ffff", NOT, NOT},
    {"query without its prefix", HEADER_Q WWW, NOT, NOT},
    {"text", "4d6963726f736f66742057696e646f7773205850", NOT, NOT},

    {"GET", "474554202f20485454502f312e310d0a", HTTP, HTTP},
    {"GET, four octets", "47455420", HTTP, HTTP},
    {"GET, three octets", "474554", MORE, MORE},
    {"POST", "504f5354202f", HTTP, HTTP},
    {"HTTP/2", "505249202a20485454502f322e30", HTTP, HTTP},
    {"HTTP response", "485454502f312e3120343030", HTTP, HTTP},
    {"client hello", "1603 01 0200 01 0001fc0303", TLS, TLS},
    {"server hello", "1603 03 007a 02", TLS, TLS},
    {"server hello, five octets", "1603 03 007a", MORE, MORE},
    {"a response of 5,635 octets",
     "1603 1234"
     "8180 0001 0001 0000 0000" WWW,
     DNS, DNS},
    {"SSH", "5353482d322e302d4f70656e535348", SSH, SSH},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(each_beginning_is_told)
{
    const struct bytes box = octets_hex(rows[_i].octets);
    ck_assert_msg((int)packet_probe(box) == rows[_i].at_start, "%s",
                  rows[_i].name);
    ck_assert_msg((int)packet_probe_strict(box) == rows[_i].in_middle,
                  "%s, in the middle", rows[_i].name);
    octets_unbox(box);
}
END_TEST

/* With fewer octets an answer may be missing, or better than with more, but it
 * is never that something is no DNS which then turns out to be. */
START_TEST(fewer_octets_never_say_no_too_early)
{
    const struct bytes whole = octets_hex(rows[_i].octets);
    for (size_t n = 0; n < whole.len; n++) {
        const struct bytes part = octets_box(whole.data, n);
        const int at_start = (int)packet_probe(part);
        const int in_middle = (int)packet_probe_strict(part);
        ck_assert_msg(at_start != NOT || rows[_i].at_start == NOT, "%s at %zu",
                      rows[_i].name, n);
        ck_assert_msg(in_middle != NOT || rows[_i].in_middle == NOT,
                      "%s at %zu, in the middle", rows[_i].name, n);
        octets_unbox(part);
    }
    octets_unbox(whole);
}
END_TEST

START_TEST(random_octets_do_not_pass)
{
    enum { TRIES = 1000000 };
    uint64_t state = 1;
    unsigned passed = 0, passed_strictly = 0;
    for (unsigned i = 0; i < TRIES; i++) {
        uint8_t octets[32];
        for (size_t at = 0; at < sizeof octets; at += 8) {
            const uint64_t some = random_u64(&state);
            memcpy(octets + at, &some, 8);
        }
        const struct bytes b = {octets, sizeof octets};
        passed += packet_probe(b) == PACKET_PROBE_DNS;
        passed_strictly += packet_probe_strict(b) == PACKET_PROBE_DNS;
    }
    ck_assert_uint_lt(passed, TRIES / 100000);
    ck_assert_uint_eq(passed_strictly, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("packet/probe");
    TCase *tc = tcase_create("probe");
    tcase_add_loop_test(tc, each_beginning_is_told, 0, ROWS);
    tcase_add_loop_test(tc, fewer_octets_never_say_no_too_early, 0, ROWS);
    tcase_add_test(tc, random_octets_do_not_pass);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
