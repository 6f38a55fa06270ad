-- id: icmp
-- title: ICMP errors about DNS
-- means: What routers and hosts say of queries and responses that did not
--   arrive. A query that is refused gets no answer, and many clients learn of
--   it at once. A response that its client refuses came too late, or second:
--   harmless. One that is too big is lost for a tunnel or link on its way.
--   sender: the server itself, the client, or a router.
SELECT server_address, quoted, reason, sender, sender_address, errors,
    first_frame
FROM v_icmp_errors
ORDER BY errors DESC, server_address, quoted, reason, sender
