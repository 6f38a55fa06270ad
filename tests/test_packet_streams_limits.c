/* What strangers can make the table of TCP connections hold, and what it costs:
 * memory follows what has come, and whoever was silent longest goes first. */
#include <stdlib.h>

#include "packet/streams.h"
#include "packet/tcp.h"
#include "test_octets.h"

/* A response that announces 65,535 octets, and the first 40 of them. */
#define LONG_HEAD                                                              \
    "ffff 0001 8180 0001 0001 0000 0000 03 777777 07 6578616d706c65 00 "       \
    "0001 0001 c00c 0010 0001 0000003c ff00 "
#define QUERY                                                                  \
    "001d 0001 0100 0001 0000 0000 0000 03 777777 07 6578616d706c65 00 "       \
    "0001 0001 "

static struct packet_streams *streams;
static struct budget budget;
static int64_t now_ns;
static uint64_t frames, messages, connections;

static void setup(uint32_t ceiling, size_t octets)
{
    const struct packet_streams_limits limits = {ceiling, octets};
    budget = (struct budget){.limit = (size_t)256 << 20};
    frames = messages = connections = 0;
    now_ns = INT64_C(1600000000000000000);
    ck_assert_int_eq(packet_streams_new(&streams, &limits, 7, &budget, NULL),
                     ERR_OK);
}

static void drain(void)
{
    struct packet_tcp_message m;
    struct packet_tcp_connection c;
    while (packet_streams_next(streams, &m))
        messages++;
    while (packet_streams_connection(streams, &c))
        connections++;
}

/* From client number `client`, sequence 1 its first octet. */
static void send(uint32_t client, uint8_t flags, uint32_t sequence,
                 struct bytes octets)
{
    static const uint8_t server[4] = {198, 51, 100, 1};
    const uint8_t address[4] = {10, (uint8_t)(client >> 16),
                                (uint8_t)(client >> 8), (uint8_t)client};
    const struct packet_datagram d = {
        .payload = octets,
        .payload_octets = (uint32_t)octets.len,
        .source = address,
        .destination = server,
        .tcp_sequence = sequence,
        .source_port = 49152,
        .destination_port = 53,
        .address_octets = 4,
        .transport = PACKET_TCP,
        .tcp_flags = flags,
    };
    packet_streams_take(streams, &d, now_ns, ++frames);
    drain();
}

static struct packet_streams_counters finish(void)
{
    packet_streams_end(streams);
    drain();
    const struct packet_streams_counters c = packet_streams_counters(streams);
    uint64_t sum = 0;
    for (int i = 0; i < PACKET_SEGMENT_FATES; i++)
        sum += c.fates[i].frames;
    ck_assert_uint_eq(sum, frames);
    ck_assert_uint_eq(c.waiting, 0);
    ck_assert_uint_eq(c.octets, 0);
    packet_streams_free(streams);
    return c;
}

START_TEST(stalled_connections_do_not_fill_memory)
{
    enum { CONNECTIONS = 20000, CEILING = 1024 };
    const size_t limit = 128 << 10;
    const struct bytes head = octets_hex(LONG_HEAD);
    setup(CEILING, limit);
    const size_t table = budget.used;
    for (uint32_t i = 0; i < CONNECTIONS; i++) {
        send(i, PACKET_TCP_SYN, 0, (struct bytes){head.data, 0});
        send(i, PACKET_TCP_ACK, 1, head);
        ck_assert_uint_le(packet_streams_counters(streams).octets, limit);
        ck_assert_uint_le(budget.used, table + limit);
    }
    const uint64_t held = packet_streams_counters(streams).octets;
    ck_assert_uint_gt(held, limit / 2);
    const struct packet_streams_counters c = finish();
    ck_assert_uint_eq(c.connections, CONNECTIONS);
    ck_assert_uint_ge(c.evicted, CONNECTIONS - CEILING);
    ck_assert_uint_eq(c.fates[PACKET_SEGMENT_WAITING].frames, CONNECTIONS);
    ck_assert_uint_eq(c.stream.refused, 0);
    ck_assert_uint_eq(messages, 0);
    octets_unbox(head);
}
END_TEST

START_TEST(a_claimed_length_costs_nothing)
{
    const struct bytes head = octets_hex(LONG_HEAD);
    setup(16, 1 << 20);
    send(1, PACKET_TCP_SYN, 0, (struct bytes){head.data, 0});
    send(1, PACKET_TCP_ACK, 1, head);
    ck_assert_uint_le(packet_streams_counters(streams).octets, 256);
    (void)finish();
    octets_unbox(head);
}
END_TEST

START_TEST(the_connection_that_was_silent_longest_goes_first)
{
    enum { CEILING = 8 };
    const struct bytes query = octets_hex(QUERY);
    const struct bytes half = {query.data, 20}, rest = {query.data + 20, 11};
    setup(CEILING, 1 << 20);
    for (uint32_t i = 0; i < CEILING; i++)
        send(i, PACKET_TCP_ACK, 1, half);
    send(0, PACKET_TCP_ACK, 1, half); /* again: no longer the oldest */
    send(CEILING, PACKET_TCP_ACK, 1, half);
    send(0, PACKET_TCP_ACK, 21, rest);
    ck_assert_uint_eq(messages, 1);
    send(1, PACKET_TCP_ACK, 21, rest); /* forgotten */
    ck_assert_uint_eq(messages, 1);
    const struct packet_streams_counters c = finish();
    ck_assert_uint_eq(c.evicted, 2);
    octets_unbox(query);
}
END_TEST

START_TEST(attempts_make_room_before_those_who_talk)
{
    enum { CEILING = 8 };
    const struct bytes query = octets_hex(QUERY);
    setup(CEILING, 1 << 20);
    send(0, PACKET_TCP_ACK, 1, (struct bytes){query.data, 20});
    for (uint32_t i = 1; i < 10 * CEILING; i++)
        send(i, PACKET_TCP_SYN, 0, (struct bytes){query.data, 0});
    send(0, PACKET_TCP_ACK, 21, (struct bytes){query.data + 20, 11});
    ck_assert_uint_eq(messages, 1);
    (void)finish();
    octets_unbox(query);
}
END_TEST

/* A jump of the clock ends everything at once; the table is then full of what
 * is being read to its end, and a segment comes before that is done. */
START_TEST(a_full_table_of_ended_connections_has_room_for_one_more)
{
    enum { CEILING = 8 };
    const struct bytes query = octets_hex(QUERY);
    setup(CEILING, 1 << 20);
    for (uint32_t i = 0; i < CEILING; i++)
        send(i, PACKET_TCP_ACK, 1, (struct bytes){query.data, 20});
    now_ns += INT64_C(1000000000000000);
    send(CEILING, PACKET_TCP_ACK, 1, query);
    ck_assert_uint_eq(messages, 1);
    const struct packet_streams_counters c = finish();
    ck_assert_uint_eq(c.fates[PACKET_SEGMENT_WAITING].frames, CEILING);
    octets_unbox(query);
}
END_TEST

START_TEST(a_hole_is_passed_when_too_much_waits_behind_it)
{
    enum { MANY = 9000 };
    const struct bytes query = octets_hex(QUERY);
    setup(16, 4 << 20);
    send(1, PACKET_TCP_SYN, 0, (struct bytes){query.data, 0});
    uint32_t n = 1; /* the first never comes */
    while (messages == 0 && n < MANY) {
        send(1, PACKET_TCP_ACK, 1 + 31 * n, query);
        n++;
    }
    ck_assert_uint_eq(n - 1, PACKET_STREAM_AHEAD / 31 + 1);
    ck_assert_uint_eq(messages, n - 1);
    ck_assert_uint_eq(packet_streams_counters(streams).octets, 0);
    const struct packet_streams_counters c = finish();
    ck_assert_uint_eq(c.stream.holes, 1);
    octets_unbox(query);
}
END_TEST

START_TEST(without_memory_segments_are_dropped_and_counted)
{
    const struct bytes query = octets_hex(QUERY);
    const struct bytes none = {query.data, 0};
    setup(16, 100); /* less than a buffer, and than a list of early ones */
    send(1, PACKET_TCP_SYN, 0, none);
    send(1, PACKET_TCP_ACK, 1, (struct bytes){query.data, 20});
    send(2, PACKET_TCP_SYN, 0, none);
    send(2, PACKET_TCP_ACK, 32, query);
    send(2, PACKET_TCP_ACK, 1, query); /* whole in its segment: needs none */
    ck_assert_uint_eq(messages, 1);
    const struct packet_streams_counters c = finish();
    ck_assert_uint_eq(c.stream.refused, 2);
    ck_assert_uint_eq(c.fates[PACKET_SEGMENT_WAITING].frames, 2);
    octets_unbox(query);
}
END_TEST

START_TEST(a_run_without_memory_for_the_table_says_so)
{
    struct err err = {0};
    const struct packet_streams_limits limits = {65536, 1 << 20};
    struct budget small = {.limit = 1 << 20};
    ck_assert_int_eq(packet_streams_new(&streams, &limits, 7, &small, &err),
                     ERR_NOMEM);
    ck_assert_str_ne(err.text, "");
}
END_TEST

START_TEST(limits_follow_the_memory_of_a_run)
{
    const struct packet_streams_limits least = packet_streams_limits_of(0),
                                       most = packet_streams_limits_of((size_t)8
                                                                       << 30),
                                       usual = packet_streams_limits_of(
                                           (size_t)256 << 20);
    ck_assert_uint_eq(least.connections, 1024);
    ck_assert_uint_eq(usual.connections, 32768);
    ck_assert_uint_eq(usual.octets, 32 << 20);
    ck_assert_uint_eq(most.connections, 65536);
}
END_TEST

/* A run that is given up frees what is half read; a sanitizer sees a leak. */
START_TEST(a_table_is_freed_with_all_it_holds)
{
    const struct bytes query = octets_hex(QUERY);
    setup(16, 1 << 20);
    send(1, PACKET_TCP_ACK, 1, (struct bytes){query.data, 20});
    send(1, PACKET_TCP_ACK, 90, query);
    send(2, PACKET_TCP_SYN, 0, (struct bytes){query.data, 0});
    const size_t held = budget.used;
    ck_assert_uint_gt(packet_streams_counters(streams).octets, 0);
    const size_t waiting = packet_streams_counters(streams).octets;
    packet_streams_free(streams);
    ck_assert_uint_eq(budget.used, held - waiting);
    packet_streams_free(NULL);
    octets_unbox(query);
}
END_TEST

/* Every silence ends, so that nothing is kept for ever and unanswered attempts
 * are told while the capture still runs. */
static const struct {
    const char *name;
    uint8_t flags;
    size_t octets; /* of a query */
    int64_t silence_ns;
    uint64_t open, connections; /* afterwards */
} silences[] = {
    {"attempt, 74 s", PACKET_TCP_SYN, 0, INT64_C(74000000000), 1, 0},
    {"attempt, 76 s", PACKET_TCP_SYN, 0, INT64_C(76000000000), 0, 1},
    {"open, 119 s", PACKET_TCP_ACK, 31, INT64_C(119000000000), 1, 0},
    {"open, 121 s", PACKET_TCP_ACK, 31, INT64_C(121000000000), 0, 0},
    {"holding, 119 s", PACKET_TCP_ACK, 20, INT64_C(119000000000), 1, 0},
    {"holding, 121 s", PACKET_TCP_ACK, 20, INT64_C(121000000000), 0, 0},
    {"reset, 29 s", PACKET_TCP_RST, 0, INT64_C(29000000000), 1, 0},
    {"reset, 31 s", PACKET_TCP_RST, 0, INT64_C(31000000000), 0, 0},
};
enum { SILENCES = sizeof silences / sizeof silences[0] };

START_TEST(silence_ends_a_connection)
{
    const struct bytes query = octets_hex(QUERY);
    setup(16, 1 << 20);
    send(1, silences[_i].flags, 1,
         (struct bytes){query.data, silences[_i].octets});
    packet_streams_advance(streams, now_ns + silences[_i].silence_ns);
    drain();
    ck_assert_msg(packet_streams_counters(streams).open == silences[_i].open &&
                      connections == silences[_i].connections,
                  "%s", silences[_i].name);
    (void)finish();
    octets_unbox(query);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("packet/streams, limits");
    TCase *tc = tcase_create("limits");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, stalled_connections_do_not_fill_memory);
    tcase_add_test(tc, a_claimed_length_costs_nothing);
    tcase_add_test(tc, the_connection_that_was_silent_longest_goes_first);
    tcase_add_test(tc, attempts_make_room_before_those_who_talk);
    tcase_add_test(tc, a_full_table_of_ended_connections_has_room_for_one_more);
    tcase_add_test(tc, a_hole_is_passed_when_too_much_waits_behind_it);
    tcase_add_test(tc, without_memory_segments_are_dropped_and_counted);
    tcase_add_test(tc, a_run_without_memory_for_the_table_says_so);
    tcase_add_test(tc, limits_follow_the_memory_of_a_run);
    tcase_add_test(tc, a_table_is_freed_with_all_it_holds);
    tcase_add_loop_test(tc, silence_ends_a_connection, 0, SILENCES);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
