#include "capture/dlt.h"

#include <pcap/pcap.h>
#include <stddef.h>

static const struct {
    uint16_t link_type;
    int dlt;
} rows[] = {
    {100, DLT_ATM_RFC1483}, {101, DLT_RAW},      {102, DLT_SLIP_BSDOS},
    {103, DLT_PPP_BSDOS},   {106, DLT_ATM_CLIP},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

int capture_dlt_of(uint16_t link_type)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].link_type == link_type)
            return rows[i].dlt;
    }
    return link_type;
}

uint16_t capture_dlt_link_type(int dlt)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].dlt == dlt)
            return rows[i].link_type;
    }
    return (uint16_t)dlt;
}
