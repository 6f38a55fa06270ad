#include "capture/unpack.h"

const struct capture_unpack *capture_unpack_find(const uint8_t *head)
{
    static const struct capture_unpack *const methods[] = {
        &capture_unpack_gzip, &capture_unpack_zstd, &capture_unpack_lz4};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i]->begins(head))
            return methods[i];
    return NULL;
}
