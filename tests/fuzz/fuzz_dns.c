/* libFuzzer: one DNS message, everything this room can do with it.
 *
 * The first two octets say how much of the message the capture left out; the
 * rest is the message. What is found must lie inside it and hold together.
 */
#include <stdlib.h>

#include "dns/message.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/record.h"
#include "dns/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Any name may be shown and read back, and folds and hashes like itself. */
static void use_name(const uint8_t *name, size_t octets)
{
    char text[DNS_NAME_TEXT];
    uint8_t folded[DNS_NAME_OCTETS], back[DNS_NAME_OCTETS];
    uint16_t back_octets;
    require(dns_name_text(name, octets, text) < DNS_NAME_TEXT);
    require(dns_name_parse(text, back, &back_octets));
    require(back_octets == octets);
    dns_name_fold(folded, name, octets);
    require(memcmp(back, folded, octets) == 0);
    require(dns_name_equal(name, octets, back, back_octets));
    require(dns_name_hash(name, octets, 1) == dns_name_hash(back, octets, 1));
    require(dns_name_labels(name, octets) <= 127);
}

static void use_record(struct bytes msg, const struct dns_record *record)
{
    uint8_t owner[DNS_NAME_OCTETS];
    uint16_t octets;
    size_t end;
    require((size_t)record->rdata_at + record->rdata_octets <= msg.len);
    if (dns_name_expand(msg, record->owner_at, owner, &octets, &end) == DNS_OK)
        use_name(owner, octets);

    uint8_t room[DNS_RDATA_CANONICAL];
    uint32_t work = DNS_MESSAGE_WORK;
    struct bytes out;
    if (dns_rdata_check(msg, record) == DNS_OK &&
        dns_rdata_canonical(msg, record, &work, room, &out) == DNS_OK)
        require(out.data == room ? out.len <= sizeof room
                                 : out.data == msg.data + record->rdata_at &&
                                       out.len == record->rdata_octets);

    char text[DNS_CODE_TEXT];
    require(dns_type_text(record->type, text)[0] != '\0');
    require(dns_class_text(record->class, text)[0] != '\0');
}

static void use_message(struct bytes msg, const struct dns_message *m)
{
    char text[DNS_CODE_TEXT];
    require(m->status < DNS_STATUS_COUNT);
    require(dns_rcode_text(m->rcode, text)[0] != '\0');
    require(dns_opcode_text(m->opcode, text)[0] != '\0');
    require(dns_ede_text(m->ede_code, text)[0] != '\0');
    if (dns_message_is_nodata(m))
        require(m->answers == 0 && (m->has & DNS_HAS_RECORDS));
    if (m->has & DNS_HAS_QUESTION) {
        require(m->qname == msg.data + DNS_HEADER_OCTETS);
        require(m->qname + m->qname_octets + 4 <= msg.data + msg.len);
        use_name(m->qname, m->qname_octets);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const uint32_t left_out = load_be16(data);
    const struct bytes msg = {data + 2, size - 2};
    struct dns_message m;
    const uint32_t work =
        dns_message_read(msg, (uint32_t)msg.len + left_out, 1, &m);
    require(work <= DNS_MESSAGE_WORK);
    require(left_out > 0 || m.status != DNS_CUT);
    use_message(msg, &m);

    struct dns_record_walk walk;
    enum dns_status status = dns_record_walk_init(&walk, msg);
    struct dns_record record;
    unsigned records = 0;
    for (; status == DNS_OK && dns_record_next(&walk, &record, &status);
         records++)
        use_record(walk.msg, &record);
    /* Both walks agree on whether the records are all there. */
    const unsigned claimed = (unsigned)m.ancount + m.nscount + m.arcount;
    if (m.has & DNS_HAS_RECORDS)
        require(status == DNS_OK && records == claimed);
    else
        require(status != DNS_OK);
    return 0;
}
