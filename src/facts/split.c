/* Names that exist for one type and not for another.
 *
 * NXDOMAIN says that a name has no records of any type (RFC 2308 s2.1, RFC 8020),
 * so two answers of one step contradict each other: a stub that believes the
 * other one stops there, and goes on to no further name. */
#include <stdlib.h>

#include "facts/families.h"
#include "util/idmap.h"

enum { SPLITS_MOST = 1 << 12 };

struct split {
    int64_t first_ns, last_ns;
    uint64_t first_frame;
    uint32_t client_id; /* of the first */
    uint32_t lookups, stopped;
};

struct splits {
    const struct facts_context *context;
    struct idmap ids; /* by name id; the first row is that of all the rest */
    struct split *rows;
    size_t capacity;
};

static void close_splits(void *family)
{
    struct splits *s = family;
    if (!s)
        return;
    idmap_fini(&s->ids);
    free(s->rows);
    free(s);
}

static void *open_splits(const struct facts_context *context)
{
    struct splits *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->context = context;
    if (idmap_init(&s->ids, context->ids->seed, context->budget) &&
        idmap_put(&s->ids, 0) == 0 &&
        budget_grow(context->budget, (void **)&s->rows, &s->capacity, 1,
                    sizeof *s->rows))
        return s;
    close_splits(s);
    return NULL;
}

static struct split *row_of(struct splits *s, uint32_t name_id)
{
    const uint32_t id = s->ids.count < SPLITS_MOST
                            ? idmap_put(&s->ids, name_id)
                            : idmap_find(&s->ids, name_id);
    const bool has_room =
        id != IDMAP_NONE &&
        budget_grow(s->context->budget, (void **)&s->rows, &s->capacity,
                    id + (size_t)1, sizeof *s->rows);
    return &s->rows[has_room ? id : 0];
}

/* The lookup got nothing from the step, and asked no further one. */
static bool has_stopped(const struct exchange_lookup *l, unsigned step)
{
    return step + 1 == l->step_count &&
           l->outcome != EXCHANGE_LOOKUP_ANSWERED &&
           l->outcome != EXCHANGE_LOOKUP_PARTLY;
}

static void take_step(struct splits *s, const struct exchange_lookup *l,
                      unsigned step)
{
    struct split *r = row_of(s, l->steps[step].name_id);
    const int64_t time_ns = l->steps[step].time_ns;
    if (r->lookups == 0 || l->first_frame < r->first_frame) {
        r->first_frame = l->first_frame;
        r->client_id = l->client_id;
    }
    if (r->lookups == 0 || time_ns < r->first_ns)
        r->first_ns = time_ns;
    if (r->lookups == 0 || time_ns > r->last_ns)
        r->last_ns = time_ns;
    r->lookups++;
    r->stopped += has_stopped(l, step);
}

static void take(void *family, const struct exchange_events *events)
{
    for (size_t i = 0; i < events->lookup_count; i++) {
        const struct exchange_lookup *l = &events->lookups[i];
        for (unsigned k = 0; k < l->step_count && k < EXCHANGE_LOOKUP_STEPS;
             k++)
            if (UNLIKELY(l->steps[k].is_split))
                take_step(family, l, k);
    }
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct splits *s = family;
    enum err_code rc = ERR_OK;
    for (uint32_t i = 0; i < s->ids.count && i < s->capacity && rc == ERR_OK;
         i++) {
        const struct split *r = &s->rows[i];
        if (r->lookups > 0)
            rc = FACTS_ROW(
                sink, "name_split", err, facts_integer((int64_t)s->ids.keys[i]),
                facts_integer(r->lookups), facts_integer(r->stopped),
                facts_integer(r->client_id), facts_integer(r->first_ns),
                facts_integer(r->last_ns),
                facts_integer((int64_t)r->first_frame));
    }
    return rc;
}

const struct facts_family facts_split = {open_splits, take, save, close_splits};
