#include "cli/help.h"

#include <string.h>

#include "cli/option.h"
#include "cli/outputs.h"
#include "cli/verb.h"
#include "report/text.h"

enum { COLUMNS = 80, LEFT = 24 };

static const char statuses[] =
    "Exit status\n"
    "  0 done, whatever was found    1 a finding reached --fail-on    2 usage\n"
    "  3 an input cannot be opened or is no capture\n"
    "  4 an input is damaged and --strict (else: a warning; all is used that\n"
    "    could be read)\n"
    "  5 an output could not be written\n"
    "  130, 143 stopped by Ctrl-C or SIGTERM, after reporting what was read\n";

/* `left`, then `text` wrapped at its right. */
static void put_entry(FILE *out, const char *left, const char *text)
{
    if (strlen(left) + 2 > LEFT)
        fprintf(out, "%s\n%*s", left, LEFT, "");
    else
        fprintf(out, "%-*s", LEFT, left);
    report_text_wrap(out, (struct bytes){(const uint8_t *)text, strlen(text)},
                     LEFT, COLUMNS);
}

static void put_option(FILE *out, const struct cli_option *option)
{
    char left[64];
    const bool optional = option->argument && option->argument[0] == '[';
    snprintf(left, sizeof left, "  %s%.1s%s%s%s%s%s", option->letter ? "-" : "",
             option->letter ? &option->letter : "",
             option->letter && option->name ? ", " : "",
             option->name ? "--" : "", option->name ? option->name : "",
             option->argument && !optional ? " " : "",
             !option->argument ? ""
             : optional        ? "[=FILE]"
                               : option->argument);
    put_entry(out, left, option->text);
}

/* The options that a verb of `mask` takes. */
static void put_options(FILE *out, unsigned mask)
{
    const struct cli_option *option;
    fputs("Options (anywhere on the line; -- ends them)\n", out);
    for (size_t i = 0; (option = cli_option_at(i)) != NULL; i++) {
        if (option->verbs & mask)
            put_option(out, option);
    }
}

static void put_verbs(FILE *out)
{
    fputs("Usage\n", out);
    for (int i = 0; i < CLI_VERBS; i++) {
        const struct cli_verb *verb = cli_verbs_at((enum cli_verb_id)i);
        char left[64];
        snprintf(left, sizeof left, i == CLI_CHECK ? "  [%s] %s" : "  %s %s",
                 verb->name, verb->words);
        put_entry(out, left, verb->summary);
    }
}

void cli_help_all(FILE *out)
{
    fputs("wasitdns " WASITDNS_VERSION
          ": was it DNS? Reads packet captures and answers, with evidence.\n\n",
          out);
    put_verbs(out);
    fputc('\n', out);
    put_options(out, (1U << CLI_VERBS) - 1);
    fprintf(out, "\n%s", statuses);
}

void cli_help_verb(FILE *out, const struct cli_verb *verb)
{
    fprintf(out, "wasitdns %s%s%s: %s\n", verb->name, verb->words[0] ? " " : "",
            verb->words, verb->summary);
    if (verb->details[0]) {
        fputc('\n', out);
        report_text_wrap(out,
                         (struct bytes){(const uint8_t *)verb->details,
                                        strlen(verb->details)},
                         0, COLUMNS);
    }
    fputc('\n', out);
    put_options(out, 1U << (verb - cli_verbs_at(CLI_CHECK)));
}

/* `help VERB` and `VERB --help` are one. */
int cli_help(const struct cli_options *options, struct err *err)
{
    const struct cli_verb *verb = NULL;
    if (options->verb == CLI_HELP && options->word_count > 0) {
        verb = cli_verbs_find(options->words[0]);
        if (!verb)
            return err_set(err, ERR_USAGE, "help %s: there is no such verb",
                           options->words[0]);
    } else if (options->verb != CLI_HELP && options->verb != CLI_CHECK) {
        verb = cli_verbs_at(options->verb);
    }
    if (verb)
        cli_help_verb(stdout, verb);
    else
        cli_help_all(stdout);
    return (int)cli_outputs_end_stdout(err);
}
