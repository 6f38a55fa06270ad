-- id: silent-server
-- title: a server says nothing while clients ask it
-- means: The server never answered, or answered until a moment and not since,
--   and clients go on asking it. Each question to it costs a client its
--   timeout, 5 s by default with glibc and Go, before another server gets it.
--   If an ICMP error comes back instead, from the server itself or a router,
--   many clients ask another server at once: then it is load without harm, as
--   long as there is another one.
-- detected: At least 3 transactions begun after the server's last response (or
--   ever, if there was none), from any client, were never answered or ended by
--   an ICMP error that quotes the query, and clients went on asking for the
--   timeout (5 s) or longer. Critical when no other server answered its clients
--   since, a warning when no lookup had to wait (musl asks all servers at once,
--   and an ICMP error spares the wait).
-- fooled-by: A capture of one direction: if no response of any server was
--   captured and clients do not repeat their questions, that is told as
--   capture-quality. Asymmetric paths, where answers of this one server pass
--   elsewhere. Something on port 53 that is no DNS server. Hosts limit their
--   ICMP errors, to about one a second, so that some refused questions look
--   unanswered. ICMP errors about responses are not counted: a client sends
--   them that has its answer from elsewhere.
-- fix: See that the server runs and listens (ss -lun on it), and that UDP port
--   53 passes both ways. Until then take it out of the clients' list of
--   servers, or put it last.
WITH told AS (
    -- what is said most often of queries to a server, and by whom: bare columns
    -- beside max() are those of its row
    SELECT server_id, reason, sender, sender_address, max(errors) AS errors
    FROM icmp_error
    WHERE quoted = 'query'
        AND reason NOT IN ('too big', 'fragments missing', 'source quench',
            'redirect')
    GROUP BY server_id
), silent AS MATERIALIZED (
    SELECT s.*, t.sender, t.sender_address, t.reason,
        s.unanswered_since + s.refused_since AS in_vain,
        s.address || CASE s.label WHEN '' THEN '' ELSE ' (' || s.label || ')'
            END AS server,
        strftime('%H:%M:%SZ', s.last_response_ns / 1000000000, 'unixepoch')
            AS last_time,
        -- clients that another server answered since
        (SELECT count(DISTINCT asked.client_id)
         FROM path AS asked
         JOIN client_server AS other ON other.client_id = asked.client_id
         WHERE asked.server_id = s.server_id
            AND asked.unanswered_since + asked.icmp_errors_since > 0
            AND other.server_id <> s.server_id
            AND other.last_response_ns
                > coalesce(s.last_response_ns, asked.first_ns))
            AS helped_clients
    FROM silent_server AS s
    LEFT JOIN told AS t ON t.server_id = s.server_id AND s.refused_since > 0
    ORDER BY wait_seconds DESC, in_vain DESC, s.address
    LIMIT 10
)
SELECT
    CASE WHEN s.helped_clients = 0 AND (h.stalled > 0 OR s.refused_since > 0)
            THEN 'critical'
        WHEN h.stalled = 0 OR s.unanswered_since = 0 THEN 'warning'
        ELSE 'error' END AS severity,
    s.address AS subject,
    CASE WHEN s.reason IS NOT NULL THEN
        s.server || CASE s.sender
            WHEN 'server' THEN printf(' refuses by ICMP (%s)', s.reason)
            ELSE printf(' is refused by ICMP of %s (%s)', s.sender_address,
                s.reason) END
        || coalesce(' since ' || s.last_time, '')
        || printf(', %,d', s.in_vain)
    WHEN s.last_response_ns IS NULL THEN
        printf('%s never answered, %,d', s.server, s.in_vain)
    ELSE
        printf('%s stopped answering at %s, %,d later', s.server, s.last_time,
            s.in_vain)
    END || printf(' question%s from %,d client%s got nothing',
        CASE s.in_vain WHEN 1 THEN '' ELSE 's' END, s.clients,
        CASE s.clients WHEN 1 THEN '' ELSE 's' END) AS title,
    json_object('unanswered_since', s.unanswered_since,
        'refused_since', s.refused_since,
        'transactions', s.transactions, 'answered', s.answered,
        'retransmissions', s.retransmissions, 'clients', s.clients,
        'clients_helped_by_others', s.helped_clients,
        'last_response_time',
        strftime('%Y-%m-%dT%H:%M:%S', s.last_response_ns / 1000000000,
            'unixepoch')
            || printf('.%09dZ', abs(s.last_response_ns % 1000000000)),
        'silent_seconds',
        (s.last_query_ns - s.last_response_ns) / 1e9,
        'icmp_errors', json((
            SELECT nullif(json_group_array(json_object('reason', reason,
                'sender', sender, 'sender_address', sender_address,
                'errors', errors)), '[]')
            FROM (
                SELECT * FROM icmp_error AS i
                WHERE i.server_id = s.server_id AND quoted = 'query'
                ORDER BY errors DESC, reason, sender
                LIMIT 5)))) AS evidence,
    -- lookups cannot have waited longer than all of them did together; what it
    -- costs to be refused everywhere is not known
    CASE WHEN s.refused_since > 0 AND s.helped_clients = 0 THEN
        nullif(min(s.wait_seconds, h.stalled_seconds), 0)
    ELSE min(s.wait_seconds, h.stalled_seconds) END AS cost_seconds,
    s.in_vain AS cost_queries,
    s.clients AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S',
        coalesce(s.last_response_ns, s.first_ns) / 1000000000, 'unixepoch')
        || printf('.%09dZ',
            abs(coalesce(s.last_response_ns, s.first_ns) % 1000000000))
        AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', s.last_query_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(s.last_query_ns % 1000000000)) AS last_time,
    round(1.0 * s.in_vain / (s.in_vain + 1), 2) AS confidence,
    CASE WHEN s.sender = 'server' THEN
        printf('Nothing listens on UDP port 53 of %s, or a firewall there says'
            || ' so: see whether the name server runs, and on which addresses'
            || ' (there: ss -lun). Until it answers take it out of the'
            || ' clients'' resolv.conf, or put it last.', s.address)
    WHEN s.reason IS NOT NULL THEN
        printf('See why %s lets no queries pass to %s (%s): a route, a host'
            || ' that is down behind it, or a firewall rule. Until then take'
            || ' it out of the clients'' resolv.conf, or put it last.',
            s.sender_address, s.address, s.reason)
    WHEN s.last_response_ns IS NULL THEN
        printf('See that a name server listens on %s (there: ss -lun) and that'
            || ' UDP port 53 passes both ways. Until then take it out of the'
            || ' clients'' resolv.conf, or put it last: each question to it'
            || ' costs a timeout.', s.address)
    ELSE
        printf('See what happened on %s at %s: its log, its load, a restart, a'
            || ' firewall. Until it answers take it out of the clients'''
            || ' resolv.conf, or put it last.', s.address, s.last_time)
    END AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.value & 0xFFFFFFFFFF), f.value & 0xFFFFFFFFFF))
     FROM json_each(json_array(s.first_unanswered_frame, s.first_icmp_frame))
        AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.value >> 40
     WHERE f.value IS NOT NULL) AS example_frames
FROM silent AS s, harm AS h
