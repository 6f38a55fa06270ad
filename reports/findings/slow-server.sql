-- id: slow-server
-- title: a server answers slowly
-- means: One in twenty answers of this server, or more, takes longer than
--   people notice. Every lookup that meets one is late by as much, and a page
--   or a job that needs several names in a row adds them up.
-- detected: The service time (from the attempt that was answered to its answer)
--   of one server: its p95 over 100 ms is a warning, over 300 ms an error, from
--   30 answers on. Where it is a resolver whose own queries were captured, too,
--   what it waited for others is taken off: its own time must be as slow, else
--   slow-upstream tells. Servers that only resolvers ask are told there as well.
--   cost_seconds is what its answers took beyond 100 ms each;
--   A and AAAA asked together wait at the same time, so that users felt about
--   half of it.
-- fooled-by: The distance: a server on another continent is slow and healthy.
--   A capture between a resolver and the authorities shows distances, not what
--   clients wait. A resolver with a cold cache is slow for minutes. Only the
--   ten dearest servers are told.
-- fix: Look at the fastest answer. If it was fast, the server and the path to
--   it are fine and the slow ones are those it had to fetch: look at its
--   upstream, at its cache size, and at names with a TTL of seconds. If it was
--   slow too, measure the path (ping), then the server's load, or ask a nearer
--   one.
WITH slow AS MATERIALIZED (
    SELECT s.*,
        s.address || CASE s.label WHEN '' THEN '' ELSE ' (' || s.label || ')'
            END AS server,
        p.count AS answers,
        min(p.max_ns / 1e9, middle.middle_seconds) AS p50_seconds,
        min(p.max_ns / 1e9, tail.middle_seconds) AS p95_seconds,
        p.min_ns / 1e9 AS min_seconds,
        CASE WHEN middle.middle_seconds < 0.0009995
            THEN printf('%.3g us', middle.middle_seconds * 1e6)
            ELSE printf('%.4g ms', middle.middle_seconds * 1e3) END AS median,
        CASE WHEN p.min_ns < 999500 THEN printf('%.3g us', p.min_ns / 1e3)
            ELSE printf('%.4g ms', p.min_ns / 1e6) END AS fastest,
        p.max_ns / 1e9 AS max_seconds,
        bound.warning_seconds AS limit_seconds, bound.error_seconds,
        min(own.max_ns / 1e9, own_tail.middle_seconds) AS own_p95_seconds,
        (SELECT sum(b.value) FROM json_each(p.buckets) AS b
         JOIN latency_bucket AS l ON l.bucket = CAST(b.key AS INTEGER)
         WHERE l.middle_seconds > bound.warning_seconds) AS slow_answers,
        (SELECT sum(b.value * (l.middle_seconds - bound.warning_seconds))
         FROM json_each(p.buckets) AS b
         JOIN latency_bucket AS l ON l.bucket = CAST(b.key AS INTEGER)
         WHERE l.middle_seconds > bound.warning_seconds) AS cost_seconds
    FROM (
        SELECT
            max(value) FILTER (WHERE name = 'slow_answers') AS answers,
            max(value) FILTER (WHERE name = 'slow_warning_seconds')
                AS warning_seconds,
            max(value) FILTER (WHERE name = 'slow_error_seconds')
                AS error_seconds,
            max(value) FILTER (WHERE name = 'slow_own_share') AS own_share
        FROM threshold) AS bound
    CROSS JOIN latency_point AS p
    CROSS JOIN latency_bucket AS middle ON middle.bucket = p.points ->> 0
    CROSS JOIN latency_bucket AS tail ON tail.bucket = p.points ->> 2
    CROSS JOIN server AS s ON s.server_id = p.key
    LEFT JOIN latency AS u
        ON u.scope = 'upstream' AND u.measure = 'service' AND u.key = p.key
    LEFT JOIN latency_point AS own
        ON own.scope = 'server' AND own.measure = 'own' AND own.key = p.key
        AND own.count >= bound.own_share * p.count
    LEFT JOIN latency_bucket AS own_tail ON own_tail.bucket = own.points ->> 2
    WHERE p.scope = 'server' AND p.measure = 'service'
        AND p.count >= bound.answers
        AND p.max_ns > bound.warning_seconds * 1e9
        AND tail.middle_seconds > bound.warning_seconds
        AND coalesce(own_tail.middle_seconds > bound.warning_seconds, 1)
        AND coalesce(u.count, 0) < bound.own_share * p.count
    ORDER BY cost_seconds DESC, s.address
    LIMIT 10
)
SELECT
    CASE WHEN coalesce(own_p95_seconds, p95_seconds) > error_seconds THEN 'error' ELSE 'warning' END
        AS severity,
    address AS subject,
    printf('%s answers slowly, p95 is %.0f ms over %,d answers (median'
        || ' %s)', server, p95_seconds * 1000, answers, median)
        AS title,
    json_object('answers', answers, 'slow_answers', slow_answers,
        'limit_seconds', limit_seconds, 'min_seconds', min_seconds,
        'p50_seconds', round(p50_seconds, 6),
        'p95_seconds', round(p95_seconds, 6),
        'max_seconds', round(max_seconds, 6),
        'own_p95_seconds', round(own_p95_seconds, 6)) AS evidence,
    cost_seconds,
    NULL AS cost_queries,
    (SELECT count(*) FROM client_server AS c
     WHERE c.server_id = slow.server_id AND c.answered > 0)
        AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', last_response_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(last_response_ns % 1000000000)) AS last_time,
    round(1.0 * answers / (answers + 10), 2) AS confidence,
    CASE WHEN own_p95_seconds IS NOT NULL THEN
        printf('It waits for others, but its own part is slow, too: p95 %.4g'
            || ' ms. Look at its load, its threads, and at names whose lookup'
            || ' it does not show here.', own_p95_seconds * 1e3)
    WHEN min_seconds * 5 < limit_seconds THEN
        printf('Its fastest answer took %s, so the server and the path to'
            || ' it can be fast: the slow ones are what it must fetch. Look at'
            || ' its upstream, at the size of its cache, and at names with a'
            || ' TTL of seconds.', fastest)
    ELSE
        printf('Even its fastest answer took %s. Measure the path (ping'
            || ' %s), then the load of the server; or let clients ask a nearer'
            || ' one.', fastest, address)
    END AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.value & 0xFFFFFFFFFF), f.value & 0xFFFFFFFFFF))
     FROM json_each(json_array(slowest_query_frame, slowest_response_frame))
        AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.value >> 40
     WHERE f.value IS NOT NULL) AS example_frames
FROM slow
