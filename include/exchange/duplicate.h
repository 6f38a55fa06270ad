/* exchange/duplicate.h: one datagram, seen more than once.
 *
 * A capture on all interfaces, on a bridge, on a mirror port or around a tunnel
 * holds copies of one sending; address translation puts the same query in again
 * with another address. Neither is a second query. Copies share the IPv4
 * identification (the IPv6 flow label), which a true retransmission changes
 * (measured); senders that leave it 0 are told apart by time and place. What came
 * over TCP has been put together from segments, each of them once.
 */
#ifndef EXCHANGE_DUPLICATE_H
#define EXCHANGE_DUPLICATE_H

#include "exchange/message.h"

/* Whether `again` is a copy of what `first` saw: same addresses, ports and DNS
 * octets are given. While the first has no answer yet. */
bool exchange_is_copy(const struct exchange_sighting *first,
                      const struct exchange_sighting *again);

/* The same when an answer has been seen meanwhile: stubs that repeat at once
 * after SERVFAIL do so with the identification 0 and the flow label of before,
 * so a copy must prove itself. */
bool exchange_is_copy_after_answer(const struct exchange_sighting *first,
                                   const struct exchange_sighting *again);

/* Whether `again`, with another address of the client or the server but the
 * same ID and question, is the other leg of a translation. musl asks all its
 * servers at once from one socket: those leave from one place. */
bool exchange_is_leg(const struct exchange_sighting *first,
                     const struct exchange_sighting *again);

/* Whether it could be, as far as time and identification go: two senders that
 * both could be make a leg ambiguous. */
bool exchange_is_leg_in_time(const struct exchange_sighting *first,
                             const struct exchange_sighting *again);

#endif
