#include "store/rule.h"

#include <string.h>

static const struct store_rule rules[] = {
    {.table = "part",
     .of_part = true,
     .key = "part_id@part",
     .least_of = "identity tool first_ns timeout_ns window_ns resolution_ns"
                 " sketch_seed histogram_scale ports filter ndots",
     .greatest_of = "last_ns"},
    {.table = "part_search", .key = "part_id@part place", .least_of = "suffix"},
    {.table = "input",
     .of_part = true,
     .key = "input_id@input",
     .least_of = "part_id@part path format first_ns damage damage_frame"
                 " damage_offset",
     .greatest_of = "last_ns",
     .sum = "octets frames passed_over"},
    {.table = "edge",
     .of_part = true,
     .key = "part_id@part side piece",
     .least_of = "first_ns last_ns entries transactions octets"},
    {.table = "comment",
     .of_part = true,
     .key = "input_id@input number",
     .least_of = "frame@frame text"},
    {.table = "interface",
     .of_part = true,
     .key = "input_id@input interface",
     .least_of = "name link_type snap_octets",
     .sum = "frames dropped"},
    {.table = "frame_fate",
     .of_part = true,
     .key = "fate reason",
     .sum = "frames",
     .least_of = "first_frame@frame"},
    {.table = "counter",
     .key = "name",
     .sum = "value",
     .where = "name NOT IN ('names', 'joined_cuts')"},
    {.table = "traffic",
     .key = "window_ns",
     .sum = "queries responses noerror nxdomain servfail refused nodata"
            " unanswered icmp_errors retransmissions"},
    {.table = "response_code",
     .key = "code",
     .sum = "responses",
     .least_of = "name first_frame@frame"},
    {.table = "query_type",
     .key = "code",
     .sum = "queries",
     .least_of = "name first_frame@frame"},
    {.table = "extended_error",
     .key = "code",
     .sum = "responses",
     .least_of = "name first_frame@frame"},
    {.table = "client",
     .key = "client_id@client",
     .sum = "queries retransmissions transactions answered late unanswered"
            " open_at_end icmp_errors nxdomain nodata servfail refused lookups"
            " failed_lookups",
     .least_of = "address first_ns first_frame@frame"
                 " first_unanswered_frame@frame",
     .greatest_of = "label last_ns",
     .sketch = "names names_sketch"},
    {.table = "requester",
     .key = "address",
     .sum = "sure above",
     .greatest_of = "label"},
    {.table = "server",
     .key = "server_id@server",
     .sum = "queries retransmissions transactions answered late unanswered"
            " open_at_end icmp_errors orphans nxdomain nodata servfail refused"
            " truncated",
     .least_of = "address first_ns first_unanswered_frame@frame"
                 " first_servfail_frame@frame first_refused_frame@frame",
     .greatest_of = "label last_query_ns last_response_ns",
     .with_greatest = "slowest_ns slowest_query_frame@frame"
                      " slowest_response_frame@frame"},
    {.table = "client_server",
     .key = "client_id@client server_id@server",
     .sum = "queries transactions answered unanswered icmp_errors wait_ns",
     .least_of = "first_ns first_unanswered_frame@frame"
                 " first_icmp_frame@frame",
     .greatest_of = "last_query_ns last_response_ns"},
    {.table = "silence",
     .passes = true,
     .key = "client_id@client server_id@server first_ns",
     .sum = "unanswered icmp_errors"},
    {.table = "icmp_error",
     .key = "server_id@server reason quoted sender",
     .sum = "errors",
     .least_of = "server_address first_ns",
     .greatest_of = "last_ns",
     .with_least = "first_frame@frame sender_address"},
    {.table = "encrypted_server",
     .of_part = true,
     .key = "address port transport",
     .sum = "frames handshakes",
     .least_of = "first_frame@frame",
     .sketch = "flows flows_sketch clients clients_sketch"},
    {.table = "client_role",
     .key = "client_id@client",
     .sum = "recursive_queries iterative_queries unprompted"},
    {.table = "server_role",
     .key = "server_id@server",
     .sum = "responses recursive_responses authoritative_responses alone"
            " authority joined fetched followed"},
    {.table = "name", .key = "name_id@name", .least_of = "query_name"},
    {.table = "question",
     .key = "question_id@question",
     .sum = "queries transactions answered unanswered nxdomain nodata servfail"
            " refused wait_count",
     .least_of = "name_id@name query_type query_class ttl_min_s first_ns"
                 " first_frame@frame",
     .greatest_of = "ttl_max_s wait_max_ns last_ns",
     .buckets = "wait_buckets",
     .sketch = "clients clients_sketch"},
    {.table = "latency",
     .passes = true,
     .key = "scope key@scope measure",
     .sum = "count unanswered unanswered_ns sum_ns",
     .least_of = "min_ns",
     .least = "min_ns",
     .greatest_of = "max_ns",
     .buckets = "buckets"},
    {.table = "latency_bucket", .fixed = "bucket middle_seconds upper_seconds"},
    {.table = "slow_lookup",
     .beside = "lookup_id",
     .key = "lookup_id@lookup client_id@client name_id@name time_ns wait_ns "
            "queries"
            " steps outcome cause cause_ns server_id@server silent stub"
            " cause_frame@frame first_frame@frame last_frame@frame",
     .only = "wait_ns DESC, lookup_id LIMIT 100"},
    {.table = "lookup_cause",
     .passes = true,
     .key =
         "cause client_id@client server_id@server name_id@name silent repeated"
         " upstream",
     .sum = "lookups queries wait_ns cause_ns",
     .least_of = "first_ns",
     .greatest_of = "last_ns",
     .buckets = "wait_buckets",
     .with_greatest = "wait_max_ns first_frame@frame last_frame@frame"
                      " cause_frame@frame lookup_id@lookup"},
    {.table = "suffix", .key = "suffix_id@suffix", .least_of = "suffix"},
    {.table = "search_lookup",
     .passes = true,
     .key = "client_id@client name_id@name dots begins_id@suffix"
            " settled_id@suffix steps outcome addresses",
     .sum = "lookups queries sent_queries needed_queries wasted_octets"
            " wasted_ns",
     .least_of = "first_ns first_frame@frame",
     .greatest_of = "last_ns"},
    {.table = "search_suffix",
     .passes = true,
     .key = "client_id@client suffix_id@suffix",
     .sum = "lookups leading queries answered wasted",
     .sketch = "bases bases_sketch"},
    {.table = "search_pair",
     .passes = true,
     .key = "client_id@client suffix_id@suffix later_suffix_id@suffix",
     .sum = "lookups"},
    {.table = "search_client",
     .key = "client_id@client",
     .sum = "lookups walked_lookups autopath_lookups queries sent_queries"
            " needed_queries wasted_octets wasted_ns led_lookups "
            "led_wasted_queries"
            " led_wasted_ns",
     .least_of = "led_first_ns bare_dots",
     .greatest_of = "led_last_ns led_dots"},
    {.table = "name_split",
     .key = "name_id@name",
     .sum = "lookups stopped",
     .least_of = "first_ns",
     .greatest_of = "last_ns",
     .with_least = "first_frame@frame client_id@client"},
    {.table = "search_stub",
     .passes = true,
     .key = "client_id@client stub",
     .sum = "lookups walked_lookups"},
    {.table = "search_answer",
     .key = "suffix address",
     .sum = "lookups",
     .least_of = "first_ns first_frame@frame",
     .greatest_of = "last_ns",
     .sketch = "bases bases_sketch clients clients_sketch"},
    {.table = "denial",
     .key = "client_id@client server_id@server question_id@question",
     .sum = "transactions",
     .least_of = "internal client_outside first_ns first_frame@frame",
     .greatest_of = "last_ns"},
    {.table = "dns_transaction",
     .beside = "transaction_id lookup_id",
     .key = "transaction_id@lookup query_frame@frame response_frame@frame"
            " icmp_frame@frame time_ns client_id@client client_port"
            " server_id@server server_port transport message_id"
            " question_id@question response_code outcome attempts responses"
            " wait_ns service_ns lookup_id@lookup leg nodata source upstream_ns"
            " last_attempt_ns"},
    {.table = "dns_message",
     .beside = "",
     .key = "client_id@client client_port message_id frame@frame"
            " server_id@server question_id@question transport time_ns kind"},
    {.table = "dns_lookup",
     .beside = "lookup_id",
     .key = "lookup_id@lookup time_ns client_id@client name_id@name types steps"
            " queries needed_queries servers outcome cause cause_ns"
            " server_id@server silent stub cause_frame@frame wait_ns"
            " first_frame@frame last_frame@frame"},
};

const struct store_rule *store_rules(size_t *count)
{
    *count = sizeof rules / sizeof *rules;
    return rules;
}

bool store_rule_next(const char **at, struct store_column *column)
{
    if (!*at)
        return false;
    *at += strspn(*at, " ");
    if (!**at)
        return false;
    const size_t name = strcspn(*at, " @");
    *column = (struct store_column){.name = *at, .name_octets = (int)name};
    *at += name;
    if (**at == '@') {
        ++*at;
        column->mark = *at;
        column->mark_octets = (int)strcspn(*at, " ");
        *at += column->mark_octets;
    }
    return true;
}
