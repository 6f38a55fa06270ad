/* Messages as the hot path sees them: what is found, what is wrong first, and
 * what it may cost. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "dns/message.h"
#include "dns/name.h"
#include "test_octets.h"

enum { SEED = 42 };

#define EXAMPLE           "0765 7861 6d70 6c65 00 " /* at 12, ends at 21 */
#define QUERY             "1234 0100 0001 0000 0000 0000 "
#define ASK_A             EXAMPLE "0001 0001 "
#define COUNT(an, ns, ar) "1234 8180 0001 " an " " ns " " ar " "
#define A1                "c00c 0001 0001 0000 003c 0004 c000 0201 "
#define A2                "c00c 0001 0001 0000 001e 0004 c000 0202 "
#define CNAME             "c00c 0005 0001 0000 000a 0004 0177 c00c "
#define NS                "c00c 0002 0001 0000 0e10 0005 026e 73c0 0c "
#define SOA                                                                    \
    "c00c 0006 0001 0000 0e10 0018 c00c c00c "                                 \
    "7856 3412 0000 1c20 0000 0e10 0012 7500 0000 0384 "
#define OPT     "00 0029 04d0 0000 8000 0000 "
#define OPT_EDE "00 0029 04d0 0100 0000 0006 000f 0002 0016 "

static struct dns_message read_hex(const char *hex, uint32_t wire_octets)
{
    const struct bytes box = octets_hex(hex);
    struct dns_message m;
    (void)dns_message_read(box, wire_octets ? wire_octets : (uint32_t)box.len,
                           SEED, &m);
    m.qname = NULL; /* dies with the box */
    octets_unbox(box);
    return m;
}

static const struct {
    const char *name;
    const char *msg;
    enum dns_status want;
    unsigned has;
} rows[] = {
    {"query", QUERY ASK_A, DNS_OK,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS},
    {"query for the root", QUERY "00 0002 0001", DNS_OK,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS},
    {"query with EDNS", "1234 0100 0001 0000 0000 0001" ASK_A OPT, DNS_OK,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS | DNS_HAS_EDNS},
    {"response without question", "1234 8181 0000 0000 0000 0000", DNS_OK,
     DNS_HAS_HEADER | DNS_HAS_RECORDS},
    {"stateful operation, items behind the header",
     "1234 3000 0000 0000 0000 0000 0001 0002 0102", DNS_OK,
     DNS_HAS_HEADER | DNS_HAS_RECORDS},
    {"no octet", "", DNS_EMPTY, 0},
    {"one octet", "12", DNS_SHORT_HEADER, 0},
    {"eleven octets", "1234 0100 0001 0000 0000 00", DNS_SHORT_HEADER, 0},
    {"a question promised, none there", QUERY, DNS_BAD_COUNTS, DNS_HAS_HEADER},
    {"two questions", "1234 0100 0002 0000 0000 0000" ASK_A ASK_A,
     DNS_BAD_COUNTS, DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS},
    {"200 questions, one there", "1234 0100 00c8 0000 0000 0000" ASK_A,
     DNS_BAD_COUNTS, DNS_HAS_HEADER | DNS_HAS_QUESTION},
    {"65,535 of everything", "1234 0100 ffff ffff ffff ffff", DNS_BAD_COUNTS,
     DNS_HAS_HEADER},
    {"more answers than octets allow", COUNT("01f4", "0000", "0000") ASK_A A1,
     DNS_BAD_COUNTS, DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_TTL},
    {"an octet less than the shortest question", QUERY "00 0001 00",
     DNS_BAD_COUNTS, DNS_HAS_HEADER},
    {"question an octet short", QUERY EXAMPLE "0001 00", DNS_SHORT_RECORD,
     DNS_HAS_HEADER},
    {"question without root label", QUERY "0765 7861 6d70 6c65",
     DNS_SHORT_RECORD, DNS_HAS_HEADER},
    {"question of label type 0x40", QUERY "4061 0000 0100 01", DNS_BAD_LABEL,
     DNS_HAS_HEADER},
    {"question pointing at itself", QUERY "c00c 0001 0001", DNS_BAD_POINTER,
     DNS_HAS_HEADER},
    {"question pointing forward", QUERY "c00e 0000 0100 01", DNS_BAD_POINTER,
     DNS_HAS_HEADER},
    {"question with a pointer into the header", QUERY "0161 c004 0001 0001",
     DNS_BAD_POINTER, DNS_HAS_HEADER},
    {"question with a pointer into itself", QUERY "0361 0062 c00d 0001 0001",
     DNS_BAD_POINTER, DNS_HAS_HEADER},
    {"octets behind the question", QUERY ASK_A "00", DNS_TRAILING,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS},
    {"octets behind the header", "1234 8180 0000 0000 0000 0000 00",
     DNS_TRAILING, DNS_HAS_HEADER | DNS_HAS_RECORDS},
    {"answer", COUNT("0001", "0000", "0000") ASK_A A1, DNS_OK,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS | DNS_HAS_TTL},
    {"alias and answer", COUNT("0002", "0000", "0000") ASK_A CNAME A1, DNS_OK,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS | DNS_HAS_TTL |
         DNS_HAS_CNAME},
    {"negative answer", COUNT("0000", "0001", "0001") ASK_A SOA OPT_EDE, DNS_OK,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS | DNS_HAS_NEGATIVE |
         DNS_HAS_EDNS | DNS_HAS_EDE},
    {"rdata past the message",
     COUNT("0001", "0000", "0000") ASK_A "c00c 0001 0001 0000 003c 0190 c000",
     DNS_SHORT_RECORD, DNS_HAS_HEADER | DNS_HAS_QUESTION},
    {"rdata an octet short in its record, and a good record",
     COUNT("0002", "0000", "0000") ASK_A
     "c00c 0001 0001 0000 003c 0003 c000 02" A1,
     DNS_BAD_RDATA,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS | DNS_HAS_TTL},
    {"A of 5 octets",
     COUNT("0001", "0000", "0000") ASK_A
     "c00c 0001 0001 0000 003c 0005 c000 0201 00",
     DNS_BAD_RDATA, DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS},
    {"AAAA of 15 octets",
     COUNT("0001", "0000", "0000") ASK_A "c00c 001c 0001 0000 003c 000f 2001 "
                                         "0db8 0000 0000 0000 0000 0000 00",
     DNS_BAD_RDATA, DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS},
    {"SOA too short to have a serial",
     COUNT("0000", "0001", "0000") ASK_A
     "c00c 0006 0001 0000 0e10 0006 c00c c00c 7856",
     DNS_BAD_RDATA, DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS},
    {"CNAME whose target is a loop further back",
     COUNT("0002", "0000", "0000") ASK_A
     "c00c 000a 0001 0000 0000 0002 c025 " /* NULL: holds anything */
     "c00c 0005 0001 0000 0000 0002 c025",
     DNS_BAD_POINTER,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS | DNS_HAS_TTL |
         DNS_HAS_CNAME},
    {"owner of label type 0x80",
     COUNT("0001", "0000", "0000") ASK_A "8000 0001 0001 0000 0000 0000",
     DNS_BAD_LABEL, DNS_HAS_HEADER | DNS_HAS_QUESTION},
    {"OPT twice", "1234 0100 0001 0000 0000 0002" ASK_A OPT OPT, DNS_BAD_EDNS,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS | DNS_HAS_EDNS},
    {"OPT with an owner", "1234 0100 0001 0000 0000 0001" ASK_A "0161" OPT,
     DNS_BAD_EDNS,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS | DNS_HAS_EDNS},
    {"OPT as an answer", COUNT("0001", "0000", "0000") ASK_A OPT, DNS_BAD_EDNS,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS},
    {"option past its record",
     "1234 0100 0001 0000 0000 0001" ASK_A
     "00 0029 04d0 0000 0000 0004 000a 0008",
     DNS_BAD_EDNS,
     DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS | DNS_HAS_EDNS},
    {"the first of two faults",
     COUNT("0001", "0000", "0000") ASK_A "c00c 0001 0001 0000 003c 0003 c000 "
                                         "02 00",
     DNS_BAD_RDATA, DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS},
    {"deletion of a record set (UPDATE)",
     "1234 2800 0001 0000 0001 0000" EXAMPLE "0006 0001"
     "c00c 0001 00ff 0000 0000 0000",
     DNS_OK, DNS_HAS_HEADER | DNS_HAS_QUESTION | DNS_HAS_RECORDS},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(each_message_has_its_first_fault_and_what_could_be_read)
{
    const struct dns_message m = read_hex(rows[_i].msg, 0);
    ck_assert_msg(m.status == rows[_i].want, "%s: %s", rows[_i].name,
                  dns_status_reason(m.status));
    ck_assert_msg(m.has == rows[_i].has, "%s: has %#x", rows[_i].name, m.has);
}
END_TEST

/* Every row cut at every octet by the capture. Nothing behind the cut is read
 * (a sanitizer sees it); a fault before the cut stays the fault; the header
 * counts from 12 octets on, the question as soon as it is complete. */
START_TEST(a_message_cut_anywhere_keeps_what_stands_before)
{
    const struct bytes whole = octets_hex(rows[_i].msg);
    const uint32_t wire = (uint32_t)whole.len;
    struct dns_message all;
    (void)dns_message_read(whole, wire, SEED, &all);
    const size_t question_end =
        all.has & DNS_HAS_QUESTION ? 12u + all.qname_octets + 4u : SIZE_MAX;
    for (size_t n = 0; n < whole.len; n++) {
        const struct bytes part = octets_box(whole.data, n);
        struct dns_message m;
        (void)dns_message_read(part, wire, SEED, &m);
        ck_assert_msg(m.status == DNS_CUT || m.status == all.status,
                      "%s at %zu: %s", rows[_i].name, n,
                      dns_status_reason(m.status));
        ck_assert_int_eq((m.has & DNS_HAS_HEADER) != 0, wire >= 12 && n >= 12);
        ck_assert_int_eq((m.has & DNS_HAS_QUESTION) != 0, n >= question_end);
        if (m.has & DNS_HAS_HEADER)
            ck_assert_uint_eq(m.id, 0x1234);
        if (m.has & DNS_HAS_QUESTION)
            ck_assert_uint_eq(m.qname_hash, all.qname_hash);
        if (m.status == DNS_CUT)
            ck_assert(!(m.has & DNS_HAS_RECORDS));
        octets_unbox(part);
    }
    octets_unbox(whole);
}
END_TEST

/* The same octets as all that ever was: the message is short, not cut. */
START_TEST(a_message_that_is_short_on_the_wire_is_no_cut)
{
    const struct bytes whole = octets_hex(rows[_i].msg);
    for (size_t n = 0; n < whole.len; n++) {
        const struct bytes part = octets_box(whole.data, n);
        struct dns_message m;
        (void)dns_message_read(part, (uint32_t)n, SEED, &m);
        ck_assert_int_ne(m.status, DNS_CUT);
        octets_unbox(part);
    }
    octets_unbox(whole);
}
END_TEST

/* The capture left octets out, but not those that the record lacks. */
START_TEST(a_record_longer_than_its_message_is_short_however_it_was_cut)
{
    const char *hex = COUNT("0001", "0000", "0000") ASK_A
        "c00c 0001 0001 0000 003c 0004 c000";
    const uint32_t needed = 12 + 13 + 12 + 4;
    ck_assert_int_eq(read_hex(hex, needed).status, DNS_CUT);
    ck_assert_int_eq(read_hex(hex, needed - 1).status, DNS_SHORT_RECORD);
}
END_TEST

START_TEST(a_response_says_all_that_it_says)
{
    const struct bytes box = octets_hex(
        "1234 8583 0001 0002 0001 0001" /* AA RD RA NXDOMAIN */
        ASK_A CNAME A2 SOA "00 0029 04d0 0100 8000 0006 000f 0002 0016");
    struct dns_message m;
    (void)dns_message_read(box, (uint32_t)box.len, SEED, &m);
    ck_assert_int_eq(m.status, DNS_OK);
    ck_assert_uint_eq(m.has, 0xff);
    ck_assert_uint_eq(m.id, 0x1234);
    ck_assert_uint_eq(m.flags, 0x8583);
    ck_assert(dns_message_is_response(&m));
    ck_assert_uint_eq(m.opcode, DNS_QUERY);
    ck_assert_uint_eq(m.rcode, 0x13); /* 1 from OPT, 3 from the header */
    ck_assert_uint_eq(m.qdcount, 1);
    ck_assert_uint_eq(m.ancount, 2);
    ck_assert_uint_eq(m.nscount, 1);
    ck_assert_uint_eq(m.arcount, 1);
    ck_assert_ptr_eq(m.qname, box.data + 12);
    ck_assert_uint_eq(m.qname_octets, 9);
    ck_assert_uint_eq(m.qname_hash, dns_name_hash(m.qname, 9, SEED));
    ck_assert_uint_eq(m.qtype, DNS_A);
    ck_assert_uint_eq(m.qclass, DNS_IN);
    ck_assert_uint_eq(m.answers, 1);
    ck_assert_uint_eq(m.addresses, 1);
    ck_assert_uint_eq(m.ttl_s, 10);
    ck_assert_uint_eq(m.negative_ttl_s, 900); /* MINIMUM below the TTL */
    ck_assert_uint_eq(m.soa_serial, 0x78563412);
    ck_assert_uint_eq(m.edns_udp_octets, 1232);
    ck_assert_uint_eq(m.edns_version, 0);
    ck_assert(m.edns_do);
    ck_assert_uint_eq(m.ede_code, 22);
    octets_unbox(box);
}
END_TEST

START_TEST(a_ttl_with_its_high_bit_set_is_0)
{
    const struct dns_message m =
        read_hex(COUNT("0001", "0001", "0000") ASK_A
                 "c00c 0001 0001 8000 003c 0004 c000 0201"
                 "c00c 0006 0001 ffff ffff 0018 c00c c00c 0000 0000 "
                 "0000 0000 0000 0000 0000 0000 0000 0384",
                 0);
    ck_assert_uint_eq(m.has & (DNS_HAS_TTL | DNS_HAS_NEGATIVE),
                      DNS_HAS_TTL | DNS_HAS_NEGATIVE);
    ck_assert_uint_eq(m.ttl_s, 0);
    ck_assert_uint_eq(m.negative_ttl_s, 0);
}
END_TEST

START_TEST(the_first_soa_of_the_authority_section_counts)
{
    const struct dns_message m =
        read_hex(COUNT("0000", "0002", "0000") ASK_A SOA
                 "c00c 0006 0001 0000 0e10 0018 c00c c00c "
                 "0000 0001 0000 0002 0000 0003 0000 0004 "
                 "0000 0005",
                 0);
    ck_assert_int_eq(m.status, DNS_OK);
    ck_assert_uint_eq(m.soa_serial, 0x78563412);
    ck_assert_uint_eq(m.negative_ttl_s, 900);
}
END_TEST

START_TEST(a_question_type_is_answered_by_every_record)
{
    static const uint16_t types[] = {251, 252, 253, 254, 255};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char hex[256];
        snprintf(hex, sizeof hex,
                 COUNT("0002", "0000", "0000") EXAMPLE "%04x 0001" CNAME A1,
                 types[i]);
        ck_assert_uint_eq(read_hex(hex, 0).answers, 2);
    }
}
END_TEST

/* Pairs of responses that say the same, or do not. */
static const struct {
    const char *name;
    const char *a, *b;
    bool same;
} answers[] = {
    {"other order", COUNT("0002", "0000", "0000") ASK_A A1 A2,
     COUNT("0002", "0000", "0000") ASK_A A2 A1, true},
    {"other TTL", COUNT("0001", "0000", "0000") ASK_A A1,
     COUNT("0001", "0000", "0000") ASK_A
     "c00c 0001 0001 0000 0001 0004 c000 0201",
     true},
    {"other compression", COUNT("0001", "0000", "0000") ASK_A CNAME,
     COUNT("0001", "0000", "0000") ASK_A
     "c00c 0005 0001 0000 000a 000b 0177" EXAMPLE,
     true},
    {"other case of a target", COUNT("0001", "0000", "0000") ASK_A CNAME,
     COUNT("0001", "0000", "0000") ASK_A
     "c00c 0005 0001 0000 000a 0004 0157 c00c",
     true},
    {"other authority and additional", COUNT("0001", "0000", "0000") ASK_A A1,
     COUNT("0001", "0001", "0001") ASK_A A1 NS OPT, true},
    {"other address", COUNT("0001", "0000", "0000") ASK_A A1,
     COUNT("0001", "0000", "0000") ASK_A A2, false},
    {"one address less", COUNT("0002", "0000", "0000") ASK_A A1 A2,
     COUNT("0001", "0000", "0000") ASK_A A1, false},
    {"the same address twice", COUNT("0002", "0000", "0000") ASK_A A1 A1,
     COUNT("0001", "0000", "0000") ASK_A A1, false},
    {"another address twice", COUNT("0002", "0000", "0000") ASK_A A1 A1,
     COUNT("0002", "0000", "0000") ASK_A A2 A2, false},
    {"other rcode", "1234 8180 0001 0000 0000 0000" ASK_A,
     "1234 8183 0001 0000 0000 0000" ASK_A, false},
    {"the same octets as another type", COUNT("0001", "0000", "0000") ASK_A A1,
     COUNT("0001", "0000", "0000") ASK_A
     "c00c 0105 0001 0000 003c 0004 c000 0201",
     false},
};
enum { ANSWERS = sizeof answers / sizeof answers[0] };

START_TEST(equal_digests_say_equal_answers)
{
    const struct dns_message a = read_hex(answers[_i].a, 0);
    const struct dns_message b = read_hex(answers[_i].b, 0);
    ck_assert_int_eq(a.status, DNS_OK);
    ck_assert_int_eq(b.status, DNS_OK);
    ck_assert_msg((a.answer_digest == b.answer_digest) == answers[_i].same,
                  "%s", answers[_i].name);
}
END_TEST

/* QR, AA, TC, RD, RA of the flags matter; the counts are the rows' own. */
static const struct {
    const char *name;
    const char *msg;
    bool nodata;
} negatives[] = {
    {"SOA and no answer (type 2)", COUNT("0000", "0001", "0000") ASK_A SOA,
     true},
    {"SOA and NS (type 1)", COUNT("0000", "0002", "0000") ASK_A SOA NS, true},
    {"nothing at all (type 3)", COUNT("0000", "0000", "0000") ASK_A, true},
    {"alias, SOA of its target", COUNT("0001", "0001", "0000") ASK_A CNAME SOA,
     true},
    {"alias alone, recursion offered",
     COUNT("0001", "0000", "0000") ASK_A CNAME, true},
    {"alias alone, no recursion offered",
     "1234 8500 0001 0001 0000 0000" ASK_A CNAME, false},
    {"referral", "1234 8000 0001 0000 0001 0000" ASK_A NS, false},
    {"alias and referral", "1234 8180 0001 0001 0001 0000" ASK_A CNAME NS,
     false},
    {"NS of the zone itself, authoritative",
     "1234 8400 0001 0000 0001 0000" ASK_A NS, true},
    {"answer", COUNT("0001", "0000", "0000") ASK_A A1, false},
    {"answer of another type only",
     COUNT("0001", "0000", "0000") EXAMPLE "001c 0001" A1, true},
    {"truncated", "1234 8380 0001 0000 0000 0000" ASK_A, false},
    {"name error", "1234 8183 0001 0000 0001 0000" ASK_A SOA, false},
    {"extended rcode",
     COUNT("0000", "0000", "0001") ASK_A "00 0029 04d0 0100 0000 0000", false},
    {"query", QUERY ASK_A, false},
    {"answer to a NOTIFY", "1234 a400 0001 0000 0000 0000" ASK_A, false},
    {"without question", "1234 8180 0000 0000 0000 0000", false},
    {"an answer that could not be reached",
     COUNT("0001", "0000", "0000") ASK_A "c0ff 0001 0001 0000 0000 0000",
     false},
};
enum { NEGATIVES = sizeof negatives / sizeof negatives[0] };

START_TEST(nodata_is_no_answer_and_no_referral)
{
    const struct dns_message m = read_hex(negatives[_i].msg, 0);
    ck_assert_msg(dns_message_is_nodata(&m) == negatives[_i].nodata, "%s",
                  negatives[_i].name);
}
END_TEST

START_TEST(a_negative_answer_cut_behind_its_question_is_not_called_nodata)
{
    const struct bytes whole =
        octets_hex(COUNT("0001", "0000", "0000") ASK_A A1);
    const struct bytes part = octets_box(whole.data, 12 + 13);
    struct dns_message m;
    (void)dns_message_read(part, (uint32_t)whole.len, SEED, &m);
    ck_assert_int_eq(m.status, DNS_CUT);
    ck_assert(m.has & DNS_HAS_QUESTION);
    ck_assert(!dns_message_is_nodata(&m));
    octets_unbox(part);
    octets_unbox(whole);
}
END_TEST

/* The steepest messages: 64 KiB of records, each with a name that is the last
 * of a chain of pointers, as its owner (NULL records) or in its rdata (NS). */
static size_t put_costly(uint8_t *msg, size_t capacity, unsigned pointers,
                         bool owners, uint16_t *records)
{
    memset(msg, 0, capacity);
    (void)octets_put(msg, capacity, 0, "1234 8180 0000 0000 0000 0000");
    /* A NULL record holds the chain; its rdata starts at 23. */
    size_t used = octets_put(msg, capacity, 12, "00 000a 0001 0000 0000");
    const uint16_t chain_octets = (uint16_t)(1 + 2 * pointers);
    msg[used++] = (uint8_t)(chain_octets >> 8);
    msg[used++] = (uint8_t)chain_octets;
    size_t last = used;
    msg[used++] = 0; /* root */
    for (unsigned i = 0; i < pointers; i++) {
        const size_t at = used;
        msg[used++] = (uint8_t)(0xc0 | last >> 8);
        msg[used++] = (uint8_t)last;
        last = at;
    }
    char hex[64];
    snprintf(hex, sizeof hex,
             owners ? "%04zx 000a 0001 0000 0000 0000"
                    : "00 0002 0001 0000 0000 0002 %04zx",
             0xc000 | last);
    for (*records = 1; used + 13 <= capacity; ++*records)
        used = octets_put(msg, capacity, used, hex);
    msg[6] = (uint8_t)(*records >> 8);
    msg[7] = (uint8_t)*records;
    return used;
}

START_TEST(compressed_names_cost_a_message_no_more_than_its_budget)
{
    static uint8_t msg[65535];
    uint16_t records;
    const size_t used =
        put_costly(msg, sizeof msg, DNS_NAME_POINTERS - 1, false, &records);
    ck_assert_uint_gt(records, 5000);
    struct dns_message m;
    const uint32_t work =
        dns_message_read((struct bytes){msg, used}, (uint32_t)used, SEED, &m);
    /* All of it would be 257 octets a record, ten times the budget. */
    ck_assert_uint_eq(work, DNS_MESSAGE_WORK);
    ck_assert_int_eq(m.status, DNS_BAD_POINTER);
    ck_assert(m.has & DNS_HAS_RECORDS); /* the walk itself follows nothing */
    ck_assert_uint_eq(m.ancount, records);
}
END_TEST

START_TEST(a_large_message_of_ordinary_names_is_within_the_budget)
{
    static uint8_t msg[65535];
    uint16_t records;
    const size_t used = put_costly(msg, sizeof msg, 10, false, &records);
    struct dns_message m;
    const uint32_t work =
        dns_message_read((struct bytes){msg, used}, (uint32_t)used, SEED, &m);
    ck_assert_int_eq(m.status, DNS_OK);
    ck_assert_uint_eq(work, (records - 1u) * (11 * 2 + 1));
}
END_TEST

START_TEST(stepping_over_owners_follows_no_pointer)
{
    static uint8_t msg[65535];
    uint16_t records;
    const size_t used = put_costly(msg, sizeof msg, 8000, true, &records);
    ck_assert_uint_gt(records, 4000);
    struct dns_message m;
    ck_assert_uint_eq(
        dns_message_read((struct bytes){msg, used}, (uint32_t)used, SEED, &m),
        0);
    ck_assert_int_eq(m.status, DNS_OK);
    ck_assert(m.has & DNS_HAS_RECORDS);
}
END_TEST

START_TEST(a_message_over_64_kib_is_read_to_where_a_message_ends)
{
    static uint8_t msg[70000];
    (void)octets_put(msg, sizeof msg, 0, "1234 8180 0000 ffff 0000 0000");
    const struct bytes box = octets_box(msg, sizeof msg);
    struct dns_message m;
    (void)dns_message_read(box, (uint32_t)box.len, SEED, &m);
    ck_assert_uint_eq(m.has, DNS_HAS_HEADER | DNS_HAS_TTL);
    octets_unbox(box);
}
END_TEST

START_TEST(more_octets_than_the_wire_had_are_as_many_on_the_wire)
{
    const struct dns_message m = read_hex(QUERY ASK_A, 13);
    ck_assert_int_eq(m.status, DNS_OK);
    ck_assert(m.has & DNS_HAS_QUESTION);
}
END_TEST

START_TEST(every_status_has_a_reason)
{
    ck_assert_str_eq(dns_status_reason(DNS_OK), "");
    for (enum dns_status a = 1; a < DNS_STATUS_COUNT; a++) {
        ck_assert_str_ne(dns_status_reason(a), "");
        for (enum dns_status b = 1; b < a; b++)
            ck_assert_str_ne(dns_status_reason(a), dns_status_reason(b));
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("dns/message");
    TCase *tc = tcase_create("message");
    tcase_add_loop_test(
        tc, each_message_has_its_first_fault_and_what_could_be_read, 0, ROWS);
    tcase_add_loop_test(tc, a_message_cut_anywhere_keeps_what_stands_before, 0,
                        ROWS);
    tcase_add_loop_test(tc, a_message_that_is_short_on_the_wire_is_no_cut, 0,
                        ROWS);
    tcase_add_test(
        tc, a_record_longer_than_its_message_is_short_however_it_was_cut);
    tcase_add_test(tc, a_response_says_all_that_it_says);
    tcase_add_test(tc, a_ttl_with_its_high_bit_set_is_0);
    tcase_add_test(tc, a_question_type_is_answered_by_every_record);
    tcase_add_test(tc, the_first_soa_of_the_authority_section_counts);
    tcase_add_loop_test(tc, equal_digests_say_equal_answers, 0, ANSWERS);
    tcase_add_loop_test(tc, nodata_is_no_answer_and_no_referral, 0, NEGATIVES);
    tcase_add_test(
        tc, a_negative_answer_cut_behind_its_question_is_not_called_nodata);
    tcase_add_test(tc, compressed_names_cost_a_message_no_more_than_its_budget);
    tcase_add_test(tc, a_large_message_of_ordinary_names_is_within_the_budget);
    tcase_add_test(tc, stepping_over_owners_follows_no_pointer);
    tcase_add_test(tc, a_message_over_64_kib_is_read_to_where_a_message_ends);
    tcase_add_test(tc, more_octets_than_the_wire_had_are_as_many_on_the_wire);
    tcase_add_test(tc, every_status_has_a_reason);
    suite_add_tcase(s, tc);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
