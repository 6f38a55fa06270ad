#include "cli/run.h"

#include <stdlib.h>
#include <string.h>

#include "cli/hints.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "report/define.h"
#include "report/query.h"
#include "util/text.h"

enum { STATUS_FAILED = 1, STATUS_DAMAGED = 4, STATUS_SIGNAL = 128 };

/* --- captures ------------------------------------------------------------- */

/* What a filter made invisible, and that it did. A filter in the kernel leaves
 * nothing to count. */
static void tell_of_filter(const struct cli_options *options)
{
    const struct capture_filter *filter = options->pipeline.filter;
    if (!options->filter || options->quiet)
        return;
    if (capture_filter_loses_fragments(options->filter))
        cli_terminal_complain("the filter names ports: fragments behind the "
                              "first have none and are lost; add "
                              "\"or ip[6:2] & 0x1fff != 0\"");
    if (!filter)
        return;
    char kept[TEXT_NUMBER], all[TEXT_NUMBER], unfit[TEXT_NUMBER];
    char tagged[TEXT_NUMBER];
    const struct capture_filter_counts *c = capture_filter_counts(filter);
    cli_terminal_complain("the filter kept %s of %s frames",
                          text_count((int64_t)c->kept, kept),
                          text_count((int64_t)(c->kept + c->rejected), all));
    if (c->tagged > 0 && !strstr(options->filter, "vlan"))
        cli_terminal_complain("%s of those kept out bear VLAN tags, behind "
                              "which only \"vlan and ...\" looks; add "
                              "\"or (vlan and (...))\"",
                              text_count((int64_t)c->tagged, tagged));
    if (c->unfit > 0)
        cli_terminal_complain("to %s of them it cannot be applied: %s",
                              text_count((int64_t)c->unfit, unfit), c->reason);
}

static enum err_code read_captures(struct cli_run *run,
                                   const struct cli_options *options,
                                   const struct labels *labels,
                                   const struct dns_search_list *search,
                                   struct err *err)
{
    struct cli_progress progress;
    cli_progress_init(&progress, options->quiet);
    struct pipeline_options pipeline = options->pipeline;
    pipeline.labels = labels;
    pipeline.edges = options->db_path != NULL;
    pipeline.search = search;
    pipeline.stop = cli_signals_stop();
    pipeline.progress = cli_progress_update;
    pipeline.progress_context = &progress;

    const struct facts_sink sink = store_sink(run->store);
    struct pipeline_result result = {0};
    const enum err_code rc = pipeline_run(
        &pipeline, options->words, options->word_count, &sink, &result, err);
    cli_progress_end(&progress);
    if (rc == ERR_OK)
        tell_of_filter(options);
    if (result.sorted && options->verbose)
        cli_terminal_complain("the files were read in the order of their first "
                              "frames, not in the order given");
    if (result.first_empty)
        cli_terminal_complain("%s: is empty; the other files were read",
                              result.first_empty);
    if (result.replaced)
        cli_terminal_complain("%s was replaced or removed: what was written to "
                              "it until then was used",
                              options->words[0]);
    run->interrupted = result.interrupted;
    return rc;
}

/* The store comes first: an output that cannot be written is said before
 * anything is read. */
static enum err_code load(struct cli_run *run,
                          const struct cli_options *options,
                          const struct dns_search_list *search, struct err *err)
{
    struct labels *labels = NULL;
    enum err_code rc =
        store_create(&run->store, options->db_path, options->force, err);
    if (rc == ERR_OK && options->labels)
        rc = labels_open(&labels, options->labels, err);
    if (rc == ERR_OK)
        rc = read_captures(run, options, labels, search, err);
    if (rc == ERR_OK)
        rc = store_seal(run->store, err);
    labels_close(labels);
    return rc;
}

/* --- databases ------------------------------------------------------------ */

/* "-" is standard input, whatever file of that name there is. */
static bool has_database(const struct cli_options *options)
{
    for (size_t i = 0; i < options->word_count; i++) {
        const char *word = options->words[i];
        if (strcmp(word, "-") != 0 && store_is_database(word))
            return true;
    }
    return false;
}

static enum err_code open_database(struct cli_run *run,
                                   const struct cli_options *options,
                                   struct err *err)
{
    if (options->word_count > 1)
        return err_set(err, ERR_USAGE,
                       "a database made earlier is read alone, not with other "
                       "files");
    if (options->reading)
        return err_set(err, ERR_USAGE,
                       "%s: only for captures, and %s is a database made "
                       "earlier",
                       options->reading, options->words[0]);
    if (options->verb == CLI_TRACE && cli_hints_are_given(options))
        return err_set(
            err, ERR_USAGE,
            "--search, --ndots and --resolv-conf: only for captures: "
            "%s holds lookups as they were joined when it was made",
            options->words[0]);
    return store_open(&run->store, options->words[0], err);
}

/* --- what was damaged ----------------------------------------------------- */

/* What became of the rest of the input stands in `rest`. */
static void warn(const struct report_query *row)
{
    const struct report_cell rest = report_query_named(row, "rest");
    const struct report_cell path = report_query_named(row, "path");
    const struct report_cell damage = report_query_named(row, "damage");
    const struct report_cell frame = report_query_named(row, "damage_frame");
    const struct report_cell offset = report_query_named(row, "damage_offset");
    cli_terminal_complain("%.*s: damaged at frame %lld, octet %lld: %.*s; %.*s",
                          (int)path.text.len, path.text.data,
                          (long long)frame.integer, (long long)offset.integer,
                          (int)damage.text.len, damage.text.data,
                          (int)rest.text.len, rest.text.data);
}

static enum err_code warn_of_damage(struct cli_run *run, struct err *err)
{
    struct report_query *query = NULL;
    const enum err_code rc = report_query_open(
        &query, run->store,
        "SELECT iif(path = '-', 'standard input', substr(path, 1, 200)) AS "
        "path,"
        " substr(damage, 1, 200) AS damage, damage_frame, damage_offset,"
        " CASE passed_over WHEN 0 THEN 'everything in front of it was used'"
        "  WHEN 1 THEN 'it was skipped, and reading went on'"
        "  ELSE printf('it and %,d more were skipped, and reading went on',"
        "   passed_over - 1) END AS rest"
        " FROM v_inputs WHERE damage IS NOT NULL",
        "v_inputs", err);
    int step = (int)rc;
    while (rc == ERR_OK && (step = report_query_next(query, err)) > 0) {
        run->damaged = true;
        warn(query);
    }
    report_query_close(query);
    return (enum err_code)step;
}

/* --- public --------------------------------------------------------------- */

enum err_code cli_run_open(struct cli_run *out,
                           const struct cli_options *options,
                           const struct report_catalogue *catalogue,
                           struct err *err)
{
    struct cli_run run = {.store = NULL};
    struct dns_search_list search;
    const bool is_made = has_database(options);
    enum err_code rc = cli_hints_read(&search, options, err);
    if (rc == ERR_OK)
        rc = is_made ? open_database(&run, options, err)
                     : load(&run, options, &search, err);
    if (rc == ERR_OK)
        rc = report_define(run.store, catalogue, err);
    if (rc == ERR_OK && is_made)
        rc = cli_hints_define(&search, run.store, err);
    if (rc == ERR_OK)
        rc = warn_of_damage(&run, err);
    if (rc == ERR_OK)
        *out = run;
    else
        cli_run_close(&run);
    return rc;
}

void cli_run_close(struct cli_run *run)
{
    store_close(run->store);
    run->store = NULL;
}

int cli_run_blame(const struct cli_options *options, int status,
                  struct err *err)
{
    if (status != ERR_STORE || !has_database(options))
        return status;
    const struct err cause = *err;
    return err_set(err, ERR_INPUT, "%.200s: %.300s", options->words[0],
                   cause.text);
}

int cli_run_status(const struct cli_run *run, const struct cli_options *options,
                   bool failed)
{
    if (run->interrupted)
        return STATUS_SIGNAL + *cli_signals_stop();
    if (run->damaged && options->strict)
        return STATUS_DAMAGED;
    return failed ? STATUS_FAILED : 0;
}
