#include "events.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static bool before(const struct event *a, const struct event *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us
                                    : a->order < b->order;
}

void events_push(struct events *events, struct event event)
{
    if (events->count == events->capacity) {
        events->capacity = events->capacity ? 2 * events->capacity : 1024;
        events->heap =
            realloc(events->heap, events->capacity * sizeof *events->heap);
        if (!events->heap) {
            perror("generate");
            exit(1);
        }
    }
    event.order = events->next_order++;
    size_t at = events->count++;
    for (size_t up; at > 0; at = up) {
        up = (at - 1) / 2;
        if (!before(&event, &events->heap[up]))
            break;
        events->heap[at] = events->heap[up];
    }
    events->heap[at] = event;
}

struct event events_pop(struct events *events)
{
    assert(events->count > 0);
    const struct event first = events->heap[0];
    const struct event last = events->heap[--events->count];
    size_t at = 0;
    for (size_t down; (down = 2 * at + 1) < events->count; at = down) {
        if (down + 1 < events->count &&
            before(&events->heap[down + 1], &events->heap[down]))
            down++;
        if (!before(&events->heap[down], &last))
            break;
        events->heap[at] = events->heap[down];
    }
    events->heap[at] = last;
    return first;
}

void events_fini(struct events *events)
{
    free(events->heap);
}
