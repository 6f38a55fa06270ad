/* store/place.h: where a finished file will stand.
 *
 * The file is made under a hidden name of its own beside that place (of "x.db"
 * ".x.db.wasitdns-" and six letters) and renamed when it is complete, so that
 * the place holds the old file, the whole new one or nothing, whatever happens
 * in between. A process that is killed leaves that hidden file.
 */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include <stdbool.h>

#include "util/err.h"
#include "util/leftover.h"

struct store_place {
    char *path;      /* as given */
    char *temporary; /* beside it; NULL before open and after publish */
    int fd;          /* of the temporary file, -1 if none */
    bool force;      /* an existing file may be replaced */
    struct leftover leftover; /* the temporary file, while there is one */
};

/* Makes the temporary file, readable by its owner only until it is published (a
 * capture tells who asked for what). Links are never followed. ERR_OUTPUT when
 * the place holds a directory, something that is no file, or a file and `force`
 * is false, and when nothing can be written beside it. `place` does not move
 * until it is closed: a process that must leave at once finds it by address. */
MUST_USE enum err_code store_place_open(struct store_place *place,
                                        const char *path, bool force,
                                        struct err *err);

/* Gives the file the mode that the umask allows, syncs it, gives it its name
 * and syncs the directory. From one thread only, for the umask. Without `force`
 * a file that came meanwhile is kept and ERR_OUTPUT returned. */
MUST_USE enum err_code store_place_publish(struct store_place *place,
                                           struct err *err);

/* Removes the temporary file if it was not published. Accepts a struct whose
 * open failed. */
void store_place_close(struct store_place *place);

#endif
