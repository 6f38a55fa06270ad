/* From captures to facts: whatever the input, however it is cut, given or
 * ended, every frame is accounted for, and the same input gives the same rows.
 */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/pipeline.h"
#include "test_octets.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#define FIXTURE "fixtures/ndots5.pcap"
#define PUBLIC  "../shared/captures/"

enum { PCAP_HEADER = 24, RECORD_HEADER = 16 };

/* --- what a run wrote ----------------------------------------------------- */

/* Rows as lines, values between '|', and the sums of the identity of frames. */
struct rows {
    char *text;
    size_t used, capacity;
    int64_t fates, inputs, frames; /* sums of frames; of `counter` */
    int64_t damaged;               /* inputs */
    size_t count;
    const char *refused; /* table whose rows the sink refuses, or NULL */
};

static void append(struct rows *r, const char *text, size_t len)
{
    if (r->used + len + 1 > r->capacity) {
        r->capacity = (r->used + len + 1) * 2;
        r->text = realloc(r->text, r->capacity);
        ck_assert_ptr_nonnull(r->text);
    }
    memcpy(r->text + r->used, text, len);
    r->used += len;
    r->text[r->used] = '\0';
}

static void append_value(struct rows *r, const struct facts_value *v)
{
    char number[64] = "";
    const char *text = number;
    if (v->type == FACTS_INTEGER)
        snprintf(number, sizeof number, "%lld", (long long)v->as.integer);
    else if (v->type == FACTS_REAL)
        snprintf(number, sizeof number, "%.17g", v->as.real);
    else if (v->type == FACTS_TEXT)
        text = v->as.text;
    append(r, "|", 1);
    append(r, text, strlen(text));
}

enum { FATE_FRAMES = 2, INPUT_PATH = 2, INPUT_FRAMES = 5, INPUT_DAMAGE = 8 };

static void add_up(struct rows *r, const char *table,
                   const struct facts_value *values)
{
    if (strcmp(table, "frame_fate") == 0)
        r->fates += values[FATE_FRAMES].as.integer;
    if (strcmp(table, "counter") == 0 &&
        strcmp(values[0].as.text, "frames") == 0)
        r->frames = values[1].as.integer;
    if (strcmp(table, "input") != 0)
        return;
    r->inputs += values[INPUT_FRAMES].as.integer;
    r->damaged += values[INPUT_DAMAGE].type != FACTS_NULL;
}

static enum err_code keep(void *context, const char *table,
                          const struct facts_value *values, size_t count,
                          struct err *err)
{
    struct rows *r = context;
    if (r->refused && strcmp(table, r->refused) == 0)
        return err_set(err, ERR_OUTPUT, "no room for %s", table);
    add_up(r, table, values);
    r->count++;
    append(r, table, strlen(table));
    /* An input's name is all that a pipe may change. */
    const bool is_input = strcmp(table, "input") == 0;
    for (size_t i = 0; i < count; i++)
        if (!is_input || i != INPUT_PATH)
            append_value(r, &values[i]);
    append(r, "\n", 1);
    return ERR_OK;
}

/* Smaller than the default, so that thousands of runs take no time. */
static struct pipeline_options small_options(void)
{
    struct pipeline_options options;
    pipeline_options_init(&options);
    options.max_memory = 32 << 20;
    options.transactions = true;
    return options;
}

struct ran {
    enum err_code rc;
    struct err err;
    struct pipeline_result result;
    struct rows rows;
};

static void run_into(struct ran *ran, const struct pipeline_options *options,
                     const char *const *paths, size_t count)
{
    ran->rows.used = 0;
    ran->rows.count = 0;
    ran->rows.fates = ran->rows.inputs = ran->rows.frames = 0;
    ran->rows.damaged = 0;
    ran->result = (struct pipeline_result){.damaged = 0};
    append(&ran->rows, "", 0);
    const struct facts_sink sink = {&ran->rows, keep};
    ran->rc =
        pipeline_run(options, paths, count, &sink, &ran->result, &ran->err);
}

static struct ran run_paths(const char *const *paths, size_t count)
{
    struct ran ran = {.rc = ERR_OK};
    const struct pipeline_options options = small_options();
    run_into(&ran, &options, paths, count);
    return ran;
}

/* The same with a thread that reads ahead. */
static struct ran run_ahead(const char *const *paths, size_t count)
{
    struct ran ran = {.rc = ERR_OK};
    struct pipeline_options options = small_options();
    options.threads = 2;
    run_into(&ran, &options, paths, count);
    return ran;
}

static struct ran run_path(const char *path)
{
    return run_paths(&path, 1);
}

static void forget(struct ran *ran)
{
    free(ran->rows.text);
}

/* Every frame read has one fate, and is counted once. */
static bool adds_up(const struct rows *r)
{
    return r->fates == r->frames && r->inputs == r->frames;
}

static void check_ran(const struct ran *ran, const char *what)
{
    ck_assert_msg(ran->rc == ERR_OK, "%s: %s", what, ran->err.text);
    ck_assert_msg(adds_up(&ran->rows), "%s: %lld frames, %lld fates, %lld read",
                  what, (long long)ran->rows.frames, (long long)ran->rows.fates,
                  (long long)ran->rows.inputs);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Tables have keys, and no order among each other: how a pipe's octets arrive
 * decides whether a transaction or a lookup is logged first. */
static char *sorted(const struct rows *r)
{
    char *copy = strdup(r->text);
    char **lines = calloc(r->count + 1, sizeof *lines);
    struct rows out = {.text = NULL};
    ck_assert(copy && lines);
    size_t n = 0;
    for (char *rest = copy, *line; (line = strsep(&rest, "\n")) && *line;)
        lines[n++] = line;
    ck_assert_uint_eq(n, r->count);
    qsort(lines, n, sizeof *lines, compare_lines);
    append(&out, "", 0);
    for (size_t i = 0; i < n; i++) {
        append(&out, lines[i], strlen(lines[i]));
        append(&out, "\n", 1);
    }
    free(lines);
    free(copy);
    return out.text;
}

/* Names the first line that differs; check fails over long messages. */
static void check_text(const char *got, const char *want, const char *what)
{
    size_t at = 0, line = 0;
    for (; got[at] == want[at] && got[at]; at++)
        if (got[at] == '\n')
            line = at + 1;
    got += line;
    want += line;
    if (got[at - line] != want[at - line])
        ck_abort_msg("%s: %.*s\nnot %.*s", what, (int)strcspn(got, "\n"), got,
                     (int)strcspn(want, "\n"), want);
}

static void check_same(const struct ran *a, const struct ran *b,
                       const char *what)
{
    check_ran(a, what);
    check_ran(b, what);
    char *x = sorted(&a->rows), *y = sorted(&b->rows);
    check_text(y, x, what);
    free(x);
    free(y);
}

/* --- files ---------------------------------------------------------------- */

static char folder[] = "/tmp/test_pipeline.XXXXXX";

static void make_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static const char *in_folder(const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", folder, name);
    return out;
}

struct file {
    uint8_t *data;
    size_t len;
};

static struct file read_file(const char *path)
{
    struct stat st;
    const int fd = open(path, O_RDONLY);
    ck_assert_msg(fd >= 0 && fstat(fd, &st) == 0, "%s", path);
    struct file f = {malloc((size_t)st.st_size), (size_t)st.st_size};
    ck_assert_ptr_nonnull(f.data);
    ck_assert_int_eq(read(fd, f.data, f.len), st.st_size);
    close(fd);
    return f;
}

static void write_file(const char *path, const uint8_t *data, size_t len)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
    close(fd);
}

static uint32_t little_endian(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 |
           p[0];
}

/* Octets of the record at `at`, its header included. */
static size_t record_octets(const struct file *f, size_t at)
{
    return RECORD_HEADER + little_endian(f->data + at + 8);
}

/* --- a capture of queries ------------------------------------------------- */

static size_t put_u32(uint8_t *out, size_t at, uint32_t value)
{
    memcpy(out + at, &value, sizeof value); /* either byte order is pcapng */
    return at + sizeof value;
}

/* The head of a pcapng: a section, and an interface of raw IP that counts
 * nanoseconds. */
static size_t put_pcapng_head(uint8_t *out)
{
    static const uint32_t head[] = {0x0a0d0d0a, 28,         0x1a2b3c4d, 1,
                                    UINT32_MAX, UINT32_MAX, 28};
    static const uint32_t interface[] = {1, 32, 101, 0};
    static const uint16_t resolution[] = {9, 1}; /* if_tsresol, an octet: 9 */
    size_t n = 0;
    for (int i = 0; i < ROWS(head); i++)
        n = put_u32(out, n, head[i]);
    for (int i = 0; i < ROWS(interface); i++)
        n = put_u32(out, n, interface[i]);
    memcpy(out + n, resolution, sizeof resolution);
    n = put_u32(out, n + sizeof resolution, 9);
    n = put_u32(out, n, 0);
    return put_u32(out, n, 32);
}

/* A query for the root's A from 10.0.0.1 to 10.0.0.10, with `id` as ID. */
static size_t put_packet(uint8_t *out, size_t n, uint64_t stamp, uint8_t id)
{
    enum { OCTETS = 45, PADDED = 48 };
    const uint32_t head[] = {
        6,      32 + PADDED, 0, (uint32_t)(stamp >> 32), (uint32_t)stamp,
        OCTETS, OCTETS};
    for (int i = 0; i < ROWS(head); i++)
        n = put_u32(out, n, head[i]);
    uint8_t *packet = out + n;
    size_t used = octets_put(packet, PADDED, 0,
                             "4500002d 00000000 40110000 0a000001 0a00000a");
    used = octets_put(packet, PADDED, used, "9c400035 00190000");
    used = octets_put(packet, PADDED, used,
                      "00000100 00010000 00000000 00 0001 0001 000000");
    ck_assert_uint_eq(used, PADDED);
    packet[5] = packet[29] = id; /* of the datagram and of the message */
    return put_u32(out, n + PADDED, 32 + PADDED);
}

/* --- cut ------------------------------------------------------------------ */

/* Every octet of a small capture and of the head of a larger one; of the rest
 * some hundreds, at a prime stride. */
enum { SMALL = 8192, HEAD = 512, STRIDE = 331 };

static glob_t captures;

static bool is_pcapng(const struct file *f)
{
    return little_endian(f->data) == 0x0a0d0d0a;
}

/* How long the header of the file is, or the record or block at `at`. */
static size_t unit_octets(const struct file *f, size_t at)
{
    if (is_pcapng(f))
        return little_endian(f->data + at + 4);
    return at == 0 ? PCAP_HEADER : record_octets(f, at);
}

static bool is_packet(const struct file *f, size_t at)
{
    enum { SIMPLE = 3, ENHANCED = 6 };
    if (!is_pcapng(f))
        return at > 0;
    const uint32_t type = little_endian(f->data + at);
    return type == SIMPLE || type == ENHANCED;
}

/* What a run of the first `n` octets must have come to: `whole` of them are
 * whole records with `packets` packets. */
static void check_prefix(const struct ran *ran, size_t n, size_t whole,
                         int64_t packets, const char *what)
{
    if (whole == 0 && ran->rc == ERR_INPUT) { /* not even a header */
        ck_assert_msg(ran->err.text[0] != '\0', "%s, %zu octets", what, n);
        return;
    }
    if (ran->rc != ERR_OK || !adds_up(&ran->rows) ||
        ran->rows.frames != packets ||
        (ran->result.damaged == 1) != (n != whole))
        ck_abort_msg("%s, %zu octets: %d, %lld of %lld frames, %lld fates, %zu "
                     "damaged",
                     what, n, ran->rc, (long long)ran->rows.frames,
                     (long long)packets, (long long)ran->rows.fates,
                     ran->result.damaged);
}

/* Its whole records are read, the rest of one is named as damage. */
START_TEST(every_prefix_is_read_as_far_as_it_goes)
{
    const char *name = captures.gl_pathv[_i];
    const struct file f = read_file(name);
    const int fd = memfd_create("prefix", 0); /* disks take ms for each */
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const char *const paths[] = {path};
    const struct pipeline_options options = small_options();
    struct ran ran = {.rc = ERR_OK};
    size_t whole = 0, written = 0;
    int64_t packets = 0;
    for (size_t n = 0; n <= f.len;
         n += f.len <= SMALL || n < HEAD ? 1 : STRIDE) {
        while (whole < n && unit_octets(&f, whole) <= n - whole) {
            packets += is_packet(&f, whole);
            whole += unit_octets(&f, whole);
        }
        if (pwrite(fd, f.data + written, n - written, (off_t)written) !=
            (ssize_t)(n - written))
            ck_abort_msg("%zu octets: not written", n);
        written = n;
        run_into(&ran, &options, paths, 1);
        check_prefix(&ran, n, whole, packets, name);
    }
    ck_assert_int_gt(packets, 10);
    close(fd);
    forget(&ran);
    free(f.data);
}
END_TEST

/* --- the same again ------------------------------------------------------- */

static const char *const fixtures[] = {
    "fixtures/ndots5.pcap",      "fixtures/ndots5-mixed.pcap",
    "fixtures/dead-server.pcap", "fixtures/servfail.pcap",
    "fixtures/any.pcapng",       "fixtures/half-lost.pcap",
};

/* Each run draws its own hash keys. */
START_TEST(three_runs_write_the_same_rows)
{
    struct ran first = run_path(fixtures[_i]);
    for (int i = 0; i < 2; i++) {
        struct ran again = run_path(fixtures[_i]);
        check_same(&first, &again, fixtures[_i]);
        forget(&again);
    }
    ck_assert_uint_gt(first.rows.count, 60);
    forget(&first);
}
END_TEST

/* Writes `f` to `fd` in pieces of `piece` octets, in a child. */
static pid_t write_in_pieces(const struct file *f, int fd, size_t piece)
{
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child != 0)
        return child;
    for (size_t at = 0; at < f->len;) {
        const size_t n = f->len - at < piece ? f->len - at : piece;
        const ssize_t wrote = write(fd, f->data + at, n);
        if (wrote <= 0)
            _exit(1);
        at += (size_t)wrote;
        if (piece < 1000 && at % 16 == 0)
            sched_yield(); /* so that the reader sees the pieces */
    }
    _exit(0);
}

static void wait_for(pid_t child)
{
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}

START_TEST(standard_input_gives_the_rows_of_the_file)
{
    struct ran file = run_path(fixtures[_i]);
    const int fd = open(fixtures[_i], O_RDONLY);
    ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    struct ran input = run_path("-");
    check_same(&file, &input, fixtures[_i]);
    close(fd);
    forget(&input);
    forget(&file);
}
END_TEST

static const size_t pieces[] = {1, 7, 100, 4096, 1 << 20};

START_TEST(pipe_gives_the_rows_of_the_file)
{
    const char *path = fixtures[_i / ROWS(pieces)];
    const size_t piece = pieces[_i % ROWS(pieces)];
    const struct file f = read_file(path);
    struct ran file = run_path(path);
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    const pid_t child = write_in_pieces(&f, ends[1], piece);
    close(ends[1]);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    const char *const standard_input[] = {"-"};
    struct ran piped = _i & 1 ? run_ahead(standard_input, 1) : run_path("-");
    wait_for(child);
    check_same(&file, &piped, path);
    close(ends[0]);
    forget(&piped);
    forget(&file);
    free(f.data);
}
END_TEST

START_TEST(named_pipe_gives_the_rows_of_the_file)
{
    const struct file f = read_file(FIXTURE);
    struct ran file = run_path(FIXTURE);
    char path[128];
    ck_assert_int_eq(mkfifo(in_folder("fifo", path), 0600), 0);
    const int keeps_open = open(path, O_RDWR); /* or the child would wait */
    ck_assert_int_ge(keeps_open, 0);
    const int fd = open(path, O_WRONLY);
    const pid_t child = write_in_pieces(&f, fd, 999);
    close(fd);
    close(keeps_open);
    struct ran piped = run_path(path);
    wait_for(child);
    check_same(&file, &piped, path);
    forget(&piped);
    forget(&file);
    free(f.data);
}
END_TEST

/* --- several inputs ------------------------------------------------------- */

/* Rows of the tables that two parts of a capture share with the whole: what
 * leads to a frame differs, and so do the inputs. */
static char *rows_of(const struct ran *ran, const char *table)
{
    struct rows out = {.text = NULL};
    const size_t len = strlen(table);
    append(&out, "", 0);
    for (const char *line = ran->rows.text; *line;) {
        const size_t octets = strcspn(line, "\n") + 1;
        if (strncmp(line, table, len) == 0 && line[len] == '|')
            append(&out, line, octets);
        line += octets;
    }
    return out.text;
}

static const char *const shared_tables[] = {"counter", "traffic", "latency"};

START_TEST(two_halves_add_up_to_the_whole)
{
    const struct file f = read_file(FIXTURE);
    size_t middle = PCAP_HEADER;
    while (middle < f.len / 2)
        middle += record_octets(&f, middle);
    /* The second half gets the header of the first. */
    uint8_t *second = malloc(f.len);
    ck_assert_ptr_nonnull(second);
    memcpy(second, f.data, PCAP_HEADER);
    memcpy(second + PCAP_HEADER, f.data + middle, f.len - middle);
    char a[128], b[128];
    write_file(in_folder("a.pcap", a), f.data, middle);
    write_file(in_folder("b.pcap", b), second, PCAP_HEADER + f.len - middle);

    struct ran whole = run_path(FIXTURE);
    struct ran halves = run_paths((const char *const[]){a, b}, 2);
    check_ran(&whole, FIXTURE);
    check_ran(&halves, "two halves");
    for (int i = 0; i < ROWS(shared_tables); i++) {
        char *want = rows_of(&whole, shared_tables[i]);
        char *got = rows_of(&halves, shared_tables[i]);
        check_text(got, want, shared_tables[i]);
        free(want);
        free(got);
    }
    ck_assert_ptr_nonnull(strstr(halves.rows.text, "\ninput|1|"));
    forget(&halves);
    forget(&whole);
    free(second);
    free(f.data);
}
END_TEST

START_TEST(damage_of_one_input_does_not_end_the_others)
{
    const struct file f = read_file(FIXTURE);
    char path[128];
    write_file(in_folder("cut.pcap", path), f.data, 1000);
    struct ran alone = run_path(FIXTURE);
    struct ran cut = run_path(path);
    struct ran ran = run_paths((const char *const[]){path, FIXTURE, path}, 3);
    check_ran(&ran, "cut, whole, cut");
    ck_assert_uint_eq(ran.result.damaged, 2);
    ck_assert_int_eq(ran.rows.damaged, 2);
    ck_assert_int_eq(ran.rows.frames, alone.rows.frames + 2 * cut.rows.frames);
    forget(&ran);
    forget(&cut);
    forget(&alone);
    free(f.data);
}
END_TEST

/* Input that nobody can read, beside one that can be. */
static const char *const unreadable[] = {"fixtures/missing.pcap", "fixtures",
                                         "/dev/null", "Makefile"};

START_TEST(unreadable_input_fails_before_anything_is_read)
{
    struct ran ran =
        run_paths((const char *const[]){FIXTURE, unreadable[_i]}, 2);
    ck_assert_int_eq(ran.rc, ERR_INPUT);
    ck_assert_int_eq(ran.err.code, ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(ran.err.text, unreadable[_i]));
    ck_assert_uint_eq(ran.rows.count, 0);
    forget(&ran);
}
END_TEST

START_TEST(more_inputs_than_frames_can_tell_apart_are_refused)
{
    enum { MANY = 65536 };
    static const char *paths[MANY];
    for (int i = 0; i < MANY; i++)
        paths[i] = FIXTURE;
    struct ran ran = run_paths(paths, MANY);
    ck_assert_int_eq(ran.rc, ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(ran.err.text, "65536 files are more than"));
    forget(&ran);
}
END_TEST

/* --- options -------------------------------------------------------------- */

/* A capture of several blocks: the fixture thirty times. */
static const char *long_capture(char path[128])
{
    const struct file f = read_file(FIXTURE);
    const int fd =
        open(in_folder("long.pcap", path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, f.data, PCAP_HEADER), PCAP_HEADER);
    const size_t records = f.len - PCAP_HEADER;
    for (int i = 0; i < 30; i++)
        ck_assert_int_eq(write(fd, f.data + PCAP_HEADER, records),
                         (ssize_t)records);
    close(fd);
    free(f.data);
    return path;
}

/* Alone, several blocks of it, and behind another input. */
START_TEST(a_thread_that_reads_ahead_does_not_show)
{
    char path[128];
    const char *const alone = captures.gl_pathv[_i];
    const char *const paths[] = {alone, long_capture(path)};
    for (size_t first = 0; first < 2; first++) {
        for (size_t count = 1; first + count <= 2; count++) {
            struct ran one = run_paths(&paths[first], count);
            struct ran two = run_ahead(&paths[first], count);
            ck_assert_int_eq(one.rc, two.rc);
            if (one.rc == ERR_OK)
                check_same(&one, &two, alone);
            else
                ck_assert_str_eq(one.err.text, two.err.text);
            forget(&two);
            forget(&one);
        }
    }
}
END_TEST

static volatile sig_atomic_t stop;

/* Stops after the block whose number `context` points to. */
static void stop_after(void *context, const struct pipeline_progress *progress)
{
    int *blocks = context;
    ck_assert_uint_le(progress->octets, progress->size);
    stop = --*blocks <= 0;
}

static const int blocks_until_stop[] = {0, 1, 3};

START_TEST(stop_ends_early_and_says_so)
{
    char path[128];
    const char *const paths[] = {long_capture(path)};
    struct ran whole = run_path(path);
    check_ran(&whole, path);
    ck_assert(!whole.result.interrupted);

    int blocks = blocks_until_stop[_i];
    stop = blocks == 0;
    struct pipeline_options options = small_options();
    options.stop = &stop;
    options.progress = stop_after;
    options.progress_context = &blocks;
    struct ran ran = {.rc = ERR_OK};
    run_into(&ran, &options, paths, 1);
    check_ran(&ran, "stopped");
    ck_assert(ran.result.interrupted);
    ck_assert_int_lt(ran.rows.frames, whole.rows.frames);
    ck_assert_int_eq(ran.rows.frames > 0, blocks_until_stop[_i] > 0);
    forget(&ran);
    forget(&whole);
}
END_TEST

struct heard {
    unsigned calls;
    uint64_t octets, frames, messages;
};

static void hear(void *context, const struct pipeline_progress *p)
{
    struct heard *h = context;
    h->calls++;
    ck_assert_uint_ge(p->octets, h->octets);
    ck_assert_uint_ge(p->frames, h->frames);
    ck_assert_uint_ge(p->messages, h->messages);
    ck_assert_ptr_nonnull(p->path);
    *h = (struct heard){h->calls, p->octets, p->frames, p->messages};
}

START_TEST(progress_grows_to_all_there_is)
{
    char path[128];
    const char *const paths[] = {long_capture(path)};
    struct heard heard = {0};
    struct pipeline_options options = small_options();
    options.progress = hear;
    options.progress_context = &heard;
    struct ran ran = {.rc = ERR_OK};
    run_into(&ran, &options, paths, 1);
    check_ran(&ran, path);
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_gt(heard.calls, 5);
    ck_assert_uint_eq(heard.octets, (uint64_t)st.st_size);
    ck_assert_uint_eq(heard.frames, (uint64_t)ran.rows.frames);
    ck_assert_uint_gt(heard.messages, 0);
    forget(&ran);
}
END_TEST

/* A name resolution block that calls the client of put_packet() "pod" and its
 * server "dns". */
static size_t put_names(uint8_t *out, size_t n)
{
    return octets_put(out, 256, n,
                      "04000000 2c000000 0100 0800 0a000001 706f6400"
                      " 0100 0800 0a00000a 646e7300 0000 0000"
                      " 0000 0000 2c000000");
}

/* The file of labels wins over the capture. */
START_TEST(labels_stand_beside_addresses)
{
    static const char csv[] = "address,label\n10.0.0.10,the resolver\n";
    char path[128], capture[128];
    write_file(in_folder("labels.csv", path), (const uint8_t *)csv,
               sizeof csv - 1);
    uint8_t octets[256];
    size_t n = put_packet(octets, put_pcapng_head(octets), 0, 1);
    n = put_names(octets, n);
    write_file(in_folder("labels.pcapng", capture), octets, n);
    struct labels *labels = NULL;
    struct err err;
    ck_assert_int_eq(labels_open(&labels, path, &err), ERR_OK);
    struct pipeline_options options = small_options();
    options.labels = labels;
    struct ran ran = {.rc = ERR_OK};
    run_into(&ran, &options, (const char *const[]){capture}, 1);
    check_ran(&ran, capture);
    ck_assert_ptr_nonnull(
        strstr(ran.rows.text, "\nserver|1|10.0.0.10|the resolver|1|"));
    ck_assert_ptr_nonnull(strstr(ran.rows.text, "\nclient|1|10.0.0.1|pod|1|"));
    forget(&ran);
    labels_close(labels);
    ran = run_path(capture);
    ck_assert_ptr_nonnull(strstr(ran.rows.text, "\nserver|1|10.0.0.10|dns|1|"));
    forget(&ran);
}
END_TEST

static double counter_of(const struct ran *ran, const char *name)
{
    char line[64];
    snprintf(line, sizeof line, "\ncounter|%s|", name);
    const char *at = strstr(ran->rows.text, line);
    ck_assert_msg(at != NULL, "no counter %s", name);
    return strtod(at + strlen(line), NULL);
}

/* Every tenth packet or so is gone, whichever it is: queries and responses are
 * lost alike, and the estimate (the view `capture`) says so. */
START_TEST(loss_is_estimated_from_what_is_left)
{
    const struct file f = read_file("fixtures/ndots5-mixed.pcap");
    struct file left = {malloc(f.len), PCAP_HEADER};
    ck_assert_ptr_nonnull(left.data);
    memcpy(left.data, f.data, PCAP_HEADER);
    uint32_t dice = 1;
    for (size_t at = PCAP_HEADER; at < f.len; at += record_octets(&f, at)) {
        dice = dice * 1664525 + 1013904223;
        if (dice >> 16 < 6554)
            continue;
        memcpy(left.data + left.len, f.data + at, record_octets(&f, at));
        left.len += record_octets(&f, at);
    }
    char path[128];
    write_file(in_folder("left.pcap", path), left.data, left.len);
    struct ran ran = run_path(path);
    const double orphans = counter_of(&ran, "orphan_responses") -
                           counter_of(&ran, "orphan_at_start");
    const double matched = counter_of(&ran, "answered") +
                           counter_of(&ran, "answered_late") -
                           counter_of(&ran, "answered_at_start");
    ck_assert_double_gt(matched, 100);
    ck_assert_double_eq_tol(orphans / (orphans + matched), 0.1, 0.05);
    forget(&ran);
    free(f.data);
    free(left.data);
}
END_TEST

static void expect_rows(const struct ran *ran, const char *const *rows)
{
    for (; *rows; rows++)
        ck_assert_msg(strstr(ran->rows.text, *rows), "no %s in\n%s", *rows,
                      ran->rows.text);
}

START_TEST(comments_and_damaged_packets_have_their_rows)
{
    uint8_t octets[512];
    size_t n = put_packet(octets, put_pcapng_head(octets), 0, 1);
    n = put_packet(octets, n, 1, 2);
    octets[n - 72] = 9; /* there is no interface 9 */
    n = put_packet(octets, n, 2, 3);
    /* the last one again, with a comment */
    n = octets_put(octets, sizeof octets, n,
                   "06000000 2c000000 00000000 00000000 00000000 00000000"
                   " 00000000 0100 0400 68657265 00000000 2c000000");
    char path[128];
    write_file(in_folder("comments.pcapng", path), octets, n);
    struct ran ran = run_path(path);
    static const char *const rows[] = {"\ncounter|packet_comments|1\n",
                                       "\ncomment|0|0|4|here\n", "|2|140|1\n",
                                       NULL};
    expect_rows(&ran, rows);
    forget(&ran);
}
END_TEST

START_TEST(a_filter_and_what_it_kept_out_have_their_rows)
{
    struct pipeline_options options = small_options();
    struct capture_filter *filter = NULL;
    struct err err;
    ck_assert_int_eq(capture_filter_new(&filter, "udp src port 53", &err),
                     ERR_OK);
    options.filter = filter;
    struct ran ran = {.rc = ERR_OK};
    run_into(&ran, &options, (const char *const[]){FIXTURE}, 1);
    ck_assert_int_eq(ran.rc, ERR_OK);
    const uint64_t rejected = capture_filter_counts(filter)->rejected;
    ck_assert_uint_gt(rejected, 0);
    char counter[64];
    snprintf(counter, sizeof counter, "\ncounter|filtered_frames|%llu\n",
             (unsigned long long)rejected);
    const char *const rows[] = {counter, "|53|udp src port 53|\n", NULL};
    expect_rows(&ran, rows);
    forget(&ran);
    capture_filter_free(filter);
}
END_TEST

START_TEST(other_ports_are_dns_when_told_so)
{
    char path[128];
    const struct file f = read_file(FIXTURE);
    /* Ethernet, IPv4 and UDP: every 53 becomes 5300. */
    for (size_t at = PCAP_HEADER; at < f.len; at += record_octets(&f, at))
        for (size_t port = at + RECORD_HEADER + 34;
             port < at + RECORD_HEADER + 38; port += 2)
            if (f.data[port] == 0 && f.data[port + 1] == 53) {
                f.data[port] = 5300 >> 8;
                f.data[port + 1] = 5300 & 0xff;
            }
    write_file(in_folder("ports.pcap", path), f.data, f.len);
    struct ran unaware = run_path(path);
    check_ran(&unaware, path);
    ck_assert_ptr_nonnull(
        strstr(unaware.rows.text, "\ncounter|dns_messages|0\n"));

    struct pipeline_options options = small_options();
    packet_ports_add(&options.ports, 5300);
    struct ran told = {.rc = ERR_OK};
    run_into(&told, &options, (const char *const[]){path}, 1);
    check_ran(&told, path);
    struct ran plain = run_path(FIXTURE);
    char *want = rows_of(&plain, "counter"), *got = rows_of(&told, "counter");
    check_text(got, want, path);
    ck_assert_ptr_nonnull(strstr(told.rows.text, "|53,5300||\n"));
    free(want);
    free(got);
    forget(&plain);
    forget(&told);
    forget(&unaware);
    free(f.data);
}
END_TEST

START_TEST(patience_decides_what_is_late)
{
    static const int64_t patience_ns[] = {INT64_C(5000000000), 1000};
    char *counters[2];
    for (int i = 0; i < 2; i++) {
        struct pipeline_options options = small_options();
        options.timeout_ns = patience_ns[i];
        struct ran ran = {.rc = ERR_OK};
        run_into(&ran, &options, (const char *const[]){FIXTURE}, 1);
        check_ran(&ran, FIXTURE);
        counters[i] = rows_of(&ran, "counter");
        forget(&ran);
    }
    ck_assert_ptr_nonnull(strstr(counters[0], "|answered_late|0\n"));
    ck_assert_ptr_nonnull(strstr(counters[1], "|answered|0\n"));
    free(counters[0]);
    free(counters[1]);
}
END_TEST

/* --- failures ------------------------------------------------------------- */

static const char *const tables[] = {
    "input",   "interface", "frame_fate",      "part",   "traffic",
    "counter", "latency",   "dns_transaction", "client", "question",
};

START_TEST(refused_row_fails_the_run)
{
    struct ran ran = {.rows = {.refused = tables[_i]}};
    const struct pipeline_options options = small_options();
    run_into(&ran, &options, (const char *const[]){FIXTURE}, 1);
    ck_assert_int_eq(ran.rc, ERR_OUTPUT);
    ck_assert_ptr_nonnull(strstr(ran.err.text, tables[_i]));
    forget(&ran);
}
END_TEST

/* From nothing to what is more than enough: refused by name, or run with every
 * frame accounted for. */
START_TEST(memory_is_refused_or_enough)
{
    struct pipeline_options options = small_options();
    options.max_memory = (size_t)_i << 18;
    struct ran ran = {.rc = ERR_OK};
    run_into(&ran, &options, (const char *const[]){FIXTURE}, 1);
    if (ran.rc == ERR_OK)
        check_ran(&ran, FIXTURE);
    else
        ck_assert_int_eq(ran.rc, ERR_NOMEM);
    ck_assert(ran.rc == ERR_OK || _i < 32);
    ck_assert(ran.rc != ERR_OK || _i > 4);
    forget(&ran);
}
END_TEST

/* --- hostile time --------------------------------------------------------- */

/* A pcapng of queries on raw IP whose time stamps, in ns, are these. */
static const int64_t stamps[][6] = {
    {0, 1, 2, 3, 4, 5},
    {INT64_MAX, INT64_MAX - 1, INT64_MAX, 0, INT64_MAX, 1},
    {-1, -2, INT64_MIN, INT64_MIN + 1, INT64_MAX, -1}, /* read unsigned */
    {INT64_MAX / 5 * 4, INT64_MAX / 5 * 4 + 1, 0, INT64_MAX / 5 * 4 - 1, 7, 8},
    {0, INT64_C(315360000000000000), 1, INT64_C(630720000000000000), 2, 3},
    {INT64_C(1000000000000), 0, INT64_C(999999999999), INT64_MAX / 2, 5, 6},
};

START_TEST(time_stamps_of_any_value_are_survived)
{
    uint8_t octets[1024];
    size_t n = put_pcapng_head(octets);
    for (uint8_t i = 0; i < 6; i++)
        n = put_packet(octets, n, (uint64_t)stamps[_i][i], i);
    char path[128];
    write_file(in_folder("stamps.pcapng", path), octets, n);
    const clock_t began = clock();
    struct ran ran = run_path(path);
    const double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    check_ran(&ran, path);
    ck_assert_int_eq(ran.rows.frames, 6);
    ck_assert_ptr_nonnull(
        strstr(ran.rows.text, "\ncounter|query_messages|6\n"));
    ck_assert_msg(seconds < 1, "%.3f s for six frames", seconds);
    forget(&ran);
}
END_TEST

/* --- what strangers captured ---------------------------------------------- */

/* Every public capture: refused by name, or every frame accounted for. */
START_TEST(public_captures_are_accounted_for)
{
    DIR *directory = opendir(PUBLIC);
    if (!directory) {
        puts("the public captures (" PUBLIC ") are not here: not read");
        return;
    }
    unsigned files = 0, refused = 0;
    long long frames = 0;
    struct ran ran = {.rc = ERR_OK};
    const struct pipeline_options options = small_options();
    for (const struct dirent *entry; (entry = readdir(directory));) {
        char path[512];
        struct stat st;
        snprintf(path, sizeof path, PUBLIC "%s", entry->d_name);
        if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
            strcmp(entry->d_name, "MANIFEST.tsv") == 0)
            continue;
        run_into(&ran, &options, (const char *const[]){path}, 1);
        files++;
        if (ran.rc == ERR_INPUT) {
            refused++;
            ck_assert_ptr_nonnull(strstr(ran.err.text, entry->d_name));
            continue;
        }
        check_ran(&ran, path);
        frames += ran.rows.frames;
    }
    closedir(directory);
    forget(&ran);
    printf("%u public captures, %u refused by name, %lld frames accounted "
           "for\n",
           files, refused, frames);
    ck_assert_uint_gt(files, 800);
    ck_assert_uint_lt(refused, files / 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pipeline/pipeline");
    TCase *tc = tcase_create("pipeline");
    tcase_set_timeout(tc, 20);
    tcase_add_unchecked_fixture(tc, make_folder, remove_folder);
    if (glob("fixtures/*.pcap*", 0, NULL, &captures) == 0)
        tcase_add_loop_test(tc, every_prefix_is_read_as_far_as_it_goes, 0,
                            (int)captures.gl_pathc);
    tcase_add_loop_test(tc, a_thread_that_reads_ahead_does_not_show, 0,
                        (int)captures.gl_pathc);
    tcase_add_loop_test(tc, three_runs_write_the_same_rows, 0, ROWS(fixtures));
    tcase_add_loop_test(tc, standard_input_gives_the_rows_of_the_file, 0,
                        ROWS(fixtures));
    tcase_add_loop_test(tc, pipe_gives_the_rows_of_the_file, 0,
                        ROWS(fixtures) * ROWS(pieces));
    tcase_add_test(tc, named_pipe_gives_the_rows_of_the_file);
    tcase_add_test(tc, two_halves_add_up_to_the_whole);
    tcase_add_test(tc, damage_of_one_input_does_not_end_the_others);
    tcase_add_loop_test(tc, unreadable_input_fails_before_anything_is_read, 0,
                        ROWS(unreadable));
    tcase_add_test(tc, more_inputs_than_frames_can_tell_apart_are_refused);
    tcase_add_loop_test(tc, stop_ends_early_and_says_so, 0,
                        ROWS(blocks_until_stop));
    tcase_add_test(tc, progress_grows_to_all_there_is);
    tcase_add_test(tc, labels_stand_beside_addresses);
    tcase_add_test(tc, loss_is_estimated_from_what_is_left);
    tcase_add_test(tc, comments_and_damaged_packets_have_their_rows);
    tcase_add_test(tc, a_filter_and_what_it_kept_out_have_their_rows);
    tcase_add_test(tc, other_ports_are_dns_when_told_so);
    tcase_add_test(tc, patience_decides_what_is_late);
    tcase_add_loop_test(tc, refused_row_fails_the_run, 0, ROWS(tables));
    tcase_add_loop_test(tc, memory_is_refused_or_enough, 0, 40);
    tcase_add_loop_test(tc, time_stamps_of_any_value_are_survived, 0,
                        ROWS(stamps));
    tcase_add_test(tc, public_captures_are_accounted_for);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    globfree(&captures);
    return failed != 0;
}
