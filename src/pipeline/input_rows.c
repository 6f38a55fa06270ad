#include "pipeline/input_rows.h"

#include "capture/notes.h"
#include "exchange/message.h"
#include "facts/facts.h"

static enum err_code save_interfaces(const struct capture_source *source,
                                     size_t number,
                                     const struct facts_sink *sink,
                                     struct err *err)
{
    const size_t count = capture_source_interfaces(source);
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        const struct capture_interface *f = capture_source_interface(source, i);
        rc = FACTS_ROW(sink, "interface", err, facts_integer((int64_t)number),
                       facts_integer((int64_t)i), facts_text(f->name),
                       facts_integer(f->link_type),
                       facts_integer(f->snap_octets),
                       facts_integer((int64_t)f->frames),
                       facts_integer_if(f->dropped >= 0, f->dropped));
    }
    return rc;
}

static enum err_code save_comment(const struct capture_comment *c,
                                  size_t number, size_t place,
                                  const struct facts_sink *sink,
                                  struct err *err)
{
    return FACTS_ROW(
        sink, "comment", err, facts_integer((int64_t)number),
        facts_integer((int64_t)place),
        facts_integer_if(c->frame != 0,
                         (int64_t)exchange_frame((uint16_t)number, c->frame)),
        facts_text(c->text));
}

static enum err_code save_comments(const struct capture_notes *notes,
                                   size_t number, const struct facts_sink *sink,
                                   struct err *err)
{
    const size_t kept = capture_notes_kept(notes);
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < kept && rc == ERR_OK; i++)
        rc = save_comment(&notes->kept[i], number, i, sink, err);
    if (rc == ERR_OK && notes->packet_comments > 0)
        rc = save_comment(&notes->first, number, kept, sink, err);
    return rc;
}

enum err_code pipeline_input_rows_save(const struct pipeline_input *input,
                                       size_t number,
                                       const struct pipeline_span *span,
                                       const struct facts_sink *sink,
                                       uint64_t *packet_comments,
                                       struct err *err)
{
    const struct capture_source *source = input->source;
    const struct capture_info unread = {.path = input->path,
                                        .format = input->format};
    const struct capture_info *info =
        source ? capture_source_info(source) : &unread;
    enum err_code rc = FACTS_ROW(
        sink, "input", err, facts_integer((int64_t)number),
        facts_integer(FACTS_PART), facts_text(info->path),
        facts_text(info->format), facts_integer((int64_t)info->octets),
        facts_integer((int64_t)info->frames),
        facts_integer_if(span->timed, span->first_ns),
        facts_integer_if(span->timed, span->last_ns),
        info->damaged ? facts_text(info->damage) : facts_null(),
        facts_integer_if(info->damaged, (int64_t)info->damage_frame),
        facts_integer_if(info->damaged, (int64_t)info->damage_offset),
        facts_integer((int64_t)info->passed_over));
    if (rc != ERR_OK || !source)
        return rc;
    const struct capture_notes *notes = capture_source_notes(source);
    *packet_comments += notes->packet_comments;
    rc = save_interfaces(source, number, sink, err);
    return rc == ERR_OK ? save_comments(notes, number, sink, err) : rc;
}
