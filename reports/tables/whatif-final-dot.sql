-- id: whatif-final-dot
-- title: what it would save to write names in full, with a final dot
-- means: A name with a final dot is asked as it is, whatever the search list
--   and ndots are. Names that exist nowhere are not listed: no way of writing
--   helps them.
SELECT base_name, write_as, saved_queries, saved_seconds, lookups, clients,
    queries_now, queries
FROM v_whatif_final_dot
ORDER BY saved_queries DESC, base_name, write_as
