#include "report/query.h"

#include <stdlib.h>
#include <string.h>

struct report_query {
    sqlite3 *db;
    sqlite3_stmt *statement;
    char *what;
};

static enum err_code refuse(sqlite3_stmt *statement, enum err_code rc)
{
    sqlite3_finalize(statement);
    return rc;
}

/* Compiles the one statement of `sql`. */
static enum err_code prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql,
                             const char *what, struct err *err)
{
    const char *tail;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, &tail) != SQLITE_OK)
        return err_set(err, ERR_STORE, "%s: %s", what, sqlite3_errmsg(db));
    if (!statement)
        return err_set(err, ERR_STORE, "%s: no SELECT in it", what);
    if (!sqlite3_stmt_readonly(statement) ||
        sqlite3_column_count(statement) == 0)
        return refuse(statement,
                      err_set(err, ERR_STORE, "%s: not a SELECT", what));

    sqlite3_stmt *second = NULL;
    const int rc = sqlite3_prepare_v2(db, tail, -1, &second, NULL);
    sqlite3_finalize(second);
    if (rc != SQLITE_OK || second)
        return refuse(statement, err_set(err, ERR_STORE,
                                         "%s: more than one statement", what));
    *out = statement;
    return ERR_OK;
}

enum err_code report_query_open(struct report_query **out, struct store *store,
                                const char *sql, const char *what,
                                struct err *err)
{
    struct report_query *q = calloc(1, sizeof *q);
    if (q)
        q->what = strdup(what);
    if (!q || !q->what) {
        report_query_close(q);
        return err_set(err, ERR_NOMEM, "%s: out of memory", what);
    }
    q->db = store_handle(store);
    const enum err_code rc = prepare(&q->statement, q->db, sql, what, err);
    if (rc == ERR_OK)
        *out = q;
    else
        report_query_close(q);
    return rc;
}

void report_query_close(struct report_query *q)
{
    if (!q)
        return;
    sqlite3_finalize(q->statement);
    free(q->what);
    free(q);
}

int report_query_next(struct report_query *q, struct err *err)
{
    const int rc = sqlite3_step(q->statement);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc == SQLITE_DONE)
        return 0;
    return err_set(err, ERR_STORE, "%s: %s", q->what, sqlite3_errmsg(q->db));
}

size_t report_query_columns(const struct report_query *q)
{
    return (size_t)sqlite3_column_count(q->statement);
}

const char *report_query_name(const struct report_query *q, size_t column)
{
    const char *name = sqlite3_column_name(q->statement, (int)column);
    return name ? name : "";
}

static bool ends_with(const char *name, const char *suffix)
{
    const size_t length = strlen(name), tail = strlen(suffix);
    return length >= tail && strcmp(name + length - tail, suffix) == 0;
}

enum report_unit report_query_unit(const struct report_query *q, size_t column)
{
    static const struct {
        const char *word; /* the whole name, or its end behind a '_' */
        enum report_unit unit;
    } words[] = {
        {"seconds", REPORT_SECONDS},
        {"share", REPORT_SHARE},
        {"loss_estimate", REPORT_SHARE},
        {"confidence", REPORT_SHARE},
        {"coverage", REPORT_SHARE},
        {"octets", REPORT_OCTETS},
        {"time", REPORT_TIMESTAMP},
        {"frame", REPORT_REFERENCE},
        {"id", REPORT_REFERENCE},
        {"port", REPORT_REFERENCE},
        {"interface", REPORT_REFERENCE},
        {"link_type", REPORT_REFERENCE},
        {"damage_offset", REPORT_REFERENCE},
        {"evidence", REPORT_JSON},
        {"example_frames", REPORT_JSON},
        {"examples", REPORT_JSON},
        {"fix", REPORT_LINES},
    };
    const char *name = report_query_name(q, column);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const size_t length = strlen(name), tail = strlen(words[i].word);
        if (ends_with(name, words[i].word) &&
            (length == tail || name[length - tail - 1] == '_'))
            return words[i].unit;
    }
    return REPORT_PLAIN;
}

struct report_cell report_query_cell(const struct report_query *q,
                                     size_t column)
{
    sqlite3_stmt *s = q->statement;
    const int i = (int)column;
    struct report_cell cell = {.type = REPORT_NULL};
    switch (sqlite3_column_type(s, i)) {
    case SQLITE_INTEGER:
        cell.type = REPORT_INTEGER;
        cell.integer = sqlite3_column_int64(s, i);
        cell.real = (double)cell.integer;
        break;
    case SQLITE_FLOAT:
        cell.type = REPORT_REAL;
        cell.real = sqlite3_column_double(s, i);
        break;
    case SQLITE_TEXT: /* read as UTF-8 whatever the file's encoding */
        cell.type = REPORT_TEXT;
        cell.text.data = sqlite3_column_text(s, i);
        cell.text.len = (size_t)sqlite3_column_bytes(s, i);
        break;
    case SQLITE_BLOB:
        cell.type = REPORT_TEXT;
        cell.text.data = sqlite3_column_blob(s, i);
        cell.text.len = (size_t)sqlite3_column_bytes(s, i);
        break;
    default:
        break;
    }
    return cell;
}

struct report_cell report_query_named(const struct report_query *q,
                                      const char *name)
{
    const size_t columns = report_query_columns(q);
    for (size_t i = 0; i < columns; i++) {
        if (strcmp(report_query_name(q, i), name) == 0)
            return report_query_cell(q, i);
    }
    return (struct report_cell){.type = REPORT_NULL};
}
