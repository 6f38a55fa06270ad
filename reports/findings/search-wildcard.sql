-- id: search-wildcard
-- title: a wildcard under a suffix swallows foreign names
-- means: A suffix of a search list has a wildcard, so that every name exists under
--   it: one from outside that is put there gets the wildcard's address, and the
--   walk ends before the name itself is asked. Users reach the wrong host.
-- detected: Names with dots that were found under a suffix, behind others that had
--   been asked, by the lowest address of the answer. Raised where one address
--   stands for 3 of them or more, and names of 3 different domains from outside
--   were found under that suffix. From outside is what ends in com, net, org, edu,
--   gov or io, or was answered elsewhere in the capture as it is.
-- fooled-by: A wildcard for names of the house (*.apps.corp), or a balancer in
--   front of many services, is not meant: what is asked there is not from outside.
--   Where the wildcard is under the first suffix and ndots is high, nothing is
--   walked, and nothing shows where the suffix begins.
-- fix: Remove the wildcard, or the suffix from the search list; until then write a
--   final dot behind names from outside.
WITH bound AS (
    SELECT max(value) FILTER (WHERE name = 'wildcard_names') AS names,
        max(value) FILTER (WHERE name = 'wildcard_domains') AS domains
    FROM threshold
), suspect AS MATERIALIZED (
    -- the address that stands for most names under a suffix
    SELECT suffix, address, bases, clients, first_ns, last_ns, first_frame,
        max(bases * 4294967296 + lookups)
    FROM search_answer
    WHERE bases >= (SELECT names FROM bound)
    GROUP BY suffix
), answered AS MATERIALIZED (
    SELECT DISTINCT n.query_name
    FROM question AS q
    JOIN name AS n ON n.name_id = q.name_id
    WHERE q.query_type IN (1, 28)
        AND q.answered > q.nxdomain + q.nodata + q.servfail + q.refused
), swallowed AS MATERIALIZED (
    SELECT suffix, base_name, lookups, queries, wasted_ns,
        replace(rest, rtrim(rest, replace(rest, '.', '')), '') || '.' || top
            AS domain
    FROM (
        SELECT *, substr(base_name, 1, length(base_name) - length(top) - 1)
                AS rest
        FROM (
            SELECT t.suffix, n.query_name AS base_name,
                sum(l.lookups) AS lookups, sum(l.queries) AS queries,
                sum(l.wasted_ns) AS wasted_ns,
                replace(n.query_name, rtrim(n.query_name,
                    replace(n.query_name, '.', '')), '') AS top
            FROM suspect AS s
            CROSS JOIN suffix AS t ON t.suffix = s.suffix
            CROSS JOIN search_lookup AS l ON l.settled_id = t.suffix_id
            CROSS JOIN name AS n ON n.name_id = l.name_id
            WHERE l.steps > 1 AND l.outcome IN ('answered', 'partly')
                AND instr(n.query_name, '.') > 0
            GROUP BY t.suffix, n.query_name))
    WHERE top IN ('com', 'net', 'org', 'edu', 'gov', 'io')
        OR base_name IN (SELECT query_name FROM answered)
)
SELECT
    'error' AS severity,
    '*.' || s.suffix AS subject,
    printf('*.%s answers names from outside with %s: %s and %,d more reach the'
        || ' wrong host',
        s.suffix, s.address,
        (SELECT base_name FROM swallowed
         WHERE suffix = s.suffix AND length(base_name) <= 60
         ORDER BY lookups DESC, base_name
         LIMIT 1),
        w.names - 1) AS title,
    json_object('suffix', s.suffix, 'address', s.address,
        'names_at_the_address', s.bases, 'clients', s.clients,
        'lookups', w.lookups, 'names', w.names, 'domains', w.domains,
        'swallowed', json((
            SELECT json_group_array(base_name)
            FROM (
                SELECT base_name FROM swallowed
                WHERE suffix = s.suffix
                ORDER BY lookups DESC, base_name
                LIMIT 10)))) AS evidence,
    w.wasted_ns / 1e9 AS cost_seconds,
    w.queries AS cost_queries,
    s.clients AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', s.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(s.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', s.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(s.last_ns % 1000000000)) AS last_time,
    round(1.0 * w.names / (w.names + 1), 2) AS confidence,
    printf('Remove the wildcard *.%s (%s) from its zone, or %s from the search'
        || ' list of the clients. Until then write a final dot behind names'
        || ' from outside (%s.).', s.suffix, s.address, s.suffix,
        (SELECT base_name FROM swallowed
         WHERE suffix = s.suffix
         ORDER BY lookups DESC, base_name
         LIMIT 1)) AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.value & 0xFFFFFFFFFF), f.value & 0xFFFFFFFFFF))
     FROM json_each(json_array(s.first_frame)) AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.value >> 40)
        AS example_frames
FROM suspect AS s
JOIN (
    SELECT suffix, count(*) AS names, count(DISTINCT domain) AS domains,
        sum(lookups) AS lookups, sum(queries) AS queries,
        sum(wasted_ns) AS wasted_ns
    FROM swallowed
    GROUP BY suffix) AS w ON w.suffix = s.suffix
WHERE w.domains >= (SELECT domains FROM bound)
