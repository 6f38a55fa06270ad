-- id: bands
-- title: how many waited how long
-- means: Answers and lookups by how long they took: good under 20 ms, noticed
--   from 100 ms, painful from 300 ms on. unanswered ones waited the timeout at
--   least and stand beside the others. Scopes and measures are those of
--   wasitdns top latency, the clients' left out. The limits are thresholds
--   (band_...); a value within 1.1 % of one may fall on either side.
SELECT scope, key, measure, count, under_20ms, from_20ms, from_50ms, from_100ms,
    over_300ms, unanswered
FROM v_bands
ORDER BY scope, count DESC, key, measure
