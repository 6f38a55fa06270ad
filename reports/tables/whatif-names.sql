-- id: whatif-names
-- title: what each name would cost under other values of ndots
-- means: The names behind whatif-ndots. effect: breaks (write it in full),
--   dearer, cheaper or same. assumed: what the capture does not prove about a
--   name and its price rests on. top_level_exists: of inside names that would be
--   asked outside, whether the capture shows their top-level domain there (yes: a
--   stranger might answer), its denial (no), or neither (unknown).
-- next: whatif --final-dot FILE
SELECT ndots, effect, base_name, queries_now, queries, top_level_exists, lookups,
    saved_queries, extra_upstream_queries, clients, assumed
FROM v_whatif_names
WHERE ndots IN (SELECT ndots FROM whatif_chosen)
ORDER BY ndots DESC, effect <> 'breaks', abs(saved_queries) DESC, base_name
