/* util/leftover.h: what has to be removed by a process that must leave at once.
 *
 * Temporary files and directories made for them, each known from when it is
 * made until it has its final name or is gone. The list is the process's: a
 * signal handler has no other context. One thread adds and drops; the handler
 * may interrupt it anywhere.
 */
#ifndef UTIL_LEFTOVER_H
#define UTIL_LEFTOVER_H

struct leftover {
    struct leftover *next;
    const char *path;
};

/* `path` is borrowed until the drop, as is the struct, which does not move. */
void leftover_add(struct leftover *leftover, const char *path);

/* Accepts one that was never added. */
void leftover_drop(struct leftover *leftover);

/* Removes them all: the newest first, so that a directory is empty when its
 * turn comes. Async-signal-safe; the process is to end behind it. */
void leftover_remove_all(void);

#endif
