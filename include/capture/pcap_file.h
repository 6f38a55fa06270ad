/* capture/pcap_file.h: classic pcap (draft-ietf-opsawg-pcap).
 *
 * Both byte orders, micro- and nanoseconds, versions 2.0 to 2.4. The modified
 * variants with other magic numbers are refused by name (foreign.h).
 */
#ifndef CAPTURE_PCAP_FILE_H
#define CAPTURE_PCAP_FILE_H

#include "capture/parse.h"

enum { CAPTURE_PCAP_FILE_HEADER = 24 };

struct capture_pcap_file {
    uint32_t most_octets; /* that a record may claim to have captured */
    uint32_t ns_per_unit; /* of the second time field */
    uint16_t link_type;
    bool swapped;
    bool lengths_exchanged; /* perhaps: before version 2.4 */
};

/* Whether `head` begins such a file. */
bool capture_pcap_file_begins(struct bytes head);

/* Reads the file header, CAPTURE_PCAP_FILE_HEADER octets at `head`, and adds
 * the one interface. ERR_INPUT with the reason alone for a version that is not
 * supported; ERR_NOMEM. */
MUST_USE enum err_code capture_pcap_file_init(struct capture_pcap_file *file,
                                              const uint8_t *head,
                                              struct capture_state *state,
                                              struct err *err);

/* Appends the frames in the window to the block. Returns an enum capture_parse.
 */
MUST_USE int capture_pcap_file_parse(const struct capture_pcap_file *file,
                                     struct capture_state *state,
                                     struct capture_window *window,
                                     struct capture_block *block);

#endif
