/* The prices are made in SQL (reports/whatif.sql); here is only which of them
 * is asked for. */
#include "cli/whatif.h"

#include <inttypes.h>
#include <string.h>

#include "cli/check.h"
#include "cli/verb.h"
#include "report/answer.h"
#include "report/query.h"
#include "report/text.h"

enum err_code cli_whatif_choose(const struct cli_run *run,
                                const struct cli_options *options,
                                struct err *err)
{
    char sql[160];
    if (options->verb != CLI_WHATIF)
        return ERR_OK;
    const enum err_code rc = report_answer_prices(run->store, err);
    if (rc != ERR_OK || !options->has_ndots)
        return rc;
    snprintf(sql, sizeof sql,
             "DROP VIEW IF EXISTS temp.whatif_chosen;"
             "CREATE TEMP VIEW whatif_chosen AS SELECT %" PRIu64 " AS ndots",
             options->ndots);
    sqlite3 *db = store_handle(run->store);
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? ERR_OK
               : err_set(err, ERR_STORE, "whatif_chosen: %s",
                         sqlite3_errmsg(db));
}

enum { USUAL_COLUMNS = 80 };

/* Each line of `fix` as it is, to be copied. */
static void put_setting(FILE *out, struct bytes fix)
{
    const char *at = (const char *)fix.data, *const end = at + fix.len;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        line_end = line_end ? line_end : end;
        fputs("    ", out);
        for (; at < line_end && *at == ' '; at++)
            fputc(' ', out); /* which wrapping would drop */
        report_text_wrap(
            out, (struct bytes){(const uint8_t *)at, (size_t)(line_end - at)},
            0, UINT16_MAX);
        at = line_end + 1;
    }
}

static void put_advice(FILE *out, const struct report_query *query,
                       const struct report_style *style)
{
    report_text_wrap(out, report_query_named(query, "title").text, 0,
                     style->columns ? style->columns : USUAL_COLUMNS);
    fputc('\n', out);
    const struct bytes fix = report_query_named(query, "fix").text;
    if (fix.len == 0)
        return;
    put_setting(out, fix);
    fputc('\n', out);
}

/* What else would help, a paragraph each. */
static enum err_code put_ways(FILE *out, const struct cli_run *run,
                              const struct report_style *style, struct err *err)
{
    struct report_query *query = NULL;
    const enum err_code rc =
        report_query_open(&query, run->store, "SELECT title FROM v_whatif_ways",
                          "v_whatif_ways", err);
    if (rc != ERR_OK)
        return rc;
    int step;
    bool any = false;
    while ((step = report_query_next(query, err)) > 0) {
        report_text_wrap(out, report_query_cell(query, 0).text, 0,
                         style->columns ? style->columns : USUAL_COLUMNS);
        any = true;
    }
    if (any)
        fputc('\n', out);
    report_query_close(query);
    return step < 0 ? (enum err_code)step : ERR_OK;
}

enum err_code cli_whatif_lead(FILE *out, const struct cli_run *run,
                              const struct cli_options *options,
                              const struct report_style *style, struct err *err)
{
    static const char of_one[] =
        "SELECT title, fix FROM v_whatif_ndots WHERE client_address = '' AND "
        "ndots IN (SELECT ndots FROM whatif_chosen)";
    static const char best[] =
        "SELECT title, fix FROM v_whatif_advice WHERE client_address = ''";
    if (options->verb != CLI_WHATIF || options->final_dot || options->suffixes)
        return ERR_OK;
    struct report_query *query = NULL;
    const enum err_code rc = report_query_open(
        &query, run->store, options->has_ndots ? of_one : best,
        "v_whatif_advice", err);
    if (rc != ERR_OK)
        return rc;
    const int step = report_query_next(query, err);
    if (step > 0)
        put_advice(out, query, style);
    else if (step == 0)
        fputs("No ndots saves queries without breaking a name.\n\n", out);
    report_query_close(query);
    if (step < 0)
        return (enum err_code)step;
    return options->has_ndots ? ERR_OK : put_ways(out, run, style, err);
}

static const char *table_of(const struct cli_options *options)
{
    return options->has_ndots   ? "whatif-names"
           : options->final_dot ? "whatif-final-dot"
           : options->suffixes  ? "whatif-suffixes"
                                : "whatif-ndots";
}

int cli_whatif(const struct cli_options *options, struct err *err)
{
    struct report_catalogue *catalogue = NULL;
    const enum err_code rc =
        report_catalogue_open(&catalogue, options->reports, err);
    const int status =
        rc == ERR_OK
            ? cli_check_report(options, catalogue,
                               report_catalogue_find(catalogue, REPORT_TABLE,
                                                     table_of(options)),
                               err)
            : (int)rc;
    report_catalogue_close(catalogue);
    return status;
}
