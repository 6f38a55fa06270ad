-- id: stalled-lookups
-- title: lookups that waited for a timer
-- means: A program waited seconds for a name, most often because its stub
--   resolver got no answer and sat out a timer: 5 s with glibc and Go, 2.5 s
--   with musl. This is the harm itself; other findings say what else is wrong
--   with the servers. The causes: lost (no answer from a server that answers
--   others), half-lost (one of A and AAAA answered, the other lost),
--   single-request-fallback (glibc asks one type after the other since such a
--   loss, and waits for the second), dead-server (it answers nobody),
--   servfail-ladder (a timer after SERVFAIL or REFUSED), tcp-connect and
--   tc-then-tcp (an answer was truncated, and TCP did not open, or took long),
--   server-slow and upstream-slow (answers that took long, of the server
--   itself or of those that it asks), search-walk (the names of the search
--   list before the one that exists), capture-incomplete (the capture lost
--   packets, and the client did not ask again).
-- detected: Each lookup's time is told apart, interval by interval, by what
--   its client was waiting for; the cause is what most of it went to. Lookups
--   over 1 s count, and those that were given up, for which the wait ends
--   where the client's own timers let expect. Error when they are 1 % of all
--   lookups and 3 at least, critical from half of them on.
-- fooled-by: Packets that the capture lost look like packets that the network
--   lost, unless the capture says so (drops, answers without their query). A
--   program that was stopped, or that pauses between A and AAAA. Load
--   generators, which never ask again. Lookups of a resolver count only where
--   no client of it was captured.
-- fix: It depends on the cause, and each row says it. wasitdns trace shows the
--   lookups packet by packet, wasitdns top stalled lists them all.
WITH grouped AS MATERIALIZED (
    SELECT cause, server_id, sum(stalled) AS lookups,
        sum(wait_seconds) AS seconds, max(wait_max_ns) / 1e9 AS longest,
        coalesce(sum(stalled) FILTER (WHERE silent), 0) AS given_up,
        count(DISTINCT client_id) AS clients,
        min(first_ns) AS first_ns, max(last_ns) AS last_ns
    FROM stall
    GROUP BY cause, server_id
    ORDER BY seconds DESC, cause, server_id
    LIMIT 10
), told AS (
    SELECT g.*, v.address, v.address
        || CASE v.label WHEN '' THEN '' ELSE ' (' || v.label || ')' END
        AS server,
        printf('; %,d lookup%s waited %.1f s%s', g.lookups,
            CASE g.lookups WHEN 1 THEN '' ELSE 's' END, g.seconds / g.lookups,
            CASE g.lookups WHEN 1 THEN '' ELSE ' on average' END) AS waited,
        1.0 * g.lookups / max(h.lookups, 1) AS share, h.lookups AS of_lookups,
        coalesce(c.loss, 0.0) AS loss
    FROM grouped AS g
    CROSS JOIN harm AS h
    CROSS JOIN capture AS c
    LEFT JOIN server AS v ON v.server_id = g.server_id
    WHERE NOT c.is_one_way
), limits AS (
    SELECT
        max(value) FILTER (WHERE name = 'verdict_yes_share') AS error_share,
        max(value) FILTER (WHERE name = 'verdict_yes_lookups') AS few,
        max(value) FILTER (WHERE name = 'error_critical_share')
            AS critical_share
    FROM threshold
)
SELECT
    CASE WHEN cause = 'capture-incomplete' THEN 'info'
        WHEN lookups >= few AND share >= critical_share THEN 'critical'
        WHEN lookups >= few AND share >= error_share THEN 'error'
        ELSE 'warning' END AS severity,
    CASE cause WHEN 'search-walk' THEN 'search list'
        WHEN 'capture-incomplete' THEN 'capture' ELSE address END AS subject,
    CASE cause
        WHEN 'lost' THEN server || ' was asked, and packets were lost'
        WHEN 'half-lost' THEN server
            || ' answered one of two types, and the other was lost'
        WHEN 'single-request-fallback' THEN server
            || ' is asked one type after the other since a loss, one in vain'
        WHEN 'dead-server' THEN server || ' did not answer'
        WHEN 'servfail-ladder' THEN server
            || ' failed, and a timer ran before the next attempt'
        WHEN 'tcp-connect' THEN server
            || ' did not open TCP after a truncated answer'
        WHEN 'tc-then-tcp' THEN server
            || ' truncated its answers, and TCP took its time'
        WHEN 'server-slow' THEN server || ' took its time to answer'
        WHEN 'upstream-slow' THEN server
            || ' waited for the servers that it asks'
        WHEN 'search-walk' THEN
            'the search list was walked before the name that exists'
        ELSE 'the capture lost packets, and no client asked again' END
        || waited AS title,
    json_object('cause', cause, 'lookups', lookups, 'of_lookups', of_lookups,
        'wait_seconds', round(seconds, 6),
        'wait_max_seconds', round(longest, 6), 'given_up', given_up,
        'clients', json((
            SELECT json_group_array(json_object('client_address', address,
                'lookups', asked, 'wait_seconds', round(waits, 6)))
            FROM (
                SELECT c.address, sum(s.stalled) AS asked,
                    sum(s.wait_seconds) AS waits
                FROM stall AS s
                JOIN client AS c ON c.client_id = s.client_id
                WHERE s.cause = told.cause AND s.server_id = told.server_id
                GROUP BY s.client_id
                ORDER BY waits DESC, c.address
                LIMIT 5))),
        'names', json((
            SELECT json_group_array(json_object('base_name', base_name,
                'lookups', asked, 'wait_seconds', round(waits, 6)))
            FROM (
                SELECT s.base_name, sum(s.stalled) AS asked,
                    sum(s.wait_seconds) AS waits
                FROM stall AS s
                WHERE s.cause = told.cause AND s.server_id = told.server_id
                GROUP BY s.base_name
                ORDER BY waits DESC, s.base_name
                LIMIT 5)))) AS evidence,
    seconds AS cost_seconds,
    NULL AS cost_queries,
    clients AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(last_ns % 1000000000)) AS last_time,
    round((1 - loss) * lookups / (lookups + 1.0), 2) AS confidence,
    CASE cause
        WHEN 'lost' THEN printf('Capture at %s too, to see on which way they'
            || ' are lost: its full socket buffer (there: netstat -su), a'
            || ' firewall or a full conntrack table between. "options timeout:1'
            || ' attempts:3" makes each wait shorter meanwhile.', address)
        WHEN 'half-lost' THEN 'A and AAAA leave one socket at the same moment,'
            || ' which is what the conntrack race on a node loses (conntrack -S'
            || ' counts insert_failed): a cache on the node, or "options'
            || ' single-request-reopen", avoids it. If it is always AAAA, see'
            || ' whether the server answers AAAA at all.'
        WHEN 'single-request-fallback' THEN 'Find what loses or ignores the'
            || ' second type (see half-lost). A restart of the process ends'
            || ' the fallback until the next loss.'
        WHEN 'dead-server' THEN printf('Take %s out of the resolv.conf of its'
            || ' clients, or put it last, until it answers. "options'
            || ' timeout:1" makes each wait shorter, "rotate" spreads it.',
            address)
        WHEN 'servfail-ladder' THEN printf('See why %s fails for these names'
            || ' (wasitdns top errors): its upstream, a broken zone, a client'
            || ' that it refuses. musl sits out its timer after any failure.',
            address)
        WHEN 'tcp-connect' THEN printf('Let TCP port 53 of %s through, both'
            || ' ways: the rest of a truncated answer can be had no other way.'
            || ' The kernel bounds this wait (net.ipv4.tcp_syn_retries), not'
            || ' "options timeout".', address)
        WHEN 'tc-then-tcp' THEN 'Raise the EDNS size that clients offer, or make'
            || ' the answers smaller, so that they fit into a datagram.'
        WHEN 'server-slow' THEN printf('See what %s was doing: its load, its'
            || ' cache. wasitdns top servers shows the rest of its answers.',
            address)
        WHEN 'upstream-slow' THEN 'See which of the servers that it asks is'
            || ' slow (finding slow-upstream), and how large its cache is.'
        WHEN 'search-walk' THEN 'Ask for complete names with a final dot, or'
            || ' lower ndots ("options ndots:1") where the names allow it.'
        ELSE 'Capture again with a larger buffer (-B) or with a filter, and see'
            || ' whether it stays.' END AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.value & 0xFFFFFFFFFF), f.value & 0xFFFFFFFFFF))
     FROM (
        SELECT s.cause_frame AS value
        FROM stall AS s
        WHERE s.cause = told.cause AND s.server_id = told.server_id
        ORDER BY s.wait_max_ns DESC, s.cause_frame
        LIMIT 5) AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.value >> 40)
        AS example_frames
FROM told, limits
