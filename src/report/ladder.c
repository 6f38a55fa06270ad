#include "report/ladder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/query.h"
#include "util/text.h"

/* Queries for one type that follow each other faster are one volley to several
 * servers (musl); a retry comes on a timer (the exchange draws the same line
 * between a pair and another lookup). */
static const double volley_seconds = 0.005;

static enum err_code no_memory(struct err *err)
{
    return err_set(err, ERR_NOMEM, "out of memory");
}

/* --- texts ----------------------------------------------------------------- */

/* A text put together in a memory stream, NULL when memory is out. */
struct words {
    char *text;
    size_t size;
    FILE *out;
};

static bool words_open(struct words *w)
{
    *w = (struct words){.text = NULL};
    w->out = open_memstream(&w->text, &w->size);
    return w->out != NULL;
}

static char *words_take(struct words *w)
{
    const bool failed = ferror(w->out) != 0;
    if (fclose(w->out) == 0 && !failed)
        return w->text;
    free(w->text);
    return NULL;
}

/* A cell as printable ASCII, "" for NULL; NULL when memory is out. */
static char *text_of(const struct report_query *row, const char *name)
{
    const struct report_cell cell = report_query_named(row, name);
    char number[TEXT_NUMBER];
    if (cell.type == REPORT_INTEGER) {
        snprintf(number, sizeof number, "%lld", (long long)cell.integer);
        return strdup(number);
    }
    if (cell.type != REPORT_TEXT)
        return strdup("");
    const size_t capacity = cell.text.len * 4 + 1;
    char *out = malloc(capacity);
    if (out)
        text_escape(cell.text, out, capacity);
    return out;
}

static void put_duration(FILE *out, double seconds)
{
    char text[TEXT_NUMBER];
    fputs(text_duration(seconds, text), out);
}

/* --- reading --------------------------------------------------------------- */

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

static void query_fini(struct report_ladder_query *q)
{
    free(q->type);
    free(q->transport);
    free(q->query_frame);
    free(q->answer);
    free(q->response_frame);
}

static void lookup_fini(struct report_ladder_lookup *l)
{
    for (size_t i = 0; i < l->query_count; i++)
        query_fini(&l->queries[i]);
    free(l->queries);
    free(l->spans);
    free_texts(l->servers, l->server_count);
    free_texts(l->steps, l->step_count);
    free(l->time);
    free(l->client);
    free(l->name);
    free(l->types);
    free(l->outcome);
    free(l->cause);
    free(l->first_frame);
    free(l->last_frame);
}

void report_ladder_fini(struct report_ladder *ladder)
{
    for (size_t i = 0; i < ladder->count; i++)
        lookup_fini(&ladder->lookups[i]);
    free(ladder->lookups);
    *ladder = (struct report_ladder){.count = 0};
}

/* The index of `text` among `*texts`, added when it is new; takes it over.
 * False when memory is out. */
static bool place_of(char ***texts, size_t *count, char *text, size_t *place)
{
    *place = 0;
    while (text && *place < *count && strcmp((*texts)[*place], text) != 0)
        ++*place;
    if (text && *place < *count) {
        free(text);
        return true;
    }
    char **more =
        text ? reallocarray(*texts, *count + 1, sizeof **texts) : NULL;
    if (!more) {
        free(text);
        return false;
    }
    *texts = more;
    more[(*count)++] = text;
    return true;
}

/* To a nanosecond, as all times come: sums compare with them. */
static double rounded(double seconds)
{
    return round(seconds * 1e9) / 1e9;
}

/* What stands where an answer should. */
static const char *missing_answer(const struct report_query *row, bool refused)
{
    const bool each = report_query_named(row, "responses").integer >=
                      report_query_named(row, "attempts").integer;
    return refused ? "ICMP error" : each ? "answered too" : "no answer";
}

static bool read_query(struct report_ladder_lookup *l, int64_t start_ns,
                       const struct report_query *row)
{
    struct report_ladder_query *q = &l->queries[l->query_count++];
    *q = (struct report_ladder_query){
        .at_seconds =
            (double)(report_query_named(row, "time_ns").integer - start_ns) /
            1e9,
        .type = text_of(row, "query_type"),
        .transport = text_of(row, "transport"),
        .query_frame = text_of(row, "query_frame"),
        .answer = text_of(row, "answer"),
        .response_frame = text_of(row, "reply_frame"),
    };
    const struct report_cell after = report_query_named(row, "answer_seconds");
    q->is_answered = after.type != REPORT_NULL;
    q->end_seconds = rounded(q->at_seconds + (q->is_answered ? after.real : 0));
    q->is_refused = report_query_named(row, "icmp_frame").type != REPORT_NULL;
    if (!q->is_answered) {
        free(q->answer);
        q->answer = strdup(missing_answer(row, q->is_refused));
    }
    return q->type && q->transport && q->query_frame && q->answer &&
           q->response_frame &&
           place_of(&l->servers, &l->server_count,
                    text_of(row, "server_address"), &q->server) &&
           place_of(&l->steps, &l->step_count, text_of(row, "query_name"),
                    &q->step);
}

static enum err_code read_queries(struct report_ladder_lookup *l,
                                  int64_t start_ns, struct store *store,
                                  struct err *err)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT *, coalesce(response_frame, icmp_frame) AS reply_frame"
             " FROM v_attempts WHERE lookup_id = %lld"
             " ORDER BY time_ns, transaction_id, is_repeat",
             (long long)l->id);
    l->queries = calloc(REPORT_LADDER_QUERIES, sizeof *l->queries);
    if (!l->queries)
        return no_memory(err);
    struct report_query *query = NULL;
    enum err_code rc = report_query_open(&query, store, sql, "v_attempts", err);
    int step = (int)rc;
    while (rc == ERR_OK && (step = report_query_next(query, err)) > 0) {
        if (l->query_count == REPORT_LADDER_QUERIES)
            l->more++;
        else if (!read_query(l, start_ns, query))
            rc = no_memory(err);
    }
    report_query_close(query);
    return rc == ERR_OK ? (enum err_code)step : rc;
}

static bool read_lookup(struct report_ladder_lookup *l,
                        const struct report_query *row)
{
    const struct report_cell wait = report_query_named(row, "wait_seconds");
    *l = (struct report_ladder_lookup){
        .id = report_query_named(row, "lookup_id").integer,
        .time = text_of(row, "time"),
        .client = text_of(row, "client_address"),
        .name = text_of(row, "base_name"),
        .types = text_of(row, "types"),
        .outcome = text_of(row, "outcome"),
        .cause = text_of(row, "cause"),
        .first_frame = text_of(row, "first_frame"),
        .last_frame = text_of(row, "last_frame"),
        .has_wait = wait.type != REPORT_NULL,
        .wait_seconds = wait.type == REPORT_NULL ? 0 : wait.real,
        .sent = report_query_named(row, "queries").integer,
        .needed = report_query_named(row, "needed_queries").integer,
    };
    return l->time && l->client && l->name && l->types && l->outcome &&
           l->cause && l->first_frame && l->last_frame;
}

/* --- what became of the time ------------------------------------------------ */

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Whether `other` is the next try for what `q` asked in vain. What ICMP refused
 * is tried elsewhere at once. */
static bool is_retry_of(const struct report_ladder_query *q,
                        const struct report_ladder_query *other)
{
    const double pause = other->at_seconds - q->at_seconds;
    return (q->is_refused ? pause > 0 : pause >= volley_seconds) &&
           strcmp(q->type, other->type) == 0;
}

/* How long the client waited for an answer that never came: until it asked
 * again, another server answered the same, or all was over. */
static void end_in_vain(const struct report_ladder_lookup *l,
                        struct report_ladder_query *q)
{
    q->end_seconds = larger(l->wait_seconds, q->at_seconds);
    for (size_t i = 0; i < l->query_count; i++) {
        const struct report_ladder_query *other = &l->queries[i];
        const bool retries = is_retry_of(q, other);
        const bool answers = other->is_answered && other->step == q->step &&
                             other->end_seconds >= q->at_seconds &&
                             strcmp(q->type, other->type) == 0;
        const double end = retries ? other->at_seconds : other->end_seconds;
        if (other == q || !(retries || answers) || end > q->end_seconds)
            continue;
        q->end_seconds = end;
        q->is_retried = retries;
    }
}

static void end_queries(struct report_ladder_lookup *l)
{
    for (size_t i = 0; i < l->query_count; i++)
        if (!l->has_wait)
            l->wait_seconds =
                larger(l->wait_seconds, l->queries[i].end_seconds);
    for (size_t i = 0; i < l->query_count; i++)
        if (!l->queries[i].is_answered)
            end_in_vain(l, &l->queries[i]);
}

/* When the client first asked for the name that it asked for last. */
static double search_end(const struct report_ladder_lookup *l)
{
    size_t i = 0;
    while (i < l->query_count &&
           l->queries[i].step != l->queries[l->query_count - 1].step)
        i++;
    return i < l->query_count ? l->queries[i].at_seconds : 0;
}

static enum report_ladder_time state_at(const struct report_ladder_lookup *l,
                                        double at, double searched)
{
    bool waits = false, is_asked = false;
    for (size_t i = 0; i < l->query_count; i++) {
        const struct report_ladder_query *q = &l->queries[i];
        const bool is_out = q->at_seconds <= at && at < q->end_seconds;
        const bool hears = q->is_answered || q->is_refused;
        waits |= is_out && !hears;
        is_asked |= is_out && hears;
    }
    return waits && !is_asked ? REPORT_LADDER_TIMER
           : at < searched    ? REPORT_LADDER_SEARCH
           : is_asked         ? REPORT_LADDER_SERVER
                              : REPORT_LADDER_CLIENT;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The moments at which the state may change, sorted, the end last; NULL when
 * memory is out. */
static double *moments_of(const struct report_ladder_lookup *l, size_t *count)
{
    double *moments = calloc(2 * l->query_count + 2, sizeof *moments);
    if (!moments)
        return NULL;
    *count = 1; /* the first is 0 */
    for (size_t i = 0; i < l->query_count; i++) {
        const struct report_ladder_query *q = &l->queries[i];
        if (q->at_seconds > 0 && q->at_seconds < l->wait_seconds)
            moments[(*count)++] = q->at_seconds;
        if (q->end_seconds > 0 && q->end_seconds < l->wait_seconds)
            moments[(*count)++] = q->end_seconds;
    }
    moments[(*count)++] = l->wait_seconds;
    qsort(moments, *count, sizeof *moments, by_value);
    return moments;
}

/* A wait for a timer that is over before any timer rings is the sending of a
 * volley. */
static void mark_volleys(struct report_ladder_lookup *l)
{
    for (size_t i = 0; i < l->span_count; i++) {
        struct report_ladder_span *s = &l->spans[i];
        if (s->time == REPORT_LADDER_TIMER &&
            s->to_seconds - s->from_seconds < volley_seconds)
            s->time = REPORT_LADDER_CLIENT;
    }
}

static void make_spans(struct report_ladder_lookup *l, const double *moments,
                       size_t count)
{
    const double searched = search_end(l);
    for (size_t i = 0; i + 1 < count; i++) {
        const enum report_ladder_time time = state_at(l, moments[i], searched);
        const size_t n = l->span_count;
        if (moments[i] == moments[i + 1])
            continue;
        if (n > 0 && l->spans[n - 1].time == time)
            l->spans[n - 1].to_seconds = moments[i + 1];
        else
            l->spans[l->span_count++] =
                (struct report_ladder_span){moments[i], moments[i + 1], time};
    }
    mark_volleys(l);
}

static bool share_out(struct report_ladder_lookup *l)
{
    size_t count = 0;
    double *moments = moments_of(l, &count);
    l->spans = moments ? calloc(count, sizeof *l->spans) : NULL;
    if (l->spans)
        make_spans(l, moments, count);
    free(moments);
    for (size_t i = 0; i < l->span_count; i++) {
        const struct report_ladder_span *s = &l->spans[i];
        l->times[s->time] += s->to_seconds - s->from_seconds;
    }
    for (int i = 0; i < REPORT_LADDER_TIMES; i++)
        l->times[i] = rounded(l->times[i]);
    return l->spans != NULL;
}

/* --- choosing -------------------------------------------------------------- */

/* A WHERE clause over v_lookups AS l. The texts of a choice hold no quote: a
 * name is escaped, an address was parsed. */
static void put_choice(FILE *out, const struct report_ladder_choice *c)
{
    fputs(" WHERE 1", out);
    if (c->has_lookup)
        fprintf(out, " AND l.lookup_id = %lld", (long long)c->lookup_id);
    if (c->client)
        fprintf(out, " AND l.client_address = '%s'", c->client);
    if (!c->name)
        return;
    const size_t dotted = strlen(c->name) + 1;
    fprintf(out,
            " AND (l.base_name = '%s' OR substr(l.base_name, 1, %zu) = '%s.'"
            " OR l.lookup_id IN (SELECT lookup_id FROM v_transactions"
            " WHERE query_name = '%s' OR substr(query_name, 1, %zu) = '%s.'))",
            c->name, dotted, c->name, c->name, dotted, c->name);
}

/* The longest first, as facts/trace keeps them: without an answer a lookup
 * lasted until its last query, and one that gave up its patience more. */
static char *lookups_sql(const struct report_ladder_choice *c)
{
    struct words w;
    if (!words_open(&w))
        return NULL;
    fputs("SELECT l.* FROM (SELECT l.lookup_id, coalesce(l.wait_seconds,"
          " ((SELECT a.time_ns FROM v_attempts AS a"
          "   WHERE a.lookup_id = l.lookup_id"
          "   ORDER BY a.time_ns DESC LIMIT 1) - l.time_ns) / 1e9"
          " + iif(l.outcome = 'gave_up',"
          "   (SELECT max(timeout_ns) / 1e9 FROM part), 0)) AS rank_seconds"
          " FROM v_lookups AS l",
          w.out);
    put_choice(w.out, c);
    fprintf(w.out,
            " ORDER BY rank_seconds DESC, l.lookup_id LIMIT %llu) AS longest"
            " CROSS JOIN v_lookups AS l ON l.lookup_id = longest.lookup_id"
            " ORDER BY rank_seconds DESC, l.lookup_id",
            (unsigned long long)c->most);
    return words_take(&w);
}

static char *counts_sql(const struct report_ladder_choice *c)
{
    struct words w;
    if (!words_open(&w))
        return NULL;
    fputs("SELECT (SELECT count(*) FROM v_lookups AS l", w.out);
    put_choice(w.out, c);
    fputs(") + coalesce(sum(value) FILTER (WHERE name = 'untraced_lookups'), 0)"
          " AS fitting,"
          " sum(value) FILTER (WHERE name = 'lookups') AS lookups,"
          " sum(value) FILTER (WHERE name = 'evicted_traces') AS evicted"
          " FROM counter",
          w.out);
    return words_take(&w);
}

static enum err_code read_lookups(struct report_ladder *ladder,
                                  struct store *store, const char *sql,
                                  uint64_t most, struct err *err)
{
    struct report_query *query = NULL;
    enum err_code rc = report_query_open(&query, store, sql, "v_lookups", err);
    int step = (int)rc;
    while (rc == ERR_OK && ladder->count < most &&
           (step = report_query_next(query, err)) > 0) {
        struct report_ladder_lookup *l = &ladder->lookups[ladder->count++];
        const int64_t start_ns = report_query_named(query, "time_ns").integer;
        rc = read_lookup(l, query) ? read_queries(l, start_ns, store, err)
                                   : no_memory(err);
        if (rc == ERR_OK)
            end_queries(l);
        if (rc == ERR_OK && !share_out(l))
            rc = no_memory(err);
    }
    report_query_close(query);
    return rc == ERR_OK && step < 0 ? (enum err_code)step : rc;
}

static enum err_code read_counts(struct report_ladder *ladder,
                                 struct store *store, const char *sql,
                                 struct err *err)
{
    struct report_query *query = NULL;
    const enum err_code rc =
        report_query_open(&query, store, sql, "counter", err);
    const int step = rc == ERR_OK ? report_query_next(query, err) : (int)rc;
    if (step > 0) {
        ladder->fitting =
            (uint64_t)report_query_named(query, "fitting").integer;
        ladder->all = (uint64_t)report_query_named(query, "lookups").integer;
        ladder->evicted =
            (uint64_t)report_query_named(query, "evicted").integer;
    }
    report_query_close(query);
    return step < 0 ? (enum err_code)step : ERR_OK;
}

enum err_code report_ladder_read(struct report_ladder *ladder,
                                 struct store *store,
                                 const struct report_ladder_choice *choice,
                                 struct err *err)
{
    *ladder = (struct report_ladder){.choice = choice};
    ladder->lookups = calloc(choice->most, sizeof *ladder->lookups);
    char *lookups = lookups_sql(choice), *counts = counts_sql(choice);
    enum err_code rc =
        ladder->lookups && lookups && counts ? ERR_OK : no_memory(err);
    if (rc == ERR_OK)
        rc = read_lookups(ladder, store, lookups, choice->most, err);
    if (rc == ERR_OK)
        rc = read_counts(ladder, store, counts, err);
    free(lookups);
    free(counts);
    return rc;
}

enum err_code report_ladder_is_missing(struct store *store, bool *missing,
                                       struct err *err)
{
    struct report_query *query = NULL;
    const enum err_code rc = report_query_open(
        &query, store,
        "SELECT 1 FROM counter WHERE name = 'lookups' AND value > 0"
        " AND NOT EXISTS (SELECT 1 FROM dns_lookup)"
        " AND NOT EXISTS (SELECT 1 FROM counter"
        "  WHERE name = 'untraced_lookups')",
        "counter", err);
    const int step = rc == ERR_OK ? report_query_next(query, err) : (int)rc;
    *missing = step > 0;
    report_query_close(query);
    return step < 0 ? (enum err_code)step : ERR_OK;
}

/* --- words ----------------------------------------------------------------- */

double report_ladder_took(const struct report_ladder_query *q)
{
    return rounded(q->end_seconds - q->at_seconds);
}

const char *report_ladder_suffix(const struct report_ladder_lookup *l,
                                 size_t step)
{
    const size_t length = strlen(l->name);
    const char *name = l->steps[step];
    if (strncmp(name, l->name, length) != 0)
        return NULL;
    return name[length] == '.' ? name + length + 1
           : name[length]      ? NULL
                               : name + length;
}

static void put_end(FILE *out, const struct report_ladder_lookup *l)
{
    static const struct {
        const char *outcome, *words;
    } ends[] = {
        {"answered", "answered"},
        {"partly", "answered in part"},
        {"nxdomain", "no such name (NXDOMAIN)"},
        {"nodata", "no such record (NODATA)"},
        {"failed", "failed"},
        {"gave_up", "gave up"},
        {"open_at_end", "still open when the capture ended"},
    };
    const char *words = l->outcome;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (strcmp(l->outcome, ends[i].outcome) == 0)
            words = ends[i].words;
    fprintf(out, "%s%s", words,
            l->has_wait ? " after " : "; last query or answer after ");
    put_duration(out, l->wait_seconds);
}

char *report_ladder_summary(const struct report_ladder_lookup *l)
{
    struct words w;
    if (!words_open(&w))
        return NULL;
    put_end(w.out, l);
    if (*l->cause)
        fprintf(w.out, " (%s)", l->cause);
    fprintf(w.out, ", %lld quer%s", (long long)l->sent,
            l->sent == 1 ? "y" : "ies");
    if (l->needed < l->sent)
        fprintf(w.out, " (%lld would do)", (long long)l->needed);
    fprintf(w.out, " to %zu server%s", l->server_count,
            l->server_count == 1 ? "" : "s");
    return words_take(&w);
}

char *report_ladder_times(const struct report_ladder_lookup *l)
{
    static const char *const words[REPORT_LADDER_TIMES] = {
        [REPORT_LADDER_TIMER] = "waiting for a timer",
        [REPORT_LADDER_SEARCH] = "walking the search list",
        [REPORT_LADDER_SERVER] = "waiting for servers",
        [REPORT_LADDER_CLIENT] = "in the client",
    };
    struct words w;
    if (!words_open(&w))
        return NULL;
    const char *separator = "";
    for (int i = 0; i < REPORT_LADDER_TIMES; i++) {
        if (l->times[i] <= 0)
            continue;
        char share[TEXT_NUMBER];
        fputs(separator, w.out);
        put_duration(w.out, l->times[i]);
        fprintf(w.out, " (%s) %s",
                text_share(l->times[i] / l->wait_seconds, share), words[i]);
        separator = ", ";
    }
    if (*separator == '\0')
        fputs("none passed", w.out);
    return words_take(&w);
}

char *report_ladder_question(const struct report_ladder_lookup *l,
                             const struct report_ladder_query *q)
{
    const char *suffix = report_ladder_suffix(l, q->step);
    struct words w;
    if (!words_open(&w))
        return NULL;
    fprintf(w.out, "%s %s", q->type, suffix ? l->name : l->steps[q->step]);
    if (suffix && *suffix)
        fprintf(w.out, " + %s", suffix);
    if (strcmp(q->transport, "tcp") == 0)
        fputs(" (TCP)", w.out);
    return words_take(&w);
}

char *report_ladder_answer(const struct report_ladder_query *q)
{
    struct words w;
    if (!words_open(&w))
        return NULL;
    fputs(q->answer, w.out);
    if (q->is_answered || (q->is_retried && !q->is_refused)) {
        fputs(q->is_answered ? " after " : " for ", w.out);
        put_duration(w.out, report_ladder_took(q));
    }
    return words_take(&w);
}

/* --- events ---------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const struct report_ladder_event *x = a, *y = b;
    if (x->at_seconds != y->at_seconds)
        return x->at_seconds < y->at_seconds ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->query > y->query) - (x->query < y->query);
}

static void add_wait(const struct report_ladder_lookup *l, double from,
                     double to, struct report_ladder_event *events,
                     size_t *count)
{
    if (to - from >= l->wait_seconds / 100)
        events[(*count)++] = (struct report_ladder_event){
            .kind = REPORT_LADDER_WAIT,
            .at_seconds = to,
            .seconds = to - from,
        };
}

/* Each wait for a timer lasts until the client does something. */
static void add_waits(const struct report_ladder_lookup *l,
                      struct report_ladder_event *events, size_t *count)
{
    for (size_t i = 0; i < l->span_count; i++) {
        const struct report_ladder_span *s = &l->spans[i];
        double from = s->from_seconds;
        if (s->time != REPORT_LADDER_TIMER)
            continue;
        for (size_t k = 0; k < l->query_count; k++) {
            const double at = l->queries[k].at_seconds;
            if (at <= from || at >= s->to_seconds)
                continue;
            add_wait(l, from, at, events, count);
            from = at;
        }
        add_wait(l, from, s->to_seconds, events, count);
    }
}

enum err_code report_ladder_events(const struct report_ladder_lookup *l,
                                   struct report_ladder_event **out,
                                   size_t *count, struct err *err)
{
    /* A query and an answer for each, and a wait behind either. */
    struct report_ladder_event *events =
        calloc(4 * l->query_count + 2, sizeof *events);
    if (!events)
        return no_memory(err);
    *count = 0;
    for (size_t i = 0; i < l->query_count; i++) {
        const struct report_ladder_query *q = &l->queries[i];
        events[(*count)++] = (struct report_ladder_event){REPORT_LADDER_QUERY,
                                                          q->at_seconds, 0, i};
        if (q->is_answered)
            events[(*count)++] = (struct report_ladder_event){
                REPORT_LADDER_ANSWER, q->end_seconds, 0, i};
    }
    add_waits(l, events, count);
    qsort(events, *count, sizeof *events, by_time);
    *out = events;
    return ERR_OK;
}

/* --- who takes part -------------------------------------------------------- */

/* Addresses are few: a client and at most a handful of servers a lookup. */
static void add_address(struct report_ladder_cast *cast, const char *address)
{
    if (report_ladder_cast_find(cast, address) == cast->count)
        cast->addresses[cast->count++] = address;
}

enum err_code report_ladder_cast(struct report_ladder_cast *cast,
                                 const struct report_ladder *ladder,
                                 struct err *err)
{
    size_t most = 1;
    for (size_t i = 0; i < ladder->count; i++)
        most += 1 + ladder->lookups[i].server_count;
    *cast = (struct report_ladder_cast){
        .addresses = calloc(most, sizeof *cast->addresses)};
    if (!cast->addresses)
        return no_memory(err);
    for (size_t i = 0; i < ladder->count; i++) {
        const struct report_ladder_lookup *l = &ladder->lookups[i];
        add_address(cast, l->client);
        for (size_t k = 0; k < l->server_count; k++)
            add_address(cast, l->servers[k]);
    }
    return ERR_OK;
}

void report_ladder_cast_fini(struct report_ladder_cast *cast)
{
    free(cast->addresses);
    *cast = (struct report_ladder_cast){.count = 0};
}

size_t report_ladder_cast_find(const struct report_ladder_cast *cast,
                               const char *address)
{
    size_t i = 0;
    while (i < cast->count && strcmp(cast->addresses[i], address) != 0)
        i++;
    return i;
}

/* --- drawing --------------------------------------------------------------- */

enum err_code report_ladder_write(FILE *out, const struct report_ladder *ladder,
                                  const struct report_ladder_options *options,
                                  struct err *err)
{
    switch (options->form) {
    case REPORT_LADDER_TEXT:
        return report_ladder_text(out, ladder, &options->style, err);
    case REPORT_LADDER_JSON:
        report_ladder_json(out, ladder, options);
        return ERR_OK;
    case REPORT_LADDER_MERMAID:
        return report_ladder_mermaid(out, ladder, err);
    case REPORT_LADDER_PLANTUML:
        return report_ladder_plantuml(out, ladder, err);
    case REPORT_LADDER_SVG:
        return report_ladder_svg(out, ladder, err);
    }
    return err_set(err, ERR_INTERNAL, "a ladder of no form");
}
