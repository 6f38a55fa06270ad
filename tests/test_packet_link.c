/* Link headers: what each link type carries, and every way to end too soon. */
#include <check.h>
#include <stdlib.h>

#include "packet/link.h"
#include "test_octets.h"

#define MAC  "0200 0000 0001 0200 0000 0002 "
#define SLL  "0000 0001 0006 0200 0000 0001 0000 "
#define SLL2 " 0000 0000 0002 0001 0006 0200 0000 0001 0000 "
#define TAG  "8100 0001 "
#define TAG8 TAG TAG TAG TAG TAG TAG TAG TAG

/* Each row: a header, what it leads to, and nothing behind it. */
static const struct {
    const char *name;
    uint16_t link_type;
    const char *header;
    enum packet_status want;
    uint16_t ethertype;
    uint8_t vlan_tags;
} rows[] = {
    {"Ethernet, IPv4", 1, MAC "0800", PACKET_OK, 0x0800, 0},
    {"Ethernet, IPv6", 1, MAC "86dd", PACKET_OK, 0x86dd, 0},
    {"Ethernet, ARP", 1, MAC "0806", PACKET_OK, 0x0806, 0},
    {"Ethernet, least EtherType", 1, MAC "0600", PACKET_OK, 0x0600, 0},
    {"Ethernet, neither length nor type", 1, MAC "05ff", PACKET_BAD_LINK, 0, 0},
    {"802.1Q", 1, MAC TAG "0800", PACKET_OK, 0x0800, 1},
    {"802.1ad over 802.1Q", 1, MAC "88a8 0064 8100 0001 86dd", PACKET_OK,
     0x86dd, 2},
    {"old QinQ numbers", 1, MAC "9100 0064 9200 0001 0800", PACKET_OK, 0x0800,
     2},
    {"as many tags as allowed", 1, MAC TAG8 "0800", PACKET_OK, 0x0800, 8},
    {"a tag too many", 1, MAC TAG8 "8100", PACKET_TOO_DEEP, 0, 8},
    {"802.3 SNAP, IPv4", 1, MAC "0040 aaaa 0300 0000 0800", PACKET_OK, 0x0800,
     0},
    {"802.3 SNAP, bridged (802.1H)", 1, MAC "0040 aaaa 0300 00f8 0800",
     PACKET_OK, 0x0800, 0},
    {"802.3 SNAP, an organisation's own", 1, MAC "0040 aaaa 0300 000c 2000",
     PACKET_OK, 0, 0},
    {"802.3 SNAP, behind a tag", 1, MAC TAG "0040 aaaa 0300 0000 86dd",
     PACKET_OK, 0x86dd, 1},
    {"802.3 LLC, IP", 1, MAC "0040 0606 03", PACKET_OK, 0x0800, 0},
    {"802.3 LLC, spanning tree", 1, MAC "0026 4242 03", PACKET_OK, 0, 0},
    {"802.3 raw (NetWare)", 1, MAC "0040 ffff 00", PACKET_OK, 0, 0},
    {"longest 802.3 length", 1, MAC "05dc 4242 03", PACKET_OK, 0, 0},
    {"length one beyond", 1, MAC "05dd 4242 03", PACKET_BAD_LINK, 0, 0},
    {"SLL, IPv4", 113, SLL "0800", PACKET_OK, 0x0800, 0},
    {"SLL, IPv6", 113, SLL "86dd", PACKET_OK, 0x86dd, 0},
    {"SLL, tagged", 113, SLL "8100 0001 0800", PACKET_OK, 0x0800, 1},
    {"SLL, LLC with SNAP", 113, SLL "0004 aaaa 0300 0000 0800", PACKET_OK,
     0x0800, 0},
    {"SLL, CAN bus", 113, SLL "000c", PACKET_OK, 0, 0},
    {"SLL, netlink", 113, "0004 0338 0000 0000 0000 0000 0000 0800", PACKET_OK,
     0, 0},
    {"SLL, frame relay", 113, "0004 0302 0000 0000 0000 0000 0000 0800",
     PACKET_LINK_UNSUPPORTED, 0, 0},
    {"SLL, radiotap", 113, "0004 0323 0000 0000 0000 0000 0000 0800",
     PACKET_LINK_UNSUPPORTED, 0, 0},
    {"SLL2, IPv4", 276, "0800" SLL2, PACKET_OK, 0x0800, 0},
    {"SLL2, IPv6", 276, "86dd" SLL2, PACKET_OK, 0x86dd, 0},
    {"SLL2, tagged", 276, "8100" SLL2 "0001 86dd", PACKET_OK, 0x86dd, 1},
    {"SLL2, LLC", 276, "0004" SLL2 "4242 03", PACKET_OK, 0, 0},
    {"SLL2, netlink", 276, "0800 0000 0000 0002 0338 0406 0000 0000 0000 0000",
     PACKET_OK, 0, 0},
    {"NULL, IPv4, little endian", 0, "0200 0000", PACKET_OK, 0x0800, 0},
    {"NULL, IPv4, big endian", 0, "0000 0002", PACKET_OK, 0x0800, 0},
    {"NULL, IPv6 of Linux", 0, "0a00 0000", PACKET_OK, 0x86dd, 0},
    {"NULL, IPv6 of Windows", 0, "1700 0000", PACKET_OK, 0x86dd, 0},
    {"NULL, IPv6 of NetBSD", 0, "0000 0018", PACKET_OK, 0x86dd, 0},
    {"NULL, IPv6 of FreeBSD", 0, "1c00 0000", PACKET_OK, 0x86dd, 0},
    {"NULL, IPv6 of macOS", 0, "1e00 0000", PACKET_OK, 0x86dd, 0},
    {"NULL, another family", 0, "0700 0000", PACKET_OK, 0, 0},
    {"LOOP, IPv4", 108, "0000 0002", PACKET_OK, 0x0800, 0},
    {"LOOP, IPv6", 108, "0000 0018", PACKET_OK, 0x86dd, 0},
    {"RAW", 101, "", PACKET_OK, 0x0800, 0},
    {"RAW, number 12", 12, "", PACKET_OK, 0x0800, 0},
    {"RAW, number 14", 14, "", PACKET_OK, 0x0800, 0},
    {"IPV4", 228, "", PACKET_OK, 0x0800, 0},
    {"IPV6", 229, "", PACKET_OK, 0x0800, 0},
    {"Wi-Fi", 105, "0800", PACKET_LINK_UNSUPPORTED, 0, 0},
    {"no link type at all", 65535, "0800", PACKET_LINK_UNSUPPORTED, 0, 0},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* Undoes the first `octets` of a row's header, of which `wire` were there. */
static enum packet_status undo(int row, size_t octets, uint32_t wire,
                               struct packet_link *out, size_t *left)
{
    const struct bytes whole = octets_hex(rows[row].header);
    const struct bytes part = octets_box(whole.data, octets);
    struct packet_layer layer = {part.data, (uint32_t)part.len, wire};
    const enum packet_status status =
        packet_link_undo(rows[row].link_type, &layer, out);
    *left = layer.captured;
    if (status == PACKET_OK) /* the layer stays within its octets */
        ck_assert_ptr_eq(layer.data + layer.captured, part.data + part.len);
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

START_TEST(each_link_type_leads_to_its_ethertype)
{
    const size_t octets = header_octets(_i);
    struct packet_link link;
    size_t left;
    const enum packet_status status =
        undo(_i, octets, (uint32_t)octets, &link, &left);
    ck_assert_msg(status == rows[_i].want, "%s: %s", rows[_i].name,
                  packet_status_reason(status));
    ck_assert_uint_eq(link.ethertype, rows[_i].ethertype);
    ck_assert_uint_eq(link.vlan_tags, rows[_i].vlan_tags);
    if (link.ethertype != 0)
        ck_assert_uint_eq(left, 0);
}
END_TEST

/* A header that ends early was cut by the capture when there was more of it
 * on the wire, and is malformed when there was not. */
START_TEST(a_header_that_ends_early_is_cut_or_malformed)
{
    const size_t octets = header_octets(_i);
    if (rows[_i].want != PACKET_OK)
        return;
    for (size_t n = 0; n < octets; n++) {
        struct packet_link link;
        size_t left;
        const enum packet_status cut =
            undo(_i, n, (uint32_t)octets, &link, &left);
        const enum packet_status bad = undo(_i, n, (uint32_t)n, &link, &left);
        ck_assert_msg(cut == PACKET_CUT_LINK && bad == PACKET_BAD_LINK,
                      "%s at %zu: %s, %s", rows[_i].name, n,
                      packet_status_fate(cut), packet_status_fate(bad));
    }
}
END_TEST

START_TEST(a_stack_of_300_tags_costs_no_more_than_eight)
{
    uint8_t frame[14 + 300 * 4];
    size_t used = octets_put(frame, sizeof frame, 0, MAC);
    for (int i = 0; i < 300; i++)
        used = octets_put(frame, sizeof frame, used, TAG);
    used = octets_put(frame, sizeof frame, used, "0800");
    struct packet_layer layer = {frame, (uint32_t)used, (uint32_t)used};
    struct packet_link link;
    ck_assert_int_eq(packet_link_undo(1, &layer, &link), PACKET_TOO_DEEP);
    ck_assert_uint_eq(used - layer.captured, 14 + PACKET_VLAN_TAGS * 4);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("packet/link");
    TCase *tc = tcase_create("link");
    tcase_add_loop_test(tc, each_link_type_leads_to_its_ethertype, 0, ROWS);
    tcase_add_loop_test(tc, a_header_that_ends_early_is_cut_or_malformed, 0,
                        ROWS);
    tcase_add_test(tc, a_stack_of_300_tags_costs_no_more_than_eight);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
