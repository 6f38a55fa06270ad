/* What becomes of a TCP segment, in words and numbers. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "packet/datagram.h"
#include "packet/segment.h"

static bool same_words(const char *fate, const char *reason,
                       const char *other_fate, const char *other_reason)
{
    return strcmp(fate, other_fate) == 0 && strcmp(reason, other_reason) == 0;
}

/* Rows of v_frames have the words for a key. */
START_TEST(every_fate_has_words_that_nothing_else_has)
{
    const enum packet_segment_fate a = (enum packet_segment_fate)_i;
    const char *fate = packet_segment_fate(a);
    const char *reason = packet_segment_reason(a);
    ck_assert_str_ne(fate, "");
    ck_assert_str_ne(reason, "");
    for (enum packet_segment_fate b = 0; b < a; b++)
        ck_assert(!same_words(fate, reason, packet_segment_fate(b),
                              packet_segment_reason(b)));
    for (enum packet_status b = 0; b < PACKET_STATUS_COUNT; b++)
        ck_assert(!same_words(fate, reason, packet_status_fate(b),
                              packet_status_reason(b)));
}
END_TEST

START_TEST(a_count_keeps_the_lowest_frame)
{
    struct packet_segment_count c = {0};
    packet_segment_add(&c, 2, 7);
    packet_segment_add(&c, 1, 9);
    ck_assert_uint_eq(c.frames, 3);
    ck_assert_uint_eq(c.first, 7);
    packet_segment_add(&c, 4, 3);
    ck_assert_uint_eq(c.frames, 7);
    ck_assert_uint_eq(c.first, 3);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("packet/segment");
    TCase *tc = tcase_create("segment");
    tcase_add_loop_test(tc, every_fate_has_words_that_nothing_else_has, 0,
                        PACKET_SEGMENT_FATES);
    tcase_add_test(tc, a_count_keeps_the_lowest_frame);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
