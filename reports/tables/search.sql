-- id: search
-- title: what search lists cost, client by client
-- means: Clients whose lookups went through a search list. queries: each question
--   once; needed: those for the name that settled the lookup; factor: the one by
--   the other. search_list and ndots as the lookups show them. wasted_seconds:
--   what they spent on names before the one that settled them.
-- next: top search-names FILE
SELECT client_address, wasted_queries, ndots, search_list, factor, stub,
    wasted_seconds, lookups, walked_lookups, queries, needed_queries
FROM v_search_clients
WHERE search_list IS NOT NULL OR wasted_queries > 0
ORDER BY wasted_queries DESC, client_address
