#include "store/combine.h"

#include <stdlib.h>
#include <string.h>

#include "util/distinct.h"
#include "util/histogram.h"

static struct bytes argument(sqlite3_value *value)
{
    const uint8_t *text = sqlite3_value_text(value);
    return (struct bytes){text ? text : (const uint8_t *)"",
                          text ? (size_t)sqlite3_value_bytes(value) : 0};
}

/* merge_buckets(TEXT...) */
static void merge_buckets(sqlite3_context *context, int count,
                          sqlite3_value **values)
{
    struct histogram_sum *sum = sqlite3_user_data(context);
    *sum = (struct histogram_sum){{0}};
    for (int i = 0; i < count; i++) {
        if (!histogram_sum_read(sum, argument(values[i]))) {
            sqlite3_result_error(context, "a histogram is not one", -1);
            return;
        }
    }
    char text[HISTOGRAM_SUM_TEXT];
    const size_t octets = histogram_sum_text(sum, text);
    sqlite3_result_text64(context, text, octets, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* less_buckets(TEXT, TEXT) */
static void less_buckets(sqlite3_context *context, int count,
                         sqlite3_value **values)
{
    struct histogram_sum *sum = sqlite3_user_data(context);
    struct histogram_sum *less = sum + 1;
    (void)count; /* 2, as registered */
    memset(sum, 0, 2 * sizeof *sum);
    if (!histogram_sum_read(sum, argument(values[0])) ||
        !histogram_sum_read(less, argument(values[1]))) {
        sqlite3_result_error(context, "a histogram is not one", -1);
        return;
    }
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
        sum->counts[i] -=
            less->counts[i] < sum->counts[i] ? less->counts[i] : sum->counts[i];
    char text[HISTOGRAM_SUM_TEXT];
    const size_t octets = histogram_sum_text(sum, text);
    sqlite3_result_text64(context, text, octets, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* bucket_of(INTEGER) */
static void bucket_of(sqlite3_context *context, int count,
                      sqlite3_value **values)
{
    (void)count; /* 1, as registered */
    const int64_t ns = sqlite3_value_int64(values[0]);
    sqlite3_result_int(context, histogram_bucket(ns > 0 ? ns : 0));
}

/* first_bucket(TEXT) */
static void first_bucket(sqlite3_context *context, int count,
                         sqlite3_value **values)
{
    struct histogram_sum *sum = sqlite3_user_data(context);
    (void)count; /* 1, as registered */
    *sum = (struct histogram_sum){{0}};
    if (!histogram_sum_read(sum, argument(values[0]))) {
        sqlite3_result_error(context, "a histogram is not one", -1);
        return;
    }
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (sum->counts[i] > 0) {
            sqlite3_result_int(context, HISTOGRAM_LOWEST + i);
            return;
        }
    }
}

static bool read_sketches(struct distinct *set, int count,
                          sqlite3_value **values)
{
    struct budget budget = {.limit = SIZE_MAX}; /* one set, some KiB */
    for (int i = 0; i < count; i++)
        if (!distinct_read(set, argument(values[i]), &budget))
            return false;
    return true;
}

static void end_sketches(struct distinct *set)
{
    struct budget budget = {.limit = SIZE_MAX, .used = SIZE_MAX};
    distinct_fini(set, &budget);
}

/* merge_sketches(TEXT...) */
static void merge_sketches(sqlite3_context *context, int count,
                           sqlite3_value **values)
{
    struct distinct set = {0};
    char text[DISTINCT_TEXT];
    if (read_sketches(&set, count, values)) {
        distinct_text(&set, text);
        sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
    } else {
        sqlite3_result_error(context, "a sketch is not one", -1);
    }
    end_sketches(&set);
}

/* count_sketches(TEXT...): of all of them together */
static void count_sketches(sqlite3_context *context, int count,
                           sqlite3_value **values)
{
    struct distinct set = {0};
    if (read_sketches(&set, count, values))
        sqlite3_result_int64(context, (int64_t)distinct_count(&set));
    else
        sqlite3_result_error(context, "a sketch is not one", -1);
    end_sketches(&set);
}

enum err_code store_combine_define(sqlite3 *db, struct err *err)
{
    static const struct {
        const char *name;
        void (*call)(sqlite3_context *, int, sqlite3_value **);
        int count;
    } functions[] = {
        {"merge_buckets", merge_buckets, -1},
        {"less_buckets", less_buckets, 2},
        {"bucket_of", bucket_of, 1},
        {"first_bucket", first_bucket, 1},
        {"merge_sketches", merge_sketches, -1},
        {"count_sketches", count_sketches, -1},
    };
    /* Each has its own room for two sums, which the connection frees. */
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        struct histogram_sum *room = malloc(2 * sizeof *room);
        if (!room)
            return err_set(err, ERR_NOMEM, "no memory to merge histograms");
        /* What fails frees the room, too. */
        if (sqlite3_create_function_v2(
                db, functions[i].name, functions[i].count,
                SQLITE_UTF8 | SQLITE_DETERMINISTIC, room, functions[i].call,
                NULL, NULL, free) != SQLITE_OK)
            return err_set(err, ERR_STORE, "functions to merge with: %s",
                           sqlite3_errmsg(db));
    }
    return ERR_OK;
}
