#include "capture/foreign.h"

static const char editcap[] = "editcap -F pcap FILE NEW.pcap";
static const char tcpdump[] = "tcpdump -r FILE -w NEW.pcap";

/* The octets of the magic numbers, each in the order or orders of the file. */
static const struct {
    const char *magic;
    size_t len;
    struct capture_foreign what;
} rows[] = {
    {"BZh", 3, {"compressed with bzip2", "bzip2 -dc FILE | wasitdns -"}},
    {"\xfd"
     "7zXZ\0",
     6,
     {"compressed with xz", "xz -dc FILE | wasitdns -"}},
    {"LZIP", 4, {"compressed with lzip", "lzip -dc FILE | wasitdns -"}},
    {"\x1f\x9d", 2, {"compressed with compress", "gzip -dc FILE | wasitdns -"}},
    {"\x02\x21\x4c\x18",
     4,
     {"in the legacy format of lz4", "lz4 -dc FILE | wasitdns -"}},
    {"PK\x03\x04", 4, {"a zip archive", "unzip -p FILE | wasitdns -"}},
    {"7z\xbc\xaf\x27\x1c",
     6,
     {"a 7-zip archive", "7z x -so FILE | wasitdns -"}},

    /* Relatives of pcap, by magic number (libpcap sf-pcap.c, Wireshark
     * wiretap/libpcap.h). */
    {"\xa1\xb2\xcd\x34", 4, {"a pcap of Kuznetzov's modified kind", tcpdump}},
    {"\x34\xcd\xb2\xa1", 4, {"a pcap of Kuznetzov's modified kind", tcpdump}},
    {"\xa1\xb2\x34\xcd", 4, {"a pcap of Mesquita's modified kind", NULL}},
    {"\xcd\x34\xb2\xa1", 4, {"a pcap of Mesquita's modified kind", NULL}},
    {"\xa1\x2b\x3c\x4d", 4, {"a pcap of Navtel's modified kind", NULL}},
    {"\x4d\x3c\x2b\xa1", 4, {"a pcap of Navtel's modified kind", NULL}},
    {"\x1c\x00\x01\xac", 4, {"an IXIA hardware capture", editcap}},
    {"\xac\x01\x00\x1c", 4, {"an IXIA hardware capture", editcap}},
    {"\x1c\x00\x01\xab", 4, {"an IXIA software capture", editcap}},
    {"\xab\x01\x00\x1c", 4, {"an IXIA software capture", editcap}},

    {"snoop\0\0\0", 8, {"a snoop capture", editcap}},
    {"btsnoop\0", 8, {"a Bluetooth snoop capture", editcap}},
    {"RTSS", 4, {"a Network Monitor capture", editcap}},
    {"GMBU", 4, {"a Network Monitor capture", editcap}},
    {"TRSNIFF data", 12, {"a Sniffer capture", editcap}},
    {"XCP\0", 4, {"a Sniffer capture for Windows", editcap}},
    {"iptrace 1.0", 11, {"an AIX iptrace capture", editcap}},
    {"iptrace 2.0", 11, {"an AIX iptrace capture", editcap}},
    {"\x7fver", 4, {"a Peek capture of Savvius or LiveAction", editcap}},
};

const struct capture_foreign *capture_foreign_find(struct bytes head)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (head.len >= rows[i].len &&
            memcmp(head.data, rows[i].magic, rows[i].len) == 0)
            return &rows[i].what;
    return NULL;
}
