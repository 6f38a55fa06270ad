-- id: given-settings
-- title: clients do not have the search list or ndots that was given
-- means: --search, --ndots or --resolv-conf said what the clients' resolvers are
--   set to, and what these clients asked shows something else. For them, what
--   they showed was believed.
-- detected: A client asked under a suffix that the given list has not, or under
--   its suffixes in another order; put a name with as many dots as ndots, or
--   more, under a suffix first; or asked a name with fewer as it is, and
--   under a suffix when that failed.
-- fooled-by: Several resolvers behind one address (host network, NAT). Programs
--   that bring a resolver with settings of their own. Pods of other namespaces,
--   whose lists begin with another suffix.
-- fix: Give the settings of these clients, or none: wasitdns works them out.
SELECT 'info' AS severity, 'given settings' AS subject,
    printf('%s the settings that were given: %s%s',
        CASE count(*) WHEN 1 THEN '1 client does not have'
            ELSE printf('%,d clients do not have', count(*)) END,
        min(example) FILTER (WHERE number = 1),
        CASE WHEN count(*) > 1 THEN ' ...' ELSE '' END) AS title,
    json_object('clients', count(*),
        'search_list', sum(differs <> 'ndots'),
        'ndots', sum(differs <> 'search list'),
        'examples', json_group_array(json_object(
            'client_address', address, 'differs', differs,
            'search_list', search_list, 'ndots', ndots))
            FILTER (WHERE number <= 5)) AS evidence,
    0.0 AS cost_seconds, 0 AS cost_queries, count(*) AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', min(first_ns) / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(min(first_ns) % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', max(last_ns) / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(max(last_ns) % 1000000000)) AS last_time,
    0.9 AS confidence,
    'Give the settings of these clients, or none: what they have is worked out'
        || ' from their lookups.' AS fix,
    json_group_array(coalesce(prefix || (first_frame & 0xFFFFFFFFFF),
        first_frame & 0xFFFFFFFFFF)) FILTER (WHERE number <= 5)
        AS example_frames
FROM (
    SELECT c.address, c.first_ns, c.last_ns, c.first_frame, i.prefix,
        s.differs, s.search_list, s.ndots,
        printf('%s has %s', c.address, CASE
            WHEN s.differs = 'ndots' THEN 'ndots ' || s.ndots
            ELSE 'the list "' || s.search_list || '"' END) AS example,
        row_number() OVER (ORDER BY v.queries DESC, c.address) AS number
    FROM search_client AS v
    JOIN search_setting AS s ON s.client_id = v.client_id
    JOIN client AS c ON c.client_id = v.client_id
    LEFT JOIN input_prefix AS i ON i.input_id = c.first_frame >> 40
    WHERE s.differs IS NOT NULL)
HAVING count(*) > 0
