/* Octets that came too early: kept once, in order, at a price that does not
 * depend on the order they came in. */
#include <stdlib.h>

#include "packet/ahead.h"
#include "test_octets.h"
#include "test_random.h"

static struct budget budget;
static struct packet_memory memory;
static struct packet_ahead_shared shared;
static struct packet_ahead *ahead;

static void setup(void)
{
    budget = (struct budget){.limit = (size_t)64 << 20};
    memory = (struct packet_memory){.budget = &budget, .limit = budget.limit};
    shared = (struct packet_ahead_shared){.memory = &memory, .seed = 7};
    ahead = NULL;
}

static enum packet_ahead_result put(uint32_t sequence, const char *octets)
{
    static uint64_t frame;
    const struct packet_segment s = {
        .data = (const uint8_t *)octets,
        .len = (uint32_t)strlen(octets),
        .sequence = sequence,
        .frame = ++frame,
    };
    return packet_ahead_put(&ahead, &shared, &s);
}

/* Takes everything out: octets as they lie, '|' where a piece ends that counts,
 * '.' where there is a gap. */
static const char *take_all(char *text)
{
    char *at = text;
    bool first = true;
    uint32_t end = 0;
    while (ahead) {
        struct packet_ahead_piece *piece = packet_ahead_take(&ahead, &memory);
        if (!first && piece->sequence != end)
            *at++ = '.';
        first = false;
        end = piece->sequence + piece->len;
        memcpy(at, packet_ahead_octets(piece), piece->len);
        at += piece->len;
        if (piece->counts)
            *at++ = '|';
        packet_ahead_piece_free(piece, &memory);
    }
    *at = '\0';
    return text;
}

/* Each octet of a segment is its letter, so that one sees whose copy won. */
static const struct {
    const char *name;
    struct {
        uint32_t sequence;
        const char *octets;
        int want; /* enum packet_ahead_result */
    } puts[6];
    const char *held;
} rows[] = {
    {"one", {{10, "aaa", PACKET_AHEAD_NEW}}, "aaa|"},
    {"two in order", {{10, "aa"}, {12, "bb"}}, "aa|bb|"},
    {"two backwards", {{12, "bb"}, {10, "aa"}}, "aa|bb|"},
    {"a gap between", {{20, "bb"}, {10, "aa"}}, "aa|.bb|"},
    {"the same again", {{10, "aaa"}, {10, "bbb", PACKET_AHEAD_OLD}}, "aaa|"},
    {"a part again", {{10, "aaa"}, {11, "b", PACKET_AHEAD_OLD}}, "aaa|"},
    {"over the end", {{10, "aaa"}, {11, "bbbb"}}, "aaa|bb|"},
    {"over the beginning", {{12, "aaa"}, {10, "bbbb"}}, "bb|aaa|"},
    {"over both ends", {{12, "aa"}, {10, "bbbbbb"}}, "bbaa|bb|"},
    {"over two and what is between",
     {{12, "aa"}, {16, "cc"}, {10, "bbbbbbbbbb"}},
     "bbaa|bbcc|bb|"},
    {"into a gap of its size",
     {{10, "aa"}, {14, "cc"}, {12, "bb"}},
     "aa|bb|cc|"},
    {"over a gap, ending in a piece",
     {{10, "aa"}, {14, "cc"}, {11, "bbbb"}},
     "aa|bb|cc|"},
    {"the whole in three pieces again",
     {{10, "aa"}, {14, "cc"}, {12, "bb"}, {10, "dddddd", PACKET_AHEAD_OLD}},
     "aa|bb|cc|"},
    {"before the numbers wrap, and behind",
     {{3, "dd"}, {UINT32_MAX, "bb"}, {UINT32_MAX - 2, "aa"}, {1, "cc"}},
     "aa|bb|cc|dd|"},
    {"over the wrap", {{UINT32_MAX, "aa"}, {UINT32_MAX - 1, "bbbb"}}, "baa|b|"},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(the_first_copy_of_an_octet_wins)
{
    for (size_t i = 0; rows[_i].puts[i].octets; i++)
        ck_assert_msg(
            (int)put(rows[_i].puts[i].sequence, rows[_i].puts[i].octets) ==
                rows[_i].puts[i].want,
            "%s: segment %zu", rows[_i].name, i);
    char text[64];
    ck_assert_msg(strcmp(take_all(text), rows[_i].held) == 0, "%s: %s",
                  rows[_i].name, text);
    ck_assert_uint_eq(memory.used, 0);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(a_piece_knows_its_segment)
{
    const struct packet_segment s = {.data = (const uint8_t *)"abcd",
                                     .len = 4,
                                     .missing = 9,
                                     .sequence = 10,
                                     .time_ns = 11,
                                     .frame = 12};
    ck_assert_int_eq(put(11, "x"), PACKET_AHEAD_NEW);
    ck_assert_int_eq(packet_ahead_put(&ahead, &shared, &s), PACKET_AHEAD_NEW);
    for (unsigned i = 0; i < 3; i++) {
        struct packet_ahead_piece *p = packet_ahead_take(&ahead, &memory);
        if (i != 1) {
            ck_assert_int_eq(p->time_ns, 11);
            ck_assert_uint_eq(p->frame, 12);
        }
        ck_assert_int_eq(p->starts, i < 2); /* "x" is a segment of its own */
        ck_assert_int_eq(p->counts, i > 0);
        ck_assert_uint_eq(p->missing, i == 2 ? 9 : 0);
        packet_ahead_piece_free(p, &memory);
    }
    ck_assert_ptr_null(ahead);
}
END_TEST

/* Puts `octets` as segments of one octet, each twice, and takes them out again.
 * Returns the steps. */
static uint64_t steps_of(uint32_t octets, const uint32_t *order)
{
    setup();
    for (uint32_t i = 0; i < octets; i++) {
        const char octet[2] = {(char)('a' + order[i] % 26), '\0'};
        ck_assert_int_eq(put(order[i], octet), PACKET_AHEAD_NEW);
        ck_assert_int_eq(put(order[i], "!"), PACKET_AHEAD_OLD);
    }
    for (uint32_t i = 0; i < octets; i++) {
        struct packet_ahead_piece *p = packet_ahead_take(&ahead, &memory);
        ck_assert_uint_eq(p->sequence, i);
        ck_assert_int_eq(*packet_ahead_octets(p), (int)('a' + i % 26));
        packet_ahead_piece_free(p, &memory);
    }
    ck_assert_ptr_null(ahead);
    ck_assert_uint_eq(memory.used, 0);
    return shared.steps;
}

enum order { FORWARDS, BACKWARDS, SHUFFLED, INSIDE_OUT, ORDERS };

static void fill_order(uint32_t *items, uint32_t n, enum order order)
{
    uint64_t state = 1;
    for (uint32_t i = 0; i < n; i++) {
        items[i] = order == BACKWARDS ? n - 1 - i : i;
        if (order == INSIDE_OUT)
            items[i] = i % 2 ? n / 2 - 1 - i / 2 : n / 2 + i / 2;
    }
    if (order == SHUFFLED)
        random_shuffle(&state, items, n);
}

START_TEST(no_order_is_expensive)
{
    enum { FEW = 6500, MANY = 65000 };
    static uint32_t items[MANY];
    fill_order(items, FEW, (enum order)_i);
    const uint64_t few = steps_of(FEW, items);
    fill_order(items, MANY, (enum order)_i);
    const uint64_t many = steps_of(MANY, items);
    /* n log n, by chance: not the hundredfold of a search along the list, and
     * about four steps a level. */
    ck_assert_uint_le(many, few * 20);
    ck_assert_uint_le(many, (uint64_t)MANY * 2 * 4 * PACKET_AHEAD_HEIGHT);
}
END_TEST

START_TEST(memory_follows_what_came)
{
    ck_assert_int_eq(put(5, "abc"), PACKET_AHEAD_NEW);
    const size_t first = memory.used;
    ck_assert_uint_lt(first, 256);
    ck_assert_int_eq(put(2000000000, "abc"), PACKET_AHEAD_NEW);
    ck_assert_uint_lt(memory.used - first, 160);
    char text[16];
    take_all(text);
}
END_TEST

START_TEST(what_finds_no_memory_is_refused)
{
    memory.limit = 100; /* enough for the lists' heads, not for a piece */
    ck_assert_int_eq(put(5, "abc"), PACKET_AHEAD_REFUSED);
    ck_assert_ptr_null(ahead);
    ck_assert_uint_eq(memory.used, 0);
    memory.limit = 10;
    ck_assert_int_eq(put(5, "abc"), PACKET_AHEAD_REFUSED);
    ck_assert_ptr_null(ahead);

    memory.limit = 300; /* for one piece, not for the other beyond "x" */
    ck_assert_int_eq(put(5, "x"), PACKET_AHEAD_NEW);
    memory.limit = memory.used + 60;
    ck_assert_int_eq(put(3, "abcdefghi"), PACKET_AHEAD_NEW);
    char text[16];
    ck_assert_str_eq(take_all(text), "ab|x|");
    ck_assert_uint_eq(memory.used, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("packet/ahead");
    TCase *tc = tcase_create("ahead");
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, the_first_copy_of_an_octet_wins, 0, ROWS);
    tcase_add_test(tc, a_piece_knows_its_segment);
    tcase_add_loop_test(tc, no_order_is_expensive, 0, ORDERS);
    tcase_add_test(tc, memory_follows_what_came);
    tcase_add_test(tc, what_finds_no_memory_is_refused);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
