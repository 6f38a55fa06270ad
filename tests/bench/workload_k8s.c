/* A Kubernetes cluster: 2,000 pods ask two CoreDNS pods at the service address,
 * which answer cluster names and what they have cached, and ask two upstream
 * servers for the rest. The pods' programs ask as glibc does: A and AAAA at
 * once from one socket, two of five through a search list of four suffixes with
 * ndots:5. Clients are never so eager, nor captures so unlucky, that two calls
 * for one name could be taken for one: a pod makes one call at a time, and
 * pauses when an answer failed to come. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"
#include "slots.h"
#include "workload.h"

enum { PODS = 2000, RESOLVERS = 2 };
enum { UPSTREAM_NUMBER = 2 }; /* of the first upstream server */

static const double packets_per_call = 8.1, noise_share = 0.03;
static const double ipv6_share = 0.05, search_share = 0.40, edns_share = 0.10;

/* How often, of steps, if nothing multiplies it. */
static const double lost_one = 0.006, lost_both = 0.002, lost_twice = 0.0001;
/* ... of external names asked as they are. */
static const double servfail_share = 0.002, slow_share = 0.0002;
static const double truncated_share = 0.002;

static const int64_t retry_us = 5005000, give_up_us = 10010000;
static const int64_t upstream_cached_us = 35000000;
/* Until whatever is unanswered in the capture is history there. */
static const int64_t long_rest_us = TRUTH_HORIZON_US + 1000000;
static const int64_t short_rest_us = 2000000;
/* What comes sooner after a question may be the second half of a pair. */
static const int64_t least_rest_us = 6000;

enum happening {
    CALL, /* some program resolves a name */
    NOISE,
    SEND, /* the subject is a call from here on */
    ANSWER,
    RETRY, /* the stub's timer */
    GIVE_UP,
    UPSTREAM_SEND,
    UPSTREAM_ANSWER,
    TCP_NEXT,
};

enum fate {
    PLAIN = 0,
    LOST_FIRST, /* the first or the second question, on its way, once */
    LOST_SECOND,
    LOST_BOTH,
    LOST_TWICE, /* both, and their repetition */
    SERVFAIL,
    SLOW, /* the answers come after the stub has asked again */
    TRUNCATED,
};

struct pod {
    struct host host;
    int64_t rest_until_us;
    uint8_t namespace;
    bool walks, edns, busy;
};

struct call {
    struct workload_leg stub, upstream;
    struct cluster_wish wish;
    struct wire_name name; /* of this step */
    uint64_t name_hash;
    uint32_t pod;
    uint32_t pending; /* events under way */
    struct truth_transaction tcp_seen;
    uint32_t tcp_sent[2]; /* by the pod, by the server */
    uint16_t tcp_port;
    uint8_t step; /* with suffix `step`; CLUSTER_SUFFIXES: as it is */
    uint8_t fate, round, tcp_frames;
    bool answered[2];
    bool forwarded, in_turn;
    bool open; /* the capture shows no answer to one of its questions */
    bool over;
};

struct k8s {
    struct workload *w;
    struct host service[2], upstream[2], resolvers[RESOLVERS];
    struct pod pods[PODS];
    int64_t cached_until_us[CLUSTER_EXTERNAL];
    struct slots slots;
    struct call calls[SLOTS];
};

/* --- who there is ---------------------------------------------------------- */

static void make_hosts(struct k8s *k)
{
    struct random *random = &k->w->random;
    k->service[0] = host_v4(0x0a60000a);
    k->service[1] = host_v6(0x96, 10);
    for (uint32_t i = 0; i < 2; i++)
        k->upstream[i] = host_v4(0x0a000002 + i);
    for (uint32_t i = 0; i < RESOLVERS; i++)
        k->resolvers[i] = host_v4(0x0af40002 + i);
    for (uint32_t i = 0; i < PODS; i++) {
        const uint32_t address = 0x0af40100 + i;
        k->pods[i] = (struct pod){
            .host = random_chance(random, ipv6_share) ? host_v6(0x244, address)
                                                      : host_v4(address),
            .namespace = (uint8_t)random_below(random, CLUSTER_NAMESPACES),
            .walks = random_chance(random, search_share),
            .edns = random_chance(random, edns_share),
        };
    }
}

/* Everyone who asks, in the order of pods and resolvers. */
static void make_searchers(struct k8s *k)
{
    struct search *search = &k->w->truth.search;
    search->client_count = PODS + RESOLVERS;
    search->clients = calloc(search->client_count, sizeof *search->clients);
    if (!search->clients) {
        perror("generate");
        exit(1);
    }
    for (uint32_t i = 0; i < RESOLVERS; i++)
        search->clients[PODS + i].host = k->resolvers[i];
    for (uint32_t i = 0; i < PODS; i++) {
        const struct pod *pod = &k->pods[i];
        search->clients[i].host = pod->host;
        for (unsigned n = 0; pod->walks && n < CLUSTER_SUFFIXES; n++)
            search->clients[i].suffixes[n] = cluster_suffix(pod->namespace, n);
    }
}

/* --- calls ----------------------------------------------------------------- */

static struct call *call_at(struct k8s *k, uint32_t i)
{
    return &k->calls[i];
}

static void schedule(struct k8s *k, int64_t time_us, uint32_t call,
                     enum happening what, unsigned which)
{
    call_at(k, call)->pending++;
    events_push(&k->w->events, (struct event){.time_us = time_us,
                                              .subject = call,
                                              .what = (uint8_t)what,
                                              .which = (uint8_t)which});
}

static bool is_search_step(const struct call *c)
{
    return c->step < CLUSTER_SUFFIXES;
}

/* The response to a question of this step into `wire`, and its rcode. */
static uint8_t make_response(struct k8s *k, const struct call *c,
                             const struct workload_leg *leg, unsigned which)
{
    struct wire *wire = &k->w->wire;
    const uint16_t type = c->wish.types[which];
    const bool truncated =
        c->fate == TRUNCATED && which == 0 && leg == &c->stub;
    const uint8_t rcode = c->fate == SERVFAIL ? WIRE_SERVFAIL
                          : cluster_step_exists(&c->wish, c->step)
                              ? WIRE_NOERROR
                              : WIRE_NXDOMAIN;
    wire_begin(
        wire, leg->ids[which],
        (uint16_t)(WIRE_QR | WIRE_RA | (truncated ? WIRE_TC : 0) | rcode),
        &c->name, type);
    if (rcode == WIRE_NXDOMAIN)
        cluster_deny(&c->name, wire);
    else if (rcode == WIRE_NOERROR && !truncated)
        cluster_answer(&c->wish, &c->name, type, wire);
    return rcode;
}

static struct workload_question question_of(const struct call *c,
                                            unsigned which)
{
    return (struct workload_question){&c->name, c->name_hash,
                                      c->wish.types[which], c->step};
}

/* --- steps of a call ------------------------------------------------------- */

static enum fate choose_fate(struct k8s *k, const struct call *c,
                             int64_t now_us)
{
    const double t = k->w->trouble;
    double dice = random_unit(&k->w->random);
    if (now_us < WORKLOAD_START_US)
        return PLAIN; /* what began before the capture is told by its end */
    if ((dice -= lost_twice * t) < 0)
        return LOST_TWICE;
    if ((dice -= lost_both * t) < 0)
        return LOST_BOTH;
    if ((dice -= lost_one * t) < 0)
        return c->wish.questions == 2 && random_chance(&k->w->random, 0.5)
                   ? LOST_SECOND
                   : LOST_FIRST;
    if (c->wish.kind != CLUSTER_EXTERNAL_NAME || is_search_step(c))
        return PLAIN;
    if ((dice -= servfail_share * t) < 0)
        return SERVFAIL;
    if ((dice -= slow_share * t) < 0)
        return SLOW;
    if ((dice -= truncated_share * t) < 0)
        return TRUNCATED;
    return PLAIN;
}

/* An external name that the resolver has not cached is asked upstream. */
static void maybe_forward(struct k8s *k, struct call *c, int64_t now_us)
{
    const uint32_t via = random_below(&k->w->random, RESOLVERS);
    const uint32_t to = random_below(&k->w->random, 2);
    c->forwarded = c->wish.kind == CLUSTER_EXTERNAL_NAME &&
                   !is_search_step(c) && c->fate == PLAIN &&
                   now_us >= k->cached_until_us[c->wish.number];
    if (!c->forwarded)
        return;
    k->cached_until_us[c->wish.number] = now_us + upstream_cached_us;
    c->upstream.client = &k->resolvers[via];
    c->upstream.searcher = &k->w->truth.search.clients[PODS + via];
    c->upstream.server = &k->upstream[to];
    c->upstream.server_number = (uint8_t)(UPSTREAM_NUMBER + to);
    c->upstream.edns = true;
    workload_socket(k->w, &c->upstream, false);
}

static void send_all(struct k8s *k, uint32_t i, int64_t now_us)
{
    struct call *c = call_at(k, i);
    const uint32_t far = random_below(&k->w->random, 10) == 0 ? 400 : 6;
    schedule(k, now_us, i, SEND, 0);
    if (c->wish.questions == 2)
        schedule(k, now_us + 1 + random_below(&k->w->random, far), i, SEND, 1);
}

static void begin_step(struct k8s *k, uint32_t i, int64_t now_us)
{
    struct call *c = call_at(k, i);
    const struct pod *pod = &k->pods[c->pod];
    c->name = cluster_step_name(&c->wish, pod->namespace, c->step);
    c->name_hash = wire_name_hash(&c->name);
    c->fate = (uint8_t)choose_fate(k, c, now_us);
    c->round = 0;
    c->in_turn = false;
    c->answered[0] = false;
    c->answered[1] = c->wish.questions == 1;
    workload_socket(k->w, &c->stub, true);
    /* Where it matters which frames were seen, all are. */
    c->stub.exact = c->fate != PLAIN;
    maybe_forward(k, c, now_us);
    send_all(k, i, now_us);
    if ((c->fate >= LOST_FIRST && c->fate <= LOST_TWICE) || c->fate == SLOW)
        schedule(k, now_us + retry_us + random_below(&k->w->random, 2000), i,
                 RETRY, 0);
    if (c->fate == LOST_TWICE)
        schedule(k, now_us + give_up_us, i, GIVE_UP, 0);
}

/* How long a pod makes no call after this one. */
static int64_t rest_us(const struct call *c)
{
    if (c->open)
        return long_rest_us;
    return c->fate == SERVFAIL ? short_rest_us : least_rest_us;
}

static void end_legs(struct k8s *k, struct call *c)
{
    workload_leg_end(k->w, &c->stub);
    workload_leg_end(k->w, &c->upstream);
    truth_settle(&k->w->tcp, &c->tcp_seen);
}

static void end_call(struct k8s *k, struct call *c, int64_t now_us)
{
    struct pod *pod = &k->pods[c->pod];
    c->open = c->open || workload_leg_is_open(&c->stub);
    c->over = true;
    pod->busy = false;
    pod->rest_until_us = now_us + rest_us(c);
}

/* Frees a call that is over once its last event has happened. */
static void maybe_free(struct k8s *k, uint32_t i)
{
    struct call *c = call_at(k, i);
    if (!c->over || c->pending > 0)
        return;
    end_legs(k, c);
    slots_give(&k->slots, i);
}

static void end_step(struct k8s *k, uint32_t i, int64_t now_us)
{
    struct call *c = call_at(k, i);
    if (c->fate == SERVFAIL && c->round == 0) {
        c->round = 1; /* glibc asks again at once: same port, same IDs */
        c->answered[0] = c->answered[1] = false;
        send_all(k, i, now_us + 20);
        return;
    }
    if (!is_search_step(c) || cluster_step_exists(&c->wish, c->step)) {
        end_call(k, c, now_us);
        return;
    }
    c->open = c->open || workload_leg_is_open(&c->stub);
    workload_leg_step(k->w, &c->stub);
    workload_leg_end(k->w, &c->upstream);
    truth_settle(&k->w->tcp, &c->tcp_seen);
    c->step++;
    begin_step(k, i, now_us + 20 + random_below(&k->w->random, 60));
}

/* --- what happens ---------------------------------------------------------- */

static bool is_lost(const struct call *c, unsigned which)
{
    switch (c->fate) {
    case LOST_FIRST:
        return c->round == 0 && which == 0;
    case LOST_SECOND:
        return c->round == 0 && which == 1;
    case LOST_BOTH:
        return c->round == 0;
    case LOST_TWICE:
        return true;
    default:
        return false;
    }
}

static int64_t service_us(struct k8s *k, const struct call *c)
{
    struct random *random = &k->w->random;
    if (c->fate == SLOW)
        return 5100000 + random_below(random, 800000);
    if (c->forwarded)
        return random_service_us(random, 12000, 1.1);
    int64_t us = random_service_us(random, 300, 0.6);
    /* A repetition is answered in a time that the server is known for: which
     * sending was answered is then beyond doubt. */
    const int64_t *fastest = k->w->truth.fastest_us;
    if (c->round > 0 && us < fastest[c->stub.server_number])
        us = fastest[c->stub.server_number];
    return us;
}

static void happen_send(struct k8s *k, uint32_t i, unsigned which,
                        int64_t now_us)
{
    struct call *c = call_at(k, i);
    const struct workload_question question = question_of(c, which);
    workload_ask(k->w, &c->stub, which, &question, now_us);
    if (is_lost(c, which))
        return;
    int64_t answer_us = now_us + service_us(k, c);
    if (c->forwarded) {
        schedule(k, now_us + 60, i, UPSTREAM_SEND, which);
        schedule(k, answer_us + 60, i, UPSTREAM_ANSWER, which);
        answer_us += 120;
    }
    schedule(k, answer_us, i, ANSWER, which);
}

static void happen_upstream(struct k8s *k, uint32_t i, enum happening what,
                            unsigned which, int64_t now_us)
{
    struct call *c = call_at(k, i);
    const struct workload_question question = question_of(c, which);
    if (what == UPSTREAM_SEND)
        workload_ask(k->w, &c->upstream, which, &question, now_us);
    else
        workload_answer(k->w, &c->upstream, which, &question,
                        make_response(k, c, &c->upstream, which), now_us);
}

static void happen_answer(struct k8s *k, uint32_t i, unsigned which,
                          int64_t now_us)
{
    struct call *c = call_at(k, i);
    const struct workload_question question = question_of(c, which);
    workload_answer(k->w, &c->stub, which, &question,
                    make_response(k, c, &c->stub, which), now_us);
    if (c->over)
        return; /* of a sending that was repeated */
    if (c->fate == TRUNCATED && which == 0) {
        c->tcp_frames = 0;
        c->tcp_sent[0] = c->tcp_sent[1] = 0;
        c->tcp_port = (uint16_t)(32768 + random_below(&k->w->random, 28000));
        schedule(k, now_us + 50, i, TCP_NEXT, 0);
        return;
    }
    c->answered[which] = true;
    if (c->in_turn && which == 0 && c->wish.questions == 2) {
        c->answered[1] = false;
        schedule(k, now_us + 30, i, SEND, 1);
    } else if (c->answered[0] && c->answered[1]) {
        end_step(k, i, now_us);
    }
}

/* When only one of two answers came, glibc asks for both again, the second
 * after the answer to the first (single-request mode). */
static void happen_retry(struct k8s *k, uint32_t i, int64_t now_us)
{
    struct call *c = call_at(k, i);
    c->round = 1;
    if (c->fate == LOST_FIRST || c->fate == LOST_SECOND) {
        c->in_turn = true;
        schedule(k, now_us, i, SEND, 0);
    } else {
        send_all(k, i, now_us);
    }
}

/* The message of a question over TCP, or of its answer, behind its length
 * (RFC 7766 s8). Returns how long it is. */
static size_t make_tcp_message(struct k8s *k, const struct call *c,
                               bool from_server,
                               uint8_t payload[2 + WIRE_MESSAGE])
{
    struct wire *wire = &k->w->wire;
    wire_begin(wire, c->stub.ids[0], from_server ? WIRE_QR | WIRE_RA : 0,
               &c->name, c->wish.types[0]);
    for (unsigned n = 0; from_server && n < 40; n++) {
        wire_address(wire, WIRE_QNAME_AT, WIRE_A, 30, n);
    }
    payload[0] = (uint8_t)(wire->count >> 8);
    payload[1] = (uint8_t)wire->count;
    memcpy(payload + 2, wire->octets, wire->count);
    return 2 + wire->count;
}

/* One frame of a question over TCP, and when the next will come. */
static void happen_tcp(struct k8s *k, uint32_t i, int64_t now_us)
{
    static const struct {
        uint8_t flags;
        bool from_server, message;
    } talk[] = {
        {TCP_SYN, false, false},          {TCP_SYN | TCP_ACK, true, false},
        {TCP_ACK, false, false},          {TCP_ACK | TCP_PSH, false, true},
        {TCP_ACK, true, false},           {TCP_ACK | TCP_PSH, true, true},
        {TCP_ACK, false, false},          {TCP_ACK | TCP_FIN, false, false},
        {TCP_ACK | TCP_FIN, true, false}, {TCP_ACK, false, false},
    };
    struct call *c = call_at(k, i);
    const uint8_t flags = talk[c->tcp_frames].flags;
    const bool from_server = talk[c->tcp_frames].from_server;
    const struct path out = {c->stub.client, c->stub.server, c->tcp_port, 53};
    const struct path back = {c->stub.server, c->stub.client, 53, c->tcp_port};
    uint8_t payload[2 + WIRE_MESSAGE];
    const size_t octets = talk[c->tcp_frames].message
                              ? make_tcp_message(k, c, from_server, payload)
                              : 0;
    const struct tcp tcp = {
        1000 + c->tcp_sent[from_server],
        flags & TCP_ACK ? 1000 + c->tcp_sent[!from_server] : 0, flags};
    frame_tcp(&k->w->frame, from_server ? &back : &out, &tcp, payload, octets);
    if (octets > 0) {
        const struct workload_question question = question_of(c, 0);
        workload_tcp_message(k->w, &c->stub, &c->tcp_seen, &question,
                             from_server, now_us);
    } else {
        workload_capture(k->w, TRUTH_TCP_DNS, now_us);
    }
    c->tcp_sent[from_server] +=
        (uint32_t)octets + (flags & (TCP_SYN | TCP_FIN) ? 1 : 0);

    if (++c->tcp_frames < sizeof talk / sizeof *talk) {
        schedule(k, now_us + 100 + random_below(&k->w->random, 100), i,
                 TCP_NEXT, 0);
        return;
    }
    c->answered[0] = true;
    if (c->answered[1])
        end_step(k, i, now_us);
}

/* --- the run --------------------------------------------------------------- */

/* A pod that has nothing else to do; some are far busier than others. */
static struct pod *choose_pod(struct k8s *k, int64_t now_us)
{
    const double u = random_unit(&k->w->random);
    uint32_t at = (uint32_t)(u * u * PODS);
    for (int tries = 0; tries < 32; tries++, at = (at + 1) % PODS)
        if (!k->pods[at].busy && k->pods[at].rest_until_us <= now_us)
            return &k->pods[at];
    return NULL;
}

static void happen_call(struct k8s *k, int64_t now_us)
{
    struct pod *pod = choose_pod(k, now_us);
    uint32_t i;
    if (!pod || !slots_take(&k->slots, &i))
        return;
    struct call *c = call_at(k, i);
    const bool v6 = pod->host.octets == 16;
    *c = (struct call){
        .pod = (uint32_t)(pod - k->pods),
        .stub = {.client = &pod->host,
                 .searcher = &k->w->truth.search.clients[pod - k->pods],
                 .server = &k->service[v6],
                 .server_number = v6,
                 .edns = pod->edns},
    };
    pod->busy = true;
    cluster_choose(&k->w->random, pod->namespace, pod->walks, &c->wish);
    if (!pod->walks || !cluster_walks(&c->wish))
        c->step = CLUSTER_SUFFIXES;
    begin_step(k, i, now_us);
}

static void happen(struct k8s *k, const struct event *event)
{
    const uint32_t i = event->subject;
    const int64_t now_us = event->time_us;
    call_at(k, i)->pending--;
    switch (event->what) {
    case SEND:
        happen_send(k, i, event->which, now_us);
        break;
    case ANSWER:
        happen_answer(k, i, event->which, now_us);
        break;
    case RETRY:
        happen_retry(k, i, now_us);
        break;
    case GIVE_UP:
        end_call(k, call_at(k, i), now_us);
        break;
    case TCP_NEXT:
        happen_tcp(k, i, now_us);
        break;
    default:
        happen_upstream(k, i, event->what, event->which, now_us);
    }
    maybe_free(k, i);
}

/* CALL and NOISE come of themselves, `rate` times a second. */
static void run(struct k8s *k)
{
    struct workload *w = k->w;
    const double call_rate = w->rate / packets_per_call;
    const double noise_rate = w->rate * noise_share;
    workload_recur(w, CALL, WORKLOAD_START_US - WORKLOAD_BEFORE_US, call_rate);
    workload_recur(w, NOISE, WORKLOAD_START_US, noise_rate);
    while (w->packets > 0) {
        const struct event event = events_pop(&w->events);
        if (event.what == CALL) {
            happen_call(k, event.time_us);
            workload_recur(w, CALL, event.time_us, call_rate);
        } else if (event.what == NOISE) {
            const uint32_t pod = random_below(&w->random, PODS);
            workload_noise(w, &k->pods[pod].host, event.time_us);
            workload_recur(w, NOISE, event.time_us, noise_rate);
        } else {
            happen(k, &event);
        }
    }
    for (uint32_t i = 0; i < k->slots.used; i++)
        end_legs(k, call_at(k, i));
}

void workload_run_k8s(struct workload *w)
{
    struct k8s *k = calloc(1, sizeof *k);
    if (!k) {
        perror("generate");
        exit(1);
    }
    k->w = w;
    make_hosts(k);
    make_searchers(k);
    run(k);
    free(k);
}
