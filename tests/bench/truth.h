/* bench/truth.h: what the capture shows, counted while it is made.
 *
 * The words are the program's (v_summary, v_frames): a query is an attempt, a
 * transaction the attempts of one question from one socket with its answers, a
 * lookup what one call asked, name by name of the search list. Only what is in the capture
 * counts: a frame that the capture lost was never told to this module.
 *
 * What goes over TCP is counted apart, in a truth of its own. Whatever is asked
 * there was asked over UDP before and belongs to the same lookup, so that
 * lookups, clients, servers and names are the same with and without it.
 */
#ifndef BENCH_TRUTH_H
#define BENCH_TRUTH_H

#include <stdio.h>

#include "frame.h"
#include "search.h"
#include "set.h"

/* A client's patience: the program's default for --timeout. */
enum { TRUTH_PATIENCE_US = 5000000 };
/* A lookup that takes longer waited for some timer (reports/thresholds.sql). */
enum { TRUTH_STALL_US = 1000000 };
/* How long an answer is waited for. */
enum { TRUTH_HORIZON_US = 30000000 };

enum truth_frame {
    TRUTH_DNS,     /* UDP, port 53 */
    TRUTH_TCP_DNS, /* TCP, port 53 */
    TRUTH_TCP_OTHER,
    TRUTH_UDP_OTHER,
    TRUTH_MDNS,
    TRUTH_ICMP,
    TRUTH_ARP,
    TRUTH_FRAMES
};

enum { TRUTH_SERVERS = 8, TRUTH_RCODES = 16, TRUTH_TYPES = 256 };

/* What is unanswered was open at the end if it was asked late enough, which
 * only the end can tell. */
struct truth_times {
    int64_t *us;
    size_t count, capacity;
};

struct truth {
    uint64_t frames[TRUTH_FRAMES];
    uint64_t captured_octets;
    int64_t first_us, last_us;
    uint64_t queries, responses, duplicates;
    uint64_t transactions, answered, late, retransmissions, repeats;
    uint64_t orphans, orphans_at_start, answered_at_start;
    uint64_t second_responses;
    uint64_t lookups, failed, stalled;
    uint64_t rcodes[TRUTH_RCODES], types[TRUTH_TYPES];
    struct set clients, servers, names; /* a client asks, a name is asked */
    int64_t fastest_us[TRUTH_SERVERS];  /* sure service times, 0 = none yet */
    struct truth_times unanswered;      /* newest attempts of what was never */
    struct truth_times undecided;       /* ... of lookups that rest on one */
    struct truth_times hopeless;        /* ... and had nothing but failure */
    struct search search;
    uint32_t *waits_us; /* answer - first attempt */
    size_t waits, waits_capacity;
};

/* A question from one socket, as the capture shows it. */
struct truth_transaction {
    int64_t first_us, newest_us, answer_us;
    uint8_t attempts, responses; /* 0 attempts: none seen */
    uint8_t rcode;               /* of the first response */
    bool counted;                /* as answered or late */
};

/* A DNS message. */
struct truth_message {
    const struct host *client, *server;
    uint64_t name_hash;
    uint16_t qtype;
    uint8_t server_number; /* below TRUTH_SERVERS */
    uint8_t rcode;         /* of a response */
};

void truth_fini(struct truth *truth);

/* Every frame, before its message. */
void truth_frame(struct truth *truth, enum truth_frame kind, size_t octets,
                 int64_t time_us);
/* A message that is the copy of the one before it. */
void truth_duplicate(struct truth *truth);
void truth_query(struct truth *truth, struct truth_transaction *transaction,
                 const struct truth_message *message);
void truth_response(struct truth *truth, struct truth_transaction *transaction,
                    const struct truth_message *message);
/* A lookup, which began at `first_us`, and of which the capture shows answers in
 * steps before. Tells how its last step ended, before the transactions of that
 * are settled. */
void truth_lookup(struct truth *truth,
                  const struct truth_transaction *transactions, size_t count,
                  int64_t first_us, bool answered_before);
/* Nothing more will come of `transaction`, or the capture ends. */
void truth_settle(struct truth *truth, struct truth_transaction *transaction);

/* JSON: "summary" holds columns of v_summary, "nearly" those that the program
 * knows within the width of a histogram bucket, "tcp" what `tcp` adds to the
 * summary, which is of UDP. All transactions are settled.
 */
void truth_print(struct truth *truth, const struct truth *tcp, const char *kind,
                 uint64_t seed, FILE *out);

#endif
