-- id: interfaces
-- title: where frames were captured
-- means: The interfaces of each input with their link type (LINKTYPE_
--   value) and what the capture says it dropped there.
SELECT input, interface, name, link_type, snap_octets, frames,
    dropped_packets
FROM v_interfaces
ORDER BY input, interface
