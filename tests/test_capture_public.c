/* Every public capture beside the checkout, against what tshark 4.0.17 saw:
 * MANIFEST.tsv says how many frames, truth/FILE.tsv.gz when those with DNS in
 * them came. Where we differ, a row below says why. */
#include <errno.h>
#include <unistd.h>
#include <zlib.h>

#include "test_capture.h"

#define CAPTURES "../shared/captures/"

enum { REFUSED = -1 };

static const struct difference {
    const char *file;
    int64_t frames; /* ours */
    const char *why;
} differences[] = {
    /* Refused, each with a line that names the format. */
    {"compactor__dnscap.pcap.xz", REFUSED, "xz"},
    {"compactor__nsd-live.raw.pcap.xz", REFUSED, "xz"},
    {"d-ok.pcap.bz2", REFUSED, "bzip2"},
    {"d-ok.pcap.xz", REFUSED, "xz"},
    {"dnscap__dns.pcap.xz", REFUSED, "xz"},
    {"d-pcap-modified-le.pcap", REFUSED, "Kuznetzov's kind of pcap"},
    {"pcap-parser__modified-format.pcap", REFUSED, "Kuznetzov's kind of pcap"},
    {"libpcap__pcap-invalid-version-1.pcap", REFUSED, "pcap 1.4"},
    {"libpcap__pcap-invalid-version-2.pcap", REFUSED,
     "pcap 2.5, which libpcap refuses too"},
    {"libpcap__pcapng-invalid-vers-2.pcapng", REFUSED, "pcapng 1.1"},
    {"wswiki__http.bigendian.ntar", REFUSED, "pcapng 256.0"},
    {"wswiki__trace.snoop", REFUSED, "snoop"},
    {"d-empty-0-bytes.pcap", REFUSED, "empty"},
    {"d-pcap-cut-in-header.pcap", REFUSED, "cut inside the header"},
    {"d-cut.pcap.lz4", REFUSED, "cut inside the first block of lz4"},
    {"d-cut.pcap.zst", REFUSED, "cut inside the first block of zstd"},

    /* tshark lists custom blocks as frames; ours are packets, numbered alike. */
    {"d-pcapng-odd-blocks.pcapng", 60, "1 custom block"},
    {"pcapng-gen__output_be-advanced-test102.pcapng", 5, "3 custom blocks"},
    {"pcapng-gen__output_be-basic-test018.pcapng", 4, "4 custom blocks"},
    {"pcapng-gen__output_be-difficult-test202.pcapng", 8, "3 custom blocks"},
    {"pcapng-gen__output_le-basic-test017.pcapng", 0, "4 custom blocks"},
    {"pcapng-gen__output_le-basic-test018.pcapng", 4, "4 custom blocks"},
    {"pcapng-gen__output_le-difficult-test202.pcapng", 8, "3 custom blocks"},

    /* tshark stops where the record's limits are still sound. */
    {"d-pcapng-epb-bad-iface.pcapng", 2, "the packet behind a bad one"},
    {"wswiki__pcap-ng_Wi-Fi_Bluetooth_USB_Cooked_timestamps_issue_1.ntar", 413,
     "tshark stops at a Bluetooth packet of 3 octets"},
    {"wswiki__test007.ntar", 1,
     "a block of 139 octets; tshark looks for its trailer without padding"},

    /* tshark refuses the link type or takes the file for another variant;
     * libpcap reads as many as we do. */
    {"pcapplusplus__regress-zTarget-5631583764873216.bin", 1, "reserved bits"},
    {"pcapplusplus__regress-zTarget-5752969003008000.bin", 1, "reserved bits"},
    {"tcpdump__juniper_es_oobr.pcap", 1, "link type 132"},
    {"tcpdump__juniper_monitor_invalid_cookie_length.pcap", 1, "link type 164"},
    {"tcpdump__vtp_asan-2.pcap", 1, "link type 182"},
    {"tcpdump__vtp_asan-3.pcap", 1, "link type 182"},
    {"pcapplusplus__regress-zTarget-5766899836387328.bin", 1,
     "version 2.3, lengths exchanged"},
    {"pcapplusplus__regress--cast-constructed-record.bin", 2,
     "tshark takes it for a variant with longer record headers"},
};

/* Captures whose times tshark gets wrong: it multiplies absurd microseconds in
 * 32 bits. */
static const char *const wrong_times[] = {
    "pcapplusplus__regress-zTarget-5188876846235648.bin",
    "pcapplusplus__regress-zTarget-5654053026791424.bin",
};

static bool has_wrong_times(const char *file)
{
    for (size_t i = 0; i < sizeof wrong_times / sizeof *wrong_times; i++)
        if (strcmp(wrong_times[i], file) == 0)
            return true;
    return false;
}

static const struct difference *find_difference(const char *file)
{
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++)
        if (strcmp(differences[i].file, file) == 0)
            return &differences[i];
    return NULL;
}

/* --- our reading ----------------------------------------------------------- */

/* Times by frame number, the number 0 unused. */
struct times {
    int64_t *ns;
    bool *there;
    size_t count;
    int64_t frames;
};

static void note_time(struct times *t, const struct capture_frame *f)
{
    if (f->number >= t->count) {
        const size_t count = 2 * f->number + 1000;
        t->ns = realloc(t->ns, count * sizeof *t->ns);
        t->there = realloc(t->there, count * sizeof *t->there);
        ck_assert(t->ns && t->there);
        memset(t->there + t->count, 0, (count - t->count) * sizeof *t->there);
        t->count = count;
    }
    t->ns[f->number] = f->time_ns;
    t->there[f->number] = true;
}

static void read_times(struct times *t, const char *path,
                       struct capture_block *block)
{
    struct capture_source *source;
    struct err err = {0};
    *t = (struct times){0};
    if (capture_source_open(&source, path, &err) != ERR_OK) {
        ck_assert_msg(err.code == ERR_INPUT && *err.text, "%s", path);
        t->frames = REFUSED;
        return;
    }
    int rc;
    while ((rc = capture_source_read(source, block, &err)) > 0) {
        for (size_t i = 0; i < block->count; i++)
            note_time(t, &block->frames[i]);
        t->frames += (int64_t)block->count;
    }
    ck_assert_msg(rc == 0, "%s: %s", path, err.text);
    capture_source_close(source);
}

/* --- tshark's -------------------------------------------------------------- */

/* "1476976981.075993000"; empty is no time. False when it is neither. A second
 * field of ten digits (microseconds of a million or more, which tshark does
 * not carry) is read as what it means. */
static bool read_time(const char *text, int64_t *ns)
{
    char *end;
    if (*text == '\0') {
        *ns = CAPTURE_NO_TIME;
        return true;
    }
    const int64_t seconds = strtoll(text, &end, 10);
    if (*end != '.')
        return false;
    *ns = seconds * 1000000000 + strtoll(end + 1, &end, 10);
    return *end == '\0';
}

/* How many rows of the truth table contradict us. */
static size_t compare_truth(const char *file, const struct times *t, bool quiet)
{
    char path[512], line[65536];
    size_t wrong = 0;
    snprintf(path, sizeof path, CAPTURES "truth/%s.tsv.gz", file);
    gzFile truth = gzopen(path, "r");
    if (!truth)
        return 0; /* no DNS in it */
    gzgets(truth, line, sizeof line);
    while (gzgets(truth, line, sizeof line)) {
        char *rest = line;
        const char *number_text = strsep(&rest, "\t");
        const char *time_text = strsep(&rest, "\t");
        const uint64_t number = strtoull(number_text, NULL, 10);
        int64_t ns;
        ck_assert_msg(time_text && read_time(time_text, &ns), "%s: %s", path,
                      number_text);
        if (number >= t->count || !t->there[number] || t->ns[number] != ns) {
            wrong++;
            if (!quiet)
                printf("%s: frame %s is not at %s here\n", file, number_text,
                       time_text);
        }
    }
    gzclose(truth);
    return wrong;
}

/* True when the capture is as tshark saw it, or differs as it should. */
static bool check_capture(const char *file, int64_t tshark_frames,
                          struct capture_block *block)
{
    char path[512];
    struct times t;
    const struct difference *difference = find_difference(file);
    const int64_t want = difference ? difference->frames : tshark_frames;
    snprintf(path, sizeof path, CAPTURES "%s", file);
    read_times(&t, path, block);
    bool fine = t.frames == want;
    if (!fine)
        printf("%s: %lld frames, should be %lld (tshark %lld%s%s)\n", file,
               (long long)t.frames, (long long)want, (long long)tshark_frames,
               difference ? ": " : "", difference ? difference->why : "");
    if (difference && difference->frames == tshark_frames) {
        printf("%s: is listed, but does not differ\n", file);
        fine = false;
    }
    const bool wrong_there = has_wrong_times(file);
    if (t.frames != REFUSED &&
        (compare_truth(file, &t, wrong_there) > 0) != wrong_there)
        fine = false;
    free(t.ns);
    free(t.there);
    return fine;
}

START_TEST(every_public_capture_is_read_as_tshark_does)
{
    enum { FILE_COLUMN = 0, FRAMES_COLUMN = 10 };
    char line[65536];
    size_t captures = 0, wrong = 0;
    struct capture_block block;
    FILE *manifest = fopen(CAPTURES "MANIFEST.tsv", "r");
    ck_assert_ptr_nonnull(manifest);
    ck_assert_int_eq(capture_block_init(&block, NULL), ERR_OK);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, manifest));
    while (fgets(line, sizeof line, manifest)) {
        char *rest = line, *columns[FRAMES_COLUMN + 1];
        for (size_t i = 0; i <= FRAMES_COLUMN; i++)
            columns[i] = strsep(&rest, "\t");
        ck_assert_ptr_nonnull(columns[FRAMES_COLUMN]);
        captures++;
        if (!check_capture(columns[FILE_COLUMN],
                           strtoll(columns[FRAMES_COLUMN], NULL, 10), &block))
            wrong++;
    }
    fclose(manifest);
    capture_block_fini(&block);
    printf("%zu public captures, %zu not as expected\n", captures, wrong);
    ck_assert_uint_gt(captures, 0);
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

static void add(TCase *tc)
{
    tcase_add_test(tc, every_public_capture_is_read_as_tshark_does);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* a failed test ends its process */
    if (access(CAPTURES "MANIFEST.tsv", R_OK) != 0) {
        printf("SKIPPED: " CAPTURES "MANIFEST.tsv: %s; the public captures are "
               "not tested\n",
               strerror(errno));
        return EXIT_SUCCESS;
    }
    return run_case("capture public", add);
}
