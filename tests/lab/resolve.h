/* resolve.h: what the lab's clients in C have in common: the clock they go by,
 * and the line they print (see resolve.c). */
#ifndef LAB_RESOLVE_H
#define LAB_RESOLVE_H

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { ANSWER_TEXT = 1024, LINE_OCTETS = 2048 };

/* When a call began: by the clock of the capture, and by one that nobody
 * sets. */
struct call {
    long long start_us, before_us;
};

static inline long long clock_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static inline struct call call_begin(void)
{
    return (struct call){clock_us(CLOCK_REALTIME), clock_us(CLOCK_MONOTONIC)};
}

/* Prints the line of a call that has just ended. */
static inline void call_end(struct call c, const char *name, const char *type,
                            const char *result, const char *answer)
{
    const long long wait_us = clock_us(CLOCK_MONOTONIC) - c.before_us;
    printf("%lld\t%s\t%s\t%s\t%s\t%lld\n", c.start_us, name, type, result,
           answer[0] ? answer : "-", wait_us);
}

/* Appends `sa` to the comma separated list in `text`, which stays as it is when
 * there is no room. */
static inline void append_address(char text[ANSWER_TEXT],
                                  const struct sockaddr *sa, socklen_t octets)
{
    char address[INET6_ADDRSTRLEN];
    if (getnameinfo(sa, octets, address, sizeof address, NULL, 0,
                    NI_NUMERICHOST) != 0)
        return;
    const size_t used = strlen(text);
    if (used + strlen(address) + 2 <= ANSWER_TEXT)
        snprintf(text + used, ANSWER_TEXT - used, "%s%s", used ? "," : "",
                 address);
}

#endif
