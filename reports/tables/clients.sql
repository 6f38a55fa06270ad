-- id: clients
-- title: who asks
-- means: The clients by the queries they sent, retransmissions included.
--   role: stub, forwarder, resolver or authority, by what it does. names: how many
--   different ones they asked for. wasted_share: of their questions, those that
--   their search list made in vain. Waits are those of their answered
--   transactions, from the first attempt on.
-- next: top search FILE
SELECT client_address, label, role, queries, share, transactions, lookups, names,
    nxdomain, servfail, unanswered, wasted_share, wait_p95_seconds
FROM v_clients
ORDER BY queries DESC, client_address
