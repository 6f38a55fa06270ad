#include "packet/ahead.h"

#include <stdlib.h>

#include "packet/tcp.h"
#include "util/hash.h"

static bool is_before(uint32_t a, uint32_t b)
{
    return packet_tcp_distance(a, b) > 0;
}

static uint32_t end_of(const struct packet_ahead_piece *piece)
{
    return piece->sequence + piece->len;
}

static size_t piece_octets(unsigned height, uint32_t len)
{
    return sizeof(struct packet_ahead_piece) +
           height * sizeof(struct packet_ahead_piece *) + len;
}

/* A place between two pieces: the links that lead over it, by height. */
struct place {
    struct packet_ahead_piece **links[PACKET_AHEAD_HEIGHT];
};

static struct packet_ahead_piece *behind(const struct place *place)
{
    return *place->links[0];
}

/* Steps over the piece behind the place. */
static void step(struct place *place, struct packet_ahead_shared *shared)
{
    struct packet_ahead_piece *piece = behind(place);
    for (unsigned level = 0; level < piece->height; level++)
        place->links[level] = &piece->next[level];
    shared->steps++;
}

/* The place in front of the first piece that ends behind `sequence`. */
static struct place find(struct packet_ahead *ahead,
                         struct packet_ahead_shared *shared, uint32_t sequence)
{
    struct place place;
    struct packet_ahead_piece **links = ahead->first;
    for (unsigned level = PACKET_AHEAD_HEIGHT; level-- > 0;) {
        while (links[level] && !is_before(sequence, end_of(links[level]))) {
            links = links[level]->next;
            shared->steps++;
        }
        place.links[level] = &links[level];
    }
    return place;
}

/* One piece in four stands one higher. */
static unsigned draw_height(struct packet_ahead_shared *shared)
{
    uint64_t bits = hash_u64(shared->made++, shared->seed);
    unsigned height = 1;
    while (height < PACKET_AHEAD_HEIGHT && (bits & 3) == 0) {
        bits >>= 2;
        height++;
    }
    return height;
}

/* Puts `len` octets of a segment, from its octet `from` on, into the place. */
static struct packet_ahead_piece *insert(struct packet_ahead *ahead,
                                         struct packet_ahead_shared *shared,
                                         const struct packet_segment *segment,
                                         const struct place *place,
                                         uint32_t from, uint32_t len)
{
    const unsigned height = draw_height(shared);
    const size_t octets = piece_octets(height, len);
    if (!packet_memory_take(shared->memory, octets))
        return NULL;
    struct packet_ahead_piece *piece = malloc(octets);
    if (!piece) {
        packet_memory_give(shared->memory, octets);
        return NULL;
    }
    *piece = (struct packet_ahead_piece){
        .time_ns = segment->time_ns,
        .frame = segment->frame,
        .sequence = segment->sequence + from,
        .len = len,
        .missing = from + len == segment->len ? segment->missing : 0,
        .height = (uint8_t)height,
        .starts = from == 0,
    };
    memcpy(&piece->next[height], segment->data + from, len);
    for (unsigned level = 0; level < height; level++) {
        piece->next[level] = *place->links[level];
        *place->links[level] = piece;
    }
    ahead->octets += len;
    return piece;
}

static struct packet_ahead *new_ahead(struct packet_memory *memory)
{
    if (!packet_memory_take(memory, sizeof(struct packet_ahead)))
        return NULL;
    struct packet_ahead *ahead = calloc(1, sizeof *ahead);
    if (!ahead)
        packet_memory_give(memory, sizeof *ahead);
    return ahead;
}

static void free_if_empty(struct packet_ahead **ahead,
                          struct packet_memory *memory)
{
    if ((*ahead)->first[0])
        return;
    free(*ahead);
    *ahead = NULL;
    packet_memory_give(memory, sizeof **ahead);
}

/* Fills the gaps that the segment covers. False when memory ended before the
 * last; `*last` is the last piece made, NULL when there was none. */
static bool fill(struct packet_ahead *ahead, struct packet_ahead_shared *shared,
                 const struct packet_segment *segment,
                 struct packet_ahead_piece **last)
{
    struct place place = find(ahead, shared, segment->sequence);
    uint32_t from = 0;
    *last = NULL;
    while (from < segment->len) {
        const struct packet_ahead_piece *next = behind(&place);
        const uint32_t left = segment->len - from;
        const uint32_t at = segment->sequence + from;
        if (!next || is_before(at, next->sequence)) {
            const uint32_t gap = next ? next->sequence - at : left;
            const uint32_t len = gap < left ? gap : left;
            struct packet_ahead_piece *piece =
                insert(ahead, shared, segment, &place, from, len);
            if (!piece)
                return false;
            *last = piece;
            from += len;
        } else {
            /* What the next piece has already. */
            from = end_of(next) - segment->sequence;
        }
        if (behind(&place))
            step(&place, shared);
    }
    return true;
}

enum packet_ahead_result packet_ahead_put(struct packet_ahead **ahead,
                                          struct packet_ahead_shared *shared,
                                          const struct packet_segment *segment)
{
    if (!*ahead)
        *ahead = new_ahead(shared->memory);
    if (!*ahead)
        return PACKET_AHEAD_REFUSED;
    struct packet_ahead_piece *last;
    const bool whole = fill(*ahead, shared, segment, &last);
    if (last)
        last->counts = true;
    free_if_empty(ahead, shared->memory);
    if (last)
        return PACKET_AHEAD_NEW;
    return whole ? PACKET_AHEAD_OLD : PACKET_AHEAD_REFUSED;
}

struct packet_ahead_piece *packet_ahead_take(struct packet_ahead **ahead,
                                             struct packet_memory *memory)
{
    struct packet_ahead_piece *piece = (*ahead)->first[0];
    for (unsigned level = 0; level < piece->height; level++)
        (*ahead)->first[level] = piece->next[level];
    (*ahead)->octets -= piece->len;
    free_if_empty(ahead, memory);
    return piece;
}

void packet_ahead_piece_free(struct packet_ahead_piece *piece,
                             struct packet_memory *memory)
{
    packet_memory_give(memory, piece_octets(piece->height, piece->len));
    free(piece);
}
