-- id: silent-server
-- title: a server says nothing while clients ask it
-- means: The server never answered, or answered until a moment and not since,
--   and clients go on asking it. Each question to it costs a client its
--   timeout, 5 s by default with glibc and Go, before another server gets it.
-- detected: At least 3 transactions begun after the server's last response (or
--   ever, if there was none), from any client, were never answered, and clients
--   went on asking for the timeout (5 s) or longer. Critical when no other
--   server answered its clients since, a warning when no lookup had to wait
--   (musl asks all servers at once).
-- fooled-by: A capture of one direction: if no response of any server was
--   captured and clients do not repeat their questions, that is told as
--   capture-quality. Asymmetric paths, where answers of this one server pass
--   elsewhere. Something on port 53 that is no DNS server.
-- fix: See that the server runs and listens (ss -lun on it), and that UDP port
--   53 passes both ways. Until then take it out of the clients' list of
--   servers, or put it last.
WITH silent AS MATERIALIZED (
    SELECT s.*,
        s.address || CASE s.label WHEN '' THEN '' ELSE ' (' || s.label || ')'
            END AS server,
        -- clients that another server answered since
        (SELECT count(DISTINCT asked.client_id)
         FROM client_server AS asked
         JOIN client_server AS other ON other.client_id = asked.client_id
         WHERE asked.server_id = s.server_id AND asked.unanswered_since > 0
            AND other.server_id <> s.server_id
            AND other.last_response_ns
                > coalesce(s.last_response_ns, asked.first_ns))
            AS helped_clients
    FROM silent_server AS s
    ORDER BY wait_seconds DESC, s.address
    LIMIT 10
)
SELECT
    CASE WHEN h.stalled = 0 THEN 'warning'
        WHEN s.helped_clients = 0 THEN 'critical'
        ELSE 'error' END AS severity,
    s.address AS subject,
    CASE WHEN s.last_response_ns IS NULL THEN
        printf('%s never answered, %,d question%s from %,d client%s got'
            || ' nothing', s.server, s.unanswered_since,
            CASE s.unanswered_since WHEN 1 THEN '' ELSE 's' END, s.clients,
            CASE s.clients WHEN 1 THEN '' ELSE 's' END)
    ELSE
        printf('%s stopped answering at %s, %,d later question%s from %,d'
            || ' client%s got nothing', s.server,
            strftime('%H:%M:%SZ', s.last_response_ns / 1000000000,
                'unixepoch'), s.unanswered_since,
            CASE s.unanswered_since WHEN 1 THEN '' ELSE 's' END, s.clients,
            CASE s.clients WHEN 1 THEN '' ELSE 's' END)
    END AS title,
    json_object('unanswered_since', s.unanswered_since,
        'transactions', s.transactions, 'answered', s.answered,
        'retransmissions', s.retransmissions, 'clients', s.clients,
        'clients_helped_by_others', s.helped_clients,
        'last_response_time',
        strftime('%Y-%m-%dT%H:%M:%S', s.last_response_ns / 1000000000,
            'unixepoch')
            || printf('.%09dZ', abs(s.last_response_ns % 1000000000)),
        'silent_seconds',
        (s.last_query_ns - s.last_response_ns) / 1e9) AS evidence,
    -- lookups cannot have waited longer than all of them did together
    min(s.wait_seconds, h.stalled_seconds) AS cost_seconds,
    s.unanswered_since AS cost_queries,
    s.clients AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S',
        coalesce(s.last_response_ns, s.first_ns) / 1000000000, 'unixepoch')
        || printf('.%09dZ',
            abs(coalesce(s.last_response_ns, s.first_ns) % 1000000000))
        AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', s.last_query_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(s.last_query_ns % 1000000000)) AS last_time,
    round(1.0 * s.unanswered_since / (s.unanswered_since + 1), 2)
        AS confidence,
    CASE WHEN s.last_response_ns IS NULL THEN
        printf('See that a name server listens on %s (there: ss -lun) and that'
            || ' UDP port 53 passes both ways. Until then take it out of the'
            || ' clients'' resolv.conf, or put it last: each question to it'
            || ' costs a timeout.', s.address)
    ELSE
        printf('See what happened on %s at %s: its log, its load, a restart, a'
            || ' firewall. Until it answers take it out of the clients'''
            || ' resolv.conf, or put it last.', s.address,
            strftime('%H:%M:%SZ', s.last_response_ns / 1000000000,
                'unixepoch'))
    END AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.value & 0xFFFFFFFFFF), f.value & 0xFFFFFFFFFF))
     FROM json_each(json_array(s.first_unanswered_frame)) AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.value >> 40
     WHERE f.value IS NOT NULL) AS example_frames
FROM silent AS s, harm AS h
