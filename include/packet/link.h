/* packet/link.h: link headers and VLAN tags.
 *
 * Ethernet (with 802.3 LLC and SNAP), Linux cooked captures, raw IP and BSD
 * loopback here; serial lines, Wi-Fi and the headers that capturing programs
 * put in front have files of their own. The tcpdump project's list of link
 * types gives each layout.
 */
#ifndef PACKET_LINK_H
#define PACKET_LINK_H

#include "packet/datagram.h"
#include "packet/layer.h"

/* LINKTYPE_ values of capture files that are undone here. */
enum packet_link_type {
    PACKET_LINK_NULL = 0, /* BSD loopback, family in the host's order */
    PACKET_LINK_ETHERNET = 1,
    PACKET_LINK_PPP = 9,
    PACKET_LINK_FDDI = 10,
    PACKET_LINK_RAW_BSD = 12, /* DLT_RAW, written by some */
    PACKET_LINK_RAW_OPENBSD = 14,
    PACKET_LINK_PPP_SERIAL = 50, /* PPP or Cisco HDLC, it shows */
    PACKET_LINK_PPPOE = 51,
    PACKET_LINK_ATM = 100, /* RFC 1483: an LLC header */
    PACKET_LINK_RAW = 101,
    PACKET_LINK_HDLC = 104, /* Cisco's */
    PACKET_LINK_WIFI = 105, /* 802.11 */
    PACKET_LINK_FRAME_RELAY = 107,
    PACKET_LINK_LOOP = 108, /* as NULL, family in network order */
    PACKET_LINK_SLL = 113,
    PACKET_LINK_WIFI_PRISM = 119,
    PACKET_LINK_WIFI_RADIOTAP = 127,
    PACKET_LINK_ARCNET = 129, /* as Linux has it, RFC 1201 */
    PACKET_LINK_USER2 = 149,  /* PKTAP before it had a number */
    PACKET_LINK_WIFI_AVS = 163,
    PACKET_LINK_PPP_PPPD = 166,
    PACKET_LINK_PPI = 192,
    PACKET_LINK_PPP_DIRECTION = 204, /* an octet in front: in or out */
    PACKET_LINK_HDLC_DIRECTION = 205,
    PACKET_LINK_FRAME_RELAY_DIRECTION = 206,
    PACKET_LINK_MPLS = 219,
    PACKET_LINK_IPV4 = 228,
    PACKET_LINK_IPV6 = 229,
    PACKET_LINK_NFLOG = 239,
    PACKET_LINK_PKTAP = 258,
    PACKET_LINK_SLL2 = 276,
};

/* Undoes the link header that `layer` holds. PACKET_OK leaves the layer at
 * what the link carried: a network, with PACKET_ETHERTYPE_NONE for what is no
 * IP, or another link. Fills packet_type and interface of `out` for cooked
 * captures. Else PACKET_CUT_LINK, PACKET_BAD_LINK, PACKET_TUNNEL,
 * PACKET_WIFI_ENCRYPTED or PACKET_LINK_UNSUPPORTED.
 */
MUST_USE enum packet_status packet_link_undo(struct packet_layer *layer,
                                             struct packet_datagram *out);

/* Undoes one VLAN tag: the layer begins with its priority and number, which an
 * EtherType or 802.3 length follows. Statuses as above. */
MUST_USE enum packet_status packet_link_tag_undo(struct packet_layer *layer,
                                                 struct packet_datagram *out);

/* Undoes the service tag of a provider backbone (802.1ah); a customer's
 * Ethernet frame follows. Statuses as above. */
MUST_USE enum packet_status
packet_link_service_undo(struct packet_layer *layer,
                         struct packet_datagram *out);

/* Undoes an 802.2 LLC header, with SNAP behind it. Statuses as above. */
MUST_USE enum packet_status packet_link_llc_undo(struct packet_layer *layer);

enum { PACKET_LINK_ETHERNET_OCTETS = 14 };

/* Whether PACKET_LINK_ETHERNET_OCTETS octets can be an Ethernet header: sent by
 * one station, with a type that leads to IP, or ARP's. */
bool packet_link_is_ethernet(const uint8_t *header);

/* For tunnels that do not say what they carry: the layer becomes IP when it
 * begins with a version and length that fit, else Ethernet when it looks like
 * it, else a network of PACKET_ETHERTYPE_NONE. */
void packet_link_guess(struct packet_layer *layer);

#endif
