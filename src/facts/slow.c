/* The longest lookups, as examples that lead back to frames. */
#include <stdlib.h>

#include "dns/name.h"
#include "facts/families.h"
#include "facts/lookup_text.h"

enum { SLOW_MOST = 100 };

struct slow {
    const struct facts_context *context;
    /* A binary heap, the shortest wait on top: what a longer one replaces. */
    struct exchange_lookup heap[SLOW_MOST];
    size_t count;
};

static void *open_slow(const struct facts_context *context)
{
    struct slow *s = calloc(1, sizeof *s);
    if (s)
        s->context = context;
    return s;
}

/* Longest first; of equal waits the earlier lookup. */
static int by_wait(const void *a, const void *b)
{
    const struct exchange_lookup *x = a, *y = b;
    if (x->wait_ns != y->wait_ns)
        return x->wait_ns < y->wait_ns ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

static void swap(struct exchange_lookup *a, struct exchange_lookup *b)
{
    const struct exchange_lookup t = *a;
    *a = *b;
    *b = t;
}

static void sift_up(struct slow *s, size_t i)
{
    for (; i > 0 && by_wait(&s->heap[i], &s->heap[(i - 1) / 2]) > 0;
         i = (i - 1) / 2)
        swap(&s->heap[i], &s->heap[(i - 1) / 2]);
}

static void sift_down(struct slow *s)
{
    for (size_t i = 0;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++)
            if (child < s->count &&
                by_wait(&s->heap[child], &s->heap[least]) > 0)
                least = child;
        if (least == i)
            return;
        swap(&s->heap[i], &s->heap[least]);
        i = least;
    }
}

static void take(void *family, const struct exchange_events *events)
{
    struct slow *s = family;
    for (size_t i = 0; i < events->lookup_count; i++) {
        const struct exchange_lookup *l = &events->lookups[i];
        if (l->wait_ns == EXCHANGE_UNKNOWN_NS)
            continue;
        if (s->count < SLOW_MOST) {
            s->heap[s->count] = *l;
            sift_up(s, s->count++);
        } else if (by_wait(l, &s->heap[0]) < 0) {
            s->heap[0] = *l;
            sift_down(s);
        }
    }
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    struct slow *s = family;
    qsort(s->heap, s->count, sizeof *s->heap, by_wait);
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < s->count && rc == ERR_OK; i++) {
        const struct exchange_lookup *l = &s->heap[i];
        rc = FACTS_ROW(sink, "slow_lookup", err, facts_integer(l->id),
                       facts_integer(l->client_id), facts_integer(l->base_id),
                       facts_integer(l->time_ns), facts_integer(l->wait_ns),
                       facts_integer(l->queries), facts_integer(l->step_count),
                       facts_text(facts_lookup_text(l->outcome)),
                       facts_text(facts_cause_text(l->cause)),
                       facts_integer(l->cause_ns), facts_integer(l->server_id),
                       facts_integer(l->silent),
                       facts_text(facts_stub_text(l->stub)),
                       facts_integer((int64_t)l->cause_frame),
                       facts_integer((int64_t)l->first_frame),
                       facts_integer((int64_t)l->last_frame));
    }
    return rc;
}

const struct facts_family facts_slow = {open_slow, take, save, free};
