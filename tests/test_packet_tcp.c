/* TCP headers: what is read of them, and what is wrong with them. */
#include <stdlib.h>

#include "packet/tcp.h"
#include "test_octets.h"

#define PORTS   "c000 0035 "
#define NUMBERS "0102 0304 0506 0708 "
#define REST    " ffff 0000 0000 "

static struct packet_ports dns;

static const struct {
    const char *name;
    const char *octets;
    uint32_t wire; /* octets, 0: as many as there are */
    enum packet_status want;
    uint32_t captured_payload, payload_octets;
} rows[] = {
    {"no payload", PORTS NUMBERS "5010" REST, 0, PACKET_TCP_DNS, 0, 0},
    {"payload", PORTS NUMBERS "5018" REST "0102", 0, PACKET_TCP_DNS, 2, 2},
    {"from the port", "0035 c000" NUMBERS "5018" REST "01", 0, PACKET_TCP_DNS,
     1, 1},
    {"options", PORTS NUMBERS "6018" REST "0101 0101 07", 0, PACKET_TCP_DNS, 1,
     1},
    {"longest header", PORTS NUMBERS "f018" REST "07", 70, PACKET_TCP_DNS, 0,
     10},
    {"payload cut", PORTS NUMBERS "5018" REST "0102", 30, PACKET_TCP_DNS, 2,
     10},
    {"options cut", PORTS NUMBERS "8018" REST "0101", 40, PACKET_TCP_DNS, 0, 8},
    {"options cut, no payload", PORTS NUMBERS "8002" REST "0101", 32,
     PACKET_TCP_DNS, 0, 0},
    {"header cut", PORTS NUMBERS "50", 40, PACKET_CUT_TCP, 0, 0},
    {"header not there", PORTS NUMBERS "50", 0, PACKET_BAD_TCP, 0, 0},
    {"header shorter than a header", PORTS NUMBERS "4018" REST "0102", 0,
     PACKET_BAD_TCP, 0, 0},
    {"options longer than the packet", PORTS NUMBERS "6018" REST "0102", 0,
     PACKET_BAD_TCP, 0, 0},
    {"port 853", "c000 0355" NUMBERS "5018" REST, 0, PACKET_ENCRYPTED, 0, 0},
    {"from port 853", "0355 c000" NUMBERS "5018" REST, 0, PACKET_ENCRYPTED, 0,
     0},
    {"port 443", "c000 01bb" NUMBERS "0000" REST, 0, PACKET_HTTPS, 0, 0},
    {"another port", "c000 01bd" NUMBERS "0000" REST, 0, PACKET_TCP_OTHER, 0,
     0},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static enum packet_status read_box(struct bytes box, uint32_t wire,
                                   struct packet_datagram *out)
{
    const struct packet_layer layer = {box.data, (uint32_t)box.len,
                                       wire ? wire : (uint32_t)box.len};
    return packet_tcp_read(&layer, &dns, out);
}

START_TEST(each_header_is_read)
{
    const struct bytes box = octets_hex(rows[_i].octets);
    struct packet_datagram out;
    const enum packet_status status = read_box(box, rows[_i].wire, &out);
    ck_assert_msg(status == rows[_i].want, "%s: %s", rows[_i].name,
                  packet_status_reason(status));
    if (status == PACKET_TCP_DNS) {
        ck_assert_uint_eq(out.payload.len, rows[_i].captured_payload);
        ck_assert_uint_eq(out.payload_octets, rows[_i].payload_octets);
        ck_assert_ptr_eq(out.payload.data + out.payload.len,
                         box.data + box.len);
        ck_assert_int_eq(out.cut, out.payload.len < out.payload_octets);
    }
    octets_unbox(box);
}
END_TEST

START_TEST(a_header_cut_anywhere_is_not_read_further)
{
    const struct bytes whole = octets_hex(rows[_i].octets);
    for (size_t n = 0; n < whole.len; n++) {
        const struct bytes part = octets_box(whole.data, n);
        const uint32_t wire =
            rows[_i].wire ? rows[_i].wire : (uint32_t)whole.len;
        struct packet_datagram out;
        const enum packet_status status = read_box(part, wire, &out);
        if (wire >= 20)
            ck_assert_int_eq(status == PACKET_CUT_TCP, n < 20);
        octets_unbox(part);
    }
    octets_unbox(whole);
}
END_TEST

START_TEST(numbers_and_flags_are_in_host_order)
{
    const struct bytes box = octets_hex(PORTS NUMBERS "5012" REST "aabb");
    struct packet_datagram out;
    ck_assert_int_eq(read_box(box, 0, &out), PACKET_TCP_DNS);
    ck_assert_uint_eq(out.source_port, 0xc000);
    ck_assert_uint_eq(out.destination_port, 53);
    ck_assert_uint_eq(out.tcp_sequence, 0x01020304);
    ck_assert_uint_eq(out.tcp_ack, 0x05060708);
    ck_assert_uint_eq(out.tcp_flags, PACKET_TCP_SYN | PACKET_TCP_ACK);
    ck_assert_uint_eq(out.transport, PACKET_TCP);
    ck_assert_uint_eq(out.payload.data[0], 0xaa);
    octets_unbox(box);
}
END_TEST

static const struct {
    uint32_t from, to;
    int32_t want;
} distances[] = {
    {5, 5, 0},          {5, 9, 4},           {9, 5, -4},
    {UINT32_MAX, 3, 4}, {3, UINT32_MAX, -4}, {0, INT32_MAX, INT32_MAX},
};
enum { DISTANCES = sizeof distances / sizeof distances[0] };

START_TEST(sequence_numbers_wrap)
{
    ck_assert_int_eq(packet_tcp_distance(distances[_i].from, distances[_i].to),
                     distances[_i].want);
}
END_TEST

int main(void)
{
    packet_ports_add(&dns, 53);
    Suite *s = suite_create("packet/tcp");
    TCase *tc = tcase_create("tcp");
    tcase_add_loop_test(tc, each_header_is_read, 0, ROWS);
    tcase_add_loop_test(tc, a_header_cut_anywhere_is_not_read_further, 0, ROWS);
    tcase_add_test(tc, numbers_and_flags_are_in_host_order);
    tcase_add_loop_test(tc, sequence_numbers_wrap, 0, DISTANCES);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
