/* capture/privileges.h: root only until the interface is open.
 *
 * A run that starts as root works in three steps:
 *
 *   find     who to become
 *   lend     be that user while outputs are created, so that what cannot be
 *            written later, by that user, is said at once
 *   drop     after the interface is open: be that user for good
 *
 * A run that does not start as root has nothing to lend; drop() takes away
 * what capabilities it was given (setcap).
 */
#ifndef CAPTURE_PRIVILEGES_H
#define CAPTURE_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "util/err.h"

struct capture_privileges {
    bool is_root; /* started as root; else the rest is not set */
    bool stays;   /* `user` is root as well */
    uid_t uid;
    gid_t gid;
    char user[64];
};

/* `user` is a name, or NULL for the user who called sudo, else "nobody".
 * ERR_USAGE when there is no such user, or one is named without being root. */
MUST_USE enum err_code
capture_privileges_find(struct capture_privileges *privileges, const char *user,
                        struct err *err);

/* Effective user, groups and capabilities become those of the user.
 * ERR_INPUT. */
MUST_USE enum err_code
capture_privileges_lend(const struct capture_privileges *privileges,
                        struct err *err);

/* Undoes lend(). ERR_INPUT. */
MUST_USE enum err_code
capture_privileges_reclaim(const struct capture_privileges *privileges,
                           struct err *err);

/* For good: user, groups, every capability, and no new privileges through
 * anything that is executed. ERR_INPUT when any of it is refused: nothing is
 * to be read then. */
MUST_USE enum err_code
capture_privileges_drop(const struct capture_privileges *privileges,
                        struct err *err);

#endif
