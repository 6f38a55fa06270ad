#include "cli/text.h"

#include <stdlib.h>
#include <string.h>

#include "cli/whatif.h"
#include "report/query.h"
#include "report/screen.h"
#include "report/text.h"

enum { USUAL_LIMIT = 10 };

/* --- naming the input ----------------------------------------------------- */

static bool is_plain(const char *path)
{
    return *path != '\0' && *path != '-' &&
           strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789_./,:+@%-") == strlen(path);
}

/* POSIX.1-2017 Shell Command Language s2.2.2 */
static void put_quoted(FILE *out, const char *path)
{
    if (is_plain(path)) {
        fputs(path, out);
        return;
    }
    fputs(*path == '-' ? "'./" : "'", out);
    for (; *path; path++)
        fputs(*path == '\'' ? "'\\''" : (const char[]){*path, '\0'}, out);
    fputc('\'', out);
}

char *cli_text_input(const struct cli_options *options)
{
    char *text = NULL;
    size_t size;
    if (options->pipeline.live.interface && !options->db_path)
        return NULL;
    for (size_t i = 0; i < options->word_count && !options->db_path; i++) {
        if (strcmp(options->words[i], "-") == 0)
            return NULL;
    }
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    if (options->db_path)
        put_quoted(out, options->db_path);
    for (size_t i = 0; i < options->word_count && !options->db_path; i++) {
        fputs(i > 0 ? " " : "", out);
        put_quoted(out, options->words[i]);
    }
    fclose(out);
    return text;
}

/* --- the two forms -------------------------------------------------------- */

static enum err_code write_screen(FILE *out, const struct cli_run *run,
                                  const struct cli_options *options,
                                  const struct report_style *style,
                                  struct err *err)
{
    char *input = cli_text_input(options);
    struct report_screen_options screen = {
        .style = *style,
        .interrupted = run->interrupted,
        .evidence = options->verbose,
        .input = input,
    };
    if (options->verbose)
        screen.style.rows = 0;
    const enum err_code rc = report_screen(out, run->store, &screen, err);
    free(input);
    return rc;
}

/* The command that a table's header names, with the input for its FILE. */
static void put_next(FILE *out, const struct cli_options *options,
                     const struct report_entry *table)
{
    static const char file[] = " FILE";
    char *input = cli_text_input(options);
    for (size_t i = 0; i < table->field_count && input; i++) {
        const char *next = table->fields[i].text;
        const size_t length = strlen(next), tail = sizeof file - 1;
        if (strcmp(table->fields[i].key, "next") == 0 && length > tail &&
            strcmp(next + length - tail, file) == 0)
            fprintf(out, "\nNext     wasitdns %.*s %s\n", (int)(length - tail),
                    next, input);
    }
    free(input);
}

static enum err_code write_table(FILE *out, const struct cli_run *run,
                                 const struct cli_options *options,
                                 const struct report_entry *table,
                                 const struct report_style *style,
                                 struct err *err)
{
    const uint64_t limit = options->has_limit ? options->limit : USUAL_LIMIT;
    struct report_query *query = NULL;
    enum err_code rc = cli_whatif_lead(out, run, options, style, err);
    if (rc == ERR_OK)
        rc =
            report_query_open(&query, run->store, table->sql, table->path, err);
    if (rc == ERR_OK)
        rc = report_text_table(out, query, style, limit, err);
    report_query_close(query);
    if (rc == ERR_OK)
        put_next(out, options, table);
    return rc;
}

enum err_code cli_text_write(FILE *out, const struct cli_run *run,
                             const struct cli_options *options,
                             const struct report_entry *table,
                             const struct report_style *style, struct err *err)
{
    return table ? write_table(out, run, options, table, style, err)
                 : write_screen(out, run, options, style, err);
}
