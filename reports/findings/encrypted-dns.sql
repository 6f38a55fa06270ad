-- id: encrypted-dns
-- title: a share of the DNS traffic is encrypted
-- means: Frames on port 853 carry DNS over TLS, DTLS or QUIC. Nobody can read
--   questions and answers there: what this report says is about the rest, and a
--   fall of traffic on port 53 need not mean that fewer names are asked.
-- detected: Frames to or from port 853, UDP or TCP, beside those that are DNS.
--   A warning when they are as many as 10 % of both together.
-- fooled-by: DNS over HTTPS looks like any other HTTPS, so the share is a least
--   one. Handshakes and acknowledgements count as frames too.
-- fix: Measure where the encryption ends: on the resolver, or on the client
--   before its stub. Where policy wants plain DNS, point clients at a resolver
--   of yours and close port 853 to the outside.
SELECT
    CASE WHEN e.frames >= t.value * (e.frames + d.frames)
        THEN 'warning' ELSE 'info' END AS severity,
    'port 853' AS subject,
    printf('frames of encrypted DNS that nobody can read: %,d, beside %,d of'
        || ' plain DNS', e.frames, d.frames) AS title,
    json_object('encrypted_frames', e.frames, 'dns_frames', d.frames,
        'share', round(1.0 * e.frames / (e.frames + d.frames), 4)) AS evidence,
    0.0 AS cost_seconds, 0 AS cost_queries, NULL AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', p.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(p.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', p.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(p.last_ns % 1000000000)) AS last_time,
    1.0 AS confidence,
    'Capture where the encryption ends (the resolver, or a stub on the client),'
        || ' and keep in mind that this report is about the rest.' AS fix,
    json_array(coalesce(i.prefix || (e.first_frame & 0xFFFFFFFFFF),
        e.first_frame & 0xFFFFFFFFFF)) AS example_frames
FROM (
    SELECT sum(frames) AS frames, min(first_frame) AS first_frame
    FROM frame_fate WHERE fate = 'encrypted') AS e
CROSS JOIN (
    SELECT coalesce(sum(frames), 0) AS frames
    FROM frame_fate WHERE fate = 'dns') AS d
CROSS JOIN threshold AS t ON t.name = 'encrypted_warning_share'
CROSS JOIN (
    SELECT min(first_ns) AS first_ns, max(last_ns) AS last_ns FROM part) AS p
LEFT JOIN input_prefix AS i ON i.input_id = e.first_frame >> 40
WHERE e.frames > 0
