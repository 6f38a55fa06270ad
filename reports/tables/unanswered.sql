-- id: unanswered
-- title: questions that got no answer
-- means: Pairs of client and server with questions that were never
--   answered. wait: from the first attempt to the last, and the timeout after
--   it. The frame is the first such query.
SELECT client_address, server_address, unanswered, transactions, wait_seconds,
    last_response_time, first_unanswered_frame
FROM v_paths
WHERE unanswered > 0
ORDER BY unanswered DESC, wait_seconds DESC, client_address, server_address
