-- wasitdns database, schema 3: the base tables of one part.
--
-- Everything here is a fact: counters add, first/last/min/max take the least
-- or greatest, histograms add bucket by bucket. No judgement and no threshold
-- stands in this file; those are in reports/. The public interface is the
-- views of reports/views.sql; base tables may change with the schema number.
--
-- Units: _ns are integer nanoseconds (times since 1970 UTC, durations plain);
-- a frame is a reference, input_id * 2^40 + the frame's number in that input
-- as Wireshark counts it, so `frame & 0xFFFFFFFFFF` is the number.
--
-- The ids of transactions and lookups count from 0 in each part, behind
-- (part_id - 1) * 2^32.
--
-- wait_buckets, service_buckets and buckets hold a base-2 exponential
-- histogram at scale 5 as JSON: {"INDEX": COUNT, ...} in index order, where
-- bucket INDEX covers (2^(INDEX/32), 2^((INDEX+1)/32)] seconds. One text
-- beside its key, since a row per bucket would triple the time to write.

CREATE TABLE part (
    part_id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,     -- fingerprint of inputs and settings
    tool TEXT NOT NULL,                -- program and version that wrote it
    first_ns INTEGER,                  -- time of the earliest frame
    last_ns INTEGER,                   -- time of the latest frame
    timeout_ns INTEGER NOT NULL,       -- a client's patience (--timeout)
    window_ns INTEGER NOT NULL,        -- width of v_timeline rows (--window)
    resolution_ns INTEGER NOT NULL,    -- width of traffic rows
    sketch_seed INTEGER NOT NULL,      -- of the hashes in ..._sketch
    histogram_scale INTEGER NOT NULL,  -- of ..._buckets
    ports TEXT NOT NULL,               -- ports read as DNS, comma separated
    filter TEXT,                       -- BPF expression: only what it matches
                                       -- was read; NULL: everything
    ndots INTEGER                      -- that clients are said to have
                                       -- (--ndots, --resolv-conf); NULL: unsaid
) STRICT;

CREATE TABLE part_search (             -- the search list that clients are said
    part_id INTEGER NOT NULL,          -- to have (--search, --resolv-conf)
    place INTEGER NOT NULL,            -- from 1
    suffix TEXT NOT NULL,
    PRIMARY KEY (part_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE input (
    input_id INTEGER PRIMARY KEY,      -- 0 is the first that was read
    part_id INTEGER NOT NULL,          -- in which it was read
    path TEXT NOT NULL,                -- as given, printable form
    format TEXT NOT NULL,              -- pcap, pcapng, with +gzip and the like
    octets INTEGER NOT NULL,           -- read from the input
    frames INTEGER NOT NULL,           -- read from the input
    first_ns INTEGER,
    last_ns INTEGER,
    damage TEXT,                       -- what is wrong with it, NULL if nothing
    damage_frame INTEGER,              -- number of the record not read
    damage_offset INTEGER,             -- octet offset of that record
    passed_over INTEGER NOT NULL       -- damaged packets, that one among them,
                                       -- behind which reading went on
) STRICT;

-- What a part was given first and last, for a merge to play again with what its
-- neighbours have: transactions and lookups that were cut through are then
-- one. 60 s of it at either end, or as much as there was room for.
CREATE TABLE edge (
    part_id INTEGER NOT NULL,
    side TEXT NOT NULL,                -- whole: of a short part; else head, tail
    piece INTEGER NOT NULL,            -- one behind the other, from 0
    first_ns INTEGER NOT NULL,         -- from when to when
    last_ns INTEGER NOT NULL,
    entries INTEGER NOT NULL,          -- messages, ICMP errors, handshakes
    transactions INTEGER NOT NULL,     -- 1: the part has a row for each
    octets BLOB NOT NULL,              -- src/exchange/tape.c
    PRIMARY KEY (part_id, side, piece)
) STRICT, WITHOUT ROWID;

CREATE TABLE comment (                 -- left in a pcapng file: of sections and
    input_id INTEGER NOT NULL,         -- interfaces the first 16, then the first
    number INTEGER NOT NULL,           -- of a packet
    frame INTEGER,                     -- of the packet, else NULL
    text TEXT NOT NULL,                -- printable form, its beginning
    PRIMARY KEY (input_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE interface (
    input_id INTEGER NOT NULL,
    interface INTEGER NOT NULL,        -- number within the input, from 0
    name TEXT NOT NULL,
    link_type INTEGER NOT NULL,        -- LINKTYPE_ value
    snap_octets INTEGER NOT NULL,      -- 0 = unlimited or unknown
    frames INTEGER NOT NULL,
    dropped INTEGER,                   -- as the capture says: by statistics, or
                                       -- packet by packet; NULL: it does not say
    PRIMARY KEY (input_id, interface)
) STRICT, WITHOUT ROWID;

CREATE TABLE frame_fate (
    fate TEXT NOT NULL,                -- dns, not_dns, malformed, cut ...
    reason TEXT NOT NULL,
    frames INTEGER NOT NULL,
    first_frame INTEGER NOT NULL,
    PRIMARY KEY (fate, reason)
) STRICT, WITHOUT ROWID;

-- The counters. A name that is not there is 0.
--
-- frames, captured_octets                  of all inputs
-- dns_messages                             unicast; the sum of the next three
--     query_messages, response_messages    copies not counted
--     duplicate_messages                   copies
-- leg_messages                             messages seen again behind NAT
--     ambiguous_legs                       that fit more than one query
-- malformed_messages, cut_messages         of dns_messages
-- truncated_responses                      with TC
-- other_opcode_queries, other_opcode_responses   NOTIFY, UPDATE ...
-- transactions                             the sum of the next five
--     answered, answered_late, unanswered, open_at_end
--     icmp_errors                          an ICMP error came instead
--     answered_at_start                    of the answered, those from the
--                                          time of orphan_at_start
-- retransmissions                          further attempts
-- repeated_queries                         equal to one just answered
-- second_responses_same, second_responses_different
-- orphan_responses                         without their query
--     orphan_at_start                      of them, too early to tell why
-- question_mismatches, response_address_mismatches, case_mismatches
-- icmp_repeated, icmp_unmatched            ICMP errors, beside icmp_errors, that
--                                          quote a query: of a transaction
--                                          that has one already, of no open one
--     icmp_hints                           that refuse nothing: too big ...
--     icmp_of_responses                    that quote a response
--     icmp_of_segments                     that quote a TCP segment
-- reordered_answers                        captured before their query
-- clock_steps                              jumps of the capture's clock
-- lookups, failed_lookups                  of all who ask
--     upstream_lookups, upstream_failed_lookups   of resolvers among them
-- names                                    different ones asked for; does not
--                                          add up, a merge leaves it out
-- joined_cuts                              between parts that a merge has put
--                                          together; a merge counts them anew
-- unprompted_queries                       of resolvers, with no client waiting
-- crowded_fetches                          for which more waited than are told
-- evicted, evicted_lookups, evicted_wants, memory_refusals,
-- collapsed_names, collapsed_clients, collapsed_servers,
-- refused_labels, refused_encrypted        for want of memory
-- requester_floor                          see requester
-- filtered_frames                          kept out by part.filter; a filter
--                                          in the kernel does not tell
-- packet_comments                          of pcapng files
-- fragments_completed                      IP datagrams put together
-- fragments_incomplete                     ... whose rest never came
--     fragments_used                       of them, read as far as they go
--     fragments_evicted                    of them, for want of memory, and
--                                          fragments refused
-- refused_suffixes                         steps of search lists, and pairs of
--                                          them, without a row, for want of room
-- refused_denials, refused_search_answers  denials, and lookups that were found
--                                          under a suffix, without a row
-- untraced_lookups, evicted_traces         what `trace` looked at and did not
--                                          store: lookups that waited less, and
--                                          messages for want of memory
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE traffic (                 -- one row a window that had traffic
    window_ns INTEGER PRIMARY KEY,     -- start; width is part.resolution_ns
    queries INTEGER NOT NULL,          -- query messages
    responses INTEGER NOT NULL,        -- response messages
    noerror INTEGER NOT NULL,          -- of the responses
    nxdomain INTEGER NOT NULL,
    servfail INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    nodata INTEGER NOT NULL,           -- part of noerror (RFC 2308 s2.2)
    unanswered INTEGER NOT NULL,       -- transactions that began here
    icmp_errors INTEGER NOT NULL,      -- the same, ended by an ICMP error
    retransmissions INTEGER NOT NULL
) STRICT;

CREATE TABLE response_code (
    code INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    responses INTEGER NOT NULL,
    first_frame INTEGER NOT NULL
) STRICT;

CREATE TABLE query_type (
    code INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    queries INTEGER NOT NULL,
    first_frame INTEGER NOT NULL
) STRICT;

CREATE TABLE extended_error (          -- RFC 8914, in responses
    code INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    responses INTEGER NOT NULL,
    first_frame INTEGER NOT NULL
) STRICT;

CREATE TABLE client (
    client_id INTEGER PRIMARY KEY,
    address TEXT NOT NULL,             -- "other" when the table was full
    label TEXT NOT NULL,               -- from --labels, else as the capture
                                       -- names the address, else empty
    queries INTEGER NOT NULL,          -- query messages, retransmissions too
    retransmissions INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    answered INTEGER NOT NULL,         -- in time
    late INTEGER NOT NULL,
    unanswered INTEGER NOT NULL,
    open_at_end INTEGER NOT NULL,
    icmp_errors INTEGER NOT NULL,      -- ended by an ICMP error
    nxdomain INTEGER NOT NULL,         -- transactions that ended so
    nodata INTEGER NOT NULL,
    servfail INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    lookups INTEGER NOT NULL,
    failed_lookups INTEGER NOT NULL,
    names INTEGER NOT NULL,            -- distinct names asked (estimate)
    names_sketch TEXT NOT NULL,        -- its HyperLogLog, hex
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    first_frame INTEGER NOT NULL,
    first_unanswered_frame INTEGER
) STRICT;

-- The heaviest of the clients that found no room in the table above: they are
-- counted together under "other" there, and one by one here, as far as
-- Space-Saving can tell. A part has 256 at most; the queries of each are at
-- least `sure`, at most `above` + the counter requester_floor, as are those of
-- any that is not listed at most requester_floor.
CREATE TABLE requester (
    address TEXT PRIMARY KEY,
    label TEXT NOT NULL,               -- as client.label
    sure INTEGER NOT NULL,
    above INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE server (                  -- asked, or answering, or connected to
    server_id INTEGER PRIMARY KEY,
    address TEXT NOT NULL,
    label TEXT NOT NULL,
    queries INTEGER NOT NULL,
    retransmissions INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    late INTEGER NOT NULL,
    unanswered INTEGER NOT NULL,
    open_at_end INTEGER NOT NULL,
    icmp_errors INTEGER NOT NULL,
    orphans INTEGER NOT NULL,          -- responses nobody was seen to ask for
    nxdomain INTEGER NOT NULL,
    nodata INTEGER NOT NULL,
    servfail INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    truncated INTEGER NOT NULL,        -- responses with TC
    first_ns INTEGER NOT NULL,
    last_query_ns INTEGER,
    last_response_ns INTEGER,
    slowest_ns INTEGER,                -- longest service time
    slowest_query_frame INTEGER,
    slowest_response_frame INTEGER,
    first_unanswered_frame INTEGER,
    first_servfail_frame INTEGER,
    first_refused_frame INTEGER
) STRICT;

CREATE TABLE client_server (           -- who asks whom
    client_id INTEGER NOT NULL,
    server_id INTEGER NOT NULL,
    queries INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    answered INTEGER NOT NULL,         -- late ones included
    unanswered INTEGER NOT NULL,
    icmp_errors INTEGER NOT NULL,      -- transactions that one ended
    wait_ns INTEGER NOT NULL,          -- time spent on unanswered ones: first
                                       -- to last attempt plus part.timeout_ns
    first_ns INTEGER NOT NULL,
    last_query_ns INTEGER NOT NULL,
    last_response_ns INTEGER,
    first_unanswered_frame INTEGER,
    first_icmp_frame INTEGER,          -- the first error that ended one
    PRIMARY KEY (client_id, server_id)
) STRICT, WITHOUT ROWID;

-- What came of a client's transactions with a server that began after the last
-- response it got in a part: nothing but this. In a merged database the pair may
-- have a later response (client_server.last_response_ns) from another part.
CREATE TABLE silence (
    client_id INTEGER NOT NULL,
    server_id INTEGER NOT NULL,
    first_ns INTEGER NOT NULL,         -- when the first of them began
    unanswered INTEGER NOT NULL,       -- never answered
    icmp_errors INTEGER NOT NULL,      -- ended by an ICMP error
    PRIMARY KEY (client_id, server_id, first_ns)
) STRICT, WITHOUT ROWID;

CREATE TABLE icmp_error (              -- ICMP errors that quote DNS
    server_id INTEGER NOT NULL,        -- the server that the quoted datagram
    server_address TEXT NOT NULL,      -- went to or came from; it need not
                                       -- stand in server
    reason TEXT NOT NULL,              -- port unreachable, too big ...
    quoted TEXT NOT NULL,              -- query, response
    sender TEXT NOT NULL,              -- who sent the error: server, client,
                                       -- router (any other address)
    sender_address TEXT NOT NULL,      -- of the first
    errors INTEGER NOT NULL,           -- copies counted
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    first_frame INTEGER NOT NULL,
    PRIMARY KEY (server_id, reason, quoted, sender)
) STRICT, WITHOUT ROWID;

CREATE TABLE encrypted_server (        -- spoken with on port 853, or on 443
    address TEXT NOT NULL,             -- where DNS over HTTPS looks like any
    port INTEGER NOT NULL,             -- other: views tell the resolvers apart
    transport TEXT NOT NULL,           -- tcp, udp (QUIC)
    frames INTEGER NOT NULL,           -- to it and from it
    flows INTEGER NOT NULL,            -- client addresses and ports (estimate)
    flows_sketch TEXT NOT NULL,
    handshakes INTEGER,                -- SYN/ACKs; NULL for udp
    clients INTEGER NOT NULL,          -- distinct addresses (estimate)
    clients_sketch TEXT NOT NULL,
    first_frame INTEGER NOT NULL,
    PRIMARY KEY (address, port, transport)
) STRICT, WITHOUT ROWID;

-- What an address was heard to do, from which its role is judged.
CREATE TABLE client_role (
    client_id INTEGER PRIMARY KEY,
    recursive_queries INTEGER NOT NULL, -- with RD; retransmissions count
    iterative_queries INTEGER NOT NULL, -- without
    unprompted INTEGER NOT NULL        -- transactions of an address that is
                                       -- asked itself, for which none of its
                                       -- clients was waiting
) STRICT;

-- The answered transactions of a server by where the answer came from; what is
-- asked of it when it is not watched (see counters) is among none of them.
CREATE TABLE server_role (
    server_id INTEGER PRIMARY KEY,
    responses INTEGER NOT NULL,        -- NOERROR and NXDOMAIN
    recursive_responses INTEGER NOT NULL, -- of them with RA
    authoritative_responses INTEGER NOT NULL, -- of them with AA
    alone INTEGER NOT NULL,            -- it asked nobody meanwhile, no AA
    authority INTEGER NOT NULL,        -- the same with AA
    joined INTEGER NOT NULL,           -- it was asking already for it, for
                                       -- somebody else
    fetched INTEGER NOT NULL,          -- it asked others for it
    followed INTEGER NOT NULL          -- of these four: after it had first been
                                       -- seen to ask others
) STRICT;

CREATE TABLE name (                    -- of questions and lookups, each once
    name_id INTEGER PRIMARY KEY,       -- 0: "*", those that found no room
    query_name TEXT NOT NULL           -- lower case, presentation form
) STRICT;

CREATE TABLE question (
    question_id INTEGER PRIMARY KEY,
    name_id INTEGER NOT NULL,
    query_type INTEGER NOT NULL,
    query_class INTEGER NOT NULL,
    queries INTEGER NOT NULL,
    clients INTEGER NOT NULL,          -- distinct (estimate)
    clients_sketch TEXT NOT NULL,
    transactions INTEGER NOT NULL,
    answered INTEGER NOT NULL,         -- late ones included
    unanswered INTEGER NOT NULL,
    nxdomain INTEGER NOT NULL,
    nodata INTEGER NOT NULL,
    servfail INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    ttl_min_s INTEGER,                 -- of answers; NULL if none seen
    ttl_max_s INTEGER,
    wait_max_ns INTEGER,
    wait_count INTEGER NOT NULL,       -- of wait_buckets
    wait_buckets TEXT NOT NULL,
    first_ns INTEGER,                  -- of its queries; NULL: there are none,
    last_ns INTEGER,                   -- only responses
    first_frame INTEGER
) STRICT;

CREATE TABLE latency (
    scope TEXT NOT NULL,               -- all, client, server, type, window;
                                       -- leg, zone_class; upstream: a server as
                                       -- resolvers found it
    key INTEGER NOT NULL,              -- 0, client_id, server_id, type code,
                                       -- window start in ns; leg 0 client, 1
                                       -- upstream; zone_class 0 internal, 1
                                       -- external, of the clients' leg alone
    measure TEXT NOT NULL,             -- wait, service, lookup, handshake; walk:
                                       -- of lookups that began under a suffix,
                                       -- wasted_ns of search_lookup; of
                                       -- servers whose both sides were seen:
                                       -- own (service without upstream),
                                       -- upstream (of what was fetched, the
                                       -- part that others took)
    count INTEGER NOT NULL,            -- answered, clamped ones left out
    unanswered INTEGER NOT NULL,       -- have waited at least part.timeout_ns
    unanswered_ns INTEGER NOT NULL,    -- ... together: last attempt - first,
                                       -- and part.timeout_ns for each
    min_ns INTEGER,
    max_ns INTEGER,
    sum_ns INTEGER NOT NULL,
    buckets TEXT NOT NULL,
    PRIMARY KEY (scope, key, measure)
) STRICT, WITHOUT ROWID;

CREATE TABLE latency_bucket (          -- what a bucket index stands for
    bucket INTEGER PRIMARY KEY,
    middle_seconds REAL NOT NULL,      -- its geometric middle
    upper_seconds REAL NOT NULL
) STRICT;

CREATE TABLE slow_lookup (             -- the longest lookups, at most 100
    lookup_id INTEGER PRIMARY KEY,
    client_id INTEGER NOT NULL,
    name_id INTEGER NOT NULL,          -- the base: what the program asked for
    time_ns INTEGER NOT NULL,
    wait_ns INTEGER NOT NULL,
    queries INTEGER NOT NULL,
    steps INTEGER NOT NULL,            -- names asked, one behind the other
    outcome TEXT NOT NULL,
    cause TEXT NOT NULL,               -- as in lookup_cause
    cause_ns INTEGER NOT NULL,
    server_id INTEGER NOT NULL,        -- that the cause is about
    silent INTEGER NOT NULL,           -- 1: given up, wait_ns as its timers let
                                       -- expect
    stub TEXT,                         -- glibc, musl, go, c-ares, resolver
    cause_frame INTEGER NOT NULL,      -- the query before the longest interval
    first_frame INTEGER NOT NULL,
    last_frame INTEGER NOT NULL
) STRICT;

-- What lookups of 100 ms and more waited for. The cause is what most of a
-- lookup's time went to:
--
--     server-slow               answers that took their time
--     upstream-slow             ... while the server waited for others
--     search-walk               names of the search list before the last
--     lost, dead-server         a timer: no answer, from a server that answered
--                               others meanwhile or before, or from one that
--                               did not
--     half-lost                 a timer: one type was answered, another not
--     single-request-fallback   the same, of a client that asks one type after
--                               the other since a loss
--     servfail-ladder           a timer, after SERVFAIL, REFUSED and the like
--     tc-then-tcp, tcp-connect  the same over TCP, or a timer before it opened
CREATE TABLE lookup_cause (
    cause TEXT NOT NULL,
    client_id INTEGER NOT NULL,
    server_id INTEGER NOT NULL,        -- that the cause is about
    name_id INTEGER NOT NULL,          -- of the base; 0 for those that did not
                                       -- fit
    silent INTEGER NOT NULL,           -- 1: given up
    repeated INTEGER NOT NULL,         -- 1: after a timer it asked again
    upstream INTEGER NOT NULL,         -- 1: of a resolver, which others ask
    lookups INTEGER NOT NULL,
    queries INTEGER NOT NULL,
    wait_ns INTEGER NOT NULL,          -- of all
    cause_ns INTEGER NOT NULL,         -- of it due to the cause
    wait_max_ns INTEGER NOT NULL,
    wait_buckets TEXT NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    lookup_id INTEGER NOT NULL,        -- of the longest, as the frames
    first_frame INTEGER NOT NULL,
    last_frame INTEGER NOT NULL,
    cause_frame INTEGER NOT NULL,
    PRIMARY KEY (cause, client_id, server_id, name_id, silent, repeated,
        upstream)
) STRICT, WITHOUT ROWID;

CREATE TABLE suffix (                  -- what lookups put behind a name
    suffix_id INTEGER PRIMARY KEY,     -- 0: empty, the name as it is; 1: "*",
                                       -- not told
    suffix TEXT NOT NULL               -- lower case, presentation form
) STRICT;

-- The lookups of stubs by how they went through their search list. A lookup
-- that asked one name has that as its base and no suffix: whether the name ends
-- in one is a matter of what else its client asks. One whose resolver walked for
-- it (autopath) asked one name, too, but has the suffix of that in begins_id, and
-- in settled_id where the answer led, to the base under another suffix or alone.
CREATE TABLE search_lookup (
    client_id INTEGER NOT NULL,
    name_id INTEGER NOT NULL,          -- of the base; 0 for those that did not
                                       -- fit
    dots INTEGER NOT NULL,             -- in the base's name
    begins_id INTEGER NOT NULL,        -- suffix asked first
    settled_id INTEGER NOT NULL,       -- suffix asked last
    steps INTEGER NOT NULL,            -- names asked; 255 are more
    outcome TEXT NOT NULL,             -- of the last step, as in dns_lookup
    addresses INTEGER NOT NULL,        -- 1: A or AAAA among the types
    lookups INTEGER NOT NULL,
    queries INTEGER NOT NULL,          -- each type of a step once
    sent_queries INTEGER NOT NULL,     -- with retries, to all servers
    needed_queries INTEGER NOT NULL,   -- types of the last steps
    wasted_octets INTEGER NOT NULL,    -- of messages of the steps before, both
                                       -- ways, answers in time
    wasted_ns INTEGER NOT NULL,        -- from the first query of the first step
                                       -- to that of the last
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    first_frame INTEGER NOT NULL,
    PRIMARY KEY (client_id, name_id, dots, begins_id, settled_id, steps, outcome,
                 addresses)
) STRICT, WITHOUT ROWID;

CREATE TABLE search_suffix (           -- of lookups that asked several names
    client_id INTEGER NOT NULL,
    suffix_id INTEGER NOT NULL,
    lookups INTEGER NOT NULL,          -- that asked under it
    leading INTEGER NOT NULL,          -- of them, before anything else
    queries INTEGER NOT NULL,          -- under it, each type of a step once
    answered INTEGER NOT NULL,         -- of them, that settled their lookup
    wasted INTEGER NOT NULL,           -- of them, of steps before the last
    bases INTEGER NOT NULL,            -- distinct base names (estimate)
    bases_sketch TEXT NOT NULL,
    PRIMARY KEY (client_id, suffix_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE search_pair (             -- in which order suffixes are asked
    client_id INTEGER NOT NULL,
    suffix_id INTEGER NOT NULL,
    later_suffix_id INTEGER NOT NULL,  -- at any later step of the same lookup
    lookups INTEGER NOT NULL,
    PRIMARY KEY (client_id, suffix_id, later_suffix_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE search_client (           -- the lookups of a stub, together
    client_id INTEGER PRIMARY KEY,
    lookups INTEGER NOT NULL,
    walked_lookups INTEGER NOT NULL,   -- of them, that asked several names
    autopath_lookups INTEGER NOT NULL, -- of the others, those that the resolver
                                       -- walked for
    queries INTEGER NOT NULL,          -- these five as in search_lookup
    sent_queries INTEGER NOT NULL,
    needed_queries INTEGER NOT NULL,
    wasted_octets INTEGER NOT NULL,
    wasted_ns INTEGER NOT NULL,
    led_lookups INTEGER NOT NULL,      -- of walked_lookups, those that began
                                       -- under a suffix: what the list is to
                                       -- blame for
    led_wasted_queries INTEGER NOT NULL, -- of them: queries less needed_queries
    led_wasted_ns INTEGER NOT NULL,
    led_first_ns INTEGER,              -- when the first of them began
    led_last_ns INTEGER,               -- ... and the last
    led_dots INTEGER,                  -- most in a base of theirs, or of an
                                       -- autopath lookup
    bare_dots INTEGER                  -- least in a base that was asked as it
                                       -- is, and then under a suffix
) STRICT;

CREATE TABLE search_stub (             -- whose habits the lookups show
    client_id INTEGER NOT NULL,
    stub TEXT NOT NULL,                -- glibc, musl, go, c-ares; lookups of
                                       -- which it cannot be told have no row
    lookups INTEGER NOT NULL,
    walked_lookups INTEGER NOT NULL,   -- of them, that asked several names,
                                       -- which tells glibc and c-ares apart
    PRIMARY KEY (client_id, stub)
) STRICT, WITHOUT ROWID;

-- Where names with a dot led that were found under a suffix, behind others that
-- had been asked: the lowest address of the answer, of an A where there was one.
CREATE TABLE search_answer (
    suffix TEXT NOT NULL,
    address TEXT NOT NULL,
    lookups INTEGER NOT NULL,
    bases INTEGER NOT NULL,            -- distinct base names (estimate)
    bases_sketch TEXT NOT NULL,
    clients INTEGER NOT NULL,          -- distinct (estimate)
    clients_sketch TEXT NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    first_frame INTEGER NOT NULL,
    PRIMARY KEY (suffix, address)
) STRICT, WITHOUT ROWID;

-- What servers with addresses of the Internet said does not exist (NXDOMAIN).
CREATE TABLE denial (
    client_id INTEGER NOT NULL,
    server_id INTEGER NOT NULL,
    question_id INTEGER NOT NULL,
    internal INTEGER NOT NULL,         -- 1: the name is of a domain that only
                                       -- private networks have, or has no dot
    client_outside INTEGER NOT NULL,   -- 1: the client has such an address, too
    transactions INTEGER NOT NULL,
    first_ns INTEGER NOT NULL,
    last_ns INTEGER NOT NULL,
    first_frame INTEGER NOT NULL,
    PRIMARY KEY (client_id, server_id, question_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE name_split (              -- names that do not exist (NXDOMAIN) for
    name_id INTEGER PRIMARY KEY,       -- one type, and exist for another, asked
    lookups INTEGER NOT NULL,          -- at the same time; 0: those that did not
    stopped INTEGER NOT NULL,          -- fit. stopped: lookups that got nothing
    client_id INTEGER NOT NULL,        -- and asked no further name; client_id
    first_ns INTEGER NOT NULL,         -- and first_frame of the first
    last_ns INTEGER NOT NULL,
    first_frame INTEGER NOT NULL
) STRICT;

CREATE TABLE dns_transaction (         -- with --transactions
    transaction_id INTEGER PRIMARY KEY, -- in order of the first query
    query_frame INTEGER,               -- NULL for an orphan
    response_frame INTEGER,
    icmp_frame INTEGER,                -- the error that ended it
    time_ns INTEGER NOT NULL,
    client_id INTEGER NOT NULL,
    client_port INTEGER NOT NULL,
    server_id INTEGER NOT NULL,
    server_port INTEGER NOT NULL,
    transport TEXT NOT NULL,           -- udp, tcp
    message_id INTEGER NOT NULL,
    question_id INTEGER,               -- NULL for an orphan without question
    response_code INTEGER,
    outcome TEXT NOT NULL,             -- answered, late, unanswered,
                                       -- open_at_end, icmp_error, orphan
    attempts INTEGER NOT NULL,
    responses INTEGER NOT NULL,        -- second answers counted too
    wait_ns INTEGER,
    service_ns INTEGER,
    lookup_id INTEGER,
    leg TEXT,                          -- the server's address behind NAT,
                                       -- NULL where no such leg was captured
    nodata INTEGER,                    -- 1: NOERROR without what was asked for
    source TEXT,                       -- where the answer came from, as in
                                       -- server_role; NULL: not known
    upstream_ns INTEGER,               -- of service_ns: waited for others
    last_attempt_ns INTEGER NOT NULL   -- when it was sent last
) STRICT;

CREATE TABLE dns_message (             -- with --transactions: what is not told
                                       -- by the row of its transaction, which
                                       -- has the same ids, port and transport
    client_id INTEGER NOT NULL,
    client_port INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    frame INTEGER NOT NULL,            -- of the message
    server_id INTEGER NOT NULL,
    question_id INTEGER,
    transport TEXT NOT NULL,
    time_ns INTEGER NOT NULL,
    kind TEXT NOT NULL                 -- attempt: a query sent again;
                                       -- truncated: the response, cut short (TC)
) STRICT;

CREATE TABLE dns_lookup (              -- with --transactions
    lookup_id INTEGER PRIMARY KEY,
    time_ns INTEGER NOT NULL,
    client_id INTEGER NOT NULL,
    name_id INTEGER NOT NULL,          -- of the base
    types TEXT NOT NULL,               -- space separated, in order asked
    steps INTEGER NOT NULL,            -- names asked, one behind the other
    queries INTEGER NOT NULL,
    needed_queries INTEGER NOT NULL,   -- types asked in the last step
    servers INTEGER NOT NULL,
    outcome TEXT NOT NULL,             -- answered, partly, nxdomain, nodata,
                                       -- failed, gave_up, open_at_end
    cause TEXT NOT NULL,               -- as in lookup_cause
    cause_ns INTEGER,                  -- of wait_ns
    server_id INTEGER NOT NULL,        -- that the cause is about
    silent INTEGER NOT NULL,           -- 1: given up, wait_ns as its timers let
                                       -- expect
    stub TEXT,                         -- glibc, musl, go, c-ares, resolver
    cause_frame INTEGER NOT NULL,      -- the query before the longest interval
    wait_ns INTEGER,
    first_frame INTEGER NOT NULL,
    last_frame INTEGER NOT NULL
) STRICT;
