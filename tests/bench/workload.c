#include "workload.h"

/* What a capture on a busy machine does: 1 frame of 10,000 is lost, and as many
 * are seen twice. */
static const double lost_share = 0.0001, doubled_share = 0.0001;

void workload_recur(struct workload *w, uint8_t what, int64_t now_us,
                    double rate)
{
    events_push(
        &w->events,
        (struct event){.time_us = now_us + random_pause_us(&w->random, rate),
                       .what = what});
}

bool workload_capture(struct workload *w, enum truth_frame kind, int64_t now_us)
{
    if (now_us < WORKLOAD_START_US || w->packets == 0)
        return false;
    capture_write(&w->capture, now_us, &w->frame);
    truth_frame(&w->truth, kind, w->frame.count, now_us);
    w->tcp.last_us = now_us;
    w->packets--;
    return true;
}

void workload_socket(struct workload *w, struct workload_leg *leg, bool shared)
{
    for (int i = 0; i < 2; i++) {
        leg->ports[i] = (uint16_t)(32768 + random_below(&w->random, 28000));
        leg->ids[i] = (uint16_t)random_u64(&w->random);
    }
    if (shared)
        leg->ports[1] = leg->ports[0];
}

/* Each datagram has its own, as from a host's counter; 0 says "none". */
static uint16_t next_ip_id(struct workload *w)
{
    w->last_ip_id = (uint16_t)(w->last_ip_id % UINT16_MAX + 1);
    return w->last_ip_id;
}

/* `wire` from or to the client of `leg`. */
static bool send_message(struct workload *w, const struct workload_leg *leg,
                         unsigned which, bool response, int64_t now_us)
{
    const struct path query = {leg->client, leg->server, leg->ports[which], 53};
    const struct path answer = {leg->server, leg->client, 53,
                                leg->ports[which]};
    if (!leg->exact && random_chance(&w->random, lost_share * w->trouble))
        return false;
    frame_udp(&w->frame, response ? &answer : &query, next_ip_id(w),
              w->wire.octets, w->wire.count);
    return workload_capture(w, TRUTH_DNS, now_us);
}

/* A second observation of the frame just captured, as a mirror port makes. */
static void maybe_double(struct workload *w, const struct workload_leg *leg,
                         int64_t now_us)
{
    if (!leg->exact && random_chance(&w->random, doubled_share * w->trouble) &&
        workload_capture(w, TRUTH_DNS, now_us))
        truth_duplicate(&w->truth);
}

static struct truth_message message_of(const struct workload_leg *leg,
                                       const struct workload_question *question)
{
    return (struct truth_message){
        .client = leg->client,
        .server = leg->server,
        .name_hash = question->name_hash,
        .qtype = question->qtype,
        .server_number = leg->server_number,
    };
}

void workload_ask(struct workload *w, struct workload_leg *leg, unsigned which,
                  const struct workload_question *question, int64_t now_us)
{
    wire_begin(&w->wire, leg->ids[which], 0, question->name, question->qtype);
    if (leg->edns)
        wire_edns(&w->wire);
    if (!send_message(w, leg, which, false, now_us))
        return;
    const struct truth_message message = message_of(leg, question);
    truth_query(&w->truth, &leg->seen[which], &message);
    search_query(&leg->walk, question->place, which);
    if (!leg->counted) {
        w->truth.lookups++;
        leg->counted = true;
        leg->first_us = now_us;
    }
    maybe_double(w, leg, now_us);
}

void workload_answer(struct workload *w, struct workload_leg *leg,
                     unsigned which, const struct workload_question *question,
                     uint8_t rcode, int64_t now_us)
{
    if (leg->edns)
        wire_edns(&w->wire);
    if (!send_message(w, leg, which, true, now_us))
        return;
    struct truth_message message = message_of(leg, question);
    message.rcode = rcode;
    truth_response(&w->truth, &leg->seen[which], &message);
    maybe_double(w, leg, now_us);
}

void workload_tcp_message(struct workload *w, struct workload_leg *leg,
                          struct truth_transaction *seen,
                          const struct workload_question *question,
                          bool response, int64_t now_us)
{
    const struct truth_message message = message_of(leg, question);
    if (!workload_capture(w, TRUTH_TCP_DNS, now_us))
        return;
    if (response) {
        truth_response(&w->tcp, seen, &message);
        return;
    }
    truth_query(&w->tcp, seen, &message);
    search_query(&leg->walk, question->place, 0);
}

bool workload_leg_is_open(const struct workload_leg *leg)
{
    for (int i = 0; i < 2; i++)
        if (leg->seen[i].attempts > 0 && leg->seen[i].responses == 0)
            return true;
    return false;
}

void workload_leg_step(struct workload *w, struct workload_leg *leg)
{
    for (int i = 0; i < 2; i++) {
        leg->answered = leg->answered || leg->seen[i].responses > 0;
        truth_settle(&w->truth, &leg->seen[i]);
    }
}

void workload_leg_end(struct workload *w, struct workload_leg *leg)
{
    if (leg->counted) {
        truth_lookup(&w->truth, leg->seen, 2, leg->first_us, leg->answered);
        search_end(&w->truth.search, leg->searcher, &leg->walk);
    }
    workload_leg_step(w, leg);
    leg->counted = leg->answered = false;
}

static void make_mdns(struct workload *w, const struct host *from)
{
    const struct host group = host_v4(0xe00000fb);
    const struct path path = {from, &group, 5353, 5353};
    const struct wire_name service = wire_name("_http._tcp.local");
    wire_begin(&w->wire, 0, 0, &service, WIRE_PTR);
    frame_udp(&w->frame, &path, next_ip_id(w), w->wire.octets, w->wire.count);
}

void workload_noise(struct workload *w, const struct host *from, int64_t now_us)
{
    static const uint8_t payload[600];
    const struct host other =
        host_v4(0x0a0a0000 + random_below(&w->random, 99));
    const struct host self = from->octets == 4 ? *from : host_v4(0x0a0b0001);
    const uint16_t port = (uint16_t)(32768 + random_below(&w->random, 28000));
    const size_t octets = random_below(&w->random, sizeof payload);
    struct path path = {&self, &other, port, 443};
    const uint32_t kind = random_below(&w->random, 100);
    if (kind < 10) {
        frame_arp(&w->frame, &path);
        workload_capture(w, TRUTH_ARP, now_us);
    } else if (kind < 15) {
        frame_ping(&w->frame, &path);
        workload_capture(w, TRUTH_ICMP, now_us);
    } else if (kind < 20) {
        make_mdns(w, &self);
        workload_capture(w, TRUTH_MDNS, now_us);
    } else if (kind < 55) {
        frame_udp(&w->frame, &path, next_ip_id(w), payload, octets);
        workload_capture(w, TRUTH_UDP_OTHER, now_us);
    } else {
        const struct tcp tcp = {1, 1, TCP_ACK | TCP_PSH};
        frame_tcp(&w->frame, &path, &tcp, payload, octets);
        workload_capture(w, TRUTH_TCP_OTHER, now_us);
    }
}
