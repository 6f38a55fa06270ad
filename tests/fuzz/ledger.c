#include "ledger.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

#include "require.h"
#include "store/schema.h"
#include "util/hash.h"

enum { TABLES = 48, COLUMNS = 48, TALLIES = 128, NAME = 40 };

struct column {
    char name[NAME];
    enum facts_value_type type;
    bool required; /* NOT NULL, or of the key */
    bool is_key;
    bool is_time; /* before 1970 it is negative */
    uint64_t sum;
};

struct table {
    char name[NAME];
    struct column columns[COLUMNS];
    size_t column_count;
    uint64_t rows;
};

struct tally {
    char table[NAME], name[NAME];
    uint64_t value;
};

struct ledger {
    struct table tables[TABLES];
    size_t table_count;
    struct tally tallies[TALLIES];
    size_t tally_count;
    uint64_t *keys; /* hashed, of all rows with a key */
    size_t key_count, key_capacity;
    uint64_t digest;
};

/* Columns by whose text rows are tallied, and what each row adds: the number in
 * another column, or one. */
static const struct {
    const char *table, *name, *value;
} tallied[] = {
    {"counter", "name", "value"},
    {"frame_fate", "fate", "frames"},
    {"dns_transaction", "outcome", NULL},
    {"dns_lookup", "outcome", NULL},
};

/* What holds in each row, also when sums would hide that it does not: one
 * number, as often as another says, is at most a third. */
static const struct {
    const char *table, *least, *times, *most;
} ordered[] = {
    {"part", "first_ns", NULL, "last_ns"},
    {"input", "first_ns", NULL, "last_ns"},
    {"client", "first_ns", NULL, "last_ns"},
    {"question", "first_ns", NULL, "last_ns"},
    {"server", "first_ns", NULL, "last_query_ns"},
    {"client_server", "first_ns", NULL, "last_query_ns"},
    {"latency", "min_ns", NULL, "max_ns"},
    {"latency", "min_ns", "count", "sum_ns"},
    {"dns_transaction", "service_ns", NULL, "wait_ns"},
    {"client", "answered", NULL, "transactions"},
    {"client_server", "answered", NULL, "transactions"},
    {"dns_lookup", "needed_queries", NULL, "queries"},
    {"dns_lookup", "first_frame", NULL, "last_frame"},
    {"slow_lookup", "first_frame", NULL, "last_frame"},
};

static void fault(const struct table *table, const struct column *column,
                  const char *what)
{
    fprintf(stderr, "%s.%s: %s\n", table->name, column ? column->name : "*",
            what);
    abort();
}

/* --- the schema ------------------------------------------------------------ */

static enum facts_value_type type_of(const char *name)
{
    if (strcmp(name, "TEXT") == 0)
        return FACTS_TEXT;
    return strcmp(name, "REAL") == 0 ? FACTS_REAL : FACTS_INTEGER;
}

static bool is_time(const char *name)
{
    static const char *const times[] = {
        "first_ns",      "last_ns",          "time_ns", "window_ns",
        "last_query_ns", "last_response_ns", "key"};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (strcmp(name, times[i]) == 0)
            return true;
    }
    return false;
}

static void copy_name(char out[NAME], const void *text)
{
    require(strlen(text) < NAME);
    memcpy(out, text, strlen(text) + 1);
}

/* table_count when there is none; so with the other finders. */
static size_t find_table(const struct ledger *l, const char *name)
{
    size_t i = 0;
    while (i < l->table_count && strcmp(l->tables[i].name, name) != 0)
        i++;
    return i;
}

static size_t find_column(const struct table *t, const char *name)
{
    size_t i = 0;
    while (i < t->column_count && strcmp(t->columns[i].name, name) != 0)
        i++;
    return i;
}

static struct table *make_table(struct ledger *l, const char *name)
{
    const size_t i = find_table(l, name);
    require(i < TABLES);
    if (i == l->table_count) {
        l->table_count++;
        copy_name(l->tables[i].name, name);
    }
    return &l->tables[i];
}

static void read_column(struct ledger *l, sqlite3_stmt *row)
{
    struct table *t = make_table(l, (const char *)sqlite3_column_text(row, 0));
    require(t->column_count < COLUMNS);
    struct column *c = &t->columns[t->column_count++];
    copy_name(c->name, sqlite3_column_text(row, 1));
    c->type = type_of((const char *)sqlite3_column_text(row, 2));
    c->is_key = sqlite3_column_int(row, 4) > 0;
    c->required = c->is_key || sqlite3_column_int(row, 3) != 0;
    c->is_time = is_time(c->name);
}

static void read_schema(struct ledger *l)
{
    sqlite3 *db;
    sqlite3_stmt *row;
    require(sqlite3_open(":memory:", &db) == SQLITE_OK);
    require(sqlite3_exec(db, store_schema_sql, NULL, NULL, NULL) == SQLITE_OK);
    require(sqlite3_prepare_v2(
                db,
                "SELECT t.name, c.name, c.type, c.\"notnull\", c.pk"
                " FROM sqlite_schema AS t, pragma_table_info(t.name) AS c"
                " WHERE t.type = 'table' ORDER BY t.name, c.cid",
                -1, &row, NULL) == SQLITE_OK);
    while (sqlite3_step(row) == SQLITE_ROW)
        read_column(l, row);
    sqlite3_finalize(row);
    sqlite3_close(db);
}

struct ledger *ledger_new(void)
{
    struct ledger *l = calloc(1, sizeof *l);
    require(l);
    read_schema(l);
    return l;
}

void ledger_free(struct ledger *l)
{
    free(l->keys);
    free(l);
}

void ledger_reset(struct ledger *l)
{
    for (size_t i = 0; i < l->table_count; i++) {
        l->tables[i].rows = 0;
        for (size_t j = 0; j < l->tables[i].column_count; j++)
            l->tables[i].columns[j].sum = 0;
    }
    l->tally_count = 0;
    l->key_count = 0;
    l->digest = 0;
}

/* --- rows ------------------------------------------------------------------ */

static bool is_printable(const char *text)
{
    while (*text >= ' ' && *text <= '~')
        text++;
    return *text == '\0';
}

static void check_value(const struct table *t, const struct column *c,
                        const struct facts_value *v)
{
    if (v->type == FACTS_NULL) {
        if (c->required)
            fault(t, c, "is NULL");
        return;
    }
    if (v->type != c->type)
        fault(t, c, "is of another type");
    if (v->type == FACTS_INTEGER && v->as.integer < 0 && !c->is_time)
        fault(t, c, "is negative");
    if (v->type == FACTS_TEXT && !is_printable(v->as.text))
        fault(t, c, "is not printable");
}

static void check_order(const struct table *t, const struct facts_value *values,
                        const char *least, const char *times, const char *most)
{
    const size_t small = find_column(t, least), large = find_column(t, most);
    const size_t factor = times ? find_column(t, times) : 0;
    require(small < t->column_count && large < t->column_count &&
            factor < t->column_count);
    if (values[small].type == FACTS_NULL || values[large].type == FACTS_NULL)
        return;
    int64_t product = values[small].as.integer;
    if (times)
        require(!__builtin_mul_overflow(product, values[factor].as.integer,
                                        &product));
    if (product > values[large].as.integer)
        fault(t, &t->columns[small], "is more than it can be");
}

static void check_row(const struct table *t, const struct facts_value *values)
{
    for (size_t i = 0; i < t->column_count; i++)
        check_value(t, &t->columns[i], &values[i]);
    for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++) {
        if (strcmp(ordered[i].table, t->name) == 0)
            check_order(t, values, ordered[i].least, ordered[i].times,
                        ordered[i].most);
    }
}

static uint64_t hash_value(const struct facts_value *v, uint64_t seed)
{
    if (v->type == FACTS_TEXT)
        return hash_octets(v->as.text, strlen(v->as.text), seed);
    const int64_t number = v->type == FACTS_NULL ? 0 : v->as.integer;
    return hash_u64((uint64_t)number, seed + v->type);
}

static void add_key(struct ledger *l, uint64_t key)
{
    if (l->key_count == l->key_capacity) {
        l->key_capacity = 2 * l->key_capacity + 1024;
        l->keys = realloc(l->keys, l->key_capacity * sizeof *l->keys);
        require(l->keys);
    }
    l->keys[l->key_count++] = key;
}

static size_t find_tally(const struct ledger *l, const char *table,
                         const char *name)
{
    size_t i = 0;
    while (i < l->tally_count && (strcmp(l->tallies[i].name, name) != 0 ||
                                  strcmp(l->tallies[i].table, table) != 0))
        i++;
    return i;
}

static void add_tally(struct ledger *l, const char *table, const char *name,
                      uint64_t value)
{
    const size_t i = find_tally(l, table, name);
    require(i < TALLIES);
    struct tally *tally = &l->tallies[i];
    if (i == l->tally_count) {
        l->tally_count++;
        copy_name(tally->table, table);
        copy_name(tally->name, name);
        tally->value = 0;
    }
    tally->value += value;
}

static void tally_row(struct ledger *l, const struct table *t,
                      const struct facts_value *values)
{
    for (size_t i = 0; i < sizeof tallied / sizeof *tallied; i++) {
        if (strcmp(tallied[i].table, t->name) != 0)
            continue;
        const size_t name = find_column(t, tallied[i].name);
        const uint64_t value =
            tallied[i].value
                ? (uint64_t)values[find_column(t, tallied[i].value)].as.integer
                : 1;
        add_tally(l, t->name, values[name].as.text, value);
    }
}

static enum err_code take_row(void *context, const char *table,
                              const struct facts_value *values, size_t count,
                              struct err *err)
{
    (void)err;
    struct ledger *l = context;
    const size_t at = find_table(l, table);
    require(at < l->table_count);
    struct table *t = &l->tables[at];
    require(count == t->column_count);
    const uint64_t start = hash_octets(table, strlen(table), HASH_SKETCH_SEED);
    uint64_t key = start;
    bool has_key = false;
    l->digest = hash_u64(l->digest, start);
    check_row(t, values);
    for (size_t i = 0; i < count; i++) {
        struct column *c = &t->columns[i];
        l->digest = hash_value(&values[i], l->digest);
        if (values[i].type == FACTS_INTEGER)
            c->sum += (uint64_t)values[i].as.integer;
        if (c->is_key) {
            has_key = true;
            key = hash_value(&values[i], key);
        }
    }
    if (has_key)
        add_key(l, key);
    t->rows++;
    tally_row(l, t, values);
    return ERR_OK;
}

struct facts_sink ledger_sink(struct ledger *l)
{
    return (struct facts_sink){.context = l, .row = take_row};
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void ledger_close(struct ledger *l)
{
    qsort(l->keys, l->key_count, sizeof *l->keys, by_value);
    for (size_t i = 1; i < l->key_count; i++)
        require(l->keys[i] != l->keys[i - 1]);
}

/* --- sums ------------------------------------------------------------------ */

static const struct table *table_of(const struct ledger *l, const char *name)
{
    const size_t i = find_table(l, name);
    require(i < l->table_count);
    return &l->tables[i];
}

uint64_t ledger_rows(const struct ledger *l, const char *table)
{
    return table_of(l, table)->rows;
}

uint64_t ledger_sum(const struct ledger *l, const char *table,
                    const char *column)
{
    const struct table *t = table_of(l, table);
    const size_t i = find_column(t, column);
    require(i < t->column_count);
    return t->columns[i].sum;
}

uint64_t ledger_tally(const struct ledger *l, const char *table,
                      const char *name)
{
    const size_t i = find_tally(l, table, name);
    return i < l->tally_count ? l->tallies[i].value : 0;
}

uint64_t ledger_digest(const struct ledger *l)
{
    return l->digest;
}
