/* Names: where they end, what they expand to, how they fold, hash and read. */
#include <check.h>
#include <stdlib.h>

#include "dns/name.h"
#include "test_octets.h"

/* Names start behind a message header, as in a message. */
#define HEADER  "0000 0000 0000 0000 0000 0000 "
#define EXAMPLE "0765 7861 6d70 6c65 00 " /* at 12, ends at 21 */
#define MAIL    "046d 6169 6c "

static const struct {
    const char *name;
    const char *msg;
    size_t at;
    enum dns_status skip, expand;
    size_t end;
    const char *expanded;
} names[] = {
    {"root", HEADER "00", 12, DNS_OK, DNS_OK, 13, "00"},
    {"one label", HEADER EXAMPLE, 12, DNS_OK, DNS_OK, 21, EXAMPLE},
    {"two labels", HEADER MAIL EXAMPLE, 12, DNS_OK, DNS_OK, 26, MAIL EXAMPLE},
    {"pointer only", HEADER EXAMPLE "c00c", 21, DNS_OK, DNS_OK, 23, EXAMPLE},
    {"pointer to root", HEADER "00 c00c", 13, DNS_OK, DNS_OK, 15, "00"},
    {"label and pointer", HEADER EXAMPLE MAIL "c00c", 21, DNS_OK, DNS_OK, 28,
     MAIL EXAMPLE},
    {"pointer to a pointer", HEADER EXAMPLE MAIL "c00c c015", 28, DNS_OK,
     DNS_OK, 30, MAIL EXAMPLE},
    {"pointer to a name's tail", HEADER MAIL EXAMPLE "0141 c011", 26, DNS_OK,
     DNS_OK, 30, "0141" EXAMPLE},
    {"case is kept", HEADER "0445 7841 6d00", 12, DNS_OK, DNS_OK, 18,
     "0445 7841 6d00"},
    {"any octet in a label", HEADER "0600 2e5c ff41 c0 00", 12, DNS_OK, DNS_OK,
     20, "0600 2e5c ff41 c0 00"},
    {"pointer to itself", HEADER "c00c", 12, DNS_BAD_POINTER, DNS_BAD_POINTER,
     0, ""},
    {"pointer to its own label", HEADER "0161 c00c", 12, DNS_BAD_POINTER,
     DNS_BAD_POINTER, 0, ""},
    {"pointer forward", HEADER "c00e 00", 12, DNS_BAD_POINTER, DNS_BAD_POINTER,
     0, ""},
    {"pointer past the end", HEADER "ffff", 12, DNS_BAD_POINTER,
     DNS_BAD_POINTER, 0, ""},
    {"pointer into the header", HEADER "00 c00b", 13, DNS_BAD_POINTER,
     DNS_BAD_POINTER, 0, ""},
    {"pointer to a loop", HEADER "c00c c00c", 14, DNS_OK, DNS_BAD_POINTER, 16,
     ""},
    {"pointer back to a pointer forward", HEADER "c00e c00c", 14, DNS_OK,
     DNS_BAD_POINTER, 16, ""},
    {"pointed-to labels run into the pointer", HEADER "0261 c00c 00", 14,
     DNS_OK, DNS_BAD_POINTER, 16, ""},
    {"pointed-to labels run into the name", HEADER "0361 6162 0163 c00c", 16,
     DNS_OK, DNS_BAD_POINTER, 20, ""},
    {"pointed-to labels run over the pointer", HEADER "0561 0162 c00c 00", 14,
     DNS_OK, DNS_BAD_POINTER, 18, ""},
    {"pointed-to labels end in half a pointer", HEADER "0161 c0 c00c", 15,
     DNS_OK, DNS_BAD_POINTER, 17, ""},
    {"label type 0x40", HEADER "4061 00", 12, DNS_BAD_LABEL, DNS_BAD_LABEL, 0,
     ""},
    {"label type 0x80", HEADER "8061 00", 12, DNS_BAD_LABEL, DNS_BAD_LABEL, 0,
     ""},
    {"label type 0x40 behind a pointer", HEADER "4061 00 c00c", 15, DNS_OK,
     DNS_BAD_LABEL, 17, ""},
    {"nothing there", HEADER, 12, DNS_CUT, DNS_CUT, 0, ""},
    {"no root label", HEADER MAIL, 12, DNS_CUT, DNS_CUT, 0, ""},
    {"label longer than the message", HEADER "0561 6161 61", 12, DNS_CUT,
     DNS_CUT, 0, ""},
    {"half a pointer", HEADER EXAMPLE "c0", 21, DNS_CUT, DNS_CUT, 0, ""},
};
enum { NAMES = sizeof names / sizeof names[0] };

START_TEST(a_name_ends_and_expands_as_its_octets_say)
{
    const struct bytes msg = octets_hex(names[_i].msg);
    const struct bytes want = octets_hex(names[_i].expanded);
    size_t end = 0;
    ck_assert_msg(dns_name_skip(msg, names[_i].at, &end) == names[_i].skip,
                  "%s", names[_i].name);
    if (names[_i].skip == DNS_OK)
        ck_assert_uint_eq(end, names[_i].end);

    uint8_t out[DNS_NAME_OCTETS];
    uint16_t octets;
    ck_assert_msg(dns_name_expand(msg, names[_i].at, out, &octets, &end) ==
                      names[_i].expand,
                  "%s", names[_i].name);
    if (names[_i].expand == DNS_OK) {
        ck_assert_uint_eq(end, names[_i].end);
        ck_assert_uint_eq(octets, want.len);
        ck_assert_mem_eq(out, want.data, want.len);
    }
    octets_unbox(want);
    octets_unbox(msg);
}
END_TEST

START_TEST(a_message_cut_anywhere_is_not_read_behind_its_end)
{
    const struct bytes msg = octets_hex(names[_i].msg);
    for (size_t n = names[_i].at; n < msg.len; n++) {
        const struct bytes part = octets_box(msg.data, n);
        uint8_t out[DNS_NAME_OCTETS];
        uint16_t octets;
        size_t end;
        const enum dns_status status =
            dns_name_expand(part, names[_i].at, out, &octets, &end);
        if (status == DNS_OK) /* then the cut was behind the name */
            ck_assert_uint_le(names[_i].end, n);
        else if (names[_i].expand == DNS_OK)
            ck_assert_int_eq(status, DNS_CUT);
        octets_unbox(part);
    }
    octets_unbox(msg);
}
END_TEST

/* Appends `count` labels of `octets` each at `used`. */
static size_t put_labels(uint8_t *msg, size_t used, unsigned count,
                         uint8_t octets)
{
    for (unsigned i = 0; i < count; i++) {
        msg[used] = octets;
        memset(msg + used + 1, 'a' + (int)(i % 26), octets);
        used += 1u + octets;
    }
    return used;
}

/* Names as long as they may be, and one octet more. */
static const struct {
    const char *name;
    unsigned count;
    uint8_t octets; /* labels of so many ... */
    uint8_t last;   /* ... and one of so many, if not 0 */
    enum dns_status want;
} extremes[] = {
    {"127 labels of 1, 255 octets", 127, 1, 0, DNS_OK},
    {"127 labels, one of 2", 126, 1, 2, DNS_BAD_LABEL},
    {"128 labels", 128, 1, 0, DNS_BAD_LABEL},
    {"63-octet labels, 255 octets", 3, 63, 61, DNS_OK},
    {"63-octet labels, 256 octets", 3, 63, 62, DNS_BAD_LABEL},
    {"63-octet labels, 257 octets", 4, 63, 0, DNS_BAD_LABEL},
};
enum { EXTREMES = sizeof extremes / sizeof extremes[0] };

static size_t put_extreme(uint8_t *msg, size_t used, int row)
{
    used = put_labels(msg, used, extremes[row].count, extremes[row].octets);
    if (extremes[row].last != 0)
        used = put_labels(msg, used, 1, extremes[row].last);
    msg[used] = 0;
    return used + 1;
}

START_TEST(names_up_to_255_octets_are_names)
{
    uint8_t msg[12 + 600];
    const size_t used = put_extreme(msg, 12, _i);
    const struct bytes box = octets_box(msg, used);
    size_t end;
    ck_assert_msg(dns_name_skip(box, 12, &end) == extremes[_i].want, "%s",
                  extremes[_i].name);
    uint8_t out[DNS_NAME_OCTETS];
    uint16_t octets;
    ck_assert_int_eq(dns_name_expand(box, 12, out, &octets, &end),
                     extremes[_i].want);
    octets_unbox(box);
}
END_TEST

/* The same total, put together from a label and a pointer to the rest. */
START_TEST(the_limit_holds_across_pointers)
{
    uint8_t msg[12 + 600];
    size_t used = put_extreme(msg, 12, _i);
    const size_t at = used;
    msg[used++] = msg[12]; /* the first label once more, then the rest */
    memcpy(msg + used, msg + 13, msg[12]);
    used += msg[12];
    msg[used++] = 0xc0;
    msg[used++] = (uint8_t)(12 + 1 + msg[12]);
    const struct bytes box = octets_box(msg, used);
    uint8_t out[DNS_NAME_OCTETS];
    uint16_t octets;
    size_t end;
    ck_assert_int_eq(dns_name_expand(box, at, out, &octets, &end),
                     extremes[_i].want);
    if (extremes[_i].want == DNS_OK) {
        ck_assert_uint_eq(octets, DNS_NAME_OCTETS);
        ck_assert_mem_eq(out, msg + 12, DNS_NAME_OCTETS);
        ck_assert_uint_eq(end, used);
    }
    octets_unbox(box);
}
END_TEST

/* Behind a root label, `pointers` pointers each to the one before. Returns
 * where the last one stands. */
static size_t put_chain(uint8_t *msg, unsigned pointers, size_t *used)
{
    size_t at = 12;
    msg[at] = 0;
    *used = 13;
    for (unsigned i = 0; i < pointers; i++) {
        msg[*used] = (uint8_t)(0xc0 | at >> 8);
        msg[*used + 1] = (uint8_t)at;
        at = *used;
        *used += 2;
    }
    return at;
}

START_TEST(a_chain_of_128_pointers_is_followed_and_of_129_is_not)
{
    uint8_t msg[12 + 1 + 2 * (DNS_NAME_POINTERS + 1)];
    uint8_t out[DNS_NAME_OCTETS];
    uint16_t octets;
    size_t end, used;
    size_t at = put_chain(msg, DNS_NAME_POINTERS, &used);
    ck_assert_int_eq(
        dns_name_expand((struct bytes){msg, used}, at, out, &octets, &end),
        DNS_OK);
    ck_assert_uint_eq(octets, 1);
    at = put_chain(msg, DNS_NAME_POINTERS + 1, &used);
    ck_assert_int_eq(
        dns_name_expand((struct bytes){msg, used}, at, out, &octets, &end),
        DNS_BAD_POINTER);
}
END_TEST

START_TEST(work_is_the_octets_that_a_name_makes_the_reader_look_at)
{
    const struct bytes msg = octets_hex(HEADER EXAMPLE MAIL "c00c");
    static const struct {
        uint32_t work, left;
        enum dns_status want;
    } budgets[] = {
        {17, 1, DNS_OK}, /* "mail", the pointer, "example" and the root */
        {16, 0, DNS_OK},
        {8, 0, DNS_OK}, /* the last run begins within it */
        {7, 0, DNS_BAD_POINTER},
        {0, 0, DNS_BAD_POINTER},
    };
    for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
        uint8_t out[DNS_NAME_OCTETS];
        uint16_t octets;
        size_t end;
        uint32_t work = budgets[i].work;
        ck_assert_int_eq(
            dns_name_expand_within(msg, 21, &work, out, &octets, &end),
            budgets[i].want);
        ck_assert_uint_eq(work, budgets[i].left);
    }
    octets_unbox(msg);
}
END_TEST

/* Every octet value at every place of every length, against the obvious loop;
 * the box makes a store behind the name visible. */
START_TEST(folding_changes_capital_letters_only)
{
    uint8_t name[DNS_NAME_OCTETS], want[DNS_NAME_OCTETS];
    for (size_t octets = 0; octets <= DNS_NAME_OCTETS; octets++) {
        for (size_t i = 0; i < octets; i++) {
            name[i] = (uint8_t)(i * 7 + octets);
            want[i] =
                name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20u : name[i];
        }
        const struct bytes in = octets_box(name, octets);
        const struct bytes out = octets_box(name, octets);
        uint8_t *to = (uint8_t *)(uintptr_t)out.data;
        memset(to, 0xee, octets);
        dns_name_fold(to, in.data, octets);
        if (octets > 0)
            ck_assert_mem_eq(to, want, octets);
        ck_assert(dns_name_is_folded(to, octets));
        ck_assert_int_eq(dns_name_is_folded(in.data, octets),
                         octets == 0 || memcmp(name, want, octets) == 0);
        memcpy(to, name, octets);
        dns_name_fold(to, to, octets); /* in place */
        if (octets > 0)
            ck_assert_mem_eq(to, want, octets);
        octets_unbox(out);
        octets_unbox(in);
    }
}
END_TEST

static const struct {
    const char *a, *b;
    bool equal;
} pairs[] = {
    {"00", "00", true},
    {EXAMPLE, EXAMPLE, true},
    {EXAMPLE, "0745 5841 4d50 4c45 00", true},
    {EXAMPLE, "0765 7861 6d70 6c66 00", false},
    {EXAMPLE, "0665 7861 6d70 6c00", false},
    {"0140 00", "0160 00", false}, /* '@' and '`' */
    {"015b 00", "017b 00", false}, /* '[' and '{' */
    {"01c1 00", "01e1 00", false}, /* Latin letters are no ASCII */
    {MAIL EXAMPLE "", "044d 4149 4c" EXAMPLE, true},
    {MAIL EXAMPLE MAIL EXAMPLE, MAIL EXAMPLE "044d 4149 4c" EXAMPLE, true},
    {MAIL EXAMPLE MAIL EXAMPLE, MAIL EXAMPLE "044d 4149 4d" EXAMPLE, false},
};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

START_TEST(names_are_equal_and_hash_alike_whatever_their_case)
{
    const struct bytes a = octets_hex(pairs[_i].a);
    const struct bytes b = octets_hex(pairs[_i].b);
    ck_assert_int_eq(dns_name_equal(a.data, a.len, b.data, b.len),
                     pairs[_i].equal);
    ck_assert_int_eq(dns_name_equal(b.data, b.len, a.data, a.len),
                     pairs[_i].equal);
    ck_assert_int_eq(dns_name_hash(a.data, a.len, 1) ==
                         dns_name_hash(b.data, b.len, 1),
                     pairs[_i].equal);
    ck_assert_uint_ne(dns_name_hash(a.data, a.len, 1),
                      dns_name_hash(a.data, a.len, 2)); /* keyed */
    octets_unbox(b);
    octets_unbox(a);
}
END_TEST

static const struct {
    const char *wire;
    const char *text;
    unsigned labels;
} texts[] = {
    {"00", ".", 0},
    {EXAMPLE, "example", 1},
    {MAIL EXAMPLE, "mail.example", 2},
    {"0445 7841 6d00", "ExAm", 1},
    {"045f 7463 7003 612d 6200", "_tcp.a-b", 2},
    {"012a 0161 00", "*.a", 2},
    {"022d 6100", "\\045a", 1},
    {"0161 022d 6200", "a.-b", 2},
    {"0361 2e62 00", "a\\046b", 1},
    {"0100 01ff 00", "\\000.\\255", 2},
    {"013d 015c 0122 0120 00", "\\061.\\092.\\034.\\032", 4},
    {"083c 7363 7269 7074 3e00", "\\060script\\062", 1},
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

START_TEST(a_name_is_shown_in_letters_that_no_sink_minds)
{
    const struct bytes wire = octets_hex(texts[_i].wire);
    char text[DNS_NAME_TEXT];
    ck_assert_uint_eq(dns_name_text(wire.data, wire.len, text),
                      strlen(texts[_i].text));
    ck_assert_str_eq(text, texts[_i].text);
    ck_assert_uint_eq(dns_name_labels(wire.data, wire.len), texts[_i].labels);
    octets_unbox(wire);
}
END_TEST

static bool is_inert(const char *text)
{
    return text[0] != '-' &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_*-.\\")] ==
               '\0';
}

/* All values of an octet, in labels of every length. */
START_TEST(every_octet_survives_the_way_to_text_and_back)
{
    uint8_t wire[DNS_NAME_OCTETS], folded[DNS_NAME_OCTETS];
    uint8_t back[DNS_NAME_OCTETS];
    const unsigned octets_a_label = (unsigned)_i;
    unsigned value = 0;
    while (value < 256) {
        size_t used = 0;
        while (used + 1 + octets_a_label < DNS_NAME_OCTETS) {
            wire[used++] = (uint8_t)octets_a_label;
            for (unsigned i = 0; i < octets_a_label; i++)
                wire[used++] = (uint8_t)value++;
        }
        wire[used++] = 0;
        char text[DNS_NAME_TEXT];
        const size_t length = dns_name_text(wire, used, text);
        ck_assert_uint_lt(length, DNS_NAME_TEXT);
        ck_assert_msg(is_inert(text), "%s", text);
        uint16_t octets;
        ck_assert_msg(dns_name_parse(text, back, &octets), "%s", text);
        ck_assert_uint_eq(octets, used);
        dns_name_fold(folded, wire, used);
        ck_assert_mem_eq(back, folded, used);
    }
}
END_TEST

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A61 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *text;
    const char *wire; /* NULL when it is no name */
} parses[] = {
    {".", "00"},
    {"example", EXAMPLE},
    {"Example.", EXAMPLE},
    {"mail.EXAMPLE", MAIL EXAMPLE},
    {"a\\.b", "0361 2e62 00"},
    {"a\\046b", "0361 2e62 00"},
    {"\\\\", "015c 00"},
    {"\\065", "0161 00"},
    {"\\255\\000", "02ff 0000"},
    {"a b", "0361 2062 00"},
    {"", NULL},
    {"..", NULL},
    {".a", NULL},
    {"a..b", NULL},
    {"a..", NULL},
    {"a\\", NULL},
    {"a\\1", NULL},
    {"a\\12", NULL},
    {"a\\12x", NULL},
    {"a\\256", NULL},
    {A63 "a", NULL},
    {A63 "." A63 "." A63 "." A61 "a", NULL},
};
enum { PARSES = sizeof parses / sizeof parses[0] };

START_TEST(text_is_a_name_or_it_is_not)
{
    uint8_t out[DNS_NAME_OCTETS];
    uint16_t octets;
    const bool is_name = dns_name_parse(parses[_i].text, out, &octets);
    ck_assert_msg(is_name == (parses[_i].wire != NULL), "%s", parses[_i].text);
    if (!is_name)
        return;
    const struct bytes want = octets_hex(parses[_i].wire);
    ck_assert_uint_eq(octets, want.len);
    ck_assert_mem_eq(out, want.data, want.len);
    octets_unbox(want);
}
END_TEST

START_TEST(the_longest_text_is_a_name)
{
    uint8_t out[DNS_NAME_OCTETS];
    uint16_t octets;
    ck_assert(dns_name_parse(A63 "." A63 "." A63 "." A61, out, &octets));
    ck_assert_uint_eq(octets, DNS_NAME_OCTETS);
    ck_assert(dns_name_parse(A63 "." A63 "." A63 "." A61 ".", out, &octets));
    ck_assert_uint_eq(octets, DNS_NAME_OCTETS);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dns/name");
    TCase *tc = tcase_create("name");
    tcase_add_loop_test(tc, a_name_ends_and_expands_as_its_octets_say, 0,
                        NAMES);
    tcase_add_loop_test(tc, a_message_cut_anywhere_is_not_read_behind_its_end,
                        0, NAMES);
    tcase_add_loop_test(tc, names_up_to_255_octets_are_names, 0, EXTREMES);
    tcase_add_loop_test(tc, the_limit_holds_across_pointers, 0, EXTREMES);
    tcase_add_test(tc, a_chain_of_128_pointers_is_followed_and_of_129_is_not);
    tcase_add_test(tc, work_is_the_octets_that_a_name_makes_the_reader_look_at);
    tcase_add_test(tc, folding_changes_capital_letters_only);
    tcase_add_loop_test(tc, names_are_equal_and_hash_alike_whatever_their_case,
                        0, PAIRS);
    tcase_add_loop_test(tc, a_name_is_shown_in_letters_that_no_sink_minds, 0,
                        TEXTS);
    tcase_add_loop_test(tc, every_octet_survives_the_way_to_text_and_back, 1,
                        DNS_LABEL_OCTETS + 1);
    tcase_add_loop_test(tc, text_is_a_name_or_it_is_not, 0, PARSES);
    tcase_add_test(tc, the_longest_text_is_a_name);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
