/* Lines are put together in a memory stream, wrapped into a block, and a block
 * goes out whole or not at all: that is how the findings keep to the screen. */
#include "report/screen.h"

#include <stdlib.h>
#include <string.h>

#include "report/answer.h"
#include "report/query.h"
#include "report/text.h"
#include "util/text.h"

enum {
    LABEL = 9,          /* width of the words at the left */
    WIDEST = 100,       /* longer lines are hard to read */
    USUAL_COLUMNS = 80, /* where the terminal does not say */
    ROWS_BELOW = 4,     /* what stands below the findings, and the prompt */
    ROWS_COMPACT = 2,   /* of a finding in a few words */
};

/* A memory stream that is used again and again. */
struct buffer {
    char *text;
    size_t size;
    FILE *stream;
};

struct screen {
    FILE *out;
    struct store *store;
    const struct report_screen_options *options;
    struct buffer line, block;
    unsigned columns;
    unsigned rows;        /* of out, so far */
    uint64_t shown, more; /* findings */
    bool compact;         /* the next findings */
    char first[48];       /* id of the first finding */
};

/* --- lines and blocks ----------------------------------------------------- */

static bool buffer_open(struct buffer *b)
{
    b->stream = open_memstream(&b->text, &b->size);
    return b->stream != NULL;
}

static bool buffer_close(struct buffer *b)
{
    const bool good = b->stream && !ferror(b->stream);
    if (b->stream)
        fclose(b->stream);
    free(b->text);
    return good;
}

/* What was written since the last call; lives until the next write. */
static struct bytes buffer_take(struct buffer *b)
{
    fflush(b->stream);
    const struct bytes text = {(const uint8_t *)b->text, b->size};
    rewind(b->stream);
    return text;
}

static const char *on(const struct screen *s, enum report_color color)
{
    return report_style_on(&s->options->style, color);
}

static const char *off(const struct screen *s)
{
    return report_style_off(&s->options->style);
}

/* Ends the line: prints it into the block, wrapped, behind `label`. */
static void end_line(struct screen *s, const char *label,
                     enum report_color color)
{
    fprintf(s->block.stream, "%s%-*s%s", *label ? on(s, color) : "", LABEL,
            label, *label ? off(s) : "");
    report_text_wrap(s->block.stream, buffer_take(&s->line), LABEL, s->columns);
}

static unsigned count_rows(struct bytes text)
{
    unsigned rows = 0;
    for (size_t i = 0; i < text.len; i++)
        rows += text.data[i] == '\n';
    return rows;
}

static void put_block(struct screen *s, struct bytes block)
{
    s->rows += count_rows(block);
    fwrite(block.data, 1, block.len, s->out);
}

static void end_block(struct screen *s)
{
    put_block(s, buffer_take(&s->block));
}

/* --- phrases --------------------------------------------------------------- */

/* A phrase is text with {columns} of a row in it. {s} is an "s" unless the last
 * figure was 1, and what stands in [] is left out when its first column is
 * unknown, zero or empty. */
struct phrase {
    struct screen *screen;
    const struct report_query *row;
    bool one; /* the last figure was 1 */
};

static struct report_cell phrase_cell(const struct phrase *p, const char *name,
                                      size_t length, enum report_unit *unit)
{
    const size_t columns = report_query_columns(p->row);
    for (size_t i = 0; i < columns; i++) {
        const char *column = report_query_name(p->row, i);
        if (strlen(column) == length && memcmp(column, name, length) == 0) {
            *unit = report_query_unit(p->row, i);
            return report_query_cell(p->row, i);
        }
    }
    *unit = REPORT_PLAIN; /* a replaced view may lack it */
    return (struct report_cell){.type = REPORT_NULL};
}

static bool phrase_has(const struct phrase *p, const char *clause)
{
    const char *open = strchr(clause, '{');
    if (!open)
        return true;
    enum report_unit unit;
    const struct report_cell cell =
        phrase_cell(p, open + 1, strcspn(open + 1, "}"), &unit);
    return cell.type == REPORT_TEXT ? cell.text.len > 0
                                    : cell.type != REPORT_NULL && cell.real > 0;
}

static void put_column(struct phrase *p, const char *name, size_t length)
{
    FILE *out = p->screen->line.stream;
    if (length == 1 && *name == 's') {
        fputs(p->one ? "" : "s", out);
        return;
    }
    enum report_unit unit;
    const struct report_cell cell = phrase_cell(p, name, length, &unit);
    p->one = cell.type == REPORT_INTEGER && cell.integer == 1;
    char *text = report_text_cell(cell, unit, &p->screen->options->style);
    fputs(text ? text : "?", out);
    free(text);
}

static void put_phrase(struct screen *s, const struct report_query *row,
                       const char *text)
{
    struct phrase p = {.screen = s, .row = row};
    while (*text) {
        if (*text == '[' && !phrase_has(&p, text)) {
            text += strcspn(text, "]");
        } else if (*text == '{') {
            const size_t length = strcspn(++text, "}");
            put_column(&p, text, length);
            text += length;
        } else if (*text != '[' && *text != ']') {
            fputc(*text, s->line.stream);
        }
        text++;
    }
}

/* --- rows ------------------------------------------------------------------ */

typedef void put_function(struct screen *s, const struct report_query *row);

/* Calls `put` for each row of `sql`. */
static enum err_code each_row(struct screen *s, const char *what,
                              const char *sql, put_function *put,
                              struct err *err)
{
    struct report_query *query = NULL;
    const enum err_code rc =
        report_query_open(&query, s->store, sql, what, err);
    int step = (int)rc;
    while (rc == ERR_OK && (step = report_query_next(query, err)) > 0)
        put(s, query);
    report_query_close(query);
    return (enum err_code)step;
}

static void put_read(struct screen *s, const struct report_query *row)
{
    put_phrase(s, row, "{packets} packet{s}[ over {duration_seconds}]");
}

static void put_fate(struct screen *s, const struct report_query *row)
{
    put_phrase(s, row, "{glue}{frames} {fate}");
}

static void put_filter(struct screen *s, const struct report_query *row)
{
    put_phrase(s, row,
               "; behind the filter \"{filter}\""
               "[, which kept out {filtered_frames}]");
}

static void put_clean(struct screen *s, const struct report_query *row)
{
    put_phrase(s, row, "; data quality good");
}

static void put_quality(struct screen *s, const struct report_query *row)
{
    put_phrase(s, row, "{title}");
    end_line(s, "  but", REPORT_COLOR_YELLOW);
}

static bool cell_is(struct report_cell cell, const char *text)
{
    return cell.type == REPORT_TEXT && cell.text.len == strlen(text) &&
           memcmp(cell.text.data, text, cell.text.len) == 0;
}

static enum report_color answer_color(struct report_cell answer)
{
    return cell_is(answer, "yes")      ? REPORT_COLOR_RED
           : cell_is(answer, "partly") ? REPORT_COLOR_YELLOW
           : cell_is(answer, "no")     ? REPORT_COLOR_GREEN
                                       : REPORT_COLOR_BOLD;
}

static void put_verdict(struct screen *s, const struct report_query *row)
{
    put_phrase(s, row, "Was it DNS? {sentence}[ (confidence {percent} %)]");
    fprintf(s->block.stream, "\n%s",
            on(s, answer_color(report_query_named(row, "answer"))));
    report_text_wrap(s->block.stream, buffer_take(&s->line), 0, s->columns);
    fprintf(s->block.stream, "%s\n", off(s));
}

/* Percentiles only of answers enough to have them, the highest of them once
 * more with the unanswered when these decide it (ALGORITHMS 8): the figure is
 * then the timeout, which they waited at least, and the slowest answer is not
 * the most that anybody waited. */
static const char summary_sql[] =
    "SELECT s.*, iif(n >= 20, wait_p95_seconds, NULL) AS p95_seconds,"
    " iif(n >= 100, wait_p99_seconds, NULL) AS p99_seconds, least_seconds,"
    " iif(least_seconds IS NULL, wait_max_seconds, NULL) AS most_seconds,"
    " iif(n < 100, n, NULL) AS few_answers,"
    /* what was put into collective rows is not told apart */
    " (SELECT iif(sum(value) > 0, 'at least', NULL) FROM counter WHERE name IN"
    "  ('collapsed_clients', 'collapsed_servers', 'collapsed_names'))"
    "  AS at_least"
    " FROM answer_summary AS s LEFT JOIN (SELECT count AS n,"
    "  CASE WHEN count >= 100 AND unanswered * 100 > count + unanswered"
    "   THEN nullif(max(p99_with_unanswered_seconds, p99_seconds), p99_seconds)"
    "   WHEN count BETWEEN 20 AND 99 AND unanswered * 20 > count + unanswered"
    "   THEN nullif(max(p95_with_unanswered_seconds, p95_seconds), p95_seconds)"
    "   END AS least_seconds"
    "  FROM v_latency WHERE scope = 'all' AND measure = 'wait')";

static void put_summary(struct screen *s, const struct report_query *row)
{
    static const struct {
        const char *label, *phrase;
    } lines[] = {
        {"Asked", "{transactions} question{s}: {answered} answered"
                  "[, {answered_late} late][, {unanswered} unanswered]"
                  "[, {icmp_errors} refused by ICMP]"
                  "[, {open_at_end} open at the end]"
                  "[; {retransmissions} asked again]"
                  "[; {orphan_responses} response{s} without a question]"},
        {"Lookups", "{lookups}[, {failed_lookups} failed]"
                    "[, {stalled_lookups} stalled]"},
        {"Answers", "after p50 {wait_p50_seconds}[, p95 {p95_seconds}]"
                    "[, p99 {p99_seconds}][ (>= {least_seconds} with "
                    "unanswered)][, at most {most_seconds}]"
                    "[ (n={few_answers})]"},
        {"Seen", "[{at_least} ]{clients} client{s}, {servers} server{s}, "
                 "{names} name{s}"
                 "[ from {first_time}]"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        put_phrase(s, row, lines[i].phrase);
        end_line(s, lines[i].label, REPORT_COLOR_BOLD);
    }
    fputc('\n', s->block.stream);
}

/* --- findings -------------------------------------------------------------- */

/* The title names the subject or is led by it; frames and evidence are JSON in
 * the view. */
static const char findings_sql[] =
    "SELECT id, severity, cost_seconds, cost_queries, affected_clients, fix,"
    " count(*) OVER () AS findings,"
    " CASE WHEN instr(title, coalesce(subject, '')) THEN title"
    "  ELSE subject || ': ' || title END AS headline,"
    " (SELECT group_concat(value, ', ') FROM (SELECT value FROM"
    "   json_each(CASE WHEN json_valid(example_frames) THEN example_frames"
    "    ELSE '[]' END) LIMIT 5)) AS frames,"
    " (SELECT group_concat(replace(key, '_', ' ') || ' ' ||"
    "    coalesce(atom, value), ', ') FROM"
    "   json_each(CASE WHEN json_valid(evidence) THEN evidence"
    "    ELSE '{}' END)) AS facts"
    " FROM answer_findings WHERE id <> 'capture-quality'"
    " ORDER BY answer_findings.rowid";

static enum report_color severity_color(struct report_cell severity)
{
    return cell_is(severity, "critical") || cell_is(severity, "error")
               ? REPORT_COLOR_RED
           : cell_is(severity, "warning") ? REPORT_COLOR_YELLOW
                                          : REPORT_COLOR_CYAN;
}

/* Whether the block and `reserved` rows fit above what stands below. The first
 * finding is shown in any case. */
static bool fits(const struct screen *s, struct bytes block, uint64_t reserved)
{
    const unsigned rows = s->options->style.rows;
    return rows == 0 || s->shown == 0 ||
           s->rows + count_rows(block) + reserved + ROWS_BELOW <= rows;
}

/* The finding as `phrase`, behind its severity. */
static void put_headline(struct screen *s, const struct report_query *row,
                         const char *phrase)
{
    char label[LABEL];
    const struct report_cell severity = report_query_named(row, "severity");
    text_escape(severity.text, label, sizeof label);
    put_phrase(s, row, phrase);
    end_line(s, label, severity_color(severity));
}

static struct bytes compact_block(struct screen *s,
                                  const struct report_query *row)
{
    put_headline(s, row, "{headline} ({id})");
    return buffer_take(&s->block);
}

static struct bytes whole_block(struct screen *s,
                                const struct report_query *row)
{
    put_headline(s, row, "{headline}");
    put_phrase(s, row,
               "{id}[; waited {cost_seconds}][; queries {cost_queries}]"
               "[; clients {affected_clients}][; frames {frames}]");
    end_line(s, "", REPORT_COLOR_BOLD);
    if (s->options->evidence) {
        put_phrase(s, row, "evidence: {facts}");
        end_line(s, "", REPORT_COLOR_BOLD);
    }
    put_phrase(s, row, "fix: {fix}");
    end_line(s, "", REPORT_COLOR_BOLD);
    return buffer_take(&s->block);
}

/* Whole while that leaves room to name the others, then compact, then only
 * counted. */
static void put_finding(struct screen *s, const struct report_query *row)
{
    const uint64_t all = (uint64_t)report_query_named(row, "findings").integer;
    struct bytes block = whole_block(s, row);
    s->compact |= !fits(s, block, ROWS_COMPACT * (all - s->shown - 1));
    if (s->compact)
        block = compact_block(s, row);
    if (s->more > 0 || !fits(s, block, 0)) {
        s->more++;
        return;
    }
    if (s->shown++ == 0)
        text_escape(report_query_named(row, "id").text, s->first,
                    sizeof s->first);
    put_block(s, block);
}

static void put_rest(struct screen *s)
{
    if (s->more == 0 && s->shown > 0)
        return;
    if (s->more == 0)
        fputs("none", s->line.stream);
    else
        fprintf(s->line.stream, "%llu more (-v shows all)",
                (unsigned long long)s->more);
    end_line(s, "Findings", REPORT_COLOR_BOLD);
}

static const char next_sql[] =
    "SELECT (SELECT lookups FROM answer_summary) AS lookups,"
    " sum(frames) FILTER (WHERE fate = 'dns') AS dns,"
    " sum(frames) FILTER (WHERE reason = 'UDP, other port') AS elsewhere"
    " FROM v_frames";

/* Which table of `input` tells more. */
static void put_table(struct screen *s, const struct report_query *row)
{
    const bool any = report_query_named(row, "lookups").integer > 0;
    const bool elsewhere = report_query_named(row, "dns").integer == 0 &&
                           report_query_named(row, "elsewhere").integer > 0;
    fprintf(s->line.stream, "wasitdns top %s %s%s", any ? "slow" : "frames",
            s->options->input,
            elsewhere ? " (DNS on another port is read with --port N)" : "");
}

static enum err_code put_next(struct screen *s, struct err *err)
{
    enum err_code rc = ERR_OK;
    fputc('\n', s->block.stream);
    if (s->shown > 0)
        fprintf(s->line.stream, "wasitdns explain %s", s->first);
    else if (s->options->input)
        rc = each_row(s, "v_frames", next_sql, put_table, err);
    else
        fputs("wasitdns help", s->line.stream);
    end_line(s, "Next", REPORT_COLOR_BOLD);
    return rc;
}

/* --- the screen ------------------------------------------------------------ */

static enum err_code put_head(struct screen *s, struct err *err)
{
    enum err_code rc =
        each_row(s, "v_summary", "SELECT * FROM answer_summary", put_read, err);
    if (rc == ERR_OK)
        rc = each_row(
            s, "v_frames",
            "SELECT iif(row_number() OVER place = 1, ': ', ', ') AS glue,"
            " frames, fate FROM ("
            "  SELECT sum(frames) AS frames, iif(fate = 'multicast_dns', "
            "reason,"
            "    replace(replace(fate, '_', ' '), 'dns', 'DNS')) AS fate"
            "  FROM v_frames GROUP BY 2)"
            " WINDOW place AS (ORDER BY fate <> 'DNS', frames DESC, fate)"
            " ORDER BY row_number() OVER place",
            put_fate, err);
    if (rc == ERR_OK)
        rc = each_row(s, "v_parts",
                      "SELECT filter, filtered_frames FROM v_parts"
                      " WHERE filter IS NOT NULL",
                      put_filter, err);
    if (rc == ERR_OK)
        rc = each_row(s, "v_findings",
                      "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM answer_findings"
                      " WHERE id = 'capture-quality')",
                      put_clean, err);
    end_line(s, "Read", REPORT_COLOR_BOLD);
    if (s->options->interrupted) {
        fputs("stopped by a signal: this is what was read until then",
              s->line.stream);
        end_line(s, "  but", REPORT_COLOR_YELLOW);
    }
    return rc;
}

static enum err_code put_screen(struct screen *s, struct err *err)
{
    enum err_code rc = report_answer(s->store, err);
    if (rc == ERR_OK)
        rc = put_head(s, err);
    if (rc == ERR_OK)
        rc = each_row(s, "v_findings",
                      "SELECT title FROM answer_findings"
                      " WHERE id = 'capture-quality' ORDER BY rowid",
                      put_quality, err);
    if (rc == ERR_OK)
        rc = each_row(s, "v_verdict",
                      "SELECT answer, sentence, CAST(round(100 * confidence)"
                      " AS INTEGER) AS percent FROM answer_verdict",
                      put_verdict, err);
    if (rc == ERR_OK)
        rc = each_row(s, "v_latency", summary_sql, put_summary, err);
    end_block(s);
    if (rc == ERR_OK)
        rc = each_row(s, "v_findings", findings_sql, put_finding, err);
    if (rc != ERR_OK)
        return rc;
    put_rest(s);
    rc = put_next(s, err);
    end_block(s);
    return rc;
}

static unsigned columns_of(const struct report_style *style)
{
    return style->columns == 0       ? USUAL_COLUMNS
           : style->columns > WIDEST ? WIDEST
                                     : style->columns;
}

enum err_code report_screen(FILE *out, struct store *store,
                            const struct report_screen_options *options,
                            struct err *err)
{
    struct screen s = {.out = out,
                       .store = store,
                       .options = options,
                       .columns = columns_of(&options->style)};
    enum err_code rc = ERR_OK;
    if (buffer_open(&s.line) && buffer_open(&s.block))
        rc = put_screen(&s, err);
    const bool line_good = buffer_close(&s.line);
    const bool block_good = buffer_close(&s.block);
    if (rc == ERR_OK && !(line_good && block_good))
        rc = err_set(err, ERR_NOMEM, "out of memory");
    return rc;
}
