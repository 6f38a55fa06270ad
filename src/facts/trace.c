/* Transactions are chained under their lookup, further messages under what ties
 * them to their transaction; the lookups kept are a heap with the shortest wait
 * on top, which is what a longer one replaces. */
#include "facts/trace.h"

#include <stdlib.h>

#include "exchange/lookup.h"
#include "util/hash.h"
#include "util/pool.h"

/* The share of the budget for each of the two tables, and their largest useful
 * size: what 100,000 lookups a second have open. */
enum { SHARE = 16, CEILING_LEAST = 4096, CEILING_MOST = 1 << 18 };

/* Lookups let go are remembered, a bit each, so that what ends behind them is
 * let go too. Ids are dense: these are the newest 16 million, and what ends
 * does so within half a minute or so. */
enum { DROPPED_BITS = 1 << 24, DROPPED_OCTETS = DROPPED_BITS / 8 };

enum state { WAITING = POOL_FREE + 1, KEPT };

struct transaction {
    struct pool_node node; /* hashed from the lookup's id */
    struct exchange_transaction event;
    bool fits; /* its name does */
};

struct further {
    struct pool_node node; /* hashed from what ties it to its transaction */
    struct facts_further event;
};

struct kept {
    struct exchange_lookup event;
    int64_t wait_ns; /* as known, or at least */
};

struct facts_trace {
    const struct facts_trace_choice *choice;
    const struct exchange_identity *ids;
    struct pool transactions, furthers;
    struct kept *kept; /* a binary heap */
    size_t kept_count;
    uint64_t *dropped; /* a bit for each id, modulo DROPPED_BITS */
    uint64_t passed_over, evicted;
};

static uint32_t ceiling_of(const struct budget *budget, size_t octets)
{
    const size_t n = budget->limit / SHARE / octets;
    return n < CEILING_LEAST  ? CEILING_LEAST
           : n > CEILING_MOST ? CEILING_MOST
                              : (uint32_t)n;
}

static bool open_tables(struct facts_trace *t, struct budget *budget)
{
    const size_t x = sizeof(struct transaction), f = sizeof(struct further);
    t->kept = calloc(t->choice->most, sizeof *t->kept);
    if (budget_take(budget, DROPPED_OCTETS))
        t->dropped = calloc(1, DROPPED_OCTETS);
    return t->kept && t->dropped &&
           pool_init(&t->transactions, x, ceiling_of(budget, x), budget) &&
           pool_init(&t->furthers, f, ceiling_of(budget, f), budget);
}

struct facts_trace *facts_trace_new(const struct facts_trace_choice *choice,
                                    const struct exchange_identity *ids,
                                    struct budget *budget)
{
    struct facts_trace *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->choice = choice;
    t->ids = ids;
    if (open_tables(t, budget))
        return t;
    facts_trace_free(t);
    return NULL;
}

void facts_trace_free(struct facts_trace *t)
{
    if (!t)
        return;
    pool_fini(&t->transactions);
    pool_fini(&t->furthers);
    free(t->dropped);
    free(t->kept);
    free(t);
}

uint64_t facts_trace_passed_over(const struct facts_trace *t)
{
    return t->passed_over;
}

uint64_t facts_trace_evicted(const struct facts_trace *t)
{
    return t->evicted;
}

/* --- what was asked for ---------------------------------------------------- */

static bool client_fits(const struct facts_trace *t, uint32_t client_id)
{
    const struct facts_trace_choice *c = t->choice;
    const struct bytes address = intern_key(&t->ids->clients, client_id);
    return c->client_octets == 0 ||
           (address.len == c->client_octets &&
            memcmp(address.data, c->client, address.len) == 0);
}

/* Whether the first `octets` of a name are those of the choice's: lengths of
 * labels are octets too, so whole labels are compared. */
static bool begins(const struct facts_trace *t, uint32_t name_id, size_t octets)
{
    const struct bytes name = intern_key(&t->ids->names, name_id);
    return name.len > octets && memcmp(name.data, t->choice->name, octets) == 0;
}

/* All of the name but its root label. */
static bool name_fits(const struct facts_trace *t, uint32_t name_id)
{
    return t->choice->name_octets == 0 ||
           begins(t, name_id, t->choice->name_octets - 1U);
}

/* Whether a lookup that asks for this name can fit: all the names that it tries
 * begin with one label. */
static bool name_may_fit(const struct facts_trace *t, uint32_t name_id)
{
    return t->choice->name_octets == 0 ||
           (t->choice->name[0] == 0 ||
            begins(t, name_id, 1U + t->choice->name[0]));
}

static bool lookup_may_fit(const struct facts_trace *t, uint32_t lookup_id)
{
    return lookup_id != EXCHANGE_NO_LOOKUP &&
           (!t->choice->has_lookup || t->choice->lookup_id == lookup_id);
}

/* --- tables ---------------------------------------------------------------- */

static uint64_t lookup_hash(const struct facts_trace *t, uint32_t lookup_id)
{
    return hash_u64(lookup_id, t->ids->seed);
}

static bool is_dropped(const struct facts_trace *t, uint32_t lookup_id)
{
    const uint32_t bit = lookup_id % DROPPED_BITS;
    return t->dropped[bit / 64] >> bit % 64 & 1;
}

static void set_dropped(struct facts_trace *t, uint32_t lookup_id)
{
    const uint32_t bit = lookup_id % DROPPED_BITS;
    t->dropped[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* For each lookup that ends: the bit half-way round belongs to an old one, and
 * is made ready for a new one. */
static void age_dropped(struct facts_trace *t, uint32_t lookup_id)
{
    const uint32_t bit = (lookup_id + DROPPED_BITS / 2) % DROPPED_BITS;
    t->dropped[bit / 64] &= ~(UINT64_C(1) << bit % 64);
}

static void make_room(struct facts_trace *t, struct pool *pool)
{
    if (!pool_is_full(pool))
        return;
    const uint32_t waiting = pool_oldest(pool, WAITING);
    pool_forget(pool, waiting == POOL_NONE ? pool_oldest(pool, KEPT) : waiting);
    t->evicted++;
}

static uint64_t tie_hash(const struct facts_trace *t,
                         const struct facts_further *f)
{
    return hash_u64((uint64_t)f->client_id << 32 |
                        (uint64_t)f->client_port << 16 | f->message_id,
                    t->ids->seed) ^
           hash_u64((uint64_t)f->question_id << 32 | f->server_id,
                    t->ids->seed);
}

/* The next further message of a transaction in its chain, from `i` on. The
 * newest stand first: nobody can make it walk past those of later ones. */
static uint32_t further_from(const struct facts_trace *t, uint32_t i,
                             const struct exchange_transaction *x)
{
    while (i != POOL_NONE) {
        const struct further *f = pool_at(&t->furthers, i);
        if (facts_further_is_of(&f->event, x))
            return i;
        if (f->event.frame < x->query_frame)
            return POOL_NONE;
        i = pool_next(&t->furthers, i);
    }
    return POOL_NONE;
}

static uint32_t first_further(const struct facts_trace *t,
                              const struct exchange_transaction *x)
{
    const struct facts_further tie = {
        .client_id = x->client_id,
        .server_id = x->server_id,
        .question_id = x->question_id,
        .client_port = x->client_port,
        .message_id = x->message_id,
    };
    return further_from(t, pool_first(&t->furthers, tie_hash(t, &tie)), x);
}

static uint32_t next_further(const struct facts_trace *t, uint32_t i,
                             const struct exchange_transaction *x)
{
    return further_from(t, pool_next(&t->furthers, i), x);
}

static uint32_t transaction_from(const struct facts_trace *t, uint32_t i,
                                 uint32_t lookup_id)
{
    while (i != POOL_NONE) {
        const struct transaction *x = pool_at(&t->transactions, i);
        if (x->event.lookup_id == lookup_id)
            return i;
        i = pool_next(&t->transactions, i);
    }
    return POOL_NONE;
}

static uint32_t first_transaction(const struct facts_trace *t,
                                  uint32_t lookup_id)
{
    return transaction_from(
        t, pool_first(&t->transactions, lookup_hash(t, lookup_id)), lookup_id);
}

static uint32_t next_transaction(const struct facts_trace *t, uint32_t i,
                                 uint32_t lookup_id)
{
    return transaction_from(t, pool_next(&t->transactions, i), lookup_id);
}

/* --- keeping and letting go ------------------------------------------------ */

/* A further message goes with its transaction. */
static void settle_furthers(struct facts_trace *t,
                            const struct exchange_transaction *x,
                            enum state state)
{
    for (uint32_t i = first_further(t, x), next; i != POOL_NONE; i = next) {
        next = next_further(t, i, x);
        if (state == KEPT)
            pool_enter(&t->furthers, i, KEPT, x->time_ns);
        else
            pool_forget(&t->furthers, i);
    }
}

static void drop(struct facts_trace *t, uint32_t lookup_id)
{
    set_dropped(t, lookup_id);
    uint32_t next;
    for (uint32_t i = first_transaction(t, lookup_id); i != POOL_NONE;
         i = next) {
        const struct transaction *x = pool_at(&t->transactions, i);
        next = next_transaction(t, i, lookup_id);
        settle_furthers(t, &x->event, WAITING);
        pool_forget(&t->transactions, i);
    }
}

static void keep(struct facts_trace *t, uint32_t lookup_id)
{
    for (uint32_t i = first_transaction(t, lookup_id); i != POOL_NONE;
         i = next_transaction(t, i, lookup_id)) {
        const struct transaction *x = pool_at(&t->transactions, i);
        settle_furthers(t, &x->event, KEPT);
        pool_enter(&t->transactions, i, KEPT, x->event.time_ns);
    }
}

/* --- the heap -------------------------------------------------------------- */

/* Whether `a` waited less than `b`; of equal waits the later lookup. */
static bool is_shorter(const struct kept *a, const struct kept *b)
{
    if (a->wait_ns != b->wait_ns)
        return a->wait_ns < b->wait_ns;
    return a->event.id > b->event.id;
}

static void swap(struct kept *a, struct kept *b)
{
    const struct kept t = *a;
    *a = *b;
    *b = t;
}

static void sift_up(struct kept *heap, size_t i)
{
    for (; i > 0 && is_shorter(&heap[i], &heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&heap[i], &heap[(i - 1) / 2]);
}

static void sift_down(struct kept *heap, size_t count)
{
    for (size_t i = 0;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++)
            if (child < count && is_shorter(&heap[child], &heap[least]))
                least = child;
        if (least == i)
            return;
        swap(&heap[i], &heap[least]);
        i = least;
    }
}

/* --- events ---------------------------------------------------------------- */

static bool question_may_fit(const struct facts_trace *t, uint32_t client_id,
                             uint32_t question_id)
{
    return question_id != EXCHANGE_NO_QUESTION && client_fits(t, client_id) &&
           name_may_fit(
               t, exchange_identity_question(t->ids, question_id).name_id);
}

static void take_message(struct facts_trace *t,
                         const struct exchange_message *m)
{
    if (facts_further_kind(m) == FACTS_NOT_FURTHER ||
        !question_may_fit(t, m->client_id, m->question_id))
        return;
    make_room(t, &t->furthers);
    const struct facts_further event = facts_further_of(m);
    const uint32_t i =
        pool_insert(&t->furthers, tie_hash(t, &event), WAITING, event.time_ns);
    struct further *f = pool_at(&t->furthers, i);
    f->event = event;
}

static void insert_transaction(struct facts_trace *t,
                               const struct exchange_transaction *x)
{
    make_room(t, &t->transactions);
    const uint32_t sibling = first_transaction(t, x->lookup_id);
    const int state = sibling == POOL_NONE
                          ? WAITING
                          : pool_node(&t->transactions, sibling)->state;
    const uint32_t i = pool_insert(
        &t->transactions, lookup_hash(t, x->lookup_id), state, x->time_ns);
    struct transaction *own = pool_at(&t->transactions, i);
    own->event = *x;
    own->fits = name_fits(
        t, exchange_identity_question(t->ids, x->question_id).name_id);
    if (state == KEPT)
        settle_furthers(t, x, KEPT);
}

static void take_transaction(struct facts_trace *t,
                             const struct exchange_transaction *x)
{
    if (!question_may_fit(t, x->client_id, x->question_id))
        return;
    if (lookup_may_fit(t, x->lookup_id) && !is_dropped(t, x->lookup_id))
        insert_transaction(t, x);
    else
        settle_furthers(t, x, WAITING);
}

static bool any_name_fits(const struct facts_trace *t,
                          const struct exchange_lookup *l)
{
    if (name_fits(t, l->base_id))
        return true;
    for (uint32_t i = first_transaction(t, l->id); i != POOL_NONE;
         i = next_transaction(t, i, l->id)) {
        const struct transaction *x = pool_at(&t->transactions, i);
        if (x->fits)
            return true;
    }
    return false;
}

/* A lookup without an answer lasted as long as its client is known to have
 * tried, and its patience with the last try. */
static int64_t wait_of(const struct facts_trace *t,
                       const struct exchange_lookup *l)
{
    if (l->wait_ns != EXCHANGE_UNKNOWN_NS)
        return l->wait_ns;
    return l->last_attempt_ns - l->time_ns +
           (l->outcome == EXCHANGE_LOOKUP_GAVE_UP ? t->choice->timeout_ns : 0);
}

/* Adds a lookup to the heap, in the place of the shortest when it is full. */
static void rank(struct facts_trace *t, const struct kept *kept)
{
    if (t->kept_count < t->choice->most) {
        t->kept[t->kept_count] = *kept;
        sift_up(t->kept, t->kept_count++);
        keep(t, kept->event.id);
        return;
    }
    t->passed_over++;
    if (!is_shorter(&t->kept[0], kept)) {
        drop(t, kept->event.id);
        return;
    }
    drop(t, t->kept[0].event.id);
    t->kept[0] = *kept;
    sift_down(t->kept, t->kept_count);
    keep(t, kept->event.id);
}

static void take_lookup(struct facts_trace *t, const struct exchange_lookup *l)
{
    age_dropped(t, l->id);
    if (!lookup_may_fit(t, l->id) || !client_fits(t, l->client_id) ||
        !name_may_fit(t, l->base_id))
        return; /* and nothing of it was taken */
    const struct kept kept = {*l, wait_of(t, l)};
    if (any_name_fits(t, l))
        rank(t, &kept);
    else
        drop(t, l->id);
}

void facts_trace_take(struct facts_trace *t,
                      const struct exchange_events *events)
{
    for (size_t i = 0; i < events->message_count; i++)
        take_message(t, &events->messages[i]);
    for (size_t i = 0; i < events->transaction_count; i++)
        take_transaction(t, &events->transactions[i]);
    for (size_t i = 0; i < events->lookup_count; i++)
        take_lookup(t, &events->lookups[i]);
}

/* --- handing out ----------------------------------------------------------- */

static enum err_code hand_out_furthers(const struct facts_trace *t,
                                       const struct facts_trace_rows *rows,
                                       const struct exchange_transaction *x)
{
    enum err_code rc = ERR_OK;
    for (uint32_t i = first_further(t, x); i != POOL_NONE && rc == ERR_OK;
         i = next_further(t, i, x)) {
        const struct further *f = pool_at(&t->furthers, i);
        rc = rows->further(rows->context, &f->event);
    }
    return rc;
}

static enum err_code hand_out_transactions(const struct facts_trace *t,
                                           const struct facts_trace_rows *rows,
                                           uint32_t lookup_id)
{
    enum err_code rc = ERR_OK;
    for (uint32_t i = first_transaction(t, lookup_id);
         i != POOL_NONE && rc == ERR_OK;
         i = next_transaction(t, i, lookup_id)) {
        const struct transaction *x = pool_at(&t->transactions, i);
        rc = rows->transaction(rows->context, &x->event);
        if (rc == ERR_OK)
            rc = hand_out_furthers(t, rows, &x->event);
    }
    return rc;
}

static int by_id(const void *a, const void *b)
{
    const struct kept *x = *(const struct kept *const *)a;
    const struct kept *y = *(const struct kept *const *)b;
    return (x->event.id > y->event.id) - (x->event.id < y->event.id);
}

enum err_code facts_trace_each(const struct facts_trace *t,
                               const struct facts_trace_rows *rows,
                               struct err *err)
{
    const struct kept **sorted = calloc(t->kept_count + 1, sizeof *sorted);
    if (!sorted)
        return err_set(err, ERR_NOMEM, "no memory for a trace");
    for (size_t i = 0; i < t->kept_count; i++)
        sorted[i] = &t->kept[i];
    qsort(sorted, t->kept_count, sizeof *sorted, by_id);
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < t->kept_count && rc == ERR_OK; i++) {
        rc = rows->lookup(rows->context, &sorted[i]->event);
        if (rc == ERR_OK)
            rc = hand_out_transactions(t, rows, sorted[i]->event.id);
    }
    free(sorted);
    return rc;
}
