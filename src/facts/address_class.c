#include "facts/address_class.h"

#include <string.h>

enum { IPV4 = 4, IPV6 = 16, MOST = 12 };

struct prefix {
    uint8_t octets[MOST];
    uint8_t bits;
};

static const struct prefix inside_ipv4[] = {
    {{0}, 8},                 /* this network, RFC 1122 */
    {{10}, 8},                /* RFC 1918 */
    {{100, 64}, 10},          /* shared by customers, RFC 6598 */
    {{127}, 8},               /* this host, RFC 1122 */
    {{161, 26}, 16},          /* IBM Cloud's private services */
    {{168, 63, 129, 16}, 32}, /* Azure's resolver of a virtual network */
    {{169, 254}, 16},         /* this link, RFC 3927 */
    {{172, 16}, 12},          /* RFC 1918 */
    {{192, 0, 0}, 24},        /* protocols, RFC 6890 */
    {{192, 168}, 16},         /* RFC 1918 */
    {{198, 18}, 15},          /* benchmarks, RFC 2544 */
    {{224}, 3},               /* multicast and reserved, RFC 1112 */
};

static const struct prefix inside_ipv6[] = {
    {{0}, 96},         /* unspecified, loopback, RFC 4291 */
    {{0xfc}, 7},       /* unique local, RFC 4193 */
    {{0xfe, 0x80}, 9}, /* this link and, of old, this site, RFC 4291, 3879 */
    {{0xff}, 8},       /* multicast, RFC 4291 */
};

static const struct prefix ipv4_mapped = {{[10] = 0xff, [11] = 0xff},
                                          96}; /* RFC 4291 s2.5.5.2 */

static bool is_in(const uint8_t *address, const struct prefix *p)
{
    const unsigned whole = p->bits / 8U, rest = p->bits % 8U;
    return memcmp(address, p->octets, whole) == 0 &&
           (rest == 0 ||
            (address[whole] ^ p->octets[whole]) >> (8 - rest) == 0);
}

static bool is_in_any(const uint8_t *address, const struct prefix *prefixes,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_in(address, &prefixes[i]))
            return true;
    return false;
}

bool facts_address_is_outside(struct bytes address)
{
    const uint8_t *a = address.data;
    size_t octets = address.len;
    if (octets == IPV6 && is_in(a, &ipv4_mapped)) {
        a += IPV6 - IPV4;
        octets = IPV4;
    }
    if (octets == IPV4)
        return !is_in_any(a, inside_ipv4,
                          sizeof inside_ipv4 / sizeof *inside_ipv4);
    return octets == IPV6 &&
           !is_in_any(a, inside_ipv6, sizeof inside_ipv6 / sizeof *inside_ipv6);
}
