/* The public captures beside the project, frame by frame: each UDP datagram of
 * the DNS, however deep in tunnels and fragments, against what tshark 4.0.17 saw
 * (../shared/captures/truth), and each that is quoted in an ICMP error.
 *
 * Where we differ, the difference must belong to a class that is decided from
 * the data and explained here; anything else fails. Every frame has one fate.
 * Then the fragments of each capture again, cut behind each and with each left
 * out: nothing is left behind.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "capture/source.h"
#include "packet/fragment.h"

#define FOLDER "../shared/captures/"

/* --- tshark's view ------------------------------------------------------- */

enum {
    COLUMNS = 24,
    T_FRAME = 0,
    T_SPORT = 4,
    T_DPORT = 5,
    T_PROTO = 6,
    T_ID = 7,
    T_QR = 8,
    T_OPCODE = 9,
    T_RCODE = 10,
    T_APP = 15,
    T_IN_ICMP = 16,
    T_OCTETS = 23,
};

/* A message as both sides have it. */
struct message {
    long id, response, opcode, rcode; /* -1: tshark does not say */
    long octets;                      /* as captured */
};

struct truth {
    struct message message;
    uint64_t frame;
    bool quote; /* of a message, in an ICMP error */
};

struct truths {
    struct truth *rows;
    size_t count, capacity;
};

static long number_of(const char *text)
{
    return *text ? strtol(text, NULL, 0) : -1;
}

/* Of what an ICMP error quotes tshark gives no ports. */
static bool is_quote(char *const *cells)
{
    return strcmp(cells[T_APP], "dns") == 0 &&
           strcmp(cells[T_IN_ICMP], "1") == 0;
}

static bool is_counted(char *const *cells)
{
    return strcmp(cells[T_PROTO], "udp") == 0 &&
           strcmp(cells[T_APP], "dns") == 0 &&
           strcmp(cells[T_IN_ICMP], "0") == 0 &&
           (strcmp(cells[T_SPORT], "53") == 0 ||
            strcmp(cells[T_DPORT], "53") == 0);
}

static void read_truth(struct truths *t, char *line)
{
    char *cells[COLUMNS] = {0};
    for (unsigned i = 0; i < COLUMNS; i++)
        cells[i] = strsep(&line, "\t\n");
    ck_assert_ptr_nonnull(cells[COLUMNS - 1]);
    const bool quote = is_quote(cells);
    if (!is_counted(cells) && !quote)
        return;
    if (t->count == t->capacity) {
        t->capacity = t->capacity ? t->capacity * 2 : 256;
        t->rows = realloc(t->rows, t->capacity * sizeof *t->rows);
        ck_assert_ptr_nonnull(t->rows);
    }
    t->rows[t->count++] = (struct truth){
        .frame = strtoul(cells[T_FRAME], NULL, 10),
        .quote = quote,
        .message = {.id = number_of(cells[T_ID]),
                    .response = number_of(cells[T_QR]),
                    .opcode = number_of(cells[T_OPCODE]),
                    .rcode = number_of(cells[T_RCODE]),
                    .octets = number_of(cells[T_OCTETS])},
    };
}

static struct truths truths_of(const char *file)
{
    char path[512];
    snprintf(path, sizeof path, FOLDER "truth/%s.tsv.gz", file);
    struct truths t = {0};
    gzFile in = gzopen(path, "rb");
    if (!in)
        return t;
    static char line[1 << 16];
    for (bool header = true; gzgets(in, line, sizeof line); header = false)
        if (!header)
            read_truth(&t, line);
    gzclose(in);
    return t;
}

/* --- our view ------------------------------------------------------------ */

struct seen {
    enum packet_status status; /* of the frame alone */
    bool datagram;             /* one is dated by this frame */
    bool quote;                /* one is quoted in it, of whatever ports */
    bool incomplete;           /* of fragments whose rest never came */
    bool paired;               /* tshark has it, too */
    struct message message;    /* with `datagram`, when it has a header */
    bool has_header;
};

struct fragment {
    struct packet_datagram datagram; /* in octets of its own */
    uint8_t *octets;
    int64_t time_ns;
    uint64_t frame;
};

struct view {
    struct packet_ports ports;
    struct budget budget;
    struct packet_fragments *fragments;
    struct seen *frames; /* by number, 0 unused */
    size_t count, capacity;
    struct fragment *parts; /* to be played again */
    size_t part_count, part_capacity;
    uint64_t read, settled; /* frames */
    unsigned long fates[PACKET_STATUS_COUNT];
    unsigned long unread_links[UINT16_MAX + 1];
    bool opened;
};

static struct seen *frame_of(struct view *v, uint64_t number)
{
    if (number >= v->capacity) {
        const size_t wanted = (number + 1) * 2;
        v->frames = realloc(v->frames, wanted * sizeof *v->frames);
        ck_assert_ptr_nonnull(v->frames);
        memset(v->frames + v->capacity, 0,
               (wanted - v->capacity) * sizeof *v->frames);
        v->capacity = wanted;
    }
    if (number >= v->count)
        v->count = number + 1;
    return &v->frames[number];
}

static void see_message(struct seen *s, const struct packet_datagram *d)
{
    s->has_header = d->payload.len >= 12;
    if (!s->has_header)
        return;
    const uint8_t *header = d->payload.data;
    s->message = (struct message){
        .id = load_be16(header),
        .response = header[2] >> 7,
        .opcode = header[2] >> 3 & 15,
        .rcode = header[3] & 15,
        .octets = (long)d->payload.len,
    };
}

static void see_datagram(struct view *v, const struct packet_datagram *d,
                         uint64_t frame)
{
    struct seen *s = frame_of(v, frame);
    ck_assert(!s->datagram);
    s->datagram = true;
    see_message(s, d);
}

/* tshark finds DNS on other ports, too: what does the error quote when every
 * port may be DNS? */
static void see_quote(struct view *v, const struct capture_frame *f)
{
    static struct packet_ports every;
    memset(every.bits, 0xff, sizeof every.bits);
    struct packet_datagram d;
    struct seen *s = frame_of(v, f->number);
    s->quote = packet_decode(f, &every, &d) == PACKET_ICMP_QUOTE;
    if (s->quote)
        see_message(s, &d);
}

static void hear(struct view *v)
{
    struct packet_whole whole;
    while (packet_fragments_next(v->fragments, &whole)) {
        v->fates[whole.status] += whole.frames;
        v->settled += whole.frames;
        if (!whole.has_datagram || whole.status == PACKET_TCP_DNS)
            continue;
        see_datagram(v, &whole.datagram, whole.frame);
        frame_of(v, whole.frame)->incomplete = whole.status == PACKET_FRAGMENT;
    }
}

static void keep_fragment(struct view *v, const struct packet_datagram *d,
                          int64_t time_ns, uint64_t frame)
{
    if (v->part_count == v->part_capacity) {
        v->part_capacity = v->part_capacity ? v->part_capacity * 2 : 64;
        v->parts = realloc(v->parts, v->part_capacity * sizeof *v->parts);
        ck_assert_ptr_nonnull(v->parts);
    }
    struct fragment *to = &v->parts[v->part_count++];
    const size_t addresses = 2u * d->address_octets;
    *to = (struct fragment){.datagram = *d,
                            .octets = malloc(addresses + d->payload.len),
                            .time_ns = time_ns,
                            .frame = frame};
    ck_assert_ptr_nonnull(to->octets);
    memcpy(to->octets, d->source, d->address_octets);
    memcpy(to->octets + d->address_octets, d->destination, d->address_octets);
    memcpy(to->octets + addresses, d->payload.data, d->payload.len);
    to->datagram.source = to->octets;
    to->datagram.destination = to->octets + d->address_octets;
    to->datagram.payload.data = to->octets + addresses;
}

static void see_frame(struct view *v, const struct capture_frame *f)
{
    struct packet_datagram d;
    const enum packet_status status = packet_decode(f, &v->ports, &d);
    frame_of(v, f->number)->status = status;
    v->read++;
    if (status == PACKET_FRAGMENT) {
        keep_fragment(v, &d, f->time_ns, f->number);
        packet_fragments_take(v->fragments, &d, f->time_ns, f->number);
        hear(v);
        return;
    }
    v->fates[status]++;
    v->settled++;
    if (status == PACKET_LINK_UNSUPPORTED)
        v->unread_links[f->link_type]++;
    if (status == PACKET_OK)
        see_datagram(v, &d, f->number);
    if (status == PACKET_ICMP_QUOTE || status == PACKET_ICMP)
        see_quote(v, f);
}

static void open_fragments(struct view *v)
{
    const struct packet_fragments_limits limits =
        packet_fragments_limits_of(64 << 20);
    v->budget = (struct budget){.limit = 64 << 20};
    ck_assert_int_eq(packet_fragments_new(&v->fragments, &limits, &v->ports, 7,
                                          &v->budget, NULL),
                     ERR_OK);
}

static void see_file(struct view *v, const char *path)
{
    struct err err;
    struct capture_source *source;
    struct capture_block block;
    if (capture_source_open(&source, path, &err) != ERR_OK)
        return;
    v->opened = true;
    open_fragments(v);
    ck_assert_int_eq(capture_block_init(&block, &err), ERR_OK);
    while (capture_source_read(source, &block, &err) > 0)
        for (size_t i = 0; i < block.count; i++)
            see_frame(v, &block.frames[i]);
    packet_fragments_end(v->fragments);
    hear(v);
    packet_fragments_free(v->fragments);
    capture_block_fini(&block);
    capture_source_close(source);
}

static void free_view(struct view *v)
{
    for (size_t i = 0; i < v->part_count; i++)
        free(v->parts[i].octets);
    free(v->parts);
    free(v->frames);
    free(v);
}

/* --- comparing ----------------------------------------------------------- */

enum outcome {
    EQUAL,
    EQUAL_INCOMPLETE,
    EQUAL_QUOTE,
    QUOTE_OTHER,
    FORMAT,
    DEEP,
    UDP_LENGTH,
    SHORT,
    BEHIND_DAMAGE,
    INCOMPLETE,
    EMPTY,
    QUOTE_SHORT,
    UNEXPLAINED,
    OUTCOMES
};

static const char *const outcome_text[OUTCOMES] = {
    [EQUAL] = "equal: ID, direction, opcode, rcode, octets",
    [EQUAL_INCOMPLETE] = "equal, of a first fragment whose rest never came",
    [EQUAL_QUOTE] = "equal, quoted in an ICMP error",
    [QUOTE_OTHER] = "quoted of another port: tshark decrypts QUIC there",
    [FORMAT] = "in a file whose format we refuse by name (xz, bzip2, snoop)",
    [DEEP] = "nested deeper than we go, as no real packet is",
    [UDP_LENGTH] = "UDP length damaged: tshark reads on, we name the fault",
    [SHORT] = "fewer than 12 octets: tshark reads half a header from them",
    [BEHIND_DAMAGE] = "ours alone: tshark stops at the damage, we go past it",
    [INCOMPLETE] = "ours alone: of a first fragment whose rest never came",
    [EMPTY] = "ours alone: shorter than a DNS header",
    [QUOTE_SHORT] = "ours alone: quoted in an ICMP error, up to the ports",
    [UNEXPLAINED] = "UNEXPLAINED",
};

struct tally {
    unsigned long outcomes[OUTCOMES];
    unsigned long fates[PACKET_STATUS_COUNT];
    unsigned long unread_links[UINT16_MAX + 1];
    unsigned long files, frames, replays;
};

static bool is_same(const struct message *truth, const struct message *own)
{
    return truth->id == own->id && truth->response == own->response &&
           truth->opcode == own->opcode &&
           (truth->rcode < 0 || truth->rcode == own->rcode) &&
           truth->octets == own->octets;
}

static enum outcome quote_outcome_of(const struct truth *t, struct seen *s)
{
    if (s->quote && s->status == PACKET_ICMP)
        return QUOTE_OTHER;
    if (!s->quote || !s->has_header || !is_same(&t->message, &s->message))
        return UNEXPLAINED;
    s->paired = true;
    return EQUAL_QUOTE;
}

static enum outcome outcome_of(const struct truth *t, struct view *v)
{
    if (!v->opened)
        return FORMAT;
    struct seen *s = frame_of(v, t->frame);
    if (t->quote)
        return quote_outcome_of(t, s);
    if (s->status == PACKET_TOO_DEEP)
        return DEEP;
    if (s->status == PACKET_BAD_UDP)
        return UDP_LENGTH;
    if (!s->datagram)
        return UNEXPLAINED;
    s->paired = true;
    if (!s->has_header)
        return SHORT;
    if (!is_same(&t->message, &s->message))
        return UNEXPLAINED;
    return s->incomplete ? EQUAL_INCOMPLETE : EQUAL;
}

/* Of a datagram that is ours alone, in frame `number` of `frames` of tshark's. */
static enum outcome own_outcome_of(const struct seen *s, uint64_t number,
                                   uint64_t frames)
{
    if (!s->has_header)
        return s->quote ? QUOTE_SHORT : EMPTY;
    if (number > frames)
        return BEHIND_DAMAGE;
    return s->incomplete ? INCOMPLETE : UNEXPLAINED;
}

static bool is_ours(const struct seen *s)
{
    return s->datagram || s->status == PACKET_ICMP_QUOTE;
}

static void count(struct tally *tally, enum outcome outcome, const char *file,
                  uint64_t frame)
{
    tally->outcomes[outcome]++;
    if (outcome == UNEXPLAINED)
        printf("%s: frame %lu differs\n", file, (unsigned long)frame);
}

/* Fragments `from` to `to` but for `skip`: each gets one fate. */
static void replay(struct view *v, size_t to, size_t skip)
{
    uint64_t taken = 0, settled = 0;
    open_fragments(v);
    for (size_t i = 0; i <= to; i++) {
        struct packet_whole whole;
        if (i == to) {
            packet_fragments_end(v->fragments);
        } else if (i != skip) {
            const struct fragment *f = &v->parts[i];
            packet_fragments_take(v->fragments, &f->datagram, f->time_ns,
                                  f->frame);
            taken++;
        }
        while (packet_fragments_next(v->fragments, &whole))
            settled += whole.frames;
    }
    ck_assert_uint_eq(taken, settled);
    const struct packet_fragments_counters c =
        packet_fragments_counters(v->fragments);
    ck_assert_uint_eq(c.waiting + c.open + c.octets, 0);
    packet_fragments_free(v->fragments);
}

enum { REPLAYED = 300 }; /* at most so many fragments of a capture */

static void replay_all(struct tally *tally, struct view *v)
{
    const size_t n = v->part_count < REPLAYED ? v->part_count : REPLAYED;
    for (size_t i = 0; i < n; i++) {
        replay(v, i, SIZE_MAX);
        replay(v, n, i);
        tally->replays += 2;
    }
}

static void compare(struct tally *tally, const char *file, uint64_t frames)
{
    char path[512];
    snprintf(path, sizeof path, FOLDER "%s", file);
    struct truths truths = truths_of(file);
    struct view *v = calloc(1, sizeof *v);
    ck_assert_ptr_nonnull(v);
    packet_ports_add(&v->ports, 53);
    see_file(v, path);
    for (size_t i = 0; i < truths.count; i++)
        count(tally, outcome_of(&truths.rows[i], v), file,
              truths.rows[i].frame);
    for (size_t i = 1; i < v->count; i++)
        if (is_ours(&v->frames[i]) && !v->frames[i].paired)
            count(tally, own_outcome_of(&v->frames[i], i, frames), file, i);
    ck_assert_uint_eq(v->read, v->settled);
    for (int i = 0; i < PACKET_STATUS_COUNT; i++)
        tally->fates[i] += v->fates[i];
    for (int i = 0; i <= UINT16_MAX; i++)
        tally->unread_links[i] += v->unread_links[i];
    tally->files++;
    tally->frames += v->read;
    replay_all(tally, v);
    free(truths.rows);
    free_view(v);
}

/* The columns of MANIFEST.tsv that are read here. */
enum { MANIFEST_FILE = 0, MANIFEST_FRAMES = 10 };

static void compare_all(struct tally *tally, FILE *manifest)
{
    static char line[1 << 16];
    for (bool header = true; fgets(line, sizeof line, manifest);
         header = false) {
        if (header)
            continue;
        char *rest = line, *cells[MANIFEST_FRAMES + 1];
        for (unsigned i = 0; i <= MANIFEST_FRAMES; i++)
            cells[i] = strsep(&rest, "\t\n");
        ck_assert_ptr_nonnull(rest);
        compare(tally, cells[MANIFEST_FILE],
                strtoul(cells[MANIFEST_FRAMES], NULL, 10));
    }
}

static void print(const struct tally *tally)
{
    printf("%lu captures, %lu frames against tshark\n", tally->files,
           tally->frames);
    for (int i = 0; i < OUTCOMES; i++)
        printf("%7lu datagrams %s\n", tally->outcomes[i], outcome_text[i]);
    for (enum packet_status i = 0; i < PACKET_STATUS_COUNT; i++)
        if (tally->fates[i])
            printf("%7lu frames %s, %s\n", tally->fates[i],
                   packet_status_fate(i), packet_status_reason(i));
    printf("link types not read (frames):");
    for (int i = 0; i <= UINT16_MAX; i++)
        if (tally->unread_links[i])
            printf(" %d (%lu)", i, tally->unread_links[i]);
    printf("\n%lu times fragments again, some left out\n", tally->replays);
}

START_TEST(every_difference_to_tshark_is_explained)
{
    FILE *manifest = fopen(FOLDER "MANIFEST.tsv", "r");
    if (!manifest) {
        puts("the public captures (" FOLDER ") are not here: not compared");
        return;
    }
    static struct tally tally;
    compare_all(&tally, manifest);
    fclose(manifest);
    print(&tally);
    fflush(stdout);
    ck_assert_uint_eq(tally.outcomes[UNEXPLAINED], 0);
    ck_assert_uint_gt(tally.outcomes[EQUAL], 22000);
    ck_assert_uint_gt(tally.outcomes[EQUAL_INCOMPLETE], 90);
    ck_assert_uint_gt(tally.outcomes[EQUAL_QUOTE], 18);
    ck_assert_uint_gt(tally.replays, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("packet/truth");
    TCase *tc = tcase_create("tshark");
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, every_difference_to_tshark_is_explained);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
