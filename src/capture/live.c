#include "capture/live.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdlib.h>

#include "capture/dlt.h"
#include "util/text.h"

enum {
    WAIT_MS = 100,
};

struct capture_live {
    pcap_t *pcap;
    int fd;
    uint16_t link_type;
    bool nanoseconds;
    /* A packet that did not fit the last block; libpcap keeps it until the
     * next one is asked for. */
    const struct pcap_pkthdr *header;
    const uint8_t *data;
    uint32_t dropped, interface_dropped; /* so far, modulo 2^32 */
};

/* --- the default filter ---------------------------------------------------- */

/* IPv4 fragments behind the first; IPv6 with a fragment header first; ICMP
 * errors: unreachable, quench, redirect, time exceeded, parameter problem;
 * ICMPv6 types below 128. */
#define BESIDES                                                                \
    "ip[6:2] & 0x1fff != 0 or ip6[6] == 44 or "                                \
    "icmp[0] == 3 or icmp[0] == 4 or icmp[0] == 5 or icmp[0] == 11 or "        \
    "icmp[0] == 12 or (ip6[6] == 58 and ip6[40] < 128)"

/* What stands behind "vlan" is looked for behind the tag, so it comes last and
 * holds everything once more. */
bool capture_live_filter(const char *ports, char *out, size_t capacity)
{
    const int n = snprintf(out, capacity,
                           "%s or " BESIDES " or (vlan and (%s or " BESIDES
                           " or (vlan and (%s or " BESIDES "))))",
                           ports, ports, ports);
    return n > 0 && (size_t)n < capacity;
}

/* --- opening --------------------------------------------------------------- */

static enum err_code fail(const struct capture_live *live,
                          const struct capture_live_options *o,
                          const char *what, struct err *err)
{
    return err_set(err, ERR_INPUT, "%.64s: %s%s", o->interface, what,
                   pcap_geterr(live->pcap));
}

static enum err_code explain(const struct capture_live *live, int status,
                             const struct capture_live_options *o,
                             struct err *err)
{
    switch (status) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return err_set(err, ERR_INPUT,
                       "%.64s: no permission to capture; run it with sudo, or "
                       "once: sudo setcap cap_net_raw+ep PROGRAM",
                       o->interface);
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return err_set(err, ERR_INPUT,
                       "%.64s: there is no such interface (-D lists them)",
                       o->interface);
    case PCAP_ERROR_IFACE_NOT_UP:
        return err_set(err, ERR_INPUT, "%.64s: the interface is down",
                       o->interface);
    default:
        return fail(live, o, "", err);
    }
}

static enum err_code activate(struct capture_live *live,
                              const struct capture_live_options *o,
                              struct err *err)
{
    pcap_t *p = live->pcap;
    const uint32_t snap =
        o->snap_octets ? o->snap_octets : CAPTURE_LIVE_SNAP_MAX;
    /* These fail on an active handle only. */
    pcap_set_snaplen(p, (int)snap);
    pcap_set_promisc(p, !o->not_promiscuous);
    pcap_set_timeout(p, WAIT_MS);
    if (o->buffer_kib)
        pcap_set_buffer_size(p, (int)(o->buffer_kib * 1024));
    pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
    const int status = pcap_activate(p);
    if (status < 0)
        return explain(live, status, o, err);
    live->nanoseconds =
        pcap_get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO;
    return ERR_OK;
}

/* "any" by the newer header, which tells the interfaces apart. */
static enum err_code choose_link_type(struct capture_live *live,
                                      const struct capture_live_options *o,
                                      struct err *err)
{
    if (o->link_type) {
        const int dlt = pcap_datalink_name_to_val(o->link_type);
        if (dlt < 0)
            return err_set(err, ERR_USAGE, "-y %.64s: no such link type",
                           o->link_type);
        if (pcap_set_datalink(live->pcap, dlt) != 0)
            return fail(live, o, "", err);
    } else if (pcap_datalink(live->pcap) == DLT_LINUX_SLL) {
        pcap_set_datalink(live->pcap, DLT_LINUX_SLL2); /* or as it is */
    }
    live->link_type = capture_dlt_link_type(pcap_datalink(live->pcap));
    return ERR_OK;
}

static bool set_filter(struct capture_live *live, const char *expression)
{
    struct bpf_program code;
    if (pcap_compile(live->pcap, &code, expression, 1, PCAP_NETMASK_UNKNOWN) !=
        0)
        return false;
    const bool set = pcap_setfilter(live->pcap, &code) == 0;
    pcap_freecode(&code);
    return set;
}

/* The default filter up to the part about VLAN, which some link types lack. */
static bool set_filter_without_vlan(struct capture_live *live,
                                    const char *expression)
{
    const char *vlan = strstr(expression, " or (vlan");
    char *head = vlan ? strndup(expression, (size_t)(vlan - expression)) : NULL;
    const bool set = head && set_filter(live, head);
    free(head);
    return set;
}

static enum err_code choose_filter(struct capture_live *live,
                                   const struct capture_live_options *o,
                                   struct err *err)
{
    const bool own = o->filter && *o->filter;
    const char *expression = own ? o->filter : o->default_filter;
    if (!expression || set_filter(live, expression) ||
        (!own && set_filter_without_vlan(live, expression)))
        return ERR_OK;
    return fail(live, o, "filter: ", err);
}

static enum err_code be_pollable(struct capture_live *live,
                                 const struct capture_live_options *o,
                                 struct err *err)
{
    char why[PCAP_ERRBUF_SIZE];
    live->fd = pcap_get_selectable_fd(live->pcap);
    if (live->fd < 0 || pcap_setnonblock(live->pcap, 1, why) != 0)
        return err_set(err, ERR_INPUT, "%.64s: cannot be waited for",
                       o->interface);
    return ERR_OK;
}

static enum err_code add_port(const struct capture_live *live,
                              const struct capture_live_options *o,
                              struct capture_state *state, struct err *err)
{
    struct capture_port *port;
    const enum err_code rc = capture_state_add_port(state, live->link_type,
                                                    o->snap_octets, &port, err);
    if (rc != ERR_OK)
        return rc;
    text_escape(
        (struct bytes){(const uint8_t *)o->interface, strlen(o->interface)},
        port->interface.name, sizeof port->interface.name);
    port->interface.dropped = 0;
    return ERR_OK;
}

static enum err_code open_interface(struct capture_live *live,
                                    const struct capture_live_options *o,
                                    struct err *err)
{
    char why[PCAP_ERRBUF_SIZE];
    live->pcap = pcap_create(o->interface, why);
    if (!live->pcap)
        return err_set(err, ERR_INPUT, "%.64s: %s", o->interface, why);
    enum err_code rc = activate(live, o, err);
    if (rc == ERR_OK)
        rc = choose_link_type(live, o, err);
    if (rc == ERR_OK)
        rc = choose_filter(live, o, err);
    if (rc == ERR_OK)
        rc = be_pollable(live, o, err);
    return rc;
}

enum err_code capture_live_open(struct capture_live **out,
                                const struct capture_live_options *o,
                                struct capture_state *state, struct err *err)
{
    struct capture_live *live = calloc(1, sizeof *live);
    if (!live)
        return err_set(err, ERR_NOMEM, "no memory for a live capture");
    enum err_code rc =
        o->privileges ? capture_privileges_reclaim(o->privileges, err) : ERR_OK;
    if (rc == ERR_OK)
        rc = open_interface(live, o, err);
    if (rc == ERR_OK && o->privileges)
        rc = capture_privileges_drop(o->privileges, err);
    if (rc == ERR_OK)
        rc = add_port(live, o, state, err);
    if (rc == ERR_OK)
        *out = live;
    else
        capture_live_close(live);
    return rc;
}

void capture_live_close(struct capture_live *live)
{
    if (!live)
        return;
    if (live->pcap)
        pcap_close(live->pcap);
    free(live);
}

/* --- reading --------------------------------------------------------------- */

/* Drops of the kernel, for want of buffer, and of the interface, which libpcap
 * counts from the opening in 32 bits. */
static void count_drops(struct capture_live *live, struct capture_state *state)
{
    struct pcap_stat now;
    if (pcap_stats(live->pcap, &now) != 0)
        return;
    const uint32_t dropped = (uint32_t)now.ps_drop - live->dropped;
    const uint32_t lost = (uint32_t)now.ps_ifdrop - live->interface_dropped;
    live->dropped = now.ps_drop;
    live->interface_dropped = now.ps_ifdrop;
    state->ports[0].interface.dropped += (int64_t)dropped + lost;
}

/* False when the block has no room for the packet. */
static bool put(struct capture_live *live, struct capture_state *state,
                struct capture_block *block, size_t *used)
{
    const uint32_t octets = live->header->caplen;
    if (block->count == CAPTURE_BLOCK_FRAMES ||
        octets > block->capacity - *used)
        return false;
    uint8_t *to = block->buffer + *used;
    if (octets > 0)
        memcpy(to, live->data, octets);
    *used += octets;
    block->frames[block->count++] = (struct capture_frame){
        .data = to,
        .time_ns =
            (int64_t)live->header->ts.tv_sec * 1000000000 +
            (int64_t)live->header->ts.tv_usec * (live->nanoseconds ? 1 : 1000),
        .number = ++state->number,
        .captured_octets = octets,
        .wire_octets = live->header->len > octets ? live->header->len : octets,
        .link_type = live->link_type,
    };
    state->info.octets += octets;
    live->header = NULL;
    return true;
}

/* What has arrived, as far as it fits. Returns 1, or 0 when the interface went
 * away. */
static int gather(struct capture_live *live, struct capture_state *state,
                  struct capture_block *block)
{
    size_t used = 0;
    for (;;) {
        struct pcap_pkthdr *header;
        if (live->header && !put(live, state, block, &used))
            return 1;
        const int got = pcap_next_ex(live->pcap, &header, &live->data);
        if (got == 0)
            return 1;
        if (got < 0) {
            capture_state_damage(state, state->info.octets,
                                 "the capture ended: %s",
                                 pcap_geterr(live->pcap));
            return 0;
        }
        live->header = header;
    }
}

int capture_live_read(struct capture_live *live, struct capture_state *state,
                      struct capture_block *block, struct err *err)
{
    block->count = 0;
    if (!live->header) {
        struct pollfd wait = {.fd = live->fd, .events = POLLIN};
        const int ready = poll(&wait, 1, WAIT_MS);
        if (ready < 0 && errno != EINTR)
            return err_set_errno(err, ERR_INPUT, "%s", state->info.path);
    }
    const int more = gather(live, state, block);
    count_drops(live, state);
    state->ports[0].interface.frames += block->count;
    return more;
}

/* --- the list -------------------------------------------------------------- */

static void put_interface(FILE *out, const pcap_if_t *i)
{
    char name[64], text[160];
    const char *about = i->description ? i->description : "";
    text_escape((struct bytes){(const uint8_t *)i->name, strlen(i->name)}, name,
                sizeof name);
    text_escape((struct bytes){(const uint8_t *)about, strlen(about)}, text,
                sizeof text);
    fprintf(out, "%-16s %s%s%s\n", name, i->flags & PCAP_IF_UP ? "up" : "down",
            *text ? ", " : "", text);
}

enum err_code capture_live_list(FILE *out, struct err *err)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_if_t *all = NULL;
    if (pcap_findalldevs(&all, why) != 0)
        return err_set(err, ERR_INPUT, "interfaces: %s", why);
    for (const pcap_if_t *i = all; i; i = i->next)
        put_interface(out, i);
    pcap_freealldevs(all);
    return ERR_OK;
}
