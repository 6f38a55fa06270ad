#include "store/rival.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where SQLite locks a database (its os.h): the pending and the reserved octet,
 * then those of which each reader shares one and a writer holds all. */
enum { LOCKED_FROM = 0x40000000, LOCKED_OCTETS = 2 + 510 };

/* An empty journal is one that was done with; a log is there, if only empty, as
 * long as somebody has the database open. */
static enum err_code check_journal(const char *path, const char *suffix,
                                   off_t least_octets, struct err *err)
{
    struct stat st;
    char *journal = NULL;
    if (asprintf(&journal, "%s%s", path, suffix) < 0)
        return err_set(err, ERR_NOMEM, "%s: out of memory", path);
    const bool is_there =
        lstat(journal, &st) == 0 && st.st_size >= least_octets;
    free(journal);
    if (!is_there)
        return ERR_OK;
    return err_set(err, ERR_OUTPUT,
                   "%.200s%s: belongs to a database that another program is "
                   "changing, or stopped changing in the middle, and would "
                   "break the new one",
                   path, suffix);
}

/* A lock to read meets only those of writers. */
static bool has_writer(int fd)
{
    struct flock lock = {.l_type = F_RDLCK,
                         .l_whence = SEEK_SET,
                         .l_start = LOCKED_FROM,
                         .l_len = LOCKED_OCTETS};
    return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* A link is replaced, and what it points to stays as it is. */
static enum err_code check_writer(const char *path, struct err *err)
{
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return ERR_OK;
    const bool is_written = has_writer(fd);
    close(fd);
    if (!is_written)
        return ERR_OK;
    return err_set(err, ERR_OUTPUT, "%s: another program is changing it", path);
}

enum err_code store_rival_check(const char *path, struct err *err)
{
    enum err_code rc = check_writer(path, err);
    if (rc == ERR_OK)
        rc = check_journal(path, "-journal", 1, err);
    if (rc == ERR_OK)
        rc = check_journal(path, "-wal", 0, err);
    return rc;
}
