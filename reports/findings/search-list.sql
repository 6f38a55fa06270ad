-- id: search-list
-- title: search lists multiply queries
-- means: Clients put the suffixes of their search list behind a name, and ask for
--   each in turn, before they ask for the name that exists. Each try asks for A
--   and for AAAA. It is load for the servers, and a round trip a suffix for the
--   program: harm only where those take long.
-- detected: The lookups of each client are followed from name to name, which
--   shows its suffixes in order, and between which bounds ndots lies. What was
--   asked under a suffix before the name that settled the lookup is wasted.
--   Raised from 10 wasted queries and a factor of 1.2 on; a warning from a factor
--   of 2 and a tenth of all queries on. An error where 3 lookups and 1 % of all
--   took 100 ms and more, most of it for the walk.
-- fooled-by: A walk behind a name that does not exist as it is, which ndots:1
--   makes, too, does not count. Names that exist under no suffix and not alone
--   cost the same, and the fix is another: see kind nowhere in top search-names.
--   ndots:1 and a final dot look alike. A cache on the client's own machine hides
--   what it answers.
-- fix: Write a final dot behind names from outside (api.example.com.), or lower
--   ndots as far as the short names allow. Write names of other namespaces in
--   full. wasitdns top search-names lists them.
WITH limits AS (
    SELECT
        max(value) FILTER (WHERE name = 'search_queries') AS least_queries,
        max(value) FILTER (WHERE name = 'search_factor') AS least_factor,
        max(value) FILTER (WHERE name = 'search_warning_factor')
            AS warning_factor,
        max(value) FILTER (WHERE name = 'search_warning_share')
            AS warning_share,
        max(value) FILTER (WHERE name = 'verdict_yes_share') AS error_share,
        max(value) FILTER (WHERE name = 'verdict_yes_lookups') AS error_lookups
    FROM threshold
), asked AS MATERIALIZED (
    SELECT a.client_id, a.base_name, a.kind, a.dots, a.lookups, a.queries,
        a.needed_queries, a.wasted_ns, a.first_ns, a.last_ns, a.first_frame,
        -- of lookups that began under a suffix
        CASE WHEN a.begins <> '' THEN a.wasted_queries ELSE 0 END AS wasted,
        -- short names rely on the list
        a.settled NOT IN ('', '*')
            AND a.outcome IN ('answered', 'partly') AS is_short
    FROM search_asked AS a
), client_sum AS MATERIALIZED (
    SELECT client_id, sum(lookups) AS lookups, sum(queries) AS queries,
        sum(needed_queries) AS needed, sum(wasted) AS wasted,
        sum(wasted_ns) FILTER (WHERE wasted > 0) AS wasted_ns,
        sum(wasted) FILTER (WHERE kind = 'external') AS external,
        sum(wasted) FILTER (WHERE kind = 'internal') AS internal,
        sum(wasted) FILTER (WHERE kind = 'cross-namespace') AS cross_namespace,
        sum(wasted) FILTER (WHERE kind = 'nowhere') AS nowhere,
        max(dots) FILTER (WHERE is_short) AS short_dots,
        min(first_ns) FILTER (WHERE wasted > 0) AS first_ns,
        max(last_ns) FILTER (WHERE wasted > 0) AS last_ns
    FROM asked
    GROUP BY client_id
    HAVING sum(wasted) > 0
), whole AS (
    SELECT count(*) AS clients, sum(queries) AS queries, sum(needed) AS needed,
        sum(wasted) AS wasted, sum(wasted_ns) / 1e9 AS seconds,
        coalesce(sum(external), 0) AS external,
        coalesce(sum(internal), 0) AS internal,
        coalesce(sum(cross_namespace), 0) AS cross_namespace,
        coalesce(sum(nowhere), 0) AS nowhere,
        coalesce(max(short_dots), 0) + 1 AS safe_ndots,
        1.0 * sum(queries) / nullif(sum(needed), 0) AS factor,
        min(first_ns) AS first_ns, max(last_ns) AS last_ns,
        (SELECT sum(lookups) FROM asked) AS lookups,
        (SELECT sum(queries) FROM asked) AS all_queries,
        (SELECT coalesce(sum(lookups), 0) FROM lookup_cause
         WHERE cause = 'search-walk') AS slow
    FROM client_sum
)
SELECT
    CASE WHEN slow >= error_lookups AND slow >= error_share * lookups
            THEN 'error'
        WHEN factor >= warning_factor AND wasted >= warning_share * all_queries
            THEN 'warning'
        ELSE 'info' END AS severity,
    'search list' AS subject,
    printf('search lists multiply the queries of %s by %.1f: %,d of %,d in'
        || ' vain, %s a lookup on average',
        CASE clients WHEN 1 THEN '1 client'
            ELSE printf('%,d clients', clients) END,
        factor, wasted, queries,
        CASE WHEN seconds >= (SELECT sum(lookups) FROM client_sum) THEN
            printf('%.1f s', seconds
                / max((SELECT sum(lookups) FROM client_sum), 1))
        ELSE printf('%.1f ms', seconds * 1000
            / max((SELECT sum(lookups) FROM client_sum), 1)) END) AS title,
    json_object('factor', round(factor, 2), 'queries', queries,
        'needed_queries', needed, 'wasted_queries', wasted,
        'wasted_seconds', round(seconds, 6), 'of_all_queries', all_queries,
        'external', external, 'internal', internal,
        'cross_namespace', cross_namespace, 'nowhere', nowhere,
        'walks_over_100_ms', slow,
        'clients', json((
            SELECT json_group_array(json_object('client_address', address,
                'search_list', search_list, 'ndots', ndots, 'factor', factor,
                'wasted_queries', wasted))
            FROM (
                SELECT c.address, v.search_list, v.ndots,
                    round(v.factor, 2) AS factor, s.wasted
                FROM client_sum AS s
                JOIN client AS c ON c.client_id = s.client_id
                LEFT JOIN v_search_clients AS v
                    ON v.client_address = c.address
                ORDER BY s.wasted DESC, c.address
                LIMIT 5))),
        'names', json((
            SELECT json_group_array(json_object('base_name', base_name,
                'kind', kind, 'wasted_queries', wasted))
            FROM (
                SELECT base_name, kind, sum(wasted) AS wasted
                FROM asked
                GROUP BY base_name, kind
                HAVING sum(wasted) > 0
                ORDER BY 3 DESC, base_name, kind
                LIMIT 5)))) AS evidence,
    seconds AS cost_seconds,
    wasted AS cost_queries,
    clients AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(last_ns % 1000000000)) AS last_time,
    round(1.0 * wasted / (wasted + 10), 2) AS confidence,
    CASE WHEN nowhere * 2 > wasted THEN
        'Most of it is for names that exist nowhere: find who asks for them'
        || ' (wasitdns top search-names, kind nowhere).'
    ELSE
        coalesce((
            SELECT printf('%s has the list "%s" and ndots %s. ', c.address,
                v.search_list, v.ndots)
            FROM client_sum AS s
            JOIN client AS c ON c.client_id = s.client_id
            JOIN v_search_clients AS v ON v.client_address = c.address
            WHERE v.search_list IS NOT NULL AND v.ndots IS NOT NULL
            ORDER BY s.wasted DESC, c.address
            LIMIT 1), '')
        || coalesce((
            SELECT printf('Write a final dot behind %s. ',
                group_concat(base_name, ', '))
            FROM (
                SELECT base_name
                FROM asked
                WHERE kind IN ('external', 'internal') AND base_name <> '*'
                GROUP BY base_name
                HAVING sum(wasted) > 0
                ORDER BY sum(wasted) DESC, base_name
                LIMIT 3)), '')
        || coalesce((
            SELECT printf('Or give the pods dnsConfig: {options: [{name: ndots,'
                || ' value: "%d"}]}: it asks no short name seen here in another'
                || ' order, and would have saved %,d queries.',
                safe_ndots, sum(wasted))
            FROM asked
            WHERE kind IN ('external', 'internal') AND dots >= safe_ndots
            HAVING sum(wasted) > 0),
            'Write names of other namespaces in full, with a final dot.')
    END AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.value & 0xFFFFFFFFFF), f.value & 0xFFFFFFFFFF))
     FROM (
        SELECT first_frame AS value
        FROM asked
        WHERE wasted > 0
        ORDER BY wasted DESC, first_frame
        LIMIT 5) AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.value >> 40)
        AS example_frames
FROM whole, limits
WHERE wasted >= least_queries AND factor >= least_factor
