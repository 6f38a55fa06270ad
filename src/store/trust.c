#include "store/trust.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/schema.h"
#include "store/store.h"

/* Every column of a table. Two databases of one schema give the same text. A
 * virtual table has no root page. (pragma_table_list would expand every view of
 * the file, each time: a tenth of a second.) */
static const char shape_sql[] =
    "SELECT t.name, group_concat("
    "  c.name || ' ' || c.type || ' ' || c.\"notnull\" || c.pk || c.hidden)"
    " FROM main.sqlite_schema AS t, pragma_table_xinfo(t.name, 'main') AS c"
    " WHERE t.type = 'table' AND t.rootpage > 0 AND t.name = ?1";

static const char tables_sql[] =
    "SELECT name FROM pragma_table_list"
    " WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'";

static enum err_code refuse(struct err *err, const char *path, sqlite3 *db)
{
    const int code = sqlite3_extended_errcode(db);
    if ((code & 0xff) == SQLITE_BUSY)
        return err_set(err, ERR_INPUT,
                       "%s: another program has locked it for more than %d s",
                       path, STORE_LOCK_MS / 1000);
    if (code == SQLITE_READONLY_ROLLBACK)
        return err_set(err, ERR_INPUT,
                       "%s: another program stopped while it changed it; "
                       "opening it in the sqlite3 shell undoes that",
                       path);
    return err_set(err, ERR_INPUT, "%s: %s", path, sqlite3_errmsg(db));
}

static bool read_integer(sqlite3 *db, const char *sql, int *value)
{
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_ROW;
    if (ok)
        *value = sqlite3_column_int(statement, 0);
    return sqlite3_finalize(statement) == SQLITE_OK && ok;
}

/* Pragmas that keep a crafted file from doing more than giving wrong numbers.
 * TEMP views, which are ours, still work without ENABLE_VIEW. */
static bool defend(sqlite3 *db)
{
    static const int switches[][2] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    };
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        if (sqlite3_db_config(db, switches[i][0], switches[i][1], NULL) !=
            SQLITE_OK)
            return false;
    return sqlite3_exec(db,
                        "PRAGMA cell_size_check = ON;"
                        "PRAGMA mmap_size = 0;",
                        NULL, NULL, NULL) == SQLITE_OK;
}

static enum err_code check_identity(sqlite3 *db, const char *path,
                                    struct err *err)
{
    int id = 0;
    int schema = 0;
    if (!read_integer(db, "PRAGMA application_id", &id) ||
        !read_integer(db, "PRAGMA user_version", &schema))
        return refuse(err, path, db);
    if (id != STORE_APPLICATION_ID)
        return err_set(err, ERR_INPUT,
                       "%s: is a database of another program (application id "
                       "0x%08X, not 0x%08X)",
                       path, (unsigned)id, (unsigned)STORE_APPLICATION_ID);
    if (schema != STORE_SCHEMA)
        return err_set(err, ERR_INPUT,
                       "%s: has schema %d, this program reads schema %d", path,
                       schema, STORE_SCHEMA);
    return ERR_OK;
}

/* The shape of one table as text that lives until the statement is reset;
 * NULL when there is no such table. */
static const char *shape(sqlite3_stmt *statement, const char *table)
{
    sqlite3_reset(statement);
    if (sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC) !=
            SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        return NULL;
    return (const char *)sqlite3_column_text(statement, 1);
}

static enum err_code compare_tables(sqlite3_stmt *tables, sqlite3_stmt *ours,
                                    sqlite3_stmt *theirs, const char *path,
                                    struct err *err)
{
    while (sqlite3_step(tables) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(tables, 0);
        const char *want = shape(ours, table);
        const char *have = shape(theirs, table);
        if (!want || !have || strcmp(want, have) != 0)
            return err_set(err, ERR_INPUT,
                           "%s: its table %s is not as schema %d makes it",
                           path, table, STORE_SCHEMA);
    }
    return ERR_OK;
}

static enum err_code check_tables(sqlite3 *db, const char *path,
                                  struct err *err)
{
    sqlite3 *model = NULL;
    sqlite3_stmt *tables = NULL;
    sqlite3_stmt *ours = NULL;
    sqlite3_stmt *theirs = NULL;
    enum err_code rc = ERR_OK;
    if (sqlite3_open(":memory:", &model) != SQLITE_OK ||
        sqlite3_exec(model, store_schema_sql, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(model, tables_sql, -1, &tables, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(model, shape_sql, -1, &ours, NULL) != SQLITE_OK)
        rc = err_set(err, ERR_STORE, "schema.sql: %s", sqlite3_errmsg(model));
    else if (sqlite3_prepare_v2(db, shape_sql, -1, &theirs, NULL) != SQLITE_OK)
        rc = refuse(err, path, db);
    else
        rc = compare_tables(tables, ours, theirs, path, err);
    sqlite3_finalize(tables);
    sqlite3_finalize(ours);
    sqlite3_finalize(theirs);
    sqlite3_close(model);
    return rc;
}

/* Holds the lock of a reader from here on, so that all that is read is one
 * state of the file. */
static bool begin(sqlite3 *db)
{
    int schema;
    return sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK &&
           read_integer(db, "PRAGMA user_version", &schema);
}

enum err_code store_trust(sqlite3 *db, const char *path, struct err *err)
{
    if (!defend(db) || !begin(db))
        return refuse(err, path, db);
    const enum err_code rc = check_identity(db, path, err);
    return rc == ERR_OK ? check_tables(db, path, err) : rc;
}

bool store_trust_is_ours(const char *path)
{
    /* SQLite's file format s1.3: the magic opens the file, the application id
     * stands at octet 68. */
    static const char magic[16] = "SQLite format 3";
    enum { APPLICATION_ID_AT = 68, HEADER_OCTETS = 72 };
    uint8_t header[HEADER_OCTETS];
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    const ssize_t got = read(fd, header, sizeof header);
    close(fd);
    return got == (ssize_t)sizeof header &&
           memcmp(header, magic, sizeof magic) == 0 &&
           load_be32(header + APPLICATION_ID_AT) == STORE_APPLICATION_ID;
}
