/* The views and findings of reports/ over rows made by hand: a healthy capture
 * in which nothing may be found, and a change to it for every case. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "report/answer.h"
#include "report/catalogue.h"
#include "report/define.h"
#include "store/store.h"

/* 2026-11-01T10:00:00Z */
#define T0     INT64_C(1793527200000000000)
#define SECOND INT64_C(1000000000)

#define I(v)   facts_integer(v)
#define T(v)   facts_text(v)
#define NONE() facts_null()
#define ROW(store, table, ...)                                                 \
    add_row(store, table, (const struct facts_value[]){__VA_ARGS__},           \
            sizeof((const struct facts_value[]){__VA_ARGS__}) /                \
                sizeof(struct facts_value))

/* --- the healthy capture -------------------------------------------------- */

static void add_row(struct store *store, const char *table,
                    const struct facts_value *values, size_t count)
{
    const struct facts_sink sink = store_sink(store);
    struct err err = {0};
    ck_assert_msg(sink.row(sink.context, table, values, count, &err) == ERR_OK,
                  "%s", err.text);
}

/* One minute, 20 queries a second, 10 clients, 2 servers, every query answered
 * within a millisecond; as with a search list, half of all is NXDOMAIN. */
enum {
    SECONDS = 60,
    EACH_SECOND = 20,
    QUERIES = SECONDS * EACH_SECOND,
    CLIENTS = 10,
    EACH_CLIENT = QUERIES / CLIENTS,
    LOOKUPS = QUERIES / 2,
};

/* Bucket -319 covers 1 ms. */
#define MS_BUCKET "-319"

static void add_capture(struct store *store)
{
    static const struct {
        const char *name;
        int64_t value;
    } counters[] = {
        {"frames", 2 * QUERIES},        {"captured_octets", 200 * QUERIES},
        {"dns_messages", 2 * QUERIES},  {"query_messages", QUERIES},
        {"response_messages", QUERIES}, {"transactions", QUERIES},
        {"answered", QUERIES},          {"lookups", LOOKUPS},
    };
    ROW(store, "part", I(1), T("0123456789abcdef"), T("wasitdns test"), I(T0),
        I(T0 + SECONDS * SECOND), I(5 * SECOND), I(60 * SECOND), I(SECOND),
        I(0), I(5), T("53"), NONE(), NONE());
    ROW(store, "input", I(0), I(1), T("a.pcap"), T("pcap"), I(100000),
        I(2 * QUERIES), I(T0), I(T0 + SECONDS * SECOND), NONE(), NONE(), NONE(),
        I(0));
    ROW(store, "interface", I(0), I(0), T("eth0"), I(1), I(0), I(2 * QUERIES),
        NONE());
    ROW(store, "frame_fate", T("dns"), T(""), I(2 * QUERIES), I(1));
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        ROW(store, "counter", T(counters[i].name), I(counters[i].value));
}

static void add_traffic(struct store *store)
{
    for (int i = 0; i < SECONDS; i++)
        ROW(store, "traffic", I(T0 + i * SECOND), I(EACH_SECOND),
            I(EACH_SECOND), I(10), I(10), I(0), I(0), I(4), I(0), I(0), I(0));
    ROW(store, "response_code", I(0), T("NOERROR"), I(QUERIES / 2), I(2));
    ROW(store, "response_code", I(3), T("NXDOMAIN"), I(QUERIES / 2), I(4));
    ROW(store, "query_type", I(1), T("A"), I(QUERIES / 2), I(1));
    ROW(store, "query_type", I(28), T("AAAA"), I(QUERIES / 2), I(3));
}

static void add_latency(struct store *store, const char *scope, int64_t key,
                        const char *measure, int64_t count)
{
    char buckets[64];
    snprintf(buckets, sizeof buckets, "{\"" MS_BUCKET "\":%lld}",
             (long long)count);
    ROW(store, "latency", T(scope), I(key), T(measure), I(count), I(0), I(0),
        I(990000), I(1010000), I(count * 1000000), T(buckets));
}

static void add_servers(struct store *store)
{
    static const char *const addresses[] = {"10.0.0.53", "10.0.0.54"};
    for (int id = 1; id <= 2; id++) {
        ROW(store, "server", I(id), T(addresses[id - 1]), T(""), I(QUERIES / 2),
            I(0), I(QUERIES / 2), I(QUERIES / 2), I(0), I(0), I(0), I(0), I(0),
            I(QUERIES / 4), I(100), I(0), I(0), I(0), I(T0),
            I(T0 + 59 * SECOND), I(T0 + 59 * SECOND + 1000000), I(1010000),
            I(11), I(12), NONE(), NONE(), NONE());
        add_latency(store, "server", id, "wait", QUERIES / 2);
        add_latency(store, "server", id, "service", QUERIES / 2);
    }
}

static void add_clients(struct store *store)
{
    for (int id = 1; id <= CLIENTS; id++) {
        char address[32];
        snprintf(address, sizeof address, "10.1.0.%d", id);
        ROW(store, "client", I(id), T(address), T(""), I(EACH_CLIENT), I(0),
            I(EACH_CLIENT), I(EACH_CLIENT), I(0), I(0), I(0), I(0),
            I(EACH_CLIENT / 2), I(20), I(0), I(0), I(EACH_CLIENT / 2), I(0),
            I(30), T("s"), I(T0), I(T0 + 59 * SECOND), I(id), NONE());
        add_latency(store, "client", id, "wait", EACH_CLIENT);
        for (int server = 1; server <= 2; server++)
            ROW(store, "client_server", I(id), I(server), I(EACH_CLIENT / 2),
                I(EACH_CLIENT / 2), I(EACH_CLIENT / 2), I(0), I(0), I(0), I(T0),
                I(T0 + 59 * SECOND), I(T0 + 59 * SECOND + 1000000), NONE(),
                NONE());
    }
}

static void add_names(struct store *store)
{
    static const char *const names[] = {"*", "example.com.", "example.com.lan.",
                                        "api.example.com", "www.example.com"};
    static const char *const suffixes[] = {"", "*", "shop.svc.cluster.local",
                                           "svc.cluster.local"};
    for (int i = 0; i < 5; i++)
        ROW(store, "name", I(i), T(names[i]));
    for (int i = 0; i < 4; i++)
        ROW(store, "suffix", I(i), T(suffixes[i]));
    ROW(store, "question", I(0), I(1), I(1), I(1), I(QUERIES / 2), I(10),
        T("s"), I(QUERIES / 2), I(QUERIES / 2), I(0), I(0), I(0), I(0), I(0),
        I(30), I(300), I(1010000), I(QUERIES / 2), T("{\"" MS_BUCKET "\":600}"),
        I(T0), I(T0 + SECOND), I(1));
    ROW(store, "question", I(1), I(2), I(28), I(1), I(QUERIES / 2), I(10),
        T("s"), I(QUERIES / 2), I(QUERIES / 2), I(0), I(QUERIES / 2), I(0),
        I(0), I(0), NONE(), NONE(), I(900000), I(19),
        T("{\"" MS_BUCKET "\":19}"), I(T0), I(T0 + SECOND), I(3));
}

static void add_details(struct store *store)
{
    ROW(store, "slow_lookup", I(7), I(1), I(1), I(T0), I(1010000), I(2), I(1),
        T("answered"), T("server-slow"), I(1010000), I(1), I(0), T("glibc"),
        I(11), I(11), I(14));
    ROW(store, "dns_transaction", I(0), I(11), I(12), NONE(), I(T0 + 1), I(1),
        I(40000), I(1), I(53), T("udp"), I(4711), I(0), I(0), T("answered"),
        I(1), I(1), I(1010000), I(1000000), I(7), T("10.2.0.9"), I(0),
        T("alone"), I(0), I(T0 + 1));
    ROW(store, "dns_transaction", I(1), I(13), NONE(), NONE(), I(T0 + 2), I(1),
        I(40000), I(1), I(53), T("udp"), I(4712), I(1), NONE(), T("unanswered"),
        I(2), I(0), NONE(), NONE(), I(7), NONE(), NONE(), NONE(), NONE(),
        I(T0 + 3));
    ROW(store, "dns_message", I(1), I(40000), I(4712), I(14), I(1), I(1),
        T("udp"), I(T0 + 3), T("attempt"));
    ROW(store, "dns_lookup", I(7), I(T0), I(1), I(1), T("A AAAA"), I(2), I(3),
        I(2), I(1), T("partly"), T("half-lost"), I(5000000000), I(1), I(1),
        T("glibc"), I(13), I(5010000000), I(11), I(14));
}

static void add_healthy_rows(struct store *store)
{
    add_capture(store);
    add_traffic(store);
    add_latency(store, "all", 0, "wait", QUERIES);
    add_latency(store, "all", 0, "service", QUERIES);
    add_latency(store, "all", 0, "lookup", LOOKUPS);
    add_latency(store, "type", 1, "wait", QUERIES / 2);
    add_latency(store, "window", T0, "wait", QUERIES);
    add_servers(store);
    add_clients(store);
    add_names(store);
    add_details(store);
}

/* --- asking --------------------------------------------------------------- */

static void run(struct store *store, const char *sql)
{
    char *error = NULL;
    sqlite3_exec(store_handle(store), sql, NULL, NULL, &error);
    ck_assert_msg(!error, "%s: %s", error, sql);
}

static void define(struct store *store)
{
    struct report_catalogue *catalogue = NULL;
    struct err err = {0};
    ck_assert_msg(report_catalogue_open(&catalogue, NULL, &err) == ERR_OK, "%s",
                  err.text);
    ck_assert_msg(report_define(store, catalogue, &err) == ERR_OK, "%s",
                  err.text);
    report_catalogue_close(catalogue);
}

/* The healthy capture with `change` made to it; `path` as for store_create. */
static struct store *make(const char *path, bool with_rows, const char *change)
{
    struct store *store = NULL;
    struct err err = {0};
    ck_assert_msg(store_create(&store, path, true, &err) == ERR_OK, "%s",
                  err.text);
    if (with_rows)
        add_healthy_rows(store);
    ck_assert_msg(store_seal(store, &err) == ERR_OK, "%s", err.text);
    run(store, change);
    define(store);
    return store;
}

/* The same, judged once, as the program does: what says so is tested on its own
 * below. */
static struct store *make_judged(const char *change)
{
    struct store *store = make(NULL, true, change);
    struct err err = {0};
    ck_assert_msg(report_answer(store, &err) == ERR_OK, "%s", err.text);
    return store;
}

/* All values of all rows: columns divided by '|', rows by '/'. */
static const char *ask(struct store *store, const char *sql)
{
    static char answer[16384];
    sqlite3_stmt *statement = NULL;
    size_t used = 0;
    answer[0] = '\0';
    ck_assert_msg(sqlite3_prepare_v2(store_handle(store), sql, -1, &statement,
                                     NULL) == SQLITE_OK,
                  "%s: %s", sqlite3_errmsg(store_handle(store)), sql);
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *text = (const char *)sqlite3_column_text(statement, i);
            used += (size_t)snprintf(answer + used, sizeof answer - used,
                                     "%s%s", i ? "|" : (used ? "/" : ""),
                                     text ? text : "-");
            ck_assert_uint_lt(used, sizeof answer);
        }
    }
    ck_assert_msg(rc == SQLITE_DONE, "%s: %s",
                  sqlite3_errmsg(store_handle(store)), sql);
    sqlite3_finalize(statement);
    return answer;
}

/* --- views ---------------------------------------------------------------- */

static const struct {
    const char *name, *change, *ask, *want;
} views[] = {
    {"counters and their sum", "",
     "SELECT packets, dns_messages, query_messages, response_messages,"
     " transactions, answered + answered_late + unanswered + open_at_end"
     " + icmp_errors,"
     " duplicate_messages, clients, servers, names FROM v_summary",
     "2400|2400|1200|1200|1200|1200|0|10|2|2"},
    {"collective rows are no clients",
     "UPDATE client SET address = 'other' WHERE client_id = 1",
     "SELECT clients FROM v_summary", "9"},
    {"who only received is no client",
     "UPDATE client SET queries = 0 WHERE client_id = 1;"
     "UPDATE question SET queries = 0 WHERE question_id = 1",
     "SELECT clients, names, (SELECT count(*) FROM v_clients),"
     " (SELECT count(*) FROM v_names) FROM v_summary",
     "9|1|9|1"},
    {"ICMP errors, and who is to blame for large answers",
     "INSERT INTO icmp_error VALUES (1, '10.0.0.53', 'too big', 'response',"
     " 'router', '10.9.9.9', 7, 1793527200000000000, 1793527201000000000,"
     " 5)",
     "SELECT e.server_address, quoted, reason, sender, sender_address, errors,"
     " e.first_time, e.last_time, e.first_frame, icmp_too_big, icmp_errors"
     " FROM v_icmp_errors AS e JOIN v_servers AS s USING (server_address)",
     "10.0.0.53|response|too big|router|10.9.9.9|7|"
     "2026-11-01T10:00:00.000000000Z|2026-11-01T10:00:01.000000000Z|5|7|0"},
    {"times and durations", "",
     "SELECT first_time, last_time, duration_seconds FROM v_summary",
     "2026-11-01T10:00:00.000000000Z|2026-11-01T10:01:00.000000000Z|60.0"},
    {"nine digits of a second", "UPDATE part SET first_ns = first_ns + 7",
     "SELECT first_time FROM v_summary", "2026-11-01T10:00:00.000000007Z"},
    {"a time before 1970 is still a time",
     "UPDATE part SET first_ns = -500000000",
     "SELECT first_time FROM v_summary", "1970-01-01T00:00:00.500000000Z"},
    {"unknown drops are unknown", "",
     "SELECT dropped_packets, loss_estimate FROM v_summary", "-|0.0"},
    {"known drops add up",
     "UPDATE interface SET dropped = 3; INSERT INTO interface"
     " VALUES (0, 1, 'eth1', 1, 96, 0, 4)",
     "SELECT dropped_packets FROM v_summary", "7"},
    {"absurd drops do not overflow",
     "UPDATE interface SET dropped = 9223372036854775807; INSERT INTO interface"
     " VALUES (0, 1, 'eth1', 1, 96, 0, 9223372036854775807)",
     "SELECT dropped_packets, (SELECT count(*) FROM v_findings"
     " WHERE id = 'capture-quality') FROM v_summary",
     "1000000000000000000|1"},
    {"loss takes the start off",
     "INSERT INTO counter VALUES ('orphan_responses', 310),"
     " ('orphan_at_start', 10)",
     "SELECT loss_estimate FROM v_summary", "0.2"},
    {"... and the answers of that time",
     "INSERT INTO counter VALUES ('orphan_responses', 110),"
     " ('orphan_at_start', 10), ('answered_at_start', 300)",
     "SELECT loss_estimate FROM v_summary", "0.1"},
    {"a capture that is all start shows no loss",
     "INSERT INTO counter VALUES ('orphan_responses', 10),"
     " ('orphan_at_start', 10), ('answered_at_start', 1200)",
     "SELECT loss_estimate FROM v_summary", "-"},
    {"without anything matched the loss is unknown", "DELETE FROM counter",
     "SELECT loss_estimate, packets FROM v_summary", "-|0"},
    {"stalled lookups: over a second, or unanswered",
     "UPDATE latency SET count = 603, unanswered = 4, unanswered_ns = "
     "20000000000, max_ns = 6000000000,"
     " buckets = '{\"-319\":598,\"-1\":2,\"0\":2,\"75\":1}'"
     " WHERE scope = 'all' AND measure = 'lookup'",
     "SELECT stalled_lookups, round(stalled_seconds, 1) FROM v_summary",
     "7|27.2"},
    {"frames in both inputs are told apart",
     "INSERT INTO input SELECT 1, part_id, 'b.pcap', format, octets, frames, "
     "first_ns,"
     " last_ns, NULL, NULL, NULL, 0 FROM input;"
     "INSERT INTO frame_fate VALUES ('cut', 'question', 1, (1 << 40) + 9)",
     "SELECT first_frame FROM v_frames ORDER BY fate", "b.pcap:9/a.pcap:1"},
    {"a frame of the only input is a number", "",
     "SELECT first_frame, typeof(first_frame) FROM v_frames", "1|integer"},
    {"shares of codes and types", "",
     "SELECT response_code, count, share FROM v_rcodes"
     " UNION ALL SELECT query_type, count, share FROM v_types",
     "NOERROR|600|0.5/NXDOMAIN|600|0.5/A|600|0.5/AAAA|600|0.5"},
    {"timeline adds seconds to windows", "",
     "SELECT time, queries, nxdomain, nodata, wait_p50_seconds > 0.00099"
     " FROM v_timeline",
     "2026-11-01T10:00:00.000000000Z|1200|600|240|1"},
    {"timeline starts at multiples of the window",
     "UPDATE part SET window_ns = 37000000000",
     "SELECT substr(time, 12, 8), queries FROM v_timeline",
     "09:59:56|660/10:00:33|540"},
    {"clients", "UPDATE client SET label = 'pod' WHERE client_id = 1",
     "SELECT client_address, label, role, queries, share, transactions,"
     " lookups, names, nxdomain, servfail, unanswered,"
     " round(wait_p95_seconds, 4), search_list, ndots_min, ndots_max, factor,"
     " wasted_queries, wasted_share"
     " FROM v_clients WHERE client_address = '10.1.0.1'",
     "10.1.0.1|pod|-|120|0.1|120|60|30|60|0|0|0.001|-|-|-|-|-|-"},
    {"servers", "",
     "SELECT server_address, queries, answered, unanswered, servfail, refused,"
     " round(service_p50_seconds, 4), round(service_p99_seconds, 4)"
     " FROM v_servers ORDER BY server_address LIMIT 1",
     "10.0.0.53|600|600|0|0|0|0.001|0.001"},
    {"names", "",
     "SELECT query_name, query_type, query_class, queries, nxdomain,"
     " ttl_min_seconds, ttl_max_seconds, round(wait_p95_seconds, 5)"
     " FROM v_names ORDER BY query_name",
     "example.com.|A|IN|600|0|30|300|0.00101/"
     "example.com.lan.|AAAA|IN|600|600|-|-|0.0009"},
    {"a type without a row has its number",
     "UPDATE question SET query_type = 261, query_class = 4711",
     "SELECT DISTINCT query_type, query_class FROM v_names",
     "TYPE261|CLASS4711"},
    {"latency names its keys", "",
     "SELECT scope, key, measure, count FROM v_latency"
     " WHERE scope <> 'client'",
     "all||lookup|600/all||service|1200/all||wait|1200/"
     "server|10.0.0.53|service|600/server|10.0.0.53|wait|600/"
     "server|10.0.0.54|service|600/server|10.0.0.54|wait|600/"
     "type|A|wait|600"},
    {"paths",
     "UPDATE client_server SET unanswered = 2, wait_ns = 1500000000"
     " WHERE client_id = 3 AND server_id = 2",
     "SELECT client_address, server_address, queries, answered, unanswered,"
     " wait_seconds FROM v_paths WHERE unanswered > 0",
     "10.1.0.3|10.0.0.54|60|60|2|1.5"},
    {"roles",
     "INSERT INTO client_role VALUES (1, 60, 0, 0), (2, 0, 60, 0),"
     " (3, 30, 29, 0), (4, 29, 30, 7);"
     "UPDATE server SET address = '10.1.0.3' WHERE server_id = 1;"
     "UPDATE server SET address = '10.1.0.4' WHERE server_id = 2;"
     "INSERT INTO server_role VALUES (1, 100, 51, 51, 10, 0, 3, 20, 33),"
     " (2, 100, 51, 0, 0, 0, 0, 1, 1)",
     "SELECT client_address, role FROM v_clients WHERE role IS NOT NULL"
     " UNION ALL SELECT server_address, role FROM v_servers",
     "10.1.0.1|stub/10.1.0.2|resolver/10.1.0.3|forwarder/10.1.0.4|resolver/"
     "10.1.0.3|forwarder/10.1.0.4|resolver"},
    {"roles of servers that are only asked",
     "INSERT INTO server_role VALUES (1, 100, 50, 51, 0, 0, 0, 0, 0),"
     " (2, 100, 50, 50, 0, 0, 0, 0, 0)",
     "SELECT server_address, role FROM v_servers",
     "10.0.0.53|authority/10.0.0.54|-"},
    {"resolvers",
     "UPDATE client SET address = '10.0.0.53' WHERE client_id = 1;"
     "INSERT INTO client_role VALUES (1, 40, 20, 7);"
     "INSERT INTO server_role VALUES (1, 100, 100, 0, 60, 10, 15, 25, 90),"
     " (2, 100, 0, 100, 0, 100, 0, 0, 0)",
     "SELECT server_address, role, answered, hits, delayed_hits, misses, local,"
     " hit_share, upstream_queries, unprompted FROM v_resolvers",
     "10.0.0.53|forwarder|110|60|15|25|10|0.75|60|7"},
    {"bands, and the unanswered beside them",
     "UPDATE latency SET unanswered = 3, buckets ="
     " '{\"-182\":1,\"-180\":2,\"-139\":4,\"-138\":8,\"-107\":16,\"-106\":32,"
     "\"-56\":64,\"-55\":128}' WHERE scope = 'all' AND measure = 'lookup'",
     "SELECT under_20ms, from_20ms, from_50ms, from_100ms, over_300ms,"
     " unanswered FROM v_bands WHERE scope = 'all' AND measure = 'lookup'",
     "1|6|24|32|192|3"},
    {"a percentile among the unanswered is at least the timeout",
     "UPDATE latency SET unanswered = 7 WHERE scope = 'all' AND"
     " measure = 'lookup'",
     "SELECT count, p95_is_at_least, p99_is_at_least,"
     " p99_with_unanswered_seconds FROM v_latency"
     " WHERE scope = 'all' AND measure = 'lookup'",
     "600|0|1|5.0"},
    {"inputs and their damage",
     "UPDATE input SET damage = 'cut short', damage_frame = 8,"
     " damage_offset = 99",
     "SELECT path, first_time, damage, damage_frame, damage_offset"
     " FROM v_inputs",
     "a.pcap|2026-11-01T10:00:00.000000000Z|cut short|8|99"},
    {"interfaces and parts", "",
     "SELECT input, interface, name, snap_octets, dropped_packets,"
     " (SELECT timeout_seconds || tool FROM v_parts) FROM v_interfaces",
     "a.pcap|0|eth0|-|-|5.0wasitdns test"},
    {"a filter and what it kept out",
     "UPDATE part SET filter = 'port 53';"
     "INSERT INTO counter VALUES ('filtered_frames', 40)",
     "SELECT filter, filtered_frames FROM v_parts", "port 53|40"},
    {"a filter of the kernel does not tell",
     "UPDATE part SET filter = 'port 53'; UPDATE input SET format = 'live'",
     "SELECT filter, filtered_frames FROM v_parts", "port 53|-"},
    {"no filter, no comments", "",
     "SELECT filter, filtered_frames, comments, packet_comments,"
     " packet_comment, packet_comment_frame FROM v_parts",
     "-|-|-|0|-|-"},
    {"comments",
     "INSERT INTO comment VALUES (0, 0, NULL, 'by night'),"
     " (0, 1, NULL, 'a \"tap\"'), (0, 2, 17, 'here');"
     "INSERT INTO counter VALUES ('packet_comments', 3)",
     "SELECT comments, packet_comments, packet_comment, packet_comment_frame"
     " FROM v_parts",
     "[\"by night\",\"a \\\"tap\\\"\"]|3|here|17"},
    {"transactions", "",
     "SELECT transaction_id, query_frame, response_frame, time,"
     " client_address, client_port, server_address, server_port, transport,"
     " message_id, query_name, query_type, response_code, outcome, attempts,"
     " wait_seconds, service_seconds, leg, lookup_id FROM v_transactions",
     "0|11|12|2026-11-01T10:00:00.000000001Z|10.1.0.1|40000|10.0.0.53|53|udp|"
     "4711|example.com.|A|NOERROR|answered|1|0.00101|0.001|10.2.0.9|7/"
     "1|13|-|2026-11-01T10:00:00.000000002Z|10.1.0.1|40000|10.0.0.53|53|udp|"
     "4712|example.com.lan.|AAAA||unanswered|2|-|-|-|7"},
    {"lookups", "",
     "SELECT lookup_id, time, client_address, base_name, types, steps, queries,"
     " needed_queries, servers, outcome, cause, wait_seconds, first_frame"
     " FROM v_lookups",
     "7|2026-11-01T10:00:00.000000000Z|10.1.0.1|example.com.|A AAAA|2|3|2|1|"
     "partly|half-lost|5.01|11"},
    {"the longest lookups", "",
     "SELECT lookup_id, client_address, base_name, wait_seconds, first_frame"
     " FROM v_slow_lookups",
     "7|10.1.0.1|example.com.|0.00101|11"},
};

START_TEST(view_shows_what_the_rows_say)
{
    struct store *store = make(NULL, true, views[_i].change);
    const char *have = ask(store, views[_i].ask);
    ck_assert_msg(strcmp(have, views[_i].want) == 0, "%s:\n%s, not\n%s",
                  views[_i].name, have, views[_i].want);
    store_close(store);
}
END_TEST

/* Percentiles by nearest rank, from buckets. -319 is 1 ms, -1 is 1 s less a
 * hundredth, 0 a hundredth more. */
static const struct {
    const char *name, *change, *want; /* p50, p95, p99 and with unanswered */
} percentiles[] = {
    {"one value is its own percentile",
     "count = 1, min_ns = 4711, max_ns = 4711, buckets = '{\"-566\":1}'",
     "5.0e-06|5.0e-06|5.0e-06|5.0e-06|5.0e-06"},
    {"rank 50 of 100 is the 50th value",
     "count = 100, min_ns = 1, max_ns = 1010000000,"
     " buckets = '{\"-319\":50,\"-1\":50}'",
     "0.001009|0.989228|0.989228|0.989228|0.989228"},
    {"rank 95 of 100 is the 95th value, 99 the 99th",
     "count = 100, min_ns = 1, max_ns = 1010000000,"
     " buckets = '{\"-319\":95,\"-1\":4,\"0\":1}'",
     "0.001009|0.001009|0.989228|0.001009|0.989228"},
    {"one less and it is the next",
     "count = 100, min_ns = 1, max_ns = 1010000000,"
     " buckets = '{\"-319\":94,\"-1\":4,\"0\":2}'",
     "0.001009|0.989228|1.01|0.989228|1.01"},
    {"buckets count in order of their number, not of their text",
     "count = 100, min_ns = 1, max_ns = 9000000000,"
     " buckets = '{\"9\":2,\"10\":2,\"-319\":96}'",
     "0.001009|0.001009|1.255381|0.001009|1.255381"},
    {"a middle is held within the exact extremes",
     "count = 100, min_ns = 1001000, max_ns = 1002000,"
     " buckets = '{\"-319\":100}'",
     "0.001002|0.001002|0.001002|0.001002|0.001002"},
    {"unanswered ones rank last and mean the timeout or more",
     "count = 96, unanswered = 4, min_ns = 1, max_ns = 1010000000,"
     " buckets = '{\"-319\":96}'",
     "0.001009|0.001009|0.001009|0.001009|5.0"},
    {"late answers rank with the unanswered",
     "count = 100, unanswered = 1, min_ns = 1, max_ns = 9000000000,"
     " buckets = '{\"-319\":90,\"95\":10}'",
     "0.001009|7.913824|7.913824|5.0|5.0"},
    {"nothing but unanswered",
     "count = 0, unanswered = 3, min_ns = NULL, max_ns = NULL, buckets = '{}'",
     "-|-|-|5.0|5.0"},
    {"a bucket of no known duration is the maximum",
     "count = 1, min_ns = 1, max_ns = 77, buckets = '{\"9999\":1}'",
     "0.0|0.0|0.0|0.0|0.0"},
};

START_TEST(percentile_is_the_nearest_rank)
{
    char change[512];
    snprintf(change, sizeof change,
             "UPDATE latency SET %s WHERE scope = 'all' AND measure = 'wait'",
             percentiles[_i].change);
    struct store *store = make(NULL, true, change);
    const char *have =
        ask(store, "SELECT round(p50_seconds, 6), round(p95_seconds, 6),"
                   " round(p99_seconds, 6),"
                   " round(p95_with_unanswered_seconds, 6),"
                   " round(p99_with_unanswered_seconds, 6)"
                   " FROM v_latency WHERE scope = 'all' AND measure = 'wait'");
    ck_assert_msg(strcmp(have, percentiles[_i].want) == 0, "%s: %s, not %s",
                  percentiles[_i].name, have, percentiles[_i].want);
    store_close(store);
}
END_TEST

/* --- findings -------------------------------------------------------------- */

/* Parts of changes. `lookup_waits` lets five lookups wait 5 s. */
#define LOOKUP_WAITS                                                           \
    "UPDATE latency SET max_ns = 5010000000,"                                  \
    " buckets = '{\"-319\":595,\"74\":5}'"                                     \
    " WHERE scope = 'all' AND measure = 'lookup';"

/* `n` of the 600 answers of server 1 in `bucket`. */
#define SLOW(fast, bucket, n)                                                  \
    "UPDATE latency SET max_ns = 900000000, buckets = '{\"-319\":" fast        \
    ",\"" bucket "\":" n "}'"                                                  \
    " WHERE scope = 'server' AND key = 1 AND measure = 'service';"

/* Client 1 looks api.example.com up, and begins under its first suffix. */
#define WALKS(lookups, steps, settled, queries, needed)                        \
    "INSERT INTO search_suffix VALUES (1, 2, " lookups ", " lookups            \
    ", 30, 0, 30, 1, 's');"                                                    \
    "INSERT INTO search_lookup VALUES (1, 3, 2, 2, " settled ", " steps        \
    ", 'answered', 1, " lookups ", " queries ", " queries ", " needed          \
    ", 900, 6000000, 1, 2, 1);"                                                \
    "INSERT INTO search_client VALUES (1, " lookups ", " lookups               \
    ", 0, " queries ", " queries ", " needed ", 900, 6000000, " lookups        \
    ", " queries " - " needed ", 6000000, 1, 2, 2, NULL);"

/* Client 1 asks server 2, which is outside, `n` times for `name`; internal: it
 * is of a private domain. */
/* The first name exists for one type only. */
#define SPLIT(lookups, stopped)                                                \
    "INSERT INTO name_split VALUES (1, " lookups ", " stopped                  \
    ", 1, 1000000000, 2000000000, 7);"

#define DENIED(n, name, internal)                                              \
    "UPDATE server SET address = '192.0.2.53' WHERE server_id = 2;"            \
    "UPDATE name SET query_name = '" name "' WHERE name_id = 2;"               \
    "INSERT INTO denial VALUES (1, 2, 1, " internal ", 0, " n ", 1, 2, 3);"

/* Client 2 finds that name under its second suffix. */
#define FINDS_SHORT                                                            \
    "INSERT INTO search_lookup VALUES (2, 2, 1, 2, 3, 2, 'answered', 1, 1, 4," \
    " 4, 2, 900, 1000, 1, 2, 1);"

/* Client 2 walks three names through `suffix`, its first. */
#define SUFFIX(suffix)                                                         \
    "INSERT INTO suffix VALUES (4, '" suffix "');"                             \
    "INSERT INTO search_suffix VALUES (2, 4, 9, 9, 18, 0, 18, 3, 's');"

/* `bases` names at 10.9.9.9 under svc.cluster.local, and a search for those of
 * example.com, example.org and `third`, which it finds there. */
#define SWALLOWED(bases, third)                                                \
    "INSERT INTO search_answer VALUES ('svc.cluster.local', '10.9.9.9', "      \
    "9, " bases ", 's', 2, 's', 1, 2, 3);"                                     \
    "INSERT INTO name VALUES (5, 'www.example.org'), (6, '" third "');"        \
    "INSERT INTO search_lookup SELECT 2, n.name_id, 2, 2, 3, 2, 'answered', "  \
    "1,"                                                                       \
    " 1, 4, 4, 2, 900, 1000, 1, 2, 1 FROM name AS n WHERE name_id IN (3, 5, "  \
    "6);"

/* ... and others, which need no list. */
#define NO_WALKS(queries)                                                      \
    "INSERT INTO search_lookup VALUES (2, 4, 2, 0, 0, 1,"                      \
    " 'answered', 1, " queries ", " queries ", " queries ", " queries          \
    ", 0, 0, 1, 2, 1);"                                                        \
    "INSERT INTO search_client VALUES (2, " queries ", 0, 0, " queries         \
    ", " queries ", " queries ", 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL);"

/* Server 1 leaves `n` of 600 questions of client 1 unanswered. */
#define UNANSWERED(n, answered)                                                \
    "UPDATE server SET unanswered = " n ", answered = " answered               \
    " WHERE server_id = 1;"                                                    \
    "UPDATE client_server SET unanswered = " n ", wait_ns = " n                \
    " * 5000000000, first_unanswered_frame = 99"                               \
    " WHERE client_id = 1 AND server_id = 1;"

#define ORPHANS(n) "INSERT INTO counter VALUES ('orphan_responses', " n ");"

/* Server 1 says nothing since 10:00:30 while its clients go on asking: `n`
 * questions of client 1, as many of client 2. */
#define SILENT(n)                                                              \
    "UPDATE server SET unanswered = 2 * " n ", answered = 600 - 2 * " n        \
    ", last_response_ns = " T0_30 " WHERE server_id = 1;"                      \
    "UPDATE client_server SET last_response_ns = " T0_30                       \
    " WHERE server_id = 1;"                                                    \
    "UPDATE client_server SET unanswered = " n ", wait_ns = " n                \
    " * 5000000000, first_unanswered_frame = 701"                              \
    " WHERE server_id = 1 AND client_id IN (1, 2);"                            \
    "INSERT INTO silence SELECT client_id, 1, " T0_30 " + 1, " n ", 0"         \
    " FROM client WHERE client_id IN (1, 2);"
#define T0_30 "1793527230000000000"

/* The same, but port unreachable comes back for each, from `sender`. */
#define REFUSED(n, sender)                                                     \
    SILENT(n)                                                                  \
    "UPDATE server SET icmp_errors = unanswered, unanswered = 0"               \
    " WHERE server_id = 1;"                                                    \
    "UPDATE silence SET icmp_errors = unanswered, unanswered = 0,"             \
    " first_ns = first_ns + 1;"                                                \
    "UPDATE client_server SET icmp_errors = unanswered, unanswered = 0,"       \
    " wait_ns = 0, first_unanswered_frame = NULL,"                             \
    " first_icmp_frame = 702 WHERE server_id = 1 AND client_id IN (1, 2);"     \
    "INSERT INTO icmp_error VALUES (1, '10.0.0.53', 'port unreachable',"       \
    " 'query', " sender ", 2 * " n ", 1793527231000000000,"                    \
    " 1793527259000000000, 702);"
#define ITSELF "'server', '10.0.0.53'"

/* The other server answers nobody after 10:00:10. */
#define NO_HELP                                                                \
    "UPDATE client_server SET last_response_ns = 1793527210000000000"          \
    " WHERE server_id = 2;"

/* One more histogram: `fast` values of 1 ms, and `n` in `bucket`. */
#define LATENCY(scope, key, measure, fast, bucket, n)                          \
    "INSERT INTO latency VALUES ('" scope "', " key ", '" measure "', " fast   \
    " + " n ", 0, 0, 990000, 900000000, 0, '{\"-319\":" fast ",\"" bucket      \
    "\":" n "}');"

/* What resolvers got from server 1. */
#define UPSTREAM(fast, bucket, n)                                              \
    SLOW(fast, bucket, n)                                                      \
    LATENCY("upstream", "1", "service", fast, bucket, n)

/* Server 1 is a resolver: it asks server 2. */
#define RESOLVES "UPDATE client SET address = '10.0.0.53' WHERE client_id = 1;"

/* Client 1 asks `n`, each other client `others`. */
#define ASKS(n, others)                                                        \
    "UPDATE client SET transactions = " others ";"                             \
    "UPDATE client SET transactions = " n " WHERE client_id = 1;"

/* `n` of the 20 responses of each second in a range are SERVFAIL. */
#define SERVFAIL(n, from, to)                                                  \
    "UPDATE traffic SET servfail = " n                                         \
    " WHERE (window_ns - 1793527200000000000) / 1000000000"                    \
    " BETWEEN " from " AND " to ";"

/* Four flows of two clients, from frame 5 on. */
#define ENCRYPTED(address, port, transport, frames)                            \
    "INSERT INTO encrypted_server VALUES ('" address "', " port                \
    ", '" transport "', " frames ", 4, 's', 4, 2, 's', 5);"

#define COUNTER(name, value)                                                   \
    "INSERT OR REPLACE INTO counter VALUES ('" name "', " value ");"

static const struct {
    const char *name, *change;
    const char *want; /* "id severity subject", rows by '/' */
    const char *has;  /* part of the first row's title, evidence or fix */
} findings[] = {
    {"a healthy capture has none", "", "", ""},

    {"search: 10 in vain, a factor of 6", WALKS("1", "5", "0", "12", "2"),
     "search-list|warning|search list", "{name: ndots, value: \"1\"}"},
    {"search: 9 in vain", WALKS("1", "1", "0", "11", "2"), "", ""},
    {"search: less than a tenth of all queries is info",
     WALKS("15", "5", "0", "150", "30") NO_WALKS("1051"),
     "search-list|info|search list", ""},
    {"search: a tenth of all queries is a warning",
     WALKS("15", "5", "0", "150", "30") NO_WALKS("1050"),
     "search-list|warning|search list",
     "multiply the queries of 1 client by 5.0: 120 of 150 in vain"},
    {"search: the final dot for the names that cost most",
     WALKS("15", "5", "0", "150", "30"), "search-list|warning|search list",
     "Write a final dot behind api.example.com."},
    {"search: a factor of less than 2 is info",
     WALKS("15", "2", "3", "59", "30"), "search-list|info|search list",
     "\"cross_namespace\":29"},
    {"search: no name is told to get a final dot where none needs one",
     WALKS("15", "2", "3", "59", "30"), "search-list|info|search list",
     "at least 3. Write names of other namespaces in full"},
    {"search: a factor of less than 1.2 is none",
     WALKS("100", "2", "3", "239", "200"), "", ""},
    {"search: a walk behind the name as it is does not count",
     WALKS("15", "5", "3", "150",
           "30") "UPDATE search_lookup SET begins_id = 0, outcome = 'nxdomain';"
                 "UPDATE search_client SET led_lookups = 0,"
                 " led_wasted_queries = 0, led_wasted_ns = 0",
     "", ""},
    {"search: a client without autopath, though a neighbour has it",
     WALKS("15", "5", "0", "150", "30") "INSERT INTO search_client VALUES (2, "
                                        "9, 0, 9, 18, 18, 18, 0, 0, 0, 0, 0,"
                                        " NULL, NULL, 3, NULL)",
     "search-list|warning|search list",
     "walks (autopath) for 1 client, and not for 10.1.0.1"},
    {"search: names that exist nowhere have another fix",
     WALKS("15", "5", "0", "150",
           "30") "UPDATE search_lookup SET outcome = 'nxdomain'",
     "search-list|warning|search list", "find who asks for them"},
    {"search: round trips that hurt are an error",
     WALKS("15", "5", "0", "150",
           "30") "INSERT INTO lookup_cause VALUES ('search-walk', 1, 1, "
                 "3, 0, 0, 0, 15, 150, 3000000000, 2400000000, 200000000, "
                 "'{\"-74\":15}', 1, 2,"
                 " 1, 1, 2, 1)",
     "search-list|error|search list", "\"walks_over_100_ms\":15"},

    {"wildcard: three names of three domains at one address",
     SWALLOWED("3", "www.example.net"),
     "search-wildcard|error|*.svc.cluster.local",
     "Remove the wildcard *.svc.cluster.local (10.9.9.9) from its zone"},
    {"wildcard: two names may be a service", SWALLOWED("2", "www.example.net"),
     "", ""},
    {"wildcard: names of the house are meant for it",
     SWALLOWED("9", "wiki.apps"), "", ""},
    {"wildcard: two domains only", SWALLOWED("3", "api2.example.com"), "", ""},
    {"wildcard: a name of an unknown end that exists outside",
     SWALLOWED("3", "www.example.dev") "UPDATE name SET query_name = "
                                       "'www.example.dev' WHERE name_id = 1",
     "search-wildcard|error|*.svc.cluster.local", "\"domains\":3"},

    {"split: a lookup that ended there with nothing", SPLIT("1", "1"),
     "types-disagree|warning|A and AAAA",
     "exists for one type and not for another; 1 of 1 lookup ended there with"
     " nothing"},
    {"split: three that found it all the same", SPLIT("3", "0"),
     "types-disagree|info|A and AAAA",
     "in 3 lookups, which found it all the same"},
    {"split: two prove nothing", SPLIT("2", "0"), "", ""},

    {"leak: three questions for a name of a private domain",
     DENIED("3", "db.a.lan", "1"), "name-leak|info|names of the own network",
     "1 name of the own network asked outside: 10.1.0.1 asks 192.0.2.53; 3"
     " queries, all denied"},
    {"leak: two prove nothing", DENIED("2", "db.a.lan", "1"), "", ""},
    {"leak: a tenth of what the server is asked is a warning",
     DENIED("60", "db.a.lan", "1"),
     "name-leak|warning|names of the own network",
     "10.1.0.1 asks 192.0.2.53, which cannot know these names"},
    {"leak: less than a tenth is info", DENIED("59", "db.a.lan", "1"),
     "name-leak|info|names of the own network", "\"private_domain\":59"},
    {"leak: a resolver's is mended there",
     DENIED("9", "db.a.lan",
            "1") "UPDATE server SET address = '10.1.0.1' WHERE server_id = 1",
     "name-leak|info|names of the own network",
     "Let 10.1.0.1 answer lan itself"},
    {"leak: a resolver that is asked from outside as well is of that house",
     DENIED("9", "db.a.lan",
            "1") "UPDATE denial SET client_outside = 1;"
                 "INSERT INTO server_role VALUES (2, 9, 9, 0, 9, 0, 0, 0, 0)",
     "", ""},
    {"leak: an authority is nobody's own",
     DENIED("9", "db.a.lan",
            "1") "UPDATE denial SET client_outside = 1;"
                 "INSERT INTO server_role VALUES (2, 9, 0, 9, 0, 9, 0, 0, 0)",
     "name-leak|info|names of the own network", ""},
    {"leak: the reverse of a private address",
     DENIED("9", "9.0.0.10.in-addr.arpa", "1"),
     "name-leak|info|names of the own network", "\"reverse\":9"},
    {"leak: what is meant for whoever resolves is none",
     DENIED("9", "_dns.resolver.arpa", "1"), "encrypted-dns|info|questions",
     ""},
    {"leak: a single label that a browser invents is none",
     DENIED("9", "qkzwvxy", "1"), "", ""},
    {"leak: a name from outside that does not exist is none",
     DENIED("9", "nope.example.com", "0"), "", ""},
    {"leak: a name below a suffix of a search list",
     DENIED("9", "api.example.com.corp.example.net", "0")
         SUFFIX("corp.example.net"),
     "name-leak|info|names of the own network", "\"search_suffix\":9"},
    {"leak: a name that others find under their suffix",
     DENIED("9", "redis.prod", "0") FINDS_SHORT,
     "name-leak|info|names of the own network", "\"short_name\":9"},
    {"leak: a short name that a stranger could answer is a warning",
     DENIED("9", "redis.prod", "0") FINDS_SHORT
     "UPDATE name SET query_name = 'www.prod' WHERE name_id = 1",
     "name-leak|warning|names of the own network", "Write redis.prod in full"},

    {"slow: p95 just within", SLOW("570", "-106", "30"), "", ""},
    {"slow: p95 just beyond", SLOW("569", "-106", "31"),
     "slow-server|warning|10.0.0.53", "p95 is 102 ms over 600 answers"},
    {"slow: p95 of less than 100 ms", SLOW("300", "-107", "300"), "", ""},
    {"slow: just no error", SLOW("300", "-57", "300"),
     "slow-server|warning|10.0.0.53", ""},
    {"slow: error", SLOW("300", "-56", "300"), "slow-server|error|10.0.0.53",
     "\"slow_answers\":300"},
    {"slow: the path is fast", SLOW("300", "-56", "300"),
     "slow-server|error|10.0.0.53", "Its fastest answer took 990 us"},
    {"slow: the path is slow",
     SLOW("300", "-56", "300") "UPDATE latency SET min_ns = 90000000"
                               " WHERE key = 1 AND measure = 'service'",
     "slow-server|error|10.0.0.53", "Even its fastest answer took 90 ms"},
    {"slow: 29 answers are too few",
     SLOW("9", "-56", "20") "UPDATE latency SET count = 29 WHERE key = 1 AND "
                            "measure = 'service'",
     "", ""},
    {"slow: 30 are enough",
     SLOW("10", "-56", "20") "UPDATE latency SET count = 30 WHERE key = 1 AND "
                             "measure = 'service'",
     "slow-server|error|10.0.0.53", "over 30 answers"},
    {"slow: labelled, with frames",
     SLOW("300", "-56", "300") "UPDATE server SET label = 'kube-dns'",
     "slow-server|error|10.0.0.53", "10.0.0.53 (kube-dns) answers slowly"},

    {"slow: a resolver whose own part is small",
     SLOW("300", "-56", "300") LATENCY("server", "1", "own", "600", "-56", "0"),
     "", ""},
    {"slow: a resolver whose own part is large",
     SLOW("300", "-56", "300")
         LATENCY("server", "1", "own", "300", "-100", "300"),
     "slow-server|warning|10.0.0.53", "its own part is slow, too: p95 115.9"},
    {"slow: the own part of too few answers is known",
     SLOW("300", "-56", "300") LATENCY("server", "1", "own", "539", "-56", "0"),
     "slow-server|error|10.0.0.53", "\"own_p95_seconds\":null"},

    {"upstream: p95 just within", UPSTREAM("570", "-106", "30"), "", ""},
    {"upstream: p95 just beyond", UPSTREAM("569", "-106", "31"),
     "slow-upstream|warning|10.0.0.53",
     "answers resolvers slowly, p95 is 102 ms over 600 answers"},
    {"upstream: error", UPSTREAM("300", "-56", "300"),
     "slow-upstream|error|10.0.0.53", "Its fastest answer took 0.99 ms"},
    {"upstream: 29 answers are too few",
     UPSTREAM("9", "-56", "20") "UPDATE latency SET count = 29"
                                " WHERE key = 1 AND measure = 'service'",
     "", ""},
    {"upstream: a server that clients ask as well is judged by both",
     SLOW("300", "-56", "300")
         LATENCY("upstream", "1", "service", "200", "-56", "300"),
     "slow-server|error|10.0.0.53/slow-upstream|error|10.0.0.53", ""},
    {"upstream: clients of the resolver do not feel it",
     RESOLVES LATENCY("upstream", "2", "service", "300", "-56", "300"),
     "slow-upstream|info|10.0.0.54", "\"clients_p95_seconds\":0.001009"},
    {"upstream: they do",
     RESOLVES LATENCY("upstream", "2", "service", "300", "-56", "300") SLOW(
         "300", "-56", "300") LATENCY("server", "1", "own", "600", "-56", "0"),
     "slow-upstream|error|10.0.0.54", ""},
    {"upstream: no single server is to blame",
     RESOLVES SLOW("300", "-56", "300")
         LATENCY("server", "1", "own", "600", "-56", "0")
             LATENCY("server", "1", "upstream", "9", "-56", "300"),
     "slow-upstream|error|10.0.0.53", "what 10.0.0.53 asks other servers"},
    {"upstream: one is, and the resolver is not told beside it",
     RESOLVES SLOW("300", "-56", "300")
         LATENCY("server", "1", "own", "600", "-56", "0")
             LATENCY("server", "1", "upstream", "9", "-56", "300")
                 LATENCY("upstream", "2", "service", "9", "-56", "300"),
     "slow-upstream|error|10.0.0.54", "10.0.0.54 answers resolvers slowly"},
    {"upstream: a resolver whose clients do not feel it",
     RESOLVES LATENCY("server", "1", "upstream", "9", "-56", "300"), "", ""},

    {"unanswered: a few that stalled nobody", UNANSWERED("2", "598"), "", ""},
    {"unanswered: three that stalled nobody", UNANSWERED("3", "597"),
     "unanswered|info|10.0.0.53", "left 3 of 600 questions unanswered (0.5 %)"},
    {"unanswered: one that stalled a lookup",
     LOOKUP_WAITS UNANSWERED("1", "599"), "unanswered|warning|10.0.0.53", ""},
    {"unanswered: below 1 in 1000", LOOKUP_WAITS UNANSWERED("1", "1000"), "",
     ""},
    {"unanswered: just no error", LOOKUP_WAITS UNANSWERED("10", "991"),
     "unanswered|warning|10.0.0.53", ""},
    {"unanswered: error", LOOKUP_WAITS UNANSWERED("10", "990"),
     "unanswered|error|10.0.0.53", "\"client_address\":\"10.1.0.1\""},
    {"unanswered: 1 % of few is no error", LOOKUP_WAITS UNANSWERED("9", "100"),
     "unanswered|warning|10.0.0.53", ""},
    {"unanswered: capture loss explains all",
     LOOKUP_WAITS UNANSWERED("6", "594") ORPHANS("12"), "", ""},
    {"unanswered: capture loss explains a part",
     LOOKUP_WAITS UNANSWERED("30", "570") ORPHANS("11"),
     "unanswered|error|10.0.0.53",
     "about 5 of them expected from capture loss alone"},
    {"unanswered: answered when repeated",
     LOOKUP_WAITS "UPDATE server SET retransmissions = 6 WHERE server_id = 1;"
                  "UPDATE latency SET sum_ns = sum_ns + 5000000000"
                  " WHERE scope = 'server' AND key = 1 AND measure = 'wait'",
     "unanswered|warning|10.0.0.53",
     "10.0.0.53 had to be asked again 6 times, which cost 5.0 s"},
    {"unanswered: the longest lookup shows the repeat",
     LOOKUP_WAITS "UPDATE server SET retransmissions = 6 WHERE server_id = 1;"
                  "UPDATE slow_lookup SET wait_ns = 5010000000;"
                  "UPDATE latency SET sum_ns = sum_ns + 5000000000"
                  " WHERE scope = 'server' AND key = 1 AND measure = 'wait'",
     "unanswered|warning|10.0.0.53", "[11]"},
    {"unanswered: repeats that cost nothing",
     LOOKUP_WAITS "UPDATE server SET retransmissions = 6 WHERE server_id = 1;"
                  "UPDATE latency SET sum_ns = sum_ns + 999999999"
                  " WHERE scope = 'server' AND key = 1 AND measure = 'wait'",
     "", ""},

    {"silent: two questions are not enough", LOOKUP_WAITS SILENT("1"),
     "unanswered|warning|10.0.0.53", ""},
    {"silent: stopped, others help", LOOKUP_WAITS SILENT("2"),
     "silent-server|error|10.0.0.53",
     "10.0.0.53 stopped answering at 10:00:30Z, 4 later questions from 2"},
    {"silent: stopped, nobody helps", LOOKUP_WAITS SILENT("2") NO_HELP,
     "silent-server|critical|10.0.0.53", "\"clients_helped_by_others\":0"},
    {"silent: stopped, nobody waits", SILENT("2"),
     "silent-server|warning|10.0.0.53", ""},
    {"silent: never answered",
     LOOKUP_WAITS SILENT(
         "2") "UPDATE server SET last_response_ns = NULL, answered = 0"
              " WHERE server_id = 1;"
              "UPDATE client_server SET last_response_ns = NULL WHERE "
              "server_id = 1",
     "silent-server|error|10.0.0.53",
     "10.0.0.53 never answered, 4 questions from 2 clients"},
    {"silent: asked for less than the timeout since",
     LOOKUP_WAITS SILENT("2") "UPDATE server SET last_response_ns = "
                              "1793527254000000001 WHERE server_id = 1",
     "unanswered|warning|10.0.0.53", ""},
    {"silent: asked for the timeout since",
     LOOKUP_WAITS SILENT("2") "UPDATE server SET last_response_ns = "
                              "1793527254000000000 WHERE server_id = 1",
     "silent-server|error|10.0.0.53", ""},
    {"silent: refused by itself, others help", REFUSED("2", ITSELF),
     "silent-server|warning|10.0.0.53",
     "10.0.0.53 refuses by ICMP (port unreachable) since 10:00:30Z,"
     " 4 questions from 2 clients got nothing"},
    {"silent: refused, while others made lookups wait",
     LOOKUP_WAITS REFUSED("2", ITSELF), "silent-server|warning|10.0.0.53",
     "Nothing listens on UDP port 53 of 10.0.0.53"},
    {"silent: refused, nobody helps", REFUSED("2", ITSELF) NO_HELP,
     "silent-server|critical|10.0.0.53", "\"refused_since\":4"},
    {"silent: refused by a router", REFUSED("2", "'router', '10.9.9.9'"),
     "silent-server|warning|10.0.0.53",
     "10.0.0.53 is refused by ICMP of 10.9.9.9 (port unreachable)"},
    {"silent: refused, with the frame", REFUSED("2", ITSELF),
     "silent-server|warning|10.0.0.53", "[702]"},
    {"silent: two refused are not enough", REFUSED("1", ITSELF), "", ""},
    {"silent: some refused, some unanswered",
     LOOKUP_WAITS REFUSED("2", ITSELF)
         SILENT("2") "UPDATE server SET unanswered = 4 WHERE server_id = 1",
     "silent-server|error|10.0.0.53", "8 questions from 2 clients"},
    {"silent: clients refuse what comes second",
     "INSERT INTO icmp_error VALUES (1, '10.0.0.53', 'port unreachable',"
     " 'response', 'client', '10.1.0.1', 900, 1793527231000000000,"
     " 1793527259000000000, 702);"
     "INSERT INTO counter VALUES ('icmp_of_responses', 900)",
     "", ""},
    {"silent: nobody answered, but ICMP did: both directions were captured",
     REFUSED("2", ITSELF) NO_HELP
     "UPDATE counter SET value = 0 WHERE name IN"
     " ('response_messages', 'answered');"
     "INSERT INTO counter VALUES ('icmp_errors', 4);",
     "silent-server|critical|10.0.0.53", ""},
    {"silent: others still get answers",
     LOOKUP_WAITS SILENT(
         "2") "UPDATE server SET last_response_ns = last_query_ns + 1",
     "unanswered|warning|10.0.0.53", ""},

    {"hot: half, but four clients only",
     "DELETE FROM client WHERE client_id > 4;" ASKS("900", "30"), "", ""},
    {"hot: five clients",
     "DELETE FROM client WHERE client_id > 5;" ASKS("900", "30"),
     "hot-client|warning|10.1.0.1", "30 times as much as each of the other 4"},
    {"hot: not eight times as much", ASKS("799", "100"), "", ""},
    {"hot: eight times as much", ASKS("800", "100"), "hot-client|info|10.1.0.1",
     "asks 47 % of everything, 8 times"},
    {"hot: half", ASKS("900", "100"), "hot-client|warning|10.1.0.1",
     "It asks for 30 names 30 times each"},
    {"hot: its search list's share of what it asks",
     ASKS("900", "100") WALKS("1", "5", "0", "10", "2"),
     "hot-client|warning|10.1.0.1",
     "clients; its search list asks 80 % in vain"},
    {"hot: half of it is for the search list: that is the fix",
     ASKS("900", "100") WALKS("4", "2", "0", "16", "8"),
     "hot-client|warning|10.1.0.1", "write a final dot behind the names"},
    {"hot: less than half of it is for the search list",
     ASKS("900", "100") WALKS("4", "2", "0", "15", "8"),
     "hot-client|warning|10.1.0.1", "give it a cache"},
    {"hot: less than a tenth in vain is not said",
     ASKS("900", "100") WALKS("4", "2", "0", "11", "10"),
     "hot-client|warning|10.1.0.1", "each of the other 9 clients|"},
    {"hot: too few questions", ASKS("99", "10"), "", ""},
    {"hot: repeats are no load",
     "UPDATE client SET queries = 9000 WHERE client_id = 1", "", ""},

    {"errors: a few all the time", SERVFAIL("1", "0", "59"), "", ""},
    {"errors: a tenth all the time", SERVFAIL("2", "0", "59"),
     "error-surge|warning|SERVFAIL",
     "10 % of all responses are SERVFAIL (120 of 1,200)"},
    {"errors: a fifth all the time", SERVFAIL("4", "0", "59"),
     "error-surge|error|SERVFAIL", "240 of 1,200"},
    {"errors: half of the lookups failed",
     SERVFAIL("10", "0", "59") "UPDATE client SET failed_lookups = 30",
     "error-surge|critical|SERVFAIL", ""},
    {"errors: a rise", SERVFAIL("3", "30", "35"),
     "error-surge|warning|SERVFAIL",
     "SERVFAIL rose from 0 % to 15 % of responses between 10:00:30Z and"
     " 10:00:36Z (18)"},
    {"errors: a rise over a steady few",
     SERVFAIL("1", "0", "59") SERVFAIL("10", "30", "35"),
     "error-surge|error|SERVFAIL", "rose from 5 % to 50 %"},
    {"errors: a rise that is chance", SERVFAIL("2", "30", "31"), "", ""},
    {"errors: of one server, explained",
     SERVFAIL(
         "10", "30",
         "35") "UPDATE server SET servfail = 58, first_servfail_frame = 5"
               " WHERE server_id = 1; UPDATE server SET servfail = 2"
               " WHERE server_id = 2;"
               "INSERT INTO extended_error VALUES (3, 'Stale Answer', 90, 7),"
               " (6, 'DNSSEC Bogus', 60, 7), (7, 'Signature Expired', 60, 7);"
               "INSERT INTO response_code VALUES (2, 'SERVFAIL', 60, 1200)",
     "error-surge|error|SERVFAIL",
     "with extended error 7 (Signature Expired) in 60"},
    {"errors: a search list is no surge",
     "UPDATE traffic SET nxdomain = 20 WHERE window_ns >= " T0_30, "", ""},
    {"errors: names that are denied now",
     "UPDATE traffic SET nxdomain = 20 WHERE window_ns >= " T0_30 ";"
     "UPDATE question SET nxdomain = 300 WHERE question_id = 0",
     "error-surge|error|NXDOMAIN", "\"query_name\":\"example.com.\""},
    {"errors: refused",
     "UPDATE traffic SET refused = 4;"
     "UPDATE client SET refused = 1 WHERE client_id < 4",
     "error-surge|error|REFUSED", "access list"},

    {"quality: drops", "UPDATE interface SET dropped = 24",
     "capture-quality|info|dropped packets", "dropped 24 packets, 0.99 %"},
    {"quality: many drops", "UPDATE interface SET dropped = 25",
     "capture-quality|warning|dropped packets", "tcpdump -B"},
    {"quality: two responses without a query", ORPHANS("2"), "", ""},
    {"quality: less than 1 % lost", ORPHANS("12"), "", ""},
    {"quality: more than 1 % lost", ORPHANS("13"),
     "capture-quality|warning|lost messages", "without their query: 13)|"},
    {"quality: loss explains the unanswered",
     ORPHANS("60") COUNTER("unanswered", "70"),
     "capture-quality|warning|lost messages",
     "; of 70 unanswered questions about 60 are expected from capture loss"
     " alone|"},
    {"quality: at the start they prove nothing",
     ORPHANS("13") COUNTER("orphan_at_start", "13"), "", ""},
    {"quality: most queries are missing", ORPHANS("601"),
     "capture-quality|warning|missing queries",
     "without their query: 601 of 1,200"},
    {"quality: cut", COUNTER("cut_messages", "239"),
     "capture-quality|info|cut messages", "239 of 2,400 (9.96 %)"},
    {"quality: many cut", COUNTER("cut_messages", "240"),
     "capture-quality|warning|cut messages", "tcpdump -s 0"},
    {"quality: queries only",
     COUNTER("response_messages", "0") COUNTER("answered", "0"),
     "capture-quality|warning|one direction", "queries 2,400, responses 0"},
    {"quality: responses only",
     COUNTER("query_messages", "0") COUNTER("answered", "0"),
     "capture-quality|warning|one direction", "responses 2,400, queries 0"},
    {"quality: no response to queries that are repeated",
     COUNTER("response_messages", "0") COUNTER("retransmissions", "120"), "",
     ""},
    {"quality: no DNS", "UPDATE counter SET value = 0 WHERE name <> 'frames'",
     "capture-quality|warning|no DNS", "no DNS message in 2,400 frames"},
    {"quality: nothing at all", "UPDATE counter SET value = 0",
     "capture-quality|warning|no DNS", "the capture is empty"},
    {"quality: damage",
     "UPDATE input SET damage = 'record of 4294967295 octets',"
     " damage_frame = 2401, damage_offset = 123456",
     "capture-quality|warning|damaged input",
     "a.pcap is damaged at frame 2,401, octet 123,456: record of"},
    {"quality: damage that was passed over",
     "UPDATE input SET damage = 'no such interface', damage_frame = 7,"
     " damage_offset = 456, passed_over = 3",
     "capture-quality|warning|damaged input",
     "no such interface; it and 2 more were skipped, and reading went on"},
    {"quality: fragments of something else",
     COUNTER("fragments_incomplete", "3"), "", ""},
    {"quality: many fragments of who knows what",
     COUNTER("fragments_incomplete",
             "20") "INSERT INTO frame_fate VALUES"
                   " ('waiting', 'IP fragment without the rest', 24, 17)",
     "capture-quality|info|lost fragments",
     "fragments are missing: 20, DNS messages cut by that: 0"},
    {"quality: fragments of DNS",
     COUNTER("fragments_incomplete", "3")
         COUNTER("fragments_used",
                 "1") "INSERT INTO frame_fate VALUES"
                      " ('waiting', 'IP fragment without the rest', 3, 17)",
     "capture-quality|info|lost fragments", "[17]"},
    {"quality: a capture without its later fragments",
     COUNTER("fragments_incomplete", "240") COUNTER("fragments_used", "240"),
     "capture-quality|warning|lost fragments", "ip[6:2] & 0x1fff != 0"},
    {"quality: a hole in a stream",
     COUNTER("tcp_holes", "1") COUNTER("tcp_lost_messages", "2"),
     "capture-quality|info|holes in TCP", "lost or cut by them 2"},
    {"quality: streams full of holes",
     COUNTER("tcp_holes", "30") COUNTER("tcp_lost_messages", "240"),
     "capture-quality|warning|holes in TCP", "holes 30"},
    {"quality: streams given up", COUNTER("tcp_evicted", "4"),
     "capture-quality|info|full tables", "rows: 4 parts of TCP streams|"},
    {"quality: fragments and names given up",
     COUNTER("fragments_evicted", "4") COUNTER("refused_labels", "1000"),
     "capture-quality|info|full tables",
     "rows: 4 IP fragments, 1,000 names of addresses|"},
    {"quality: some messages without a time", COUNTER("untimed_messages", "3"),
     "capture-quality|info|no times", "3 of 2,400"},
    {"quality: no times", COUNTER("untimed_messages", "2400"),
     "capture-quality|warning|no times", "2,400 of 2,400"},
    {"quality: clock", COUNTER("clock_steps", "1"),
     "capture-quality|warning|clock", "jumped 1 time"},
    {"quality: few frames not read",
     "INSERT INTO frame_fate VALUES ('unsupported', 'tcp', 23, 1)", "", ""},
    {"quality: frames not read",
     "INSERT INTO frame_fate VALUES ('unsupported', 'tcp', 24, 17)",
     "capture-quality|info|frames not read", "\"tcp\":24"},
    {"quality: many frames not read",
     "INSERT INTO frame_fate VALUES ('unsupported', 'tcp', 240, 17)",
     "capture-quality|warning|frames not read", "[17]"},
    {"quality: malformed", COUNTER("malformed_messages", "24"),
     "capture-quality|info|malformed messages", "24 of 2,400"},
    {"quality: duplicates", COUNTER("duplicate_messages", "267"),
     "capture-quality|info|duplicates", "267 (10 %"},
    {"quality: order", COUNTER("reordered_answers", "12"),
     "capture-quality|info|order", "12 (1 %"},
    {"quality: full tables",
     COUNTER("evicted", "5") COUNTER("collapsed_names", "2"),
     "capture-quality|info|full tables",
     "rows: 5 open questions, 2 names, clients or servers|"},
    {"not DNS: a probe",
     "INSERT INTO frame_fate VALUES"
     " ('not_dns', 'HTTP on a DNS port', 3, 7), ('not_dns', 'ICMP', 99, 1)",
     "not-dns|info|port", "that are not DNS: 3 of 2,502"},
    {"not DNS: a service on the wrong port",
     "INSERT INTO frame_fate VALUES"
     " ('not_dns', 'TLS on a DNS port', 60, 9),"
     " ('not_dns', 'TCP on a DNS port, not DNS', 5, 8)",
     "not-dns|warning|port", "[8,9]"},
    {"encrypted: a little", ENCRYPTED("9.9.9.9", "853", "tcp", "24"),
     "encrypted-dns|info|port 853", "24, beside 2,400 of plain DNS"},
    {"encrypted: a share that counts",
     ENCRYPTED("9.9.9.9", "853", "udp", "270"),
     "encrypted-dns|warning|port 853", "270, beside 2,400"},
    {"encrypted: HTTPS of others",
     ENCRYPTED("192.0.2.80", "443", "tcp", "9000"), "", ""},
    {"encrypted: Wi-Fi is no DNS",
     "INSERT INTO frame_fate VALUES ('encrypted', 'Wi-Fi frame', 9, 5)", "",
     ""},
    {"encrypted: HTTPS of a resolver that answers",
     ENCRYPTED("10.0.0.53", "443", "tcp", "30"), "encrypted-dns|info|port 443",
     "on port 443 of resolvers, which may be DNS over HTTPS: 30, beside 2,400"},
    {"encrypted: HTTPS of a server that never answered",
     "UPDATE server SET last_response_ns = NULL WHERE server_id = 2;" ENCRYPTED(
         "10.0.0.54", "443", "tcp", "30"),
     "", ""},
    {"encrypted: HTTPS of who speaks DNS over TLS",
     ENCRYPTED("9.9.9.9", "443", "udp", "7")
         ENCRYPTED("9.9.9.9", "853", "tcp", "24"),
     "encrypted-dns|info|port 853",
     "24, beside 2,400 of plain DNS, and 7 on port 443 of resolvers"},
    {"encrypted: asked whether",
     "UPDATE name SET query_name = 'use-application-dns.net'"
     " WHERE name_id = 1",
     "encrypted-dns|info|questions",
     "\"canary_questions\":600,\"designation_questions\":0"},
    {"encrypted: asked where",
     "UPDATE name SET query_name = '_dns.resolver.arpa' WHERE name_id = 2;"
     "UPDATE question SET query_type = 64 WHERE question_id = 1",
     "encrypted-dns|info|questions",
     "\"canary_questions\":0,\"designation_questions\":600"},
    {"harm comes first",
     ASKS("900", "100") LOOKUP_WAITS SILENT("2") NO_HELP ORPHANS("13"),
     "silent-server|critical|10.0.0.53/capture-quality|warning|lost messages/"
     "hot-client|warning|10.1.0.1",
     ""},
};

/* What every row of v_findings owes its reader. */
static void check_complete(struct store *store)
{
    ck_assert_str_eq(
        ask(store, "SELECT id, title FROM v_findings WHERE NOT coalesce("
                   " severity IN ('info', 'warning', 'error', 'critical')"
                   " AND subject <> '' AND length(title) BETWEEN 10 AND 160"
                   " AND json_type(evidence) = 'object'"
                   " AND coalesce(cost_seconds, 0) >= 0"
                   " AND coalesce(cost_queries, 0) >= 0"
                   " AND confidence BETWEEN 0 AND 1 AND length(fix) >= 20"
                   " AND json_type(example_frames) = 'array'"
                   " AND (first_time <= last_time OR first_time IS NULL), 0)"),
        "");
}

START_TEST(finding_is_raised_by_its_fault_and_only_then)
{
    struct store *store = make_judged(findings[_i].change);
    const char *have =
        ask(store, "SELECT id, severity, subject FROM v_findings");
    ck_assert_msg(strcmp(have, findings[_i].want) == 0, "%s:\n%s, not\n%s",
                  findings[_i].name, have, findings[_i].want);
    have = ask(store, "SELECT title, evidence, fix, example_frames"
                      " FROM v_findings LIMIT 1");
    ck_assert_msg(strstr(have, findings[_i].has), "%s:\n%s lacks\n%s",
                  findings[_i].name, have, findings[_i].has);
    check_complete(store);
    store_close(store);
}
END_TEST

/* --- the verdict ----------------------------------------------------------- */

static const struct {
    const char *name, *change, *answer;
    const char *says; /* part of the sentence */
} verdicts[] = {
    {"all is well", "", "no",
     "NO: 600 lookups took 1.01 ms at the median, and 95 % of them at most"
     " 1.01 ms."},
    {"many stalled, with the cause", LOOKUP_WAITS SILENT("2"), "partly",
     "PARTLY, for 5 of 600 lookups, which waited 5.0 s on average: 10.0.0.53"
     " stopped answering at 10:00:30Z, 4 later questions from 2 clients got"
     " nothing; the other 595 took 1.01 ms at the median."},
    {"1 % stalled",
     "UPDATE latency SET max_ns = 5010000000,"
     " buckets = '{\"-319\":594,\"74\":6}'"
     " WHERE scope = 'all' AND measure = 'lookup';",
     "yes", "YES, for 6 of 600 lookups, which waited 5.0 s on average; the"},
    {"the longest is told when nothing explains it",
     "UPDATE latency SET max_ns = 5010000000,"
     " buckets = '{\"-319\":594,\"74\":6}'"
     " WHERE scope = 'all' AND measure = 'lookup';"
     "UPDATE slow_lookup SET wait_ns = 5010000000",
     "yes",
     "on average: the longest was example.com., asked by 10.1.0.1 in frame"
     " 11;"},
    {"one of a thousand stalled is no harm worth the name",
     "UPDATE latency SET max_ns = 5010000000, count = 10000,"
     " buckets = '{\"-319\":9999,\"74\":1}'"
     " WHERE scope = 'all' AND measure = 'lookup';",
     "no", "; 1 waited more than 1 s."},
    {"two of six that stall",
     "UPDATE latency SET unanswered = 2, unanswered_ns = 10000000000,"
     " count = 4, buckets = '{\"-319\":4}'"
     " WHERE scope = 'all' AND measure = 'lookup'",
     "partly", "PARTLY, for 2 of 6 lookups, which waited 5.0 s on average"},
    {"no times",
     COUNTER(
         "untimed_messages",
         "2400") "UPDATE latency SET unanswered = 0, count = 0, buckets = '{}',"
                 " min_ns = NULL, max_ns = NULL WHERE measure = 'lookup'",
     "unknown", "UNKNOWN: the packets bear no time"},
    {"unanswered ones stall",
     "UPDATE latency SET unanswered = 10, unanswered_ns = 70000000000"
     " WHERE scope = 'all' AND measure = 'lookup'",
     "yes", "YES, for 10 of 610 lookups, which waited 7.0 s on average"},
    {"failed ones, below the limit", COUNTER("failed_lookups", "29"), "no",
     "; 29 failed."},
    {"failed ones", COUNTER("failed_lookups", "30"), "yes",
     "YES, for 30 of 600 lookups, which failed."},
    {"failed ones, with the cause",
     COUNTER("failed_lookups", "60") SERVFAIL("2", "0", "59"), "yes",
     "which failed: 10 % of all responses are SERVFAIL"},
    {"slow",
     SLOW("300", "-56", "300") "UPDATE latency SET max_ns = 301000000,"
                               " buckets = '{\"-319\":400,\"-56\":200}'"
                               " WHERE scope = 'all' AND measure = 'lookup';",
     "yes",
     "YES: lookups took 1.01 ms at the median, and 5 % of them 301 ms or more:"
     " 10.0.0.53 answers slowly"},
    {"rather slow",
     "UPDATE latency SET max_ns = 301000000,"
     " buckets = '{\"-319\":400,\"-57\":200}'"
     " WHERE scope = 'all' AND measure = 'lookup';",
     "partly", "5 % of them 294 ms or more."},
    {"an error without harm", SERVFAIL("4", "0", "59"), "partly",
     "PARTLY: 20 % of all responses are SERVFAIL (240 of 1,200); but 600"},
    {"an error with failed lookups",
     SERVFAIL("4", "0", "59") COUNTER("failed_lookups", "2"), "partly",
     "PARTLY: 20 % of all responses are SERVFAIL (240 of 1,200); 2 of 600"
     " lookups failed."},
    {"load is no harm", ASKS("900", "100"), "no", "NO: "},
    {"too few",
     "UPDATE latency SET count = 19, buckets = '{\"-319\":19}'"
     " WHERE scope = 'all' AND measure = 'lookup';",
     "unknown",
     "UNKNOWN: nothing is wrong with the 19 lookups here, which took 1.01 ms at"
     " the median, but so few prove little."},
    {"just enough",
     "UPDATE latency SET count = 20, buckets = '{\"-319\":20}'"
     " WHERE scope = 'all' AND measure = 'lookup';",
     "no", "20 lookups"},
    {"one only",
     "UPDATE latency SET count = 1, buckets = '{\"-319\":1}'"
     " WHERE scope = 'all' AND measure = 'lookup';",
     "unknown", "the only lookup, which took 1.01 ms, but one proves"},
    {"one only, which failed",
     "UPDATE latency SET count = 1, buckets = '{\"-319\":1}'"
     " WHERE scope = 'all' AND measure = 'lookup';" COUNTER("failed_lookups",
                                                            "1"),
     "unknown", "UNKNOWN: the only lookup failed, but one proves little."},
    {"one only, which stalled",
     "UPDATE latency SET count = 1, max_ns = 5010000000,"
     " buckets = '{\"74\":1}' WHERE scope = 'all' AND measure = 'lookup';",
     "partly", "PARTLY, for the only lookup, which waited 5.0 s."},
    {"nothing but NOTIFY and the like",
     "DELETE FROM latency WHERE measure = 'lookup';" COUNTER("lookups", "0"),
     "unknown", "UNKNOWN: nobody looked up a name here."},
    {"no lookup ended", "DELETE FROM latency WHERE measure = 'lookup'",
     "unknown", "no lookup came to an end"},
    {"no DNS", "UPDATE counter SET value = 0 WHERE name <> 'frames'", "unknown",
     "UNKNOWN: there is no DNS message in 2,400 frames."},
    {"no DNS, but what is not read",
     "UPDATE counter SET value = 0 WHERE name <> 'frames';"
     "INSERT INTO frame_fate VALUES ('unsupported', 'tcp', 7, 1)",
     "unknown", "frames, 7 of which this version cannot read."},
    {"empty", "UPDATE counter SET value = 0", "unknown",
     "UNKNOWN: the capture is empty."},
    {"queries only", COUNTER("response_messages", "0") COUNTER("answered", "0"),
     "unknown", "only queries were captured"},
    {"responses only", COUNTER("query_messages", "0"), "unknown",
     "only responses were captured"},
    {"heavy loss", ORPHANS("300"), "unknown",
     "the capture lost about 20 % of the DNS messages"},
    {"most queries missing", ORPHANS("601"), "unknown",
     "of 1,200 responses 601 have no query"},
};

START_TEST(verdict_says_what_lookups_went_through)
{
    struct store *store = make_judged(verdicts[_i].change);
    ck_assert_str_eq(ask(store, "SELECT answer = verdict FROM v_verdict,"
                                " v_summary"),
                     "1");
    const char *have = ask(store, "SELECT answer FROM v_verdict");
    ck_assert_msg(strcmp(have, verdicts[_i].answer) == 0, "%s: %s, not %s",
                  verdicts[_i].name, have, verdicts[_i].answer);
    have = ask(store, "SELECT sentence FROM v_verdict");
    ck_assert_msg(strstr(have, verdicts[_i].says), "%s:\n%s lacks\n%s",
                  verdicts[_i].name, have, verdicts[_i].says);
    store_close(store);
}
END_TEST

static const struct {
    const char *name, *change, *want;
} confidences[] = {
    {"whole", "", "0.97"},
    {"drops lower it", "UPDATE interface SET dropped = 2400", "0.48"},
    {"loss lowers it", ORPHANS("133"), "0.87"},
    {"cut messages lower it", COUNTER("cut_messages", "2400"), "0.77"},
    {"frames not read lower it",
     "INSERT INTO frame_fate VALUES ('unsupported', 'tcp', 1200, 1)", "0.73"},
    {"a jumping clock lowers it", COUNTER("clock_steps", "1"), "0.68"},
    {"not knowing is no confidence", "UPDATE counter SET value = 0", "0.0"},
};

START_TEST(confidence_shrinks_with_what_was_not_seen)
{
    struct store *store = make_judged(confidences[_i].change);
    const char *have = ask(store, "SELECT confidence FROM v_verdict");
    ck_assert_msg(strcmp(have, confidences[_i].want) == 0, "%s: %s, not %s",
                  confidences[_i].name, have, confidences[_i].want);
    store_close(store);
}
END_TEST

/* --- all of them ------------------------------------------------------------ */

/* Every view to its last row, once over the healthy capture and once over no
 * rows at all. */
START_TEST(every_view_answers)
{
    struct store *store = make(NULL, _i == 0, "");
    sqlite3_stmt *names = NULL;
    unsigned count = 0;
    ck_assert_int_eq(sqlite3_prepare_v2(store_handle(store),
                                        "SELECT 'SELECT * FROM ' || name"
                                        " FROM sqlite_temp_schema"
                                        " WHERE type = 'view'",
                                        -1, &names, NULL),
                     SQLITE_OK);
    for (; sqlite3_step(names) == SQLITE_ROW; count++)
        ask(store, (const char *)sqlite3_column_text(names, 0));
    ck_assert_uint_gt(count, 20);
    sqlite3_finalize(names);
    store_close(store);
}
END_TEST

START_TEST(one_row_views_have_one_row_even_over_nothing)
{
    struct store *store = make(NULL, false, "");
    ck_assert_str_eq(ask(store, "SELECT (SELECT count(*) FROM v_summary),"
                                " (SELECT count(*) FROM v_verdict),"
                                " (SELECT answer FROM v_verdict)"),
                     "1|1|unknown");
    store_close(store);
}
END_TEST

/* With a file: what others see of it. */
static char path[] = "/tmp/wasitdns-views-XXXXXX";

static void publish(void)
{
    struct err err = {0};
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    struct store *store =
        make(path, true, ASKS("900", "100") LOOKUP_WAITS SILENT("2"));
    ck_assert_msg(store_publish(store, &err) == ERR_OK, "%s", err.text);
    store_close(store);
}

/* Runs a shell command with the file's path for %s; its first output line. */
static const char *shell(const char *command, int *status)
{
    static char line[512];
    char text[1024];
    snprintf(text, sizeof text, command, path);
    fflush(NULL);
    FILE *out = popen(text, "r");
    ck_assert_ptr_nonnull(out);
    if (!fgets(line, sizeof line, out))
        line[0] = '\0';
    *status = pclose(out);
    return line;
}

START_TEST(stock_shell_answers_every_view)
{
    int status;
    shell("command -v sqlite3 >/dev/null", &status);
    if (status != 0) {
        puts("no sqlite3 here: the stock shell is not tried");
        return;
    }
    publish();
    const char *line =
        shell("sqlite3 -readonly '%1$s' \"SELECT 'SELECT count(*) FROM '"
              " || name || ';' FROM sqlite_schema WHERE type = 'view'\" |"
              " sqlite3 -readonly '%1$s' 2>&1 | grep -av '^[0-9]*$'",
              &status);
    ck_assert_str_eq(line, "");
    line = shell("sqlite3 -readonly '%s' 'SELECT id FROM v_findings'", &status);
    ck_assert_str_eq(line, "silent-server\n");
    unlink(path);
}
END_TEST

START_TEST(public_views_are_as_agreed)
{
    if (access("../shared/contract-check", X_OK) != 0) {
        puts("../shared/contract-check is not here: columns are not compared");
        return;
    }
    int status;
    publish();
    const char *line =
        shell("../shared/contract-check '%s' v_summary v_frames v_rcodes"
              " v_types v_timeline v_clients v_servers v_names v_latency"
              " v_search_clients v_search_suffixes v_search_names"
              " v_findings v_transactions v_lookups 2>&1",
              &status);
    ck_assert_str_eq(line, "15 views as agreed\n");
    unlink(path);
}
END_TEST

/* A store that was opened gets the same views, as temporary ones. */
START_TEST(opened_store_is_judged_alike)
{
    struct store *store = NULL;
    struct err err = {0};
    publish();
    ck_assert_msg(store_open(&store, path, &err) == ERR_OK, "%s", err.text);
    define(store);
    ck_assert_str_eq(ask(store, "SELECT id FROM v_findings"),
                     "silent-server/hot-client");
    store_close(store);
    unlink(path);
}
END_TEST

#define ADD_LOOP(tc, test, rows)                                               \
    tcase_add_loop_test(tc, test, 0, (int)(sizeof(rows) / sizeof(rows)[0]))

static Suite *views_suite(void)
{
    Suite *s = suite_create("views");
    TCase *tc = tcase_create("views");
    ADD_LOOP(tc, view_shows_what_the_rows_say, views);
    ADD_LOOP(tc, percentile_is_the_nearest_rank, percentiles);
    tcase_add_loop_test(tc, every_view_answers, 0, 2);
    tcase_add_test(tc, one_row_views_have_one_row_even_over_nothing);
    tcase_add_test(tc, stock_shell_answers_every_view);
    tcase_add_test(tc, public_views_are_as_agreed);
    tcase_add_test(tc, opened_store_is_judged_alike);
    suite_add_tcase(s, tc);

    tc = tcase_create("findings");
    ADD_LOOP(tc, finding_is_raised_by_its_fault_and_only_then, findings);
    suite_add_tcase(s, tc);

    tc = tcase_create("verdict");
    ADD_LOOP(tc, verdict_says_what_lookups_went_through, verdicts);
    ADD_LOOP(tc, confidence_shrinks_with_what_was_not_seen, confidences);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    SRunner *sr = srunner_create(views_suite());
    srunner_run_all(sr, CK_NORMAL);
    const int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
