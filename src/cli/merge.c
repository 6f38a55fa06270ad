/* Databases of many captures or machines into one, and what they cover. */
#include "store/merge.h"

#include "cli/outputs.h"
#include "cli/signals.h"
#include "cli/verb.h"
#include "report/define.h"
#include "report/query.h"
#include "util/text.h"

static const char *count_of(const struct report_query *row, const char *column,
                            char out[TEXT_NUMBER])
{
    return text_count(report_query_named(row, column).integer, out);
}

/* "" for one, "s" else; and the verb that goes with it. */
static const char *ending(const struct report_query *row, const char *column)
{
    return report_query_named(row, column).integer == 1 ? "" : "s";
}

static const char *verb(const struct report_query *row, const char *column,
                        const char *one, const char *several)
{
    return report_query_named(row, column).integer == 1 ? one : several;
}

static void put_text(const struct report_query *row, const char *column,
                     const char *unknown)
{
    const struct report_cell cell = report_query_named(row, column);
    if (cell.type == REPORT_TEXT)
        printf("%.*s", (int)cell.text.len, cell.text.data);
    else
        fputs(unknown, stdout);
}

static void put_gaps(const struct report_query *row)
{
    char gaps[TEXT_NUMBER], together[TEXT_NUMBER], longest[TEXT_NUMBER],
        overlaps[TEXT_NUMBER];
    if (report_query_named(row, "gaps").integer > 0)
        printf(
            "Gaps     %s between parts, together %s, the longest %s\n",
            count_of(row, "gaps", gaps),
            text_duration(report_query_named(row, "gaps_seconds").real,
                          together),
            text_duration(report_query_named(row, "longest_gap_seconds").real,
                          longest));
    if (report_query_named(row, "overlaps").integer > 0)
        printf("Overlaps %s part%s before another ends\n",
               count_of(row, "overlaps", overlaps),
               verb(row, "overlaps", " begins", "s begin"));
}

static void put_coverage(const struct report_query *row)
{
    char parts[TEXT_NUMBER], inputs[TEXT_NUMBER], packets[TEXT_NUMBER],
        dropped[TEXT_NUMBER], open[TEXT_NUMBER], orphans[TEXT_NUMBER],
        joined[TEXT_NUMBER];
    printf("Merged   %s part%s of %s capture%s, %s packet%s",
           count_of(row, "parts", parts), ending(row, "parts"),
           count_of(row, "inputs", inputs), ending(row, "inputs"),
           count_of(row, "packets", packets), ending(row, "packets"));
    if (report_query_named(row, "dropped_packets").type == REPORT_NULL)
        puts("; how many were dropped is not known");
    else
        printf("; %s dropped\n", count_of(row, "dropped_packets", dropped));
    fputs("From     ", stdout);
    put_text(row, "first_time", "unknown");
    fputs(" to ", stdout);
    put_text(row, "last_time", "unknown");
    putchar('\n');
    put_gaps(row);
    if (report_query_named(row, "joined_cuts").integer > 0)
        printf("Joined   %s part%s on where another ends, and %s told as one\n",
               count_of(row, "joined_cuts", joined),
               verb(row, "joined_cuts", " goes", "s go"),
               verb(row, "joined_cuts", "is", "are"));
    printf("Edges    %s transaction%s open when %s part ended, %s "
           "response%s came\n         at the start of a part without %s "
           "query\n",
           count_of(row, "open_at_end", open),
           verb(row, "open_at_end", " was", "s were"),
           verb(row, "open_at_end", "its", "their"),
           count_of(row, "orphan_at_start", orphans),
           ending(row, "orphan_at_start"),
           verb(row, "orphan_at_start", "its", "their"));
}

static enum err_code print(struct store *store, struct err *err)
{
    struct report_query *query = NULL;
    enum err_code rc = report_query_open(
        &query, store, "SELECT * FROM v_coverage", "v_coverage", err);
    if (rc != ERR_OK)
        return rc;
    const int step = report_query_next(query, err);
    if (step > 0)
        put_coverage(query);
    report_query_close(query);
    return step < 0 ? (enum err_code)step : cli_outputs_end_stdout(err);
}

static enum err_code make(struct store *store,
                          const struct cli_options *options,
                          const struct report_catalogue *catalogue,
                          struct err *err)
{
    enum err_code rc = store_merge(store, options->words, options->word_count,
                                   cli_signals_stop(), err);
    if (rc == ERR_OK)
        rc = store_seal(store, err);
    if (rc == ERR_OK)
        rc = report_define(store, catalogue, err);
    if (rc == ERR_OK)
        rc = store_publish(store, err);
    return rc == ERR_OK && !options->quiet ? print(store, err) : rc;
}

int cli_merge(const struct cli_options *options, struct err *err)
{
    struct report_catalogue *catalogue = NULL;
    struct store *store = NULL;
    enum err_code rc = cli_outputs_check_inputs(options, options->db_path, err);
    if (rc == ERR_OK)
        rc = report_catalogue_open(&catalogue, options->reports, err);
    if (rc == ERR_OK)
        rc = store_create(&store, options->db_path, options->force, err);
    if (rc == ERR_OK)
        rc = make(store, options, catalogue, err);
    store_close(store);
    report_catalogue_close(catalogue);
    return (int)rc;
}
