#include "exchange/cause.h"

void exchange_waits_begin(struct exchange_waits *w, int64_t time_ns)
{
    *w = (struct exchange_waits){.mark_ns = time_ns, .round_ns = time_ns};
}

static bool is_timer(enum exchange_cause cause)
{
    return cause >= EXCHANGE_CAUSE_LOST && cause <= EXCHANGE_CAUSE_TCP_CONNECT;
}

void exchange_waits_pass(struct exchange_waits *w, enum exchange_cause cause,
                         uint8_t server, int64_t time_ns)
{
    const int64_t ns = time_ns - w->mark_ns;
    if (ns <= 0)
        return; /* a clock may be set back a little */
    if (cause == EXCHANGE_CAUSE_LOST && w->server_count > 0) {
        struct exchange_asked_server *s = &w->servers[server];
        if (s->silent_ns == 0)
            s->since_ns = s->last_ns;
        s->silent_ns += ns;
        s->silences += ns >= EXCHANGE_TIMER_NS;
    }
    if (ns > w->longest_ns) {
        w->longest_ns = ns;
        w->longest_frame = w->newest_frame;
    }
    w->ns[cause] += ns;
    w->mark_ns = time_ns;
    w->timer_ran = is_timer(cause) && ns >= EXCHANGE_TIMER_NS;
}

static uint8_t place_of(struct exchange_waits *w, uint32_t server_id)
{
    uint8_t i = 0;
    while (i < w->server_count && w->servers[i].server_id != server_id)
        i++;
    if (i < w->server_count)
        return i;
    if (i == EXCHANGE_LOOKUP_SERVERS)
        return EXCHANGE_LOOKUP_SERVERS - 1; /* the last stands for all others */
    w->servers[i].server_id = server_id;
    w->server_count++;
    return i;
}

uint8_t exchange_waits_ask(struct exchange_waits *w, uint32_t server_id,
                           int64_t time_ns, uint64_t frame)
{
    const uint8_t place = place_of(w, server_id);
    if (w->timer_ran) {
        w->gap_before_ns = w->gap_ns;
        w->gap_ns = time_ns - w->round_ns;
        w->servers[w->newest_server].gap_ns = w->gap_ns;
        w->round_ns = time_ns;
        w->timer_ran = false;
    }
    w->servers[place].last_ns = time_ns;
    w->newest_server = place;
    w->newest_frame = frame;
    return place;
}

void exchange_waits_refuse(struct exchange_waits *w, uint32_t server_id)
{
    for (uint8_t i = 0; i < w->server_count; i++)
        if (w->servers[i].server_id == server_id)
            w->servers[i].refused = true;
}

/* Moves up to `ns` from what went to `cause`; returns how much. */
static int64_t move_to_server(struct exchange_waits *w,
                              enum exchange_cause cause, int64_t ns)
{
    const int64_t moved = ns < w->ns[cause] ? ns : w->ns[cause];
    w->ns[cause] -= moved;
    w->ns[EXCHANGE_CAUSE_SERVER] += moved;
    return moved;
}

void exchange_waits_relent(struct exchange_waits *w, uint8_t server,
                           int64_t asked_ns)
{
    const int64_t ns = w->round_ns - asked_ns;
    if (ns <= 0)
        return;
    const int64_t lost_ns = move_to_server(w, EXCHANGE_CAUSE_LOST, ns);
    move_to_server(w, EXCHANGE_CAUSE_HALF_LOST, ns - lost_ns);
    struct exchange_asked_server *s = &w->servers[server];
    s->silent_ns -= lost_ns < s->silent_ns ? lost_ns : s->silent_ns;
    if (s->silent_ns == 0)
        s->silences = 0;
}

void exchange_waits_walk(struct exchange_waits *w)
{
    w->ns[EXCHANGE_CAUSE_WALK] +=
        w->ns[EXCHANGE_CAUSE_SERVER] + w->ns[EXCHANGE_CAUSE_UPSTREAM];
    w->ns[EXCHANGE_CAUSE_SERVER] = w->ns[EXCHANGE_CAUSE_UPSTREAM] = 0;
}

int64_t exchange_waits_patience_ns(const struct exchange_waits *w,
                                   int64_t timeout_ns)
{
    if (w->gap_ns == 0)
        return timeout_ns;
    const int64_t off_ns = w->gap_ns - 2 * w->gap_before_ns;
    if (w->server_count == 1 && w->gap_before_ns > 0 &&
        off_ns < w->gap_ns / 32 && off_ns > -w->gap_ns / 32)
        return 2 * w->gap_ns;
    const int64_t same_ns = w->servers[w->newest_server].gap_ns;
    return same_ns > w->gap_ns ? same_ns : w->gap_ns;
}

enum exchange_cause exchange_waits_cause(const struct exchange_waits *w,
                                         uint8_t *place)
{
    *place = w->newest_server;
    int most = EXCHANGE_CAUSE_SERVER;
    for (int i = 0; i < EXCHANGE_CAUSES; i++)
        if (w->ns[i] > w->ns[most])
            most = i;
    if (most == EXCHANGE_CAUSE_LOST)
        for (uint8_t i = 0; i < w->server_count; i++)
            if (w->servers[i].silent_ns > w->servers[*place].silent_ns)
                *place = i;
    return (enum exchange_cause)most;
}
