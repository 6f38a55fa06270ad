/* Transactions from messages: each row is a short script of queries and
 * responses, and what must be told about it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/name.h"
#include "exchange/exchange.h"
#include "util/hash.h"

#define MS INT64_C(1000000)
#define S  (1000 * MS)

enum { STEPS = 12, TOLD = 12 };

/* One message. */
struct step {
    double at_s;
    char what; /* q, r; Q, R with a repeated IP ID; e: response, no question;
                  ICMP errors: x port unreachable that quotes the query, y the
                  same but no more than its ports, b that it is too big, t
                  about TCP; X port unreachable that quotes the response, Y no
                  more than its ports */
    const char *name;
    uint16_t type;
    uint16_t id;
    uint8_t rcode;
    uint8_t server;  /* last octet, 0 = 53 */
    uint16_t port;   /* of the client, 0 = 40000 */
    uint8_t address; /* in the answer, last octet; 0 = no answer */
    uint32_t vni;    /* of the tunnel it was in, 0 = none */
    double held_s;   /* before at_s: its own time, when fragments or a stream
                      held it */
    bool untimed;
};

struct told {
    uint8_t outcome;
    double wait_s, service_s; /* -1 = unknown */
    uint16_t attempts, responses;
};

struct script {
    const char *name;
    struct step steps[STEPS];
    struct told told[TOLD]; /* in the order told; ends with attempts 0 */
    struct exchange_match_counters counters;
    unsigned duplicates, second_same, second_other;
};

#define ANSWERED(wait, service, attempts)                                      \
    {                                                                          \
        EXCHANGE_ANSWERED, wait, service, attempts, 1                          \
    }
#define LATE(wait, service, attempts, responses)                               \
    {                                                                          \
        EXCHANGE_LATE, wait, service, attempts, responses                      \
    }
#define UNANSWERED(attempts)                                                   \
    {                                                                          \
        EXCHANGE_UNANSWERED, -1, -1, attempts, 0                               \
    }
#define OPEN(attempts)                                                         \
    {                                                                          \
        EXCHANGE_OPEN_AT_END, -1, -1, attempts, 0                              \
    }
/* attempts of an orphan are 0, which would end the list: told as 99 */
#define ORPHAN                                                                 \
    {                                                                          \
        EXCHANGE_ORPHANED, -1, -1, 99, 1                                       \
    }

static const struct script scripts[] = {
    {"a query and its answer",
     {{0, 'q', "a.example", 1, 1}, {.01, 'r', "a.example", 1, 1}},
     {ANSWERED(.01, .01, 1)}},
    {"two questions open under one ID are told apart",
     {{0, 'q', "a.example", 1, 1},
      {.001, 'q', "a.example", 28, 1},
      {.002, 'r', "a.example", 28, 1},
      {.004, 'r', "a.example", 1, 1}},
     {ANSWERED(.001, .001, 1), ANSWERED(.004, .004, 1)}},
    {"the name is compared without case, and the difference counted",
     {{0, 'q', "WwW.Example", 1, 1}, {.01, 'r', "www.example", 1, 1}},
     {ANSWERED(.01, .01, 1)},
     .counters = {.case_mismatches = 1}},
    {"an answer for another name is an orphan, the query stays unanswered",
     {{0, 'q', "a.example", 1, 1},
      {.01, 'r', "b.example", 1, 1},
      {40, 'q', "c.example", 1, 2},
      {40.01, 'r', "c.example", 1, 2}},
     {UNANSWERED(1), ORPHAN, ANSWERED(.01, .01, 1)},
     .counters = {.question_mismatches = 1}},
    {"an answer without a question goes to the oldest open one",
     {{0, 'q', "a.example", 1, 1},
      {.001, 'q', "b.example", 1, 1},
      {.01, 'e', "", 0, 1, DNS_FORMERR},
      {.02, 'r', "b.example", 1, 1}},
     {ANSWERED(.01, .01, 1), ANSWERED(.019, .019, 1)}},
    {"a retransmission is an attempt; wait from the first, service from the "
     "one that was answered",
     {{0, 'q', "a.example", 1, 1},
      {5, 'q', "a.example", 1, 1},
      {5.01, 'r', "a.example", 1, 1},
      {45, 'q', "z.example", 1, 9},
      {45.01, 'r', "z.example", 1, 9}},
     {ANSWERED(5.01, .01, 2), ANSWERED(.01, .01, 1)}},
    {"as many answers as attempts: the first answer is the first attempt's, "
     "and late",
     {{0, 'q', "a.example", 1, 1},
      {1, 'q', "a.example", 1, 1},
      {1.2, 'r', "a.example", 1, 1},
      {2.2, 'r', "a.example", 1, 1}},
     {LATE(1.2, 1.2, 2, 2)},
     .second_same = 1},
    {"an answer faster than this server ever was belongs to the attempt before"
     " where the server has been so slow",
     {{0, 'q', "a.example", 1, 1},
      {.02, 'r', "a.example", 1, 1},
      {1, 'q', "s.example", 1, 3},
      {4, 'r', "s.example", 1, 3},
      {10, 'q', "b.example", 1, 2},
      {15, 'q', "b.example", 1, 2},
      {15.001, 'r', "b.example", 1, 2},
      {50, 'q', "z.example", 1, 9},
      {50.02, 'r', "z.example", 1, 9}},
     {ANSWERED(.02, .02, 1), ANSWERED(3, 3, 1), LATE(5.001, 5.001, 2, 1),
      ANSWERED(.02, .02, 1)}},
    {"... and to the newest where it has not: some samples are no bound",
     {{0, 'q', "a.example", 1, 1},
      {.02, 'r', "a.example", 1, 1},
      {10, 'q', "b.example", 1, 2},
      {15, 'q', "b.example", 1, 2},
      {15.001, 'r', "b.example", 1, 2},
      {50, 'q', "z.example", 1, 9},
      {50.02, 'r', "z.example", 1, 9}},
     {ANSWERED(.02, .02, 1), ANSWERED(5.001, .001, 2), ANSWERED(.02, .02, 1)}},
    {"an answer after the client's patience is late",
     {{0, 'q', "a.example", 1, 1}, {6, 'r', "a.example", 1, 1}},
     {LATE(6, 6, 1, 1)}},
    {"a repeat of an answered query is a new transaction",
     {{0, 'q', "a.example", 1, 1, 0},
      {.001, 'r', "a.example", 1, 1, DNS_SERVFAIL},
      {.0012, 'q', "a.example", 1, 1},
      {.002, 'r', "a.example", 1, 1, DNS_SERVFAIL}},
     {ANSWERED(.001, .001, 1), ANSWERED(.0008, .0008, 1)},
     .counters = {.repeated = 1}},
    {"after 5 s too: an answered A asked again with port and ID of before",
     {{0, 'q', "a.example", 1, 1},
      {.0003, 'r', "a.example", 1, 1},
      {5, 'q', "a.example", 1, 1},
      {5.0003, 'r', "a.example", 1, 1}},
     {ANSWERED(.0003, .0003, 1), ANSWERED(.0003, .0003, 1)}},
    {"a second equal answer is counted, not told again",
     {{0, 'q', "a.example", 1, 1},
      {.01, 'r', "a.example", 1, 1, 0, 0, 0, 1},
      {.03, 'r', "a.example", 1, 1, 0, 0, 0, 1}},
     {ANSWERED(.01, .01, 1)},
     .second_same = 1},
    {"a second answer that says something else is told apart",
     {{0, 'q', "a.example", 1, 1},
      {.01, 'r', "a.example", 1, 1, 0, 0, 0, 1},
      {.03, 'r', "a.example", 1, 1, 0, 0, 0, 2}},
     {ANSWERED(.01, .01, 1)},
     .second_other = 1},
    {"an answer from another address is dropped by the client",
     {{0, 'q', "a.example", 1, 1},
      {.01, 'r', "a.example", 1, 1, 0, 99},
      {60, 'q', "z.example", 1, 9},
      {60.01, 'r', "z.example", 1, 9}},
     {UNANSWERED(1), ORPHAN, ANSWERED(.01, .01, 1)},
     .counters = {.address_mismatches = 1}},
    {"an answer up to 50 ms before its query is its answer, not measured",
     {{0, 'q', "z.example", 1, 9},
      {.001, 'r', "z.example", 1, 9},
      {1, 'r', "a.example", 1, 1},
      {1.04, 'q', "a.example", 1, 1}},
     {ANSWERED(.001, .001, 1), {EXCHANGE_ANSWERED, -1, -1, 1, 1}},
     .counters = {.reordered = 1}},
    {"an answer longer before is an orphan, and the query unanswered",
     {{0, 'r', "a.example", 1, 1},
      {.1, 'q', "a.example", 1, 1},
      {40, 'q', "z.example", 1, 9},
      {40.001, 'r', "z.example", 1, 9}},
     {ORPHAN, UNANSWERED(1), ANSWERED(.001, .001, 1)}},
    {"a time stamp that goes back a little clamps to no wait, not measured",
     {{0, 'q', "a.example", 1, 1}, {-.0005, 'r', "a.example", 1, 1}},
     {{EXCHANGE_ANSWERED, -1, -1, 1, 1}},
     .counters = {.reordered = 1}},
    {"a clock that steps back ends what is open as unknown",
     {{100, 'q', "a.example", 1, 1},
      {50, 'q', "b.example", 1, 2},
      {50.01, 'r', "b.example", 1, 2}},
     {OPEN(1), ANSWERED(.01, .01, 1)},
     .counters = {.clock_steps = 1}},
    {"a clock that leaps forward as well, without walking the years",
     {{0, 'q', "a.example", 1, 1},
      {3e8, 'q', "b.example", 1, 2},
      {3e8 + .01, 'r', "b.example", 1, 2}},
     {OPEN(1), ANSWERED(.01, .01, 1)},
     .counters = {.clock_steps = 1}},
    {"the first time stamp behind packets without one is no step of a clock",
     {{0, 'q', "a.example", 1, 1, .untimed = true},
      {3e8, 'q', "b.example", 1, 2},
      {3e8 + .01, 'r', "b.example", 1, 2}},
     {OPEN(1), ANSWERED(.01, .01, 1)}},
    {"a query held in a stream is as old as it says, also the first of all",
     {{6, 'q', "a.example", 1, 1, .held_s = 6},
      {6, 'r', "a.example", 1, 1, .held_s = 5}},
     {ANSWERED(1, 1, 1)}},
    {"what was held while the clock was set back is timed when it came out",
     {{100, 'q', "a.example", 1, 1},
      {50, 'Q', "b.example", 1, 2, .held_s = -51},
      {50.001, 'Q', "b.example", 1, 2},
      {50.01, 'r', "b.example", 1, 2}},
     {OPEN(1), ANSWERED(.01, .01, 1)},
     .counters = {.clock_steps = 1},
     .duplicates = 1},
    {"and so is what was held while it leapt forward",
     {{0, 'q', "a.example", 1, 1},
      {3e8, 'q', "b.example", 1, 2, .held_s = 3e8},
      {3e8 + .01, 'r', "b.example", 1, 2}},
     {OPEN(1), ANSWERED(.01, .01, 1)},
     .counters = {.clock_steps = 1}},
    {"from one end of time to the other, nothing is older than it can be",
     {{7e9, 'q', "a.example", 1, 1},
      {-7e9, 'Q', "b.example", 1, 2, .held_s = -1.4e10},
      {-7e9, 'Q', "b.example", 1, 2},
      {-7e9, 'r', "c.example", 1, 3, .held_s = -1.4e10},
      {7e9, 'q', "d.example", 1, 4, .held_s = 1.4e10},
      {7e9, 'r', "d.example", 1, 4}},
     {OPEN(1), OPEN(1), ORPHAN, ANSWERED(0, 0, 1)},
     .counters = {.clock_steps = 2},
     .duplicates = 1},
    {"an attempt before the one it repeats waited for nothing",
     {{0, 'q', "a.example", 1, 1},
      {-.5, 'q', "a.example", 1, 1},
      {-.6, 'q', "a.example", 1, 1},
      {.1, 'r', "a.example", 1, 1},
      {50, 'q', "z.example", 1, 9},
      {50.01, 'r', "z.example", 1, 9}},
     {ANSWERED(.1, .1, 3), ANSWERED(.01, .01, 1)}},
    {"younger than the client's patience at the end: open, not unanswered",
     {{0, 'q', "a.example", 1, 1}, {4, 'q', "b.example", 1, 2}},
     {OPEN(1), OPEN(1)}},
    {"older than it at the end: unanswered",
     {{0, 'q', "a.example", 1, 1}, {6, 'q', "b.example", 1, 2}},
     {UNANSWERED(1), OPEN(1)}},
    {"an answer within the horizon is still seen",
     {{0, 'q', "a.example", 1, 1}, {29, 'r', "a.example", 1, 1}},
     {LATE(29, 29, 1, 1)}},
    {"a copy of an orphan is a duplicate, not a second orphan",
     {{0, 'R', "a.example", 1, 1},
      {.0005, 'R', "a.example", 1, 1},
      {.1, 'q', "z.example", 1, 9},
      {.11, 'r', "z.example", 1, 9}},
     {ORPHAN, ANSWERED(.01, .01, 1)},
     .duplicates = 1},
    {"an answer beyond the horizon is an orphan",
     {{0, 'q', "a.example", 1, 1}, {60, 'r', "a.example", 1, 1}},
     {UNANSWERED(1), ORPHAN}},
    {"one sending seen twice is a duplicate, not an attempt",
     {{0, 'Q', "a.example", 1, 1},
      {.0001, 'Q', "a.example", 1, 1},
      {.01, 'R', "a.example", 1, 1},
      {.0101, 'R', "a.example", 1, 1}},
     {ANSWERED(.01, .01, 1)},
     .duplicates = 2},
    {"the same ID on another port is another transaction",
     {{0, 'q', "a.example", 1, 1},
      {.001, 'q', "a.example", 1, 1, 0, 0, 40001},
      {.01, 'r', "a.example", 1, 1, 0, 0, 40001},
      {.02, 'r', "a.example", 1, 1}},
     {ANSWERED(.009, .009, 1), ANSWERED(.02, .02, 1)}},
    {"refused by ICMP is not unanswered",
     {{0, 'q', "a.example", 1, 1}, {.0001, 'x', "a.example", 1, 1}},
     {{EXCHANGE_REFUSED, -1, -1, 1, 0}},
     .counters = {.icmp_refusals = 1}},
    {"an ICMP error about an answered query changes nothing",
     {{0, 'q', "a.example", 1, 1},
      {.001, 'r', "a.example", 1, 1},
      {.002, 'x', "a.example", 1, 1}},
     {ANSWERED(.001, .001, 1)},
     .counters = {.icmp_unmatched = 1}},
    {"a client that closed its port after another server's answer",
     {{0, 'q', "a.example", 1, 1},
      {.001, 'r', "a.example", 1, 1},
      {.002, 'X', "a.example", 1, 1}},
     {ANSWERED(.001, .001, 1)},
     .counters = {.icmp_of_responses = 1}},
    {"refused once, however often that is told",
     {{0, 'q', "a.example", 1, 1},
      {.0001, 'x', "a.example", 1, 1},
      {.0002, 'x', "a.example", 1, 1}},
     {{EXCHANGE_REFUSED, -1, -1, 1, 0}},
     .counters = {.icmp_refusals = 1, .icmp_repeated = 1}},
    {"an error that quotes the ports alone ends their oldest question",
     {{0, 'q', "a.example", 1, 1},
      {.0001, 'q', "a.example", 28, 2},
      {.0002, 'q', "a.example", 1, 1, 0, 0, 40001},
      {.0003, 'y', "a.example", 1, 0},
      {.0004, 'r', "a.example", 28, 2},
      {.0005, 'y', "a.example", 1, 0},
      {.0006, 'y', "a.example", 1, 0, 0, 54}},
     {{EXCHANGE_REFUSED, -1, -1, 1, 0}, ANSWERED(.0003, .0003, 1), OPEN(1)},
     .counters = {.icmp_refusals = 1, .icmp_repeated = 1, .icmp_unmatched = 1}},
    {"ports alone say whether a query or a response is quoted",
     {{0, 'q', "a.example", 1, 1}, {.0001, 'Y', "a.example", 1, 0}},
     {OPEN(1)},
     .counters = {.icmp_of_responses = 1}},
    {"a query that was too big is not refused",
     {{0, 'q', "a.example", 1, 1},
      {.0001, 'b', "a.example", 1, 1},
      {.01, 'r', "a.example", 1, 1}},
     {ANSWERED(.01, .01, 1)},
     .counters = {.icmp_hints = 1}},
    {"an error about a segment ends no question",
     {{0, 'q', "a.example", 1, 1},
      {.0001, 't', "a.example", 1, 1},
      {.01, 'r', "a.example", 1, 1}},
     {ANSWERED(.01, .01, 1)},
     .counters = {.icmp_of_segments = 1}},
    {"an answer after all is no second one",
     {{0, 'q', "a.example", 1, 1},
      {.0001, 'x', "a.example", 1, 1},
      {.01, 'r', "a.example", 1, 1, 0, 0, 0, 9},
      {.02, 'x', "a.example", 1, 1}},
     {{EXCHANGE_REFUSED, -1, -1, 1, 0}},
     .counters = {.icmp_refusals = 1, .icmp_unmatched = 1}},
    {"the same question after an error is a new transaction",
     {{0, 'q', "a.example", 1, 1},
      {.0001, 'x', "a.example", 1, 1},
      {.5, 'q', "a.example", 1, 1},
      {.51, 'r', "a.example", 1, 1}},
     {{EXCHANGE_REFUSED, -1, -1, 1, 0}, ANSWERED(.01, .01, 1)},
     .counters = {.icmp_refusals = 1, .repeated = 1}},
    {"musl: one question to two servers, same port and ID, is two",
     {{0, 'q', "a.example", 1, 1},
      {.0001, 'q', "a.example", 1, 1, 0, 54},
      {.01, 'r', "a.example", 1, 1, 0, 54},
      {.02, 'r', "a.example", 1, 1}},
     {ANSWERED(.0099, .0099, 1), ANSWERED(.02, .02, 1)}},
    {"tenants with equal addresses, ports and IDs do not mix",
     {{0, 'q', "a.example", 1, 1, .vni = 7},
      {.001, 'q', "a.example", 1, 1, .vni = 8},
      {.002, 'r', "a.example", 1, 1, .vni = 8},
      {.004, 'r', "a.example", 1, 1, .vni = 7}},
     {ANSWERED(.001, .001, 1), ANSWERED(.004, .004, 1)}},
    {"one tenant's answer is not another's",
     {{0, 'q', "a.example", 1, 1, .vni = 7},
      {.002, 'r', "a.example", 1, 1, .vni = 8},
      {6, 'q', "z.example", 1, 9, .vni = 7}},
     {ORPHAN, UNANSWERED(1), OPEN(1)}},
    {"outside of its tunnel it is the same query, and the same answer",
     {{0, 'Q', "a.example", 1, 1},
      {.0001, 'Q', "a.example", 1, 1, .vni = 7},
      {.01, 'R', "a.example", 1, 1, .vni = 7},
      {.0101, 'R', "a.example", 1, 1}},
     {ANSWERED(.01, .01, 1)},
     .duplicates = 2},
    {"... and in whose tunnel it was seen is remembered",
     {{0, 'Q', "a.example", 1, 1},
      {.0001, 'Q', "a.example", 1, 1, .vni = 7},
      {.001, 'q', "a.example", 1, 1, .vni = 8},
      {.002, 'r', "a.example", 1, 1, .vni = 8},
      {.004, 'r', "a.example", 1, 1, .vni = 7}},
     {ANSWERED(.001, .001, 1), ANSWERED(.004, .004, 1)},
     .duplicates = 1},
};

/* --- playing a script ---------------------------------------------------- */

struct heard {
    struct exchange_transaction told[64];
    size_t count;
    unsigned duplicates, second_same, second_other;
};

static void hear(void *context, const struct exchange_events *events)
{
    struct heard *h = context;
    for (size_t i = 0; i < events->message_count; i++) {
        const uint8_t kind = events->messages[i].kind;
        h->duplicates += kind == EXCHANGE_DUPLICATE;
        h->second_same += kind == EXCHANGE_SECOND_SAME;
        h->second_other += kind == EXCHANGE_SECOND_OTHER;
    }
    for (size_t i = 0; i < events->transaction_count; i++) {
        ck_assert_uint_lt(h->count, 64);
        h->told[h->count++] = events->transactions[i];
    }
}

/* A wire message of a step into `out`. */
static size_t write_message(const struct step *s, uint8_t out[512])
{
    const bool response = strchr("rReXY", s->what) != NULL;
    const bool question = s->what != 'e';
    const uint8_t header[12] = {(uint8_t)(s->id >> 8),
                                (uint8_t)s->id,
                                response ? 0x81 : 0x01,
                                (uint8_t)(response ? 0x80 | s->rcode : 0),
                                0,
                                question,
                                0,
                                s->address != 0};
    memcpy(out, header, sizeof header);
    size_t n = sizeof header;
    if (!question)
        return n;
    for (const char *label = s->name; *label;) {
        const size_t len = strcspn(label, ".");
        out[n++] = (uint8_t)len;
        memcpy(out + n, label, len); /* case kept */
        n += len;
        label += len + (label[len] == '.');
    }
    const uint8_t tail[5] = {0, 0, (uint8_t)s->type, 0, 1};
    memcpy(out + n, tail, sizeof tail);
    n += sizeof tail;
    if (s->address) {
        const uint8_t answer[16] = {0xc0, 12, 0, 1, 0,   1, 0, 0,
                                    0,    60, 0, 4, 192, 0, 2, s->address};
        memcpy(out + n, answer, sizeof answer);
        n += sizeof answer;
    }
    return n;
}

static int64_t time_of(double at_s)
{
    return 1000 * S + (int64_t)(at_s * 1e9 + (at_s < 0 ? -.5 : .5));
}

static struct packet_ports dns;

static void play(struct exchange *x, const struct step *s, uint64_t frame)
{
    static const uint8_t client[4] = {10, 0, 0, 1};
    const uint8_t server[4] = {10, 0, 0, s->server ? s->server : 53};
    const uint16_t port = s->port ? s->port : 40000;
    const bool response = strchr("rReXY", s->what) != NULL;
    const bool error = strchr("xybtXY", s->what) != NULL;
    const bool ports_only = strchr("yYt", s->what) != NULL;
    const bool same_id = s->what == 'Q' || s->what == 'R';
    uint8_t octets[512];
    const size_t n = write_message(s, octets);
    const struct packet_datagram d = {
        .payload = {octets, ports_only ? 0 : n},
        .payload_octets = (uint32_t)n,
        .transport = s->what == 't' ? PACKET_TCP : PACKET_UDP,
        .icmp_source = response ? client : server,
        .icmp_kind = s->what == 'b' ? PACKET_ICMP_TOO_BIG : PACKET_ICMP_PORT,
        .source = response ? server : client,
        .destination = response ? client : server,
        .source_port = response ? 53 : port,
        .destination_port = response ? port : 53,
        .ip_id = (uint16_t)(same_id ? 7 : 100 + frame),
        .vni = s->vni,
        .address_octets = 4,
    };
    struct exchange_message m;
    if (error)
        exchange_message_read_quote(&d, &dns, 1, &m);
    else
        exchange_message_read(&d, 1, &m);
    m.clock_ns = time_of(s->at_s);
    m.time_ns = m.seen.time_ns = time_of(s->at_s - s->held_s);
    m.timed = !s->untimed;
    m.frame = frame;
    if (error)
        exchange_refuse(x, &m, &d);
    else
        exchange_take(x, &m, 1);
}

static int64_t ns_of(double seconds)
{
    return seconds < 0 ? EXCHANGE_UNKNOWN_NS : (int64_t)(seconds * 1e9 + .5);
}

/* Doubles far from 0 do not hold every nanosecond. */
static bool near(int64_t a, int64_t b)
{
    return a == b || (a != EXCHANGE_UNKNOWN_NS && b != EXCHANGE_UNKNOWN_NS &&
                      llabs(a - b) < 1000);
}

static struct exchange *new_exchange(struct heard *h, struct budget *budget)
{
    const struct exchange_options options = {
        .timeout_ns = 5 * S, .seed = 1, .listener = {h, hear}};
    struct exchange *x;
    struct err err;
    ck_assert_int_eq(exchange_new(&x, &options, budget, &err), ERR_OK);
    return x;
}

START_TEST(script_is_told_as_expected)
{
    const struct script *script = &scripts[_i];
    struct heard h = {0};
    struct budget budget = {.limit = 64 << 20};
    struct exchange *x = new_exchange(&h, &budget);
    double end_s = 0;
    for (unsigned i = 0; i < STEPS && script->steps[i].name; i++) {
        play(x, &script->steps[i], i + 1);
        end_s = script->steps[i].at_s;
    }
    exchange_end(x, 1000 * S + (int64_t)(end_s * 1e9));

    size_t want = 0;
    while (want < TOLD && script->told[want].attempts)
        want++;
    ck_assert_msg(h.count == want, "%s: told %zu, not %zu", script->name,
                  h.count, want);
    for (size_t i = 0; i < want; i++) {
        const struct told *w = &script->told[i];
        const struct exchange_transaction *t = &h.told[i];
        const bool orphan = w->outcome == EXCHANGE_ORPHANED;
        ck_assert_msg(t->outcome == w->outcome, "%s: %zu: outcome %d, not %d",
                      script->name, i, t->outcome, w->outcome);
        ck_assert_msg(near(t->wait_ns, ns_of(w->wait_s)), "%s: %zu: wait %ld",
                      script->name, i, (long)t->wait_ns);
        ck_assert_msg(near(t->service_ns, ns_of(w->service_s)),
                      "%s: %zu: service %ld", script->name, i,
                      (long)t->service_ns);
        ck_assert_msg(t->attempts == (orphan ? 0 : w->attempts),
                      "%s: %zu: %d attempts", script->name, i, t->attempts);
        ck_assert_msg(t->responses == w->responses, "%s: %zu: %d responses",
                      script->name, i, t->responses);
    }
    const struct exchange_match_counters c = exchange_quality(x).match;
    ck_assert_msg(memcmp(&c, &script->counters, sizeof c) == 0,
                  "%s: counters differ", script->name);
    ck_assert_msg(h.duplicates == script->duplicates, "%s: %u duplicates",
                  script->name, h.duplicates);
    ck_assert_msg(h.second_same == script->second_same &&
                      h.second_other == script->second_other,
                  "%s: %u same, %u other", script->name, h.second_same,
                  h.second_other);
    exchange_free(x);
}
END_TEST

/* --- bounds -------------------------------------------------------------- */

struct sum {
    unsigned long outcomes[EXCHANGE_ORPHANED + 1], evicted;
};

static void add_up(void *context, const struct exchange_events *events)
{
    struct sum *sum = context;
    for (size_t i = 0; i < events->transaction_count; i++) {
        sum->outcomes[events->transactions[i].outcome]++;
        sum->evicted += events->transactions[i].evicted;
    }
}

/* `count` queries at one moment, each with its own ID or each to its own
 * server, none answered. */
static struct sum flood(unsigned count, bool one_key, uint64_t *evicted)
{
    struct sum sum = {{0}, 0};
    const struct exchange_options options = {
        .timeout_ns = 5 * S, .seed = 1, .listener = {&sum, add_up}};
    struct budget budget = {.limit = 8 << 20};
    struct exchange *x;
    struct err err;
    ck_assert_int_eq(exchange_new(&x, &options, &budget, &err), ERR_OK);
    for (unsigned i = 0; i < count; i++) {
        const struct step s = {
            .what = 'q',
            .name = "a.example",
            .type = 1,
            .id = (uint16_t)(one_key ? 1 : i),
            .server = (uint8_t)(one_key ? 1 + i % 250 : 0),
        };
        play(x, &s, i + 1);
    }
    *evicted = exchange_quality(x).match.evicted;
    exchange_end(x, 1000 * S);
    exchange_free(x);
    return sum;
}

START_TEST(a_full_table_evicts_the_oldest_and_counts_it)
{
    uint64_t evicted;
    const struct sum sum = flood(10000, false, &evicted);
    ck_assert_uint_gt(evicted, 0);
    ck_assert_uint_eq(sum.evicted, evicted);
    ck_assert_uint_eq(sum.outcomes[EXCHANGE_OPEN_AT_END], 10000);
}
END_TEST

START_TEST(servers_under_one_port_and_id_are_bounded)
{
    uint64_t evicted;
    const struct sum sum = flood(250, true, &evicted);
    ck_assert_uint_eq(evicted, 250 - 64);
    ck_assert_uint_eq(sum.outcomes[EXCHANGE_OPEN_AT_END], 250);
}
END_TEST

int main(void)
{
    packet_ports_add(&dns, 53);
    Suite *suite = suite_create("exchange_match");
    TCase *tc = tcase_create("scripts");
    tcase_add_loop_test(tc, script_is_told_as_expected, 0,
                        sizeof scripts / sizeof *scripts);
    tcase_add_test(tc, a_full_table_evicts_the_oldest_and_counts_it);
    tcase_add_test(tc, servers_under_one_port_and_id_are_bounded);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
