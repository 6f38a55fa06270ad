#include "facts/zone_class.h"

#include <stdbool.h>
#include <string.h>

/* A name in wire form without its root label, and its octets. */
#define NAME(wire) (const uint8_t *)(wire), sizeof(wire) - 1

/* Top-level domains. */
static const struct {
    const uint8_t *wire;
    size_t octets;
} top_level[] = {
    {NAME("\003alt")},         /* RFC 9476 */
    {NAME("\007example")},     /* RFC 2606 */
    {NAME("\007invalid")},     /* RFC 2606 */
    {NAME("\011localhost")},   /* RFC 2606 */
    {NAME("\004test")},        /* RFC 2606 */
    {NAME("\005local")},       /* RFC 6762 */
    {NAME("\005onion")},       /* RFC 7686 */
    {NAME("\010internal")},    /* ICANN 2024 */
    {NAME("\004corp")},        /* RFC 6762 G */
    {NAME("\004home")},        /* RFC 6762 G */
    {NAME("\010intranet")},    /* RFC 6762 G */
    {NAME("\003lan")},         /* RFC 6762 G */
    {NAME("\007private")},     /* RFC 6762 G */
    {NAME("\013localdomain")}, /* customary */
    {NAME("\003svc")},         /* Kubernetes */
};

/* Below arpa. */
static const struct {
    const uint8_t *wire;
    size_t octets;
    uint8_t from,
        to; /* what the label before it must be, 0 to 0: any or none */
} below_arpa[] = {
    {NAME("\004home\004arpa"), 0, 0},                         /* RFC 8375 */
    {NAME("\010resolver\004arpa"), 0, 0},                     /* RFC 9462 */
    {NAME("\0010\007in-addr\004arpa"), 0, 0},                 /* RFC 6303 */
    {NAME("\00210\007in-addr\004arpa"), 0, 0},                /* RFC 6303 */
    {NAME("\003127\007in-addr\004arpa"), 0, 0},               /* RFC 6303 */
    {NAME("\003172\007in-addr\004arpa"), 16, 31},             /* RFC 6303 */
    {NAME("\003168\003192\007in-addr\004arpa"), 0, 0},        /* RFC 6303 */
    {NAME("\003254\003169\007in-addr\004arpa"), 0, 0},        /* RFC 6303 */
    {NAME("\0012\0010\003192\007in-addr\004arpa"), 0, 0},     /* RFC 6303 */
    {NAME("\003100\00251\003198\007in-addr\004arpa"), 0, 0},  /* RFC 6303 */
    {NAME("\003113\0010\003203\007in-addr\004arpa"), 0, 0},   /* RFC 6303 */
    {NAME("\003255\003255\003255\003255\007in-addr\004arpa"), /* RFC 6303 */
     0, 0},
    {NAME("\003100\007in-addr\004arpa"), 64, 127},       /* RFC 7793 */
    {NAME("\001d\001f\003ip6\004arpa"), 0, 0},           /* RFC 6303 */
    {NAME("\0018\001e\001f\003ip6\004arpa"), 0, 0},      /* RFC 6303 */
    {NAME("\0019\001e\001f\003ip6\004arpa"), 0, 0},      /* RFC 6303 */
    {NAME("\001a\001e\001f\003ip6\004arpa"), 0, 0},      /* RFC 6303 */
    {NAME("\001b\001e\001f\003ip6\004arpa"), 0, 0},      /* RFC 6303 */
    {NAME("\0018\001b\001d\0010\0011\0010\0010\0012\003" /* RFC 6303 */
          "ip6\004arpa"),
     0, 0},
};

/* The value of a label of digits, or -1. */
static int number_of(const uint8_t *label)
{
    int value = 0;
    if (label[0] < 1 || label[0] > 3)
        return -1;
    for (unsigned i = 1; i <= label[0]; i++) {
        if (label[i] < '0' || label[i] > '9')
            return -1;
        value = value * 10 + label[i] - '0';
    }
    return value;
}

static bool is_top_level(struct bytes last)
{
    for (size_t i = 0; i < sizeof top_level / sizeof *top_level; i++)
        if (last.len - 1 == top_level[i].octets &&
            memcmp(last.data, top_level[i].wire, top_level[i].octets) == 0)
            return true;
    return false;
}

/* Whether `rest`, with its root label, is in the table; `before` is the label
 * in front of it, or NULL. */
static bool is_below_arpa(struct bytes rest, const uint8_t *before)
{
    for (size_t i = 0; i < sizeof below_arpa / sizeof *below_arpa; i++) {
        if (rest.len - 1 != below_arpa[i].octets ||
            memcmp(rest.data, below_arpa[i].wire, below_arpa[i].octets) != 0)
            continue;
        const int number = before ? number_of(before) : -1;
        return below_arpa[i].to == 0 ||
               (number >= below_arpa[i].from && number <= below_arpa[i].to);
    }
    return false;
}

static bool is_arpa(struct bytes last)
{
    static const uint8_t arpa[] = "\004arpa";
    return last.len == sizeof arpa && memcmp(last.data, arpa, sizeof arpa) == 0;
}

/* What stands behind the first label. */
static struct bytes behind_label(struct bytes name)
{
    const size_t step = 1U + name.data[0];
    return (struct bytes){name.data + step, name.len - step};
}

enum facts_zone_class facts_zone_class(struct bytes name)
{
    struct bytes last = name;
    for (struct bytes rest = name; rest.data[0] != 0; rest = behind_label(rest))
        last = rest;
    const bool is_single = last.data == name.data && name.len > 1;
    if (is_single || is_top_level(last))
        return FACTS_ZONE_INTERNAL;
    if (!is_arpa(last))
        return FACTS_ZONE_EXTERNAL;
    const uint8_t *before = NULL;
    for (struct bytes rest = name; rest.data[0] != 0;
         rest = behind_label(rest)) {
        if (is_below_arpa(rest, before))
            return FACTS_ZONE_INTERNAL;
        before = rest.data;
    }
    return FACTS_ZONE_EXTERNAL;
}
