/* Top requesters beyond the clients that have a row: of those that found no
 * room any more, the heaviest are counted all the same, with their error. */
#include <stdlib.h>

#include "facts/families.h"
#include "util/space_saving.h"

struct requesters {
    const struct facts_context *context;
    struct space_saving heaviest; /* keys: addresses */
};

static void close_requesters(void *family)
{
    struct requesters *r = family;
    if (!r)
        return;
    space_saving_fini(&r->heaviest);
    free(r);
}

static void *open_requesters(const struct facts_context *context)
{
    struct requesters *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->context = context;
    if (space_saving_init(&r->heaviest, context->budget))
        return r;
    close_requesters(r);
    return NULL;
}

static void take(void *family, const struct exchange_events *events)
{
    struct requesters *r = family;
    for (size_t i = 0; i < events->message_count; i++) {
        const struct exchange_message *m = &events->messages[i];
        if (m->client_id == 0 && !exchange_message_is_response(m) &&
            !exchange_message_is_copy(m))
            space_saving_add(&r->heaviest,
                             (struct bytes){m->client, m->address_octets},
                             m->client_hash);
    }
}

static enum err_code save_item(const struct requesters *r,
                               const struct space_saving_item *item,
                               const struct facts_sink *sink, struct err *err)
{
    const uint64_t floor = space_saving_floor(&r->heaviest);
    char address[EXCHANGE_ADDRESS_TEXT];
    exchange_identity_address_text((struct bytes){item->key, item->octets},
                                   address);
    return FACTS_ROW(
        sink, "requester", err, facts_text(address),
        facts_text(labels_find(r->context->labels, item->key, item->octets)),
        facts_integer((int64_t)(item->count - item->error)),
        facts_integer((int64_t)(item->count - floor)));
}

static enum err_code save(void *family, const struct facts_sink *sink,
                          struct err *err)
{
    const struct requesters *r = family;
    enum err_code rc =
        FACTS_ROW(sink, "counter", err, facts_text("requester_floor"),
                  facts_integer((int64_t)space_saving_floor(&r->heaviest)));
    for (unsigned i = 0; i < r->heaviest.used && rc == ERR_OK; i++)
        rc = save_item(r, &r->heaviest.items[i], sink, err);
    return rc;
}

const struct facts_family facts_requester = {open_requesters, take, save,
                                             close_requesters};
