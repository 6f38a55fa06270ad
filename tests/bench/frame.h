/* bench/frame.h: Ethernet frames, and the classic pcap file they go to. */
#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host {
    uint8_t address[16];
    uint8_t octets; /* 4 or 16 of them */
};

struct host host_v4(uint32_t address);
/* fd00:NETWORK::HOST */
struct host host_v6(uint16_t network, uint32_t host);
uint64_t host_hash(const struct host *host);

struct frame {
    uint8_t octets[1514];
    size_t count;
};

/* From whom to whom. */
struct path {
    const struct host *from, *to;
    uint16_t from_port, to_port;
};

/* `ip_id` is the IPv4 identification. What IPv6 has in its place, the flow
 * label, is made from the ports, as a socket keeps it for its life. */
void frame_udp(struct frame *frame, const struct path *path, uint16_t ip_id,
               const void *payload, size_t octets);

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_PSH = 8, TCP_ACK = 16 };

struct tcp {
    uint32_t sequence, acknowledged;
    uint8_t flags;
};

void frame_tcp(struct frame *frame, const struct path *path,
               const struct tcp *tcp, const void *payload, size_t octets);

/* An echo request, and who-has. IPv4 hosts only. */
void frame_ping(struct frame *frame, const struct path *path);
void frame_arp(struct frame *frame, const struct path *path);

struct capture {
    int fd;
    uint8_t *buffer;
    size_t used;
    bool failed; /* writing did; errno then said why */
};

/* `path` "-" is standard output. False, with errno, when that fails. */
bool capture_open(struct capture *capture, const char *path);
void capture_write(struct capture *capture, int64_t time_us,
                   const struct frame *frame);
/* False when anything could not be written. */
bool capture_close(struct capture *capture);

#endif
