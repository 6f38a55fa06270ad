/* packet/fragment.h: IP datagrams from their fragments (RFC 791 s3.2,
 * RFC 8200 s4.5).
 *
 * For the ordered stage: one thread, frames in capture order. For each frame
 * that packet_decode() called PACKET_FRAGMENT:
 *
 *   packet_fragments_take(fragments, &datagram, time_ns, frame);
 *   while (packet_fragments_next(fragments, &whole))
 *       ... `whole.frames` frames have a fate, and there may be a datagram
 *
 * and at the end of the capture packet_fragments_end() and the same loop: each
 * frame taken has then been given exactly one fate. Until then a frame has none.
 *
 * The first copy of an octet wins (packet/parts.h). Systems differ, and one that
 * lets others write over what has come can be made to read something else. A
 * first fragment with another beginning is another datagram under the same
 * identification: the old one is given up.
 *
 * A datagram whose rest does not come is given up after a while; what its
 * fragments hold from the start on is then handed out, cut, because a response
 * that lost a fragment still says who was asked what, and the rcode. When the
 * first fragment shows that the datagram is of no interest, its octets are not
 * kept.
 *
 * Limits: datagrams, and octets in all; a datagram holds what came, not what it
 * claims. The oldest is given up first, and counted.
 */
#ifndef PACKET_FRAGMENT_H
#define PACKET_FRAGMENT_H

#include "packet/datagram.h"
#include "util/budget.h"
#include "util/err.h"

struct packet_fragments;

struct packet_fragments_limits {
    uint32_t datagrams;  /* at a time */
    size_t octets;       /* of fragments that wait, in all */
    int64_t patience_ns; /* with one datagram, from its first fragment seen */
};

/* Shares of a run's memory. Two seconds of patience: fragments leave one behind
 * another, and a response has to be handed out before its client asks again and
 * its transaction is settled. */
struct packet_fragments_limits packet_fragments_limits_of(size_t max_memory);

/* `seed` keys the table. `ports` and `budget` are borrowed. */
MUST_USE enum err_code
packet_fragments_new(struct packet_fragments **out,
                     const struct packet_fragments_limits *limits,
                     const struct packet_ports *ports, uint64_t seed,
                     struct budget *budget, struct err *err);
void packet_fragments_free(struct packet_fragments *fragments);

/* Takes a fragment as packet_decode() left it; the frame behind it is borrowed
 * until packet_fragments_next() has returned false, which must be before the
 * next take. A clock that steps back by more than a second gives up all that
 * waits. */
void packet_fragments_take(struct packet_fragments *fragments,
                           const struct packet_datagram *fragment,
                           int64_t time_ns, uint64_t frame);

/* Gives up what has waited too long by `time_ns`, as a take at that time does:
 * for live captures where no fragment comes. The loop is to follow. */
void packet_fragments_advance(struct packet_fragments *fragments,
                              int64_t time_ns);

/* No more frames: gives up all that waits. */
void packet_fragments_end(struct packet_fragments *fragments);

struct packet_whole {
    /* With `has_datagram`: a datagram, TCP segment or whatever else packet_decode()
     * fills in. Nothing that it points to outlives the next call. */
    struct packet_datagram datagram;
    /* Of the frame that completed it; of the first fragment, which may be long
     * ago, when it was given up. */
    int64_t time_ns;
    uint64_t frame;
    uint64_t frames;      /* that have got their fate, `frame` among them */
    uint64_t first_frame; /* the lowest of them */
    /* What these frames are. PACKET_OK: they hold one UDP datagram together.
     * PACKET_TCP_DNS: `frame` is a segment, the others are PACKET_FRAGMENT_TCP.
     * PACKET_FRAGMENT: the rest never came; `datagram` is a UDP datagram cut
     * short, if there is one. Else as packet_decode() says of the whole. */
    enum packet_status status;
    bool has_datagram;
};

/* What has become of fragments; `out` is written when it returns true. */
MUST_USE bool packet_fragments_next(struct packet_fragments *fragments,
                                    struct packet_whole *out);

struct packet_fragments_counters {
    uint64_t completed;  /* datagrams */
    uint64_t incomplete; /* given up: the rest never came */
    uint64_t used;       /* of these, handed out as a cut datagram */
    uint64_t evicted;    /* of these, for want of room */
    uint64_t repeated;   /* fragments that brought nothing new */
    uint64_t refused;    /* fragments that no room could be made for */
    uint64_t waiting;    /* frames without a fate as yet; 0 at the end */
    uint64_t open;       /* datagrams that wait now */
    uint64_t octets;     /* of memory that their fragments take now */
};
struct packet_fragments_counters
packet_fragments_counters(const struct packet_fragments *fragments);

#endif
