#include "cli/outputs.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "cli/text.h"
#include "report/csv_file.h"
#include "store/place.h"

enum output_kind {
    OUTPUT_PACKETS,
    OUTPUT_JSON,
    OUTPUT_TEXT,
    OUTPUT_CSV,
    OUTPUT_LADDER, /* of trace */
};

struct output {
    enum output_kind kind;
    struct store_place place;
    const struct report_entry *table; /* of a CSV file */
    enum report_ladder_form form;     /* of a ladder */
};

struct cli_outputs {
    const struct cli_options *options;
    const struct report_catalogue *catalogue;
    const struct report_entry *table; /* of `top`, else NULL */
    struct capture_dump *dump;        /* of -w, else NULL */
    char *made;                       /* directory that we made, else NULL */
    struct leftover leftover;         /* that directory */
    struct output *files;
    size_t count;
};

/* --- opening -------------------------------------------------------------- */

enum err_code cli_outputs_check_inputs(const struct cli_options *options,
                                       const char *path, struct err *err)
{
    struct stat out, in;
    if (stat(path, &out) != 0)
        return ERR_OK;
    for (size_t i = 0; i < options->word_count; i++) {
        if (stat(options->words[i], &in) == 0 && in.st_dev == out.st_dev &&
            in.st_ino == out.st_ino)
            return err_set(err, ERR_USAGE,
                           "%s: is an input, and would be replaced", path);
    }
    return ERR_OK;
}

static enum err_code add(struct cli_outputs *o, enum output_kind kind,
                         const char *path, const struct report_entry *table,
                         struct err *err)
{
    struct output *file = &o->files[o->count];
    *file = (struct output){.kind = kind, .table = table};
    enum err_code rc = cli_outputs_check_inputs(o->options, path, err);
    if (rc != ERR_OK)
        return rc;
    o->count++;
    return store_place_open(&file->place, path, o->options->force, err);
}

static enum err_code make_directory(struct cli_outputs *o, const char *path,
                                    struct err *err)
{
    struct stat st;
    if (mkdir(path, 0777) == 0) {
        o->made = strdup(path);
        if (!o->made)
            return err_set(err, ERR_NOMEM, "out of memory");
        leftover_add(&o->leftover, o->made);
        return ERR_OK;
    }
    if (errno != EEXIST)
        return err_set_errno(err, ERR_OUTPUT, "%s", path);
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return err_set(err, ERR_OUTPUT, "%s: is no directory", path);
    return ERR_OK;
}

static enum err_code add_in_directory(struct cli_outputs *o,
                                      const struct report_entry *table,
                                      struct err *err)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s.csv", o->options->csv_directory, table->id) < 0)
        return err_set(err, ERR_NOMEM, "out of memory");
    const enum err_code rc = add(o, OUTPUT_CSV, path, table, err);
    free(path);
    return rc;
}

static enum err_code open_directory(struct cli_outputs *o, struct err *err)
{
    enum err_code rc = make_directory(o, o->options->csv_directory, err);
    if (o->table)
        return rc == ERR_OK ? add_in_directory(o, o->table, err) : rc;
    const size_t count = report_catalogue_count(o->catalogue);
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        const struct report_entry *e = report_catalogue_at(o->catalogue, i);
        if (e->kind == REPORT_TABLE)
            rc = add_in_directory(o, e, err);
    }
    return rc;
}

static enum err_code open_packets(struct cli_outputs *o, const char *path,
                                  struct err *err)
{
    const enum err_code rc = add(o, OUTPUT_PACKETS, path, NULL, err);
    if (rc != ERR_OK)
        return rc;
    return capture_dump_open(&o->dump, o->files[o->count - 1].place.fd, path,
                             err);
}

static enum err_code open_ladders(struct cli_outputs *o, struct err *err)
{
    const struct cli_options *options = o->options;
    const struct {
        const char *path;
        enum report_ladder_form form;
    } ladders[] = {
        {options->text_path, REPORT_LADDER_TEXT},
        {options->json_path, REPORT_LADDER_JSON},
        {options->mermaid_path, REPORT_LADDER_MERMAID},
        {options->plantuml_path, REPORT_LADDER_PLANTUML},
        {options->svg_path, REPORT_LADDER_SVG},
    };
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < sizeof ladders / sizeof *ladders && rc == ERR_OK;
         i++) {
        if (!ladders[i].path)
            continue;
        rc = add(o, OUTPUT_LADDER, ladders[i].path, NULL, err);
        if (rc == ERR_OK)
            o->files[o->count - 1].form = ladders[i].form;
    }
    return rc;
}

static enum err_code open_files(struct cli_outputs *o, struct err *err)
{
    if (o->options->verb == CLI_TRACE)
        return open_ladders(o, err);
    const struct cli_options *options = o->options;
    enum err_code rc = ERR_OK;
    if (options->db_path)
        rc = cli_outputs_check_inputs(options, options->db_path, err);
    if (rc == ERR_OK && options->packets_path)
        rc = open_packets(o, options->packets_path, err);
    if (rc == ERR_OK && options->json_path)
        rc = add(o, OUTPUT_JSON, options->json_path, o->table, err);
    if (rc == ERR_OK && options->text_path)
        rc = add(o, OUTPUT_TEXT, options->text_path, o->table, err);
    if (rc == ERR_OK && options->csv_path)
        rc = add(o, OUTPUT_CSV, options->csv_path, o->table, err);
    if (rc == ERR_OK && options->csv_directory)
        rc = open_directory(o, err);
    return rc;
}

enum err_code cli_outputs_open(struct cli_outputs **out,
                               const struct cli_options *options,
                               const struct report_catalogue *catalogue,
                               const struct report_entry *table,
                               struct err *err)
{
    enum { SINGLE_FILES = 5 }; /* of one verb */
    struct cli_outputs *o = calloc(1, sizeof *o);
    if (!o)
        return err_set(err, ERR_NOMEM, "out of memory");
    *o = (struct cli_outputs){
        .options = options, .catalogue = catalogue, .table = table};
    o->files = calloc(report_catalogue_count(catalogue) + SINGLE_FILES,
                      sizeof *o->files);
    const enum err_code rc = o->files
                                 ? open_files(o, err)
                                 : err_set(err, ERR_NOMEM, "out of memory");
    if (rc == ERR_OK)
        *out = o;
    else
        cli_outputs_close(o);
    return rc;
}

void cli_outputs_close(struct cli_outputs *o)
{
    if (!o)
        return;
    capture_dump_close(o->dump);
    for (size_t i = 0; i < o->count; i++)
        store_place_close(&o->files[i].place);
    if (o->made)
        rmdir(o->made); /* stays when files were published into it */
    leftover_drop(&o->leftover);
    free(o->made);
    free(o->files);
    free(o);
}

struct capture_dump *cli_outputs_dump(const struct cli_outputs *o)
{
    return o->dump;
}

/* --- writing -------------------------------------------------------------- */

enum err_code cli_outputs_draw(FILE *out, const struct cli_run *run,
                               enum report_ladder_form form,
                               const struct report_style *style,
                               struct err *err)
{
    const struct report_ladder_options ladder = {.form = form,
                                                 .style = *style,
                                                 .version = WASITDNS_VERSION,
                                                 .interrupted =
                                                     run->interrupted};
    return report_ladder_write(out, run->ladder, &ladder, err);
}

struct report_json_options cli_outputs_json(const struct cli_options *options,
                                            const struct cli_run *run,
                                            const struct report_entry *table)
{
    return (struct report_json_options){.version = WASITDNS_VERSION,
                                        .interrupted = run->interrupted,
                                        .limit = options->limit,
                                        .table = table};
}

static enum err_code render_csv(const struct cli_outputs *o,
                                const struct cli_run *run,
                                const struct report_entry *table, FILE *stream,
                                struct err *err)
{
    const struct report_csv_options csv = {.limit = o->options->limit,
                                           .safe = o->options->csv_safe};
    struct report_query *query = NULL;
    enum err_code rc =
        report_query_open(&query, run->store, table->sql, table->path, err);
    if (rc == ERR_OK)
        rc = report_csv_table(stream, query, &csv, err);
    report_query_close(query);
    return rc;
}

static enum err_code render(const struct cli_outputs *o,
                            const struct cli_run *run,
                            const struct output *file, FILE *stream,
                            struct err *err)
{
    const struct report_json_options json =
        cli_outputs_json(o->options, run, o->table);
    const struct report_style style = cli_terminal_file_style(o->options);
    switch (file->kind) {
    case OUTPUT_PACKETS:
        break;
    case OUTPUT_JSON:
        return report_json_document(stream, run->store, o->catalogue, &json,
                                    err);
    case OUTPUT_TEXT:
        return cli_text_write(stream, run, o->options, file->table, &style,
                              err);
    case OUTPUT_CSV:
        return render_csv(o, run, file->table, stream, err);
    case OUTPUT_LADDER:
        return cli_outputs_draw(stream, run, file->form, &style, err);
    }
    return err_set(err, ERR_INTERNAL, "an output of no kind");
}

/* What stdio could not write; errno is 0 when it failed in the middle. */
static enum err_code write_error(const char *name, struct err *err)
{
    return errno ? err_set_errno(err, ERR_OUTPUT, "%s", name)
                 : err_set(err, ERR_OUTPUT, "%s: could not be written", name);
}

static enum err_code write_file(const struct cli_outputs *o,
                                const struct cli_run *run, struct output *file,
                                struct err *err)
{
    if (file->kind == OUTPUT_PACKETS)
        return capture_dump_finish(o->dump, err);
    const int fd = dup(file->place.fd); /* the place keeps its own */
    FILE *stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!stream) {
        if (fd >= 0)
            close(fd);
        return err_set_errno(err, ERR_OUTPUT, "%s", file->place.path);
    }
    enum err_code rc = render(o, run, file, stream, err);
    const bool failed = ferror(stream) != 0;
    errno = 0;
    if ((fclose(stream) != 0 || failed) && rc == ERR_OK)
        rc = write_error(file->place.path, err);
    return rc;
}

enum err_code cli_outputs_write(struct cli_outputs *o,
                                const struct cli_run *run, struct err *err)
{
    enum err_code rc = store_publish(run->store, err);
    for (size_t i = 0; i < o->count && rc == ERR_OK; i++)
        rc = write_file(o, run, &o->files[i], err);
    for (size_t i = 0; i < o->count && rc == ERR_OK; i++)
        rc = store_place_publish(&o->files[i].place, err);
    return rc;
}

/* Standard output is a pipe, and nobody reads it any more. */
static bool is_reader_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

enum err_code cli_outputs_end_stdout(struct err *err)
{
    errno = 0;
    const bool flushed = fflush(stdout) == 0;
    if ((flushed && !ferror(stdout)) || errno == EPIPE || is_reader_gone())
        return ERR_OK;
    return write_error("standard output", err);
}
