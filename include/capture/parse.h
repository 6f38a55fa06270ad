/* capture/parse.h: what the file formats and capture/source.h agree on.
 *
 * source.c gathers octets in a block's buffer; a format (pcap_file.h,
 * pcapng_file.h) cuts them into frames in place. Nobody outside this room needs
 * this header.
 */
#ifndef CAPTURE_PARSE_H
#define CAPTURE_PARSE_H

#include "capture/clock.h"
#include "capture/notes.h"
#include "capture/source.h"
#include "util/labels.h"

enum {
    CAPTURE_HEAD_OCTETS = 24, /* of a file, to recognise it by */
    CAPTURE_INTERFACES_MAX = UINT16_MAX,
};

/* What reading found out so far, whatever the format. */
struct capture_state {
    struct capture_info info;
    uint64_t number; /* of the last record that counts as a frame */
    struct capture_port *ports;
    size_t port_count, port_capacity;
    struct capture_notes notes;
    struct labels *labels; /* gets the names of addresses; may be NULL */
};

/* An interface and what only the reader needs of it. */
struct capture_port {
    struct capture_interface interface;
    struct capture_clock clock;
    bool has_statistics; /* which count the drops, in one figure */
};

/* Octets at hand, and how far they are used. */
struct capture_window {
    const uint8_t *data;
    size_t len;
    size_t used;     /* up to here: whole records, done with */
    size_t need;     /* of the record at `used`: octets known to be needed */
    uint64_t offset; /* of `data` in the unpacked input */
};

/* Why a parser stopped. Parsers return this as int, or a negative enum
 * err_code. */
enum capture_parse {
    CAPTURE_PARSE_DAMAGED = 0, /* noted in the state; reading ends */
    CAPTURE_PARSE_MORE,        /* `need` octets are not there yet */
    CAPTURE_PARSE_FULL,        /* the block has no room for another frame */
};

/* Notes damage of the record after `state->number`, which begins at `offset`.
 * The first one is kept. Returns CAPTURE_PARSE_DAMAGED, so that it can be
 * returned. */
PRINTF(3, 4)
int capture_state_damage(struct capture_state *state, uint64_t offset,
                         const char *format, ...);

/* Adds an interface with nothing known but these; `*out` is borrowed until the
 * next one. ERR_NOMEM. There must be less than CAPTURE_INTERFACES_MAX. */
MUST_USE enum err_code capture_state_add_port(struct capture_state *state,
                                              uint16_t link_type,
                                              uint32_t snap_octets,
                                              struct capture_port **out,
                                              struct err *err);

static inline uint16_t capture_load_u16(const uint8_t *p, bool swapped)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return swapped ? __builtin_bswap16(v) : v;
}

static inline uint32_t capture_load_u32(const uint8_t *p, bool swapped)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return swapped ? __builtin_bswap32(v) : v;
}

static inline uint64_t capture_load_u64(const uint8_t *p, bool swapped)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return swapped ? __builtin_bswap64(v) : v;
}

#endif
