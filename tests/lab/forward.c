/* forward: a UDP DNS forwarder that misbehaves as told, for kernels without
 * netem and for faults that netem cannot make.
 *
 * usage: forward LISTEN UPSTREAM [RULE...]      both IPv4 as ADDRESS@PORT
 * rule:  [suffix=NAME,][type=NUMBER,][first=N,][every=N,]ACTION
 * action: delay=MS | drop | servfail | refused | truncate
 *
 * The first rule that a query meets decides; a query that meets none is passed
 * on at once. A rule is met by names that end in NAME, by the type NUMBER, and
 * of the queries for which that holds by the first N, or by every Nth.
 *
 * Prints one line a query, tab separated: time (microseconds since the epoch),
 * action, client address, name, type number. This is the record of what was
 * done to the traffic, not of what came of it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

enum { MESSAGE_OCTETS = 4096, HEADER_OCTETS = 12, NAME_TEXT = 256 };
enum { MAX_RULES = 16, MAX_DELAY_MS = 600000 };

/* A power of two. When all are taken, the oldest query is given up. */
enum { SLOTS = 1024 };

enum action { PASS, DELAY, DROP, SERVFAIL, REFUSED, TRUNCATE, ACTIONS };
static const char *const action_names[ACTIONS] = {
    "pass", "delay", "drop", "servfail", "refused", "truncate"};

struct rule {
    const char *suffix; /* without a leading dot, or NULL for any name */
    long type;          /* -1: any */
    long first, every;  /* 0: all of them */
    long met;           /* queries that had the name and the type */
    enum action action;
    long delay_ms;
};

/* A query on its way: held until `due_us`, then sent, then answered or not. */
struct slot {
    struct sockaddr_in client;
    int64_t due_us;
    size_t octets;
    uint16_t client_id;   /* as on the wire */
    uint16_t upstream_id; /* host order; its low bits are the slot's index */
    enum { FREE, HELD, SENT } state;
    uint8_t message[MESSAGE_OCTETS];
};

struct question {
    char name[NAME_TEXT]; /* text without the final dot; odd octets as '?' */
    uint16_t type;
    size_t end; /* offset behind the question */
};

struct forwarder {
    int listening, upstream; /* sockets */
    struct rule rules[MAX_RULES];
    int rule_count;
    uint16_t next_id;
    struct slot slots[SLOTS];
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Reads the first question of a query. Returns false when there is none, it is
 * cut short or its name is compressed. */
static bool read_question(const uint8_t *m, size_t octets, struct question *q)
{
    size_t at = HEADER_OCTETS, written = 0;
    if (octets < HEADER_OCTETS || (m[2] & 0x80) || (!m[4] && !m[5]))
        return false;
    while (at < octets && m[at] != 0) {
        const size_t label = m[at];
        if (label > 63 || at + 1 + label > octets ||
            written + label + 2 > sizeof q->name)
            return false;
        if (written)
            q->name[written++] = '.';
        for (size_t i = 1; i <= label; i++) {
            const uint8_t c = m[at + i];
            q->name[written++] = c > ' ' && c < 0x7f ? (char)c : '?';
        }
        at += 1 + label;
    }
    if (at + 5 > octets)
        return false;
    q->name[written] = '\0';
    q->type = (uint16_t)(m[at + 1] << 8 | m[at + 2]);
    q->end = at + 5;
    return true;
}

static bool has_suffix(const char *name, const char *suffix)
{
    const size_t n = strlen(name), s = strlen(suffix);
    return n >= s && strcasecmp(name + n - s, suffix) == 0 &&
           (n == s || name[n - s - 1] == '.');
}

static bool rule_holds(struct rule *r, const struct question *q)
{
    if ((r->suffix && !has_suffix(q->name, r->suffix)) ||
        (r->type >= 0 && r->type != q->type))
        return false;
    r->met++;
    return (r->first == 0 || r->met <= r->first) &&
           (r->every == 0 || r->met % r->every == 0);
}

static const struct rule *choose_rule(struct forwarder *f,
                                      const struct question *q)
{
    static const struct rule pass = {.action = PASS};
    for (int i = 0; i < f->rule_count; i++)
        if (rule_holds(&f->rules[i], q))
            return &f->rules[i];
    return &pass;
}

/* Answers with the question and nothing else (RFC 1035 s4.1.1): SERVFAIL,
 * REFUSED, or TC as a server that limits its rate does. */
static void answer_empty(const struct forwarder *f, enum action action,
                         const uint8_t *query, const struct question *q,
                         const struct sockaddr_in *client)
{
    uint8_t m[MESSAGE_OCTETS];
    memcpy(m, query, q->end);
    m[2] |= action == TRUNCATE ? 0x82 : 0x80; /* QR, TC */
    m[3] = 0x80;                              /* RA */
    if (action == SERVFAIL)
        m[3] |= 2;
    else if (action == REFUSED)
        m[3] |= 5;
    m[4] = 0;
    m[5] = 1;                            /* QDCOUNT */
    memset(m + 6, 0, HEADER_OCTETS - 6); /* no records */
    sendto(f->listening, m, q->end, 0, (const struct sockaddr *)client,
           sizeof *client);
}

static void hold(struct forwarder *f, const uint8_t *query, size_t octets,
                 const struct sockaddr_in *client, int64_t due_us)
{
    const uint16_t id = f->next_id++;
    struct slot *s = &f->slots[id % SLOTS];

    s->state = HELD;
    s->client = *client;
    s->due_us = due_us;
    s->octets = octets;
    s->upstream_id = id;
    memcpy(&s->client_id, query, 2);
    memcpy(s->message, query, octets);
    s->message[0] = (uint8_t)(id >> 8);
    s->message[1] = (uint8_t)id;
}

static void take_query(struct forwarder *f)
{
    uint8_t m[MESSAGE_OCTETS];
    struct sockaddr_in client = {0};
    socklen_t client_octets = sizeof client;
    struct question q;
    const ssize_t got = recvfrom(f->listening, m, sizeof m, MSG_DONTWAIT,
                                 (struct sockaddr *)&client, &client_octets);
    if (got < 0 || !read_question(m, (size_t)got, &q))
        return;

    const int64_t now = now_us();
    const struct rule *r = choose_rule(f, &q);
    char address[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &client.sin_addr, address, sizeof address);
    printf("%lld\t%s\t%s\t%s\t%u\n", (long long)now, action_names[r->action],
           address, q.name, q.type);
    if (r->action == PASS || r->action == DELAY)
        hold(f, m, (size_t)got, &client, now + r->delay_ms * 1000);
    else if (r->action != DROP)
        answer_empty(f, r->action, m, &q, &client);
}

static void take_response(struct forwarder *f)
{
    uint8_t m[MESSAGE_OCTETS];
    const ssize_t got = recv(f->upstream, m, sizeof m, MSG_DONTWAIT);
    if (got < HEADER_OCTETS)
        return;
    const uint16_t id = (uint16_t)(m[0] << 8 | m[1]);
    struct slot *s = &f->slots[id % SLOTS];
    if (s->state != SENT || s->upstream_id != id)
        return;
    memcpy(m, &s->client_id, 2);
    s->state = FREE;
    sendto(f->listening, m, (size_t)got, 0, (const struct sockaddr *)&s->client,
           sizeof s->client);
}

/* Sends what is due. Returns the milliseconds until the next, or -1. */
static int send_due(struct forwarder *f)
{
    const int64_t now = now_us();
    int64_t next_us = -1;
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *s = &f->slots[i];
        if (s->state != HELD)
            continue;
        if (s->due_us <= now) {
            s->state = SENT;
            send(f->upstream, s->message, s->octets, 0);
        } else if (next_us < 0 || s->due_us - now < next_us) {
            next_us = s->due_us - now;
        }
    }
    return next_us < 0 ? -1 : (int)((next_us + 999) / 1000);
}

static bool read_number(const char *text, long *out)
{
    char *end = NULL;
    *out = strtol(text, &end, 10);
    return end != text && *end == '\0' && *out >= 0;
}

static bool read_delay(const char *text, struct rule *r)
{
    return read_number(text, &r->delay_ms) && r->delay_ms <= MAX_DELAY_MS;
}

/* Reads one "word" or "word=value" of a rule. */
static bool read_term(char *term, struct rule *r)
{
    char *value = strchr(term, '=');
    if (value)
        *value++ = '\0';
    const char *const v = value ? value : "";

    if (strcmp(term, "suffix") == 0 && *v) {
        r->suffix = v;
        return true;
    }
    if (strcmp(term, "type") == 0)
        return read_number(v, &r->type);
    if (strcmp(term, "first") == 0)
        return read_number(v, &r->first);
    if (strcmp(term, "every") == 0)
        return read_number(v, &r->every);
    for (int a = DELAY; a < ACTIONS; a++)
        if (strcmp(term, action_names[a]) == 0) {
            r->action = (enum action)a;
            return a == DELAY ? read_delay(v, r) : !value;
        }
    return false;
}

static bool read_rule(char *text, struct rule *r)
{
    char *rest = NULL;
    *r = (struct rule){.type = -1};
    for (char *t = strtok_r(text, ",", &rest); t;
         t = strtok_r(NULL, ",", &rest))
        if (!read_term(t, r))
            return false;
    return r->action != PASS;
}

static bool read_address(const char *text, struct sockaddr_in *out)
{
    char address[INET_ADDRSTRLEN];
    long port = 0;
    const char *at = strchr(text, '@');
    if (!at || (size_t)(at - text) >= sizeof address ||
        !read_number(at + 1, &port) || port > UINT16_MAX)
        return false;
    memcpy(address, text, (size_t)(at - text));
    address[at - text] = '\0';
    *out = (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port)};
    return inet_pton(AF_INET, address, &out->sin_addr) == 1;
}

/* Returns false, having said why, when a rule or an address is not understood
 * or a socket cannot be had. */
static bool configure(struct forwarder *f, int argc, char **argv)
{
    struct sockaddr_in listen_at, upstream;
    if (argc < 3 || argc - 3 > MAX_RULES ||
        !read_address(argv[1], &listen_at) ||
        !read_address(argv[2], &upstream)) {
        fputs("usage: forward ADDRESS@PORT ADDRESS@PORT [RULE...]\n", stderr);
        return false;
    }
    for (int i = 3; i < argc; i++)
        if (!read_rule(argv[i], &f->rules[f->rule_count++])) {
            fprintf(stderr, "forward: rule %d is not understood\n", i - 2);
            return false;
        }
    f->listening = socket(AF_INET, SOCK_DGRAM, 0);
    f->upstream = socket(AF_INET, SOCK_DGRAM, 0);
    if (f->listening >= 0 && f->upstream >= 0 &&
        bind(f->listening, (const struct sockaddr *)&listen_at,
             sizeof listen_at) == 0 &&
        connect(f->upstream, (const struct sockaddr *)&upstream,
                sizeof upstream) == 0)
        return true;
    perror("forward");
    return false;
}

/* Runs until a signal ends the program; returns when poll() fails. */
static void serve(struct forwarder *f)
{
    struct pollfd fds[] = {{.fd = f->listening, .events = POLLIN},
                           {.fd = f->upstream, .events = POLLIN}};
    while (poll(fds, 2, send_due(f)) >= 0) {
        if (fds[0].revents)
            take_query(f);
        if (fds[1].revents)
            take_response(f);
    }
    perror("forward: poll");
}

int main(int argc, char **argv)
{
    struct forwarder *f = calloc(1, sizeof *f);
    setvbuf(stdout, NULL, _IOLBF, 0); /* whoever stops us keeps every line */
    if (f && configure(f, argc, argv))
        serve(f);
    free(f);
    return 1;
}
