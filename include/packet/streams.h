/* packet/streams.h: every TCP connection on a DNS port, from segments to DNS
 * messages, handshakes and the fate of each frame.
 *
 * For the ordered stage: one thread, frames in capture order. For each frame
 * that packet_decode() called PACKET_TCP_DNS:
 *
 *   packet_streams_take(streams, &datagram, time_ns, frame);
 *   while (packet_streams_next(streams, &message))
 *       ... message.datagram goes the way of a UDP datagram
 *   while (packet_streams_connection(streams, &connection))
 *       ... a handshake, or a connection that was never answered
 *
 * and at the end of the capture packet_streams_end(), the same two loops, and
 * packet_streams_counters(): each frame taken has then exactly one fate there.
 * Frames get theirs when it is known, so before the end some still wait.
 *
 * A message's `time_ns` may lie before that of frames taken earlier: a response
 * bears the time of its first octet, and what waited behind a hole comes late.
 * Nothing about the capture's clock follows from it.
 *
 * Limits: connections, octets waiting a direction, and octets in all. Whoever
 * was silent longest goes first, and is counted.
 */
#ifndef PACKET_STREAMS_H
#define PACKET_STREAMS_H

#include "packet/datagram.h"
#include "packet/stream.h"
#include "util/err.h"

struct packet_streams;

struct packet_streams_limits {
    uint32_t connections; /* at a time */
    size_t octets;        /* of messages and segments that wait, in all */
};

/* Shares of a run's memory: an eighth for what waits, and a table of up to
 * 65,536 connections. */
struct packet_streams_limits packet_streams_limits_of(size_t max_memory);

/* `seed` keys the table. `budget` is borrowed. */
MUST_USE enum err_code
packet_streams_new(struct packet_streams **out,
                   const struct packet_streams_limits *limits, uint64_t seed,
                   struct budget *budget, struct err *err);
void packet_streams_free(struct packet_streams *streams);

/* Takes a segment as packet_decode() left it; it and the frame behind it are
 * borrowed until packet_streams_next() has returned false, which must be before
 * the next take. */
void packet_streams_take(struct packet_streams *streams,
                         const struct packet_datagram *segment, int64_t time_ns,
                         uint64_t frame);

/* Ends what has been silent too long by `time_ns`, as a take at that time does:
 * for live captures where no segment comes. Both loops are to follow. */
void packet_streams_advance(struct packet_streams *streams, int64_t time_ns);

/* No more frames: passes all holes and ends all connections. */
void packet_streams_end(struct packet_streams *streams);

struct packet_tcp_message {
    /* The message as if it had been a UDP payload: transport PACKET_TCP, `cut`
     * when a hole or the snap length took a part of it. Where it was seen is
     * where the newest segment of its side was. ip_id is 0: octets of a stream
     * have none, and each was sent once. */
    struct packet_datagram datagram;
    int64_t time_ns;      /* of a query its last octet, of a response the first
                             of its length prefix (RFC 7766 has no better) */
    uint64_t first_frame; /* with the first octet of the length prefix */
    uint64_t frame;       /* that completed it */
    /* Everything that `datagram` points to lies in the frame taken last and
     * lives as long as that. Else it lives until the next call. */
    bool in_frame;
};

/* The next message that the segment completed. False when there is none. */
MUST_USE bool packet_streams_next(struct packet_streams *streams,
                                  struct packet_tcp_message *out);

enum packet_tcp_outcome {
    PACKET_TCP_CONNECTED,  /* SYN, SYN/ACK, and most often ACK */
    PACKET_TCP_REFUSED,    /* SYN, RST */
    PACKET_TCP_UNANSWERED, /* SYN, and no reply while it was watched */
};

/* How a connection began; told once, for those whose SYN was captured. */
struct packet_tcp_connection {
    const uint8_t *client; /* address_octets, until the next take */
    const uint8_t *server;
    int64_t first_ns; /* first SYN */
    int64_t syn_ns;   /* last SYN before the reply */
    int64_t reply_ns; /* SYN/ACK or RST; when UNANSWERED, watched until then */
    int64_t ack_ns;   /* the client's ACK, with has_ack */
    uint64_t frame;   /* of the first SYN */
    uint16_t client_port, server_port;
    uint16_t syns; /* sent: copies seen twice are not counted */
    uint8_t address_octets;
    uint8_t outcome; /* enum packet_tcp_outcome */
    bool has_ack;    /* CONNECTED, and the ACK was captured */
};

/* The next connection that has something to tell. False when none has. */
MUST_USE bool packet_streams_connection(struct packet_streams *streams,
                                        struct packet_tcp_connection *out);

struct packet_streams_counters {
    struct packet_stream_counters stream;
    struct packet_segment_count fates[PACKET_SEGMENT_FATES];
    uint64_t waiting;     /* frames without a fate as yet; 0 at the end */
    uint64_t connections; /* seen; again after two minutes of silence */
    uint64_t midstream;   /* of these, without a SYN */
    uint64_t connected;   /* as told by packet_streams_connection() */
    uint64_t refused;
    uint64_t unanswered;
    uint64_t repeated_syns;
    uint64_t resets;  /* connections that ended by RST, refused ones not */
    uint64_t evicted; /* connections, for want of memory or room */
    uint64_t steps;   /* work of putting early segments in their places */
    uint64_t open;    /* connections now */
    uint64_t octets;  /* that wait now */
};
struct packet_streams_counters
packet_streams_counters(const struct packet_streams *streams);

#endif
