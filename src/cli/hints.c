#include "cli/hints.h"

#include "cli/resolv_conf.h"

static bool has_ndots(const struct cli_options *options)
{
    return options->has_ndots && options->verb != CLI_WHATIF;
}

bool cli_hints_are_given(const struct cli_options *options)
{
    return options->search.count > 0 || options->resolv_conf ||
           has_ndots(options);
}

enum err_code cli_hints_read(struct dns_search_list *out,
                             const struct cli_options *options, struct err *err)
{
    struct dns_search_list list = {.count = 0};
    enum err_code rc = ERR_OK;
    if (options->resolv_conf)
        rc = cli_resolv_conf_read(&list, options->resolv_conf, err);
    const struct dns_search_list file = list;
    if (options->search.count > 0)
        list = options->search;
    list.has_ndots = file.has_ndots || has_ndots(options);
    list.ndots = has_ndots(options) ? (uint8_t)options->ndots : file.ndots;
    if (rc == ERR_OK)
        *out = list;
    return rc;
}

/* The views of what was given (reports/views.sql), with this instead. */
static void put_views(sqlite3_str *sql, const struct dns_search_list *search)
{
    if (search->has_ndots)
        sqlite3_str_appendf(sql,
                            "DROP VIEW IF EXISTS temp.ndots_given;"
                            "CREATE TEMP VIEW ndots_given AS"
                            " SELECT %d AS ndots;",
                            search->ndots);
    if (search->count == 0)
        return;
    sqlite3_str_appendall(sql, "DROP VIEW IF EXISTS temp.search_given;"
                               "CREATE TEMP VIEW search_given AS ");
    for (unsigned i = 0; i < search->count; i++) {
        const struct dns_search_suffix *s = &search->suffixes[i];
        char suffix[DNS_NAME_TEXT];
        dns_name_text(s->name, s->octets, suffix);
        sqlite3_str_appendf(sql, "%sSELECT %u AS place, %Q AS suffix",
                            i > 0 ? " UNION ALL " : "", i + 1, suffix);
    }
}

enum err_code cli_hints_define(const struct dns_search_list *search,
                               struct store *store, struct err *err)
{
    sqlite3 *db = store_handle(store);
    sqlite3_str *text = sqlite3_str_new(db);
    put_views(text, search);
    int rc = sqlite3_str_errcode(text);
    char *sql = sqlite3_str_finish(text); /* NULL when there is nothing */
    if (rc == SQLITE_OK && sql)
        rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    return rc == SQLITE_OK ? ERR_OK : store_fail(store, err);
}
