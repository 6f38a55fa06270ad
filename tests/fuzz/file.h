/* fuzz/file.h: a classic pcap file in memory (nanoseconds, this machine's byte
 * order). */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include "util/bytes.h"

struct file {
    uint8_t *octets;
    size_t len, capacity;
    uint64_t frames;
};

/* Begins a new file in the room of the last one; zeroed at first. */
void file_begin(struct file *file, uint32_t link_type);

/* Appends a frame of which the first `captured` octets were captured. */
void file_add(struct file *file, int64_t time_ns, struct bytes frame,
              size_t captured);

static inline struct bytes file_bytes(const struct file *file)
{
    return (struct bytes){file->octets, file->len};
}

void file_fini(struct file *file);

#endif
