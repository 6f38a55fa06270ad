/* facts/encrypted.h: who offers encrypted transports, and who uses them.
 *
 * Not an event family: these frames never become messages. Port 853 is DNS over
 * TLS or QUIC by its number; on port 443 DNS over HTTPS looks like any other
 * HTTPS, so each address that is spoken with there is kept until the end, when it
 * is known which of them answer DNS as well. Views do that join.
 *
 * Bounded: 4,096 addresses and transports on port 443, as many again on 853, and
 * the budget; what finds no room is counted.
 */
#ifndef FACTS_ENCRYPTED_H
#define FACTS_ENCRYPTED_H

#include "facts/sink.h"
#include "packet/datagram.h"
#include "util/budget.h"

struct facts_encrypted;

/* NULL when memory is refused. `seed` keys the table. */
MUST_USE struct facts_encrypted *facts_encrypted_new(uint64_t seed,
                                                     struct budget *budget);
void facts_encrypted_free(struct facts_encrypted *encrypted);

/* A frame that packet_decode() called PACKET_ENCRYPTED or PACKET_HTTPS. */
void facts_encrypted_take(struct facts_encrypted *encrypted,
                          const struct packet_datagram *segment,
                          uint64_t frame);

/* Frames whose address found no room. */
uint64_t facts_encrypted_refused(const struct facts_encrypted *encrypted);

/* Rows of encrypted_server. */
MUST_USE enum err_code
facts_encrypted_save(const struct facts_encrypted *encrypted,
                     const struct facts_sink *sink, struct err *err);

#endif
