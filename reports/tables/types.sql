-- id: types
-- title: which types of record are asked for
-- means: Queries by their type, with the first frame of each.
SELECT query_type, count, share, first_frame
FROM v_types
ORDER BY count DESC, code
