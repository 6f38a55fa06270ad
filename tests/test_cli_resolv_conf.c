/* resolv.conf(5) as people and machines write it, and as strangers may. */
#include "cli/resolv_conf.h"
#include "test_folder.h"
#include "test_render.h"

static char folder[PATH_MAX];

static void make(void)
{
    folder_make(folder);
}

static void unmake(void)
{
    folder_remove(folder);
}

static const struct {
    const char *text, *want; /* suffixes, "ndots", the number */
} good[] = {
    {"", "ndots 1"},
    {"nameserver 10.96.0.10\n"
     "search default.svc.cluster.local svc.cluster.local cluster.local\n"
     "options ndots:5\n",
     "default.svc.cluster.local svc.cluster.local cluster.local ndots 5"},
    {"search lan", "lan ndots 1"},
    {"search\tlan\tcorp.example.\r\n", "lan corp.example ndots 1"},
    {"domain lan corp\n", "lan ndots 1"},
    {"search a.example\ndomain b.example\n", "b.example ndots 1"},
    {"domain b.example\nsearch a.example c.example\n",
     "a.example c.example ndots 1"},
    {"search a.example\nsearch \n", "ndots 1"},
    {"search .\n", "ndots 1"},
    {"# search x\n; search y\n search z\nsearchlight w\n", "ndots 1"},
    {"options timeout:1 ndots:2 rotate\noptions edns0 ndots:3\n", "ndots 3"},
    {"options ndots:0\n", "ndots 0"},
    {"options ndots:15\n", "ndots 15"},
    {"options ndots:4294967296\n", "ndots 15"},
    {"options xndots:7\n", "ndots 1"},
    {"option ndots:7\n", "ndots 1"},
};

static enum err_code read_text(const char *text, struct dns_search_list *list,
                               struct err *err)
{
    char path[PATH_MAX];
    folder_write_text(folder, "rc", text);
    return cli_resolv_conf_read(list, folder_path(path, folder, "rc"), err);
}

START_TEST(settings_are_those_that_a_stub_takes)
{
    struct dns_search_list list;
    struct err err = {.code = ERR_OK};
    ck_assert_msg(read_text(good[_i].text, &list, &err) == ERR_OK, "%s: %s",
                  good[_i].text, err.text);
    char found[512] = "";
    for (unsigned i = 0; i < list.count; i++) {
        char name[DNS_NAME_TEXT];
        dns_name_text(list.suffixes[i].name, list.suffixes[i].octets, name);
        strcat(strcat(found, name), " ");
    }
    ck_assert(list.has_ndots);
    snprintf(found + strlen(found), 16, "ndots %u", list.ndots);
    ck_assert_msg(strcmp(found, good[_i].want) == 0, "%s: %s", good[_i].text,
                  found);
}
END_TEST

static const struct {
    const char *text, *want; /* part of the error */
} bad[] = {
    {"nameserver 10.0.0.1\nsearch lan a..b\n",
     "rc: line 2: \"a..b\": not a domain name"},
    {"domain .lan\n", "rc: line 1: \".lan\": not a domain name"},
    {"options ndots:x\n", "rc: line 1: \"ndots:x\": not a number"},
    {"options ndots:\n", "rc: line 1: \"ndots:\": not a number"},
    {"options ndots:-1\n", "not a number"},
    {"search a b c d e f g h i j k l m n o p q r s t u v w x y z 1 2 3 4 5 6 "
     "7\n",
     "rc: line 1: \"7\": more than 32 suffixes"},
};

START_TEST(fault_is_named_with_its_line)
{
    struct dns_search_list list = {.count = 9};
    struct err err = {.code = ERR_OK};
    ck_assert_int_eq(read_text(bad[_i].text, &list, &err), ERR_INPUT);
    ck_assert_msg(strstr(err.text, bad[_i].want) != NULL, "%s", err.text);
    ck_assert_uint_eq(list.count, 9);
}
END_TEST

/* Bounded, whatever it is. */
START_TEST(what_is_no_resolv_conf_is_refused)
{
    static char text[200000];
    char path[PATH_MAX];
    struct dns_search_list list;
    struct err err = {.code = ERR_OK};
    memset(text, 'x', sizeof text - 1);
    ck_assert_int_eq(read_text(text, &list, &err), ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "rc: line 1: "));
    memset(text, '\n', sizeof text - 1);
    ck_assert_int_eq(read_text(text, &list, &err), ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "too many lines"));
    folder_write(folder, "rc", "search lan\0\nsearch\n", 19);
    ck_assert_int_eq(
        cli_resolv_conf_read(&list, folder_path(path, folder, "rc"), &err),
        ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "not text"));
    ck_assert_int_eq(cli_resolv_conf_read(&list, folder, &err), ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "Is a directory"));
    ck_assert_int_eq(
        cli_resolv_conf_read(&list, folder_path(path, folder, "none"), &err),
        ERR_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "none: No such file"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cli/resolv_conf");
    TCase *tc = tcase_create("resolv_conf");
    tcase_add_checked_fixture(tc, make, unmake);
    tcase_add_loop_test(tc, settings_are_those_that_a_stub_takes, 0,
                        ROWS(good));
    tcase_add_loop_test(tc, fault_is_named_with_its_line, 0, ROWS(bad));
    tcase_add_test(tc, what_is_no_resolv_conf_is_refused);
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
