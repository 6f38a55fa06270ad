#include "cli/option.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

#define SECOND INT64_C(1000000000)

/* --- what each option does ------------------------------------------------ */

static enum err_code bad_value(const char *option, const char *value,
                               const char *want, struct err *err)
{
    return err_set(err, ERR_USAGE, "%s %s: %s", option, value, want);
}

static enum err_code set_path(const char **path, const char *value,
                              const char *what, struct err *err)
{
    if (*value == '\0')
        return err_set(err, ERR_USAGE, "the name of the %s is empty", what);
    if (*path)
        return err_set(err, ERR_USAGE, "%s: two names for the %s", value, what);
    *path = value;
    return ERR_OK;
}

/* A file called "-" would be taken for standard input when it is read again. */
static enum err_code set_output(const char **path, const char *option,
                                const char *value, const char *what,
                                struct err *err)
{
    if (strcmp(value, "-") == 0)
        return bad_value(option, value, "standard output is for the text", err);
    return set_path(path, value, what, err);
}

static enum err_code apply_file(struct cli_options *o, const char *value,
                                struct err *err)
{
    (void)err;
    o->words[o->word_count++] = value;
    return ERR_OK;
}

static enum err_code apply_no_names(struct cli_options *o, const char *value,
                                    struct err *err)
{
    (void)o, (void)value, (void)err; /* there is nothing to turn off */
    return ERR_OK;
}

static enum err_code apply_port(struct cli_options *o, const char *value,
                                struct err *err)
{
    if (!o->has_port)
        o->pipeline.ports = (struct packet_ports){{0}};
    o->has_port = true;
    for (const char *at = value;; at++) {
        char number[8] = "";
        const size_t digits = strcspn(at, ",");
        uint64_t port = 0;
        if (digits < sizeof number)
            memcpy(number, at, digits);
        if (!text_number_read(number, 65535, &port) || port == 0)
            return bad_value("--port", value, "not ports like 53,5353", err);
        packet_ports_add(&o->pipeline.ports, (uint16_t)port);
        at += digits;
        if (*at == '\0')
            return ERR_OK;
    }
}

static enum err_code apply_json(struct cli_options *o, const char *value,
                                struct err *err)
{
    if (value && strcmp(value, "-") != 0)
        return set_path(&o->json_path, value, "JSON file", err);
    o->json = true;
    return ERR_OK;
}

static enum err_code apply_csv(struct cli_options *o, const char *value,
                               struct err *err)
{
    return set_output(&o->csv_directory, "--csv", value,
                      "directory of CSV files", err);
}

static enum err_code apply_db(struct cli_options *o, const char *value,
                              struct err *err)
{
    o->reading = "--db";
    return set_output(&o->db_path, "--db", value, "database", err);
}

static enum err_code apply_output(struct cli_options *o, const char *value,
                                  struct err *err)
{
    if (text_ends_in(value, ".json"))
        return apply_json(o, value, err);
    if (text_ends_in(value, ".db") || text_ends_in(value, ".sqlite"))
        return apply_db(o, value, err);
    if (text_ends_in(value, ".txt"))
        return set_path(&o->text_path, value, "text file", err);
    if (text_ends_in(value, ".csv"))
        return set_path(&o->csv_path, value, "CSV file", err);
    if (text_ends_in(value, ".mmd"))
        return set_path(&o->mermaid_path, value, "Mermaid file", err);
    if (text_ends_in(value, ".puml"))
        return set_path(&o->plantuml_path, value, "PlantUML file", err);
    if (text_ends_in(value, ".svg"))
        return set_path(&o->svg_path, value, "SVG file", err);
    return bad_value("-o", value,
                     "the name must end in .json, .db, .sqlite, .txt, .csv, "
                     ".mmd, .puml or .svg",
                     err);
}

static enum err_code apply_fail_on(struct cli_options *o, const char *value,
                                   struct err *err)
{
    o->fail_on = cli_severity_read(value, strlen(value));
    return o->fail_on != CLI_NO_SEVERITY
               ? ERR_OK
               : bad_value("--fail-on", value,
                           "not one of info, warning, error, critical", err);
}

static enum err_code apply_max_memory(struct cli_options *o, const char *value,
                                      struct err *err)
{
    enum { LEAST = 32 << 20 };
    return text_size_read(value, &o->pipeline.max_memory) &&
                   o->pipeline.max_memory >= LEAST
               ? ERR_OK
               : bad_value("--max-memory", value,
                           "not a size of at least 32M, like 512M or 2G", err);
}

static enum err_code apply_timeout(struct cli_options *o, const char *value,
                                   struct err *err)
{
    return text_duration_read(value, &o->pipeline.timeout_ns) &&
                   o->pipeline.timeout_ns >= SECOND / 1000 &&
                   o->pipeline.timeout_ns <= 3600 * SECOND
               ? ERR_OK
               : bad_value("--timeout", value,
                           "not a duration from 1ms to 1h, like 5s", err);
}

static enum err_code apply_window(struct cli_options *o, const char *value,
                                  struct err *err)
{
    return text_duration_read(value, &o->pipeline.window_ns) &&
                   o->pipeline.window_ns >= SECOND &&
                   o->pipeline.window_ns <= 86400 * SECOND &&
                   o->pipeline.window_ns % SECOND == 0
               ? ERR_OK
               : bad_value("--window", value,
                           "not whole seconds from 1s to 1d, like 60s", err);
}

static enum err_code apply_limit(struct cli_options *o, const char *value,
                                 struct err *err)
{
    o->has_limit = true;
    return text_number_read(value, UINT64_MAX, &o->limit)
               ? ERR_OK
               : bad_value("--limit", value, "not a number of rows", err);
}

static enum err_code apply_lookup(struct cli_options *o, const char *value,
                                  struct err *err)
{
    o->has_lookup = true;
    return text_number_read(value, INT64_MAX, &o->lookup)
               ? ERR_OK
               : bad_value("--lookup", value,
                           "not a lookup_id (as of `top slow`)", err);
}

static enum err_code apply_ndots(struct cli_options *o, const char *value,
                                 struct err *err)
{
    o->has_ndots = true;
    return text_number_read(value, DNS_SEARCH_NDOTS, &o->ndots)
               ? ERR_OK
               : bad_value("--ndots", value, "not 0 to 15", err);
}

static enum err_code apply_search(struct cli_options *o, const char *value,
                                  struct err *err)
{
    struct bytes word;
    if (o->search.count > 0)
        return err_set(err, ERR_USAGE, "--search %.100s: two lists", value);
    enum dns_search_status status =
        dns_search_list_read(&o->search, value, &word);
    if (status == DNS_SEARCH_OK && o->search.count == 0)
        status = DNS_SEARCH_NONE;
    return status == DNS_SEARCH_OK
               ? ERR_OK
               : err_set(err, ERR_USAGE, "--search: \"%.*s\": %s",
                         (int)(word.len < 100 ? word.len : 100),
                         (const char *)word.data,
                         dns_search_status_text(status));
}

static enum err_code apply_resolv_conf(struct cli_options *o, const char *value,
                                       struct err *err)
{
    return set_path(&o->resolv_conf, value, "resolv.conf", err);
}

static enum err_code apply_packets(struct cli_options *o, const char *value,
                                   struct err *err)
{
    return set_output(&o->packets_path, "-w", value, "capture file", err);
}

static enum err_code apply_filter(struct cli_options *o, const char *value,
                                  struct err *err)
{
    if (o->filter)
        return err_set(err, ERR_USAGE, "-f %s: two filters", value);
    o->filter = strdup(value);
    return o->filter ? ERR_OK : err_set(err, ERR_NOMEM, "out of memory");
}

static enum err_code apply_interface(struct cli_options *o, const char *value,
                                     struct err *err)
{
    return set_path(&o->pipeline.live.interface, value, "interface", err);
}

static enum err_code apply_link_type(struct cli_options *o, const char *value,
                                     struct err *err)
{
    return set_path(&o->pipeline.live.link_type, value, "link type", err);
}

static enum err_code apply_user(struct cli_options *o, const char *value,
                                struct err *err)
{
    return set_path(&o->user, value, "user", err);
}

static enum err_code apply_count(struct cli_options *o, const char *value,
                                 struct err *err)
{
    return text_number_read(value, UINT64_MAX, &o->pipeline.most_frames) &&
                   o->pipeline.most_frames > 0
               ? ERR_OK
               : bad_value("-c", value, "not a number of packets", err);
}

static enum err_code apply_threads(struct cli_options *o, const char *value,
                                   struct err *err)
{
    uint64_t threads;
    if (!text_number_read(value, UINT_MAX, &threads) || threads == 0)
        return bad_value("-j", value, "not a number of threads", err);
    o->pipeline.threads = (unsigned)threads;
    return ERR_OK;
}

/* "2/8" */
static enum err_code apply_shard(struct cli_options *o, const char *value,
                                 struct err *err)
{
    enum { SHARDS_MOST = 65535 };
    char first[8] = "";
    const size_t octets = strcspn(value, "/");
    uint64_t shard, shards;
    if (octets < sizeof first)
        memcpy(first, value, octets);
    if (octets >= sizeof first || value[octets] != '/' ||
        !text_number_read(first, SHARDS_MOST, &shard) ||
        !text_number_read(value + octets + 1, SHARDS_MOST, &shards) ||
        shard == 0 || shard > shards)
        return bad_value("--shard", value,
                         "not K/N, like 1/8, with K up to N, N up to 65535",
                         err);
    o->pipeline.shard = (unsigned)shard;
    o->pipeline.shards = (unsigned)shards;
    return ERR_OK;
}

static enum err_code apply_duration(struct cli_options *o, const char *value,
                                    struct err *err)
{
    return text_duration_read(value, &o->pipeline.duration_ns) &&
                   o->pipeline.duration_ns >= SECOND / 1000 &&
                   o->pipeline.duration_ns <= 366 * 86400 * SECOND
               ? ERR_OK
               : bad_value("--duration", value,
                           "not a duration from 1ms to a year, like 30s", err);
}

/* 0 is the most, as tcpdump has it. */
static enum err_code apply_snap(struct cli_options *o, const char *value,
                                struct err *err)
{
    uint64_t octets;
    if (!text_number_read(value, CAPTURE_LIVE_SNAP_MAX, &octets))
        return bad_value("-s", value, "not octets, up to 262144", err);
    o->pipeline.live.snap_octets = (uint32_t)octets;
    return ERR_OK;
}

static enum err_code apply_buffer(struct cli_options *o, const char *value,
                                  struct err *err)
{
    uint64_t kib;
    if (!text_number_read(value, CAPTURE_LIVE_BUFFER_MAX, &kib) || kib == 0)
        return bad_value("-B", value, "not KiB, up to 1048576", err);
    o->pipeline.live.buffer_kib = (uint32_t)kib;
    return ERR_OK;
}

static enum err_code apply_utc(struct cli_options *o, const char *value,
                               struct err *err)
{
    (void)value, (void)err;
    o->local_time = false;
    return ERR_OK;
}

static enum err_code apply_labels(struct cli_options *o, const char *value,
                                  struct err *err)
{
    return set_path(&o->labels, value, "file of labels", err);
}

static enum err_code apply_reports(struct cli_options *o, const char *value,
                                   struct err *err)
{
    return set_path(&o->reports, value, "directory of reports", err);
}

static enum err_code apply_color(struct cli_options *o, const char *value,
                                 struct err *err)
{
    if (strcmp(value, "auto") == 0)
        o->color = CLI_COLOR_AUTO;
    else if (strcmp(value, "always") == 0)
        o->color = CLI_COLOR_ALWAYS;
    else if (strcmp(value, "never") == 0)
        o->color = CLI_COLOR_NEVER;
    else
        return bad_value("--color", value, "not auto, always or never", err);
    return ERR_OK;
}

/* --- the options ---------------------------------------------------------- */

enum {
    CHECK = 1 << CLI_CHECK,
    TRACE = 1 << CLI_TRACE,
    MERGE = 1 << CLI_MERGE,
    WHATIF = 1 << CLI_WHATIF,
    RUN = CHECK | 1 << CLI_TOP | WHATIF,
    READ = RUN | TRACE, /* verbs with FILEs */
    REPORTS =
        READ | MERGE | 1 << CLI_EXPLAIN | 1 << CLI_SCHEMA | 1 << CLI_DOCTOR,
    ANY = (1 << CLI_VERBS) - 1,
};

#define FLAG(member) offsetof(struct cli_options, member), NULL

static const struct cli_option options[] = {
    {'r', NULL, "FILE", "read FILE (as tcpdump has it)", READ, false, 0,
     apply_file},
    {'i', NULL, "INTERFACE", "capture there (\"any\": everywhere)", CHECK, true,
     0, apply_interface},
    {'D', NULL, NULL, "list the interfaces", CHECK, false,
     FLAG(list_interfaces)},
    {'w', NULL, "FILE", "write the packets that were read as DNS (pcap)", RUN,
     true, 0, apply_packets},
    {'f', NULL, "FILTER", "only packets that match, by pcap-filter(7)", READ,
     true, 0, apply_filter},
    {'c', NULL, "COUNT", "end behind COUNT packets", READ, true, 0,
     apply_count},
    {0, "shard", "K/N", "the K-th of N parts of FILE, for merge", CHECK, true,
     0, apply_shard},
    {0, "follow", NULL, "read on as FILE grows, until Ctrl-C", CHECK, true,
     FLAG(pipeline.follow)},
    {0, "duration", "DUR", "with -i or --follow: end after this time", CHECK,
     true, 0, apply_duration},
    {'s', NULL, "OCTETS", "with -i: of each packet (all)", CHECK, true, 0,
     apply_snap},
    {'p', NULL, NULL, "with -i: not promiscuous", CHECK, true,
     FLAG(pipeline.live.not_promiscuous)},
    {'B', NULL, "KIB", "with -i: the kernel's buffer (2048)", CHECK, true, 0,
     apply_buffer},
    {'y', NULL, "LINKTYPE", "with -i: the link type, like EN10MB", CHECK, true,
     0, apply_link_type},
    {'Z', NULL, "USER",
     "with -i as root: become USER (who called sudo, or nobody)", CHECK, true,
     0, apply_user},
    {'o', NULL, "FILE",
     "write FILE: .json .txt .db; .csv with top; .svg .mmd .puml with trace",
     READ | MERGE, false, 0, apply_output},
    {0, "json", "[FILE]",
     "one JSON document in place of the text, or to FILE (--json=FILE, or a "
     "word that ends in .json)",
     READ, false, 0, apply_json},
    {0, "csv", "DIR", "every table as DIR/NAME.csv (top: the one)", RUN, false,
     0, apply_csv},
    {0, "csv-safe", NULL, "defuse what a spreadsheet takes for a formula", RUN,
     false, FLAG(csv_safe)},
    {0, "db", "FILE", "keep the SQLite database", RUN | MERGE, true, 0,
     apply_db},
    {0, "transactions", NULL,
     "store every transaction, attempt and lookup (v_transactions, "
     "v_attempts, v_lookups)",
     RUN, true, FLAG(pipeline.transactions)},
    {0, "limit", "N",
     "rows of a table, 0 for all (top: 10; JSON and CSV: all); lookups of "
     "trace, up to 100 (3)",
     READ, false, 0, apply_limit},
    {0, "lookup", "ID", "the one with this lookup_id (`top slow` has them)",
     TRACE, false, 0, apply_lookup},
    {0, "search", "LIST",
     "the search list that clients have: \"a.example b.example\"", READ, false,
     0, apply_search},
    {0, "ndots", "N",
     "the ndots that clients have; whatif: the names behind this ndots, 1 to 5",
     READ, false, 0, apply_ndots},
    {0, "resolv-conf", "FILE",
     "both as FILE has them (resolv.conf(5)); --search and --ndots go first",
     READ, false, 0, apply_resolv_conf},
    {0, "final-dot", NULL, "names written in full, with a final dot", WHATIF,
     false, FLAG(final_dot)},
    {0, "suffixes", NULL, "search lists without one of their suffixes", WHATIF,
     false, FLAG(suffixes)},
    {0, "mermaid", NULL, "a Mermaid sequence diagram in place of the text",
     TRACE, false, FLAG(mermaid)},
    {0, "plantuml", NULL, "a PlantUML sequence diagram in place of the text",
     TRACE, false, FLAG(plantuml)},
    {0, "svg", NULL, "an SVG picture in place of the text", TRACE, false,
     FLAG(svg)},
    {0, "fail-on", "LEVEL",
     "exit 1 if a finding is info, warning, error or critical, or worse", CHECK,
     false, 0, apply_fail_on},
    {0, "strict", NULL, "exit 4 if an input is damaged", READ, false,
     FLAG(strict)},
    {0, "force", NULL, "replace output files that exist", READ | MERGE, false,
     FLAG(force)},
    {0, "port", "LIST", "UDP and TCP ports read as DNS (53)", READ, true, 0,
     apply_port},
    {0, "timeout", "DUR", "a client's patience (5s)", READ, true, 0,
     apply_timeout},
    {0, "window", "DUR", "width of the timeline's rows (60s)", RUN, true, 0,
     apply_window},
    {'j', NULL, "N", "at most N threads, of which two are used (processors)",
     READ, true, 0, apply_threads},
    {0, "max-memory", "SIZE",
     "for tables, at least 32M (512M); 30M more for the rest", READ, true, 0,
     apply_max_memory},
    {0, "labels", "FILE", "CSV of address,label to show beside addresses", RUN,
     true, 0, apply_labels},
    {0, "reports", "DIR", "views, tables and findings to add or replace",
     REPORTS, false, 0, apply_reports},
    {0, "local-time", NULL, "times in the text in the local zone", READ, false,
     FLAG(local_time)},
    {0, "utc", NULL, "times in UTC (as always in JSON and CSV)", READ, false, 0,
     apply_utc},
    {0, "color", "WHEN", "auto, always or never", ANY, false, 0, apply_color},
    {'n', NULL, NULL, "accepted: no DNS query is ever sent", READ, false, 0,
     apply_no_names},
    {'q', NULL, NULL, "no text on standard output, no progress", READ | MERGE,
     false, FLAG(quiet)},
    {'v', NULL, NULL, "every finding, with its evidence", CHECK, false,
     FLAG(verbose)},
    {'h', "help", NULL, "help, also for one verb", ANY, false, FLAG(help)},
    {0, "version", NULL, "the version", ANY, false, FLAG(version)},
};

enum { OPTIONS = sizeof options / sizeof options[0] };
static_assert((int)OPTIONS <= (int)CLI_OPTION_MOST, "raise it");

const struct cli_option *cli_option_at(size_t index)
{
    return index < OPTIONS ? &options[index] : NULL;
}

const struct cli_option *cli_option_letter(char letter)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if (options[i].letter == letter)
            return &options[i];
    }
    return NULL;
}

const struct cli_option *cli_option_name(const char *name, size_t length)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        const char *has = options[i].name;
        if (has && strlen(has) == length && memcmp(has, name, length) == 0)
            return &options[i];
    }
    return NULL;
}

enum err_code cli_option_apply(const struct cli_option *option,
                               struct cli_options *o, const char *value,
                               struct err *err)
{
    if (option->apply)
        return option->apply(o, value, err);
    *(bool *)((char *)o + option->flag) = true;
    return ERR_OK;
}
