/* Writes a capture of a simulated network, and what is in it.
 *
 * usage: generate [OPTIONS] k8s|hicard CAPTURE TRUTH
 *
 * CAPTURE is a classic pcap file, TRUTH a JSON document (truth.h); one of them
 * may be "-", standard output. The same arguments give the same octets.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workload.h"

static const char usage[] =
    "usage: generate [OPTIONS] k8s|hicard CAPTURE TRUTH\n"
    "  k8s     pods, search lists, glibc's habits; 20,000 packets a second\n"
    "  hicard  a random-subdomain attack; 100,000 packets a second\n"
    "options:\n"
    "  --packets N   frames in the capture, 2000000 or 500000 unless given\n"
    "  --rate N      packets a second, about\n"
    "  --seed N      another network, 1 unless given\n"
    "  --trouble X   multiplies what goes wrong, 1 unless given\n";

static const struct kind {
    const char *name;
    void (*run)(struct workload *w);
    uint64_t packets;
    double rate;
} kinds[] = {
    {"k8s", workload_run_k8s, 2000000, 20000},
    {"hicard", workload_run_hicard, 500000, 100000},
};

static int fail_usage(void)
{
    fputs(usage, stderr);
    return 2;
}

static int fail(const char *path)
{
    fprintf(stderr, "generate: ");
    perror(path);
    return 1;
}

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

struct arguments {
    const struct kind *kind;
    const char *capture, *truth;
    double packets, rate, seed, trouble; /* below 0: not given */
};

/* False when they are not of the form that `usage` shows. */
static bool read_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {
        {"packets", required_argument, NULL, 'p'},
        {"rate", required_argument, NULL, 'r'},
        {"seed", required_argument, NULL, 's'},
        {"trouble", required_argument, NULL, 't'},
        {NULL, 0, NULL, 0},
    };
    *out =
        (struct arguments){.packets = -1, .rate = -1, .seed = 1, .trouble = 1};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        double *number = c == 'p'   ? &out->packets
                         : c == 'r' ? &out->rate
                         : c == 's' ? &out->seed
                         : c == 't' ? &out->trouble
                                    : NULL;
        char *end = NULL;
        if (!number)
            return false;
        *number = strtod(optarg, &end);
        if (end == optarg || *end || !(*number >= 0))
            return false;
    }
    if (argc - optind != 3)
        return false;
    out->kind = find_kind(argv[optind]);
    out->capture = argv[optind + 1];
    out->truth = argv[optind + 2];
    return out->kind && strcmp(out->capture, out->truth) != 0;
}

int main(int argc, char **argv)
{
    struct arguments a;
    if (!read_arguments(argc, argv, &a))
        return fail_usage();
    static struct workload w;
    w.packets = a.packets < 0 ? a.kind->packets : (uint64_t)a.packets;
    w.rate = a.rate <= 0 ? a.kind->rate : a.rate;
    w.trouble = a.trouble;
    w.random.state = (uint64_t)a.seed;

    FILE *truth = strcmp(a.truth, "-") == 0 ? stdout : fopen(a.truth, "w");
    if (!truth)
        return fail(a.truth);
    if (!capture_open(&w.capture, a.capture))
        return fail(a.capture);
    a.kind->run(&w);
    if (!capture_close(&w.capture))
        return fail(a.capture);
    truth_print(&w.truth, &w.tcp, a.kind->name, (uint64_t)a.seed, truth);
    if (ferror(truth) || fclose(truth) != 0)
        return fail(a.truth);
    events_fini(&w.events);
    truth_fini(&w.truth);
    truth_fini(&w.tcp);
    return 0;
}
