-- id: frames
-- title: what became of every frame
-- means: Every frame of the capture by its fate, so that they add up to all
--   packets. dns: read as a DNS message. cut: by the snap length. unsupported:
--   of a kind that may hold DNS and is not read.
SELECT fate, reason, frames, first_frame
FROM v_frames
ORDER BY frames DESC, fate, reason
