/* capture/filter.h: BPF expressions (pcap-filter(7)), compiled by libpcap.
 *
 * libpcap would ask the resolver for a host name in an expression. No query is
 * ever sent from here: an expression with names of hosts or networks is
 * refused before libpcap sees it. Names of ports and protocols are files' and
 * stay allowed.
 */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include <stdbool.h>

#include "capture/frame.h"
#include "util/err.h"

struct capture_filter;

/* ERR_USAGE says what is wrong with `expression`: a name to look up, or
 * something that libpcap can apply to no usual link type. ERR_NOMEM. */
MUST_USE enum err_code capture_filter_new(struct capture_filter **out,
                                          const char *expression,
                                          struct err *err);
void capture_filter_free(struct capture_filter *filter);

/* Whether the expression matches. False where it means nothing for the frame's
 * link type. One thread at a time. */
bool capture_filter_matches(struct capture_filter *filter,
                            const struct capture_frame *frame);

/* Takes the frames out of `block` that do not match; the others keep their
 * order and numbers. */
void capture_filter_apply(struct capture_filter *filter,
                          struct capture_block *block);

/* As given. Borrowed. */
const char *capture_filter_expression(const struct capture_filter *filter);

struct capture_filter_counts {
    uint64_t kept;
    uint64_t rejected; /* frames taken out, with the next two */
    uint64_t tagged;   /* Ethernet with a VLAN tag, taken out: behind it an
                          expression looks only with "vlan" */
    uint64_t unfit;    /* for their link type the expression means nothing */
    char reason[128];  /* why, of the first of them */
};

/* Of all calls of capture_filter_apply(). Borrowed. */
const struct capture_filter_counts *
capture_filter_counts(const struct capture_filter *filter);

/* Whether the expression names ports and says nothing of fragments: only the
 * first fragment of a datagram has ports, the others never match. */
bool capture_filter_loses_fragments(const char *expression);

#endif
