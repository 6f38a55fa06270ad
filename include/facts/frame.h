/* facts/frame.h: what became of every frame.
 *
 * Not an event family: frames that never become messages count here too, so the
 * pipeline counts each frame exactly once, and the sum is the number of frames.
 */
#ifndef FACTS_FRAME_H
#define FACTS_FRAME_H

#include "dns/dns.h"
#include "facts/sink.h"
#include "packet/datagram.h"
#include "packet/icmp.h"
#include "packet/segment.h"

struct facts_frame_count {
    uint64_t frames;
    uint64_t first; /* exchange_frame() of the first */
};

struct facts_frames {
    struct facts_frame_count packet[PACKET_STATUS_COUNT];  /* no datagram */
    struct facts_frame_count dns[DNS_STATUS_COUNT];        /* a datagram */
    struct packet_segment_count tcp[PACKET_SEGMENT_FATES]; /* a segment */
    struct facts_frame_count icmp[PACKET_ICMP_KINDS];      /* a quote of DNS */
};

static inline void facts_frame_add(struct facts_frame_count *c, uint64_t frame)
{
    if (c->frames++ == 0)
        c->first = frame;
}

/* The same for `frames` of them, the lowest of which is `first`. */
static inline void facts_frames_add(struct facts_frame_count *c,
                                    uint64_t frames, uint64_t first)
{
    if (c->frames == 0 || first < c->first)
        c->first = first;
    c->frames += frames;
}

/* Rows of frame_fate; the reasons that did not occur have none. */
MUST_USE enum err_code facts_frames_save(const struct facts_frames *frames,
                                         const struct facts_sink *sink,
                                         struct err *err);

#endif
