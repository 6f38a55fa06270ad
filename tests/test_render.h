/* tests/test_render.h: an empty store and what a renderer makes of a SELECT. */
#ifndef TEST_RENDER_H
#define TEST_RENDER_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/query.h"
#include "store/store.h"

#define ROWS(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* A private store without rows, sealed; the caller closes it. */
static inline struct store *render_store(void)
{
    struct store *store = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_msg(store_create(&store, NULL, false, &err) == ERR_OK, "%s",
                  err.text);
    ck_assert_msg(store_seal(store, &err) == ERR_OK, "%s", err.text);
    return store;
}

static inline struct report_query *render_query(struct store *store,
                                                const char *sql)
{
    struct report_query *query = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_msg(report_query_open(&query, store, sql, "test", &err) == ERR_OK,
                  "%s", err.text);
    return query;
}

/* Output that a test looks at as text. */
struct render {
    char *text;
    size_t size;
    FILE *out;
};

static inline void render_open(struct render *r)
{
    r->text = NULL;
    r->out = open_memstream(&r->text, &r->size);
    ck_assert_ptr_nonnull(r->out);
}

/* The text, to be freed by the caller. */
static inline char *render_end(struct render *r)
{
    ck_assert_int_eq(ferror(r->out), 0);
    ck_assert_int_eq(fclose(r->out), 0);
    return r->text;
}

/* Octets that no renderer may let through: RELIABILITY O11. */
static inline void render_assert_plain(const char *text)
{
    for (const char *c = text; *c; c++)
        ck_assert_msg(*c == '\n' || *c == '\r' || (*c >= 0x20 && *c <= 0x7e),
                      "octet %u at %td", (unsigned char)*c, c - text);
}

static inline int render_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
