/* packet/wifi.h: 802.11 frames, bare or with what a receiver put in front
 * (radiotap, AVS, Prism).
 */
#ifndef PACKET_WIFI_H
#define PACKET_WIFI_H

#include "packet/layer.h"

/* Undoes one of the PACKET_LINK_WIFI headers, which `layer` holds. Frames
 * without data (beacons, acknowledgements, "null") carry no network: they are
 * PACKET_OK with PACKET_ETHERTYPE_NONE. A protected frame is
 * PACKET_WIFI_ENCRYPTED; a fragment other than the first is PACKET_TUNNEL, not
 * put together again. Of several packets in one frame (A-MSDU) the first is
 * read. Else PACKET_CUT_LINK or PACKET_BAD_LINK.
 */
MUST_USE enum packet_status packet_wifi_undo(struct packet_layer *layer);

#endif
