/* Tunnels: one datagram in each encapsulation, every way for one to be wrong,
 * and that nesting ends. */
#include <check.h>
#include <stdlib.h>

#include "packet/datagram.h"
#include "packet/mpls.h"
#include "test_octets.h"

#define MAC   "0200 0000 0001 0200 0000 0002 "
#define ADDR4 "c000 0201 c633 6401 "
#define UDP   "c000 0035 0010 0000 0102 0304 0506 0708 "
#define V4    "4500 0024 1234 0000 4011 0000 " ADDR4 UDP /* 36 octets */
#define V6                                                                     \
    "6000 1234 0010 1140 2001 0db8 0000 0000 0000 0000 0000 0001 "             \
    "2001 0db8 0001 0000 0000 0000 0000 0002 " UDP /* 56 octets */
#define FRAME4 MAC "0800 " V4                      /* 50 octets */
#define FRAME6 MAC "86dd " V6                      /* 70 octets */

/* An outer IPv4 header of total length and protocol, an outer UDP header of
 * destination port and length. */
#define IP(total, protocol)                                                    \
    "4500 " total " 0007 0000 07" protocol " 0000 0a00 0001 0a00 0002 "
#define TO(port, octets)   "c350 " port " " octets " 0000 "
#define FROM(port, octets) port " c350 " octets " 0000 "
#define LABEL              "0001 0040 "
#define BOTTOM             "0001 0140 "
#define LABEL5             LABEL LABEL LABEL LABEL LABEL
#define WIFI                                                                   \
    "0801 0000 " MAC "0200 0000 0003 0010 aaaa 0300 0000 0800 " /* 32 octets */

enum { RAW = 101, ETHERNET = 1 };

static const struct {
    const char *name;
    uint16_t link_type;
    const char *frame;
    enum packet_status want;
    uint8_t depth; /* on PACKET_OK */
    uint32_t vni;
} rows[] = {
    {"tag", ETHERNET, MAC "8100 0001 0800 " V4, PACKET_OK, 1},
    {"two tags", ETHERNET, MAC "88a8 0064 8100 0001 0800 " V4, PACKET_OK, 2},
    {"old numbers for tags", ETHERNET, MAC "9100 0064 9200 0001 86dd " V6,
     PACKET_OK, 2},
    {"SNAP behind a tag", ETHERNET,
     MAC "8100 0001 002c aaaa 0300 0000 0800 " V4, PACKET_OK, 1},
    {"tag, then no type", ETHERNET, MAC "8100 0001 05dd", PACKET_BAD_LINK},
    {"provider backbone", ETHERNET, MAC "88e7 0000 0001 " FRAME4, PACKET_OK, 1},
    {"service function chain", ETHERNET, MAC "894f 0ff6 0103", PACKET_TUNNEL},

    {"PPPoE", ETHERNET, MAC "8864 1100 0007 0026 0021 " V4, PACKET_OK, 1},
    {"PPPoE, IPv6", ETHERNET, MAC "8864 1100 0007 003a 0057 " V6, PACKET_OK, 1},
    {"PPPoE, padded", ETHERNET, MAC "8864 1100 0007 0026 0021 " V4 "0000",
     PACKET_OK, 1},
    {"PPPoE, link control", ETHERNET, MAC "8864 1100 0007 0004 c021 0000",
     PACKET_NOT_IP},
    {"PPPoE discovery", ETHERNET, MAC "8863 1109 0000 0000", PACKET_NOT_IP},
    {"PPPoE discovery in a session", ETHERNET, MAC "8864 11a7 0007 0000",
     PACKET_BAD_TUNNEL},
    {"PPPoE of version 2", ETHERNET, MAC "8864 2100 0007 0026 0021 " V4,
     PACKET_BAD_TUNNEL},

    {"MPLS", ETHERNET, MAC "8847 " BOTTOM V4, PACKET_OK, 1},
    {"MPLS, IPv6", ETHERNET, MAC "8847 " BOTTOM V6, PACKET_OK, 1},
    {"MPLS, upstream label", ETHERNET, MAC "8848 " BOTTOM V4, PACKET_OK, 1},
    {"MPLS, three labels", ETHERNET, MAC "8847 " LABEL LABEL BOTTOM V4,
     PACKET_OK, 1},
    {"MPLS, as many labels as allowed", ETHERNET,
     MAC "8847 " LABEL5 LABEL5 LABEL5 BOTTOM V4, PACKET_OK, 1},
    {"MPLS, a label too many", ETHERNET,
     MAC "8847 " LABEL5 LABEL5 LABEL5 LABEL BOTTOM V4, PACKET_TOO_DEEP},
    {"MPLS, no last label", ETHERNET, MAC "8847 " LABEL LABEL,
     PACKET_BAD_TUNNEL},
    {"MPLS, pseudo-wire", ETHERNET, MAC "8847 " BOTTOM FRAME4, PACKET_OK, 1},
    {"MPLS, pseudo-wire to an address like a control word", ETHERNET,
     MAC "8847 " BOTTOM "0000 5e00 0101 0200 0000 0002 0800 " V4, PACKET_OK, 1},
    {"MPLS, pseudo-wire with control word", ETHERNET,
     MAC "8847 " BOTTOM "0000 0000 " FRAME6, PACKET_OK, 1},
    {"MPLS, pseudo-wire with a sequence", ETHERNET,
     MAC "8847 " BOTTOM "0000 abcd " FRAME4, PACKET_OK, 1},
    {"MPLS, what no one announces", ETHERNET, MAC "8847 " BOTTOM "1000 0007",
     PACKET_NOT_IP},

    {"IP in IP", RAW, IP("0038", "04") V4, PACKET_OK, 1},
    {"6in4", RAW, IP("004c", "29") V6, PACKET_OK, 1},
    {"4in6", RAW,
     "6000 5678 0024 0440 fd00 0000 0000 0000 0000 0000 0000 0001 "
     "fd00 0000 0000 0000 0000 0000 0000 0002 " V4,
     PACKET_OK, 1},
    {"IP in IP, something else", RAW, IP("0018", "04") "7000 0000",
     PACKET_BAD_IP},
    {"MPLS in IP", RAW, IP("003c", "89") BOTTOM V4, PACKET_OK, 1},
    {"EtherIP", RAW, IP("0048", "61") "3000 " FRAME4, PACKET_OK, 1},
    {"Ethernet in IP", RAW, IP("0046", "8f") FRAME4, PACKET_OK, 1},

    {"GRE", RAW, IP("003c", "2f") "0000 0800 " V4, PACKET_OK, 1},
    {"GRE, IPv6", RAW, IP("0050", "2f") "0000 86dd " V6, PACKET_OK, 1},
    {"GRE with checksum", RAW, IP("0040", "2f") "8000 0800 abcd 0000 " V4,
     PACKET_OK, 1},
    {"GRE with key", RAW, IP("0040", "2f") "2000 0800 0000 002a " V4, PACKET_OK,
     1, 42},
    {"GRE with sequence", RAW, IP("0040", "2f") "1000 0800 0000 0001 " V4,
     PACKET_OK, 1},
    {"GRE with all of them", RAW,
     IP("0048", "2f") "b000 0800 abcd 0000 ffff ffff 0000 0001 " V4, PACKET_OK,
     1, 0xffffffff},
    {"GRE, bridged", RAW, IP("004a", "2f") "0000 6558 " FRAME4, PACKET_OK, 1},
    {"GRE, bridged, small key", RAW,
     IP("004e", "2f") "2000 6558 0000 0005 " FRAME4, PACKET_OK, 1, 5},
    {"NVGRE", RAW, IP("004e", "2f") "2000 6558 00ab cd07 " FRAME4, PACKET_OK, 1,
     0xabcd},
    {"GRE, tagged", RAW, IP("0040", "2f") "0000 8100 0001 0800 " V4, PACKET_OK,
     2},
    {"GRE, MPLS", RAW, IP("0040", "2f") "0000 8847 " BOTTOM V4, PACKET_OK, 2},
    {"GRE, keepalive", RAW, IP("0018", "2f") "0000 0000", PACKET_NOT_IP},
    {"GRE with route", RAW, IP("0040", "2f") "4000 0800 0000 0000 " V4,
     PACKET_TUNNEL},
    {"GRE of version 2", RAW, IP("0040", "2f") "2002 0800 0000 002a " V4,
     PACKET_TUNNEL},
    {"GRE with acknowledgement", RAW,
     IP("0040", "2f") "0080 0800 0000 0001 " V4, PACKET_TUNNEL},
    {"PPTP", RAW,
     IP("0048", "2f") "3001 880b 0028 0007 0000 0001 ff03 0021 " V4, PACKET_OK,
     1},
    {"PPTP with acknowledgement", RAW,
     IP("0049", "2f") "3081 880b 0025 0007 0000 0001 0000 0001 21 " V4,
     PACKET_OK, 1},
    {"PPTP, acknowledgement alone", RAW,
     IP("0020", "2f") "2081 880b 0000 0007 0000 0001", PACKET_NOT_IP},
    {"PPTP without call", RAW, IP("0040", "2f") "1001 880b 0000 0001 " V4,
     PACKET_TUNNEL},
    {"ERSPAN I", RAW, IP("004a", "2f") "0000 88be " FRAME4, PACKET_OK, 1},
    {"ERSPAN II", RAW,
     IP("0056", "2f") "1000 88be 0000 0001 1001 0001 0000 0000 " FRAME4,
     PACKET_OK, 1},
    {"ERSPAN III", RAW,
     IP("005a",
        "2f") "1000 22eb 0000 0001 2001 0001 0000 0000 0000 0000 " FRAME4,
     PACKET_OK, 1},
    {"ERSPAN III of a platform", RAW,
     IP("0062", "2f") "1000 22eb 0000 0001 2001 0001 0000 0000 0000 0001 "
                      "1400 0000 0000 0001 " FRAME4,
     PACKET_OK, 1},
    {"ERSPAN III, IP", RAW,
     IP("004c", "2f") "1000 22eb 0000 0001 2001 0001 0000 0000 0000 0800 " V4,
     PACKET_OK, 1},

    {"VXLAN", RAW,
     IP("0056", "11") TO("12b5", "0042") "0800 0000 0000 2a00 " FRAME4,
     PACKET_OK, 1, 42},
    {"VXLAN, IPv6", RAW,
     IP("006a", "11") TO("12b5", "0056") "0800 0000 ffff ff00 " FRAME6,
     PACKET_OK, 1, 0xffffff},
    {"VXLAN of Linux", RAW,
     IP("0056", "11") TO("2118", "0042") "0800 0000 0000 0100 " FRAME4,
     PACKET_OK, 1, 1},
    {"VXLAN with group policy", RAW,
     IP("0056", "11") TO("12b5", "0042") "8808 0123 0000 0100 " FRAME4,
     PACKET_OK, 1, 1},
    {"VXLAN, answered from its port", RAW,
     IP("0056", "11") FROM("12b5", "0042") "0800 0000 0000 0100 " FRAME4,
     PACKET_OK, 1, 1},
    {"VXLAN with protocol", RAW,
     IP("0048", "11") TO("12b5", "0034") "0c00 0001 0000 0100 " V4, PACKET_OK,
     1, 1},
    {"VXLAN extended, IPv6", RAW,
     IP("005c", "11") TO("12b6", "0048") "0800 0002 0000 0100 " V6, PACKET_OK,
     1, 1},
    {"VXLAN extended, Ethernet", RAW,
     IP("0056", "11") TO("12b6", "0042") "0c00 0003 0000 0100 " FRAME4,
     PACKET_OK, 1, 1},
    {"VXLAN extended, MPLS", RAW,
     IP("004c", "11") TO("12b6", "0038") "0c00 0005 0000 0100 " BOTTOM V4,
     PACKET_OK, 2, 1},
    {"VXLAN extended, service chain", RAW,
     IP("0048", "11") TO("12b6", "0034") "0c00 0004 0000 0100 " V4,
     PACKET_TUNNEL},
    {"VXLAN without network", RAW,
     IP("0056", "11") TO("12b5", "0042") "0000 0000 0000 2a00 " FRAME4,
     PACKET_UDP_OTHER},
    {"VXLAN with reserved flags", RAW,
     IP("0056", "11") TO("12b5", "0042") "1800 0000 0000 2a00 " FRAME4,
     PACKET_UDP_OTHER},
    {"VXLAN, no Ethernet in it", RAW,
     IP("0048", "11") TO("12b5", "0034") "0800 0000 0000 2a00 " V4,
     PACKET_UDP_OTHER},
    {"VXLAN, length 7", RAW, IP("0024", "11") TO("12b5", "0007") "0800 0000",
     PACKET_BAD_UDP},
    {"VXLAN, length beyond IP's", RAW,
     IP("0024", "11") TO("12b5", "0011") "0800 0000", PACKET_BAD_UDP},
    {"VXLAN port, but from 53", RAW,
     IP("0024", "11") "0035 12b5 0010 0000 0102 0304 0506 0708", PACKET_OK, 0},

    {"Geneve", RAW,
     IP("0056", "11") TO("17c1", "0042") "0000 6558 0000 2a00 " FRAME4,
     PACKET_OK, 1, 42},
    {"Geneve with options", RAW,
     IP("005e", "11") TO("17c1", "004a") "0240 6558 0000 2a00 0102 8001 0000 "
                                         "0000 " FRAME4,
     PACKET_OK, 1, 42},
    {"Geneve, IPv4", RAW,
     IP("0048", "11") TO("17c1", "0034") "0000 0800 0000 2a00 " V4, PACKET_OK,
     1, 42},
    {"Geneve, IPv6", RAW,
     IP("005c", "11") TO("17c1", "0048") "0000 86dd 0000 2a00 " V6, PACKET_OK,
     1, 42},
    {"Geneve, MPLS", RAW,
     IP("004c", "11") TO("17c1", "0038") "0000 8847 0000 2a00 " BOTTOM V4,
     PACKET_OK, 2, 42},
    {"Geneve of version 1", RAW,
     IP("0048", "11") TO("17c1", "0034") "4000 0800 0000 2a00 " V4,
     PACKET_UDP_OTHER},
    {"Geneve, unknown protocol", RAW,
     IP("0048", "11") TO("17c1", "0034") "0000 1234 0000 2a00 " V4,
     PACKET_UDP_OTHER},
    {"Geneve, options not there", RAW,
     IP("0024", "11") TO("17c1", "0010") "3f00 0800 0000 2a00",
     PACKET_BAD_TUNNEL},

    {"GTP-U", RAW,
     IP("0048", "11") TO("0868", "0034") "30ff 0024 0000 0001 " V4, PACKET_OK,
     1},
    {"GTP-U, IPv6", RAW,
     IP("005c", "11") TO("0868", "0048") "30ff 0038 0000 0001 " V6, PACKET_OK,
     1},
    {"GTP-U with sequence", RAW,
     IP("004c", "11") TO("0868", "0038") "32ff 0028 0000 0001 0001 0000 " V4,
     PACKET_OK, 1},
    {"GTP-U with extensions", RAW,
     IP("0058", "11") TO("0868", "0044") "34ff 0034 0000 0001 0000 0085 "
                                         "0110 0085 0200 0000 0000 0000 " V4,
     PACKET_OK, 1},
    {"GTP-U, an Ethernet session", RAW,
     IP("0056", "11") TO("0868", "0042") "30ff 0032 0000 0001 " FRAME4,
     PACKET_OK, 1},
    {"GTP-U from its port", RAW,
     IP("0048", "11") FROM("0868", "0034") "30ff 0024 0000 0001 " V4, PACKET_OK,
     1},
    {"GTP-U, extension of no length", RAW,
     IP("0054", "11") TO("0868", "0040") "34ff 0030 0000 0001 0000 0085 "
                                         "0010 0000 " V4,
     PACKET_BAD_TUNNEL},
    {"GTP-U, extensions without end", RAW,
     IP("0050", "11") TO("0868", "003c") "34ff 002c 0000 0001 0000 0085 "
                                         "0100 0085 0100 0085 0100 0085 0100 "
                                         "0085 0100 0085 0100 0085 0100 0085 "
                                         "0100 0085 0100 0085 0100 0085",
     PACKET_TOO_DEEP},
    {"GTP-U, echo", RAW,
     IP("0028", "11") TO("0868", "0014") "3201 0004 0000 0000 0001 0000",
     PACKET_UDP_OTHER},
    {"GTP-U, longer than UDP", RAW,
     IP("0048", "11") TO("0868", "0034") "30ff 0025 0000 0001 " V4,
     PACKET_UDP_OTHER},
    {"GTP of version 2", RAW,
     IP("0048", "11") TO("0868", "0034") "48ff 0024 0000 0001 " V4,
     PACKET_UDP_OTHER},

    {"TZSP", RAW, IP("0053", "11") TO("9090", "003f") "0100 0001 01 " FRAME4,
     PACKET_OK, 1},
    {"TZSP to send", RAW,
     IP("0053", "11") TO("9090", "003f") "0101 0001 01 " FRAME4, PACKET_OK, 1},
    {"TZSP with tags", RAW,
     IP("005a", "11")
         TO("9090", "0046") "0100 0001 0a01 c800 1201 0501 " FRAME4,
     PACKET_OK, 1},
    {"TZSP, 802.11", RAW,
     IP("0065", "11") TO("9090", "0051") "0100 0012 01 " WIFI V4, PACKET_OK, 1},
    {"TZSP, tags without end", RAW,
     IP("0024", "11") TO("9090", "0010") "0100 0001 0a02 0000",
     PACKET_BAD_TUNNEL},
    {"TZSP, an unknown link", RAW,
     IP("0053", "11") TO("9090", "003f") "0100 0002 01 " FRAME4, PACKET_TUNNEL},
    {"TZSP, keepalive", RAW, IP("0021", "11") TO("9090", "000d") "0104 0000 01",
     PACKET_UDP_OTHER},
    {"TZSP of version 2", RAW,
     IP("0053", "11") TO("9090", "003f") "0200 0001 01 " FRAME4,
     PACKET_UDP_OTHER},

    {"Teredo", RAW, IP("0054", "11") TO("0dd8", "0040") V6, PACKET_OK, 1},
    {"Teredo, from a server", RAW, IP("0054", "11") FROM("0dd8", "0040") V6,
     PACKET_OK, 1},
    {"Teredo with origin", RAW,
     IP("005c", "11") TO("0dd8", "0048") "0000 aaaa bbbb cccc " V6, PACKET_OK,
     1},
    {"Teredo with authentication and origin", RAW,
     IP("006c", "11")
         TO("0dd8", "0058") "0001 0102 aa bbcc 0102 0304 0506 0708 "
                            "00 0000 aaaa bbbb cccc " V6,
     PACKET_OK, 1},
    {"Teredo, something behind", RAW,
     IP("0055", "11") TO("0dd8", "0041") V6 "00", PACKET_UDP_OTHER},
    {"Teredo, something else", RAW, IP("0040", "11") TO("0dd8", "002c") V4,
     PACKET_UDP_OTHER},
    {"Teredo, authentication not there", RAW,
     IP("0029", "11") TO("0dd8", "0015") "0001 ff00 0000 0000 0000 0000 00",
     PACKET_UDP_OTHER},

    {"ERSPAN of VXLAN of a tag", ETHERNET,
     MAC "0800 " IP("008c", "2f") "1000 88be 0000 0001 1001 0001 0000 0000 " MAC
                                  "0800 " IP("005a", "11") TO(
                                      "12b5", "0046") "0800 0000 0000 2a00 " MAC
                                                      "8100 0001 0800 " V4,
     PACKET_OK, 3, 42},
    {"inner network wins", RAW,
     IP("0076", "2f") "2000 0800 0000 0007 " IP("005a", "11")
         TO("12b5", "0046") "0800 0000 0000 2a00 " MAC "8100 0001 0800 " V4,
     PACKET_OK, 3, 42},
    {"ARP in VXLAN", RAW,
     IP("0056", "11") TO("12b5", "0042") "0800 0000 0000 2a00 " MAC "0806 " V4,
     PACKET_NOT_IP},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static struct packet_ports dns;

static enum packet_status decode(struct bytes frame, uint32_t wire_octets,
                                 uint16_t link_type,
                                 struct packet_datagram *out)
{
    const struct capture_frame f = {.data = frame.data,
                                    .captured_octets = (uint32_t)frame.len,
                                    .wire_octets = wire_octets,
                                    .link_type = link_type};
    return packet_decode(&f, &dns, out);
}

START_TEST(a_datagram_is_found_in_each_encapsulation)
{
    const struct bytes frame = octets_hex(rows[_i].frame);
    struct packet_datagram out;
    const enum packet_status status =
        decode(frame, (uint32_t)frame.len, rows[_i].link_type, &out);
    ck_assert_msg(status == rows[_i].want, "%s: %s, %s", rows[_i].name,
                  packet_status_fate(status), packet_status_reason(status));
    if (status == PACKET_OK) {
        const char *name = rows[_i].name;
        ck_assert_msg(out.depth == rows[_i].depth, "%s: depth %u", name,
                      out.depth);
        ck_assert_msg(out.vni == rows[_i].vni, "%s: vni %u", name, out.vni);
        ck_assert_mem_eq(out.payload.data, "\1\2\3\4\5\6\7\x8", 8);
        ck_assert_uint_eq(out.payload.len, 8);
        ck_assert_uint_eq(out.payload_octets, 8);
        ck_assert(!out.cut);
    }
    octets_unbox(frame);
}
END_TEST

/* The inner packet's, not the tunnel's. */
START_TEST(identity_is_that_of_the_innermost_packet)
{
    if (rows[_i].want != PACKET_OK || rows[_i].depth == 0)
        return;
    const struct bytes frame = octets_hex(rows[_i].frame);
    struct packet_datagram out;
    ck_assert_int_eq(
        decode(frame, (uint32_t)frame.len, rows[_i].link_type, &out),
        PACKET_OK);
    ck_assert_uint_eq(out.ip_id, 0x1234);
    ck_assert_uint_eq(out.ip_ttl, 0x40);
    ck_assert_uint_eq(out.source_port, 0xc000);
    ck_assert_uint_eq(out.destination_port, 53);
    ck_assert_mem_eq(out.source, out.address_octets == 4 ? "\xc0\0\2" : " \1\r",
                     3);
    octets_unbox(frame);
}
END_TEST

/* Cut at each octet: nothing outside is read (a sanitizer sees it), and what
 * the wire had is never called malformed. */
START_TEST(an_encapsulation_cut_anywhere_is_not_malformed)
{
    const struct bytes frame = octets_hex(rows[_i].frame);
    for (size_t n = 0; n < frame.len; n++) {
        const struct bytes part = octets_box(frame.data, n);
        struct packet_datagram out;
        const enum packet_status status =
            decode(part, (uint32_t)frame.len, rows[_i].link_type, &out);
        ck_assert_msg(strcmp(packet_status_fate(status), "malformed") != 0 ||
                          status == rows[_i].want,
                      "%s at %zu: %s", rows[_i].name, n,
                      packet_status_reason(status));
        if (status == PACKET_OK) {
            ck_assert(out.payload.data + out.payload.len <= part.data + n);
            ck_assert_uint_eq(out.payload_octets, 8);
            ck_assert_int_eq(out.cut, out.payload.len < 8);
        }
        octets_unbox(part);
    }
    octets_unbox(frame);
}
END_TEST

/* The same octets as all that ever was. */
START_TEST(an_encapsulation_that_ends_early_is_read_to_its_end)
{
    const struct bytes frame = octets_hex(rows[_i].frame);
    for (size_t n = 0; n < frame.len; n++) {
        const struct bytes part = octets_box(frame.data, n);
        struct packet_datagram out;
        const enum packet_status status =
            decode(part, (uint32_t)n, rows[_i].link_type, &out);
        if (status == PACKET_OK)
            ck_assert(out.payload.data + out.payload.len <= part.data + n);
        octets_unbox(part);
    }
    octets_unbox(frame);
}
END_TEST

/* `levels` headers around a datagram; the tag stack begins with Ethernet. */
enum { LEVELS_MAX = 300 };

static enum packet_status decode_nested(bool tags, unsigned levels,
                                        struct packet_datagram *out)
{
    static uint8_t frame[14 + LEVELS_MAX * 20 + 40];
    const size_t each = tags ? 4 : 20;
    size_t used = tags ? octets_put(frame, sizeof frame, 0, MAC) : 0;
    for (unsigned i = 0; i < levels; i++)
        used = octets_put(frame, sizeof frame, used,
                          tags ? "8100 0001" : IP("0000", "04"));
    if (tags)
        used = octets_put(frame, sizeof frame, used, "0800");
    const size_t begins = (tags ? 14 : 0) + levels * each;
    ck_assert_uint_eq(used, begins);
    used = octets_put(frame, sizeof frame, used, V4);
    return decode((struct bytes){frame, used}, (uint32_t)used,
                  tags ? ETHERNET : RAW, out);
}

START_TEST(nesting_has_a_limit)
{
    const bool tags = _i;
    struct packet_datagram out;
    ck_assert_int_eq(decode_nested(tags, PACKET_DEPTH, &out), PACKET_OK);
    ck_assert_uint_eq(out.depth, PACKET_DEPTH);
    ck_assert_int_eq(decode_nested(tags, PACKET_DEPTH + 1, &out),
                     PACKET_TOO_DEEP);
    ck_assert_int_eq(decode_nested(tags, LEVELS_MAX, &out), PACKET_TOO_DEEP);
    ck_assert_uint_eq(out.depth, PACKET_DEPTH + 1); /* and no further */
}
END_TEST

/* Wraps in wraps, which are links and no tunnels, end too. */
START_TEST(wraps_in_wraps_have_a_limit)
{
    uint8_t frame[100 * 8];
    size_t used = 0;
    while (used < sizeof frame)
        used = octets_put(frame, sizeof frame, used, "0000 0800 c000 0000");
    struct packet_datagram out;
    ck_assert_int_eq(
        decode((struct bytes){frame, used}, (uint32_t)used, 192, &out),
        PACKET_TOO_DEEP);
}
END_TEST

int main(void)
{
    packet_ports_add(&dns, 53);
    Suite *s = suite_create("packet/tunnel");
    TCase *tc = tcase_create("tunnel");
    tcase_add_loop_test(tc, a_datagram_is_found_in_each_encapsulation, 0, ROWS);
    tcase_add_loop_test(tc, identity_is_that_of_the_innermost_packet, 0, ROWS);
    tcase_add_loop_test(tc, an_encapsulation_cut_anywhere_is_not_malformed, 0,
                        ROWS);
    tcase_add_loop_test(tc, an_encapsulation_that_ends_early_is_read_to_its_end,
                        0, ROWS);
    tcase_add_loop_test(tc, nesting_has_a_limit, 0, 2);
    tcase_add_test(tc, wraps_in_wraps_have_a_limit);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
