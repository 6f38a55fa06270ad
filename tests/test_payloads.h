/* test_payloads.h: every DNS payload over UDP port 53 of a capture file. */
#ifndef TEST_PAYLOADS_H
#define TEST_PAYLOADS_H

#include <stdbool.h>
#include <string.h>

#include "capture/source.h"
#include "packet/datagram.h"

typedef void payloads_fn(void *context, const struct packet_datagram *datagram,
                         uint64_t frame);

/* Hands each to `each`; false when the file cannot be opened as a capture. A
 * damaged one is read up to the damage. */
static inline bool payloads_each(const char *path, payloads_fn *each,
                                 void *context)
{
    struct capture_source *source;
    if (capture_source_open(&source, path, NULL) != ERR_OK)
        return false;
    struct packet_ports ports;
    memset(&ports, 0, sizeof ports);
    packet_ports_add(&ports, 53);
    struct capture_block block = {0};
    if (capture_block_init(&block, NULL) == ERR_OK) {
        while (capture_source_read(source, &block, NULL) > 0) {
            for (size_t i = 0; i < block.count; i++) {
                struct packet_datagram datagram;
                if (packet_decode(&block.frames[i], &ports, &datagram) ==
                    PACKET_OK)
                    each(context, &datagram, block.frames[i].number);
            }
        }
    }
    capture_block_fini(&block);
    capture_source_close(source);
    return true;
}

#endif
