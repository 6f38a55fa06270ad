/* Expressions over frames built octet by octet. */
#include <check.h>
#include <stdlib.h>

#include "capture/dlt.h"
#include "capture/filter.h"
#include "util/bytes.h"

enum { ETHERNET = 1, RAW = 101, IEEE802_11 = 105, UNKNOWN = 60000 };

#define MAC 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2
/* 10.0.0.1 to 10.0.0.53, UDP; the flags and fragment offset as given. */
#define IPV4(fragment_high, fragment_low)                                      \
    0x45, 0, 0, 32, 0, 1, fragment_high, fragment_low, 64, 17, 0, 0, 10, 0, 0, \
        1, 10, 0, 0, 53
#define UDP_TO(port) 0x9c, 0x40, 0, port, 0, 12, 0, 0, 1, 2, 3, 4

static const uint8_t query[] = {MAC, 8, 0, IPV4(0, 0), UDP_TO(53)};
static const uint8_t other[] = {MAC, 8, 0, IPV4(0, 0), UDP_TO(80)};
static const uint8_t later[] = {MAC, 8, 0, IPV4(0, 185), UDP_TO(53)};
static const uint8_t tagged[] = {MAC, 0x81, 0,          0,         5,
                                 8,   0,    IPV4(0, 0), UDP_TO(53)};
static const uint8_t raw[] = {IPV4(0, 0), UDP_TO(53)};

#define FRAME(octets, link)                                                    \
    {                                                                          \
        .data = octets, .captured_octets = sizeof octets,                      \
        .wire_octets = sizeof octets, .link_type = link                        \
    }

static const struct {
    const char *expression;
    struct capture_frame frame;
    bool want;
} matches[] = {
    {"port 53", FRAME(query, ETHERNET), true},
    {"udp port domain", FRAME(query, ETHERNET), true},
    {"port 53", FRAME(other, ETHERNET), false},
    {"port 53", FRAME(later, ETHERNET), false},
    {"ip[6:2] & 0x1fff != 0", FRAME(later, ETHERNET), true},
    {"port 53", FRAME(tagged, ETHERNET), false},
    {"vlan and port 53", FRAME(tagged, ETHERNET), true},
    {"port 53", FRAME(raw, RAW), true},
    {"host 10.0.0.53 and not src net 192.168.0.0/16", FRAME(raw, RAW), true},
    {"ether host 02:00:00:00:00:01", FRAME(query, ETHERNET), true},
    {"ether host 02:00:00:00:00:01", FRAME(raw, RAW), false},
    {"port 53", FRAME(query, UNKNOWN), false},
    {"", FRAME(other, ETHERNET), true},
};

START_TEST(an_expression_matches_by_link_type)
{
    struct capture_filter *filter;
    struct err err;
    ck_assert_msg(capture_filter_new(&filter, matches[_i].expression, &err) ==
                      ERR_OK,
                  "%s", err.text);
    ck_assert_msg(capture_filter_matches(filter, &matches[_i].frame) ==
                      matches[_i].want,
                  "row %d: %s", _i, matches[_i].expression);
    capture_filter_free(filter);
}
END_TEST

/* A frame cut anywhere must not be read beyond its end. */
START_TEST(cut_frames_are_not_overread)
{
    struct capture_filter *filter;
    ck_assert_int_eq(capture_filter_new(&filter, "vlan and port 53", NULL),
                     ERR_OK);
    for (size_t n = 0; n <= sizeof tagged; n++) {
        uint8_t *copy = malloc(n + 1); /* malloc(0) may be NULL */
        ck_assert_ptr_nonnull(copy);
        memcpy(copy + 1, tagged, n);
        const struct capture_frame frame = {.data = copy + 1,
                                            .captured_octets = (uint32_t)n,
                                            .wire_octets = sizeof tagged,
                                            .link_type = ETHERNET};
        ck_assert_int_eq(capture_filter_matches(filter, &frame), n >= 42);
        free(copy);
    }
    capture_filter_free(filter);
}
END_TEST

START_TEST(a_block_keeps_what_matches_and_counts_the_rest)
{
    struct capture_frame frames[] = {
        FRAME(query, ETHERNET), FRAME(other, ETHERNET),  FRAME(query, UNKNOWN),
        FRAME(raw, RAW),        FRAME(tagged, ETHERNET), FRAME(tagged, UNKNOWN),
    };
    struct capture_block block = {.frames = frames, .count = 6};
    for (size_t i = 0; i < block.count; i++)
        frames[i].number = i + 1;

    struct capture_filter *filter;
    ck_assert_int_eq(capture_filter_new(&filter, "port 53", NULL), ERR_OK);
    capture_filter_apply(filter, &block);
    ck_assert_uint_eq(block.count, 2);
    ck_assert_uint_eq(frames[0].number, 1);
    ck_assert_uint_eq(frames[1].number, 4);

    const struct capture_filter_counts *c = capture_filter_counts(filter);
    ck_assert_uint_eq(c->kept, 2);
    ck_assert_uint_eq(c->rejected, 4);
    ck_assert_uint_eq(c->tagged, 1);
    ck_assert_uint_eq(c->unfit, 2);
    ck_assert_str_ne(c->reason, "");
    capture_filter_free(filter);
}
END_TEST

/* Every link type that a file can claim: the table of programs has an end. */
START_TEST(more_link_types_than_programs_do_not_match)
{
    struct capture_filter *filter;
    ck_assert_int_eq(capture_filter_new(&filter, "len > 0", NULL), ERR_OK);
    unsigned matched = 0;
    for (unsigned link = 0; link <= UINT16_MAX; link++) {
        const struct capture_frame frame = FRAME(query, (uint16_t)link);
        matched += capture_filter_matches(filter, &frame);
    }
    ck_assert_uint_gt(matched, 0);
    ck_assert_uint_le(matched, 32);
    capture_filter_free(filter);
}
END_TEST

static const char *const refused[] = {
    "host www.example.com", /* names would be looked up */
    "example",
    "net lab",
    "host dead.beef",
    "host 1.example",
    "host 1.2.3.4.5",
    "host 1..2",
    "host 50-60",
    "host cafe:babe",
    "host \\host",
    "host \\=host",
    "src or www",
    "port 53 and host localhost",
    "port", /* syntax */
    "port 53 and",
    "(port 53",
    "port 70000",
    "ether proto 53 foo",
    "udp port nosuchservice",
};

START_TEST(names_and_nonsense_are_refused)
{
    struct capture_filter *filter = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_msg(capture_filter_new(&filter, refused[_i], &err) == ERR_USAGE,
                  "%s", refused[_i]);
    ck_assert_ptr_null(filter);
    ck_assert_int_eq(err.code, ERR_USAGE);
    ck_assert_str_ne(err.text, "");
}
END_TEST

static const char *const taken[] = {
    "host 2001:db8::53 or host 10.1.2.3",
    "net 10.2 or net 10.0.0.0 mask 255.0.0.0",
    "portrange 50-60",
    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
    "ip proto \\udp",
    "icmp[icmptype] = icmp-unreach or icmp6",
    "udp[8:2]-1 = 0x0041",
    "!(port 53) && len >= 60 || vlan 7",
    "wlan type mgt",
};

START_TEST(addresses_and_words_of_filters_are_taken)
{
    struct capture_filter *filter = NULL;
    struct err err = {.text = ""};
    ck_assert_msg(capture_filter_new(&filter, taken[_i], &err) == ERR_OK,
                  "%s: %s", taken[_i], err.text);
    capture_filter_free(filter);
}
END_TEST

static const struct {
    const char *expression;
    bool want;
} traps[] = {
    {"port 53", true},
    {"udp portrange 50-60", true},
    {"port 53 or ip[6:2] & 0x1fff != 0", false},
    {"udp", false},
    {"host 10.0.0.1", false},
};

START_TEST(ports_without_fragments_are_noticed)
{
    ck_assert_int_eq(capture_filter_loses_fragments(traps[_i].expression),
                     traps[_i].want);
}
END_TEST

START_TEST(link_types_survive_the_way_to_libpcap_and_back)
{
    for (unsigned link = 100; link <= UINT16_MAX; link++)
        ck_assert_uint_eq(capture_dlt_link_type(capture_dlt_of((uint16_t)link)),
                          link);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
    Suite *suite = suite_create("capture/filter");
    TCase *tc = tcase_create("filter");
    tcase_add_loop_test(tc, an_expression_matches_by_link_type, 0,
                        ROWS(matches));
    tcase_add_test(tc, cut_frames_are_not_overread);
    tcase_add_test(tc, a_block_keeps_what_matches_and_counts_the_rest);
    tcase_add_test(tc, more_link_types_than_programs_do_not_match);
    tcase_add_loop_test(tc, names_and_nonsense_are_refused, 0, ROWS(refused));
    tcase_add_loop_test(tc, addresses_and_words_of_filters_are_taken, 0,
                        ROWS(taken));
    tcase_add_loop_test(tc, ports_without_fragments_are_noticed, 0,
                        ROWS(traps));
    tcase_add_test(tc, link_types_survive_the_way_to_libpcap_and_back);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
