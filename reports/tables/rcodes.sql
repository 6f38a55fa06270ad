-- id: rcodes
-- title: how servers answer
-- means: Responses by their code (extended ones too), with the first frame
--   of each. NXDOMAIN is normal where clients have a search list.
SELECT response_code, count, share, first_frame
FROM v_rcodes
ORDER BY count DESC, code
