#include "util/windows.h"

#include <stdlib.h>

bool windows_init(struct windows *w, size_t row_octets, int64_t width_ns,
                  uint32_t ceiling,
                  void (*merge)(void *context, void *into, void *from),
                  void *context, struct budget *budget)
{
    *w = (struct windows){.row_octets = row_octets,
                          .ceiling = ceiling,
                          .width_ns = width_ns,
                          .merge = merge,
                          .context = context,
                          .last = IDMAP_NONE};
    return idmap_init(&w->index, HASH_SKETCH_SEED, budget);
}

void windows_fini(struct windows *w)
{
    idmap_fini(&w->index);
    free(w->rows);
}

/* Rounds down, also before 1970. */
static int64_t number_of(int64_t time_ns, int64_t width_ns)
{
    return time_ns / width_ns - (time_ns % width_ns < 0);
}

static void *row_of_number(struct windows *w, int64_t number)
{
    const uint32_t row = idmap_put(&w->index, (uint64_t)number);
    if (row == IDMAP_NONE ||
        !budget_grow(w->index.budget, (void **)&w->rows, &w->capacity,
                     row + (size_t)1, w->row_octets))
        return NULL;
    w->last = row;
    w->last_number = number;
    return windows_at(w, row);
}

/* Doubles the width. Rows move towards the front, in place: the row that a
 * window merges into never stands behind it. */
static bool coarsen(struct windows *w)
{
    struct idmap index;
    if (!idmap_init(&index, HASH_SKETCH_SEED, w->index.budget))
        return false;
    w->width_ns *= 2;
    for (uint32_t i = 0; i < w->index.count; i++) {
        const int64_t number = number_of((int64_t)w->index.keys[i], 2);
        const uint32_t before = index.count;
        const uint32_t row = idmap_put(&index, (uint64_t)number);
        if (row == IDMAP_NONE)
            continue;
        if (row < before)
            w->merge(w->context, windows_at(w, row), windows_at(w, i));
        else if (row != i)
            memcpy(windows_at(w, row), windows_at(w, i), w->row_octets);
    }
    if (index.count < w->index.count)
        memset(windows_at(w, index.count), 0,
               (w->index.count - index.count) * w->row_octets);
    idmap_fini(&w->index);
    w->index = index;
    w->last = IDMAP_NONE;
    return true;
}

void *windows_row(struct windows *w, int64_t time_ns)
{
    int64_t number = number_of(time_ns, w->width_ns);
    if (w->last != IDMAP_NONE && w->last_number == number)
        return windows_at(w, w->last);
    while (w->index.count >= w->ceiling && w->width_ns < INT64_MAX / 4) {
        if (!coarsen(w))
            return NULL;
        number = number_of(time_ns, w->width_ns);
    }
    return row_of_number(w, number);
}
