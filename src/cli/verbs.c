#include "cli/verbs.h"

#include <stdint.h>
#include <string.h>

static const struct cli_verb verbs[CLI_VERBS] = {
    [CLI_CHECK] =
        {"check", "FILE...|- [FILTER...]",
         "verdict, summary and findings (the usual verb)",
         "Reads captures (pcap, pcapng; plain or packed with gzip, zstd, lz4), "
         "or one database made earlier with --db, and answers: was it DNS? "
         "\"-\" reads standard input. Several captures are read in the order "
         "of their first packets and judged as one.\n"
         "Files that options ask for come beside the text on standard output; "
         "-q leaves the text away. A file that exists is kept unless --force.\n"
         "check -i INTERFACE captures until -c packets, --duration or Ctrl-C, "
         "then reports. Without a filter it takes DNS, fragments and ICMP "
         "errors, tagged or not. Root is given up once the interface is open, "
         "outputs included: they belong to the user of -Z.\n"
         "FILTER (or -f) is pcap-filter(7) with addresses, not names: nothing "
         "is looked up. \"port 53\" alone loses fragments and what is behind "
         "VLAN tags or in tunnels.",
         1, SIZE_MAX, true},
    [CLI_TOP] = {"top", "WHAT FILE... [FILTER...]",
                 "one table: clients, names, servers ...",
                 "`wasitdns top` alone lists what there is.", 0, SIZE_MAX,
                 true},
    [CLI_TRACE] =
        {"trace", "[NAME|CLIENT] FILE... [FILTER...]",
         "the story of a lookup: each query, answer and wait",
         "Tells the lookups that waited longest, of all or of what is asked "
         "for: NAME is the name that was looked up, one of the search list, or "
         "the first labels of either (\"www.example\" finds "
         "www.example.com); CLIENT is an address.\n"
         "FILE is a capture, or a database made with --db and --transactions. "
         "A word that is the name of a file is a FILE. Of a capture of any "
         "size only the lookups shown are kept.",
         1, SIZE_MAX, true},
    [CLI_MERGE] =
        {"merge", "PART... -o ALL.db",
         "databases of many captures or machines into one",
         "PARTs are databases made with --db, or merged before: of one hour "
         "after the other, of several machines, in any order. A part that two "
         "of them hold is refused, and so are parts counted with another "
         "--timeout or --window. ALL.db is judged like any other database: "
         "`wasitdns ALL.db`.\n"
         "Where a part goes on within a minute of another's end, the last 60 s "
         "of the one and the first 60 s of the other, which databases keep "
         "(edge; up to 4 MiB each, less where --max-memory is), are played "
         "again as one: transactions and lookups that the cut went through are "
         "then told as one run over all would tell them. Not so: what takes "
         "longer than that; of latencies the least, which is right to 2 %; the "
         "last of the hundred longest lookups; TCP connections, also those "
         "that a lookup waits for, and fragments that were cut through; "
         "captures whose clock jumps; and "
         "what a run learns from the "
         "past, "
         "as which resolver asks whom. The line Edges tells what is left open: "
         "transactions when their part ended, and responses at the start of "
         "one "
         "whose query may have come before.",
         1, SIZE_MAX, false},
    [CLI_WHATIF] =
        {"whatif", "FILE... [FILTER...]",
         "what other resolver settings would cost, priced from this traffic",
         "Plays each lookup again under ndots 1 to 5, by the rules of the stub "
         "that asked, and recommends the smallest that breaks no name. --ndots "
         "shows the names behind one value, --final-dot and --suffixes price "
         "names written in full and a shorter search list.\n"
         "FILE is a capture or a database made with --db.",
         1, SIZE_MAX, true},
    [CLI_EXPLAIN] = {"explain", "[ID]",
                     "what a finding or table means, how it is detected, what "
                     "fools it, the fix",
                     "Without ID: lists them all.", 0, 1, false},
    [CLI_SCHEMA] = {"schema", "",
                    "the database: every table, column, unit and view",
                    "Prints SQL that makes an empty database of the same form.",
                    0, 0, false},
    [CLI_DOCTOR] = {"doctor", "",
                    "what this program is made of, and whether it works here",
                    "", 0, 0, false},
    [CLI_HELP] = {"help", "[VERB]", "this text, or a verb's own", "", 0, 1,
                  false},
};

const struct cli_verb *cli_verbs_at(enum cli_verb_id id)
{
    return &verbs[id];
}

const struct cli_verb *cli_verbs_find(const char *name)
{
    for (int i = 0; i < CLI_VERBS; i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    }
    return NULL;
}
