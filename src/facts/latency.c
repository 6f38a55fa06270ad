/* How long things took: wait (first attempt to answer), service (the attempt
 * that was answered to its answer) and lookup, each by several keys; and what of
 * a resolver's service was its own and what it waited for others. */
#include <stdlib.h>
#include <string.h>

#include "facts/families.h"
#include "facts/zone_class.h"
#include "util/code_map.h"
#include "util/histogram.h"
#include "util/windows.h"

enum { WINDOWS_MOST = 1 << 14 };

/* Who asked: a client, or a resolver on behalf of one. */
enum { LEG_CLIENT, LEG_UPSTREAM, LEGS };

struct cell {
    struct histogram buckets;
    int64_t min_ns, max_ns, sum_ns;
    int64_t unanswered_ns;
    uint32_t unanswered;
};

/* Cells by dense id. */
struct cells {
    struct cell *at;
    size_t capacity;
};

/* Wait and service of transactions. They are mostly the same, and then counted
 * once, in `both`; each is the sum of its own cells and these. */
struct times {
    struct cells both, wait, service;
};

struct latency {
    const struct facts_context *context;
    struct cell all_handshake,
        all_walk; /* the other sums are made when saved */
    struct cells client_wait, client_lookup;
    struct cells server_own, server_upstream, server_handshake;
    struct times server, type, upstream; /* the last: asked by resolvers */
    /* By zone class on the clients' leg; behind these, the upstream leg. */
    struct times zone;
    struct cell leg_lookup; /* the upstream leg */
    struct cell zone_lookup[FACTS_ZONE_CLASSES];
    uint8_t *zones; /* by name id: 1 + its zone class, 0 = not looked at */
    size_t zone_capacity;
    struct code_map types;
    struct windows window_wait;
};

/* A duration, its bucket found once for all the cells that it goes to. */
struct value {
    int64_t ns;       /* or unknown */
    int64_t least_ns; /* what was waited without an answer */
    int bucket;
    bool unanswered;
};

static struct value value_of(int64_t ns, bool unanswered, int64_t least_ns)
{
    return (struct value){ns, unanswered ? least_ns : 0,
                          ns == EXCHANGE_UNKNOWN_NS ? 0 : histogram_bucket(ns),
                          unanswered};
}

/* Who gave up had waited for the last attempt as long as for any other. */
static int64_t least_ns(const struct latency *l, int64_t first_ns,
                        int64_t last_ns)
{
    return last_ns - first_ns + l->context->timeout_ns;
}

static void cell_add(struct cell *c, const struct value *v,
                     struct budget *budget)
{
    const int64_t ns = v->ns;
    if (c->buckets.count == 0 || ns < c->min_ns)
        c->min_ns = ns;
    if (c->buckets.count == 0 || ns > c->max_ns)
        c->max_ns = ns;
    c->sum_ns += ns;
    histogram_add(&c->buckets, v->bucket, 1, budget);
}

static void cell_sum(struct cell *a, const struct cell *b,
                     struct budget *budget)
{
    if (b->buckets.count) {
        if (a->buckets.count == 0 || b->min_ns < a->min_ns)
            a->min_ns = b->min_ns;
        if (a->buckets.count == 0 || b->max_ns > a->max_ns)
            a->max_ns = b->max_ns;
    }
    a->sum_ns += b->sum_ns;
    a->unanswered += b->unanswered;
    a->unanswered_ns += b->unanswered_ns;
    histogram_merge(&a->buckets, &b->buckets, budget);
}

static void cell_merge(void *context, void *into, void *from)
{
    cell_sum(into, from, context);
    histogram_fini(&((struct cell *)from)->buckets, context);
}

static struct cell *cell_of(struct cells *c, uint32_t id, struct budget *budget)
{
    return budget_grow(budget, (void **)&c->at, &c->capacity, id + (size_t)1,
                       sizeof *c->at)
               ? &c->at[id]
               : NULL;
}

static void cells_fini(struct cells *c, struct budget *budget)
{
    for (size_t i = 0; i < c->capacity; i++)
        histogram_fini(&c->at[i].buckets, budget);
    free(c->at);
    *c = (struct cells){0};
}

static void times_fini(struct times *t, struct budget *budget)
{
    cells_fini(&t->both, budget);
    cells_fini(&t->wait, budget);
    cells_fini(&t->service, budget);
}

static void close_latency(void *family)
{
    struct latency *l = family;
    if (!l)
        return;
    struct budget *b = l->context->budget;
    histogram_fini(&l->all_handshake.buckets, b);
    histogram_fini(&l->all_walk.buckets, b);
    cells_fini(&l->client_wait, b);
    cells_fini(&l->client_lookup, b);
    cells_fini(&l->server_own, b);
    cells_fini(&l->server_upstream, b);
    cells_fini(&l->server_handshake, b);
    times_fini(&l->server, b);
    times_fini(&l->type, b);
    times_fini(&l->upstream, b);
    times_fini(&l->zone, b);
    histogram_fini(&l->leg_lookup.buckets, b);
    for (unsigned i = 0; i < FACTS_ZONE_CLASSES; i++)
        histogram_fini(&l->zone_lookup[i].buckets, b);
    free(l->zones);
    code_map_fini(&l->types);
    for (size_t i = 0; i < windows_count(&l->window_wait); i++) {
        struct cell *cell = windows_at(&l->window_wait, i);
        histogram_fini(&cell->buckets, b);
    }
    windows_fini(&l->window_wait);
    free(l);
}

static void *open_latency(const struct facts_context *context)
{
    struct latency *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->context = context;
    if (code_map_init(&l->types, context->ids->seed, context->budget) &&
        cell_of(&l->zone.both, FACTS_ZONE_CLASSES, context->budget) &&
        windows_init(&l->window_wait, sizeof(struct cell), context->window_ns,
                     WINDOWS_MOST, cell_merge, context->budget,
                     context->budget))
        return l;
    close_latency(l);
    return NULL;
}

/* Counts a value, or its absence; `c` is NULL when memory was refused. */
static void note(struct cell *c, const struct value *v, struct budget *budget)
{
    if (!c)
        return;
    if (v->ns != EXCHANGE_UNKNOWN_NS)
        cell_add(c, v, budget);
    else if (v->unanswered) {
        c->unanswered++;
        c->unanswered_ns += v->least_ns;
    }
}

/* Looked at once a name, as far as memory goes. */
static enum facts_zone_class zone_of(struct latency *l, uint32_t name_id)
{
    if (name_id == 0) /* all names for which there was no room */
        return FACTS_ZONE_EXTERNAL;
    const struct bytes name = intern_key(&l->context->ids->names, name_id);
    if (!budget_grow(l->context->budget, (void **)&l->zones, &l->zone_capacity,
                     name_id + (size_t)1, sizeof *l->zones))
        return facts_zone_class(name);
    if (l->zones[name_id] == 0)
        l->zones[name_id] = (uint8_t)(1 + facts_zone_class(name));
    return (enum facts_zone_class)(l->zones[name_id] - 1);
}

/* `service` is `wait` itself where it is the same. */
static void note_times(struct times *t, uint32_t id, const struct value *wait,
                       const struct value *service, struct budget *budget)
{
    if (LIKELY(service == wait)) {
        note(cell_of(&t->both, id, budget), wait, budget);
        return;
    }
    note(cell_of(&t->wait, id, budget), wait, budget);
    note(cell_of(&t->service, id, budget), service, budget);
}

/* By who asked, and what clients asked for: a resolver asks for top-level
 * domains, too, which are no names of its network. */
static void note_leg(struct latency *l, const struct exchange_transaction *x,
                     const struct value *wait, const struct value *service)
{
    struct budget *b = l->context->budget;
    if (x->is_upstream) {
        note_times(&l->zone, FACTS_ZONE_CLASSES, wait, service, b);
        note_times(&l->upstream, x->server_id, wait, service, b);
        return;
    }
    const uint32_t name_id =
        exchange_identity_question(l->context->ids, x->question_id).name_id;
    note_times(&l->zone, zone_of(l, name_id), wait, service, b);
}

/* What of a resolver's service was its own; and, of what it had to fetch, what
 * others took. */
static void note_shares(struct latency *l, const struct exchange_transaction *x)
{
    struct budget *b = l->context->budget;
    if (x->upstream_ns == EXCHANGE_UNKNOWN_NS)
        return;
    const struct value own = value_of(x->service_ns - x->upstream_ns, false, 0);
    note(cell_of(&l->server_own, x->server_id, b), &own, b);
    if (x->source != EXCHANGE_SOURCE_FETCHED &&
        x->source != EXCHANGE_SOURCE_JOINED)
        return;
    const struct value upstream = value_of(x->upstream_ns, false, 0);
    note(cell_of(&l->server_upstream, x->server_id, b), &upstream, b);
}

static void take_transaction(struct latency *l,
                             const struct exchange_transaction *x)
{
    struct budget *b = l->context->budget;
    const bool unanswered = x->outcome == EXCHANGE_UNANSWERED;
    if (x->wait_ns == EXCHANGE_UNKNOWN_NS && !unanswered)
        return;
    const int64_t least = least_ns(l, x->time_ns, x->last_attempt_ns);
    const struct value wait = value_of(x->wait_ns, unanswered, least);
    struct value other;
    const struct value *service = &wait;
    if (UNLIKELY(x->service_ns != x->wait_ns)) {
        other = value_of(x->service_ns, unanswered, least);
        service = &other;
    }
    note(cell_of(&l->client_wait, x->client_id, b), &wait, b);
    note_times(&l->server, x->server_id, &wait, service, b);
    const uint32_t type = code_map_put(&l->types, x->qtype);
    if (type != IDMAP_NONE)
        note_times(&l->type, type, &wait, service, b);
    note_leg(l, x, &wait, service);
    note_shares(l, x);
    note(windows_row(&l->window_wait, x->time_ns), &wait, b);
}

static void take_lookup(struct latency *l, const struct exchange_lookup *x)
{
    struct budget *b = l->context->budget;
    /* Who gave up has waited so long at least; a wait that the time stamps do
     * not tell is not one without an end. */
    const bool silent = x->silent && x->wait_ns != EXCHANGE_UNKNOWN_NS;
    const struct value wait =
        value_of(silent ? EXCHANGE_UNKNOWN_NS : x->wait_ns, silent, x->wait_ns);
    note(cell_of(&l->client_lookup, x->client_id, b), &wait, b);
    note(x->upstream ? &l->leg_lookup : &l->zone_lookup[zone_of(l, x->base_id)],
         &wait, b);
}

/* What a walk that began under a suffix took before its last name. */
static void take_walk(struct latency *l, const struct exchange_lookup *x)
{
    if (x->step_count < 2 || x->upstream || x->walk_ns <= 0 ||
        x->stub == EXCHANGE_STUB_RESOLVER || x->steps[0].name_id == x->base_id)
        return;
    const struct value walk = value_of(x->walk_ns, false, 0);
    note(&l->all_walk, &walk, l->context->budget);
}

/* From the last SYN to the SYN/ACK, of a TCP connection. */
static void take_connection(struct latency *l,
                            const struct exchange_connection *x)
{
    struct budget *b = l->context->budget;
    const struct value handshake =
        value_of(x->handshake_ns, x->outcome == EXCHANGE_UNANSWERED, 0);
    note(&l->all_handshake, &handshake, b);
    note(cell_of(&l->server_handshake, x->server_id, b), &handshake, b);
}

static void prefetch(const struct latency *l,
                     const struct exchange_events *events)
{
    for (size_t i = 0; i < events->transaction_count; i++) {
        const uint32_t id = events->transactions[i].client_id;
        if (id < l->client_wait.capacity)
            PREFETCH(&l->client_wait.at[id]);
    }
    for (size_t i = 0; i < events->transaction_count; i++) {
        const uint32_t id = events->transactions[i].client_id;
        if (id < l->client_wait.capacity)
            histogram_prefetch(&l->client_wait.at[id].buckets);
    }
}

static void take(void *family, const struct exchange_events *events)
{
    prefetch(family, events);
    for (size_t i = 0; i < events->transaction_count; i++)
        take_transaction(family, &events->transactions[i]);
    for (size_t i = 0; i < events->lookup_count; i++) {
        take_lookup(family, &events->lookups[i]);
        take_walk(family, &events->lookups[i]);
    }
    for (size_t i = 0; i < events->connection_count; i++)
        take_connection(family, &events->connections[i]);
}

struct target {
    const struct facts_sink *sink;
    struct err *err;
    const char *scope, *measure;
};

static enum err_code save_cell(const struct target *t, int64_t key,
                               const struct cell *c)
{
    if (c->buckets.count == 0 && c->unanswered == 0)
        return ERR_OK;
    char text[HISTOGRAM_BUCKETS * HISTOGRAM_TEXT + 3];
    histogram_text(&c->buckets, text);
    const bool any = c->buckets.count > 0;
    return FACTS_ROW(
        t->sink, "latency", t->err, facts_text(t->scope), facts_integer(key),
        facts_text(t->measure), facts_integer(c->buckets.count),
        facts_integer(c->unanswered), facts_integer(c->unanswered_ns),
        facts_integer_if(any, c->min_ns), facts_integer_if(any, c->max_ns),
        facts_integer(c->sum_ns), facts_text(text));
}

static enum err_code save_cells(const struct target *t, const struct cells *c)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < c->capacity && rc == ERR_OK; i++)
        rc = save_cell(t, (int64_t)i, &c->at[i]);
    return rc;
}

/* By a key of few values, 0 to count - 1. */
static enum err_code save_few(const struct target *t, const struct cell *cells,
                              unsigned count)
{
    enum err_code rc = ERR_OK;
    for (unsigned i = 0; i < count && rc == ERR_OK; i++)
        rc = save_cell(t, i, &cells[i]);
    return rc;
}

static enum err_code save_windows(const struct target *t,
                                  const struct windows *w)
{
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < windows_count(w) && rc == ERR_OK; i++)
        rc = save_cell(t, windows_start_ns(w, i), windows_at(w, i));
    return rc;
}

/* --- sums: what is one of other cells is not counted twice on the way ------ */

/* A few KiB, however little memory is left: exact where the parts are. */
static struct budget sum_budget(void)
{
    return (struct budget){.limit = sizeof(struct histogram_cell) *
                                    HISTOGRAM_BUCKETS * 32};
}

static void add_cell(struct cell *sum, const struct cells *from, size_t id,
                     struct budget *budget)
{
    if (id < from->capacity)
        cell_sum(sum, &from->at[id], budget);
}

/* The waits, or the services, of `id`. */
static void add_times(struct cell *sum, const struct times *t, bool services,
                      size_t id, struct budget *budget)
{
    add_cell(sum, &t->both, id, budget);
    add_cell(sum, services ? &t->service : &t->wait, id, budget);
}

static enum err_code save_time(const struct target *t, const struct times *from,
                               bool services, size_t id, int64_t key)
{
    struct budget budget = sum_budget();
    struct cell sum = {.sum_ns = 0};
    add_times(&sum, from, services, id, &budget);
    const enum err_code rc = save_cell(t, key, &sum);
    histogram_fini(&sum.buckets, &budget);
    return rc;
}

/* `types` tells what the ids stand for, NULL: for themselves. */
static enum err_code save_times(const struct target *t,
                                const struct times *from,
                                const struct code_map *types)
{
    const bool services = strcmp(t->measure, "service") == 0;
    size_t count = from->both.capacity;
    if (from->wait.capacity > count)
        count = from->wait.capacity;
    if (types && code_map_count(types) < count)
        count = code_map_count(types);
    enum err_code rc = ERR_OK;
    for (size_t id = 0; id < count && rc == ERR_OK; id++)
        rc =
            save_time(t, from, services, id,
                      types ? code_map_code(types, (uint32_t)id) : (int64_t)id);
    return rc;
}

struct sums {
    struct cell wait[LEGS], service[LEGS], lookup[LEGS];
    struct cell zone_wait[FACTS_ZONE_CLASSES], zone_service[FACTS_ZONE_CLASSES];
    struct cell all_wait, all_service, all_lookup;
};

static void sums_init(struct sums *s, const struct latency *l,
                      struct budget *budget)
{
    memset(s, 0, sizeof *s);
    for (unsigned i = 0; i < FACTS_ZONE_CLASSES; i++) {
        add_times(&s->zone_wait[i], &l->zone, false, i, budget);
        add_times(&s->zone_service[i], &l->zone, true, i, budget);
        cell_sum(&s->wait[LEG_CLIENT], &s->zone_wait[i], budget);
        cell_sum(&s->service[LEG_CLIENT], &s->zone_service[i], budget);
        cell_sum(&s->lookup[LEG_CLIENT], &l->zone_lookup[i], budget);
    }
    add_times(&s->wait[LEG_UPSTREAM], &l->zone, false, FACTS_ZONE_CLASSES,
              budget);
    add_times(&s->service[LEG_UPSTREAM], &l->zone, true, FACTS_ZONE_CLASSES,
              budget);
    cell_sum(&s->lookup[LEG_UPSTREAM], &l->leg_lookup, budget);
    for (unsigned i = 0; i < LEGS; i++) {
        cell_sum(&s->all_wait, &s->wait[i], budget);
        cell_sum(&s->all_service, &s->service[i], budget);
        cell_sum(&s->all_lookup, &s->lookup[i], budget);
    }
}

static void few_fini(struct cell *cells, unsigned count, struct budget *budget)
{
    for (unsigned i = 0; i < count; i++)
        histogram_fini(&cells[i].buckets, budget);
}

static void sums_fini(struct sums *s, struct budget *budget)
{
    few_fini(s->wait, LEGS, budget);
    few_fini(s->service, LEGS, budget);
    few_fini(s->lookup, LEGS, budget);
    few_fini(s->zone_wait, FACTS_ZONE_CLASSES, budget);
    few_fini(s->zone_service, FACTS_ZONE_CLASSES, budget);
    few_fini(&s->all_wait, 1, budget);
    few_fini(&s->all_service, 1, budget);
    few_fini(&s->all_lookup, 1, budget);
}

static enum err_code save_all(const struct latency *l, const struct sums *sums,
                              const struct facts_sink *sink, struct err *err)
{
    const struct {
        const char *scope, *measure;
        const struct cell *few;
        unsigned count;
        const struct cells *many;
        const struct times *times;
        const struct code_map *types; /* of the times */
    } rows[] = {
        {"all", "wait", &sums->all_wait, 1, NULL, NULL, NULL},
        {"all", "service", &sums->all_service, 1, NULL, NULL, NULL},
        {"all", "lookup", &sums->all_lookup, 1, NULL, NULL, NULL},
        {"all", "handshake", &l->all_handshake, 1, NULL, NULL, NULL},
        {"all", "walk", &l->all_walk, 1, NULL, NULL, NULL},
        {"leg", "wait", sums->wait, LEGS, NULL, NULL, NULL},
        {"leg", "service", sums->service, LEGS, NULL, NULL, NULL},
        {"leg", "lookup", sums->lookup, LEGS, NULL, NULL, NULL},
        {"zone_class", "wait", sums->zone_wait, FACTS_ZONE_CLASSES, NULL, NULL,
         NULL},
        {"zone_class", "service", sums->zone_service, FACTS_ZONE_CLASSES, NULL,
         NULL, NULL},
        {"zone_class", "lookup", l->zone_lookup, FACTS_ZONE_CLASSES, NULL, NULL,
         NULL},
        {"client", "wait", NULL, 0, &l->client_wait, NULL, NULL},
        {"client", "lookup", NULL, 0, &l->client_lookup, NULL, NULL},
        {"server", "wait", NULL, 0, NULL, &l->server, NULL},
        {"server", "service", NULL, 0, NULL, &l->server, NULL},
        {"server", "own", NULL, 0, &l->server_own, NULL, NULL},
        {"server", "upstream", NULL, 0, &l->server_upstream, NULL, NULL},
        {"server", "handshake", NULL, 0, &l->server_handshake, NULL, NULL},
        {"upstream", "wait", NULL, 0, NULL, &l->upstream, NULL},
        {"upstream", "service", NULL, 0, NULL, &l->upstream, NULL},
        {"type", "wait", NULL, 0, NULL, &l->type, &l->types},
        {"type", "service", NULL, 0, NULL, &l->type, &l->types},
    };
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && rc == ERR_OK; i++) {
        const struct target t = {sink, err, rows[i].scope, rows[i].measure};
        if (rows[i].few)
            rc = save_few(&t, rows[i].few, rows[i].count);
        else if (rows[i].many)
            rc = save_cells(&t, rows[i].many);
        else
            rc = save_times(&t, rows[i].times, rows[i].types);
    }
    if (rc == ERR_OK)
        rc = save_windows(&(struct target){sink, err, "window", "wait"},
                          &l->window_wait);
    return rc;
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    struct budget budget = sum_budget();
    struct sums sums;
    sums_init(&sums, family, &budget);
    const enum err_code rc = save_all(family, &sums, sink, err);
    sums_fini(&sums, &budget);
    return rc;
}

const struct facts_family facts_latency = {open_latency, take, save,
                                           close_latency};
