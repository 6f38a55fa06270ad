-- id: error-surge
-- title: error responses rise, or are many throughout
-- means: SERVFAIL: the resolver could not find out. REFUSED: the server does
--   not serve this client or zone. NXDOMAIN for a name that existed a moment
--   ago: it was taken away. Programs see all three as "unknown host".
-- detected: The capture is cut into 24 windows at most, of 40 responses on
--   average at least. The usual share of an error is that of the lower
--   quartile of windows. A rise: windows in which it is 3 times the usual
--   share, 5 points above it, and more than chance makes (4 standard
--   deviations); 10 such responses in all. Without a rise, SERVFAIL or REFUSED
--   from 10 % of all responses on. NXDOMAIN is told only if it rises by 30
--   points and names that had answers in this capture are among the denied,
--   since search lists make it by the thousand. A warning below 20 %, an error
--   from there, critical if half of all lookups failed.
-- fooled-by: Stubs repeat at once after SERVFAIL, which multiplies it (see
--   failed_lookups). One broken name asked in a loop. An authoritative server
--   that refuses strangers, as it should. Extended errors are counted over all
--   responses, not only the failed ones.
-- fix: SERVFAIL: the extended error says why if there is one, else the
--   resolver's log; dig +cd NAME tells DNSSEC from the rest. REFUSED: the
--   server's access list, and whether the client is meant to ask it. NXDOMAIN:
--   compare the SOA serials of all authorities, undo the last zone change.
WITH span AS MATERIALIZED (
    -- a window is a whole number of steps of the traffic table
    SELECT first_ns, step, step * (1 + CAST((last_ns - first_ns) / step
        / max(1, min(most, responses / mean)) AS INTEGER)) AS width_ns
    FROM (
        SELECT min(window_ns) AS first_ns, max(window_ns) AS last_ns,
            sum(responses) AS responses
        FROM traffic), (
        SELECT max(resolution_ns) AS step FROM part), (
        SELECT max(value) FILTER (WHERE name = 'error_windows') AS most,
            max(value) FILTER (WHERE name = 'error_window_mean') AS mean
        FROM threshold)
), counted AS MATERIALIZED (
    SELECT (t.window_ns - s.first_ns) / s.width_ns AS number,
        s.width_ns,
        s.first_ns + (t.window_ns - s.first_ns) / s.width_ns * s.width_ns
            AS first_ns,
        sum(t.responses) AS responses,
        sum(t.servfail) AS servfail,
        sum(t.refused) AS refused,
        sum(t.nxdomain) AS nxdomain
    FROM traffic AS t, span AS s
    GROUP BY number
), kind (name, code, rise, may_be_steady) AS (
    SELECT 'SERVFAIL', 2, value, 1 FROM threshold
    WHERE name = 'error_rise_share'
    UNION ALL SELECT 'REFUSED', 5, value, 1 FROM threshold
    WHERE name = 'error_rise_share'
    UNION ALL SELECT 'NXDOMAIN', 3, value, 0 FROM threshold
    WHERE name = 'error_nxdomain_rise_share'
), windowed AS MATERIALIZED (
    SELECT k.name, k.code, k.rise, k.may_be_steady, c.first_ns, c.width_ns,
        c.responses,
        CASE k.code WHEN 2 THEN c.servfail WHEN 5 THEN c.refused
            ELSE c.nxdomain END AS errors
    FROM kind AS k, counted AS c
), ranked AS (
    SELECT name, 1.0 * errors / responses AS share,
        row_number() OVER (PARTITION BY name
            ORDER BY 1.0 * errors / responses) AS place,
        count(*) OVER (PARTITION BY name) AS windows
    FROM windowed
    WHERE responses >= (SELECT value FROM threshold
                        WHERE name = 'error_window_responses')
), usual AS MATERIALIZED (
    SELECT name, share FROM ranked WHERE place = (windows + 3) / 4
), risen AS MATERIALIZED (
    SELECT w.name, u.share AS usual_share, sum(w.errors) AS errors,
        sum(w.responses) AS responses, min(w.first_ns) AS first_ns,
        max(w.first_ns + w.width_ns) AS last_ns
    FROM windowed AS w
    JOIN usual AS u ON u.name = w.name
    WHERE w.responses >= (SELECT value FROM threshold
                          WHERE name = 'error_window_responses')
        AND w.errors >= w.responses * (u.share + w.rise)
        AND w.errors >= w.responses * u.share
            * (SELECT value FROM threshold WHERE name = 'error_factor')
        -- squared, for want of a root; Poisson, and one for an empty usual
        AND (w.errors - w.responses * u.share)
            * (w.errors - w.responses * u.share)
            >= (w.responses * u.share + 1)
            * (SELECT value * value FROM threshold
               WHERE name = 'error_deviations')
    GROUP BY w.name
    HAVING sum(w.errors) >= (SELECT value FROM threshold
                             WHERE name = 'error_responses')
), steady AS MATERIALIZED (
    SELECT name, NULL AS usual_share, sum(errors) AS errors,
        sum(responses) AS responses, min(first_ns) AS first_ns,
        max(first_ns + width_ns) AS last_ns
    FROM windowed
    WHERE may_be_steady AND name NOT IN (SELECT name FROM risen)
    GROUP BY name
    HAVING sum(errors) >= (SELECT value FROM threshold
                           WHERE name = 'error_responses')
        AND 1.0 * sum(errors) / sum(responses)
            >= (SELECT value FROM threshold WHERE name = 'error_share')
), surge AS (
    SELECT r.*, k.code, 1.0 * r.errors / r.responses AS share,
        -- held within the capture
        max(r.first_ns, c.first_ns) AS start_ns,
        min(r.last_ns, c.last_ns) AS end_ns
    FROM (SELECT * FROM risen UNION ALL SELECT * FROM steady) AS r
    JOIN kind AS k ON k.name = r.name
    JOIN capture AS c
    WHERE k.may_be_steady
        OR (SELECT sum(nxdomain) FROM question
            WHERE nxdomain > 0
                AND answered > nxdomain + nodata + servfail + refused)
            >= (SELECT value FROM threshold
                WHERE name = 'error_nxdomain_vanished')
), placed AS (
    -- one server that gives nearly all of them
    SELECT s.*,
        (SELECT address FROM server
         WHERE CASE s.code WHEN 2 THEN servfail WHEN 5 THEN refused
                ELSE nxdomain END * 5
            >= 4 * (SELECT sum(CASE s.code WHEN 2 THEN servfail
                        WHEN 5 THEN refused ELSE nxdomain END) FROM server)
            AND address <> 'other'
         LIMIT 1) AS server,
        -- the extended error that may explain it: neither stale answers, nor
        -- filters for SERVFAIL, nor anything but filters for REFUSED
        (SELECT code FROM extended_error
         WHERE CASE s.code
            WHEN 2 THEN code NOT IN (3, 4, 13, 15, 16, 17, 18, 19, 20, 29)
            WHEN 5 THEN code IN (15, 16, 17, 18, 20)
            ELSE 0 END
         -- of two the one that says more than "bogus"
         ORDER BY responses DESC, code IN (0, 6), code
         LIMIT 1) AS extended_code
    FROM surge AS s
), explained AS (
    SELECT p.*, e.name AS extended_name, e.responses AS extended_responses
    FROM placed AS p
    LEFT JOIN extended_error AS e ON e.code = p.extended_code
)
SELECT
    CASE WHEN (SELECT 1.0 * failed_lookups / nullif(lookups, 0) FROM total)
            >= (SELECT value FROM threshold
                WHERE name = 'error_critical_share') THEN 'critical'
        WHEN share >= (SELECT value FROM threshold
                       WHERE name = 'error_error_share') THEN 'error'
        ELSE 'warning' END AS severity,
    name || coalesce(' from ' || server, '') AS subject,
    CASE WHEN usual_share IS NOT NULL THEN
        printf('%s rose from %.3g %% to %.3g %% of responses between %s and %s'
            || ' (%,d%s)', name, usual_share * 100, share * 100,
            strftime('%H:%M:%SZ', start_ns / 1000000000, 'unixepoch'),
            strftime('%H:%M:%SZ', end_ns / 1000000000, 'unixepoch'), errors,
            coalesce(' from ' || server, ''))
    ELSE
        printf('%.3g %% of all responses are %s (%,d of %,d%s)', share * 100,
            name, errors, responses, coalesce(', from ' || server, ''))
    END
    || CASE WHEN extended_code IS NULL THEN '' ELSE
        printf(', with extended error %d (%s) in %,d', extended_code,
            extended_name, extended_responses) END AS title,
    json_object('response_code', name, 'errors', errors,
        'responses', responses, 'share', round(share, 4),
        'usual_share', round(usual_share, 4), 'server_address', server,
        'failed_lookups', (SELECT failed_lookups FROM total),
        'extended_errors', json((
            SELECT json_group_array(json_object('code', code, 'name', name,
                'responses', responses))
            FROM (SELECT * FROM extended_error
                  ORDER BY responses DESC, code LIMIT 5))),
        'names', json((
            SELECT json_group_array(json_object('query_name', query_name,
                'responses', errors))
            FROM (
                SELECT query_name, sum(CASE explained.code WHEN 2 THEN servfail
                        WHEN 5 THEN refused ELSE nxdomain END) AS errors
                FROM question
                WHERE CASE explained.code WHEN 2 THEN servfail > 0
                    WHEN 5 THEN refused > 0
                    ELSE nxdomain > 0
                        AND answered > nxdomain + nodata + servfail + refused
                    END
                GROUP BY query_name
                ORDER BY errors DESC, query_name
                LIMIT 5)))) AS evidence,
    NULL AS cost_seconds,
    errors AS cost_queries,
    (SELECT count(*) FROM client AS c
     WHERE CASE explained.code WHEN 2 THEN c.servfail WHEN 5 THEN c.refused
        ELSE c.nxdomain END > 0) AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', start_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(start_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', end_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(end_ns % 1000000000)) AS last_time,
    round(1.0 * errors / (errors + 5), 2) AS confidence,
    CASE
        WHEN code = 3 THEN
            'Names that had answers are denied now. Compare the SOA serials of'
            || ' all their authorities, and undo the last change of the zone.'
        WHEN code = 5 THEN
            printf('The server refuses: check its access list (allow-query,'
                || ' access-control) and that these clients are meant to ask %s'
                || ' for these names.', coalesce(server, 'it'))
        WHEN extended_code IN (1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 25, 27) THEN
            'Validation fails (DNSSEC). Compare the DS at the parent with the'
            || ' DNSKEY, and see when the signatures end (dig +cd +dnssec'
            || ' NAME); signing again or taking the DS back mends it.'
        WHEN extended_code IN (14, 22, 23, 24) THEN
            printf('The resolver cannot reach or use the servers it must ask.'
                || ' From %s, ask them directly (dig @SERVER NAME), and look at'
                || ' firewalls and routes between.',
                coalesce(server, 'the resolver'))
        ELSE
            printf('See the log of %s for these names. dig +cd NAME tells'
                || ' DNSSEC (answers then) from unreachable servers (still'
                || ' fails).', coalesce(server, 'the resolver'))
    END AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.value & 0xFFFFFFFFFF), f.value & 0xFFFFFFFFFF))
     FROM (
        SELECT first_frame AS value FROM response_code
        WHERE code = explained.code) AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.value >> 40)
        AS example_frames
FROM explained
