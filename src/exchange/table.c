#include "exchange/table.h"

#include "exchange/events.h"
#include "util/hash.h"

/* Not VLAN tags: often only one direction has them. */
static bool same_network(const struct exchange_entry *e,
                         const struct exchange_message *m)
{
    return e->vni == m->vni || e->vni == 0 || m->vni == 0;
}

static bool same_key(const struct exchange_entry *e,
                     const struct exchange_message *m)
{
    return e->node.hash == (uint32_t)m->key_hash &&
           e->client_hash == m->client_hash &&
           e->client_port == m->client_port && e->message_id == m->dns.id &&
           e->transport == m->transport && same_network(e, m);
}

static bool same_server(const struct exchange_entry *e,
                        const struct exchange_message *m)
{
    return e->server_hash == m->server_hash && e->server_port == m->server_port;
}

static bool same_question(const struct exchange_entry *e,
                          const struct dns_message *dns)
{
    return e->has_question && (dns->has & DNS_HAS_QUESTION) &&
           e->name_hash == dns->qname_hash && e->qtype == dns->qtype &&
           e->qclass == dns->qclass;
}

/* Sorts an entry of the same server in. Chains begin with the newest, so what
 * is written last is the oldest. */
static void sort_in(struct exchange_found *f, uint32_t i,
                    const struct exchange_entry *e, bool question)
{
    if (e->node.state == EXCHANGE_ENTRY_OPEN)
        f->oldest_open = i;
    if (e->node.state == EXCHANGE_ENTRY_EARLY) {
        if (question || !e->has_question)
            f->early = i;
        return;
    }
    if (!question)
        return;
    if (e->node.state == EXCHANGE_ENTRY_OPEN)
        f->open = i;
    else if (e->node.state == EXCHANGE_ENTRY_LEG)
        f->leg = i;
    else if (f->done == POOL_NONE)
        f->done = i;
}

struct exchange_found exchange_table_find(const struct exchange_table *table,
                                          const struct exchange_message *m)
{
    struct exchange_found f = {
        .open = POOL_NONE,
        .done = POOL_NONE,
        .early = POOL_NONE,
        .leg = POOL_NONE,
        .oldest_open = POOL_NONE,
        .elsewhere = POOL_NONE,
        .last = POOL_NONE,
    };
    for (uint32_t i = pool_first(&table->pool, m->key_hash); i != POOL_NONE;
         i = pool_next(&table->pool, i)) {
        const struct exchange_entry *e = exchange_entry_at(table, i);
        if (!same_key(e, m))
            continue;
        f.length++;
        f.last = i;
        const bool question = same_question(e, &m->dns);
        if (same_server(e, m)) {
            sort_in(&f, i, e, question);
        } else if (question && e->node.state == EXCHANGE_ENTRY_OPEN) {
            f.elsewhere = i;
            f.elsewhere_count++;
        }
    }
    return f;
}

uint32_t exchange_table_insert(struct exchange_table *table,
                               const struct exchange_message *m,
                               enum exchange_state state, int64_t now_ns)
{
    const uint32_t i =
        pool_insert(&table->pool, m->key_hash, (int)state, now_ns);
    struct exchange_entry *e = exchange_entry_at(table, i);
    *e = (struct exchange_entry){
        .node = e->node,
        .client_hash = m->client_hash,
        .server_hash = m->server_hash,
        .name_hash = m->dns.qname_hash,
        .client_port = m->client_port,
        .server_port = m->server_port,
        .message_id = m->dns.id,
        .qtype = m->dns.qtype,
        .qclass = m->dns.qclass,
        .transport = m->transport,
        .has_question = (m->dns.has & DNS_HAS_QUESTION) != 0,
        .timed = m->timed,
        .seen = m->seen,
        .first_ns = m->time_ns,
        .previous_ns = m->time_ns,
        .newest_ns = m->time_ns,
        .client_id = m->client_id,
        .server_id = m->server_id,
        .pair_id = m->pair_id,
        .question_id = m->question_id,
        .vni = m->vni,
        .number = table->next_number++,
        .lookup = POOL_NONE,
        .lookup_id = UINT32_MAX,
        .leg_server_id = EXCHANGE_NO_LEG,
        .lead = POOL_NONE,
        .case_hash = exchange_case_hash(&m->dns),
    };
    return i;
}

uint32_t exchange_table_lead(const struct exchange_table *table, uint32_t leg)
{
    const struct exchange_entry *e = exchange_entry_at(table, leg);
    const struct exchange_entry *lead = exchange_entry_at(table, e->lead);
    return lead->node.state != POOL_FREE && lead->number == e->lead_number
               ? e->lead
               : POOL_NONE;
}

uint32_t exchange_case_hash(const struct dns_message *dns)
{
    if (!(dns->has & DNS_HAS_QUESTION) || !dns->mixed_case)
        return 0;
    return (uint32_t)hash_octets(dns->qname, dns->qname_octets, 0) | 1;
}
