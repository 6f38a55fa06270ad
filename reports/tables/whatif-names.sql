-- id: whatif-names
-- title: what each name would cost under other values of ndots
-- means: The names behind whatif-ndots. effect: breaks (write it in full),
--   dearer, cheaper or same. assumed: what the capture does not prove about a
--   name and its price rests on.
-- next: whatif --final-dot FILE
SELECT ndots, effect, base_name, lookups, queries_now, queries, saved_queries,
    extra_upstream_queries, clients, assumed
FROM v_whatif_names
WHERE ndots IN (SELECT ndots FROM whatif_chosen)
ORDER BY ndots DESC, effect <> 'breaks', abs(saved_queries) DESC, base_name
