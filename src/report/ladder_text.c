/* A line a query, its answer beside it, so that a usual lookup fits a screen of
 * 24 lines; lines between them say where the client waited for a timer. */
#include <stdlib.h>
#include <string.h>

#include "report/ladder.h"
#include "report/text.h"
#include "util/text.h"

enum {
    USUAL_COLUMNS = 80, /* where the terminal does not say */
    WIDEST = 120,       /* longer lines are hard to read */
    AT = 8,             /* width of the times */
    TYPE = 5,           /* and of usual types */
};

struct page {
    FILE *out;
    const struct report_style *style;
    unsigned columns;
    const struct report_ladder_lookup *lookup;
    int frame; /* width of the frames */
};

static enum err_code no_memory(struct err *err)
{
    return err_set(err, ERR_NOMEM, "out of memory");
}

static void put_wrapped(const struct page *p, const char *text, unsigned indent)
{
    report_text_wrap(p->out,
                     (struct bytes){(const uint8_t *)text, strlen(text)},
                     indent, p->columns);
}

static const char *on(const struct page *p, enum report_color color)
{
    return report_style_on(p->style, color);
}

static const char *off(const struct page *p)
{
    return report_style_off(p->style);
}

/* --- the head --------------------------------------------------------------- */

static enum err_code put_head(const struct page *p, struct err *err)
{
    const struct report_ladder_lookup *l = p->lookup;
    char time[TEXT_TIME];
    int64_t time_ns;
    const char *when = text_time_read(l->time, &time_ns)
                           ? text_time(time_ns, 3, p->style->local_time, time)
                           : l->time;
    char *summary = report_ladder_summary(l);
    if (!summary)
        return no_memory(err);
    fprintf(p->out, "%sLookup %lld: %s%s (%s) by %s\n",
            on(p, REPORT_COLOR_BOLD), (long long)l->id, l->name, off(p),
            l->types, l->client);
    put_wrapped(p, summary, 0);
    fprintf(p->out, "%s, frames %s to %s\n", when, l->first_frame,
            l->last_frame);
    free(summary);
    return ERR_OK;
}

static void put_columns(const struct page *p)
{
    fprintf(p->out, "\n%s%*s  %*s  query%s\n", on(p, REPORT_COLOR_BOLD), AT,
            "after", p->frame, "frame", off(p));
}

/* --- the rungs -------------------------------------------------------------- */

static int margin(const struct page *p)
{
    return AT + 2 + p->frame + 2;
}

/* A name of the search list, above what was asked for it. */
static void put_step(const struct page *p, size_t step)
{
    const struct report_ladder_lookup *l = p->lookup;
    const char *suffix = report_ladder_suffix(l, step);
    fprintf(p->out, "%*s%s", margin(p), "", on(p, REPORT_COLOR_CYAN));
    if (!suffix)
        fputs(l->steps[step], p->out);
    else if (*suffix)
        fprintf(p->out, "%s + %s", l->name, suffix);
    else
        fprintf(p->out, "%s as it is", l->name);
    fprintf(p->out, "%s\n", off(p));
}

static enum report_color color_of(const struct report_ladder_query *q)
{
    return !q->is_answered                     ? REPORT_COLOR_RED
           : strcmp(q->answer, "NOERROR") == 0 ? REPORT_COLOR_GREEN
                                               : REPORT_COLOR_YELLOW;
}

/* What came of it, on the same line where there is room. */
static enum err_code put_answer(const struct page *p,
                                const struct report_ladder_query *q, int used,
                                struct err *err)
{
    char *answer = report_ladder_answer(q), *text = NULL;
    if (!answer || asprintf(&text, *q->response_frame ? "%s (frame %s)" : "%s",
                            answer, q->response_frame) < 0) {
        free(answer);
        return no_memory(err);
    }
    if ((size_t)used + 2 + strlen(text) <= p->columns)
        fputs("  ", p->out);
    else
        fprintf(p->out, "\n%*s", margin(p) + TYPE + 5, "");
    fprintf(p->out, "%s%s%s\n", on(p, color_of(q)), text, off(p));
    free(text);
    free(answer);
    return ERR_OK;
}

/* Width of the longest server, so that the answers stand in a column. */
static int server_width(const struct report_ladder_lookup *l)
{
    size_t width = 0;
    for (size_t i = 0; i < l->server_count; i++)
        if (strlen(l->servers[i]) > width)
            width = strlen(l->servers[i]);
    return (int)width;
}

static enum err_code put_query(const struct page *p,
                               const struct report_ladder_query *q,
                               struct err *err)
{
    char at[TEXT_NUMBER];
    const int used =
        fprintf(p->out, "%*s  %*s  %-*s %s %-*s%s", AT,
                text_duration(q->at_seconds, at), p->frame, q->query_frame,
                TYPE, q->type, q->is_answered ? "-->" : "--x",
                server_width(p->lookup), p->lookup->servers[q->server],
                strcmp(q->transport, "tcp") == 0 ? " TCP" : "");
    return put_answer(p, q, used, err);
}

static void put_wait(const struct page *p, double seconds)
{
    char text[TEXT_NUMBER];
    fprintf(p->out, "%*s%s:   %s waiting for a timer%s\n", margin(p), "",
            on(p, REPORT_COLOR_RED), text_duration(seconds, text), off(p));
}

static enum err_code put_events(const struct page *p,
                                const struct report_ladder_event *events,
                                size_t count, struct err *err)
{
    const struct report_ladder_lookup *l = p->lookup;
    const bool walks = l->step_count > 1 || (l->step_count == 1 &&
                                             strcmp(l->steps[0], l->name) != 0);
    size_t step = l->step_count;
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        const struct report_ladder_query *q = &l->queries[events[i].query];
        if (events[i].kind == REPORT_LADDER_WAIT)
            put_wait(p, events[i].seconds);
        if (events[i].kind != REPORT_LADDER_QUERY)
            continue;
        if (walks && q->step != step)
            put_step(p, q->step);
        step = q->step;
        rc = put_query(p, q, err);
    }
    if (l->more > 0)
        fprintf(p->out, "%*s(%zu more queries)\n", margin(p), "", l->more);
    return rc;
}

static enum err_code put_rungs(const struct page *p, struct err *err)
{
    struct report_ladder_event *events = NULL;
    size_t count = 0;
    enum err_code rc = report_ladder_events(p->lookup, &events, &count, err);
    if (rc == ERR_OK)
        rc = put_events(p, events, count, err);
    free(events);
    return rc;
}

/* --- the page --------------------------------------------------------------- */

static enum err_code put_times(const struct page *p, struct err *err)
{
    char *times = report_ladder_times(p->lookup), *line = NULL;
    if (!times || asprintf(&line, "Where the time went: %s", times) < 0) {
        free(times);
        return no_memory(err);
    }
    fputc('\n', p->out);
    put_wrapped(p, line, 0);
    free(line);
    free(times);
    return ERR_OK;
}

static int frame_width(const struct report_ladder_lookup *l)
{
    size_t width = strlen("frame");
    for (size_t i = 0; i < l->query_count; i++)
        if (strlen(l->queries[i].query_frame) > width)
            width = strlen(l->queries[i].query_frame);
    return (int)width;
}

static enum err_code put_lookup(struct page *p,
                                const struct report_ladder_lookup *l,
                                struct err *err)
{
    p->lookup = l;
    p->frame = frame_width(l);
    enum err_code rc = put_head(p, err);
    if (rc != ERR_OK)
        return rc;
    put_columns(p);
    rc = put_rungs(p, err);
    return rc == ERR_OK ? put_times(p, err) : rc;
}

static void put_none(FILE *out, const struct report_ladder *ladder)
{
    const struct report_ladder_choice *c = ladder->choice;
    char all[TEXT_NUMBER];
    fputs("No lookup", out);
    if (c->has_lookup)
        fprintf(out, " %lld", (long long)c->lookup_id);
    if (c->name)
        fprintf(out, " of %s", c->name);
    if (c->client)
        fprintf(out, " by %s", c->client);
    fprintf(out, " among the %s there are.\n",
            text_count((int64_t)ladder->all, all));
}

/* What was not shown. */
static void put_rest(const struct page *p, const struct report_ladder *ladder)
{
    char shown[TEXT_NUMBER], fitting[TEXT_NUMBER], evicted[TEXT_NUMBER];
    if (ladder->fitting > ladder->count)
        fprintf(p->out,
                "\n(%s of %s lookups, the longest: --limit N shows more)\n",
                text_count((int64_t)ladder->count, shown),
                text_count((int64_t)ladder->fitting, fitting));
    if (ladder->evicted > 0)
        fprintf(p->out,
                "\n(%s messages were let go for want of memory: queries may be "
                "missing; see --max-memory)\n",
                text_count((int64_t)ladder->evicted, evicted));
}

enum err_code report_ladder_text(FILE *out, const struct report_ladder *ladder,
                                 const struct report_style *style,
                                 struct err *err)
{
    struct page p = {.out = out, .style = style, .columns = style->columns};
    if (p.columns == 0)
        p.columns = USUAL_COLUMNS;
    if (p.columns > WIDEST)
        p.columns = WIDEST;
    enum err_code rc = ERR_OK;
    if (ladder->count == 0)
        put_none(out, ladder);
    for (size_t i = 0; i < ladder->count && rc == ERR_OK; i++) {
        fputs(i > 0 ? "\n" : "", out);
        rc = put_lookup(&p, &ladder->lookups[i], err);
    }
    put_rest(&p, ladder);
    return rc;
}
