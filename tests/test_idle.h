/* tests/test_idle.h: waiting for a program that has nothing left to do.
 *
 * How long a program takes to get there is the machine's business. What is
 * looked at is whether it sleeps: one that only waits for a processor does not.
 */
#ifndef TEST_IDLE_H
#define TEST_IDLE_H

#include <check.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

/* The letter of /proc/PID/stat, or NUL when there is no such process. */
static inline char idle_state(pid_t pid)
{
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *in = fopen(path, "r");
    if (!in)
        return '\0';
    const bool read = fgets(line, sizeof line, in) != NULL;
    fclose(in);
    const char *name_end = read ? strrchr(line, ')') : NULL;
    return name_end && name_end[1] == ' ' ? name_end[2] : '\0';
}

/* Until `pid` was seen asleep for `asleep_ms` in all. A live capture wakes up now
 * and then, but sleeps again only when there is nothing to read. */
static inline void idle_wait(pid_t pid, int asleep_ms)
{
    enum { PAUSE_MS = 10, PATIENCE_MS = 60000 };
    int asleep = 0;
    for (int waited = 0; asleep < asleep_ms; waited += PAUSE_MS) {
        ck_assert_msg(waited < PATIENCE_MS, "%d does not come to rest",
                      (int)pid);
        poll(NULL, 0, PAUSE_MS);
        asleep += idle_state(pid) == 'S' ? PAUSE_MS : 0;
    }
}

#endif
