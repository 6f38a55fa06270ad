-- id: whatif-suffixes
-- title: what a search list without one of its suffixes would save
-- means: A row without address is all clients together. breaks: names that are
--   found under the suffix, and would not be any more.
SELECT client_address, without_suffix, saved_queries, breaks
FROM v_whatif_search_list
ORDER BY client_address, place, without_suffix
