/* Who is who: dense ids, and names that collapse to their parents when there
 * is no memory for more. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/name.h"
#include "exchange/identity.h"
#include "test_exchange.h"
#include "test_random.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

enum { SEED = 1 };

/* --- messages ------------------------------------------------------------ */

static const uint8_t v4[2][4] = {{192, 0, 2, 1}, {192, 0, 2, 53}};
static const uint8_t v6[2][16] = {{0x20, 1, 0xd, 0xb8, [15] = 1},
                                  {0x20, 1, 0xd, 0xb8, [15] = 0x53}};

/* A question from `client` to `server`, resolved. */
static struct exchange_message ask(struct exchange_identity *ids,
                                   const uint8_t *client, const uint8_t *server,
                                   uint8_t address_octets, const char *name,
                                   uint16_t type)
{
    uint8_t octets[512];
    const struct play p = {.what = 'q', .name = name, .type = type, .id = 1};
    const size_t n = play_write(&p, octets);
    const struct packet_datagram d = {.payload = {octets, n},
                                      .payload_octets = (uint32_t)n,
                                      .source = client,
                                      .destination = server,
                                      .source_port = 40000,
                                      .destination_port = 53,
                                      .address_octets = address_octets};
    struct exchange_message m;
    exchange_message_read(&d, SEED, &m);
    exchange_identity_resolve(ids, &m);
    m.dns.qname = NULL; /* it pointed into `octets` */
    return m;
}

static uint32_t ask_name(struct exchange_identity *ids, const char *name,
                         uint16_t type)
{
    return ask(ids, v4[0], v4[1], 4, name, type).question_id;
}

static const char *name_text(const struct exchange_identity *ids,
                             uint32_t question_id, char out[DNS_NAME_TEXT])
{
    const struct exchange_question q =
        exchange_identity_question(ids, question_id);
    exchange_identity_name_text(ids, q.name_id, out);
    return out;
}

/* --- ids ----------------------------------------------------------------- */

/* 0 is kept for what does not fit. */
static const struct {
    const char *name;
    uint16_t type;
    uint32_t question_id, name_id;
} questions[] = {
    {"a.example", A, 1, 1}, {"a.example", AAAA, 2, 1},  {"b.example", A, 3, 2},
    {"A.Example", A, 1, 1}, {"*.example", A, 4, 3},     {"", A, 5, 4},
    {"*", 0, 6, 0},         {"a.example", HTTPS, 7, 1}, {"B.EXAMPLE", A, 3, 2},
};

START_TEST(questions_have_dense_ids_whatever_their_case)
{
    struct budget budget = {.limit = 4 << 20};
    struct exchange_identity ids;
    ck_assert(exchange_identity_init(&ids, SEED, &budget));
    for (int i = 0; i < ROWS(questions); i++) {
        const uint32_t id =
            ask_name(&ids, questions[i].name, questions[i].type);
        ck_assert_uint_eq(id, questions[i].question_id);
        const struct exchange_question q = exchange_identity_question(&ids, id);
        ck_assert_uint_eq(q.name_id, questions[i].name_id);
        ck_assert_uint_eq(q.qtype, questions[i].type);
        ck_assert_uint_eq(q.qclass, DNS_IN);
    }
    ck_assert_uint_eq(ids.collapsed_names, 0);
    exchange_identity_fini(&ids);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(client_and_server_are_counted_apart)
{
    struct budget budget = {.limit = 4 << 20};
    struct exchange_identity ids;
    ck_assert(exchange_identity_init(&ids, SEED, &budget));
    const struct exchange_message first = ask(&ids, v4[0], v4[1], 4, "a", A);
    const struct exchange_message turned = ask(&ids, v4[1], v4[0], 4, "a", A);
    const struct exchange_message third = ask(&ids, v6[0], v6[1], 16, "a", A);
    ck_assert_uint_eq(first.client_id, 1);
    ck_assert_uint_eq(first.server_id, 1);
    ck_assert_uint_eq(turned.client_id, 2);
    ck_assert_uint_eq(turned.server_id, 2);
    ck_assert_uint_eq(third.client_id, 3);

    static const char *const clients[] = {"other", "192.0.2.1", "192.0.2.53",
                                          "2001:db8::1"};
    static const char *const servers[] = {"other", "192.0.2.53", "192.0.2.1",
                                          "2001:db8::53"};
    char text[EXCHANGE_ADDRESS_TEXT];
    for (uint32_t i = 0; i < ROWS(clients); i++) {
        exchange_identity_client_text(&ids, i, text);
        ck_assert_str_eq(text, clients[i]);
        exchange_identity_server_text(&ids, i, text);
        ck_assert_str_eq(text, servers[i]);
    }
    exchange_identity_fini(&ids);
}
END_TEST

START_TEST(message_without_question_has_no_question_id)
{
    struct budget budget = {.limit = 4 << 20};
    struct exchange_identity ids;
    ck_assert(exchange_identity_init(&ids, SEED, &budget));
    const uint8_t header[12] = {0, 1, 0x81, 0x81};
    const struct packet_datagram d = {.payload = {header, sizeof header},
                                      .payload_octets = sizeof header,
                                      .source = v4[1],
                                      .destination = v4[0],
                                      .source_port = 53,
                                      .destination_port = 40000,
                                      .address_octets = 4};
    struct exchange_message m;
    exchange_message_read(&d, SEED, &m);
    exchange_identity_resolve(&ids, &m);
    ck_assert_uint_eq(m.question_id, EXCHANGE_NO_QUESTION);
    ck_assert_uint_eq(m.client_id, 1);
    exchange_identity_fini(&ids);
}
END_TEST

static const struct {
    const char *name, *text;
} texts[] = {
    {"", "."},
    {"a.example", "a.example"},
    {"WWW.Example", "www.example"},
    {"-x.example", "\\045x.example"},
    {"=cmd.example", "\\061cmd.example"},
    {"a b.example", "a\\032b.example"},
    {"\033[2J.example", "\\027\\0912j.example"},
};

START_TEST(names_are_told_in_presentation_form)
{
    struct budget budget = {.limit = 4 << 20};
    struct exchange_identity ids;
    ck_assert(exchange_identity_init(&ids, SEED, &budget));
    char text[DNS_NAME_TEXT];
    const uint32_t id = ask_name(&ids, texts[_i].name, A);
    ck_assert_str_eq(name_text(&ids, id, text), texts[_i].text);
    ck_assert_str_eq(name_text(&ids, 0, text), "*");
    exchange_identity_fini(&ids);
}
END_TEST

/* --- no memory ----------------------------------------------------------- */

/* How a name of a flood is made from a random number. */
static void flood_name(int kind, uint64_t x, char out[256])
{
    switch (kind) {
    case 0: /* random labels below a few zones */
        snprintf(out, 256, "x%llx.zone%d.example", (unsigned long long)x >> 8,
                 (int)(x % 16));
        break;
    case 1: /* random zones too */
        snprintf(out, 256, "www.x%llx.example", (unsigned long long)x);
        break;
    case 2: /* 127 labels */
        for (int i = 0; i < 126; i++) {
            out[2 * i] = "abcdefghij"[x >> i % 60 & 7];
            out[2 * i + 1] = '.';
        }
        strcpy(out + 252, "z");
        break;
    default: /* one label */
        snprintf(out, 256, "x%llx", (unsigned long long)x);
    }
}

static const unsigned floods[] = {200000, 100000, 10000, 200000}; /* names */

/* Whether `text` is `name`, or "*." and one of its parents, or "*". */
static bool stands_for(const char *text, const char *name)
{
    if (strcmp(text, name) == 0 || strcmp(text, "*") == 0)
        return true;
    if (strncmp(text, "*.", 2) != 0)
        return false;
    const size_t parent = strlen(text) - 1, whole = strlen(name);
    return parent < whole && strcmp(name + whole - parent, text + 1) == 0;
}

START_TEST(flood_of_names_collapses_to_parents_and_is_counted)
{
    struct budget budget = {.limit = _i == 2 ? 2 << 20 : 4 << 20};
    struct exchange_identity ids;
    ck_assert(exchange_identity_init(&ids, SEED, &budget));
    const uint32_t known = ask_name(&ids, "known.example", A);
    uint64_t random = 1, collapsed = 0;
    unsigned wrong = 0;
    char name[256], text[DNS_NAME_TEXT];
    for (unsigned i = 0; i < floods[_i]; i++) {
        flood_name(_i, random_u64(&random), name);
        const uint32_t id = ask_name(&ids, name, A);
        name_text(&ids, id, text);
        wrong += !stands_for(text, name);
        collapsed += strcmp(text, name) != 0;
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_gt(collapsed, floods[_i] / 4);
    ck_assert_uint_lt(collapsed, floods[_i]);
    ck_assert_uint_eq(ids.collapsed_names, collapsed);
    ck_assert_uint_le(budget.used, budget.limit);

    ck_assert_uint_eq(ask_name(&ids, "known.example", A), known);
    ck_assert_str_eq(name_text(&ids, known, text), "known.example");
    exchange_identity_fini(&ids);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

/* Sixteen zones always fit: no name goes further up than its own. */
START_TEST(nearest_parent_is_taken_while_it_fits)
{
    struct budget budget = {.limit = 8 << 20};
    struct exchange_identity ids;
    ck_assert(exchange_identity_init(&ids, SEED, &budget));
    uint64_t random = 1;
    unsigned wrong = 0;
    char name[256], text[DNS_NAME_TEXT];
    for (int i = 0; i < 200000; i++) {
        flood_name(0, random_u64(&random), name);
        name_text(&ids, ask_name(&ids, name, A), text);
        wrong += strcmp(text, name) != 0 &&
                 (text[0] != '*' || strcmp(text + 1, strchr(name, '.')) != 0);
    }
    ck_assert_uint_gt(ids.collapsed_names, 0);
    ck_assert_uint_eq(wrong, 0);
    exchange_identity_fini(&ids);
}
END_TEST

START_TEST(flood_of_addresses_collapses_to_other_and_is_counted)
{
    struct budget budget = {.limit = 2 << 20};
    struct exchange_identity ids;
    ck_assert(exchange_identity_init(&ids, SEED, &budget));
    const uint32_t first = ask(&ids, v4[0], v4[1], 4, "a", A).client_id;
    uint64_t random = 1, others = 0, other_servers = 0;
    for (int i = 0; i < 60000; i++) {
        uint64_t address[2] = {random_u64(&random), random_u64(&random)};
        const struct exchange_message m =
            _i ? ask(&ids, v6[0], (const uint8_t *)address, 16, "a", A)
               : ask(&ids, (const uint8_t *)address, v6[1], 16, "a", A);
        others += m.client_id == 0;
        other_servers += m.server_id == 0;
    }
    ck_assert_uint_gt(_i ? other_servers : others, 0);
    ck_assert_uint_eq(ids.collapsed_clients, others);
    ck_assert_uint_eq(ids.collapsed_servers, other_servers);
    ck_assert_uint_le(budget.used, budget.limit);
    ck_assert_uint_eq(ask(&ids, v4[0], v4[1], 4, "a", A).client_id, first);
    exchange_identity_fini(&ids);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

/* Every budget too small for the tables is refused, none is exceeded, and what
 * is just large enough never fails afterwards. */
START_TEST(tables_are_refused_or_usable_under_any_budget)
{
    struct budget budget = {.limit = (size_t)_i * 10240};
    struct exchange_identity ids;
    const bool made = exchange_identity_init(&ids, SEED, &budget);
    ck_assert_uint_le(budget.used, budget.limit);
    char name[256];
    for (int i = 0; made && i < 500; i++) {
        flood_name(1, (uint64_t)i, name);
        const uint32_t id = ask_name(&ids, name, (uint16_t)i);
        ck_assert_uint_lt(id, ids.questions.count);
        ck_assert_uint_le(budget.used, budget.limit);
    }
    ck_assert_int_eq(made, _i >= 78);
    exchange_identity_fini(&ids);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exchange/identity");
    TCase *tc = tcase_create("identity");
    tcase_add_test(tc, questions_have_dense_ids_whatever_their_case);
    tcase_add_test(tc, client_and_server_are_counted_apart);
    tcase_add_test(tc, message_without_question_has_no_question_id);
    tcase_add_loop_test(tc, names_are_told_in_presentation_form, 0,
                        ROWS(texts));
    tcase_add_loop_test(tc, flood_of_names_collapses_to_parents_and_is_counted,
                        0, ROWS(floods));
    tcase_add_test(tc, nearest_parent_is_taken_while_it_fits);
    tcase_add_loop_test(
        tc, flood_of_addresses_collapses_to_other_and_is_counted, 0, 2);
    tcase_add_loop_test(tc, tables_are_refused_or_usable_under_any_budget, 0,
                        100);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
