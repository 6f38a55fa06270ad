/* fuzz/script.h: octets read as a list of things that happen on a network.
 *
 * A random file hardly ever holds two packets that have to do with each other.
 * Here every four octets are one event among four clients and four servers
 * that share few ports, IDs and names, so that retransmissions, late and second
 * answers, copies, translations, streams with holes and fragments are common,
 * and any octets are a legal script.
 *
 *   octet 0   the event (low half) and how much time passes before it (high)
 *   octet 1   who: SCRIPT_WHO(), or which of the last 16 messages or frames
 *   octet 2,3 see the events
 */
#ifndef FUZZ_SCRIPT_H
#define FUZZ_SCRIPT_H

#include "file.h"

enum script_event {
    /* who, 2: ID (3 bits), name (3), type (2); 3: SCRIPT_ASK_... */
    SCRIPT_ASK,
    /* query, 2: rcode (4 bits), SCRIPT_ANSWER_..., 3: SCRIPT_OTHER_... */
    SCRIPT_ANSWER,
    /* message, sent once more; 2: SCRIPT_AGAIN_... */
    SCRIPT_AGAIN,
    /* frame, seen once more; 2: SCRIPT_COPY_... */
    SCRIPT_COPY,
    /* frame quoted in an ICMP error; 2: which error, 3: octets quoted */
    SCRIPT_REFUSE,
    /* frame, in fragments; 2: size (5 bits), SCRIPT_FRAGMENT_..., 3: which are
     * seen, a bit each */
    SCRIPT_FRAGMENT,
    /* 1: connection (2 bits), who; 2: SCRIPT_OPEN_..., 3: sequence number */
    SCRIPT_OPEN,
    /* message, becomes part of a stream; 2: SCRIPT_STREAM(); 3: what to do to
     * its length prefix */
    SCRIPT_WRITE,
    /* a segment of a stream; 1: SCRIPT_STREAM(), 2: SCRIPT_SEND_..., 3: octets
     */
    SCRIPT_SEND,
    /* 1: SCRIPT_STREAM(), 2: flags, 3: what it acknowledges */
    SCRIPT_CONTROL,
    /* who, 2: that many octets of the script are a datagram */
    SCRIPT_RAW,
    /* the next frame is captured up to octet 1 behind its Ethernet header */
    SCRIPT_CUT,
    /* frames that are not DNS; 1: which */
    SCRIPT_NOISE,
    /* who asks for 4 * octet 2 new names at once; 3: from other ports, too */
    SCRIPT_FLOOD,
    SCRIPT_EVENTS
};

/* Client and server 0 to 3, over IPv6 or not, client port 0 to 7, of which the
 * last is 53. */
#define SCRIPT_WHO(client, server, v6, port)                                   \
    ((client) | (server) << 2 | (v6) << 4 | (port) << 5)
#define SCRIPT_QUESTION(id, name, type) ((id) | (name) << 3 | (type) << 6)
/* Of connection 0 to 3; from the client, or from the server. */
#define SCRIPT_STREAM(connection, from_server)                                 \
    ((connection) | (from_server) << 2)

enum {
    SCRIPT_ASK_EDNS = 1,
    SCRIPT_ASK_UPPER = 2, /* upper case letters in the name */
    SCRIPT_ASK_NOTIFY = 4,
    SCRIPT_ASK_TWICE = 8, /* says that there are two questions */

    SCRIPT_ANSWER_TC = 0x10,
    SCRIPT_ANSWER_RECORDS = 0x60, /* 0: none, address, alias, SOA */
    SCRIPT_ANSWER_EDE = 0x80,

    SCRIPT_OTHER_ID = 1,
    SCRIPT_OTHER_NAME = 2,
    SCRIPT_OTHER_SERVER = 4,
    SCRIPT_OTHER_PORT = 8,
    SCRIPT_NO_QUESTION = 16,

    SCRIPT_AGAIN_SERVER = 1, /* to another server */
    SCRIPT_AGAIN_CLIENT = 2, /* from another client */
    SCRIPT_AGAIN_PORT = 4,
    SCRIPT_AGAIN_BACK = 8, /* by its receiver */
    SCRIPT_AGAIN_SAME_IP_ID = 16,

    SCRIPT_COPY_TTL = 1,  /* after one more hop */
    SCRIPT_COPY_VLAN = 2, /* with a tag */
    SCRIPT_COPY_DAMAGED = 4,

    SCRIPT_FRAGMENT_BACKWARDS = 0x20,
    SCRIPT_FRAGMENT_OVERLAP = 0x40,
    SCRIPT_FRAGMENT_TWICE = 0x80,

    SCRIPT_OPEN_SYN_ACK = 1,
    SCRIPT_OPEN_ACK = 2,
    SCRIPT_OPEN_RST = 4,
    SCRIPT_OPEN_SILENT = 8, /* nothing of it is seen */

    SCRIPT_SEND_AGAIN = 1,   /* what was sent last */
    SCRIPT_SEND_OVERLAP = 2, /* from some octets before */
    SCRIPT_SEND_HOLE = 4,    /* from some octets behind */
    SCRIPT_SEND_LONG = 8,    /* eight times as many */
    SCRIPT_SEND_FIN = 16,
};

/* Writes the capture of what `script` says to `out`, which is zeroed or was
 * used before. */
void script_play(struct bytes script, struct file *out);

#endif
