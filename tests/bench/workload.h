/* bench/workload.h: a simulated network and the capture made of it. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "events.h"
#include "frame.h"
#include "random.h"
#include "truth.h"
#include "wire.h"

/* The first frame is captured at 2026-11-01 10:00:00 UTC or soon after. */
#define WORKLOAD_START_US (INT64_C(1793527200) * 1000000)
/* The network ran before, so that a capture begins amid what goes on. */
enum { WORKLOAD_BEFORE_US = 1000000 };

struct workload {
    uint64_t packets; /* still to capture */
    double rate;      /* packets a second, about */
    double trouble;   /* multiplies what goes wrong; 1 is an ordinary day */
    struct random random;
    struct events events;
    struct truth truth, tcp; /* of UDP and everything else; of TCP */
    struct capture capture;
    struct frame frame; /* the one being made */
    struct wire wire;
    uint16_t last_ip_id;
};

/* `what` happens after a random pause, on average `rate` times a second. */
void workload_recur(struct workload *w, uint8_t what, int64_t now_us,
                    double rate);

/* Captures `frame`, if the capture has begun and is not full yet. */
bool workload_capture(struct workload *w, enum truth_frame kind,
                      int64_t now_us);

/* One side of the talk between a client and a server: one question, or two
 * that one call asks under one name, each with its transaction; then, in
 * further steps, the same under other names. */
struct workload_leg {
    const struct host *client, *server;
    uint16_t ports[2]; /* the client's */
    uint16_t ids[2];
    uint8_t server_number;
    bool edns;
    bool counted; /* as a lookup, which began at */
    int64_t first_us;
    bool answered; /* in a step before */
    bool exact;    /* the capture neither loses nor doubles these frames */
    struct truth_transaction seen[2];
    struct search_walk walk;
    struct search_client *searcher; /* whose lookup it is; may be NULL */
};

/* What is asked in a leg. */
struct workload_question {
    const struct wire_name *name;
    uint64_t name_hash;
    uint16_t qtype;
    uint8_t place; /* of its suffix in the search list (search.h) */
};

/* New IDs, and a new port for each question, or one for both. */
void workload_socket(struct workload *w, struct workload_leg *leg, bool shared);

void workload_ask(struct workload *w, struct workload_leg *leg, unsigned which,
                  const struct workload_question *question, int64_t now_us);
/* `wire` holds the response. */
void workload_answer(struct workload *w, struct workload_leg *leg,
                     unsigned which, const struct workload_question *question,
                     uint8_t rcode, int64_t now_us);

/* `frame` holds the TCP segment with the query, or the response, to the first
 * question of `leg`. */
void workload_tcp_message(struct workload *w, struct workload_leg *leg,
                          struct truth_transaction *seen,
                          const struct workload_question *question,
                          bool response, int64_t now_us);

/* Does the capture show a question of the leg that has no answer so far? */
bool workload_leg_is_open(const struct workload_leg *leg);
/* Nothing more will come of what the leg asked under this name; */
void workload_leg_step(struct workload *w, struct workload_leg *leg);
/* ... nor under another. */
void workload_leg_end(struct workload *w, struct workload_leg *leg);

/* A frame that is not DNS, from `from` to some other host. */
void workload_noise(struct workload *w, const struct host *from,
                    int64_t now_us);

/* Runs the whole simulation, until `packets` are captured. */
void workload_run_k8s(struct workload *w);
void workload_run_hicard(struct workload *w);

#endif
