/* What is written is read back by our own reader. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/dump.h"
#include "capture/source.h"
#include "test_folder.h"
#include "test_render.h"

enum { ETHERNET = 1, RAW = 101, SLL2 = 276, UNKNOWN = 90 };

static char folder[PATH_MAX];
static char path[PATH_MAX];
static int fd;
static const uint8_t octets[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

static void make(void)
{
    folder_make(folder);
    fd = open(folder_path(path, folder, "out.pcap"), O_RDWR | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
}

static void unmake(void)
{
    close(fd);
    folder_remove(folder);
}

static struct capture_dump *open_dump(int to)
{
    struct capture_dump *dump;
    ck_assert_int_eq(capture_dump_open(&dump, to, "out.pcap", NULL), ERR_OK);
    return dump;
}

static struct capture_frame frame_of(uint16_t link_type, int64_t time_ns)
{
    return (struct capture_frame){.data = octets,
                                  .captured_octets = 8,
                                  .wire_octets = 10,
                                  .link_type = link_type,
                                  .time_ns = time_ns};
}

static const struct {
    const char *name;
    uint16_t link_type;
    int64_t time_ns, want_ns;
} rows[] = {
    {"a nanosecond", ETHERNET, 1700000000123456789, 1700000000123456789},
    {"the last second", ETHERNET, 4294967295999999999, 4294967295999999999},
    {"one second later", ETHERNET, 4294967296000000000, 0},
    {"before 1970", ETHERNET, -1, 0},
    {"no time", ETHERNET, CAPTURE_NO_TIME, 0},
    {"a number that is libpcap's own", RAW, 5, 5},
    {"cooked", SLL2, 5, 5},
};

START_TEST(a_frame_is_read_back_as_it_was)
{
    struct capture_dump *dump = open_dump(fd);
    struct capture_frame frame = frame_of(rows[_i].link_type, rows[_i].time_ns);
    capture_dump_put(dump, &frame);
    ck_assert_int_eq(capture_dump_status(dump, NULL), ERR_OK);
    ck_assert_int_eq(capture_dump_finish(dump, NULL), ERR_OK);
    capture_dump_close(dump);

    struct capture_source *source;
    struct capture_block block;
    ck_assert_int_eq(capture_source_open(&source, path, NULL), ERR_OK);
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);
    ck_assert_int_eq(capture_source_read(source, &block, NULL), 1);
    ck_assert_uint_eq(block.count, 1);
    const struct capture_frame *got = block.frames;
    ck_assert_msg(got->time_ns == rows[_i].want_ns, "%s", rows[_i].name);
    ck_assert_uint_eq(got->link_type, rows[_i].link_type);
    ck_assert_uint_eq(got->captured_octets, 8);
    ck_assert_uint_eq(got->wire_octets, 10);
    ck_assert_mem_eq(got->data, octets, 8);
    capture_block_fini(&block);
    capture_source_close(source);
}
END_TEST

START_TEST(a_file_without_frames_is_a_capture)
{
    struct capture_dump *dump = open_dump(fd);
    ck_assert_int_eq(capture_dump_finish(dump, NULL), ERR_OK);
    capture_dump_close(dump);
    struct capture_source *source;
    ck_assert_int_eq(capture_source_open(&source, path, NULL), ERR_OK);
    ck_assert_uint_eq(capture_source_interface(source, 0)->link_type, ETHERNET);
    capture_source_close(source);
}
END_TEST

static const struct {
    const char *name, *says;
    const char *to; /* NULL: the file */
    uint16_t link_types[2];
} failures[] = {
    {"two link types", "more than one link type", NULL, {ETHERNET, SLL2}},
    {"no such link type", "out.pcap: ", NULL, {UNKNOWN, UNKNOWN}},
    {"a full disk", "No space left", "/dev/full", {ETHERNET, ETHERNET}},
    {"not for writing", "Invalid argument", "/dev/null", {ETHERNET, ETHERNET}},
};

START_TEST(what_cannot_be_written_is_an_output_error)
{
    struct err err = {.code = ERR_OK};
    int to = fd;
    if (failures[_i].to)
        to = open(failures[_i].to, _i == 2 ? O_WRONLY : O_RDONLY);
    struct capture_dump *dump;
    enum err_code rc = capture_dump_open(&dump, to, "out.pcap", &err);
    if (rc == ERR_OK) {
        for (int i = 0; i < 2; i++) {
            const struct capture_frame frame =
                frame_of(failures[_i].link_types[i], 0);
            capture_dump_put(dump, &frame);
        }
        rc = capture_dump_finish(dump, &err);
        capture_dump_close(dump);
    }
    ck_assert_msg(rc == ERR_OUTPUT, "%s", failures[_i].name);
    ck_assert_msg(strstr(err.text, failures[_i].says) != NULL, "%s: %s",
                  failures[_i].name, err.text);
    if (to != fd)
        close(to);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("capture/dump");
    TCase *tc = tcase_create("dump");
    tcase_add_checked_fixture(tc, make, unmake);
    tcase_add_loop_test(tc, a_frame_is_read_back_as_it_was, 0, ROWS(rows));
    tcase_add_test(tc, a_file_without_frames_is_a_capture);
    tcase_add_loop_test(tc, what_cannot_be_written_is_an_output_error, 0,
                        ROWS(failures));
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
