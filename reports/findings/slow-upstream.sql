-- id: slow-upstream
-- title: what a resolver asks answers slowly
-- means: A resolver is quick itself, but one in twenty answers of a server that
--   it asks, or more, takes longer than people notice. Every lookup of a name
--   that is not in its cache is late by as much. Its clients see a slow
--   resolver; the fault is behind it.
-- detected: The service time of one server as resolvers found it (they are asked
--   themselves, or ask without RD): its p95 over 100 ms is a warning, over 300 ms
--   an error, from 30 answers on. Only info where the clients of those resolvers
--   were captured, too, and 95 in a hundred of their answers took less. Where no
--   single server is to blame, the resolver is named: 95 in a hundred answers to
--   its clients take over 100 ms, but its own part does not, and what it waited
--   for others does. cost_seconds is what the answers took beyond 100 ms each.
-- fooled-by: The distance: an authority on another continent is slow and healthy,
--   and a cold cache asks it more often. Queries of the resolver that cannot be
--   tied to a question of a client (their names are unrelated) count as the
--   resolver's own time. A resolver that is asked on one address and asks from
--   another looks like two hosts. Only the ten dearest are told.
-- fix: Measure the path from the resolver to that server, then the server's
--   load. If it is a forwarder's choice, forward to a nearer one, or to two. Where
--   the names have TTLs of seconds, longer ones or prefetching keep the waiting
--   away from clients.
WITH resolver AS MATERIALIZED (
    -- who is asked and asks, with what 95 in a hundred answers to its clients
    -- took, and its own part of them
    SELECT r.server_id, c.client_id,
        min(felt.max_ns / 1e9, felt_tail.middle_seconds) AS felt_seconds,
        min(own.max_ns / 1e9, own_tail.middle_seconds) AS own_seconds
    FROM server AS r
    JOIN client AS c ON c.address = r.address
    JOIN latency_point AS felt ON felt.scope = 'server'
        AND felt.measure = 'service' AND felt.key = r.server_id
    LEFT JOIN latency_bucket AS felt_tail
        ON felt_tail.bucket = felt.points ->> 2
    LEFT JOIN latency_point AS own ON own.scope = 'server'
        AND own.measure = 'own' AND own.key = r.server_id
    LEFT JOIN latency_bucket AS own_tail ON own_tail.bucket = own.points ->> 2
    WHERE r.address <> 'other'
), slow AS MATERIALIZED (
    SELECT s.*, p.count AS answers, p.min_ns, p.max_ns,
        min(p.max_ns / 1e9, middle.middle_seconds) AS p50_seconds,
        min(p.max_ns / 1e9, tail.middle_seconds) AS p95_seconds,
        p.scope = 'server' AS is_resolver,
        bound.warning_seconds AS limit_seconds, bound.error_seconds,
        CASE p.scope
            WHEN 'server' THEN
                (SELECT felt_seconds FROM resolver AS r
                 WHERE r.server_id = s.server_id)
            ELSE (SELECT max(r.felt_seconds)
                  FROM resolver AS r
                  JOIN client_server AS a ON a.client_id = r.client_id
                  WHERE a.server_id = s.server_id AND a.answered > 0)
            END AS felt_seconds,
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
                AS error_seconds
        FROM threshold) AS bound
    CROSS JOIN (SELECT 'upstream' AS scope, 'service' AS measure
        UNION ALL SELECT 'server', 'upstream') AS kind
    CROSS JOIN latency_point AS p
        ON p.scope = kind.scope AND p.measure = kind.measure
    CROSS JOIN latency_bucket AS middle ON middle.bucket = p.points ->> 0
    CROSS JOIN latency_bucket AS tail ON tail.bucket = p.points ->> 2
    CROSS JOIN server AS s ON s.server_id = p.key
    WHERE p.count >= bound.answers
        AND p.max_ns > bound.warning_seconds * 1e9
        AND tail.middle_seconds > bound.warning_seconds
        AND s.address <> 'other'
), told AS MATERIALIZED (
    -- a resolver only when its clients feel it, its own part is small, and none
    -- of the servers that it asks is told
    SELECT * FROM slow
    WHERE NOT is_resolver
        OR (felt_seconds > limit_seconds
            AND (SELECT own_seconds FROM resolver AS r
                 WHERE r.server_id = slow.server_id) <= limit_seconds
            AND NOT EXISTS (
                SELECT 1 FROM resolver AS r
                JOIN client_server AS a ON a.client_id = r.client_id
                JOIN slow AS one ON one.server_id = a.server_id
                WHERE r.server_id = slow.server_id AND a.answered > 0
                    AND NOT one.is_resolver))
    ORDER BY cost_seconds DESC, address
    LIMIT 10
)
SELECT
    CASE WHEN felt_seconds <= limit_seconds THEN 'info'
        WHEN p95_seconds > error_seconds THEN 'error'
        ELSE 'warning' END AS severity,
    address AS subject,
    CASE WHEN is_resolver THEN
        printf('what %s asks other servers is answered slowly, p95 is %.0f ms'
            || ' over %,d answers (median %.3g ms)', server,
            p95_seconds * 1000, answers, p50_seconds * 1000)
    ELSE
        printf('%s answers resolvers slowly, p95 is %.0f ms over %,d answers'
            || ' (median %.3g ms)', server, p95_seconds * 1000, answers,
            p50_seconds * 1000)
    END AS title,
    json_object('answers', answers, 'limit_seconds', limit_seconds,
        'min_seconds', min_ns / 1e9, 'p50_seconds', round(p50_seconds, 6),
        'p95_seconds', round(p95_seconds, 6), 'max_seconds', max_ns / 1e9,
        'clients_p95_seconds', round(felt_seconds, 6)) AS evidence,
    cost_seconds,
    NULL AS cost_queries,
    (SELECT nullif(count(DISTINCT c.client_id), 0)
     FROM client_server AS c
     WHERE c.answered > 0 AND (
        (is_resolver AND c.server_id = told.server_id)
        OR (NOT is_resolver AND c.server_id IN (
            SELECT r.server_id
            FROM resolver AS r
            JOIN client_server AS a ON a.client_id = r.client_id
            WHERE a.server_id = told.server_id AND a.answered > 0))))
        AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', last_response_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(last_response_ns % 1000000000)) AS last_time,
    round(1.0 * answers / (answers + 10), 2) AS confidence,
    CASE WHEN is_resolver THEN
        printf('%s itself needs little: what it asks elsewhere takes the time.'
            || ' wasitdns top latency lists those servers as upstream;'
            || ' longer TTLs or prefetching spare its clients the waiting.',
            address)
    WHEN min_ns < limit_seconds * 2e8 THEN
        printf('Its fastest answer took %.3g ms, so the path to it can be'
            || ' fast: look at the load of %s, and at what it asks in turn;'
            || ' or let resolvers ask another server beside it.', min_ns / 1e6,
            address)
    ELSE
        printf('Even its fastest answer took %.4g ms. Measure the path from'
            || ' the resolver (ping %s), then the load of the server; or let'
            || ' the resolver ask a nearer one.', min_ns / 1e6, address)
    END AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.value & 0xFFFFFFFFFF), f.value & 0xFFFFFFFFFF))
     FROM json_each(json_array(slowest_query_frame, slowest_response_frame))
        AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.value >> 40
     WHERE f.value IS NOT NULL) AS example_frames
FROM (
    SELECT *, address || CASE label WHEN '' THEN '' ELSE ' (' || label || ')'
        END AS server
    FROM told) AS told
