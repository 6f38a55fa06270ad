/* The beginnings of TCP connections, as they are told. */
#include "test_exchange.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static const struct {
    const char *name;
    int64_t syn_ns, reply_ns;
    enum packet_tcp_outcome outcome;
    int64_t handshake_ns;
    enum exchange_outcome told;
} rows[] = {
    {"connected", 5, 25, PACKET_TCP_CONNECTED, 20, EXCHANGE_ANSWERED},
    {"at once", 5, 5, PACKET_TCP_CONNECTED, 0, EXCHANGE_ANSWERED},
    {"before 1970", -25, -5, PACKET_TCP_CONNECTED, 20, EXCHANGE_ANSWERED},
    {"the clock was set back meanwhile", 25, 5, PACKET_TCP_CONNECTED,
     EXCHANGE_UNKNOWN_NS, EXCHANGE_ANSWERED},
    {"refused", 5, 25, PACKET_TCP_REFUSED, EXCHANGE_UNKNOWN_NS,
     EXCHANGE_REFUSED},
    {"unanswered", 5, 25, PACKET_TCP_UNANSWERED, EXCHANGE_UNKNOWN_NS,
     EXCHANGE_UNANSWERED},
};

static void keep(void *context, const struct exchange_events *events)
{
    if (events->connection_count == 0)
        return;
    ck_assert_uint_eq(events->connection_count, 1);
    *(struct exchange_connection *)context = events->connections[0];
}

START_TEST(a_handshake_is_measured_or_unknown)
{
    static const uint8_t client[4] = {10, 0, 0, 1}, server[4] = {10, 0, 0, 53};
    struct exchange_connection told = {.syns = 0};
    struct budget budget = {.limit = 64 << 20};
    struct exchange *x =
        play_exchange((struct exchange_listener){&told, keep}, &budget);
    const struct packet_tcp_connection c = {
        .client = client,
        .server = server,
        .first_ns = 3,
        .syn_ns = rows[_i].syn_ns,
        .reply_ns = rows[_i].reply_ns,
        .frame = 7,
        .syns = 2,
        .address_octets = 4,
        .outcome = (uint8_t)rows[_i].outcome,
    };
    exchange_connect(x, &c);
    ck_assert_msg(told.handshake_ns == rows[_i].handshake_ns, "%s: %lld",
                  rows[_i].name, (long long)told.handshake_ns);
    ck_assert_int_eq(told.outcome, rows[_i].told);
    ck_assert_int_eq(told.time_ns, 3);
    ck_assert_uint_eq(told.frame, 7);
    ck_assert_uint_eq(told.syns, 2);
    exchange_end(x, 0);
    exchange_free(x);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exchange/exchange");
    TCase *tc = tcase_create("connections");
    tcase_add_loop_test(tc, a_handshake_is_measured_or_unknown, 0, ROWS(rows));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
