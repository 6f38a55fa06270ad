-- id: types-disagree
-- title: a name exists for one type, and for another it does not
-- means: For one of A and AAAA the answer was NXDOMAIN, which says that the name
--   has no records of any type; for the other the name exists. Who is told so
--   under a suffix of a search list stops there, and never asks for the name
--   that was meant: it does not resolve, although it is there.
-- detected: Both answers to the types of one lookup, under the same name; 3 times,
--   or once where the lookup ended there with nothing. A warning where lookups
--   ended there, else info.
-- fooled-by: A name that was made or removed between the two answers: once only.
--   Where the A record was answered most programs never look at the other
--   answer.
-- fix: A server that says NXDOMAIN for AAAA where it has A is wrong (RFC 4074
--   s4.2): load balancers and CoreDNS plugins (template, rewrite, autopath) that
--   answer one type and pass the other on. Make it answer NOERROR without
--   records for types that it has not.
WITH split AS MATERIALIZED (
    SELECT s.*, n.query_name,
        row_number() OVER (
            ORDER BY s.stopped DESC, s.lookups DESC, n.query_name) AS place
    FROM name_split AS s
    JOIN name AS n ON n.name_id = s.name_id
), whole AS (
    SELECT count(*) AS names, sum(lookups) AS lookups, sum(stopped) AS stopped,
        count(DISTINCT client_id) AS clients, min(first_ns) AS first_ns,
        max(last_ns) AS last_ns
    FROM split
    HAVING sum(stopped) > 0 OR sum(lookups) >= 3
)
SELECT
    CASE WHEN w.stopped > 0 THEN 'warning' ELSE 'info' END AS severity,
    'A and AAAA' AS subject,
    printf('%s exists for one type and not for another%s',
        CASE w.names WHEN 1 THEN s.query_name
            ELSE printf('%s and %,d more: each', s.query_name, w.names - 1) END,
        CASE w.stopped WHEN 0 THEN
            printf(', in %,d lookup%s, which found it all the same', w.lookups,
                CASE w.lookups WHEN 1 THEN '' ELSE 's' END)
        ELSE printf('; %,d of %,d lookup%s ended there with nothing', w.stopped,
            w.lookups, CASE w.lookups WHEN 1 THEN '' ELSE 's' END) END) AS title,
    json_object('names', w.names, 'lookups', w.lookups, 'stopped', w.stopped,
        'denied', (
            SELECT group_concat(coalesce(t.name, 'TYPE' || q.query_type), ' ')
            FROM question AS q
            LEFT JOIN query_type AS t ON t.code = q.query_type
            WHERE q.name_id = s.name_id AND q.nxdomain > 0),
        'examples', json((
            SELECT json_group_array(json_object('query_name', query_name,
                'lookups', lookups, 'stopped', stopped))
            FROM split WHERE place <= 5))) AS evidence,
    0.0 AS cost_seconds,
    0 AS cost_queries,
    w.clients AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', w.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(w.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', w.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(w.last_ns % 1000000000)) AS last_time,
    round(1.0 * w.lookups / (w.lookups + 1), 2) AS confidence,
    printf('Make the server answer NOERROR without records for %s, which has'
        || ' other records. Until then write the name that is meant with a final'
        || ' dot.', s.query_name) AS fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (f.first_frame & 0xFFFFFFFFFF),
            f.first_frame & 0xFFFFFFFFFF))
     FROM split AS f
     LEFT JOIN input_prefix AS i ON i.input_id = f.first_frame >> 40
     WHERE f.place <= 5) AS example_frames
FROM whole AS w
JOIN split AS s ON s.place = 1
