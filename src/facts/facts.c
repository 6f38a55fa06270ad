#include "facts/facts.h"

#include <stdlib.h>

#include "facts/families.h"

static const struct facts_family *const families[] = {
    &facts_timeline,      &facts_traffic, &facts_latency, &facts_client,
    &facts_requester,     &facts_server,  &facts_role,    &facts_icmp,
    &facts_name,          &facts_slow,    &facts_cause,   &facts_search,
    &facts_search_answer, &facts_denial,  &facts_split,   &facts_log,
};

enum { FAMILIES = sizeof families / sizeof *families };

struct facts {
    const struct facts_context *context;
    void *states[FAMILIES];
};

enum err_code facts_open(struct facts **out,
                         const struct facts_context *context, struct err *err)
{
    struct facts *f = calloc(1, sizeof *f);
    if (!f)
        return err_set(err, ERR_NOMEM, "no memory for facts");
    f->context = context;
    for (size_t i = 0; i < FAMILIES; i++) {
        f->states[i] = families[i]->open(context);
        if (!f->states[i]) {
            facts_close(f);
            return err_set(err, ERR_NOMEM,
                           "--max-memory is too small for the facts");
        }
    }
    *out = f;
    return ERR_OK;
}

void facts_close(struct facts *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < FAMILIES; i++)
        families[i]->close(f->states[i]);
    free(f);
}

void facts_take(void *facts, const struct exchange_events *events)
{
    struct facts *f = facts;
    for (size_t i = 0; i < FAMILIES; i++)
        families[i]->take(f->states[i], events);
}

enum err_code facts_save(struct facts *f, struct err *err)
{
    for (size_t i = 0; i < FAMILIES; i++) {
        const enum err_code rc =
            families[i]->save(f->states[i], f->context->sink, err);
        if (rc != ERR_OK)
            return rc;
        families[i]->close(f->states[i]);
        f->states[i] = NULL;
    }
    return ERR_OK;
}
