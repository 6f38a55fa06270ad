#include "capture/pcap_file.h"
#include "test_capture.h"

#define S INT64_C(1000000000)

/* --- variants -------------------------------------------------------------- */

static const struct {
    const char *name;
    bool big_endian;
    int magic;
    int64_t unit_ns;
} variants[] = {
    {"little-endian, microseconds", false, PCAP_US, 1000},
    {"big-endian, microseconds", true, PCAP_US, 1000},
    {"little-endian, nanoseconds", false, PCAP_NS, 1},
    {"big-endian, nanoseconds", true, PCAP_NS, 1},
};

START_TEST(each_variant_yields_the_same_frames)
{
    struct build b = {.big_endian = variants[_i].big_endian};
    struct seen seen;
    put_pcap_header(&b, variants[_i].magic, 4, 65535, 113);
    put_pcap_record(&b, 1476976981, 75993, 60, 1500);
    put_pcap_record(&b, 1476976980, 1, 0, 0);
    put_pcap_record(&b, 4294967295, 999999, 7, 7);
    see_bytes(&seen, built(&b), 0);

    const int64_t unit_ns = variants[_i].unit_ns;
    const struct seen_frame want[] = {
        {1476976981 * S + 75993 * unit_ns, 1, 60, 1500, 113, 0, 0x55},
        {1476976980 * S + unit_ns, 2, 0, 0, 113, 0, 0},
        {4294967295 * S + 999999 * unit_ns, 3, 7, 7, 113, 0, 0xff},
    };
    ck_assert_int_eq(seen.opened, ERR_OK);
    ck_assert_uint_eq(seen.count, 3);
    ck_assert(!seen.info.damaged);
    ck_assert_str_eq(seen.format, "pcap");
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(seen.frames[i].time_ns, want[i].time_ns);
        ck_assert_uint_eq(seen.frames[i].number, want[i].number);
        ck_assert_uint_eq(seen.frames[i].captured, want[i].captured);
        ck_assert_uint_eq(seen.frames[i].wire, want[i].wire);
        ck_assert_uint_eq(seen.frames[i].link, want[i].link);
        ck_assert_uint_eq(seen.frames[i].interface, want[i].interface);
        ck_assert_uint_eq(seen.frames[i].first, want[i].first);
    }
    ck_assert_uint_eq(seen.interface_count, 1);
    ck_assert_uint_eq(seen.interfaces[0].frames, 3);
    ck_assert_uint_eq(seen.interfaces[0].snap_octets, 65535);
    ck_assert_uint_eq(seen.interfaces[0].link_type, 113);
    ck_assert_int_eq(seen.interfaces[0].dropped, -1);
    ck_assert_str_eq(seen.interfaces[0].name, "");
}
END_TEST

START_TEST(a_header_alone_is_a_capture_without_frames)
{
    struct build b = {.big_endian = variants[_i].big_endian};
    struct seen seen;
    put_pcap_header(&b, variants[_i].magic, 4, 0, 1);
    see_bytes(&seen, built(&b), 0);
    ck_assert_int_eq(seen.opened, ERR_OK);
    ck_assert_int_eq(seen.ended, 0);
    ck_assert_uint_eq(seen.count, 0);
    ck_assert(!seen.info.damaged);
}
END_TEST

/* --- one record, whatever the header says ---------------------------------- */

static const struct {
    const char *name;
    unsigned minor;
    uint32_t snap, link;            /* of the header */
    uint32_t units, captured, wire; /* of the record; it has 40 octets */
    uint16_t want_link;
    int64_t want_ns; /* behind second 1 */
    uint32_t want_captured, want_wire;
} records[] = {
    {"plain", 4, 65535, 1, 5, 40, 90, 1, 5000, 40, 90},
    {"snapshot length 0", 4, 0, 1, 5, 40, 40, 1, 5000, 40, 40},
    {"snapshot length too small", 4, 8, 1, 5, 40, 90, 1, 5000, 40, 90},
    {"snapshot length absurd", 4, UINT32_MAX, 1, 5, 40, 40, 1, 5000, 40, 40},
    {"length on the wire too small", 4, 64, 1, 5, 40, 3, 1, 5000, 40, 40},
    {"length on the wire absurd", 4, 64, 1, 5, 40, UINT32_MAX, 1, 5000, 40,
     UINT32_MAX},
    {"check sequence length masked", 4, 64, 0x34000001, 5, 40, 40, 1, 5000, 40,
     40},
    {"reserved bits masked", 4, 64, 0x03ff0114, 5, 40, 40, 0x114, 5000, 40, 40},
    {"a second of microseconds", 4, 64, 1, 1000000, 40, 40, 1, S, 40, 40},
    {"all microseconds", 4, 64, 1, UINT32_MAX, 40, 40, 1, 4294967295000, 40,
     40},
    {"version 2.3", 3, 64, 1, 5, 40, 90, 1, 5000, 40, 90},
    {"version 2.3, lengths exchanged", 3, 64, 1, 5, 90, 40, 1, 5000, 40, 90},
    {"version 2.0, lengths exchanged", 0, 64, 1, 5, 90, 40, 1, 5000, 40, 90},
};

START_TEST(odd_fields_are_tolerated)
{
    struct build b = {0};
    struct seen seen;
    put_pcap_header(&b, PCAP_US, records[_i].minor, records[_i].snap,
                    records[_i].link);
    put(&b, 1, 4);
    put(&b, records[_i].units, 4);
    put(&b, records[_i].captured, 4);
    put(&b, records[_i].wire, 4);
    put_pattern(&b, 0, 40);
    see_bytes(&seen, built(&b), 0);

    const struct seen_frame *f = &seen.frames[0];
    ck_assert_msg(seen.count == 1 && !seen.info.damaged, "%s: %s",
                  records[_i].name, seen.info.damage);
    ck_assert_int_eq(f->time_ns, S + records[_i].want_ns);
    ck_assert_uint_eq(f->captured, records[_i].want_captured);
    ck_assert_uint_eq(f->wire, records[_i].want_wire);
    ck_assert_uint_eq(f->link, records[_i].want_link);
    ck_assert_uint_eq(seen.interfaces[0].link_type, records[_i].want_link);
    ck_assert_uint_eq(seen.interfaces[0].snap_octets, records[_i].snap);
}
END_TEST

/* --- versions -------------------------------------------------------------- */

static const struct {
    unsigned major, minor;
    const char *want;
} versions[] = {
    {2, 5, "memory: pcap version 2.5 is not supported"},
    {1, 4, "memory: pcap version 1.4 is not supported"},
    {543, 0, "memory: pcap version 543.0 is not supported"},
};

START_TEST(other_versions_are_refused_by_number)
{
    struct build b = {0};
    struct seen seen;
    put(&b, (uint32_t)PCAP_US, 4);
    put(&b, versions[_i].major, 2);
    put(&b, versions[_i].minor, 2);
    put_filled(&b, 0, 16);
    see_bytes(&seen, built(&b), 0);
    ck_assert_int_eq(seen.opened, ERR_INPUT);
    ck_assert_str_eq(seen.err.text, versions[_i].want);
}
END_TEST

/* --- damage ---------------------------------------------------------------- */

/* Behind two good records (24 + 26 + 26 octets) comes a third. */
static const struct {
    const char *name;
    uint32_t snap;
    uint32_t captured; /* claimed; there are 10 */
    const char *want;
} damages[] = {
    {"all ones", 65535, UINT32_MAX,
     "the record claims 4294967295 octets, at most 262144 are possible"},
    {"just too many", 65535, 262145,
     "the record claims 262145 octets, at most 262144 are possible"},
    {"possible, but not there", 65535, 262144,
     "the input ends after 26 of at least 262160 octets of the record"},
    {"more than a large snapshot", 300000, 300001,
     "the record claims 300001 octets, at most 300000 are possible"},
    {"as much as it", 300000, 300000,
     "the input ends after 26 of at least 300016 octets of the record"},
    {"more than anything", UINT32_MAX, CAPTURE_RECORD_MAX - 15,
     "the record claims 16777265 octets, at most 16777264 are possible"},
    {"as much as anything", UINT32_MAX, CAPTURE_RECORD_MAX - 16,
     "the input ends after 26 of at least 16777280 octets of the record"},
    {"one octet too many", 65535, 11,
     "the input ends after 26 of at least 27 octets of the record"},
};

START_TEST(an_impossible_record_ends_reading_and_is_named)
{
    struct build b = {0};
    struct seen seen;
    put_pcap_header(&b, PCAP_US, 4, damages[_i].snap, 1);
    put_pcap_record(&b, 1, 0, 10, 10);
    put_pcap_record(&b, 2, 0, 10, 10);
    put(&b, 3, 8);
    put(&b, damages[_i].captured, 4);
    put(&b, damages[_i].captured, 4);
    put_pattern(&b, 0, 10);
    see_bytes(&seen, built(&b), 0);
    ck_assert_int_eq(seen.ended, 0);
    ck_assert_uint_eq(seen.count, 2);
    ck_assert(seen.info.damaged);
    ck_assert_uint_eq(seen.info.damage_frame, 3);
    ck_assert_uint_eq(seen.info.damage_offset, 24 + 26 + 26);
    ck_assert_str_eq(seen.info.damage, damages[_i].want);
}
END_TEST

/* --- every cut, every pace ------------------------------------------------- */

enum { FIRST = 24, SECOND = FIRST + 16 + 12, THIRD = SECOND + 16, END = 90 };

static void put_three(struct build *b)
{
    put_pcap_header(b, PCAP_US, 4, 65535, 1);
    put_pcap_record(b, 1, 2, 12, 12);
    put_pcap_record(b, 2, 3, 0, 60);
    put_pcap_record(b, 3, 4, END - THIRD - 16, 60);
    ck_assert_uint_eq(b->len, END);
}

START_TEST(what_is_whole_before_a_cut_is_handed_out)
{
    const size_t n = (size_t)_i;
    const size_t starts[] = {FIRST, SECOND, THIRD, END};
    struct build b = {0};
    struct seen seen;
    put_three(&b);
    see_bytes(&seen, (struct bytes){b.data, n}, 0);
    if (n < FIRST) {
        ck_assert_int_eq(seen.opened, ERR_INPUT);
        return;
    }
    size_t whole = 0;
    while (whole < 3 && starts[whole + 1] <= n)
        whole++;
    ck_assert_int_eq(seen.opened, ERR_OK);
    ck_assert_uint_eq(seen.count, whole);
    ck_assert_int_eq(seen.info.damaged, n != starts[whole]);
    if (seen.info.damaged) {
        ck_assert_uint_eq(seen.info.damage_frame, whole + 1);
        ck_assert_uint_eq(seen.info.damage_offset, starts[whole]);
    }
}
END_TEST

/* In a heap copy of its own, so that a read past the cut is seen. */
START_TEST(nothing_behind_a_cut_is_touched)
{
    const size_t n = (size_t)_i;
    struct build b = {0};
    struct capture_state state = {0};
    struct capture_pcap_file file;
    struct capture_block block;
    put_three(&b);
    uint8_t *copy = malloc(n > FIRST ? n - FIRST : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, b.data + FIRST, n - FIRST);
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);
    ck_assert_int_eq(capture_pcap_file_init(&file, b.data, &state, NULL),
                     ERR_OK);
    struct capture_window window = {.data = copy, .len = n - FIRST};
    ck_assert_int_eq(capture_pcap_file_parse(&file, &state, &window, &block),
                     CAPTURE_PARSE_MORE);
    ck_assert_uint_le(window.used, window.len);
    ck_assert_uint_gt(window.need, window.len - window.used);
    for (size_t i = 0; i < block.count; i++)
        ck_assert(block.frames[i].data + block.frames[i].captured_octets <=
                  copy + n - FIRST);
    capture_block_fini(&block);
    free(state.ports);
    free(copy);
}
END_TEST

START_TEST(frames_do_not_depend_on_how_octets_arrive)
{
    struct build b = {0};
    struct seen whole, pieces;
    put_three(&b);
    see_bytes(&whole, built(&b), 0);
    see_bytes(&pieces, built(&b), (size_t)_i);
    ck_assert_uint_eq(pieces.count, 3);
    ck_assert_uint_eq(pieces.digest, whole.digest);
    ck_assert(!pieces.info.damaged);
    ck_assert_uint_eq(pieces.info.octets, END);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

static void add(TCase *tc)
{
    tcase_add_loop_test(tc, each_variant_yields_the_same_frames, 0,
                        ROWS(variants));
    tcase_add_loop_test(tc, a_header_alone_is_a_capture_without_frames, 0,
                        ROWS(variants));
    tcase_add_loop_test(tc, odd_fields_are_tolerated, 0, ROWS(records));
    tcase_add_loop_test(tc, other_versions_are_refused_by_number, 0,
                        ROWS(versions));
    tcase_add_loop_test(tc, an_impossible_record_ends_reading_and_is_named, 0,
                        ROWS(damages));
    tcase_add_loop_test(tc, what_is_whole_before_a_cut_is_handed_out, 0,
                        END + 1);
    tcase_add_loop_test(tc, nothing_behind_a_cut_is_touched, FIRST, END + 1);
    tcase_add_loop_test(tc, frames_do_not_depend_on_how_octets_arrive, 1,
                        END + 1);
}

int main(void)
{
    return run_case("capture pcap_file", add);
}
