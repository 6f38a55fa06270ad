#include "store/replay.h"

#include <stdlib.h>

#include "exchange/tape.h"
#include "facts/facts.h"
#include "util/hash.h"

/* Tables are taken as they fill: an edge has some ten thousand messages. */
static const size_t budget_octets = (size_t)256 << 20;

struct store_replay {
    struct store_replay_options options;
    struct store *store;
    struct budget budget;
    uint64_t seed;
    struct exchange *exchange;
    struct facts *facts;
    struct facts_part part;
    struct facts_context context;
    struct facts_sink sink;
};

static void hear(void *context, const struct exchange_events *events)
{
    struct store_replay *r = context;
    facts_take(r->facts, events);
}

static enum err_code open_tables(struct store_replay *r, struct err *err)
{
    const struct store_replay_options *o = &r->options;
    const struct exchange_options exchange = {
        .timeout_ns = o->timeout_ns,
        .seed = r->seed,
        .listener = {r, hear},
    };
    const enum err_code rc =
        exchange_new(&r->exchange, &exchange, &r->budget, err);
    if (rc != ERR_OK)
        return rc;
    r->part = (struct facts_part){
        .tool = "",
        .ports = "",
        .timeout_ns = o->timeout_ns,
        .window_ns = o->window_ns,
    };
    r->context = (struct facts_context){
        .ids = exchange_identity(r->exchange),
        .budget = &r->budget,
        .timeout_ns = o->timeout_ns,
        .window_ns = o->window_ns,
        .transactions = o->transactions,
        .sink = &r->sink,
        .part = &r->part,
    };
    return facts_open(&r->facts, &r->context, err);
}

enum err_code store_replay_open(struct store_replay **out,
                                const struct store_replay_options *options,
                                struct err *err)
{
    struct store_replay *r = calloc(1, sizeof *r);
    if (!r)
        return err_set(err, ERR_NOMEM, "no memory to play edges again");
    r->options = *options;
    r->budget.limit = budget_octets;
    r->seed = hash_seed();
    enum err_code rc = store_create(&r->store, NULL, false, err);
    if (rc == ERR_OK) {
        r->sink = store_sink(r->store);
        rc = open_tables(r, err);
    }
    if (rc == ERR_OK)
        *out = r;
    else
        store_replay_close(r);
    return rc;
}

void store_replay_close(struct store_replay *r)
{
    if (!r)
        return;
    facts_close(r->facts);
    exchange_free(r->exchange);
    store_close(r->store);
    free(r);
}

enum err_code store_replay_play(struct store_replay *r, struct bytes octets,
                                uint32_t first_input, struct err *err)
{
    return exchange_tape_play(r->exchange, octets, first_input, r->seed)
               ? ERR_OK
               : err_set(err, ERR_INPUT, "the edge of a part is not one");
}

/* Ids beside those that the parts have given. */
static enum err_code move_ids(struct store *store, uint32_t by, struct err *err)
{
    static const char *const columns[][2] = {
        {"slow_lookup", "lookup_id"},          {"lookup_cause", "lookup_id"},
        {"dns_lookup", "lookup_id"},           {"dns_transaction", "lookup_id"},
        {"dns_transaction", "transaction_id"},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        /* Over a gap: of a key, no two may be equal on the way. */
        char *sql =
            sqlite3_mprintf("UPDATE %s SET %s = -1 - %s;"
                            "UPDATE %s SET %s = %u - 1 - %s",
                            columns[i][0], columns[i][1], columns[i][1],
                            columns[i][0], columns[i][1], by, columns[i][1]);
        const int rc =
            sql ? sqlite3_exec(store_handle(store), sql, NULL, NULL, NULL)
                : SQLITE_NOMEM;
        sqlite3_free(sql);
        if (rc != SQLITE_OK)
            return store_fail(store, err);
    }
    return ERR_OK;
}

enum err_code store_replay_end(struct store_replay *r, int64_t end_ns,
                               struct store **out, struct err *err)
{
    exchange_end(r->exchange, end_ns);
    r->part.quality = exchange_quality(r->exchange);
    enum err_code rc = facts_save(r->facts, err);
    if (rc == ERR_OK)
        rc = store_seal(r->store, err);
    if (rc == ERR_OK)
        rc = move_ids(r->store, r->options.first_id, err);
    if (rc == ERR_OK)
        *out = r->store;
    return rc;
}
