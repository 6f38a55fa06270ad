#include "capture/dump.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/dlt.h"

enum { SNAP_OCTETS = 262144, LINK_ETHERNET = 1 };

struct capture_dump {
    char *name;
    FILE *file; /* the dumper's, once there is one */
    pcap_t *pcap;
    pcap_dumper_t
        *dumper; /* from the first frame on, which has the link type */
    uint16_t link_type;
    bool failed;
    struct err why; /* when failed */
};

enum err_code capture_dump_open(struct capture_dump **out, int fd,
                                const char *name, struct err *err)
{
    struct capture_dump *d = calloc(1, sizeof *d);
    if (!d)
        return err_set(err, ERR_NOMEM, "%s: no memory", name);
    d->name = strdup(name);
    if (!d->name) {
        capture_dump_close(d);
        return err_set(err, ERR_NOMEM, "%s: no memory", name);
    }
    const int own = dup(fd);
    d->file = own >= 0 ? fdopen(own, "w") : NULL;
    if (d->file) {
        *out = d;
        return ERR_OK;
    }
    const enum err_code rc = err_set_errno(err, ERR_OUTPUT, "%s", name);
    if (own >= 0)
        close(own);
    capture_dump_close(d);
    return rc;
}

void capture_dump_close(struct capture_dump *d)
{
    if (!d)
        return;
    if (d->dumper)
        pcap_dump_close(d->dumper); /* and the file with it */
    else if (d->file)
        fclose(d->file);
    if (d->pcap)
        pcap_close(d->pcap);
    free(d->name);
    free(d);
}

static void fail(struct capture_dump *d, const char *why)
{
    if (!d->failed)
        err_set(&d->why, ERR_OUTPUT, "%.200s: %s", d->name, why);
    d->failed = true;
}

/* stdio says why only through errno, and not always. */
static void fail_writing(struct capture_dump *d)
{
    fail(d, errno ? strerror(errno) : "could not be written");
}

static void begin(struct capture_dump *d, uint16_t link_type)
{
    d->link_type = link_type;
    d->pcap = pcap_open_dead_with_tstamp_precision(
        capture_dlt_of(link_type), SNAP_OCTETS, PCAP_TSTAMP_PRECISION_NANO);
    if (!d->pcap) {
        fail(d, "no memory");
        return;
    }
    d->dumper = pcap_dump_fopen(d->pcap, d->file);
    if (!d->dumper)
        fail(d, pcap_geterr(d->pcap));
}

static struct timeval time_of(const struct capture_frame *frame)
{
    const int64_t second = 1000000000;
    const int64_t ns =
        frame->time_ns / second > UINT32_MAX ? 0 : frame->time_ns;
    if (ns <= 0)
        return (struct timeval){0, 0};
    return (struct timeval){.tv_sec = ns / second, .tv_usec = ns % second};
}

void capture_dump_put(struct capture_dump *d, const struct capture_frame *frame)
{
    if (!d->dumper && !d->failed)
        begin(d, frame->link_type);
    if (!d->failed && d->link_type != frame->link_type)
        fail(d, "frames of more than one link type do not fit a pcap file "
                "(editcap splits the input)");
    if (d->failed)
        return;
    const struct pcap_pkthdr header = {
        .ts = time_of(frame),
        .caplen = frame->captured_octets,
        .len = frame->wire_octets,
    };
    errno = 0;
    pcap_dump((u_char *)d->dumper, &header, frame->data);
    if (ferror(d->file))
        fail_writing(d);
}

enum err_code capture_dump_status(const struct capture_dump *d, struct err *err)
{
    if (!d->failed)
        return ERR_OK;
    return err_set(err, d->why.code, "%s", d->why.text);
}

enum err_code capture_dump_finish(struct capture_dump *d, struct err *err)
{
    if (!d->dumper && !d->failed)
        begin(d, LINK_ETHERNET);
    errno = 0;
    if (!d->failed && pcap_dump_flush(d->dumper) != 0)
        fail_writing(d);
    return capture_dump_status(d, err);
}
