/* capture/dlt.h: libpcap's numbers of link types.
 *
 * Files bear LINKTYPE_ values, libpcap's functions take and return DLT_ values.
 * They are the same except for a handful that differ from system to system
 * (pcap-linktype(7)).
 */
#ifndef CAPTURE_DLT_H
#define CAPTURE_DLT_H

#include <stdint.h>

int capture_dlt_of(uint16_t link_type);
uint16_t capture_dlt_link_type(int dlt);

#endif
