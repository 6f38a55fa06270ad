-- id: encrypted-dns
-- title: a share of the DNS traffic is encrypted
-- means: Port 853 carries DNS over TLS, DTLS or QUIC, and port 443 of a resolver
--   may carry DNS over HTTPS. Nobody can read questions and answers there: what
--   this report says is about the rest, and a fall of traffic on port 53 need not
--   mean that fewer names are asked.
-- detected: Frames to or from port 853, UDP or TCP, and to or from port 443 of
--   addresses that answer plain DNS here or are spoken with on port 853. A
--   warning when they are as many as 10 % of them and plain DNS together.
--   Questions for use-application-dns.net (Firefox asks whether it may encrypt)
--   and _dns.resolver.arpa (clients ask where they could, RFC 9462) are told,
--   alone as info.
-- fooled-by: DNS over HTTPS to other addresses looks like any other HTTPS, so the
--   share is a least one. A resolver may serve web pages on port 443 as well.
--   Handshakes and acknowledgements count as frames too. A client on several
--   servers counts once for the one where most are.
-- fix: Measure where the encryption ends: on the resolver, or on the client
--   before its stub. Where policy wants plain DNS, point clients at a resolver
--   of yours, close port 853 to the outside, and answer use-application-dns.net
--   with NXDOMAIN.
WITH seen AS (
    SELECT sum(frames) FILTER (WHERE port <> 443) AS frames,
        sum(frames) FILTER (WHERE port = 443) AS web_frames,
        sum(flows) FILTER (WHERE port <> 443) AS flows,
        sum(flows) FILTER (WHERE port = 443) AS web_flows,
        sum(handshakes) AS handshakes, max(clients) AS clients,
        count(DISTINCT server_address) AS servers,
        (SELECT json_group_array(first_frame) FROM (
            SELECT first_frame FROM v_encrypted
            ORDER BY frames DESC, server_address, port, transport LIMIT 5))
            AS examples
    FROM v_encrypted
), asked AS (
    SELECT coalesce(sum(q.queries) FILTER (
            WHERE n.query_name = 'use-application-dns.net'), 0) AS canary,
        coalesce(sum(q.queries) FILTER (
            WHERE n.query_name = '_dns.resolver.arpa'), 0) AS designation,
        json_group_array(coalesce((SELECT prefix FROM input_prefix
                                   WHERE input_id = q.first_frame >> 40)
                || (q.first_frame & 0xFFFFFFFFFF),
            q.first_frame & 0xFFFFFFFFFF)) AS examples
    FROM name AS n
    -- in this order: where nobody asks, questions are not read
    CROSS JOIN question AS q ON q.name_id = n.name_id AND q.queries > 0
    WHERE n.query_name IN ('use-application-dns.net', '_dns.resolver.arpa')
), counted AS (
    SELECT coalesce(s.frames, 0) AS frames, coalesce(s.flows, 0) AS flows,
        coalesce(s.web_frames, 0) AS web_frames,
        coalesce(s.web_flows, 0) AS web_flows,
        coalesce(s.frames, 0) + coalesce(s.web_frames, 0) AS all_frames,
        s.handshakes, s.clients, s.servers, d.frames AS dns_frames,
        a.canary, a.designation,
        CASE WHEN s.servers > 0 THEN s.examples ELSE a.examples END AS examples
    FROM seen AS s, asked AS a, (
        SELECT coalesce(sum(frames), 0) AS frames
        FROM frame_fate WHERE fate = 'dns') AS d
)
SELECT
    CASE WHEN c.all_frames > 0
        AND c.all_frames >= t.value * (c.all_frames + c.dns_frames)
        THEN 'warning' ELSE 'info' END AS severity,
    CASE WHEN c.frames > 0 THEN 'port 853'
        WHEN c.web_frames > 0 THEN 'port 443' ELSE 'questions' END AS subject,
    CASE
        WHEN c.frames > 0 THEN
            printf('frames of encrypted DNS that nobody can read: %,d, beside'
                || ' %,d of plain DNS', c.frames, c.dns_frames)
            || CASE WHEN c.web_frames > 0 THEN
                printf(', and %,d on port 443 of resolvers', c.web_frames)
                ELSE '' END
        WHEN c.web_frames > 0 THEN
            printf('frames on port 443 of resolvers, which may be DNS over'
                || ' HTTPS: %,d, beside %,d of plain DNS', c.web_frames,
                c.dns_frames)
        ELSE printf('clients ask whether they may, or where they can encrypt'
            || ' DNS, %,d time%s', c.canary + c.designation,
            CASE c.canary + c.designation WHEN 1 THEN '' ELSE 's' END)
        END AS title,
    json_object('encrypted_frames', c.frames, 'flows', c.flows,
        'https_frames', c.web_frames, 'https_flows', c.web_flows,
        'handshakes', c.handshakes, 'servers', c.servers,
        'dns_frames', c.dns_frames,
        'share', round(1.0 * c.all_frames
            / nullif(c.all_frames + c.dns_frames, 0), 4),
        'canary_questions', c.canary,
        'designation_questions', c.designation) AS evidence,
    0.0 AS cost_seconds, 0 AS cost_queries, c.clients AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', p.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(p.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', p.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(p.last_ns % 1000000000)) AS last_time,
    CASE WHEN c.frames = 0 AND c.web_frames > 0 THEN 0.5 ELSE 1.0 END
        AS confidence,
    'Capture where the encryption ends (the resolver, or a stub on the client),'
        || ' and keep in mind that this report is about the rest.' AS fix,
    c.examples AS example_frames
FROM counted AS c
CROSS JOIN threshold AS t ON t.name = 'encrypted_warning_share'
CROSS JOIN (
    SELECT min(first_ns) AS first_ns, max(last_ns) AS last_ns FROM part) AS p
WHERE c.all_frames + c.canary + c.designation > 0
