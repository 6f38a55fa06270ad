/* exchange/table.h: the transactions that are open, or were a moment ago.
 *
 * Found by client address, client port, transport, ID and the tenant's network
 * (VNI) where both sides have one: a capture also on the host shows the packet
 * without its tunnel. Under that key the server and the question are compared.
 * Private to the exchange.
 */
#ifndef EXCHANGE_TABLE_H
#define EXCHANGE_TABLE_H

#include "exchange/upstream.h"
#include "util/pool.h"

/* The states of an entry, and how long it stays in each. */
enum exchange_state {
    EXCHANGE_ENTRY_OPEN = POOL_FREE + 1, /* no answer yet: the horizon */
    EXCHANGE_ENTRY_AMBIGUOUS, /* answered, which attempt is not known: same */
    EXCHANGE_ENTRY_SETTLED,   /* told; to know a second answer: 1 s */
    EXCHANGE_ENTRY_EARLY,     /* a response before its query: 50 ms */
    EXCHANGE_ENTRY_LEG,       /* stands for another behind NAT: the horizon */
    EXCHANGE_ENTRY_STATES
};

/* What the first response said. */
struct exchange_answer {
    struct exchange_sighting seen;
    int64_t time_ns;
    uint64_t frame; /* 0 = none */
    uint32_t digest;
    uint32_t ttl_s;
    uint16_t rcode;
    uint16_t octets; /* captured */
    bool nodata, truncated, has_ttl;
};

struct exchange_entry {
    struct pool_node node; /* hashed from the key */
    uint64_t client_hash, server_hash, name_hash;
    uint16_t client_port, server_port, message_id;
    uint16_t qtype, qclass;
    uint8_t transport;
    bool has_question;
    bool timed;                               /* its times can be told */
    struct exchange_sighting seen;            /* of the newest attempt */
    int64_t first_ns, previous_ns, newest_ns; /* attempts */
    uint64_t query_frame;
    struct exchange_answer answer;
    struct exchange_tie tie; /* to what its server, or client, fetches */
    uint32_t client_id, server_id, pair_id, question_id;
    uint32_t vni; /* of the first copy that had one, 0 = none yet */
    uint32_t number;
    uint32_t lookup, lookup_id;
    uint32_t leg_server_id; /* or EXCHANGE_NO_LEG */
    uint32_t lead;          /* of a LEG: the entry it stands for, */
    uint32_t lead_number;   /* ... while that has this number */
    uint32_t case_hash;     /* of the name as asked, 0 = all lower case */
    uint16_t attempts, attempts_at_answer, responses;
};

struct exchange_table {
    struct pool pool;
    uint32_t next_number;
};

static inline struct exchange_entry *
exchange_entry_at(const struct exchange_table *table, uint32_t i)
{
    return pool_at(&table->pool, i);
}

/* What stands under a message's key, sorted out in one walk of the chain. Each
 * is an index or POOL_NONE. */
struct exchange_found {
    uint32_t open;        /* same server and question, waiting */
    uint32_t done;        /* ... answered */
    uint32_t early;       /* ... a response without query so far */
    uint32_t leg;         /* ... standing for another */
    uint32_t oldest_open; /* same server, any question, waiting */
    uint32_t elsewhere;   /* same question, other server, waiting */
    uint32_t last;        /* the oldest under the key, whatever it is */
    unsigned elsewhere_count;
    unsigned length; /* entries under the key */
};

struct exchange_found exchange_table_find(const struct exchange_table *table,
                                          const struct exchange_message *m);

/* A new entry for `m`, whose ids are resolved. The table is not full. */
uint32_t exchange_table_insert(struct exchange_table *table,
                               const struct exchange_message *m,
                               enum exchange_state state, int64_t now_ns);

/* The entry that a LEG stands for, or POOL_NONE when it is gone. */
uint32_t exchange_table_lead(const struct exchange_table *table, uint32_t leg);

/* Hash of a name with upper-case letters in it as it was sent, 0 without. */
uint32_t exchange_case_hash(const struct dns_message *dns);

#endif
