/* What a process that must leave at once removes: all that it made and has not
 * finished, and nothing else. */
#include <check.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test_folder.h"
#include "util/leftover.h"

enum { MADE = 4 };

static char folder[PATH_MAX];

static void make(void)
{
    folder_make(folder);
}

static void unmake(void)
{
    folder_remove(folder);
}

/* Files 0, 2 and 3, of which the last stands in directory 1. */
static void make_all(char paths[MADE][PATH_MAX])
{
    static const char *const names[MADE] = {"a", "d", "c", "d/b"};
    for (int i = 0; i < MADE; i++) {
        folder_path(paths[i], folder, names[i]);
        if (i == 1)
            ck_assert_int_eq(mkdir(paths[i], 0700), 0);
        else
            folder_write_text(folder, names[i], "half of it");
    }
}

/* Each set of those that are finished, from the oldest on and from the newest. */
START_TEST(what_is_not_finished_goes_and_the_rest_stays)
{
    const unsigned finished = (unsigned)_i & 15;
    const bool backwards = _i & 16;
    struct leftover leftovers[MADE];
    char paths[MADE][PATH_MAX];
    make_all(paths);
    for (int i = 0; i < MADE; i++)
        leftover_add(&leftovers[i], paths[i]);
    for (int k = 0; k < MADE; k++) {
        const int i = backwards ? MADE - 1 - k : k;
        if (finished >> i & 1)
            leftover_drop(&leftovers[i]);
    }
    leftover_remove_all();
    for (int i = 0; i < MADE; i++) {
        const bool holds_file = i == 1 && finished >> 3 & 1;
        const bool stays = (finished >> i & 1) || holds_file;
        ck_assert_msg((access(paths[i], F_OK) == 0) == stays, "%x: %s",
                      finished, paths[i]);
    }
}
END_TEST

START_TEST(one_that_was_never_added_may_be_dropped)
{
    struct leftover never = {NULL, NULL}, other;
    char path[PATH_MAX];
    folder_write_text(folder, "a", "");
    leftover_drop(&never);
    leftover_add(&other, folder_path(path, folder, "a"));
    leftover_drop(&never);
    leftover_remove_all();
    ck_assert_int_ne(access(path, F_OK), 0);
    leftover_drop(&other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("util/leftover");
    TCase *tc = tcase_create("leftover");
    tcase_add_checked_fixture(tc, make, unmake);
    tcase_add_loop_test(tc, what_is_not_finished_goes_and_the_rest_stays, 0,
                        32);
    tcase_add_test(tc, one_that_was_never_added_may_be_dropped);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
