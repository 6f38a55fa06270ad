#include "capture/notes.h"

#include "util/text.h"

static void keep(struct capture_comment *comment, uint64_t frame,
                 struct bytes text)
{
    comment->frame = frame;
    text_escape(text, comment->text, sizeof comment->text);
}

void capture_notes_comment(struct capture_notes *notes, uint64_t frame,
                           struct bytes text)
{
    if (frame == 0) {
        if (notes->comments < CAPTURE_COMMENTS)
            keep(&notes->kept[notes->comments], 0, text);
        notes->comments++;
        return;
    }
    if (notes->packet_comments++ == 0)
        keep(&notes->first, frame, text);
}
