/* What became of every frame: each fate its own row, and the sum all frames. */
#include <check.h>
#include <stdlib.h>

#include "facts/frame.h"
#include "test_facts.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

enum {
    FATES = PACKET_STATUS_COUNT + DNS_STATUS_COUNT + PACKET_SEGMENT_FATES +
            PACKET_ICMP_KINDS,
    NONE = -1,
};

/* The count of the fate that is `i`-th of all, or NULL for a frame that is
 * counted by what came of its datagram or segment. */
static uint64_t *count_at(struct facts_frames *f, int i)
{
    if (i == PACKET_OK || i == PACKET_TCP_DNS)
        return NULL;
    if (i < PACKET_STATUS_COUNT)
        return &f->packet[i].frames;
    i -= PACKET_STATUS_COUNT;
    if (i < DNS_STATUS_COUNT)
        return &f->dns[i].frames;
    i -= DNS_STATUS_COUNT;
    if (i < PACKET_SEGMENT_FATES)
        return &f->tcp[i].frames;
    return &f->icmp[i - PACKET_SEGMENT_FATES].frames;
}

static void save(const struct facts_frames *frames, struct facts_tables *tables)
{
    facts_tables_open(tables);
    const struct facts_sink sink = {tables, facts_insert};
    struct err err;
    ck_assert_int_eq(facts_frames_save(frames, &sink, &err), ERR_OK);
}

START_TEST(first_frame_of_a_fate_is_kept)
{
    struct facts_frame_count c = {0, 0};
    facts_frame_add(&c, 7);
    facts_frame_add(&c, 9);
    facts_frame_add(&c, 3); /* of a later input, say */
    ck_assert_uint_eq(c.frames, 3);
    ck_assert_uint_eq(c.first, 7);
}
END_TEST

START_TEST(what_did_not_occur_has_no_row)
{
    struct facts_frames frames = {0};
    struct facts_tables tables;
    save(&frames, &tables);
    ck_assert_str_eq(facts_ask(&tables, "SELECT * FROM frame_fate"), "");
    facts_tables_close(&tables);
}
END_TEST

/* The table's key holds the fate and the reason: two that read the same would
 * be refused. */
START_TEST(every_fate_has_a_row_of_its_own_and_nothing_is_lost)
{
    struct facts_frames frames = {0};
    int64_t rows = 0, sum = 0;
    for (int i = 0; i < FATES; i++) {
        uint64_t *count = count_at(&frames, i);
        if (!count)
            continue;
        *count = (uint64_t)i * 1000 + 1;
        rows++;
        sum += (int64_t)*count;
    }
    struct facts_tables tables;
    save(&frames, &tables);
    ck_assert_int_eq(
        facts_ask_number(&tables, "SELECT count(*) FROM frame_fate"), rows);
    ck_assert_int_eq(
        facts_ask_number(&tables, "SELECT sum(frames) FROM frame_fate"), sum);
    facts_tables_close(&tables);
}
END_TEST

START_TEST(fates_are_the_known_words_and_all_but_dns_have_a_reason)
{
    struct facts_frames frames = {0};
    for (int i = 0; i < FATES; i++) {
        uint64_t *count = count_at(&frames, i);
        if (count)
            *count = 1;
    }
    struct facts_tables tables;
    save(&frames, &tables);
    ck_assert_str_eq(
        facts_ask(&tables,
                  "SELECT fate, reason FROM frame_fate WHERE fate NOT IN"
                  " ('dns', 'not_dns', 'waiting', 'malformed', 'cut',"
                  " 'unsupported', 'icmp_quote', 'multicast_dns', 'encrypted')"
                  " OR (reason = '' AND fate <> 'dns')"),
        "");
    facts_tables_close(&tables);
}
END_TEST

static const struct {
    enum packet_status packet; /* PACKET_OK: a datagram, see dns */
    enum dns_status dns;
    const char *row; /* fate, reason, frames, first frame */
} texts[] = {
    {PACKET_OK, DNS_OK, "dns||5|42"},
    {PACKET_OK, DNS_CUT, "cut|DNS message|5|42"},
    {PACKET_OK, DNS_BAD_POINTER, "malformed|compression pointer|5|42"},
    {PACKET_OK, DNS_TRAILING, "malformed|trailing octets|5|42"},
    {PACKET_EMPTY, DNS_OK, "malformed|empty frame|5|42"},
    {PACKET_NOT_IP, DNS_OK, "not_dns|not IP|5|42"},
    {PACKET_MDNS, DNS_OK, "multicast_dns|mDNS|5|42"},
};

START_TEST(fate_is_told_in_words_with_its_count_and_first_frame)
{
    struct facts_frames frames = {0};
    struct facts_frame_count *c = texts[_i].packet == PACKET_OK
                                      ? &frames.dns[texts[_i].dns]
                                      : &frames.packet[texts[_i].packet];
    *c = (struct facts_frame_count){5, 42};
    struct facts_tables tables;
    save(&frames, &tables);
    ck_assert_str_eq(facts_ask(&tables, "SELECT * FROM frame_fate"),
                     texts[_i].row);
    facts_tables_close(&tables);
}
END_TEST

static enum err_code refuse(void *context, const char *table,
                            const struct facts_value *values, size_t count,
                            struct err *err)
{
    (void)values;
    (void)count;
    ++*(unsigned *)context;
    return err_set(err, ERR_OUTPUT, "no room for %s", table);
}

START_TEST(icmp_error_is_told_by_what_it_says)
{
    struct facts_frames frames = {0};
    frames.icmp[PACKET_ICMP_FORBIDDEN] = (struct facts_frame_count){5, 42};
    struct facts_tables tables;
    save(&frames, &tables);
    ck_assert_str_eq(facts_ask(&tables, "SELECT * FROM frame_fate"),
                     "icmp_quote|administratively prohibited|5|42");
    facts_tables_close(&tables);
}
END_TEST

START_TEST(refused_row_ends_it)
{
    struct facts_frames frames = {0};
    unsigned rows = 0;
    const struct facts_sink sink = {&rows, refuse};
    struct err err;
    frames.packet[PACKET_NOT_IP].frames = 1;
    frames.packet[PACKET_ICMP].frames = 1;
    frames.dns[DNS_OK].frames = 1;
    frames.tcp[PACKET_SEGMENT_DNS].frames = 1;
    ck_assert_int_eq(facts_frames_save(&frames, &sink, &err), ERR_OUTPUT);
    ck_assert_uint_eq(rows, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("facts/frame");
    TCase *tc = tcase_create("frame");
    tcase_add_test(tc, first_frame_of_a_fate_is_kept);
    tcase_add_test(tc, what_did_not_occur_has_no_row);
    tcase_add_test(tc, every_fate_has_a_row_of_its_own_and_nothing_is_lost);
    tcase_add_test(tc, fates_are_the_known_words_and_all_but_dns_have_a_reason);
    tcase_add_loop_test(tc,
                        fate_is_told_in_words_with_its_count_and_first_frame, 0,
                        ROWS(texts));
    tcase_add_test(tc, icmp_error_is_told_by_what_it_says);
    tcase_add_test(tc, refused_row_ends_it);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
