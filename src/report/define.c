#include "report/define.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/query.h"

/* The columns of v_findings behind `id`, which every finding's SELECT gives,
 * in any order. */
static const char finding_columns[] =
    "severity, subject, title, evidence, cost_seconds, cost_queries, "
    "affected_clients, first_time, last_time, confidence, fix, example_frames";

static const char findings_head[] =
    "CREATE VIEW v_findings AS\n"
    "-- what was found, harm to users first, load second\n"
    "SELECT id, severity, subject, title, evidence, cost_seconds,\n"
    "    cost_queries, affected_clients, first_time, last_time, confidence,\n"
    "    fix, example_frames\n"
    "FROM (\n";

/* Keeps the union valid when there is no finding at all. */
static const char findings_none[] =
    "    SELECT NULL AS id, NULL AS severity, NULL AS subject,\n"
    "        NULL AS title, NULL AS evidence, NULL AS cost_seconds,\n"
    "        NULL AS cost_queries, NULL AS affected_clients,\n"
    "        NULL AS first_time, NULL AS last_time, NULL AS confidence,\n"
    "        NULL AS fix, NULL AS example_frames WHERE 0\n";

static const char findings_tail[] =
    ")\n"
    "ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'error' THEN 1\n"
    "        WHEN 'warning' THEN 2 ELSE 3 END,\n"
    "    coalesce(cost_seconds, 1e-9) DESC, cost_queries DESC, id, subject;\n";

static void view_name(const struct report_entry *entry, FILE *out)
{
    fputs("finding_", out);
    for (const char *c = entry->id; *c; c++)
        fputc(*c == '-' ? '_' : *c, out);
}

/* Ends an open_memstream; the text is the caller's. */
static enum err_code finish(FILE *out, char **text, struct err *err)
{
    const int failed = ferror(out);
    if (fclose(out) == 0 && !failed && *text)
        return ERR_OK;
    free(*text);
    *text = NULL;
    return err_set(err, ERR_NOMEM, "out of memory");
}

/* The length of a SELECT without what would end the view it is put into: the
 * blanks and comment lines at its end, and the semicolon. */
static size_t select_length(const char *sql)
{
    size_t length = strlen(sql);
    for (;;) {
        while (length > 0 && strchr(" \t\r\n", sql[length - 1]))
            length--;
        size_t line = length;
        while (line > 0 && sql[line - 1] != '\n')
            line--;
        if (length - line < 2 || strncmp(sql + line, "--", 2) != 0)
            break;
        length = line;
    }
    return length > 0 && sql[length - 1] == ';' ? length - 1 : length;
}

static enum err_code finding_text(char **text, const struct report_entry *entry,
                                  struct err *err)
{
    size_t size;
    FILE *out = open_memstream(text, &size);
    if (!out)
        return err_set(err, ERR_NOMEM, "out of memory");
    fputs("CREATE VIEW ", out);
    view_name(entry, out);
    fprintf(out, " AS\nSELECT '%s' AS id, %s\nFROM (\n", entry->id,
            finding_columns);
    fwrite(entry->sql, 1, select_length(entry->sql), out);
    fputs("\n);\n", out);
    return finish(out, text, err);
}

static enum err_code define_finding(struct store *store,
                                    const struct report_entry *entry,
                                    struct err *err)
{
    char *text = NULL;
    enum err_code rc = finding_text(&text, entry, err);
    if (rc == ERR_OK)
        rc = store_define(store, text, entry->path, err);
    free(text);
    return rc;
}

static enum err_code define_findings(struct store *store,
                                     const struct report_catalogue *catalogue,
                                     struct err *err)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return err_set(err, ERR_NOMEM, "out of memory");
    fputs(findings_head, out);
    fputs(findings_none, out);
    for (size_t i = 0; i < report_catalogue_count(catalogue); i++) {
        const struct report_entry *entry = report_catalogue_at(catalogue, i);
        if (entry->kind != REPORT_FINDING)
            continue;
        fputs("    UNION ALL SELECT * FROM ", out);
        view_name(entry, out);
        fputc('\n', out);
    }
    fputs(findings_tail, out);
    enum err_code rc = finish(out, &text, err);
    if (rc == ERR_OK)
        rc = store_define(store, text, "v_findings", err);
    free(text);
    return rc;
}

/* SQLite looks into a view only when it is asked: a column that a finding does
 * not give would show as late as the first report. */
static enum err_code try_finding(struct store *store,
                                 const struct report_entry *entry,
                                 struct err *err)
{
    char *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);
    if (!out)
        return err_set(err, ERR_NOMEM, "out of memory");
    fputs("SELECT * FROM ", out);
    view_name(entry, out);
    enum err_code rc = finish(out, &sql, err);
    struct report_query *query = NULL;
    if (rc == ERR_OK)
        rc = report_query_open(&query, store, sql, entry->path, err);
    report_query_close(query);
    free(sql);
    return rc;
}

static enum err_code try_table(struct store *store,
                               const struct report_entry *entry,
                               struct err *err)
{
    struct report_query *query = NULL;
    const enum err_code rc =
        report_query_open(&query, store, entry->sql, entry->path, err);
    report_query_close(query);
    return rc;
}

static enum err_code define_script(struct store *store,
                                   const struct report_entry *entry,
                                   struct err *err)
{
    return store_define(store, entry->sql, entry->path, err);
}

/* A file of the user's that SQLite refuses is an input at fault, not us. */
static enum err_code blame(const struct report_entry *entry, enum err_code rc,
                           struct err *err)
{
    if (rc != ERR_STORE || entry->built_in)
        return rc;
    if (err)
        err->code = ERR_INPUT;
    return ERR_INPUT;
}

static enum err_code
each(struct store *store, const struct report_catalogue *catalogue,
     enum report_kind kind,
     enum err_code (*act)(struct store *, const struct report_entry *,
                          struct err *),
     struct err *err)
{
    enum err_code rc = ERR_OK;
    const size_t count = report_catalogue_count(catalogue);
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        const struct report_entry *entry = report_catalogue_at(catalogue, i);
        if (entry->kind == kind)
            rc = blame(entry, act(store, entry, err), err);
    }
    return rc;
}

static bool is_all_built_in(const struct report_catalogue *catalogue)
{
    for (size_t i = 0; i < report_catalogue_count(catalogue); i++) {
        if (!report_catalogue_at(catalogue, i)->built_in)
            return false;
    }
    return true;
}

/* Scripts come in the order of their paths; a view may name one that is
 * defined later, since SQLite resolves names when a view is asked. */
enum err_code report_define(struct store *store,
                            const struct report_catalogue *catalogue,
                            struct err *err)
{
    enum err_code rc =
        each(store, catalogue, REPORT_SCRIPT, define_script, err);
    if (rc == ERR_OK)
        rc = each(store, catalogue, REPORT_FINDING, define_finding, err);
    if (rc == ERR_OK)
        rc = define_findings(store, catalogue, err);
    if (rc == ERR_OK && !is_all_built_in(catalogue))
        rc = report_define_try(store, catalogue, err);
    return rc;
}

enum err_code report_define_try(struct store *store,
                                const struct report_catalogue *catalogue,
                                struct err *err)
{
    const enum err_code rc =
        each(store, catalogue, REPORT_FINDING, try_finding, err);
    return rc == ERR_OK ? each(store, catalogue, REPORT_TABLE, try_table, err)
                        : rc;
}
