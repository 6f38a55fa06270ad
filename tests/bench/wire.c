#include "wire.h"

#include <assert.h>
#include <string.h>

#include "random.h"

struct wire_name wire_name(const char *text)
{
    struct wire_name name = {.count = 0};
    while (*text) {
        const size_t label = strcspn(text, ".");
        assert(label > 0 && label < 64 && name.count + label + 2 <= WIRE_NAME);
        name.octets[name.count] = (uint8_t)label;
        memcpy(name.octets + name.count + 1, text, label);
        name.count = (uint8_t)(name.count + 1 + label);
        text += label + (text[label] == '.');
    }
    name.octets[name.count++] = 0;
    return name;
}

struct wire_name wire_name_join(const struct wire_name *name,
                                const struct wire_name *suffix)
{
    struct wire_name joined = *name;
    assert(name->count - 1 + suffix->count <= WIRE_NAME);
    memcpy(joined.octets + name->count - 1, suffix->octets, suffix->count);
    joined.count = (uint8_t)(name->count - 1 + suffix->count);
    return joined;
}

uint64_t wire_name_hash(const struct wire_name *name)
{
    uint64_t hash = name->count;
    for (size_t i = 0; i < name->count; i += 8) {
        uint64_t word = 0;
        const size_t left = name->count - i;
        memcpy(&word, name->octets + i, left < 8 ? left : 8);
        hash = random_mix(hash * 31 + word);
    }
    return hash | 1;
}

static void put16(struct wire *wire, unsigned number)
{
    assert(wire->count + 2 <= WIRE_MESSAGE);
    wire->octets[wire->count++] = (uint8_t)(number >> 8);
    wire->octets[wire->count++] = (uint8_t)number;
}

static void put32(struct wire *wire, uint32_t number)
{
    put16(wire, number >> 16);
    put16(wire, number & 0xffff);
}

static void put(struct wire *wire, const void *octets, size_t count)
{
    assert(wire->count + count <= WIRE_MESSAGE);
    memcpy(wire->octets + wire->count, octets, count);
    wire->count += count;
}

void wire_begin(struct wire *wire, uint16_t id, uint16_t flags,
                const struct wire_name *qname, uint16_t qtype)
{
    wire->count = 0;
    put16(wire, id);
    put16(wire, flags | WIRE_RD);
    put16(wire, 1);
    put16(wire, 0);
    put32(wire, 0);
    put(wire, qname->octets, qname->count);
    put16(wire, qtype);
    put16(wire, 1);
}

static void count_record(struct wire *wire, enum wire_section section)
{
    wire->octets[section + 1]++; /* never near 256 here */
}

size_t wire_record(struct wire *wire, enum wire_section section,
                   size_t owner_at, uint16_t type, uint32_t ttl_s,
                   const void *rdata, size_t octets)
{
    count_record(wire, section);
    put16(wire, 0xc000 | (unsigned)owner_at);
    put16(wire, type);
    put16(wire, 1);
    put32(wire, ttl_s);
    put16(wire, (unsigned)octets);
    const size_t at = wire->count;
    put(wire, rdata, octets);
    return at;
}

void wire_address(struct wire *wire, size_t owner_at, uint16_t type,
                  uint32_t ttl_s, uint32_t host)
{
    const uint8_t high = (uint8_t)(host >> 8), low = (uint8_t)host;
    const uint8_t ipv4[] = {198, 51, high, low};
    const uint8_t ipv6[16] = {0xfd, 0, 0, 0x51, [14] = high, low};
    if (type == WIRE_A)
        wire_record(wire, WIRE_ANSWER, owner_at, type, ttl_s, ipv4,
                    sizeof ipv4);
    else
        wire_record(wire, WIRE_ANSWER, owner_at, type, ttl_s, ipv6,
                    sizeof ipv6);
}

void wire_soa(struct wire *wire, size_t owner_at, uint32_t ttl_s)
{
    uint8_t rdata[] = {2,    'n',  's',  3,   'd',  'n',  's',  0xc0, 0,
                       10,   'h',  'o',  's', 't',  'm',  'a',  's',  't',
                       'e',  'r',  0xc0, 0,   0x6a, 0x05, 0,    1,    0,
                       0,    0x1c, 0x20, 0,   0,    0x07, 0x08, 0,    1,
                       0x51, 0x80, 0,    0,   0,    30};
    rdata[8] = rdata[21] = (uint8_t)owner_at;
    assert(owner_at < 256);
    wire_record(wire, WIRE_AUTHORITY, owner_at, WIRE_SOA, ttl_s, rdata,
                sizeof rdata);
}

void wire_edns(struct wire *wire)
{
    count_record(wire, WIRE_ADDITIONAL);
    put(wire, "", 1);
    put16(wire, WIRE_OPT);
    put16(wire, 1232);
    put32(wire, 0);
    put16(wire, 0);
}
