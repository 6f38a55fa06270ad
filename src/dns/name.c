#include "dns/name.h"

#include "util/hash.h"

/* RFC 1035 s4.1.4: the two high bits of a length octet. */
enum { POINTER = 0xc0 };

/* Where a run of labels stops: behind the root label, or at a pointer. */
struct run {
    size_t end; /* behind the root label; at the pointer */
    bool pointer;
};

/* Walks the labels at `at`, a label a step. `room` is how many octets the name
 * may still take, root label included: at least 1. */
static inline enum dns_status walk_run(struct bytes msg, size_t at, size_t room,
                                       struct run *out)
{
    const size_t most = at + room;
    const size_t limit = msg.len < most ? msg.len : most;
    while (LIKELY(at < limit)) {
        const unsigned octets = msg.data[at];
        if (octets - 1 < DNS_LABEL_OCTETS) {
            at += 1 + octets;
            continue;
        }
        out->pointer = octets >= POINTER;
        out->end = at + (octets == 0);
        return LIKELY(octets == 0 || octets >= POINTER) ? DNS_OK
                                                        : DNS_BAD_LABEL;
    }
    return at >= most ? DNS_BAD_LABEL : DNS_CUT;
}

/* Reads the pointer at `at`, which must lead below `limit`, where the labels
 * before it began, but not into the header. */
static inline enum dns_status read_pointer(struct bytes msg, size_t at,
                                           size_t limit, size_t *target)
{
    if (UNLIKELY(at + 2 > msg.len))
        return DNS_CUT;
    *target = load_be16(msg.data + at) & 0x3fff;
    return LIKELY(*target < limit && *target >= DNS_HEADER_OCTETS)
               ? DNS_OK
               : DNS_BAD_POINTER;
}

enum dns_status dns_name_skip(struct bytes msg, size_t at, size_t *end)
{
    struct run run;
    const enum dns_status status = walk_run(msg, at, DNS_NAME_OCTETS, &run);
    if (status != DNS_OK)
        return status;
    *end = run.end + (run.pointer ? 2 : 0);
    size_t target;
    return run.pointer ? read_pointer(msg, run.end, at, &target) : DNS_OK;
}

/* What a name that is `pointers` pointers away came to. Behind a pointer there
 * is no end of the message, only labels that run into what led to them. */
static enum dns_status fault(enum dns_status status, unsigned pointers)
{
    return status == DNS_CUT && pointers > 0 ? DNS_BAD_POINTER : status;
}

enum dns_status dns_name_expand_within(struct bytes msg, size_t at,
                                       uint32_t *work,
                                       uint8_t out[DNS_NAME_OCTETS],
                                       uint16_t *octets, size_t *end)
{
    size_t used = 0;
    for (unsigned pointers = 0; pointers <= DNS_NAME_POINTERS; pointers++) {
        if (*work == 0)
            return DNS_BAD_POINTER;
        struct run run;
        enum dns_status status =
            walk_run(msg, at, DNS_NAME_OCTETS - used, &run);
        if (status != DNS_OK)
            return fault(status, pointers);
        const size_t labels = run.end - at;
        const uint32_t seen = (uint32_t)labels + (run.pointer ? 2 : 0);
        *work -= seen < *work ? seen : *work;
        if (labels > 0)
            memcpy(out + used, msg.data + at, labels);
        used += labels;
        if (pointers == 0)
            *end = at + seen;
        if (!run.pointer) {
            *octets = (uint16_t)used;
            return DNS_OK;
        }
        size_t target;
        status = read_pointer(msg, run.end, at, &target);
        if (status != DNS_OK)
            return fault(status, pointers);
        /* What a pointer leads to ends before the labels it came from. */
        msg.len = at;
        at = target;
    }
    return DNS_BAD_POINTER;
}

enum dns_status dns_name_expand(struct bytes msg, size_t at,
                                uint8_t out[DNS_NAME_OCTETS], uint16_t *octets,
                                size_t *end)
{
    uint32_t work = UINT32_MAX;
    return dns_name_expand_within(msg, at, &work, out, octets, end);
}

/* Sixteen octets side by side; the compiler splits them where the machine has
 * no such registers. */
typedef uint8_t octets16 __attribute__((vector_size(16)));

static inline octets16 load16(const uint8_t *p)
{
    octets16 v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* All ones in each octet that is A-Z. */
static inline octets16 upper16(octets16 v)
{
    return (octets16)(v - 'A' < 26);
}

/* A-Z in each octet to a-z. */
static inline octets16 fold16(octets16 v)
{
    return v | (upper16(v) & 0x20);
}

/* Up to sixteen octets at `p`, the rest 0. */
static inline octets16 load_short(const uint8_t *p, size_t octets)
{
    octets16 v = {0};
    memcpy(&v, p, octets);
    return v;
}

void dns_name_fold(uint8_t *out, const uint8_t *name, size_t octets)
{
    if (octets < 16) {
        const octets16 v = fold16(load_short(name, octets));
        memcpy(out, &v, octets);
        return;
    }
    /* The last sixteen overlap those before: folding twice does no harm. */
    const octets16 last = fold16(load16(name + octets - 16));
    for (size_t i = 0; i + 16 < octets; i += 16) {
        const octets16 v = fold16(load16(name + i));
        memcpy(out + i, &v, sizeof v);
    }
    memcpy(out + octets - 16, &last, sizeof last);
}

static inline bool has_any(octets16 v)
{
    uint64_t halves[2];
    memcpy(halves, &v, sizeof v);
    return (halves[0] | halves[1]) != 0;
}

bool dns_name_is_folded(const uint8_t *name, size_t octets)
{
    if (octets < 16)
        return !has_any(upper16(load_short(name, octets)));
    octets16 upper = upper16(load16(name + octets - 16));
    for (size_t i = 0; i + 16 < octets; i += 16)
        upper |= upper16(load16(name + i));
    return !has_any(upper);
}

uint64_t dns_name_hash(const uint8_t *name, size_t octets, uint64_t seed)
{
    uint8_t folded[DNS_NAME_OCTETS];
    dns_name_fold(folded, name, octets);
    return hash_octets(folded, octets, seed);
}

bool dns_name_equal(const uint8_t *a, size_t a_octets, const uint8_t *b,
                    size_t b_octets)
{
    if (a_octets != b_octets)
        return false;
    if (memcmp(a, b, a_octets) == 0) /* servers repeat the case they saw */
        return true;
    uint8_t folded_a[DNS_NAME_OCTETS], folded_b[DNS_NAME_OCTETS];
    dns_name_fold(folded_a, a, a_octets);
    dns_name_fold(folded_b, b, b_octets);
    return memcmp(folded_a, folded_b, a_octets) == 0;
}

unsigned dns_name_labels(const uint8_t *name, size_t octets)
{
    unsigned labels = 0;
    for (size_t at = 0; at + 1 < octets; at += 1u + name[at])
        labels++;
    return labels;
}

static bool is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '*' || c == '-';
}

static char *put_octet(char *at, uint8_t c, bool first)
{
    if (is_plain(c) && !(first && c == '-')) {
        *at = (char)c;
        return at + 1;
    }
    at[0] = '\\';
    at[1] = (char)('0' + c / 100);
    at[2] = (char)('0' + c / 10 % 10);
    at[3] = (char)('0' + c % 10);
    return at + 4;
}

size_t dns_name_text(const uint8_t *name, size_t octets,
                     char out[DNS_NAME_TEXT])
{
    char *at = out;
    for (size_t i = 0; i + 1 < octets;) {
        const size_t label_end = i + 1 + name[i];
        if (at != out)
            *at++ = '.';
        for (i++; i < label_end; i++)
            at = put_octet(at, name[i], at == out);
    }
    if (at == out)
        *at++ = '.';
    *at = '\0';
    return (size_t)(at - out);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One character, or an escape, of the text at `*text`; -1 for a bad escape. */
static int take_octet(const char **text)
{
    const char *t = *text;
    if (t[0] != '\\') {
        *text = t + 1;
        return (uint8_t)t[0];
    }
    if (!is_digit(t[1])) {
        *text = t + 2;
        return t[1] == '\0' ? -1 : (uint8_t)t[1];
    }
    if (!is_digit(t[2]) || !is_digit(t[3]))
        return -1;
    const int value = (t[1] - '0') * 100 + (t[2] - '0') * 10 + (t[3] - '0');
    *text = t + 4;
    return value <= 255 ? value : -1;
}

/* Reads one label up to its dot or the end of the text; `out` has room for
 * `room` octets, the length octet included. Returns what it took, 0 when it is
 * no label. */
static size_t parse_label(const char **text, uint8_t *out, size_t room)
{
    size_t octets = 0;
    while (**text != '\0' && **text != '.') {
        const int c = take_octet(text);
        if (c < 0 || octets == DNS_LABEL_OCTETS || octets + 1 >= room)
            return 0;
        out[++octets] = (uint8_t)c;
    }
    out[0] = (uint8_t)octets;
    return octets == 0 ? 0 : octets + 1;
}

bool dns_name_parse(const char *text, uint8_t out[DNS_NAME_OCTETS],
                    uint16_t *octets)
{
    size_t used = 0;
    if (strcmp(text, ".") == 0)
        text++;
    else if (*text == '\0')
        return false;
    while (*text != '\0') {
        /* An octet is kept back for the root label. */
        const size_t took =
            parse_label(&text, out + used, DNS_NAME_OCTETS - 1 - used);
        if (took == 0)
            return false;
        used += took;
        if (*text == '.')
            text++;
    }
    out[used++] = 0;
    dns_name_fold(out, out, used);
    *octets = (uint16_t)used;
    return true;
}
