/* resolve-ares: what resolve.c is for the C library, for c-ares: looks up each
 * name of standard input in turn, all on one channel, with ares_getaddrinfo()
 * for any address family, and prints a line of the same shape.
 *
 * usage: resolve-ares <NAMES */
#include <ares.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "resolve.h"

struct lookup {
    bool done;
    int status;
    char answer[ANSWER_TEXT];
};

static void take_result(void *context, int status, int timeouts,
                        struct ares_addrinfo *list)
{
    struct lookup *const l = context;
    (void)timeouts;
    l->done = true;
    l->status = status;
    if (!list)
        return;
    for (const struct ares_addrinfo_node *n = list->nodes; n; n = n->ai_next)
        append_address(l->answer, n->ai_addr, n->ai_addrlen);
    ares_freeaddrinfo(list);
}

static void run_lookup(ares_channel channel, const char *name, struct lookup *l)
{
    const struct ares_addrinfo_hints hints = {.ai_socktype = SOCK_STREAM};
    ares_getaddrinfo(channel, name, NULL, &hints, take_result, l);
    while (!l->done) {
        fd_set readable, writable;
        struct timeval left;
        FD_ZERO(&readable);
        FD_ZERO(&writable);
        const int fds = ares_fds(channel, &readable, &writable);
        select(fds, &readable, &writable, NULL,
               ares_timeout(channel, NULL, &left));
        ares_process(channel, &readable, &writable);
    }
}

int main(void)
{
    ares_channel channel;
    char line[LINE_OCTETS];

    setvbuf(stdout, NULL, _IOLBF, 0); /* whoever stops us keeps every line */
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
        ares_init(&channel) != ARES_SUCCESS)
        return 1;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        struct lookup l = {0};
        const struct call call = call_begin();
        run_lookup(channel, line, &l);
        call_end(call, line, "host",
                 l.status == ARES_SUCCESS ? "ok" : ares_strerror(l.status),
                 l.answer);
    }
    ares_destroy(channel);
    ares_library_cleanup();
    return ferror(stdin) ? 1 : 0;
}
