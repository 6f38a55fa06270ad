/* packet/stream.h: one direction of a TCP connection, from segments to DNS
 * messages (RFC 1035 s4.2.2, RFC 7766 s8).
 *
 *   packet_stream_put()    one segment in, then
 *   packet_stream_next()   messages out, until there is none
 *
 * A message that lies whole in a segment is a view into it; one that does not
 * is put together in a buffer that grows with what has come, not with what its
 * length prefix claims.
 *
 * Where octets were never captured, a hole is passed when nothing will fill it
 * any more: the receiver has acknowledged what lies behind it, or too much or
 * too long has been waiting there, or the stream has ended. A message with a
 * hole in it is handed out as cut when its header came before. Behind the hole
 * the stream goes on where the length prefix says, if a header is there; else
 * at the next segment that begins like a message.
 */
#ifndef PACKET_STREAM_H
#define PACKET_STREAM_H

#include "packet/ahead.h"
#include "packet/segment.h"

enum {
    /* A segment further than this from where the stream stands is of another
     * time: the stream begins anew with it. */
    PACKET_STREAM_WINDOW = 1 << 20,
    /* Octets that wait behind a hole: the largest message with its prefix, and
     * what may come while it does. */
    PACKET_STREAM_AHEAD = 256 * 1024,
};

struct packet_stream_counters {
    uint64_t messages;          /* handed out */
    uint64_t cut_messages;      /* of these, with a hole in them */
    uint64_t lost_messages;     /* begun, and given up */
    uint64_t empty_messages;    /* length 0: passed over */
    uint64_t runts;             /* length 1 to 11: passed over */
    uint64_t repeated_segments; /* nothing new in them */
    uint64_t early_segments;    /* came before what precedes them */
    uint64_t holes;             /* passed */
    uint64_t hole_octets;
    uint64_t refused; /* segments dropped for want of memory */
};

struct packet_stream_message {
    struct bytes payload;    /* of the message, without its prefix */
    uint32_t payload_octets; /* as the prefix says; more when cut */
    int64_t first_ns;        /* of the first octet of the prefix */
    int64_t newest_ns;       /* of the octet that came last */
    uint64_t first_frame;    /* with the first octet of the prefix */
    uint64_t frame;          /* with the octet that came last */
    bool in_segment;         /* a view into the segment that was put */
};

/* What all streams of one table share; one stream is read at a time. */
struct packet_stream_shared {
    struct packet_memory memory;
    struct packet_ahead_shared ahead;
    struct packet_stream_counters counters;
    struct packet_segment_count fates[PACKET_SEGMENT_FATES];
    uint64_t waiting; /* frames that have no fate yet */
    int64_t now_ns;   /* never goes back; kept by the owner */
    uint8_t *handed;  /* the buffer of the message handed out last */
    size_t handed_octets;
    struct packet_stream_reading { /* the octets being read */
        const uint8_t *data;
        uint32_t len;
        uint32_t missing; /* behind them */
        int64_t time_ns;
        uint64_t frame;
        struct packet_ahead_piece *piece; /* they lie in, or NULL */
        bool active;
        bool starts;  /* `data` is where a segment begins */
        bool counts;  /* its frame gets its fate with it */
        uint8_t fate; /* as far as known: PACKET_SEGMENT_FATES, not yet */
    } reading;
};

struct packet_stream {
    struct packet_ahead *ahead; /* behind a hole */
    uint8_t *buffer;            /* a message in parts, its prefix first */
    uint32_t held, capacity;    /* octets in it */
    uint32_t next;              /* sequence number expected */
    uint32_t skip;              /* octets of a message with a hole to pass */
    uint32_t acknowledged;      /* by the other end, while a hole is there */
    uint32_t waiting;           /* frames that wait for this message */
    uint64_t waiting_first;
    uint64_t first_frame, newest_frame; /* of the message */
    int64_t first_ns, newest_ns;
    int64_t hole_ns;   /* since when something waits behind a hole */
    uint8_t sync;      /* where it stands; see stream.c */
    uint8_t label;     /* fate of segments that are not read */
    uint8_t skip_fate; /* ... and of those that are passed */
    bool has_acknowledged;
    bool ended; /* every hole is to be passed */
};

/* `sequence` is that of a SYN: the first message begins behind it. Without it,
 * a stream begins in the middle with its first segment. The stream was zeroed
 * before. */
void packet_stream_open(struct packet_stream *stream, uint32_t sequence);

static inline bool packet_stream_is_open(const struct packet_stream *stream)
{
    return stream->sync != 0;
}

/* Adds a segment of 1 octet or more on the wire. Nothing is being read. */
void packet_stream_put(struct packet_stream *stream,
                       struct packet_stream_shared *shared,
                       const struct packet_segment *segment);

/* The other end has received everything before `ack`. */
void packet_stream_acknowledge(struct packet_stream *stream, uint32_t ack);

/* No more segments come, or those that do are copies: passes all holes. */
void packet_stream_end(struct packet_stream *stream);

/* The next whole message. It lives until the next call with `shared`. False
 * when there is none, and then nothing is being read. */
MUST_USE bool packet_stream_next(struct packet_stream *stream,
                                 struct packet_stream_shared *shared,
                                 struct packet_stream_message *out);

/* Whether it holds memory. */
static inline bool packet_stream_holds(const struct packet_stream *stream)
{
    return stream->ahead || stream->buffer;
}

/* Gives every frame that waits its fate and frees what is held. */
void packet_stream_fini(struct packet_stream *stream,
                        struct packet_stream_shared *shared);

/* Frees the buffer of the message handed out last. */
void packet_stream_release(struct packet_stream_shared *shared);

#endif
