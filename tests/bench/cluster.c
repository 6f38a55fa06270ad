#include "cluster.h"

#include <stdio.h>

enum { SERVICES = 1500, ADDRESSES = 2000 };

static bool has_ipv6(uint32_t external)
{
    return random_mix(external) % 3 == 0;
}

static bool has_alias(uint32_t external)
{
    return random_mix(external) % 10 < 3;
}

static bool external_exists(uint32_t number)
{
    return number % 50 != 49;
}

static struct wire_name external_name(uint32_t number)
{
    static const char *const hosts[] = {
        "api",
        "www",
        "login.eu-west",
        "metrics-intake",
        "queue.us-east-1",
        "cdn-edge-static",
        "telemetry.us-east-1",
        "object-storage.eu-west-3",
    };
    char text[80];
    snprintf(text, sizeof text, "%s.vendor-%u.example", hosts[number % 8],
             (unsigned)(number / 8));
    return wire_name(text);
}

/* A service, by the name under which a pod knows it. */
static struct wire_name service_name(enum cluster_kind kind, uint32_t number)
{
    char text[80];
    const unsigned team = number % CLUSTER_NAMESPACES;
    if (kind == CLUSTER_LOCAL)
        snprintf(text, sizeof text, "backend-%u", (unsigned)number);
    else
        snprintf(text, sizeof text, "backend-%u.production-team-%u%s",
                 (unsigned)number, team,
                 kind == CLUSTER_COMPLETE ? ".svc.cluster.local" : "");
    return wire_name(text);
}

static struct wire_name reverse_name(uint32_t number)
{
    char text[40];
    snprintf(text, sizeof text, "%u.%u.244.10.in-addr.arpa",
             (unsigned)(number % 256), (unsigned)(1 + number / 256));
    return wire_name(text);
}

static enum cluster_kind choose_kind(struct random *random, bool has_search)
{
    const uint32_t dice = random_below(random, 100);
    if (dice < 55)
        return CLUSTER_EXTERNAL_NAME;
    if (dice < 75)
        return has_search ? CLUSTER_SHORT : CLUSTER_COMPLETE;
    if (dice < 85)
        return has_search ? CLUSTER_LOCAL : CLUSTER_COMPLETE;
    if (dice < 95)
        return CLUSTER_COMPLETE;
    return dice < 98 ? CLUSTER_ADDRESS : CLUSTER_TEXT;
}

void cluster_choose(struct random *random, unsigned namespace, bool has_search,
                    struct cluster_wish *out)
{
    *out = (struct cluster_wish){
        .kind = (uint8_t)choose_kind(random, has_search),
        .types = {WIRE_A, WIRE_AAAA},
        .questions = 2,
    };
    switch (out->kind) {
    case CLUSTER_TEXT:
        out->types[0] = WIRE_TXT;
        out->questions = 1;
        /* fall through */
    case CLUSTER_EXTERNAL_NAME:
        out->number = random_zipf(random, CLUSTER_EXTERNAL);
        out->name = external_name(out->number);
        break;
    case CLUSTER_ADDRESS:
        out->types[0] = WIRE_PTR;
        out->questions = 1;
        out->number = random_below(random, ADDRESSES);
        out->name = reverse_name(out->number);
        break;
    default:
        out->number = random_zipf(random, SERVICES);
        if (out->kind == CLUSTER_LOCAL)
            out->number += namespace - out->number % CLUSTER_NAMESPACES;
        out->name = service_name(out->kind, out->number);
    }
}

bool cluster_walks(const struct cluster_wish *wish)
{
    return wish->questions == 2;
}

const char *cluster_suffix(unsigned namespace, unsigned step)
{
    static const char *const own[CLUSTER_NAMESPACES] = {
        "production-team-0.svc.cluster.local",
        "production-team-1.svc.cluster.local",
        "production-team-2.svc.cluster.local",
        "production-team-3.svc.cluster.local",
        "production-team-4.svc.cluster.local",
        "production-team-5.svc.cluster.local",
        "production-team-6.svc.cluster.local",
        "production-team-7.svc.cluster.local",
    };
    static const char *const shared[CLUSTER_SUFFIXES] = {
        [1] = "svc.cluster.local", "cluster.local", "ec2.internal"};
    return step == 0 ? own[namespace] : shared[step];
}

struct wire_name cluster_step_name(const struct cluster_wish *wish,
                                   unsigned namespace, unsigned step)
{
    if (step >= CLUSTER_SUFFIXES)
        return wish->name;
    const struct wire_name tail = wire_name(cluster_suffix(namespace, step));
    return wire_name_join(&wish->name, &tail);
}

bool cluster_step_exists(const struct cluster_wish *wish, unsigned step)
{
    switch (wish->kind) {
    case CLUSTER_EXTERNAL_NAME:
    case CLUSTER_TEXT:
        return step >= CLUSTER_SUFFIXES && external_exists(wish->number);
    case CLUSTER_LOCAL:
        return step == 0;
    case CLUSTER_SHORT:
        return step == 1;
    default:
        return step >= CLUSTER_SUFFIXES;
    }
}

/* Where the zone of `name` begins in the message: its last two labels. */
static size_t zone_at(const struct wire_name *name)
{
    size_t last = 0, before = 0, at = 0;
    while (name->octets[at] != 0) {
        before = last;
        last = at;
        at += name->octets[at] + 1u;
    }
    return WIRE_QNAME_AT + before;
}

static void add_addresses(const struct cluster_wish *wish, uint16_t qtype,
                          struct wire *wire)
{
    static const uint8_t alias[] =
        "\22dualstack-edge-pop\6global\3cdn\7example";
    const bool external = wish->kind == CLUSTER_EXTERNAL_NAME;
    const uint32_t mix = (uint32_t)random_mix(wish->number + 1);
    const unsigned count = external ? 1 + mix % 3 : 1;
    size_t owner_at = WIRE_QNAME_AT;
    if (external && has_alias(wish->number))
        owner_at = wire_record(wire, WIRE_ANSWER, owner_at, WIRE_CNAME, 30,
                               alias, sizeof alias);
    for (unsigned i = 0; i < count; i++)
        wire_address(wire, owner_at, qtype, 5 + mix % 25, mix + i);
}

void cluster_answer(const struct cluster_wish *wish,
                    const struct wire_name *name, uint16_t qtype,
                    struct wire *wire)
{
    static const uint8_t pod[] = "\3pod\7cluster\5local";
    static const uint8_t text[] =
        "\60v=spf1 include:_spf.vendor.example ip4:192.0.2.1";
    const bool ipv6 =
        wish->kind == CLUSTER_EXTERNAL_NAME && has_ipv6(wish->number);
    if (qtype == WIRE_PTR)
        wire_record(wire, WIRE_ANSWER, WIRE_QNAME_AT, qtype, 5, pod,
                    sizeof pod);
    else if (qtype == WIRE_TXT)
        wire_record(wire, WIRE_ANSWER, WIRE_QNAME_AT, qtype, 300, text,
                    sizeof text - 1);
    else if (qtype == WIRE_AAAA && !ipv6)
        wire_soa(wire, zone_at(name), 30);
    else
        add_addresses(wish, qtype, wire);
}

void cluster_deny(const struct wire_name *name, struct wire *wire)
{
    wire_soa(wire, zone_at(name), 30);
}
