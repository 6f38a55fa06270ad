/* Search lists: what lookups asked under which suffix.
 *
 * What stands behind the base of a walked lookup, at each of its steps, is a
 * suffix, or nothing where the name was asked as it is. Which suffixes make a
 * client's list, in which order, and below how many dots it puts them first, is
 * told from these rows and not here.
 */
#include <assert.h>
#include <stdlib.h>

#include "dns/name.h"
#include "facts/families.h"
#include "facts/lookup_text.h"
#include "util/distinct.h"
#include "util/hash.h"

/* Rows beyond are counted for any name of their client. Half of the room is for
 * lookups that walked, however many names others ask. */
enum {
    ROWS_MOST = 1 << 16,
    PLAIN_ROWS_MOST = ROWS_MOST / 2,
    TAILS_MOST = 1 << 12,
    PLACES_MOST = 1 << 16,
    PAIRS_MOST = 1 << 17,
};

/* Ids of what stands behind a base: nothing, what cannot be told, then those of
 * the table. */
enum { TAIL_NONE = 0, TAIL_OTHER, TAILS_KNOWN };

struct key {
    uint32_t client_id, base_id;
    uint16_t begins, settled; /* tails of the first and the last step */
    uint8_t dots, steps, outcome;
    bool addresses;
};
static_assert(sizeof(struct key) == 16, "hashed as octets");

struct row {
    int64_t first_ns, last_ns, wasted_ns;
    uint64_t first_frame, wasted_octets;
    uint64_t queries, sent, needed;
    uint32_t lookups;
};

/* A suffix of a client. */
struct place {
    struct distinct bases;
    uint32_t lookups, leading, queries, answered, wasted;
};

/* What a client's lookups come to together. */
struct caller {
    int64_t wasted_ns, led_ns, first_led_ns, last_led_ns;
    uint64_t queries, sent, needed, wasted_octets;
    uint64_t led_wasted; /* queries */
    uint32_t lookups[EXCHANGE_STUBS];
    uint32_t walked[EXCHANGE_STUBS]; /* of them */
    uint32_t led;                    /* of them, that began under a suffix */
    uint32_t autopath;               /* not of them: the resolver walked */
    uint16_t led_dots;               /* most of both, and one more; 0: none */
    uint16_t bare_dots; /* least of the others that walked, and one more */
};

struct search {
    const struct facts_context *context;
    struct intern keys;
    struct row *rows; /* the first for what fits nowhere else, then by id of the
                         key */
    struct intern tails;
    struct idmap place_ids; /* client << 32 | tail */
    struct place *places;
    struct idmap pair_ids;  /* client << 32 | tail << 16 | later tail */
    uint32_t *pairs;        /* lookups */
    struct caller *callers; /* by client id */
    size_t row_capacity, place_capacity, pair_capacity, caller_capacity;
    uint32_t plain_rows;
    uint64_t refused; /* steps and pairs of them without a row */
};

static void close_search(void *family)
{
    struct search *s = family;
    if (!s)
        return;
    for (size_t i = 0; i < s->place_capacity; i++)
        distinct_fini(&s->places[i].bases, s->context->budget);
    intern_fini(&s->keys);
    intern_fini(&s->tails);
    idmap_fini(&s->place_ids);
    idmap_fini(&s->pair_ids);
    free(s->rows);
    free(s->places);
    free(s->pairs);
    free(s->callers);
    free(s);
}

/* Of a name, root included. */
static uint16_t tail_id(struct search *s, struct bytes tail)
{
    if (tail.len == 1)
        return TAIL_NONE;
    const uint64_t hash =
        hash_octets(tail.data, tail.len, s->context->ids->seed);
    bool fresh;
    const uint32_t id = s->tails.count < TAILS_MOST
                            ? intern_put(&s->tails, tail, hash, &fresh)
                            : intern_find(&s->tails, tail, hash);
    return (uint16_t)(id == INTERN_NONE ? TAIL_OTHER : TAILS_KNOWN + id);
}

static void *open_search(const struct facts_context *context)
{
    struct search *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->context = context;
    struct budget *budget = context->budget;
    const uint64_t seed = context->ids->seed;
    if (intern_init(&s->keys, budget) && intern_init(&s->tails, budget) &&
        idmap_init(&s->place_ids, seed, budget) &&
        idmap_init(&s->pair_ids, seed, budget) &&
        budget_grow(budget, (void **)&s->rows, &s->row_capacity, 1,
                    sizeof *s->rows) &&
        budget_grow(budget, (void **)&s->callers, &s->caller_capacity, 1,
                    sizeof *s->callers))
        return s;
    close_search(s);
    return NULL;
}

/* --- rows ---------------------------------------------------------------- */

static uint32_t put(struct search *s, const struct key *key)
{
    const struct bytes octets = {(const uint8_t *)key, sizeof *key};
    const uint64_t hash =
        hash_octets(octets.data, octets.len, s->context->ids->seed);
    const bool is_plain = key->steps == 1;
    bool fresh = false;
    const bool has_room = s->keys.count < ROWS_MOST &&
                          !(is_plain && s->plain_rows >= PLAIN_ROWS_MOST);
    if (!has_room && key->base_id != 0)
        return intern_find(&s->keys, octets, hash);
    const uint32_t id = intern_put(&s->keys, octets, hash, &fresh);
    s->plain_rows += fresh && is_plain;
    return id;
}

/* The row of a lookup, or that of its client for any name. */
static struct row *row_of(struct search *s, struct key *key)
{
    uint32_t id = put(s, key);
    if (id == INTERN_NONE) {
        key->base_id = 0;
        id = put(s, key);
    }
    const bool has_room =
        id != INTERN_NONE &&
        budget_grow(s->context->budget, (void **)&s->rows, &s->row_capacity,
                    id + (size_t)2, sizeof *s->rows);
    return &s->rows[has_room ? id + 1 : 0];
}

static void count_lookup(struct row *r, const struct exchange_lookup *l)
{
    if (r->lookups == 0 || l->time_ns < r->first_ns)
        r->first_ns = l->time_ns;
    if (r->lookups == 0 || l->time_ns > r->last_ns)
        r->last_ns = l->time_ns;
    if (r->lookups++ == 0)
        r->first_frame = l->first_frame;
    r->queries += l->questions;
    r->sent += l->queries;
    r->needed += l->needed;
    r->wasted_octets += l->walk_octets;
    if (l->walk_ns > 0)
        r->wasted_ns += l->walk_ns;
}

/* --- steps of a walk ----------------------------------------------------- */

/* The steps that are told; a lookup may have had more. */
static unsigned told_steps(const struct exchange_lookup *l)
{
    return l->step_count < EXCHANGE_LOOKUP_STEPS ? l->step_count
                                                 : EXCHANGE_LOOKUP_STEPS;
}

static struct bytes name_of(const struct search *s, uint32_t name_id)
{
    return intern_key(&s->context->ids->names, name_id);
}

/* What stands behind the base in a name. */
static uint16_t tail_of(struct search *s, const struct exchange_lookup *l,
                        uint32_t name_id)
{
    const struct bytes base = name_of(s, l->base_id);
    const struct bytes name = name_of(s, name_id);
    const size_t octets = base.len - 1;
    if (name.len < base.len || memcmp(name.data, base.data, octets) != 0)
        return TAIL_OTHER; /* no room for the base's own name */
    return tail_id(s, (struct bytes){name.data + octets, name.len - octets});
}

static bool is_suffix(uint16_t tail)
{
    return tail >= TAILS_KNOWN;
}

static struct place *place_of(struct search *s, uint32_t client_id,
                              uint16_t tail)
{
    const uint64_t key = (uint64_t)client_id << 32 | tail;
    const uint32_t id = s->place_ids.count < PLACES_MOST
                            ? idmap_put(&s->place_ids, key)
                            : idmap_find(&s->place_ids, key);
    if (id == IDMAP_NONE ||
        !budget_grow(s->context->budget, (void **)&s->places,
                     &s->place_capacity, id + (size_t)1, sizeof *s->places))
        return NULL;
    return &s->places[id];
}

static void count_pair(struct search *s, uint32_t client_id, uint16_t before,
                       uint16_t after)
{
    if (!is_suffix(before) || !is_suffix(after) || before == after)
        return;
    const uint64_t key =
        (uint64_t)client_id << 32 | (uint64_t)before << 16 | after;
    const uint32_t id = s->pair_ids.count < PAIRS_MOST
                            ? idmap_put(&s->pair_ids, key)
                            : idmap_find(&s->pair_ids, key);
    if (id == IDMAP_NONE ||
        !budget_grow(s->context->budget, (void **)&s->pairs, &s->pair_capacity,
                     id + (size_t)1, sizeof *s->pairs))
        s->refused++;
    else
        s->pairs[id]++;
}

static void count_step(struct search *s, const struct exchange_lookup *l,
                       unsigned i, uint16_t tail)
{
    struct place *p = place_of(s, l->client_id, tail);
    if (!p) {
        s->refused++;
        return;
    }
    const struct exchange_step *step = &l->steps[i];
    const bool is_last = i + 1 == l->step_count;
    const struct bytes base = name_of(s, l->base_id);
    p->lookups++;
    p->leading += i == 0;
    p->queries += step->types;
    if (!is_last)
        p->wasted += step->types;
    else if (l->outcome == EXCHANGE_LOOKUP_ANSWERED ||
             l->outcome == EXCHANGE_LOOKUP_PARTLY)
        p->answered += step->types;
    distinct_add(&p->bases,
                 (uint32_t)hash_octets(base.data, base.len, HASH_SKETCH_SEED),
                 s->context->budget);
}

static void take_walk(struct search *s, const struct exchange_lookup *l,
                      struct key *key)
{
    uint16_t tails[EXCHANGE_LOOKUP_STEPS];
    const unsigned steps = told_steps(l);
    for (unsigned i = 0; i < steps; i++) {
        tails[i] = tail_of(s, l, l->steps[i].name_id);
        if (is_suffix(tails[i]))
            count_step(s, l, i, tails[i]);
        for (unsigned k = 0; k < i; k++)
            count_pair(s, l->client_id, tails[k], tails[i]);
    }
    key->begins = tails[0];
    key->settled = steps == l->step_count ? tails[steps - 1] : TAIL_OTHER;
}

/* The resolver walked: the only step led to where the others would have. */
static void take_autopath(struct search *s, const struct exchange_lookup *l,
                          struct key *key)
{
    key->begins = tail_of(s, l, l->steps[0].name_id);
    key->settled = tail_of(s, l, l->target_id);
    if (is_suffix(key->begins))
        count_step(s, l, 0, key->begins);
    count_pair(s, l->client_id, key->begins, key->settled);
}

/* --- taking -------------------------------------------------------------- */

static bool asks_addresses(const struct exchange_lookup *l)
{
    for (unsigned i = 0; i < l->type_count; i++)
        if (l->types[i] == DNS_A || l->types[i] == DNS_AAAA)
            return true;
    return false;
}

static uint8_t dots_of(struct bytes name)
{
    const unsigned labels = dns_name_labels(name.data, name.len);
    return (uint8_t)(labels > 0 ? labels - 1 : 0);
}

static struct caller *caller_of(struct search *s, uint32_t client_id)
{
    const bool has_room = budget_grow(
        s->context->budget, (void **)&s->callers, &s->caller_capacity,
        client_id + (size_t)1, sizeof *s->callers);
    return &s->callers[has_room ? client_id : 0];
}

/* A walk that began under a suffix: what the search list made of it. */
static void count_led(struct caller *c, const struct exchange_lookup *l,
                      const struct key *key)
{
    if (c->led == 0 || l->time_ns < c->first_led_ns)
        c->first_led_ns = l->time_ns;
    if (c->led == 0 || l->time_ns > c->last_led_ns)
        c->last_led_ns = l->time_ns;
    c->led++;
    c->led_wasted += l->questions - l->needed;
    if (l->walk_ns > 0)
        c->led_ns += l->walk_ns;
    if (is_suffix(key->begins) && c->led_dots <= key->dots)
        c->led_dots = key->dots + 1;
}

static void count_autopath(struct caller *c, const struct key *key)
{
    if (key->begins == TAIL_NONE)
        return;
    c->autopath++;
    if (c->led_dots < key->dots + 1)
        c->led_dots = key->dots + 1;
}

static void count_caller(struct search *s, const struct exchange_lookup *l,
                         const struct key *key)
{
    struct caller *c = caller_of(s, l->client_id);
    c->lookups[l->stub]++;
    c->walked[l->stub] += l->step_count > 1;
    c->queries += l->questions;
    c->sent += l->queries;
    c->needed += l->needed;
    c->wasted_octets += l->walk_octets;
    if (l->walk_ns > 0)
        c->wasted_ns += l->walk_ns;
    if (l->step_count == 1) {
        count_autopath(c, key);
        return;
    }
    if (key->begins != TAIL_NONE)
        count_led(c, l, key);
    else if (c->bare_dots == 0 || c->bare_dots > key->dots + 1)
        c->bare_dots = key->dots + 1;
}

/* Resolvers, which are asked or ask without RD, search nothing. */
static void take_lookup(struct search *s, const struct exchange_lookup *l)
{
    if (l->upstream || l->stub == EXCHANGE_STUB_RESOLVER)
        return;
    struct key key = {
        .client_id = l->client_id,
        .base_id = l->base_id,
        .dots = dots_of(name_of(s, l->base_id)),
        .steps =
            (uint8_t)(l->step_count < UINT8_MAX ? l->step_count : UINT8_MAX),
        .outcome = l->outcome,
        .addresses = asks_addresses(l),
    };
    if (l->step_count > 1)
        take_walk(s, l, &key);
    else if (l->target_id != EXCHANGE_NO_NAME)
        take_autopath(s, l, &key);
    count_caller(s, l, &key);
    count_lookup(row_of(s, &key), l);
}

static void take(void *family, const struct exchange_events *events)
{
    for (size_t i = 0; i < events->lookup_count; i++)
        take_lookup(family, &events->lookups[i]);
}

/* --- saving -------------------------------------------------------------- */

static struct key key_of(const struct search *s, uint32_t row)
{
    struct key key = {.outcome = EXCHANGE_LOOKUP_ANSWERED};
    if (row > 0)
        memcpy(&key, intern_key(&s->keys, row - 1).data, sizeof key);
    return key;
}

/* The ids of tails are those of their rows. */
static enum err_code save_tails(const struct search *s,
                                const struct facts_sink *sink, struct err *err)
{
    enum err_code rc = FACTS_ROW(sink, "suffix", err, facts_integer(TAIL_NONE),
                                 facts_text(""));
    if (rc == ERR_OK)
        rc = FACTS_ROW(sink, "suffix", err, facts_integer(TAIL_OTHER),
                       facts_text("*"));
    for (uint32_t i = 0; i < s->tails.count && rc == ERR_OK; i++) {
        const struct bytes key = intern_key(&s->tails, i);
        char suffix[DNS_NAME_TEXT];
        dns_name_text(key.data, key.len, suffix);
        rc = FACTS_ROW(sink, "suffix", err, facts_integer(TAILS_KNOWN + i),
                       facts_text(suffix));
    }
    return rc;
}

static enum err_code save_row(const struct search *s, uint32_t i,
                              const struct facts_sink *sink, struct err *err)
{
    const struct row *r = &s->rows[i];
    const struct key key = key_of(s, i);
    return FACTS_ROW(
        sink, "search_lookup", err, facts_integer(key.client_id),
        facts_integer(key.base_id), facts_integer(key.dots),
        facts_integer(key.begins), facts_integer(key.settled),
        facts_integer(key.steps), facts_text(facts_lookup_text(key.outcome)),
        facts_integer(key.addresses), facts_integer(r->lookups),
        facts_integer((int64_t)r->queries), facts_integer((int64_t)r->sent),
        facts_integer((int64_t)r->needed),
        facts_integer((int64_t)r->wasted_octets), facts_integer(r->wasted_ns),
        facts_integer(r->first_ns), facts_integer(r->last_ns),
        facts_integer((int64_t)r->first_frame));
}

struct place_in_order {
    uint64_t client_and_base;
    uint32_t row;
};

static int by_client_and_base(const void *a, const void *b)
{
    const struct place_in_order *x = a, *y = b;
    return (x->client_and_base > y->client_and_base) -
           (x->client_and_base < y->client_and_base);
}

/* In the order of the table's key, or nearly so: rows that come in another
 * order cost the store a search each, and a page that it has to split. */
static enum err_code save_rows(const struct search *s,
                               const struct facts_sink *sink, struct err *err)
{
    struct place_in_order *order =
        calloc((size_t)s->keys.count + 1, sizeof *order);
    if (!order)
        return err_set(err, ERR_NOMEM, "no memory to sort lookups");
    size_t count = 0;
    for (uint32_t i = 0; i <= s->keys.count && i < s->row_capacity; i++) {
        if (s->rows[i].lookups == 0)
            continue;
        const struct key key = key_of(s, i);
        order[count++] = (struct place_in_order){
            (uint64_t)key.client_id << 32 | key.base_id, i};
    }
    qsort(order, count, sizeof *order, by_client_and_base);
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < count && rc == ERR_OK; i++)
        rc = save_row(s, order[i].row, sink, err);
    free(order);
    return rc;
}

static enum err_code save_place(const struct search *s, uint32_t i,
                                const struct facts_sink *sink, struct err *err)
{
    const struct place *p = &s->places[i];
    const uint64_t key = s->place_ids.keys[i];
    char sketch[DISTINCT_TEXT];
    distinct_text(&p->bases, sketch);
    return FACTS_ROW(
        sink, "search_suffix", err, facts_integer((int64_t)(key >> 32)),
        facts_integer((uint32_t)key), facts_integer(p->lookups),
        facts_integer(p->leading), facts_integer(p->queries),
        facts_integer(p->answered), facts_integer(p->wasted),
        facts_integer((int64_t)distinct_count(&p->bases)), facts_text(sketch));
}

static enum err_code save_pair(const struct search *s, uint32_t i,
                               const struct facts_sink *sink, struct err *err)
{
    const uint64_t key = s->pair_ids.keys[i];
    return FACTS_ROW(sink, "search_pair", err,
                     facts_integer((int64_t)(key >> 32)),
                     facts_integer((uint16_t)(key >> 16)),
                     facts_integer((uint16_t)key), facts_integer(s->pairs[i]));
}

static enum err_code save_stubs(const struct caller *c, uint32_t client_id,
                                const struct facts_sink *sink, struct err *err)
{
    enum err_code rc = ERR_OK;
    for (uint8_t stub = 0; stub < EXCHANGE_STUBS && rc == ERR_OK; stub++) {
        if (c->lookups[stub] > 0 && stub != EXCHANGE_STUB_UNKNOWN)
            rc = FACTS_ROW(sink, "search_stub", err, facts_integer(client_id),
                           facts_text(facts_stub_text(stub)),
                           facts_integer(c->lookups[stub]),
                           facts_integer(c->walked[stub]));
    }
    return rc;
}

/* `dots` and one more; 0 is unknown. */
static struct facts_value dots_value(uint16_t dots)
{
    return dots > 0 ? facts_integer(dots - 1) : facts_null();
}

static enum err_code save_caller(const struct search *s, uint32_t client_id,
                                 const struct facts_sink *sink, struct err *err)
{
    const struct caller *c = &s->callers[client_id];
    int64_t lookups = 0, walked = 0;
    for (unsigned stub = 0; stub < EXCHANGE_STUBS; stub++) {
        lookups += c->lookups[stub];
        walked += c->walked[stub];
    }
    if (lookups == 0)
        return ERR_OK;
    const enum err_code rc = FACTS_ROW(
        sink, "search_client", err, facts_integer(client_id),
        facts_integer(lookups), facts_integer(walked),
        facts_integer(c->autopath), facts_integer((int64_t)c->queries),
        facts_integer((int64_t)c->sent), facts_integer((int64_t)c->needed),
        facts_integer((int64_t)c->wasted_octets), facts_integer(c->wasted_ns),
        facts_integer(c->led), facts_integer((int64_t)c->led_wasted),
        facts_integer(c->led_ns),
        c->led > 0 ? facts_integer(c->first_led_ns) : facts_null(),
        c->led > 0 ? facts_integer(c->last_led_ns) : facts_null(),
        dots_value(c->led_dots), dots_value(c->bare_dots));
    return rc == ERR_OK ? save_stubs(c, client_id, sink, err) : rc;
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct search *s = family;
    enum err_code rc = save_tails(s, sink, err);
    if (rc == ERR_OK)
        rc = save_rows(s, sink, err);
    for (size_t i = 0; i < s->place_capacity && rc == ERR_OK; i++)
        if (s->places[i].lookups > 0)
            rc = save_place(s, (uint32_t)i, sink, err);
    for (size_t i = 0; i < s->pair_capacity && rc == ERR_OK; i++)
        if (s->pairs[i] > 0)
            rc = save_pair(s, (uint32_t)i, sink, err);
    for (size_t i = 0; i < s->caller_capacity && rc == ERR_OK; i++)
        rc = save_caller(s, (uint32_t)i, sink, err);
    if (rc == ERR_OK && s->refused > 0)
        rc = FACTS_ROW(sink, "counter", err, facts_text("refused_suffixes"),
                       facts_integer((int64_t)s->refused));
    return rc;
}

const struct facts_family facts_search = {open_search, take, save,
                                          close_search};
