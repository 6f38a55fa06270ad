#include "whole.h"

#include <sys/mman.h>
#include <unistd.h>

#include "pipeline/pipeline.h"
#include "require.h"
#include "util/hash.h"

static uint64_t run_seed;

/* In place of the library's, which draws a new one for each run: what a fuzzer
 * finds must be found again. */
uint64_t hash_seed(void)
{
    return run_seed;
}

struct whole_options whole_options(void)
{
    return (struct whole_options){.max_memory = (size_t)8 << 20,
                                  .timeout_ns = INT64_C(5000000000)};
}

/* The pipeline opens files by path. One file, refilled. */
static const char *fill(struct bytes octets)
{
    static char path[32];
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("capture", MFD_CLOEXEC);
        require(fd >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    require(ftruncate(fd, 0) == 0);
    require(pwrite(fd, octets.data, octets.len, 0) == (ssize_t)octets.len);
    return path;
}

static uint64_t counter(const struct ledger *l, const char *name)
{
    return ledger_tally(l, "counter", name);
}

/* Every frame has one fate. */
static void check_frames(const struct ledger *l)
{
    const uint64_t frames = counter(l, "frames");
    require(ledger_sum(l, "frame_fate", "frames") == frames);
    require(ledger_sum(l, "input", "frames") == frames);
    require(ledger_sum(l, "interface", "frames") == frames);
}

/* Every message counts once in each table that has messages. */
static void check_messages(const struct ledger *l)
{
    const uint64_t queries = counter(l, "query_messages");
    const uint64_t responses = counter(l, "response_messages");
    require(counter(l, "dns_messages") ==
            queries + responses + counter(l, "duplicate_messages"));
    require(ledger_sum(l, "response_code", "responses") == responses);
    require(ledger_sum(l, "query_type", "queries") <= queries);
    require(ledger_sum(l, "traffic", "queries") <= queries);
    require(ledger_sum(l, "traffic", "responses") <= responses);
}

/* The outcomes of `table`'s rows under their counters' names. */
static void check_outcomes(const struct ledger *l)
{
    static const char *const outcomes[][2] = {
        {"answered", "answered"},      {"late", "answered_late"},
        {"unanswered", "unanswered"},  {"open_at_end", "open_at_end"},
        {"icmp_error", "icmp_errors"}, {"orphan", "orphan_responses"},
    };
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        const uint64_t count =
            ledger_tally(l, "dns_transaction", outcomes[i][0]);
        require(count == counter(l, outcomes[i][1]));
        sum += count;
    }
    require(sum == ledger_rows(l, "dns_transaction"));
    require(sum == counter(l, "transactions") + counter(l, "orphan_responses"));
}

static void check_transactions(const struct ledger *l)
{
    const uint64_t transactions = counter(l, "transactions");
    require(ledger_sum(l, "client", "transactions") == transactions);
    require(ledger_sum(l, "server", "transactions") == transactions);
    require(ledger_sum(l, "client_server", "transactions") == transactions);
    require(ledger_sum(l, "question", "transactions") <= transactions);
    require(ledger_sum(l, "server", "orphans") ==
            counter(l, "orphan_responses"));
    const uint64_t icmp_errors = counter(l, "icmp_errors");
    require(ledger_sum(l, "client", "icmp_errors") == icmp_errors);
    require(ledger_sum(l, "server", "icmp_errors") == icmp_errors);
    require(ledger_sum(l, "client_server", "icmp_errors") == icmp_errors);
    require(ledger_rows(l, "dns_lookup") == counter(l, "lookups"));
    require(ledger_sum(l, "client", "lookups") == counter(l, "lookups"));
}

/* Who got no answer waited out the patience at least. */
static void check_waits(const struct ledger *l, int64_t timeout_ns)
{
    const uint64_t unanswered = ledger_sum(l, "client_server", "unanswered");
    require(unanswered == counter(l, "unanswered"));
    require(ledger_sum(l, "client_server", "wait_ns") >=
            unanswered * (uint64_t)timeout_ns);
    require(ledger_sum(l, "part", "timeout_ns") == (uint64_t)timeout_ns);
}

/* Every ICMP error that was read has one meaning. (With little memory some have
 * no row.) */
static void check_icmp(const struct ledger *l)
{
    const uint64_t errors =
        counter(l, "icmp_errors") + counter(l, "icmp_repeated") +
        counter(l, "icmp_unmatched") + counter(l, "icmp_hints") +
        counter(l, "icmp_of_responses") + counter(l, "icmp_of_segments");
    require(errors <= ledger_tally(l, "frame_fate", "icmp_quote"));
    require(ledger_sum(l, "icmp_error", "errors") <= errors);
    require(ledger_sum(l, "icmp_error", "errors") == errors ||
            counter(l, "memory_refusals") > 0);
}

static void check(const struct ledger *l, int64_t timeout_ns)
{
    require(ledger_rows(l, "part") == 1);
    check_frames(l);
    check_messages(l);
    check_outcomes(l);
    check_transactions(l);
    check_waits(l, timeout_ns);
    check_icmp(l);
}

const struct ledger *whole_run(struct bytes capture,
                               const struct whole_options *options)
{
    static struct ledger *ledger; /* a fuzzer makes millions of runs */
    if (!ledger)
        ledger = ledger_new();
    ledger_reset(ledger);
    run_seed = options->seed;

    struct pipeline_options pipeline;
    pipeline_options_init(&pipeline);
    pipeline.transactions = true;
    pipeline.max_memory = options->max_memory;
    pipeline.timeout_ns = options->timeout_ns;
    const char *const path = fill(capture);
    const struct facts_sink sink = ledger_sink(ledger);
    struct pipeline_result result;
    struct err err = {0};
    const enum err_code rc =
        pipeline_run(&pipeline, &path, 1, &sink, &result, &err);
    if (rc != ERR_OK) {
        require(rc == ERR_INPUT && err.text[0] != '\0');
        require(ledger_rows(ledger, "part") == 0);
        return NULL;
    }
    ledger_close(ledger);
    check(ledger, options->timeout_ns);
    return ledger;
}
