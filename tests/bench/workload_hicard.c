/* A random-subdomain attack on two authoritative servers: most queries come
 * from spoofed addresses and ask for a name that nobody ever asks again; the
 * rest is a thousand resolvers at their ordinary work. Hard on every table. */
#include <stdio.h>
#include <stdlib.h>

#include "slots.h"
#include "workload.h"

enum { SPOOFED_BITS = 20, RESOLVERS = 1000, NAMES = 2000, ZONES = 3 };

static const double packets_per_query = 1.95, noise_share = 0.01;
static const double attack_share = 0.89;
static const double unanswered_share = 0.05, servfail_share = 0.03;

enum happening { QUERY, NOISE, ANSWER };

/* A query under way. */
struct call {
    struct workload_leg leg;
    struct host client;
    struct wire_name name;
    uint64_t name_hash;
    uint16_t type;
    uint8_t rcode;
};

struct hicard {
    struct workload *w;
    struct host servers[2];
    struct wire_name zones[ZONES];
    struct slots slots;
    struct call calls[SLOTS];
};

/* A label of 8 to 15 random letters and digits. */
static struct wire_name random_label(struct random *random)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyz012345";
    struct wire_name name;
    uint64_t bits = random_u64(random), more = random_u64(random);
    name.octets[0] = (uint8_t)(8 + (bits >> 61));
    for (int i = 1; i <= name.octets[0]; i++) {
        name.octets[i] = (uint8_t)set[bits & 31];
        bits = bits >> 5 | more << 59;
        more >>= 5;
    }
    name.octets[name.octets[0] + 1] = 0;
    name.count = (uint8_t)(name.octets[0] + 2);
    return name;
}

static void make_attack(struct hicard *h, struct call *c)
{
    struct random *random = &h->w->random;
    const struct wire_name label = random_label(random);
    const double dice = random_unit(random);
    c->client = host_v4(0x0a000000 + random_below(random, 1u << SPOOFED_BITS));
    c->name = wire_name_join(&label, &h->zones[random_below(random, ZONES)]);
    c->type = WIRE_A;
    c->rcode = dice < servfail_share ? WIRE_SERVFAIL : WIRE_NXDOMAIN;
}

static void make_ordinary(struct hicard *h, struct call *c)
{
    struct random *random = &h->w->random;
    char host[24];
    const uint32_t number = random_zipf(random, NAMES);
    snprintf(host, sizeof host, "host-%u", (unsigned)number);
    const struct wire_name label = wire_name(host);
    c->client = host_v4(0xc6330000 + random_below(random, RESOLVERS));
    c->name = wire_name_join(&label, &h->zones[0]);
    /* Two types under one name would look like one lookup. */
    c->type = number % 10 < 3 ? WIRE_AAAA : WIRE_A;
    c->rcode = WIRE_NOERROR;
}

static struct workload_question question_of(const struct call *c)
{
    return (struct workload_question){&c->name, c->name_hash, c->type,
                                      SEARCH_AS_IT_IS};
}

static void free_call(struct hicard *h, uint32_t i)
{
    workload_leg_end(h->w, &h->calls[i].leg);
    slots_give(&h->slots, i);
}

static void happen_query(struct hicard *h, int64_t now_us)
{
    struct random *random = &h->w->random;
    uint32_t i;
    if (!slots_take(&h->slots, &i))
        return;
    struct call *c = &h->calls[i];
    const uint32_t server = random_below(random, 2);
    const bool attack = random_chance(random, attack_share);
    *c = (struct call){0};
    if (attack)
        make_attack(h, c);
    else
        make_ordinary(h, c);
    c->name_hash = wire_name_hash(&c->name);
    c->leg = (struct workload_leg){.client = &c->client,
                                   .server = &h->servers[server],
                                   .server_number = (uint8_t)server,
                                   .edns = !attack,
                                   .exact = true};
    workload_socket(h->w, &c->leg, true);
    const struct workload_question question = question_of(c);
    workload_ask(h->w, &c->leg, 0, &question, now_us);
    if (attack && random_chance(random, unanswered_share)) {
        free_call(h, i);
        return;
    }
    const int64_t service_us = random_service_us(random, 800, 0.7);
    events_push(&h->w->events, (struct event){.time_us = now_us + service_us,
                                              .subject = i,
                                              .what = ANSWER});
}

static void happen_answer(struct hicard *h, uint32_t i, int64_t now_us)
{
    struct call *c = &h->calls[i];
    struct wire *wire = &h->w->wire;
    const struct workload_question question = question_of(c);
    const size_t zone_at = WIRE_QNAME_AT + 1u + c->name.octets[0];
    wire_begin(wire, c->leg.ids[0], (uint16_t)(WIRE_QR | WIRE_AA | c->rcode),
               &c->name, c->type);
    if (c->rcode == WIRE_NXDOMAIN)
        wire_soa(wire, zone_at, 300);
    else if (c->rcode == WIRE_NOERROR)
        wire_address(wire, WIRE_QNAME_AT, c->type, 300, 1);
    workload_answer(h->w, &c->leg, 0, &question, c->rcode, now_us);
    free_call(h, i);
}

static void run(struct hicard *h)
{
    struct workload *w = h->w;
    const double query_rate = w->rate / packets_per_query;
    const double noise_rate = w->rate * noise_share;
    workload_recur(w, QUERY, WORKLOAD_START_US, query_rate);
    workload_recur(w, NOISE, WORKLOAD_START_US, noise_rate);
    while (w->packets > 0) {
        const struct event event = events_pop(&w->events);
        if (event.what == QUERY) {
            happen_query(h, event.time_us);
            workload_recur(w, QUERY, event.time_us, query_rate);
        } else if (event.what == NOISE) {
            workload_noise(w, &h->servers[0], event.time_us);
            workload_recur(w, NOISE, event.time_us, noise_rate);
        } else {
            happen_answer(h, event.subject, event.time_us);
        }
    }
    for (uint32_t i = 0; i < h->slots.used; i++)
        workload_leg_end(w, &h->calls[i].leg);
}

void workload_run_hicard(struct workload *w)
{
    struct hicard *h = calloc(1, sizeof *h);
    if (!h) {
        perror("generate");
        exit(1);
    }
    h->w = w;
    h->servers[0] = host_v4(0xc0000235);
    h->servers[1] = host_v4(0xc0000236);
    h->zones[0] = wire_name("shop.example");
    h->zones[1] = wire_name("bank.example");
    h->zones[2] = wire_name("news.example");
    run(h);
    free(h);
}
