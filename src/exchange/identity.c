#include "exchange/identity.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "dns/name.h"
#include "util/hash.h"

static const uint8_t star[] = {1, '*', 0}; /* the name of everything else */

static uint64_t question_key(uint32_t name_id, uint16_t qtype, uint16_t qclass)
{
    return (uint64_t)name_id << 32 | (uint64_t)qtype << 16 | qclass;
}

static uint64_t pair_key(uint32_t client_id, uint32_t server_id)
{
    return (uint64_t)client_id << 32 | server_id;
}

static bool reserve_first(struct intern *table, struct bytes key, uint64_t seed)
{
    bool fresh;
    return intern_put(table, key, hash_octets(key.data, key.len, seed),
                      &fresh) == 0;
}

bool exchange_identity_init(struct exchange_identity *ids, uint64_t seed,
                            struct budget *budget)
{
    *ids = (struct exchange_identity){.seed = seed, .budget = budget};
    const struct bytes none = {star, 0};
    return intern_init(&ids->clients, budget) &&
           intern_init(&ids->servers, budget) &&
           intern_init(&ids->names, budget) &&
           idmap_init(&ids->questions, seed, budget) &&
           idmap_init(&ids->pairs, seed, budget) &&
           reserve_first(&ids->clients, none, seed) &&
           reserve_first(&ids->servers, none, seed) &&
           reserve_first(&ids->names, (struct bytes){star, sizeof star},
                         seed) &&
           idmap_put(&ids->questions, question_key(0, 0, 0)) == 0 &&
           idmap_put(&ids->pairs, pair_key(0, 0)) == 0;
}

void exchange_identity_fini(struct exchange_identity *ids)
{
    intern_fini(&ids->clients);
    intern_fini(&ids->servers);
    intern_fini(&ids->names);
    idmap_fini(&ids->questions);
    idmap_fini(&ids->pairs);
}

static uint32_t put_or_other(struct intern *table, struct bytes key,
                             uint64_t hash, uint64_t *collapsed)
{
    bool fresh;
    const uint32_t id = intern_put(table, key, hash, &fresh);
    if (id != INTERN_NONE)
        return id;
    ++*collapsed;
    return 0;
}

/* The last sixteenth of the budget is kept for parents of collapsed names. */
static bool is_nearly_full(const struct budget *b)
{
    return b->used > b->limit - b->limit / 16;
}

/* A name's own id, or INTERN_NONE when there is no room for it. */
static uint32_t own_name_id(struct exchange_identity *ids, struct bytes folded,
                            uint64_t hash)
{
    bool fresh;
    return is_nearly_full(ids->budget)
               ? intern_find(&ids->names, folded, hash)
               : intern_put(&ids->names, folded, hash, &fresh);
}

/* "*" and the name from its second label on, for each parent in turn. */
static uint32_t parent_name_id(struct exchange_identity *ids,
                               struct bytes folded)
{
    for (size_t at = 0; folded.data[at] != 0;) {
        at += 1U + folded.data[at];
        uint8_t key[DNS_NAME_OCTETS + 2] = {1, '*'};
        const size_t rest = folded.len - at;
        memcpy(key + 2, folded.data + at, rest);
        bool fresh;
        const uint32_t id =
            intern_put(&ids->names, (struct bytes){key, rest + 2},
                       hash_octets(key, rest + 2, ids->seed), &fresh);
        if (id != INTERN_NONE)
            return id;
    }
    return 0;
}

static uint32_t question_id(struct exchange_identity *ids,
                            const struct dns_message *dns)
{
    uint8_t folded[DNS_NAME_OCTETS];
    dns_name_fold(folded, dns->qname, dns->qname_octets);
    const struct bytes key = {folded, dns->qname_octets};
    const uint32_t own = own_name_id(ids, key, dns->qname_hash);
    const uint32_t name = own == INTERN_NONE ? parent_name_id(ids, key) : own;
    const uint32_t id =
        idmap_put(&ids->questions, question_key(name, dns->qtype, dns->qclass));
    ids->collapsed_names += own == INTERN_NONE || id == IDMAP_NONE;
    return id == IDMAP_NONE ? 0 : id;
}

uint32_t exchange_identity_client(struct exchange_identity *ids,
                                  struct bytes address, uint64_t hash)
{
    return put_or_other(&ids->clients, address, hash, &ids->collapsed_clients);
}

uint32_t exchange_identity_server(struct exchange_identity *ids,
                                  struct bytes address, uint64_t hash)
{
    return put_or_other(&ids->servers, address, hash, &ids->collapsed_servers);
}

uint32_t exchange_identity_base(struct exchange_identity *ids, uint32_t name_id,
                                size_t octets)
{
    const struct bytes name = intern_key(&ids->names, name_id);
    if (octets + 1 >= name.len)
        return name_id;
    uint8_t base[DNS_NAME_OCTETS];
    memcpy(base, name.data, octets);
    base[octets] = 0;
    const struct bytes key = {base, octets + 1};
    const uint32_t id =
        own_name_id(ids, key, dns_name_hash(base, octets + 1, ids->seed));
    return id == INTERN_NONE ? name_id : id;
}

uint32_t exchange_identity_name(struct exchange_identity *ids,
                                struct bytes folded)
{
    return own_name_id(ids, folded,
                       dns_name_hash(folded.data, folded.len, ids->seed));
}

void exchange_identity_resolve(struct exchange_identity *ids,
                               struct exchange_message *m)
{
    m->client_id = exchange_identity_client(
        ids, (struct bytes){m->client, m->address_octets}, m->client_hash);
    m->server_id = exchange_identity_server(
        ids, (struct bytes){m->server, m->address_octets}, m->server_hash);
    const uint32_t pair =
        idmap_put(&ids->pairs, pair_key(m->client_id, m->server_id));
    m->pair_id = pair == IDMAP_NONE ? 0 : pair;
    m->question_id = m->dns.has & DNS_HAS_QUESTION ? question_id(ids, &m->dns)
                                                   : EXCHANGE_NO_QUESTION;
}

void exchange_identity_prefetch(const struct exchange_identity *ids,
                                const struct exchange_message *m)
{
    intern_prefetch(&ids->clients, m->client_hash);
    intern_prefetch(&ids->names, m->dns.qname_hash);
}

void exchange_identity_prefetch_entries(const struct exchange_identity *ids,
                                        const struct exchange_message *m)
{
    intern_prefetch_entry(&ids->clients, m->client_hash);
    intern_prefetch_entry(&ids->names, m->dns.qname_hash);
}

void exchange_identity_prefetch_keys(const struct exchange_identity *ids,
                                     const struct exchange_message *m)
{
    const uint32_t name_id =
        intern_prefetch_key(&ids->names, m->dns.qname_hash);
    if (name_id != INTERN_NONE)
        idmap_prefetch(&ids->questions,
                       question_key(name_id, m->dns.qtype, m->dns.qclass));
}

void exchange_identity_address_text(struct bytes address,
                                    char out[EXCHANGE_ADDRESS_TEXT])
{
    const int family = address.len == 4 ? AF_INET : AF_INET6;
    if (address.len == 0 ||
        !inet_ntop(family, address.data, out, EXCHANGE_ADDRESS_TEXT))
        snprintf(out, EXCHANGE_ADDRESS_TEXT, "other");
}

void exchange_identity_client_text(const struct exchange_identity *ids,
                                   uint32_t client_id,
                                   char out[EXCHANGE_ADDRESS_TEXT])
{
    exchange_identity_address_text(intern_key(&ids->clients, client_id), out);
}

void exchange_identity_server_text(const struct exchange_identity *ids,
                                   uint32_t server_id,
                                   char out[EXCHANGE_ADDRESS_TEXT])
{
    exchange_identity_address_text(intern_key(&ids->servers, server_id), out);
}

void exchange_identity_name_text(const struct exchange_identity *ids,
                                 uint32_t name_id, char *out)
{
    const struct bytes key = intern_key(&ids->names, name_id);
    dns_name_text(key.data, key.len, out);
}
