-- id: requesters
-- title: who asks most, of however many
-- means: Like clients, with their queries only, but beyond the ceiling that
--   --max-memory sets for clients, too. queries is then the most that it can be;
--   queries_error says how much less it may be, 0 that it is exact. Who asked
--   more than 1 of 256 queries beyond the ceiling is always listed.
SELECT client_address, label, queries, queries_error, share
FROM v_requesters
ORDER BY queries DESC, client_address
