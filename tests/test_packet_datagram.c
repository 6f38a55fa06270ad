/* Whole frames: what became of each, and that no octet outside is read. */
#include <check.h>
#include <stdlib.h>

#include "packet/datagram.h"
#include "test_octets.h"

#define ETHERNET "0200 0000 0001 0200 0000 0002 "
#define ADDR4    "c000 0201 c633 6401 "
#define ADDR6                                                                  \
    "2001 0db8 0000 0000 0000 0000 0000 0001 "                                 \
    "2001 0db8 0001 0000 0000 0000 0000 0002 "
#define UDP_DNS "c000 0035 0010 0000 0102 0304 0506 0708 "
#define TCP_ANY "0000 0001 0000 0002 5010 ffff 0000 0000 "
#define V4(p)   "4500 0024 1234 0000 40" p " 0000" ADDR4
#define V4_TCP  "4500 0028 1234 0000 4006 0000" ADDR4
#define V6(p)   "6000 5678 0010 " p "40" ADDR6

static struct packet_ports dns;

static const struct {
    const char *name;
    uint16_t link_type;
    const char *frame;
    enum packet_status want;
} rows[] = {
    {"IPv4, UDP", 1, ETHERNET "0800" V4("11") UDP_DNS, PACKET_OK},
    {"IPv6, UDP", 1, ETHERNET "86dd" V6("11") UDP_DNS, PACKET_OK},
    {"IPv6 where IPv4 is announced", 1, ETHERNET "0800" V6("11") UDP_DNS,
     PACKET_OK},
    {"tagged", 1, ETHERNET "8100 0001 0800" V4("11") UDP_DNS, PACKET_OK},
    {"cooked", 113, "0000 0001 0006 0200 0000 0001 0000 0800" V4("11") UDP_DNS,
     PACKET_OK},
    {"cooked, version 2", 276,
     "0800 0000 0000 0002 0001 0006 0200 0000 0001 0000" V4("11") UDP_DNS,
     PACKET_OK},
    {"loopback", 0, "0200 0000" V4("11") UDP_DNS, PACKET_OK},
    {"raw", 101, V6("11") UDP_DNS, PACKET_OK},
    {"atomic fragment", 101, V6("2c") "1100 0000 0000 0007 c000 0035 0008 0000",
     PACKET_OK},
    {"empty", 1, "", PACKET_EMPTY},
    {"ARP", 1, ETHERNET "0806 0001", PACKET_NOT_IP},
    {"spanning tree", 1, ETHERNET "0026 4242 03", PACKET_NOT_IP},
    {"LLDP", 1, ETHERNET "88cc 0207", PACKET_NOT_IP},
    {"service function chain", 1, ETHERNET "894f 0000", PACKET_TUNNEL},
    {"USB", 220, "0800", PACKET_LINK_UNSUPPORTED},
    {"Wi-Fi, protected", 105, "0841", PACKET_WIFI_ENCRYPTED},
    {"IP of version 7", 101, "7500 0024", PACKET_BAD_IP},
    {"fragment", 101, "4500 0024 1234 2000 4011 0000" ADDR4 UDP_DNS,
     PACKET_FRAGMENT},
    {"ICMP", 101, V4("01") UDP_DNS, PACKET_ICMP},
    {"ICMPv6", 101, V6("3a") UDP_DNS, PACKET_ICMP},
    {"encrypted payload", 101, V4("32") UDP_DNS, PACKET_NOT_UDP},
    {"SCTP", 101, V6("84") UDP_DNS, PACKET_NOT_UDP},
    {"TCP to 53", 101, V4_TCP "c000 0035" TCP_ANY, PACKET_TCP_DNS},
    {"TCP from 53", 101, V4_TCP "0035 c000" TCP_ANY, PACKET_TCP_DNS},
    {"TCP to 853", 101, V4_TCP "c000 0355" TCP_ANY, PACKET_ENCRYPTED},
    {"TCP from 853", 101, V4_TCP "0355 c000" TCP_ANY, PACKET_ENCRYPTED},
    {"TCP to 443", 101, V4_TCP "c000 01bb" TCP_ANY, PACKET_HTTPS},
    {"TCP header not there", 101, V4("06") UDP_DNS, PACKET_BAD_TCP},
    {"mDNS", 101, V4("11") "14e9 14e9 0010 0000 0102 0304 0506 0708",
     PACKET_MDNS},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static enum packet_status decode(struct bytes frame, uint32_t wire_octets,
                                 uint16_t link_type,
                                 struct packet_datagram *out)
{
    const struct capture_frame f = {.data = frame.data,
                                    .captured_octets = (uint32_t)frame.len,
                                    .wire_octets = wire_octets,
                                    .link_type = link_type,
                                    .interface = 3};
    return packet_decode(&f, &dns, out);
}

START_TEST(each_frame_has_its_status)
{
    const struct bytes frame = octets_hex(rows[_i].frame);
    struct packet_datagram out;
    const enum packet_status status =
        decode(frame, (uint32_t)frame.len, rows[_i].link_type, &out);
    ck_assert_msg(status == rows[_i].want, "%s: %s", rows[_i].name,
                  packet_status_reason(status));
    octets_unbox(frame);
}
END_TEST

/* Each row cut at each octet: nothing outside is read (a sanitizer sees it),
 * what is found lies inside, and a frame that was whole on the wire and says
 * so is never called malformed for having been cut. */
START_TEST(a_frame_cut_anywhere_is_cut_and_not_malformed)
{
    const struct bytes frame = octets_hex(rows[_i].frame);
    for (size_t n = 0; n < frame.len; n++) {
        const struct bytes part = octets_box(frame.data, n);
        struct packet_datagram out;
        enum packet_status status =
            decode(part, (uint32_t)frame.len, rows[_i].link_type, &out);
        const bool malformed =
            strcmp(packet_status_fate(status), "malformed") == 0;
        ck_assert_msg(!malformed || status == rows[_i].want, "%s at %zu: %s",
                      rows[_i].name, n, packet_status_reason(status));
        if (status == PACKET_OK) {
            ck_assert(out.payload.data >= part.data);
            ck_assert(out.payload.data + out.payload.len <=
                      part.data + part.len);
            ck_assert_uint_le(out.payload.len, out.payload_octets);
            ck_assert_int_eq(out.cut, out.payload.len < out.payload_octets);
        }
        /* The same octets as all that ever was: no link was cut. */
        status = decode(part, (uint32_t)n, rows[_i].link_type, &out);
        ck_assert_int_ne(status, PACKET_CUT_LINK);
        octets_unbox(part);
    }
    octets_unbox(frame);
}
END_TEST

START_TEST(a_datagram_knows_where_it_came_from)
{
    const struct bytes frame =
        octets_hex(ETHERNET "8100 0001 0800" V4("11") UDP_DNS "0000");
    struct packet_datagram out;
    ck_assert_int_eq(decode(frame, (uint32_t)frame.len, 1, &out), PACKET_OK);
    ck_assert_mem_eq(out.source, "\xc0\x00\x02\x01", 4);
    ck_assert_mem_eq(out.destination, "\xc6\x33\x64\x01", 4);
    ck_assert_uint_eq(out.address_octets, 4);
    ck_assert_uint_eq(out.source_port, 0xc000);
    ck_assert_uint_eq(out.destination_port, 53);
    ck_assert_uint_eq(out.ip_id, 0x1234);
    ck_assert_uint_eq(out.ip_ttl, 0x40);
    ck_assert_uint_eq(out.depth, 1);
    ck_assert_uint_eq(out.vni, 0);
    ck_assert_uint_eq(out.interface, 3);
    ck_assert_uint_eq(out.packet_type, 0);
    ck_assert_uint_eq(out.payload.len, 8); /* Ethernet's padding is gone */
    ck_assert_uint_eq(out.payload_octets, 8);
    ck_assert(!out.cut);
    octets_unbox(frame);
}
END_TEST

START_TEST(every_status_has_a_fate_and_a_reason_of_its_own)
{
    ck_assert_str_eq(packet_status_fate(PACKET_OK), "dns");
    ck_assert_str_eq(packet_status_reason(PACKET_OK), "");
    for (enum packet_status a = 1; a < PACKET_STATUS_COUNT; a++) {
        const char *fate = packet_status_fate(a);
        const char *reason = packet_status_reason(a);
        ck_assert_str_ne(reason, "");
        for (enum packet_status b = 1; b < a; b++)
            ck_assert_msg(strcmp(fate, packet_status_fate(b)) != 0 ||
                              strcmp(reason, packet_status_reason(b)) != 0,
                          "two statuses say %s, %s", fate, reason);
    }
}
END_TEST

int main(void)
{
    packet_ports_add(&dns, 53);
    Suite *s = suite_create("packet/datagram");
    TCase *tc = tcase_create("datagram");
    tcase_add_loop_test(tc, each_frame_has_its_status, 0, ROWS);
    tcase_add_loop_test(tc, a_frame_cut_anywhere_is_cut_and_not_malformed, 0,
                        ROWS);
    tcase_add_test(tc, a_datagram_knows_where_it_came_from);
    tcase_add_test(tc, every_status_has_a_fate_and_a_reason_of_its_own);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
