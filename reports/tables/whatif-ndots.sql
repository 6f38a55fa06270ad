-- id: whatif-ndots
-- title: what other values of ndots would cost
-- means: The lookups of this traffic played again under ndots 1 to 5, by the
--   rules of the stub that asked: with fewer dots than ndots the suffixes of
--   its search list first, else the name as it is first (musl: only that).
--   A row without address is all clients together.
--   saved_queries and saved_seconds are against now; less than 0 is a loss.
--   breaks: names that would not be found any more. extra_upstream_queries:
--   inside names that would be asked outside and fail there. coverage: share of
--   the lookups whose price the capture proves; for the rest, a name that was
--   found under a suffix is taken not to exist as it is. saved_upstream_seconds:
--   by the mean of the resolver's own queries; empty: they were not captured.
-- next: whatif --ndots N FILE
SELECT client_address, ndots, queries, saved_queries, saved_seconds, breaks,
    coverage, extra_upstream_queries, upstream_queries, saved_upstream_queries,
    saved_upstream_seconds
FROM v_whatif_ndots
WHERE ndots IN (SELECT ndots FROM whatif_chosen)
ORDER BY client_address <> '',
    max(saved_queries) OVER (PARTITION BY client_address) DESC,
    client_address, ndots DESC
