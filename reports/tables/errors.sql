-- id: errors
-- title: what servers say about their errors
-- means: Extended errors (RFC 8914) in responses. They stand in answers
--   too: 3 and 19 mean that an old answer was served.
SELECT code, name, responses,
    coalesce((SELECT prefix FROM input_prefix
              WHERE input_id = e.first_frame >> 40)
             || (e.first_frame & 0xFFFFFFFFFF),
        e.first_frame & 0xFFFFFFFFFF) AS first_frame
FROM extended_error AS e
ORDER BY responses DESC, code
