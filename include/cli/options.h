/* cli/options.h: the command line.
 *
 * The tables of cli/verbs and cli/option make the parser and the help. Options
 * may stand anywhere, "--" ends them. The first word is a verb unless it is
 * "-", contains "/" or "." or names a file; without a verb it is `check`.
 *
 * Words behind the FILEs are a capture filter, from the first that looks like
 * no file on; with -i every word is.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/severity.h"
#include "cli/verbs.h"
#include "pipeline/pipeline.h"
#include "util/err.h"

enum cli_color { CLI_COLOR_AUTO = 0, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER };

enum { CLI_NDOTS_MOST = 5 }; /* what v_whatif_ndots prices */

struct cli_options {
    enum cli_verb_id verb;
    const char *what;   /* of `top` the first word behind it, of `trace` the
                           first that is no file; or NULL */
    const char **words; /* behind the verb; the FILEs, -r ones in their place */
    size_t word_count;

    /* All but labels, dump, stop and progress. The filter is made, and live.interface
     * set where an interface is read. */
    struct pipeline_options pipeline;
    const char **filter_words; /* what stands behind the FILEs */
    size_t filter_word_count;
    char *filter;          /* -f or those words, NULL if none */
    const char *user;      /* -Z, or NULL */
    const char *labels;    /* CSV file, or NULL */
    const char *reports;   /* directory, or NULL */
    bool json;             /* to stdout, in place of the text */
    const char *json_path; /* or to this file */
    const char *csv_directory;
    const char *csv_path; /* -o FILE.csv: the one table of `top` */
    const char *db_path;
    const char *text_path;
    const char *mermaid_path, *plantuml_path, *svg_path; /* of `trace` */
    const char *packets_path;                            /* -w */
    bool mermaid, plantuml, svg; /* to stdout, in place of the text */
    bool csv_safe, force, strict, quiet, verbose, local_time, has_port;
    /* --help, --version, -D: nothing else was looked at */
    bool help, version, list_interfaces;
    bool has_limit;
    uint64_t limit; /* rows of a table, 0 = all; lookups of `trace` */
    bool has_lookup;
    uint64_t lookup; /* of `trace`: behind that of its part in a merged
                        database, up to INT64_MAX */
    bool has_ndots;
    uint64_t ndots; /* of `whatif` to be priced, 1 to CLI_NDOTS_MOST; else what
                       clients have, up to DNS_SEARCH_NDOTS */
    struct dns_search_list search; /* its suffixes: that clients have */
    const char *resolv_conf;       /* file that says both, or NULL */
    bool final_dot, suffixes;      /* of `whatif` */
    enum cli_severity fail_on;
    enum cli_color color;
    const char *reading; /* an option that only reading a capture knows, as
                            typed; NULL when none was given */
};

/* Parses `argv` (argv[0] is skipped). On ERR_USAGE the error line says what is
 * wrong and what there is. The texts are those of `argv`; call
 * cli_options_fini() in any case. */
MUST_USE enum err_code cli_options_parse(struct cli_options *options, int argc,
                                         char *const *argv, struct err *err);
void cli_options_fini(struct cli_options *options);

#endif
