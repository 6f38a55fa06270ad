#include "report/json.h"

#include <string.h>

#include "report/answer.h"
#include "report/number.h"

/* --- strings -------------------------------------------------------------- */

/* Length of the well-formed UTF-8 sequence (RFC 3629 s4) that `text` begins
 * with, and its code point; 0 when it begins with none. */
static size_t utf8_sequence(struct bytes text, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t first = text.data[0];
    const size_t length = first >= 0xf0   ? 4
                          : first >= 0xe0 ? 3
                          : first >= 0xc2 ? 2
                                          : 0;
    if (length == 0 || first > 0xf4 || length > text.len)
        return 0;
    uint32_t c = first & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text.data[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (text.data[i] & 0x3f);
    }
    if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *code = c;
    return length;
}

static void put_code(FILE *out, uint32_t code)
{
    if (code < 0x10000) {
        fprintf(out, "\\u%04x", (unsigned)code);
        return;
    }
    code -= 0x10000;
    fprintf(out, "\\u%04x\\u%04x", 0xd800 + (unsigned)(code >> 10),
            0xdc00 + (unsigned)(code & 0x3ff));
}

/* Writes one character that is not printable ASCII; returns its octets. */
static size_t put_unprintable(FILE *out, struct bytes text)
{
    uint32_t code = text.data[0];
    if (code < 0x80) {
        put_code(out, code);
        return 1;
    }
    const size_t length = utf8_sequence(text, &code);
    if (length > 0) {
        put_code(out, code);
        return length;
    }
    fprintf(out, "\\\\%03u", (unsigned)code);
    return 1;
}

static bool is_printable(uint8_t c)
{
    return c >= 0x20 && c <= 0x7e;
}

void report_json_string(FILE *out, struct bytes text)
{
    fputc('"', out);
    while (text.len > 0) {
        size_t step = 1;
        if (!is_printable(*text.data)) {
            step = put_unprintable(out, text);
        } else {
            if (*text.data == '"' || *text.data == '\\')
                fputc('\\', out);
            fputc(*text.data, out);
        }
        text.data += step;
        text.len -= step;
    }
    fputc('"', out);
}

static void put_literal(FILE *out, const char *text)
{
    report_json_string(out,
                       (struct bytes){(const uint8_t *)text, strlen(text)});
}

/* JSON that SQLite found valid: what is not ASCII stands inside its strings,
 * and white space between its tokens is the only control there. */
static void put_json(FILE *out, struct bytes text)
{
    while (text.len > 0) {
        size_t step = 1;
        if (is_printable(*text.data))
            fputc(*text.data, out);
        else if (*text.data > 0x7e)
            step = put_unprintable(out, text);
        else
            fputc(' ', out);
        text.data += step;
        text.len -= step;
    }
}

/* --- values --------------------------------------------------------------- */

struct document {
    FILE *out;
    struct store *store;
    sqlite3_stmt *is_json;
    const struct report_json_options *options;
};

static bool is_json(const struct document *d, struct bytes text)
{
    sqlite3_stmt *s = d->is_json;
    const bool valid =
        text.len > 0 && text.len < INT32_MAX &&
        sqlite3_bind_text(s, 1, (const char *)text.data, (int)text.len,
                          SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int(s, 0) == 1;
    sqlite3_reset(s);
    return valid;
}

/* ["first line", "second line"] */
static void put_lines(FILE *out, struct bytes text)
{
    fputc('[', out);
    for (bool first = true; text.len > 0; first = false) {
        const uint8_t *end = memchr(text.data, '\n', text.len);
        const size_t length = end ? (size_t)(end - text.data) : text.len;
        if (!first)
            fputs(", ", out);
        report_json_string(out, (struct bytes){text.data, length});
        text.data += length + (end != NULL);
        text.len -= length + (end != NULL);
    }
    fputc(']', out);
}

static void put_cell(const struct document *d, struct report_cell cell,
                     enum report_unit unit)
{
    switch (cell.type) {
    case REPORT_INTEGER:
        fprintf(d->out, "%lld", (long long)cell.integer);
        return;
    case REPORT_REAL:
        report_number_put(d->out, cell.real, "null");
        return;
    case REPORT_TEXT:
        if (unit == REPORT_JSON && is_json(d, cell.text))
            put_json(d->out, cell.text);
        else if (unit == REPORT_LINES)
            put_lines(d->out, cell.text);
        else
            report_json_string(d->out, cell.text);
        return;
    default:
        fputs("null", d->out);
    }
}

static void put_row(const struct document *d, const struct report_query *query)
{
    const size_t columns = report_query_columns(query);
    fputc('{', d->out);
    for (size_t i = 0; i < columns; i++) {
        if (i > 0)
            fputs(", ", d->out);
        put_literal(d->out, report_query_name(query, i));
        fputs(": ", d->out);
        put_cell(d, report_query_cell(query, i), report_query_unit(query, i));
    }
    fputc('}', d->out);
}

static enum err_code put_rows(const struct document *d,
                              struct report_query *query, uint64_t limit,
                              const char *indent, struct err *err)
{
    uint64_t rows = 0;
    fputc('[', d->out);
    while (limit == 0 || rows < limit) {
        const int step = report_query_next(query, err);
        if (step < 0)
            return (enum err_code)step;
        if (step == 0)
            break;
        fprintf(d->out, "%s\n%s  ", rows++ > 0 ? "," : "", indent);
        put_row(d, query);
    }
    if (rows > 0)
        fprintf(d->out, "\n%s", indent);
    fputc(']', d->out);
    return ERR_OK;
}

/* --- members of the document ---------------------------------------------- */

/* "name": [the rows of `sql`] */
static enum err_code put_array(const struct document *d, const char *name,
                               const char *sql, struct err *err)
{
    struct report_query *query = NULL;
    enum err_code rc = report_query_open(&query, d->store, sql, name, err);
    if (rc == ERR_OK) {
        fputs(",\n", d->out);
        put_literal(d->out, name);
        fputs(": ", d->out);
        rc = put_rows(d, query, 0, "", err);
    }
    report_query_close(query);
    return rc;
}

/* "name": {the one row of the view} */
static enum err_code put_object(const struct document *d, const char *name,
                                const char *sql, struct err *err)
{
    struct report_query *query = NULL;
    enum err_code rc = report_query_open(&query, d->store, sql, name, err);
    if (rc != ERR_OK)
        return rc;
    const int step = report_query_next(query, err);
    fputs(",\n", d->out);
    put_literal(d->out, name);
    fputs(": ", d->out);
    if (step > 0)
        put_row(d, query);
    else
        fputs("null", d->out);
    report_query_close(query);
    return step < 0 ? (enum err_code)step : ERR_OK;
}

static enum err_code put_table(const struct document *d,
                               const struct report_entry *entry,
                               struct err *err)
{
    struct report_query *query = NULL;
    enum err_code rc =
        report_query_open(&query, d->store, entry->sql, entry->path, err);
    if (rc == ERR_OK) {
        put_literal(d->out, entry->id);
        fputs(": ", d->out);
        rc = put_rows(d, query, d->options->limit, "  ", err);
    }
    report_query_close(query);
    return rc;
}

static enum err_code put_tables(const struct document *d,
                                const struct report_catalogue *catalogue,
                                struct err *err)
{
    const char *separator = "";
    enum err_code rc = ERR_OK;
    fputs(",\n\"tables\": {", d->out);
    const size_t count = report_catalogue_count(catalogue);
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        const struct report_entry *entry = report_catalogue_at(catalogue, i);
        if (entry->kind != REPORT_TABLE ||
            (d->options->table && d->options->table != entry))
            continue;
        fprintf(d->out, "%s\n  ", separator);
        separator = ",";
        rc = put_table(d, entry, err);
    }
    fputs("\n}", d->out);
    return rc;
}

static void put_head(const struct document *d)
{
    fputs("{\n\"schema\": \"wasitdns/1\",\n"
          "\"tool\": {\"name\": \"wasitdns\", \"version\": ",
          d->out);
    put_literal(d->out, d->options->version);
    fprintf(d->out, "},\n\"interrupted\": %s",
            d->options->interrupted ? "true" : "false");
}

static enum err_code put_judgement(const struct document *d, struct err *err)
{
    enum err_code rc = report_answer(d->store, err);
    if (rc == ERR_OK)
        rc = put_object(d, "verdict",
                        "SELECT answer, confidence, sentence"
                        " FROM answer_verdict",
                        err);
    if (rc == ERR_OK)
        rc = put_object(d, "summary", "SELECT * FROM answer_summary", err);
    if (rc == ERR_OK)
        rc = put_array(
            d, "findings",
            "SELECT id, severity, subject, title,"
            " coalesce(evidence, '{}') AS evidence, cost_seconds,"
            " cost_queries, affected_clients, first_time, last_time,"
            " confidence, coalesce(fix, '') AS fix,"
            " coalesce(example_frames, '[]') AS examples FROM answer_findings"
            " ORDER BY rowid",
            err);
    return rc;
}

static enum err_code put_document(struct document *d,
                                  const struct report_catalogue *catalogue,
                                  struct err *err)
{
    if (sqlite3_prepare_v2(store_handle(d->store), "SELECT json_valid(?1)", -1,
                           &d->is_json, NULL) != SQLITE_OK)
        return err_set(err, ERR_STORE, "%s",
                       sqlite3_errmsg(store_handle(d->store)));
    put_head(d);
    enum err_code rc = put_array(d, "input", "SELECT * FROM v_inputs", err);
    if (rc == ERR_OK && !d->options->table)
        rc = put_judgement(d, err);
    if (rc == ERR_OK && !d->options->table)
        rc = report_answer_prices(d->store, err);
    if (rc == ERR_OK)
        rc = put_tables(d, catalogue, err);
    fputs("\n}\n", d->out);
    return rc;
}

enum err_code report_json_document(FILE *out, struct store *store,
                                   const struct report_catalogue *catalogue,
                                   const struct report_json_options *options,
                                   struct err *err)
{
    struct document d = {.out = out, .store = store, .options = options};
    const enum err_code rc = put_document(&d, catalogue, err);
    sqlite3_finalize(d.is_json);
    return rc;
}
