-- id: latency
-- title: how long things took
-- means: Percentiles by all, client, server and type. wait: from the first
--   attempt to the answer. service: from the attempt that was answered.
--   lookup: what one call such as getaddrinfo waited. The percentiles are of
--   what was answered; beside them those with the unanswered ranked last,
--   where a value of the timeout means "or more".
SELECT scope, key, measure, count, min_seconds, p50_seconds, p90_seconds,
    p95_seconds, p99_seconds, max_seconds, unanswered,
    p95_with_unanswered_seconds, p99_with_unanswered_seconds
FROM v_latency
ORDER BY scope, count DESC, key, measure
