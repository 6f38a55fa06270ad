-- id: stalled
-- title: what stalled lookups waited for
-- means: Lookups that waited over a second, or that their client gave up, by
--   cause, client, server and name. cause is what most of the wait went to:
--   see wasitdns explain stalled-lookups. wait is that of all of them together.
-- next: trace FILE
SELECT cause, lookups, wait_seconds, wait_max_seconds, client_address,
    server_address, base_name, gave_up, first_time, first_frame, cause_frame,
    lookup_id
FROM v_stalled
ORDER BY wait_seconds DESC, cause, client_address, server_address, base_name,
    gave_up
