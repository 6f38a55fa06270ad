#include "cli/together.h"

#include <string.h>

#include "report/ladder.h"

/* What has been read from it once is gone. */
static enum err_code check_stdin(const struct cli_options *o, struct err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < o->word_count; i++)
        count += strcmp(o->words[i], "-") == 0;
    return count > 1 ? err_set(err, ERR_USAGE, "-: standard input is read once")
                     : ERR_OK;
}

static enum err_code check_live(const struct cli_options *o, struct err *err)
{
    const struct capture_live_options *live = &o->pipeline.live;
    if (live->interface && o->word_count > 0)
        return err_set(err, ERR_USAGE,
                       "%s: files or an interface (-i) are read, not both",
                       o->words[0]);
    if (o->pipeline.follow && (o->word_count != 1 || *o->words[0] == '-'))
        return err_set(err, ERR_USAGE, "--follow needs one FILE");
    if (o->pipeline.shards > 0 &&
        (o->word_count != 1 || *o->words[0] == '-' || o->pipeline.follow))
        return err_set(err, ERR_USAGE, "--shard: of one FILE");
    if (o->pipeline.duration_ns && !live->interface && !o->pipeline.follow)
        return err_set(err, ERR_USAGE,
                       "--duration: only for -i or --follow, files end");
    if (!live->interface && (o->user || live->link_type || live->snap_octets ||
                             live->buffer_kib || live->not_promiscuous))
        return err_set(err, ERR_USAGE,
                       "%s: only for an interface (-i), not for files",
                       o->reading);
    return ERR_OK;
}

static enum err_code check_together(const struct cli_options *o,
                                    struct err *err)
{
    const bool csv = o->csv_directory || o->csv_path;
    if (o->json && o->json_path)
        return err_set(err, ERR_USAGE,
                       "JSON goes to standard output or to a file, not both");
    if (o->csv_safe && !csv)
        return err_set(err, ERR_USAGE, "--csv-safe is about --csv DIR");
    if (o->csv_path && o->verb == CLI_CHECK)
        return err_set(err, ERR_USAGE,
                       "-o %s: check has many tables, --csv DIR writes them",
                       o->csv_path);
    if (o->verb == CLI_MERGE &&
        (!o->db_path || o->json_path || o->text_path || o->csv_path || o->json))
        return err_set(err, ERR_USAGE, "merge makes one database: -o ALL.db");
    if (o->verb != CLI_TRACE &&
        (o->mermaid_path || o->plantuml_path || o->svg_path))
        return err_set(err, ERR_USAGE, "-o: diagrams are drawn by trace");
    if (o->verb == CLI_TRACE && (o->csv_path || o->db_path))
        return err_set(err, ERR_USAGE,
                       "-o %s: trace writes .txt, .json, .svg, .mmd and .puml",
                       o->csv_path ? o->csv_path : o->db_path);
    if (o->json + o->mermaid + o->plantuml + o->svg > 1)
        return err_set(err, ERR_USAGE,
                       "one form goes to standard output, -o FILE writes more");
    if (o->verb == CLI_TRACE && o->has_limit &&
        (o->limit == 0 || o->limit > REPORT_LADDER_LOOKUPS))
        return err_set(err, ERR_USAGE, "--limit: trace tells 1 to %d lookups",
                       REPORT_LADDER_LOOKUPS);
    if (o->verb == CLI_WHATIF && o->has_ndots &&
        (o->ndots == 0 || o->ndots > CLI_NDOTS_MOST))
        return err_set(err, ERR_USAGE, "--ndots: whatif prices 1 to %d",
                       CLI_NDOTS_MOST);
    if (o->has_ndots + o->final_dot + o->suffixes > 1)
        return err_set(err, ERR_USAGE,
                       "one of --ndots, --final-dot and --suffixes at a time");
    if (o->has_limit && o->verb == CLI_CHECK && !csv && !o->json &&
        !o->json_path)
        return err_set(err, ERR_USAGE,
                       "--limit is about the tables of top, --json and --csv");
    return ERR_OK;
}

enum err_code cli_together_check(const struct cli_options *o, struct err *err)
{
    enum err_code rc = check_stdin(o, err);
    if (rc == ERR_OK)
        rc = check_live(o, err);
    return rc == ERR_OK ? check_together(o, err) : rc;
}
