#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/option.h"
#include "cli/together.h"
#include "util/text.h"

struct parser {
    struct cli_options *out;
    char *const *argv; /* at the argument being read, ends with NULL */
    bool ended;        /* "--" came */
    bool has_verb;
    bool has_file;                      /* among the words, -r not counted */
    const char *given[CLI_OPTION_MOST]; /* as typed, NULL if not */
    struct err *err;
};

static enum err_code apply(struct parser *p, const struct cli_option *option,
                           const char *value)
{
    p->given[option - cli_option_at(0)] = *p->argv;
    if (option->reading)
        p->out->reading = *p->argv;
    return cli_option_apply(option, p->out, value, p->err);
}

/* The word behind an option that needs one. */
static enum err_code apply_next(struct parser *p,
                                const struct cli_option *option)
{
    const char *value = p->argv[1];
    if (!value || (value[0] == '-' && value[1]))
        return err_set(p->err, ERR_USAGE, "%s needs %s", *p->argv,
                       option->argument);
    const enum err_code rc = apply(p, option, value);
    p->argv++;
    return rc;
}

/* "[FILE]" takes a word only if it cannot be meant otherwise. */
static enum err_code apply_optional(struct parser *p,
                                    const struct cli_option *option)
{
    const char *next = p->argv[1];
    return next && next[0] != '-' && text_ends_in(next, ".json")
               ? apply_next(p, option)
               : apply(p, option, NULL);
}

static enum err_code parse_long(struct parser *p)
{
    const char *name = *p->argv + 2;
    const char *equals = strchr(name, '=');
    const size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct cli_option *option = cli_option_name(name, length);
    if (!option)
        return err_set(p->err, ERR_USAGE, "unknown option %s", *p->argv);
    const char *argument = option->argument;
    if (equals && !argument)
        return err_set(p->err, ERR_USAGE, "%s: --%s takes no value", *p->argv,
                       option->name);
    if (equals || !argument)
        return apply(p, option, equals ? equals + 1 : NULL);
    return *argument == '[' ? apply_optional(p, option) : apply_next(p, option);
}

/* "-q", "-qv", "-r FILE", "-rFILE" */
static enum err_code parse_letters(struct parser *p)
{
    const char *at = *p->argv + 1;
    for (; *at; at++) {
        const struct cli_option *option = cli_option_letter(*at);
        if (!option)
            return err_set(p->err, ERR_USAGE, "unknown option -%c", *at);
        if (option->argument)
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
    else if (cli_verbs_at(o->verb)->reads &&
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
        const int n =
            snprintf(out + used, capacity - used, "%s%s", i > 0 ? ", " : "",
                     cli_verbs_at((enum cli_verb_id)i)->name);
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
    const struct cli_verb *verb = cli_verbs_find(word);
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
    p->out->verb = (enum cli_verb_id)(verb - cli_verbs_at(CLI_CHECK));
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

static enum err_code check_verb(const struct parser *p)
{
    const struct cli_verb *verb = cli_verbs_at(p->out->verb);
    for (size_t i = 0; cli_option_at(i); i++) {
        if (p->given[i] && !(cli_option_at(i)->verbs & 1U << p->out->verb))
            return err_set(p->err, ERR_USAGE, "%s: not an option of %s",
                           p->given[i], verb->name);
    }
    const size_t fewest = p->out->pipeline.live.interface ? 0 : verb->fewest;
    if (p->out->word_count < fewest || p->out->word_count > verb->most)
        return err_set(p->err, ERR_USAGE, "usage: wasitdns %s %s", verb->name,
                       verb->words);
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
        rc = cli_together_check(p->out, p->err);
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
