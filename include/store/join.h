/* store/join.h: which parts of a database go on where another ends.
 *
 * A part goes on with the one that begins next after its end, within what an
 * edge covers; of two that would go on with the same, the one that ends later
 * does. Joins that share a short part, which is all edge, are played as one:
 *
 *     part, tail | head, part          tail | short part | head
 */
#ifndef STORE_JOIN_H
#define STORE_JOIN_H

#include <sqlite3.h>

#include "util/err.h"

/* Adds the joins of the parts in `part` to temporary tables of `db`, made when
 * they are not there, so often as `times` says (-1: once less):
 *
 *     joint (joint, times)                    what is joined, by identities
 *     joint_place (joint, place, identity, side)   its edges in order
 *
 * ERR_NOMEM, ERR_STORE about `db`, ERR_INPUT about `part`. */
MUST_USE enum err_code store_join_find(sqlite3 *db, sqlite3 *part, int times,
                                       struct err *err);

#endif
