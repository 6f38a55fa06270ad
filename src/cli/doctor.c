/* Says what a person who reports a problem would be asked. */
#include <csv.h>
#include <ldns/ldns.h>
#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#include "cli/outputs.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "report/define.h"

static void put(const char *what, const char *text)
{
    printf("%-12s %s\n", what, text);
}

static const char *number_version(char out[32], unsigned long major,
                                  unsigned long minor, unsigned long release)
{
    snprintf(out, 32, "%lu.%lu.%lu", major, minor, release);
    return out;
}

/* As linked now, not as compiled against, wherever a library can tell. */
static void put_libraries(void)
{
    char text[32];
    const unsigned xxh = XXH_versionNumber();
    put("SQLite", sqlite3_libversion());
    put("ldns", ldns_version());
    put("libcsv", number_version(text, CSV_MAJOR, CSV_MINOR, CSV_RELEASE));
    put("xxHash",
        number_version(text, xxh / 10000, xxh / 100 % 100, xxh % 100));
    put("zlib", zlibVersion());
    put("zstd", ZSTD_versionString());
    put("lz4", LZ4_versionString());
}

static void count_reports(const struct report_catalogue *catalogue,
                          size_t *tables, size_t *findings)
{
    *tables = *findings = 0;
    for (size_t i = 0; i < report_catalogue_count(catalogue); i++) {
        const enum report_kind kind = report_catalogue_at(catalogue, i)->kind;
        *tables += kind == REPORT_TABLE;
        *findings += kind == REPORT_FINDING;
    }
}

/* Every view, table and finding compiles against an empty store. */
static enum err_code try_reports(const struct cli_options *options,
                                 struct err *err)
{
    struct report_catalogue *catalogue = NULL;
    struct store *store = NULL;
    size_t tables = 0, findings = 0;
    enum err_code rc = report_catalogue_open(&catalogue, options->reports, err);
    if (rc == ERR_OK)
        rc = store_create(&store, NULL, false, err);
    if (rc == ERR_OK)
        rc = store_seal(store, err);
    if (rc == ERR_OK)
        rc = report_define(store, catalogue, err);
    if (rc == ERR_OK)
        rc = report_define_try(store, catalogue, err);
    if (rc == ERR_OK)
        count_reports(catalogue, &tables, &findings);
    store_close(store);
    report_catalogue_close(catalogue);
    if (rc == ERR_OK)
        printf("%-12s %zu tables, %zu findings, all compile\n", "reports",
               tables, findings);
    return rc;
}

static void put_style(const struct cli_options *options)
{
    const struct report_style style = cli_terminal_style(options);
    printf("%-12s %u columns, %u rows (0: not known), %s colour\n", "terminal",
           style.columns, style.rows, style.color ? "with" : "without");
}

int cli_doctor(const struct cli_options *options, struct err *err)
{
    put("wasitdns", WASITDNS_VERSION);
    put("captures", "pcap, pcapng; plain, gzip, zstd, lz4");
    put_libraries();
    put_style(options);
    const enum err_code rc = try_reports(options, err);
    return (int)(rc == ERR_OK ? cli_outputs_end_stdout(err) : rc);
}
