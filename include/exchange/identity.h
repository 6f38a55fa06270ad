/* exchange/identity.h: dense ids for clients, servers, names and questions.
 *
 * Id 0 of each table stands for all that did not fit any more: clients and
 * servers "other", the pair of both, the name "*". When the memory budget runs low, a new name is
 * counted under "*.parent", of the nearest parent that still fits. What was
 * collapsed is counted here and shown in every report.
 */
#ifndef EXCHANGE_IDENTITY_H
#define EXCHANGE_IDENTITY_H

#include "exchange/message.h"
#include "util/idmap.h"
#include "util/intern.h"

struct exchange_question {
    uint32_t name_id;
    uint16_t qtype, qclass;
};

struct exchange_identity {
    struct intern clients; /* keys: address octets */
    struct intern servers;
    struct intern names;    /* keys: folded wire form */
    struct idmap questions; /* keys: exchange_question as 64 bits */
    struct idmap pairs;     /* keys: client id << 32 | server id */
    uint64_t seed;
    struct budget *budget;
    uint64_t collapsed_names, collapsed_clients, collapsed_servers;
};

MUST_USE bool exchange_identity_init(struct exchange_identity *ids,
                                     uint64_t seed, struct budget *budget);
void exchange_identity_fini(struct exchange_identity *ids);

/* Fills client_id, server_id, pair_id and question_id of a message. */
void exchange_identity_resolve(struct exchange_identity *ids,
                               struct exchange_message *message);

/* The ids of a client and a server alone, by address. */
uint32_t exchange_identity_client(struct exchange_identity *ids,
                                  struct bytes address, uint64_t hash);
uint32_t exchange_identity_server(struct exchange_identity *ids,
                                  struct bytes address, uint64_t hash);

/* The id of what a name begins with: `octets` of it, whole labels. The name's
 * own when there is no room for another. */
uint32_t exchange_identity_base(struct exchange_identity *ids, uint32_t name_id,
                                size_t octets);

/* The id of a name in folded wire form that nobody need have asked for, or
 * INTERN_NONE when there is no room for it. */
uint32_t exchange_identity_name(struct exchange_identity *ids,
                                struct bytes folded);

/* Brings what resolve will touch nearer, in three steps. */
void exchange_identity_prefetch(const struct exchange_identity *ids,
                                const struct exchange_message *message);
void exchange_identity_prefetch_entries(const struct exchange_identity *ids,
                                        const struct exchange_message *message);
void exchange_identity_prefetch_keys(const struct exchange_identity *ids,
                                     const struct exchange_message *message);

static inline struct exchange_question
exchange_identity_question(const struct exchange_identity *ids,
                           uint32_t question_id)
{
    const uint64_t key = ids->questions.keys[question_id];
    return (struct exchange_question){(uint32_t)(key >> 32),
                                      (uint16_t)(key >> 16), (uint16_t)key};
}

enum { EXCHANGE_ADDRESS_TEXT = 48 };

/* An address of 4 or 16 octets as text; "other" for one of none. */
void exchange_identity_address_text(struct bytes address,
                                    char out[EXCHANGE_ADDRESS_TEXT]);

/* "192.0.2.1", "2001:db8::1", "other" for id 0. */
void exchange_identity_client_text(const struct exchange_identity *ids,
                                   uint32_t client_id,
                                   char out[EXCHANGE_ADDRESS_TEXT]);
void exchange_identity_server_text(const struct exchange_identity *ids,
                                   uint32_t server_id,
                                   char out[EXCHANGE_ADDRESS_TEXT]);
/* Presentation form; DNS_NAME_TEXT octets of room. */
void exchange_identity_name_text(const struct exchange_identity *ids,
                                 uint32_t name_id, char *out);

#endif
