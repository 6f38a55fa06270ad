/* report/answer.h: the judgement over a store, worked out once.
 *
 * v_summary, v_verdict and v_findings stand on each other, and SQLite unfolds
 * and compiles all of it for every statement that names one: some 10 ms each,
 * more than a small capture takes to read. So they are asked once, and what
 * they said is kept in temporary tables for the renderers:
 *
 *     answer_summary   v_summary
 *     answer_verdict   v_verdict
 *     answer_findings  v_findings, in its order by rowid
 */
#ifndef REPORT_ANSWER_H
#define REPORT_ANSWER_H

#include "store/store.h"
#include "util/err.h"

/* Makes the tables; they stay until the store is closed, and a second call
 * does nothing. The views are defined. ERR_STORE. */
MUST_USE enum err_code report_answer(struct store *store, struct err *err);

#endif
