#include "frame.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "random.h"

enum { ETHERNET = 14, IPV4 = 20, IPV6 = 40, UDP = 8, TCP = 20 };
enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };

struct host host_v4(uint32_t address)
{
    return (struct host){{(uint8_t)(address >> 24), (uint8_t)(address >> 16),
                          (uint8_t)(address >> 8), (uint8_t)address},
                         4};
}

struct host host_v6(uint16_t network, uint32_t host)
{
    const struct host low = host_v4(host);
    struct host h = {{0xfd, 0, (uint8_t)(network >> 8), (uint8_t)network}, 16};
    memcpy(h.address + 12, low.address, 4);
    return h;
}

uint64_t host_hash(const struct host *host)
{
    uint64_t words[2];
    memcpy(words, host->address, sizeof words);
    return random_mix(random_mix(words[0] + host->octets) ^ words[1]) | 1;
}

static void put16(uint8_t *at, unsigned number)
{
    at[0] = (uint8_t)(number >> 8);
    at[1] = (uint8_t)number;
}

static void put32(uint8_t *at, uint32_t number)
{
    put16(at, number >> 16);
    put16(at + 2, number & 0xffff);
}

/* The Internet checksum's running sum (RFC 1071) of `count` octets. */
static uint64_t sum(const uint8_t *octets, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i + 1 < count; i += 2)
        total += (unsigned)octets[i] << 8 | octets[i + 1];
    if (count & 1)
        total += (unsigned)octets[count - 1] << 8;
    return total;
}

static unsigned checksum(uint64_t total)
{
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return ~(unsigned)total & 0xffff;
}

static void put_mac(uint8_t *at, const struct host *host)
{
    at[0] = 0x02; /* locally administered */
    at[1] = 0;
    memcpy(at + 2, host->address + host->octets - 4, 4);
}

static void put_ethernet(struct frame *frame, const struct path *path,
                         uint16_t type)
{
    put_mac(frame->octets, path->to);
    put_mac(frame->octets + 6, path->from);
    put16(frame->octets + 12, type);
}

static void put_ipv4(uint8_t *ip, const struct path *path, uint8_t protocol,
                     uint16_t ip_id, size_t octets)
{
    static const uint8_t header[IPV4] = {0x45, [6] = 0x40, [8] = 64};
    memcpy(ip, header, IPV4);
    put16(ip + 2, (unsigned)(IPV4 + octets));
    put16(ip + 4, ip_id);
    ip[9] = protocol;
    memcpy(ip + 12, path->from->address, 4);
    memcpy(ip + 16, path->to->address, 4);
    put16(ip + 10, checksum(sum(ip, IPV4)));
}

static void put_ipv6(uint8_t *ip, const struct path *path, uint8_t protocol,
                     size_t octets)
{
    const uint32_t ports = (uint32_t)path->from_port << 16 | path->to_port;
    put32(ip, 0x60000000 | (uint32_t)(random_mix(ports) & 0xfffff));
    put16(ip + 4, (unsigned)octets);
    ip[6] = protocol;
    ip[7] = 64;
    memcpy(ip + 8, path->from->address, 16);
    memcpy(ip + 24, path->to->address, 16);
}

/* Everything below `octets` of transport, which the caller then writes to the
 * place returned. */
static uint8_t *begin(struct frame *frame, const struct path *path,
                      uint8_t protocol, uint16_t ip_id, size_t octets)
{
    const bool v6 = path->from->octets == 16;
    const size_t ip_octets = v6 ? IPV6 : IPV4;
    uint8_t *ip = frame->octets + ETHERNET;
    assert(path->from->octets == path->to->octets);
    assert(ETHERNET + ip_octets + octets <= sizeof frame->octets);
    put_ethernet(frame, path, v6 ? 0x86dd : 0x0800);
    if (v6)
        put_ipv6(ip, path, protocol, octets);
    else
        put_ipv4(ip, path, protocol, ip_id, octets);
    frame->count = ETHERNET + ip_octets + octets;
    return ip + ip_octets;
}

/* Over the pseudo-header and `octets` of transport, whose field is 0 so far. */
static unsigned transport_checksum(const struct path *path, uint8_t protocol,
                                   const uint8_t *transport, size_t octets)
{
    return checksum(sum(path->from->address, path->from->octets) +
                    sum(path->to->address, path->to->octets) + protocol +
                    octets + sum(transport, octets));
}

void frame_udp(struct frame *frame, const struct path *path, uint16_t ip_id,
               const void *payload, size_t octets)
{
    uint8_t *udp = begin(frame, path, PROTOCOL_UDP, ip_id, UDP + octets);
    put16(udp, path->from_port);
    put16(udp + 2, path->to_port);
    put16(udp + 4, (unsigned)(UDP + octets));
    put16(udp + 6, 0);
    memcpy(udp + UDP, payload, octets);
    const unsigned check =
        transport_checksum(path, PROTOCOL_UDP, udp, UDP + octets);
    put16(udp + 6, check ? check : 0xffff); /* 0 says "none" */
}

void frame_tcp(struct frame *frame, const struct path *path,
               const struct tcp *tcp, const void *payload, size_t octets)
{
    uint8_t *at = begin(frame, path, PROTOCOL_TCP, 0, TCP + octets);
    memset(at, 0, TCP);
    put16(at, path->from_port);
    put16(at + 2, path->to_port);
    put32(at + 4, tcp->sequence);
    put32(at + 8, tcp->acknowledged);
    at[12] = TCP / 4 << 4;
    at[13] = tcp->flags;
    put16(at + 14, 64240);
    memcpy(at + TCP, payload, octets);
    put16(at + 16, transport_checksum(path, PROTOCOL_TCP, at, TCP + octets));
}

void frame_ping(struct frame *frame, const struct path *path)
{
    static const uint8_t echo_request[64] = {8};
    uint8_t *icmp = begin(frame, path, PROTOCOL_ICMP, 0, sizeof echo_request);
    memcpy(icmp, echo_request, sizeof echo_request);
    put16(icmp + 2, checksum(sum(icmp, sizeof echo_request)));
}

void frame_arp(struct frame *frame, const struct path *path)
{
    static const uint8_t request[] = {0, 1, 8, 0, 6, 4, 0, 1};
    uint8_t *arp = frame->octets + ETHERNET;
    put_ethernet(frame, path, 0x0806);
    memset(arp, 0, 46); /* padded to the least an Ethernet frame carries */
    memcpy(arp, request, sizeof request);
    put_mac(arp + 8, path->from);
    memcpy(arp + 14, path->from->address, 4);
    memcpy(arp + 24, path->to->address, 4);
    frame->count = ETHERNET + 46;
}

enum { BUFFER = 1 << 20, RECORD = 16 };

bool capture_open(struct capture *capture, const char *path)
{
    *capture = (struct capture){.fd = STDOUT_FILENO};
    if (strcmp(path, "-") != 0)
        capture->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    capture->buffer = malloc(BUFFER);
    if (capture->fd < 0 || !capture->buffer)
        return false;
    const struct {
        uint32_t magic; /* microseconds, host order */
        uint16_t major, minor;
        uint32_t zone, accuracy, snap_octets, link_type;
    } header = {0xa1b2c3d4, 2, 4, 0, 0, 262144, 1};
    memcpy(capture->buffer, &header, sizeof header);
    capture->used = sizeof header;
    return true;
}

static void flush(struct capture *capture)
{
    size_t done = 0;
    while (done < capture->used && !capture->failed) {
        const ssize_t n =
            write(capture->fd, capture->buffer + done, capture->used - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            capture->failed = true;
    }
    capture->used = 0;
}

void capture_write(struct capture *capture, int64_t time_us,
                   const struct frame *frame)
{
    if (capture->used + RECORD + frame->count > BUFFER)
        flush(capture);
    const uint32_t header[] = {(uint32_t)(time_us / 1000000),
                               (uint32_t)(time_us % 1000000),
                               (uint32_t)frame->count, (uint32_t)frame->count};
    memcpy(capture->buffer + capture->used, header, RECORD);
    memcpy(capture->buffer + capture->used + RECORD, frame->octets,
           frame->count);
    capture->used += RECORD + frame->count;
}

bool capture_close(struct capture *capture)
{
    flush(capture);
    free(capture->buffer);
    if (close(capture->fd) != 0)
        capture->failed = true;
    return !capture->failed;
}
