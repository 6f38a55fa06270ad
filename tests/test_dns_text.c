/* Names of codes: ldns's, the registries', and the fallback for the rest. */
#include <check.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "dns/text.h"

static const char *opcode_text(uint16_t code, char out[DNS_CODE_TEXT])
{
    return dns_opcode_text((uint8_t)code, out);
}

static const struct {
    const char *(*text)(uint16_t, char[DNS_CODE_TEXT]);
    uint16_t code;
    const char *want;
} rows[] = {
    {dns_type_text, 1, "A"},
    {dns_type_text, 28, "AAAA"},
    {dns_type_text, 65, "HTTPS"},
    {dns_type_text, 255, "ANY"},
    {dns_type_text, 257, "CAA"},
    {dns_type_text, 0, "TYPE0"},
    {dns_type_text, 261, "TYPE261"}, /* RESINFO, younger than ldns 1.8.3 */
    {dns_type_text, 65535, "TYPE65535"},
    {dns_class_text, 1, "IN"},
    {dns_class_text, 3, "CH"},
    {dns_class_text, 254, "NONE"},
    {dns_class_text, 255, "ANY"},
    {dns_class_text, 42, "CLASS42"},
    {dns_rcode_text, 0, "NOERROR"},
    {dns_rcode_text, 3, "NXDOMAIN"},
    {dns_rcode_text, 4, "NOTIMP"},
    {dns_rcode_text, 5, "REFUSED"},
    {dns_rcode_text, 12, "RCODE12"},
    {dns_rcode_text, 16, "BADVERS"},
    {dns_rcode_text, 23, "BADCOOKIE"},
    {dns_rcode_text, 24, "RCODE24"},
    {dns_rcode_text, 4095, "RCODE4095"},
    {opcode_text, 0, "QUERY"},
    {opcode_text, 3, "OPCODE3"},
    {opcode_text, 5, "UPDATE"},
    {opcode_text, 6, "DSO"},
    {opcode_text, 15, "OPCODE15"},
    {dns_ede_text, 6, "DNSSEC Bogus"},
    {dns_ede_text, 22, "No Reachable Authority"},
    {dns_ede_text, 99, "EDE 99"},
    {dns_ede_text, 65535, "EDE 65535"},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(a_code_has_its_name)
{
    char out[DNS_CODE_TEXT];
    ck_assert_ptr_eq(rows[_i].text(rows[_i].code, out), out);
    ck_assert_str_eq(out, rows[_i].want);
}
END_TEST

/* Names end up in SQL keys and CSV cells: each code needs one of its own, from
 * which it can be told again, in characters that no sink minds. */
START_TEST(every_type_and_class_has_an_inert_name_of_its_own)
{
    char out[DNS_CODE_TEXT];
    for (unsigned code = 0; code <= UINT16_MAX; code++) {
        memset(out, 'x', sizeof out);
        const char *text = _i == 0 ? dns_type_text((uint16_t)code, out)
                                   : dns_class_text((uint16_t)code, out);
        const size_t length = strnlen(text, DNS_CODE_TEXT);
        ck_assert_uint_gt(length, 0);
        ck_assert_uint_lt(length, DNS_CODE_TEXT);
        ck_assert_msg(text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789-")] == '\0',
                      "%u: %s", code, text);
        const unsigned back = _i == 0
                                  ? (unsigned)ldns_get_rr_type_by_name(text)
                                  : (unsigned)ldns_get_rr_class_by_name(text);
        ck_assert_uint_eq(back, code);
    }
}
END_TEST

START_TEST(every_rcode_and_ede_code_fits)
{
    char out[DNS_CODE_TEXT];
    for (unsigned code = 0; code <= UINT16_MAX; code++) {
        const char *text = _i == 0 ? dns_rcode_text((uint16_t)code, out)
                                   : dns_ede_text((uint16_t)code, out);
        ck_assert_uint_gt(strlen(text), 0);
        ck_assert_uint_lt(strlen(text), DNS_CODE_TEXT - 1); /* not cut */
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dns/text");
    TCase *tc = tcase_create("text");
    tcase_add_loop_test(tc, a_code_has_its_name, 0, ROWS);
    tcase_add_loop_test(tc, every_type_and_class_has_an_inert_name_of_its_own,
                        0, 2);
    tcase_add_loop_test(tc, every_rcode_and_ede_code_fits, 0, 2);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
