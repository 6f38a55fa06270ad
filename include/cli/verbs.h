/* cli/verbs.h: the words that a command line begins with. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include <stdbool.h>
#include <stddef.h>

enum cli_verb_id {
    CLI_CHECK,
    CLI_TOP,
    CLI_TRACE,
    CLI_MERGE,
    CLI_WHATIF,
    CLI_EXPLAIN,
    CLI_SCHEMA,
    CLI_DOCTOR,
    CLI_HELP,
    CLI_VERBS /* how many */
};

struct cli_verb {
    const char *name;
    const char *words;   /* "WHAT FILE..." */
    const char *summary; /* one line */
    const char *details; /* what `help VERB` adds, a paragraph a line */
    size_t fewest, most; /* words behind the verb */
    bool reads;          /* they are FILEs, and words of a FILTER */
};

const struct cli_verb *cli_verbs_at(enum cli_verb_id id);

/* By name; NULL when there is none. */
const struct cli_verb *cli_verbs_find(const char *name);

#endif
