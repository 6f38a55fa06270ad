#include "report/answer.h"

static const struct {
    const char *view, *sql;
} tables[] = {
    {"v_summary", "CREATE TEMP TABLE IF NOT EXISTS answer_summary AS"
                  " SELECT * FROM v_summary"},
    {"v_verdict", "CREATE TEMP TABLE IF NOT EXISTS answer_verdict AS"
                  " SELECT * FROM v_verdict"},
    {"v_findings", "CREATE TEMP TABLE IF NOT EXISTS answer_findings AS"
                   " SELECT * FROM v_findings"},
};

enum err_code report_answer(struct store *store, struct err *err)
{
    sqlite3 *db = store_handle(store);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (sqlite3_exec(db, tables[i].sql, NULL, NULL, NULL) != SQLITE_OK)
            return err_set(err, ERR_STORE, "%s: %s", tables[i].view,
                           sqlite3_errmsg(db));
    }
    return ERR_OK;
}
