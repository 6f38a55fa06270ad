#include "util/leftover.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

/* At any moment each that was added can be reached from here. */
static struct leftover *_Atomic newest;
static_assert(ATOMIC_POINTER_LOCK_FREE == 2, "a handler may read it");

void leftover_add(struct leftover *l, const char *path)
{
    l->path = path;
    l->next = newest;
    newest = l;
}

void leftover_drop(struct leftover *l)
{
    if (newest == l) {
        newest = l->next;
        return;
    }
    struct leftover *before = newest;
    while (before && before->next != l)
        before = before->next;
    if (!before)
        return;
    before->next = l->next;
    /* Only then may its path be freed. */
    atomic_signal_fence(memory_order_seq_cst);
}

void leftover_remove_all(void)
{
    for (const struct leftover *l = newest; l; l = l->next) {
        if (unlink(l->path) != 0)
            rmdir(l->path);
    }
}
