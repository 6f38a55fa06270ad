#include "file.h"

#include "require.h"

enum { SNAP_OCTETS = 262144 };

static void put(struct file *file, const void *octets, size_t len)
{
    if (file->capacity - file->len < len) {
        file->capacity = 2 * (file->capacity + len);
        file->octets = realloc(file->octets, file->capacity);
        require(file->octets);
    }
    if (len > 0)
        memcpy(file->octets + file->len, octets, len);
    file->len += len;
}

void file_begin(struct file *file, uint32_t link_type)
{
    const struct {
        uint32_t magic;
        uint16_t major, minor;
        uint32_t zone, accuracy, snap_octets, link_type;
    } header = {0xa1b23c4d, 2, 4, 0, 0, SNAP_OCTETS, link_type};
    file->len = 0;
    file->frames = 0;
    put(file, &header, sizeof header);
}

void file_add(struct file *file, int64_t time_ns, struct bytes frame,
              size_t captured)
{
    const size_t len = captured < frame.len ? captured : frame.len;
    const int64_t second_ns = 1000000000;
    const uint32_t header[] = {(uint32_t)(time_ns / second_ns),
                               (uint32_t)(time_ns % second_ns), (uint32_t)len,
                               (uint32_t)frame.len};
    put(file, header, sizeof header);
    put(file, frame.data, len);
    file->frames++;
}

void file_fini(struct file *file)
{
    free(file->octets);
    *file = (struct file){0};
}
