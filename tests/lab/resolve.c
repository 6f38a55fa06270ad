/* resolve: look names up as a program on this system would, and say how long
 * each call took by the caller's own clock.
 *
 * usage: resolve [LINE...]      without arguments the lines come from stdin
 * line:  NAME [TYPE [PAUSE_MS]]
 *
 * TYPE "host" (the default) is getaddrinfo(NAME) for any address family, so
 * the search list and ndots of /etc/resolv.conf apply; A, AAAA, MX, NS, PTR,
 * SOA, SRV and TXT are one res_query() each, for which they do not. PAUSE_MS
 * is slept after the call.
 *
 * Prints one line a call, tab separated: start (microseconds since the epoch),
 * NAME, TYPE, result ("ok" or the resolver's own words), answer (addresses, or
 * the number of answer records, or "-"), wait (microseconds).
 *
 * The result is that of the C library; nothing here looks at a packet. That is
 * what makes these figures fit to judge what was read from packets. */
#include "resolve.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { ANSWER_OCTETS = 4096, MAX_PAUSE_MS = 600000 };

static const struct {
    const char *name;
    ns_type type;
} types[] = {{"A", ns_t_a},     {"AAAA", ns_t_aaaa}, {"MX", ns_t_mx},
             {"NS", ns_t_ns},   {"PTR", ns_t_ptr},   {"SOA", ns_t_soa},
             {"SRV", ns_t_srv}, {"TXT", ns_t_txt}};
enum { TYPES = sizeof types / sizeof types[0] };

static const char *ask_host(const char *name, char answer[ANSWER_TEXT])
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    const int rc = getaddrinfo(name, NULL, &hints, &list);
    if (rc != 0)
        return gai_strerror(rc);
    for (const struct addrinfo *ai = list; ai; ai = ai->ai_next)
        append_address(answer, ai->ai_addr, ai->ai_addrlen);
    freeaddrinfo(list);
    return "ok";
}

static const char *ask_type(const char *name, ns_type type,
                            char answer[ANSWER_TEXT])
{
    unsigned char message[ANSWER_OCTETS];
    ns_msg parsed;
    const int octets =
        res_query(name, ns_c_in, (int)type, message, (int)sizeof message);
    if (octets < 0)
        return hstrerror(h_errno);
    /* res_query() gives the full length of a message it had to cut. */
    const int held =
        octets < (int)sizeof message ? octets : (int)sizeof message;
    if (ns_initparse(message, held, &parsed) != 0)
        return "unreadable answer";
    snprintf(answer, ANSWER_TEXT, "%d", ns_msg_count(parsed, ns_s_an));
    return "ok";
}

/* Returns the row of `types` called `name`, or TYPES. */
static size_t find_type(const char *name)
{
    size_t i = 0;
    while (i < TYPES && strcmp(types[i].name, name) != 0)
        i++;
    return i;
}

static void sleep_ms(long ms)
{
    struct timespec left = {.tv_sec = ms / 1000,
                            .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0)
        continue;
}

/* Returns 0, or -1 when the line is not understood. A blank line is nothing. */
static int run_line(char *line)
{
    char *rest = NULL;
    const char *name = strtok_r(line, " \t\n", &rest);
    if (!name)
        return 0;
    const char *type = strtok_r(NULL, " \t\n", &rest);
    const char *pause_text = strtok_r(NULL, " \t\n", &rest);
    if (!type)
        type = "host";

    const int is_host = strcmp(type, "host") == 0;
    const size_t row = find_type(type);
    char *end = NULL;
    const long pause_ms = pause_text ? strtol(pause_text, &end, 10) : 0;
    if ((!is_host && row == TYPES) || (end && *end) || pause_ms < 0 ||
        pause_ms > MAX_PAUSE_MS)
        return -1;

    char answer[ANSWER_TEXT] = "";
    const struct call call = call_begin();
    const char *result = is_host ? ask_host(name, answer)
                                 : ask_type(name, types[row].type, answer);
    call_end(call, name, type, result, answer);
    sleep_ms(pause_ms);
    return 0;
}

static int run_or_complain(char *line)
{
    char copy[LINE_OCTETS];
    snprintf(copy, sizeof copy, "%s", line);
    if (run_line(line) == 0)
        return 0;
    fprintf(stderr, "resolve: not NAME [TYPE [PAUSE_MS]]: %s\n", copy);
    return -1;
}

int main(int argc, char **argv)
{
    char line[LINE_OCTETS];

    setvbuf(stdout, NULL, _IOLBF, 0); /* whoever stops us keeps every line */
    if (argc > 1) {
        for (int i = 1; i < argc; i++)
            if (run_or_complain(argv[i]) != 0)
                return 2;
        return 0;
    }
    while (fgets(line, sizeof line, stdin))
        if (run_or_complain(line) != 0)
            return 2;
    return ferror(stdin) ? 1 : 0;
}
