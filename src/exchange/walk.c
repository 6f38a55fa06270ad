#include "exchange/walk.h"

#include "dns/name.h"
#include "util/hash.h"

enum { HELD = POOL_FREE + 1 };

/* Lookups of one client under one first label that are compared. */
static const unsigned chain_steps = 32;

bool exchange_walk_init(struct exchange_walk *w, uint32_t ceiling,
                        uint64_t seed, const struct dns_search_list *list,
                        struct budget *budget)
{
    *w = (struct exchange_walk){.list = list, .seed = seed};
    return pool_init(&w->pool, sizeof(struct exchange_walker), ceiling, budget);
}

void exchange_walk_fini(struct exchange_walk *w)
{
    pool_fini(&w->pool);
}

/* --- who may go on ------------------------------------------------------- */

uint64_t exchange_walk_name_key(const struct exchange_walk *w,
                                uint32_t client_id, struct bytes name)
{
    return hash_octets(name.data, 1U + name.data[0], w->seed ^ client_id);
}

uint64_t exchange_walk_server_key(const struct exchange_walk *w,
                                  uint32_t client_id, uint32_t server_id)
{
    return hash_u64((uint64_t)client_id << 32 | server_id, ~w->seed);
}

static struct exchange_walker *at(const struct exchange_walk *w, uint32_t i)
{
    return pool_at(&w->pool, i);
}

uint32_t exchange_walk_add(struct exchange_walk *w, uint64_t key,
                           uint32_t lookup, uint32_t lookup_id)
{
    if (pool_is_full(&w->pool))
        pool_forget(&w->pool, pool_oldest(&w->pool, HELD));
    const uint32_t place = pool_insert(&w->pool, key, HELD, 0);
    at(w, place)->key = key;
    at(w, place)->lookup = lookup;
    at(w, place)->lookup_id = lookup_id;
    return place;
}

void exchange_walk_forget(struct exchange_walk *w, uint32_t place)
{
    pool_forget(&w->pool, place);
}

struct exchange_walk_search exchange_walk_first(const struct exchange_walk *w,
                                                uint64_t key)
{
    return (struct exchange_walk_search){key, pool_first(&w->pool, key), 0};
}

const struct exchange_walker *exchange_walk_next(const struct exchange_walk *w,
                                                 struct exchange_walk_search *s)
{
    while (s->place != POOL_NONE && s->steps++ < chain_steps) {
        const struct exchange_walker *found = at(w, s->place);
        s->place = pool_next(&w->pool, s->place);
        if (found->key == s->key)
            return found;
    }
    return NULL;
}

/* --- suffixes ------------------------------------------------------------ */

static struct bytes behind(struct bytes name, size_t octets)
{
    return (struct bytes){name.data + octets, name.len - octets};
}

/* Whether `name` is `end` or lies below it; both folded. */
static bool ends_in(struct bytes name, struct bytes end)
{
    size_t i = 0;
    while (name.len - i > end.len)
        i += 1U + name.data[i];
    return name.len - i == end.len &&
           memcmp(name.data + i, end.data, end.len) == 0;
}

static size_t label_at(struct bytes name, unsigned n)
{
    size_t i = 0;
    while (n-- > 0 && name.data[i] != 0)
        i += 1U + name.data[i];
    return i;
}

static bool is_label(struct bytes name, unsigned n, const char *text)
{
    const size_t i = label_at(name, n), octets = strlen(text);
    return name.data[i] == octets &&
           memcmp(name.data + i + 1, text, octets) == 0;
}

/* NAMESPACE.svc.CLUSTER and svc.CLUSTER of Kubernetes; short names under
 * top-level labels that exist only inside; what clouds append. */
static bool has_shape(struct bytes name)
{
    static const char *const ends[] = {
        "\5local",      "\10internal",
        "\3lan",        "\4corp",
        "\4home",       "\13localdomain",
        "\4home\4arpa", "\10internal\10cloudapp\3net",
    };
    if (is_label(name, 0, "svc") || is_label(name, 1, "svc"))
        return true;
    for (unsigned n = 2; name.data[label_at(name, n)] != 0; n++)
        if (is_label(name, n, "svc") || n == 4)
            return false; /* more than a suffix */
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
        const struct bytes end = {(const uint8_t *)ends[k],
                                  strlen(ends[k]) + 1};
        if (ends_in(name, end))
            return true;
    }
    return false;
}

/* From 1 on, 0 for what does not stand in the known list. */
static unsigned place_of(const struct exchange_walk *w, struct bytes suffix)
{
    return w->list ? dns_search_list_place(w->list, suffix) : 0;
}

bool exchange_walk_is_suffix(const struct exchange_walk *w, struct bytes name)
{
    const uint64_t hash = hash_octets(name.data, name.len, w->seed);
    const struct exchange_suffix *s = &w->suffixes[hash % EXCHANGE_SUFFIXES];
    return (s->hash == hash && s->bases > 0) || has_shape(name) ||
           place_of(w, name) > 0;
}

void exchange_walk_learn(struct exchange_walk *w, struct bytes name,
                         size_t base_octets)
{
    const struct bytes suffix = behind(name, base_octets);
    if (suffix.len < 2)
        return;
    const uint64_t hash = hash_octets(suffix.data, suffix.len, w->seed);
    struct exchange_suffix *s = &w->suffixes[hash % EXCHANGE_SUFFIXES];
    const uint32_t base = (uint32_t)hash_octets(name.data, base_octets, 0);
    if (s->hash != hash) {
        /* The one that stood behind more names stays for a while. */
        if (s->bases > 0 && s->bases-- > 1)
            return;
        *s = (struct exchange_suffix){.hash = hash};
    }
    if (s->bases == 0 || s->base != base)
        s->bases += s->bases < UINT32_MAX;
    s->base = base;
}

/* --- names --------------------------------------------------------------- */

size_t exchange_walk_common(struct bytes a, struct bytes b)
{
    size_t i = 0;
    while (a.data[i] != 0 && i < b.len && a.data[i] == b.data[i] &&
           memcmp(a.data + i, b.data + i, 1U + a.data[i]) == 0)
        i += 1U + a.data[i];
    return i;
}

/* Reversed addresses (RFC 5782 s2.1, s2.4): the block lists that they are
 * looked up in stand behind them as suffixes would. */
static bool is_reversed(const uint8_t *name, size_t octets)
{
    unsigned labels = 0;
    for (size_t i = 0; i < octets; i += 1U + name[i], labels++)
        for (size_t k = 1; k <= name[i]; k++) {
            const uint8_t c = name[i + k];
            const bool digit = c >= '0' && c <= '9';
            const bool nibble = name[i] == 1 && c >= 'a' && c <= 'f';
            if (!digit && !nibble)
                return false;
        }
    return labels >= 4;
}

/* How much of `first` is the base where a known suffix, or nothing, stands
 * behind it in both names: less than what is common where two suffixes begin
 * alike. `octets` when the known list does not say. */
static size_t listed_base(const struct exchange_walk *w, struct bytes first,
                          struct bytes next, size_t octets)
{
    size_t base = 0;
    for (size_t i = 1U + first.data[0]; w->list && i <= octets;
         i += 1U + first.data[i]) {
        const struct bytes one = behind(first, i), other = behind(next, i);
        if ((one.len == 1 || place_of(w, one) > 0) &&
            (other.len == 1 || place_of(w, other) > 0))
            base = i;
        if (first.data[i] == 0)
            break;
    }
    return base > 0 ? base : octets;
}

/* Whether a stub with the known list asks `next` behind `last`: the suffixes in
 * order, and in front of them, or behind, the base as it is. */
static bool is_listed_step(const struct exchange_walk *w, struct bytes first,
                           struct bytes last, struct bytes next, size_t base)
{
    if (!w->list || w->list->count == 0)
        return false;
    const struct bytes begun = behind(first, base), before = behind(last, base);
    const struct bytes tail = behind(next, base);
    const unsigned from = place_of(w, before), to = place_of(w, tail);
    if (tail.len == 1)
        return from == w->list->count && begun.len > 1;
    return to == from + 1 && (from > 0 || before.len == 1);
}

enum exchange_relation exchange_walk_relate(const struct exchange_walk *w,
                                            struct bytes first,
                                            size_t base_octets,
                                            struct bytes last,
                                            struct bytes next, size_t *common)
{
    size_t octets = exchange_walk_common(first, next);
    if (octets > base_octets)
        octets = base_octets;
    octets = listed_base(w, first, next, octets);
    *common = octets;
    if (octets == 0 || next.data[0] == 0 || is_reversed(first.data, octets) ||
        (next.len == last.len && memcmp(next.data, last.data, next.len) == 0))
        return EXCHANGE_RELATION_NONE;
    if (is_listed_step(w, first, last, next, octets))
        return EXCHANGE_RELATION_LISTED;
    if (octets == next.len - 1)
        return EXCHANGE_RELATION_STRONG;
    if (octets ==
        last.len - 1) /* no stub begins with a single label as it is */
        return octets == 1U + last.data[0] ? EXCHANGE_RELATION_NONE
                                           : EXCHANGE_RELATION_GROWN;
    if (octets == first.len - 1)
        return EXCHANGE_RELATION_STRONG;
    const struct bytes tail = behind(next, octets);
    const struct bytes before = behind(last, octets);
    if (exchange_walk_is_suffix(w, tail) ||
        exchange_walk_is_suffix(w, before) || ends_in(before, tail))
        return EXCHANGE_RELATION_KNOWN;
    return EXCHANGE_RELATION_NONE;
}
