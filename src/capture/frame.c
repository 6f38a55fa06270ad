#include "capture/frame.h"

#include <stdlib.h>

enum err_code capture_block_init(struct capture_block *block, struct err *err)
{
    *block = (struct capture_block){
        .buffer = malloc(CAPTURE_BLOCK_OCTETS),
        .capacity = CAPTURE_BLOCK_OCTETS,
        .frames = calloc(CAPTURE_BLOCK_FRAMES, sizeof *block->frames),
    };
    if (block->buffer && block->frames)
        return ERR_OK;
    capture_block_fini(block);
    return err_set(err, ERR_NOMEM, "no memory for a block of frames");
}

void capture_block_fini(struct capture_block *block)
{
    if (!block)
        return;
    free(block->buffer);
    free(block->frames);
    *block = (struct capture_block){0};
}

enum err_code capture_block_resize(struct capture_block *block, size_t octets,
                                   struct err *err)
{
    uint8_t *buffer = realloc(block->buffer, octets);
    if (!buffer)
        return err_set(err, ERR_NOMEM, "no memory for a record of %zu octets",
                       octets);
    block->buffer = buffer;
    block->capacity = octets;
    return ERR_OK;
}
