/* store/combine.h: SQL functions over histograms and sketches.
 *
 *     merge_buckets(TEXT...)       the sum of histograms, bucket by bucket
 *     less_buckets(TEXT, TEXT)     the first without what the second has
 *     bucket_of(INTEGER)           of so many nanoseconds
 *     first_bucket(TEXT)           the lowest one; NULL of an empty histogram
 *     merge_sketches(TEXT...)      of all of them together
 *     count_sketches(TEXT...)      the estimate of that
 *
 * What is no histogram, or no sketch, is an SQL error.
 */
#ifndef STORE_COMBINE_H
#define STORE_COMBINE_H

#include <sqlite3.h>

#include "util/err.h"

/* Adds them to a connection. ERR_NOMEM, ERR_STORE. */
MUST_USE enum err_code store_combine_define(sqlite3 *db, struct err *err);

#endif
