#include "dns/rdata.h"

#include "dns/name.h"

/* The fields of each type in order:
 *
 *   digits  so many octets
 *   n       a name that may be compressed (RFC 3597 s4), or often is (SRV)
 *   N       a name that must not be; compressed ones are accepted all the same
 *   s       a character string: a length octet and as many octets
 *   S       one or more of them, to the end
 *   b       type bit maps, to the end (RFC 4034 s4.1.2)
 *   p       SvcParams, to the end (RFC 9460 s2.2)
 *   a       address prefixes, to the end (RFC 3123 s4)
 *   +       one or more octets, to the end
 *   *       octets to the end
 */
static const char *const shapes[] = {
    [1] = "4",      /* A, RFC 1035 s3.4.1 */
    [2] = "n",      /* NS, RFC 1035 s3.3.11 */
    [3] = "n",      /* MD, RFC 1035 s3.3.4 */
    [4] = "n",      /* MF, RFC 1035 s3.3.5 */
    [5] = "n",      /* CNAME, RFC 1035 s3.3.1 */
    [6] = "nn20",   /* SOA, RFC 1035 s3.3.13 */
    [7] = "n",      /* MB, RFC 1035 s3.3.3 */
    [8] = "n",      /* MG, RFC 1035 s3.3.6 */
    [9] = "n",      /* MR, RFC 1035 s3.3.8 */
    [11] = "5*",    /* WKS, RFC 1035 s3.4.2 */
    [12] = "n",     /* PTR, RFC 1035 s3.3.12 */
    [13] = "ss",    /* HINFO, RFC 1035 s3.3.2 */
    [14] = "nn",    /* MINFO, RFC 1035 s3.3.7 */
    [15] = "2n",    /* MX, RFC 1035 s3.3.9 */
    [16] = "S",     /* TXT, RFC 1035 s3.3.14 */
    [17] = "nn",    /* RP, RFC 1183 s2.2 */
    [18] = "2n",    /* AFSDB, RFC 1183 s1 */
    [19] = "s",     /* X25, RFC 1183 s3.1 */
    [20] = "S",     /* ISDN, RFC 1183 s3.2 */
    [21] = "2n",    /* RT, RFC 1183 s3.3 */
    [23] = "n",     /* NSAP-PTR, RFC 1348 */
    [24] = "18N+",  /* SIG, RFC 2535 s4.1 */
    [25] = "4*",    /* KEY, RFC 2535 s3.1 */
    [26] = "2nn",   /* PX, RFC 2163 s4 */
    [27] = "sss",   /* GPOS, RFC 1712 s3 */
    [28] = "16",    /* AAAA, RFC 3596 s2.2 */
    [29] = "16",    /* LOC, RFC 1876 s2 */
    [30] = "N*",    /* NXT, RFC 2535 s5.2 */
    [33] = "6n",    /* SRV, RFC 2782 */
    [35] = "4sssN", /* NAPTR, RFC 3403 s4.1 */
    [36] = "2n",    /* KX, RFC 2230 s3.1 */
    [37] = "5*",    /* CERT, RFC 4398 s2 */
    [39] = "n",     /* DNAME, RFC 6672 s2.1 */
    [42] = "a",     /* APL, RFC 3123 s4 */
    [43] = "4+",    /* DS, RFC 4034 s5.1 */
    [44] = "2+",    /* SSHFP, RFC 4255 s3.1 */
    [45] = "3*",    /* IPSECKEY, RFC 4025 s2.1 */
    [46] = "18N+",  /* RRSIG, RFC 4034 s3.1 */
    [47] = "Nb",    /* NSEC, RFC 4034 s4.1 */
    [48] = "4+",    /* DNSKEY, RFC 4034 s2.1 */
    [49] = "+",     /* DHCID, RFC 4701 s3.1 */
    [50] = "4ssb",  /* NSEC3, RFC 5155 s3.2 */
    [51] = "4s",    /* NSEC3PARAM, RFC 5155 s4.2 */
    [52] = "3+",    /* TLSA, RFC 6698 s2.1 */
    [53] = "3+",    /* SMIMEA, RFC 8162 s2 */
    [55] = "4*",    /* HIP, RFC 8005 s5 */
    [59] = "4+",    /* CDS, RFC 7344 s3.1 */
    [60] = "4+",    /* CDNSKEY, RFC 7344 s3.2 */
    [61] = "+",     /* OPENPGPKEY, RFC 7929 s2.1 */
    [62] = "6b",    /* CSYNC, RFC 7477 s2.1.1 */
    [63] = "6+",    /* ZONEMD, RFC 8976 s2.2 */
    [64] = "2Np",   /* SVCB, RFC 9460 s2.2 */
    [65] = "2Np",   /* HTTPS, RFC 9460 s2.2 */
    [99] = "S",     /* SPF, RFC 4408 s3.1.1 */
    [104] = "10",   /* NID, RFC 6742 s2.1.1 */
    [105] = "6",    /* L32, RFC 6742 s2.2.1 */
    [106] = "10",   /* L64, RFC 6742 s2.3.1 */
    [107] = "2N",   /* LP, RFC 6742 s2.4.1 */
    [108] = "6",    /* EUI48, RFC 7043 s3.1 */
    [109] = "8",    /* EUI64, RFC 7043 s4.1 */
    [256] = "4+",   /* URI, RFC 7553 s4.5 */
    [257] = "1s*",  /* CAA, RFC 8659 s4.1 */
};

/* NULL when the type is opaque. */
static const char *shape_of(uint16_t type)
{
    return type < sizeof shapes / sizeof shapes[0] ? shapes[type] : NULL;
}

/* Reads the decimal number at `*shape` and steps over it. */
static size_t shape_number(const char **shape)
{
    size_t n = 0;
    for (; **shape >= '0' && **shape <= '9'; ++*shape)
        n = n * 10 + (size_t)(**shape - '0');
    return n;
}

/* The checks below take the rdata that is left, advance over their field and
 * say whether it was there. */

static bool take_octets(struct bytes *left, size_t octets)
{
    if (left->len < octets)
        return false;
    left->data += octets;
    left->len -= octets;
    return true;
}

static bool take_string(struct bytes *left)
{
    return left->len > 0 && take_octets(left, 1u + left->data[0]);
}

static bool take_strings(struct bytes *left)
{
    do {
        if (!take_string(left))
            return false;
    } while (left->len > 0);
    return true;
}

/* Windows in rising order, each with 1 to 32 octets. */
static bool take_bit_maps(struct bytes *left)
{
    int before = -1;
    while (left->len > 0) {
        if (left->len < 2)
            return false;
        const uint8_t window = left->data[0];
        const uint8_t octets = left->data[1];
        if (window <= before || octets < 1 || octets > 32 ||
            !take_octets(left, 2u + octets))
            return false;
        before = window;
    }
    return true;
}

/* Keys in rising order, each with its value. */
static bool take_parameters(struct bytes *left)
{
    int before = -1;
    while (left->len > 0) {
        if (left->len < 4)
            return false;
        const uint16_t key = load_be16(left->data);
        if (key <= before || !take_octets(left, 4u + load_be16(left->data + 2)))
            return false;
        before = key;
    }
    return true;
}

/* Family, prefix length, negation bit and octet count, the octets. */
static bool take_prefixes(struct bytes *left)
{
    while (left->len > 0) {
        if (left->len < 4)
            return false;
        const uint16_t family = load_be16(left->data);
        const uint8_t bits = left->data[2];
        const uint8_t octets = left->data[3] & 0x7f;
        const unsigned most = family == 1 ? 4 : family == 2 ? 16 : 127;
        if (octets > most || (most < 127 && bits > most * 8) ||
            !take_octets(left, 4u + octets))
            return false;
    }
    return true;
}

static bool take_rest(struct bytes *left, size_t least)
{
    return left->len >= least && take_octets(left, left->len);
}

/* Any field but a name. */
static bool take_field(const char **shape, struct bytes *left)
{
    if (**shape >= '0' && **shape <= '9')
        return take_octets(left, shape_number(shape));
    switch (*(*shape)++) {
    case 's':
        return take_string(left);
    case 'S':
        return take_strings(left);
    case 'b':
        return take_bit_maps(left);
    case 'p':
        return take_parameters(left);
    case 'a':
        return take_prefixes(left);
    case '+':
        return take_rest(left, 1);
    default:
        return take_rest(left, 0);
    }
}

static bool is_name(char field)
{
    return field == 'n' || field == 'N';
}

/* Skips a name in rdata that ends at `whole.len`: to run out there is to not
 * fit the rdata. */
static enum dns_status take_name(struct bytes whole, struct bytes *left)
{
    const size_t at = (size_t)(left->data - whole.data);
    size_t end;
    const enum dns_status status = dns_name_skip(whole, at, &end);
    if (status == DNS_OK)
        (void)take_octets(left, end - at);
    return status == DNS_CUT ? DNS_BAD_RDATA : status;
}

enum dns_status dns_rdata_check(struct bytes msg,
                                const struct dns_record *record)
{
    const char *shape = shape_of(record->type);
    if (!shape || record->class != DNS_IN)
        return DNS_OK;
    const struct bytes whole = {msg.data, (size_t)record->rdata_at +
                                              record->rdata_octets};
    struct bytes left = {msg.data + record->rdata_at, record->rdata_octets};
    while (*shape != '\0') {
        if (is_name(*shape)) {
            const enum dns_status status = take_name(whole, &left);
            if (status != DNS_OK)
                return status;
            shape++;
        } else if (!take_field(&shape, &left)) {
            return DNS_BAD_RDATA;
        }
    }
    return left.len == 0 ? DNS_OK : DNS_BAD_RDATA;
}

enum dns_status dns_rdata_canonical(struct bytes msg,
                                    const struct dns_record *record,
                                    uint32_t *work,
                                    uint8_t room[DNS_RDATA_CANONICAL],
                                    struct bytes *out)
{
    size_t at = record->rdata_at;
    out->data = msg.data + at;
    out->len = record->rdata_octets;
    const char *shape = shape_of(record->type);
    if (!shape || record->class != DNS_IN || !strchr(shape, 'n'))
        return DNS_OK;

    size_t used = 0;
    while (*shape != '\0') {
        if (*shape == 'n') {
            uint16_t octets;
            const enum dns_status status = dns_name_expand_within(
                msg, at, work, room + used, &octets, &at);
            if (status != DNS_OK)
                return status;
            dns_name_fold(room + used, room + used, octets);
            used += octets;
            shape++;
        } else {
            const size_t octets = shape_number(&shape);
            memcpy(room + used, msg.data + at, octets);
            used += octets;
            at += octets;
        }
    }
    out->data = room;
    out->len = used;
    return DNS_OK;
}
