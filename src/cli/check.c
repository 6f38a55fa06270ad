/* check, top and whatif are one job, with all tables or with one. */
#include "cli/check.h"

#include <string.h>

#include "cli/outputs.h"
#include "cli/run.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "cli/verb.h"
#include "cli/whatif.h"
#include "report/answer.h"
#include "report/query.h"

/* Whether a finding is as severe as --fail-on says, or worse. */
static enum err_code find_failure(const struct cli_run *run,
                                  const struct cli_options *options,
                                  bool *failed, struct err *err)
{
    *failed = false;
    if (options->fail_on == CLI_NO_SEVERITY)
        return ERR_OK;
    struct report_query *query = NULL;
    enum err_code rc = report_answer(run->store, err);
    if (rc == ERR_OK)
        rc = report_query_open(&query, run->store,
                               "SELECT severity FROM answer_findings",
                               "v_findings", err);
    int step = (int)rc;
    while (rc == ERR_OK && (step = report_query_next(query, err)) > 0) {
        const struct bytes text = report_query_cell(query, 0).text;
        *failed |= cli_severity_read((const char *)text.data, text.len) >=
                   options->fail_on;
    }
    report_query_close(query);
    return (enum err_code)step;
}

static enum err_code print(const struct cli_run *run,
                           const struct cli_options *options,
                           const struct report_catalogue *catalogue,
                           const struct report_entry *table, struct err *err)
{
    enum err_code rc = ERR_OK;
    if (options->json) {
        const struct report_json_options json =
            cli_outputs_json(options, run, table);
        rc = report_json_document(stdout, run->store, catalogue, &json, err);
    } else if (!options->quiet) {
        const struct report_style style = cli_terminal_style(options);
        rc = cli_text_write(stdout, run, options, table, &style, err);
    }
    return rc == ERR_OK ? cli_outputs_end_stdout(err) : rc;
}

/* Files first: a reader of standard output that goes away costs nothing. */
static int report(const struct cli_options *options,
                  const struct report_catalogue *catalogue,
                  const struct report_entry *table, struct cli_outputs *outputs,
                  struct err *err)
{
    struct cli_run run;
    struct cli_options reading = *options;
    reading.pipeline.dump = cli_outputs_dump(outputs);
    enum err_code rc = cli_run_open(&run, &reading, catalogue, err);
    if (rc != ERR_OK)
        return (int)rc;
    bool failed = false;
    rc = cli_whatif_choose(&run, options, err);
    if (rc == ERR_OK)
        rc = cli_outputs_write(outputs, &run, err);
    if (rc == ERR_OK)
        rc = print(&run, options, catalogue, table, err);
    if (rc == ERR_OK)
        rc = find_failure(&run, options, &failed, err);
    const int status = cli_run_status(&run, options, failed);
    cli_run_close(&run);
    return rc == ERR_OK ? status : (int)rc;
}

int cli_check_report(const struct cli_options *options,
                     const struct report_catalogue *catalogue,
                     const struct report_entry *table, struct err *err)
{
    struct cli_outputs *outputs = NULL;
    const enum err_code rc =
        cli_outputs_open(&outputs, options, catalogue, table, err);
    const int status = rc == ERR_OK
                           ? report(options, catalogue, table, outputs, err)
                           : (int)rc;
    cli_outputs_close(outputs);
    return cli_run_blame(options, status, err);
}

static int check(const struct cli_options *options, struct err *err)
{
    struct report_catalogue *catalogue = NULL;
    const enum err_code rc =
        report_catalogue_open(&catalogue, options->reports, err);
    const int status = rc == ERR_OK
                           ? cli_check_report(options, catalogue, NULL, err)
                           : (int)rc;
    report_catalogue_close(catalogue);
    return status;
}

/* Outputs are created as the user that the run becomes, so that they can be
 * finished, or refused before anything is read. */
static int check_live(const struct cli_options *options, struct err *err)
{
    struct capture_privileges privileges;
    enum err_code rc = capture_privileges_find(&privileges, options->user, err);
    if (rc == ERR_OK)
        rc = capture_privileges_lend(&privileges, err);
    if (rc != ERR_OK)
        return (int)rc;
    struct cli_options lent = *options;
    lent.pipeline.live.privileges = &privileges;
    lent.pipeline.live.filter = options->filter; /* the kernel's */
    lent.pipeline.filter = NULL;
    const int status = check(&lent, err);
    if (status != ERR_OUTPUT || !privileges.is_root)
        return status;
    const struct err cause = *err;
    return (int)err_set(err, ERR_OUTPUT,
                        "%.300s (as the user %s; -Z names another)", cause.text,
                        privileges.user);
}

int cli_check(const struct cli_options *options, struct err *err)
{
    return options->pipeline.live.interface ? check_live(options, err)
                                            : check(options, err);
}

static void list_tables(FILE *out, const struct report_catalogue *catalogue)
{
    for (size_t i = 0; i < report_catalogue_count(catalogue); i++) {
        const struct report_entry *e = report_catalogue_at(catalogue, i);
        if (e->kind == REPORT_TABLE)
            fprintf(out, "  %-14s %s\n", e->id, e->title);
    }
}

static int top_of(const struct cli_options *options,
                  const struct report_catalogue *catalogue, struct err *err)
{
    if (!options->what) {
        fputs("wasitdns top WHAT FILE..., where WHAT is one of\n\n", stdout);
        list_tables(stdout, catalogue);
        return (int)cli_outputs_end_stdout(err);
    }
    const struct report_entry *table =
        report_catalogue_find(catalogue, REPORT_TABLE, options->what);
    if (!table) {
        list_tables(stderr, catalogue);
        return err_set(err, ERR_USAGE,
                       "top %s: there is no such table, only "
                       "those above",
                       options->what);
    }
    if (options->word_count == 0)
        return err_set(err, ERR_USAGE, "usage: wasitdns top %s FILE...",
                       options->what);
    return cli_check_report(options, catalogue, table, err);
}

int cli_top(const struct cli_options *options, struct err *err)
{
    struct report_catalogue *catalogue = NULL;
    const enum err_code rc =
        report_catalogue_open(&catalogue, options->reports, err);
    const int status = rc == ERR_OK ? top_of(options, catalogue, err) : (int)rc;
    report_catalogue_close(catalogue);
    return status;
}
