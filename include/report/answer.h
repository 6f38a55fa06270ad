/* report/answer.h: the judgement over a store, worked out once.
 *
 * v_summary, v_verdict and v_findings stand on each other and on the same few
 * views below them, and SQLite unfolds and compiles all of it for every
 * statement that names one: tens of milliseconds, more than a small capture
 * takes to read. So each is asked once, from the bottom up. What it said is
 * kept in a temporary table, and the (temporary) view then reads that:
 *
 *     answer_summary   v_summary
 *     answer_verdict   v_verdict
 *     answer_findings  v_findings, in its order by rowid
 *
 * and answer_... of the helpers that several findings read.
 */
#ifndef REPORT_ANSWER_H
#define REPORT_ANSWER_H

#include "store/store.h"
#include "util/err.h"

/* Makes the tables of those views that are defined; they stay until the store
 * is closed, and a second call does nothing. ERR_STORE. */
MUST_USE enum err_code report_answer(struct store *store, struct err *err);

/* The same for what the prices of other settings stand on: whoever asks for
 * several of them asks for this first. ERR_STORE. */
MUST_USE enum err_code report_answer_prices(struct store *store,
                                            struct err *err);

#endif
