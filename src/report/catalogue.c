#include "report/catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/embedded.h"

enum {
    MOST_FILES = 1000,
    MOST_OCTETS = 1 << 20, /* of one file */
    MOST_ID = 40,
};

/* What an entry points to. */
struct item {
    struct report_entry entry;
    char *path, *sql, *id, *header;
};

struct report_catalogue {
    struct item *items;
    size_t count;
};

static void item_fini(struct item *item)
{
    free(item->path);
    free(item->sql);
    free(item->id);
    free(item->header);
}

/* --- the header ----------------------------------------------------------- */

static bool is_id(const char *text, size_t length)
{
    return length >= 1 && length <= MOST_ID &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") >= length;
}

/* "-- key: text" with exactly one blank in front of the key. */
static bool is_key_line(const char *line, size_t length, size_t *key_length)
{
    if (length < 5 || strncmp(line, "-- ", 3) != 0)
        return false;
    *key_length = strspn(line + 3, "abcdefghijklmnopqrstuvwxyz-");
    return *key_length > 0 && *key_length <= MOST_ID &&
           3 + *key_length < length && line[3 + *key_length] == ':';
}

static bool is_continuation(const char *line, size_t length)
{
    return (length == 2 && strncmp(line, "--", 2) == 0) ||
           (length > 4 && strncmp(line, "--  ", 4) == 0);
}

/* Appends the words of a line; `*out` has room, since the header's text is
 * never longer than its file. */
static void append_words(char **out, const char *text, size_t length)
{
    while (length > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\r'))
        length--;
    memcpy(*out, text, length);
    *out += length;
    **out = '\0';
}

/* Where a header stands while it is read. `start` is where the text of the
 * open field begins, NULL when none is open. */
struct header {
    struct report_entry *entry;
    char *out;
    char *start;
};

static void open_field(struct header *h, const char *line, size_t length,
                       size_t key_length)
{
    struct report_field *field = &h->entry->fields[h->entry->field_count++];
    if (h->start)
        h->out++; /* keep the NUL of the field before */
    field->key = h->out;
    append_words(&h->out, line + 3, key_length);
    h->start = ++h->out;
    field->text = h->start;
    append_words(&h->out, line + 4 + key_length, length - 4 - key_length);
}

static void continue_field(struct header *h, const char *line, size_t length)
{
    const bool blank = h->out == h->start || h->out[-1] == '\n';
    if (length == 2) {
        *h->out++ = '\n';
        *h->out = '\0';
        return;
    }
    if (!blank)
        *h->out++ = ' ';
    append_words(&h->out, line + 2, length - 2);
}

/* The lines up to the first that is no comment of the header's form. */
static void read_header(struct item *item)
{
    struct header h = {.entry = &item->entry, .out = item->header};
    const char *line = item->sql;
    while (*line) {
        const size_t whole = strcspn(line, "\n");
        const size_t length =
            whole > 0 && line[whole - 1] == '\r' ? whole - 1 : whole;
        size_t key_length;
        if (is_key_line(line, length, &key_length)) {
            if (h.entry->field_count == REPORT_FIELDS)
                return;
            open_field(&h, line, length, key_length);
        } else if (h.start && is_continuation(line, length)) {
            continue_field(&h, line, length);
        } else {
            return;
        }
        line += whole + (line[whole] == '\n');
    }
}

static const char *field_text(const struct report_entry *entry, const char *key)
{
    for (size_t i = 0; i < entry->field_count; i++) {
        if (strcmp(entry->fields[i].key, key) == 0)
            return entry->fields[i].text;
    }
    return "";
}

/* --- one file ------------------------------------------------------------- */

/* The kind and the id's place in `path`; false when it is no report file. */
static bool classify(const char *path, enum report_kind *kind, const char **id,
                     size_t *id_length)
{
    static const struct {
        const char *prefix;
        enum report_kind kind;
    } folders[] = {{"tables/", REPORT_TABLE}, {"findings/", REPORT_FINDING}};
    const size_t length = strlen(path);
    if (length < 5 || strcmp(path + length - 4, ".sql") != 0)
        return false;
    *kind = REPORT_SCRIPT;
    *id = path;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        const size_t prefix = strlen(folders[i].prefix);
        if (strncmp(path, folders[i].prefix, prefix) == 0) {
            *kind = folders[i].kind;
            *id = path + prefix;
        }
    }
    *id_length = (size_t)(path + length - 4 - *id);
    return true;
}

static enum err_code check_header(const struct item *item, const char *origin,
                                  struct err *err)
{
    const char *id = field_text(&item->entry, "id");
    if (!is_id(item->id, strlen(item->id)))
        return err_set(err, ERR_INPUT,
                       "%s: a report's file name is 1 to 40 of a-z, 0-9 and -",
                       origin);
    if (strcmp(id, item->id) != 0)
        return err_set(err, ERR_INPUT,
                       "%s: the header's id is \"%s\", not \"%s\" as the file "
                       "is named",
                       origin, id, item->id);
    if (field_text(&item->entry, "title")[0] == '\0')
        return err_set(err, ERR_INPUT, "%s: the header has no title", origin);
    return ERR_OK;
}

/* Copies `path` and `text` into `item`. `origin` is how errors name the file. */
static enum err_code item_init(struct item *item, const char *path,
                               const char *text, bool built_in,
                               const char *origin, struct err *err)
{
    const char *id = NULL;
    size_t id_length = 0;
    *item = (struct item){.entry = {.built_in = built_in}};
    if (!classify(path, &item->entry.kind, &id, &id_length))
        return err_set(err, ERR_INPUT, "%s: not a .sql file", origin);
    item->path = strdup(path);
    item->sql = strdup(text);
    item->id = strndup(id, id_length);
    item->header = malloc(strlen(text) + 1);
    if (!item->path || !item->sql || !item->id || !item->header) {
        item_fini(item);
        return err_set(err, ERR_NOMEM, "out of memory");
    }
    struct report_entry *entry = &item->entry;
    entry->path = item->path;
    entry->sql = item->sql;
    entry->id = entry->title = "";
    if (entry->kind == REPORT_SCRIPT)
        return ERR_OK;
    read_header(item);
    const enum err_code rc = check_header(item, origin, err);
    if (rc != ERR_OK) {
        item_fini(item);
        return rc;
    }
    entry->id = item->id;
    entry->title = field_text(entry, "title");
    return ERR_OK;
}

/* --- the set -------------------------------------------------------------- */

static struct item *find_path(const struct report_catalogue *c,
                              const char *path)
{
    for (size_t i = 0; i < c->count; i++) {
        if (strcmp(c->items[i].path, path) == 0)
            return &c->items[i];
    }
    return NULL;
}

/* Adds the file, or puts it in the place of the one with its path. */
static enum err_code put(struct report_catalogue *c, const char *path,
                         const char *text, bool built_in, const char *origin,
                         struct err *err)
{
    struct item item;
    const enum err_code rc =
        item_init(&item, path, text, built_in, origin, err);
    if (rc != ERR_OK)
        return rc;
    struct item *place = find_path(c, path);
    if (place) {
        item_fini(place);
    } else if (c->count < MOST_FILES) {
        place = &c->items[c->count++];
    } else {
        item_fini(&item);
        return err_set(err, ERR_INPUT, "%s: more than %d report files", origin,
                       MOST_FILES);
    }
    *place = item;
    return ERR_OK;
}

static enum err_code put_embedded(struct report_catalogue *c, struct err *err)
{
    enum err_code rc = ERR_OK;
    const struct report_embedded *file = report_embedded;
    for (; file->path && rc == ERR_OK; file++)
        rc = put(c, file->path, file->text, true, file->path, err);
    return rc;
}

/* A text file of at most MOST_OCTETS, without NUL; the caller frees it. */
static enum err_code read_text(char **out, const char *path, struct err *err)
{
    FILE *file = fopen(path, "re");
    char *text = file ? malloc(MOST_OCTETS + 1) : NULL;
    if (!text) {
        const enum err_code rc = err_set_errno(err, ERR_INPUT, "%s", path);
        if (file)
            fclose(file);
        return rc;
    }
    const size_t octets = fread(text, 1, MOST_OCTETS + 1, file);
    enum err_code rc = ERR_OK;
    if (ferror(file))
        rc = err_set_errno(err, ERR_INPUT, "%s", path);
    else if (octets > MOST_OCTETS)
        rc = err_set(err, ERR_INPUT, "%s: over 1 MiB, not a report", path);
    else if (memchr(text, '\0', octets))
        rc = err_set(err, ERR_INPUT, "%s: a NUL octet, not a report", path);
    fclose(file);
    if (rc != ERR_OK) {
        free(text);
        return rc;
    }
    text[octets] = '\0';
    *out = text;
    return ERR_OK;
}

static enum err_code put_file(struct report_catalogue *c, const char *directory,
                              const char *path, struct err *err)
{
    char *origin = NULL;
    char *text = NULL;
    if (asprintf(&origin, "%s/%s", directory, path) < 0)
        return err_set(err, ERR_NOMEM, "out of memory");
    enum err_code rc = read_text(&text, origin, err);
    if (rc == ERR_OK)
        rc = put(c, path, text, false, origin, err);
    free(text);
    free(origin);
    return rc;
}

static int is_sql_file(const struct dirent *entry)
{
    const char *name = entry->d_name;
    const size_t length = strlen(name);
    return length > 4 && name[0] != '.' &&
           strcmp(name + length - 4, ".sql") == 0;
}

/* The .sql files of `directory`/`folder`, in the order of their names. A
 * folder that is not there holds none, the directory itself must be. */
static enum err_code put_folder(struct report_catalogue *c,
                                const char *directory, const char *folder,
                                struct err *err)
{
    char *path = NULL;
    if (asprintf(&path, "%s%s%s", directory, folder[0] ? "/" : "", folder) < 0)
        return err_set(err, ERR_NOMEM, "out of memory");
    struct dirent **names = NULL;
    const int count = scandir(path, &names, is_sql_file, alphasort);
    enum err_code rc = ERR_OK;
    if (count < 0 && (errno != ENOENT || folder[0] == '\0'))
        rc = err_set_errno(err, ERR_INPUT, "%s", path);
    free(path);
    for (int i = 0; i < count; i++) {
        char *file = NULL;
        if (rc == ERR_OK &&
            asprintf(&file, "%s%s", folder, names[i]->d_name) < 0)
            rc = err_set(err, ERR_NOMEM, "out of memory");
        if (rc == ERR_OK)
            rc = put_file(c, directory, file, err);
        free(file);
        free(names[i]);
    }
    free(names);
    return rc;
}

static enum err_code put_directory(struct report_catalogue *c,
                                   const char *directory, struct err *err)
{
    enum err_code rc = put_folder(c, directory, "", err);
    if (rc == ERR_OK)
        rc = put_folder(c, directory, "tables/", err);
    if (rc == ERR_OK)
        rc = put_folder(c, directory, "findings/", err);
    return rc;
}

static int compare_items(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    return strcmp(a->path, b->path);
}

enum err_code report_catalogue_open(struct report_catalogue **out,
                                    const char *directory, struct err *err)
{
    struct report_catalogue *c = calloc(1, sizeof *c);
    if (c)
        c->items = calloc(MOST_FILES, sizeof *c->items);
    if (!c || !c->items) {
        report_catalogue_close(c);
        return err_set(err, ERR_NOMEM, "out of memory");
    }
    enum err_code rc = put_embedded(c, err);
    if (rc == ERR_OK && directory)
        rc = put_directory(c, directory, err);
    if (rc != ERR_OK) {
        report_catalogue_close(c);
        return rc;
    }
    qsort(c->items, c->count, sizeof *c->items, compare_items);
    *out = c;
    return ERR_OK;
}

void report_catalogue_close(struct report_catalogue *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->count; i++)
        item_fini(&c->items[i]);
    free(c->items);
    free(c);
}

size_t report_catalogue_count(const struct report_catalogue *c)
{
    return c->count;
}

const struct report_entry *report_catalogue_at(const struct report_catalogue *c,
                                               size_t index)
{
    return &c->items[index].entry;
}

const struct report_entry *
report_catalogue_find(const struct report_catalogue *c, enum report_kind kind,
                      const char *id)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct report_entry *entry = &c->items[i].entry;
        if (entry->kind == kind && strcmp(entry->id, id) == 0)
            return entry;
    }
    return NULL;
}

const struct report_entry *
report_catalogue_script(const struct report_catalogue *c, const char *path)
{
    const struct item *item = find_path(c, path);
    return item && item->entry.kind == REPORT_SCRIPT ? &item->entry : NULL;
}
