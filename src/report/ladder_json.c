/* One document (RFC 8259) like that of check: schema, tool, interrupted, and
 * the ladder in place of verdict and tables. */
#include <string.h>

#include "report/json.h"
#include "report/ladder.h"
#include "report/number.h"

static void put_name(FILE *out, const char *name)
{
    fprintf(out, ", \"%s\": ", name);
}

/* Unknown is null. */
static void put_text(FILE *out, const char *name, const char *text)
{
    put_name(out, name);
    if (*text)
        report_json_string(out,
                           (struct bytes){(const uint8_t *)text, strlen(text)});
    else
        fputs("null", out);
}

/* A frame is a number, or with several inputs text. */
static void put_frame(FILE *out, const char *name, const char *text)
{
    if (*text == '\0' || strspn(text, "0123456789") != strlen(text)) {
        put_text(out, name, text);
        return;
    }
    put_name(out, name);
    fputs(text, out);
}

static void put_seconds(FILE *out, const char *name, bool known, double seconds)
{
    put_name(out, name);
    if (known)
        report_number_put(out, seconds, "null");
    else
        fputs("null", out);
}

static void put_query(FILE *out, const struct report_ladder_lookup *l,
                      const struct report_ladder_query *q)
{
    fputs("\n    {\"at_seconds\": ", out);
    report_number_put(out, q->at_seconds, "null");
    put_frame(out, "query_frame", q->query_frame);
    put_text(out, "query_name", l->steps[q->step]);
    const char *suffix = report_ladder_suffix(l, q->step);
    put_text(out, "suffix", suffix ? suffix : "");
    put_text(out, "query_type", q->type);
    put_text(out, "server_address", l->servers[q->server]);
    put_text(out, "transport", q->transport);
    put_text(out, "answer", q->answer);
    put_frame(out, "response_frame", q->response_frame);
    put_seconds(out, "answer_seconds", q->is_answered, report_ladder_took(q));
    put_seconds(out, "waited_seconds", q->is_retried && !q->is_refused,
                report_ladder_took(q));
    fputc('}', out);
}

static void put_times(FILE *out, const struct report_ladder_lookup *l)
{
    static const char *const names[REPORT_LADDER_TIMES] = {
        [REPORT_LADDER_TIMER] = "timer_seconds",
        [REPORT_LADDER_SEARCH] = "search_seconds",
        [REPORT_LADDER_SERVER] = "server_seconds",
        [REPORT_LADDER_CLIENT] = "client_seconds",
    };
    for (int i = 0; i < REPORT_LADDER_TIMES; i++)
        put_seconds(out, names[i], true, l->times[i]);
}

static void put_lookup(FILE *out, const struct report_ladder_lookup *l)
{
    fprintf(out, "\n  {\"lookup_id\": %lld", (long long)l->id);
    put_text(out, "time", l->time);
    put_text(out, "client_address", l->client);
    put_text(out, "base_name", l->name);
    put_text(out, "types", l->types);
    put_text(out, "outcome", l->outcome);
    put_text(out, "cause", l->cause);
    put_seconds(out, "wait_seconds", l->has_wait, l->wait_seconds);
    fprintf(out, ", \"queries\": %lld, \"needed_queries\": %lld",
            (long long)l->sent, (long long)l->needed);
    put_frame(out, "first_frame", l->first_frame);
    put_frame(out, "last_frame", l->last_frame);
    put_times(out, l);
    fprintf(out, ", \"left_out\": %zu, \"ladder\": [", l->more);
    for (size_t i = 0; i < l->query_count; i++) {
        fputs(i > 0 ? "," : "", out);
        put_query(out, l, &l->queries[i]);
    }
    fputs("\n  ]}", out);
}

void report_ladder_json(FILE *out, const struct report_ladder *ladder,
                        const struct report_ladder_options *options)
{
    fputs("{\n\"schema\": \"wasitdns/1\",\n"
          "\"tool\": {\"name\": \"wasitdns\"",
          out);
    put_text(out, "version", options->version);
    fprintf(out,
            "},\n\"interrupted\": %s,\n\"fitting_lookups\": %llu,\n"
            "\"evicted_messages\": %llu,\n\"lookups\": [",
            options->interrupted ? "true" : "false",
            (unsigned long long)ladder->fitting,
            (unsigned long long)ladder->evicted);
    for (size_t i = 0; i < ladder->count; i++) {
        fputs(i > 0 ? "," : "", out);
        put_lookup(out, &ladder->lookups[i]);
    }
    fputs(ladder->count > 0 ? "\n]\n}\n" : "]\n}\n", out);
}
