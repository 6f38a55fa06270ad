/* Which stub asks so: the first queries of each, as they were measured. */
#include <check.h>
#include <stdlib.h>

#include "exchange/stub.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

/* What follows the first query: 'p' the second type, 's' a further step. */
struct query {
    char what;
    uint16_t port, id;
};

static const struct {
    const char *name;
    struct query queries[4]; /* ends with what 0 */
    uint16_t flags;
    bool edns, fan_out;
    enum exchange_stub stub;
} rows[] = {
    {"one type alone",
     {{'q', 40000, 1}},
     0x0100,
     false,
     false,
     EXCHANGE_STUB_UNKNOWN},
    {"glibc: one socket, IDs at random",
     {{'q', 40000, 0x9848}, {'p', 40000, 0x314a}},
     0x0100,
     false,
     false,
     EXCHANGE_STUB_GLIBC},
    {"glibc: another socket for the next step",
     {{'q', 40000, 0x9848}, {'p', 40000, 0x314a}, {'s', 40001, 0x1111}},
     0x0100,
     false,
     false,
     EXCHANGE_STUB_GLIBC},
    {"musl: IDs from the clock",
     {{'q', 44440, 0x6519}, {'p', 44440, 0x65cd}},
     0x0100,
     false,
     false,
     EXCHANGE_STUB_MUSL},
    {"musl: IDs over the end",
     {{'q', 44440, 0xffc0}, {'p', 44440, 0x0060}},
     0x0100,
     false,
     false,
     EXCHANGE_STUB_MUSL},
    {"musl: all servers at once",
     {{'q', 44440, 1}},
     0x0100,
     false,
     true,
     EXCHANGE_STUB_MUSL},
    {"Go: a socket for each type, and EDNS",
     {{'q', 51246, 0xe982}, {'p', 37995, 0x5d1b}},
     0x0100,
     true,
     false,
     EXCHANGE_STUB_GO},
    {"two sockets without EDNS: nobody that was measured",
     {{'q', 51246, 0xe982}, {'p', 37995, 0x5d1b}},
     0x0100,
     false,
     false,
     EXCHANGE_STUB_UNKNOWN},
    {"c-ares: one socket for all steps",
     {{'q', 55352, 0x67fa}, {'p', 55352, 0xc6d4}, {'s', 55352, 0x2222}},
     0x0100,
     false,
     false,
     EXCHANGE_STUB_C_ARES},
    {"without RD: a resolver",
     {{'q', 1, 1}, {'p', 2, 2}},
     0,
     true,
     false,
     EXCHANGE_STUB_RESOLVER},
};

START_TEST(stub_is_known_by_its_habits)
{
    struct exchange_habits h = {.first_id = 0};
    for (int i = 0; i < 4 && rows[_i].queries[i].what; i++) {
        const struct query *q = &rows[_i].queries[i];
        const struct exchange_message m = {
            .client_port = q->port,
            .dns = {.id = q->id,
                    .flags = rows[_i].flags,
                    .has = rows[_i].edns ? DNS_HAS_EDNS : 0}};
        if (q->what == 'q')
            exchange_habits_begin(&h, &m);
        else if (q->what == 'p')
            exchange_habits_pair(&h, &m);
        else
            exchange_habits_step(&h, &m);
    }
    h.fan_out = rows[_i].fan_out;
    const enum exchange_stub stub = exchange_habits_stub(&h);
    ck_assert_msg(stub == rows[_i].stub, "%s: %d", rows[_i].name, (int)stub);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exchange/stub");
    TCase *tc = tcase_create("stub");
    tcase_add_loop_test(tc, stub_is_known_by_its_habits, 0, ROWS(rows));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
