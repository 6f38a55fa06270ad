/* exchange/events.h: what the exchange tells the facts, in capture order.
 *
 * Events are handed over in batches through one call, so that each fact family
 * walks arrays. Borrowed for the call.
 */
#ifndef EXCHANGE_EVENTS_H
#define EXCHANGE_EVENTS_H

#include <stddef.h>

#include "exchange/message.h"

enum exchange_outcome {
    EXCHANGE_ANSWERED = 0,
    EXCHANGE_LATE, /* after the client's patience, or after it had sent
                             a further attempt that this did not answer */
    EXCHANGE_UNANSWERED,
    EXCHANGE_OPEN_AT_END, /* the capture, or its clock, ended first */
    EXCHANGE_REFUSED,     /* an ICMP error came instead of an answer */
    EXCHANGE_ORPHANED,    /* response without query */
};

#define EXCHANGE_UNKNOWN_NS INT64_MIN
#define EXCHANGE_NO_LEG     UINT32_MAX
#define EXCHANGE_NO_NAME    UINT32_MAX

/* One question to one server with its attempts and answers. */
struct exchange_transaction {
    int64_t time_ns; /* first attempt; of an orphan, the response */
    int64_t last_attempt_ns;
    int64_t wait_ns;         /* answer - first attempt, or unknown */
    int64_t service_ns;      /* answer - the attempt it answers, or unknown */
    int64_t upstream_ns;     /* of the service: its server waited for others;
                                0 when it need not, unknown when not seen */
    uint64_t query_frame;    /* 0 for an orphan */
    uint64_t response_frame; /* 0 when there is none */
    uint64_t icmp_frame;     /* of the error, when REFUSED, else 0 */
    uint32_t number;         /* dense, in order of first attempts */
    uint32_t client_id, server_id, pair_id, question_id;
    uint32_t lookup_id; /* dense, or UINT32_MAX */
    uint32_t ttl_s;     /* smallest of the answer, when has_ttl */
    uint16_t client_port, server_port, message_id;
    uint16_t qtype;
    uint16_t rcode; /* when response_frame */
    uint16_t attempts;
    uint16_t responses;
    uint8_t transport;      /* enum packet_transport */
    uint8_t outcome;        /* enum exchange_outcome */
    uint8_t source;         /* enum exchange_source */
    uint32_t leg_server_id; /* behind the translation, or EXCHANGE_NO_LEG */
    bool nodata;
    bool has_ttl;
    bool at_start;    /* the response came so early that its query could
                         precede the capture */
    bool evicted;     /* closed early because the table was full */
    bool is_upstream; /* as in exchange/upstream.h */
    bool is_unprompted;
};

enum exchange_lookup_outcome {
    EXCHANGE_LOOKUP_ANSWERED = 0,
    EXCHANGE_LOOKUP_PARTLY, /* one type answered, another failed */
    EXCHANGE_LOOKUP_NXDOMAIN,
    EXCHANGE_LOOKUP_NODATA,
    EXCHANGE_LOOKUP_FAILED,  /* SERVFAIL, REFUSED and the like */
    EXCHANGE_LOOKUP_GAVE_UP, /* nothing came */
    EXCHANGE_LOOKUP_OPEN_AT_END,
};

/* What a lookup's time went to: it sums up to the wait. */
enum exchange_cause {
    EXCHANGE_CAUSE_SERVER = 0,  /* answers that took their time */
    EXCHANGE_CAUSE_UPSTREAM,    /* ... while the server waited for others */
    EXCHANGE_CAUSE_WALK,        /* steps of the search list before the last */
    EXCHANGE_CAUSE_LOST,        /* timer: no answer from a server that lives */
    EXCHANGE_CAUSE_DEAD_SERVER, /* timer: none from one that answers nobody */
    EXCHANGE_CAUSE_HALF_LOST,   /* timer: one type answered, another not */
    EXCHANGE_CAUSE_SINGLE_REQUEST, /* the same, of a client that a loss has made
                                      ask one type after the other */
    EXCHANGE_CAUSE_FAILURES,    /* timer after SERVFAIL, REFUSED and the like */
    EXCHANGE_CAUSE_TCP_CONNECT, /* timer: TCP, after truncation, not open */
    EXCHANGE_CAUSE_TRUNCATED,   /* the same question again over TCP */
    EXCHANGE_CAUSES,
};

/* Which stub asks so (measured habits of glibc, musl, Go and c-ares). */
enum exchange_stub {
    EXCHANGE_STUB_UNKNOWN = 0,
    EXCHANGE_STUB_GLIBC,
    EXCHANGE_STUB_MUSL,
    EXCHANGE_STUB_GO,
    EXCHANGE_STUB_C_ARES,
    EXCHANGE_STUB_RESOLVER, /* asks without RD: no stub */
    EXCHANGE_STUBS,
};

enum { EXCHANGE_LOOKUP_TYPES = 4, EXCHANGE_LOOKUP_STEPS = 8 };

/* What a lookup asked under one name. */
struct exchange_step {
    int64_t time_ns; /* first query */
    uint32_t name_id;
    uint16_t queries;     /* sent, retransmissions counted */
    uint8_t types : 4;    /* different ones */
    uint8_t is_split : 1; /* one does not exist (NXDOMAIN), another does */
    uint8_t outcome;      /* enum exchange_lookup_outcome */
};

/* What one call such as getaddrinfo asked: one name, or that name under the
 * suffixes of a search list, one step behind the other. */
struct exchange_lookup {
    int64_t time_ns;  /* first query */
    int64_t wait_ns;  /* last needed answer - first query; with `silent` to when
                        the client gave up, as its timers let expect; or
                        unknown */
    int64_t cause_ns; /* of it due to `cause` */
    int64_t last_attempt_ns;
    int64_t walk_ns; /* first query of the last step - first query */
    uint64_t first_frame, last_frame;
    uint64_t walk_octets; /* of messages, both ways, for the steps before the
                             last; of responses, those that the step waited
                             for */
    uint64_t cause_frame; /* the query that the longest part of the wait began
                             with */
    uint32_t id;          /* dense, in order of first queries */
    uint32_t client_id;
    uint32_t server_id;  /* that the cause is about */
    uint32_t base_id;    /* the name without suffix, as far as can be told */
    uint32_t target_id;  /* where its only step was answered for the whole walk
                            (exchange/lead.h): the name that this led to, else
                            EXCHANGE_NO_NAME */
    uint32_t queries;    /* sent, retransmissions counted */
    uint32_t questions;  /* each type of a step once */
    uint32_t step_count; /* of which the first EXCHANGE_LOOKUP_STEPS follow */
    struct exchange_step steps[EXCHANGE_LOOKUP_STEPS];
    uint16_t types[EXCHANGE_LOOKUP_TYPES]; /* in the order asked */
    uint8_t address[16];    /* where a walk was answered under a suffix: the
                            lowest address of the answer */
    uint8_t address_octets; /* of it, 0 = none */
    uint8_t type_count;
    uint8_t needed;  /* types asked in the last step */
    uint8_t servers; /* different ones, at most 4 */
    uint8_t outcome; /* enum exchange_lookup_outcome, of the last step */
    uint8_t cause;   /* enum exchange_cause: what most of the wait went to */
    uint8_t stub;    /* enum exchange_stub */
    bool upstream;   /* its client is itself asked, or asks without RD */
    bool silent;     /* the client gave up on one of its questions */
    bool repeated;   /* ... and had asked it more than once */
};

/* How a TCP connection began, when its SYN was captured. */
struct exchange_connection {
    int64_t time_ns;      /* first SYN */
    int64_t handshake_ns; /* last SYN to SYN/ACK, or unknown */
    uint64_t frame;       /* of the first SYN */
    uint32_t client_id, server_id;
    uint16_t syns;
    uint8_t outcome; /* enum exchange_outcome: ANSWERED, REFUSED, UNANSWERED */
};

/* Who sent an ICMP error. */
enum exchange_icmp_sender {
    EXCHANGE_ICMP_SERVER = 0, /* the server that the quoted datagram names */
    EXCHANGE_ICMP_CLIENT,
    EXCHANGE_ICMP_ROUTER, /* any other address */
    EXCHANGE_ICMP_SENDERS
};

/* An ICMP error that quotes a datagram of DNS. */
struct exchange_icmp {
    int64_t time_ns;
    uint64_t frame;
    const uint8_t *address; /* of who sent it, address_octets, borrowed */
    uint32_t server_id;
    uint8_t address_octets; /* 4 or 16 */
    uint8_t sender;         /* enum exchange_icmp_sender */
    uint8_t kind;           /* enum packet_icmp_kind */
    bool of_response;       /* else it quotes a query */
};

struct exchange_events {
    const struct exchange_message *messages;
    size_t message_count; /* at most EXCHANGE_BATCH */
    const struct exchange_transaction *transactions;
    size_t transaction_count;
    const struct exchange_lookup *lookups;
    size_t lookup_count;
    const struct exchange_connection *connections;
    size_t connection_count;
    const struct exchange_icmp *icmp;
    size_t icmp_count;
};

/* Who receives them. */
struct exchange_listener {
    void *context;
    void (*take)(void *context, const struct exchange_events *events);
};

enum { EXCHANGE_EVENTS = 256 };

/* Collects events until the batch is full or ended. */
struct exchange_outbox {
    struct exchange_listener listener;
    struct exchange_transaction transactions[EXCHANGE_EVENTS];
    struct exchange_lookup lookups[EXCHANGE_EVENTS];
    size_t transaction_count;
    size_t lookup_count;
};

/* Room for one more event, to be filled by the caller at once. */
struct exchange_transaction *
exchange_outbox_transaction(struct exchange_outbox *outbox);
struct exchange_lookup *exchange_outbox_lookup(struct exchange_outbox *outbox);

/* Hands over what was collected together with `messages`. */
void exchange_outbox_flush(struct exchange_outbox *outbox,
                           const struct exchange_message *messages,
                           size_t count);

#endif
