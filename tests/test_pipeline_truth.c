/* The public captures beside the project, frame by frame and pair by pair
 * against what tshark 4.0.17 saw (../shared/captures/truth).
 *
 * Where we differ, the difference must belong to a class that is decided from
 * the data and explained here; anything else fails. The test prints how many
 * rows each class took.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "capture/source.h"
#include "exchange/message.h"
#include "packet/datagram.h"
#include "pipeline/pipeline.h"

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
    T_QTYPE = 12,
    T_RESPONSE_TO = 13,
    T_TIME = 14,
    T_APP = 15,
    T_IN_ICMP = 16,
    T_MALFORMED = 20,
};

struct truth {
    unsigned long frame, response_to;
    long id, qr, opcode, rcode, qtype; /* -1: tshark does not say */
    double seconds;
    bool malformed; /* something in the frame is */
    bool counted;   /* plain DNS over UDP on port 53, not quoted in ICMP */
};

struct truths {
    struct truth *rows;
    size_t count;
};

static long number_or(const char *text, long otherwise)
{
    return *text ? strtol(text, NULL, 0) : otherwise;
}

static struct truth truth_of(char *line)
{
    char *cells[COLUMNS] = {0};
    for (unsigned i = 0; i < COLUMNS; i++)
        cells[i] = strsep(&line, "\t\n");
    ck_assert_ptr_nonnull(cells[COLUMNS - 1]);
    struct truth t = {
        .frame = strtoul(cells[T_FRAME], NULL, 10),
        .response_to = strtoul(cells[T_RESPONSE_TO], NULL, 10),
        .id = number_or(cells[T_ID], -1),
        .qr = number_or(cells[T_QR], -1),
        .opcode = number_or(cells[T_OPCODE], -1),
        .rcode = number_or(cells[T_RCODE], -1),
        .qtype = number_or(cells[T_QTYPE], -1),
        .malformed = strcmp(cells[T_MALFORMED], "0") != 0,
        .seconds = strtod(cells[T_TIME], NULL),
    };
    t.counted = strcmp(cells[T_PROTO], "udp") == 0 &&
                strcmp(cells[T_APP], "dns") == 0 &&
                strcmp(cells[T_IN_ICMP], "0") == 0 &&
                (strcmp(cells[T_SPORT], "53") == 0 ||
                 strcmp(cells[T_DPORT], "53") == 0);
    return t;
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
    size_t capacity = 0;
    for (bool header = true; gzgets(in, line, sizeof line); header = false) {
        if (header)
            continue;
        if (t.count == capacity) {
            capacity = capacity ? capacity * 2 : 256;
            t.rows = realloc(t.rows, capacity * sizeof *t.rows);
            ck_assert_ptr_nonnull(t.rows);
        }
        t.rows[t.count++] = truth_of(line);
    }
    gzclose(in);
    return t;
}

/* --- our view ------------------------------------------------------------ */

struct seen {
    struct exchange_message message; /* without its octets */
    enum packet_status packet;
    int64_t time_ns;
    uint64_t query; /* of a response: the frame it was matched with */
    bool datagram;  /* packet_decode() found one */
    bool read;      /* ... with a DNS header in it */
};

struct view {
    struct seen *frames; /* by number, 0 unused */
    size_t count, capacity;
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

static void look_at(struct view *v, const struct capture_frame *frame,
                    const struct packet_ports *ports)
{
    struct seen *s = frame_of(v, frame->number);
    struct packet_datagram d;
    s->packet = packet_decode(frame, ports, &d);
    s->time_ns = frame->time_ns;
    s->datagram = s->packet == PACKET_OK;
    if (!s->datagram)
        return;
    exchange_message_read(&d, 1, &s->message);
    s->read = (s->message.dns.has & DNS_HAS_HEADER) != 0;
}

static bool look_at_file(struct view *v, const char *path,
                         const struct packet_ports *ports)
{
    struct err err;
    struct capture_source *source;
    struct capture_block block;
    if (capture_source_open(&source, path, &err) != ERR_OK)
        return false;
    ck_assert_int_eq(capture_block_init(&block, &err), ERR_OK);
    int got;
    while ((got = capture_source_read(source, &block, &err)) > 0)
        for (size_t i = 0; i < block.count; i++)
            look_at(v, &block.frames[i], ports);
    ck_assert_int_eq(got, 0);
    capture_block_fini(&block);
    capture_source_close(source);
    return true;
}

/* Columns of dns_transaction (src/store/schema.sql). */
enum { X_QUERY = 1, X_RESPONSE = 2 };

static enum err_code collect(void *context, const char *table,
                             const struct facts_value *values, size_t count,
                             struct err *err)
{
    (void)err;
    struct view *v = context;
    ck_assert_uint_gt(count, 0);
    if (strcmp(table, "dns_transaction") != 0 ||
        values[X_QUERY].type == FACTS_NULL ||
        values[X_RESPONSE].type == FACTS_NULL)
        return ERR_OK;
    const uint64_t query = (uint64_t)values[X_QUERY].as.integer;
    const uint64_t response = (uint64_t)values[X_RESPONSE].as.integer;
    frame_of(v, response)->query = query;
    return ERR_OK;
}

static struct view view_of(const char *path)
{
    struct view v = {0};
    struct pipeline_options options;
    pipeline_options_init(&options);
    options.transactions = true;
    v.opened = look_at_file(&v, path, &options.ports);
    if (!v.opened)
        return v;
    const struct facts_sink sink = {&v, collect};
    struct pipeline_result result;
    struct err err;
    ck_assert_msg(pipeline_run(&options, &path, 1, &sink, &result, &err) ==
                      ERR_OK,
                  "%s: %s", path, err.text);
    return v;
}

/* --- classes of difference ----------------------------------------------- */

enum message_class {
    M_EQUAL,
    M_FORMAT,
    M_DEEP,
    M_TUNNEL,
    M_FRAGMENT,
    M_LINK,
    M_UDP,
    M_SHORT,
    M_BEHIND_DAMAGE,
    M_UNEXPLAINED,
    M_CLASSES
};

enum pair_class {
    P_EQUAL,
    P_NOT_BOTH,
    P_FIRST_ATTEMPT,
    P_OPCODE,
    P_QUESTION,
    P_NO_QUESTION,
    P_HORIZON,
    P_CLOCK,
    P_MALFORMED,
    P_EARLY,
    P_UNEXPLAINED,
    P_CLASSES
};

static const char *const message_text[M_CLASSES] = {
    [M_EQUAL] = "equal: direction, ID, opcode, rcode, type",
    [M_FORMAT] = "in a file whose format we refuse by name (xz, bzip2, snoop)",
    [M_DEEP] = "nested deeper than we go, as no real packet is",
    [M_TUNNEL] = "inside a tunnel that is not undone",
    [M_FRAGMENT] = "completed from IP fragments: compared by test_packet_truth",
    [M_LINK] = "on a link type that is not read",
    [M_UDP] = "UDP length or port damaged: tshark reads on, we name the fault",
    [M_SHORT] = "fewer than 12 octets: tshark reads half a header from them",
    [M_BEHIND_DAMAGE] = "ours alone: tshark stops at the damage, we go past it",
    [M_UNEXPLAINED] = "UNEXPLAINED",
};

static const char *const pair_text[P_CLASSES] = {
    [P_EQUAL] = "equal",
    [P_NOT_BOTH] = "query or response is not a message to us (above)",
    [P_FIRST_ATTEMPT] = "one transaction: tshark names a later attempt",
    [P_OPCODE] = "not opcode QUERY: counted by us, not matched",
    [P_QUESTION] = "other questions: tshark does not compare them",
    [P_NO_QUESTION] = "the query's question cannot be read",
    [P_HORIZON] = "more than 30 s apart: tshark never gives up",
    [P_CLOCK] = "the clock stepped back over 1 s in between",
    [P_MALFORMED] = "ours alone: tshark gives up a message with a fault",
    [P_EARLY] = "ours alone: the response was captured before its query",
    [P_UNEXPLAINED] = "UNEXPLAINED",
};

static enum message_class class_of_undecoded(enum packet_status status)
{
    switch (status) {
    case PACKET_FRAGMENT:
        return M_FRAGMENT;
    case PACKET_LINK_UNSUPPORTED:
        return M_LINK;
    case PACKET_TOO_DEEP:
        return M_DEEP;
    case PACKET_TUNNEL:
        return M_TUNNEL;
    case PACKET_BAD_UDP:
        return M_UDP;
    default:
        return M_UNEXPLAINED;
    }
}

static bool same_message(const struct truth *t, const struct dns_message *dns)
{
    return t->id == dns->id && t->opcode == dns->opcode &&
           t->qr == dns_message_is_response(dns) &&
           (t->qr == 0 || t->rcode == (dns->flags & 15)) &&
           (t->qtype < 0 || !(dns->has & DNS_HAS_QUESTION) ||
            t->qtype == dns->qtype);
}

static enum message_class message_class_of(const struct truth *t,
                                           struct view *v)
{
    if (!v->opened)
        return M_FORMAT;
    const struct seen *s = frame_of(v, t->frame);
    /* A tunnel on another port than its own is UDP to us, with ports inside
     * that tshark shows. */
    if (s->packet == PACKET_UDP_OTHER)
        return M_TUNNEL;
    if (!s->datagram)
        return class_of_undecoded(s->packet);
    if (!s->read)
        return M_SHORT;
    return same_message(t, &s->message.dns) ? M_EQUAL : M_UNEXPLAINED;
}

static bool has_question(const struct seen *s)
{
    return (s->message.dns.has & DNS_HAS_QUESTION) != 0;
}

static bool same_question(const struct seen *a, const struct seen *b)
{
    return a->message.dns.qname_hash == b->message.dns.qname_hash &&
           a->message.dns.qtype == b->message.dns.qtype &&
           a->message.dns.qclass == b->message.dns.qclass;
}

static bool clock_stepped(struct view *v, uint64_t from, uint64_t to)
{
    int64_t newest = INT64_MIN;
    for (uint64_t i = from; i <= to; i++) {
        const int64_t time_ns = frame_of(v, i)->time_ns;
        if (newest != INT64_MIN && time_ns < newest - 1000000000)
            return true;
        if (time_ns > newest)
            newest = time_ns;
    }
    return false;
}

/* A pair of tshark's. */
static enum pair_class pair_class_of(const struct truth *t, struct view *v)
{
    if (!v->opened)
        return P_NOT_BOTH;
    const struct seen r = *frame_of(v, t->frame);
    const struct seen q = *frame_of(v, t->response_to);
    if (r.query == t->response_to)
        return P_EQUAL;
    if (!q.read || !r.read)
        return P_NOT_BOTH;
    if (r.message.dns.opcode != DNS_QUERY)
        return P_OPCODE;
    if (!has_question(&q))
        return P_NO_QUESTION;
    if (has_question(&r) && !same_question(&q, &r))
        return P_QUESTION;
    if (t->seconds > 30)
        return P_HORIZON;
    if (r.query && r.query < t->response_to &&
        same_question(frame_of(v, r.query), &q))
        return P_FIRST_ATTEMPT;
    if (clock_stepped(v, t->response_to, t->frame))
        return P_CLOCK;
    return P_UNEXPLAINED;
}

/* A pair that is ours alone. */
static enum pair_class own_pair_class_of(const struct truth *t, uint64_t frame,
                                         struct view *v)
{
    const struct seen r = *frame_of(v, frame);
    const struct seen q = *frame_of(v, r.query);
    if (r.query > frame)
        return P_EARLY;
    if ((t && t->malformed) || r.message.dns.status != DNS_OK ||
        q.message.dns.status != DNS_OK)
        return P_MALFORMED;
    return P_UNEXPLAINED;
}

/* --- comparing ----------------------------------------------------------- */

struct tally {
    unsigned long messages[M_CLASSES];
    unsigned long pairs[P_CLASSES];
    unsigned long files;
};

static void count_message(struct tally *tally, enum message_class class,
                          const char *file, uint64_t frame)
{
    tally->messages[class]++;
    if (class == M_UNEXPLAINED)
        printf("%s: frame %lu: message differs\n", file, (unsigned long)frame);
}

static void count_pair(struct tally *tally, enum pair_class class,
                       const char *file, uint64_t frame)
{
    tally->pairs[class]++;
    if (class == P_UNEXPLAINED)
        printf("%s: frame %lu: pair differs\n", file, (unsigned long)frame);
}

static void compare(struct tally *tally, const char *file, uint64_t frames)
{
    char path[512];
    snprintf(path, sizeof path, FOLDER "%s", file);
    struct truths truths = truths_of(file);
    struct view v = view_of(path);
    const size_t seen = v.count;
    const struct truth **at = calloc(seen + 1, sizeof *at);
    ck_assert_ptr_nonnull(at);
    for (size_t i = 0; i < truths.count; i++) {
        const struct truth *t = &truths.rows[i];
        if (t->frame < seen && !(at[t->frame] && at[t->frame]->response_to))
            at[t->frame] = t;
        if (!t->counted)
            continue;
        count_message(tally, message_class_of(t, &v), file, t->frame);
        if (t->response_to)
            count_pair(tally, pair_class_of(t, &v), file, t->frame);
    }
    for (size_t i = 1; i < seen; i++) {
        if (v.frames[i].read && !at[i])
            count_message(tally, i > frames ? M_BEHIND_DAMAGE : M_UNEXPLAINED,
                          file, i);
        /* Over TCP a frame may hold many messages: that comparison is the
         * stream reassembly's own. */
        if (v.frames[i].read && v.frames[i].query &&
            !(at[i] && at[i]->response_to))
            count_pair(tally, own_pair_class_of(at[i], i, &v), file, i);
    }
    tally->files++;
    free(at);
    free(truths.rows);
    free(v.frames);
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

START_TEST(every_difference_to_tshark_is_explained)
{
    FILE *manifest = fopen(FOLDER "MANIFEST.tsv", "r");
    if (!manifest) {
        puts("the public captures (" FOLDER ") are not here: not compared");
        return;
    }
    struct tally tally = {0};
    compare_all(&tally, manifest);
    fclose(manifest);
    printf("%lu captures against tshark\n", tally.files);
    for (int i = 0; i < M_CLASSES; i++)
        printf("%7lu messages %s\n", tally.messages[i], message_text[i]);
    for (int i = 0; i < P_CLASSES; i++)
        printf("%7lu pairs    %s\n", tally.pairs[i], pair_text[i]);
    ck_assert_uint_eq(tally.messages[M_UNEXPLAINED], 0);
    ck_assert_uint_eq(tally.pairs[P_UNEXPLAINED], 0);
    ck_assert_uint_gt(tally.messages[M_EQUAL], 20000);
    ck_assert_uint_gt(tally.pairs[P_EQUAL], 3500);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pipeline_truth");
    TCase *tc = tcase_create("tshark");
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, every_difference_to_tshark_is_explained);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
