/* Denials: what servers with addresses of the Internet said does not exist.
 *
 * Whether a name that they deny was one's own, and should not have left, is
 * told from these rows, and not here.
 */
#include <stdlib.h>

#include "facts/address_class.h"
#include "facts/families.h"
#include "facts/zone_class.h"
#include "util/hash.h"

/* Half of the room is for names of internal shape, however many others fail:
 * block lists and random names do so by the million. */
enum { ROWS_MOST = 1 << 13, EXTERNAL_ROWS_MOST = ROWS_MOST / 2 };

struct key {
    uint32_t client_id, server_id, question_id;
};
static_assert(sizeof(struct key) == 12, "hashed as octets");

struct row {
    int64_t first_ns, last_ns;
    uint64_t first_frame;
    uint32_t transactions;
    bool internal, client_outside;
};

/* Of a server. */
enum place { PLACE_UNKNOWN = 0, PLACE_INSIDE, PLACE_OUTSIDE };

struct denials {
    const struct facts_context *context;
    struct intern keys;
    struct row *rows; /* by id of the key */
    uint8_t *places;  /* enum place, by server id */
    size_t row_capacity, place_capacity;
    uint32_t external_rows;
    uint64_t refused; /* denials without a row */
};

static void close_denials(void *family)
{
    struct denials *d = family;
    if (!d)
        return;
    intern_fini(&d->keys);
    free(d->rows);
    free(d->places);
    free(d);
}

static void *open_denials(const struct facts_context *context)
{
    struct denials *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->context = context;
    if (intern_init(&d->keys, context->budget))
        return d;
    close_denials(d);
    return NULL;
}

static bool is_outside(struct denials *d, uint32_t server_id)
{
    const struct bytes address =
        intern_key(&d->context->ids->servers, server_id);
    if (!budget_grow(d->context->budget, (void **)&d->places,
                     &d->place_capacity, server_id + (size_t)1,
                     sizeof *d->places))
        return facts_address_is_outside(address);
    if (d->places[server_id] == PLACE_UNKNOWN)
        d->places[server_id] =
            facts_address_is_outside(address) ? PLACE_OUTSIDE : PLACE_INSIDE;
    return d->places[server_id] == PLACE_OUTSIDE;
}

static bool is_internal(const struct denials *d, uint32_t question_id)
{
    const struct exchange_identity *ids = d->context->ids;
    const uint32_t name_id =
        exchange_identity_question(ids, question_id).name_id;
    return facts_zone_class(intern_key(&ids->names, name_id)) ==
           FACTS_ZONE_INTERNAL;
}

/* The row of a key, made if there is room for it, else NULL. Room comes before
 * the id, so that every id has a row. */
static struct row *row_of(struct denials *d, const struct key *key)
{
    const struct bytes octets = {(const uint8_t *)key, sizeof *key};
    const uint64_t hash =
        hash_octets(octets.data, octets.len, d->context->ids->seed);
    uint32_t id = intern_find(&d->keys, octets, hash);
    if (id != INTERN_NONE)
        return &d->rows[id];
    const bool internal = is_internal(d, key->question_id);
    bool fresh;
    if (d->keys.count >= ROWS_MOST ||
        (!internal && d->external_rows >= EXTERNAL_ROWS_MOST) ||
        !budget_grow(d->context->budget, (void **)&d->rows, &d->row_capacity,
                     d->keys.count + (size_t)1, sizeof *d->rows))
        return NULL;
    id = intern_put(&d->keys, octets, hash, &fresh);
    if (id == INTERN_NONE)
        return NULL;
    d->external_rows += !internal;
    d->rows[id].internal = internal;
    d->rows[id].client_outside = facts_address_is_outside(
        intern_key(&d->context->ids->clients, key->client_id));
    return &d->rows[id];
}

static void count(struct denials *d, const struct exchange_transaction *x)
{
    const struct key key = {x->client_id, x->server_id, x->question_id};
    struct row *r = row_of(d, &key);
    if (!r) {
        d->refused++;
        return;
    }
    if (r->transactions == 0 || x->time_ns < r->first_ns)
        r->first_ns = x->time_ns;
    if (r->transactions == 0 || x->time_ns > r->last_ns)
        r->last_ns = x->time_ns;
    if (r->transactions++ == 0)
        r->first_frame = x->query_frame;
}

static bool is_denied(const struct exchange_transaction *x)
{
    return x->rcode == DNS_NXDOMAIN &&
           (x->outcome == EXCHANGE_ANSWERED || x->outcome == EXCHANGE_LATE) &&
           x->question_id != EXCHANGE_NO_QUESTION;
}

static void take(void *family, const struct exchange_events *events)
{
    for (size_t i = 0; i < events->transaction_count; i++) {
        const struct exchange_transaction *x = &events->transactions[i];
        if (is_denied(x) && is_outside(family, x->server_id))
            count(family, x);
    }
}

static enum err_code save_row(const struct denials *d, uint32_t id,
                              const struct facts_sink *sink, struct err *err)
{
    const struct row *r = &d->rows[id];
    struct key key;
    memcpy(&key, intern_key(&d->keys, id).data, sizeof key);
    return FACTS_ROW(
        sink, "denial", err, facts_integer(key.client_id),
        facts_integer(key.server_id), facts_integer(key.question_id),
        facts_integer(r->internal), facts_integer(r->client_outside),
        facts_integer(r->transactions), facts_integer(r->first_ns),
        facts_integer(r->last_ns), facts_integer((int64_t)r->first_frame));
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct denials *d = family;
    enum err_code rc = ERR_OK;
    for (uint32_t i = 0; i < d->keys.count && rc == ERR_OK; i++)
        rc = save_row(d, i, sink, err);
    if (rc == ERR_OK && d->refused > 0)
        rc = FACTS_ROW(sink, "counter", err, facts_text("refused_denials"),
                       facts_integer((int64_t)d->refused));
    return rc;
}

const struct facts_family facts_denial = {open_denials, take, save,
                                          close_denials};
