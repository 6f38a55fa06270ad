-- id: servers
-- title: who is asked
-- means: The servers by the queries sent to them. service: from the attempt
--   that was answered to its answer, which is the time of the server and of
--   the path. icmp_errors: questions that an ICMP error ended.
SELECT server_address, label, role, queries, answered, unanswered,
    icmp_errors, servfail, refused,
    service_p50_seconds, service_p95_seconds, service_p99_seconds
FROM v_servers
ORDER BY queries DESC, server_address
