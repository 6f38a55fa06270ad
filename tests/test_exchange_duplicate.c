/* Copies and translated legs: what the same capture looks like from several
 * places must give the transactions of one. */
#include <check.h>
#include <stdlib.h>

#include "exchange/duplicate.h"
#include "exchange/exchange.h"

#define US INT64_C(1000)
#define MS (1000 * US)
#define S  (1000 * MS)

/* --- sightings ----------------------------------------------------------- */

static const struct {
    const char *name;
    struct exchange_sighting first, again;
    bool copy, copy_after_answer, leg;
} rows[] = {
    {"a bridge and its port: same ID, another interface",
     {0, 7, 1, 64, .address_octets = 4},
     {20 * US, 7, 2, 64, .address_octets = 4},
     true,
     true,
     true},
    {"before and after a router: same ID, one hop less",
     {0, 7, 1, 64, .address_octets = 4},
     {300 * US, 7, 1, 63, .address_octets = 4},
     true,
     true,
     true},
    {"a mirror port: same ID and place, at once",
     {0, 7, 1, 64, .address_octets = 4},
     {5 * US, 7, 1, 64, .address_octets = 4},
     true,
     true,
     true},
    {"the same ID at one place later is another datagram",
     {0, 7, 1, 64, .address_octets = 4},
     {10 * MS, 7, 1, 64, .address_octets = 4},
     false,
     false,
     false},
    {"a retransmission carries a new ID",
     {0, 7, 1, 64, .address_octets = 4},
     {1 * MS, 8, 2, 63, .address_octets = 4},
     false,
     false,
     false},
    {"ID 0 at one place at once: a copy, unless an answer came between",
     {0, 0, 1, 64, .address_octets = 4},
     {100 * US, 0, 1, 64, .address_octets = 4},
     true,
     false,
     false},
    {"ID 0 at another place at once",
     {0, 0, 1, 64, .address_octets = 4},
     {100 * US, 0, 2, 63, .address_octets = 4},
     true,
     true,
     true},
    {"ID 0 proves nothing after 2 ms",
     {0, 0, 1, 64, .address_octets = 4},
     {3 * MS, 0, 2, 63, .address_octets = 4},
     false,
     false,
     true},
    {"IPv6: the same flow label at another place",
     {0, 7, 1, 64, .address_octets = 16},
     {3 * MS, 7, 2, 63, .address_octets = 16},
     true,
     true,
     true},
    {"IPv6: the flow label alone proves nothing behind an answer",
     {0, 7, 1, 64, .address_octets = 16},
     {1 * MS, 7, 1, 64, .address_octets = 16},
     true,
     false,
     false},
    {"a tunnel may take its time",
     {0, 7, 1, 64, .address_octets = 4},
     {40 * MS, 7, 1, 64, .depth = 1, .address_octets = 4},
     true,
     true,
     false},
    {"what was in a stream was sent once, and may be translated",
     {0, 0, 1, 64, .address_octets = 4, .stream = true},
     {10 * US, 0, 2, 63, .address_octets = 4, .stream = true},
     false,
     false,
     true},
    {"time may run backwards between interfaces",
     {50 * US, 7, 1, 64, .address_octets = 4},
     {0, 7, 2, 64, .address_octets = 4},
     true,
     true,
     true},
};

START_TEST(sighting_is_judged)
{
    const char *name = rows[_i].name;
    const struct exchange_sighting *a = &rows[_i].first, *b = &rows[_i].again;
    ck_assert_msg(exchange_is_copy(a, b) == rows[_i].copy, "%s: copy", name);
    ck_assert_msg(exchange_is_copy_after_answer(a, b) ==
                      rows[_i].copy_after_answer,
                  "%s: copy after answer", name);
    ck_assert_msg(exchange_is_leg(a, b) == rows[_i].leg, "%s: leg", name);
}
END_TEST

/* --- captures from several places ---------------------------------------- */

/* One datagram of a capture; addresses are 10.0.0.x. */
struct seen {
    int64_t at_us;
    char what; /* q, r */
    uint8_t client, server;
    uint16_t port, id, ip_id;
    uint8_t interface, ttl;
};

enum { SEEN = 10 };

static const struct {
    const char *name;
    struct seen seen[SEEN];
    unsigned queries, copies, legs, answered, unanswered, ambiguous;
} captures[] = {
    {"one place",
     {{0, 'q', 1, 53, 4000, 9, 7, 1, 64}, {500, 'r', 1, 53, 4000, 9, 8, 1, 64}},
     1,
     0,
     0,
     1,
     0,
     0},
    {"both sides of a router",
     {{0, 'q', 1, 53, 4000, 9, 7, 1, 64},
      {9, 'q', 1, 53, 4000, 9, 7, 2, 63},
      {400, 'r', 1, 53, 4000, 9, 8, 2, 64},
      {409, 'r', 1, 53, 4000, 9, 8, 1, 63}},
     1,
     2,
     0,
     1,
     0,
     0},
    {"a service address and the pod behind it",
     {{0, 'q', 1, 53, 4000, 9, 7, 1, 64},
      {9, 'q', 1, 77, 4000, 9, 7, 2, 63},
      {400, 'r', 1, 77, 4000, 9, 8, 2, 64},
      {409, 'r', 1, 53, 4000, 9, 8, 1, 63}},
     1,
     1,
     1,
     1,
     0,
     0},
    {"the same with the identification 0 of unconnected sockets",
     {{0, 'q', 1, 53, 4000, 9, 0, 1, 64},
      {9, 'q', 1, 77, 4000, 9, 0, 2, 63},
      {400, 'r', 1, 77, 4000, 9, 0, 2, 64},
      {409, 'r', 1, 53, 4000, 9, 0, 1, 63}},
     1,
     1,
     1,
     1,
     0,
     0},
    {"the client's address and port translated as well",
     {{0, 'q', 1, 53, 4000, 9, 7, 1, 64},
      {9, 'q', 2, 77, 61000, 9, 7, 2, 63},
      {400, 'r', 2, 77, 61000, 9, 8, 2, 64},
      {409, 'r', 1, 53, 4000, 9, 8, 1, 63}},
     1,
     1,
     1,
     1,
     0,
     0},
    {"only the far leg is answered",
     {{0, 'q', 1, 53, 4000, 9, 7, 1, 64},
      {9, 'q', 1, 77, 4000, 9, 7, 2, 63},
      {400, 'r', 1, 77, 4000, 9, 8, 2, 64}},
     1,
     0,
     1,
     1,
     0,
     0},
    {"a forwarder asks with the client's ID: two queries",
     {{0, 'q', 1, 53, 4000, 9, 7, 1, 64},
      {9, 'q', 53, 99, 5000, 9, 1234, 1, 64},
      {400, 'r', 53, 99, 5000, 9, 8, 1, 64},
      {409, 'r', 1, 53, 4000, 9, 99, 1, 64}},
     2,
     0,
     0,
     2,
     0,
     0},
    {"musl asks two servers at once from one socket: two queries",
     {{0, 'q', 1, 53, 4000, 9, 0, 1, 64},
      {3, 'q', 1, 54, 4000, 9, 0, 1, 64},
      {400, 'r', 1, 53, 4000, 9, 0, 1, 60},
      {500, 'r', 1, 54, 4000, 9, 0, 1, 60}},
     2,
     0,
     0,
     2,
     0,
     0},
    {"musl, seen on both sides of a router",
     {{0, 'q', 1, 53, 4000, 9, 0, 1, 64},
      {2, 'q', 1, 53, 4000, 9, 0, 2, 63},
      {3, 'q', 1, 54, 4000, 9, 0, 1, 64},
      {5, 'q', 1, 54, 4000, 9, 0, 2, 63},
      {400, 'r', 1, 53, 4000, 9, 0, 2, 64},
      {402, 'r', 1, 53, 4000, 9, 0, 1, 63},
      {500, 'r', 1, 54, 4000, 9, 0, 2, 64},
      {502, 'r', 1, 54, 4000, 9, 0, 1, 63}},
     2,
     4,
     0,
     2,
     0,
     0},
    {"two askers of one question with one ID, translated: left apart",
     {{0, 'q', 1, 53, 4000, 9, 0, 1, 64},
      {3, 'q', 2, 53, 4000, 9, 0, 1, 64},
      {9, 'q', 9, 77, 61000, 9, 0, 2, 63},
      {400, 'r', 9, 77, 61000, 9, 0, 2, 64}},
     3,
     0,
     0,
     1,
     2,
     1},
};

struct heard {
    unsigned queries, copies, legs, answered, unanswered;
};

static void hear(void *context, const struct exchange_events *events)
{
    struct heard *h = context;
    for (size_t i = 0; i < events->message_count; i++) {
        h->queries += events->messages[i].kind == EXCHANGE_QUERY;
        h->copies += events->messages[i].kind == EXCHANGE_DUPLICATE;
        h->legs += events->messages[i].kind == EXCHANGE_LEG;
    }
    for (size_t i = 0; i < events->transaction_count; i++) {
        h->answered += events->transactions[i].outcome == EXCHANGE_ANSWERED;
        h->unanswered += events->transactions[i].outcome == EXCHANGE_UNANSWERED;
    }
}

static void play(struct exchange *x, const struct seen *s, uint64_t frame)
{
    const bool response = s->what == 'r';
    const uint8_t client[4] = {10, 0, 0, s->client};
    const uint8_t server[4] = {10, 0, 0, s->server};
    const uint8_t octets[] = {(uint8_t)(s->id >> 8),
                              (uint8_t)s->id,
                              response ? 0x81 : 1,
                              0,
                              0,
                              1,
                              0,
                              0,
                              0,
                              0,
                              0,
                              0,
                              1,
                              'a',
                              0,
                              0,
                              1,
                              0,
                              1};
    const struct packet_datagram d = {
        .payload = {octets, sizeof octets},
        .payload_octets = sizeof octets,
        .source = response ? server : client,
        .destination = response ? client : server,
        .source_port = response ? 53 : s->port,
        .destination_port = response ? s->port : 53,
        .ip_id = s->ip_id,
        .ip_ttl = s->ttl,
        .address_octets = 4,
    };
    struct exchange_message m;
    exchange_message_read(&d, 1, &m);
    m.clock_ns = m.time_ns = m.seen.time_ns = 1000 * S + s->at_us * US;
    m.seen.interface = s->interface;
    m.timed = true;
    m.frame = frame;
    exchange_take(x, &m, 1);
}

START_TEST(every_place_gives_the_same_transactions)
{
    struct heard h = {0};
    const struct exchange_options options = {
        .timeout_ns = 5 * S, .seed = 1, .listener = {&h, hear}};
    struct budget budget = {.limit = 64 << 20};
    struct exchange *x;
    struct err err;
    ck_assert_int_eq(exchange_new(&x, &options, &budget, &err), ERR_OK);
    for (unsigned i = 0; i < SEEN && captures[_i].seen[i].what; i++)
        play(x, &captures[_i].seen[i], i + 1);
    exchange_end(x, 1010 * S);
    const char *name = captures[_i].name;
    ck_assert_msg(h.queries == captures[_i].queries, "%s: %u queries", name,
                  h.queries);
    ck_assert_msg(h.copies == captures[_i].copies, "%s: %u copies", name,
                  h.copies);
    ck_assert_msg(h.legs == captures[_i].legs, "%s: %u legs", name, h.legs);
    ck_assert_msg(h.answered == captures[_i].answered, "%s: %u answered", name,
                  h.answered);
    ck_assert_msg(h.unanswered == captures[_i].unanswered, "%s: %u unanswered",
                  name, h.unanswered);
    ck_assert_msg(exchange_quality(x).match.ambiguous_legs ==
                      captures[_i].ambiguous,
                  "%s: ambiguous", name);
    exchange_free(x);
}
END_TEST

/* Legs stay for the horizon: a capture of nothing else must not fill the table
 * for good. */
START_TEST(a_table_full_of_legs_gives_them_up)
{
    struct heard h = {0};
    const struct exchange_options options = {
        .timeout_ns = 5 * S, .seed = 1, .listener = {&h, hear}};
    struct budget budget = {.limit = 8 << 20};
    struct exchange *x;
    struct err err;
    ck_assert_int_eq(exchange_new(&x, &options, &budget, &err), ERR_OK);
    enum { QUERIES = 20000 };
    for (unsigned i = 0; i < QUERIES; i++) {
        const uint16_t port = (uint16_t)(1024 + i);
        const struct seen query = {
            10 * i, 'q', 1, 53, port, 9, (uint16_t)(i + 1), 1, 64};
        const struct seen leg = {10 * i + 1,        'q', 1, 77, port, 9,
                                 (uint16_t)(i + 1), 2,   63};
        play(x, &query, 2 * i + 1);
        play(x, &leg, 2 * i + 2);
    }
    ck_assert_uint_eq(h.queries, QUERIES);
    ck_assert_uint_eq(h.legs, QUERIES);
    exchange_end(x, 1001 * S);
    ck_assert_uint_eq(exchange_quality(x).match.evicted > 0, 1);
    exchange_free(x);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exchange_duplicate");
    TCase *tc = tcase_create("places");
    tcase_add_loop_test(tc, sighting_is_judged, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tc, every_place_gives_the_same_transactions, 0,
                        sizeof captures / sizeof *captures);
    tcase_add_test(tc, a_table_full_of_legs_gives_them_up);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
