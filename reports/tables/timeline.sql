-- id: timeline
-- title: traffic and errors over time
-- means: A row for each window (--window) that had traffic, named by its
--   start. unanswered and the waits belong to the window in which the question
--   was asked.
SELECT time, queries, responses, nxdomain, servfail, refused, nodata,
    unanswered, wait_p50_seconds, wait_p95_seconds, wait_p99_seconds
FROM v_timeline
ORDER BY time
