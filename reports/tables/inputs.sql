-- id: inputs
-- title: what was read
-- means: The inputs in the order given, and what is wrong with them: the
--   record that could not be read and where it begins.
SELECT path, format, octets, frames, first_time, last_time, damage,
    damage_frame, damage_offset
FROM v_inputs
ORDER BY input_id
