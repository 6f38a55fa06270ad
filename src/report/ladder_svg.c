/* An SVG picture (SVG 1.1, self-contained: no script, no font, no link). A
 * lifeline for each who takes part, an arrow a message, a band where the client
 * waited; below, a bar of where the time went, to scale. */
#include <stdlib.h>
#include <string.h>

#include "report/ladder.h"
#include "util/text.h"

enum {
    MARGIN = 16,
    LEFT = 148,   /* of the first lifeline: times and frames stand there */
    LANE = 260,   /* between two lifelines */
    RIGHT = 290,  /* of the last: answers and waits */
    ROW = 34,     /* a message */
    TITLE = 74,   /* name, summary and addresses of a lookup */
    FOOT = 74,    /* its bar, and the gap to the next */
    LETTERS = 34, /* of the texts between two lifelines */
};

/* Colours that are read on white and on black. */
static const char style[] =
    "  <style>\n"
    "    text { font: 12px sans-serif; fill: #1f2328; }\n"
    "    .page { fill: #ffffff; }\n"
    "    .title { font-weight: bold; font-size: 14px; }\n"
    "    .small { font-size: 11px; fill: #59636e; }\n"
    "    .life { stroke: #afb8c1; stroke-dasharray: 3 3; }\n"
    "    .query { stroke: #0969da; } .answer { stroke: #1a7f37; }\n"
    "    .bad { stroke: #9a6700; } .lost { stroke: #cf222e; }\n"
    "    .query, .answer, .bad, .lost { stroke-width: 1.5; fill: none; }\n"
    "    .lost { stroke-dasharray: 5 3; }\n"
    "    .timer { fill: #ffcecb; } .search { fill: #fae17d; }\n"
    "    .server { fill: #aceebb; } .client { fill: #d1d9e0; }\n"
    "    @media (prefers-color-scheme: dark) {\n"
    "      text { fill: #e6edf3; } .page { fill: #0d1117; }\n"
    "      .small { fill: #9198a1; } .life { stroke: #484f58; }\n"
    "      .query { stroke: #4493f8; } .answer { stroke: #3fb950; }\n"
    "      .bad { stroke: #d29922; } .lost { stroke: #f85149; }\n"
    "      .timer { fill: #67060c; } .search { fill: #5a3e02; }\n"
    "      .server { fill: #033a16; } .client { fill: #3d444d; }\n"
    "    }\n"
    "  </style>\n";

struct picture {
    FILE *out;
    const struct report_ladder_cast *cast;
    unsigned width;
    unsigned y;
};

static const char *const time_classes[REPORT_LADDER_TIMES] = {
    [REPORT_LADDER_TIMER] = "timer",
    [REPORT_LADDER_SEARCH] = "search",
    [REPORT_LADDER_SERVER] = "server",
    [REPORT_LADDER_CLIENT] = "client",
};

/* --- text ------------------------------------------------------------------- */

/* Character data (XML 1.0 s2.4), at most `letters` of it, 0 = all. */
static void put_text(FILE *out, const char *text, size_t letters)
{
    const size_t length = strlen(text);
    const bool cut = letters && length > letters;
    for (size_t i = 0; i < (cut ? letters - 3 : length); i++) {
        switch (text[i]) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        default:
            fputc(text[i], out);
        }
    }
    fputs(cut ? "..." : "", out);
}

static void open_text(const struct picture *p, unsigned x, unsigned y,
                      const char *class, const char *anchor)
{
    fprintf(p->out,
            "  <text x=\"%u\" y=\"%u\" class=\"%s\" text-anchor=\"%s\">", x, y,
            class, anchor);
}

static void close_text(const struct picture *p)
{
    fputs("</text>\n", p->out);
}

/* Frees `text`; false when it is NULL. */
static bool put_line(const struct picture *p, unsigned x, unsigned y,
                     const char *class, char *text, size_t letters)
{
    if (!text)
        return false;
    open_text(p, x, y, class, "start");
    put_text(p->out, text, letters);
    if (letters && strlen(text) > letters) {
        fputs("<title>", p->out);
        put_text(p->out, text, 0);
        fputs("</title>", p->out);
    }
    close_text(p);
    free(text);
    return true;
}

/* --- parts ------------------------------------------------------------------ */

static unsigned lane(const struct picture *p, const char *address)
{
    return LEFT + LANE * (unsigned)report_ladder_cast_find(p->cast, address);
}

static void put_arrow(const struct picture *p, unsigned from, unsigned to,
                      const char *class)
{
    const int back = to < from ? -1 : 1;
    const unsigned y = p->y;
    const int tip = (int)to - 2 * back;
    fprintf(p->out, "  <path class=\"%s\" d=\"M%u %uH%dm%d -4l%d 4l%d 4\"/>\n",
            class, from, y, tip, -7 * back, 7 * back, -7 * back);
}

/* A query that nobody answered ends in a cross. */
static void put_lost(const struct picture *p, unsigned from, unsigned to)
{
    const int back = to < from ? -1 : 1;
    const int end = (int)to - 40 * back;
    fprintf(p->out,
            "  <path class=\"lost\" d=\"M%u %uH%d\"/>\n"
            "  <path class=\"lost\" style=\"stroke-dasharray:none\""
            " d=\"M%d %um-5 -5l10 10m0 -10l-10 10\"/>\n",
            from, p->y, end, end, p->y);
}

static void put_mark(const struct picture *p, double at_seconds,
                     const char *frame)
{
    char at[TEXT_NUMBER];
    open_text(p, LEFT - 14, p->y + 4, "small", "end");
    text_duration(at_seconds, at);
    fprintf(p->out, "%s, frame ", at);
    put_text(p->out, frame, 9);
    close_text(p);
}

/* "A NOERROR after 320 us"; NULL when memory is out. */
static char *reply_of(const struct report_ladder_query *q)
{
    char *answer = report_ladder_answer(q), *text = NULL;
    if (answer && asprintf(&text, "%s %s", q->type, answer) < 0)
        text = NULL;
    free(answer);
    return text;
}

static bool put_event(struct picture *p, const struct report_ladder_lookup *l,
                      const struct report_ladder_event *e)
{
    const struct report_ladder_query *q = &l->queries[e->query];
    const unsigned client = lane(p, l->client);
    const unsigned server = lane(p, l->servers[q->server]);
    const unsigned left = client < server ? client : server;
    char seconds[TEXT_NUMBER];
    if (e->kind == REPORT_LADDER_WAIT) {
        fprintf(p->out,
                "  <rect class=\"timer\" x=\"%u\" y=\"%u\" width=\"%u\""
                " height=\"24\" rx=\"4\"/>\n",
                client - 8, p->y - 16, p->width - MARGIN - client + 8);
        open_text(p, client + 10, p->y, "wait", "start");
        fprintf(p->out, "%s waiting for a timer",
                text_duration(e->seconds, seconds));
        close_text(p);
        p->y += ROW;
        return true;
    }
    const bool asks = e->kind == REPORT_LADDER_QUERY;
    bool good =
        put_line(p, left + 10, p->y - 5, asks ? "query-text" : "answer-text",
                 asks ? report_ladder_question(l, q) : reply_of(q), LETTERS);
    put_mark(p, e->at_seconds, asks ? q->query_frame : q->response_frame);
    if (asks && q->is_answered) {
        put_arrow(p, client, server, "query");
    } else if (asks) {
        put_lost(p, client, server);
        good &= put_line(p, server + 10, p->y + 4, "small",
                         report_ladder_answer(q), LETTERS);
    } else {
        put_arrow(p, server, client,
                  strcmp(q->answer, "NOERROR") == 0 ? "answer" : "bad");
    }
    p->y += ROW;
    return good;
}

/* The stacked bar; what is too short to be seen is in the text. */
static bool put_times(struct picture *p, const struct report_ladder_lookup *l)
{
    const double width = p->width - 2 * MARGIN;
    double x = MARGIN;
    const bool good =
        put_line(p, MARGIN, p->y, "small", report_ladder_times(l), 0);
    for (int i = 0; i < REPORT_LADDER_TIMES && l->wait_seconds > 0; i++) {
        const double part = l->times[i] / l->wait_seconds * width;
        if (part >= 0.5)
            fprintf(p->out,
                    "  <rect class=\"%s\" x=\"%.1f\" y=\"%u\" width=\"%.1f\""
                    " height=\"12\"/>\n",
                    time_classes[i], x, p->y + 8, part);
        x += part;
    }
    p->y += FOOT;
    return good;
}

static void put_lives(const struct picture *p, unsigned bottom)
{
    for (size_t i = 0; i < p->cast->count; i++) {
        const unsigned x = LEFT + LANE * (unsigned)i;
        open_text(p, x, p->y - 6, "address", "middle");
        put_text(p->out, p->cast->addresses[i], LETTERS);
        close_text(p);
        fprintf(p->out, "  <path class=\"life\" d=\"M%u %uV%u\"/>\n", x, p->y,
                bottom);
    }
}

static enum err_code put_lookup(struct picture *p,
                                const struct report_ladder_lookup *l,
                                struct err *err)
{
    struct report_ladder_event *events = NULL;
    size_t count = 0;
    const enum err_code rc = report_ladder_events(l, &events, &count, err);
    if (rc != ERR_OK)
        return rc;
    char *title = NULL;
    if (asprintf(&title, "Lookup %lld: %s (%s)", (long long)l->id, l->name,
                 l->types) < 0)
        title = NULL;
    bool good =
        put_line(p, MARGIN, p->y + 14, "title", title, 0) &&
        put_line(p, MARGIN, p->y + 32, "small", report_ladder_summary(l), 0);
    p->y += TITLE;
    put_lives(p, p->y + ROW * (unsigned)count + 4);
    p->y += ROW - 8;
    for (size_t i = 0; i < count && good; i++)
        good = put_event(p, l, &events[i]);
    free(events);
    if (l->more > 0) {
        open_text(p, MARGIN, p->y - 12, "small", "start");
        fprintf(p->out, "%zu more queries", l->more);
        close_text(p);
    }
    p->y += 8;
    if (good && put_times(p, l))
        return ERR_OK;
    return err_set(err, ERR_NOMEM, "out of memory");
}

/* --- the picture ------------------------------------------------------------ */

static enum err_code height_of(const struct report_ladder *ladder,
                               unsigned *height, struct err *err)
{
    *height = 2 * MARGIN;
    for (size_t i = 0; i < ladder->count; i++) {
        struct report_ladder_event *events = NULL;
        size_t count = 0;
        const enum err_code rc =
            report_ladder_events(&ladder->lookups[i], &events, &count, err);
        free(events);
        if (rc != ERR_OK)
            return rc;
        *height += TITLE + ROW + ROW * (unsigned)count + FOOT;
    }
    return ERR_OK;
}

static enum err_code draw(FILE *out, const struct report_ladder *ladder,
                          const struct report_ladder_cast *cast,
                          struct err *err)
{
    const unsigned lanes = cast->count > 0 ? (unsigned)cast->count - 1 : 0;
    struct picture p = {.out = out,
                        .cast = cast,
                        .width = LEFT + LANE * lanes + RIGHT,
                        .y = MARGIN};
    unsigned height;
    enum err_code rc = height_of(ladder, &height, err);
    if (rc != ERR_OK)
        return rc;
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\""
            " height=\"%u\" viewBox=\"0 0 %u %u\">\n"
            "  <title>DNS lookups, by wasitdns</title>\n%s"
            "  <rect class=\"page\" width=\"%u\" height=\"%u\"/>\n",
            p.width, height, p.width, height, style, p.width, height);
    for (size_t i = 0; i < ladder->count && rc == ERR_OK; i++)
        rc = put_lookup(&p, &ladder->lookups[i], err);
    fputs("</svg>\n", out);
    return rc;
}

enum err_code report_ladder_svg(FILE *out, const struct report_ladder *ladder,
                                struct err *err)
{
    struct report_ladder_cast cast;
    enum err_code rc = report_ladder_cast(&cast, ladder, err);
    if (rc == ERR_OK)
        rc = draw(out, ladder, &cast, err);
    report_ladder_cast_fini(&cast);
    return rc;
}
