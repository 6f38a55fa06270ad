#include "facts/frame.h"

#include "facts/facts.h"

static const char *dns_fate(enum dns_status status)
{
    if (status == DNS_OK)
        return "dns";
    return status == DNS_CUT ? "cut" : "malformed";
}

static enum err_code save_count(uint64_t frames, uint64_t first,
                                const char *fate, const char *reason,
                                const struct facts_sink *sink, struct err *err)
{
    if (frames == 0)
        return ERR_OK;
    return FACTS_ROW(sink, "frame_fate", err, facts_text(fate),
                     facts_text(reason), facts_integer((int64_t)frames),
                     facts_integer((int64_t)first));
}

enum err_code facts_frames_save(const struct facts_frames *frames,
                                const struct facts_sink *sink, struct err *err)
{
    enum err_code rc = ERR_OK;
    for (int i = PACKET_OK + 1; i < PACKET_STATUS_COUNT && rc == ERR_OK; i++)
        rc = save_count(frames->packet[i].frames, frames->packet[i].first,
                        packet_status_fate((enum packet_status)i),
                        packet_status_reason((enum packet_status)i), sink, err);
    for (int i = 0; i < DNS_STATUS_COUNT && rc == ERR_OK; i++)
        rc = save_count(frames->dns[i].frames, frames->dns[i].first,
                        dns_fate((enum dns_status)i),
                        dns_status_reason((enum dns_status)i), sink, err);
    for (int i = 0; i < PACKET_SEGMENT_FATES && rc == ERR_OK; i++)
        rc = save_count(frames->tcp[i].frames, frames->tcp[i].first,
                        packet_segment_fate((enum packet_segment_fate)i),
                        packet_segment_reason((enum packet_segment_fate)i),
                        sink, err);
    for (int i = 0; i < PACKET_ICMP_KINDS && rc == ERR_OK; i++)
        rc = save_count(frames->icmp[i].frames, frames->icmp[i].first,
                        packet_status_fate(PACKET_ICMP_QUOTE),
                        packet_icmp_text((enum packet_icmp_kind)i), sink, err);
    return rc;
}
