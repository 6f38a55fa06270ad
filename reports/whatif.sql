-- What the lookups of this traffic would cost with other settings.
--
-- Each stub asks by rules of its own, which the fixtures in fixtures/search
-- were recorded to show; so a lookup whose steps are known can be played again
-- under another ndots, another list, or with a final dot. What the capture
-- does not show, is assumed, and lowers the coverage: a name that was settled
-- under a suffix does not exist as it is, unless somebody got an answer for
-- it; one that was settled as it is does not exist under the suffixes.

-- The values of ndots that tables show; `whatif --ndots` puts its own here.
CREATE VIEW whatif_chosen AS
SELECT 1 AS ndots UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
UNION ALL SELECT 5;

-- The search list of each client in order. place: 1 is asked first. outside:
-- suffixes up to this one that the resolver has to ask others for, because they
-- are not below the domain of the cluster; NULL where no cluster is seen.
CREATE VIEW whatif_list AS
SELECT client_id, suffix_id, suffix, place, domain,
    sum(NOT (suffix = domain OR suffix LIKE '%.' || domain)) OVER (
        PARTITION BY client_id ORDER BY place) AS outside
FROM (
    SELECT client_id, suffix_id, suffix,
        row_number() OVER (
            PARTITION BY client_id ORDER BY place, suffix) AS place,
        max(CASE WHEN suffix LIKE 'svc.%' THEN substr(suffix, 5) END)
            OVER (PARTITION BY client_id) AS domain
    FROM search_place);

-- The lookups as they can be played again. found: under which name, "suffix"
-- (the place-th), "base", "none", or "fixed" for those that no setting changes:
-- without a list, for other types than addresses, failed for other reasons than
-- that the name does not exist, or asked as they are although they have fewer
-- dots than ndots, which a final dot does; "autopath": the resolver walked, and
-- does so again: the first suffix is enough. step_queries: those of one step.
-- base_first: as it is, before any suffix. base_exists: 1, 0, or NULL, not known.
-- base_outside: the resolver has to ask others for the base. denied: suffixes
-- under which it was asked in vain. found_place: of the suffix under which it was
-- found, whatever was asked for.
CREATE VIEW whatif_lookup AS
WITH list AS MATERIALIZED (SELECT * FROM whatif_list),
    asked AS MATERIALIZED (
        SELECT client_id, base_name, dots, lookups, steps, queries,
            needed_queries, wasted_ns, begins = '' AS base_first, settled,
            addresses, kind, is_autopath, first_ns, last_ns
        FROM search_asked),
    told AS MATERIALIZED (
        SELECT n.query_name, sum(q.nxdomain) > 0 AS is_denied,
            max(q.answered > q.nxdomain + q.nodata + q.servfail + q.refused)
                AS is_answered
        FROM question AS q
        JOIN name AS n ON n.name_id = q.name_id
        WHERE q.query_type IN (1, 28)
        GROUP BY q.name_id)
SELECT *,
    CASE found
        WHEN 'suffix' THEN place - 1
        WHEN 'base' THEN steps - 1
        WHEN 'none' THEN steps - (base_first OR steps > suffixes)
        ELSE 0
    END AS denied
FROM (
    SELECT r.client_id, r.base_name, r.dots, r.lookups, r.steps, r.queries,
        r.needed_queries AS step_queries, r.wasted_ns, r.base_first,
        r.first_ns, r.last_ns,
        CASE WHEN r.kind NOT IN ('nowhere', 'unsettled') THEN k.place END
            AS found_place,
        l.suffixes, l.outside AS all_outside, k.place, k.outside,
        coalesce(t.stub = 'musl', 0) AS is_musl,
        l.domain IS NULL
            OR NOT (r.base_name = l.domain OR r.base_name LIKE '%.' || l.domain)
            AS base_outside,
        CASE
            WHEN l.suffixes IS NULL OR NOT r.addresses OR r.base_name = '*'
                OR r.kind = 'unsettled' THEN 'fixed'
            WHEN r.is_autopath THEN 'autopath'
            WHEN r.steps = 1 AND r.settled = '' AND r.dots <= s.led_dots
                THEN 'fixed'
            WHEN r.kind = 'nowhere' THEN 'none'
            WHEN r.settled = '' THEN 'base'
            WHEN k.place IS NULL THEN 'fixed'
            ELSE 'suffix'
        END AS found,
        CASE
            WHEN r.kind NOT IN ('nowhere', 'unsettled') AND r.settled = '' THEN 1
            WHEN r.base_first OR r.kind = 'nowhere' THEN 0
            WHEN q.is_answered THEN 1
            WHEN q.is_denied THEN 0
        END AS base_exists
    FROM asked AS r
    LEFT JOIN (
        SELECT client_id, max(place) AS suffixes, max(outside) AS outside,
            max(domain) AS domain
        FROM list
        GROUP BY client_id) AS l ON l.client_id = r.client_id
    LEFT JOIN list AS k
        ON k.client_id = r.client_id AND k.suffix = r.settled
    LEFT JOIN told AS q ON q.query_name = r.base_name
    LEFT JOIN search_client AS s ON s.client_id = r.client_id
    LEFT JOIN (
        SELECT client_id, stub, max(walked_lookups * 4294967296 + lookups)
        FROM search_stub
        GROUP BY client_id) AS t ON t.client_id = r.client_id);

-- A replay depends on little of a lookup: those that it treats alike, together,
-- of each client (base_name is NULL), and of each name (client_id is NULL).
CREATE VIEW whatif_class AS
SELECT client_id, NULL AS base_name, dots, found, place, outside, suffixes,
    all_outside, is_musl, steps, base_first, base_exists, base_outside,
    sum(lookups) AS lookups, sum(queries) AS queries,
    sum(step_queries) AS step_queries, sum(wasted_ns) AS wasted_ns
FROM whatif_lookup
GROUP BY client_id, dots, found, place, steps, base_first, base_exists,
    base_outside
UNION ALL
SELECT NULL, base_name, dots, found, place, outside, suffixes, all_outside,
    is_musl, steps, base_first, base_exists, base_outside, sum(lookups),
    sum(queries), sum(step_queries), sum(wasted_ns)
FROM whatif_lookup
GROUP BY base_name, found, place, outside, suffixes, all_outside, is_musl,
    steps, base_first, base_exists, base_outside;

-- The same, played under each ndots. new_steps: names asked; walked: suffixes
-- among them; asks_base: the base among them. breaks: it would be settled no
-- more, or under another name. proved: nothing was assumed.
--
--     dots < ndots    the suffixes in order, then the base
--     else            the base, then the suffixes; musl: the base only
CREATE VIEW whatif_replay AS
WITH lookup AS MATERIALIZED (
    SELECT w.*, n.value AS ndots
    FROM whatif_class AS w
    CROSS JOIN (
        SELECT 1 AS value UNION ALL SELECT 2 UNION ALL SELECT 3
        UNION ALL SELECT 4 UNION ALL SELECT 5) AS n
)
SELECT client_id, base_name, dots, ndots, found, lookups, steps, queries,
    step_queries, wasted_ns, new_steps,
    CASE WHEN new_steps = steps THEN queries ELSE step_queries * new_steps END
        AS new_queries,
    breaks, proved,
    CASE WHEN found NOT IN ('fixed', 'base') THEN step_queries
        * ((CASE WHEN asks_base AND NOT coalesce(base_exists, 0) THEN 1 ELSE 0 END)
            - (base_first OR steps > suffixes)) ELSE 0 END AS leaked,
    CASE WHEN found NOT IN ('fixed', 'autopath') THEN step_queries * (
        CASE WHEN walked = 0 THEN 0 WHEN walked = place THEN outside
            ELSE all_outside END
        + (asks_base AND base_outside)) END AS upstream,
    CASE WHEN found NOT IN ('fixed', 'autopath') THEN step_queries * (
        CASE WHEN found = 'suffix' THEN outside
            WHEN found = 'base' AND steps = 1 THEN 0 ELSE all_outside END
        + ((base_first OR steps > suffixes) AND base_outside)) END
        AS old_upstream
FROM (
    SELECT p.*,
        CASE WHEN found = 'fixed' THEN steps ELSE walked + asks_base END
            AS new_steps
    FROM (
        SELECT w.*,
            CASE
                WHEN found = 'fixed' THEN 0
                WHEN w.dots >= w.ndots AND (is_musl OR base_exists) THEN 0
                WHEN found = 'autopath' THEN 1
                WHEN found = 'suffix' THEN place
                WHEN found = 'none' AND steps <= suffixes AND NOT base_first
                    AND w.dots < w.ndots THEN steps
                ELSE suffixes
            END AS walked,
            found <> 'fixed' AND (w.dots >= w.ndots OR found = 'base'
                OR (found = 'none' AND (steps > suffixes OR base_first)))
                AS asks_base,
            (found = 'suffix' OR (found = 'autopath' AND place IS NOT NULL))
                AND w.dots >= w.ndots
                AND (is_musl OR coalesce(base_exists, 0)) AS breaks,
            CASE
                WHEN found = 'fixed' THEN 1
                WHEN found IN ('suffix', 'autopath') THEN w.dots < w.ndots
                    OR base_exists IS NOT NULL OR is_musl
                WHEN found = 'base' THEN w.dots >= w.ndots OR steps > suffixes
                ELSE steps > suffixes
                    OR (base_first = (w.dots >= w.ndots))
            END AS proved
        FROM lookup AS w) AS p);

-- What a step of each client's walks takes.
CREATE VIEW whatif_step AS
SELECT client_id, 1.0 * sum(wasted_ns) / sum(lookups * (steps - 1)) AS step_ns
FROM search_lookup
WHERE steps > 1
GROUP BY client_id;

-- What a query of a resolver takes on its own leg, the mean of those that were
-- answered; NULL: that leg was not captured.
CREATE VIEW whatif_upstream AS
SELECT (
    SELECT 1.0 * sum_ns / nullif(count, 0) FROM latency
    WHERE scope = 'leg' AND key = 1 AND measure = 'wait') AS query_ns;

-- What each client would ask under each ndots; an empty client_address is all
-- of them. queries: each type of each name asked once, as in v_search_clients;
-- saved_queries and saved_seconds against what was asked now, the seconds by
-- what a step of that client's walks takes; less than 0: it would cost more.
-- upstream_queries: of them, those that the cluster's resolver has to ask others
-- for if it has them not in its cache (NULL: no cluster is seen).
-- saved_upstream_seconds: what those saved take there, by the mean of the
-- resolver's own queries (NULL: that leg was not captured).
-- extra_upstream_queries: those for inside names that would be asked outside, and
-- fail there. breaks: names that would be settled no more, or under another
-- name. coverage: share of the lookups that the capture proves the price of.
-- title: the row as a sentence; fix: the setting for a Kubernetes pod, NULL where
-- it saves nothing or breaks a name.
CREATE VIEW v_whatif_ndots AS
WITH played AS MATERIALIZED (
    SELECT r.*, lookups * (steps - new_steps) * s.step_ns AS saved_ns
    FROM whatif_replay AS r
    LEFT JOIN whatif_step AS s ON s.client_id = r.client_id
    WHERE r.client_id IS NOT NULL
), fragile AS MATERIALIZED (
    -- what breaks, does so whenever it is asked as it is first
    SELECT l.client_id, l.base_name, n.ndots
    FROM whatif_lookup AS l
    JOIN (SELECT DISTINCT ndots FROM played) AS n ON l.dots >= n.ndots
    WHERE (l.found = 'suffix' OR (l.found = 'autopath' AND l.place IS NOT NULL))
        AND (l.is_musl OR l.base_exists)
), broken AS MATERIALIZED (
    SELECT client_id, ndots, count(DISTINCT base_name) AS breaks
    FROM fragile
    GROUP BY client_id, ndots
    UNION ALL
    SELECT NULL, ndots, count(DISTINCT base_name)
    FROM fragile
    GROUP BY ndots
), priced AS (
    SELECT client_id, ndots, sum(new_queries) AS queries,
        sum(queries) - sum(new_queries) AS saved_queries,
        sum(leaked) AS extra_upstream_queries,
        1.0 * sum(lookups) FILTER (WHERE proved) / sum(lookups) AS coverage,
        coalesce(sum(saved_ns), 0) / 1e9 AS saved_seconds,
        sum(upstream) AS upstream_queries,
        sum(old_upstream) - sum(upstream) AS saved_upstream_queries
    FROM played
    GROUP BY client_id, ndots
    UNION ALL
    SELECT NULL, ndots, sum(new_queries), sum(queries) - sum(new_queries),
        sum(leaked),
        1.0 * sum(lookups) FILTER (WHERE proved) / sum(lookups),
        coalesce(sum(saved_ns), 0) / 1e9, sum(upstream),
        sum(old_upstream) - sum(upstream)
    FROM played
    GROUP BY ndots
), summed AS (
    SELECT p.*, coalesce(b.breaks, 0) AS breaks
    FROM priced AS p
    LEFT JOIN broken AS b ON b.ndots = p.ndots AND b.client_id IS p.client_id
)
SELECT coalesce(c.address, '') AS client_address, s.ndots, s.queries,
    s.saved_queries, s.extra_upstream_queries, s.breaks,
    coalesce(s.coverage, 0) AS coverage, s.saved_seconds, s.upstream_queries,
    s.saved_upstream_queries, c.label,
    s.saved_upstream_queries * u.query_ns / 1e9 AS saved_upstream_seconds,
    printf('ndots:%d asks %d queries instead of %d', s.ndots, s.queries,
            s.queries + s.saved_queries)
        || CASE WHEN s.saved_seconds = 0 THEN ''
            WHEN abs(s.saved_seconds) >= 0.9995 THEN printf(
                ', and walks for %.1f s', abs(s.saved_seconds))
            ELSE printf(', and walks for %.3g ms', abs(s.saved_seconds) * 1e3)
            END
        || CASE WHEN s.saved_seconds < 0 THEN ' more'
            WHEN s.saved_seconds > 0 THEN ' less' ELSE '' END
        || CASE
            WHEN s.upstream_queries IS NULL THEN ''
            WHEN s.saved_upstream_queries = 0 THEN printf(
                '; %d of them leave the cluster, as now', s.upstream_queries)
            ELSE printf('; %d of them leave the cluster instead of %d',
                s.upstream_queries,
                s.upstream_queries + s.saved_upstream_queries)
                || CASE
                    WHEN u.query_ns IS NULL THEN
                        ' (how long those take was not captured)'
                    WHEN abs(s.saved_upstream_queries * u.query_ns) >= 999.5e6
                        THEN printf(' (%.1f s',
                        abs(s.saved_upstream_queries) * u.query_ns / 1e9)
                    ELSE printf(' (%.3g ms',
                        abs(s.saved_upstream_queries) * u.query_ns / 1e6)
                END
                || CASE
                    WHEN u.query_ns IS NULL THEN ''
                    WHEN s.saved_upstream_queries > 0 THEN ' less there)'
                    ELSE ' more there)'
                END
        END
        || CASE WHEN s.extra_upstream_queries > 0 THEN printf(
            '; %d ask outside for an inside name and fail',
            s.extra_upstream_queries) ELSE '' END
        || CASE s.breaks WHEN 0 THEN '; nothing breaks'
            WHEN 1 THEN '; 1 name breaks'
            ELSE printf('; %d names break', s.breaks) END
        || CASE WHEN s.coverage < 1 THEN printf(
            '; proved by the capture for %.0f %% of the lookups',
            100 * s.coverage) ELSE '' END AS title,
    CASE WHEN s.breaks = 0 AND s.saved_queries > 0 THEN
        printf('dnsConfig:%s  options:%s  - name: ndots%s    value: "%d"',
            char(10), char(10), char(10), s.ndots) END AS fix
FROM summed AS s
JOIN whatif_upstream AS u
LEFT JOIN client AS c ON c.client_id = s.client_id
ORDER BY client_address, s.ndots DESC;

-- The top-level domains that this traffic says something of. is_answered: a name
-- at or below it was answered, that is below nobody's search list, which would
-- show but what is there at home; is_denied: it does not exist itself, and so
-- nothing below it (RFC 8020).
CREATE VIEW whatif_top AS
WITH listed AS MATERIALIZED (
    SELECT DISTINCT suffix FROM whatif_list
)
SELECT replace(query_name, rtrim(query_name, replace(query_name, '.', '')), '')
        AS top,
    max(is_answered AND NOT EXISTS (
        SELECT 1 FROM listed
        WHERE query_name = suffix OR substr(query_name, -1 - length(suffix))
            = '.' || suffix)) AS is_answered,
    max(is_denied AND instr(query_name, '.') = 0) AS is_denied
FROM (
    SELECT n.query_name,
        max(q.answered > q.nxdomain + q.nodata + q.servfail + q.refused)
            AS is_answered,
        sum(q.nxdomain) > 0 AS is_denied
    FROM question AS q
    JOIN name AS n ON n.name_id = q.name_id
    GROUP BY q.name_id)
WHERE query_name NOT IN ('*', '.')
GROUP BY top;

-- The names behind it. effect: "breaks", "dearer", "cheaper" or "same";
-- assumed: what of the price the capture does not prove, in words.
-- top_level_exists: of inside names that would be asked outside
-- (extra_upstream_queries), whether their top-level domain exists there, so that
-- a stranger might answer: "yes", "no", or "unknown", as this capture tells.
CREATE VIEW v_whatif_names AS
WITH asking AS MATERIALIZED (
    SELECT base_name, count(DISTINCT client_id) AS clients
    FROM whatif_lookup
    GROUP BY base_name
), replay AS MATERIALIZED (
    SELECT * FROM whatif_replay WHERE base_name IS NOT NULL
), top AS MATERIALIZED (
    SELECT * FROM whatif_top
)
SELECT base_name, ndots,
    CASE
        WHEN max(breaks) THEN 'breaks'
        WHEN sum(new_queries) > sum(queries) THEN 'dearer'
        WHEN sum(new_queries) < sum(queries) THEN 'cheaper'
        ELSE 'same'
    END AS effect,
    sum(lookups) AS lookups, sum(queries) AS queries_now,
    sum(new_queries) AS queries, sum(queries) - sum(new_queries)
        AS saved_queries,
    sum(leaked) AS extra_upstream_queries,
    max(a.clients) AS clients,
    CASE
        WHEN min(proved) THEN NULL
        WHEN min(found) = 'suffix' THEN 'does not exist as it is'
        ELSE 'does not exist under the suffixes'
    END AS assumed,
    CASE
        WHEN sum(leaked) <= 0 THEN NULL
        WHEN max(t.is_answered) THEN 'yes'
        WHEN max(t.is_denied) THEN 'no'
        ELSE 'unknown'
    END AS top_level_exists
FROM replay AS r
LEFT JOIN asking AS a USING (base_name)
LEFT JOIN top AS t ON t.top = replace(r.base_name, rtrim(r.base_name,
    replace(r.base_name, '.', '')), '')
GROUP BY base_name, ndots
ORDER BY ndots DESC, max(breaks) DESC, abs(sum(queries) - sum(new_queries)) DESC,
    base_name;

-- The smallest ndots that breaks no name and saves queries, for each client
-- and for all; those that have none are not listed. ndots_now: as in
-- v_search_clients. best_ndots: that which breaks nothing and saves most.
CREATE VIEW v_whatif_advice AS
SELECT a.client_address, s.ndots AS ndots_now, min(a.ndots) AS ndots, a.queries,
    a.saved_queries,
    1.0 * a.saved_queries / (a.queries + a.saved_queries) AS saved_share,
    a.saved_seconds, a.saved_upstream_queries, a.extra_upstream_queries,
    a.coverage, a.best_ndots, a.best_saved_queries, a.label,
    'The smallest that breaks nothing: ' || a.title
        || CASE WHEN a.best_saved_queries > a.saved_queries THEN printf(
            '. ndots:%d saves most: %d queries', a.best_ndots,
            a.best_saved_queries) ELSE '' END AS title, a.fix
FROM (
    SELECT *,
        first_value(ndots) OVER best AS best_ndots,
        first_value(saved_queries) OVER best AS best_saved_queries
    FROM v_whatif_ndots
    WHERE breaks = 0 AND saved_queries > 0
    WINDOW best AS (
        PARTITION BY client_address ORDER BY saved_queries DESC, ndots)) AS a
LEFT JOIN v_search_clients AS s ON s.client_address = a.client_address
GROUP BY a.client_address
ORDER BY a.client_address;

-- The names that were walked to, and what it saves to write each with a final
-- dot, whatever ndots is.
CREATE VIEW v_whatif_final_dot AS
SELECT base_name,
    base_name || CASE settled WHEN '' THEN '' ELSE '.' || settled END || '.'
        AS write_as,
    sum(lookups) AS lookups, count(DISTINCT client_id) AS clients,
    sum(queries) AS queries_now, sum(needed_queries) AS queries,
    sum(wasted_queries) AS saved_queries,
    sum(wasted_ns) / 1e9 AS saved_seconds
FROM search_asked
WHERE steps > 1 AND kind NOT IN ('nowhere', 'unsettled')
    AND base_name <> '*' AND settled <> '*'
GROUP BY base_name, settled
ORDER BY saved_queries DESC, base_name, write_as;

-- What a search list without one of its suffixes would save each client; an
-- empty client_address is all of them. breaks: names that are settled under it.
CREATE VIEW v_whatif_search_list AS
WITH asked AS MATERIALIZED (
    SELECT w.client_id, l.suffix, l.place, w.base_name, w.step_queries,
        w.found_place IS l.place AS is_settled
    FROM whatif_lookup AS w
    JOIN whatif_list AS l ON l.client_id = w.client_id
    WHERE l.place <= w.denied OR l.place = w.found_place
), summed AS (
    SELECT client_id, suffix, min(place) AS place,
        coalesce(sum(step_queries) FILTER (WHERE NOT is_settled), 0)
            AS saved_queries,
        count(DISTINCT CASE WHEN is_settled THEN base_name END) AS breaks
    FROM asked
    GROUP BY client_id, suffix
    UNION ALL
    SELECT NULL, suffix, min(place),
        coalesce(sum(step_queries) FILTER (WHERE NOT is_settled), 0),
        count(DISTINCT CASE WHEN is_settled THEN base_name END)
    FROM asked
    GROUP BY suffix
)
SELECT coalesce(c.address, '') AS client_address, s.suffix AS without_suffix,
    s.saved_queries, s.breaks, s.place
FROM summed AS s
LEFT JOIN client AS c ON c.client_id = s.client_id
ORDER BY client_address, s.place, s.suffix;

-- What a cache on every node would keep from the cluster's resolver: denials
-- under suffixes, which NodeLocal DNSCache holds for 5 s; a type of a name is
-- forwarded at the first question and once more whenever 5 s are over. at_least:
-- every client has a node of its own, and its questions, A and AAAA, come as
-- unfavourably as the time allows in which it asked; at_most: all share one
-- node and ask for a name at one moment, or at two if they did for longer.
-- Questions that come while the first is forwarded are taken to wait for it. No
-- row where no cluster is seen, or where clients ask such a cache already, at
-- the address that it has unless told otherwise.
CREATE VIEW whatif_node_cache AS
WITH held (ns, types) AS (VALUES (5000000000, 2))
SELECT sum(denials) AS denials, sum(denials - worst) AS at_least,
    sum(denials - best) AS at_most
FROM (
    SELECT sum(w.denied * w.step_queries) AS denials,
        sum(w.denied * min(w.step_queries, h.types
            * (1 + (w.last_ns - w.first_ns + w.wasted_ns) / h.ns))) AS worst,
        max(w.denied * (1 + (w.step_queries > w.lookups)))
            + CASE WHEN max(w.last_ns) - min(w.first_ns)
                    > h.ns + sum(w.wasted_ns)
                THEN min(w.denied * (1 + (w.step_queries > w.lookups)))
                ELSE 0 END AS best
    FROM held AS h
    JOIN whatif_lookup AS w
    WHERE w.denied > 0 AND w.all_outside IS NOT NULL
    GROUP BY w.base_name)
WHERE NOT EXISTS (SELECT 1 FROM server WHERE address = '169.254.20.10')
HAVING sum(denials - best) > 0;

-- The suffixes under which no name was found, together: what a search list
-- without them would save.
CREATE VIEW whatif_shorter_list AS
WITH walk AS MATERIALIZED (
    SELECT client_id, found_place, denied, sum(step_queries) AS queries
    FROM whatif_lookup
    WHERE denied > 0 OR found_place IS NOT NULL
    GROUP BY client_id, found_place, denied
)
SELECT count(*) AS suffixes, sum(queries) AS saved_queries,
    group_concat(suffix, ', ') FILTER (WHERE number <= 5) AS listed
FROM (
    SELECT l.suffix, sum(w.queries) AS queries, row_number() OVER (
        ORDER BY sum(w.queries) DESC, l.suffix) AS number
    FROM walk AS w
    JOIN whatif_list AS l ON l.client_id = w.client_id
        AND (l.place <= w.denied OR l.place = w.found_place)
    GROUP BY l.suffix
    HAVING NOT max(w.found_place IS l.place)
    ORDER BY number)
HAVING count(*) > 0;

-- What else would help, or is in the way of ndots:1, a row each with its title:
-- a shorter search list and the ndots that saves most though it breaks names,
-- where they save more than the smallest that breaks none; the names that ndots:1
-- breaks; a final dot behind the ten names that cost most; autopath, where the
-- resolver answers a walk at its first name, if the name exists; a cache on every
-- node. leg: whose queries are saved: "client", or "node", from a node to the
-- cluster's resolver, while the clients ask as they do. saved_at_least: as
-- saved_queries, but for the node cache, where that is at most.
CREATE VIEW v_whatif_ways AS
WITH price AS MATERIALIZED (
    SELECT ndots, saved_queries, saved_seconds, breaks
    FROM v_whatif_ndots
    WHERE client_address = ''
), advised AS MATERIALIZED (
    SELECT coalesce((
        SELECT saved_queries FROM price
        WHERE breaks = 0 AND saved_queries > 0
        ORDER BY ndots
        LIMIT 1), 0) AS saved_queries
), way AS (
    SELECT 1 AS place, 'shorter list' AS way, 'client' AS leg,
        suffixes AS names, saved_queries, saved_queries AS saved_at_least,
        NULL AS saved_seconds, listed
    FROM whatif_shorter_list
    WHERE saved_queries > (SELECT saved_queries FROM advised)
    UNION ALL
    SELECT 2, 'cheapest ndots', 'client', breaks, saved_queries, saved_queries,
        saved_seconds, ndots
    FROM (SELECT * FROM price ORDER BY saved_queries DESC, breaks LIMIT 1)
    WHERE breaks > 0 AND saved_queries > (SELECT saved_queries FROM advised)
    UNION ALL
    SELECT 3, 'names in full', 'client', count(*), NULL, NULL, NULL,
        group_concat(base_name, ', ') FILTER (WHERE number <= 5)
    FROM (
        SELECT base_name, row_number() OVER (
            ORDER BY sum(lookups) DESC, base_name) AS number
        FROM whatif_lookup
        WHERE found = 'suffix' AND dots >= 1 AND (is_musl OR base_exists)
        GROUP BY base_name)
    HAVING count(*) > 0
    UNION ALL
    SELECT 4, 'final dot', 'client', count(*), sum(saved_queries),
        sum(saved_queries), sum(saved_seconds), NULL
    FROM (
        SELECT saved_queries, saved_seconds
        FROM v_whatif_final_dot
        WHERE saved_queries > 0
        LIMIT 10)
    HAVING count(*) > 0
    UNION ALL
    SELECT 5, 'autopath', 'client', NULL, sum(queries - step_queries),
        sum(queries - step_queries), sum(wasted_ns) / 1e9, NULL
    FROM whatif_lookup
    WHERE found IN ('suffix', 'base') AND steps > 1 AND NOT base_first
    HAVING sum(queries - step_queries) > 0
    UNION ALL
    SELECT 6, 'node cache', 'node', denials, at_most, at_least, NULL, NULL
    FROM whatif_node_cache
)
SELECT way, names, saved_queries, saved_seconds,
    CASE way
        WHEN 'shorter list' THEN
            printf('A search list without %s saves %,d queries; no name here is'
                || ' found under %s', listed
                || CASE WHEN names > 5 THEN printf(' and %,d more', names - 5)
                    ELSE '' END,
                saved_queries, CASE names WHEN 1 THEN 'it' ELSE 'them' END)
        WHEN 'cheapest ndots' THEN
            printf('ndots:%d saves most, %,d queries%s, but breaks %,d name%s'
                || ' (wasitdns whatif --ndots %d)', listed, saved_queries, spent,
                names, CASE names WHEN 1 THEN '' ELSE 's' END, listed)
        WHEN 'names in full' THEN
            printf('ndots:1 breaks %,d name%s here unless programs write %s in'
                || ' full: %s%s', names, CASE names WHEN 1 THEN '' ELSE 's' END,
                CASE names WHEN 1 THEN 'it' ELSE 'them' END, listed,
                CASE WHEN names > 5 THEN ' ...' ELSE '' END)
        WHEN 'final dot' THEN
            CASE names WHEN 1 THEN 'A final dot behind the name that costs most'
            ELSE printf('A final dot behind the %,d names that cost most',
                names) END
            || printf(' saves %,d queries%s (wasitdns whatif --final-dot)',
                saved_queries, spent)
        WHEN 'autopath' THEN
            printf('autopath on the resolver saves %,d queries%s; names that'
                || ' exist nowhere are walked as now', saved_queries, spent)
        ELSE
            printf('A cache on every node (NodeLocal DNSCache) answers %s of %,d'
                || ' denials under suffixes there, if it keeps them for 5 s; fewest'
                || ' if each client has a node of its own. Clients ask as now',
                CASE saved_at_least
                    WHEN saved_queries THEN printf('%,d', saved_queries)
                    WHEN 0 THEN printf('up to %,d', saved_queries)
                    ELSE printf('%,d to %,d', saved_at_least, saved_queries)
                END, names)
    END AS title, leg, saved_at_least
FROM (
    SELECT *,
        CASE WHEN saved_seconds >= 0.9995 THEN
                printf(' and %.1f s of walking', saved_seconds)
            WHEN saved_seconds > 0 THEN
                printf(' and %.3g ms of walking', saved_seconds * 1e3)
            ELSE '' END AS spent
    FROM way)
ORDER BY place;
