/* Widths come from the first rows, which are held; later rows are printed as
 * they come, so that a table of a million names needs no memory. */
#include "report/text.h"

#include <stdlib.h>
#include <string.h>

#include "util/text.h"

enum {
    SAMPLE_ROWS = 256,
    GAP = 2,        /* blanks between columns */
    NARROWEST = 32, /* text columns are not cut below this */
    TIME_DIGITS = 3,
};

/* --- cells ---------------------------------------------------------------- */

static char *escaped(struct bytes text)
{
    const size_t capacity = text.len * 4 + 1;
    char *out = malloc(capacity);
    if (out)
        text_escape(text, out, capacity);
    return out;
}

static char *time_cell(struct bytes text, const struct report_style *style)
{
    char plain[TEXT_TIME];
    int64_t time_ns;
    text_escape(text, plain, sizeof plain);
    if (!text_time_read(plain, &time_ns))
        return escaped(text);
    return strdup(text_time(time_ns, TIME_DIGITS, style->local_time, plain));
}

static char *number_cell(struct report_cell cell, enum report_unit unit)
{
    char out[TEXT_NUMBER];
    switch (unit) {
    case REPORT_SECONDS:
        return strdup(text_duration(cell.real, out));
    case REPORT_SHARE:
        return strdup(text_share(cell.real, out));
    case REPORT_OCTETS:
        return strdup(text_octets(cell.real, out));
    default:
        break;
    }
    if (cell.type == REPORT_REAL)
        snprintf(out, sizeof out, "%.4g", cell.real);
    else if (unit == REPORT_REFERENCE)
        snprintf(out, sizeof out, "%lld", (long long)cell.integer);
    else
        text_count(cell.integer, out);
    return strdup(out);
}

char *report_text_cell(struct report_cell cell, enum report_unit unit,
                       const struct report_style *style)
{
    switch (cell.type) {
    case REPORT_NULL:
        return strdup("-");
    case REPORT_TEXT:
        return unit == REPORT_TIMESTAMP ? time_cell(cell.text, style)
                                        : escaped(cell.text);
    default:
        return number_cell(cell, unit);
    }
}

/* --- the table ------------------------------------------------------------ */

struct column {
    char *heading;
    enum report_unit unit;
    size_t width;
    bool right;   /* figures */
    bool hidden;  /* empty in the sample, or no room */
    bool has_any; /* a cell of the sample holds something */
};

struct table {
    FILE *out;
    struct report_query *query;
    const struct report_style *style;
    struct column *columns;
    size_t column_count;
    char **cells; /* SAMPLE_ROWS * column_count, row by row */
    size_t sampled;
    size_t crowded; /* columns left out for want of room */
};

/* "wait_p95_seconds" is headed "wait p95": the cells carry the unit. */
static char *heading(const char *name, enum report_unit unit)
{
    char *text = escaped((struct bytes){(const uint8_t *)name, strlen(name)});
    if (!text)
        return NULL;
    char *unit_at = strstr(text, unit == REPORT_SECONDS  ? "_seconds"
                                 : unit == REPORT_OCTETS ? "_octets"
                                                         : "\n");
    if (unit_at && unit_at > text)
        *unit_at = '\0';
    for (char *c = text; *c; c++) {
        if (*c == '_')
            *c = ' ';
    }
    return text;
}

static enum err_code no_memory(struct err *err)
{
    return err_set(err, ERR_NOMEM, "out of memory");
}

static enum err_code table_init(struct table *t, struct err *err)
{
    t->column_count = report_query_columns(t->query);
    t->columns = calloc(t->column_count, sizeof *t->columns);
    t->cells = calloc(t->column_count * SAMPLE_ROWS, sizeof *t->cells);
    if (!t->columns || !t->cells)
        return no_memory(err);
    for (size_t i = 0; i < t->column_count; i++) {
        struct column *c = &t->columns[i];
        c->unit = report_query_unit(t->query, i);
        c->heading = heading(report_query_name(t->query, i), c->unit);
        if (!c->heading)
            return no_memory(err);
        c->width = strlen(c->heading);
    }
    return ERR_OK;
}

static void table_fini(struct table *t)
{
    for (size_t i = 0; t->cells && i < t->sampled * t->column_count; i++)
        free(t->cells[i]);
    for (size_t i = 0; t->columns && i < t->column_count; i++)
        free(t->columns[i].heading);
    free(t->cells);
    free(t->columns);
}

/* Formats the row under the query into `cells`. */
static enum err_code format_row(struct table *t, char **cells, struct err *err)
{
    for (size_t i = 0; i < t->column_count; i++) {
        struct column *c = &t->columns[i];
        const struct report_cell cell = report_query_cell(t->query, i);
        cells[i] = report_text_cell(cell, c->unit, t->style);
        if (!cells[i])
            return no_memory(err);
        c->right |= cell.type == REPORT_INTEGER || cell.type == REPORT_REAL;
        c->has_any |= cell.type == REPORT_TEXT ? cell.text.len > 0
                                               : cell.type != REPORT_NULL;
    }
    return ERR_OK;
}

/* Reads up to SAMPLE_ROWS rows; `*more` says whether rows may follow. */
static enum err_code sample(struct table *t, uint64_t limit, bool *more,
                            struct err *err)
{
    *more = true;
    while (t->sampled < SAMPLE_ROWS && (limit == 0 || t->sampled < limit)) {
        const int step = report_query_next(t->query, err);
        if (step < 0)
            return (enum err_code)step;
        if (step == 0) {
            *more = false;
            return ERR_OK;
        }
        char **cells = &t->cells[t->sampled++ * t->column_count];
        const enum err_code rc = format_row(t, cells, err);
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

static void measure(struct table *t)
{
    for (size_t i = 0; i < t->column_count; i++) {
        struct column *c = &t->columns[i];
        c->hidden = i > 0 && t->sampled > 0 && !c->has_any;
        for (size_t row = 0; row < t->sampled; row++) {
            const size_t width = strlen(t->cells[row * t->column_count + i]);
            if (width > c->width)
                c->width = width;
        }
    }
}

static size_t total_width(const struct table *t)
{
    size_t total = 0;
    for (size_t i = 0; i < t->column_count; i++) {
        if (!t->columns[i].hidden)
            total += t->columns[i].width + (total > 0 ? GAP : 0);
    }
    return total;
}

/* By how much a column can be cut: figures and times are whole or wrong. */
static size_t column_slack(const struct column *c)
{
    const bool cut = !c->hidden && !c->right && c->unit != REPORT_TIMESTAMP &&
                     c->width > NARROWEST;
    return cut ? c->width - NARROWEST : 0;
}

static size_t slack(const struct table *t)
{
    size_t octets = 0;
    for (size_t i = 0; i < t->column_count; i++)
        octets += column_slack(&t->columns[i]);
    return octets;
}

static struct column *widest_text(const struct table *t)
{
    struct column *widest = NULL;
    for (size_t i = 0; i < t->column_count; i++) {
        struct column *c = &t->columns[i];
        if (column_slack(c) > 0 && (!widest || c->width > widest->width))
            widest = c;
    }
    return widest;
}

static void hide_last(struct table *t)
{
    for (size_t i = t->column_count; i-- > 1;) {
        if (!t->columns[i].hidden) {
            t->columns[i].hidden = true;
            t->crowded++;
            return;
        }
    }
}

static size_t shown_columns(const struct table *t)
{
    size_t shown = 0;
    for (size_t i = 0; i < t->column_count; i++)
        shown += !t->columns[i].hidden;
    return shown;
}

static void fit(struct table *t)
{
    const size_t room = t->style->columns;
    if (room == 0)
        return;
    while (total_width(t) - slack(t) > room && shown_columns(t) > 1)
        hide_last(t);
    struct column *c;
    while (total_width(t) > room && (c = widest_text(t)) != NULL)
        c->width--;
}

static void put_padding(FILE *out, size_t blanks)
{
    while (blanks-- > 0)
        fputc(' ', out);
}

/* One cell; the last of a line gets no blanks behind it. */
static void put_cell(FILE *out, const char *text, const struct column *c,
                     bool cut, bool last)
{
    const size_t length = strlen(text);
    if (cut && length > c->width && c->width > 3) {
        fwrite(text, 1, c->width - 3, out);
        fputs("...", out);
        return;
    }
    const size_t blanks = length < c->width ? c->width - length : 0;
    if (c->right)
        put_padding(out, blanks);
    fputs(text, out);
    if (!c->right && !last)
        put_padding(out, blanks);
}

static void put_row(const struct table *t, char **cells)
{
    size_t left = shown_columns(t);
    bool first = true;
    for (size_t i = 0; i < t->column_count; i++) {
        const struct column *c = &t->columns[i];
        if (c->hidden)
            continue;
        if (!first)
            put_padding(t->out, GAP);
        first = false;
        put_cell(t->out, cells ? cells[i] : c->heading, c,
                 t->style->columns != 0, --left == 0);
    }
    fputc('\n', t->out);
}

static void put_heading(const struct table *t)
{
    fputs(report_style_on(t->style, REPORT_COLOR_BOLD), t->out);
    put_row(t, NULL);
    fputs(report_style_off(t->style), t->out);
}

static void free_row(const struct table *t, char **cells)
{
    for (size_t i = 0; i < t->column_count; i++) {
        free(cells[i]);
        cells[i] = NULL;
    }
}

/* The rows behind the sample, one at a time. */
static enum err_code stream(struct table *t, uint64_t limit, bool *more,
                            struct err *err)
{
    char **cells = calloc(t->column_count, sizeof *cells);
    if (!cells)
        return no_memory(err);
    enum err_code rc = ERR_OK;
    int step = 1;
    for (uint64_t row = t->sampled; limit == 0 || row < limit; row++) {
        step = report_query_next(t->query, err);
        if (step > 0)
            rc = format_row(t, cells, err);
        if (step <= 0 || rc != ERR_OK)
            break;
        put_row(t, cells);
        free_row(t, cells);
    }
    free_row(t, cells);
    free(cells);
    *more = step > 0;
    return step < 0 ? (enum err_code)step : rc;
}

static void name_crowded(const struct table *t)
{
    if (t->crowded > 0)
        fprintf(t->out,
                "(%zu more column%s: a wider terminal, --csv or --json)\n",
                t->crowded, t->crowded == 1 ? "" : "s");
}

/* Says so when the limit, and not the end of the rows, ended the table. */
static enum err_code name_more(const struct table *t, uint64_t limit,
                               struct err *err)
{
    if (limit == 0)
        return ERR_OK;
    const int step = report_query_next(t->query, err);
    if (step > 0)
        fputs("(more rows: --limit 0 shows all)\n", t->out);
    return step < 0 ? (enum err_code)step : ERR_OK;
}

static enum err_code print_table(struct table *t, uint64_t limit,
                                 struct err *err)
{
    bool more;
    enum err_code rc = table_init(t, err);
    if (rc == ERR_OK)
        rc = sample(t, limit, &more, err);
    if (rc != ERR_OK)
        return rc;
    measure(t);
    fit(t);
    put_heading(t);
    for (size_t row = 0; row < t->sampled; row++)
        put_row(t, &t->cells[row * t->column_count]);
    if (more)
        rc = stream(t, limit, &more, err);
    if (rc == ERR_OK && more)
        rc = name_more(t, limit, err);
    name_crowded(t);
    return rc;
}

enum err_code report_text_table(FILE *out, struct report_query *query,
                                const struct report_style *style,
                                uint64_t limit, struct err *err)
{
    struct table t = {.out = out, .query = query, .style = style};
    const enum err_code rc = print_table(&t, limit, err);
    table_fini(&t);
    return rc;
}

/* --- running text --------------------------------------------------------- */

struct wrap {
    FILE *out;
    unsigned indent, columns;
    size_t at;  /* column the line has reached */
    bool fresh; /* nothing on the line yet */
};

static void new_line(struct wrap *w)
{
    fputc('\n', w->out);
    put_padding(w->out, w->indent);
    w->at = w->indent;
    w->fresh = true;
}

static void put_piece(struct wrap *w, const char *piece, size_t length)
{
    fprintf(w->out, "%s%.*s", w->fresh ? "" : " ", (int)length, piece);
    w->at += length + !w->fresh;
    w->fresh = false;
}

/* Length of the first piece of a word that is longer than a line: up to the
 * last comma that fits, or on a fresh line up to the first there is. 0 when
 * there is none. */
static size_t piece_length(const struct wrap *w, const char *word,
                           size_t length)
{
    const size_t start = w->at + !w->fresh;
    size_t piece = 0;
    for (size_t i = 1; i < length; i++) {
        const bool fits = start + i <= w->columns;
        if (!fits && (piece > 0 || !w->fresh))
            break;
        if (word[i - 1] == ',')
            piece = i;
    }
    return piece;
}

/* Lists in JSON have no blanks, and no length they keep to. */
static size_t put_pieces(struct wrap *w, const char *word, size_t length)
{
    size_t done = 0;
    while (w->indent + length - done > w->columns) {
        const size_t piece = piece_length(w, word + done, length - done);
        if (piece == 0 && w->fresh)
            break;
        if (piece > 0)
            put_piece(w, word + done, piece);
        new_line(w);
        done += piece;
    }
    return done;
}

static void put_word(struct wrap *w, struct bytes octets)
{
    char *word = escaped(octets);
    if (!word)
        return; /* no memory for a word: what follows fails and says so */
    const size_t length = strlen(word);
    const size_t done = put_pieces(w, word, length);
    if (!w->fresh && w->at + 1 + length - done > w->columns)
        new_line(w);
    put_piece(w, word + done, length - done);
    free(word);
}

static size_t word_length(struct bytes text)
{
    size_t length = 0;
    while (length < text.len && text.data[length] != ' ' &&
           text.data[length] != '\n')
        length++;
    return length;
}

void report_text_wrap(FILE *out, struct bytes text, unsigned indent,
                      unsigned columns)
{
    struct wrap w = {out, indent, columns, indent, true};
    while (text.len > 0) {
        size_t step = 1;
        if (*text.data == '\n') {
            new_line(&w);
        } else if (*text.data != ' ') {
            step = word_length(text);
            put_word(&w, (struct bytes){text.data, step});
        }
        text.data += step;
        text.len -= step;
    }
    fputc('\n', out);
}
