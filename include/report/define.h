/* report/define.h: the catalogue's views in a store.
 *
 * Every script, a view `finding_ID` (with _ for -) for every finding, and
 * `v_findings`, which holds them all. They are temporary, so that what an opened
 * file brought along is not believed; in a store being made they also become
 * part of the file, so that the stock sqlite3 shell answers them.
 *
 * v_findings is in total order: severity (critical first), cost_seconds, then
 * cost_queries (dearest first; a cost that is not known stands before one of 0,
 * which is load without harm), then id and subject.
 */
#ifndef REPORT_DEFINE_H
#define REPORT_DEFINE_H

#include "report/catalogue.h"
#include "store/store.h"
#include "util/err.h"

/* Defines all views. With files of the user's in the catalogue all of it is
 * tried too, so that a faulty file is named before anything is printed
 * (ERR_INPUT). */
MUST_USE enum err_code report_define(struct store *store,
                                     const struct report_catalogue *catalogue,
                                     struct err *err);

/* Compiles every finding and table of a store so defined, without running
 * them: ERR_INPUT for a file of the user's, ERR_STORE for one of ours. */
MUST_USE enum err_code
report_define_try(struct store *store, const struct report_catalogue *catalogue,
                  struct err *err);

#endif
