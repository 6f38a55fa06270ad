-- id: capture-quality
-- title: what this capture cannot show
-- means: Not a fault of DNS but of the evidence: frames lost, cut or not read,
--   one direction missing, a file damaged, a clock that jumped. It lowers the
--   verdict's confidence.
-- detected: One row for each thing that is wrong: dropped packets as the
--   capture itself counts them; responses without their query in the middle of
--   the capture (1 % and 3 messages); messages cut by the snap length; queries
--   or responses only; damaged inputs; jumps of the clock; frames of kinds that
--   are not read (TCP, fragments, tunnels; 1 % of frames); tables that were
--   full; many malformed, duplicated or reordered messages; no DNS at all.
-- fooled-by: Asymmetric routes look like loss. Backscatter of forged queries is
--   responses that nobody asked for.
-- fix: Capture near the client with a narrow filter and whole packets (tcpdump
--   -s 0 -B 65536 -w FILE port 53), on an interface that sees both directions.
WITH limits AS MATERIALIZED (
    SELECT
        max(value) FILTER (WHERE name = 'quality_loss_share') AS loss_share,
        max(value) FILTER (WHERE name = 'quality_loss_messages')
            AS loss_messages,
        max(value) FILTER (WHERE name = 'quality_cut_share') AS cut_share,
        max(value) FILTER (WHERE name = 'quality_unread_share')
            AS unread_share,
        max(value) FILTER (WHERE name = 'quality_unread_warning_share')
            AS unread_warning_share,
        max(value) FILTER (WHERE name = 'quality_malformed_share')
            AS malformed_share,
        max(value) FILTER (WHERE name = 'quality_duplicate_share')
            AS duplicate_share,
        max(value) FILTER (WHERE name = 'quality_reordered_share')
            AS reordered_share
    FROM threshold
), seen AS MATERIALIZED (
    SELECT t.*, c.loss, c.dropped, c.is_one_way,
        t.orphan_responses - t.orphan_at_start AS lost_queries,
        t.collapsed_names + t.collapsed_clients + t.collapsed_servers
            AS collapsed,
        (SELECT count(*) FROM input) AS inputs,
        (SELECT sum(frames) FROM frame_fate WHERE fate = 'unsupported')
            AS unread
    FROM total AS t, capture AS c
), fault AS (
    SELECT 'dropped packets' AS subject,
        CASE WHEN 1.0 * dropped / (frames + dropped) >= loss_share
            THEN 'warning' ELSE 'info' END AS severity,
        printf('the capture dropped %,d packets, %.3g %% of what passed',
            dropped, 100.0 * dropped / (frames + dropped)) AS title,
        json_object('dropped_packets', dropped, 'packets', frames) AS evidence,
        'Capture with a larger buffer and a narrower filter: tcpdump -B 65536'
            || ' -w FILE port 53.' AS fix,
        1.0 AS confidence, NULL AS frames_json
    FROM seen, limits WHERE dropped > 0
    UNION ALL
    SELECT 'lost messages', 'warning',
        printf('about %.3g %% of the DNS messages are missing: %,d responses'
            || ' stand without their query', loss * 100, lost_queries),
        json_object('loss_estimate', round(loss, 6),
            'orphan_responses', lost_queries),
        'Capture nearer to the clients, with a larger buffer (tcpdump -B'
            || ' 65536), on all paths that queries take.',
        round(1.0 * lost_queries / (lost_queries + 3), 2), NULL
    FROM seen, limits
    WHERE loss >= loss_share AND lost_queries >= loss_messages
        AND NOT is_one_way
    UNION ALL
    SELECT 'cut messages',
        CASE WHEN 1.0 * cut_messages / dns_messages >= cut_share
            THEN 'warning' ELSE 'info' END,
        printf('%,d of %,d DNS messages were cut by the snap length (%.3g %%)',
            cut_messages, dns_messages, 100.0 * cut_messages / dns_messages),
        json_object('cut_messages', cut_messages,
            'dns_messages', dns_messages),
        'Capture whole packets: tcpdump -s 0.', 1.0,
        (SELECT json_group_array(first_frame) FROM frame_fate
         WHERE fate = 'cut')
    FROM seen, limits WHERE cut_messages > 0 AND dns_messages > 0
    UNION ALL
    SELECT 'one direction', 'warning',
        CASE WHEN query_messages = 0 THEN
            printf('all %,d DNS messages are responses, no query was captured',
                dns_messages)
        ELSE
            printf('all %,d DNS messages are queries, no response was captured',
                dns_messages)
        END,
        json_object('query_messages', query_messages,
            'response_messages', response_messages),
        'Capture where both directions pass: tcpdump -i any on the client or'
            || ' the server, both directions of a mirror port; a filter such as'
            || ' "dst port 53" keeps one of them out.',
        round(1.0 * dns_messages / (dns_messages + 5), 2), NULL
    FROM seen, limits WHERE is_one_way
    UNION ALL
    SELECT 'no DNS', 'warning',
        CASE WHEN frames = 0 THEN 'the capture is empty'
        ELSE printf('there is no DNS message in %,d frame%s', frames,
            CASE frames WHEN 1 THEN '' ELSE 's' END) END,
        json_object('packets', frames),
        CASE WHEN frames = 0 THEN
            'Capture while the trouble lasts, on the interface that queries'
            || ' leave by: tcpdump -i any -w FILE port 53.'
        ELSE
            'See what became of the frames (wasitdns top frames). DNS on'
            || ' another port needs --port; on tagged or tunnelled traffic the'
            || ' filter "port 53" keeps everything out; DNS over TLS or HTTPS'
            || ' cannot be read.'
        END,
        1.0, NULL
    FROM seen WHERE dns_messages = 0
    UNION ALL
    SELECT 'damaged input', 'warning',
        printf('%s is damaged at frame %,d, octet %,d: %s', path, damage_frame,
            damage_offset, damage),
        json_object('path', path, 'damage', damage, 'frame', damage_frame,
            'offset', damage_offset, 'frames_read', frames),
        'Everything before that place was used. Capture or copy the file again'
            || ' if what follows matters.',
        1.0, NULL
    FROM input WHERE damage IS NOT NULL
    UNION ALL
    SELECT 'clock', 'warning',
        printf('the clock of the capture jumped %,d time%s', clock_steps,
            CASE clock_steps WHEN 1 THEN '' ELSE 's' END),
        json_object('clock_steps', clock_steps),
        'Questions that were open then are told as open at end. Capture with'
            || ' the clock under NTP or PTP; merge files by time'
            || ' (mergecap).',
        1.0, NULL
    FROM seen WHERE clock_steps > 0
    UNION ALL
    SELECT 'frames not read',
        CASE WHEN 1.0 * unread / frames >= unread_warning_share
            THEN 'warning' ELSE 'info' END,
        printf('%,d of %,d frames are of kinds that are not read (%.3g %%)',
            unread, frames, 100.0 * unread / frames),
        json_object('frames', unread, 'packets', frames,
            'kinds', json((
                SELECT json_group_object(reason, frames)
                FROM (SELECT reason, frames FROM frame_fate
                      WHERE fate = 'unsupported'
                      ORDER BY frames DESC, reason)))),
        'DNS inside them is not in any figure here; wasitdns top frames lists'
            || ' the kinds.',
        1.0,
        (SELECT json_group_array(first_frame) FROM (
            SELECT first_frame FROM frame_fate WHERE fate = 'unsupported'
            ORDER BY frames DESC, reason LIMIT 5))
    FROM seen, limits
    WHERE unread >= unread_share * frames AND unread > 0
    UNION ALL
    SELECT 'malformed messages', 'info',
        printf('%,d of %,d DNS messages are malformed (%.3g %%)',
            malformed_messages, dns_messages,
            100.0 * malformed_messages / dns_messages),
        json_object('malformed_messages', malformed_messages,
            'dns_messages', dns_messages),
        'wasitdns top frames says how. Something else may use port 53.', 1.0,
        (SELECT json_group_array(first_frame) FROM (
            SELECT first_frame FROM frame_fate WHERE fate = 'malformed'
            ORDER BY frames DESC, reason LIMIT 5))
    FROM seen, limits
    WHERE dns_messages > 0 AND malformed_messages > 0
        AND malformed_messages >= malformed_share * dns_messages
    UNION ALL
    SELECT 'duplicates', 'info',
        printf('%,d messages were captured more than once (%.3g %% of all) and'
            || ' count once', duplicate_messages, 100.0 * duplicate_messages
                / (dns_messages + duplicate_messages)),
        json_object('duplicate_messages', duplicate_messages,
            'dns_messages', dns_messages),
        'Nothing to do. Capture on one interface instead of -i any, or mirror'
            || ' one port, to have smaller files.', 1.0, NULL
    FROM seen, limits
    WHERE duplicate_messages > 0 AND duplicate_messages
        >= duplicate_share * (dns_messages + duplicate_messages)
    UNION ALL
    SELECT 'order', 'info',
        printf('%,d responses were captured before their query (%.3g %% of the'
            || ' answers); their waits are not counted', reordered_answers,
            100.0 * reordered_answers / (answered + answered_late)),
        json_object('reordered_answers', reordered_answers,
            'answered', answered + answered_late),
        'Capture both directions with one clock; a file merged from several'
            || ' machines is as exact as their clocks.', 1.0, NULL
    FROM seen, limits
    WHERE reordered_answers > 0 AND reordered_answers
        >= reordered_share * (answered + answered_late)
    UNION ALL
    SELECT 'full tables', 'info',
        printf('memory was short: %,d open questions were given up, %,d names,'
            || ' clients or servers went into collective rows', evicted,
            collapsed),
        json_object('evicted', evicted, 'collapsed_names', collapsed_names,
            'collapsed_clients', collapsed_clients,
            'collapsed_servers', collapsed_servers),
        'Totals are right, rows of names, clients and servers are not complete.'
            || ' Give more memory with --max-memory.', 1.0, NULL
    FROM seen WHERE evicted + collapsed > 0
)
SELECT f.severity, f.subject, f.title, f.evidence,
    NULL AS cost_seconds, NULL AS cost_queries, NULL AS affected_clients,
    strftime('%Y-%m-%dT%H:%M:%S', c.first_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(c.first_ns % 1000000000)) AS first_time,
    strftime('%Y-%m-%dT%H:%M:%S', c.last_ns / 1000000000, 'unixepoch')
        || printf('.%09dZ', abs(c.last_ns % 1000000000)) AS last_time,
    f.confidence, f.fix,
    (SELECT json_group_array(
        coalesce(i.prefix || (e.value & 0xFFFFFFFFFF), e.value & 0xFFFFFFFFFF))
     FROM json_each(f.frames_json) AS e
     LEFT JOIN input_prefix AS i ON i.input_id = e.value >> 40)
        AS example_frames
FROM fault AS f, capture AS c
