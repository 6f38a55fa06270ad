#include "capture/filter.h"

#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture/dlt.h"
#include "util/text.h"

enum {
    SNAP_OCTETS = 262144, /* what a program returns for "all of it" */
    PROGRAMS = 32,        /* link types of one run; more do not match */
    TOKEN = 64,
};

/* --- names that would be looked up ----------------------------------------- */

/* Every word of pcap-filter(7) in libpcap 1.10. Any other word is a name. */
static const char keywords[] =
    " aarp action addr1 addr2 addr3 addr4 address1 address2 address3 "
    "address4 ah and arp atalk bcc broadcast byte carp clnp connectmsg "
    "csnp decnet direction dir dpc dst esis es-is esp ether fddi fisu "
    "gateway geneve greater hdpc host hopc hsls hsio icmp icmp6 "
    "icmp6code icmp6type icmpcode icmptype ifname igmp igrp iih ilmic "
    "inbound ip ip6 ipx iso isis is-is l1 l2 lane lat len length less "
    "link llc lpc lsp lssu lsu mask metac metaconnect mopdl moprc mpls "
    "msu multicast net netbeui not oam oamf4 oamf4ec oamf4sc on opc or "
    "outbound pim port portrange ppp pppoed pppoes proto protochain "
    "psnp ra radio rarp reason rnr rset ruleset rulenum rnum sc sca "
    "sctp sio slip sls snp src srnr stp subrulenum srnum subtype ta "
    "tcp tcpflags tcp-ack tcp-cwr tcp-ece tcp-fin tcp-push tcp-rst "
    "tcp-syn tcp-urg tr type udp vci vlan vpi vrrp wlan icmp-echo "
    "icmp-echoreply icmp-ireq icmp-ireqreply icmp-maskreq "
    "icmp-maskreply icmp-paramprob icmp-redirect icmp-routeradvert "
    "icmp-routersolicit icmp-sourcequench icmp-timxceed icmp-tstamp "
    "icmp-tstampreply icmp-unreach icmp6-echo icmp6-echoreply "
    "icmp6-destinationunreach icmp6-packettoobig icmp6-timeexceeded "
    "icmp6-parameterproblem icmp6-neighborsolicit icmp6-neighboradvert "
    "icmp6-routersolicit icmp6-routeradvert icmp6-redirect ";

/* Behind these a word is the name of a port or protocol, an interface or a
 * kind of frame, and never looked up in the DNS. */
static const char naming[] =
    " port portrange proto protochain type subtype ifname on reason action "
    "ruleset rset dir direction ";

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Whether `word` is one of `words`, which stand between blanks. */
static bool is_in(const char *word, const char *words)
{
    const size_t length = strlen(word);
    for (const char *at = words; length > 0 && (at = strstr(at, word)); at++) {
        if (at[-1] == ' ' && at[length] == ' ')
            return true;
    }
    return false;
}

/* "53", "10.2", "192.0.2.1", as the scanner of libpcap has numbers; what has
 * more dots, or two in a row, would be a name to it. */
static bool is_dotted(const char *word)
{
    unsigned groups = 0;
    for (;;) {
        const size_t digits = strspn(word, "0123456789");
        if (digits == 0 || ++groups > 4)
            return false;
        word += digits;
        if (*word == '\0')
            return true;
        if (*word++ != '.')
            return false;
    }
}

static bool is_hexadecimal(const char *word)
{
    return word[0] == '0' && (word[1] | 0x20) == 'x' && word[2] &&
           word[2 + strspn(word + 2, "0123456789abcdefABCDEF")] == '\0';
}

static bool is_ethernet(const char *word)
{
    for (int i = 0; i < 6; i++) {
        const size_t digits = strspn(word, "0123456789abcdefABCDEF");
        if (digits < 1 || digits > 2 || word[digits] != (i < 5 ? ':' : '\0'))
            return false;
        word += digits + 1;
    }
    return true;
}

static bool is_number(const char *word)
{
    struct in6_addr address;
    return is_dotted(word) || is_hexadecimal(word) || is_ethernet(word) ||
           word[strspn(word, "0123456789:")] == '\0' || /* ip[6:2] */
           inet_pton(AF_INET6, word, &address) == 1;
}

static bool is_word_octet(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' ||
           c == ':';
}

struct word {
    char text[TOKEN]; /* cut when longer, and then no keyword */
    bool escaped;     /* a backslash makes a name of any word */
};

/* The next word at `*at`, which moves behind it; false when there is none. */
static bool next_word(const char **at, struct word *word)
{
    const char *p = *at;
    /* A sign in front of a word is arithmetic or noise. */
    while (*p && (!is_word_octet(*p) || *p == '-' || *p == ':' || *p == '.'))
        p++;
    word->escaped = p > *at && p[-1] == '\\';
    size_t n = 0;
    for (; is_word_octet(*p); p++) {
        if (n < TOKEN - 1)
            word->text[n++] = *p;
    }
    word->text[n] = '\0';
    *at = p;
    return n > 0;
}

static bool is_harmless(const struct word *word, const char *before)
{
    if (is_in(before, naming) && !strchr(word->text, ':'))
        return true;
    return !word->escaped &&
           (is_in(word->text, keywords) || is_number(word->text));
}

/* libpcap's scanner takes any octets behind a backslash for a name. */
static bool has_odd_escape(const char *expression)
{
    for (const char *at = expression; (at = strchr(at, '\\')); at++) {
        if (!is_word_octet(at[1]) || strchr("-:.", at[1]))
            return true;
    }
    return false;
}

static enum err_code refuse_names(const char *expression, struct err *err)
{
    struct word word;
    char before[TOKEN] = "";
    if (has_odd_escape(expression))
        return err_set(err, ERR_USAGE,
                       "filter: a backslash without a word behind it");
    for (const char *at = expression; next_word(&at, &word);) {
        if (!is_harmless(&word, before))
            return err_set(err, ERR_USAGE,
                           "filter: \"%s\" is no word of filters; names of "
                           "hosts are not looked up, write addresses",
                           word.text);
        memcpy(before, word.text, sizeof before);
    }
    return ERR_OK;
}

bool capture_filter_loses_fragments(const char *expression)
{
    struct word word;
    bool ports = false;
    for (const char *at = expression; next_word(&at, &word);)
        ports |= is_in(word.text, " port portrange ");
    return ports && !strstr(expression, "[6:2]");
}

/* --- programs -------------------------------------------------------------- */

struct program {
    uint16_t link_type;
    bool fits;
    struct bpf_program code;
};

struct capture_filter {
    char *expression;
    struct program programs[PROGRAMS];
    size_t count;
    struct capture_filter_counts counts;
};

static bool compile(const char *expression, uint16_t link_type,
                    struct bpf_program *code, char *reason, size_t capacity)
{
    pcap_t *dead = pcap_open_dead(capture_dlt_of(link_type), SNAP_OCTETS);
    if (!dead) {
        snprintf(reason, capacity, "out of memory");
        return false;
    }
    const bool compiled =
        pcap_compile(dead, code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!compiled) {
        const char *why = pcap_geterr(dead);
        text_escape((struct bytes){(const uint8_t *)why, strlen(why)}, reason,
                    capacity);
    }
    pcap_close(dead);
    return compiled;
}

/* The link types that an expression can be meant for; what libpcap refuses for
 * the first and for every other is said in its words about the first. */
static enum err_code check(const char *expression, struct err *err)
{
    static const uint16_t usual[] = {1, 101, 113, 276, 105, 127, 9};
    char first[128] = "", reason[128];
    for (size_t i = 0; i < COUNT(usual); i++) {
        struct bpf_program code;
        if (compile(expression, usual[i], &code, i == 0 ? first : reason,
                    sizeof reason)) {
            pcap_freecode(&code);
            return ERR_OK;
        }
    }
    return err_set(err, ERR_USAGE, "filter \"%.200s\": %s", expression, first);
}

enum err_code capture_filter_new(struct capture_filter **out,
                                 const char *expression, struct err *err)
{
    enum err_code rc = refuse_names(expression, err);
    if (rc == ERR_OK)
        rc = check(expression, err);
    if (rc != ERR_OK)
        return rc;
    struct capture_filter *f = calloc(1, sizeof *f);
    if (f)
        f->expression = strdup(expression);
    if (!f || !f->expression) {
        capture_filter_free(f);
        return err_set(err, ERR_NOMEM, "no memory for a filter");
    }
    *out = f;
    return ERR_OK;
}

void capture_filter_free(struct capture_filter *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++)
        pcap_freecode(&f->programs[i].code);
    free(f->expression);
    free(f);
}

/* Compiled when the link type is first seen; NULL when there are too many. */
static const struct program *find_program(struct capture_filter *f,
                                          uint16_t link_type)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->programs[i].link_type == link_type)
            return &f->programs[i];
    }
    if (f->count == PROGRAMS)
        return NULL;
    struct program *p = &f->programs[f->count++];
    char reason[sizeof f->counts.reason];
    p->link_type = link_type;
    p->fits =
        compile(f->expression, link_type, &p->code, reason, sizeof reason);
    if (!p->fits && !*f->counts.reason)
        memcpy(f->counts.reason, reason, sizeof reason);
    return p;
}

static bool run(const struct program *p, const struct capture_frame *frame)
{
    return bpf_filter(p->code.bf_insns, frame->data, frame->wire_octets,
                      frame->captured_octets) != 0;
}

bool capture_filter_matches(struct capture_filter *f,
                            const struct capture_frame *frame)
{
    const struct program *p = find_program(f, frame->link_type);
    return p && p->fits && run(p, frame);
}

static bool is_tagged(const struct capture_frame *frame)
{
    enum { ETHERNET = 1, TYPE_AT = 12, TYPE_OCTETS = 2 };
    if (frame->link_type != ETHERNET ||
        frame->captured_octets < TYPE_AT + TYPE_OCTETS)
        return false;
    const unsigned type =
        (unsigned)frame->data[TYPE_AT] << 8 | frame->data[TYPE_AT + 1];
    return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

void capture_filter_apply(struct capture_filter *f, struct capture_block *block)
{
    size_t kept = 0;
    for (size_t i = 0; i < block->count; i++) {
        const struct capture_frame *frame = &block->frames[i];
        const struct program *p = find_program(f, frame->link_type);
        if (!p || !p->fits)
            f->counts.unfit++;
        else if (run(p, frame))
            block->frames[kept++] = *frame;
        else
            f->counts.tagged += is_tagged(frame);
    }
    f->counts.kept += kept;
    f->counts.rejected += block->count - kept;
    block->count = kept;
}

const char *capture_filter_expression(const struct capture_filter *f)
{
    return f->expression;
}

const struct capture_filter_counts *
capture_filter_counts(const struct capture_filter *f)
{
    return &f->counts;
}
