-- id: slow
-- title: the lookups that waited longest
-- means: The 100 lookups that waited longest from their first query to the
--   last answer they needed, with their frames. Lookups that were never
--   answered are not among them: see unanswered.
-- next: trace --lookup ID FILE
SELECT wait_seconds, base_name, client_address, queries, outcome,
    time, first_frame, last_frame, lookup_id
FROM v_slow_lookups AS s
ORDER BY wait_seconds DESC, lookup_id
