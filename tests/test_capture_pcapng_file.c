#include "capture/pcapng_file.h"
#include "test_capture.h"
#include "util/labels.h"

#define S           INT64_C(1000000000)
#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

static void put_obsolete_packet(struct build *b, unsigned interface,
                                uint64_t ticks, uint32_t captured,
                                uint32_t wire)
{
    const size_t at = begin_block(b, 2);
    put(b, interface, 2);
    put(b, 7, 2); /* drops */
    put(b, ticks >> 32, 4);
    put(b, ticks & UINT32_MAX, 4);
    put(b, captured, 4);
    put(b, wire, 4);
    put_pattern(b, (unsigned)ticks, captured);
    end_block(b, at);
}

static void put_simple_packet(struct build *b, uint32_t wire, unsigned first,
                              size_t octets)
{
    const size_t at = begin_block(b, 3);
    put(b, wire, 4);
    put_pattern(b, first, octets);
    end_block(b, at);
}

/* A block of nothing but `octets` zeros. */
static void put_block(struct build *b, uint32_t type, size_t octets)
{
    const size_t at = begin_block(b, type);
    put_filled(b, 0, octets);
    end_block(b, at);
}

static void assert_frame(const struct seen_frame *got,
                         const struct seen_frame *want)
{
    ck_assert_int_eq(got->time_ns, want->time_ns);
    ck_assert_uint_eq(got->number, want->number);
    ck_assert_uint_eq(got->captured, want->captured);
    ck_assert_uint_eq(got->wire, want->wire);
    ck_assert_uint_eq(got->link, want->link);
    ck_assert_uint_eq(got->interface, want->interface);
    ck_assert_uint_eq(got->first, want->first);
}

/* --- packets --------------------------------------------------------------- */

START_TEST(every_kind_of_packet_block_is_read_in_both_orders)
{
    static const struct seen_frame want[] = {
        {1476976981075993000, 1, 5, 90, 1, 0, 0x19},
        {2000, 2, 7, 7, 113, 1, 2},
        {CAPTURE_NO_TIME, 3, 6, 6, 1, 0, 0x40},
        {CAPTURE_NO_TIME, 4, 8, 99, 1, 0, 0x50},
        {3000, 5, 0, 12, 113, 1, 0},
        {4000, 6, 9, 9, 1, 0, 4}, /* wire 1 in the file */
    };
    struct build b = {.big_endian = _i == 1};
    struct seen seen;
    put_section(&b);
    put_interface(&b, 1, 8);
    put_interface(&b, 113, 0);
    put_packet(&b, 0, 1476976981075993, 5, 90);
    put_obsolete_packet(&b, 1, 2, 7, 7);
    put_simple_packet(&b, 6, 0x40, 6);
    put_simple_packet(&b, 99, 0x50, 12); /* the snapshot length is 8 */
    put_packet(&b, 1, 3, 0, 12);
    put_packet(&b, 0, 4, 9, 1);
    see_bytes(&seen, built(&b), 0);
    ck_assert_msg(!seen.info.damaged, "%s", seen.info.damage);
    ck_assert_uint_eq(seen.count, ROWS(want));
    for (size_t i = 0; i < seen.count; i++)
        assert_frame(&seen.frames[i], &want[i]);
    ck_assert_str_eq(seen.format, "pcapng");
    ck_assert_uint_eq(seen.interface_count, 2);
    ck_assert_uint_eq(seen.interfaces[0].frames, 4);
    ck_assert_uint_eq(seen.interfaces[1].frames, 2);
    ck_assert_uint_eq(seen.interfaces[0].snap_octets, 8);
    ck_assert_uint_eq(seen.interfaces[1].link_type, 113);
}
END_TEST

START_TEST(each_section_has_its_own_order_and_interfaces)
{
    static const struct seen_frame want[] = {
        {1000, 1, 4, 4, 1, 0, 1},
        {2000, 2, 4, 4, 101, 1, 2},
        {3000, 3, 4, 4, 113, 2, 3},
        {4000, 4, 4, 4, 276, 3, 4},
    };
    struct build b = {0};
    struct seen seen;
    put_section(&b);
    put_interface(&b, 1, 100);
    put_packet(&b, 0, 1, 4, 4);
    b.big_endian = true;
    put_section(&b);
    put_interface(&b, 101, 200);
    put_interface(&b, 113, 300);
    put_packet(&b, 0, 2, 4, 4);
    put_packet(&b, 1, 3, 4, 4);
    b.big_endian = false;
    put_section(&b);
    put_interface(&b, 276, 0);
    put_packet(&b, 0, 4, 4, 4);
    see_bytes(&seen, built(&b), 0);
    ck_assert(!seen.info.damaged);
    ck_assert_uint_eq(seen.count, ROWS(want));
    for (size_t i = 0; i < seen.count; i++)
        assert_frame(&seen.frames[i], &want[i]);
    ck_assert_uint_eq(seen.interface_count, 4);
    ck_assert_uint_eq(seen.interfaces[2].snap_octets, 300);
}
END_TEST

/* --- what is no packet ----------------------------------------------------- */

static const struct {
    const char *name;
    uint32_t type;
    size_t octets;
    uint64_t want_number; /* of the packet behind it */
} others[] = {
    {"name resolution", 4, 16, 1},
    {"interface statistics", 5, 12, 1},
    {"interface statistics, too short", 5, 4, 1},
    {"decryption secrets", 10, 20, 1},
    {"unknown", 0x12345678, 100, 1},
    {"unknown, empty", 0x12345678, 0, 1},
    {"unknown, larger than a buffer", 0x12345678, 50000, 1},
    {"journal entry", 9, 40, 2},
    {"custom", 0xbad, 8, 2},
    {"custom, not to be copied", 0x40000bad, 8, 2},
};

START_TEST(other_blocks_are_no_frames_and_numbered_as_wireshark_does)
{
    struct build b = {0};
    struct seen seen;
    put_section(&b);
    put_interface(&b, 1, 0);
    put_block(&b, others[_i].type, others[_i].octets);
    put_packet(&b, 0, 1, 4, 4);
    see_bytes(&seen, built(&b), 0);
    ck_assert(!seen.info.damaged);
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_msg(seen.frames[0].number == others[_i].want_number, "%s",
                  others[_i].name);
}
END_TEST

/* --- interface options ----------------------------------------------------- */

static void begin_interface(struct build *b, size_t *at)
{
    put_section(b);
    *at = begin_block(b, 1);
    put(b, 1, 2);
    put(b, 0, 2);
    put(b, 0, 4);
}

static void see_interface(struct seen *seen, struct build *b, size_t at,
                          uint64_t ticks)
{
    end_block(b, at);
    put_packet(b, 0, ticks, 4, 4);
    see_bytes(seen, built(b), 0);
    ck_assert_msg(!seen->info.damaged, "%s", seen->info.damage);
    ck_assert_uint_eq(seen->count, 1);
}

static const struct {
    const char *name, *description;
    bool description_first;
    const char *want;
} names[] = {
    {"eth0", NULL, false, "eth0"},
    {NULL, "Ethernet 2", false, "Ethernet 2"},
    {"eth0", "Ethernet 2", false, "eth0"},
    {"eth0", "Ethernet 2", true, "eth0"},
    {NULL, NULL, false, ""},
    {"a\033[31m\001\x7f\xc3\xa9", NULL, false,
     "a\\027[31m\\001\\127\\195\\169"},
    {"0123456789012345678901234567890123456789012345678901234567890123456789",
     NULL, false,
     "012345678901234567890123456789012345678901234567890123456789012"},
};

START_TEST(interface_names_are_printable)
{
    struct build b = {0};
    struct seen seen;
    size_t at;
    const char *name = names[_i].name, *description = names[_i].description;
    begin_interface(&b, &at);
    if (description && names[_i].description_first)
        put_option(&b, 3, description, strlen(description));
    if (name)
        put_option(&b, 2, name, strlen(name));
    if (description && !names[_i].description_first)
        put_option(&b, 3, description, strlen(description));
    see_interface(&seen, &b, at, 1);
    ck_assert_str_eq(seen.interfaces[0].name, names[_i].want);
}
END_TEST

static const struct {
    const char *name;
    int resolution;   /* -1: no option */
    int64_t offset_s; /* 0: no option */
    uint64_t ticks;
    int64_t want_ns;
} clocks[] = {
    {"default", -1, 0, 1476976981075993, 1476976981075993000},
    {"nanoseconds", 9, 0, 1476976981075993123, 1476976981075993123},
    {"seconds", 0, 0, 1476976981, 1476976981 * S},
    {"2^-20", 0x94, 0, UINT64_C(1476976981) << 20, 1476976981 * S},
    {"an hour off", -1, 3600, 1000000, 3601 * S},
    {"an hour off, backwards, in milliseconds", 3, -3600, 1500,
     -3600 * S + 3 * S / 2},
    {"hostile", 0xff, INT64_MIN, UINT64_MAX, CAPTURE_NO_TIME},
    {"too late", 0, 0, UINT64_MAX, CAPTURE_NO_TIME},
};

START_TEST(each_interface_has_its_own_clock)
{
    struct build b = {.big_endian = _i % 2 == 1};
    struct seen seen;
    size_t at;
    begin_interface(&b, &at);
    const uint8_t resolution = (uint8_t)clocks[_i].resolution;
    if (clocks[_i].resolution >= 0)
        put_option(&b, 9, &resolution, 1);
    if (clocks[_i].offset_s != 0) {
        put(&b, 14, 2);
        put(&b, 8, 2);
        put(&b, (uint64_t)clocks[_i].offset_s, 8);
    }
    see_interface(&seen, &b, at, clocks[_i].ticks);
    ck_assert_msg(seen.frames[0].time_ns == clocks[_i].want_ns, "%s: %lld",
                  clocks[_i].name, (long long)seen.frames[0].time_ns);
}
END_TEST

/* Options in front of a name, in octets as they stand in a file. */
static const struct {
    const char *name;
    const char *octets;
    size_t len;
    const char *want;
} hostile_options[] = {
    {"end of options comes first", "\0\0\0\0", 4, ""},
    {"longer than the block", "\x0e\0\xff\xff", 4, ""},
    {"a resolution without a value", "\x09\0\0\0", 4, "eth0"},
    {"an offset of four octets", "\x0e\0\4\0abcd", 8, "eth0"},
    {"unknown", "\xff\xff\2\0ab\0\0", 8, "eth0"},
    {"a description of padding", "\3\0\4\0\0\0\0\0", 8, "eth0"},
};

START_TEST(bad_options_are_no_damage)
{
    struct build b = {0};
    struct seen seen;
    size_t at;
    begin_interface(&b, &at);
    put_octets(&b, hostile_options[_i].octets, hostile_options[_i].len);
    put_option(&b, 2, "eth0", 4);
    see_interface(&seen, &b, at, 5);
    ck_assert_int_eq(seen.frames[0].time_ns, 5000);
    ck_assert_msg(strcmp(seen.interfaces[0].name, hostile_options[_i].want) ==
                      0,
                  "%s: %s", hostile_options[_i].name, seen.interfaces[0].name);
}
END_TEST

static const struct {
    const char *name;
    size_t len;
    const char *want;
} padded[] = {
    {"eth0\0", 5, "eth0"},
    {"eth0\0\0\0\0", 8, "eth0"},
    {"a\0b\0", 4, "a\\000b"},
    {"\0\0\0\0", 4, ""},
};

START_TEST(padding_is_no_part_of_a_name)
{
    struct build b = {0};
    struct seen seen;
    size_t at;
    begin_interface(&b, &at);
    put_option(&b, 2, padded[_i].name, padded[_i].len);
    see_interface(&seen, &b, at, 1);
    ck_assert_str_eq(seen.interfaces[0].name, padded[_i].want);
}
END_TEST

/* Old writers leave out the end of options. */
START_TEST(an_option_may_end_with_the_block_and_not_behind_it)
{
    static const char *const want[] = {"eth7", ""};
    for (size_t behind = 0; behind < 2; behind++) {
        struct build b = {0};
        struct seen seen;
        size_t at;
        begin_interface(&b, &at);
        put(&b, 2, 2);
        put(&b, 4 + behind, 2);
        put_octets(&b, "eth7", 4);
        see_interface(&seen, &b, at, 1);
        ck_assert_str_eq(seen.interfaces[0].name, want[behind]);
    }
}
END_TEST

/* --- interface statistics -------------------------------------------------- */

enum { RECEIVED = 4, IF_DROP = 5, OS_DROP = 7 };

static const struct {
    const char *name;
    unsigned codes[3];
    uint64_t counts[3];
    uint32_t interface;
    int64_t want;
} statistics[] = {
    {"dropped by the interface", {IF_DROP}, {7}, 0, 7},
    {"by both, among others", {RECEIVED, IF_DROP, OS_DROP}, {900, 7, 4}, 0, 11},
    {"nothing dropped", {OS_DROP}, {0}, 0, 0},
    {"not said", {RECEIVED}, {900}, 0, -1},
    {"absurd", {IF_DROP, OS_DROP}, {UINT64_MAX, 1}, 0, INT64_MAX},
    {"absurd together",
     {IF_DROP, OS_DROP},
     {INT64_MAX, INT64_MAX},
     0,
     INT64_MAX},
    {"of an interface that is not there", {IF_DROP}, {7}, 1, -1},
};

static void put_statistics(struct build *b, int row)
{
    const size_t at = begin_block(b, 5);
    put(b, statistics[row].interface, 4);
    put(b, 0, 8);
    for (size_t i = 0; i < 3 && statistics[row].codes[i] > 0; i++) {
        put(b, statistics[row].codes[i], 2);
        put(b, 8, 2);
        put(b, statistics[row].counts[i], 8);
    }
    end_block(b, at);
}

START_TEST(interface_statistics_tell_the_drops)
{
    for (int big = 0; big < 2; big++) {
        struct build b = {.big_endian = big == 1};
        struct seen seen;
        put_section(&b);
        put_interface(&b, 1, 0);
        put_packet(&b, 0, 1, 4, 4);
        put_statistics(&b, _i);
        see_bytes(&seen, built(&b), 0);
        ck_assert(!seen.info.damaged);
        ck_assert_msg(seen.interfaces[0].dropped == statistics[_i].want, "%s",
                      statistics[_i].name);
    }
}
END_TEST

START_TEST(the_last_statistics_count)
{
    struct build b = {0};
    struct seen seen;
    put_section(&b);
    put_interface(&b, 1, 0);
    put_statistics(&b, 0); /* 7 */
    put_statistics(&b, 1); /* 11 */
    put_statistics(&b, 3); /* not said */
    see_bytes(&seen, built(&b), 0);
    ck_assert_int_eq(seen.interfaces[0].dropped, 11);
}
END_TEST

/* --- what packets say beside their octets ---------------------------------- */

enum { COMMENT = 1, DROP_COUNT = 4 };

/* An enhanced packet block of 5 octets, 3 of padding, with one option. */
static void put_packet_option(struct build *b, unsigned code, const void *value,
                              size_t len)
{
    const size_t at = begin_block(b, 6);
    put(b, 0, 4);
    put(b, 0, 8);
    put(b, 5, 4);
    put(b, 5, 4);
    put_filled(b, 1, 5);
    put_filled(b, 0, 3);
    put_option(b, code, value, len);
    put(b, 0, 4); /* end of options */
    end_block(b, at);
}

static void put_drops(struct build *b, uint64_t count)
{
    struct build value = {.big_endian = b->big_endian};
    put(&value, count, 8);
    put_packet_option(b, DROP_COUNT, value.data, value.len);
}

/* `what`: the packets, d with a drop count, p without; s: statistics that count
 * 7, n: statistics that do not count drops. */
static const struct {
    const char *what;
    uint64_t each;
    int64_t want;
} drops[] = {
    {"p", 0, -1},     {"d", 0, 0},
    {"pdpd", 3, 6},   {"dd", UINT64_MAX, INT64_MAX},
    {"ddddds", 3, 7}, {"sdd", 3, 7},
    {"dnd", 3, 6},    {"dds", UINT64_MAX, 7},
};

START_TEST(packets_tell_the_drops_where_statistics_do_not)
{
    for (int big = 0; big < 2; big++) {
        struct build b = {.big_endian = big == 1};
        struct seen seen;
        put_section(&b);
        put_interface(&b, 1, 0);
        for (const char *what = drops[_i].what; *what; what++) {
            if (*what == 'd')
                put_drops(&b, drops[_i].each);
            else if (*what == 'p')
                put_packet(&b, 0, 1, 5, 5);
            else
                put_statistics(&b, *what == 's' ? 0 : 3);
        }
        see_bytes(&seen, built(&b), 0);
        ck_assert(!seen.info.damaged);
        ck_assert_msg(seen.interfaces[0].dropped == drops[_i].want, "%s: %lld",
                      drops[_i].what, (long long)seen.interfaces[0].dropped);
    }
}
END_TEST

/* Seven, but for all ones, which say that nobody counted. */
START_TEST(obsolete_packets_tell_theirs)
{
    struct build b = {0};
    struct seen seen;
    put_section(&b);
    put_interface(&b, 1, 0);
    put_obsolete_packet(&b, 0, 1, 4, 4);
    const size_t second = b.len;
    put_obsolete_packet(&b, 0, 2, 4, 4);
    b.data[second + 10] = b.data[second + 11] = 0xff;
    see_bytes(&seen, built(&b), 0);
    ck_assert_uint_eq(seen.count, 2);
    ck_assert_int_eq(seen.interfaces[0].dropped, 7);
}
END_TEST

START_TEST(comments_are_kept)
{
    for (int big = 0; big < 2; big++) {
        struct build b = {.big_endian = big == 1};
        struct seen seen;
        size_t at = begin_block(&b, 0x0a0d0d0a);
        put(&b, 0x1a2b3c4d, 4);
        put(&b, 1, 2);
        put(&b, 0, 2);
        put(&b, UINT64_MAX, 8);
        put_option(&b, COMMENT, "taken on\nMonday", 15);
        put_option(&b, COMMENT, "twice", 5);
        end_block(&b, at);
        at = begin_block(&b, 1);
        put(&b, 1, 2);
        put(&b, 0, 2);
        put(&b, 0, 4);
        put_option(&b, COMMENT, "uplink\0", 7);
        end_block(&b, at);
        put_packet(&b, 0, 1, 5, 5);
        put_packet_option(&b, COMMENT, "look here\x1b", 10);
        put_packet_option(&b, COMMENT, "and here", 8);
        see_bytes(&seen, built(&b), 0);
        ck_assert(!seen.info.damaged);
        ck_assert_uint_eq(seen.count, 3);
        ck_assert_uint_eq(seen.notes.comments, 3);
        ck_assert_uint_eq(capture_notes_kept(&seen.notes), 3);
        ck_assert_str_eq(seen.notes.kept[0].text, "taken on\\010Monday");
        ck_assert_str_eq(seen.notes.kept[1].text, "twice");
        ck_assert_str_eq(seen.notes.kept[2].text, "uplink");
        ck_assert_uint_eq(seen.notes.packet_comments, 2);
        ck_assert_uint_eq(seen.notes.first.frame, 2);
        ck_assert_str_eq(seen.notes.first.text, "look here\\027");
    }
}
END_TEST

START_TEST(comments_have_a_ceiling)
{
    enum { WRITTEN = 40, OCTETS = 1000 };
    struct build b = {0};
    struct seen seen;
    char text[OCTETS];
    memset(text, '\xff', sizeof text);
    const size_t at = begin_block(&b, 0x0a0d0d0a);
    put(&b, 0x1a2b3c4d, 4);
    put(&b, 1, 2);
    put(&b, 0, 2);
    put(&b, UINT64_MAX, 8);
    for (int i = 0; i < WRITTEN; i++)
        put_option(&b, COMMENT, text, sizeof text);
    end_block(&b, at);
    see_bytes(&seen, built(&b), 0);
    ck_assert_uint_eq(seen.notes.comments, WRITTEN);
    ck_assert_uint_eq(capture_notes_kept(&seen.notes), CAPTURE_COMMENTS);
    for (size_t i = 0; i < CAPTURE_COMMENTS; i++)
        ck_assert_uint_lt(strlen(seen.notes.kept[i].text),
                          CAPTURE_COMMENT_TEXT);
}
END_TEST

/* --- names of addresses ---------------------------------------------------- */

/* Content of a name resolution block, least octet first, and what it calls
 * 10.0.0.1 and 2001:db8::1. */
static const struct {
    const char *name;
    const char *octets;
    size_t len;
    const char *want_four, *want_six;
} name_blocks[] = {
    {"nothing", "", 0, "", ""},
    {"an address of IPv4, with two names",
     "\1\0\x0c\0\x0a\0\0\1one\0uno\0\0\0\0\0", 20, "one", ""},
    {"one of IPv6", "\2\0\x14\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1six\0",
     24, "", "six"},
    {"both, behind records of other kinds",
     "\3\0\6\0macmac\0\0\1\0\6\0\x0a\0\0\1a\0\0\0"
     "\2\0\x12\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1b\0\0\0",
     48, "a", "b"},
    {"a name that nothing ends", "\1\0\7\0\x0a\0\0\1one\0", 12, "one", ""},
    {"an address without a name", "\1\0\4\0\x0a\0\0\1", 8, "", ""},
    {"an address cut short", "\1\0\3\0\x0a\0\0\0", 8, "", ""},
    {"a record longer than the block", "\1\0\xff\xff\x0a\0\0\1one\0", 12, "",
     ""},
    {"nothing counts behind the end", "\0\0\0\0\1\0\7\0\x0a\0\0\1one\0", 16, "",
     ""},
    {"escape octets", "\1\0\x09\0\x0a\0\0\1\x1b[2J\0\0\0\0", 16, "\\027[2J",
     ""},
};

static const uint8_t four[4] = {10, 0, 0, 1};
static const uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};

static void read_names(struct labels *labels, const struct build *b)
{
    struct capture_stream *stream;
    struct capture_source *source;
    struct seen seen = {0};
    ck_assert_int_eq(capture_stream_open_memory(&stream, built(b), 0, NULL),
                     ERR_OK);
    ck_assert_int_eq(
        capture_source_open_stream(&source, "memory", stream, NULL), ERR_OK);
    capture_source_label(source, labels);
    see_source(&seen, source);
    ck_assert_msg(!seen.info.damaged, "%s", seen.info.damage);
}

START_TEST(names_of_addresses_become_labels)
{
    struct build b = {0};
    struct budget budget = {.limit = 1 << 20};
    struct labels *labels = NULL;
    put_section(&b);
    const size_t at = begin_block(&b, 4);
    put_octets(&b, name_blocks[_i].octets, name_blocks[_i].len);
    end_block(&b, at);
    ck_assert_int_eq(labels_new(&labels, NULL, &budget, NULL), ERR_OK);
    read_names(labels, &b);
    ck_assert_msg(strcmp(labels_find(labels, four, sizeof four),
                         name_blocks[_i].want_four) == 0,
                  "%s", name_blocks[_i].name);
    ck_assert_msg(strcmp(labels_find(labels, six, sizeof six),
                         name_blocks[_i].want_six) == 0,
                  "%s", name_blocks[_i].name);
    labels_close(labels);
    read_names(NULL, &b); /* nobody wants them */
}
END_TEST

START_TEST(names_of_thousands_of_addresses_are_read_in_both_orders)
{
    enum { NAMES = 3000 };
    for (int big = 0; big < 2; big++) {
        struct build b = {.big_endian = big == 1};
        struct budget budget = {.limit = 1 << 20};
        struct labels *labels = NULL;
        put_section(&b);
        const size_t at = begin_block(&b, 4);
        for (unsigned i = 0; i < NAMES; i++) {
            const uint8_t record[6] = {10, 9, (uint8_t)(i >> 8), (uint8_t)i,
                                       (uint8_t)('a' + i % 26)};
            put_option(&b, 1, record, sizeof record);
        }
        end_block(&b, at);
        ck_assert_int_eq(labels_new(&labels, NULL, &budget, NULL), ERR_OK);
        read_names(labels, &b);
        for (unsigned i = 0; i < NAMES; i++) {
            const uint8_t address[4] = {10, 9, (uint8_t)(i >> 8), (uint8_t)i};
            const char want[2] = {(char)('a' + i % 26)};
            ck_assert_str_eq(labels_find(labels, address, 4), want);
        }
        labels_close(labels);
    }
}
END_TEST

/* --- damage that is passed over -------------------------------------------- */

static void bad_interface(struct build *b)
{
    put_packet(b, 7, 1, 4, 4);
}

static void bad_obsolete_interface(struct build *b)
{
    put_obsolete_packet(b, 1, 1, 4, 4);
}

static void bad_captured(struct build *b)
{
    put_packet(b, 0, 1, 4, 4);
    b->data[b->len - 16] = 5; /* captured; then wire, data, length */
    b->data[b->len - 12] = 5;
}

static void huge_captured(struct build *b)
{
    const size_t at = begin_block(b, 6);
    put(b, 0, 4);
    put(b, 1, 8);
    put(b, UINT32_MAX, 4);
    put(b, UINT32_MAX, 4);
    end_block(b, at);
}

static void short_packet(struct build *b)
{
    put_block(b, 6, 16);
}

static void empty_packet(struct build *b)
{
    put_block(b, 2, 0);
}

static void short_simple_packet(struct build *b)
{
    put_block(b, 3, 0);
}

static const struct {
    void (*put)(struct build *b);
    const char *want;
} passed[] = {
    {bad_interface, "a packet of interface 7, of which the section has 1"},
    {bad_obsolete_interface,
     "a packet of interface 1, of which the section has 1"},
    {bad_captured, "the packet claims 5 captured octets in a block that holds "
                   "4"},
    {huge_captured,
     "the packet claims 4294967295 captured octets in a block that holds 0"},
    {short_packet, "a packet block of 16 octets"},
    {empty_packet, "a packet block of 0 octets"},
    {short_simple_packet, "a packet block of 0 octets"},
};

START_TEST(a_bad_packet_in_a_sound_block_is_passed_over)
{
    struct build b = {0};
    struct seen seen;
    put_section(&b);
    put_interface(&b, 1, 0);
    put_packet(&b, 0, 1, 4, 4);
    const size_t offset = b.len;
    passed[_i].put(&b);
    put_packet(&b, 0, 3, 4, 4);
    passed[_i].put(&b);
    see_bytes(&seen, built(&b), 0);
    ck_assert_uint_eq(seen.count, 2);
    ck_assert_uint_eq(seen.frames[1].number, 3);
    ck_assert_int_eq(seen.frames[1].time_ns, 3000);
    ck_assert(seen.info.damaged);
    ck_assert_uint_eq(seen.info.passed_over, 2);
    ck_assert_uint_eq(seen.info.damage_frame, 2);
    ck_assert_uint_eq(seen.info.damage_offset, offset);
    ck_assert_str_eq(seen.info.damage, passed[_i].want);
}
END_TEST

START_TEST(packets_without_any_interface_are_passed_over)
{
    struct build b = {0};
    struct seen seen;
    put_section(&b);
    put_packet(&b, 0, 1, 4, 4);
    put_simple_packet(&b, 4, 0, 4);
    see_bytes(&seen, built(&b), 0);
    ck_assert_int_eq(seen.opened, ERR_OK);
    ck_assert_uint_eq(seen.count, 0);
    ck_assert_uint_eq(seen.info.passed_over, 2);
}
END_TEST

/* --- damage that ends reading ---------------------------------------------- */

static void zero_length(struct build *b)
{
    put(b, 6, 4);
    put(b, 0, 4);
    put(b, 0, 8);
}

static void length_below_the_least(struct build *b)
{
    put(b, 6, 4);
    put(b, 11, 4);
    put(b, 11, 4);
}

static void huge_length(struct build *b)
{
    put(b, 6, 4);
    put(b, CAPTURE_RECORD_MAX + 1, 4);
    put(b, 0, 4);
}

static void largest_length(struct build *b)
{
    put(b, 6, 4);
    put(b, CAPTURE_RECORD_MAX, 4);
    put(b, 0, 4);
}

/* Its trailer lies in the block behind it. */
static void overlapping(struct build *b)
{
    const size_t at = begin_block(b, 4);
    put_filled(b, 0, 8);
    end_block(b, at);
    b->data[at + 4] += 8;
}

static void trailer_differs(struct build *b)
{
    put_block(b, 4, 8);
    b->data[b->len - 4]++;
}

static void no_byte_order(struct build *b)
{
    const size_t at = b->len;
    put_section(b);
    b->data[at + 8] ^= 1;
}

static void other_version(struct build *b)
{
    const size_t at = b->len;
    put_section(b);
    b->data[at + 14] = 1;
}

static void short_section(struct build *b)
{
    const size_t at = begin_block(b, 0x0a0d0d0a);
    put(b, 0x1a2b3c4d, 4);
    put(b, 1, 4);
    end_block(b, at);
}

static void short_interface(struct build *b)
{
    put_block(b, 1, 4);
}

static void garbage(struct build *b)
{
    put_filled(b, 0xff, 40);
}

/* Begins and does not end: the next block is taken for its content. */
static void lost_octets(struct build *b)
{
    put(b, 6, 4);
    put(b, 32, 4);
}

static const struct {
    void (*put)(struct build *b);
    const char *want;
} ends[] = {
    {zero_length, "the block claims 0 octets"},
    {length_below_the_least, "the block claims 11 octets"},
    {huge_length, "the block claims 16777281 octets"},
    {largest_length,
     "the input ends after 52 of at least 16777280 octets of the record"},
    {overlapping, "the block claims 28 octets in front and 40 behind"},
    {trailer_differs, "the block claims 20 octets in front and 21 behind"},
    {no_byte_order, "a section header without byte-order magic"},
    {other_version, "a section of pcapng version 1.1, which is not supported"},
    {short_section, "a section header of 8 octets"},
    {short_interface, "an interface block of 4 octets"},
    {garbage, "the block claims 4294967295 octets"},
    {lost_octets, "the block claims 32 octets in front and 8 behind"},
};

START_TEST(a_block_without_sound_limits_ends_reading)
{
    struct build b = {0};
    struct seen seen;
    put_section(&b);
    put_interface(&b, 1, 0);
    put_packet(&b, 0, 1, 4, 4);
    const size_t offset = b.len;
    ends[_i].put(&b);
    put_packet(&b, 0, 40, 8, 8); /* 40 octets, never reached */
    see_bytes(&seen, built(&b), 0);
    ck_assert_str_eq(seen.info.damage, ends[_i].want);
    ck_assert_int_eq(seen.ended, 0);
    ck_assert_uint_eq(seen.count, 1);
    ck_assert(seen.info.damaged);
    ck_assert_uint_eq(seen.info.damage_frame, 2);
    ck_assert_uint_eq(seen.info.damage_offset, offset);
    ck_assert_uint_eq(seen.info.passed_over, 0);
}
END_TEST

/* Old writers: the length is that of the content, the block is padded. */
START_TEST(an_unpadded_length_is_understood)
{
    struct build b = {0};
    struct seen seen;
    put_section(&b);
    put_interface(&b, 1, 0);
    const size_t at = b.len;
    put_packet(&b, 0, 1, 6, 6);
    b.data[at + 4] -= 2;
    b.data[b.len - 4] -= 2;
    put_packet(&b, 0, 2, 4, 4);
    see_bytes(&seen, built(&b), 0);
    ck_assert(!seen.info.damaged);
    ck_assert_uint_eq(seen.count, 2);
    ck_assert_uint_eq(seen.frames[0].captured, 6);
}
END_TEST

START_TEST(interfaces_have_a_ceiling)
{
    enum { ONE = 20, MANY = CAPTURE_INTERFACES_MAX + 1 };
    struct build b = {0};
    struct seen seen;
    put_section(&b);
    const size_t head = b.len;
    put_interface(&b, 1, 0);
    ck_assert_uint_eq(b.len, head + ONE);
    uint8_t *file = malloc(head + (size_t)MANY * ONE);
    ck_assert_ptr_nonnull(file);
    memcpy(file, b.data, head);
    for (size_t i = 0; i < MANY; i++)
        memcpy(file + head + i * ONE, b.data + head, ONE);
    see_bytes(&seen, (struct bytes){file, head + (size_t)MANY * ONE}, 0);
    ck_assert_uint_eq(seen.interface_count, CAPTURE_INTERFACES_MAX);
    ck_assert_str_eq(seen.info.damage, "more than 65535 interfaces");
    ck_assert_uint_eq(seen.info.damage_offset,
                      head + (size_t)CAPTURE_INTERFACES_MAX * ONE);
    free(file);
}
END_TEST

/* --- the first header ------------------------------------------------------ */

static const struct {
    size_t at; /* octet changed in a good section header */
    uint8_t octet;
    const char *want; /* NULL: is read */
} headers[] = {
    {8, 0, "memory: no byte-order magic in the pcapng section header"},
    {12, 2, "memory: pcapng version 2.0 is not supported"},
    {13, 1, "memory: pcapng version 257.0 is not supported"},
    {14, 1, "memory: pcapng version 1.1 is not supported"},
    {14, 2, NULL},
};

START_TEST(other_versions_are_refused_by_number)
{
    struct build b = {0};
    struct seen seen;
    put_section(&b);
    b.data[headers[_i].at] = headers[_i].octet;
    see_bytes(&seen, built(&b), 0);
    if (headers[_i].want) {
        ck_assert_int_eq(seen.opened, ERR_INPUT);
        ck_assert_str_eq(seen.err.text, headers[_i].want);
    } else {
        ck_assert_int_eq(seen.opened, ERR_OK);
    }
}
END_TEST

/* --- every cut, every pace ------------------------------------------------- */

/* Loop tests over the blocks of one file; a process an octet would cost the
 * leak checker half a minute. */
enum { BLOCKS = 10, END = 332 };

/* One of each block; `starts` gets where they begin, and twice the end. */
static void put_one_of_each(struct build *b, size_t starts[BLOCKS + 2])
{
    size_t i = 0, at;
    starts[i++] = b->len;
    put_section(b);
    starts[i++] = b->len;
    at = begin_block(b, 1);
    put(b, 1, 4);
    put(b, 65535, 4);
    put_option(b, 2, "eth0", 4);
    put_option(b, 9, "\x09", 1);
    end_block(b, at);
    starts[i++] = b->len;
    put_packet(b, 0, 1, 13, 60);
    starts[i++] = b->len;
    put_block(b, 4, 12);
    starts[i++] = b->len;
    put_obsolete_packet(b, 0, 2, 9, 9);
    starts[i++] = b->len;
    put_block(b, 0xbad, 8);
    starts[i++] = b->len;
    put_simple_packet(b, 7, 3, 7);
    starts[i++] = b->len;
    put_statistics(b, 1);
    starts[i++] = b->len;
    put_section(b);
    starts[i++] = b->len;
    put_interface(b, 113, 0);
    starts[i++] = b->len;
    starts[i++] = b->len + 1;
    ck_assert_uint_eq(i, BLOCKS + 2);
    ck_assert_uint_eq(b->len, END);
}

START_TEST(what_is_whole_before_a_cut_is_handed_out)
{
    static const size_t frames_before[] = {0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3};
    size_t starts[BLOCKS + 2];
    struct build b = {0};
    struct seen seen;
    put_one_of_each(&b, starts);
    for (size_t n = starts[_i]; n < starts[_i + 1]; n++) {
        see_bytes(&seen, (struct bytes){b.data, n}, 0);
        if (n < CAPTURE_PCAPNG_FILE_HEAD) {
            ck_assert_int_eq(seen.opened, ERR_INPUT);
            continue;
        }
        ck_assert_int_eq(seen.opened, ERR_OK);
        ck_assert_uint_eq(seen.count, frames_before[_i]);
        ck_assert_int_eq(seen.info.damaged, n != starts[_i]);
        if (seen.info.damaged)
            ck_assert_uint_eq(seen.info.damage_offset, starts[_i]);
    }
}
END_TEST

/* In a heap copy of its own, so that a read past the cut is seen. */
static void parse_copy(const uint8_t *data, size_t n)
{
    struct capture_state state = {0};
    struct capture_pcapng_file file;
    struct capture_block block;
    uint8_t *copy = malloc(n > 0 ? n : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, data, n);
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);
    ck_assert_int_eq(capture_pcapng_file_init(&file, data, NULL), ERR_OK);
    struct capture_window window = {.data = copy, .len = n};
    ck_assert_int_eq(
        capture_pcapng_file_parse(&file, &state, &window, &block, NULL),
        CAPTURE_PARSE_MORE);
    ck_assert_uint_le(window.used, window.len);
    ck_assert_uint_gt(window.need, window.len - window.used);
    for (size_t i = 0; i < block.count; i++)
        ck_assert(block.frames[i].data + block.frames[i].captured_octets <=
                  copy + n);
    capture_block_fini(&block);
    free(state.ports);
    free(copy);
}

START_TEST(nothing_behind_a_cut_is_touched)
{
    size_t starts[BLOCKS + 2];
    struct build b = {0};
    put_one_of_each(&b, starts);
    for (size_t n = starts[_i]; n < starts[_i + 1]; n++)
        parse_copy(b.data, n);
}
END_TEST

START_TEST(frames_do_not_depend_on_how_octets_arrive)
{
    size_t starts[BLOCKS + 2];
    struct build b = {0};
    struct seen whole, pieces;
    put_one_of_each(&b, starts);
    see_bytes(&whole, built(&b), 0);
    ck_assert_uint_eq(whole.count, 3);
    for (size_t chunk = starts[_i] + 1; chunk <= starts[_i + 1]; chunk++) {
        see_bytes(&pieces, built(&b), chunk);
        ck_assert_uint_eq(pieces.count, 3);
        ck_assert_uint_eq(pieces.digest, whole.digest);
        ck_assert(!pieces.info.damaged);
        ck_assert_uint_eq(pieces.interface_count, 2);
        ck_assert_int_eq(pieces.interfaces[0].dropped, 11);
    }
}
END_TEST

/* Every bit wrong in turn. At most another block becomes a packet. */
START_TEST(a_flipped_bit_does_no_harm)
{
    size_t starts[BLOCKS + 2];
    struct build b = {0};
    struct seen seen;
    put_one_of_each(&b, starts);
    for (size_t bit = 8 * starts[_i]; bit < 8 * starts[_i + 1]; bit++) {
        b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        see_bytes(&seen, built(&b), 0);
        ck_assert_uint_le(seen.count, 4);
        b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}
END_TEST

static void add(TCase *tc)
{
    tcase_add_loop_test(tc, every_kind_of_packet_block_is_read_in_both_orders,
                        0, 2);
    tcase_add_test(tc, each_section_has_its_own_order_and_interfaces);
    tcase_add_loop_test(
        tc, other_blocks_are_no_frames_and_numbered_as_wireshark_does, 0,
        ROWS(others));
    tcase_add_loop_test(tc, interface_names_are_printable, 0, ROWS(names));
    tcase_add_loop_test(tc, each_interface_has_its_own_clock, 0, ROWS(clocks));
    tcase_add_loop_test(tc, padding_is_no_part_of_a_name, 0,
                        sizeof padded / sizeof padded[0]);
    tcase_add_loop_test(tc, bad_options_are_no_damage, 0,
                        ROWS(hostile_options));
    tcase_add_test(tc, an_option_may_end_with_the_block_and_not_behind_it);
    tcase_add_loop_test(tc, interface_statistics_tell_the_drops, 0,
                        ROWS(statistics));
    tcase_add_test(tc, the_last_statistics_count);
    tcase_add_loop_test(tc, packets_tell_the_drops_where_statistics_do_not, 0,
                        ROWS(drops));
    tcase_add_test(tc, obsolete_packets_tell_theirs);
    tcase_add_test(tc, comments_are_kept);
    tcase_add_test(tc, comments_have_a_ceiling);
    tcase_add_loop_test(tc, names_of_addresses_become_labels, 0,
                        ROWS(name_blocks));
    tcase_add_test(tc, names_of_thousands_of_addresses_are_read_in_both_orders);
    tcase_add_loop_test(tc, a_bad_packet_in_a_sound_block_is_passed_over, 0,
                        ROWS(passed));
    tcase_add_test(tc, packets_without_any_interface_are_passed_over);
    tcase_add_loop_test(tc, a_block_without_sound_limits_ends_reading, 0,
                        ROWS(ends));
    tcase_add_test(tc, an_unpadded_length_is_understood);
    tcase_add_test(tc, interfaces_have_a_ceiling);
    tcase_add_loop_test(tc, other_versions_are_refused_by_number, 0,
                        ROWS(headers));
    tcase_add_loop_test(tc, what_is_whole_before_a_cut_is_handed_out, 0,
                        BLOCKS + 1);
    tcase_add_loop_test(tc, nothing_behind_a_cut_is_touched, 0, BLOCKS + 1);
    tcase_add_loop_test(tc, frames_do_not_depend_on_how_octets_arrive, 0,
                        BLOCKS + 1);
    tcase_add_loop_test(tc, a_flipped_bit_does_no_harm, 0, BLOCKS);
}

int main(void)
{
    return run_case("capture pcapng_file", add);
}
