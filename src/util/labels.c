/* Rows are kept sorted by address and found by bisection: the file is read
 * once, and lookups happen once a client or server, not once a packet. */
#include "util/labels.h"

#include <arpa/inet.h>
#include <csv.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/text.h"

enum {
    LINE_OCTETS = 4096,
    LABEL_OCTETS = 128,    /* longer ones are refused */
    MOST_LABELS = 1000000, /* some 40 MB; a mistaken file stops here */
    ADDRESS_OCTETS = 16,
};

struct row {
    uint8_t address[ADDRESS_OCTETS];
    uint8_t octets; /* 4 or 16 */
    uint32_t line;
    char *label;
};

struct labels {
    struct row *rows;
    size_t count, capacity;
};

/* One pass over the file; `err` and `rc` keep the first fault, since libcsv's
 * callbacks cannot stop the parser. */
struct reader {
    struct labels *labels;
    const char *path;
    uint32_t line;
    unsigned fields; /* of the row being read */
    char first[LABEL_OCTETS];
    char second[LABEL_OCTETS];
    enum err_code rc;
    struct err *err;
};

static void fail(struct reader *r, const char *what)
{
    if (r->rc == ERR_OK)
        r->rc = err_set(r->err, ERR_INPUT, "%s: line %u: %s", r->path, r->line,
                        what);
}

static void take_field(void *field, size_t octets, void *context)
{
    struct reader *r = context;
    r->fields++;
    if (octets >= LABEL_OCTETS) {
        fail(r, "a field of 128 octets or more");
        return;
    }
    char *into = r->fields == 1 ? r->first : r->fields == 2 ? r->second : NULL;
    if (!into)
        return;
    memcpy(into, field, octets);
    into[octets] = '\0';
}

static bool read_address(const char *text, struct row *row)
{
    if (inet_pton(AF_INET, text, row->address) == 1)
        row->octets = 4;
    else if (inet_pton(AF_INET6, text, row->address) == 1)
        row->octets = 16;
    return row->octets != 0;
}

static struct row *append(struct reader *r)
{
    struct labels *labels = r->labels;
    if (labels->count == MOST_LABELS) {
        fail(r, "more than 1,000,000 labels");
        return NULL;
    }
    if (labels->count == labels->capacity) {
        const size_t capacity = labels->capacity ? labels->capacity * 2 : 64;
        struct row *rows =
            realloc(labels->rows, capacity * sizeof *labels->rows);
        if (!rows) {
            r->rc = err_set(r->err, ERR_NOMEM, "%s: out of memory", r->path);
            return NULL;
        }
        labels->rows = rows;
        labels->capacity = capacity;
    }
    return &labels->rows[labels->count];
}

static void add_row(struct reader *r)
{
    struct row row = {.line = r->line};
    if (!read_address(r->first, &row)) {
        fail(r, "the first field is no IPv4 or IPv6 address");
        return;
    }
    struct row *place = append(r);
    if (!place)
        return;
    char label[LABEL_OCTETS * 4 + 1]; /* every octet may become \DDD */
    text_escape((struct bytes){(const uint8_t *)r->second, strlen(r->second)},
                label, sizeof label);
    row.label = strdup(label);
    if (!row.label) {
        r->rc = err_set(r->err, ERR_NOMEM, "%s: out of memory", r->path);
        return;
    }
    *place = row;
    r->labels->count++;
}

static void end_row(int terminator, void *context)
{
    struct reader *r = context;
    (void)terminator;
    const unsigned fields = r->fields;
    r->fields = 0;
    if (r->rc != ERR_OK)
        return;
    if (fields != 2)
        fail(r, "not two fields, an address and a label");
    else if (r->labels->count > 0 || strcasecmp(r->first, "address") != 0)
        add_row(r);
}

static void parse(struct reader *r, struct csv_parser *parser, const char *line,
                  bool last)
{
    const size_t octets = strlen(line);
    if (!last && (octets == 0 || line[octets - 1] != '\n'))
        fail(r, "a line of 4095 octets or more, or with a NUL octet");
    else if (csv_parse(parser, line, octets, take_field, end_row, r) != octets)
        fail(r, csv_strerror(csv_error(parser)));
}

/* A line at a time, so that faults have a line number: libcsv counts none. */
static void read_lines(struct reader *r, FILE *file, struct csv_parser *parser)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    char buffer[LINE_OCTETS];
    while (r->rc == ERR_OK && fgets(buffer, sizeof buffer, file)) {
        const char *line = buffer;
        if (r->line++ == 0 && strncmp(line, byte_order_mark, 3) == 0)
            line += 3;
        parse(r, parser, line, feof(file));
    }
    if (r->rc == ERR_OK && ferror(file))
        r->rc = err_set_errno(r->err, ERR_INPUT, "%s", r->path);
    if (r->rc == ERR_OK && csv_fini(parser, take_field, end_row, r) != 0)
        fail(r, "a quote that nothing closes");
}

/* By address, then by line, so that the last row of an address is the one
 * that keep_last() keeps. */
static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    if (a->octets != b->octets)
        return a->octets < b->octets ? -1 : 1;
    const int order = memcmp(a->address, b->address, a->octets);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static bool same_address(const struct row *a, const struct row *b)
{
    return a->octets == b->octets &&
           memcmp(a->address, b->address, a->octets) == 0;
}

static void keep_last(struct labels *labels)
{
    size_t kept = 0;
    for (size_t i = 0; i < labels->count; i++) {
        if (kept > 0 && same_address(&labels->rows[kept - 1], &labels->rows[i]))
            free(labels->rows[--kept].label);
        labels->rows[kept++] = labels->rows[i];
    }
    labels->count = kept;
}

static enum err_code read_file(struct labels *labels, const char *path,
                               FILE *file, struct err *err)
{
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return err_set(err, ERR_NOMEM, "%s: out of memory", path);
    struct reader r = {.labels = labels, .path = path, .err = err};
    read_lines(&r, file, &parser);
    csv_free(&parser);
    if (r.rc != ERR_OK || labels->count == 0)
        return r.rc;
    qsort(labels->rows, labels->count, sizeof *labels->rows, compare_rows);
    keep_last(labels);
    return ERR_OK;
}

enum err_code labels_open(struct labels **out, const char *path,
                          struct err *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return err_set_errno(err, ERR_INPUT, "%s", path);
    struct labels *labels = calloc(1, sizeof *labels);
    const enum err_code rc =
        labels ? read_file(labels, path, file, err)
               : err_set(err, ERR_NOMEM, "%s: out of memory", path);
    fclose(file);
    if (rc == ERR_OK)
        *out = labels;
    else
        labels_close(labels);
    return rc;
}

void labels_close(struct labels *labels)
{
    if (!labels)
        return;
    for (size_t i = 0; i < labels->count; i++)
        free(labels->rows[i].label);
    free(labels->rows);
    free(labels);
}

static int compare_address(const void *key, const void *element)
{
    const struct row *a = key, *b = element;
    if (a->octets != b->octets)
        return a->octets < b->octets ? -1 : 1;
    return memcmp(a->address, b->address, a->octets);
}

const char *labels_find(const struct labels *labels, const uint8_t *address,
                        size_t octets)
{
    if (!labels || labels->count == 0 || octets > ADDRESS_OCTETS)
        return "";
    struct row key = {.octets = (uint8_t)octets};
    memcpy(key.address, address, octets);
    const struct row *row = bsearch(&key, labels->rows, labels->count,
                                    sizeof *labels->rows, compare_address);
    return row ? row->label : "";
}
