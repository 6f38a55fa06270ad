/* What is asked: one row a name, and one a question (name, type, class). */
#include "dns/name.h"

#include <stdlib.h>

#include "facts/families.h"
#include "util/distinct.h"
#include "util/hash.h"
#include "util/histogram.h"

struct question {
    struct distinct clients;
    struct histogram waits;
    int64_t first_ns, last_ns, wait_max_ns;
    uint64_t first_frame;
    uint32_t queries, transactions, answered, unanswered;
    uint32_t nxdomain, nodata, servfail, refused;
    uint32_t ttl_min_s, ttl_max_s;
    uint32_t last_client; /* spares the sketch for repeats */
    bool has_ttl;
    bool orphaned;
};

struct names {
    const struct facts_context *context;
    struct question *at; /* by question id */
    size_t capacity;
};

static struct question *row_of(struct names *n, uint32_t id)
{
    const bool has_room =
        budget_grow(n->context->budget, (void **)&n->at, &n->capacity,
                    id + (size_t)1, sizeof *n->at);
    return &n->at[has_room ? id : 0];
}

static void close_names(void *family)
{
    struct names *n = family;
    if (!n)
        return;
    for (size_t i = 0; i < n->capacity; i++) {
        distinct_fini(&n->at[i].clients, n->context->budget);
        histogram_fini(&n->at[i].waits, n->context->budget);
    }
    free(n->at);
    free(n);
}

static void *open_names(const struct facts_context *context)
{
    struct names *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    n->context = context;
    if (budget_grow(context->budget, (void **)&n->at, &n->capacity, 1,
                    sizeof *n->at))
        return n;
    close_names(n);
    return NULL;
}

static void take_query(struct names *n, const struct exchange_message *m)
{
    struct question *row = row_of(n, m->question_id);
    if (row->queries++ == 0) {
        row->first_ns = row->last_ns = m->time_ns;
        row->first_frame = m->frame;
        row->last_client = UINT32_MAX;
    }
    if (m->time_ns < row->first_ns)
        row->first_ns = m->time_ns;
    if (m->time_ns > row->last_ns)
        row->last_ns = m->time_ns;
    if (m->client_id == row->last_client)
        return;
    row->last_client = m->client_id;
    const struct bytes key =
        intern_key(&n->context->ids->clients, m->client_id);
    distinct_add(&row->clients,
                 (uint32_t)hash_octets(key.data, key.len, HASH_SKETCH_SEED),
                 n->context->budget);
}

static void take_answered(struct names *n, struct question *row,
                          const struct exchange_transaction *x)
{
    row->answered++;
    row->nxdomain += x->rcode == DNS_NXDOMAIN;
    row->servfail += x->rcode == DNS_SERVFAIL;
    row->refused += x->rcode == DNS_REFUSED;
    row->nodata += x->nodata;
    if (x->wait_ns != EXCHANGE_UNKNOWN_NS) {
        histogram_add(&row->waits, histogram_bucket(x->wait_ns), 1,
                      n->context->budget);
        if (x->wait_ns > row->wait_max_ns)
            row->wait_max_ns = x->wait_ns;
    }
    if (!x->has_ttl)
        return;
    if (!row->has_ttl || x->ttl_s < row->ttl_min_s)
        row->ttl_min_s = x->ttl_s;
    if (!row->has_ttl || x->ttl_s > row->ttl_max_s)
        row->ttl_max_s = x->ttl_s;
    row->has_ttl = true;
}

/* Rows, of two cache lines, and what hangs on them. */
static void prefetch(const struct names *n,
                     const struct exchange_events *events)
{
    for (size_t i = 0; i < events->message_count; i++) {
        const uint32_t id = events->messages[i].question_id;
        if (id < n->capacity) {
            PREFETCH(&n->at[id]);
            PREFETCH((const uint8_t *)&n->at[id + 1] - 1);
        }
    }
    for (size_t i = 0; i < events->transaction_count; i++) {
        const uint32_t id = events->transactions[i].question_id;
        if (id < n->capacity)
            histogram_prefetch(&n->at[id].waits);
    }
}

static void take(void *family, const struct exchange_events *events)
{
    struct names *n = family;
    prefetch(n, events);
    for (size_t i = 0; i < events->message_count; i++) {
        const struct exchange_message *m = &events->messages[i];
        if (m->question_id != EXCHANGE_NO_QUESTION &&
            !exchange_message_is_copy(m) && !exchange_message_is_response(m))
            take_query(n, m);
    }
    for (size_t i = 0; i < events->transaction_count; i++) {
        const struct exchange_transaction *x = &events->transactions[i];
        if (x->question_id == EXCHANGE_NO_QUESTION)
            continue;
        struct question *row = row_of(n, x->question_id);
        if (x->outcome == EXCHANGE_ORPHANED) {
            row->orphaned = true;
            continue;
        }
        row->transactions++;
        row->unanswered += x->outcome == EXCHANGE_UNANSWERED;
        if (x->outcome == EXCHANGE_ANSWERED || x->outcome == EXCHANGE_LATE)
            take_answered(n, row, x);
    }
}

/* All that were interned: those of questions, and the bases of lookups. */
static enum err_code save_names(const struct exchange_identity *ids,
                                const struct facts_sink *sink, struct err *err)
{
    enum err_code rc = ERR_OK;
    for (uint32_t id = 0; id < ids->names.count && rc == ERR_OK; id++) {
        char name[DNS_NAME_TEXT];
        exchange_identity_name_text(ids, id, name);
        rc = FACTS_ROW(sink, "name", err, facts_integer(id), facts_text(name));
    }
    return rc;
}

static enum err_code save_row(const struct names *n, uint32_t id,
                              const struct facts_sink *sink, struct err *err)
{
    const struct question *r = &n->at[id];
    const struct exchange_identity *ids = n->context->ids;
    const struct exchange_question q = exchange_identity_question(ids, id);
    char sketch[DISTINCT_TEXT];
    char waits[HISTOGRAM_BUCKETS * HISTOGRAM_TEXT + 3];
    distinct_text(&r->clients, sketch);
    histogram_text(&r->waits, waits);
    return FACTS_ROW(sink, "question", err, facts_integer(id),
                     facts_integer(q.name_id), facts_integer(q.qtype),
                     facts_integer(q.qclass), facts_integer(r->queries),
                     facts_integer((int64_t)distinct_count(&r->clients)),
                     facts_text(sketch), facts_integer(r->transactions),
                     facts_integer(r->answered), facts_integer(r->unanswered),
                     facts_integer(r->nxdomain), facts_integer(r->nodata),
                     facts_integer(r->servfail), facts_integer(r->refused),
                     facts_integer_if(r->has_ttl, r->ttl_min_s),
                     facts_integer_if(r->has_ttl, r->ttl_max_s),
                     facts_integer_if(r->waits.count > 0, r->wait_max_ns),
                     facts_integer(r->waits.count), facts_text(waits),
                     facts_integer_if(r->queries > 0, r->first_ns),
                     facts_integer_if(r->queries > 0, r->last_ns),
                     facts_integer_if(r->queries > 0, (int64_t)r->first_frame));
}

/* What stands in orphan responses only was not asked, but transactions refer
 * to it. */
static bool is_wanted(const struct names *n, const struct question *r)
{
    return r->queries || (n->context->transactions && r->orphaned);
}

/* How many different names were asked for. Counted here, since SQLite takes a
 * second for a million rows; what is distinct adds up in no way, so a merge
 * has to count again (v_summary does without the counter). */
static enum err_code save_count(const struct names *n,
                                const struct facts_sink *sink, struct err *err)
{
    const struct exchange_identity *ids = n->context->ids;
    uint8_t *is_asked = calloc((size_t)ids->names.count + 1, 1);
    if (!is_asked)
        return err_set(err, ERR_NOMEM, "no memory to count names");
    int64_t count = 0;
    for (size_t i = 0; i < n->capacity; i++) {
        if (!n->at[i].queries)
            continue;
        const uint32_t id =
            exchange_identity_question(ids, (uint32_t)i).name_id;
        count += !is_asked[id];
        is_asked[id] = 1;
    }
    free(is_asked);
    return FACTS_ROW(sink, "counter", err, facts_text("names"),
                     facts_integer(count));
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct names *n = family;
    enum err_code rc = save_count(n, sink, err);
    if (rc == ERR_OK)
        rc = save_names(n->context->ids, sink, err);
    for (size_t i = 0; i < n->capacity && rc == ERR_OK; i++)
        if (is_wanted(n, &n->at[i]))
            rc = save_row(n, (uint32_t)i, sink, err);
    return rc;
}

const struct facts_family facts_name = {open_names, take, save, close_names};
