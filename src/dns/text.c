#include "dns/text.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>

/* IANA "DNS RCODEs". ldns knows 0 to 10 and writes 4 as NOTIMPL, which dig and
 * the registry call NOTIMP. 16 is also BADSIG, inside TSIG only. */
static const char *const rcodes[] = {
    [0] = "NOERROR",  [1] = "FORMERR", [2] = "SERVFAIL",  [3] = "NXDOMAIN",
    [4] = "NOTIMP",   [5] = "REFUSED", [6] = "YXDOMAIN",  [7] = "YXRRSET",
    [8] = "NXRRSET",  [9] = "NOTAUTH", [10] = "NOTZONE",  [11] = "DSOTYPENI",
    [16] = "BADVERS", [17] = "BADKEY", [18] = "BADTIME",  [19] = "BADMODE",
    [20] = "BADNAME", [21] = "BADALG", [22] = "BADTRUNC", [23] = "BADCOOKIE"};

/* IANA "Extended DNS Error Codes"; ldns 1.8.3 has no words for them. */
static const char *const ede_codes[] = {
    [0] = "Other Error",
    [1] = "Unsupported DNSKEY Algorithm",
    [2] = "Unsupported DS Digest Type",
    [3] = "Stale Answer",
    [4] = "Forged Answer",
    [5] = "DNSSEC Indeterminate",
    [6] = "DNSSEC Bogus",
    [7] = "Signature Expired",
    [8] = "Signature Not Yet Valid",
    [9] = "DNSKEY Missing",
    [10] = "RRSIGs Missing",
    [11] = "No Zone Key Bit Set",
    [12] = "NSEC Missing",
    [13] = "Cached Error",
    [14] = "Not Ready",
    [15] = "Blocked",
    [16] = "Censored",
    [17] = "Filtered",
    [18] = "Prohibited",
    [19] = "Stale NXDOMAIN Answer",
    [20] = "Not Authoritative",
    [21] = "Not Supported",
    [22] = "No Reachable Authority",
    [23] = "Network Error",
    [24] = "Invalid Data",
    [25] = "Signature Expired before Valid",
    [26] = "Too Early",
    [27] = "Unsupported NSEC3 Iterations Value",
    [28] = "Unable to conform to policy",
    [29] = "Synthesized",
    [30] = "Invalid Query Type",
};

/* Keeps what ldns wrote, which is the caller's to free. */
static const char *keep(char *text, const char *fallback, unsigned code,
                        char *out)
{
    if (text)
        snprintf(out, DNS_CODE_TEXT, "%s", text);
    else
        snprintf(out, DNS_CODE_TEXT, "%s%u", fallback, code);
    free(text);
    return out;
}

const char *dns_type_text(uint16_t type, char out[DNS_CODE_TEXT])
{
    return keep(ldns_rr_type2str((ldns_rr_type)type), "TYPE", type, out);
}

const char *dns_class_text(uint16_t class, char out[DNS_CODE_TEXT])
{
    return keep(ldns_rr_class2str((ldns_rr_class) class), "CLASS", class, out);
}

/* The entry `code` of a table with gaps, else the code in digits. */
static const char *word(const char *const *words, size_t count, unsigned code,
                        const char *fallback, char *out)
{
    if (code < count && words[code])
        snprintf(out, DNS_CODE_TEXT, "%s", words[code]);
    else
        snprintf(out, DNS_CODE_TEXT, "%s%u", fallback, code);
    return out;
}

const char *dns_rcode_text(uint16_t rcode, char out[DNS_CODE_TEXT])
{
    return word(rcodes, sizeof rcodes / sizeof rcodes[0], rcode, "RCODE", out);
}

const char *dns_opcode_text(uint8_t opcode, char out[DNS_CODE_TEXT])
{
    static const char *const opcodes[] = {
        [DNS_QUERY] = "QUERY",   [1] = "IQUERY",          [2] = "STATUS",
        [DNS_NOTIFY] = "NOTIFY", [DNS_UPDATE] = "UPDATE", [DNS_DSO] = "DSO"};
    return word(opcodes, sizeof opcodes / sizeof opcodes[0], opcode, "OPCODE",
                out);
}

const char *dns_ede_text(uint16_t code, char out[DNS_CODE_TEXT])
{
    return word(ede_codes, sizeof ede_codes / sizeof ede_codes[0], code, "EDE ",
                out);
}
