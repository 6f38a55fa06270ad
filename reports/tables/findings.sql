-- id: findings
-- title: what is wrong, and what it costs
-- means: Every finding, harm to users first and load second, as check
--   prints them. wasitdns explain ID says how a finding is detected and what
--   fools it.
SELECT id, severity, subject, title, evidence, cost_seconds, cost_queries,
    affected_clients, first_time, last_time, confidence, fix, example_frames
FROM v_findings
ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'error' THEN 1
        WHEN 'warning' THEN 2 ELSE 3 END,
    coalesce(cost_seconds, 1e-9) DESC, cost_queries DESC, id, subject
