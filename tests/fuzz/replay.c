/* The main of a harness outside libFuzzer: known inputs, one after the other.
 *
 * usage: test_fuzz_NAME                  seeds, and tests/fuzz/regressions/NAME
 *        test_fuzz_NAME --seeds DIR      writes the seeds to DIR instead
 *        test_fuzz_NAME FILE|DIR...      these
 *
 * Prints each input's name before it runs: the last one is the one that failed.
 */
#include <check.h>
#include <glob.h>
#include <limits.h>
#include <sys/stat.h>

#include "require.h"
#include "seeds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *path)
{
    perror(path);
    exit(EXIT_FAILURE);
}

/* In a box of its own size, so that a sanitizer sees a read behind it. */
static void run(void *context, const char *name, struct bytes input)
{
    size_t *count = context;
    printf("%s\n", name);
    uint8_t *box = malloc(input.len ? input.len : 1);
    require(box);
    if (input.len > 0)
        memcpy(box, input.data, input.len);
    LLVMFuzzerTestOneInput(box, input.len);
    free(box);
    ++*count;
}

static void run_file(const char *path, size_t *count)
{
    FILE *in = fopen(path, "r");
    struct stat st;
    if (!in || fstat(fileno(in), &st) != 0)
        die(path);
    uint8_t *octets = malloc((size_t)st.st_size + 1);
    require(octets);
    const size_t len = fread(octets, 1, (size_t)st.st_size, in);
    if (ferror(in))
        die(path);
    fclose(in);
    run(count, path, (struct bytes){octets, len});
    free(octets);
}

/* A file, or every file in a directory. */
static void run_path(const char *path, size_t *count)
{
    char pattern[PATH_MAX];
    struct stat st;
    glob_t found;
    if (stat(path, &st) != 0)
        die(path);
    if (!S_ISDIR(st.st_mode)) {
        run_file(path, count);
        return;
    }
    snprintf(pattern, sizeof pattern, "%s/*", path);
    if (glob(pattern, 0, NULL, &found) != 0)
        return; /* it is empty */
    for (size_t i = 0; i < found.gl_pathc; i++)
        run_file(found.gl_pathv[i], count);
    globfree(&found);
}

static void write_seed(void *directory, const char *name, struct bytes seed)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", (const char *)directory, name);
    FILE *out = fopen(path, "w");
    if (!out || fwrite(seed.data, 1, seed.len, out) != seed.len ||
        fclose(out) != 0)
        die(path);
}

/* What is known of a harness by its name. */
static void run_known(const char *harness, size_t *count)
{
    char path[PATH_MAX];
    struct stat st;
    run(count, "nothing", (struct bytes){NULL, 0});
    seeds_each(harness, run, count);
    snprintf(path, sizeof path, "tests/fuzz/regressions/%s", harness);
    if (stat(path, &st) == 0) /* one that never failed has none */
        run_path(path, count);
}

static struct {
    const char *harness;
    int count;
    char **paths; /* or --seeds and a directory */
} arguments;

/* Inside a test, since the seeds are built with assertions of libcheck. */
START_TEST(inputs_do_no_harm)
{
    char **const paths = arguments.paths;
    size_t count = 0;
    if (arguments.count == 2 && strcmp(paths[0], "--seeds") == 0) {
        seeds_each(arguments.harness, write_seed, paths[1]);
        return;
    }
    for (int i = 0; i < arguments.count; i++)
        run_path(paths[i], &count);
    if (arguments.count == 0)
        run_known(arguments.harness, &count);
    printf("%zu inputs\n", count);
    ck_assert_uint_gt(count, 0);
}
END_TEST

int main(int argc, char **argv)
{
    static const char prefix[] = "test_fuzz_";
    const char *name = strstr(argv[0], prefix);
    require(name);
    arguments.harness = name + sizeof prefix - 1;
    arguments.count = argc - 1;
    arguments.paths = argv + 1;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

    Suite *suite = suite_create(name);
    TCase *tc = tcase_create(arguments.harness);
    tcase_add_test(tc, inputs_do_no_harm);
    suite_add_tcase(suite, tc);
    SRunner *sr = srunner_create(suite);
    srunner_set_fork_status(sr, CK_NOFORK); /* a sanitizer's report is enough */
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
