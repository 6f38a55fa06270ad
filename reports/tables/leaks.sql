-- id: leaks
-- title: names of one's own that were asked outside
-- means: Names that only the own network has, of which a server with an address
--   of the Internet was asked, and said that they do not exist. kind:
--   private-domain, reverse (of a private address), search-suffix, short-name.
--   zone: what a resolver at home should answer itself. server and client are
--   the first of servers and clients.
--   top_level_exists: a stranger might answer that name.
SELECT query_name, kind, zone, queries, clients, client_address, servers,
    server_address, top_level_exists
FROM v_leaks
ORDER BY queries DESC, query_name, kind
