/* tests/test_folder.h: a directory of a test's own, and files in it. */
#ifndef TEST_FOLDER_H
#define TEST_FOLDER_H

#include <check.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Makes the directory and writes its path, e.g. "/tmp/wasitdns-k2x9ab". */
static inline void folder_make(char path[PATH_MAX])
{
    const char *base = getenv("TMPDIR");
    snprintf(path, PATH_MAX, "%s/wasitdns-XXXXXX",
             base && *base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(path));
}

static inline int folder_remove_one(const char *path, const struct stat *st,
                                    int flag, struct FTW *where)
{
    (void)st, (void)flag, (void)where;
    return remove(path);
}

static inline void folder_remove(const char *path)
{
    nftw(path, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* `out` becomes "path/name"; directories in `name` are made. Returns `out`. */
static inline const char *folder_path(char out[PATH_MAX], const char *path,
                                      const char *name)
{
    const int length = snprintf(out, PATH_MAX, "%s/%s", path, name);
    ck_assert_int_lt(length, PATH_MAX);
    for (char *c = out + strlen(path) + 1; (c = strchr(c, '/')) != NULL; c++) {
        *c = '\0';
        mkdir(out, 0700);
        *c = '/';
    }
    return out;
}

static inline void folder_write(const char *path, const char *name,
                                const void *octets, size_t count)
{
    char file[PATH_MAX];
    FILE *out = fopen(folder_path(file, path, name), "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(octets, 1, count, out), count);
    ck_assert_int_eq(fclose(out), 0);
}

static inline void folder_write_text(const char *path, const char *name,
                                     const char *text)
{
    folder_write(path, name, text, strlen(text));
}

/* The whole file as text, to be freed by the caller; NULL when there is none. */
static inline char *folder_read(const char *path, const char *name)
{
    char file[PATH_MAX];
    char *text = NULL;
    size_t size = 0;
    FILE *in = fopen(folder_path(file, path, name), "r");
    if (!in)
        return NULL;
    if (getdelim(&text, &size, '\0', in) < 0 && text)
        text[0] = '\0';
    fclose(in);
    return text;
}

#endif
