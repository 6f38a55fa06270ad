/* Addresses and texts are interned, so that a text that stands beside many
 * addresses is kept once. */
#include "util/labels.h"

#include <arpa/inet.h>
#include <csv.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/hash.h"
#include "util/intern.h"
#include "util/text.h"

enum {
    LINE_OCTETS = 4096,
    LABEL_OCTETS = 128,    /* of a file; longer ones are refused */
    MOST_LABELS = 1000000, /* of a file; a mistaken one stops here */
    MOST_ADDED = 65536,
    ADDRESS_OCTETS = 16,
};

struct labels {
    struct intern addresses;
    struct intern texts; /* printable, each with its NUL */
    uint32_t *text_of;   /* by address: the id of its text */
    size_t capacity;
    struct budget *budget;
    struct budget own; /* of a file: without limit */
    const struct labels *first;
    uint64_t seed;
    uint64_t refused;
};

/* One pass over the file; `err` and `rc` keep the first fault, since libcsv's
 * callbacks cannot stop the parser. */
struct reader {
    struct labels *labels;
    const char *path;
    uint32_t line;
    uint32_t rows;
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

/* Returns how many octets the address has, 0 when it is none. */
static size_t read_address(const char *text, uint8_t address[ADDRESS_OCTETS])
{
    if (inet_pton(AF_INET, text, address) == 1)
        return 4;
    return inet_pton(AF_INET6, text, address) == 1 ? 16 : 0;
}

static uint64_t hash_of(const struct labels *labels, struct bytes key)
{
    return hash_octets(key.data, key.len, labels->seed);
}

/* The id of `text` in printable form, or INTERN_NONE. */
static uint32_t put_text(struct labels *labels, struct bytes text)
{
    char printable[LABELS_TEXT_OCTETS * 4 + 1]; /* each may become \DDD */
    const struct bytes key = {(const uint8_t *)printable,
                              text_escape(text, printable, sizeof printable) +
                                  1};
    bool fresh;
    return intern_put(&labels->texts, key, hash_of(labels, key), &fresh);
}

/* False when memory is refused. Room comes before the id, so that every address
 * has a text. */
static bool put_label(struct labels *labels, struct bytes address,
                      struct bytes text)
{
    const uint32_t text_id = put_text(labels, text);
    if (text_id == INTERN_NONE ||
        !budget_grow(labels->budget, (void **)&labels->text_of,
                     &labels->capacity, labels->addresses.count + (size_t)1,
                     sizeof *labels->text_of))
        return false;
    bool fresh;
    const uint32_t id = intern_put(&labels->addresses, address,
                                   hash_of(labels, address), &fresh);
    if (id == INTERN_NONE)
        return false;
    labels->text_of[id] = text_id;
    return true;
}

static void add_row(struct reader *r)
{
    uint8_t address[ADDRESS_OCTETS];
    const size_t octets = read_address(r->first, address);
    if (octets == 0) {
        fail(r, "the first field is no IPv4 or IPv6 address");
        return;
    }
    if (r->rows++ == MOST_LABELS) {
        fail(r, "more than 1,000,000 labels");
        return;
    }
    const struct bytes text = {(const uint8_t *)r->second, strlen(r->second)};
    if (!put_label(r->labels, (struct bytes){address, octets}, text))
        r->rc = err_set(r->err, ERR_NOMEM, "%s: out of memory", r->path);
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
    else if (r->rows > 0 || strcasecmp(r->first, "address") != 0)
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

static enum err_code read_file(struct labels *labels, const char *path,
                               FILE *file, struct err *err)
{
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return err_set(err, ERR_NOMEM, "%s: out of memory", path);
    struct reader r = {.labels = labels, .path = path, .err = err};
    read_lines(&r, file, &parser);
    csv_free(&parser);
    return r.rc;
}

/* Without a budget, memory is without limit. */
static struct labels *make(struct budget *budget)
{
    struct labels *labels = calloc(1, sizeof *labels);
    if (!labels)
        return NULL;
    labels->own.limit = SIZE_MAX;
    labels->budget = budget ? budget : &labels->own;
    labels->seed = hash_seed();
    if (intern_init(&labels->addresses, labels->budget) &&
        intern_init(&labels->texts, labels->budget))
        return labels;
    labels_close(labels);
    return NULL;
}

enum err_code labels_open(struct labels **out, const char *path,
                          struct err *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return err_set_errno(err, ERR_INPUT, "%s", path);
    struct labels *labels = make(NULL);
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

enum err_code labels_new(struct labels **out, const struct labels *first,
                         struct budget *budget, struct err *err)
{
    struct labels *labels = make(budget);
    if (!labels)
        return err_set(err, ERR_NOMEM, "no memory for labels");
    labels->first = first;
    *out = labels;
    return ERR_OK;
}

void labels_close(struct labels *labels)
{
    if (!labels)
        return;
    intern_fini(&labels->addresses);
    intern_fini(&labels->texts);
    budget_give(labels->budget, labels->capacity * sizeof *labels->text_of);
    free(labels->text_of);
    free(labels);
}

static uint32_t find(const struct labels *labels, struct bytes address)
{
    return intern_find(&labels->addresses, address, hash_of(labels, address));
}

void labels_add(struct labels *labels, const uint8_t *address, size_t octets,
                struct bytes label)
{
    const struct bytes key = {address, octets};
    if (label.len == 0 || label.len > LABELS_TEXT_OCTETS ||
        find(labels, key) != INTERN_NONE)
        return;
    labels->refused +=
        labels->addresses.count == MOST_ADDED || !put_label(labels, key, label);
}

uint64_t labels_refused(const struct labels *labels)
{
    return labels->refused;
}

const char *labels_find(const struct labels *labels, const uint8_t *address,
                        size_t octets)
{
    if (!labels)
        return "";
    const char *given = labels_find(labels->first, address, octets);
    if (*given)
        return given;
    const uint32_t id = find(labels, (struct bytes){address, octets});
    return id == INTERN_NONE
               ? ""
               : (const char *)intern_key(&labels->texts, labels->text_of[id])
                     .data;
}
