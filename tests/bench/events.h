/* bench/events.h: what happens when, in order of time.
 *
 * Events of one microsecond come out in the order in which they went in, so
 * that a seed always gives the same capture.
 */
#ifndef BENCH_EVENTS_H
#define BENCH_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
    int64_t time_us;
    uint64_t order;   /* of going in */
    uint32_t subject; /* to whom, */
    uint8_t what;     /* what happens, */
    uint8_t which;    /* with which part: the workload's own numbers */
};

struct events {
    struct event *heap; /* a binary heap, the earliest first */
    size_t count, capacity;
    uint64_t next_order;
};

/* `event.order` is set here. Ends the program when memory does. */
void events_push(struct events *events, struct event event);
/* The earliest; there must be one. */
struct event events_pop(struct events *events);
void events_fini(struct events *events);

#endif
