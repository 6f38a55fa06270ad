#include "packet/parts.h"

#include <stdlib.h>

enum {
    UNIT = PACKET_PARTS_UNIT,
    WORD_UNITS = 64,
};

struct packet_piece {
    struct packet_piece *older;
    uint16_t offset;
    uint16_t octets;
    uint8_t data[];
};

void packet_parts_fini(struct packet_parts *parts, struct packet_memory *memory)
{
    while (parts->newest) {
        struct packet_piece *piece = parts->newest;
        parts->newest = piece->older;
        packet_memory_give(memory, sizeof *piece + piece->octets);
        free(piece);
    }
}

size_t packet_parts_need(const struct packet_datagram *fragment)
{
    return sizeof(struct packet_piece) + fragment->payload.len;
}

/* Units that `octets` reach into. */
static uint32_t units_of(uint32_t octets)
{
    return (octets + UNIT - 1) / UNIT;
}

bool packet_parts_is_complete(const struct packet_parts *parts)
{
    return parts->end != 0 && parts->covered == units_of(parts->end);
}

/* Units seen from the start on without a hole. */
static uint32_t units_from_start(const struct packet_parts *parts)
{
    uint32_t word = 0;
    while (parts->units[word] == UINT64_MAX)
        word++; /* ends: the last word is always 0 */
    return word * WORD_UNITS + (uint32_t)__builtin_ctzll(~parts->units[word]);
}

/* The outermost units that had not been seen; empty when all had. */
struct range {
    uint32_t from, to;
};

/* Marks units `from` to `to` as seen. */
static struct range cover(struct packet_parts *parts, uint32_t from,
                          uint32_t to)
{
    struct range fresh = {to, to};
    for (uint32_t unit = from; unit < to; unit++) {
        uint64_t *word = &parts->units[unit / WORD_UNITS];
        const uint64_t bit = UINT64_C(1) << unit % WORD_UNITS;
        if (*word & bit)
            continue;
        *word |= bit;
        parts->covered++;
        if (fresh.from == to)
            fresh.from = unit;
        fresh.to = unit + 1;
    }
    return fresh;
}

/* From `octet` on there is no telling. */
static void miss(struct packet_parts *parts, uint32_t octet)
{
    if (parts->missing < PACKET_PARTS_OCTETS - octet)
        parts->missing = PACKET_PARTS_OCTETS - octet;
}

static struct packet_piece *new_piece(size_t octets,
                                      struct packet_memory *memory)
{
    const size_t all = sizeof(struct packet_piece) + octets;
    if (!packet_memory_take(memory, all))
        return NULL;
    struct packet_piece *piece = malloc(all);
    if (!piece)
        packet_memory_give(memory, all);
    return piece;
}

/* Keeps the captured octets between `from` and `to` of the datagram. */
static void keep(struct packet_parts *parts, const struct packet_datagram *d,
                 uint32_t from, uint32_t to, struct packet_memory *memory)
{
    const uint32_t offset = d->fragment.offset;
    const uint32_t captured = offset + (uint32_t)d->payload.len;
    if (captured < to) {
        to = captured > from ? captured : from;
        miss(parts, to);
    }
    if (to == from)
        return;
    struct packet_piece *piece = new_piece(to - from, memory);
    if (!piece) {
        miss(parts, from);
        return;
    }
    piece->older = parts->newest;
    piece->offset = (uint16_t)from;
    piece->octets = (uint16_t)(to - from);
    memcpy(piece->data, d->payload.data + (from - offset), to - from);
    parts->newest = piece;
}

/* Whether a fragment that ends at `end` contradicts those before: it goes
 * beyond the last, or is the last and ends elsewhere or too soon. */
static bool contradicts(const struct packet_parts *parts, bool more,
                        uint32_t end)
{
    if (parts->end != 0)
        return more ? end > parts->end : end != parts->end;
    return !more && end < parts->reach;
}

bool packet_parts_add(struct packet_parts *parts,
                      const struct packet_datagram *fragment,
                      struct packet_memory *memory)
{
    const struct packet_fragment *f = &fragment->fragment;
    const uint32_t end = f->offset + fragment->payload_octets;
    if (contradicts(parts, f->more, end))
        return false;
    const struct range fresh = cover(parts, f->offset / UNIT, units_of(end));
    if (fresh.from == fresh.to)
        return false;
    if (!f->more)
        parts->end = end;
    if (parts->reach < end)
        parts->reach = end;
    const uint32_t behind = fresh.to * UNIT;
    keep(parts, fragment, fresh.from * UNIT, behind < end ? behind : end,
         memory);
    return true;
}

uint32_t packet_parts_assemble(const struct packet_parts *parts,
                               uint8_t *buffer)
{
    /* Where pieces overlap, what is written last stays: the oldest. */
    for (const struct packet_piece *piece = parts->newest; piece;
         piece = piece->older)
        memcpy(buffer + piece->offset, piece->data, piece->octets);

    uint32_t octets = units_from_start(parts) * UNIT;
    if (octets > parts->reach)
        octets = parts->reach;
    if (octets > PACKET_PARTS_OCTETS - parts->missing)
        octets = PACKET_PARTS_OCTETS - parts->missing;
    return octets;
}
