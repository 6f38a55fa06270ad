/* ICMP errors from octets: which datagram each quotes, what it says of it, and
 * that no octet outside is read. */
#include <check.h>

#include "packet/icmp.h"
#include "test_octets.h"

/* From 192.0.2.9 (2001:db8::9) to 192.0.2.1 (2001:db8::1), which had asked
 * 198.51.100.1 (2001:db8:1::2) from port 49152. */
#define ERROR4 "4500 0000 1234 0000 4001 0000 c000 0209 c000 0201 "
#define ERROR6                                                                 \
    "6000 0000 0000 3a40 "                                                     \
    "2001 0db8 0000 0000 0000 0000 0000 0009 "                                 \
    "2001 0db8 0000 0000 0000 0000 0000 0001 "
#define ADDR4 "c000 0201 c633 6401 "
#define ADDR6                                                                  \
    "2001 0db8 0000 0000 0000 0000 0000 0001 "                                 \
    "2001 0db8 0001 0000 0000 0000 0000 0002 "
#define UDP4           "4500 0024 abcd 0000 3f11 0000" ADDR4
#define UDP4_LONG      "4600 0028 abcd 0000 3f11 0000" ADDR4 "0101 0101 "
#define UDP4_PART      "4500 0024 abcd 2000 3f11 0000" ADDR4
#define UDP4_REST      "4500 0024 abcd 0010 3f11 0000" ADDR4
#define TCP4           "4500 0028 abcd 0000 3f06 0000" ADDR4
#define SCTP4          "4500 0024 abcd 0000 3f84 0000" ADDR4
#define UDP6           "6000 5678 0010 113f " ADDR6
#define UDP6_LONG      "6000 5678 0018 003f " ADDR6 "1100 0104 0000 0000 "
#define QUERY          "c000 0035 0010 0000 "
#define RESPONSE       "0035 c000 0010 0000 "
#define OTHER          "c000 01bb 0010 0000 "
#define PAYLOAD        "0102 0304 0506 0708 "
#define AT4(type_code) ERROR4 type_code " 0000 0000 0000 "
#define AT6(type_code) ERROR6 type_code " 0000 0000 0000 "

static struct packet_ports dns;

static const struct {
    const char *name;
    const char *frame;
    enum packet_status want;
    enum packet_icmp_kind kind;
    uint32_t quoted; /* octets of the payload */
} rows[] = {
    {"port unreachable", AT4("0303") UDP4 QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_PORT, 8},
    {"of a response", AT4("0303") UDP4 RESPONSE PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_PORT, 8},
    {"eight octets of UDP", AT4("0303") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_PORT, 0},
    {"a part of the payload", AT4("0303") UDP4 QUERY "0102", PACKET_ICMP_QUOTE,
     PACKET_ICMP_PORT, 2},
    {"with IP options", AT4("0303") UDP4_LONG QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_PORT, 8},
    {"a first fragment", AT4("0304") UDP4_PART QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_TOO_BIG, 8},
    {"another fragment", AT4("0304") UDP4_REST QUERY PAYLOAD, PACKET_ICMP, 0,
     0},
    {"a SYN", AT4("0301") TCP4 "c000 0035 0000 0001", PACKET_ICMP_QUOTE,
     PACKET_ICMP_HOST, 0},
    {"other ports", AT4("0303") UDP4 OTHER PAYLOAD, PACKET_ICMP, 0, 0},
    {"another transport", AT4("0302") SCTP4 QUERY PAYLOAD, PACKET_ICMP, 0, 0},
    {"less than the ports", AT4("0303") UDP4 "c000 0035", PACKET_ICMP, 0, 0},
    {"less than an IP header", AT4("0303") "4500 0024", PACKET_ICMP, 0, 0},
    {"nothing quoted", AT4("0303"), PACKET_ICMP, 0, 0},
    {"no IP quoted", AT4("0303") "ffff ffff ffff ffff", PACKET_ICMP, 0, 0},
    {"IPv6 quoted by ICMP of IPv4", AT4("0303") UDP6 QUERY PAYLOAD, PACKET_ICMP,
     0, 0},
    {"half a header", ERROR4 "0303 0000", PACKET_BAD_ICMP, 0, 0},
    {"echo", AT4("0800") UDP4 QUERY PAYLOAD, PACKET_ICMP, 0, 0},
    {"network", AT4("0300") UDP4 QUERY, PACKET_ICMP_QUOTE, PACKET_ICMP_NETWORK,
     0},
    {"protocol", AT4("0302") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_PROTOCOL, 0},
    {"source route", AT4("0305") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_OTHER, 0},
    {"network unknown", AT4("0306") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_NETWORK, 0},
    {"host unknown", AT4("0307") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_HOST, 0},
    {"source isolated", AT4("0308") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_OTHER, 0},
    {"network prohibited", AT4("0309") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_FORBIDDEN, 0},
    {"host prohibited", AT4("030a") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_FORBIDDEN, 0},
    {"network for this service", AT4("030b") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_NETWORK, 0},
    {"host for this service", AT4("030c") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_HOST, 0},
    {"prohibited", AT4("030d") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_FORBIDDEN, 0},
    {"precedence", AT4("030e") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_FORBIDDEN, 0},
    {"precedence cutoff", AT4("030f") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_FORBIDDEN, 0},
    {"a code nobody gave", AT4("03ff") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_OTHER, 0},
    {"quench", AT4("0400") UDP4 QUERY, PACKET_ICMP_QUOTE, PACKET_ICMP_QUENCH,
     0},
    {"redirect", AT4("0501") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_REDIRECT, 0},
    {"hops", AT4("0b00") UDP4 QUERY, PACKET_ICMP_QUOTE, PACKET_ICMP_HOPS, 0},
    {"fragments", AT4("0b01") UDP4_PART QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_FRAGMENTS, 8},
    {"parameter", AT4("0c00") UDP4 QUERY, PACKET_ICMP_QUOTE,
     PACKET_ICMP_PARAMETER, 0},
    /* RFC 4884: seven words are the packet, an extension follows */
    {"extension", ERROR4 "0b00 0000 0007 0000" UDP4 QUERY "2000 0000 0008 0101",
     PACKET_ICMP_QUOTE, PACKET_ICMP_HOPS, 0},
    {"an extension at no place",
     ERROR4 "0b00 0000 00ff 0000" UDP4 QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_HOPS, 8},
    {"in a tunnel",
     "4500 0000 1234 0000 4004 0000 c000 0209 c000 0201" AT4("0303")
         UDP4 QUERY PAYLOAD,
     PACKET_ICMP_QUOTE, PACKET_ICMP_PORT, 8},

    {"IPv6: no route", AT6("0100") UDP6 QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_NETWORK, 8},
    {"IPv6: prohibited", AT6("0101") UDP6 QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_FORBIDDEN, 8},
    {"IPv6: beyond scope", AT6("0102") UDP6 QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_OTHER, 8},
    {"IPv6: address", AT6("0103") UDP6 QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_HOST, 8},
    {"IPv6: port", AT6("0104") UDP6 QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_PORT, 8},
    {"IPv6: policy", AT6("0105") UDP6 QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_FORBIDDEN, 8},
    {"IPv6: rejected", AT6("0106") UDP6 QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_FORBIDDEN, 8},
    {"IPv6: a code nobody gave", AT6("0142") UDP6 QUERY PAYLOAD,
     PACKET_ICMP_QUOTE, PACKET_ICMP_OTHER, 8},
    {"IPv6: too big", AT6("0200") UDP6 RESPONSE PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_TOO_BIG, 8},
    /* the MTU stands where other types have the length of the quote */
    {"IPv6: too big for 1280", ERROR6 "0200 0000 0000 0500" UDP6 QUERY PAYLOAD,
     PACKET_ICMP_QUOTE, PACKET_ICMP_TOO_BIG, 8},
    {"IPv6: hops", AT6("0300") UDP6 QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_HOPS, 8},
    {"IPv6: fragments", AT6("0301") UDP6 QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_FRAGMENTS, 8},
    {"IPv6: parameter", AT6("0401") UDP6 QUERY PAYLOAD, PACKET_ICMP_QUOTE,
     PACKET_ICMP_PARAMETER, 8},
    {"IPv6: with an extension header", AT6("0104") UDP6_LONG QUERY PAYLOAD,
     PACKET_ICMP_QUOTE, PACKET_ICMP_PORT, 8},
    {"IPv6: RFC 4884", ERROR6 "0300 0000 0600 0000" UDP6 QUERY "2000 0000",
     PACKET_ICMP_QUOTE, PACKET_ICMP_HOPS, 0},
    {"IPv6: neighbour solicitation", AT6("8700") UDP6 QUERY PAYLOAD,
     PACKET_ICMP, 0, 0},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* The outer IP headers say no length: the rest of the frame. */
static enum packet_status decode(struct bytes frame, size_t wire_octets,
                                 struct packet_datagram *out)
{
    const struct capture_frame f = {.data = frame.data,
                                    .captured_octets = (uint32_t)frame.len,
                                    .wire_octets = (uint32_t)wire_octets,
                                    .link_type = 101};
    return packet_decode(&f, &dns, out);
}

START_TEST(each_error_quotes_what_it_quotes)
{
    const struct bytes frame = octets_hex(rows[_i].frame);
    struct packet_datagram out;
    const enum packet_status status = decode(frame, frame.len, &out);
    ck_assert_msg(status == rows[_i].want, "%s: %s", rows[_i].name,
                  packet_status_reason(status));
    if (status == PACKET_ICMP_QUOTE) {
        ck_assert_str_eq(packet_icmp_text((enum packet_icmp_kind)out.icmp_kind),
                         packet_icmp_text(rows[_i].kind));
        ck_assert_uint_eq(out.payload.len, rows[_i].quoted);
        ck_assert_int_eq(out.cut, out.payload.len < out.payload_octets);
    }
    octets_unbox(frame);
}
END_TEST

/* Cut by the snap length at each octet: nothing outside is read (a sanitizer
 * sees it), and what was not captured is never told as not quoted. */
START_TEST(an_error_cut_anywhere_is_cut)
{
    const struct bytes frame = octets_hex(rows[_i].frame);
    for (size_t n = 0; n < frame.len; n++) {
        const struct bytes part = octets_box(frame.data, n);
        struct packet_datagram out;
        const enum packet_status status = decode(part, frame.len, &out);
        const bool cut = strcmp(packet_status_fate(status), "cut") == 0;
        ck_assert_msg(cut || status == rows[_i].want, "%s at %zu: %s",
                      rows[_i].name, n, packet_status_reason(status));
        if (status == PACKET_ICMP_QUOTE) {
            ck_assert(out.payload.data + out.payload.len <=
                      part.data + part.len);
            ck_assert_int_eq(out.cut, out.payload.len < out.payload_octets);
        }
        octets_unbox(part);
    }
    octets_unbox(frame);
}
END_TEST

/* The same octets as all that were sent: less was quoted, nothing was cut. */
START_TEST(an_error_that_quotes_less_is_not_cut)
{
    const struct bytes frame = octets_hex(rows[0].frame);
    for (size_t n = 28; n < frame.len; n++) { /* behind the ICMP header */
        const struct bytes part = octets_box(frame.data, n);
        struct packet_datagram out;
        const enum packet_status status = decode(part, n, &out);
        ck_assert_int_eq(status, n < 56 ? PACKET_ICMP : PACKET_ICMP_QUOTE);
        octets_unbox(part);
    }
    octets_unbox(frame);
}
END_TEST

START_TEST(a_quote_knows_its_ends_and_who_sent_the_error)
{
    const struct bytes frame = octets_hex(AT6("0104") UDP6 QUERY PAYLOAD);
    struct packet_datagram out;
    ck_assert_int_eq(decode(frame, frame.len, &out), PACKET_ICMP_QUOTE);
    ck_assert_uint_eq(out.address_octets, 16);
    ck_assert_uint_eq(out.icmp_source[15], 9);
    ck_assert_uint_eq(out.source[15], 1);
    ck_assert_uint_eq(out.destination[15], 2);
    ck_assert_uint_eq(out.source_port, 0xc000);
    ck_assert_uint_eq(out.destination_port, 53);
    ck_assert_uint_eq(out.ip_id, 0x5678);
    ck_assert_uint_eq(out.ip_ttl, 0x3f);
    ck_assert_uint_eq(out.transport, PACKET_UDP);
    ck_assert_uint_eq(out.payload_octets, 8);
    ck_assert_uint_eq(load_be16(out.payload.data), 0x0102);
    octets_unbox(frame);
}
END_TEST

START_TEST(only_what_did_not_arrive_is_refused)
{
    static const enum packet_icmp_kind hints[] = {
        PACKET_ICMP_TOO_BIG, PACKET_ICMP_FRAGMENTS, PACKET_ICMP_QUENCH,
        PACKET_ICMP_REDIRECT};
    unsigned refusals = 0;
    for (unsigned i = 0; i < PACKET_ICMP_KINDS; i++)
        refusals += packet_icmp_refuses((enum packet_icmp_kind)i);
    ck_assert_uint_eq(refusals, 8);
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        ck_assert(!packet_icmp_refuses(hints[i]));
}
END_TEST

int main(void)
{
    packet_ports_add(&dns, 53);
    Suite *suite = suite_create("packet_icmp");
    TCase *tc = tcase_create("icmp");
    tcase_add_loop_test(tc, each_error_quotes_what_it_quotes, 0, ROWS);
    tcase_add_loop_test(tc, an_error_cut_anywhere_is_cut, 0, ROWS);
    tcase_add_test(tc, an_error_that_quotes_less_is_not_cut);
    tcase_add_test(tc, a_quote_knows_its_ends_and_who_sent_the_error);
    tcase_add_test(tc, only_what_did_not_arrive_is_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
