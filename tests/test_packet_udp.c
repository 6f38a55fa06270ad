/* UDP: whose ports, and how long. */
#include <check.h>
#include <stdlib.h>

#include "packet/udp.h"
#include "test_octets.h"

static struct packet_ports dns;

/* Source and destination port, length; the checksum is nobody's business. */
static const struct {
    const char *name;
    const char *header;
    uint32_t captured, wire; /* from the UDP header on */
    enum packet_status want;
    uint32_t payload, payload_octets;
} rows[] = {
    {"query", "c000 0035 0010", 16, 16, PACKET_OK, 8, 8},
    {"response", "0035 c000 0010", 16, 16, PACKET_OK, 8, 8},
    {"both ends 53", "0035 0035 0010", 16, 16, PACKET_OK, 8, 8},
    {"second port", "c000 14eb 0010", 16, 16, PACKET_LLMNR, 0, 0},
    {"a port of the list wins over mDNS", "0035 14e9 0010", 16, 16, PACKET_OK,
     8, 8},
    {"a port of the list wins over VXLAN", "0035 12b5 0010", 16, 16, PACKET_OK,
     8, 8},
    {"mDNS to", "c000 14e9 0010", 16, 16, PACKET_MDNS, 0, 0},
    {"mDNS from", "14e9 c000 0010", 16, 16, PACKET_MDNS, 0, 0},
    {"LLMNR from", "14eb c000 0010", 16, 16, PACKET_LLMNR, 0, 0},
    {"NBNS", "0089 0089 0010", 16, 16, PACKET_NBNS, 0, 0},
    {"DNS over QUIC to", "c000 0355 0010", 16, 16, PACKET_ENCRYPTED, 0, 0},
    {"DNS over QUIC from", "0355 c000 0010", 16, 16, PACKET_ENCRYPTED, 0, 0},
    {"HTTP/3 to", "c000 01bb 0010", 16, 16, PACKET_HTTPS, 0, 0},
    {"HTTP/3 from", "01bb c000 0010", 16, 16, PACKET_HTTPS, 0, 0},
    {"VXLAN", "c000 12b5 0010", 16, 16, PACKET_TUNNEL, 0, 0},
    {"VXLAN of Linux", "c000 2118 0010", 16, 16, PACKET_TUNNEL, 0, 0},
    {"Geneve", "c000 17c1 0010", 16, 16, PACKET_TUNNEL, 0, 0},
    {"GTP-U", "0868 0868 0010", 16, 16, PACKET_TUNNEL, 0, 0},
    {"TZSP", "c000 9090 0010", 16, 16, PACKET_TUNNEL, 0, 0},
    {"VXLAN, extended", "c000 12b6 0010", 16, 16, PACKET_TUNNEL, 0, 0},
    {"Teredo", "0dd8 c000 0010", 16, 16, PACKET_TUNNEL, 0, 0},
    {"from a tunnel's port", "12b5 c000 0010", 16, 16, PACKET_TUNNEL, 0, 0},
    {"NTP", "007b 007b 0010", 16, 16, PACKET_UDP_OTHER, 0, 0},
    {"NTP with an impossible length", "007b 007b 0000", 16, 16,
     PACKET_UDP_OTHER, 0, 0},
    {"no payload", "c000 0035 0008", 8, 8, PACKET_OK, 0, 0},
    {"length 8, octets behind", "c000 0035 0008", 16, 16, PACKET_OK, 0, 0},
    {"length below what IP carries", "c000 0035 000c", 16, 16, PACKET_OK, 4, 4},
    {"length 7", "c000 0035 0007", 16, 16, PACKET_BAD_UDP, 0, 0},
    {"length 0", "c000 0035 0000", 16, 16, PACKET_BAD_UDP, 0, 0},
    {"length one above IP's", "c000 0035 0011", 16, 16, PACKET_BAD_UDP, 0, 0},
    {"length 65535", "c000 0035 ffff", 16, 16, PACKET_BAD_UDP, 0, 0},
    {"captured in part", "c000 0035 0010", 12, 16, PACKET_OK, 4, 8},
    {"captured to the header", "c000 0035 0010", 8, 16, PACKET_OK, 0, 8},
    {"header cut", "c000 0035 0010", 7, 16, PACKET_CUT_UDP, 0, 0},
    {"nothing captured", "c000 0035 0010", 0, 16, PACKET_CUT_UDP, 0, 0},
    {"header not there", "c000 0035 0010", 7, 7, PACKET_BAD_UDP, 0, 0},
    {"nothing there", "c000 0035 0010", 0, 0, PACKET_BAD_UDP, 0, 0},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(ports_and_length_decide)
{
    uint8_t octets[16] = {0};
    (void)octets_put(octets, sizeof octets, 0, rows[_i].header);
    const struct bytes box = octets_box(octets, rows[_i].captured);
    const struct packet_layer layer = {box.data, rows[_i].captured,
                                       rows[_i].wire};
    struct packet_datagram out;
    const enum packet_status status = packet_udp_read(&layer, &dns, &out);
    ck_assert_msg(status == rows[_i].want, "%s: %s", rows[_i].name,
                  packet_status_reason(status));
    if (status == PACKET_OK) {
        ck_assert_uint_eq(out.payload.len, rows[_i].payload);
        ck_assert_uint_eq(out.payload_octets, rows[_i].payload_octets);
        ck_assert_ptr_eq(out.payload.data, box.data + 8);
        ck_assert_uint_eq(out.source_port, load_be16(octets));
        ck_assert_uint_eq(out.destination_port, load_be16(octets + 2));
        ck_assert_int_eq(out.cut, out.payload.len < out.payload_octets);
        ck_assert_int_eq(out.transport, PACKET_UDP);
    }
    octets_unbox(box);
}
END_TEST

START_TEST(ports_are_a_set)
{
    static const uint16_t some[] = {0, 53, 63, 64, 5353, 65535};
    struct packet_ports ports = {{0}};
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
        packet_ports_add(&ports, some[i]);
    size_t found = 0;
    for (unsigned port = 0; port <= UINT16_MAX; port++) {
        if (!packet_ports_has(&ports, (uint16_t)port))
            continue;
        ck_assert_uint_lt(found, sizeof some / sizeof some[0]);
        ck_assert_uint_eq(port, some[found]);
        found++;
    }
    ck_assert_uint_eq(found, sizeof some / sizeof some[0]);
}
END_TEST

int main(void)
{
    packet_ports_add(&dns, 53);
    Suite *s = suite_create("packet/udp");
    TCase *tc = tcase_create("udp");
    tcase_add_loop_test(tc, ports_and_length_decide, 0, ROWS);
    tcase_add_test(tc, ports_are_a_set);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
