/* exchange/tape.h: what the exchange was given first and last, to be given it
 * again.
 *
 * A part that was cut out of a longer capture cannot say what became of that
 * which its edges cut through. So it keeps what came in at its edges, and a
 * merge plays the end of one part and the beginning of the next as one.
 *
 *   |-- head --|                            |-- tail --|
 *   messages, ICMP errors, SYNs, handshakes ............ of a part
 *
 * Each is as long as a client waits, or as there is room for; that of a short
 * part is the whole. One copy an entry into memory taken at the start.
 */
#ifndef EXCHANGE_TAPE_H
#define EXCHANGE_TAPE_H

#include "exchange/exchange.h"
#include "util/err.h"

/* Longer than all but the longest lookups: two rounds over three servers. */
#define EXCHANGE_TAPE_NS INT64_C(60000000000)

struct exchange_tape;

/* `octets` for either edge, taken from `budget`; at least EXCHANGE_TAPE_LEAST.
 * ERR_NOMEM. */
enum { EXCHANGE_TAPE_LEAST = 256 * 1024 };
MUST_USE enum err_code exchange_tape_new(struct exchange_tape **out,
                                         size_t octets, struct budget *budget,
                                         struct err *err);
void exchange_tape_free(struct exchange_tape *tape);

/* What exchange_take(), _refuse(), _dial() and _connect() are given, in that
 * order; `datagram` is what `message` was read from. A NULL tape takes nothing.
 */
void exchange_tape_take(struct exchange_tape *tape,
                        const struct packet_datagram *datagram,
                        const struct exchange_message *message);
void exchange_tape_refuse(struct exchange_tape *tape,
                          const struct packet_datagram *quoted,
                          const struct exchange_message *message);
void exchange_tape_dial(struct exchange_tape *tape,
                        const struct packet_datagram *syn, int64_t time_ns);
void exchange_tape_connect(struct exchange_tape *tape,
                           const struct packet_tcp_connection *connection);

/* An edge, or a part of one; `octets` are borrowed until the tape takes more. */
struct exchange_edge {
    struct bytes octets;
    int64_t first_ns, last_ns; /* clock of its first and last entry */
    uint64_t entries;
};

/* True when the head is all there was. */
bool exchange_tape_is_whole(const struct exchange_tape *tape);
struct exchange_edge exchange_tape_head(const struct exchange_tape *tape);
/* The tail in two halves, 0 and behind it 1; together they are as long as they
 * are to be, or longer. */
struct exchange_edge exchange_tape_tail(const struct exchange_tape *tape,
                                        unsigned half);

/* Plays the octets of an edge, which may be a stranger's; `first_input` is added
 * to the inputs of its frames, and `seed` is the exchange's. False when they are
 * not of a tape; what stood in front was played. */
MUST_USE bool exchange_tape_play(struct exchange *exchange, struct bytes octets,
                                 uint32_t first_input, uint64_t seed);

#endif
