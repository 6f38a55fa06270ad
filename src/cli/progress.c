#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/signals.h"
#include "util/text.h"

enum { PATH_SHOWN = 32, PATH_ROOM = 4 * PATH_SHOWN + 1 };

static const double first_after_s = 0.5, every_s = 0.2;

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) +
           (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

void cli_progress_init(struct cli_progress *p, bool quiet)
{
    *p = (struct cli_progress){.is_shown = !quiet && isatty(STDERR_FILENO),
                               .next = first_after_s};
    clock_gettime(CLOCK_MONOTONIC, &p->start);
}

/* The end of a path tells files apart. */
static const char *path_tail(const char *path, char out[PATH_ROOM])
{
    if (strcmp(path, "-") == 0)
        path = "standard input";
    const size_t length = strlen(path);
    const size_t skip = length > PATH_SHOWN ? length - PATH_SHOWN : 0;
    text_escape((struct bytes){(const uint8_t *)path + skip, length - skip},
                out, PATH_ROOM);
    return out;
}

void cli_progress_line(const struct pipeline_progress *now, double seconds,
                       char out[CLI_PROGRESS_LINE])
{
    char path[PATH_ROOM], part[TEXT_NUMBER], size[TEXT_NUMBER],
        rate[TEXT_NUMBER], left[TEXT_NUMBER] = "", messages[TEXT_NUMBER];
    const double per_second = seconds > 0 ? (double)now->octets / seconds : 0;
    const bool sized = now->size > 0 && now->octets <= now->size;
    if (sized)
        text_share((double)now->octets / (double)now->size, part);
    if (sized && per_second > 0)
        text_duration((double)(now->size - now->octets) / per_second, left);
    snprintf(
        out, CLI_PROGRESS_LINE, "%s: %s%s%s at %s/s%s%s%s, %s DNS messages",
        path_tail(now->path, path), sized ? part : "", sized ? " of " : "",
        text_octets((double)(sized ? now->size : now->octets), size),
        text_octets(per_second, rate), *left ? ", " : "", left,
        *left ? " left" : "", text_count((int64_t)now->messages, messages));
}

void cli_progress_update(void *context, const struct pipeline_progress *now)
{
    struct cli_progress *p = context;
    const double seconds = seconds_since(&p->start);
    if (p->path != now->path) {
        p->path = now->path;
        p->begun = seconds;
    }
    char line[CLI_PROGRESS_LINE];
    cli_progress_line(now, seconds - p->begun, line);
    cli_signals_set_status(line);
    if (!p->is_shown || seconds < p->next)
        return;
    p->next = seconds + every_s;
    p->is_dirty = true;
    fprintf(stderr, "\r\033[K%s", line);
    fflush(stderr);
}

void cli_progress_end(struct cli_progress *p)
{
    if (p->is_dirty)
        fputs("\r\033[K", stderr);
    p->is_dirty = false;
}
