/* Link headers: what each link type carries, and every way to end too soon. */
#include <check.h>
#include <stdlib.h>

#include "packet/link.h"
#include "test_octets.h"

#define MAC   "0200 0000 0001 0200 0000 0002 "
#define SLL   "0000 0001 0006 0200 0000 0001 0000 "
#define SLL2  " 0000 0000 0002 0001 0006 0200 0000 0001 0000 "
#define SNAP4 "aaaa 0300 0000 0800 "
/* 802.11: duration, three addresses, sequence number 1, fragment 0. */
#define WIFI  "0000 " MAC "0200 0000 0003 0010 "
#define Z8    "0000 0000 0000 0000 "
#define Z32   Z8 Z8 Z8 Z8
#define Z96   Z32 Z32 Z32
#define PRISM "4400 0000 9000 0000 " Z96 Z32 Z8
#define AVS   "8021 1001 0000 0040 " Z32 Z8 Z8 Z8
#define PKTAP "6c00 0000 0100 0000 0100 0000 " Z96
/* NFLOG: a packet header field, a prefix of 5 octets with its padding. */
#define NFLOG_FIELDS                                                           \
    "0800 0100 0800 0100 0900 0a00 6865 6c6c 6f00 0000 0800 0900 "

#define NETWORK(type) (PACKET_HOLDS_NETWORK | (type))
#define LINK(type)    (PACKET_HOLDS_LINK | (type))
enum {
    NONE = PACKET_HOLDS_NETWORK | PACKET_ETHERTYPE_NONE,
    IP = PACKET_HOLDS_NETWORK | PACKET_ETHERTYPE_IPV4,
    IP6 = PACKET_HOLDS_NETWORK | PACKET_ETHERTYPE_IPV6,
};

/* Each row: a header, what it leads to, and nothing behind it. */
static const struct {
    const char *name;
    uint16_t link_type;
    const char *header;
    enum packet_status want;
    uint32_t holds; /* on PACKET_OK */
} rows[] = {
    {"Ethernet, IPv4", 1, MAC "0800", PACKET_OK, IP},
    {"Ethernet, IPv6", 1, MAC "86dd", PACKET_OK, IP6},
    {"Ethernet, ARP", 1, MAC "0806", PACKET_OK, NETWORK(0x0806)},
    {"Ethernet, least EtherType", 1, MAC "0600", PACKET_OK, NETWORK(0x0600)},
    {"Ethernet, neither length nor type", 1, MAC "05ff", PACKET_BAD_LINK},
    {"802.1Q", 1, MAC "8100", PACKET_OK, NETWORK(0x8100)},
    {"802.3 SNAP, IPv4", 1, MAC "0040 " SNAP4, PACKET_OK, IP},
    {"802.3 SNAP, bridged (802.1H)", 1, MAC "0040 aaaa 0300 00f8 0800",
     PACKET_OK, IP},
    {"802.3 SNAP, an organisation's own", 1, MAC "0040 aaaa 0300 000c 2000",
     PACKET_OK, NONE},
    {"802.3 LLC, IP", 1, MAC "0040 0606 03", PACKET_OK, IP},
    {"802.3 LLC, spanning tree", 1, MAC "0026 4242 03", PACKET_OK, NONE},
    {"802.3 raw (NetWare)", 1, MAC "0040 ffff 00", PACKET_OK, NONE},
    {"longest 802.3 length", 1, MAC "05dc 4242 03", PACKET_OK, NONE},
    {"length one beyond", 1, MAC "05dd", PACKET_BAD_LINK},
    {"SLL, IPv4", 113, SLL "0800", PACKET_OK, IP},
    {"SLL, IPv6", 113, SLL "86dd", PACKET_OK, IP6},
    {"SLL, tagged", 113, SLL "8100", PACKET_OK, NETWORK(0x8100)},
    {"SLL, LLC with SNAP", 113, SLL "0004 " SNAP4, PACKET_OK, IP},
    {"SLL, CAN bus", 113, SLL "000c", PACKET_OK, NONE},
    {"SLL, netlink", 113, "0004 0338 0000 0000 0000 0000 0000 0800", PACKET_OK,
     NONE},
    {"SLL, frame relay", 113, "0004 0302 0000 0000 0000 0000 0000 0800",
     PACKET_OK, LINK(107)},
    {"SLL, 802.11", 113, "0004 0321 0000 0000 0000 0000 0000 0019", PACKET_OK,
     LINK(105)},
    {"SLL, Prism", 113, "0004 0322 0000 0000 0000 0000 0000 0019", PACKET_OK,
     LINK(119)},
    {"SLL, radiotap", 113, "0004 0323 0000 0000 0000 0000 0000 0019", PACKET_OK,
     LINK(127)},
    {"SLL2, IPv4", 276, "0800" SLL2, PACKET_OK, IP},
    {"SLL2, IPv6", 276, "86dd" SLL2, PACKET_OK, IP6},
    {"SLL2, tagged", 276, "8100" SLL2, PACKET_OK, NETWORK(0x8100)},
    {"SLL2, LLC", 276, "0004" SLL2 "4242 03", PACKET_OK, NONE},
    {"SLL2, netlink", 276, "0800 0000 0000 0002 0338 0406 0000 0000 0000 0000",
     PACKET_OK, NONE},
    {"NULL, IPv4, little endian", 0, "0200 0000", PACKET_OK, IP},
    {"NULL, IPv4, big endian", 0, "0000 0002", PACKET_OK, IP},
    {"NULL, IPv6 of Linux", 0, "0a00 0000", PACKET_OK, IP6},
    {"NULL, IPv6 of Windows", 0, "1700 0000", PACKET_OK, IP6},
    {"NULL, IPv6 of NetBSD", 0, "0000 0018", PACKET_OK, IP6},
    {"NULL, IPv6 of FreeBSD", 0, "1c00 0000", PACKET_OK, IP6},
    {"NULL, IPv6 of macOS", 0, "1e00 0000", PACKET_OK, IP6},
    {"NULL, another family", 0, "0700 0000", PACKET_OK, NONE},
    {"LOOP, IPv4", 108, "0000 0002", PACKET_OK, IP},
    {"LOOP, IPv6", 108, "0000 0018", PACKET_OK, IP6},
    {"RAW", 101, "", PACKET_OK, IP},
    {"RAW, number 12", 12, "", PACKET_OK, IP},
    {"RAW, number 14", 14, "", PACKET_OK, IP},
    {"IPV4", 228, "", PACKET_OK, IP},
    {"IPV6", 229, "", PACKET_OK, IP},
    {"MPLS", 219, "", PACKET_OK, NETWORK(0x8847)},
    {"PPPoE", 51, "", PACKET_OK, NETWORK(0x8864)},
    {"ATM", 100, SNAP4, PACKET_OK, IP},
    {"FDDI", 10, "50" MAC SNAP4, PACKET_OK, IP},
    {"ARCNET, IPv4", 129, "be50 c308 d400 0169", PACKET_OK, IP},
    {"ARCNET, IPv6", 129, "be50 c308 c400 0169", PACKET_OK, IP},
    {"ARCNET, ARP", 129, "be50 c308 d500 0169", PACKET_OK, NONE},
    {"ARCNET, a packet in parts", 129, "be50 c308 d401 0169", PACKET_TUNNEL},
    {"PPP, address and control", 9, "ff03 0021", PACKET_OK, IP},
    {"PPP, IPv6", 9, "ff03 0057", PACKET_OK, IP6},
    {"PPP, bare", 9, "0021", PACKET_OK, IP},
    {"PPP, protocol of one octet", 9, "ff03 21", PACKET_OK, IP},
    {"PPP, MPLS", 9, "ff03 0281", PACKET_OK, NETWORK(0x8847)},
    {"PPP, MPLS multicast", 9, "ff03 0283", PACKET_OK, NETWORK(0x8847)},
    {"PPP, link control", 9, "ff03 c021", PACKET_OK, NONE},
    {"PPP, multilink", 9, "ff03 003d", PACKET_TUNNEL},
    {"PPP, encrypted", 9, "ff03 0053", PACKET_TUNNEL},
    {"PPP, encrypted, of several links", 9, "ff03 0055", PACKET_TUNNEL},
    {"PPP, compressed", 9, "ff03 00fd", PACKET_TUNNEL},
    {"PPP, compressed, of several links", 9, "ff03 00fb", PACKET_TUNNEL},
    {"PPP_SERIAL", 50, "ff03 0021", PACKET_OK, IP},
    {"PPP_SERIAL, Cisco HDLC, unicast", 50, "0f00 0800", PACKET_OK, IP},
    {"PPP_SERIAL, Cisco HDLC, multicast", 50, "8f00 86dd", PACKET_OK, IP6},
    {"PPP_PPPD, in", 166, "0003 0021", PACKET_OK, IP},
    {"PPP_PPPD, out", 166, "0103 0021", PACKET_OK, IP},
    {"PPP with direction", 204, "01", PACKET_OK, LINK(9)},
    {"C_HDLC", 104, "0f00 0800", PACKET_OK, IP},
    {"C_HDLC, keepalive", 104, "8f00 8035", PACKET_OK, NETWORK(0x8035)},
    {"C_HDLC with direction", 205, "00", PACKET_OK, LINK(104)},
    {"FRELAY, IPv4", 107, "1841 03cc", PACKET_OK, IP},
    {"FRELAY, IPv6", 107, "1841 038e", PACKET_OK, IP6},
    {"FRELAY, address of four octets", 107, "1840 4021 03cc", PACKET_OK, IP},
    {"FRELAY, address without end", 107, "1840 4020 03cc", PACKET_BAD_LINK},
    {"FRELAY, SNAP behind padding", 107, "1841 0300 8000 0000 0800", PACKET_OK,
     IP},
    {"FRELAY, SNAP of an organisation", 107, "1841 0380 0080 c200 07",
     PACKET_OK, NONE},
    {"FRELAY, management", 107, "0001 0308", PACKET_OK, NONE},
    {"FRELAY, Cisco's", 107, "1841 0800", PACKET_OK, IP},
    {"FRELAY with direction", 206, "00", PACKET_OK, LINK(107)},
    {"802.11, data", 105, "0801 " WIFI SNAP4, PACKET_OK, IP},
    {"802.11, QoS data", 105, "8801 " WIFI "0000 " SNAP4, PACKET_OK, IP},
    {"802.11, QoS data with HT control", 105,
     "8881 " WIFI "0000 0000 0000 " SNAP4, PACKET_OK, IP},
    {"802.11, four addresses", 105, "0803 " WIFI "0200 0000 0004 " SNAP4,
     PACKET_OK, IP},
    {"802.11, four addresses and QoS", 105,
     "8803 " WIFI "0200 0000 0004 0000 " SNAP4, PACKET_OK, IP},
    {"802.11, several packets", 105, "8801 " WIFI "8000", PACKET_OK, LINK(1)},
    {"802.11, several packets, four addresses", 105,
     "8803 " WIFI "0200 0000 0004 8000", PACKET_OK, LINK(1)},
    {"802.11, no data", 105, "4801", PACKET_OK, NONE},
    {"802.11, beacon", 105, "8000", PACKET_OK, NONE},
    {"802.11, acknowledgement", 105, "d400", PACKET_OK, NONE},
    {"802.11, of another version", 105, "0901", PACKET_OK, NONE},
    {"802.11, protected", 105, "0841", PACKET_WIFI_ENCRYPTED},
    {"802.11, second fragment", 105,
     "0801 0000 " MAC "0200 0000 0003 1100 " SNAP4, PACKET_TUNNEL},
    {"radiotap, no field", 127, "0000 0800 0000 0000 0801 " WIFI SNAP4,
     PACKET_OK, IP},
    {"radiotap, padded QoS header", 127,
     "0000 0900 0200 0000 20 8801 " WIFI "0000 0000 " SNAP4, PACKET_OK, IP},
    {"radiotap, not padded", 127,
     "0000 0900 0200 0000 10 8801 " WIFI "0000 " SNAP4, PACKET_OK, IP},
    {"radiotap, flags behind the time", 127,
     "0000 1900 0300 0080 0000 0000 0000 0000 0000 0000 0000 0000 20 8801 " WIFI
     "0000 0000 " SNAP4,
     PACKET_OK, IP},
    {"radiotap, fields without end", 127,
     "0000 0800 0200 0080 0801 " WIFI SNAP4, PACKET_OK, IP},
    {"radiotap, flags outside", 127, "0000 0800 0200 0000 0801 " WIFI SNAP4,
     PACKET_OK, IP},
    {"radiotap, version 1", 127, "0100 0800 0000 0000", PACKET_BAD_LINK},
    {"radiotap, shorter than itself", 127, "0000 0700 0000 0000",
     PACKET_BAD_LINK},
    {"AVS", 163, AVS "0801 " WIFI SNAP4, PACKET_OK, IP},
    {"AVS, shorter than itself", 163, "8021 1001 0000 0007", PACKET_BAD_LINK},
    {"AVS, something else", 163, "4400 0000 9000 0000", PACKET_BAD_LINK},
    {"Prism", 119, PRISM "0801 " WIFI SNAP4, PACKET_OK, IP},
    {"AVS under Prism's number", 119, AVS "0801 " WIFI SNAP4, PACKET_OK, IP},
    {"PPI", 192, "0000 0800 6900 0000", PACKET_OK, LINK(105)},
    {"PPI with fields", 192, "0000 0c00 0100 0000 0000 0000", PACKET_OK,
     LINK(1)},
    {"PPI, shorter than itself", 192, "0000 0700 6900 0000", PACKET_BAD_LINK},
    {"PPI, no such link", 192, "0000 0800 0000 0100", PACKET_LINK_UNSUPPORTED},
    {"NFLOG, IPv4", 239, "0200 0000 " NFLOG_FIELDS, PACKET_OK, IP},
    {"NFLOG, IPv6", 239, "0a00 0000 " NFLOG_FIELDS, PACKET_OK, IP},
    {"NFLOG, big endian", 239, "0200 0000 0008 0001 0000 0000 0008 0009",
     PACKET_OK, IP},
    {"NFLOG, a bridge's", 239, "0700 0000 0400 0900", PACKET_OK, NONE},
    {"NFLOG, a field shorter than itself", 239, "0200 0000 0300 0100",
     PACKET_BAD_LINK},
    {"PKTAP", 258, PKTAP, PACKET_OK, LINK(1)},
    {"PKTAP, shorter than itself", 258, "6b00 0000 0100 0000 0100 0000 " Z96,
     PACKET_BAD_LINK},
    {"PKTAP before its number", 149, PKTAP, PACKET_OK, LINK(1)},
    {"a user's link type", 149, Z96 Z32, PACKET_LINK_UNSUPPORTED},
    {"USB", 220, "0800", PACKET_LINK_UNSUPPORTED},
    {"no link type at all", 65535, "0800", PACKET_LINK_UNSUPPORTED},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* Undoes the first `octets` of a row's header, of which `wire` were there;
 * `layer` is without its octets afterwards. */
static enum packet_status undo(int row, size_t octets, uint32_t wire,
                               struct packet_layer *layer)
{
    const struct bytes whole = octets_hex(rows[row].header);
    const struct bytes part = octets_box(whole.data, octets);
    *layer = (struct packet_layer){part.data, (uint32_t)part.len, wire,
                                   PACKET_HOLDS_LINK | rows[row].link_type};
    struct packet_datagram out = {.depth = 0};
    const enum packet_status status = packet_link_undo(layer, &out);
    ck_assert_uint_le(layer->captured, layer->wire);
    ck_assert(layer->data >= part.data);
    ck_assert(layer->data + layer->captured <= part.data + part.len);
    octets_unbox(part);
    octets_unbox(whole);
    return status;
}

static size_t header_octets(int row)
{
    const struct bytes whole = octets_hex(rows[row].header);
    const size_t octets = whole.len;
    octets_unbox(whole);
    return octets;
}

START_TEST(each_link_type_leads_to_what_it_carries)
{
    const size_t octets = header_octets(_i);
    struct packet_layer layer;
    const enum packet_status status =
        undo(_i, octets, (uint32_t)octets, &layer);
    ck_assert_msg(status == rows[_i].want, "%s: %s", rows[_i].name,
                  packet_status_reason(status));
    if (status != PACKET_OK)
        return;
    ck_assert_msg(layer.holds == rows[_i].holds, "%s: %#x", rows[_i].name,
                  layer.holds);
    if (layer.holds != NONE)
        ck_assert_uint_eq(layer.captured, 0);
}
END_TEST

/* A header that ends early was cut by the capture when there was more of it
 * on the wire, and is malformed when there was not. */
START_TEST(a_header_that_ends_early_is_cut_or_malformed)
{
    const size_t octets = header_octets(_i);
    const bool guessed = rows[_i].link_type == PACKET_LINK_USER2;
    if (rows[_i].want != PACKET_OK || guessed)
        return;
    for (size_t n = 0; n < octets; n++) {
        struct packet_layer layer;
        const enum packet_status cut = undo(_i, n, (uint32_t)octets, &layer);
        const enum packet_status bad = undo(_i, n, (uint32_t)n, &layer);
        ck_assert_msg(cut == PACKET_CUT_LINK && bad == PACKET_BAD_LINK,
                      "%s at %zu: %s, %s", rows[_i].name, n,
                      packet_status_fate(cut), packet_status_fate(bad));
    }
}
END_TEST

START_TEST(a_log_of_more_fields_than_any_has_is_not_searched)
{
    uint8_t frame[4 + 33 * 4] = {2};
    for (int fields = 31; fields < 33; fields++) {
        for (int i = 0; i < fields; i++)
            memcpy(frame + 4 + i * 4, "\x04\0\x0a", 4);
        memcpy(frame + 4 + fields * 4, "\x04\0\x09", 4);
        const uint32_t octets = 4 + (uint32_t)fields * 4 + 4;
        struct packet_layer layer = {frame, octets, octets,
                                     PACKET_HOLDS_LINK | PACKET_LINK_NFLOG};
        struct packet_datagram out = {.depth = 0};
        ck_assert_int_eq(packet_link_undo(&layer, &out),
                         fields < 32 ? PACKET_OK : PACKET_TOO_DEEP);
    }
}
END_TEST

/* What a cooked header says of the place, for telling copies apart. */
START_TEST(a_cooked_header_says_where_a_frame_was_seen)
{
    const struct bytes sll1 =
        octets_hex("0004 0001 0006 0200 0000 0001 0000 0800");
    const struct bytes sll2 =
        octets_hex("0800 0000 0001 0007 0001 0304 0200 0000 0001 0000");
    struct packet_datagram out = {.interface = 5};
    struct packet_layer layer = {sll1.data, 16, 16,
                                 PACKET_HOLDS_LINK | PACKET_LINK_SLL};
    ck_assert_int_eq(packet_link_undo(&layer, &out), PACKET_OK);
    ck_assert_uint_eq(out.packet_type, 4);
    ck_assert_uint_eq(out.interface, 5);
    layer = (struct packet_layer){sll2.data, 20, 20,
                                  PACKET_HOLDS_LINK | PACKET_LINK_SLL2};
    ck_assert_int_eq(packet_link_undo(&layer, &out), PACKET_OK);
    ck_assert_uint_eq(out.packet_type, 3);
    ck_assert_uint_eq(out.interface, 7);
    octets_unbox(sll2);
    octets_unbox(sll1);
}
END_TEST

/* What a tunnel carries that does not say so; each is padded to 60 octets. */
static const struct {
    const char *name;
    const char *octets;
    uint32_t holds;
} guesses[] = {
    {"IPv4", "4500 003c", IP},
    {"IPv4, padded", "4500 0014", IP},
    {"IPv4, longer than there is", "4500 003d", NONE},
    {"IPv4, shorter than its header", "4500 0013", NONE},
    {"IPv4, header of 16", "4400 003c", NONE},
    {"IPv6", "6000 0000 0014", IP},
    {"IPv6, longer than there is", "6000 0000 0015", NONE},
    {"version 5", "5500 003c", NONE},
    {"Ethernet, IPv4", MAC "0800 45", LINK(1)},
    {"Ethernet, IPv6", MAC "86dd 60", LINK(1)},
    {"Ethernet, ARP", MAC "0806", LINK(1)},
    {"Ethernet, tagged", MAC "8100", LINK(1)},
    {"Ethernet, LLC", MAC "0003", NONE},
    {"Ethernet, a type of no interest", MAC "88cc", NONE},
    {"Ethernet, from a group", "0200 0000 0001 0300 0000 0002 0800 45", NONE},
    {"Ethernet, an address like IPv4", "4600 0020 0001 0200 0000 0002 0800 45",
     LINK(1)},
    {"Ethernet, an address like IPv6", "6200 0000 0001 0200 0000 0002 86dd 60",
     LINK(1)},
    {"IPv4 from 8.0.0.1", "4500 003c 0000 0000 4011 0000 0800 0001", IP},
};
enum { GUESSES = sizeof guesses / sizeof guesses[0] };

START_TEST(what_no_header_announces_is_guessed)
{
    uint8_t octets[60] = {0};
    (void)octets_put(octets, sizeof octets, 0, guesses[_i].octets);
    struct packet_layer layer = {octets, sizeof octets, sizeof octets, 0};
    packet_link_guess(&layer);
    ck_assert_msg(layer.holds == guesses[_i].holds, "%s: %#x", guesses[_i].name,
                  layer.holds);
}
END_TEST

START_TEST(what_was_not_captured_is_guessed_to_be_cut)
{
    uint8_t octets[60] = {0};
    (void)octets_put(octets, sizeof octets, 0, guesses[_i].octets);
    for (size_t n = 0; n < 14 && guesses[_i].holds != NONE; n++) {
        const struct bytes part = octets_box(octets, n);
        struct packet_layer layer = {part.data, (uint32_t)n, sizeof octets, 0};
        packet_link_guess(&layer);
        ck_assert_msg(layer.holds != NONE, "%s at %zu", guesses[_i].name, n);
        octets_unbox(part);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("packet/link");
    TCase *tc = tcase_create("link");
    tcase_add_loop_test(tc, each_link_type_leads_to_what_it_carries, 0, ROWS);
    tcase_add_loop_test(tc, a_header_that_ends_early_is_cut_or_malformed, 0,
                        ROWS);
    tcase_add_test(tc, a_log_of_more_fields_than_any_has_is_not_searched);
    tcase_add_test(tc, a_cooked_header_says_where_a_frame_was_seen);
    tcase_add_loop_test(tc, what_no_header_announces_is_guessed, 0, GUESSES);
    tcase_add_loop_test(tc, what_was_not_captured_is_guessed_to_be_cut, 0,
                        GUESSES);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
