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
WITH windowed AS (
    -- a window is a whole number of steps of the traffic table
    SELECT min(t.window_ns) AS first_ns, max(t.window_ns) + max(s.step)
            AS last_ns,
        sum(t.responses) AS responses, sum(t.servfail) AS servfail,
        sum(t.refused) AS refused, sum(t.nxdomain) AS nxdomain, s.*
    FROM (
        SELECT min(window_ns) AS start_ns, max(step) AS step,
            max(step) * (1 + CAST((max(window_ns) - min(window_ns)) / max(step)
                / max(1, min(max(windows), sum(responses) / max(mean)))
                AS INTEGER)) AS width_ns,
            b.*
        FROM traffic, (SELECT max(resolution_ns) AS step FROM part), (
            SELECT
                max(value) FILTER (WHERE name = 'error_windows') AS windows,
                max(value) FILTER (WHERE name = 'error_window_mean') AS mean,
                max(value) FILTER (WHERE name = 'error_window_responses')
                    AS window_responses,
                max(value) FILTER (WHERE name = 'error_responses') AS least,
                max(value) FILTER (WHERE name = 'error_factor') AS factor,
                max(value) FILTER (WHERE name = 'error_deviations')
                    AS deviations,
                max(value) FILTER (WHERE name = 'error_rise_share') AS rise,
                max(value) FILTER (WHERE name = 'error_nxdomain_rise_share')
                    AS nxdomain_rise,
                max(value) FILTER (WHERE name = 'error_nxdomain_vanished')
                    AS vanished,
                max(value) FILTER (WHERE name = 'error_share')
                    AS steady_share,
                max(value) FILTER (WHERE name = 'error_error_share')
                    AS error_share,
                max(value) FILTER (WHERE name = 'error_critical_share')
                    AS critical_share
            FROM threshold) AS b) AS s
    JOIN traffic AS t
    GROUP BY (t.window_ns - s.start_ns) / s.width_ns
), counted AS (
    -- one row a window and kind of error; a window with few responses has no
    -- share worth the name
    SELECT w.*, k.name, k.code,
        CASE k.code WHEN 2 THEN w.servfail WHEN 5 THEN w.refused
            ELSE w.nxdomain END AS errors,
        CASE k.code WHEN 3 THEN w.nxdomain_rise ELSE w.rise END AS kind_rise,
        CASE k.code WHEN 3 THEN 1 ELSE w.factor END AS kind_factor,
        CASE WHEN w.responses >= w.window_responses THEN
            CASE k.code WHEN 2 THEN 1.0 * w.servfail WHEN 5 THEN 1.0 * w.refused
                ELSE 1.0 * w.nxdomain END / w.responses END AS share
    FROM windowed AS w
    CROSS JOIN (SELECT 'SERVFAIL' AS name, 2 AS code UNION ALL
        SELECT 'NXDOMAIN', 3 UNION ALL SELECT 'REFUSED', 5) AS k
), compared AS (
    -- the usual share is that of the lower quartile of windows
    SELECT *, max(share) FILTER (WHERE place = (ranked + 3) / 4)
        OVER (PARTITION BY code) AS usual_share
    FROM (
        SELECT *,
            row_number() OVER (PARTITION BY code ORDER BY share NULLS LAST)
                AS place,
            count(share) OVER (PARTITION BY code) AS ranked
        FROM counted)
), judged AS (
    SELECT *,
        share >= usual_share + kind_rise AND share >= usual_share * kind_factor
            -- beyond chance: the squares, for want of a root, of what is more
            -- than usual and of its standard deviation (Poisson, and one more
            -- for a usual share of nothing)
            AND (errors - responses * usual_share)
                * (errors - responses * usual_share)
                >= deviations * deviations * (responses * usual_share + 1)
            AS is_risen
    FROM compared
), surge AS (
    SELECT name, code,
        max(usual_share) AS usual_share,
        sum(errors) FILTER (WHERE is_risen) AS risen_errors,
        sum(responses) FILTER (WHERE is_risen) AS risen_responses,
        min(first_ns) FILTER (WHERE is_risen) AS risen_first_ns,
        max(last_ns) FILTER (WHERE is_risen) AS risen_last_ns,
        sum(errors) AS all_errors, sum(responses) AS all_responses,
        min(first_ns) AS all_first_ns, max(last_ns) AS all_last_ns,
        max(least) AS least, max(vanished) AS vanished,
        max(steady_share) AS steady_share, max(error_share) AS error_share,
        max(critical_share) AS critical_share
    FROM judged
    GROUP BY code
), raised AS (
    SELECT name, code, error_share, critical_share,
        CASE WHEN is_rise THEN usual_share END AS usual_share,
        CASE WHEN is_rise THEN risen_errors ELSE all_errors END AS errors,
        CASE WHEN is_rise THEN risen_responses ELSE all_responses END
            AS responses,
        -- windows reach beyond the capture
        max((SELECT min(first_ns) FROM part),
            CASE WHEN is_rise THEN risen_first_ns ELSE all_first_ns END)
            AS start_ns,
        min((SELECT max(last_ns) FROM part),
            CASE WHEN is_rise THEN risen_last_ns ELSE all_last_ns END)
            AS end_ns
    FROM (SELECT *, coalesce(risen_errors >= least, 0) AS is_rise FROM surge)
    WHERE CASE WHEN code <> 3 THEN is_rise OR (all_errors >= least
            AND all_errors >= steady_share * all_responses)
        -- CASE, since AND would walk all names even without a rise
        WHEN is_rise THEN vanished <= (
            SELECT sum(nxdomain) FROM question
            WHERE nxdomain > 0
                AND answered > nxdomain + nodata + servfail + refused) END
), placed AS MATERIALIZED (
    SELECT r.*, 1.0 * r.errors / r.responses AS share,
        -- the one server that gives nearly all of them
        (SELECT address FROM server
         WHERE CASE r.code WHEN 2 THEN servfail WHEN 5 THEN refused
                ELSE nxdomain END * 5
            >= 4 * (SELECT max(1, sum(CASE r.code WHEN 2 THEN servfail
                        WHEN 5 THEN refused ELSE nxdomain END)) FROM server)
            AND address <> 'other'
         LIMIT 1) AS server,
        -- the extended error that may explain it: neither stale answers, nor
        -- filters for SERVFAIL, nor anything but filters for REFUSED; of two
        -- the one that says more than "bogus"
        (SELECT code FROM extended_error
         WHERE CASE r.code
            WHEN 2 THEN code NOT IN (3, 4, 13, 15, 16, 17, 18, 19, 20, 29)
            WHEN 5 THEN code IN (15, 16, 17, 18, 20)
            ELSE 0 END
         ORDER BY responses DESC, code IN (0, 6), code
         LIMIT 1) AS extended_code
    FROM raised AS r
), explained AS (
    SELECT p.*, e.name AS extended_name, e.responses AS extended_responses
    FROM placed AS p
    LEFT JOIN extended_error AS e ON e.code = p.extended_code
)
SELECT
    CASE WHEN critical_share <= (
            SELECT 1.0 * sum(failed_lookups) / nullif(sum(lookups), 0)
            FROM client) THEN 'critical'
        WHEN share >= error_share THEN 'error'
        ELSE 'warning' END AS severity,
    name AS subject,
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
        'failed_lookups', (SELECT sum(failed_lookups) FROM client),
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
                FROM question JOIN name USING (name_id)
                WHERE CASE explained.code WHEN 2 THEN servfail > 0
                    WHEN 5 THEN refused > 0
                    ELSE nxdomain > 0
                        AND answered > nxdomain + nodata + servfail + refused
                    END
                GROUP BY name_id
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
