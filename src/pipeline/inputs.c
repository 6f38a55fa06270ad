#include "pipeline/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum err_code pipeline_inputs_begin(struct pipeline_input *input,
                                    struct err *err)
{
    return input->source
               ? ERR_OK
               : capture_source_open(&input->source, input->path, err);
}

void pipeline_inputs_end(struct pipeline_input *input)
{
    capture_source_close(input->source);
    input->source = NULL;
}

static bool is_file(const char *path)
{
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 &&
           S_ISREG(st.st_mode);
}

/* The first frame with a time in the first block. */
static enum err_code peek(struct pipeline_input *input,
                          struct capture_block *block, struct err *err)
{
    const int got = capture_source_read(input->source, block, err);
    for (size_t i = 0; i < block->count && got >= 0; i++) {
        input->first_ns = block->frames[i].time_ns;
        if (input->first_ns != CAPTURE_NO_TIME)
            break;
    }
    return got < 0 ? (enum err_code)got : ERR_OK;
}

static enum err_code look_at(struct pipeline_input *input, const char *path,
                             bool alone, struct capture_block *block,
                             struct err *err)
{
    *input = (struct pipeline_input){.path = path,
                                     .reopens = !alone && is_file(path),
                                     .first_ns = CAPTURE_NO_TIME};
    enum err_code rc = pipeline_inputs_begin(input, err);
    if (rc != ERR_OK)
        return rc;
    snprintf(input->format, sizeof input->format, "%s",
             capture_source_info(input->source)->format);
    if (!input->reopens)
        return ERR_OK;
    rc = peek(input, block, err);
    pipeline_inputs_end(input);
    return rc;
}

struct place {
    int64_t first_ns;
    size_t given;
};

static int compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->first_ns != y->first_ns)
        return x->first_ns < y->first_ns ? -1 : 1;
    return x->given < y->given ? -1 : x->given > y->given;
}

/* Those whose time is known change places among themselves. */
static enum err_code sort(struct pipeline_input *inputs, size_t count,
                          bool *sorted, struct err *err)
{
    size_t known = 0;
    struct place *places = calloc(count, sizeof *places);
    struct pipeline_input *given = calloc(count, sizeof *given);
    const bool room = places && given;
    for (size_t i = 0; i < count && room; i++) {
        given[i] = inputs[i];
        if (inputs[i].first_ns != CAPTURE_NO_TIME)
            places[known++] = (struct place){inputs[i].first_ns, i};
    }
    if (room)
        qsort(places, known, sizeof *places, compare);
    for (size_t i = 0, next = 0; i < count && room; i++) {
        if (given[i].first_ns == CAPTURE_NO_TIME)
            continue;
        *sorted |= places[next].given != i;
        inputs[i] = given[places[next++].given];
    }
    free(given);
    free(places);
    return room ? ERR_OK
                : err_set(err, ERR_NOMEM, "no memory for %zu inputs", count);
}

static bool is_empty(const char *path)
{
    struct stat st;
    return is_file(path) && stat(path, &st) == 0 && st.st_size == 0;
}

static size_t count_empty(const char *const *paths, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += is_empty(paths[i]);
    return n;
}

enum err_code pipeline_inputs_open(struct pipeline_input *inputs,
                                   const char *const *paths, size_t count,
                                   struct pipeline_inputs_order *order,
                                   struct err *err)
{
    *order = (struct pipeline_inputs_order){.count = 0};
    const bool all = count_empty(paths, count) == count;
    struct capture_block block = {.buffer = NULL};
    enum err_code rc = capture_block_init(&block, err);
    for (size_t i = 0; i < count && rc == ERR_OK; i++)
        if (all || !is_empty(paths[i]))
            rc = look_at(&inputs[order->count++], paths[i], count == 1, &block,
                         err);
        else if (!order->first_empty)
            order->first_empty = paths[i];
    capture_block_fini(&block);
    return rc == ERR_OK && order->count > 1
               ? sort(inputs, order->count, &order->sorted, err)
               : rc;
}
