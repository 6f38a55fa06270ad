/* A ring of blocks: the thread fills them, the caller takes them, both in order,
 * and each waits for the other. The block that is lent counts as filled, so that
 * the thread keeps off it. */
#include "pipeline/reader.h"

#include <pthread.h>
#include <stdlib.h>

enum { BLOCKS = 4 };

struct slot {
    struct pipeline_block block;
    struct err err;
    enum err_code rc;
};

struct pipeline_reader {
    struct pipeline_reader_options options;
    struct capture_source *source; /* NULL between inputs */
    struct slot slots[BLOCKS];
    size_t count; /* of the slots */
    bool is_lent; /* the slot at `taken` is the caller's */
    bool is_threaded;
    pthread_t thread;
    sigset_t signals_before; /* of the caller */
    pthread_mutex_t lock;    /* of what follows */
    pthread_cond_t changed;
    size_t filled, taken; /* blocks of this input so far */
    bool is_ended;        /* the caller wants no more */
};

enum err_code pipeline_reader_new(struct pipeline_reader **out,
                                  const struct pipeline_reader_options *options,
                                  struct err *err)
{
    struct pipeline_reader *r = calloc(1, sizeof *r);
    if (!r)
        return err_set(err, ERR_NOMEM, "no memory to read a capture");
    r->options = *options;
    r->count = options->ahead ? BLOCKS : 1;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    enum err_code rc = ERR_OK;
    for (size_t i = 0; i < r->count && rc == ERR_OK; i++)
        rc = pipeline_block_init(&r->slots[i].block, options->ahead, err);
    if (rc == ERR_OK)
        *out = r;
    else
        pipeline_reader_free(r);
    return rc;
}

void pipeline_reader_free(struct pipeline_reader *r)
{
    if (!r)
        return;
    pipeline_reader_end(r);
    for (size_t i = 0; i < r->count; i++)
        pipeline_block_fini(&r->slots[i].block);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static bool is_stopped(const struct pipeline_reader *r)
{
    return r->options.stop && *r->options.stop;
}

static void decode(const struct pipeline_reader *r, struct pipeline_block *b)
{
    const size_t batches = pipeline_block_batches(b);
    for (size_t i = 0; i < batches; i++)
        pipeline_batch_decode(&b->batches[i], &b->frames, i, r->options.ports,
                              r->options.seed);
    b->is_decoded = true;
}

static void fill(struct pipeline_reader *r, struct slot *slot)
{
    struct pipeline_block *b = &slot->block;
    b->frames.count = 0;
    b->is_decoded = false;
    b->interrupted = b->is_last = is_stopped(r);
    slot->rc = ERR_OK;
    if (b->is_last)
        return;
    const int got = capture_source_read(r->source, &b->frames, &slot->err);
    b->is_last = got <= 0;
    if (got < 0) {
        slot->rc = (enum err_code)got;
        return;
    }
    b->interrupted = b->is_last && is_stopped(r);
    b->octets = capture_source_info(r->source)->octets;
    if (r->options.filter)
        capture_filter_apply(r->options.filter, &b->frames);
    if (r->options.ahead)
        decode(r, b);
}

/* --- the reading thread --------------------------------------------------- */

/* False when the caller has had enough. */
static bool wait_for_room(struct pipeline_reader *r)
{
    pthread_mutex_lock(&r->lock);
    while (!r->is_ended && r->filled - r->taken == r->count)
        pthread_cond_wait(&r->changed, &r->lock);
    const bool goes_on = !r->is_ended;
    pthread_mutex_unlock(&r->lock);
    return goes_on;
}

static void tell_filled(struct pipeline_reader *r)
{
    pthread_mutex_lock(&r->lock);
    r->filled++;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

static void *read_ahead(void *context)
{
    struct pipeline_reader *r = context;
    bool is_last = false;
    for (size_t i = 0; !is_last && wait_for_room(r); i++) {
        struct slot *slot = &r->slots[i % r->count];
        fill(r, slot);
        is_last = slot->block.is_last; /* read before the caller has it */
        tell_filled(r);
    }
    return NULL;
}

static void set_stopping(sigset_t *set, int (*change)(sigset_t *, int))
{
    change(set, SIGINT);
    change(set, SIGTERM);
}

/* The thread is interrupted by what stops the run and by nothing else, faults of
 * its own apart; the caller by all the rest. Without a thread the caller reads
 * itself. */
static void start_thread(struct pipeline_reader *r)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t mask;
    sigfillset(&mask);
    set_stopping(&mask, sigdelset);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&mask, faults[i]);
    pthread_sigmask(SIG_SETMASK, &mask, &r->signals_before);
    r->is_threaded = pthread_create(&r->thread, NULL, read_ahead, r) == 0;
    mask = r->signals_before;
    if (r->is_threaded)
        set_stopping(&mask, sigaddset);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

/* --- the caller ------------------------------------------------------------ */

void pipeline_reader_begin(struct pipeline_reader *r,
                           struct capture_source *source)
{
    r->source = source;
    r->filled = r->taken = 0;
    r->is_ended = r->is_lent = false;
    if (r->options.ahead)
        start_thread(r);
}

void pipeline_reader_end(struct pipeline_reader *r)
{
    if (r->is_threaded) {
        pthread_mutex_lock(&r->lock);
        r->is_ended = true;
        pthread_cond_signal(&r->changed);
        pthread_mutex_unlock(&r->lock);
        pthread_join(r->thread, NULL);
        r->is_threaded = false;
        pthread_sigmask(SIG_SETMASK, &r->signals_before, NULL);
    }
    r->source = NULL;
}

/* Gives back the block that was lent, and waits for the next. */
static struct slot *wait_for_block(struct pipeline_reader *r)
{
    pthread_mutex_lock(&r->lock);
    r->taken += r->is_lent;
    pthread_cond_signal(&r->changed);
    while (r->filled == r->taken)
        pthread_cond_wait(&r->changed, &r->lock);
    pthread_mutex_unlock(&r->lock);
    r->is_lent = true;
    return &r->slots[r->taken % r->count];
}

enum err_code pipeline_reader_next(struct pipeline_reader *r,
                                   struct pipeline_block **out, struct err *err)
{
    struct slot *slot = r->slots;
    if (r->is_threaded)
        slot = wait_for_block(r);
    else
        fill(r, slot);
    if (slot->rc != ERR_OK) {
        if (err)
            *err = slot->err;
        return slot->rc;
    }
    *out = &slot->block;
    return ERR_OK;
}
