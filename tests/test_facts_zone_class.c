/* Which names are of one's own network. */
#include <check.h>
#include <stdlib.h>

#include "dns/name.h"
#include "facts/zone_class.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

static const struct {
    const char *name;
    enum facts_zone_class want;
} rows[] = {
    {"kubernetes", FACTS_ZONE_INTERNAL},
    {"redis.default.svc.cluster.local", FACTS_ZONE_INTERNAL},
    {"redis.default.svc", FACTS_ZONE_INTERNAL},
    {"ip-10-0-0-1.ec2.internal", FACTS_ZONE_INTERNAL},
    {"printer.local", FACTS_ZONE_INTERNAL},
    {"nas.lan", FACTS_ZONE_INTERNAL},
    {"mail.corp", FACTS_ZONE_INTERNAL},
    {"router.home.arpa", FACTS_ZONE_INTERNAL},
    {"a.test", FACTS_ZONE_INTERNAL},
    {"1.0.0.10.in-addr.arpa", FACTS_ZONE_INTERNAL},
    {"10.in-addr.arpa", FACTS_ZONE_INTERNAL},
    {"1.1.168.192.in-addr.arpa", FACTS_ZONE_INTERNAL},
    {"1.1.16.172.in-addr.arpa", FACTS_ZONE_INTERNAL},
    {"1.1.31.172.in-addr.arpa", FACTS_ZONE_INTERNAL},
    {"1.1.64.100.in-addr.arpa", FACTS_ZONE_INTERNAL},
    {"1.0.d.f.ip6.arpa", FACTS_ZONE_INTERNAL},
    {"1.8.e.f.ip6.arpa", FACTS_ZONE_INTERNAL},
    {".", FACTS_ZONE_EXTERNAL},
    {"example.com", FACTS_ZONE_EXTERNAL},
    {"local.example.com", FACTS_ZONE_EXTERNAL},
    {"www.xlocal.net", FACTS_ZONE_EXTERNAL},
    {"a.notlocal", FACTS_ZONE_EXTERNAL},
    {"home.arpa.example.org", FACTS_ZONE_EXTERNAL},
    {"1.1.15.172.in-addr.arpa", FACTS_ZONE_EXTERNAL},
    {"1.1.32.172.in-addr.arpa", FACTS_ZONE_EXTERNAL},
    {"172.in-addr.arpa", FACTS_ZONE_EXTERNAL},
    {"1.1.x.172.in-addr.arpa", FACTS_ZONE_EXTERNAL},
    {"1.1.1024.172.in-addr.arpa", FACTS_ZONE_EXTERNAL},
    {"1.1.63.100.in-addr.arpa", FACTS_ZONE_EXTERNAL},
    {"8.8.8.8.in-addr.arpa", FACTS_ZONE_EXTERNAL},
    {"8.b.d.0.1.0.0.2.ip6.arpa", FACTS_ZONE_INTERNAL},
    {"9.b.d.0.1.0.0.2.ip6.arpa", FACTS_ZONE_EXTERNAL},
};

START_TEST(name_has_its_zone_class)
{
    uint8_t wire[DNS_NAME_OCTETS];
    uint16_t octets;
    ck_assert(dns_name_parse(rows[_i].name, wire, &octets));
    /* as long as it is, so that ASan sees any overread */
    uint8_t *name = malloc(octets);
    ck_assert_ptr_nonnull(name);
    memcpy(name, wire, octets);
    const enum facts_zone_class got =
        facts_zone_class((struct bytes){name, octets});
    free(name);
    ck_assert_msg(got == rows[_i].want, "%s", rows[_i].name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/zone_class");
    TCase *tc = tcase_create("zone_class");
    tcase_add_loop_test(tc, name_has_its_zone_class, 0, ROWS(rows));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
