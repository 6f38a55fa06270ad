/* The pool of things that come and go, against a model that searches. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "test_random.h"
#include "util/pool.h"

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

enum { CEILING = 50, STATES = 3, HASHES = 5 };

struct thing {
    struct pool_node node;
    uint64_t value;
};

/* What the pool should hold: in order of insertion, and of entering a state. */
struct model {
    struct item {
        uint64_t hash;
        uint32_t entry;
        uint32_t inserted, entered; /* when */
        int state;                  /* 0 = free */
        int64_t since;
    } items[CEILING];
    uint32_t clock, count;
};

static struct item *newest_with_head(struct model *m, const struct pool *pool,
                                     uint64_t hash, uint32_t before)
{
    struct item *newest = NULL;
    for (int i = 0; i < CEILING; i++) {
        struct item *item = &m->items[i];
        if (item->state && ((item->hash ^ hash) & pool->mask) == 0 &&
            item->inserted < before &&
            (!newest || item->inserted > newest->inserted))
            newest = item;
    }
    return newest;
}

static struct item *oldest_in(struct model *m, int state)
{
    struct item *oldest = NULL;
    for (int i = 0; i < CEILING; i++) {
        struct item *item = &m->items[i];
        if (item->state == state &&
            (!oldest || item->entered < oldest->entered))
            oldest = item;
    }
    return oldest;
}

static unsigned count_in(const struct model *m, int state)
{
    unsigned n = 0;
    for (int i = 0; i < CEILING; i++)
        n += m->items[i].state == state;
    return n;
}

/* Walks every chain and looks at every list: how many differ. */
static unsigned differences(struct model *m, const struct pool *pool)
{
    unsigned wrong = 0;
    for (uint64_t hash = 0; hash < HASHES; hash++) {
        const struct item *want = newest_with_head(m, pool, hash, UINT32_MAX);
        uint32_t i = pool_first(pool, hash);
        for (; want && i != POOL_NONE; i = pool_next(pool, i)) {
            const struct thing *thing = pool_at(pool, i);
            wrong += i != want->entry || thing->value != want->hash ||
                     thing->node.since != want->since;
            want = newest_with_head(m, pool, hash, want->inserted);
        }
        wrong += want != NULL || i != POOL_NONE;
    }
    for (int state = 1; state <= STATES; state++) {
        const struct item *oldest = oldest_in(m, state);
        wrong +=
            pool_oldest(pool, state) != (oldest ? oldest->entry : POOL_NONE);
        wrong += pool_count(pool, state) != count_in(m, state);
    }
    return wrong + (pool_is_full(pool) != (m->count == CEILING));
}

static void insert(struct model *m, struct pool *pool, uint64_t hash, int state)
{
    struct item *item = oldest_in(m, 0);
    *item = (struct item){.hash = hash,
                          .state = state,
                          .inserted = ++m->clock,
                          .entered = m->clock,
                          .since = (int64_t)m->clock * 1000};
    item->entry = pool_insert(pool, hash, state, item->since);
    ((struct thing *)pool_at(pool, item->entry))->value = hash;
    m->count++;
}

static void enter(struct model *m, struct pool *pool, struct item *item,
                  int state)
{
    item->state = state;
    item->entered = ++m->clock;
    item->since = (int64_t)m->clock * 1000;
    pool_enter(pool, item->entry, state, item->since);
}

static void forget(struct model *m, struct pool *pool, struct item *item)
{
    pool_forget(pool, item->entry);
    item->state = 0;
    m->count--;
}

/* Chances in 10 of an insertion: a pool that is mostly empty, half full, full.
 */
static const size_t chances[] = {3, 5, 8};

START_TEST(pool_does_what_its_model_does)
{
    struct budget budget = {.limit = 1 << 20};
    struct pool pool;
    ck_assert(pool_init(&pool, sizeof(struct thing), CEILING, &budget));
    struct model m = {.clock = 0};
    uint64_t random = 1;
    unsigned wrong = 0;
    for (int i = 0; i < 20000; i++) {
        struct item *item = &m.items[random_below(&random, CEILING)];
        const int state = 1 + (int)random_below(&random, STATES);
        if (random_below(&random, 10) < chances[_i]) {
            /* the last two share a head: there are 1,024 */
            const uint64_t hash = random_below(&random, HASHES);
            if (!pool_is_full(&pool))
                insert(&m, &pool, hash == 4 ? 1024 + 3 : hash, state);
        } else if (item->state && random_below(&random, 2) == 0) {
            enter(&m, &pool, item, state);
        } else if (item->state) {
            forget(&m, &pool, item);
        }
        if (i % 10 == 0)
            wrong += differences(&m, &pool);
    }
    ck_assert_uint_eq(wrong, 0);
    pool_fini(&pool);
}
END_TEST

START_TEST(full_pool_says_so_and_takes_again_what_was_let_go)
{
    struct budget budget = {.limit = 1 << 20};
    struct pool pool;
    ck_assert(pool_init(&pool, sizeof(struct thing), 3, &budget));
    uint32_t entries[3];
    for (int i = 0; i < 3; i++) {
        ck_assert(!pool_is_full(&pool));
        entries[i] = pool_insert(&pool, 7, 1, i);
    }
    ck_assert(pool_is_full(&pool));
    pool_forget(&pool, entries[1]);
    ck_assert(!pool_is_full(&pool));
    ck_assert_uint_eq(pool_insert(&pool, 8, 2, 9), entries[1]);
    ck_assert(pool_is_full(&pool));
    ck_assert_uint_eq(pool_first(&pool, 7), entries[2]);
    ck_assert_uint_eq(pool_next(&pool, entries[2]), entries[0]);
    ck_assert_uint_eq(pool_next(&pool, entries[0]), POOL_NONE);
    pool_fini(&pool);
}
END_TEST

/* An owner that forgets to make room must not write behind the table. */
START_TEST(insertion_into_a_full_pool_aborts)
{
    struct budget budget = {.limit = 1 << 20};
    struct pool pool;
    ck_assert(pool_init(&pool, sizeof(struct thing), 1, &budget));
    pool_insert(&pool, 7, 1, 0);
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
    pool_insert(&pool, 8, 1, 0);
}
END_TEST

START_TEST(pool_without_memory_is_refused)
{
    struct budget budget = {.limit = 1 << 10};
    struct pool pool;
    ck_assert(!pool_init(&pool, sizeof(struct thing), CEILING, &budget));
    ck_assert_uint_eq(budget.refused, 1);
    pool_fini(&pool);
    pool_fini(&(struct pool){0});
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util/pool");
    TCase *tc = tcase_create("pool");
    tcase_add_loop_test(tc, pool_does_what_its_model_does, 0, ROWS(chances));
    tcase_add_test(tc, full_pool_says_so_and_takes_again_what_was_let_go);
    tcase_add_test_raise_signal(tc, insertion_into_a_full_pool_aborts, SIGABRT);
    tcase_add_test(tc, pool_without_memory_is_refused);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
