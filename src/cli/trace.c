/* The story of a lookup. Of a capture the run keeps only the lookups that are
 * to be told; a database has them all, or none. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "cli/outputs.h"
#include "cli/run.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "dns/name.h"
#include "exchange/lookup.h"
#include "report/ladder.h"

enum { USUAL_LIMIT = 3 };

/* What is asked for, as the two who look for it want it. */
struct wanted {
    struct facts_trace_choice facts;
    struct report_ladder_choice ladder;
    char name[DNS_NAME_TEXT];
    char client[INET6_ADDRSTRLEN];
};

static bool take_client(struct wanted *w, const char *what)
{
    const int family = strchr(what, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, what, w->facts.client) != 1 ||
        !inet_ntop(family, w->facts.client, w->client, sizeof w->client))
        return false;
    w->facts.client_octets = family == AF_INET ? 4 : 16;
    w->ladder.client = w->client;
    return true;
}

static bool take_name(struct wanted *w, const char *what)
{
    if (!dns_name_parse(what, w->facts.name, &w->facts.name_octets))
        return false;
    dns_name_text(w->facts.name, w->facts.name_octets, w->name);
    w->ladder.name = w->name;
    return true;
}

/* The lookups of a capture have small ids; those of a merged database more. */
static uint32_t capture_lookup_id(uint64_t lookup)
{
    return lookup < EXCHANGE_NO_LOOKUP ? (uint32_t)lookup : EXCHANGE_NO_LOOKUP;
}

static enum err_code choose(struct wanted *w, const struct cli_options *options,
                            struct err *err)
{
    const uint64_t most = options->has_limit ? options->limit : USUAL_LIMIT;
    *w = (struct wanted){
        .facts = {.most = (uint32_t)most,
                  .timeout_ns = options->pipeline.timeout_ns,
                  .has_lookup = options->has_lookup,
                  .lookup_id = capture_lookup_id(options->lookup)},
        .ladder = {.most = most,
                   .has_lookup = options->has_lookup,
                   .lookup_id = (int64_t)options->lookup},
    };
    if (!options->what || take_client(w, options->what) ||
        take_name(w, options->what))
        return ERR_OK;
    return err_set(err, ERR_USAGE, "%s: neither a name nor an address",
                   options->what);
}

static enum report_ladder_form form_of(const struct cli_options *options)
{
    return options->json       ? REPORT_LADDER_JSON
           : options->mermaid  ? REPORT_LADDER_MERMAID
           : options->plantuml ? REPORT_LADDER_PLANTUML
           : options->svg      ? REPORT_LADDER_SVG
                               : REPORT_LADDER_TEXT;
}

static enum err_code print(const struct cli_run *run,
                           const struct cli_options *options, struct err *err)
{
    const enum report_ladder_form form = form_of(options);
    const struct report_style style = cli_terminal_style(options);
    if (options->quiet && form == REPORT_LADDER_TEXT)
        return ERR_OK;
    const enum err_code rc = cli_outputs_draw(stdout, run, form, &style, err);
    return rc == ERR_OK ? cli_outputs_end_stdout(err) : rc;
}

static enum err_code check_store(const struct cli_run *run,
                                 const struct cli_options *options,
                                 struct err *err)
{
    bool missing = false;
    const enum err_code rc =
        report_ladder_is_missing(run->store, &missing, err);
    if (rc != ERR_OK || !missing)
        return rc;
    return err_set(err, ERR_INPUT,
                   "%.200s: holds no lookup: it was made without "
                   "--transactions; `wasitdns CAPTURE --db FILE "
                   "--transactions` makes one that does, and trace reads "
                   "captures, too",
                   options->words[0]);
}

/* Files first: a reader of standard output that goes away costs nothing. */
static enum err_code tell(struct cli_run *run, const struct wanted *wanted,
                          const struct cli_options *options,
                          struct cli_outputs *outputs, struct err *err)
{
    struct report_ladder ladder = {.count = 0};
    enum err_code rc = check_store(run, options, err);
    if (rc == ERR_OK)
        rc = report_ladder_read(&ladder, run->store, &wanted->ladder, err);
    run->ladder = &ladder;
    if (rc == ERR_OK)
        rc = cli_outputs_write(outputs, run, err);
    if (rc == ERR_OK)
        rc = print(run, options, err);
    run->ladder = NULL;
    report_ladder_fini(&ladder);
    return rc;
}

static int trace(const struct cli_options *options, const struct wanted *wanted,
                 const struct report_catalogue *catalogue,
                 struct cli_outputs *outputs, struct err *err)
{
    struct cli_run run;
    struct cli_options reading = *options;
    reading.pipeline.trace = &wanted->facts;
    enum err_code rc = cli_run_open(&run, &reading, catalogue, err);
    if (rc != ERR_OK)
        return (int)rc;
    rc = tell(&run, wanted, options, outputs, err);
    const int status = cli_run_status(&run, options, false);
    cli_run_close(&run);
    return rc == ERR_OK ? status : (int)rc;
}

static int trace_with(const struct cli_options *options,
                      const struct wanted *wanted,
                      const struct report_catalogue *catalogue, struct err *err)
{
    struct cli_outputs *outputs = NULL;
    const enum err_code rc =
        cli_outputs_open(&outputs, options, catalogue, NULL, err);
    const int status = rc == ERR_OK
                           ? trace(options, wanted, catalogue, outputs, err)
                           : (int)rc;
    cli_outputs_close(outputs);
    return cli_run_blame(options, status, err);
}

int cli_trace(const struct cli_options *options, struct err *err)
{
    struct wanted wanted;
    struct report_catalogue *catalogue = NULL;
    enum err_code rc = choose(&wanted, options, err);
    if (rc == ERR_OK)
        rc = report_catalogue_open(&catalogue, options->reports, err);
    const int status =
        rc == ERR_OK ? trace_with(options, &wanted, catalogue, err) : (int)rc;
    report_catalogue_close(catalogue);
    return status;
}
