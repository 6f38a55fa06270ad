/* pipeline/block.h: some thousand frames, on their way from the file to the
 * ordered stage, and what was decoded of them.
 *
 * Decoding needs nothing but the frames, so any thread may do it, in batches of
 * EXCHANGE_BATCH frames: few enough to stay in the first-level cache when they
 * are taken at once. Everything is a view into the block.
 */
#ifndef PIPELINE_BLOCK_H
#define PIPELINE_BLOCK_H

#include "capture/frame.h"
#include "exchange/exchange.h"
#include "packet/datagram.h"

/* What the frames of a batch are, one entry a frame in each of the arrays. */
struct pipeline_batch {
    uint8_t statuses[EXCHANGE_BATCH]; /* enum packet_status */
    /* Where the status says so: its datagram, and of PACKET_OK the message,
     * but for what the ordered stage knows (times, frame, ids). */
    struct packet_datagram datagrams[EXCHANGE_BATCH];
    struct exchange_message messages[EXCHANGE_BATCH];
};

struct pipeline_block {
    struct capture_block frames;
    struct pipeline_batch *batches; /* of all frames, or one to use again */
    bool is_decoded;
    bool is_last;     /* no other comes */
    bool interrupted; /* a signal ended the reading */
    uint64_t octets;  /* of the input read so far */
};

/* With room for what all of its frames hold, or only for one batch. */
MUST_USE enum err_code pipeline_block_init(struct pipeline_block *block,
                                           bool whole, struct err *err);
void pipeline_block_fini(struct pipeline_block *block);

static inline size_t pipeline_block_batches(const struct pipeline_block *block)
{
    return (block->frames.count + EXCHANGE_BATCH - 1) / EXCHANGE_BATCH;
}

/* Decodes batch `i`; `seed` keys the hashes of the messages. */
void pipeline_batch_decode(struct pipeline_batch *batch,
                           const struct capture_block *frames, size_t i,
                           const struct packet_ports *ports, uint64_t seed);

#endif
