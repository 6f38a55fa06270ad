#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/labels.h"

#define ROWS(a)       ((int)(sizeof(a) / sizeof((a)[0])))
#define CONTENT(text) text, sizeof(text) - 1

static char path[] = "/tmp/wasitdns-labels-XXXXXX";

static void write_file(const char *content, size_t octets)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(content, 1, octets, file), octets);
    ck_assert_int_eq(fclose(file), 0);
}

static const char *find(const struct labels *labels, const char *address)
{
    uint8_t octets[16];
    if (inet_pton(AF_INET, address, octets) == 1)
        return labels_find(labels, octets, 4);
    ck_assert_int_eq(inet_pton(AF_INET6, address, octets), 1);
    return labels_find(labels, octets, 16);
}

static const struct {
    const char *name;
    const char *content;
    size_t octets;
    const char *address;
    const char *want;
} found[] = {
    {"plain", CONTENT("192.0.2.1,web\n192.0.2.2,db\n"), "192.0.2.2", "db"},
    {"header", CONTENT("address,label\n192.0.2.1,web\n"), "192.0.2.1", "web"},
    {"header in capitals", CONTENT("Address,Pod\r\n192.0.2.1,web\r\n"),
     "192.0.2.1", "web"},
    {"byte order mark",
     CONTENT("\xef\xbb\xbf"
             "192.0.2.1,web\n"),
     "192.0.2.1", "web"},
    {"no final newline", CONTENT("192.0.2.1,web"), "192.0.2.1", "web"},
    {"CRLF", CONTENT("192.0.2.1,web\r\n\r\n"), "192.0.2.1", "web"},
    {"blank lines", CONTENT("\n192.0.2.1,web\n\n"), "192.0.2.1", "web"},
    {"IPv6 in any spelling", CONTENT("2001:DB8:0::1,six\n"), "2001:db8::1",
     "six"},
    {"quoted comma", CONTENT("192.0.2.1,\"a, \"\"b\"\"\"\n"), "192.0.2.1",
     "a, \"b\""},
    {"last row counts", CONTENT("192.0.2.1,old\n192.0.2.1,new\n"), "192.0.2.1",
     "new"},
    {"escape octet", CONTENT("192.0.2.1,\x1b[2J\n"), "192.0.2.1", "\\027[2J"},
    {"UTF-8", CONTENT("192.0.2.1,B\xc3\xbcro\n"), "192.0.2.1", "B\\195\\188ro"},
    {"empty label", CONTENT("192.0.2.1,\n"), "192.0.2.1", ""},
    {"unknown address", CONTENT("192.0.2.1,web\n"), "192.0.2.9", ""},
    {"IPv4 is not its IPv6 prefix", CONTENT("c000:201::,six\n"), "192.0.2.1",
     ""},
    {"empty file", CONTENT(""), "192.0.2.1", ""},
};

START_TEST(label_is_found_by_address)
{
    write_file(found[_i].content, found[_i].octets);
    struct labels *labels = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_msg(labels_open(&labels, path, &err) == ERR_OK, "%s: %s",
                  found[_i].name, err.text);
    ck_assert_str_eq(find(labels, found[_i].address), found[_i].want);
    labels_close(labels);
}
END_TEST

#define X128                                                                   \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"         \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

#define X127                                                                   \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"         \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
    const char *name;
    const char *content;
    size_t octets;
    const char *want; /* part of the error line */
} refused[] = {
    {"no address", CONTENT("192.0.2.1,a\nweb,192.0.2.2\n"), ": line 2: "},
    {"header not in front", CONTENT("192.0.2.1,a\naddress,label\n"),
     ": line 2: "},
    {"one field", CONTENT("\n192.0.2.1\n"), ": line 2: not two fields"},
    {"three fields", CONTENT("192.0.2.1,a,b\n"), ": line 1: not two fields"},
    {"quote inside", CONTENT("192.0.2.1,a\"b\n"), ": line 1: "},
    {"open quote", CONTENT("192.0.2.1,\"a\n"), "a quote that nothing closes"},
    {"NUL", CONTENT("192.0.2.1,a\0b\n192.0.2.2,c\n"), ": line 1: "},
    {"long label", CONTENT("192.0.2.1," X128 "\n"), ": line 1: a field of"},
    {"prefix", CONTENT("192.0.2.0/24,net\n"), ": line 1: the first field"},
};

START_TEST(fault_names_file_and_line)
{
    write_file(refused[_i].content, refused[_i].octets);
    struct labels *labels = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(labels_open(&labels, path, &err), ERR_INPUT);
    ck_assert_ptr_null(labels);
    ck_assert_ptr_nonnull(strstr(err.text, path));
    ck_assert_msg(strstr(err.text, refused[_i].want) != NULL, "%s: %s",
                  refused[_i].name, err.text);
}
END_TEST

START_TEST(endless_line_is_refused)
{
    char *content = malloc(100000);
    ck_assert_ptr_nonnull(content);
    memset(content, 'x', 100000);
    write_file(content, 100000);
    free(content);
    struct labels *labels = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(labels_open(&labels, path, &err), ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, ": line 1: a line of 4095"));
}
END_TEST

START_TEST(more_than_a_million_rows_are_refused)
{
    enum { MOST = 1000000 };
    for (int more = 0; more < 2; more++) {
        FILE *file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        for (int i = 0; i < MOST + more; i++)
            fputs("10.0.0.1,x\n", file);
        ck_assert_int_eq(fclose(file), 0);
        struct labels *labels = NULL;
        struct err err = {.code = ERR_OK};
        ck_assert_int_eq(labels_open(&labels, path, &err),
                         more ? ERR_INPUT : ERR_OK);
        ck_assert(!more || strstr(err.text, "more than 1,000,000 labels"));
        labels_close(labels);
    }
}
END_TEST

START_TEST(thousand_labels_are_found_in_any_order)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    for (unsigned i = 0; i < 1000; i++) {
        const unsigned n = i * 7919 % 1000; /* a permutation */
        fprintf(file, "10.0.%u.%u,pod-%u\n", n / 256, n % 256, n);
    }
    ck_assert_int_eq(fclose(file), 0);
    struct labels *labels = NULL;
    ck_assert_int_eq(labels_open(&labels, path, NULL), ERR_OK);
    for (unsigned n = 0; n < 1000; n++) {
        const uint8_t address[] = {10, 0, (uint8_t)(n / 256), (uint8_t)n};
        char want[16];
        snprintf(want, sizeof want, "pod-%u", n);
        ck_assert_str_eq(labels_find(labels, address, 4), want);
    }
    labels_close(labels);
}
END_TEST

START_TEST(missing_file_and_directory_are_input_errors)
{
    struct labels *labels = NULL;
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(labels_open(&labels, "/nowhere/labels.csv", &err),
                     ERR_INPUT);
    ck_assert_str_eq(err.text,
                     "/nowhere/labels.csv: No such file or directory");
    ck_assert_int_eq(labels_open(&labels, "/tmp", &err), ERR_INPUT);
    ck_assert_str_eq(err.text, "/tmp: Is a directory");
    ck_assert_ptr_null(labels);
}
END_TEST

/* --- added one by one ----------------------------------------------------- */

static void add(struct labels *labels, const char *address, struct bytes label)
{
    uint8_t octets[16];
    if (inet_pton(AF_INET, address, octets) == 1) {
        labels_add(labels, octets, 4, label);
        return;
    }
    ck_assert_int_eq(inet_pton(AF_INET6, address, octets), 1);
    labels_add(labels, octets, 16, label);
}

#define LABEL(text)                                                            \
    {                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                              \
    }

/* Behind a file with labels for 192.0.2.1 and, an empty one, 192.0.2.2. */
static const struct {
    const char *name, *address;
    struct bytes first, second; /* added one behind the other */
    const char *want;
} added[] = {
    {"another address", "192.0.2.3", LABEL("new"), {NULL, 0}, "new"},
    {"IPv6", "2001:db8::1", LABEL("six"), {NULL, 0}, "six"},
    {"the file wins", "192.0.2.1", LABEL("new"), {NULL, 0}, "file"},
    {"an empty label of the file is none",
     "192.0.2.2",
     LABEL("new"),
     {NULL, 0},
     "new"},
    {"the first one stays", "192.0.2.3", LABEL("new"), LABEL("newer"), "new"},
    {"an empty one is none", "192.0.2.3", LABEL(""), LABEL("new"), "new"},
    {"what is no text",
     "192.0.2.3",
     LABEL("\x1b[2J\xc3"),
     {NULL, 0},
     "\\027[2J\\195"},
    {"255 octets", "192.0.2.3", LABEL(X128 X127), {NULL, 0}, X128 X127},
    {"256 octets are no name", "192.0.2.3", LABEL(X128 X128), LABEL("new"),
     "new"},
};

START_TEST(added_label_is_found_where_the_file_has_none)
{
    write_file(CONTENT("192.0.2.1,file\n192.0.2.2,\n"));
    struct labels *file = NULL, *labels = NULL;
    struct budget budget = {.limit = 1 << 20};
    ck_assert_int_eq(labels_open(&file, path, NULL), ERR_OK);
    ck_assert_int_eq(labels_new(&labels, file, &budget, NULL), ERR_OK);
    add(labels, added[_i].address, added[_i].first);
    add(labels, added[_i].address, added[_i].second);
    ck_assert_msg(strcmp(find(labels, added[_i].address), added[_i].want) == 0,
                  "%s: %s", added[_i].name, find(labels, added[_i].address));
    ck_assert_uint_eq(labels_refused(labels), 0);
    labels_close(labels);
    labels_close(file);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

static const struct {
    size_t limit;
    unsigned least, most; /* labels that find room */
} rooms[] = {{SIZE_MAX, 65536, 65536}, {1 << 20, 1000, 65535}};

START_TEST(additions_have_a_ceiling_that_is_counted)
{
    enum { ADDED = 70000 };
    struct labels *labels = NULL;
    struct budget budget = {.limit = rooms[_i].limit};
    ck_assert_int_eq(labels_new(&labels, NULL, &budget, NULL), ERR_OK);
    unsigned kept = 0;
    for (unsigned twice = 0; twice < 2; twice++)
        for (uint32_t i = 0; i < ADDED; i++) {
            char text[16];
            const int len = snprintf(text, sizeof text, "host-%u", i);
            labels_add(labels, (const uint8_t *)&i, sizeof i,
                       (struct bytes){(const uint8_t *)text, (size_t)len});
        }
    for (uint32_t i = 0; i < ADDED; i++)
        kept += *labels_find(labels, (const uint8_t *)&i, sizeof i) != '\0';
    ck_assert_uint_ge(kept, rooms[_i].least);
    ck_assert_uint_le(kept, rooms[_i].most);
    ck_assert_uint_eq(labels_refused(labels), 2 * (ADDED - kept));
    ck_assert_uint_le(budget.used, budget.limit);
    labels_close(labels);
}
END_TEST

START_TEST(no_labels_label_nothing)
{
    labels_close(NULL);
    ck_assert_str_eq(find(NULL, "192.0.2.1"), "");
}
END_TEST

int main(void)
{
    const int fd = mkstemp(path);
    if (fd < 0)
        return EXIT_FAILURE;
    close(fd);
    Suite *suite = suite_create("util/labels");
    TCase *tc = tcase_create("labels");
    tcase_add_loop_test(tc, label_is_found_by_address, 0, ROWS(found));
    tcase_add_loop_test(tc, fault_names_file_and_line, 0, ROWS(refused));
    tcase_add_test(tc, endless_line_is_refused);
    tcase_add_test(tc, more_than_a_million_rows_are_refused);
    tcase_add_test(tc, thousand_labels_are_found_in_any_order);
    tcase_add_test(tc, missing_file_and_directory_are_input_errors);
    tcase_add_loop_test(tc, added_label_is_found_where_the_file_has_none, 0,
                        ROWS(added));
    tcase_add_loop_test(tc, additions_have_a_ceiling_that_is_counted, 0,
                        ROWS(rooms));
    tcase_add_test(tc, no_labels_label_nothing);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    unlink(path);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
