/* Octets travel once: from read() into the caller's buffer, where the parser
 * makes frames of them. Only what is behind the last whole record is copied, to
 * `tail`, from where it opens the next block.
 *
 *   block->buffer  | tail of the last block | just read ...         |
 *                    frames in place ----------------> | next tail  |
 */
#include "capture/source.h"

#include <stdio.h>
#include <stdlib.h>

#include "capture/foreign.h"
#include "capture/live.h"
#include "capture/pcap_file.h"
#include "capture/pcapng_file.h"
#include "capture/stream.h"
#include "capture/unpack.h"
#include "util/text.h"

enum format { UNKNOWN, PCAP, PCAPNG, LIVE };

struct capture_source {
    struct capture_state state;
    struct capture_stream *stream; /* NULL when LIVE */
    struct capture_live *live;
    enum format format;
    union {
        struct capture_pcap_file pcap;
        struct capture_pcapng_file pcapng;
    };
    uint8_t *tail;
    size_t tail_len, tail_capacity;
    uint64_t offset; /* of the tail in the unpacked input */
    bool ended;
    /* A range of the file: records whose data begin in it are handed out. */
    uint64_t range_begin, range_end; /* 0, UINT64_MAX: all of it */
    bool is_in_range;                /* its first record was met */
    char *path;
    char format_name[24];
};

static enum err_code keep_tail(struct capture_source *s, const uint8_t *data,
                               size_t len, struct err *err)
{
    if (len > s->tail_capacity) {
        uint8_t *tail = realloc(s->tail, len);
        if (!tail)
            return err_set(err, ERR_NOMEM, "%s: no memory for a record",
                           capture_stream_name(s->stream));
        s->tail = tail;
        s->tail_capacity = len;
    }
    if (len > 0)
        memcpy(s->tail, data, len);
    s->tail_len = len;
    return ERR_OK;
}

/* --- the header ------------------------------------------------------------ */

static enum err_code refuse_packed_twice(const struct capture_source *s,
                                         const struct capture_unpack *inner,
                                         struct err *err)
{
    const char *packing = capture_stream_packing(s->stream);
    return err_set(err, ERR_INPUT,
                   "%s: is packed twice, by %s in %s; try: %s -dc FILE | "
                   "wasitdns -",
                   capture_stream_name(s->stream), inner->name, packing,
                   packing);
}

static enum err_code refuse(const struct capture_source *s, struct err *err)
{
    const char *name = capture_stream_name(s->stream);
    const char *damage = capture_stream_damage(s->stream);
    const char *packing = capture_stream_packing(s->stream);
    const struct bytes head = {s->tail, s->tail_len};
    const struct capture_foreign *foreign = capture_foreign_find(head);
    char seen[4 * CAPTURE_HEAD_OCTETS + 1];
    text_escape(head, seen, sizeof seen);
    const struct capture_unpack *inner =
        *packing && head.len >= CAPTURE_UNPACK_HEAD
            ? capture_unpack_find(head.data)
            : NULL;

    if (*damage)
        return err_set(err, ERR_INPUT, "%s: %s; nothing could be read", name,
                       damage);
    if (head.len == 0)
        return err_set(err, ERR_INPUT, "%s: is empty%s%s", name,
                       *packing ? " inside " : "", packing);
    if (inner)
        return refuse_packed_twice(s, inner, err);
    if (foreign && foreign->remedy)
        return err_set(err, ERR_INPUT, "%s: is %s; try: %s", name,
                       foreign->name, foreign->remedy);
    if (foreign)
        return err_set(err, ERR_INPUT,
                       "%s: is %s, which nothing converts; capture again with "
                       "tcpdump or dumpcap",
                       name, foreign->name);
    return err_set(err, ERR_INPUT, "%s: is no capture (it begins with \"%s\")",
                   name, seen);
}

static enum err_code refuse_cut(const struct capture_source *s, struct err *err)
{
    return err_set(err, ERR_INPUT,
                   "%s: is cut short inside the header of the file, after %zu "
                   "octets",
                   capture_stream_name(s->stream), s->tail_len);
}

static void consume_tail(struct capture_source *s, size_t octets)
{
    memmove(s->tail, s->tail + octets, s->tail_len - octets);
    s->tail_len -= octets;
    s->offset += octets;
}

/* The octets in `tail` are the file's first, as many as there are. */
static enum err_code choose_format(struct capture_source *s, struct err *err)
{
    const struct bytes head = {s->tail, s->tail_len};
    struct err why = {0};
    enum err_code rc = ERR_INPUT;
    if (capture_pcap_file_begins(head)) {
        if (head.len < CAPTURE_PCAP_FILE_HEADER)
            return refuse_cut(s, err);
        rc = capture_pcap_file_init(&s->pcap, head.data, &s->state, &why);
        s->format = PCAP;
    } else if (capture_pcapng_file_begins(head)) {
        if (head.len < CAPTURE_PCAPNG_FILE_HEAD)
            return refuse_cut(s, err);
        rc = capture_pcapng_file_init(&s->pcapng, head.data, &why);
        s->format = PCAPNG;
    } else {
        return refuse(s, err);
    }
    if (rc != ERR_OK)
        return err_set(err, rc, "%s: %s", capture_stream_name(s->stream),
                       why.text);
    if (s->format == PCAP)
        consume_tail(s, CAPTURE_PCAP_FILE_HEADER);
    const char *packing = capture_stream_packing(s->stream);
    snprintf(s->format_name, sizeof s->format_name, "%s%s%s",
             s->format == PCAP ? "pcap" : "pcapng", *packing ? "+" : "",
             packing);
    return ERR_OK;
}

/* Gathers the first octets in `tail`; the format stays unknown when a signal
 * came. */
static enum err_code recognise(struct capture_source *s, struct err *err)
{
    while (s->tail_len < CAPTURE_HEAD_OCTETS) {
        size_t got;
        const int rc =
            capture_stream_read(s->stream, s->tail + s->tail_len,
                                CAPTURE_HEAD_OCTETS - s->tail_len, &got, err);
        s->state.info.octets = capture_stream_octets(s->stream);
        if (rc < 0)
            return rc;
        if (rc == 0)
            break;
        if (got == 0)
            return ERR_OK;
        s->tail_len += got;
    }
    return choose_format(s, err);
}

enum err_code capture_source_open_stream(struct capture_source **out,
                                         const char *path,
                                         struct capture_stream *stream,
                                         struct err *err)
{
    enum err_code rc;
    struct capture_source *s = calloc(1, sizeof *s);
    if (!s) {
        rc = err_set(err, ERR_NOMEM, "%s: no memory",
                     capture_stream_name(stream));
        capture_stream_close(stream);
        return rc;
    }
    s->stream = stream;
    s->range_end = UINT64_MAX;
    s->path = strdup(path);
    s->tail = malloc(CAPTURE_HEAD_OCTETS);
    s->tail_capacity = CAPTURE_HEAD_OCTETS;
    s->state.info.path = s->path;
    s->state.info.format = s->format_name;
    s->state.info.size = capture_stream_size(stream);
    if (s->path && s->tail)
        rc = recognise(s, err);
    else
        rc = err_set(err, ERR_NOMEM, "%s: no memory",
                     capture_stream_name(stream));
    if (rc == ERR_OK)
        *out = s;
    else
        capture_source_close(s);
    return rc;
}

enum err_code capture_source_open(struct capture_source **out, const char *path,
                                  struct err *err)
{
    struct capture_stream *stream;
    const enum err_code rc = capture_stream_open(&stream, path, err);
    return rc == ERR_OK ? capture_source_open_stream(out, path, stream, err)
                        : rc;
}

enum err_code capture_source_open_growing(struct capture_source **out,
                                          const char *path, struct err *err)
{
    struct capture_stream *stream;
    const enum err_code rc = capture_stream_open(&stream, path, err);
    if (rc != ERR_OK)
        return rc;
    capture_stream_follow(stream);
    return capture_source_open_stream(out, path, stream, err);
}

enum err_code
capture_source_open_live(struct capture_source **out,
                         const struct capture_live_options *options,
                         struct err *err)
{
    struct capture_source *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(err, ERR_NOMEM, "no memory for a live capture");
    s->format = LIVE;
    s->path = strdup(options->interface);
    s->state.info.path = s->path;
    s->state.info.format = "live";
    const enum err_code rc =
        s->path ? capture_live_open(&s->live, options, &s->state, err)
                : err_set(err, ERR_NOMEM, "no memory for a live capture");
    if (rc == ERR_OK)
        *out = s;
    else
        capture_source_close(s);
    return rc;
}

enum err_code capture_source_shard(struct capture_source *s, unsigned number,
                                   unsigned count, struct err *err)
{
    const uint64_t size = s->state.info.size;
    const char *why = s->format == LIVE || size == 0       ? "is no file"
                      : *capture_stream_packing(s->stream) ? "is packed"
                                                           : NULL;
    if (why)
        return err_set(err, ERR_USAGE,
                       "--shard: %s %s; ranges are those of a plain file",
                       s->path, why);
    s->range_begin = size / count * (number - 1);
    s->range_end = number < count ? size / count * number : UINT64_MAX;
    return ERR_OK;
}

void capture_source_label(struct capture_source *s, struct labels *labels)
{
    s->state.labels = labels;
}

void capture_source_close(struct capture_source *s)
{
    if (!s)
        return;
    capture_stream_close(s->stream);
    capture_live_close(s->live);
    free(s->state.ports);
    free(s->tail);
    free(s->path);
    free(s);
}

/* --- frames ---------------------------------------------------------------- */

/* The block's buffer opens with the tail. */
static enum err_code begin_block(const struct capture_source *s,
                                 struct capture_block *block,
                                 struct capture_window *window, struct err *err)
{
    enum err_code rc = ERR_OK;
    const size_t wanted =
        s->tail_len > CAPTURE_BLOCK_OCTETS ? s->tail_len : CAPTURE_BLOCK_OCTETS;
    block->count = 0;
    if (block->capacity > CAPTURE_BLOCK_OCTETS || block->capacity < wanted)
        rc = capture_block_resize(block, wanted, err);
    if (rc == ERR_OK && s->tail_len > 0)
        memcpy(block->buffer, s->tail, s->tail_len);
    *window = (struct capture_window){
        .data = block->buffer, .len = s->tail_len, .offset = s->offset};
    return rc;
}

static int parse(struct capture_source *s, struct capture_window *window,
                 struct capture_block *block, struct err *err)
{
    return s->format == PCAP
               ? capture_pcap_file_parse(&s->pcap, &s->state, window, block)
               : capture_pcapng_file_parse(&s->pcapng, &s->state, window, block,
                                           err);
}

/* Moves what is unused to the front, and makes room behind it. A record that is
 * larger than the buffer gets more as its octets come, not for claiming them. */
static enum err_code make_room(struct capture_window *window,
                               struct capture_block *block, struct err *err)
{
    const size_t left = window->len - window->used;
    if (window->used > 0)
        memmove(block->buffer, block->buffer + window->used, left);
    window->offset += window->used;
    window->used = 0;
    window->len = left;
    if (left < block->capacity)
        return ERR_OK;
    const size_t twice = 2 * block->capacity;
    const enum err_code rc = capture_block_resize(
        block, twice < window->need ? twice : window->need, err);
    window->data = block->buffer;
    return rc;
}

static void finish(struct capture_source *s,
                   const struct capture_window *window)
{
    const size_t left = window->len - window->used;
    const uint64_t offset = window->offset + window->used;
    const char *damage = capture_stream_damage(s->stream);
    s->ended = true;
    s->state.info.replaced = capture_stream_replaced(s->stream);
    if (*damage)
        capture_state_damage(&s->state, offset, "%s", damage);
    else if (left > 0)
        capture_state_damage(&s->state, offset,
                             "the input ends after %zu of at least %zu octets "
                             "of the record",
                             left, window->need);
}

/* What was said and found in front of the range is told by who has that; of the
 * block that the range begins in, by both. */
static void forget_front(struct capture_source *s)
{
    struct capture_info *info = &s->state.info;
    info->damaged = info->damaged && info->damage_offset >= s->range_begin;
    info->passed_over = 0;
    s->state.notes.packet_comments = 0;
    for (size_t i = 0; i < s->state.port_count; i++)
        if (s->state.ports[i].interface.dropped > 0)
            s->state.ports[i].interface.dropped = 0;
}

/* Leaves the block's frames that are in the range; they stand in the window,
 * one behind the other. */
static void keep_range(struct capture_source *s, struct capture_block *block,
                       const struct capture_window *window)
{
    size_t kept = 0;
    for (size_t i = 0; i < block->count; i++) {
        const struct capture_frame *f = &block->frames[i];
        const uint64_t at = window->offset + (uint64_t)(f->data - window->data);
        if (at < s->range_begin || at >= s->range_end) {
            s->state.ports[f->interface].interface.frames--;
            s->ended |= at >= s->range_end;
            continue;
        }
        s->is_in_range = true;
        block->frames[kept++] = *f;
    }
    block->count = kept;
}

/* One round: what is at hand becomes frames, or more is read. Returns 1 for
 * another round, 0 when there is something to hand out or the end to tell. */
static int advance(struct capture_source *s, struct capture_window *window,
                   struct capture_block *block, struct err *err)
{
    size_t got;
    int rc = parse(s, window, block, err);
    if (rc < 0)
        return rc;
    s->ended = rc == CAPTURE_PARSE_DAMAGED;
    if (s->ended || block->count > 0)
        return 0;
    rc = make_room(window, block, err);
    if (rc < 0)
        return rc;
    rc = capture_stream_read(s->stream, block->buffer + window->len,
                             block->capacity - window->len, &got, err);
    s->state.info.octets = capture_stream_octets(s->stream);
    if (rc == 0)
        finish(s, window);
    if (rc <= 0)
        return rc;
    window->len += got;
    return got > 0;
}

static int read_live(struct capture_source *s, struct capture_block *block,
                     struct err *err)
{
    const int rc = capture_live_read(s->live, &s->state, block, err);
    s->ended = rc <= 0;
    s->state.info.frames += block->count;
    return rc < 0 ? rc : block->count > 0 || !s->ended;
}

int capture_source_read(struct capture_source *s, struct capture_block *block,
                        struct err *err)
{
    struct capture_window window;
    block->count = 0;
    if (s->ended)
        return 0;
    if (s->format == LIVE)
        return read_live(s, block, err);
    if (s->format == UNKNOWN) {
        const enum err_code rc = recognise(s, err);
        s->ended = rc != ERR_OK;
        if (rc != ERR_OK)
            return rc;
        if (s->format == UNKNOWN)
            return 1;
    }

    int rc = begin_block(s, block, &window, err);
    if (rc < 0)
        return rc;
    do
        rc = advance(s, &window, block, err);
    while (rc > 0);
    if (rc == 0)
        rc = keep_tail(s, window.data + window.used, window.len - window.used,
                       err);
    if (rc < 0) {
        s->ended = true;
        return rc;
    }
    s->offset = window.offset + window.used;
    if (s->range_begin > 0 || s->range_end < UINT64_MAX)
        keep_range(s, block, &window);
    if (!s->is_in_range && s->range_begin > 0)
        forget_front(s);
    s->state.info.frames += block->count;
    return block->count > 0 || !s->ended;
}

const struct capture_info *capture_source_info(const struct capture_source *s)
{
    return &s->state.info;
}

const struct capture_notes *capture_source_notes(const struct capture_source *s)
{
    return &s->state.notes;
}

size_t capture_source_interfaces(const struct capture_source *s)
{
    return s->state.port_count;
}

const struct capture_interface *
capture_source_interface(const struct capture_source *s, size_t index)
{
    return &s->state.ports[index].interface;
}
