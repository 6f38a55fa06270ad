/* Two layers: raw octets come from a descriptor or from memory (fetch), and
 * what is compressed goes through `held`, from which a method of unpack.h makes
 * the stream's octets. The first octets wait in `held` until there are enough
 * to tell whether they are compressed; plain input then goes straight to the
 * caller. */
#include "capture/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/unpack.h"
#include "util/text.h"

enum {
    HELD_OCTETS = 128 * 1024,
    FOLLOW_MS = 100,
    /* Silent looks at a file that has lost its path, before it is left: its
     * writer may have more for it. */
    FAREWELL = 10,
};

struct capture_stream {
    struct bytes memory; /* what is left of it, when fd < 0 */
    size_t chunk;        /* at most so many of it at once, 0 = all */
    int fd;
    bool recognised;
    bool follows;
    bool raw_ended;
    bool ended;
    bool replaced;
    unsigned farewell; /* silent looks so far */
    dev_t device;      /* of the file that was opened */
    ino_t inode;
    char *path;
    const struct capture_unpack *method; /* NULL: not compressed */
    void *unpacker;
    struct bytes held; /* raw, in `buffer` */
    uint8_t *buffer;   /* HELD_OCTETS */
    uint64_t octets, size;
    char name[256];
    char damage[160];
};

static enum err_code stream_new(struct capture_stream **out, const char *name,
                                struct err *err)
{
    struct capture_stream *s = calloc(1, sizeof *s);
    if (s) {
        s->fd = -1;
        s->buffer = malloc(HELD_OCTETS);
        s->held.data = s->buffer;
        text_escape((struct bytes){(const uint8_t *)name, strlen(name)},
                    s->name, sizeof s->name);
    }
    if (!s || !s->buffer) {
        capture_stream_close(s);
        return err_set(err, ERR_NOMEM, "no memory to read a capture");
    }
    *out = s;
    return ERR_OK;
}

static enum err_code open_descriptor(struct capture_stream *s, const char *path,
                                     struct err *err)
{
    struct stat st;
    s->fd = strcmp(path, "-") == 0
                ? STDIN_FILENO
                : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (s->fd < 0 || fstat(s->fd, &st) != 0)
        return err_set_errno(err, ERR_INPUT, "%s", s->name);
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_INPUT, "%s: is a directory, not a capture",
                       s->name);
    if (S_ISREG(st.st_mode))
        s->size = (uint64_t)st.st_size;
    s->device = st.st_dev;
    s->inode = st.st_ino;
    s->path = strdup(path);
    return s->path ? ERR_OK
                   : err_set(err, ERR_NOMEM, "no memory to read a capture");
}

enum err_code capture_stream_open(struct capture_stream **out, const char *path,
                                  struct err *err)
{
    struct capture_stream *s = NULL;
    const bool is_stdin = strcmp(path, "-") == 0;
    enum err_code rc = stream_new(&s, is_stdin ? "standard input" : path, err);
    if (rc == ERR_OK)
        rc = open_descriptor(s, path, err);
    if (rc == ERR_OK)
        *out = s;
    else
        capture_stream_close(s);
    return rc;
}

enum err_code capture_stream_open_memory(struct capture_stream **out,
                                         struct bytes octets, size_t chunk,
                                         struct err *err)
{
    struct capture_stream *s = NULL;
    const enum err_code rc = stream_new(&s, "memory", err);
    if (rc != ERR_OK)
        return rc;
    s->memory = octets;
    s->chunk = chunk;
    s->size = octets.len;
    *out = s;
    return ERR_OK;
}

void capture_stream_close(struct capture_stream *s)
{
    if (!s)
        return;
    if (s->fd > STDIN_FILENO)
        close(s->fd);
    if (s->method)
        s->method->state_free(s->unpacker);
    free(s->path);
    free(s->buffer);
    free(s);
}

static size_t fetch_memory(struct capture_stream *s, uint8_t *to,
                           size_t capacity)
{
    size_t n = s->memory.len < capacity ? s->memory.len : capacity;
    if (s->chunk > 0 && n > s->chunk)
        n = s->chunk;
    if (n > 0)
        memcpy(to, s->memory.data, n);
    s->memory.data += n;
    s->memory.len -= n;
    return n;
}

/* A descriptor that somebody made non-blocking is waited for, not spun on. */
static ssize_t fetch_descriptor(struct capture_stream *s, uint8_t *to,
                                size_t capacity)
{
    for (;;) {
        const ssize_t n = read(s->fd, to, capacity);
        if (n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
            return n;
        struct pollfd wait = {.fd = s->fd, .events = POLLIN};
        if (poll(&wait, 1, -1) < 0)
            return -1;
    }
}

/* Whether the file is shorter than what was read of it: what is written to it
 * now would be taken for the rest of something else. */
static bool is_cut_short(const struct capture_stream *s)
{
    struct stat st;
    return fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode) &&
           (uint64_t)st.st_size < s->octets;
}

/* Whether the path still leads to the file that was opened. Memory has none. */
static bool is_in_place(const struct capture_stream *s)
{
    struct stat st;
    return !s->path || (stat(s->path, &st) == 0 && st.st_dev == s->device &&
                        st.st_ino == s->inode);
}

/* At the end, so far, of a file that grows. False when no more will come. */
static bool wait_for_growth(struct capture_stream *s)
{
    if (is_cut_short(s)) {
        snprintf(s->damage, sizeof s->damage,
                 "the file was cut short while it was followed");
        return false;
    }
    s->farewell = is_in_place(s) ? 0 : s->farewell + 1;
    s->replaced = s->farewell > FAREWELL;
    if (s->replaced)
        return false;
    poll(NULL, 0, FOLLOW_MS);
    return true;
}

/* Raw octets; returns as capture_stream_read does. */
static int fetch(struct capture_stream *s, uint8_t *to, size_t capacity,
                 size_t *got, struct err *err)
{
    *got = 0;
    if (s->raw_ended)
        return 0;
    const ssize_t n = s->fd < 0 ? (ssize_t)fetch_memory(s, to, capacity)
                                : fetch_descriptor(s, to, capacity);
    if (n < 0)
        return errno == EINTR ? 1
                              : err_set_errno(err, ERR_INPUT, "%s", s->name);
    if (n == 0 && s->follows && wait_for_growth(s))
        return 1;
    if (n > 0)
        s->farewell = 0;
    s->raw_ended = n == 0;
    s->octets += (uint64_t)n;
    *got = (size_t)n;
    return n > 0;
}

/* Gathers the first octets and chooses the method. Sets `recognised` unless a
 * signal came. */
static int recognise(struct capture_stream *s, struct err *err)
{
    while (s->held.len < CAPTURE_UNPACK_HEAD) {
        size_t got;
        const int rc = fetch(s, s->buffer + s->held.len,
                             HELD_OCTETS - s->held.len, &got, err);
        if (rc < 0 || (rc > 0 && got == 0))
            return rc;
        if (rc == 0)
            break;
        s->held.len += got;
    }
    s->recognised = true;
    if (s->held.len < CAPTURE_UNPACK_HEAD)
        return 1;
    s->method = capture_unpack_find(s->held.data);
    if (!s->method)
        return 1;
    s->unpacker = s->method->state_new();
    if (!s->unpacker)
        return err_set(err, ERR_NOMEM, "%s: no memory to unpack %s", s->name,
                       s->method->name);
    return 1;
}

static int read_plain(struct capture_stream *s, uint8_t *to, size_t capacity,
                      size_t *got, struct err *err)
{
    if (s->held.len == 0)
        return fetch(s, to, capacity, got, err);
    *got = s->held.len < capacity ? s->held.len : capacity;
    memcpy(to, s->held.data, *got);
    s->held.data += *got;
    s->held.len -= *got;
    return 1;
}

static void broken(struct capture_stream *s, const char *why)
{
    if (!*s->damage) /* a file that was cut short is more to the point */
        snprintf(s->damage, sizeof s->damage, "%s: %s", s->method->name, why);
    s->ended = true;
}

/* More raw octets for an empty `held`; as capture_stream_read. */
static int refill(struct capture_stream *s, struct err *err)
{
    size_t got;
    const int rc = fetch(s, s->buffer, HELD_OCTETS, &got, err);
    if (rc == 0 && !s->method->may_end(s->unpacker))
        broken(s, "the compressed data are cut short");
    s->held = (struct bytes){s->buffer, got};
    return rc;
}

static int read_unpacked(struct capture_stream *s, uint8_t *to, size_t capacity,
                         size_t *got, struct err *err)
{
    while (!s->ended) {
        const size_t before = s->held.len;
        const char *problem = NULL;
        *got = s->method->step(s->unpacker, &s->held, to, capacity, &problem);
        if (problem)
            broken(s, problem);
        if (*got > 0)
            return 1;
        if (s->ended || (s->held.len > 0 && s->held.len < before))
            continue;
        if (s->held.len > 0) {
            broken(s, "cannot be unpacked");
            continue;
        }
        const int rc = refill(s, err);
        if (rc <= 0 || s->held.len == 0)
            return rc;
    }
    return 0;
}

int capture_stream_read(struct capture_stream *s, uint8_t *to, size_t capacity,
                        size_t *got, struct err *err)
{
    *got = 0;
    if (!s->recognised) {
        const int rc = recognise(s, err);
        if (rc < 0 || !s->recognised)
            return rc;
    }
    return s->method ? read_unpacked(s, to, capacity, got, err)
                     : read_plain(s, to, capacity, got, err);
}

void capture_stream_follow(struct capture_stream *s)
{
    s->follows = true;
}

bool capture_stream_replaced(const struct capture_stream *s)
{
    return s->replaced;
}

const char *capture_stream_damage(const struct capture_stream *s)
{
    return s->damage;
}

const char *capture_stream_name(const struct capture_stream *s)
{
    return s->name;
}

const char *capture_stream_packing(const struct capture_stream *s)
{
    return s->method ? s->method->name : "";
}

uint64_t capture_stream_octets(const struct capture_stream *s)
{
    return s->octets;
}

uint64_t capture_stream_size(const struct capture_stream *s)
{
    return s->size;
}
