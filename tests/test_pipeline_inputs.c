/* In which order files are read, and that they are not all open at once. */
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pipeline/inputs.h"
#include "test_capture.h"
#include "test_folder.h"
#include "test_render.h"

enum { INPUTS = 4, MANY = 200 };

static char folder[PATH_MAX];
static char names[MANY][PATH_MAX];
static const char *paths[MANY];
static struct pipeline_input inputs[MANY];
static struct capture_block block;

static void make(void)
{
    folder_make(folder);
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);
}

static void unmake(void)
{
    for (size_t i = 0; i < MANY; i++)
        pipeline_inputs_end(&inputs[i]);
    capture_block_fini(&block);
    folder_remove(folder);
}

/* A capture with one frame at that second, or none for 0. */
static void write_capture(size_t at, uint32_t seconds)
{
    static struct build b;
    char name[32];
    b = (struct build){.big_endian = false};
    put_pcap_header(&b, PCAP_US, 4, 65535, 1);
    if (seconds > 0)
        put_pcap_record(&b, seconds, 0, 60, 60);
    snprintf(name, sizeof name, "%zu.pcap", at);
    folder_write(folder, name, b.data, b.len);
    paths[at] = folder_path(names[at], folder, name);
}

static const struct {
    const char *name;
    uint32_t seconds[INPUTS]; /* 0: without a frame */
    size_t want[INPUTS];      /* which is read first, second ... */
    bool sorted;
} rows[] = {
    {"in order", {1, 2, 3, 4}, {0, 1, 2, 3}, false},
    {"the other way round", {4, 3, 2, 1}, {3, 2, 1, 0}, true},
    {"a shell's order", {1, 10, 2, 3}, {0, 2, 3, 1}, true},
    {"equal times stay", {5, 5, 1, 5}, {2, 0, 1, 3}, true},
    {"an empty one stays", {9, 0, 5, 1}, {3, 1, 2, 0}, true},
    {"only empty ones", {0, 0, 0, 0}, {0, 1, 2, 3}, false},
};

START_TEST(files_go_by_their_first_frames)
{
    struct pipeline_inputs_order order;
    for (size_t i = 0; i < INPUTS; i++)
        write_capture(i, rows[_i].seconds[i]);
    ck_assert_int_eq(pipeline_inputs_open(inputs, paths, INPUTS, &order, NULL),
                     ERR_OK);
    ck_assert_msg(order.sorted == rows[_i].sorted, "%s", rows[_i].name);
    for (size_t i = 0; i < INPUTS; i++)
        ck_assert_msg(inputs[i].path == paths[rows[_i].want[i]], "%s: %zu",
                      rows[_i].name, i);
    ck_assert_str_eq(inputs[0].format, "pcap");
}
END_TEST

/* What can be read once is read where it was given, and not looked into. */
START_TEST(a_pipe_stays_open_in_its_place)
{
    struct pipeline_inputs_order order;
    static struct build b;
    int ends[2];
    char pipe_path[32];
    b = (struct build){.big_endian = false};
    put_pcap_header(&b, PCAP_US, 4, 65535, 1);
    put_pcap_record(&b, 1, 0, 60, 60);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], b.data, b.len), (ssize_t)b.len);
    close(ends[1]);
    write_capture(0, 9);
    write_capture(2, 5);
    snprintf(pipe_path, sizeof pipe_path, "/dev/fd/%d", ends[0]);
    paths[1] = pipe_path;
    ck_assert_int_eq(pipeline_inputs_open(inputs, paths, 3, &order, NULL),
                     ERR_OK);
    ck_assert(order.sorted);
    ck_assert_ptr_eq(inputs[0].path, paths[2]);
    ck_assert_ptr_eq(inputs[1].path, pipe_path);
    ck_assert_ptr_nonnull(inputs[1].source);
    ck_assert_ptr_null(inputs[0].source);
    ck_assert_int_eq(capture_source_read(inputs[1].source, &block, NULL), 1);
    ck_assert_uint_eq(block.count, 1);
    close(ends[0]);
}
END_TEST

/* A rotation leaves a file without an octet behind for a moment. */
START_TEST(files_without_octets_are_left_out_unless_all_are)
{
    struct pipeline_inputs_order order;
    struct err err;
    write_capture(0, 7);
    folder_write(folder, "empty", "", 0);
    static char empty[PATH_MAX];
    paths[1] = paths[2] = folder_path(empty, folder, "empty");
    write_capture(3, 5);
    ck_assert_int_eq(pipeline_inputs_open(inputs, paths, INPUTS, &order, NULL),
                     ERR_OK);
    ck_assert_uint_eq(order.count, 2);
    ck_assert_ptr_eq(order.first_empty, empty);
    ck_assert_ptr_eq(inputs[0].path, paths[3]);
    ck_assert_ptr_eq(inputs[1].path, paths[0]);
    ck_assert_int_eq(pipeline_inputs_open(inputs, paths + 1, 2, &order, &err),
                     ERR_INPUT);
}
END_TEST

START_TEST(a_single_input_stays_open)
{
    struct pipeline_inputs_order order;
    write_capture(0, 1);
    ck_assert_int_eq(pipeline_inputs_open(inputs, paths, 1, &order, NULL),
                     ERR_OK);
    ck_assert(!order.sorted);
    ck_assert_ptr_nonnull(inputs[0].source);
}
END_TEST

START_TEST(more_files_than_descriptors_can_be_read)
{
    struct pipeline_inputs_order order;
    const struct rlimit limit = {32, 32};
    for (size_t i = 0; i < MANY; i++)
        write_capture(i, (uint32_t)(MANY - i));
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_int_eq(pipeline_inputs_open(inputs, paths, MANY, &order, NULL),
                     ERR_OK);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_ptr_eq(inputs[i].path, paths[MANY - 1 - i]);
        ck_assert_int_eq(pipeline_inputs_begin(&inputs[i], NULL), ERR_OK);
        ck_assert_int_eq(capture_source_read(inputs[i].source, &block, NULL),
                         1);
        ck_assert_int_eq(block.frames[0].time_ns,
                         (int64_t)(i + 1) * 1000000000);
        pipeline_inputs_end(&inputs[i]);
    }
}
END_TEST

START_TEST(one_that_cannot_be_read_fails_them_all)
{
    struct pipeline_inputs_order order;
    struct err err = {.text = ""};
    write_capture(0, 1);
    paths[1] = folder_path(names[1], folder, "missing.pcap");
    ck_assert_int_eq(pipeline_inputs_open(inputs, paths, 2, &order, &err),
                     ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "missing.pcap"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pipeline/inputs");
    TCase *tc = tcase_create("inputs");
    tcase_add_checked_fixture(tc, make, unmake);
    tcase_add_loop_test(tc, files_go_by_their_first_frames, 0, ROWS(rows));
    tcase_add_test(tc, a_pipe_stays_open_in_its_place);
    tcase_add_test(tc, files_without_octets_are_left_out_unless_all_are);
    tcase_add_test(tc, a_single_input_stays_open);
    tcase_add_test(tc, more_files_than_descriptors_can_be_read);
    tcase_add_test(tc, one_that_cannot_be_read_fails_them_all);
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
