/* How long things took: wait (first attempt to answer), service (the attempt
 * that was answered to its answer) and lookup, each by several keys; and what of
 * a resolver's service was its own and what it waited for others. */
#include <stdlib.h>
#include <string.h>

#include "facts/families.h"
#include "facts/zone_class.h"
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

struct latency {
    const struct facts_context *context;
    struct cell all_handshake; /* the other sums are made when saved */
    struct cells client_wait, client_lookup, server_wait, server_service;
    struct cells server_own, server_upstream, server_handshake;
    struct cells upstream_wait, upstream_service;  /* asked by resolvers */
    struct cell leg_wait, leg_service, leg_lookup; /* the upstream leg */
    /* The clients' leg, and all lookups. */
    struct cell zone_wait[FACTS_ZONE_CLASSES], zone_service[FACTS_ZONE_CLASSES],
        zone_lookup[FACTS_ZONE_CLASSES];
    uint8_t *zones; /* by name id: 1 + its zone class, 0 = not looked at */
    size_t zone_capacity;
    struct idmap types;
    struct cells type_wait, type_service;
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
}

static void close_latency(void *family)
{
    struct latency *l = family;
    if (!l)
        return;
    struct budget *b = l->context->budget;
    histogram_fini(&l->all_handshake.buckets, b);
    cells_fini(&l->client_wait, b);
    cells_fini(&l->client_lookup, b);
    cells_fini(&l->server_wait, b);
    cells_fini(&l->server_service, b);
    cells_fini(&l->server_own, b);
    cells_fini(&l->server_upstream, b);
    cells_fini(&l->server_handshake, b);
    cells_fini(&l->upstream_wait, b);
    cells_fini(&l->upstream_service, b);
    histogram_fini(&l->leg_wait.buckets, b);
    histogram_fini(&l->leg_lookup.buckets, b);
    histogram_fini(&l->leg_service.buckets, b);
    for (unsigned i = 0; i < FACTS_ZONE_CLASSES; i++) {
        histogram_fini(&l->zone_wait[i].buckets, b);
        histogram_fini(&l->zone_service[i].buckets, b);
        histogram_fini(&l->zone_lookup[i].buckets, b);
    }
    free(l->zones);
    cells_fini(&l->type_wait, b);
    cells_fini(&l->type_service, b);
    idmap_fini(&l->types);
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
    if (idmap_init(&l->types, context->ids->seed, context->budget) &&
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

/* By who asked, and what clients asked for: a resolver asks for top-level
 * domains, too, which are no names of its network. */
static void note_leg(struct latency *l, const struct exchange_transaction *x,
                     const struct value *wait, const struct value *service)
{
    struct budget *b = l->context->budget;
    if (x->is_upstream) {
        note(&l->leg_wait, wait, b);
        note(&l->leg_service, service, b);
        note(cell_of(&l->upstream_wait, x->server_id, b), wait, b);
        note(cell_of(&l->upstream_service, x->server_id, b), service, b);
        return;
    }
    const enum facts_zone_class zone = zone_of(
        l, exchange_identity_question(l->context->ids, x->question_id).name_id);
    note(&l->zone_wait[zone], wait, b);
    note(&l->zone_service[zone], service, b);
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
    const struct value service =
        x->service_ns == x->wait_ns
            ? wait
            : value_of(x->service_ns, unanswered, least);
    note(cell_of(&l->client_wait, x->client_id, b), &wait, b);
    note(cell_of(&l->server_wait, x->server_id, b), &wait, b);
    note(cell_of(&l->server_service, x->server_id, b), &service, b);
    const uint32_t type = idmap_put(&l->types, x->qtype);
    if (type != IDMAP_NONE) {
        note(cell_of(&l->type_wait, type, b), &wait, b);
        note(cell_of(&l->type_service, type, b), &service, b);
    }
    note_leg(l, x, &wait, &service);
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

static void take(void *family, const struct exchange_events *events)
{
    for (size_t i = 0; i < events->transaction_count; i++)
        take_transaction(family, &events->transactions[i]);
    for (size_t i = 0; i < events->lookup_count; i++)
        take_lookup(family, &events->lookups[i]);
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

static enum err_code save_types(const struct target *t, const struct latency *l,
                                const struct cells *c)
{
    enum err_code rc = ERR_OK;
    for (uint32_t i = 0; i < l->types.count && i < c->capacity && rc == ERR_OK;
         i++)
        rc = save_cell(t, (int64_t)l->types.keys[i], &c->at[i]);
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

/* What is the sum of other cells is not counted twice on the way. */
struct sums {
    struct cell wait[LEGS], service[LEGS], lookup[LEGS];
    struct cell all_wait, all_service, all_lookup;
};

static void sums_init(struct sums *s, const struct latency *l,
                      struct budget *budget)
{
    memset(s, 0, sizeof *s);
    for (unsigned i = 0; i < FACTS_ZONE_CLASSES; i++) {
        cell_sum(&s->wait[LEG_CLIENT], &l->zone_wait[i], budget);
        cell_sum(&s->service[LEG_CLIENT], &l->zone_service[i], budget);
        cell_sum(&s->lookup[LEG_CLIENT], &l->zone_lookup[i], budget);
    }
    cell_sum(&s->wait[LEG_UPSTREAM], &l->leg_wait, budget);
    cell_sum(&s->service[LEG_UPSTREAM], &l->leg_service, budget);
    cell_sum(&s->lookup[LEG_UPSTREAM], &l->leg_lookup, budget);
    for (unsigned i = 0; i < LEGS; i++) {
        cell_sum(&s->all_wait, &s->wait[i], budget);
        cell_sum(&s->all_service, &s->service[i], budget);
        cell_sum(&s->all_lookup, &s->lookup[i], budget);
    }
}

static void sums_fini(struct sums *s, struct budget *budget)
{
    for (unsigned i = 0; i < LEGS; i++) {
        histogram_fini(&s->wait[i].buckets, budget);
        histogram_fini(&s->service[i].buckets, budget);
        histogram_fini(&s->lookup[i].buckets, budget);
    }
    histogram_fini(&s->all_wait.buckets, budget);
    histogram_fini(&s->all_service.buckets, budget);
    histogram_fini(&s->all_lookup.buckets, budget);
}

static enum err_code save_all(const struct latency *l, const struct sums *sums,
                              const struct facts_sink *sink, struct err *err)
{
    const struct {
        const char *scope, *measure;
        const struct cell *few;
        unsigned count;
        const struct cells *many;
    } rows[] = {
        {"all", "wait", &sums->all_wait, 1, NULL},
        {"all", "service", &sums->all_service, 1, NULL},
        {"all", "lookup", &sums->all_lookup, 1, NULL},
        {"all", "handshake", &l->all_handshake, 1, NULL},
        {"leg", "wait", sums->wait, LEGS, NULL},
        {"leg", "service", sums->service, LEGS, NULL},
        {"leg", "lookup", sums->lookup, LEGS, NULL},
        {"zone_class", "wait", l->zone_wait, FACTS_ZONE_CLASSES, NULL},
        {"zone_class", "service", l->zone_service, FACTS_ZONE_CLASSES, NULL},
        {"zone_class", "lookup", l->zone_lookup, FACTS_ZONE_CLASSES, NULL},
        {"client", "wait", NULL, 0, &l->client_wait},
        {"client", "lookup", NULL, 0, &l->client_lookup},
        {"server", "wait", NULL, 0, &l->server_wait},
        {"server", "service", NULL, 0, &l->server_service},
        {"server", "own", NULL, 0, &l->server_own},
        {"server", "upstream", NULL, 0, &l->server_upstream},
        {"server", "handshake", NULL, 0, &l->server_handshake},
        {"upstream", "wait", NULL, 0, &l->upstream_wait},
        {"upstream", "service", NULL, 0, &l->upstream_service},
    };
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && rc == ERR_OK; i++) {
        const struct target t = {sink, err, rows[i].scope, rows[i].measure};
        rc = rows[i].few ? save_few(&t, rows[i].few, rows[i].count)
                         : save_cells(&t, rows[i].many);
    }
    if (rc == ERR_OK)
        rc = save_types(&(struct target){sink, err, "type", "wait"}, l,
                        &l->type_wait);
    if (rc == ERR_OK)
        rc = save_types(&(struct target){sink, err, "type", "service"}, l,
                        &l->type_service);
    if (rc == ERR_OK)
        rc = save_windows(&(struct target){sink, err, "window", "wait"},
                          &l->window_wait);
    return rc;
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    /* A few KiB, however little is left: exact where the parts are. */
    struct budget budget = {.limit = sizeof(struct histogram_cell) *
                                     HISTOGRAM_BUCKETS * 16};
    struct sums sums;
    sums_init(&sums, family, &budget);
    const enum err_code rc = save_all(family, &sums, sink, err);
    sums_fini(&sums, &budget);
    return rc;
}

const struct facts_family facts_latency = {open_latency, take, save,
                                           close_latency};
