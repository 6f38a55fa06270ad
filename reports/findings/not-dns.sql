-- id: not-dns
-- title: something else speaks on the port of DNS
-- means: HTTP, TLS, SSH or a protocol without a name here was sent to or from
--   a DNS port. A probe, a misdirected client, a tunnel, or a service that was
--   put on the wrong port. It is no DNS load, and costs lookups nothing.
-- detected: TCP streams on the DNS ports are told by their first octets: what
--   is no length and header of a DNS message is not DNS. A warning from 1 % of
--   all frames on.
-- fooled-by: A stream whose start was not captured and that never comes to the
--   start of a message is counted apart, not here.
-- fix: Follow the frames to the client. If it is yours, correct its port; if
--   not, let the firewall pass to port 53 only what the resolvers need.
WITH foreign_frames AS MATERIALIZED (
    SELECT reason, frames, first_frame
    FROM frame_fate
    WHERE fate = 'not_dns' AND reason LIKE '% on a DNS port%'
), whole AS (
    SELECT sum(frames) AS frames,
        (SELECT sum(frames) FROM frame_fate) AS packets,
        (SELECT value FROM threshold WHERE name = 'not_dns_warning_share')
            AS warning_share,
        json_group_object(reason, frames) AS reasons,
        group_concat(printf('%s: %,d', reason, frames), ', ') AS words
    FROM (SELECT * FROM foreign_frames ORDER BY frames DESC, reason)
)
SELECT
    CASE WHEN w.frames >= w.warning_share * w.packets
        THEN 'warning' ELSE 'info' END AS severity,
    'port' AS subject,
    printf('frames on a DNS port that are not DNS: %,d of %,d (%.3g %%)',
        w.frames, w.packets, 100.0 * w.frames / w.packets) AS title,
    json_object('frames', w.frames, 'packets', w.packets,
        'reasons', json(w.reasons)) AS evidence,
    0.0 AS cost_seconds, 0 AS cost_queries, NULL AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', p.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(p.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', p.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(p.last_ns % 1000000000)) AS last_time,
    1.0 AS confidence,
    'It is ' || w.words || '. Follow the frames to the client; correct its'
        || ' port, or let the firewall keep it from port 53.' AS fix,
    (SELECT json_group_array(coalesce(i.prefix || (f.first_frame
        & 0xFFFFFFFFFF), f.first_frame & 0xFFFFFFFFFF))
     FROM foreign_frames AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.first_frame >> 40)
        AS example_frames
FROM whole AS w, (
    SELECT min(first_ns) AS first_ns, max(last_ns) AS last_ns FROM part) AS p
WHERE w.frames > 0
