#include "store/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What stands at the place already, judged by the name and not by what a link
 * there points to. */
static enum err_code check_place(const char *path, bool force, struct err *err)
{
    struct stat st;
    if (path[0] == '\0')
        return err_set(err, ERR_OUTPUT, "the name of the output is empty");
    if (lstat(path, &st) != 0)
        return errno == ENOENT ? ERR_OK
                               : err_set_errno(err, ERR_OUTPUT, "%s", path);
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_OUTPUT, "%s: is a directory", path);
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return err_set(err, ERR_OUTPUT, "%s: exists and is no file", path);
    if (!force)
        return err_set(err, ERR_OUTPUT,
                       "%s: exists already (--force replaces it)", path);
    return ERR_OK;
}

/* "slow.db" is made as ".slow.db.wasitdns-k3Jd8s": what a killed process leaves
 * is taken for an output by nobody, be it by "*.db" or by "tables/". */
static char *temporary_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const int directory = slash ? (int)(slash + 1 - path) : 0;
    char *name = NULL;
    if (asprintf(&name, "%.*s.%s.wasitdns-XXXXXX", directory, path,
                 path + directory) < 0)
        return NULL;
    return name;
}

static enum err_code make_temporary(struct store_place *place, struct err *err)
{
    char *name = temporary_name(place->path);
    if (!name)
        return err_set(err, ERR_NOMEM, "%s: out of memory", place->path);
    place->fd = mkostemp(name, O_CLOEXEC);
    if (place->fd < 0) {
        const enum err_code rc =
            err_set_errno(err, ERR_OUTPUT, "%s", place->path);
        free(name);
        return rc;
    }
    place->temporary = name;
    leftover_add(&place->leftover, name);
    return ERR_OK;
}

enum err_code store_place_open(struct store_place *place, const char *path,
                               bool force, struct err *err)
{
    *place = (struct store_place){.fd = -1, .force = force};
    const enum err_code rc = check_place(path, force, err);
    if (rc != ERR_OK)
        return rc;
    place->path = strdup(path);
    if (!place->path)
        return err_set(err, ERR_NOMEM, "%s: out of memory", path);
    return make_temporary(place, err);
}

/* Not every file system knows RENAME_NOREPLACE; there a file that comes within
 * the last microseconds is replaced. */
static int rename_into_place(const struct store_place *place)
{
    if (place->force)
        return rename(place->temporary, place->path);
    const int rc = renameat2(AT_FDCWD, place->temporary, AT_FDCWD, place->path,
                             RENAME_NOREPLACE);
    if (rc == 0 || (errno != EINVAL && errno != ENOSYS))
        return rc;
    if (access(place->path, F_OK) == 0) {
        errno = EEXIST;
        return -1;
    }
    return rename(place->temporary, place->path);
}

/* A rename survives a power cut only once its directory is on the disk. File
 * systems that cannot sync a directory say EINVAL, and then there is nothing
 * more to do. */
static int sync_directory(const char *path)
{
    char *name = strdup(path);
    if (!name)
        return -1;
    char *slash = strrchr(name, '/');
    if (slash)
        slash[slash == name] = '\0';
    const int fd = open(slash ? name : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(name);
    if (fd < 0)
        return -1;
    const int rc = fsync(fd) != 0 && errno != EINVAL ? -1 : 0;
    close(fd);
    return rc;
}

/* Finished, it is as readable as any file that the user makes. The mask can
 * only be read by setting it: no other thread makes files meanwhile. */
static int open_to_readers(const struct store_place *place)
{
    const mode_t mask = umask(0077);
    umask(mask);
    return fchmod(place->fd, 0666 & ~mask);
}

enum err_code store_place_publish(struct store_place *place, struct err *err)
{
    if (open_to_readers(place) != 0 || fsync(place->fd) != 0 ||
        rename_into_place(place) != 0)
        return err_set_errno(err, ERR_OUTPUT, "%s", place->path);
    leftover_drop(&place->leftover);
    free(place->temporary);
    place->temporary = NULL;
    if (sync_directory(place->path) != 0)
        return err_set_errno(err, ERR_OUTPUT, "%s: its directory", place->path);
    return ERR_OK;
}

void store_place_close(struct store_place *place)
{
    if (place->temporary)
        unlink(place->temporary);
    leftover_drop(&place->leftover);
    if (place->path && place->fd >= 0)
        close(place->fd);
    free(place->temporary);
    free(place->path);
    *place = (struct store_place){.fd = -1};
}
