/* Errors as values: the code comes back, the text fits, errno is kept. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/err.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

enum { ROOM = sizeof((struct err *)0)->text };

START_TEST(text_and_code_are_filled_and_the_code_returned)
{
    struct err err;
    memset(&err, '#', sizeof err);
    ck_assert_int_eq(err_set(&err, ERR_INPUT, "%s: frame %d", "a.pcap", 7),
                     ERR_INPUT);
    ck_assert_int_eq(err.code, ERR_INPUT);
    ck_assert_str_eq(err.text, "a.pcap: frame 7");
}
END_TEST

START_TEST(later_error_replaces_the_earlier)
{
    struct err err;
    ck_assert_int_eq(err_set(&err, ERR_INPUT, "a longer text"), ERR_INPUT);
    ck_assert_int_eq(err_set(&err, ERR_STORE, "short"), ERR_STORE);
    ck_assert_int_eq(err.code, ERR_STORE);
    ck_assert_str_eq(err.text, "short");
}
END_TEST

START_TEST(code_is_returned_to_who_wants_no_text)
{
    errno = ENOENT;
    ck_assert_int_eq(err_set(NULL, ERR_NOMEM, "%d", 1), ERR_NOMEM);
    ck_assert_int_eq(err_set_errno(NULL, ERR_OUTPUT, "%d", 1), ERR_OUTPUT);
}
END_TEST

static const struct {
    int number;
    const char *text;
} numbers[] = {
    {ENOENT, "a.pcap: No such file or directory"},
    {EACCES, "a.pcap: Permission denied"},
    {ENOSPC, "a.pcap: No space left on device"},
    {0, "a.pcap: Success"},
};

START_TEST(errno_is_told_in_words)
{
    struct err err;
    errno = numbers[_i].number;
    ck_assert_int_eq(err_set_errno(&err, ERR_INPUT, "%s", "a.pcap"), ERR_INPUT);
    ck_assert_int_eq(err.code, ERR_INPUT);
    ck_assert_str_eq(err.text, numbers[_i].text);
}
END_TEST

/* Octets of text before the words of errno. */
static const size_t lengths[] = {0,        1,        ROOM - 30, ROOM - 3,
                                 ROOM - 2, ROOM - 1, ROOM,      3 * ROOM};

START_TEST(long_text_is_cut_to_its_room)
{
    const size_t length = lengths[_i];
    char *text = malloc(length + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', length);
    text[length] = '\0';
    /* On the heap, so that a sanitizer sees an octet too many. */
    struct err *err = malloc(sizeof *err);
    ck_assert_ptr_nonnull(err);

    ck_assert_int_eq(err_set(err, ERR_INPUT, "%s", text), ERR_INPUT);
    const size_t kept = length < ROOM ? length : ROOM - 1;
    ck_assert_uint_eq(strlen(err->text), kept);

    errno = ENOENT;
    ck_assert_int_eq(err_set_errno(err, ERR_INPUT, "%s", text), ERR_INPUT);
    char whole[4 * ROOM];
    const int n =
        snprintf(whole, sizeof whole, "%s: No such file or directory", text);
    whole[n < ROOM ? n : ROOM - 1] = '\0';
    ck_assert_str_eq(err->text, whole);
    free(err);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util/err");
    TCase *tc = tcase_create("err");
    tcase_add_test(tc, text_and_code_are_filled_and_the_code_returned);
    tcase_add_test(tc, later_error_replaces_the_earlier);
    tcase_add_test(tc, code_is_returned_to_who_wants_no_text);
    tcase_add_loop_test(tc, errno_is_told_in_words, 0, ROWS(numbers));
    tcase_add_loop_test(tc, long_text_is_cut_to_its_room, 0, ROWS(lengths));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
