-- id: suffixes
-- title: suffixes of search lists
-- means: What was asked under each suffix that clients put behind names.
--   answered: queries that settled their lookup; wasted: those of names that did
--   not exist, so that the next one was asked.
SELECT suffix, clients, queries, answered, wasted
FROM v_search_suffixes
ORDER BY wasted DESC, queries DESC, suffix
