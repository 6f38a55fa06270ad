/* The part itself, and its traffic over time. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "facts/families.h"
#include "util/histogram.h"
#include "util/windows.h"

enum { ROWS_MOST = 1 << 14 }; /* 4.5 hours of seconds */
static const int64_t second_ns = INT64_C(1000000000);

struct row {
    uint32_t queries, responses, noerror, nxdomain, servfail, refused, nodata;
    uint32_t unanswered, icmp_errors, retransmissions;
};

struct timeline {
    const struct facts_context *context;
    struct windows windows;
    uint64_t fingerprint; /* of the messages, in any order */
};

static void merge(void *context, void *into, void *from)
{
    (void)context;
    uint32_t *a = into;
    const uint32_t *b = from;
    for (size_t i = 0; i < sizeof(struct row) / sizeof *a; i++)
        a[i] += b[i];
}

static void close_timeline(void *family)
{
    struct timeline *t = family;
    if (t)
        windows_fini(&t->windows);
    free(t);
}

static void *open_timeline(const struct facts_context *context)
{
    struct timeline *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->context = context;
    if (windows_init(&t->windows, sizeof(struct row), second_ns, ROWS_MOST,
                     merge, NULL, context->budget))
        return t;
    close_timeline(t);
    return NULL;
}

static void count_response(struct row *row, const struct dns_message *dns)
{
    row->responses++;
    row->noerror += dns->rcode == DNS_NOERROR;
    row->nxdomain += dns->rcode == DNS_NXDOMAIN;
    row->servfail += dns->rcode == DNS_SERVFAIL;
    row->refused += dns->rcode == DNS_REFUSED;
    row->nodata += dns_message_is_nodata(dns);
}

static void count_message(struct timeline *t, const struct exchange_message *m)
{
    struct row *row = windows_row(&t->windows, m->time_ns);
    if (!row || exchange_message_is_copy(m))
        return;
    t->fingerprint +=
        hash_u64((uint64_t)m->time_ns ^ m->dns.id, HASH_SKETCH_SEED);
    if (exchange_message_is_response(m))
        count_response(row, &m->dns);
    else
        row->queries++;
    row->retransmissions += m->kind == EXCHANGE_RETRANSMISSION;
}

static void take(void *family, const struct exchange_events *events)
{
    struct timeline *t = family;
    for (size_t i = 0; i < events->message_count; i++)
        count_message(t, &events->messages[i]);
    for (size_t i = 0; i < events->transaction_count; i++) {
        const struct exchange_transaction *x = &events->transactions[i];
        if (x->outcome != EXCHANGE_UNANSWERED && x->outcome != EXCHANGE_REFUSED)
            continue;
        struct row *row = windows_row(&t->windows, x->time_ns);
        if (!row)
            continue;
        row->unanswered += x->outcome == EXCHANGE_UNANSWERED;
        row->icmp_errors += x->outcome == EXCHANGE_REFUSED;
    }
}

static enum err_code save_part(const struct timeline *t,
                               const struct facts_sink *sink, struct err *err)
{
    const struct facts_part *p = t->context->part;
    const uint64_t shape[] = {t->fingerprint,        p->frames,
                              p->captured_octets,    (uint64_t)p->first_ns,
                              (uint64_t)p->last_ns,  (uint64_t)p->timeout_ns,
                              (uint64_t)p->window_ns};
    char identity[17];
    snprintf(identity, sizeof identity, "%016" PRIx64,
             hash_octets(shape, sizeof shape, HASH_SKETCH_SEED));
    return FACTS_ROW(
        sink, "part", err, facts_integer(FACTS_PART), facts_text(identity),
        facts_text(p->tool), facts_integer_if(p->timed, p->first_ns),
        facts_integer_if(p->timed, p->last_ns), facts_integer(p->timeout_ns),
        facts_integer(p->window_ns), facts_integer(t->windows.width_ns),
        facts_integer((int64_t)HASH_SKETCH_SEED),
        facts_integer(HISTOGRAM_SCALE), facts_text(p->ports),
        facts_text(p->filter),
        facts_integer_if(p->search && p->search->has_ndots,
                         p->search ? p->search->ndots : 0));
}

/* The search list that was given. */
static enum err_code save_list(const struct facts_part *p,
                               const struct facts_sink *sink, struct err *err)
{
    enum err_code rc = ERR_OK;
    const unsigned count = p->search ? p->search->count : 0;
    for (unsigned i = 0; i < count && rc == ERR_OK; i++) {
        const struct dns_search_suffix *s = &p->search->suffixes[i];
        char suffix[DNS_NAME_TEXT];
        dns_name_text(s->name, s->octets, suffix);
        rc = FACTS_ROW(sink, "part_search", err, facts_integer(FACTS_PART),
                       facts_integer(i + 1), facts_text(suffix));
    }
    return rc;
}

struct place {
    int64_t start_ns;
    const struct row *row;
};

static int by_time(const void *a, const void *b)
{
    const int64_t x = ((const struct place *)a)->start_ns;
    const int64_t y = ((const struct place *)b)->start_ns;
    return (x > y) - (x < y);
}

static enum err_code save_row(const struct place *p,
                              const struct facts_sink *sink, struct err *err)
{
    const struct row *r = p->row;
    return FACTS_ROW(sink, "traffic", err, facts_integer(p->start_ns),
                     facts_integer(r->queries), facts_integer(r->responses),
                     facts_integer(r->noerror), facts_integer(r->nxdomain),
                     facts_integer(r->servfail), facts_integer(r->refused),
                     facts_integer(r->nodata), facts_integer(r->unanswered),
                     facts_integer(r->icmp_errors),
                     facts_integer(r->retransmissions));
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct timeline *t = family;
    enum err_code rc = save_part(t, sink, err);
    if (rc == ERR_OK)
        rc = save_list(t->context->part, sink, err);
    const size_t n = windows_count(&t->windows);
    if (rc != ERR_OK || n == 0)
        return rc;
    struct place *places = calloc(n, sizeof *places);
    if (!places)
        return err_set(err, ERR_NOMEM, "no memory for the timeline");
    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){windows_start_ns(&t->windows, i),
                                   windows_at(&t->windows, i)};
    qsort(places, n, sizeof *places, by_time);
    for (size_t i = 0; i < n && rc == ERR_OK; i++)
        rc = save_row(&places[i], sink, err);
    free(places);
    return rc;
}

const struct facts_family facts_timeline = {open_timeline, take, save,
                                            close_timeline};
