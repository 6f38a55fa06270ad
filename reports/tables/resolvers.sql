-- id: resolvers
-- title: what resolvers knew, and what they had to ask
-- means: Every server that was seen to ask others. hits: answered without
--   asking; delayed_hits: it was asking already, for somebody else; misses: it
--   asked; local: answered with authority. hit_share is of these without
--   local. own: its service time without what it waited for others; upstream:
--   of misses and delayed hits, what it waited. unprompted: its queries for
--   which no client was seen waiting (prefetching, or names that could not be
--   tied).
SELECT server_address, role, hits, delayed_hits, misses, hit_share,
    service_p95_seconds, own_p95_seconds, upstream_p95_seconds, answered, local,
    own_p50_seconds, upstream_p50_seconds, upstream_queries, unprompted
FROM v_resolvers
ORDER BY answered DESC, server_address
