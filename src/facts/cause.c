/* What lookups waited for: by cause, client, server and name. */
#include <stdlib.h>

#include "dns/name.h"
#include "facts/families.h"
#include "facts/lookup_text.h"
#include "util/hash.h"
#include "util/histogram.h"

/* Nobody is harmed by less, and only those whom somebody may ask about get a
 * row: 100 ms is the least that any judgement looks at. */
static const int64_t least_ns = 100000000;

/* Beyond, names are not told apart any more ("*"). */
enum { ROWS_MOST = 1 << 16 };

struct key {
    uint32_t client_id, server_id, base_id;
    uint8_t cause; /* enum exchange_cause */
    bool silent, repeated, upstream;
};
static_assert(sizeof(struct key) == 16, "hashed as octets");

struct row {
    struct histogram buckets;
    int64_t wait_ns, cause_ns, wait_max_ns; /* sums, and the longest */
    int64_t first_ns, last_ns;
    uint64_t first_frame, last_frame, cause_frame; /* of the longest */
    uint32_t lookups, queries, lookup_id;
};

struct causes {
    const struct facts_context *context;
    struct intern keys;
    struct row *rows; /* the first for what fits nowhere else, then by id of the
                         key */
    size_t capacity;
};

static void close_causes(void *family)
{
    struct causes *c = family;
    if (!c)
        return;
    for (size_t i = 0; i < c->capacity; i++)
        histogram_fini(&c->rows[i].buckets, c->context->budget);
    intern_fini(&c->keys);
    free(c->rows);
    free(c);
}

static uint32_t put(struct causes *c, const struct key *key)
{
    const struct bytes octets = {(const uint8_t *)key, sizeof *key};
    const uint64_t hash =
        hash_octets(octets.data, octets.len, c->context->ids->seed);
    bool fresh;
    return c->keys.count < ROWS_MOST || key->base_id == 0
               ? intern_put(&c->keys, octets, hash, &fresh)
               : intern_find(&c->keys, octets, hash);
}

static void *open_causes(const struct facts_context *context)
{
    struct causes *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->context = context;
    if (intern_init(&c->keys, context->budget) &&
        budget_grow(context->budget, (void **)&c->rows, &c->capacity, 1,
                    sizeof *c->rows))
        return c;
    close_causes(c);
    return NULL;
}

/* The row of a lookup, or that of its client and server for any name. */
static struct row *row_of(struct causes *c, const struct exchange_lookup *l)
{
    struct key key = {.client_id = l->client_id,
                      .server_id = l->server_id,
                      .base_id = l->base_id,
                      .cause = l->cause,
                      .silent = l->silent,
                      .repeated = l->repeated,
                      .upstream = l->upstream};
    uint32_t id = put(c, &key);
    if (id == INTERN_NONE) {
        key.base_id = 0;
        id = put(c, &key);
    }
    const bool has_room =
        id != INTERN_NONE &&
        budget_grow(c->context->budget, (void **)&c->rows, &c->capacity,
                    id + (size_t)2, sizeof *c->rows);
    return &c->rows[has_room ? id + 1 : 0];
}

static void take_lookup(struct causes *c, const struct exchange_lookup *l)
{
    if (l->wait_ns < least_ns) /* unknown is less than anything */
        return;
    struct row *r = row_of(c, l);
    if (r->lookups == 0 || l->time_ns < r->first_ns)
        r->first_ns = l->time_ns;
    if (r->lookups == 0 || l->time_ns > r->last_ns)
        r->last_ns = l->time_ns;
    if (r->lookups++ == 0 || l->wait_ns > r->wait_max_ns) {
        r->wait_max_ns = l->wait_ns;
        r->first_frame = l->first_frame;
        r->last_frame = l->last_frame;
        r->cause_frame = l->cause_frame;
        r->lookup_id = l->id;
    }
    r->wait_ns += l->wait_ns;
    r->cause_ns += l->cause_ns;
    r->queries += l->queries;
    histogram_add(&r->buckets, histogram_bucket(l->wait_ns), 1,
                  c->context->budget);
}

static void take(void *family, const struct exchange_events *events)
{
    for (size_t i = 0; i < events->lookup_count; i++)
        take_lookup(family, &events->lookups[i]);
}

static enum err_code save_row(const struct causes *c, uint32_t i,
                              const struct facts_sink *sink, struct err *err)
{
    const struct row *r = &c->rows[i];
    struct key key = {.cause = EXCHANGE_CAUSE_SERVER};
    if (i > 0)
        memcpy(&key, intern_key(&c->keys, i - 1).data, sizeof key);
    char text[HISTOGRAM_BUCKETS * HISTOGRAM_TEXT + 3];
    histogram_text(&r->buckets, text);
    return FACTS_ROW(
        sink, "lookup_cause", err, facts_text(facts_cause_text(key.cause)),
        facts_integer(key.client_id), facts_integer(key.server_id),
        facts_integer(key.base_id), facts_integer(key.silent),
        facts_integer(key.repeated), facts_integer(key.upstream),
        facts_integer(r->lookups), facts_integer(r->queries),
        facts_integer(r->wait_ns), facts_integer(r->cause_ns),
        facts_integer(r->wait_max_ns), facts_text(text),
        facts_integer(r->first_ns), facts_integer(r->last_ns),
        facts_integer(r->lookup_id), facts_integer((int64_t)r->first_frame),
        facts_integer((int64_t)r->last_frame),
        facts_integer((int64_t)r->cause_frame));
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct causes *c = family;
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < c->capacity && rc == ERR_OK; i++)
        if (c->rows[i].lookups > 0)
            rc = save_row(c, (uint32_t)i, sink, err);
    return rc;
}

const struct facts_family facts_cause = {open_causes, take, save, close_causes};
