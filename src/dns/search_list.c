#include "dns/search_list.h"

#include <string.h>

static const char separators[] = ", \t\r\n";

const char *dns_search_status_text(enum dns_search_status status)
{
    static const char *const texts[] = {
        [DNS_SEARCH_OK] = "",
        [DNS_SEARCH_NO_NAME] = "not a domain name",
        [DNS_SEARCH_TOO_MANY] = "more than 32 suffixes",
        [DNS_SEARCH_NONE] = "no suffix",
    };
    return texts[status];
}

unsigned dns_search_list_place(const struct dns_search_list *list,
                               struct bytes name)
{
    for (unsigned i = 0; i < list->count; i++) {
        const struct dns_search_suffix *s = &list->suffixes[i];
        if (s->octets == name.len && memcmp(s->name, name.data, name.len) == 0)
            return i + 1;
    }
    return 0;
}

static enum dns_search_status take(struct dns_search_list *list,
                                   struct bytes word)
{
    char text[DNS_NAME_TEXT];
    struct dns_search_suffix suffix;
    if (word.len >= sizeof text)
        return DNS_SEARCH_NO_NAME;
    memcpy(text, word.data, word.len);
    text[word.len] = '\0';
    if (!dns_name_parse(text, suffix.name, &suffix.octets))
        return DNS_SEARCH_NO_NAME;
    const struct bytes name = {suffix.name, suffix.octets};
    if (name.len == 1 || dns_search_list_place(list, name) > 0)
        return DNS_SEARCH_OK;
    if (list->count == DNS_SEARCH_SUFFIXES)
        return DNS_SEARCH_TOO_MANY;
    list->suffixes[list->count++] = suffix;
    return DNS_SEARCH_OK;
}

enum dns_search_status dns_search_list_read(struct dns_search_list *list,
                                            const char *text,
                                            struct bytes *word)
{
    enum dns_search_status status = DNS_SEARCH_NONE;
    list->count = 0;
    *word = (struct bytes){(const uint8_t *)text, 0};
    for (const char *at = text; *(at += strspn(at, separators)) != '\0';) {
        *word = (struct bytes){(const uint8_t *)at, strcspn(at, separators)};
        status = take(list, *word);
        if (status != DNS_SEARCH_OK)
            break;
        at += word->len;
    }
    if (status != DNS_SEARCH_OK)
        list->count = 0;
    return status;
}
