-- The public views of a wasitdns database, and the helpers under them.
--
-- Views named v_... are the interface: names and meanings of their columns
-- stay. The helpers (no v_) may change. All of it runs in the stock sqlite3
-- shell: no extension, no maths function, which is why the table
-- latency_bucket says what a histogram's bucket stands for.
--
-- Forms, the same everywhere:
--     time      RFC 3339 UTC with nine digits of the second, so that times
--               sort as text: 2026-11-01T10:00:00.250000000Z (before 1970,
--               where only a broken clock puts a frame, right to a second)
--     _seconds  a duration, REAL
--     share     of one, REAL
--     frame     the number Wireshark shows; with several inputs text,
--               PATH:NUMBER (a base table holds input_id << 40 | number)
--     unknown   NULL, never 0

-- ---------------------------------------------------------------- helpers ---

-- The counters as one row. One that was not written is 0.
CREATE VIEW total AS
SELECT
    coalesce(sum(value) FILTER (WHERE name = 'frames'), 0) AS frames,
    coalesce(sum(value) FILTER (WHERE name = 'captured_octets'), 0)
        AS captured_octets,
    coalesce(sum(value) FILTER (WHERE name = 'dns_messages'), 0)
        AS dns_messages,
    coalesce(sum(value) FILTER (WHERE name = 'query_messages'), 0)
        AS query_messages,
    coalesce(sum(value) FILTER (WHERE name = 'response_messages'), 0)
        AS response_messages,
    coalesce(sum(value) FILTER (WHERE name = 'duplicate_messages'), 0)
        AS duplicate_messages,
    coalesce(sum(value) FILTER (WHERE name = 'malformed_messages'), 0)
        AS malformed_messages,
    coalesce(sum(value) FILTER (WHERE name = 'cut_messages'), 0)
        AS cut_messages,
    coalesce(sum(value) FILTER (WHERE name = 'transactions'), 0)
        AS transactions,
    coalesce(sum(value) FILTER (WHERE name = 'answered'), 0) AS answered,
    coalesce(sum(value) FILTER (WHERE name = 'answered_late'), 0)
        AS answered_late,
    coalesce(sum(value) FILTER (WHERE name = 'answered_at_start'), 0)
        AS answered_at_start,
    coalesce(sum(value) FILTER (WHERE name = 'unanswered'), 0) AS unanswered,
    coalesce(sum(value) FILTER (WHERE name = 'open_at_end'), 0)
        AS open_at_end,
    coalesce(sum(value) FILTER (WHERE name = 'icmp_errors'), 0)
        AS icmp_errors,
    coalesce(sum(value) FILTER (WHERE name = 'evicted'), 0) AS evicted,
    coalesce(sum(value) FILTER (WHERE name = 'orphan_responses'), 0)
        AS orphan_responses,
    coalesce(sum(value) FILTER (WHERE name = 'orphan_at_start'), 0)
        AS orphan_at_start,
    coalesce(sum(value) FILTER (WHERE name = 'retransmissions'), 0)
        AS retransmissions,
    coalesce(sum(value) FILTER (WHERE name = 'reordered_answers'), 0)
        AS reordered_answers,
    coalesce(sum(value) FILTER (WHERE name = 'clock_steps'), 0)
        AS clock_steps,
    coalesce(sum(value) FILTER (WHERE name = 'lookups'), 0) AS lookups,
    coalesce(sum(value) FILTER (WHERE name = 'failed_lookups'), 0)
        AS failed_lookups,
    coalesce(sum(value) FILTER (WHERE name = 'upstream_lookups'), 0)
        AS upstream_lookups,
    coalesce(sum(value) FILTER (WHERE name = 'upstream_failed_lookups'), 0)
        AS upstream_failed_lookups,
    coalesce(sum(value) FILTER (WHERE name = 'untimed_messages'), 0)
        AS untimed,
    coalesce(sum(value) FILTER (WHERE name = 'collapsed_names'), 0)
        AS collapsed_names,
    coalesce(sum(value) FILTER (WHERE name = 'collapsed_clients'), 0)
        AS collapsed_clients,
    coalesce(sum(value) FILTER (WHERE name = 'collapsed_servers'), 0)
        AS collapsed_servers
FROM counter;

-- The counters, when the capture was, and what of it did not reach us.
-- loss: a response without its query in the middle of the capture shows a
-- query that was not captured; queries and responses are lost alike, so that
-- is the share of all messages. Those within the horizon of the first frame
-- (orphan_at_start) show nothing, so answers of that time are left out as well.
-- is_one_way: queries without a single response are a capture of one direction
-- as long as clients do not repeat them, under the same ID or another, as they
-- would if nothing came back, and no ICMP error came back either.
-- dropped: files say what they like, also what no integer holds the sum of.
CREATE VIEW capture AS
SELECT t.*, p.first_ns, p.last_ns,
    (p.last_ns - p.first_ns) / 1e9 AS duration_seconds,
    (SELECT CAST(min(total(dropped), 1e18) AS INTEGER)
     FROM interface HAVING count(dropped) > 0) AS dropped,
    1.0 * (t.orphan_responses - t.orphan_at_start)
        / nullif(t.orphan_responses - t.orphan_at_start
                 + t.answered + t.answered_late - t.answered_at_start, 0)
        AS loss,
    t.dns_messages > 0 AND (t.query_messages = 0
        OR (t.response_messages = 0 AND t.icmp_errors = 0
            AND t.retransmissions * 10 < t.query_messages
            AND (SELECT coalesce(sum(lookups), 0) FROM lookup_cause
                 WHERE repeated) * 10 < t.lookups)) AS is_one_way
FROM total AS t, (
    SELECT min(first_ns) AS first_ns, max(last_ns) AS last_ns
    FROM part) AS p;

-- What stands in front of a frame's number when there are several inputs.
CREATE VIEW input_prefix AS
SELECT input_id,
    CASE WHEN (SELECT count(*) FROM input) > 1 THEN path || ':' END AS prefix
FROM input;

-- Where the percentiles lie in a histogram, by nearest rank: `points` is a JSON
-- array of the buckets in which the values of rank 50, 90, 95 and 99 in a
-- hundred are counted, then of rank 95 and 99 with the unanswered ones behind
-- all others (NULL when the rank falls among those). Costs about a microsecond
-- a bucket each time a query names `points`, nothing when it does not.
CREATE VIEW latency_point AS
SELECT scope, key, measure, count, unanswered, min_ns, max_ns, sum_ns, buckets,
    (SELECT json_array(
        min(bucket) FILTER (WHERE seen * 100 >= count * 50),
        min(bucket) FILTER (WHERE seen * 100 >= count * 90),
        min(bucket) FILTER (WHERE seen * 100 >= count * 95),
        min(bucket) FILTER (WHERE seen * 100 >= count * 99),
        min(bucket) FILTER (WHERE seen * 100 >= (count + unanswered) * 95),
        min(bucket) FILTER (WHERE seen * 100 >= (count + unanswered) * 99))
     FROM (
        SELECT CAST(b.key AS INTEGER) AS bucket,
            sum(b.value) OVER (ORDER BY CAST(b.key AS INTEGER)
                ROWS UNBOUNDED PRECEDING) AS seen
        FROM json_each(latency.buckets) AS b)) AS points
FROM latency;

-- The percentiles: the middle of the bucket, held within the exact minimum and
-- maximum. Of the unanswered is known that they waited the timeout at least,
-- so that a percentile "with unanswered" of that size means "or more"
-- (ALGORITHMS 8, censoring). The GROUP BY, of the whole key, makes SQLite
-- compute `points` once a row, while constant conditions on scope, key and
-- measure still reach the table.
CREATE VIEW latency_percentile AS
SELECT scope, key, measure, count, unanswered,
    min_ns / 1e9 AS min_seconds,
    max(min_ns / 1e9, min(max_ns / 1e9, coalesce(
        (SELECT middle_seconds FROM latency_bucket
         WHERE bucket = points ->> 0), max_ns / 1e9))) AS p50_seconds,
    max(min_ns / 1e9, min(max_ns / 1e9, coalesce(
        (SELECT middle_seconds FROM latency_bucket
         WHERE bucket = points ->> 1), max_ns / 1e9))) AS p90_seconds,
    max(min_ns / 1e9, min(max_ns / 1e9, coalesce(
        (SELECT middle_seconds FROM latency_bucket
         WHERE bucket = points ->> 2), max_ns / 1e9))) AS p95_seconds,
    max(min_ns / 1e9, min(max_ns / 1e9, coalesce(
        (SELECT middle_seconds FROM latency_bucket
         WHERE bucket = points ->> 3), max_ns / 1e9))) AS p99_seconds,
    max_ns / 1e9 AS max_seconds,
    min(timeout_seconds, coalesce(max(min_ns / 1e9, min(max_ns / 1e9,
        (SELECT middle_seconds FROM latency_bucket
         WHERE bucket = points ->> 4))),
        CASE unanswered WHEN 0 THEN max_ns / 1e9 ELSE timeout_seconds END))
        AS p95_with_unanswered_seconds,
    min(timeout_seconds, coalesce(max(min_ns / 1e9, min(max_ns / 1e9,
        (SELECT middle_seconds FROM latency_bucket
         WHERE bucket = points ->> 5))),
        CASE unanswered WHEN 0 THEN max_ns / 1e9 ELSE timeout_seconds END))
        AS p99_with_unanswered_seconds,
    unanswered * 100 > (count + unanswered) * 5 AS p95_is_at_least,
    unanswered * 100 > (count + unanswered) * 1 AS p99_is_at_least
FROM (
    SELECT scope, key, measure, count, unanswered, min_ns, max_ns,
        -- equal values, of clients with one answer mostly, need no ranks
        CASE WHEN min_ns < max_ns OR unanswered > 0 THEN points END AS points,
        (SELECT max(timeout_ns) / 1e9 FROM part) AS timeout_seconds
    FROM latency_point
    GROUP BY scope, key, measure);

-- Whose lookups count as felt: the clients', where there are any. Those of a
-- resolver, which others ask, repeat what its clients wait for.
CREATE VIEW felt AS
SELECT CASE WHEN EXISTS (SELECT * FROM latency
        WHERE scope = 'leg' AND key = 0 AND measure = 'lookup')
    THEN 'leg' ELSE 'all' END AS scope;

-- What lookups went through, one row. Stalled: waited more than
-- stall_seconds, or one of their questions was never answered (unanswered),
-- which costs a client the timeout after its last attempt, at least. The
-- median of the others says what a lookup costs when nothing goes wrong. (One
-- pass over the histogram: running and whole sums beside each bucket, then the
-- first bucket that reaches a rank.)
CREATE VIEW harm AS
SELECT
    coalesce(max(timed) + max(unanswered), 0) AS lookups,
    coalesce(max(held_up) + max(unanswered), 0) AS stalled,
    coalesce(max(unanswered), 0) AS unanswered,
    coalesce(sum(lookups * middle_seconds) FILTER (WHERE is_stalled), 0.0)
        + coalesce(max(unanswered_seconds), 0.0)
        AS stalled_seconds,
    min(max(max_seconds),
        min(middle_seconds) FILTER (WHERE seen * 2 >= timed)) AS p50_seconds,
    -- ranked with the unanswered behind all others
    CASE WHEN max(timed) + max(unanswered) > 0 THEN coalesce(
        min(max(max_seconds), max(timeout_seconds), min(middle_seconds)
            FILTER (WHERE seen * 100 >= (timed + unanswered) * 95)),
        max(timeout_seconds)) END AS p95_seconds,
    min(middle_seconds) FILTER (WHERE seen * 2 >= timed - held_up)
        AS unstalled_p50_seconds
FROM (
    SELECT *,
        coalesce(sum(lookups) OVER (), 0) AS timed,
        coalesce(sum(lookups) FILTER (WHERE is_stalled) OVER (), 0) AS held_up,
        sum(lookups) OVER (ORDER BY middle_seconds ROWS UNBOUNDED PRECEDING)
            AS seen
    FROM (
        SELECT l.unanswered, l.unanswered_ns / 1e9 AS unanswered_seconds,
            l.max_ns / 1e9 AS max_seconds, h.value AS lookups,
            b.middle_seconds,
            b.middle_seconds > (SELECT value FROM threshold
                                WHERE name = 'stall_seconds') AS is_stalled,
            (SELECT max(timeout_ns) / 1e9 FROM part) AS timeout_seconds
        FROM latency AS l
        LEFT JOIN json_each(l.buckets) AS h
        LEFT JOIN latency_bucket AS b ON b.bucket = CAST(h.key AS INTEGER)
        WHERE l.scope = (SELECT scope FROM felt) AND l.key = 0
            AND l.measure = 'lookup'));

-- What stalled lookups waited for, a row for each cause, client, server and
-- name: those that waited over stall_seconds, or that their client gave up.
-- Where the capture itself lost packets, silence after which no client asked
-- again is the capture's.
CREATE VIEW stall AS
SELECT CASE WHEN c.cause IN ('lost', 'half-lost') AND c.silent
            AND NOT c.repeated AND c.is_lossy THEN 'capture-incomplete'
        ELSE c.cause END AS cause,
    c.client_id, c.server_id, n.query_name AS base_name, c.silent, c.queries,
    c.wait_max_ns, c.first_ns, c.last_ns, c.lookup_id, c.first_frame,
    c.last_frame, c.cause_frame, c.stalled,
    CASE c.stalled WHEN c.lookups THEN c.wait_ns / 1e9 ELSE
        (SELECT sum(h.value * b.middle_seconds)
         FROM json_each(c.wait_buckets) AS h
         JOIN latency_bucket AS b ON b.bucket = CAST(h.key AS INTEGER)
         WHERE b.middle_seconds > c.stall_seconds) END AS wait_seconds
FROM (
    SELECT l.*, t.stall_seconds, t.is_lossy,
        CASE WHEN l.silent THEN l.lookups ELSE
            (SELECT coalesce(sum(h.value), 0)
             FROM json_each(l.wait_buckets) AS h
             JOIN latency_bucket AS b ON b.bucket = CAST(h.key AS INTEGER)
             WHERE b.middle_seconds > t.stall_seconds) END AS stalled
    FROM lookup_cause AS l
    CROSS JOIN (
        SELECT max(value) FILTER (WHERE name = 'stall_seconds')
                AS stall_seconds,
            (SELECT coalesce(dropped, 0) > 0 FROM capture)
                OR (SELECT coalesce(loss, 0) FROM capture)
                    >= max(value) FILTER (WHERE name = 'quality_loss_share')
                AS is_lossy,
            (SELECT scope FROM felt) = 'leg' AS has_clients
        FROM threshold) AS t
    WHERE NOT (l.upstream AND t.has_clients)) AS c
LEFT JOIN name AS n ON n.name_id = c.name_id
WHERE c.stalled > 0;

-- What a client and a server have come to: transactions that began behind the
-- last response and were never answered, or that an ICMP error ended. A part
-- that ended in silence says nothing when another has a later response.
CREATE VIEW path AS
SELECT p.*,
    coalesce(sum(q.unanswered), 0) AS unanswered_since,
    coalesce(sum(q.icmp_errors), 0) AS icmp_errors_since
FROM client_server AS p
LEFT JOIN silence AS q
    ON q.client_id = p.client_id AND q.server_id = p.server_id
    AND (p.last_response_ns IS NULL OR q.first_ns > p.last_response_ns)
GROUP BY p.client_id, p.server_id;

-- A server that clients go on asking, for the timeout at least, and that says
-- nothing any more, or never said anything: what came back, if anything, were
-- ICMP errors (refused_since). A server of which other clients still get
-- responses is not silent.
CREATE VIEW silent_server AS
SELECT s.server_id, s.address, s.label, s.transactions, s.retransmissions,
    s.answered + s.late AS answered, s.first_ns, s.last_query_ns,
    s.last_response_ns,
    sum(p.unanswered_since) AS unanswered_since,
    sum(p.icmp_errors_since) AS refused_since,
    count(*) FILTER (WHERE p.unanswered_since + p.icmp_errors_since > 0)
        AS clients,
    sum(p.wait_ns) / 1e9 AS wait_seconds,
    min(p.first_unanswered_frame) AS first_unanswered_frame,
    min(p.first_icmp_frame) AS first_icmp_frame
FROM (SELECT value AS queries FROM threshold WHERE name = 'silent_queries')
        AS least
CROSS JOIN server AS s
CROSS JOIN path AS p ON p.server_id = s.server_id
WHERE s.unanswered + s.icmp_errors >= least.queries
    AND s.address <> 'other'
    AND (s.last_response_ns IS NULL
        OR (s.last_query_ns - s.last_response_ns
                >= (SELECT max(timeout_ns) FROM part)
            AND s.last_response_ns < p.last_query_ns))
    AND NOT (SELECT is_one_way FROM capture)
GROUP BY s.server_id
HAVING sum(p.unanswered_since + p.icmp_errors_since) >= max(least.queries);

-- What an address is, by what it says and does. A server that offers recursion
-- (RA) is a forwarder when it asks others with RD for its clients, else a
-- resolver; without RA, one that answers with authority (AA) is an authority.
-- Who only asks is a stub, or without RD a resolver of which only that side was
-- captured. NULL: it never answered, or only with errors.
CREATE VIEW address_role AS
SELECT address,
    CASE
        WHEN recursive_responses > share * responses THEN
            CASE WHEN fetched > 0 AND recursive_queries >= iterative_queries
                THEN 'forwarder' ELSE 'resolver' END
        WHEN authoritative_responses > share * responses THEN 'authority'
        WHEN is_asked THEN NULL
        WHEN iterative_queries > recursive_queries THEN 'resolver'
        WHEN recursive_queries > 0 THEN 'stub'
    END AS role
FROM (
    SELECT address, max(is_asked) AS is_asked, sum(responses) AS responses,
        sum(recursive_responses) AS recursive_responses,
        sum(authoritative_responses) AS authoritative_responses,
        sum(fetched) AS fetched, sum(recursive_queries) AS recursive_queries,
        sum(iterative_queries) AS iterative_queries,
        (SELECT value FROM threshold WHERE name = 'role_share') AS share
    FROM (
        SELECT s.address, s.transactions > 0 AS is_asked,
            coalesce(r.responses, 0) AS responses,
            coalesce(r.recursive_responses, 0) AS recursive_responses,
            coalesce(r.authoritative_responses, 0) AS authoritative_responses,
            coalesce(r.fetched + r.joined, 0) AS fetched,
            0 AS recursive_queries, 0 AS iterative_queries
        FROM server AS s
        LEFT JOIN server_role AS r ON r.server_id = s.server_id
        UNION ALL
        SELECT c.address, 0, 0, 0, 0, 0, r.recursive_queries,
            r.iterative_queries
        FROM client AS c
        JOIN client_role AS r ON r.client_id = c.client_id)
    WHERE address <> 'other'
    GROUP BY address);

-- ----------------------------------------------------------- search lists ---

-- What was given for all clients (--search, --ndots, --resolv-conf), where all
-- parts of a merged database were given the same; options for a database made
-- earlier take the place of what it was given when it was made.
CREATE VIEW search_given AS
SELECT place, suffix
FROM part_search
WHERE NOT EXISTS (
    SELECT 1 FROM part_search
    GROUP BY place, suffix
    HAVING count(*) <> (SELECT count(*) FROM part))
GROUP BY place;

CREATE VIEW ndots_given AS
SELECT min(ndots) AS ndots
FROM part
HAVING count(ndots) = count(*) AND min(ndots) = max(ndots);

-- The search list of each client, in order: the given one, unless its lookups
-- show another (search_other); else what they show.
CREATE VIEW search_place AS
SELECT client_id, suffix_id, suffix, queries, answered, wasted, place
FROM search_shown
WHERE NOT EXISTS (SELECT 1 FROM search_given)
    OR client_id IN (SELECT client_id FROM search_other)
UNION ALL
SELECT c.client_id, t.suffix_id, g.suffix, coalesce(s.queries, 0),
    coalesce(s.answered, 0), coalesce(s.wasted, 0), g.place
FROM search_given AS g
CROSS JOIN search_client AS c
LEFT JOIN suffix AS t ON t.suffix = g.suffix
LEFT JOIN search_suffix AS s
    ON s.client_id = c.client_id AND s.suffix_id = t.suffix_id
WHERE c.client_id NOT IN (SELECT client_id FROM search_other);

-- The clients whose lookups show another list than the given one: a suffix that
-- it has not, or two in another order.
CREATE VIEW search_other AS
SELECT s.client_id
FROM (SELECT count(*) AS suffixes FROM search_given) AS g
CROSS JOIN search_proved AS s
WHERE g.suffixes > 0 AND s.suffix NOT IN (SELECT suffix FROM search_given)
UNION
SELECT p.client_id
FROM search_given AS g
JOIN search_given AS h ON h.place < g.place
JOIN suffix AS a ON a.suffix = g.suffix
JOIN suffix AS b ON b.suffix = h.suffix
JOIN search_pair AS p
    ON p.suffix_id = a.suffix_id AND p.later_suffix_id = b.suffix_id
LEFT JOIN search_pair AS r
    ON r.client_id = p.client_id AND r.suffix_id = b.suffix_id
        AND r.later_suffix_id = a.suffix_id
WHERE p.lookups > coalesce(r.lookups, 0);

-- The suffixes that each client's lookups show, in order. One is taken for such
-- when its shape says so (of Kubernetes, of clouds, of top-level labels that
-- exist inside only), or when enough names went through it and it was put
-- in front of one before that was asked alone: a block list is asked for names
-- that were resolved before, never the other way round; or when fewer names went
-- through it, and enough did with another client of the same Kubernetes cluster.
-- place: how many others are mostly asked before it.
CREATE VIEW search_shown AS
SELECT s.client_id, s.suffix_id, s.suffix, s.queries, s.answered, s.wasted,
    (SELECT count(*)
     FROM search_pair AS p
     JOIN search_listed AS f
        ON f.client_id = p.client_id AND f.suffix_id = p.suffix_id
     LEFT JOIN search_pair AS r
        ON r.client_id = p.client_id AND r.suffix_id = p.later_suffix_id
            AND r.later_suffix_id = p.suffix_id
     WHERE p.client_id = s.client_id AND p.later_suffix_id = s.suffix_id
        AND p.lookups > coalesce(r.lookups, 0)) AS place
FROM search_listed AS s;

-- Those suffixes.
CREATE VIEW search_listed AS
SELECT client_id, suffix_id, suffix, queries, answered, wasted
FROM search_proved
UNION ALL
SELECT client_id, suffix_id, suffix, queries, answered, wasted
FROM search_shared;

-- Those that a client itself proves.
CREATE VIEW search_proved AS
SELECT s.client_id, s.suffix_id, t.suffix, s.queries, s.answered, s.wasted,
    t.is_shaped
FROM search_suffix AS s
JOIN search_shape AS t ON t.suffix_id = s.suffix_id
WHERE t.is_shaped
    OR (s.bases >= (SELECT value FROM search_bases)
        AND (s.leading > 0 OR EXISTS (
            SELECT 1 FROM search_pair AS p
            JOIN search_suffix AS f
                ON f.client_id = p.client_id AND f.suffix_id = p.suffix_id
            WHERE p.client_id = s.client_id
                AND p.later_suffix_id = s.suffix_id AND f.leading > 0)));

-- Those that a client puts behind too few names, and another of its cluster
-- proves.
CREATE VIEW search_shared AS
WITH cluster AS MATERIALIZED (
    SELECT DISTINCT s.client_id,
        substr(t.suffix, instr('.' || t.suffix, '.svc.') + 4) AS domain
    FROM suffix AS t
    JOIN search_suffix AS s ON s.suffix_id = t.suffix_id
    WHERE '.' || t.suffix LIKE '%.svc.%'
)
SELECT DISTINCT s.client_id, s.suffix_id, k.suffix, s.queries, s.answered,
    s.wasted
FROM (
    SELECT DISTINCT o.domain, p.suffix_id, p.suffix
    FROM search_proved AS p
    JOIN cluster AS o ON o.client_id = p.client_id
    WHERE NOT p.is_shaped) AS k
JOIN cluster AS c ON c.domain = k.domain
JOIN search_suffix AS s
    ON s.client_id = c.client_id AND s.suffix_id = k.suffix_id
WHERE s.bases < (SELECT value FROM search_bases);

-- Whether the shape of a suffix says that it is one.
CREATE VIEW search_shape AS
SELECT suffix_id, suffix, suffix LIKE 'svc.%' OR suffix LIKE '%.svc.%'
    OR suffix IN ('local', 'internal', 'lan', 'corp', 'home', 'localdomain',
        'home.arpa')
    OR suffix LIKE '%.local' OR suffix LIKE '%.internal'
    OR suffix LIKE '%.lan' OR suffix LIKE '%.corp'
    OR suffix LIKE '%.home' OR suffix LIKE '%.localdomain'
    OR suffix LIKE '%.home.arpa'
    OR suffix LIKE '%.internal.cloudapp.net' AS is_shaped
FROM suffix;

-- What the lookups of a client say about its resolver's settings: the list as
-- text, its first suffix, which is that of its own namespace, and between which
-- bounds ndots lies. A name put under a suffix first has fewer dots than ndots;
-- one asked as it is and then, having failed, under a suffix has not. A name
-- asked as it is and nothing else proves nothing: there the given ndots counts.
-- differs: what of the given settings the lookups contradict, or NULL.
CREATE VIEW search_setting AS
SELECT client_id, search_list, first_suffix, least, most,
    CASE
        WHEN least > most THEN 'mixed'
        WHEN least = most THEN CAST(least AS TEXT)
        WHEN least IS NULL THEN 'at most ' || most
        WHEN most IS NULL THEN 'at least ' || least
        ELSE least || ' to ' || most
    END AS ndots, differs
FROM (
    SELECT c.client_id,
        -- a few steps down the keys for each client, and only where it is wanted
        (SELECT group_concat(suffix, ' ')
         FROM (
            SELECT suffix FROM search_place AS p
            WHERE p.client_id = c.client_id
            ORDER BY place, suffix)) AS search_list,
        (SELECT suffix FROM search_place AS p
         WHERE p.client_id = c.client_id
         ORDER BY place, suffix
         LIMIT 1) AS first_suffix,
        CASE WHEN g.ndots > coalesce(c.led_dots, -1)
                AND g.ndots <= coalesce(c.bare_dots, g.ndots)
            THEN g.ndots ELSE c.led_dots + 1 END AS least,
        CASE WHEN g.ndots > coalesce(c.led_dots, -1)
                AND g.ndots <= coalesce(c.bare_dots, g.ndots)
            THEN g.ndots ELSE c.bare_dots END AS most,
        nullif(substr(
            CASE WHEN c.client_id IN (SELECT client_id FROM search_other)
                THEN ', search list' ELSE '' END
            || CASE WHEN g.ndots <= c.led_dots OR g.ndots > c.bare_dots
                THEN ', ndots' ELSE '' END, 3), '') AS differs
    FROM search_client AS c
    LEFT JOIN ndots_given AS g);

-- Names, and whether their shape is that of the own network.
CREATE VIEW search_name AS
SELECT name_id, query_name,
    query_name LIKE '%.svc.%' OR query_name LIKE '%.local'
        OR query_name LIKE '%.internal' OR query_name LIKE '%.lan'
        OR query_name LIKE '%.corp' OR query_name LIKE '%.home'
        OR query_name LIKE '%.home.arpa' OR query_name LIKE '%.localdomain'
        OR instr(query_name, '.') = 0 AS is_inside
FROM name;

-- The names that were put under a suffix and walked on from, with what became of
-- it. kind as in search_asked; wasted: queries before the last name.
CREATE VIEW search_walked AS
SELECT n.query_name AS base_name, n.name_id, w.dots, w.wasted, w.first_frame,
    CASE
        WHEN w.is_denied THEN 'nowhere'
        WHEN NOT w.is_found THEN 'unsettled'
        WHEN w.is_listed THEN 'cross-namespace'
        WHEN n.is_inside THEN 'internal'
        ELSE 'external'
    END AS kind
FROM (
    SELECT name_id, outcome IN ('nxdomain', 'nodata') AS is_denied,
        outcome IN ('answered', 'partly') AS is_found,
        settled_id <> 0 AS is_listed, dots,
        sum(queries - needed_queries) AS wasted, min(first_frame) AS first_frame
    FROM search_lookup
    WHERE steps > 1 AND begins_id <> 0
    GROUP BY name_id, is_denied, is_found, is_listed) AS w
JOIN search_name AS n ON n.name_id = w.name_id;

-- The lookups under the name that was asked for. One that was settled at once
-- under the first suffix shows that name only because the suffix is known; it
-- stays whole where so many dots are proved to be enough for it to be asked as
-- it is. kind, by what would help:
--
--     external         a name from outside, walked through the list: fewer
--                      ndots, or a final dot
--     internal         the same with a complete name of the own network
--     cross-namespace  settled under a suffix, but not by the first name: write
--                      it in full
--     nowhere          exists under no name that was tried: mend what asks
--     optimal          settled by the first name
--     unsettled        errors, silence, or the end of the capture
CREATE VIEW search_asked AS
WITH first AS MATERIALIZED (
    SELECT client_id, first_suffix, most FROM search_setting
), setting AS MATERIALIZED (
    SELECT client_id, first_suffix, most, '.' || first_suffix AS tail,
        length(first_suffix) + 1 AS tail_octets,
        length(first_suffix) - length(replace(first_suffix, '.', '')) + 1
            AS tail_dots
    FROM first
    WHERE first_suffix IS NOT NULL
)
SELECT client_id, name_id, base_name, base_dots AS dots, begins, settled,
    begins_id, settled_id, steps, outcome, addresses, lookups, queries, sent_queries,
    needed_queries, queries - needed_queries AS wasted_queries, wasted_octets,
    wasted_ns, first_ns, last_ns, first_frame, is_under_suffix,
    -- the resolver walked: its answer led from one suffix to another
    steps = 1 AND begins_id <> settled_id AS is_autopath,
    CASE
        WHEN outcome IN ('nxdomain', 'nodata') THEN 'nowhere'
        WHEN outcome NOT IN ('answered', 'partly') THEN 'unsettled'
        WHEN steps = 1 THEN 'optimal'
        WHEN settled <> '' THEN 'cross-namespace'
        WHEN is_inside THEN 'internal'
        ELSE 'external'
    END AS kind
FROM (
    -- what is under a suffix is found by the join, once a row: as a column it
    -- would be worked out for every use
    SELECT l.*, l.dots - coalesce(s.tail_dots, 0) AS base_dots,
        CASE WHEN s.client_id IS NULL THEN n.query_name
            ELSE substr(n.query_name, 1, length(n.query_name) - s.tail_octets)
            END AS base_name,
        coalesce(s.first_suffix, b.suffix) AS begins,
        coalesce(s.first_suffix, t.suffix) AS settled,
        s.client_id IS NOT NULL AS is_under_suffix, n.is_inside
    FROM search_lookup AS l
    LEFT JOIN search_name AS n ON n.name_id = l.name_id
    LEFT JOIN suffix AS b ON b.suffix_id = l.begins_id
    LEFT JOIN suffix AS t ON t.suffix_id = l.settled_id
    LEFT JOIN setting AS s ON s.client_id = l.client_id
        AND l.steps = 1 AND l.begins_id = 0 AND l.addresses
        AND (s.most IS NULL OR l.dots < s.most)
        AND length(n.query_name) > s.tail_octets
        AND substr(n.query_name, -s.tail_octets) = s.tail);

-- Names of one's own that a server with an address of the Internet was asked for
-- and denied, by client and server. kind, and the zone that it is about:
--
--     reverse         of a private address; none
--     private-domain  below local, svc, internal, lan and other top-level
--                     domains that only private networks have; the suffix of a
--                     search list, or else the last label
--     short-name      was found under a suffix when put there; the name
--     search-suffix   below another suffix of somebody's search list; that
--
-- A single label that nobody found under a suffix is none of them: browsers
-- invent such names to see who answers, and a resolver that hides what it need
-- not tell (QNAME minimisation) asks for top-level domains alone. Names below
-- resolver.arpa are meant for whoever resolves (RFC 9462). Where both a client and
-- the resolver it asks have addresses of the Internet, they may be of one house.
CREATE VIEW leak AS
WITH listed AS MATERIALIZED (
    SELECT DISTINCT suffix FROM search_proved
), found AS (
    SELECT n.query_name, l.settled_id
    FROM search_lookup AS l
    JOIN name AS n ON n.name_id = l.name_id
    WHERE l.addresses AND l.outcome IN ('answered', 'partly')
        AND (l.settled_id > 1 OR l.steps = 1)
), short AS MATERIALIZED (
    -- behind which a stub put the suffix, or, at its first step, may have
    SELECT f.query_name AS base_name FROM found AS f WHERE f.settled_id > 1
    UNION
    SELECT substr(f.query_name, 1, length(f.query_name) - length(l.suffix) - 1)
    FROM found AS f
    JOIN listed AS l
        ON substr(f.query_name, -1 - length(l.suffix)) = '.' || l.suffix
)
SELECT client_id, server_id, query_name, query_type, transactions, first_ns,
    last_ns, first_frame, kind,
    CASE kind
        WHEN 'short-name' THEN query_name
        WHEN 'private-domain' THEN coalesce(suffix, replace(query_name, rtrim(
            query_name, replace(query_name, '.', '')), ''))
        WHEN 'search-suffix' THEN suffix
    END AS zone
FROM (
    SELECT *,
        CASE
            WHEN query_name LIKE '%.resolver.arpa' THEN NULL
            WHEN internal AND (query_name LIKE '%.in-addr.arpa'
                OR query_name LIKE '%.ip6.arpa') THEN 'reverse'
            WHEN internal AND instr(query_name, '.') > 0 THEN 'private-domain'
            WHEN query_name IN (SELECT base_name FROM short)
                THEN 'short-name'
            WHEN instr(query_name, '.') = 0 THEN NULL
            WHEN suffix IS NOT NULL THEN 'search-suffix'
        END AS kind
    FROM (
        SELECT d.*, n.query_name, q.query_type,
            (SELECT suffix FROM listed
             WHERE substr(n.query_name, -1 - length(suffix)) = '.' || suffix
             ORDER BY length(suffix) DESC
             LIMIT 1) AS suffix
        FROM denial AS d
        JOIN question AS q ON q.question_id = d.question_id
        JOIN name AS n ON n.name_id = q.name_id
        WHERE NOT (d.client_outside AND EXISTS (
            SELECT 1 FROM server_role AS r
            WHERE r.server_id = d.server_id AND r.recursive_responses > 0))))
WHERE kind IS NOT NULL;

-- ------------------------------------------------------------ the capture ---

-- The whole in one row. answered + answered_late + unanswered + open_at_end +
-- icmp_errors (ended by an ICMP error) = transactions. wait_... are those of
-- answered transactions; what the user felt are the lookups' (lookup_...),
-- where unanswered ones count as the timeout at least. dropped_packets: as the
-- capture itself says. stalled_lookups: those that waited over a second, or for
-- a question that was never answered. stalled_seconds: all that they waited, at
-- least.
CREATE VIEW v_summary AS
SELECT
    c.frames AS packets,
    c.dns_messages,
    c.query_messages,
    c.response_messages,
    c.duplicate_messages,
    c.malformed_messages,
    c.transactions,
    c.answered,
    c.answered_late,
    c.unanswered,
    c.open_at_end,
    c.icmp_errors,
    c.orphan_responses,
    c.retransmissions,
    c.lookups,
    c.failed_lookups,
    h.stalled AS stalled_lookups,
    c.upstream_lookups,
    (SELECT count(*) FROM client WHERE queries > 0 AND address <> 'other')
        AS clients,
    (SELECT count(*) FROM server WHERE address <> 'other'
        AND (last_query_ns IS NOT NULL OR last_response_ns IS NOT NULL))
        AS servers,
    -- counted by the program as a rule: half a million names take a second
    coalesce((SELECT value FROM counter WHERE name = 'names'),
        (SELECT count(DISTINCT name_id) FROM question WHERE queries > 0))
        AS names,
    strftime('%Y-%m-%dT%H:%M:%S', c.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(c.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', c.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(c.last_ns % 1000000000)) AS last_time,
    c.duration_seconds,
    c.captured_octets,
    c.dropped AS dropped_packets,
    c.loss AS loss_estimate,
    w.p50_seconds AS wait_p50_seconds,
    w.p95_seconds AS wait_p95_seconds,
    w.p99_seconds AS wait_p99_seconds,
    w.max_seconds AS wait_max_seconds,
    h.p50_seconds AS lookup_p50_seconds,
    h.p95_seconds AS lookup_p95_seconds,
    h.stalled_seconds,
    (SELECT answer FROM v_verdict) AS verdict
FROM capture AS c, harm AS h
LEFT JOIN latency_percentile AS w
    ON w.scope = 'all' AND w.key = 0 AND w.measure = 'wait';

-- Was it DNS? answer is yes, no, partly or unknown, from what lookups went
-- through; the findings say why. yes: many of them stalled or failed, or all
-- are slow. partly: some did, or a finding of severity error stands without
-- harm to lookups. no needs enough lookups that went well. unknown: too few,
-- or the capture cannot show it. confidence (0 to 1) grows with the lookups it
-- rests on and shrinks with what the capture lost, cut or could not read.
CREATE VIEW v_verdict AS
SELECT answer,
    round(visibility * CASE
        WHEN answer = 'unknown' THEN 0.0
        WHEN reason IN ('stalled', 'some stalled')
            THEN 1.0 * stalled / (stalled + 1)
        WHEN reason = 'failed' THEN 1.0 * failed / (failed + 1)
        ELSE 1.0 * lookups / (lookups + enough_lookups) END, 2) AS confidence,
    upper(answer) || CASE reason
        WHEN 'no dns' THEN
            CASE WHEN frames = 0 THEN ': the capture is empty'
            ELSE printf(': there is no DNS message in %,d frame%s', frames,
                CASE frames WHEN 1 THEN '' ELSE 's' END) END
            || CASE WHEN unread > 0 THEN
                printf(', %,d of which this version cannot read', unread)
                ELSE '' END
        WHEN 'no queries' THEN
            ': only responses were captured, so that no wait can be told'
        WHEN 'no responses' THEN
            ': only queries were captured, so that nobody can say whether'
            || ' they were answered'
        WHEN 'orphans' THEN
            printf(': of %,d responses %,d have no query, so that the capture'
                || ' does not show what was asked',
                response_messages, orphan_responses)
        WHEN 'loss' THEN
            printf(': the capture lost about %.0f %% of the DNS messages',
                loss * 100)
        WHEN 'no times' THEN
            ': the packets bear no time, so that no wait can be told'
        WHEN 'no lookups' THEN
            CASE all_lookups WHEN 0 THEN ': nobody looked up a name here'
            ELSE ': no lookup came to an end while the capture ran' END
        WHEN 'few' THEN
            CASE WHEN lookups = 1 AND failed > 0 THEN
                ': the only lookup failed, but one proves little'
            WHEN lookups = 1 THEN
                printf(': nothing is wrong with the only lookup, which took %s,'
                    || ' but one proves little', p50)
            WHEN failed > 0 THEN
                printf(': %,d of %,d lookups failed, but so few prove little',
                    failed, lookups)
            ELSE
                printf(': nothing is wrong with the %,d lookups here, which'
                    || ' took %s at the median, but so few prove little',
                    lookups, p50) END
        WHEN 'failed' THEN
            printf(', for %,d of %,d lookups, which failed', failed, lookups)
            || coalesce(': ' || errors_title, ': ' || dearest_title, '')
        WHEN 'slow' THEN
            printf(': lookups took %s at the median, and 5 %% of them %s or'
                || ' more', p50, p95)
            || coalesce(': ' || slow_title, ': ' || dearest_title, '')
        WHEN 'rather slow' THEN
            printf(': lookups took %s at the median, but 5 %% of them %s or'
                || ' more', p50, p95)
            || coalesce(': ' || slow_title, ': ' || dearest_title, '')
        WHEN 'finding' THEN
            ': ' || dearest_title || CASE
                WHEN lookups = 0 THEN ''
                WHEN failed > 0 THEN
                    printf('; %,d of %,d lookup%s failed', failed, lookups,
                        CASE lookups WHEN 1 THEN '' ELSE 's' END)
                ELSE printf('; but %,d lookup%s took %s at the median', lookups,
                    CASE lookups WHEN 1 THEN '' ELSE 's' END, p50) END
        WHEN 'well' THEN
            printf(': %,d lookups took %s at the median, and 95 %% of them at'
                || ' most %s', lookups, p50, p95)
            || CASE WHEN stalled > 0 THEN
                printf('; %,d waited more than %g s', stalled, stall_seconds)
                ELSE '' END
            || CASE WHEN failed > 0 THEN printf('; %,d failed', failed)
                ELSE '' END
        ELSE -- stalled, some stalled
            CASE WHEN lookups = 1 THEN ', for the only lookup'
                WHEN stalled = lookups THEN CASE lookups
                    WHEN 2 THEN ', for both lookups'
                    ELSE printf(', for all %,d lookups', lookups) END
                ELSE printf(', for %,d of %,d lookups', stalled, lookups) END
            || printf(', which waited %.1f s%s', stalled_seconds / stalled,
                CASE stalled WHEN 1 THEN '' ELSE ' on average' END)
            || coalesce(': ' || stall_title, ': ' || dearest_title, longest, '')
            || CASE lookups - stalled WHEN 0 THEN ''
                WHEN 1 THEN printf('; the other one took %s', others)
                ELSE printf('; the other %,d took %s at the median',
                    lookups - stalled, others) END
        END || '.' AS sentence
FROM (
    -- durations as people say them
    SELECT *,
        CASE WHEN reason IN ('stalled', 'failed', 'slow') THEN 'yes'
            WHEN reason IN ('some stalled', 'rather slow', 'finding')
                THEN 'partly'
            WHEN reason = 'well' THEN 'no'
            ELSE 'unknown' END AS answer,
        CASE WHEN p50_seconds >= 0.9995 THEN printf('%.1f s', p50_seconds)
            WHEN p50_seconds >= 9995e-7
                THEN printf('%.3g ms', p50_seconds * 1e3)
            ELSE printf('%.3g us', p50_seconds * 1e6) END AS p50,
        CASE WHEN p95_seconds >= 0.9995 THEN printf('%.1f s', p95_seconds)
            WHEN p95_seconds >= 9995e-7
                THEN printf('%.3g ms', p95_seconds * 1e3)
            ELSE printf('%.3g us', p95_seconds * 1e6) END AS p95,
        CASE WHEN unstalled_p50_seconds >= 9995e-7
            THEN printf('%.3g ms', unstalled_p50_seconds * 1e3)
            ELSE printf('%.3g us', unstalled_p50_seconds * 1e6) END AS others,
        (SELECT printf(': the longest was %s, asked by %s in frame %s',
            base_name, client_address, first_frame)
         FROM v_slow_lookups
         WHERE wait_seconds > stall_seconds
         LIMIT 1) AS longest
    FROM (
        -- the first reason that holds decides
        SELECT *, CASE
            WHEN dns_messages = 0 THEN 'no dns'
            WHEN query_messages = 0 THEN 'no queries'
            WHEN is_one_way THEN 'no responses'
            WHEN orphan_responses > orphan_share * response_messages
                THEN 'orphans'
            WHEN loss >= loss_share THEN 'loss'
            WHEN stalled >= yes_lookups AND stalled >= yes_share * lookups
                THEN 'stalled'
            WHEN failed >= failed_lookups AND failed >= failed_share * lookups
                THEN 'failed'
            WHEN lookups >= enough_lookups AND p95_seconds >= error_seconds
                THEN 'slow'
            WHEN stalled > 0 AND stalled >= partly_share * lookups
                THEN 'some stalled'
            WHEN lookups >= enough_lookups AND p95_seconds >= warning_seconds
                THEN 'rather slow'
            WHEN has_error THEN 'finding'
            WHEN lookups = 0 AND untimed > 0 THEN 'no times'
            WHEN lookups = 0 THEN 'no lookups'
            WHEN lookups < enough_lookups THEN 'few'
            ELSE 'well' END AS reason
        FROM (
            SELECT h.lookups, h.stalled, h.stalled_seconds, h.p50_seconds,
                h.p95_seconds, h.unstalled_p50_seconds,
                c.failed_lookups - CASE felt.scope WHEN 'leg'
                    THEN c.upstream_failed_lookups ELSE 0 END AS failed,
                c.lookups AS all_lookups,
                c.frames, c.dns_messages,
                c.query_messages, c.response_messages, c.orphan_responses,
                c.is_one_way, c.loss, c.untimed, f.unread,
                (1 - coalesce(c.loss, 0))
                    * (1 - coalesce(1.0 * c.dropped
                        / (c.frames + c.dropped), 0))
                    * (1 - coalesce(0.2 * c.cut_messages / c.dns_messages, 0))
                    * (1 - coalesce(0.5 * f.unread / c.frames, 0))
                    * CASE WHEN c.clock_steps > 0 THEN 0.7 ELSE 1 END
                    AS visibility
            FROM harm AS h, capture AS c, felt, (
                SELECT sum(frames) AS unread FROM frame_fate
                WHERE fate = 'unsupported') AS f), (
            SELECT
                max(value) FILTER (WHERE name = 'verdict_lookups')
                    AS enough_lookups,
                max(value) FILTER (WHERE name = 'verdict_yes_share')
                    AS yes_share,
                max(value) FILTER (WHERE name = 'verdict_yes_lookups')
                    AS yes_lookups,
                max(value) FILTER (WHERE name = 'verdict_partly_share')
                    AS partly_share,
                max(value) FILTER (WHERE name = 'verdict_failed_share')
                    AS failed_share,
                max(value) FILTER (WHERE name = 'verdict_failed_lookups')
                    AS failed_lookups,
                max(value) FILTER (WHERE name = 'verdict_loss_share')
                    AS loss_share,
                max(value) FILTER (WHERE name = 'verdict_orphan_share')
                    AS orphan_share,
                max(value) FILTER (WHERE name = 'slow_error_seconds')
                    AS error_seconds,
                max(value) FILTER (WHERE name = 'slow_warning_seconds')
                    AS warning_seconds,
                max(value) FILTER (WHERE name = 'stall_seconds')
                    AS stall_seconds
            FROM threshold), (
            -- titles of the dearest findings, found by the greatest cost that
            -- is written in front of them
            SELECT
                max(severity IN ('error', 'critical')) AS has_error,
                substr(max(priced), 21) AS dearest_title,
                -- up to the semicolon it says why, behind it for how many
                substr(max(priced) FILTER (WHERE id = 'stalled-lookups'), 21,
                    instr(max(priced) FILTER (WHERE id = 'stalled-lookups'),
                        ';') - 21) AS stall_title,
                substr(max(priced) FILTER (
                    WHERE id IN ('slow-server', 'slow-upstream')), 21)
                    AS slow_title,
                substr(max(priced) FILTER (WHERE id = 'error-surge'), 21)
                    AS errors_title
            FROM (
                SELECT id, severity,
                    printf('%020.6f', coalesce(cost_seconds, 0)) || title
                        AS priced
                FROM v_findings
                WHERE id <> 'capture-quality' AND severity <> 'info'
                    -- a cost of 0 is load without harm, NULL is not known
                    AND (cost_seconds > 0 OR cost_seconds IS NULL)))));

-- What became of every frame; frames add up to v_summary.packets.
CREATE VIEW v_frames AS
SELECT fate, reason, frames,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = f.first_frame >> 40)
             || (f.first_frame & 0xFFFFFFFFFF),
        f.first_frame & 0xFFFFFFFFFF) AS first_frame
FROM frame_fate AS f
ORDER BY frames DESC, fate, reason;

-- What was read. damage is NULL when nothing is wrong; damage_frame is the
-- number of the record that could not be read, damage_offset where it begins.
-- passed_over: damaged packets, that one among them, that were skipped; 0 when
-- reading ended with the damage.
CREATE VIEW v_inputs AS
SELECT input_id, path, format, octets, frames,
    strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(last_ns % 1000000000)) AS last_time,
    damage, damage_frame, damage_offset, passed_over
FROM input
ORDER BY input_id;

-- The runs that this database holds, and how they read their captures.
-- filter: a BPF expression, only frames that it matches were read; filtered_frames
-- it kept out (NULL: unknown, it was the kernel's). What people wrote into pcapng
-- files: comments, a JSON array of those of sections and interfaces (16 a file at
-- most), packet_comments the number of those of packets, packet_comment the first
-- of them, of frame packet_comment_frame. pause_seconds: from the last frame of all
-- parts before it to the first of this one; negative where they overlap.
CREATE VIEW v_parts AS
SELECT part_id, identity, tool,
    strftime('%Y-%m-%dT%H:%M:%S', first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(last_ns % 1000000000)) AS last_time,
    timeout_ns / 1e9 AS timeout_seconds,
    window_ns / 1e9 AS window_seconds,
    resolution_ns / 1e9 AS resolution_seconds,
    ports, filter, pause_seconds,
    CASE WHEN filter IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM input WHERE format = 'live') THEN
        (SELECT value FROM counter WHERE name = 'filtered_frames') END
        AS filtered_frames,
    (SELECT nullif(json_group_array(text), '[]') FROM (
        SELECT text FROM comment WHERE frame IS NULL
        ORDER BY input_id, number)) AS comments,
    coalesce((SELECT value FROM counter WHERE name = 'packet_comments'), 0)
        AS packet_comments,
    c.text AS packet_comment,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = c.frame >> 40)
             || (c.frame & 0xFFFFFFFFFF), c.frame & 0xFFFFFFFFFF)
        AS packet_comment_frame
FROM (
    SELECT *,
        (first_ns - max(last_ns) OVER (ORDER BY first_ns, part_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) / 1e9
            AS pause_seconds
    FROM part)
LEFT JOIN comment AS c
    ON c.frame = (SELECT min(frame) FROM comment)
ORDER BY part_id;

-- What the parts cover together, one row. gaps: pauses between parts of
-- part_gap_seconds and more, when nothing was captured or nothing was there;
-- overlaps: parts that begin before another ends. What a part's edges cut:
-- open_at_end, transactions that were neither answered nor given up when their
-- part ended; orphan_at_start, responses from the first seconds of a part whose
-- queries may have come before it.
CREATE VIEW v_coverage AS
SELECT count(*) AS parts,
    (SELECT count(*) FROM input) AS inputs,
    min(first_time) AS first_time, max(last_time) AS last_time,
    count(*) FILTER (WHERE pause_seconds >= gap_seconds) AS gaps,
    coalesce(sum(pause_seconds) FILTER (WHERE pause_seconds >= gap_seconds), 0)
        AS gaps_seconds,
    max(pause_seconds) FILTER (WHERE pause_seconds >= gap_seconds)
        AS longest_gap_seconds,
    count(*) FILTER (WHERE pause_seconds < 0) AS overlaps,
    (SELECT frames FROM total) AS packets,
    (SELECT sum(dropped) FROM interface) AS dropped_packets,
    (SELECT open_at_end FROM total) AS open_at_end,
    (SELECT orphan_at_start FROM total) AS orphan_at_start,
    coalesce((SELECT value FROM counter WHERE name = 'joined_cuts'), 0)
        AS joined_cuts
FROM v_parts, (
    SELECT value AS gap_seconds FROM threshold
    WHERE name = 'part_gap_seconds');

-- Where frames were captured. snap_octets NULL: unlimited or unknown;
-- dropped_packets NULL: the capture does not say.
CREATE VIEW v_interfaces AS
SELECT i.path AS input, n.interface, n.name, n.link_type,
    nullif(n.snap_octets, 0) AS snap_octets, n.frames,
    n.dropped AS dropped_packets
FROM interface AS n
LEFT JOIN input AS i ON i.input_id = n.input_id
ORDER BY n.input_id, n.interface;

-- ------------------------------------------------------------- the traffic ---

-- Responses by their code, extended ones (EDNS) included.
CREATE VIEW v_rcodes AS
SELECT name AS response_code, responses AS count,
    1.0 * responses / (SELECT sum(responses) FROM response_code) AS share,
    code,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = r.first_frame >> 40)
             || (r.first_frame & 0xFFFFFFFFFF),
        r.first_frame & 0xFFFFFFFFFF) AS first_frame
FROM response_code AS r
ORDER BY responses DESC, code;

-- Queries by the type they ask for.
CREATE VIEW v_types AS
SELECT name AS query_type, queries AS count,
    1.0 * queries / (SELECT sum(queries) FROM query_type) AS share,
    code,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = q.first_frame >> 40)
             || (q.first_frame & 0xFFFFFFFFFF),
        q.first_frame & 0xFFFFFFFFFF) AS first_frame
FROM query_type AS q
ORDER BY queries DESC, code;

-- A row for each window (--window) that had traffic; `time` is its start. A
-- window without a row had none. (Captures over some hours are counted in
-- steps of several seconds; a step belongs to the window it begins in.)
-- unanswered and icmp_errors count transactions that began in the window; the
-- waits are those of answered transactions that began there.
CREATE VIEW v_timeline AS
SELECT strftime('%Y-%m-%dT%H:%M:%S', w.start_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(w.start_ns % 1000000000)) AS time,
    w.queries, w.responses, w.nxdomain, w.servfail, w.refused, w.nodata,
    w.unanswered, w.icmp_errors, w.retransmissions,
    p.p50_seconds AS wait_p50_seconds,
    p.p95_seconds AS wait_p95_seconds,
    p.p99_seconds AS wait_p99_seconds
FROM (
    SELECT window_ns - (window_ns % width + width) % width AS start_ns,
        sum(queries) AS queries, sum(responses) AS responses,
        sum(nxdomain) AS nxdomain, sum(servfail) AS servfail,
        sum(refused) AS refused, sum(nodata) AS nodata,
        sum(unanswered) AS unanswered, sum(icmp_errors) AS icmp_errors,
        sum(retransmissions) AS retransmissions
    FROM traffic, (SELECT max(window_ns) AS width FROM part)
    GROUP BY start_ns) AS w
LEFT JOIN latency_percentile AS p
    ON p.scope = 'window' AND p.measure = 'wait' AND p.key = w.start_ns
ORDER BY w.start_ns;

-- Who asks. queries counts every query message, retransmissions too; share is
-- of all queries; names (distinct, an estimate beyond some hundreds).
-- role: stub, forwarder, resolver or authority. search_list, ndots_min, ndots_max,
-- factor and wasted_queries as in v_search_clients; wasted_share: the latter's
-- share of what that counts as queries. Of resolvers they are NULL.
CREATE VIEW v_clients AS
SELECT c.address AS client_address, c.label, a.role, c.queries,
    1.0 * c.queries / (SELECT nullif(sum(queries), 0) FROM client) AS share,
    c.transactions, c.lookups, c.names, c.nxdomain, c.servfail, c.unanswered,
    -- below 20 values p95 by nearest rank is the maximum
    CASE WHEN l.count < 20 THEN l.max_ns / 1e9 ELSE
        min(l.max_ns / 1e9, coalesce(
            (SELECT middle_seconds FROM latency_bucket
             WHERE bucket = l.points ->> 2), l.max_ns / 1e9)) END
        AS wait_p95_seconds,
    s.search_list, s.ndots_min, s.ndots_max, s.factor, s.wasted_queries,
    1.0 * s.wasted_queries / nullif(s.queries, 0) AS wasted_share,
    c.answered, c.late AS answered_late, c.open_at_end, c.icmp_errors,
    c.retransmissions,
    c.nodata, c.refused, c.failed_lookups,
    strftime('%Y-%m-%dT%H:%M:%S', c.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(c.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', c.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(c.last_ns % 1000000000)) AS last_time,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = c.first_frame >> 40)
             || (c.first_frame & 0xFFFFFFFFFF),
        c.first_frame & 0xFFFFFFFFFF) AS first_frame,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = c.first_unanswered_frame >> 40)
             || (c.first_unanswered_frame & 0xFFFFFFFFFF),
        c.first_unanswered_frame & 0xFFFFFFFFFF) AS first_unanswered_frame
FROM client AS c
LEFT JOIN address_role AS a ON a.address = c.address
LEFT JOIN v_search_clients AS s ON s.client_address = c.address
LEFT JOIN latency_point AS l
    ON l.scope = 'client' AND l.key = c.client_id AND l.measure = 'wait'
WHERE c.queries > 0
ORDER BY c.queries DESC, c.address;

-- Who asks most, all clients told apart, however many there are: those beyond
-- the ceiling of the client table as far as their counts can be bounded.
-- queries: at most so many; queries_error: perhaps so many less, 0 is exact.
-- share: of all queries.
CREATE VIEW v_requesters AS
WITH bound AS (
    SELECT
        coalesce((SELECT value FROM counter WHERE name = 'requester_floor'), 0)
            AS most,
        (SELECT count(*) FROM part) AS parts,
        (SELECT nullif(sum(queries), 0) FROM client) AS queries
)
SELECT q.client_address, q.label, q.most AS queries,
    q.most - q.least AS queries_error, 1.0 * q.most / b.queries AS share
FROM bound AS b, (
    SELECT c.address AS client_address, c.label,
        c.queries + coalesce(r.sure, 0) AS least,
        -- in one part, a client is in one of the tables only
        c.queries + CASE b.parts WHEN 1 THEN 0
            ELSE coalesce(r.above, 0) + b.most END AS most
    FROM bound AS b, client AS c
    LEFT JOIN requester AS r ON r.address = c.address
    WHERE c.queries > 0 AND c.address <> 'other'
    UNION ALL
    SELECT r.address, r.label, r.sure, r.above + b.most
    FROM bound AS b, requester AS r
    WHERE r.address NOT IN (SELECT address FROM client WHERE queries > 0)
) AS q
ORDER BY queries DESC, client_address;

-- What each stub's search list makes of its lookups. queries: each type of each
-- name asked counts once; sent_queries: retries and copies to further servers
-- count, too; needed_queries: those for the name that settled the lookup, or for
-- the last; wasted_seconds: from the first query to the first for that name.
-- factor: queries / needed_queries, of sums. ndots: "5", "at least 3", "at most
-- 2", "2 to 4", or "mixed", of several resolvers behind one address, where
-- ndots_min and ndots_max say how far they lie apart. stub: glibc, musl, go,
-- c-ares; without a walk glibc and c-ares look alike: NULL. search_list and ndots are
-- NULL where no lookup shows them, which is how a client looks that needs no
-- search list as well as one that has none; given ones (--search, --ndots,
-- --resolv-conf) stand where lookups do not contradict them, and given_differs
-- says which they do: "search list", "ndots", or both.
-- autopath_share: of the lookups that the first suffix did not settle, those that
-- the resolver answered at that first step all the same, with an alias to the name
-- that the walk would have come to.
CREATE VIEW v_search_clients AS
SELECT c.address AS client_address, s.search_list,
    CASE WHEN s.least > s.most THEN s.most ELSE s.least END AS ndots_min,
    CASE WHEN s.least > s.most THEN s.least ELSE s.most END AS ndots_max,
    b.stub, a.lookups, a.walked_lookups, a.queries, a.sent_queries,
    a.needed_queries, a.queries - a.needed_queries AS wasted_queries,
    a.wasted_ns / 1e9 AS wasted_seconds,
    1.0 * a.queries / nullif(a.needed_queries, 0) AS factor,
    1.0 * a.autopath_lookups / nullif(a.autopath_lookups
        + a.led_lookups, 0) AS autopath_share,
    s.ndots, c.label, a.wasted_octets, s.differs AS given_differs
FROM search_client AS a
JOIN client AS c ON c.client_id = a.client_id
JOIN search_setting AS s ON s.client_id = a.client_id
LEFT JOIN (
    SELECT client_id,
        CASE WHEN stub <> 'glibc' OR walked_lookups > 0 THEN stub END AS stub,
        -- the walks count first: they show more
        max(walked_lookups * 4294967296 + lookups)
    FROM search_stub
    GROUP BY client_id) AS b ON b.client_id = a.client_id
ORDER BY wasted_queries DESC, c.address;

-- What was asked under each suffix of a search list; answered: queries of the
-- steps that settled their lookup.
CREATE VIEW v_search_suffixes AS
SELECT suffix, count(DISTINCT client_id) AS clients, sum(queries) AS queries,
    sum(answered) AS answered, sum(wasted) AS wasted
FROM (
    SELECT client_id, suffix, queries, answered, wasted FROM search_place
    UNION ALL
    SELECT client_id, settled, queries,
        CASE WHEN outcome IN ('answered', 'partly') THEN queries ELSE 0 END, 0
    FROM search_asked
    WHERE is_under_suffix)
GROUP BY suffix
ORDER BY wasted DESC, queries DESC, suffix;

-- The names that stubs asked for, without suffix. kind: as its lookups, those
-- that wasted most: external, internal, cross-namespace, nowhere, optimal or
-- unsettled. settled_suffix: under which they were settled, empty: as they
-- are. "*": names that found no room of their own.
CREATE VIEW v_search_names AS
SELECT base_name, kind, lookups, queries, needed_queries,
    queries - needed_queries AS wasted_queries,
    1.0 * queries / nullif(needed_queries, 0) AS factor,
    CASE WHEN kind NOT IN ('nowhere', 'unsettled') THEN settled END
        AS settled_suffix,
    wasted_ns / 1e9 AS wasted_seconds
FROM (
    SELECT base_name, kind, settled, max(weight), sum(lookups) AS lookups,
        sum(queries) AS queries, sum(needed_queries) AS needed_queries,
        sum(wasted_ns) AS wasted_ns
    FROM (
        SELECT base_name, kind, settled,
            sum(wasted_queries) * 4294967296 + sum(lookups) AS weight,
            sum(lookups) AS lookups, sum(queries) AS queries,
            sum(needed_queries) AS needed_queries, sum(wasted_ns) AS wasted_ns
        FROM search_asked
        GROUP BY base_name, kind, settled)
    GROUP BY base_name)
ORDER BY wasted_queries DESC, lookups DESC, base_name;

-- Names of one's own that left: a server with an address of the Internet was
-- asked for them, and denied them. kind: private-domain (local, internal, svc
-- ...), reverse (of a private address), search-suffix (below a suffix of a search
-- list), short-name (found under a suffix elsewhere); zone: what to answer at
-- home. top_level_exists: 1 where some other name below the same last label was
-- answered here, so that a stranger might answer this one, too.
CREATE VIEW v_leaks AS
SELECT l.query_name, l.kind, l.zone, l.queries, l.clients,
    l.servers, s.address AS server_address, c.address AS client_address,
    CASE l.kind WHEN 'private-domain' THEN 0 WHEN 'reverse' THEN 0 ELSE EXISTS (
        SELECT 1 FROM question AS q
        JOIN name AS n ON n.name_id = q.name_id
        WHERE substr(n.query_name, -1 - length(l.top)) = '.' || l.top
            AND q.answered > q.nxdomain + q.nodata + q.servfail + q.refused)
        END AS top_level_exists,
    strftime('%Y-%m-%dT%H:%M:%S', l.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(l.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', l.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(l.last_ns % 1000000000)) AS last_time,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = l.first_frame >> 40)
             || (l.first_frame & 0xFFFFFFFFFF),
        l.first_frame & 0xFFFFFFFFFF) AS first_frame
FROM (
    SELECT query_name, kind, max(zone) AS zone, sum(transactions) AS queries,
        count(DISTINCT client_id) AS clients,
        count(DISTINCT server_id) AS servers,
        min(server_id) AS server_id, min(client_id) AS client_id,
        min(first_ns) AS first_ns, max(last_ns) AS last_ns,
        min(first_frame) AS first_frame,
        replace(query_name, rtrim(query_name, replace(query_name, '.', '')),
            '') AS top
    FROM leak
    GROUP BY query_name, kind) AS l
JOIN server AS s ON s.server_id = l.server_id
JOIN client AS c ON c.client_id = l.client_id
ORDER BY l.queries DESC, l.query_name, l.kind;

-- Who is asked. service is from the attempt that a response answers to the
-- response, which is the server's and the path's own time; wait (v_latency)
-- counts from the first attempt. orphans: responses nobody was seen to ask
-- for. icmp_errors: transactions that one ended; icmp_too_big: ICMP errors that
-- call a response of this server too big for a link on its way (v_icmp_errors
-- has all errors). role: forwarder, resolver or
-- authority.
CREATE VIEW v_servers AS
SELECT s.address AS server_address, s.label, a.role, s.queries,
    s.answered, s.unanswered, s.servfail, s.refused,
    p.p50_seconds AS service_p50_seconds,
    p.p95_seconds AS service_p95_seconds,
    p.p99_seconds AS service_p99_seconds,
    p.max_seconds AS service_max_seconds,
    s.transactions, s.late AS answered_late, s.open_at_end, s.icmp_errors,
    coalesce((SELECT sum(errors) FROM icmp_error AS i
              WHERE i.server_id = s.server_id AND reason = 'too big'
                AND quoted = 'response'), 0) AS icmp_too_big,
    s.retransmissions, s.orphans, s.nxdomain, s.nodata, s.truncated,
    strftime('%Y-%m-%dT%H:%M:%S', s.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(s.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', s.last_query_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(s.last_query_ns % 1000000000))
        AS last_query_time,
    strftime('%Y-%m-%dT%H:%M:%S', s.last_response_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(s.last_response_ns % 1000000000))
        AS last_response_time,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = s.slowest_query_frame >> 40)
             || (s.slowest_query_frame & 0xFFFFFFFFFF),
        s.slowest_query_frame & 0xFFFFFFFFFF) AS slowest_query_frame,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = s.slowest_response_frame >> 40)
             || (s.slowest_response_frame & 0xFFFFFFFFFF),
        s.slowest_response_frame & 0xFFFFFFFFFF) AS slowest_response_frame,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = s.first_unanswered_frame >> 40)
             || (s.first_unanswered_frame & 0xFFFFFFFFFF),
        s.first_unanswered_frame & 0xFFFFFFFFFF) AS first_unanswered_frame
FROM server AS s
LEFT JOIN address_role AS a ON a.address = s.address
LEFT JOIN latency_percentile AS p
    ON p.scope = 'server' AND p.key = s.server_id AND p.measure = 'service'
WHERE s.last_query_ns IS NOT NULL OR s.last_response_ns IS NOT NULL
ORDER BY s.queries DESC, s.address;

-- Encrypted DNS: the servers on port 853, and on port 443 those that are known as
-- resolvers here, because they answered plain DNS or are spoken with on port 853.
-- What of 443 is DNS over HTTPS nobody can tell. flows and clients are estimates
-- beyond some hundreds; handshakes is NULL for QUIC.
CREATE VIEW v_encrypted AS
SELECT e.address AS server_address,
    (SELECT s.label FROM server AS s WHERE s.address = e.address) AS label,
    e.port, e.transport,
    CASE WHEN e.port = 443 THEN 'https'
        WHEN e.transport = 'tcp' THEN 'tls' ELSE 'quic or dtls' END AS protocol,
    e.frames, e.flows, e.handshakes, e.clients,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = e.first_frame >> 40)
             || (e.first_frame & 0xFFFFFFFFFF),
        e.first_frame & 0xFFFFFFFFFF) AS first_frame
FROM encrypted_server AS e
WHERE e.port <> 443
    OR e.address IN (SELECT address FROM encrypted_server WHERE port <> 443)
    OR e.address IN (SELECT address FROM server
                     WHERE last_response_ns IS NOT NULL)
ORDER BY e.frames DESC, e.address, e.port, e.transport;

-- What resolvers knew themselves and what they had to ask others: every server
-- that was seen on both sides. answered is the sum of hits (answered without
-- asking), delayed_hits (it was asking already, for somebody else), misses (it
-- asked) and local (with authority, without asking). hit_share is of what was
-- not local. own: the service time without what it waited for others; upstream:
-- what it waited, of misses and delayed hits. unprompted: of upstream_queries,
-- those for which no client was seen waiting.
CREATE VIEW v_resolvers AS
SELECT s.address AS server_address, s.label, a.role,
    r.alone + r.joined + r.fetched + r.authority AS answered,
    r.alone AS hits, r.joined AS delayed_hits, r.fetched AS misses,
    r.authority AS local,
    1.0 * (r.alone + r.joined) / nullif(r.alone + r.joined + r.fetched, 0)
        AS hit_share,
    p.p50_seconds AS service_p50_seconds,
    p.p95_seconds AS service_p95_seconds,
    p.p99_seconds AS service_p99_seconds,
    o.p50_seconds AS own_p50_seconds, o.p95_seconds AS own_p95_seconds,
    o.p99_seconds AS own_p99_seconds,
    u.p50_seconds AS upstream_p50_seconds,
    u.p95_seconds AS upstream_p95_seconds,
    u.p99_seconds AS upstream_p99_seconds,
    q.recursive_queries + q.iterative_queries AS upstream_queries,
    q.unprompted
FROM server_role AS r
JOIN server AS s ON s.server_id = r.server_id
LEFT JOIN address_role AS a ON a.address = s.address
LEFT JOIN client AS c ON c.address = s.address
LEFT JOIN client_role AS q ON q.client_id = c.client_id
LEFT JOIN latency_percentile AS p
    ON p.scope = 'server' AND p.key = r.server_id AND p.measure = 'service'
LEFT JOIN latency_percentile AS o
    ON o.scope = 'server' AND o.key = r.server_id AND o.measure = 'own'
LEFT JOIN latency_percentile AS u
    ON u.scope = 'server' AND u.key = r.server_id AND u.measure = 'upstream'
WHERE r.followed > 0
ORDER BY r.alone + r.joined + r.fetched + r.authority DESC, s.address;

-- Who asks whom. answered includes late answers; wait_seconds is time spent
-- on questions that were never answered; icmp_errors: transactions that one
-- ended.
CREATE VIEW v_paths AS
SELECT c.address AS client_address, s.address AS server_address,
    p.queries, p.transactions, p.answered, p.unanswered,
    p.wait_ns / 1e9 AS wait_seconds,
    strftime('%Y-%m-%dT%H:%M:%S', p.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(p.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', p.last_query_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(p.last_query_ns % 1000000000))
        AS last_query_time,
    strftime('%Y-%m-%dT%H:%M:%S', p.last_response_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(p.last_response_ns % 1000000000))
        AS last_response_time,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = p.first_unanswered_frame >> 40)
             || (p.first_unanswered_frame & 0xFFFFFFFFFF),
        p.first_unanswered_frame & 0xFFFFFFFFFF) AS first_unanswered_frame,
    p.icmp_errors,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = p.first_icmp_frame >> 40)
             || (p.first_icmp_frame & 0xFFFFFFFFFF),
        p.first_icmp_frame & 0xFFFFFFFFFF) AS first_icmp_frame
FROM client_server AS p
JOIN client AS c ON c.client_id = p.client_id
JOIN server AS s ON s.server_id = p.server_id
ORDER BY p.queries DESC, c.address, s.address;

-- ICMP errors about DNS: of the datagrams of which server, whether a query or a
-- response is quoted, what the error says, and who sent it: the server itself,
-- the client, or any other address, a router as a rule (then sender_address is
-- the first of perhaps several). Copies count. Only those that quote a query
-- can end a transaction (icmp_errors elsewhere); a response that finds its
-- client's port closed is harmless.
CREATE VIEW v_icmp_errors AS
SELECT i.server_address, i.quoted, i.reason, i.sender, i.sender_address,
    i.errors,
    strftime('%Y-%m-%dT%H:%M:%S', i.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(i.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', i.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(i.last_ns % 1000000000)) AS last_time,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = i.first_frame >> 40)
             || (i.first_frame & 0xFFFFFFFFFF),
        i.first_frame & 0xFFFFFFFFFF) AS first_frame
FROM icmp_error AS i
ORDER BY i.errors DESC, i.server_address, i.quoted, i.reason, i.sender;

-- What is asked for, a row for each name, type and class. clients (distinct)
-- is an estimate beyond some hundreds.
CREATE VIEW v_names AS
SELECT n.query_name,
    coalesce(t.name, 'TYPE' || q.query_type) AS query_type,
    q.queries, q.clients, q.nxdomain, q.nodata, q.servfail, q.unanswered,
    q.ttl_min_s AS ttl_min_seconds, q.ttl_max_s AS ttl_max_seconds,
    -- below 20 values p95 by nearest rank is the maximum
    CASE WHEN q.wait_count < 20 THEN q.wait_max_ns / 1e9 ELSE
        min(q.wait_max_ns / 1e9, coalesce(
            (SELECT min(middle_seconds)
             FROM (
                SELECT CAST(b.key AS INTEGER) AS bucket,
                    sum(b.value) OVER (ORDER BY CAST(b.key AS INTEGER)
                        ROWS UNBOUNDED PRECEDING) AS seen
                FROM json_each(q.wait_buckets) AS b) AS counted
             JOIN latency_bucket AS l ON l.bucket = counted.bucket
             WHERE counted.seen * 100 >= q.wait_count * 95),
            q.wait_max_ns / 1e9)) END AS wait_p95_seconds,
    CASE q.query_class WHEN 1 THEN 'IN' WHEN 3 THEN 'CH' WHEN 4 THEN 'HS'
        WHEN 254 THEN 'NONE' WHEN 255 THEN 'ANY'
        ELSE 'CLASS' || q.query_class END AS query_class,
    q.transactions, q.answered, q.refused,
    q.wait_max_ns / 1e9 AS wait_max_seconds,
    strftime('%Y-%m-%dT%H:%M:%S', q.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(q.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', q.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(q.last_ns % 1000000000)) AS last_time,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = q.first_frame >> 40)
             || (q.first_frame & 0xFFFFFFFFFF),
        q.first_frame & 0xFFFFFFFFFF) AS first_frame
FROM question AS q
LEFT JOIN name AS n ON n.name_id = q.name_id
LEFT JOIN query_type AS t ON t.code = q.query_type
WHERE q.queries > 0
ORDER BY q.queries DESC, n.query_name, q.query_type, q.query_class;

-- How long things took. scope says of what, key of which one (empty for all):
-- a client's or server's address, a query type. Of the answered: count and the
-- percentiles. wait is from the first attempt, service from the attempt that
-- was answered, lookup what one call such as getaddrinfo waited. unanswered
-- ones have waited the timeout or more; ..._with_unanswered_seconds ranks
-- them last, and is never more than the timeout; ..._is_at_least is 1 where the
-- rank falls among them, so that it means "or more".
-- leg: client, or upstream (asked by an address that is asked itself, or without
-- RD); scope upstream: a server as those found it. zone_class, of the clients'
-- leg: internal (a single label, names below local, svc, internal and other
-- special-use and private domains, reverse zones of private addresses) or
-- external. Measures own and upstream, of servers seen on both sides: the service
-- without what it waited for others, and that, of what it had to ask. walk: what
-- lookups that began under a suffix of a search list took before the last name.
CREATE VIEW v_latency AS
SELECT p.scope,
    CASE p.scope
        WHEN 'all' THEN ''
        WHEN 'client' THEN
            (SELECT address FROM client WHERE client_id = p.key)
        WHEN 'server' THEN
            (SELECT address FROM server WHERE server_id = p.key)
        WHEN 'upstream' THEN
            (SELECT address FROM server WHERE server_id = p.key)
        WHEN 'type' THEN
            coalesce((SELECT name FROM query_type WHERE code = p.key),
                'TYPE' || p.key)
        WHEN 'leg' THEN CASE p.key WHEN 0 THEN 'client' ELSE 'upstream' END
        WHEN 'zone_class' THEN
            CASE p.key WHEN 0 THEN 'internal' ELSE 'external' END
    END AS key,
    p.measure, p.count, p.min_seconds, p.p50_seconds, p.p90_seconds,
    p.p95_seconds, p.p99_seconds, p.max_seconds, p.unanswered,
    p.p95_with_unanswered_seconds, p.p99_with_unanswered_seconds,
    p.p95_is_at_least, p.p99_is_at_least
FROM latency_percentile AS p
WHERE p.scope <> 'window'
ORDER BY p.scope, p.key, p.measure;

-- How many took how long, of the answered: the bands of reports/thresholds.sql
-- (band_...). Of scopes and measures as in v_latency, but for clients.
CREATE VIEW v_bands AS
SELECT l.scope,
    CASE l.scope
        WHEN 'all' THEN ''
        WHEN 'type' THEN
            coalesce((SELECT name FROM query_type WHERE code = l.key),
                'TYPE' || l.key)
        WHEN 'leg' THEN CASE l.key WHEN 0 THEN 'client' ELSE 'upstream' END
        WHEN 'zone_class' THEN
            CASE l.key WHEN 0 THEN 'internal' ELSE 'external' END
        ELSE (SELECT address FROM server WHERE server_id = l.key)
    END AS key,
    l.measure, l.count,
    coalesce(sum(b.value) FILTER (WHERE h.middle_seconds < good), 0)
        AS under_20ms,
    coalesce(sum(b.value) FILTER (
        WHERE h.middle_seconds >= good AND h.middle_seconds < fair), 0)
        AS from_20ms,
    coalesce(sum(b.value) FILTER (
        WHERE h.middle_seconds >= fair AND h.middle_seconds < slow), 0)
        AS from_50ms,
    coalesce(sum(b.value) FILTER (
        WHERE h.middle_seconds >= slow AND h.middle_seconds < bad), 0)
        AS from_100ms,
    coalesce(sum(b.value) FILTER (WHERE h.middle_seconds >= bad), 0)
        AS over_300ms,
    l.unanswered
FROM (
    SELECT
        max(value) FILTER (WHERE name = 'band_good_seconds') AS good,
        max(value) FILTER (WHERE name = 'band_fair_seconds') AS fair,
        max(value) FILTER (WHERE name = 'band_slow_seconds') AS slow,
        max(value) FILTER (WHERE name = 'band_bad_seconds') AS bad
    FROM threshold) AS bound
CROSS JOIN latency AS l
LEFT JOIN json_each(l.buckets) AS b
LEFT JOIN latency_bucket AS h ON h.bucket = CAST(b.key AS INTEGER)
WHERE l.scope NOT IN ('client', 'window')
GROUP BY l.scope, l.key, l.measure
ORDER BY l.scope, l.key, l.measure;

-- The 100 lookups that waited longest, as examples that lead back to frames.
CREATE VIEW v_slow_lookups AS
SELECT l.lookup_id,
    strftime('%Y-%m-%dT%H:%M:%S', l.time_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(l.time_ns % 1000000000)) AS time,
    c.address AS client_address, n.query_name AS base_name,
    l.wait_ns / 1e9 AS wait_seconds,
    CASE WHEN l.wait_ns > (SELECT value * 1e9 FROM threshold
                           WHERE name = 'cause_seconds') THEN l.cause END
        AS cause,
    l.queries, l.outcome, l.steps, l.cause_ns / 1e9 AS cause_seconds,
    s.address AS server_address, l.silent AS gave_up, l.stub,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = l.cause_frame >> 40)
             || (l.cause_frame & 0xFFFFFFFFFF),
        l.cause_frame & 0xFFFFFFFFFF) AS cause_frame,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = l.first_frame >> 40)
             || (l.first_frame & 0xFFFFFFFFFF),
        l.first_frame & 0xFFFFFFFFFF) AS first_frame,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = l.last_frame >> 40)
             || (l.last_frame & 0xFFFFFFFFFF),
        l.last_frame & 0xFFFFFFFFFF) AS last_frame
FROM slow_lookup AS l
LEFT JOIN name AS n ON n.name_id = l.name_id
LEFT JOIN client AS c ON c.client_id = l.client_id
LEFT JOIN server AS s ON s.server_id = l.server_id
ORDER BY l.wait_ns DESC, l.lookup_id;

-- What stalled lookups waited for (see stall_seconds), by cause, client,
-- server and name, the longest together first; the frames are those of the
-- longest of them, cause_frame the query that its longest interval began with.
CREATE VIEW v_stalled AS
SELECT s.cause, c.address AS client_address, v.address AS server_address,
    s.base_name, s.stalled AS lookups, s.wait_seconds,
    s.wait_max_ns / 1e9 AS wait_max_seconds, s.silent AS gave_up,
    strftime('%Y-%m-%dT%H:%M:%S', s.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(s.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', s.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(s.last_ns % 1000000000)) AS last_time,
    s.lookup_id,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = s.first_frame >> 40)
             || (s.first_frame & 0xFFFFFFFFFF),
        s.first_frame & 0xFFFFFFFFFF) AS first_frame,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = s.cause_frame >> 40)
             || (s.cause_frame & 0xFFFFFFFFFF),
        s.cause_frame & 0xFFFFFFFFFF) AS cause_frame
FROM stall AS s
LEFT JOIN client AS c ON c.client_id = s.client_id
LEFT JOIN server AS v ON v.server_id = s.server_id
ORDER BY s.wait_seconds DESC, s.cause, c.address, v.address, s.base_name,
    s.silent;

-- ---------------------------------------------------- with --transactions ---

-- Every transaction: one question to one server with its attempts and
-- answers. Times count from the first attempt (of an orphan, the response).
-- icmp_frame: the error that ended it, when its outcome is icmp_error.
-- leg: the query was captured again behind an address translation, on its way
-- to this address (a Kubernetes service's pod); server_address is what the
-- client asked. Where only the client's address was translated, leg is
-- server_address; NULL: captured on one leg only. source: where the answer came
-- from, as the server was seen to ask others meanwhile (fetched), to have been
-- asking already (joined), or neither (alone, authority); upstream_seconds: what
-- of service_seconds it waited for them, NULL where it was never seen to ask.
CREATE VIEW v_transactions AS
SELECT t.transaction_id,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = t.query_frame >> 40)
             || (t.query_frame & 0xFFFFFFFFFF),
        t.query_frame & 0xFFFFFFFFFF) AS query_frame,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = t.response_frame >> 40)
             || (t.response_frame & 0xFFFFFFFFFF),
        t.response_frame & 0xFFFFFFFFFF) AS response_frame,
    strftime('%Y-%m-%dT%H:%M:%S', t.time_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(t.time_ns % 1000000000)) AS time,
    c.address AS client_address, t.client_port,
    s.address AS server_address, t.server_port,
    t.transport, t.message_id, n.query_name,
    CASE WHEN q.query_type IS NOT NULL THEN
        coalesce(y.name, 'TYPE' || q.query_type) END AS query_type,
    coalesce(r.name, 'RCODE' || t.response_code, '') AS response_code,
    t.outcome, t.attempts,
    t.wait_ns / 1e9 AS wait_seconds,
    t.service_ns / 1e9 AS service_seconds,
    t.leg,
    t.lookup_id, t.responses, t.time_ns,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = t.icmp_frame >> 40)
             || (t.icmp_frame & 0xFFFFFFFFFF),
        t.icmp_frame & 0xFFFFFFFFFF) AS icmp_frame,
    t.source, t.upstream_ns / 1e9 AS upstream_seconds
FROM dns_transaction AS t
LEFT JOIN client AS c ON c.client_id = t.client_id
LEFT JOIN server AS s ON s.server_id = t.server_id
LEFT JOIN question AS q ON q.question_id = t.question_id
LEFT JOIN name AS n ON n.name_id = q.name_id
LEFT JOIN query_type AS y ON y.code = q.query_type
LEFT JOIN response_code AS r ON r.code = t.response_code
ORDER BY t.transaction_id;

-- Every lookup: what one call such as getaddrinfo needed. steps counts the
-- names asked for it, one behind the other: a search list. cause says what most
-- of the wait went to, when it was longer than cause_seconds; gave_up is 1 when
-- the client stopped waiting, and the wait then what its timers let expect.
CREATE VIEW v_lookups AS
SELECT l.lookup_id,
    strftime('%Y-%m-%dT%H:%M:%S', l.time_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(l.time_ns % 1000000000)) AS time,
    c.address AS client_address, n.query_name AS base_name, l.types,
    l.steps, l.queries, l.needed_queries, l.servers, l.outcome,
    CASE WHEN l.wait_ns > (SELECT value * 1e9 FROM threshold
                           WHERE name = 'cause_seconds') THEN l.cause END
        AS cause,
    l.wait_ns / 1e9 AS wait_seconds, l.cause_ns / 1e9 AS cause_seconds,
    s.address AS server_address, l.silent AS gave_up, l.stub,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = l.cause_frame >> 40)
             || (l.cause_frame & 0xFFFFFFFFFF),
        l.cause_frame & 0xFFFFFFFFFF) AS cause_frame,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = l.first_frame >> 40)
             || (l.first_frame & 0xFFFFFFFFFF),
        l.first_frame & 0xFFFFFFFFFF) AS first_frame,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = l.last_frame >> 40)
             || (l.last_frame & 0xFFFFFFFFFF),
        l.last_frame & 0xFFFFFFFFFF) AS last_frame,
    l.time_ns
FROM dns_lookup AS l
LEFT JOIN name AS n ON n.name_id = l.name_id
LEFT JOIN client AS c ON c.client_id = l.client_id
LEFT JOIN server AS s ON s.server_id = l.server_id
ORDER BY l.lookup_id;

-- Every query sent, one row an attempt, with what answered it. is_repeat is 1
-- for the second and later ones of a transaction. The answer stands at the
-- attempt that it answers; answer_seconds counts from there, and icmp_frame at
-- the last one before the error. outcome and responses are the transaction's: with as many responses as attempts each was
-- answered, and only the first response is told here.
CREATE VIEW v_attempts AS
SELECT a.lookup_id, a.transaction_id, a.is_repeat,
    strftime('%Y-%m-%dT%H:%M:%S', a.sent_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(a.sent_ns % 1000000000)) AS time,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = a.frame >> 40) || (a.frame & 0xFFFFFFFFFF),
        a.frame & 0xFFFFFFFFFF) AS query_frame,
    c.address AS client_address, a.client_port,
    s.address AS server_address, a.server_port, a.transport, n.query_name,
    coalesce(y.name, 'TYPE' || q.query_type) AS query_type,
    CASE WHEN a.is_answered THEN
        coalesce((SELECT prefix FROM input_prefix
                  WHERE input_id = a.response_frame >> 40)
                 || (a.response_frame & 0xFFFFFFFFFF),
            a.response_frame & 0xFFFFFFFFFF) END AS response_frame,
    CASE WHEN a.is_answered THEN
        CASE WHEN a.nodata THEN 'NODATA'
            WHEN EXISTS (
                SELECT 1 FROM dns_message AS m
                WHERE m.client_id = a.client_id
                    AND m.client_port = a.client_port
                    AND m.message_id = a.message_id
                    AND m.frame = a.response_frame
                    AND m.kind = 'truncated') THEN 'TRUNCATED'
            ELSE coalesce(r.name, 'RCODE' || a.response_code) END
        END AS answer,
    CASE WHEN a.is_answered THEN
        coalesce(a.wait_ns - (a.sent_ns - a.time_ns), 0) / 1e9 END
        AS answer_seconds,
    CASE WHEN a.icmp_frame > a.frame AND NOT EXISTS (
            SELECT 1 FROM dns_message AS m
            WHERE m.client_id = a.client_id AND m.client_port = a.client_port
                AND m.message_id = a.message_id AND m.kind = 'attempt'
                AND m.frame > a.frame AND m.frame < a.icmp_frame) THEN
        coalesce((SELECT prefix FROM input_prefix
                  WHERE input_id = a.icmp_frame >> 40)
                 || (a.icmp_frame & 0xFFFFFFFFFF),
            a.icmp_frame & 0xFFFFFFFFFF) END AS icmp_frame,
    a.outcome, a.attempts, a.responses, a.sent_ns AS time_ns
FROM (
    SELECT t.*, t.time_ns AS sent_ns, t.query_frame AS frame, 0 AS is_repeat,
        t.response_frame IS NOT NULL
            AND coalesce(t.wait_ns = t.service_ns, 1) AS is_answered
    FROM dns_transaction AS t
    WHERE t.query_frame IS NOT NULL
    UNION ALL
    SELECT t.*, m.time_ns, m.frame, 1,
        t.response_frame IS NOT NULL
            AND m.time_ns = t.time_ns + t.wait_ns - t.service_ns
            AND t.wait_ns > t.service_ns
    FROM dns_transaction AS t
    CROSS JOIN dns_message AS m ON m.client_id = t.client_id
        AND m.client_port = t.client_port AND m.message_id = t.message_id
        AND m.server_id = t.server_id AND m.question_id = t.question_id
        AND m.transport = t.transport AND m.kind = 'attempt'
        AND m.frame > t.query_frame
    WHERE t.attempts > 1
        AND m.time_ns <= t.last_attempt_ns) AS a
LEFT JOIN client AS c ON c.client_id = a.client_id
LEFT JOIN server AS s ON s.server_id = a.server_id
LEFT JOIN question AS q ON q.question_id = a.question_id
LEFT JOIN name AS n ON n.name_id = q.name_id
LEFT JOIN query_type AS y ON y.code = q.query_type
LEFT JOIN response_code AS r ON r.code = a.response_code
ORDER BY a.lookup_id, a.sent_ns, a.frame;
