-- id: paths
-- title: who asks whom
-- means: Every pair of client and server. answered includes late answers;
--   wait is time spent on questions that were never answered.
SELECT client_address, server_address, queries, transactions, answered,
    unanswered, wait_seconds
FROM v_paths
ORDER BY queries DESC, client_address, server_address
