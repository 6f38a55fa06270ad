#include <stdio.h>
#include <string.h>

#include "cli/outputs.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "report/catalogue.h"
#include "report/text.h"

enum { INDENT = 4, WIDEST = 100, USUAL_COLUMNS = 80 };

static unsigned columns_of(const struct report_style *style)
{
    return style->columns == 0       ? USUAL_COLUMNS
           : style->columns > WIDEST ? WIDEST
                                     : style->columns;
}

/* "fooled-by" is headed "Fooled by". */
static void put_key(const struct report_style *style, const char *key)
{
    fputs(report_style_on(style, REPORT_COLOR_BOLD), stdout);
    for (const char *c = key; *c; c++) {
        const bool small = c == key && *c >= 'a' && *c <= 'z';
        fputc(small ? *c - 'a' + 'A' : *c == '-' ? ' ' : *c, stdout);
    }
    printf("%s\n", report_style_off(style));
}

static void put_text(const struct report_style *style, const char *text)
{
    printf("%*s", INDENT, "");
    report_text_wrap(stdout,
                     (struct bytes){(const uint8_t *)text, strlen(text)},
                     INDENT, columns_of(style));
}

static void explain_entry(const struct report_style *style,
                          const struct report_entry *entry)
{
    printf("%s%s%s: %s (%s)\n", report_style_on(style, REPORT_COLOR_BOLD),
           entry->id, report_style_off(style), entry->title,
           entry->kind == REPORT_FINDING ? "finding" : "table");
    for (size_t i = 0; i < entry->field_count; i++) {
        const struct report_field *field = &entry->fields[i];
        if (strcmp(field->key, "id") == 0 || strcmp(field->key, "title") == 0)
            continue;
        fputc('\n', stdout);
        put_key(style, field->key);
        put_text(style, field->text);
    }
}

static void list(const struct report_style *style,
                 const struct report_catalogue *catalogue,
                 enum report_kind kind, const char *heading)
{
    printf("%s%s%s\n", report_style_on(style, REPORT_COLOR_BOLD), heading,
           report_style_off(style));
    for (size_t i = 0; i < report_catalogue_count(catalogue); i++) {
        const struct report_entry *e = report_catalogue_at(catalogue, i);
        if (e->kind == kind)
            printf("  %-18s %s\n", e->id, e->title);
    }
}

static int explain(const struct cli_options *options,
                   const struct report_catalogue *catalogue, struct err *err)
{
    const struct report_style style = cli_terminal_style(options);
    if (options->word_count == 0) {
        list(&style, catalogue, REPORT_FINDING,
             "Findings (wasitdns explain ID)");
        list(&style, catalogue, REPORT_TABLE,
             "\nTables (wasitdns top ID FILE)");
        return (int)cli_outputs_end_stdout(err);
    }
    const char *id = options->words[0];
    const struct report_entry *finding =
        report_catalogue_find(catalogue, REPORT_FINDING, id);
    const struct report_entry *table =
        report_catalogue_find(catalogue, REPORT_TABLE, id);
    if (!finding && !table)
        return err_set(err, ERR_USAGE,
                       "explain %s: no finding and no table has that id "
                       "(`wasitdns explain` lists them)",
                       id);
    if (finding)
        explain_entry(&style, finding);
    if (finding && table)
        fputc('\n', stdout);
    if (table)
        explain_entry(&style, table);
    return (int)cli_outputs_end_stdout(err);
}

int cli_explain(const struct cli_options *options, struct err *err)
{
    struct report_catalogue *catalogue = NULL;
    const enum err_code rc =
        report_catalogue_open(&catalogue, options->reports, err);
    const int status =
        rc == ERR_OK ? explain(options, catalogue, err) : (int)rc;
    report_catalogue_close(catalogue);
    return status;
}
