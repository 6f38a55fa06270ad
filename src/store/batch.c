#include "store/batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Enough rows for what a statement costs to be shared by hundreds, and little
 * enough to stay in the processor's cache. Texts may run over: one row's fit. */
enum { VALUES = 4096, TEXT_FULL = 32 << 10 };

static_assert(sizeof(struct store_batch_value) == 16, "read in passing");

/* --- the virtual table ---------------------------------------------------- */

struct table {
    sqlite3_vtab base;
    struct store_batch **shown;
};

struct cursor {
    sqlite3_vtab_cursor base;
    const struct store_batch *batch;
    size_t row;
};

static int connect(sqlite3 *db, void *shown, int argc, const char *const *argv,
                   sqlite3_vtab **out, char **error)
{
    (void)argc;
    (void)argv;
    (void)error;
    sqlite3_str *sql = sqlite3_str_new(db);
    sqlite3_str_appendall(sql, "CREATE TABLE batch (c0");
    for (int i = 1; i < STORE_BATCH_COLUMNS; i++)
        sqlite3_str_appendf(sql, ", c%d", i);
    sqlite3_str_appendall(sql, ")");
    char *text = sqlite3_str_finish(sql);
    if (!text)
        return SQLITE_NOMEM;
    const int rc = sqlite3_declare_vtab(db, text);
    sqlite3_free(text);
    if (rc != SQLITE_OK)
        return rc;
    struct table *table = calloc(1, sizeof *table);
    if (!table)
        return SQLITE_NOMEM;
    table->shown = shown;
    *out = &table->base;
    return SQLITE_OK;
}

static int disconnect(sqlite3_vtab *table)
{
    free(table);
    return SQLITE_OK;
}

static int best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    info->estimatedRows = VALUES;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
    (void)table;
    struct cursor *cursor = calloc(1, sizeof *cursor);
    if (!cursor)
        return SQLITE_NOMEM;
    *out = &cursor->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *cursor)
{
    free(cursor);
    return SQLITE_OK;
}

static int first(sqlite3_vtab_cursor *base, int number, const char *text,
                 int argc, sqlite3_value **argv)
{
    (void)number;
    (void)text;
    (void)argc;
    (void)argv;
    struct cursor *cursor = (struct cursor *)base;
    cursor->batch = *((struct table *)base->pVtab)->shown;
    cursor->row = 0;
    return SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *base)
{
    ((struct cursor *)base)->row++;
    return SQLITE_OK;
}

static int is_end(sqlite3_vtab_cursor *base)
{
    const struct cursor *cursor = (const struct cursor *)base;
    return cursor->row >= cursor->batch->rows;
}

/* A result that is not set is NULL. */
static int column(sqlite3_vtab_cursor *base, sqlite3_context *out, int i)
{
    const struct cursor *cursor = (const struct cursor *)base;
    const struct store_batch *b = cursor->batch;
    const struct store_batch_value *v =
        &b->values[cursor->row * b->columns + (size_t)i];
    if (v->type == FACTS_INTEGER)
        sqlite3_result_int64(out, v->as.integer);
    else if (v->type == FACTS_TEXT)
        sqlite3_result_text(out, b->texts + v->as.text, (int)v->octets,
                            SQLITE_STATIC);
    else if (v->type == FACTS_REAL)
        sqlite3_result_double(out, v->as.real);
    else if (v->type == FACTS_OCTETS)
        sqlite3_result_blob64(out, b->texts + v->as.text, v->octets,
                              SQLITE_STATIC);
    return SQLITE_OK;
}

static int rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)((const struct cursor *)base)->row;
    return SQLITE_OK;
}

/* Without xCreate: it is there by its name, and in no schema. */
static const sqlite3_module module = {
    .iVersion = 1,
    .xConnect = connect,
    .xDisconnect = disconnect,
    .xBestIndex = best_index,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = first,
    .xNext = next,
    .xEof = is_end,
    .xColumn = column,
    .xRowid = rowid,
};

int store_batch_define(sqlite3 *db, struct store_batch **shown)
{
    return sqlite3_create_module_v2(db, "batch", &module, shown, NULL);
}

/* --- rows ----------------------------------------------------------------- */

bool store_batch_is_full(const struct store_batch *b, size_t columns)
{
    return (b->rows + 1) * columns > VALUES || b->text_used >= TEXT_FULL;
}

static bool has_text_room(struct store_batch *b, size_t octets)
{
    if (b->text_used + octets < b->text_capacity)
        return true; /* never without an array: an empty text is not NULL */
    size_t wanted = b->text_capacity ? b->text_capacity : TEXT_FULL;
    while (wanted <= b->text_used + octets)
        wanted *= 2;
    char *texts = realloc(b->texts, wanted);
    if (!texts)
        return false;
    b->texts = texts;
    b->text_capacity = wanted;
    return true;
}

/* Its length goes with it: a text needs no NUL. */
static bool copy_octets(struct store_batch *b, struct store_batch_value *value,
                        const void *data, size_t octets)
{
    if (octets > INT32_MAX || !has_text_room(b, octets))
        return false;
    if (octets > 0)
        memcpy(b->texts + b->text_used, data, octets);
    value->as.text = b->text_used;
    value->octets = (uint32_t)octets;
    b->text_used += octets;
    return true;
}

static bool copy(struct store_batch *b, struct store_batch_value *to,
                 const struct facts_value *from)
{
    to->type = (uint8_t)from->type;
    if (from->type == FACTS_TEXT)
        return copy_octets(b, to, from->as.text, strlen(from->as.text));
    if (from->type == FACTS_OCTETS)
        return copy_octets(b, to, from->as.octets.data, from->as.octets.len);
    if (from->type == FACTS_REAL)
        to->as.real = from->as.real;
    else
        to->as.integer = from->as.integer;
    return true;
}

bool store_batch_add(struct store_batch *b, const struct facts_value *values,
                     size_t columns)
{
    assert(columns > 0 && columns <= STORE_BATCH_COLUMNS);
    assert(b->rows == 0 || columns == b->columns);
    assert(b->rows == 0 || !store_batch_is_full(b, columns));
    if (!b->values)
        b->values = malloc(VALUES * sizeof *b->values);
    if (!b->values)
        return false;
    b->columns = columns;
    struct store_batch_value *row = &b->values[b->rows * columns];
    for (size_t i = 0; i < columns; i++)
        if (!copy(b, &row[i], &values[i]))
            return false;
    b->rows++;
    return true;
}

void store_batch_clear(struct store_batch *b)
{
    b->rows = 0;
    b->text_used = 0;
}

void store_batch_fini(struct store_batch *b)
{
    free(b->values);
    free(b->texts);
    *b = (struct store_batch){0};
}
