/* capture/source.h: where frames come from.
 *
 * One interface for files (classic pcap, pcapng), pipes and standard input,
 * plain or compressed, recognised by content, and for live capture. Files are
 * read with read() into the caller's block and records handed out in place
 * (mmap measured 1.7 times slower and cannot read pipes).
 *
 * Damage is data, not failure: everything before it is handed out, and
 * capture_source_info() names the first place. Reading ends there, unless the
 * record's limits are beyond doubt: a pcapng packet block that contradicts
 * itself or names an interface that does not exist is passed over.
 *
 * Frames are packet records, nothing else, but they are numbered as Wireshark
 * numbers them: pcapng blocks that it lists as frames without being packets
 * (custom blocks, journal entries) take a number and are not handed out. A
 * packet block that was passed over takes its number too.
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include <stdbool.h>

#include "capture/frame.h"
#include "util/err.h"

struct capture_notes;
struct capture_source;
struct capture_stream;
struct labels;
struct capture_live_options;

struct capture_interface {
    char name[64];        /* if_name or description, printable; "" unknown */
    uint16_t link_type;   /* LINKTYPE_ */
    uint32_t snap_octets; /* snapshot length, 0 = unlimited or unknown */
    uint64_t frames;      /* handed out so far */
    int64_t dropped;      /* as interface statistics say; without them, as its
                             packets do; -1 = not known */
};

struct capture_info {
    const char *path;     /* as given; "-" is standard input */
    const char *format;   /* "pcap", "pcapng", "pcap+gzip" ... */
    uint64_t octets;      /* of the input read so far, before decompression */
    uint64_t size;        /* of the input where known (a file), else 0 */
    uint64_t frames;      /* handed out so far */
    uint64_t passed_over; /* damaged packet blocks that reading went past */
    bool replaced; /* it was followed until its path led to another file */
    bool damaged;
    uint64_t damage_frame;  /* number of the record that could not be read */
    uint64_t damage_offset; /* octet offset (after decompression) of it */
    char damage[160];       /* what is wrong, one printable line; "" if fine */
};

/* Opens `path` ("-" is standard input) and reads its header. ERR_INPUT with a
 * line that names file and reason: missing, unreadable, a directory, empty,
 * no capture, an unsupported variant. On success `*out` is the caller's.
 *
 * A signal while a pipe is silent (a handler without SA_RESTART) ends the wait
 * with ERR_OK; the first capture_source_read() then goes on with the header and
 * is the one to return ERR_INPUT.
 */
MUST_USE enum err_code capture_source_open(struct capture_source **out,
                                           const char *path, struct err *err);

/* The same over a stream, which it closes, also when it fails. */
MUST_USE enum err_code capture_source_open_stream(struct capture_source **out,
                                                  const char *path,
                                                  struct capture_stream *stream,
                                                  struct err *err);

/* A network interface (live.h). ERR_INPUT says why not. Privileges are dropped
 * when this returns ERR_OK. Reads wait a tenth of a second at most and then
 * return 1 without a frame. */
MUST_USE enum err_code
capture_source_open_live(struct capture_source **out,
                         const struct capture_live_options *options,
                         struct err *err);

/* A file that grows: its end is waited at, a tenth of a second a read, which then
 * returns 1 without a frame; also its beginning, so that what is no capture may
 * show while it is read only. It ends when it is cut short or replaced
 * (stream.h). Errors as capture_source_open(). */
MUST_USE enum err_code capture_source_open_growing(struct capture_source **out,
                                                   const char *path,
                                                   struct err *err);

/* Names of addresses that the capture brings along (pcapng name resolution
 * blocks) go to `labels` from now on. Borrowed until close. */
void capture_source_label(struct capture_source *source, struct labels *labels);
void capture_source_close(struct capture_source *source);

/* From now on only the K-th of N ranges of a file's octets, `number` 1 to
 * `count`: the records whose data begin in it. What stands in front is walked
 * through, which finds their beginnings, their numbers and the interfaces of a
 * pcapng file for sure; what is wrong with it, or said beside it, is of another
 * range. Before the first read. ERR_USAGE for what is no plain file. */
MUST_USE enum err_code capture_source_shard(struct capture_source *source,
                                            unsigned number, unsigned count,
                                            struct err *err);

/* Fills `block` with the next frames in file order: at least one, unless the
 * input ended or a signal interrupted the wait (then block->count is 0: look at
 * your flags and call again). On a pipe it returns what has arrived rather than
 * wait for a full block. Returns 1 to go on, 0 at the end (or at damage),
 * negative `enum err_code` when reading failed (ERR_INPUT, ERR_NOMEM).
 * How frames are cut into blocks depends on what arrives; the frames do not.
 */
MUST_USE int capture_source_read(struct capture_source *source,
                                 struct capture_block *block, struct err *err);

/* Borrowed until close; updated by each read. */
const struct capture_info *
capture_source_info(const struct capture_source *source);

/* What the file says beside its packets so far. Borrowed until close. */
const struct capture_notes *
capture_source_notes(const struct capture_source *source);

/* How many interfaces were seen so far, over all sections. */
size_t capture_source_interfaces(const struct capture_source *source);
/* Borrowed until the next read. */
const struct capture_interface *
capture_source_interface(const struct capture_source *source, size_t index);

#endif
