-- id: hot-client
-- title: one client asks far more than the others
-- means: Load, not harm: a large part of what the servers do is for one client.
--   A loop, a program without a cache, a monitor, or a resolver or NAT gateway
--   that asks for many.
-- detected: With 5 clients or more: a client that asks at least 20 % of all
--   transactions and 8 times as many as the others on average, from 100 on. A
--   warning from half of all, else info. What of it its search list made in vain
--   is said from a tenth on.
-- fooled-by: Many machines behind one address (NAT, a forwarding resolver, a
--   mail relay): then the load is theirs, and in order. Repeats are not
--   counted, so a dead server does not make a client hot.
-- fix: If a search list makes most of it, see search-list. If it asks few names again and again, give it a cache (nscd,
--   systemd-resolved, a node-local cache) or find the loop. If it asks many
--   different ones, find the program: on the client, ss -unp port 53.
WITH hot AS MATERIALIZED (
    SELECT c.*, e.clients, b.share AS hot_share, b.factor AS hot_factor,
        b.warning_share, b.wasted_share AS told_share,
        1.0 * c.transactions / e.transactions AS share,
        1.0 * c.transactions * (e.clients - 1)
            / nullif(e.transactions - c.transactions, 0) AS factor,
        (c.last_ns - c.first_ns) / 1e9 AS seconds,
        c.address || CASE c.label WHEN '' THEN '' ELSE ' (' || c.label || ')'
            END AS client
    FROM (
        SELECT
            max(value) FILTER (WHERE name = 'hot_clients') AS clients,
            max(value) FILTER (WHERE name = 'hot_transactions')
                AS transactions,
            max(value) FILTER (WHERE name = 'hot_share') AS share,
            max(value) FILTER (WHERE name = 'hot_factor') AS factor,
            max(value) FILTER (WHERE name = 'hot_warning_share')
                AS warning_share,
            max(value) FILTER (WHERE name = 'hot_wasted_share')
                AS wasted_share
        FROM threshold) AS b
    CROSS JOIN (
        SELECT count(*) AS clients, sum(transactions) AS transactions
        FROM client
        WHERE transactions > 0) AS e
    CROSS JOIN client AS c
    WHERE c.address <> 'other'
        AND e.clients >= b.clients
        AND c.transactions >= b.transactions
)
SELECT
    CASE WHEN share >= warning_share THEN 'warning' ELSE 'info' END
        AS severity,
    address AS subject,
    printf('%s asks %.0f %% of everything, %.0f times as much as each of the'
        || ' other %,d clients', client, share * 100, factor, clients - 1)
        || CASE WHEN wasted_share >= told_share THEN printf(
            '; its search list asks %.0f %% in vain', wasted_share * 100)
            ELSE '' END AS title,
    json_object('transactions', transactions, 'share', round(share, 4),
        'times_the_others', round(factor, 1), 'clients', clients,
        'names', names, 'transactions_per_name',
        round(1.0 * transactions / max(names, 1), 1),
        'transactions_per_second',
        round(transactions / nullif(seconds, 0), 1),
        'nxdomain', nxdomain, 'wasted_queries', wasted_queries,
        'wasted_share', round(wasted_share, 4)) AS evidence,
    0.0 AS cost_seconds,
    -- beyond what the others ask
    CAST(transactions - transactions / factor AS INTEGER) AS cost_queries,
    1 AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(last_ns % 1000000000)) AS last_time,
    round(1.0 * transactions / (transactions + 20), 2) AS confidence,
    CASE WHEN wasted_share >= 0.5 THEN
        printf('%.0f %% of what it asks are names that its search list makes:'
            || ' write a final dot behind the names that it asks for, or lower'
            || ' its ndots (wasitdns top search).', wasted_share * 100)
    WHEN transactions >= 10 * max(names, 1) THEN
        printf('It asks for %s %.0f times%s: give it a cache (nscd,'
            || ' systemd-resolved, a node-local cache), or find the loop.',
            CASE WHEN names > 1 THEN printf('%,d names', names)
                ELSE 'one name' END,
            1.0 * transactions / max(names, 1),
            CASE WHEN names > 1 THEN ' each' ELSE '' END)
    ELSE
        printf('It asks about %,d different names. Find the program (on %s:'
            || ' ss -unp, looking for port 53); if it is a resolver or a NAT'
            || ' gateway, look behind it.', names, address)
    END AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.value & 0xFFFFFFFFFF), f.value & 0xFFFFFFFFFF))
     FROM json_each(json_array(first_frame)) AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.value >> 40)
        AS example_frames
FROM (
    SELECT hot.*, w.wasted_queries,
        1.0 * w.wasted_queries / w.queries AS wasted_share
    FROM hot
    LEFT JOIN (
        SELECT client_id, sum(queries) AS queries,
            sum(queries - needed_queries) AS wasted_queries
        FROM search_lookup
        GROUP BY client_id) AS w ON w.client_id = hot.client_id
    WHERE share >= hot_share AND factor >= hot_factor)
