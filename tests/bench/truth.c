#include "truth.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

enum { RCODE_SERVFAIL = 2 };

void truth_fini(struct truth *truth)
{
    set_fini(&truth->clients);
    set_fini(&truth->servers);
    set_fini(&truth->names);
    search_fini(&truth->search);
    free(truth->unanswered.us);
    free(truth->undecided.us);
    free(truth->hopeless.us);
    free(truth->waits_us);
}

void truth_frame(struct truth *truth, enum truth_frame kind, size_t octets,
                 int64_t time_us)
{
    if (truth->captured_octets == 0)
        truth->first_us = time_us;
    truth->last_us = time_us;
    truth->captured_octets += octets;
    truth->frames[kind]++;
}

void truth_duplicate(struct truth *truth)
{
    truth->duplicates++;
}

static void *grow(void *array, size_t *capacity, size_t item_octets)
{
    *capacity = *capacity ? 2 * *capacity : 1024;
    array = realloc(array, *capacity * item_octets);
    if (!array) {
        perror("generate");
        exit(1);
    }
    return array;
}

static void add_wait(struct truth *truth, int64_t wait_us)
{
    if (truth->waits == truth->waits_capacity)
        truth->waits_us = grow(truth->waits_us, &truth->waits_capacity,
                               sizeof *truth->waits_us);
    truth->waits_us[truth->waits++] = (uint32_t)wait_us;
}

static void add_time(struct truth_times *times, int64_t us)
{
    if (times->count == times->capacity)
        times->us = grow(times->us, &times->capacity, sizeof *times->us);
    times->us[times->count++] = us;
}

void truth_query(struct truth *truth, struct truth_transaction *transaction,
                 const struct truth_message *message)
{
    set_add(&truth->clients, host_hash(message->client));
    set_add(&truth->servers, host_hash(message->server));
    set_add(&truth->names, message->name_hash);
    truth->queries++;
    truth->types[message->qtype]++;
    if (transaction->attempts > 0 && transaction->responses == 0) {
        truth->retransmissions++;
    } else {
        /* What was answered and is asked again is a new transaction. */
        truth->repeats += transaction->attempts > 0;
        truth_settle(truth, transaction);
        truth->transactions++;
        transaction->first_us = truth->last_us;
    }
    transaction->attempts++;
    transaction->newest_us = truth->last_us;
}

static void learn_fastest(struct truth *truth,
                          const struct truth_message *message, int64_t wait_us)
{
    int64_t *fastest_us = &truth->fastest_us[message->server_number];
    if (*fastest_us == 0 || wait_us < *fastest_us)
        *fastest_us = wait_us;
}

void truth_response(struct truth *truth, struct truth_transaction *transaction,
                    const struct truth_message *message)
{
    set_add(&truth->servers, host_hash(message->server));
    truth->responses++;
    truth->rcodes[message->rcode]++;
    if (transaction->attempts == 0) {
        truth->orphans++;
        truth->orphans_at_start +=
            truth->last_us - truth->first_us <= TRUTH_HORIZON_US;
        return;
    }
    transaction->responses++;
    if (transaction->responses == 1) {
        transaction->rcode = message->rcode;
        transaction->answer_us = truth->last_us;
        truth->answered_at_start +=
            truth->last_us - truth->first_us <= TRUTH_HORIZON_US;
        const int64_t wait_us = truth->last_us - transaction->first_us;
        add_wait(truth, wait_us);
        if (transaction->attempts == 1)
            learn_fastest(truth, message, wait_us);
        return;
    }
    truth->second_responses++;
    if (transaction->responses == transaction->attempts) {
        /* Each attempt had its answer: the first came after the client had
         * asked again. */
        truth->late++;
        transaction->counted = true;
    }
}

void truth_lookup(struct truth *truth,
                  const struct truth_transaction *transactions, size_t count,
                  int64_t first_us, bool answered_before)
{
    int64_t end_us = first_us, newest_us = 0;
    bool asked = false, good = false;
    for (size_t i = 0; i < count; i++) {
        const struct truth_transaction *t = &transactions[i];
        if (t->attempts == 0)
            continue;
        asked = true;
        if (t->responses == 0 && t->newest_us > newest_us)
            newest_us = t->newest_us;
        if (t->responses > 0 && t->answer_us > end_us)
            end_us = t->answer_us;
        good = good || (t->responses > 0 && t->rcode != RCODE_SERVFAIL);
    }
    good = good || (!asked && answered_before);
    if (newest_us > 0)
        add_time(&truth->undecided, newest_us);
    else
        truth->stalled += end_us - first_us > TRUTH_STALL_US;
    if (newest_us > 0 && !good)
        add_time(&truth->hopeless, newest_us);
    else
        truth->failed += !good;
}

void truth_settle(struct truth *truth, struct truth_transaction *transaction)
{
    if (transaction->attempts > 0 && transaction->responses == 0)
        add_time(&truth->unanswered, transaction->newest_us);
    else if (transaction->attempts > 0 && !transaction->counted)
        truth->answered++;
    *transaction = (struct truth_transaction){0};
}

static int compare_waits(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Nearest rank. The waits are sorted, and there is one. */
static double wait_seconds(const struct truth *truth, double share)
{
    size_t rank = (size_t)((double)truth->waits * share);
    rank += (double)rank < (double)truth->waits * share;
    return truth->waits_us[rank > 0 ? rank - 1 : 0] / 1e6;
}

static void print_time(FILE *out, const char *name, int64_t time_us)
{
    const time_t seconds = (time_t)(time_us / 1000000);
    struct tm tm;
    char text[32];
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));
    fprintf(out, "    \"%s\": \"%s.%06d000Z\",\n", name, text,
            (int)(time_us % 1000000));
}

static void print_count(FILE *out, const char *name, uint64_t count)
{
    fprintf(out, "    \"%s\": %" PRIu64 ",\n", name, count);
}

/* Those asked so long before the end that their client had given up. */
static uint64_t count_given_up(const struct truth *truth,
                               const struct truth_times *times)
{
    uint64_t count = 0;
    for (size_t i = 0; i < times->count; i++)
        count += truth->last_us - times->us[i] >= TRUTH_PATIENCE_US;
    return count;
}

static void print_summary(const struct truth *truth, FILE *out)
{
    uint64_t packets = 0;
    for (int i = 0; i < TRUTH_FRAMES; i++)
        packets += truth->frames[i];
    const uint64_t unanswered = count_given_up(truth, &truth->unanswered);
    print_count(out, "packets", packets);
    print_count(out, "dns_messages", truth->frames[TRUTH_DNS]);
    print_count(out, "query_messages", truth->queries);
    print_count(out, "response_messages", truth->responses);
    print_count(out, "duplicate_messages", truth->duplicates);
    print_count(out, "malformed_messages", 0);
    print_count(out, "transactions", truth->transactions);
    print_count(out, "answered", truth->answered);
    print_count(out, "answered_late", truth->late);
    print_count(out, "unanswered", unanswered);
    print_count(out, "open_at_end", truth->unanswered.count - unanswered);
    print_count(out, "orphan_responses", truth->orphans);
    print_count(out, "retransmissions", truth->retransmissions);
    print_count(out, "lookups", truth->lookups);
    print_count(out, "failed_lookups",
                truth->failed + count_given_up(truth, &truth->hopeless));
    print_count(out, "stalled_lookups",
                truth->stalled + count_given_up(truth, &truth->undecided));
    print_count(out, "clients", truth->clients.count);
    print_count(out, "servers", truth->servers.count);
    print_count(out, "names", truth->names.count);
    print_time(out, "first_time", truth->first_us);
    print_time(out, "last_time", truth->last_us);
    fprintf(out, "    \"captured_octets\": %" PRIu64 "\n",
            truth->captured_octets);
}

static void print_nearly(struct truth *truth, FILE *out)
{
    const uint64_t lost = truth->orphans - truth->orphans_at_start;
    const uint64_t matched =
        truth->answered + truth->late - truth->answered_at_start;
    qsort(truth->waits_us, truth->waits, sizeof *truth->waits_us,
          compare_waits);
    if (truth->waits > 0) {
        fprintf(out, "    \"wait_p50_seconds\": %.6f,\n",
                wait_seconds(truth, 0.50));
        fprintf(out, "    \"wait_p95_seconds\": %.6f,\n",
                wait_seconds(truth, 0.95));
        fprintf(out, "    \"wait_p99_seconds\": %.6f,\n",
                wait_seconds(truth, 0.99));
        fprintf(out, "    \"wait_max_seconds\": %.6f,\n",
                wait_seconds(truth, 1));
    }
    if (lost + matched > 0)
        fprintf(out, "    \"loss_estimate\": %.9f,\n",
                (double)lost / (double)(lost + matched));
    fprintf(out, "    \"duration_seconds\": %.6f\n",
            (double)(truth->last_us - truth->first_us) / 1e6);
}

static void print_frames(const struct truth *truth, FILE *out)
{
    static const char *const names[TRUTH_FRAMES] = {
        "dns", "tcp_dns", "tcp_other", "udp_other", "mdns", "icmp", "arp"};
    for (int i = 0; i < TRUTH_FRAMES; i++)
        fprintf(out, "    \"%s\": %" PRIu64 "%s\n", names[i], truth->frames[i],
                i + 1 < TRUTH_FRAMES ? "," : "");
}

/* The rows of `counts` that are not 0, under their names. */
static void print_named(FILE *out, const uint64_t *counts,
                        const char *const *names, size_t count)
{
    const char *comma = "";
    for (size_t i = 0; i < count; i++) {
        if (counts[i] == 0)
            continue;
        fprintf(out, "%s\"%s\": %" PRIu64, comma, names[i], counts[i]);
        comma = ", ";
    }
}

static void print_tcp(const struct truth *tcp, FILE *out)
{
    const uint64_t unanswered = count_given_up(tcp, &tcp->unanswered);
    print_count(out, "dns_messages", tcp->queries + tcp->responses);
    print_count(out, "query_messages", tcp->queries);
    print_count(out, "response_messages", tcp->responses);
    print_count(out, "transactions", tcp->transactions);
    print_count(out, "answered", tcp->answered);
    print_count(out, "unanswered", unanswered);
    fprintf(out, "    \"open_at_end\": %" PRIu64 "\n",
            tcp->unanswered.count - unanswered);
}

void truth_print(struct truth *truth, const struct truth *tcp, const char *kind,
                 uint64_t seed, FILE *out)
{
    static const char *const rcodes[TRUTH_RCODES] = {
        [0] = "NOERROR", [2] = "SERVFAIL", [3] = "NXDOMAIN"};
    static const char *const types[TRUTH_TYPES] = {
        [1] = "A", [12] = "PTR", [16] = "TXT", [28] = "AAAA"};
    fprintf(out, "{\n  \"kind\": \"%s\", \"seed\": %" PRIu64 ",\n", kind, seed);
    fprintf(out, "  \"summary\": {\n");
    print_summary(truth, out);
    fprintf(out, "  },\n  \"nearly\": {\n");
    print_nearly(truth, out);
    fprintf(out, "  },\n  \"frames\": {\n");
    print_frames(truth, out);
    fprintf(out, "  },\n  \"rcodes\": {");
    print_named(out, truth->rcodes, rcodes, TRUTH_RCODES);
    fprintf(out, "},\n  \"types\": {");
    print_named(out, truth->types, types, TRUTH_TYPES);
    fprintf(out, "},\n  \"tcp\": {\n");
    print_tcp(tcp, out);
    fprintf(out, "  },\n  \"tcp_rcodes\": {");
    print_named(out, tcp->rcodes, rcodes, TRUTH_RCODES);
    fprintf(out, "},\n  \"tcp_types\": {");
    print_named(out, tcp->types, types, TRUTH_TYPES);
    fprintf(out, "},\n");
    search_print(&truth->search, out);
    fprintf(out, "  \"also\": {\n");
    print_count(out, "repeated_after_answer", truth->repeats);
    print_count(out, "second_responses", truth->second_responses);
    fprintf(out, "    \"orphans_at_start\": %" PRIu64 "\n  }\n}\n",
            truth->orphans_at_start);
}
