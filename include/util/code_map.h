/* util/code_map.h: 16-bit codes to dense ids, 0, 1, 2 ... in order of arrival.
 *
 * For query types and response codes: nearly all that occur are below 256, and
 * have their id in an array; the others in an idmap.
 */
#ifndef UTIL_CODE_MAP_H
#define UTIL_CODE_MAP_H

#include "util/idmap.h"

enum { CODE_MAP_LOW = 256 };

struct code_map {
    struct idmap ids;
    uint32_t low[CODE_MAP_LOW]; /* id + 1, or 0 */
};

/* False when memory is refused. */
MUST_USE static inline bool code_map_init(struct code_map *m, uint64_t seed,
                                          struct budget *budget)
{
    memset(m->low, 0, sizeof m->low);
    return idmap_init(&m->ids, seed, budget);
}

static inline void code_map_fini(struct code_map *m)
{
    idmap_fini(&m->ids);
}

/* The id of `code`, made if new; IDMAP_NONE when new and memory is refused. */
static inline uint32_t code_map_put(struct code_map *m, uint16_t code)
{
    if (LIKELY(code < CODE_MAP_LOW && m->low[code] != 0))
        return m->low[code] - 1;
    const uint32_t id = idmap_put(&m->ids, code);
    if (code < CODE_MAP_LOW && id != IDMAP_NONE)
        m->low[code] = id + 1;
    return id;
}

static inline uint32_t code_map_count(const struct code_map *m)
{
    return m->ids.count;
}

/* The code of `id` < count. */
static inline uint16_t code_map_code(const struct code_map *m, uint32_t id)
{
    return (uint16_t)m->ids.keys[id];
}

#endif
