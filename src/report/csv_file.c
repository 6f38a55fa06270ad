#include "report/csv_file.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "report/number.h"
#include "util/text.h"

static void put_end(FILE *out)
{
    fputs("\r\n", out);
}

/* `text` is printable ASCII. */
static void put_quoted(FILE *out, const char *text)
{
    csv_fwrite(out, text, strlen(text));
}

static bool is_formula(struct bytes text)
{
    return text.len > 0 && strchr("=+-@", *text.data) != NULL;
}

static enum err_code put_text(FILE *out, struct bytes text, bool safe,
                              struct err *err)
{
    const size_t capacity = text.len * 4 + 2;
    char *escaped = malloc(capacity);
    if (!escaped)
        return err_set(err, ERR_NOMEM, "out of memory");
    const size_t prefix = safe && is_formula(text);
    escaped[0] = '\'';
    text_escape(text, escaped + prefix, capacity - prefix);
    put_quoted(out, escaped);
    free(escaped);
    return ERR_OK;
}

static enum err_code put_cell(FILE *out, struct report_cell cell, bool safe,
                              struct err *err)
{
    switch (cell.type) {
    case REPORT_INTEGER:
        fprintf(out, "%lld", (long long)cell.integer);
        return ERR_OK;
    case REPORT_REAL:
        report_number_put(out, cell.real, "");
        return ERR_OK;
    case REPORT_TEXT:
        return put_text(out, cell.text, safe, err);
    default:
        return ERR_OK;
    }
}

static void put_header(FILE *out, const struct report_query *query)
{
    const size_t columns = report_query_columns(query);
    for (size_t i = 0; i < columns; i++) {
        if (i > 0)
            fputc(',', out);
        fputs(report_query_name(query, i), out);
    }
    put_end(out);
}

static enum err_code put_row(FILE *out, const struct report_query *query,
                             bool safe, struct err *err)
{
    const size_t columns = report_query_columns(query);
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < columns && rc == ERR_OK; i++) {
        if (i > 0)
            fputc(',', out);
        rc = put_cell(out, report_query_cell(query, i), safe, err);
    }
    put_end(out);
    return rc;
}

enum err_code report_csv_table(FILE *out, struct report_query *query,
                               const struct report_csv_options *options,
                               struct err *err)
{
    put_header(out, query);
    enum err_code rc = ERR_OK;
    int step = 1;
    for (uint64_t row = 0; options->limit == 0 || row < options->limit; row++) {
        step = report_query_next(query, err);
        if (step > 0)
            rc = put_row(out, query, options->safe, err);
        if (step <= 0 || rc != ERR_OK)
            break;
    }
    return step < 0 ? (enum err_code)step : rc;
}
