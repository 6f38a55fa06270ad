#include "dns/message.h"

#include "dns/edns.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/record.h"
#include "util/hash.h"

enum {
    QUESTION_FIXED = 4, /* type, class */
    QUESTION_MIN = 5,   /* root name, type, class */
    RECORD_MIN = 11,    /* root name, type, class, TTL, RDLENGTH */
    SOA_FIXED = 20,     /* SERIAL, REFRESH, RETRY, EXPIRE, MINIMUM */
    MESSAGE_MAX = 65535,
};

struct reader {
    struct bytes msg; /* what was captured */
    size_t wire;      /* octets of the message, >= msg.len */
    size_t at;
    uint64_t seed;
    uint64_t digest; /* sum over the answer section: order does not count */
    uint32_t work;   /* left */
    struct dns_message *out;
};

static void note(struct reader *r, enum dns_status status)
{
    if (r->out->status == DNS_OK)
        r->out->status = (uint8_t)status;
}

/* Notes why reading stopped at something that ends at `end` or beyond: what
 * the capture left out is DNS_CUT, what the message does not have is not. */
static void note_stop(struct reader *r, enum dns_status status, size_t end)
{
    const bool cut = r->msg.len < r->wire && end <= r->wire;
    note(r, status == DNS_CUT && !cut ? DNS_SHORT_RECORD : status);
}

static bool read_header(struct reader *r)
{
    struct dns_message *out = r->out;
    if (UNLIKELY(r->msg.len < DNS_HEADER_OCTETS)) {
        note(r, r->wire == 0                  ? DNS_EMPTY
                : r->wire < DNS_HEADER_OCTETS ? DNS_SHORT_HEADER
                                              : DNS_CUT);
        return false;
    }
    const uint8_t *p = r->msg.data;
    out->id = load_be16(p);
    out->flags = load_be16(p + 2);
    out->opcode = out->flags >> 11 & 15u;
    out->rcode = out->flags & 15;
    out->qdcount = load_be16(p + 4);
    out->ancount = load_be16(p + 6);
    out->nscount = load_be16(p + 8);
    out->arcount = load_be16(p + 10);
    out->has = DNS_HAS_HEADER;
    r->at = DNS_HEADER_OCTETS;

    const size_t records = (size_t)out->ancount + out->nscount + out->arcount;
    const size_t least = DNS_HEADER_OCTETS +
                         (size_t)out->qdcount * QUESTION_MIN +
                         records * RECORD_MIN;
    if (out->qdcount > 1 || least > r->wire)
        note(r, DNS_BAD_COUNTS); /* RFC 9619: one question at most */
    return true;
}

/* Steps over a question; false when it cannot be read. */
static bool read_question(struct reader *r, bool first)
{
    const size_t at = r->at;
    size_t end = at;
    const enum dns_status status = dns_name_skip(r->msg, at, &end);
    if (UNLIKELY(status != DNS_OK)) {
        note_stop(r, status, at);
        return false;
    }
    r->at = end + QUESTION_FIXED;
    if (UNLIKELY(r->at > r->msg.len)) {
        note_stop(r, DNS_CUT, r->at);
        return false;
    }
    if (!first)
        return true;
    struct dns_message *out = r->out;
    out->qname = r->msg.data + at;
    out->qname_octets = (uint16_t)(end - at);
    out->qname_hash = dns_name_hash(out->qname, end - at, r->seed);
    out->mixed_case = !dns_name_is_folded(out->qname, end - at);
    out->qtype = load_be16(r->msg.data + end);
    out->qclass = load_be16(r->msg.data + end + 2);
    out->has |= DNS_HAS_QUESTION;
    return true;
}

static uint32_t plain_ttl(uint32_t ttl_s)
{
    return ttl_s > INT32_MAX ? 0 : ttl_s;
}

static bool check_rdata(struct reader *r, const struct dns_record *record)
{
    enum dns_status status;
    if (record->type == DNS_A && record->class == DNS_IN)
        status = record->rdata_octets == 4 ? DNS_OK : DNS_BAD_RDATA;
    else
        status = dns_rdata_check(r->msg, record);
    if (UNLIKELY(status != DNS_OK))
        note(r, status);
    return status == DNS_OK;
}

/* Adds what the record says, its TTL left out, to the digest. */
static void digest(struct reader *r, const struct dns_record *record)
{
    uint8_t room[DNS_RDATA_CANONICAL];
    struct bytes rdata;
    const enum dns_status status =
        dns_rdata_canonical(r->msg, record, &r->work, room, &rdata);
    if (UNLIKELY(status != DNS_OK)) {
        note(r, status);
        return;
    }
    r->digest += hash_octets(rdata.data, rdata.len, r->seed + record->type);
}

static void collect_answer(struct reader *r, const struct dns_record *record)
{
    struct dns_message *out = r->out;
    const uint32_t ttl_s = plain_ttl(record->ttl_s);
    if (!(out->has & DNS_HAS_TTL) || ttl_s < out->ttl_s)
        out->ttl_s = ttl_s;
    out->has |= DNS_HAS_TTL;
    if (record->type == DNS_CNAME)
        out->has |= DNS_HAS_CNAME;
    if (record->type == DNS_A || record->type == DNS_AAAA)
        out->addresses++;
    if (record->type == out->qtype ||
        (out->qtype >= DNS_IXFR && out->qtype <= DNS_ANY))
        out->answers++;
    digest(r, record);
}

static void collect_authority(struct reader *r, const struct dns_record *record)
{
    struct dns_message *out = r->out;
    if (record->type == DNS_NS)
        out->delegation = 1;
    if (record->type != DNS_SOA || record->class != DNS_IN ||
        (out->has & DNS_HAS_NEGATIVE))
        return;
    const uint8_t *fixed =
        r->msg.data + record->rdata_at + record->rdata_octets - SOA_FIXED;
    const uint32_t minimum_s = plain_ttl(load_be32(fixed + 16));
    const uint32_t ttl_s = plain_ttl(record->ttl_s);
    out->soa_serial = load_be32(fixed);
    out->negative_ttl_s = ttl_s < minimum_s ? ttl_s : minimum_s;
    out->has |= DNS_HAS_NEGATIVE;
}

static void collect_opt(struct reader *r, const struct dns_record *record)
{
    struct dns_message *out = r->out;
    if (record->section != DNS_ADDITIONAL || (out->has & DNS_HAS_EDNS)) {
        note(r, DNS_BAD_EDNS);
        return;
    }
    struct dns_edns edns;
    const enum dns_status status = dns_edns_read(r->msg, record, &edns);
    if (status != DNS_OK)
        note(r, status);
    out->edns_udp_octets = edns.udp_octets;
    out->edns_version = edns.version;
    out->edns_do = edns.dnssec_ok ? 1 : 0;
    out->ede_code = edns.ede_code;
    out->rcode |= (uint16_t)(edns.rcode_high << 4);
    out->has |= DNS_HAS_EDNS | (edns.has_ede ? DNS_HAS_EDE : 0);
}

/* Reads the record at `r->at` and steps over it; false when that cannot be
 * done. A record whose rdata is bad is stepped over and says nothing. */
static bool read_record(struct reader *r, enum dns_section section)
{
    struct dns_record record;
    size_t end;
    const enum dns_status status =
        dns_record_read(r->msg, r->at, &record, &end);
    if (UNLIKELY(status != DNS_OK)) {
        note_stop(r, status, end);
        return false;
    }
    r->at = end;
    record.section = (uint8_t)section;
    if (record.type == DNS_OPT)
        collect_opt(r, &record);
    else if (!check_rdata(r, &record))
        return true;
    else if (section == DNS_ANSWER)
        collect_answer(r, &record);
    else if (section == DNS_AUTHORITY)
        collect_authority(r, &record);
    return true;
}

static bool read_records(struct reader *r)
{
    const uint16_t counts[] = {r->out->ancount, r->out->nscount,
                               r->out->arcount};
    for (unsigned section = DNS_ANSWER; section <= DNS_ADDITIONAL; section++)
        for (unsigned left = counts[section]; left > 0; left--)
            if (!read_record(r, section))
                return false;
    return true;
}

static bool read_all(struct reader *r)
{
    if (!read_header(r))
        return false;
    for (unsigned i = 0; i < r->out->qdcount; i++)
        if (!read_question(r, i == 0))
            return false;
    return read_records(r);
}

uint32_t dns_message_read(struct bytes payload, uint32_t wire_octets,
                          uint64_t seed, struct dns_message *out)
{
    struct reader r = {
        .msg = payload,
        .wire = wire_octets > payload.len ? wire_octets : payload.len,
        .seed = seed,
        .work = DNS_MESSAGE_WORK,
        .out = out,
    };
    if (r.msg.len > MESSAGE_MAX)
        r.msg.len =
            MESSAGE_MAX; /* offsets have 16 bits; no message is longer */
    memset(out, 0, sizeof *out);
    if (read_all(&r)) {
        out->has |= DNS_HAS_RECORDS;
        if (r.at < r.wire && out->opcode != DNS_DSO)
            note(&r, DNS_TRAILING);
    }
    out->answer_digest = (uint32_t)hash_u64(r.digest + out->rcode, seed);
    return DNS_MESSAGE_WORK - r.work;
}

bool dns_message_is_nodata(const struct dns_message *m)
{
    const uint8_t whole = DNS_HAS_QUESTION | DNS_HAS_RECORDS;
    if (!dns_message_is_response(m) || (m->has & whole) != whole ||
        m->opcode != DNS_QUERY || (m->flags & DNS_TC))
        return false;
    if (m->rcode != DNS_NOERROR || m->answers > 0)
        return false;
    if (m->has & DNS_HAS_NEGATIVE)
        return true;
    const bool referral = m->delegation && !(m->flags & DNS_AA);
    const bool alias = (m->has & DNS_HAS_CNAME) && !(m->flags & DNS_RA);
    return !referral && !alias;
}

static const char *const reasons[] = {
    [DNS_OK] = "",
    [DNS_CUT] = "DNS message",
    [DNS_EMPTY] = "empty message",
    [DNS_SHORT_HEADER] = "short header",
    [DNS_BAD_LABEL] = "label",
    [DNS_BAD_POINTER] = "compression pointer",
    [DNS_SHORT_RECORD] = "short record",
    [DNS_BAD_RDATA] = "rdata",
    [DNS_BAD_EDNS] = "EDNS",
    [DNS_BAD_COUNTS] = "counts",
    [DNS_TRAILING] = "trailing octets",
};
static_assert(sizeof reasons / sizeof reasons[0] == DNS_STATUS_COUNT,
              "a reason for each status");

const char *dns_status_reason(enum dns_status status)
{
    return reasons[status];
}
