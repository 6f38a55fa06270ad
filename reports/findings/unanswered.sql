-- id: unanswered
-- title: questions that got no answer, or only when repeated
-- means: Queries or responses are lost on the way to this server, or it drops
--   some of them. A client learns of it only by its timer: 5 s with glibc and
--   Go, 2.5 s with musl, then it asks again.
-- detected: For each server, the transactions that were never answered, less
--   those that the capture's own loss explains (as many in a hundred as there
--   are responses without their query), and answers whose first attempt was
--   lost: they waited longer than the server took. From 0.1 % of its
--   transactions on a warning, from 1 % and 10 of them an error; info if no
--   lookup stalled for it (then from 3 on). Servers that fell silent altogether
--   are told as silent-server.
-- fooled-by: A capture that loses packets in bursts, or only in one direction.
--   Answers that were there but cut, malformed or in fragments. Clients that
--   ask several servers at once and take the first answer. Only the ten
--   dearest servers are told.
-- fix: Capture at the server too. If queries arrive there and no answer leaves,
--   it is the server (rate limit, full socket buffer: netstat -su, ss -lunm).
--   If they do not arrive, it is the path (a firewall, or the conntrack race of
--   A and AAAA: conntrack -S counts insert_failed).
WITH counted AS (
    SELECT s.server_id, s.address, s.first_ns, s.last_query_ns,
        s.transactions, s.retransmissions, s.unanswered,
        s.answered + s.late + s.unanswered AS settled,
        min(s.unanswered, CAST(round(coalesce(c.loss, 0)
            * (s.answered + s.late + s.unanswered)) AS INTEGER)) AS expected,
        -- what answers waited beyond the server's own time: for attempts
        -- before the one that was answered
        coalesce((w.sum_ns - v.sum_ns) / 1e9, 0.0) AS repeat_seconds,
        s.address || CASE s.label WHEN '' THEN '' ELSE ' (' || s.label || ')'
            END AS server,
        h.stalled, h.stalled_seconds, coalesce(c.loss, 0.0) AS capture_loss,
        b.*
    FROM capture AS c
    CROSS JOIN harm AS h
    CROSS JOIN (
        SELECT
            max(value) FILTER (WHERE name = 'unanswered_warning_share')
                AS warning_share,
            max(value) FILTER (WHERE name = 'unanswered_error_share')
                AS error_share,
            max(value) FILTER (WHERE name = 'unanswered_queries')
                AS least_queries,
            max(value) FILTER (WHERE name = 'unanswered_error_queries')
                AS error_queries,
            max(value) FILTER (WHERE name = 'stall_seconds') AS stall_seconds
        FROM threshold) AS b
    CROSS JOIN server AS s
    LEFT JOIN latency AS w
        ON w.scope = 'server' AND w.key = s.server_id AND w.measure = 'wait'
    LEFT JOIN latency AS v
        ON v.scope = 'server' AND v.key = s.server_id AND v.measure = 'service'
    WHERE NOT c.is_one_way
        AND (s.unanswered > 0 OR s.retransmissions > 0)
        AND s.server_id NOT IN (SELECT server_id FROM silent_server)
), weighed AS (
    SELECT *,
        unanswered - expected AS lost,
        coalesce(1.0 * (unanswered - expected) / nullif(settled, 0), 0)
            AS lost_share,
        repeat_seconds >= stall_seconds AS has_repeats,
        coalesce(1.0 * retransmissions / nullif(transactions, 0), 0)
            AS repeat_share,
        1.0 * (unanswered - expected) / max(unanswered, 1) * coalesce((
            SELECT sum(p.wait_ns) / 1e9 FROM client_server AS p
            WHERE p.server_id = counted.server_id), 0) AS unanswered_seconds
    FROM counted
), raised AS MATERIALIZED (
    SELECT *,
        -- lookups cannot have waited longer than all of them did together
        min(stalled_seconds, repeat_seconds + unanswered_seconds)
            AS cost_seconds,
        max(lost_share, has_repeats * repeat_share) AS share,
        lost + has_repeats * retransmissions AS events
    FROM weighed
    WHERE (lost > 0 AND lost_share >= warning_share
            AND (stalled > 0 OR lost >= least_queries))
        OR (has_repeats AND repeat_share >= warning_share)
    ORDER BY cost_seconds DESC, address
    LIMIT 10
)
SELECT
    CASE WHEN stalled = 0 THEN 'info'
        WHEN share >= error_share AND events >= error_queries THEN 'error'
        ELSE 'warning' END AS severity,
    address AS subject,
    CASE WHEN has_repeats AND repeat_seconds >= unanswered_seconds THEN
        printf('%s had to be asked again %s, which cost %s', server,
            CASE retransmissions WHEN 1 THEN 'once'
                ELSE printf('%,d times', retransmissions) END,
            CASE WHEN repeat_seconds < 100
                THEN printf('%.1f s', repeat_seconds)
                ELSE printf('%,d s', repeat_seconds) END)
        || CASE unanswered WHEN 0 THEN ''
            ELSE printf('; %,d of %,d questions got no answer at all',
                unanswered, settled) END
    ELSE
        CASE settled WHEN 1 THEN
            printf('%s left the only question unanswered', server)
        ELSE
            printf('%s left %,d of %,d questions unanswered (%.3g %%)', server,
                unanswered, settled, 100.0 * unanswered / settled) END
        || CASE WHEN expected > 0 THEN
            printf(', about %,d of them expected from capture loss alone',
                expected) ELSE '' END
    END AS title,
    json_object('unanswered', unanswered, 'settled', settled,
        'expected_from_capture_loss', expected,
        'capture_loss', round(capture_loss, 6),
        'retransmissions', retransmissions,
        'repeat_seconds', round(repeat_seconds, 6),
        'unanswered_seconds', round(unanswered_seconds, 6),
        'clients', json((
            SELECT json_group_array(json_object('client_address', address,
                'unanswered', unanswered, 'transactions', transactions))
            FROM (
                SELECT c.address, p.unanswered, p.transactions
                FROM client_server AS p
                JOIN client AS c ON c.client_id = p.client_id
                WHERE p.server_id = raised.server_id AND p.unanswered > 0
                ORDER BY p.unanswered DESC, c.address
                LIMIT 5)))) AS evidence,
    cost_seconds,
    lost + retransmissions AS cost_queries,
    (SELECT count(*) FROM client_server AS p
     JOIN client AS c ON c.client_id = p.client_id
     WHERE p.server_id = raised.server_id
        AND (p.unanswered > 0 OR (has_repeats AND c.retransmissions > 0)))
        AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', last_query_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(last_query_ns % 1000000000)) AS last_time,
    round((1 - capture_loss) * events / (events + 1.0), 2) AS confidence,
    printf('Capture at %s too. Queries arrive there and no answer leaves: the'
        || ' server drops them (rate limit, full socket buffer: netstat -su).'
        || ' They do not arrive: the path does (a firewall; conntrack -S counts'
        || ' insert_failed when A and AAAA race). Until then "options timeout:1'
        || ' attempts:3" in resolv.conf makes each wait shorter.', address)
        AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.value & 0xFFFFFFFFFF), f.value & 0xFFFFFFFFFF))
     FROM (
        -- first unanswered ones, then the longest lookups of its clients,
        -- which begin with what had to be repeated
        SELECT coalesce(p.first_unanswered_frame, l.first_frame) AS value
        FROM client_server AS p
        LEFT JOIN slow_lookup AS l
            ON has_repeats AND p.first_unanswered_frame IS NULL
            AND l.client_id = p.client_id AND l.wait_ns > stall_seconds * 1e9
        WHERE p.server_id = raised.server_id
            AND coalesce(p.first_unanswered_frame, l.first_frame) IS NOT NULL
        ORDER BY p.first_unanswered_frame IS NULL, l.wait_ns DESC, value
        LIMIT 5) AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.value >> 40)
        AS example_frames
FROM raised
