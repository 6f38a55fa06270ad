-- id: search-names
-- title: names that search lists multiply
-- means: Names as programs asked for them, without suffix, by the queries that
--   need not have been. kind: external (write a final dot, or lower ndots),
--   internal (a complete name of the own network: the same), cross-namespace
--   (write it in full), nowhere (no such name: mend what asks for it), optimal,
--   unsettled (errors, silence). settled_suffix: under which it was found.
SELECT base_name, kind, wasted_queries, factor, settled_suffix, lookups,
    queries, needed_queries
FROM v_search_names
ORDER BY wasted_queries DESC, lookups DESC, base_name
