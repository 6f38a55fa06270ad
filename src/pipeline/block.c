#include "pipeline/block.h"

#include <stdlib.h>

enum { BATCHES = CAPTURE_BLOCK_FRAMES / EXCHANGE_BATCH };
static_assert(BATCHES * EXCHANGE_BATCH == CAPTURE_BLOCK_FRAMES, "whole ones");

enum err_code pipeline_block_init(struct pipeline_block *block, bool whole,
                                  struct err *err)
{
    const enum err_code rc = capture_block_init(&block->frames, err);
    if (rc != ERR_OK)
        return rc;
    block->batches = malloc((whole ? BATCHES : 1) * sizeof *block->batches);
    return block->batches ? ERR_OK
                          : err_set(err, ERR_NOMEM, "no memory for a block");
}

void pipeline_block_fini(struct pipeline_block *block)
{
    capture_block_fini(&block->frames);
    free(block->batches);
    *block = (struct pipeline_block){.batches = NULL};
}

void pipeline_batch_decode(struct pipeline_batch *batch,
                           const struct capture_block *frames, size_t i,
                           const struct packet_ports *ports, uint64_t seed)
{
    const struct capture_frame *frame = &frames->frames[i * EXCHANGE_BATCH];
    const size_t left = frames->count - i * EXCHANGE_BATCH;
    const size_t count = left < EXCHANGE_BATCH ? left : EXCHANGE_BATCH;
    for (size_t k = 0; k < count; k++) {
        const enum packet_status status =
            packet_decode(&frame[k], ports, &batch->datagrams[k]);
        batch->statuses[k] = (uint8_t)status;
        if (status == PACKET_OK)
            exchange_message_read(&batch->datagrams[k], seed,
                                  &batch->messages[k]);
    }
}
