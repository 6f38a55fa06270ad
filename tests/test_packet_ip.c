/* IPv4 and IPv6 headers: what they carry, and every way to be wrong. */
#include <check.h>
#include <stdlib.h>

#include "packet/ip.h"
#include "test_octets.h"

/* Version to identification and flags, TTL, protocol; addresses. */
#define V4    "4500 0024 1234 0000 4011 0000 "
#define ADDR4 "c000 0201 c633 6401 "
/* Version, flow label, payload length; next header and hop limit apart. */
#define V6 "6000 5678 0010 "
#define ADDR6                                                                  \
    "2001 0db8 0000 0000 0000 0000 0000 0001 "                                 \
    "2001 0db8 0001 0000 0000 0000 0000 0002 "
#define BODY16 "0102 0304 0506 0708 090a 0b0c 0d0e 0f10 "
#define OPT8   "0001 0000 0000 " /* behind next header and length */

static const struct {
    const char *name;
    const char *packet;
    enum packet_status want;
    uint8_t protocol;
    uint8_t body; /* octets left of what is there */
    uint8_t address_octets;
} rows[] = {
    {"IPv4", V4 ADDR4 BODY16, PACKET_OK, 17, 16, 4},
    {"IPv4, don't fragment", "4500 0024 1234 4000 4011 0000" ADDR4 BODY16,
     PACKET_OK, 17, 16, 4},
    {"IPv4 with options",
     "4600 0028 1234 0000 4011 0000" ADDR4 "9404 0000" BODY16, PACKET_OK, 17,
     16, 4},
    {"IPv4, padded by the link", V4 ADDR4 BODY16 "0000 0000 0000", PACKET_OK,
     17, 16, 4},
    {"IPv4, total length 0", "4500 0000 1234 0000 4011 0000" ADDR4 BODY16,
     PACKET_OK, 17, 16, 4},
    {"IPv4, TCP", "4500 0024 1234 0000 4006 0000" ADDR4 BODY16, PACKET_OK, 6,
     16, 4},
    {"IPv4, no payload", "4500 0014 1234 0000 4011 0000" ADDR4, PACKET_OK, 17,
     0, 4},
    {"IPv4, header of 16", "4400 0024 1234 0000 4011 0000" ADDR4 BODY16,
     PACKET_BAD_IP, 0, 0, 0},
    {"IPv4, header of 0", "4000 0024 1234 0000 4011 0000" ADDR4 BODY16,
     PACKET_BAD_IP, 0, 0, 0},
    {"IPv4, total below header", "4500 0013 1234 0000 4011 0000" ADDR4 BODY16,
     PACKET_BAD_IP, 0, 0, 0},
    {"IPv4, first fragment", "4500 0024 1234 2000 4011 0000" ADDR4 BODY16,
     PACKET_FRAGMENT, 17, 16, 4},
    {"IPv4, last fragment", "4500 0024 1234 0001 4011 0000" ADDR4 BODY16,
     PACKET_FRAGMENT, 17, 16, 4},
    {"IPv4, last fragment of 15 octets",
     "4500 0023 1234 0001 4011 0000" ADDR4 BODY16, PACKET_FRAGMENT, 17, 15, 4},
    {"IPv4, longest last fragment",
     "4500 001b 1234 1fff 4011 0000" ADDR4 "0102 0304 0506 07", PACKET_FRAGMENT,
     17, 7, 4},
    {"IPv4, fragment beyond the longest",
     "4500 001c 1234 1fff 4011 0000" ADDR4 "0102 0304 0506 0708",
     PACKET_BAD_FRAGMENT, 0, 0, 0},
    {"IPv4, fragment of no octets", "4500 0014 1234 2000 4011 0000" ADDR4,
     PACKET_BAD_FRAGMENT, 0, 0, 0},
    {"IPv4, fragment of 15 octets and more",
     "4500 0023 1234 2000 4011 0000" ADDR4 BODY16, PACKET_BAD_FRAGMENT, 0, 0,
     0},
    {"IPv6", V6 "1140" ADDR6 BODY16, PACKET_OK, 17, 16, 16},
    {"IPv6, padded by the link", V6 "1140" ADDR6 BODY16 "0000", PACKET_OK, 17,
     16, 16},
    {"IPv6, payload length 0", "6000 5678 0000 1140" ADDR6 BODY16, PACKET_OK,
     17, 16, 16},
    {"IPv6, no next header", V6 "3b40" ADDR6 BODY16, PACKET_OK, 59, 16, 16},
    {"IPv6, hop by hop", V6 "0040" ADDR6 "1100" OPT8 "0102 0304 0506 0708",
     PACKET_OK, 17, 8, 16},
    {"IPv6, hop by hop of 16", V6 "0040" ADDR6 "1101" OPT8 BODY16, PACKET_OK,
     17, 0, 16},
    {"IPv6, routing", V6 "2b40" ADDR6 "1100" OPT8 "0102 0304 0506 0708",
     PACKET_OK, 17, 8, 16},
    {"IPv6, destination options", V6 "3c40" ADDR6 "1100" OPT8 BODY16, PACKET_OK,
     17, 8, 16},
    {"IPv6, authentication", V6 "3340" ADDR6 "1102" OPT8 "0102 0304 0506 0708",
     PACKET_OK, 17, 0, 16},
    {"IPv6, authentication of 8", V6 "3340" ADDR6 "1100" OPT8 BODY16, PACKET_OK,
     17, 8, 16},
    {"IPv6, mobility", V6 "8740" ADDR6 "3b00" OPT8 BODY16, PACKET_OK, 59, 8,
     16},
    {"IPv6, host identity", V6 "8b40" ADDR6 "3b00" OPT8 BODY16, PACKET_OK, 59,
     8, 16},
    {"IPv6, shim6", V6 "8c40" ADDR6 "1100" OPT8 BODY16, PACKET_OK, 17, 8, 16},
    {"IPv6, two extensions", V6 "0040" ADDR6 "3c00" OPT8 "1100" OPT8, PACKET_OK,
     17, 0, 16},
    {"IPv6, atomic fragment", V6 "2c40" ADDR6 "1100 0000 0000 0007" BODY16,
     PACKET_OK, 17, 8, 16},
    {"IPv6, atomic fragment, reserved bits",
     V6 "2c40" ADDR6 "1100 0006 0000 0007" BODY16, PACKET_OK, 17, 8, 16},
    {"IPv6, first fragment", V6 "2c40" ADDR6 "1100 0001 0000 0007" BODY16,
     PACKET_FRAGMENT, 17, 8, 16},
    {"IPv6, last fragment", V6 "2c40" ADDR6 "1100 0008 0000 0007" BODY16,
     PACKET_FRAGMENT, 17, 8, 16},
    {"IPv6, longest last fragment",
     "6000 5678 000f 2c40" ADDR6 "1100 fff8 0000 0007 0102 0304 0506 07",
     PACKET_FRAGMENT, 17, 7, 16},
    {"IPv6, fragment beyond the longest",
     V6 "2c40" ADDR6 "1100 fff8 0000 0007" BODY16, PACKET_BAD_FRAGMENT, 0, 0,
     0},
    {"IPv6, fragment of no octets",
     "6000 5678 0008 2c40" ADDR6 "1100 0001 0000 0007", PACKET_BAD_FRAGMENT, 0,
     0, 0},
    {"IPv6, fragment of 7 octets and more",
     "6000 5678 000f 2c40" ADDR6 "1100 0001 0000 0007 0102 0304 0506 07",
     PACKET_BAD_FRAGMENT, 0, 0, 0},
    {"IPv6, encrypted payload", V6 "3240" ADDR6 BODY16, PACKET_OK, 50, 16, 16},
    {"IPv6, extension past the payload", V6 "0040" ADDR6 "1102" OPT8 BODY16,
     PACKET_BAD_IP, 0, 0, 0},
    {"version 0", "0500 0024 1234 0000 4011 0000" ADDR4 BODY16, PACKET_BAD_IP,
     0, 0, 0},
    {"version 5", "5500 0024 1234 0000 4011 0000" ADDR4 BODY16, PACKET_BAD_IP,
     0, 0, 0},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(each_header_leads_to_its_payload)
{
    const struct bytes packet = octets_hex(rows[_i].packet);
    struct packet_layer layer = {packet.data, (uint32_t)packet.len,
                                 (uint32_t)packet.len};
    struct packet_datagram out;
    const enum packet_status status = packet_ip_undo(&layer, &out);
    ck_assert_msg(status == rows[_i].want, "%s: %s", rows[_i].name,
                  packet_status_reason(status));
    if (rows[_i].address_octets != 0) {
        ck_assert_uint_eq(layer.holds,
                          PACKET_HOLDS_TRANSPORT | rows[_i].protocol);
        ck_assert_uint_eq(out.address_octets, rows[_i].address_octets);
        ck_assert_uint_eq(layer.captured, rows[_i].body);
        ck_assert_uint_eq(layer.wire, rows[_i].body);
        ck_assert_uint_eq(out.ip_ttl, 0x40);
        const bool v4 = out.address_octets == 4;
        ck_assert_uint_eq(out.ip_id, v4 ? 0x1234 : 0x5678);
        ck_assert_ptr_eq(out.source, packet.data + (v4 ? 12 : 8));
        ck_assert_ptr_eq(out.destination, packet.data + (v4 ? 16 : 24));
    }
    octets_unbox(packet);
}
END_TEST

/* What was captured of each row, cut at each octet, as if the wire had it all
 * and as if it had not. */
START_TEST(a_packet_cut_anywhere_stays_within_what_is_there)
{
    const struct bytes packet = octets_hex(rows[_i].packet);
    for (size_t n = 0; n < packet.len; n++) {
        const struct bytes part = octets_box(packet.data, n);
        const uint32_t wires[] = {(uint32_t)n, (uint32_t)packet.len};
        for (int w = 0; w < 2; w++) {
            struct packet_layer layer = {part.data, (uint32_t)n, wires[w]};
            struct packet_datagram out;
            const enum packet_status status = packet_ip_undo(&layer, &out);
            const size_t header = packet.data[0] >> 4 == 4 ? 20 : 40;
            if (n < header && n > 0 && rows[_i].want == PACKET_OK)
                ck_assert_int_eq(status, w ? PACKET_CUT_IP : PACKET_BAD_IP);
            ck_assert_uint_le(layer.captured, layer.wire);
            ck_assert(layer.data >= part.data);
            ck_assert(layer.data + layer.captured <= part.data + n);
        }
        octets_unbox(part);
    }
    octets_unbox(packet);
}
END_TEST

START_TEST(fewer_octets_than_ip_says_are_a_cut_payload)
{
    const struct bytes packet = octets_hex(V4 ADDR4 "0102 0304");
    struct packet_layer layer = {packet.data, (uint32_t)packet.len,
                                 (uint32_t)packet.len};
    struct packet_datagram out;
    ck_assert_int_eq(packet_ip_undo(&layer, &out), PACKET_OK);
    ck_assert_uint_eq(layer.captured, 4);
    ck_assert_uint_eq(layer.wire, 16);
    octets_unbox(packet);
}
END_TEST

static const struct {
    const char *packet;
    struct packet_fragment want;
} places[] = {
    {"4500 0024 1234 2000 4011 0000" ADDR4 BODY16, {0x1234, 0, 17, true}},
    {"4500 0024 1234 8002 4006 0000" ADDR4 BODY16, {0x1234, 16, 6, false}},
    {V6 "2c40" ADDR6 "1100 0001 8765 4321" BODY16, {0x87654321, 0, 17, true}},
    {V6 "2c40" ADDR6 "3b00 0018 8765 4321" BODY16, {0x87654321, 24, 59, false}},
};
enum { PLACES = sizeof places / sizeof places[0] };

START_TEST(a_fragment_knows_its_place)
{
    const struct bytes packet = octets_hex(places[_i].packet);
    struct packet_layer layer = {packet.data, (uint32_t)packet.len,
                                 (uint32_t)packet.len};
    const struct packet_fragment *want = &places[_i].want;
    struct packet_datagram out;
    const enum packet_status status = packet_ip_undo(&layer, &out);
    ck_assert_int_eq(status, PACKET_FRAGMENT);
    ck_assert_uint_eq(out.fragment.id, want->id);
    ck_assert_uint_eq(out.fragment.offset, want->offset);
    ck_assert_uint_eq(out.fragment.protocol, want->protocol);
    ck_assert_int_eq(out.fragment.more, want->more);
    ck_assert_ptr_eq(out.payload.data, layer.data);
    ck_assert_uint_eq(out.payload.len, out.address_octets == 4 ? 16 : 8);
    ck_assert_uint_eq(out.payload_octets, out.payload.len);
    ck_assert(!out.cut);
    octets_unbox(packet);
}
END_TEST

/* `extensions` destination option headers, then UDP. */
static enum packet_status undo_chain(unsigned extensions)
{
    uint8_t packet[40 + 300 * 8];
    ck_assert_uint_le(extensions, 300);
    memset(packet, 0, sizeof packet);
    packet[0] = 0x60;
    packet[6] = extensions == 0 ? 17 : 60;
    for (unsigned i = 0; i < extensions; i++)
        packet[40 + i * 8] = i + 1 == extensions ? 17 : 60;
    struct packet_layer layer = {packet, 40 + extensions * 8,
                                 40 + extensions * 8};
    struct packet_datagram out;
    return packet_ip_undo(&layer, &out);
}

START_TEST(a_chain_of_extensions_has_a_limit)
{
    ck_assert_int_eq(undo_chain(PACKET_IPV6_EXTENSIONS), PACKET_OK);
    ck_assert_int_eq(undo_chain(PACKET_IPV6_EXTENSIONS + 1), PACKET_TOO_DEEP);
    ck_assert_int_eq(undo_chain(300), PACKET_TOO_DEEP);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("packet/ip");
    TCase *tc = tcase_create("ip");
    tcase_add_loop_test(tc, each_header_leads_to_its_payload, 0, ROWS);
    tcase_add_loop_test(tc, a_packet_cut_anywhere_stays_within_what_is_there, 0,
                        ROWS);
    tcase_add_test(tc, fewer_octets_than_ip_says_are_a_cut_payload);
    tcase_add_loop_test(tc, a_fragment_knows_its_place, 0, PLACES);
    tcase_add_test(tc, a_chain_of_extensions_has_a_limit);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
