/* Whatever floods a run, in the least memory that the command line allows: the
 * table it fills reaches its ceiling and says so, the totals stay exact, and the
 * process is no larger than it was told to be. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pipeline/pipeline.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* What --max-memory must at least be; what a run needs beside it: its blocks,
 * and what the libraries have. */
enum { MEMORY = 32 << 20, BESIDE = 16 << 20 };

/* --- packets ---------------------------------------------------------------- */

enum { PACKET = 256, UDP = 17, TCP = 6, RAW_IP = 101 };

struct packet {
    uint8_t octets[PACKET];
    size_t len;
};

static void put(struct packet *p, uint64_t value, int octets)
{
    while (octets-- > 0)
        p->octets[p->len++] = (uint8_t)(value >> octets * 8);
}

static void put_ipv4(struct packet *p, uint8_t protocol, uint32_t source,
                     uint32_t destination, uint32_t payload_octets)
{
    put(p, 0x4500, 2);
    put(p, 20 + payload_octets, 2);
    put(p, 0, 4); /* identification and fragment */
    put(p, 64u << 8 | protocol, 2);
    put(p, 0, 2);
    put(p, source, 4);
    put(p, destination, 4);
}

/* A query for eight hexadecimal digits below "example". */
static void put_message(struct packet *p, uint32_t id, uint32_t name)
{
    char label[9];
    snprintf(label, sizeof label, "%08x", (unsigned)name);
    put(p, id, 2);
    put(p, 0x0100, 2);
    put(p, 1, 2);
    put(p, 0, 6);
    put(p, 8, 1);
    memcpy(p->octets + p->len, label, 8);
    p->len += 8;
    memcpy(p->octets + p->len, "\7example", 9);
    p->len += 9;
    put(p, 1, 2);
    put(p, 1, 2);
}

enum { MESSAGE = 12 + 9 + 9 + 4, CLIENT = 0x0a000001, SERVER = 0x0a000035 };

static void put_query(struct packet *p, uint32_t client, uint32_t server,
                      uint32_t port, uint32_t id, uint32_t name)
{
    put_ipv4(p, UDP, client, server, 8 + MESSAGE);
    put(p, port, 2);
    put(p, 53, 2);
    put(p, 8 + MESSAGE, 2);
    put(p, 0, 2);
    put_message(p, id, name);
}

/* --- floods: packet number i ------------------------------------------------ */

static void names(struct packet *p, uint32_t i)
{
    put_query(p, CLIENT, SERVER, 40000, i, i);
}

static void clients(struct packet *p, uint32_t i)
{
    put_query(p, 0x0b000000 + i, SERVER, 40000, i, 0);
}

/* The same, but from the middle on each fiftieth is of one more client. */
enum { LATE = 0x0d000001, LATE_FROM = 150000, LATE_EACH = 50 };

static bool is_late(uint32_t i)
{
    return i >= LATE_FROM && i % LATE_EACH == 0;
}

static void late_client(struct packet *p, uint32_t i)
{
    put_query(p, is_late(i) ? LATE : 0x0b000000 + i, SERVER, 40000 + (i >> 16),
              i, 0);
}

static void servers(struct packet *p, uint32_t i)
{
    put_query(p, CLIENT, 0x0b000000 + i, 40000, i, 0);
}

/* Few of each, but each asks each. */
static void pairs(struct packet *p, uint32_t i)
{
    put_query(p, 0x0b000000 + i % 1021, 0x0c000000 + i / 1021, 40000, i, 0);
}

/* Of one client, to one server, for one name. */
static void questions(struct packet *p, uint32_t i)
{
    put_query(p, CLIENT, SERVER, 1024 + i % 60000, i / 60000, 0);
}

/* One question, sent again and again; a trace would have them all. */
static void repeats(struct packet *p, uint32_t i)
{
    put_query(p, CLIENT, SERVER, 40000, 1, 0);
    p->octets[4] = (uint8_t)(i >> 8);
    p->octets[5] = (uint8_t)i;
}

/* Responses that nobody asked for. */
static void answers(struct packet *p, uint32_t i)
{
    put_ipv4(p, UDP, SERVER, CLIENT, 8 + MESSAGE);
    put(p, 53, 2);
    put(p, 1024 + i % 60000, 2);
    put(p, 8 + MESSAGE, 2);
    put(p, 0, 2);
    const size_t at = p->len;
    put_message(p, i / 60000, 0);
    p->octets[at + 2] |= 0x80;
}

/* Connections that announce 65,535 octets and send some. */
static void connections(struct packet *p, uint32_t i)
{
    enum { HELD = 100 };
    put_ipv4(p, TCP, 0x0b000000 + i, SERVER, 20 + HELD);
    put(p, 40000, 2);
    put(p, 53, 2);
    put(p, 1, 4);
    put(p, 1, 4);
    put(p, 0x5010, 2); /* 20 octets of header; ACK */
    put(p, 0xffff, 2);
    put(p, 0, 4);
    put(p, 0xffff, 2);
    put_message(p, i, i);
    p->len = 40 + HELD;
}

/* First fragments whose rest never comes. */
static void fragments(struct packet *p, uint32_t i)
{
    enum { OCTETS = 20 + 40 }; /* but in the last one, a multiple of eight */
    put_query(p, 0x0b000000 + i, SERVER, 40000, i, 0);
    p->octets[3] = OCTETS;
    p->octets[6] = 0x20; /* more of them */
    p->len = OCTETS;
}

static const struct {
    const char *name, *counter; /* that says so */
    void (*make)(struct packet *p, uint32_t i);
    uint32_t packets;
    bool queries; /* each is one */
} floods[] = {
    {"names", "collapsed_names", names, 300000, true},
    {"lookups", "evicted_lookups", names, 300000, true},
    {"clients", "collapsed_clients", clients, 300000, true},
    {"a late client", "collapsed_clients", late_client, 300000, true},
    {"servers", "collapsed_servers", servers, 300000, true},
    {"pairs", "memory_refusals", pairs, 300000, true},
    {"questions", "evicted", questions, 300000, true},
    {"repeats", "evicted_traces", repeats, 60000, true},
    {"answers", "evicted", answers, 300000, false},
    {"connections", "tcp_evicted", connections, 100000, false},
    {"fragments", "fragments_evicted", fragments, 100000, false},
};

/* --- a run ------------------------------------------------------------------ */

/* All packets come in the same second. */
static void write_flood(int fd, int flood)
{
    static const uint32_t head[] = {0xa1b2c3d4, 4 << 16 | 2, 0,
                                    0,          65535,       RAW_IP};
    FILE *out = fdopen(dup(fd), "w");
    ck_assert_ptr_nonnull(out);
    fwrite(head, sizeof head, 1, out);
    for (uint32_t i = 0; i < floods[flood].packets; i++) {
        struct packet p = {.len = 0};
        floods[flood].make(&p, i);
        const uint32_t record[] = {1600000000, i, (uint32_t)p.len,
                                   (uint32_t)p.len};
        fwrite(record, sizeof record, 1, out);
        fwrite(p.octets, p.len, 1, out);
    }
    ck_assert_int_eq(fclose(out), 0);
}

struct sums {
    const char *wanted; /* counter */
    int64_t value, frames, fates, queries, client_queries, server_queries;
    int64_t late_sure, late_above, floor; /* of LATE */
};

static enum err_code add(void *context, const char *table,
                         const struct facts_value *values, size_t count,
                         struct err *err)
{
    enum { QUERIES = 3 }; /* the column of client and server */
    struct sums *s = context;
    (void)count, (void)err;
    if (strcmp(table, "frame_fate") == 0)
        s->fates += values[2].as.integer;
    if (strcmp(table, "client") == 0)
        s->client_queries += values[QUERIES].as.integer;
    if (strcmp(table, "server") == 0)
        s->server_queries += values[QUERIES].as.integer;
    if (strcmp(table, "requester") == 0 &&
        strcmp(values[0].as.text, "13.0.0.1") == 0) {
        s->late_sure = values[2].as.integer;
        s->late_above = values[3].as.integer;
    }
    if (strcmp(table, "counter") != 0)
        return ERR_OK;
    const char *name = values[0].as.text;
    const int64_t value = values[1].as.integer;
    if (strcmp(name, "frames") == 0)
        s->frames = value;
    if (strcmp(name, "query_messages") == 0)
        s->queries = value;
    if (strcmp(name, "requester_floor") == 0)
        s->floor = value;
    if (strcmp(name, s->wanted) == 0)
        s->value = value;
    return ERR_OK;
}

/* The most that this process has been, in octets. */
static long most_octets(void)
{
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss * 1024;
}

START_TEST(a_flood_is_bounded_counted_and_adds_up)
{
    const int fd = memfd_create("flood", 0);
    char path[64];
    const char *const paths[] = {path};
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    write_flood(fd, _i);

    struct pipeline_options options;
    pipeline_options_init(&options);
    const struct facts_trace_choice trace = {.most = 10, .timeout_ns = 1};
    options.max_memory = MEMORY;
    options.trace = &trace;
    struct sums s = {.wanted = floods[_i].counter};
    const struct facts_sink sink = {&s, add};
    struct pipeline_result result;
    struct err err;
    const long before = most_octets();
    const enum err_code rc =
        pipeline_run(&options, paths, 1, &sink, &result, &err);
    const long grown = most_octets() - before;
    close(fd);

    const char *name = floods[_i].name;
    const int64_t packets = floods[_i].packets;
    ck_assert_msg(rc == ERR_OK, "%s: %s", name, err.text);
    ck_assert_msg(s.value > 0, "%s: the ceiling was not reached", name);
    ck_assert_msg(s.frames == packets && s.fates == packets,
                  "%s: %lld frames, %lld fates", name, (long long)s.frames,
                  (long long)s.fates);
    if (floods[_i].queries)
        ck_assert_msg(s.queries == packets && s.client_queries == packets &&
                          s.server_queries == packets,
                      "%s: %lld queries, %lld of clients, %lld of servers",
                      name, (long long)s.queries, (long long)s.client_queries,
                      (long long)s.server_queries);
    if (floods[_i].make == late_client) {
        const int64_t truth = (packets - LATE_FROM) / LATE_EACH;
        ck_assert_msg(s.late_sure > 0 && s.late_sure <= truth &&
                          truth <= s.late_above + s.floor,
                      "%lld queries, not %lld to %lld", (long long)truth,
                      (long long)s.late_sure,
                      (long long)(s.late_above + s.floor));
        ck_assert_int_lt(s.floor, truth);
    }
    ck_assert_msg(SANITIZED || grown <= MEMORY + BESIDE, "%s: %ld octets", name,
                  grown);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pipeline/floods");
    TCase *tc = tcase_create("floods");
    tcase_set_timeout(tc, 20);
    tcase_add_loop_test(tc, a_flood_is_bounded_counted_and_adds_up, 0,
                        ROWS(floods));
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
