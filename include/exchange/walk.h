/* exchange/walk.h: which name can be the next one of a search list.
 *
 * A stub that gets nothing for BASE.SUFFIX goes on to BASE.OTHER, or to BASE
 * itself; with many dots it begins with BASE. The steps share their first
 * labels, so that the lookups that may go on are found by client and first
 * label. What a lookup ends in is taken for a suffix when it was seen to be
 * put behind a name that was also asked alone (never because it is frequent:
 * block lists and telemetry do that), when its shape says so, or when it stands
 * in the list that is known.
 *
 * Bounded: a fixed number of lookups that may go on, the oldest makes room; a
 * fixed number of suffixes. Private to the exchange.
 */
#ifndef EXCHANGE_WALK_H
#define EXCHANGE_WALK_H

#include <stdbool.h>

#include "dns/search_list.h"
#include "util/budget.h"
#include "util/bytes.h"
#include "util/pool.h"

enum { EXCHANGE_SUFFIXES = 4096 };

struct exchange_walk {
    struct pool pool;                   /* of lookups that may go on */
    const struct dns_search_list *list; /* that is known, or NULL */
    uint64_t seed;
    struct exchange_suffix {
        uint64_t hash;
        uint32_t bases; /* different ones in a row that it stood behind */
        uint32_t base;  /* the last of them */
    } suffixes[EXCHANGE_SUFFIXES];
};

/* `list`, borrowed, is what clients are known to have, NULL if nothing is. False
 * when memory is refused. */
MUST_USE bool exchange_walk_init(struct exchange_walk *walk, uint32_t ceiling,
                                 uint64_t seed,
                                 const struct dns_search_list *list,
                                 struct budget *budget);
void exchange_walk_fini(struct exchange_walk *walk);

/* What a key of the index is: a client with the first label of a folded name,
 * or with a server (for what goes on over TCP). */
uint64_t exchange_walk_name_key(const struct exchange_walk *walk,
                                uint32_t client_id, struct bytes name);
uint64_t exchange_walk_server_key(const struct exchange_walk *walk,
                                  uint32_t client_id, uint32_t server_id);

/* Lookup `lookup` may go on; the place to be given back with forget. */
uint32_t exchange_walk_add(struct exchange_walk *walk, uint64_t key,
                           uint32_t lookup, uint32_t lookup_id);
void exchange_walk_forget(struct exchange_walk *walk, uint32_t place);

struct exchange_walker {
    struct pool_node node;
    uint64_t key;
    uint32_t lookup, lookup_id;
};

/* Those under a key, newest first, and not more than the newest few; NULL
 * ends. Begins with exchange_walk_first(). */
struct exchange_walk_search {
    uint64_t key;
    uint32_t place; /* of the next to look at */
    unsigned steps;
};
struct exchange_walk_search
exchange_walk_first(const struct exchange_walk *walk, uint64_t key);
const struct exchange_walker *
exchange_walk_next(const struct exchange_walk *walk,
                   struct exchange_walk_search *search);

/* The octets of the labels that two names begin with alike, root left out. */
size_t exchange_walk_common(struct bytes a, struct bytes b);

/* How surely a name is the next step. */
enum exchange_relation {
    EXCHANGE_RELATION_NONE = 0,
    EXCHANGE_RELATION_KNOWN,  /* what stands behind is a suffix, known or by its
                                 shape */
    EXCHANGE_RELATION_GROWN,  /* the last name, with something behind it */
    EXCHANGE_RELATION_STRONG, /* the one is the beginning of the other */
    EXCHANGE_RELATION_LISTED, /* the next by the list that is known */
};

/* `first`: the first name of a lookup, of which `base_octets` were common to
 * all steps so far; `last` the name of its last step; `next` a name asked now.
 * Folded wire forms. `*common` is how many octets of `first` would be the base,
 * whole labels and without the root. */
enum exchange_relation exchange_walk_relate(const struct exchange_walk *walk,
                                            struct bytes first,
                                            size_t base_octets,
                                            struct bytes last,
                                            struct bytes next, size_t *common);

/* Learns that what stands behind `base_octets` of a name is a suffix. */
void exchange_walk_learn(struct exchange_walk *walk, struct bytes name,
                         size_t base_octets);

/* Whether a name, in folded wire form, has been learned to be a suffix or has
 * the shape of one: cluster.local, internal, lan and the like. */
bool exchange_walk_is_suffix(const struct exchange_walk *walk,
                             struct bytes name);

#endif
