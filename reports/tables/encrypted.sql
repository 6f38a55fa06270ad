-- id: encrypted
-- title: resolvers that are spoken with in encrypted form
-- means: Port 853 is DNS over TLS, QUIC or DTLS. Port 443 is listed for the
--   resolvers of this capture only, and may be DNS over HTTPS or anything else
--   that they serve.
SELECT server_address, label, port, transport, protocol, frames, flows,
    handshakes, clients, first_frame
FROM v_encrypted
ORDER BY frames DESC, server_address, port, transport
