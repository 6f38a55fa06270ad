#include "cli/options.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/ladder.h"
#include "util/text.h"

#define SECOND INT64_C(1000000000)

/* --- the verbs ------------------------------------------------------------ */

static const struct cli_verb verbs[CLI_VERBS] = {
    [CLI_CHECK] =
        {"check", "FILE...|- [FILTER...]",
         "verdict, summary and findings (the usual verb)",
         "Reads captures (pcap, pcapng; plain or packed with gzip, zstd, lz4), "
         "or one database made earlier with --db, and answers: was it DNS? "
         "\"-\" reads standard input. Several captures are read in the order "
         "of their first packets and judged as one.\n"
         "Files that options ask for come beside the text on standard output; "
         "-q leaves the text away. A file that exists is kept unless --force.\n"
         "check -i INTERFACE captures until -c packets, --duration or Ctrl-C, "
         "then reports. Without a filter it takes DNS, fragments and ICMP "
         "errors, tagged or not. Root is given up once the interface is open, "
         "outputs included: they belong to the user of -Z.\n"
         "FILTER (or -f) is pcap-filter(7) with addresses, not names: nothing "
         "is looked up. \"port 53\" alone loses fragments and what is behind "
         "VLAN tags or in tunnels.",
         1, SIZE_MAX},
    [CLI_TOP] = {"top", "WHAT FILE... [FILTER...]",
                 "one table: clients, names, servers ...",
                 "`wasitdns top` alone lists what there is.", 0, SIZE_MAX},
    [CLI_TRACE] =
        {"trace", "[NAME|CLIENT] FILE... [FILTER...]",
         "the story of a lookup: each query, answer and wait",
         "Tells the lookups that waited longest, of all or of what is asked "
         "for: NAME is the name that was looked up, one of the search list, or "
         "the first labels of either (\"www.example\" finds "
         "www.example.com); CLIENT is an address.\n"
         "FILE is a capture, or a database made with --db and --transactions. "
         "A word that is the name of a file is a FILE. Of a capture of any "
         "size only the lookups shown are kept.",
         1, SIZE_MAX},
    [CLI_MERGE] =
        {"merge", "PART... -o ALL.db",
         "databases of many captures or machines into one",
         "PARTs are databases made with --db, or merged before: of one hour "
         "after the other, of several machines, in any order. A part that two "
         "of them hold is refused, and so are parts counted with another "
         "--timeout or --window. ALL.db is judged like any other database: "
         "`wasitdns ALL.db`.\n"
         "A merge of captures that were cut while nobody waited for an answer "
         "says what one run over all of them would. Where a cut goes through a "
         "transaction or a lookup, both halves are counted, and the line Edges "
         "tells how many: transactions open when their part ended, and "
         "responses at the start of one whose query may have come before. What "
         "a run learns as it goes begins anew with each part: a client's "
         "search list, which resolver asks whom, whether a server answered "
         "before, and the first seconds from which no loss is estimated.",
         1, SIZE_MAX},
    [CLI_WHATIF] =
        {"whatif", "FILE... [FILTER...]",
         "what other resolver settings would cost, priced from this traffic",
         "Plays each lookup again under ndots 1 to 5, by the rules of the stub "
         "that asked, and recommends the smallest that breaks no name. --ndots "
         "shows the names behind one value, --final-dot and --suffixes price "
         "names written in full and a shorter search list.\n"
         "FILE is a capture or a database made with --db.",
         1, SIZE_MAX},
    [CLI_EXPLAIN] = {"explain", "[ID]",
                     "what a finding or table means, how it is detected, what "
                     "fools it, the fix",
                     "Without ID: lists them all.", 0, 1},
    [CLI_SCHEMA] = {"schema", "",
                    "the database: every table, column, unit and view",
                    "Prints SQL that makes an empty database of the same form.",
                    0, 0},
    [CLI_DOCTOR] = {"doctor", "",
                    "what this program is made of, and whether it works here",
                    "", 0, 0},
    [CLI_HELP] = {"help", "[VERB]", "this text, or a verb's own", "", 0, 1},
};

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

static bool has_suffix(const char *path, const char *suffix)
{
    const size_t length = strlen(path), tail = strlen(suffix);
    return length > tail && strcmp(path + length - tail, suffix) == 0;
}

static enum err_code apply_output(struct cli_options *o, const char *value,
                                  struct err *err)
{
    if (has_suffix(value, ".json"))
        return apply_json(o, value, err);
    if (has_suffix(value, ".db") || has_suffix(value, ".sqlite"))
        return apply_db(o, value, err);
    if (has_suffix(value, ".txt"))
        return set_path(&o->text_path, value, "text file", err);
    if (has_suffix(value, ".csv"))
        return set_path(&o->csv_path, value, "CSV file", err);
    if (has_suffix(value, ".mmd"))
        return set_path(&o->mermaid_path, value, "Mermaid file", err);
    if (has_suffix(value, ".puml"))
        return set_path(&o->plantuml_path, value, "PlantUML file", err);
    if (has_suffix(value, ".svg"))
        return set_path(&o->svg_path, value, "SVG file", err);
    return bad_value("-o", value,
                     "the name must end in .json, .db, .sqlite, .txt, .csv, "
                     ".mmd, .puml or .svg",
                     err);
}

enum cli_severity cli_options_severity(const char *text, size_t length)
{
    static const char *const names[] = {
        [CLI_INFO] = "info",
        [CLI_WARNING] = "warning",
        [CLI_ERROR] = "error",
        [CLI_CRITICAL] = "critical",
    };
    for (int i = CLI_INFO; i <= CLI_CRITICAL; i++) {
        if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0)
            return (enum cli_severity)i;
    }
    return CLI_NO_SEVERITY;
}

static enum err_code apply_fail_on(struct cli_options *o, const char *value,
                                   struct err *err)
{
    o->fail_on = cli_options_severity(value, strlen(value));
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
    return text_number_read(value, UINT32_MAX, &o->lookup)
               ? ERR_OK
               : bad_value("--lookup", value,
                           "not a lookup_id (as of `top slow`)", err);
}

static enum err_code apply_ndots(struct cli_options *o, const char *value,
                                 struct err *err)
{
    return text_number_read(value, CLI_NDOTS_MOST, &o->ndots) && o->ndots > 0
               ? ERR_OK
               : bad_value("--ndots", value, "not 1 to 5", err);
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

struct option {
    struct cli_option_help help;
    unsigned verbs; /* a bit for each that takes it */
    bool reading;   /* makes no sense for a database made earlier */
    /* Where `apply` is NULL, the option sets this flag of the options. */
    size_t flag;
    enum err_code (*apply)(struct cli_options *o, const char *value,
                           struct err *err);
};

#define FLAG(member) offsetof(struct cli_options, member), NULL

static const struct option options[] = {
    {{'r', NULL, "FILE", "read FILE (as tcpdump has it)"},
     READ,
     false,
     0,
     apply_file},
    {{'i', NULL, "INTERFACE", "capture there (\"any\": everywhere)"},
     CHECK,
     true,
     0,
     apply_interface},
    {{'D', NULL, NULL, "list the interfaces"},
     CHECK,
     false,
     FLAG(list_interfaces)},
    {{'w', NULL, "FILE", "write the packets that were read as DNS (pcap)"},
     RUN,
     true,
     0,
     apply_packets},
    {{'f', NULL, "FILTER", "only packets that match, by pcap-filter(7)"},
     READ,
     true,
     0,
     apply_filter},
    {{'c', NULL, "COUNT", "end behind COUNT packets"},
     READ,
     true,
     0,
     apply_count},
    {{0, "follow", NULL, "read on as FILE grows, until Ctrl-C"},
     CHECK,
     true,
     FLAG(pipeline.follow)},
    {{0, "duration", "DUR", "with -i or --follow: end after this time"},
     CHECK,
     true,
     0,
     apply_duration},
    {{'s', NULL, "OCTETS", "with -i: of each packet (all)"},
     CHECK,
     true,
     0,
     apply_snap},
    {{'p', NULL, NULL, "with -i: not promiscuous"},
     CHECK,
     true,
     FLAG(pipeline.live.not_promiscuous)},
    {{'B', NULL, "KIB", "with -i: the kernel's buffer (2048)"},
     CHECK,
     true,
     0,
     apply_buffer},
    {{'y', NULL, "LINKTYPE", "with -i: the link type, like EN10MB"},
     CHECK,
     true,
     0,
     apply_link_type},
    {{'Z', NULL, "USER",
      "with -i as root: become USER (who called sudo, or nobody)"},
     CHECK,
     true,
     0,
     apply_user},
    {{'o', NULL, "FILE",
      "write FILE: .json .txt .db; .csv with top; .svg .mmd .puml with trace"},
     READ | MERGE,
     false,
     0,
     apply_output},
    {{0, "json", "[FILE]",
      "one JSON document in place of the text, or to FILE (--json=FILE, or a "
      "word that ends in .json)"},
     READ,
     false,
     0,
     apply_json},
    {{0, "csv", "DIR", "every table as DIR/NAME.csv (top: the one)"},
     RUN,
     false,
     0,
     apply_csv},
    {{0, "csv-safe", NULL, "defuse what a spreadsheet takes for a formula"},
     RUN,
     false,
     FLAG(csv_safe)},
    {{0, "db", "FILE", "keep the SQLite database"},
     RUN | MERGE,
     true,
     0,
     apply_db},
    {{0, "transactions", NULL,
      "store every transaction, attempt and lookup (v_transactions, "
      "v_attempts, v_lookups)"},
     RUN,
     true,
     FLAG(pipeline.transactions)},
    {{0, "limit", "N",
      "rows of a table, 0 for all (top: 10; JSON and CSV: all); lookups of "
      "trace, up to 100 (3)"},
     READ,
     false,
     0,
     apply_limit},
    {{0, "lookup", "ID", "the one with this lookup_id (`top slow` has them)"},
     TRACE,
     false,
     0,
     apply_lookup},
    {{0, "ndots", "N", "the names behind this ndots, 1 to 5"},
     WHATIF,
     false,
     0,
     apply_ndots},
    {{0, "final-dot", NULL, "names written in full, with a final dot"},
     WHATIF,
     false,
     FLAG(final_dot)},
    {{0, "suffixes", NULL, "search lists without one of their suffixes"},
     WHATIF,
     false,
     FLAG(suffixes)},
    {{0, "mermaid", NULL, "a Mermaid sequence diagram in place of the text"},
     TRACE,
     false,
     FLAG(mermaid)},
    {{0, "plantuml", NULL, "a PlantUML sequence diagram in place of the text"},
     TRACE,
     false,
     FLAG(plantuml)},
    {{0, "svg", NULL, "an SVG picture in place of the text"},
     TRACE,
     false,
     FLAG(svg)},
    {{0, "fail-on", "LEVEL",
      "exit 1 if a finding is info, warning, error or critical, or worse"},
     CHECK,
     false,
     0,
     apply_fail_on},
    {{0, "strict", NULL, "exit 4 if an input is damaged"},
     READ,
     false,
     FLAG(strict)},
    {{0, "force", NULL, "replace output files that exist"},
     READ | MERGE,
     false,
     FLAG(force)},
    {{0, "port", "LIST", "UDP and TCP ports read as DNS (53)"},
     READ,
     true,
     0,
     apply_port},
    {{0, "timeout", "DUR", "a client's patience (5s)"},
     READ,
     true,
     0,
     apply_timeout},
    {{0, "window", "DUR", "width of the timeline's rows (60s)"},
     RUN,
     true,
     0,
     apply_window},
    {{'j', NULL, "N", "at most N threads, of which two are used (processors)"},
     READ,
     true,
     0,
     apply_threads},
    {{0, "max-memory", "SIZE", "for tables, at least 32M (512M)"},
     READ,
     true,
     0,
     apply_max_memory},
    {{0, "labels", "FILE", "CSV of address,label to show beside addresses"},
     RUN,
     true,
     0,
     apply_labels},
    {{0, "reports", "DIR", "views, tables and findings to add or replace"},
     REPORTS,
     false,
     0,
     apply_reports},
    {{0, "local-time", NULL, "times in the text in the local zone"},
     READ,
     false,
     FLAG(local_time)},
    {{0, "utc", NULL, "times in UTC (as always in JSON and CSV)"},
     READ,
     false,
     0,
     apply_utc},
    {{0, "color", "WHEN", "auto, always or never"}, ANY, false, 0, apply_color},
    {{'n', NULL, NULL, "accepted: no DNS query is ever sent"},
     READ,
     false,
     0,
     apply_no_names},
    {{'q', NULL, NULL, "no text on standard output, no progress"},
     READ | MERGE,
     false,
     FLAG(quiet)},
    {{'v', NULL, NULL, "every finding, with its evidence"},
     CHECK,
     false,
     FLAG(verbose)},
    {{'h', "help", NULL, "help, also for one verb"}, ANY, false, FLAG(help)},
    {{0, "version", NULL, "the version"}, ANY, false, FLAG(version)},
};

enum { OPTIONS = sizeof options / sizeof options[0] };

/* --- the parser ----------------------------------------------------------- */

struct parser {
    struct cli_options *out;
    char *const *argv; /* at the argument being read, ends with NULL */
    bool ended;        /* "--" came */
    bool has_verb;
    bool has_file;              /* among the words, -r not counted */
    const char *given[OPTIONS]; /* as typed, NULL if not */
    struct err *err;
};

static const struct option *find_letter(char letter)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if (options[i].help.letter == letter)
            return &options[i];
    }
    return NULL;
}

static const struct option *find_name(const char *name, size_t length)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        const char *has = options[i].help.name;
        if (has && strlen(has) == length && memcmp(has, name, length) == 0)
            return &options[i];
    }
    return NULL;
}

static enum err_code apply(struct parser *p, const struct option *option,
                           const char *value)
{
    p->given[option - options] = *p->argv;
    if (option->reading)
        p->out->reading = *p->argv;
    if (option->apply)
        return option->apply(p->out, value, p->err);
    *(bool *)((char *)p->out + option->flag) = true;
    return ERR_OK;
}

/* The word behind an option that needs one. */
static enum err_code apply_next(struct parser *p, const struct option *option)
{
    const char *value = p->argv[1];
    if (!value || (value[0] == '-' && value[1]))
        return err_set(p->err, ERR_USAGE, "%s needs %s", *p->argv,
                       option->help.argument);
    const enum err_code rc = apply(p, option, value);
    p->argv++;
    return rc;
}

/* "[FILE]" takes a word only if it cannot be meant otherwise. */
static enum err_code apply_optional(struct parser *p,
                                    const struct option *option)
{
    const char *next = p->argv[1];
    return next && next[0] != '-' && has_suffix(next, ".json")
               ? apply_next(p, option)
               : apply(p, option, NULL);
}

static enum err_code parse_long(struct parser *p)
{
    const char *name = *p->argv + 2;
    const char *equals = strchr(name, '=');
    const size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct option *option = find_name(name, length);
    if (!option)
        return err_set(p->err, ERR_USAGE, "unknown option %s", *p->argv);
    const char *argument = option->help.argument;
    if (equals && !argument)
        return err_set(p->err, ERR_USAGE, "%s: --%s takes no value", *p->argv,
                       option->help.name);
    if (equals || !argument)
        return apply(p, option, equals ? equals + 1 : NULL);
    return *argument == '[' ? apply_optional(p, option) : apply_next(p, option);
}

/* "-q", "-qv", "-r FILE", "-rFILE" */
static enum err_code parse_letters(struct parser *p)
{
    const char *at = *p->argv + 1;
    for (; *at; at++) {
        const struct option *option = find_letter(*at);
        if (!option)
            return err_set(p->err, ERR_USAGE, "unknown option -%c", *at);
        if (option->help.argument)
            return at[1] ? apply(p, option, at + 1) : apply_next(p, option);
        const enum err_code rc = apply(p, option, NULL);
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

static bool looks_like_file(const char *word)
{
    return strcmp(word, "-") == 0 || strpbrk(word, "/.") != NULL ||
           access(word, F_OK) == 0;
}

/* Names of lookups have dots, too: only what is there is a file for sure. */
static bool is_file(const char *word)
{
    return strcmp(word, "-") == 0 || strchr(word, '/') != NULL ||
           access(word, F_OK) == 0;
}

static enum err_code take_word(struct parser *p, const char *word)
{
    struct cli_options *o = p->out;
    if (o->verb == CLI_TOP && !o->what)
        o->what = word;
    else if (o->verb == CLI_TRACE && !o->what && !is_file(word) && !p->has_file)
        o->what = word;
    else if ((1U << o->verb & READ) &&
             (o->pipeline.live.interface || o->filter_word_count > 0 ||
              !looks_like_file(word)))
        o->filter_words[o->filter_word_count++] = word;
    else {
        o->words[o->word_count++] = word;
        p->has_file = true;
    }
    return ERR_OK;
}

/* `trace X` alone: X is the FILE, and not there. */
static void settle_what(struct cli_options *o)
{
    if (o->verb != CLI_TRACE || !o->what || o->word_count > 0)
        return;
    o->words[o->word_count++] = o->what;
    o->what = NULL;
}

/* "check, top, ..." */
static void list_verbs(char *out, size_t capacity)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < CLI_VERBS; i++) {
        const int n = snprintf(out + used, capacity - used, "%s%s",
                               i > 0 ? ", " : "", verbs[i].name);
        used += (size_t)n < capacity - used ? (size_t)n : 0;
    }
}

/* Verbs of the documents that a later version brings. */
static bool is_planned(const char *word)
{
    static const char *const planned[] = {
        "live", "diff", "export", "report", "agent", "completion",
    };
    for (size_t i = 0; i < sizeof planned / sizeof planned[0]; i++) {
        if (strcmp(planned[i], word) == 0)
            return true;
    }
    return false;
}

static enum err_code parse_first_word(struct parser *p, const char *word)
{
    p->has_verb = true;
    const struct cli_verb *verb = cli_options_find_verb(word);
    if (looks_like_file(word) || (!verb && p->out->pipeline.live.interface))
        return take_word(p, word);
    if (!verb && is_planned(word))
        return err_set(p->err, ERR_USAGE, "%s: is not in this version", word);
    if (!verb) {
        char list[128];
        list_verbs(list, sizeof list);
        return err_set(p->err, ERR_USAGE, "%s: neither a file nor one of %s",
                       word, list);
    }
    p->out->verb = (enum cli_verb_id)(verb - verbs);
    return ERR_OK;
}

static enum err_code parse_argument(struct parser *p)
{
    const char *word = *p->argv;
    if (!p->ended && strcmp(word, "--") == 0) {
        p->ended = true;
        return ERR_OK;
    }
    if (!p->ended && strncmp(word, "--", 2) == 0)
        return parse_long(p);
    if (!p->ended && word[0] == '-' && word[1])
        return parse_letters(p);
    return p->has_verb ? take_word(p, word) : parse_first_word(p, word);
}

/* What has been read from it once is gone. */
static enum err_code check_stdin(const struct parser *p)
{
    size_t count = 0;
    for (size_t i = 0; i < p->out->word_count; i++)
        count += strcmp(p->out->words[i], "-") == 0;
    return count > 1
               ? err_set(p->err, ERR_USAGE, "-: standard input is read once")
               : ERR_OK;
}

static enum err_code check_verb(const struct parser *p)
{
    const struct cli_verb *verb = &verbs[p->out->verb];
    for (size_t i = 0; i < OPTIONS; i++) {
        if (p->given[i] && !(options[i].verbs & 1U << p->out->verb))
            return err_set(p->err, ERR_USAGE, "%s: not an option of %s",
                           p->given[i], verb->name);
    }
    const size_t fewest = p->out->pipeline.live.interface ? 0 : verb->fewest;
    if (p->out->word_count < fewest || p->out->word_count > verb->most)
        return err_set(p->err, ERR_USAGE, "usage: wasitdns %s %s", verb->name,
                       verb->words);
    return ERR_OK;
}

static enum err_code check_live(const struct parser *p)
{
    const struct cli_options *o = p->out;
    const struct capture_live_options *live = &o->pipeline.live;
    if (live->interface && o->word_count > 0)
        return err_set(p->err, ERR_USAGE,
                       "%s: files or an interface (-i) are read, not both",
                       o->words[0]);
    if (o->pipeline.follow && (o->word_count != 1 || *o->words[0] == '-'))
        return err_set(p->err, ERR_USAGE, "--follow needs one FILE");
    if (o->pipeline.duration_ns && !live->interface && !o->pipeline.follow)
        return err_set(p->err, ERR_USAGE,
                       "--duration: only for -i or --follow, files end");
    if (!live->interface && (o->user || live->link_type || live->snap_octets ||
                             live->buffer_kib || live->not_promiscuous))
        return err_set(p->err, ERR_USAGE,
                       "%s: only for an interface (-i), not for files",
                       o->reading);
    return ERR_OK;
}

static char *join(const char *const *words, size_t count)
{
    size_t octets = 1, used = 0;
    for (size_t i = 0; i < count; i++)
        octets += strlen(words[i]) + 1;
    char *text = malloc(octets);
    for (size_t i = 0; text && i < count; i++)
        used += (size_t)snprintf(text + used, octets - used, "%s%s",
                                 i > 0 ? " " : "", words[i]);
    return text;
}

/* Trailing words are a filter, or one of them is a file that does not exist:
 * the error has to serve for both. */
static enum err_code take_filter_words(const struct parser *p)
{
    struct cli_options *o = p->out;
    const char *first = o->filter_words[0];
    if (o->filter)
        return err_set(p->err, ERR_USAGE, "%s: a second filter beside -f",
                       first);
    o->reading = first;
    o->filter = join(o->filter_words, o->filter_word_count);
    return o->filter ? ERR_OK : err_set(p->err, ERR_NOMEM, "out of memory");
}

static enum err_code make_filter(const struct parser *p)
{
    struct cli_options *o = p->out;
    struct err why = {.code = ERR_OK};
    enum err_code rc = ERR_OK;
    if (o->filter_word_count > 0)
        rc = take_filter_words(p);
    if (rc != ERR_OK || !o->filter)
        return rc;
    rc = capture_filter_new(&o->pipeline.filter, o->filter, &why);
    if (rc == ERR_OK)
        return ERR_OK;
    if (o->filter_word_count > 0 && !o->pipeline.live.interface)
        return err_set(p->err, rc, "%.100s: no such file, and no %s",
                       o->filter_words[0], why.text);
    return err_set(p->err, rc, "%s", why.text);
}

static enum err_code check_together(const struct parser *p)
{
    const struct cli_options *o = p->out;
    const bool csv = o->csv_directory || o->csv_path;
    if (o->json && o->json_path)
        return err_set(p->err, ERR_USAGE,
                       "JSON goes to standard output or to a file, not both");
    if (o->csv_safe && !csv)
        return err_set(p->err, ERR_USAGE, "--csv-safe is about --csv DIR");
    if (o->csv_path && o->verb == CLI_CHECK)
        return err_set(p->err, ERR_USAGE,
                       "-o %s: check has many tables, --csv DIR writes them",
                       o->csv_path);
    if (o->verb == CLI_MERGE &&
        (!o->db_path || o->json_path || o->text_path || o->csv_path || o->json))
        return err_set(p->err, ERR_USAGE,
                       "merge makes one database: -o ALL.db");
    if (o->verb != CLI_TRACE &&
        (o->mermaid_path || o->plantuml_path || o->svg_path))
        return err_set(p->err, ERR_USAGE, "-o: diagrams are drawn by trace");
    if (o->verb == CLI_TRACE && (o->csv_path || o->db_path))
        return err_set(p->err, ERR_USAGE,
                       "-o %s: trace writes .txt, .json, .svg, .mmd and .puml",
                       o->csv_path ? o->csv_path : o->db_path);
    if (o->json + o->mermaid + o->plantuml + o->svg > 1)
        return err_set(p->err, ERR_USAGE,
                       "one form goes to standard output, -o FILE writes more");
    if (o->verb == CLI_TRACE && o->has_limit &&
        (o->limit == 0 || o->limit > REPORT_LADDER_LOOKUPS))
        return err_set(p->err, ERR_USAGE,
                       "--limit: trace tells 1 to %d lookups",
                       REPORT_LADDER_LOOKUPS);
    if ((o->ndots > 0) + o->final_dot + o->suffixes > 1)
        return err_set(p->err, ERR_USAGE,
                       "one of --ndots, --final-dot and --suffixes at a time");
    if (o->has_limit && o->verb == CLI_CHECK && !csv && !o->json &&
        !o->json_path)
        return err_set(p->err, ERR_USAGE,
                       "--limit is about the tables of top, --json and --csv");
    return ERR_OK;
}

static enum err_code parse(struct parser *p)
{
    enum err_code rc = ERR_OK;
    for (p->argv++; *p->argv && rc == ERR_OK; p->argv++)
        rc = parse_argument(p);
    if (rc != ERR_OK || p->out->help || p->out->version ||
        p->out->list_interfaces)
        return rc;
    settle_what(p->out);
    rc = check_verb(p);
    if (rc == ERR_OK)
        rc = check_stdin(p);
    if (rc == ERR_OK)
        rc = check_live(p);
    if (rc == ERR_OK)
        rc = check_together(p);
    return rc == ERR_OK ? make_filter(p) : rc;
}

enum err_code cli_options_parse(struct cli_options *out, int argc,
                                char *const *argv, struct err *err)
{
    *out = (struct cli_options){.verb = CLI_CHECK};
    pipeline_options_init(&out->pipeline);
    out->pipeline.threads = 0;
    if (argc < 1)
        return err_set(err, ERR_USAGE, "no arguments at all");
    out->words = calloc((size_t)argc, sizeof *out->words);
    out->filter_words = calloc((size_t)argc, sizeof *out->filter_words);
    if (!out->words || !out->filter_words)
        return err_set(err, ERR_NOMEM, "out of memory");
    struct parser p = {.out = out, .argv = argv, .err = err};
    return parse(&p);
}

void cli_options_fini(struct cli_options *o)
{
    capture_filter_free(o->pipeline.filter);
    free(o->filter);
    free(o->filter_words);
    free(o->words);
    *o = (struct cli_options){.verb = CLI_CHECK};
}

const struct cli_verb *cli_options_verb(enum cli_verb_id id)
{
    return &verbs[id];
}

const struct cli_verb *cli_options_find_verb(const char *name)
{
    for (int i = 0; i < CLI_VERBS; i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    }
    return NULL;
}

bool cli_options_help(size_t index, struct cli_option_help *help,
                      unsigned *mask)
{
    if (index >= OPTIONS)
        return false;
    *help = options[index].help;
    *mask = options[index].verbs;
    return true;
}
