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
    return idmap_init(&w->index, hash_seed(), budget);
}

void windows_fini(struct windows *w)
{
    if (w->rows)
        budget_give(w->index.budget, w->capacity * w->row_octets);
    free(w->rows);
    idmap_fini(&w->index);
    *w = (struct windows){0};
}

/* Rounds down, also before 1970. */
static int64_t number_of(int64_t time_ns, int64_t width_ns)
{
    return time_ns / width_ns - (time_ns % width_ns < 0);
}

static void *use_row(struct windows *w, uint32_t row, int64_t number)
{
    w->last = row;
    w->last_number = number;
    return windows_at(w, row);
}

/* Its place before its number, so that every number always has a row. */
static void *new_row(struct windows *w, int64_t number)
{
    const size_t need = w->index.count + (size_t)1;
    if (!budget_grow(w->index.budget, (void **)&w->rows, &w->capacity, need,
                     w->row_octets))
        return NULL;
    const uint32_t row = idmap_put(&w->index, (uint64_t)number);
    return row == IDMAP_NONE ? NULL : use_row(w, row, number);
}

/* Doubles the width, in the memory that is there. Rows move towards the front:
 * the row that a window merges into never stands behind it. */
static void coarsen(struct windows *w)
{
    const uint32_t count = w->index.count;
    idmap_clear(&w->index);
    for (uint32_t i = 0; i < count; i++) {
        const int64_t number = number_of((int64_t)w->index.keys[i], 2);
        const uint32_t moved = w->index.count;
        const uint32_t row = idmap_put(&w->index, (uint64_t)number);
        if (row < moved)
            w->merge(w->context, windows_at(w, row), windows_at(w, i));
        else if (row != i)
            memcpy(windows_at(w, row), windows_at(w, i), w->row_octets);
    }
    if (count > w->index.count)
        memset(windows_at(w, w->index.count), 0,
               (count - w->index.count) * w->row_octets);
    w->width_ns *= 2;
    w->last = IDMAP_NONE;
}

void *windows_row(struct windows *w, int64_t time_ns)
{
    int64_t number = number_of(time_ns, w->width_ns);
    if (w->last != IDMAP_NONE && w->last_number == number)
        return windows_at(w, w->last);
    for (;; number = number_of(time_ns, w->width_ns)) {
        const uint32_t row = idmap_find(&w->index, (uint64_t)number);
        if (row != IDMAP_NONE)
            return use_row(w, row, number);
        const bool widest = w->width_ns >= INT64_MAX / 4;
        void *made = NULL;
        if (w->index.count < w->ceiling || widest)
            made = new_row(w, number);
        if (made || widest || w->index.count == 0)
            return made;
        coarsen(w);
    }
}
