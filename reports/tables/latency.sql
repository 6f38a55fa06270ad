-- id: latency
-- title: how long things took
-- means: Percentiles by all, client, server, type, zone_class and leg, and by
--   upstream server as resolvers found it. wait: from the first attempt to the
--   answer. service: from the attempt that was answered. lookup: what one call
--   such as getaddrinfo waited. own, upstream: of a resolver's service, its own
--   part and what it waited for others. walk: what a search list took before the
--   name that settled a lookup. The percentiles are of what was
--   answered; beside them those with the unanswered ranked last, where
--   is_at_least 1 means "or more". Mind count: of fewer than 100 values p99 is
--   the longest.
SELECT scope, key, measure, count, min_seconds, p50_seconds, p90_seconds,
    p95_seconds, p99_seconds, max_seconds, unanswered,
    p95_with_unanswered_seconds, p99_with_unanswered_seconds, p95_is_at_least,
    p99_is_at_least
FROM v_latency
ORDER BY scope, count DESC, key, measure
