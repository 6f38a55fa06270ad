#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "capture/source.h"
#include "test_capture.h"

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

/* --- what is no capture, or none of ours ----------------------------------- */

#define XZ                                                                     \
    "\xfd"                                                                     \
    "7zXZ\0"
#define US_LE "\xd4\xc3\xb2\xa1"
#define SHB   "\x0a\x0d\x0d\x0a"

static const struct {
    const char *octets;
    size_t len;
    const char *want; /* behind "memory: " */
} refused[] = {
    {"", 0, "is empty"},
    {"x", 1, "is no capture (it begins with \"x\")"},
    {"frame,time\n1,2\n", 15,
     "is no capture (it begins with \"frame,time\\0101,2\\010\")"},
    {"\0\0\0\0\0\0\0\0", 8,
     "is no capture (it begins with "
     "\"\\000\\000\\000\\000\\000\\000\\000\\000\""
     ")"},
    {US_LE, 4, "is cut short inside the header of the file, after 4 octets"},
    {SHB "\x1c\0\0\0", 8,
     "is cut short inside the header of the file, after 8 octets"},

    {"BZh91AY&SY", 10,
     "is compressed with bzip2; try: bzip2 -dc FILE | wasitdns -"},
    {XZ, 6, "is compressed with xz; try: xz -dc FILE | wasitdns -"},
    {"LZIP\1", 5, "is compressed with lzip; try: lzip -dc FILE | wasitdns -"},
    {"\x1f\x9d\x90", 3,
     "is compressed with compress; try: gzip -dc FILE | wasitdns -"},
    {"\x02\x21\x4c\x18", 4,
     "is in the legacy format of lz4; try: lz4 -dc FILE | wasitdns -"},
    {"PK\3\4", 4, "is a zip archive; try: unzip -p FILE | wasitdns -"},
    {"7z\xbc\xaf\x27\x1c", 6,
     "is a 7-zip archive; try: 7z x -so FILE | wasitdns -"},

    {"\x34\xcd\xb2\xa1", 4,
     "is a pcap of Kuznetzov's modified kind; try: tcpdump -r FILE -w "
     "NEW.pcap"},
    {"\xa1\xb2\xcd\x34", 4,
     "is a pcap of Kuznetzov's modified kind; try: tcpdump -r FILE -w "
     "NEW.pcap"},
    {"\xa1\xb2\x34\xcd", 4,
     "is a pcap of Mesquita's modified kind, which nothing converts; "
     "capture again with tcpdump or dumpcap"},
    {"\xcd\x34\xb2\xa1", 4,
     "is a pcap of Mesquita's modified kind, which nothing converts; "
     "capture again with tcpdump or dumpcap"},
    {"\xa1\x2b\x3c\x4d", 4,
     "is a pcap of Navtel's modified kind, which nothing converts; "
     "capture again with tcpdump or dumpcap"},
    {"\x4d\x3c\x2b\xa1", 4,
     "is a pcap of Navtel's modified kind, which nothing converts; "
     "capture again with tcpdump or dumpcap"},
    {"\x1c\0\1\xac", 4,
     "is an IXIA hardware capture; try: editcap -F pcap FILE NEW.pcap"},
    {"\xab\1\0\x1c", 4,
     "is an IXIA software capture; try: editcap -F pcap FILE NEW.pcap"},
    {"snoop\0\0\0\0\0\0\2", 12,
     "is a snoop capture; try: editcap -F pcap FILE NEW.pcap"},
    {"btsnoop\0", 8,
     "is a Bluetooth snoop capture; try: editcap -F pcap FILE NEW.pcap"},
    {"GMBU", 4,
     "is a Network Monitor capture; try: editcap -F pcap FILE NEW.pcap"},
    {"TRSNIFF data    \032", 17,
     "is a Sniffer capture; try: editcap -F pcap FILE NEW.pcap"},
    {"iptrace 2.0", 11,
     "is an AIX iptrace capture; try: editcap -F pcap FILE NEW.pcap"},
};

START_TEST(what_is_not_read_is_named_with_the_way_out)
{
    static const size_t chunks[] = {0, 1};
    for (int i = 0; i < ROWS(chunks); i++) {
        struct seen seen;
        see_bytes(&seen,
                  (struct bytes){(const uint8_t *)refused[_i].octets,
                                 refused[_i].len},
                  chunks[i]);
        ck_assert_int_eq(seen.opened, ERR_INPUT);
        ck_assert_msg(strncmp(seen.err.text, "memory: ", 8) == 0, "%s",
                      seen.err.text);
        ck_assert_str_eq(seen.err.text + 8, refused[_i].want);
    }
}
END_TEST

static void put_gzip(struct build *b, struct bytes data)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data.data,
                  .avail_in = (uInt)data.len,
                  .next_out = b->data + b->len,
                  .avail_out = (uInt)(sizeof b->data - b->len)};
    ck_assert_int_eq(
        deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY),
        Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    b->len += z.total_out;
    deflateEnd(&z);
}

static const struct {
    const char *octets;
    size_t len, cut; /* cut: octets taken off the gzip file */
    const char *want;
} packed_refused[] = {
    {"", 0, 0, "memory: is empty inside gzip"},
    {"text", 4, 0, "memory: is no capture (it begins with \"text\")"},
    {"\x28\xb5\x2f\xfd", 4, 0,
     "memory: is packed twice, by zstd in gzip; try: gzip -dc FILE | "
     "wasitdns -"},
    {US_LE, 4, 0,
     "memory: is cut short inside the header of the file, after 4 octets"},
    {"text", 4, 9,
     "memory: gzip: the compressed data are cut short; nothing "
     "could be read"},
};

START_TEST(what_is_packed_is_looked_into)
{
    struct build b = {0};
    struct seen seen;
    put_gzip(&b, (struct bytes){(const uint8_t *)packed_refused[_i].octets,
                                packed_refused[_i].len});
    b.len -= packed_refused[_i].cut;
    see_bytes(&seen, built(&b), 0);
    ck_assert_int_eq(seen.opened, ERR_INPUT);
    ck_assert_str_eq(seen.err.text, packed_refused[_i].want);
}
END_TEST

START_TEST(a_directory_is_refused)
{
    struct seen seen;
    see_path(&seen, "tests");
    ck_assert_int_eq(seen.opened, ERR_INPUT);
    ck_assert_str_eq(seen.err.text, "tests: is a directory, not a capture");
}
END_TEST

START_TEST(damage_of_the_packing_is_named_behind_the_frames)
{
    struct build b = {0}, packed = {0};
    struct seen seen;
    put_pcap_header(&b, PCAP_US, 4, 65535, 1);
    put_pcap_record(&b, 1, 0, 100, 100);
    put_pcap_record(&b, 2, 0, 100, 100);
    put_gzip(&packed, built(&b));
    packed.data[packed.len - 8] ^= 1; /* CRC */
    see_bytes(&seen, built(&packed), 0);
    ck_assert_uint_eq(seen.count, 2);
    ck_assert_str_eq(seen.format, "pcap+gzip");
    ck_assert_str_eq(seen.info.damage, "gzip: incorrect data check");
    ck_assert_uint_eq(seen.info.damage_frame, 3);
    ck_assert_uint_eq(seen.info.damage_offset, b.len);
    ck_assert_uint_eq(seen.info.octets, packed.len);
}
END_TEST

/* --- file, pipe, standard input -------------------------------------------- */

static void put_capture(struct build *b)
{
    put_section(b);
    put_interface(b, 1, 0);
    put_interface(b, 113, 96);
    for (unsigned i = 0; i < 40; i++)
        put_packet(b, i % 2, 1000 + i, 20 + i, 20 + i);
}

/* A new file of these octets; the path is to be freed. */
static char *write_file(struct bytes octets)
{
    char *path = strdup("/tmp/wasitdns-test-XXXXXX");
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, octets.data, octets.len), (ssize_t)octets.len);
    close(fd);
    return path;
}

/* Standard input becomes a pipe to which a child writes `step` octets at a
 * time. */
static pid_t feed_stdin(struct bytes octets, size_t step)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        for (size_t at = 0; at < octets.len; at += step) {
            const size_t n = octets.len - at < step ? octets.len - at : step;
            if (write(ends[1], octets.data + at, n) != (ssize_t)n)
                _exit(1);
        }
        _exit(0);
    }
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    close(ends[1]);
    return child;
}

static void assert_same(const struct seen *got, const struct seen *want)
{
    ck_assert_int_eq(got->opened, ERR_OK);
    ck_assert_int_eq(got->ended, 0);
    ck_assert_uint_eq(got->count, want->count);
    ck_assert_uint_eq(got->digest, want->digest);
    ck_assert_int_eq(got->info.damaged, want->info.damaged);
    ck_assert_str_eq(got->info.damage, want->info.damage);
    ck_assert_uint_eq(got->info.damage_offset, want->info.damage_offset);
}

/* Whole, and cut inside the last packet. */
START_TEST(the_same_octets_yield_the_same_frames_wherever_they_come_from)
{
    static const size_t steps[] = {1, 7, 100, 65536};
    struct build b = {0}, packed = {0};
    struct seen want, got;
    put_capture(&b);
    b.len -= _i == 1 ? 9 : 0;
    put_gzip(&packed, built(&b));
    see_bytes(&want, built(&b), 0);
    ck_assert_uint_eq(want.count, _i == 1 ? 39 : 40);

    char *path = write_file(built(&b));
    see_path(&got, path);
    assert_same(&got, &want);
    ck_assert_uint_eq(got.info.octets, b.len);
    ck_assert_uint_eq(got.info.size, b.len);
    const int fd = open(path, O_RDONLY);
    ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    see_path(&got, "-");
    assert_same(&got, &want);
    unlink(path);
    free(path);
    close(fd);

    for (int i = 0; i < ROWS(steps); i++) {
        pid_t child = feed_stdin(built(&b), steps[i]);
        see_path(&got, "-");
        assert_same(&got, &want);
        ck_assert_str_eq(got.format, "pcapng");
        ck_assert_uint_eq(got.info.octets, b.len);
        ck_assert_uint_eq(got.info.size, 0);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);

        child = feed_stdin(built(&packed), steps[i]);
        see_path(&got, "-");
        assert_same(&got, &want);
        ck_assert_str_eq(got.format, "pcapng+gzip");
        ck_assert_uint_eq(got.info.octets, packed.len);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
    }
}
END_TEST

START_TEST(a_pipe_yields_whole_records_without_waiting_for_more)
{
    struct build b = {0};
    struct capture_source *source;
    struct capture_block block;
    int ends[2];
    put_pcap_header(&b, PCAP_US, 4, 65535, 1);
    put_pcap_record(&b, 1, 0, 50, 50);
    put_pcap_record(&b, 2, 0, 50, 50);
    const size_t first = b.len - 60;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);

    ck_assert_int_eq(write(ends[1], b.data, first), (ssize_t)first);
    ck_assert_int_eq(capture_source_open(&source, "-", NULL), ERR_OK);
    ck_assert_int_eq(capture_source_read(source, &block, NULL), 1);
    ck_assert_uint_eq(block.count, 1);
    ck_assert_int_eq(write(ends[1], b.data + first, 60), 60);
    ck_assert_int_eq(capture_source_read(source, &block, NULL), 1);
    ck_assert_uint_eq(block.count, 1);
    ck_assert_uint_eq(block.frames[0].number, 2);
    close(ends[1]);
    ck_assert_int_eq(capture_source_read(source, &block, NULL), 0);
    ck_assert(!capture_source_info(source)->damaged);
    capture_source_close(source);
    capture_block_fini(&block);
}
END_TEST

static void on_alarm(int signal_number)
{
    (void)signal_number;
}

/* The pipe is silent at each place in turn: the caller gets to look at its
 * flags, and nothing is lost. */
START_TEST(a_signal_ends_the_wait_anywhere)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    const struct itimerval every = {{0, 5000}, {0, 5000}};
    struct build b = {0};
    struct capture_source *source;
    struct capture_block block;
    size_t frames = 0, waits = 0, at = 0;
    int ends[2], rc;
    put_pcap_header(&b, PCAP_US, 4, 65535, 1);
    put_pcap_record(&b, 1, 0, 5, 5);
    put_pcap_record(&b, 2, 0, 5, 5);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &every, NULL), 0);

    ck_assert_int_eq(capture_source_open(&source, "-", NULL), ERR_OK);
    ck_assert_str_eq(capture_source_info(source)->format, "");
    while ((rc = capture_source_read(source, &block, NULL)) > 0) {
        frames += block.count;
        if (block.count > 0)
            continue;
        waits++;
        if (at < b.len)
            ck_assert_int_eq(write(ends[1], &b.data[at++], 1), 1);
        else
            close(ends[1]);
    }
    ck_assert_int_eq(rc, 0);
    ck_assert_uint_eq(frames, 2);
    ck_assert_uint_eq(waits, b.len + 1);
    ck_assert(!capture_source_info(source)->damaged);
    ck_assert_str_eq(capture_source_info(source)->format, "pcap");
    capture_source_close(source);
    capture_block_fini(&block);
}
END_TEST

START_TEST(what_is_no_capture_may_show_only_after_a_signal)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    const struct itimerval every = {{0, 20000}, {0, 20000}};
    struct capture_source *source;
    struct capture_block block;
    struct err err = {0};
    int ends[2], rc;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
    ck_assert_int_eq(capture_source_open(&source, "-", NULL), ERR_OK);
    ck_assert_int_eq(write(ends[1], "text", 4), 4);
    close(ends[1]);
    do
        rc = capture_source_read(source, &block, &err);
    while (rc == 1);
    ck_assert_int_eq(rc, ERR_INPUT);
    ck_assert_str_eq(err.text, "standard input: is no capture (it begins with "
                               "\"text\")");
    ck_assert_int_eq(capture_source_read(source, &block, &err), 0);
    capture_source_close(source);
    capture_block_fini(&block);
}
END_TEST

START_TEST(a_file_that_grows_is_read_to_its_end)
{
    struct build b = {0};
    struct capture_source *source;
    struct seen seen = {0};
    put_pcap_header(&b, PCAP_US, 4, 65535, 1);
    put_pcap_record(&b, 1, 0, 50, 50);
    put_pcap_record(&b, 2, 0, 50, 50);
    put_pcap_record(&b, 3, 0, 50, 50);
    const size_t first = b.len - 80;
    char *path = write_file((struct bytes){b.data, first});
    ck_assert_int_eq(capture_source_open(&source, path, NULL), ERR_OK);
    const int fd = open(path, O_WRONLY | O_APPEND);
    ck_assert_int_eq(write(fd, b.data + first, 80), 80);
    close(fd);
    see_source(&seen, source);
    ck_assert_uint_eq(seen.count, 3);
    ck_assert(!seen.info.damaged);
    unlink(path);
    free(path);
}
END_TEST

/* --- blocks ---------------------------------------------------------------- */

enum { MANY = 3 * CAPTURE_BLOCK_FRAMES + 5 };

/* MANY records of `octets` each behind a header; to be freed. */
static struct bytes many_records(uint32_t octets)
{
    struct build b = {0};
    put_pcap_header(&b, PCAP_US, 4, 65535, 1);
    const size_t header = b.len;
    put_pcap_record(&b, 7, 0, octets, octets);
    const size_t record = b.len - header;
    uint8_t *file = malloc(header + MANY * record);
    ck_assert_ptr_nonnull(file);
    memcpy(file, b.data, header);
    for (size_t i = 0; i < MANY; i++)
        memcpy(file + header + i * record, b.data + header, record);
    return (struct bytes){file, header + MANY * record};
}

static const struct {
    uint32_t octets;
    size_t chunk;
} sizes[] = {
    {0, 0},  {0, 1},     {0, 5000}, {1, 0},
    {60, 0}, {60, 1023}, {1500, 0}, {1500, 65536},
};

START_TEST(frames_come_in_order_across_blocks)
{
    const struct bytes file = many_records(sizes[_i].octets);
    struct capture_stream *stream;
    struct capture_source *source;
    struct capture_block block;
    uint64_t number = 0;
    ck_assert_int_eq(
        capture_stream_open_memory(&stream, file, sizes[_i].chunk, NULL),
        ERR_OK);
    ck_assert_int_eq(capture_source_open_stream(&source, "x", stream, NULL),
                     ERR_OK);
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);
    while (capture_source_read(source, &block, NULL) > 0) {
        ck_assert_uint_gt(block.count, 0);
        ck_assert_uint_le(block.count, CAPTURE_BLOCK_FRAMES);
        ck_assert_uint_eq(block.capacity, CAPTURE_BLOCK_OCTETS);
        for (size_t i = 0; i < block.count; i++) {
            const struct capture_frame *f = &block.frames[i];
            ck_assert(f->number == ++number);
            ck_assert(f->captured_octets == sizes[_i].octets);
            ck_assert(f->captured_octets == 0 || f->data[0] == 7);
        }
    }
    ck_assert_uint_eq(number, MANY);
    ck_assert_uint_eq(capture_source_info(source)->frames, MANY);
    ck_assert_uint_eq(capture_source_interface(source, 0)->frames, MANY);
    ck_assert(!capture_source_info(source)->damaged);
    capture_source_close(source);
    capture_block_fini(&block);
    free((void *)(uintptr_t)file.data);
}
END_TEST

START_TEST(blocks_stay_valid_while_others_are_filled)
{
    enum { ALIVE = 4 };
    const struct bytes file = many_records(60);
    struct capture_stream *stream;
    struct capture_source *source;
    struct capture_block blocks[ALIVE];
    uint64_t number = 0;
    ck_assert_int_eq(capture_stream_open_memory(&stream, file, 0, NULL),
                     ERR_OK);
    ck_assert_int_eq(capture_source_open_stream(&source, "x", stream, NULL),
                     ERR_OK);
    for (int i = 0; i < ALIVE; i++) {
        ck_assert_int_eq(capture_block_init(&blocks[i], NULL), ERR_OK);
        ck_assert_int_eq(capture_source_read(source, &blocks[i], NULL), 1);
    }
    capture_source_close(source);
    for (int i = 0; i < ALIVE; i++) {
        for (size_t k = 0; k < blocks[i].count; k++) {
            const struct capture_frame *f = &blocks[i].frames[k];
            ck_assert(f->number == ++number);
            for (unsigned o = 0; o < f->captured_octets; o++)
                ck_assert(f->data[o] == 7 + o);
        }
        capture_block_fini(&blocks[i]);
    }
    ck_assert_uint_gt(number, CAPTURE_BLOCK_FRAMES);
    free((void *)(uintptr_t)file.data);
}
END_TEST

/* A record of 5 MiB between two small ones. */
START_TEST(a_block_grows_for_a_large_record_and_shrinks_again)
{
    enum { LARGE = 5 * 1024 * 1024 };
    static const size_t chunks[] = {0, 65536, 4000};
    struct build b = {0};
    struct capture_stream *stream;
    struct capture_source *source;
    struct capture_block block;
    put_pcap_header(&b, PCAP_US, 4, LARGE, 1);
    put_pcap_record(&b, 1, 0, 50, 50);
    put(&b, 2, 8);
    put(&b, LARGE, 4);
    put(&b, LARGE, 4);
    const size_t head = b.len;
    put_pcap_record(&b, 3, 0, 50, 50);
    const size_t len = b.len + LARGE;
    uint8_t *file = malloc(len);
    ck_assert_ptr_nonnull(file);
    memcpy(file, b.data, head);
    for (size_t i = 0; i < LARGE; i++)
        file[head + i] = (uint8_t)(i >> 12);
    memcpy(file + head + LARGE, b.data + head, b.len - head);

    ck_assert_int_eq(capture_stream_open_memory(
                         &stream, (struct bytes){file, len}, chunks[_i], NULL),
                     ERR_OK);
    ck_assert_int_eq(capture_source_open_stream(&source, "x", stream, NULL),
                     ERR_OK);
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);
    size_t frames = 0;
    bool grew = false;
    while (capture_source_read(source, &block, NULL) > 0) {
        for (size_t i = 0; i < block.count; i++, frames++) {
            const struct capture_frame *f = &block.frames[i];
            if (frames != 1)
                continue;
            ck_assert_uint_eq(f->captured_octets, LARGE);
            ck_assert_mem_eq(f->data, file + head, LARGE);
            grew = block.capacity >= LARGE;
        }
    }
    ck_assert_uint_eq(frames, 3);
    ck_assert(grew);
    ck_assert_uint_eq(block.capacity, CAPTURE_BLOCK_OCTETS);
    capture_source_close(source);
    capture_block_fini(&block);
    free(file);
}
END_TEST

/* A record claims as much as a record can be, and a little of it comes. */
static const struct {
    size_t octets, want_capacity;
} claims[] = {
    {5000, CAPTURE_BLOCK_OCTETS},
    {CAPTURE_BLOCK_OCTETS - 17, CAPTURE_BLOCK_OCTETS},
    {CAPTURE_BLOCK_OCTETS, 2 * CAPTURE_BLOCK_OCTETS},
    {3 * CAPTURE_BLOCK_OCTETS, 4 * CAPTURE_BLOCK_OCTETS},
};

START_TEST(memory_follows_the_octets_that_came_not_those_claimed)
{
    struct build b = {0};
    struct capture_stream *stream;
    struct capture_source *source;
    struct capture_block block;
    put_pcap_header(&b, PCAP_US, 4, UINT32_MAX, 1);
    put(&b, 1, 8);
    put(&b, CAPTURE_RECORD_MAX - 16, 4);
    put(&b, CAPTURE_RECORD_MAX - 16, 4);
    const size_t len = b.len + claims[_i].octets;
    uint8_t *file = calloc(1, len);
    ck_assert_ptr_nonnull(file);
    memcpy(file, b.data, b.len);
    ck_assert_int_eq(
        capture_stream_open_memory(&stream, (struct bytes){file, len}, 0, NULL),
        ERR_OK);
    ck_assert_int_eq(capture_source_open_stream(&source, "x", stream, NULL),
                     ERR_OK);
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);
    ck_assert_int_eq(capture_source_read(source, &block, NULL), 0);
    ck_assert(capture_source_info(source)->damaged);
    ck_assert_uint_eq(block.capacity, claims[_i].want_capacity);
    capture_source_close(source);
    capture_block_fini(&block);
    free(file);
}
END_TEST

static void add(TCase *tc)
{
    tcase_add_loop_test(tc, what_is_not_read_is_named_with_the_way_out, 0,
                        ROWS(refused));
    tcase_add_loop_test(tc, what_is_packed_is_looked_into, 0,
                        ROWS(packed_refused));
    tcase_add_test(tc, a_directory_is_refused);
    tcase_add_test(tc, damage_of_the_packing_is_named_behind_the_frames);
    tcase_add_loop_test(
        tc, the_same_octets_yield_the_same_frames_wherever_they_come_from, 0,
        2);
    tcase_add_test(tc, a_pipe_yields_whole_records_without_waiting_for_more);
    tcase_add_test(tc, a_signal_ends_the_wait_anywhere);
    tcase_add_test(tc, what_is_no_capture_may_show_only_after_a_signal);
    tcase_add_test(tc, a_file_that_grows_is_read_to_its_end);
    tcase_add_loop_test(tc, frames_come_in_order_across_blocks, 0, ROWS(sizes));
    tcase_add_test(tc, blocks_stay_valid_while_others_are_filled);
    tcase_add_loop_test(tc, a_block_grows_for_a_large_record_and_shrinks_again,
                        0, 3);
    tcase_add_loop_test(tc,
                        memory_follows_the_octets_that_came_not_those_claimed,
                        0, ROWS(claims));
}

int main(void)
{
    return run_case("capture source", add);
}
