/* Answers under suffixes: to which address the names led that were found there
 * at a later step of a walk. Where one stands for many names, a wildcard may.
 */
#include <stdlib.h>

#include "dns/name.h"
#include "facts/families.h"
#include "util/distinct.h"
#include "util/hash.h"

enum { ROWS_MOST = 1 << 12, ADDRESS_OCTETS = 16 };

struct row {
    struct distinct bases, clients;
    int64_t first_ns, last_ns;
    uint64_t first_frame;
    uint32_t lookups;
};

struct answers {
    const struct facts_context *context;
    struct intern keys; /* octets of the address, the address, the suffix */
    struct row *rows;   /* by id of the key */
    size_t capacity;
    uint64_t refused; /* lookups without a row */
};

static void close_answers(void *family)
{
    struct answers *a = family;
    if (!a)
        return;
    for (uint32_t i = 0; i < a->keys.count; i++) {
        distinct_fini(&a->rows[i].bases, a->context->budget);
        distinct_fini(&a->rows[i].clients, a->context->budget);
    }
    intern_fini(&a->keys);
    free(a->rows);
    free(a);
}

static void *open_answers(const struct facts_context *context)
{
    struct answers *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->context = context;
    if (intern_init(&a->keys, context->budget))
        return a;
    close_answers(a);
    return NULL;
}

/* The row of a key, or NULL. Room comes before the id, so that every id has a
 * row. */
static struct row *row_of(struct answers *a, struct bytes key)
{
    const uint64_t hash = hash_octets(key.data, key.len, a->context->ids->seed);
    uint32_t id = intern_find(&a->keys, key, hash);
    bool fresh;
    if (id == INTERN_NONE && a->keys.count < ROWS_MOST &&
        budget_grow(a->context->budget, (void **)&a->rows, &a->capacity,
                    a->keys.count + (size_t)1, sizeof *a->rows))
        id = intern_put(&a->keys, key, hash, &fresh);
    return id == INTERN_NONE ? NULL : &a->rows[id];
}

static void add_to(struct distinct *set, struct bytes item,
                   struct budget *budget)
{
    (void)distinct_add(
        set, (uint32_t)hash_octets(item.data, item.len, HASH_SKETCH_SEED),
        budget);
}

static void count(struct answers *a, const struct exchange_lookup *l,
                  struct bytes base, struct bytes suffix)
{
    uint8_t octets[1 + ADDRESS_OCTETS + DNS_NAME_OCTETS];
    octets[0] = l->address_octets;
    memcpy(octets + 1, l->address, l->address_octets);
    const size_t front = 1U + l->address_octets;
    memcpy(octets + front, suffix.data, suffix.len);
    struct row *r = row_of(a, (struct bytes){octets, front + suffix.len});
    if (!r) {
        a->refused++;
        return;
    }
    if (r->lookups == 0 || l->time_ns < r->first_ns)
        r->first_ns = l->time_ns;
    if (r->lookups == 0 || l->time_ns > r->last_ns)
        r->last_ns = l->time_ns;
    if (r->lookups++ == 0)
        r->first_frame = l->first_frame;
    add_to(&r->bases, base, a->context->budget);
    add_to(&r->clients, intern_key(&a->context->ids->clients, l->client_id),
           a->context->budget);
}

static bool was_found(const struct exchange_lookup *l)
{
    return l->address_octets > 0 && !l->upstream &&
           (l->outcome == EXCHANGE_LOOKUP_ANSWERED ||
            l->outcome == EXCHANGE_LOOKUP_PARTLY) &&
           l->step_count <= EXCHANGE_LOOKUP_STEPS;
}

static void take_lookup(struct answers *a, const struct exchange_lookup *l)
{
    const struct intern *names = &a->context->ids->names;
    const struct bytes base = intern_key(names, l->base_id);
    const struct bytes name =
        intern_key(names, l->steps[l->step_count - 1].name_id);
    const size_t octets = base.len - 1;
    if (name.len <= base.len || memcmp(name.data, base.data, octets) != 0 ||
        dns_name_labels(base.data, base.len) < 2)
        return; /* no room for the base's own name; names without dots */
    count(a, l, base, (struct bytes){name.data + octets, name.len - octets});
}

static void take(void *family, const struct exchange_events *events)
{
    for (size_t i = 0; i < events->lookup_count; i++)
        if (was_found(&events->lookups[i]))
            take_lookup(family, &events->lookups[i]);
}

static enum err_code save_row(const struct answers *a, uint32_t id,
                              const struct facts_sink *sink, struct err *err)
{
    const struct row *r = &a->rows[id];
    const struct bytes key = intern_key(&a->keys, id);
    const size_t octets = key.data[0], front = 1 + octets;
    char address[EXCHANGE_ADDRESS_TEXT], suffix[DNS_NAME_TEXT];
    char bases[DISTINCT_TEXT], clients[DISTINCT_TEXT];
    exchange_identity_address_text((struct bytes){key.data + 1, octets},
                                   address);
    dns_name_text(key.data + front, key.len - front, suffix);
    distinct_text(&r->bases, bases);
    distinct_text(&r->clients, clients);
    return FACTS_ROW(
        sink, "search_answer", err, facts_text(suffix), facts_text(address),
        facts_integer(r->lookups),
        facts_integer((int64_t)distinct_count(&r->bases)), facts_text(bases),
        facts_integer((int64_t)distinct_count(&r->clients)),
        facts_text(clients), facts_integer(r->first_ns),
        facts_integer(r->last_ns), facts_integer((int64_t)r->first_frame));
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct answers *a = family;
    enum err_code rc = ERR_OK;
    for (uint32_t i = 0; i < a->keys.count && rc == ERR_OK; i++)
        rc = save_row(a, i, sink, err);
    if (rc == ERR_OK && a->refused > 0)
        rc = FACTS_ROW(sink, "counter", err,
                       facts_text("refused_search_answers"),
                       facts_integer((int64_t)a->refused));
    return rc;
}

const struct facts_family facts_search_answer = {open_answers, take, save,
                                                 close_answers};
