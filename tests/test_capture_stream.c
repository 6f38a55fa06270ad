#include <errno.h>
#include <fcntl.h>
#include <lz4frame.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "capture/stream.h"
#include "test_capture.h"

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

/* --- packing --------------------------------------------------------------- */

enum { PLAIN = 3000 }; /* octets, below */

/* Repeats itself, so that every method packs it, but not for long. */
static void put_plain(struct build *b)
{
    for (size_t i = 0; i < PLAIN; i++)
        put(b, (i % 97 * 3 ^ i / 400) & 0xff, 1);
}

static void put_gzip(struct build *b, const uint8_t *data, size_t len)
{
    z_stream z = {0};
    ck_assert_int_eq(
        deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY),
        Z_OK);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)len;
    z.next_out = b->data + b->len;
    z.avail_out = (uInt)(sizeof b->data - b->len);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    b->len += z.total_out;
    deflateEnd(&z);
}

static void put_zstd(struct build *b, const uint8_t *data, size_t len)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    const size_t n = ZSTD_compress2(context, b->data + b->len,
                                    sizeof b->data - b->len, data, len);
    ck_assert(!ZSTD_isError(n));
    b->len += n;
    ZSTD_freeCCtx(context);
}

static void put_lz4(struct build *b, const uint8_t *data, size_t len)
{
    const LZ4F_preferences_t how = {
        .frameInfo = {.blockSizeID = LZ4F_max64KB,
                      .contentChecksumFlag = LZ4F_contentChecksumEnabled}};
    const size_t n = LZ4F_compressFrame(
        b->data + b->len, sizeof b->data - b->len, data, len, &how);
    ck_assert(!LZ4F_isError(n));
    b->len += n;
}

static void plain(struct build *b, const uint8_t *data)
{
    put_octets(b, data, PLAIN);
}

static void gzip(struct build *b, const uint8_t *data)
{
    put_gzip(b, data, PLAIN);
}

static void gzip_members(struct build *b, const uint8_t *data)
{
    put_gzip(b, data, 1000);
    put_gzip(b, data, 0);
    put_gzip(b, data + 1000, 1);
    put_gzip(b, data + 1001, PLAIN - 1001);
}

static void gzip_padded(struct build *b, const uint8_t *data)
{
    put_gzip(b, data, PLAIN);
    put_filled(b, 0, 700);
}

static void zstd(struct build *b, const uint8_t *data)
{
    put_zstd(b, data, PLAIN);
}

static void zstd_frames(struct build *b, const uint8_t *data)
{
    put(b, 0x184d2a5f, 4); /* skippable */
    put(b, 6, 4);
    put_filled(b, 0xaa, 6);
    put_zstd(b, data, 2000);
    put_zstd(b, data + 2000, PLAIN - 2000);
}

static void lz4(struct build *b, const uint8_t *data)
{
    put_lz4(b, data, PLAIN);
}

static void lz4_frames(struct build *b, const uint8_t *data)
{
    put_lz4(b, data, 1);
    put_lz4(b, data + 1, PLAIN - 1);
}

static const struct {
    const char *name;
    void (*pack)(struct build *b, const uint8_t *data);
    const char *packing;
} packings[] = {
    {"plain", plain, ""},
    {"gzip", gzip, "gzip"},
    {"four gzip members, one empty", gzip_members, "gzip"},
    {"gzip with padding behind", gzip_padded, "gzip"},
    {"zstd", zstd, "zstd"},
    {"zstd frames, one to skip", zstd_frames, "zstd"},
    {"lz4", lz4, "lz4"},
    {"two lz4 frames", lz4_frames, "lz4"},
};

/* Reads to the end, at most `first` octets and then `later` at once; returns
 * the last read's result. */
static int read_all(struct capture_stream *s, struct build *out, size_t first,
                    size_t later)
{
    int rc;
    size_t got, most = first;
    out->len = 0;
    do {
        const size_t room = sizeof out->data - out->len;
        rc = capture_stream_read(s, out->data + out->len,
                                 room < most ? room : most, &got, NULL);
        out->len += got;
        most = later;
        ck_assert_uint_lt(out->len, sizeof out->data);
    } while (rc > 0);
    return rc;
}

static struct capture_stream *open_bytes(struct bytes octets, size_t chunk)
{
    struct capture_stream *s;
    ck_assert_int_eq(capture_stream_open_memory(&s, octets, chunk, NULL),
                     ERR_OK);
    return s;
}

START_TEST(what_was_packed_comes_out_at_any_pace)
{
    static const size_t paces[] = {1, 2, 3, 13, 100, 4096, 0};
    struct build data = {0}, packed = {0}, out = {0};
    put_plain(&data);
    packings[_i].pack(&packed, data.data);
    for (int in = 0; in < ROWS(paces); in++) {
        for (int to = 0; to < ROWS(paces) - 1; to++) {
            struct capture_stream *s = open_bytes(built(&packed), paces[in]);
            ck_assert_int_eq(read_all(s, &out, paces[to], paces[to]), 0);
            ck_assert_str_eq(capture_stream_damage(s), "");
            ck_assert_str_eq(capture_stream_packing(s), packings[_i].packing);
            ck_assert_uint_eq(out.len, PLAIN);
            ck_assert_mem_eq(out.data, data.data, PLAIN);
            ck_assert_uint_eq(capture_stream_octets(s), packed.len);
            ck_assert_uint_eq(capture_stream_size(s), packed.len);
            capture_stream_close(s);
        }
    }
}
END_TEST

/* --- broken ---------------------------------------------------------------- */

START_TEST(a_cut_is_named_and_what_came_before_is_used)
{
    struct build data = {0}, packed = {0}, out = {0};
    put_plain(&data);
    packings[_i].pack(&packed, data.data);
    size_t most = 0;
    for (size_t n = 4; n + 1 < packed.len; n++) {
        struct capture_stream *s =
            open_bytes((struct bytes){packed.data, n}, 0);
        ck_assert_int_eq(read_all(s, &out, 4096, 4096), 0);
        ck_assert_uint_ge(out.len, most);
        most = out.len;
        ck_assert_mem_eq(out.data, data.data, out.len);
        if (out.len < PLAIN && packings[_i].pack != gzip_members &&
            packings[_i].pack != zstd_frames && packings[_i].pack != lz4_frames)
            ck_assert_msg(strstr(capture_stream_damage(s), "cut short"),
                          "%s at %zu: %s", packings[_i].name, n,
                          capture_stream_damage(s));
        capture_stream_close(s);
    }
    ck_assert_uint_gt(most, PLAIN / 2);
}
END_TEST

static void gzip_bad_crc(struct build *b, const uint8_t *data)
{
    put_gzip(b, data, PLAIN);
    b->data[b->len - 8] ^= 1;
}

static void gzip_bad_length(struct build *b, const uint8_t *data)
{
    put_gzip(b, data, PLAIN);
    b->data[b->len - 4] ^= 1;
}

static void gzip_and_text(struct build *b, const uint8_t *data)
{
    put_gzip(b, data, PLAIN);
    put_octets(b, "text", 4);
}

static void zstd_bad_checksum(struct build *b, const uint8_t *data)
{
    put_zstd(b, data, PLAIN);
    b->data[b->len - 1] ^= 1;
}

static void zstd_and_text(struct build *b, const uint8_t *data)
{
    put_zstd(b, data, PLAIN);
    put_octets(b, "text", 4);
}

/* The data are one block; the header of the next is impossible. */
static void zstd_bad_block(struct build *b, const uint8_t *data)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_inBuffer first = {data, PLAIN, 0}, second = {data, 100, 0};
    ZSTD_outBuffer to = {b->data, sizeof b->data, 0};
    ck_assert_uint_eq(ZSTD_compressStream2(context, &to, &first, ZSTD_e_flush),
                      0);
    const size_t header = to.pos;
    ck_assert_uint_eq(ZSTD_compressStream2(context, &to, &second, ZSTD_e_end),
                      0);
    ZSTD_freeCCtx(context);
    b->data[header] |= 6; /* the type that is reserved */
    b->len = to.pos;
}

static void lz4_bad_block(struct build *b, const uint8_t *data)
{
    LZ4F_cctx *context;
    ck_assert(
        !LZ4F_isError(LZ4F_createCompressionContext(&context, LZ4F_VERSION)));
    uint8_t *const to = b->data;
    const size_t room = sizeof b->data;
    b->len = LZ4F_compressBegin(context, to, room, NULL);
    b->len += LZ4F_compressUpdate(context, to + b->len, room - b->len, data,
                                  PLAIN, NULL);
    b->len += LZ4F_flush(context, to + b->len, room - b->len, NULL);
    const size_t header = b->len;
    b->len += LZ4F_compressUpdate(context, to + b->len, room - b->len, data,
                                  100, NULL);
    b->len += LZ4F_compressEnd(context, to + b->len, room - b->len, NULL);
    LZ4F_freeCompressionContext(context);
    b->data[header + 2] = 0xff; /* longer than a block may be */
}

static void lz4_bad_checksum(struct build *b, const uint8_t *data)
{
    put_lz4(b, data, PLAIN);
    b->data[b->len - 1] ^= 1;
}

static void lz4_and_text(struct build *b, const uint8_t *data)
{
    put_lz4(b, data, PLAIN);
    put_octets(b, "textext", 7);
}

/* All of the data come out, and then the fault is told. */
static const struct {
    const char *name;
    void (*pack)(struct build *b, const uint8_t *data);
    const char *want;
} faults[] = {
    {"gzip, wrong CRC", gzip_bad_crc, "gzip: incorrect data check"},
    {"gzip, wrong length", gzip_bad_length, "gzip: incorrect length check"},
    {"gzip, text behind", gzip_and_text,
     "gzip: something else follows the compressed data"},
    {"zstd, wrong checksum", zstd_bad_checksum,
     "zstd: Restored data doesn't match checksum"},
    {"zstd, bad second block", zstd_bad_block,
     "zstd: Data corruption detected"},
    {"lz4, bad second block", lz4_bad_block, "lz4: ERROR_maxBlockSize_invalid"},
    {"zstd, text behind", zstd_and_text, "zstd: Unknown frame descriptor"},
    {"lz4, wrong checksum", lz4_bad_checksum,
     "lz4: ERROR_contentChecksum_invalid"},
    {"lz4, text behind", lz4_and_text, "lz4: ERROR_frameType_unknown"},
};

START_TEST(a_fault_behind_the_data_loses_none)
{
    static const struct {
        size_t chunk, first;
    } paces[] = {{0, 4096}, {1, 4096}, {50, 4096}, {0, 24}, {50, 24}, {1, 1}};
    struct build data = {0}, packed = {0}, out = {0};
    put_plain(&data);
    faults[_i].pack(&packed, data.data);
    for (int i = 0; i < ROWS(paces); i++) {
        struct capture_stream *s = open_bytes(built(&packed), paces[i].chunk);
        ck_assert_int_eq(read_all(s, &out, paces[i].first, 4096), 0);
        ck_assert_uint_eq(out.len, PLAIN);
        ck_assert_mem_eq(out.data, data.data, PLAIN);
        ck_assert_str_eq(capture_stream_damage(s), faults[_i].want);
        capture_stream_close(s);
    }
}
END_TEST

/* A flipped bit must not make more of the data, nor hang. */
START_TEST(flipped_bits_do_no_harm)
{
    struct build data = {0}, packed = {0}, out = {0};
    put_plain(&data);
    packings[_i].pack(&packed, data.data);
    for (size_t at = 4; at < packed.len; at += 1 + packed.len / 300) {
        packed.data[at] ^= 0x10;
        struct capture_stream *s = open_bytes(built(&packed), 0);
        ck_assert_int_eq(read_all(s, &out, 4096, 4096), 0);
        packed.data[at] ^= 0x10;
        capture_stream_close(s);
    }
}
END_TEST

/* What --ultra and --long make: a window that we do not grant. */
START_TEST(a_huge_zstd_window_is_refused_with_the_way_out)
{
    static uint8_t octets[100];
    struct build data = {0}, packed = {0}, out = {0};
    put_plain(&data);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 24);
    ZSTD_inBuffer from = {data.data, PLAIN, 0};
    ZSTD_outBuffer to = {packed.data, sizeof packed.data, 0};
    /* In two calls, so that the frame does not say how small it is. */
    ZSTD_compressStream2(context, &to, &from, ZSTD_e_flush);
    from = (ZSTD_inBuffer){octets, sizeof octets, 0};
    ck_assert_uint_eq(ZSTD_compressStream2(context, &to, &from, ZSTD_e_end), 0);
    ZSTD_freeCCtx(context);

    struct capture_stream *s =
        open_bytes((struct bytes){packed.data, to.pos}, 0);
    ck_assert_int_eq(read_all(s, &out, 4096, 4096), 0);
    ck_assert_uint_eq(out.len, 0);
    ck_assert_ptr_nonnull(strstr(capture_stream_damage(s), "zstd -dc"));
    capture_stream_close(s);
}
END_TEST

/* --- descriptors ----------------------------------------------------------- */

/* A stream on the reading end of a pipe, as standard input. */
static struct capture_stream *open_pipe(int *writer)
{
    int ends[2];
    struct capture_stream *s;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    *writer = ends[1];
    ck_assert_int_eq(capture_stream_open(&s, "-", NULL), ERR_OK);
    return s;
}

static void write_all(int fd, const void *octets, size_t len)
{
    ck_assert_int_eq(write(fd, octets, len), (ssize_t)len);
}

START_TEST(a_pipe_yields_what_has_arrived)
{
    uint8_t to[100];
    size_t got;
    int writer;
    struct capture_stream *s = open_pipe(&writer);
    ck_assert_str_eq(capture_stream_name(s), "standard input");
    ck_assert_uint_eq(capture_stream_size(s), 0);
    write_all(writer, "0123456789", 10);
    ck_assert_int_eq(capture_stream_read(s, to, sizeof to, &got, NULL), 1);
    ck_assert_uint_eq(got, 10);
    write_all(writer, "abc", 3);
    ck_assert_int_eq(capture_stream_read(s, to, sizeof to, &got, NULL), 1);
    ck_assert_uint_eq(got, 3);
    ck_assert_mem_eq(to, "abc", 3);
    close(writer);
    ck_assert_int_eq(capture_stream_read(s, to, sizeof to, &got, NULL), 0);
    ck_assert_int_eq(capture_stream_read(s, to, sizeof to, &got, NULL), 0);
    capture_stream_close(s);
}
END_TEST

static void on_alarm(int signal_number)
{
    (void)signal_number;
}

/* Every 20 ms from now on, handled without SA_RESTART. */
static void start_alarms(void)
{
    const struct sigaction action = {.sa_handler = on_alarm};
    const struct itimerval every = {{0, 20000}, {0, 20000}};
    ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
    ck_assert_int_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
}

/* Before and after it is known whether the input is packed. */
START_TEST(a_signal_ends_the_wait)
{
    struct build data = {0}, packed = {0};
    uint8_t to[PLAIN];
    size_t got;
    int writer;
    struct capture_stream *s = open_pipe(&writer);
    put_plain(&data);
    packings[_i].pack(&packed, data.data);
    start_alarms();
    ck_assert_int_eq(capture_stream_read(s, to, sizeof to, &got, NULL), 1);
    ck_assert_uint_eq(got, 0);
    write_all(writer, packed.data, 3);
    ck_assert_int_eq(capture_stream_read(s, to, sizeof to, &got, NULL), 1);
    ck_assert_uint_eq(got, 0);
    write_all(writer, packed.data + 3, packed.len / 2);
    size_t total = 0;
    do {
        ck_assert_int_eq(
            capture_stream_read(s, to, sizeof to - total, &got, NULL), 1);
        total += got;
    } while (got > 0);
    ck_assert_uint_lt(total, PLAIN);
    write_all(writer, packed.data + 3 + packed.len / 2,
              packed.len - 3 - packed.len / 2);
    close(writer);
    while (capture_stream_read(s, to, sizeof to, &got, NULL) > 0)
        total += got;
    ck_assert_uint_eq(total, PLAIN);
    ck_assert_str_eq(capture_stream_damage(s), "");
    capture_stream_close(s);
}
END_TEST

static int64_t used_us(const struct rusage *usage)
{
    return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
           usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

START_TEST(a_non_blocking_descriptor_is_waited_for_without_spinning)
{
    uint8_t to[10];
    size_t got;
    int writer;
    struct rusage before, after;
    struct capture_stream *s = open_pipe(&writer);
    ck_assert_int_eq(fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK), 0);
    const pid_t child = fork();
    if (child == 0) {
        usleep(300000);
        _exit(write(writer, "12345", 5) == 5 ? 0 : 1);
    }
    getrusage(RUSAGE_SELF, &before);
    ck_assert_int_eq(capture_stream_read(s, to, sizeof to, &got, NULL), 1);
    getrusage(RUSAGE_SELF, &after);
    ck_assert_uint_eq(got, 5);
    ck_assert_int_lt(used_us(&after) - used_us(&before), 100000);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    close(writer);
    capture_stream_close(s);
}
END_TEST

/* --- what cannot be opened ------------------------------------------------- */

static const struct {
    const char *path;
    const char *want;
} refused[] = {
    {"/nonexistent/x.pcap", "/nonexistent/x.pcap: No such file or directory"},
    {"/nonexistent/\033[31m",
     "/nonexistent/\\027[31m: No such file or directory"},
    {"tests", "tests: is a directory, not a capture"},
    {"", ": No such file or directory"},
};

START_TEST(what_cannot_be_opened_is_named)
{
    struct capture_stream *s = NULL;
    struct err err = {0};
    ck_assert_int_eq(capture_stream_open(&s, refused[_i].path, &err),
                     ERR_INPUT);
    ck_assert_ptr_null(s);
    ck_assert_str_eq(err.text, refused[_i].want);
}
END_TEST

START_TEST(an_unreadable_file_is_named)
{
    char path[] = "/tmp/wasitdns-unreadable-XXXXXX";
    struct capture_stream *s;
    struct err err = {0};
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fchmod(fd, 0), 0);
    close(fd);
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0); /* root may read anything */
    ck_assert_int_eq(capture_stream_open(&s, path, &err), ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, ": Permission denied"));
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    unlink(path);
}
END_TEST

/* A descriptor that opens but cannot be read. */
START_TEST(a_failing_read_is_an_error)
{
    uint8_t to[10];
    size_t got;
    struct capture_stream *s;
    struct err err = {0};
    const int fd = open("/dev/null", O_WRONLY);
    ck_assert_int_ge(dup2(fd, STDIN_FILENO), 0);
    ck_assert_int_eq(capture_stream_open(&s, "-", NULL), ERR_OK);
    ck_assert_int_eq(capture_stream_read(s, to, sizeof to, &got, &err),
                     ERR_INPUT);
    ck_assert_str_eq(err.text, "standard input: Bad file descriptor");
    capture_stream_close(s);
    close(fd);
}
END_TEST

static void add(TCase *tc)
{
    tcase_add_loop_test(tc, what_was_packed_comes_out_at_any_pace, 0,
                        ROWS(packings));
    tcase_add_loop_test(tc, a_cut_is_named_and_what_came_before_is_used, 1,
                        ROWS(packings));
    tcase_add_loop_test(tc, a_fault_behind_the_data_loses_none, 0,
                        ROWS(faults));
    tcase_add_loop_test(tc, flipped_bits_do_no_harm, 1, ROWS(packings));
    tcase_add_test(tc, a_huge_zstd_window_is_refused_with_the_way_out);
    tcase_add_test(tc, a_pipe_yields_what_has_arrived);
    tcase_add_loop_test(tc, a_signal_ends_the_wait, 0, ROWS(packings));
    tcase_add_test(tc,
                   a_non_blocking_descriptor_is_waited_for_without_spinning);
    tcase_add_loop_test(tc, what_cannot_be_opened_is_named, 0, ROWS(refused));
    tcase_add_test(tc, an_unreadable_file_is_named);
    tcase_add_test(tc, a_failing_read_is_an_error);
}

int main(void)
{
    return run_case("capture stream", add);
}
