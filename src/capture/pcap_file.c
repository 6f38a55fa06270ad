#include "capture/pcap_file.h"

#define MAGIC_US UINT32_C(0xa1b2c3d4)
#define MAGIC_NS UINT32_C(0xa1b23c4d)

enum {
    RECORD_HEADER = 16,
    /* What libpcap and Wireshark take for sane whatever the header says. */
    USUAL_MOST_OCTETS = 262144,
};

/* As a record's length: it cannot be. */
#define IMPOSSIBLE SIZE_MAX

/* False when `head` is no magic number in either byte order. */
static bool read_magic(const uint8_t *head, bool *swapped, uint32_t *ns)
{
    for (int i = 0; i < 2; i++) {
        const uint32_t magic = capture_load_u32(head, i == 1);
        *swapped = i == 1;
        *ns = magic == MAGIC_NS ? 1 : 1000;
        if (magic == MAGIC_US || magic == MAGIC_NS)
            return true;
    }
    return false;
}

bool capture_pcap_file_begins(struct bytes head)
{
    bool swapped;
    uint32_t ns;
    return head.len >= sizeof ns && read_magic(head.data, &swapped, &ns);
}

/* The snapshot length is a hint only: zero, or smaller than the records, or
 * absurd. It widens what is believed, up to what a block holds. */
static uint32_t most_octets(uint32_t snap_octets)
{
    const uint32_t most = CAPTURE_RECORD_MAX - RECORD_HEADER;
    if (snap_octets > most)
        return most;
    return snap_octets > USUAL_MOST_OCTETS ? snap_octets : USUAL_MOST_OCTETS;
}

enum err_code capture_pcap_file_init(struct capture_pcap_file *file,
                                     const uint8_t *head,
                                     struct capture_state *state,
                                     struct err *err)
{
    struct capture_pcap_file f = {0};
    if (!read_magic(head, &f.swapped, &f.ns_per_unit))
        return err_set(err, ERR_INPUT, "no pcap file");
    const unsigned major = capture_load_u16(head + 4, f.swapped);
    const unsigned minor = capture_load_u16(head + 6, f.swapped);
    if (major != 2 || minor > 4)
        return err_set(err, ERR_INPUT, "pcap version %u.%u is not supported",
                       major, minor);

    /* The upper half of the last field is the length of a frame check sequence
     * and reserved bits. */
    const uint32_t snap_octets = capture_load_u32(head + 16, f.swapped);
    f.link_type = capture_load_u32(head + 20, f.swapped) & 0xffff;
    f.most_octets = most_octets(snap_octets);
    f.lengths_exchanged = minor < 4;
    *file = f;
    struct capture_port *port;
    return capture_state_add_port(state, f.link_type, snap_octets, &port, err);
}

/* Reads the record at `at`, of which `left` octets are at hand, into `frame`
 * (all but its number). Returns the octets that it needs: more than `left` when
 * it is not whole, IMPOSSIBLE when it cannot be. */
static inline size_t read_record(const struct capture_pcap_file *file,
                                 const uint8_t *at, size_t left, bool swapped,
                                 struct capture_frame *frame)
{
    const uint64_t ns_per_s = 1000000000;
    if (left < RECORD_HEADER)
        return RECORD_HEADER;

    const uint32_t seconds = capture_load_u32(at, swapped);
    const uint32_t units = capture_load_u32(at + 4, swapped);
    uint32_t captured = capture_load_u32(at + 8, swapped);
    uint32_t wire = capture_load_u32(at + 12, swapped);
    if (UNLIKELY(wire < captured)) {
        const uint32_t larger = captured;
        if (file->lengths_exchanged)
            captured = wire;
        wire = larger;
    }
    if (UNLIKELY(captured > file->most_octets))
        return IMPOSSIBLE;
    /* Below 2^63. A million microseconds or more carry into the seconds. */
    const uint64_t time_ns =
        seconds * ns_per_s + (uint64_t)units * file->ns_per_unit;
    *frame = (struct capture_frame){
        .data = at + RECORD_HEADER,
        .time_ns = (int64_t)time_ns,
        .captured_octets = captured,
        .wire_octets = wire,
        .link_type = file->link_type,
    };
    return RECORD_HEADER + (size_t)captured;
}

static void note_impossible(const struct capture_pcap_file *file,
                            struct capture_state *state,
                            const struct capture_window *window)
{
    const uint32_t claimed =
        capture_load_u32(window->data + window->used + 8, file->swapped);
    capture_state_damage(state, window->offset + window->used,
                         "the record claims %u octets, at most %u are possible",
                         claimed, file->most_octets);
}

/* Inlined twice, so that the byte order is decided outside the loop. */
static inline __attribute__((always_inline)) int
parse(const struct capture_pcap_file *file, struct capture_state *state,
      struct capture_window *window, struct capture_block *block,
      const bool swapped)
{
    const uint8_t *at = window->data + window->used;
    size_t left = window->len - window->used;
    uint64_t number = state->number;
    size_t count = block->count;
    size_t octets = 0;

    while (count < CAPTURE_BLOCK_FRAMES) {
        struct capture_frame *const frame = &block->frames[count];
        octets = read_record(file, at, left, swapped, frame);
        if (octets > left)
            break;
        frame->number = ++number;
        count++;
        at += octets;
        left -= octets;
    }

    state->ports[0].interface.frames += number - state->number;
    state->number = number;
    block->count = count;
    window->used = window->len - left;
    window->need = octets;
    if (octets == IMPOSSIBLE)
        return CAPTURE_PARSE_DAMAGED;
    return count < CAPTURE_BLOCK_FRAMES ? CAPTURE_PARSE_MORE
                                        : CAPTURE_PARSE_FULL;
}

int capture_pcap_file_parse(const struct capture_pcap_file *file,
                            struct capture_state *state,
                            struct capture_window *window,
                            struct capture_block *block)
{
    const int stop = file->swapped ? parse(file, state, window, block, true)
                                   : parse(file, state, window, block, false);
    if (stop == CAPTURE_PARSE_DAMAGED)
        note_impossible(file, state, window);
    return stop;
}
