/* ldns is the oracle: every DNS payload of every capture at hand, and mutated
 * copies of each, are read by both, and what they found is compared: header,
 * question, every record with its owner and each field of its rdata, EDNS, and
 * what dns_message_read() derives from them. Where the two differ, the
 * difference is of one of the kinds below, or the test fails.
 */
#include <check.h>
#include <glob.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/edns.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/record.h"
#include "test_octets.h"
#include "test_payloads.h"

enum { SEED = 7, MUTANTS = 8 };

enum difference {
    SAME,
    BOTH_REFUSE,
    /* ldns is not shown the message: */
    LOOP,
    TSIG_MANY,
    OPT_MANY,
    /* ldns accepts what we do not: */
    TRAILING,
    QUESTIONS,
    RDATA_EMPTY,
    RDATA_LONG,
    RDATA_FORM,
    OPTION_FORM,
    OPT_OWNER,
    OPT_PLACE,
    TSIG_COUNT,
    RESUMES,
    OVERLAP,
    /* ldns refuses what we accept: */
    OTHER_CLASS,
    NOT_FOLLOWED,
    OPEN_FORM,
    UNEXPLAINED,
    KINDS
};

static const char *const explanations[] = {
    [SAME] = "both read the same",
    [BOTH_REFUSE] = "both find a fault",
    [LOOP] = "not shown to ldns: a name of ours is a bad pointer or too long, "
             "and ldns follows 65,535 pointers a name",
    [TSIG_MANY] = "not shown to ldns: a record behind a TSIG, which it leaks",
    [OPT_MANY] = "not shown to ldns: two OPT records",
    [TRAILING] = "ldns ignores octets behind the last record",
    [QUESTIONS] = "ldns takes any number of questions (RFC 9619: one)",
    [RDATA_EMPTY] = "ldns takes empty rdata for every type",
    [RDATA_LONG] = "ldns ignores octets behind the last field of rdata",
    [RDATA_FORM] = "ldns does not look into bit maps, parameters, prefixes, "
                   "nor ask for the least octet of a key or digest",
    [OPTION_FORM] = "ldns keeps EDNS options unread",
    [OPT_OWNER] = "ldns takes any owner for OPT (RFC 6891 s6.1.2: the root)",
    [OPT_PLACE] = "ldns takes OPT for a record outside the additional section",
    [TSIG_COUNT] = "ldns reads one record fewer behind a TSIG",
    [RESUMES] = "ldns goes on behind the last field, not behind RDLENGTH",
    [OTHER_CLASS] = "ldns gives rdata of every class the form it has in IN",
    [OVERLAP] = "ldns lets a name run into itself; we do not expand it",
    [NOT_FOLLOWED] = "names outside the answers, and those that must not be "
                     "compressed, are stepped over and not followed",
    [OPEN_FORM] = "our table leaves open what SINK, HIP, TALINK, TKEY, TSIG, "
                  "TA and DLV hold; NSAP-PTR is a string to ldns",
    [UNEXPLAINED] = "unexplained",
};

static uint64_t counts[KINDS];
static uint64_t records_compared;

/* --- what the two readers found ------------------------------------------ */

/* Compares the rdata of `record` with the fields ldns made of it, and sets
 * `*octets` to how many they cover. SAME, UNEXPLAINED, or OVERLAP when we do
 * not expand a name in it that ldns expanded. */
static enum difference compare_rdata(struct bytes msg,
                                     const struct dns_record *record,
                                     const ldns_rr *rr, size_t *octets)
{
    size_t at = record->rdata_at;
    *octets = 0;
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
        const ldns_rdf *field = ldns_rr_rdf(rr, i);
        const size_t size = ldns_rdf_size(field);
        const uint8_t *data = ldns_rdf_data(field);
        if (ldns_rdf_get_type(field) == LDNS_RDF_TYPE_DNAME) {
            uint8_t name[DNS_NAME_OCTETS];
            uint16_t name_octets;
            if (dns_name_expand(msg, at, name, &name_octets, &at) != DNS_OK)
                return OVERLAP;
            if (name_octets != size || memcmp(name, data, size) != 0)
                return UNEXPLAINED;
        } else {
            if (at + size > msg.len || memcmp(msg.data + at, data, size) != 0)
                return UNEXPLAINED;
            at += size;
        }
    }
    *octets = at - record->rdata_at;
    return SAME;
}

/* The types that ldns gives other fields than our table: most stay open there,
 * and NSAP-PTR is a name (RFC 1348), not a string. */
static bool is_open(struct bytes msg, const struct dns_record *record)
{
    (void)msg;
    switch (record->type) {
    case LDNS_RR_TYPE_NSAP_PTR:
    case LDNS_RR_TYPE_SINK:
    case LDNS_RR_TYPE_HIP:
    case LDNS_RR_TYPE_TALINK:
    case LDNS_RR_TYPE_TKEY:
    case LDNS_RR_TYPE_TSIG:
    case LDNS_RR_TYPE_TA:
    case LDNS_RR_TYPE_DLV:
        return true;
    default:
        return false;
    }
}

static bool owner_equal(struct bytes msg, const struct dns_record *record,
                        const ldns_rdf *want)
{
    uint8_t owner[DNS_NAME_OCTETS];
    uint16_t octets;
    size_t end;
    return dns_name_expand(msg, record->owner_at, owner, &octets, &end) ==
               DNS_OK &&
           octets == ldns_rdf_size(want) &&
           memcmp(owner, ldns_rdf_data(want), octets) == 0;
}

static enum difference compare_record(struct bytes msg,
                                      const struct dns_record *record,
                                      const ldns_rr *rr)
{
    if (!owner_equal(msg, record, ldns_rr_owner(rr)) ||
        record->type != ldns_rr_get_type(rr) ||
        record->class != ldns_rr_get_class(rr) ||
        record->ttl_s != ldns_rr_ttl(rr))
        return UNEXPLAINED;
    size_t fields;
    const enum difference kind = compare_rdata(msg, record, rr, &fields);
    if (kind != SAME)
        return kind;
    /* Where our table finds no fault, ldns's fields cover the same octets,
     * unless the class says that it is not our table's business. */
    records_compared++;
    if (fields == record->rdata_octets || record->class != DNS_IN ||
        dns_rdata_check(msg, record) != DNS_OK)
        return SAME;
    return is_open(msg, record) ? OPEN_FORM : UNEXPLAINED;
}

static const ldns_rr_list *section_of(const ldns_pkt *pkt, unsigned section)
{
    return section == DNS_ANSWER      ? ldns_pkt_answer(pkt)
           : section == DNS_AUTHORITY ? ldns_pkt_authority(pkt)
                                      : ldns_pkt_additional(pkt);
}

static bool opt_equal(struct bytes msg, const struct dns_record *record,
                      const struct dns_message *m, const ldns_pkt *pkt)
{
    const ldns_rdf *options = ldns_pkt_edns_data(pkt);
    const size_t size = options ? ldns_rdf_size(options) : 0;
    return ldns_pkt_edns(pkt) && (m->has & DNS_HAS_EDNS) &&
           m->edns_udp_octets == ldns_pkt_edns_udp_size(pkt) &&
           m->edns_version == ldns_pkt_edns_version(pkt) &&
           m->edns_do == ldns_pkt_edns_do(pkt) &&
           m->rcode >> 4 == ldns_pkt_edns_extended_rcode(pkt) &&
           record->rdata_octets == size &&
           (size == 0 || memcmp(msg.data + record->rdata_at,
                                ldns_rdf_data(options), size) == 0);
}

/* ldns takes OPT and TSIG out of the additional section. */
static enum difference compare_records(struct bytes msg,
                                       const struct dns_message *m,
                                       const ldns_pkt *pkt)
{
    struct dns_record_walk walk;
    if (dns_record_walk_init(&walk, msg) != DNS_OK)
        return UNEXPLAINED;
    size_t taken[3] = {0};
    struct dns_record record;
    enum dns_status status;
    while (dns_record_next(&walk, &record, &status)) {
        const unsigned section = record.section;
        if (section == DNS_ADDITIONAL && record.type == DNS_OPT) {
            if (!opt_equal(msg, &record, m, pkt))
                return UNEXPLAINED;
            continue;
        }
        const ldns_rr *rr = NULL;
        if (section == DNS_ADDITIONAL && record.type == DNS_TSIG)
            rr = ldns_pkt_tsig(pkt);
        else
            rr = ldns_rr_list_rr(section_of(pkt, section), taken[section]++);
        const enum difference kind =
            rr ? compare_record(msg, &record, rr) : UNEXPLAINED;
        if (kind != SAME)
            return kind;
    }
    for (unsigned section = 0; section < 3; section++)
        if (taken[section] != ldns_rr_list_rr_count(section_of(pkt, section)))
            return UNEXPLAINED;
    return status == DNS_OK ? SAME : UNEXPLAINED;
}

static bool header_equal(const struct dns_message *m, const ldns_pkt *pkt)
{
    const uint16_t flags = (uint16_t)((ldns_pkt_qr(pkt) ? DNS_QR : 0) |
                                      (ldns_pkt_aa(pkt) ? DNS_AA : 0) |
                                      (ldns_pkt_tc(pkt) ? DNS_TC : 0) |
                                      (ldns_pkt_rd(pkt) ? DNS_RD : 0) |
                                      (ldns_pkt_ra(pkt) ? DNS_RA : 0) |
                                      (ldns_pkt_ad(pkt) ? DNS_AD : 0) |
                                      (ldns_pkt_cd(pkt) ? DNS_CD : 0) |
                                      (unsigned)ldns_pkt_get_opcode(pkt) << 11 |
                                      (unsigned)ldns_pkt_get_rcode(pkt));
    const uint16_t reserved = 0x0040;
    return m->id == ldns_pkt_id(pkt) && (m->flags & ~reserved) == flags &&
           m->opcode == ldns_pkt_get_opcode(pkt) &&
           (m->rcode & 15) == ldns_pkt_get_rcode(pkt) &&
           m->qdcount == ldns_pkt_qdcount(pkt) &&
           m->ancount == ldns_pkt_ancount(pkt) &&
           m->nscount == ldns_pkt_nscount(pkt);
}

static bool question_equal(const struct dns_message *m, const ldns_pkt *pkt)
{
    const bool ours = (m->has & DNS_HAS_QUESTION) != 0;
    const ldns_rr_list *questions = ldns_pkt_question(pkt);
    if (ldns_rr_list_rr_count(questions) == 0)
        return !ours;
    const ldns_rr *q = ldns_rr_list_rr(questions, 0);
    const ldns_rdf *name = ldns_rr_owner(q);
    return ours && m->qname_octets == ldns_rdf_size(name) &&
           memcmp(m->qname, ldns_rdf_data(name), m->qname_octets) == 0 &&
           m->qtype == ldns_rr_get_type(q) && m->qclass == ldns_rr_get_class(q);
}

static uint32_t plain_ttl(uint32_t ttl_s)
{
    return ttl_s > INT32_MAX ? 0 : ttl_s;
}

/* What we derive from the answers, derived from ldns's. */
static bool answers_equal(const struct dns_message *m, const ldns_pkt *pkt)
{
    const ldns_rr_list *list = ldns_pkt_answer(pkt);
    uint32_t ttl_s = UINT32_MAX;
    unsigned answers = 0, addresses = 0;
    bool alias = false;
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        const ldns_rr *rr = ldns_rr_list_rr(list, i);
        const unsigned type = ldns_rr_get_type(rr);
        if (plain_ttl(ldns_rr_ttl(rr)) < ttl_s)
            ttl_s = plain_ttl(ldns_rr_ttl(rr));
        answers += m->qtype == type || (m->qtype >= 251 && m->qtype <= 255);
        addresses += type == LDNS_RR_TYPE_A || type == LDNS_RR_TYPE_AAAA;
        alias = alias || type == LDNS_RR_TYPE_CNAME;
    }
    const bool any = ldns_rr_list_rr_count(list) > 0;
    return any == ((m->has & DNS_HAS_TTL) != 0) &&
           (!any || m->ttl_s == ttl_s) && m->answers == answers &&
           m->addresses == addresses &&
           alias == ((m->has & DNS_HAS_CNAME) != 0);
}

static bool authority_equal(const struct dns_message *m, const ldns_pkt *pkt)
{
    const ldns_rr_list *list = ldns_pkt_authority(pkt);
    bool delegation = false;
    const ldns_rr *soa = NULL;
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        const ldns_rr *rr = ldns_rr_list_rr(list, i);
        delegation = delegation || ldns_rr_get_type(rr) == LDNS_RR_TYPE_NS;
        if (!soa && ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA &&
            ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN)
            soa = rr;
    }
    if (delegation != (m->delegation != 0) ||
        (soa != NULL) != ((m->has & DNS_HAS_NEGATIVE) != 0))
        return false;
    if (!soa)
        return true;
    const uint32_t ttl_s = plain_ttl(ldns_rr_ttl(soa));
    const uint32_t minimum_s =
        plain_ttl(ldns_rdf2native_int32(ldns_rr_rdf(soa, 6)));
    return m->soa_serial == ldns_rdf2native_int32(ldns_rr_rdf(soa, 2)) &&
           m->negative_ttl_s == (ttl_s < minimum_s ? ttl_s : minimum_s);
}

/* The first extended error among ldns's options. */
static bool ede_equal(const struct dns_message *m, ldns_pkt *pkt)
{
    const bool ours = (m->has & DNS_HAS_EDE) != 0;
    ldns_edns_option_list *list = ldns_pkt_edns_get_option_list(pkt);
    for (size_t i = 0; i < ldns_edns_option_list_get_count(list); i++) {
        ldns_edns_option *option = ldns_edns_option_list_get_option(list, i);
        if (ldns_edns_get_code(option) == LDNS_EDNS_EDE)
            return ours && m->ede_code == load_be16(ldns_edns_get_data(option));
    }
    return !ours;
}

static bool derived_equal(const struct dns_message *m, ldns_pkt *pkt)
{
    return answers_equal(m, pkt) && authority_equal(m, pkt) &&
           ede_equal(m, pkt);
}

/* --- which kind a difference belongs to --------------------------------- */

/* What must not reach ldns; SAME lets it pass. */
static enum difference screen(struct bytes msg, const struct dns_message *m)
{
    struct dns_record_walk walk;
    enum dns_status status = dns_record_walk_init(&walk, msg);
    struct dns_record record;
    bool tsig = false, opt = false;
    while (status == DNS_OK && dns_record_next(&walk, &record, &status)) {
        uint8_t owner[DNS_NAME_OCTETS];
        uint16_t octets;
        size_t end;
        if (dns_name_expand(msg, record.owner_at, owner, &octets, &end) !=
            DNS_OK)
            return LOOP;
        if (tsig)
            return TSIG_MANY;
        if (opt && record.type == DNS_OPT)
            return OPT_MANY;
        tsig = tsig || record.type == DNS_TSIG;
        opt = opt || record.type == DNS_OPT;
    }
    return status == DNS_BAD_POINTER || m->status == DNS_BAD_POINTER ? LOOP
                                                                     : SAME;
}

/* The first record for which `is` holds, as far as the walk goes. */
static bool find_record(struct bytes msg,
                        bool (*is)(struct bytes, const struct dns_record *),
                        struct dns_record *out)
{
    struct dns_record_walk walk;
    if (dns_record_walk_init(&walk, msg) != DNS_OK)
        return false;
    enum dns_status status;
    while (dns_record_next(&walk, out, &status))
        if (is(msg, out))
            return true;
    return false;
}

static bool is_bad_rdata(struct bytes msg, const struct dns_record *record)
{
    return record->type != DNS_OPT && dns_rdata_check(msg, record) != DNS_OK;
}

static bool is_tsig(struct bytes msg, const struct dns_record *record)
{
    (void)msg;
    return record->type == DNS_TSIG;
}

static bool is_misplaced_opt(struct bytes msg, const struct dns_record *record)
{
    (void)msg;
    return record->type == DNS_OPT && record->section != DNS_ADDITIONAL;
}

static bool is_owned_opt(struct bytes msg, const struct dns_record *record)
{
    return record->type == DNS_OPT && msg.data[record->owner_at] != 0;
}

/* ldns alone on one record: what it says, and how much of the rdata its fields
 * cover. */
static ldns_status ldns_alone(struct bytes msg, const struct dns_record *record,
                              size_t *octets)
{
    ldns_rr *rr = NULL;
    size_t at = record->owner_at;
    const ldns_status status =
        ldns_wire2rr(&rr, msg.data, msg.len, &at, LDNS_SECTION_ANSWER);
    if (status == LDNS_STATUS_OK)
        (void)compare_rdata(msg, record, rr, octets);
    ldns_rr_free(rr);
    return status;
}

static bool is_refused(struct bytes msg, const struct dns_record *record)
{
    size_t octets;
    return ldns_alone(msg, record, &octets) != LDNS_STATUS_OK;
}

static bool is_other_length(struct bytes msg, const struct dns_record *record)
{
    size_t octets;
    return ldns_alone(msg, record, &octets) == LDNS_STATUS_OK &&
           octets != record->rdata_octets;
}

/* Whether dns_message_read() expands the names in the rdata of `record`. */
static bool is_followed(struct bytes msg, const struct dns_record *record)
{
    uint8_t room[DNS_RDATA_CANONICAL];
    uint32_t work = DNS_MESSAGE_WORK;
    struct bytes out;
    return record->section == DNS_ANSWER &&
           (dns_rdata_canonical(msg, record, &work, room, &out) != DNS_OK ||
            out.data == room);
}

/* ldns accepted the message and we did not. */
static enum difference ours_is_stricter(struct bytes msg,
                                        const struct dns_message *m)
{
    struct dns_record record;
    switch (m->status) {
    case DNS_TRAILING:
        return TRAILING;
    case DNS_BAD_COUNTS:
        if (m->qdcount > 1)
            return QUESTIONS;
        return find_record(msg, is_tsig, &record) ? TSIG_COUNT : UNEXPLAINED;
    case DNS_BAD_RDATA:
        if (!find_record(msg, is_bad_rdata, &record))
            return UNEXPLAINED;
        if (record.rdata_octets == 0)
            return RDATA_EMPTY;
        return is_other_length(msg, &record) ? RDATA_LONG : RDATA_FORM;
    case DNS_BAD_EDNS:
        if (find_record(msg, is_misplaced_opt, &record))
            return OPT_PLACE;
        return find_record(msg, is_owned_opt, &record) ? OPT_OWNER
                                                       : OPTION_FORM;
    case DNS_BAD_LABEL:
    case DNS_SHORT_RECORD:
        if (find_record(msg, is_tsig, &record))
            return TSIG_COUNT;
        return find_record(msg, is_other_length, &record) ? RESUMES
                                                          : UNEXPLAINED;
    default:
        return UNEXPLAINED;
    }
}

/* We accepted the message and ldns did not: which record does it refuse? */
static enum difference ldns_is_stricter(struct bytes msg)
{
    struct dns_record record;
    if (!find_record(msg, is_refused, &record)) {
        /* None alone: it lost its place behind one. */
        if (find_record(msg, is_other_length, &record))
            return RESUMES;
        return find_record(msg, is_open, &record) ? OPEN_FORM : UNEXPLAINED;
    }
    size_t octets;
    const ldns_status status = ldns_alone(msg, &record, &octets);
    if (record.class != DNS_IN)
        return OTHER_CLASS;
    if (is_open(msg, &record))
        return OPEN_FORM;
    const bool name = status == LDNS_STATUS_LABEL_OVERFLOW ||
                      status == LDNS_STATUS_DOMAINNAME_OVERFLOW ||
                      status == LDNS_STATUS_INVALID_POINTER;
    return name && !is_followed(msg, &record) ? NOT_FOLLOWED : UNEXPLAINED;
}

static enum difference compare(struct bytes msg, const struct dns_message *m,
                               ldns_status status, ldns_pkt *pkt)
{
    const bool accepted = m->status == DNS_OK || m->status == DNS_TRAILING;
    if (status != LDNS_STATUS_OK)
        return accepted ? ldns_is_stricter(msg) : BOTH_REFUSE;
    if (!header_equal(m, pkt) || !question_equal(m, pkt))
        return UNEXPLAINED;

    const enum difference kind =
        m->status == DNS_OK ? SAME : ours_is_stricter(msg, m);
    const bool misread = kind == RDATA_EMPTY || kind == RDATA_LONG ||
                         kind == RDATA_FORM || kind == OPT_PLACE;
    if (misread || !(m->has & DNS_HAS_RECORDS))
        return kind;
    const enum difference records = compare_records(msg, m, pkt);
    struct dns_record record;
    if (records == UNEXPLAINED && find_record(msg, is_other_length, &record))
        return RESUMES;
    if (records != SAME)
        return records;
    return kind != SAME || derived_equal(m, pkt) ? kind : UNEXPLAINED;
}

static enum difference classify(struct bytes msg)
{
    struct dns_message m;
    (void)dns_message_read(msg, (uint32_t)msg.len, SEED, &m);
    const enum difference screened = screen(msg, &m);
    if (screened != SAME)
        return screened;
    ldns_pkt *pkt = NULL;
    const ldns_status status = ldns_wire2pkt(&pkt, msg.data, msg.len);
    const enum difference kind = compare(msg, &m, status, pkt);
    ldns_pkt_free(pkt);
    return kind;
}

/* --- the messages --------------------------------------------------------- */

/* SplitMix64: the same mutants on every machine. */
static uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* One change: a bit, an octet, a length, a count, a pointer. */
static void mutate(uint8_t *msg, size_t *octets, uint64_t *random)
{
    const size_t at = random_next(random) % *octets;
    switch (random_next(random) % 5) {
    case 0:
        msg[at] ^= (uint8_t)(1u << random_next(random) % 8);
        break;
    case 1:
        msg[at] = (uint8_t)random_next(random);
        break;
    case 2:
        *octets = at + 1;
        break;
    case 3:
        if (*octets > DNS_HEADER_OCTETS)
            msg[4 + random_next(random) % 8] =
                (uint8_t)(random_next(random) % 3);
        break;
    default:
        if (at + 1 < *octets) {
            msg[at] = 0xc0;
            msg[at + 1] = (uint8_t)random_next(random);
        }
        break;
    }
}

struct file {
    const char *path;
    uint64_t random;
};

static void count(const struct file *file, uint64_t frame, struct bytes msg)
{
    const enum difference kind = classify(msg);
    counts[kind]++;
    if (kind != UNEXPLAINED || counts[UNEXPLAINED] > 20)
        return;
    printf("unexplained: %s, frame %llu, or a mutant:", file->path,
           (unsigned long long)frame);
    for (size_t i = 0; i < msg.len; i++)
        printf("%s%02x", i % 2 ? "" : " ", msg.data[i]);
    putchar('\n');
}

static void take(void *context, const struct packet_datagram *datagram,
                 uint64_t frame)
{
    struct file *file = context;
    const struct bytes msg =
        octets_box(datagram->payload.data, datagram->payload.len);
    count(file, frame, msg);
    for (int i = 0; i < MUTANTS && msg.len > 0; i++) {
        uint8_t *copy = malloc(msg.len);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, msg.data, msg.len);
        size_t octets = msg.len;
        for (uint64_t n = random_next(&file->random) % 3 + 1; n > 0; n--)
            mutate(copy, &octets, &file->random);
        const struct bytes mutant = octets_box(copy, octets);
        count(file, frame, mutant);
        octets_unbox(mutant);
        free(copy);
    }
    octets_unbox(msg);
}

/* How many files of `pattern` were captures. */
static size_t take_files(const char *pattern)
{
    glob_t found;
    size_t files = 0;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            struct file file = {found.gl_pathv[i], SEED};
            files += payloads_each(file.path, take, &file) ? 1 : 0;
        }
        globfree(&found);
    }
    return files;
}

START_TEST(ldns_and_we_agree_or_we_know_why)
{
    const size_t ours = take_files("fixtures/*.pcap*");
    const size_t public = take_files("../shared/captures/*");
    if (public == 0)
        puts("the public captures are not beside the checkout, in "
             "../shared/captures: only fixtures are compared");
    printf("%zu captures, %llu records compared\n", ours + public,
           (unsigned long long)records_compared);
    for (int kind = 0; kind < KINDS; kind++)
        printf("%9llu  %s\n", (unsigned long long)counts[kind],
               explanations[kind]);
    fflush(stdout); /* a failure ends this process without */
    ck_assert_uint_gt(ours + public, 0);
    ck_assert_uint_gt(counts[SAME], 0);
    ck_assert_uint_eq(counts[UNEXPLAINED], 0);
    /* An explanation that nothing needs hides the next fault. */
    for (int kind = 0; public > 0 && kind < UNEXPLAINED; kind++)
        ck_assert_msg(counts[kind] > 0, "never: %s", explanations[kind]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dns/ldns");
    TCase *tc = tcase_create("ldns");
    tcase_set_timeout(tc, 240);
    tcase_add_test(tc, ldns_and_we_agree_or_we_know_why);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
