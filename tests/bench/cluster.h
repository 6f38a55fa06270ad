/* bench/cluster.h: the names that pods ask for, and what the servers say.
 *
 * External names, services under the names by which a pod may know them, and
 * some reverse and text lookups. A number makes a name, and the same number
 * always the same answer.
 */
#ifndef BENCH_CLUSTER_H
#define BENCH_CLUSTER_H

#include "random.h"
#include "search.h"
#include "wire.h"

enum {
    CLUSTER_NAMESPACES = 8,
    CLUSTER_EXTERNAL = 84000,
    CLUSTER_SUFFIXES = SEARCH_SUFFIXES
};

enum cluster_kind {
    CLUSTER_EXTERNAL_NAME,
    CLUSTER_SHORT,    /* backend-1.team-2, of any namespace */
    CLUSTER_LOCAL,    /* backend-1, of the pod's own */
    CLUSTER_COMPLETE, /* backend-1.team-2.svc.cluster.local */
    CLUSTER_ADDRESS,  /* PTR */
    CLUSTER_TEXT,     /* TXT of an external name */
};

/* What a program wants resolved. */
struct cluster_wish {
    struct wire_name name; /* as given */
    uint32_t number;       /* of the name among its kind */
    uint16_t types[2];
    uint8_t kind;      /* enum cluster_kind */
    uint8_t questions; /* how many of `types` are asked */
};

/* What a pod of a namespace wants next. One without a search list knows only
 * complete names. */
void cluster_choose(struct random *random, unsigned namespace, bool has_search,
                    struct cluster_wish *out);

/* Suffix `step`, below CLUSTER_SUFFIXES, of the search list of a namespace. */
const char *cluster_suffix(unsigned namespace, unsigned step);

/* Reverse and text lookups do not walk the search list. */
bool cluster_walks(const struct cluster_wish *wish);

/* The name asked with suffix `step` of the namespace's search list; from
 * CLUSTER_SUFFIXES on, as it is. */
struct wire_name cluster_step_name(const struct cluster_wish *wish,
                                   unsigned namespace, unsigned step);
bool cluster_step_exists(const struct cluster_wish *wish, unsigned step);

/* The records of a positive answer, or of NODATA, behind the question. */
void cluster_answer(const struct cluster_wish *wish,
                    const struct wire_name *name, uint16_t qtype,
                    struct wire *wire);
/* ... of NXDOMAIN. */
void cluster_deny(const struct wire_name *name, struct wire *wire);

#endif
