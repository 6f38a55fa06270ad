-- id: names
-- title: what is asked for
-- means: Names and types by the queries for them. clients: how many
--   different ones asked. ttl: the least and the greatest of the answers, as
--   seen on the way, so that those of a cache have counted down.
SELECT query_name, query_type, queries, clients, nxdomain, nodata, servfail,
    unanswered, ttl_min_seconds, ttl_max_seconds, wait_p95_seconds
FROM v_names
ORDER BY queries DESC, query_name, query_type, query_class
