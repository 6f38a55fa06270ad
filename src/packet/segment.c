#include "packet/segment.h"

#include <assert.h>

static const struct {
    const char *fate;
    const char *reason;
} texts[] = {
    [PACKET_SEGMENT_DNS] = {"dns", "TCP segment"},
    [PACKET_SEGMENT_REPEATED] = {"dns", "TCP segment seen before"},
    [PACKET_SEGMENT_CONTROL] = {"not_dns", "TCP without payload"},
    [PACKET_SEGMENT_WAITING] = {"waiting",
                                "TCP segment of an unfinished message"},
    [PACKET_SEGMENT_UNSYNCED] = {"waiting",
                                 "TCP segment, start of message not captured"},
    [PACKET_SEGMENT_RUNT] = {"malformed", "TCP message without DNS header"},
    [PACKET_SEGMENT_CUT] = {"cut", "TCP segment"},
    [PACKET_SEGMENT_HTTP] = {"not_dns", "HTTP on a DNS port"},
    [PACKET_SEGMENT_TLS] = {"not_dns", "TLS on a DNS port"},
    [PACKET_SEGMENT_SSH] = {"not_dns", "SSH on a DNS port"},
    [PACKET_SEGMENT_FOREIGN] = {"not_dns", "TCP on a DNS port, not DNS"},
};
static_assert(sizeof texts / sizeof texts[0] == PACKET_SEGMENT_FATES,
              "a text for each fate");

const char *packet_segment_fate(enum packet_segment_fate fate)
{
    return texts[fate].fate;
}

const char *packet_segment_reason(enum packet_segment_fate fate)
{
    return texts[fate].reason;
}
