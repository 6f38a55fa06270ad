-- id: name-leak
-- title: internal names are asked outside
-- means: Somebody outside learns the names of the own network, is asked for what
--   he cannot know, and everybody waits for his no. Where the last label of such
--   a name exists outside, a stranger could answer it, and send users to a host
--   of his.
-- detected: NXDOMAIN from a server with an address of the Internet for a name of a
--   private domain (local, internal, svc, lan ...), of the reverse zone of a
--   private address, below a suffix of a search list that this capture shows, or
--   that another lookup found under such a suffix. From 3 queries on; a warning
--   where they are a tenth of what those servers are asked, or where the last
--   label of a short name exists outside. Else info. Of names that are not of a
--   private domain 4,096 are kept, denials_left_out counts the rest.
-- fooled-by: A server with a private address is not outside, though it may ask
--   others outside in its turn: that is a resolver of the same house, which may
--   well know these names, and what it passes on is seen where its own queries are
--   captured. Names that it asks under QNAME minimisation are not seen whole.
--   A client that has an address of the Internet itself may ask a resolver of its
--   own house, and is left out; but one with a private address asks nobody outside
--   either where the company's own resolvers have public ones.
--   Addresses of the documentation ranges count as outside.
-- fix: Let the resolver answer these zones itself (a local zone, empty if need
--   be: RFC 6303, 6761), and take suffixes that are of no use out of the search
--   list. Give clients that ask a public resolver one that knows their names.
--   wasitdns top leaks lists them.
WITH limits AS (
    SELECT max(value) FILTER (WHERE name = 'leak_queries') AS least_queries,
        max(value) FILTER (WHERE name = 'leak_warning_share') AS warning_share
    FROM threshold
), leaked AS MATERIALIZED (
    SELECT * FROM leak
), named AS MATERIALIZED (
    -- by name; is_risky: others below the same last label exist outside
    SELECT l.query_name, l.kind, l.queries, s.address AS server,
        c.address AS client,
        l.kind IN ('short-name', 'search-suffix') AND EXISTS (
            SELECT 1 FROM question AS q
            JOIN name AS n ON n.name_id = q.name_id
            WHERE substr(n.query_name, -1 - length(l.top)) = '.' || l.top
                AND q.answered > q.nxdomain + q.nodata + q.servfail
                    + q.refused) AS is_risky
    FROM (
        SELECT query_name, kind, sum(transactions) AS queries,
            min(server_id) AS server_id, min(client_id) AS client_id,
            replace(query_name, rtrim(query_name,
                replace(query_name, '.', '')), '') AS top
        FROM leaked
        GROUP BY query_name, kind) AS l
    JOIN server AS s ON s.server_id = l.server_id
    JOIN client AS c ON c.client_id = l.client_id
), whole AS (
    SELECT count(DISTINCT query_name) AS names,
        count(DISTINCT client_id) AS clients,
        count(DISTINCT server_id) AS servers,
        sum(transactions) AS queries,
        coalesce(sum(transactions) FILTER (WHERE kind = 'private-domain'), 0)
            AS private_domain,
        coalesce(sum(transactions) FILTER (WHERE kind = 'reverse'), 0)
            AS reverse,
        coalesce(sum(transactions) FILTER (WHERE kind = 'search-suffix'), 0)
            AS search_suffix,
        coalesce(sum(transactions) FILTER (WHERE kind = 'short-name'), 0)
            AS short_name,
        min(first_ns) AS first_ns, max(last_ns) AS last_ns
    FROM leaked
    HAVING sum(transactions) > 0
), worst AS (
    -- who asks most, and whom
    SELECT c.address AS client, s.address AS server,
        EXISTS (SELECT 1 FROM server AS r
                WHERE r.address = c.address AND r.transactions > 0)
            AS is_resolver
    FROM (
        SELECT client_id, server_id
        FROM leaked
        GROUP BY client_id, server_id
        ORDER BY sum(transactions) DESC, client_id, server_id
        LIMIT 1) AS w
    JOIN client AS c ON c.client_id = w.client_id
    JOIN server AS s ON s.server_id = w.server_id
), told AS (
    SELECT whole.*, worst.*, least_queries, warning_share,
        1.0 * queries / (
            SELECT max(1, sum(transactions)) FROM server
            WHERE server_id IN (SELECT server_id FROM leaked)) AS share,
        (SELECT query_name FROM named
         WHERE kind = 'short-name' AND is_risky
         ORDER BY queries DESC, query_name
         LIMIT 1) AS risky,
        (SELECT group_concat(zone, ', ')
         FROM (
            SELECT zone
            FROM leaked
            WHERE kind IN ('private-domain', 'search-suffix')
            GROUP BY zone
            ORDER BY sum(transactions) DESC, zone
            LIMIT 3)) AS zones
    FROM whole, worst, limits
    WHERE queries >= least_queries
)
SELECT
    CASE WHEN risky IS NOT NULL OR share >= warning_share THEN 'warning'
        ELSE 'info' END AS severity,
    'names of the own network' AS subject,
    printf('%s of the own network asked outside: %s asks %s%s; %,d quer%s, all'
        || ' denied',
        CASE names WHEN 1 THEN '1 name' ELSE printf('%,d names', names) END,
        CASE clients WHEN 1 THEN client
            ELSE printf('%s and %,d more', client, clients - 1) END,
        server,
        CASE servers WHEN 1 THEN ''
            ELSE printf(' and %,d more', servers - 1) END,
        queries, CASE queries WHEN 1 THEN 'y' ELSE 'ies' END) AS title,
    json_object('names', names, 'clients', clients, 'servers', servers,
        'queries', queries, 'share_of_queries', round(share, 4),
        'private_domain', private_domain, 'reverse', reverse,
        'search_suffix', search_suffix, 'short_name', short_name,
        'name_at_risk', risky,
        'denials_left_out', coalesce((SELECT value FROM counter
            WHERE name = 'refused_denials'), 0),
        'examples', json((
            SELECT json_group_array(json_object('query_name', query_name,
                'kind', kind, 'queries', queries, 'client_address', client,
                'server_address', server,
                'top_level_exists', json(iif(is_risky, 'true', 'false'))))
            FROM (
                SELECT * FROM named
                ORDER BY queries DESC, query_name, kind
                LIMIT 5)))) AS evidence,
    0.0 AS cost_seconds,
    queries AS cost_queries,
    clients AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(last_ns % 1000000000)) AS last_time,
    round(1.0 * queries / (queries + 3), 2) AS confidence,
    CASE
        WHEN risky IS NOT NULL THEN printf(
            'Write %s in full, with a final dot: whoever owns its last label'
            || ' outside could answer it. ', risky)
        ELSE '' END
    || CASE
        WHEN NOT is_resolver THEN printf(
            '%s asks %s, which cannot know these names: give it a resolver of'
            || ' the own network.', client, server)
        WHEN zones IS NOT NULL THEN printf(
            'Let %s answer %s itself, with an empty local zone if need be,'
            || ' instead of asking %s.', client, zones, server)
        WHEN reverse > 0 THEN printf(
            'Let %s answer the reverse zones of private addresses itself (RFC'
            || ' 6303), instead of asking %s.', client, server)
        ELSE printf('Write these names in full; now %s asks %s for them.',
            client, server)
    END || ' wasitdns top leaks lists them.' AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.value & 0xFFFFFFFFFF), f.value & 0xFFFFFFFFFF))
     FROM (
        SELECT min(first_frame) AS value
        FROM leaked
        GROUP BY query_name
        ORDER BY sum(transactions) DESC, value
        LIMIT 5) AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.value >> 40)
        AS example_frames
FROM told
