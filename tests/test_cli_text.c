#include <string.h>

#include "cli/text.h"
#include "test_render.h"

static const struct {
    const char *words[3];
    const char *db_path;
    const char *want; /* NULL: cannot be named */
} inputs[] = {
    {{"x.pcap"}, NULL, "x.pcap"},
    {{"/a/b-1/x_2.pcap.gz"}, NULL, "/a/b-1/x_2.pcap.gz"},
    {{"x.pcap", "y.pcap"}, NULL, "x.pcap y.pcap"},
    {{"a b.pcap"}, NULL, "'a b.pcap'"},
    {{"it's.pcap"}, NULL, "'it'\\''s.pcap'"},
    {{"$(reboot).pcap"}, NULL, "'$(reboot).pcap'"},
    {{"-x.pcap"}, NULL, "'./-x.pcap'"},
    {{"-"}, NULL, NULL},
    {{"x.pcap", "-"}, NULL, NULL},
    {{"-"}, "x.db", "x.db"},
    {{"x.pcap"}, "a;b.db", "'a;b.db'"},
};

START_TEST(input_is_named_as_a_shell_reads_it)
{
    struct cli_options options = {.db_path = inputs[_i].db_path};
    options.words = (const char **)inputs[_i].words;
    while (options.word_count < 3 && inputs[_i].words[options.word_count])
        options.word_count++;
    char *text = cli_text_input(&options);
    ck_assert_pstr_eq(text, inputs[_i].want);
    free(text);
}
END_TEST

/* The shell is the judge of what is quoted. */
START_TEST(shell_reads_back_what_was_quoted)
{
    if (!inputs[_i].want || inputs[_i].words[1] || inputs[_i].db_path)
        return;
    char command[256], line[256] = "";
    snprintf(command, sizeof command, "printf '%%s' %s", inputs[_i].want);
    FILE *shell = popen(command, "r");
    ck_assert_ptr_nonnull(shell);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, shell));
    ck_assert_int_eq(pclose(shell), 0);
    const char *word = inputs[_i].words[0];
    ck_assert_str_eq(strncmp(line, "./", 2) == 0 ? line + 2 : line, word);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cli/text");
    TCase *tc = tcase_create("text");
    tcase_add_loop_test(tc, input_is_named_as_a_shell_reads_it, 0,
                        ROWS(inputs));
    tcase_add_loop_test(tc, shell_reads_back_what_was_quoted, 0, ROWS(inputs));
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
