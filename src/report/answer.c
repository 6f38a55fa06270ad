#include "report/answer.h"

#include <stdbool.h>

struct answer {
    const char *view, *table;
    bool is_helper; /* a user's script may do without it */
};

/* In the order in which they stand on each other. */
static const struct answer answers[] = {
    {"threshold", "answer_threshold", true},
    {"capture", "answer_capture", true},
    {"harm", "answer_harm", true},
    {"silent_server", "answer_silent_server", true},
    {"search_shared", "answer_search_shared", true},
    {"search_other", "answer_search_other", true},
    {"search_walked", "answer_search_walked", true},
    {"leak", "answer_leak", true},
    {"v_findings", "answer_findings", false},
    {"v_verdict", "answer_verdict", false},
    {"v_summary", "answer_summary", false},
};

static const struct answer prices[] = {
    {"threshold", "answer_threshold", true},
    {"whatif_lookup", "answer_whatif_lookup", true},
    {"v_whatif_ndots", "answer_whatif_ndots", true},
};

enum {
    ANSWERS = sizeof answers / sizeof answers[0],
    PRICES = sizeof prices / sizeof prices[0],
};

static int is_defined(sqlite3 *db, const char *name, bool *out)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(
        db, "SELECT 1 FROM sqlite_temp_schema WHERE name = ?1", -1, &statement,
        NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    *out = rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW;
    const int finalized = sqlite3_finalize(statement);
    return rc == SQLITE_OK ? finalized : rc;
}

static int needs_answer(sqlite3 *db, const struct answer *a, bool *out)
{
    bool has_view = true, has_table = false;
    int rc = is_defined(db, a->table, &has_table);
    if (rc == SQLITE_OK && a->is_helper)
        rc = is_defined(db, a->view, &has_view);
    *out = has_view && !has_table;
    return rc;
}

/* Keeps what a view says, and lets the view say that. */
static int answer(sqlite3 *db, const struct answer *a)
{
    char *sql = sqlite3_mprintf(
        "CREATE TEMP TABLE %s AS SELECT * FROM %s;"
        "DROP VIEW temp.%s;"
        "CREATE TEMP VIEW %s AS SELECT * FROM %s ORDER BY rowid",
        a->table, a->view, a->view, a->view, a->table);
    if (!sql)
        return SQLITE_NOMEM;
    const int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    return rc;
}

static enum err_code answer_all(struct store *store, const struct answer *all,
                                size_t count, struct err *err)
{
    sqlite3 *db = store_handle(store);
    for (size_t i = 0; i < count; i++) {
        bool needed;
        int rc = needs_answer(db, &all[i], &needed);
        if (rc == SQLITE_OK && needed)
            rc = answer(db, &all[i]);
        if (rc != SQLITE_OK)
            return err_set(err, ERR_STORE, "%s: %s", all[i].view,
                           sqlite3_errmsg(db));
    }
    return ERR_OK;
}

enum err_code report_answer(struct store *store, struct err *err)
{
    return answer_all(store, answers, ANSWERS, err);
}

enum err_code report_answer_prices(struct store *store, struct err *err)
{
    return answer_all(store, prices, PRICES, err);
}
