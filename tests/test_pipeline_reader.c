/* Blocks read ahead are the blocks read on demand, and the caller may leave at
 * any of them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "capture/stream.h"
#include "pipeline/reader.h"

enum { HEADER = 24, RECORD = 16 + 60, FRAMES = 40000 };

/* A classic pcap file of empty Ethernet frames: more blocks than the ring. */
static uint8_t octets[HEADER + (size_t)RECORD * FRAMES];

static void put_u32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
}

static void make_capture(void)
{
    put_u32(octets, 0xa1b2c3d4);
    put_u32(octets + 4, 4 << 16 | 2);
    put_u32(octets + 16, 65535);
    put_u32(octets + 20, 1);
    for (uint32_t i = 0; i < FRAMES; i++) {
        uint8_t *record = octets + HEADER + (size_t)i * RECORD;
        put_u32(record, i + 1);
        put_u32(record + 8, RECORD - 16);
        put_u32(record + 12, RECORD - 16);
    }
}

static struct capture_source *open_capture(size_t length)
{
    struct capture_stream *stream = NULL;
    struct capture_source *source = NULL;
    const struct bytes capture = {octets, length};
    ck_assert_int_eq(capture_stream_open_memory(&stream, capture, 0, NULL),
                     ERR_OK);
    ck_assert_int_eq(
        capture_source_open_stream(&source, "memory", stream, NULL), ERR_OK);
    return source;
}

static struct pipeline_reader *open_reader(bool ahead,
                                           const volatile sig_atomic_t *stop)
{
    static const struct packet_ports ports;
    const struct pipeline_reader_options options = {
        .ports = &ports, .ahead = ahead, .stop = stop};
    struct pipeline_reader *reader = NULL;
    ck_assert_int_eq(pipeline_reader_new(&reader, &options, NULL), ERR_OK);
    return reader;
}

static struct pipeline_block *next(struct pipeline_reader *reader)
{
    struct pipeline_block *block = NULL;
    ck_assert_int_eq(pipeline_reader_next(reader, &block, NULL), ERR_OK);
    return block;
}

/* How many frames come, each behind the one before. */
static uint64_t read_all(struct pipeline_reader *reader)
{
    uint64_t frames = 0;
    const struct pipeline_block *block;
    do {
        block = next(reader);
        for (size_t i = 0; i < block->frames.count; i++)
            ck_assert_uint_eq(block->frames.frames[i].number, ++frames);
    } while (!block->is_last);
    ck_assert_uint_eq(block->octets, HEADER + frames * RECORD);
    ck_assert(!block->interrupted);
    return frames;
}

START_TEST(every_frame_comes_once_and_in_order)
{
    struct pipeline_reader *reader = open_reader(_i, NULL);
    for (int input = 0; input < 3; input++) {
        struct capture_source *source = open_capture(sizeof octets);
        pipeline_reader_begin(reader, source);
        ck_assert_uint_eq(read_all(reader), FRAMES);
        pipeline_reader_end(reader);
        ck_assert_uint_eq(capture_source_info(source)->frames, FRAMES);
        capture_source_close(source);
    }
    pipeline_reader_free(reader);
}
END_TEST

START_TEST(caller_may_leave_at_any_block)
{
    for (int blocks = 0; blocks < 9; blocks++) {
        struct pipeline_reader *reader = open_reader(_i, NULL);
        struct capture_source *source = open_capture(sizeof octets);
        pipeline_reader_begin(reader, source);
        for (int i = 0; i < blocks; i++)
            ck_assert_uint_gt(next(reader)->frames.count, 0);
        if (blocks & 1) /* else while it reads */
            pipeline_reader_end(reader);
        pipeline_reader_free(reader);
        capture_source_close(source);
    }
}
END_TEST

START_TEST(stop_is_the_last_block_and_says_so)
{
    const volatile sig_atomic_t stop = SIGINT;
    struct pipeline_reader *reader = open_reader(_i, &stop);
    struct capture_source *source = open_capture(sizeof octets);
    pipeline_reader_begin(reader, source);
    const struct pipeline_block *block = next(reader);
    ck_assert(block->is_last && block->interrupted);
    ck_assert_uint_eq(block->frames.count, 0);
    pipeline_reader_free(reader);
    capture_source_close(source);
}
END_TEST

START_TEST(capture_without_frames_is_one_last_block)
{
    struct pipeline_reader *reader = open_reader(_i, NULL);
    struct capture_source *source = open_capture(HEADER);
    pipeline_reader_begin(reader, source);
    ck_assert_uint_eq(read_all(reader), 0);
    pipeline_reader_free(reader);
    capture_source_close(source);
}
END_TEST

int main(void)
{
    make_capture();
    Suite *suite = suite_create("pipeline/reader");
    TCase *tc = tcase_create("reader");
    tcase_add_loop_test(tc, every_frame_comes_once_and_in_order, 0, 2);
    tcase_add_loop_test(tc, caller_may_leave_at_any_block, 0, 2);
    tcase_add_loop_test(tc, stop_is_the_last_block_and_says_so, 0, 2);
    tcase_add_loop_test(tc, capture_without_frames_is_one_last_block, 0, 2);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
