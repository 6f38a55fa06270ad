/* capture/live.h: frames of a network interface, through libpcap.
 *
 * capture_source_open_live() (source.h) makes a source of it, like any other.
 */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include <stdio.h>

#include "capture/parse.h"
#include "capture/privileges.h"

enum {
    CAPTURE_LIVE_SNAP_MAX = CAPTURE_BLOCK_OCTETS, /* octets: a block's worth */
    CAPTURE_LIVE_BUFFER_MAX = 1024 * 1024,        /* KiB */
};

struct capture_live_options {
    const char *interface; /* "eth0", "any"; NULL: files are read */
    const char *filter;    /* NULL or "": `default_filter` */
    const char *default_filter;
    const char *link_type; /* by libpcap's name, NULL: the interface's usual */
    uint32_t snap_octets;  /* 0: whole frames */
    uint32_t buffer_kib;   /* in the kernel, 0: libpcap's 2 MiB */
    bool not_promiscuous;
    /* Borrowed while opening, which lends root for it and drops it after. */
    const struct capture_privileges *privileges;
};

/* The filter for a live capture of DNS on `ports` (those of pcap-filter(7),
 * joined by "or": "port 53 or port 5353"), into `out`: the ports, fragments
 * behind the first, which have no ports, ICMP errors, which quote a query, and
 * all of these behind one or two VLAN tags. False when it does not fit. */
bool capture_live_filter(const char *ports, char *out, size_t capacity);

/* Writes the interfaces that can be captured on, a line each. ERR_INPUT. */
MUST_USE enum err_code capture_live_list(FILE *out, struct err *err);

/* --- for source.c ---------------------------------------------------------- */

struct capture_live;

/* Opens the interface and adds it to `state`. ERR_INPUT says why not, and what
 * would help. */
MUST_USE enum err_code
capture_live_open(struct capture_live **out,
                  const struct capture_live_options *options,
                  struct capture_state *state, struct err *err);
void capture_live_close(struct capture_live *live);

/* As capture_source_read(), but waits a tenth of a second at most, so that a
 * caller can look at the clock. An interface that goes away is damage. */
MUST_USE int capture_live_read(struct capture_live *live,
                               struct capture_state *state,
                               struct capture_block *block, struct err *err);

#endif
