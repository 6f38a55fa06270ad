/* What is played again is what was given: the same events, from the start and
 * from the end. */
#include <stdlib.h>

#include "exchange/tape.h"
#include "test_exchange.h"

enum { SEED = 7, SECONDS = 400, OCTETS = 4 << 20 };

struct heard {
    uint64_t messages, transactions, answered, connections, icmp;
    int64_t first_ns, last_ns;
};

static void hear(void *context, const struct exchange_events *events)
{
    struct heard *h = context;
    h->messages += events->message_count;
    h->transactions += events->transaction_count;
    h->connections += events->connection_count;
    h->icmp += events->icmp_count;
    for (size_t i = 0; i < events->transaction_count; i++)
        h->answered += events->transactions[i].outcome == EXCHANGE_ANSWERED;
    for (size_t i = 0; i < events->message_count; i++) {
        if (h->first_ns == 0)
            h->first_ns = events->messages[i].time_ns;
        h->last_ns = events->messages[i].time_ns;
    }
}

static bool play(struct bytes octets, struct heard *h)
{
    struct budget budget = {.limit = (size_t)64 << 20};
    const struct exchange_options options = {
        .timeout_ns = 5 * S, .seed = SEED, .listener = {h, hear}};
    struct exchange *x = NULL;
    struct err err;
    *h = (struct heard){0};
    ck_assert_int_eq(exchange_new(&x, &options, &budget, &err), ERR_OK);
    const bool ok = exchange_tape_play(x, octets, 3, SEED);
    exchange_end(x, 0);
    exchange_free(x);
    return ok;
}

static const uint8_t client[4] = {10, 0, 0, 1}, server[4] = {10, 0, 0, 53};

static void record(struct exchange_tape *tape, const struct play *p)
{
    uint8_t octets[512];
    const bool response = play_is_response(p);
    const size_t length = play_write(p, octets);
    const struct packet_datagram d = {
        .payload = {octets, length},
        .payload_octets = (uint32_t)length,
        .source = response ? server : client,
        .destination = response ? client : server,
        .source_port = response ? 53 : 40000,
        .destination_port = response ? 40000 : 53,
        .ip_id = (uint16_t)(p->at_ms + 1),
        .address_octets = 4,
        /* What is undefined in a datagram that no error quotes. */
        .icmp_kind = 0xbe,
    };
    struct exchange_message m;
    exchange_message_read(&d, SEED, &m);
    m.clock_ns = m.time_ns = m.seen.time_ns = play_ns(p->at_ms);
    m.timed = true;
    m.frame = exchange_frame(0, 1);
    exchange_tape_take(tape, &d, &m);
}

/* A query a second, answered after 1 ms. */
static struct exchange_tape *record_seconds(unsigned seconds, size_t octets,
                                            struct budget *budget)
{
    struct exchange_tape *tape = NULL;
    struct err err;
    ck_assert_int_eq(exchange_tape_new(&tape, octets, budget, &err), ERR_OK);
    for (unsigned i = 0; i < seconds; i++) {
        struct play p = {i * 1000.0, 'q', A, (uint16_t)i};
        record(tape, &p);
        p.what = 'r';
        p.at_ms += 1;
        record(tape, &p);
    }
    return tape;
}

START_TEST(a_short_part_is_kept_whole)
{
    struct budget budget = {.limit = 64 << 20};
    struct heard h;
    struct exchange_tape *tape = record_seconds(100, OCTETS, &budget);
    ck_assert(exchange_tape_is_whole(tape));
    ck_assert(play(exchange_tape_head(tape).octets, &h));
    ck_assert_uint_eq(h.messages, 200);
    ck_assert_uint_eq(h.answered, 100);
    ck_assert_int_eq(h.first_ns, play_ns(0));
    ck_assert_int_eq(h.last_ns, play_ns(99001));
    exchange_tape_free(tape);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(a_long_part_keeps_its_first_and_last_minute)
{
    struct budget budget = {.limit = 64 << 20};
    struct heard h;
    struct exchange_tape *tape = record_seconds(SECONDS, OCTETS, &budget);
    ck_assert(!exchange_tape_is_whole(tape));
    const struct exchange_edge head = exchange_tape_head(tape),
                               older = exchange_tape_tail(tape, 0),
                               newer = exchange_tape_tail(tape, 1);
    ck_assert(play(head.octets, &h));
    ck_assert_uint_eq(h.messages, head.entries);
    ck_assert_int_eq(head.first_ns, play_ns(0));
    ck_assert_int_eq(head.last_ns, play_ns(60000));
    ck_assert_int_eq(newer.last_ns, play_ns((SECONDS - 1) * 1000 + 1));
    ck_assert_int_ge(newer.last_ns - older.first_ns, EXCHANGE_TAPE_NS);
    ck_assert_int_le(newer.last_ns - older.first_ns, 2 * EXCHANGE_TAPE_NS + S);
    ck_assert_int_gt(newer.first_ns, older.last_ns);
    exchange_tape_free(tape);
}
END_TEST

START_TEST(edges_have_no_more_octets_than_they_may)
{
    struct budget budget = {.limit = 64 << 20};
    struct exchange_tape *tape =
        record_seconds(5000, EXCHANGE_TAPE_LEAST, &budget);
    struct heard h;
    ck_assert(!exchange_tape_is_whole(tape));
    ck_assert_uint_le(exchange_tape_head(tape).octets.len, EXCHANGE_TAPE_LEAST);
    for (unsigned half = 0; half < 2; half++) {
        const struct exchange_edge e = exchange_tape_tail(tape, half);
        ck_assert_uint_le(e.octets.len, EXCHANGE_TAPE_LEAST / 2);
        ck_assert(play(e.octets, &h));
        ck_assert_uint_eq(h.messages, e.entries);
    }
    exchange_tape_free(tape);
}
END_TEST

/* Every beginning of an edge, in memory of its own, and every octet of one
 * changed: played as far as it goes. */
START_TEST(what_is_no_edge_is_refused)
{
    struct budget budget = {.limit = 64 << 20};
    struct exchange_tape *tape = record_seconds(2, OCTETS, &budget);
    const struct bytes whole = exchange_tape_head(tape).octets;
    struct heard h;
    unsigned refused = 0;
    for (size_t n = 0; n < whole.len; n += 1 + n / 16) {
        uint8_t *copy = malloc(n ? n : 1);
        memcpy(copy, whole.data, n);
        refused += !play((struct bytes){copy, n}, &h);
        free(copy);
    }
    ck_assert_uint_gt(refused, 10);
    refused = 0;
    uint8_t *copy = malloc(whole.len);
    for (size_t at = 0; at < 64; at++) {
        memcpy(copy, whole.data, whole.len);
        copy[at] = 0xff;
        refused += !play((struct bytes){copy, whole.len}, &h);
    }
    free(copy);
    ck_assert_uint_gt(refused, 5);
    exchange_tape_free(tape);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exchange/tape");
    TCase *tc = tcase_create("tape");
    tcase_add_test(tc, a_short_part_is_kept_whole);
    tcase_add_test(tc, a_long_part_keeps_its_first_and_last_minute);
    tcase_add_test(tc, edges_have_no_more_octets_than_they_may);
    tcase_add_test(tc, what_is_no_edge_is_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
