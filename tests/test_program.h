/* The program under test, for tests that run it as a user does. */
#ifndef TEST_PROGRAM_H
#define TEST_PROGRAM_H

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Its absolute path into `program`: WASITDNS, else the program beside the tests'
 * directory. `self` is argv[0], and is changed. Ends the test without one. */
static inline void program_find(char *self, char program[PATH_MAX])
{
    const char *given = getenv("WASITDNS");
    char beside[2 * PATH_MAX];
    snprintf(beside, sizeof beside, "%s/../wasitdns", dirname(self));
    if (!realpath(given ? given : beside, program)) {
        fprintf(stderr, "no program at %s\n", given ? given : beside);
        exit(EXIT_FAILURE);
    }
}

#endif
