#include <string.h>
#include <unistd.h>

#include "cli/option.h"
#include "test_folder.h"
#include "test_render.h"

enum { WORDS = 16 };

/* Splits at blanks; the line's copy and the words live until the next call. */
static char **split(const char *line, int *count)
{
    static char copy[1024];
    static char *words[WORDS + 1];
    ck_assert_uint_lt(strlen(line), sizeof copy);
    strcpy(copy, line);
    *count = 0;
    for (char *w = strtok(copy, " "); w; w = strtok(NULL, " ")) {
        ck_assert_int_lt(*count, WORDS);
        words[(*count)++] = w;
    }
    words[*count] = NULL;
    return words;
}

static enum err_code parse(const char *line, struct cli_options *options,
                           struct err *err)
{
    int count;
    char **words = split(line, &count);
    return cli_options_parse(options, count, words, err);
}

/* What a test row looks at: a member as text. */
static void show(const struct cli_options *o, char out[256])
{
    static const char *const severities[] = {"", "info", "warning", "error",
                                             "critical"};
    snprintf(out, 256, "%s%s%s|%s%s%s|%zu%s%s|%s%s%s%s%s%s%s",
             cli_verbs_at(o->verb)->name, o->what ? " " : "",
             o->what ? o->what : "", o->json ? "json" : "",
             o->json_path ? "=" : "", o->json_path ? o->json_path : "",
             o->word_count, o->word_count ? " " : "",
             o->word_count ? o->words[o->word_count - 1] : "",
             o->csv_safe ? "S" : "", o->force ? "F" : "", o->strict ? "T" : "",
             o->quiet ? "Q" : "", o->verbose ? "V" : "",
             o->local_time ? "L" : "", severities[o->fail_on]);
}

/* Verb and WHAT | JSON | how many words and the last | flags and --fail-on */
static const struct {
    const char *line, *want;
} good[] = {
    {"wasitdns x.pcap", "check||1 x.pcap|"},
    {"wasitdns check x.pcap", "check||1 x.pcap|"},
    {"wasitdns check x.pcap y.pcap", "check||2 y.pcap|"},
    {"wasitdns -", "check||1 -|"},
    {"wasitdns /tmp", "check||1 /tmp|"},
    {"wasitdns -r x.pcap", "check||1 x.pcap|"},
    {"wasitdns x.pcap --json=-", "check|json|1 x.pcap|"},
    {"wasitdns -rx.pcap", "check||1 x.pcap|"},
    {"wasitdns -r x.pcap -r y.pcap", "check||2 y.pcap|"},
    {"wasitdns -r no-dot", "check||1 no-dot|"},
    {"wasitdns top clients x.pcap", "top clients||1 x.pcap|"},
    {"wasitdns -r x.pcap top clients", "top clients||1 x.pcap|"},
    {"wasitdns top -r x.pcap clients", "top clients||1 x.pcap|"},
    {"wasitdns top", "top||0|"},
    {"wasitdns explain", "explain||0|"},
    {"wasitdns explain slow-server", "explain||1 slow-server|"},
    {"wasitdns schema", "schema||0|"},
    {"wasitdns doctor", "doctor||0|"},
    {"wasitdns help top", "help||1 top|"},
    {"wasitdns x.pcap --json", "check|json|1 x.pcap|"},
    {"wasitdns --json x.pcap", "check|json|1 x.pcap|"},
    {"wasitdns --json out.json x.pcap", "check|=out.json|1 x.pcap|"},
    {"wasitdns --json=out x.pcap", "check|=out|1 x.pcap|"},
    {"wasitdns -o out.json x.pcap", "check|=out.json|1 x.pcap|"},
    {"wasitdns --csv d --csv-safe x.pcap", "check||1 x.pcap|S"},
    {"wasitdns x.pcap -q --force --strict", "check||1 x.pcap|FTQ"},
    {"wasitdns -qv x.pcap", "check||1 x.pcap|QV"},
    {"wasitdns -n -n x.pcap", "check||1 x.pcap|"},
    {"wasitdns --fail-on warning x.pcap", "check||1 x.pcap|warning"},
    {"wasitdns --fail-on=critical x.pcap", "check||1 x.pcap|critical"},
    {"wasitdns --local-time x.pcap", "check||1 x.pcap|L"},
    {"wasitdns --local-time --utc x.pcap", "check||1 x.pcap|"},
    {"wasitdns -- -x.pcap", "check||1 -x.pcap|"},
    {"wasitdns x.pcap port 53 or net 10.0.0.0/8", "check||1 x.pcap|"},
    {"wasitdns x.pcap udp -r y.pcap", "check||2 y.pcap|"},
    {"wasitdns -i lo", "check||0|"},
    {"wasitdns -i lo port 53 or host 10.0.0.1", "check||0|"},
    {"wasitdns -D", "check||0|"},
    {"wasitdns --follow --duration 1s x.pcap", "check||1 x.pcap|"},
    {"wasitdns check -- --json.pcap", "check||1 --json.pcap|"},
};

START_TEST(good_line_is_understood)
{
    struct cli_options options;
    struct err err = {.code = ERR_OK};
    ck_assert_msg(parse(good[_i].line, &options, &err) == ERR_OK, "%s: %s",
                  good[_i].line, err.text);
    char text[256];
    show(&options, text);
    ck_assert_msg(strcmp(text, good[_i].want) == 0, "%s: %s", good[_i].line,
                  text);
    cli_options_fini(&options);
}
END_TEST

static const struct {
    const char *line, *want; /* part of the error */
} bad[] = {
    {"wasitdns", "usage: wasitdns check FILE..."},
    {"wasitdns check", "usage: wasitdns check FILE..."},
    {"wasitdns chekc x.pcap", "chekc: neither a file nor one of check, top, "
                              "trace, merge, whatif, explain, schema, doctor, "
                              "help"},
    {"wasitdns whatif", "usage: wasitdns whatif FILE..."},
    {"wasitdns whatif --ndots 0 x.pcap", "--ndots: whatif prices 1 to 5"},
    {"wasitdns --ndots 6 whatif x.pcap", "--ndots: whatif prices 1 to 5"},
    {"wasitdns --ndots 16 x.pcap", "--ndots 16: not 0 to 15"},
    {"wasitdns --ndots many x.pcap", "--ndots many: not 0 to 15"},
    {"wasitdns --search a..b x.pcap", "--search: \"a..b\": not a domain name"},
    {"wasitdns --search=lan,.x x.pcap", "--search: \".x\": not a domain name"},
    {"wasitdns --search= x.pcap", "--search: \"\": no suffix"},
    {"wasitdns --search=. x.pcap", "no suffix"},
    {"wasitdns --search a --search b x.pcap", "--search b: two lists"},
    {"wasitdns --resolv-conf= x.pcap", "the name of the resolv.conf is empty"},
    {"wasitdns --resolv-conf a --resolv-conf b x.pcap", "b: two names for"},
    {"wasitdns merge --search lan a.db -o x.db", "--search: not an option of"},
    {"wasitdns schema --ndots 1", "--ndots: not an option of schema"},
    {"wasitdns whatif --ndots 2 --final-dot x.pcap", "at a time"},
    {"wasitdns x.pcap port", "port: no such file, and no filter"},
    {"wasitdns x.pcap nothing", "nothing: no such file, and no filter: "
                                "\"nothing\" is no word of filters"},
    {"wasitdns x.pcap udp host www.example.com", "no such file, and no filter"},
    {"wasitdns top clients nothing", "nothing: no such file, and no"},
    {"wasitdns -f tpc x.pcap", "filter: \"tpc\" is no word of filters"},
    {"wasitdns -f udp -f tcp x.pcap", "-f tcp: two filters"},
    {"wasitdns -f udp x.pcap port 53", "port: a second filter beside -f"},
    {"wasitdns -i lo -r x.pcap", "x.pcap: files or an interface (-i)"},
    {"wasitdns -i lo host x.pcap", "\"x.pcap\" is no word of filters"},
    {"wasitdns -i lo -i eth0", "eth0: two names for the interface"},
    {"wasitdns -i", "-i needs INTERFACE"},
    {"wasitdns --duration 5s x.pcap", "--duration: only for -i or --follow"},
    {"wasitdns --follow x.pcap y.pcap", "--follow needs one FILE"},
    {"wasitdns --follow -", "--follow needs one FILE"},
    {"wasitdns - x.pcap -", "-: standard input is read once"},
    {"wasitdns --follow -i lo", "--follow needs one FILE"},
    {"wasitdns -p x.pcap", "-p: only for an interface"},
    {"wasitdns -Z nobody x.pcap", "-Z: only for an interface"},
    {"wasitdns top clients -i lo", "-i: not an option of top"},
    {"wasitdns -i lo -c 0", "-c 0: not a number of packets"},
    {"wasitdns -i lo -s 262145", "-s 262145: not octets"},
    {"wasitdns -i lo -B 0", "-B 0: not KiB"},
    {"wasitdns -i lo --duration 0", "--duration 0: not a duration"},
    {"wasitdns schema x.pcap", "usage: wasitdns schema"},
    {"wasitdns explain a b", "usage: wasitdns explain [ID]"},
    {"wasitdns help a b", "usage: wasitdns help [VERB]"},
    {"wasitdns --nope x.pcap", "unknown option --nope"},
    {"wasitdns --nope=1 x.pcap", "unknown option --nope=1"},
    {"wasitdns -w - x.pcap", "-w -: standard output"},
    {"wasitdns -w a -w b x.pcap", "b: two names for the capture file"},
    {"wasitdns -qz x.pcap", "unknown option -z"},
    {"wasitdns --append x.pcap", "unknown option --append"},
    {"wasitdns --forc x.pcap", "unknown option --forc"},
    {"wasitdns x.pcap --db", "--db needs FILE"},
    {"wasitdns --db --force x.pcap", "--db needs FILE"},
    {"wasitdns -r", "-r needs FILE"},
    {"wasitdns --strict=yes x.pcap", "--strict takes no value"},
    {"wasitdns --db - x.pcap", "--db -: standard output"},
    {"wasitdns --csv - x.pcap", "--csv -: standard output"},
    {"wasitdns live eth0", "live: is not in this version"},
    {"wasitdns completion bash", "completion: is not in this version"},
    {"wasitdns --db= x.pcap", "the name of the database is empty"},
    {"wasitdns --db a.db --db b.db x.pcap", "b.db: two names for the database"},
    {"wasitdns --db a.db -o b.db x.pcap", "b.db: two names for the database"},
    {"wasitdns --csv a --csv b x.pcap", "b: two names for the directory"},
    {"wasitdns -o x.html x.pcap", "-o x.html: the name must end in"},
    {"wasitdns -o .db x.pcap", "-o .db: the name must end in"},
    {"wasitdns -o x.csv x.pcap", "check has many tables"},
    {"wasitdns --port 0 x.pcap", "--port 0: not ports"},
    {"wasitdns --port 65536 x.pcap", "--port 65536: not ports"},
    {"wasitdns --port 53, x.pcap", "--port 53,: not ports"},
    {"wasitdns --port ,53 x.pcap", "--port ,53: not ports"},
    {"wasitdns --port 53-60 x.pcap", "--port 53-60: not ports"},
    {"wasitdns --port 000000053 x.pcap", "not ports"},
    {"wasitdns --timeout 0 x.pcap", "--timeout 0: not a duration"},
    {"wasitdns --timeout 2h x.pcap", "--timeout 2h: not a duration"},
    {"wasitdns --timeout x x.pcap", "--timeout x: not a duration"},
    {"wasitdns --window 500ms x.pcap", "--window 500ms: not whole seconds"},
    {"wasitdns --window 1500ms x.pcap", "--window 1500ms: not whole seconds"},
    {"wasitdns --window 2d x.pcap", "--window 2d: not whole seconds"},
    {"wasitdns --max-memory 31M x.pcap", "--max-memory 31M: not a size of"},
    {"wasitdns --max-memory much x.pcap", "--max-memory much: not a size of"},
    {"wasitdns --limit 5 x.pcap", "--limit is about the tables"},
    {"wasitdns top clients x.pcap --limit -1", "--limit needs N"},
    {"wasitdns top clients x.pcap --limit=-1", "--limit -1: not a number"},
    {"wasitdns top clients x.pcap --limit all", "--limit all: not a number"},
    {"wasitdns --fail-on bad x.pcap", "--fail-on bad: not one of info"},
    {"wasitdns --color blue x.pcap", "--color blue: not auto"},
    {"wasitdns --csv-safe x.pcap", "--csv-safe is about --csv"},
    {"wasitdns --json --json=x.json x.pcap", "not both"},
    {"wasitdns top clients --fail-on error x.pcap",
     "--fail-on: not an option of top"},
    {"wasitdns top clients -v x.pcap", "-v: not an option of top"},
    {"wasitdns explain --db x.db", "--db: not an option of explain"},
    {"wasitdns schema --json", "--json: not an option of schema"},
    {"wasitdns doctor -q", "-q: not an option of doctor"},
};

START_TEST(bad_line_is_refused_with_the_reason)
{
    struct cli_options options;
    struct err err = {.code = ERR_OK, .text = ""};
    ck_assert_msg(parse(bad[_i].line, &options, &err) == ERR_USAGE, "%s",
                  bad[_i].line);
    ck_assert_msg(strstr(err.text, bad[_i].want) != NULL, "%s: %s",
                  bad[_i].line, err.text);
    cli_options_fini(&options);
}
END_TEST

START_TEST(values_arrive_in_their_units)
{
    struct cli_options o;
    ck_assert_int_eq(parse("wasitdns top clients x.pcap --timeout 250ms"
                           " --window=2min --max-memory 1.5G --limit 0",
                           &o, NULL),
                     ERR_OK);
    ck_assert_int_eq(o.pipeline.timeout_ns, 250000000);
    ck_assert_int_eq(o.pipeline.window_ns, INT64_C(120000000000));
    ck_assert_uint_eq(o.pipeline.max_memory, (size_t)1610612736);
    ck_assert(o.has_limit);
    ck_assert_uint_eq(o.limit, 0);
    ck_assert_str_eq(o.reading, "--max-memory");
    cli_options_fini(&o);
}
END_TEST

START_TEST(what_clients_have_is_taken_as_given)
{
    struct cli_options o;
    ck_assert_int_eq(parse("wasitdns x.pcap --search corp.example,example"
                           " --ndots 0 --resolv-conf rc",
                           &o, NULL),
                     ERR_OK);
    ck_assert_uint_eq(o.search.count, 2);
    ck_assert(o.has_ndots);
    ck_assert_uint_eq(o.ndots, 0);
    ck_assert_str_eq(o.resolv_conf, "rc");
    ck_assert_ptr_null(o.reading); /* a database is judged anew with them */
    cli_options_fini(&o);
    ck_assert_int_eq(parse("wasitdns x.pcap", &o, NULL), ERR_OK);
    ck_assert(!o.has_ndots && o.search.count == 0 && !o.resolv_conf);
    cli_options_fini(&o);
}
END_TEST

START_TEST(a_filter_is_joined_from_its_words)
{
    struct cli_options o;
    ck_assert_int_eq(
        parse("wasitdns x.pcap udp and -q host 10.0.0.1", &o, NULL), ERR_OK);
    ck_assert_str_eq(o.filter, "udp and host 10.0.0.1");
    ck_assert_ptr_nonnull(o.pipeline.filter);
    ck_assert_str_eq(o.reading, "udp");
    cli_options_fini(&o);
    ck_assert_int_eq(parse("wasitdns x.pcap", &o, NULL), ERR_OK);
    ck_assert_ptr_null(o.pipeline.filter);
    cli_options_fini(&o);
}
END_TEST

START_TEST(a_live_capture_has_its_options)
{
    struct cli_options o;
    ck_assert_int_eq(parse("wasitdns check -i any -c 7 --duration 2s -s 96 -p"
                           " -B 4096 -yEN10MB -Z root",
                           &o, NULL),
                     ERR_OK);
    const struct capture_live_options *live = &o.pipeline.live;
    ck_assert_str_eq(live->interface, "any");
    ck_assert_str_eq(live->link_type, "EN10MB");
    ck_assert_str_eq(o.user, "root");
    ck_assert_uint_eq(live->snap_octets, 96);
    ck_assert_uint_eq(live->buffer_kib, 4096);
    ck_assert(live->not_promiscuous);
    ck_assert_uint_eq(o.pipeline.most_frames, 7);
    ck_assert_int_eq(o.pipeline.duration_ns, 2000000000);
    cli_options_fini(&o);
}
END_TEST

START_TEST(defaults_are_those_of_the_pipeline)
{
    struct cli_options o;
    struct pipeline_options defaults;
    pipeline_options_init(&defaults);
    ck_assert_int_eq(parse("wasitdns x.pcap", &o, NULL), ERR_OK);
    ck_assert_int_eq(o.pipeline.timeout_ns, defaults.timeout_ns);
    ck_assert_uint_eq(o.pipeline.max_memory, defaults.max_memory);
    ck_assert(packet_ports_has(&o.pipeline.ports, 53));
    ck_assert(!o.pipeline.transactions);
    ck_assert_ptr_null(o.reading);
    cli_options_fini(&o);
}
END_TEST

START_TEST(ports_replace_the_default_and_add_up)
{
    struct cli_options o;
    ck_assert_int_eq(
        parse("wasitdns --port 5353,8053 --port 5300 x.pcap", &o, NULL),
        ERR_OK);
    ck_assert(packet_ports_has(&o.pipeline.ports, 5353));
    ck_assert(packet_ports_has(&o.pipeline.ports, 8053));
    ck_assert(packet_ports_has(&o.pipeline.ports, 5300));
    ck_assert(!packet_ports_has(&o.pipeline.ports, 53));
    cli_options_fini(&o);
}
END_TEST

static const struct {
    const char *line, *want; /* the option that only captures know */
} readings[] = {
    {"wasitdns --timeout 5s x.db", "--timeout"},
    {"wasitdns --window=60s x.db", "--window=60s"},
    {"wasitdns --port 53 x.db", "--port"},
    {"wasitdns --labels l.csv x.db", "--labels"},
    {"wasitdns --transactions x.db", "--transactions"},
    {"wasitdns -o y.db x.db", "--db"},
    {"wasitdns --json --csv d --limit 5 --strict --utc x.db", NULL},
};

START_TEST(options_that_only_captures_know_are_told_apart)
{
    struct cli_options o;
    ck_assert_int_eq(parse(readings[_i].line, &o, NULL), ERR_OK);
    ck_assert_pstr_eq(o.reading, readings[_i].want);
    cli_options_fini(&o);
}
END_TEST

START_TEST(help_and_version_ask_for_nothing_else)
{
    struct cli_options o;
    ck_assert_int_eq(parse("wasitdns --help", &o, NULL), ERR_OK);
    ck_assert(o.help);
    cli_options_fini(&o);
    ck_assert_int_eq(parse("wasitdns top -h", &o, NULL), ERR_OK);
    ck_assert(o.help && o.verb == CLI_TOP);
    cli_options_fini(&o);
    ck_assert_int_eq(parse("wasitdns --version", &o, NULL), ERR_OK);
    ck_assert(o.version);
    cli_options_fini(&o);
}
END_TEST

START_TEST(file_named_like_a_verb_is_a_file)
{
    char folder[PATH_MAX], before[PATH_MAX];
    folder_make(folder);
    folder_write_text(folder, "top", "");
    ck_assert_ptr_nonnull(getcwd(before, sizeof before));
    ck_assert_int_eq(chdir(folder), 0);
    struct cli_options o;
    const enum err_code rc = parse("wasitdns top", &o, NULL);
    ck_assert_int_eq(chdir(before), 0);
    folder_remove(folder);
    ck_assert_int_eq(rc, ERR_OK);
    ck_assert_int_eq(o.verb, CLI_CHECK);
    ck_assert_str_eq(o.words[0], "top");
    cli_options_fini(&o);
}
END_TEST

START_TEST(every_option_has_a_help_text)
{
    const struct cli_option *o;
    size_t count = 0;
    for (; (o = cli_option_at(count)) != NULL; count++) {
        ck_assert_msg(o->letter || o->name, "option %zu", count);
        ck_assert_msg(o->text[0] != '\0', "option %zu", count);
        ck_assert_msg(o->verbs != 0 && o->verbs < 1U << CLI_VERBS, "option %zu",
                      count);
    }
    ck_assert_uint_gt(count, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cli/options");
    TCase *tc = tcase_create("options");
    tcase_add_loop_test(tc, good_line_is_understood, 0, ROWS(good));
    tcase_add_loop_test(tc, bad_line_is_refused_with_the_reason, 0, ROWS(bad));
    tcase_add_test(tc, values_arrive_in_their_units);
    tcase_add_test(tc, what_clients_have_is_taken_as_given);
    tcase_add_test(tc, a_filter_is_joined_from_its_words);
    tcase_add_test(tc, a_live_capture_has_its_options);
    tcase_add_test(tc, defaults_are_those_of_the_pipeline);
    tcase_add_test(tc, ports_replace_the_default_and_add_up);
    tcase_add_loop_test(tc, options_that_only_captures_know_are_told_apart, 0,
                        ROWS(readings));
    tcase_add_test(tc, help_and_version_ask_for_nothing_else);
    tcase_add_test(tc, file_named_like_a_verb_is_a_file);
    tcase_add_test(tc, every_option_has_a_help_text);
    suite_add_tcase(suite, tc);
    return render_run(suite);
}
