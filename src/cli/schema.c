/* The base tables and scripts are printed as they were written, comments and
 * all; the views of the findings are made by the program, so a store that holds
 * nothing is asked for them. */
#include "store/schema.h"

#include <stdio.h>

#include "cli/outputs.h"
#include "cli/verb.h"
#include "report/define.h"
#include "report/query.h"

static void put_scripts(const struct report_catalogue *catalogue)
{
    for (size_t i = 0; i < report_catalogue_count(catalogue); i++) {
        const struct report_entry *e = report_catalogue_at(catalogue, i);
        if (e->kind == REPORT_SCRIPT)
            printf("\n%s", e->sql);
    }
}

static enum err_code put_finding_views(struct store *store, struct err *err)
{
    struct report_query *query = NULL;
    const enum err_code rc = report_query_open(
        &query, store,
        "SELECT sql FROM sqlite_temp_schema WHERE type = 'view' AND"
        " (name = 'v_findings' OR substr(name, 1, 8) = 'finding_')"
        " ORDER BY rowid",
        "sqlite_temp_schema", err);
    int step = (int)rc;
    while (rc == ERR_OK && (step = report_query_next(query, err)) > 0) {
        const struct bytes sql = report_query_cell(query, 0).text;
        fputc('\n', stdout);
        fwrite(sql.data, 1, sql.len, stdout);
        fputs(";\n", stdout);
    }
    report_query_close(query);
    return (enum err_code)step;
}

static enum err_code put_schema(struct store *store,
                                const struct report_catalogue *catalogue,
                                struct err *err)
{
    enum err_code rc = store_seal(store, err);
    if (rc == ERR_OK)
        rc = report_define(store, catalogue, err);
    if (rc != ERR_OK)
        return rc;
    fputs(store_schema_sql, stdout);
    put_scripts(catalogue);
    rc = put_finding_views(store, err);
    return rc == ERR_OK ? cli_outputs_end_stdout(err) : rc;
}

int cli_schema(const struct cli_options *options, struct err *err)
{
    struct report_catalogue *catalogue = NULL;
    struct store *store = NULL;
    enum err_code rc = report_catalogue_open(&catalogue, options->reports, err);
    if (rc == ERR_OK)
        rc = store_create(&store, NULL, false, err);
    if (rc == ERR_OK)
        rc = put_schema(store, catalogue, err);
    store_close(store);
    report_catalogue_close(catalogue);
    return (int)rc;
}
