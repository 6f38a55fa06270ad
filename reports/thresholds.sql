-- Every limit that turns a fact into a judgement, in one place.
--
-- Findings and the verdict read them by name:
--
--     (SELECT value FROM threshold WHERE name = 'slow_error_seconds')
--
-- Shares are of one: 0.01 is one in a hundred. To judge by other limits, give
-- a changed copy of this file with --reports DIR.

CREATE VIEW threshold AS
WITH limits (name, value, unit, meaning) AS (VALUES
    -- lookups, and the verdict over them; stubs repeat after 1 s at the
    -- earliest (timeout:1), most after 2 to 5 s
    ('stall_seconds', 1.0, 's',
        'a lookup that waited longer was held up by a client timer'),
    ('cause_seconds', 0.1, 's',
        'a lookup that waited less needs no cause'),
    ('verdict_lookups', 20, 'lookups',
        'fewer lookups that went well do not prove that it was not DNS'),
    ('verdict_yes_share', 0.01, 'of lookups',
        'at least so many stalled: yes'),
    ('verdict_yes_lookups', 3, 'lookups',
        'fewer that stalled are partly, whatever their share'),
    ('verdict_partly_share', 0.001, 'of lookups',
        'at least so many stalled: partly'),
    ('verdict_failed_share', 0.05, 'of lookups',
        'at least so many failed: yes; a few are always broken'),
    ('verdict_failed_lookups', 3, 'lookups', 'fewer that failed prove nothing'),
    ('verdict_loss_share', 0.2, 'of messages',
        'a capture that lost so much shows nothing for certain'),
    ('verdict_orphan_share', 0.5, 'of responses',
        'if more stand without their query, queries were not captured'),

    -- slow-server, slow-upstream
    ('slow_warning_seconds', 0.1, 's', 'p95 of the service time: warning'),
    ('slow_error_seconds', 0.3, 's', 'p95 of the service time: error'),
    ('slow_answers', 30, 'answers',
        'fewer answers give no p95 worth the name'),

    ('slow_own_share', 0.9, 'of answers',
        'whose own time is known: it is judged instead of the service time'),

    -- v_coverage
    ('part_gap_seconds', 60, 's',
        'a longer pause between two parts of a merged database is a gap'),

    -- v_bands
    ('band_good_seconds', 0.02, 's', 'nobody notices less'),
    ('band_fair_seconds', 0.05, 's', 'still good'),
    ('band_slow_seconds', 0.1, 's', 'people notice from here on'),
    ('band_bad_seconds', 0.3, 's', 'it hurts from here on'),

    -- v_clients.role, v_servers.role
    ('role_share', 0.5, 'of responses',
        'with RA or AA, above which a server is taken at its word'),

    -- unanswered; the shares are the verdict's
    ('unanswered_warning_share', 0.001, 'of transactions', 'warning'),
    ('unanswered_error_share', 0.01, 'of transactions', 'error'),
    ('unanswered_queries', 3, 'transactions',
        'fewer are a finding only if they stalled a lookup'),
    ('unanswered_error_queries', 10, 'transactions',
        'fewer are no error, whatever their share'),

    -- silent-server
    ('silent_queries', 3, 'transactions',
        'begun after the last response, every one of them in vain'),

    -- hot-client
    ('hot_clients', 5, 'clients', 'fewer clients have no usual load'),
    ('hot_transactions', 100, 'transactions', 'fewer are no load'),
    ('hot_share', 0.2, 'of transactions', 'asked by one client'),
    ('hot_factor', 8, 'times',
        'as much as the other clients ask on average'),
    ('hot_warning_share', 0.5, 'of transactions', 'warning'),
    ('hot_wasted_share', 0.1, 'of its questions',
        'that its search list made in vain: said'),

    -- not-dns, encrypted-dns
    ('not_dns_warning_share', 0.01, 'of frames', 'not DNS on a DNS port'),
    ('encrypted_warning_share', 0.1, 'of frames',
        'of DNS, plain and encrypted, that nobody can read'),

    -- error-surge
    ('error_windows', 24, 'windows',
        'the capture is cut into so many at most to find a rise'),
    ('error_window_mean', 40, 'responses',
        'that a window has on average, at least'),
    ('error_window_responses', 20, 'responses',
        'a window with fewer has no share worth the name'),
    ('error_responses', 10, 'responses', 'fewer errors are no surge'),
    ('error_factor', 3, 'times', 'the usual share'),
    ('error_deviations', 4, 'standard deviations',
        'above the usual number, which chance does not make'),
    ('error_rise_share', 0.05, 'of responses',
        'above the usual share, SERVFAIL and REFUSED'),
    ('error_nxdomain_rise_share', 0.3, 'of responses',
        'the same for NXDOMAIN, which search lists make by the thousand'),
    -- a rise of NXDOMAIN alone is other questions; names that had answers in
    -- the same capture and are denied now are a fault
    ('error_nxdomain_vanished', 10, 'responses',
        'NXDOMAIN for names that also had answers'),
    ('error_share', 0.1, 'of responses',
        'SERVFAIL or REFUSED over the whole capture'),
    ('error_error_share', 0.2, 'of responses', 'error'),
    ('error_critical_share', 0.5, 'of lookups', 'failed: critical'),

    -- v_search_clients, search-list
    ('search_bases', (SELECT value FROM search_bases), 'names',
        'walked through a suffix whose shape proves nothing'),
    ('search_queries', 10, 'queries', 'fewer in vain are no load'),
    ('search_factor', 1.2, 'times', 'the queries that were needed: info'),
    ('search_warning_factor', 2, 'times', 'warning'),
    ('search_warning_share', 0.1, 'of queries', 'in vain: warning'),

    -- search-wildcard
    ('wildcard_names', 3, 'names',
        'found under one suffix at one address; fewer may be a service'),
    ('wildcard_domains', 3, 'domains',
        'from outside, whose names are among them'),

    -- name-leak
    ('leak_queries', 3, 'queries', 'fewer are chance'),
    ('leak_warning_share', 0.1, 'of queries',
        'to the servers outside that are for names of one''s own: warning'),

    -- capture-quality
    ('quality_loss_share', 0.01, 'of messages', 'lost by the capture'),
    ('quality_loss_messages', 3, 'messages', 'fewer prove no loss'),
    ('quality_cut_share', 0.1, 'of messages',
        'cut by the snap length: warning'),
    ('quality_unread_share', 0.01, 'of frames',
        'of kinds that are not read: info'),
    ('quality_unread_warning_share', 0.1, 'of frames', 'the same: warning'),
    ('quality_malformed_share', 0.01, 'of messages', 'info'),
    ('quality_duplicate_share', 0.1, 'of messages', 'info'),
    ('quality_reordered_share', 0.01, 'of messages', 'info'),
    ('quality_one_way_messages', 10, 'messages',
        'fewer do not show that a direction is missing')
)
SELECT name, value, unit, meaning FROM limits;

-- Views stand on search lists in many places and layers, and SQLite copies what
-- a view says for each: a copy of this is small, one of all limits is not.
CREATE VIEW search_bases AS
SELECT 3 AS value;
