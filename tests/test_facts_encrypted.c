/* Who offers encrypted transports: rows of frames, and what is kept of them. */
#include <check.h>
#include <stdlib.h>

#include "facts/encrypted.h"
#include "packet/tcp.h"
#include "test_facts.h"

enum { FRAMES = 8, SYN = PACKET_TCP_SYN, ACK = PACKET_TCP_ACK };

#define SERVERS                                                                \
    "SELECT address, port, transport, frames, flows, handshakes, clients,"     \
    " first_frame FROM encrypted_server"

/* One frame between 10.0.0.CLIENT and 9.9.9.SERVER. */
struct frame {
    uint8_t client, server;
    uint16_t client_port, port;
    bool back, udp;
    uint8_t flags;
};

static const struct {
    const char *name;
    struct frame frames[FRAMES]; /* ends with port 0 */
    const char *want;
} rows[] = {
    {"nothing", {{0}}, ""},
    {"a connection",
     {{1, 9, 4000, 853, .flags = SYN},
      {1, 9, 4000, 853, true, .flags = SYN | ACK},
      {1, 9, 4000, 853, .flags = ACK}},
     "9.9.9.9|853|tcp|3|1|1|1|1"},
    {"connections of two clients",
     {{1, 9, 4000, 443, .flags = SYN},
      {1, 9, 4001, 443, .flags = SYN},
      {2, 9, 4000, 443, .flags = SYN},
      {2, 9, 4000, 443, true, .flags = SYN | ACK}},
     "9.9.9.9|443|tcp|4|3|1|2|1"},
    {"QUIC has no handshake that could be seen",
     {{1, 9, 4000, 853, .udp = true}, {1, 9, 4000, 853, true, true}},
     "9.9.9.9|853|udp|2|1||1|1"},
    {"ports and transports apart",
     {{1, 9, 4000, 853}, {1, 9, 4000, 443}, {1, 9, 4000, 443, .udp = true}},
     "9.9.9.9|443|tcp|1|1|0|1|2\n9.9.9.9|443|udp|1|1||1|3\n"
     "9.9.9.9|853|tcp|1|1|0|1|1"},
    {"between two such ports, the one that it goes to is the server",
     {{1, 9, 443, 853}},
     "9.9.9.9|853|tcp|1|1|0|1|1"},
};

static void take(struct facts_encrypted *e, const struct frame *f,
                 uint64_t frame)
{
    const uint8_t client[4] = {10, 0, 0, f->client};
    const uint8_t server[4] = {9, 9, 9, f->server};
    const struct packet_datagram d = {
        .source = f->back ? server : client,
        .destination = f->back ? client : server,
        .source_port = f->back ? f->port : f->client_port,
        .destination_port = f->back ? f->client_port : f->port,
        .transport = f->udp ? PACKET_UDP : PACKET_TCP,
        .tcp_flags = f->flags,
        .address_octets = 4,
    };
    facts_encrypted_take(e, &d, frame);
}

START_TEST(servers_have_their_rows)
{
    struct facts_tables tables;
    struct budget budget = {.limit = 1 << 20};
    facts_tables_open(&tables);
    const struct facts_sink sink = {&tables, facts_insert};
    struct facts_encrypted *e = facts_encrypted_new(1, &budget);
    ck_assert_ptr_nonnull(e);
    for (unsigned i = 0; i < FRAMES && rows[_i].frames[i].port; i++)
        take(e, &rows[_i].frames[i], i + 1);
    ck_assert_int_eq(facts_encrypted_save(e, &sink, NULL), ERR_OK);
    const char *got = facts_ask(&tables, SERVERS);
    ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%s:\n%s\nnot\n%s",
                  rows[_i].name, got, rows[_i].want);
    ck_assert_uint_eq(facts_encrypted_refused(e), 0);
    facts_encrypted_free(e);
    ck_assert_uint_eq(budget.used, 0);
    facts_tables_close(&tables);
}
END_TEST

/* Web servers in any number leave room for those of DNS. */
START_TEST(servers_have_a_ceiling_that_is_counted)
{
    enum { WEB = 5000, CEILING = 4096 };
    struct budget budget = {.limit = 64 << 20};
    struct facts_encrypted *e = facts_encrypted_new(1, &budget);
    ck_assert_ptr_nonnull(e);
    for (uint32_t i = 0; i < WEB; i++) {
        const uint8_t client[4] = {10, 0, 0, 1};
        const uint8_t server[4] = {11, 0, (uint8_t)(i >> 8), (uint8_t)i};
        const struct packet_datagram d = {.source = client,
                                          .destination = server,
                                          .source_port = 4000,
                                          .destination_port = 443,
                                          .transport = PACKET_TCP,
                                          .address_octets = 4};
        facts_encrypted_take(e, &d, i);
    }
    ck_assert_uint_eq(facts_encrypted_refused(e), WEB - CEILING);
    take(e, &(const struct frame){1, 9, 4000, 853}, 9);
    ck_assert_uint_eq(facts_encrypted_refused(e), WEB - CEILING);
    facts_encrypted_free(e);
}
END_TEST

START_TEST(a_budget_that_is_spent_is_no_fault)
{
    struct budget budget = {.limit = 8192};
    struct facts_encrypted *e = facts_encrypted_new(1, &budget);
    ck_assert_ptr_nonnull(e);
    take(e, &(const struct frame){1, 9, 4000, 853}, 1);
    ck_assert_uint_eq(facts_encrypted_refused(e), 1);
    facts_encrypted_free(e);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/encrypted");
    TCase *tc = tcase_create("encrypted");
    tcase_add_loop_test(tc, servers_have_their_rows, 0,
                        sizeof rows / sizeof *rows);
    tcase_add_test(tc, servers_have_a_ceiling_that_is_counted);
    tcase_add_test(tc, a_budget_that_is_spent_is_no_fault);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
