/* packet/segment.h: one TCP segment's share of a stream, and what became of it.
 *
 * Every frame that is TCP on a DNS port ends in exactly one of these fates.
 * They are settled when they are known: a segment that ends inside a message
 * waits until the rest of the message has come, or never will.
 */
#ifndef PACKET_SEGMENT_H
#define PACKET_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

enum packet_segment_fate {
    PACKET_SEGMENT_DNS = 0,  /* octets of DNS messages */
    PACKET_SEGMENT_REPEATED, /* nothing that had not been seen before */
    PACKET_SEGMENT_CONTROL,  /* handshake, acknowledgement, FIN, reset */
    PACKET_SEGMENT_WAITING,  /* octets of a message that never was complete */
    PACKET_SEGMENT_UNSYNCED, /* where its messages begin is not known */
    PACKET_SEGMENT_RUNT,     /* messages shorter than a DNS header, only */
    PACKET_SEGMENT_CUT,      /* the capture ends before a DNS header */
    PACKET_SEGMENT_HTTP,
    PACKET_SEGMENT_TLS,
    PACKET_SEGMENT_SSH,
    PACKET_SEGMENT_FOREIGN, /* neither DNS nor anything with a name here */
    PACKET_SEGMENT_FATES
};

/* As `v_frames` shows them, never NULL: the fate ("dns", "not_dns", "waiting",
 * "malformed", "cut") and the reason in words. */
const char *packet_segment_fate(enum packet_segment_fate fate);
const char *packet_segment_reason(enum packet_segment_fate fate);

struct packet_segment_count {
    uint64_t frames;
    uint64_t first; /* the lowest frame of them */
};

static inline void packet_segment_add(struct packet_segment_count *count,
                                      uint64_t frames, uint64_t first)
{
    if (count->frames == 0 || first < count->first)
        count->first = first;
    count->frames += frames;
}

struct packet_segment {
    const uint8_t *data; /* payload as captured, borrowed */
    uint32_t len;        /* octets at `data` */
    uint32_t missing;    /* further octets that were on the wire */
    uint32_t sequence;   /* of the first octet */
    int64_t time_ns;     /* of capture */
    uint64_t frame;
};

#endif
