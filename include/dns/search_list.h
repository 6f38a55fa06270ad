/* dns/search_list.h: what a stub puts behind names, as somebody says it is set.
 *
 * The suffixes in their order, and ndots (resolv.conf(5)). Zeroed, it says
 * nothing.
 */
#ifndef DNS_SEARCH_LIST_H
#define DNS_SEARCH_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/name.h"
#include "util/bytes.h"

enum {
    DNS_SEARCH_SUFFIXES = 32, /* what Kubernetes allows; glibc has no limit */
    DNS_SEARCH_NDOTS = 15,    /* the most that stubs obey */
};

struct dns_search_list {
    struct dns_search_suffix {
        uint8_t name[DNS_NAME_OCTETS]; /* wire form, folded */
        uint16_t octets;
    } suffixes[DNS_SEARCH_SUFFIXES];
    uint8_t count; /* 0: not known */
    uint8_t ndots; /* with has_ndots, up to DNS_SEARCH_NDOTS */
    bool has_ndots;
};

enum dns_search_status {
    DNS_SEARCH_OK = 0,
    DNS_SEARCH_NO_NAME,  /* a word is no domain name */
    DNS_SEARCH_TOO_MANY, /* more than DNS_SEARCH_SUFFIXES */
    DNS_SEARCH_NONE,     /* no word at all */
};

/* Reads the suffixes of `text`, which blanks or commas separate, in place of
 * those that `list` has. One that comes again, and the root, which adds nothing
 * to a name, are left out. Unless DNS_SEARCH_OK, `list` has none, and `*word` is
 * the word of `text` at fault. */
enum dns_search_status dns_search_list_read(struct dns_search_list *list,
                                            const char *text,
                                            struct bytes *word);

/* What is wrong, in words; "" for DNS_SEARCH_OK. */
const char *dns_search_status_text(enum dns_search_status status);

/* The place of a name, in folded wire form, among the suffixes, counted from 1;
 * 0 when it is none. */
unsigned dns_search_list_place(const struct dns_search_list *list,
                               struct bytes name);

#endif
