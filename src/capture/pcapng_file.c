/* Every block is framed twice: type and length in front, the length again
 * behind. As long as the two agree, a block whose content is nonsense can be
 * passed over; when they do not, nothing says where the next one begins.
 */
#include "capture/pcapng_file.h"

#include "util/text.h"

enum block_type {
    SECTION_HEADER = 0x0a0d0d0a,
    INTERFACE_DESCRIPTION = 1,
    OBSOLETE_PACKET = 2,
    SIMPLE_PACKET = 3,
    NAME_RESOLUTION = 4,
    INTERFACE_STATISTICS = 5,
    ENHANCED_PACKET = 6,
    /* Wireshark lists these as frames, though they are no packets. */
    JOURNAL_ENTRY = 9,
    CUSTOM = 0x00000bad,
    CUSTOM_NO_COPY = 0x40000bad,
};

enum {
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    BLOCK_HEADER = 8,  /* type, length */
    BLOCK_TRAILER = 4, /* length */
    /* Octets of the content in front of the data or the options. */
    SECTION_BODY = 16,
    INTERFACE_BODY = 8,
    PACKET_BODY = 20, /* enhanced and obsolete */
    SIMPLE_BODY = 4,
    STATISTICS_BODY = 12,
};

enum option {
    END_OF_OPTIONS = 0,
    COMMENT = 1,
    IF_NAME = 2,
    IF_DESCRIPTION = 3,
    IF_TSRESOL = 9,
    IF_TSOFFSET = 14,
    EPB_DROPCOUNT = 4,
    ISB_IFDROP = 5,
    ISB_OSDROP = 7,
};

/* Of a name resolution block. */
enum name_record { NAMES_OF_IPV4 = 1, NAMES_OF_IPV6 = 2 };

/* What a block's handler returns when the next block may follow; else it
 * returns what capture_pcapng_file_parse() does. */
enum { GO_ON = CAPTURE_PARSE_FULL + 1 };

/* The arguments of capture_pcapng_file_parse(), for the handlers. */
struct walk {
    struct capture_pcapng_file *file;
    struct capture_state *state;
    struct capture_window *window;
    struct capture_block *block;
    struct err *err;
};

/* False when `at`, 12 octets, is no section header. */
static bool read_byte_order(const uint8_t *at, bool *swapped)
{
    const uint32_t magic = capture_load_u32(at + BLOCK_HEADER, false);
    *swapped = magic != BYTE_ORDER_MAGIC;
    return magic == BYTE_ORDER_MAGIC ||
           magic == __builtin_bswap32(BYTE_ORDER_MAGIC);
}

bool capture_pcapng_file_begins(struct bytes head)
{
    return head.len >= 4 &&
           capture_load_u32(head.data, false) == SECTION_HEADER;
}

/* 1.2 was written by some programs for what is 1.0 (draft s4.1). */
static bool is_version_known(const uint8_t *at, bool swapped)
{
    const unsigned major = capture_load_u16(at + 12, swapped);
    const unsigned minor = capture_load_u16(at + 14, swapped);
    return major == 1 && (minor == 0 || minor == 2);
}

enum err_code capture_pcapng_file_init(struct capture_pcapng_file *file,
                                       const uint8_t *head, struct err *err)
{
    *file = (struct capture_pcapng_file){0};
    if (!read_byte_order(head, &file->swapped))
        return err_set(err, ERR_INPUT,
                       "no byte-order magic in the pcapng section header");
    if (!is_version_known(head, file->swapped))
        return err_set(err, ERR_INPUT, "pcapng version %u.%u is not supported",
                       (unsigned)capture_load_u16(head + 12, file->swapped),
                       (unsigned)capture_load_u16(head + 14, file->swapped));
    return ERR_OK;
}

/* Takes the next option from `rest`, or the next record of names, which looks
 * the same. False at their end, also when the rest is too short for what it
 * claims: options are extras, never a reason to stop. */
static bool next_option(struct bytes *rest, bool swapped, unsigned *code,
                        struct bytes *value)
{
    if (rest->len < 4)
        return false;
    *code = capture_load_u16(rest->data, swapped);
    const size_t len = capture_load_u16(rest->data + 2, swapped);
    const size_t padded = (len + 3) & ~(size_t)3;
    if (*code == END_OF_OPTIONS || len > rest->len - 4)
        return false;
    *value = (struct bytes){rest->data + 4, len};
    const size_t used = padded < rest->len - 4 ? padded : rest->len - 4;
    rest->data += 4 + used;
    rest->len -= 4 + used;
    return true;
}

static struct bytes skip(struct bytes octets, size_t count)
{
    return (struct bytes){octets.data + count, octets.len - count};
}

/* Some writers count the padding, or a C string's end, as part of the name. */
static struct bytes without_padding(struct bytes text)
{
    while (text.len > 0 && text.data[text.len - 1] == '\0')
        text.len--;
    return text;
}

static void note_comment(struct capture_state *state, uint64_t frame,
                         struct bytes text)
{
    capture_notes_comment(&state->notes, frame, without_padding(text));
}

static void read_section_options(struct bytes rest, bool swapped,
                                 struct capture_state *state)
{
    unsigned code;
    struct bytes value;
    while (next_option(&rest, swapped, &code, &value))
        if (code == COMMENT)
            note_comment(state, 0, value);
}

static void read_interface_options(struct bytes rest, bool swapped,
                                   struct capture_state *state,
                                   struct capture_port *port)
{
    uint8_t resolution = CAPTURE_CLOCK_MICROSECONDS;
    int64_t offset_s = 0;
    bool named = false;
    unsigned code;
    struct bytes value;
    while (next_option(&rest, swapped, &code, &value)) {
        if (code == IF_NAME || (code == IF_DESCRIPTION && !named)) {
            text_escape(without_padding(value), port->interface.name,
                        sizeof port->interface.name);
            named = code == IF_NAME;
        } else if (code == COMMENT) {
            note_comment(state, 0, value);
        } else if (code == IF_TSRESOL && value.len >= 1) {
            resolution = value.data[0];
        } else if (code == IF_TSOFFSET && value.len >= 8) {
            offset_s = (int64_t)capture_load_u64(value.data, swapped);
        }
    }
    capture_clock_init(&port->clock, resolution, offset_s);
}

static uint64_t block_offset(const struct walk *w)
{
    return w->window->offset + w->window->used;
}

static int on_section(struct walk *w, const uint8_t *at, struct bytes body)
{
    const bool swapped = w->file->swapped;
    if (body.len < SECTION_BODY)
        return capture_state_damage(w->state, block_offset(w),
                                    "a section header of %zu octets", body.len);
    if (!is_version_known(at, swapped))
        return capture_state_damage(
            w->state, block_offset(w),
            "a section of pcapng version %u.%u, which is not supported",
            (unsigned)capture_load_u16(body.data + 4, swapped),
            (unsigned)capture_load_u16(body.data + 6, swapped));
    w->file->first_port = w->state->port_count;
    read_section_options(skip(body, SECTION_BODY), swapped, w->state);
    return GO_ON;
}

static int on_interface(struct walk *w, struct bytes body)
{
    const bool swapped = w->file->swapped;
    if (body.len < INTERFACE_BODY)
        return capture_state_damage(w->state, block_offset(w),
                                    "an interface block of %zu octets",
                                    body.len);
    if (w->state->port_count >= CAPTURE_INTERFACES_MAX)
        return capture_state_damage(w->state, block_offset(w),
                                    "more than %d interfaces",
                                    CAPTURE_INTERFACES_MAX);
    struct capture_port *port;
    const enum err_code rc = capture_state_add_port(
        w->state, capture_load_u16(body.data, swapped),
        capture_load_u32(body.data + 4, swapped), &port, w->err);
    if (rc != ERR_OK)
        return rc;
    read_interface_options(skip(body, INTERFACE_BODY), swapped, w->state, port);
    return GO_ON;
}

/* NULL when the section has no such interface. */
static struct capture_port *find_port(const struct walk *w, uint32_t id)
{
    const size_t first = w->file->first_port;
    return id < w->state->port_count - first ? &w->state->ports[first + id]
                                             : NULL;
}

/* Addresses have one label here: the first of their names. */
static void take_name(struct labels *labels, struct bytes record, size_t octets)
{
    if (record.len < octets)
        return;
    const struct bytes names = skip(record, octets);
    const size_t len = strnlen((const char *)names.data, names.len);
    labels_add(labels, record.data, octets, (struct bytes){names.data, len});
}

static int on_names(struct walk *w, struct bytes body)
{
    unsigned type;
    struct bytes record;
    while (w->state->labels &&
           next_option(&body, w->file->swapped, &type, &record)) {
        if (type == NAMES_OF_IPV4)
            take_name(w->state->labels, record, 4);
        else if (type == NAMES_OF_IPV6)
            take_name(w->state->labels, record, 16);
    }
    return GO_ON;
}

static int64_t add_drops(int64_t sum, uint64_t count)
{
    return count < (uint64_t)(INT64_MAX - sum) ? sum + (int64_t)count
                                               : INT64_MAX;
}

/* Counters run from the start of the capture: the last block is right. */
static int on_statistics(struct walk *w, struct bytes body)
{
    const bool swapped = w->file->swapped;
    if (body.len < STATISTICS_BODY)
        return GO_ON;
    struct capture_port *const port =
        find_port(w, capture_load_u32(body.data, swapped));
    struct bytes rest = skip(body, STATISTICS_BODY);
    int64_t dropped = 0;
    bool known = false;
    unsigned code;
    struct bytes value;
    while (next_option(&rest, swapped, &code, &value)) {
        if ((code != ISB_IFDROP && code != ISB_OSDROP) || value.len < 8)
            continue;
        dropped = add_drops(dropped, capture_load_u64(value.data, swapped));
        known = true;
    }
    if (!port || !known)
        return GO_ON;
    port->interface.dropped = dropped;
    port->has_statistics = true;
    return GO_ON;
}

/* Packets lost since the one before. The statistics count them too, and more. */
static void count_drops(struct capture_port *port, uint64_t count)
{
    if (port->has_statistics)
        return;
    const int64_t before =
        port->interface.dropped < 0 ? 0 : port->interface.dropped;
    port->interface.dropped = add_drops(before, count);
}

/* Of the packet handed out last. The obsolete block counts drops elsewhere. */
static void read_packet_options(struct walk *w, struct bytes rest,
                                bool obsolete, struct capture_port *port)
{
    const bool swapped = w->file->swapped;
    unsigned code;
    struct bytes value;
    while (next_option(&rest, swapped, &code, &value)) {
        if (code == COMMENT)
            note_comment(w->state, w->state->number, value);
        else if (code == EPB_DROPCOUNT && !obsolete && value.len >= 8)
            count_drops(port, capture_load_u64(value.data, swapped));
    }
}

static void hand_out(struct walk *w, struct capture_port *port, int64_t time_ns,
                     struct bytes data, uint32_t wire)
{
    w->block->frames[w->block->count++] = (struct capture_frame){
        .data = data.data,
        .time_ns = time_ns,
        .number = ++w->state->number,
        .captured_octets = (uint32_t)data.len,
        .wire_octets = wire > data.len ? wire : (uint32_t)data.len,
        .link_type = port->interface.link_type,
        .interface = (uint16_t)(port - w->state->ports),
    };
    port->interface.frames++;
}

/* Enhanced and obsolete packet blocks differ only in the interface's width: the
 * obsolete one counts drops in the other half, all ones where it does not. */
static int on_packet(struct walk *w, struct bytes body, bool obsolete)
{
    const bool swapped = w->file->swapped;
    if (UNLIKELY(body.len < PACKET_BODY))
        return capture_state_damage(w->state, block_offset(w),
                                    "a packet block of %zu octets", body.len);
    const uint32_t id = obsolete ? capture_load_u16(body.data, swapped)
                                 : capture_load_u32(body.data, swapped);
    const uint64_t ticks = (uint64_t)capture_load_u32(body.data + 4, swapped)
                               << 32 |
                           capture_load_u32(body.data + 8, swapped);
    const uint32_t captured = capture_load_u32(body.data + 12, swapped);
    const uint32_t wire = capture_load_u32(body.data + 16, swapped);
    struct capture_port *const port = find_port(w, id);
    if (UNLIKELY(!port))
        return capture_state_damage(
            w->state, block_offset(w),
            "a packet of interface %u, of which the section "
            "has %zu",
            id, w->state->port_count - w->file->first_port);
    if (UNLIKELY(captured > body.len - PACKET_BODY))
        return capture_state_damage(
            w->state, block_offset(w),
            "the packet claims %u captured octets in a block "
            "that holds %zu",
            captured, body.len - PACKET_BODY);
    hand_out(w, port, capture_clock_ns(&port->clock, ticks),
             (struct bytes){body.data + PACKET_BODY, captured}, wire);
    if (obsolete && capture_load_u16(body.data + 2, swapped) != UINT16_MAX)
        count_drops(port, capture_load_u16(body.data + 2, swapped));
    const size_t options = PACKET_BODY + (((size_t)captured + 3) & ~(size_t)3);
    if (UNLIKELY(options < body.len))
        read_packet_options(w, skip(body, options), obsolete, port);
    return GO_ON;
}

/* Says how long the packet was, not how much of it is here: the snapshot length
 * of interface 0 does (draft s4.4), and the block's end. No time. */
static int on_simple_packet(struct walk *w, struct bytes body)
{
    struct capture_port *const port = find_port(w, 0);
    if (!port)
        return capture_state_damage(w->state, block_offset(w),
                                    "a packet in front of any interface");
    if (body.len < SIMPLE_BODY)
        return capture_state_damage(w->state, block_offset(w),
                                    "a packet block of %zu octets", body.len);
    const uint32_t wire = capture_load_u32(body.data, w->file->swapped);
    const uint32_t snap = port->interface.snap_octets;
    struct bytes data = skip(body, SIMPLE_BODY);
    if (data.len > wire)
        data.len = wire;
    if (snap > 0 && data.len > snap)
        data.len = snap;
    hand_out(w, port, CAPTURE_NO_TIME, data, wire);
    return GO_ON;
}

/* What a packet's handler returned. Damage inside a block whose own limits are
 * sound costs this packet and no other. */
static int pass_over(struct walk *w, int rc)
{
    if (LIKELY(rc != CAPTURE_PARSE_DAMAGED))
        return rc;
    w->state->number++;
    w->state->info.passed_over++;
    return GO_ON;
}

static int on_block(struct walk *w, const uint8_t *at, struct bytes body)
{
    switch (capture_load_u32(at, w->file->swapped)) {
    case ENHANCED_PACKET:
        return pass_over(w, on_packet(w, body, false));
    case OBSOLETE_PACKET:
        return pass_over(w, on_packet(w, body, true));
    case SIMPLE_PACKET:
        return pass_over(w, on_simple_packet(w, body));
    case SECTION_HEADER:
        return on_section(w, at, body);
    case INTERFACE_DESCRIPTION:
        return on_interface(w, body);
    case NAME_RESOLUTION:
        return on_names(w, body);
    case INTERFACE_STATISTICS:
        return on_statistics(w, body);
    case JOURNAL_ENTRY:
    case CUSTOM:
    case CUSTOM_NO_COPY:
        w->state->number++;
        return GO_ON;
    default:
        return GO_ON;
    }
}

static int next_block(struct walk *w)
{
    const uint8_t *const at = w->window->data + w->window->used;
    const size_t left = w->window->len - w->window->used;
    w->window->need = BLOCK_HEADER + BLOCK_TRAILER;
    if (left < w->window->need)
        return CAPTURE_PARSE_MORE;

    /* This type reads the same in both orders, and sets the order of what
     * follows, its own length included. */
    if (capture_load_u32(at, false) == SECTION_HEADER &&
        !read_byte_order(at, &w->file->swapped))
        return capture_state_damage(w->state, block_offset(w),
                                    "a section header without byte-order "
                                    "magic");

    const uint32_t claimed = capture_load_u32(at + 4, w->file->swapped);
    if (claimed < w->window->need || claimed > CAPTURE_RECORD_MAX)
        return capture_state_damage(w->state, block_offset(w),
                                    "the block claims %u octets", claimed);
    /* Old writers padded the block but not the length they wrote. */
    const size_t octets = (claimed + 3) & ~(size_t)3;
    w->window->need = octets;
    if (left < octets)
        return CAPTURE_PARSE_MORE;
    const uint32_t again =
        capture_load_u32(at + octets - BLOCK_TRAILER, w->file->swapped);
    if (again != claimed)
        return capture_state_damage(w->state, block_offset(w),
                                    "the block claims %u octets in front and "
                                    "%u behind",
                                    claimed, again);

    const int rc =
        on_block(w, at,
                 (struct bytes){at + BLOCK_HEADER,
                                octets - BLOCK_HEADER - BLOCK_TRAILER});
    if (rc == GO_ON)
        w->window->used += octets;
    return rc;
}

int capture_pcapng_file_parse(struct capture_pcapng_file *file,
                              struct capture_state *state,
                              struct capture_window *window,
                              struct capture_block *block, struct err *err)
{
    struct walk w = {file, state, window, block, err};
    while (block->count < CAPTURE_BLOCK_FRAMES) {
        const int rc = next_block(&w);
        if (rc != GO_ON)
            return rc;
    }
    return CAPTURE_PARSE_FULL;
}
