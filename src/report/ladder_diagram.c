/* Sequence diagrams for Mermaid and PlantUML, which differ in their signs and in
 * what a text may hold. */
#include <stdlib.h>
#include <string.h>

#include "report/ladder.h"
#include "util/text.h"

struct notation {
    const char *head, *tail;
    const char *indent;
    bool quotes; /* a participant's name, and names it before its short form */
    const char *query, *lost, *answer; /* arrows */
    const char *note, *line_break;
    void (*put_text)(FILE *out, const char *text);
};

struct diagram {
    FILE *out;
    const struct notation *notation;
    const struct report_ladder_cast *cast;
    const struct report_ladder_lookup *lookup;
    size_t client; /* index in the cast */
};

/* --- texts ------------------------------------------------------------------ */

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
}

/* "#" and ";" have a meaning everywhere, others where they stand; "#NNN;" is
 * the character of that number. */
static void put_mermaid(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (is_alphanumeric(*text) || strchr(" .:-_+,()%", *text))
            fputc(*text, out);
        else
            fprintf(out, "#%d;", *text);
    }
}

/* Creole, where pairs of * _ / - and others begin something; "<U+NNNN>" is the
 * character of that number. */
static void put_plantuml(FILE *out, const char *text)
{
    for (char before = ' '; *text; before = *text++) {
        const bool pairs = *text == before && strchr("-.", before);
        if (is_alphanumeric(*text) || (strchr(" .:-+,()%", *text) && !pairs))
            fputc(*text, out);
        else
            fprintf(out, "<U+%04X>", (unsigned)*text);
    }
}

static const struct notation mermaid = {
    .head = "sequenceDiagram\n",
    .tail = "",
    .indent = "    ",
    .query = "->>",
    .lost = "-x",
    .answer = "-->>",
    .note = "Note over",
    .line_break = "<br/>",
    .put_text = put_mermaid,
};

static const struct notation plantuml = {
    .head = "@startuml\nhide footbox\n",
    .tail = "@enduml\n",
    .indent = "",
    .quotes = true,
    .query = " -> ",
    .lost = " ->x ",
    .answer = " --> ",
    .note = "note over",
    .line_break = "\\n",
    .put_text = put_plantuml,
};

static void put_text(const struct diagram *d, const char *text)
{
    d->notation->put_text(d->out, text);
}

/* Frees `text`; false when it is NULL. */
static bool put_own(const struct diagram *d, char *text)
{
    if (text)
        put_text(d, text);
    free(text);
    return text != NULL;
}

/* --- lines ------------------------------------------------------------------ */

static void put_participant(const struct diagram *d, size_t i)
{
    const bool quotes = d->notation->quotes;
    fprintf(d->out, "%sparticipant ", d->notation->indent);
    if (!quotes)
        fprintf(d->out, "p%zu as ", i);
    fputs(quotes ? "\"" : "", d->out);
    put_text(d, d->cast->addresses[i]);
    if (quotes)
        fprintf(d->out, "\" as p%zu", i);
    fputc('\n', d->out);
}

static void open_note(const struct diagram *d)
{
    fprintf(d->out, "%s%s p%zu: ", d->notation->indent, d->notation->note,
            d->client);
}

static void put_wait(const struct diagram *d, double seconds)
{
    char text[TEXT_NUMBER];
    open_note(d);
    fprintf(d->out, "%s waiting for a timer\n", text_duration(seconds, text));
}

static size_t server_of(const struct diagram *d,
                        const struct report_ladder_query *q)
{
    return report_ladder_cast_find(d->cast, d->lookup->servers[q->server]);
}

static bool put_query(const struct diagram *d,
                      const struct report_ladder_query *q)
{
    const struct notation *n = d->notation;
    fprintf(d->out, "%sp%zu%sp%zu: ", n->indent, d->client,
            q->is_answered ? n->query : n->lost, server_of(d, q));
    bool good = put_own(d, report_ladder_question(d->lookup, q));
    fputs(", frame ", d->out);
    put_text(d, q->query_frame);
    if (!q->is_answered) {
        fputs(", ", d->out);
        good = put_own(d, report_ladder_answer(q)) && good;
    }
    fputc('\n', d->out);
    return good;
}

static bool put_answer(const struct diagram *d,
                       const struct report_ladder_query *q)
{
    const struct notation *n = d->notation;
    fprintf(d->out, "%sp%zu%sp%zu: ", n->indent, server_of(d, q), n->answer,
            d->client);
    put_text(d, q->type);
    fputc(' ', d->out);
    const bool good = put_own(d, report_ladder_answer(q));
    fputs(", frame ", d->out);
    put_text(d, q->response_frame);
    fputc('\n', d->out);
    return good;
}

static bool put_event(const struct diagram *d,
                      const struct report_ladder_event *e)
{
    const struct report_ladder_query *q = &d->lookup->queries[e->query];
    switch (e->kind) {
    case REPORT_LADDER_QUERY:
        return put_query(d, q);
    case REPORT_LADDER_ANSWER:
        return put_answer(d, q);
    case REPORT_LADDER_WAIT:
        put_wait(d, e->seconds);
    }
    return true;
}

static bool put_title(const struct diagram *d)
{
    open_note(d);
    fprintf(d->out, "Lookup %lld: ", (long long)d->lookup->id);
    put_text(d, d->lookup->name);
    fputs(d->notation->line_break, d->out);
    const bool good = put_own(d, report_ladder_summary(d->lookup));
    fputc('\n', d->out);
    return good;
}

static bool put_times(const struct diagram *d)
{
    if (d->lookup->more > 0) {
        open_note(d);
        fprintf(d->out, "%zu more queries\n", d->lookup->more);
    }
    open_note(d);
    fprintf(d->out, "Where the time went:%s", d->notation->line_break);
    const bool good = put_own(d, report_ladder_times(d->lookup));
    fputc('\n', d->out);
    return good;
}

/* --- the diagram ------------------------------------------------------------ */

static enum err_code put_lookup(struct diagram *d,
                                const struct report_ladder_lookup *l,
                                struct err *err)
{
    struct report_ladder_event *events = NULL;
    size_t count = 0;
    const enum err_code rc = report_ladder_events(l, &events, &count, err);
    if (rc != ERR_OK)
        return rc;
    d->lookup = l;
    d->client = report_ladder_cast_find(d->cast, l->client);
    bool good = put_title(d);
    for (size_t i = 0; i < count && good; i++)
        good = put_event(d, &events[i]);
    free(events);
    good = good && put_times(d);
    return good ? ERR_OK : err_set(err, ERR_NOMEM, "out of memory");
}

static enum err_code draw(FILE *out, const struct report_ladder *ladder,
                          const struct notation *notation, struct err *err)
{
    struct report_ladder_cast cast;
    enum err_code rc = report_ladder_cast(&cast, ladder, err);
    if (rc != ERR_OK)
        return rc;
    struct diagram d = {.out = out, .notation = notation, .cast = &cast};
    fputs(notation->head, out);
    for (size_t i = 0; i < cast.count; i++)
        put_participant(&d, i);
    for (size_t i = 0; i < ladder->count && rc == ERR_OK; i++)
        rc = put_lookup(&d, &ladder->lookups[i], err);
    fputs(notation->tail, out);
    report_ladder_cast_fini(&cast);
    return rc;
}

enum err_code report_ladder_mermaid(FILE *out,
                                    const struct report_ladder *ladder,
                                    struct err *err)
{
    return draw(out, ladder, &mermaid, err);
}

enum err_code report_ladder_plantuml(FILE *out,
                                     const struct report_ladder *ladder,
                                     struct err *err)
{
    return draw(out, ladder, &plantuml, err);
}
