/* Keywords stand at the beginning of a line, as glibc wants them; what it does
 * not know it passes over, and so does this. */
#include "cli/resolv_conf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"

enum {
    LINE_OCTETS = 16384, /* 32 names of 253 octets, and blanks */
    LINES_MOST = 10000,  /* a mistaken file stops here */
};

static const char blanks[] = " \t\r\n";

struct reader {
    struct dns_search_list list;
    const char *path;
    unsigned line;
    struct err *err;
};

static enum err_code fail(const struct reader *r, struct bytes word,
                          const char *what)
{
    return err_set(r->err, ERR_INPUT, "%.200s: line %u: \"%.*s\": %s", r->path,
                   r->line, (int)(word.len < 100 ? word.len : 100),
                   (const char *)word.data, what);
}

/* What stands behind `keyword` and a blank, or NULL. */
static const char *behind(const char *line, const char *keyword)
{
    const size_t length = strlen(keyword);
    return strncmp(line, keyword, length) == 0 &&
                   (line[length] == ' ' || line[length] == '\t')
               ? line + length
               : NULL;
}

/* A line without a suffix takes the list of those before away. */
static enum err_code take_list(struct reader *r, const char *text)
{
    struct bytes word;
    const enum dns_search_status status =
        dns_search_list_read(&r->list, text, &word);
    return status == DNS_SEARCH_OK || status == DNS_SEARCH_NONE
               ? ERR_OK
               : fail(r, word, dns_search_status_text(status));
}

static enum err_code take_domain(struct reader *r, char *text)
{
    text += strspn(text, blanks);
    text[strcspn(text, blanks)] = '\0';
    return take_list(r, text);
}

static enum err_code take_option(struct reader *r, const char *word)
{
    static const char keyword[] = "ndots:";
    uint64_t ndots;
    if (strncmp(word, keyword, sizeof keyword - 1) != 0)
        return ERR_OK;
    if (!text_number_read(word + sizeof keyword - 1, UINT64_MAX, &ndots))
        return fail(r, (struct bytes){(const uint8_t *)word, strlen(word)},
                    "not a number");
    r->list.ndots =
        (uint8_t)(ndots < DNS_SEARCH_NDOTS ? ndots : DNS_SEARCH_NDOTS);
    return ERR_OK;
}

static enum err_code take_options(struct reader *r, char *text)
{
    enum err_code rc = ERR_OK;
    char *rest = NULL;
    for (char *word = strtok_r(text, blanks, &rest); word && rc == ERR_OK;
         word = strtok_r(NULL, blanks, &rest))
        rc = take_option(r, word);
    return rc;
}

static enum err_code take_line(struct reader *r, char *line)
{
    const char *text;
    if ((text = behind(line, "search")) != NULL)
        return take_list(r, text);
    if ((text = behind(line, "domain")) != NULL)
        return take_domain(r, line + (text - line));
    if ((text = behind(line, "options")) != NULL)
        return take_options(r, line + (text - line));
    return ERR_OK;
}

static enum err_code take_file(struct reader *r, FILE *in)
{
    char line[LINE_OCTETS];
    enum err_code rc = ERR_OK;
    while (rc == ERR_OK && fgets(line, sizeof line, in)) {
        const size_t length = strlen(line);
        const struct bytes start = {(const uint8_t *)line,
                                    length < 20 ? length : 20};
        if (++r->line > LINES_MOST)
            rc = fail(r, start, "too many lines for a resolv.conf");
        else if (length == 0 || (line[length - 1] != '\n' && !feof(in)))
            rc = fail(r, start, "too long, or not text");
        else
            rc = take_line(r, line);
    }
    if (rc == ERR_OK && ferror(in))
        rc = err_set_errno(r->err, ERR_INPUT, "%.200s", r->path);
    return rc;
}

enum err_code cli_resolv_conf_read(struct dns_search_list *out,
                                   const char *path, struct err *err)
{
    struct reader r = {
        .list = {.ndots = 1, .has_ndots = true}, .path = path, .err = err};
    FILE *in = fopen(path, "r");
    if (!in)
        return err_set_errno(err, ERR_INPUT, "%.200s", path);
    const enum err_code rc = take_file(&r, in);
    fclose(in);
    if (rc == ERR_OK)
        *out = r.list;
    return rc;
}
