/* capture/notes.h: what a capture file says beside its packets.
 *
 * Comments that people and programs left in a pcapng file: those of sections and
 * interfaces, the first ones in full, and of packets how many there are and the
 * first. A capture may hold one for each packet, so no more is kept.
 */
#ifndef CAPTURE_NOTES_H
#define CAPTURE_NOTES_H

#include "util/bytes.h"

enum {
    CAPTURE_COMMENTS = 16,     /* of sections and interfaces that are kept */
    CAPTURE_COMMENT_TEXT = 512 /* printable octets that are kept of one */
};

struct capture_comment {
    uint64_t frame; /* of a packet; 0: of a section or an interface */
    char text[CAPTURE_COMMENT_TEXT]; /* printable ASCII, others as \DDD */
};

struct capture_notes {
    uint64_t comments;        /* of sections and interfaces */
    uint64_t packet_comments; /* of packets */
    struct capture_comment kept[CAPTURE_COMMENTS]; /* as many as there are */
    struct capture_comment first; /* of a packet, with packet_comments */
};

/* Takes a comment of a section or an interface (frame 0), or of a packet. */
void capture_notes_comment(struct capture_notes *notes, uint64_t frame,
                           struct bytes text);

/* How many of `kept` there are. */
static inline size_t capture_notes_kept(const struct capture_notes *notes)
{
    return notes->comments < CAPTURE_COMMENTS ? (size_t)notes->comments
                                              : CAPTURE_COMMENTS;
}

#endif
