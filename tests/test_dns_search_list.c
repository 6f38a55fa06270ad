/* Search lists as people write them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/search_list.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define TEN "a b c d e f g h i j "

static const struct {
    const char *text, *want; /* the list, or the word at fault */
    enum dns_search_status status;
} rows[] = {
    {"lan", "lan", DNS_SEARCH_OK},
    {"default.svc.cluster.local svc.cluster.local",
     "default.svc.cluster.local svc.cluster.local", DNS_SEARCH_OK},
    {"corp.example,example", "corp.example example", DNS_SEARCH_OK},
    {" ,\tcorp.example , example,\n", "corp.example example", DNS_SEARCH_OK},
    {"Corp.Example. EXAMPLE.", "corp.example example", DNS_SEARCH_OK},
    {"lan corp lan", "lan corp", DNS_SEARCH_OK},
    {"lan .", "lan", DNS_SEARCH_OK},
    {".", "", DNS_SEARCH_OK},
    {"a\\.b.lan", "a\\046b.lan", DNS_SEARCH_OK},
    {TEN "k l m n o p q r s t u v w x y z a1 b1 c1 d1 e1 f1",
     TEN "k l m n o p q r s t u v w x y z a1 b1 c1 d1 e1 f1", DNS_SEARCH_OK},
    {TEN "k l m n o p q r s t u v w x y z a1 b1 c1 d1 e1 f1 g1", "g1",
     DNS_SEARCH_TOO_MANY},
    {"", "", DNS_SEARCH_NONE},
    {" , ", "", DNS_SEARCH_NONE},
    {"lan a..b corp", "a..b", DNS_SEARCH_NO_NAME},
    {".lan", ".lan", DNS_SEARCH_NO_NAME},
    {"lan\\", "lan\\", DNS_SEARCH_NO_NAME},
    {"x\\300.lan", "x\\300.lan", DNS_SEARCH_NO_NAME},
    {"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd",
     "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd",
     DNS_SEARCH_NO_NAME},
};

/* The suffixes as text, a blank between. */
static void show(const struct dns_search_list *list, char out[512])
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < list->count; i++) {
        char name[DNS_NAME_TEXT];
        dns_name_text(list->suffixes[i].name, list->suffixes[i].octets, name);
        used += (size_t)snprintf(out + used, 512 - used, "%s%s",
                                 i > 0 ? " " : "", name);
    }
}

START_TEST(list_is_read_or_the_word_named)
{
    struct dns_search_list list = {.count = 7, .ndots = 3, .has_ndots = true};
    struct bytes word;
    char found[512];
    ck_assert_int_eq(dns_search_list_read(&list, rows[_i].text, &word),
                     rows[_i].status);
    if (rows[_i].status == DNS_SEARCH_OK)
        show(&list, found);
    else
        snprintf(found, sizeof found, "%.*s", (int)word.len, word.data);
    ck_assert_str_eq(found, rows[_i].want);
    if (rows[_i].status != DNS_SEARCH_OK)
        ck_assert_uint_eq(list.count, 0);
    ck_assert(list.has_ndots && list.ndots == 3); /* another matter */
}
END_TEST

/* However long a word is. */
START_TEST(word_longer_than_any_name_is_none)
{
    static char text[70000];
    struct dns_search_list list = {0};
    struct bytes word;
    memset(text, 'a', sizeof text - 1);
    ck_assert_int_eq(dns_search_list_read(&list, text, &word),
                     DNS_SEARCH_NO_NAME);
    ck_assert_uint_eq(word.len, sizeof text - 1);
}
END_TEST

START_TEST(place_is_that_in_the_list)
{
    struct dns_search_list list = {0};
    struct bytes word;
    uint8_t name[DNS_NAME_OCTETS];
    uint16_t octets;
    ck_assert_int_eq(dns_search_list_read(&list, "a.lan lan", &word),
                     DNS_SEARCH_OK);
    static const struct {
        const char *name;
        unsigned place;
    } places[] = {{"a.lan", 1}, {"lan", 2}, {"b.lan", 0}, {".", 0}};
    for (int i = 0; i < ROWS(places); i++) {
        ck_assert(dns_name_parse(places[i].name, name, &octets));
        ck_assert_uint_eq(
            dns_search_list_place(&list, (struct bytes){name, octets}),
            places[i].place);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dns/search_list");
    TCase *tc = tcase_create("search_list");
    tcase_add_loop_test(tc, list_is_read_or_the_word_named, 0, ROWS(rows));
    tcase_add_test(tc, word_longer_than_any_name_is_none);
    tcase_add_test(tc, place_is_that_in_the_list);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
