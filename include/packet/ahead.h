/* packet/ahead.h: octets of one direction of a stream that came too early.
 *
 * Behind a hole, octets are kept in pieces by sequence number, no two of them
 * over the same octet: the first copy of an octet wins, whatever a later one
 * says. A skip list, so that 64 KiB in segments of one octet cost no more in
 * one order than in another; how high a piece stands is drawn from a keyed
 * hash, so that nobody can choose a bad order beforehand.
 */
#ifndef PACKET_AHEAD_H
#define PACKET_AHEAD_H

#include "packet/memory.h"
#include "packet/segment.h"
#include "util/bytes.h"

struct packet_ahead_piece {
    int64_t time_ns;
    uint64_t frame;
    uint32_t sequence;
    uint32_t len;     /* octets held, 1 or more */
    uint32_t missing; /* behind them, on the wire but not captured */
    uint8_t height;   /* 1 to PACKET_AHEAD_HEIGHT */
    bool starts;      /* begins where its segment began */
    bool counts;      /* the last of its segment: its frame counts with it */
    /* `height` of them, then the octets */
    struct packet_ahead_piece *next[];
};

enum { PACKET_AHEAD_HEIGHT = 9 }; /* for 4^9 = 262,144 pieces */

/* One direction's; made when its first piece comes. */
struct packet_ahead {
    uint32_t octets; /* held in all pieces */
    struct packet_ahead_piece *first[PACKET_AHEAD_HEIGHT];
};

/* What all directions share. */
struct packet_ahead_shared {
    struct packet_memory *memory;
    uint64_t seed;
    uint64_t made;  /* pieces */
    uint64_t steps; /* from piece to piece: the work of finding places */
};

enum packet_ahead_result {
    PACKET_AHEAD_NEW,     /* something of the segment is kept */
    PACKET_AHEAD_OLD,     /* every octet was there already */
    PACKET_AHEAD_REFUSED, /* no memory for any of it */
};

/* Copies what is new of a segment of 1 octet or more. `*ahead` may be NULL.
 * All sequence numbers held at one time lie within 2 GiB. When memory ends in
 * the middle, what is kept so far stays, and the rest is as if never seen. */
enum packet_ahead_result packet_ahead_put(struct packet_ahead **ahead,
                                          struct packet_ahead_shared *shared,
                                          const struct packet_segment *segment);

/* The piece with the lowest sequence number, or NULL. */
static inline struct packet_ahead_piece *
packet_ahead_first(const struct packet_ahead *ahead)
{
    return ahead ? ahead->first[0] : NULL;
}

static inline const uint8_t *
packet_ahead_octets(const struct packet_ahead_piece *piece)
{
    return (const uint8_t *)&piece->next[piece->height];
}

/* Takes the first piece out: the caller frees it. `*ahead` becomes NULL with
 * the last. */
struct packet_ahead_piece *packet_ahead_take(struct packet_ahead **ahead,
                                             struct packet_memory *memory);

void packet_ahead_piece_free(struct packet_ahead_piece *piece,
                             struct packet_memory *memory);

#endif
