#include "facts/zone_class.h"

#include <stdbool.h>
#include <string.h>

/* A name in wire form without its root label, and its octets. */
#define NAME(wire) (const uint8_t *)(wire), sizeof(wire) - 1

static const struct {
    const uint8_t *wire;
    size_t octets;
    uint8_t from,
        to; /* what the label before it must be, 0 to 0: any or none */
} internal[] = {
    {NAME("\003alt"), 0, 0},                                  /* RFC 9476 */
    {NAME("\007example"), 0, 0},                              /* RFC 2606 */
    {NAME("\007invalid"), 0, 0},                              /* RFC 2606 */
    {NAME("\011localhost"), 0, 0},                            /* RFC 2606 */
    {NAME("\004test"), 0, 0},                                 /* RFC 2606 */
    {NAME("\005local"), 0, 0},                                /* RFC 6762 */
    {NAME("\005onion"), 0, 0},                                /* RFC 7686 */
    {NAME("\010internal"), 0, 0},                             /* ICANN 2024 */
    {NAME("\004home\004arpa"), 0, 0},                         /* RFC 8375 */
    {NAME("\010resolver\004arpa"), 0, 0},                     /* RFC 9462 */
    {NAME("\004corp"), 0, 0},                                 /* RFC 6762 G */
    {NAME("\004home"), 0, 0},                                 /* RFC 6762 G */
    {NAME("\010intranet"), 0, 0},                             /* RFC 6762 G */
    {NAME("\003lan"), 0, 0},                                  /* RFC 6762 G */
    {NAME("\007private"), 0, 0},                              /* RFC 6762 G */
    {NAME("\013localdomain"), 0, 0},                          /* customary */
    {NAME("\003svc"), 0, 0},                                  /* Kubernetes */
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

/* Whether `rest`, with its root label, is in the table; `before` is the label
 * in front of it, or NULL. */
static bool is_internal(struct bytes rest, const uint8_t *before)
{
    for (size_t i = 0; i < sizeof internal / sizeof *internal; i++) {
        if (rest.len - 1 != internal[i].octets ||
            memcmp(rest.data, internal[i].wire, internal[i].octets) != 0)
            continue;
        const int number = before ? number_of(before) : -1;
        return internal[i].to == 0 ||
               (number >= internal[i].from && number <= internal[i].to);
    }
    return false;
}

enum facts_zone_class facts_zone_class(struct bytes name)
{
    const uint8_t *before = NULL;
    struct bytes rest = name;
    unsigned labels = 0;
    for (; rest.data[0] != 0; labels++) {
        if (is_internal(rest, before))
            return FACTS_ZONE_INTERNAL;
        const size_t step = 1U + rest.data[0];
        before = rest.data;
        rest = (struct bytes){rest.data + step, rest.len - step};
    }
    return labels == 1 ? FACTS_ZONE_INTERNAL : FACTS_ZONE_EXTERNAL;
}
