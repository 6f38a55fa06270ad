/* capture/pcapng_file.h: pcapng (draft-ietf-opsawg-pcapng).
 *
 * Any number of sections in either byte order, each with its own interfaces,
 * which differ in link type, snapshot length and clock as they like. Packets
 * come from enhanced, simple and obsolete packet blocks; drop counts from
 * interface statistics, or from packets where there are none; names of addresses
 * from name resolution blocks; comments of sections, interfaces and packets.
 * Every other block is passed over.
 */
#ifndef CAPTURE_PCAPNG_FILE_H
#define CAPTURE_PCAPNG_FILE_H

#include "capture/parse.h"

enum { CAPTURE_PCAPNG_FILE_HEAD = 16 }; /* octets that init needs */

struct capture_pcapng_file {
    size_t first_port; /* of the current section */
    bool swapped;      /* in the current section */
};

/* Whether `head` begins such a file. */
bool capture_pcapng_file_begins(struct bytes head);

/* Looks at the first section header, CAPTURE_PCAPNG_FILE_HEAD octets at `head`,
 * which the first parse then reads. ERR_INPUT with the reason alone. */
MUST_USE enum err_code
capture_pcapng_file_init(struct capture_pcapng_file *file, const uint8_t *head,
                         struct err *err);

/* Appends the frames in the window to the block. Returns an enum capture_parse,
 * or ERR_NOMEM with `err` filled. */
MUST_USE int capture_pcapng_file_parse(struct capture_pcapng_file *file,
                                       struct capture_state *state,
                                       struct capture_window *window,
                                       struct capture_block *block,
                                       struct err *err);

#endif
