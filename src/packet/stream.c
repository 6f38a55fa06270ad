#include "packet/stream.h"

#include <assert.h>
#include <stdlib.h>

#include "packet/probe.h"
#include "packet/tcp.h"

enum { PREFIX = 2, DNS_HEADER = 12, FIRST_CAPACITY = 256 };

/* A message at the start of a stream whose header makes no sense is believed
 * up to this length, or when it is there whole: somebody's broken software, or
 * an attack, and worth counting as such. A longer one is taken for another
 * protocol. Text begins with 0x2020 = 8,224 and more. */
enum { PLAUSIBLE_OCTETS = 2048 };

/* A hole that nobody acknowledges is passed after this: longer than three
 * retransmissions from 1 s on (RFC 6298) take. */
static const int64_t hole_patience_ns = INT64_C(10000000000);

/* Where a stream stands. */
enum sync {
    UNSEEN = 0,
    UNSYNCED,  /* no message boundary known: looks at segment starts */
    TENTATIVE, /* a boundary by guess: looks hard at the next header */
    STARTED,   /* a boundary by SYN, no sane header seen yet */
    SYNCED,
    FOREIGN, /* no DNS: reads nothing any more */
};

/* --- fates --------------------------------------------------------------- */

static void settle(struct packet_stream_shared *shared,
                   enum packet_segment_fate fate, uint64_t frames,
                   uint64_t first)
{
    if (frames == 0)
        return;
    packet_segment_add(&shared->fates[fate], frames, first);
    shared->waiting -= frames;
}

/* The fate of the frames that waited for the message in the buffer. */
static void settle_waiting(struct packet_stream *st,
                           struct packet_stream_shared *shared,
                           enum packet_segment_fate fate)
{
    settle(shared, fate, st->waiting, st->waiting_first);
    st->waiting = 0;
}

static void wait_with(struct packet_stream *st, uint64_t frame)
{
    if (st->waiting == 0 || frame < st->waiting_first)
        st->waiting_first = frame;
    st->waiting++;
}

/* What was read from a frame: the best that any octet of it was good for. */
static void improve(struct packet_stream_shared *shared,
                    enum packet_segment_fate fate)
{
    struct packet_stream_reading *r = &shared->reading;
    if (r->fate == PACKET_SEGMENT_FATES || fate == PACKET_SEGMENT_DNS)
        r->fate = (uint8_t)fate;
}

/* --- the buffer ---------------------------------------------------------- */

static void free_buffer(uint8_t *buffer, size_t octets,
                        struct packet_stream_shared *shared)
{
    free(buffer);
    packet_memory_give(&shared->memory, octets);
}

void packet_stream_release(struct packet_stream_shared *shared)
{
    free_buffer(shared->handed, shared->handed_octets, shared);
    shared->handed = NULL;
    shared->handed_octets = 0;
}

/* Empties the buffer; `fate` is that of the frames that waited with it. */
static void drop_message(struct packet_stream *st,
                         struct packet_stream_shared *shared,
                         enum packet_segment_fate fate)
{
    free_buffer(st->buffer, st->capacity, shared);
    st->buffer = NULL;
    st->held = st->capacity = 0;
    settle_waiting(st, shared, fate);
}

/* The fate of what is left in the buffer when no more comes. No DNS software
 * announces a long message and then sends less than its header. */
static enum packet_segment_fate fate_of_rest(const struct packet_stream *st)
{
    if (st->sync == FOREIGN || st->sync == TENTATIVE)
        return (enum packet_segment_fate)st->label;
    if (st->sync == STARTED && st->held >= PREFIX &&
        load_be16(st->buffer) > PLAUSIBLE_OCTETS)
        return PACKET_SEGMENT_FOREIGN;
    return PACKET_SEGMENT_WAITING;
}

/* Gives up the message in the buffer, if there is one. */
static void lose_message(struct packet_stream *st,
                         struct packet_stream_shared *shared)
{
    const enum packet_segment_fate fate = fate_of_rest(st);
    shared->counters.lost_messages +=
        st->held > 0 && st->sync != TENTATIVE && fate == PACKET_SEGMENT_WAITING;
    drop_message(st, shared, fate);
}

static bool reserve(struct packet_stream *st,
                    struct packet_stream_shared *shared, uint32_t octets)
{
    if (octets <= st->capacity)
        return true;
    uint32_t wanted = st->capacity ? st->capacity : FIRST_CAPACITY;
    while (wanted < octets)
        wanted *= 2;
    if (!packet_memory_take(&shared->memory, wanted - st->capacity))
        return false;
    uint8_t *grown = realloc(st->buffer, wanted);
    if (!grown) {
        packet_memory_give(&shared->memory, wanted - st->capacity);
        return false;
    }
    st->buffer = grown;
    st->capacity = wanted;
    return true;
}

/* Octets of the message in the buffer that are still to come; its prefix is
 * there. */
static uint32_t missing_octets(const struct packet_stream *st)
{
    return PREFIX + (uint32_t)load_be16(st->buffer) - st->held;
}

/* Hands out what the buffer holds, and the buffer with it. */
static void hand_out(struct packet_stream *st,
                     struct packet_stream_shared *shared,
                     struct packet_stream_message *out)
{
    *out = (struct packet_stream_message){
        .payload = {st->buffer + PREFIX, st->held - PREFIX},
        .payload_octets = load_be16(st->buffer),
        .first_ns = st->first_ns,
        .newest_ns = st->newest_ns,
        .first_frame = st->first_frame,
        .frame = st->newest_frame,
    };
    shared->counters.messages++;
    shared->handed = st->buffer;
    shared->handed_octets = st->capacity;
    st->buffer = NULL;
    st->held = st->capacity = 0;
    settle_waiting(st, shared, PACKET_SEGMENT_DNS);
    improve(shared, PACKET_SEGMENT_DNS);
}

/* A message too short to be one. */
static void pass_runt(struct packet_stream_shared *shared, uint32_t octets)
{
    shared->counters.empty_messages += octets == 0;
    shared->counters.runts += octets > 0;
    improve(shared, PACKET_SEGMENT_RUNT);
}

/* --- reading ------------------------------------------------------------- */

static void advance(struct packet_stream *st,
                    struct packet_stream_shared *shared, uint32_t octets)
{
    struct packet_stream_reading *r = &shared->reading;
    r->data += octets;
    r->len -= octets;
    r->starts = false;
    st->next += octets;
}

/* What was in the buffer is no message, or not known to be one. */
static void lose_sync(struct packet_stream *st,
                      struct packet_stream_shared *shared,
                      enum packet_segment_fate label)
{
    st->sync = UNSYNCED;
    st->label = (uint8_t)label;
    drop_message(st, shared, label);
}

static void become_foreign(struct packet_stream *st,
                           struct packet_stream_shared *shared,
                           enum packet_probe what)
{
    st->sync = FOREIGN;
    switch (what) {
    case PACKET_PROBE_HTTP:
        st->label = PACKET_SEGMENT_HTTP;
        break;
    case PACKET_PROBE_TLS:
        st->label = PACKET_SEGMENT_TLS;
        break;
    default:
        st->label = PACKET_SEGMENT_SSH;
        break;
    }
    drop_message(st, shared, (enum packet_segment_fate)st->label);
}

/* Looks at the beginning of a message as far as it is there, until one in this
 * stream has made sense. False when it is none: the stream then stands where
 * it stood, with nothing in its buffer. */
static bool check_message(struct packet_stream *st,
                          struct packet_stream_shared *shared,
                          struct bytes octets, bool whole)
{
    if (st->sync == SYNCED)
        return true;
    const enum packet_probe found = st->sync == STARTED
                                        ? packet_probe(octets)
                                        : packet_probe_strict(octets);
    switch (found) {
    case PACKET_PROBE_DNS:
        st->sync = SYNCED;
        st->label = PACKET_SEGMENT_UNSYNCED;
        return true;
    case PACKET_PROBE_MORE:
        return true;
    case PACKET_PROBE_NOT:
        if (st->sync == STARTED) {
            if (whole || load_be16(octets.data) <= PLAUSIBLE_OCTETS)
                return true;
            st->label = PACKET_SEGMENT_FOREIGN;
        }
        lose_sync(st, shared, (enum packet_segment_fate)st->label);
        return false;
    default:
        become_foreign(st, shared, found);
        return false;
    }
}

/* The stream stands at no boundary that it knows of. */
static void look_for_message(struct packet_stream *st,
                             struct packet_stream_shared *shared)
{
    const struct packet_stream_reading *r = &shared->reading;
    const enum packet_probe found =
        r->starts ? packet_probe_strict((struct bytes){r->data, r->len})
                  : PACKET_PROBE_NOT;
    switch (found) {
    case PACKET_PROBE_DNS:
    case PACKET_PROBE_MORE:
        st->sync = TENTATIVE;
        break;
    case PACKET_PROBE_NOT:
        advance(st, shared, r->len);
        break;
    default:
        become_foreign(st, shared, found);
        break;
    }
}

/* A message that lies whole in what is being read. */
static bool read_whole(struct packet_stream *st,
                       struct packet_stream_shared *shared,
                       struct packet_stream_message *out)
{
    const struct packet_stream_reading *r = &shared->reading;
    const uint32_t octets = load_be16(r->data);
    const struct bytes payload = {r->data + PREFIX, octets};
    if (!check_message(st, shared, (struct bytes){r->data, r->len}, true))
        return false;
    advance(st, shared, PREFIX + octets);
    if (octets < DNS_HEADER) {
        pass_runt(shared, octets);
        return false;
    }
    *out = (struct packet_stream_message){
        .payload = payload,
        .payload_octets = octets,
        .first_ns = r->time_ns,
        .newest_ns = r->time_ns,
        .first_frame = r->frame,
        .frame = r->frame,
        .in_segment = !r->piece,
    };
    shared->counters.messages++;
    improve(shared, PACKET_SEGMENT_DNS);
    return true;
}

/* Whether what is being read came after all that is in the buffer. */
static bool is_newer(const struct packet_stream *st,
                     const struct packet_stream_reading *r)
{
    return r->time_ns > st->newest_ns ||
           (r->time_ns == st->newest_ns && r->frame > st->newest_frame);
}

static void note_octets(struct packet_stream *st,
                        const struct packet_stream_reading *r)
{
    if (st->held == 0) {
        st->first_ns = r->time_ns;
        st->first_frame = r->frame;
    }
    if (st->held == 0 || is_newer(st, r)) {
        st->newest_ns = r->time_ns;
        st->newest_frame = r->frame;
    }
}

/* Moves octets into the buffer: first the prefix, then what it announces. */
static bool read_part(struct packet_stream *st,
                      struct packet_stream_shared *shared,
                      struct packet_stream_message *out)
{
    const struct packet_stream_reading *r = &shared->reading;
    const uint32_t wanted =
        st->held < PREFIX ? PREFIX - st->held : missing_octets(st);
    const uint32_t octets = wanted < r->len ? wanted : r->len;
    if (!reserve(st, shared, st->held + octets)) {
        shared->counters.refused++;
        lose_message(st, shared);
        lose_sync(st, shared, PACKET_SEGMENT_UNSYNCED);
        improve(shared, PACKET_SEGMENT_WAITING);
        advance(st, shared, r->len);
        return false;
    }
    memcpy(st->buffer + st->held, r->data, octets);
    note_octets(st, r);
    st->held += octets;
    const bool whole = st->held >= PREFIX && missing_octets(st) == 0;
    if (!check_message(st, shared, (struct bytes){st->buffer, st->held}, whole))
        return false; /* what is being read may itself begin a message */
    advance(st, shared, octets);
    if (!whole)
        return false;
    if (load_be16(st->buffer) < DNS_HEADER) {
        pass_runt(shared, load_be16(st->buffer));
        drop_message(st, shared, PACKET_SEGMENT_RUNT);
        return false;
    }
    hand_out(st, shared, out);
    return true;
}

/* Reads one octet at least, or finds a place to read from. */
static bool read_some(struct packet_stream *st,
                      struct packet_stream_shared *shared,
                      struct packet_stream_message *out)
{
    const struct packet_stream_reading *r = &shared->reading;
    if (st->skip > 0) {
        const uint32_t octets = st->skip < r->len ? st->skip : r->len;
        st->skip -= octets;
        advance(st, shared, octets);
        improve(shared, (enum packet_segment_fate)st->skip_fate);
        return false;
    }
    if (st->sync == FOREIGN) {
        advance(st, shared, r->len);
        return false;
    }
    if (st->sync == UNSYNCED) {
        look_for_message(st, shared);
        return false;
    }
    if (st->held == 0 && r->len >= PREFIX &&
        r->len - PREFIX >= load_be16(r->data))
        return read_whole(st, shared, out);
    return read_part(st, shared, out);
}

static void end_reading(struct packet_stream *st,
                        struct packet_stream_shared *shared)
{
    struct packet_stream_reading *r = &shared->reading;
    if (r->counts && r->fate == PACKET_SEGMENT_DNS)
        settle(shared, PACKET_SEGMENT_DNS, 1, r->frame);
    else if (r->counts && st->held > 0)
        wait_with(st, r->frame);
    else if (r->counts)
        settle(shared,
               r->fate == PACKET_SEGMENT_FATES
                   ? (enum packet_segment_fate)st->label
                   : (enum packet_segment_fate)r->fate,
               1, r->frame);
    if (r->piece)
        packet_ahead_piece_free(r->piece, &shared->memory);
    *r = (struct packet_stream_reading){0};
}

/* --- holes --------------------------------------------------------------- */

/* Where the next message begins behind a hole that ends at `piece` (NULL: not
 * known what is there): `skip` octets behind it, when the length of the message
 * with the hole was right. */
static void find_boundary(struct packet_stream *st,
                          const struct packet_ahead_piece *piece, uint32_t skip)
{
    st->skip = skip;
    if (!piece)
        return;
    st->sync = TENTATIVE;
    if (skip >= piece->len)
        return;
    const uint8_t *octets = packet_ahead_octets(piece);
    const struct bytes there = {octets + skip, piece->len - skip};
    if (packet_probe_strict(there) != PACKET_PROBE_NOT)
        return;
    st->skip = 0;
    st->sync = UNSYNCED;
}

static bool is_length_known(const struct packet_stream *st)
{
    return st->held >= PREFIX &&
           (st->sync == SYNCED ||
            (st->sync == STARTED && load_be16(st->buffer) <= PLAUSIBLE_OCTETS));
}

/* Passes `octets` that will never be read; behind them stands `piece`, or
 * nothing that is known. True when the message with the hole goes out. */
static bool pass_hole(struct packet_stream *st,
                      struct packet_stream_shared *shared, uint32_t octets,
                      const struct packet_ahead_piece *piece,
                      struct packet_stream_message *out)
{
    shared->counters.holes++;
    shared->counters.hole_octets += octets;
    st->next += octets;
    st->hole_ns = shared->now_ns;
    if (st->skip >= octets && st->skip > 0) {
        find_boundary(st, piece, st->skip - octets);
        return false;
    }
    st->skip = 0;
    if (st->sync == FOREIGN || st->sync == UNSYNCED)
        return false;
    const bool known = is_length_known(st);
    const uint32_t left = known ? missing_octets(st) : 0;
    const bool handed = st->sync == SYNCED && st->held >= PREFIX + DNS_HEADER;
    st->skip_fate = handed ? PACKET_SEGMENT_DNS : PACKET_SEGMENT_WAITING;
    if (handed) {
        shared->counters.cut_messages++;
        hand_out(st, shared, out);
    }
    lose_message(st, shared);
    if (known && octets <= left)
        find_boundary(st, piece, left - octets);
    else
        lose_sync(st, shared, PACKET_SEGMENT_UNSYNCED);
    return handed;
}

/* What is being read was cut by the capture: the rest will not come, but for
 * what waits already. */
static bool pass_cut(struct packet_stream *st,
                     struct packet_stream_shared *shared,
                     struct packet_stream_message *out)
{
    struct packet_stream_reading *r = &shared->reading;
    const struct packet_ahead_piece *piece = packet_ahead_first(st->ahead);
    const int32_t gap =
        piece ? packet_tcp_distance(st->next, piece->sequence) : INT32_MAX;
    uint32_t octets = r->missing;
    r->missing = 0;
    if (gap <= 0)
        return false;
    if ((uint32_t)gap < octets)
        octets = (uint32_t)gap;
    if (st->label == PACKET_SEGMENT_UNSYNCED)
        improve(shared, PACKET_SEGMENT_CUT);
    return pass_hole(st, shared, octets, NULL, out);
}

static bool is_given_up(const struct packet_stream *st,
                        const struct packet_stream_shared *shared,
                        const struct packet_ahead_piece *piece)
{
    if (st->ended || st->ahead->octets > PACKET_STREAM_AHEAD ||
        st->hole_ns < shared->now_ns - hole_patience_ns)
        return true;
    return st->has_acknowledged &&
           packet_tcp_distance(piece->sequence, st->acknowledged) >= 0;
}

/* Reads what waited until now. False when nothing may be read yet. */
static bool begin_waiting(struct packet_stream *st,
                          struct packet_stream_shared *shared)
{
    struct packet_ahead_piece *piece = packet_ahead_first(st->ahead);
    if (!piece || piece->sequence != st->next)
        return false;
    piece = packet_ahead_take(&st->ahead, &shared->memory);
    if (!st->ahead)
        st->has_acknowledged = false;
    st->hole_ns = shared->now_ns;
    shared->reading = (struct packet_stream_reading){
        .data = packet_ahead_octets(piece),
        .len = piece->len,
        .missing = piece->missing,
        .time_ns = piece->time_ns,
        .frame = piece->frame,
        .piece = piece,
        .active = true,
        .starts = piece->starts,
        .counts = piece->counts,
        .fate = PACKET_SEGMENT_FATES,
    };
    return true;
}

/* The hole in front of what waits, when it is to be passed: its octets. */
static uint32_t hole_octets(const struct packet_stream *st,
                            const struct packet_stream_shared *shared)
{
    const struct packet_ahead_piece *piece = packet_ahead_first(st->ahead);
    if (!piece || piece->sequence == st->next ||
        !is_given_up(st, shared, piece))
        return 0;
    return piece->sequence - st->next;
}

bool packet_stream_next(struct packet_stream *st,
                        struct packet_stream_shared *shared,
                        struct packet_stream_message *out)
{
    struct packet_stream_reading *r = &shared->reading;
    packet_stream_release(shared);
    for (;;) {
        if (r->len > 0) {
            if (read_some(st, shared, out))
                return true;
        } else if (r->missing > 0) {
            if (pass_cut(st, shared, out))
                return true;
        } else if (r->active) {
            end_reading(st, shared);
        } else if (!begin_waiting(st, shared)) {
            const uint32_t octets = hole_octets(st, shared);
            if (octets == 0)
                return false;
            if (pass_hole(st, shared, octets, packet_ahead_first(st->ahead),
                          out))
                return true;
        }
    }
}

/* --- segments ------------------------------------------------------------ */

void packet_stream_open(struct packet_stream *st, uint32_t sequence)
{
    st->next = sequence + 1;
    st->sync = STARTED;
    st->label = PACKET_SEGMENT_UNSYNCED;
}

/* Begins in the middle, at `sequence`. */
static void begin(struct packet_stream *st, uint32_t sequence)
{
    st->next = sequence;
    st->sync = UNSYNCED;
    st->label = PACKET_SEGMENT_UNSYNCED;
}

void packet_stream_acknowledge(struct packet_stream *st, uint32_t ack)
{
    if (!st->ahead)
        return;
    st->acknowledged = ack;
    st->has_acknowledged = true;
}

void packet_stream_end(struct packet_stream *st)
{
    st->ended = true;
}

/* Drops `octets` that were read before from the front of a segment. */
static void trim(struct packet_segment *s, uint32_t octets)
{
    const uint32_t captured = octets < s->len ? octets : s->len;
    s->data += captured;
    s->len -= captured;
    s->missing -= octets - captured;
    s->sequence += octets;
}

static void repeat(struct packet_stream_shared *shared, uint64_t frame)
{
    shared->counters.repeated_segments++;
    settle(shared, PACKET_SEGMENT_REPEATED, 1, frame);
}

static void put_ahead(struct packet_stream *st,
                      struct packet_stream_shared *shared,
                      const struct packet_segment *s)
{
    if (s->len == 0) {
        settle(shared, PACKET_SEGMENT_CUT, 1, s->frame);
        return;
    }
    if (!st->ahead)
        st->hole_ns = shared->now_ns;
    switch (packet_ahead_put(&st->ahead, &shared->ahead, s)) {
    case PACKET_AHEAD_NEW:
        break;
    case PACKET_AHEAD_OLD:
        repeat(shared, s->frame);
        break;
    case PACKET_AHEAD_REFUSED:
        shared->counters.refused++;
        settle(shared, PACKET_SEGMENT_WAITING, 1, s->frame);
        break;
    }
}

static void begin_segment(struct packet_stream_shared *shared,
                          const struct packet_segment *s, bool starts)
{
    shared->reading = (struct packet_stream_reading){
        .data = s->data,
        .len = s->len,
        .missing = s->missing,
        .time_ns = s->time_ns,
        .frame = s->frame,
        .active = true,
        .starts = starts,
        .counts = true,
        .fate = PACKET_SEGMENT_FATES,
    };
}

void packet_stream_put(struct packet_stream *st,
                       struct packet_stream_shared *shared,
                       const struct packet_segment *segment)
{
    assert(!shared->reading.active);
    struct packet_segment s = *segment;
    shared->waiting++;
    if (st->sync == FOREIGN) {
        settle(shared, (enum packet_segment_fate)st->label, 1, s.frame);
        return;
    }
    if (st->sync == UNSEEN)
        begin(st, s.sequence);
    int32_t distance = packet_tcp_distance(st->next, s.sequence);
    if (distance > PACKET_STREAM_WINDOW || distance < -PACKET_STREAM_WINDOW) {
        packet_stream_fini(st, shared);
        begin(st, s.sequence);
        distance = 0;
    }
    const uint32_t seen = distance < 0 ? (uint32_t)-distance : 0;
    if (seen >= s.len + s.missing && seen > 0) {
        repeat(shared, s.frame);
        return;
    }
    trim(&s, seen);
    shared->counters.early_segments += distance > 0;
    const struct packet_ahead_piece *first = packet_ahead_first(st->ahead);
    if (distance > 0 ||
        (first && packet_tcp_distance(first->sequence, s.sequence + s.len) > 0))
        put_ahead(st, shared, &s);
    else
        begin_segment(shared, &s, seen == 0);
}

void packet_stream_fini(struct packet_stream *st,
                        struct packet_stream_shared *shared)
{
    const enum packet_segment_fate fate = fate_of_rest(st);
    lose_message(st, shared);
    while (st->ahead) {
        struct packet_ahead_piece *piece =
            packet_ahead_take(&st->ahead, &shared->memory);
        settle(shared, fate, piece->counts, piece->frame);
        packet_ahead_piece_free(piece, &shared->memory);
    }
    *st = (struct packet_stream){.ended = st->ended};
}
