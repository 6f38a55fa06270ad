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
--   ndots:1 and a final dot look alike. A program that asks a block list for a
--   name, and right behind its denial for the name itself. Where the resolver
--   walks for its clients (autopath of CoreDNS), nothing is wasted on their side,
--   and nothing to be saved there; names that exist nowhere are walked in full all
--   the same, and so do pods that it does not know (of the host's network, or very
--   young ones). A cache on the client's own machine hides
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
), found AS MATERIALIZED (
    -- of the clients that walked under a suffix first
    SELECT * FROM (
        SELECT count(*) AS clients, sum(queries) AS queries,
            sum(needed_queries) AS needed, sum(led_wasted_queries) AS wasted,
            sum(led_wasted_ns) / 1e9 AS seconds,
            1.0 * sum(queries) / nullif(sum(needed_queries), 0) AS factor,
            min(led_first_ns) AS first_ns, max(led_last_ns) AS last_ns,
            (SELECT sum(lookups) FROM search_client) AS lookups,
            (SELECT sum(queries) FROM search_client) AS all_queries,
            (SELECT sum(autopath_lookups) FROM search_client)
                AS autopath_lookups,
            (SELECT count(*) FROM search_client WHERE autopath_lookups > 0)
                AS autopath_clients,
            (SELECT coalesce(sum(lookups), 0) FROM lookup_cause
             WHERE cause = 'search-walk') AS slow,
            (SELECT p50_seconds FROM latency_percentile
             WHERE scope = 'all' AND key = 0 AND measure = 'walk')
                AS median_seconds
        FROM search_client
        WHERE led_wasted_queries > 0), limits
    WHERE wasted >= least_queries AND factor >= least_factor
), dear AS MATERIALIZED (
    -- the clients that waste most
    SELECT d.*, s.search_list, s.ndots
    FROM (
        SELECT s.client_id, c.address, s.led_wasted_queries AS wasted,
            round(1.0 * s.queries / nullif(s.needed_queries, 0), 2) AS factor
        FROM search_client AS s
        JOIN client AS c ON c.client_id = s.client_id
        WHERE s.led_wasted_queries > 0
        ORDER BY wasted DESC, c.address
        LIMIT 5) AS d
    CROSS JOIN search_setting AS s ON s.client_id = d.client_id
), unknown AS MATERIALIZED (
    -- for whom the resolver does not walk, though it does for others
    SELECT c.address
    FROM found
    CROSS JOIN search_client AS s
    JOIN client AS c ON c.client_id = s.client_id
    WHERE found.autopath_clients > 0 AND s.autopath_lookups = 0
        AND EXISTS (
            SELECT 1 FROM search_lookup AS l
            WHERE l.client_id = s.client_id AND l.steps > 1
                AND l.begins_id > 1 AND l.outcome IN ('answered', 'partly'))
), share AS MATERIALIZED (
    SELECT coalesce(sum(wasted) FILTER (WHERE kind = 'external'), 0)
            AS external,
        coalesce(sum(wasted) FILTER (WHERE kind = 'internal'), 0) AS internal,
        coalesce(sum(wasted) FILTER (WHERE kind = 'cross-namespace'), 0)
            AS cross_namespace,
        coalesce(sum(wasted) FILTER (WHERE kind = 'nowhere'), 0) AS nowhere,
        max(dots) FILTER (WHERE kind = 'cross-namespace') AS walked_dots
    FROM search_walked
), candidate AS MATERIALIZED (
    -- names found at once, perhaps under their client's first suffix, with more
    -- dots in front of it than any that was walked to
    SELECT n.query_name, l.dots, (
            SELECT first_suffix FROM search_setting AS s
            WHERE s.client_id = l.client_id
                AND (s.most IS NULL OR l.dots < s.most)) AS suffix
    FROM (
        SELECT min(length(t.suffix) - length(replace(t.suffix, '.', '')))
                AS suffix_dots
        FROM search_suffix AS s
        JOIN suffix AS t ON t.suffix_id = s.suffix_id
        WHERE s.leading > 0)
    CROSS JOIN share
    CROSS JOIN search_lookup AS l
    CROSS JOIN name AS n ON n.name_id = l.name_id
    WHERE l.steps = 1 AND l.addresses AND l.outcome IN ('answered', 'partly')
        AND l.dots > coalesce(share.walked_dots + 1, 0) + suffix_dots
), safe AS MATERIALIZED (
    -- the least ndots that asks no short name in another order
    SELECT 1 + max(coalesce(walked_dots, 0), coalesce((
        SELECT max(dots - length(suffix) + length(replace(suffix, '.', '')) - 1)
        FROM candidate
        WHERE query_name LIKE '%_.' || suffix), 0)) AS ndots
    FROM share
)
SELECT
    CASE WHEN slow >= error_lookups AND slow >= error_share * lookups
            THEN 'error'
        WHEN factor >= warning_factor AND wasted >= warning_share * all_queries
            THEN 'warning'
        ELSE 'info' END AS severity,
    'search list' AS subject,
    printf('search lists multiply the queries of %s by %.1f: %,d of %,d in vain',
        CASE clients WHEN 1 THEN '1 client'
            ELSE printf('%,d clients', clients) END, factor, wasted, queries)
        || CASE WHEN median_seconds >= 0.9995 THEN
                printf(', %.1f s a lookup at the median', median_seconds)
            WHEN median_seconds >= 9995e-7 THEN
                printf(', %.3g ms a lookup at the median', median_seconds * 1e3)
            WHEN median_seconds > 0 THEN
                printf(', %.3g us a lookup at the median', median_seconds * 1e6)
            ELSE '' END AS title,
    json_object('factor', round(factor, 2), 'queries', queries,
        'needed_queries', needed, 'wasted_queries', wasted,
        'wasted_seconds', round(seconds, 6),
        'walk_p50_seconds', round(median_seconds, 6),
        'of_all_queries', all_queries,
        'external', external, 'internal', internal,
        'cross_namespace', cross_namespace, 'nowhere', nowhere,
        'walks_over_100_ms', slow,
        'autopath_lookups', autopath_lookups,
        'autopath_clients', autopath_clients,
        'clients_without_autopath', json((
            SELECT json_group_array(address)
            FROM (SELECT address FROM unknown ORDER BY address LIMIT 5))),
        'clients', json((
            SELECT json_group_array(json_object('client_address', address,
                'search_list', search_list, 'ndots', ndots, 'factor', factor,
                'wasted_queries', wasted))
            FROM (SELECT * FROM dear ORDER BY wasted DESC, address))),
        'names', json((
            SELECT json_group_array(json_object('base_name', base_name,
                'kind', kind, 'wasted_queries', wasted))
            FROM (
                SELECT base_name, kind, wasted
                FROM search_walked
                WHERE wasted > 0
                ORDER BY wasted DESC, base_name, kind
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
            SELECT printf('%s has the list "%s" and ndots %s. ', address,
                search_list, ndots)
            FROM dear
            WHERE search_list IS NOT NULL AND ndots IS NOT NULL
            ORDER BY wasted DESC, address
            LIMIT 1), '')
        || coalesce((
            SELECT printf('Write a final dot behind %s. ',
                group_concat(base_name, ', '))
            FROM (
                SELECT base_name
                FROM search_walked
                WHERE kind IN ('external', 'internal') AND base_name <> '*'
                    AND wasted > 0
                ORDER BY wasted DESC, base_name
                LIMIT 3)
            HAVING count(*) > 0), '')
        || coalesce((
            SELECT printf('Or give the pods dnsConfig: {options: [{name: ndots,'
                || ' value: "%d"}]}: it asks no short name seen here in another'
                || ' order, and would have saved %,d queries.',
                safe.ndots, sum(wasted))
            FROM safe
            JOIN search_walked ON dots >= safe.ndots
            WHERE kind IN ('external', 'internal')
            HAVING sum(wasted) > 0),
            'Write names of other namespaces in full, with a final dot.')
    END
    || CASE WHEN autopath_clients = 0 THEN ''
        WHEN NOT EXISTS (SELECT * FROM unknown) THEN printf(' The resolver walks'
            || ' for its clients (autopath, %,d lookup%s): fewer ndots save'
            || ' nothing on their side.', autopath_lookups,
            CASE autopath_lookups WHEN 1 THEN '' ELSE 's' END)
        ELSE (
            SELECT printf(' The resolver walks (autopath) for %,d client%s, and'
                || ' not for %s: of the host''s network, or not known to it'
                || ' yet.', autopath_clients,
                CASE autopath_clients WHEN 1 THEN '' ELSE 's' END,
                CASE count(*) WHEN 1 THEN max(address)
                    ELSE printf('%,d others', count(*)) END)
            FROM unknown)
    END AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.value & 0xFFFFFFFFFF), f.value & 0xFFFFFFFFFF))
     FROM (
        SELECT first_frame AS value
        FROM search_walked
        WHERE wasted > 0
        ORDER BY wasted DESC, first_frame
        LIMIT 5) AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.value >> 40)
        AS example_frames
FROM found, share
WHERE EXISTS (SELECT * FROM found)
